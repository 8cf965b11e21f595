"""The history in another file and back: rows alone, not the results they point at."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from ..datatypes import NotUnderstoodError, UnreadableInputError
from ..files import replacing
from ..incoming import is_there
from . import records, store


def backup(target: Path) -> None:
    """All of the history as it is at one moment, in one file that only its owner can read. Raises FormcheckError."""
    if not store.file().exists():
        raise NotUnderstoodError("there is no history to be backed up yet")
    _check_other(target)
    with store.whole() as db, replacing(target) as temporary:
        os.close(os.open(temporary, os.O_RDWR | os.O_CREAT, 0o600))
        with store.told(target), closing(sqlite3.connect(temporary)) as made:
            db.backup(made)
            made.execute("PRAGMA journal_mode = DELETE")  # so that it is one file


def restore(source: Path, replace: bool) -> int:
    """The history as a backup has it; how many athletes that are.

    replace: also where there is a history; one that is damaged is set aside. Raises FormcheckError.
    """
    if not is_there(source):
        raise UnreadableInputError(f"{source}: is not there; give a file that formcheck backup wrote")
    _check_other(source)
    with store.told(source), closing(_opened(source)) as backed:
        if not store.ours(backed, source):
            raise UnreadableInputError(f"{source}: is empty; give a file that formcheck backup wrote")
        try:
            with store.whole() as db:
                there = len(records.athletes(db))
                if there and not replace:
                    raise NotUnderstoodError(f"{store.file()}: holds {there} athletes; say so if it is to be replaced")
                _take(backed, db)
                return len(records.athletes(db))
        except UnreadableInputError:
            if not replace:
                raise
            _set_aside()
            with store.whole() as db:
                _take(backed, db)
                return len(records.athletes(db))


def _check_other(file: Path) -> None:
    if os.path.realpath(file) == os.path.realpath(store.file()):
        raise NotUnderstoodError(f"{file}: is the history itself; name another file")


def _opened(source: Path) -> sqlite3.Connection:
    """For reading only."""
    return sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _take(backed: sqlite3.Connection, db: sqlite3.Connection) -> None:
    backed.backup(db)
    store.ready(db, store.file())
    store.compact(db, store.file())


def _set_aside() -> None:
    """A damaged history, and what SQLite had put beside it, by another name."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for end in ("", "-wal", "-shm"):
        file = Path(f"{store.file()}{end}")
        if file.exists():
            file.rename(f"{store.file()}.damaged-{stamp}{end}")
