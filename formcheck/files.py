"""Writing files so that they appear whole, and all together, or not at all, whoever else writes there."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import count
from pathlib import Path

from filelock import FileLock, Timeout

from .datatypes import FormcheckError, NotUnderstoodError
from .incoming import folded, inside, is_device, is_file, is_there

FRESH = ".formcheck-"  # how names of files begin that are not yet in place
OLD, REPLACED = "old", "replaced"  # in a folder of fresh files, those they replace: until all are away, and then
LOCK = ".lock"  # held beside a folder of fresh files from before it exists: without it, they are a killed run's
EXCHANGE = f"{FRESH}exchange"  # whose lock is held while files are moved into a folder
FORGOTTEN_S = 86_400.0  # a single file that has waited this long will never be moved into place
MOMENT_S = 1.0  # to wait for others who only check whether a lock is held, or look at a new file
PATIENCE_S = 60.0  # to wait for others who are moving files into the same folder
NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}  # errors from disks that have no locks
REMEDIES = {
    errno.ENOSPC: "the disk is full; free some space or write elsewhere",
    errno.EDQUOT: "your disk quota is used up; free some space or write elsewhere",
    errno.EACCES: "no permission; close the file if it is open elsewhere, or choose another folder",
    errno.EPERM: "no permission; close the file if it is open elsewhere, or choose another folder",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.EISDIR: "a folder of that name is in the way; choose another name",
    errno.EEXIST: "there is a file where a folder is needed; choose another folder",
    errno.ENOTDIR: "there is a file where a folder is needed; choose another folder",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    errno.ELOOP: "the links form a loop; choose another name",
    errno.EAGAIN: "another formcheck is writing there; wait for it, or choose another folder",
    errno.ENXIO: "nobody reads from this pipe; start its reader first",
}


@contextmanager
def replacing(path: Path, private: bool = False) -> Iterator[Path]:
    """A temporary file beside path to write to; it takes path's place on success and is deleted on failure.

    The folder is made if need be. The temporary name keeps path's suffix, by which encoders choose a format.
    Do nothing but write inside: any OSError is taken for a failure to write. private: nobody but its owner can read it,
    from its first byte on, whatever it replaces.
    """
    if not path.name:
        raise FormcheckError(f"{path}: is not a file name; give one")
    if is_device(path):  # it is written to, not replaced
        with _told(path), _read_from(path):
            yield path
        return
    with _told(path):
        path = Path(os.path.realpath(path)) if path.is_symlink() else path
        if path.is_symlink():
            raise OSError(errno.ELOOP, "")
    temporary = path.with_name(f"{FRESH}{secrets.token_hex(6)}{path.suffix}")
    try:
        with _told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            _swept(path.parent)
            if private:
                os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            yield temporary
            if path.is_file() and not private:
                shutil.copymode(path, temporary)
            _move(temporary, path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def replacing_all(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    """A temporary folder to write files of these names to; together they replace all files of these names in folder.

    An old file whose name was not written again is removed too, so that the files in folder always belong together. On
    failure the old ones stay. The last name is removed first and put in place last: it vouches for the others. What a
    kill leaves half done, whoever next sweeps the folder undoes or finishes.
    """
    try:
        with scratch(folder, 0o777) as fresh:  # whoever sweeps a shared folder must see into it
            with _told(folder):
                (fresh / OLD).mkdir()
            yield fresh
            with _told(folder), _held(_exchange_lock(folder, PATIENCE_S)):
                _sweep(folder, fresh)  # whoever held it before may have been killed
                _exchange(folder, fresh, names)
    finally:
        with suppress(OSError):
            folder.rmdir()  # if there is nothing in it


@contextmanager
def scratch(folder: Path, mode: int = 0o700) -> Iterator[Path]:
    """A folder in this one to work in, which by default nobody but its owner can look into; what a kill leaves of it
    goes with the next one there, or whoever sweeps before."""
    place = folder / f"{FRESH}{secrets.token_hex(6)}"
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        lock = _lock(place.with_suffix(LOCK), MOMENT_S)
    with _held(lock):
        try:
            with _told(folder):
                place.mkdir(mode)
            yield place
        finally:
            _clear(place)


def _clear(fresh: Path) -> None:
    """Delete a folder of fresh files, and when interrupted meanwhile the rest of it before that counts.

    Not one whose files could neither be put in place nor back: they are left to who sweeps.
    """
    if _stranded(fresh):
        return
    try:
        shutil.rmtree(fresh, ignore_errors=True)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _stranded(fresh: Path) -> list[Path]:
    """The files that an exchange broken off has yet to put in place, what vouches for them last: it is in JSON.

    The old ones, or the fresh ones if all old ones are away.
    """
    apart = fresh / REPLACED
    place = fresh if is_there(apart) else fresh / OLD
    return sorted((file for file in inside(place) if file != apart), key=lambda file: file.suffix == ".json")


def _settle(folder: Path, fresh: Path) -> None:
    """Undo or finish an exchange that was broken off, unless a whole set has come to the folder since."""
    stranded = _stranded(fresh)
    if stranded and not is_there(folder / stranded[-1].name):
        for file in stranded:
            _move(file, folder / file.name)


def _exchange(folder: Path, fresh: Path, names: Sequence[str]) -> None:
    """Move the old files to fresh/old and the fresh ones to folder; move all back if one cannot be moved.

    What else is in fresh, as what a writer of tables had for itself, is deleted first: whoever sweeps would take it for
    one of them.
    """
    for file in inside(fresh):
        if file.name not in (*names, OLD):
            shutil.rmtree(file) if file.is_dir() else file.unlink()
    moves = [(folder / name, fresh / OLD / name) for name in reversed(names)]
    moves += [(fresh / OLD, fresh / REPLACED)]
    moves += [(fresh / name, folder / name) for name in names]
    done: list[tuple[Path, Path]] = []
    try:
        for source, target in moves:
            if source.exists():
                done.append((source, target))
                _move(source, target)
    except BaseException:
        for source, target in reversed(done):
            if target.exists():
                _move(target, source)
        raise


def _move(source: Path, target: Path) -> None:
    """Windows moves no file that is open elsewhere, as each new one is for a moment, by those who look for viruses."""
    until_s = time.monotonic() + MOMENT_S
    while True:
        try:
            source.replace(target)
        except PermissionError:
            if time.monotonic() > until_s:
                raise
            time.sleep(0.05)
        else:
            return


@contextmanager
def claimed(parent: Path, name: str, ours: Callable[[Path], bool]) -> Iterator[Path]:
    """A folder in parent to which nobody else writes meanwhile: of this name, or else name-2, name-3 …

    ours: whether what a folder holds may be replaced.
    """
    there = is_there(parent)
    try:
        with _told(parent):
            parent.mkdir(parents=True, exist_ok=True)
            _swept(parent)
            folder, lock = next(_free(parent, name, ours))
        with _held(lock):
            yield folder
    finally:
        if not there:
            with suppress(OSError):
                parent.rmdir()


def _free(parent: Path, name: str, ours: Callable[[Path], bool]) -> Iterator[tuple[Path, FileLock]]:
    for number in count(1):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        lock = _lock_of(folder, MOMENT_S)
        if lock is None:
            continue
        sweep(folder)
        if ours(folder):
            yield folder, lock
        else:
            _release(lock)


@contextmanager
def alone_with(file: Path) -> Iterator[None]:
    """Meanwhile nobody else is alone with this file: it can be read and written again without losing what others wrote.

    Waits for them. Raises FormcheckError.
    """
    if is_device(file):
        yield
        return
    real = Path(os.path.realpath(file))
    with _told(file):
        real.parent.mkdir(parents=True, exist_ok=True)
        lock = _lock_of(real, PATIENCE_S)
        if lock is None:
            raise BlockingIOError(errno.EAGAIN, "another formcheck is writing there")
    with _held(lock):
        yield


def _lock_of(path: Path, wait_s: float) -> FileLock | None:
    """The lock of a name in its folder, however that is spelt."""
    mark = hashlib.sha256(folded(path.name).encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return _lock(path.with_name(f"{FRESH}{mark}{LOCK}"), wait_s)


def _lock(file: Path, wait_s: float = 0.0) -> FileLock | None:
    """A lock that ends with its process; None when somebody else has it. On disks without locks everybody gets one.

    It is held only if ``is_locked``.
    """
    lock = FileLock(file, timeout=wait_s, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        return None
    except NotImplementedError:
        pass
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
    return lock


def _exchange_lock(folder: Path, wait_s: float = 0.0) -> FileLock | None:
    return _lock(folder / f"{EXCHANGE}{LOCK}", wait_s)


def _release(lock: FileLock) -> None:
    with suppress(OSError):  # on Windows, where the file is removed later
        Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()


@contextmanager
def locked(file: Path) -> Iterator[bool]:
    """Whether this lock could be taken at once; it is held meanwhile. Raises FormcheckError where none can be made."""
    with _told(file.parent):
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = _lock(file)
    if lock is None:
        yield False
    else:
        with _held(lock):
            yield True


@contextmanager
def _held(lock: FileLock | None) -> Iterator[None]:
    if lock is None:
        raise BlockingIOError(errno.EAGAIN, "another formcheck is writing there")
    try:
        yield
    finally:
        _release(lock)


def sweep(folder: Path) -> None:
    """Undoes or finishes what others were moving when they were killed, and deletes what else they left behind."""
    with suppress(OSError):
        if any(folder.glob(f"{FRESH}*")):
            with _held(_exchange_lock(folder)):  # whoever has it sweeps
                _sweep(folder)


@lru_cache(maxsize=1000)
def _swept(folder: Path) -> None:
    """The same, once in this process: the folders of a large batch take long to list."""
    sweep(folder)


def _sweep(folder: Path, *ours: Path) -> None:
    """Meanwhile the lock of the exchange is held; ours: folders of fresh files that this process is at."""
    for path in [*folder.glob(f"{FRESH}*")]:
        with suppress(OSError):
            if (fresh := path.with_suffix("")) in (folder / EXCHANGE, *ours):
                continue
            if path.is_dir() or path.suffix == LOCK:
                _sweep_one(folder, fresh)
            elif time.time() - path.stat().st_mtime > FORGOTTEN_S:
                path.unlink()


def _sweep_one(folder: Path, fresh: Path) -> None:
    """Settles and deletes a folder of fresh files, or deletes a lock, that nobody holds any more."""
    lock = _lock(fresh.with_suffix(LOCK))
    if lock is None or not lock.is_locked:
        return
    with _held(lock):
        _settle(folder, fresh)
        shutil.rmtree(fresh, ignore_errors=True)


def somebody_elses(folder: Path, names: Sequence[str]) -> list[str]:
    """Which of these names ``folder`` holds without the last one, which vouches for the others: they are not ours.

    Ours lack it while they are moved, so there is a second look once nobody moves any. Raises FormcheckError.
    """
    with _told(folder):
        found = _unvouched(folder, names)
        if not found or not os.access(folder, os.W_OK | os.X_OK):  # where nobody can move files
            return found
        with _held(_exchange_lock(folder, PATIENCE_S)):
            _sweep(folder)
            return _unvouched(folder, names)


def _unvouched(folder: Path, names: Sequence[str]) -> list[str]:
    return [] if os.path.lexists(folder / names[-1]) else [n for n in names if os.path.lexists(folder / n)]


def check_nothing_lost(folder: Path, names: Sequence[str], others: Iterable[Path] = ()) -> None:
    """Refuses a folder in which files of these names would replace somebody else's, or these others."""
    for lost in (*others, *(folder / name for name in somebody_elses(folder, names))):
        raise FormcheckError(f"{lost}: would be replaced by the results; choose another folder for them")


def check_kind(file: Path, same: Callable[[Path], bool], what: str) -> None:
    """Refuses to replace a file that is not of the kind that is written there; in an empty one nothing is lost.

    same: whether a file is of that kind; what: the kind, in words. Raises NotUnderstoodError.
    """
    if is_file(file) and os.path.getsize(file) and not same(file):  # noqa: PTH202 (as is_file)
        raise NotUnderstoodError(f"{file}: already exists and is not {what}; name another file")


@contextmanager
def _read_from(path: Path) -> Iterator[None]:
    """Refuses a pipe that nobody reads from, which would be waited for for ever; keeps whoever reads from one there."""
    if not path.is_fifo():
        yield
        return
    pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)  # ENXIO
    try:
        yield
    finally:
        os.close(pipe)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turns a failure to write to path into the user's problem; a folder of fresh files, soon gone, is not named."""
    try:
        yield
    except OSError as error:
        raise unusable(path, error) from error


def unusable(path: Path, error: OSError, done: str = "written") -> FormcheckError:
    """The error that says in words why a place cannot be used, and what could not be done with it."""
    remedy = REMEDIES.get(error.errno or 0, f"{error.strerror or error}; choose another folder")
    shown = path.parent.with_name(path.name) if path.parent.name.startswith(FRESH) else path
    return FormcheckError(f"{shown}: could not be {done}: {remedy}")


def check_folder(folder: Path) -> None:
    """Refuses a folder that cannot be made or written to, before the work whose results go there."""
    with _told(folder):
        there = next((path for path in (folder, *folder.parents) if path.exists()), None)
        if there is None:
            raise FileNotFoundError(errno.ENOENT, "its drive or folder is not there")
        if not there.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "")
        if not os.access(there, os.W_OK | os.X_OK):  # which does not say why
            read_only = hasattr(os, "statvfs") and os.statvfs(there).f_flag & os.ST_RDONLY
            raise OSError(errno.EROFS if read_only else errno.EACCES, "")


def write_text(path: Path, text: str | Iterable[str], private: bool = False) -> None:
    """Write UTF-8, in one piece or several, with plain newlines on every system, whole or not at all.

    private: as for ``replacing``; whatever tells of somebody's health is
    """
    with replacing(path, private) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines([text] if isinstance(text, str) else text)


def write_bytes(path: Path, data: bytes, private: bool = False) -> None:
    """Write, whole or not at all; private: as for ``write_text``."""
    with replacing(path, private) as temporary:
        temporary.write_bytes(data)


def digest(path: Path) -> str:
    """SHA-256 of a file's content. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stamp(path: Path) -> tuple[int, int]:
    """What changes with a file's content: its size in bytes, and when it was last changed. Raises OSError."""
    now = path.stat()
    return now.st_size, now.st_mtime_ns


def copy(source: Path, target: Path) -> None:
    """Copy a file, whole or not at all."""
    with replacing(target) as temporary:
        shutil.copyfile(source, temporary)
