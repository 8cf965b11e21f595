"""Legs that a pose model takes for each other during part of a stride: the strides around it show which is which.

A path that jumps betrays most of these exchanges (``cleaning``). None does where both legs look alike and pass each
other when the names change and when they change back, as under a skirt in long socks; but the runner would have taken
a step that belongs to no stride, and taken it back.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..cleaning import exchanged
from ..datatypes import FloatArray, PoseTrack
from ..signals import spans_of
from .cycle import fit_cycle
from .rhythm import between_legs, find_rhythm
from .skips import IN_TIME, PHASES, expected_strides, leg_places, most_like

FIT_KNOWN = 0.5  # share of the legs' movement that repeats: below it no stride is known to compare with
SETTLED = 0.1  # of the usual squared distance between both namings: where it is less, they say nothing
CHANGE = 0.25  # of the same: how much better names must fit to be changed, and to be changed back
LONGEST = 1.0  # strides that an exchange lasts, at most
AROUND = 0.5  # strides before it and after it, in which the legs keep time, as they do not on both sides of a cut
LATE = 0.1  # strides, at most, to keep time
ROUNDS = 3  # with names put right, more of the clip shows what a stride is


def misnamed(track: PoseTrack) -> NDArray[np.bool_]:
    """(T,) rows of one stretch, cleaned, in which each leg has the other's name, for less than a stride on end."""
    wrong = np.zeros(len(track), bool)
    for _ in range(ROUNDS):
        found = _misnamed(track)
        if not found.any():
            break
        wrong, track = wrong ^ found, exchanged(track, found)
    return wrong


def _misnamed(track: PoseTrack) -> NDArray[np.bool_]:
    wrong, rhythm = np.zeros(len(track), bool), find_rhythm(track)
    rows = np.flatnonzero(np.isfinite(between_legs(track)).all(axis=1))
    if not rhythm.fit >= FIT_KNOWN or len(rows) < 3:
        return wrong
    legs = leg_places(track)
    cycle = fit_cycle(track.time_s[rhythm.middle], _flat(legs[rhythm.middle]), rhythm.frequency_hz)
    stride = cycle.at(np.arange(PHASES) / PHASES)
    phase = most_like(stride, _flat(legs[rows]))
    strides = expected_strides(phase[None], rhythm.frequency_hz * track.time_s[rows])
    late = np.exp(2j * np.pi * (phase - strides))
    strides += np.angle(late.sum()) / (2 * np.pi)
    mean = stride[np.round(strides * PHASES).astype(int) % PHASES].reshape(len(rows), *legs.shape[1:])
    apart = _unlike(mean[:, ::-1], mean)
    odd = _exchanged(legs[rows], mean, CHANGE * float(np.median(apart)))
    telling = ~odd & (apart >= SETTLED * np.median(apart))
    for a, b in spans_of(odd):
        if strides[b - 1] - strides[a] < LONGEST and _in_time(phase - strides, strides, (a, b), telling):
            wrong[rows[a] : rows[b - 1] + 1] = True
    return wrong


def _exchanged(legs: FloatArray, mean: FloatArray, change: float) -> NDArray[np.bool_]:
    """(n,) whether legs (n, 2, k) are more like the mean stride at that moment under each other's names.

    The names are those of the path that fits best (Viterbi 1967), where each change costs as much as this squared
    distance: rows with both legs in nearly one place decide nothing by themselves.
    """
    misfit = np.stack([_unlike(legs, mean), _unlike(legs[:, ::-1], mean)], axis=1)
    total, changed = [0.0, 0.0], list[tuple[bool, bool]]()
    for kept, other in misfit.tolist():
        changed.append((total[1] + change < total[0], total[0] + change < total[1]))
        total = [min(total[0], total[1] + change) + kept, min(total[1], total[0] + change) + other]
    path = [int(total[1] < total[0])]
    for better in reversed(changed[1:]):
        path.append(path[-1] ^ better[path[-1]])
    return np.array(path[::-1], bool)


def _in_time(late: FloatArray, strides: FloatArray, span: tuple[int, int], telling: NDArray[np.bool_]) -> bool:
    """Whether what lies on each side of a span of rows [a, b) keeps time, as far as it is rightly named and tells."""
    a, b = span
    first, last = np.searchsorted(strides, [strides[a] - AROUND, strides[b - 1] + AROUND])
    around = [np.exp(2j * np.pi * late[i:j][telling[i:j]]) for i, j in ((first, a), (b, last))]
    means = np.array([some.mean() if len(some) else 1.0 for some in around])  # nothing lies beyond the clip's ends
    return bool(((np.abs(np.angle(means)) < 2 * np.pi * LATE) & (np.abs(means) >= IN_TIME)).all())


def _flat(legs: FloatArray) -> FloatArray:
    return legs.reshape(len(legs), -1)


def _unlike(legs: FloatArray, mean: FloatArray) -> FloatArray:
    """(n,) sum of squared distances, as far as both are known."""
    return np.asarray(np.nansum((legs - mean) ** 2, axis=(1, 2)))
