"""Pictures as video files hold them: brightness for every pixel, colour for every block of two by two.

Whatever is drawn on a clip is drawn on these, so that all other pixels go from file to file unconverted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Colour = tuple[int, int, int]  # RGB

RED, BLUE = 0.2126, 0.0722  # shares of white's brightness, ITU-R BT.709
BLACK, GREY = 16, 128  # of brightness and of colour
BRIGHTNESSES, COLOURS = 219, 224  # steps from black to white, and from one colour to its opposite


@dataclass(frozen=True)
class Planes:
    """A picture in BT.709 Y'CbCr 4:2:0, brightness from 16 to 235.

    data: (3/2 H, W), in memory Y' (H, W) followed by Cb and Cr (H/2, W/2 each); H and W are even.
    """

    data: Image

    def __post_init__(self) -> None:
        if self.data.shape[0] % 3 or self.data.shape[1] % 2 or not self.data.flags.c_contiguous:
            raise ValueError(f"planes of shape {self.data.shape}: want (3/2 H, W), rows touching, H and W even")

    @classmethod
    def of(cls, *planes: Image) -> Planes:
        """Y', Cb and Cr, copied."""
        return cls(np.concatenate([plane.reshape(-1) for plane in planes]).reshape(-1, planes[0].shape[1]))

    @property
    def width(self) -> int:
        return int(self.data.shape[1])

    @property
    def height(self) -> int:
        return int(self.data.shape[0]) * 2 // 3

    @cached_property
    def luma(self) -> Image:
        """(H, W) Y', a view."""
        return self.data[: self.height]

    @cached_property
    def chroma(self) -> tuple[Image, Image]:
        """Cb and Cr, (H/2, W/2) each, views."""
        cb, cr = self.data[self.height :].reshape(2, self.height // 2, self.width // 2)
        return cb, cr

    def copy(self) -> Planes:
        return Planes(self.data.copy())

    def recode(self, red: float, blue: float) -> None:
        """Convert, in place, from a standard that gives red and blue these shares of white's brightness."""
        (y_b, y_r), (b_b, b_r), (r_b, r_r) = _recoding(red, blue).tolist()
        cb, cr = self.chroma
        brighter = cv2.addWeighted(cb, y_b, cr, y_r, GREY * (1 - y_b - y_r))  # plus GREY
        new_cb = cv2.addWeighted(cb, b_b, cr, b_r, GREY * (1 - b_b - b_r))
        cv2.addWeighted(cb, r_b, cr, r_r, GREY * (1 - r_b - r_r), dst=cr)
        cb[:] = new_cb
        brighter = cv2.resize(brighter, (self.width, self.height), interpolation=cv2.INTER_LINEAR)
        cv2.addWeighted(self.luma, 1, brighter, 1, -GREY, dst=self.luma)


@cache
def coded(colour: Colour) -> Colour:
    """RGB as (Y', Cb, Cr)."""
    r, g, b = (value / 255 for value in colour)
    y = RED * r + (1 - RED - BLUE) * g + BLUE * b
    cb, cr = (b - y) / (2 * (1 - BLUE)), (r - y) / (2 * (1 - RED))
    return round(BLACK + BRIGHTNESSES * y), round(GREY + COLOURS * cb), round(GREY + COLOURS * cr)


@cache
def _recoding(red: float, blue: float) -> NDArray[np.float64]:
    """(3, 2) what to add to Y', and the new Cb and Cr, per step of the old Cb and Cr; grey stays as it is."""
    cb, cr = np.eye(2)
    b, r = 2 * (1 - blue) * cb, 2 * (1 - red) * cr
    g = -(red * r + blue * b) / (1 - red - blue)
    y = RED * r + (1 - RED - BLUE) * g + BLUE * b
    return np.stack([BRIGHTNESSES / COLOURS * y, (b - y) / (2 * (1 - BLUE)), (r - y) / (2 * (1 - RED))])
