"""Pictures side by side, and words under them, on a dark ground."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..planes import Colour, Planes, coded
from .pen import Rect, Sprite, text_sprite
from .style import DARK, REGULAR, WHITE

EDGE, LEADING = 24, 1.26  # pixels around words; from line to line, over the size


@dataclass(frozen=True)
class Word:
    """A sprite in a line; size: that of the text, which is how far its baseline lies below its top."""

    sprite: Sprite
    size: int

    @classmethod
    def of(cls, text: str, size: int, colour: Colour = WHITE, weight: int = REGULAR) -> Word:
        return cls(text_sprite(text, size, colour, weight), size)

    @classmethod
    def chip(cls, sprite: Sprite) -> Word:
        return cls(sprite, round(0.8 * sprite.height))


def mounted(picture: Planes, lines: Sequence[Sequence[Word]]) -> Planes:
    """A picture above lines of words, each on one baseline; a word for which there is no room begins another line."""
    lines = [part for line in lines for part in _broken(line, picture.width - EDGE // 2)]
    heights = [round(LEADING * max(word.size for word in line)) for line in lines]
    high = EDGE + sum(heights)
    canvas = blank(picture.width, picture.height + high + high % 2)
    paste(canvas, picture, 0, 0)
    y = picture.height + EDGE // 2
    for line, height in zip(lines, heights, strict=True):
        x, base = EDGE, y + max(word.size for word in line)
        for word in line:
            word.sprite.stamp(canvas, x, base - word.size)
            x += word.sprite.width + EDGE // 2
        y += height
    return canvas


def _broken(line: Sequence[Word], until: int) -> Iterator[list[Word]]:
    part: list[Word] = []
    x = EDGE
    for word in line:
        if part and x + word.sprite.width > until:
            yield part
            part, x = [], EDGE
        part.append(word)
        x += word.sprite.width + EDGE // 2
    yield part


def blank(width: int, height: int) -> Planes:
    """A dark ground; width and height even."""
    y, cb, cr = coded(DARK)
    luma = np.full((height, width), y, np.uint8)
    return Planes.of(luma, *(np.full((height // 2, width // 2), value, np.uint8) for value in (cb, cr)))


def paste(canvas: Planes, picture: Planes, x: int, y: int) -> None:
    """x and y even."""
    Rect(x, y, x + picture.width, y + picture.height).of(canvas.luma)[:] = picture.luma
    half = Rect(x // 2, y // 2, (x + picture.width) // 2, (y + picture.height) // 2)
    for below, plane in zip(canvas.chroma, picture.chroma, strict=True):
        half.of(below)[:] = plane
