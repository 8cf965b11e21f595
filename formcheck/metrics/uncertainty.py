"""The parts of a 95 % interval: scatter from step to step, what all steps of a clip share, what no clip averages out.

Every sd is one standard deviation, in the metric's unit unless its docstring says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from math import prod

import numpy as np

from ..backends import BACKENDS
from ..datatypes import SIDES, FloatArray, Interval, Measurement, Side, StepValue, Trial
from ..gait import UNSURE_SD, leg_length_px
from ..once import once
from .body import LEARNED_ELEVATION_DEG, calibration_of, motion_of
from .registry import METRICS, Metric, Need, Timing, known_steps

LEG_OF_HEIGHT_SD = 0.02  # between people, as a share of the leg
BELT_SPEED_SD = 0.015  # real belts ran at 98–103 % of what they were set to (Willwacher 2021)
TOLD_SPEED_SD = 0.05  # of a speed told for a run over ground, which varies along the way: our own choice
ORDINARY_SPEED_M_S = 3.0  # by which the speed's error becomes a share
OWN_EVENT_SHARE = 0.6  # of the two events' errors: the rest is shared by all clips and is part of the calibration
LEARNED_YAW_DEG = 10.0  # corrections were learned from cameras at most this far off; twice as far, twice as uncertain
STEEPER_DEG = 30.0  # likewise: so far beyond those from which they looked up or down at the runner, twice as uncertain
AT_AN_ANGLE = 2.0  # times as uncertain as from the side, seen from between the views: our own choice
LEARNED_FPS = 30.0  # frames per second of real time, or more
# Pixels from nose to lowest foot at which half of the error (variance) is the picture's. Corrections were learned from
# some 190 on; relative to their intervals, errors on rendered runners were 0.72 at 190, 0.81 at 125 and 1.05 at 88.
COARSE_PX = 90.0
ENOUGH_CONTACTS = 200  # of a long clip
FEW = 6  # degrees of freedom: with fewer, the scatter of steps is known only to within half of itself, or worse
ALREADY_KNOWN = 4  # degrees of freedom that the usual scatter counts for, besides them
MEDIAN_SCATTER = (np.pi / 2) ** 0.5  # of normally distributed values


def systematic_sd(trial: Trial, metric: Metric, model_sd: float, value: float) -> float:
    """What neither more steps nor another clip of this runner averages away: landmark and model error, the scale."""
    parts = [model_sd * extrapolation(trial, metric)]
    if Need.SCALE in metric.requires:
        perspective = calibration_of(trial).perspective("leg_length_sd", trial.gait.view.name, 0.0)
        parts.append(float(np.hypot(LEG_OF_HEIGHT_SD, perspective)) * abs(value))
    if Need.SPEED in metric.requires:
        parts.append(speed_sd(trial) * abs(value))
    parts.append(metric.own_sd(trial))
    return float(np.linalg.norm(parts))


def clip_sd(trial: Trial, metric: Metric, value: float) -> float:
    """What all steps of this clip share and another clip would not: the camera's roll, the clock, the events."""
    parts = [metric.against_gravity * trial.track.roll_sd_deg]
    if metric.timing is Timing.RATE:
        parts.append(value * clock_sd(trial))
    if metric.timing is Timing.DURATION:
        events = (trial.gait.contacts, trial.gait.toe_offs)
        seconds = float(np.linalg.norm([np.median([e.sd_s for e in some]) for some in events]))
        parts.append(OWN_EVENT_SHARE * seconds * (1000 if metric.unit == "ms" else 100 / trial.gait.stride_s))
    return float(np.linalg.norm(parts))


def pitch_error_sd(trial: Trial, metric: Metric, statistic: Callable[[list[StepValue]], float]) -> float:
    """By how much a statistic of a metric's steps changes when the camera is pitched by what its pitch may be off."""
    some = middle(trial)
    if (other := pitched(some)) is some:
        return 0.0
    there, moved = known_steps(some, metric), known_steps(other, metric)
    return abs(statistic(there) - statistic(moved)) if there and moved else 0.0


def middle(trial: Trial) -> Trial:
    """The trial; of a long one the steps in its middle, enough to tell how much an error matters."""
    return _middle(trial) if len(trial.gait.contacts) > ENOUGH_CONTACTS else trial


@once
def _middle(trial: Trial) -> Trial:
    spare = (len(trial.gait.contacts) - ENOUGH_CONTACTS) // 2
    contacts = trial.gait.contacts[spare : spare + ENOUGH_CONTACTS]
    begin_s, end_s = contacts[0].time_s, contacts[-1].time_s
    toe_offs = tuple(off for off in trial.gait.toe_offs if begin_s <= off.time_s <= end_s)
    return replace(trial, gait=replace(trial.gait, contacts=contacts, toe_offs=toe_offs))


def pitched(trial: Trial) -> Trial:
    """The trial as if the camera looked up by one standard deviation more; itself where no pitch is known."""
    return _pitched(trial) if trial.pitch.sd_deg else trial


@once
def _pitched(trial: Trial) -> Trial:
    pitch = replace(trial.pitch, deg=trial.pitch.deg + trial.pitch.sd_deg)
    leg_px = leg_length_px(trial.track, trial.gait.view, pitch)
    return replace(trial, pitch=pitch, leg_px=leg_px, px_per_m=trial.px_per_m * leg_px / trial.leg_px)


def contact_error_sd(
    trial: Trial, metric: Metric, sides: tuple[Side, ...], statistic: Callable[[list[StepValue]], float]
) -> float:
    """By how much a statistic of a metric's steps changes when these feet's contacts move by ``excess_event_sd_s``.

    From behind a single cue finds them, and its error is part of what was learned there.
    """
    certain = not any(excess_event_sd_s(trial, "contact", side) for side in sides)
    if not metric.moves_with_contacts or trial.gait.view.name != "side" or certain:
        return 0.0
    some = middle(trial)
    found = [known_steps(at, metric) for at in (_shifted(some, -1, sides), some, _shifted(some, 1, sides))]
    early, there, late = (statistic(steps) if steps else float("nan") for steps in found)
    return float(np.nanmax([abs(early - there), abs(late - there), 0.0]))


@once
def _shifted(trial: Trial, way: int, sides: tuple[Side, ...]) -> Trial:
    """The trial as if the contacts of these feet had been earlier (−1) or later (+1) by what they may be off."""
    errors_s = {side: way * excess_event_sd_s(trial, "contact", side) for side in sides}
    contacts = tuple(replace(e, time_s=e.time_s + errors_s.get(e.side, 0.0)) for e in trial.gait.contacts)
    return replace(trial, gait=replace(trial.gait, contacts=contacts))


@once
def excess_event_sd_s(trial: Trial, event: str, side: Side) -> float:
    """Seconds (one SD) by which a foot's contacts or toe-offs ("toe_off") may be off beyond cues' usual disagreement.

    The usual part is shared by all clips, and by both feet, and is part of the calibration.
    """
    events = trial.gait.contacts if event == "contact" else trial.gait.toe_offs
    own = [e.sd_s for e in events if e.side == side]
    if not own:
        return 0.0
    usual = calibration_of(trial).event_sd(event) * trial.gait.stride_s
    return float(np.sqrt(max(np.median(own) ** 2 - usual**2, 0.0)))


def extrapolation(trial: Trial, metric: Metric) -> float:
    """How many times less certain than in the conditions in which corrections were learned."""
    if trial.gait.view.name == "side" or "side" not in metric.views:
        return prod(widening(trial).values())
    learned = calibration_of(trial).perspective("less_certain", trial.gait.view.name, AT_AN_ANGLE)
    return prod(widening(trial).values()) * learned


def widening(trial: Trial) -> dict[str, float]:
    """The factors of ``extrapolation`` that better filming would take away, by the reason that tells how to film."""
    factors = {"camera_steep": steepness(trial), "too_small": _coarse(trial)}
    if trial.gait.view.name != "oblique":
        factors["camera_at_an_angle"] = _camera_turned(trial)
    if trial.gait.view.name == "side":
        factors["frame_rate_too_low"] = max(1.0, LEARNED_FPS / trial.fps)
    return factors


def _coarse(trial: Trial) -> float:
    """How many times less certain, for how few pixels tall the runner is; 1 where points come from a file."""
    height_px = trial.track.body_height_px
    return float(np.hypot(1.0, (COARSE_PX / height_px) ** 2)) if trial.track.model in BACKENDS and height_px else 1.0


def steepness(trial: Trial) -> float:
    """How many times less certain, for how steeply the camera looks up or down at the runner; 1 where not known."""
    looks_up, (low, high) = trial.gait.view.elevation_deg, LEARNED_ELEVATION_DEG
    beyond = np.fmax(low - looks_up, looks_up - high)
    return float(np.fmax(1.0, 1.0 + beyond / STEEPER_DEG))


def _camera_turned(trial: Trial) -> float:
    """How many times less certain, for how far the camera is off the right angle."""
    return 1 + max(0.0, abs(trial.gait.view.yaw_deg) - LEARNED_YAW_DEG) / LEARNED_YAW_DEG


def speed_sd(trial: Trial) -> float:
    """SD of the runner's speed, as a share of it: that of what was told, or of what is read off the ground."""
    if not np.isfinite(trial.speed_m_s):
        return ground_speed_sd(trial)
    return TOLD_SPEED_SD if trial.gait.surface == "overground" else BELT_SPEED_SD


def ground_speed_sd(trial: Trial) -> float:
    """SD of the speed read off the ground, as a share of it: that of the scale and of the foot on the ground."""
    along_ground = calibration_of(trial).correction("ground_speed_m_s").sd / ORDINARY_SPEED_M_S
    return float(np.hypot(LEG_OF_HEIGHT_SD, along_ground * _camera_turned(trial) * steepness(trial) * _coarse(trial)))


def clock_sd(trial: Trial) -> float:
    """Error of the time from first to last step, as a share of it; what all contacts share cancels."""
    gait = trial.gait
    if gait.contacts:
        sd_s = float(np.median([e.sd_s for e in gait.contacts]))
        lasted_s = gait.contacts[-1].time_s - gait.contacts[0].time_s
    else:
        times = motion_of(trial).time_s
        sd_s, lasted_s = UNSURE_SD * gait.stride_s, float(times[-1] - times[0])
    return (0.5 * sd_s + 0.3 / trial.track.fps) / lasted_s


def interval_around(value: float, m: Measurement, below: float, above: float) -> Interval:
    """The 95 % interval of a value that is known relative to a measurement's: to within below and above.

    Both errors are taken as independent; it ends where the quantity does.
    """
    low, high = value - np.hypot(m.value - m.low, below), value + np.hypot(m.high - m.value, above)
    least = METRICS[m.name].minimum
    return max(float(low), least), max(float(high), least)


def values_by_leg(steps: Iterable[StepValue]) -> list[FloatArray]:
    """The values of each leg that has any."""
    steps = list(steps)
    return [np.array(own) for side in SIDES if (own := [s.value for s in steps if s.side == side])]


def mean_of_medians(steps: Iterable[StepValue]) -> float:
    """Mean of the two legs' medians: where legs differ, the median of all their steps would be that of one leg."""
    return float(np.mean([np.median(leg) for leg in values_by_leg(steps)]))


def sampling_half_width(*legs: FloatArray, usual_sd: float = float("nan")) -> float:
    """Half of the 95 % interval of the mean of medians from the scatter of each leg's own steps alone (Student's t).

    A median scatters MEDIAN_SCATTER times as much as a mean. Few steps hardly show their own scatter: where the usual
    scatter is known, it counts for ALREADY_KNOWN degrees of freedom.
    """
    from scipy.special import stdtrit  # noqa: PLC0415 (late: not needed to read a clip)

    counts = [len(leg) for leg in legs]
    freedom = sum(counts) - len(legs)
    squares = sum(float(((leg - leg.mean()) ** 2).sum()) for leg in legs)
    if freedom < FEW and np.isfinite(usual_sd):
        freedom, squares = freedom + ALREADY_KNOWN, squares + ALREADY_KNOWN * usual_sd**2
    if freedom < 1:
        return float("inf")
    error = MEDIAN_SCATTER * np.sqrt(squares / freedom * sum(1 / n for n in counts)) / len(legs)
    return float(stdtrit(freedom, 0.975) * error)
