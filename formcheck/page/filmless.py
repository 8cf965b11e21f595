"""The page of a report as it would be without a video, made from the one that plays it."""

from __future__ import annotations

import re

NO_FILM = "There is no video with this report: it was made without one."
ANOTHER = "Analyse the clip again to get one."
WITHOUT = (  # what a page has for its video, and what stands there without one
    (re.compile(r'<figcaption><a class="moment" [^>]*>[^<]*</a></figcaption>'), ""),
    (re.compile(r'<p class="lead">Choose a mark and the video goes to that moment\.</p>'), ""),
    (
        re.compile(r'<video [^>]*></video>\s*<p class="none gone" hidden>[^<]*</p>\s*<p class="beside">.*</p>'),
        f'<p class="none">{NO_FILM} {ANOTHER}</p>',
    ),
    (
        re.compile(r'<a href="#film" data-at="[^"]*" aria-label="([^"]*)"><circle class="target"[^>]*/>(<[^>]*/>)</a>'),
        r"<g>\2<title>\1</title></g>",
    ),
)


def filmless(page: str) -> str:
    """The page without its video, whether that is beside it or within it, and without what leads there."""
    for pattern, instead in WITHOUT:
        page = pattern.sub(instead, page)
    return page
