"""Drawing: anti-aliased lines with sub-pixel ends, and sprites (text, plates) made once and blended where they belong.

Nothing here touches more of a picture than the part that is drawn on.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..datatypes import FloatArray
from ..planes import Colour, Image, Planes, coded
from .style import DARK, PLATE_OPACITY, REGULAR, WHITE

SUBPIXEL_BITS = 4  # of line ends: a sixteenth of a pixel, so that slow motion does not jitter
SMOOTH = 4  # plates are drawn this many times larger, then shrunk, for smooth corners
TEXT_HEIGHT = 1.3  # of the font size: a line of text from the top of Á to the bottom of g
FINE_PX = 64  # size from which letters are well spaced
PARENTHESES = re.compile("([()])")
TIGHTER = 0.12  # of the font size: parentheses, as wide as digits in this font, move closer to what they enclose
ROUND = np.stack([np.cos(around := np.linspace(0, 2 * np.pi, 40, endpoint=False)), np.sin(around)], axis=1)
CASING = 0.45  # of a line's width, dark, on each side: light lines stay visible over light clothes


@dataclass(frozen=True)
class Rect:
    """Pixels x0 … x1 - 1 by y0 … y1 - 1."""

    x0: int
    y0: int
    x1: int
    y1: int

    @classmethod
    def at(cls, x: int, y: int, width: int, height: int) -> Rect:
        return cls(x, y, x + width, y + height)

    @classmethod
    def around(cls, points: FloatArray, margin: float) -> Rect:
        """Around (n, 2) known points, with a margin."""
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

    def paired(self) -> Rect:
        """Enlarged to whole pairs of rows and columns, which share their colour."""
        return Rect(self.x0 - self.x0 % 2, self.y0 - self.y0 % 2, self.x1 + self.x1 % 2, self.y1 + self.y1 % 2)

    def of(self, plane: Image) -> Image:
        """A view."""
        return plane[self.y0 : self.y1, self.x0 : self.x1]

    def moved(self, dx: float, dy: float) -> Rect:
        x, y = round(dx), round(dy)
        return Rect(self.x0 + x, self.y0 + y, self.x1 + x, self.y1 + y)

    def overlaps(self, other: Rect) -> bool:
        return self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1


@dataclass(frozen=True, eq=False)
class Sprite:
    """A small picture with transparency.

    light: (h, w) each, what it adds to Y', Cb and Cr; keep: (h, w), 255 × the share of the background that is kept.
    """

    light: tuple[Image, Image, Image]
    keep: Image
    _halves: dict[tuple[int, int], tuple[Image, Image, Image]] = field(default_factory=dict, init=False, repr=False)

    @property
    def width(self) -> int:
        return int(self.keep.shape[1])

    @property
    def height(self) -> int:
        return int(self.keep.shape[0])

    def at(self, x: int, y: int) -> Rect:
        return Rect.at(x, y, self.width, self.height)

    def part(self, rect: Rect) -> Sprite:
        y, cb, cr = map(rect.of, self.light)
        return Sprite((y, cb, cr), rect.of(self.keep))

    def faded(self, opacity: float) -> Sprite:
        if opacity >= 1:
            return self
        y, cb, cr = (_scaled(plane, opacity) for plane in self.light)
        return Sprite((y, cb, cr), _scaled(self.keep, opacity, 255 * (1 - opacity)))

    def stamp(self, picture: Planes, x: int, y: int, opacity: float = 1.0) -> None:
        """Blend onto a picture with the upper left corner at (x, y); parts outside the picture are dropped."""
        seen = self.at(x, y).clipped(picture.width, picture.height)
        if not (seen.width and seen.height and opacity > 0):
            return
        whole = opacity >= 1 and seen == self.at(x, y)
        sprite = self if whole else self.part(seen.moved(-x, -y)).faded(opacity)
        _blend(seen.of(picture.luma), sprite.light[0], sprite.keep)
        *lights, keep = sprite._halved(seen)
        pairs = seen.paired()
        half = Rect(pairs.x0 // 2, pairs.y0 // 2, pairs.x1 // 2, pairs.y1 // 2)
        for below, light in zip(picture.chroma, lights, strict=True):
            _blend(half.of(below), light, keep)

    def _halved(self, place: Rect) -> tuple[Image, Image, Image]:
        """Cb, Cr and keep for the picture's blocks of 2 × 2 pixels; most sprites are stamped into many frames."""
        shift = place.x0 % 2, place.y0 % 2
        if shift not in self._halves:
            _, cb, cr = self.light
            self._halves[shift] = _halved(cb, place, 0), _halved(cr, place, 0), _halved(self.keep, place, 255)
        return self._halves[shift]

    def carrying(self, *others: tuple[Sprite, int, int]) -> Sprite:
        """This sprite with others on top of it, each in its place."""
        y, cb, cr, keep = (plane.copy() for plane in (*self.light, self.keep))
        for other, left, top in others:
            seen = other.at(left, top).clipped(self.width, self.height)
            if seen.width and seen.height:
                part = other.part(seen.moved(-left, -top))
                for below, light in zip((y, cb, cr, keep), (*part.light, np.zeros_like(part.keep)), strict=True):
                    _blend(seen.of(below), light, part.keep)
        return Sprite((y, cb, cr), keep)


def _scaled(plane: Image, factor: float, plus: float = 0.0) -> Image:
    return np.asarray(cv2.convertScaleAbs(plane, alpha=factor, beta=plus), np.uint8)


def _blend(below: Image, light: Image, keep: Image) -> None:
    cv2.multiply(below, keep, dst=below, scale=1 / 255)
    cv2.add(below, light, dst=below)


def _halved(plane: Image, place: Rect, outside: int) -> Image:
    """A plane that lies at a place in a picture → its mean over each of the picture's 2 × 2 blocks of pixels."""
    pairs = place.paired()
    if pairs != place:
        margins = place.y0 - pairs.y0, pairs.y1 - place.y1, place.x0 - pairs.x0, pairs.x1 - place.x1
        plane = np.asarray(cv2.copyMakeBorder(plane, *margins, cv2.BORDER_CONSTANT, value=(outside,)), np.uint8)
    small = cv2.resize(plane, (pairs.width // 2, pairs.height // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _sprite(coverage: Image, colour: Colour, opacity: float = 1.0) -> Sprite:
    """One colour, as opaque as the (h, w) coverage says (255: fully)."""
    alpha = coverage.astype(np.float64) * opacity / 255
    y, cb, cr = (np.rint(alpha * value).astype(np.uint8) for value in coded(colour))
    return Sprite((y, cb, cr), np.rint(255 * (1 - alpha)).astype(np.uint8))


@cache
def _font() -> cv2.FontFace:
    """OpenCV's own outline font, with accents and the degree sign."""
    return cv2.FontFace("sans")


@lru_cache(maxsize=4096)
def text_width(text: str, size_px: int, weight: int = REGULAR) -> int:
    """At least the width of the text's sprite."""
    times = _times(size_px)
    width = cv2.getTextSize((0, 0), text, (0, 0), _font(), times * size_px, weight)[2]
    return int(np.ceil(width / times)) + 1


def text_height(size_px: int) -> int:
    """That of the text's sprite."""
    return round(TEXT_HEIGHT * size_px)


@lru_cache(maxsize=2048)
def text_sprite(text: str, size_px: int, colour: Colour = WHITE, weight: int = REGULAR) -> Sprite:
    """One line of text, equally tall for all texts of a size; its baseline is size_px below the top."""
    times = _times(size_px)
    size, room = times * size_px, text_width(text, size_px, weight) + size_px
    page = np.zeros((times * text_height(size_px), times * room, 3), np.uint8)
    x = 0
    for part in PARENTHESES.split(text):
        tight = round(TIGHTER * size) if part in ("(", ")") else 0
        (x, _), _ = cv2.putText(page, part, (x - tight, size), (255, 255, 255), _font(), size, weight)
        x -= tight
    width = -(-(x + 1) // times)
    small = cv2.resize(page[:, : times * width, 0], (width, page.shape[0] // times), interpolation=cv2.INTER_AREA)
    return _sprite(np.asarray(small, np.uint8), colour)


def _times(size_px: int) -> int:
    """How many times larger text is drawn, then shrunk: the font steps by whole pixels, which crowds small letters."""
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
    base = round(0.5 * height + 0.36 * tallest)  # digits are centred vertically
    x, placed = pad, []
    for sprite, (_, size, _, _) in zip(sprites, words, strict=True):
        placed.append((sprite, x, base - size))
        x += sprite.width + round(0.28 * tallest)
    ground = plate(x - round(0.28 * tallest) + pad, height, round(0.35 * tallest))
    return ground.carrying(*placed)


class Sheet:
    """A transparent sheet as large as the picture, for strokes that are then laid on it all at once.

    Where strokes cross, only the later one is seen, with its own opacity.
    pixels: (H, W, 4) Y', Cb and Cr times opacity, and 255 × opacity.
    touched: for each stroke x, y, width and height of its points in sixteenths of a pixel, and its margin in pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        self.pixels = np.zeros((height + height % 2, width + width % 2, 4), np.uint8)
        self.touched: list[tuple[int, int, int, int, int]] = []
        self._planes = np.empty(self.pixels.size, np.uint8)  # space for the same, plane by plane

    def lay(self, picture: Planes) -> None:
        """Blend what was drawn onto a picture, and clear the sheet."""
        rect = self._drawn_on()
        if not (rect.width and rect.height):
            return
        drawn = rect.of(self.pixels)
        y, cb, cr, covered = self._planes[: drawn.size].reshape(4, rect.height, rect.width)
        cv2.mixChannels([drawn], [y, cb, cr, covered], [0, 0, 1, 1, 2, 2, 3, 3])
        cv2.bitwise_not(covered, dst=covered)
        Sprite((y, cb, cr), covered).stamp(picture, rect.x0, rect.y0)
        drawn[:] = 0

    def _drawn_on(self) -> Rect:
        if not self.touched:
            return Rect(0, 0, 0, 0)
        x, y, width, height, beyond = np.array(self.touched).T
        self.touched.clear()
        low = (int(((start >> SUBPIXEL_BITS) - beyond).min()) for start in (x, y))
        high = (int(((end >> SUBPIXEL_BITS) + beyond + 1).max()) for end in (x + width, y + height))
        return Rect(*low, *high).clipped(self.pixels.shape[1], self.pixels.shape[0]).paired()


class Pen:
    """Draws strokes of one opacity; points are in the picture's pixels."""

    def __init__(self, sheet: Sheet, opacity: float) -> None:
        self._sheet, self._opacity = sheet, opacity

    def _ink(self, colour: Colour) -> tuple[float, float, float, float]:
        (y, cb, cr), share = coded(colour), self._opacity
        return share * y, share * cb, share * cr, share * 255

    def _placed(self, points: ArrayLike, margin: float) -> NDArray[np.int32]:
        """In whole sixteenths of a pixel (whole numbers are pixel centres); notes that strokes will be drawn there."""
        fixed = np.rint(np.multiply(points, float(1 << SUBPIXEL_BITS))).astype(np.int32)
        x, y, width, height = cv2.boundingRect(fixed.reshape(-1, 2))
        self._sheet.touched.append((x, y, width, height, math.ceil(margin) + 2))
        return fixed

    def _polylines(self, lines: NDArray[np.int32], colour: Colour, width: float) -> None:
        thickness = max(1, round(width))
        cv2.polylines(self._sheet.pixels, list(lines), False, self._ink(colour), thickness, cv2.LINE_AA, SUBPIXEL_BITS)

    def paths(self, points: ArrayLike, colour: Colour, width: float) -> None:
        """(k, n, 2): k lines through n points each."""
        self._polylines(self._placed(points, width), colour, width)

    def cased(self, points: ArrayLike, colour: Colour, width: float) -> None:
        """(k, n, 2): lines with a dark casing."""
        wide = width + 2 * max(0.5, CASING * width)
        lines = self._placed(points, wide)
        self._polylines(lines, DARK, wide)
        self._polylines(lines, colour, width)

    def area(self, *edges: FloatArray, colour: Colour) -> None:
        """(n, 2) each: the inside of a line through n points; what a second line encloses is left out."""
        lines = [self._placed(edge, 0) for edge in edges]
        cv2.fillPoly(self._sheet.pixels, lines, self._ink(colour), cv2.LINE_AA, SUBPIXEL_BITS)

    def ring(self, centre: FloatArray, radii: FloatArray, colour: Colour, width: float) -> None:
        """The outline of an ellipse, with a dark casing."""
        for thickness, ink in ((width + 2 * max(0.5, CASING * width), DARK), (width, colour)):
            half = 0.5 * max(1, round(thickness)) + 0.5  # as thick as other lines turn out
            outer, inner = (centre + (radii + aside) * ROUND for aside in (half, -half))
            self.area(outer, inner, colour=ink)

    def dot(self, point: FloatArray, radius: float, colour: Colour) -> None:
        x, y, r = (round(value * (1 << SUBPIXEL_BITS)) for value in (*point.tolist(), radius))
        self._sheet.touched.append((x, y, 0, 0, math.ceil(radius) + 2))
        cv2.circle(self._sheet.pixels, (x, y), r, self._ink(colour), cv2.FILLED, cv2.LINE_AA, SUBPIXEL_BITS)

    def dashes(self, start: FloatArray, end: FloatArray, colour: Colour, width: float) -> None:
        """A dashed line with a casing; dashes and gaps are a few widths long."""
        length = float(np.hypot(*(end - start)))
        count = max(1, round(length / (8 * max(1.0, width))))
        shares = (np.arange(count)[:, None, None] + np.array([[0.0], [0.6]])) / count
        self.cased(start + shares * (end - start), colour, width)


def wrapped(text: str, size_px: int, weight: int, width: int) -> list[str]:
    """A text in lines no wider than width; a word wider than that is broken."""
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
