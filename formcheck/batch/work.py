"""One clip from file to results, wherever it is done: here, in a worker, or on another machine."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

from .. import __version__, pipeline
from ..cache import content_of
from ..datatypes import FormcheckError, Report
from ..files import check_folder, claimed, locked, sweep, write_text
from ..home import files_of, holds_another
from ..incoming import is_there
from ..knowledge import own_limits
from ..settings import FILM, REPORT
from ..workers import Tell
from .jobs import Job

MARKS = ".batch"  # the folder, beside the results, with marks for finished clips and locks for those in progress
CODE = (".py", ".toml", ".html", ".css", ".js", ".typ")  # files that determine the results
NOT_RESULTS = ("workers", "cache")  # options that change the speed, not the results


@dataclass(frozen=True)
class Outcome:
    """What became of a job: "done", "kept" from an earlier run, or "elsewhere" while another run is working on it."""

    state: str
    folder: Path = Path()
    measured: bool = False  # whether anything could be
    seconds: float = 0.0


def analyse(job: Job, tell: Tell) -> tuple[Outcome, Report]:
    """Analyse a clip and write its results. Raises FormcheckError, which says why not."""
    begin_s = time.monotonic()
    check_folder(job.parent)
    with claimed(job.parent, job.name, lambda target: may_replace(target, job)) as target:
        if is_there(target):
            check_folder(target)
        report = report_on(job, tell)
        pipeline.write(report, target, job.with_video, tell)
    measured = any(m.missing is None for m in report.measurements)
    return Outcome("done", target, measured, time.monotonic() - begin_s), report


def report_on(job: Job, tell: Tell | None = None) -> Report:
    """The clip analysed as the job says, with what was said about it. Raises FormcheckError."""
    return replace(pipeline.analyze(job.video, job.options, tell, job.early), shoes=job.shoes)


def may_replace(folder: Path, job: Job) -> bool:
    """Whether a job's results may take the place of what is there: only of the same part of the same film."""
    return not holds_another(folder, job.video, job.options)


def analyse_once(job: Job, tell: Tell) -> Outcome:
    """The same, unless an earlier run finished it from the same clip, settings and version of formcheck."""
    check_folder(job.parent)
    tell("looking", 0, None)
    with taken(job, lambda: tell("looking", 0, None)) as (mark, already):
        if already is not None:
            if already.state == "elsewhere":
                tell("waiting for another formcheck, which is at this clip", 0, None)
            return already
        done, _ = analyse(job, tell)
        remember(mark, done)
        return done


@contextmanager
def taken(job: Job, passing: Callable[[], None] = lambda: None) -> Iterator[tuple[Path, Outcome | None]]:
    """A job's mark, and its outcome if there is nothing to do; meanwhile no other run starts on it.

    passing: as for ``mark_of``.
    """
    mark = mark_of(job, passing)
    with locked(mark.with_suffix(".lock")) as ours:
        yield mark, finished(mark, job.with_video) if ours else Outcome("elsewhere")


def tidy(job: Job) -> None:
    """Deletes what a worker that was killed at this job has left there: half-written results, and its locks."""
    for folder in (job.parent, job.parent / job.name):
        sweep(folder)
    with suppress(OSError):  # there are results of before
        (job.parent / job.name).rmdir()
    for lock in (job.parent / MARKS).glob("*.lock"):
        with suppress(FormcheckError, OSError), locked(lock):  # whoever is at its job holds it
            pass


def mark_of(job: Job, passing: Callable[[], None] = lambda: None) -> Path:
    """The file that marks a job as finished: by its clip and the clip's content, what was asked for, and the code.

    passing: called now and then while the content is read. Raises UnreadableVideoError.
    """
    asked = {name: value for name, value in asdict(job.options).items() if name not in NOT_RESULTS}
    asked |= {"shoes": job.shoes} if job.shoes else {}
    if job.standing is not None:
        asked["standing"] = [os.path.realpath(job.standing), content_of(job.standing, passing)]
    told = json.dumps([os.path.realpath(job.video), content_of(job.video, passing), asked, job.with_video, code()])
    return job.parent / MARKS / f"{hashlib.sha256(told.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.json"


@cache
def code() -> str:
    """Hash of formcheck's own code and knowledge, and of limits of the user's own."""
    digest = hashlib.sha256(__version__.encode())
    here = Path(pipeline.__file__).parent
    for path in sorted(p for p in here.rglob("*") if p.suffix in CODE):
        digest.update(path.read_bytes())
    if (own := own_limits()) is not None:
        digest.update(own[1].encode())
    return digest.hexdigest()


def finished(mark: Path, with_video: bool) -> Outcome | None:
    """What a mark says, if the results are still there as they were."""
    try:
        told = json.loads(mark.read_text(encoding="utf-8"))
        folder = mark.parent.parent / told["folder"]
        sweep(folder)  # whoever wrote there may have been killed
        there = all((folder / name).stat().st_size == size for name, size in told["files"].items())
        whole = there and (FILM in told["files"]) >= with_video and _digest(folder) == told["digest"]
        return Outcome("kept", folder, bool(told["measured"]), float(told["seconds"])) if whole else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def remember(mark: Path, done: Outcome) -> None:
    told = asdict(done) | {"folder": done.folder.name, "digest": _digest(done.folder)}
    written = files_of(done.folder)
    told |= {"files": {path.relative_to(done.folder).as_posix(): path.stat().st_size for path in written}}
    write_text(mark, json.dumps(told))


def _digest(folder: Path) -> str:
    """Hash of what the tables are made from."""
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in (REPORT, "steps.csv"))).hexdigest()
