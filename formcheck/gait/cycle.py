"""The phase model: running repeats, so every frame of a clip is a sample of one stride.

A phase is found for each frame, and each coordinate is described by a short Fourier series of the
phase, fitted to all frames at once. Twenty strides at 30 frames/s thus become one finely sampled
stride, without filter lag and with the noise of a single frame divided by about five.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..datatypes import FloatArray
from ..datatypes import fourier_basis as basis
from ..signals import MAD_TO_SD

SLOWEST_HZ, FASTEST_HZ = 0.08, 2.2  # strides per second of clip time: sixteen-fold slow motion to 264 steps/min
FEWEST_CYCLES = 2.0  # a stride must come round this often before it counts as repeating
CHUNK = 128  # frequencies looked at together
ENOUGH_FRAMES = 2400  # from the middle of a long clip tell its stride well enough to start from
HARMONICS = 8  # of the stride: contact and push-off need the higher ones
SMOOTHING_STRIDES = 0.5  # SD of the window over which the phase may drift: strides vary, landmarks jitter
SELDOM = 0.2  # of the frames
ROUNDS = 4  # of phase refinement
HUBER = 2.0  # robust standard deviations beyond which a sample's weight falls
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

    def at(self, phase: FloatArray | float) -> FloatArray:
        """(n, k) coordinates of the mean stride at given phases."""
        return basis(np.atleast_1d(phase), self.harmonics) @ self.series.T

    def rate_at(self, phase: FloatArray | float) -> FloatArray:
        """(n, k) change per stride of the mean stride."""
        return _basis_rate(np.atleast_1d(phase), self.harmonics) @ self.series.T

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
    nyquist = 0.4 / float(np.median(np.diff(time_s)))
    if slowest >= min(FASTEST_HZ, nyquist):
        return float("nan")
    frequency = np.arange(slowest, min(FASTEST_HZ, nyquist), 0.1 / length)
    return float(frequency[power(time_s, signals, frequency).argmax()])


def power(time_s: FloatArray, signals: FloatArray, frequency_hz: FloatArray) -> FloatArray:
    """(f,) how strongly (T, k) signals, trend taken off, move at each frequency, summed over the signals.

    Rows in which one is unknown have no say.
    """
    known = np.isfinite(signals).all(axis=1)
    if not known.any():
        return np.zeros(len(frequency_hz))
    window = np.hanning(len(time_s) + 2)[1:-1][known]
    time_s, signals = time_s[known], signals[known]
    line = np.polynomial.Polynomial.fit
    straight = np.stack([line(time_s, s, 1, w=np.sqrt(window))(time_s) for s in signals.T], axis=1)
    moving = (signals - straight) * window[:, None]
    chunks = np.array_split(frequency_hz, 1 + len(frequency_hz) // CHUNK)  # a long clip has thousands of frequencies
    waves = (np.exp(-2j * np.pi * np.outer(chunk, time_s)) for chunk in chunks)
    return np.concatenate([(np.abs(wave @ moving) ** 2).sum(axis=1) for wave in waves])


def fit_cycle(time_s: FloatArray, values: FloatArray, frequency_hz: float, harmonics: int = HARMONICS) -> Cycle:
    """Fit the mean stride to (T, k) values, letting the phase drift smoothly.

    NaN is allowed; a coordinate known too seldom gets a NaN series and no say in the phase.
    """
    known = np.isfinite(values).mean(axis=0) > SELDOM
    everything, values = values, values[:, known]
    harmonics = max(2, min(harmonics, int(0.45 / float(np.median(np.diff(time_s))) / frequency_hz)))
    phase = _demodulated_phase(time_s, values, frequency_hz)
    frames_per_stride = 1 / (frequency_hz * float(np.median(np.diff(time_s))))
    for _ in range(ROUNDS):
        series = fit_series(phase, values, harmonics)
        shift = _phase_shift(phase, values, series, SMOOTHING_STRIDES * frames_per_stride)
        phase = np.maximum.accumulate(phase + shift)
    turns = float(phase[-1] - phase[0])
    fit = _explained(phase, values, fit_series(phase, values, harmonics)) if turns > 1 else 0.0
    stride = float(time_s[-1] - time_s[0]) / turns if turns > 1 else float("nan")
    return Cycle(phase, fit_series(phase, everything, harmonics), fit, stride)


def _basis_rate(phase: FloatArray, harmonics: int) -> FloatArray:
    order = np.arange(1, harmonics + 1)
    angles = 2 * np.pi * np.outer(phase, order)
    out = np.zeros((len(phase), 2 * harmonics + 1))
    out[:, 1::2], out[:, 2::2] = -2 * np.pi * order * np.sin(angles), 2 * np.pi * order * np.cos(angles)
    return out


def _demodulated_phase(time_s: FloatArray, values: FloatArray, frequency_hz: float) -> FloatArray:
    """First phase: every coordinate's fundamental votes for how far the stride is ahead of the beat."""
    centred = np.nan_to_num(values - np.nanmean(values, axis=0))
    carrier = np.exp(-2j * np.pi * frequency_hz * time_s)
    beat = centred * carrier[:, None]
    mean = beat.mean(axis=0)
    width = 0.75 / (frequency_hz * float(np.median(np.diff(time_s))))
    votes = beat @ mean.conj()
    smooth = gaussian_filter1d(votes.real, width, mode="nearest") + 1j * gaussian_filter1d(
        votes.imag, width, mode="nearest"
    )
    ahead = np.unwrap(np.angle(smooth)) / (2 * np.pi)
    return np.asarray(frequency_hz * time_s + _ends_straightened(time_s, ahead, 1 / frequency_hz))


def _ends_straightened(time_s: FloatArray, values: FloatArray, stride_s: float) -> FloatArray:
    """The first and last stride, where a smoothing window is one-sided, replaced by the trend of their neighbours."""
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
    """Robust least squares (two Huber rounds) of each coordinate on the Fourier basis → (k, 2H+1)."""
    design = basis(phase, harmonics)
    ridge = 1e-6 * len(phase) * np.diag(np.r_[0, np.repeat(np.arange(1, harmonics + 1) ** 2, 2)]).astype(float)
    series = np.zeros((values.shape[1], design.shape[1]))
    for k, column in enumerate(values.T):
        known = np.isfinite(column)
        if known.sum() < design.shape[1]:
            series[k] = np.nan
            continue
        x, y = design[known], column[known]
        weight = np.ones(len(y))
        for _ in range(3):
            series[k] = np.linalg.solve((x * weight[:, None]).T @ x + ridge, (x * weight[:, None]).T @ y)
            residual = np.abs(y - x @ series[k])
            weight = np.minimum(1.0, (HUBER * MAD_TO_SD * np.median(residual) + TINY) / (residual + TINY))
    return series


def _phase_shift(phase: FloatArray, values: FloatArray, series: FloatArray, width: float) -> FloatArray:
    """How far each frame is ahead of the mean stride: local regression of residuals on the stride's slope."""
    harmonics = (series.shape[1] - 1) // 2
    residual = values - basis(phase, harmonics) @ series.T
    slope = _basis_rate(phase, harmonics) @ series.T
    noise = np.nanmedian(np.abs(residual), axis=0) * MAD_TO_SD + TINY
    known = np.isfinite(residual) & np.isfinite(slope)
    r = np.where(known, np.clip(residual / noise, -3, 3), 0.0)
    s = np.where(known, slope / noise, 0.0)
    return np.asarray(np.clip(_local_line((r * s).sum(axis=1), (s * s).sum(axis=1), width), -0.1, 0.1))


def _local_line(moment: FloatArray, weight: FloatArray, width: float) -> FloatArray:
    """Local linear regression, Gaussian window: what moment / weight is near each frame, unbiased at the ends."""
    x = np.linspace(-1.0, 1.0, len(weight))

    def near(values: FloatArray) -> FloatArray:
        return np.asarray(gaussian_filter1d(values, width, mode="constant", truncate=4.0))

    w0, w1, w2 = near(weight), near(weight * x), near(weight * x * x)
    m0, m1 = near(moment), near(moment * x)
    first, second, slope_part = w1 - x * w0, w2 - 2 * x * w1 + x * x * w0, m1 - x * m0
    return np.asarray((second * m0 - first * slope_part) / np.maximum(w0 * second - first**2, 1e-12))


def _explained(phase: FloatArray, values: FloatArray, series: FloatArray) -> float:
    known = np.isfinite(values)
    if not known.any():
        return 0.0
    residual = np.where(known, values - basis(phase, (series.shape[1] - 1) // 2) @ series.T, 0.0)
    total = np.where(known, values - np.nanmean(values, axis=0), 0.0)
    return float(np.clip(1 - (residual**2).sum() / max((total**2).sum(), 1e-12), 0, 1))
