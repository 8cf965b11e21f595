"""The table of metrics, and what turns steps into a value with its interval or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypedDict, TypeVar, Unpack

import numpy as np
from scipy.stats import t as student_t

from ..datatypes import SIDES, FloatArray, Measurement, Side, StepValue, Trial, ViewName
from .body import Values, Whole, features, learned, motion_of, seen_legs

FEWEST_STEPS = 4  # an interval from fewer says nothing; it is wide enough below twenty
LEG_OF_HEIGHT = 0.491  # thigh + shank as a share of standing height (Drillis & Contini 1966, in Winter 2009)
LEG_OF_HEIGHT_SD = 0.02  # between people, as a share of the leg
BELT_SPEED_SD = 0.015  # real belts ran at 98–103 % of what they were set to (Willwacher 2021)
ORDINARY_SPEED_M_S = 3.0  # that turns the speed's error into a share
LEG_SEEN_SD = 0.04  # the same for how long the leg looks from behind or in front, on rendered runners
EVENTS_OWN = 0.6  # of the two events' errors: the rest is shared by all clips and stands in the calibration
LEARNED_YAW_DEG = 10.0  # corrections were learned from cameras at most this far off; twice as far, twice as unsure
FROM_BEHIND = 2.0  # what was learned from the side scattered so many times as much from behind (28 rendered clips)
LEARNED_FPS = 30.0  # frames per second of real time, or more
STRIDE_UNSEEN = 0.06  # strides: error of a moment without contacts, twice that of walkers rendered from behind
MEDIAN_SCATTER = (np.pi / 2) ** 0.5  # of normally distributed values
SLOWEST_FPS = 20.0  # frames per second of real time below which steps are not measured


@dataclass(frozen=True)
class Metric:
    """A row of the table. timed: needs true time; upright: an angle against gravity; scaled: needs a height."""

    name: str
    label: str
    unit: str
    views: frozenset[ViewName]
    function: Callable[[Trial], Values | Whole]
    contacts: bool = True  # rests on initial contacts, not only on strides
    timed: bool = False
    upright: bool = False
    scaled: bool = False
    spans_stance: bool = False  # time between two events whose own errors count
    telescopes: bool = False  # steps that share their ends: their scatter cancels, their mean is harmonic
    walking: bool = False  # holds for walkers too
    steady: bool = False  # movement against the background: needs a camera that stands, or whose movement is known
    legs: bool = False  # a value of one leg: left can be held against right
    paced: bool = False  # rests on the runner's speed, which the treadmill says or, with a height, the feet show
    follows: bool = False  # a change within the clip shows in full: a mean over strides, or a length of time
    own_sd: Callable[[Trial], float] = lambda _trial: 0.0  # of what else the value rests on, in its unit
    least: float = -math.inf  # the quantity itself cannot be less: neither can its value nor its interval
    refused: str | None = None  # reason why no clip gives it surely enough, said in every report; never measured

    @property
    def at_contacts(self) -> bool:
        """Whether it changes with the moment of a contact, other than as a length of time."""
        return self.contacts and not self.spans_stance and not self.telescopes


METRICS: dict[str, Metric] = {}


F = TypeVar("F", bound=Callable[[Trial], Values | Whole])


class Traits(TypedDict, total=False):
    """What a row of the table may say of itself beside its name, label, unit and views: the fields of Metric."""

    contacts: bool
    timed: bool
    upright: bool
    scaled: bool
    spans_stance: bool
    telescopes: bool
    walking: bool
    steady: bool
    legs: bool
    paced: bool
    follows: bool
    own_sd: Callable[[Trial], float]
    least: float
    refused: str | None


def metric(label: str, unit: str, *views: ViewName, **traits: Unpack[Traits]) -> Callable[[F], F]:
    """Enter a function into METRICS, under its name."""

    def enter(function: F) -> F:
        row = Metric(function.__name__, label, unit, frozenset(views), function, **traits)
        METRICS[row.name] = row
        return function

    return enter


def measure(trial: Trial) -> tuple[Measurement, ...]:
    """Every metric of the table, measured or with the reason why not (a key of the knowledge's reasons)."""
    return tuple(_measure(trial, row) for row in METRICS.values())


def _measure(trial: Trial, row: Metric) -> Measurement:
    missing = _why_not(trial, row)
    found = () if missing else row.function(trial)
    if isinstance(found, Whole):
        return _whole(trial, row, found)
    steps = tuple(s for s in found if np.isfinite(s.value))
    if missing is None and len(steps) < FEWEST_STEPS:
        missing = _why_so_few(trial, row, len(steps))
    if missing is not None:
        return Measurement(row.name, row.label, row.unit, missing=missing)
    offset, model_sd = learned(trial).correction(row.name).at(features(trial))
    steps = tuple(StepValue(s.time_s, s.side, max(s.value + offset, row.least)) for s in steps)
    values = np.array([s.value for s in steps])
    value = _harmonic_mean(values) if row.telescopes else typical(steps)
    scatter = sampling_half_width(*by_leg(steps))
    sampling = 0.0 if row.telescopes else scatter
    clip_sd = float(np.hypot(_clip_sd(trial, row, value), moved_by_doubt(trial, row, SIDES, typical)))
    half = float(np.linalg.norm([sampling, 1.96 * _lasting_sd(trial, row, model_sd, value), 1.96 * clip_sd]))
    spread = float(values.std(ddof=1))
    value, low, high = (max(v, row.least) for v in (value, value - half, value + half))
    return Measurement(
        row.name, row.label, row.unit, value, low, high, spread, len(steps), None, steps, clip_sd, scatter
    )


def _whole(trial: Trial, row: Metric, found: Whole) -> Measurement:
    if found.missing is not None:
        return Measurement(row.name, row.label, row.unit, missing=found.missing)
    half = 1.96 * float(np.hypot(found.sd, found.model_sd * _unlearned(trial, row)))
    value, low, high = (max(v, row.least) for v in (found.value, found.value - half, found.value + half))
    return Measurement(row.name, row.label, row.unit, value, low, high, n=found.steps)


def _why_not(trial: Trial, row: Metric) -> str | None:
    gait = trial.gait
    checks = (
        (bool(row.refused), row.refused),
        (trial.track.fps < SLOWEST_FPS / max(1.0, gait.likely_factor or 1.0), "frame_rate_too_low"),
        (gait.activity != "running" and not (gait.activity == "walking" and row.walking), "not_running"),
        (gait.view.name not in row.views, "not_side_view" if "side" in row.views else "not_rear_view"),
        (gait.motion is None or (row.contacts and not gait.contacts), "contacts_not_found"),
        (row.timed and gait.likely_factor is not None, "time_unsure"),
        (row.scaled and not np.isfinite(trial.px_per_m), "scale_unknown"),
        (row.paced and not np.isfinite([trial.px_per_m, trial.speed_m_s]).any(), "speed_unknown"),
        (row.steady and gait.surface != "treadmill" and not gait.camera_stays, "camera_moves"),
    )
    return next((reason for failed, reason in checks if failed), None)


def _why_so_few(trial: Trial, row: Metric, found: int) -> str:
    if not trial.gait.contacts:
        return "contacts_not_found"
    if (row.legs and not seen_legs(trial)) or (row.paced and not found):
        return "legs_mixed_up"
    return "too_few_steps" if found or trial.gait.toe_offs else "toe_offs_not_found"


def _lasting_sd(trial: Trial, row: Metric, model_sd: float, value: float) -> float:
    """What neither more steps nor another clip of this runner average away: landmark and model error, the scale."""
    parts = [model_sd * _unlearned(trial, row)]
    if row.scaled:
        along = trial.gait.view.name in ("rear", "front")
        parts.append(float(np.hypot(LEG_OF_HEIGHT_SD, along * LEG_SEEN_SD)) * abs(value))
    if row.paced:
        parts.append(speed_sd(trial) * abs(value))
    parts.append(row.own_sd(trial))
    return float(np.linalg.norm(parts))


def _clip_sd(trial: Trial, row: Metric, value: float) -> float:
    """What all steps of this clip share and another clip would not: the camera's roll, the clock, the events."""
    parts = [0.0]
    if row.upright:
        parts.append(trial.track.roll_sd_deg)
    if row.telescopes:
        parts.append(value * _clock_sd(trial))
    if row.spans_stance:
        events = (trial.gait.contacts, trial.gait.toe_offs)
        seconds = float(np.linalg.norm([np.median([e.sd_s for e in some]) for some in events]))
        parts.append(EVENTS_OWN * seconds * (1000 if row.unit == "ms" else 100 / trial.gait.stride_s))
    return float(np.linalg.norm(parts))


def moved_by_doubt(trial: Trial, row: Metric, sides: Iterable[Side], of: Callable[[list[StepValue]], float]) -> float:
    """By how much what is made of a metric's steps changes when these feet's contacts are off by as much as in doubt.

    From behind one cue tells of them, and what it is off by is part of what was learned there.
    """
    doubt = {side: doubt_s(trial, "contact", side) for side in sides}
    if not row.at_contacts or trial.gait.view.name != "side" or not any(doubt.values()):
        return 0.0
    values = []
    for way in (-1, 0, 1):
        contacts = tuple(replace(e, time_s=e.time_s + way * doubt.get(e.side, 0.0)) for e in trial.gait.contacts)
        found = row.function(replace(trial, gait=replace(trial.gait, contacts=contacts)))
        assert not isinstance(found, Whole)
        steps = [step for step in found if np.isfinite(step.value)]
        values.append(of(steps) if steps else float("nan"))
    early, there, late = values
    return float(np.nanmax([abs(early - there), abs(late - there), 0.0]))


def doubt_s(trial: Trial, event: str, side: Side) -> float:
    """Seconds (one SD) by which a foot's contacts or toe-offs ("toe_off") may be off beyond what cues usually disagree.

    The usual part is shared by all clips, and by both feet, and stands in the calibration.
    """
    events = trial.gait.contacts if event == "contact" else trial.gait.toe_offs
    own = [e.sd_s for e in events if e.side == side]
    usual = learned(trial).event_sd(event) * trial.gait.stride_s
    return float(np.sqrt(max(np.median(own) ** 2 - usual**2, 0.0))) if own else 0.0


def _unlearned(trial: Trial, row: Metric) -> float:
    """How many times less sure than in the conditions that corrections were learned in."""
    if trial.gait.view.name != "side":
        return FROM_BEHIND if "side" in row.views else 1.0
    return max(1.0, LEARNED_FPS / trial.track.fps) * _turned_away(trial)


def _turned_away(trial: Trial) -> float:
    """The same for how far the camera stands off the right angle alone."""
    return 1 + max(0.0, abs(trial.gait.view.yaw_deg) - LEARNED_YAW_DEG) / LEARNED_YAW_DEG


def speed_sd(trial: Trial) -> float:
    """Of the runner's speed, as a share of it: the belt's error, or that of the scale and of the foot on the ground."""
    if np.isfinite(trial.speed_m_s):
        return BELT_SPEED_SD
    along_ground = learned(trial).correction("ground_speed_m_s").sd / ORDINARY_SPEED_M_S * _turned_away(trial)
    return float(np.hypot(LEG_OF_HEIGHT_SD, along_ground))


def _clock_sd(trial: Trial) -> float:
    """Error of the time from first to last step, as a share of it; what all contacts share cancels."""
    gait = trial.gait
    if gait.contacts:
        error_s = float(np.median([e.sd_s for e in gait.contacts]))
        lasted_s = gait.contacts[-1].time_s - gait.contacts[0].time_s
    else:
        times = motion_of(trial).time_s
        error_s, lasted_s = STRIDE_UNSEEN * gait.stride_s, float(times[-1] - times[0])
    return (0.5 * error_s + 0.3 / trial.track.fps) / lasted_s


def by_leg(steps: Iterable[StepValue]) -> list[FloatArray]:
    """The values of each leg that has any."""
    steps = list(steps)
    return [np.array(own) for side in SIDES if (own := [s.value for s in steps if s.side == side])]


def typical(steps: Iterable[StepValue]) -> float:
    """Mean of the two legs' medians: where legs differ, the median of all their steps is that of one leg."""
    return float(np.mean([np.median(leg) for leg in by_leg(steps)]))


def sampling_half_width(*legs: FloatArray) -> float:
    """Half of the 95 % interval of the middle by the scatter of each leg's own steps alone (Student's t).

    A median scatters MEDIAN_SCATTER as much as a mean.
    """
    counts = [len(leg) for leg in legs]
    freedom = sum(counts) - len(legs)
    within = sum(float(((leg - leg.mean()) ** 2).sum()) for leg in legs) / freedom
    error = MEDIAN_SCATTER * np.sqrt(within * sum(1 / n for n in counts)) / len(legs)
    return float(student_t.ppf(0.975, freedom) * error)


def _harmonic_mean(values: FloatArray) -> float:
    """Steps divided by the time they took, rather than the middle of many step times."""
    return float(len(values) / (1 / values).sum())
