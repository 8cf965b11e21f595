"""PoseTrack → Gait: view, activity, surface, and the initial contacts and toe-offs of both feet."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from ..cleaning import body_height_px, lowpass
from ..datatypes import LEG, SIDES, Activity, Event, FloatArray, Gait, Motion, PoseTrack, Side, View, fourier_basis
from ..knowledge import calibration
from .cycle import FEWEST_CYCLES, Cycle, fit_cycle, fit_series, power, stride_frequency
from .events import LegCycle, leg_cycles, vote
from .view import facing_one_way, find_surface, find_view

ACTIVE = 0.4  # of the usual leg movement: below it the person stands, starts or stops
CONFUSED = 2.0  # times more bounce at the stride's rate than at the step's
JUMPS_BACK = 0.02  # of the swing's power: a rectified cosine has 0.04, legs told apart less than 0.01
STEP_RATE = (1.2, 3.2, 0.01)  # times the stride's rate: where the step's is looked for, and how finely
OUT_OF_TUNE = 0.06  # of twice the stride's rate: rendered runners and walkers keep within 0.03
FIT_STEADY = 0.85  # share of leg movement that repeats: below it a part of the clip may repeat better
FIT_RHYTHMIC = 0.5  # below this nothing repeats well enough to speak of a gait
FIT_FROM_BEHIND = 0.8  # below it legs are mixed up there: 40 rendered clips had 0.89 or more, one with wrong steps 0.65
PARTS = (1.0, 0.75, 0.5, 0.33)  # of the moving span, tried from the longest: people stop, turn, leave the picture
IN_STEP_DEG = 60.0  # of a step's turn: hips rising and falling neither with the legs nor against them tell nothing
FOLLOWS = 0.5  # body heights: a camera that turns so far follows the runner
RUNNERS_ONLY = (150.0, 225.0)  # steps/min that nobody walks
FEET_LATE_DEG = {"rear": 30.0, "front": -115.0}  # of a step's turn, as perspective shows runners' feet; rendered ones
WITHOUT_FLIGHT_M_S2 = 4.0  # of the hips' bounce: walkers' 1 to 3, runners' near 9.8, of which a model keeps 0.57 up
USUAL_LEG_M = 0.85  # thigh + shank of an adult, give or take a tenth
LEG_SEEN = {"rear": 0.88, "front": 0.98}  # of its length, by its segments near their longest: on rendered runners
LEAST_SWING = 0.15  # leg lengths between the ankles: less is shuffling on the spot
SHANK_SHORT = 0.8  # of its middle length against the trunk's: seen from the side a shank varies by 0.05
SHORT_SELDOM = 0.1  # of the frames: single runners had up to 0.01, one to whom a runner behind lent legs 0.12
KNOWN = 0.6  # of the frames: a landmark seen less often is not used for events
DEPARTURE_HZ = 3.0  # slow departures from the mean stride are kept up to here, noise above is not
DUTY = (0.12, 0.75)  # contact time / stride that legs can have; outside, toe-offs are not given
OUT_OF_STEP = 0.12  # strides: left and right contacts farther from half a stride apart are not believed
LIKELY_CADENCE = {"running": (125.0, 225.0, 168.0), "walking": (65.0, 150.0, 112.0)}  # steps/min: least, most, usual
USUAL_FACTORS = (1 / 8, 1 / 4, 0.5, 2.0, 4.0, 5.0, 8.0, 10.0, 16.0)  # 60, 120, 240 frames/s played at 24 or 30


@dataclass(frozen=True)
class _Legs:
    """Leg coordinates in leg lengths about the slow path of the mid-hip: x forward, y up; (T, k), named."""

    time_s: FloatArray
    values: FloatArray
    columns: dict[str, int]


def find_gait(track: PoseTrack, wanted_view: str = "auto") -> Gait:
    """What the person does, seen from where, and when the feet touch and leave the ground.

    Of a runner who turns round on the way, only the longest time in one direction is looked at.
    """
    track = facing_one_way(track)
    view = find_view(track, wanted_view)
    if view.name == "none":
        return Gait(view, "other", "unknown")
    warnings: tuple[str, ...] = ()
    if wanted_view not in ("auto", view.name):
        warnings = (f"this does not look like a {wanted_view} view, it is taken as {view.name}",)
    rows, frequency, fit = _rhythmic_rows(track, _active_rows(track))
    if not fit >= FIT_RHYTHMIC:
        surface = find_surface(track, view, body_height_px(track), 0)
        return Gait(view, "other", surface, warnings=(*warnings, "no repeated steps were found"))
    legs = _legs(track, rows, view, frequency)
    cycle = fit_cycle(legs.time_s, legs.values, frequency)
    activity = _activity(cycle, legs.columns, view)
    strides = float(cycle.phase[-1] - cycle.phase[0])
    gait = Gait(
        view,
        activity,
        find_surface(track, view, body_height_px(track), strides),
        stride_s=cycle.stride_s,
        likely_factor=_likely_factor(120 / cycle.stride_s, activity),
        motion=_motion(track, rows, cycle, fit),
        camera_stays=_camera_stays(track),
        warnings=warnings,
    )
    return gait if activity == "other" else _with_events(gait, track, legs, cycle, fit)


def leg_cycles_of(track: PoseTrack, gait: Gait) -> dict[Side, LegCycle]:
    """Both legs over the mean stride of a gait that was found: what the contact cues look at."""
    assert gait.motion is not None
    rows = np.searchsorted(track.time_s, gait.motion.time_s)
    legs = _legs(track, rows, gait.view, 1 / gait.stride_s)
    series = fit_series(gait.motion.phase, legs.values, (gait.motion.series.shape[1] - 1) // 2)
    cycle = Cycle(gait.motion.phase, series, gait.motion.fit, gait.stride_s)
    return leg_cycles(cycle, legs.columns, gait.view.name in ("side", "oblique"))


def leg_length_px(track: PoseTrack, view: View) -> float:
    """Thigh + shank, pixels, mean of both legs; from behind, where both tip away, from when they look longest.

    Thigh and shank are alike in length (Drillis & Contini 1966), so that one stands in where the other is hidden.
    """
    share = 50 if view.name in ("side", "oblique") else 90
    segments = [
        np.linalg.norm(track.point(f"{side}_{a}") - track.point(f"{side}_{b}"), axis=1)
        for side in SIDES
        for a, b in (("hip", "knee"), ("knee", "ankle"))
    ]
    known = [np.percentile(s[np.isfinite(s)], share) for s in segments if np.isfinite(s).any()]
    return 2 * float(np.mean(known)) / LEG_SEEN.get(view.name, 1.0) if known else float("nan")


def _between_legs(track: PoseTrack) -> FloatArray:
    """(T, k) left minus right knee, and ankle where known, pixels: what alternates when someone walks or runs."""
    return _mostly_known([track.point(f"left_{j}") - track.point(f"right_{j}") for j in ("knee", "ankle")])


def _both_legs(track: PoseTrack) -> FloatArray:
    """(T, k) middle of both knees, and ankles where known, from mid-hip: the same whichever leg is taken for which."""
    return _mostly_known([track.mid(joint) - track.mid("hip") for joint in ("knee", "ankle")])


def _mostly_known(parts: list[FloatArray]) -> FloatArray:
    return np.concatenate([p for p in parts if np.isfinite(p[:, 0]).mean() > 0.3] or parts[:1], axis=1)


def _active_rows(track: PoseTrack) -> NDArray[np.intp]:
    """Rows of the longest span in which the legs move as they mostly do in this clip."""
    between = _between_legs(track)
    known = np.flatnonzero(np.isfinite(between).all(axis=1))
    if len(known) < 12:
        return known[:0]
    swing = np.linalg.norm(between[known] - np.median(between[known], axis=0), axis=1) ** 2
    window = 0.5 * max(4.0, _rough_stride_frames(track.time_s[known], between[known]))
    level = np.sqrt(gaussian_filter1d(swing, window, mode="nearest"))
    active = known[level > ACTIVE * np.percentile(level, 75)]
    longest_gap = max(0.5, window * float(np.median(np.diff(track.time_s))))
    breaks = np.flatnonzero(np.diff(track.time_s[active]) > longest_gap) + 1
    return max(np.split(active, breaks), key=len)


def _rhythmic_rows(track: PoseTrack, rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], float, float]:
    """(rows, stride frequency, fit) of the longest part in which the legs repeat steadily, else of the best part."""
    between, together, hips = _between_legs(track), _both_legs(track), track.mid("hip")[:, 1:]
    best = (rows, float("nan"), 0.0)
    for part in PARTS:
        length = int(part * len(rows))
        for start in np.unique(np.linspace(0, len(rows) - length, 1 if part == 1 else 5).astype(int)):
            some = rows[start : start + length]
            fit, frequency = _rhythm(track.time_s[some], between[some], together[some], hips[some])
            if fit > best[2]:
                best = (some, frequency, fit)
        if best[2] >= FIT_STEADY:
            break
    return best


def _rhythm(time_s: FloatArray, between: FloatArray, together: FloatArray, hips: FloatArray) -> tuple[float, float]:
    """(share of the movement that repeats, stride frequency); (0, NaN) when too short.

    Hips bounce once a step, twice a stride. Hips that bounce as often as the legs seem to alternate tell
    that the pose model took every step for the same leg's: the stride is then twice as long. The legs then swing one
    way and jump or turn back, which takes a second harmonic; without it only the hips are seen badly, as a walker's.
    """
    frequency = stride_frequency(time_s, between) if len(time_s) > 12 else float("nan")
    if np.isnan(frequency):
        return 0.0, frequency
    once, twice = power(time_s, hips, np.array([frequency, 2 * frequency]))
    swing, jump = power(time_s, between, np.array([frequency, 2 * frequency]))
    if once > CONFUSED * twice and jump > JUMPS_BACK * swing:
        frequency /= 2
    if frequency * (time_s[-1] - time_s[0]) < FEWEST_CYCLES:
        return 0.0, float("nan")
    cycle = fit_cycle(time_s, between, frequency)
    if not cycle.fit or _out_of_tune(time_s, together, 1 / cycle.stride_s):
        return 0.0, float("nan")
    return cycle.fit, frequency


def _out_of_tune(time_s: FloatArray, together: FloatArray, frequency: float) -> bool:
    """Whether both legs together move at another rate than twice that of one against the other: they were mixed up."""
    around = np.arange(*STEP_RATE)
    return bool(abs(around[power(time_s, together, frequency * around).argmax()] - 2) > OUT_OF_TUNE)


def _rough_stride_frames(time_s: FloatArray, between: FloatArray) -> float:
    frequency = stride_frequency(time_s, between)
    return 1 / (frequency * float(np.median(np.diff(time_s)))) if np.isfinite(frequency) else 0.0


def _slow_path(time_s: FloatArray, hips: FloatArray, frequency: float) -> FloatArray:
    """(T, 2) where the mid-hip would be without bounce and sway: a straight line plus slow drift."""
    known = np.isfinite(hips[:, 0])
    filled = np.stack([np.interp(time_s, time_s[known], h[known]) for h in hips.T], axis=1)
    line = np.stack([np.polyval(np.polyfit(time_s, f, 1), time_s) for f in filled.T], axis=1)
    width = 1 / (frequency * float(np.median(np.diff(time_s))))
    return np.asarray(line + gaussian_filter1d(filled - line, width, axis=0, mode="nearest"))


def _camera_stays(track: PoseTrack) -> bool:
    """Whether the camera is known to stay in its place, if with some shake, rather than to follow the runner."""
    return bool(np.ptp(track.camera_xy, axis=0).max() < FOLLOWS * body_height_px(track))  # NaN is no


def _shake(track: PoseTrack) -> FloatArray:
    """(T, 2) how far a camera that stays has moved, 0 for others: when it follows the runner, things nearer and farther
    move differently, and what the background does says little of the runner."""
    return track.camera_xy if _camera_stays(track) else np.zeros_like(track.camera_xy)


def _legs(track: PoseTrack, rows: NDArray[np.intp], view: View, frequency: float) -> _Legs:
    camera = _shake(track)[rows]
    path = camera + _slow_path(track.time_s[rows], track.mid("hip")[rows] - camera, frequency)
    scale = np.array([view.forward or 1, -1]) / leg_length_px(track, view)
    values: list[FloatArray] = []
    columns: dict[str, int] = {}
    for side in SIDES:
        for joint in LEG:
            place = (track.point(f"{side}_{joint}")[rows] - path) * scale
            for axis, column in zip("xy", place.T, strict=True):
                columns[f"{side}_{joint}_{axis}"] = len(values)
                values.append(column)
    return _Legs(track.time_s[rows], np.stack(values, axis=1), columns)


def _activity(cycle: Cycle, columns: dict[str, int], view: View) -> Activity:
    """Running when the hips are highest while the legs are apart (flight), walking when highest over one leg.

    A runner's hips bounce like a ball, a walker's ride over the leg like an inverted pendulum (Cavagna 1976).
    Seen from behind, the feet's height difference, largest over one leg, stands in for their distance; the
    feet's coming and going shifts it, by much or little, so that a cadence only runners have is believed first, and
    a bounce too weak for flight is a walker's.
    """
    sideways = view.name in ("side", "oblique")
    nobody_walks = RUNNERS_ONLY[0] <= 120 / cycle.stride_s <= RUNNERS_ONLY[1]
    if nobody_walks and not sideways:
        return "running"
    phase = np.arange(200) / 200
    place = cycle.at(phase)
    joint = "ankle" if np.isfinite(place[:, columns["left_ankle_x"]]).all() else "knee"
    apart = {a: place[:, columns[f"left_{joint}_{a}"]] - place[:, columns[f"right_{joint}_{a}"]] for a in "xy"}
    hips = place[:, columns["left_hip_y"]] + place[:, columns["right_hip_y"]]
    if np.ptp(apart["x" if sideways else "y"]) < LEAST_SWING:
        return "other"
    twice = np.exp(-4j * np.pi * phase)
    separation = apart["x"] ** 2 if sideways else -(apart["y"] ** 2)
    late = np.radians(FEET_LATE_DEG.get(view.name, 0.0))
    behind = abs(np.degrees(np.angle((hips @ twice) * np.conj(separation @ twice) * np.exp(-1j * late))))
    if behind < IN_STEP_DEG:
        return "running"
    bounce_m = USUAL_LEG_M * abs(hips @ twice) / len(phase)  # from its middle
    no_flight = not sideways and bounce_m * (4 * np.pi / cycle.stride_s) ** 2 < WITHOUT_FLIGHT_M_S2
    return "walking" if (behind > 180 - IN_STEP_DEG or no_flight) and not nobody_walks else "other"


def _likely_factor(cadence: float, activity: Activity) -> float | None:
    """By how much the clip seems slowed (or hurried), None when its cadence is humanly plausible."""
    if activity not in LIKELY_CADENCE:
        return None
    least, most, usual = LIKELY_CADENCE[activity]
    if least <= cadence <= most:
        return None
    return min(USUAL_FACTORS, key=lambda factor: abs(np.log(cadence * factor / usual)))


def _with_events(gait: Gait, track: PoseTrack, legs: _Legs, cycle: Cycle, fit: float) -> Gait:
    if gait.view.name in ("rear", "front") and gait.activity != "running":
        return _warned(gait, "contacts of a walker can only be read from the side")
    if gait.view.name in ("rear", "front") and fit < FIT_FROM_BEHIND:
        return _warned(gait, "the legs hide each other too often: no contacts can be read")
    joints = ("ankle",) if gait.view.name in ("rear", "front") else ("ankle", "heel", "foot_index")
    feet = [f"{side}_{joint}_x" for side in SIDES for joint in joints]
    if min(np.isfinite(legs.values[:, legs.columns[name]]).mean() for name in feet) < KNOWN:
        return _warned(gait, "the feet are out of the picture or hidden: no contacts can be read")
    if gait.view.name == "side" and _legs_lent(track, legs.time_s):
        return _warned(gait, "legs look too short at times, as if somebody else's were seen: no contacts can be read")
    sides = leg_cycles(cycle, legs.columns, gait.view.name in ("side", "oblique"))
    learned = calibration.of(track.model)
    contact = {side: vote(leg, "contact", gait.view.name, learned) for side, leg in sides.items()}
    toe_off = {side: vote(leg, "toe_off", gait.view.name, learned) for side, leg in sides.items()}
    apart = (contact["right"][0] - contact["left"][0]) % 1
    if not abs(apart - 0.5) <= OUT_OF_STEP:  # also when one foot's contacts were not found
        return _warned(gait, "left and right could not be told apart surely enough to read contacts")
    duty = [(toe_off[side][0] - contact[side][0]) % 1 for side in SIDES]
    if not all(DUTY[0] < d < DUTY[1] for d in duty):
        gait = _warned(gait, "the moment the feet leave the ground could not be read")
        toe_off = {}
    return replace(
        gait,
        contacts=_events(track, legs.time_s, cycle, contact),
        toe_offs=_events(track, legs.time_s, cycle, toe_off),
    )


def _legs_lent(track: PoseTrack, time_s: FloatArray) -> bool:
    """Whether a shank, seen from the side, is too often shorter than it can be, as of somebody farther away."""
    span = (track.time_s >= time_s[0]) & (track.time_s <= time_s[-1])
    trunk = np.linalg.norm(track.mid("shoulder") - track.mid("hip"), axis=1)
    for side in SIDES:
        shank = (np.linalg.norm(track.point(f"{side}_knee") - track.point(f"{side}_ankle"), axis=1) / trunk)[span]
        known = shank[np.isfinite(shank)]
        if len(known) and np.mean(known < SHANK_SHORT * np.median(known)) > SHORT_SELDOM:
            return True
    return False


def _warned(gait: Gait, warning: str) -> Gait:
    return replace(gait, warnings=(*gait.warnings, warning))


def _events(
    track: PoseTrack, time_s: FloatArray, cycle: Cycle, found: dict[Side, tuple[float, float]]
) -> tuple[Event, ...]:
    """Every moment at which the phase passes an event's, of both sides in order of time."""
    events = []
    for side, (phase, sd) in found.items():
        if not np.isfinite(phase):
            continue
        turns = np.arange(np.ceil(cycle.phase[0] - phase), np.floor(cycle.phase[-1] - phase) + 1)
        for moment in np.interp(turns + phase, cycle.phase, time_s):
            events.append(Event(float(moment), track.frame_at(moment), side, sd * cycle.stride_s))
    return tuple(sorted(events, key=lambda e: e.time_s))


def _motion(track: PoseTrack, rows: NDArray[np.intp], cycle: Cycle, fit: float) -> Motion:
    """All landmarks as mean stride plus slow departures, over the active span.

    Frames in which the legs are hidden have their phase from those around: the trunk may be seen in them.
    """
    known_s, rows = track.time_s[rows], np.arange(rows[0], rows[-1] + 1)
    time_s = track.time_s[rows]
    phase = np.interp(time_s, known_s, cycle.phase)
    camera = _shake(track)[rows]
    path = _slow_path(time_s, track.mid("hip")[rows] - camera, 1 / cycle.stride_s)
    values = (track.xy[rows] - (path + camera)[:, None]).reshape(len(rows), -1)
    series = fit_series(phase, values, cycle.harmonics)
    rest = values - fourier_basis(phase, cycle.harmonics) @ series.T
    known = np.isfinite(rest).any(axis=0)
    limit = np.zeros(rest.shape[1])
    limit[known] = 2.5 * 1.4826 * np.nanmedian(np.abs(rest[:, known]), axis=0)
    rest = np.clip(np.nan_to_num(rest), -limit, limit)
    corner = DEPARTURE_HZ * min(1.0, 0.7 / cycle.stride_s)  # slower when the clip is slow motion
    return Motion(time_s, phase, path, camera, series, lowpass(rest, time_s, corner), fit)
