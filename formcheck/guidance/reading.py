"""Findings read back from the report.json that ``formcheck analyze`` wrote, and tables from CSV files."""

from __future__ import annotations

import csv
import json
from dataclasses import MISSING, dataclass, fields
from io import StringIO
from math import nan
from pathlib import Path
from typing import Any

from ..datatypes import Finding, UnreadableInputError

FORMAT = "formcheck-report/"
NUMBERS, LISTS = {"value", "limit", "likely"}, {"regions", "citations"}
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
        content = json.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise UnreadableInputError(f"{file}: cannot be read ({error.strerror}); check name and rights") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableInputError(f"{file}: not a report; give the report.json of formcheck analyze") from error
    if not isinstance(content, dict) or not str(content.get("schema", "")).startswith(FORMAT):
        raise UnreadableInputError(f"{file}: not a report of formcheck; give the report.json of formcheck analyze")
    try:
        findings = tuple(map(_finding, _listed(content["findings"])))
        return Seen(Path(content["video"]["path"]).name, str(content["activity"]), findings)
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableInputError(
            f"{file}: damaged or of another version ({error}); analyse the clip again"
        ) from error


def table(text: str, path: Path) -> list[list[str]]:
    """The cells of a CSV file, whichever of comma, semicolon and tab parts its first line.

    A quote that is never closed is refused: it would take all later lines into its cell.
    """
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    lines = csv.reader(StringIO(text), delimiter=delimiter, strict=True)
    cells, begins = [], 1
    try:
        for line in lines:
            cells.append(line)
            begins = lines.line_num + 1
    except csv.Error as error:
        raise UnreadableInputError(f"{path}, line {begins}: not a table ({error}); look at its quotes") from error
    return cells


def _finding(row: dict[str, Any]) -> Finding:
    """Keys that this version does not know are passed over; numbers that are missing are NaN."""
    given = {f.name: row[f.name] for f in fields(Finding) if f.name in row or f.default is MISSING}
    if given["level"] not in LEVELS:
        raise ValueError(f"level {given['level']!r} is unknown")
    for name in given.keys() - NUMBERS:
        given[name] = tuple(map(_text, given[name])) if name in LISTS else _text(given[name])
    numbers = {key: nan if given[key] is None else float(given[key]) for key in NUMBERS & given.keys()}
    return Finding(**given | numbers)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    value.encode()  # refuses halves of characters
    return value


def _listed(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("the findings are no list")
    return value
