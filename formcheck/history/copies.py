"""Backing up the history to another file and restoring it: rows alone, not the results they point to."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from ..datatypes import FormcheckError, NotUnderstoodError, UnreadableInputError
from ..files import check_kind, replacing, unusable
from ..incoming import is_file, is_there
from ..words import counted
from . import people, records, store
from .store import OTHER_BACKUP

ASIDE = ".before-"  # in the names of histories that a backup has replaced, before the time


def backup(target: Path) -> None:
    """Write the whole history as it is at one moment to a file that only its owner can read. Raises FormcheckError."""
    if not store.is_begun():
        raise NotUnderstoodError("there is no history to back up yet")
    check_other(target)
    check_kind(target, _is_backup, "a backup")
    with store.reading() as db:
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


def _is_backup(file: Path) -> bool:
    try:
        with store.told(file), closing(_opened(file)) as there:
            store.ours(there, file, checked=0)
    except FormcheckError:
        return False
    return True


def _opened(source: Path) -> sqlite3.Connection:
    """For reading only."""
    return sqlite3.connect(f"{store.uri(source.absolute())}?mode=ro", uri=True, isolation_level=None)


def _copy(db: sqlite3.Connection, target: Path) -> None:
    with (
        replacing(target, private=True) as temporary, store.told(target), closing(sqlite3.connect(temporary)) as made,
    ):  # fmt: skip
        db.backup(made)
        made.execute("PRAGMA journal_mode = DELETE")  # so that it is one file


def _count(db: sqlite3.Connection, named: Path) -> int:
    """How many athletes there are, once every row has been read. Raises UnreadableInputError."""
    try:
        everybody = people.athletes(db)
        for one in everybody:
            records.clips(db, one), records.diary(db, one)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise UnreadableInputError(f"{named}: holds something no history holds ({error}); {OTHER_BACKUP}") from error
    return len(everybody)


def _take(sound: sqlite3.Connection, replace: bool) -> Path | None:
    """Replace the history with a sound backup; the old one is set aside if it holds anybody or cannot be read."""
    try:
        return _exchange(sound, replace)
    except UnreadableInputError:
        if not replace:
            raise
    aside = _aside()
    for end in ("", "-wal", "-shm"):
        file = Path(f"{store.file()}{end}")
        try:
            file.rename(f"{aside}{end}")
        except FileNotFoundError:
            pass
        except OSError as error:
            raise unusable(file, error, "moved") from error
    return _exchange(sound, replace) or aside  # the former if somebody has begun another meanwhile


def _aside() -> Path:
    return Path(f"{store.file()}{ASIDE}{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 10**9:09}")


def _exchange(sound: sqlite3.Connection, replace: bool) -> Path | None:
    """All rows of a sound backup in the place of those there, of which a copy is returned if they hold anybody.

    In one transaction: what others write meanwhile comes before the copy or after the backup.
    """
    aside = None
    with store.whole() as db:
        with store.transaction(db):
            _check_tables(db, sound)
            if there := len(people.athletes(db)):
                if not replace:
                    who = counted(there, "athlete{s}")
                    raise NotUnderstoodError(f"{store.file()}: holds {who}; `replace` sets that history aside")
                aside = _aside()
                with store.reading() as old:  # a transaction cannot be copied by its own connection
                    _copy(old, aside)
            _fill(db, sound)
        store.compact(db, store.file())
    return aside


def _check_tables(db: sqlite3.Connection, sound: sqlite3.Connection) -> None:
    if db.execute(store.SHAPE).fetchall() != sound.execute(store.SHAPE).fetchall():
        raise UnreadableInputError(f"{store.file()}: its tables are not those of a history; {store.AGAIN}")


def _fill(db: sqlite3.Connection, sound: sqlite3.Connection) -> None:
    """Put the rows of a sound backup, which has the same tables, in the place of those there."""
    db.execute("PRAGMA defer_foreign_keys = ON")  # until the end of this transaction
    tables = [name for kind, name, *_ in sound.execute(store.SHAPE) if kind == "table"]
    for table in tables:
        db.execute(f"DELETE FROM {table}")
    for table in tables:
        rows = sound.execute(f"SELECT * FROM {table}")
        db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows.description))})", rows)
