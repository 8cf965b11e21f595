"""A clip's stretches: between cuts, absences, turns, skips, pauses and changes of pace, each analysed alone."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from ..cleaning import between_jumps, exchanged, jumps
from ..datatypes import PoseTrack
from ..repeats import moved
from ..signals import Spans, at_rest, known_median, spans_of
from .naming import misnamed
from .rhythm import steady_parts
from .skips import unbroken
from .tempo import paces
from .view import facing_one_way

ABSENT_S = 1.0  # anyone out of view for longer has left and come back
BLINK_S = 0.5  # a jump there and back in less is a slip of the pose model, not a cut
STILL = 0.04  # of how fast landmarks usually move: they move faster in every picture of a film, also of one who stands
STILL_S = 0.15  # a film in which they move less for longer stands on a picture
SHORTEST_S = 0.6  # anything shorter shows no step


def stretches(track: PoseTrack) -> tuple[Spans, list[int]]:
    """(spans of rows [a, b) of a cleaned track, in order; all of it where nothing divides it, rows at which the film
    is cut)."""
    spans: Spans = [(0, len(track))]
    cuts: list[int] = []
    for parted in (_shots, _presences, _filmed, facing_one_way, _unbroken, paces, _steady):
        parts = [_within(track, span, parted) for span in spans]
        if parted in (_shots, _unbroken):
            cuts += [first for some in parts for first, _ in some[1:]]
        spans = [part for some in parts for part in some]
    kept = [(a, b) for a, b in spans if b - a > 1 and np.ptp(track.time_s[[a, b - 1]]) >= SHORTEST_S]
    return kept or [(0, len(track))], sorted(cuts)


def _within(track: PoseTrack, span: tuple[int, int], parted: Callable[[PoseTrack], Spans]) -> Spans:
    first = span[0]
    return [(first + a, first + b) for a, b in parted(track.between(*span))] if span[1] - first > 1 else [span]


def _shots(track: PoseTrack) -> Spans:
    """Spans between cuts. A slip of the pose model, after which the body is back where it was, is not a cut."""
    height, seen = track.body_height_px, np.flatnonzero(track.seen)
    shots: Spans = []
    if not np.isfinite(height):
        return [(0, len(track))]
    for a, b in between_jumps(track, height):
        if b < len(track) and track.time_s[b - 1] - track.time_s[a] < BLINK_S:
            continue
        slipped = bool(shots) and shots[-1][1] < a
        ends = np.array([seen[seen < shots[-1][1]][-1], seen[seen >= a][0]]) if slipped else seen[:0]
        begin = shots.pop()[0] if slipped and not jumps(track, ends, height).any() else a
        shots.append((begin, b))
    return shots or [(0, len(track))]


def _presences(track: PoseTrack) -> Spans:
    """Spans in which the runner is in view."""
    seen = np.flatnonzero(track.seen)
    if not len(seen):
        return [(0, len(track))]
    gone = np.flatnonzero(np.diff(track.time_s[seen]) > ABSENT_S) + 1
    if not len(gone):
        return [(0, len(track))]
    return [(int(seen[a]), int(seen[b - 1]) + 1) for a, b in pairwise([0, *gone.tolist(), len(seen)])]


def _filmed(track: PoseTrack) -> Spans:
    """Spans between stills: how much time a film leaves out, or adds, where it stands on a picture is not known."""
    speed = moved(track) / np.diff(track.time_s)
    still = at_rest(speed, track.time_s, STILL * float(known_median(speed)), STILL_S)
    return spans_of(~still) or [(0, len(track))]


def _unbroken(track: PoseTrack) -> Spans:
    """Spans within which the stride does not skip."""
    return _rightly_named(track, unbroken)


def _steady(track: PoseTrack) -> Spans:
    """Spans in each of which the legs repeat steadily."""
    return _rightly_named(track, steady_parts)


def _rightly_named(track: PoseTrack, parted: Callable[[PoseTrack], Spans]) -> Spans:
    """Spans that do not only seem to be parted because the legs are exchanged for a while."""
    parts = parted(track)
    wrong = misnamed(track) if len(parts) > 1 else np.zeros(len(track), bool)
    return parted(exchanged(track, wrong)) if wrong.any() else parts
