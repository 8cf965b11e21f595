"""The runner's limbs, coloured by side; those the pose model is unsure of are thinner and translucent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..datatypes import SIDES, FloatArray, Side
from ..landmarks import LandmarkSet
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

    def __init__(self, scene: Scene) -> None:
        self._alone = scene.report.options.disguise == "figure"
        self._head = HEAD - FLESH if self._alone else 0.0
        self._body_px, self._ears = scene.body_px, scene.track.mid("ear")
        self._track, self._forwards = scene.track, scene.forwards
        self._line = line_px(scene) if np.isfinite(scene.body_px) else 0.0
        landmarks = scene.track.landmarks
        self._limbs = {torso: _limbs(landmarks, torso) for torso in (True, False)}
        ends = {end for ends in landmarks.connections for end in ends}
        self._joints = {landmarks.index[end]: _side(end, end) for end in ends if _joint(end) in JOINTS}

    def draw(self, sheet: Sheet, row: int, torso: bool = True) -> None:
        """torso: whether to connect shoulders and hips, too; they always are where only the figure is shown."""
        far, near = SIDES if self._forwards[row] > 0 else SIDES[::-1]
        limbs = self._limbs[torso or self._alone]
        xy, confidence = self._track.xy[row], self._track.confidence[row]
        if self._head and np.isfinite(self._ears[row]).all():
            radii = np.full(2, self._head * self._body_px)
            Pen(sheet, SURE_OPACITY).ring(self._ears[row], radii, WHITE, self._line)
        known, doubtful = np.isfinite(xy[:, 0]), confidence < DOUBTFUL
        for doubted, opacity, share in ((True, DOUBTFUL_OPACITY, DOUBTFUL_WIDTH), (False, SURE_OPACITY, 1.0)):
            for side in (far, None, near):
                ends = limbs[side]
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


def _limbs(landmarks: LandmarkSet, torso: bool) -> dict[Side | None, NDArray[np.int_]]:
    """(n, 2) the ends of the limbs of each side, and of those between the sides."""
    index = landmarks.index
    limbs = [(a, b) for a, b in landmarks.connections if torso or not {_joint(a), _joint(b)} <= TORSO]
    return {
        side: np.array([(index[a], index[b]) for a, b in limbs if _side(a, b) == side], int).reshape(-1, 2)
        for side in (*SIDES, None)
    }


def _side(a: str, b: str) -> Side | None:
    """The side to which both landmarks belong."""
    return next((side for side in SIDES if a.startswith(side) and b.startswith(side)), None)


def _joint(name: str) -> str:
    return name.split("_", 1)[1]


def _colour(side: Side | None) -> Colour:
    return SIDE_COLOURS[side] if side else WHITE
