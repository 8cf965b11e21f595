"""Rendered runners who stand tall before the camera that films their run: how well form is read against standing.

    python -m benchmarks.standing --render [--processes 2]   # render what is missing in the cache

Nobody stands the same way twice, nor as upright as asked: lean, knees, head and arms vary, and a back that is rounded
and shoulders that are drawn forward in running are partly so in standing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from formcheck.cleaning import clean
from formcheck.datatypes import Measurement
from formcheck.metrics import METRICS
from formcheck.standing import as_seen, features_from_standing, stand_apart, still_values, sway_sd

from . import alike
from .population import Dials, Member, ensure_rendered, population, small
from .scoring import TRUTH, analyze, facts, options_for, read, truth_of, written_truth
from .virtual_runner import changed
from .virtual_runner.presets import STANDING

SEED = 90
SECONDS, FPS = 2.0, 30.0
STANDS = {  # how people stand when asked to stand tall, arms hanging
    "lean_deg": (-2.0, 4.0),
    "standing_reach": (0.990, 0.9984),  # knees bent by 16° to 6°
    "head_pitch_deg": (-4.0, 8.0),
    "pelvic_tilt_deg": (2.0, 12.0),
    "arm_mean_deg": (-6.0, 8.0),
    "elbow_deg": (8.0, 28.0),
    "step_width_m": (0.08, 0.24),
}
KEPT = {  # the share of the posture in running that is there in standing
    "hunch_deg": (0.3, 0.9),
    "protraction_deg": (0.3, 0.9),
    "head_forward_deg": (0.3, 0.9),
}
SWAY_DEG = 0.3  # of the trunk, from moment to moment


def standing(member: Member, turn: int = 0) -> Member:
    """The runner of a clip, standing, in the same clothes before the same camera; ``turn``: which time."""
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
    """Of the tuning half, those filmed from the side in the standard condition; and those whose legs move alike."""
    tuning = [member for member in population() if member.half == "tuning" and member.stratum == "side"]
    return (*tuning, *alike.runners())


@dataclass(frozen=True)
class Pair:
    """A runner who runs and stands: running minus standing as seen, and as is true, by metric.

    features: those of running minus those of standing; run, sway_sd: of the one and the other, by metric
    """

    body: str
    seen: dict[str, float]
    true: dict[str, float]
    features: dict[str, float]
    run: dict[str, Measurement]
    sway_sd: dict[str, float]


def pairs(model: str, turn: int = 0) -> Iterator[Pair]:
    """Of the runners of whom enough is seen in both."""
    members = runners()
    filmed = ensure_rendered(members), ensure_rendered(standing(member, turn) for member in members)
    for run, stood in zip(*filmed, strict=True):
        pair = paired(run.video, stood.video, model)
        if pair is not None:
            yield pair


def paired(ran: Path, stood: Path, model: str) -> Pair | None:
    """A clip of a run and one of standing, treated as one clip; None where either shows too little."""
    truth, still = truth_of(ran), written_truth(stood)
    report = analyze(ran, truth, model)
    run, options = report.used[0].trial, options_for(still, model)
    info, raw = read(stood, options)
    zero = stand_apart(info, clean(replace(raw, roll_deg=run.track.roll_deg), info), run)
    measured = {m.name: m for m in report.measurements if METRICS[m.name].postural and m.missing is None}
    trial = zero.trial
    if trial is None or zero.missing is not None or not measured:
        return None
    seen = {name: as_seen([run], m) - float(still_values(trial, METRICS[name]).mean()) for name, m in measured.items()}
    true = {name: TRUTH[name](facts(truth)) - TRUTH[name](facts(still)) for name in measured}
    sway = {name: sway_sd(trial, METRICS[name]) for name in measured}
    return Pair(truth["clip"]["body"], seen, true, features_from_standing(run, trial), measured, sway)
