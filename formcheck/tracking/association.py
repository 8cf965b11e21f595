"""One person's track, where it leads, and which of a frame's poses continues which track."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..datatypes import FloatArray, Outline
from .poses import Pose

SAME_PERSON = 0.35  # of body height: head, shoulders and hips of one person are less far from where they are expected
SAME_SIZE = 1.5  # times taller or shorter between two sightings, bent knees and lifted arms included: not the same
DRIFT = 0.8  # body heights a second: whoever is out of sight may have changed pace by a walker's
LOST_S = 1.5  # out of sight for longer: whoever is found then counts anew (a walker passes another in half of it)
FEWEST_FRAMES = 8  # a track of fewer frames is not confirmed, its person not listed
VELOCITY_OVER_S = 0.3  # velocity is taken over so long: about a step, whose bounce and sway then cancel


@dataclass(eq=False)
class PersonTrack:
    """One person's poses so far."""

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
    def confirmed(self) -> bool:
        """Whether seen often enough to be a person."""
        return len(self.poses) >= FEWEST_FRAMES

    def lost_for_good(self, time_s: float) -> bool:
        """Whether unseen for too long to be believed the same if found; for longer than seen, if that was short."""
        seen_s = self.times_s[-1] - self.times_s[0]
        return time_s - self.times_s[-1] > min(LOST_S, max(seen_s, VELOCITY_OVER_S))

    def cost(self, pose: Pose, time_s: float) -> float:
        """How far a pose is from the predicted one, as a share of the gate; beyond 1 it is another person's."""
        height, now = max(self.last.height_px, 1.0), max(pose.height_px, 1.0)
        taller = abs(np.log(now / height)) / np.log(SAME_SIZE)
        apart = np.linalg.norm(pose.trunk - self.predicted(time_s), axis=1).mean() / height
        return max(float(taller), float(apart) / (SAME_PERSON + DRIFT * (time_s - self.times_s[-1])))

    def predicted(self, time_s: float) -> FloatArray:
        """(5, 2) where head, shoulders and hips would be by now at the velocity last seen."""
        since = bisect_left(self.times_s, self.times_s[-1] - VELOCITY_OVER_S)
        lasted = self.times_s[-1] - self.times_s[since]
        if lasted < 0.5 * VELOCITY_OVER_S:  # seen for too short a time to have a velocity
            return self.last.trunk
        velocity = (self.last.hips - self.poses[self.rows[since]].hips) / lasted
        return np.asarray(self.last.trunk + velocity * (time_s - self.times_s[-1]))


def associate(
    tracks: Sequence[PersonTrack], poses: Mapping[int, Pose], time_s: float, candidates: Iterable[int]
) -> dict[int, int]:
    """Track (its place in ``tracks``) → the pose (its key) that continues it: least total cost, within the gate.

    Confirmed tracks come first: what seems to be another person may be some of one and some of another.
    """
    matches: dict[int, int] = {}
    for confirmed in (True, False):
        some = [t for t in candidates if tracks[t].confirmed == confirmed]
        free = [key for key in poses if key not in matches.values()]
        if some and free:
            cost = np.array([[tracks[t].cost(poses[key], time_s) for key in free] for t in some])
            pairs = zip(*linear_sum_assignment(np.minimum(cost, 1.0)), strict=True)
            matches |= {some[i]: free[j] for i, j in pairs if cost[i, j] < 1}
    return matches
