"""Left against right: how much a metric of one leg differs between the two, and by how much it may for equal legs.

From the side, the far leg is seen less well than the near one and looks smaller. The difference that alone makes
between two equal legs, and how much it varies from clip to clip, was learned on rendered runners whose legs land alike
(calibration.py) and is part of every interval here; a difference that does not exceed it says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from .datatypes import SIDES, FloatArray, LeftRight, Measurement, StepValue, Trial
from .metrics import FEWEST_STEPS, METRICS, Timing, calibration_of, near_side, why_not_both_legs
from .metrics.uncertainty import (
    contact_error_sd,
    excess_event_sd_s,
    extrapolation,
    interval_around,
    sampling_half_width,
)

LARGEST_YAW_DEG = 8.0  # beyond, the angle alone makes feet differ by 2 to 3 cm (at 15°: our own sum), stances by 5 %
LEAST_OF_MEAN = 0.5  # of a mean must be certain for legs to be compared in per cent of it: flight may be next to none
RELATIVE = ("ms", "m", "cm")  # units in which legs are compared in per cent of the mean of both
OF_STRIDE = "% of the stride"  # as legs' shares of it are compared, which per cent of their mean would be taken for


def left_right(trial: Trial, measurements: Iterable[Measurement]) -> tuple[LeftRight, ...]:
    """One comparison for every metric that has a value for each leg."""
    return tuple(_compared(trial, m) for m in measurements if METRICS[m.name].per_leg)


def legs_apart(m: Measurement) -> tuple[FloatArray, FloatArray]:
    """(left, right) values of the steps, in % of the mean of both legs where lengths and times are compared."""
    left, right = (np.array([s.value for s in m.steps if s.side == side]) for side in SIDES)
    if m.unit in RELATIVE and len(left) and len(right):
        mean = 0.5 * (np.median(left) + np.median(right))
        left, right = 100 * left / mean, 100 * right / mean
    return left, right


def left_less_right(m: Measurement) -> float:
    """Median of the left leg minus that of the right; NaN when one has none."""
    left, right = legs_apart(m)
    return float(np.median(left) - np.median(right)) if len(left) and len(right) else float("nan")


def _compared(trial: Trial, m: Measurement) -> LeftRight:
    unit = "%" if m.unit in RELATIVE else OF_STRIDE if m.unit == "%" else m.unit
    left, right = legs_apart(m)
    missing = _why_not(trial, m, min(len(left), len(right)))
    if missing is not None:
        return LeftRight(m.name, m.label, unit, missing=missing)
    offset, sd = calibration_of(trial).near_far(m.name)
    toward = 1 if near_side(trial) == "left" else -1
    value = left_less_right(m) - toward * offset
    own = [sampling_half_width(left), sampling_half_width(right)]
    lasting = sd * extrapolation(trial, METRICS[m.name])
    half = float(np.linalg.norm([*own, 1.96 * lasting, 1.96 * _events_in_doubt(trial, m)]))
    mean = replace(m, value=100.0, low=100.0, high=100.0) if m.unit in RELATIVE else m
    ends = float(np.median(left)) - toward * offset / 2, float(np.median(right)) + toward * offset / 2
    intervals = [interval_around(end, mean, half / 2, half / 2) for end in ends]
    return LeftRight(
        m.name, m.label, unit, value, value - half, value + half, len(m.steps), left=ends[0], right=ends[1],
        left_interval=intervals[0], right_interval=intervals[1],
    )  # fmt: skip


def each_leg(m: Measurement, legs: LeftRight) -> tuple[Measurement, Measurement]:
    """(left, right) in the measure's own unit. Each is as sure as the mean of both, and as half their difference."""
    if m.unit not in RELATIVE:
        right, left = legs.measured
        return left, right
    own, half = m.value / 100, m.value / 100 * (legs.high - legs.low) / 4
    left, right = (
        Measurement(m.name, m.label, m.unit, value, *interval_around(value, m, half, half), n=legs.n)
        for value in (own * legs.left, own * legs.right)
    )
    return left, right


def _events_in_doubt(trial: Trial, m: Measurement) -> float:
    """How much of a difference between the legs (one SD) may be due to misread contacts or toe-offs."""

    def apart(steps: list[StepValue]) -> float:
        return left_less_right(replace(m, steps=tuple(steps)))

    if METRICS[m.name].timing is Timing.DURATION:
        seconds = [excess_event_sd_s(trial, event, side) for event in ("contact", "toe_off") for side in SIDES]
        return float(np.linalg.norm(seconds)) * (1e5 / m.value if m.unit == "ms" else 100 / trial.gait.stride_s)
    return float(np.linalg.norm([contact_error_sd(trial, METRICS[m.name], (side,), apart) for side in SIDES]))


def _why_not(trial: Trial, m: Measurement, fewest: int) -> str | None:
    if m.missing is not None:
        return m.missing
    if trial.gait.view.name != "side":
        return "not_side_view"
    if not calibration_of(trial).has("near_far", m.name):
        return "not_calibrated"
    if missing := why_not_both_legs(trial):
        return missing
    if abs(trial.gait.view.yaw_deg) > LARGEST_YAW_DEG and not METRICS[m.name].same_from_any_angle:
        return "camera_at_an_angle"
    near_zero = m.unit in RELATIVE and m.low <= LEAST_OF_MEAN * m.value
    return "too_few_steps" if fewest < FEWEST_STEPS else "too_near_zero" if near_zero else None
