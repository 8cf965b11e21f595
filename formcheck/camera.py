"""How the camera moves: the shift of the background from frame to frame, seen away from the runner."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .datatypes import FloatArray

WIDTH_PX = 320  # features are followed in a small picture: 1 ms a frame, shifts of 0.1 small pixels still seen
POINTS = 80
RENEW_EVERY = 15  # frames between fresh features, so that points lost at the edge are replaced
FEWEST_POINTS = 8  # with fewer the median shift is not trusted
MOST_LOST = 0.2  # of the frames: beyond it the sum of the steps means nothing
BOX_MARGIN = 0.15  # of the runner's box, kept free of features (shadow, loose clothes, landmark error)

Gray = NDArray[np.uint8]


class CameraMotion:
    """Follows the background; ``update`` frame by frame, then read ``shifts``."""

    def __init__(self) -> None:
        self._previous: Gray | None = None
        self._points: NDArray[np.float32] | None = None
        self._age = 0
        self._steps: list[tuple[float, float]] = []

    def update(self, image: NDArray[np.uint8], person_xy: FloatArray | None) -> None:
        """Take the next frame, (H, W, 3) RGB, and the runner's landmarks in it, (33, 2) pixels or None."""
        scale = WIDTH_PX / image.shape[1]
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
        gray: Gray = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
        box = None if person_xy is None else _box(person_xy * scale)
        self._steps.append((0.0, 0.0) if self._previous is None else self._step(gray, box, scale))
        self._age += 1
        if self._points is None or len(self._points) < POINTS // 3 or self._age >= RENEW_EVERY:
            self._points, self._age = _features(gray, box), 0
        self._previous = gray

    def _step(self, gray: Gray, box: tuple[int, int, int, int] | None, scale: float) -> tuple[float, float]:
        if self._points is None or len(self._points) < FEWEST_POINTS:
            return float("nan"), float("nan")
        assert self._previous is not None
        moved, found, _ = cv2.calcOpticalFlowPyrLK(  # type: ignore[call-overload]
            self._previous, gray, self._points, None, winSize=(15, 15), maxLevel=2
        )
        keep = (found[:, 0] == 1) & ~_inside(moved[:, 0], box)
        shift = (moved - self._points)[keep, 0]
        self._points = moved[keep]
        if len(shift) < FEWEST_POINTS:
            return float("nan"), float("nan")
        dx, dy = np.median(shift, axis=0) / scale
        return float(dx), float(dy)

    @property
    def shifts(self) -> FloatArray:
        """(T, 2) pixels the background has moved since the first frame; NaN all through if ever lost for long."""
        steps = np.array(self._steps, float).reshape(-1, 2)
        lost = np.isnan(steps[:, 0])
        if not len(lost) or lost.mean() > MOST_LOST:
            return np.full_like(steps, np.nan)
        return np.cumsum(np.where(lost[:, None], 0.0, steps), axis=0)


def _box(xy: FloatArray) -> tuple[int, int, int, int] | None:
    if not np.isfinite(xy).any():
        return None
    (x0, y0), (x1, y1) = np.nanmin(xy, axis=0), np.nanmax(xy, axis=0)
    mx, my = BOX_MARGIN * (y1 - y0), BOX_MARGIN * (y1 - y0)
    return int(x0 - mx), int(y0 - my), int(x1 + mx), int(y1 + my)


def _inside(points: NDArray[np.float32], box: tuple[int, int, int, int] | None) -> NDArray[np.bool_]:
    if box is None:
        return np.zeros(len(points), bool)
    x0, y0, x1, y1 = box
    x, y = points[:, 0], points[:, 1]
    return np.asarray((x > x0) & (x < x1) & (y > y0) & (y < y1))


def _features(gray: Gray, box: tuple[int, int, int, int] | None) -> NDArray[np.float32] | None:
    mask = np.full(gray.shape, 255, np.uint8)
    if box is not None:
        x0, y0, x1, y1 = (max(v, 0) for v in box)
        mask[y0:y1, x0:x1] = 0
    found = cv2.goodFeaturesToTrack(gray, POINTS, 0.02, 8, mask=mask)
    return None if found is None else np.asarray(found, np.float32)
