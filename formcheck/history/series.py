"""Clips that may be held against each other, and what each measure did from one to the next.

Only clips of one view, one pose model and one moment of the run (early, late, or not said) go together: a change of
camera is no change of form. What still differs between the first and the latest is told beside the numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..datatypes import Change, Measurement
from ..faults import held_against
from ..knowledge import Limits, load
from ..metrics import METRICS
from ..metrics.registry import REPORT_ORDER
from ..trends import compare
from ..versus.conditions import conditions
from ..words import VIEWS
from .records import Clip

MOMENTS = ("early", "late")  # of a run, as a session may name them
KINDS = ("", "_left_right", "_trend")  # of a metric, in rows of limits
SAYS = {"toward": "nearer the usual", "away": "off the usual", "within": "both usual"}


@dataclass(frozen=True)
class Series:
    """One measure over clips that are alike: its values by date, and the latest held against the first.

    ``change``: its interval is that of the difference; ``detectable``: what a change must exceed, half of that interval
    ``limits``: what the measure is held against, None where nothing is believed of it
    """

    metric: str
    label: str
    unit: str
    points: tuple[tuple[datetime, Measurement], ...]
    change: Change
    limits: Limits | None

    @property
    def detectable(self) -> float:
        return (self.change.high - self.change.low) / 2

    @property
    def real(self) -> bool:
        """Whether the change is more than error and the usual scatter from clip to clip."""
        return self.change.missing is None and not self.change.low <= 0 <= self.change.high

    @property
    def way(self) -> str:
        """A key of SAYS for a real change of a measure that has limits, else ""."""
        if not self.real or self.limits is None:
            return ""
        low, high = self.limits.ok
        before, after = (max(low - end, end - high, 0.0) for end in self.change.ends)
        return "within" if before == after == 0 else "toward" if after < before else "away"


@dataclass(frozen=True)
class Alike:
    """Clips of one view, pose model and moment of the run, the earliest first."""

    view: str
    model: str
    moment: str
    clips: tuple[Clip, ...]

    @property
    def said(self) -> str:
        """What they have in common, in words."""
        moment = f", {self.moment} in the run" if self.moment else ""
        return f"{VIEWS[self.view]}{moment}, model {self.model}"

    def series(self) -> tuple[Series, ...]:
        """Every measure that two of them have, in the order of reports; first those that limits exist for."""
        known = load([f"{name}{kind}" for name in METRICS for kind in KINDS])
        limits = held_against(self.clips[-1].measurements.values(), known)
        made = [one for name in REPORT_ORDER if (one := _series(name, self, limits.get(name))) is not None]
        return tuple(sorted(made, key=lambda one: one.limits is None))

    def differs(self) -> tuple[str, ...]:
        """What is not alike in the first clip and the latest, in words."""
        return tuple(_differs(self.clips[0], self.clips[-1]))


def alike(clips: Iterable[Clip]) -> tuple[Alike, ...]:
    """Running clips in groups, the largest first; of equal ones the latest."""
    groups: dict[tuple[str, str, str], list[Clip]] = {}
    for clip in clips:
        if clip.activity == "running":
            groups.setdefault((clip.view, clip.model, moment(clip.session)), []).append(clip)
    made = [Alike(*key, tuple(group)) for key, group in groups.items()]
    return tuple(sorted(made, key=lambda one: (len(one.clips), one.clips[-1].filmed), reverse=True))


def moment(session: str) -> str:
    """The moment of the run that a session names, "" when it names none."""
    word = session.casefold()
    return word if word in MOMENTS else ""


def _series(name: str, group: Alike, limits: Limits | None) -> Series | None:
    points = [(clip.filmed, m) for clip in group.clips if (m := clip.measurements.get(name)) and m.missing is None]
    if len(points) < 2:
        return None
    first, latest = points[0][1], points[-1][1]
    (change,) = compare([first], [latest], group.model, refilmed=True)
    return Series(name, latest.label, latest.unit, tuple(points), change, limits)


def _differs(first: Clip, latest: Clip) -> Iterator[str]:
    rows = conditions(_content(first), _content(latest))
    yield from (f"{row.label.lower()} ({row.before}, then {row.after})" for row in rows if row.differs)


def _content(clip: Clip) -> dict[str, Any]:
    """What report.json says of the filming."""
    speed = clip.measurements.get("speed_m_s")
    known = speed is not None and speed.missing is None
    return {
        "model": clip.model, "activity": clip.activity, "surface": clip.surface, **clip.filming,
        "settings": clip.filming["settings"] | {"shoes": clip.shoes or None},
        "measurements": {"speed_m_s": {"value": speed.value}} if known and speed else {},
    }  # fmt: skip
