"""Running load: weekly distance, the 10 % rule, sudden long runs and rest days, and the shoe and surface checklist."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from itertools import groupby, takewhile
from statistics import fmean
from types import MappingProxyType
from typing import Any

from .. import __version__
from ..knowledge import guidance as rows
from ..knowledge import texts
from ..outgoing import quoted
from ..words import counted
from .pages import Bullets, Facts, Grid, Page, Part, Section, Words
from .watch import KM, LoggedRun

SCHEMA = "formcheck-load/1"
SHOWN_WEEKS = 8
SHOWN_KINDS = 6
LEAST_KM = 1.0  # with less than that left of a week's distance, it is used up
WEEK = timedelta(7)


@dataclass(frozen=True)
class WeekLoad:
    """Monday to Sunday, this week up to today. ``whole``: the log has all of it.

    change: in per cent of the week before, None unless the log has all of that one, and a run in it
    """

    monday: date
    km: float
    runs: int
    longest_km: float
    rest_days: int
    change: float | None
    whole: bool


@dataclass(frozen=True)
class Spike:
    """A run much longer than any of the days before it."""

    date: date
    km: float
    before_km: float


@dataclass(frozen=True)
class Tally:
    """What some of a log's activities are, and how many."""

    what: str
    count: int


@dataclass(frozen=True)
class RunningLoad:
    """What a log says: weeks, oldest first, and how far the next run and week may go by the two rules.

    next_run_from: the first day for a run of that length: today, or Monday where this week's distance is used up
    usual_km: a week's distance that this week's is reckoned from, None where there is none; at the level of a jump the
    average of weeks that did not jump, if that is less, since what was just flagged is no base to build on
    paused: there was no run on any of the days that the rule on long runs looks at
    left_out, taken: what counts as no run; runs that the log calls by words which name no sport; the most first
    """

    weeks: tuple[WeekLoad, ...]
    spikes: tuple[Spike, ...]
    next_run_km: float | None
    this_week_km: float | None
    usual_km: float | None
    paused: bool
    left_out: tuple[Tally, ...] = ()
    taken: tuple[Tally, ...] = ()
    next_run_from: date | None = None

    @property
    def done_km(self) -> float:
        """What was run this week."""
        return self.weeks[-1].km

    @property
    def after_jump(self) -> bool:
        """Whether this week's distance is reckoned from less than the last week's."""
        last = next((week.km for week in reversed(self.weeks) if week.whole), 0.0)
        return self.usual_km is not None and self.usual_km < last


def weigh(runs: tuple[LoggedRun, ...], today: date, left_out: Mapping[str, int] = MappingProxyType({})) -> RunningLoad:
    """The load of all runs up to today, with at least one week; left_out: as in ``WatchLog``."""
    runs = tuple(run for run in runs if run.start.date() <= today)
    weeks = tuple(_weeks(runs, today))
    rule, longest = rows.load_rows().limits["ten_percent"], rows.load_rows().limits["longest_run"]
    usual = _usual([week for week in weeks if week.whole])
    spikes = tuple(_spikes(runs, longest))
    before = _longest_before(runs, spikes, today + timedelta(1), longest)
    reaches = bool(runs) and runs[0].start.date() <= today + timedelta(1 - longest.days)
    load = RunningLoad(
        weeks,
        spikes,
        before * (1 + longest.percent / 100) if before and reaches else None,
        usual * (1 + rule.percent / 100) if usual else None,
        usual or None,
        bool(runs) and not before,
        tallied(left_out),
        tallied(Counter(run.called for run in runs if run.called)),
    )
    return _within_week(load, today)


def _within_week(load: RunningLoad, today: date) -> RunningLoad:
    """The next run no longer than what is left of this week's distance; if that is used up, than a whole week's."""
    if load.next_run_km is None or load.this_week_km is None:
        return replace(load, next_run_from=today if load.next_run_km else None)
    left, begin = load.this_week_km - load.done_km, today
    if load.done_km and left < LEAST_KM:
        left, begin = load.this_week_km, _monday(today) + WEEK
    return replace(load, next_run_km=min(load.next_run_km, left), next_run_from=begin)


def tallied(count: Mapping[str, int]) -> tuple[Tally, ...]:
    """What was counted, the most first."""
    return tuple(Tally(*pair) for pair in Counter(count).most_common())


def in_words(some: Sequence[Tally], say: Callable[[str], str] = str) -> str:
    """Each kind and how many there are of it, of many kinds the first; say: how one is called."""
    told, rest = some[:SHOWN_KINDS], sum(kind.count for kind in some[SHOWN_KINDS:])
    return ", ".join([f"{say(kind.what)} ({kind.count})" for kind in told] + [f"and {rest} more"] * bool(rest))


def _weeks(runs: tuple[LoggedRun, ...], today: date) -> Iterator[WeekLoad]:
    by_week = {monday: list(week) for monday, week in groupby(runs, key=lambda run: _monday(run.start.date()))}
    begun = runs[0].start.date() if runs else today
    monday, before = _monday(begun), None
    while monday <= today:
        week = by_week.get(monday, [])
        km = sum(run.km for run in week)
        change = _change(km, before) if before else None
        days = len({run.start.date() for run in week})
        whole = begun <= monday <= today - WEEK
        yield WeekLoad(monday, km, len(week), max((run.km for run in week), default=0.0), 7 - days, change, whole)
        monday, before = monday + WEEK, km if begun <= monday else None


def _usual(whole: Sequence[WeekLoad]) -> float | None:
    """The distance of the last week; at the level of a jump, the average of weeks that did not jump, if that is less.

    A week without runs ends what is usual: nobody's back knows what was before it. But a first week after it that goes
    beyond the last before it is a jump from that one.
    """
    weeks = [*takewhile(lambda week: week.km, reversed(whole))]
    if not weeks:
        return whole[-1].km if whole else None
    most = rows.load_rows().limits["after_jump"].days // WEEK.days
    earlier = next((week.km for week in reversed(whole[: -len(weeks)]) if week.km), 0.0)
    jumps = [*map(_over, weeks[:-1]), bool(earlier) and _too_much(_change(weeks[-1].km, earlier))]
    level = [(week.km, jump) for week, jump in zip(weeks, jumps, strict=True)]
    if jumps[-1]:
        level.append((earlier, False))
    if not _jumped(level, most):
        return weeks[0].km
    return min(weeks[0].km, fmean([km for km, jump in level if not jump][:most]))


def _jumped(level: Sequence[tuple[float, bool]], most: int) -> bool:
    """Whether the first of these weeks, the last one run, is a jump, or as far as one of late beyond what was usual.

    level: of each week its distance, and whether it jumped. A jump back to what was usual before an easy week leads to
    no new level.
    """
    for i, (km, jump) in enumerate(level[:most]):
        if jump:
            usual = max([before for before, other in level[i + 1 :] if not other][:most])
            if i == 0 or all(_too_much(_change(far, usual)) for far in (km, level[0][0])):
                return True
    return False


def _spikes(runs: tuple[LoggedRun, ...], limit: rows.Limit) -> Iterator[Spike]:
    """Only where the log reaches back far enough to know. A single pass through the runs, in order of time."""
    window: deque[LoggedRun] = deque()  # of the days before, those longer than every later one
    for day, some in groupby(runs, key=lambda run: run.start.date()):
        today, begin = list(some), day - timedelta(limit.days)
        while window and window[0].start.date() < begin:
            window.popleft()
        before = window[0].km if window and runs[0].start.date() <= begin else None
        yield from (Spike(day, r.km, before) for r in today if before and r.km > before * (1 + limit.percent / 100))
        for run in today:
            while window and window[-1].km <= run.km:
                window.pop()
            window.append(run)


def _longest_before(runs: tuple[LoggedRun, ...], spikes: Sequence[Spike], day: date, limit: rows.Limit) -> float | None:
    """The longest run of the days before; since a sudden long one, what was usual before it and grew by the rule."""
    begin = day - timedelta(limit.days)
    sudden = next((spike for spike in spikes if spike.date >= begin), None)
    if sudden is None:
        return max((run.km for run in runs if begin <= run.start.date() < day), default=None)
    usual = sudden.before_km
    for run in runs:
        if sudden.date <= run.start.date() < day and run.km <= usual * (1 + limit.percent / 100):
            usual = max(usual, run.km)
    return usual


def _monday(day: date) -> date:
    return day - timedelta(day.weekday())


def to_json(load: RunningLoad | None) -> dict[str, Any]:
    """The load as plain values, distances in kilometres; without a log the rules and the checklist."""
    known = rows.load_rows()
    return {
        "schema": SCHEMA,
        "formcheck": __version__,
        "weeks": [_plain(week) | {"over": _over(week)} for week in load.weeks] if load else [],
        "long_runs": [_plain(spike) for spike in load.spikes] if load else [],
        "next_run_km": _rounded(load.next_run_km) if load else None,
        "next_run_from": load.next_run_from.isoformat() if load and load.next_run_from else None,
        "this_week_km": _rounded(load.this_week_km) if load else None,
        "usual_km": _rounded(load.usual_km) if load else None,
        "left_out": [asdict(kind) for kind in load.left_out] if load else [],
        "counted_as_runs": [asdict(kind) for kind in load.taken] if load else [],
        "rules": [{"label": r.label, "says": r.says, "evidence": rows.evidence_of(r)} for r in known.limits.values()],
        "checklist": [{"topic": c.topic, "label": c.label, "says": c.says} for c in known.checks.values()],
        "notice": {"red_flags": texts().red_flags},
    }


def to_page(load: RunningLoad | None, unit: str = "km") -> Page:
    """The load in words, distances in the unit asked for; without a log the rules and the checklist."""
    found = (
        Section("What stands out", tuple(_found(load, unit)) if load else ()),
        Section("Your weeks", (_table(load.weeks[-SHOWN_WEEKS:], unit),) if load else ()),
        Section("What counts as a run", tuple(_counts(load)) if load else ()),
    )
    rules = Section("The rules, and how sure they are", tuple(map(_rule, rows.load_rows().limits.values())))
    runs = sum(week.runs for week in load.weeks) if load else 0
    subtitle = counted(runs, "run{s}") if load else "give a watch's log to see your weeks"
    return Page(
        "Your running load",
        subtitle,
        (*found, rules, *checklist(), Section("At any time", (Words(texts().red_flags_short),))),
    )


def checklist() -> tuple[Section, ...]:
    """Shoes and surfaces."""
    topics = groupby(rows.load_rows().checks.values(), key=lambda check: check.topic)
    return tuple(Section(topic, (Facts(tuple((c.label, c.says) for c in checks)),)) for topic, checks in topics)


def _found(load: RunningLoad, unit: str) -> Iterator[Part]:
    shown, days = load.weeks[-SHOWN_WEEKS:], rows.load_rows().limits["longest_run"].days
    spikes = tuple(spike for spike in load.spikes if spike.date >= shown[0].monday)
    said = [*_week_remarks(shown, unit), *_long_runs(spikes, unit)]
    yield Bullets(tuple(said)) if said else Words("Nothing in these weeks goes beyond the rules below.")
    if load.next_run_km is not None:
        yield Words(
            f"Next run: {_when(load)}up to {_distance(load.next_run_km, unit)}, if you keep to the rules below."
        )
    elif load.paused:
        yield Words(
            f"Next run: there was none in the last {days} days, so start short; formcheck return is a gentle way back."
        )
    elif any(week.km for week in shown):
        yield Words(f"Next run: how far by the rule on long runs is known once the log has {days} days.")
    if load.this_week_km is not None:
        yield Words(
            f"This week: up to {_distance(load.this_week_km, unit)} in all, by the 10 % rule"
            f"{_done(load, unit)}.{_base(load, unit)}"
        )


def _when(load: RunningLoad) -> str:
    """Where the next run has to wait for Monday, that it has."""
    monday = load.weeks[-1].monday + WEEK
    return f"this week's distance is used up; from Monday, {monday}, on " if load.next_run_from == monday else ""


def _done(load: RunningLoad, unit: str) -> str:
    return f"; {_distance(load.done_km, unit)} are done" if load.done_km else ""


def _base(load: RunningLoad, unit: str) -> str:
    """What this week's distance is reckoned from, where that is not the last week."""
    if load.usual_km is None or not load.after_jump:
        return ""
    usual = _distance(load.usual_km, unit)
    return f" Last week was at the level of a jump, so this builds on the average of weeks that did not jump ({usual})."


def _counts(load: RunningLoad) -> Iterator[Part]:
    if load.left_out:
        yield Words(f"Left out: {in_words(load.left_out)}.")
    if load.taken:
        yield Words(f"Counted, since these words name no sport known here: {in_words(load.taken, quoted)}.")


def _week_remarks(weeks: tuple[WeekLoad, ...], unit: str) -> Iterator[str]:
    rest = rows.load_rows().limits["rest_days"]
    for i, week in enumerate(weeks):
        if i and week.km and not weeks[i - 1].km:
            yield f"Week of {week.monday}: running again after time off; formcheck return is a gentle way back."
        if _over(week):
            yield f"Week of {week.monday}: {_distance(week.km, unit)}, {week.change:.0f} % more than the week before."
        if week.whole and week.rest_days < rest.days:
            yield f"Week of {week.monday}: no day without running."


def _long_runs(spikes: tuple[Spike, ...], unit: str) -> Iterator[str]:
    days = rows.load_rows().limits["longest_run"].days
    for spike in spikes:
        more = _change(spike.km, spike.before_km)
        yield (
            f"Run of {spike.date}: {_distance(spike.km, unit)}, {more:.0f} % longer than the longest of the {days} "
            f"days before ({_distance(spike.before_km, unit)})."
        )


def _over(week: WeekLoad) -> bool:
    return week.change is not None and _too_much(week.change)


def _too_much(change: float) -> bool:
    """Above the 10 % rule, when rounded to a tenth of a per cent."""
    return round(change, 1) > rows.load_rows().limits["ten_percent"].percent


def _change(km: float, before: float) -> float:
    """In per cent."""
    return 100 * (km / before - 1)


def _table(weeks: tuple[WeekLoad, ...], unit: str) -> Part:
    head = ("week of", unit, "change", "runs", "longest", "days off")
    return Grid(head, tuple(_cells(week, unit) for week in weeks))


def _cells(week: WeekLoad, unit: str) -> tuple[str, ...]:
    change = "" if week.change is None or not week.whole else f"{round(week.change):+d} %"
    name = f"{week.monday}" if week.whole else f"{week.monday} in part"
    off = str(week.rest_days) if week.whole else ""
    return name, f"{week.km / KM[unit]:.1f}", change, str(week.runs), f"{week.longest_km / KM[unit]:.1f}", off


def _rule(limit: rows.Limit) -> Part:
    source = rows.sources()[limit.source].name
    return Facts((("Rule", f"{limit.says} ({source})"), ("Evidence", rows.evidence_of(limit))), limit.label)


def _distance(km: float, unit: str) -> str:
    return f"{km / KM[unit]:.1f} {unit}"


def _plain(row: WeekLoad | Spike) -> dict[str, Any]:
    out = asdict(row)
    return {
        key: value.isoformat() if isinstance(value, date) else _rounded(value) if isinstance(value, float) else value
        for key, value in out.items()
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
