"""A scale as a line of text: a character for every band, with the value and its interval on top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.measure import Measurement as Width
from rich.text import Text

from ..datatypes import Level
from ..words import BAND_NAMES
from .scales import Scale

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

WIDEST, NARROWEST = 40, 24  # columns of a bar, the latter with its legend beside it


@dataclass(frozen=True)
class Letters:
    """What a bar is drawn with: characters for each level's band, the value and the ends of its interval."""

    bands: dict[Level, str]
    begin: str
    value: str
    end: str


FINE_LETTERS = Letters({"ok": "·", "borderline": "~", "watch": "░", "fault": "▓"}, "├", "●", "┤")
ASCII_LETTERS = Letters({"ok": ".", "borderline": "~", "watch": ":", "fault": "#"}, "[", "o", "]")
STYLES: dict[Level, str] = {"ok": "green", "borderline": "cyan", "watch": "yellow", "fault": "red"}


@dataclass(frozen=True)
class Bar:
    """A scale, with its legend beside it or, where space is narrow, below; ASCII where nothing else is sure to show."""

    scale: Scale

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        letters = ASCII_LETTERS if options.ascii_only or options.legacy_windows else FINE_LETTERS
        legend, room = self.legend(letters), options.max_width
        beside = room - len(legend) - 2
        if beside >= NARROWEST:
            yield Text("  ").join([self.drawn(min(beside, WIDEST), letters), legend])
        else:
            yield self.drawn(min(room, WIDEST), letters)
            yield legend

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Width:
        return Width(1, options.max_width)

    def legend(self, letters: Letters) -> Text:
        """What the bands' characters stand for."""
        shown = {band.level for band in self.scale.bands}
        parts = [
            (f"{letters.bands[level]} {BAND_NAMES[level]}", style) for level, style in STYLES.items() if level in shown
        ]
        return Text(" ").join(Text(*part) for part in parts)

    def drawn(self, width: int, letters: Letters) -> Text:
        """The bar, width columns wide."""
        low, high = (self._column(end, width) for end in self.scale.interval)
        marks = {low: letters.begin, high: letters.end, self._column(self.scale.value, width): letters.value}
        out = Text(no_wrap=True)
        for column, level in enumerate(self._levels(width)):
            style = STYLES[level]
            out.append(marks.get(column, letters.bands[level]), f"bold {style}" if low <= column <= high else style)
        return out

    def _levels(self, width: int) -> list[Level]:
        """The level of the band in the middle of each column."""
        step = (self.scale.high - self.scale.low) / width
        middles = (self.scale.low + (column + 0.5) * step for column in range(width))
        return [next(band.level for band in self.scale.bands if middle < band.end) for middle in middles]

    def _column(self, x: float, width: int) -> int:
        share = (x - self.scale.low) / (self.scale.high - self.scale.low)
        return min(int(share * width), width - 1)
