"""Rendered runners whose legs move alike: they teach how differently the camera sees the near and the far leg.

    python -m benchmarks.alike [--processes 2]          # render what is missing in the cache

Nothing else is learned from them, and nothing about them is reported.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from .population import ASYMMETRY, RANGES, Dials, Member, Spread, bodies_of, ordinary, rendering, small
from .virtual_runner import changed

SEED = 50
COUNT = 32
SQUARE_ON = {"yaw_deg": (-8.0, 8.0)}  # beyond this, legs are not compared
FILMED: dict[str, Any] = {"recording.fps": 30.0, "recording.seconds": 7.0, "recording.blur_samples": 1}


@cache
def runners() -> tuple[Member, ...]:
    """Ordinary runners filmed from the side for seven seconds, without the asymmetries they were drawn with."""
    random = np.random.default_rng(SEED)
    spread = Spread(random, COUNT, RANGES | SQUARE_ON)
    members = []
    for i, body in enumerate(bodies_of(COUNT, random)):
        clip = ordinary(f"alike_{i:02d}", spread.at(i), body, np.random.default_rng([SEED, i]))
        even: Dials = {f"form.{dial}": 0.0 for dial in ASYMMETRY}
        members.append(replace(changed(clip, **even, **FILMED, **small(clip.recording)), stratum="alike"))
    return tuple(members)


main = rendering(runners)


if __name__ == "__main__":
    main()
