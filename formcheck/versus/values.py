"""Two clips compared, as plain values for JSON, described field by field in compare.schema.json."""

from __future__ import annotations

from dataclasses import asdict
from math import isfinite
from typing import Any

from .. import __version__
from ..knowledge import texts
from ..report.values import comparisons_json
from .judged import Judged, Take, Versus

SCHEMA = "formcheck-compare/1"


def to_json(versus: Versus, before: Take, after: Take, film: str | None, no_film: str | None) -> dict[str, Any]:
    """film: the name of the film beside it, or None; no_film: why there is none."""
    return {
        "schema": SCHEMA,
        "formcheck": __version__,
        "before": before.content["video"]["path"],
        "after": after.content["video"]["path"],
        "verdict": versus.verdict,
        "conditions": [asdict(row) for row in versus.conditions],
        "changes": {judged.change.metric: _judged(judged) for judged in versus.changes},
        "film": film,
        "no_film": no_film,
        "notice": asdict(texts()),
    }


def _judged(judged: Judged) -> dict[str, Any]:
    usual = judged.after.usual if judged.after is not None else None
    detectable = round(judged.detectable, 6) if isfinite(judged.detectable) else None
    change: dict[str, Any] = comparisons_json([judged.change])[judged.change.metric]
    return change | {"verdict": judged.verdict, "detectable": detectable, "usual": usual}
