"""A part of a picture, at the size at which it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ..datatypes import FloatArray
from ..planes import Image, Planes, coded
from .pen import Rect
from .style import DARK


@dataclass(frozen=True)
class Cut:
    """``part`` of a picture (it may reach beyond the picture), shown ``width`` (even) pixels wide."""

    part: Rect
    width: int

    @cached_property
    def scale(self) -> float:
        return self.width / self.part.paired().width

    @cached_property
    def height(self) -> int:
        return 2 * round(self.scale * self.part.paired().height / 2)

    def place(self, xy: FloatArray) -> FloatArray:
        """(…, 2) pixels of the whole picture → pixels of the part as shown."""
        part = self.part.paired()
        return np.asarray((xy + 0.5 - (part.x0, part.y0)) * self.scale - 0.5)

    def of(self, picture: Planes) -> Planes:
        """A copy; dark where there is no picture."""
        y, cb, cr = coded(DARK)
        part, size = self.part.paired(), np.array([self.width, self.height])
        half = Rect(part.x0 // 2, part.y0 // 2, part.x1 // 2, part.y1 // 2)
        luma = _shown(picture.luma, part, size, y)
        return Planes.of(luma, *(_shown(c, half, size // 2, v) for c, v in zip(picture.chroma, (cb, cr), strict=True)))


def _shown(plane: Image, part: Rect, size: np.ndarray, beyond: int) -> Image:
    height, width = plane.shape
    seen = part.clipped(width, height)
    margins = (seen.y0 - part.y0, part.y1 - seen.y1, seen.x0 - part.x0, part.x1 - seen.x1)
    if not (seen.width and seen.height):
        return np.full(size[::-1], beyond, np.uint8)
    piece = cv2.copyMakeBorder(seen.of(plane), *margins, cv2.BORDER_CONSTANT, value=(beyond,))
    how = cv2.INTER_AREA if part.width > size[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(piece, size.tolist(), interpolation=how), np.uint8)
