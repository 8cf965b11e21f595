"""How much of a clip was seen; if it has several stretches, which the numbers come from, and what the others show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np

from ..datatypes import Bout, Measurement, Report, Trial
from ..words import REPAIR_NAMES, VIEWS, counted, give_or_take, interval_of, listed, number, pace, span

SHOWN = ("cadence_spm", "trunk_lean_deg", "overstride_pct_leg")  # of each stretch, beside what it is


@dataclass(frozen=True)
class Row:
    """A stretch: when and what it is, whether the report is based on it, and each of SHOWN, "" where not known."""

    when: str
    what: str
    used: bool
    steps: int
    values: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{self.when}: {self.what}, {counted(self.steps, 'step{s}')}"


def extent(report: Report) -> str:
    """Steps and the real time they were counted in, of how much that was seen; the part of the file, and its pace."""
    video, (begin_s, end_s) = report.trial.video, seen_s(report)
    factor, frame_s = video.slow_motion_factor, _frame_s(report)
    part = begin_s > factor * frame_s or (video.duration_s or 0.0) > end_s + factor * frame_s
    where = f" ({span(begin_s, end_s)} of the file)" if part else ""
    return f"{_lasted(report)}{where}{f', {pace(factor)}' if factor != 1 else ''}"


def whom(report: Report) -> Iterator[str]:
    """Which of several people was analysed, and why."""
    person = report.trial.track.person
    if len(person.numbers) < person.of > 1:
        yield f"person {person.number} of {person.of} ({person.reason})"


def repaired(report: Report) -> Iterator[str]:
    """What cleaning put right, and how often."""
    repairs = asdict(report.trial.track.repairs)
    return (counted(count, REPAIR_NAMES[name]) for name, count in repairs.items() if count)


def seen_s(report: Report) -> tuple[float, float]:
    """File time at which what was seen begins and ends, the last frame's own time included."""
    factor, (begin, end) = report.trial.video.slow_motion_factor, report.trial.track.time_s[[0, -1]].tolist()
    return factor * begin, factor * (end + _frame_s(report))


def _frame_s(report: Report) -> float:
    track = report.trial.track
    return 1 / track.fps if len(track) > 1 else 0.0


def _lasted(report: Report) -> str:
    """15 steps in 6.0 s; 7 steps in 4.5 of 25.0 s, where they come from only a part."""
    frame_s, steps = _frame_s(report), len(report.contacts)
    whole = f"{np.ptp(report.real_s(report.trial.track.time_s)) + frame_s:.1f}"
    if not steps:
        return f"{whole} s"
    used = sum(float(np.ptp(bout.trial.span_s)) / bout.slowed + frame_s for bout in report.bouts if bout.used)
    part = f"{used:.1f} of " if report.bouts and f"{used:.1f}" != whole else ""
    return f"{counted(steps, 'step{s}')} in {part}{whole} s"


def facing(*trials: Trial) -> str:
    """Which way somebody runs, or both ways, as an aside; "" where it is neither to the left nor to the right."""
    ways = dict.fromkeys(way for trial in trials if (way := trial.gait.view.facing) in ("left", "right"))
    return f", facing {listed([*ways])}" if ways else ""


def parts(report: Report) -> Iterator[str]:
    """Which stretches the numbers come from, in a sentence or two; nothing for a clip with only one."""
    used, others = ([bout for bout in report.bouts if bout.used == wanted] for wanted in (True, False))
    if len(used) > 1:
        both = " in both directions" if len({bout.trial.gait.view.facing for bout in used}) > 1 else ""
        yield f"Measured together: {len(used)} stretches{both}, {listed([when(bout) for bout in used])}."
    elif others:
        yield f"The numbers come from {when(used[0])} alone: {_what(used[0])}{_cadence(used[0])}."
    if others:
        yield f"The rest differs: {listed([f'{when(bout)} {_what(bout)}{_cadence(bout)}' for bout in others])}."


def rows(report: Report) -> tuple[Row, ...]:
    """A row for each stretch; none for a clip with only one."""
    return tuple(_row(bout) for bout in report.bouts) if len(report.bouts) > 1 else ()


def heads(report: Report) -> tuple[str, ...]:
    """What each of SHOWN is called; nothing for a clip with only one stretch."""
    if len(report.bouts) < 2:
        return ()
    labels = {m.name: f"{m.label}, {m.unit}" for m in report.measurements}
    return tuple(labels[name] for name in SHOWN)


def when(bout: Bout) -> str:
    return span(*bout.span_s)


def _row(bout: Bout) -> Row:
    measured = _measured(bout)
    values = (f"{number(m.value, m.unit)} ({interval_of(m)})" if (m := measured.get(name)) else "" for name in SHOWN)
    return Row(when(bout), _what(bout), bout.used, len(bout.trial.gait.contacts), tuple(values))


def _measured(bout: Bout) -> dict[str, Measurement]:
    """What was measured in a stretch, by metric."""
    return {m.name: m for m in bout.measurements if m.missing is None}


def _what(bout: Bout) -> str:
    """What is done in a stretch, from where it is seen, and how slowly it plays."""
    gait = bout.trial.gait
    return f"{gait.activity} {VIEWS[gait.view.name]}{facing(bout.trial)}{_slowed(bout)}"


def _cadence(bout: Bout) -> str:
    """As an aside; "" where it was not measured."""
    cadence = _measured(bout).get("cadence_spm")
    return "" if cadence is None else f", {give_or_take(cadence, cadence.unit)}"


def _slowed(bout: Bout) -> str:
    factor = (bout.trial.gait.likely_factor or bout.slowed) * bout.trial.video.slow_motion_factor
    return f", {'it seems ' if bout.trial.gait.likely_factor else ''}{pace(factor)}" if factor != 1 else ""
