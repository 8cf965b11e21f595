"""What is odd about a clip and what was read from it, as warnings in the report."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor

import numpy as np

from ..camera import STEEPEST_ROLL_DEG
from ..datatypes import Report, Trial
from ..datatypes.inputs import LEAST_SLOWED
from ..knowledge import verdict_of
from ..knowledge.judged import judged_by, limit_words
from ..metrics import widening
from ..outgoing import readable
from ..settings import KMH_PER_M_S
from ..words import counted, listed, looks_up, pace, span
from .parts import when

MOST_CUTS = 5  # named
MOST_LIKELY = 0.99  # highest likelihood stated, since the judgement is based on few people
WIDER = 1.1  # times as wide as they need be: from there on, the report says why intervals are
MOST_TURNED_DEG = 2.0  # from there on, the report says that the camera turned
TENTHS = 10  # of a km/h: as finely as speeds are written
LARGER = 1.2  # times as large when standing, or running: of rendered runners who do both in one spot, up to 1.1
MOST_USED = 0.85  # of the time the runner is seen: if the analysed part is shorter, the report says which it is


def oddities(report: Report) -> Iterator[str]:
    """Warnings, a sentence each, without the full stop; what the picture lacks altogether is the verdict's to say."""
    trial = report.trial
    unseen = any(verdict_of(m.missing) for m in report.measurements)
    yield from () if unseen else trial.gait.warnings  # that says it all
    yield from _part_used(report)
    if trial.fitting_m_s is not None:
        yield _misfit(report, *trial.fitting_m_s)
    elif np.isfinite(trial.speed_m_s) and any(not bout.used for bout in report.bouts):
        yield f"the speed you gave is taken to be that of {listed([when(bout) for bout in report.used])} alone"
    if trial.gait.likely_factor is not None:
        factor = round(trial.gait.likely_factor * trial.video.slow_motion_factor, 6)  # of the file, whatever was said
        seen = f"{120 / trial.gait.stride_s:.0f} steps/min, with the bounce and leg movement seen here, looks"
        jogger = ", less for a slow jogger" if factor > 1 else ""
        how = "at real speed" if factor == 1 else f"{pace(factor)}, give or take a fifth{jogger}"
        doubted = "as you said" if report.options.slowmo or report.options.capture_fps else "at real speed"
        likely = f"about {min(trial.gait.pace_likely, MOST_LIKELY):.0%} likely not {doubted}"
        yield f"{seen} {how} ({likely}); {_say_so(report, factor)}; until then, nothing that depends on time is given"
    yield from _wide(report.as_measured) if any(m.missing is None for m in report.measurements) else ()
    yield from _tilted(report) if any(m.missing is None for m in report.measurements) else ()
    if trial.track.person.of > 1:
        yield _who(trial)
    yield from _who_stands(report)
    if judged_by() is not None and not unseen:
        yield limit_words().own
    if not unseen:
        yield from _jumps(report)


def _tilted(report: Report) -> Iterator[str]:
    """How far the camera was tilted sideways, and how far it tipped meanwhile."""
    if (tilt := abs(report.trial.track.roll_deg)) > STEEPEST_ROLL_DEG:
        yield f"the camera was tilted sideways by {tilt:.0f}°, which is taken out: hold the phone level"
    if (turned := _turned_deg(report)) >= MOST_TURNED_DEG:
        yield f"the camera tipped sideways by {turned:.0f}° while it filmed, which is taken out: stand the phone firmly"


def _wide(trial: Trial) -> Iterator[str]:
    """What about the filming makes intervals wider than they need be, and what would make them narrower."""
    view = trial.gait.view
    line, where = ("side view", "right beside") if view.sagittal else ("line of running", "straight behind or ahead")
    filmed = {
        "camera_steep": (f"the camera {looks_up(view.elevation_deg)}", "put it at hip height"),
        "too_small": (f"the runner is only {trial.track.body_height_px:.0f} pixels tall", "film from nearer"),
        "camera_at_an_angle": (f"the camera is some {abs(view.yaw_deg):.0f}° off the {line}", f"film from {where}"),
        "frame_rate_too_low": (f"there are only {trial.fps:.3g} frames a second", "film at 60"),
    }
    for why, times in widening(trial).items():
        if times > WIDER:
            said, remedy = filmed[why]
            yield f"{said}, which makes intervals up to {times:.1f} times as wide: {remedy}"


def _misfit(report: Report, *fitting_m_s: float) -> str:
    """That the speed given is not that of the steps measured, and whose it may be."""
    trial = report.trial
    said = (
        f"the speed you gave, {KMH_PER_M_S * trial.speed_m_s:g} km/h, does not fit the steps "
        f"{'measured' if len(report.bouts) > len(report.used) else 'seen'}, which are those of "
        f"{_between(*fitting_m_s)} km/h"
    )
    others = [bout for bout in report.bouts if not bout.used and np.isfinite(bout.trial.speed_m_s)]
    if others:
        begin_s, end_s = max((bout.span_s for bout in others), key=lambda span_s: span_s[1] - span_s[0])
        alone = f"analyse {'one of these' if len(others) > 1 else 'these'} alone"
        fitting = f", but it does fit those of {listed([when(bout) for bout in others])}"
        remedy = f"{fitting}: {alone} (`start={begin_s:.1f}`, `end={end_s:.1f}`)"
    else:
        tall = ", and the height" if np.isfinite(trial.px_per_m) else ", or give the height of somebody small or tall"
        remedy = f": check it and its unit (`speed_kmh`){tall}"
    return f"{said}{remedy}; until then, nothing that rests on it is given"


def _between(low_m_s: float, high_m_s: float) -> str:
    """Two speeds in km/h, each rounded towards the other: whatever is not between the two is not between these."""
    low, high = (round(TENTHS * KMH_PER_M_S * speed, 9) for speed in (low_m_s, high_m_s))
    if ceil(low) > floor(high):  # within one tenth
        return f"{low / TENTHS:.2f} to {high / TENTHS:.2f}"
    return f"{ceil(low) / TENTHS:.1f} to {floor(high) / TENTHS:.1f}"


def _turned_deg(report: Report) -> float:
    """How far the camera turned within the stretches that were measured."""
    turns = [bout.trial.gait.motion.turn_deg for bout in report.used if bout.trial.gait.motion is not None]
    return float(np.ptp(np.concatenate(turns))) if turns else 0.0


def _say_so(report: Report, factor: float) -> str:
    """How to say how many times the file is slowed down, by the setting that was given."""
    trial, said = report.trial, report.options
    if said.capture_fps is None:
        either = " or `capture_fps`" if factor > 1 and said.slowmo is None else ""
        unsure = "" if factor == 1 else " if that is it"
        return f"say so (`slowmo={factor:.3g}`{unsure}{either})"
    if min(factor, trial.video.slow_motion_factor) > LEAST_SLOWED:  # at a lower one, what was said was left out
        return f"say so (`capture_fps={said.capture_fps * factor / trial.video.slow_motion_factor:.4g}`)"
    return f"say so (`slowmo={factor:.3g}`, and no `capture_fps`)"


def _jumps(report: Report) -> Iterator[str]:
    """When the film is cut; how often, where no stretch begins there."""
    slips = report.trial.track.repairs.jumps
    if report.cuts_s:
        named = [f"{cut_s:.1f}" for cut_s in report.cuts_s]
        at = f"{listed(named[:MOST_CUTS])} s{' and later' if named[MOST_CUTS:] else ''}"
        yield f"the picture jumps at {at} (a cut, missing frames or another person): film in one take"
    elif slips and len(report.bouts) == 1:
        yield f"the picture jumps {counted(slips, 'time{s}')} (a cut, or another person): film in one take"


def _part_used(report: Report) -> Iterator[str]:
    """Which seconds of the file could be read, unless they are nearly all of those in which the runner is seen."""
    track, bouts = report.trial.track, report.bouts
    if report.trial.gait.motion is None or all(m.missing for m in report.measurements):
        return
    seen_s = float(track.seen.mean()) * float(np.ptp(track.time_s)) * report.trial.video.slow_motion_factor
    stood = report.stood
    if stood is not None and stood.trial is not None and stood.trial.video == report.trial.video:
        seen_s -= float(np.ptp(stood.span_s))
    if sum(end - begin for begin, end in (bout.span_s for bout in bouts)) < MOST_USED * seen_s:
        shown = listed([when(bout) for bout in bouts])
        why = ["the runner is not steady", "turns or is not fully in view", "frames are missing"]
        if report.trial.video.slow_motion_factor != 1:  # which need not hold for all of the file
            why.append("the film is not slowed down as much")
        yield f"only {shown} of the video could be read: elsewhere {', '.join(why[:-1])}, or {why[-1]}"


def _who_stands(report: Report) -> Iterator[str]:
    """What suggests that whoever stands is not the runner, or stands elsewhere.

    How somebody is built does not: of rendered runners, landmarks' proportions differ from one film of a body to the
    next as much as between bodies. A separate clip may be filmed from nearer.
    """
    stood = report.stood
    if stood is None or stood.trial is None or stood.missing is not None:
        return
    trial = stood.trial
    if trial.video.path == report.trial.video.path:
        size = trial.leg_px / report.stretch.leg_px
        if abs(np.log(size)) > np.log(LARGER):
            yield (
                f"whoever stands from {span(*stood.span_s)} is {size:.2g} times as large in the picture as the runner: "
                "stand where you run, and see that it is you"
            )
    elif (person := trial.track.person).of > max(1, len(person.numbers)):
        name = readable(trial.video.path.name)
        yield f"several people were followed in {name}: be alone in the clip in which you stand"


def _who(trial: Trial) -> str:
    """Which of several people was analysed, and when they are in view, in file time."""
    track, person = trial.track, trial.track.person
    seen_s = track.time_s[track.seen] * trial.video.slow_motion_factor
    in_view = f", in view from {span(seen_s[0], seen_s[-1])}" if len(seen_s) else ""
    if len(person.numbers) == person.of:
        return (
            f"somebody came into view {person.of} times and was taken to be the same runner each time, by size and "
            "clothing colours; choose one of these times with `person`"
        )
    again = f" (and {listed([str(n) for n in person.numbers if n != person.number])}, who look the same)"
    return (
        f"{person.of} people were followed, numbered from the left as they came into view (anyone lost and found again "
        "gets a new number); number "
        f"{person.number}{again if len(person.numbers) > 1 else ''} was analysed{in_view}; choose another with `person`"
    )
