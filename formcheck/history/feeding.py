"""What the diary says of the pain: answers to the interview, signs to stop, and what counts for the return to running.

A sign to stop is what comeback.toml says takes a runner back; it holds, however old, until it is noted as cleared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from ..guidance.comeback import Run
from ..guidance.triage import NOTHING, Sign
from ..knowledge import guidance as rows
from .records import Entry

WEEK = timedelta(7)
CLEARED = "cleared"  # of comeback.toml


def answers(diary: Sequence[Entry], today: date) -> dict[str, tuple[str, ...]]:
    """Answers that the last week's entries give, by question, and those that are signs to stop; none where they do not
    tell. What was cleared tells neither how it feels nor how strong it is.
    """
    days = [entry for entry in diary if entry.day <= today]
    week = [entry for entry in days if entry.day > today - WEEK]
    sore, stopping = [entry for entry in week if entry.ails], signs(days)
    if not sore:
        return stopping  # how it is today is for the runner to say
    worst = max((entry.soreness for entry in sore if entry.cleared is None), default=None)
    told = {
        "where": _keys("where", sore) if sore[-1].day == week[-1].day else (),
        "feel": (),  # may have changed by today, but for signs to stop
        "strength": (_strength(worst),) if worst is not None else (),
        "when": _keys("when", sore),
        "lasts": tuple(_lasts(days, today)),
        "course": tuple(_course(days, worst, today)) if worst is not None else (),
    }
    return {question: keys for question, keys in (told | stopping).items() if keys}


def signs(diary: Iterable[Entry]) -> dict[str, tuple[str, ...]]:
    """Answers to the interview that are signs to stop and wait to be cleared, of whatever day, by question."""
    sore = _waiting(diary)
    feels = {key for feeling in rows.comeback().feelings.values() if feeling.does == "back" for key in feeling.feels}
    worst = max((entry.soreness for entry in sore), default=0)
    told = {
        "feel": tuple(key for key in _keys("feel", sore) if key in feels),
        "strength": (_strength(worst),) if _as_sore(worst).does == "back" else (),
    }
    return {question: keys for question, keys in told.items() if keys}


def _waiting(diary: Iterable[Entry]) -> list[Entry]:
    """The entries that are signs to stop and not cleared."""
    return [entry for entry in diary if entry.cleared is None and stops(entry)]


def _strength(soreness: int) -> str:
    return rows.triage().questions["strength"].of_number(soreness)


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

    A day with a run that is also logged elsewhere counts from the diary only if it holds the runner back, and its
    minutes only there. What is noted in one place on a day is not cleared by what is noted in the other on that day,
    since nobody knows which came first.
    """
    taken = {run.date for run in logged if run.minutes}
    last = {run.date: run.felt.does for run in logged if run.turns}
    made, diary = [], tuple(diary)
    waiting = [entry.day for entry in _waiting(diary)]
    for entry in diary:
        feeling = feeling_of(entry)
        if feeling.does != "on" or (entry.minutes and entry.day not in taken):
            minutes = 0 if entry.day in taken else entry.minutes or 0
            made.append(Run(entry.day, minutes, feeling.name, entry.note, by_diary=True))
        cleared = entry.cleared is not None and not any(day <= entry.cleared for day in waiting)
        if entry.cleared is not None and cleared and last.get(entry.cleared) != "back":
            made.append(Run(entry.cleared, 0, CLEARED, by_diary=True))
    return tuple(made)


def feeling_of(entry: Entry) -> rows.Feeling:
    """What an entry counts as in the return to running: as how it feels, where that says stop, else as how sore."""
    feelings = rows.comeback().feelings.values()
    return next((feeling for feeling in feelings if {*feeling.feels} & {*entry.feel}), _as_sore(entry.soreness))


def _as_sore(soreness: int) -> rows.Feeling:
    levels = [feeling for feeling in rows.comeback().feelings.values() if soreness <= feeling.soreness_to]
    return min(levels, key=lambda feeling: feeling.soreness_to)


def cleared(diary: Sequence[Entry]) -> set[Sign]:
    """The signs to stop that a diary shows as cleared."""
    done = {_sign(entry) for entry in diary if entry.cleared is not None and stops(entry)}
    return done - {_sign(entry) for entry in _waiting(diary)}


def _sign(entry: Entry) -> Sign:
    return Sign(entry.day, feeling_of(entry).name)


def stops(entry: Entry) -> bool:
    """Whether an entry is a sign to stop."""
    return feeling_of(entry).does == "back"


def halted(diary: Iterable[Entry]) -> Sign | None:
    """The latest sign to stop that is not cleared."""
    found = [_sign(entry) for entry in _waiting(diary)]
    return max(reversed(found), key=lambda sign: sign.day, default=None)  # of a day, the last
