"""The table of metrics, and what turns steps into a value with its interval or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student_t

from ..datatypes import FloatArray, Measurement, StepValue, Trial, ViewName
from ..knowledge.calibration import correction
from .posture import Values, features

FEWEST_STEPS = 4  # an interval from fewer says nothing; it is wide enough below twenty
LEG_OF_HEIGHT = 0.491  # thigh + shank as a share of standing height (Drillis & Contini 1966, in Winter 2009)
LEG_OF_HEIGHT_SD = 0.02  # between people, as a share of the leg
LEG_SEEN_SD = 0.04  # the same for how long the leg looks from behind or in front, on rendered runners
EVENTS_OWN = 0.6  # of the two events' errors: the rest is shared by all clips and stands in calibration.toml
SLOWEST_FPS = 20.0  # frames per second of real time below which steps are not measured


@dataclass(frozen=True)
class Metric:
    """A row of the table. timed: needs true time; upright: an angle against gravity; scaled: needs a height."""

    name: str
    label: str
    unit: str
    views: frozenset[ViewName]
    function: Callable[[Trial], Values]
    contacts: bool = True  # rests on initial contacts, not only on strides
    timed: bool = False
    upright: bool = False
    scaled: bool = False
    spans_stance: bool = False  # milliseconds between two events whose own errors count
    telescopes: bool = False  # steps that share their ends: their scatter cancels, their mean is harmonic
    steady: bool = False  # movement against the background: needs a camera that stands, or whose movement is known
    refused: str = ""  # reason why nobody's clip gives it, said in every report; such a function returns nothing


METRICS: dict[str, Metric] = {}


def metric(
    unit: str, *views: ViewName, **more: object
) -> Callable[[Callable[[Trial], Values]], Callable[[Trial], Values]]:
    """Enter a function into METRICS."""

    def enter(function: Callable[[Trial], Values]) -> Callable[[Trial], Values]:
        label = (function.__doc__ or "").splitlines()[0].rstrip(".")
        row = Metric(function.__name__, label, unit, frozenset(views), function, **more)  # type: ignore[arg-type]
        METRICS[row.name] = row
        return function

    return enter


def measure(trial: Trial) -> tuple[Measurement, ...]:
    """Every metric of the table, measured or with the reason why not (a key of the knowledge's reasons)."""
    return tuple(_measure(trial, row) for row in METRICS.values())


def _measure(trial: Trial, row: Metric) -> Measurement:
    missing = _why_not(trial, row)
    steps = () if missing else tuple(s for s in row.function(trial) if np.isfinite(s.value))
    if missing is None and len(steps) < FEWEST_STEPS:
        missing = "too_few_steps" if trial.gait.contacts else "contacts_not_found"
    if missing is not None:
        return Measurement(row.name, row.label, row.unit, missing=missing)
    offset, model_sd = correction(row.name).at(features(trial))
    steps = tuple(StepValue(s.time_s, s.side, s.value + offset) for s in steps)
    values = np.array([s.value for s in steps])
    value = _harmonic_mean(values) if row.telescopes else float(np.median(values))
    sampling = 0.0 if row.telescopes else _sampling_half_width(values)
    half = float(np.hypot(sampling, 1.96 * _systematic_sd(trial, row, model_sd, value)))
    spread = float(values.std(ddof=1))
    return Measurement(
        row.name, row.label, row.unit, value, value - half, value + half, spread, len(steps), None, steps
    )


def _why_not(trial: Trial, row: Metric) -> str | None:
    gait = trial.gait
    checks = (
        (bool(row.refused), row.refused),
        (trial.track.fps < SLOWEST_FPS / max(1.0, gait.likely_factor or 1.0), "frame_rate_too_low"),
        (gait.activity != "running" and not (gait.activity == "walking" and row.timed), "not_running"),
        (gait.view.name not in row.views, "not_side_view" if "side" in row.views else "not_rear_view"),
        (gait.motion is None or (row.contacts and not gait.contacts), "contacts_not_found"),
        (row.timed and gait.likely_factor is not None, "time_unsure"),
        (row.scaled and not np.isfinite(trial.px_per_m), "scale_unknown"),
        (row.steady and gait.surface != "treadmill" and np.isnan(trial.track.camera_xy).any(), "camera_moves"),
    )
    return next((reason for failed, reason in checks if failed), None)


def _systematic_sd(trial: Trial, row: Metric, model_sd: float, value: float) -> float:
    """What more steps do not average away: landmark and model error, the camera's roll, the scale, the clock."""
    parts = [model_sd]
    if row.upright:
        parts.append(trial.track.roll_sd_deg)
    if row.scaled:
        along = trial.gait.view.name in ("rear", "front")
        parts.append(float(np.hypot(LEG_OF_HEIGHT_SD, along * LEG_SEEN_SD)) * abs(value))
    if row.telescopes:
        parts.append(value * _clock_sd(trial))
    if row.spans_stance:
        events = (trial.gait.contacts, trial.gait.toe_offs)
        parts.append(
            EVENTS_OWN * 1000 * float(np.linalg.norm([np.median([e.error_s for e in some]) for some in events]))
        )
    return float(np.linalg.norm(parts))


def _clock_sd(trial: Trial) -> float:
    """Error of the time from first to last contact, as a share of it; what all contacts share cancels."""
    contacts = trial.gait.contacts
    own = 0.5 * float(np.median([e.error_s for e in contacts])) + 0.3 / trial.track.fps
    return own / (contacts[-1].time_s - contacts[0].time_s)


def _sampling_half_width(values: FloatArray) -> float:
    """Half of the 95 % interval of the steps' scatter alone (Student's t)."""
    return float(student_t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))


def _harmonic_mean(values: FloatArray) -> float:
    """Steps divided by the time they took, rather than the middle of many step times."""
    return float(len(values) / (1 / values).sum())
