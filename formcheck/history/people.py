"""Who is who: athletes by their names, whatever the case, the Unicode normal form and what is invisible in them.

Everything else goes by an athlete's number, so that no name is ever a path.
"""

from __future__ import annotations

import hashlib
import sqlite3
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches

from ..datatypes import NotUnderstoodError
from ..incoming import folded
from ..outgoing import quoted, readable
from ..settings import MOST_LETTERS


@dataclass(frozen=True)
class Athlete:
    """Somebody in the history: a number, the name as it was first written, and names that were merged into it."""

    id: int
    name: str
    also: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """All of them, folded."""
        return frozenset(map(folded, (self.name, *self.also)))


def named(name: str) -> str:
    """A name as it is stored: on one line, in one normal form. Raises NotUnderstoodError."""
    shown = unicodedata.normalize("NFC", " ".join(readable(name).split()))
    if not folded(shown) or len(shown) > MOST_LETTERS or any(unicodedata.category(letter) == "Cc" for letter in shown):
        raise NotUnderstoodError(f"{quoted(name)} is not a name; give one of up to {MOST_LETTERS} letters")
    return shown


def mark(athlete: Athlete) -> str:
    """What an athlete's files are called by: the same for every spelling of the name, and without that name in it."""
    return hashlib.sha256(folded(athlete.name).encode()).hexdigest()[:12]


def athletes(db: sqlite3.Connection) -> tuple[Athlete, ...]:
    """Everybody, by name."""
    also: dict[int, list[str]] = defaultdict(list)
    for number, name in db.execute("SELECT athlete, name FROM alias ORDER BY folded"):
        also[number].append(name)
    rows = db.execute("SELECT id, name FROM athlete ORDER BY folded").fetchall()
    return tuple(Athlete(number, name, tuple(also[number])) for number, name in rows)


def find(db: sqlite3.Connection, name: str) -> Athlete:
    """The athlete of that name. Raises NotUnderstoodError, with similar names."""
    if one := _known(db, named(name)):
        return one
    like = _similar(db, name)
    hint = f"did you mean {' or '.join(map(quoted, like))}?" if like else "formcheck history lists everybody"
    raise NotUnderstoodError(f"{quoted(name)} is not in the history; {hint}")


def newcomer(db: sqlite3.Connection, name: str) -> tuple[str, bool]:
    """What to say before somebody of that name joins others in the history, and whether it may be misspelt.

    "" of somebody who is there by that name, and of the first of all.
    """
    shown, one = named(name), _known(db, named(name))
    if not (is_former(one, shown) if one is not None else athletes(db)):
        return "", False
    from ..report.terminal import name_as_typed  # noqa: PLC0415 (late: most commands tell of nobody new)

    if one is not None:
        apart = f"to tell them apart again: formcheck delete {name_as_typed(shown)}"
        return f"{quoted(shown)} was merged into {quoted(one.name)}, who gets this ({apart})", False
    like = next(iter(_similar(db, shown)), None)
    if like is None:
        return f"new athlete {quoted(shown)}", False
    join = f"formcheck merge {name_as_typed(like)} {name_as_typed(shown)}"
    return f"new athlete {quoted(shown)} (similar: {quoted(like)}; to join them: {join})", True


def _similar(db: sqlite3.Connection, name: str) -> list[str]:
    """Names in the history that are nearly this one, the nearest first."""
    known = {folded(one.name): one.name for one in athletes(db)}
    return [known[key] for key in get_close_matches(folded(name), known)]


def _known(db: sqlite3.Connection, shown: str) -> Athlete | None:
    """The athlete one of whose names reads the same.

    Of two from before invisible letters were left out, the one so written.
    """
    same = [one for one in athletes(db) if folded(shown) in one.names]
    return max(same, key=lambda one: (not is_former(one, shown), one.name == shown), default=None)


def is_former(one: Athlete, name: str) -> bool:
    """Whether a name is an athlete's only since it was merged into theirs."""
    return folded(named(name)) != folded(one.name)


def call_also(db: sqlite3.Connection, one: Athlete, former: str) -> None:
    """From now on a name means an athlete."""
    if folded(former) != folded(one.name):
        db.execute("INSERT OR REPLACE INTO alias VALUES (?, ?, ?)", (folded(former), former, one.id))


def call_no_more(db: sqlite3.Connection, name: str) -> None:
    """A name that was merged into another no longer means that athlete."""
    db.execute("DELETE FROM alias WHERE folded = ?", (folded(named(name)),))


def made(db: sqlite3.Connection, name: str) -> Athlete:
    """The athlete of that name, created if need be."""
    shown = named(name)
    if _known(db, shown) is None:
        db.execute("INSERT INTO athlete (name, folded) VALUES (?, ?)", (shown, folded(shown)))
    return find(db, shown)
