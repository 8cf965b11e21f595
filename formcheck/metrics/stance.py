"""What is seen from the side of the leg on the ground: how the foot lands, the knee gives and the hip opens."""

from __future__ import annotations

import numpy as np

from ..datatypes import FloatArray, StepValue, Trial
from .body import STRIDE_SAMPLES, Body, Values, knee_bend_deg, lean_deg, motion_of, over_stances, seen_legs, stances
from .registry import Need, metric

FLAT = 0.4  # of the stance: the whole sole is on the ground
LOADED = 0.6  # of the stance: by then the knee has given most; later, a wrong toe-off would take swing in
OPEN_STRIDES = 0.6  # after contact: by then the thigh has been farthest behind


def _sole_deg(body: Body, side: str) -> FloatArray:
    """Heel to toe above the horizontal."""
    return 90 - lean_deg(body[f"{side}_heel"], body[f"{side}_foot_index"])


@metric("Foot angle at contact", "°", "side", requires={Need.FEET, Need.CONTACTS}, per_leg=True)
def foot_inclination_deg(trial: Trial) -> Values:
    """Sole at initial contact against the same sole flat on the ground: above 0 the heel lands first, below 0 the
    forefoot. The camera's roll and the slope of the belt cancel. No angle is better for the back (Souza 2016).
    """
    legs = seen_legs(trial)
    out = []
    for contact, off in stances(trial):
        if contact.side in legs:
            flat = contact.time_s + FLAT * (off.time_s - contact.time_s)
            landing, lying = _sole_deg(Body(trial, np.array([contact.time_s, flat])), contact.side)
            out.append(StepValue(contact.time_s, contact.side, float(landing - lying)))
    return out


@metric("Knee bend in stance, largest", "°", "side", requires={Need.CONTACTS}, per_leg=True)
def knee_flexion_stance_deg(trial: Trial) -> Values:
    """Thigh against shank while the leg takes the load (Souza 2016: about 45°)."""
    return over_stances(trial, lambda body, side: float(knee_bend_deg(body, side).max()), LOADED)


@metric("Thigh behind the body", "°", "side", requires={Need.CONTACTS}, against_gravity=True, per_leg=True)
def trailing_thigh_deg(trial: Trial) -> Values:
    """Hip to knee behind the vertical, largest about toe-off. Against gravity: an angle at the hip would include the
    trunk's lean (and read 8° ± 9° off on rendered runners); how the pelvis tilts is not seen (Souza 2016)."""
    legs, moments = seen_legs(trial), np.linspace(0, OPEN_STRIDES * trial.gait.stride_s, STRIDE_SAMPLES)
    last, out = motion_of(trial).time_s[-1] - moments[-1], []
    for contact in trial.gait.contacts:
        if contact.side in legs and contact.time_s < last:
            body = Body(trial, contact.time_s + moments)
            thigh = lean_deg(body[f"{contact.side}_knee"], body[f"{contact.side}_hip"])
            out.append(StepValue(contact.time_s, contact.side, float(thigh.max())))
    return out
