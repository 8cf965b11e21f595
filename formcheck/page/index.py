"""The page of a batch: every athlete, who needs a look first, and a link to each report."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from ..outgoing import readable
from ..settings import PAGE, PART
from ..words import counted, sentence, titled
from .frame import document, link_to


def attention(cells: Mapping[str, Any]) -> tuple[int, int]:
    """(findings that stand out, findings worth watching) in a row: clips with the most come first."""
    return _count(cells["stands_out"]), _count(cells["worth_watching"])


def _count(labels: str) -> int:
    return len(labels.split("; ")) if labels else 0


def names(folder: Path, rows: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, str]]:
    """By a row's folder, who it is, and what tells it from the others: the session, and the clip where that is shared.

    folder: what the results are in. A clip, and one without an athlete, is called by its folder and the part of its
    film.
    """
    shared = Counter((cells["athlete"], cells["session"]) for cells in rows)
    named = {}
    for cells in rows:
        clip = titled(_place(cells, folder).as_posix(), {name: cells[name] for name in PART if isfinite(cells[name])})
        apart = shared[cells["athlete"], cells["session"]] > 1
        detail = (cells["session"], clip if cells["athlete"] and apart else "")
        named[cells["folder"]] = cells["athlete"] or clip, " · ".join(filter(None, detail))
    return named


def index_html(folder: Path, rows: Sequence[Mapping[str, Any]], failed: Iterable[tuple[str, str]]) -> str:
    """rows: as ``athletes.csv`` has them; failed: (clip, why it could not be analysed); folder: where the page goes."""
    first = sorted(rows, key=attention, reverse=True)
    calling = sum(any(attention(cells)) for cells in rows)
    seen = f"{counted(len(rows), 'clip{s}')}, {calling} of them with something to work on or to watch."
    called = names(folder, rows)
    told = [_row(folder, called[cells["folder"]], cells) for cells in first]
    return document("index.html", "Your athletes", seen=seen, rows=told, failed=[*failed])


def _place(cells: Mapping[str, Any], folder: Path) -> Path:
    """Where a row's results are, from the folder that they are all in: a row calls that by a name that is text."""
    return Path(os.path.relpath(*(readable(str(Path(path).absolute())) for path in (cells["folder"], folder))))


def _row(folder: Path, who: tuple[str, str], cells: Mapping[str, Any]) -> dict[str, str]:
    counts = {n: str(_count(cells[n]) or "") for n in ("stands_out", "worth_watching", "not_measured")}
    note = sentence(cells["notes"]) if cells["notes"] else ""
    link = link_to(folder / _place(cells, folder) / PAGE, folder)
    return {"who": who[0], "detail": who[1], "verdict": cells["in_short"], "notes": note, "link": link, **counts}
