"""Who is who: the poses of a frame → the persons they continue, however close they stand."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from .datatypes import INDEX, FloatArray, Outline
from .video import Frame

LOOK_EVERY_S = 1.5  # of file time: how often the whole picture is searched for others than the one followed
LOOK_AROUND_EVERY_S = 0.5  # the same when there are others: for whom was lost, and for who comes
LOOKS_AGREEING = 2  # looks that must find company, or leaps, before everybody is followed (one may be a ghost)
MOST_PEOPLE = 4  # followed at once; more cost time and help nobody
SAME_PERSON = 0.35  # of body height: head, shoulders and hips of one person are less far from where they are expected
SAME_POSE = 0.1  # of body height: two detections of one person in one frame differ less in head, shoulders and hips
SAME_SIZE = 1.5  # times taller or shorter between two sightings, bent knees and lifted arms included: not the same
SMALL_PERSON = 0.4  # of the largest: people smaller than this are passers-by far away
TRUNK = [INDEX[name] for name in ("nose", "left_shoulder", "right_shoulder", "left_hip", "right_hip")]
HIPS = slice(3, 5)  # of them
STRAYS = 0.8  # body heights a second: whoever is out of sight may have changed pace by a walker's
LOST_S = 1.5  # out of sight for longer: whoever is found then counts anew (a walker passes another in half of it)
HIDDEN_FOR_S = 0.1  # whoever stands where another is seen is not looked for again before
FEWEST_FRAMES = 8  # a person seen in fewer frames is not listed
PACE_OVER_S = 0.3  # a person's pace is taken over so long: about a step, whose bounce and sway then cancel
LARGEST_PX = 30_000  # lines are drawn to no farther places
WINDOW = 1.0  # body heights from the hips to the edges of what a follower sees; the model uses up to 0.8 of them
WINDOW_STEP = 0.1  # body heights between two frames: a runner's pace at 24 frames a second
COARSE_PX = 128  # longer side of the picture in which is decided what to hide
BROAD = 0.12  # of body height: from the middle of head and trunk to their edges, at most
HIDDEN = 0  # the grey that pictures are painted with; the model pads pictures with it too


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

    @property
    def trunk(self) -> FloatArray:
        """(5, 2) head, shoulders and hips: what hardly moves within a step."""
        return self.xy[TRUNK]


class Follower(Protocol):
    """A pose model that keeps to one person from frame to frame, and looks for somebody while it has none."""

    @property
    def tracking(self) -> bool: ...  # whether the next frame is searched only where the person was
    def follow(self, image: np.ndarray) -> Pose | None: ...
    def forget(self) -> None: ...


class PoseBackend(Protocol):
    """A pose model: each follower sees the frames of one clip in order, ``look`` any picture, with masks."""

    def follower(self) -> Follower: ...
    def look(self, image: np.ndarray) -> list[Pose]: ...


@dataclass(eq=False)
class Followed:
    """One person as followed so far."""

    poses: dict[int, Pose] = field(default_factory=dict)  # row → pose
    rows: list[int] = field(default_factory=list)  # of the poses, and their times
    times_s: list[float] = field(default_factory=list)
    outlines: list[Outline] = field(default_factory=list)  # in the file's time

    @property
    def last(self) -> Pose:
        return self.poses[self.rows[-1]]

    def add(self, row: int, time_s: float, pose: Pose) -> None:
        self.poses[row] = pose
        self.rows.append(row)
        self.times_s.append(time_s)

    @property
    def known(self) -> bool:
        """Whether seen often enough to be a person."""
        return len(self.poses) >= FEWEST_FRAMES

    def lost_for_good(self, time_s: float) -> bool:
        """Whether unseen for too long to be believed the same if found; for longer than seen, if that was short."""
        seen_s = self.times_s[-1] - self.times_s[0]
        return time_s - self.times_s[-1] > min(LOST_S, max(seen_s, PACE_OVER_S))

    def off(self, pose: Pose, time_s: float) -> float:
        """How far a pose is from where this person should be, as a share of what is allowed; beyond 1 it is another."""
        height, now = max(self.last.height_px, 1.0), max(pose.height_px, 1.0)
        taller = abs(np.log(now / height)) / np.log(SAME_SIZE)
        apart = np.linalg.norm(pose.trunk - self.expected(time_s), axis=1).mean() / height
        return max(float(taller), float(apart) / (SAME_PERSON + STRAYS * (time_s - self.times_s[-1])))

    def expected(self, time_s: float) -> FloatArray:
        """(5, 2) where head, shoulders and hips would be by now at the pace last seen."""
        since = bisect_left(self.times_s, self.times_s[-1] - PACE_OVER_S)
        lasted = self.times_s[-1] - self.times_s[since]
        if lasted < 0.5 * PACE_OVER_S:  # seen for too short a time to have a pace
            return self.last.trunk
        pace = (self.last.hips - self.poses[self.rows[since]].hips) / lasted
        return np.asarray(self.last.trunk + pace * (time_s - self.times_s[-1]))


class Alone:
    """The only person in view, until looks at the whole picture find company."""

    look_every_s = LOOK_EVERY_S

    def __init__(self, backend: PoseBackend) -> None:
        self.people: list[Followed] = []
        self._backend, self._follower, self._agreeing = backend, backend.follower(), 0

    @property
    def has_company(self) -> bool:
        return self._agreeing >= LOOKS_AGREEING

    def follow(self, row: int, frame: Frame, *, look: bool) -> list[Pose]:
        pose = self._follower.follow(frame.image)
        poses = [] if pose is None else [pose]
        # whom a look finds elsewhere is company too, and so is a leap: one follower may go from person to person
        self._agreeing += self._leaps(pose, frame.time_s)
        self._agreeing += look and len(distinct([*poses, *self._backend.look(frame.image)])) > 1
        if pose is not None:
            if not self.people:
                self.people.append(Followed())
            self.people[0].add(row, frame.time_s, pose)
        return poses

    def _leaps(self, pose: Pose | None, time_s: float) -> bool:
        return pose is not None and bool(self.people) and self.people[0].off(pose, time_s) > 1


class _Watch:
    """A follower that sees the picture through a window around one person, where nobody else is as easily found."""

    def __init__(self, follower: Follower) -> None:
        self.follower = follower
        self.wait_until_s = 0.0
        self._middle, self._reach = np.zeros(2), 0.0

    def see(self, frame: Frame, person: Followed, others: list[FloatArray]) -> Pose | None:
        """Whom the follower sees there; others: head, shoulders and hips of other people."""
        trunk, height = person.expected(frame.time_s), max(person.last.height_px, 1.0)
        if self.follower.tracking and abs(np.log(self._reach / (WINDOW * height))) > np.log(SAME_SIZE):
            self.follower.forget()
        if not self.follower.tracking:
            if frame.time_s < self.wait_until_s:
                return None
            self._middle, self._reach = trunk[HIPS].mean(axis=0), WINDOW * height
        else:  # the follower expects the person where they were in its window: that may move by little only
            step = trunk[HIPS].mean(axis=0) - self._middle
            far = float(np.linalg.norm(step)) / (WINDOW_STEP * height)
            self._middle = self._middle + (step / far if far > 1 else 0.0)
        corner = np.round(self._middle - self._reach).astype(int)
        window = _cut(frame.image, corner, 2 * round(self._reach))
        hidden = nobody_but(window, trunk - corner, height, [o - corner for o in others], self.follower.tracking)
        pose = self.follower.follow(hidden)
        return None if pose is None else replace(pose, xy=pose.xy + corner)


class Company:
    """Everybody in view, each with a follower of their own: one that follows several drops who stands near another."""

    look_every_s = LOOK_AROUND_EVERY_S
    has_company = False  # that nobody has reckoned with

    def __init__(self, backend: PoseBackend, hints: dict[int, Pose]) -> None:
        """hints: row → one person's pose, from an earlier reading: looks may miss whom a follower keeps."""
        self.people: list[Followed] = []
        self._backend, self._hints = backend, hints
        self._watches: dict[int, _Watch] = {}  # of those in view, by place in ``people``
        self._idle: list[_Watch] = []

    def follow(self, row: int, frame: Frame, *, look: bool) -> list[Pose]:
        """The poses of one frame, each given to the person it continues; whom a look finds besides is new."""
        self._let_go(frame.time_s)
        found = self._watched(frame)
        whose = self._whose(found, frame.time_s, self._watches)
        self._hand_over(whose, frame.time_s)
        seen = {person: found[watch] for person, watch in whose.items()}
        if look:
            seen |= self._looked(row, frame, seen)
        for person, pose in seen.items():
            self.people[person].add(row, frame.time_s, pose)
        return [seen[person] for person in sorted(seen)]

    def _let_go(self, time_s: float) -> None:
        """The followers of those lost for long are free for others."""
        for person in [p for p in self._watches if self.people[p].lost_for_good(time_s)]:
            self._idle.append(self._watches.pop(person))

    def _watched(self, frame: Frame) -> dict[int, Pose]:
        """Whom each follower sees; of those on the same person, one."""
        expected = {p: self.people[p].expected(frame.time_s) for p in self._watches}
        found: dict[int, Pose] = {}
        for person, watch in self._watches.items():  # a ghost must not hide who is followed
            sure = [p for p in expected if p != person and (self.people[p].known or not watch.follower.tracking)]
            others = [expected[p] for p in sure]
            pose = watch.see(frame, self.people[person], others)
            if pose is not None and not any(differ(pose, other) < SAME_POSE for other in found.values()):
                found[person] = pose
        return found

    def _whose(self, poses: dict[int, Pose], time_s: float, persons: Iterable[int]) -> dict[int, int]:
        """Which pose is each person's (a key of ``poses``): all together are as near as can be to where they should be.

        Those known for some time come first: what seems to be another person may be some of one and some of another.
        """
        whose: dict[int, int] = {}
        for known in (True, False):
            some = [p for p in persons if self.people[p].known == known]
            free = [key for key in poses if key not in whose.values()]
            if some and free:
                off = np.array([[self.people[p].off(poses[key], time_s) for key in free] for p in some])
                pairs = zip(*linear_sum_assignment(np.minimum(off, 1.0)), strict=True)
                whose |= {some[i]: free[j] for i, j in pairs if off[i, j] < 1}
        return whose

    def _hand_over(self, whose: dict[int, int], time_s: float) -> None:
        """Followers go to the persons on whom they are (person → whose follower it was), the others start anew."""
        spare = [watch for person, watch in self._watches.items() if person not in whose.values()]
        for watch in spare:
            if watch.follower.tracking:
                watch.follower.forget()
                watch.wait_until_s = time_s + HIDDEN_FOR_S
        self._watches = {p: self._watches[whose[p]] if p in whose else spare.pop() for p in self._watches}

    def _looked(self, row: int, frame: Frame, seen: dict[int, Pose]) -> dict[int, Pose]:
        """Whom a look at the whole picture finds besides those seen: the lost, and the new."""
        poses = distinct(self._backend.look(frame.image), seen.values())
        poses += distinct([self._hints[row]], [*seen.values(), *poses]) if row in self._hints else []
        others = dict(enumerate(poses))
        whose = self._whose(others, frame.time_s, [p for p in self._watches if p not in seen])
        found = {person: others.pop(pose) for person, pose in whose.items()}
        for pose in list(others.values())[: max(0, MOST_PEOPLE - len(self._watches))]:
            found[len(self.people)] = pose
            self._watches[len(self.people)] = self._idle.pop() if self._idle else _Watch(self._backend.follower())
            self.people.append(Followed())
        return found


def nobody_but(
    image: np.ndarray, trunk: FloatArray, height_px: float, others: list[FloatArray], tracking: bool
) -> np.ndarray:
    """The picture with heads and trunks of others hidden, where nearer to them; while searching, all that is nearer."""
    scale = min(1.0, COARSE_PX / max(image.shape[:2]))
    shape = (max(1, round(scale * image.shape[0])), max(1, round(scale * image.shape[1])))
    own, hidden = _distance(shape, trunk * scale), np.zeros(shape, bool)
    for other in others:
        away = _distance(shape, other * scale)
        hidden |= (away < own) & ((away < BROAD * height_px * scale) if tracking else True)
    if not hidden.any():
        return image
    whole = cv2.resize(hidden.astype(np.uint8), image.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    return np.where(whole[..., None] > 0, np.asarray(HIDDEN, image.dtype), image)


def _cut(image: np.ndarray, corner: NDArray[np.int_], side: int) -> np.ndarray:
    """A square of the picture, hidden where it reaches beyond it."""
    cut = np.full((side, side, image.shape[2]), HIDDEN, image.dtype)
    x, y = corner
    begin_x, begin_y = max(x, 0), max(y, 0)
    part = image[begin_y : max(y + side, 0), begin_x : max(x + side, 0)]
    cut[begin_y - y :, begin_x - x :][: part.shape[0], : part.shape[1]] = part
    return cut


def _distance(shape: tuple[int, ...], trunk: FloatArray) -> NDArray[np.float32]:
    """(h, w) pixels from the line between head and hips."""
    canvas = np.full(shape, 255, np.uint8)
    head, hips = np.clip([trunk[0], trunk[HIPS].mean(axis=0)], -LARGEST_PX, LARGEST_PX).astype(int).tolist()
    cv2.line(canvas, head, hips, 0, 1)
    return np.asarray(cv2.distanceTransform(canvas, cv2.DIST_L2, 3), np.float32)


def distinct(poses: list[Pose], known: Collection[Pose] = ()) -> list[Pose]:
    """Poses of people of notable size who differ from those known: a detector may find one person twice."""
    tallest = max((pose.height_px for pose in (*known, *poses)), default=0.0)
    kept: list[Pose] = []
    for pose in sorted(poses, key=lambda p: -p.height_px):
        notable = pose.height_px > SMALL_PERSON * tallest
        if notable and all(differ(pose, other) > SAME_POSE for other in (*known, *kept)):
            kept.append(pose)
    return kept


def differ(a: Pose, b: Pose) -> float:
    """Mean distance of head, shoulders and hips in body heights: people may stand close, one behind the other."""
    apart = np.linalg.norm(a.trunk - b.trunk, axis=1)
    return float(apart.mean() / max(a.height_px, b.height_px, 1.0))
