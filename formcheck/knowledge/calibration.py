"""The learned map from a pose model's landmarks to anatomical truth, kept as data in calibration_<model>.toml.

Every pose model errs in its own way, and has a file of its own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..backends import backend_of

NOTHING_LEARNED = "calibration_none.toml"
FADES_WITHIN = 0.25  # of a feature's range: this far beyond its end it is no longer trusted at all
DOUBTED = 0.5  # of a correction that was not made: the truth lies somewhere between none of it and all


@dataclass(frozen=True)
class Cue:
    """How much later (+) or earlier (−) than the event a cue comes, and its scatter, in strides."""

    lead: float
    sd: float


@dataclass(frozen=True)
class ChangeError:
    """Error of a metric's change besides its scatter: sd for runners who do not change, and a share of the change.

    NaN for a metric that shows too little of a change.
    """

    sd: float = float("nan")
    share: float = float("nan")

    @property
    def seen(self) -> bool:
        return bool(np.isfinite(self.sd))

    def error(self, change: float) -> float:
        """Its standard deviation, for a change of this size."""
        return float(np.hypot(self.sd, self.share * change))


Vector = Sequence[float] | NDArray[np.float64]


@dataclass(frozen=True)
class Feature:
    """A property of the clip that corrections depend on: its usual value and the range it was learned over."""

    usual: float
    low: float
    high: float

    def believed(self, value: float) -> float:
        """The value as far as it is trusted: beyond the range, the usual value gradually takes its place."""
        if not np.isfinite(value):
            return self.usual
        return self.usual + self.share(value) * (float(np.clip(value, self.low, self.high)) - self.usual)

    def share(self, value: float) -> float:
        """How far it is trusted: 1 inside the range, 0 far outside."""
        beyond = abs(value - float(np.clip(value, self.low, self.high)))
        return max(0.0, 1 - beyond / (FADES_WITHIN * (self.high - self.low)))

    def left_out(self, value: float) -> float:
        """How much of the value's distance from the usual one is not trusted; the whole range when unknown."""
        return abs(value - self.believed(value)) if np.isfinite(value) else self.high - self.low


@dataclass(frozen=True)
class Correction:
    """What is added to a metric: offset plus slope × (feature − usual) for each feature.

    sd is the standard deviation of the error that remains, in the metric's unit. A feature outside the range it
    was learned over is not trusted (a head bent like no learned runner's, a hood); part of the correction it would have
    made is added to the sd instead.
    """

    offset: float = 0.0
    sd: float = 0.0
    slopes: Mapping[str, float] = field(default_factory=dict)
    features: Mapping[str, Feature] = field(default_factory=dict)

    def at(self, features: Mapping[str, float]) -> tuple[float, float]:
        """(what to add, standard deviation of the error that remains) for a clip with these features."""
        offset, doubt = self.offset, 0.0
        for name, slope in self.slopes.items():
            row, value = self.features[name], features[name]
            offset += slope * (row.believed(value) - row.usual)
            doubt += DOUBTED * abs(slope) * row.left_out(value)
        return offset, float(np.hypot(self.sd, doubt))


@dataclass(frozen=True)
class LongMap:
    """A measure read from many values at once: offset plus slope × (value − usual) / spread, summed.

    sd: of the error that remains. farthest: root mean square of (value − usual) / spread up to which runners were seen.
    """

    offset: float
    sd: float
    farthest: float
    usual: Vector
    spread: Vector
    slopes: Vector

    def at(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The measure (…) for values (…, k)."""
        return np.asarray(self.offset + self._apart(values) @ np.asarray(self.slopes))

    def believable(self, values: NDArray[np.float64]) -> bool:
        """Whether runners like this were seen in learning."""
        return bool(np.sqrt(np.mean(self._apart(values) ** 2)) < self.farthest)

    def _apart(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((values - np.asarray(self.usual)) / np.asarray(self.spread))


class Calibration:
    """What was learned for one pose model: ``calibration.of("heavy")``."""

    def __init__(self, tables: Mapping[str, Mapping[str, Any]]) -> None:
        self._tables = tables
        self._features = {name: Feature(**row) for name, row in tables["features"].items()}

    def correction(self, metric: str) -> Correction:
        """The metric's correction; raises KeyError where none was learned."""
        return Correction(**self._tables["corrections"][metric], features=self._features)

    def long_map(self, metric: str) -> LongMap:
        """The map of a metric that is read from many values; raises KeyError where none was learned."""
        return LongMap(**self._tables["long_maps"][metric])

    def has(self, table: str, name: str) -> bool:
        """Whether a row was learned."""
        return name in self._tables.get(table, {})

    def any_of(self, table: str) -> bool:
        """Whether any row of a table was learned."""
        return bool(self._tables.get(table))

    def near_far(self, metric: str) -> tuple[float, float]:
        """(near minus far leg, its standard deviation between clips) for runners whose legs are alike."""
        row = self._tables["near_far"][metric]
        return row["offset"], row["sd"]

    def change(self, metric: str) -> ChangeError:
        """The error of a change of the metric, over a clip or between two."""
        return ChangeError(**self._tables["changes"].get(metric, {}))

    def cue(self, event: str, name: str) -> Cue:
        """A cue's calibration; event is "contact" or "toe_off"."""
        return Cue(**self._tables[f"{event}_cues"][name])

    def standing(self, metric: str) -> Correction | None:
        """What is added to the metric's value minus that of the same runner standing; None where it was not learned.

        Its features are the run's minus those of standing, ``from_standing``.
        """
        row = self._tables.get("standing", {}).get(metric)
        return Correction(**row, features=self._features) if row else None

    def event_sd(self, event: str) -> float:
        """Scatter of an event's mean time between clips, in strides: no event is more certain than this."""
        return float(self._tables["events"][event]["sd"])

    def threshold(self, statistic: str) -> float:
        """Limit of a clip's statistic, past which the clip is not trusted in what that statistic is about."""
        return float(self._tables["thresholds"][statistic])

    def perspective(self, effect: str, view: str, undisturbed: float) -> float:
        """What perspective turns a quantity into, seen from behind or in front; ``undisturbed`` in other views."""
        return float(self._tables["perspective"][effect].get(view, undisturbed))

    def rows(self, table: str) -> dict[str, str]:
        """The rows of a table as in the file: TOML text by name."""
        return {name: inline(row) for name, row in self._tables[table].items()}

    def all_rows(self) -> dict[str, dict[str, str]]:
        """The rows of every table, by its name."""
        return {table: self.rows(table) for table in self._tables}


def from_standing(feature: str) -> str:
    """The name for the change of a feature between standing and the run."""
    return f"{feature}_from_standing"


def inline(value: Any) -> str:
    """Numbers, lists and tables of them as TOML writes them on one line, at four digits."""
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    if not isinstance(value, dict):
        return f"{value:.4g}"
    return "{ " + ", ".join(f"{key} = {inline(part)}" for key, part in value.items()) + " }"


def file_of(model: str) -> str:
    """Name of a pose model's file, which lies beside this one: named after the networks, whichever engine runs them."""
    return f"calibration_{backend_of(model).networks}.toml"


@cache
def of(model: str) -> Calibration:
    """What was learned for a pose model, or holds for all others; ``of.cache_clear()`` once its file is rewritten."""
    folder = resources.files(__package__)
    file = folder / file_of(model)
    return Calibration(tomllib.loads((file if file.is_file() else folder / NOTHING_LEARNED).read_text("utf-8")))
