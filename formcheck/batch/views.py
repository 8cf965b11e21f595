"""Clips of one run from several sides → one report of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from .. import pipeline
from ..files import claimed
from ..home import holds_another
from ..incoming import folded
from ..places import safe_name
from ..report import Together, together
from ..settings import REPORT
from ..video import filmed
from .jobs import Job
from .tables import Done
from .work import report_on


def runs(done: Iterable[Done]) -> Iterator[list[Done]]:
    """Clips that go together: of the same athlete, session and day as given, from more than one side.

    Those whose results are gone or replaced by then are left to who tells of that.
    """
    for group in _of_one_run(done):
        there = [one for one in group if not one.lost]
        if len({one.report["view"]["name"] for one in there if one.report is not None}) > 1:
            yield there


def why_none(done: Iterable[Done]) -> str:
    """Why no clips go together, where none do."""
    most = max(map(len, _of_one_run(done)), default=0)
    if most > 1:
        return "all clips of one athlete, session and day are from the same side"
    return "no two clips are of one athlete, session and day" if most else "no measured clip names athlete and session"


def _of_one_run(done: Iterable[Done]) -> Iterable[list[Done]]:
    groups: dict[tuple[str, ...], list[Done]] = {}
    for one in done:
        job = one.job
        if one.outcome is not None and one.outcome.measured and job.athlete and job.session:
            key = (folded(job.athlete), folded(job.session), _day(job))
            groups.setdefault(key, []).append(one)
    return groups.values()


def _day(job: Job) -> str:
    """The day as given, else from the file; "" if the file is gone."""
    if job.date:
        return job.date
    try:
        return filmed(job.video).date().isoformat()
    except OSError:
        return ""


def put_together(group: Sequence[Done]) -> Path:
    """Make one report of a run's clips, each analysed again here; returns its folder.

    From its kept landmarks, if they are here: with ``cache=False``, or where a cluster's workers keep theirs elsewhere,
    the pose model reads it once more. What an earlier batch made of the same results is left as it is.

    Raises FormcheckError.
    """
    homes = [one.outcome.folder for one in group if one.outcome is not None]
    made_before = _of_these(homes)
    if made_before is not None:
        return made_before
    return write_views(together([report_on(one.job) for one in group]), homes, group[0].job.parent)


def write_views(made: Together, homes: Sequence[Path], parent: Path) -> Path:
    """Write the report on several views to a folder in parent, named after those of the views; returns that folder."""
    video = made.whole.trial.video.path
    with claimed(parent, _name(homes), lambda target: not holds_another(target, video)) as folder:
        pipeline.write_together(made, homes, folder)
    return folder


def _name(homes: Sequence[Path]) -> str:
    return safe_name("-and-".join(home.name for home in homes))


def _of_these(homes: Sequence[Path]) -> Path | None:
    """The folder in which these results were put together after they were made, if there is one."""
    file = homes[0].parent / _name(homes) / REPORT
    try:
        made = file.stat().st_mtime_ns
        return file.parent if all((home / REPORT).stat().st_mtime_ns <= made for home in homes) else None
    except OSError:
        return None


def all_together(done: Iterable[Done]) -> Iterator[tuple[list[Done], Path | Exception]]:
    """Each run that was filmed from several sides, and where its report is or why there is none."""
    for group in runs(done):
        try:
            yield group, put_together(group)
        except Exception as error:  # whatever it is, the batch's tables are still to be written
            yield group, error
