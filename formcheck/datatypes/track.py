"""One person's landmarks over time, as the pose model saw them and cleaning left them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..backends import DEFAULT_BACKEND, Backend, backend_of
from ..landmarks import SIDES, LandmarkSet

FloatArray = NDArray[np.float64]

SIDEWAYS = 1.7  # across the body, depth over breadth: within 30° of the side
BREADTH = 1.03  # of shoulders and hips together, over the trunk's length: 0.88 to 1.12 in space on 26 clips
STEPS_ALIKE = 0.51  # off the median, as a share of it: allows a tick of 2 beside one of 3 or 4, not a missing frame


def landmark(points: FloatArray, landmarks: LandmarkSet, name: str) -> FloatArray:
    """(…, K, d) points of a set → (…, d) of one landmark, NaN when the set does not have it."""
    place = landmarks.index.get(name)
    return points[..., place, :] if place is not None else np.full_like(points[..., 0, :], np.nan)


def turned(xy: FloatArray, deg: FloatArray) -> FloatArray:
    """(n, …, 2) places in a picture, turned about its origin by (n,) degrees, clockwise."""
    angle = np.radians(deg).reshape(-1, *(1,) * (xy.ndim - 2))
    x, y = np.moveaxis(xy, -1, 0)
    return np.stack([np.cos(angle) * x - np.sin(angle) * y, np.sin(angle) * x + np.cos(angle) * y], axis=-1)


def toward_camera(xy: FloatArray, landmarks: LandmarkSet) -> FloatArray:
    """(…, K, 2) → (…,) cosine of the body's heading: 1 towards the camera, 0 sideways, −1 away; beyond ±1 by noise.

    From how broad shoulders and hips look relative to the trunk's length. Averaged over a clip, it gave the heading of
    26 clips to within 9° of that from points in space, where the cosine is not flat (from the side).
    """
    left, right = ([landmark(xy, landmarks, f"{side}_{joint}") for joint in ("shoulder", "hip")] for side in SIDES)
    across = sum(a[..., 0] - b[..., 0] for a, b in zip(left, right, strict=True))
    trunk = 0.5 * np.linalg.norm(left[0] + right[0] - left[1] - right[1], axis=-1)
    return np.asarray(across / (BREADTH * np.maximum(trunk, 1.0)))


def elevation_deg(world: FloatArray, landmarks: LandmarkSet) -> float:
    """(T, K, 3) → how steeply the camera looks up at somebody seen from the side, negative when down; NaN if unknown.

    Seen from below, shoulders are farther away than feet: mid-ankle to mid-shoulder in the model's points in space,
    within the plane across the body, in which nobody leans for long. On 64 rendered runners filmed from up to 25° above
    and below it was off by 3.4° (root mean square).
    """
    if not np.isfinite(world).any():
        return float("nan")
    left, right = (
        [np.nanmean(landmark(world, landmarks, f"{side}_{joint}"), axis=0) for joint in ("shoulder", "hip", "ankle")]
        for side in SIDES
    )
    x, _, z = (left[0] + left[1] - right[0] - right[1]).tolist()
    if not abs(z) > SIDEWAYS * abs(x):
        return float("nan")
    across, down, away = (0.5 * (left[0] + right[0] - left[2] - right[2])).tolist()
    beside = np.sign(z) * (x * across + z * away) / np.hypot(x, z)
    return float(np.degrees(np.arctan2(beside, -down)))


def usual_step(time_s: FloatArray) -> float:
    """Usual time from one frame to the next, NaN for a single frame.

    Mean of the steps about as long as the median: time stamps that a coarse clock rounds up and down in turn (240
    frames a second in 600ths) make the median wrong by a fifth, dropped frames make the mean of all wrong.
    """
    steps = np.diff(time_s)
    if not len(steps):
        return float("nan")
    median = np.partition(steps, len(steps) // 2)[len(steps) // 2]  # one of them: half may be far longer than the rest
    return float(steps[np.abs(steps / median - 1) <= STEPS_ALIKE].mean())


@dataclass(frozen=True)
class Person:
    """Who was followed: ``number`` counts from 1 those in view at the beginning, left to right, then later arrivals.

    Anyone lost from view and found again elsewhere gets a new number. numbers: all those taken for this
    person, who came back.
    """

    number: int
    of: int
    reason: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Repairs:
    """What cleaning changed, in counts of frames or points."""

    leg_swap_frames: int = 0
    outlier_points: int = 0
    bridged_points: int = 0
    dropped_points: int = 0
    jumps: int = 0  # cuts, or switches to another person


@dataclass(frozen=True)
class Outline:
    """Where the trunk ends to the left and right of its own line, from occasional looks at a mask of the person.

    time_s       (N,) real time, each that of a frame
    left, right  (N, H) trunk lengths to the image's right of the line, at outline.HEIGHTS; NaN where no edge was found
    gradients    (N, rows, columns, directions) of the mask about the shoulders, see ``outline.gradients``
    points       (N, K, 2) landmarks of that look: to the image's right of the line, and along it from mid-hip
    """

    time_s: FloatArray
    left: FloatArray
    right: FloatArray
    gradients: FloatArray
    points: FloatArray

    @classmethod
    def joined(cls, looks: Sequence[Outline]) -> Outline:
        """Several as one; none at all make an empty one."""
        if not looks:
            return cls(*(np.zeros((0,) * dimensions) for dimensions in (1, 2, 2, 4, 3)))
        return cls(*(np.concatenate([getattr(look, f.name) for look in looks]) for f in fields(cls)))

    def __len__(self) -> int:
        return len(self.time_s)

    def rows(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Outline:
        """Some of the looks, by mask or index."""
        return Outline(*(getattr(self, f.name)[which] for f in fields(self)))


@dataclass(frozen=True, eq=False)
class PoseTrack:
    """The K landmarks of one person over time, those of the pose model's set. No two tracks are equal.

    time_s      (T,) real time, strictly increasing
    xy          (T, K, 2) pixels, NaN where unknown
    world       (T, K, 3) metres about the hips, camera axes (x right, y down, z away), NaN where unknown: all of it
                when the model gives no points in space
    confidence  (T, K) 0…1, 0 where unknown
    camera_xy   (T, 2) how far the background has moved since the first frame, pixels; NaN when unknown
    roll_deg    how far upright things lean to the image's right, roll_sd_deg its standard deviation
    turn_deg    (T,) how much farther they do in each frame: a phone may slip; 0 when unknown
    converging  how much they converge upwards (``camera.CONVERGING``), converging_sd likewise; NaN when unknown
    frames      (T,) index in the file of each row
    clock_s     (N,) real time of every frame from the first row on, including those between rows, without a pose
    outline     of the trunk; empty where the backend gives no masks
    cleaned     whether ``cleaning`` has been applied
    model       the pose model that saw it, a row of backends.BACKENDS or KEYPOINTS
    """

    time_s: FloatArray
    xy: FloatArray
    world: FloatArray
    confidence: FloatArray
    camera_xy: FloatArray
    frames: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))  # empty: rows are the first frames
    clock_s: FloatArray = field(default_factory=lambda: np.zeros(0))  # empty: every frame has a row
    turn_deg: FloatArray = field(default_factory=lambda: np.zeros(0))  # empty: 0 in every frame
    roll_deg: float = 0.0
    roll_sd_deg: float = 0.0
    converging: float = float("nan")
    converging_sd: float = float("nan")
    person: Person = field(default_factory=lambda: Person(1, 1, "the only person followed"))
    repairs: Repairs = field(default_factory=Repairs)
    outline: Outline = field(default_factory=lambda: Outline.joined(()))
    cleaned: bool = False
    model: str = DEFAULT_BACKEND

    def __post_init__(self) -> None:
        t, k = len(self.time_s), len(self.landmarks)
        for name, usual in (("frames", np.arange(t)), ("clock_s", self.time_s), ("turn_deg", np.zeros(t))):
            if not len(getattr(self, name)):
                object.__setattr__(self, name, usual)
        wanted = {"xy": (t, k, 2), "world": (t, k, 3), "confidence": (t, k), "camera_xy": (t, 2), "turn_deg": (t,)}
        for name, shape in wanted.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"PoseTrack.{name}: shape {getattr(self, name).shape}, expected {shape}")
        if t > 1 and not (np.diff(self.time_s) > 0).all():
            raise ValueError("PoseTrack.time_s must increase strictly")

    def __len__(self) -> int:
        return len(self.time_s)

    @property
    def backend(self) -> Backend:
        return backend_of(self.model)

    @property
    def landmarks(self) -> LandmarkSet:
        return self.backend.landmarks

    @cached_property
    def fps(self) -> float:
        """Usual frame rate in real time."""
        return 1 / usual_step(self.time_s)

    @property
    def seen(self) -> NDArray[np.bool_]:
        """(T,) frames in which the person's hips are known."""
        return np.isfinite(self.mid("hip")[:, 0])

    @property
    def camera_known(self) -> bool:
        """Whether it is known how the camera moved."""
        return bool(np.isfinite(self.camera_xy).all())

    @cached_property
    def body_height_px(self) -> float:
        """Median vertical extent of the landmarks, nose to lowest foot point; NaN when nobody is seen."""
        seen = np.isfinite(self.xy[..., 1]).any(axis=1)
        if not seen.any():
            return float("nan")
        y = self.xy[seen, :, 1]
        return float(np.median(np.nanmax(y, axis=1) - np.nanmin(y, axis=1)))

    def point(self, name: str) -> FloatArray:
        """(T, 2) pixels of one landmark, NaN when the model does not give it."""
        return landmark(self.xy, self.landmarks, name)

    def mid(self, joint: str) -> FloatArray:
        """(T, 2) midpoint of the left and right landmark of a joint ("hip", "shoulder", "ear", …)."""
        return 0.5 * (self.point(f"left_{joint}") + self.point(f"right_{joint}"))

    @property
    def level(self) -> FloatArray:
        """(2, 2) matrix that undoes the camera's usual roll: positions in the picture, as rows, times it."""
        return turned(np.eye(2), np.full(2, -self.roll_deg))

    def level_at(self, row: int) -> FloatArray:
        """(2, 2) matrix that undoes all of the camera's roll in a row."""
        return turned(np.eye(2), np.full(2, -self.roll_deg - self.turn_deg[row]))

    def steady(self, xy: FloatArray, about: tuple[float, float] = (0.0, 0.0)) -> FloatArray:
        """(T, …, 2) places in the picture as if the camera had always been rolled as it usually is; about: the
        picture's middle, which does not matter for differences of places."""
        return turned(xy - np.array(about), -self.turn_deg) + np.array(about) if self.turn_deg.any() else xy

    def frame_at(self, time_s: float) -> float:
        """Fractional index in the file of a moment of real time."""
        return float(np.interp(time_s, self.time_s, self.frames))

    def retimed(self, factor: float) -> PoseTrack:
        """The same by a clock that runs ``factor`` times faster: slow motion in real time."""
        outline = replace(self.outline, time_s=self.outline.time_s / factor)
        return replace(self, time_s=self.time_s / factor, clock_s=self.clock_s / factor, outline=outline)

    def between(self, first: int, last: int) -> PoseTrack:
        """Rows first … last − 1 alone."""
        if last - first == len(self):
            return self  # of which more may be known (``once``)
        of_rows = ("time_s", "xy", "world", "confidence", "camera_xy", "turn_deg")
        arrays = {n: getattr(self, n)[first:last] for n in of_rows}
        begin, end = self.time_s[[first, last - 1]]
        clock_s = self.clock_s[(self.clock_s >= begin) & (self.clock_s <= end)]
        inside = np.isin(self.outline.time_s, self.time_s[first:last])
        return replace(
            self, **arrays, frames=self.frames[first:last], clock_s=clock_s, outline=self.outline.rows(inside)
        )
