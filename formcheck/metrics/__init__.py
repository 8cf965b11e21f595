"""Trial → Measurements. A metric is one function decorated by ``registry.metric``, and its place in ``REPORT_ORDER``.

Its name is its key and ends in its unit; its decorator states the label, the views that show it, what it needs of a
clip and how errors enter it. ``gates`` withholds what a clip cannot give, ``uncertainty`` holds the parts of the
interval, and ``measurement`` puts both together. Everything else (report, tests) iterates over ``METRICS``.
"""

from . import angles, pace, rear, side, stance, steps, upper_body  # noqa: F401 (each enters its metrics)
from .body import LEG_OF_HEIGHT, FrameBody, calibration_of, features, near_side, seen_legs, why_not_both_legs
from .gates import FEWEST_STEPS
from .measurement import measure, without_tilted
from .pace import fitting_speeds, possible_speeds
from .registry import METRICS, REPORT_ORDER, Metric, Need, Timing
from .series import Column, series
from .uncertainty import widening

__all__ = [
    "FEWEST_STEPS",
    "LEG_OF_HEIGHT",
    "METRICS",
    "REPORT_ORDER",
    "Column",
    "FrameBody",
    "Metric",
    "Need",
    "Timing",
    "angles",
    "calibration_of",
    "features",
    "fitting_speeds",
    "measure",
    "near_side",
    "possible_speeds",
    "seen_legs",
    "series",
    "why_not_both_legs",
    "widening",
    "without_tilted",
]
