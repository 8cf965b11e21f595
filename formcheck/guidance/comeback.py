"""The four-week return to running: where a runner stands, from a log in which only pain-free runs count.

The log is a CSV file with the columns date, minutes, back and note, easy to open and edit by hand; the user's own
columns are kept.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Any

from .. import __version__
from ..datatypes import FormcheckError, NotUnderstoodError, UnreadableInputError
from ..files import alone_with, write_text
from ..incoming import EARLIEST, is_there, keyed, listing, read_day, real
from ..knowledge import guidance as rows
from ..knowledge import texts
from ..outgoing import quoted, readable
from . import triage
from .pages import Bullets, Grid, Page, Part, Section, Words

SCHEMA = "formcheck-return/1"
COLUMNS = ("date", "minutes", "back", "note")
MINUTES = r"(\d{1,4}(?:[.,]\d{1,9})?)\s*(?:m|min|mins|minutes?)?"
SAID = re.compile(rf"(?P<date>\S+)\s+(?:(?P<minutes>{MINUTES})\s+)?(?P<rest>\S.*)", re.DOTALL | re.IGNORECASE)
LONGEST_RUN_MIN = 600
DAY, WEEK = timedelta(1), timedelta(7)


@dataclass(frozen=True)
class Run:
    """A line of the log: a run, or with 0 minutes a day without one on which the back told something.

    feeling is a key of comeback.toml; cells: as the user's file has it, by column, their own columns too; by_diary: not
    in the file, but told by a diary
    """

    date: date
    minutes: int
    feeling: str
    note: str = ""
    cells: Mapping[str, str] = field(default_factory=dict, compare=False)
    by_diary: bool = field(default=False, compare=False)

    @property
    def felt(self) -> rows.Feeling:
        return rows.comeback().feelings[self.feeling]

    @property
    def turns(self) -> bool:
        """Whether it is a sign to stop, or clears one: of a day, the last of these holds."""
        return self.felt.does in ("back", "clear")

    @property
    def said(self) -> str:
        """The same as it is added."""
        return " ".join([str(self.date), *([f"{self.minutes}min"] if self.minutes else []), self.feeling])


@dataclass(frozen=True)
class Log:
    """The runs of a log file, the names of the user's own columns, and how it is written, as ``Listing`` says."""

    runs: tuple[Run, ...] = ()
    own: tuple[str, ...] = ()
    begins: str = ""
    delimiter: str = ","


@dataclass(frozen=True)
class Noting:
    """What the user types to note a run, or that a sign to stop is cleared, and to begin again after a break."""

    run: str
    cleared: Callable[[Run], str]
    again: str


@dataclass(frozen=True)
class Standing:
    """Where the runner stands: the week to do, how many of its runs are done, when it may begin, and why.

    finished: all four weeks are done, and no pain has been noted since
    """

    week: rows.Week
    done: int
    begins: date | None  # None: at any time
    finished: bool
    halted: Run | None  # the latest sign to stop that nothing noted after it has cleared
    happened: tuple[str, ...]


def standing(log: tuple[Run, ...], today: date) -> Standing:
    """The log set against the weeks, day by day up to today."""
    way = _Way()
    for day, lines in groupby(sorted(log, key=_day), key=_day):
        way.live(day, tuple(lines))
    way.move_on(today)
    way.take_time_off(today)
    return way.standing()


def _day(run: Run) -> date:
    return run.date


@dataclass
class _Way:
    """The way through the weeks. A week ends when all its runs were fine and seven days are over."""

    at: int = 0  # index of the week
    counted: dict[date, int] = field(default_factory=dict)  # minutes of the week's runs by day
    finished: bool = False
    halted: Run | None = None
    last_run: date | None = None
    ran: set[date] = field(default_factory=set)
    happened: list[str] = field(default_factory=list)

    @property
    def week(self) -> rows.Week:
        return rows.comeback().weeks[self.at]

    @property
    def complete(self) -> bool:
        return len(self.counted) >= self.week.runs

    @property
    def last(self) -> bool:
        return self.at + 1 == len(rows.comeback().weeks)

    def live(self, day: date, lines: tuple[Run, ...]) -> None:
        """One day: several runs on it are one, and the worst that was said of it counts.

        That it was cleared counts for the days before, and for the day itself where no sign to stop was noted after it.
        """
        minutes, told = sum(line.minutes for line in lines), {line.felt.does: line for line in lines}
        self.move_on(day)
        if minutes:
            self.take_time_off(day)
            self.last_run = day
            self.ran.add(day)
        if "clear" in told:
            self.halted = None
        worst = told.get("back") or told.get("again")
        if self.halted is not None:
            self._stay(self.halted, told.get("back"), day, minutes)
        elif worst is not None:
            self._set_back(worst)
        elif minutes and not self.finished:
            self._count(day, minutes)
        if [line.felt.does for line in lines if line.turns][-1:] == ["clear"]:
            self.halted = None

    def move_on(self, day: date) -> None:
        """Into the next week if this one is over."""
        if self.complete and not self.last and day >= min(self.counted) + WEEK:
            self._go(self.at + 1)

    def take_time_off(self, until: date) -> None:
        """A week back for every week without a run; once all four are done nobody has to note runs any more."""
        weeks = ((until - self.last_run).days - 1) // WEEK.days if self.last_run else 0
        if weeks > 0 and not self.finished:
            self._go(max(self.at - weeks, 0))
            time = f"{weeks} weeks" if weeks > 1 else "a week"
            self.happened.append(f"No run for {time} after {self.last_run}, so go on with week {self.week.name}.")

    def _go(self, to: int) -> None:
        self.at, self.counted, self.finished = to, {}, False

    def _stay(self, sign: Run, again: Run | None, day: date, minutes: int) -> None:
        self.halted = again or sign
        if minutes:
            self.happened.append(
                f"{day}: {minutes} min does not count: {sign.felt.label} on {sign.date} was not cleared first."
            )

    def _set_back(self, run: Run) -> None:
        before, back = self.at, run.felt.does == "back"
        self.last_run = run.date if self.finished else self.last_run  # what was run since then, nobody noted
        self._go(max(self.at - 1, 0) if back or self.last else self.at)  # the last is for who has no symptom
        if back:
            self.halted = run
        so = f"week {self.week.name} starts again" if self.at == before else f"back to week {self.week.name}"
        self.happened.append(f"{run.date}: {run.felt.label}, so {so}.")

    def _count(self, day: date, minutes: int) -> None:
        if against := self._against(day, minutes):
            self.happened.append(f"{day}: {minutes} min {against}")
            return
        high, most = self.week.minutes_high, self.week.minutes_high + self.week.longer_high
        if high and minutes > (high if any(m > high for m in self.counted.values()) else most):
            self.happened.append(f"{day}: {minutes} min is longer than {self._asked()}.")
        self.counted[day] = minutes
        self.finished = self.last and self.complete

    def _against(self, day: date, minutes: int) -> str:
        """Why a day's run does not count, and what to do; "" of one that does."""
        if minutes < self.week.minutes_low:
            return f"is shorter than {self._asked()}, so it does not count."
        if self.week.minutes_high and minutes > longest_run():
            return (
                f"is longer than any run of these weeks ({longest_run()} min), so it does not count: doing too much is "
                f"no progress. Next time run as long as {self._asked()}."
            )
        if self.week.minutes_high and day - DAY in self.ran:
            return "does not count: you ran on the day before, too. Keep a day without running between runs."
        return ""

    def _asked(self) -> str:
        low, high, more = self.week.minutes_low, self.week.minutes_high, self.week.longer_high
        once = f", once up to {high + more} min" if more else ""
        return f"week {self.week.name} asks for ({low}-{high} min{once})"

    def standing(self) -> Standing:
        if self.complete and not self.last:
            after = rows.comeback().weeks[self.at + 1]
            return Standing(after, 0, min(self.counted) + WEEK, False, self.halted, tuple(self.happened))
        return Standing(self.week, len(self.counted), None, self.finished, self.halted, tuple(self.happened))


def longest_run() -> int:
    """The most minutes that any of the weeks asks for in a run."""
    return max(week.minutes_high + week.longer_high for week in rows.comeback().weeks)


def parsed(text: str) -> Run:
    """A run as written on the command line: 2026-11-20 25min pain-free [note]."""
    feelings = rows.comeback().feelings
    match = SAID.fullmatch(readable(text).strip())
    if match is None:
        raise NotUnderstoodError(
            f'{quoted(text)}: write it as "2026-11-20 25min pain-free", with a note after it if you like'
        )
    words = match["rest"].split()
    parts = next((n for n in (2, 1) if keyed(" ".join(words[:n]), feelings) in feelings), 1)  # as in "pain free"
    feeling, note = " ".join(words[:parts]), " ".join(words[parts:])
    return _run(match["date"], match["minutes"] or "", feeling, note, quoted(text))


def read(path: Path) -> Log:
    """A log file."""
    kept = listing(path, "give a log that formcheck return wrote")
    head = [name.lower() if name.lower() in COLUMNS else name for name in kept.head]
    twice = next((name for i, name in enumerate(head) if name in head[:i]), None)
    if twice is not None:
        raise UnreadableInputError(f"{path}: two columns are called {quoted(twice)}; give each its own name")
    if (kept.rows or head) and not set(COLUMNS[:3]) <= set(head):
        raise UnreadableInputError(f"{path}: the first line must name the columns {', '.join(COLUMNS)}")
    runs = tuple(_line(head, cells, f"{path}, line {number}") for number, cells in kept.rows)
    return Log(runs, tuple(name for name in head if name not in COLUMNS), kept.begins, kept.delimiter)


def _line(head: list[str], found: list[str], where: str) -> Run:
    if any(cell.strip() for cell in found[len(head) :]):
        raise UnreadableInputError(f'{where}: has more cells than the first line; put a note with commas in "quotes"')
    line = dict(zip(head, found, strict=False))
    cells = {name: str(line.get(name) or "").strip() for name in COLUMNS}
    own = {name: cell for name, cell in line.items() if name not in COLUMNS}
    if any("\n" in cell for cell in cells.values()):
        raise UnreadableInputError(f"{where}: a quote is not closed and swallows the lines after it; correct the log")
    try:
        run = _run(cells["date"], cells["minutes"], cells["back"], cells["note"], where)
        return replace(run, cells=cells | own)
    except NotUnderstoodError as error:
        raise UnreadableInputError(str(error)) from error


def _run(said: str, minutes: str, feeling: str, note: str, where: str) -> Run:
    try:
        when = read_day(said)
    except ValueError:
        raise NotUnderstoodError(f"{where}: {quoted(said)} is not a date; write it as 2026-11-20") from None
    if when < EARLIEST:
        raise NotUnderstoodError(f"{where}: {quoted(said)} is too long ago; check the year")
    known = rows.comeback().feelings
    key = keyed(feeling, known)
    if key not in known:
        raise NotUnderstoodError(f"{where}: {quoted(feeling)} is not a word for the back; use {', '.join(known)}")
    if not minutes and known[key].does != "on":  # a day without a run
        return Run(when, 0, key, note)
    match = re.fullmatch(MINUTES, minutes, re.IGNORECASE)
    whole = round(real(match[1])) if match else 0
    if not 0 < whole <= LONGEST_RUN_MIN:
        raise NotUnderstoodError(
            f"{where}: {quoted(minutes)} is not a number of minutes; give one from 1 to {LONGEST_RUN_MIN}"
        )
    return Run(when, whole, key, note)


def _check_past(runs: tuple[Run, ...], today: date, where: str, refused: type[FormcheckError]) -> None:
    """Refuses runs of which one lies in the future: a mistyped year would move the runner forward."""
    for run in runs:
        if run.date > today:
            raise refused(f"{where}: a run on {run.date}, which is after {today}; check the year")


def from_day(log: tuple[Run, ...], begun: date) -> tuple[Run, ...]:
    """The log from a day on; of what was before, only a sign to stop that was not cleared."""
    sign = standing(tuple(run for run in log if run.date < begun), begun).halted
    since = tuple(run for run in log if run.date >= begun)
    return since if sign is None else (replace(sign, minutes=0), *since)


def joined(log: tuple[Run, ...], new: tuple[Run, ...]) -> tuple[Run, ...]:
    """The log with new runs; a run that is already in it is refused as a likely slip.

    A sign to stop, or that it is cleared, is refused only if the same was said last of its day.
    """
    for run in new:
        there = [line for line in log if line.date == run.date and line.turns == run.turns]
        if run in (there[-1:] if run.turns else there):
            raise NotUnderstoodError(f"{run.said}: is already in the log; nothing was added")
        log = (*log, run)
    return log


def with_runs(file: Path | None, new: tuple[Run, ...], today: date) -> Log:
    """The log in a file, if there is one, with new runs, which may be its first ones."""
    kept = read(file) if file is not None and (is_there(file) or not new) else Log()
    _check_past(kept.runs, today, str(file), UnreadableInputError)
    _check_past(new, today, "`add`", NotUnderstoodError)
    return replace(kept, runs=joined(kept.runs, new))


def add(file: Path, new: tuple[Run, ...], today: date) -> Log:
    """The same, written to the file; of several who add to it at once, nobody's runs are lost."""
    with alone_with(file):
        log = with_runs(file, new, today)
        write_text(file, written(log), private=True)
    return log


def written(log: Log) -> str:
    """The log as the content of its file, by date; what the user wrote stays as they wrote it."""
    text = StringIO()
    text.write(log.begins)
    rows_out = csv.writer(text, delimiter=log.delimiter, lineterminator="\n")
    rows_out.writerow([*COLUMNS, *log.own])
    for run in sorted(log.runs, key=_day):
        told = {"date": run.date, "minutes": run.minutes or "", "back": run.feeling, "note": run.note, **run.cells}
        rows_out.writerow([told.get(name, "") for name in (*COLUMNS, *log.own)])
    return text.getvalue()


def to_json(log: tuple[Run, ...], today: date, verdict: triage.Verdict | None = None) -> dict[str, Any]:
    """Where the runner stands, as plain values; verdict: on the answers about the pain, where some were given."""
    now = standing(log, today)
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
        "triage": triage.to_json(verdict) if verdict else None,
        "runs": [{"date": r.date.isoformat(), "minutes": r.minutes, "back": r.feeling, "note": r.note} for r in log],
        "notice": {"red_flags": texts().red_flags},
    }


def to_page(
    log: tuple[Run, ...], today: date, noting: Noting | None = None, verdict: triage.Verdict | None = None
) -> Page:
    """Where the runner stands, the four weeks, and their rules; first what the answers about the pain call for."""
    known, now = rows.comeback(), standing(log, today)
    noting = noting or Noting(
        f'note "{today} 25min pain-free"', lambda _: f'note "{today} cleared"', f"begin a new log on {today}"
    )
    answered = (Words(triage.told(verdict), strong=True),) if verdict else ()
    weeks = tuple((week.name, week.says, week.condition) for week in known.weeks)
    said = tuple(f"{key}: {feeling.label}" for key, feeling in known.feelings.items())
    when = "To note a run" if now.finished else "After each run"
    how = f"{when}: {noting.run}. In a file of runs, use one of these for the back:"
    sections = (
        Section("What to do now", (*answered, *_now(now, noting))),
        Section("At any time", (Words(texts().red_flags),)),
        Section("The four weeks", (Grid(("week", "plan", "begin it when"), weeks),)),
        Section(
            "The rules", (Bullets(tuple(f"{r.label}: {r.says} ({_name(r.source)})" for r in known.rules.values())),)
        ),
        Section("Your log", (Words(how), Bullets(said))),
    )
    return Page("Back to running in four weeks", "a guideline: only runs free of pain move you forward", sections)


def _now(now: Standing, noting: Noting) -> Iterator[Part]:
    """What to do; while a sign to stop stands, that is no run."""
    week = now.week
    if now.halted is not None:
        yield Words(triage.Sign(now.halted.date, now.halted.feeling).said, strong=True)
        yield Words(
            f"{triage.STOP} Answer formcheck triage before the next run. Once it lets you run, or the clinician it "
            f"sends you to does, note that: {noting.cleared(now.halted)}. Then ask here again what to run."
        )
    elif now.finished:
        yield Words("All four weeks are done free of pain. Carry on, and raise the distance gradually: formcheck load.")
        yield Words(
            "You need not note your runs here any more, but do note pain: it takes you back. After a week or more "
            f"without a run, the four weeks are a gentle way back once more: {noting.again}"
        )
        return
    else:
        begins = f", from {now.begins} on" if now.begins else ""
        yield Words(f"Week {week.name}{begins}: {week.says}", strong=True)
        done = f"Done so far: {now.done} of {week.runs} runs free of pain."
        yield Bullets((f"Begin it when: {week.condition}", done))
    if now.happened:
        yield Words("What your log says:")
        yield Bullets(now.happened)


def _name(source: str) -> str:
    return rows.sources()[source].name
