"""What the pipeline said of a clip, compared with its truth. Raw tracks are cached: posing is the slow part."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from formcheck import pipeline
from formcheck.backends import BACKENDS
from formcheck.datatypes import Event, Options, PoseTrack, Report, VideoInfo
from formcheck.settings import KMH_PER_M_S

from .derived_truth import derived
from .frontal import frontal_truth, leg_length_px

CACHE = Path(__file__).parent.parent / ".cache"
os.environ.setdefault("FORMCHECK_CACHE", str(CACHE / "poses"))
MATCH_S = 0.1  # an event farther than this from every unmatched true one is false
ENDS_S = 0.25  # true steps this near the clip's ends may be missed: the foot comes down outside the clip

DERIVED = (  # these are in a clip's summary under the metric's own name (derived_truth.py)
    *("flight_time_ms", "stride_variability_pct", "foot_inclination_deg", "knee_flexion_stance_deg"),
    *("trailing_thigh_deg", "waist_bend_deg", "head_pitch_deg", "trunk_rocking_deg", "arm_swing_deg"),
    *("elbow_angle_deg", "speed_m_s", "step_length_m", "vertical_ratio_pct", "cadence_off_expected_pct"),
)
TRUTH: dict[str, Callable[[dict[str, float]], float]] = {  # metric → its truth in ``facts``
    "cadence_spm": lambda s: s["cadence_spm"],
    "trunk_lean_deg": lambda s: s["lean_joint_deg"],
    "overstride_pct_leg": lambda s: 100 * s["overstride_of_leg"],
    "overstride_cm": lambda s: 100 * s["overstride_m"],
    "shin_angle_deg": lambda s: s["contact_shank_deg"],
    "knee_flexion_contact_deg": lambda s: s["contact_knee_deg"],
    "contact_time_ms": lambda s: 1000 * s["contact_time_s"],
    "vertical_oscillation_cm": lambda s: 100 * s["vertical_oscillation_m"],
    "neck_flexion_deg": lambda s: s["ear_shoulder_deg"] - s["lean_joint_deg"],
    "craniovertebral_deg": lambda s: s["craniovertebral_deg"],
    "shoulder_hunch_deg": itemgetter("forward_shoulder_deg"),
    "thoracic_flexion_deg": itemgetter("thoracic_flexion_deg"),
    "duty_factor_pct": lambda s: 100 * s["duty"],
    **{name: itemgetter(name) for name in DERIVED},
    "trunk_sway_deg": lambda s: s["trunk_sway_deg"],
    "side_lean_deg": lambda s: s["side_lean_deg"],
    "shoulder_tilt_deg": lambda s: s["shoulder_tilt_deg"],
    "step_width_pct_leg": lambda s: s["step_width_pct_leg"],
    "knee_window_pct_leg": lambda s: s["knee_window_pct_leg"],
}


@dataclass(frozen=True)
class Score:
    """One clip, one model. ``values``: metric → (measured, low, high, truth); event errors in real seconds."""

    clip: str
    values: dict[str, tuple[float, float, float, float]]
    missing: dict[str, str]
    contact_errors_s: list[float] = field(default_factory=list)
    toe_off_errors_s: list[float] = field(default_factory=list)
    contact_sigmas_s: list[float] = field(default_factory=list)
    steps: int = 0
    missed: int = 0
    false: int = 0
    wrong_side: int = 0
    view: str = ""
    activity: str = ""
    toe_offs: int = 0
    toe_offs_missed: int = 0
    toe_offs_false: int = 0


def read(video: Path, options: Options) -> tuple[VideoInfo, PoseTrack]:
    """The clip's raw track; from the cache if it was posed before by this code."""
    info, track, _ = pipeline.read(video, options)
    return info, track


def options_for(truth: dict[str, Any], model: str, *, speed: bool = False) -> Options:
    """What a user would say about this clip: the runner's height, the slow motion the camera app chose, and the speed
    if told to."""
    recording = truth["clip"]["recording"]
    slow = recording["fps"] / (recording.get("file_fps") or recording["fps"])
    assert model in BACKENDS
    return Options(
        height_cm=100 * truth["runner"]["height_m"],
        speed_kmh=KMH_PER_M_S * facts(truth)["speed_m_s"] if speed else None,
        model=model,
        slowmo=slow if slow != 1 else None,
    )


def analyze(video: Path, truth: dict[str, Any], model: str, *, speed: bool = False) -> Report:
    """The real pipeline on a rendered clip; speed: whether it is told the belt's."""
    options = options_for(truth, model, speed=speed)
    info, raw = read(video, options)
    return pipeline.interpret(info, raw, options)


def truth_of(video: Path) -> dict[str, Any]:
    """What the renderer wrote about a clip, and what its frames add."""
    truth = written_truth(video)
    truth["summary"] |= derived(video, truth)
    if truth["camera"]["view"] in ("rear", "front"):
        frames = dict(np.load(video.with_suffix(".frames.npz")))
        truth["summary"] |= frontal_truth(frames, truth) | {"leg_px": leg_length_px(frames, truth)}
    return truth


def written_truth(video: Path) -> dict[str, Any]:
    """What the renderer wrote about a clip or a runner in few pictures."""
    loaded: dict[str, Any] = json.loads(video.with_suffix(".truth.json").read_text())
    return loaded


def facts(truth: dict[str, Any]) -> dict[str, float]:
    """What is true of the whole clip: its summary, and the dials that no summary mentions."""
    return {**truth["clip"]["form"], **truth["summary"]}


def score(name: str, report: Report, truth: dict[str, Any]) -> Score:
    """Compare a report with the truth."""
    known = facts(truth)
    values, missing = {}, {}
    for metric, true in TRUTH.items():
        found = report.measurement(metric)
        if found.missing is None:
            values[metric] = (found.value, found.low, found.high, true(known))
        else:
            missing[metric] = found.missing
    gait, recording = report.trial.gait, truth["clip"]["recording"]
    end_s = recording["seconds"] - 1 / recording["fps"]  # of the clip: what is not read is missed, too
    contacts = matched(report.contacts, truth["steps"], "contact_s", end_s)
    offs = matched(_known_offs(report.toe_offs, truth["steps"]), truth["steps"], "toe_off_s", end_s)
    return Score(
        name, values, missing, contacts.errors, offs.errors, [e.sd_s for e in report.contacts],
        contacts.steps, contacts.missed, contacts.false, contacts.wrong_side, gait.view.name, gait.activity,
        offs.steps, offs.missed, offs.false,
    )  # fmt: skip


def _known_offs(toe_offs: Sequence[Event], steps: list[dict[str, Any]]) -> list[Event]:
    """Without those of a foot that was on the ground as the clip began: no step tells when it left."""
    begin_s = min((step["contact_s"] for step in steps), default=0.0)
    return [event for event in toe_offs if event.time_s > begin_s]


@dataclass(frozen=True)
class Match:
    errors: list[float]
    steps: int
    missed: int
    false: int
    wrong_side: int


def matched(events: Sequence[Event], steps: list[dict[str, Any]], key: str, end_s: float) -> Match:
    """Nearest true event to each found one, each used once; afterwards, whether it was that foot, where it is known."""
    true = [(step[key], step["side"]) for step in steps if step[key] is not None]
    free = set(range(len(true)))
    errors, wrong, false = [], 0, 0
    for event in events:
        near = min(free, key=lambda i: abs(true[i][0] - event.time_s), default=None)
        if near is None or abs(true[near][0] - event.time_s) > MATCH_S:
            false += 1
            continue
        free.remove(near)
        errors.append(event.time_s - true[near][0])
        wrong += true[near][1] not in (None, event.side)
    inner = [i for i in free if ENDS_S < true[i][0] < end_s - ENDS_S]
    return Match(errors, len(true) - len(free) + len(inner), len(inner), false, wrong)


def mean_abs(values: list[float]) -> float:
    return float(np.mean(np.abs(values))) if values else float("nan")
