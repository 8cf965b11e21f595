"""Frames → PoseTrack: who is in view, who of them is the runner, and where the landmarks are."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Protocol, cast

import numpy as np

from .backends import BACKENDS
from .camera import CameraMotion, CameraRoll
from .datatypes import INDEX, LANDMARKS, FloatArray, FormcheckError, NothingMeasurableError, Person, PoseTrack
from .video import Frame

MOST_PEOPLE = 4  # followed at once; more cost time and help nobody
LOOK_EVERY_S = 1.5  # of file time: how often the whole picture is searched for other people and upright edges
LOOKS_AGREEING = 2  # looks that must find company before everybody is followed (one look may see a ghost)
SAME_PERSON = 0.35  # of body height: hips of one person move less than this between two frames
SMALL_PERSON = 0.4  # of the largest: people smaller than this are passers-by far away
FEWEST_FRAMES = 8  # a person seen in fewer frames is not listed


@dataclass(frozen=True)
class Pose:
    """One person in one frame: xy (33, 2) pixels, world (33, 3) metres, confidence (33,)."""

    xy: FloatArray
    world: FloatArray
    confidence: FloatArray

    @property
    def hips(self) -> FloatArray:
        return cast(FloatArray, self.xy[[INDEX["left_hip"], INDEX["right_hip"]]].mean(axis=0))

    @property
    def height_px(self) -> float:
        return float(np.ptp(self.xy[:, 1]))


class PoseBackend(Protocol):
    """A pose model. ``follow`` sees the frames of one clip in order, ``look`` any single frame."""

    def follow(self, image: np.ndarray, index: int) -> list[Pose]: ...
    def look(self, image: np.ndarray) -> list[Pose]: ...


class PoseOpener(Protocol):
    def __call__(self, model: str, people: int) -> AbstractContextManager[PoseBackend]: ...


@dataclass(eq=False)
class _Followed:
    """One person as followed so far."""

    poses: dict[int, Pose] = field(default_factory=dict)  # row → pose

    @property
    def last(self) -> Pose:
        return self.poses[next(reversed(self.poses))]


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
    """What one reading of the clip gave: file index and time of each row, everybody followed, the camera."""

    rows: list[tuple[int, float]] = field(default_factory=list)
    people: list[_Followed] = field(default_factory=list)
    camera: _Camera = field(default_factory=_Camera)
    company: bool = False  # the clip must be read again, following everybody


def estimate(source: FrameSource, model: str, person: int | None = None) -> PoseTrack:
    """Follow the runner through the clip; times are the file's.

    One person is followed until looks at the whole picture find company; then the clip is read again and
    everybody is followed, as from the start when ``person`` is given. The runner is ``person`` (numbered as in
    ``Person``) or else the one whose legs move most, weighted by size and time in view.
    Raises NothingMeasurableError when nobody is seen, FormcheckError when ``person`` does not exist.
    """
    seen = _read(source, model, alone=person is None)
    if seen.company:
        seen = _read(source, model, alone=False)
    chosen, who = _choose(seen.people, person)
    return _track(seen, chosen, who)


def _read(source: FrameSource, model: str, *, alone: bool) -> _Seen:
    with _opener(model)(BACKENDS[model].model, 1 if alone else MOST_PEOPLE) as backend:
        return _follow(source(), backend, alone=alone)


def _opener(model: str) -> PoseOpener:
    return cast(PoseOpener, import_module(f".{BACKENDS[model].module}", __package__).open_model)


def _follow(frames: Iterable[Frame], backend: PoseBackend, *, alone: bool) -> _Seen:
    """Everybody in the frames; nothing but ``company`` as soon as it is sure that one taken to be alone has some."""
    seen = _Seen()
    next_look_s, company = 0.0, 0
    for row, frame in enumerate(frames):
        seen.rows.append((frame.index, frame.time_s))
        poses = backend.follow(frame.image, row)
        runner_xy = poses[0].xy if poses else None
        if frame.time_s >= next_look_s:
            next_look_s = frame.time_s + LOOK_EVERY_S
            seen.camera.roll.look(frame.image, runner_xy)
            # whom a look finds elsewhere is company too: one follower may jump from person to person
            company += alone and len(_distinct([*poses, *backend.look(frame.image)])) > 1
            if company >= LOOKS_AGREEING:
                return _Seen(company=True)
        _link(seen.people, poses, row, alone=alone)
        seen.camera.motion.update(frame.image, runner_xy)
    return seen


def _distinct(poses: list[Pose]) -> list[Pose]:
    """Poses of different people of notable size: a detector may find one person twice."""
    kept: list[Pose] = []
    for pose in sorted(poses, key=lambda p: -p.height_px):
        notable = not kept or pose.height_px > SMALL_PERSON * kept[0].height_px
        if notable and all(_apart(pose, other) > SAME_PERSON for other in kept):
            kept.append(pose)
    return kept


def _apart(a: Pose, b: Pose) -> float:
    """Distance of the hips in body heights."""
    return float(np.linalg.norm(a.hips - b.hips) / max(a.height_px, b.height_px, 1.0))


def _link(people: list[_Followed], poses: list[Pose], row: int, *, alone: bool) -> None:
    """Give each pose to the person it continues (nearest hips first), or start a new person."""
    if alone:
        if poses:
            if not people:
                people.append(_Followed())
            people[0].poses[row] = poses[0]
        return
    pairs = sorted((_apart(p.last, pose), i, j) for i, p in enumerate(people) for j, pose in enumerate(poses))
    taken_people: set[int] = set()
    taken_poses: set[int] = set()
    for apart, i, j in pairs:
        if apart < SAME_PERSON and i not in taken_people and j not in taken_poses:
            people[i].poses[row] = poses[j]
            taken_people.add(i)
            taken_poses.add(j)
    for j, pose in enumerate(poses):
        if j not in taken_poses and all(_apart(pose, poses[k]) > SAME_PERSON / 2 for k in taken_poses):
            people.append(_Followed({row: pose}))


def _choose(people: list[_Followed], person: int | None) -> tuple[_Followed, Person]:
    people = [p for p in people if len(p.poses) >= FEWEST_FRAMES] or people
    if not people:
        raise NothingMeasurableError(
            "nobody was found in the picture; film one runner, whole body in view, in good light"
        )
    people = sorted(people, key=_appearance)
    if person is not None:
        if not 1 <= person <= len(people):
            raise FormcheckError(f"--person {person}: only {len(people)} seen in this clip")
        return people[person - 1], Person(person, len(people), "chosen with --person")
    if len(people) == 1:
        return people[0], Person(1, 1, "the only person in view")
    best = max(people, key=_liveliness)
    reason = "the one whose legs move most, weighted by size and time in view"
    return best, Person(people.index(best) + 1, len(people), reason)


def _appearance(person: _Followed) -> tuple[int, float]:
    """Row in which a person came into view (0 for all who were there at the beginning), then how far right."""
    row, pose = next(iter(person.poses.items()))
    return row if row > FEWEST_FRAMES else 0, float(pose.hips[0])


def _liveliness(person: _Followed) -> float:
    """Range of ankle against hip (pixels, both ankles) × number of frames seen."""
    xy = np.stack([p.xy for p in person.poses.values()])
    swing = [
        np.ptp(np.percentile(xy[:, INDEX[f"{s}_ankle"]] - xy[:, INDEX[f"{s}_hip"]], (10, 90), axis=0))
        for s in ("left", "right")
    ]
    return float(np.sum(swing)) * len(xy)


def _track(seen: _Seen, person: _Followed, who: Person) -> PoseTrack:
    count, k = len(seen.rows), len(LANDMARKS)
    xy, world, confidence = np.full((count, k, 2), np.nan), np.full((count, k, 3), np.nan), np.zeros((count, k))
    for row, pose in person.poses.items():
        xy[row], world[row], confidence[row] = pose.xy, pose.world, pose.confidence
    times = np.array([time for _, time in seen.rows])
    roll, roll_sd = seen.camera.roll.result
    return PoseTrack(times, xy, world, confidence, seen.camera.motion.shifts, seen.rows[0][0], roll, roll_sd, who)
