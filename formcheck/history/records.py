"""The content of the history: athletes' clips and their diary; each function takes the open history."""

from __future__ import annotations

import json
import os
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import groupby
from math import nan
from pathlib import Path
from typing import Any

from ..batch.jobs import Job
from ..datatypes import Level, Measurement, NotUnderstoodError
from ..files import digest
from ..guidance import triage
from ..incoming import folded, is_file, is_there
from ..knowledge import Limits
from ..outgoing import readable
from ..places import on_disk
from ..report.scales import limits_of
from ..settings import LONGEST_NOTE, MOST_LETTERS, REPORT, part_of
from ..video import filmed, unreadable
from ..words import listed, speed_given, titled
from .people import Athlete, made

NUMBERS = ("value", "low", "high", "spread", "clip_sd", "sampling")
FILMING = ("video", "view", "settings")
SAME_FILM = (  # two clips of one file that show some of the same seconds; each with its prefix
    "{0}content = {1}content AND ({0}end_s IS NULL OR {0}end_s > {1}start_s)"
    " AND ({1}end_s IS NULL OR {1}end_s > {0}start_s)"
)
SAID = {"date": "dated", "session": "session", "note": "note", "shoes": "shoes"}  # what is said of a clip: its column
ENTRY = ("video", "folder", "model", "start_s", "end_s")  # columns that tell which part of a film an entry is on
ANSWERED = ("feel", "where", "when")  # questions of triage.toml that an entry answers
MEASURED = ("metric", "label", "unit", *NUMBERS, "n", "missing")


@dataclass(frozen=True)
class Found:
    """A finding of a clip: its fault's key, the fault in words, and its level."""

    fault: str
    label: str
    level: Level
    metric: str


@dataclass(frozen=True)
class ClipRecord:
    """A stored clip, with what was said about it, what was seen and what was measured.

    - ``filmed``: local time, from the user, the file or its date on the disk; ``stored``: UTC
    - ``content``: SHA-256 of the video; ``start_s``, ``end_s``: the part that was analysed
    - ``speed_kmh``: what the treadmill was set to, as it was said, None where nobody said; where it does not fit the
      steps seen, the measurement ``speed_m_s`` says so
    - ``filming``: what report.json says of video, view and settings
    - ``measurements``: by metric, without their steps; ``findings``: strongest first
    """

    id: int
    filmed: datetime
    stored: datetime
    session: str
    note: str
    shoes: str
    speed_kmh: float | None
    view: str
    facing: str
    activity: str
    surface: str
    model: str
    formcheck: str
    content: str
    start_s: float
    end_s: float | None
    video: Path
    folder: Path
    verdict: str
    filming: Mapping[str, Any] = field(repr=False)
    measurements: Mapping[str, Measurement] = field(repr=False)
    findings: tuple[Found, ...] = field(repr=False)

    @property
    def part(self) -> dict[str, Any]:
        """What of the film it shows: PART, of which earlier versions kept the seconds alone."""
        return part_of(self.filming["settings"] | {"start": self.start_s, "end": self.end_s})

    @property
    def speed_given(self) -> str:
        """The treadmill's speed in words, "" where nobody said."""
        speed = self.measurements.get("speed_m_s")
        fits = speed is None or speed.missing != "speed_contradicted"
        return "" if self.speed_kmh is None else speed_given(self.speed_kmh, fits)

    @property
    def title(self) -> str:
        """What it is called."""
        return titled(self.video.name, self.part)

    @cached_property
    def limits(self) -> Mapping[str, Limits]:
        """What its measurements are judged against, by metric."""
        return limits_of(self.measurements.values())


@dataclass(frozen=True)
class Entry:
    """A day of the diary: soreness from 0 to 10; feel, where and when as keys of answers in triage.toml.

    cleared: of a sign to stop, the day on which running was allowed again
    """

    day: date
    soreness: int
    where: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    minutes: int | None = None
    km: float | None = None
    shoes: str = ""
    surface: str = ""
    note: str = ""
    cleared: date | None = None
    feel: tuple[str, ...] = ()

    @property
    def ails(self) -> bool:
        """Whether there is anything to it."""
        return bool(self.soreness or self.feel)


def about(job: Job, folder: Path, report: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored of a clip and of its results in folder; takes as long as reading the whole file.

    report: as report.schema.json describes it. Raises UnreadableVideoError.
    """
    try:
        return _said(job) | _seen(job, folder, report)
    except OSError as error:
        raise unreadable(job.video, error) from error


def keep(
    db: sqlite3.Connection, job: Job, told: Mapping[str, Any], report: Mapping[str, Any]
) -> tuple[str, ...]:  # fmt: skip
    """Store a clip of the job's athlete in the place of any that shows some of the same seconds; told: by ``about``.

    What was said of those and is not said anew stays. Returns what the user should know about it.
    """
    athlete = made(db, job.athlete)
    cells = {"athlete": athlete.id, **told}
    remarks = (*_replaced(db, athlete, cells), *_also(db, job, cells))
    there = f"athlete = :athlete AND {SAME_FILM.format('', ':')}"
    cells |= dict(_said_before(db, job, cells, there))
    cells["filmed"] = _filmed(cells["dated"], datetime.fromisoformat(cells["filmed"])).isoformat(timespec="seconds")
    cells["id"] = db.execute(f"SELECT min(id) FROM clip WHERE {there}", cells).fetchone()[0]  # its place in the order
    db.execute(f"DELETE FROM clip WHERE {there}", cells)
    for video in {cells["video"], readable(os.path.realpath(job.video))}:  # as the report has it, and its real path
        row = (cells["athlete"], cells["folder"], video)
        db.execute("INSERT INTO place (athlete, folder, video) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", row)
    row = (cells["athlete"], cells["folder"], folded(job.athlete))
    db.execute("INSERT INTO called VALUES (?, ?, ?) ON CONFLICT DO NOTHING", row)
    names = ", ".join(cells)
    clip = db.execute(f"INSERT INTO clip ({names}) VALUES ({', '.join(f':{name}' for name in cells)})", cells).lastrowid
    rows = report["measurements"]
    db.executemany(
        f"INSERT INTO measurement (clip, {', '.join(MEASURED)}) VALUES (?{', ?' * len(MEASURED)})",
        [(clip, name, *(_cell(row, column) for column in MEASURED[1:])) for name, row in rows.items()],
    )
    db.executemany(
        "INSERT INTO finding (clip, place, fault, label, level, metric) VALUES (?, ?, ?, ?, ?, ?)",
        [(clip, i, *(row[f.name] for f in fields(Found))) for i, row in enumerate(report["findings"])],
    )
    return remarks


def _said_before(
    db: sqlite3.Connection, job: Job, cells: Mapping[str, Any], there: str
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """What was said of a clip earlier and is not said anew, by column; of several entries, what the first of them says.

    there: which entries
    """
    for name, column in SAID.items():
        if not getattr(job, name) and name not in job.emptied:
            query = f"SELECT {column} FROM clip WHERE {there} AND {column} <> '' ORDER BY id LIMIT 1"
            yield from ((column, text) for (text,) in db.execute(query, cells))


def _replaced(db: sqlite3.Connection, athlete: Athlete, cells: Mapping[str, Any]) -> Iterator[str]:
    """Which entries another part of the clip, another pose model or a copy takes the place of."""
    rows = db.execute(
        f"SELECT {', '.join(ENTRY)} FROM clip WHERE athlete = :athlete AND {SAME_FILM.format('', ':')} ORDER BY id",
        cells,
    )
    for row in rows:
        yield from succeeding(athlete, cells, dict(zip(ENTRY, row, strict=True)))


def succeeding(athlete: Athlete, after: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[str]:
    """What to say where an entry takes another's place that shows some of the same film; each has ENTRY."""
    now, then = (_part(*(one[name] for name in ENTRY[2:])) for one in (after, before))
    video, folder = after["video"], on_disk(Path(before["folder"]))
    if then != now:
        stay = folder != on_disk(Path(after["folder"])) and is_there(folder / REPORT)
        where = f"; those results stay in {folder}" if stay else ""
        yield f"{video}: is now in the history of {athlete.name} as {now}, no longer as {then}{where}"
    elif is_there(Path(before["video"])) and os.path.realpath(before["video"]) != os.path.realpath(video):
        yield f"{video}: is the same film as {before['video']} and takes its place in the history of {athlete.name}"


def _part(model: str, start_s: float, end_s: float | None) -> str:
    end = "the end" if end_s is None else f"{end_s:g} s"
    return f"read by model {model} from {start_s:g} s to {end}"


def _also(db: sqlite3.Connection, job: Job, cells: Mapping[str, Any]) -> Iterator[str]:
    """Who else has the clip: as a rule by mistake, unless it was said which of the people in it this is."""
    there = f"clip.athlete <> :athlete AND {SAME_FILM.format('clip.', ':')}"
    rows = db.execute(f"SELECT DISTINCT name FROM athlete JOIN clip ON clip.athlete = athlete.id WHERE {there}", cells)
    for (name,) in rows if job.options.person is None else ():
        yield f"{cells['video']}: is in the history of {name} too; formcheck delete NAME `clip=FILE` takes it out"


def take_out(db: sqlite3.Connection, athlete: Athlete, video: Path) -> int:
    """Take a clip with all its parts out of an athlete's history; returns how many entries it had. Its results stay.

    Found by what is in the file, else by its path: it may be elsewhere by now, or gone. Raises NotUnderstoodError.
    """
    known, real = clips(db, athlete), os.path.realpath(video)
    try:
        content = digest(video) if is_file(video) else ""
    except OSError as error:
        raise unreadable(video, error) from error
    same = [one for one in known if one.content == content]
    same = same or [one for one in known if os.path.realpath(one.video) == real]
    if len({one.content for one in same}) != 1:
        days = listed([str(one.filmed.date()) for one in same])
        what = f"several clips had this path, filmed on {days}; give the file itself" if same else "no such clip"
        raise NotUnderstoodError(f"{video}: {what}, in the history of {athlete.name}")
    db.executemany("DELETE FROM clip WHERE id = ?", [(one.id,) for one in same])
    theirs = "folder NOT IN (SELECT folder FROM clip WHERE athlete = :id) AND folder IN (SELECT folder FROM clip)"
    for table in ("place", "called"):
        db.execute(
            f"DELETE FROM {table} WHERE athlete = :id AND {theirs}", {"id": athlete.id}
        )  # results of others by now
    return len(same)


def _cell(row: Mapping[str, Any], column: str) -> Any:
    """A cell from a measurement in report.json, where the key of the reason is called "reason"."""
    if column in ("clip_sd", "sampling"):
        return row[column] or 0.0
    return row["reason"] if column == "missing" else row[column]


def _said(job: Job) -> dict[str, Any]:
    options = job.options
    return {
        "filmed": _filmed(job.date, filmed(job.video)).isoformat(timespec="seconds"), "dated": job.date,
        "session": job.session, "note": job.note, "shoes": job.shoes,
        "speed_kmh": options.speed_kmh, "start_s": options.start, "end_s": options.end,
    }  # fmt: skip


def _filmed(day: str, by_file: datetime) -> datetime:
    """When a clip was filmed: on the day that was said, "" for none, at the file's own time if that falls on it."""
    said = datetime.fromisoformat(day) if day else by_file
    return by_file if by_file.date() == said.date() else said


def _seen(job: Job, folder: Path, report: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "content": digest(job.video), "stored": datetime.now(UTC).isoformat(timespec="microseconds"),
        "view": report["view"]["name"], "facing": report["view"]["facing"], "activity": report["activity"],
        "surface": report["surface"], "model": report["model"], "formcheck": report["formcheck"],
        "video": report["video"]["path"], "folder": readable(str(folder.absolute())),
        "verdict": report["summary"]["verdict"],
        "filming": json.dumps({key: report[key] for key in FILMING if key in report}),
    }  # fmt: skip


def clips(db: sqlite3.Connection, athlete: Athlete) -> tuple[ClipRecord, ...]:
    """All clips, earliest first; those of one moment in the order in which they first came."""
    columns = [f.name for f in fields(ClipRecord)][:-2]
    rows = db.execute(f"SELECT {', '.join(columns)} FROM clip WHERE athlete = ? ORDER BY filmed, id", (athlete.id,))
    return tuple(_clip(db, dict(zip(columns, row, strict=True))) for row in rows.fetchall())


def _clip(db: sqlite3.Connection, cells: dict[str, Any]) -> ClipRecord:
    filmed_at, stored = (datetime.fromisoformat(cells[name]) for name in ("filmed", "stored"))
    moments = {"filmed": filmed_at, "stored": stored.astimezone(UTC)}  # earlier versions stored local time
    places = {"video": Path(cells["video"]), "folder": on_disk(Path(cells["folder"]))}
    measured = db.execute(f"SELECT {', '.join(MEASURED)} FROM measurement WHERE clip = ?", (cells["id"],)).fetchall()
    found = db.execute("SELECT fault, label, level, metric FROM finding WHERE clip = ? ORDER BY place", (cells["id"],))
    by_name = {row[0]: _measurement(dict(zip(MEASURED, row, strict=True))) for row in measured}
    told = {"filming": json.loads(cells["filming"])}
    return ClipRecord(
        **cells | moments | places | told, measurements=by_name, findings=tuple(Found(*row) for row in found)
    )


def _measurement(row: dict[str, Any]) -> Measurement:
    numbers = {name: nan if row[name] is None else row[name] for name in NUMBERS}
    said = {name: row[name] for name in ("label", "unit", "n", "missing")}
    return Measurement(row["metric"], **said | numbers)


def log(db: sqlite3.Connection, athlete: Athlete, entry: Entry) -> None:
    """Add to the diary. Raises NotUnderstoodError."""
    cells = checked(entry)
    names = ", ".join(f'"{name}"' for name in cells)
    marks = ", ".join(f":{name}" for name in cells)
    db.execute(f"INSERT INTO diary (athlete, {names}) VALUES (:athlete, {marks})", cells | {"athlete": athlete.id})


def checked(entry: Entry) -> dict[str, Any]:
    """An entry as the cells of its row."""
    if not 0 <= entry.soreness <= 10:
        raise NotUnderstoodError(f"soreness {entry.soreness} is not a number from 0 (nothing) to 10 (the worst)")
    triage.checked({name: keys for name in ANSWERED if (keys := getattr(entry, name))}, "the diary")
    if entry.ails and triage.NOTHING & {*entry.where}:
        raise NotUnderstoodError("what is sore or felt is not nowhere; give its place, or leave that out")
    if max(len(entry.shoes), len(entry.surface)) > MOST_LETTERS or len(entry.note) > LONGEST_NOTE:
        raise NotUnderstoodError(f"a text is too long; a note may have {LONGEST_NOTE} letters, others {MOST_LETTERS}")
    cells = {f.name: getattr(entry, f.name) for f in fields(Entry)}
    texts = {name: readable(cells[name]) for name in ("shoes", "surface", "note")}
    days = {"day": entry.day.isoformat(), "cleared": entry.cleared and entry.cleared.isoformat()}
    return cells | texts | days | {name: " ".join(getattr(entry, name)) for name in ANSWERED}


def diary(db: sqlite3.Connection, athlete: Athlete) -> tuple[Entry, ...]:
    """All entries, earliest first."""
    return tuple(_entries(db, athlete).values())


def _entries(db: sqlite3.Connection, athlete: Athlete) -> dict[int, Entry]:
    """The same by the number of each."""
    columns = [f.name for f in fields(Entry)]
    names = ", ".join(f'"{name}"' for name in columns)
    rows = db.execute(f"SELECT id, {names} FROM diary WHERE athlete = ? ORDER BY day, id", (athlete.id,)).fetchall()
    return {number: _entry(dict(zip(columns, row, strict=True))) for number, *row in rows}


def worst_by_day(diary: Iterable[Entry]) -> list[tuple[date, int]]:
    """Each day of a diary, earliest first, and its soreness, the worst where it has several entries."""
    return [(day, max(entry.soreness for entry in some)) for day, some in groupby(diary, key=lambda entry: entry.day)]


def _entry(cells: dict[str, Any]) -> Entry:
    keys = {name: tuple(cells[name].split()) for name in ANSWERED}
    days = {"day": date.fromisoformat(cells["day"])}
    days |= {"cleared": date.fromisoformat(cells["cleared"])} if cells["cleared"] is not None else {}
    return Entry(**cells | keys | days)


def unlog(db: sqlite3.Connection, athlete: Athlete, day: date) -> int:
    """Delete a day from the diary; returns how many entries it had."""
    return db.execute("DELETE FROM diary WHERE athlete = ? AND day = ?", (athlete.id, day.isoformat())).rowcount


def clear(db: sqlite3.Connection, athlete: Athlete, day: date, stops: Callable[[Entry], bool]) -> int:
    """Note of every entry so far, up to a day, that says stop that it is cleared; returns how many."""
    entries = _entries(db, athlete).items()
    waiting = [number for number, entry in entries if entry.day <= day and entry.cleared is None and stops(entry)]
    db.executemany("UPDATE diary SET cleared = ? WHERE id = ?", [(day.isoformat(), number) for number in waiting])
    return len(waiting)


def places(db: sqlite3.Connection, athlete: Athlete) -> tuple[tuple[Path, Path], ...]:
    """All folders to which results of an athlete's clips were ever written, each with the clip."""
    rows = db.execute("SELECT folder, video FROM place WHERE athlete = ? ORDER BY folder, video", (athlete.id,))
    return tuple((on_disk(Path(folder)), Path(video)) for folder, video in rows)


def is_kept(db: sqlite3.Connection, folder: Path) -> bool:
    """Whether results in this folder are still somebody's."""
    row = db.execute("SELECT 1 FROM place WHERE folder = ?", (readable(str(folder.absolute())),)).fetchone()
    return row is not None


def called(db: sqlite3.Connection, athlete: Athlete) -> dict[Path, set[str]]:
    """By which names (folded) results of an athlete's clips were kept, by their folder."""
    names: dict[Path, set[str]] = defaultdict(set)
    for folder, name in db.execute("SELECT folder, folded FROM called WHERE athlete = ?", (athlete.id,)):
        names[on_disk(Path(folder))].add(name)
    return dict(names)
