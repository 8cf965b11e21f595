"""Where the lens stands and where points of the world fall in the image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .maths import Array, cross, unit
from .spec import ClipSpec

NEAR_M, FAR_M = 0.1, 60.0


def look_at(eye: Array, at: Array, roll: float = 0.0) -> Array:
    """(4, 4) world → camera: x right, y up, z toward the viewer; roll + = camera turned clockwise."""
    forward = unit(at - eye)
    level = unit(cross(forward, np.array([0.0, 0, 1])))
    upright = cross(level, forward)
    matrix = np.eye(4)
    matrix[0, :3] = np.cos(roll) * level - np.sin(roll) * upright
    matrix[1, :3] = np.cos(roll) * upright + np.sin(roll) * level
    matrix[2, :3] = -forward
    matrix[:3, 3] = -matrix[:3, :3] @ eye
    return matrix


def perspective(fov_y: float, aspect: float) -> Array:
    t = 1 / np.tan(fov_y / 2)
    matrix = np.zeros((4, 4))
    matrix[0, 0], matrix[1, 1], matrix[3, 2] = t / aspect, t, -1
    matrix[2, 2] = (FAR_M + NEAR_M) / (NEAR_M - FAR_M)
    matrix[2, 3] = 2 * FAR_M * NEAR_M / (NEAR_M - FAR_M)
    return matrix


def orthographic(half_width: float, near: float, far: float) -> Array:
    matrix = np.diag([1 / half_width, 1 / half_width, -2 / (far - near), 1.0])
    matrix[2, 3] = -(far + near) / (far - near)
    return matrix


@dataclass(frozen=True)
class Lens:
    """A pinhole camera at one moment."""

    eye: Array
    at: Array
    roll_deg: float
    fov_y_deg: float
    width_px: int
    height_px: int

    @property
    def view_projection(self) -> Array:
        aspect = self.width_px / self.height_px
        view = look_at(self.eye, self.at, np.radians(self.roll_deg))
        return perspective(np.radians(self.fov_y_deg), aspect) @ view

    @property
    def pitch_deg(self) -> float:
        """+ = looking up."""
        ahead = self.at - self.eye
        return float(np.degrees(np.arctan2(ahead[2], np.hypot(ahead[0], ahead[1]))))

    def project(self, points: Array) -> Array:
        """(n, 3) metres → (n, 2) pixels from the top left."""
        q = np.c_[points, np.ones(len(points))] @ self.view_projection.T
        q = q[:, :3] / q[:, 3:]
        return np.asarray(np.c_[(q[:, 0] * 0.5 + 0.5) * self.width_px, (0.5 - 0.5 * q[:, 1]) * self.height_px])


@dataclass(frozen=True)
class Stand:
    """Usual camera position for a view; azimuth 0 = ahead of the runner, 90 = on the runner's left."""

    azimuth_deg: float
    yaw_sign: float  # how yaw turns the azimuth
    distance_m: float = 4.4
    height_m: float = 1.05
    aim_ahead_m: float = 0.0
    aim_height_m: float = 0.86
    fov_deg: float = 30.0


STANDS = {
    "side": Stand(90.0, -1, aim_ahead_m=0.08),
    "rear": Stand(180.0, -1, height_m=1.15),
    "front": Stand(0.0, +1, height_m=1.15),
    "oblique": Stand(146.3, -1, distance_m=4.327, height_m=1.15, fov_deg=31.0),
}
PASSING = Stand(90.0, -1, distance_m=8.5, height_m=1.15, aim_height_m=0.95)  # the runner crosses the picture

WANDER_HZ = (0.35, 0.8, 1.7, 3.1, 7.4)  # of a hand holding a phone
WANDER_SHARES = (1.0, 0.7, 0.45, 0.25, 0.08)
WANDER_M_PER_DEG = 0.012  # SD of the hand's translation per degree of wander


class Wander:
    """Smooth noise of unit SD in several independent directions."""

    def __init__(self, directions: int, seed: int):
        random = np.random.default_rng(seed)
        shares = np.array(WANDER_SHARES)
        self.amplitude = shares / np.sqrt((shares**2).sum() / 2)
        self.rate = 2 * np.pi * np.array(WANDER_HZ) * random.uniform(0.85, 1.15, (directions, len(WANDER_HZ)))
        self.phase = random.uniform(0, 2 * np.pi, (directions, len(WANDER_HZ)))

    def at(self, time_s: float) -> Array:
        return np.asarray((self.amplitude * np.sin(self.rate * time_s + self.phase)).sum(1))


class Filming:
    """The camera of a clip over time, with its view's usual position where the clip does not specify one."""

    def __init__(self, clip: ClipSpec):
        self.clip, spec = clip, clip.camera
        passing = not clip.setting.treadmill and spec.view == "side" and spec.moves != "alongside"
        stand = PASSING if passing else STANDS[spec.view]
        mirror = -1.0 if spec.view == "side" and spec.facing == "right" else 1.0
        azimuth = np.radians(stand.azimuth_deg + stand.yaw_sign * spec.yaw_deg) * mirror
        distance = _or(spec.distance_m, stand.distance_m)
        self.at = np.array([stand.aim_ahead_m, 0.0, _or(spec.aim_height_m, stand.aim_height_m)])
        level = np.array([self.at[0] + distance * np.cos(azimuth), distance * np.sin(azimuth), 0.0])
        self.eye = level + np.array([0.0, 0.0, _or(spec.height_m, stand.height_m)])
        self.fov_y_deg = _or(spec.fov_deg, stand.fov_deg)
        self.wander = Wander(6, clip.form.seed)

    @property
    def still(self) -> bool:
        return self.clip.camera.shake_deg == 0 and self.clip.camera.moves == "still"

    @property
    def side(self) -> float:
        """+1 when the camera stands on the runner's left (or behind or ahead), -1 on the right."""
        return -1.0 if self.eye[1] < -1 else 1.0

    def lens(self, time_s: float = 0.0, travel: Array | None = None) -> Lens:
        """The lens at a moment; ``travel`` is how far the runner has come."""
        spec, recording = self.clip.camera, self.clip.recording
        travel = np.zeros(3) if travel is None else travel
        eye = self.eye + (travel if spec.moves == "alongside" else 0.0)
        at = self.at + (travel if spec.moves != "still" else 0.0)
        roll_deg = spec.roll_deg
        if spec.shake_deg:
            wander = spec.shake_deg * self.wander.at(time_s)
            distance = float(np.linalg.norm(at - eye))
            eye = eye + WANDER_M_PER_DEG * wander[:3]
            across = unit(cross(at - eye, np.array([0.0, 0, 1])))
            at = at + distance * np.radians(wander[3]) * across + np.array([0, 0, distance * np.radians(wander[4])])
            roll_deg += 0.5 * wander[5]
        return Lens(eye, at, roll_deg, self.fov_y_deg, recording.width_px, recording.height_px)


def _or(value: float | None, usual: float) -> float:
    return usual if value is None else value
