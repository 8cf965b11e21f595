"""Everything on an athlete in one zip: tables as CSV, XLSX and Parquet, everything as JSON, and a line on each file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from ..datatypes import Measurement
from ..files import replacing, scratch
from ..incoming import is_device
from ..outgoing import json_file, readable
from ..places import data_folder
from ..settings import PART
from ..sheets import write_csv, write_parquet, write_xlsx
from .people import Athlete
from .records import ANSWERED, ClipRecord, Entry
from .values import CLIP, to_json

NUMBERS = frozenset({"speed_kmh", *PART, "soreness", "minutes", "km", "value", "low", "high", "spread", "n"})  # columns
WORDS_FIRST = 1  # columns that stay in view
DOCUMENT, ABOUT = "history.json", "README.txt"
README = """All that formcheck keeps of an athlete.

clips, measurements, findings, diary: tables, each as .csv (numbers with a point) and .parquet; all in athlete.xlsx.
history.json: everything, as history.schema.json of formcheck describes it.

A clip is identified by its date (filmed), its name (video), and which person and seconds of it were asked for (person,
start, end), if any were. speed_kmh is the speed that was given; where it does not fit the steps seen, the measurement
speed_m_s has no value, and its missing says speed_contradicted. low and high are the ends of the 95 % interval; missing
says why there is no value. Paths are those of the computer the clips were analysed on; videos and reports are not
included.
"""


@dataclass(frozen=True)
class TakeoutTable:
    """A table: its columns, each of numbers or words, and its rows."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]

    @property
    def words(self) -> dict[str, bool]:
        return {name: name not in NUMBERS for name in self.columns}


def takeout(target: Path, athlete: Athlete, clips: Sequence[ClipRecord], diary: Sequence[Entry]) -> None:
    """Write the zip, whole or not at all, readable by its owner alone. Raises FormcheckError."""
    sheets = tables(clips, diary)
    place = data_folder() if is_device(target) else Path(os.path.realpath(target.parent))
    with replacing(target, private=True) as temporary, scratch(place) as folder:
        for name, sheet in sheets.items():
            write_csv(folder / f"{name}.csv", sheet.columns, sheet.rows)
            write_parquet(folder / f"{name}.parquet", sheet.words, sheet.rows)
        write_xlsx(folder / "athlete.xlsx", {n: (s.columns, s.rows) for n, s in sheets.items()}, WORDS_FIRST)
        (folder / DOCUMENT).write_text(json_file(to_json([(athlete, clips, diary)])), encoding="utf-8")
        (folder / ABOUT).write_text(README, encoding="utf-8")
        with ZipFile(temporary, "w", ZIP_DEFLATED) as made:
            for file in sorted(folder.iterdir()):
                made.write(file, file.name)


def is_takeout(file: Path) -> bool:
    """Whether a file is what ``takeout`` writes."""
    try:
        with ZipFile(file) as made:
            return {DOCUMENT, ABOUT} <= {*made.namelist()}
    except (BadZipFile, NotImplementedError, OSError, ValueError):
        return False


def tables(clips: Sequence[ClipRecord], diary: Sequence[Entry]) -> dict[str, TakeoutTable]:
    """By name: clips, what was measured and found in each, and the diary."""
    of_clip = ("filmed", "video", *PART)
    return {
        "clips": TakeoutTable((*of_clip, *CLIP, "folder"), tuple(_told(clip) for clip in clips)),
        "measurements": TakeoutTable(
            (*of_clip, "metric", "label", "unit", "value", "low", "high", "spread", "n", "missing"),
            tuple(row for clip in clips for row in _measured(clip)),
        ),
        "findings": TakeoutTable(
            (*of_clip, "fault", "label", "level", "metric"), tuple(r for c in clips for r in _found(c))
        ),
        "diary": TakeoutTable(
            ("day", "soreness", *ANSWERED, "minutes", "km", "shoes", "surface", "note", "cleared"),
            tuple(_said(entry) for entry in diary),
        ),
    }


def _of(clip: ClipRecord) -> dict[str, Any]:
    part = {name: float(value) if value else nan for name, value in clip.part.items()}
    return {"filmed": clip.filmed.isoformat(timespec="seconds"), "video": str(clip.video), **part}


def _told(clip: ClipRecord) -> dict[str, Any]:
    cells = _of(clip) | {name: getattr(clip, name) for name in CLIP} | {"folder": readable(str(clip.folder))}
    return cells | {"speed_kmh": nan if clip.speed_kmh is None else clip.speed_kmh}


def _measured(clip: ClipRecord) -> Iterator[dict[str, Any]]:
    for m in clip.measurements.values():
        yield _of(clip) | _cells(m)


def _cells(m: Measurement) -> dict[str, Any]:
    numbers = {name: float(getattr(m, name)) for name in ("value", "low", "high", "spread", "n")}
    return {"metric": m.name, "label": m.label, "unit": m.unit, "missing": m.missing or "", **numbers}


def _found(clip: ClipRecord) -> Iterator[dict[str, Any]]:
    for found in clip.findings:
        told = {name: getattr(found, name) for name in ("fault", "label", "level", "metric")}
        yield _of(clip) | told


def _said(entry: Entry) -> dict[str, Any]:
    known = {"soreness": entry.soreness, "minutes": entry.minutes, "km": entry.km}
    numbers = {name: nan if value is None else float(value) for name, value in known.items()}
    words = {name: "; ".join(getattr(entry, name)) for name in ANSWERED}
    words |= {name: getattr(entry, name) for name in ("shoes", "surface", "note")}
    return {"day": str(entry.day), **numbers, **words, "cleared": str(entry.cleared or "")}
