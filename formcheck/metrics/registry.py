"""The table of metrics: what each is called, what it needs of a clip, and how errors enter it."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypedDict, TypeVar, Unpack

from ..datatypes import Activity, FloatArray, Trial, ViewName
from ..once import once
from .body import ClipValue, Values

REPORT_ORDER = (
    "cadence_spm", "contact_time_ms", "flight_time_ms", "duty_factor_pct", "stride_variability_pct",
    "vertical_oscillation_cm", "trunk_lean_deg", "waist_bend_deg", "overstride_pct_leg", "overstride_cm",
    "shin_angle_deg", "knee_flexion_contact_deg", "neck_flexion_deg", "craniovertebral_deg", "shoulder_hunch_deg",
    "thoracic_flexion_deg",
    "foot_inclination_deg", "knee_flexion_stance_deg", "trailing_thigh_deg", "head_pitch_deg", "trunk_rocking_deg",
    "arm_swing_deg", "elbow_angle_deg", "shoulder_shrug_pct", "pelvic_tilt_deg", "trunk_jolt_g", "speed_m_s",
    "step_length_m", "stride_length_m", "vertical_ratio_pct", "cadence_off_expected_pct", "trunk_sway_deg",
    "side_lean_deg", "shoulder_tilt_deg", "step_width_pct_leg", "knee_window_pct_leg", "pelvic_drop_deg",
    "trunk_twist_deg", "heel_whip_deg", "heel_eversion_deg",
)  # fmt: skip


class Need(Enum):
    """What a metric may need of a clip; ``gates.GATES`` holds the check, and the reason given where it fails."""

    FEET = auto()  # landmarks that the pose model gives
    EARS = auto()  # likewise, and the next
    ARMS = auto()
    OUTLINE = auto()  # that the pose model gives a mask of the person
    CALIBRATION = auto()  # of the pose model, for what the metric depends on
    FRAME_RATE = auto()
    SIZE = auto()  # that the runner is not tiny in the picture
    UPRIGHT = auto()  # that the picture is not turned
    LEGS = auto()  # in the picture, where no repeating movement was found
    ACTIVITY = auto()  # one of those that the metric applies to
    FORWARDS = auto()  # that the film does not play backwards
    SIDE_VIEW = auto()
    END_VIEW = auto()  # from behind or from the front
    STRIDES = auto()  # a mean stride that repeats
    FEET_IN_VIEW = auto()  # of whatever needs contacts
    CONTACTS = auto()
    TOE_OFFS = auto()
    TRUE_TIME = auto()
    SCALE = auto()
    SPEED = auto()  # given, or to be read off the ground with the scale
    HEIGHT_OR_SPEED = auto()  # at least one of them; the other is then taken for an ordinary one
    SPEED_FITS = auto()  # that the steps seen can have the speed given
    STEADY_CAMERA = auto()
    NOT_STEEP = auto()  # that the camera does not look up or down at the runner more steeply than was ever tried
    NOT_FROM_BELOW = auto()  # by more than the cameras that corrections were learned from
    NOT_FROM_ABOVE = auto()  # likewise


EVERY_METRIC = frozenset({
    Need.CALIBRATION, Need.FRAME_RATE, Need.SIZE, Need.UPRIGHT,
    Need.NOT_STEEP, Need.LEGS, Need.ACTIVITY, Need.FORWARDS, Need.STRIDES,
})  # fmt: skip


class Timing(Enum):
    """How the errors of the moments of contact and toe-off enter a value."""

    INSTANT = auto()  # read at moments: those taken at contacts move with them
    DURATION = auto()  # from a contact to a toe-off or the reverse: the errors of both
    RATE = auto()  # strides over the time they took: each ends where the next begins, so only the outermost count


@dataclass(frozen=True)
class Metric:
    """A row of the table.

    requires     what a clip must have for it, a view included; the first unmet need is the reason given
    against_gravity  how far, in its unit, a degree of the camera's roll moves it: 1 for an angle from the vertical; the
                 roll's error is part of its own
    per_leg      a value of one leg: left can be compared with right
    postural     a way the body is held, which is more certain relative to standing (benchmarks/standing.py)
    at_one_speed   rests on one speed for the whole clip, and so does not show how it changes with the speed
    responsive   shows a change within the clip in full: a mean over strides, or a duration
    own_sd       standard deviation from whatever else the value depends on, in its unit
    own_clip_sd  likewise, of a value of stretches, each with its share: what another clip would not share
    overlapping  each value is of a whole stride, begun by either foot: each frame counts in two
    minimum      of the quantity itself: neither value nor interval goes below
    refused      the reason why no clip shows it reliably enough; stated in every report, never measured
    """

    name: str
    label: str
    unit: str
    views: frozenset[ViewName]
    function: Callable[[Trial], Values | ClipValue]
    requires: frozenset[Need]
    activities: tuple[Activity, ...] = ("running",)
    timing: Timing = Timing.INSTANT
    against_gravity: float = 0.0
    per_leg: bool = False
    responsive: bool = False
    postural: bool = False
    at_one_speed: bool = False
    own_sd: Callable[[Trial], float] = lambda _trial: 0.0
    own_clip_sd: Callable[[Sequence[Trial], FloatArray, float], float] = lambda _trials, _shares, _value: 0.0
    overlapping: bool = False
    minimum: float = -math.inf
    refused: str | None = None

    @property
    def counted_once(self) -> float:
        """How many times wider its scatter makes an interval than if its values were independent of each other."""
        return 2**0.5 if self.overlapping else 1.0

    @property
    def moves_with_contacts(self) -> bool:
        """Whether it is read at contacts, and so is off when they are."""
        return Need.CONTACTS in self.requires and self.timing is Timing.INSTANT

    @property
    def same_from_any_angle(self) -> bool:
        """The time between contacts is the same from any angle; stances and positions do not look the same."""
        return Need.TRUE_TIME in self.requires and self.timing is not Timing.DURATION

    @property
    def follows_height(self) -> bool:
        """Whether it changes with the height given: what needs the scale does, and speed, which is read off with it."""
        return not self.requires.isdisjoint({Need.SCALE, Need.SPEED, Need.HEIGHT_OR_SPEED})


METRICS: dict[str, Metric] = {}


@once
def values_of(trial: Trial, metric: Metric) -> Values | ClipValue:
    """What its function gives: a stretch is measured by itself, together with others, and with contacts moved."""
    return metric.function(trial)


def known_steps(trial: Trial, metric: Metric) -> Values:
    """The steps whose value is known; none of a metric that is read from the clip as a whole."""
    values = values_of(trial, metric)
    return [] if isinstance(values, ClipValue) else [step for step in values if math.isfinite(step.value)]


F = TypeVar("F", bound=Callable[[Trial], Values | ClipValue])


class Traits(TypedDict, total=False):
    """The fields of Metric that have a default."""

    activities: tuple[Activity, ...]
    timing: Timing
    against_gravity: float
    per_leg: bool
    responsive: bool
    postural: bool
    at_one_speed: bool
    own_sd: Callable[[Trial], float]
    own_clip_sd: Callable[[Sequence[Trial], FloatArray, float], float]
    overlapping: bool
    minimum: float
    refused: str | None


def metric(
    label: str, unit: str, *views: ViewName, requires: Collection[Need] = (), **traits: Unpack[Traits]
) -> Callable[[F], F]:
    """Enter a function into METRICS, under its name; ``requires`` is what it needs beyond EVERY_METRIC and a view."""
    view = Need.SIDE_VIEW if "side" in views else Need.END_VIEW

    def enter(function: F) -> F:
        of_contacts = {Need.FEET_IN_VIEW} if Need.CONTACTS in requires else set()
        needs = EVERY_METRIC | of_contacts | {view, *requires}
        row = Metric(function.__name__, label, unit, frozenset(views), function, needs, **traits)
        METRICS[row.name] = row
        return function

    return enter
