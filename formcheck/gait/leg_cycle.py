"""One leg over the mean stride: what the cues of contact and toe-off look at."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..datatypes import OTHER, SIDES, FloatArray, Gait, PoseTrack, Side
from .cycle import Cycle, fit_series
from .legs import LegCoordinates, leg_coordinates

SAMPLES = 400  # of the mean stride: 1.7 ms at 170 steps/min
CONTACT_WINDOW = 0.35  # of a stride after the foot was farthest forward
FOOT = ("heel", "foot_index")
FLOOR_GAP = 0.04  # leg lengths: a foot this near the floor stands on it (landmarks sit inside the shoe)
STEEPEST_FLOOR = 0.15  # largest slope of belt or ground that is accepted
SLOPE_ROUNDS = 4  # starting from a level floor: which points are lowest depends on the slope
DRAWN_BACK = 0.6  # of a foot's top speed backward: a foot this fast moves with the ground
STANDING = (0.12, 0.28)  # of a stride after the foot was farthest forward
MIDSTANCE_BEHIND = 0.5  # of a stride after the foot was highest, where a leg's cycle starts when seen from behind


@dataclass(frozen=True)
class LegCycle:
    """One leg over the mean stride, from the moment it is farthest forward (from behind: highest); (SAMPLES,) arrays.

    Positions in leg lengths from the mid-hip's slow path, x forward, y up; speeds per stride.
    """

    start: float  # phase of sample 0
    knee: FloatArray  # flexion, degrees
    ankle_x: FloatArray
    ankle_vx: FloatArray
    sole: FloatArray  # the lower of heel and toe, each above its lowest position; NaN without feet
    toe: FloatArray  # height; NaN without feet
    raised: FloatArray  # ankle above its lowest position
    belt: float = float("nan")  # speed of the standing foot, negative; NaN from behind
    lowest: float = float("nan")  # sample at which the body is lowest over this leg; NaN from the side
    contact: float = float("nan")  # sample; NaN while it is not known

    @property
    def clearance(self) -> FloatArray:
        """Height of the sole, or of the ankle where a pose model has no feet, above its lowest position."""
        return self.sole if np.isfinite(self.sole).all() else self.raised


def leg_cycles_of(track: PoseTrack, gait: Gait) -> dict[Side, LegCycle]:
    """Both legs over the mean stride of a gait that was found: what the contact cues look at."""
    legs, cycle = legs_over_stride(track, gait)
    return leg_cycles(cycle, legs.columns, gait.view.sagittal)


def legs_over_stride(track: PoseTrack, gait: Gait) -> tuple[LegCoordinates, Cycle]:
    """The legs in every frame of a gait's motion, as far as they are seen, and their mean stride."""
    assert gait.motion is not None
    rows = np.searchsorted(track.time_s, gait.motion.time_s)
    legs = leg_coordinates(track, rows, gait.view, 1 / gait.stride_s)
    series = fit_series(gait.motion.phase, legs.values, (gait.motion.series.shape[1] - 1) // 2)
    return legs, Cycle(gait.motion.phase, series, gait.motion.fit, gait.stride_s)


def leg_cycles(cycle: Cycle, columns: dict[str, int], sagittal: bool) -> dict[Side, LegCycle]:
    """The two legs of a mean stride whose coordinates (leg lengths, forward, up) are named by ``columns``."""
    legs = _Legs.of(cycle, columns)
    if not sagittal:
        return {side: _seen_from_behind(legs, side) for side in SIDES}
    slope = _floor_slope(legs)
    return {side: _seen_from_the_side(legs, side, slope) for side in SIDES}


@dataclass(frozen=True)
class _Legs:
    """Both legs at SAMPLES phases of the mean stride: (SAMPLES, k) leg lengths, and their change per stride."""

    place: FloatArray
    speed: FloatArray
    columns: dict[str, int]

    @classmethod
    def of(cls, cycle: Cycle, columns: dict[str, int]) -> _Legs:
        phase = np.arange(SAMPLES) / SAMPLES
        return cls(cycle.at(phase), cycle.rate_at(phase), columns)

    def x(self, side: Side, joint: str) -> FloatArray:
        return self.place[:, self.columns[f"{side}_{joint}_x"]]

    def y(self, side: Side, joint: str) -> FloatArray:
        return self.place[:, self.columns[f"{side}_{joint}_y"]]

    def vx(self, side: Side, joint: str) -> FloatArray:
        return self.speed[:, self.columns[f"{side}_{joint}_x"]]

    def above(self, side: Side, joint: str, slope: float) -> FloatArray:
        """Height over ground of this slope, above its lowest: each landmark has its own height within the shoe."""
        height = self.y(side, joint) - slope * self.x(side, joint)
        return np.asarray(height - height.min())

    @property
    def soles(self) -> tuple[str, ...]:
        """The joints that touch the ground: those of the feet, or the ankle for a pose model without feet."""
        feet = [self.columns[f"{side}_{joint}_y"] for side in SIDES for joint in FOOT]
        return FOOT if np.isfinite(self.place[:, feet]).all() else ("ankle",)


def _seen_from_the_side(legs: _Legs, side: Side, slope: float) -> LegCycle:
    cycle = _leg_cycle(legs, side, slope, int(legs.x(side, "ankle").argmax()))
    standing = slice(round(STANDING[0] * SAMPLES), round(STANDING[1] * SAMPLES))
    return replace(cycle, belt=float(np.median(cycle.ankle_vx[standing])))


def _seen_from_behind(legs: _Legs, side: Side) -> LegCycle:
    first = _swing_sample(legs, side)
    return replace(_leg_cycle(legs, side, 0.0, first), lowest=_lowest_sample(legs, first))


def _leg_cycle(legs: _Legs, side: Side, slope: float, first: int) -> LegCycle:
    """The leg from its sample ``first`` on, over ground of this slope."""
    hip, knee, ankle = (np.stack([legs.x(side, j), legs.y(side, j)]) for j in ("hip", "knee", "ankle"))
    thigh, shank = (np.arctan2(low[0] - high[0], high[1] - low[1]) for high, low in ((hip, knee), (knee, ankle)))
    heel, toe, raised = (legs.above(side, joint, slope) for joint in (*FOOT, "ankle"))

    def turned(values: FloatArray) -> FloatArray:
        return np.asarray(np.roll(values, -first))

    return LegCycle(
        start=first / SAMPLES,
        knee=turned(np.degrees(thigh - shank)),
        ankle_x=turned(ankle[0]),
        ankle_vx=turned(legs.vx(side, "ankle")),
        sole=turned(np.minimum(heel, toe)),
        toe=turned(toe),
        raised=turned(raised),
    )


def _swing_sample(legs: _Legs, side: Side) -> int:
    """Sample at which this foot is highest relative to the other, by the first harmonic of their difference.

    In the picture feet rise as they move away, both alike: half a stride later the other one is as high.
    """
    return round(-_turn_of_wave(legs.y(side, "ankle") - legs.y(OTHER[side], "ankle"), 1) * SAMPLES) % SAMPLES


def _lowest_sample(legs: _Legs, start: int) -> float:
    """Sample, counted from start, at which the hips are lowest while the leg highest at start is standing.

    By the second harmonic, which treats left and right steps as equally long.
    """
    turn = _turn_of_wave(legs.y("left", "hip") + legs.y("right", "hip"), 2)
    lowest = (0.5 - turn) / 2 - start / SAMPLES  # strides; it recurs half a stride later
    beyond = (lowest - MIDSTANCE_BEHIND + 0.25) % 0.5 - 0.25
    return (MIDSTANCE_BEHIND + beyond) * SAMPLES


def _turn_of_wave(values: FloatArray, times: int) -> float:
    """Phase, in turns, of the wave with this many cycles a stride; at 0 it is highest at sample 0."""
    return float(np.angle(np.fft.rfft(values)[times]) / (2 * np.pi))


def _floor_slope(legs: _Legs) -> float:
    """Rise of the ground per unit length forward, from the path of the lowest foot points that move backward."""
    points = []
    for side in SIDES:
        for joint in legs.soles:
            vx = legs.vx(side, joint)
            path = np.stack([legs.x(side, joint), legs.y(side, joint)], axis=1)
            points.append(path[vx < DRAWN_BACK * np.percentile(vx, 5)])
    slope = 0.0
    for _ in range(SLOPE_ROUNDS):
        slopes = [_slope_of_lowest(p, slope) for p in points]
        slope = float(np.clip(np.median(slopes), -STEEPEST_FLOOR, STEEPEST_FLOOR))
    return slope


def _slope_of_lowest(points: FloatArray, slope: float) -> float:
    height = points[:, 1] - slope * points[:, 0]
    low = points[height < height.min() + FLOOR_GAP]
    return float(np.polyfit(low[:, 0], low[:, 1], 1)[0]) if len(low) > 5 and np.ptp(low[:, 0]) > 0.05 else slope
