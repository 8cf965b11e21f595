"""Words for the runner as a page: the third rendering of ``guidance.pages``, beside the terminal's and Markdown."""

from __future__ import annotations

from pathlib import Path

from ..guidance.pages import Page, Part, Section
from .frame import document, is_page

TEMPLATE = "words.html"


def words_html(page: Page) -> str:
    """A plan, a verdict, a way back or a load."""
    return document(TEMPLATE, page.title, page=page, parts=_parts)


def holds_words(file: Path) -> bool:
    """Whether a file is such a page."""
    return is_page(file, TEMPLATE)


def _parts(section: Section) -> list[tuple[str, Part]]:
    """(what kind of part it is, the part)."""
    return [(type(part).__name__, part) for part in section.parts]
