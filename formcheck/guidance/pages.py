"""Words for the runner in sections, rendered alike for a terminal and as Markdown. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from ..outgoing import markdown as plain

if TYPE_CHECKING:
    from rich.console import RenderableType

LABEL_WIDTH = 12


@dataclass(frozen=True)
class Words:
    """A paragraph; strong ones must not be overlooked."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """Labelled lines under a heading of their own (or none)."""

    rows: tuple[tuple[str, str], ...]
    heading: str = ""


@dataclass(frozen=True)
class Grid:
    """A table."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Part = Words | Bullets | Facts | Grid


@dataclass(frozen=True)
class Section:
    """A heading and what is under it; left out when empty."""

    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Page:
    """Everything shown at once."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]


def markdown(page: Page) -> str:
    """The page as Markdown."""
    return "\n".join(_markdown_lines(page)) + "\n"


def _markdown_lines(page: Page) -> Iterator[str]:
    yield f"# {plain(page.title)}"
    if page.subtitle:
        yield from ("", plain(page.subtitle))
    for section in page.sections:
        if section.parts:
            yield from ("", f"## {plain(section.title)}")
            for part in section.parts:
                yield ""
                yield from _markdown_part(part)


def _markdown_part(part: Part) -> Iterator[str]:
    match part:
        case Words(text, strong):
            yield f"**{plain(text)}**" if strong else plain(text)
        case Bullets(items):
            yield from (f"- {plain(item)}" for item in items)
        case Facts(rows, heading):
            yield from (f"### {plain(heading)}", "") if heading else ()
            yield from (f"- **{plain(label)}:** {plain(text)}" for label, text in rows)
        case Grid(head, rows):
            lines = [map(plain, row) for row in (head, *rows)]
            for cells in (lines[0], ("---",) * len(head), *lines[1:]):
                yield f"| {' | '.join(cells)} |"


def render(page: Page) -> RenderableType:
    """The page for a rich console: legible on the narrowest screen, without colour, and in a pipe."""
    from rich.console import Group  # noqa: PLC0415
    from rich.padding import Padding  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from ..fitting import headed  # noqa: PLC0415

    out: list[RenderableType] = [Text(page.title, "bold")]
    out += [Text(page.subtitle, "dim")] if page.subtitle else []
    for section in page.sections:
        if section.parts:
            out += [Text(), headed(section.title)]
            for part, following in zip_longest(section.parts, section.parts[1:]):
                apart = following is not None and not (isinstance(part, Grid) and isinstance(following, Bullets))
                out.append(Padding(_rich_part(part), (0, 0, int(apart), 2)))
    return Group(*out)


def _rich_part(part: Part) -> RenderableType:
    from rich.console import Group  # noqa: PLC0415
    from rich.padding import Padding  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    match part:
        case Words(text, strong):
            return Text(text, "bold" if strong else "")
        case Bullets(items):
            return _columns([("-", item) for item in items], 1)
        case Facts(rows, heading):
            body = _columns(rows, LABEL_WIDTH)
            return Group(Text(heading, "bold"), Padding(body, (0, 0, 0, 2))) if heading else body
        case Grid(head, rows):
            return _table(head, rows)


def _columns(rows: Iterable[tuple[str, str]], width: int) -> RenderableType:
    from rich.text import Text  # noqa: PLC0415

    from ..fitting import grid  # noqa: PLC0415

    return grid(((Text(label, "dim"), Text(text)) for label, text in rows), width)


def _table(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> RenderableType:
    """Columns of short cells, such as numbers, are never wrapped."""
    from rich.text import Text  # noqa: PLC0415

    from ..fitting import Wide, bare_table, below  # noqa: PLC0415

    table = bare_table()
    for name, *cells in zip(head, *rows, strict=True):
        table.add_column(name, no_wrap=max(map(len, (name, *cells))) <= LABEL_WIDTH)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return Wide(table, below(table))
