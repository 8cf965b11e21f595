"""How the camera moves and how it is tilted, read from the background, away from people."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from .datatypes import FloatArray

WIDTH_PX = 320  # features are followed in a small picture: 1 ms a frame, and shifts of 0.1 of its pixels still show
POINTS = 80
RENEW_EVERY = 15  # frames between fresh features, so that points lost at the edge are replaced
FEWEST_POINTS = 8  # with fewer, the median shift is not trusted
AGREE_PX = 0.15  # small pixels, median distance from their median: points up to this move as one; reflections do not
MOST_LOST = 0.2  # of the frames: beyond this, the sum of the steps means nothing
BOX_MARGIN = 0.15  # of a person's height: margin kept clear of features (shadow, loose clothes, landmark error)

LINES_WIDTH_PX = 640  # longer side of the picture searched for upright edges
SHORTEST_LINE = 0.05  # of the picture's height
STEEPEST_ROLL_DEG = 8.0  # a phone tilted more is tilted on purpose
CONVERGING_DEG = 10.0  # uprights at the picture's edges may lean in or out this much when the camera looks up or down
LINE_NOISE_DEG = 0.4  # scatter of the edges of one upright object
ENOUGH_LINES = 1.5  # picture heights of agreeing upright edges in a look: fewer say nothing
FEW_LINES_SD_DEG = 0.8  # error of a roll read from one picture height of edges; falls as their length grows
UNKNOWN_ROLL_SD_DEG = 1.5  # of a phone propped up by hand
LEAST_ROLL_SD_DEG = 0.3  # rooms are not built straighter than this

Gray = NDArray[np.uint8]
Box = tuple[int, int, int, int]  # left, top, right, bottom


class CameraMotion:
    """Follows the background; ``update`` frame by frame, then read ``steps``."""

    def __init__(self) -> None:
        self._previous: Gray | None = None
        self._points: NDArray[np.float32] | None = None
        self._age = 0
        self._steps = array("d")

    def update(self, image: NDArray[np.uint8], people: Iterable[FloatArray]) -> None:
        """Take the next frame, (H, W, 3) RGB, and everybody's landmarks in it, (K, 2) pixels each."""
        scale = WIDTH_PX / image.shape[1]
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        gray: Gray = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
        boxes = _boxes(people, scale)
        self._steps.extend((0.0, 0.0) if self._previous is None else self._step(gray, boxes, scale))
        self._age += 1
        if self._points is None or len(self._points) < POINTS // 3 or self._age >= RENEW_EVERY:
            self._points, self._age = _features(gray, boxes), 0
        self._previous = gray

    def _step(self, gray: Gray, boxes: list[Box], scale: float) -> tuple[float, float]:
        if self._points is None or len(self._points) < FEWEST_POINTS:
            return float("nan"), float("nan")
        assert self._previous is not None
        moved, found, _ = cv2.calcOpticalFlowPyrLK(  # type: ignore[call-overload]
            self._previous, gray, self._points, None, winSize=(15, 15), maxLevel=2
        )
        keep = (found[:, 0] == 1) & ~_inside(moved[:, 0], boxes)
        shift = _telling((moved - self._points)[keep, 0], moved[keep, 0, 1], boxes)
        self._points = moved[keep]
        if len(shift) < FEWEST_POINTS:
            return float("nan"), float("nan")
        dx, dy = np.median(shift, axis=0) / scale
        return float(dx), float(dy)

    @property
    def steps(self) -> FloatArray:
        """(T, 2) pixels the background has moved since the frame before, 0 for the first; NaN when lost."""
        return np.array(self._steps).reshape(-1, 2)


def shifts_of(steps: FloatArray) -> FloatArray:
    """(T, 2) pixels the background has moved since the first frame; all NaN if lost in too many frames."""
    lost = np.isnan(steps[:, 0])
    if not len(lost) or lost.mean() > MOST_LOST:
        return np.full_like(steps, np.nan)
    return np.cumsum(np.where(lost[:, None], 0.0, steps), axis=0)


def _boxes(people: Iterable[FloatArray], scale: float) -> list[Box]:
    """Boxes around people, with a margin, in a picture scaled by this factor."""
    return [_box(xy * scale) for xy in people if np.isfinite(xy).any()]


def _box(xy: FloatArray) -> Box:
    (x0, y0), (x1, y1) = np.nanmin(xy, axis=0), np.nanmax(xy, axis=0)
    margin = BOX_MARGIN * (y1 - y0)
    return int(x0 - margin), int(y0 - margin), int(x1 + margin), int(y1 + margin)


def _inside(points: NDArray[np.float32], boxes: list[Box]) -> NDArray[np.bool_]:
    inside, (x, y) = np.zeros(len(points), bool), points.T
    for x0, y0, x1, y1 in boxes:
        inside |= (x > x0) & (x < x1) & (y > y0) & (y < y1)
    return inside


def _telling(shift: NDArray[np.float32], y: NDArray[np.float32], boxes: list[Box]) -> NDArray[np.float32]:
    """Of shifts (n, 2) at heights y (n,), those above the middle of the largest person if they agree; else all.

    Lines along a lane seem to stand still, whatever the camera does. The horizon is as high as the camera, which is
    held at about hip height: what lies above the hips is not ground.
    """
    if not boxes:
        return shift
    _, top, _, bottom = max(boxes, key=lambda box: box[3] - box[1])
    above = shift[y < 0.5 * (top + bottom)]
    if len(above) < FEWEST_POINTS:
        return shift
    return above if np.median(np.abs(above - np.median(above, axis=0)), axis=0).max() <= AGREE_PX else shift


def _features(gray: Gray, boxes: list[Box]) -> NDArray[np.float32] | None:
    mask = np.full(gray.shape, 255, np.uint8)
    for box in boxes:
        x0, y0, x1, y1 = (max(v, 0) for v in box)
        mask[y0:y1, x0:x1] = 0
    found = cv2.goodFeaturesToTrack(gray, POINTS, 0.02, 8, mask=mask)
    return None if found is None else np.asarray(found, np.float32)


class CameraRoll:
    """How far the camera is tilted sideways, from the upright edges of the room; call ``look`` now and then."""

    def __init__(self) -> None:
        self._detector = cv2.createLineSegmentDetector()
        self._looks: list[tuple[float, float]] = []

    def look(self, image: NDArray[np.uint8], people: Iterable[FloatArray]) -> None:
        """Take a frame, (H, W, 3) RGB, and everybody's landmarks in it, (K, 2) pixels each."""
        scale = LINES_WIDTH_PX / max(image.shape[:2])
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        lines = self._detector.detect(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))[0]
        if lines is not None:
            lines = lines.reshape(-1, 4)
            middles = ((lines[:, :2] + lines[:, 2:]) / 2).astype(np.float32)
            lines = lines[~_inside(middles, _boxes(people, scale))]
            self._looks.append(_roll_of(np.asarray(lines, np.float32), small.shape[1], small.shape[0]))

    @property
    def looks(self) -> FloatArray:
        """(k, 2) for each look: roll, and the length of the edges that agree on it, in picture heights."""
        return np.array(self._looks, float).reshape(-1, 2)


def roll_of(looks: FloatArray) -> tuple[float, float]:
    """(roll, its standard deviation) in degrees, from all looks; + when upright objects lean to the image's right."""
    sure = looks[looks[:, 1] >= ENOUGH_LINES]
    if len(sure) < max(2, len(looks) // 2):
        return 0.0, UNKNOWN_ROLL_SD_DEG
    roll, evidence = np.median(sure, axis=0)
    parts = [LEAST_ROLL_SD_DEG, float(sure[:, 0].std()), FEW_LINES_SD_DEG / evidence]
    return float(roll), float(np.linalg.norm(parts))


def _roll_of(lines: NDArray[np.float32], width: int, height: int) -> tuple[float, float]:
    """(roll, evidence): what most edge length agrees on, allowing uprights to converge across the picture."""
    along = lines[:, 2:] - lines[:, :2]
    along = along * np.where(along[:, 1:] > 0, -1, 1)  # upwards
    length = np.linalg.norm(along, axis=1)
    angle = np.degrees(np.arctan2(along[:, 0], -along[:, 1]))
    upright = (length > SHORTEST_LINE * height) & (np.abs(angle) < STEEPEST_ROLL_DEG + CONVERGING_DEG / 2)
    angle, length = angle[upright], length[upright]
    across = ((lines[:, 0] + lines[:, 2])[upright] / 2 - width / 2) / width
    rolls = np.arange(-STEEPEST_ROLL_DEG, STEEPEST_ROLL_DEG + 0.05, 0.1)
    slopes = np.arange(-CONVERGING_DEG, CONVERGING_DEG + 0.5, 1.0)
    misfit = angle - rolls[:, None, None] - slopes[:, None] * across
    agreeing = (length * np.exp(-0.5 * (misfit / LINE_NOISE_DEG) ** 2)).sum(axis=-1) / height
    agreeing *= np.exp(-0.5 * (slopes / CONVERGING_DEG) ** 2)
    best = np.unravel_index(agreeing.argmax(), agreeing.shape)
    return float(rolls[best[0]]), float(agreeing[best])
