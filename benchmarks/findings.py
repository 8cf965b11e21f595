"""What the findings say of rendered runners, compared with what the same limits say of the truth."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import nan
from typing import Any

from formcheck import faults, knowledge
from formcheck.datatypes import Finding, Level, Measurement, Report
from formcheck.knowledge import Knowledge

from .derived_truth import TrueMotion
from .scoring import TRUTH, facts
from .tiring import true_change

CALLED: tuple[Level, ...] = ("watch", "fault")
TRENDS = ("trunk_lean_deg", "cadence_spm", "vertical_oscillation_cm", "neck_flexion_deg", "head_pitch_deg")


@dataclass(frozen=True)
class Verdict:
    """One fault of one clip: what the truth says ("borderline": neither fine nor beyond) and what the report says."""

    clip: str
    fault: str
    true: Level
    said: Level


def verdicts(report: Report, truth: dict[str, Any]) -> list[Verdict]:
    """One for every fault that a clip's view can show and whose truth is known."""
    video = report.trial.video.path
    known = {**_changes(TrueMotion.of(video, truth), truth), **_values(facts(truth))}
    limits = knowledge.load([m.name for m in report.judged])
    true = {f.fault: _true_level(f, known, limits) for f in _true_findings(report, known, limits)}
    return [
        Verdict(video.stem, finding.fault, true[finding.fault], finding.level)
        for finding in report.findings
        if true.get(finding.fault, "not_measured") != "not_measured" and not _out_of_sight(report, truth, finding)
    ]


def _true_level(finding: Finding, known: dict[str, float], limits: Knowledge) -> Level:
    return "borderline" if _grey(finding, known, limits) else finding.level


def _out_of_sight(report: Report, truth: dict[str, Any], finding: Finding) -> bool:
    """Whether what a finding rests on cannot be seen from where the clip was filmed, and not by a misjudged view."""
    judged = {m.name: m.missing for m in report.judged}
    unseen = judged[finding.metric] in ("not_side_view", "not_rear_view")
    return unseen and report.trial.gait.view.name == truth["camera"]["view"]


def _grey(finding: Finding, known: dict[str, float], limits: Knowledge) -> bool:
    """Whether the truth of a measure that decides the fault lies where an interval may be called either way."""
    fault = next(fault for fault in limits.faults if fault.name == finding.fault)
    return any(row.ok[1] < known.get(row.metric, nan) <= row.fine_until for row in fault.limits)


def _true_findings(report: Report, known: dict[str, float], limits: Knowledge) -> tuple[Finding, ...]:
    """The findings on measurements without error, of as many steps as it takes."""
    exact = [
        Measurement(m.name, m.label, m.unit, true, true, true, n=faults.FEWEST_JUDGED)
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


def _changes(true: TrueMotion, truth: dict[str, Any]) -> dict[str, float]:
    """The change over the clip, which steps that vary at random also have, and the legs' difference as dialled in."""
    form = truth["clip"]["form"]
    return {f"{metric}_trend": true_change(metric, true, truth) for metric in TRENDS} | {
        "contact_time_ms_left_right": 100 * form["contact_asymmetry"],
        "step_length_m_left_right": -100 * form["step_asymmetry"],  # the step from left to right is the right foot's
    }


def table(found: list[Verdict]) -> str:
    """What is said of each fault on runners who have it, on runners who do not, and how many are neither."""
    lines = [
        "| finding | runners with it | called | too close to call | called fine | not measured "
        "| runners without it | called anyway | too close to call | not measured | neither |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for fault in dict.fromkeys(v.fault for v in found):
        have = Counter(v.said for v in found if v.fault == fault and v.true in CALLED)
        have_not = Counter(v.said for v in found if v.fault == fault and v.true == "ok")
        called, wrongly = (sum(some[level] for level in CALLED) for some in (have, have_not))
        neither = sum(v.fault == fault and v.true == "borderline" for v in found)
        lines.append(
            f"| {fault} | {have.total()} | {called} | {have['borderline']} | {have['ok']} | {have['not_measured']} "
            f"| {have_not.total()} | {wrongly} | {have_not['borderline']} | {have_not['not_measured']} | {neither} |"
        )
    return "\n".join(lines) + "\n"


def measured_fine(found: list[Verdict]) -> list[Verdict]:
    """Those whose truth is fine and that were measured."""
    return [v for v in found if v.true == "ok" and v.said != "not_measured"]


def false_alarms(found: list[Verdict]) -> tuple[int, int]:
    """(called though the truth is fine, all that are fine and were measured)."""
    fine = measured_fine(found)
    return sum(v.said in CALLED for v in fine), len(fine)
