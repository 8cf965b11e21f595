"""Writing a file so that it is there whole or not at all."""

from __future__ import annotations

import errno
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .datatypes import FormcheckError

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
    temporary = path.with_name(f".{secrets.token_hex(6)}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        remedy = REMEDIES.get(error.errno or 0, f"{error.strerror or error}; choose another folder")
        raise FormcheckError(f"{path}: could not be written: {remedy}") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


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
