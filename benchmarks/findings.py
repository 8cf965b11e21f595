"""What the findings say of rendered runners, compared with what the same limits say of the truth."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import nan
from typing import Any

from formcheck import faults, knowledge
from formcheck.datatypes import Finding, Level, Measurement, Report
from formcheck.knowledge import Knowledge

from .scoring import TRUTH, facts

CALLED: tuple[Level, ...] = ("watch", "fault")


@dataclass(frozen=True)
class Verdict:
    """One fault of one clip: what the truth says and what the report says."""

    clip: str
    fault: str
    true: Level
    said: Level


def verdicts(report: Report, truth: dict[str, Any]) -> list[Verdict]:
    """One for every fault that a clip's view can show and whose truth is known and not in a grey zone."""
    known = {**_changes(truth["clip"]["form"]), **_values(facts(truth))}
    limits = knowledge.load([m.name for m in report.judged])
    true = {f.fault: f.level for f in _true_findings(report, known, limits) if not _grey(f, known, limits)}
    return [
        Verdict(report.trial.video.path.stem, finding.fault, true[finding.fault], finding.level)
        for finding in report.findings
        if true.get(finding.fault, "not_measured") != "not_measured" and not _out_of_sight(report, finding)
    ]


def _out_of_sight(report: Report, finding: Finding) -> bool:
    """Whether what a finding rests on cannot be seen from where the clip was filmed."""
    judged = {m.name: m.missing for m in report.judged}
    return judged[finding.metric] in ("not_side_view", "not_rear_view")


def _grey(finding: Finding, known: dict[str, float], limits: Knowledge) -> bool:
    """Whether the truth of a measure that decides the fault lies where an interval may be called either way."""
    fault = next(fault for fault in limits.faults if fault.name == finding.fault)
    return any(row.ok[1] < known.get(row.metric, nan) <= row.fine_until for row in fault.limits)


def _true_findings(report: Report, known: dict[str, float], limits: Knowledge) -> tuple[Finding, ...]:
    """The findings on measurements without error."""
    exact = [
        Measurement(m.name, m.label, m.unit, true, true, true)
        for m in report.judged
        if (true := known.get(m.name)) is not None
    ]
    return faults.find(exact, limits)


def _values(known: dict[str, float]) -> dict[str, float]:
    found = {}
    for metric, true in TRUTH.items():
        try:
            found[metric] = true(known)
        except KeyError:  # the truth of another view
            continue
    return found


def _changes(form: dict[str, Any]) -> dict[str, float]:
    """The drift over the clip and the difference between the legs that were dialled in."""
    return {
        "trunk_lean_deg_trend": form["lean_drift_deg"],
        "cadence_spm_trend": form["cadence_spm"] * form["cadence_drift"],
        "vertical_oscillation_cm_trend": 100 * form["bounce_drift_m"],
        "neck_flexion_deg_trend": 0.0,
        "head_pitch_deg_trend": form["head_pitch_drift_deg"],
        "contact_time_ms_left_right": 100 * form["contact_asymmetry"],
        "step_length_m_left_right": -100 * form["step_asymmetry"],  # the step from left to right is the right foot's
    }


def table(found: list[Verdict]) -> str:
    """How often each fault is called on runners who have it and on runners who do not."""
    lines = [
        "| finding | runners with it | called | too close to call | called fine | not measured "
        "| runners without it | called anyway |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for fault in dict.fromkeys(v.fault for v in found):
        have = Counter(v.said for v in found if v.fault == fault and v.true in CALLED)
        have_not = Counter(v.said for v in found if v.fault == fault and v.true == "ok")
        called, wrongly = (sum(some[level] for level in CALLED) for some in (have, have_not))
        lines.append(
            f"| {fault} | {have.total()} | {called} | {have['borderline']} | {have['ok']} | {have['not_measured']} "
            f"| {have_not.total()} | {wrongly} |"
        )
    return "\n".join(lines) + "\n"


def false_alarms(found: list[Verdict]) -> tuple[int, int]:
    """(called though the truth is fine, all that are fine and were measured)."""
    fine = [v for v in found if v.true == "ok" and v.said != "not_measured"]
    return sum(v.said in CALLED for v in fine), len(fine)
