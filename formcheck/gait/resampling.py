"""How far what is read from a mean stride hangs on which of a clip's strides it was fitted to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..datatypes import FloatArray
from ..signals import wrapped
from .cycle import ENOUGH_FRAMES, Cycle, fit_series

GROUPS = 8  # of successive strides
FEWEST_GROUPS = 4  # of fewer strides, each is less than one
KEPT = (0, 1, 2, 4)  # groups that a fit is made to, all of them then shifted by one, and so on; of four: all but one
FEWEST_STRIDES = 2.0  # with fewer, parts of the stride might not be seen at all without one of the groups
USUAL = 0.01  # strides, of a single one: 2 to 3 ms in clips of eight strides, as rendered runners have
KNOWN = 4  # degrees of freedom that the usual scatter counts for where there are fewer than FEWEST_GROUPS strides


def scatter(cycle: Cycle, values: FloatArray, read: Callable[[Cycle], FloatArray]) -> FloatArray:
    """One standard deviation, in strides, of moments (phases) that are read from a mean stride.

    The jackknife over groups of successive strides, whose errors may be alike (Künsch 1989); of a long clip, those in
    its middle. Up to half of the groups are left out at once: without one at a time, moments that may jump, as where
    the knee is straightest twice, would seem far less sure than they are (Shao & Wu 1989). What all strides of a clip
    share it does not see. NaN for a moment that some of the groups do not show. Few strides hardly show their own
    scatter: the usual one counts for KNOWN degrees of freedom there, or alone. values: (T, k), what the cycle was
    fitted to.
    """
    spare = max(0, len(cycle.phase) - ENOUGH_FRAMES) // 2
    inner = slice(spare, len(cycle.phase) - spare)
    phase, values = cycle.phase[inner], values[inner]
    lasted = float(phase[-1] - phase[0])
    if lasted < FEWEST_STRIDES:
        return np.full_like(read(cycle), USUAL / np.sqrt(cycle.strides))
    groups = min(GROUPS, max(int(lasted), FEWEST_GROUPS))
    group = ((phase - phase[0]) * (groups / lasted)).astype(int)
    kept = {k % groups for k in KEPT}
    parts = [np.isin((group - first) % groups, [*kept]) for first in range(groups)]
    found = [read(replace(cycle, series=fit_series(phase[part], values[part], cycle.harmonics))) for part in parts]
    off = wrapped(np.array(found) - found[0])
    variance = len(kept) / (groups - len(kept)) * off.var(axis=0) * lasted / cycle.strides
    if lasted < FEWEST_GROUPS:
        variance = ((groups - 1) * variance + KNOWN * USUAL**2 / cycle.strides) / (groups - 1 + KNOWN)
    return np.asarray(np.sqrt(variance))
