"""What is seen from the side: how the body is held, and where and how the foot lands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..datatypes import FloatArray, Outline, StepValue, Trial
from ..gait import USUAL_LEG_M
from . import angles, shoulders
from .body import (
    Body,
    ClipValue,
    Values,
    at_contacts,
    calibration_of,
    clear_legs,
    features,
    lean_deg,
    looks,
    motion_of,
    of_leg,
    stances,
    stride_means,
)
from .registry import Need, metric

FEWEST_LOOKS = 10  # at the trunk's outline: with fewer, its edges are not known to within 2°
RESAMPLES = 60  # of the looks, which give a standard deviation to within a tenth of itself
PCT_PER_ROLL_DEG = 1.65  # hips are 0.95 of leg length above the ankle at contact, which a tilt of 1° shifts by so much
LARGEST_LOOKS_SD_DEG = 5.0  # of a hunch, twice the usual: beyond it the looks did not see the same outline


@metric("Trunk lean", "°", "side", against_gravity=1, responsive=True, postural=True, overlapping=True)
def trunk_lean_deg(trial: Trial) -> Values:
    """Mid-hip to mid-shoulder joint centres against the vertical, mean over the stride, forward positive
    (Teng & Powers 2015 take the mean over stance).
    """
    return stride_means(trial, angles.trunk_lean)


@metric("Bend at the waist", "°", "side", requires={Need.CONTACTS, Need.TOE_OFFS})
def waist_bend_deg(trial: Trial) -> Values:
    """Trunk lean minus the lean of the stance leg (ankle to mid-hip, mean of contact and toe-off): zero when the
    body leans in one line from the ankles. Camera roll cancels.
    """
    leans, found = trunk_lean_deg(trial), stances(trial)
    if not leans or not found:
        return []
    moments, contacts_s = (np.array([at.time_s for at in some]) for some in (leans, [contact for contact, _ in found]))
    nearest = np.searchsorted(0.5 * (moments[1:] + moments[:-1]), contacts_s)
    near = np.abs(moments[nearest] - contacts_s) < 0.25 * trial.gait.stride_s
    lean_at = {float(t): leans[i].value for t, i in zip(contacts_s[near], nearest[near], strict=True)}
    legs = clear_legs(trial)
    known = [(contact, off) for contact, off in found if contact.time_s in lean_at and contact.side in legs]
    body = Body(trial, np.array([(contact.time_s, off.time_s) for contact, off in known]).reshape(-1, 2))
    lines = of_leg([c for c, _ in known], body, lambda b, side: lean_deg(b[f"{side}_ankle"], b.mid("hip")).mean(axis=1))
    return [StepValue(leg.time_s, leg.side, lean_at[leg.time_s] - leg.value) for leg in lines]


@metric(
    "Foot ahead of the hip at contact",
    "% of leg length",
    "side",
    requires={Need.CONTACTS},
    per_leg=True,
    against_gravity=PCT_PER_ROLL_DEG,
)
def overstride_pct_leg(trial: Trial) -> Values:
    """Ankle to mid-hip, horizontally, over thigh + shank (Wille 2014; Lieberman 2015 relate it to braking)."""
    return at_contacts(trial, lambda body, side: 100 * (body[f"{side}_ankle"] - body.mid("hip"))[:, 0] / trial.leg_px)


@metric(
    "Foot ahead of the hip at contact",
    "cm",
    "side",
    requires={Need.CONTACTS, Need.SCALE},
    against_gravity=PCT_PER_ROLL_DEG * USUAL_LEG_M,
)
def overstride_cm(trial: Trial) -> Values:
    """As overstride_pct_leg, scaled by the runner's height."""
    leg_cm = 100 * trial.leg_px / trial.px_per_m
    offset, _ = calibration_of(trial).correction("overstride_pct_leg").at(features(trial))
    return [StepValue(s.time_s, s.side, (s.value + offset) / 100 * leg_cm) for s in overstride_pct_leg(trial)]


@metric("Shin angle at contact", "°", "side", requires={Need.CONTACTS}, against_gravity=1, per_leg=True)
def shin_angle_deg(trial: Trial) -> Values:
    """Knee to ankle from the vertical, positive with the ankle ahead of the knee. Souza 2016 reads it a moment later,
    as the shoe begins to give.
    """
    return at_contacts(trial, angles.shank)


@metric("Knee bend at contact", "°", "side", requires={Need.CONTACTS}, per_leg=True)
def knee_flexion_contact_deg(trial: Trial) -> Values:
    """Thigh against shank at initial contact; 0 is a straight leg."""
    return at_contacts(trial, angles.knee_flexion)


@metric("Neck flexion (trunk to ears)", "°", "side", requires={Need.EARS}, responsive=True, overlapping=True)
def neck_flexion_deg(trial: Trial) -> Values:
    """180° minus the ear–shoulder–hip angle, mean over the stride, + forward: the inclination of the line from
    shoulders to ears minus the trunk's, as ergonomists take it (ISO 11226). Leaning the whole body does not
    change it, nor does camera roll. A head held forward and a rounded back both do: it is not a
    measure of a hunch.
    """
    return stride_means(trial, angles.neck_flexion)


@metric(
    "Craniovertebral angle",
    "°",
    "side",
    requires={Need.EARS},
    against_gravity=1,
    responsive=True,
    postural=True,
    overlapping=True,
)
def craniovertebral_deg(trial: Trial) -> Values:
    """Line from C7 to the ear's tragus above the horizontal, mean over the stride: the smaller it is, the farther
    forward the head. Starts from the shoulders, since pose models lack C7 (calibration.py); the trunk's lean is part
    of it.
    """
    return stride_means(trial, angles.craniovertebral)


@metric("Shoulder hunch (shoulders drawn forward)", "°", "side", requires={Need.EARS, Need.ARMS, Need.OUTLINE})
def shoulder_hunch_deg(trial: Trial) -> ClipValue:
    """The forward shoulder angle: at C7, of the line to the shoulders against the trunk's own, whatever lean and head
    do (Thigpen 2010, who takes the vertical for the trunk).

    From the skin over C7, which lies behind the trunk: nobody has 0. Rendered runners who hold the shoulders back have
    18 to 30, those with shoulders drawn far forward 44 or more. Read from the silhouette about the shoulders and the
    near arm (``shoulders.shape``) by a map of our own, learned on rendered runners: an estimate that shrinks toward the
    average.
    """
    return _mapped(trial, "shoulder_hunch_deg")


@metric("Rounding of the upper back", "°", "side", requires={Need.EARS, Need.ARMS, Need.OUTLINE})
def thoracic_flexion_deg(trial: Trial) -> ClipValue:
    """How far the thorax is bent forward against the lumbar spine: what a rounded back adds to a hunch.

    0 is straight, 25 strongly rounded. Read as ``shoulder_hunch_deg`` is, but the silhouette shows it less surely:
    shoulder blades and loose tops hide the spine.
    """
    return _mapped(trial, "thoracic_flexion_deg")


def _mapped(trial: Trial, name: str) -> ClipValue:
    """What the long map of a metric gives for the looks at the outline."""
    seen = looks(trial)
    if len(seen) < FEWEST_LOOKS:
        return ClipValue.without("outline_not_seen")
    long_map, forward = calibration_of(trial).long_map(name), trial.gait.view.forward

    def values(some: Outline) -> FloatArray:
        return shoulders.shape(replace(trial.track, outline=some), forward)

    known = values(seen)
    if not long_map.believable(known):
        return ClipValue.without("outline_unusual")
    random = np.random.default_rng(0)
    samples = random.integers(len(seen), size=(RESAMPLES, len(seen)))
    looks_sd = float(np.std([long_map.at(values(seen.rows(some))) for some in samples]))
    if looks_sd > LARGEST_LOOKS_SD_DEG:
        return ClipValue.without("outline_unsteady")
    steps = np.floor(2 * np.interp(seen.time_s, motion_of(trial).time_s, motion_of(trial).phase))
    return ClipValue(float(long_map.at(known)), looks_sd, long_map.sd, len(np.unique(steps)))
