"""Frames → PoseTrack: who is in view, who of them is the runner, and where the landmarks are."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Protocol, cast

import cv2
import numpy as np

from . import outline
from .backends import BACKENDS
from .camera import CameraMotion, CameraRoll
from .datatypes import (
    SIDES,
    NothingMeasurableError,
    NotUnderstoodError,
    Outline,
    Person,
    PoseTrack,
    landmark,
)
from .tracking import (
    FEWEST_FRAMES,
    SAME_PERSON,
    MultiPersonTracker,
    PersonTrack,
    Pose,
    PoseBackend,
    SinglePersonTracker,
)
from .video import Frame

OUTLINE_EVERY_S = 0.35  # of file time: how often the trunk's outline is looked at, at first
OUTLINES = 30  # later so sparsely that even spacing would have given this many up to then
JITTER = 0.5  # of that time, to either side: it is about a step's, and even looks would all see one phase of the step
AROUND = 0.62  # of body height: from the runner's middle to the sides of the picture that is cut out for a look
LARGEST_CUT_PX = 512  # the model itself sees 256: more would only cost time


class FrameSource(Protocol):
    """Gives the clip's frames from the start, each time it is called."""

    def __call__(self) -> Iterable[Frame]: ...


@dataclass
class _Camera:
    """What is learned of the camera on the way."""

    motion: CameraMotion = field(default_factory=CameraMotion)
    roll: CameraRoll = field(default_factory=CameraRoll)


@dataclass
class _Seen:
    """What one pass over the clip gave: file index and time of each row, a track per person, the camera."""

    rows: list[tuple[int, float]] = field(default_factory=list)
    tracks: list[PersonTrack] = field(default_factory=list)
    camera: _Camera = field(default_factory=_Camera)
    others_in_view: bool = False  # the clip must be read again, tracking everybody


def estimate(source: FrameSource, model: str, person: int | None = None) -> PoseTrack:
    """Track the runner through the clip; times are the file's.

    One person is tracked until detections in the whole frame find others; then the clip is read again and
    everybody is tracked, as from the start when ``person`` is given. The runner is ``person`` (numbered as in
    ``Person``) or else the one whose legs move most, weighted by size and time in view.
    Raises NothingMeasurableError when nobody is seen, FormcheckError when ``person`` does not exist.
    """
    seen = _read(source, model) if person is None else _Seen(others_in_view=True)
    if seen.others_in_view:
        seen = _read(source, model, seen.tracks)
    chosen, who = _choose(seen.tracks, person)
    return _pose_track(seen, chosen, who, model)


def _read(source: FrameSource, model: str, begun: list[PersonTrack] | None = None) -> _Seen:
    """begun: that everybody is to be tracked, and the tracks of a pass before, if any."""
    with open_backend(model) as backend:
        if begun is None:
            return _track_all(source(), backend, SinglePersonTracker(backend))
        return _track_all(source(), backend, MultiPersonTracker(backend, begun[0].poses if begun else {}))


def open_backend(model: str) -> AbstractContextManager[PoseBackend]:
    """A row of BACKENDS, for one clip."""
    row = BACKENDS[model]
    opener = import_module(f".{row.module}", __package__).open_model
    return cast(AbstractContextManager[PoseBackend], opener(row.file))


def _track_all(
    frames: Iterable[Frame], backend: PoseBackend, tracker: SinglePersonTracker | MultiPersonTracker
) -> _Seen:
    """Everybody in the frames; nothing but ``others_in_view`` as soon as it is sure of one taken to be alone."""
    seen = _Seen(tracks=tracker.tracks)
    next_detection_s, outline_looks = 0.0, OutlineLooks()
    for row, frame in enumerate(frames):
        seen.rows.append((frame.index, frame.time_s))
        detect = frame.time_s >= next_detection_s
        poses = tracker.update(row, frame, detect=detect)
        if tracker.others_in_view:
            return _Seen(tracks=tracker.tracks, others_in_view=True)
        people_xy = [pose.xy for pose in poses]
        if detect:
            next_detection_s = frame.time_s + tracker.detect_every_s
            seen.camera.roll.look(frame.image, people_xy)
        if outline_looks.due(frame.time_s):
            _look_at_outlines(seen.tracks, row, frame, backend)
        seen.camera.motion.update(frame.image, people_xy)
    return seen


class OutlineLooks:
    """When to look at the trunk's outline: sparser in long clips, so that looks stay few, and never evenly spaced."""

    def __init__(self) -> None:
        self._next_s, self._random = 0.0, np.random.default_rng(0)

    def due(self, time_s: float) -> bool:
        if time_s < self._next_s:
            return False
        spacing = max(OUTLINE_EVERY_S, time_s / OUTLINES)
        self._next_s = time_s + spacing * self._random.uniform(1 - JITTER, 1 + JITTER)
        return True


def _look_at_outlines(tracks: list[PersonTrack], row: int, frame: Frame, backend: PoseBackend) -> None:
    """Read the trunk's edges of everybody in this row who is seen from the side."""
    for track in tracks:
        if (pose := track.poses.get(row)) is not None and pose.from_the_side:
            track.outlines += outline_of(pose, frame, backend)


def outline_of(pose: Pose, frame: Frame, backend: PoseBackend) -> list[Outline]:
    """One look at a person who was found there: in a picture cut out around them, with landmarks that fit the mask."""
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


def _choose(tracks: list[PersonTrack], person: int | None) -> tuple[PersonTrack, Person]:
    tracks = [track for track in tracks if track.confirmed] or tracks
    if not tracks:
        raise NothingMeasurableError(
            "nobody was found in the picture; film one runner, whole body in view, in good light"
        )
    tracks = sorted(tracks, key=_appearance)
    if person is not None:
        if not 1 <= person <= len(tracks):
            raise NotUnderstoodError(f"`person={person}`: only {len(tracks)} seen in this clip")
        return tracks[person - 1], Person(person, len(tracks), "chosen by number")
    if len(tracks) == 1:
        return tracks[0], Person(1, 1, "the only person in view")
    best = max(tracks, key=_liveliness)
    reason = "the one whose legs move most, weighted by size and time in view"
    return best, Person(tracks.index(best) + 1, len(tracks), reason)


def _appearance(track: PersonTrack) -> tuple[int, float]:
    """Row in which a person came into view (0 for all who were there at the beginning), then how far right."""
    row, pose = next(iter(track.poses.items()))
    return row if row > FEWEST_FRAMES else 0, float(pose.hips[0])


def _liveliness(track: PersonTrack) -> float:
    """Range of ankle against hip (pixels, both ankles) × square root of the number of frames seen."""
    xy, landmarks = np.stack([p.xy for p in track.poses.values()]), track.last.landmarks
    legs = [landmark(xy, landmarks, f"{s}_ankle") - landmark(xy, landmarks, f"{s}_hip") for s in SIDES]
    swing = [np.ptp(np.percentile(leg, (10, 90), axis=0), axis=0) for leg in legs]
    return float(np.linalg.norm(swing) * np.sqrt(len(xy)))


def _pose_track(seen: _Seen, track: PersonTrack, who: Person, model: str) -> PoseTrack:
    count, k = len(seen.rows), len(BACKENDS[model].landmarks)
    xy, world, confidence = np.full((count, k, 2), np.nan), np.full((count, k, 3), np.nan), np.zeros((count, k))
    for row, pose in track.poses.items():
        xy[row], confidence[row] = pose.xy, pose.confidence
        world[row] = np.nan if pose.world is None else pose.world
    times = np.array([time for _, time in seen.rows])
    roll, roll_sd = seen.camera.roll.result
    return PoseTrack(
        times, xy, world, confidence, seen.camera.motion.shifts, seen.rows[0][0], roll, roll_sd, who,
        outline=Outline.joined(track.outlines), model=model,
    )  # fmt: skip
