"""OpenSim's .trc as Sports2D, Pose2Sim and we write it → Points: one person's markers over time."""

from __future__ import annotations

from io import StringIO
from itertools import islice
from pathlib import Path

import numpy as np

from ..backends import KEYPOINTS
from ..datatypes import FloatArray
from ..incoming import decimal, text
from ..landmarks import IDLE, SIDES, LandmarkSet, marker_name
from ..tracking import Pose
from ..video import MOST_FRAMES
from .points import Points, posed

HEAD = 5  # lines
PER_M = {"m": 1.0, "mm": 1000.0}
PX_PER_M = 500.0  # positions in metres become those in a picture of this scale
TALLEST_M = 10.0  # from ankles to shoulders: anyone taller was written in pixels, whatever the header says
MOST_MARKERS = 1000
SETS = ("halpe26", "body25", "feet22", "coco17")  # whose markers are looked for, those that show more first


def load_trc(path: Path) -> Points:
    """X is across the picture, Y up, or down in files in pixels, which Sports2D also writes. Raises ValueError."""
    lines = StringIO(text(path, "give a .trc file"))
    head = [line.rstrip("\r\n").split("\t") for line in islice(lines, HEAD)]
    if len(head) < HEAD or not head[0][0].startswith("PathFileType") or "Units" not in head[1]:
        raise ValueError("not a .trc file")
    names = [name.strip() for name in head[3][2:] if name.strip()]
    unit = head[2][head[1].index("Units")].strip()
    rows = [_row(line, len(names)) for line in lines if line.strip()]
    if not rows or len(rows) > MOST_FRAMES or len(names) > MOST_MARKERS:
        raise ValueError(f"{len(rows)} frames of {len(names)} markers")
    table = np.array(rows)
    model, landmarks = _set_of(names)
    points = table[:, 2:].reshape(len(table), len(names), 3)
    shown = np.isfinite(points[..., :2]).all(axis=2) & points.any(axis=2)  # programs fill gaps with 0 0 0
    places = np.where(shown[..., None], points[..., :2], np.nan)
    by_name = dict(zip(names, np.swapaxes(places, 0, 1), strict=True))
    unknown = np.full((len(table), 2), np.nan)
    xy = np.stack([by_name.get(marker_name(name), unknown) for name in landmarks.names], axis=1)
    xy, in_picture = _as_seen(xy, landmarks, unit)
    people = [[pose] if (pose := _pose(place, landmarks)) else [] for place in xy]
    time_s = table[:, 1]
    if not np.isfinite(time_s).all() or time_s[0] < 0 or not (np.diff(time_s) > 0).all():
        raise ValueError("times do not increase")
    return Points(model, np.arange(len(table)), people, time_s, numbered=False, in_picture=in_picture)


def _row(line: str, markers: int) -> list[float]:
    """Frame, time and three numbers per marker; NaN where a cell is blank."""
    cells = [decimal(cell) if cell.strip() else np.nan for cell in line.rstrip("\r\n").split("\t")]
    return (cells + [np.nan] * (2 + 3 * markers))[: 2 + 3 * markers]


def _set_of(names: list[str]) -> tuple[str, LandmarkSet]:
    """The set that the markers belong to; those that nothing is measured from may be missing."""
    for model in SETS:
        landmarks = KEYPOINTS[model].landmarks
        if {marker_name(name) for name in landmarks.names if name not in IDLE} <= set(names):
            return model, landmarks
    lacking = [marker_name(name) for name in KEYPOINTS["coco17"].landmarks.names if marker_name(name) not in names]
    raise ValueError(f"markers {', '.join(lacking[:5])} are missing")


def _as_seen(xy: FloatArray, landmarks: LandmarkSet, unit: str) -> tuple[FloatArray, bool]:
    """Positions in pixels, y down, and whether they are those of a clip's picture."""
    of_sides = [landmarks.present(f"{side}_{joint}" for side in SIDES) for joint in ("shoulder", "ankle")]
    if not all(np.isfinite(xy[:, places]).any() for places in of_sides):
        raise ValueError("nobody is in it")
    shoulders, ankles = (np.nanmedian(xy[:, places, 1]) for places in of_sides)
    tall = abs(shoulders - ankles) / PER_M.get(unit, 1.0)
    if unit not in PER_M or tall > TALLEST_M:
        return (xy, True) if ankles > shoulders else (_on_paper(xy, 1.0), False)
    return _on_paper(xy, PX_PER_M / PER_M[unit]), False


def _on_paper(xy: FloatArray, scale: float) -> FloatArray:
    """y flipped to point down, no coordinate negative."""
    turned = xy * np.array([scale, -scale])
    return np.asarray(turned - np.nanmin(turned, axis=(0, 1)))


def _pose(place: FloatArray, landmarks: LandmarkSet) -> Pose | None:
    return posed(place, np.isfinite(place).all(axis=1).astype(float), landmarks)
