"""Answers, findings and verdicts for the tests of guidance."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from builders import UNITS, measured, report
from formcheck.cli import main
from formcheck.guidance import triage
from formcheck.guidance.reading import Seen, read
from formcheck.guidance.triage import Verdict
from formcheck.report import json_text

START = date(2026, 11, 24)
FAR_OFF = {
    "trunk_lean_deg": 22.0, "waist_bend_deg": 15.0, "overstride_pct_leg": 38.0, "shin_angle_deg": 16.0,
    "knee_flexion_contact_deg": 2.0, "cadence_spm": 148.0, "neck_flexion_deg": 38.0, "shoulder_hunch_deg": 55.0,
    "cadence_off_expected_pct": -15.0, "head_pitch_deg": 40.0, "trailing_thigh_deg": 4.0, "speed_m_s": 3.4,
    "trunk_rocking_deg": 20.0, "stride_variability_pct": 8.0, "trunk_lean_deg_trend": 6.0, "cadence_spm_trend": -12.0,
    "vertical_oscillation_cm_trend": 4.0, "neck_flexion_deg_trend": 12.0, "head_pitch_deg_trend": 14.0,
    "contact_time_ms_left_right": 15.0, "step_length_m_left_right": 15.0, "trunk_sway_deg": 12.0,
    "step_width_pct_leg": -6.0, "thoracic_flexion_deg": 40.0,
}  # fmt: skip
FINE = {
    "trunk_lean_deg": 6.0, "waist_bend_deg": 1.0, "overstride_pct_leg": 18.0, "shin_angle_deg": 3.0,
    "knee_flexion_contact_deg": 18.0, "cadence_spm": 174.0, "neck_flexion_deg": 10.0, "shoulder_hunch_deg": 25.0,
}  # fmt: skip
MILD = {
    "red_flags": "none", "where": "lower", "feel": "dull", "strength": "mild", "when": "early",
    "changes": "eases", "lasts": "days", "daily": "no", "sits": "no",
}  # fmt: skip


def answers(**changes: str | list[str]) -> dict[str, tuple[str, ...]]:
    """Mild soreness that eases, except for the changes."""
    return triage.checked(MILD | changes, "test")


def verdict(**changes: str | list[str]) -> Verdict:
    return triage.judge(answers(**changes))


def write_report(folder: Path, **values: float) -> Path:
    """A report.json with these measurements; those not named are missing."""
    made = report(*(measured(name, value) for name, value in values.items()))
    file = folder / "report.json"
    file.write_text(json_text(made), encoding="utf-8")
    return file


def seen(folder: Path, **values: float) -> Seen:
    return read(write_report(folder, **values))


def everything(folder: Path) -> Seen:
    """A clip in which every fault stands out."""
    assert set(FAR_OFF) == set(UNITS)
    return seen(folder, **FAR_OFF)


def run(*arguments: Any, **more: Any) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], **more)


def flags(**changes: str | list[str]) -> list[str]:
    """The answers as options of formcheck triage."""
    return [
        word
        for name, keys in answers(**changes).items()
        for key in keys
        for word in (f"--{name.replace('_', '-')}", key)
    ]


def answer_file(folder: Path, **changes: str | list[str]) -> Path:
    file = folder / "answers.json"
    file.write_text(json.dumps({name: list(keys) for name, keys in answers(**changes).items()}), encoding="utf-8")
    return file


def one_line(text: str) -> str:
    assert text.count("\n") == 1, text
    return text
