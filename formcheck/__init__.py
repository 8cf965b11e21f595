"""Running-form analysis from video: what in a stride may load the back, measured, with its uncertainty.

    report = formcheck.analyze("run.mp4", height_cm=178)
    report.summary.verdict, report["trunk_lean_deg"].value, report.findings, report.contacts
    report.save("results/run")
    report = formcheck.read_report("results/run")
    changes = formcheck.compare(before, after)
    changes["trunk_lean_deg"].value, changes.differences
    formcheck.athlete("Ana").clips, formcheck.athlete("Ana").changes()

Importing the package loads nothing heavy; each name exported here is loaded on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import Athlete, Contact, Report, Summary, Table, Told, analyze, athlete, athletes, compare, read_report
    from .datatypes import (
        AgainstStanding,
        Change,
        Finding,
        FormcheckError,
        LeftRight,
        Measurement,
        NothingMeasurableError,
        NotUnderstoodError,
        UnreadableInputError,
        UnreadableVideoError,
    )
    from .history.records import ClipRecord, Entry
    from .versus import Changes, Condition

__version__ = "0.1.0"

_FACE = {
    **dict.fromkeys(("Athlete", "Contact", "Report", "Summary", "Table", "Told"), "api"),
    **dict.fromkeys(("analyze", "athlete", "athletes", "compare", "read_report"), "api"),
    **dict.fromkeys(("AgainstStanding", "Change", "Finding", "LeftRight", "Measurement"), "datatypes"),
    **dict.fromkeys(("FormcheckError", "NothingMeasurableError", "NotUnderstoodError"), "datatypes"),
    **dict.fromkeys(("UnreadableInputError", "UnreadableVideoError"), "datatypes"),
    **dict.fromkeys(("ClipRecord", "Entry"), "history.records"),
    **dict.fromkeys(("Changes", "Condition"), "versus"),
}

__all__ = [
    "AgainstStanding",
    "Athlete",
    "Change",
    "Changes",
    "ClipRecord",
    "Condition",
    "Contact",
    "Entry",
    "Finding",
    "FormcheckError",
    "LeftRight",
    "Measurement",
    "NotUnderstoodError",
    "NothingMeasurableError",
    "Report",
    "Summary",
    "Table",
    "Told",
    "UnreadableInputError",
    "UnreadableVideoError",
    "__version__",
    "analyze",
    "athlete",
    "athletes",
    "compare",
    "read_report",
]


if not TYPE_CHECKING:  # to a type checker, every misspelt name would be there

    def __getattr__(name: str) -> Any:
        if name not in _FACE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_FACE[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
