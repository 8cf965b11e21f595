"""Clips analysed for a command, each reported as it ends. Part of the command line, like cli.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .cli_errors import told
from .cli_progress import Display
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from .api import Report
    from .batch.jobs import Job
    from .workers import Answer


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
        shown.say(f"{job.video}: nothing could be measured; {outcome.folder / 'report.json'} says why")
    return of(made), ExitCode.DONE if outcome.measured else ExitCode.NOTHING_MEASURABLE
