"""What a side view shows of the leg on the ground: how the foot lands, the knee gives and the hip opens."""

from __future__ import annotations

import numpy as np

from ..datatypes import Trial
from . import angles
from .body import (
    STANCE_SAMPLES,
    STRIDE_SAMPLES,
    Body,
    Values,
    motion_of,
    of_leg,
    seen_legs,
    sure_stances,
    through,
)
from .registry import Need, metric

FLAT = 0.4  # of the stance: the whole sole is on the ground
LOADED = 0.6  # of the stance: by then the knee has given most; later, a wrong toe-off would include swing
OPEN_STRIDES = 0.6  # after contact: by then the thigh has been farthest behind


@metric("Foot angle at contact", "°", "side", requires={Need.FEET, Need.CONTACTS, Need.TOE_OFFS}, per_leg=True)
def foot_inclination_deg(trial: Trial) -> Values:
    """Sole at initial contact against the same sole flat on the ground: above 0 the heel lands first, below 0 the
    forefoot. The camera's roll and the slope of the belt cancel. Souza 2016 gives no cut-off, and did not study backs.
    """
    contacts, begin_s, lasts_s = sure_stances(trial)
    body = Body(trial, np.stack([begin_s, begin_s + FLAT * lasts_s], axis=1))
    return of_leg(contacts, body, lambda body, side: -np.diff(angles.sole(body, side))[:, 0])


@metric("Knee bend in stance, largest", "°", "side", requires={Need.CONTACTS, Need.TOE_OFFS}, per_leg=True)
def knee_flexion_stance_deg(trial: Trial) -> Values:
    """Thigh against shank while the leg takes the load (Souza 2016: about 45°)."""
    contacts, begin_s, lasts_s = sure_stances(trial)
    body = through(trial, begin_s, begin_s + LOADED * lasts_s, STANCE_SAMPLES)
    return of_leg(contacts, body, lambda body, side: angles.knee_flexion(body, side).max(axis=1))


@metric("Thigh behind the body", "°", "side", requires={Need.CONTACTS}, against_gravity=1, per_leg=True)
def trailing_thigh_deg(trial: Trial) -> Values:
    """Hip to knee behind the vertical, largest around toe-off. Not the hip angle: that would include the
    trunk's lean (and read 8° ± 9° off on rendered runners); how the pelvis tilts is not seen."""
    legs, opens_s = seen_legs(trial), OPEN_STRIDES * trial.gait.stride_s
    last = motion_of(trial).time_s[-1] - opens_s
    contacts = [e for e in trial.gait.contacts if e.side in legs and e.time_s < last]
    begin_s = np.array([contact.time_s for contact in contacts])
    body = through(trial, begin_s, begin_s + opens_s, STRIDE_SAMPLES)
    return of_leg(contacts, body, lambda b, side: (-angles.thigh(b, side)).max(axis=1))
