"""The runner's limbs, coloured by side; what the pose model is unsure of is thinner and translucent."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from ..datatypes import SIDES, Side
from ..planes import Colour
from .pen import Pen, Sheet
from .scene import Scene
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
    """Limbs from the far side to the near one, so that they cross as the runner's own do."""

    def __init__(self, scene: Scene, torso: bool) -> None:
        """torso: whether to connect shoulders and hips, too."""
        self._track, self._index = scene.track, scene.track.landmarks.index
        self._line = line_px(scene) if np.isfinite(scene.body_px) else 0.0
        far, near = SIDES if scene.forward > 0 else SIDES[::-1]
        order = (far, None, near)
        self._limbs = sorted(
            ((a, b) for a, b in self._track.landmarks.connections if torso or not {_joint(a), _joint(b)} <= TORSO),
            key=lambda ends: order.index(_side(*ends)),
        )

    def draw(self, sheet: Sheet, row: int) -> None:
        index, xy, confidence = self._index, self._track.xy[row], self._track.confidence[row]
        known = np.isfinite(xy[:, 0])
        limbs = [(a, b) for a, b in self._limbs if known[index[a]] and known[index[b]]]
        if not limbs:
            return
        doubtful = [ends for ends in limbs if min(confidence[index[end]] for end in ends) < DOUBTFUL]
        for group, opacity in ((doubtful, DOUBTFUL_OPACITY), ([e for e in limbs if e not in doubtful], SURE_OPACITY)):
            width = self._line * (DOUBTFUL_WIDTH if group is doubtful else 1)
            self._limb_lines(Pen(sheet, opacity), group, xy, width)

    def _limb_lines(self, pen: Pen, limbs: list[tuple[str, str]], xy: np.ndarray, width: float) -> None:
        """Limbs of one side after the other, joints on top of their own side's limbs."""
        for side, same in groupby(limbs, key=lambda ends: _side(*ends)):
            group = list(same)
            pen.cased(xy[[[self._index[a], self._index[b]] for a, b in group]], _colour(side), width)
            for name in {end for ends in group for end in ends if _joint(end) in JOINTS}:
                pen.dot(xy[self._index[name]], JOINT * width + 1, DARK)
                pen.dot(xy[self._index[name]], JOINT * width, _colour(_side(name, name)))


def _side(a: str, b: str) -> Side | None:
    """The side that both landmarks are of."""
    return next((side for side in SIDES if a.startswith(side) and b.startswith(side)), None)


def _joint(name: str) -> str:
    return name.split("_", 1)[1]


def _colour(side: Side | None) -> Colour:
    return SIDE_COLOURS[side] if side else WHITE
