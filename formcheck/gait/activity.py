"""Whether someone runs or walks, and whether the clip shows it at the pace of life."""

from __future__ import annotations

import numpy as np

from ..datatypes import Activity, FloatArray, View
from ..knowledge.calibration import Calibration
from .cycle import Cycle

PHASES = 200  # of the mean stride
IN_STEP_DEG = 60.0  # of a step's turn: hips rising and falling neither with the legs nor against them tell nothing
RUNNERS_ONLY = (150.0, 225.0)  # steps/min that nobody walks
WITHOUT_FLIGHT_M_S2 = 4.0  # of the hips' bounce: walkers' 1 to 3, runners' near 9.8, of which a model keeps 0.57 up
USUAL_LEG_M = 0.85  # thigh + shank of an adult, give or take a tenth
LEAST_SWING = 0.15  # leg lengths between the ankles: less is shuffling on the spot
LIKELY_CADENCE = {"running": (125.0, 225.0, 168.0), "walking": (65.0, 150.0, 112.0)}  # steps/min: least, most, usual
USUAL_FACTORS = (1 / 8, 1 / 4, 0.5, 2.0, 4.0, 5.0, 8.0, 10.0, 16.0)  # 60, 120, 240 frames/s played at 24 or 30


def find_activity(cycle: Cycle, columns: dict[str, int], view: View, learned: Calibration) -> Activity:
    """Running when the hips are highest while the legs are apart (flight), walking when highest over one leg.

    A runner's hips bounce like a ball, a walker's ride over the leg like an inverted pendulum (Cavagna 1976).
    Seen from behind, the feet's height difference, largest over one leg, stands in for their distance; the
    feet's coming and going shifts it, by much or little, so that a cadence only runners have is believed first, and
    a bounce too weak for flight is a walker's.
    """
    nobody_walks = RUNNERS_ONLY[0] <= 120 / cycle.stride_s <= RUNNERS_ONLY[1]
    if nobody_walks and not view.sagittal:
        return "running"
    hips, apart = hips_and_feet(cycle, columns, view)
    if np.ptp(apart) < LEAST_SWING:
        return "other"
    usual_lag_deg = learned.perspective("feet_lag_deg", view.name, 0.0)
    off_deg = abs((feet_lag_deg(hips, apart, view) - usual_lag_deg + 180) % 360 - 180)
    if off_deg < IN_STEP_DEG:
        return "running"
    bounce_m = USUAL_LEG_M * abs(_step_wave(hips))  # from its middle
    no_flight = not view.sagittal and bounce_m * (4 * np.pi / cycle.stride_s) ** 2 < WITHOUT_FLIGHT_M_S2
    return "walking" if (off_deg > 180 - IN_STEP_DEG or no_flight) and not nobody_walks else "other"


def hips_and_feet(cycle: Cycle, columns: dict[str, int], view: View) -> tuple[FloatArray, FloatArray]:
    """(height of both hips added up, left foot less right), leg lengths, each (PHASES,) over the mean stride.

    The feet forward from the side, else upward; knees stand in for ankles that are not known.
    """
    place = cycle.at(np.arange(PHASES) / PHASES)
    joint = "ankle" if np.isfinite(place[:, columns["left_ankle_x"]]).all() else "knee"
    axis = "x" if view.sagittal else "y"
    apart = place[:, columns[f"left_{joint}_{axis}"]] - place[:, columns[f"right_{joint}_{axis}"]]
    return place[:, columns["left_hip_y"]] + place[:, columns["right_hip_y"]], apart


def feet_lag_deg(hips: FloatArray, apart: FloatArray, view: View) -> float:
    """How long after the hips are highest the feet look farthest apart (from behind: least), 360° to a step, ±180."""
    separation = apart**2 if view.sagittal else -(apart**2)
    return float(np.degrees(np.angle(_step_wave(hips) * np.conj(_step_wave(separation)))))


def _step_wave(values: FloatArray) -> complex:
    """The wave of two a stride in values over one: half its amplitude, and minus its delay as angle."""
    phase = np.arange(len(values)) / len(values)
    return complex(values @ np.exp(-4j * np.pi * phase)) / len(values)


def likely_factor(cadence: float, activity: Activity) -> float | None:
    """By how much the clip seems slowed (below 1: speeded up), None when its cadence is humanly plausible."""
    if activity not in LIKELY_CADENCE:
        return None
    least, most, usual = LIKELY_CADENCE[activity]
    if least <= cadence <= most:
        return None
    return min(USUAL_FACTORS, key=lambda factor: abs(np.log(cadence * factor / usual)))
