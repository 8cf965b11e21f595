"""Findings read back from the report.json that ``formcheck analyze`` wrote."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import MISSING, dataclass, fields
from math import nan
from pathlib import Path
from typing import Any

from ..datatypes import Finding, UnreadableInputError
from ..incoming import LONGEST_TEXT, report_in
from ..knowledge import REGIONS
from ..outgoing import quoted
from ..settings import own_limits_of
from ..words import ACTIVITIES, LEVELS, titled

NUMBERS, LISTS = {"value", "limit", "likely"}, {"regions", "citations"}
OPTIONAL = "missing"  # a text or null


@dataclass(frozen=True)
class Seen:
    """What a plan needs from a report: the clip's name, what was done in it, and the findings.

    - ``place``: the clip's name with the film's whole path, which tells it from others of that name
    - ``own_limits``: as ``settings.own_limits_of`` tells the limits that they were judged by
    """

    video: str
    place: str
    activity: str
    findings: tuple[Finding, ...]
    own_limits: str | None = None


def read(path: Path) -> Seen:
    """The report's findings; a folder stands for the report.json in it."""
    file, content = report_in(path, "give the report.json of formcheck analyze")
    try:
        findings = tuple(map(_finding, _listed(content["findings"])))
        settings, activity = content.get("settings", {}), _among(ACTIVITIES, content["activity"], "activity")
        film = Path(content["video"]["path"])
        name, place = (titled(called, settings) for called in (film.name, str(film)))
        return Seen(name, place, activity, findings, own_limits_of(settings))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UnreadableInputError(
            f"{file}: damaged or of another version ({error}); analyse the clip again"
        ) from error


def _finding(row: dict[str, Any]) -> Finding:
    """Keys unknown to this version are ignored; missing numbers are NaN."""
    given = {f.name: row[f.name] for f in fields(Finding) if f.name in row or f.default is MISSING}
    _among(LEVELS, given["level"], "level")
    absent = {OPTIONAL} if given.get(OPTIONAL) is None else set()
    for name in given.keys() - NUMBERS - absent:
        given[name] = tuple(map(_text, given[name])) if name in LISTS else _text(given[name])
    for region in given["regions"]:
        _among(REGIONS, region, "region")
    numbers = {key: nan if given[key] is None else float(given[key]) for key in NUMBERS & given.keys()}
    return Finding(**given | numbers)


def _among(known: Container[str], value: Any, what: str) -> str:
    if value not in known:
        raise ValueError(f"{what} {quoted(str(value))} is unknown")
    return str(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"a text of {len(value)} characters")
    value.encode()  # refuses lone surrogates
    return value


def _listed(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("the findings are not a list")
    return value
