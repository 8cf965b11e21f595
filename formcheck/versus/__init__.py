"""One clip against another: what differs in the filming, what changed in the form, and how both move in step.

Two reports in, plain values out; ``annotate`` and ``page`` draw them, ``abreast`` writes the files.
"""

from .conditions import Condition, conditions, differing
from .judged import Changes, Judged, Take, Verdict, Versus, changes, compared, judge
from .terminal import render_fatigue, render_versus
from .values import fatigue_json, to_json

__all__ = [
    "Changes", "Condition", "Judged", "Take", "Verdict", "Versus", "changes", "compared", "conditions",
    "differing", "fatigue_json", "judge", "render_fatigue", "render_versus", "to_json",
]  # fmt: skip
