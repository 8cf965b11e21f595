"""Where the lens stands and where points of the world fall in the image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .maths import Array, unit
from .spec import Clip

NEAR_M, FAR_M = 0.1, 60.0


def look_at(eye: Array, at: Array) -> Array:
    """(4, 4) world → camera: x right, y up, z toward the viewer."""
    forward = unit(at - eye)
    right = unit(np.cross(forward, np.array([0.0, 0, 1])))
    matrix = np.eye(4)
    matrix[0, :3], matrix[1, :3], matrix[2, :3] = right, np.cross(right, forward), -forward
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
    """A pinhole camera that stands still."""

    eye: Array
    at: Array
    fov_y_deg: float
    width_px: int
    height_px: int

    @property
    def view_projection(self) -> Array:
        aspect = self.width_px / self.height_px
        return perspective(np.radians(self.fov_y_deg), aspect) @ look_at(self.eye, self.at)

    def project(self, points: Array) -> Array:
        """(n, 3) metres → (n, 2) pixels from the top left."""
        q = np.c_[points, np.ones(len(points))] @ self.view_projection.T
        q = q[:, :3] / q[:, 3:]
        return np.c_[(q[:, 0] * 0.5 + 0.5) * self.width_px, (0.5 - 0.5 * q[:, 1]) * self.height_px]


@dataclass(frozen=True)
class Stand:
    """Usual place of the camera for a view; azimuth 0 = ahead of the runner, 90 = on the runner's left."""

    azimuth_deg: float
    distance_m: float = 4.4
    height_m: float = 1.05
    aim_ahead_m: float = 0.0
    aim_height_m: float = 0.86
    fov_deg: float = 30.0


STANDS = {
    "side": Stand(90.0, aim_ahead_m=0.08),
    "rear": Stand(180.0, height_m=1.15),
    "front": Stand(0.0, height_m=1.15),
    "oblique": Stand(146.3, distance_m=4.327, height_m=1.15, fov_deg=31.0),
}
OVERGROUND = Stand(90.0, distance_m=8.5, height_m=1.15, aim_height_m=0.95)


def lens_of(clip: Clip) -> Lens:
    """The lens of a clip, with the usual place of its view where the clip says nothing."""
    spec, recording = clip.camera, clip.recording
    stand = OVERGROUND if clip.overground and spec.view == "side" else STANDS[spec.view]
    side = -1.0 if spec.view == "side" and spec.facing == "right" else 1.0
    azimuth = np.radians(stand.azimuth_deg) * side
    distance = spec.distance_m or stand.distance_m
    at = np.array([stand.aim_ahead_m, 0.0, _or(spec.aim_height_m, stand.aim_height_m)])
    eye = np.array([at[0] + distance * np.cos(azimuth), distance * np.sin(azimuth), _or(spec.height_m, stand.height_m)])
    fov = spec.fov_deg or stand.fov_deg
    return Lens(eye, at, fov, recording.width_px, recording.height_px)


def _or(value: float | None, usual: float) -> float:
    return usual if value is None else value
