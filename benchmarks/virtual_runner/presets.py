"""Clips by name: starting points for the command line."""

from __future__ import annotations

from .spec import OUTFITS, Camera, Clip, Form, Recording

SMALL = {"width_px": 640, "height_px": 360}
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

_CLIPS = (
    Clip("neutral", Form()),
    Clip("neutral_small_30fps", Form(), camera=Camera(facing="right"), recording=Recording(fps=30, **SMALL)),
    Clip("overstride_lean", OVERSTRIDING, outfit=OUTFITS["red"]),
    Clip("hunched", HUNCHED, body="female", outfit=OUTFITS["grey"]),
    Clip(
        "rear_drop",
        Form(cadence_spm=166, pelvic_drop_deg=8.5, step_width_m=0.02, side_lean_deg=3.5),
        outfit=OUTFITS["coach"],
        camera=Camera("rear"),
    ),
    Clip(
        "track",
        Form(cadence_spm=172, speed_m_s=3.4, overstride_m=0.19, lean_deg=8, duty=0.32),
        outfit=OUTFITS["coach"],
        scene="track",
        overground=True,
        recording=Recording(seconds=2.8),
    ),
)
PRESETS = {clip.name: clip for clip in _CLIPS}
