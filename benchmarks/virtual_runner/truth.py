"""What is known about a clip: a small JSON (clip, camera, summary, steps) and arrays per frame.

Everything is measured on the posed skeleton. "joint" means the skeleton's joint centres, "landmark" the surface
points that people mark on pictures: the same pose has a different lean by each.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from itertools import pairwise
from typing import Any

import numpy as np

from .camera import Filming
from .kinematics import centre_of_mass, kinematics, points
from .landmarks import SurfaceLandmarks
from .maths import Array, Mask
from .movement import Movement, Step
from .spec import FORMAT, SIDES, SUFFIX, ClipSpec

CONVENTIONS = (
    "world: X forward, Y to the runner's left, Z up, metres; image: pixels from the top left; "
    "contact_s, toe_off_s: real time from the first frame, null beyond the clip's end; "
    "frame: fractional index in the file; file_s: the file's own time; deg: + = forward"
)
AVERAGED = (
    *("lean_joint_deg", "lean_landmark_deg", "ear_shoulder_deg", "craniovertebral_deg"),
    *("protraction_deg", "thoracic_flexion_deg"),
)  # over whole strides, or the whole time of somebody standing
PER_STEP = ("contact_time_s", "overstride_m", "overstride_of_leg", "overstride_landmark_m", "overstride_com_m")
FINE_S = 0.001  # time step at which the bounce is measured


class Recorder:
    """Collects the truth of each frame, then summarises the clip."""

    def __init__(self, clip: ClipSpec, movement: Movement, filming: Filming):
        self.clip, self.movement, self.filming = clip, movement, filming
        self.surface = SurfaceLandmarks(movement.skeleton.rig)
        self.times: list[float] = []
        self.kinematics: list[dict[str, float]] = []
        self.points: list[Array] = []
        self.names: list[str] = []

    def add(self, time_s: float) -> None:
        pose = self.movement.pose(time_s)
        marks = self.surface.at(pose)
        named = points(pose, marks)
        self.names = list(named)
        self.times.append(time_s)
        self.kinematics.append(kinematics(pose, marks))
        self.points.append(np.array(list(named.values())))

    def frames(self) -> dict[str, Array]:
        """time_s, phase, kinematics (T,); contact left, right (T, 2); points_m (T, K, 3); points_px (T, K, 2)."""
        lenses = [self.filming.lens(t, self.movement.travel(t)) for t in self.times]
        pixels = [lens.project(points) for lens, points in zip(lenses, self.points, strict=True)]
        out = {
            "time_s": np.array(self.times),
            "phase": np.array([self.movement.schedule.phase_at(t) % 1 for t in self.times]),
            "contact": np.array([[self.movement.in_contact(side, t) for side in SIDES] for t in self.times]),
            "names": np.array(self.names),
            "points_m": np.array(self.points, dtype=np.float32),
            "points_px": np.array(pixels, dtype=np.float32),
            "camera_pitch_deg": np.array([lens.pitch_deg for lens in lenses]),
            "camera_roll_deg": np.array([lens.roll_deg for lens in lenses]),
        }
        return out | {key: self.series(key) for key in self.kinematics[0]}

    def series(self, key: str) -> Array:
        return np.array([p[key] for p in self.kinematics])

    # ---- the small JSON

    def truth(self) -> dict[str, Any]:
        rig, recording = self.movement.skeleton.rig, self.clip.recording
        steps = [self._step(step) for step in self.movement.steps()]
        return {
            "format": FORMAT,
            "conventions": CONVENTIONS,
            "activity": self.clip.form.activity,
            "surface": "treadmill" if self.clip.setting.treadmill else "overground",
            "runner": {"body": rig.body, "height_m": _r(rig.height_m), "leg_length_m": _r(rig.leg_m)},
            "camera": self._camera(),
            "recording": {
                "frames": len(self.times),
                "capture_fps": recording.fps,
                "file_fps": recording.file_fps or recording.fps,
                "slow_motion_factor": recording.slow_motion_factor,
                "seconds": recording.seconds,
            },
            "summary": self._summary(steps),
            "steps": steps,
            "clip": asdict(self.clip),
        }

    def _camera(self) -> dict[str, Any]:
        spec, lens = self.clip.camera, self.filming.lens()
        still = replace(self.clip, camera=replace(spec, shake_deg=0.0))
        middle = Filming(still).lens()
        return {
            "view": spec.view,
            "facing": {"rear": "away", "front": "toward", "oblique": "away"}.get(spec.view, spec.facing),
            "yaw_deg": spec.yaw_deg,
            "pitch_deg": _r(middle.pitch_deg, 3),
            "roll_deg": spec.roll_deg,
            "still": self.filming.still,
            "fov_y_deg": middle.fov_y_deg,
            "eye_m": [_r(x) for x in middle.eye],
            "at_m": [_r(x) for x in middle.at],
            "view_projection_at_start": lens.view_projection.tolist(),
        }

    def _step(self, step: Step) -> dict[str, Any]:
        pose = self.movement.pose(step.contact_s)
        marks = self.surface.at(pose)
        state = kinematics(pose, marks)
        ankle = pose.at(f"foot{SUFFIX[step.side]}")
        marked_hip = 0.5 * (marks["left_hip"] + marks["right_hip"])
        overstride = ankle[0] - pose.mid("thigh")[0]
        fps, slow = self.clip.recording.fps, self.clip.recording.slow_motion_factor
        seen_off = step.toe_off_s < self.clip.recording.seconds
        return {
            "side": step.side,
            "contact_s": _r(step.contact_s, 5),
            "toe_off_s": _r(step.toe_off_s, 5) if seen_off else None,
            "contact_frame": _r(step.contact_s * fps, 3),
            "toe_off_frame": _r(step.toe_off_s * fps, 3) if seen_off else None,
            "contact_file_s": _r(step.contact_s * slow, 5),
            "contact_time_s": _r(step.toe_off_s - step.contact_s, 5),
            "overstride_m": _r(overstride, 5),
            "overstride_of_leg": _r(overstride / self.movement.skeleton.rig.leg_m, 5),
            "overstride_landmark_m": _r(marks[f"{step.side}_ankle"][0] - marked_hip[0], 5),
            "overstride_com_m": _r(ankle[0] - centre_of_mass(pose)[0], 5),
            "knee_flexion_deg": _r(state[f"knee_flexion_{step.side}_deg"], 2),
            "shank_deg": _r(state[f"shank_{step.side}_deg"], 2),
            "lean_joint_deg": _r(state["lean_joint_deg"], 2),
        }

    def _summary(self, steps: list[dict[str, Any]]) -> dict[str, float]:
        if self.clip.form.activity == "standing":
            return {key: _r(float(self.series(key).mean()), 3) for key in AVERAGED}
        contacts = np.array([step["contact_s"] for step in steps])
        whole = self._whole_strides(contacts)
        return {
            "contacts": len(contacts),
            "cadence_spm": _r(60 / np.diff(contacts).mean(), 3),
            "duty": _r(_mean(steps, "contact_time_s") / (2 * np.diff(contacts).mean())),
            **{key: _r(float(self.series(key)[whole].mean()), 3) for key in AVERAGED},
            **{key: _r(_mean(steps, key)) for key in PER_STEP},
            "contact_knee_deg": _r(_mean(steps, "knee_flexion_deg"), 2),
            "contact_shank_deg": _r(_mean(steps, "shank_deg"), 2),
            "vertical_oscillation_m": _r(self._bounce_m(contacts)),
            "stance_knee_peak_deg": _r(self._stance_knee_peak_deg(), 2),
            "trailing_thigh_deg": _r(-np.mean([self.series(f"thigh_{side}_deg").min() for side in SIDES]), 2),
            "pelvic_drop_peak_deg": _r(float(np.abs(self.series("pelvic_obliquity_deg")).max()), 2),
            "side_lean_peak_deg": _r(float(np.abs(self.series("side_lean_deg")).max()), 2),
            "step_width_m": self.clip.form.step_width_m,
            **_asymmetry(steps),
        }

    def _stance_knee_peak_deg(self) -> float:
        peaks = []
        for side in SIDES:
            contact = [self.movement.in_contact(side, t) for t in self.times]
            peaks.append(self.series(f"knee_flexion_{side}_deg")[contact].max())
        return float(np.mean(peaks))

    def _whole_strides(self, contacts: Array) -> Mask:
        """(T,) frames from the first contact up to the last one of the same foot."""
        last = contacts[(len(contacts) - 1) // 2 * 2]
        times = np.array(self.times)
        return np.asarray((times >= contacts[0]) & (times < last))

    def _bounce_m(self, contacts: Array) -> float:
        """Mean over steps of the mid-hip's peak to trough."""
        heights = []
        for start, end in pairwise(contacts):
            heights.append(np.ptp([self.movement.hip_height_m(t) for t in np.arange(start, end, FINE_S)]))
        return float(np.mean(heights))


def _mean(steps: list[dict[str, Any]], key: str) -> float:
    return float(np.mean([step[key] for step in steps]))


def _asymmetry(steps: list[dict[str, Any]]) -> dict[str, float]:
    """Left minus right, in % of their mean (times) or in metres."""
    left, right = ([step for step in steps if step["side"] == side] for side in SIDES)
    times = _mean(left, "contact_time_s"), _mean(right, "contact_time_s")
    return {
        "contact_time_asymmetry_pct": _r(200 * (times[0] - times[1]) / sum(times), 2),
        "overstride_difference_m": _r(_mean(left, "overstride_m") - _mean(right, "overstride_m")),
    }


def _r(value: float, digits: int = 4) -> float:
    return round(float(value), digits)
