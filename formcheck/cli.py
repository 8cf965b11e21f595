"""The command line: the only module that prints or exits. Heavy modules are imported when a command runs."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import __version__, interrupts
from .cli_analysis import analysed, nothing_in, outcome_of, refuse_results, results_in
from .cli_batch import COMMANDS as BATCH
from .cli_compare import compare as compare_command
from .cli_errors import INTERRUPTED, complain, end, failed, unsaid
from .cli_guidance import COMMANDS
from .cli_history import COMMANDS as HISTORY
from .cli_history import Keeper
from .cli_options import WITHIN, analysis_options, as_meant
from .cli_output import FILE, print_json, show
from .cli_progress import display
from .exit_codes import OF_ANALYSIS, ExitCode, epilog
from .interrupts import heed
from .outgoing import printable

if TYPE_CHECKING:
    from .api import Report
    from .versus import Changes

OF_FATIGUE = ("fatigue", "full", "as_json", "quiet")  # options for results that are there
SIGNS = [getattr(signal, name) for name in interrupts.SIGNS if hasattr(signal, name)]


class _Commands(click.Group):
    """Turns the user's problems into one line on stderr and the matching exit code."""

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        base: Any = super()
        if not standalone_mode:
            return base.main(*args, standalone_mode=False, **extra)
        INTERRUPTED.clear()  # of whatever this process did before
        for sign in SIGNS:
            with suppress(ValueError):  # none can be caught outside the main thread
                if signal.getsignal(sign) != signal.SIG_IGN:  # as nohup leaves it
                    signal.signal(sign, _interrupt)
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="replace")  # for a terminal that cannot show every character
        typed = (args[0] if args else extra.get("args")) or sys.argv[1:]
        sys.exit(_exit_code(lambda: base.main(*args, standalone_mode=False, **extra), typed))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:  # click would print an empty line
            return _stopped(error)
        except BrokenPipeError as error:  # click would exit with 1, as if the work had not been done
            return unsaid(error)


def _exit_code(work: Callable[[], Any], typed: Sequence[str]) -> int:
    """The exit code of some work that was asked for by these words; whatever goes wrong is reported in one line."""
    try:
        code = work()
        if sys.stdout is not None:
            sys.stdout.flush()  # a reader that is gone, or a full disk, shows here at the latest
        return code if isinstance(code, int) else ExitCode.DONE
    except (KeyboardInterrupt, click.Abort) as error:
        return _stopped(error)
    except click.ClickException as error:
        said = StringIO()
        (as_meant(error, typed) if isinstance(error, click.NoSuchOption) else error).show(said)
        for line in said.getvalue().splitlines():
            click.echo(printable(line), err=True)
        return error.exit_code
    except Exception as error:
        if INTERRUPTED.is_set():
            return _stopped()
        return unsaid(error) if isinstance(error, OSError) else failed(error)


def _stopped(by: BaseException | None = None) -> ExitCode:
    """by: the interrupt, whose notes say what goes on elsewhere."""
    INTERRUPTED.clear()
    complain("; ".join(["interrupted", *getattr(by, "__notes__", ["nothing half-written is left"])]))
    exec("")  # Python recalls an interrupt inside the last exec (any dataclass), and run by -m would end by a signal
    return ExitCode.INTERRUPTED


def _interrupt(sign: int, _: object) -> None:
    heed(sign, _interrupt)
    for one in SIGNS:
        signal.signal(one, signal.SIG_IGN)  # half-done work is cleared away undisturbed
    INTERRUPTED.set()
    raise KeyboardInterrupt


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]},
    epilog=epilog(),
)  # fmt: skip
@click.version_option(__version__, prog_name="formcheck")
def main() -> None:
    """Find what in a running stride may load the back, from a phone video, on your own computer."""


for command in (compare_command, *BATCH, *COMMANDS, *HISTORY):
    main.add_command(command)


@main.command(short_help="Analyse running videos: a report, a page, an annotated video.", epilog=epilog(OF_ANALYSIS))
@click.argument("videos", nargs=-1, metavar="VIDEO...", type=FILE)
@analysis_options
@click.option(
    "--keypoints",
    type=FILE,
    metavar="FILE",
    help="Landmarks to use instead of a pose model: keypoints.npz, frames.csv, OpenPose, COCO or Halpe JSON, .trc.",
)
@click.option("--fps", type=WITHIN["fps"], metavar="N", help="Frames per second of that file, if it does not say.")
@click.option(
    "--fatigue",
    is_flag=True,
    help="Given two clips, one early and one late in a run, also show what changed. Takes folders of results too.",
)
@click.option(
    "--together",
    is_flag=True,
    help="Given several views of one run (side.mp4 rear.mp4), also make one report of them: DIR/side-and-rear/.",
)
@click.option("--full", is_flag=True, help="Show everything, not only what matters most.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON, and nothing else, to stdout.")
@click.option("--quiet", is_flag=True, help="Print no report and no progress, only problems.")
def analyze(
    videos: tuple[Path, ...], folder: Path, keypoints: Path | None, fatigue: bool, together: bool, no_video: bool,
    full: bool, as_json: bool, quiet: bool, **said: Any,
) -> None:  # fmt: skip
    """Analyse running videos: report.html, report.json, annotated.mp4, stills, steps.csv and frames.csv for each.

    With --keypoints the landmarks come from a file and no video is needed; without one, nothing is drawn.
    """
    from .batch.jobs import given  # noqa: PLC0415

    said["keypoints"] = None if keypoints is None else str(keypoints)
    videos = _looked_at(videos, keypoints, said.get("athlete"), said.get("date"))
    _check(videos, folder, fatigue, together, keypoints)
    several = "short" if len(videos) > 1 else "screen"
    form = "json" if as_json else "" if quiet else "full" if full else several
    there = results_in(videos, OF_FATIGUE) if fatigue else {}
    known = {place: there[video] for place, video in enumerate(videos) if video in there}  # in the order given
    todo = [place for place in range(len(videos)) if place not in known]
    documents: list[dict[str, Any]] = []
    jobs = given([videos[place] for place in todo], folder, said, not no_video)
    with display(dict(enumerate(videos[place].name for place in todo)), not quiet) as shown:
        keeper, failures = Keeper(shown, quiet), nothing_in(videos, there, shown)
        for job, answer in analysed(jobs, said["workers"], shown):
            report, code = outcome_of(job, answer, shown, quiet)
            failures += [code] if code else []
            if report is not None:
                home = answer.value[0].folder
                keeper.keep(job, home, report.to_json)
                documents += [report.to_json()] if form == "json" else []
                known |= {todo[answer.key]: (report, home)} if fatigue or together else {}
                if form not in ("", "json") and not together:
                    shown.aside(partial(_show, report, home, form))
            del report, answer  # they are large
    kept = [known[place] for place in sorted(known)]
    if together and len(kept) == len(videos):
        _put_together(kept, folder, form)
    else:
        if together:
            complain("no report of all views together, since not all could be analysed")
            form = "" if form == "json" else form  # it was to be that report, and nothing else
        for report, home in kept if together and form else ():
            _show(report, home, form)
        _conclude(videos, kept if fatigue else None, documents, form, any_shown=len(failures) < len(videos))
    end(failures, len(videos), keeper.code)


def _looked_at(
    videos: tuple[Path, ...], keypoints: Path | None, athlete: str | None, date: str | None
) -> tuple[Path, ...]:
    """The videos, or the keypoints file if there are none."""
    from .incoming import is_folder  # noqa: PLC0415

    if keypoints is None:
        if not videos:
            raise click.UsageError("give a video")
        return videos
    if len(videos) > 1:
        raise click.UsageError("--keypoints goes with one video, or with none")
    if athlete and not videos and is_folder(keypoints):
        raise click.UsageError("the history keeps files: give the video too, or the folder as a zip")
    if athlete and not videos and not date:
        raise click.UsageError("give --date too: a file of keypoints does not say when it was filmed")
    return videos or (keypoints,)


def _check(videos: tuple[Path, ...], folder: Path, fatigue: bool, together: bool, keypoints: Path | None) -> None:
    if fatigue and len(videos) != 2:
        raise click.UsageError("--fatigue compares two clips: first the one from early in the run, then the late one")
    if together and (fatigue or len(videos) < 2):
        raise click.UsageError("--together takes two or more views of one run, and cannot go with --fatigue")
    if keypoints is None and not fatigue:
        refuse_results(videos, folder, together)


def _conclude(
    videos: tuple[Path, ...], kept: Sequence[tuple[Report, Path]] | None, documents: list[dict[str, Any]], form: str,
    any_shown: bool,
) -> None:  # fmt: skip
    """Print what comes once, after all clips; kept: the reports to compare, None when none are."""
    from .api import compare  # noqa: PLC0415
    from .versus import fatigue_json  # noqa: PLC0415

    reports = [report for report, _ in kept or ()]
    changes = compare(*reports) if kept and len(reports) == len(videos) else None
    if form == "json" and kept is not None:
        print_json(fatigue_json([report.to_json() for report in reports], changes))
    elif form == "json" and (documents or len(videos) > 1):
        print_json(documents if len(videos) > 1 else documents[0])
    elif form not in ("", "json") and any_shown:
        _show_after(reports, changes, form)


def _show(report: Report, folder: Path, form: str) -> None:
    from .report import FORMS, next_step  # noqa: PLC0415
    from .settings import PAGE  # noqa: PLC0415

    assert report.made is not None
    show(FORMS[form](report.made))
    if form != "short" and (step := next_step(report.made, folder)):
        click.echo(step)
    click.echo(f"Look at it: {printable(str(folder / PAGE))}")


def _put_together(kept: Sequence[tuple[Report, Path]], parent: Path, form: str) -> None:
    """Several clips as one: written, and shown as JSON, on screen or ("") not at all."""
    from .batch.views import write_views  # noqa: PLC0415
    from .report import calls_for_work, next_step, render_together, to_json, together, together_json  # noqa: PLC0415
    from .settings import PAGE  # noqa: PLC0415

    made, homes = together([report.made for report, _ in kept if report.made is not None]), [home for _, home in kept]
    folder = write_views(made, homes, parent)
    if form == "json":
        print_json(to_json(made.whole, together_json(made)))
    elif form:
        show(render_together(made))
        if step := next_step(made.whole, folder):
            click.echo(step)
        elif all(a.agree for a in made.agreement) and not calls_for_work(made.whole):
            click.echo("Nothing here calls for a plan.")
        click.echo(f"Look at it: {printable(str(folder / PAGE))}")


def _show_after(reports: list[Report], changes: Changes | None, form: str) -> None:
    """Show what comes once, after all clips; changes: from the first report to the second, None if not asked for."""
    from .report import notice  # noqa: PLC0415
    from .versus import render_fatigue  # noqa: PLC0415

    if changes is not None:
        early, late = reports
        measured = {name for name in changes if early[name].missing is late[name].missing is None}
        show(render_fatigue(early.title, late.title, changes, measured))
    if form == "short":
        show(notice())
