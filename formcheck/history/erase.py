"""Two names made one; an athlete who is to be gone, with results, pages, landmarks, and what SQLite keeps of rows."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from .. import cache, pipeline
from ..batch.jobs import Job
from ..batch.tables import TABLES, Done, write_tables
from ..batch.work import MARKS, Outcome
from ..datatypes import FormcheckError, NotUnderstoodError, UnreadableInputError
from ..files import unusable
from ..incoming import document
from ..report import readable
from ..settings import PLAN_FILES
from . import records, store
from .records import Athlete, Clip

TWICE = """
    SELECT CASE WHEN a.stored < b.stored THEN a.id ELSE b.id END FROM clip AS a JOIN clip AS b
    ON a.content = b.content AND a.start_s = b.start_s AND a.end_s IS b.end_s WHERE a.athlete = ? AND b.athlete = ?
"""


@dataclass
class Gone:
    """What was deleted of an athlete, and what was left, with the reason."""

    athlete: Athlete
    clips: int = 0
    entries: int = 0
    files: int = 0
    left: list[str] = field(default_factory=list)


def merge(db: sqlite3.Connection, into: str, other: str) -> Athlete:
    """All of one athlete to another, whose name stays; of a clip that both have the one stored later."""
    kept, gone = records.find(db, into), records.find(db, other)
    if kept == gone:
        raise NotUnderstoodError(f"{kept.name} is one athlete already")
    db.execute(f"DELETE FROM clip WHERE id IN ({TWICE})", (kept.id, gone.id))
    for table in ("clip", "diary", "page"):
        db.execute(f"UPDATE OR REPLACE {table} SET athlete = ? WHERE athlete = ?", (kept.id, gone.id))
    db.execute("DELETE FROM athlete WHERE id = ?", (gone.id,))
    return kept


def delete(name: str) -> Gone:
    """An athlete and all that formcheck has written of them; the clips themselves are the user's and stay.

    Files go first, so that a deletion that was broken off can be begun again. Raises FormcheckError.
    """
    with store.reading() as db:
        athlete = records.find(db, name)
        clips, diary, pages = records.clips(db, athlete), records.diary(db, athlete), records.pages(db, athlete)
        shared = db.execute("SELECT folder FROM clip WHERE athlete IS NOT ?", (athlete.id,)).fetchall()
    gone = Gone(athlete, len(clips), len(diary))
    for clip in clips:
        if (str(clip.folder),) in shared:
            gone.left.append(f"{clip.folder}: is another athlete's too")
        else:
            _landmarks(clip)
            for folder in _of_clip(clip):
                _results(folder, clip, gone)
    for page in pages:
        _remove(page, gone)
    for folder in dict.fromkeys(place for clip in clips for place in clip.folder.parents if _is_batch(place)):
        _tables(folder, athlete, gone)
    with store.writing() as db:
        db.execute("DELETE FROM athlete WHERE id = ?", (athlete.id,))
    with store.whole() as db:
        store.compact(db, store.file())
    return gone


def _landmarks(clip: Clip) -> None:
    try:
        cache.forget(clip.content)
    except OSError as error:
        raise unusable(cache.folder(), error) from error


def _of_clip(clip: Clip) -> Iterator[Path]:
    """The folder of its results, and those beside it that are of the same clip, by themselves or with other views."""
    if clip.folder.exists():
        yield clip.folder
    for file in sorted(clip.folder.parent.glob("*/report.json")):
        if file.parent != clip.folder and not pipeline.holds_another(file.parent, clip.video):
            yield file.parent


def _results(folder: Path, clip: Clip, gone: Gone) -> None:
    """What was written of a clip, where its own report vouches for the folder."""
    if pipeline.holds_another(folder, clip.video):
        gone.left.append(f"{folder}: holds another clip by now")
        return
    for file in [*pipeline.written(folder), *(folder / name for name in PLAN_FILES)]:
        _remove(file, gone)
    for place in (*(folder / name for name in pipeline.OUTPUTS), folder):
        with suppress(OSError):  # what is left in it is the user's own
            place.rmdir()
    if folder.exists():
        gone.left.append(f"{folder}: holds files that formcheck has not written")
    for mark in (folder.parent / MARKS).glob("*.json"):
        with suppress(UnreadableInputError, KeyError, TypeError):
            if document(mark, "")["folder"] == folder.name:
                _remove(mark, gone)


def _remove(file: Path, gone: Gone) -> None:
    try:
        file.unlink()
        gone.files += 1
    except FileNotFoundError:
        return
    except OSError as error:
        raise unusable(file, error) from error


def _is_batch(folder: Path) -> bool:
    return (folder / "batch.json").exists()


def _tables(folder: Path, athlete: Athlete, gone: Gone) -> None:
    """The tables of a batch, written again without the athlete; taken away where nobody is left."""
    try:
        ended = list(_ended(folder))
        rest = [done for done in ended if records.folded(done.job.athlete) != records.folded(athlete.name)]
        if len(rest) == len(ended):
            return
        if rest:
            write_tables(folder, rest)
            return
    except (FormcheckError, KeyError, TypeError, ValueError, AssertionError) as error:
        gone.left.append(f"{folder}: its tables still name {athlete.name} ({error})")
        return
    for name in TABLES:
        _remove(folder / name, gone)
    shutil.rmtree(folder / MARKS, ignore_errors=True)


def _ended(folder: Path) -> Iterator[Done]:
    """What a batch's own table tells of its clips."""
    for told in document(folder / "batch.json", "run the batch again")["clips"]:
        file = Path(told["file"])
        job = Job(file, folder, file.stem, athlete=told["athlete"], session=told["session"])
        place = told["folder"] and _below(folder, Path(told["folder"]))
        outcome = Outcome(told["state"], place, told["measured"], told["seconds"]) if place else None
        yield Done(job, outcome, told["reason"], told["exit_code"])


def _below(folder: Path, told: Path) -> Path:
    """A folder below that of the tables, wherever the command was that named it from where it stood."""
    tails: Iterable[Path] = (folder.joinpath(*told.parts[i:]) for i in range(1, len(told.parts)))
    return next((place for place in tails if (place / "report.json").exists()), folder / readable(told.name))
