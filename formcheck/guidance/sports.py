"""Which sport a log means by a word of its own: sports.toml, whatever the capitals, accents and signs between words."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from ..knowledge import guidance as rows
from ..settings import MOST_LETTERS

RUNNING = "running"
HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")  # between words written as one: TrailRun
WORD = re.compile(r"[^\W_]+")
ANY = r"\S*"  # letters of one word, for the * of a name
WHOLE = "="  # before a name that is all a type says


@lru_cache(maxsize=1024)
def named(said: str) -> str:
    """The sport that a type names; "" for one that sports.toml does not know."""
    words = " ".join(WORD.findall(_plain(HUMPS.sub(" ", said[:MOST_LETTERS]))))
    return next((sport for sport, names in _names().items() if names.search(words)), "")


@cache
def _names() -> dict[str, re.Pattern[str]]:
    """What finds each sport's names among words with single spaces between them."""
    found = {}
    for name, sport in rows.sports().items():
        either = "|".join(map(_pattern, sport.names))
        found[name.replace("_", " ")] = re.compile(rf"(?<!\S)(?:{either})(?!\S)")
    return found


def _pattern(name: str) -> str:
    words = ANY.join(map(re.escape, _plain(name.removeprefix(WHOLE)).split("*")))
    return rf"\A{words}\Z" if name.startswith(WHOLE) else words


def foreign(said: str) -> bool:
    """Whether a type has letters, none of them Latin: what no name fits is a runner's own word in Latin ones alone."""
    letters = [letter for letter in _plain(said[:MOST_LETTERS]) if letter.isalpha()]
    return bool(letters) and not any("LATIN" in unicodedata.name(letter, "") for letter in letters)


def _plain(text: str) -> str:
    """In small letters without accents."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()
