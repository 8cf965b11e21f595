"""Where the camera looks from, what the person does, and everything a metric may use."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..landmarks import Side
from .inputs import VideoInfo
from .track import FloatArray, PoseTrack, turned

ViewName = Literal["side", "rear", "front", "oblique", "none"]
SAGITTAL: frozenset[ViewName] = frozenset({"side", "oblique"})  # views that show forward movement across the picture
FRONTAL: frozenset[ViewName] = frozenset({"rear", "front"})  # views along that movement
Facing = Literal["left", "right", "toward", "away", "unknown"]
Activity = Literal["running", "walking", "other"]
Surface = Literal["treadmill", "overground", "unknown"]
OTHER: dict[Side, Side] = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class View:
    """Where the camera looks from.

    yaw_deg        how far the camera stands from the ideal line of that view; from the side positive when it stands
                   ahead of the runner and sees the front, otherwise positive toward the runner's right; NaN if unknown
    elevation_deg  how steeply the camera looks up at the runner, negative when down; NaN if unknown
    """

    name: ViewName
    facing: Facing
    confidence: float
    yaw_deg: float = float("nan")
    elevation_deg: float = float("nan")

    @property
    def forward(self) -> int:
        """Sign of image x in which the runner faces: +1 right, -1 left, 0 in rear and front views."""
        return {"right": 1, "left": -1}.get(self.facing, 0)

    @property
    def sagittal(self) -> bool:
        return self.name in SAGITTAL


@dataclass(frozen=True)
class Pitch:
    """How far a camera is pitched up or down, and what that does to lengths in its picture.

    deg, sd_deg  above the horizon, and its standard deviation
    focal_px     distance of the lens from the picture
    centre       (x, y) of the picture, pixels, the camera's roll undone
    hips_y       usual height in the picture of the mid-hip, likewise: lengths there stay what they are
    """

    deg: float = 0.0
    sd_deg: float = 0.0
    focal_px: float = 1.0
    centre: tuple[float, float] = (0.0, 0.0)
    hips_y: float = 0.0

    @property
    def hips_deg(self) -> float:
        """How far above the horizon the camera sees the hips."""
        return self.deg + float(np.degrees(np.arctan2(self.centre[1] - self.hips_y, self.focal_px)))

    def undone(self, xy: FloatArray) -> FloatArray:
        """(…, 2) pixels, the roll undone → where a level camera in the same place would see them.

        A pitched camera's picture is that of a level one seen through a homography: uprights converge, and whatever is
        higher than the lens looks smaller than what is lower, or larger.
        """
        if not self.deg:
            return xy
        x, hips = self.centre[0], self._levelled(self.hips_y)
        ahead, below = self._levelled(xy[..., 1])
        return np.stack([x + (xy[..., 0] - x) * hips[0] / ahead, self.hips_y + (below - hips[1]) * hips[0]], axis=-1)

    def seen(self, xy: FloatArray) -> FloatArray:
        """(…, 2) what ``undone`` gives → pixels in the picture."""
        if not self.deg:
            return xy
        (x, y), (sine, cosine), (scale, hips) = self.centre, self._turn, self._levelled(self.hips_y)
        below = hips + (xy[..., 1] - self.hips_y) / scale
        ahead = self.focal_px / (cosine - below * sine)
        return np.stack([x + (xy[..., 0] - x) * ahead / scale, y + (below * cosine + sine) * ahead], axis=-1)

    def _levelled(self, y: FloatArray | float) -> tuple[FloatArray, FloatArray]:
        """Pixels ahead of a level camera at which a place in the picture lies, and how far below it, as a share."""
        (sine, cosine), down = self._turn, np.asarray(y) - self.centre[1]
        ahead = self.focal_px * cosine + down * sine
        return ahead, (down * cosine - self.focal_px * sine) / ahead

    @property
    def _turn(self) -> tuple[float, float]:
        return float(np.sin(np.radians(self.deg))), float(np.cos(np.radians(self.deg)))


@dataclass(frozen=True)
class Event:
    """An initial contact or toe-off: real time, fractional frame index in the file, one SD of its time."""

    time_s: float
    frame: float
    side: Side
    sd_s: float

    def retimed(self, factor: float) -> Event:
        return replace(self, time_s=self.time_s / factor, sd_s=self.sd_s / factor)


@dataclass(frozen=True)
class Motion:
    """The landmarks as smooth functions of time: slow path + mean stride + slow residual from it.

    time_s     (T,) real time of the frames
    phase      (T,) strides, unwrapped and increasing
    path       (T, 2) slow path of the mid-hip against the background, pixels
    camera_xy  (T, 2) how far the background has moved in the picture; 0 if the camera follows the runner or is unknown
    turn_deg   (T,) how much farther than usual the camera is rolled
    size       (T,) of the runner in the picture relative to the clip's median: nearer is larger
    series     (2K, 2H+1) Fourier coefficients over phase of each landmark coordinate about the path, at size 1, as a
               camera that is rolled as usual sees it
    residual   (T, 2K) of the coordinates from the mean stride, low-pass filtered
    fit        share of the legs' movement that the mean stride explains, 0…1
    """

    time_s: FloatArray
    phase: FloatArray
    path: FloatArray
    camera_xy: FloatArray
    turn_deg: FloatArray
    size: FloatArray
    series: FloatArray
    residual: FloatArray
    fit: float

    def at(self, time_s: FloatArray) -> FloatArray:
        """(n, K, 2) pixels of the picture at any times, also between frames."""
        moments = self.moments(time_s)
        places = np.stack([moments.from_path(k) for k in range(len(self.series) // 2)], axis=1)
        path = moments.between(self.path + self.camera_xy)
        places = turned(places, moments.between(self.turn_deg[:, None])[:, 0])
        return np.asarray(path[:, None] + moments.between(self.size[:, None])[:, None] * places)

    def moments(self, time_s: FloatArray) -> SampleTimes:
        """Times (n,), also between frames, at which to look at landmarks."""
        rows = np.interp(time_s, self.time_s, np.arange(len(self.time_s)))
        before = np.minimum(rows.astype(int), len(self.time_s) - 2)
        waves = fourier_basis(np.interp(time_s, self.time_s, self.phase), (self.series.shape[1] - 1) // 2)
        return SampleTimes(self, before, (rows - before)[:, None], waves)

    def size_at(self, time_s: float) -> float:
        return float(np.interp(time_s, self.time_s, self.size))

    def mean_stride(self, phase: FloatArray) -> FloatArray:
        """(n, K, 2) pixels relative to the path, at phases of the mean stride."""
        place = fourier_basis(phase, (self.series.shape[1] - 1) // 2) @ self.series.T
        return np.asarray(place.reshape(len(place), len(self.series) // 2, 2))


@dataclass(frozen=True)
class SampleTimes:
    """Times at which landmarks are looked at: the row before each, its share of the way to the next, the waves."""

    motion: Motion
    before: NDArray[np.intp]
    share: FloatArray
    waves: FloatArray

    def landmark(self, place: int) -> FloatArray:
        """(n, 2) pixels of one, as if the camera had stayed where it was in the first frame, the runner at size 1."""
        return np.asarray(self.from_path(place) + self.between(self.motion.path))

    def from_path(self, place: int) -> FloatArray:
        """(n, 2) pixels of one, relative to the path, at size 1."""
        own = slice(2 * place, 2 * place + 2)
        return np.asarray(self.waves @ self.motion.series[own].T + self.between(self.motion.residual[:, own]))

    def between(self, values: FloatArray) -> FloatArray:
        """(T, k) values of the frames → (n, k); the first and last value beyond the ends."""
        neighbours = self.before, self.before + 1
        if 2 * len(self.before) > len(values):  # a few columns of many lie far apart: brought together for many moments
            values = np.ascontiguousarray(values)
            before, after = (values.take(rows, axis=0) for rows in neighbours)
        else:
            before, after = (values[rows] for rows in neighbours)
        return np.asarray((1 - self.share) * before + self.share * after)


def fourier_basis(phase: FloatArray, harmonics: int) -> FloatArray:
    """(n, 2H+1): 1, cos φ, sin φ, cos 2φ, … at phases in strides."""
    out = np.ones((2 * harmonics + 1, len(phase)))
    waves = turns(phase, harmonics)[1:]
    out[1::2], out[2::2] = waves.real, waves.imag
    return out.T


def turns(phase: FloatArray, harmonics: int) -> NDArray[np.complex128]:
    """(H+1, n): 1, exp iφ, exp 2iφ, … at phases in strides; each is the one before, turned once more."""
    out = np.ones((harmonics + 1, len(phase)), complex)
    once = np.exp(2j * np.pi * phase)
    for before, after in pairwise(out):
        np.multiply(before, once, out=after)
    return out


@dataclass(frozen=True)
class Gait:
    """What the person is doing and when the feet touch and leave the ground.

    contacts, toe_offs  of both feet in turn, in every stride that was seen
    stride_s        mean stride time by the track's clock, NaN when nothing repeats
    likely_factor   how many times slower than real time the clip seems to be, None when it seems real
    pace_likely     0…1, how likely that is, by cadence, bounce and the ankles' lift together
    backwards       whether the feet move as in a film of a runner that plays backwards
    camera_stays    whether it is known to stay in place; its shake is removed from the motion
    """

    view: View
    activity: Activity
    surface: Surface
    contacts: tuple[Event, ...] = ()
    toe_offs: tuple[Event, ...] = ()
    stride_s: float = float("nan")
    likely_factor: float | None = None
    pace_likely: float = 1.0
    motion: Motion | None = None
    camera_stays: bool = False
    backwards: bool = False
    warnings: tuple[str, ...] = ()

    def retimed(self, factor: float) -> Gait:
        """The same by a clock that runs ``factor`` times faster, as ``PoseTrack.retimed``."""
        motion = self.motion and replace(self.motion, time_s=self.motion.time_s / factor)
        contacts, toe_offs = (tuple(e.retimed(factor) for e in some) for some in (self.contacts, self.toe_offs))
        return replace(self, contacts=contacts, toe_offs=toe_offs, stride_s=self.stride_s / factor, motion=motion)


@dataclass(frozen=True, eq=False)
class Trial:
    """Everything a metric may use: one stretch of a clip. px_per_m is NaN when no scale is known.

    fitting_m_s: the speeds that fit the steps seen, where the one given is none of them; nothing then rests on it.
    No two trials are equal. slowed: how many times slower than the clip's own clock the film plays here; what is
    measured has its times by the faster clock, what is reported (``Bout``, ``Report``) by the clip's.
    """

    video: VideoInfo
    track: PoseTrack
    gait: Gait
    leg_px: float = float("nan")  # thigh + shank of the runner, pixels
    px_per_m: float = float("nan")
    speed_m_s: float = float("nan")  # as the user gave it, of the belt or over ground; NaN when not given
    slowed: float = 1.0
    pitch: Pitch = field(default_factory=Pitch)
    fitting_m_s: tuple[float, float] | None = None

    @property
    def fps(self) -> float:
        """Frames per second of real time, if it plays as fast as it seems to."""
        return self.track.fps * (self.gait.likely_factor or 1.0)

    @property
    def span_s(self) -> tuple[float, float]:
        """When it begins and ends: the span in which the legs repeat, where they do."""
        begin, end = (self.gait.motion or self.track).time_s[[0, -1]].tolist()
        return begin, end

    def retimed(self, factor: float) -> Trial:
        """The same by a clock that runs ``factor`` times faster, as ``PoseTrack.retimed``."""
        return self if factor == 1 else replace(self, track=self.track.retimed(factor), gait=self.gait.retimed(factor))
