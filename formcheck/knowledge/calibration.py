"""The learned map from the pose model's landmarks to anatomical truth, kept as data in calibration.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Correction:
    """What is added to a metric, and the standard deviation of the error that remains, in the metric's unit."""

    offset: float = 0.0
    sd: float = 0.0


def correction(metric: str) -> Correction:
    """The metric's correction; none is needed for those that are not in the file."""
    return _corrections().get(metric, Correction())


@cache
def _corrections() -> Mapping[str, Correction]:
    text = (resources.files(__package__) / "calibration.toml").read_text(encoding="utf-8")
    return {name: Correction(**row) for name, row in tomllib.loads(text)["corrections"].items()}
