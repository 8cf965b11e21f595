"""What a metric needs of a clip, and the reason that is given where the clip lacks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..backends import BACKENDS
from ..datatypes import Trial
from ..gait import both_legs_seen, feet_seen, upright
from ..once import once
from .body import LEARNED_ELEVATION_DEG, calibration_of, clear_legs, seen_legs
from .registry import METRICS, Metric, Need, Timing, values_of

SLOWEST_FPS = 20.0  # frames per second of real time below which steps are not measured
ROUNDING = 1e-6  # of a rate taken from frames' times
# Pixels from nose to lowest foot below which a pose model's landmarks are no basis: at 60 to 66, eight of fourteen
# rendered runners lost a third of their steps or more, or got a wrong cadence; at 84 to 90, two lost half of their
# steps, and no cadence was wrong. Our own choice between them.
LEAST_BODY_PX = 75.0
STEEPEST_DEG = 30.0  # up or down: of rendered runners seen from up to 25° above or below, 97 % of intervals held
GROUND_SPEED = "ground_speed_m_s"
CALIBRATED_BY: dict[str, tuple[str, ...]] = {  # the corrections a metric depends on, unless only that of its own name
    "cadence_spm": (),  # strides are counted straight from time
    "overstride_cm": ("overstride_cm", "overstride_pct_leg"),
    "speed_m_s": (GROUND_SPEED,),
    "step_length_m": (GROUND_SPEED,),
    "stride_length_m": (GROUND_SPEED,),
    "vertical_ratio_pct": ("vertical_ratio_pct", GROUND_SPEED),
    "cadence_off_expected_pct": ("cadence_off_expected_pct", GROUND_SPEED),
    "shoulder_hunch_deg": (),
    "thoracic_flexion_deg": (),
}
LONG_MAPS = frozenset({"shoulder_hunch_deg", "thoracic_flexion_deg"})  # metrics that are read by a long map
FEWEST_STEPS = 4  # of a leg, for it to be compared with the other
FEWEST_SCATTERED = 2  # of both legs; how much they may scatter is then taken from what is usual


@dataclass(frozen=True)
class Gate:
    """passes: whether the clip has what the metric needs; reason: a key of the knowledge's reasons."""

    passes: Callable[[Trial, Metric], bool]
    reason: str


def corrections_of(metric: Metric) -> tuple[str, ...]:
    """The rows of a calibration that a metric depends on; if its own is not one of them, it is itself not corrected."""
    return CALIBRATED_BY.get(metric.name, (metric.name,))


def _calibrated(trial: Trial, metric: Metric) -> bool:
    """With the treadmill's speed known, and in views other than the side, nothing is read off the ground."""
    ground_read = trial.gait.view.name == "side" and not np.isfinite(trial.speed_m_s)
    needed = (row for row in corrections_of(metric) if row != GROUND_SPEED or ground_read)
    learned = calibration_of(trial)
    mapped = metric.name not in LONG_MAPS or learned.has("long_maps", metric.name)
    return mapped and all(learned.has("corrections", row) for row in needed)


def _shown(part: str) -> Callable[[Trial, Metric], bool]:
    """Whether the pose model shows a part, as ``Backend.shows``."""
    return lambda trial, _: trial.track.backend.shows(part)


def _large_enough(trial: Trial, _: Metric) -> bool:
    """Points that come from a file are in units of their own, and nothing is known of the picture."""
    return trial.track.model not in BACKENDS or not trial.track.body_height_px < LEAST_BODY_PX


def _enough_frames(trial: Trial, _: Metric) -> bool:
    return not trial.fps < SLOWEST_FPS - ROUNDING


@once
def _upright(trial: Trial) -> bool:
    return upright(trial.track)


def _legs_shown(trial: Trial, _: Metric) -> bool:
    """Anyone seen to run or walk has legs."""
    return trial.gait.activity != "other" or both_legs_seen(trial.track)


def _feet_in_view(trial: Trial, _: Metric) -> bool:
    track = trial.track
    return bool(trial.gait.contacts) or feet_seen(track, trial.gait.view, track.seen)


def _in_view(trial: Trial, metric: Metric) -> bool:
    return trial.gait.view.name in metric.views


def _speed_known(trial: Trial, _: Metric) -> bool:
    return bool(np.isfinite([trial.px_per_m, trial.speed_m_s]).any())


def _camera_steady(trial: Trial, _: Metric) -> bool:
    """Whoever films while moving along also keeps the runner in place in the picture, and adds a bob of their own."""
    return trial.gait.camera_stays or (trial.gait.surface == "treadmill" and trial.track.camera_known)


GATES: dict[Need, Gate] = {  # in the order in which they are checked
    Need.FEET: Gate(_shown("feet"), "no_feet"),
    Need.EARS: Gate(_shown("ears"), "no_ears"),
    Need.ARMS: Gate(_shown("arms"), "no_arms"),
    Need.OUTLINE: Gate(_shown("outline"), "no_outline"),
    Need.CALIBRATION: Gate(_calibrated, "not_calibrated"),
    Need.FRAME_RATE: Gate(_enough_frames, "frame_rate_too_low"),
    Need.SIZE: Gate(_large_enough, "too_small"),
    Need.UPRIGHT: Gate(lambda trial, _: _upright(trial), "picture_turned"),
    Need.LEGS: Gate(_legs_shown, "legs_not_seen"),
    Need.ACTIVITY: Gate(lambda trial, metric: trial.gait.activity in metric.activities, "not_running"),
    Need.FORWARDS: Gate(lambda trial, _: not trial.gait.backwards, "plays_backwards"),
    Need.NOT_STEEP: Gate(lambda trial, _: not abs(trial.gait.view.elevation_deg) > STEEPEST_DEG, "camera_steep"),
    Need.SIDE_VIEW: Gate(_in_view, "not_side_view"),
    Need.END_VIEW: Gate(_in_view, "not_rear_view"),
    Need.STRIDES: Gate(lambda trial, _: trial.gait.motion is not None, "contacts_not_found"),
    Need.FEET_IN_VIEW: Gate(_feet_in_view, "feet_not_seen"),
    Need.CONTACTS: Gate(lambda trial, _: bool(trial.gait.contacts), "contacts_not_found"),
    Need.TRUE_TIME: Gate(lambda trial, _: trial.gait.likely_factor is None, "time_unsure"),
    Need.SCALE: Gate(lambda trial, _: bool(np.isfinite(trial.px_per_m)), "scale_unknown"),
    Need.SPEED: Gate(_speed_known, "speed_unknown"),
    Need.HEIGHT_OR_SPEED: Gate(_speed_known, "speed_unknown"),
    Need.SPEED_FITS: Gate(lambda trial, _: trial.fitting_m_s is None, "speed_contradicted"),
    Need.STEADY_CAMERA: Gate(_camera_steady, "camera_moves"),
    Need.NOT_FROM_BELOW: Gate(lambda t, _: not t.gait.view.elevation_deg > LEARNED_ELEVATION_DEG[1], "seen_from_below"),
    Need.NOT_FROM_ABOVE: Gate(lambda t, _: not t.gait.view.elevation_deg < LEARNED_ELEVATION_DEG[0], "seen_from_above"),
    Need.TOE_OFFS: Gate(lambda trial, _: bool(trial.gait.toe_offs), "toe_offs_not_found"),
}


def why_withheld(trial: Trial, metric: Metric) -> str | None:
    """The reason why a clip cannot give a metric, None when it may."""
    if metric.refused:
        return metric.refused
    unmet = (g.reason for need, g in GATES.items() if need in metric.requires and not g.passes(trial, metric))
    return next(unmet, None)


def why_too_few(trial: Trial, metric: Metric, steps: int) -> str | None:
    """The reason why a metric was read from too few steps, None when it was not.

    A rate uses no scatter of steps: its error is how well the time over which they were counted is known.
    """
    if steps >= (1 if metric.timing is Timing.RATE else FEWEST_SCATTERED):
        return None
    if not trial.gait.contacts:
        return "contacts_not_found"
    if not steps and not clear_legs(trial):
        return "legs_unclear"
    unread_speed = Need.SPEED in metric.requires and not steps and not np.isfinite(trial.speed_m_s)
    if (metric.per_leg or unread_speed) and not seen_legs(trial):
        return "legs_mixed_up"
    if unread_speed and not values_of(trial, METRICS["speed_m_s"]):
        return "feet_disagree" if trial.gait.toe_offs else "toe_offs_not_found"
    unseen = not steps and values_of(trial, metric)  # there were steps, and none shows it
    return "part_not_seen" if unseen else "too_few_steps"
