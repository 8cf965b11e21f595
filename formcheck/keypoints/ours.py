"""What we write ourselves: keypoints.npz, which holds all that an analysis needs, and frames.csv, which does not."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..archive import FORMAT, OF_VIDEO, landmark_columns, track_of
from ..backends import BACKENDS, KEYPOINTS
from ..datatypes import Outline, PoseTrack, UnreadableInputError
from ..incoming import MOST_OF_FRAMES, content, decimal, document, is_there, table
from ..outline import COLUMNS, DIRECTIONS, HEIGHTS, ROWS
from ..settings import REPORT
from ..video import MOST_FRAMES
from .points import FARTHEST, LEAST_SURE, Kept, Points, posed

MOST_UNPACKED = 2**30
LARGEST_PX = 100_000  # a side of a picture
KINDS = "fiuU"  # of arrays: numbers and text
CELLS = (ROWS, COLUMNS, DIRECTIONS)


def load_npz(path: Path) -> Kept:
    """Raises one of DAMAGED when the file is not one of ours."""
    packed = BytesIO(content(path, MOST_OF_FRAMES))
    with zipfile.ZipFile(packed) as files:
        if sum(file.file_size for file in files.infolist()) > MOST_UNPACKED:
            raise ValueError("too large once unpacked")
        for file in files.infolist():
            _check_size(files, file)
    packed.seek(0)
    with np.load(packed, allow_pickle=False) as arrays:
        track, told = track_of(arrays)
    if told.get("format") != FORMAT:
        raise ValueError("another format than ours")
    _check(track)
    video: Mapping[str, Any] = {"scale": 1.0, **told["video"]}  # older files have none
    return Kept(track, {name: _checked(name, video[name]) for name in OF_VIDEO})


def _check_size(files: zipfile.ZipFile, file: zipfile.ZipInfo) -> None:
    """Refuses an array that claims to be larger than its data, before memory is allocated for it."""
    with files.open(file) as opened:
        version = np.lib.format.read_magic(opened)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, kind = read(opened)
    if kind.kind not in KINDS or any(length < 0 for length in shape):
        raise ValueError("an array holds something that is not a number")
    if np.prod([float(length) for length in shape]) * kind.itemsize > file.file_size:
        raise ValueError("an array is cut short")


def _check(track: PoseTrack) -> None:
    """Refuses what no clip can have produced."""
    if track.model not in BACKENDS and track.model not in KEYPOINTS:
        raise ValueError("seen by an unknown pose model")
    if not 2 <= len(track) <= MOST_FRAMES or len(track.clock_s) > MOST_FRAMES:
        raise ValueError(f"{len(track)} frames")
    for name in ("time_s", "clock_s", "frames"):
        values = getattr(track, name)
        if values.ndim != 1 or not np.isfinite(values).all() or not (np.diff(values) > 0).all() or values[0] < 0:
            raise ValueError(f"{name} does not increase")
    if len(track.frames) != len(track) or not np.isin(track.time_s, track.clock_s).all():
        raise ValueError("frames and times do not go together")
    for name in ("xy", "world", "confidence", "camera_xy"):
        _check_places(name, getattr(track, name))
    if not (track.turn_deg.shape == (len(track),) and (np.abs(track.turn_deg) <= 180).all()):
        raise ValueError("how the camera turned is not a number")
    _check_outline(track.outline, len(track.landmarks))
    _check_told(track)
    if not track.seen.any():
        raise ValueError("nobody is in it")


def _check_told(track: PoseTrack) -> None:
    if not abs(track.roll_deg) <= 180 or not 0 <= track.roll_sd_deg <= FARTHEST:
        raise ValueError("the camera's roll is not a number")
    if any(abs(value) > FARTHEST for value in (track.converging, track.converging_sd)):  # NaN when unknown
        raise ValueError("the camera's pitch is not a number")
    person = track.person
    counts = (person.number, person.of, *person.numbers)
    if not all(type(count) is int and 0 < count <= FARTHEST for count in counts) or not isinstance(person.reason, str):
        raise ValueError("who was followed is not said")


def _check_places(name: str, values: NDArray[Any]) -> None:
    if np.isinf(values).any() or (np.abs(values[np.isfinite(values)]) > FARTHEST).any():
        raise ValueError(f"{name} lies outside any picture")


def _check_outline(outline: Outline, landmarks: int) -> None:
    """Of looks at the trunk there may be none; those there are have each what ``outline.read`` gives."""
    looks, edges = len(outline), HEIGHTS.shape
    wanted = {"time_s": (), "left": edges, "right": edges, "gradients": CELLS, "points": (landmarks, 2)}
    for name, shape in wanted.items():
        values = getattr(outline, name)
        if len(values) != looks or (looks and values.shape[1:] != shape):
            raise ValueError(f"outline_{name} has the shape {values.shape}")
        _check_places(f"outline_{name}", values)
    if np.isnan(outline.time_s).any():
        raise ValueError("outline_time_s is not a time")


def _checked(name: str, value: Any) -> Any:
    """A value stated about the clip, refused if impossible."""
    if value is None and name in ("frames", "duration_s"):
        return None
    most = {"width_px": LARGEST_PX, "height_px": LARGEST_PX, "frames": 10 * MOST_FRAMES, "scale": 1.0}.get(name, 1e6)
    kinds = (int,) if name.endswith("_px") or name == "frames" else (int, float)
    if type(value) not in kinds or not 0 < value <= most:
        raise ValueError(f"{name} is {value!r:.40}")
    return value


def load_csv(path: Path) -> Points:
    """frames.csv: cleaned, in the picture only; the report.json beside it, if any, says how it was seen."""
    head, *rows = table(path, "give frames.csv as formcheck wrote it", MOST_FRAMES + 1, MOST_OF_FRAMES)
    if head[:2] != ["frame", "time_s"] or (len(head) - 2) % 3:
        raise ValueError("not a frames.csv")
    names = tuple(name.removesuffix("_x") for name in head[2::3])
    if head[2:] != landmark_columns(names):
        raise ValueError("columns are missing")
    model, size_px, scale, factor = _beside(path)
    fitting = [name for name, row in {**BACKENDS, **KEYPOINTS}.items() if row.landmarks.names == names]
    model = model if model in fitting else next((name for name in fitting if name in KEYPOINTS), None)
    if model is None:
        raise ValueError("landmarks of an unknown set")
    if not rows or any(len(row) != len(head) for row in rows):
        raise ValueError("a row is cut short")
    values = np.array([[decimal(cell) if cell else np.nan for cell in row] for row in rows])
    if not np.isfinite(values[:, :2]).all():
        raise ValueError("a row lacks its frame or time")
    points = values[:, 2:].reshape(len(values), -1, 3)
    landmarks = {**BACKENDS, **KEYPOINTS}[model].landmarks
    sure = np.maximum(points[..., 2], LEAST_SURE)
    people = [[pose] if (pose := posed(p[:, :2], s, landmarks)) else [] for p, s in zip(points, sure, strict=True)]
    if not (np.diff(values[:, :2], axis=0) > 0).all():
        raise ValueError("frames or times do not increase")
    if values[-1, 0] - values[0, 0] >= MOST_FRAMES or (values[:, 0] % 1).any():
        raise ValueError("frame numbers that no clip can have")
    frames, time_s = values[:, 0].astype(np.int64), values[:, 1]
    return Points(model, frames, people, time_s, size_px, scale=scale, slow_motion_factor=factor, ours=True)


def _beside(path: Path) -> tuple[str | None, tuple[int, int] | None, float, float | None]:
    """The pose model, the picture's size and scale, and the slow-motion factor, as the report beside it tells them."""
    report = path.with_name(REPORT)
    if not is_there(report):
        return None, None, 1.0, None
    try:
        told = document(report, "")
        video = {"scale": 1.0, **told["video"]}  # older reports have none
        size_px = int(video["width_px"]), int(video["height_px"])
        scale, factor = (float(_checked(name, video[name])) for name in ("scale", "slow_motion_factor"))
        return str(told["model"]), size_px, scale, factor
    except (UnreadableInputError, KeyError, TypeError, ValueError):
        return None, None, 1.0, None
