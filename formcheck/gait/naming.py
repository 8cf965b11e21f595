"""Legs that a pose model takes for each other during part of a stride: the strides around it show which is which.

A path that jumps betrays most of these exchanges (``cleaning``). None does where both legs look alike and pass each
other when the names change and when they change back, as under a skirt in long socks; but the stride shows a step that
no other has, and then takes it back.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..cleaning import exchanged, spans
from ..datatypes import SIDES, FloatArray, PoseTrack
from ..landmarks import LEG
from .cycle import fit_cycle
from .motion import relative_size
from .rhythm import between_legs, find_rhythm
from .skips import PHASES, expected_strides

FIT_KNOWN = 0.5  # share of the legs' movement that repeats: below it no stride is known to compare with
LONGEST = 1.0  # strides: a cut may leave half a stride out, after which names only seem exchanged
NEAR = 0.5  # strides before and after an exchange, in which legs keep time, as they do not around a cut
IN_TIME = 0.1  # strides off, at most, to keep time
SETTLED = 0.1  # of the usual squared distance between both namings: where it is less, they say nothing
ROUNDS = 3  # with names put right, more of the clip shows what a stride is


def misnamed(track: PoseTrack) -> NDArray[np.bool_]:
    """(T,) rows of a cleaned track in which each leg has the other's name, for less than a stride on end."""
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
    legs = _places(track)
    cycle = fit_cycle(track.time_s[rhythm.rows], legs[rhythm.rows].reshape(len(rhythm.rows), -1), rhythm.frequency_hz)
    stride = cycle.at(np.arange(PHASES) / PHASES).reshape(PHASES, *legs.shape[1:])
    phase = np.array([_unlike(leg, stride).argmin() for leg in legs[rows]]) / PHASES
    strides = expected_strides(phase[None], rhythm.frequency_hz * track.time_s[rows])
    ahead = np.exp(2j * np.pi * (phase - strides))
    begun = np.angle(ahead.sum())
    mean = stride[np.round((strides + begun / (2 * np.pi)) * PHASES).astype(int) % PHASES]
    apart = _unlike(mean[:, ::-1], mean)
    settled = np.flatnonzero(apart > SETTLED * np.median(apart))
    better = _unlike(legs[rows], mean) - _unlike(legs[rows, ::-1], mean) > apart / 2
    better = better[settled[np.abs(np.arange(len(rows))[:, None] - settled).argmin(axis=1)]]
    for a, b in spans(better):
        around = [(strides > strides[a] - NEAR) & (strides < strides[a]), (strides > strides[b - 1]) & (strides < strides[b - 1] + NEAR)]
        off = [np.angle((ahead[some & ~better] * np.exp(-1j * begun)).sum()) / (2 * np.pi) for some in around]
        if strides[b - 1] - strides[a] < LONGEST and np.abs(off).max() < IN_TIME:
            wrong[rows[a] : rows[b - 1] + 1] = True
    return wrong


def _places(track: PoseTrack) -> FloatArray:
    """(T, 2 legs, k) of knee, ankle, heel and toe from mid-hip, pixels at the runner's usual size; some unknown."""
    size, hips = relative_size(track)[:, None], track.mid("hip")
    legs = [np.concatenate([(track.point(f"{side}_{j}") - hips) / size for j in LEG[1:]], axis=1) for side in SIDES]
    return np.stack(legs, axis=1)


def _unlike(legs: FloatArray, mean: FloatArray) -> FloatArray:
    """(n,) sum of squared distances, as far as both are known."""
    return np.nansum((legs - mean) ** 2, axis=(-2, -1))
