"""The page of a batch: every athlete, who needs a look first, and a link to each report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..settings import PAGE
from ..words import counted
from .frame import document, link_to


def attention(cells: Mapping[str, Any]) -> tuple[int, int]:
    """(findings that stand out, findings worth watching) in a row: clips with the most come first."""
    stands_out, worth_watching = (
        len(cells[n].split("; ")) if cells[n] else 0 for n in ("stands_out", "worth_watching")
    )
    return stands_out, worth_watching


def index_html(folder: Path, rows: Sequence[Mapping[str, Any]], failed: Iterable[tuple[str, str]]) -> str:
    """rows: as ``athletes.csv`` has them; failed: (clip, why it could not be analysed); folder: where the page goes."""
    first = sorted(rows, key=attention, reverse=True)
    calling = sum(any(attention(cells)) for cells in rows)
    seen = f"{counted(len(rows), 'clip{s}')}, {calling} of them with something to work on or to watch."
    return document("index.html", "Your athletes", seen=seen, rows=[_row(folder, c) for c in first], failed=[*failed])


def _row(folder: Path, cells: Mapping[str, Any]) -> dict[str, str]:
    stands_out, worth_watching = (str(count or "") for count in attention(cells))
    return {
        "who": cells["athlete"] or Path(cells["file"]).name, "session": cells["session"], "verdict": cells["in_short"],
        "stands_out": stands_out, "worth_watching": worth_watching,
        "link": link_to(Path(cells["folder"]) / PAGE, folder),
    }  # fmt: skip
