"""What is shown on a terminal, fitted to its width: intervals beside values or below them, or a line for each cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

ROOM = 1000  # columns of a screen on which everything fits


@dataclass(frozen=True)
class Fitted:
    """Something, as a table, that is made otherwise (``made(False)``) on a screen of fewer than ``roomy`` columns."""

    made: Callable[[bool], RenderableType]
    roomy: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.made(options.max_width >= self.roomy)


@dataclass(frozen=True)
class Wide:
    """A table, or what stands in its place where anything in it would be cut."""

    table: RenderableType
    otherwise: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        whole = self._letters(console, options) == self._letters(console, options.update(width=ROOM))
        yield self.table if whole else self.otherwise

    def _letters(self, console: Console, options: ConsoleOptions) -> Counter[str]:
        lines = console.render_lines(self.table, options, pad=False)
        return Counter(letter for line in lines for part in line for letter in part.text if not letter.isspace())


def bare_table() -> Table:
    """A table without lines, its heads dim."""
    return Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)


def below(table: Table) -> RenderableType:
    """The same with a line for each cell: what a row is about, then its other cells, each beside its column's head.

    A row is about its first cell, whose head is said once, and those after it whose columns have no head.
    """
    heads = [str(column.header) for column in table.columns]
    first = next((place for place, head in enumerate(heads) if place and head), len(heads))
    width = max(map(cell_len, heads[first:]), default=0)
    lines: list[RenderableType] = [Text(head, "dim") for head in heads[:1] if head]
    for cells in zip(*(column.cells for column in table.columns), strict=True):
        said = zip(heads[first:], cells[first:], strict=True)
        beside = [(Text(head, "dim"), cell) for head, cell in said if str(cell)]
        lines += [*cells[:first], *([Padding(grid(beside, width), (0, 0, 0, 2))] if beside else [])]
    return Group(*lines)


def grid(
    rows: Iterable[tuple[Text, RenderableType]], width: int, overflow: Literal["fold", "ellipsis"] = "fold"
) -> Table:
    """Two columns, the first of a given width: lines in the second wrap without running under it.

    overflow: what becomes of a word for which the second is too narrow
    """
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=width)
    grid.add_column(ratio=1, overflow=overflow)
    for row in rows:
        grid.add_row(*row)
    return grid


def headed(title: str) -> Fitted:
    """A section's title, before a line where there is room, which would cut it off."""
    bold = Text(title, "bold")
    return Fitted(lambda fits: Rule(bold, align="left", style="dim") if fits else bold, len(title) + 2)


def stacked(text: str, roomy: bool) -> str:
    """A value with its interval, which stands below it where there is little room."""
    return text if roomy else re.sub(r" (?=[±(])", "\n", text, count=1)
