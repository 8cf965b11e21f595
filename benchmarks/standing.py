"""Rendered runners who stand tall before the camera that films them run: how well form against own standing is read.

    python -m benchmarks.standing --render [--processes 2]   # render what is missing in the cache

Nobody stands alike twice, nor as upright as asked: lean, knees, head and arms vary, and of a back that is rounded and
shoulders that are drawn forward in running some is there in standing.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from .population import Dials, Member, population, small
from .virtual_runner import changed
from .virtual_runner.presets import STANDING

SEED = 90
SECONDS, FPS = 2.0, 30.0
STANDS = {  # how people stand who were asked to stand tall, arms hanging
    "lean_deg": (-2.0, 4.0),
    "standing_reach": (0.990, 0.9984),  # knees bent by 16° to 6°
    "head_pitch_deg": (-4.0, 8.0),
    "pelvic_tilt_deg": (2.0, 12.0),
    "arm_mean_deg": (-6.0, 8.0),
    "elbow_deg": (8.0, 28.0),
    "step_width_m": (0.08, 0.24),
}
KEPT = {  # of how the runner is held in running, the share that is there in standing
    "hunch_deg": (0.3, 0.9),
    "protraction_deg": (0.3, 0.9),
    "head_forward_deg": (0.3, 0.9),
}
SWAY_DEG = 0.3  # of the trunk, from moment to moment


def standing(member: Member, turn: int = 0) -> Member:
    """The runner of a clip, in the same clothes before the same camera, standing; ``turn``: as at another time."""
    random = np.random.default_rng([SEED, member.form.seed, turn])
    dials: Dials = {dial: float(random.uniform(*ends)) for dial, ends in STANDS.items()}
    dials |= {dial: getattr(member.form, dial) * float(random.uniform(*ends)) for dial, ends in KEPT.items()}
    form = replace(STANDING, speed_m_s=0.0, lean_noise_deg=SWAY_DEG, seed=member.form.seed + turn, **dials)
    recording = replace(
        member.recording, fps=FPS, file_fps=None, seconds=SECONDS, blur_samples=1, uneven=0.0, says_capture_fps=False
    )
    clip = changed(member, form=form, recording=recording, **small(member.recording))
    return replace(clip, name=f"{member.name}_standing_{turn}", stratum="standing")


@cache
def runners() -> tuple[Member, ...]:
    """Of the tuning half, those filmed from the side in the standard condition."""
    return tuple(member for member in population() if member.half == "tuning" and member.stratum == "side")
