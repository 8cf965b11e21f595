"""Rendered runners whose form changes while they run: what changes over a clip and between clips are tested on.

    python -m benchmarks.tiring [--processes 2]          # render what is missing in the cache

Each drift below is dialled into about half of the runners, so that a measure whose truth stays the same shows how
far others drag it along. Half of the runners are for tuning, the other half only for reporting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from formcheck import pipeline, trends
from formcheck.datatypes import Comparison, PoseTrack, Report

from . import fresh
from .derived_truth import Step, TrueMotion, forward_shoulder_deg
from .population import Dials, Half, Member, Spread, bodies_of, ordinary, rendered, rendering, small
from .scoring import options_for, read, written_truth
from .virtual_runner import Form, changed
from .virtual_runner.plausible import plausible
from .virtual_runner.rig import load_rig
from .virtual_runner.skeleton import Skeleton

Array = np.ndarray
Span = tuple[float, float]
Series = Callable[[TrueMotion, dict[str, Any]], tuple[Array, Array]]

SEEDS: dict[Half, int] = {"tuning": 40, "reporting": 41}
COUNT = 16  # of each half
DRIFTS = {  # from the clip's start to its end: more of what tiredness does than of the opposite
    "lean_drift_deg": (-3.0, 8.0),
    "cadence_drift": (-0.07, 0.03),
    "bounce_drift_m": (-0.01, 0.02),
    "overstride_drift_m": (-0.02, 0.05),
    "hunch_drift_deg": (-6.0, 20.0),
    "head_pitch_drift_deg": (-6.0, 20.0),
}
FILMED: dict[str, Any] = {"recording.fps": 30.0, "recording.seconds": 24.0, "recording.blur_samples": 1}


@dataclass(frozen=True)
class Change:
    """A change that was given, or why it was not, and the true one."""

    clip: str
    given: Comparison
    true: float

    @property
    def value(self) -> float:
        return self.given.value

    @property
    def error(self) -> float:
        return self.given.value - self.true

    @property
    def held(self) -> bool:
        return self.given.low <= self.true <= self.given.high


@cache
def runners(half: Half) -> tuple[Member, ...]:
    """Ordinary runners filmed for 24 seconds from the side, with each of the drifts dialled into half of them."""
    seed = fresh.seed(SEEDS[half]) if half == "reporting" else SEEDS[half]
    first = 1 + COUNT * list(SEEDS).index(half)
    random = np.random.default_rng(seed)
    spread, drifts = Spread(random, COUNT), Spread(random, COUNT, DRIFTS)
    drifting = {name: random.permutation(COUNT) % 2 for name in DRIFTS}
    members = []
    for i, body in enumerate(bodies_of(COUNT, random)):
        clip = ordinary(f"tiring_{first + i:02d}", spread.at(i), body, np.random.default_rng([seed, i]))
        form = _drifting(clip, {name: value * int(drifting[name][i]) for name, value in drifts.at(i).items()})
        members.append(
            replace(changed(clip, form=form, **FILMED, **small(clip.recording)), stratum="tiring", half=half)
        )
    return tuple(members)


def _drifting(clip: Member, drifts: Dials) -> Form:
    """The form with as much of the drifts as a body can do, else the one the runner was drawn with."""
    for share in (1.0, 0.75, 0.5, 0.25):
        form = replace(clip.form, **{name: share * value for name, value in drifts.items()})
        if plausible(Skeleton(load_rig(clip.body), form, solve_lean=False)):
            return form
    return clip.form


def changes(member: Member, model: str) -> Iterator[Change]:
    """Changes over the whole clip, and from its first third to its last as if they were two clips."""
    video = rendered(member).video
    truth = written_truth(video)
    options = options_for(truth, model)
    info, track = read(video, options)
    true = TrueMotion.of(video, truth)

    def report(part: PoseTrack) -> Report:
        return pipeline.interpret(info, part, options)

    whole, third = report(track), len(track) // 3
    for given in whole.comparisons:
        if given.kind == "trend" and given.metric in TRUE:
            yield Change(member.name, given, _line(*TRUE[given.metric](true, truth), _span(whole, given.metric)))
    early, late = report(track.between(0, third)), report(track.between(len(track) - third, len(track)))
    for given in trends.compare(early.measurements, late.measurements, model):
        if given.metric in TRUE:
            before, after = (
                _mean(*TRUE[given.metric](true, truth), _span(part, given.metric)) for part in (early, late)
            )
            yield Change(member.name, given, after - before)


def true_change(metric: str, true: TrueMotion, truth: dict[str, Any]) -> float:
    """From the first step of a clip to its last, or from its first moment."""
    times, values = TRUE[metric](true, truth)
    return _line(times, values, (times[0], times[-1]))


def _span(report: Report, metric: str) -> Span:
    """From the first to the last step that a measurement rests on, or moment analysed if it has none."""
    steps, true = report.measurement(metric).steps, report.trial.gait.motion
    times = [step.time_s for step in steps] or list(true.time_s if true is not None else report.trial.track.time_s)
    return min(times), max(times)


def _line(times: Array, values: Array, span: Span) -> float:
    """Change over the span along a straight line."""
    inside = (times >= span[0]) & (times <= span[1])
    return float(np.polyfit(times[inside], values[inside], 1)[0]) * (span[1] - span[0])


def _mean(times: Array, values: Array, span: Span) -> float:
    return float(values[(times >= span[0]) & (times <= span[1])].mean())


# ---- what is true at each moment: (times, values)


def _of_frames(value: Callable[[TrueMotion], Array]) -> Series:
    return lambda true, _: (true.time_s, value(true))


def _of_steps(key: str, times: float = 1.0) -> Series:
    return lambda _, truth: (
        np.array([step["contact_s"] for step in truth["steps"]]),
        np.array([times * step[key] for step in truth["steps"]]),
    )


def _of_stances(value: Callable[[TrueMotion, Step], float]) -> Series:
    return lambda true, _: (
        np.array([step["contact_s"] for step in true.steps]),
        np.array([value(true, step) for step in true.steps]),
    )


def _of_strides(value: Callable[[TrueMotion], Array]) -> Series:
    """Range within every stride."""

    def ranges(true: TrueMotion, _: dict[str, Any]) -> tuple[Array, Array]:
        series, spans = value(true), list(true.strides())
        inside = [(true.time_s >= a) & (true.time_s <= b) for a, b in spans]
        return np.array([a for a, _ in spans]), np.array([np.ptp(series[rows]) for rows in inside])

    return ranges


def _cadence(true: TrueMotion, _: dict[str, Any]) -> tuple[Array, Array]:
    """Over strides, as it is measured: with steps of unequal length, single ones would rise and fall in turn."""
    begin, end = np.array(sorted(true.strides())).T
    return begin, 120 / (end - begin)


TRUE: dict[str, Series] = {
    "cadence_spm": _cadence,
    "trunk_lean_deg": _of_frames(lambda true: true.lean_deg),
    "overstride_pct_leg": _of_steps("overstride_of_leg", 100),
    "shin_angle_deg": _of_steps("shank_deg"),
    "knee_flexion_contact_deg": _of_steps("knee_flexion_deg"),
    "contact_time_ms": _of_steps("contact_time_s", 1000),
    "knee_flexion_stance_deg": _of_stances(TrueMotion.stance_knee_deg),
    "trailing_thigh_deg": _of_stances(lambda true, step: true.largest(true.thigh_deg, step, true.opening_s)),
    "foot_inclination_deg": _of_stances(TrueMotion.landing_sole_deg),
    "waist_bend_deg": _of_stances(TrueMotion.waist_bend_deg),
    "vertical_oscillation_cm": _of_strides(lambda true: 100 * true.mid("rig_{}_hip")[:, 2]),
    "trunk_rocking_deg": _of_strides(lambda true: true.lean_deg),
    "arm_swing_deg": _of_strides(TrueMotion.upper_arm_deg),
    "elbow_angle_deg": _of_frames(lambda true: true.frames[f"elbow_{true.near}_deg"]),
    "neck_flexion_deg": _of_frames(lambda true: true.frames["ear_shoulder_deg"] - true.lean_deg),
    "craniovertebral_deg": _of_frames(lambda true: true.frames["craniovertebral_deg"]),
    "head_pitch_deg": _of_frames(TrueMotion.head_deg),
    "shoulder_hunch_deg": _of_frames(lambda true: forward_shoulder_deg(true.frames)),
}


main = rendering(lambda: (*runners("tuning"), *runners("reporting")))


if __name__ == "__main__":
    main()
