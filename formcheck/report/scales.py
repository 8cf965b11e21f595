"""A number in its range: what is usual, is worth watching or stands out, with the interval on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf, isfinite

from ..datatypes import Level, Measurement, Report
from ..faults import held_against, usual
from ..knowledge import Knowledge, Limits, load
from ..metrics import METRICS
from ..words import SIGNS

BEYOND = 0.35  # of the distance between the outermost limits: shown beyond each of them at least
MARGIN = 0.04  # of the span of limits and interval: shown beyond the ends of the interval
KINDS = ("", "_left_right", "_trend")  # of a metric, in rows of limits


@dataclass(frozen=True)
class Band:
    """A stretch of a scale: ok, watch or fault; borderline for a grey zone, where a number is the one or the other by
    how sure it is."""

    begin: float
    end: float
    level: Level


@dataclass(frozen=True)
class Scale:
    """A measured value against its limits, all in the measurement's unit.

    - ``low``, ``high``: ends of what is shown, which includes every limit and the whole interval
    - ``bands``: ascending and without gaps from low to high
    - ``value``, ``interval``: the value and the ends of its 95 % interval
    - ``usual``: the ok band in words; with the unit only if it is ° or %
    """

    low: float
    high: float
    bands: tuple[Band, ...]
    value: float
    interval: tuple[float, float]
    usual: str


def scales(report: Report) -> Mapping[str, Scale]:
    """The scale of every measurement that was judged against limits, by name; none for a clip that was not judged."""
    if report.trial.gait.activity != "running":
        return {}
    limits = limits_of(report.judged)
    return {m.name: scale(m, limits[m.name]) for m in report.judged if m.name in limits}


def limits_of(measurements: Iterable[Measurement]) -> Mapping[str, Limits]:
    """The limits each of a clip's measurements is judged against, by its name."""
    return held_against(measurements, judging_rows())


def judging_rows() -> Knowledge:
    """The rows that any of our metrics may be judged by."""
    return load([f"{name}{kind}" for name in METRICS for kind in KINDS])


def check_limits() -> None:
    """Raises UnreadableInputError where limits of the user's own cannot be read: before any work."""
    limits_of(())


def scale(m: Measurement, limits: Limits) -> Scale:
    """A measured value against one row of limits."""
    known = (*limits.all(), *([limits.fine_until] if isfinite(limits.fine_until) else []))
    beyond = BEYOND * ((max(known) - min(known)) or abs(known[0]) or 1.0)
    margin = MARGIN * (max(*known, m.high) - min(*known, m.low))
    low = min(min(known) - beyond, m.low - margin)
    high = max(max(known) + beyond, m.high + margin)
    sign = m.unit[:1] if m.unit[:1] in SIGNS else ""
    strictly = replace(limits, fine_until=-inf)  # a grey zone does not count as usual
    return Scale(low, high, tuple(_bands(limits, low, high)), m.value, (m.low, m.high), usual(strictly, sign))


def _bands(limits: Limits, low: float, high: float) -> Iterator[Band]:
    """The bands between the limits that exist, the outermost cut off at low and high."""
    ok_from, ok_to = limits.ok
    levels: tuple[Level, ...] = ("fault", "watch", "ok", "borderline", "watch", "fault")
    ends = (-inf, limits.fault_below, ok_from, ok_to, max(ok_to, limits.fine_until), limits.fault_above, inf)
    for (begin, end), level in zip(pairwise(ends), levels, strict=True):
        if begin < end:
            yield Band(max(begin, low), min(end, high), level)
