"""Bounds on what comes in from outside: bytes, rows, depth, digits, years, whatever the file claims to be.

Files, pipes and devices are read alike, none of them for ever; what exceeds a bound is refused in one clear line.
Videos have bounds of their own, in ``video``.
"""

from __future__ import annotations

import csv
import json
import math
import os
import re
import select
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from .datatypes import UnreadableInputError
from .settings import FILMS, REPORT

MOST_BYTES = 64 * 2**20  # a report has 0.1 MB, ten years of runs 1 MB, a marathon's GPX file 5 MB
MOST_OF_FRAMES = 512 * 2**20  # bytes of what says something of every frame: an hour at 60 frames a second is 170 MB
MOST_ROWS = 100_000  # of a table: five runs a day for fifty years
DEEPEST = 30  # lists and objects nested in each other; a report has 5 levels
MOST_DIGITS = 18  # of a whole number
LONGEST_TEXT = 10_000  # characters of one text in a report; our longest has 600
EARLIEST, LATEST = date(1970, 1, 1), date(2199, 12, 31)  # days that calendar arithmetic copes with
PIECE = 2**20
SCHEMA = "formcheck-report/"  # how a report's begins, of whatever version
MARK = "\ufeff"  # before the first letter, by which spreadsheets know a table in UTF-8
DOTTED = "%d.%m.%Y"  # a date, as spreadsheets write it in many countries; with slashes it could be either of two
SEPARATOR = re.compile(r'"?sep=([,;|\t])"?\s*')  # a first line that tells Excel what separates cells
JOINTS = re.compile(r"[\s_\u2010-\u2015-]+")  # what joins the parts of a word: spreadsheets make dashes of hyphens
INVISIBLE = re.compile(  # Unicode's Default_Ignorable_Code_Point
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def content(path: Path, most: int = MOST_BYTES) -> bytes:
    """The whole content of a file, a pipe or a device that ends. Raises UnreadableInputError."""
    try:
        with _opened(path) as file:
            read = b"".join(_pieces(file, most + 1))
            if not read and stat.S_ISFIFO(os.fstat(file).st_mode):
                raise UnreadableInputError(f"{path}: nobody writes to this pipe; give a file")
    except OSError as error:
        raise UnreadableInputError(not_read(path, error)) from error
    if len(read) > most:
        raise UnreadableInputError(
            f"{path}: is larger than {most / 2**20:.0f} MB: not a file of this kind; give another"
        )
    return read


def not_read(path: Path, error: OSError) -> str:
    """Why a file cannot be read, and what to do; of a missing one, the name of one beside it that may be meant."""
    if why := astray(path):
        return f"{path}: {why}; give the file itself"
    near = nearly(path) if isinstance(error, FileNotFoundError) else None
    remedy = f"did you mean {near}?" if near else "check its name, permissions and disk"
    return f"{path}: cannot be read ({error.strerror or error}); {remedy}"


def astray(path: Path) -> str:
    """The name of the file that a link leads to, if that is not there, as a clause; "" for anything else."""
    try:
        path.stat()
    except FileNotFoundError:
        return f"is a link to {Path(os.path.realpath(path)).name}, which is not there" if path.is_symlink() else ""
    except (OSError, ValueError):
        pass
    return ""


def nearly(path: Path) -> str | None:
    """The name of a file where one is missing that differs from it in capitals or what cannot be seen, if there is one.

    Preferably that of the same letters in another form: Macs and others write an accent apart from its letter.
    """
    with suppress(OSError):
        names = (file.name for file in path.parent.iterdir())
        near = [name for name in names if name != path.name and folded(name) == folded(path.name)]
        return min(near, key=lambda name: not _same(name, path.name), default=None)
    return None


def meant(path: Path) -> Path:
    """The path to what is there, whichever form its letters have; the path itself where nothing of that name is."""
    if is_there(path) or path == path.parent:
        return path
    folder = meant(path.parent)
    near = nearly(folder / path.name)
    return folder / (near if near and _same(near, path.name) else path.name)


def _same(name: str, other: str) -> bool:
    """Whether two names are of the same letters."""
    return unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", other)


def text(path: Path, otherwise: str, most: int = MOST_BYTES) -> str:
    """A file's content as text; otherwise: what to do if it is not text. Raises UnreadableInputError."""
    return _decoded(path, otherwise, most).removeprefix(MARK)


def _decoded(path: Path, otherwise: str, most: int) -> str:
    try:
        return content(path, most).decode()
    except UnicodeDecodeError as error:
        raise UnreadableInputError(f"{path}: not text in UTF-8; {otherwise}") from error


def document(path: Path, otherwise: str) -> Any:
    """A JSON file's content; otherwise: what to do if it is not JSON. Raises UnreadableInputError."""
    try:
        return parsed(text(path, otherwise))
    except (ValueError, RecursionError) as error:
        why = str(error).partition(": line")[0] if isinstance(error, ValueError) else "too deep"
        raise UnreadableInputError(f"{path}: not JSON that can be read ({why}); {otherwise}") from error


def report_in(place: Path, otherwise: str) -> tuple[Path, dict[str, Any]]:
    """The report.json that a place is, or holds as a folder, and its content; otherwise: as for ``document``."""
    file = place / REPORT if is_folder(place) else place
    if file.suffix.lower() in FILMS:
        raise UnreadableInputError(f"{file}: is a video, not a report; analyse it first, then give its results")
    if file != place and not is_there(file) and (below := with_reports(place)):
        several = f" or another of {len(below)}" if below[1:] else ""
        raise UnreadableInputError(f"{place}: holds no report itself; give {below[0]}{several}")
    made = document(file, otherwise)
    if not isinstance(made, dict) or not str(made.get("schema", "")).startswith(SCHEMA):
        raise UnreadableInputError(f"{file}: not a formcheck report; {otherwise}")
    return file, made


def with_reports(place: Path) -> list[Path]:
    """The folders in a folder that hold a report; none where it cannot be looked into."""
    try:
        return sorted(folder for folder in place.iterdir() if is_there(folder / REPORT))
    except OSError:
        return []


def parsed(source: str, *, nan: bool = False) -> Any:
    """JSON read strictly: each key once, only finite numbers. Raises ValueError, RecursionError.

    nan: NaN, Infinity and -Infinity, which some programs write though JSON has none, are read, all as NaN.
    """
    constant = _nan if nan else _no_constant
    made = json.loads(source, object_pairs_hook=_once, parse_int=_integer, parse_float=_real, parse_constant=constant)
    level = [made]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return made
    raise ValueError("too deep")


@dataclass(frozen=True)
class Listing:
    """A table that people keep in a spreadsheet, without the empty columns and lines that those leave in it.

    head: the names of its columns; rows: (number of the line of the file in which it begins, cells); begins, delimiter:
    what stands before the head and what separates cells, by which it is written as it was
    """

    head: tuple[str, ...]
    rows: tuple[tuple[int, list[str]], ...]
    begins: str
    delimiter: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The head in small letters."""
        return tuple(name.lower() for name in self.head)


def listing(path: Path, otherwise: str) -> Listing:
    """A CSV file that may have gone through a spreadsheet, as ``table`` reads it."""
    begins, delimiter, ((_, first), *lines) = _table(path, otherwise, MOST_ROWS, MOST_BYTES)
    head = [name.strip() for name in first]
    while head and not head[-1]:
        head.pop()
    rows = ((number, cells) for number, cells in lines if any(cell.strip() for cell in cells))
    return Listing(tuple(head), tuple(rows), begins, delimiter)


def table(path: Path, otherwise: str, most: int = MOST_ROWS, most_bytes: int = MOST_BYTES) -> list[list[str]]:
    """The cells of a CSV file, whichever of comma, semicolon and tab separates those of its first line.

    A line by which Excel is told the separator, and which it does not show, is not among them.
    A quote that is never closed is refused: its cell would swallow all later lines.
    """
    return [cells for _, cells in _table(path, otherwise, most, most_bytes)[2]]


def _table(path: Path, otherwise: str, most: int, most_bytes: int) -> tuple[str, str, list[tuple[int, list[str]]]]:
    """What stands before its first line, what separates its cells, and these, in at least one line.

    With the number of the line of the file in which they begin: a cell may go over several.
    """
    written = _decoded(path, f"in a spreadsheet, save it as CSV UTF-8; {otherwise}", most_bytes)
    source = written.removeprefix(MARK)
    if "\n" not in source:  # as Excel on a Mac writes it if asked to
        source = source.replace("\r", "\n")
    first, _, rest = source.partition("\n")
    told = SEPARATOR.fullmatch(first)
    delimiter = told[1] if told else max(",;\t", key=first.count)
    source = rest if told else source
    lines = csv.reader(StringIO(source), delimiter=delimiter, strict=True)
    before = 1 if told else 0  # lines
    found, begins = [], before + 1
    try:
        for cells in lines:
            found.append((begins, cells))
            begins = before + lines.line_num + 1
            if len(found) > most:
                raise UnreadableInputError(f"{path}: has more than {most} lines; keep the later ones")
    except csv.Error as error:
        raise UnreadableInputError(f"{path}, line {begins}: not a table ({error}); check its quotes") from error
    head = MARK * written.startswith(MARK) + (f"{told[0].strip()}\n" if told else "")
    return head, delimiter, found or [(begins, [])]


def read_day(text: str) -> date:
    """A date as 2026-11-24 or 24.11.2026. Raises ValueError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return datetime.strptime(text, DOTTED).date()


def real(text: str) -> float:
    """A number, with a decimal point or a decimal comma. Raises ValueError."""
    return decimal(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)


def decimal(text: str) -> float:
    """What float reads, but for Python's own 1_000, which in a table is a slip. Raises ValueError."""
    with suppress(ValueError):
        if "_" not in text:
            return float(text)
    raise ValueError(f"{text[:40]!r} is not a number")


def keyed(said: str, keys: Iterable[str]) -> str:
    """The key that a word means, whatever its capitals and what joins its parts; the word itself where it is none."""
    return next((key for key in keys if _joined(key) == _joined(said)), said)


def _joined(word: str) -> str:
    return JOINTS.sub("-", folded(word).strip())


def is_there(path: Path) -> bool:
    """Whether something of that name exists and can be accessed."""
    return os.path.exists(path)  # noqa: PTH110 (pathlib's raises on names that are too long)


def is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 (the same)


def is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 (the same)


def is_device(path: Path) -> bool:
    """Whether path is a device or a pipe."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def inside(folder: Path) -> list[Path]:
    """What a folder holds, in order of name; nothing where none is. Raises OSError where that cannot be seen."""
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Opens a file, without waiting for somebody to write into a pipe."""
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        yield file
    finally:
        os.close(file)


def _pieces(file: int, most: int) -> Iterator[bytes]:
    """Up to ``most`` bytes; from a pipe, until all its writers have closed it."""
    waits = stat.S_ISFIFO(os.fstat(file).st_mode) or os.isatty(file)
    while most > 0:
        try:
            piece = os.read(file, min(PIECE, most))
        except BlockingIOError:
            if not waits:
                raise
            select.select([file], [], [])
            continue
        if not piece:
            return
        most -= len(piece)
        yield piece


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise ValueError(f"{key[:40]!r} appears twice")
        made[key] = value
    return made


def _integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _real(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number too large")
    return number


def _nan(_: str) -> float:
    return math.nan


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _inside(value: Any) -> list[Any]:
    """Lists and objects directly inside one."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [v for v in inner if isinstance(v, (dict, list))]


def folded(name: str) -> str:
    """What two spellings of one name share: Unicode's canonical caseless matching of what can be seen."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", INVISIBLE.sub("", name)).casefold())
