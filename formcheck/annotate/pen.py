"""Drawing: anti-aliased lines with sub-pixel ends, and sprites (text, plates) made once and blended where they stand.

Nothing here touches more of a picture than the part that is drawn on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..datatypes import FloatArray
from ..video import Image
from .style import DARK, PLATE_OPACITY, REGULAR, WHITE, Colour

SUBPIXEL_BITS = 4  # of line ends: a sixteenth of a pixel, so that slow motion does not jitter
SMOOTH = 4  # plates are drawn this many times larger, then shrunk, for smooth corners
TEXT_HEIGHT = 1.3  # of the font size: a line of text from the top of Á to the bottom of g
FINE_PX = 64  # size from which letters stand well
PARENTHESES = re.compile("([()])")
TIGHTER = 0.12  # of the font size: parentheses, as wide as figures in this font, move closer to what they hold
CASING = 0.45  # of a line's width, dark, on each side: light lines stay visible over light clothes


@dataclass(frozen=True)
class Rect:
    """Pixels x0 … x1 - 1 by y0 … y1 - 1."""

    x0: int
    y0: int
    x1: int
    y1: int

    @classmethod
    def around(cls, points: FloatArray, margin: float) -> Rect:
        """(n, 2) known points with a margin."""
        low, high = np.floor(points.min(axis=0) - margin), np.ceil(points.max(axis=0) + margin)
        return cls(int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1)

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0

    def within(self, width: int, height: int) -> bool:
        return min(self.x0, self.y0) >= 0 and self.x1 <= width and self.y1 <= height

    def clipped(self, width: int, height: int) -> Rect:
        """The part inside a picture; empty (never inverted) when there is none."""
        x0, y0 = min(max(self.x0, 0), width), min(max(self.y0, 0), height)
        return Rect(x0, y0, max(x0, min(self.x1, width)), max(y0, min(self.y1, height)))

    def moved(self, dx: float, dy: float) -> Rect:
        x, y = round(dx), round(dy)
        return Rect(self.x0 + x, self.y0 + y, self.x1 + x, self.y1 + y)

    def overlaps(self, other: Rect) -> bool:
        return self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1


@dataclass(frozen=True)
class Sprite:
    """A small picture with transparency. light: (h, w, 3) what it adds; keep: (h, w, 3) 255 × share left behind."""

    light: Image
    keep: Image

    @property
    def width(self) -> int:
        return int(self.light.shape[1])

    @property
    def height(self) -> int:
        return int(self.light.shape[0])

    def at(self, x: int, y: int) -> Rect:
        return Rect(x, y, x + self.width, y + self.height)

    def part(self, x0: int, x1: int) -> Sprite:
        """Columns x0 … x1 - 1."""
        return Sprite(self.light[:, x0:x1], self.keep[:, x0:x1])

    def stamp(self, image: Image, x: int, y: int, opacity: float = 1.0) -> None:
        """Blend onto a picture with the upper left corner at (x, y); parts outside the picture are left out."""
        seen = self.at(x, y).clipped(image.shape[1], image.shape[0])
        if not (seen.width and seen.height and opacity > 0):
            return
        mine = (slice(seen.y0 - y, seen.y1 - y), slice(seen.x0 - x, seen.x1 - x))
        light, keep = self.light[mine], self.keep[mine]
        if opacity < 1:
            light = np.asarray(cv2.convertScaleAbs(light, alpha=opacity), np.uint8)
            keep = np.asarray(cv2.convertScaleAbs(keep, alpha=opacity, beta=255 * (1 - opacity)), np.uint8)
        below = image[seen.y0 : seen.y1, seen.x0 : seen.x1]
        cv2.multiply(below, keep, dst=below, scale=1 / 255)
        cv2.add(below, light, dst=below)

    def carrying(self, *others: tuple[Sprite, int, int]) -> Sprite:
        """This sprite with others lying on it, each at its place."""
        light, keep = self.light.copy(), self.keep.copy()
        for other, x, y in others:
            other.stamp(light, x, y)
            Sprite(np.zeros_like(other.light), other.keep).stamp(keep, x, y)
        return Sprite(light, keep)


def _sprite(coverage: Image, colour: Colour, opacity: float = 1.0) -> Sprite:
    """One colour, as opaque as (h, w) coverage says (255 is wholly)."""
    alpha = (coverage.astype(np.float64) * opacity)[..., None] / 255
    light = np.rint(alpha * np.array(colour, float)).astype(np.uint8)
    keep = np.rint(255 * (1 - alpha)).astype(np.uint8)
    return Sprite(light, np.ascontiguousarray(np.broadcast_to(keep, light.shape)))


@cache
def _font() -> cv2.FontFace:
    """OpenCV's own outline font, with accents and the degree sign."""
    return cv2.FontFace("sans")


@lru_cache(maxsize=4096)
def text_width(text: str, size_px: int, weight: int = REGULAR) -> int:
    """No narrower than the text's sprite."""
    times = _times(size_px)
    width = cv2.getTextSize((0, 0), text, (0, 0), _font(), times * size_px, weight)[2]
    return int(np.ceil(width / times)) + 1


@lru_cache(maxsize=2048)
def text_sprite(text: str, size_px: int, colour: Colour = WHITE, weight: int = REGULAR) -> Sprite:
    """One line of text, as tall for every text of a size; its baseline is size_px below the top."""
    times = _times(size_px)
    size, room = times * size_px, text_width(text, size_px, weight) + size_px
    page = np.zeros((times * round(TEXT_HEIGHT * size_px), times * room, 3), np.uint8)
    x = 0
    for part in PARENTHESES.split(text):
        tight = round(TIGHTER * size) if part in ("(", ")") else 0
        (x, _), _ = cv2.putText(page, part, (x - tight, size), (255, 255, 255), _font(), size, weight)
        x -= tight
    width = -(-(x + 1) // times)
    small = cv2.resize(page[:, : times * width, 0], (width, page.shape[0] // times), interpolation=cv2.INTER_AREA)
    return _sprite(np.asarray(small, np.uint8), colour)


def _times(size_px: int) -> int:
    """By how much a text is drawn larger, then shrunk: the font steps by whole pixels, which crowds small letters."""
    return max(1, round(FINE_PX / size_px))


@lru_cache(maxsize=256)
def plate(width: int, height: int, radius: int, colour: Colour = DARK, opacity: float = PLATE_OPACITY) -> Sprite:
    """A rectangle with round corners."""
    page = np.zeros((height * SMOOTH, width * SMOOTH), np.uint8)
    r = min(radius, width // 2, height // 2) * SMOOTH
    right, low = page.shape[1] - 1, page.shape[0] - 1
    cv2.rectangle(page, (r, 0), (right - r, low), (255,), cv2.FILLED)
    cv2.rectangle(page, (0, r), (right, low - r), (255,), cv2.FILLED)
    for x in (r, right - r):
        for y in (r, low - r):
            cv2.circle(page, (x, y), r, (255,), cv2.FILLED)
    small = cv2.resize(page, (width, height), interpolation=cv2.INTER_AREA)
    return _sprite(np.asarray(small, np.uint8), colour, opacity)


@lru_cache(maxsize=512)
def tag(words: tuple[tuple[str, int, Colour, int], ...]) -> Sprite:
    """A plate with words on one baseline, each (text, size_px, colour, weight)."""
    tallest = max(size for _, size, _, _ in words)
    pad = round(0.42 * tallest)
    sprites = [text_sprite(*word) for word in words]
    height = round(1.5 * tallest)
    base = round(0.5 * height + 0.36 * tallest)  # figures stand in the middle
    x, placed = pad, []
    for sprite, (_, size, _, _) in zip(sprites, words, strict=True):
        placed.append((sprite, x, base - size))
        x += sprite.width + round(0.28 * tallest)
    ground = plate(x - round(0.28 * tallest) + pad, height, round(0.35 * tallest))
    return ground.carrying(*placed)


class Pen:
    """Lines on a part of a picture; points are in the whole picture's pixels."""

    def __init__(self, pixels: Image, x0: int = 0, y0: int = 0) -> None:
        self._pixels, self._origin = pixels, np.array([x0, y0], float)

    def _fixed(self, points: ArrayLike) -> NDArray[np.int32]:
        """Whole sixteenths of a pixel; a pixel's middle is at its whole number."""
        fixed = (np.asarray(points, float) - self._origin) * (1 << SUBPIXEL_BITS)
        return np.asarray(np.rint(fixed), np.int32)

    def paths(self, points: ArrayLike, colour: Colour, width: float) -> None:
        """(k, n, 2): k lines through n points each."""
        cv2.polylines(
            self._pixels, list(self._fixed(points)), False, colour, max(1, round(width)), cv2.LINE_AA, SUBPIXEL_BITS
        )

    def cased(self, points: ArrayLike, colour: Colour, width: float) -> None:
        """(k, n, 2): lines with a dark casing."""
        self.paths(points, DARK, width + 2 * max(0.5, CASING * width))
        self.paths(points, colour, width)

    def area(self, points: ArrayLike, colour: Colour) -> None:
        cv2.fillPoly(self._pixels, [self._fixed(points).reshape(-1, 1, 2)], colour, cv2.LINE_AA, SUBPIXEL_BITS)

    def dot(self, point: ArrayLike, radius: float, colour: Colour) -> None:
        x, y = self._fixed(point).tolist()
        r = round(radius * (1 << SUBPIXEL_BITS))
        cv2.circle(self._pixels, (x, y), r, colour, cv2.FILLED, cv2.LINE_AA, SUBPIXEL_BITS)

    def dashes(self, start: FloatArray, end: FloatArray, colour: Colour, width: float) -> None:
        """A cased broken line; dashes and gaps are a few widths long."""
        length = float(np.hypot(*(end - start)))
        count = max(1, round(length / (8 * max(1.0, width))))
        shares = (np.arange(count)[:, None, None] + np.array([[0.0], [0.6]])) / count
        self.cased(start + shares * (end - start), colour, width)


@contextmanager
def layer(image: Image, points: FloatArray, margin: float, opacity: float) -> Iterator[Pen]:
    """A pen whose strokes become part of the picture with an opacity, within a margin around (n, 2) points."""
    rect = Rect.around(points, margin).clipped(image.shape[1], image.shape[0])
    if not (rect.width and rect.height and opacity > 0):
        yield Pen(np.zeros((1, 1, 3), np.uint8))
        return
    below = image[rect.y0 : rect.y1, rect.x0 : rect.x1]
    sheet = below.copy()
    yield Pen(sheet, rect.x0, rect.y0)
    cv2.addWeighted(sheet, opacity, below, 1 - opacity, 0, dst=below)


def wrapped(text: str, size_px: int, weight: int, width: int) -> list[str]:
    """Lines of a text that are no wider than width; a word wider than that is broken."""
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(joined, size_px, weight) <= width:
            lines[-1] = joined
        else:
            lines.extend(_broken(word, size_px, weight, width))
    return lines


def _broken(word: str, size_px: int, weight: int, width: int) -> Sequence[str]:
    if text_width(word, size_px, weight) <= width:
        return [word]
    parts = [""]
    for letter in word:
        if parts[-1] and text_width(parts[-1] + letter, size_px, weight) > width:
            parts.append("")
        parts[-1] += letter
    return parts
