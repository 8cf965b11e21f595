"""A Report as JSON, as CSV tables and as text for the terminal. Nothing is computed here except file time.

A report gives times in the file, so that a moment can be found in a player: real time × slow_motion_factor.
A missing number is null (JSON) or empty (CSV) and comes with a reason; it is never 0 and never NaN.
"""

from .scales import Scale, check_limits, scales
from .screen import FORMS, notice, render_together, to_text
from .summary import Summary, Told, absent, calls_for_work, summary
from .tables import frames_csv, steps_csv
from .terminal import next_step
from .together import Together, together, together_json
from .values import json_text, to_json

__all__ = [
    "FORMS",
    "Scale",
    "Summary",
    "Together",
    "Told",
    "absent",
    "calls_for_work",
    "check_limits",
    "frames_csv",
    "json_text",
    "next_step",
    "notice",
    "render_together",
    "scales",
    "steps_csv",
    "summary",
    "to_json",
    "to_text",
    "together",
    "together_json",
]
