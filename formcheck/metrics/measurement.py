"""Trial → Measurements: every metric with its interval, or the reason why it is withheld."""

from __future__ import annotations

import numpy as np

from ..datatypes import SIDES, FloatArray, Measurement, StepValue, Trial
from .body import ClipValue, calibration_of, features
from .gates import corrections_of, why_too_few, why_withheld
from .registry import METRICS, REPORT_ORDER, Metric, Timing
from .uncertainty import (
    clip_sd,
    contact_error_sd,
    extrapolation,
    mean_of_medians,
    sampling_half_width,
    systematic_sd,
    values_by_leg,
)


def measure(trial: Trial) -> tuple[Measurement, ...]:
    """Every metric in REPORT_ORDER, measured or with the reason why not (a key of the knowledge's reasons)."""
    return tuple(_measure(trial, METRICS[name]) for name in REPORT_ORDER)


def _measure(trial: Trial, metric: Metric) -> Measurement:
    missing = why_withheld(trial, metric)
    found = () if missing else metric.function(trial)
    if isinstance(found, ClipValue):
        return from_clip(trial, metric, found)
    steps = tuple(s for s in found if np.isfinite(s.value))
    missing = missing or why_too_few(trial, metric, len(steps))
    return _withheld(metric, missing) if missing else _from_steps(trial, metric, steps)


def _withheld(metric: Metric, reason: str) -> Measurement:
    return Measurement(metric.name, metric.label, metric.unit, missing=reason)


def _from_steps(trial: Trial, metric: Metric, steps: tuple[StepValue, ...]) -> Measurement:
    offset, model_sd = correction(trial, metric)
    steps = tuple(StepValue(s.time_s, s.side, max(s.value + offset, metric.minimum)) for s in steps)
    values, rate = np.array([s.value for s in steps]), metric.timing is Timing.RATE
    value = _harmonic_mean(values) if rate else mean_of_medians(steps)
    scatter = sampling_half_width(*values_by_leg(steps))
    of_clip = float(np.hypot(clip_sd(trial, metric, value), contact_error_sd(trial, metric, SIDES, mean_of_medians)))
    lasting = systematic_sd(trial, metric, model_sd, value)
    half = float(np.linalg.norm([0.0 if rate else scatter, 1.96 * lasting, 1.96 * of_clip]))
    value, low, high = _interval(metric, value, half)
    return Measurement(
        metric.name, metric.label, metric.unit, value, low, high, float(values.std(ddof=1)), len(steps),
        steps=steps, clip_sd=of_clip, sampling=scatter,
    )  # fmt: skip


def correction(trial: Trial, metric: Metric) -> tuple[float, float]:
    """(what is added to every step, standard deviation of the error that remains)."""
    if metric.name not in corrections_of(metric):
        return 0.0, 0.0
    return calibration_of(trial).correction(metric.name).at(features(trial))


def from_clip(trial: Trial, metric: Metric, found: ClipValue) -> Measurement:
    """The measurement of a value that the clip has but its steps have not."""
    if found.missing is not None:
        return _withheld(metric, found.missing)
    half = 1.96 * float(np.hypot(found.sd, found.model_sd * extrapolation(trial, metric)))
    value, low, high = _interval(metric, found.value, half)
    return Measurement(metric.name, metric.label, metric.unit, value, low, high, n=found.steps)


def _interval(metric: Metric, value: float, half: float) -> tuple[float, float, float]:
    """(value, low, high), none below what the quantity itself can be."""
    value, low, high = (max(v, metric.minimum) for v in (value, value - half, value + half))
    return value, low, high


def _harmonic_mean(values: FloatArray) -> float:
    """Steps divided by the time they took, rather than the middle of many step times."""
    return float(len(values) / (1 / values).sum())
