"""Ensemble averages: how a quantity moves over the gait cycle, each leg from its initial contact (0 %) to its next.

A curve carries the correction of the metric it belongs to, so that what is read off it at that metric's moment is the
number that is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from ..datatypes import SIDES, FloatArray, Measurement, Side, Trial
from . import angles
from .body import Body, seen_legs, stance_spans, to_right
from .measurement import correction
from .registry import METRICS

SAMPLES = 101  # of a cycle, 0 % … 100 %
FEWEST_CYCLES = 3  # per leg, for there to be a spread

Moment = Literal["contact", "cycle", "largest"]


@dataclass(frozen=True)
class LegEnsemble:
    """One leg's ensemble.

    mean, sd    (SAMPLES,) of all its cycles, in the metric's unit
    toe_off     when it leaves the ground, as a share of the cycle; NaN where toe-offs were not found
    begin_s, end_s  real time of the cycle nearest the middle of the clip, as an example
    n           cycles
    """

    mean: FloatArray
    sd: FloatArray
    toe_off: float
    begin_s: float
    end_s: float
    n: int


@dataclass(frozen=True)
class Ensemble:
    """A quantity over the cycle, and the metric it belongs to.

    moment: where on the curve the metric is read: at initial contact, as the cycle's mean, or as its largest value
    """

    label: str
    metric: str
    moment: Moment
    legs: Mapping[Side, LegEnsemble]

    @property
    def unit(self) -> str:
        return METRICS[self.metric].unit


@dataclass(frozen=True)
class _Row:
    label: str
    metric: str
    moment: Moment
    of: Callable[[Trial, Body, Side], FloatArray]


def _ahead(trial: Trial, body: Body, side: Side) -> FloatArray:
    return np.asarray(100 * (body[f"{side}_ankle"] - body.mid("hip"))[:, 0] / trial.leg_px)


ROWS = (
    _Row("Foot ahead of the hip", "overstride_pct_leg", "contact", _ahead),
    _Row("Trunk lean", "trunk_lean_deg", "cycle", lambda _, body, __: angles.trunk_lean(body)),
    _Row("Knee bend", "knee_flexion_contact_deg", "contact", lambda _, body, side: angles.knee_flexion(body, side)),
    _Row("Thigh behind the body", "trailing_thigh_deg", "largest", lambda _, body, side: -angles.thigh(body, side)),
    _Row(
        "Lean to the right",
        "side_lean_deg",
        "cycle",
        lambda trial, body, __: angles.side_lean(body, to_right(trial)),
    ),
)


def ensembles(trial: Trial, measurements: tuple[Measurement, ...]) -> tuple[Ensemble, ...]:
    """The ensembles of the metrics that were measured, for the legs that were seen; none without contacts."""
    if trial.gait.motion is None:
        return ()
    measured = {m.name for m in measurements if m.missing is None}
    sides = SIDES if not trial.gait.view.sagittal else seen_legs(trial)
    seen = {side: legs for side in sides if (legs := _Cycles.of(trial, side)) is not None}
    rows = [row for row in ROWS if row.metric in measured] if seen else []
    return tuple(_ensemble(trial, row, seen) for row in rows)


def _ensemble(trial: Trial, row: _Row, seen: Mapping[Side, _Cycles]) -> Ensemble:
    offset, _ = correction(trial, METRICS[row.metric])
    legs = {side: cycles.averaged(row.of(trial, cycles.body, side) + offset) for side, cycles in seen.items()}
    return Ensemble(row.label, row.metric, row.moment, legs)


@dataclass(frozen=True)
class _Cycles:
    """All cycles of one leg: their bounds in real time, and the body at SAMPLES moments of each."""

    bounds: list[tuple[float, float]]
    body: Body
    toe_off: float

    @classmethod
    def of(cls, trial: Trial, side: Side) -> _Cycles | None:
        bounds = list(pairwise(e.time_s for e in trial.gait.contacts if e.side == side))
        if len(bounds) < FEWEST_CYCLES:
            return None
        times = np.concatenate([np.linspace(begin, end, SAMPLES) for begin, end in bounds])
        stance_s = np.diff(stance_spans(trial, side))
        stride_s = float(np.median([end - begin for begin, end in bounds]))
        return cls(bounds, Body(trial, times), float(np.median(stance_s)) / stride_s if stance_s.size else float("nan"))

    def averaged(self, values: FloatArray) -> LegEnsemble:
        """values: at every moment of the body."""
        begin_s, end_s = self.bounds[len(self.bounds) // 2]
        of_cycles = values.reshape(len(self.bounds), SAMPLES)
        mean, sd = of_cycles.mean(axis=0), of_cycles.std(axis=0, ddof=1)
        return LegEnsemble(mean, sd, self.toe_off, begin_s, end_s, len(self.bounds))
