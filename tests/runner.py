"""A drawn runner: landmarks of an analytic running or walking stride whose true values are known exactly.

Side view, or from behind or in front in perspective; lengths in metres, x forward, y up, then turned into pixels.
The stance foot moves with the ground, the swing foot along a smooth curve, knees follow by two-link inverse kinematics.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from formcheck.datatypes import SIDES, PoseTrack
from formcheck.landmarks import BLAZEPOSE

THIGH, SHANK, TRUNK, NECK = 0.43, 0.43, 0.50, 0.22
LEG = THIGH + SHANK
OUT = {
    "ear": 0.07,
    "shoulder": 0.17,
    "elbow": 0.24,
    "wrist": 0.22,
    "pinky": 0.22,
    "index": 0.22,
    "thumb": 0.22,
    "hip": 0.09,
}
CAMERA_AWAY_M, CAMERA_HEIGHT_M = 4.5, 1.1  # from behind and in front


@dataclass(frozen=True)
class Runner:
    cadence_spm: float = 170.0
    speed_m_s: float = 2.8
    duty: float = 0.34  # contact time / stride time
    overstride_m: float = 0.16  # ankle ahead of mid-hip at initial contact
    lean_deg: float = 7.0  # mid-hip to mid-shoulder, forward
    neck_flexion_deg: float = 4.0  # shoulder-to-ear line relative to the trunk, forward
    bounce_m: float = 0.08  # mid-hip, peak to trough
    strike_deg: float = 0.0  # sole at contact, + = heel first
    head_pitch_deg: float = 0.0  # ear to nose below the horizontal
    sway_deg: float = 0.0  # largest minus smallest lean within a stride
    arm_swing_deg: float = 40.0  # range of the upper arm relative to the trunk
    elbow_deg: float = 90.0
    contact_asymmetry: float = 0.0  # left contact longer than right, share of their mean
    step_asymmetry: float = 0.0  # left step longer than right, likewise
    jitter: float = 0.0  # standard deviation of the stride time, as a share of it
    lean_drift_deg: float = 0.0  # change from the clip's start to its end
    head_drift_deg: float = 0.0  # likewise
    bounce_drift_m: float = 0.0  # likewise
    walking: bool = False
    standing_reach: float = 0.0  # someone standing, feet under the hips: hip to ankle / leg length; 0: not standing
    fps: float = 60.0
    seconds: float = 10.0
    facing: int = 1  # +1 image right
    slowed: float = 1.0  # the clock of the track runs this many times too slow
    travels: bool = False  # crosses the picture instead of staying in it
    noise_px: float = 0.0
    px_per_m: float = 300.0
    uneven: bool = False  # frame times as a phone writes them
    slope: float = 0.0  # of the ground, rise per unit length forward
    swapped_frames: tuple[int, ...] = field(default_factory=tuple)
    seed: int = 0
    view: str = "side"  # or "rear", "front"; what follows shows only in those
    side_sway_deg: float = 2.0  # of the trunk, to each side, over the stance leg
    step_width_m: float = 0.06  # from ankle to ankle, negative when the feet cross

    @property
    def stride_s(self) -> float:
        return 120 / self.cadence_spm

    def contact_times(self, side: str) -> np.ndarray:
        """Real times of the side's initial contacts within the clip."""
        strides = np.arange(len(self._left_contacts()) - 1) + self._late(side)
        times = np.interp(strides, np.arange(len(self._left_contacts())), self._left_contacts())
        return times[(times >= 0) & (times <= self.seconds)]

    def _left_contacts(self) -> np.ndarray:
        """Real times of all left contacts, from before the clip to after it."""
        count = int(self.seconds / self.stride_s) + 8
        longer = self.jitter * np.random.default_rng(self.seed + 1).standard_normal(count)
        ends = np.cumsum(1 + longer)
        return np.asarray(0.13 + self.stride_s * (ends - ends[2]))

    def _late(self, side: str) -> float:
        """Strides from the left contact to this side's."""
        return 0.0 if side == "left" else 0.5 - self.step_asymmetry / 4

    def _phase(self, time_s: np.ndarray, side: str) -> np.ndarray:
        contacts = self._left_contacts()
        return (np.interp(time_s, contacts, np.arange(len(contacts))) - self._late(side)) % 1

    def _duty(self, side: str) -> float:
        return self.duty * (1 + (0.5 if side == "left" else -0.5) * self.contact_asymmetry)

    def _through(self, time_s: np.ndarray) -> np.ndarray:
        """0 at the clip's start, 1 at its end."""
        return time_s / self.seconds

    def _foot(self, phase: np.ndarray, side: str) -> tuple[np.ndarray, np.ndarray]:
        """Ankle: x forward of the mid-hip's mean position, height above the floor."""
        if self.standing_reach:
            return np.zeros_like(phase), np.full_like(phase, 0.08)
        duty = self._duty(side)
        travel = self.speed_m_s * self.stride_s * duty
        u = np.clip((phase - duty) / (1 - duty), 0, 1)
        slope = -self.speed_m_s * self.stride_s * (1 - duty)
        x0, x1 = self.overstride_m - travel, self.overstride_m
        hermite = (
            (2 * u**3 - 3 * u**2 + 1) * x0 + (u**3 - 2 * u**2 + u) * slope
            + (3 * u**2 - 2 * u**3) * x1 + (u**3 - u**2) * slope
        )  # fmt: skip
        x = np.where(phase < duty, self.overstride_m - self.speed_m_s * self.stride_s * phase, hermite)
        lift = 0.12 if self.walking else 0.32
        return x, 0.08 + self.slope * x + np.where(phase < duty, 0.0, lift * np.sin(np.pi * u**0.8) ** 2)

    def track(self) -> PoseTrack:
        rng = np.random.default_rng(self.seed)
        time_s = np.arange(int(self.seconds * self.fps)) / self.fps
        if self.uneven:
            time_s = time_s + rng.uniform(-0.3, 0.3, len(time_s)) / self.fps
        points = self._points(time_s)
        xy = np.stack([points[name] for name in BLAZEPOSE.names], axis=1)
        if self.travels:
            xy[..., 0] += (self.speed_m_s * (time_s - self.seconds / 2))[:, None]
        if self.view == "side":
            xy = xy * np.array([self.facing, -1]) * self.px_per_m + np.array([2000.0, 1500.0])
        else:
            xy = self._from_behind(xy, time_s)
        xy += rng.normal(0, self.noise_px, xy.shape) if self.noise_px else 0
        for frame in self.swapped_frames:
            for joint in ("hip", "knee", "ankle", "heel", "foot_index"):
                pair = [BLAZEPOSE.index[f"left_{joint}"], BLAZEPOSE.index[f"right_{joint}"]]
                xy[frame, pair] = xy[frame, pair[::-1]]
        world = self._in_space(np.stack([points[name] for name in BLAZEPOSE.names], axis=1))
        camera = np.zeros((len(time_s), 2))
        return PoseTrack(time_s * self.slowed, xy, world, np.full(xy.shape[:2], 0.9), camera)

    def _in_space(self, points: np.ndarray) -> np.ndarray:
        """(T, 33, 3) metres from the hips, out of (forward, up), in camera axes: x right, y down, z away."""
        about_hips = points - points[:, [BLAZEPOSE.index["left_hip"]]]
        ahead, left = {"side": (0, 2), "rear": (2, 0), "front": (2, 0)}[self.view]
        ahead_sign, left_sign = {"side": (self.facing, self.facing), "rear": (1, -1), "front": (-1, 1)}[self.view]
        world = np.zeros((*points.shape[:2], 3))
        world[..., ahead], world[..., 1] = ahead_sign * about_hips[..., 0], -about_hips[..., 1]
        for joint in ("shoulder", "hip"):
            world[:, BLAZEPOSE.index[f"left_{joint}"], left] = 0.15 * left_sign
            world[:, BLAZEPOSE.index[f"right_{joint}"], left] = -0.15 * left_sign
        return world

    def _from_behind(self, points: np.ndarray, time_s: np.ndarray) -> np.ndarray:
        """(T, 33, 2) pixels out of (forward, up), for a camera behind the runner or, for the front view, ahead."""
        to_camera = -1 if self.view == "rear" else 1
        over_left = np.cos(2 * np.pi * (self._phase(time_s, "left") - self.duty / 2))
        hip_height = points[:, BLAZEPOSE.index["left_hip"], 1]
        lateral = np.zeros(points.shape[:2])  # + to the runner's left
        for side, sign in (("left", 1), ("right", -1)):
            for joint, out in OUT.items():
                lateral[:, BLAZEPOSE.index[f"{side}_{joint}"]] = sign * out
            for joint in ("ankle", "heel", "foot_index"):
                lateral[:, BLAZEPOSE.index[f"{side}_{joint}"]] = sign * self.step_width_m / 2
            lateral[:, BLAZEPOSE.index[f"{side}_knee"]] = sign * (OUT["hip"] + self.step_width_m / 2) / 2
        above = np.maximum(points[..., 1] - hip_height[:, None], 0)
        lateral += above * np.tan(np.radians(self.side_sway_deg)) * over_left[:, None]
        depth = CAMERA_AWAY_M - to_camera * points[..., 0]
        scale = self.px_per_m * CAMERA_AWAY_M / depth
        picture = np.stack([to_camera * lateral * scale, (CAMERA_HEIGHT_M - points[..., 1]) * scale], axis=2)
        return picture + np.array([2000.0, 1500.0])

    def _points(self, time_s: np.ndarray) -> dict[str, np.ndarray]:
        stance = self._phase(time_s, "left") - self.duty / 2  # 0 in the middle of left contact
        swing = np.cos(4 * np.pi * stance) * (1 if self.walking else -1)
        leg = 0.93 * LEG if not self.walking else 0.955 * LEG
        leg = self.standing_reach * LEG or leg
        bounce = 0.0 if self.standing_reach else self.bounce_m + self.bounce_drift_m * (self._through(time_s) - 0.5)
        hip = np.stack([np.zeros_like(time_s), 0.08 + leg + 0.5 * bounce * swing], axis=1)
        lean = self.lean_deg + 0.5 * self.sway_deg * np.sin(4 * np.pi * stance)
        lean = lean + self.lean_drift_deg * (self._through(time_s) - 0.5)
        shoulder = hip + TRUNK * _up(lean)
        ear = shoulder + NECK * _up(lean + self.neck_flexion_deg)
        pitch = self.head_pitch_deg + self.head_drift_deg * (self._through(time_s) - 0.5)
        points = {name: ear + 0.1 * _up(90 + pitch) for name in BLAZEPOSE.names[:11]}
        points |= {"left_ear": ear, "right_ear": ear}
        for side in SIDES:
            phase = self._phase(time_s, side)
            x, height = self._foot(phase, side)
            ankle = np.stack([x, height], axis=1)
            points |= {f"{side}_hip": hip, f"{side}_shoulder": shoulder, f"{side}_ankle": ankle}
            points[f"{side}_knee"] = _knee(hip, ankle)
            near_contact = np.minimum(phase, 1 - phase)
            pitch = self.strike_deg * np.exp(-((near_contact / 0.07) ** 2))
            points[f"{side}_heel"] = ankle + _turned(np.array([-0.05, -0.06]), pitch)
            points[f"{side}_foot_index"] = ankle + _turned(np.array([0.14, -0.07]), pitch)
            upper = lean + 180 + 0.5 * self.arm_swing_deg * np.cos(2 * np.pi * phase)
            points[f"{side}_elbow"] = shoulder + 0.28 * _up(upper)
            for hand in ("wrist", "pinky", "index", "thumb"):
                points[f"{side}_{hand}"] = points[f"{side}_elbow"] + 0.25 * _up(upper + self.elbow_deg - 180)
        return points


def _up(lean_deg: np.ndarray) -> np.ndarray:
    """(n, 2) unit vectors that lean forward from vertical."""
    return np.stack([np.sin(np.radians(lean_deg)), np.cos(np.radians(lean_deg))], axis=1)


def _turned(line: np.ndarray, toe_up_deg: np.ndarray) -> np.ndarray:
    """(n, 2) a line of the foot, with its front lifted."""
    cos, sin = np.cos(np.radians(toe_up_deg)), np.sin(np.radians(toe_up_deg))
    return np.stack([line[0] * cos - line[1] * sin, line[0] * sin + line[1] * cos], axis=1)


def _knee(hip: np.ndarray, ankle: np.ndarray) -> np.ndarray:
    """Two-link inverse kinematics, knee bending forward."""
    along = ankle - hip
    reach = np.minimum(np.linalg.norm(along, axis=1), 0.9995 * LEG)
    share = (THIGH**2 - SHANK**2 + reach**2) / (2 * reach)
    out = np.sqrt(np.maximum(THIGH**2 - share**2, 0))
    unit = along / np.linalg.norm(along, axis=1, keepdims=True)
    forward = np.stack([-unit[:, 1], unit[:, 0]], axis=1)
    return hip + unit * share[:, None] + forward * out[:, None]
