"""Whether someone runs or walks, and whether the clip shows it at the pace of life."""

from __future__ import annotations

import numpy as np

from ..datatypes import Activity, View
from .cycle import Cycle

IN_STEP_DEG = 60.0  # of a step's turn: hips rising and falling neither with the legs nor against them tell nothing
RUNNERS_ONLY = (150.0, 225.0)  # steps/min that nobody walks
FEET_LATE_DEG = {"rear": 30.0, "front": -115.0}  # of a step's turn, as perspective shows runners' feet; rendered ones
WITHOUT_FLIGHT_M_S2 = 4.0  # of the hips' bounce: walkers' 1 to 3, runners' near 9.8, of which a model keeps 0.57 up
USUAL_LEG_M = 0.85  # thigh + shank of an adult, give or take a tenth
LEAST_SWING = 0.15  # leg lengths between the ankles: less is shuffling on the spot
LIKELY_CADENCE = {"running": (125.0, 225.0, 168.0), "walking": (65.0, 150.0, 112.0)}  # steps/min: least, most, usual
USUAL_FACTORS = (1 / 8, 1 / 4, 0.5, 2.0, 4.0, 5.0, 8.0, 10.0, 16.0)  # 60, 120, 240 frames/s played at 24 or 30


def find_activity(cycle: Cycle, columns: dict[str, int], view: View) -> Activity:
    """Running when the hips are highest while the legs are apart (flight), walking when highest over one leg.

    A runner's hips bounce like a ball, a walker's ride over the leg like an inverted pendulum (Cavagna 1976).
    Seen from behind, the feet's height difference, largest over one leg, stands in for their distance; the
    feet's coming and going shifts it, by much or little, so that a cadence only runners have is believed first, and
    a bounce too weak for flight is a walker's.
    """
    nobody_walks = RUNNERS_ONLY[0] <= 120 / cycle.stride_s <= RUNNERS_ONLY[1]
    if nobody_walks and not view.sagittal:
        return "running"
    phase = np.arange(200) / 200
    place = cycle.at(phase)
    joint = "ankle" if np.isfinite(place[:, columns["left_ankle_x"]]).all() else "knee"
    axis = "x" if view.sagittal else "y"
    apart = place[:, columns[f"left_{joint}_{axis}"]] - place[:, columns[f"right_{joint}_{axis}"]]
    hips = place[:, columns["left_hip_y"]] + place[:, columns["right_hip_y"]]
    if np.ptp(apart) < LEAST_SWING:
        return "other"
    twice = np.exp(-4j * np.pi * phase)
    separation = apart**2 if view.sagittal else -(apart**2)
    late = np.radians(FEET_LATE_DEG.get(view.name, 0.0))
    lag_deg = abs(np.degrees(np.angle((hips @ twice) * np.conj(separation @ twice) * np.exp(-1j * late))))
    if lag_deg < IN_STEP_DEG:
        return "running"
    bounce_m = USUAL_LEG_M * abs(hips @ twice) / len(phase)  # from its middle
    no_flight = not view.sagittal and bounce_m * (4 * np.pi / cycle.stride_s) ** 2 < WITHOUT_FLIGHT_M_S2
    return "walking" if (lag_deg > 180 - IN_STEP_DEG or no_flight) and not nobody_walks else "other"


def likely_factor(cadence: float, activity: Activity) -> float | None:
    """By how much the clip seems slowed (below 1: speeded up), None when its cadence is humanly plausible."""
    if activity not in LIKELY_CADENCE:
        return None
    least, most, usual = LIKELY_CADENCE[activity]
    if least <= cadence <= most:
        return None
    return min(USUAL_FACTORS, key=lambda factor: abs(np.log(cadence * factor / usual)))
