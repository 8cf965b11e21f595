"""Real clips with labels, where they are on this machine. All tests read them alike, so that each is read once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from formcheck.datatypes import Options

CLIPS = Path(__file__).parents[2] / "shared" / "clips"
QUICK = "full"
PARTS: dict[str, dict[str, float]] = {  # where something else than the whole is read
    "front_slowmo": {"start": 15.0},  # before that, the legs are not in the picture
    "treadmill_fisheye_30fps": {"end": 5.0},
    "treadmill_side_30fps": {"end": 5.0},
    "two_people_walking": {"end": 4.0},
    "walking_overground": {"end": 8.0},
}

labelled = pytest.mark.skipif(not CLIPS.is_dir(), reason="the labelled real clips are not on this machine")


def options(name: str, **said: Any) -> Options:
    """With what a user says about the clip."""
    return Options(model=QUICK, **PARTS.get(name, {}), **said)
