"""Operations on sampled values, whatever they mean: filters without lag, and what to do where some are unknown."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .datatypes import FloatArray, usual_step

MAD_TO_SD = 1.4826  # median absolute deviation → standard deviation, of a normal distribution
WINDOW_SD = 4.0  # standard deviations from its middle to where a Gaussian window ends
FEWEST_SAMPLES = 5  # fewer are left unfiltered

Spans = list[tuple[int, int]]  # of rows, [a, b) each, in order
Turned = TypeVar("Turned", float, FloatArray)


def known_median(values: FloatArray) -> FloatArray:
    """(T, …) → (…) median over time of the known values; 0 where none is."""
    if not len(values):
        return np.zeros(values.shape[1:])
    known = np.isfinite(values)
    ordered, count = np.where(known, values, np.inf).T.copy().T, known.sum(axis=0)
    middle = np.maximum([(count - 1) // 2, count // 2], 0)
    ordered.partition(np.unique(middle), axis=0)  # each in one piece of memory, which takes half the time
    return np.where(count > 0, np.take_along_axis(ordered, middle, axis=0).mean(axis=0), 0.0)


def spans_of(wanted: NDArray[np.bool_]) -> Spans:
    """Spans of consecutive true rows (T,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], wanted.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def filled(values: FloatArray, at: FloatArray | NDArray[np.int_]) -> FloatArray:
    """(T, k) sampled ``at`` (T,), what is unknown on straight lines between neighbours; 0 if all of a column is."""
    out = values.copy()
    for column in out.T:
        known = np.isfinite(column)
        column[~known] = np.interp(at[~known], at[known], column[known]) if known.any() else 0.0
    return out


def nearest_index(values: FloatArray, wanted: float) -> int:
    """The index of the value, of (n,), that is nearest to the wanted one."""
    return int(np.argmin(np.abs(values - wanted)))


def lowpass(values: FloatArray, time_s: FloatArray, hz: float) -> FloatArray:
    """Zero-lag 4th-order Butterworth of (T, k) values at uneven times, corner in Hz of real time.

    The corner (half the power) lies at hz as long as that is a small part of the frame rate, at 1.07 hz where it is a
    fifth, at 1.13 hz where it is 0.27; from 0.4 on next to nothing is taken away. All corrections were learned so.
    """
    if len(values) < FEWEST_SAMPLES:
        return values
    step = usual_step(time_s)
    even = np.arange(time_s[0], time_s[-1] + step / 2, step)
    corner = hz / 0.802  # two passes of a 2nd-order filter: the corner of the pair is lower (Winter 2009)
    if corner * step >= 0.5 or len(even) < FEWEST_SAMPLES:
        return values
    on_grid = np.stack([np.interp(even, time_s, v) for v in values.T], axis=1)
    padding = min(len(even) - 1, round(0.5 / step))
    padded = np.pad(on_grid, ((padding, padding), (0, 0)), mode="reflect", reflect_type="odd")
    smooth = _butterworth(_butterworth(padded, corner * step)[::-1], corner * step)[::-1]
    return np.stack([np.interp(time_s, even, v) for v in smooth[padding : padding + len(even)].T], axis=1)


def _butterworth(values: FloatArray, corner: float) -> FloatArray:
    """One pass of a 2nd-order low-pass over (T, k), as if the first had been there forever; corner in cycles a sample.

    SciPy's own, to the last digits, but loading ``scipy.signal`` takes half as long as all else that an analysis loads.
    """
    from scipy.linalg.lapack import dtbtrs  # noqa: PLC0415 (late: not needed to read a clip)

    sharp = 1 / np.tan(np.pi * corner)
    gain = 1 / (1 + np.sqrt(2) * sharp + sharp**2)
    fed_back = np.array([1.0, 2 * gain * (1 - sharp**2), gain * (1 - np.sqrt(2) * sharp + sharp**2)])
    rise = values - values[0]
    before = np.concatenate([np.zeros_like(rise[:2]), rise])  # with two samples of rest
    driven = gain * (rise + 2 * before[1:-1] + before[:-2])
    answer, _ = dtbtrs(np.repeat(fed_back[:, None], len(values), axis=1), driven, uplo="L", diag="U")
    return np.asarray(values[0] + answer)


def gaussian(values: NDArray[Any], width: float, mode: str = "reflect") -> NDArray[Any]:
    """Mean over time around each of (T, …) values, weighted by a Gaussian of so many samples' standard deviation."""
    from scipy.ndimage import gaussian_filter1d  # noqa: PLC0415 (late: not needed to read a clip)

    return np.asarray(gaussian_filter1d(values, width, axis=0, mode=mode))


def monotone_cubic(at: FloatArray, places: FloatArray, values: FloatArray) -> FloatArray:
    """(n, k) what lies between (T, k) values at places (T,), by cubics that do not overshoot (Fritsch & Butland 1984).

    SciPy's ``PchipInterpolator``, but loading ``scipy.interpolate`` takes longer than bridging the gaps of most clips.
    """
    step = np.diff(places)[:, None]
    slope = np.diff(values, axis=0) / step
    rate = np.repeat(slope, 2, axis=0) if len(slope) == 1 else np.zeros_like(values)
    if len(slope) > 1:
        before, after = step[:-1] + 2 * step[1:], 2 * step[:-1] + step[1:]
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = (before + after) / (before / slope[:-1] + after / slope[1:])
        rate[1:-1] = np.where(np.sign(slope[:-1]) * np.sign(slope[1:]) > 0, mean, 0.0)
        rate[0], rate[-1] = _end_rate(step, slope), _end_rate(step[::-1], slope[::-1])
    left = np.clip(np.searchsorted(places, at, "right") - 1, 0, len(step) - 1)
    share, rise = (at - places[left])[:, None] / step[left], values[left + 1] - values[left]
    begin, end = rate[left] * step[left], rate[left + 1] * step[left]
    return np.asarray(
        values[left] + share * (begin + share * (3 * rise - 2 * begin - end + share * (begin + end - 2 * rise)))
    )


def _end_rate(step: FloatArray, slope: FloatArray) -> FloatArray:
    """(k,) rate at the first place, through three, limited so that nothing overshoots."""
    rate = ((2 * step[0] + step[1]) * slope[0] - step[0] * slope[1]) / (step[0] + step[1])
    turns = np.sign(slope[0]) != np.sign(slope[1])
    limited = np.where(turns & (np.abs(rate) > 3 * np.abs(slope[0])), 3 * slope[0], rate)
    return np.asarray(np.where(np.sign(rate) == np.sign(slope[0]), limited, 0.0))


def wrapped(values: Turned, turn: float = 1.0) -> Turned:
    """Phases or angles less whole turns: −½ … ½ of a turn."""
    return (values + 0.5 * turn) % turn - 0.5 * turn


def fast_size(least: int) -> int:
    """The next size from there on whose Fourier transform is quick: a power of two, or three or five times one."""
    return min(few << (-(-least // few) - 1).bit_length() for few in (1, 3, 5))


def at_rest(speed: FloatArray, time_s: FloatArray, slowest: float, least_s: float) -> NDArray[np.bool_]:
    """(T,) samples between which something moves more slowly than that, for so long or longer.

    speed: (T − 1,) from one sample to the next, at time_s (T,)
    """
    still = np.append(speed < slowest, False)
    for a, b in spans_of(still):
        still[a : b + 1] = time_s[b] - time_s[a] >= least_s
    return still


def local_line(moment: FloatArray, weight: FloatArray, width: float) -> FloatArray:
    """Local linear regression, Gaussian window: moment / weight near each frame, unbiased at the ends."""
    reach = int(WINDOW_SD * width + 0.5)
    away = np.arange(-reach, reach + 1)
    window = np.exp(-0.5 * (away / width) ** 2)
    by_distance = window / window.sum() * (away * 2 / (len(weight) - 1)) ** np.arange(3)[:, None]
    size = 1 << (len(weight) + 2 * reach - 1).bit_length()
    kernels = np.fft.rfft(by_distance, size)

    def near(values: FloatArray, moments: int) -> FloatArray:
        found = np.fft.irfft(np.fft.rfft(values, size) * kernels[:moments], size)
        return np.asarray(found[:, reach : reach + len(values)])

    (w0, w1, w2), (m0, m1) = near(weight, 3), near(moment, 2)
    return np.asarray((w2 * m0 - w1 * m1) / np.maximum(w0 * w2 - w1**2, 1e-12))
