"""How fast strides follow one another at each moment, and where that changes: a clip may hold several paces."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from ..datatypes import FloatArray, PoseTrack, usual_step
from ..signals import Spans, fast_size, gaussian, spans_of
from .cycle import FASTEST_HZ, SLOWEST_HZ
from .motion import relative_size
from .rhythm import between_legs

GRID_HZ = 12.5  # sampling on which the rate is searched for: several times the rate of the fastest strides
FINENESS = 1.015  # ratio between neighbouring rates that are tried
WINDOW_STRIDES = 0.8  # SD of the window, in strides of the rate tried
REACH = 5.0  # SDs of the window, beyond which it is zero
BLOCK = 4096  # samples of the grid, of several rates, transformed together: their data stay in the processor's cache
LEAP_S = 0.7  # cost of leaping to any other rate, as seconds of a rate that fits perfectly
# Cost of moving to the next rate, as a share of a perfect fit in one sample of the grid: gliding over an octave, as
# from real time to half of it, costs half as much as leaping. A runner's own pace changes by less, and more slowly.
STEP_COST = 0.1
CHANGE = 0.045  # in the logarithm of the rate, from CHANGE_STRIDES before to as long after: beyond, the pace changes
CHANGE_STRIDES = 1.25
SAME_PACE = 0.03  # in the logarithm: neighbours closer than this are one
FAR_APART = 0.25  # in the logarithm: a leap this large is located to within a fraction of a stride
FEWEST_STRIDES = 2.0  # of one pace between two others: fewer are the transition from one to the other


def paces(track: PoseTrack) -> Spans:
    """Spans of rows [a, b), each of one pace, in order; what lies between them is the transition to the next.

    Slow drift, as from tiring, is not a change of pace. Where no strides are seen, the whole track is one span.
    """
    whole = [(0, len(track))]
    between = between_legs(track) / relative_size(track)[:, None]
    known = np.flatnonzero(np.isfinite(between).all(axis=1))
    if len(known) < 2 or np.ptp(track.time_s[known]) < 2 * FEWEST_STRIDES / FASTEST_HZ:
        return whole
    time_s, rate = stride_rate(track.time_s[known], between[known])
    steady = _steady(time_s, rate)
    if len(steady) < 2:
        return whole
    edges = np.searchsorted(track.time_s, [(time_s[a], time_s[b - 1]) for a, b in steady])
    edges[0, 0], edges[-1, 1] = 0, len(track)
    return [(int(a), int(b)) for a, b in edges]


def stride_rate(time_s: FloatArray, between: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(grid (n,) of times, (n,) strides a second at each): the path through a scalogram that explains most.

    between: (T, k) left minus right leg, all known. For each rate tried, a Gaussian window as wide as its strides are
    long shows what share of the movement in it one wave explains (Morlet transform, its power over the window's).
    """
    step_s = 1 / GRID_HZ
    grid = np.arange(time_s[0], time_s[-1], step_s)
    frames = max(0.5, 0.4 * step_s / usual_step(time_s))
    signals = np.stack([np.interp(grid, time_s, gaussian(v, frames)) for v in between.T], axis=1)
    rates = SLOWEST_HZ * FINENESS ** np.arange(np.log(FASTEST_HZ / SLOWEST_HZ) / np.log(FINENESS))
    share = np.stack([*_explained(signals, rates * step_s)], axis=1)
    return grid, rates[best_way(share, LEAP_S / step_s)]


def _explained(signals: FloatArray, rates: FloatArray) -> Iterator[FloatArray]:
    """For each rate, in turns a sample: (n,) share of the movement around each sample that one such wave explains.

    In the spectrum, a window times a wave is a Gaussian centred on the rate. The window spans enough turns for what
    stays constant to contribute nothing to the wave.
    """
    count, moments = len(signals), np.vstack([signals.T, (signals**2).sum(axis=1), np.ones(len(signals))])
    for size, alike in groupby(rates, lambda rate: fast_size(count + round(2 * REACH * WINDOW_STRIDES / rate))):
        turns, some = np.fft.fftfreq(size), np.array([*alike])
        spectrum, sums, slow = np.fft.fft(signals.T, size), np.fft.rfft(moments, size), slice(size // 2 + 1)
        for rate in np.array_split(some[:, None, None], -(-len(some) * size // BLOCK)):
            width = 2 * np.pi * WINDOW_STRIDES / rate
            near = np.fft.irfft(sums * np.exp(-0.5 * (turns[slow] * width) ** 2), size)[..., :count]
            mean, squares, weight = near[:, :-2] / near[:, -1:], near[:, -2], near[:, -1]
            wave = np.fft.ifft(spectrum * np.exp(-0.5 * ((turns - rate) * width) ** 2))[..., :count]
            spread = squares / weight - (mean**2).sum(axis=1)
            power = 2 * (np.abs(wave) ** 2).sum(axis=1) / weight**2
            yield from np.clip(power / np.maximum(spread, 1e-12), 0.0, 1.0)


def best_way(share: FloatArray, leap: float) -> NDArray[np.intp]:
    """(n,) which column of (n, m) to be in at each row: the largest sum, less what changing columns costs."""
    rows, columns = share.shape
    total, best = share[0], np.zeros(rows, np.intp)
    choice = np.zeros((rows, columns), np.intp)
    options = np.full((4, columns), -np.inf)  # from the same column, the one before, the one after, the best of all
    for row in range(1, rows):
        best[row] = total.argmax()
        options[0] = total
        options[1, 1:] = total[:-1] - STEP_COST
        options[2, :-1] = total[1:] - STEP_COST
        options[3] = total[best[row]] - leap
        choice[row] = options.argmax(axis=0)
        total = options.max(axis=0) + share[row]
    way = [int(total.argmax())]
    for row in range(rows - 1, 0, -1):
        here = way[-1]
        way.append((here, here - 1, here + 1, int(best[row]))[choice[row, here]])
    return np.array(way[::-1])


def _steady(time_s: FloatArray, rate_hz: FloatArray) -> Spans:
    """Spans [a, b) of the grid in which the rate stays the same, neighbours of one pace merged."""
    log, reach = np.log(rate_hz), CHANGE_STRIDES / rate_hz
    changes = np.abs(np.interp(time_s + reach, time_s, log) - np.interp(time_s - reach, time_s, log)) > CHANGE
    step_s = time_s[1] - time_s[0]
    kept: Spans = []
    for span in spans_of(~changes):
        pace = float(np.median(log[slice(*span)]))
        begin, end = _grown(np.abs(log - pace) < SAME_PACE, span, kept[-1][1] if kept else 0)
        if kept and abs(pace - float(np.median(log[slice(*kept[-1])]))) < SAME_PACE:
            begin = kept.pop()[0]
        if (end - begin) * step_s * np.exp(pace) >= FEWEST_STRIDES:
            kept.append((begin, end))
    return _apart(kept, log, step_s)


def _apart(steady: Spans, log: FloatArray, step_s: float) -> Spans:
    """Spans trimmed by a stride on both sides of a change of pace: where one turns into the other cannot be located to
    within a stride, unless they are far apart."""
    paces_log = [float(np.median(log[a:b])) for a, b in steady]
    ends = [list(span) for span in steady]
    for i, (one, other) in enumerate(pairwise(paces_log)):
        if abs(one - other) < FAR_APART:
            ends[i][1] -= round(np.exp(-one) / step_s)
            ends[i + 1][0] += round(np.exp(-other) / step_s)
    return [(a, b) for a, b in ends if (b - a) * step_s > 0]


def _grown(near: NDArray[np.bool_], span: tuple[int, int], first: int) -> tuple[int, int]:
    """The span extended by the adjoining samples that are ``near``, from first on."""
    away_before = np.flatnonzero(~near[first : span[0]])
    away_after = np.flatnonzero(~near[span[1] :])
    begin = first + int(away_before[-1]) + 1 if len(away_before) else first
    return begin, span[1] + int(away_after[0]) if len(away_after) else len(near)
