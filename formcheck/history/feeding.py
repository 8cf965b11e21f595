"""Which questions of the pain interview the diary answers, and what in it counts for the return to running."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from ..guidance.comeback import Run, standing
from ..guidance.triage import NOTHING
from ..knowledge import guidance as rows
from .records import Entry

WEEK = timedelta(7)
CLEARED = "cleared"  # of comeback.toml


def answers(diary: Sequence[Entry], today: date) -> dict[str, tuple[str, ...]]:
    """Answers that the last week's entries give, by question; none where they do not tell."""
    days = [entry for entry in diary if entry.day <= today]
    week = [entry for entry in days if entry.day > today - WEEK]
    sore = [entry for entry in week if entry.ails]
    if not sore:
        return {}  # how it is today is for the runner to say
    worst, waiting = max(entry.soreness for entry in sore), [entry for entry in sore if entry.cleared is None]
    told = {
        "where": _keys("where", sore) if sore[-1].day == week[-1].day else (),
        "feel": tuple(key for key in _keys("feel", waiting) if key in _signs()),  # the rest may have changed by today
        "strength": (rows.triage().questions["strength"].of_number(worst),),
        "when": _keys("when", sore),
        "lasts": tuple(_lasts(days, today)),
        "course": tuple(_course(days, worst, today)),
    }
    return {question: keys for question, keys in told.items() if keys}


def _keys(question: str, sore: Iterable[Entry]) -> tuple[str, ...]:
    """What entries answer together; that there is nothing is no answer of a sore one, whoever wrote it."""
    answers = rows.triage().questions[question].answers.keys() - NOTHING
    return tuple(dict.fromkeys(key for entry in sore for key in getattr(entry, question) if key in answers))


def _lasts(days: Sequence[Entry], today: date) -> Iterator[str]:
    """That it has lasted for more than a week; a good day in between leaves it to the runner to say."""
    begin, sore = days[-1].day, {entry.day for entry in days if entry.ails}
    for entry in reversed(days):
        if (begin - entry.day).days > rows.triage().diary["silence_days"].value:
            break
        if entry.day not in sore:
            break
        begin = entry.day
    if today - begin > WEEK:
        yield "longer"


def _course(days: Sequence[Entry], worst: int, today: date) -> Iterator[str]:
    """Whether the worst of this week is clearly more than that of the week before."""
    before = [entry.soreness for entry in days if today - 2 * WEEK < entry.day <= today - WEEK]
    if before:
        yield "worsening" if worst - max(before) >= rows.triage().diary["worse_by"].value else "steady"


def runs(diary: Iterable[Entry], logged: Iterable[Run] = ()) -> tuple[Run, ...]:
    """The diary as a log of runs: those with minutes, and days that hold the runner back, or cleared.

    A day with a run that is also logged elsewhere counts from the diary only if it holds the runner back. What is noted
    in one place on a day is not cleared by what is noted in the other on that day, since nobody knows which came first.
    """
    taken, signs = {run.date for run in logged if run.minutes}, {}
    for run in logged:
        if run.felt.does in ("back", "clear"):
            signs[run.date] = run.felt.does
    made, diary = [], tuple(diary)
    waiting = [e.day for e in diary if e.cleared is None and stops(e)]
    for entry in diary:
        feeling = feeling_of(entry)
        if feeling.does != "on" or (entry.minutes and entry.day not in taken):
            made.append(Run(entry.day, entry.minutes or 0, feeling.name, entry.note, by_diary=True))
        cleared = entry.cleared is not None and not any(day <= entry.cleared for day in waiting)
        if entry.cleared is not None and cleared and signs.get(entry.cleared) != "back":
            made.append(Run(entry.cleared, 0, CLEARED, by_diary=True))
    return tuple(made)


def feeling_of(entry: Entry) -> rows.Feeling:
    """What an entry counts as in the return to running: as how it feels, where that says stop, else as how sore."""
    feelings = rows.comeback().feelings.values()
    signs = [feeling for feeling in feelings if {*feeling.feels} & {*entry.feel}]
    levels = [feeling for feeling in feelings if entry.soreness <= feeling.soreness_to]
    return signs[0] if signs else min(levels, key=lambda feeling: feeling.soreness_to)


def stops(entry: Entry) -> bool:
    """Whether an entry is a sign to stop."""
    return feeling_of(entry).does == "back"


def halted(diary: Sequence[Entry]) -> Run | None:
    """The latest sign to stop that nothing in the diary has cleared, as the return to running has it."""
    noted = runs(diary)
    return standing(noted, max(run.date for run in noted)).halted if noted else None


def halted_said(diary: Sequence[Entry]) -> str:
    """The same in words; "" where running is not stopped."""
    sign = halted(diary)
    return f"Stopped, not cleared: {sign.felt.label} on {sign.date}." if sign is not None else ""


def _signs() -> set[str]:
    """The answers to how it feels that are signs to stop."""
    return {key for feeling in rows.comeback().feelings.values() if feeling.does == "back" for key in feeling.feels}
