"""What is seen from behind or from the front: how trunk and shoulders sway, and how close feet and knees pass.

Sideways is + to the runner's right. What landmarks cannot show from there is in the table too, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ..datatypes import OTHER, SIDES, FloatArray, Side, StepValue, Trial
from . import angles
from .body import Body, Values, over_strides, stances, stride_means, to_right
from .registry import Need, metric


@metric("Sideways sway of the trunk", "°", "rear", "front", minimum=0.0, overlapping=True)
def trunk_sway_deg(trial: Trial) -> Values:
    """Mid-hip to mid-shoulder from the vertical: half its range from leftmost to rightmost in each stride. A tilted
    camera and a constant lean cancel.
    """
    return _half_ranges(trial, angles.trunk_lean)


@metric("Side lean", "°", "rear", "front", against_gravity=1, overlapping=True)
def side_lean_deg(trial: Trial) -> Values:
    """Mid-hip to mid-shoulder from the vertical, mean over the stride, + to the runner's right. A camera off the line
    of running mistakes forward lean for side lean; that is most of its error.
    """
    return stride_means(trial, lambda body: angles.side_lean(body, to_right(trial)))


@metric("Tilting of the shoulder line", "°", "rear", "front", minimum=0.0, overlapping=True)
def shoulder_tilt_deg(trial: Trial) -> Values:
    """Shoulder to shoulder against the horizontal: half of its range in each stride."""
    return _half_ranges(trial, lambda body: angles.shoulder_line(body, to_right(trial)))


@metric("Step width", "% of leg length", "rear", "front", requires={Need.CONTACTS, Need.TOE_OFFS})
def step_width_pct_leg(trial: Trial) -> Values:
    """Sideways from one ankle to the other, each in the middle of its contact, over thigh + shank; negative when the
    feet cross. What a camera off the line of running adds to one foot it takes from the other.
    """
    moments = list(_midstances(trial))
    body = Body(trial, np.array([time for time, _ in moments]))
    ankle = {side: 100 * to_right(trial) * body[f"{side}_ankle"][:, 0] / trial.leg_px for side in SIDES}
    out = []
    for i, (time, side) in enumerate(moments[1:]):
        apart = float(ankle[side][i + 1] - ankle[OTHER[side]][i])
        out.append(StepValue(time, side, apart if side == "right" else -apart))
    return out


@metric("Distance between the knees", "% of leg length", "rear", "front", requires={Need.CONTACTS, Need.TOE_OFFS})
def knee_window_pct_leg(trial: Trial) -> Values:
    """Sideways from knee joint to knee joint in mid-contact, over thigh + shank; negative when they cross."""
    moments = list(_midstances(trial))
    body = Body(trial, np.array([time for time, _ in moments]))
    apart = 100 * to_right(trial) * (body["right_knee"] - body["left_knee"])[:, 0] / trial.leg_px
    return [StepValue(time, side, float(a)) for (time, side), a in zip(moments, apart, strict=True)]


@metric("Pelvic drop", "°", "rear", refused="pelvis_unseen")
def pelvic_drop_deg(_trial: Trial) -> Values:
    """Fall of the swinging leg's hip in the middle of contact.

    Not given: on 17 rendered clips with drops of 0.1–9.8° the line through the hip landmarks hardly followed
    (r = 0.15–0.48, depending on how it is read), and the best straight line left errors of 2.5–3.4° where runners
    differ by 2.8°.
    """
    return []


@metric("Twist of shoulders against hips", "°", "rear", "front", refused="turning_unseen")
def trunk_twist_deg(_trial: Trial) -> Values:
    """About the body's long axis. Not given: 20° of turning narrow a line by 6 %, and in the pose model's depth 15–28°
    read as 3–14°, which leaves errors of 3.3° where runners differ by 3.8° (17 rendered clips).
    """
    return []


@metric("Heel whip", "°", "rear", refused="heel_unseen")
def heel_whip_deg(_trial: Trial) -> Values:
    """Turn of the foot in early swing (Souza 2015). Not given: the foot has two landmarks, which hide each other."""
    return []


@metric("Heel eversion", "°", "rear", refused="heel_unseen")
def heel_eversion_deg(_trial: Trial) -> Values:
    """Tilt of the heel against the shank. Not given: the heel is one landmark and has no tilt; sparse skeletons agree
    with markers within ± 24° only.
    """
    return []


def _half_ranges(trial: Trial, value: Callable[[Body], FloatArray]) -> Values:
    """Half of the range of a value over every stride."""
    return over_strides(trial, lambda body: 0.5 * value(body), np.ptp)


def _midstances(trial: Trial) -> Iterator[tuple[float, Side]]:
    """(time, side) of the middle of every contact."""
    for contact, off in stances(trial):
        yield 0.5 * (contact.time_s + off.time_s), contact.side
