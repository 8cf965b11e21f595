"""Files that are written about an athlete elsewhere than with the results of a clip: remembered, for ``erase``."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from ..datatypes import FormcheckError
from ..files import digest, unusable
from ..incoming import document, is_device, is_there
from ..outgoing import readable
from ..places import on_disk
from ..settings import COMPARISON, REPORT
from ..words import listed
from . import people, store
from .people import Athlete

COMPARED = COMPARISON[-1]  # what says of which videos a folder holds a comparison, as REPORT does of results
HARMED = (FormcheckError, AssertionError, AttributeError, KeyError, TypeError, ValueError)  # what a damaged file raises
KEPT = "kept"  # the mark of a file that is its user's own: named when its athlete is deleted, and left

Whose = Callable[[sqlite3.Connection], Sequence[Athlete]]


def remember(whose: Whose, files: Iterable[Path], kept: bool = False) -> None:
    """Note whom files are about that were just written; kept: a log or a copy of the user's own.

    Raises FormcheckError.
    """
    files = tuple(files)
    try:
        if files and store.is_begun() and _anybody(whose):
            with store.writing() as db:
                athletes = whose(db)
                for file in files:
                    wrote(db, athletes, file, kept)
    except FormcheckError as error:
        names = listed([str(file) for file in files])
        raise type(error)(f"{error}; so formcheck delete will not find {names}") from error


def _anybody(whose: Whose) -> bool:
    with store.reading() as db:
        return bool(whose(db))


def of(name: str) -> Whose:
    """The athlete of that name."""
    return lambda db: (people.find(db, name),)


def of_results(*folders: Path) -> Whose:
    """Whose clips the results in these folders are of."""
    return partial(_owners, folders=folders)


def _owners(db: sqlite3.Connection, folders: Iterable[Path]) -> tuple[Athlete, ...]:
    rows = db.execute("SELECT id, name, folder, video FROM place JOIN athlete ON athlete.id = place.athlete").fetchall()
    places = [(Athlete(number, name), os.path.realpath(on_disk(Path(at))), video) for number, name, at, video in rows]
    found: list[Athlete] = []
    for folder in folders:
        own = [one for one, place, _ in places if place == os.path.realpath(folder)]
        videos = set() if own else videos_in(folder)  # of several views together, or moved
        found += own or [one for one, _, video in places if os.path.realpath(video) in videos]
    return tuple(dict.fromkeys(found))


def videos_in(folder: Path) -> set[str]:
    """The real paths of the videos that results or a comparison name; none where they cannot be read."""
    found = set()
    if is_there(folder / REPORT):
        with suppress(*HARMED):
            told = document(folder / REPORT, "")
            found |= {os.path.realpath(told["video"]["path"])}
            found |= {os.path.realpath(clip["video"]) for clip in (told["together"] or {"clips": ()})["clips"]}
    if is_there(folder / COMPARED):
        with suppress(*HARMED):
            told = document(folder / COMPARED, "")
            found |= {os.path.realpath(told[which]) for which in ("before", "after")}
    return found


def pages(db: sqlite3.Connection, athlete: Athlete) -> tuple[tuple[Path, str], ...]:
    """Every file that was written about an athlete, and its mark."""
    rows = db.execute("SELECT path, mark FROM page WHERE athlete = ? ORDER BY path", (athlete.id,))
    return tuple((on_disk(Path(path)), mark) for path, mark in rows)


def wrote(db: sqlite3.Connection, athletes: Iterable[Athlete], file: Path, kept: bool = False) -> None:
    """Record a file that was just written, in the place of any earlier one; a device or a pipe keeps nothing.

    Its mark is the SHA-256 of its content, or KEPT. Raises FormcheckError.
    """
    if is_device(file):
        return
    path = readable(os.path.realpath(file))
    try:
        mark = KEPT if kept else digest(file)
    except OSError as error:
        raise unusable(file, error, "read") from error
    if not kept:  # what was there before is gone, whomever it was about
        db.execute("DELETE FROM page WHERE path = ?", (path,))
    db.executemany(
        "INSERT OR REPLACE INTO page (athlete, path, mark) VALUES (?, ?, ?)", [(a.id, path, mark) for a in athletes]
    )
