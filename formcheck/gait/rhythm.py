"""Which rows of a track repeat, and at what rate: found from how the legs move relative to each other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..datatypes import FloatArray, PoseTrack, usual_step
from ..knowledge import calibration
from ..knowledge.calibration import Calibration
from ..once import once
from ..signals import Spans, gaussian
from .cycle import ENOUGH_FRAMES, FEWEST_CYCLES, fit_cycle, power, stride_frequency
from .motion import bounce, relative_size

ACTIVE = 0.4  # of the usual leg movement: below it the person stands, starts or stops
STILL = 0.002  # body heights, SD of the hips' bounce: below it nobody moves, nor does the picture; our own choice
CONFUSED = 2.0  # times as much bounce at the stride's rate as at the step's
QUICK_HZ = 1.875  # strides a second, 225 steps/min: quicker ones are a sprinter's if the hips show it; our own choice
STEP_RATE = (1.2, 3.2, 0.01)  # times the stride's rate: where the step's is looked for, and how finely
FIT_STEADY = 0.85  # share of leg movement that repeats: below it a part of the clip may repeat better
FEWEST_ROWS = 12  # fewer show no stride
STARTS = 5  # of a part, evenly spread over that span
PARTS = (1.0, 0.75, 0.5, 0.33)  # of the moving span, tried from the longest: people stop, turn, leave the picture


@dataclass(frozen=True)
class Rhythm:
    """Rows of a track in which the legs repeat, how many strides a second (NaN: none), and how well (0…1).

    fit is the share of the legs' movement relative to each other that one stride, repeated, explains.
    """

    rows: NDArray[np.intp]
    frequency_hz: float = float("nan")
    fit: float = 0.0

    @property
    def middle(self) -> NDArray[np.intp]:
        """Rows enough to give the stride well."""
        spare = max(0, len(self.rows) - ENOUGH_FRAMES) // 2
        return self.rows[spare : len(self.rows) - spare]


@once
def find_rhythm(track: PoseTrack) -> Rhythm:
    """The longest part of the time in motion in which the legs repeat steadily, else the part that repeats best."""
    size = relative_size(track)
    between, together = (legs / size[:, None] for legs in (between_legs(track), both_legs(track)))
    hips = bounce(track, size)
    rows = _active_rows(track, between, hips)
    learned = calibration.of(track.model)
    best = Rhythm(rows)
    for part in PARTS:
        length = int(part * len(rows))
        for start in np.unique(np.linspace(0, len(rows) - length, STARTS).astype(int)):
            some = rows[start : start + length]
            frequency, fit = _repeating(track.time_s[some], between[some], together[some], hips[some], learned)
            if fit > best.fit:
                best = Rhythm(some, frequency, fit)
        if best.fit >= FIT_STEADY:
            break
    return best


def steady_parts(track: PoseTrack) -> Spans:
    """Spans of rows [a, b), divided where legs that repeat steadily on both sides are still, hidden or mistaken."""
    steady = _steady_rows(track)
    between = [(before + after) // 2 for (_, before), (after, _) in pairwise(steady)]
    return [*pairwise([0, *between, len(track)])]


def _steady_rows(track: PoseTrack) -> Spans:
    """The longest part of the track in which the legs repeat steadily, and those before and after it."""
    rhythm = find_rhythm(track) if len(track) > FEWEST_ROWS else Rhythm(np.arange(0))
    if not rhythm.fit >= FIT_STEADY:
        return []
    a, b = int(rhythm.rows[0]), int(rhythm.rows[-1]) + 1
    before = _steady_rows(track.between(0, a)) if a else []
    after = _steady_rows(track.between(b, len(track))) if b < len(track) else []
    return [*before, (a, b), *((b + first, b + end) for first, end in after)]


def _active_rows(track: PoseTrack, between: FloatArray, hips: FloatArray) -> NDArray[np.intp]:
    """Rows of the longest span in which the legs move relative to each other as they mostly do in this clip.

    In a picture that stands still, legs may be far apart, and now the one, now the other be taken for the left; hips
    that are seen then do not bounce.
    """
    known = np.flatnonzero(np.isfinite(between).all(axis=1))
    if len(known) < FEWEST_ROWS:
        return known[:0]
    swing = np.linalg.norm(between[known] - np.median(between[known], axis=0), axis=1) ** 2
    window = 0.5 * max(4.0, _rough_stride_frames(track.time_s[known], between[known]))
    level = np.sqrt(gaussian(swing, window, mode="nearest"))
    still = _bounces(hips[:, 0], 0.5 * window)[known] < STILL * track.body_height_px  # they bounce twice a stride
    active = known[(level > ACTIVE * np.percentile(level, 75)) & ~still]
    longest_gap = max(0.5, window * usual_step(track.time_s))
    breaks = np.flatnonzero(np.diff(track.time_s[active]) > longest_gap) + 1
    return max(np.split(active, breaks), key=len)


def _bounces(hips: FloatArray, window: float) -> FloatArray:
    """(T,) SD of the height of the hips (T,) around each row; NaN where they are hidden for most of the window."""
    known = np.isfinite(hips)
    share = gaussian(known.astype(float), window, mode="nearest")

    def around(values: FloatArray) -> FloatArray:
        total = gaussian(np.where(known, values, 0.0), window, mode="nearest")
        return np.asarray(np.divide(total, share, out=np.full(len(hips), np.nan), where=share > 0.5))

    return np.asarray(np.sqrt(around((hips - around(hips)) ** 2)))


def _repeating(
    time_s: FloatArray, between: FloatArray, together: FloatArray, hips: FloatArray, learned: Calibration
) -> tuple[float, float]:
    """(stride frequency, share of the movement that repeats); (NaN, 0) when too short or nothing repeats.

    Hips bounce once a step, twice a stride. Hips that bounce only as often as the legs seem to alternate show that the
    pose model took every step for the same leg's: the stride is then twice as long. The legs then swing one way and
    jump or turn back, which needs a second harmonic; without it the hips are merely seen poorly, as in walkers, or the
    rate is no stride's, if nobody but a sprinter has it.
    """
    frequency = stride_frequency(time_s, between) if len(time_s) > FEWEST_ROWS else float("nan")
    if np.isnan(frequency):
        return frequency, 0.0
    stride_power, step_power = power(time_s, hips, np.array([frequency, 2 * frequency]))
    jumps_back = swing_harmonic(time_s, between, frequency) > learned.threshold("swing_harmonic")
    bounce_once = stride_power > CONFUSED * step_power
    if bounce_once and jumps_back:
        frequency /= 2
        if frequency * (time_s[-1] - time_s[0]) < FEWEST_CYCLES:
            return float("nan"), 0.0
    elif bounce_once and frequency > QUICK_HZ:
        return float("nan"), 0.0
    cycle = fit_cycle(time_s, between, frequency)
    if not cycle.fit or step_rate_off(time_s, together, 1 / cycle.stride_s) > learned.threshold("step_rate_off"):
        return float("nan"), 0.0
    return frequency, cycle.fit


def swing_harmonic(time_s: FloatArray, between: FloatArray, frequency_hz: float) -> float:
    """Second harmonic of the legs' swing against each other, as a share of the first's power.

    0.04 for a rectified cosine: for legs that were mistaken for each other at every step.
    """
    first, second = power(time_s, between, np.array([frequency_hz, 2 * frequency_hz]))
    return float(second / first) if first else float("nan")


def step_rate_off(time_s: FloatArray, together: FloatArray, frequency_hz: float) -> float:
    """How far the rate of both legs together is from twice that of one against the other, in stride rates.

    Legs that were mixed up do not keep time.
    """
    around = np.arange(*STEP_RATE)
    return float(abs(around[power(time_s, together, frequency_hz * around).argmax()] - 2))


def _rough_stride_frames(time_s: FloatArray, between: FloatArray) -> float:
    frequency = stride_frequency(time_s, between)
    return 1 / (frequency * usual_step(time_s)) if np.isfinite(frequency) else 0.0


def alternate_twice(track: PoseTrack, stride_s: float) -> bool:
    """Whether legs alternate twice in a stride: hips showed that each step was taken for the same leg's."""
    at_once, at_twice = power(track.time_s, between_legs(track), np.array([1, 2]) / stride_s)
    return bool(at_twice > at_once)


def between_legs(track: PoseTrack) -> FloatArray:
    """(T, k) left minus right knee, and ankle where known, pixels: what alternates when someone walks or runs."""
    return _mostly_known([track.point(f"left_{j}") - track.point(f"right_{j}") for j in ("knee", "ankle")])


def both_legs(track: PoseTrack) -> FloatArray:
    """(T, k) midpoint of the knees, and of known ankles, from mid-hip: the same whichever leg is taken for which."""
    return _mostly_known([track.mid(joint) - track.mid("hip") for joint in ("knee", "ankle")])


def _mostly_known(parts: list[FloatArray]) -> FloatArray:
    return np.concatenate([p for p in parts if np.isfinite(p[:, 0]).mean() > 0.3] or parts[:1], axis=1)
