"""Measurements compared with the limits in the knowledge files: which habits stand out, and how surely.

A row is one measurement with its limits. Its value and its 95 % interval say how likely the truth is to be fine
(severity 0), worth watching (1) or a fault (2). A fault of several rows is called by agreement: what counts is how
likely the ``needed`` most severe ones are all that severe, taking their errors as independent, so that doubts about
many do not add up to a finding.

    fault, watch   that severity or a worse one is likely (SURE); a watch may thus be a fault
    ok             it is as likely that nothing is worth watching, for the row the fault is named after and for the
                   agreement (a row with a grey zone is called by its two ends, see Limits)
    borderline     everything else: it may be fine or not, or too few rows agree
    not_measured   the row the fault is named after is missing, and no row that suffices alone stands out; any other
                   missing row simply never agrees
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import erf, hypot, isfinite, nan, prod, sqrt

from .datatypes import Finding, Level, Measurement
from .knowledge import STRENGTHS, Fault, Knowledge, Limits, phrases, reason
from .knowledge.guidance import evidence_of
from .words import LEVEL_NAMES, LEVEL_STATES, LEVELS, WORTH_ACTING_ON, amount, counted, interval_of, sentence, with_unit

BY_SEVERITY: tuple[Level, ...] = ("ok", "watch", "fault")
SURE = 0.9  # likelihood from which a level is called; at 1 - SURE or below it is ruled out
LEAST_TOLD = 0.05  # likelihood; less is not worth a number
STEP_PCT = 5  # to which a likelihood is told; never as surely as what is called
CLEAR = 0.975  # the whole 95 % interval lies beyond the limit
UNCERTAIN = "too_uncertain"  # the reason where an interval holds both faults
FEWEST_JUDGED = 7  # steps of both legs together, our own choice; of one leg's own, its mean is steady (Dingenen 2018)


def find(measurements: Iterable[Measurement], knowledge: Knowledge) -> tuple[Finding, ...]:
    """One finding for every known fault, strongest level first, and within a level better evidence first."""
    by_name = {m.name: m for m in measurements}
    by_evidence = sorted(knowledge.faults, key=lambda fault: -STRENGTHS.index(fault.strength))
    findings = [
        _finding(fault, _told_first(_asked([_Row.of(limits, by_name) for limits in fault.limits])), knowledge)
        for fault in by_evidence
    ]
    return tuple(sorted(findings, key=lambda finding: LEVELS.index(finding.level)))


def held_against(measurements: Iterable[Measurement], knowledge: Knowledge) -> dict[str, Limits]:
    """The limits that each measurement is compared with, by its name: those of the first fault that uses it."""
    by_name = {m.name: m for m in measurements}
    faults = reversed(knowledge.faults)
    asked = [row for fault in faults for row in _used([_Row.of(limits, by_name) for limits in fault.limits])]
    return {row.limits.metric: row.limits for row in asked if row.measured.missing is None}


def instead_of(metric: str, knowledge: Knowledge) -> tuple[str, ...]:
    """The metrics that would be judged in the place of this one if they were measured."""
    return tuple(row.metric for fault in knowledge.faults for row in fault.limits if row.instead_of == metric)


def usual(limits: Limits, unit: str) -> str:
    """The ok band in words."""
    low, high = (f"{x:g}" for x in limits.ok)
    if high == "inf":
        return with_unit(low, unit) + " or more"
    if low == "-inf":
        return "up to " + with_unit(high, unit)
    return f"{low} to {with_unit(high, unit)}"


@dataclass(frozen=True)
class _Row:
    limits: Limits
    measured: Measurement

    @classmethod
    def of(cls, limits: Limits, by_name: Mapping[str, Measurement]) -> _Row:
        absent = Measurement(limits.metric, limits.metric, "", missing="not part of this analysis")
        measured = by_name.get(limits.metric, absent)
        if measured.missing is None and measured.n < FEWEST_JUDGED:
            return cls(limits, measured.withheld("too_few_to_judge"))
        if measured.low < limits.fault_below and limits.fault_above < measured.high:
            return cls(limits, measured.withheld(UNCERTAIN))
        if limits.given and measured.missing is None:
            given = by_name.get(limits.given, absent)
            if (why := given.missing or _why_not_above(given, limits.given_above)) is not None:
                measured = measured.withheld(why)
        return cls(limits, measured)

    def chance(self, severity: int) -> float:
        """How likely the truth is at least this far out on one side, given the measurement's error; 0 when missing."""
        return max(self._beyond(severity))

    def either(self, severity: int) -> float:
        """The same on whichever side; of what is fine by its grey zone, how likely it is beyond that."""
        fine = severity == 1 and self.most == 0
        return sum(self._outside(self.limits.ok[0], self.fine_until) if fine else self._beyond(severity))

    @property
    def least(self) -> int:
        """The severity that it surely reaches."""
        return sum(self.chance(severity) >= SURE for severity in (1, 2))

    @property
    def most(self) -> int:
        """The severity that it may reach; surely below the grey zone's end is fine, unless surely above its start."""
        fine = self.least == 0 and _unlikely(max(self._outside(self.limits.ok[0], self.fine_until)))
        return 0 if fine else sum(not _unlikely(self.chance(severity)) for severity in (1, 2))

    @property
    def doubtful(self) -> int:
        """The lowest severity that it may or may not reach; else the one that it surely reaches."""
        return min(self.least + 1, self.most)

    @property
    def fine_until(self) -> float:
        """Upper end of what is fine, including the grey zone if there is one."""
        return max(self.limits.ok[1], self.limits.fine_until)

    def _beyond(self, severity: int) -> tuple[float, float]:
        return self._outside(*((self.limits.fault_below, self.limits.fault_above) if severity > 1 else self.limits.ok))

    def _outside(self, low: float, high: float) -> tuple[float, float]:
        """How likely the truth is below the low limit, and above the high one."""
        if self.measured.missing is not None:
            return 0.0, 0.0
        return self.below(low), 1 - self.below(high, itself=True)

    def below(self, limit: float, *, itself: bool = False) -> float:
        """How likely the truth is below a limit (or on it), which may be another one for people like this runner."""
        return _below(self.measured, limit, 1.96 * self.limits.limits_sd, itself=itself)


def _below(m: Measurement, limit: float, give_or_take: float = 0.0, *, itself: bool = False) -> float:
    """How likely the truth is below a limit (or on it): a normal distribution on each side of the value.

    give_or_take: half of the 95 % interval of the limit.
    """
    half = hypot(m.value - m.low if limit < m.value else m.high - m.value, give_or_take)
    if half == 0 or not isfinite(limit):
        return float(m.value <= limit if itself else m.value < limit)
    return 0.5 * (1 + erf((limit - m.value) / half * 1.96 / sqrt(2)))


def _why_not_above(speed: Measurement, least: float) -> str | None:
    """The reason why limits that hold from this speed up do not apply; None where they surely do."""
    slower = _below(speed, least, itself=True)
    return None if _unlikely(slower) else "too_slow" if _unlikely(1 - slower) else "speed_unsure"


def _unlikely(chance: float) -> bool:
    return chance <= 1 - SURE + 1e-12


def _used(rows: list[_Row]) -> list[_Row]:
    """The rows that are used: one that can stand in for another takes its place when it is measured."""
    better = {row.limits.instead_of: row for row in rows if row.measured.missing is None}
    return [better.get(row.limits.metric, row) for row in rows if not row.limits.instead_of]


def _asked(rows: list[_Row]) -> list[_Row]:
    """The rows that agree or do not: of two that measure the same, the one that is measured or stands out more."""
    used = _used(rows)
    beside = {row.limits.beside: row for row in used if row.measured.missing is None}
    pairs = [(row, beside.get(row.limits.metric, row)) for row in used if not row.limits.beside]
    return [max(pair, key=lambda row: (row.measured.missing is None, row.chance(1))) for pair in pairs]


def _told_first(rows: list[_Row]) -> list[_Row]:
    """The same, those that are measured first where the first is known too roughly to tell anything."""
    rough = rows[0].measured.missing == UNCERTAIN
    return sorted(rows, key=lambda row: row.measured.missing is not None) if rough else rows


def _strongest(rows: list[_Row], needed: int, of: Callable[[_Row], float]) -> list[float]:
    """The greatest values of so many rows, one of which tells of the fault by itself."""
    first = max((row for row in rows if not row.limits.confirms), key=of)
    rest = sorted((of(row) for row in rows if row is not first), reverse=True)
    return [of(first), *rest[: needed - 1]]


def _together(rows: list[_Row], needed: int) -> tuple[int, int]:
    """The severity on which ``needed`` rows surely agree, and that on which they may."""
    chances = [_chance_together(rows, needed, severity) for severity in (1, 2)]
    most = int(min(_strongest(rows, needed, lambda row: row.most)))
    return sum(c >= SURE for c in chances), min(most, sum(not _unlikely(c) for c in chances))


def _chance_together(rows: list[_Row], needed: int, severity: int) -> float:
    """How likely it is that the ``needed`` rows most likely to be that severe all are."""
    return prod(_strongest(rows, needed, lambda row: row.chance(severity)))


def _likely(rows: list[_Row], needed: int) -> float:
    """The same for worth watching, on whichever side."""
    return prod(_strongest(rows, needed, lambda row: row.either(1)))


def _how_likely(rows: list[_Row], needed: int, level: Level) -> float:
    """How likely what a finding says is: that it is a fault, else that it is worth watching; NaN when not measured."""
    if level == "not_measured":
        return nan
    return _chance_together(rows, needed, 2) if level == "fault" else _likely(rows, needed)


def _level(rows: list[_Row], needed: int) -> Level:
    least, most = _together(rows, needed)
    if rows[0].measured.missing is not None and not (needed == 1 and least):
        return "not_measured"
    if least == 0 and max(most, rows[0].most) > 0:
        return "borderline"
    return BY_SEVERITY[least]


def _finding(fault: Fault, rows: list[_Row], knowledge: Knowledge) -> Finding:
    level = _level(rows, fault.needed)
    row = _telling(rows, level)
    limit = _limit(row, level)
    why, differs = _why(rows, row, level, fault.needed), _usual_differs(row)
    agreed = _agreement(rows, level, why)
    cited = (row.limits.source, *row.limits.anchors, *fault.evidence_sources, fault.advice_source)
    return Finding(
        fault=fault.name,
        label=fault.label,
        level=level,
        metric=row.limits.metric,
        value=row.measured.value,
        limit=limit,
        unit=row.measured.unit,
        regions=fault.regions,
        mechanism=fault.mechanism,
        evidence=evidence_of(fault, knowledge.sources),
        advice=fault.advice,
        source=row.limits.source,
        detail=_detail(row, level, limit, why, alone=len(rows) == 1) + agreed,
        ends=fault.ends,
        citations=tuple(knowledge.sources[key].citation for key in dict.fromkeys(cited)),
        likely=_how_likely(rows, fault.needed, level),
        plain=fault.plain(level, below=row.measured.value < limit),
        missing=row.measured.missing,
        why="; ".join(filter(None, (why, differs if level != "ok" else ""))),
    )


def _telling(rows: list[_Row], level: Level) -> _Row:
    """The row a finding shows: the first that supports its level, beginning with the one the fault is named after."""
    if level in WORTH_ACTING_ON:
        severity = BY_SEVERITY.index(level)
        return next((row for row in rows if row.least >= severity), max(rows, key=lambda row: row.chance(severity)))
    if level == "borderline":
        return next((row for row in rows if row.most > 0), rows[0])
    return rows[0]


def _limit(row: _Row, level: Level) -> float:
    """The limit that decided the level: the one passed, the one possibly passed, or the nearest when all is ok."""
    m, limits = row.measured, row.limits
    if m.missing is not None:
        return nan
    at_fault = level == "fault" or (level == "borderline" and row.doubtful == 2)
    candidates: Iterable[float] = (limits.fault_below, limits.fault_above) if at_fault else limits.ok
    if level == "ok":
        candidates = (limits.ok[0], row.fine_until)
    return min(candidates, key=lambda x: abs(m.value - x))


def _why(rows: list[_Row], row: _Row, level: Level, needed: int) -> str:
    """What the row's number alone does not show: why it is fine although not usual, what a close call lacks, and how
    many measures agree on what needs several."""
    if level == "ok" and row.measured.value > row.limits.ok[1]:
        return f"surely below {with_unit(f'{row.fine_until:g}', row.measured.unit)}, and may be usual"
    if level in WORTH_ACTING_ON and needed > 1:
        severity = BY_SEVERITY.index(level)
        agree = sum(other.chance(severity) > 0.5 for other in rows)
        further = f", but not that it {LEVEL_NAMES['fault'].lower()}" if row.least > severity else ""
        return f"{agree} of {len(rows)} measures agree{further}"
    return _lacking(rows, needed) if level == "borderline" else ""


def _usual_differs(row: _Row) -> str:
    """What the limits differ with between people that nobody said, for which how sure a finding is allows; or ""."""
    unused = row.limits.differ_with if row.measured.missing is None else ""
    return phrases().usual_differs.format(what=unused) if unused else ""


def _lacking(rows: list[_Row], needed: int) -> str:
    """Of a close call: how many measures agree, where that is too few, and how likely it is to be worth watching."""
    surely = sum(row.least >= max(1, _together(rows, needed)[1]) for row in rows)
    agree = f"only {surely} of {len(rows)} measures clearly agree{'s' if surely == 1 else ''}"
    too_few = f"{agree if surely else 'no measure clearly agrees'}; {needed} are needed" if surely < needed > 1 else ""
    chance = _likely(rows, needed)
    told = min(STEP_PCT * round(100 * chance / STEP_PCT), 100 * SURE - STEP_PCT)
    likely = f"about {told:.0f}% likely to be worth watching" if chance >= LEAST_TOLD else ""
    return f"{too_few} ({likely})" if too_few and likely else too_few or likely


def _detail(row: _Row, level: Level, limit: float, why: str, *, alone: bool) -> str:
    m = row.measured
    if m.missing is not None:
        return sentence(reason(m.missing).because)
    told = f"{m.label}: {amount(m.value, m.unit)} (95% interval {interval_of(m)}, {counted(m.n, 'step{s}')})"
    differs = _usual_differs(row)
    return f"{told}, {_verdict(row, level, limit, why, alone=alone)}.{differs and f' {sentence(differs)}'}"


def _verdict(row: _Row, level: Level, limit: float, why: str, *, alone: bool) -> str:
    where = with_unit(f"{limit:g}", row.measured.unit)
    if level == "ok":
        range_of = f"the usual range of {usual(row.limits, row.measured.unit)}"
        return f"above {range_of}, but {why}" if why else f"within {range_of}"
    if level == "borderline" and row.least != row.most and isfinite(row.limits.fine_until):
        end = with_unit(f"{row.limits.fine_until:g}", row.measured.unit)
        return f"neither certainly above {where} nor certainly below {end}"
    if level == "borderline" and row.least != row.most:
        state, worse = (LEVEL_STATES[BY_SEVERITY[severity]] for severity in (row.least, row.doubtful))
        likely = f" ({why})" if alone else ""
        return f"too close to {where} to say whether it is {state} or {worse}{likely}"
    side = "above" if row.measured.value > limit else "below"
    beyond = 1 - row.below(limit) if side == "above" else row.below(limit)
    how = "clearly" if beyond >= CLEAR else "very likely" if beyond >= SURE else "probably"
    kind = "fault" if limit in (row.limits.fault_below, row.limits.fault_above) else "watch"
    more = ", and perhaps beyond the fault limit" if level == "watch" and row.most > row.least else ""
    if isfinite(row.limits.fine_until) and limit == row.limits.ok[1]:  # what begins there is a grey zone
        return f"{how} {side} {where}, where the usual range ends{more}"
    return f"{how} {side} the {kind} limit of {where}{more}"


def _agreement(rows: list[_Row], level: Level, why: str) -> str:
    """For faults of several rows: how many agree, and which were not measured."""
    if len(rows) == 1 or level == "not_measured":
        return ""
    said = why if level != "ok" else ""
    missing = ", ".join(row.measured.label for row in rows if row.measured.missing is not None)
    return "".join(
        f" {sentence(clause)}" for clause in (said, missing and f"{LEVEL_NAMES['not_measured']}: {missing}") if clause
    )
