"""Two people who meet: from then on, a tracker may follow the other one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .association import LOST_S, SAME_PERSON, PersonTrack
from .clothes import dressed_alike

FEWEST_LOOKS = 2  # at clothes, before and after: a single one may be at a hand, or at somebody in front
CLEARLY = 0.5  # of how far both are from where they were heading: exchanged, they must be that much nearer to it


def parted(tracks: Sequence[PersonTrack]) -> list[PersonTrack]:
    """Tracks parted where two people met, and one goes on in other clothes or each as the other went before.

    While they are close, whose landmarks are whose is not known: those belong to neither part. Whoever was seen too
    seldom to be a person met nobody.
    """
    people = [track for track in tracks if track.confirmed]
    return [part for track in tracks for part in _parts(track, [other for other in people if other is not track])]


def _parts(track: PersonTrack, others: Sequence[PersonTrack]) -> list[PersonTrack]:
    met = [(*meeting, other) for other in others for meeting in _meetings(track, other)]
    for first, last, other in sorted(met, key=lambda meeting: meeting[:2]):
        (before, after), theirs = ((one.between(0, first), one.between(last + 1)) for one in (track, other))
        looks = min(len(before.worn), len(after.worn))
        changed = looks >= FEWEST_LOOKS and not dressed_alike(before.worn, after.worn)
        if before.rows and after.rows and (changed or _exchanged((before, after), theirs)):
            return [before, *_parts(after, others)]
    return [track]


def _meetings(track: PersonTrack, other: PersonTrack) -> list[tuple[int, int]]:
    """First and last frame of each time the two are close to each other."""
    if track.rows[0] > other.rows[-1] or other.rows[0] > track.rows[-1]:
        return []
    rows, mine, theirs = np.intersect1d(track.rows, other.rows, assume_unique=True, return_indices=True)
    apart = np.linalg.norm(track.hips[mine] - other.hips[theirs], axis=1)
    close = np.flatnonzero(apart < SAME_PERSON * max(track.height_px, other.height_px))
    if not len(close):
        return []
    away = np.flatnonzero(np.diff(np.array(track.times_s)[mine[close]]) > LOST_S)
    return [(int(rows[some[0]]), int(rows[some[-1]])) for some in np.split(close, away + 1)]


def _exchanged(mine: tuple[PersonTrack, PersonTrack], theirs: tuple[PersonTrack, PersonTrack]) -> bool:
    """Whether each of two people, before and after a meeting, goes on where the other one was heading."""
    if not all(part.rows for part in theirs):
        return False
    (before, after), (their_before, their_after) = mine, theirs
    stayed = _off(before, after) + _off(their_before, their_after)
    return _off(before, their_after) + _off(their_before, after) < CLEARLY * stayed


def _off(before: PersonTrack, after: PersonTrack) -> float:
    """Mean distance in pixels from where somebody was heading, by the time of the later part's first pose."""
    return float(np.linalg.norm(before.predicted(after.times_s[0]) - after.pose(0).trunk, axis=1).mean())
