"""The page of a report as it would be without a video, made from the one that plays it.

Templates and drawings mark what a page has for its video, and what stands there without one:
``<!-- film -->with<!-- instead without--><!-- /film -->``, or without ``<!-- instead -->`` nothing.
"""

from __future__ import annotations

import re
from pathlib import Path

from ..datatypes import UnreadableInputError

BEGIN, INSTEAD, END = "<!-- film -->", "<!-- instead ", "<!-- /film -->"
LEFT = re.compile(r"""<video|src=["']?data:video|href=["']?#film""", re.IGNORECASE)  # as in pages that have no marks


def filmless(page: str, file: Path) -> str:
    """The page without its video, whether that is beside it or within it, and without what leads there.

    file: where the page is from. Raises UnreadableInputError if some of its video is left.
    """
    before, *parts = page.split(BEGIN)
    bare = before + "".join(map(_without, parts))
    if LEFT.search(bare) or any(END not in part for part in parts):
        raise UnreadableInputError(f"{file}: its video cannot be taken out; analyse the clip again, or save all of it")
    return bare


def _without(part: str) -> str:
    """What stands in the place of a marked part, and all that follows it."""
    film, _, after = part.partition(END)
    return film.partition(INSTEAD)[2].rstrip().removesuffix("-->") + after
