"""Garments that hang free of the body: a skirt, a hood. Meshes at rest, as grids closed into rings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .maths import Array, Indices

AROUND = 48  # corners of a ring

SKIRT_WAIST_M = 0.10  # above the hips
SKIRT_LENGTH = 0.45  # share of the thigh, below the hips
SKIRT_OFF_M, FLARE = 0.010, 0.10  # at the waist; how much it widens, per metre down
SKIRT_RINGS = 12

HOOD_RINGS = 14
HOOD_DOWN_M = (0.050, 0.105, 0.080)  # half axes of the cloth that lies on the nape
HOOD_DOWN_BELOW_NECK_M = 0.035
HOOD_OFF_HEAD_M = 0.030
FACE_M = 0.030  # behind the eyes: where the opening of a raised hood ends


@dataclass(frozen=True)
class Drape:
    """vertices (n, 3), triangles (m, 3), inside_m (n,) from the hem, negative where it is cut away."""

    vertices: Array
    triangles: Indices
    inside_m: Array


def skirt(torso: Array, hip_z: float, thigh_m: float) -> Drape:
    """Around both legs from the waist down; torso (n, 3) the body under it at rest."""
    rings = []
    top, hem = hip_z + SKIRT_WAIST_M, hip_z - SKIRT_LENGTH * thigh_m
    for z in np.linspace(top, hem, SKIRT_RINGS):
        at = torso[np.abs(torso[:, 2] - z) < 0.03, :2]
        rings.append(np.c_[_around(at, SKIRT_OFF_M + FLARE * (top - z)), np.full(AROUND, z)])
    vertices = np.concatenate(rings)
    return Drape(vertices, _grid(SKIRT_RINGS), np.ones(len(vertices)))


def hood_down(torso: Array, neck_z: float) -> Drape:
    """A bag of cloth on the nape."""
    z = neck_z - HOOD_DOWN_BELOW_NECK_M
    nape = torso[(np.abs(torso[:, 1]) < 0.05) & (np.abs(torso[:, 2] - z) < 0.03)]
    vertices = _ball(np.array([nape[:, 0].min(), 0.0, z]), np.array(HOOD_DOWN_M))
    return Drape(vertices, _grid(HOOD_RINGS), np.ones(len(vertices)))


def hood_up(body: Array, head: Array, eye_x: float) -> Drape:
    """Over the head and down to the shoulders, open in front of the face."""
    skull = body[body[:, 2] > head[2]]
    low, high = skull.min(axis=0), skull.max(axis=0)
    low[2] = head[2] - 0.09
    vertices = _ball(0.5 * (low + high), 0.5 * (high - low) * (0.95, 1.05, 1.0) + HOOD_OFF_HEAD_M)
    return Drape(vertices, _grid(HOOD_RINGS), eye_x - FACE_M - vertices[:, 0])


def _around(points: Array, off_m: float) -> Array:
    """(AROUND, 2) a ring around all points (n, 2), clear of them by off_m."""
    middle, angle = 0.5 * (points.min(axis=0) + points.max(axis=0)), np.linspace(0, 2 * np.pi, AROUND, endpoint=False)
    ways = np.c_[np.cos(angle), np.sin(angle)]
    reach = ((points - middle) @ ways.T).max(axis=0) + off_m
    return np.asarray(middle + reach[:, None] * ways)


def _ball(centre: Array, half_axes: Array) -> Array:
    """(HOOD_RINGS * AROUND, 3) from the top down."""
    height, angle = np.meshgrid(
        np.linspace(0.02, np.pi - 0.02, HOOD_RINGS), np.linspace(0, 2 * np.pi, AROUND, endpoint=False), indexing="ij"
    )
    ways = np.stack([np.sin(height) * np.cos(angle), np.sin(height) * np.sin(angle), np.cos(height)], axis=-1)
    return np.asarray(centre + ways.reshape(-1, 3) * half_axes)


def _grid(rings: int) -> Indices:
    """(m, 3) between rings, from the top down, facing outwards."""
    ring, corner = np.meshgrid(np.arange(rings - 1), np.arange(AROUND), indexing="ij")
    upper, lower = ring * AROUND + corner, (ring + 1) * AROUND + corner
    after = np.where(corner == AROUND - 1, 1 - AROUND, 1)
    quads = np.stack([upper, lower, lower + after, upper + after], axis=-1).reshape(-1, 4)
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
