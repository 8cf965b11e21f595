"""One clip against another: what differs in the filming, what changed in the form, and how both move in step.

Two reports in, plain values out; ``annotate`` and ``page`` draw them, ``abreast`` writes the files.
"""

from .conditions import Condition, conditions, differing
from .judged import Judged, Take, Verdict, Versus, compared, judge
from .terminal import render_versus
from .values import SCHEMA, to_json

__all__ = [
    "SCHEMA", "Condition", "Judged", "Take", "Verdict", "Versus", "compared", "conditions", "differing", "judge",
    "render_versus", "to_json",
]  # fmt: skip
