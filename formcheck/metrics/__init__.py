"""Trial → Measurements. A metric is one function: its name is key and unit, its docstring's first line the label,
its decorator says from where it can be seen. Everything else (table, report, tests) walks ``METRICS``."""

from . import steps  # noqa: F401 (fills the table, in the order of the report)

# isort: split
from . import side  # noqa: F401

# isort: split
from . import stance  # noqa: F401

# isort: split
from . import upper_body  # noqa: F401

# isort: split
from . import pace  # noqa: F401

# isort: split
from . import rear  # noqa: F401

# isort: split
from .body import features, learned, near_side, seen_legs
from .table import FEWEST_STEPS, LEG_OF_HEIGHT, METRICS, Metric, measure

__all__ = [
    "FEWEST_STEPS",
    "LEG_OF_HEIGHT",
    "METRICS",
    "Metric",
    "features",
    "learned",
    "measure",
    "near_side",
    "seen_legs",
]
