"""The single-person tracker, for as long as it finds nobody else in view, and the multi-person tracker."""

from __future__ import annotations

import math

from ..video import Frame
from .association import LOST_S, PersonTrack, associate
from .poses import SAME_POSE, Pose, PoseBackend, distinct
from .window import WindowTracker

DETECT_EVERY_S = 1.5  # of file time: how often the whole frame is searched for anyone but the one tracked
DETECT_AGAIN_S = 0.3  # how soon again once others were found: a passer-by is there for a second or two
DETECT_OTHERS_EVERY_S = 0.5  # the same when there are others: for the lost, and for newcomers
AFAR = 0.25  # of the picture's shorter side: people who look smaller are rarely found in all of it at once
AGREEING = 2  # frames that show others, by detection or by a leap, before everybody is tracked (one may be a ghost)
MOST_PEOPLE = 4  # tracked at once; more cost time and help nobody


class SinglePersonTracker:
    """The only person in view, until detections in the whole frame find others.

    Whoever comes after nobody was in view for ``LOST_S`` begins a new track: it may be somebody else.
    """

    detect_every_s = DETECT_EVERY_S
    turned_away: frozenset[int] = frozenset()

    def __init__(self, backend: PoseBackend, begin_s: float = -math.inf) -> None:
        """begin_s: others are looked for from then on; before, tracking settles."""
        self.tracks: list[PersonTrack] = []
        self.others: set[int] = set()  # frames that show others
        self._backend, self._tracker, self._again_s = backend, backend.tracker(afar=True), math.inf
        self._begin_s = begin_s

    @property
    def others_in_view(self) -> bool:
        return len(self.others) >= AGREEING

    @property
    def in_doubt(self) -> bool:
        """Whether others were found, and have yet to be searched for again."""
        return math.isfinite(self._again_s)

    def update(self, frame: Frame, *, detect: bool) -> list[Pose]:
        """The poses of one frame: one or none; ``detect``: search all of it for others."""
        pose = self._tracker.update(frame.image)
        poses = [] if pose is None else [pose]
        begun = frame.time_s >= self._begin_s
        if begun and (detect or frame.time_s >= self._again_s):  # anyone found elsewhere is another person
            found = len(distinct([*poses, *_searched(self._backend, frame, [p.height_px for p in poses])])) > 1
            self._again_s = frame.time_s + DETECT_AGAIN_S if found else math.inf
            self.others |= {frame.index} if found else set()
        if pose is not None:
            if not self.tracks or frame.time_s - self.tracks[-1].times_s[-1] > LOST_S:
                self.tracks.append(PersonTrack())
            elif begun and self.tracks[-1].cost(pose, frame.time_s) > 1:  # a tracker that leaps may change persons
                self.others.add(frame.index)
            self.tracks[-1].add(frame.index, frame.time_s, pose)
        return poses


class MultiPersonTracker:
    """Everybody in view, each with a tracker of their own: one for several people drops whoever stands near another."""

    detect_every_s = DETECT_OTHERS_EVERY_S
    others_in_view = in_doubt = False  # none that are not expected
    others: frozenset[int] = frozenset()

    def __init__(self, backend: PoseBackend, hints: PersonTrack) -> None:
        """hints: one person's poses in an earlier pass: detections may miss someone whom a tracker keeps."""
        self.tracks: list[PersonTrack] = []
        self.turned_away: set[int] = set()  # frames with more people than are followed
        self._backend, self._hints = backend, hints
        self._trackers: dict[int, WindowTracker] = {}  # of those in view, by place in ``tracks``
        self._idle: list[WindowTracker] = []

    def update(self, frame: Frame, *, detect: bool) -> list[Pose]:
        """The poses of one frame, each added to the track it continues; anyone else detected begins a new one."""
        self._release(frame.time_s)
        found = self._tracked(frame)
        matches = associate(self.tracks, found, frame.time_s, self._trackers)
        self._reassign(matches, frame.time_s)
        seen = {track: found[tracker] for track, tracker in matches.items()}
        if detect or not seen:  # a passer-by is there for a second or two
            tall = [self.tracks[track].last.height_px for track in self._trackers] if detect else []
            seen |= self._detected(frame, seen, tall)
        for track, pose in seen.items():
            self.tracks[track].add(frame.index, frame.time_s, pose)
        return [seen[track] for track in sorted(seen)]

    def _release(self, time_s: float) -> None:
        """Free the trackers of those lost for good for others."""
        for track in [t for t in self._trackers if self.tracks[t].lost_for_good(time_s)]:
            self._idle.append(self._trackers.pop(track))

    def _tracked(self, frame: Frame) -> dict[int, Pose]:
        """Whom each tracker sees; only one of those on the same person."""
        predicted = {t: self.tracks[t].predicted(frame.time_s) for t in self._trackers}
        found: dict[int, Pose] = {}
        for track, tracker in self._trackers.items():  # a ghost must not mask anyone tracked
            sure = [t for t in predicted if t != track and (self.tracks[t].confirmed or not tracker.tracking)]
            pose = tracker.update(frame, self.tracks[track], [predicted[t] for t in sure])
            if pose is not None and not any(pose.distance(other) < SAME_POSE for other in found.values()):
                found[track] = pose
        return found

    def _reassign(self, matches: dict[int, int], time_s: float) -> None:
        """Trackers go to the people they are on (track → whose tracker it was), the others start afresh."""
        spare = [tracker for track, tracker in self._trackers.items() if track not in matches.values()]
        for tracker in spare:
            tracker.reset(time_s)
        self._trackers = {t: self._trackers[matches[t]] if t in matches else spare.pop() for t in self._trackers}

    def _detected(self, frame: Frame, seen: dict[int, Pose], tall_px: list[float]) -> dict[int, Pose]:
        """Whom a search of the whole frame finds besides those seen: the lost and the new; tall_px: of those known."""
        poses = distinct(_searched(self._backend, frame, tall_px), seen.values())
        hint = self._hints.pose_in(frame.index)
        poses += distinct([hint], [*seen.values(), *poses]) if hint is not None else []
        others = dict(enumerate(poses))
        matches = associate(self.tracks, others, frame.time_s, [t for t in self._trackers if t not in seen])
        found = {track: others.pop(pose) for track, pose in matches.items()}
        free = max(0, MOST_PEOPLE - len(self._trackers))
        self.turned_away |= {frame.index} if len(others) > free else set()
        for pose in list(others.values())[:free]:
            found[len(self.tracks)] = pose
            tracker = self._idle.pop() if self._idle else WindowTracker(self._backend.tracker())
            self._trackers[len(self.tracks)] = tracker
            self.tracks.append(PersonTrack())
        return found


def _searched(backend: PoseBackend, frame: Frame, tall_px: list[float]) -> list[Pose]:
    """Everybody in the frame; tall_px: of those who are known to be there."""
    tallest = max(tall_px, default=math.inf)
    return backend.detect(frame.image, tallest if tallest < AFAR * min(frame.image.shape[:2]) else None)
