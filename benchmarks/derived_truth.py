"""Truth that a clip's summary does not hold, read from its frames: what the posed skeleton did at each moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.metrics.pace import SPM_PER_CM, SPM_PER_M_S, USUAL_CM, USUAL_M_S, USUAL_SPM
from formcheck.metrics.stance import FLAT, LOADED, OPEN_STRIDES

Array = np.ndarray
Step = dict[str, Any]


def derived(video: Path, truth: dict[str, Any]) -> dict[str, float]:
    """Additions to a clip's summary; only side views have a near arm."""
    true = TrueMotion.of(video, truth)
    summary, form = truth["summary"], truth["clip"]["form"]
    cadence, speed = summary["cadence_spm"], form["speed_m_s"]
    usual = USUAL_SPM + SPM_PER_M_S * (speed - USUAL_M_S) + SPM_PER_CM * (100 * truth["runner"]["height_m"] - USUAL_CM)
    return {
        "foot_inclination_deg": true.mean_of_steps(true.landing_sole_deg),
        "knee_flexion_stance_deg": true.mean_of_steps(true.stance_knee_deg),
        "trailing_thigh_deg": true.mean_of_steps(lambda step: true.largest(true.thigh_deg, step, true.opening_s)),
        "waist_bend_deg": float(true.lean_deg.mean()) - true.mean_of_steps(true.leg_deg),
        "forward_shoulder_deg": float(forward_shoulder_deg(true.frames).mean()),
        "head_pitch_deg": float(true.head_deg().mean()),
        "trunk_rocking_deg": true.stride_range(true.lean_deg),
        "arm_swing_deg": true.stride_range(true.upper_arm_deg()),
        "elbow_angle_deg": float(true.frames[f"elbow_{true.near}_deg"].mean()),
        "flight_time_ms": float(np.mean([1000 * (b["contact_s"] - a["toe_off_s"]) for a, b in pairwise(true.steps)])),
        "stride_variability_pct": true.stride_variability_pct(),
        "speed_m_s": speed,
        "step_length_m": 60 * speed / cadence,
        "vertical_ratio_pct": 100 * summary["vertical_oscillation_m"] * cadence / (60 * speed),
        "cadence_off_expected_pct": 100 * (cadence / usual - 1),
    }


def forward_shoulder_deg(frames: dict[str, Array]) -> Array:
    """(T,) angle at C7 of the line to mid-shoulder against that to mid-hip, seen from the side, + = shoulders ahead.

    The clinical forward shoulder angle (Thigpen 2010), from C7's skin, with the trunk's own line as the vertical:
    leaning does not change it.
    """
    names = [str(name) for name in frames["names"]]

    def point(name: str) -> Array:
        return np.asarray(frames["points_m"][:, names.index(name)][:, [0, 2]], float)

    hip, shoulder = (0.5 * (point(f"rig_left_{joint}") + point(f"rig_right_{joint}")) for joint in ("hip", "shoulder"))
    down, arm = hip - point("c7"), shoulder - point("c7")
    ahead = down[:, 0] * arm[:, 1] - down[:, 1] * arm[:, 0]
    return np.asarray(np.degrees(np.arctan2(ahead, (down * arm).sum(axis=1))))


class TrueMotion:
    """The frames of a clip, and its complete steps."""

    def __init__(self, frames: dict[str, Array], truth: dict[str, Any]) -> None:
        self.frames, self.time_s = frames, frames["time_s"]
        self.names = [str(name) for name in frames["names"]]
        self.stride_s = 120 / truth["summary"]["cadence_spm"]
        last = self.time_s[-1] - OPEN_STRIDES * self.stride_s
        self.steps = [s for s in truth["steps"] if s["toe_off_s"] is not None and s["contact_s"] < last]
        self.contacts = {
            side: np.array([s["contact_s"] for s in truth["steps"] if s["side"] == side]) for side in ("left", "right")
        }
        self.near = "left" if truth["camera"]["facing"] == "left" else "right"
        self.lean_deg: Array = frames["lean_joint_deg"]

    @classmethod
    def of(cls, video: Path, truth: dict[str, Any]) -> TrueMotion:
        """From the file of frames beside a clip."""
        with np.load(video.with_suffix(".frames.npz")) as loaded:
            return cls({key: loaded[key] for key in loaded.files}, truth)

    def point(self, name: str) -> Array:
        return np.asarray(self.frames["points_m"][:, self.names.index(name)], float)

    def mid(self, joint: str) -> Array:
        return np.asarray(0.5 * (self.point(joint.format("left")) + self.point(joint.format("right"))))

    def mean_of_steps(self, value: Callable[[Step], float]) -> float:
        """The mean of each foot's own mean, so that both count the same."""
        return float(np.mean([np.mean([value(s) for s in self.steps if s["side"] == side]) for side in self.contacts]))

    def loaded_s(self, step: Step) -> tuple[float, float]:
        return step["contact_s"], step["contact_s"] + LOADED * (step["toe_off_s"] - step["contact_s"])

    def opening_s(self, step: Step) -> tuple[float, float]:
        return step["contact_s"], step["contact_s"] + OPEN_STRIDES * self.stride_s

    def largest(
        self, series: Callable[[str], Array], step: Step, span_s: Callable[[Step], tuple[float, float]]
    ) -> float:
        begin, end = span_s(step)
        return float(series(step["side"])[(self.time_s >= begin) & (self.time_s <= end)].max())

    def stance_knee_deg(self, step: Step) -> float:
        """Largest while the leg takes the load: some knees bend more when the foot leaves the ground."""
        return self.largest(self.knee_deg, step, self.loaded_s)

    def knee_deg(self, side: str) -> Array:
        return np.asarray(self.frames[f"knee_flexion_{side}_deg"])

    def thigh_deg(self, side: str) -> Array:
        return np.asarray(-self.frames[f"thigh_{side}_deg"])

    def landing_sole_deg(self, step: Step) -> float:
        side = step["side"]
        toe = 0.5 * (self.point(f"{side}_big_toe") + self.point(f"{side}_small_toe"))
        sole = _rise_deg(toe - self.point(f"{side}_heel"))
        flat = step["contact_s"] + FLAT * (step["toe_off_s"] - step["contact_s"])
        return float(np.interp(step["contact_s"], self.time_s, sole) - np.interp(flat, self.time_s, sole))

    def leg_deg(self, step: Step) -> float:
        """Lean of the standing leg, ankle to mid-hip, midway between contact and toe-off."""
        line = self.mid("rig_{}_hip") - self.point(f"rig_{step['side']}_ankle")
        lean = np.degrees(np.arctan2(line[:, 0], line[:, 2]))
        return float(np.interp([step["contact_s"], step["toe_off_s"]], self.time_s, lean).mean())

    def waist_bend_deg(self, step: Step) -> float:
        """Over the stride centred on a step's contact."""
        about = np.abs(self.time_s - step["contact_s"]) <= self.stride_s / 2
        return float(self.lean_deg[about].mean()) - self.leg_deg(step)

    def head_deg(self) -> Array:
        return -_rise_deg(self.point("nose") - self.mid("{}_ear"))

    def upper_arm_deg(self) -> Array:
        """Elbow behind the shoulder, against the trunk."""
        arm = self.point(f"rig_{self.near}_shoulder") - self.point(f"rig_{self.near}_elbow")
        return np.asarray(np.degrees(np.arctan2(arm[:, 0], arm[:, 2])) - self.lean_deg)

    def stride_range(self, series: Array) -> float:
        return float(np.mean([np.ptp(series[(self.time_s >= a) & (self.time_s <= b)]) for a, b in self.strides()]))

    def strides(self) -> Iterator[tuple[float, float]]:
        return (pair for times in self.contacts.values() for pair in pairwise(times))

    def stride_variability_pct(self) -> float:
        changes = [np.diff(np.diff(times)) for times in self.contacts.values()]
        return float(100 * np.concatenate(changes).std() / 2**0.5 / self.stride_s)


def _rise_deg(line: Array) -> Array:
    """Above the horizontal, seen from the side."""
    return np.asarray(np.degrees(np.arctan2(line[:, 2], line[:, 0])))
