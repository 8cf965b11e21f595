"""Measurements held against the limits of the knowledge files: which habits stand out, and how surely.

A row is one measurement with its limits. Its 95 % interval may hold values that are fine (severity 0), worth watching
(1) or faults (2); a row speaks for a severity only when its whole interval does. A fault of several rows is called by
agreement: of its rows, ordered from worst to best, the ``needed``-th decides.

    fault, watch   at least ``needed`` rows lie wholly at that severity or beyond; a watch may thus be a fault
    ok             the row the fault is named by is wholly fine, and fewer than ``needed`` rows might not be
                   (a row with a grey zone is called by its two ends, see Limits)
    borderline     everything else: it may be fine or not, or too few rows agree
    not_measured   the row the fault is named by is missing; any other missing row simply never agrees
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite, nan

from .datatypes import Finding, Level, Measurement
from .knowledge import Fault, Knowledge, Limits, reason

LEVELS: tuple[Level, ...] = ("fault", "watch", "borderline", "ok", "not_measured")  # strongest first
BY_SEVERITY: tuple[Level, ...] = ("ok", "watch", "fault")
IN_WORDS = ("fine", "worth watching", "standing out")  # by severity
DECIMALS = {"ms": 0, "m": 2, "m/s": 2}  # by unit; every other unit is shown with one


def find(measurements: Iterable[Measurement], knowledge: Knowledge) -> tuple[Finding, ...]:
    """One finding for every fault that is known, strongest level first."""
    by_name = {m.name: m for m in measurements}
    findings = [
        _finding(fault, _asked([_Row.of(limits, by_name) for limits in fault.limits]), knowledge)
        for fault in knowledge.faults
    ]
    return tuple(sorted(findings, key=lambda finding: LEVELS.index(finding.level)))


def number(value: float, unit: str) -> str:
    """A measured value without its unit, with as many decimals as make sense."""
    decimals = DECIMALS.get(unit, 1)
    return f"{round(value, decimals) + 0.0:.{decimals}f}"  # + 0.0: never "-0.0"


def with_unit(text: str, unit: str) -> str:
    """A number and its unit as they are printed: 12.3°, 25% of leg length, 170 steps/min."""
    return f"{text}{unit}" if unit[:1] in "°%" else f"{text} {unit}"


def usual(limits: Limits, unit: str) -> str:
    """The ok band in words, with the grey zone if there is one."""
    low, high = (f"{x:g}" for x in (limits.ok[0], max(limits.ok[1], limits.fine_until)))
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
        if limits.given and measured.missing is None:
            given = by_name.get(limits.given, absent)
            if given.missing is not None or not given.low > limits.given_above:
                measured = Measurement(
                    measured.name, measured.label, measured.unit, missing=given.missing or "too_slow"
                )
        return cls(limits, measured)

    def severity(self, value: float) -> int:
        if value < self.limits.fault_below or value > self.limits.fault_above:
            return 2
        return int(value < self.limits.watch_below or value > self.limits.watch_above)

    @property
    def least(self) -> int:
        """Smallest severity in the interval: at the point of it that is nearest to the ok band."""
        if self.measured.missing is not None:
            return 0
        return self.severity(min(max(self.measured.low, self.limits.ok[0]), self.measured.high))

    @property
    def greyly_fine(self) -> bool:
        """Whether the interval, though it may reach into the grey zone, is fine."""
        return self.least == 0 and self.measured.high <= self.limits.fine_until

    @property
    def most(self) -> int:
        """Largest severity in the interval, which is at one of its ends; 0 when missing."""
        if self.measured.missing is not None or self.greyly_fine:
            return 0
        return max(self.severity(self.measured.low), self.severity(self.measured.high))


def _asked(rows: list[_Row]) -> list[_Row]:
    """The rows that are asked: one that stands in for another takes its place when it is measured."""
    better = {row.limits.instead_of: row for row in rows if row.measured.missing is None}
    return [better.get(row.limits.metric, row) for row in rows if not row.limits.instead_of]


def _together(rows: list[_Row], needed: int) -> tuple[int, int]:
    """Smallest and largest severity on which ``needed`` rows may agree."""
    least = sorted((row.least for row in rows), reverse=True)
    most = sorted((row.most for row in rows), reverse=True)
    return least[needed - 1], most[needed - 1]


def _level(rows: list[_Row], needed: int) -> Level:
    if rows[0].measured.missing is not None:
        return "not_measured"
    least, most = _together(rows, needed)
    if least == 0 and max(most, rows[0].most) > 0:
        return "borderline"
    return BY_SEVERITY[least]


def _finding(fault: Fault, rows: list[_Row], knowledge: Knowledge) -> Finding:
    level = _level(rows, fault.needed)
    row = _telling(rows, level)
    limit = _limit(row, level)
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
        evidence=_evidence(fault, knowledge),
        advice=fault.advice,
        source=row.limits.source,
        detail=_detail(row, level, limit) + _agreement(rows, level, fault.needed),
        ends=fault.ends,
        citations=tuple(knowledge.sources[key].citation for key in dict.fromkeys(cited)),
    )


def _telling(rows: list[_Row], level: Level) -> _Row:
    """The row a finding shows: the first that supports its level, beginning with the one the fault is named by."""
    if level in ("fault", "watch"):
        return next(row for row in rows if row.least >= BY_SEVERITY.index(level))
    if level == "borderline":
        return next(row for row in rows if row.most > 0)
    return rows[0]


def _limit(row: _Row, level: Level) -> float:
    """The limit the level was called on: the one passed, the one the interval holds, or the nearest when all is ok."""
    m, limits = row.measured, row.limits
    if m.missing is not None:
        return nan
    held = [x for x in limits.all() if m.low <= x <= m.high]
    if level == "borderline" and row.least != row.most:
        candidates: Iterable[float] = held
    else:
        at_fault = level == "fault" or (level == "borderline" and row.least == 2)
        candidates = (limits.fault_below, limits.fault_above) if at_fault else limits.ok
        if level == "ok" and row.greyly_fine:
            candidates = (limits.ok[0], limits.fine_until)
    return min(candidates, key=lambda x: abs(m.value - x))


def _detail(row: _Row, level: Level, limit: float) -> str:
    m = row.measured
    if m.missing is not None:
        return f"Not measured: {reason(m.missing).because}."
    interval = f"{number(m.low, m.unit)} to {number(m.high, m.unit)}"
    steps = f"{m.n} step{'' if m.n == 1 else 's'}"
    return (
        f"{m.label}: {with_unit(number(m.value, m.unit), m.unit)} "
        f"(95% interval {interval}, {steps}), {_verdict(row, level, limit)}."
    )


def _verdict(row: _Row, level: Level, limit: float) -> str:
    where = with_unit(f"{limit:g}", row.measured.unit)
    if level == "ok":
        return f"within the usual {usual(row.limits, row.measured.unit)}"
    if level == "borderline" and row.least != row.most and isfinite(row.limits.fine_until):
        end = with_unit(f"{row.limits.fine_until:g}", row.measured.unit)
        return f"neither surely above {where} nor surely below {end}"
    if level == "borderline" and row.least != row.most:
        return f"too close to {where} to say whether it is {IN_WORDS[row.least]} or {IN_WORDS[row.most]}"
    side = "above" if row.measured.value > limit else "below"
    kind = "fault" if limit in (row.limits.fault_below, row.limits.fault_above) else "watch"
    more = ", and perhaps beyond the fault limit" if level == "watch" and row.most > row.least else ""
    return f"clearly {side} the {kind} limit of {where}{more}"


def _agreement(rows: list[_Row], level: Level, needed: int) -> str:
    """For faults of several rows: how many agree, and which could not be asked."""
    if len(rows) == 1 or level == "not_measured":
        return ""
    called = BY_SEVERITY.index(level) if level in ("watch", "fault") else max(1, _together(rows, needed)[1])
    agree = sum(row.least >= called for row in rows)
    verb = "is" if needed == 1 else "are"
    texts = {"ok": "", "borderline": f" {agree} of {len(rows)} measures clearly agree; {needed} {verb} needed."}
    missing = [row.measured.label for row in rows if row.measured.missing is not None]
    return texts.get(level, f" {agree} of {len(rows)} measures agree.") + (
        f" Not measured: {', '.join(missing)}." if missing else ""
    )


def _evidence(fault: Fault, knowledge: Knowledge) -> str:
    names = ", ".join(knowledge.sources[key].name for key in fault.evidence_sources)
    return f"{fault.strength.capitalize()}. {fault.evidence}" + (f" ({names})" if names else "")
