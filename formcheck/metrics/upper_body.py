"""What a side view shows of head, arms and trunk; and what it does not show, which is therefore never measured."""

from __future__ import annotations

import numpy as np

from ..datatypes import Trial
from . import angles
from .body import Values, near_side, over_strides, stride_means
from .registry import Need, metric


@metric(
    "Head pitched down",
    "°",
    "side",
    requires={Need.EARS, Need.NOT_FROM_BELOW},
    against_gravity=1,
    responsive=True,
    overlapping=True,
)
def head_pitch_deg(trial: Trial) -> Values:
    """Ear to nose below the horizontal, mean over the stride; looking straight ahead it is about 6° to 10°. Leaning or
    rounding the back does not change it by itself.
    """
    return stride_means(trial, angles.head_pitch)


# By how much more the rocking is misread of runners unlike those that corrections were learned from: of 72 (joggers,
# and arms held otherwise) it was off by 1.3° (root mean square), and the interval without this held in 66.
OTHERS_ROCKING_SD_DEG = 0.6


@metric(
    "Trunk rocking forward and back",
    "°",
    "side",
    requires={Need.NOT_FROM_ABOVE},
    own_sd=lambda _trial: OTHERS_ROCKING_SD_DEG,
    minimum=0.0,
    overlapping=True,
)
def trunk_rocking_deg(trial: Trial) -> Values:
    """Largest minus smallest lean of the trunk within a stride; camera roll cancels."""
    return over_strides(trial, angles.trunk_lean, np.ptp, endpoint=True)


@metric("Arm swing, near arm", "°", "side", requires={Need.ARMS, Need.NOT_FROM_BELOW}, minimum=0.0, overlapping=True)
def arm_swing_deg(trial: Trial) -> Values:
    """Range of the upper arm against the trunk within a stride. The far arm is hidden behind the body."""
    side = near_side(trial)
    return over_strides(trial, lambda body: angles.shoulder_flexion(body, side), np.ptp, endpoint=True)


@metric("Elbow angle, near arm", "°", "side", requires={Need.ARMS}, responsive=True, minimum=0.0, overlapping=True)
def elbow_angle_deg(trial: Trial) -> Values:
    """Upper arm against forearm in the picture, mean over the stride; 180° is a straight arm."""
    return stride_means(trial, lambda body: angles.elbow(body, near_side(trial)))


@metric("Shoulder shrug", "%", "side", refused="shrug_not_followed")
def shoulder_shrug_pct(_trial: Trial) -> Values:
    """Ear-to-shoulder height over trunk length. On rendered runners it had nothing to do with how far their shoulders
    were drawn up (rank correlation 0.00 over 22 clips).
    """
    return []


@metric("Forward tilt of the pelvis", "°", "side", refused="pelvis_not_seen")
def pelvic_tilt_deg(_trial: Trial) -> Values:
    """A pose model's hips are two points, one behind the other from the side: a line needs the front and the back of
    the pelvis, which pose models do not look for.
    """
    return []


@metric("Jolt of the trunk at landing", "g", "side", refused="jolt_not_seen")
def trunk_jolt_g(_trial: Trial) -> Values:
    """Impact lasts 10 to 30 ms, one or two frames; the cleaned track holds nothing that fast."""
    return []
