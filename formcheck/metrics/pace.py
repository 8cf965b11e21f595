"""Speed and what follows from it: lengths of steps, bounce per distance covered, cadence against what is usual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from ..datatypes import FloatArray, Side, StepValue, Trial
from ..once import once
from .body import (
    LEG_OF_HEIGHT,
    STANCE_SAMPLES,
    Body,
    Values,
    calibration_of,
    far_side,
    features,
    motion_of,
    near_side,
    stance_spans,
    strides,
)
from .gates import FEWEST_SCATTERED, GROUND_SPEED
from .registry import Need, metric
from .steps import vertical_oscillation_cm
from .uncertainty import BELT_SPEED_SD, clock_sd, ground_speed_sd, sampling_half_width, speed_sd

STANDING_FOOT = (0.2, 0.7)  # of the stance: the ankle moves with the ground

# Expected cadence: slopes from Burns 2019, its height term halved since elite runners are small; level from the
# 168–171 steps/min of healthy runners at 2.9 m/s. Our own choice.
USUAL_SPM, USUAL_M_S, USUAL_CM = 168.0, 2.9, 172.0
SPM_PER_M_S, SPM_PER_CM = 5.6, -0.6
NEARLY_CERTAIN = 2.58  # SD: 99 %
ANY_SPEED_SD_M_S = 0.7  # of runners whose speed is not known: joggers at 1.6 m/s film themselves as well as the quick
ANY_HEIGHT_SD_CM = 10.0  # of those whose height is not: women and men taken together


@once
def ground_speeds(trial: Trial) -> Values:
    """m/s at which the ground passes under each stance of the near foot, uncorrected, relative to the hip's slow path.

    The same on a belt, over ground, and when the camera moves along. Empty when it is slower than under the far foot:
    part of the near leg's path is then the other's. NaN where the near foot is not seen throughout.
    """
    near, far = under_feet(trial)
    least = calibration_of(trial).threshold("near_far_speed")  # perspective favours the near foot
    return [] if _median(near) <= least * _median(far) else near


def under_feet(trial: Trial) -> tuple[Values, Values]:
    """The same under the near and the far foot, each separately."""
    near, far = (_under_foot(trial, side) for side in (near_side(trial), far_side(trial)))
    return near, far


def _under_foot(trial: Trial, side: Side) -> Values:
    motion = motion_of(trial)
    spans = stance_spans(trial, side)
    begin_s, lasts_s = spans[:, :1], np.diff(spans)
    times = begin_s + np.linspace(*STANDING_FOOT, STANCE_SAMPLES) * lasts_s
    body = Body(trial, times)
    hips = body.upright(motion.moments(times.ravel()).between(motion.path))
    ankle = body[f"{side}_ankle"][..., 0] - hips[:, 0].reshape(times.shape)
    since = times - times.mean(axis=1, keepdims=True)
    speeds = -(since * ankle).sum(axis=1) / (since**2).sum(axis=1) / trial.px_per_m  # by least squares
    return [StepValue(float(begin), side, float(speed)) for (begin,), speed in zip(begin_s, speeds, strict=True)]


def _median(values: Values) -> float:
    known = [s.value for s in values if np.isfinite(s.value)]
    return float(np.median(known)) if known else float("nan")


def _speeds(trial: Trial) -> Values:
    """The treadmill's speed if the user gave it, otherwise that of the ground under the near foot, corrected."""
    if np.isfinite(trial.speed_m_s):
        return [StepValue(e.time_s, e.side, trial.speed_m_s) for e in trial.gait.contacts]
    return _corrected(trial, ground_speeds(trial))


def _corrected(trial: Trial, speeds: Values) -> Values:
    offset, _ = calibration_of(trial).correction(GROUND_SPEED).at(features(trial))
    return [StepValue(s.time_s, s.side, s.value + offset) for s in speeds]


def fitting_speeds(trials: Sequence[Trial]) -> tuple[float, float] | None:
    """m/s between which the steps of stretches at one pace lie, where the speed given does not.

    None where it does, where none was given, and where no stretch shows it.
    """
    seen = [speeds for trial in trials if np.isfinite(trial.speed_m_s) and (speeds := possible_speeds(trial))]
    if not seen:
        return None
    lows, highs = zip(*seen, strict=True)
    low, high = min(lows), max(highs)
    return None if low <= trials[0].speed_m_s <= high else (low, high)


def possible_speeds(trial: Trial) -> tuple[float, float] | None:
    """m/s between which, by the ground under the near foot, what a belt shows is nearly certain to lie.

    Of a runner whose height was not given, whatever height people nearly always have. None where it cannot be read.
    """
    gait, learned = trial.gait, calibration_of(trial)
    readable = gait.view.name == "side" and gait.activity == "running" and gait.contacts and gait.likely_factor is None
    if not (readable and learned.has("corrections", GROUND_SPEED)):
        return None
    scaled, taller = trial, 0.0
    if not np.isfinite(trial.px_per_m):
        scaled = replace(trial, px_per_m=trial.leg_px / (LEG_OF_HEIGHT * USUAL_CM / 100))
        taller = NEARLY_CERTAIN * ANY_HEIGHT_SD_CM / USUAL_CM
    speed = _median(_corrected(scaled, ground_speeds(scaled)))
    off = NEARLY_CERTAIN * float(np.hypot(ground_speed_sd(scaled), BELT_SPEED_SD))
    found = speed * (1 - taller) * (1 - off), speed * (1 + taller) * (1 + off)
    return found if np.isfinite(found).all() else None


def _speed(trial: Trial) -> float:
    return _median(_speeds(trial))


def _speed_scatter_sd(trials: Sequence[Trial]) -> float:
    """SD, m/s, of the mean of the stretches' speeds read off the ground, from few stances; infinite where too few."""
    if np.isfinite(trials[0].speed_m_s):
        return 0.0
    known = [np.array([s.value for s in _speeds(trial) if np.isfinite(s.value)]) for trial in trials]
    if sum(map(len, known)) < FEWEST_SCATTERED:
        return float("inf")
    usual_sd = calibration_of(trials[0]).correction(GROUND_SPEED).sd
    return sampling_half_width(*filter(len, known), usual_sd=usual_sd) / 1.96


def _with_speed(trials: Sequence[Trial], _shares: FloatArray, value: float) -> float:
    """SD of a value that is in proportion to the speed."""
    return abs(value) * _speed_scatter_sd(trials) / float(np.nanmean([_speed(trial) for trial in trials]))


@metric("Speed", "m/s", "side", requires={Need.CONTACTS, Need.TRUE_TIME, Need.SPEED, Need.SPEED_FITS}, minimum=0.0)
def speed_m_s(trial: Trial) -> Values:
    """What the treadmill was set to; otherwise, with the runner's height, how fast the ground passes under the near
    foot while it stands.
    """
    return _speeds(trial)


@metric(
    "Step length",
    "m",
    "side",
    requires={Need.CONTACTS, Need.TRUE_TIME, Need.SPEED, Need.SPEED_FITS},
    per_leg=True,
    responsive=True,
    at_one_speed=True,
    own_clip_sd=_with_speed,
    minimum=0.0,
)
def step_length_m(trial: Trial) -> Values:
    """Speed times the time from one foot's contact to the other's; it is the step of the foot that lands."""
    speed = _speed(trial)
    return [StepValue(b.time_s, b.side, speed * (b.time_s - a.time_s)) for a, b in pairwise(trial.gait.contacts)]


@metric(
    "Stride length",
    "m",
    "side",
    requires={Need.CONTACTS, Need.TRUE_TIME, Need.SPEED, Need.SPEED_FITS},
    responsive=True,
    at_one_speed=True,
    own_clip_sd=_with_speed,
    minimum=0.0,
)
def stride_length_m(trial: Trial) -> Values:
    """Speed times the time from a contact to the next of the same foot."""
    speed = _speed(trial)
    return [StepValue(begin, side, speed * (end - begin)) for begin, end, side in strides(trial)]


@metric(
    "Bounce per step length (vertical ratio)",
    "%",
    "side",
    requires={
        Need.CONTACTS,
        Need.TRUE_TIME,
        Need.SCALE,
        Need.SPEED,
        Need.SPEED_FITS,
        Need.STEADY_CAMERA,
        Need.NOT_FROM_BELOW,
    },
    at_one_speed=True,
    own_clip_sd=_with_speed,
    minimum=0.0,
)
def vertical_ratio_pct(trial: Trial) -> Values:
    """Vertical oscillation over step length."""
    step_cm = 100 * _speed(trial) * trial.gait.stride_s / 2
    return [StepValue(s.time_s, s.side, 100 * s.value / step_cm) for s in vertical_oscillation_cm(trial)]


def _expected_sd_pct(trial: Trial) -> float:
    """SD of the expected cadence, in %, from what is not known about the speed and the height."""
    speed = _known_speed(trial)
    of_speed = SPM_PER_M_S * (speed * speed_sd(trial) if np.isfinite(speed) else ANY_SPEED_SD_M_S)
    of_height = 0.0 if np.isfinite(trial.px_per_m) else SPM_PER_CM * ANY_HEIGHT_SD_CM
    return 100 / USUAL_SPM * float(np.hypot(of_speed, of_height))


def _expected_clip_sd_pct(trials: Sequence[Trial], shares: FloatArray, value: float) -> float:
    """Likewise, from this clip's clock and the few stances that show its speed."""
    seen = any(np.isfinite(_known_speed(trial)) for trial in trials)
    of_speed = 100 / USUAL_SPM * SPM_PER_M_S * _speed_scatter_sd(trials) if seen else 0.0
    return float(np.linalg.norm([of_speed, *((100 + value) * shares * [clock_sd(trial) for trial in trials])]))


def _known_speed(trial: Trial) -> float:
    told = np.isfinite(trial.speed_m_s) or trial.gait.view.name != "side"
    return trial.speed_m_s if told else _speed(trial)


@metric(
    "Cadence against expected",
    "%",
    "side",
    "rear",
    "front",
    requires={Need.STRIDES, Need.TRUE_TIME, Need.HEIGHT_OR_SPEED, Need.SPEED_FITS},
    responsive=True,
    at_one_speed=True,
    own_sd=_expected_sd_pct,
    own_clip_sd=_expected_clip_sd_pct,
)
def cadence_off_expected_pct(trial: Trial) -> Values:
    """Steps a minute above what runners of this height usually take at this speed, in % of that.

    Where the speed is neither given nor seen, above what they take at an ordinary speed; where the height is not given,
    above what runners of ordinary height take. The interval then allows for other speeds or heights.
    """
    taller_cm = 100 * trial.leg_px / trial.px_per_m / LEG_OF_HEIGHT - USUAL_CM
    faster_m_s = _known_speed(trial) - USUAL_M_S
    usual = USUAL_SPM + float(np.nansum([SPM_PER_M_S * faster_m_s, SPM_PER_CM * taller_cm]))
    return [StepValue(a, side, 100 * (120 / (b - a) / usual - 1)) for a, b, side in strides(trial)]
