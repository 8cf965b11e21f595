"""The table for a physiotherapist: every measure in clinical terms, left, right, their difference, what is usual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..datatypes import LeftRight, Measurement, Report
from ..knowledge import by_reason, reason
from ..report import Scale
from ..sides import RELATIVE, each_leg
from ..words import interval_of, number

HEADS = ("Measure", "Value", "Left", "Right", "Left − right", "Usual", "Steps")
TERMS = {  # IC: initial contact
    "cadence_spm": "Cadence",
    "contact_time_ms": "Contact time",
    "flight_time_ms": "Flight time",
    "duty_factor_pct": "Duty factor",
    "stride_variability_pct": "Stride time variability (CV)",
    "vertical_oscillation_cm": "Vertical oscillation",
    "trunk_lean_deg": "Forward trunk lean",
    "waist_bend_deg": "Trunk lean relative to stance leg",
    "overstride_pct_leg": "Foot to hip distance at IC",
    "overstride_cm": "Foot to hip distance at IC",
    "shin_angle_deg": "Tibial inclination at IC",
    "knee_flexion_contact_deg": "Knee flexion at IC",
    "neck_flexion_deg": "Neck flexion",
    "craniovertebral_deg": "Craniovertebral angle",
    "shoulder_hunch_deg": "Forward shoulder angle to trunk (estimate)",
    "thoracic_flexion_deg": "Thoracic flexion (estimate)",
    "foot_inclination_deg": "Foot inclination at IC",
    "knee_flexion_stance_deg": "Peak knee flexion in stance",
    "trailing_thigh_deg": "Peak trailing thigh angle",
    "head_pitch_deg": "Head pitch, downward",
    "trunk_rocking_deg": "Sagittal trunk excursion",
    "arm_swing_deg": "Upper arm excursion (near arm)",
    "elbow_angle_deg": "Elbow angle (near arm)",
    "shoulder_shrug_pct": "Shoulder elevation",
    "pelvic_tilt_deg": "Anterior pelvic tilt",
    "trunk_jolt_g": "Peak trunk acceleration",
    "speed_m_s": "Running speed",
    "step_length_m": "Step length",
    "stride_length_m": "Stride length",
    "vertical_ratio_pct": "Vertical ratio",
    "cadence_off_expected_pct": "Cadence relative to expected",
    "trunk_sway_deg": "Lateral trunk sway",
    "side_lean_deg": "Lateral trunk lean",
    "shoulder_tilt_deg": "Shoulder obliquity excursion",
    "step_width_pct_leg": "Step width",
    "knee_window_pct_leg": "Knee separation in mid-stance",
    "pelvic_drop_deg": "Contralateral pelvic drop",
    "trunk_twist_deg": "Axial trunk rotation",
    "heel_whip_deg": "Heel whip",
    "heel_eversion_deg": "Heel eversion",
}


def clinical(report: Report, ranges: Mapping[str, Scale]) -> dict[str, Any]:
    """Rows for all that was measured, and notes on why legs could not be compared."""
    legs = {c.metric: c for c in report.comparisons if isinstance(c, LeftRight)}
    measured = [m for m in report.measurements if m.missing is None]
    rows = [_row(m, legs.get(m.name), ranges) for m in measured]
    return {
        "table": rows,
        "heads": HEADS,
        "legs": any(row["left"] for row in rows),
        "table_notes": [*_notes(measured, legs)],
    }


def _row(m: Measurement, legs: LeftRight | None, ranges: Mapping[str, Scale]) -> dict[str, Any]:
    row = {
        "metric": m.name, "term": TERMS.get(m.name, m.label), "unit": m.unit, "value": number(m.value, m.unit),
        "interval": interval_of(m), "steps": m.n,
        "usual": ranges[m.name].usual if m.name in ranges else "", "left": "", "left_interval": "", "right": "",
        "right_interval": "", "difference": "", "between": "", "sure": False,
    }  # fmt: skip
    if legs is None or legs.missing is not None:
        return row
    left, right = each_leg(m, legs)
    return row | {
        "left": number(left.value, m.unit), "left_interval": interval_of(left),
        "right": number(right.value, m.unit), "right_interval": interval_of(right),
        "difference": f"{number(legs.value, legs.unit)}{legs.unit if m.unit in RELATIVE else ''}",
        "between": interval_of(legs),
        "sure": not legs.low <= 0 <= legs.high,
    }  # fmt: skip


def _notes(measured: list[Measurement], legs: Mapping[str, LeftRight]) -> Iterator[str]:
    yield "IC: initial contact. Intervals are 95 %; differences in lengths and times are in % of the mean of both legs."
    apart = [legs[m.name] for m in measured if m.name in legs]
    for missing, terms in by_reason((TERMS.get(c.metric, c.label), c.missing) for c in apart).items():
        yield f"Legs not compared, since {reason(missing).because}: {', '.join(terms)}."
