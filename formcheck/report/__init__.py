"""A Report as JSON, as CSV tables and as text for the terminal. Nothing is computed here but file time.

A report speaks the time of the file, so that a moment can be found in a player: real time × slow_motion_factor.
A number that is missing is null (JSON) or empty (CSV) and comes with a reason; it is never 0 and never NaN.
"""

from .scales import Band, Scale, scales
from .summary import Summary, Told, summary
from .tables import frames_csv, steps_csv
from .terminal import next_steps, render, render_fatigue, to_text
from .values import SCHEMA, fatigue_json, json_text, readable, to_json

__all__ = [
    "SCHEMA",
    "Band",
    "Scale",
    "Summary",
    "Told",
    "fatigue_json",
    "frames_csv",
    "json_text",
    "next_steps",
    "readable",
    "render",
    "render_fatigue",
    "scales",
    "steps_csv",
    "summary",
    "to_json",
    "to_text",
]
