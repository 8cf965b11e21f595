"""Real clips labelled by eye: what formcheck makes of them, and how far its learned corrections move them.

The clips are not part of the project. They are looked for in a folder ``shared/clips`` beside the checkout, with their
labels in truth.json; without them this part of the bench is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from formcheck import pipeline
from formcheck.datatypes import Options, Report
from formcheck.metrics import METRICS
from formcheck.metrics.measurement import correction

from .scoring import read

CLIPS = Path(__file__).parents[2] / "shared" / "clips"
SIDE = {"L": "left", "R": "right"}
WITHIN_FRAMES = 2.0  # or the labeller's own doubt, if that is more
LABELS = {
    "cadence_spm": "cadence_spm",
    "trunk_lean_deg": "trunk_lean_deg_estimate",
    "overstride_pct_leg": "foot_ahead_ratio",
}
DOUBTS = {"cadence_spm": "cadence_spm_uncertainty", "trunk_lean_deg": "trunk_lean_uncertainty"}


class Ends(NamedTuple):
    """By how much a trunk leans more between joint centres than between the marks people set on the skin, degrees."""

    more: float
    sd: float

    @classmethod
    def of(cls, truths: Iterable[dict[str, Any]]) -> Ends:
        """Of rendered runners, who are known at both."""
        more = [truth["summary"]["lean_joint_deg"] - truth["summary"]["lean_landmark_deg"] for truth in truths]
        return cls(float(np.mean(more)), float(np.std(more, ddof=1)))


@dataclass(frozen=True)
class Labelled:
    """A real clip with its labels and what the pipeline said of it."""

    name: str
    labels: dict[str, Any]
    report: Report

    @property
    def matched(self) -> tuple[list[float], int]:
        """(how many frames after its label each contact was found, contacts found within the labels' span).

        Of the labelled foot; where the labeller did not tell the feet apart either will do. Labels without a contact of
        theirs are left out.
        """
        labels, track = self.labels["contacts"], self.report.trial.track
        within = max(WITHIN_FRAMES, self.labels["contact_frame_uncertainty"])
        free, late = list(self.report.trial.gait.contacts), []
        for label in labels:
            sides = [SIDE[label["foot"]]] if label["foot"] else SIDE.values()
            near = [e for e in free if e.side in sides and abs(e.frame - label["frame"]) <= within]
            if near:
                nearest = min(near, key=lambda e: abs(e.frame - label["frame"]))
                free.remove(nearest)
                late.append((nearest.time_s - track.time_s[label["frame"]]) * track.fps)
        frames = [label["frame"] for label in labels]
        inside = [e for e in self.report.trial.gait.contacts if min(frames) - 5 <= e.frame <= max(frames) + 5]
        return late, len(inside)

    def label(self, metric: str, ends: Ends) -> str:
        """The labeller's value and doubt, in the metric's unit; a lean also as it would be between joint centres."""
        value = self.labels.get(LABELS[metric])
        if value is None or (metric == "cadence_spm" and not self.labels["cadence_is_real_time"]):
            return "–"
        if metric == "overstride_pct_leg":
            doubt = 100 * self.labels["foot_ahead_uncertainty_px"] / self.labels["leg_length_px"]
            return f"{100 * value:.0f} ± {doubt:.0f}"
        doubt = self.labels[DOUBTS[metric]]
        marked = f"{value:g} ± {doubt:g}"
        if metric == "trunk_lean_deg":
            marked += f"; between joints {value + ends.more:.1f} ± {np.hypot(doubt, 2 * ends.sd):.1f}"
        return marked

    def measured(self, metric: str) -> str:
        found = self.report.measurement(metric)
        return found.missing or f"{found.value:.1f} ({found.low:.1f} to {found.high:.1f})"

    def moved_by(self, metric: str) -> str:
        """By how much the learned correction moved the value."""
        if self.report.measurement(metric).missing is not None:
            return "–"
        trial = self.report.trial
        return f"{correction(trial, METRICS[metric])[0]:+.1f}"


def analysed(model: str) -> list[Labelled]:
    """Every labelled clip that is there; none when the folder is not."""
    path = CLIPS / "truth.json"
    if not path.exists():
        return []
    clips = json.loads(path.read_text(encoding="utf-8"))["clips"]
    options = Options(model=model)
    return [
        Labelled(clip["file"], clip, pipeline.interpret(*read(CLIPS / clip["file"], options), options))
        for clip in clips
    ]


def table(clips: list[Labelled], ends: Ends) -> str:
    lines = [
        "| clip | seen as | contacts matched | measure | label | measured | moved by the correction |",
        "|---|---|---|---|---|---|---|",
    ]
    for clip in clips:
        gait = clip.report.trial.gait
        late, found = clip.matched
        contacts = f"{len(late)} of {len(clip.labels['contacts'])}, {found} found"
        if late:
            contacts += f", {np.mean(late):+.1f} frames after their labels"
        head = f"| {clip.name} | {gait.view.name}, {gait.activity} | {contacts} |"
        for metric in LABELS:
            lines.append(
                f"{head} `{metric}` | {clip.label(metric, ends)} | {clip.measured(metric)} | {clip.moved_by(metric)} |"
            )
            head = "| | | |"
    return "\n".join(lines) + "\n"
