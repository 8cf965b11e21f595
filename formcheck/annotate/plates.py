"""What stays in place at the picture's edges: the running numbers and the strip of contacts with the playhead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..datatypes import SIDES, FloatArray, Side
from ..planes import Planes
from .pen import Rect, Sprite, plate, text_sprite
from .scene import Scene
from .style import BOLD, SIDE_COLOURS, SOFT, WHITE

NUMBER = 1.9  # size of a running number over body text
CAPTION = 0.85  # and of the words beside it
CAPTION_STEP = 1.12  # from line to line of a caption, over its size
LINE = 1.15  # height of a figure over its number
ABOVE_MIDDLE = 0.64  # of a text's size, from the top of its sprite to the middle of its digits
STRIP = 2.3  # height of the contact strip over body text
LANES = (0.29, 0.71)  # of the strip's height: middle of the left and of the right foot's half
TICK = 0.6  # of half the strip: height of a contact's tick
WIDEST_TICK = 0.14  # of body text
TO_COME = 0.45  # opacity of contacts still to come
PLAYHEAD = 0.84  # of the strip's height


@dataclass(frozen=True)
class Readout:
    """A running number as text for each row of the track ("" where there is none) and the words beside it."""

    texts: list[str]
    caption: tuple[str, ...]


class Panel:
    """Running numbers with captions, in the corner where they are seen longest; they fade out for the runner.

    They are stacked, or side by side where the runner leaves space only overhead.
    """

    def __init__(self, scene: Scene, figures: list[Readout], taken: list[Rect], moving: list[list[Rect]]) -> None:
        """taken: plates to keep clear of; moving: for each row, what else it fades out for."""
        self._figures, self._pad = figures, scene.gap
        self._number, self._caption = round(NUMBER * scene.text), round(CAPTION * scene.text)
        self._column = max(self._sprite(text).width for figure in figures for text in set(figure.texts) if text)
        words = max(text_sprite(line, self._caption).width for figure in figures for line in figure.caption)
        self._indent = self._column + round(0.6 * self._pad)
        self._cell = (self._indent + words + self._pad, round(LINE * self._number))
        forms = [(across, place) for across in (False, True) for place in self._corners(scene, across, taken)]
        silent = np.array([not any(texts) for texts in zip(*(figure.texts for figure in figures), strict=True)], bool)
        free = [scene.presence(scene.blocked(place) | _crossed(moving, place) | silent) for _, place in forms]
        best = longest_seen(scene, [place for _, place in forms], free)
        (self._across, self.place), self.opacity = forms[best], free[best]
        self.seen = float((self.opacity > 0).sum() / (~silent).sum())
        self._ground = self._make_ground()

    def draw(self, picture: Planes, row: int) -> None:
        opacity = float(self.opacity[row])
        if opacity <= 0:
            return
        self._ground.stamp(picture, self.place.x0, self.place.y0, opacity)
        for i, figure in enumerate(self._figures):
            if figure.texts[row]:
                sprite = self._sprite(figure.texts[row])
                x, y = self._corner(i)
                x, y = x + self._column - sprite.width, y + self._to_top(self._number)
                sprite.stamp(picture, self.place.x0 + x, self.place.y0 + y, opacity)

    def _sprite(self, text: str) -> Sprite:
        return text_sprite(text, self._number, WHITE, BOLD)

    def _corner(self, i: int) -> tuple[int, int]:
        """Upper left corner of a figure on the plate."""
        width, height = self._cell
        return self._pad + self._across * i * width, self._pad // 2 + (not self._across) * i * height

    def _to_top(self, size: int, lines: int = 1) -> int:
        """From the top of a figure to the top of lines of text centred in it."""
        return round(0.5 * self._cell[1] - ABOVE_MIDDLE * size - 0.5 * CAPTION_STEP * size * (lines - 1))

    def _make_ground(self) -> Sprite:
        """The plate with all captions."""
        placed = []
        for i, figure in enumerate(self._figures):
            x, y = self._corner(i)
            top = y + self._to_top(self._caption, len(figure.caption))
            for j, line in enumerate(figure.caption):
                sprite = text_sprite(line, self._caption, SOFT)
                placed.append((sprite, x + self._indent, top + round(j * CAPTION_STEP * self._caption)))
        return plate(self.place.width, self.place.height, self._pad).carrying(*placed)

    def _corners(self, scene: Scene, across: bool, taken: list[Rect]) -> list[Rect]:
        """Places in the corners and next to plates that lie along an edge, from upper left to lower right."""
        count = len(self._figures)
        width = self._pad + self._cell[0] * (count if across else 1)
        height = 2 * (self._pad // 2) + self._cell[1] * (1 if across else count)
        top, low = scene.gap, scene.height - scene.gap - height
        inside = [rect.y1 + scene.gap if rect.y0 <= scene.gap else rect.y0 - scene.gap - height for rect in taken]
        places = [
            Rect(x, y, x + width, y + height)
            for y in sorted({top, low, *inside})
            for x in (scene.gap, scene.width - scene.gap - width)
        ]
        clear = [place for place in places if not any(place.overlaps(rect) for rect in taken)]
        return [place for place in clear if not across or place.within(scene.width, scene.height)]


class Strip:
    """All contacts of the clip over time, left above, right below, with the playhead; also a legend of the colours."""

    def __init__(self, scene: Scene, share: float, foot_room: int, moving: list[list[Rect]]) -> None:
        """share: of the picture's width; foot_room: pixels below the feet that contacts need; moving: as for Panel."""
        self._track, self._text, gap = scene.track, scene.text, scene.gap
        width, height = round(share * (scene.width - 2 * gap)), round(STRIP * scene.text)
        places = [
            Rect(x, y, x + width, y + height)
            for y in (scene.height - height - gap, gap)
            for x in dict.fromkeys((gap, scene.width - gap - width))
        ]
        free = [
            scene.presence(scene.blocked(Rect(p.x0, p.y0 - foot_room, p.x1, p.y1)) | _crossed(moving, p))
            for p in places
        ]
        self.place = places[longest_seen(scene, places, free)]
        self.opacity = scene.presence(scene.blocked(self.place) | _crossed(moving, self.place))
        self.seen = float((self.opacity > 0).mean())
        self._start = 2 * gap + max(self._name(side).width for side in SIDES)
        self._end = self.place.width - gap
        contacts = {s: np.array([e.time_s for e in scene.report.contacts if e.side == s]) for s in SIDES}
        self._past, self._coming = (self._make(gap, contacts, opacity) for opacity in (1.0, TO_COME))

    def _name(self, side: Side) -> Sprite:
        return text_sprite(side, round(CAPTION * self._text), SIDE_COLOURS[side], BOLD)

    def _make(self, gap: int, contacts: dict[Side, FloatArray], opacity: float) -> Sprite:
        """The plate with the names of the sides and all ticks."""
        width, height = self.place.width, self.place.height
        names = [
            (self._name(side), gap, round(share * height - ABOVE_MIDDLE * CAPTION * self._text))
            for side, share in zip(SIDES, LANES, strict=True)
        ]
        return plate(width, height, gap).carrying(*names, *self._ticks(contacts, height // 2, opacity))

    def draw(self, picture: Planes, row: int) -> None:
        opacity = float(self.opacity[row])
        if opacity <= 0:
            return
        seam, x, y = self._column(float(self._track.time_s[row])), self.place.x0, self.place.y0
        wide, high = self.place.width, self.place.height
        self._past.part(Rect(0, 0, seam, high)).stamp(picture, x, y, opacity)
        self._coming.part(Rect(seam, 0, wide, high)).stamp(picture, x + seam, y, opacity)
        width, tall = max(2, round(0.1 * self._text)), round(PLAYHEAD * high)
        head = plate(width, tall, width // 2, WHITE, 1.0)
        head.stamp(picture, x + seam - width // 2, y + (high - tall) // 2, opacity)

    def _column(self, time_s: float) -> int:
        """Where a time lies, in the strip's own pixels."""
        first, last = float(self._track.time_s[0]), float(self._track.time_s[-1])
        share = (time_s - first) / (last - first) if last > first else 0.0
        return round(self._start + (self._end - self._start) * share)

    def _ticks(self, contacts: dict[Side, FloatArray], lane: int, opacity: float) -> list[tuple[Sprite, int, int]]:
        apart = (self._end - self._start) / max(1, *map(len, contacts.values()))
        width = round(min(max(1.0, 0.3 * apart), max(2.0, WIDEST_TICK * self._text)))
        tall = round(TICK * lane)
        return [
            (plate(width, tall, width // 2, SIDE_COLOURS[side], opacity), self._column(t) - width // 2, y)
            for side, y in zip(SIDES, (lane - tall - 1, lane + 1), strict=True)
            for t in contacts[side]
        ]


def longest_seen(scene: Scene, places: list[Rect], opacities: list[FloatArray]) -> int:
    """Which place can be used in most rows; of equals the one least often in the runner's box, then the first."""
    return min(range(len(places)), key=lambda i: (-(opacities[i] > 0).sum(), scene.boxed(places[i]).sum()))


def _crossed(moving: list[list[Rect]], place: Rect) -> NDArray[np.bool_]:
    """(T,) rows in which something that moves overlaps a place."""
    return np.array([any(rect.overlaps(place) for rect in rects) for rects in moving], bool)
