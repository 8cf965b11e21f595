"""Small hand-made values for tests: a track, a trial, measurements and a whole report with known content."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from formcheck import knowledge
from formcheck.datatypes import (
    Change,
    Comparison,
    Event,
    Gait,
    LeftRight,
    Measurement,
    PoseTrack,
    Report,
    Side,
    StepValue,
    Trial,
    VideoInfo,
    View,
)
from formcheck.faults import find
from formcheck.landmarks import BLAZEPOSE

UNITS = {
    "trunk_lean_deg": ("Trunk lean, forward", "°"),
    "waist_bend_deg": ("Bend at the waist", "°"),
    "overstride_pct_leg": ("Foot ahead of the hips at contact", "% of leg length"),
    "shin_angle_deg": ("Shin angle at contact", "°"),
    "knee_flexion_contact_deg": ("Knee bend at contact", "°"),
    "cadence_spm": ("Cadence, both feet", "steps/min"),
    "shoulder_hunch_deg": ("Shoulder hunch (shoulders drawn forward)", "°"),
    "thoracic_flexion_deg": ("Rounding of the upper back", "°"),
    "neck_flexion_deg": ("Neck flexion (trunk to ears)", "°"),
    "cadence_off_expected_pct": ("Cadence against expected", "%"),
    "head_pitch_deg": ("Head pitched down", "°"),
    "trailing_thigh_deg": ("Thigh behind the body", "°"),
    "speed_m_s": ("Speed", "m/s"),
    "trunk_rocking_deg": ("Trunk rocking", "°"),
    "stride_variability_pct": ("Unevenness of the stride time", "%"),
    "trunk_lean_deg_trend": ("Trunk lean, change over the clip", "°"),
    "cadence_spm_trend": ("Cadence, change over the clip", "steps/min"),
    "vertical_oscillation_cm_trend": ("Bounce, change over the clip", "cm"),
    "neck_flexion_deg_trend": ("Neck flexion, change over the clip", "°"),
    "head_pitch_deg_trend": ("Head pitched down, change over the clip", "°"),
    "contact_time_ms_left_right": ("Contact time, left minus right", "%"),
    "step_length_m_left_right": ("Step length, left minus right", "%"),
    "trunk_sway_deg": ("Sideways sway of the trunk", "°"),
    "step_width_pct_leg": ("Step width", "% of leg length"),
}


# Values of a runner in whom nothing is worth acting on, whichever way the camera looks.
FINE = {
    **{"trunk_lean_deg": 6.5, "waist_bend_deg": 2.0, "overstride_pct_leg": 20.0, "shin_angle_deg": 3.0},
    **{"knee_flexion_contact_deg": 16.0, "cadence_spm": 175.0, "shoulder_hunch_deg": 25.0, "head_pitch_deg": 9.0},
    **{"trunk_rocking_deg": 4.0, "stride_variability_pct": 1.0, "trailing_thigh_deg": 20.0, "speed_m_s": 3.5},
    **{"trunk_lean_deg_trend": 0.0, "contact_time_ms_left_right": 0.0},
    **{"trunk_sway_deg": 2.0, "step_width_pct_leg": 5.0},
}
FROM_BEHIND = ("trunk_sway_deg", "step_width_pct_leg")


def known() -> knowledge.Knowledge:
    """The built-in rows."""
    return knowledge.load(UNITS)


def measured(name: str, value: float, half: float = 0.5, n: int = 24, steps: tuple[StepValue, ...] = ()) -> Measurement:
    """A measurement with a symmetric interval."""
    label, unit = UNITS[name]
    return Measurement(name, label, unit, value, value - half, value + half, 1.2, n, steps=steps)


def unmeasured(name: str, missing: str | None = None) -> Measurement:
    """A measurement that is missing for a reason, by default the wrong view."""
    wrong_view = "not_rear_view" if name in FROM_BEHIND else "not_side_view"
    return Measurement(name, *UNITS[name], missing=missing or wrong_view)


def comparisons() -> tuple[Comparison, ...]:
    """A difference between the legs, one too small to call and one not measured; a trend that is certain."""
    return (
        LeftRight(
            "shin_angle_deg", "Shin angle at contact", "°", 5.2, 1.5, 8.9, 26,
            left=9.3, right=4.1, left_interval=(6.3, 12.3), right_interval=(1.1, 7.1),
        ),
        LeftRight(
            "contact_time_ms", "Contact time", "%", 0.8, -2.8, 4.4, 24,
            left=100.4, right=99.6, left_interval=(98.6, 102.2), right_interval=(97.8, 101.4),
        ),
        LeftRight("step_length_m", "Step length", "%", missing="speed_unknown"),
        Change(
            "trunk_lean_deg", "Trunk lean, forward", "°", 4.4, 3.4, 5.4, 24,
            before=8.8, after=13.2, before_interval=(7.2, 10.4), after_interval=(11.5, 14.8),
        ),
    )  # fmt: skip


def track(frames: int = 60, fps: float = 30.0) -> PoseTrack:
    """Every landmark standing still at (10 × its index, 20), except the nose, which is never seen."""
    xy = np.zeros((frames, len(BLAZEPOSE.names), 2))
    xy[:] = np.stack([10.0 * np.arange(len(BLAZEPOSE.names)), np.full(len(BLAZEPOSE.names), 20.0)], axis=1)
    confidence = np.full(xy.shape[:2], 0.9)
    xy[:, 0], confidence[:, 0] = np.nan, 0.0
    world = np.full((*xy.shape[:2], 3), np.nan)
    return PoseTrack(np.arange(frames) / fps, xy, world, confidence, np.zeros((frames, 2)))


def events(count: int, start_s: float, fps: float = 30.0, step_s: float = 0.35) -> tuple[Event, ...]:
    """Left and right alternately, one every step_s."""
    sides: tuple[Side, Side] = ("left", "right")
    times = [start_s + i * step_s for i in range(count)]
    return tuple(Event(t, t * fps, sides[i % 2], 0.005) for i, t in enumerate(times))


def trial(slow_motion_factor: float = 1.0, path: Path = Path("clips/morning-run.mp4")) -> Trial:
    """Two seconds of a runner seen from the side, facing right: five contacts, four toe-offs."""
    video = VideoInfo(path, 1920, 1080, 30.0, 60, 2.0, slow_motion_factor=slow_motion_factor)
    gait = Gait(View("side", "right", 0.97), "running", "treadmill", events(5, 0.2), events(4, 0.4), 0.7)
    return Trial(video, track(), gait, leg_px=400.0)


def report(
    *measurements: Measurement,
    trial: Trial | None = None,
    warnings: tuple[str, ...] = (),
    comparisons: tuple[Comparison, ...] = (),
) -> Report:
    """A report with these measurements; any others that the faults refer to are missing."""
    given = {m.name: m for m in measurements}
    complete = tuple(given.get(name, unmeasured(name)) for name in UNITS)
    return Report(trial or _trial(), complete, find(complete, known()), warnings, comparisons)


_trial = trial  # report() has an argument with that name


def every_second(track: PoseTrack) -> PoseTrack:
    """A track as if only every second frame had been posed."""
    names = ("time_s", "xy", "world", "confidence", "camera_xy", "turn_deg", "frames")
    return replace(track, **{name: getattr(track, name)[::2] for name in names}, clock_s=track.clock_s)
