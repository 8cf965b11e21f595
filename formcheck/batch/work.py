"""One clip from file to results, wherever it is done: here, in a worker, or on another machine."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from .. import __version__, pipeline
from ..cache import content_of
from ..datatypes import FormcheckError, Report
from ..files import check_folder, claimed, digest, locked, sweep, write_text
from ..home import asked_about, files_of, holds_another, reported_on
from ..incoming import is_there
from ..knowledge import own_limits
from ..settings import REPORT
from ..workers import Tell
from .jobs import Job

MARKS = ".batch"  # the folder, beside the results, with marks for finished clips and locks for those in progress
CODE = (".py", ".toml", ".html", ".css", ".js", ".typ")  # files that determine the results
NOT_RESULTS = ("workers", "cache")  # options that change the speed, not the results


@dataclass(frozen=True)
class Outcome:
    """What became of a job: "done", "kept" from an earlier run, or "elsewhere" while another run is working on it.

    - ``measured``: whether anything could be
    - ``digest``: SHA-256 of the report, by which results are known as these
    - ``otherwise``: whether an earlier run analysed the clip with other settings
    """

    state: str
    folder: Path = Path()
    measured: bool = False
    seconds: float = 0.0
    digest: str = ""
    otherwise: bool = False


@dataclass(frozen=True)
class ClipMark:
    """What tells that a job is finished: a file for its clip, and what that says if it was finished as asked for now.

    asked: the content of what is read, the settings, and the code
    """

    file: Path
    asked: Mapping[str, str]


def analyse(job: Job, tell: Tell) -> tuple[Outcome, Report]:
    """Analyse a clip and write its results. Raises FormcheckError, which says why not."""
    begin_s = time.monotonic()
    check_folder(job.parent)
    with claimed(job.parent, job.name, lambda target: may_replace(target, job)) as target:
        if is_there(target):
            check_folder(target)
        report = report_on(job, tell)
        pipeline.write(report, target, job.with_video, tell)
        made = digest(target / REPORT)
    measured = any(m.missing is None for m in report.measurements)
    return Outcome("done", target, measured, time.monotonic() - begin_s, made), report


def report_on(job: Job, tell: Tell | None = None) -> Report:
    """The clip analysed as the job says, with what was said about it. Raises FormcheckError."""
    return replace(pipeline.analyze(job.video, job.options, tell, job.early), shoes=job.shoes)


def may_replace(folder: Path, job: Job) -> bool:
    """Whether a job's results may take the place of what is there: only of the same part of the same film."""
    return not holds_another(folder, job.video, job.options) or _is_moved(folder, job)


def _is_moved(folder: Path, job: Job) -> bool:
    """Whether what is there was made by a batch from the same film while that lay elsewhere, where it no longer is."""
    held = reported_on(folder)
    if held is None or is_there(Path(held[0])) or held[1] != asked_about(job.video, job.options)[1]:
        return False
    try:
        told = _told(_mark_file(folder.parent, (held[0], *held[1].values())))
        same: bool = told["asked"]["content"].split()[0] == content_of(job.video, lambda: None)
        return same and told["folder"] == folder.name
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False


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
        return remember(mark, done)


@contextmanager
def taken(job: Job, passing: Callable[[], None] = lambda: None) -> Iterator[tuple[ClipMark, Outcome | None]]:
    """A job's mark, and its outcome if there is nothing to do; meanwhile no other run, whatever its settings, starts on
    the clip.

    passing: as for ``mark_of``.
    """
    mark = mark_of(job, passing)
    with locked(mark.file.with_suffix(".lock")) as ours:
        yield mark, finished(mark) if ours else Outcome("elsewhere")


def tidy(job: Job) -> None:
    """Deletes what a worker that was killed at this job has left there: half-written results, and its locks."""
    for folder in (job.parent, job.parent / job.name):
        sweep(folder)
    with suppress(OSError):  # there are results of before
        (job.parent / job.name).rmdir()
    for lock in (job.parent / MARKS).glob("*.lock"):
        with suppress(FormcheckError, OSError), locked(lock):  # whoever is at its job holds it
            pass


def mark_of(job: Job, passing: Callable[[], None] = lambda: None) -> ClipMark:
    """passing: called now and then while the content is read. Raises UnreadableVideoError."""
    said = {name: value for name, value in asdict(job.options).items() if name not in NOT_RESULTS}
    read = [content_of(file, passing) for file in (job.video, job.standing) if file is not None]
    settings = said | {"shoes": job.shoes, "with_video": job.with_video}
    if job.standing is not None:
        settings["standing"] = os.path.realpath(job.standing)
    asked = {"content": " ".join(read), "settings": json.dumps(settings), "code": code()}
    return ClipMark(_mark_file(job.parent, job.clip), asked)


def _mark_file(parent: Path, clip: tuple[Any, ...]) -> Path:
    """clip: as ``Job.clip``"""
    return parent / MARKS / f"{hashlib.sha256(json.dumps(clip).encode()).hexdigest()[:32]}.json"


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


def finished(mark: ClipMark) -> Outcome | None:
    """What a mark says, if the job was finished as asked for now and its results are still there as they were."""
    try:
        told = _told(mark.file)
        folder = mark.file.parent.parent / told["folder"]
        sweep(folder)  # whoever wrote there may have been killed
        there = all((folder / name).stat().st_size == size for name, size in told["files"].items())
        if not there or told["asked"] != mark.asked or told["digest"] != _digest(folder):
            return None
        return Outcome("kept", folder, bool(told["measured"]), float(told["seconds"]), digest(folder / REPORT))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def remember(mark: ClipMark, done: Outcome) -> Outcome:
    """Mark a job as finished, unless its results are another run's by now; returns its outcome, which knows of the mark
    that was there."""
    otherwise = _otherwise(mark)
    told = {name: getattr(done, name) for name in ("measured", "seconds")}
    told |= {"asked": mark.asked, "folder": done.folder.name, "digest": _digest(done.folder)}
    written = files_of(done.folder)
    told |= {"files": {path.relative_to(done.folder).as_posix(): path.stat().st_size for path in written}}
    if digest(done.folder / REPORT) == done.digest:  # so is what was hashed for the mark
        write_text(mark.file, json.dumps(told))
    return replace(done, otherwise=otherwise)


def _otherwise(mark: ClipMark) -> bool:
    """Whether the mark that is there was made with other settings, of those that there were then."""
    try:
        then, now = (json.loads(asked["settings"]) for asked in (_told(mark.file)["asked"], mark.asked))
        return any(then[name] != now[name] for name in then.keys() & now.keys())
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False


def _told(mark: Path) -> Any:
    return json.loads(mark.read_text(encoding="utf-8"))


def _digest(folder: Path) -> str:
    """Hash of what the tables are made from."""
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in (REPORT, "steps.csv"))).hexdigest()
