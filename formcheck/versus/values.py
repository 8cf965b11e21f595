"""Two clips compared, as plain values for JSON, described field by field in the schemas named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from .. import __version__
from ..knowledge import texts
from ..knowledge.judged import judged_by
from ..report.values import comparisons_json, finite
from ..settings import part_of
from .judged import Changes, Judged, Take, Versus

SCHEMA = "formcheck-compare/1"
FATIGUE = "formcheck-fatigue/1"


def to_json(versus: Versus, before: Take, after: Take, film: str | None, no_film: str | None) -> dict[str, Any]:
    """film: the name of the film beside it, or None; no_film: why there is none."""
    return {
        "schema": SCHEMA,
        "formcheck": __version__,
        "before": before.content["video"]["path"],
        "after": after.content["video"]["path"],
        "parts": [part_of(take.content["settings"]) for take in (before, after)],
        "verdict": versus.verdict,
        "own_limits": judged_by(),
        "limits": versus.limits,
        "conditions": [asdict(row) for row in versus.conditions],
        "changes": {judged.change.metric: _judged(judged) for judged in versus.changes},
        "film": film,
        "no_film": no_film,
        "notice": asdict(texts()),
    }


def fatigue_json(reports: Sequence[dict[str, Any]], changes: Changes | None) -> dict[str, Any]:
    """Two reports on one run, early and late; changes: None when one of them failed."""
    return {
        "schema": FATIGUE,
        "formcheck": __version__,
        "reports": [*reports],
        "one_clip": None if changes is None else changes.one_clip,
        "differences": None if changes is None else [asdict(row) for row in changes.differences],
        "changes": None if changes is None else comparisons_json(changes.values()),
    }


def _judged(judged: Judged) -> dict[str, Any]:
    usual = judged.after.usual if judged.after is not None else None
    change: dict[str, Any] = comparisons_json([judged.change])[judged.change.metric]
    return change | {"verdict": judged.verdict, "detectable": finite(judged.detectable), "usual": usual}
