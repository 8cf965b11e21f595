"""What is measured, compared and found, and the report that holds it all."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np

from ..landmarks import Side
from .gait import Event, Trial
from .inputs import Options
from .track import FloatArray, PoseTrack

ComparisonKind = Literal["left_right", "trend", "clips", "standing"]
Level = Literal["ok", "watch", "fault", "borderline", "not_measured"]
Interval = tuple[float, float]  # the ends of a 95 % interval, NaN where there is none
NOT_WRITTEN = "an earlier version wrote no interval for it: analyse the clip again"
NO_INTERVAL: Interval = (float("nan"), float("nan"))


@dataclass(frozen=True)
class StepValue:
    """One step's value of a metric; time_s is real time."""

    time_s: float
    side: Side
    value: float


@dataclass(frozen=True)
class Measurement:
    """A metric over the clip, mean of both legs' medians, with its interval, or the reason why there is none.

    - ``value``, ``low``, ``high``: in ``unit``; the ends of the 95 % interval; NaN when missing, never 0
    - ``spread``: standard deviation between steps; ``n``: the number of steps it is based on
    - ``missing``: why there is no value, None when there is one
    - ``steps``: the value of every step; empty in a report read from its folder
    """

    name: str
    label: str
    unit: str
    value: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    spread: float = float("nan")
    n: int = 0
    missing: str | None = None
    steps: tuple[StepValue, ...] = field(default=(), repr=False)
    clip_sd: float = 0.0  # of what all steps share and another clip of this runner would not
    sampling: float = 0.0  # half of the 95 % interval from the scatter of the steps alone

    def __post_init__(self) -> None:
        if (self.missing is None) != bool(np.isfinite([self.value, self.low, self.high]).all()):
            raise ValueError(f"{self.name}: give a value with its interval, or a reason why it is missing")

    def withheld(self, reason: str | None) -> Measurement:
        """The same without its value, for a reason."""
        return Measurement(self.name, self.label, self.unit, missing=reason)


@dataclass(frozen=True)
class Comparison:
    """A metric compared with itself, or the reason why not: see LeftRight, Change and AgainstStanding.

    low and high are the interval of the difference itself: what both ends share (model, camera, scale) cancels. In the
    interval that each end has of its own it counts.
    """

    names: ClassVar[tuple[str, str]]  # of the two ends: the value is the second minus the first
    metric: str
    label: str
    unit: str
    value: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    n: int = 0  # steps it is based on
    missing: str | None = None
    kind: ComparisonKind = "trend"

    @property
    def name(self) -> str:
        """Its name in rows of limits."""
        return f"{self.metric}_{self.kind}"

    @property
    def ends(self) -> tuple[float, float]:
        """The two values compared: the value is the second minus the first, apart from what is subtracted."""
        first, second = (getattr(self, name) for name in self.names)
        return first, second

    @property
    def measured(self) -> tuple[Measurement, Measurement]:
        """The two ends as measurements, each with its own interval."""
        first, second = (self._measured(name) for name in self.names)
        return first, second

    def _measured(self, name: str) -> Measurement:
        low, high = getattr(self, f"{name}_interval")
        value = getattr(self, name)
        missing = self.missing or (None if np.isfinite([low, high]).all() else NOT_WRITTEN)
        return Measurement(self.metric, self.label, self.unit, value, low, high, n=self.n, missing=missing)

    def __post_init__(self) -> None:
        if (self.missing is None) != bool(np.isfinite([self.value, self.low, self.high]).all()):
            raise ValueError(f"{self.name}: give a value with its interval, or a reason why it is missing")

    def as_measurement(self) -> Measurement:
        """As a measurement, which limits can be applied to."""
        words = {
            "left_right": "left minus right",
            "trend": "change over the clip",
            "clips": "change between clips",
            "standing": "against standing tall",
        }
        return Measurement(
            self.name, f"{self.label}, {words[self.kind]}", self.unit, self.value, self.low, self.high,
            n=self.n, missing=self.missing,
        )  # fmt: skip


@dataclass(frozen=True)
class LeftRight(Comparison):
    """value = left − right; lengths and times in % of the mean of both.

    The difference in how a camera sees near and far leg is removed, half from each.
    """

    names = ("right", "left")
    kind: ComparisonKind = "left_right"
    left: float = float("nan")
    right: float = float("nan")
    left_interval: Interval = NO_INTERVAL
    right_interval: Interval = NO_INTERVAL


@dataclass(frozen=True)
class Change(Comparison):
    """value = after − before: of a robust line through the clip's steps (trend), or of two clips (clips)."""

    names = ("before", "after")
    before: float = float("nan")
    after: float = float("nan")
    before_interval: Interval = NO_INTERVAL
    after_interval: Interval = NO_INTERVAL


@dataclass(frozen=True)
class AgainstStanding(Comparison):
    """value = running − standing: what a body, its clothes and a tilted camera contribute to both cancels."""

    names = ("standing", "running")
    kind: ComparisonKind = "standing"
    running: float = float("nan")
    standing: float = float("nan")
    running_interval: Interval = NO_INTERVAL
    standing_interval: Interval = NO_INTERVAL


@dataclass(frozen=True)
class Stood:
    """The runner standing tall, as a zero for how the body is held.

    - ``trial``: every frame of it counts as a stride of its own; None where nobody stands; elsewhere than in the
      seconds the user named where nobody stands in those: then it cannot serve
    - ``same_camera``: in the clip itself, in front of a camera that did not move
    - ``missing``: why it cannot serve, None when it can
    """

    trial: Trial | None
    same_camera: bool = False
    missing: str | None = None

    @property
    def span_s(self) -> tuple[float, float]:
        """File time at which it begins and ends, NaN where nobody stands."""
        if self.trial is None:
            return float("nan"), float("nan")
        factor, (begin, end) = self.trial.video.slow_motion_factor, self.trial.span_s
        return factor * begin, factor * end


@dataclass(frozen=True)
class Finding:
    """A measurement compared with what is believed, in words for the runner."""

    fault: str
    label: str
    level: Level
    metric: str
    value: float
    limit: float  # the limit that decided the level, NaN when not measured
    unit: str
    regions: tuple[str, ...]
    mechanism: str  # how, according to the article, it reaches the back
    evidence: str  # strength of the outside evidence, and what it says
    advice: str  # the first thing to try
    source: str  # key of the limit's source in the knowledge files; "our_choice" is our own default
    detail: str = ""  # in words: the number, its interval, the limit, or why it is not measured
    ends: str = ""  # what exactly is measured, between which points
    citations: tuple[str, ...] = ()  # of everything the finding relies on, the limit's source first
    likely: float = float("nan")  # 0…1: that it is a fault, where it is called one, else worth watching; NaN: unseen
    plain: str = ""  # what is worth acting on, as a clause: "you land well ahead of your body"; "" otherwise
    missing: str | None = None  # why it is not measured, as Measurement.missing; None when it is
    # as a clause: why a number beyond the usual is fine, what a close call lacks, or what is not known that makes it
    # less sure; "" otherwise
    why: str = ""


@dataclass(frozen=True)
class Bout:
    """A stretch of a clip in which somebody keeps running or walking at one pace, in one direction, without a cut.

    trial   by the clip's own clock; its track is that of the stretch
    slowed  how many times slower than the clip's clock the film plays here
    used    whether the report's measurements are based on it
    """

    trial: Trial
    measurements: tuple[Measurement, ...]
    used: bool = True
    slowed: float = 1.0

    @property
    def span_s(self) -> tuple[float, float]:
        """File time at which it begins and ends."""
        factor, (begin, end) = self.trial.video.slow_motion_factor, self.trial.span_s
        return factor * begin, factor * end


@dataclass(frozen=True)
class Report:
    """Everything a report says; each output format renders this value and computes nothing.

    trial: of the longest bout that the measurements are based on, with the track of the whole clip
    """

    trial: Trial
    measurements: tuple[Measurement, ...]
    findings: tuple[Finding, ...]
    warnings: tuple[str, ...] = ()
    comparisons: tuple[Comparison, ...] = ()  # left against right, the trend over the clip, against standing
    options: Options = field(default_factory=Options)  # what the user said about the clip
    bouts: tuple[Bout, ...] = ()  # in order
    seen: PoseTrack | None = None  # the landmarks before cleaning, where they are to be exported
    shoes: str = ""  # what the user said about those worn
    cuts_s: tuple[float, ...] = ()  # file time at which the film is cut, or the picture jumps for another reason
    stood: Stood | None = None  # the zero for comparisons with standing; None where none was found or asked for

    @property
    def used(self) -> tuple[Bout, ...]:
        """The bouts that the measurements are based on."""
        return tuple(bout for bout in self.bouts if bout.used) or (Bout(self.trial, self.measurements),)

    @property
    def stretch(self) -> Trial:
        """``trial`` with the track of its own stretch: what precedes and follows it says nothing about the numbers."""
        return next((bout.trial for bout in self.used if bout.trial.span_s == self.trial.span_s), self.trial)

    @property
    def as_measured(self) -> Trial:
        """The same by the clock by which it was measured: real time where the film is slowed down there."""
        return self.stretch.retimed(self.stretch.slowed)

    @property
    def contacts(self) -> tuple[Event, ...]:
        """Initial contacts of all used bouts, in order of time."""
        return tuple(sorted((e for bout in self.used for e in bout.trial.gait.contacts), key=lambda e: e.time_s))

    @property
    def toe_offs(self) -> tuple[Event, ...]:
        """Likewise."""
        return tuple(sorted((e for bout in self.used for e in bout.trial.gait.toe_offs), key=lambda e: e.time_s))

    def real_s(self, time_s: FloatArray) -> FloatArray:
        """Moments by the clip's clock as real time, by which a stretch that is slowed down lasts as long as it did."""
        real_s = time_s.copy()
        for bout in self.bouts:
            begin, end = bout.trial.track.time_s[[0, -1]]
            real_s -= (1 - 1 / bout.slowed) * (np.clip(time_s, begin, end) - begin)
        return real_s

    def trial_at(self, time_s: float) -> Trial:
        """The trial of the used bout that is under way at a moment, or nearest to it."""

        def away(bout: Bout) -> float:
            begin, end = bout.trial.span_s
            return max(begin - time_s, time_s - end, 0.0)

        return min(self.used, key=away).trial

    def shown(self, m: Measurement) -> tuple[StepValue, ...]:
        """The steps of a measurement that lie in the bout of ``trial``."""
        if len(self.used) == 1:
            return m.steps
        begin, end = self.trial.span_s
        return tuple(step for step in m.steps if begin <= step.time_s <= end)

    @cached_property
    def judged(self) -> tuple[Measurement, ...]:
        """All that findings may be based on: the measurements, and the comparisons as measurements."""
        return (*self.measurements, *(comparison.as_measurement() for comparison in self.comparisons))

    def measurement(self, name: str) -> Measurement:
        return next(m for m in self.judged if m.name == name)
