"""The BlazePose networks run by LiteRT, behind region tracking of our own, which needs no internet.

A detector finds people in the whole picture, or in squares of it if they are small there; a landmark network reads each
of them in a square region turned upright. From frame to frame the region follows from two auxiliary landmarks, and the
detector rests. Numbers and order are those of MediaPipe's Pose Landmarker (Bazarevsky et al. 2020, BlazePose;
Grishchenko et al. 2022, BlazePose GHUM Holistic): tests compare the two engines.

One thing differs: regions are rounded to a grid. Otherwise a last bit grows, from region to region, into other
landmarks for the rest of the clip; on a grid, trackers that began at different frames soon see the same and agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle, islice
from math import ceil
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import cv2
import numpy as np
from numpy.typing import NDArray

from .datatypes import FloatArray
from .engine import CORES, Floats, Network, model_path, only, quiet, sigmoid
from .landmarks import BLAZEPOSE
from .tracking import MOST_PEOPLE, Pose

Image = NDArray[np.uint8]

MOST_THREADS = 4  # for one network: with more, threads wait for each other
DETECTOR, LANDMARKER = "pose_detector.tflite", "pose_landmarks_detector.tflite"
DETECTOR_PX, LANDMARKER_PX = 224, 256  # sides of what the networks see
# Outputs of the landmark network. The silhouette takes a tenth of its time in the largest model, half in the smallest.
LANDMARKS, PRESENCE, SILHOUETTE, HEATMAPS, SPACE = range(5)
GRIDS = ((8, 2), (16, 2), (32, 6))  # of the detector's answers: pixels apart, answers at each place
SURE = 0.5  # least score of a detection, and of a person's presence in a region
SAME_BOX = 0.5  # share of overlap above which two detections are one person
SQUARES = (2, 3)  # of them side by side take up the picture's shorter side: where small people are searched for
SQUARE = 4.0  # times as large as people look: a square in which they are found
LONGEST_ROW = 8  # of squares side by side, however long and narrow the picture is
SQUARES_A_FRAME = 2  # once all have been searched in vain, which takes as long as reading ten frames
GRID = 64  # places across a region, or more, and as fine for its size and angle: its corners move by 2 % of it at most
REGION = 1.25  # side of the region, in diameters of the circle around a person that the two alignment points give
LANDMARKS_READ = 39  # 33, two that determine the next region, four unused
MIDDLE, TOP = 33, 34  # the alignment points: mid-hip, and a point on the circle around the person, above it
AROUND_CELL = np.arange(-3, 4)  # cells around a landmark over which its heatmap is averaged
FARTHEST_PX = 32_000  # beyond the picture, all places are alike
CONFIDENT = 0.5  # least peak of a heatmap that is used


@dataclass(frozen=True)
class Region:
    """A square in the picture: middle (2,) and side in pixels, turned clockwise by angle in radians."""

    middle: FloatArray
    side: float
    angle: float

    @classmethod
    def around(cls, middle: FloatArray, top: FloatArray) -> Region:
        """From the alignment points."""
        x, y = top - middle
        angle = np.pi / 2 - np.arctan2(-y, x)
        return cls(middle, REGION * 2 * float(np.hypot(x, y)), float((angle + np.pi) % (2 * np.pi) - np.pi))

    @property
    def usable(self) -> bool:
        return bool(np.isfinite(self.middle).all() and np.isfinite(self.angle) and 0 < self.side < np.inf)

    @property
    def rounded(self) -> Region:
        """The nearest on a grid, whose places are apart by a power of two of pixels."""
        side = 2 ** (round(np.log2(self.side) * GRID / 2) * 2 / GRID)
        step = 2.0 ** np.floor(np.log2(side / GRID))
        return Region(np.round(self.middle / step) * step, side, round(self.angle * GRID / 2) * 2 / GRID)

    def axes(self) -> FloatArray:
        """(2, 2) the region's sides in the picture, in pixels: rows are its x and its y."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return self.side * np.array([[cos, sin], [-sin, cos]])

    def to_picture(self, points: FloatArray) -> FloatArray:
        """Points (…, 2) from shares of the region to pixels of the picture."""
        return np.asarray(self.middle + (points - 0.5) @ self.axes())

    def from_picture(self, size: int) -> FloatArray:
        """(2, 3) the affine map from the picture's pixels to those of the region drawn ``size`` wide."""
        turn = self.axes() * size / self.side**2
        return np.hstack([turn, (0.5 * size - turn @ self.middle)[:, None]])

    def holds(self, other: Region) -> bool:
        """Whether another, as large at most, is centred within this one, as if it were not turned."""
        return bool(other.side <= self.side and (np.abs(other.middle - self.middle) <= self.side / 2).all())

    def overlap(self, other: Region) -> float:
        """Intersection over union, as if neither were turned."""
        return float(_overlap(self._box()[None], other._box())[0])

    def _box(self) -> FloatArray:
        return np.concatenate([self.middle - self.side / 2, self.middle + self.side / 2])


@contextmanager
def open_model(model: str, threads: int | None = None) -> Iterator[Landmarker]:
    """The networks of one bundle, for one clip, run on at most so many threads."""
    yield Landmarker(model_path(model), min(threads or CORES, MOST_THREADS))


class Landmarker:
    """Makes trackers of one person each; all share the networks, which keep no state."""

    def __init__(self, path: Path, threads: int) -> None:
        self._path, self._threads = path, threads
        with ZipFile(path) as bundle, quiet():
            self._detector = Network(bundle.read(DETECTOR), threads)
        self._landmarks = self._landmark_network(LANDMARKS, PRESENCE, HEATMAPS, SPACE)
        self._from_afar = _Window(DETECTOR_PX, cv2.BORDER_CONSTANT)
        self._close_up = _Window(LANDMARKER_PX, cv2.BORDER_REPLICATE)

    @cached_property
    def _landmarks_and_mask(self) -> Network:
        return self._landmark_network(LANDMARKS, PRESENCE, HEATMAPS, SPACE, SILHOUETTE)

    def _landmark_network(self, *outputs: int) -> Network:
        with ZipFile(self._path) as bundle, quiet():
            return Network(only(bundle.read(LANDMARKER), outputs), self._threads)

    def tracker(self, *, afar: bool = False) -> RegionTracker:
        return RegionTracker(self, afar)

    def detect(self, image: Image, tall_px: float | None = None) -> list[Pose]:
        """Everybody found in one picture, with masks; among people as small as tall_px, in squares of it as well."""
        regions = self.regions(image)
        if tall_px is not None:
            fitting = ceil(min(image.shape[:2]) / (SQUARE * max(tall_px, 1.0)))
            regions = _unlike([*regions, *self.regions(image, _squares(image.shape, [min(fitting, max(SQUARES))]))])
        seen = (self.read(image, region, mask=True) for region in regions[:MOST_PEOPLE])
        return [reading.pose for reading in seen if reading is not None]

    def regions(self, image: Image, within: Sequence[Region] = ()) -> list[Region]:
        """Regions of people in the whole picture, or those in each of some parts of it that fit; the surest first."""
        found: list[tuple[float, Region]] = []
        for part in within or [_whole(image.shape)]:
            answers, scores = self._detector(2 * self._from_afar(image, part) - 1)
            seen = _detections(answers[0], scores[0, :, 0])
            around = [(score, Region.around(*part.to_picture(points[:2]))) for score, points in seen]
            found += [one for one in around if one[1].usable and (not within or part.holds(one[1]))]
        return [region for _, region in sorted(found, key=lambda one: -one[0])]

    def read(self, image: Image, region: Region, *, mask: bool = False) -> Reading | None:
        """Whom the landmark network sees in a region, if anybody."""
        network = self._landmarks_and_mask if mask else self._landmarks
        landmarks, presence, heatmaps, space, *silhouette = network(self._close_up(image, region))
        if presence[0, 0] <= SURE:
            return None
        read = landmarks.reshape(LANDMARKS_READ, 5).astype(np.float64)
        points = region.to_picture(_refined(read[:, :2] / LANDMARKER_PX, heatmaps[0]))
        world = space.reshape(LANDMARKS_READ, 3).astype(np.float64)
        world[:, :2] = world[:, :2] @ region.axes() / region.side
        known = slice(len(BLAZEPOSE))
        outline = (
            _in_picture(sigmoid(silhouette[0][0, :, :, 0].astype(np.float64)), region, image.shape) if mask else None
        )
        pose = Pose(points[known], world[known], sigmoid(read[known, 3]), outline)
        return Reading(pose, Region.around(points[MIDDLE], points[TOP]))


@dataclass(frozen=True)
class Reading:
    """What is seen in a region, and where the person will be in the next frame."""

    pose: Pose
    next: Region


class RegionTracker:
    """Tracks one person from frame to frame, and searches the whole picture while it has none.

    afar: whoever is too small to be found there is searched for in squares, all at first, then some in each frame.
    """

    def __init__(self, landmarker: Landmarker, afar: bool = False) -> None:
        self._landmarker, self._afar = landmarker, afar
        self._squares: Iterator[Region] | None = None
        self._region: Region | None = None
        self._steady = _Steady()

    @property
    def tracking(self) -> bool:
        return self._region is not None

    def update(self, image: Image) -> Pose | None:
        region = self._region or self._found(image)
        reading = self._landmarker.read(image, region) if region is not None else None
        if reading is None or not reading.next.usable:
            self.reset()
            return None
        self._region = reading.next.rounded
        return self._steady(reading.pose, reading.next.side)

    def reset(self) -> None:
        """Lose whoever is tracked."""
        self._region, self._steady = None, _Steady()

    def _found(self, image: Image) -> Region | None:
        region = _first(self._landmarker.regions(image))
        if region is not None or not self._afar:
            return region
        if self._squares is None:
            due = _squares(image.shape, SQUARES)
            self._squares = cycle(due)
        else:
            due = list(islice(self._squares, SQUARES_A_FRAME))
        return next(iter(self._landmarker.regions(image, due)), None)


class _Window:
    """Draws regions upright, ``size`` pixels wide; its arrays are reused: making them costs more than the rest.

    Places are rounded to a thirty-second of a pixel, as MediaPipe's build of OpenCV does: unrounded ones shift
    single landmarks by up to 2 pixels. beyond: what to draw beyond the picture (black, or its edge repeated).
    """

    def __init__(self, size: int, beyond: int) -> None:
        self._size, self._beyond, self._step = size, beyond, np.arange(size)
        self._place, self._fixed = np.empty((size, size)), np.empty((2, size, size), np.int32)
        self._whole, self._between = np.empty((size, size, 2), np.int16), np.empty((size, size), np.uint16)

    def __call__(self, image: Image, region: Region) -> Floats:
        """(size, size, 3) 0…1."""
        across, down = region.axes() / self._size
        corner, place, farthest = region.to_picture(np.zeros(2)), self._place, 32 * FARTHEST_PX
        for i, fixed in enumerate(self._fixed):
            np.add(corner[i] + across[i] * self._step, (down[i] * self._step)[:, None], out=place)
            np.rint(np.multiply(place, 32, out=place), out=place)
            np.copyto(fixed, np.clip(place, -farthest, farthest, out=place), casting="unsafe")
            np.right_shift(fixed, 5, out=self._whole[..., i], casting="unsafe")
        x, y = np.bitwise_and(self._fixed, 31, out=self._fixed)
        np.add(np.multiply(y, 32, out=y), x, out=self._between, casting="unsafe")
        drawn = cv2.remap(image, self._whole, self._between, cv2.INTER_LINEAR, borderMode=self._beyond)
        return np.multiply(drawn, np.float32(1 / 255), dtype=np.float32)


class _OneEuro:
    """The one-euro filter (Casiez, Roussel, Vogel 2012) at one sample a second: movement passes almost unchanged."""

    def __init__(self, least_hz: float, by_speed: float) -> None:
        self._least_hz, self._by_speed = least_hz, by_speed
        self._raw = self._out = self._speed = np.zeros(0)

    def __call__(self, values: FloatArray, scale: float) -> FloatArray:
        """scale: what a speed of one means, in units of the values."""
        if not len(self._out):
            self._raw, self._out, self._speed = values, values, np.zeros_like(values)
            return values
        self._speed = self._speed + self._alpha(1.0) * ((values - self._raw) / scale - self._speed)
        alpha = self._alpha(self._least_hz + self._by_speed * np.abs(self._speed))
        self._raw, self._out = values, self._out + alpha * (values - self._out)
        return self._out

    @staticmethod
    def _alpha(cutoff_hz: Any) -> Any:
        return 1 / (1 + 1 / (2 * np.pi * cutoff_hz))


class _Steady:
    """Smooths a tracker's poses as MediaPipe does with frames a second apart.

    That all but switches its filter off, which otherwise delays hips by 17–37 ms. The corrections in ``knowledge`` were
    learned on landmarks smoothed this way.
    """

    def __init__(self) -> None:
        self._xy, self._world = _OneEuro(0.05, 80.0), _OneEuro(0.1, 40.0)
        self._confidence: FloatArray | None = None

    def __call__(self, pose: Pose, side: float) -> Pose:
        before = self._confidence
        self._confidence = pose.confidence if before is None else before + 0.1 * (pose.confidence - before)
        assert pose.world is not None
        return Pose(self._xy(pose.xy, side), self._world(pose.world, 1.0), self._confidence)


def _whole(shape: tuple[int, ...]) -> Region:
    height, width = shape[:2]
    return Region(np.array([width / 2, height / 2]), float(max(width, height)), 0.0)


def _squares(shape: tuple[int, ...], counts: Sequence[int]) -> list[Region]:
    """Squares that each overlap the next by half at least: whoever is half as tall is whole in one of them.

    counts: of them side by side take up the picture's shorter side
    """
    found = []
    for count in counts:
        side = max(min(shape[:2]) / count, max(shape[:2]) / LONGEST_ROW)
        y, x = (np.linspace(side / 2, edge - side / 2, max(1, ceil(2 * edge / side) - 1)) for edge in shape[:2])
        found += [Region(middle, side, 0.0) for middle in np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)]
    return found


def _first(regions: list[Region]) -> Region | None:
    """Whom to track: the first who is not overlapped so much by somebody later in the list that both are one person."""
    kept: list[Region] = []
    for region in regions:
        kept = [other for other in kept if region.overlap(other) <= SAME_BOX]
        kept.append(region)
    return kept[0] if kept else None


def _unlike(regions: list[Region]) -> list[Region]:
    """Those that no earlier one overlaps so much that both are one person."""
    kept: list[Region] = []
    for region in regions:
        if all(region.overlap(other) <= SAME_BOX for other in kept):
            kept.append(region)
    return kept


def _in_picture(mask: FloatArray, region: Region, shape: tuple[int, ...]) -> FloatArray:
    """(H, W) a mask of the region drawn into the picture, 0 elsewhere."""
    to_mask = region.from_picture(mask.shape[0])
    drawn = cv2.warpAffine(mask, to_mask, shape[1::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return np.asarray(drawn, np.float64)


def _anchors() -> Floats:
    """(N, 2) where each answer of the detector is centred, as shares of what it sees."""
    grids = []
    for step, answers in GRIDS:
        places = (np.arange(DETECTOR_PX // step) + 0.5) * step / DETECTOR_PX
        x, y = np.meshgrid(places, places)
        grids.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), answers, axis=0))
    return np.concatenate(grids).astype(np.float32)


ANCHORS = _anchors()


def _detections(answers: Floats, scores: Floats) -> list[tuple[float, FloatArray]]:
    """(score, alignment points (4, 2)) of each person, as shares of what the detector sees, the surest first.

    Answers (N, 12) are x, y, width, height and four points, in pixels from the anchor. Those that overlap are one
    person, whose points are the mean of theirs weighted by score.
    """
    sure = sigmoid(scores) >= SURE
    sure &= (answers[:, 2:4] >= 0).all(axis=1)
    kept = answers[sure].astype(float) / DETECTOR_PX
    weight, anchors = sigmoid(scores[sure].astype(float)), ANCHORS[sure]
    middle, half = kept[:, :2] + anchors, kept[:, 2:4] / 2
    boxes = np.hstack([middle - half, middle + half])
    points = kept[:, 4:].reshape(-1, 4, 2) + anchors[:, None]
    left, people = np.argsort(-weight, kind="stable"), []
    while len(left):
        same = _overlap(boxes[left], boxes[left[0]]) > SAME_BOX
        same[0] = True
        mates = left[same]
        people.append((float(weight[left[0]]), np.average(points[mates], axis=0, weights=weight[mates])))
        left = left[~same]
    return people


def _overlap(boxes: FloatArray, box: FloatArray) -> FloatArray:
    """(N,) intersection over union of boxes (N, 4) with one: x0, y0, x1, y1."""
    sides = np.minimum(boxes[:, 2:], box[2:]) - np.maximum(boxes[:, :2], box[:2])
    common = np.clip(sides, 0, None).prod(axis=1)
    union = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) + (box[2:] - box[:2]).prod() - common
    return np.asarray(np.divide(common, union, out=np.zeros_like(common), where=union > 0))


def _refined(points: FloatArray, heatmaps: Floats) -> FloatArray:
    """(K, 2) landmarks moved to the centroid of their heatmap nearby where that is confident; shares of the region."""
    high, wide = heatmaps.shape[:2]
    cell = (points * (wide, high)).astype(int)
    inside = np.flatnonzero(((cell >= 0) & (cell < (wide, high))).all(axis=1))
    x, y = cell[inside, 0, None] + AROUND_CELL, cell[inside, 1, None] + AROUND_CELL
    known = ((y >= 0) & (y < high))[:, :, None] & ((x >= 0) & (x < wide))[:, None, :]
    rows, columns = np.clip(y, 0, high - 1)[:, :, None], np.clip(x, 0, wide - 1)[:, None, :]
    near = np.where(known, sigmoid(heatmaps[rows, columns, inside[:, None, None]].astype(float)), 0.0)
    sure = near.max(axis=(1, 2), initial=0.0) >= CONFIDENT
    weight, moved = near[sure], inside[sure]
    total = weight.sum(axis=(1, 2))
    refined = points.copy()
    refined[moved, 0] = (weight.sum(axis=1) * x[sure]).sum(axis=1) / (total * wide)
    refined[moved, 1] = (weight.sum(axis=2) * y[sure]).sum(axis=1) / (total * high)
    return refined
