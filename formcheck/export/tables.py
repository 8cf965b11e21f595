"""Angles over time as CSV, XLSX and Parquet, with steps, measures and landmarks where the format holds several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import isfinite, nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..archive import landmark_cells, landmark_columns
from ..datatypes import FloatArray, Report
from ..files import write_text
from ..knowledge import reason
from ..metrics import Column, series
from ..report import steps_csv
from ..sheets import WORDS, Row, csv_cells, read_csv, write_csv, write_parquet, write_xlsx

TOLD = ("column", "unit", "what", "positive", "added", "error_sd", "empty_because")  # of each column of angles
MEASURED = ("measure", "label", "unit", "value", "low", "high", "steps", "missing")
DECIMALS = 3  # of an angle, which landmarks give to a tenth of a degree at best
TIME_DECIMALS = 6
IN_VIEW = 2  # columns of a sheet that stay in view: which frame, or which step


def write_csvs(report: Report, angles: Path, columns: Path) -> None:
    """The angles, and what each column is."""
    write_text(angles, angles_csv(report))
    write_csv(columns, TOLD, _told(report))


def angles_csv(report: Report) -> str:
    """A row for each frame of the track; only numbers, in ASCII, and therefore without a byte order mark."""
    table = _angles(report)
    return "".join(",".join(cells) + "\n" for cells in csv_cells(table, _rows(table)))


def write_workbook(report: Report, path: Path) -> None:
    """All of a clip but its landmarks: numbers are numbers here, whatever decimal separator a country uses."""
    table = _angles(report)
    sheets = {
        "angles": (list(table), _rows(table)),
        "columns": (list(TOLD), _told(report)),
        "measures": (list(MEASURED), _measures(report)),
        "steps": _steps(report),
    }
    write_xlsx(path, sheets, IN_VIEW)


def write_parquets(report: Report, angles: Path, steps: Path, frames: Path) -> None:
    """Angles, with what each column is in the metadata, steps, and the cleaned landmarks; times are file times."""
    table, landmarks, (head, rows) = _angles(report), _landmarks(report), _steps(report)
    told = {str(row["column"]): {key: str(row[key]) for key in TOLD[1:]} for row in _told(report)}
    write_parquet(angles, dict.fromkeys(table, False), _rows(table), told)
    write_parquet(steps, {name: name in WORDS for name in head}, rows)
    write_parquet(frames, dict.fromkeys(landmarks, False), _rows(landmarks))


def _angles(report: Report) -> dict[str, FloatArray]:
    """Columns by name: the frame's index and time in the file, then those of ``columns_of``."""
    return _when(report) | {column.name: np.round(column.values, DECIMALS) for column in columns_of(report)}


def columns_of(report: Report) -> tuple[Column, ...]:
    """``metrics.series`` of every stretch that the measurements come from, in the frames of the whole track.

    Everything but a column's values comes from the first stretch that shows it, or the first if none does.
    """
    rows = [np.searchsorted(report.trial.track.frames, bout.trial.track.frames) for bout in report.used]
    parts = zip(*(series(bout.trial) for bout in report.used), strict=True)
    return tuple(_joined(len(report.trial.track), list(zip(rows, part, strict=True))) for part in parts)


def _joined(frames: int, parts: list[tuple[NDArray[np.intp], Column]]) -> Column:
    values = np.full(frames, np.nan)
    for rows, column in reversed(parts):
        values[rows] = column.values
    shown = next((column for _, column in parts if column.missing is None), parts[0][1])
    return replace(shown, values=values, smooth=values)


def _when(report: Report) -> dict[str, FloatArray]:
    track, factor = report.trial.track, report.trial.video.slow_motion_factor
    return {"frame": track.frames.astype(float), "time_s": np.round(track.time_s * factor, TIME_DECIMALS)}


def _landmarks(report: Report) -> dict[str, FloatArray]:
    """The contents of ``frames_csv``, landmarks unrounded."""
    track = report.trial.track
    return _when(report) | dict(zip(landmark_columns(track.landmarks.names), landmark_cells(track).T, strict=True))


def _rows(table: Mapping[str, FloatArray]) -> Iterator[Row]:
    names = list(table)
    for values in np.stack(list(table.values()), axis=1):
        yield dict(zip(names, values.tolist(), strict=True))


def _told(report: Report) -> Iterator[Row]:
    """What each column of the angles is, what was added to it, and why it is empty if it is."""
    track = report.trial.track
    yield _row("frame", "", f"index in the file, from 0; {len(track)} frames were posed")
    yield _row("time_s", "s", "time in the file; in slow motion it runs slower than real time")
    yield from map(_of, columns_of(report))


def _row(column: str, unit: str, what: str) -> dict[str, Any]:
    return dict.fromkeys(TOLD, "") | {"column": column, "unit": unit, "what": what, "added": nan, "error_sd": nan}


def _of(column: Column) -> Row:
    empty = "" if column.missing is None else reason(column.missing).because
    angle = column.unit == "°" and not empty
    return _row(column.name, column.unit, column.what) | {
        "positive": column.positive,
        "added": round(column.added, DECIMALS) if angle else nan,
        "error_sd": round(column.error_sd, DECIMALS) if isfinite(column.error_sd) else nan,
        "empty_because": empty,
    }


def _measures(report: Report) -> Iterator[Row]:
    for m in report.measurements:
        missing = "" if m.missing is None else reason(m.missing).because
        words = {"measure": m.name, "label": m.label, "unit": m.unit, "missing": missing}
        yield words | {"value": m.value, "low": m.low, "high": m.high, "steps": float(m.n)}


def _steps(report: Report) -> tuple[list[str], list[Row]]:
    """Columns and rows."""
    head, lines = read_csv(steps_csv(report))
    return head, [dict(zip(head, line, strict=True)) for line in lines]
