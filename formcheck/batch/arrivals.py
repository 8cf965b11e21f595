"""Clips as they arrive in a folder, each once it is complete."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from ..files import stamp
from .jobs import films

SETTLED_S = 4.0  # since a file last changed: one still being copied changes sooner
LOOK_EVERY_S = 1.0

Stamp = tuple[int, int]  # bytes, time of the last change


def arrivals(folder: Path, results: Path) -> Iterator[set[Path]]:
    """Whenever asked, the videos completed since: also those there at the start, and those that changed.

    It looks every second or so, and is never waited for.
    """
    given: dict[Path, Stamp] = {}
    waiting: dict[Path, tuple[Stamp, float]] = {}
    look_s = time.monotonic() + LOOK_EVERY_S
    while True:
        now_s, come = time.monotonic(), set[Path]()
        due = now_s >= look_s
        look_s = now_s + LOOK_EVERY_S if due else look_s
        for film in films(folder, results) if due else ():
            try:
                now = stamp(film)
            except OSError:  # gone again
                continue
            if given.get(film) == now:
                continue
            if waiting.get(film, (None,))[0] != now:
                waiting[film] = now, now_s
            elif now_s - waiting[film][1] >= SETTLED_S:
                del waiting[film]
                given[film] = now
                come.add(film)
        yield come
