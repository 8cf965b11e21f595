"""How far what is read from a mean stride hangs on which of a clip's strides it was fitted to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..datatypes import FloatArray
from ..signals import wrapped
from .cycle import ENOUGH_FRAMES, Cycle, fit_series

GROUPS = 8  # of successive strides, one of which is left out after another
FEWEST_STRIDES = 4  # with fewer, what is left without one is hardly a mean
USUAL = 0.01  # strides, of a single one: 2 to 3 ms in clips of eight strides, as rendered runners have


def scatter(cycle: Cycle, values: FloatArray, read: Callable[[Cycle], FloatArray]) -> FloatArray:
    """One standard deviation, in strides, of moments (phases) that are read from a mean stride.

    The delete-a-group jackknife (Tukey 1958) over successive strides, whose errors may be alike (Künsch 1989); of a
    long clip, those in its middle. What all strides of a clip share it does not see. NaN for a moment that is not found
    without one of the groups; the usual where strides are too few. values: (T, k), what the cycle was fitted to.
    """
    spare = max(0, len(cycle.phase) - ENOUGH_FRAMES) // 2
    inner = slice(spare, len(cycle.phase) - spare)
    phase, values = cycle.phase[inner], values[inner]
    lasted = float(phase[-1] - phase[0])
    groups = min(GROUPS, int(lasted))
    if groups < FEWEST_STRIDES:
        return np.full_like(read(cycle), USUAL / np.sqrt(cycle.strides))
    group = ((phase - phase[0]) * (groups / lasted)).astype(int)
    left_out = [group != k for k in range(groups)]
    found = [read(replace(cycle, series=fit_series(phase[rest], values[rest], cycle.harmonics))) for rest in left_out]
    off = wrapped(np.array(found) - found[0])
    variance = (groups - 1) / groups * ((off - off.mean(axis=0)) ** 2).sum(axis=0)
    return np.asarray(np.sqrt(variance * lasted / cycle.strides))
