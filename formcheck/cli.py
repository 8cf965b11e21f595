"""The command line: the only module that prints or exits. Heavy modules are imported when a command runs."""

from __future__ import annotations

import errno
import json
import math
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from . import __version__
from .backends import BACKENDS, DEFAULT_BACKEND
from .cli_guidance import COMMANDS, FILE, in_flags, show
from .exit_codes import OF_ANALYSIS, ExitCode, epilog
from .outgoing import printable
from .settings import BOUNDS, MOST_WORKERS, VIEWS

if TYPE_CHECKING:
    from .api import Progress, Report
    from .datatypes import Change, FormcheckError

SIGNS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
MODEL_HELP = "Pose model: " + "; ".join(f"{name}, {row.note}" for name, row in BACKENDS.items()) + "."


class _Number(click.FloatRange):
    """A range of numbers; float() also takes "nan", which no range refuses, and "inf"."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return float(number)


POSITIVE = _Number(min=0, min_open=True)
WITHIN = {name: _Number(*ends) for name, ends in BOUNDS.items()}


class _Commands(click.Group):
    """Turns the user's problems into one line on stderr and the exit code they have."""

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        base: Any = super()
        if not standalone_mode:
            return base.main(*args, standalone_mode=False, **extra)
        for sign in SIGNS:
            with suppress(ValueError):  # in a thread other than the first none can be caught
                if signal.getsignal(sign) != signal.SIG_IGN:  # as nohup leaves it
                    signal.signal(sign, _interrupt)
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="replace")  # of a terminal that does not know every letter
        sys.exit(_exit_code(lambda: base.main(*args, standalone_mode=False, **extra)))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # click would print an empty line
            return _stopped()
        except BrokenPipeError as error:  # click would end with 1, as if the work were not done
            return _unsaid(error)


def _exit_code(work: Callable[[], Any]) -> int:
    """What work ends with; whatever goes wrong is said in a line."""
    try:
        code = work()
        if sys.stdout is not None:
            sys.stdout.flush()  # a reader that is gone, or a full disk, shows here at the latest
        return code if isinstance(code, int) else ExitCode.DONE
    except (KeyboardInterrupt, click.Abort):
        return _stopped()
    except click.ClickException as error:
        said = StringIO()
        error.show(said)
        for line in said.getvalue().splitlines():
            click.echo(printable(line), err=True)
        return error.exit_code
    except OSError as error:
        return _unsaid(error)
    except Exception as error:
        return _failed(error)


def _stopped() -> ExitCode:
    _complain("interrupted; nothing half-written is left")
    return ExitCode.INTERRUPTED


def _unsaid(error: OSError) -> ExitCode:
    """Of an error that no module has put in words: what is printed found no place, mostly."""
    with suppress(OSError, AttributeError, ValueError):  # nothing more can be said there
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError) or (sys.platform == "win32" and error.errno == errno.EINVAL):
        return ExitCode.READER_GONE
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        _complain("its output could not be written: the disk is full")
        return ExitCode.FAILED
    if error.errno in (errno.EIO, errno.EBADF):
        _complain(f"its output could not be written: {error.strerror}")
        return ExitCode.FAILED
    return _failed(error)


def _failed(error: Exception, about: str = "") -> ExitCode:
    """Say what went wrong and how formcheck ends by it."""
    from .datatypes import FormcheckError  # noqa: PLC0415

    said = str(error)
    if isinstance(error, FormcheckError):
        _complain(said if not about or Path(about).name in said else f"{about}: {said}")
        return _code_of(error)
    if isinstance(error, ImportError) and "cannot open shared object file" in said:
        _complain(f"a system library is missing ({said.partition(':')[0]}): install it; docs/first-run.md lists them")
        return ExitCode.FAILED
    if os.environ.get("FORMCHECK_DEBUG"):
        raise error
    where = f"{about}: " if about else ""
    _complain(
        f"{where}internal error ({type(error).__name__}: {said}); set FORMCHECK_DEBUG=1 to see where, and report it"
    )
    return ExitCode.FAILED


def _code_of(error: FormcheckError) -> ExitCode:
    from . import datatypes  # noqa: PLC0415

    codes = {
        datatypes.UnreadableVideoError: ExitCode.UNREADABLE,
        datatypes.UnreadableInputError: ExitCode.UNREADABLE,
        datatypes.NotUnderstoodError: ExitCode.NOT_UNDERSTOOD,
        datatypes.NothingMeasurableError: ExitCode.NOTHING_MEASURABLE,
    }
    return next((code for kind, code in codes.items() if isinstance(error, kind)), ExitCode.FAILED)


def _interrupt(*_: object) -> None:
    for sign in SIGNS:
        signal.signal(sign, signal.SIG_IGN)  # what is half done is taken away undisturbed
    sys.unraisablehook = lambda _: None  # objects half made at this moment would complain as they are thrown away
    raise KeyboardInterrupt


def _complain(message: str) -> None:
    with suppress(OSError, ValueError):  # stderr may be closed, or its reader gone
        click.echo(f"formcheck: {printable(in_flags(message))}", err=True)


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]},
    epilog=epilog(),
)  # fmt: skip
@click.version_option(__version__, prog_name="formcheck")
def main() -> None:
    """Find what in a running stride may load the back, from a phone video, on your own computer."""


for command in COMMANDS:
    main.add_command(command)


@main.command(epilog=epilog(OF_ANALYSIS))
@click.argument("videos", nargs=-1, required=True, metavar="VIDEO...", type=FILE)
@click.option(
    "-o", "--output", "folder", metavar="DIR", default="formcheck-results", show_default=True, type=FILE,
    help="Results go to DIR/<clip name>/.",
)  # fmt: skip
@click.option("--height-cm", type=WITHIN["height_cm"], metavar="H", help="The runner's height; gives distances in cm.")
@click.option(
    "--speed-kmh", type=WITHIN["speed_kmh"], metavar="V",
    help="What the treadmill is set to; more exact than the speed read from the feet.",
)  # fmt: skip
@click.option("--model", type=click.Choice(list(BACKENDS)), default=DEFAULT_BACKEND, show_default=True, help=MODEL_HELP)
@click.option(
    "--view", type=click.Choice(list(VIEWS)), default="auto", show_default=True,
    help="Where the camera stands.",
)  # fmt: skip
@click.option("--person", type=click.IntRange(1), metavar="N", help="Follow person N, counted from the left.")
@click.option("--slowmo", type=WITHIN["slowmo"], metavar="X", help="The video plays X times slower than real time.")
@click.option("--capture-fps", type=WITHIN["capture_fps"], metavar="N", help="The camera recorded N frames a second.")
@click.option("--start", type=_Number(0), default=0.0, metavar="S", help="Begin S seconds in.")
@click.option("--end", type=POSITIVE, metavar="S", help="Stop S seconds in.")
@click.option(
    "--every-frame", is_flag=True,
    help="Read every frame of a fast clip (default: 60 to 119 for each second of real time).",
)  # fmt: skip
@click.option("--cache/--no-cache", default=True, help="Keep landmarks and reuse kept ones (default), or do neither.")
@click.option(
    "--workers",
    type=click.IntRange(1, MOST_WORKERS),
    metavar="N",
    help="Processes that read at once (default: one per core).",
)
@click.option(
    "--fatigue", is_flag=True, help="Given two clips, one early and one late in a run, also show what changed."
)
@click.option("--no-video", is_flag=True, help="Skip the annotated video (faster).")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON, and nothing else, to stdout.")
@click.option("--quiet", is_flag=True, help="Print no report and no progress, only problems.")
def analyze(
    videos: tuple[Path, ...],
    folder: Path,
    fatigue: bool,
    no_video: bool,
    as_json: bool,
    quiet: bool,
    **said: Any,
) -> None:
    """Analyse running videos: report.json, annotated.mp4, steps.csv and frames.csv for each."""
    from .api import compare  # noqa: PLC0415
    from .datatypes import Options  # noqa: PLC0415
    from .report import fatigue_json  # noqa: PLC0415

    if fatigue and len(videos) != 2:
        raise click.UsageError("--fatigue compares two videos: first the one from early in the run, then the late one")
    Options(**said)  # what cannot be is told once, before any work
    failures: list[int] = []
    kept: list[Report] = []
    documents: list[dict[str, Any]] = []
    tell = documents.append if as_json else None
    taken: set[str] = set()
    for video in videos:
        report, code = _tried(video, folder, taken, said, not no_video, quiet, tell)
        kept += [report] if fatigue and report is not None else []
        failures += [code] if code else []
        del report  # it is large
    changes = tuple(compare(*kept).values()) if fatigue and len(kept) == len(videos) else None
    if as_json and fatigue:
        _print_json(fatigue_json(documents, changes))
    elif as_json and (documents or len(videos) > 1):
        _print_json(documents if len(videos) > 1 else documents[0])
    elif changes is not None and not quiet:
        _show_changes(videos, changes)
    if failures:
        click.get_current_context().exit(failures[0] if len(failures) == len(videos) else ExitCode.SOME_FAILED)


def _tried(
    video: Path, folder: Path, taken: set[str], said: dict[str, Any], with_video: bool, quiet: bool,
    tell: Callable[[Any], None] | None,
) -> tuple[Report | None, int]:  # fmt: skip
    """The report, none if the video could not be analysed, and its exit code; the user is told of problems.

    Results go to a folder in ``folder`` named after the video, a number behind it where another video of that name was
    there first, or is being analysed; names ``taken`` by this run are not used again.
    """
    from .files import check_folder, claimed, safe_name  # noqa: PLC0415
    from .pipeline import holds_another  # noqa: PLC0415

    def free(target: Path) -> bool:
        return target.name.casefold() not in taken and not holds_another(target, video)

    try:
        check_folder(folder)
        with claimed(folder, safe_name(video.stem), free) as target:
            taken.add(target.name.casefold())
            report = _analyze_one(video, target, said, with_video, quiet)
    except Exception as error:  # whatever it is, the other videos are not to suffer for it
        return None, _failed(error, str(video))
    if tell is not None:
        tell(report.to_json())
    elif not quiet:
        _show(report, target)
    if any(m.missing is None for m in report.values()):
        return report, ExitCode.DONE
    if quiet:
        _complain(f"{video}: nothing could be measured; {target / 'report.json'} says why")
    return report, ExitCode.NOTHING_MEASURABLE


def _analyze_one(video: Path, target: Path, said: dict[str, Any], with_video: bool, quiet: bool) -> Report:
    from .api import analyze  # noqa: PLC0415
    from .files import check_folder  # noqa: PLC0415
    from .incoming import is_there  # noqa: PLC0415

    if is_there(target):
        check_folder(target)
    with _progress(video.name, not quiet) as progress:
        report = analyze(video, **said, progress=progress)
        report.save(target, video=with_video, progress=progress)
    return report


def _show(report: Report, target: Path) -> None:
    from .report import next_steps, render  # noqa: PLC0415

    assert report.made is not None
    show(render(report.made))
    click.echo(f"Written to {printable(str(target))}")
    if steps := next_steps(report.made, target / "report.json"):
        click.echo(steps)


def _show_changes(videos: tuple[Path, ...], changes: tuple[Change, ...]) -> None:
    from .report import render_fatigue  # noqa: PLC0415

    early, late = (video.name for video in videos)
    show(render_fatigue(early, late, changes))


def _print_json(said: Any) -> None:
    """ASCII only, which every encoding of stdout can write."""
    click.echo(json.dumps(said, indent=2, allow_nan=False))


@contextmanager
def _progress(name: str, wanted: bool) -> Iterator[Progress | None]:
    """A bar with rate and time left, on stderr, only on a terminal."""
    if not wanted or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich import progress as bars  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415

    columns = (
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(),
        bars.TaskProgressColumn(show_speed=True),
        bars.TextColumn("{task.fields[rate]}"),
        bars.TimeRemainingColumn(),
    )
    with _own_stderr() as file, bars.Progress(*columns, console=Console(file=file), transient=True) as progress:
        yield _advance(progress, printable(name))


def _own_stderr() -> TextIO:
    """The terminal behind stderr by another way, which stays open while the pose model's log lines are kept off it."""
    return os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding=sys.stderr.encoding, errors="replace")


def _advance(progress: Any, name: str) -> Callable[[str, int, int | None], None]:
    tasks: dict[str, Any] = {}

    def advance(stage: str, done: int, total: int | None) -> None:
        if stage not in tasks:
            tasks[stage] = progress.add_task(f"{name}: {stage}", total=total, rate="")
        speed = progress.tasks[tasks[stage]].speed
        progress.update(tasks[stage], completed=done, total=total, rate=f"{speed:.0f} frames/s" if speed else "")

    return advance
