"""Frames → PoseTrack: who is in view, who of them is the runner, and where the landmarks are."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Protocol, cast

import cv2
import numpy as np

from . import outline
from .backends import BACKENDS
from .camera import CameraMotion, CameraRoll
from .datatypes import INDEX, LANDMARKS, FloatArray, FormcheckError, NothingMeasurableError, Outline, Person, PoseTrack
from .video import Frame

MOST_PEOPLE = 4  # followed at once; more cost time and help nobody
LOOK_EVERY_S = 1.5  # of file time: how often the whole picture is searched for other people and upright edges
LOOKS_AGREEING = 2  # looks that must find company before everybody is followed (one look may see a ghost)
SAME_PERSON = 0.35  # of body height: hips of one person move less than this between two frames
SAME_POSE = 0.1  # of body height: two detections of one person in one frame differ less in head, shoulders and hips
SMALL_PERSON = 0.4  # of the largest: people smaller than this are passers-by far away
TRUNK = [INDEX[name] for name in ("nose", "left_shoulder", "right_shoulder", "left_hip", "right_hip")]
FEWEST_FRAMES = 8  # a person seen in fewer frames is not listed
OUTLINE_EVERY_S = 0.35  # of file time: how often the trunk's outline is looked at, at first
OUTLINES = 30  # later so sparsely that even spacing would have given this many up to then
JITTER = 0.5  # of that time, to either side: it is about a step's, and even looks would all see one phase of the step
AROUND = 0.62  # of body height: from the runner's middle to the sides of the picture that is cut out for a look
LARGEST_CUT_PX = 512  # the model itself sees 256: more would only cost time


@dataclass(frozen=True)
class Pose:
    """One person in one frame: xy (33, 2) pixels, world (33, 3) metres, confidence (33,), mask (h, w) 0…1 if given."""

    xy: FloatArray
    world: FloatArray
    confidence: FloatArray
    mask: FloatArray | None = None

    @property
    def hips(self) -> FloatArray:
        return cast(FloatArray, self.xy[[INDEX["left_hip"], INDEX["right_hip"]]].mean(axis=0))

    @property
    def height_px(self) -> float:
        return float(np.ptp(self.xy[:, 1]))


class PoseBackend(Protocol):
    """A pose model: ``follow`` sees the frames of one clip in order, ``look`` any picture, where masks are of use."""

    def follow(self, image: np.ndarray, index: int) -> list[Pose]: ...
    def look(self, image: np.ndarray) -> list[Pose]: ...


class PoseOpener(Protocol):
    def __call__(self, model: str, people: int) -> AbstractContextManager[PoseBackend]: ...


@dataclass(eq=False)
class _Followed:
    """One person as followed so far."""

    poses: dict[int, Pose] = field(default_factory=dict)  # row → pose
    outlines: list[Outline] = field(default_factory=list)  # in the file's time

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
    next_look_s, outline_looks, company = 0.0, OutlineLooks(), 0
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
        if outline_looks.due(frame.time_s):
            _look_at_outlines(seen.people, row, frame, backend)
        seen.camera.motion.update(frame.image, runner_xy)
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


def _look_at_outlines(people: list[_Followed], row: int, frame: Frame, backend: PoseBackend) -> None:
    """Read the trunk's edges of everybody in this row who is seen from the side."""
    for person in people:
        if (pose := person.poses.get(row)) is not None and from_the_side(pose):
            person.outlines += outline_of(pose, frame, backend)


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
    wanted = Pose((pose.xy - (x0, y0)) * scale, pose.world, pose.confidence)
    found = min(backend.look(cut), key=lambda p: _apart(p, wanted), default=None)
    if found is None or found.mask is None or _apart(found, wanted) > SAME_PERSON / 2:
        return []
    return [outline.read(frame.time_s, found.mask, found.xy)]


def from_the_side(pose: Pose) -> bool:
    """Whether the line through shoulders and hips points rather at the camera than across the picture."""
    across, _, away = sum(pose.world[INDEX[f"left_{j}"]] - pose.world[INDEX[f"right_{j}"]] for j in ("shoulder", "hip"))
    return bool(abs(across) < abs(away))


def _distinct(poses: list[Pose]) -> list[Pose]:
    """Poses of different people of notable size: a detector may find one person twice."""
    kept: list[Pose] = []
    for pose in sorted(poses, key=lambda p: -p.height_px):
        notable = not kept or pose.height_px > SMALL_PERSON * kept[0].height_px
        if notable and all(_differ(pose, other) > SAME_POSE for other in kept):
            kept.append(pose)
    return kept


def _apart(a: Pose, b: Pose) -> float:
    """Distance of the hips in body heights."""
    return float(np.linalg.norm(a.hips - b.hips) / max(a.height_px, b.height_px, 1.0))


def _differ(a: Pose, b: Pose) -> float:
    """Mean distance of head, shoulders and hips in body heights: people may stand close, one behind the other."""
    apart = np.linalg.norm(a.xy[TRUNK] - b.xy[TRUNK], axis=1)
    return float(apart.mean() / max(a.height_px, b.height_px, 1.0))


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
        if j not in taken_poses and all(_differ(pose, poses[k]) > SAME_POSE for k in taken_poses):
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
    """Range of ankle against hip (pixels, both ankles) × square root of the number of frames seen."""
    xy = np.stack([p.xy for p in person.poses.values()])
    swing = [
        np.ptp(np.percentile(xy[:, INDEX[f"{s}_ankle"]] - xy[:, INDEX[f"{s}_hip"]], (10, 90), axis=0), axis=0)
        for s in ("left", "right")
    ]
    return float(np.linalg.norm(swing) * np.sqrt(len(xy)))


def _track(seen: _Seen, person: _Followed, who: Person) -> PoseTrack:
    count, k = len(seen.rows), len(LANDMARKS)
    xy, world, confidence = np.full((count, k, 2), np.nan), np.full((count, k, 3), np.nan), np.zeros((count, k))
    for row, pose in person.poses.items():
        xy[row], world[row], confidence[row] = pose.xy, pose.world, pose.confidence
    times = np.array([time for _, time in seen.rows])
    roll, roll_sd = seen.camera.roll.result
    return PoseTrack(
        times, xy, world, confidence, seen.camera.motion.shifts, seen.rows[0][0], roll, roll_sd, who,
        outline=Outline.joined(person.outlines),
    )  # fmt: skip
