"""Merging two names; deleting an athlete with results, pages, landmarks, and what SQLite keeps of deleted rows."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any

from .. import cache
from ..batch.jobs import Job
from ..batch.tables import SCHEMA, Done, write_tables
from ..batch.work import MARKS, Outcome
from ..datatypes import FormcheckError, NotUnderstoodError
from ..files import digest, sweep
from ..guidance.plan_page import holds_plan
from ..guidance.triage import SCHEMA as TRIAGE
from ..home import files_of
from ..incoming import document, folded, inside, is_there
from ..outgoing import readable
from ..places import on_disk
from ..settings import ANSWERS, COMPARISON, OUTPUTS, PLAN_FILES, REPORT, TABLES, part_of
from . import copies, people, records, store, written
from .people import Athlete
from .records import ClipRecord
from .written import COMPARED, HARMED, KEPT

TWICE = f"""
    SELECT a.id, b.id FROM clip AS a JOIN clip AS b ON {records.SAME_FILM.format("a.", "b.")}
    WHERE a.athlete = ? AND b.athlete = ?
"""
HEAD_BYTES = 8192  # from the start of a file: what says of which kind it is lies within them
ELSEWHERE = "is not there; whatever was moved elsewhere stays"
SHARED = "also belongs to another athlete"
UNSEEN = "cannot be looked at ({})"


@dataclass
class Gone:
    """What was deleted for an athlete, what was left, with the reason, and what is the user's own to keep.

    ``seen``: folders already dealt with, and files deleted; one of these that is not there was not moved elsewhere.
    """

    athlete: Athlete
    clips: int = 0
    entries: int = 0
    files: int = 0
    left: list[str] = field(default_factory=list)
    kept: set[Path] = field(default_factory=set)
    seen: set[Path] = field(default_factory=set)

    def leave(self, what: Path, why: str) -> None:
        if (line := f"{what}: {why}") not in self.left:
            self.left.append(line)


@dataclass(frozen=True)
class Known:
    """What the history holds on an athlete, and on all others: what also belongs to them stays.

    - ``clips``: SHA-256 of the video and when each was stored; ``entries``: how many in the diary
    - ``places``: folder of results and video; ``pages``: any other file about the athlete, and its mark
    - ``called``: by which names (folded) each of those folders was kept; none where an earlier version kept it
    - ``contents``, ``folders``, ``names``: those of the others' clips and results, and their own (folded)
    """

    athlete: Athlete
    clips: Set[tuple[str, str]]
    entries: int
    places: tuple[tuple[Path, Path], ...]
    pages: tuple[tuple[Path, str], ...]
    called: Mapping[Path, Set[str]]
    contents: Set[str]
    folders: Set[Path]
    names: Set[str]

    @property
    def own(self) -> Set[Path]:
        """Every folder of results, whether or not it is there."""
        return {folder for folder, _ in self.places}

    def is_of_another(self, folder: Path, name: str) -> bool:
        """Whether results that a batch lists for somebody of that name are not the athlete's, or not theirs alone.

        It may be a name that the athlete had before a merge. Where nobody noted by which, it is one that nobody else
        of this history has.
        """
        if not folded(name) or folded(name) in self.athlete.names:
            return False
        if folder in self.called:
            return folded(name) not in self.called[folder]
        return folder not in self.own or folded(name) in self.names


def merge(db: sqlite3.Connection, into: str, other: str) -> tuple[str, ...]:
    """Move all of one athlete to another, whose name stays, and whom the other's names mean from now on.

    Returns what the user should know about it. Of clips that show some of the same film, the one stored last is kept,
    and so on back to the first: what goes is what overlaps one that stays.
    """
    kept, gone = people.find(db, into), people.find(db, other)
    if kept == gone:
        raise NotUnderstoodError(f"{kept.name} is one athlete already")
    overtaken = [*_overtaken(db, kept, gone)]
    db.executemany("DELETE FROM clip WHERE id = ?", [(clip.id,) for clip, _ in overtaken])
    for table in ("clip", "diary", "place", "called", "page", "alias"):
        db.execute(f"UPDATE OR REPLACE {table} SET athlete = ? WHERE athlete = ?", (kept.id, gone.id))
    db.execute("DELETE FROM athlete WHERE id = ?", (gone.id,))
    people.call_also(db, kept, gone.name)
    return tuple(line for clip, by in overtaken for line in records.succeeding(kept, vars(by), vars(clip)))


def _overtaken(db: sqlite3.Connection, *both: Athlete) -> Iterator[tuple[ClipRecord, ClipRecord]]:
    """Clips of either athlete that overlap one of the other that stays, and that one."""
    twice = defaultdict(set)
    for one, other in db.execute(TWICE, [athlete.id for athlete in both]):
        twice[one].add(other)
        twice[other].add(one)
    stay: list[ClipRecord] = []
    clips = (clip for athlete in both for clip in records.clips(db, athlete))
    for clip in sorted(clips, key=lambda clip: clip.stored, reverse=True):
        by = next((other for other in stay if other.id in twice[clip.id]), None)
        if by is None:
            stay.append(clip)
        else:
            yield clip, by


def delete(name: str) -> Gone:
    """Delete an athlete and all that formcheck has written about them; the clips are the user's and stay.

    Files go first, so that an interrupted deletion can be started again; what is stored meanwhile goes too. Raises
    FormcheckError.
    """
    with store.reading() as db:
        known = _known(db, name)
    gone = Gone(known.athlete)
    while True:
        _files(known, gone)
        with store.writing() as db:
            before, known = known, _known(db, name)
            if known == before:
                db.execute("DELETE FROM athlete WHERE id = ?", (known.athlete.id,))
                seen = [(readable(str(file)),) for file in gone.seen]
                db.executemany("DELETE FROM page WHERE path = ?", seen)  # others' too
                break
    gone.clips, gone.entries = len(known.clips), known.entries
    sweep(store.file().parent)  # a killed export may have left the diary there
    for copy in filter(copies.is_aside, _inside(store.file().parent, gone)):
        gone.leave(copy, f"is the history from before a restore and may hold {known.athlete.name}")
    try:
        with store.whole() as db:
            store.compact(db, store.file())
    except FormcheckError as error:
        gone.left.append(str(error))
    return gone


def _known(db: sqlite3.Connection, name: str) -> Known:
    one = people.find(db, name)

    def rows(query: str) -> list[Any]:
        return db.execute(query, (one.id,)).fetchall()

    return Known(
        one,
        set(rows("SELECT content, stored FROM clip WHERE athlete = ?")),
        len(rows("SELECT id FROM diary WHERE athlete = ?")),
        records.places(db, one),
        written.pages(db, one),
        records.called(db, one),
        {content for (content,) in rows("SELECT content FROM clip WHERE athlete <> ?")},
        {on_disk(Path(folder)) for (folder,) in rows("SELECT folder FROM place WHERE athlete <> ?")},
        {name for other in people.athletes(db) if other.id != one.id for name in other.names},
    )


def _files(known: Known, gone: Gone) -> None:
    """Delete whatever is outside the history."""
    _landmarks({content for content, _ in known.clips} - known.contents, gone)
    parents: dict[Path, dict[Path, set[str]]] = defaultdict(lambda: defaultdict(set))
    for folder, video in known.places:
        parents[folder.parent][folder].add(os.path.realpath(video))
    batches = dict.fromkeys(above for place in sorted(known.own) for above in place.parents if _is_batch(above))
    others = {*known.folders, *(folder for batch in batches for folder in _of_others(batch, known))}
    theirs = {folder for parent, own in parents.items() for folder in _results(parent, own, others, gone)}
    shared = {os.path.realpath(folder) for folder in others}
    for file, mark in known.pages:
        if str(file.parent) in shared:
            gone.leave(file, SHARED)
        else:
            _file(file, mark, gone)
    for folder in batches:
        _tables(folder, theirs, known, gone)
        _subfolders(folder, theirs)


def _landmarks(contents: Iterable[str], gone: Gone) -> None:
    for content in contents:
        try:
            cache.forget(content)
        except OSError as error:
            gone.leave(cache.folder(), f"may still hold landmarks ({error.strerror})")


def _results(parent: Path, own: Mapping[Path, Set[str]], others: Set[Path], gone: Gone) -> Iterator[Path]:
    """The folders in parent that belong to the athlete alone; their files are deleted.

    own: where results were written, each with its videos; beside them there may be more on these videos: other
    results, several views together, comparisons. others: folders that belong to somebody else too.
    """
    for folder in own:
        sweep(folder)
    beside = _inside(parent, gone)
    marks = list(_marks(parent, gone)) if parent / MARKS in beside else []
    videos = {video for those in own.values() for video in those}
    alone = {video for folder in own.keys() - others for video in own[folder]}
    for folder in (*own, *(place for place in beside if place not in own)):
        vouched = written.videos_in(folder) & own.get(folder, videos)
        if folder in others or (vouched and not vouched & alone):
            if folder in own or folder not in others:
                gone.leave(folder, SHARED)
            continue
        if vouched:
            _take_away(folder, [mark for mark, of in marks if of == folder], gone)
        elif why := _unseen(folder / REPORT) or (_absent(folder, gone) if folder in own else ""):
            gone.leave(folder, why)
        if vouched or folder in own:
            gone.seen.add(folder)
            yield folder


def _absent(place: Path, gone: Gone) -> str:
    """Why there is nothing to delete in a folder; "" where it was deleted before."""
    if is_there(place):
        return "no longer holds a report on this clip"
    return "" if place in gone.seen else ELSEWHERE


def _inside(folder: Path, gone: Gone) -> list[Path]:
    """What a folder holds, as far as that can be seen."""
    try:
        return inside(folder)
    except OSError as error:
        gone.leave(folder, UNSEEN.format(error.strerror))
        return []


def _unseen(file: Path) -> str:
    """Why it cannot be seen whether a file is there; "" where it can."""
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        return UNSEEN.format(error.strerror)
    return ""


def _subfolders(batch: Path, theirs: Iterable[Path]) -> None:
    """Delete the subfolders of a batch in which nothing is left: they are called as those of the clips, by athlete."""
    for place in theirs:
        for above in takewhile(lambda folder: batch in folder.parents, place.parents):
            for empty in (above / MARKS, above):
                with suppress(OSError):  # what is left in it is another's
                    empty.rmdir()


def _marks(parent: Path, gone: Gone) -> Iterator[tuple[Path, Path]]:
    """The marks of finished clips of a batch, each with the folder that it names."""
    for mark in _inside(parent / MARKS, gone):
        if mark.suffix == ".json":
            with suppress(*HARMED):
                yield mark, parent / document(mark, "")["folder"]


def _take_away(folder: Path, marks: Iterable[Path], gone: Gone) -> None:
    """Delete what was written to a folder; what vouches for it goes last."""
    before = len(gone.left)
    names = (*(PLAN_FILES if holds_plan(folder) else ()), *(COMPARISON if is_there(folder / COMPARED) else ()))
    with suppress(OSError):
        names += (ANSWERS,) if _holds(folder / ANSWERS, TRIAGE) else ()
    files = {*files_of(folder, partial(_inside, gone=gone)), *(folder / name for name in names), *marks}
    vouching = {folder / name for name in (REPORT, COMPARED, PLAN_FILES[-1])}
    for file in (*sorted(files - vouching), *sorted(files & vouching)):
        _remove(file, gone)
    for place in (*(folder / name for name in OUTPUTS), folder):
        with suppress(OSError):  # what is left in it is the user's own
            place.rmdir()
    if is_there(folder) and len(gone.left) == before:
        gone.leave(folder, "holds files that may not be formcheck's")


def _file(file: Path, mark: str, gone: Gone) -> None:
    """Delete a file that was written about the athlete, if it still is what was written."""
    try:
        if mark == KEPT:
            gone.kept |= {file} if is_there(file) else set()
        elif not _is_still(file, mark):
            gone.leave(file, "is not what formcheck wrote there")
        else:
            _remove(file, gone)
            if file.name in (*COMPARISON, *PLAN_FILES):
                with suppress(OSError):  # what is left in it is the user's own
                    file.parent.rmdir()
    except (FileNotFoundError, NotADirectoryError):
        if file not in gone.seen:
            gone.leave(file, ELSEWHERE)
    except OSError as error:
        gone.leave(file, UNSEEN.format(error.strerror))


def _is_still(file: Path, mark: str) -> bool:
    """Whether a file is what was written there; pages of earlier versions hold their mark. Raises OSError."""
    if not stat.S_ISREG(file.lstat().st_mode):
        return False
    return mark == digest(file) or _holds(file, f'<meta name="formcheck-athlete" content="{mark}">')


def _holds(file: Path, text: str) -> bool:
    """Whether this is a file, not a link to one, that begins with a text. Raises OSError."""
    if not stat.S_ISREG(file.lstat().st_mode):
        return False
    with file.open("rb") as opened:
        return text.encode() in opened.read(HEAD_BYTES)


def _remove(file: Path, gone: Gone) -> None:
    """Delete a file, if there is one."""
    real = Path(os.path.realpath(file))
    try:
        file.unlink()
        gone.files += 1
        gone.seen.add(real)
    except FileNotFoundError:
        pass
    except OSError as error:
        gone.leave(file, f"could not be deleted ({error.strerror})")


def _is_batch(folder: Path) -> bool:
    return is_there(folder / "batch.json")


def _of_others(batch: Path, known: Known) -> Iterator[Path]:
    """The folders of results that the tables of a batch list for somebody else, perhaps of another history."""
    with suppress(*HARMED):  # of tables that cannot be read, ``_tables`` tells
        yield from (at for at, row in _rows(batch, known.own) if at and known.is_of_another(at, row["athlete"]))


def _tables(batch: Path, theirs: Set[Path], known: Known, gone: Gone) -> None:
    """Rewrite the tables of a batch without the athlete; delete them where nobody is left, or where that fails.

    theirs: folders of results; other names that these are listed by go too, if nobody else has them.
    """
    try:
        rows = _rows(batch, known.own)
        names = known.athlete.names | (
            {folded(row["athlete"]) for at, row in rows if at in theirs} - known.names - {""}
        )
        rest = [(at, row) for at, row in rows if at not in theirs and folded(row["athlete"]) not in names]
    except HARMED as error:
        gone.leave(batch, f"its tables may still name {known.athlete.name} ({error})")
        return
    if len(rest) == len(rows):
        return
    if rest:
        try:
            write_tables(batch, [_ended(batch, at, row) for at, row in rest])
            return
        except HARMED as error:
            gone.leave(batch, f"its tables named {known.athlete.name} and are gone; run the batch again ({error})")
    else:
        shutil.rmtree(batch / MARKS, ignore_errors=True)
    for name in TABLES:
        _remove(batch / name, gone)


def _rows(batch: Path, own: Set[Path]) -> list[tuple[Path | None, Mapping[str, Any]]]:
    """What a batch's own table says of each clip, and where its results are, if it has any. Raises any of HARMED.

    own: folders in which there were results, though perhaps no longer
    """
    told = document(batch / "batch.json", "")
    rows = told["clips"] if told["schema"] == SCHEMA else []
    folders = [row["folder"] and _upright(row["folder"]) for row in rows]
    base = _base(batch, [folder for folder in folders if folder], own)
    return [(batch / at.relative_to(base) if at else None, row) for at, row in zip(folders, rows, strict=True)]


def _upright(told: str) -> Path:
    """A path without ways up, which nobody can follow who was not there."""
    return Path(*(part for part in Path(os.path.normpath(told)).parts if part != os.pardir))


def _base(batch: Path, folders: Sequence[Path], own: Set[Path]) -> Path:
    """What of the folders that a batch's table names stands for the batch's own, by one way of writing it for all.

    It depends on the working directory of the command that named them; and the batch may have been moved since.
    """
    if not folders:
        return Path()
    real = Path(os.path.realpath(batch))

    def likely(base: Path) -> tuple[bool, int, bool]:
        there = [
            at for at in (batch / folder.relative_to(base) for folder in folders) if at in own or is_there(at / REPORT)
        ]
        same = base.is_absolute() and os.path.realpath(base) == str(real)
        return same, len(there), base.name in (batch.name, real.name)

    shared = Path(os.path.commonpath([folder.parent for folder in folders]))
    return max((*reversed(shared.parents), shared), key=likely)


def _ended(batch: Path, place: Path | None, told: Mapping[str, Any]) -> Done:
    """What a batch's own table says of a clip."""
    file = Path(told["file"])
    job = Job(file, batch, file.stem, part_of(told), athlete=told["athlete"], session=told["session"])
    outcome = Outcome(told["state"], place, told["measured"], told["seconds"]) if place else None
    return Done(job, outcome, told["reason"], told["exit_code"])
