"""The history's file: an SQLite database in the user's data folder, or in the folder that FORMCHECK_DATA names.

Writers take the write lock first and hold it for one short transaction; others wait for it up to WAIT_S. With a
write-ahead log, readers see whole transactions and never wait. What is deleted is overwritten (``secure_delete``). A
file that is damaged, not formcheck's or newer than this formcheck is named in the error and left as it is.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from math import inf
from pathlib import Path, PurePath
from urllib.parse import quote

from ..datatypes import FormcheckError, UnreadableInputError
from ..files import unusable
from ..incoming import is_there
from ..places import data_folder, made

NAME = "history.sqlite3"
SCHEMA = 6  # migrations of schema.py; PRAGMA user_version says how many a file has seen
OURS = 0x66726D63  # PRAGMA application_id: "frmc"
WAIT_S = 30.0
CHECKED_PAGES = 5000  # 20 MB, some 5000 clips: the pages of a larger file are not checked before writing
SETUP = (
    f"PRAGMA busy_timeout = {WAIT_S * 1000:.0f}", "PRAGMA foreign_keys = ON", "PRAGMA secure_delete = ON",
    "PRAGMA synchronous = FULL", "PRAGMA trusted_schema = OFF", "PRAGMA temp_store = MEMORY",
)  # fmt: skip
SHAPE = """
    SELECT type, name, tbl_name, sql FROM sqlite_schema
    WHERE name NOT GLOB 'sqlite_*' AND NOT (type = 'table' AND name = '_sqlite_migrations') ORDER BY type, name
"""
OTHER_BACKUP = "give a file that formcheck backup wrote"
AGAIN = "move it elsewhere, then restore a backup"
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)  # the last: tables other than ours
UNLOGGED = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)  # also where only the log cannot be made
REMEDIES = {
    sqlite3.SQLITE_BUSY: "another formcheck has been writing there for a long time; try again",
    sqlite3.SQLITE_LOCKED: "another formcheck has been writing there for a long time; try again",
    sqlite3.SQLITE_FULL: "the disk is full; free some space",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check its permissions, or name another folder in FORMCHECK_DATA",
    sqlite3.SQLITE_READONLY: "it is read-only; check its permissions",
    sqlite3.SQLITE_PERM: "no permission; check its permissions",
    sqlite3.SQLITE_IOERR: "the disk is failing or full; check it",
}


def file() -> Path:
    return data_folder() / NAME


def remedy(path: Path, otherwise: str = AGAIN) -> str:
    """What to do about a file that is no sound history: the history itself, else one that was given as a backup.

    otherwise: about the history itself
    """
    return f"it was left as it is: {otherwise}" if path == file() else OTHER_BACKUP


def is_begun() -> bool:
    """Whether there is a history; where that cannot be seen, there may be, and opening it says why it cannot be."""
    try:
        file().stat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


@contextmanager
def reading() -> Iterator[sqlite3.Connection]:
    """The history for reading; an empty one where there is none yet. Raises FormcheckError."""
    path = file()
    with told(path), closing(_connected(path if is_begun() else None, path)) as db:
        yield db


@contextmanager
def writing() -> Iterator[sqlite3.Connection]:
    """The history in a transaction: all that is done to it is kept at the end, or nothing. Raises FormcheckError."""
    path = file()
    with told(path):
        _make(path)
        with closing(_connected(path, path, CHECKED_PAGES)) as db, transaction(db):
            yield db


@contextmanager
def whole() -> Iterator[sqlite3.Connection]:
    """The history outside any transaction, for work on the file itself. Raises FormcheckError."""
    path = file()
    with told(path):
        _make(path)
        with closing(_connected(path, path)) as db:
            yield db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """A transaction that has the write lock from the start, so that it never fails half-way for want of it."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # a full disk has ended it already
            db.execute("ROLLBACK")
        raise


def _make(path: Path) -> None:
    """Create the file if need be, unreadable to others, as are the files that SQLite puts beside it."""
    try:
        os.close(os.open(made(path.parent) / path.name, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise unusable(path, error) from error


def _connected(path: Path | None, named: Path, checked: float = inf) -> sqlite3.Connection:
    """A connection to a sound file with the current tables; None: to memory alone; checked: pages, at most.

    Where SQLite can keep no log, as on a read-only disk, a file is read as it is, unless its log holds more.
    """
    source = uri(path.absolute()) if path is not None else ":memory:"
    try:
        return _opened(source, named, checked)
    except sqlite3.OperationalError as error:
        if path is None or _kind(error) not in UNLOGGED or _logged(path):
            raise
    return _opened(f"{source}?immutable=1", named, checked)


def _logged(path: Path) -> bool:
    """Whether there is something in a file's log that is not yet in itself."""
    log = Path(f"{path}-wal")
    return is_there(log) and log.stat().st_size > 0


def _opened(source: str, named: Path, checked: float) -> sqlite3.Connection:
    db = sqlite3.connect(source, uri=True, isolation_level=None)
    try:
        for pragma in SETUP:
            db.execute(pragma)
        ready(db, named, checked)
    except BaseException:
        db.close()
        raise
    return db


def uri(place: PurePath) -> str:
    """As SQLite reads it: with no machine between the slashes, also where Windows names one."""
    path = place.as_posix()
    return f"file://{'' if path.startswith('/') else '/'}{quote(os.fsencode(path), safe='/:')}"


def ready(db: sqlite3.Connection, named: Path, checked: float = inf) -> None:
    """Refuse what is damaged or not a history of ours; bring an older one up to date."""
    if ours(db, named, checked) < SCHEMA:
        _migrate(db)


def ours(db: sqlite3.Connection, named: Path, checked: float = inf) -> int:
    """How many migrations a sound history has seen; one of more pages than checked is assumed to be sound.

    Raises UnreadableInputError.
    """
    (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    application, version, pages = (
        db.execute(f"PRAGMA {what}").fetchone()[0] for what in ("application_id", "user_version", "page_count")
    )
    if tables and application != OURS:
        raise UnreadableInputError(f"{named}: is not a formcheck history; {remedy(named, 'move it elsewhere')}")
    if version > SCHEMA:
        raise UnreadableInputError(f"{named}: was written by a newer formcheck; install that one")
    if pages <= checked and db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("its pages contradict each other")
    return int(version)


@contextmanager
def copied(source: sqlite3.Connection, named: Path) -> Iterator[sqlite3.Connection]:
    """A copy in memory, brought up to date, of a history with exactly our tables. Raises UnreadableInputError."""
    with closing(_connected(None, named)) as db:
        today = db.execute(SHAPE).fetchall()
        source.backup(db)
        ready(db, named)
        if db.execute(SHAPE).fetchall() != today or db.execute("PRAGMA foreign_key_check").fetchone():
            raise UnreadableInputError(f"{named}: its tables are not those of a history; {OTHER_BACKUP}")
        yield db


def _migrate(db: sqlite3.Connection) -> None:
    """All at once or not at all, by whichever process comes first."""
    from sqlite_utils import Database  # noqa: PLC0415 (late: loads slowly, and is hardly ever needed)

    from .schema import MIGRATIONS  # noqa: PLC0415

    _log_ahead(db)
    with transaction(db):
        MIGRATIONS.apply(Database(db, execute_plugins=False))
        db.execute(f"PRAGMA application_id = {OURS}")
        db.execute(f"PRAGMA user_version = {SCHEMA}")


def _log_ahead(db: sqlite3.Connection) -> None:
    """Switching to a write-ahead log needs the file to itself, and SQLite does not wait for that."""
    end_s = time.monotonic() + WAIT_S
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if _kind(error) != sqlite3.SQLITE_BUSY or time.monotonic() > end_s:
                raise
        time.sleep(0.01)


def compact(db: sqlite3.Connection, named: Path) -> None:
    """Leave nothing of what was deleted, neither in free pages nor in the log. Raises FormcheckError."""
    db.execute("VACUUM")
    end_s = time.monotonic() + WAIT_S
    while db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() > end_s:
            raise FormcheckError(
                f"{named}-wal: may still hold what was deleted, since another formcheck reads the history; "
                "it is gone once that one ends"
            )
        time.sleep(0.05)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into formcheck's, which tell the user what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        kind = _kind(error)
        if kind in DAMAGED or type(error) is sqlite3.DatabaseError:
            raise UnreadableInputError(f"{path}: is damaged ({error}); {remedy(path)}") from error
        if kind in REMEDIES:
            raise FormcheckError(f"{path}: {REMEDIES[kind]}") from error
        raise


def _kind(error: sqlite3.Error) -> int:
    """SQLite's primary result code."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
