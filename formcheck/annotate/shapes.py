"""What shows a number on the runner: an angle or a distance along the ground."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from ..datatypes import FloatArray
from .cut import Cut
from .pen import Pen, Sheet
from .style import ACCENT, SURE_OPACITY, WHITE

WEDGE = 0.9  # of the shorter line: radius of the wedge that shows the angle
WEDGE_OPACITY = 0.45
WEDGE_POINTS = 12
DASHED = 0.45  # width of thin lines over the solid one's
ARROW = 0.65  # the same for an arrow
HEAD = 3.1  # widths of a solid line: length of an arrow's head


class Shape(Protocol):
    """Lines in a picture's pixels."""

    @property
    def points(self) -> FloatArray: ...  # (n, 2) as far as it reaches; NaN where a landmark is not known
    def placed(self, cut: Cut, width: float) -> Shape: ...  # the same in a part of the picture; width: of a solid line
    def draw_ground(self, sheet: Sheet) -> None: ...  # what lies under the limbs
    def draw_lines(self, sheet: Sheet) -> None: ...  # what lies over them


@dataclass(frozen=True)
class Angle:
    """At corner, from a dashed base to a solid arm, with a light wedge between; width: of the arm's line.

    other: the solid line, on the far side of the corner, that the base continues.
    """

    corner: FloatArray
    base: FloatArray
    arm: FloatArray
    width: float = 1.0
    other: FloatArray | None = None

    @property
    def points(self) -> FloatArray:
        ends = [np.zeros(2), self.base, self.arm, *([] if self.other is None else [self.other])]
        return np.asarray(self.corner + np.stack(ends))

    def placed(self, cut: Cut, width: float) -> Angle:
        corner, *ends = cut.place(self.points)
        base, arm, *other = (end - corner for end in ends)
        return Angle(corner, base, arm, width, next(iter(other), None))

    @cached_property
    def arc(self) -> FloatArray:
        """(WEDGE_POINTS, 2) the wedge's round side."""
        radius = WEDGE * min(float(np.hypot(*self.base)), float(np.hypot(*self.arm)))
        start, end = (float(np.arctan2(v[1], v[0])) for v in (self.base, self.arm))
        end = start + (end - start + np.pi) % (2 * np.pi) - np.pi
        around = np.linspace(start, end, WEDGE_POINTS)
        return np.asarray(self.corner + radius * np.stack([np.cos(around), np.sin(around)], axis=1))

    def draw_ground(self, sheet: Sheet) -> None:
        Pen(sheet, WEDGE_OPACITY).area(np.concatenate([self.corner[None], self.arc]), colour=ACCENT)

    def draw_lines(self, sheet: Sheet) -> None:
        pen, end = Pen(sheet, SURE_OPACITY), self.corner + self.arm
        pen.dashes(self.corner, self.corner + self.base, WHITE, DASHED * self.width)
        pen.paths([self.arc], ACCENT, DASHED * self.width)
        if self.other is not None:
            pen.cased([[self.corner, self.corner + self.other]], WHITE, self.width)
            pen.dot(self.corner + self.other, self.width, WHITE)
        pen.cased([[self.corner, end]], WHITE, self.width)
        pen.dot(self.corner, self.width, WHITE)
        pen.dot(end, self.width, WHITE)


@dataclass(frozen=True)
class Distance:
    """An arrow along the ground from under one point to under another, with a dashed line down from the first.

    first, second: (2,) where the dashed and the solid line down to the arrow begin; below, tip: (2,) where they end.
    """

    first: FloatArray
    second: FloatArray
    below: FloatArray
    tip: FloatArray
    width: float = 1.0

    @property
    def points(self) -> FloatArray:
        return np.array([self.first, self.second, self.below, self.tip])

    def placed(self, cut: Cut, width: float) -> Distance:
        first, second, below, tip = cut.place(self.points)
        return Distance(first, second, below, tip, width)

    def draw_ground(self, sheet: Sheet) -> None:
        """It lies over the runner."""

    def draw_lines(self, sheet: Sheet) -> None:
        pen = Pen(sheet, SURE_OPACITY)
        pen.dashes(self.first, self.below, WHITE, DASHED * self.width)
        pen.cased([[self.second, self.tip]], WHITE, DASHED * self.width)
        double_arrow(pen, self.below, self.tip, HEAD * self.width, ARROW * self.width)


def double_arrow(pen: Pen, start: FloatArray, end: FloatArray, head: float, width: float) -> None:
    along = end - start
    length = float(np.hypot(*along))
    head = min(head, 0.45 * length)
    pen.cased([[start, end]], WHITE, width)
    if length > 0:
        for point, unit in ((start, -along / length), (end, along / length)):
            back, aside = point - head * unit, 0.6 * head * np.array([-unit[1], unit[0]])
            pen.cased([[back + aside, point, back - aside]], WHITE, width)
