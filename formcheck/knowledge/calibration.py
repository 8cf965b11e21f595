"""The learned map from the pose model's landmarks to anatomical truth, kept as data in calibration.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

FADES_WITHIN = 0.25  # of a feature's range: so far beyond its end nothing of it is believed any more
DOUBTED = 0.5  # of a correction that was not made: the truth lies somewhere between none of it and all


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

    def believed(self, value: float) -> float:
        """The value as far as it is believed: beyond the range the usual value gradually takes its place."""
        if not np.isfinite(value):
            return self.usual
        return self.usual + self.share(value) * (float(np.clip(value, self.low, self.high)) - self.usual)

    def share(self, value: float) -> float:
        """How much of it is believed: 1 inside the range, 0 far outside."""
        beyond = abs(value - float(np.clip(value, self.low, self.high)))
        return max(0.0, 1 - beyond / (FADES_WITHIN * (self.high - self.low)))

    def left_out(self, value: float) -> float:
        """How much of the value's distance from the usual one is not believed; all of the range when unknown."""
        return abs(value - self.believed(value)) if np.isfinite(value) else self.high - self.low


@dataclass(frozen=True)
class Correction:
    """What is added to a metric: offset plus slope × (feature − usual) for each feature.

    sd is the standard deviation of the error that remains, in the metric's unit. A feature outside the range it
    was learned over is not believed (a head bent as no learned runner's was, a hood); part of the correction it would
    have made is added to the sd instead.
    """

    offset: float = 0.0
    sd: float = 0.0
    slopes: Mapping[str, float] = field(default_factory=dict)

    def at(self, features: Mapping[str, float]) -> tuple[float, float]:
        """(what to add, standard deviation of the error that remains) for a clip with these features."""
        offset, doubt = self.offset, 0.0
        for name, slope in self.slopes.items():
            row, value = _features()[name], features[name]
            offset += slope * (row.believed(value) - row.usual)
            doubt += DOUBTED * abs(slope) * row.left_out(value)
        return offset, float(np.hypot(self.sd, doubt))


def correction(metric: str) -> Correction:
    """The metric's correction; none is needed for those that are not in the file."""
    row = _table("corrections").get(metric)
    return Correction(**row) if row else Correction()


def believable(features: Mapping[str, float]) -> bool:
    """Whether something of every feature is believed: it is within the range it was learned over, or near it."""
    rows = _features()
    return all(rows[name].share(value) > 0 for name, value in features.items())


def near_far(metric: str) -> tuple[float, float]:
    """(near less far leg, its standard deviation between clips) of runners whose legs are alike."""
    row = _table("near_far")[metric]
    return row["offset"], row["sd"]


def wander_sd(metric: str) -> float:
    """Standard deviation of a metric's change over a clip of runners who do not change; NaN while it is not known."""
    return float(_table("wander").get(metric, {"sd": np.nan})["sd"])


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
