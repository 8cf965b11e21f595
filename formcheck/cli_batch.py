"""The commands for many clips: batch, watch and cache. Part of the command line, like cli.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .cli_analysis import refuse_results
from .cli_errors import end, failed, told
from .cli_history import Keeper
from .cli_options import analysis_options
from .cli_output import FILE, print_json, show
from .cli_progress import Display, display
from .exit_codes import OF_ANALYSIS, OF_OTHERS, ExitCode, epilog
from .outgoing import printable, readable
from .words import counted

if TYPE_CHECKING:
    from rich.console import RenderableType

    from .batch.jobs import Job
    from .batch.run import BatchRun
    from .batch.tables import Done, Written
    from .workers import Answer

UNREAD = "nothing could be measured"
MOST_ROWS = 20  # of the summary; athletes.csv has them all


@click.command(short_help="Analyse many clips: videos, folders, patterns or tables (CSV).", epilog=epilog(OF_ANALYSIS))
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=FILE)
@analysis_options
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Use the workers of a Dask cluster, as tcp://host:8786 (needs formcheck[cluster]).",
)
@click.option(
    "--send-files", is_flag=True, help="The cluster has disks of its own: send it the clips and fetch the results."
)
@click.option(
    "--together",
    is_flag=True,
    help="Also combine clips of one athlete, session and day from several sides into one report, in a folder called "
    "after theirs (side-and-rear).",
)
@click.option("--json", "as_json", is_flag=True, help="Print batch.json, and nothing else, to stdout.")
@click.option("--quiet", is_flag=True, help="Print no summary and no progress, only problems.")
def batch(
    paths: tuple[Path, ...], folder: Path, no_video: bool, scheduler: str | None, send_files: bool, together: bool,
    as_json: bool, quiet: bool, **said: Any,
) -> None:  # fmt: skip
    """Analyse many clips: videos, folders, patterns, or tables (CSV) with a clip in each row.

    Finished clips are skipped: an interrupted batch picks up where it stopped. When it ends, the results
    folder holds index.html (who needs a look first), athletes.csv, .xlsx and .parquet (a row for each clip),
    steps.parquet (a row for each step) and batch.json.
    """
    from .batch.jobs import check_named, collected  # noqa: PLC0415
    from .batch.tables import check_tables, renew_tables  # noqa: PLC0415
    from .files import check_folder  # noqa: PLC0415

    if send_files and not scheduler:
        raise click.UsageError("--send-files goes with --scheduler")
    check_named(paths)
    check_folder(folder)
    check_tables(folder, paths)
    todo = dict(enumerate(collected(paths, folder, said, not no_video)))
    if not todo:
        refuse_results(paths, folder)
        raise click.UsageError("no video found there")
    ended: dict[int, Done] = {}
    names = {key: job.title for key, job in todo.items()}
    with (
        display(names, not (quiet or as_json)) as shown,
        _running(scheduler, send_files, todo, said["workers"], shown) as run,
    ):
        keeper, kept = Keeper(shown, quiet), 0
        while run.busy:
            for key, one in _ended(run, todo, shown):
                ended[key] = one
                for due in _in_turn(ended, todo)[kept:]:
                    _keep(keeper, due)
                    kept += 1
                if not (quiet or as_json):
                    shown.tell(_line(len(ended), len(todo), names[key], one))
        there = _there({key: ended[key] for key in todo}, keeper, shown)
    views, otherwise = _put_together([*there.values()]) if together else ([], ExitCode.DONE)
    done = [*_there(there, keeper, shown).values()]  # putting views together may take long
    written = renew_tables(folder, done)
    if as_json:
        print_json(written.told)
    elif not quiet:
        show(_summary(done, written, folder))
        for said_of_views in views:
            click.echo(printable(said_of_views))
        stay = "" if "index.html" in written.names else "; the tables there stay as they were"
        click.echo(printable(f"Written to {folder}: {', '.join(written.names)}{stay}"))
    end([one.code for one in done if one.code], len(done), keeper.code or otherwise)


def _put_together(done: list[Done]) -> tuple[list[str], ExitCode]:
    """What became of each run that was filmed from several sides; problems are reported at once."""
    from .batch.views import all_together, why_none  # noqa: PLC0415

    lines, code = [], ExitCode.DONE
    for group, made in all_together(done):
        if isinstance(made, Path):
            lines.append(f"{group[0].job.athlete}, {group[0].job.session}: {len(group)} views together in {made}")
        else:
            code = failed(made, str(group[0].job.video))
    if not (lines or code):
        lines.append(f"no report on several views: {why_none(done)}")
    return lines, code


@click.command(short_help="Analyse clips as they arrive in a folder, until interrupted.", epilog=epilog(OF_ANALYSIS))
@click.argument("place", metavar="DIR", type=FILE)
@analysis_options
@click.option("--quiet", is_flag=True, help="Print no progress, only problems.")
def watch(place: Path, folder: Path, no_video: bool, quiet: bool, **said: Any) -> None:
    """Analyse clips as they arrive in a folder, until interrupted; finished clips are skipped.

    A clip that is still being copied waits until it is complete. Whenever nothing is left to do, the results
    folder holds the same tables as after a batch.
    """
    from .batch.arrivals import arrivals  # noqa: PLC0415
    from .batch.jobs import collected  # noqa: PLC0415
    from .batch.run import shared  # noqa: PLC0415
    from .batch.tables import check_tables, renew_tables  # noqa: PLC0415
    from .datatypes import FormcheckError  # noqa: PLC0415
    from .engine import CORES  # noqa: PLC0415
    from .files import check_folder  # noqa: PLC0415
    from .incoming import is_folder  # noqa: PLC0415

    if not is_folder(place):
        raise click.UsageError(f"{place} is not a folder")
    check_folder(folder)
    check_tables(folder)
    collected((), folder, said, not no_video)  # what is impossible is reported before the first clip comes
    jobs: dict[Path, Job] = {}
    ended: dict[Path, Done] = {}
    names: dict[Any, str] = {}
    with display(names, not quiet) as shown, _running(None, False, {}, said["workers"], shown) as run:
        keeper = Keeper(shown, quiet)
        if not quiet:
            shown.tell(f"watching {place}; Ctrl-C ends it")
        for come in arrivals(place, folder):
            all_there = collected([place], folder, said, not no_video, jobs.values()) if come else []
            found = [job for job in all_there if job.video in come]
            count = said["workers"] or CORES
            for job in shared(found, count, early=shown.listens, beside=run.going):
                jobs[job.video], names[job.video] = job, job.title
                run.give(job.video, job)
            for video, done in _ended(run, jobs, shown):
                ended[video] = done
                _keep(keeper, done)
                if not quiet:
                    shown.tell(_line(len(ended), len(jobs), names[video], done))
                if not run.busy:
                    there = _there(ended, keeper, shown)
                    ended |= there
                    try:
                        renew_tables(folder, [*there.values()])
                    except FormcheckError as error:  # a table is open elsewhere: the next clip tries again
                        shown.say(str(error))


@click.group(short_help="Landmarks kept from analysed clips, to be found only once.")
def cache() -> None:
    """Landmarks kept from analysed clips, so that they need not be found again. No pictures are kept."""


@cache.command(short_help="Where they are, how many sets, and how large they are.", epilog=epilog(OF_OTHERS))
def info() -> None:
    """Where they are, how many sets (one for each clip, model, person and part), and how large they are."""
    from .cache import LARGEST_BYTES, folder, size  # noqa: PLC0415
    from .files import unusable  # noqa: PLC0415

    try:
        sets, taken = size()
    except OSError as error:
        raise unusable(folder(), error, "read") from error
    click.echo(f"{folder()}\n{_counted(sets)}, {taken / 1e6:.1f} MB of at most {LARGEST_BYTES / 1e6:.0f} MB")


@cache.command(epilog=epilog(OF_OTHERS))
def clear() -> None:
    """Delete them all."""
    from .cache import clear as clear_all  # noqa: PLC0415
    from .cache import folder, size  # noqa: PLC0415
    from .files import unusable  # noqa: PLC0415

    try:
        sets, _ = size()
        clear_all()
    except OSError as error:
        raise unusable(folder(), error) from error
    click.echo(f"{_counted(sets)} forgotten")


@contextmanager
def _running(
    scheduler: str | None, send_files: bool, jobs: dict[Any, Job], workers: int | None, shown: Display
) -> Iterator[BatchRun]:
    """The jobs, given to a cluster's workers or this machine's."""
    from .batch.run import BatchRun, shared  # noqa: PLC0415
    from .batch.work import analyse_once  # noqa: PLC0415
    from .engine import CORES  # noqa: PLC0415
    from .workers import Crew  # noqa: PLC0415

    count = workers or CORES
    if scheduler is not None:
        from .batch.cluster import Cluster  # noqa: PLC0415

        doers: Any = Cluster(scheduler, send_files, shown.say)
        jobs = {key: shared([job] * count, count, early=False)[0] for key, job in jobs.items()}
    else:
        doers = Crew(analyse_once, count, shown.heard)
        jobs = dict(zip(jobs, shared(list(jobs.values()), count, early=shown.listens), strict=True))
    with doers:
        run = BatchRun(doers)
        for key, job in jobs.items():
            run.give(key, job)
        yield run


def _ended(run: BatchRun, jobs: dict[Any, Job], shown: Display) -> Iterator[tuple[Any, Done]]:
    """Those that have just ended; problems are reported at once."""
    for answer in run.answers():
        done = _done(jobs[answer.key], answer)
        shown.ended(answer.key)
        if done.reason is not None:
            shown.say(done.reason)
        yield answer.key, done


def _in_turn(ended: Mapping[int, Done], todo: Iterable[int]) -> list[Done]:
    """The jobs that have ended, in the order given, up to the first that has not: the history takes them so."""
    return [ended[key] for key in takewhile(ended.__contains__, todo)]


def _keep(keeper: Keeper, done: Done) -> None:
    if done.outcome is not None and not done.lost:  # which is told once all have ended
        keeper.keep(done.job, done.outcome.folder, lambda: done.report or {})


def _there(ended: Mapping[Any, Done], keeper: Keeper, shown: Display) -> dict[Any, Done]:
    """Those whose results are gone, or another run's, as failed, and reported; without any that were deleted with their
    athlete."""
    from .datatypes import FormcheckError  # noqa: PLC0415
    from .workers import Answer  # noqa: PLC0415

    there = {}
    for key, done in ended.items():
        if not (lost := done.lost):
            there[key] = done
        elif not keeper.forgot(done.job.video):
            there[key] = _done(done.job, Answer(key, error=FormcheckError(lost)))
            shown.say(lost)
    return there


def _done(job: Job, answer: Answer) -> Done:
    from .batch.tables import Done  # noqa: PLC0415

    if answer.error is not None:
        line, code = told(answer.error)
        return Done(job, None, readable(line if job.video.name in line else f"{job.called}: {line}"), code)
    if answer.value.measured:
        return Done(job, answer.value)
    reason = f"{job.called}: {UNREAD}; its report says why"
    return Done(job, answer.value, reason, ExitCode.NOTHING_MEASURABLE)


def _is_unread(done: Done) -> bool:
    """Whether nothing could be measured, also where there is no report, as of a clip without anybody."""
    return done.code == ExitCode.NOTHING_MEASURABLE


def _counted(count: int) -> str:
    return counted(count, "set{s} of landmarks")


def _line(count: int, of: int, name: str, done: Done) -> str:
    states = {"done": "analysed", "kept": "already analysed"}
    said = "failed" if done.outcome is None else states[done.outcome.state]
    said += ", with other settings than before" if done.outcome is not None and done.outcome.otherwise else ""
    said = UNREAD if _is_unread(done) else said
    return f"[{count}/{of}] {name}: {said}"


def _summary(done: list[Done], written: Written, folder: Path) -> RenderableType:
    """What a coach reads first: who needs attention, the most pressing first, then what failed."""
    from rich.console import Group  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from .batch.tables import ranked  # noqa: PLC0415
    from .fitting import Wide, below  # noqa: PLC0415
    from .page.index import names  # noqa: PLC0415
    from .words import LEVEL_NAMES, listed  # noqa: PLC0415

    first = ranked(written.rows)
    table = Table("clip", LEVEL_NAMES["fault"], LEVEL_NAMES["watch"], box=None, pad_edge=False, header_style="bold")
    called = names(folder, written.rows)
    for cells in first[:MOST_ROWS]:
        row = (" · ".join(filter(None, called[cells["folder"]])), cells["stands_out"], cells["worth_watching"])
        table.add_row(*(Text(cell) for cell in row))
    unread = [one.job.title for one in done if _is_unread(one)]
    read = [one.outcome for one in done if one.outcome is not None and not _is_unread(one)]
    kept, failed = sum(outcome.state == "kept" for outcome in read), len(done) - len(read) - len(unread)
    lines = [f"{len(read)} of {len(done)} clips analysed" + (f", {kept} of them earlier" if kept else "")]
    if len(first) > MOST_ROWS:
        lines.append(f"and {len(first) - MOST_ROWS} more with findings in athletes.csv")
    if not first and read:
        lines.append("nothing stands out in any of them")
    lines += [f"in {counted(len(unread), 'clip{s}')} {UNREAD}: {listed(unread, MOST_ROWS)}"] if unread else []
    lines += [f"{failed} failed; {written.names[0]} says why"] if failed else []
    shown = [Text(line) for line in lines]
    return Group(Wide(table, below(table)), "", *shown) if first else Group(*shown)


COMMANDS = (batch, watch, cache)
