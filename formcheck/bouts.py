"""Landmarks → bouts: each stretch of a clip by itself, and those of one pace put together.

A clip may be cut, a runner may pass the camera several times or run at several speeds, and phones bake slow motion into
part of a file. Each stretch is cleaned, read and measured by itself; those run at one pace and seen from one kind of
view are then measured together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .cleaning import clean
from .datatypes import Gait, Options, PoseTrack, Trial, VideoInfo
from .gait import (
    FACTORS,
    SAME_PACE,
    alternate_twice,
    find_gait,
    find_pitch,
    leg_length_px,
    misnamed,
    stretches,
    with_elevation,
)
from .knowledge import calibration
from .metrics import LEG_OF_HEIGHT, fitting_speeds, possible_speeds
from .metrics.uncertainty import clock_sd
from .settings import KMH_PER_M_S

RANKS = ("running", "walking", "other")
TELLING = 2.0  # strides: of fewer, the pace is too uncertain for others to be timed by it
SPED_UP = (1 / 2, 1 / 4, 1 / 8)  # tried where nothing repeats as slowly as anybody's legs


def read_bouts(raw: PoseTrack, info: VideoInfo, options: Options) -> tuple[PoseTrack, list[Trial], tuple[float, ...]]:
    """(the whole cleaned track, a trial for each stretch in which something repeats; if nothing does, the best one,
    file time of each cut).

    raw: landmarks as found, timed by the clip's own clock.
    """
    whole = clean(raw, info)
    spans, cuts = stretches(whole)
    undivided, pieces = spans == [(0, len(raw))], [raw.between(*span) for span in spans]
    parts = [_named(piece, whole if undivided else clean(piece, info), info) for piece in pieces]
    whole = parts[0] if undivided else whole
    read = [_read(piece, part, info, options) for piece, part in zip(pieces, parts, strict=True)]
    steady = [trial for trial in read if trial.gait.motion is not None and trial.gait.activity != "other"]
    steady = [trial for trial in steady if trial.gait.contacts] or steady  # legs hardly seen may seem to repeat
    steady = [trial for trial in steady if not any(_takes_two_for_one(trial, other) for other in steady)]
    cuts_s = tuple((info.slow_motion_factor * whole.time_s[cuts]).tolist())
    return whole, _timed(steady or [max(read, key=_weight)]), cuts_s


def _named(raw: PoseTrack, track: PoseTrack, info: VideoInfo) -> PoseTrack:
    """A stretch's cleaned landmarks, with its legs named as its own strides tell."""
    wrong = misnamed(track)
    return clean(raw, info, wrong) if wrong.any() else track


def _read(raw: PoseTrack, track: PoseTrack, info: VideoInfo, options: Options) -> Trial:
    track, gait = _moving(raw, track, info, options)
    pitch = find_pitch(track, gait.view, info)
    gait = replace(gait, view=with_elevation(gait.view, track, pitch))
    leg = leg_length_px(track, gait.view, pitch)
    scale = leg / (LEG_OF_HEIGHT * options.height_cm / 100) if options.height_cm else float("nan")
    speed = options.speed_kmh / KMH_PER_M_S if options.speed_kmh else float("nan")
    return Trial(info, track, gait, leg, scale, speed, pitch=pitch)


def _moving(raw: PoseTrack, track: PoseTrack, info: VideoInfo, options: Options) -> tuple[PoseTrack, Gait]:
    """Cleaned landmarks of a stretch, and how they move.

    Filters and windows are made for real time. So a stretch that looks slowed down, though nobody said so, is read at
    its likely real pace if that shows contacts (of some pose models none are read), and its own times are then
    restored. So is one in which nothing repeats: sped up, legs move faster than is looked for.
    """
    gait = find_gait(track, options.view, told=options.slowmo)
    faster = SPED_UP if gait.motion is None and track.seen.any() else ()
    unread = not calibration.of(track.model).has("events", "contact")
    for factor in faster if gait.likely_factor is None else (gait.likely_factor,):
        timed = raw.retimed(factor)
        real = _named(timed, clean(timed, info), info)
        found = find_gait(real, options.view)
        if found.likely_factor is None and (found.contacts or (unread and found.activity == "running")):
            likely = found.pace_likely if gait.likely_factor is None else gait.pace_likely
            return real.retimed(1 / factor), replace(
                found.retimed(1 / factor), likely_factor=factor, pace_likely=likely
            )
    return track, gait


def _takes_two_for_one(trial: Trial, other: Trial) -> bool:
    """Whether two strides were taken for one, as another stretch shows, whose legs alternate as quickly as here."""
    doubled = replace(other, gait=replace(other.gait, stride_s=2 * other.gait.stride_s))
    alike = trial.gait.view.name == other.gait.view.name and _as_quick(trial, doubled)
    return alike and alternate_twice(trial.track, trial.gait.stride_s)


def _timed(trials: list[Trial]) -> list[Trial]:
    """The trials, with real time for those that look slowed down if others show the runner's own pace.

    Phones slow down part of a file by one of a few factors: with the right one, its pace is that of the rest.
    """
    real = [t for t in trials if t.gait.likely_factor is None and t.gait.activity == "running"]
    real = [t for t in real if _weight(t) >= TELLING]
    return [_as_fast(t, real) if real and t.gait.likely_factor is not None else t for t in trials]


def _as_fast(trial: Trial, real: Sequence[Trial]) -> Trial:
    own = max(real, key=_weight)
    factor = min(FACTORS, key=lambda f: abs(np.log(trial.gait.stride_s / f / own.gait.stride_s)))
    quick = replace(trial.retimed(factor), slowed=factor)
    if trial.gait.activity != "running" or not _as_quick(quick, own):
        return trial
    return replace(quick, gait=replace(quick.gait, likely_factor=None))


def at_one_pace(trials: Sequence[Trial]) -> list[Trial]:
    """The trials to measure together, longest first: of the view and pace with most strides, running before walking."""
    groups: list[list[Trial]] = []
    for trial in sorted(trials, key=_weight, reverse=True):
        fitting = [group for group in groups if _of_one_pace(group[0], trial)]
        if fitting:
            fitting[0].append(trial)
        else:
            groups.append([trial])
    return max(groups, key=lambda group: (-RANKS.index(group[0].gait.activity), sum(map(_weight, group))))


def _of_one_pace(a: Trial, b: Trial) -> bool:
    alike = (a.gait.view.name, a.gait.activity) == (b.gait.view.name, b.gait.activity)
    return alike and a.gait.likely_factor == b.gait.likely_factor and _as_quick(a, b)


def _as_quick(a: Trial, b: Trial) -> bool:
    """Whether strides take equally long, as far as so few can tell."""
    error = float(np.hypot(clock_sd(a), clock_sd(b)))
    return bool(abs(np.log(a.gait.stride_s / b.gait.stride_s)) < SAME_PACE + 1.96 * error)


def _weight(trial: Trial) -> float:
    """Number of strides seen; 0 if nothing repeats."""
    motion = trial.gait.motion
    return float(np.ptp(motion.phase)) if motion is not None else 0.0


def with_speed(trials: Sequence[Trial], used: Sequence[Trial]) -> tuple[list[Trial], list[Trial]]:
    """The same two, with the speed given as that of the latter alone; where their steps contradict it, they are marked,
    and it is that of whichever others it fits."""
    fitting = fitting_speeds(used)
    told = {trial: replace(trial, fitting_m_s=fitting) if fitting else trial for trial in used}
    if fitting:
        told |= {trial: trial for trial in trials if trial not in told and _shown_to_fit(trial)}
    trials = [told.get(trial) or replace(trial, speed_m_s=float("nan")) for trial in trials]
    return trials, [told[trial] for trial in used]


def _shown_to_fit(trial: Trial) -> bool:
    speeds = possible_speeds(trial)
    return speeds is not None and speeds[0] <= trial.speed_m_s <= speeds[1]


def in_clip_time(trial: Trial) -> Trial:
    """The trial timed by the clip's own clock."""
    return trial.retimed(1 / trial.slowed)
