"""What goes out is escaped for where it goes: names and texts from outside may hold codes a terminal would obey.

JSON, CSV and calendar files are escaped by the libraries that write them.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"
TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # these set writing direction
NO_TEXT = re.compile("[\ud800-\udfff]")  # surrogates: bytes of a file name that are not text, halves of a letter
LONGEST_QUOTE = 40  # characters of what a user wrote, in a message
MARKUP = re.compile(r"[\\`*_\[\]#|~]|^[-+=]")  # what Markdown takes for markup
NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")


def printable(text: str) -> str:
    """On one line, without what a terminal obeys: escapes, other controls, marks that change writing direction."""
    return text if text.isprintable() else "".join(map(_printable, text))


def _printable(letter: str) -> str:
    if letter.isprintable() or (letter not in TURNING and unicodedata.category(letter) == "Cf"):
        return letter
    return " " if unicodedata.category(letter) == "Zs" else UNPRINTABLE


def readable(text: str) -> str:
    """What any Unicode encoding can write: what is not text becomes U+FFFD, such as some bytes of a file's name."""
    return NO_TEXT.sub(UNPRINTABLE, text)


def by_name(text: str, files: Iterable[Path]) -> str:
    """A text with these files by their names alone, for what may be passed on: a path often holds a user's name."""
    for file in files:
        text = text.replace(str(file), file.name)
    return text


def json_file(document: Any) -> str:
    """The content of a JSON file, for people to read too. Raises ValueError where a number is NaN or infinite."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def quoted(text: str) -> str:
    """What a user wrote, as a message can show it: on one line, printable and not too long."""
    line = "".join(c if c.isprintable() else " " for c in text)
    return f'"{line[:LONGEST_QUOTE]}..."' if len(line) > LONGEST_QUOTE else f'"{line}"'


def markdown(text: str) -> str:
    """For Markdown to show as it is: no markup, no HTML, one line."""
    escaped = MARKUP.sub(r"\\\g<0>", html.escape(printable(text), quote=False).strip())
    return NUMBERED.sub(r"\1\\\2", escaped)


@dataclass(frozen=True)
class Printable:
    """Something for a rich console, with all its text made printable; say: what else is done to each line."""

    shown: RenderableType
    say: Callable[[str], str] = str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.segment import Segment  # noqa: PLC0415

        for part in console.render(self.shown, options):
            lines = (printable(self.say(line)) for line in part.text.split("\n"))
            yield part if part.control else Segment("\n".join(lines), part.style)
