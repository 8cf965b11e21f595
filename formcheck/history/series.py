"""Clips that may be compared with each other, and how each measure changed from one to the next.

Only clips of one view, one pose model and one moment of the run (early, late, or not given) go together: a change of
camera is not a change of form. What still differs between the clips compared is reported beside the numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..datatypes import Change, Measurement
from ..incoming import is_there
from ..knowledge import Limits, diary_words
from ..knowledge.judged import limits_told
from ..metrics.registry import REPORT_ORDER
from ..settings import REPORT
from ..versus import Condition, Judged, Verdict, conditions, differing, judge
from ..words import VIEWS
from .records import ClipRecord

MOMENTS = ("early", "late")  # of a run, as a session may name them
SAYS: dict[Verdict, str] = {
    "better": "better, nearer to usual",
    "worse": "worse, further from usual",
    "changed": "changed, by itself neither better nor worse",
    "same": "no real change",
    "not_given": "not compared",
}
WAYS = {"better": "toward", "worse": "away", "changed": "within"}  # by verdict on a measure with limits


@dataclass(frozen=True)
class Series:
    """One measure over clips that are alike: each clip with its value, and the latest compared with the first.

    ``judged``: the change, with the interval of the difference, and what it amounts to
    ``filmed``: how the two were filmed
    """

    metric: str
    label: str
    unit: str
    points: tuple[tuple[ClipRecord, Measurement], ...]
    judged: Judged
    filmed: tuple[Condition, ...]

    @property
    def limits(self) -> Limits | None:
        """What the measure is judged by in both of these clips, None where no limits hold in both."""
        return self.judged.limits

    @property
    def change(self) -> Change:
        return self.judged.change

    @property
    def detectable(self) -> float:
        """What a change must exceed to be called real, half its interval; NaN where no change is given."""
        return self.judged.detectable

    @property
    def real(self) -> bool:
        """Whether the change is more than error and the usual scatter from clip to clip."""
        return self.judged.real

    @property
    def way(self) -> str:
        """Where a real change of a measure that has limits leads, else ""."""
        return "" if self.limits is None else WAYS.get(self.judged.verdict, "")

    @property
    def says(self) -> str:
        """What the change amounts to, in words."""
        return SAYS[self.judged.verdict]

    @property
    def word(self) -> str:
        """The same where there is little room."""
        return self.says.partition(",")[0]


@dataclass(frozen=True)
class Alike:
    """Clips of one view, pose model and moment of the run, earliest first."""

    view: str
    model: str
    moment: str
    clips: tuple[ClipRecord, ...]

    @property
    def said(self) -> str:
        """What they have in common, in words."""
        moment = f", {self.moment} in the run" if self.moment else ""
        return f"{VIEWS[self.view]}{moment}, model {self.model}"

    def series(self) -> tuple[Series, ...]:
        """Every measure that at least two of them have, in the order of reports, those with limits first."""
        made = [one for name in REPORT_ORDER if (one := over(name, self.clips)) is not None]
        return tuple(sorted(made, key=lambda one: one.limits is None))


def alike(clips: Iterable[ClipRecord]) -> tuple[Alike, ...]:
    """Running clips in groups, largest first; among equals, the latest first."""
    groups: dict[tuple[str, str, str], list[ClipRecord]] = {}
    for clip in clips:
        if clip.activity == "running":
            groups.setdefault((clip.view, clip.model, moment(clip.session)), []).append(clip)
    made = [Alike(*key, tuple(group)) for key, group in groups.items()]
    return tuple(sorted(made, key=lambda one: (len(one.clips), one.clips[-1].filmed), reverse=True))


def by_limits(clips: Iterable[ClipRecord]) -> str:
    """By whose limits they are judged, where that is to be said."""
    return limits_told((clip.title, clip.filming["settings"]) for clip in clips if clip.activity == "running")


def not_running(clips: Iterable[ClipRecord]) -> str:
    """How many clips are left out since they show no running, in a sentence; "" for none."""
    count = sum(clip.activity != "running" for clip in clips)
    return diary_words().not_running.format(n=count) if count else ""


def moment(session: str) -> str:
    """The moment of the run that a session names, "" when it names none."""
    word = session.casefold()
    return word if word in MOMENTS else ""


def with_results(clips: Iterable[ClipRecord]) -> list[ClipRecord]:
    """Those whose results are the last that were written to their folder."""
    clips = list(clips)
    last = {clip.folder: clip.id for clip in sorted(clips, key=lambda clip: clip.stored)}
    return [clip for clip in clips if last[clip.folder] == clip.id]


def within_run(clips: Iterable[ClipRecord]) -> tuple[ClipRecord, ClipRecord] | None:
    """The early and the late clip of the latest day that has both, alike otherwise, with their results; else None."""
    runs: dict[tuple[date, str, str], dict[str, ClipRecord]] = {}
    for clip in with_results(clips):
        if clip.activity == "running" and moment(clip.session) and is_there(clip.folder / REPORT):
            runs.setdefault((clip.filmed.date(), clip.view, clip.model), {})[moment(clip.session)] = clip
    both = [run for run in runs.values() if len(run) == len(MOMENTS)]
    return (both[-1]["early"], both[-1]["late"]) if both else None


def over(metric: str, clips: Iterable[ClipRecord]) -> Series | None:
    """A measure over clips that are alike, its change as ``compare`` judges it; None if fewer than two have it."""
    points = tuple((clip, m) for clip in clips if (m := clip.measurements.get(metric)) and m.missing is None)
    if len(points) < 2:
        return None
    (first, before), (latest, after) = points[0], points[-1]
    filmed = conditions(_content(first), _content(latest))
    judged = judge(before, after, first.model, differing(filmed), (first.limits, latest.limits))
    return Series(metric, after.label, after.unit, points, judged, filmed)


def differs(series: Iterable[Series]) -> tuple[str, ...]:
    """What differs between the clips compared, in words: the first and the latest that have a measure."""
    rows = [row for one in series for row in one.filmed if row.differs]
    return tuple(dict.fromkeys(f"{row.label.lower()} ({row.before}, then {row.after})" for row in rows))


def _content(clip: ClipRecord) -> dict[str, Any]:
    """What report.json says about the filming."""
    speed = clip.measurements.get("speed_m_s")
    return {
        "model": clip.model, "formcheck": clip.formcheck, "activity": clip.activity, "surface": clip.surface,
        **clip.filming, "settings": clip.filming["settings"] | {"shoes": clip.shoes or None},
        "measurements": {"speed_m_s": _read(speed)} if speed is not None else {},
    }  # fmt: skip


def _read(m: Measurement) -> dict[str, Any]:
    """What report.json says of a measurement, as far as conditions go by it."""
    numbers = {key: None if m.missing else getattr(m, key) for key in ("value", "low", "high")}
    return numbers | {"reason": m.missing}
