"""Trial → Measurements: every metric with its interval, or the reason why it is withheld."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..datatypes import SIDES, FloatArray, Measurement, StepValue, Trial
from .body import ClipValue, Values, calibration_of, features
from .gates import corrections_of, why_too_few, why_withheld
from .registry import METRICS, REPORT_ORDER, Metric, Timing, values_of
from .uncertainty import (
    clip_sd,
    contact_error_sd,
    extrapolation,
    mean_of_medians,
    pitch_error_sd,
    sampling_half_width,
    systematic_sd,
    values_by_leg,
)

LARGEST_ROLL_SD_DEG = 3.0  # twice that of a phone propped up by hand: a lean would be given ± 6° for this alone


def measure(*trials: Trial) -> tuple[Measurement, ...]:
    """Every metric in REPORT_ORDER, measured or with the reason why not (a key of the knowledge's reasons).

    For several stretches of one runner at one pace, all steps count equally; the first says why something is missing.
    """
    return tuple(_measure(trials, METRICS[name]) for name in REPORT_ORDER)


def without_tilted(measurements: Iterable[Measurement], roll_sd_deg: float) -> tuple[Measurement, ...]:
    """Without what is measured against the vertical, where the camera may be tilted; in comparisons, that cancels."""
    doubted = roll_sd_deg > LARGEST_ROLL_SD_DEG
    return tuple(
        _withheld(METRICS[m.name], "camera_tilted")
        if doubted and METRICS[m.name].against_gravity and m.missing is None
        else m
        for m in measurements
    )


def _measure(trials: tuple[Trial, ...], metric: Metric) -> Measurement:
    missing = [why_withheld(trial, metric) for trial in trials]
    found = [(trial, values_of(trial, metric)) for trial, why in zip(trials, missing, strict=True) if why is None]
    if not found:
        return _withheld(metric, missing[0] or "")
    if any(isinstance(values, ClipValue) for _, values in found):
        return from_clips(metric, [(trial, value) for trial, value in found if isinstance(value, ClipValue)])
    parts = [CorrectedSteps(trial, metric, values) for trial, values in found if not isinstance(values, ClipValue)]
    parts = [part for part in parts if part.steps] or parts[:1]
    too_few = why_too_few(parts[0].trial, metric, sum(len(part.steps) for part in parts))
    return _withheld(metric, too_few) if too_few else _from_steps(metric, parts)


def _withheld(metric: Metric, reason: str) -> Measurement:
    return Measurement(metric.name, metric.label, metric.unit, missing=reason)


class CorrectedSteps:
    """The steps of one stretch, corrected."""

    def __init__(self, trial: Trial, metric: Metric, values: Values) -> None:
        self.trial, self._metric = trial, metric
        offset, self.model_sd = correction(trial, metric)
        known = [s for s in values if np.isfinite(s.value)]
        to_clip_time = 1 / trial.slowed  # divided by, as ``Trial.retimed`` does: equal moments then stay equal
        self.steps = tuple(
            StepValue(s.time_s / to_clip_time, s.side, max(s.value + offset, metric.minimum)) for s in known
        )

    def clip_sd(self, value: float) -> float:
        return float(np.hypot(clip_sd(self.trial, self._metric, value), self._pitch_sd()))

    def _pitch_sd(self) -> float:
        return 0.0 if self._metric.timing is Timing.RATE else pitch_error_sd(self.trial, self._metric, mean_of_medians)

    def contact_sd(self) -> float:
        return contact_error_sd(self.trial, self._metric, SIDES, mean_of_medians)

    def lasting_sd(self, value: float) -> float:
        return systematic_sd(self.trial, self._metric, self.model_sd, value)


def _from_steps(metric: Metric, parts: list[CorrectedSteps]) -> Measurement:
    """Errors that stretches share (the camera's roll, how this runner's feet are read) add up; a clock's do not."""
    steps = tuple(sorted((step for part in parts for step in part.steps), key=lambda step: step.time_s))
    shares = np.array([len(part.steps) for part in parts]) / len(steps)
    values, rate = np.array([s.value for s in steps]), metric.timing is Timing.RATE
    value = _harmonic_mean(values) if rate else mean_of_medians(steps)
    usual_sd = parts[0].model_sd or float("nan")
    scatter = 0.0 if rate else metric.counted_once * sampling_half_width(*values_by_leg(steps), usual_sd=usual_sd)
    of_each = shares * [part.clip_sd(value) for part in parts]
    shared = float(np.linalg.norm(of_each) if rate else of_each.sum())
    contacts = float(shares @ [part.contact_sd() for part in parts])
    own = metric.own_clip_sd([part.trial for part in parts], shares, value)
    of_clip = float(np.linalg.norm([shared, contacts, own]))
    lasting = float(shares @ [part.lasting_sd(value) for part in parts])
    half = float(np.linalg.norm([scatter, 1.96 * lasting, 1.96 * of_clip]))
    if not np.isfinite(half):
        return _withheld(metric, "too_few_steps")
    value, low, high = _interval(metric, value, half)
    spread = float(values.std(ddof=1)) if len(values) > 1 else float("nan")
    return Measurement(
        metric.name, metric.label, metric.unit, value, low, high, spread, len(steps),
        steps=steps, clip_sd=of_clip, sampling=scatter,
    )  # fmt: skip


def correction(trial: Trial, metric: Metric) -> tuple[float, float]:
    """(what is added to every step, standard deviation of the error that remains)."""
    if metric.name not in corrections_of(metric):
        return 0.0, 0.0
    return calibration_of(trial).correction(metric.name).at(features(trial))


def from_clips(metric: Metric, found: list[tuple[Trial, ClipValue]]) -> Measurement:
    """The measurement of a value of clips, or stretches of one, as a whole, not of their steps."""
    given = [(trial, value) for trial, value in found if value.missing is None]
    if not given:
        return _withheld(metric, found[0][1].missing or "")
    steps = np.array([value.steps for _, value in given])
    shares = steps / steps.sum()
    mean = float(shares @ [value.value for _, value in given])
    own = np.linalg.norm(shares * [value.sd for _, value in given])
    lasting = shares @ [value.model_sd * extrapolation(trial, metric) for trial, value in given]
    value, low, high = _interval(metric, mean, 1.96 * float(np.hypot(own, lasting)))
    return Measurement(metric.name, metric.label, metric.unit, value, low, high, n=int(steps.sum()))


def _interval(metric: Metric, value: float, half: float) -> tuple[float, float, float]:
    """(value, low, high), none below the metric's minimum."""
    value, low, high = (max(v, metric.minimum) for v in (value, value - half, value + half))
    return value, low, high


def _harmonic_mean(values: FloatArray) -> float:
    """Steps divided by the time they took, rather than the median of many step times."""
    return float(len(values) / (1 / values).sum())
