"""What is said about the runner's own zero: where it was seen, and how the body is held compared with it."""

from __future__ import annotations

from collections.abc import Iterator

from ..datatypes import AgainstStanding, Report
from ..knowledge import reason
from ..outgoing import readable
from ..words import give_or_take, interval_of, number, signed, span, with_unit
from .remedies import remedy

NOT_LEARNED = "standing_not_learned"
FIRST = "trunk_lean_deg"  # the only one shown on one screen


def against_standing(report: Report) -> tuple[AgainstStanding, ...]:
    """The comparisons with standing that could be made."""
    return tuple(c for c in report.comparisons if isinstance(c, AgainstStanding) and c.missing is None)


def why_not(report: Report) -> str | None:
    """Why nothing is compared with standing, if standing itself is the reason."""
    if report.stood is None:
        return None
    rows = [c.missing for c in report.comparisons if isinstance(c, AgainstStanding)]
    return report.stood.missing or (NOT_LEARNED if rows and set(rows) == {NOT_LEARNED} else None)


def stood_when(report: Report) -> str:
    """A sentence on when and where the runner stands, or on why that is no zero; "" when there is nothing to say."""
    missing, stood, when = why_not(report), report.stood, _when(report)
    if missing is not None:
        seen = f" Standing was seen from {when}." if when else ""
        return f"Not compared with standing, since {reason(missing).because}.{seen}"
    if stood is None or stood.trial is None or not against_standing(report):
        return ""
    return f"You stand tall from {when}; what follows is running minus standing."


def _when(report: Report) -> str:
    """When somebody stands, and in which file unless it is the report's own; "" where nobody does."""
    stood = report.stood
    if stood is None or stood.trial is None:
        return ""
    own = stood.trial.video.path != report.trial.video.path
    return span(*stood.span_s) + (f" of {readable(stood.trial.video.path.name)}" if own else "")


def zero_line(report: Report) -> str:
    """The lean compared with standing, in one line; why there is none if it was asked for, else ""."""
    missing = why_not(report)
    if missing is not None and report.options.standing is not None:
        return " ".join(filter(None, (stood_when(report), remedy(missing, report))))
    return next((_line(c) for c in against_standing(report) if c.metric == FIRST), "")


def _line(c: AgainstStanding) -> str:
    ends = (c.value, c.low, c.high) if c.value >= 0 else (-c.value, -c.high, -c.low)
    value, low, high = (number(x, c.unit) for x in ends)
    if c.low <= 0 <= c.high:
        differs = f"{with_unit(signed(c.value, c.unit), c.unit)} ({interval_of(c)})"
        return f"Against standing tall, your lean differs by {differs}: no more than the error of measuring it."
    way = "forward" if c.value >= 0 else "back"
    return f"You lean {with_unit(value, c.unit)} ({low} to {high}) further {way} than when you stand tall."


def zero_rows(report: Report) -> Iterator[dict[str, str]]:
    """Each comparison as the page shows it."""
    for c in against_standing(report):
        standing, running = (give_or_take(m, c.unit) for m in c.measured)
        yield {
            "label": c.label,
            "standing": standing,
            "running": running,
            "value": with_unit(signed(c.value, c.unit), c.unit),
            "interval": interval_of(c),
        }
