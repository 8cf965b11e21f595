"""The end card: what was found, strongest first, over the clip's last picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial

import cv2
import numpy as np

from ..datatypes import Finding, Level, Report
from ..knowledge import texts
from ..planes import BLACK, GREY, Colour, Image, Planes
from ..report import summary
from ..words import LEVEL_NAMES, give_or_take, named, plainly, sentence, short
from .pen import Rect, Sprite, plate, text_height, text_sprite, text_width, wrapped
from .scene import measurement
from .style import BOLD, LEVEL_COLOURS, REGULAR, SOFT, WHITE, text_px

LEGEND = "± or (low to high) is the 95% interval."
LARGEST, SHRINK = 1.15, 0.94  # sizes tried over body text, each this much smaller than the one before
LEAST_PX = 6  # nothing is drawn smaller; a whole finding or note that still does not fit is left out
HEADING, DETAIL, NOTE, CHIP = 1.5, 0.92, 0.8, 0.78  # sizes over the card's text
NARROWEST = 11  # text sizes: a column that would be narrower than this beside a chip goes below it
LINE = 1.34  # from line to line, over the size
ASIDE = 1.25  # a picture this much wider than tall has two columns
LEFT_SHARE = 0.56  # of the width, for the findings
DIMMED, BLURRED = 0.22, 0.03  # share of brightness kept; blur as a share of the picture's width


@dataclass(frozen=True)
class Item:
    """Words, their place, and what draws them, once the size that fits is known."""

    words: str
    place: Rect
    draw: Callable[[], Sprite]


@dataclass
class _Column:
    """Lines of text from y downwards; ``blocks``: those that only make sense together."""

    x: int
    y: int
    width: int
    size: int
    blocks: list[list[Item]] = field(default_factory=list)

    def block(self) -> None:
        """What follows belongs together."""
        self.blocks.append([])

    def text(self, words: str, share: float = 1.0, colour: Colour = WHITE, weight: int = REGULAR) -> None:
        size = max(LEAST_PX, round(share * self.size))
        for line in wrapped(words, size, weight, self.width):
            place = Rect.at(self.x, self.y, text_width(line, size, weight), text_height(size))
            self.blocks[-1].append(Item(line, place, partial(text_sprite, line, size, colour, weight)))
            self.y += round(LINE * size)

    def chip(self, level: Level) -> None:
        sprite = chip(level, self.size)
        place = Rect.at(self.x, self.y, sprite.width, sprite.height)
        self.blocks[-1].append(Item(LEVEL_NAMES[level], place, lambda: sprite))
        self.y += sprite.height + round(0.3 * self.size)

    def skip(self, lines: float) -> None:
        self.y += round(lines * self.size)

    def beside(self, indent: int, y: int) -> _Column:
        """A column farther right that begins at y and adds to the same blocks."""
        return _Column(self.x + indent, y, self.width - indent, self.size, self.blocks)


@dataclass(frozen=True)
class _Said:
    """What a card says: (level, what it is about, words) of each finding, what to do first, what was odd."""

    title: str
    findings: tuple[tuple[Level, str, str], ...]
    heading: str
    advice: str
    warnings: tuple[str, ...]


class Card:
    """Laid out once for a picture's size, as large as will fit."""

    def __init__(self, report: Report, width: int, height: int) -> None:
        self._width, self._height = width, height
        title = f"Your {'walking' if report.trial.gait.activity == 'walking' else 'running'} form"
        self.items = self._fitted(_Said(title, tuple(_findings(report)), *summary(report).first, report.warnings))

    def over(self, picture: Planes) -> Planes:
        """A new picture: this card over a darkened and blurred one."""
        cb, cr = (_dimmed(plane, GREY) for plane in picture.chroma)
        ground = Planes.of(_dimmed(picture.luma, BLACK), cb, cr)
        for item in self.items:
            item.draw().stamp(ground, item.place.x0, item.place.y0)
        return ground

    def _fitted(self, said: _Said) -> list[Item]:
        size = LARGEST * text_px(self._width, self._height)
        while True:
            blocks = self._laid_out(said, max(LEAST_PX, round(size)))
            bottom = self._height - round(0.5 * size)
            whole = [block for block in blocks if all(item.place.within(self._width, bottom) for item in block)]
            if size <= LEAST_PX or len(whole) == len(blocks):
                return [item for block in whole for item in block]
            size *= SHRINK

    def _laid_out(self, said: _Said, size: int) -> list[list[Item]]:
        edge = round(1.3 * size)
        column = _Column(edge, edge, self._width - 2 * edge, size)
        column.block()
        column.text(said.title, HEADING, weight=BOLD)
        column.block()
        column.text(f"{first_sentence(texts().not_a_diagnosis)} {LEGEND}", NOTE, SOFT)
        column.skip(0.7)
        if self._width > ASIDE * self._height:
            left = round(LEFT_SHARE * column.width)
            notes = column.beside(left + edge, column.y)
            column.width = left
        else:
            notes = column
        for level, label, words in said.findings:
            _entry(column, level, label, words)
        if notes is column:
            column.skip(0.4)
        _advise(notes, said)
        return column.blocks


@lru_cache(maxsize=256)
def chip(level: Level, size: int) -> Sprite:
    """A level as a word on its colour."""
    colour, ink = LEVEL_COLOURS[level]
    small = max(LEAST_PX, round(CHIP * size))
    word = text_sprite(LEVEL_NAMES[level], small, ink, BOLD)
    pad = round(0.5 * small)
    height = round(1.6 * small)
    ground = plate(word.width + 2 * pad, height, round(0.4 * small), colour, 1.0)
    return ground.carrying((word, pad, round(0.5 * height - 0.64 * small)))


def first_sentence(text: str) -> str:
    """The first sentence of a text that is too long for a card."""
    return text.partition(". ")[0].rstrip(".") + "."


def _findings(report: Report) -> Iterator[tuple[Level, str, str]]:
    """With their numbers; those that were not measured are grouped by reason."""
    missing: dict[str, list[Finding]] = {}
    for finding in report.findings:
        if finding.level == "not_measured":
            missing.setdefault(finding.detail, []).append(finding)
        else:
            yield finding.level, short(finding.label), _value(report, finding)
    for detail, findings in missing.items():
        yield "not_measured", "; ".join(short(f.label) for f in findings), detail


def _entry(column: _Column, level: Level, label: str, words: str) -> None:
    """The level's chip, and beside it (below it when space is short) what it is about."""
    widest = max(chip(any_level, column.size).width for any_level in LEVEL_COLOURS)
    indent = widest + round(0.7 * column.size)
    beside = column.width - indent > NARROWEST * column.size
    column.block()
    top = column.y
    column.chip(level)
    body = column.beside(indent if beside else 0, top if beside else column.y)
    body.text(label, weight=BOLD)
    body.text(words, DETAIL, SOFT)
    column.y = max(column.y, body.y)
    column.skip(0.55)


def _value(report: Report, finding: Finding) -> str:
    """What was measured, the number with its 95 % interval, and what that does not show of its level."""
    m = measurement(report, finding.metric)
    if m.missing is not None:
        return finding.detail
    return f"{named(m.label, finding.label)}{give_or_take(m, m.unit)}{finding.why and f'; {finding.why}'}"


def _advise(column: _Column, said: _Said) -> None:
    """What to do first, what was odd about the clip, and when to see a doctor instead."""
    if said.advice:
        column.block()
        column.text(said.heading, weight=BOLD)
        column.text(plainly(said.advice))
        column.skip(0.7)
    for place, warning in enumerate(said.warnings):
        column.block()
        if place == 0:
            column.text("Good to know", DETAIL, weight=BOLD)
        column.text(sentence(plainly(warning)), NOTE, SOFT)
        column.skip(0.3)
    column.skip(0.4 if said.warnings else 0.0)
    column.block()
    column.text(texts().red_flags_short, NOTE, SOFT)


def _dimmed(plane: Image, dark: int) -> Image:
    """Darkened, and blurred via a smaller copy, which is as smooth and far quicker."""
    height, width = plane.shape
    factor = max(1, round(BLURRED * width))
    small = cv2.resize(plane, (max(2, width // factor), max(2, height // factor)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 1.0)
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.convertScaleAbs(large, alpha=DIMMED, beta=(1 - DIMMED) * dark), np.uint8)
