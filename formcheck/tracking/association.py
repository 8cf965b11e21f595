"""One person's track, where it is heading, and which of a frame's poses continues which track."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..datatypes import SIDES, FloatArray, Outline, landmark
from ..landmarks import BLAZEPOSE, LandmarkSet
from .poses import Pose

SAME_PERSON = 0.35  # of body height: head, shoulders and hips of one person are nearer to where they are expected
SAME_SIZE = 1.5  # times taller or shorter between two sightings, bent knees and lifted arms included: someone else
DRIFT = 0.8  # body heights a second: anyone out of sight may have changed speed by a walker's
LOST_S = 1.5  # out of sight for longer: anyone found then counts as new (a walker passes another in half that time)
FEWEST_FRAMES = 8  # a track of fewer frames is not confirmed, its person not listed
VELOCITY_OVER_S = 0.3  # velocity is taken over this long: about a step, whose bounce and sway then cancel


@dataclass(eq=False)
class PersonTrack:
    """One person's poses so far, kept to 0.8 kB each since a clip may have a hundred thousand.

    They are kept without masks and in single precision, good to 0.0002 pixels for landmarks that are known to one.
    """

    rows: array[int] = field(default_factory=lambda: array("q"))  # frames (index in the file) in order, their times
    times_s: array[float] = field(default_factory=lambda: array("d"))
    outlines: list[Outline] = field(default_factory=list)  # in the file's time
    colours: list[tuple[int, FloatArray]] = field(default_factory=list)  # of clothes, as clothes.colours; by frame
    _values: array[float] = field(default_factory=lambda: array("f"))
    _landmarks: LandmarkSet = BLAZEPOSE

    @property
    def points(self) -> NDArray[np.float32]:
        """(n, K, 3 or 6) x, y and confidence, and the position in space where the model gives it."""
        return np.array(self._values, np.float32).reshape(len(self.rows), len(self._landmarks), -1)

    @property
    def last(self) -> Pose:
        return self.pose(len(self.rows) - 1)

    def pose(self, place: int) -> Pose:
        """The pose of the n-th row."""
        values = np.array(self._values[self._in(place, place + 1)], float).reshape(len(self._landmarks), -1)
        world = values[:, 3:] if values.shape[1] > 3 else None
        return Pose(values[:, :2], world, values[:, 2], landmarks=self._landmarks)

    def pose_in(self, row: int) -> Pose | None:
        """The pose in a frame, if the person was seen in it."""
        place = bisect_left(self.rows, row)
        return self.pose(place) if place < len(self.rows) and self.rows[place] == row else None

    def _in(self, first: int, end: int) -> slice:
        """Where the values of some rows are."""
        each = len(self._values) // max(1, len(self.rows))
        return slice(first * each, end * each)

    def add(self, row: int, time_s: float, pose: Pose) -> None:
        self.rows.append(row)
        self.times_s.append(time_s)
        self._landmarks = pose.landmarks
        parts = [pose.xy, pose.confidence[:, None], *([] if pose.world is None else [pose.world])]
        self._values.frombytes(np.concatenate(parts, axis=1, dtype=np.float32).tobytes())

    def between(self, first: int, end: int | None = None) -> PersonTrack:
        """The part in the frames first … end − 1, or from a frame on."""
        a, b = bisect_left(self.rows, first), len(self.rows) if end is None else bisect_left(self.rows, end)
        rows, times_s, values = self.rows[a:b], self.times_s[a:b], self._values[self._in(a, b)]
        outlines = [look for look in self.outlines if len(rows) and times_s[0] <= look.time_s[0] <= times_s[-1]]
        worn = [look for look in self.colours if len(rows) and rows[0] <= look[0] <= rows[-1]]
        return PersonTrack(rows, times_s, outlines, worn, values, self._landmarks)

    def followed_by(self, later: PersonTrack) -> PersonTrack:
        """This track continued by a later one."""
        return PersonTrack(
            self.rows + later.rows, self.times_s + later.times_s, self.outlines + later.outlines,
            self.colours + later.colours, self._values + later._values, self._landmarks,
        )  # fmt: skip

    @property
    def worn(self) -> list[FloatArray]:
        """All looks at the clothes."""
        return [look for _, look in self.colours]

    @property
    def hips(self) -> FloatArray:
        """(n, 2) their middle."""
        xy = self.points[..., :2].astype(float)
        left, right = (landmark(xy, self._landmarks, f"{side}_hip") for side in SIDES)
        return np.asarray(0.5 * (left + right))

    @property
    def height_px(self) -> float:
        """Usual height of the landmarks."""
        return max(1.0, float(np.median(np.ptp(self.points[..., 1], axis=1))))

    @property
    def confirmed(self) -> bool:
        """Whether seen often enough to be a person."""
        return len(self.rows) >= FEWEST_FRAMES

    def lost_for_good(self, time_s: float) -> bool:
        """Whether unseen for too long to count as the same if found; after a brief sighting, for longer than that."""
        seen_s = self.times_s[-1] - self.times_s[0]
        return time_s - self.times_s[-1] > min(LOST_S, max(seen_s, VELOCITY_OVER_S))

    def cost(self, pose: Pose, time_s: float) -> float:
        """How far a pose is from the predicted one, as a share of the gate; beyond 1 it is another person's."""
        return float(_costs([self], [pose], time_s)[0, 0])

    def predicted(self, time_s: float) -> FloatArray:
        """(5, 2) where head, shoulders and hips would be by now at the velocity last seen."""
        since = bisect_left(self.times_s, self.times_s[-1] - VELOCITY_OVER_S)
        lasted = self.times_s[-1] - self.times_s[since]
        if lasted < 0.5 * VELOCITY_OVER_S:  # seen for too short a time to have a velocity
            return self.last.trunk
        velocity = (self.last.hips - self.pose(since).hips) / lasted
        return np.asarray(self.last.trunk + velocity * (time_s - self.times_s[-1]))


def associate(
    tracks: Sequence[PersonTrack], poses: Mapping[int, Pose], time_s: float, candidates: Iterable[int]
) -> dict[int, int]:
    """Track (its place in ``tracks``) → the pose (its key) that continues it: least total cost, within the gate.

    Confirmed tracks come first: what seems to be another person may be part of one and part of another.
    """
    matches: dict[int, int] = {}
    for confirmed in (True, False):
        some = [t for t in candidates if tracks[t].confirmed == confirmed]
        free = [key for key in poses if key not in matches.values()]
        if some and free:
            cost = _costs([tracks[t] for t in some], [poses[key] for key in free], time_s)
            pairs = zip(*_assigned(np.minimum(cost, 1.0)), strict=True)
            matches |= {some[i]: free[j] for i, j in pairs if cost[i, j] < 1}
    return matches


def _costs(tracks: Sequence[PersonTrack], poses: Sequence[Pose], time_s: float) -> FloatArray:
    """(tracks, poses) ``PersonTrack.cost`` of each for each: in a crowd there are hundreds."""
    height = np.maximum([track.last.height_px for track in tracks], 1.0)[:, None]
    taller = np.abs(np.log(np.maximum([pose.height_px for pose in poses], 1.0) / height)) / np.log(SAME_SIZE)
    there, expected = np.array([pose.trunk for pose in poses]), np.array([t.predicted(time_s) for t in tracks])
    apart = np.linalg.norm(there - expected[:, None], axis=-1).mean(axis=-1) / height
    unseen_s = time_s - np.array([track.times_s[-1] for track in tracks])[:, None]
    return np.asarray(np.fmax(taller, apart / (SAME_PERSON + DRIFT * unseen_s)))


def _assigned(cost: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 (late: loads slowly, and most clips have one person)

    rows, columns = linear_sum_assignment(cost)
    return rows, columns


def continued(tracks: Sequence[PersonTrack], later: Sequence[PersonTrack]) -> tuple[list[PersonTrack], set[int]]:
    """The tracks, one after another, of whoever was taken to be alone, the last continued by the first of a later part
    of the clip unless nobody was in view for too long between them; and the frames in which it leaps there."""
    if not tracks or not later or later[0].times_s[0] - tracks[-1].times_s[-1] > LOST_S:
        return [*tracks, *later], set()
    *before, last = tracks
    whole, leaps = last.followed_by(PersonTrack()), set()
    for place, (row, time_s) in enumerate(zip(later[0].rows, later[0].times_s, strict=True)):
        if time_s > last.times_s[-1] + VELOCITY_OVER_S:
            break
        if whole.cost(later[0].pose(place), time_s) > 1:
            leaps.add(row)
        whole.add(row, time_s, later[0].pose(place))
    return [*before, last.followed_by(later[0]), *later[1:]], leaps


def stitched(tracks: Sequence[PersonTrack], later: Sequence[PersonTrack], row: int) -> list[PersonTrack]:
    """Everybody's tracks, continued by those of a later part of the clip from a frame on.

    Tracks of one person coincide where both parts saw them, or lead from one to the other.
    """
    whole = list(tracks)
    apart = np.array([[_apart(a, b) for a in tracks] for b in later]).reshape(len(later), len(tracks))
    pairs = zip(*_assigned(np.minimum(apart, 1.0)), strict=True)
    same = {int(i): int(j) for i, j in pairs if apart[i, j] < 1}
    for i, track in sorted(enumerate(later), key=lambda item: item[1].times_s[0]):
        new = track.between(row)
        if i in same:
            whole[same[i]] = whole[same[i]].followed_by(new)
        elif new.rows:
            begins_s, pose = new.times_s[0], {0: new.pose(0)}
            free = [j for j, other in enumerate(whole) if other.times_s[-1] < begins_s]
            free = [j for j in free if not whole[j].lost_for_good(begins_s)]
            found = next(iter(associate(whole, pose, begins_s, free)), None)
            if found is None:
                whole.append(new)
            else:
                whole[found] = whole[found].followed_by(new)
    return whole


def _apart(a: PersonTrack, b: PersonTrack) -> float:
    """Mean distance where both were seen, as a share of the gate; infinite if they never both were."""
    both = [(a.pose_in(row), b.pose_in(row)) for row in set(a.rows) & set(b.rows)]
    return float(np.mean([p.distance(q) for p, q in both if p and q])) / SAME_PERSON if both else np.inf
