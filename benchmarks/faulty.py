"""Rendered runners who have one fault each, and runners who have none: what the findings are tested on.

    python -m benchmarks.faulty [--processes 2]          # render what is missing in the cache

Those with a fault are filmed as the README asks, with a clear view and never against the light; the accuracy
benchmark shows what those do. What a runner truly has is decided by the truth (findings.py), not by the dial that was
turned: one who bends far forward also bends at the waist, and a finding that says so is not a false alarm.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

from formcheck.metrics.pace import SPM_PER_CM, SPM_PER_M_S, USUAL_CM, USUAL_M_S, USUAL_SPM

from .population import (
    ASYMMETRY,
    FARTHEST_ASTERN_M,
    RANGES,
    TRIES,
    Dials,
    Member,
    Random,
    Spread,
    as_wide,
    bodies_of,
    eased,
    lens_of,
    ordinary,
    rendering,
    running_form,
    small,
)
from .virtual_runner import Form, Setting, changed
from .virtual_runner.plausible import plausible
from .virtual_runner.rig import Rig, load_rig
from .virtual_runner.skeleton import Skeleton
from .virtual_runner.spec import ViewName

Ranges = dict[str, tuple[float, float]]

SEED = 30
PER_FAULT, NEUTRAL_SIDE, NEUTRAL_REAR = 2, 20, 6
UNREMARKABLE: Ranges = RANGES | {  # spread evenly, and inside every limit
    "lean_deg": (4.5, 8.5),
    "hunch_deg": (0.0, 8.0),
    "protraction_deg": (0.0, 3.0),
    "head_forward_deg": (0.0, 10.0),
    "cadence_spm": (-3.0, 3.0),  # here: per cent from what is usual for the height
    "overstride_of_leg": (0.12, 0.19),
    "speed_residual_m_s": (-0.3, 0.3),
}
STEADY: Dials = dict.fromkeys((*ASYMMETRY, "cadence_drift", "lean_drift_deg", "bounce_drift_m"), 0.0)
QUIET: Ranges = {  # how much an unremarkable runner has of what the findings look at
    "head_pitch_deg": (0, 12),
    "lean_swing_deg": (0.5, 2.0),
    "jitter": (0.004, 0.015),
    "side_lean_deg": (0, 2.5),
    "step_width_m": (0.03, 0.09),
    "pelvic_drop_deg": (2, 5),
}
USUAL_SPEED_M_S = 3.0
TIMINGS = ((30.0, 12.0), (60.0, 8.0))  # frames/s, seconds


@dataclass(frozen=True)
class Fault:
    """How a runner gets a fault: ranges of the dials that the form follows from, and of dials set afterwards."""

    before: Ranges = field(default_factory=dict)
    after: Ranges = field(default_factory=dict)
    view: ViewName = "side"


FAULTS: dict[str, Fault] = {
    "excess_trunk_lean": Fault({"lean_deg": (18, 21)}),
    "overstride": Fault(
        {"overstride_of_leg": (0.35, 0.38), "cadence_spm": (-12, -8)},
        {"contact_knee_deg": (3, 5), "strike_pitch_deg": (16, 20)},
    ),
    "low_cadence": Fault({"cadence_spm": (-16, -12)}),
    "shoulder_hunch": Fault({"hunch_deg": (5, 15), "protraction_deg": (22, 25), "head_forward_deg": (16, 24)}),
    "head_drop": Fault(after={"head_pitch_deg": (38, 45)}),
    "weak_core": Fault(after={"lean_swing_deg": (7, 9), "jitter": (0.06, 0.08)}),
    "tight_hip_flexors": Fault(
        {"lean_deg": (17, 20), "overstride_of_leg": (0.17, 0.20), "speed_residual_m_s": (0.0, 0.1)},
        {"duty": (0.195, 0.21), "toe_off_pitch_deg": (-36, -30), "pelvic_tilt_deg": (14, 18)},
    ),
    "form_breakdown": Fault(after={"lean_drift_deg": (6, 8), "cadence_drift": (-0.06, -0.04)}),
    "uneven_legs": Fault(after={"contact_asymmetry": (0.12, 0.18), "step_asymmetry": (0.16, 0.20)}),
    "trunk_sway": Fault(after={"side_lean_deg": (9, 11)}, view="rear"),
    "crossover": Fault(after={"step_width_m": (-0.07, -0.05)}, view="rear"),
}


@cache
def runners(seed: int = SEED) -> tuple[Member, ...]:
    """The unremarkable ones, from the side and from behind, then those with a fault; named after what they have."""
    names = ["neutral"] * NEUTRAL_SIDE + ["neutral_rear"] * NEUTRAL_REAR
    names += [name for name in FAULTS for _ in range(PER_FAULT)]
    random = np.random.default_rng(seed)
    spread, bodies = Spread(random, len(names), UNREMARKABLE), bodies_of(len(names), random)
    return tuple(_runner(name, i, spread.at(i), bodies[i], seed) for i, name in enumerate(names))


def _runner(name: str, i: int, dials: Dials, body: str, seed: int) -> Member:
    fault = FAULTS.get(name, Fault(view="rear" if name.endswith("rear") else "side"))
    random, rig = np.random.default_rng([seed, i]), load_rig(body)
    dials |= _drawn(fault.before, random)
    dials["cadence_spm"] = _usual_cadence(rig) * (1 + dials["cadence_spm"] / 100)
    clip = ordinary(f"{name}_{i:02d}", dials, body, random)
    form = _form(fault, dials, rig, random)
    fps, seconds = TIMINGS[i % len(TIMINGS)]
    recording = replace(clip.recording, fps=fps, seconds=seconds, blur_samples=1)
    filmed = small(clip.recording) | _seen_from(fault.view, clip, random)
    clip = changed(clip, form=form, recording=recording, **filmed)
    return replace(clip, stratum=name)


def _form(fault: Fault, dials: Dials, rig: Rig, random: Random) -> Form:
    """The first form drawn that a human could run with; dials other than the fault's are pulled toward the ordinary."""
    for attempt in range(4 * TRIES):
        pulled = eased(dials, max(attempt - TRIES, 0) / (4 * TRIES)) | {name: dials[name] for name in fault.before}
        form = replace(running_form(pulled, rig, random), **STEADY, **_drawn(QUIET, random))
        form = replace(form, **_drawn(fault.after, random))
        if plausible(Skeleton(rig, form, solve_lean=False)):
            return form
    raise RuntimeError(f"no plausible form near {dials}")


def _drawn(ranges: Ranges, random: Random) -> Dials:
    return {name: random.uniform(*ends) for name, ends in ranges.items()}


def _usual_cadence(rig: Rig) -> float:
    return USUAL_SPM + SPM_PER_M_S * (USUAL_SPEED_M_S - USUAL_M_S) + SPM_PER_CM * (100 * rig.height_m - USUAL_CM)


def _seen_from(view: ViewName, clip: Member, random: Random) -> dict[str, Any]:
    if view == "side":
        setting = clip.setting if clip.name.startswith("neutral") else _as_asked(clip.setting)
        return {"setting": setting}
    usual_m, _ = lens_of(clip.camera)
    yaw, distance = random.uniform(-5, 5), min(usual_m, FARTHEST_ASTERN_M)
    camera = replace(clip.camera, view=view, facing="left", yaw_deg=yaw, moves="still", shake_deg=0.0)
    if distance < usual_m:
        camera = replace(camera, distance_m=distance, fov_deg=as_wide(camera, distance))
    return {"camera": camera, "setting": replace(clip.setting, place="gym", treadmill=True, hidden_by="nothing")}


def _as_asked(setting: Setting) -> Setting:
    return replace(setting, hidden_by="nothing", light="even" if setting.light == "backlit" else setting.light)


main = rendering(runners)


if __name__ == "__main__":
    main()
