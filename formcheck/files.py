"""Writing files so that they are there whole, and all together, or not at all."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from .datatypes import FormcheckError

FRESH = ".formcheck-"  # how the name of a folder begins in which files wait for each other
LONGEST_QUOTE = 40  # characters of what a user wrote, in a message
RESERVED = re.compile(r"con|prn|aux|nul|com\d|lpt\d", re.IGNORECASE)
REMEDIES = {
    errno.ENOSPC: "the disk is full; free some space or write elsewhere",
    errno.EDQUOT: "your disk quota is used up; free some space or write elsewhere",
    errno.EACCES: "no permission; close the file if it is open elsewhere, or choose another folder",
    errno.EPERM: "no permission; close the file if it is open elsewhere, or choose another folder",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.EISDIR: "a folder of that name is in the way; choose another name",
    errno.EEXIST: "a file stands where a folder is needed; choose another folder",
    errno.ENOTDIR: "a file stands where a folder is needed; choose another folder",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside path to write to; it takes path's place on success and is deleted on failure.

    The folder is made if need be. The temporary name ends as path does, since encoders choose a format by it.
    Do nothing but write inside: any OSError is taken for a failure to write.
    """
    if not path.name:
        raise FormcheckError(f"{path}: is no name for a file; give one")
    if path.exists() and not (path.is_file() or path.is_dir()):  # a device or a pipe is written to, not replaced
        with _told(path):
            yield path
        return
    path = path.resolve() if path.is_symlink() else path
    temporary = path.with_name(f".{secrets.token_hex(6)}{path.suffix}")
    try:
        with _told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            if path.is_file():
                shutil.copymode(path, temporary)
            temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def replacing_all(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    """A temporary folder to write files of these names to; together they take the place of all so named in folder.

    An old file whose name was not written anew goes too, so that what stands in folder always belongs together. On
    failure the old ones stay. The last name is the first to go and the last to come: it vouches for the others.
    """
    fresh = folder / f"{FRESH}{secrets.token_hex(6)}"
    try:
        with _told(folder):
            (fresh / "old").mkdir(parents=True)
        yield fresh
        with _told(folder):
            _exchange(folder, fresh, names)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        with suppress(OSError):
            folder.rmdir()  # if there is nothing in it


def _exchange(folder: Path, fresh: Path, names: Sequence[str]) -> None:
    """The old files to fresh/old, the fresh ones to folder; all moved back if one cannot be moved."""
    moves = [(folder / name, fresh / "old" / name) for name in reversed(names)]
    moves += [(fresh / name, folder / name) for name in names]
    done: list[tuple[Path, Path]] = []
    try:
        for source, target in moves:
            if source.exists():
                done.append((source, target))
                source.replace(target)
    except BaseException:
        for source, target in reversed(done):
            if target.exists():
                target.replace(source)
        raise


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """A failure to write to path as the user's problem; a folder of fresh files is not named, it will be gone."""
    try:
        yield
    except OSError as error:
        raise unusable(path, error) from error


def unusable(path: Path, error: OSError) -> FormcheckError:
    """A place that cannot be used, in words."""
    remedy = REMEDIES.get(error.errno or 0, f"{error.strerror or error}; choose another folder")
    shown = path.parent.with_name(path.name) if path.parent.name.startswith(FRESH) else path
    return FormcheckError(f"{shown}: could not be written: {remedy}")


def check_folder(folder: Path) -> None:
    """Refuses a folder that could not be made or written to, before the work whose results it is for."""
    with _told(folder):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        if not there.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "")
        if not os.access(there, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "")


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 with plain newlines on every system, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def safe_name(name: str) -> str:
    """A folder name that every system takes: Windows forbids some characters, ends and device names."""
    kept = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", name).rstrip(" .") or "clip"
    return f"_{kept}" if RESERVED.fullmatch(kept.split(".")[0]) else kept


def quoted(text: str) -> str:
    """What a user wrote, as a message can show it: on one line, printable and not too long."""
    line = "".join(c if c.isprintable() else " " for c in text)
    return f'"{line[:LONGEST_QUOTE]}..."' if len(line) > LONGEST_QUOTE else f'"{line}"'
