"""A Report as plain values for JSON, described field by field in report.schema.json."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from math import isfinite
from typing import Any

import numpy as np

from .. import __version__
from ..datatypes import Bout, Comparison, Event, Finding, Interval, Measurement, Report
from ..knowledge import reason, texts
from ..knowledge.judged import judged_by
from ..outgoing import json_file, readable
from .summary import Summary, summary

SCHEMA = "formcheck-report/1"
# that readers of a report must know of
SETTINGS = ("height_cm", "speed_kmh", "person", "start", "end", "blur_face", "stick_figure")


def _settings(report: Report) -> dict[str, Any]:
    said = {name: getattr(report.options, name) for name in SETTINGS}
    return said | {"shoes": report.shoes or None, "own_limits": judged_by()}


def to_json(report: Report, together: dict[str, Any] | None = None) -> dict[str, Any]:
    """The report as plain values for ``json``, as described in report.schema.json.

    together: for several clips, what ``together_json`` returns.
    """
    gait, person = report.trial.gait, report.trial.track.person
    factor = report.trial.video.slow_motion_factor
    return {
        "schema": SCHEMA,
        "formcheck": __version__,
        "video": _video(report),
        "keypoints": readable(report.options.keypoints) if report.options.keypoints else None,
        "model": report.trial.track.model,
        "view": _view(report),
        "settings": _settings(report),
        "activity": gait.activity,
        "surface": gait.surface,
        "summary": _summary(summary(report)),
        "person": asdict(person) | {"numbers": list(person.numbers or (person.number,))},
        "contacts": [_event(event, factor) for event in report.contacts],
        "toe_offs": [_event(event, factor) for event in report.toe_offs],
        "bouts": [_bout(bout) for bout in report.bouts],
        "measurements": {m.name: _measurement(m) for m in report.measurements},
        "left_right": comparisons_json(c for c in report.comparisons if c.kind == "left_right"),
        "trends": comparisons_json(c for c in report.comparisons if c.kind == "trend"),
        "standing": _standing(report),
        "findings": [_finding(finding) for finding in report.findings],
        "quality": {"warnings": list(report.warnings), "repairs": asdict(report.trial.track.repairs)},
        "together": together,
        "notice": asdict(texts()),
    }


def json_text(report: Report, together: dict[str, Any] | None = None) -> str:
    """The content of report.json."""
    return json_file(to_json(report, together))


def _video(report: Report) -> dict[str, Any]:
    video = report.trial.video
    numbers = {"frames": video.frames, "duration_s": finite(video.duration_s), "fps": finite(video.fps)}
    return {
        "path": readable(str(video.path)),
        "width_px": video.width_px,
        "height_px": video.height_px,
        **numbers,
        "slow_motion_factor": video.slow_motion_factor,
        "filmed": video.filmed,
        "scale": video.scale,
        "missing": {key: "the file does not say" for key, value in numbers.items() if value is None},
    }


def _view(report: Report) -> dict[str, Any]:
    """Where the camera looked from, and how it was set up."""
    gait, track = report.trial.gait, report.trial.track
    view = {"name": gait.view.name, "facing": gait.view.facing, "confidence": finite(gait.view.confidence)}
    camera = {
        "yaw_deg": finite(gait.view.yaw_deg),
        "elevation_deg": finite(gait.view.elevation_deg),
        "roll_deg": finite(track.roll_deg),
        "turned_deg": float(np.ptp(track.turn_deg)),
        "camera_stays": gait.camera_stays,
    }
    return view | camera


def _event(event: Event, factor: float) -> dict[str, Any]:
    return {
        "time_s": finite(event.time_s * factor),
        "frame": finite(event.frame),
        "side": event.side,
        "sd_s": finite(event.sd_s * factor),
    }


def _bout(bout: Bout) -> dict[str, Any]:
    gait, (begin, end) = bout.trial.gait, bout.span_s
    return {
        "begin_s": finite(begin),
        "end_s": finite(end),
        "used": bout.used,
        "activity": gait.activity,
        "view": gait.view.name,
        "facing": gait.view.facing,
        "steps": len(gait.contacts),
        "slow_motion_factor": finite(bout.slowed * bout.trial.video.slow_motion_factor),
        "measurements": {m.name: _measurement(m) for m in bout.measurements},
    }


def _measurement(m: Measurement) -> dict[str, Any]:
    return {
        "label": m.label,
        "unit": m.unit,
        "value": finite(m.value),
        "low": finite(m.low),
        "high": finite(m.high),
        "spread": finite(m.spread),
        "n": m.n,
        "clip_sd": finite(m.clip_sd),
        "sampling": finite(m.sampling),
        "missing": None if m.missing is None else reason(m.missing).because,
        "reason": m.missing,
    }


def _standing(report: Report) -> dict[str, Any] | None:
    """The runner's own zero: where it was seen, and what is compared with it."""
    stood = report.stood
    if stood is None:
        return None
    begin, end = stood.span_s
    video = report.trial.video if stood.trial is None else stood.trial.video
    return {
        "video": readable(str(video.path)),
        "begin_s": finite(begin),
        "end_s": finite(end),
        "same_camera": stood.same_camera,
        "missing": None if stood.missing is None else reason(stood.missing).because,
        "reason": stood.missing,
        "measures": comparisons_json(c for c in report.comparisons if c.kind == "standing"),
    }


def comparisons_json(comparisons: Iterable[Comparison]) -> dict[str, Any]:
    """By metric."""
    return {c.metric: _comparison(c) for c in comparisons}


def _comparison(c: Comparison) -> dict[str, Any]:
    numbers = {key: finite(getattr(c, key)) for key in ("value", "low", "high", *c.names)}
    intervals = {key: interval_json(getattr(c, key)) for key in (f"{name}_interval" for name in c.names)}
    missing = None if c.missing is None else reason(c.missing).because
    told = {"n": c.n, "missing": missing, "reason": c.missing}
    return {"label": c.label, "unit": c.unit, **numbers, **intervals, **told}


def interval_json(interval: Interval) -> list[float | None] | None:
    """Its ends; None where there is none."""
    return [finite(end) for end in interval] if all(map(isfinite, interval)) else None


def _summary(made: Summary) -> dict[str, Any]:
    """Findings are named by their faults."""
    said = ("what", "measure", "how_much", "how_sure", "try_this")
    told = [{"fault": t.finding.fault} | {key: getattr(t, key) for key in said} for t in made.told]
    rest = {key: [f.fault for f in getattr(made, key)] for key in ("more", "fine", "close", "unmeasured")}
    return {"verdict": made.verdict, "told": told, **rest, "tip": made.tip}


def _finding(finding: Finding) -> dict[str, Any]:
    plain = asdict(finding) | {key: finite(getattr(finding, key)) for key in ("value", "limit", "likely")}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()}


def finite(value: float | None) -> float | None:
    """A number that JSON can hold, to six decimals: finer than any measurement here; None when there is none."""
    return round(float(value), 6) if value is not None and isfinite(value) else None
