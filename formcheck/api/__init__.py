"""The library's public interface: analyse a clip, read a report back, compare two, all as plain values.

Nothing heavy is imported before it is needed: reading a report loads neither a pose model nor a video library.
"""

from .calls import Athlete, analyze, athlete, athletes, compare, of, read_report
from .reports import AGAIN, Contact, Report, Summary, Table, Told

__all__ = [
    "AGAIN", "Athlete", "Contact", "Report", "Summary", "Table", "Told", "analyze", "athlete", "athletes", "compare",
    "of", "read_report",
]  # fmt: skip
