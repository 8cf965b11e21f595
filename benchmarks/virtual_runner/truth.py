"""What is known of a clip: a small JSON (clip, camera, summary, steps) and arrays per frame.

Everything is measured on the posed skeleton. "joint" means the skeleton's joint centres, "landmark" the surface
points that people mark on pictures, "c7" the base of the neck: the same pose leans differently by each.
"""

from __future__ import annotations

from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np

from .camera import Lens
from .landmarks import SurfaceLandmarks
from .maths import Array
from .movement import Movement, Step
from .posture import centre_of_mass, points, posture
from .spec import FORMAT, SIDES, SUFFIX, Clip

CONVENTIONS = (
    "world: X forward, Y to the runner's left, Z up, metres; image: pixels from the top left; "
    "contact_s: real time from the first frame; frame: fractional index in the file; deg: + = forward"
)
FINE_S = 0.001  # grid on which the bounce is measured


class Recorder:
    """Collects the truth of each frame, then sums the clip up."""

    def __init__(self, clip: Clip, movement: Movement, lens: Lens):
        self.clip, self.movement, self.lens = clip, movement, lens
        self.surface = SurfaceLandmarks(movement.skeleton.rig)
        self.times: list[float] = []
        self.postures: list[dict[str, float]] = []
        self.points: list[Array] = []
        self.names: list[str] = []

    def add(self, time_s: float) -> None:
        pose = self.movement.pose(time_s)
        named = points(pose, self.surface)
        self.names = list(named)
        self.times.append(time_s)
        self.postures.append(posture(pose, self.surface))
        self.points.append(np.array(list(named.values())))

    def frames(self) -> dict[str, Array]:
        """time_s (T,), phase (T,), contact (T, 2) left and right, points_m (T, K, 3), points_px (T, K, 2), postures (T,)."""
        pixels = [self.lens.project(p) for p in self.points]
        out = {
            "time_s": np.array(self.times),
            "phase": np.array([self.movement.schedule.phase_at(t) % 1 for t in self.times]),
            "contact": np.array([[self.movement.in_contact(side, t) for side in SIDES] for t in self.times]),
            "names": np.array(self.names),
            "points_m": np.array(self.points, dtype=np.float32),
            "points_px": np.array(pixels, dtype=np.float32),
        }
        return out | {key: self.series(key) for key in self.postures[0]}

    def series(self, key: str) -> Array:
        return np.array([p[key] for p in self.postures])

    # ---- the small JSON

    def truth(self) -> dict[str, Any]:
        rig = self.movement.skeleton.rig
        steps = [self._step(step) for step in self.movement.steps()]
        return {
            "format": FORMAT,
            "conventions": CONVENTIONS,
            "clip": asdict(self.clip),
            "runner": {"body": rig.body, "height_m": _r(rig.height_m), "leg_length_m": _r(rig.leg_m)},
            "camera": self._camera(),
            "summary": self._summary(steps),
            "steps": steps,
        }

    def _camera(self) -> dict[str, Any]:
        spec, lens = self.clip.camera, self.lens
        facing = {"rear": "away", "front": "toward"}.get(spec.view, spec.facing)
        return {
            "view": spec.view,
            "facing": facing,
            "fov_y_deg": lens.fov_y_deg,
            "eye_m": lens.eye.tolist(),
            "at_m": lens.at.tolist(),
            "view_projection": lens.view_projection.tolist(),
        }

    def _step(self, step: Step) -> dict[str, Any]:
        pose = self.movement.pose(step.contact_s)
        state, marks = posture(pose, self.surface), self.surface.at(pose)
        ankle = pose.at(f"foot{SUFFIX[step.side]}")
        marked_hip = 0.5 * (marks["left_hip"] + marks["right_hip"])
        overstride = ankle[0] - pose.mid("thigh")[0]
        return {
            "side": step.side,
            "contact_s": _r(step.contact_s, 5),
            "toe_off_s": _r(step.toe_off_s, 5),
            "contact_frame": _r(step.contact_s * self.clip.recording.fps, 3),
            "toe_off_frame": _r(step.toe_off_s * self.clip.recording.fps, 3),
            "overstride_m": _r(overstride, 5),
            "overstride_of_leg": _r(overstride / self.movement.skeleton.rig.leg_m, 5),
            "overstride_landmark_m": _r(marks[f"{step.side}_ankle"][0] - marked_hip[0], 5),
            "overstride_com_m": _r(ankle[0] - centre_of_mass(pose)[0], 5),
            "knee_flexion_deg": _r(state[f"knee_flexion_{step.side}_deg"], 2),
            "shank_deg": _r(state[f"shank_{step.side}_deg"], 2),
            "lean_joint_deg": _r(state["lean_joint_deg"], 2),
        }

    def _summary(self, steps: list[dict[str, Any]]) -> dict[str, float]:
        contacts = np.array([step["contact_s"] for step in steps])

        def mean(key: str) -> float:
            return float(np.mean([step[key] for step in steps]))

        whole = self._whole_strides(contacts)
        averaged = ("lean_joint_deg", "lean_c7_deg", "lean_landmark_deg", "ear_shoulder_deg", "craniovertebral_deg")
        averaged += ("protraction_deg", "shoulder_ahead_of_c7_m", "thoracic_flexion_deg")
        per_step = ("overstride_m", "overstride_of_leg", "overstride_landmark_m", "overstride_com_m")
        return {
            "contacts": len(contacts),
            "cadence_spm": _r(60 / np.diff(contacts).mean(), 3),
            "contact_time_s": _r(mean("toe_off_s") - mean("contact_s")),
            "flight": self.movement.skeleton.form.duty < 0.5,
            **{key: _r(float(self.series(key)[whole].mean()), 3) for key in averaged},
            **{key: _r(mean(key)) for key in per_step},
            "contact_knee_deg": _r(mean("knee_flexion_deg"), 2),
            "contact_shank_deg": _r(mean("shank_deg"), 2),
            "vertical_oscillation_m": _r(self._bounce_m(contacts)),
            "pelvic_drop_peak_deg": _r(float(np.abs(self.series("pelvic_obliquity_deg")).max()), 2),
        }

    def _whole_strides(self, contacts: Array) -> Array:
        """(T,) frames from the first contact to the last one of the same foot."""
        last = contacts[(len(contacts) - 1) // 2 * 2]
        times = np.array(self.times)
        return (times >= contacts[0]) & (times < last)

    def _bounce_m(self, contacts: Array) -> float:
        """Mean over steps of the mid-hip's peak to trough."""
        heights = []
        for start, end in pairwise(contacts):
            heights.append(np.ptp([self.movement.hip_height_m(t) for t in np.arange(start, end, FINE_S)]))
        return float(np.mean(heights))


def _r(value: float, digits: int = 4) -> float:
    return round(float(value), digits)
