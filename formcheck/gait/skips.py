"""Where a clip leaves out moments, or shows some twice, while the runner stays in place: there the stride skips.

Films are cut, and recorders drop or repeat frames; nothing in the picture need jump but the limbs. A cadence across a
skip is wrong by the part of a stride that is missing.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..datatypes import SIDES, FloatArray, PoseTrack, usual_step
from ..landmarks import LEG
from ..signals import MAD_TO_SD, Spans, gaussian
from .cycle import fit_cycle
from .motion import relative_size
from .rhythm import Rhythm, between_legs, find_rhythm

PHASES = 100  # of the mean stride, to which a frame is compared
WINDOW = 1.0  # strides before and after a moment
CLOSE = 0.25  # strides before and after it, in which a skip shows too
SHARP = 0.6  # of a skip, at least: a stride that is shorter than the others is so throughout
SLOW_STRIDES = 4.0  # SD of the window over which what a stride gains is averaged: a skip hardly shows in it
IN_TIME = 0.6  # length of the mean phase vector of frames that follow one another in time, at least
OFTEN = 0.5  # of the moments must be in time for what is usual to be known
STRAY = 0.1  # strides: a row that shows a leg farther from where those before and those after it do is misread
LEAST = 0.04  # strides: a skip is at least this large
CLEAR = 4.5  # and this many times as large as what is usual in the clip
PIECE_S = 5.0  # of a clip cut so often that nothing repeats throughout: pieces in which a stride is looked for


def unbroken(track: PoseTrack) -> Spans:
    """Spans of rows [a, b), in order, within which the stride does not skip."""
    whole, parted = [], [(0, len(track))]
    while parted:
        a, b = parted.pop()
        rows = _clear_skips(track.between(a, b))
        if rows:
            parted += pairwise([a, *(a + row for row in rows), b])  # without them, smaller ones may show
        else:
            whole.append((a, b))
    return sorted(whole)


def _clear_skips(track: PoseTrack) -> list[int]:
    """Rows at which the stride skips, in order: of those within two windows of each other, where most is left out."""
    rhythm, rows = _rhythm(track), np.flatnonzero(np.isfinite(between_legs(track)).all(axis=1))
    if not rhythm.fit or len(rows) < 3:
        return []
    legs = leg_places(track)
    phases = np.array([_phase(track.time_s, legs[:, leg], rows, rhythm) for leg in (0, 1)])
    expected = expected_strides(phases, rhythm.frequency_hz * track.time_s[rows])
    (skips, in_time), (close, _) = (_skips(phases - expected, expected, window) for window in (WINDOW, CLOSE))
    known = np.flatnonzero(np.isfinite(skips))
    if len(known) < OFTEN * len(rows):
        return []
    usual = MAD_TO_SD * float(np.median(skips[known]))
    clear = known[skips[known] > max(LEAST, CLEAR * usual)]
    sharp = clear[close[clear] > SHARP * skips[clear]]
    found: list[int] = []  # a large one shows around it too, but in frames that are mixed
    for one in sharp[np.argsort(-(skips * in_time)[sharp])]:
        if not found or np.abs(expected[one] - expected[found]).min() > 2 * WINDOW:
            found.append(int(one))
    return sorted(rows[found].tolist())


def _rhythm(track: PoseTrack) -> Rhythm:
    """The track's rhythm; where it has none, the best of its pieces'."""
    whole, count = find_rhythm(track), int(np.ptp(track.time_s) / PIECE_S)
    if whole.fit or count < 2:
        return whole
    edges = np.linspace(0, len(track), count + 1).astype(int).tolist()
    pieces = [(a, find_rhythm(track.between(a, b))) for a, b in pairwise(edges)]
    first, best = max(pieces, key=lambda piece: piece[1].fit)
    return replace(best, rows=best.rows + first)


def leg_places(track: PoseTrack) -> FloatArray:
    """(T, 2 legs, k) of knee, ankle, heel and toe from mid-hip, pixels at the runner's usual size; some unknown."""
    size, hips = relative_size(track)[:, None], track.mid("hip")
    legs = [np.concatenate([(track.point(f"{side}_{j}") - hips) / size for j in LEG[1:]], axis=1) for side in SIDES]
    return np.stack(legs, axis=1)


def _phase(time_s: FloatArray, places: FloatArray, rows: NDArray[np.intp], rhythm: Rhythm) -> FloatArray:
    """(n,) phase 0…1 of each of these rows by itself: where the mean stride of one leg (T, k) is most like it."""
    cycle = fit_cycle(time_s[rhythm.middle], places[rhythm.middle], rhythm.frequency_hz)
    return most_like(cycle.at(np.arange(PHASES) / PHASES), places[rows])


def most_like(stride: FloatArray, places: FloatArray) -> FloatArray:
    """(n,) phase 0…1 at which a stride (PHASES, k) is most like places (n, k), as far as these are known."""
    there = np.isfinite(places) & np.isfinite(stride).all(axis=0)
    places, stride = np.where(there, places, 0.0), np.nan_to_num(stride)
    away = there @ (stride.T**2) - 2 * places @ stride.T  # squared, but for what is the same at every phase
    return np.asarray(away.argmin(axis=1) / PHASES)


def expected_strides(phases: FloatArray, beat: FloatArray) -> FloatArray:
    """(n,) strides, were nothing left out: the beat, and how the pace slowly departs from it.

    phases: (2, n) of each leg; beat: (n,) strides at the clip's usual pace
    """
    turned = np.exp(2j * np.pi * (phases - beat))
    later = np.searchsorted(beat, beat + 1)
    there = np.flatnonzero(later < len(beat))
    gained = np.zeros(len(beat), complex)
    gained[there] = (turned[:, later[there]] * turned[:, there].conj()).sum(axis=0)
    width = SLOW_STRIDES / usual_step(beat)
    a_stride = np.angle(gaussian(gained.real, width) + 1j * gaussian(gained.imag, width)) / (2 * np.pi)
    departed = np.cumsum(0.5 * (a_stride[1:] + a_stride[:-1]) * np.diff(beat))
    return np.asarray(beat + np.concatenate([[0.0], departed]))


def _skips(ahead: FloatArray, expected: FloatArray, window: float) -> tuple[FloatArray, FloatArray]:
    """((n,) how many strides, 0 to ½, lie between a row and those after it and those before it beyond what is
    expected, as far as both legs show it; how well these keep time, 0…1). NaN near the ends and where they do not.

    ahead: (2, n) strides by which each leg is ahead of what is expected; whole ones do not count
    """
    rows, turned = np.arange(len(expected)), np.exp(2j * np.pi * ahead)
    first, last = (np.searchsorted(expected, expected + way * window) for way in (-1, 1))

    def around(fit: FloatArray) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """(2, n) mean of those that fit, before each row and after it, times the share that they are."""
        summed = np.concatenate([np.zeros((2, 1)), np.cumsum(fit * turned, axis=1)], axis=1)
        before = (summed[:, rows] - summed[:, first]) / np.maximum(rows - first, 1)
        return before, (summed[:, last] - summed[:, rows]) / np.maximum(last - rows, 1)

    before, after = around(np.ones(ahead.shape))
    in_time = np.abs([*before, *after])
    stray = np.minimum(*(np.abs(np.angle(turned * usual.conj())) for usual in (before, after))) / (2 * np.pi)
    before, after = around((stray <= STRAY).astype(float))
    whole = (expected - expected[0] >= window) & (expected[-1] - expected >= window)
    left, right = after * before.conj()
    both, apart = (np.abs(np.angle(turn)) / (2 * np.pi) for turn in (left + right, left * right.conj()))
    known = whole & (in_time.min(axis=0) >= IN_TIME)
    return np.where(known, np.maximum(both - apart / 2, 0.0), np.nan), in_time.mean(axis=0)
