"""What a file of keypoints holds, checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..backends import backend_of
from ..datatypes import FloatArray, PoseTrack, UnreadableInputError, VideoInfo, landmark
from ..landmarks import SIDES, LandmarkSet
from ..tracking import Pose
from ..video import MOST_FRAMES

REMEDY = "give what `export=npz` wrote, frames.csv, OpenPose's folder or zip, COCO or Halpe JSON, or a .trc file"
FARTHEST = 1e6  # from the origin, in pixels: no camera has a tenth as many
LEAST_SURE = 0.01  # of a point that cleaning has bridged, which has no confidence of its own
FARTHEST_FRAME = 10**9
MOST_PEOPLE = 100  # in a frame
BY_COUNT = {17: "coco17", 18: "coco18", 25: "body25", 26: "halpe26", 33: "blazepose"}  # how many points → their set
WHOLE_BODIES = {133: 17, 136: 26}  # sets that begin with one of these, followed by hands and face

People = Sequence[tuple[str, Pose | None]]  # of a frame, as ``pose_of`` gives them


@dataclass(frozen=True)
class Points:
    """People frame by frame.

    frames   (n,) index in the clip, increasing; in the file, where that has only times
    people   who is seen in each of them
    time_s   (n,) of each: real time, or the clip's own where we wrote them; None when the file does not say
    size_px  of the picture, None when the file does not say
    numbered  whether frames are the clip's own
    first_known  whether they are known to be counted from its first
    in_picture  whether positions are pixels of the clip's picture
    scale       pixels of these, of how many of the file, where they are those of pictures as read
    slow_motion_factor  time in the file over real time, as found when its clip was analysed; None when not known
    ours        whether we wrote them: pixels are those of pictures as read, and cleaning them again would blur them
    """

    model: str
    frames: NDArray[np.int64]
    people: Sequence[Sequence[Pose]]
    time_s: FloatArray | None = None
    size_px: tuple[int, int] | None = None
    numbered: bool = True
    first_known: bool = True
    in_picture: bool = True
    scale: float = 1.0
    slow_motion_factor: float | None = None
    ours: bool = False

    def of_clip(self, info: VideoInfo) -> Points:
        """In pixels of its pictures as read; frames that would lie beyond it are counted from 1, or the first here."""
        frames, people = self.frames, self.people
        if not self.first_known and info.frames and frames[-1] >= info.frames:
            frames = frames - (min(1, frames[0]) if frames[-1] == info.frames else frames[0])
        if self.in_picture and not self.ours and info.scale != 1:
            people = [[replace(pose, xy=info.scale * pose.xy) for pose in there] for there in people]
        return replace(self, frames=frames, people=people)


@dataclass(frozen=True)
class Kept:
    """A track that we exported ourselves, in real time, and what was stored about its clip."""

    track: PoseTrack
    video: dict[str, Any]


def unreadable(path: Path, why: object) -> UnreadableInputError:
    return UnreadableInputError(f"{path}: no keypoints that can be read ({why}); {REMEDY}")


def pose_of(values: Any) -> tuple[str, Pose | None]:
    """(model, pose) from x, y, confidence of each point of a known set, in one list; no pose when nobody is there.

    Points whose confidence is 0 are unknown, wherever they are, and so are those of which a number is NaN. Raises
    ValueError.
    """
    points = numbers(values)
    if points.ndim != 1 or len(points) % 3:
        raise ValueError(f"a person has {points.size} numbers, not three for each point")
    points = points.reshape(-1, 3)
    points = points[: WHOLE_BODIES.get(len(points), len(points))]
    model = BY_COUNT.get(len(points))
    if model is None:
        raise ValueError(f"a person has {len(points)} points, and sets of {', '.join(map(str, BY_COUNT))} are known")
    return model, posed(points[:, :2], points[:, 2], backend_of(model).landmarks)


def posed(xy: FloatArray, confidence: FloatArray, landmarks: LandmarkSet) -> Pose | None:
    """Somebody who can be tracked: hips and shoulders are known; otherwise None.

    Unknown points get confidence 0 and are put in the middle of the trunk, so that distances can be computed.
    """
    known = np.isfinite(xy).all(axis=1) & (confidence > 0)
    if known.any() and np.abs(xy[known]).max() > FARTHEST:
        raise ValueError("a point lies outside any picture")
    seen = np.where(known[:, None], xy, np.nan)
    hips, shoulders = (
        _known_mean([landmark(seen, landmarks, f"{side}_{joint}") for side in SIDES]) for joint in ("hip", "shoulder")
    )
    middle = 0.5 * (hips + shoulders)
    if not np.isfinite(middle).all():
        return None
    return Pose(
        np.where(known[:, None], xy, middle), None, np.where(known, np.clip(confidence, 0, 1), 0.0), None, landmarks
    )


def _known_mean(places: list[FloatArray]) -> FloatArray:
    known = [place for place in places if np.isfinite(place).all()]
    return np.mean(known, axis=0) if known else np.full(2, np.nan)


def numbers(values: Any) -> FloatArray:
    """A list of numbers as an array; raises ValueError for anything else, strings and booleans included."""
    if not isinstance(values, list) or not all(type(value) in (int, float) for value in values):
        raise ValueError("what should be numbers is something else")
    return np.array(values, float)


def collected(seen: Iterable[tuple[int, People]]) -> Points:
    """Frames in any order, each with those in it, or with some of them. Raises ValueError."""
    frames: dict[int, list[Pose]] = {}
    models: set[str] = set()
    for frame, people in seen:
        if not 0 <= frame <= FARTHEST_FRAME:
            raise ValueError(f"a frame's number is {frame}")
        there = frames.setdefault(frame, [])
        models.update(model for model, _ in people)
        there += [pose for _, pose in people if pose is not None]
        if len(models) > 1:
            raise ValueError("people with different sets of points")
        if len(there) > MOST_PEOPLE or len(frames) > MOST_FRAMES:
            raise ValueError(f"more than {MOST_PEOPLE} people in a frame, or {MOST_FRAMES} frames")
    if not models:
        raise ValueError("nobody is in it")
    order = sorted(frames)
    return Points(models.pop(), np.array(order, np.int64), [frames[frame] for frame in order])
