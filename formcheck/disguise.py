"""Pictures in which nobody can be recognised: faces made coarse, or a plain background in place of the clip."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from .datatypes import FloatArray, PoseTrack, Report
from .faces import FaceDetector
from .landmarks import FACE
from .planes import Colour, Image, Planes, coded
from .signals import nearest_index
from .video import image_of

Frames = Iterable[tuple[float, Planes]]

GROUND: Colour = (46, 56, 70)  # on which the stick figure is drawn
CELLS = 5  # across a disguised head: 25 means, each then mixed with its neighbours, from which no face emerges
HEAD = 0.11  # of the runner's height: radius of what is made coarse around the middle of the face
DOUBTFUL, MORE = 0.5, 1.5  # confidence of the face's landmarks below which a head is taken to be this many times larger
SPREAD = 1.5  # times the distance from the middle of the face's landmarks to the farthest: the radius, if larger
TRUNKS, NECKS = 3.3, 6.0  # runner's height in trunk lengths, and in shoulder-to-face distances: where feet are hidden
DRIFT = 0.6  # heights per second by which a head may stray from the line between two sightings
LEAP = 2 * HEAD  # of the height: two sightings farther apart may be of different shots, and the head at either
LEAP_S = 0.1  # of real time, before and after, for which a pose model may follow what is no longer there
LARGEST = 0.4  # of the height: a larger radius is not needed, all that was near is covered
STEADY_S = 0.5  # of real time, over which the height is taken
DETECT_EVERY_S, DETECT_EVERY = 0.1, 8  # of file time, and frames: how often everybody's faces are looked for
HELD_S = 0.4  # of file time, before and after, for which a detected face is made coarse
# Of pictures that may wait for a face to be detected after them: all of that time but for 4K or 240/s.
HELD_BYTES = 2**28
SAME_FACE = 5.0  # of its side: how far a face may have moved from one look to the next; a runner's, in 0.1 s, by 3
FACES = 1.0  # of a detected face's side: radius of what is made coarse around it


def plain(report: Report) -> Iterator[tuple[float, Planes]]:
    """An empty picture for each row of the track, at its file time: the clip is not even opened."""
    video = report.trial.video
    width, height = video.width_px + video.width_px % 2, video.height_px + video.height_px % 2
    y, cb, cr = (np.full(shape, v, np.uint8) for shape, v in zip(_shapes(height, width), coded(GROUND), strict=True))
    ground = Planes.of(y, cb, cr)
    for time_s in report.trial.track.time_s * video.slow_motion_factor:
        yield float(time_s), ground.copy()


def _shapes(height: int, width: int) -> list[tuple[int, int]]:
    return [(height, width), *[(height // 2, width // 2)] * 2]


def faceless(report: Report, frames: Frames) -> Iterator[tuple[float, Planes]]:
    """The frames with heads made coarse, in place: the runner's by its landmarks, anybody's where a face is detected.

    Faces are looked for now and then, and made coarse for a while before and after; so a few frames are held back.
    """
    detector, waiting, found = FaceDetector(), deque[tuple[float, Planes]](), _Found()
    heads = _RunnersHead(report.trial.track, report.trial.video.slow_motion_factor)
    for time_s, picture in frames:
        found.look(detector, time_s, picture)
        waiting.append((time_s, picture))
        most = max(DETECT_EVERY, HELD_BYTES // picture.data.nbytes)
        while time_s - waiting[0][0] > HELD_S or len(waiting) > most:
            yield _covered(*waiting.popleft(), found, heads)
    while waiting:
        yield _covered(*waiting.popleft(), found, heads)


def looked_at(report: Report, times_s: Sequence[float]) -> list[float]:
    """File times of the frames that tell where faces are at some times: one missed in a frame is found beside it."""
    every_s = report.trial.track.time_s * report.trial.video.slow_motion_factor
    apart_s = np.abs(every_s[:, None] - np.asarray(times_s)).min(axis=1, initial=np.inf)
    near_s: list[float] = every_s[apart_s <= HELD_S].tolist()
    return near_s


@dataclass
class _Found:
    """Faces found, with the time of each look; those too old are forgotten."""

    looks: deque[tuple[float, FloatArray]] = field(default_factory=deque)
    frames_since: int = DETECT_EVERY

    def look(self, detector: FaceDetector, time_s: float, picture: Planes) -> None:
        """Look for faces, if it is time to."""
        self.frames_since += 1
        if self.looks and time_s < self.looks[-1][0] + DETECT_EVERY_S and self.frames_since < DETECT_EVERY:
            return
        self.frames_since = 0
        self.looks.append((time_s, detector(image_of(picture))))

    def near(self, time_s: float) -> FloatArray:
        """(n, 3) heads, from the looks around a time."""
        while self.looks and self.looks[0][0] < time_s - HELD_S:
            self.looks.popleft()
        some = [faces for then_s, faces in self.looks if then_s <= time_s + HELD_S]
        return np.concatenate([self._on_the_way(time_s), *some]) * (1, 1, FACES)

    def _on_the_way(self, time_s: float) -> FloatArray:
        """(n, 3) faces between where they were in the look before and the nearest place in the one after."""
        for (before_s, before), (after_s, after) in pairwise(self.looks):
            if before_s < time_s < after_s and len(before) and len(after):
                apart = np.linalg.norm(before[:, None, :2] - after[:, :2], axis=2)
                there, share = after[apart.argmin(axis=1)], (time_s - before_s) / (after_s - before_s)
                same = apart.min(axis=1) <= SAME_FACE * np.maximum(before[:, 2], there[:, 2])
                return np.asarray(((1 - share) * before + share * there)[same])
        return np.zeros((0, 3))


class _RunnersHead:
    """Where the runner's head is, or may be, at a file time."""

    def __init__(self, track: PoseTrack, factor: float) -> None:
        self._times_s, self._heads = track.time_s * factor, runner_heads(track)
        self._leaps = leaps(track) * (factor, factor, 1, 1, 1)

    def near(self, time_s: float) -> FloatArray:
        """(n, 3) heads."""
        row = nearest_index(self._times_s, time_s)
        begin_s, end_s, *_ = self._leaps.T
        either = self._leaps[(begin_s <= time_s) & (time_s <= end_s), 2:]
        return np.concatenate([self._heads[row : row + 1][np.isfinite(self._heads[row, :1])], either])


def _covered(time_s: float, picture: Planes, found: _Found, heads: _RunnersHead) -> tuple[float, Planes]:
    for x, y, reach in np.concatenate([found.near(time_s), heads.near(time_s)]).tolist():
        make_coarse(picture, x, y, reach)
    return time_s, picture


def runner_heads(track: PoseTrack) -> FloatArray:
    """(T, 3) x, y of the middle of the runner's head and the radius made coarse around it; NaN if never seen.

    Where landmarks of the face are missing, it lies on the line between two sightings, or where it was first or last
    seen, and the radius grows with the time to the nearest; where they are doubtful, it is larger from the start.
    """
    now, seen = track.time_s, _Sightings.of(track)
    if not len(seen.time_s):
        return np.full((len(track), 3), np.nan)
    then = seen.time_s
    x, y, reach, height = (np.interp(now, then, values) for values in (*seen.middle.T, seen.reach, seen.height))
    nearest = np.rint(np.interp(now, then, np.arange(len(then)))).astype(int)
    return np.stack([x, y, _grown(reach, height, np.abs(now - then[nearest]))], axis=1)


def leaps(track: PoseTrack) -> FloatArray:
    """(n, 5) begin and end in real time, x, y and radius: where the head may be as it was last or as it is next seen,
    because the two places are too far apart for the line between them, as at a cut."""
    seen = _Sightings.of(track)
    apart = np.linalg.norm(np.diff(seen.middle, axis=0), axis=1)
    before = np.flatnonzero(apart > LEAP * np.minimum(seen.height[:-1], seen.height[1:]))
    begin_s, end_s = seen.time_s[before], seen.time_s[before + 1]
    discs = np.column_stack([seen.middle, seen.reach])
    either = np.concatenate([discs[before], discs[before + 1]])
    height = np.concatenate([seen.height[before], seen.height[before + 1]])
    either[:, 2] = _grown(either[:, 2], height, np.tile(end_s - begin_s, 2))
    return np.column_stack([np.tile(begin_s - LEAP_S, 2), np.tile(end_s + LEAP_S, 2), either])


@dataclass(frozen=True)
class _Sightings:
    """When the runner's face was seen (n,), its middle (n, 2), the radius made coarse, the runner's height (n,)."""

    time_s: FloatArray
    middle: FloatArray
    reach: FloatArray
    height: FloatArray

    @classmethod
    def of(cls, track: PoseTrack) -> _Sightings:
        places = track.landmarks.present(FACE)
        known = np.flatnonzero(np.isfinite(track.xy[:, places, 0]).any(axis=1))
        if not len(known):
            return cls(np.zeros(0), np.zeros((0, 2)), np.zeros(0), np.zeros(0))
        face = track.xy[known][:, places]
        middle = np.nanmean(face, axis=1)
        height = _heights(track, known, middle)
        spread = np.nanmax(np.linalg.norm(face - middle[:, None], axis=2), axis=1)
        sure = track.confidence[known][:, places].max(axis=1) >= DOUBTFUL
        reach = np.maximum(HEAD * height, SPREAD * spread) * np.where(sure, 1.0, MORE)
        return cls(track.time_s[known], middle, reach, height)


def _grown(reach: FloatArray, height: FloatArray, unseen_s: FloatArray) -> FloatArray:
    """The radius after some time without a sighting."""
    return np.minimum(reach + DRIFT * height * unseen_s, np.maximum(reach, LARGEST * height))


def _heights(track: PoseTrack, rows: NDArray[np.intp], head: FloatArray) -> FloatArray:
    """(n,) how tall the runner looks, judged by what is seen (all, trunk or neck): the largest within half a second."""
    xy, shoulders, hips = track.xy[rows], track.mid("shoulder")[rows], track.mid("hip")[rows]
    extent = np.nanmax(xy[..., 1], axis=1) - np.nanmin(xy[..., 1], axis=1)
    trunk, neck = (np.linalg.norm(shoulders - other, axis=1) for other in (hips, head))
    tallest = np.fmax(extent, np.fmax(TRUNKS * trunk, NECKS * neck))
    return np.asarray(maximum_filter1d(tallest, 2 * round(0.5 * STEADY_S * track.fps) + 1 if len(track) > 1 else 1))


def make_coarse(picture: Planes, x: float, y: float, reach: float) -> None:
    """Leave nothing finer than a few means in a disc, in place; what they were made from cannot be recovered."""
    for plane, scale in zip((picture.luma, *picture.chroma), (1.0, 0.5, 0.5), strict=True):
        _coarsen(plane, scale * x, scale * y, scale * reach)


def _coarsen(plane: Image, x: float, y: float, reach: float) -> None:
    ends = np.rint([x - reach, y - reach, x + reach + 1, y + reach + 1])
    x0, y0, x1, y1 = np.clip(ends, 0, plane.shape[::-1] * 2).astype(int).tolist()
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    part, cell = plane[y0:y1, x0:x1], 2 * reach / CELLS
    cells = (max(1, round((x1 - x0) / cell)), max(1, round((y1 - y0) / cell)))
    few = cv2.GaussianBlur(cv2.resize(part, cells, interpolation=cv2.INTER_AREA), (3, 3), 0)
    smooth = cv2.resize(few, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
    disc = np.zeros_like(part)
    cv2.circle(disc, (round(x) - x0, round(y) - y0), round(reach), (255,), cv2.FILLED)
    cv2.copyTo(smooth, disc, part)
