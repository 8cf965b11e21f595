"""A track as named arrays, and back: how landmarks are kept from one analysis to the next, and exported; as columns."""

from __future__ import annotations

import json
import lzma
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from tokenize import TokenError
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from .datatypes import FloatArray, Outline, Person, PoseTrack

TURN = "turn_deg"  # earlier files lack it
ARRAYS = ("time_s", "camera_xy", TURN, "frames", "clock_s")
POINTS = ("xy", "world", "confidence")  # in single precision, as in tracks while a clip is read
FORMAT = "formcheck-keypoints/1"  # of exported files
OF_VIDEO = ("width_px", "height_px", "fps", "frames", "duration_s", "slow_motion_factor", "scale")  # told of the clip
NUMBERS = ("roll_deg", "roll_sd_deg", "converging", "converging_sd", "model")
DAMAGED = (  # what reading a file raises whose bytes or values are not what they should be
    ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError, EOFError, MemoryError,
    BadZipFile, zlib.error, lzma.LZMAError, struct.error, TokenError,
)  # fmt: skip


def landmark_columns(names: Iterable[str]) -> list[str]:
    """The columns of frames.csv that hold landmarks: where each is in the picture, and how sure that is."""
    return [f"{name}_{what}" for name in names for what in ("x", "y", "confidence")]


def landmark_cells(track: PoseTrack, rows: slice = slice(None)) -> FloatArray:
    """(n, 3 K) what stands in those columns, in some rows of a track."""
    points = np.concatenate([track.xy[rows], track.confidence[rows, :, None]], axis=2)
    return points.reshape(len(points), -1)


def arrays_of(track: PoseTrack, **told: Any) -> dict[str, Any]:
    """A track's arrays by name, those of its outline as ``outline_…``; all else, and what is told, as JSON."""
    words = told | {"person": asdict(track.person), "numbers": {name: getattr(track, name) for name in NUMBERS}}
    return {
        "told": np.array(json.dumps(words)),
        "landmarks": np.array(track.landmarks.names),
        **{name: getattr(track, name) for name in ARRAYS},
        **{name: getattr(track, name).astype(np.float32) for name in POINTS},
        **{f"outline_{f.name}": getattr(track.outline, f.name) for f in fields(Outline)},
    }


def track_of(arrays: Mapping[str, NDArray[Any]]) -> tuple[PoseTrack, dict[str, Any]]:
    """The track, and all that was told with it. Raises one of DAMAGED when it is not one of ours."""
    told = json.loads(arrays["told"].item())
    given: dict[str, Any] = {name: arrays[name] for name in ARRAYS if name != TURN or name in arrays}
    given |= {name: arrays[name].astype(float) for name in POINTS}
    outline = Outline(*(arrays[f"outline_{f.name}"] for f in fields(Outline)))
    person = Person(**told["person"] | {"numbers": tuple(told["person"].get("numbers", ()))})
    return PoseTrack(**given, outline=outline, person=person, **told["numbers"]), told
