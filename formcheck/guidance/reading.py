"""Findings read back from the report.json that ``formcheck analyze`` wrote."""

from __future__ import annotations

import json
from dataclasses import MISSING, dataclass, fields
from math import nan
from pathlib import Path
from typing import Any

from ..datatypes import Finding, UnreadableInputError

FORMAT = "formcheck-report/"
LEVELS = ("fault", "watch", "borderline", "ok", "not_measured")


@dataclass(frozen=True)
class Seen:
    """What a plan needs of a report: the clip's name, what was done in it, and the findings."""

    video: str
    activity: str
    findings: tuple[Finding, ...]


def read(path: Path) -> Seen:
    """The report's findings; a folder stands for the report.json in it."""
    file = path / "report.json" if path.is_dir() else path
    try:
        content = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise UnreadableInputError(f"{file}: cannot be read ({error.strerror}); check name and rights") from error
    except ValueError as error:
        raise UnreadableInputError(f"{file}: not a report; give the report.json of formcheck analyze") from error
    if not isinstance(content, dict) or not str(content.get("schema", "")).startswith(FORMAT):
        raise UnreadableInputError(f"{file}: not a report of formcheck; give the report.json of formcheck analyze")
    try:
        findings = tuple(_finding(row) for row in content["findings"])
        return Seen(Path(content["video"]["path"]).name, str(content["activity"]), findings)
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableInputError(
            f"{file}: damaged or of another version ({error}); analyse the clip again"
        ) from error


def _finding(row: dict[str, Any]) -> Finding:
    """Keys that this version does not know are passed over; numbers that are missing are NaN."""
    given = {f.name: row[f.name] for f in fields(Finding) if f.name in row or f.default is MISSING}
    if given["level"] not in LEVELS:
        raise ValueError(f"level {given['level']!r} is unknown")
    for name, value in given.items():
        if isinstance(value, list):
            given[name] = tuple(value)
    return Finding(**given | {key: nan if given[key] is None else float(given[key]) for key in ("value", "limit")})
