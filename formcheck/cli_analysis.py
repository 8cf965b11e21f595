"""Clips analysed for a command, each reported as it ends, or read from their results. Part of the command line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from .cli_errors import told
from .cli_progress import Display
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from .api import Report
    from .batch.jobs import Job
    from .workers import Answer

REPORT = ".json"


def is_result(place: Path) -> bool:
    """Whether this is the result of an analysis rather than a video."""
    from .incoming import is_folder  # noqa: PLC0415

    return is_folder(place) or place.suffix.lower() == REPORT


def results_in(places: Collection[Path], options: Collection[str]) -> dict[Path, tuple[Report, Path]]:
    """The report and the folder of each place that is the result of an analysis.

    options: those of the command that change something even if all are; any other is refused then
    """
    from .api import read_report  # noqa: PLC0415
    from .incoming import is_folder  # noqa: PLC0415

    there = [*filter(is_result, places)]
    if len(there) == len(places):
        _check_idle(click.get_current_context(), options)
    return {place: (read_report(place), place if is_folder(place) else place.parent) for place in there}


def nothing_in(places: Iterable[Path], there: Mapping[Path, tuple[Report, Path]], shown: Display) -> list[int]:
    """The exit codes for results that are there and in which nothing was measured; the user is told of each."""
    from .incoming import is_folder  # noqa: PLC0415

    empty = [place for place in places if place in there and all(m.missing for m in there[place][0].values())]
    for place in empty:
        _tell_nothing(there[place][0].title, place / "report.json" if is_folder(place) else place, shown)
    return [ExitCode.NOTHING_MEASURABLE] * len(empty)


def _tell_nothing(clip: str, report: Path, shown: Display) -> None:
    shown.say(f"{clip}: nothing could be measured; {report} says why")


def _check_idle(context: click.Context, options: Iterable[str]) -> None:
    for option in context.command.params:
        asked = context.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE
        if asked and isinstance(option, click.Option) and option.name not in options:
            flag = (option.opts if context.params[option.name or ""] else option.secondary_opts or option.opts)[-1]
            raise click.UsageError(f"{flag} changes nothing in results that are there; give the videos")


def analysed(jobs: list[Job], workers: int | None, shown: Display) -> Iterator[tuple[Job, Answer]]:
    """Each job in its turn and what came of it; several run at once, or one on all cores."""
    from .batch.run import shared  # noqa: PLC0415
    from .batch.work import analyse  # noqa: PLC0415
    from .engine import CORES  # noqa: PLC0415
    from .workers import in_order  # noqa: PLC0415

    count = workers or CORES
    for answer in in_order(analyse, shared(jobs, count, early=shown.listens), count, shown.heard):
        shown.ended(answer.key)
        yield jobs[answer.key], answer
        del answer  # it is large


def outcome_of(job: Job, answer: Answer, shown: Display, quiet: bool) -> tuple[Report | None, int]:
    """The report (None if the video could not be analysed) and its exit code; the user is told what went wrong."""
    from .api import of  # noqa: PLC0415

    if answer.error is not None:  # whatever it is, the other videos must not suffer for it
        line, code = told(answer.error, str(job.video))
        shown.say(line)
        return None, code
    outcome, made = answer.value
    if not outcome.measured and quiet:
        _tell_nothing(str(job.video), outcome.folder / "report.json", shown)
    return of(made), ExitCode.DONE if outcome.measured else ExitCode.NOTHING_MEASURABLE
