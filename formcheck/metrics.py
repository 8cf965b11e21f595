"""Trial → Measurements. A metric is one function: its name is key and unit, its docstring's first line the label,
its decorator says from where it can be seen. Everything else (table, report, tests) walks ``METRICS``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.stats import t as student_t

from .datatypes import INDEX, SIDES, Event, FloatArray, Measurement, Motion, Side, StepValue, Trial, View, ViewName
from .knowledge.calibration import correction

FEWEST_STEPS = 4  # an interval from fewer says nothing; it is wide enough below twenty
LEG_OF_HEIGHT = 0.491  # thigh + shank as a share of standing height (Drillis & Contini 1966, in Winter 2009)
LEG_OF_HEIGHT_SD = 0.02  # between people, as a share of the leg
FEATURE_SAMPLES = 400  # moments over the clip that a feature is averaged over
STRIDE_SAMPLES = 40  # moments per stride that a stride mean is taken over
EVENTS_OWN = 0.6  # of the two events' errors: the rest is shared by all clips and stands in calibration.toml
SLOWEST_FPS = 20.0  # frames per second of real time below which steps are not measured

Values = list[StepValue]


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
        (trial.track.fps < SLOWEST_FPS / max(1.0, gait.likely_factor or 1.0), "frame_rate_too_low"),
        (gait.activity != "running" and not (gait.activity == "walking" and row.timed), "not_running"),
        (gait.view.name not in row.views, "not_side_view"),
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
        parts.append(LEG_OF_HEIGHT_SD * abs(value))
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


# ── what the functions below are made of ──────────────────────────────────────────────────────────────────────


def _motion(trial: Trial) -> Motion:
    assert trial.gait.motion is not None  # _why_not has seen to it
    return trial.gait.motion


class _Pose:
    """Landmarks at n moments: ``pose["left_ankle"]``, ``pose.mid("hip")`` → (n, 2), x forward, y up, pixels.

    Up is against gravity: the camera's roll is turned back. From the side, lengths forward are as a camera at right
    angles would see them.
    """

    def __init__(self, trial: Trial, times: FloatArray) -> None:
        roll = np.radians(trial.track.roll_deg)
        level = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
        upwards = _motion(trial).against_background(times) * np.array([1, -1])
        view = trial.gait.view
        self._xy = upwards @ level.T * np.array([(view.forward or 1) / _foreshortening(view), 1])

    def __getitem__(self, landmark: str) -> FloatArray:
        return np.asarray(self._xy[:, INDEX[landmark]])

    def mid(self, joint: str) -> FloatArray:
        return 0.5 * (self[f"left_{joint}"] + self[f"right_{joint}"])


def _foreshortening(view: View) -> float:
    """How much shorter lengths forward look than from straight beside; 1 in other views."""
    return float(np.cos(np.radians(view.yaw_deg))) if view.name == "side" else 1.0


def _lean_deg(lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Angle of lower → upper from the vertical, forward positive."""
    across = upper - lower
    return np.asarray(np.degrees(np.arctan2(across[:, 0], across[:, 1])))


def _at_contacts(trial: Trial, value: Callable[[_Pose, str], FloatArray]) -> Values:
    """A value of the landing leg at each of its contacts."""
    events = trial.gait.contacts
    pose = _Pose(trial, np.array([e.time_s for e in events]))
    by_side = {side: value(pose, side) for side in ("left", "right")}
    return [StepValue(e.time_s, e.side, float(by_side[e.side][i])) for i, e in enumerate(events)]


def _strides(trial: Trial) -> Iterator[tuple[float, float, Side]]:
    """(begin, end, side) of every stride in order of time: from each contact to the next of the same foot.

    Where contacts cannot be seen, from each time a knee is farthest ahead to the next.
    """
    starts = [(e.time_s, e.side) for e in trial.gait.contacts] or _knees_forward(trial)
    of_side = {side: [time for time, other in starts if other == side] for side in SIDES}
    return iter(sorted((a, b, side) for side, times in of_side.items() for a, b in pairwise(times)))


def _knees_forward(trial: Trial) -> list[tuple[float, Side]]:
    """(time, side) of the moments when, in the mean stride, a knee is farthest ahead of the other."""
    motion, phase = _motion(trial), np.arange(STRIDE_SAMPLES) / STRIDE_SAMPLES
    place = motion.mean_stride(phase)[..., 0] * (trial.gait.view.forward or 1)
    ahead = place[:, INDEX["left_knee"]] - place[:, INDEX["right_knee"]]
    out: list[tuple[float, Side]] = []
    for side, moment in zip(SIDES, phase[[ahead.argmax(), ahead.argmin()]], strict=True):
        turns = np.arange(np.ceil(motion.phase[0] - moment), np.floor(motion.phase[-1] - moment) + 1)
        out += [(float(t), side) for t in np.interp(turns + moment, motion.phase, motion.time_s)]
    return out


def _stances(trial: Trial) -> Iterator[tuple[Event, Event]]:
    """Each contact with the toe-off that ends it."""
    for contact in trial.gait.contacts:
        after = (e for e in trial.gait.toe_offs if e.side == contact.side and e.time_s > contact.time_s)
        if (off := next(after, None)) is not None:
            yield contact, off


def _stride_means(trial: Trial, value: Callable[[_Pose], FloatArray]) -> Values:
    """Mean of a value over every stride."""

    def mean(begin: float, end: float) -> float:
        return float(value(_Pose(trial, np.linspace(begin, end, STRIDE_SAMPLES, endpoint=False))).mean())

    return [StepValue(begin, side, mean(begin, end)) for begin, end, side in _strides(trial)]


def _harmonic_mean(values: FloatArray) -> float:
    """Steps divided by the time they took, rather than the middle of many step times."""
    return float(len(values) / (1 / values).sum())


# ── properties of the clip that the learned corrections depend on ─────────────────────────────────────────────


def features(trial: Trial) -> dict[str, float]:
    """Means over the analysed span, from landmarks alone; lengths in leg lengths, angles in degrees."""
    times = np.linspace(_motion(trial).time_s[0], _motion(trial).time_s[-1], FEATURE_SAMPLES)
    pose = _Pose(trial, times)
    hips, shoulders, ears = pose.mid("hip"), pose.mid("shoulder"), pose.mid("ear")
    near, far = ("left", "right") if trial.gait.view.facing == "left" else ("right", "left")
    lean = _lean_deg(hips, shoulders)
    return {
        "yaw_deg": trial.gait.view.yaw_deg,
        "lean_deg": float(lean.mean()),
        "neck_bend_deg": float((_lean_deg(shoulders, ears) - lean).mean()),
        "head_pitch_deg": float(_lean_deg(ears, pose["nose"]).mean()),
        "trunk_to_leg": float(np.linalg.norm(shoulders - hips, axis=1).mean() / trial.leg_px),
        "neck_to_leg": float(np.linalg.norm(ears - shoulders, axis=1).mean() / trial.leg_px),
        "near_shoulder_ahead": float((pose[f"{near}_shoulder"] - pose[f"{far}_shoulder"])[:, 0].mean() / trial.leg_px),
        "near_hip_ahead": float((pose[f"{near}_hip"] - pose[f"{far}_hip"])[:, 0].mean() / trial.leg_px),
        "elbow_ahead": float((pose[f"{near}_elbow"] - pose[f"{near}_shoulder"])[:, 0].mean() / trial.leg_px),
    }


# ── the metrics ───────────────────────────────────────────────────────────────────────────────────────────────


@metric("steps/min", "side", "oblique", "rear", "front", timed=True, telescopes=True)
def cadence_spm(trial: Trial) -> Values:
    """Cadence, both feet.

    Two steps for every stride, from an initial contact to the next one of the same foot: what a camera sees of the
    two feet differs, and steps from one to the other would take the difference in.
    """
    return [StepValue(begin, side, 120 / (end - begin)) for begin, end, side in _strides(trial)]


@metric("°", "side", upright=True, contacts=False)
def trunk_lean_deg(trial: Trial) -> Values:
    """Trunk lean.

    Mid-hip to mid-shoulder joint centres against gravity, mean over the stride, forward positive
    (Teng & Powers 2015 take the mean over stance).
    """
    return _stride_means(trial, lambda pose: _lean_deg(pose.mid("hip"), pose.mid("shoulder")))


@metric("°", "side")
def waist_bend_deg(trial: Trial) -> Values:
    """Bend at the waist.

    Trunk lean less the lean of the stance leg (ankle to mid-hip, mean of contact and toe-off): zero when the
    body leans in one line from the ankles. Camera roll cancels.
    """
    lean_at = {lean.time_s: lean.value for lean in trunk_lean_deg(trial)}
    out = []
    for contact, off in _stances(trial):
        if contact.time_s in lean_at:
            pose = _Pose(trial, np.array([contact.time_s, off.time_s]))
            leg = float(_lean_deg(pose[f"{contact.side}_ankle"], pose.mid("hip")).mean())
            out.append(StepValue(contact.time_s, contact.side, lean_at[contact.time_s] - leg))
    return out


@metric("% of leg length", "side")
def overstride_pct_leg(trial: Trial) -> Values:
    """Foot ahead of the hip at contact.

    Ankle to mid-hip, horizontally, over thigh + shank (Wille 2014; Lieberman 2015 relate it to braking).
    """
    return _at_contacts(trial, lambda pose, side: 100 * (pose[f"{side}_ankle"] - pose.mid("hip"))[:, 0] / trial.leg_px)


@metric("cm", "side", scaled=True)
def overstride_cm(trial: Trial) -> Values:
    """Foot ahead of the hip at contact, in cm.

    As overstride_pct_leg, scaled by the runner's height.
    """
    leg_cm = 100 * trial.leg_px / trial.px_per_m
    offset, _ = correction("overstride_pct_leg").at(features(trial))
    return [StepValue(s.time_s, s.side, (s.value + offset) / 100 * leg_cm) for s in overstride_pct_leg(trial)]


@metric("°", "side", upright=True)
def shin_angle_deg(trial: Trial) -> Values:
    """Shin angle at contact.

    Knee to ankle from the vertical, positive with the ankle ahead of the knee (Souza 2016).
    """
    return _at_contacts(trial, lambda pose, side: -_lean_deg(pose[f"{side}_ankle"], pose[f"{side}_knee"]))


@metric("°", "side")
def knee_flexion_contact_deg(trial: Trial) -> Values:
    """Knee bend at contact.

    Thigh against shank at initial contact; 0 is a straight leg.
    """

    def bend(pose: _Pose, side: str) -> FloatArray:
        thigh = _lean_deg(pose[f"{side}_knee"], pose[f"{side}_hip"])
        return _lean_deg(pose[f"{side}_ankle"], pose[f"{side}_knee"]) - thigh

    return _at_contacts(trial, bend)


@metric("°", "side", contacts=False)
def shoulder_hunch_deg(trial: Trial) -> Values:
    """Shoulder hunch.

    180° less the ear–shoulder–hip angle, mean over the stride: how far the line from shoulders to ears bends
    forward from the line of the trunk. Leaning the whole body does not change it, nor does camera roll. A head held
    forward and a rounded back bend it alike.
    """

    def bend(pose: _Pose) -> FloatArray:
        return _lean_deg(pose.mid("shoulder"), pose.mid("ear")) - _lean_deg(pose.mid("hip"), pose.mid("shoulder"))

    return _stride_means(trial, bend)


@metric("°", "side", upright=True, contacts=False)
def craniovertebral_deg(trial: Trial) -> Values:
    """Craniovertebral angle.

    Line from C7 to the ear's tragus above the horizontal, mean over the stride: the smaller, the farther the head is
    forward. Starts from the shoulders, since pose models lack C7 (calibration.toml); the trunk's lean is part of it.
    """
    return _stride_means(trial, lambda pose: 90 - _lean_deg(pose.mid("shoulder"), pose.mid("ear")))


@metric("ms", "side", "oblique", timed=True, spans_stance=True)
def contact_time_ms(trial: Trial) -> Values:
    """Contact time.

    Initial contact to toe-off of the same foot.
    """
    return [StepValue(a.time_s, a.side, 1000 * (b.time_s - a.time_s)) for a, b in _stances(trial)]


@metric("cm", "side", "rear", "front", scaled=True, steady=True)
def vertical_oscillation_cm(trial: Trial) -> Values:
    """Vertical oscillation (bounce).

    Mid-shoulder, highest less lowest from each contact to the next, as a chest strap takes it (Van Hooren 2020). Of
    the bounce of the hips the pose model keeps only 57–96 %, of that of the shoulders 92–99 %.
    """
    out = []
    for first, last in pairwise(trial.gait.contacts):
        height = _Pose(trial, np.linspace(first.time_s, last.time_s, STRIDE_SAMPLES)).mid("shoulder")[:, 1]
        height = height - np.linspace(height[0], height[-1], STRIDE_SAMPLES)  # a camera or belt that sinks is no bounce
        out.append(StepValue(first.time_s, first.side, float(np.ptp(height)) / trial.px_per_m * 100))
    return out
