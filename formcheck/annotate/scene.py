"""What every part of the overlay shares: where the runner is in each frame, sizes, and running values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d, uniform_filter1d

from ..cleaning import between_jumps
from ..datatypes import FloatArray, Measurement, PoseTrack, Report, StepValue, Trial
from ..landmarks import FACE
from ..signals import filled, gaussian
from ..video import SAME_FRAME_S
from .pen import Rect
from .style import text_px

HEAD = 0.11  # runner's heights from the ears to the top of the hair
FLESH = 0.05  # runner's heights from a landmark to the outside of clothes and shoes
SKULL = (HEAD - FLESH) * np.stack([np.cos(a := np.arange(8) * np.pi / 4), np.sin(a)], axis=1)  # about the ears
USUAL_STEP_S = 0.35  # when no stride was found
FADE_S = 0.2  # of file time, for plates that fade out for the runner
STAY_S = 1.0  # of file time, for which a plate must be able to stay if it is to appear at all
ALONG_LIMB = np.linspace(0, 1, 4)  # where along a limb its surface is sampled


@dataclass(frozen=True)
class Scene:
    """A report and the size of the picture it is drawn on; rows are those of the track."""

    report: Report
    width: int
    height: int

    @property
    def track(self) -> PoseTrack:
        return self.report.trial.track

    @property
    def forward(self) -> int:
        """Sign of image x in the direction the runner faces; 0 when seen from behind or in front."""
        return self.report.trial.gait.view.forward

    @cached_property
    def forwards(self) -> FloatArray:
        """(T,) the same in each row: a runner may pass by in both directions."""
        trials = tuple(bout.trial for bout in self.report.bouts) or self.stretches
        begin, end = np.array([trial.span_s for trial in trials]).T[..., None]
        nearest = np.maximum(begin - self.track.time_s, self.track.time_s - end).argmin(axis=0)
        return np.asarray(np.array([trial.gait.view.forward for trial in trials], float)[nearest])

    @cached_property
    def shots(self) -> NDArray[np.int_]:
        """(T,) how many cuts of the film, or slips to another person and back, come before each row, or at it."""
        jumps = [first for first, _ in between_jumps(self.track, self.body_px)[1:]]
        cuts_s = np.array(self.report.cuts_s) / self.report.trial.video.slow_motion_factor
        cuts = np.searchsorted(self.track.time_s, cuts_s - SAME_FRAME_S)
        return np.asarray(np.searchsorted(np.union1d(jumps, cuts), np.arange(len(self.track)), side="right"))

    def file_s(self, row: int) -> float:
        """File time of a row."""
        return float(self.track.time_s[row]) * self.report.trial.video.slow_motion_factor

    @cached_property
    def text(self) -> int:
        """Size of body text, pixels."""
        return text_px(self.width, self.height)

    @cached_property
    def gap(self) -> int:
        """Between plates, and from a plate to the picture's edge."""
        return round(0.6 * self.text)

    @cached_property
    def stretches(self) -> tuple[Trial, ...]:
        """The bouts that the measurements are based on."""
        return tuple(bout.trial for bout in self.report.used)

    @cached_property
    def body_px(self) -> float:
        """The runner's height; NaN when nobody is seen."""
        return self.track.body_height_px

    def step_in(self, trial: Trial) -> float:
        """Usual time from one contact to the next in a bout, by the clip's clock."""
        return 0.5 * trial.gait.stride_s if np.isfinite(trial.gait.stride_s) else USUAL_STEP_S

    @cached_property
    def step_s(self) -> float:
        """The same for the longest bout."""
        return self.step_in(self.report.trial)

    @cached_property
    def bodies(self) -> FloatArray:
        """(T, 4) x0, y0, x1, y1 around the runner, clothes and hair included; NaN where nobody is seen."""
        ends = [end.reduce(self.track.xy, axis=1) for end in (np.fmin, np.fmax)]
        return np.concatenate(ends, axis=1) + self.body_px * np.array([-FLESH, -HEAD, FLESH, FLESH])

    @cached_property
    def anchor(self) -> FloatArray:
        """(T, 2) the mid-hip without bounce and sway, to which things that move with the runner are attached."""
        places = self.track.mid("hip")
        for shot in np.unique(self.shots):
            rows = self.shots == shot
            places[rows] = _steadied(places[rows], max(1.0, self.step_s * self.track.fps))
        return places

    @cached_property
    def surface(self) -> FloatArray:
        """(T, n, 2) points along limbs and around the head, relative to the anchor."""
        landmarks, xy = self.track.landmarks, self.track.xy - self.anchor[:, None]
        ends = (landmarks.present(limb) for limb in landmarks.connections)
        limbs = [xy[:, [a]] + ALONG_LIMB[:, None] * (xy[:, [b]] - xy[:, [a]]) for a, b in ends]
        face = xy[:, landmarks.present(FACE)]
        skull = (self.track.mid("ear") - self.anchor)[:, None] + self.body_px * SKULL
        return np.concatenate([*limbs, face, skull], axis=1)

    def reach(self, sign: int, top: float, bottom: float) -> float:
        """How far the runner extends from the anchor along sign × x, between two heights relative to the anchor."""
        pad = FLESH * self.body_px
        x, y = self.surface[..., 0], self.surface[..., 1]
        with np.errstate(invalid="ignore"):
            there = (y > top - pad) & (y < bottom + pad)
        return float((sign * x[there]).max(initial=0.0)) + pad

    def blocked(self, place: Rect, rows: slice = slice(None), shift: FloatArray | float = 0.0) -> NDArray[np.bool_]:
        """Of some rows, those in which the runner is where a plate would be; shift (n, 2): how the plate moves."""
        pad = FLESH * self.body_px
        points = self.surface[rows] + (self.anchor[rows] - shift)[:, None]
        with np.errstate(invalid="ignore"):
            beyond = (points > np.array([place.x0, place.y0]) - pad) & (points < np.array([place.x1, place.y1]) + pad)
        return np.asarray(np.any(beyond[..., 0] & beyond[..., 1], axis=1))

    def boxed(self, place: Rect) -> NDArray[np.bool_]:
        """(T,) rows in which a plate would lie within the box around the runner."""
        x0, y0, x1, y1 = self.bodies.T
        with np.errstate(invalid="ignore"):
            return np.asarray((x0 < place.x1) & (place.x0 < x1) & (y0 < place.y1) & (place.y0 < y1))

    def presence(self, hidden: NDArray[np.bool_]) -> FloatArray:
        """(T,) opacity of something to be hidden in some rows: 0 there, fading to 1 where it can stay a while."""
        stay, fade = self._window(STAY_S), self._window(FADE_S)
        still = minimum_filter1d(maximum_filter1d(hidden, stay), stay, mode="constant") | hidden
        return np.asarray(uniform_filter1d(1.0 - maximum_filter1d(still, fade).astype(float), fade))

    def _window(self, seconds: float) -> int:
        """An odd number of rows; seconds of file time."""
        fps = self.track.fps / self.report.trial.video.slow_motion_factor
        return 2 * round(0.5 * seconds * fps) + 1 if np.isfinite(fps) else 1

    def running(self, name: str, count: int, harmonic: bool = False) -> FloatArray:
        """(T,) a metric's mean over the count steps nearest in time; NaN when not measured or far from its steps."""
        steps = measurement(self.report, name).steps
        out = np.full(len(self.track), np.nan)
        for trial in self.stretches:
            begin, end = trial.track.time_s[[0, -1]]
            own = [step for step in steps if begin <= step.time_s <= end]
            if own:
                self._run(out, trial, own, min(count, len(own)), harmonic)
        return out

    def _run(self, out: FloatArray, trial: Trial, steps: Sequence[StepValue], count: int, harmonic: bool) -> None:
        """Fills in the running means of one bout's steps, in the rows around them in which it is under way."""
        times, values = np.array([s.time_s for s in steps]), np.array([s.value for s in steps])
        if harmonic:  # as number of steps over their time
            values = 1 / values
        sums = np.convolve(values, np.ones(count), "valid") / count
        middles = np.convolve(times, np.ones(count), "valid") / count
        time_s = self.track.time_s
        nearest = np.searchsorted(0.5 * (middles[:-1] + middles[1:]), time_s)
        (begin, end), step_s = trial.span_s, self.step_in(trial)
        near = time_s > max(begin - SAME_FRAME_S, times[0] - 2 * step_s)
        near &= time_s < min(end + SAME_FRAME_S, times[-1] + 3 * step_s)
        out[near] = 1 / sums[nearest[near]] if harmonic else sums[nearest[near]]


def _steadied(places: FloatArray, rows: float) -> FloatArray:
    """(n, 2) places, some NaN, without movements of fewer rows; NaN before the first known one and after the last."""
    known = np.flatnonzero(np.isfinite(places[:, 0]))
    if not len(known):
        return places
    smooth = gaussian(filled(places, np.arange(len(places))), rows, mode="nearest")
    smooth[: known[0]] = smooth[known[-1] + 1 :] = np.nan
    return smooth


def measurement(report: Report, name: str) -> Measurement:
    """A measurement of the report; marked as missing if the report does not have it."""
    absent = Measurement(name, name, "", missing="not part of this analysis")
    return next((m for m in report.judged if m.name == name), absent)
