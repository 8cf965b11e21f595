"""The world around the runner, built from boxes, and its light."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .maths import Array, Indices
from .spec import ClipSpec, Colour

SURFACES = {
    "WALL": 1,
    "PLANKS": 2,
    "BELT": 3,
    "GRASS": 4,
    "TRACK": 5,
    "TREES": 6,
    "PLASTIC": 7,
    "PLAIN": 8,
    "PAVING": 9,
    "BACKDROP": 10,
}
FAR_SURFACES = tuple(SURFACES[name] for name in ("WALL", "TREES", "BACKDROP"))  # too far away for the runner's shadow
DECK_M = 0.22  # height of the treadmill's deck above the floor

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Box:
    centre: Triple
    size: Triple
    colour: Colour
    surface: str = "PLASTIC"


@dataclass(frozen=True)
class Light:
    """Key light (direction toward it, colour), ambient from above and below, linear RGB; gain of far surfaces."""

    sun: Triple
    sun_colour: Colour
    sky_colour: Colour
    ground_colour: Colour
    backdrop_gain: float = 1.0


INDOORS = Light((0.35, 0.55, 0.78), (0.95, 0.92, 0.86), (0.42, 0.43, 0.45), (0.20, 0.18, 0.16))
OUTDOORS = Light((0.45, 0.50, 0.62), (1.15, 1.08, 0.95), (0.36, 0.42, 0.50), (0.16, 0.15, 0.12))
OUTDOOR_PLACES = ("park", "track")
LOW_SUN: Triple = (0.62, 0.45, 0.42)  # 29° high
MIRROR_M = 1.5  # distance of the mirror wall beyond the runner


def light_of(clip: ClipSpec) -> Light:
    """The key light always comes from the camera's side, except in backlight."""
    light = OUTDOORS if clip.setting.place in OUTDOOR_PLACES else INDOORS
    if clip.setting.light == "bright":
        return _scaled(light, 1.25, 1.15)
    if clip.setting.light == "hard":
        return replace(_scaled(light, 1.5, 0.4), sun=LOW_SUN)
    if clip.setting.light == "dim":
        return replace(_scaled(light, 0.22, 0.25), backdrop_gain=0.9)
    if clip.setting.light == "backlit":
        behind = (light.sun[0], -0.75, 0.45)
        bright = 2.6 if clip.setting.place in OUTDOOR_PLACES else 5.5
        return replace(_scaled(light, 1.2, 0.45), sun=behind, backdrop_gain=bright)
    return light


def _scaled(light: Light, key: float, ambient: float) -> Light:
    def times(colour: Colour, gain: float) -> Colour:
        return (colour[0] * gain, colour[1] * gain, colour[2] * gain)

    return replace(
        light,
        sun_colour=times(light.sun_colour, key),
        sky_colour=times(light.sky_colour, ambient),
        ground_colour=times(light.ground_colour, ambient),
    )


# ---- places; z is the height of the floor


def _gym(z: float) -> list[Box]:
    return [
        Box((0, 0, z - 0.05), (14, 10, 0.1), (0.33, 0.22, 0.14), "PLANKS"),
        Box((0, -3.2, 1.8), (16, 0.1, 4.2), (0.62, 0.64, 0.62), "WALL"),
        Box((4.6, 0, 1.8), (0.1, 10, 4.2), (0.58, 0.60, 0.60), "WALL"),
        Box((-6, 0, 1.8), (0.1, 10, 4.2), (0.58, 0.60, 0.60), "WALL"),
    ]


def _furniture() -> list[Box]:
    return [
        Box((-3.2, -2.9, 0.4), (0.5, 0.5, 1.2), (0.35, 0.12, 0.10)),
        Box((2.9, -3.1, 1.6), (1.1, 0.04, 0.75), (0.75, 0.74, 0.70)),
        Box((2.9, -3.07, 1.65), (0.9, 0.03, 0.5), (0.12, 0.25, 0.40)),
    ]


def _plain(z: float) -> list[Box]:
    return [
        Box((0, 0, z - 0.05), (30, 14, 0.1), (0.42, 0.42, 0.42), "PLAIN"),
        Box((0, -4.0, 3.0), (30, 0.1, 7.0), (0.66, 0.67, 0.68), "BACKDROP"),
        Box((8, 0, 3.0), (0.1, 14, 7.0), (0.66, 0.67, 0.68), "BACKDROP"),
        Box((-8, 0, 3.0), (0.1, 14, 7.0), (0.66, 0.67, 0.68), "BACKDROP"),
    ]


def _clutter(z: float) -> list[Box]:
    """Machines, racks, posters and mirrors along the walls; always the same."""
    random = np.random.default_rng(4)
    boxes = []
    for x in np.arange(-5.2, 4.4, 0.55):
        colour = tuple(random.uniform(0.02, 0.5, 3))
        height = random.uniform(0.5, 1.9)
        depth = random.uniform(0.2, 0.6)
        y = random.uniform(-2.9, -2.2)
        boxes.append(Box((x, y, z + height / 2), (random.uniform(0.08, 0.5), depth, height), colour))
        boxes.append(Box((x, y + 0.2, z + height), (random.uniform(0.3, 0.8), 0.08, 0.08), (0.3, 0.3, 0.32)))
    for x in np.arange(-5.5, 4.4, 1.3):
        colour = tuple(random.uniform(0.05, 0.9, 3))
        boxes.append(Box((x, -3.13, random.uniform(1.4, 2.4)), (random.uniform(0.4, 1.0), 0.03, 0.7), colour, "PLAIN"))
    for y in np.arange(-2.0, 4.0, 0.9):
        for x in (-5.5, 4.2):
            colour = tuple(random.uniform(0.02, 0.5, 3))
            height = random.uniform(0.6, 1.9)
            boxes.append(Box((x, y, z + height / 2), (0.4, random.uniform(0.1, 0.5), height), colour))
    return boxes


def _park(z: float) -> list[Box]:
    random = np.random.default_rng(9)
    boxes = [
        Box((0, 0, z - 0.05), (90, 4.4, 0.1), (0.45, 0.43, 0.40), "PAVING"),
        Box((0, -12.2, z - 0.06), (90, 20, 0.1), (0.13, 0.22, 0.06), "GRASS"),
        Box((0, 12.2, z - 0.06), (90, 20, 0.1), (0.13, 0.22, 0.06), "GRASS"),
        Box((0, -13, 8), (120, 0.1, 22), (1, 1, 1), "TREES"),
        Box((45, 0, 8), (0.1, 120, 22), (1, 1, 1), "TREES"),
        Box((-45, 0, 8), (0.1, 120, 22), (1, 1, 1), "TREES"),
    ]
    for x in np.arange(-40, 40, 2.7):
        trunk = random.uniform(0.15, 0.4)
        y = random.uniform(-9.5, -3.6)
        boxes.append(Box((x, y, z + 2.5), (trunk, trunk, 5.0), (0.10, 0.07, 0.045), "PLAIN"))
    for x in np.arange(-38, 40, 9.0):
        boxes.append(Box((x, -2.9, z + 0.42), (1.6, 0.45, 0.06), (0.30, 0.19, 0.10)))
        boxes.append(Box((x, -3.1, z + 0.72), (1.6, 0.06, 0.30), (0.30, 0.19, 0.10)))
    return boxes


def _track(z: float) -> list[Box]:
    return [
        Box((0, 0, z - 0.05), (80, 7.4, 0.1), (0.42, 0.13, 0.09), "TRACK"),
        Box((0, -14, z - 0.06), (80, 21, 0.1), (0.13, 0.22, 0.06), "GRASS"),
        Box((0, 16, z - 0.06), (80, 25, 0.1), (0.13, 0.22, 0.06), "GRASS"),
        Box((0, -16, 8), (120, 0.1, 22), (1, 1, 1), "TREES"),
        Box((30, 0, 8), (0.1, 120, 22), (1, 1, 1), "TREES"),
    ]


def _mirrors(z: float) -> list[Box]:
    """A gym whose wall of mirrors is a framed opening: ``boxes_of`` puts everything behind it once more."""
    wall, edge = (0.60, 0.61, 0.60), -MIRROR_M
    return [
        Box((0, 3.0, z - 0.05), (12, 9, 0.1), (0.33, 0.22, 0.14), "PLANKS"),
        *(Box((x, 3.0, 2.7), (0.1, 9, 6.0), wall, "WALL") for x in (-6, 6)),
        Box((0, 7.5, 2.7), (12, 0.1, 6.0), wall, "WALL"),
        *(Box((x, edge, 1.8), (3.6, 0.04, 4.2), wall, "WALL") for x in (-4.2, 4.2)),
        *(Box((0, edge, at), (4.8, 0.04, high), wall, "WALL") for at, high in ((z + 0.1, 0.2), (3.0, 1.6))),
    ]


def _reflected(boxes: list[Box]) -> list[Box]:
    """What the mirrors show."""
    return [replace(box, centre=(box.centre[0], -2 * MIRROR_M - box.centre[1], box.centre[2])) for box in boxes]


PLACES = {
    "gym": lambda z: [*_gym(z), *_furniture()],
    "plain": _plain,
    "busy_gym": lambda z: [*_gym(z), *_clutter(z)],
    "mirrors": _mirrors,
    "park": _park,
    "track": _track,
}


# ---- things near the runner


def _treadmill(x: float = 0.0, y: float = 0.0) -> list[Box]:
    grey, dark = (0.25, 0.25, 0.26), (0.16, 0.16, 0.17)
    boxes = [
        Box((0.25, 0, -0.02), (1.75, 0.50, 0.04), (0.045, 0.045, 0.05), "BELT"),
        Box((0.30, 0, -0.13), (1.95, 0.74, 0.17), (0.08, 0.08, 0.09)),
        Box((1.22, 0, 1.18), (0.10, 0.80, 0.22), (0.05, 0.05, 0.06)),
    ]
    for side in (1, -1):
        boxes += [
            Box((0.25, 0.31 * side, -0.02), (1.8, 0.11, 0.07), grey),
            Box((1.20, 0.36 * side, 0.55), (0.06, 0.05, 1.2), dark),
            Box((0.95, 0.36 * side, 0.98), (0.5, 0.04, 0.04), (0.12, 0.12, 0.12)),
        ]
    return [replace(box, centre=(box.centre[0] + x, box.centre[1] + y, box.centre[2])) for box in boxes]


HIDING = {
    "nothing": [],
    "handrail": [
        Box((0.30, 0.44, 0.98), (1.75, 0.05, 0.05), (0.55, 0.55, 0.57)),
        Box((0.30, 0.44, 0.62), (1.75, 0.04, 0.04), (0.55, 0.55, 0.57)),
        Box((-0.55, 0.44, 0.42), (0.05, 0.05, 1.16), (0.55, 0.55, 0.57)),
        Box((1.16, 0.44, 0.42), (0.05, 0.05, 1.16), (0.55, 0.55, 0.57)),
    ],
    "console": [
        Box((0.66, 0.44, 1.16), (0.52, 0.06, 0.34), (0.05, 0.05, 0.06)),
        Box((0.72, 0.44, 0.42), (0.12, 0.06, 1.20), (0.16, 0.16, 0.17)),
    ],
    "post": [Box((-0.20, 1.6, 1.1), (0.10, 0.10, 3.4), (0.33, 0.30, 0.26), "PLAIN")],
}


def company_place(clip: ClipSpec, camera_side: float) -> Array:
    """(3,) ground origin of the second person; one who passes moves along x from there."""
    company, setting = clip.company, clip.setting
    y = camera_side * company.away_m * (1 if company.in_front else -1)
    on_treadmill = setting.treadmill and company.doing == "running"
    z = -DECK_M if setting.treadmill and not on_treadmill else 0.0
    return np.array([0.0 if company.doing == "passing" else company.ahead_m, y, z])


def boxes_of(clip: ClipSpec) -> list[Box]:
    """Everything around the runner, for a camera on the runner's left."""
    setting, company = clip.setting, clip.company
    boxes = PLACES[setting.place](-DECK_M if setting.treadmill else 0.0)
    if setting.treadmill:
        boxes = boxes + _treadmill()
        if company.doing == "running":
            boxes += _treadmill(company.ahead_m, company.away_m * (1 if company.in_front else -1))
    boxes = boxes + HIDING[setting.hidden_by]
    return boxes + _reflected(boxes) if setting.place == "mirrors" else boxes


@dataclass(frozen=True)
class Scenery:
    """Triangles of a scene: vertices (n, 3), normals (n, 3), colours (n, 4: RGB, surface), triangles (m, 3)."""

    vertices: Array
    normals: Array
    colours: Array
    triangles: Indices

    @property
    def surface(self) -> Indices:
        """(m,) surface number of each triangle."""
        return np.asarray(self.colours[self.triangles[:, 0], 3].astype(int))


def build(boxes: list[Box], camera_side: float) -> Scenery:
    """All boxes, mirrored so that the back wall is always opposite the camera (``camera_side`` = sign of its Y)."""
    vertices: list[Array] = []
    normals: list[Array] = []
    colours: list[Array] = []
    triangles: list[list[int]] = []
    flip = np.array([1.0, camera_side, 1.0])
    for box in boxes:
        for axis in range(3):
            for sign in (-1, 1):
                first = 4 * len(vertices)
                corners, normal = _face(box, axis, sign)
                vertices.append(corners * flip)
                normals.append(np.tile(normal * flip, (4, 1)))
                colours.append(np.tile([*box.colour, SURFACES[box.surface]], (4, 1)))
                triangles += [[first, first + 1, first + 2], [first, first + 2, first + 3]]
    return Scenery(np.concatenate(vertices), np.concatenate(normals), np.concatenate(colours), np.array(triangles))


def _face(box: Box, axis: int, sign: int) -> tuple[Array, Array]:
    """Four corners and the normal of one side of a box."""
    normal = np.zeros(3)
    normal[axis] = sign
    u = np.roll(np.array([1.0, 0, 0]), axis + 1)
    v = np.cross(normal, u)
    half = np.array(box.size) / 2
    corners = [np.array(box.centre) + half * (normal + a * u + b * v) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    return np.array(corners), normal
