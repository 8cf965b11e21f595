"""The runner's limbs, coloured by side; those the pose model is unsure of are thinner and translucent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..datatypes import SIDES, FloatArray, Side
from ..planes import Colour
from .pen import Pen, Sheet
from .scene import FLESH, HEAD, Scene
from .style import (
    DARK,
    DOUBTFUL,
    DOUBTFUL_OPACITY,
    DOUBTFUL_WIDTH,
    LIMB,
    SIDE_COLOURS,
    SURE_OPACITY,
    WHITE,
)

JOINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
JOINT = 1.0  # radius of a joint's dot in limb widths
TORSO = {"shoulder", "hip"}  # joints whose connections the trunk line replaces


def line_px(scene: Scene) -> float:
    """Width of a limb's line."""
    return max(1.0, LIMB * scene.body_px)


class Skeleton:
    """Limbs from the far side to the near one, so that they overlap as the runner's own do."""

    def __init__(self, scene: Scene, torso: bool) -> None:
        """torso: whether to connect shoulders and hips, too; they always are where only the figure is shown."""
        alone = scene.report.options.disguise == "figure"
        torso, self._head = torso or alone, HEAD - FLESH if alone else 0.0
        self._body_px, self._ears = scene.body_px, scene.track.mid("ear")
        self._track, index = scene.track, scene.track.landmarks.index
        self._line = line_px(scene) if np.isfinite(scene.body_px) else 0.0
        far, near = SIDES if scene.forward > 0 else SIDES[::-1]
        limbs = [(a, b) for a, b in self._track.landmarks.connections if torso or not {_joint(a), _joint(b)} <= TORSO]
        self._limbs: list[tuple[Side | None, NDArray[np.int_]]] = [  # (n, 2) the ends of each side's limbs
            (side, np.array([(index[a], index[b]) for a, b in limbs if _side(a, b) == side], int).reshape(-1, 2))
            for side in (far, None, near)
        ]
        self._joints = {index[end]: _side(end, end) for ends in limbs for end in ends if _joint(end) in JOINTS}

    def draw(self, sheet: Sheet, row: int) -> None:
        xy, confidence = self._track.xy[row], self._track.confidence[row]
        if self._head and np.isfinite(self._ears[row]).all():
            radii = np.full(2, self._head * self._body_px)
            Pen(sheet, SURE_OPACITY).ring(self._ears[row], radii, WHITE, self._line)
        known, doubtful = np.isfinite(xy[:, 0]), confidence < DOUBTFUL
        for doubted, opacity, share in ((True, DOUBTFUL_OPACITY, DOUBTFUL_WIDTH), (False, SURE_OPACITY, 1.0)):
            for side, ends in self._limbs:
                drawn = ends[known[ends].all(axis=1) & (doubtful[ends].any(axis=1) == doubted)]
                if len(drawn):
                    self._draw_limbs(Pen(sheet, opacity), drawn, xy, _colour(side), share * self._line)

    def _draw_limbs(self, pen: Pen, ends: NDArray[np.int_], xy: FloatArray, colour: Colour, width: float) -> None:
        """Limbs of one side, their joints on top."""
        pen.cased(xy[ends], colour, width)
        for end in dict.fromkeys(ends.ravel().tolist()):
            if end in self._joints:
                pen.dot(xy[end], JOINT * width + 1, DARK)
                pen.dot(xy[end], JOINT * width, _colour(self._joints[end]))


def _side(a: str, b: str) -> Side | None:
    """The side to which both landmarks belong."""
    return next((side for side in SIDES if a.startswith(side) and b.startswith(side)), None)


def _joint(name: str) -> str:
    return name.split("_", 1)[1]


def _colour(side: Side | None) -> Colour:
    return SIDE_COLOURS[side] if side else WHITE
