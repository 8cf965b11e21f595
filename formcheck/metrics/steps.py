"""What steps show from any side: their rate, how long the foot stays down, how high the body bounces."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..datatypes import StepValue, Trial
from .posture import STRIDE_SAMPLES, Pose, Values, stances, strides
from .table import metric


@metric("steps/min", "side", "oblique", "rear", "front", timed=True, telescopes=True, walking=True)
def cadence_spm(trial: Trial) -> Values:
    """Cadence, both feet.

    Two steps for every stride, from an initial contact to the next one of the same foot: what a camera sees of the
    two feet differs, and steps from one to the other would take the difference in.
    """
    return [StepValue(begin, side, 120 / (end - begin)) for begin, end, side in strides(trial)]


@metric("ms", "side", "oblique", timed=True, spans_stance=True)
def contact_time_ms(trial: Trial) -> Values:
    """Contact time.

    Initial contact to toe-off of the same foot.
    """
    return [StepValue(a.time_s, a.side, 1000 * (b.time_s - a.time_s)) for a, b in stances(trial)]


@metric("cm", "side", "rear", "front", scaled=True, steady=True)
def vertical_oscillation_cm(trial: Trial) -> Values:
    """Vertical oscillation (bounce).

    Mid-shoulder, highest less lowest from each contact to the next, as a chest strap takes it (Van Hooren 2020). Of
    the bounce of the hips the pose model keeps only 57–96 %, of that of the shoulders 92–99 %.
    """
    out = []
    for first, last in pairwise(trial.gait.contacts):
        height = Pose(trial, np.linspace(first.time_s, last.time_s, STRIDE_SAMPLES)).mid("shoulder")[:, 1]
        height = height - np.linspace(height[0], height[-1], STRIDE_SAMPLES)  # a camera or belt that sinks is no bounce
        out.append(StepValue(first.time_s, first.side, float(np.ptp(height)) / trial.px_per_m * 100))
    return out
