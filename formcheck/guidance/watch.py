"""Runs from what watches and training sites export: CSV tables, FIT, GPX and TCX files.

What names another sport, or is called by unknown words without a Latin letter, is left out and counted; whatever else
it calls itself, it is a run.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..datatypes import UnreadableInputError
from ..incoming import DOTTED, EARLIEST, LATEST, content, decimal, listing
from ..outgoing import quoted
from ..settings import MILE
from . import sports

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

KM = {"km": 1.0, "mi": MILE, "m": 0.001}
DATES = ("date", "activity date", "start time", "start date", "start_date_local", "day")
TYPES = ("activity type", "type", "sport", "activity")
DISTANCES = {  # column → unit; None: the unit the user gives
    "distance": None,
    **dict.fromkeys(("distance (km)", "distance_km", "km", "kilometers", "kilometres"), "km"),
    **dict.fromkeys(("distance (mi)", "distance (miles)", "distance_mi", "mi", "miles"), "mi"),
    **dict.fromkeys(("distance (m)", "distance_m", "meters", "metres"), "m"),
}
CLOCK_TIMES = ("", " %H:%M", " %H:%M:%S")  # behind a date, or not
# besides ISO; Strava writes the first
TIMES = ("%b %d, %Y, %I:%M:%S %p", "%b %d, %Y", "%Y/%m/%d", "%Y.%m.%d", *(f"{DOTTED}{t}" for t in CLOCK_TIMES))
ORDERS = {"day": "%d/%m/%Y", "month": "%m/%d/%Y"}  # of dates with slashes, by what they write first
SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](?=\d{4}\b)")
SLASHED_TIMES = (*CLOCK_TIMES, " %I:%M %p", " %I:%M:%S %p")
LONGEST_RUN_KM = 400
LONGEST_RUN_S = 7 * 86400
QUICKEST_KM = timedelta(minutes=2)  # the world record is 2:12
SLOWEST_KM = timedelta(minutes=20)  # walking breaks included: beyond, the watch was left running
SPLIT = timedelta(minutes=1)  # parts of one recording may overlap by so much, by rounding
ALIKE = 0.05  # by how much two files may differ in the length of one run
MOST_A_DAY = 50  # runs
NUMBER = re.compile(r"\d{1,9}(?:[.,]\d{1,20})?")
NO_DISTANCE = "without a distance"
OTHER = "other"  # a sport that has no name here
STRAVA_RUN = "9"  # in its GPX files, where other sports have other numbers


@dataclass(frozen=True)
class LoggedRun:
    """One run: when it began, in local wall-clock time, how far it went, and how long it lasted where that is known.

    called: what its log calls it, where that names no sport
    """

    start: datetime
    km: float
    lasted: timedelta = timedelta(0)
    called: str = field(default="", compare=False)

    @property
    def end(self) -> datetime:
        """When it was over, at the earliest."""
        return self.start + max(self.km * QUICKEST_KM, min(self.lasted - SPLIT, self.km * SLOWEST_KM))


@dataclass(frozen=True)
class LeftOut:
    """What is logged but counts as no run: another sport, or what has no length.

    when: its beginning, which tells it from others; what its file says of that where it cannot be read
    """

    what: str
    when: datetime | str


Logged = LoggedRun | LeftOut


@dataclass(frozen=True)
class WatchLog:
    """All runs by time, and how much else is logged, by what it is: each once though several files hold it."""

    runs: tuple[LoggedRun, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


def read(paths: tuple[Path, ...], unit: str = "km") -> WatchLog:
    """What all files hold; unit is for CSV columns that name none."""
    by_day: dict[date, list[LoggedRun]] = {}
    others: Counter[LeftOut] = Counter()
    for path in paths:
        logged = list(_reader(path)(path, unit))
        others |= Counter(one for one in logged if isinstance(one, LeftOut))
        for run in [one for one in logged if isinstance(one, LoggedRun) and not _known(one, by_day)]:
            day = by_day.setdefault(run.start.date(), [])
            day.append(run)
            if len(day) > MOST_A_DAY:
                raise UnreadableInputError(
                    f"{path}: more than {MOST_A_DAY} runs on {run.start:%Y-%m-%d}; check its dates"
                )
    left_out = Counter(one.what for one in others.elements())
    return WatchLog(tuple(sorted((run for day in by_day.values() for run in day), key=_began)), left_out)


def _known(run: LoggedRun, by_day: dict[date, list[LoggedRun]]) -> bool:
    days = (run.start.date() + timedelta(n) for n in (-1, 0, 1))
    return any(_same(run, other) for day in days for other in by_day.get(day, ()))


def _same(run: LoggedRun, other: LoggedRun) -> bool:
    """Whether two files mean one run: nobody is on two at a time. Where one gives only the day, it is by the length."""
    if time() not in (run.start.time(), other.start.time()):
        first, second = sorted((run, other), key=_began)
        return second.start < first.end
    return run.start.date() == other.start.date() and abs(run.km - other.km) <= ALIKE * max(run.km, other.km)


def _began(run: LoggedRun) -> datetime:
    return run.start


def _reader(path: Path) -> Callable[[Path, str], Iterator[Logged]]:
    ending = path.suffix.lower()
    if ending not in READERS:
        raise UnreadableInputError(f"{path}: not a kind of log that can be read; export it as {', '.join(READERS)}")
    return READERS[ending]


def _csv(path: Path, unit: str) -> Iterator[Logged]:
    """Garmin Connect, Strava (its second distance column, in metres), or any table of dates and distances."""
    kept = listing(path, "export it again as CSV")
    columns = _columns(kept.columns, path, unit)
    dates = (cells[columns.date] for _, cells in kept.rows if len(cells) > columns.date)
    columns = replace(columns, orders=_orders(dates, path))
    for number, cells in kept.rows:
        yield columns.logged(cells, f"{path}, line {number}")


@dataclass(frozen=True)
class _Columns:
    date: int
    distance: int
    km: float
    type: int | None
    clock: Callable[[datetime], datetime]  # from what is written to wall-clock time here
    orders: tuple[str, ...] = ()  # in which dates with slashes may write day and month

    def logged(self, cells: list[str], where: str) -> Logged:
        if len(cells) <= max(self.date, self.distance, self.type or 0):
            raise UnreadableInputError(f"{where}: has fewer cells than the first line; correct the table")
        said = cells[self.type].strip() if self.type is not None else ""
        if other := _other(said):
            return LeftOut(other, self._when(cells))
        if cells[self.distance].strip() in ("", "--"):
            return LeftOut(NO_DISTANCE, self._when(cells))
        km = _number(cells[self.distance], where) * self.km
        if km > LONGEST_RUN_KM:
            raise UnreadableInputError(f"{where}: a run of {km:.0f} km; check the unit (`unit`)")
        if km == 0:
            return LeftOut(NO_DISTANCE, self._when(cells))
        return LoggedRun(_moment(cells[self.date], where, self.clock, self.orders), km, called=_called(said))

    def _when(self, cells: list[str]) -> datetime | str:
        return _when(cells[self.date], self.clock, self.orders)


def _other(said: str) -> str:
    """What a type says it is where that is not known to be a run; "" for a run."""
    sport = sports.named(said) or (quoted(said) if sports.foreign(said) else "")
    return "" if sport == sports.RUNNING else sport


def _called(said: str) -> str:
    """What a run is called by a type that names no sport."""
    return "" if sports.named(said) else said


def _columns(head: Sequence[str], path: Path, unit: str) -> _Columns:
    dates = [head.index(name) for name in DATES if name in head]
    distances = [i for i, name in enumerate(head) if name in DISTANCES]
    if not dates or not distances:
        raise UnreadableInputError(f'{path}: no columns "Date" and "Distance" in its first line; name them so')
    named = [i for i in distances if DISTANCES[head[i]] is not None]
    twice = Counter(head)["distance"] > 1
    at = named[0] if named else distances[-1]
    per = "m" if twice and not named else DISTANCES[head[at]] or unit
    types = [head.index(name) for name in TYPES if name in head]
    return _Columns(dates[0], at, KM[per], types[0] if types else None, CLOCKS.get(head[dates[0]], _here))


def _number(text: str, where: str) -> float:
    """A distance; a comma is taken as a decimal comma unless three digits follow it, which could mean either."""
    text = text.strip()
    if not NUMBER.fullmatch(text):
        raise UnreadableInputError(f"{where}: {quoted(text)} is not a distance; write it like 10.5")
    if re.fullmatch(r"\d+,\d{3}", text):
        raise UnreadableInputError(
            f"{where}: {quoted(text)} can be read in two ways; write it with a point, or without the comma"
        )
    return float(text.replace(",", "."))


def _orders(dates: Iterable[str], path: Path) -> tuple[str, ...]:
    """The orders of day and month in which dates with slashes may be written: one as soon as a date shows it.

    Raises UnreadableInputError where dates show either.
    """
    shown: dict[str, str] = {}  # the order that a date shows, and that date
    for text in dates:
        possible = [order for order in ORDERS if any(_slashed(text, order))]
        if len(possible) == 1:
            shown.setdefault(possible[0], text.strip())
    if len(shown) == len(ORDERS):
        both = " and ".join(f"{quoted(text)} has the {first} first" for first, text in shown.items())
        raise UnreadableInputError(f"{path}: {both}; write dates as 2026-11-20")
    return tuple(shown or ORDERS)


def _slashed(text: str, order: str) -> Iterator[datetime]:
    """The moment that a date with slashes means if it is written in an order; none where that cannot be."""
    if SLASHED.match(text.strip()):
        forms = [_as(f"{ORDERS[order]}{clock}") for clock in SLASHED_TIMES]
        yield from _moments(SLASHED.sub(r"\1/\2/", text.strip(), count=1), forms)


def _moments(text: str, forms: Iterable[Callable[[str], datetime]]) -> Iterator[datetime]:
    """What a text means as it is read in one form or another."""
    for read_as in forms:
        with suppress(ValueError):
            yield read_as(text)


def _moment(
    text: str, where: str, clock: Callable[[datetime], datetime], orders: Iterable[str] = ()
) -> datetime:  # fmt: skip
    """orders: in which a date with slashes may write day and month; it is clear if it means the same in each."""
    in_order = {moment for order in orders for moment in _slashed(text, order)}
    clear = _moments(text.strip(), (datetime.fromisoformat, *(_as(form) for form in TIMES)))
    for moment in chain(clear, in_order if len(in_order) == 1 else ()):
        with suppress(OverflowError, OSError, ValueError):
            here = clock(moment)
            if EARLIEST <= here.date() <= LATEST:
                return here
    raise UnreadableInputError(f"{where}: {quoted(text.strip())} is not a clear date; write it as 2026-11-20")


def _when(said: str, clock: Callable[[datetime], datetime], orders: Iterable[str] = ()) -> datetime | str:
    """When something began; what is said of that where it cannot be read."""
    try:
        return _moment(said, "", clock, orders).replace(microsecond=0)
    except UnreadableInputError:
        return said


def _as(form: str) -> Callable[[str], datetime]:
    return lambda text: datetime.strptime(text, form)


def _fit(path: Path, _: str) -> Iterator[Logged]:
    """Sessions, whose sport is always named; in local time if the watch recorded it, else in this computer's."""
    messages = _fit_messages(path)
    sessions = [message for name, message in messages if name == "session"]
    if not sessions:
        raise UnreadableInputError(f"{path}: a FIT file without an activity; export the run itself")
    clocks = [(m.get("local_timestamp"), m.get("timestamp")) for name, m in messages if name == "activity"]
    offsets = [
        local.replace(tzinfo=None) - utc.replace(tzinfo=None)
        for local, utc in clocks
        if isinstance(local, datetime) and isinstance(utc, datetime)
    ]
    for message in sessions:
        start, metres = message.get("start_time"), message.get("total_distance")
        if isinstance(start, datetime):
            start = (start + offsets[0] if offsets else start.astimezone()).replace(tzinfo=None)
        sport = message.get("sport") or sports.RUNNING
        if sport != sports.RUNNING:
            yield LeftOut(_other(str(sport)) or OTHER, _when(str(start), _here))
        elif isinstance(start, datetime) and isinstance(metres, (int, float)):
            yield _logged(start, metres, path, message.get("total_elapsed_time"))
        else:
            yield LeftOut(NO_DISTANCE, _when(str(start), _here))


def _fit_messages(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Sessions and activities of a whole file, by field; odd fields are ignored, its checksum vouches for it."""
    import fitdecode  # noqa: PLC0415

    how = {"check_crc": fitdecode.CrcCheck.RAISE, "error_handling": fitdecode.ErrorHandling.IGNORE}
    damage = (fitdecode.FitError, struct.error, ArithmeticError, AssertionError, LookupError, TypeError, ValueError)
    try:
        with fitdecode.FitReader(content(path), **how) as frames:
            return [
                (frame.name, {field.name: field.value for field in frame.fields})
                for frame in frames
                if frame.frame_type == fitdecode.FIT_FRAME_DATA and frame.name in ("session", "activity")
            ]
    except damage as error:
        raise UnreadableInputError(f"{path}: not a whole FIT file; copy it from the watch again") from error


def _gpx(path: Path, _: str) -> Iterator[Logged]:
    """Tracks."""
    from xml.etree.ElementTree import ParseError, tostring  # noqa: PLC0415

    import gpxpy  # noqa: PLC0415
    from gpxpy.gpx import GPXException  # noqa: PLC0415

    try:
        root = _xml(path)
        for element in root.iter():  # gpxpy knows no names but those without a namespace
            element.tag = element.tag.rpartition("}")[2]
        tracks = gpxpy.parse(tostring(root, "unicode")).tracks
        lengths = [track.length_2d() for track in tracks]
    except (GPXException, ParseError, LookupError, RecursionError, ValueError) as error:
        raise UnreadableInputError(f"{path}: not a GPX file that can be read; export it again") from error
    for track, metres in zip(tracks, lengths, strict=True):
        said = (track.type or "").strip()
        said = sports.RUNNING if said == STRAVA_RUN else OTHER if said.isdecimal() else said
        start, end = track.get_time_bounds()
        if other := _other(said):
            yield LeftOut(other, _when(str(start or metres), _here))
            continue
        if start is None or end is None:
            raise UnreadableInputError(f"{path}: its track has no times, so it is not the log of a run")
        zone = start.tzinfo or end.tzinfo  # of a time that tells none, too
        start, end = (moment.replace(tzinfo=moment.tzinfo or zone) for moment in (start, end))
        yield _logged(start, metres, path, (end - start).total_seconds(), _called(said))


def _tcx(path: Path, _: str) -> Iterator[Logged]:
    """Activities, each as long as its laps together; those of several sports in one are separated."""
    from xml.etree.ElementTree import ParseError  # noqa: PLC0415

    damage = (ParseError, LookupError, ValueError)  # ValueError includes what defusedxml forbids
    try:
        logged = [_tcx_logged(activity, path) for activity in _xml(path).iterfind(".//{*}Activity")]
    except damage as error:
        raise UnreadableInputError(f"{path}: not a TCX file that can be read; export it again") from error
    if not logged:
        raise UnreadableInputError(f"{path}: a TCX file without an activity; export the run itself")
    yield from logged


def _xml(path: Path) -> Element:
    """In UTF-8, whatever encoding it claims, else in that. Raises ParseError, LookupError, ValueError."""
    from defusedxml import ElementTree  # noqa: PLC0415

    read: str | bytes = (data := content(path))
    with suppress(UnicodeDecodeError):
        read = data.decode("utf-8-sig").lstrip()  # some sites write spaces before the first tag
    root: Element = ElementTree.fromstring(read)
    return root


def _tcx_logged(activity: Element, path: Path) -> Logged:
    said = activity.get("Sport", "").strip()
    if other := _other(said):
        return LeftOut(other, _when(_tcx_begun(activity), _here))
    start = datetime.fromisoformat(_tcx_begun(activity))
    return _logged(start, _tcx_metres(activity), path, _tcx_seconds(activity), _called(said))


def _tcx_begun(activity: Element) -> str:
    """When the first lap began; the activity's Id is usually that time too, but need not be."""
    starts = [lap.get("StartTime") for lap in activity.iterfind("{*}Lap")]
    return (starts[0] if starts else None) or activity.findtext("{*}Id", "").strip()


def _tcx_seconds(activity: Element) -> float:
    return sum(decimal(lap.findtext("{*}TotalTimeSeconds") or "0") for lap in activity.iterfind("{*}Lap"))


def _tcx_metres(activity: Element) -> float:
    return sum(_tcx_lap_metres(lap) for lap in activity.iterfind("{*}Lap"))


def _tcx_lap_metres(lap: Element) -> float:
    """The lap's own distance, else that along its track, which keeps counting from lap to lap; 0 without either."""
    own = lap.findtext("{*}DistanceMeters")
    if own is not None:
        return decimal(own)
    along = [decimal(point.text or "") for point in lap.iterfind("{*}Track/{*}Trackpoint/{*}DistanceMeters")]
    return along[-1] - along[0] if along else 0.0


def _logged(start: datetime, metres: float, path: Path, seconds: Any = None, called: str = "") -> Logged:
    """A run from a file, in wall-clock time here."""
    km = metres / 1000
    if not 0 <= km <= LONGEST_RUN_KM:
        raise UnreadableInputError(f"{path}: a run of {km:.0f} km; export it again")
    if not EARLIEST <= start.date() <= LATEST:
        raise UnreadableInputError(f"{path}: a run in the year {start.year}; export it again")
    start = _here(start).replace(microsecond=0)
    if km == 0:
        return LeftOut(NO_DISTANCE, start)
    known = isinstance(seconds, (int, float)) and 0 <= seconds <= LONGEST_RUN_S
    return LoggedRun(start, km, timedelta(seconds=seconds if known else 0), called)


def _here(moment: datetime) -> datetime:
    """By the clock here, if it says by which clock it is."""
    return moment.astimezone().replace(tzinfo=None) if moment.tzinfo else moment


def _as_written(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def _from_utc(moment: datetime) -> datetime:
    """By the clock here, from UTC that does not say so; without a time of day it is that day anywhere."""
    return moment if moment.time() == time() else _here(moment.replace(tzinfo=UTC))


CLOCKS = {
    "activity date": _from_utc,  # of Strava's bulk export
    "start_date_local": _as_written,  # of Strava's API: local time that says it is UTC
}
READERS: dict[str, Callable[[Path, str], Iterator[Logged]]] = {
    ".csv": _csv,
    ".fit": _fit,
    ".gpx": _gpx,
    ".tcx": _tcx,
}
