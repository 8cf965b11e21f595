"""What steps show from any side: their rate, how long the foot stays down, how high the body bounces."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..datatypes import SIDES, StepValue, Trial
from ..signals import MAD_TO_SD
from .body import STRIDE_SAMPLES, Values, stances, strides, through
from .registry import Need, Timing, metric

MEDIAN_TO_SD = MAD_TO_SD / 2**0.5  # median size of the difference of two like values → standard deviation of one
FEWEST_CHANGES = 8  # from stride to stride: from fewer, a scatter is known only to within half of itself
EVENNESS_KEPT = 0.88  # of the differences between strides, after our own smoothing of the phase
LEAST_KEPT = 0.65  # of those that differ more; of drawn ones where each differs at random from the next, down to 0.5
# By how much more the bounce is misread of runners unlike those that corrections were learned from: of 72 (joggers, and
# arms held otherwise) it was off by 0.54 cm (root mean square), and the interval without this held in 46 of 51.
OTHERS_BOUNCE_SD_CM = 0.3


@metric(
    "Cadence, both feet", "steps/min", "side", "oblique", "rear", "front",
    requires={Need.TRUE_TIME}, activities=("running", "walking"), timing=Timing.RATE, responsive=True, minimum=0.0,
)  # fmt: skip
def cadence_spm(trial: Trial) -> Values:
    """Two steps for every stride, timed from an initial contact to the next one of the same foot: a camera sees the two
    feet differently, and times from one to the other would include that difference. Where no contacts are seen,
    strides run from each moment a knee is farthest ahead to the next.
    """
    return [StepValue(begin, side, 120 / (end - begin)) for begin, end, side in strides(trial)]


@metric(
    "Contact time",
    "ms",
    "side",
    "oblique",
    requires={Need.CONTACTS, Need.TOE_OFFS, Need.TRUE_TIME},
    timing=Timing.DURATION,
    per_leg=True,
    minimum=0.0,
)
def contact_time_ms(trial: Trial) -> Values:
    """Initial contact to toe-off of the same foot."""
    return [StepValue(a.time_s, a.side, 1000 * (b.time_s - a.time_s)) for a, b in stances(trial)]


@metric(
    "Flight time",
    "ms",
    "side",
    "oblique",
    requires={Need.CONTACTS, Need.TOE_OFFS, Need.TRUE_TIME},
    timing=Timing.DURATION,
    per_leg=True,
)
def flight_time_ms(trial: Trial) -> Values:
    """Toe-off to the contact of the other foot, negative when that came first; it is counted for the foot that
    pushed off.
    """
    offs, out = dict(stances(trial)), []
    for first, landing in pairwise(trial.gait.contacts):
        if first in offs:
            out.append(StepValue(first.time_s, first.side, 1000 * (landing.time_s - offs[first].time_s)))
    return out


@metric(
    "Duty factor",
    "%",
    "side",
    "oblique",
    requires={Need.CONTACTS, Need.TOE_OFFS},
    timing=Timing.DURATION,
    per_leg=True,
    minimum=0.0,
)
def duty_factor_pct(trial: Trial) -> Values:
    """Contact time as a share of the stride; below 50 % there is flight. Slow motion does not change it."""
    stride_s = trial.gait.stride_s
    return [StepValue(a.time_s, a.side, 100 * (b.time_s - a.time_s) / stride_s) for a, b in stances(trial)]


def _unevenness_sd(trial: Trial) -> float:
    """Half of what more may have been smoothed away: the less alike neighbouring strides are, the more is lost."""
    return 0.5 * (EVENNESS_KEPT / LEAST_KEPT - 1) * float(np.median([s.value for s in stride_variability_pct(trial)]))


@metric(
    "Unevenness of the stride time",
    "%",
    "side",
    "oblique",
    "rear",
    "front",
    requires={Need.CONTACTS},
    responsive=True,
    own_sd=_unevenness_sd,
    minimum=0.0,
)
def stride_variability_pct(trial: Trial) -> Values:
    """Standard deviation of the stride time, in % of that time, from how much each stride differs from the next of
    the same foot (so that a slow change of pace does not count).
    """
    out, scale = [], 100 * MEDIAN_TO_SD / EVENNESS_KEPT / trial.gait.stride_s
    for side in SIDES:
        times = [(begin, end - begin) for begin, end, leg in strides(trial) if leg == side]
        for (begin, first), (_, second) in pairwise(times):
            out.append(StepValue(begin, side, scale * abs(second - first)))
    return sorted(out, key=lambda step: step.time_s) if len(out) >= FEWEST_CHANGES else []


@metric(
    "Vertical oscillation (bounce)",
    "cm",
    "side",
    requires={Need.CONTACTS, Need.SCALE, Need.STEADY_CAMERA, Need.NOT_FROM_BELOW},
    own_sd=lambda _trial: OTHERS_BOUNCE_SD_CM,
    minimum=0.0,
)
def vertical_oscillation_cm(trial: Trial) -> Values:
    """Height of the mid-shoulder, highest minus lowest from each contact to the next, corrected to the bounce of the
    mid-hip, with which it is compared. The pose model keeps only 57–96 % of the bounce of the hips, but 92–99 % of
    that of the shoulders. Not given from the front or behind, where it was up to 5 cm off on rendered runners.
    """
    contacts = trial.gait.contacts
    times = np.array([contact.time_s for contact in contacts])
    height = through(trial, times[:-1], times[1:], STRIDE_SAMPLES).mid("shoulder")[..., 1]
    sinks = np.linspace(height[:, 0], height[:, -1], STRIDE_SAMPLES, axis=1)  # as camera or belt may: that is no bounce
    bounce_cm = np.ptp(height - sinks, axis=1) / trial.px_per_m * 100
    return [StepValue(e.time_s, e.side, cm) for e, cm in zip(contacts[:-1], bounce_cm.tolist(), strict=True)]
