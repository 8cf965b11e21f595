"""Form over time: how much every metric changes over a clip, and between a clip early and a clip late in a run.

What a camera or the pose model always gets wrong by the same amount cancels in a change. How much a metric
wanders in rendered runners who do not change, and what share of a change it gets wrong in those who do, is learned
(calibration.py) and part of every interval here.
"""

from __future__ import annotations

from collections.abc import Iterable
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from .datatypes import SIDES, Change, FloatArray, Measurement
from .knowledge import calibration
from .knowledge.calibration import Calibration
from .metrics import METRICS, Timing
from .metrics.uncertainty import interval_around

KEPT = 0.6  # of a change within the stride: residuals from the mean stride are kept up to 3 Hz, the step rate
REFILMED = 0.75  # of the lasting error that two clips of one runner do not share (benchmarks/refilmed.py)
FEWEST = 12  # steps: four in each third
MISREAD = frozenset({"knee_flexion_stance_deg"})  # held 17 of 27 true changes; to be emptied before learning anew
MOST = 400  # points a line is fitted to, since pairs grow with their square: of more steps, medians of neighbours


def trends(measurements: Iterable[Measurement], model: str, turned: bool = False) -> tuple[Change, ...]:
    """The change of every metric over its clip: a robust line through its steps, and where that begins and ends.

    turned: whether the camera sees the runner from changing sides, from which only the pace looks the same
    """
    some = tuple(measurements)
    told = any(m.name == "speed_m_s" and len({step.value for step in m.steps}) == 1 for m in some)
    return tuple(_trend(m, calibration.of(model), told, turned) for m in some)


def compare(
    early: Iterable[Measurement], late: Iterable[Measurement], model: str, refilmed: bool = False
) -> tuple[Change, ...]:
    """Late minus early, for every metric of two clips filmed alike: same place, same speed, same settings.

    refilmed: the camera was set up again, or the runner changed clothes: what that alone changes is in the interval.
    """
    later, learned = {m.name: m for m in late}, calibration.of(model)
    return tuple(_between(m, later[m.name], learned, REFILMED if refilmed else 0.0) for m in early if m.name in later)


def change(m: Measurement) -> tuple[float, float]:
    """(change over the clip along the Theil–Sen line, half of its 95 % interval), each leg about its median."""
    steps = sorted(m.steps, key=lambda step: step.time_s)
    usual = {side: np.median([s.value for s in steps if s.side == side] or [0.0]) for side in SIDES}
    moved = np.array([(s.time_s, s.value - usual[s.side]) for s in steps])
    if len(moved) > MOST:
        moved = _medians(moved, MOST)
    times, values = moved.T
    slope, low, high = theil_sen(times, values)
    span = float(times[-1] - times[0])
    return slope * span, 0.5 * (high - low) * span


def _medians(points: FloatArray, count: int) -> FloatArray:
    """(n, k) → (count, k) medians of so many groups of neighbours, the first of which may hold one more."""
    size, longer = divmod(len(points), count)
    long, short = np.split(points, [longer * (size + 1)])
    groups = long.reshape(longer, size + 1, points.shape[1]), short.reshape(count - longer, size, points.shape[1])
    return np.concatenate([np.median(some, axis=1) for some in groups])


def theil_sen(times: FloatArray, values: FloatArray) -> tuple[float, float, float]:
    """(the median of the slopes between all pairs of points, the ends of its 95 % interval) (Theil 1950, Sen 1968).

    What SciPy's ``theilslopes`` gives, but loading ``scipy.stats`` takes longer than fitting all lines of a report.
    """
    apart = np.subtract.outer(times, times)
    slopes = np.sort(np.subtract.outer(values, values)[apart > 0] / apart[apart > 0])
    tied = np.concatenate([np.unique(points, return_counts=True)[1] for points in (times, values)])
    variance = (_orders(np.array([len(times)])) - _orders(tied)) / 18  # of how many pairs rise less those that fall
    reach = NormalDist().inv_cdf(0.975) * np.sqrt(variance)
    low, high = max(round((len(slopes) - reach) / 2) - 1, 0), min(round((len(slopes) + reach) / 2), len(slopes) - 1)
    return float(np.mean(slopes[[(len(slopes) - 1) // 2, len(slopes) // 2]])), float(slopes[low]), float(slopes[high])


def _orders(counts: NDArray[np.intp]) -> float:
    """Kendall's (1970) term of the variance, summed over groups of so many points."""
    return float(np.sum(counts * (counts - 1) * (2 * counts + 5)))


def _trend(m: Measurement, learned: Calibration, told: bool, turned: bool) -> Change:
    """told: whether the user gave the speed, which is then the same at every step."""
    missing = m.missing or _why_not(m, learned, told, turned)
    if missing is not None:
        return Change(m.name, m.label, m.unit, missing=missing)
    known, (value, scatter) = learned.change(m.name), change(m)
    half = float(np.hypot(METRICS[m.name].counted_once * scatter, 1.96 * known.error(value)))
    low, high = value - half, value + half
    if not METRICS[m.name].responsive:  # what was measured may be as little as this share of the real change
        low, high = (low, value / KEPT + half) if value > 0 else (value / KEPT - half, high)
    middle = _middle(m)
    begin = m.value - value * middle
    least = max(min(begin, begin + value), METRICS[m.name].minimum)  # a line through a curve may end below it
    before, after = (least, least + value) if value > 0 else (least - value, least)
    more, less = high - value, value - low
    return Change(
        m.name, m.label, m.unit, value, low, high, len(m.steps), before=before, after=after,
        before_interval=interval_around(before, m, middle * more, middle * less),
        after_interval=interval_around(after, m, (1 - middle) * less, (1 - middle) * more),
    )  # fmt: skip


def _middle(m: Measurement) -> float:
    """How far through its steps the middle one is, as a share of their time: there the line has the clip's value."""
    times = [step.time_s for step in m.steps]
    return float((np.median(times) - min(times)) / np.ptp(times))


def _why_not(m: Measurement, learned: Calibration, told: bool, turned: bool) -> str | None:
    if METRICS[m.name].timing is Timing.DURATION:
        return "mean_stride_only"
    if turned and METRICS[m.name].timing is not Timing.RATE:
        return "view_turns"
    if told and m.name == "speed_m_s":
        return "speed_told"
    if METRICS[m.name].at_one_speed and not told:
        return "one_speed"
    return _why_unseen(m, learned) or ("too_few_steps" if len(m.steps) < FEWEST else None)


def _why_unseen(m: Measurement, learned: Calibration) -> str | None:
    """Why the error of a metric's change is not known; None where it is."""
    if not learned.any_of("changes"):
        return "not_calibrated"
    if m.name in MISREAD:
        return "change_misread"
    return None if learned.change(m.name).seen else "change_not_seen"


def _between(early: Measurement, late: Measurement, learned: Calibration, refilmed: float) -> Change:
    """refilmed: the share of each clip's lasting error that the two do not have in common."""
    missing = early.missing or late.missing or _why_unseen(early, learned)
    if missing is not None:
        return Change(early.name, early.label, early.unit, missing=missing, kind="clips")
    known, value = learned.change(early.name), late.value - early.value
    own = (known.error(value), early.clip_sd, late.clip_sd, *(refilmed * lasting_sd(m) for m in (early, late)))
    half = float(np.linalg.norm([early.sampling, late.sampling, *(1.96 * sd for sd in own)]))
    return Change(
        early.name, early.label, early.unit, value, value - half, value + half, min(early.n, late.n),
        kind="clips", before=early.value, after=late.value,
        before_interval=(early.low, early.high), after_interval=(late.low, late.high),
    )  # fmt: skip


def lasting_sd(m: Measurement) -> float:
    """The SD that no number of steps averages out, without the clip's own share: landmarks, model, scale."""
    half = (m.high - m.value) / 1.96
    return float(np.sqrt(max(half**2 - (m.sampling / 1.96) ** 2 - m.clip_sd**2, 0.0)))
