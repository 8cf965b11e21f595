"""A tracker kept on its person: it sees a window around them, in which others are masked."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ..datatypes import FloatArray
from ..video import Frame
from .association import SAME_SIZE, PersonTrack
from .poses import HIPS, Pose, PoseTracker

HIDDEN_FOR_S = 0.1  # someone who stands where another is seen is not searched for again sooner
WINDOW = 1.0  # body heights from the hips to the edges of what a tracker sees; the model uses up to 0.8 of them
WINDOW_GRID = 32  # places in that length, about: windows of trackers that began at different frames then coincide
WINDOW_STEP = 0.1  # body heights between two frames: a runner's speed at 24 frames a second
COARSE_PX = 128  # longer side of the image in which it is decided what to mask
BROAD = 0.12  # of body height: from the middle of head and trunk to their edges, at most
LARGEST_PX = 30_000  # lines are not drawn to positions beyond this
MASKED = 0  # the grey that others are painted over with; the model also pads images with it


class WindowTracker:
    """A tracker that sees the frame through a window around one person, where nobody else is as easily found."""

    def __init__(self, tracker: PoseTracker) -> None:
        self._tracker = tracker
        self._wait_until_s = 0.0
        self._middle, self._reach = np.zeros(2), 0.0

    @property
    def tracking(self) -> bool:
        return self._tracker.tracking

    def reset(self, time_s: float) -> None:
        """Drop whoever is tracked, and do not search again at once."""
        if self.tracking:
            self._tracker.reset()
            self._wait_until_s = time_s + HIDDEN_FOR_S

    def update(self, frame: Frame, person: PersonTrack, others: list[FloatArray]) -> Pose | None:
        """Whom the tracker sees there; others: head, shoulders and hips of other people."""
        trunk, height = person.predicted(frame.time_s), max(person.last.height_px, 1.0)
        if self.tracking and abs(np.log(self._reach / (WINDOW * height))) > np.log(SAME_SIZE):
            self._tracker.reset()
        if not self.tracking:
            if frame.time_s < self._wait_until_s:
                return None
            self._middle, self._reach = trunk[HIPS].mean(axis=0), WINDOW * height
        else:  # the tracker expects the person where they were in its window, which may therefore move only a little
            step = trunk[HIPS].mean(axis=0) - self._middle
            far = float(np.linalg.norm(step)) / (WINDOW_STEP * height)
            self._middle = self._middle + (step / far if far > 1 else 0.0)
        grid = 2 ** max(0, int(np.log2(self._reach / WINDOW_GRID)))
        corner = grid * np.round((self._middle - self._reach) / grid).astype(int)
        window = _crop(frame.image, corner, 2 * round(self._reach))
        masked = mask_others(window, trunk - corner, height, [o - corner for o in others], self.tracking)
        pose = self._tracker.update(masked)
        return None if pose is None else replace(pose, xy=pose.xy + corner)


def mask_others(
    image: np.ndarray, trunk: FloatArray, height_px: float, others: list[FloatArray], tracking: bool
) -> np.ndarray:
    """The image with others' heads and trunks masked where nearer to them; while searching, all that is nearer."""
    scale = min(1.0, COARSE_PX / max(image.shape[:2]))
    shape = (max(1, round(scale * image.shape[0])), max(1, round(scale * image.shape[1])))
    own, mask = _distance(shape, trunk * scale), np.zeros(shape, bool)
    for other in others:
        away = _distance(shape, other * scale)
        mask |= (away < own) & ((away < BROAD * height_px * scale) if tracking else True)
    if not mask.any():
        return image
    whole = cv2.resize(mask.astype(np.uint8), image.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    return np.where(whole[..., None] > 0, np.asarray(MASKED, image.dtype), image)


def _crop(image: np.ndarray, corner: NDArray[np.int_], side: int) -> np.ndarray:
    """A square of the image, masked where it extends beyond the image."""
    crop = np.full((side, side, image.shape[2]), MASKED, image.dtype)
    x, y = corner
    begin_x, begin_y = max(x, 0), max(y, 0)
    part = image[begin_y : max(y + side, 0), begin_x : max(x + side, 0)]
    crop[begin_y - y :, begin_x - x :][: part.shape[0], : part.shape[1]] = part
    return crop


def _distance(shape: tuple[int, ...], trunk: FloatArray) -> NDArray[np.float32]:
    """(h, w) pixels from the line between head and hips."""
    canvas = np.full(shape, 255, np.uint8)
    head, hips = np.clip([trunk[0], trunk[HIPS].mean(axis=0)], -LARGEST_PX, LARGEST_PX).astype(int).tolist()
    cv2.line(canvas, head, hips, 0, 1)
    return np.asarray(cv2.distanceTransform(canvas, cv2.DIST_L2, 3), np.float32)
