"""Clips by name: starting points for the command line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .spec import OUTFITS, Camera, ClipSpec, Company, Form, Recording, Setting

SMALL: dict[str, Any] = {"width_px": 640, "height_px": 360}
HUNCHED = Form(
    cadence_spm=168,
    speed_m_s=2.7,
    lean_point="neck",
    lean_deg=8,
    hunch_deg=34,
    protraction_deg=20,
    shrug_deg=5,
    head_forward_deg=24,
    head_pitch_deg=8,
    elbow_deg=105,
)
OVERSTRIDING = Form(
    cadence_spm=158,
    overstride_m=0.27,
    contact_knee_deg=5,
    strike_pitch_deg=19,
    lean_deg=13,
    bounce_m=0.085,
    duty=0.35,
)
WALKING = Form(
    activity="walking",
    cadence_spm=114,
    speed_m_s=1.2,
    duty=0.62,
    overstride_m=0.286,
    contact_knee_deg=4,
    strike_pitch_deg=18,
    toe_off_pitch_deg=-51,
    swing_knee_deg=62,
    swing_thigh_deg=24,
    bounce_m=0.029,
    step_width_m=0.09,
    lean_deg=2,
    lean_swing_deg=0.8,
    pelvic_tilt_deg=6,
    pelvic_rotation_deg=5,
    pelvic_drop_deg=3.5,
    thorax_rotation_deg=5,
    arm_mean_deg=-2,
    arm_swing_deg=16,
    elbow_deg=22,
    elbow_swing_deg=6,
    arm_abduction_deg=9,
    arm_inward_deg=8,
)
STANDING = Form(
    activity="standing",
    step_width_m=0.16,
    lean_deg=1,
    lean_swing_deg=0,
    pelvic_rotation_deg=0,
    pelvic_drop_deg=0,
    pelvic_tilt_deg=5,
    thorax_rotation_deg=0,
    arm_mean_deg=0,
    arm_swing_deg=0,
    elbow_deg=14,
    elbow_swing_deg=0,
    arm_abduction_deg=9,
    arm_inward_deg=5,
)
LEG_OF_PRESETS_M = 0.877  # the lengths above suit this leg


def scaled(form: Form, leg_m: float) -> Form:
    """The same movement for another leg length: lengths scale with it, speed and step time with its square root."""
    size = leg_m / LEG_OF_PRESETS_M
    return replace(
        form,
        cadence_spm=form.cadence_spm / size**0.5,
        speed_m_s=form.speed_m_s * size**0.5,
        overstride_m=form.overstride_m * size,
        bounce_m=form.bounce_m * size,
    )


_CLIPS = (
    ClipSpec("neutral", Form()),
    ClipSpec("neutral_small_30fps", Form(), camera=Camera(facing="right"), recording=Recording(fps=30, **SMALL)),
    ClipSpec("overstride_lean", OVERSTRIDING, outfit=OUTFITS["red"]),
    ClipSpec("hunched", HUNCHED, body="female", outfit=OUTFITS["grey"]),
    ClipSpec(
        "rear_drop",
        Form(cadence_spm=166, pelvic_drop_deg=8.5, step_width_m=0.02, side_lean_deg=3.5),
        outfit=OUTFITS["coach"],
        camera=Camera("rear"),
    ),
    ClipSpec(
        "track",
        Form(cadence_spm=172, speed_m_s=3.4, overstride_m=0.19, lean_deg=8, duty=0.32),
        outfit=OUTFITS["coach"],
        setting=Setting("track", treadmill=False),
        recording=Recording(seconds=2.8),
    ),
    ClipSpec("walking", WALKING, setting=Setting("busy_gym")),
    ClipSpec(
        "dim_with_company",
        setting=Setting("busy_gym", light="dim"),
        company=Company("standing", "female_short_heavy"),
        recording=Recording(grain=6, **SMALL),
    ),
    ClipSpec(
        "slow_motion",
        recording=Recording(fps=240, file_fps=30, seconds=3, says_capture_fps=True, **SMALL),
    ),
)
PRESETS = {clip.name: clip for clip in _CLIPS}
