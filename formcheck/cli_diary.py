"""Somebody's diary for the commands that help: what it answers, what in it says stop, what is typed to note it there.

Part of the command line, like cli.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

import click

from .cli_output import Command
from .outgoing import printable
from .words import listed

if TYPE_CHECKING:
    from .guidance.triage import Answers, SavedAnswers, Sign
    from .history.records import Entry
    from .history.written import Whose


@dataclass(frozen=True)
class Stopped:
    """What in diaries says stop and is not cleared: answers to the interview, the latest sign, what is typed to clear
    it, and any other; and the signs that diaries show as cleared.
    """

    answers: Answers = field(default_factory=dict)
    sign: Sign | None = None
    clears: str = ""
    cleared: frozenset[Sign] = frozenset()


NONE = Stopped()


def by_diary(command: Command) -> Command:
    """Adds an option for whose diary to use."""
    return click.option("--athlete", metavar="NAME", help="Also use this athlete's diary (formcheck log).")(command)


def diary_of(athlete: str) -> tuple[Entry, ...]:
    """Raises NotUnderstoodError for somebody whom the history does not know."""
    from .history import people, records, store  # noqa: PLC0415

    with store.reading() as db:
        return records.diary(db, people.find(db, athlete))


def diaries_of(whose: Whose) -> dict[str, tuple[Entry, ...]] | None:
    """The diary of each by name; None if the history fails, which is said."""
    from .datatypes import FormcheckError  # noqa: PLC0415
    from .history import records, store  # noqa: PLC0415

    try:
        with store.reading() as db:
            return {one.name: records.diary(db, one) for one in whose(db)}
    except FormcheckError as error:
        click.echo(printable(f"formcheck: {error}; so no diary was looked at for signs to stop"), err=True)
        return None


def told(
    athlete: str, diary: Sequence[Entry], stop: Answers, saved: Answers, typed: Answers
) -> dict[str, tuple[str, ...]]:
    """What the diary answers of what is neither saved nor typed, which is shown.

    stop: what holds whatever was saved
    """
    from .guidance import triage as interview  # noqa: PLC0415
    from .history import feeding  # noqa: PLC0415

    known = interview.checked(feeding.answers(diary, date.today()), f"the diary of {athlete}")
    new = {name: keys for name, keys in known.items() if name not in typed and (name in stop or name not in saved)}
    none = "nothing that is not answered already" if known else "no answer from the last week"
    said = [
        f"{'uncleared ' if name in stop else ''}{name.replace('_', ' ')}: {', '.join(keys)}"
        for name, keys in new.items()
    ]
    click.echo(printable(f"From the diary of {athlete}: {'; '.join(said) or none}"), err=True)
    return new


def stopped(diaries: Mapping[str, Sequence[Entry]]) -> Stopped:
    """What in diaries, by name, says stop; each that does is said, on a line that nothing breaks."""
    from .guidance.triage import CLEARING  # noqa: PLC0415
    from .history import feeding  # noqa: PLC0415

    stop = {name: sign for name, diary in diaries.items() if (sign := feeding.halted(diary)) is not None}
    for name, sign in stop.items():
        click.echo(printable(f"In the diary of {name}: {sign.said} {CLEARING.format(clearing(name))}"), err=True)
    signs = feeding.signs(entry for diary in diaries.values() for entry in diary)
    latest = max(stop.values(), key=lambda sign: sign.day, default=None)
    return Stopped(signs, latest, listed([*map(clearing, stop)]), cleared(*diaries.values()).cleared)


def cleared(*diaries: Sequence[Entry]) -> Stopped:
    """Only what diaries show as cleared."""
    from .history import feeding  # noqa: PLC0415

    return Stopped(cleared=frozenset(sign for diary in diaries for sign in feeding.cleared(diary)))


def with_saved(stop: Stopped, saved: SavedAnswers) -> Stopped:
    """With the sign to stop that saved answers carry, which is said, unless a diary shows that it was cleared since."""
    from .guidance.triage import CLEARING, beside  # noqa: PLC0415
    from .report.terminal import as_typed  # noqa: PLC0415

    sign = saved.stopped
    if sign is None or sign in stop.cleared or sign == stop.sign:
        return stop
    clears = f"{clearing(None)}, then formcheck triage --athlete NAME -o {as_typed(str(saved.file))}"
    click.echo(printable(f"In {saved.file}: {sign.said} {CLEARING.format(clears)}"), err=True)
    answers = beside(sign.answers, stop.answers)
    if stop.sign is not None and stop.sign.day >= sign.day:
        return replace(stop, answers=answers)
    return replace(stop, answers=answers, sign=sign, clears=listed([stop.clears, clears]) if stop.clears else clears)


def clearing(athlete: str | None, day: date | None = None) -> str:
    """What is typed to clear the signs to stop of a diary; day: if not today."""
    return noting(athlete, "--cleared", day)


def noting(athlete: str | None, what: str, day: date | None = None) -> str:
    """What is typed to note something in a diary; day: if not today."""
    from .report.terminal import name_as_typed  # noqa: PLC0415

    name = name_as_typed(athlete) if athlete is not None else "NAME"
    return f"formcheck log {name} {what}" + (f" --date {day}" if day is not None else "")
