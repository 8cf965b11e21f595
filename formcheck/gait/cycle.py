"""The phase model: running repeats, so every frame of a clip is a sample of one stride.

A phase is found for each frame, and each coordinate is described by a short Fourier series of the
phase, fitted to all frames at once. Twenty strides at 30 frames/s thus become one finely sampled
stride, without filter lag and with the noise of a single frame divided by about five.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from ..datatypes import FloatArray, fourier_basis, turns, usual_step
from ..signals import MAD_TO_SD, gaussian, known_median, local_line

SLOWEST_HZ, FASTEST_HZ = 0.08, 2.6  # strides per second of clip time: sixteen-fold slow motion to 312 steps/min
FEWEST_CYCLES = 2.0  # a stride must come round this often before it counts as repeating
BLOCK = 2048  # rows processed together: their data stay in the processor's cache
ENOUGH_FRAMES = 2400  # from the middle of a long clip give its stride well enough to start from
HARMONICS = 8  # of the stride: contact and push-off need the higher ones
SMOOTHING_STRIDES = 0.5  # SD of the window over which the phase may drift: strides vary, landmarks jitter
SELDOM = 0.2  # of the frames
ROUNDS = 4  # of phase refinement
HUBER = 2.0  # robust standard deviations beyond which a sample's weight falls
HUBER_ROUNDS = 2
TINY = 1e-9  # so that a perfect fit weighs all samples alike


@dataclass(frozen=True)
class Cycle:
    """A mean stride.

    phase     (T,) strides, unwrapped and increasing
    series    (k, 2H+1) Fourier coefficients of each coordinate: mean, cos 1, sin 1, cos 2, …
    fit       share of the coordinates' movement that the mean stride explains, 0…1
    stride_s  mean stride time
    """

    phase: FloatArray
    series: FloatArray
    fit: float
    stride_s: float

    def at(self, phase: FloatArray) -> FloatArray:
        """(n, k) coordinates of the mean stride at given phases."""
        return fourier_basis(phase, self.harmonics) @ self.series.T

    def rate_at(self, phase: FloatArray) -> FloatArray:
        """(n, k) rate of change of the mean stride, per stride."""
        return fourier_basis(phase, self.harmonics) @ _rate(self.series).T

    @property
    def strides(self) -> float:
        return float(self.phase[-1] - self.phase[0])

    @property
    def harmonics(self) -> int:
        return int(self.series.shape[1] - 1) // 2


def stride_frequency(time_s: FloatArray, signals: FloatArray) -> float:
    """Frequency (Hz) at which left-minus-right leg coordinates repeat best; NaN if the clip is too short.

    signals: (T, k), finite. A periodogram on the frames' own times (uneven ones included), summed over
    coordinates; left minus right cancels the step-rate part, so its peak is the stride.
    """
    spare = max(0, len(time_s) - ENOUGH_FRAMES) // 2
    time_s, signals = time_s[spare : len(time_s) - spare], signals[spare : len(signals) - spare]
    length = time_s[-1] - time_s[0]
    slowest = max(SLOWEST_HZ, FEWEST_CYCLES / length)
    nyquist = 0.4 / usual_step(time_s)
    if slowest >= min(FASTEST_HZ, nyquist):
        return float("nan")
    frequency = np.arange(slowest, min(FASTEST_HZ, nyquist), 0.1 / length)
    return float(frequency[power(time_s, signals, frequency).argmax()])


def power(time_s: FloatArray, signals: FloatArray, frequency_hz: FloatArray) -> FloatArray:
    """(f,) power of detrended (T, k) signals at evenly spaced frequencies, summed over the signals.

    Rows in which any of them is unknown are ignored.
    """
    known = np.isfinite(signals).all(axis=1)
    if not known.any():
        return np.zeros(len(frequency_hz))
    window = np.hanning(len(time_s) + 2)[1:-1][known]
    time_s, signals = time_s[known], signals[known]
    moving = (signals - _line(time_s, signals, window)) * window[:, None]
    # a wave at any of these frequencies is the product of one of a few coarse steps and one of a few fine ones
    step_hz = np.ptp(frequency_hz) / max(1, len(frequency_hz) - 1)
    fine = int(np.ceil(np.sqrt(len(frequency_hz))))
    total = np.zeros((signals.shape[1], -(-len(frequency_hz) // fine), fine), complex)
    for rows in _blocks(len(time_s)):
        coarse = turns(-fine * step_hz * time_s[rows], total.shape[1] - 1)
        first = np.exp(-2j * np.pi * frequency_hz[0] * time_s[rows])
        total += (coarse * (first * moving[rows].T)[:, None]) @ turns(-step_hz * time_s[rows], fine - 1).T
    return np.asarray((np.abs(total) ** 2).sum(axis=0).ravel()[: len(frequency_hz)])


def _blocks(count: int) -> Iterator[slice]:
    """Rows 0 … count − 1 in order, a block at a time."""
    return (slice(first, first + BLOCK) for first in range(0, count, BLOCK))


def _line(time_s: FloatArray, signals: FloatArray, weight: FloatArray) -> FloatArray:
    """(T, k) the straight line through each signal by weighted least squares."""
    share = weight / weight.sum()
    since = time_s - share @ time_s
    slope = (share * since) @ signals / max(share @ since**2, TINY)
    return np.asarray(share @ signals + np.outer(since, slope))


def fit_cycle(time_s: FloatArray, values: FloatArray, frequency_hz: float) -> Cycle:
    """Fit the mean stride to (T, k) values, letting the phase drift smoothly.

    NaN is allowed; a coordinate known too seldom gets a NaN series and does not affect the phase.
    """
    known = np.isfinite(values).mean(axis=0) > SELDOM
    everything, values = values, values[:, known]
    harmonics = max(2, min(HARMONICS, int(0.45 / usual_step(time_s) / frequency_hz)))
    phase = _demodulated_phase(time_s, values, frequency_hz)
    frames_per_stride = 1 / (frequency_hz * usual_step(time_s))
    for _ in range(ROUNDS):
        waves = fourier_basis(phase, 2 * harmonics)
        series = _series(waves, values, harmonics)
        shift = _phase_shift(waves, values, series, SMOOTHING_STRIDES * frames_per_stride)
        phase = np.maximum.accumulate(phase + shift)
    series, strides = fit_series(phase, everything, harmonics), float(phase[-1] - phase[0])
    fit = _explained(phase, values, series[known]) if strides > 1 else 0.0
    stride = float(time_s[-1] - time_s[0]) / strides if strides > 1 else float("nan")
    return Cycle(phase, series, fit, stride)


def passes(phase: FloatArray, time_s: FloatArray, at: float) -> list[float]:
    """The times at which an increasing phase (T,), in strides at time_s (T,), passes ``at`` in any stride."""
    strides = np.arange(np.ceil(phase[0] - at), np.floor(phase[-1] - at) + 1)
    found: list[float] = np.interp(strides + at, phase, time_s).tolist()
    return found


def _rate(series: FloatArray) -> FloatArray:
    """(k, 2H+1) Fourier series of the rate of change, per stride."""
    order, rate = 2 * np.pi * np.arange(1, (series.shape[1] + 1) // 2), np.zeros_like(series)
    rate[:, 1::2], rate[:, 2::2] = order * series[:, 2::2], -order * series[:, 1::2]
    return rate


def _demodulated_phase(time_s: FloatArray, values: FloatArray, frequency_hz: float) -> FloatArray:
    """First estimate of the phase: every coordinate's fundamental votes on how far the stride is ahead of the beat."""
    centred = np.nan_to_num(values - np.nanmean(values, axis=0))
    carrier = np.exp(-2j * np.pi * frequency_hz * time_s)
    beat = centred * carrier[:, None]
    mean = beat.mean(axis=0)
    width = 0.75 / (frequency_hz * usual_step(time_s))
    votes = beat @ mean.conj()
    smooth = gaussian(votes.real, width, mode="nearest") + 1j * gaussian(votes.imag, width, mode="nearest")
    ahead = np.unwrap(np.angle(smooth)) / (2 * np.pi)
    return np.asarray(frequency_hz * time_s + _ends_straightened(time_s, ahead, 1 / frequency_hz))


def _ends_straightened(time_s: FloatArray, values: FloatArray, stride_s: float) -> FloatArray:
    """The first and last stride, where a smoothing window is one-sided, replaced by the trend of their neighbours; of
    fewer than five strides everything, by one trend.
    """
    values = values.copy()
    if time_s[-1] - time_s[0] < 5 * stride_s:
        inner = slice(*np.searchsorted(time_s, [time_s[0] + stride_s / 2, time_s[-1] - stride_s / 2]))
        return np.asarray(np.polynomial.Polynomial.fit(time_s[inner], values[inner], 1)(time_s))
    for end, inward in ((time_s[0], 1), (time_s[-1], -1)):
        depth = (time_s - end) * inward / stride_s
        near = (depth >= 1) & (depth <= 3)
        line = np.polynomial.Polynomial.fit(time_s[near], values[near], 1)
        values[depth < 1] = line(time_s[depth < 1])
    return values


def fit_series(phase: FloatArray, values: FloatArray, harmonics: int) -> FloatArray:
    """Robust least squares (two Huber rounds) of each coordinate on the Fourier basis → (k, 2H+1).

    Where a coordinate is known too seldom, its series is NaN.
    """
    return _series(fourier_basis(phase, 2 * harmonics), values, harmonics)


def _series(waves: FloatArray, values: FloatArray, harmonics: int) -> FloatArray:
    """The same; waves: (T, 4H+1), of twice as many harmonics as are fitted."""
    series = np.full((values.shape[1], 2 * harmonics + 1), np.nan)
    enough = np.isfinite(values).sum(axis=0) >= series.shape[1]
    series[enough] = _robust_series(waves, values[:, enough], harmonics)
    return series


def _robust_series(waves: FloatArray, values: FloatArray, harmonics: int) -> FloatArray:
    """The same for coordinates known often enough.

    The product of two basis functions is a sum of such functions, so each coordinate's normal equations are made up of
    sums of its weights times each of them: one matrix product for all coordinates.
    """
    own, products = waves[:, : 2 * harmonics + 1], _products(harmonics)
    ridge = 1e-6 * len(waves) * np.diag(np.repeat(np.arange(harmonics + 1), 2)[1:] ** 2)
    known = np.isfinite(values)
    values = np.where(known, values, 0.0)

    def fitted(weight: FloatArray) -> FloatArray:
        of_weights, of_values = (np.zeros((some.shape[1], values.shape[1])) for some in (waves, own))
        for rows in _blocks(len(waves)):
            of_weights += waves[rows].T @ weight[rows]
            of_values += own[rows].T @ (weight[rows] * values[rows])
        squares = (products @ of_weights).T.reshape(-1, *ridge.shape) + ridge
        return np.asarray(np.linalg.solve(squares, of_values.T[..., None])[..., 0])

    series = fitted(known.astype(float))
    for _ in range(HUBER_ROUNDS):
        residual = np.concatenate([np.abs(values[rows] - own[rows] @ series.T) for rows in _blocks(len(waves))])
        limit = HUBER * MAD_TO_SD * known_median(np.where(known, residual, np.nan)) + TINY
        series = fitted(known * np.minimum(1.0, limit / (residual + TINY)))
    return series


@cache
def _products(harmonics: int) -> FloatArray:
    """((2H+1)², 4H+1) each product of two basis functions as a sum of those of the basis with twice the harmonics.

    Solved at as many phases as there are terms.
    """
    terms = 4 * harmonics + 1
    phase = np.arange(terms) / terms
    low, high = fourier_basis(phase, harmonics), fourier_basis(phase, 2 * harmonics)
    return np.asarray(np.linalg.solve(high, (low[:, :, None] * low[:, None]).reshape(terms, -1)).T)


def _phase_shift(waves: FloatArray, values: FloatArray, series: FloatArray, width: float) -> FloatArray:
    """How far each frame is ahead of the mean stride: local regression of residuals on the stride's slope."""
    own = waves[:, : series.shape[1]]
    residual, slope = values - own @ series.T, own @ _rate(series).T
    noise = known_median(np.abs(residual)) * MAD_TO_SD + TINY
    known = np.isfinite(residual) & np.isfinite(slope)
    r = np.where(known, np.clip(residual / noise, -3, 3), 0.0)
    s = np.where(known, slope / noise, 0.0)
    return np.asarray(np.clip(local_line((r * s).sum(axis=1), (s * s).sum(axis=1), width), -0.1, 0.1))


def _explained(phase: FloatArray, values: FloatArray, series: FloatArray) -> float:
    known = np.isfinite(values)
    if not known.any():
        return 0.0
    residual = np.where(known, values - fourier_basis(phase, (series.shape[1] - 1) // 2) @ series.T, 0.0)
    total = np.where(known, values - np.nanmean(values, axis=0), 0.0)
    return float(np.clip(1 - (residual**2).sum() / max((total**2).sum(), 1e-12), 0, 1))
