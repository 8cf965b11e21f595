"""Small rotations and curves. Angles here are radians."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.integer[Any]]
Mask = NDArray[np.bool_]


def about_x(angle: float) -> Array:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def about_y(angle: float) -> Array:
    """Positive pitches forward: the top of an upright body moves ahead, a toe moves down."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def about_z(angle: float) -> Array:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def about(axis: Array, angle: float) -> Array:
    """Rotation about any axis (Rodrigues)."""
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)


def bone_frame(long: Array, hinge: Array) -> Array:
    """Columns: the axis across both, the hinge made perpendicular to the bone, the bone's own direction."""
    z = unit(long)
    y = unit(hinge - z * (hinge @ z))
    return np.stack([cross(y, z), y, z], 1)


def cross(a: Array, b: Array) -> Array:
    """Of two vectors (3,): NumPy's to the last bit, which takes ten times as long on so few numbers."""
    (a1, a2, a3), (b1, b2, b3) = a.tolist(), b.tolist()
    return np.array([a2 * b3 - a3 * b2, a3 * b1 - a1 * b3, a1 * b2 - a2 * b1])


def unit(vector: Array) -> Array:
    return np.asarray(vector / math.sqrt(vector @ vector))


def smoothstep(x: float) -> float:
    """0 below 0, 1 above 1, with no jump in rate or acceleration."""
    x = min(max(x, 0.0), 1.0)
    return x * x * x * (x * (6 * x - 15) + 10)


def hermite(x: float, knots: Sequence[float], values: Sequence[float], rates: Sequence[float]) -> float:
    """Cubic through values with given rates of change at the knots."""
    i = int(np.clip(np.searchsorted(knots, x) - 1, 0, len(knots) - 2))
    h = knots[i + 1] - knots[i]
    u = (x - knots[i]) / h
    start = (2 * u**3 - 3 * u**2 + 1) * values[i] + (u**3 - 2 * u**2 + u) * h * rates[i]
    return start + (-2 * u**3 + 3 * u**2) * values[i + 1] + (u**3 - u**2) * h * rates[i + 1]


def angle_between_deg(a: Array, b: Array) -> float:
    return float(np.degrees(np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))))
