"""All landmarks as smooth functions of time: slow path + mean stride + slow residual from it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..camera import FOLLOWS
from ..datatypes import FloatArray, Motion, PoseTrack, fourier_basis, turned, usual_step
from ..once import once
from ..signals import MAD_TO_SD, filled, gaussian, local_line, lowpass
from .cycle import Cycle, fit_series

RESIDUAL_HZ = 3.0  # residuals from the mean stride are kept up to here; noise above is removed
USUAL_STRIDE_S = 0.7  # of runners; a longer one means slow motion, whose residuals are slower by the same factor
SIZE_OVER_S = 0.7  # SD of the window over which the runner's size in the picture is averaged
SAME_SIZE = 1.1  # ratio of sizes within a clip: below it, the camera's distance counts as constant
STRIDE_PARTS = 20
PARTS_HIDDEN = 3  # in a row: the waves of a mean stride fitted to the rest are off by a few degrees there, by 30 in 5
SEEN_AT_TIMES = 0.2  # of the frames: a part of the stride in which a landmark is seen less often is hidden
LARGEST_RESIDUAL = 2.5  # robust standard deviations: anything beyond is clipped to it


def find_motion(track: PoseTrack, rows: NDArray[np.intp], cycle: Cycle, fit: float) -> Motion:
    """All landmarks as mean stride plus slow residual, over the active span; NaN for those that a part of every stride
    hides, as the picture's edge does.

    Frames in which the legs are hidden take their phase from those around: the trunk may be visible in them.
    """
    known_s, rows = track.time_s[rows], np.arange(rows[0], rows[-1] + 1)
    time_s = track.time_s[rows]
    phase = np.interp(time_s, known_s, cycle.phase)
    camera = camera_shake(track)[rows]
    path = slow_path(time_s, track.mid("hip")[rows] - camera, 1 / cycle.stride_s)
    size = relative_size(track)[rows]
    turn = track.turn_deg[rows]
    values = turned((track.xy[rows] - (path + camera)[:, None]) / size[:, None, None], -turn).reshape(len(rows), -1)
    series = fit_series(phase, values, cycle.harmonics)
    series[~_seen_throughout(phase, np.isfinite(values))] = np.nan
    residual = values - fourier_basis(phase, cycle.harmonics) @ series.T
    corner_hz = RESIDUAL_HZ * min(1.0, USUAL_STRIDE_S / cycle.stride_s)
    slow = lowpass(_without_spikes(residual), time_s, corner_hz)
    return Motion(time_s, phase, path, camera, turn, size, series, slow, fit)


def _seen_throughout(phase: FloatArray, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(k,) whether each of (T, k) coordinates is known at times in every part of the stride."""
    part = (phase % 1 * STRIDE_PARTS).astype(int) % STRIDE_PARTS
    rows = np.concatenate([known, np.ones((len(known), 1))], axis=1)  # the last column counts the frames
    counts = (part == np.arange(STRIDE_PARTS)[:, None]).astype(float) @ rows
    around = sum(np.roll(counts, shift, axis=0) for shift in range(PARTS_HIDDEN))
    return np.asarray((around[:, :-1] >= SEEN_AT_TIMES * around[:, -1:]).all(axis=0))


@once
def relative_size(track: PoseTrack) -> FloatArray:
    """(T,) how large the runner looks relative to the clip's median, by the trunk's length; 1 throughout if steady.

    It changes as the runner comes closer or moves away, or the camera zooms.
    """
    trunk = np.linalg.norm(track.mid("shoulder") - track.mid("hip"), axis=1)
    if np.isfinite(trunk).sum() < 2:
        return np.ones(len(track))
    size = _slow_trend(np.log(trunk), track.fps)
    size = np.exp(size - np.median(size))
    return size if size.max() > SAME_SIZE * size.min() else np.ones(len(track))


def bounce(track: PoseTrack, size: FloatArray) -> FloatArray:
    """(T, 1) the mid-hip's height in the picture, pixels at size 1; from its trend if the runner's size changes."""
    hips = track.mid("hip")[:, 1]
    if np.ptp(size) > 0 and np.isfinite(hips).sum() >= 2:
        hips = (hips - _slow_trend(hips, track.fps)) / size
    return hips[:, None]


def _slow_trend(values: FloatArray, fps: float) -> FloatArray:
    """(T,) values, some of them NaN, smoothed by a line fitted around each frame."""
    known = np.isfinite(values)
    slow = local_line(np.where(known, values, 0.0), known.astype(float), SIZE_OVER_S * fps)
    return np.interp(np.arange(len(values)), np.flatnonzero(known), slow[known])


def _without_spikes(residual: FloatArray) -> FloatArray:
    """(T, k) clipped to LARGEST_RESIDUAL, and 0 where nothing is known."""
    known = np.isfinite(residual).any(axis=0)
    limit = np.zeros(residual.shape[1])
    limit[known] = LARGEST_RESIDUAL * MAD_TO_SD * np.nanmedian(np.abs(residual[:, known]), axis=0)
    return np.asarray(np.clip(np.nan_to_num(residual), -limit, limit))


def slow_path(time_s: FloatArray, hips: FloatArray, frequency_hz: float) -> FloatArray:
    """(T, 2) where the mid-hip would be without bounce and sway: a straight line plus slow drift."""
    hips = filled(hips, time_s)
    line = np.stack([np.polyval(np.polyfit(time_s, h, 1), time_s) for h in hips.T], axis=1)
    width = 1 / (frequency_hz * usual_step(time_s))
    return np.asarray(line + gaussian(hips - line, width, mode="nearest"))


def camera_stays(track: PoseTrack) -> bool:
    """Whether the camera is known to stay in place, if with some shake, rather than follow the runner."""
    return bool(np.ptp(track.camera_xy, axis=0).max() < FOLLOWS * track.body_height_px)  # NaN means no


def camera_shake(track: PoseTrack) -> FloatArray:
    """(T, 2) how far a camera that stays in place has moved, 0 for others: when it follows the runner, things nearer
    and farther move differently, and what the background does says little about the runner."""
    return track.camera_xy if camera_stays(track) else np.zeros_like(track.camera_xy)
