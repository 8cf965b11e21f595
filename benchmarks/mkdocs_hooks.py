"""What mkdocs does beyond its plugins: links from the docs to files of the repository become plain text on the site."""

from __future__ import annotations

import re
from typing import Any

BEYOND_DOCS = re.compile(r"\[([^\]]+)\]\(\.\./[^)]+\)")  # [words](../file), which only the repository has


def on_page_markdown(markdown: str, **_: Any) -> str:
    """mkdocs calls this with every page."""
    return BEYOND_DOCS.sub(r"\1", markdown)
