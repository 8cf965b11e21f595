"""The four-week return to running: where a runner stands, from a log in which only pain-free runs count.

The log is a CSV file with the columns date, minutes, back and note, easy to open and edit by hand; the user's own
columns are kept.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from .. import __version__
from ..datatypes import NotUnderstoodError, UnreadableInputError
from ..incoming import EARLIEST, table
from ..knowledge import guidance as rows
from ..knowledge import texts
from ..outgoing import quoted
from .pages import Grid, Page, Part, Points, Section, Words

SCHEMA = "formcheck-return/1"
COLUMNS = ("date", "minutes", "back", "note")
SAID = re.compile(r"(?P<date>\S+)\s+(?P<minutes>\d+)\s*(?:min(?:utes)?|m)?\s+(?P<back>\S+)\s*(?P<note>.*)", re.DOTALL)
LONGEST_RUN_MIN = 600
WEEK = timedelta(7)


@dataclass(frozen=True)
class Run:
    """A run in the log; feeling is a key of comeback.toml, ``own`` what else the user records about it, by column."""

    date: date
    minutes: int
    feeling: str
    note: str = ""
    own: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Log:
    """The runs of a log file, and the names of the user's own columns."""

    runs: tuple[Run, ...] = ()
    own: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """Where the runner stands: the week to do, how many of its runs are done, when it may begin, and why."""

    week: rows.Week
    done: int
    begins: date | None  # None: at any time
    finished: bool
    halted: Run | None  # the latest run with a sign to scale back, unless a later day was fine
    happened: tuple[str, ...]


def standing(log: tuple[Run, ...]) -> Standing:
    """The log, run by run, set against the weeks. A week ends when all its runs were fine and seven days are over."""
    weeks, feelings = rows.comeback().weeks, rows.comeback().feelings
    at, done, began = 0, 0, None
    happened: list[str] = []
    halted, finished = None, False
    for run in sorted(log, key=lambda r: r.date):
        if done >= weeks[at].runs and began is not None and run.date >= began + WEEK and at + 1 < len(weeks):
            at, done, began = at + 1, 0, None
        does = feelings[run.feeling].does
        if does == "on":
            halted = halted if halted is not None and run.date <= halted.date else None
            done, began = done + 1, began or run.date
            happened += _remarks(run, weeks[at])
        else:
            finished = False
            to = max(at - 1, 0) if does == "back" or at + 1 == len(weeks) else at  # the last is for who has no symptom
            happened.append(_setback(run, weeks[at], weeks[to], does))
            at, done, began = to, 0, None
            halted = run if does == "back" else halted
        finished = finished or (at + 1 == len(weeks) and done >= weeks[at].runs)
    complete = done >= weeks[at].runs and began is not None
    if complete and not finished:
        return Standing(weeks[at + 1], 0, began + WEEK if began else None, False, halted, tuple(happened))
    return Standing(weeks[at], done, None, finished, halted, tuple(happened))


def _remarks(run: Run, week: rows.Week) -> Iterator[str]:
    most = week.minutes_high + week.longer_high
    if week.minutes_high and run.minutes > most:
        yield f"{run.date}: {run.minutes} min is longer than week {week.name} asks for (up to {most} min)."


def _setback(run: Run, week: rows.Week, to: rows.Week, does: str) -> str:
    label = rows.comeback().feelings[run.feeling].label
    if does == "again":
        return f"{run.date}: {label}, so week {to.name} {'starts again' if to is week else 'is repeated'}."
    back = "one week back" if week.name != "1" else "week 1 starts again"
    return f"{run.date}: {label}, so scale back: {back}."


def parsed(text: str) -> Run:
    """A run as written on the command line: 2026-11-20 25min pain-free [note]."""
    match = SAID.fullmatch(text.strip())
    if match is None:
        raise NotUnderstoodError(
            f'{quoted(text)}: write it as "2026-11-20 25min pain-free", with a note after it if you like'
        )
    return _run(match["date"], match["minutes"], match["back"], " ".join(match["note"].split()), quoted(text))


def read(path: Path) -> Log:
    """A log file."""
    head, *lines = table(path, "give a log that formcheck return wrote") or [list(COLUMNS)]
    twice = next((name for i, name in enumerate(head) if name in head[:i]), None)
    if twice is not None:
        raise UnreadableInputError(f"{path}: two columns are called {quoted(twice)}; give each its own name")
    if lines and not set(COLUMNS[:3]) <= set(head):
        raise UnreadableInputError(f"{path}: the first line must name the columns {', '.join(COLUMNS)}")
    runs = tuple(_line(head, cells, f"{path}, line {number}") for number, cells in enumerate(lines, 2) if cells)
    return Log(runs, tuple(name for name in head if name not in COLUMNS))


def _line(head: list[str], found: list[str], where: str) -> Run:
    if any(found[len(head) :]):
        raise UnreadableInputError(f'{where}: has more cells than the first line; put a note with commas in "quotes"')
    line = dict(zip(head, found, strict=False))
    cells = {name: str(line.get(name) or "").strip() for name in COLUMNS}
    if any("\n" in cell for cell in cells.values()):
        raise UnreadableInputError(f"{where}: a quote is not closed and swallows the lines after it; correct the log")
    try:
        run = _run(cells["date"], cells["minutes"], cells["back"], cells["note"], where)
        return replace(run, own={name: cell for name, cell in line.items() if name not in COLUMNS})
    except NotUnderstoodError as error:
        raise UnreadableInputError(str(error)) from error


def _run(day: str, minutes: str, feeling: str, note: str, where: str) -> Run:
    try:
        when = date.fromisoformat(day)
    except ValueError:
        raise NotUnderstoodError(f"{where}: {quoted(day)} is not a date; write it as 2026-11-20") from None
    if when < EARLIEST:
        raise NotUnderstoodError(f"{where}: {quoted(day)} is too long ago; check the year")
    if not re.fullmatch("[0-9]{1,4}", minutes) or not 0 < int(minutes) <= LONGEST_RUN_MIN:
        raise NotUnderstoodError(
            f"{where}: {quoted(minutes)} is not a number of minutes; give a whole number from 1 to {LONGEST_RUN_MIN}"
        )
    known = rows.comeback().feelings
    if feeling not in known:
        raise NotUnderstoodError(f"{where}: {quoted(feeling)} is not a word for the back; use {', '.join(known)}")
    return Run(when, int(minutes), feeling, note)


def until(log: tuple[Run, ...], today: date, where: str) -> tuple[Run, ...]:
    """The log, refused if a run in it lies in the future: a mistyped year would move the runner forward."""
    for run in log:
        if run.date > today:
            raise UnreadableInputError(f"{where}: a run on {run.date}, which is after {today}; check the year")
    return log


def joined(log: tuple[Run, ...], new: tuple[Run, ...]) -> tuple[Run, ...]:
    """The log with new runs; a run that is already in it is refused as a likely slip."""
    for i, run in enumerate(new):
        if run in (*log, *new[:i]):
            raise NotUnderstoodError(
                f"{run.date} {run.minutes}min {run.feeling}: is already in the log; nothing was added"
            )
    return (*log, *new)


def written(log: Log) -> str:
    """The log as the content of its file, by date."""
    text = StringIO()
    rows_out = csv.writer(text, lineterminator="\n")
    rows_out.writerow([*COLUMNS, *log.own])
    for run in sorted(log.runs, key=lambda r: r.date):
        rows_out.writerow([run.date, run.minutes, run.feeling, run.note, *(run.own.get(name, "") for name in log.own)])
    return text.getvalue()


def to_json(log: tuple[Run, ...]) -> dict[str, Any]:
    """Where the runner stands, as plain values."""
    now = standing(log)
    return {
        "schema": SCHEMA,
        "formcheck": __version__,
        "week": int(now.week.name),
        "runs_done": now.done,
        "runs_needed": now.week.runs,
        "begins": now.begins.isoformat() if now.begins else None,
        "says": now.week.says,
        "finished": now.finished,
        "stop": now.halted is not None,
        "happened": list(now.happened),
        "runs": [{"date": r.date.isoformat(), "minutes": r.minutes, "back": r.feeling, "note": r.note} for r in log],
        "notice": {"red_flags": texts().red_flags},
    }


def to_page(log: tuple[Run, ...]) -> Page:
    """Where the runner stands, the four weeks, and their rules."""
    known, now = rows.comeback(), standing(log)
    weeks = tuple((week.name, week.says, week.condition) for week in known.weeks)
    said = tuple(f"{key}: {feeling.label}" for key, feeling in known.feelings.items())
    how = (
        'After each run: formcheck return --log runs.csv --add "2026-11-20 25min pain-free". For the back, use one of:'
    )
    sections = (
        Section("What to do now", tuple(_now(now))),
        Section("At any time", (Words(texts().red_flags),)),
        Section("The four weeks", (Grid(("week", "plan", "begin it when"), weeks),)),
        Section(
            "The rules", (Points(tuple(f"{r.label}: {r.says} ({_name(r.source)})" for r in known.rules.values())),)
        ),
        Section("Your log", (Words(how), Points(said))),
    )
    return Page("Back to running in four weeks", "a guideline: only runs free of pain move you forward", sections)


def _now(now: Standing) -> Iterator[Part]:
    week = now.week
    if now.halted is not None:
        label = rows.comeback().feelings[now.halted.feeling].label
        yield Words(f"Stop running for now: you noted {label} on {now.halted.date}.", strong=True)
        yield Words("Answer formcheck triage before the next run. If it says you may run, do this:")
    if now.finished:
        yield Words("All four weeks are done free of pain. Carry on, and raise the distance gradually: formcheck load.")
        return
    begins = f", from {now.begins} on" if now.begins else ""
    yield Words(f"Week {week.name}{begins}: {week.says}", strong=now.halted is None)
    yield Points((f"Begin it when: {week.condition}", f"Done so far: {now.done} of {week.runs} runs free of pain."))
    if now.happened:
        yield Words("What your log says:")
        yield Points(now.happened)


def _name(source: str) -> str:
    return rows.sources()[source].name
