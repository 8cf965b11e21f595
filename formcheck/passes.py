"""One pass over a clip's frames, or over a part of them: everybody's tracks, and what the camera does."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import reduce
from importlib import import_module
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from . import outline
from .backends import BACKENDS
from .camera import CameraMotion, CameraTilt
from .datatypes import FloatArray, Outline
from .tracking import (
    AGREEING,
    SAME_PERSON,
    MultiPersonTracker,
    PersonTrack,
    Pose,
    PoseBackend,
    SinglePersonTracker,
    colours,
    continued,
    stitched,
)
from .video import Frame

OUTLINE_EVERY_S = 0.35  # of file time, from one look at the trunk's outline to the next, at first
OUTLINES = 30  # later, looks are as far apart as if this many had been spread evenly up to then
JITTER = 0.5  # of that time, either way: it is about one step long, and even looks would all see one phase of the step
AROUND = 0.62  # of body height: from the runner's middle to the sides of the picture cut out for a look
LARGEST_CUT_PX = 512  # the model itself sees 256: more would only cost time
SEAM = 3  # frames on either side of where two parts meet

Hints = PersonTrack  # one person's poses in an earlier pass


@dataclass
class Pass:
    """The result of a pass; its rows are the frames given to the pose model (posed).

    frames   (n,) index in the file
    time_s   (n,) file time
    tracks   of everybody, by frame
    steps    (n, 3) by which the background moved and turned since the row before, see CameraMotion; NaN when lost
    tilts    (k, W, C, 2) looks at how the camera is tilted, see CameraTilt
    others   frames that show others in view, in a pass that took one person to be alone
    alone    whether that was taken for granted
    clock_s  file times of every frame, posed or not
    truncated  whether the file was found to be damaged
    turned_away  frames that show more people than are tracked
    tilted   (k,) the frames of the looks in ``tilts``
    """

    frames: NDArray[np.int64]
    time_s: FloatArray
    tracks: list[PersonTrack]
    steps: FloatArray
    tilts: FloatArray
    others: frozenset[int]
    alone: bool
    clock_s: FloatArray = field(default_factory=lambda: np.zeros(0))
    truncated: bool = False
    turned_away: frozenset[int] = frozenset()
    tilted: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def others_in_view(self) -> bool:
        """Whether a person taken to be alone was not: everybody must then be tracked, in another pass."""
        return self.alone and len(self.others) >= AGREEING

    def lost_since(self, before: Pass) -> bool:
        """Whether somebody seen at the end of the part before is not seen at the beginning of this one.

        Somebody too small to be found in the whole picture may still be tracked if found when they looked larger.
        """
        here, there = self._seen_in(self.frames[:SEAM]), before._seen_in(before.frames[-SEAM:])
        return bool(here and there) and max(here) < min(there)

    def _seen_in(self, frames: NDArray[np.int64]) -> list[int]:
        """How many people are seen in each frame."""
        return [sum(track.pose_in(frame) is not None for track in self.tracks) for frame in frames.tolist()]

    @property
    def hints(self) -> Hints:
        """Poses up to where others were surely in view, of a pass that took one person to be alone."""
        seen = reduce(PersonTrack.followed_by, self.tracks) if self.tracks else PersonTrack()
        return seen.between(0, sorted(self.others)[AGREEING - 1] + 1) if self.others_in_view else seen


def open_backend(model: str, threads: int | None = None) -> AbstractContextManager[PoseBackend]:
    """A row of BACKENDS, opened for one clip, with this many threads; None: as many as help."""
    row = BACKENDS[model]
    opener = import_module(f".{row.module}", __package__).open_model
    return cast(AbstractContextManager[PoseBackend], opener(row.file, threads))


def track_people(
    frames: Iterable[Frame],
    model: str,
    hints: Hints | None = None,
    begin_s: float = -np.inf,
    before_s: float = np.inf,
    start_s: float = 0.0,
    threads: int | None = None,
    posed: Callable[[int, list[PersonTrack]], None] = lambda *_: None,
) -> Pass:
    """Track one person until others are surely in view, or everybody if there are hints, which may be empty.

    Rows are from begin_s to just before before_s. What comes earlier only lets tracking settle; of what comes later so
    much is read as tells whether others are in view, if that is in doubt. start_s: where the whole clip begins. posed:
    called with the number of rows and everybody's tracks so far.
    """
    with open_backend(model, threads) as backend:
        tracker = SinglePersonTracker(backend, begin_s) if hints is None else MultiPersonTracker(backend, hints)
        motion, tilt, times_s = CameraMotion(), CameraTilt(), Moments(tracker.detect_every_s)
        looks, indices, stamps_s = OutlineLooks(start_s), array("q"), array("d")
        for frame in frames:
            if frame.time_s >= before_s and not tracker.in_doubt:
                break
            indices.append(frame.index)
            stamps_s.append(frame.time_s)
            detect = times_s.due(frame.time_s)
            poses = tracker.update(frame, detect=detect)
            if tracker.others_in_view:
                break
            people_xy = [pose.xy for pose in poses]
            if detect:
                tilt.look(frame.image, people_xy, frame.index)
                _look_at_clothes(tracker.tracks, frame)
            if looks.due(frame.time_s):
                _look_at_outlines(tracker.tracks, frame, backend)
            motion.update(frame.image, people_xy)
            posed(len(indices) - bisect_left(stamps_s, begin_s), tracker.tracks)
    own = slice(bisect_left(stamps_s, begin_s), bisect_left(stamps_s, before_s))
    rows, tilted, tracks = np.array(indices, np.int64), np.array(tilt.frames, np.int64), tracker.tracks
    here = np.isin(tilted, rows[own])
    if own.stop < len(rows):
        tracks = [part for track in tracks if (part := track.between(0, indices[own.stop])).rows]
    return Pass(
        rows[own], np.array(stamps_s)[own], tracks, motion.steps[own], tilt.looks[here], frozenset(tracker.others),
        hints is None, turned_away=frozenset(tracker.turned_away), tilted=tilted[here],
    )  # fmt: skip


def joined(parts: Sequence[Pass]) -> Pass:
    """Passes over successive parts of a clip, joined into one over all of it.

    Each but the first began early enough to share some frames with the one before, by which tracks are matched.
    """
    whole, *later = parts
    for part in later:
        whole = _continued(whole, part) if len(part.frames) else whole
    return whole


def _continued(whole: Pass, part: Pass) -> Pass:
    first = int(part.frames[0])
    if whole.alone:
        later = [track.between(first) for track in part.tracks]
        tracks, leaps = continued(whole.tracks, [track for track in later if track.rows])
    else:
        tracks, leaps = stitched(whole.tracks, part.tracks, first), set()
    return Pass(
        np.concatenate([whole.frames, part.frames]),
        np.concatenate([whole.time_s, part.time_s]),
        tracks,
        np.concatenate([whole.steps, part.steps]),
        np.concatenate([whole.tilts, part.tilts]),
        whole.others | leaps | {frame for frame in part.others if frame >= first},
        whole.alone,
        np.concatenate([whole.clock_s, part.clock_s[part.clock_s > np.max(whole.clock_s, initial=-np.inf)]]),
        whole.truncated or part.truncated,
        whole.turned_away | {frame for frame in part.turned_away if frame >= first},
        np.concatenate([whole.tilted, part.tilted]),
    )


class Moments:
    """Every so many seconds of a clip's time, wherever a pass begins."""

    def __init__(self, every_s: float) -> None:
        self._every_s, self._turn = every_s, -1.0

    def due(self, time_s: float) -> bool:
        """Whether a new turn has come since the last frame asked about."""
        turn, self._turn = self._turn, time_s // self._every_s
        return turn != self._turn


class OutlineLooks:
    """When to look at the trunk's outline: sparser in long clips, so that looks stay few, and never evenly spaced."""

    def __init__(self, start_s: float = 0.0) -> None:
        """start_s: where the clip begins."""
        self._start_s, self._next_s, self._random = start_s, 0.0, np.random.default_rng(0)

    def due(self, time_s: float) -> bool:
        """Whether a moment to look has come since the last frame asked about."""
        time_s -= self._start_s
        due = time_s >= self._next_s
        while time_s >= self._next_s:
            spacing = max(OUTLINE_EVERY_S, self._next_s / OUTLINES)
            self._next_s += spacing * self._random.uniform(1 - JITTER, 1 + JITTER)
        return due


def _look_at_clothes(tracks: list[PersonTrack], frame: Frame) -> None:
    for track in tracks:
        if (pose := track.pose_in(frame.index)) is not None:
            track.colours.append((frame.index, colours(frame.image, pose)))


def _look_at_outlines(tracks: list[PersonTrack], frame: Frame, backend: PoseBackend) -> None:
    """Note the trunk's edges of those seen from the side."""
    for track in tracks:
        if (pose := track.pose_in(frame.index)) is not None and pose.from_the_side:
            track.outlines += outline_of(pose, frame, backend)


def outline_of(pose: Pose, frame: Frame, backend: PoseBackend) -> list[Outline]:
    """One look at a person found in the frame: in a picture cut out around them, with landmarks that fit the mask."""
    around, reach = 0.5 * (pose.xy.min(axis=0) + pose.xy.max(axis=0)), AROUND * pose.height_px
    size = np.array(frame.image.shape[1::-1])
    x0, y0 = (int(v) for v in np.clip(around - reach, 0, size))
    x1, y1 = (int(v) for v in np.clip(around + reach, 0, size))
    if min(x1 - x0, y1 - y0) < 2:
        return []
    scale = min(1.0, LARGEST_CUT_PX / max(x1 - x0, y1 - y0))
    cut = cv2.resize(frame.image[y0:y1, x0:x1], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    wanted = replace(pose, xy=(pose.xy - (x0, y0)) * scale)
    found = min(backend.detect(cut), key=lambda p: _apart(p, wanted), default=None)
    if found is None or found.mask is None or _apart(found, wanted) > SAME_PERSON / 2:
        return []
    return [outline.read(frame.time_s, found)]


def _apart(a: Pose, b: Pose) -> float:
    """Distance of the hips in body heights."""
    return float(np.linalg.norm(a.hips - b.hips) / max(a.height_px, b.height_px, 1.0))
