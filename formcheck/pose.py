"""Frames → PoseTrack: which of those in view is the runner, and where the landmarks are."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import asdict
from functools import reduce

import numpy as np

from .backends import backend_of
from .camera import shifts_of, tilt_of, turns_of
from .datatypes import (
    SIDES,
    NothingMeasurableError,
    NotUnderstoodError,
    Outline,
    Person,
    PoseTrack,
    elevation_deg,
    landmark,
)
from .passes import Hints, Pass
from .tracking import AGREEING, FEWEST_FRAMES, SAME_SIZE, PersonTrack, dressed_alike, parted

NEAR_TIE = 0.95  # of the most that anyone's legs move: how a clip is read, in how many parts, must not decide
AS_LIVELY = 0.5  # legs that move less than this share of the runner's, in body heights, are not those of a runner


def estimate(
    read: Callable[[Hints | None], Pass], model: str, person: int | None = None, width_px: float = np.nan
) -> tuple[PoseTrack, Pass]:
    """The runner's track through a clip, and the pass it comes from; times are the file's.

    read: makes a pass over the clip, of one person (None) or of everybody (``passes.track_people``). One person is
    tracked until detections in the whole frame find others; then, and when ``person`` is given, everybody is. The
    runner is ``person`` (numbered as in ``Person``) or else the one whose legs move most, weighted by size, time in
    view and, if the picture's width is known, nearness to its middle. Raises NothingMeasurableError when nobody is
    seen, FormcheckError when ``person`` does not exist.
    """
    seen = read(None if person is None else PersonTrack())
    if seen.others_in_view:
        seen = read(seen.hints)
    chosen, who = _choose(seen, person, width_px)
    return _pose_track(seen, chosen, who, model), seen


def _choose(seen: Pass, person: int | None, width_px: float) -> tuple[PersonTrack, Person]:
    tracks = [track for track in parted(seen.tracks) if track.confirmed] or seen.tracks
    if not tracks:
        raise NothingMeasurableError(
            "nobody was found in the picture; film one runner, whole body in view, in good light"
        )
    tracks = sorted(tracks, key=lambda track: _appearance(seen, track))
    if person is not None:
        if not 1 <= person <= len(tracks):
            raise NotUnderstoodError(f"`person={person}`: only {len(tracks)} seen in this clip")
        return tracks[person - 1], Person(person, len(tracks), "chosen by number")
    if len(tracks) == 1:
        return tracks[0], Person(1, 1, "the only person followed")
    lively = [_liveliness(track) * _filmed(track, width_px) for track in tracks]
    best = next(track for track, own in zip(tracks, lively, strict=True) if own >= NEAR_TIE * max(lively))
    same = _comings(best, tracks)
    whole = reduce(PersonTrack.followed_by, same)
    number = tracks.index(best) + 1
    by = "size, time in view and nearness to the middle of the picture" if width_px > 0 else "size and time in view"
    reason = f"the one whose legs move most, weighted by {by}"
    if len(seen.turned_away) >= AGREEING:
        reason += "; more people were in view than are followed"
    return whole, Person(number, len(tracks), reason, tuple(tracks.index(track) + 1 for track in same))


def _comings(best: PersonTrack, tracks: list[PersonTrack]) -> list[PersonTrack]:
    """The runner's track and those in which the same runner seems to return after leaving the view, by time.

    Never seen together, equally large, with legs that move as much, and in clothes of the same colours.
    """
    same, liveliest = [best], _swing(best) / best.height_px
    for track in sorted(tracks, key=_liveliness, reverse=True):
        apart = all(track.rows[-1] < other.rows[0] or other.rows[-1] < track.rows[0] for other in same)
        if apart and _looks_like(track, best, liveliest):
            same.append(track)
    return sorted(same, key=lambda track: track.rows[0])


def _looks_like(track: PersonTrack, best: PersonTrack, liveliest: float) -> bool:
    """Whether a track may be of the same runner, returning; liveliest: how far best's legs swing, body heights."""
    size = abs(np.log(track.height_px / best.height_px))
    lively = _swing(track) > AS_LIVELY * liveliest * track.height_px
    return bool(size < np.log(SAME_SIZE) and lively and dressed_alike(track.worn, best.worn))


def _appearance(seen: Pass, track: PersonTrack) -> tuple[int, float]:
    """Row in which a person came into view (0 for all who were there at the beginning), then how far right."""
    row = int(np.searchsorted(seen.frames, track.rows[0]))
    return row if row > FEWEST_FRAMES else 0, float(track.pose(0).hips[0])


def _liveliness(track: PersonTrack) -> float:
    """``_swing`` × square root of the number of frames seen."""
    return _swing(track) * float(np.sqrt(len(track.rows)))


def _filmed(track: PersonTrack, width_px: float) -> float:
    """How much the camera is aimed at somebody: 1 in the middle of the picture, half at its sides; 1 if not known."""
    off = float(np.median(np.abs(track.hips[:, 0] / width_px - 0.5)))
    return 1 - min(off, 0.5) if np.isfinite(off) else 1.0


def _swing(track: PersonTrack) -> float:
    """Range of movement of the ankles relative to the hips, both together, pixels."""
    xy, landmarks = track.points[..., :2].astype(float), track.last.landmarks
    legs = [landmark(xy, landmarks, f"{s}_ankle") - landmark(xy, landmarks, f"{s}_hip") for s in SIDES]
    return float(np.linalg.norm([np.ptp(np.percentile(leg, (10, 90), axis=0), axis=0) for leg in legs]))


def _pose_track(seen: Pass, track: PersonTrack, who: Person, model: str) -> PoseTrack:
    count, k = len(seen.frames), len(backend_of(model).landmarks)
    xy, world, confidence = np.full((count, k, 2), np.nan), np.full((count, k, 3), np.nan), np.zeros((count, k))
    rows, points = np.searchsorted(seen.frames, track.rows), track.points
    xy[rows], confidence[rows] = points[..., :2], points[..., 2]
    if points.shape[2] > 3:
        world[rows] = points[..., 3:]
    turns = turns_of(seen.steps, track.height_px)
    there = np.minimum(np.searchsorted(seen.frames, seen.tilted), count - 1)
    tilt = tilt_of(seen.tilts, elevation_deg(world, track.last.landmarks), turns[there])
    return PoseTrack(
        seen.time_s, xy, world, confidence, shifts_of(seen.steps), seen.frames, seen.clock_s, turns, **asdict(tilt),
        person=who, outline=Outline.joined(track.outlines), model=model,
    )  # fmt: skip


def last_poses(person: PersonTrack, seconds: float, model: str) -> PoseTrack:
    """A track of somebody's poses over the last ``seconds``, as if from a still, level camera."""
    since = bisect_left(person.times_s, person.times_s[-1] - seconds)
    some = person.between(person.rows[since])
    frames, times_s = np.array(some.rows), np.array(some.times_s)
    seen = Pass(frames, times_s, [], np.zeros((len(frames), 3)), np.zeros((0, 2)), frozenset(), True)
    return _pose_track(seen, some, Person(1, 1, "so far"), model)
