"""Clips analysed for a command, each reported as it ends, or read from their results. Part of the command line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from .cli_errors import told
from .cli_output import as_given
from .cli_progress import Display
from .exit_codes import ExitCode
from .settings import FILMS, PAGE, REPORT

if TYPE_CHECKING:
    from .api import Report
    from .batch.jobs import Job
    from .datatypes import FormcheckError
    from .workers import Answer


def is_result(place: Path) -> bool:
    """Whether this is the result of an analysis rather than a video."""
    from .incoming import is_folder  # noqa: PLC0415

    return is_folder(place) or place.suffix.lower() == ".json"


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


def refuse_results(places: Sequence[Path], parent: Path, together: bool = False) -> None:
    """Refuses results and folders where videos are needed: says what each is, and what can be done with it.

    parent: where the command writes its results; together: whether the videos are views to be put together
    """
    from .incoming import is_folder  # noqa: PLC0415

    reports, unreadable = _reports_of(filter(is_result, places))
    for place in filter(is_result, places):
        if place in reports and together:
            videos = [reports[one].video if one in reports else one for one in places]
            raise click.UsageError(f"--together takes videos, and {place} holds results{_videos_again(videos)}")
        if place in reports:
            raise click.UsageError(_said_of_results(place, reports[place]))
        if is_folder(place):
            raise click.UsageError(_said_of_folder(place, parent, unreadable[place]))
        if place.name == REPORT:
            raise unreadable[place]


def _reports_of(places: Iterable[Path]) -> tuple[dict[Path, Report], dict[Path, FormcheckError]]:
    """The report that each place is or holds, or why there is none."""
    from .api import read_report  # noqa: PLC0415
    from .datatypes import UnreadableInputError  # noqa: PLC0415

    reports: dict[Path, Report] = {}
    unreadable: dict[Path, FormcheckError] = {}
    for place in places:
        try:
            reports[place] = read_report(place)
        except UnreadableInputError as error:
            unreadable[place] = error
    return reports, unreadable


def _videos_again(videos: Sequence[Path]) -> str:
    """The command that puts these together; if one of them is not there, that it is needed."""
    from .incoming import is_there  # noqa: PLC0415
    from .report.terminal import as_typed  # noqa: PLC0415

    gone = [video for video in videos if not is_there(video)]
    typed = " ".join(as_typed(str(video)) for video in videos)
    return f"; {gone[0]} is no longer there" if gone else f": formcheck analyze {typed} --together{as_given('folder')}"


def _said_of_results(place: Path, report: Report) -> str:
    from .incoming import is_folder, is_there  # noqa: PLC0415
    from .report.terminal import as_typed  # noqa: PLC0415

    page, video = (place if is_folder(place) else place.parent) / PAGE, report.video
    steps = [f"to look at them, open {page}"] if is_there(page) else []
    steps += [f"to compare them with others: formcheck compare {as_typed(str(place))} OTHER"]
    if video.suffix.lower() in FILMS and is_there(video):
        steps += [f"to analyse the clip again: formcheck analyze {as_typed(str(video))}{as_given('folder')}"]
    return "; ".join((f"{place} holds the results of an analysis, of {report.title}", *steps))


def _said_of_folder(place: Path, parent: Path, unreadable: FormcheckError) -> str:
    """What a folder without a report is; unreadable: why what it may hold is none."""
    from .batch.jobs import films  # noqa: PLC0415
    from .incoming import is_there, with_reports  # noqa: PLC0415
    from .report.terminal import as_typed  # noqa: PLC0415

    if any(films(place, parent)):
        clips = f"formcheck batch {as_typed(str(place), 'FOLDER')}{as_given('folder')}"
        return f"{place} is a folder; for the clips in it: {clips}"
    if results := with_reports(place):
        both = f"to compare two of them: formcheck compare {as_typed(str(results[0]))} OTHER"
        return f"{place} holds results of analyses and no video; {both}; to see somebody's: formcheck history NAME"
    if is_there(place / REPORT):
        return f"{place} holds no video, and results that cannot be read: {unreadable}"
    return f"{place} is a folder that holds no video; check its name"


def nothing_in(places: Iterable[Path], there: Mapping[Path, tuple[Report, Path]], shown: Display) -> list[int]:
    """The exit codes for results that are there and in which nothing was measured; the user is told of each."""
    from .incoming import is_folder  # noqa: PLC0415

    empty = [place for place in places if place in there and all(m.missing for m in there[place][0].values())]
    for place in empty:
        _tell_nothing(there[place][0].title, place / REPORT if is_folder(place) else place, shown)
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
        _tell_nothing(str(job.video), outcome.folder / REPORT, shown)
    return of(made), ExitCode.DONE if outcome.measured else ExitCode.NOTHING_MEASURABLE
