"""Words for the runner as a page: the third rendering of ``guidance.pages``, beside the terminal's and Markdown."""

from __future__ import annotations

from ..guidance.pages import Page, Part, Section
from .frame import document


def words_html(page: Page) -> str:
    """A plan, a verdict, a way back or a load."""
    return document("words.html", page.title, page=page, parts=_parts)


def _parts(section: Section) -> list[tuple[str, Part]]:
    """(what kind of part it is, the part)."""
    return [(type(part).__name__, part) for part in section.parts]
