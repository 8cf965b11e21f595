"""Landmarks as files that can be analysed again: our own format with all that was seen, and OpenPose's."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np

from ..archive import FORMAT, OF_VIDEO, arrays_of
from ..cleaning import on_every_frame
from ..datatypes import SIDES, FloatArray, PoseTrack, Report
from ..files import replacing
from ..landmarks import BODY_25, MIDDLES

OF_PEOPLE: dict[str, list[float]] = {  # what else OpenPose writes, empty
    f"{part}_keypoints_{dimensions}d": []
    for dimensions in (2, 3)
    for part in ("pose", "face", "hand_left", "hand_right")
}
DAY_ZERO = (1980, 1, 1, 0, 0, 0)  # date of files in a zip, so that repeated exports are identical
DECIMALS = 3


def write_openpose(report: Report, path: Path) -> None:
    """BODY_25, cleaned, one file per frame, named as OpenPose does; what was not seen is 0 0 0, as in OpenPose.

    Frames that were not posed have one too: programs that read such a folder count its files.
    """
    track, stem = on_every_frame(report.trial.track), "clip"
    points = np.stack([_point(track, name, report.trial.video.scale) for name in BODY_25.names], axis=1)
    with replacing(path) as temporary, ZipFile(temporary, "w", ZIP_DEFLATED) as file:
        for frame, place in zip(track.frames.tolist(), points, strict=True):
            seen = bool((place[:, 2] > 0).any())
            numbers = np.round(place, DECIMALS).ravel().tolist()
            people = [{"person_id": [-1], **OF_PEOPLE, "pose_keypoints_2d": numbers}] if seen else []
            info = ZipInfo(f"{stem}_{frame:012d}_keypoints.json", DAY_ZERO)
            info.compress_type = ZIP_DEFLATED
            file.writestr(info, json.dumps({"version": 1.3, "people": people}))


def _point(track: PoseTrack, name: str, scale: float) -> FloatArray:
    """(T, 3) pixels of the file and confidence of a landmark, or of the midpoint between left and right."""
    made = name not in track.landmarks and name in MIDDLES
    xy = (track.mid(MIDDLES[name]) if made else track.point(name)) / scale
    places = track.landmarks.present([f"{side}_{MIDDLES[name]}" for side in SIDES] if made else [name])
    confidence = track.confidence[:, places].min(axis=1) if places else np.zeros(len(track))
    return np.where(np.isfinite(xy[:, :1]), np.column_stack([xy, confidence]), 0.0)


def write_npz(report: Report, path: Path) -> None:
    """The landmarks as the pose model saw them, before cleaning, and everything else an analysis is based on."""
    assert report.seen is not None  # the options asked for it
    video = {name: getattr(report.trial.video, name) for name in OF_VIDEO}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays_of(report.seen, format=FORMAT, video=video))
