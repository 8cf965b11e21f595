"""Where things lie on the user's disk: folders of their own, and the names of folders of results."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

import platformdirs

from .datatypes import FormcheckError
from .incoming import folded, inside, is_there
from .outgoing import NO_TEXT, UNPRINTABLE, readable
from .settings import OURS

LONGEST_NAME, MOST_UNITS = 200, 120  # bytes and UTF-16 units of a folder's name, which may get a number
RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)", re.IGNORECASE)  # with any suffix


def data_folder() -> Path:
    """Where the user's own things are: the history, limits of their own. Raises FormcheckError."""
    return users_folder("FORMCHECK_DATA", platformdirs.user_data_path)


def users_folder(variable: str, usual: Callable[..., Path]) -> Path:
    """The folder that a variable names, else the usual one at home. Raises FormcheckError for a user who has none."""
    if named := os.environ.get(variable):
        return Path(named)
    try:
        return usual("formcheck", appauthor=False)
    except RuntimeError as error:
        raise FormcheckError(f"this user has no home folder; set HOME, or {variable} to a folder") from error


def made(folder: Path) -> Path:
    """A folder of the user's own, which nobody else can look into if it is made here; one that is there stays as it is.

    Raises OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def on_disk(path: Path) -> Path:
    """The path to what is there and was noted so because its name is no text (``readable``); the path itself where that
    is nothing, or could be either of two."""
    if UNPRINTABLE not in str(path) or is_there(path):
        return path
    folder = on_disk(path.parent)
    try:
        alike = [place for place in inside(folder) if readable(place.name) == path.name]
    except OSError:  # what cannot be looked at is as if it were not there
        alike = []
    return alike[0] if len(alike) == 1 else folder / path.name


def safe_name(name: str) -> str:
    """A folder name that every system accepts, and none that hides or that a file of ours has.

    Windows forbids some characters, endings and device names, and finds no path of 260 UTF-16 units, of which 60 follow
    in a folder of results; macOS forbids what is not text.
    """
    kept = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", NO_TEXT.sub("_", name)).rstrip(" .") or "clip"
    if len(whole := kept.encode()) > LONGEST_NAME or len(kept.encode("utf-16-le")) > 2 * MOST_UNITS:
        cut = whole[: LONGEST_NAME - 9].decode("utf-8", "ignore").encode("utf-16-le")[: 2 * (MOST_UNITS - 9)]
        kept = f"{cut.decode('utf-16-le', 'ignore')}-{hashlib.sha256(whole).hexdigest()[:8]}"
    taken = kept.startswith(".") or RESERVED.match(kept) or folded(kept) in OURS
    return f"_{kept}" if taken else kept
