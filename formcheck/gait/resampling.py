"""How far what is read from a mean stride hangs on which of a clip's strides it was fitted to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..datatypes import FloatArray
from ..signals import wrapped
from .cycle import ENOUGH_FRAMES, Cycle, fit_series

GROUPS = 8  # of successive strides, one of which is left out after another
FEWEST_GROUPS = 4  # of fewer strides, each is less than one
FEWEST_STRIDES = 2.0  # with fewer, parts of the stride might not be seen at all without one of the groups
USUAL = 0.01  # strides, of a single one: 2 to 3 ms in clips of eight strides, as rendered runners have
KNOWN = 4  # degrees of freedom that the usual scatter counts for where there are fewer than FEWEST_GROUPS strides


def scatter(cycle: Cycle, values: FloatArray, read: Callable[[Cycle], FloatArray]) -> FloatArray:
    """One standard deviation, in strides, of moments (phases) that are read from a mean stride.

    The delete-a-group jackknife (Tukey 1958) over successive strides, whose errors may be alike (Künsch 1989); of a
    long clip, those in its middle. What all strides of a clip share it does not see. NaN for a moment that is not found
    without one of the groups. Few strides hardly show their own scatter: the usual one counts for KNOWN degrees of
    freedom there, or alone. values: (T, k), what the cycle was fitted to.
    """
    spare = max(0, len(cycle.phase) - ENOUGH_FRAMES) // 2
    inner = slice(spare, len(cycle.phase) - spare)
    phase, values = cycle.phase[inner], values[inner]
    lasted = float(phase[-1] - phase[0])
    if lasted < FEWEST_STRIDES:
        return np.full_like(read(cycle), USUAL / np.sqrt(cycle.strides))
    groups = min(GROUPS, max(int(lasted), FEWEST_GROUPS))
    group = ((phase - phase[0]) * (groups / lasted)).astype(int)
    left_out = [group != k for k in range(groups)]
    found = [read(replace(cycle, series=fit_series(phase[rest], values[rest], cycle.harmonics))) for rest in left_out]
    off = wrapped(np.array(found) - found[0])
    variance = (groups - 1) / groups * ((off - off.mean(axis=0)) ** 2).sum(axis=0) * lasted / cycle.strides
    if lasted < FEWEST_GROUPS:
        variance = ((groups - 1) * variance + KNOWN * USUAL**2 / cycle.strides) / (groups - 1 + KNOWN)
    return np.asarray(np.sqrt(variance))
