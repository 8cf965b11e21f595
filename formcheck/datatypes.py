"""READ FIRST: the frozen values that pass from stage to stage, and the conventions all share.

Conventions
    image     x to the right, y down, pixels, origin at the top left of the upright (rotated) frame
    time      seconds of real time on the frames' own clock, 0 at the file's first frame; in slow motion
              file time = real time × slow_motion_factor, and only reports speak file time
    angles    degrees; forward (the way the runner faces) is positive
    sides     the runner's own left and right
    missing   NaN in arrays, ``missing`` (a reason) in measurements; never 0
    T         number of frames; 33 landmarks in MediaPipe's order, always addressed by name
    error_s   standard uncertainty (one standard deviation) of an event's time
    low, high ends of a 95 % interval that holds sampling, landmark, model and camera error together
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .backends import DEFAULT_BACKEND

FloatArray = NDArray[np.float64]
Side = Literal["left", "right"]
ViewName = Literal["side", "rear", "front", "oblique", "none"]
Facing = Literal["left", "right", "toward", "away", "unknown"]
Activity = Literal["running", "walking", "other"]
Surface = Literal["treadmill", "overground", "unknown"]
ComparisonKind = Literal["left_right", "trend", "clips"]
Level = Literal["ok", "watch", "fault", "borderline", "not_measured"]

SIDES: tuple[Side, Side] = ("left", "right")

LANDMARKS = (
    "nose",
    *("left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer"),
    *("left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder", "right_shoulder"),
    *("left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_pinky", "right_pinky"),
    *("left_index", "right_index", "left_thumb", "right_thumb", "left_hip", "right_hip"),
    *("left_knee", "right_knee", "left_ankle", "right_ankle", "left_heel", "right_heel"),
    *("left_foot_index", "right_foot_index"),
)
INDEX = {name: i for i, name in enumerate(LANDMARKS)}
LEG = ("hip", "knee", "ankle", "heel", "foot_index")
CONNECTIONS = (
    *(("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")),
    *(("left_shoulder", "left_hip"), ("right_shoulder", "right_hip")),
    *(("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist")),
    *(("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist")),
    *(("left_hip", "left_knee"), ("left_knee", "left_ankle"), ("left_ankle", "left_heel")),
    *(("left_heel", "left_foot_index"), ("left_ankle", "left_foot_index")),
    *(("right_hip", "right_knee"), ("right_knee", "right_ankle"), ("right_ankle", "right_heel")),
    *(("right_heel", "right_foot_index"), ("right_ankle", "right_foot_index")),
)


class FormcheckError(Exception):
    """The user's problem, in one line: what happened, to which file, what to do."""

    exit_code = 1


class UnreadableVideoError(FormcheckError):
    """The input is not a video that can be read."""

    exit_code = 3


class NotUnderstoodError(FormcheckError):
    """What was said on the command line makes no sense here."""

    exit_code = 2


class UnreadableInputError(FormcheckError):
    """The input is not a report, an answer file or a running log that can be read."""

    exit_code = 3


class NothingMeasurableError(FormcheckError):
    """The video was read but nothing in it can be measured; the message says how to film it instead."""

    exit_code = 4


@dataclass(frozen=True)
class VideoInfo:
    """What is known of a file: size as shown upright, rate and length in the file's own time."""

    path: Path
    width_px: int
    height_px: int
    fps: float  # average over the file; NaN when the container does not say
    frames: int | None  # None while unknown (before the last frame was read)
    duration_s: float | None
    rotation_deg: int = 0  # counter-clockwise, already applied to width_px and height_px
    capture_fps: float | None = None  # recording rate written by the phone, if any
    slow_motion_factor: float = 1.0  # file time / real time


@dataclass(frozen=True)
class Person:
    """Who was followed: ``number`` counts from 1 those in view at the beginning, left to right, then who came later.

    Whoever is lost from view and found again elsewhere counts anew.
    """

    number: int
    of: int
    reason: str


@dataclass(frozen=True)
class Repairs:
    """What cleaning changed, in counts of frames or points."""

    leg_swap_frames: int = 0
    outlier_points: int = 0
    bridged_points: int = 0
    dropped_points: int = 0
    jumps: int = 0  # cuts, or moments when another person was followed


@dataclass(frozen=True)
class Outline:
    """Where the trunk ends to the left and right of its own line, in looks at a mask of the person now and then.

    time_s       (N,) real time, each that of a frame
    left, right  (N, H) trunk lengths to the image's right of the line, at outline.HEIGHTS; NaN where no edge was found
    tip_deg      (N,) how far the trunk's line tips to the image's right
    """

    time_s: FloatArray
    left: FloatArray
    right: FloatArray
    tip_deg: FloatArray

    @classmethod
    def joined(cls, looks: Sequence[Outline]) -> Outline:
        """Several in one; none at all makes an empty one."""
        if not looks:
            return cls(np.zeros(0), np.zeros((0, 0)), np.zeros((0, 0)), np.zeros(0))
        return cls(*(np.concatenate([getattr(look, f.name) for look in looks]) for f in fields(cls)))

    def __len__(self) -> int:
        return len(self.time_s)

    def rows(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Outline:
        """Some of the looks, by mask or index."""
        return Outline(*(getattr(self, f.name)[which] for f in fields(self)))


@dataclass(frozen=True)
class PoseTrack:
    """Landmarks of one person over time.

    time_s      (T,) real time, strictly increasing
    xy          (T, 33, 2) pixels, NaN where unknown
    world       (T, 33, 3) metres about the hips, camera axes (x right, y down, z away), NaN where unknown
    confidence  (T, 33) 0…1, 0 where unknown
    camera_xy   (T, 2) how far the background has moved since the first frame, pixels; NaN when unknown
    roll_deg    how far upright things tip to the image's right, roll_sd_deg its standard deviation
    first_frame index in the file of row 0
    outline     of the trunk; empty where the backend gives no masks
    """

    time_s: FloatArray
    xy: FloatArray
    world: FloatArray
    confidence: FloatArray
    camera_xy: FloatArray
    first_frame: int = 0
    roll_deg: float = 0.0
    roll_sd_deg: float = 0.0
    person: Person = field(default_factory=lambda: Person(1, 1, "the only person in view"))
    repairs: Repairs = field(default_factory=Repairs)
    outline: Outline = field(default_factory=lambda: Outline.joined(()))

    def __post_init__(self) -> None:
        t, k = len(self.time_s), len(LANDMARKS)
        wanted = {"xy": (t, k, 2), "world": (t, k, 3), "confidence": (t, k), "camera_xy": (t, 2)}
        for name, shape in wanted.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"PoseTrack.{name}: shape {getattr(self, name).shape}, expected {shape}")
        if t > 1 and not (np.diff(self.time_s) > 0).all():
            raise ValueError("PoseTrack.time_s must increase strictly")

    def __len__(self) -> int:
        return len(self.time_s)

    @property
    def fps(self) -> float:
        """Median frame rate in real time."""
        return float(1 / np.median(np.diff(self.time_s))) if len(self) > 1 else float("nan")

    @property
    def seen(self) -> NDArray[np.bool_]:
        """(T,) frames in which the person has hips."""
        return np.isfinite(self.mid("hip")[:, 0])

    def point(self, name: str) -> FloatArray:
        """(T, 2) pixels of one landmark."""
        return self.xy[:, INDEX[name]]

    def mid(self, joint: str) -> FloatArray:
        """(T, 2) midpoint of the left and right landmark of a joint ("hip", "shoulder", "ear", …)."""
        return 0.5 * (self.point(f"left_{joint}") + self.point(f"right_{joint}"))

    def frame_at(self, time_s: float) -> float:
        """Fractional index in the file of a moment of real time."""
        return self.first_frame + float(np.interp(time_s, self.time_s, np.arange(len(self))))

    def replaced(self, **changes: object) -> PoseTrack:
        return replace(self, **changes)  # type: ignore[arg-type]

    def hurried(self, factor: float) -> PoseTrack:
        """The same with a clock that runs ``factor`` times faster: real time of slow motion."""
        outline = replace(self.outline, time_s=self.outline.time_s / factor)
        return self.replaced(time_s=self.time_s / factor, outline=outline)

    def between(self, first: int, last: int) -> PoseTrack:
        """Rows first … last − 1 alone."""
        arrays = {n: getattr(self, n)[first:last] for n in ("time_s", "xy", "world", "confidence", "camera_xy")}
        inside = np.isin(self.outline.time_s, self.time_s[first:last])
        return self.replaced(**arrays, first_frame=self.first_frame + first, outline=self.outline.rows(inside))


@dataclass(frozen=True)
class View:
    """From where the camera looks.

    yaw_deg  how far the camera stands from the ideal line of that view; from the side positive when it stands ahead
             of the runner and sees the front, else positive toward the runner's right; NaN if unknown
    """

    name: ViewName
    facing: Facing
    confidence: float
    yaw_deg: float = float("nan")

    @property
    def forward(self) -> int:
        """Sign of image x in which the runner faces: +1 right, -1 left, 0 in rear and front views."""
        return {"right": 1, "left": -1}.get(self.facing, 0)


@dataclass(frozen=True)
class Event:
    """An initial contact or toe-off: real time, fractional frame index in the file, one SD of its time."""

    time_s: float
    frame: float
    side: Side
    error_s: float


@dataclass(frozen=True)
class Motion:
    """The landmarks as smooth functions of time: slow path + mean stride + slow departures from it.

    time_s     (T,) real time of the frames
    phase      (T,) strides, unwrapped and increasing
    path       (T, 2) slow path of the mid-hip against the background, pixels
    camera_xy  (T, 2) how far the background has moved in the picture; 0 where the camera stands or is not known
    series     (66, 2H+1) Fourier coefficients over phase of each landmark coordinate about the path
    departure  (T, 66) low-pass-filtered rest
    fit        share of the legs' movement that the mean stride explains, 0…1
    """

    time_s: FloatArray
    phase: FloatArray
    path: FloatArray
    camera_xy: FloatArray
    series: FloatArray
    departure: FloatArray
    fit: float

    def at(self, time_s: FloatArray) -> FloatArray:
        """(n, 33, 2) pixels of the picture at any times, also between frames."""
        return np.asarray(self.against_background(time_s) + self._between(self.camera_xy, time_s)[:, None])

    def against_background(self, time_s: FloatArray) -> FloatArray:
        """(n, 33, 2) as ``at``, had the camera stood where it was in the first frame."""
        mean = self.mean_stride(np.interp(time_s, self.time_s, self.phase))
        departure = self._between(self.departure, time_s).reshape(mean.shape)
        return np.asarray(mean + departure + self._between(self.path, time_s)[:, None])

    def mean_stride(self, phase: FloatArray) -> FloatArray:
        """(n, 33, 2) pixels from the path, at phases of the mean stride."""
        place = fourier_basis(phase, (self.series.shape[1] - 1) // 2) @ self.series.T
        return np.asarray(place.reshape(-1, len(LANDMARKS), 2))

    def _between(self, values: FloatArray, time_s: FloatArray) -> FloatArray:
        """(T, k) values of the frames → (n, k) at any times; the first and last value beyond the ends."""
        row = np.interp(time_s, self.time_s, np.arange(len(self.time_s)))
        before = np.minimum(row.astype(int), len(values) - 2)
        share = (row - before)[:, None]
        return np.asarray((1 - share) * values[before] + share * values[before + 1])


def fourier_basis(phase: FloatArray, harmonics: int) -> FloatArray:
    """(n, 2H+1): 1, cos φ, sin φ, cos 2φ, … at phases in strides."""
    angles = 2 * np.pi * np.outer(phase, np.arange(1, harmonics + 1))
    out = np.ones((len(phase), 2 * harmonics + 1))
    out[:, 1::2], out[:, 2::2] = np.cos(angles), np.sin(angles)
    return out


@dataclass(frozen=True)
class Gait:
    """What the person is doing and when the feet meet and leave the ground.

    stride_s        mean stride time in the track's clock, NaN when nothing repeats
    likely_factor   how many times slower than life the clip seems to be, None when it seems real
    camera_stays    known to stay in its place; its shake is taken off the motion
    """

    view: View
    activity: Activity
    surface: Surface
    contacts: tuple[Event, ...] = ()
    toe_offs: tuple[Event, ...] = ()
    stride_s: float = float("nan")
    likely_factor: float | None = None
    motion: Motion | None = None
    camera_stays: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """All that a metric may look at. px_per_m is NaN when no scale is known."""

    video: VideoInfo
    track: PoseTrack
    gait: Gait
    leg_px: float = float("nan")  # thigh + shank of the runner, pixels
    px_per_m: float = float("nan")
    speed_m_s: float = float("nan")  # what the treadmill was set to, NaN when nobody said


@dataclass(frozen=True)
class StepValue:
    """One step's value of a metric; time_s is real time."""

    time_s: float
    side: Side
    value: float


@dataclass(frozen=True)
class Measurement:
    """A metric over the clip: median over steps, 95 % interval, or the reason why there is none."""

    name: str
    label: str
    unit: str
    value: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    spread: float = float("nan")  # standard deviation between steps
    n: int = 0  # steps it rests on
    missing: str | None = None
    steps: tuple[StepValue, ...] = ()

    def __post_init__(self) -> None:
        if (self.missing is None) != bool(np.isfinite([self.value, self.low, self.high]).all()):
            raise ValueError(f"{self.name}: give a value with its interval, or a reason why it is missing")


@dataclass(frozen=True)
class Comparison:
    """A metric held against itself: one leg less the other, or late less early; or the reason why not.

    left_right  value = left − right, before = right, after = left; lengths and times in % of the mean of both
    trend       value = change over the clip along a robust line, before and after = first and last third
    clips       value = after − before, between two clips

    low and high are the interval of the difference itself: what both share (model, camera, scale) cancels.
    """

    metric: str
    label: str
    unit: str
    kind: ComparisonKind
    before: float = float("nan")
    after: float = float("nan")
    value: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    n: int = 0  # steps it rests on
    missing: str | None = None

    @property
    def name(self) -> str:
        """What rows of limits call it."""
        return f"{self.metric}_{self.kind}"

    def __post_init__(self) -> None:
        if (self.missing is None) != bool(np.isfinite([self.value, self.low, self.high]).all()):
            raise ValueError(f"{self.name}: give a value with its interval, or a reason why it is missing")

    def as_measurement(self) -> Measurement:
        """As what limits can be held against."""
        words = {"left_right": "left less right", "trend": "change over the clip", "clips": "change between clips"}
        return Measurement(
            self.name, f"{self.label}, {words[self.kind]}", self.unit, self.value, self.low, self.high,
            n=self.n, missing=self.missing,
        )  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """A measurement held against what is believed, in words for the runner."""

    fault: str
    label: str
    level: Level
    metric: str
    value: float
    limit: float  # the limit the level was called on, NaN when not measured
    unit: str
    regions: tuple[str, ...]
    mechanism: str  # how the article says it reaches the back
    evidence: str  # strength of the outside evidence, and in which words
    advice: str  # the first thing to try
    source: str  # key of the limit's source in the knowledge files; "our_choice" is our own default
    detail: str = ""  # in words: the number, its interval, the limit, or why it is not measured
    ends: str = ""  # what exactly is measured, between which points
    citations: tuple[str, ...] = ()  # of everything the finding leans on, the limit's source first


@dataclass(frozen=True)
class Report:
    """Everything a report says; each output format renders this value and computes nothing."""

    trial: Trial
    measurements: tuple[Measurement, ...]
    findings: tuple[Finding, ...]
    warnings: tuple[str, ...] = ()
    comparisons: tuple[Comparison, ...] = ()  # left against right, and the trend over the clip

    @property
    def judged(self) -> tuple[Measurement, ...]:
        """All that findings may rest on: the measurements, and the comparisons as such."""
        return (*self.measurements, *(comparison.as_measurement() for comparison in self.comparisons))

    def measurement(self, name: str) -> Measurement:
        return next(m for m in self.judged if m.name == name)


@dataclass(frozen=True)
class Options:
    """What the user may say about one analysis; None and "auto" mean: find out."""

    height_cm: float | None = None
    speed_kmh: float | None = None
    model: str = DEFAULT_BACKEND
    view: str = "auto"
    person: int | None = None
    slowmo: float | None = None
    capture_fps: float | None = None
    start_s: float = 0.0
    end_s: float | None = None
