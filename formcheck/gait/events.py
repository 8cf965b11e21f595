"""Initial contact and toe-off, read from the mean stride by several cues that vote.

No single cue holds for all strike types, speeds and cameras: the knee is straightest just before
contact, the foot takes up the belt's speed and sinks to the floor at contact. Each cue's typical lead
or lag, learned on rendered runners of known truth, is taken off (calibration.py); a robust mean of what
remains is the event, and the spread between cues is the honest part of its error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..datatypes import FloatArray, Side
from ..knowledge.calibration import Calibration
from .cycle import Cycle

SAMPLES = 400  # of the mean stride: 1.7 ms at 170 steps/min
BELT_SHARE = 0.75  # of the belt's speed: a foot this fast has been taken up by the ground
LEFT_SHARE = 0.4  # of the same: a foot this slow has left it
FLOOR_GAP = 0.04  # leg lengths: a foot this near the floor stands on it (landmarks sit inside the shoe)
ALOFT = 0.08  # leg lengths: a foot this far from the floor does not stand, however badly it is seen
KNEE_WINDOW = (-0.06, 0.10)  # strides from when the foot was farthest forward, and after it came near the floor
STEEPEST_FLOOR = 0.15  # slope of belt or ground that is believed
CONTACT_WINDOW = 0.35  # of a stride after the foot was farthest forward
LOADED, EARLIEST_TOE_OFF = 0.08, 0.20  # of a stride after the same moment
TOE_WINDOW = (0.15, 0.75)  # likewise
STRETCHES_DEG = 7.0  # of a knee between mid-stance and toe-off: less may be the landmarks' error (docs/accuracy.md)
MIDSTANCE_BEHIND = 0.5  # of a stride after the foot was highest, where a leg's cycle starts seen from behind


@dataclass(frozen=True)
class LegCycle:
    """One leg over the mean stride, from the moment it is farthest forward (from behind: highest); (SAMPLES,) arrays.

    Positions in leg lengths from the mid-hip's slow path, x forward, y up; speeds per stride.
    """

    start: float  # phase of sample 0
    knee: FloatArray  # flexion, degrees
    ankle_x: FloatArray
    ankle_vx: FloatArray
    sole: FloatArray  # lower of heel and toe, each above where it stands
    toe: FloatArray
    belt: float  # speed of the standing foot, negative; NaN from behind
    lowest: float  # sample at which the body is lowest over this leg; NaN from the side

    @property
    def landing(self) -> FloatArray:
        """Height of the sole until the foot must have come down."""
        return self.sole[: round(CONTACT_WINDOW * SAMPLES)]

    def phase(self, sample: float) -> float:
        return self.start + sample / SAMPLES


Cue = Callable[[LegCycle], float]


def _first(condition: np.ndarray) -> float:
    """Index of the first true sample, NaN when there is none."""
    hits = np.flatnonzero(condition)
    return float(hits[0]) if len(hits) else float("nan")


def _last_minimum(values: FloatArray, begin: int, end: int) -> float:
    """Index of the last local minimum in [begin, end); begin may be negative; NaN when there is none."""
    index = np.arange(begin - 1, end + 1)
    v = values[index % SAMPLES]
    inner = np.flatnonzero((v[1:-1] <= v[:-2]) & (v[1:-1] < v[2:]))
    return float(index[1:-1][inner[-1]]) if len(inner) else float("nan")


def ankle_taken_up_by_belt(leg: LegCycle) -> float:
    """When the ankle last reached a share of the belt's speed before the foot stands; NaN if the foot was aloft then.

    A foot drawn back in late swing can be as fast as the belt before it lands, and may stay so: then its speed does not
    tell when it did.
    """
    begin = round(LOADED * SAMPLES)
    standing = begin + int(leg.ankle_vx[begin : round(0.28 * SAMPLES)].argmin())
    slow = np.flatnonzero(leg.ankle_vx[:standing] > BELT_SHARE * leg.belt)
    return float(slow[-1] + 1) if len(slow) and leg.sole[slow[-1] + 1] <= ALOFT else float("nan")


def knee_straightest_before_contact(leg: LegCycle) -> float:
    near = sole_near_floor(leg)
    if np.isnan(near):
        return float("nan")
    before, after = (round(share * SAMPLES) for share in KNEE_WINDOW)
    return _last_minimum(leg.knee, before, int(near) + after)


def sole_near_floor(leg: LegCycle) -> float:
    return _first(leg.landing < FLOOR_GAP)


def sole_on_floor(leg: LegCycle) -> float:
    return _first(leg.landing < 0.5 * FLOOR_GAP)


def knee_straightest_in_late_stance(leg: LegCycle) -> float:
    """NaN for a knee that hardly stretches: then it is straightest by chance."""
    straight = _last_minimum(leg.knee, round(EARLIEST_TOE_OFF * SAMPLES), int(leg.ankle_x.argmin()) + 1)
    if np.isnan(straight):
        return straight
    stretches = leg.knee[round(LOADED * SAMPLES) : int(straight) + 1].max() - leg.knee[int(straight)]
    return straight if stretches >= STRETCHES_DEG else float("nan")


def ankle_leaves_belt_speed(leg: LegCycle) -> float:
    """When the ankle last had a share of the belt's speed before it swings forward: in mid-stance it may waver."""
    begin, behind = round(EARLIEST_TOE_OFF * SAMPLES), int(leg.ankle_x.argmin())
    fast = np.flatnonzero(leg.ankle_vx[begin : behind + 1] <= LEFT_SHARE * leg.belt)
    return float(begin + fast[-1] + 1) if len(fast) else float("nan")


def toe_rises(leg: LegCycle) -> float:
    """When the toe was last near where it stood before it is highest; NaN when it hardly rises."""
    begin, end = (round(share * SAMPLES) for share in TOE_WINDOW)
    lowest = begin + int(leg.toe[begin:end].argmin())
    highest = lowest + int(leg.toe[lowest:end].argmax())
    if not leg.toe[highest] > leg.toe[lowest] + FLOOR_GAP:
        return float("nan")
    near = np.flatnonzero(leg.toe[lowest:highest] <= leg.toe[lowest] + FLOOR_GAP)
    return float(lowest + near[-1] + 1)


def body_lowest_over_leg(leg: LegCycle) -> float:
    return leg.lowest


SIDEWAYS, ALONG = frozenset({"side", "oblique"}), frozenset({"rear", "front"})
CUES: dict[str, dict[Cue, frozenset[str]]] = {  # event → cue → views that see it
    "contact": {
        knee_straightest_before_contact: SIDEWAYS,
        ankle_taken_up_by_belt: SIDEWAYS,
        sole_near_floor: SIDEWAYS,
        sole_on_floor: SIDEWAYS,
        body_lowest_over_leg: ALONG,
    },
    "toe_off": {
        knee_straightest_in_late_stance: SIDEWAYS,
        ankle_leaves_belt_speed: SIDEWAYS,
        toe_rises: SIDEWAYS,
        body_lowest_over_leg: ALONG,
    },
}
WITNESSES: tuple[frozenset[Cue], ...] = (  # cues that share their error, since they look at the same thing
    frozenset({sole_near_floor, sole_on_floor}),
    frozenset({ankle_leaves_belt_speed, toe_rises}),
)
OUTVOTED = 2.0  # standard deviations from the median of the cues: beyond it a cue pulls no harder


def vote(leg: LegCycle, event: str, view: str, learned: Calibration) -> tuple[float, float]:
    """(phase of the event, its standard uncertainty in strides): robust weighted mean of the cues that see it.

    Cues that share their error have together the weight of one.
    """
    seen = {cue: cue(leg) / SAMPLES for cue, views in CUES[event].items() if view in views}
    found = {cue: phase for cue, phase in seen.items() if np.isfinite(phase)}
    if not found:
        return float("nan"), float("nan")
    rows = [learned.cue(event, cue.__name__) for cue in found]
    phase = np.array(list(found.values())) - [row.lead for row in rows]
    sd = np.array([row.sd for row in rows])
    alike = [next((len(some & found.keys()) for some in WITNESSES if cue in some), 1) for cue in found]
    weight = 1 / sd**2 / alike
    middle = _weighted_median(phase, weight)
    believed = np.clip(phase, middle - OUTVOTED * sd, middle + OUTVOTED * sd)
    moment = float(np.average(believed, weights=weight))
    disagreement = float(np.average((phase - moment) ** 2, weights=weight)) / float(np.sum(1 / np.array(alike)))
    own = float(np.sqrt(disagreement + 1 / weight.sum()))
    return leg.start + moment, max(own, learned.event_sd(event))


def _weighted_median(values: FloatArray, weights: FloatArray) -> float:
    order = values.argsort()
    middle = np.cumsum(weights[order]) - 0.5 * weights[order]
    return float(np.interp(0.5 * weights.sum(), middle, values[order]))


def leg_cycles(cycle: Cycle, columns: dict[str, int], sideways: bool) -> dict[Side, LegCycle]:
    """The two legs of a mean stride whose coordinates (leg lengths, forward, up) are named by ``columns``."""
    phase = np.arange(SAMPLES) / SAMPLES
    place, speed = cycle.at(phase), cycle.rate_at(phase)
    slope = _floor_slope(place, speed, columns) if sideways else 0.0
    return {side: _leg_cycle(place, speed, columns, side, sideways, slope) for side in ("left", "right")}


def _leg_cycle(
    place: FloatArray, speed: FloatArray, columns: dict[str, int], side: Side, sideways: bool, slope: float
) -> LegCycle:
    def x(joint: str) -> FloatArray:
        return place[:, columns[f"{side}_{joint}_x"]]

    def y(joint: str) -> FloatArray:
        return place[:, columns[f"{side}_{joint}_y"]]

    def forward(joint: str) -> FloatArray:
        return speed[:, columns[f"{side}_{joint}_x"]]

    first = int(x("ankle").argmax()) if sideways else _swing_sample(place, columns, side)
    thigh = np.arctan2(x("knee") - x("hip"), y("hip") - y("knee"))
    shank = np.arctan2(x("ankle") - x("knee"), y("knee") - y("ankle"))
    # each landmark has its own height within the shoe
    heel, toe = (y(joint) - slope * x(joint) for joint in ("heel", "foot_index"))
    sole = np.minimum(heel - heel.min(), toe - toe.min())
    standing = slice(round(0.12 * SAMPLES), round(0.28 * SAMPLES))

    def turn(values: FloatArray) -> FloatArray:
        return np.asarray(np.roll(values, -first))

    return LegCycle(
        start=first / SAMPLES,
        knee=turn(np.degrees(thigh - shank)),
        ankle_x=turn(x("ankle")),
        ankle_vx=turn(forward("ankle")),
        sole=turn(sole),
        toe=turn(y("foot_index")),
        belt=float(np.median(turn(forward("ankle"))[standing])) if sideways else float("nan"),
        lowest=float("nan") if sideways else _lowest_sample(place, columns, first),
    )


def _swing_sample(place: FloatArray, columns: dict[str, int], side: Side) -> int:
    """Sample at which this foot is highest against the other, by the first wave of their difference.

    The picture raises the feet as they go away, both alike: half a stride later the other one is as high.
    """
    other = "right" if side == "left" else "left"
    above = place[:, columns[f"{side}_ankle_y"]] - place[:, columns[f"{other}_ankle_y"]]
    return round(-_turn_of_wave(above, 1) * SAMPLES) % SAMPLES


def _lowest_sample(place: FloatArray, columns: dict[str, int], start: int) -> float:
    """Sample, counted from start, at which the hips are lowest while the leg that was highest at start stands.

    By the wave of two a stride, which takes left and right steps as equally long.
    """
    hips = place[:, columns["left_hip_y"]] + place[:, columns["right_hip_y"]]
    lowest = (0.5 - _turn_of_wave(hips, 2)) / 2 - start / SAMPLES  # strides; the same half a stride on
    beyond = (lowest - MIDSTANCE_BEHIND + 0.25) % 0.5 - 0.25
    return (MIDSTANCE_BEHIND + beyond) * SAMPLES


def _turn_of_wave(values: FloatArray, times: int) -> float:
    """Phase, in turns, of the wave that comes so many times a stride; at 0 it is highest at sample 0."""
    return float(np.angle(np.fft.rfft(values)[times]) / (2 * np.pi))


def _floor_slope(place: FloatArray, speed: FloatArray, columns: dict[str, int]) -> float:
    """Rise of the ground per length forward, from the path of the lowest foot points that move backward."""
    points = []
    for side in ("left", "right"):
        for joint in ("heel", "foot_index"):
            x, y = (place[:, columns[f"{side}_{joint}_{axis}"]] for axis in "xy")
            vx = speed[:, columns[f"{side}_{joint}_x"]]
            points.append(np.stack([x, y], axis=1)[(vx < 0.6 * np.percentile(vx, 5))])
    slope = 0.0
    for _ in range(4):
        slopes = [_slope_of_lowest(p, slope) for p in points]
        slope = float(np.clip(np.median(slopes), -STEEPEST_FLOOR, STEEPEST_FLOOR))
    return slope


def _slope_of_lowest(points: FloatArray, slope: float) -> float:
    height = points[:, 1] - slope * points[:, 0]
    low = points[height < height.min() + FLOOR_GAP]
    return float(np.polyfit(low[:, 0], low[:, 1], 1)[0]) if len(low) > 5 and np.ptp(low[:, 0]) > 0.05 else slope
