"""One person in one frame, and what a pose model offers to find and track them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..datatypes import FloatArray, landmark, toward_camera
from ..landmarks import BLAZEPOSE, SIDES, LandmarkSet

SAME_POSE = 0.1  # of body height: two detections of one person in one frame differ by less in head, shoulders and hips
SMALL_PERSON = 0.4  # of the largest: people smaller than this are passers-by in the distance
TRUNK = ("nose", "left_shoulder", "right_shoulder", "left_hip", "right_hip")
HIPS = slice(3, 5)  # of them


@dataclass(frozen=True)
class Pose:
    """One person in one frame, at the K landmarks of a set.

    xy          (K, 2) pixels
    world       (K, 3) metres, as in PoseTrack; None from a model without points in space
    confidence  (K,) 0…1
    mask        (h, w) 0…1 how certain it is that a pixel is the person's, if given
    """

    xy: FloatArray
    world: FloatArray | None
    confidence: FloatArray
    mask: FloatArray | None = None
    landmarks: LandmarkSet = BLAZEPOSE

    def mid(self, joint: str) -> FloatArray:
        """(2,) midpoint of the left and right landmark of a joint ("hip", "shoulder", "ear", …)."""
        left, right = (landmark(self.xy, self.landmarks, f"{side}_{joint}") for side in SIDES)
        return 0.5 * (left + right)

    @property
    def hips(self) -> FloatArray:
        return self.mid("hip")

    @property
    def height_px(self) -> float:
        return float(np.ptp(self.xy[:, 1]))

    @property
    def trunk(self) -> FloatArray:
        """(5, 2) head, shoulders and hips: what hardly moves within a step."""
        return self.xy[self.landmarks.present(TRUNK)]

    @property
    def from_the_side(self) -> bool:
        """Whether the line through shoulders and hips points at the camera rather than across the picture."""
        if self.world is None:
            return bool(abs(toward_camera(self.xy, self.landmarks)) < np.sqrt(0.5))
        left, right = (self.world[self.landmarks.present([f"{s}_shoulder", f"{s}_hip"])] for s in SIDES)
        across, _, away = (left - right).sum(axis=0)
        return bool(abs(across) < abs(away))

    def distance(self, other: Pose) -> float:
        """Mean distance of head, shoulders and hips in body heights: people may stand close, one behind the other."""
        apart = np.linalg.norm(self.trunk - other.trunk, axis=1)
        return float(apart.mean() / max(self.height_px, other.height_px, 1.0))


class PoseTracker(Protocol):
    """A pose model on the frames of one clip in order: stays with one person, and searches again while it has none."""

    @property
    def tracking(self) -> bool: ...  # whether the next frame is searched only where the person was
    def update(self, image: np.ndarray) -> Pose | None: ...
    def reset(self) -> None: ...


class PoseBackend(Protocol):
    """A pose model: any number of trackers of one person each; ``detect`` finds everybody in one image, with masks.

    afar: a tracker that, if it can, also finds people who are small in the picture. tall_px: how tall people look who
    are too small to be found in all of it at once; a model that can searches it in parts.
    """

    def tracker(self, *, afar: bool = False) -> PoseTracker: ...
    def detect(self, image: np.ndarray, tall_px: float | None = None) -> list[Pose]: ...


def distinct(poses: list[Pose], known: Collection[Pose] = ()) -> list[Pose]:
    """Poses of people of notable size who differ from those known: a detector may find one person twice."""
    tallest = max((pose.height_px for pose in (*known, *poses)), default=0.0)
    kept: list[Pose] = []
    for pose in sorted(poses, key=lambda p: -p.height_px):
        notable = pose.height_px > SMALL_PERSON * tallest
        if notable and all(pose.distance(other) > SAME_POSE for other in (*known, *kept)):
            kept.append(pose)
    return kept
