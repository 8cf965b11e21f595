"""One leg over the mean stride: what the cues of contact and toe-off look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..datatypes import SIDES, FloatArray, Gait, PoseTrack, Side
from .cycle import Cycle, fit_series
from .legs import leg_coordinates

SAMPLES = 400  # of the mean stride: 1.7 ms at 170 steps/min
CONTACT_WINDOW = 0.35  # of a stride after the foot was farthest forward
FLOOR_GAP = 0.04  # leg lengths: a foot this near the floor stands on it (landmarks sit inside the shoe)
STEEPEST_FLOOR = 0.15  # slope of belt or ground that is believed
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


def leg_cycles_of(track: PoseTrack, gait: Gait) -> dict[Side, LegCycle]:
    """Both legs over the mean stride of a gait that was found: what the contact cues look at."""
    cycle, columns = legs_over_stride(track, gait)
    return leg_cycles(cycle, columns, gait.view.sagittal)


def legs_over_stride(track: PoseTrack, gait: Gait) -> tuple[Cycle, dict[str, int]]:
    """(mean stride of a gait that was found, in leg coordinates; which of them is which)."""
    assert gait.motion is not None
    rows = np.searchsorted(track.time_s, gait.motion.time_s)
    legs = leg_coordinates(track, rows, gait.view, 1 / gait.stride_s)
    series = fit_series(gait.motion.phase, legs.values, (gait.motion.series.shape[1] - 1) // 2)
    return Cycle(gait.motion.phase, series, gait.motion.fit, gait.stride_s), legs.columns


def leg_cycles(cycle: Cycle, columns: dict[str, int], sagittal: bool) -> dict[Side, LegCycle]:
    """The two legs of a mean stride whose coordinates (leg lengths, forward, up) are named by ``columns``."""
    phase = np.arange(SAMPLES) / SAMPLES
    place, speed = cycle.at(phase), cycle.rate_at(phase)
    slope = _floor_slope(place, speed, columns) if sagittal else 0.0
    return {side: _leg_cycle(place, speed, columns, side, sagittal, slope) for side in SIDES}


def _leg_cycle(
    place: FloatArray, speed: FloatArray, columns: dict[str, int], side: Side, sagittal: bool, slope: float
) -> LegCycle:
    def x(joint: str) -> FloatArray:
        return place[:, columns[f"{side}_{joint}_x"]]

    def y(joint: str) -> FloatArray:
        return place[:, columns[f"{side}_{joint}_y"]]

    def forward(joint: str) -> FloatArray:
        return speed[:, columns[f"{side}_{joint}_x"]]

    first = int(x("ankle").argmax()) if sagittal else _swing_sample(place, columns, side)
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
        belt=float(np.median(turn(forward("ankle"))[standing])) if sagittal else float("nan"),
        lowest=float("nan") if sagittal else _lowest_sample(place, columns, first),
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
    for side in SIDES:
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
