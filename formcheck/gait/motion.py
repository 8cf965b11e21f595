"""All landmarks as smooth functions of time: slow path + mean stride + slow residual from it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from ..datatypes import FloatArray, Motion, PoseTrack, fourier_basis
from ..signals import MAD_TO_SD, lowpass
from .cycle import Cycle, fit_series

FOLLOWS = 0.5  # body heights: a camera that turns so far follows the runner
RESIDUAL_HZ = 3.0  # residuals from the mean stride are kept up to here, noise above is not
USUAL_STRIDE_S = 0.7  # of runners; a longer one is slow motion's, whose residuals are as much slower
LARGEST_RESIDUAL = 2.5  # robust standard deviations: what is beyond is cut to it


def find_motion(track: PoseTrack, rows: NDArray[np.intp], cycle: Cycle, fit: float) -> Motion:
    """All landmarks as mean stride plus slow residual, over the active span.

    Frames in which the legs are hidden have their phase from those around: the trunk may be seen in them.
    """
    known_s, rows = track.time_s[rows], np.arange(rows[0], rows[-1] + 1)
    time_s = track.time_s[rows]
    phase = np.interp(time_s, known_s, cycle.phase)
    camera = camera_shake(track)[rows]
    path = slow_path(time_s, track.mid("hip")[rows] - camera, 1 / cycle.stride_s)
    values = (track.xy[rows] - (path + camera)[:, None]).reshape(len(rows), -1)
    series = fit_series(phase, values, cycle.harmonics)
    residual = values - fourier_basis(phase, cycle.harmonics) @ series.T
    corner_hz = RESIDUAL_HZ * min(1.0, USUAL_STRIDE_S / cycle.stride_s)
    slow = lowpass(_without_spikes(residual), time_s, corner_hz)
    return Motion(time_s, phase, path, camera, series, slow, fit)


def _without_spikes(residual: FloatArray) -> FloatArray:
    """(T, k) with what is beyond LARGEST_RESIDUAL cut to it, and 0 where nothing is known."""
    known = np.isfinite(residual).any(axis=0)
    limit = np.zeros(residual.shape[1])
    limit[known] = LARGEST_RESIDUAL * MAD_TO_SD * np.nanmedian(np.abs(residual[:, known]), axis=0)
    return np.asarray(np.clip(np.nan_to_num(residual), -limit, limit))


def slow_path(time_s: FloatArray, hips: FloatArray, frequency_hz: float) -> FloatArray:
    """(T, 2) where the mid-hip would be without bounce and sway: a straight line plus slow drift."""
    known = np.isfinite(hips[:, 0])
    filled = np.stack([np.interp(time_s, time_s[known], h[known]) for h in hips.T], axis=1)
    line = np.stack([np.polyval(np.polyfit(time_s, f, 1), time_s) for f in filled.T], axis=1)
    width = 1 / (frequency_hz * float(np.median(np.diff(time_s))))
    return np.asarray(line + gaussian_filter1d(filled - line, width, axis=0, mode="nearest"))


def camera_stays(track: PoseTrack) -> bool:
    """Whether the camera is known to stay in its place, if with some shake, rather than to follow the runner."""
    return bool(np.ptp(track.camera_xy, axis=0).max() < FOLLOWS * track.body_height_px)  # NaN is no


def camera_shake(track: PoseTrack) -> FloatArray:
    """(T, 2) how far a camera that stays has moved, 0 for others: when it follows the runner, things nearer and farther
    move differently, and what the background does says little of the runner."""
    return track.camera_xy if camera_stays(track) else np.zeros_like(track.camera_xy)
