"""Initial contact and toe-off, read from the mean stride by several cues that vote.

No single cue holds for all strike types, speeds and cameras: the knee is straightest just before
contact, the foot takes up the belt's speed and sinks to the floor at contact. Each cue's typical lead
or lag, learned on rendered runners whose true events are known, is subtracted (calibration.py); a robust mean
of what remains is the event, and the spread between cues is the part of its error that the clip itself shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..datatypes import FRONTAL, OTHER, SAGITTAL, SIDES, Event, FloatArray, Gait, PoseTrack, Side, ViewName
from ..knowledge.calibration import Calibration
from ..signals import wrapped
from .cycle import Cycle, passes
from .leg_cycle import CONTACT_WINDOW, FLOOR_GAP, SAMPLES, STANDING, LegCycle
from .legs import near_side

BELT_SHARE = 0.75  # of the belt's speed: a foot this fast moves with the ground
LEFT_SHARE = 0.4  # of the same: a foot this slow has left it
ALOFT = 0.08  # leg lengths: a foot this far from the floor is not standing, however poorly it is seen
KNEE_WINDOW = (-0.06, 0.10)  # strides after the foot was farthest forward (begin), after it came near the floor (end)
LOADED, EARLIEST_TOE_OFF = 0.08, 0.20  # of a stride after the foot was farthest forward
# of a stride: in a shorter one, each leg would have to push with three times the body's weight on average
SHORTEST_STANCE = 0.17
TRAILING = 0.1  # strides after the foot was farthest behind: by then the knee of a runner has bent
TOE_WINDOW = (0.15, 0.75)  # likewise
STRETCHES_DEG = 7.0  # knee extension: less may be landmark error (docs/accuracy.md)

Cue = Callable[[LegCycle], float]


class Estimate(NamedTuple):
    """The phase at which an event happens, and its standard uncertainty in strides; NaN where it is not known."""

    phase: float
    sd: float

    def apart(self, other: Estimate) -> float:
        """How far two phases lie apart, 0 … ½ of a stride."""
        return abs(wrapped(self.phase - other.phase))


def _first(condition: np.ndarray) -> float:
    """Index of the first true sample, NaN when there is none."""
    hits = np.flatnonzero(condition)
    return float(hits[0]) if len(hits) else float("nan")


def _landing(height: FloatArray) -> FloatArray:
    """The part in which the foot must come down."""
    return height[: round(CONTACT_WINDOW * SAMPLES)]


def _minima(values: FloatArray, begin: int, end: int) -> NDArray[np.intp]:
    """Indices of the local minima in [begin, end); begin may be negative."""
    index = np.arange(begin - 1, end + 1)
    v = values[index % SAMPLES]
    return np.asarray(index[1:-1][(v[1:-1] <= v[:-2]) & (v[1:-1] < v[2:])])


def ankle_taken_up_by_belt(leg: LegCycle) -> float:
    """When the ankle last reached a share of the belt's speed before the foot stands; NaN if it was in the air then.

    A foot drawn back in late swing can be as fast as the belt before it lands, and may stay so: its speed then does not
    show when it landed.
    """
    begin = round(LOADED * SAMPLES)
    standing = begin + int(leg.ankle_vx[begin : round(STANDING[1] * SAMPLES)].argmin())
    slow = np.flatnonzero(leg.ankle_vx[:standing] > BELT_SHARE * leg.belt)
    return float(slow[-1] + 1) if len(slow) and leg.clearance[slow[-1] + 1] <= ALOFT else float("nan")


def knee_straightest_before_contact(leg: LegCycle) -> float:
    near = _first(_landing(leg.clearance) < FLOOR_GAP)
    if np.isnan(near):
        return float("nan")
    before, after = (round(share * SAMPLES) for share in KNEE_WINDOW)
    minima = _minima(leg.knee, before, int(near) + after)
    return float(minima[-1]) if len(minima) else float("nan")


def sole_near_floor(leg: LegCycle) -> float:
    return _first(_landing(leg.sole) < FLOOR_GAP)


def sole_on_floor(leg: LegCycle) -> float:
    return _first(_landing(leg.sole) < 0.5 * FLOOR_GAP)


def _earliest_toe_off(leg: LegCycle) -> int:
    """Sample before which the foot can't have left: with its contact known, not before a leg can push off."""
    return round(float(np.fmax(EARLIEST_TOE_OFF * SAMPLES, leg.contact + SHORTEST_STANCE * SAMPLES)))


def knee_straightest_in_late_stance(leg: LegCycle) -> float:
    """NaN for a knee that hardly extends, or is as straight twice: where it is straightest is then chance."""
    behind = int(leg.ankle_x.argmin())
    minima = _minima(leg.knee, _earliest_toe_off(leg), behind + round(TRAILING * SAMPLES))
    bent = leg.knee[minima % SAMPLES]
    straight = minima[bent < bent.min(initial=np.inf) + STRETCHES_DEG]
    if len(straight) != 1 or straight[0] > behind:
        return float("nan")
    loaded = round(float(np.fmax(LOADED * SAMPLES, leg.contact)))
    stretches = leg.knee[loaded : straight[0] + 1].max() - leg.knee[straight[0]]
    return float(straight[0]) if stretches >= STRETCHES_DEG else float("nan")


def ankle_leaves_belt_speed(leg: LegCycle) -> float:
    """When the ankle last had a share of the belt's speed before swinging forward: in mid-stance that may waver."""
    begin, behind = _earliest_toe_off(leg), int(leg.ankle_x.argmin())
    fast = np.flatnonzero(leg.ankle_vx[begin : behind + 1] <= LEFT_SHARE * leg.belt)
    return float(begin + fast[-1] + 1) if len(fast) else float("nan")


def toe_rises(leg: LegCycle) -> float:
    """When the toe leaves its standing height for the swing, where it may be as low again; NaN when it never does."""
    begin, end = (round(share * SAMPLES) for share in TOE_WINDOW)
    behind = begin + int(leg.ankle_x[begin:end].argmin())
    away = leg.toe > leg.toe[begin : behind + 1].min() + FLOOR_GAP
    last = begin + int(np.flatnonzero(~away[begin : behind + 1])[-1])
    return last + _first(away[last:end])


def body_lowest_over_leg(leg: LegCycle) -> float:
    return leg.lowest


# Only from the side is the ground as high in the picture wherever the foot comes down, or leaves the body behind.
SIDE: frozenset[ViewName] = frozenset({"side"})
CUES: dict[str, dict[Cue, frozenset[ViewName]]] = {  # event → cue → views that see it
    "contact": {
        knee_straightest_before_contact: SAGITTAL,
        ankle_taken_up_by_belt: SAGITTAL,
        sole_near_floor: SIDE,
        sole_on_floor: SIDE,
        body_lowest_over_leg: FRONTAL,
    },
    "toe_off": {
        knee_straightest_in_late_stance: SAGITTAL,
        ankle_leaves_belt_speed: SAGITTAL,
        toe_rises: SIDE,
        body_lowest_over_leg: FRONTAL,
    },
}
RUNNERS_ONLY = frozenset({knee_straightest_in_late_stance})  # a walker's knee bends well before the foot leaves
WITNESSES: tuple[frozenset[Cue], ...] = (  # cues that share their error, since they look at the same thing
    frozenset({sole_near_floor, sole_on_floor}),
    frozenset({ankle_leaves_belt_speed, toe_rises}),
)
UNEVEN_SD = 0.03  # strides by which the steps of uneven legs differ from half a stride; our own choice
# Three choices for contacts seen from the side; of the last, 1 to 2 do equally well on the runners of the calibration.
CONFUSED = 0.2  # strides: legs that miss half a stride apart by more cannot be told apart, or are not seen
NEARER = 1.5  # times as sure as the leg nearer to the camera must the other be to be believed where they contradict
MISREAD = 1.5  # standard deviations from what the surer leg makes one expect: a cue beyond this is not used
NOT_KNOWN = Estimate(float("nan"), float("nan"))
UNSURE_SD = 0.06  # strides: a moment known less surely is as good as not seen; our own choice
OUTVOTED = 2.0  # standard deviations from the median of the cues: beyond this a cue pulls no harder


def votes(legs: Mapping[Side, LegCycle], event: str, gait: Gait, learned: Calibration) -> dict[Side, Estimate]:
    """The event for both legs.

    Where a leg's cues contradict each other, the other leg tells which of them are believed: it does the same half a
    stride later, give or take UNEVEN_SD. From the side, all cues of how the farther foot of a runner comes down may be
    misread: those that contradict the surer leg are not used. If that leg is lame, they were right, and it may be the
    surer one that is misread: half of how far this moves the event is added to the uncertainty of both.
    """
    alone = {side: vote(leg, event, gait, learned) for side, leg in legs.items()}
    if event != "contact" or gait.view.name != "side" or gait.activity != "running":
        return {side: vote(leg, event, gait, learned, alone[OTHER[side]]) for side, leg in legs.items()}
    if not out_of_step(alone["left"].phase, alone["right"].phase) <= CONFUSED:
        return dict.fromkeys(legs, NOT_KNOWN)
    surer = _surer(alone, gait)
    found = {side: vote(leg, event, gait, learned, alone[OTHER[side]], side != surer) for side, leg in legs.items()}
    moved = found[OTHER[surer]].apart(alone[OTHER[surer]])
    return {side: Estimate(own.phase, float(np.hypot(own.sd, 0.5 * moved))) for side, own in found.items()}


def out_of_step(left: float, right: float) -> float:
    """By how many strides two phases miss being half a stride apart."""
    return abs((right - left) % 1 - 0.5)


def _surer(alone: Mapping[Side, Estimate], gait: Gait) -> Side:
    """The leg nearer to the camera, unless the other is much surer."""
    near = near_side(gait.view)
    return OTHER[near] if NEARER * alone[OTHER[near]].sd < alone[near].sd else near


def vote(
    leg: LegCycle,
    event: str,
    gait: Gait,
    learned: Calibration,
    other: Estimate = NOT_KNOWN,
    strict: bool = False,
) -> Estimate:
    """The event of one leg: robust weighted mean of the cues that see it.

    gait: of which view and activity are known. other: the same of the other leg; it decides which cues are off, but
    does not enter the mean; strict: those are left out, and it stands for them if none remains. Cues that share their
    error together have the weight of one.
    """
    unfit = frozenset() if gait.activity == "running" else RUNNERS_ONLY
    fit = [cue for cue, views in CUES[event].items() if gait.view.name in views and cue not in unfit]
    seen = {cue: cue(leg) / SAMPLES for cue in fit}
    rows = {cue: learned.cue(event, cue.__name__) for cue, phase in seen.items() if np.isfinite(phase)}
    expected, expected_sd = (other.phase - leg.start) % 1 - 0.5, float(np.hypot(UNEVEN_SD, other.sd))
    if strict:
        off = {cue: abs(wrapped(seen[cue] - row.lead - expected)) for cue, row in rows.items()}
        rows = {cue: row for cue, row in rows.items() if off[cue] <= MISREAD * np.hypot(row.sd, expected_sd)}
    if not rows:
        return Estimate(leg.start + expected, expected_sd) if strict else NOT_KNOWN
    phase = np.array([seen[cue] - row.lead for cue, row in rows.items()])
    sd = np.array([row.sd for row in rows.values()])
    alike = [next((len(some & rows.keys()) for some in WITNESSES if cue in some), 1) for cue in rows]
    weight = 1 / sd**2 / alike
    middle = _weighted_median(*_with_other(phase, weight, expected, expected_sd))
    believed = np.clip(phase, middle - OUTVOTED * sd, middle + OUTVOTED * sd)
    moment = float(np.average(believed, weights=weight))
    disagreement = float(np.average((phase - moment) ** 2, weights=weight)) / float(np.sum(1 / np.array(alike)))
    own = float(np.sqrt(disagreement + 1 / weight.sum()))
    return Estimate(leg.start + moment, max(own, learned.event_sd(event)))


def _with_other(phase: FloatArray, weight: FloatArray, expected: float, sd: float) -> tuple[FloatArray, FloatArray]:
    """Phases and weights, with what the other leg makes one expect, if it is known."""
    if not np.isfinite(expected):
        return phase, weight
    expected = phase[0] + wrapped(expected - phase[0])
    return np.r_[phase, expected], np.r_[weight, 1 / sd**2]


def _weighted_median(values: FloatArray, weights: FloatArray) -> float:
    order = values.argsort()
    middle = np.cumsum(weights[order]) - 0.5 * weights[order]
    return float(np.interp(0.5 * weights.sum(), middle, values[order]))


def moments(
    track: PoseTrack, time_s: FloatArray, cycle: Cycle, phases: FloatArray, sds: FloatArray
) -> tuple[Event, ...]:
    """Every moment at which the phase passes that of an event, for both sides (SIDES) in order of time."""
    events = []
    for side, phase, sd in zip(SIDES, phases, sds, strict=True):
        for moment in passes(cycle.phase, time_s, phase) if np.isfinite(phase) else ():
            events.append(Event(moment, track.frame_at(moment), side, float(sd * cycle.stride_s)))
    return tuple(sorted(events, key=lambda e: e.time_s))
