"""The world around the runner, built from boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .maths import Array

SURFACES = {"WALL": 1, "PLANKS": 2, "BELT": 3, "GRASS": 4, "TRACK": 5, "TREES": 6, "PLASTIC": 7}
FAR_SURFACES = (SURFACES["WALL"], SURFACES["TREES"])  # too far for the runner's shadow

TREADMILL_FLOOR_Z = -0.22  # the deck stands this high above the room's floor


@dataclass(frozen=True)
class Box:
    centre: tuple[float, float, float]
    size: tuple[float, float, float]
    colour: tuple[float, float, float]
    surface: str


@dataclass(frozen=True)
class Light:
    """Key light (direction toward it, colour) and ambient from above and below, linear RGB."""

    sun: tuple[float, float, float]
    sun_colour: tuple[float, float, float]
    sky_colour: tuple[float, float, float]
    ground_colour: tuple[float, float, float]


LIGHTS = {
    "treadmill": Light((0.35, 0.55, 0.78), (0.95, 0.92, 0.86), (0.42, 0.43, 0.45), (0.20, 0.18, 0.16)),
    "track": Light((0.45, 0.50, 0.62), (1.15, 1.08, 0.95), (0.36, 0.42, 0.50), (0.16, 0.15, 0.12)),
}


def _room() -> list[Box]:
    z = TREADMILL_FLOOR_Z
    return [
        Box((0, 0, z - 0.05), (14, 10, 0.1), (0.33, 0.22, 0.14), "PLANKS"),
        Box((0, -3.2, 1.8), (16, 0.1, 4.2), (0.62, 0.64, 0.62), "WALL"),
        Box((4.6, 0, 1.8), (0.1, 10, 4.2), (0.58, 0.60, 0.60), "WALL"),
        Box((-6, 0, 1.8), (0.1, 10, 4.2), (0.58, 0.60, 0.60), "WALL"),
    ]


def _treadmill() -> list[Box]:
    grey, dark = (0.25, 0.25, 0.26), (0.16, 0.16, 0.17)
    boxes = [
        Box((0.25, 0, -0.02), (1.75, 0.50, 0.04), (0.045, 0.045, 0.05), "BELT"),
        Box((0.30, 0, -0.13), (1.95, 0.74, 0.17), (0.08, 0.08, 0.09), "PLASTIC"),
        Box((1.22, 0, 1.18), (0.10, 0.80, 0.22), (0.05, 0.05, 0.06), "PLASTIC"),
    ]
    for side in (1, -1):
        boxes += [
            Box((0.25, 0.31 * side, -0.02), (1.8, 0.11, 0.07), grey, "PLASTIC"),
            Box((1.20, 0.36 * side, 0.55), (0.06, 0.05, 1.2), dark, "PLASTIC"),
            Box((0.95, 0.36 * side, 0.98), (0.5, 0.04, 0.04), (0.12, 0.12, 0.12), "PLASTIC"),
        ]
    return boxes


def _furniture() -> list[Box]:
    return [
        Box((-3.2, -2.9, 0.4), (0.5, 0.5, 1.2), (0.35, 0.12, 0.10), "PLASTIC"),
        Box((2.9, -3.1, 1.6), (1.1, 0.04, 0.75), (0.75, 0.74, 0.70), "PLASTIC"),
        Box((2.9, -3.07, 1.65), (0.9, 0.03, 0.5), (0.12, 0.25, 0.40), "PLASTIC"),
    ]


def _track() -> list[Box]:
    return [
        Box((0, 0, -0.05), (80, 7.4, 0.1), (0.42, 0.13, 0.09), "TRACK"),
        Box((0, -14, -0.06), (80, 21, 0.1), (0.13, 0.22, 0.06), "GRASS"),
        Box((0, 16, -0.06), (80, 25, 0.1), (0.13, 0.22, 0.06), "GRASS"),
        Box((0, -16, 8), (120, 0.1, 22), (1, 1, 1), "TREES"),
        Box((30, 0, 8), (0.1, 120, 22), (1, 1, 1), "TREES"),
    ]


def boxes_of(scene: str) -> list[Box]:
    if scene == "treadmill":
        return [*_room(), *_treadmill(), *_furniture()]
    return _track()


@dataclass(frozen=True)
class Scenery:
    """Triangles of a scene: vertices (n, 3), normals (n, 3), colours (n, 4: RGB, surface), triangles (m, 3)."""

    vertices: Array
    normals: Array
    colours: Array
    triangles: Array

    @property
    def surface(self) -> Array:
        """(m,) surface number of each triangle."""
        return self.colours[self.triangles[:, 0], 3].astype(int)


def build(scene: str, camera_side: float) -> Scenery:
    """All boxes of a scene; the back wall always lies opposite the camera (``camera_side`` = sign of its Y)."""
    vertices, normals, colours, triangles = [], [], [], []
    flip = np.array([1.0, camera_side, 1.0])
    for box in boxes_of(scene):
        for axis in range(3):
            for sign in (-1, 1):
                first = 4 * len(vertices)
                corners, normal = _face(box, axis, sign)
                vertices.append(corners * flip)
                normals.append(np.tile(normal * flip, (4, 1)))
                colours.append(np.tile([*box.colour, SURFACES[box.surface]], (4, 1)))
                triangles += [[first, first + 1, first + 2], [first, first + 2, first + 3]]
    stacked = [np.concatenate(part) for part in (vertices, normals, colours)]
    return Scenery(*stacked, np.array(triangles))


def _face(box: Box, axis: int, sign: int) -> tuple[Array, Array]:
    """Four corners and the normal of one side of a box."""
    normal = np.zeros(3)
    normal[axis] = sign
    u = np.roll(np.array([1.0, 0, 0]), axis + 1)
    v = np.cross(normal, u)
    half = np.array(box.size) / 2
    corners = [np.array(box.centre) + half * (normal + a * u + b * v) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    return np.array(corners), normal
