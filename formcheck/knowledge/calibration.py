"""The learned map from the pose model's landmarks to anatomical truth, kept as data in calibration.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Cue:
    """How much later (+) or earlier (−) than the event a cue comes, and its scatter, in strides."""

    lead: float
    sd: float


@dataclass(frozen=True)
class Feature:
    """A property of the clip that corrections depend on: its usual value and the range it was learned over."""

    usual: float
    low: float
    high: float


@dataclass(frozen=True)
class Correction:
    """What is added to a metric: offset plus slope × (feature − usual) for each feature.

    sd is the standard deviation of the error that remains, in the metric's unit. A feature outside the range it
    was learned over counts as the range's end, and the part of the correction thus left out is added to the sd.
    """

    offset: float = 0.0
    sd: float = 0.0
    slopes: Mapping[str, float] = field(default_factory=dict)

    def at(self, features: Mapping[str, float]) -> tuple[float, float]:
        """(what to add, standard deviation of the error that remains) for a clip with these features."""
        offset, left_out = self.offset, 0.0
        for name, slope in self.slopes.items():
            row, value = _features()[name], features[name]
            inside = float(np.clip(value, row.low, row.high)) if np.isfinite(value) else row.usual
            offset += slope * (inside - row.usual)
            left_out += abs(slope * (value - inside)) if np.isfinite(value) else abs(slope * (row.high - row.low))
        return offset, float(np.hypot(self.sd, left_out))


def correction(metric: str) -> Correction:
    """The metric's correction; none is needed for those that are not in the file."""
    row = _table("corrections").get(metric)
    return Correction(**row) if row else Correction()


def cue(event: str, name: str) -> Cue:
    """A cue's calibration; event is "contact" or "toe_off"."""
    return Cue(**_table(f"{event}_cues")[name])


def event_sd(event: str) -> float:
    """Scatter of an event's mean time between clips, in strides: no event is surer than this."""
    return float(_table("events")[event]["sd"])


def rows(table: str) -> dict[str, str]:
    """The rows of a table as they stand in the file: TOML text by name."""
    return {name: _inline(row) for name, row in _table(table).items()}


def _inline(row: Mapping[str, Any]) -> str:
    parts = (f"{key} = {_inline(value) if isinstance(value, dict) else f'{value:.4g}'}" for key, value in row.items())
    return "{ " + ", ".join(parts) + " }"


def forget() -> None:
    """Read the file anew next time: it was rewritten."""
    _file.cache_clear()
    _features.cache_clear()


@cache
def _features() -> Mapping[str, Feature]:
    return {name: Feature(**row) for name, row in _table("features").items()}


def _table(name: str) -> dict[str, dict[str, Any]]:
    return _file().get(name, {})


@cache
def _file() -> dict[str, dict[str, dict[str, Any]]]:
    return tomllib.loads((resources.files(__package__) / "calibration.toml").read_text(encoding="utf-8"))
