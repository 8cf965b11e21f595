"""How far correctly read rendered runners go, and the thresholds and shares of perspective that follow.

They are the rows of ``[thresholds]`` and ``[perspective]`` in calibration_<model>.toml. The clips used are of a single
runner whose every step was found, for the correct foot: a clip that the present threshold rejects is not among them, so
that one learned too narrow widens by its rule's margin each time it is learned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from formcheck.datatypes import FRONTAL, SAGITTAL, SIDES, Report, ViewName
from formcheck.gait import leg_confidence, leg_length_px, relative_size
from formcheck.gait.activity import feet_lag_deg, hips_and_feet
from formcheck.gait.leg_cycle import legs_over_stride
from formcheck.gait.legs import short_shank
from formcheck.gait.rhythm import between_legs, both_legs, step_rate_off, swing_harmonic
from formcheck.knowledge import calibration
from formcheck.knowledge.calibration import Calibration
from formcheck.metrics.pace import under_feet

from .scoring import TRUTH, facts, matched

FEWEST_CLIPS = 4  # nothing is learned from fewer
A_TENTH = 0.1
NEARLY_ALL = 0.95  # of the clips: the more there are, the odder is the oddest
RECTIFIED = 0.04  # swing_harmonic of legs that are swapped at every step: that of a rectified cosine
SIDE: frozenset[ViewName] = frozenset({"side"})
ANY = SAGITTAL | FRONTAL
Array = np.ndarray


def half_way_to_rectified(values: Array) -> float:
    """The geometric mean of the largest and RECTIFIED."""
    return float(np.sqrt(values.max() * RECTIFIED))


def six_times_nearly_all(values: Array) -> float:
    """Real walkers who pass the camera in two seconds had five times what rendered runners have."""
    return 6 * float(np.quantile(values, NEARLY_ALL))


def a_tenth_above_nearly_all(values: Array) -> float:
    return float(np.quantile(values, NEARLY_ALL)) + A_TENTH


def a_tenth_below_nearly_all(values: Array) -> float:
    return float(np.quantile(values, 1 - NEARLY_ALL)) - A_TENTH


def median(values: Array) -> float:
    return float(np.median(values))


def scatter(values: Array) -> float:
    """Standard deviation, as a share of the mean."""
    return float(values.std(ddof=1) / values.mean())


def root_mean_square(values: Array) -> float:
    """At least 1: no more certain than where it was learned."""
    return max(1.0, float(np.sqrt(np.mean(values**2))))


def mean_angle(values_deg: Array) -> float:
    """Mean of directions, degrees, ±180."""
    return float(np.degrees(np.angle(np.exp(1j * np.radians(values_deg)).mean())))


@dataclass(frozen=True)
class Seen:
    """A clip as it was read, and what is true of it."""

    report: Report
    truth: dict[str, Any]

    @property
    def view(self) -> ViewName:
        return self.report.trial.gait.view.name

    @property
    def right(self) -> bool:
        """Whether a single runner was read correctly, step by step."""
        trial, alone = self.report.trial, self.truth["clip"]["company"]["doing"] == "nothing"
        found = matched(trial.gait.contacts, self.truth["steps"], "contact_s", float(trial.track.time_s[-1]))
        return alone and bool(found.errors) and not (found.missed or found.false or found.wrong_side)


def swing_harmonic_of(seen: Seen) -> float:
    return _over_clip(seen, between_legs, swing_harmonic)


def step_rate_off_of(seen: Seen) -> float:
    return _over_clip(seen, both_legs, step_rate_off)


def _over_clip(
    seen: Seen, movement: Callable[[Any], Array], statistic: Callable[[Array, Array, float], float]
) -> float:
    """A statistic of the legs' movement while it is periodic."""
    trial = seen.report.trial
    assert trial.gait.motion is not None
    time_s = trial.gait.motion.time_s
    return statistic(time_s, movement(trial.track)[np.isin(trial.track.time_s, time_s)], 1 / trial.gait.stride_s)


def fit_of(seen: Seen) -> float:
    assert seen.report.trial.gait.motion is not None
    return seen.report.trial.gait.motion.fit


def short_shank_of(seen: Seen) -> float:
    assert seen.report.trial.gait.motion is not None
    return short_shank(seen.report.trial.track, seen.report.trial.gait.motion.time_s)


def near_far_speed_of(seen: Seen) -> float:
    """Ground speed under the near foot over that under the far one; NaN unless both are seen."""
    near, far = (np.array([step.value for step in values]) for values in under_feet(seen.report.trial))
    return float(np.median(near) / np.median(far)) if len(near) and len(far) else float("nan")


def leg_seen_of(seen: Seen) -> float:
    """How sure the pose model is of the leg it is less sure of."""
    return min(leg_confidence(seen.report.trial.track, side) for side in SIDES)


def relative_error_of(seen: Seen) -> float:
    """Error of the strides' variability over its SD from the side; NaN where it was not measured.

    Of all that is learned from the side, and seen from elsewhere too, it alone needs no scale.
    """
    metric = "stride_variability_pct"
    learned = calibration.of(seen.report.trial.track.model).correction(metric)
    return (seen.report.measurement(metric).value - TRUTH[metric](facts(seen.truth))) / learned.sd


def leg_length_of(seen: Seen) -> float:
    """Thigh + shank as seen, over what they are; the present allowance for perspective is undone.

    Both in the middle of the clip: a runner who comes toward the camera is seen at many sizes.
    """
    trial = seen.report.trial
    today = calibration.of(trial.track.model).perspective("leg_length", seen.view, 1.0)
    size = float(relative_size(trial.track)[len(trial.track) // 2])
    return leg_length_px(trial.track, trial.gait.view) * size * today / float(seen.truth["summary"]["leg_px"])


def feet_lag_of(seen: Seen) -> float:
    trial = seen.report.trial
    legs, cycle = legs_over_stride(trial.track, trial.gait)
    return feet_lag_deg(*hips_and_feet(cycle, legs.columns, trial.gait.view), trial.gait.view)


@dataclass(frozen=True)
class Learned:
    """A statistic of a clip, the views it is taken from, and the rule that turns its values into what is written."""

    statistic: Callable[[Seen], float]
    views: frozenset[ViewName]
    rule: Callable[[Array], float]

    def of(self, clips: Sequence[Seen]) -> float | None:
        """None from too few clips."""
        values = np.array([self.statistic(seen) for seen in clips if seen.view in self.views])
        values = values[np.isfinite(values)]
        return self.rule(values) if len(values) >= FEWEST_CLIPS else None


THRESHOLDS = {
    "swing_harmonic": Learned(swing_harmonic_of, ANY, half_way_to_rectified),
    "step_rate_off": Learned(step_rate_off_of, ANY, six_times_nearly_all),
    "short_shank": Learned(short_shank_of, SIDE, a_tenth_above_nearly_all),
    "frontal_fit": Learned(fit_of, FRONTAL, a_tenth_below_nearly_all),
    "near_far_speed": Learned(near_far_speed_of, SIDE, a_tenth_below_nearly_all),
    "leg_seen": Learned(leg_seen_of, SIDE, a_tenth_below_nearly_all),
}
PERSPECTIVE = {  # effect → view → how it is learned
    effect: {view: Learned(statistic, frozenset({view}), rule) for view in sorted(FRONTAL)}
    for effect, statistic, rule in (
        ("leg_length", leg_length_of, median),
        ("leg_length_sd", leg_length_of, scatter),
        ("less_certain", relative_error_of, root_mean_square),
        ("feet_lag_deg", feet_lag_of, mean_angle),
    )
}


def seen_rightly(reports: Sequence[Report], truths: Sequence[dict[str, Any]]) -> list[Seen]:
    """The clips that thresholds are learned from."""
    clips = [Seen(report, truth) for report, truth in zip(reports, truths, strict=True)]
    return [seen for seen in clips if seen.right]


def threshold_rows(held: Calibration, clips: Sequence[Seen]) -> dict[str, str]:
    """The rows of [thresholds]; those for which there are too few clips stay as they were."""
    found = {name: learned.of(clips) for name, learned in THRESHOLDS.items()}
    kept = {name: row for name, row in held.rows("thresholds").items() if name in THRESHOLDS}
    return kept | {name: f"{value:.3g}" for name, value in found.items() if value is not None}


def perspective_rows(held: Calibration, clips: Sequence[Seen]) -> dict[str, str]:
    """The rows of [perspective], likewise."""
    rows = {}
    for effect, views in PERSPECTIVE.items():
        found = {view: learned.of(clips) for view, learned in views.items()}
        values = {v: held.perspective(effect, v, float("nan")) if f is None else f for v, f in found.items()}
        rows[effect] = "{ " + ", ".join(f"{view} = {value:.3g}" for view, value in values.items()) + " }"
    return rows
