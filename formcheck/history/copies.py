"""Backing up the history to another file and restoring it: rows alone, not the results they point to."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path, PurePath
from urllib.parse import quote

from ..datatypes import FormcheckError, NotUnderstoodError, UnreadableInputError
from ..files import replacing
from ..incoming import is_file, is_there
from ..words import counted
from . import records, store
from .store import OTHER_BACKUP

ASIDE = ".before-"  # in the names of histories that a backup has replaced, before the time


def backup(target: Path) -> None:
    """Write the whole history as it is at one moment to a file that only its owner can read. Raises FormcheckError."""
    if not store.is_begun():
        raise NotUnderstoodError("there is no history to back up yet")
    check_other(target)
    _check_backup(target)
    with store.whole() as db:
        _copy(db, target)


def restore(source: Path, replace: bool) -> tuple[int, Path | None]:
    """Restore a backup; returns how many athletes it holds, and where the previous history was set aside.

    replace: even where there is a history. Nothing is touched until the whole backup has been read. Raises
    FormcheckError.
    """
    if not is_file(source):
        what = "is not a file" if is_there(source) else "is not there"
        raise UnreadableInputError(f"{source}: {what}; {OTHER_BACKUP}")
    check_other(source)
    with store.told(source), closing(_opened(source)) as backed:
        if not store.ours(backed, source):
            raise UnreadableInputError(f"{source}: is empty; {OTHER_BACKUP}")
        with store.copied(backed, source) as sound:
            return _count(sound, source), _take(sound, replace)


def is_aside(file: Path) -> bool:
    """Whether this is a history that was set aside."""
    return file.name.startswith(f"{store.NAME}{ASIDE}")


def check_other(file: Path) -> None:
    """Refuses to write over the history, or to read a backup from it. Raises NotUnderstoodError."""
    if os.path.realpath(file) == os.path.realpath(store.file()):
        raise NotUnderstoodError(f"{file}: is the history itself; name another file")


def _check_backup(target: Path) -> None:
    """Refuse to overwrite a file that is not a backup."""
    if not is_file(target):
        return
    try:
        with store.told(target), closing(_opened(target)) as there:
            store.ours(there, target, checked=0)
    except FormcheckError as error:
        raise NotUnderstoodError(f"{target}: already exists and is not a backup; name another file") from error


def _opened(source: Path) -> sqlite3.Connection:
    """For reading only."""
    return sqlite3.connect(f"{_uri(source.absolute())}?mode=ro", uri=True, isolation_level=None)


def _uri(place: PurePath) -> str:
    """As SQLite reads it: with no machine between the slashes, also where Windows names one."""
    path = place.as_posix()
    return f"file://{'' if path.startswith('/') else '/'}{quote(os.fsencode(path), safe='/:')}"


def _copy(db: sqlite3.Connection, target: Path) -> None:
    with (
        replacing(target, private=True) as temporary, store.told(target), closing(sqlite3.connect(temporary)) as made,
    ):  # fmt: skip
        db.backup(made)
        made.execute("PRAGMA journal_mode = DELETE")  # so that it is one file


def _count(db: sqlite3.Connection, named: Path) -> int:
    """How many athletes there are, once every row has been read. Raises UnreadableInputError."""
    try:
        everybody = records.athletes(db)
        for one in everybody:
            records.clips(db, one), records.diary(db, one)
    except (ValueError, TypeError, KeyError) as error:
        raise UnreadableInputError(f"{named}: holds something no history holds ({error}); {OTHER_BACKUP}") from error
    return len(everybody)


def _take(sound: sqlite3.Connection, replace: bool) -> Path | None:
    """Replace the history with a sound backup; the old one is set aside if it holds anybody or cannot be read."""
    aside = Path(f"{store.file()}{ASIDE}{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 10**9:09}")
    try:
        with store.whole() as db:
            there = len(records.athletes(db))
            if there and not replace:
                who = counted(there, "athlete{s}")
                raise NotUnderstoodError(f"{store.file()}: holds {who}; `replace` sets that history aside")
            if there:
                _copy(db, aside)
            _write(sound, db)
            return aside if there else None
    except UnreadableInputError:
        if not replace:
            raise
    for end in ("", "-wal", "-shm"):
        file = Path(f"{store.file()}{end}")
        if file.exists():
            file.rename(f"{aside}{end}")
    with store.whole() as db:
        _write(sound, db)
    return aside


def _write(sound: sqlite3.Connection, db: sqlite3.Connection) -> None:
    sound.backup(db)
    store.compact(db, store.file())
