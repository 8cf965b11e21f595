"""A Report as JSON, as CSV tables and as text for the terminal. Nothing is computed here but file time.

A report speaks the time of the file, so that a moment can be found in a player: real time × slow_motion_factor.
A number that is missing is null (JSON) or empty (CSV) and comes with a reason; it is never 0 and never NaN.
"""

from .tables import frames_csv, steps_csv
from .terminal import next_steps, render, render_fatigue, to_text
from .values import SCHEMA, fatigue_json, json_text, readable, to_json

__all__ = [
    "SCHEMA",
    "fatigue_json",
    "frames_csv",
    "json_text",
    "next_steps",
    "readable",
    "render",
    "render_fatigue",
    "steps_csv",
    "to_json",
    "to_text",
]
