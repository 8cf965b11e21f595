"""PoseTrack → Gait, one step after another, and why contacts are not read where they cannot be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..backends import DEFAULT_BACKEND, is_lighter
from ..datatypes import SIDES, FloatArray, Gait, PoseTrack
from ..knowledge import calibration
from ..knowledge.calibration import Calibration
from .activity import Signs, find_activity, pace_of, plays_backwards
from .cycle import Cycle, fit_cycle
from .events import UNSURE_SD, moments, out_of_step, votes
from .leg_cycle import SAMPLES, leg_cycles, legs_over_stride
from .legs import LegCoordinates, both_legs_seen, feet_seen, leg_coordinates, leg_length_px, short_shank
from .motion import camera_stays, find_motion
from .resampling import scatter
from .rhythm import find_rhythm
from .view import find_surface, find_view, upright

FIT_RHYTHMIC = 0.5  # below this nothing repeats well enough to be called a gait
DUTY = (0.12, 0.75)  # contact time / stride that is possible for legs; outside, contacts and toe-offs are not trusted
OUT_OF_STEP = 0.12  # strides: if left and right contacts miss half a stride apart by more, they are not trusted


def find_gait(track: PoseTrack, wanted_view: str = "auto", told: float | None = None) -> Gait:
    """What the person does, from where it is seen, and when feet touch and leave the ground, in one of ``stretches``.

    told: how many times slower than real time the user said that the file plays.
    """
    view = find_view(track, wanted_view)
    if view.name == "none":
        return Gait(view, "other", "unknown")
    warnings: tuple[str, ...] = ()
    if wanted_view not in ("auto", view.name):
        warnings = (f"this does not look like a {wanted_view} view and is treated as {view.name}",)
    rhythm = find_rhythm(track)
    if not rhythm.fit >= FIT_RHYTHMIC:
        return Gait(view, "other", find_surface(track, view), warnings=(*warnings, "no repeated steps were found"))
    legs = leg_coordinates(track, rhythm.rows, view, rhythm.frequency_hz)
    cycle = fit_cycle(legs.time_s, legs.values, rhythm.frequency_hz)
    motion = find_motion(track, rhythm.rows, cycle, rhythm.fit)
    signs = Signs.of(motion, track.landmarks, cycle.stride_s, leg_length_px(track, view))
    activity = find_activity(cycle, legs.columns, view, calibration.of(track.model), signs)
    if not upright(track) or (activity == "walking" and not both_legs_seen(track)):
        activity = "other"
    likely_factor, likely = pace_of(signs, activity, told)
    gait = Gait(
        view,
        activity,
        find_surface(track, view, cycle.strides),
        stride_s=cycle.stride_s,
        likely_factor=likely_factor,
        pace_likely=likely,
        motion=motion,
        camera_stays=camera_stays(track),
        backwards=activity == "running" and view.sagittal and plays_backwards(cycle, legs.columns),
        warnings=warnings,
    )
    if activity == "other" or gait.backwards:
        return gait
    if len(motion.time_s) > len(legs.time_s):  # frames in which one foot is hidden show the other
        legs, cycle = legs_over_stride(track, gait)
    return _with_events(gait, track, legs, cycle, rhythm.fit)


def _with_events(gait: Gait, track: PoseTrack, legs: LegCoordinates, cycle: Cycle, fit: float) -> Gait:
    unread = _unread(gait, track, legs, fit)
    if unread:
        return _warned(gait, unread)

    def read(mean_stride: Cycle) -> tuple[FloatArray, FloatArray]:
        return _event_phases(mean_stride, legs, gait, calibration.of(track.model))

    phase, sd = read(cycle)
    sd = np.hypot(sd, scatter(cycle, legs.values, lambda other: read(other)[0]))
    contact_sd, toe_off_sd = sd.max(axis=1).tolist()
    better = f" (`model={DEFAULT_BACKEND}` sees feet better)" if is_lighter(track.model) else ""
    if not out_of_step(*phase[0]) <= OUT_OF_STEP:  # also when one foot's contacts were not found
        return _warned(gait, f"left and right could not be told apart surely enough to read contacts{better}")
    if not contact_sd <= UNSURE_SD:
        unclear = "when in the stride the feet come down is not clear enough: no contacts can be read"
        return _warned(gait, unclear + better)
    contacts, toe_offs = (moments(track, legs.time_s, cycle, *of_event) for of_event in zip(phase, sd, strict=True))
    if not toe_off_sd <= UNSURE_SD:
        return replace(_warned(gait, "the moment the feet leave the ground could not be read"), contacts=contacts)
    duty = (phase[1] - phase[0]) % 1
    if not ((duty > DUTY[0]) & (duty < DUTY[1])).all():  # both look sure, and one of them is wrong
        return _warned(gait, f"feet seem to stand for longer or shorter than they can: no contacts can be read{better}")
    return replace(gait, contacts=contacts, toe_offs=toe_offs)


def _event_phases(
    cycle: Cycle, legs: LegCoordinates, gait: Gait, learned: Calibration
) -> tuple[FloatArray, FloatArray]:
    """((2, 2) phases of contact and toe-off, of the left and the right foot; (2, 2) their standard uncertainties)."""
    sides = leg_cycles(cycle, legs.columns, gait.view.sagittal)
    contact = votes(sides, "contact", gait, learned)
    landed = {side: replace(leg, contact=(contact[side].phase - leg.start) * SAMPLES) for side, leg in sides.items()}
    toe_off = votes(landed, "toe_off", gait, learned)
    found = np.array([[event[side] for side in SIDES] for event in (contact, toe_off)])
    return found[..., 0], found[..., 1]


def _unread(gait: Gait, track: PoseTrack, legs: LegCoordinates, fit: float) -> str | None:
    """Why no contacts are looked for, None where they are."""
    sagittal, learned = gait.view.sagittal, calibration.of(track.model)
    if not learned.has("events", "contact"):
        return "when feet land and lift off has not been learned for this pose model: no contacts can be read"
    if not sagittal and gait.activity != "running":
        return "contacts of a walker can only be read from the side"
    if not sagittal and fit < learned.threshold("frontal_fit"):
        return "the legs hide each other too often: no contacts can be read"
    if not feet_seen(track, gait.view, np.isin(track.time_s, legs.time_s)):
        return "the feet are out of the picture or hidden: no contacts can be read"
    if gait.view.name == "side" and short_shank(track, legs.time_s) > learned.threshold("short_shank"):
        return "legs look too short at times, as if they were somebody else's: no contacts can be read"
    return None


def _warned(gait: Gait, warning: str) -> Gait:
    return replace(gait, warnings=(*gait.warnings, warning))
