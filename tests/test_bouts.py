"""Clips with several stretches: cuts, passes, turns, paces, and slow motion in part of the file."""

from __future__ import annotations

import gc
import re
import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from formcheck.annotate import planned
from formcheck.annotate.sights import Look
from formcheck.bouts import at_one_pace, read_bouts
from formcheck.cleaning import clean, on_every_frame
from formcheck.datatypes import SIDES, Change, Gait, Options, PoseTrack, Report, StepValue, Trial, VideoInfo
from formcheck.datatypes import turned as tipped
from formcheck.gait import find_gait, stretches, turned_deg
from formcheck.gait.skips import unbroken
from formcheck.gait.tempo import paces
from formcheck.knowledge import reason
from formcheck.landmarks import BLAZEPOSE
from formcheck.metrics import METRICS, FrameBody
from formcheck.metrics.ensemble import ensembles
from formcheck.metrics.uncertainty import sampling_half_width
from formcheck.page.report import method_of
from formcheck.pipeline import interpret
from formcheck.report import steps_csv, summary, to_json
from formcheck.report.oddities import oddities
from formcheck.report.parts import parts, rows
from formcheck.report.screen import to_text
from formcheck.tracking import Pose, colours, dressed_alike
from formcheck.versus.ghost import ghost
from formcheck.versus.phase import phases
from runner import Runner

VIDEO = VideoInfo(Path("run.mp4"), 4000, 2000, 60.0, 0, 0.0)
ARRAYS = ("xy", "world", "confidence", "camera_xy", "turn_deg")


def one_after_another(tracks: Sequence[PoseTrack], gap_s: float = 0.0) -> PoseTrack:
    """Tracks joined on one clock; between them nobody is seen."""
    times, arrays, begin_s = [], {name: [] for name in ARRAYS}, 0.0
    for track in tracks:
        time_s = track.time_s - track.time_s[0] + begin_s
        step_s = float(np.diff(track.time_s).mean())
        times.append(time_s)
        for name in ARRAYS:
            arrays[name].append(getattr(track, name))
        begin_s = float(time_s[-1]) + step_s
        if gap_s and track is not tracks[-1]:
            count = round(gap_s / step_s)
            times.append(begin_s + step_s * np.arange(count))
            for name in ARRAYS:
                there = getattr(track, name)
                empty = 0.0 if name in ("confidence", "camera_xy", "turn_deg") else np.nan
                arrays[name].append(np.full((count, *there.shape[1:]), empty))
            begin_s += gap_s
    return PoseTrack(np.concatenate(times), **{name: np.concatenate(some) for name, some in arrays.items()})


def report_of(track: PoseTrack, **options: object) -> Report:
    return interpret(VIDEO, track, Options(**options))  # type: ignore[arg-type]


def value(report: Report, name: str) -> float:
    return report.measurement(name).value


def holds(report: Report, name: str, truth: float) -> bool:
    m = report.measurement(name)
    return m.low <= truth <= m.high


@cache
def usual() -> Report:
    """From many steps: what fewer steps of the same runner must agree with."""
    return report_of(Runner(seconds=12).track())


def a_pass(seconds: float = 1.4, facing: int = 1, **traits: float) -> PoseTrack:
    """A runner who crosses the picture, as seen by a fixed camera beside a track."""
    return Runner(seconds=seconds, facing=facing, noise_px=1.0, fps=60, **traits).track()  # type: ignore[arg-type]


@pytest.mark.parametrize(("frames", "fps"), [(34, 30.0), (35, 30.0), (38, 24.0), (37, 25.0), (69, 60.0)])
def test_how_many_frames_a_pass_lasts_decides_nothing_else(frames: int, fps: float) -> None:
    """Of some lengths, twice their inverse times the length is a hair less than two."""
    report = report_of(Runner(seconds=(frames + 0.5) / fps, fps=fps, noise_px=1.0).track())
    assert len(report.trial.track) == frames
    assert report.trial.gait.activity == "running"
    cadence = report.measurement("cadence_spm")
    assert cadence.low < Runner().cadence_spm < cadence.high


@pytest.mark.parametrize(
    ("cadence", "fall", "view"), [(105.0, 6.0, "side"), (105.0, 8.0, "rear"), (110.0, 6.0, "front")]
)
def test_how_likely_a_film_is_slowed_down_is_told_as_it_was_judged(cadence: float, fall: float, view: str) -> None:
    """A slow jogger may well be one in real time; read as if slowed down, the same would look real for sure."""
    speed, bounce = 0.75 * cadence / 60, 2 * fall / (2 * np.pi * cadence / 60) ** 2
    jogger = Runner(
        cadence_spm=cadence, speed_m_s=speed, bounce_m=bounce, duty=0.38, overstride_m=0.2, seconds=8, fps=30,
        noise_px=1.5, view=view,
    )  # fmt: skip
    judged, told = find_gait(clean(jogger.track(), VIDEO)), report_of(jogger.track()).trial.gait
    assert told.likely_factor == judged.likely_factor == 1.6
    assert told.pace_likely == pytest.approx(judged.pace_likely, abs=0.01)
    assert judged.pace_likely < 0.9


@pytest.mark.parametrize("times", [2.0, 8.0])
@pytest.mark.parametrize(("cadence", "fall"), [(97.0, 6.0), (105.0, 7.0), (140.0, 9.0), (170.0, 12.0), (190.0, 14.0)])
def test_how_much_a_film_is_slowed_down_is_told_as_roughly_as_it_is_known(
    cadence: float, fall: float, times: float
) -> None:
    """Of a slow jogger, who seems to run as the usual runner does in slower motion, it is known less well."""
    runner = Runner(
        cadence_spm=cadence, speed_m_s=0.75 * cadence / 60, bounce_m=2 * fall / (2 * np.pi * cadence / 60) ** 2,
        duty=0.38, overstride_m=0.2, seconds=8, fps=30, noise_px=1.5, slowed=times,
    )  # fmt: skip
    report = report_of(runner.track())
    factor = report.trial.gait.likely_factor
    assert factor is not None
    assert factor / 2 <= times <= 1.25 * factor
    assert times >= factor / 1.25 or cadence < 140
    assert any("give or take a fifth, less for a slow jogger" in warning for warning in report.warnings)


def test_a_steady_clip_is_one_stretch() -> None:
    for runner in (Runner(noise_px=2.0), Runner(jitter=0.02, noise_px=2.0), Runner(seconds=3), Runner(walking=True)):
        track = clean(runner.track(), VIDEO)
        assert stretches(track) == ([(0, len(track))], [])


@pytest.mark.parametrize(("back_px", "count"), [(0.0, 1), (1800.0, 2)])
def test_after_a_picture_shown_for_a_moment_a_runner_elsewhere_is_in_another_shot(back_px: float, count: int) -> None:
    """Where the runner is back in place, the pose model slipped."""
    track = Runner(fps=30).track()
    track.xy[150:159] += [900.0, 0.0]
    track.xy[159:] += [back_px, 0.0]
    assert len(stretches(clean(track, VIDEO))[0]) == count


def test_a_runner_who_tires_keeps_one_pace() -> None:
    track, count = Runner(seconds=30, fps=30, jitter=0.01).track(), 900
    slower = np.cumsum(np.linspace(1.0, 1.08, count)) / 30  # 8 % over half a minute
    tiring = replace(track, time_s=slower, clock_s=slower)
    assert stretches(clean(tiring, VIDEO)) == ([(0, count)], [])


@pytest.mark.parametrize(("second", "within_s"), [(175.0, None), (178.0, 4.0), (190.0, 4.0), (250.0, 2.0)])
def test_a_pace_is_another_from_five_per_cent_on_and_the_farther_the_better_located(
    second: float, within_s: float | None
) -> None:
    """Steps a minute, after 170; within_s: what is left out around the change, which takes no time."""
    joined = one_after_another([Runner(cadence_spm=spm, seconds=8, noise_px=1.0).track() for spm in (170.0, second)])
    spans = paces(clean(joined, VIDEO))
    assert (spans[0][0], spans[-1][1]) == (0, 960)
    assert len(spans) == (1 if within_s is None else 2)
    if within_s is not None:
        (_, end), (begin, _) = spans
        apart = 42 if second < 200 else 0  # frames of a stride: neither reaches into the other
        assert end + apart <= 480 <= begin - apart
        assert begin - end < 60 * within_s


@pytest.mark.parametrize(("quicker", "count"), [(1.03, 1), (1.07, 2)])
def test_who_quickens_the_step_without_missing_one_has_another_pace_if_it_is_clearly_quicker(
    quicker: float, count: int
) -> None:
    track = Runner(seconds=20, fps=30, noise_px=1.0).track()
    time_s = np.cumsum(np.where(np.arange(600) < 300, 1.0, 1 / quicker)) / 30
    assert len(paces(clean(replace(track, time_s=time_s, clock_s=time_s), VIDEO))) == count


def test_what_is_said_of_the_filming_is_said_of_what_was_measured() -> None:
    """Not of what follows: a runner far off, or one who is filmed in real time, not slowed down as before."""
    near, far = Runner(noise_px=1.0).track(), Runner(seconds=20, px_per_m=45.0, noise_px=0.3).track()
    hidden = replace(far, confidence=far.confidence * 0.1)
    report = report_of(one_after_another([near, hidden], 1.0))
    assert [bout.used for bout in report.bouts] == [True]
    assert report.trial.track.body_height_px < 0.5 * report.stretch.track.body_height_px
    assert not any("pixels tall" in warning for warning in report.warnings)
    assert ensembles(report.stretch, report.measurements)


def test_a_slip_of_the_pose_model_parts_nothing() -> None:
    track = Runner().track()
    track.xy[200:206] += 900.0  # for a tenth of a second it sees somebody else
    assert stretches(clean(track, VIDEO)) == ([(0, len(track))], [])


@pytest.mark.parametrize("gone_s", [0.05, 0.2, 0.4])
def test_after_a_passer_by_was_followed_out_of_the_picture_the_runner_is_read_on(gone_s: float) -> None:
    """Hips that walk off one way, and are back in the middle when next seen, are somebody else's."""
    runner = Runner(seconds=9)
    track = runner.track()
    since = np.clip(track.time_s - 3.0, 0.0, 1.6)
    back = int(np.flatnonzero(since >= 1.6)[0])
    track.xy[:back, :, 0] -= (1.2 * track.body_height_px * since[:back])[:, None]
    gone = slice(back - round(gone_s * runner.fps), back)
    track.xy[gone] = np.nan
    spans, cuts = stretches(clean(track, VIDEO))
    assert spans == [(0, cuts[0]), (cuts[0], len(track))]
    assert abs(cuts[0] - back) <= 2


@pytest.mark.parametrize("heights_s", [0.0, 2.0, 4.0])
@pytest.mark.parametrize("turns", [False, True])
def test_a_runner_who_is_hidden_for_a_moment_goes_on(heights_s: float, turns: bool) -> None:
    track = Runner(seconds=6).track()
    since = track.time_s - 3.0
    way = -np.abs(since) if turns else since
    track.xy[..., 0] += 4000 + (heights_s * track.body_height_px * way)[:, None]
    track.xy[np.abs(since) < 0.25] = np.nan
    assert not stretches(clean(track, replace(VIDEO, width_px=20_000)))[1]


@pytest.mark.parametrize(("gap_s", "count"), [(0.4, 1), (0.7, 2), (1.4, 2)])
def test_who_is_out_of_view_for_more_than_half_a_second_is_read_before_and_after_it(gap_s: float, count: int) -> None:
    track = Runner(seconds=12).track()
    gone = np.abs(track.time_s - 6.0) < gap_s / 2
    track.xy[gone], track.world[gone], track.confidence[gone] = np.nan, np.nan, 0.0
    spans, cuts = stretches(clean(track, VIDEO))
    assert (len(spans), cuts) == (count, [])


@pytest.mark.parametrize("hidden", [True, False])
@pytest.mark.parametrize("fps", [30.0, 60.0])
def test_a_runner_in_front_of_whom_somebody_passes_is_read_before_and_after(hidden: bool, fps: float) -> None:
    """For most of a second the legs are hidden, or landmarks are drawn to somebody else's."""
    track = Runner(fps=fps, seconds=8, noise_px=1.0, jitter=0.01).track()
    passed = np.abs(track.time_s - 4.2) < 0.45
    legs = track.landmarks.present(f"{s}_{j}" for s in SIDES for j in ("knee", "ankle", "heel", "foot_index"))
    drawn_off = np.random.default_rng(4).normal(0, 40, (int(passed.sum()), 1, 2)).cumsum(axis=0)
    xy = track.xy.copy()
    xy[np.ix_(passed, legs)] = np.nan if hidden else xy[np.ix_(passed, legs)].mean(axis=1, keepdims=True) + drawn_off
    report = report_of(replace(track, xy=xy))
    assert not report.cuts_s
    used = [bout.span_s for bout in report.used]
    assert sum(end - begin for begin, end in used) > 0.8 * 7.1
    assert {contact.time_s > 4.2 for contact in report.contacts} == {False, True}
    assert holds(report, "cadence_spm", 170)
    assert not any("could be read" in warning for warning in report.warnings)


@pytest.mark.parametrize("missing", [0.12, 0.2, 0.35, 0.5, 0.7, 0.9, -0.15])
@pytest.mark.parametrize(("fps", "noise_px"), [(60.0, 1.0), (30.0, 3.0)])
def test_a_stride_that_skips_parts_the_clip(missing: float, fps: float, noise_px: float) -> None:
    """Nothing but the limbs jumps: a film cut while the runner stays in place, or frames lost or repeated."""
    runner = Runner(fps=fps, noise_px=noise_px, jitter=0.01)
    track = runner.track()
    cut, again = len(track) // 2, len(track) // 2 + round(missing * runner.stride_s * fps)
    joined = one_after_another([track.between(0, cut), track.between(again, len(track))])
    report = report_of(joined)
    one, other = (bout.trial.track.frames for bout in report.bouts)
    assert one[-1] + 1 == other[0]
    assert report.cuts_s == (joined.time_s[one[-1] + 1],)
    assert abs(other[0] - cut) / fps < 0.25  # of half a stride, legs seem to swap names for a while
    assert holds(report, "cadence_spm", 170)


@pytest.mark.slow
@pytest.mark.parametrize("aside_px", [0.0, 1500.0])
@pytest.mark.parametrize("slowmo", [1.0, 4.0])
def test_a_report_names_when_the_film_is_cut(aside_px: float, slowmo: float) -> None:
    """Whether the runner is elsewhere after the cut or only the limbs jump; in the file's own seconds."""
    runner = Runner(fps=30 * slowmo, seconds=12)
    track, cut = runner.track(), round(6.1 * runner.fps)
    track.xy[cut:] += [aside_px, 0]
    again = cut + round(0.35 * runner.stride_s * runner.fps)
    joined = one_after_another([track.between(0, cut), track.between(again, len(track))])
    report = interpret(replace(VIDEO, slow_motion_factor=slowmo), joined, Options(slowmo=slowmo))
    assert report.cuts_s == pytest.approx([6.1 * slowmo], abs=0.25 * slowmo)
    said = f"the picture jumps at {report.cuts_s[0]:.1f} s (a cut, missing frames or another person)"
    assert any(said in words for words in report.warnings)
    assert any(said in words for words in to_json(report)["quality"]["warnings"])
    assert said[5:] in " ".join(to_text(report, form="screen").split())
    assert not report_of(track.between(0, cut)).cuts_s


def test_a_film_repeated_again_and_again_is_parted_wherever_it_begins_anew() -> None:
    runner = Runner(fps=30, seconds=8, noise_px=2.0, jitter=0.01)
    shown = runner.track().between(0, round(9.4 * runner.stride_s * runner.fps))
    film = clean(one_after_another([shown] * 12), VIDEO)
    begins = [first for first, _ in unbroken(film)]
    assert begins == pytest.approx(np.arange(0, len(film), len(shown)), abs=0.1 * runner.fps)


def test_strides_that_vary_do_not_skip() -> None:
    kinds = ({"jitter": 0.05}, {"jitter": 0.03, "noise_px": 6.0, "fps": 30.0}, {"jitter": 0.02, "walking": True})
    for seed, kind in product(range(4), kinds):
        track = clean(Runner(seed=seed, **kind).track(), VIDEO)  # type: ignore[arg-type]
        assert unbroken(track) == [(0, len(track))], (seed, kind)


@pytest.mark.parametrize("seed", [1, 2])
def test_strides_that_are_seen_poorly_and_vary_do_not_skip(seed: int) -> None:
    """What is usual in a clip is no skip, however large."""
    track = clean(Runner(seed=seed, seconds=15, fps=30, jitter=0.05, noise_px=20.0).track(), VIDEO)
    assert unbroken(track) == [(0, len(track))]


@pytest.mark.parametrize("seed", [3, 5, 12, 16, 18, 23])
def test_legs_misread_now_and_then_do_not_make_the_stride_skip(seed: int) -> None:
    """From behind, one frame in thirty shows a leg as it is at some other moment."""
    track = Runner(fps=25, seconds=14, jitter=0.025, noise_px=2.0, view="rear", seed=seed).track()
    random = np.random.default_rng(seed)
    misread, hips, seen = np.flatnonzero(random.uniform(size=len(track)) < 0.035), track.mid("hip"), track.xy.copy()
    sides, others = random.choice(SIDES, len(misread)), random.integers(0, len(track), len(misread))
    for row, side, other in zip(misread, sides, others, strict=True):
        leg = [BLAZEPOSE.index[f"{side}_{joint}"] for joint in ("knee", "ankle", "heel", "foot_index")]
        track.xy[row, leg] = seen[other, leg] - hips[other] + hips[row]
    assert unbroken(clean(track, VIDEO)) == [(0, len(track))]


def test_every_pace_of_a_clip_is_found_with_its_own_numbers() -> None:
    paces = (150.0, 163.0, 181.0, 205.0)
    report = report_of(one_after_another([Runner(cadence_spm=spm, seconds=7, noise_px=1.0).track() for spm in paces]))
    assert len(report.bouts) == len(paces)
    for bout, spm in zip(report.bouts, paces, strict=True):
        cadence = next(m for m in bout.measurements if m.name == "cadence_spm")
        assert cadence.low <= spm <= cadence.high
        assert cadence.high - cadence.low < 8
    used = [bout for bout in report.bouts if bout.used]
    assert len(used) == 1  # no number mixes several paces
    assert holds(report, "cadence_spm", 205.0)  # of the pace with most strides
    said = " ".join(parts(report))
    assert "The numbers come from" in said
    assert len(re.findall(r", [\d.]+ ± [\d.]+ steps/min", said)) == len(paces)
    for form in ("screen", "short", "full"):
        assert said in " ".join(to_text(report, form=form).split())
    assert to_text(report, form="full").count("Cadence") > len(paces)
    assert not any("steps/min" in row.title for row in rows(report))  # it stands beside it, with its interval


def test_slow_motion_in_a_part_of_a_file_is_found_and_timed() -> None:
    real, slow = Runner(seconds=4).track(), Runner(seconds=4, slowed=4.0, seed=1).track()
    report = report_of(one_after_another([real, slow]))
    assert [bout.slowed for bout in report.bouts] == [1.0, 4.0]
    assert all(bout.used for bout in report.bouts)
    assert holds(report, "cadence_spm", 170.0)
    for name, within in (("contact_time_ms", 8.0), ("trunk_lean_deg", 0.3), ("overstride_pct_leg", 1.0)):
        assert value(report, name) == pytest.approx(value(usual(), name), abs=within)
    assert rows(report)[1].what.endswith("slowed down 4x")
    times = [contact.time_s for contact in report.contacts]
    assert times[-1] > 16  # by the clip's clock
    assert report.measurement("overstride_pct_leg").steps[-1].time_s == pytest.approx(times[-1])


def test_slow_motion_of_another_pace_is_not_timed_by_the_pace_of_the_rest() -> None:
    """Whoever ran 150 steps a minute there would seem to run 187, five times slower, not four."""
    track = one_after_another([Runner(seconds=4).track(), Runner(seconds=4, cadence_spm=150.0, slowed=4.0).track()])
    _, trials, _ = read_bouts(track, VIDEO, Options())
    assert [(trial.slowed, trial.gait.likely_factor is None) for trial in trials] == [(1.0, True), (1.0, False)]


def test_slow_motion_is_timed_by_the_pace_that_most_strides_show() -> None:
    warming_up, runs = Runner(seconds=3, cadence_spm=150).track(), Runner(seconds=8).track()
    slow = Runner(seconds=4, slowed=4.0, seed=1).track()
    _, trials, _ = read_bouts(one_after_another([warming_up, runs, slow], 1.5), VIDEO, Options())
    assert [trial.slowed for trial in trials] == [1.0, 1.0, 4.0]


@pytest.mark.parametrize(("seconds", "together"), [(1.7, True), (12.0, False)])
def test_few_strides_hardly_tell_one_pace_from_another(seconds: float, together: bool) -> None:
    _, (trial,), _ = read_bouts(Runner(seconds=seconds, fps=30, noise_px=2.0).track(), VIDEO, Options())
    slower = replace(trial, gait=replace(trial.gait, stride_s=1.045 * trial.gait.stride_s))
    assert len(at_one_pace([trial, slower])) == (2 if together else 1)


def test_where_nobody_runs_the_stretch_is_read_in_which_something_repeats() -> None:
    stands, rides = Runner(seconds=4, standing_reach=0.995).track(), Runner(seconds=5, bounce_m=0.01).track()
    hips = rides.landmarks.present(("left_hip", "right_hip"))
    rides.xy[:, hips, 1] = np.roll(rides.xy[:, hips, 1], 4, axis=0)
    _, (trial,), _ = read_bouts(one_after_another([stands, rides], 1.5), VIDEO, Options())
    assert trial.gait.activity == "other"
    assert trial.gait.motion is not None


def test_a_stretch_in_which_no_contact_is_seen_is_left_to_those_that_show_some() -> None:
    hidden = Runner(seconds=5).track()
    feet = hidden.landmarks.present(f"{s}_{j}" for s in SIDES for j in ("ankle", "heel", "foot_index"))
    hidden.xy[:, feet] = np.nan
    for tracks, contacts in (([Runner(seconds=5).track(), hidden], [True]), ([hidden], [False])):
        _, trials, _ = read_bouts(one_after_another(tracks, 1.5), VIDEO, Options())
        assert [bool(trial.gait.contacts) for trial in trials] == contacts


@cache
def mostly_slow(**options: object) -> Report:
    """Four seconds, then ten that a phone has made forty: the report's own trial is of these."""
    real, slow = Runner(seconds=4).track(), Runner(seconds=10, slowed=4.0, seed=1).track()
    return report_of(one_after_another([real, slow]), **options)


@pytest.mark.slow
def test_what_is_said_about_slow_motion_in_a_part_is_in_real_time() -> None:
    report = mostly_slow(height_cm=175.0, speed_kmh=10.1)
    assert report.trial.slowed == 4.0
    track = report.trial.track
    assert report.real_s(track.time_s) == pytest.approx(
        np.arange(len(track)) / 60, abs=0.2
    )  # to where the pace is seen to change
    assert not any("km/h" in warning for warning in report.warnings)  # 10.1 km/h fit the steps
    method = dict(method_of(report))
    assert "60 frames a second of real time" in method["Time base"]
    assert method["Steps"].partition("about")[2] == dict(method_of(usual()))["Steps"].partition("about")[2]
    kinogram = next(still for still in planned(report) if still.fault is None)
    assert float(re.findall(r": ([\d.]+) s, steps", kinogram.caption)[0]) == pytest.approx(120 / 170, abs=0.02)


def test_a_part_that_is_not_as_slow_as_was_said_is_left_out_and_that_is_named() -> None:
    """As phones leave the beginning of a file in real time."""
    parts = [Runner(seconds=5).track(), Runner(seconds=4, slowed=4.0, seed=1).track()]
    said = interpret(replace(VIDEO, slow_motion_factor=4.0), one_after_another(parts).retimed(4.0), Options(slowmo=4.0))
    assert said.bouts[0].span_s[0] > 4
    (warning,) = said.warnings
    assert warning.startswith("only ")
    assert warning.endswith("or the film is not slowed down as much")


def test_slow_motion_throughout_stays_a_question() -> None:
    report = report_of(Runner(seconds=8, slowed=4.0).track())
    assert report.trial.gait.likely_factor == pytest.approx(4.0)
    assert report.measurement("cadence_spm").missing == "time_unsure"
    assert dict(method_of(report))["Time base"].endswith("how fast it plays is not known")


@pytest.mark.parametrize("steps_s", [1.25, 1.5, 2.0])
def test_a_single_pass_gives_what_few_steps_carry(steps_s: float) -> None:
    report = report_of(a_pass(steps_s))
    for name in ("cadence_spm", "overstride_pct_leg", "trunk_lean_deg", "shin_angle_deg"):
        m = report.measurement(name)
        assert m.missing is None, name
        assert m.n <= 6
        assert holds(report, name, value(usual(), name)), (name, m)
    assert report.measurement("shin_angle_deg").missing is None
    assert report.measurement("cadence_spm").high - report.measurement("cadence_spm").low < 20


@pytest.mark.slow
def test_fewer_steps_are_told_with_wider_intervals() -> None:
    def width(seconds: float, name: str) -> float:
        m = report_of(a_pass(seconds)).measurement(name)
        return m.high - m.low

    for name in ("cadence_spm", "overstride_pct_leg", "shin_angle_deg"):
        assert width(1.5, name) > width(4.0, name) > width(12.0, name)


def test_passes_in_both_directions_are_one_analysis() -> None:
    passes = [a_pass(1.4, facing, seed=seed) for seed, facing in enumerate((1, -1, 1, -1))]
    report = report_of(one_after_another(passes, gap_s=3.0))
    assert [bout.trial.gait.view.facing for bout in report.bouts] == ["right", "left", "right", "left"]
    assert all(bout.used for bout in report.bouts)
    assert "4 stretches in both directions" in " ".join(parts(report))
    whole, single = report.measurement("overstride_pct_leg"), report_of(passes[0]).measurement("overstride_pct_leg")
    assert whole.n == sum(len(bout.trial.gait.contacts) for bout in report.bouts) == len(report.contacts)
    assert whole.high - whole.low < single.high - single.low
    for name in ("overstride_pct_leg", "cadence_spm", "trunk_lean_deg"):
        assert holds(report, name, value(usual(), name)), name
    told = to_json(report)
    assert len(told["bouts"]) == 4
    assert told["bouts"][1]["facing"] == "left"


def test_a_step_of_one_pass_is_never_given_what_belongs_to_another() -> None:
    report = report_of(one_after_another([a_pass(1.4, facing) for facing in (1, -1)], gap_s=3.0))
    rows = [line.split(",") for line in steps_csv(report).splitlines()]
    place = rows[0].index("toe_off_time_s")
    for row in rows[1:]:
        if row[place]:
            assert 0 < float(row[place]) - float(row[2]) < 0.5


def test_left_and_right_of_passes_are_compared_in_one_direction() -> None:
    """The near leg is the left in one direction and the right in the other."""
    passes = [a_pass(4.0, facing, contact_asymmetry=0.3) for facing in (1, -1)]
    report = report_of(one_after_another(passes, gap_s=3.0))
    apart = next(c for c in report.comparisons if c.name == "contact_time_ms_left_right")
    assert apart.n == len(report.shown(report.measurement("contact_time_ms")))


@pytest.mark.slow
def test_how_a_runners_feet_are_read_is_no_surer_for_being_read_in_several_stretches() -> None:
    one, several = (
        report_of(one_after_another([Runner(seconds=6, noise_px=2.0, seed=seed).track() for seed in seeds], gap_s=3.0))
        for seeds in ((1,), (1, 2, 3, 4))
    )
    assert len([bout for bout in several.bouts if bout.used]) == 4
    for name in ("contact_time_ms", "duty_factor_pct"):
        assert several.measurement(name).clip_sd > 0.8 * one.measurement(name).clip_sd
    assert several.measurement("cadence_spm").clip_sd < 0.6 * one.measurement("cadence_spm").clip_sd


def test_walking_before_running_is_told_apart() -> None:
    walk = Runner(walking=True, cadence_spm=112, seconds=6, speed_m_s=1.3, duty=0.62, bounce_m=0.03)
    report = report_of(one_after_another([walk.track(), Runner(seconds=8).track()]))
    assert report.trial.gait.activity == "running"
    assert holds(report, "cadence_spm", 170.0)
    assert [bout.used for bout in report.bouts][-1]


def test_stretches_at_one_pace_go_together_whatever_their_order() -> None:
    tracks = [Runner(cadence_spm=spm, seconds=7).track() for spm in (170.0, 195.0, 171.0)]
    _, trials, _ = read_bouts(one_after_another(tracks), VIDEO, Options())
    group = at_one_pace(trials)
    assert len(trials) == 3
    assert {round(120 / trial.gait.stride_s) for trial in group} == {170, 171}


def without_legs(track: PoseTrack) -> PoseTrack:
    """As when the picture cuts off at the waist."""
    xy = track.xy.copy()
    joints = [f"{side}_{joint}" for side in SIDES for joint in ("knee", "ankle", "heel", "foot_index")]
    xy[:, [BLAZEPOSE.index[name] for name in joints]] = np.nan
    return replace(track, xy=xy)


WALKER = Runner(walking=True, cadence_spm=112, speed_m_s=1.3, duty=0.62, overstride_m=0.32, bounce_m=0.04)


def without_a_leg(track: PoseTrack) -> PoseTrack:
    """As when something hides the far leg, and the pose model guesses."""
    confidence = track.confidence.copy()
    confidence[:, [BLAZEPOSE.index[f"right_{joint}"] for joint in ("knee", "ankle")]] = 0.25
    return replace(track, confidence=confidence)


def test_what_about_the_filming_makes_intervals_wider_is_said() -> None:
    usual = report_of(Runner().track())
    assert not usual.warnings
    (bout,) = usual.bouts
    askew = replace(bout.trial.gait, view=replace(bout.trial.gait.view, yaw_deg=-19.0))
    said = [*oddities(replace(usual, bouts=(replace(bout, trial=replace(bout.trial, gait=askew)),)))]
    assert said == [
        "the camera is some 19° off the side view, which makes intervals up to 1.9 times as wide: "
        "film from right beside"
    ]
    (slow,) = report_of(Runner(fps=25.0).track()).warnings
    assert slow.startswith("there are only 25 frames a second, which makes intervals up to 1.2 times as wide")
    none_given = report_of(Runner(fps=15.0).track())
    assert all(m.missing for m in none_given.measurements)
    assert not any("intervals" in said for said in none_given.warnings)
    (small,) = report_of(Runner(px_per_m=60.0).track()).warnings
    assert re.match(r"the runner is only \d+ pixels tall, which makes intervals up to 1\.[2-9] times", small)


@pytest.mark.parametrize("view", ["side", "rear", "front"])
def test_nothing_outlives_a_report(view: str) -> None:
    """A coach's night is hundreds of clips in one process, each with its landmarks."""

    def left() -> int:
        gc.collect()
        return sum(isinstance(one, Trial | PoseTrack) for one in gc.get_objects())

    before, report = left(), report_of(Runner(view=view, seed=7).track())
    track = report.trial.track
    denser = on_every_frame(replace(track, clock_s=np.linspace(*track.time_s[[0, -1]], 2 * len(track) - 1)))
    assert len(denser) > len(track)
    assert left() > before
    del report, track, denser
    assert left() == before


def slipping(track: PoseTrack, turn_deg: np.ndarray, known: bool = True) -> PoseTrack:
    """As a phone sees it that tips sideways meanwhile."""
    middle = 0.5 * np.array([VIDEO.width_px, VIDEO.height_px])
    return replace(track, xy=middle + tipped(track.xy - middle, turn_deg), turn_deg=turn_deg if known else 0 * turn_deg)


@pytest.mark.parametrize("roll_deg", [-20.0, -12.0, 12.0, 20.0])
def test_a_phone_that_is_tilted_far_makes_nobody_lean_and_is_told_of(roll_deg: float) -> None:
    track = Runner(noise_px=1.0).track()
    tilted = replace(slipping(track, np.full(len(track), roll_deg), known=False), roll_deg=roll_deg)
    still, found = (report_of(seen) for seen in (track, tilted))
    for before, after in zip(still.measurements, found.measurements, strict=True):
        assert after.missing == before.missing
        if before.missing is None:
            assert abs(after.value - before.value) < 0.25 * (before.high - before.low) / 2, before.name
    told = f"the camera was tilted sideways by {abs(roll_deg):.0f}°, which is taken out"
    assert [any(told in warning for warning in report.warnings) for report in (still, found)] == [False, True]


@pytest.mark.parametrize("slowly", [True, False])
def test_a_phone_that_tips_sideways_does_not_make_a_runner_lean(slowly: bool) -> None:
    track = Runner(seconds=16.0, noise_px=1.0).track()
    share = track.time_s / track.time_s[-1]
    turn_deg = 5 * (share if slowly else np.clip((share - 0.5) / 0.02, 0, 1)) - 2.5
    still, unaware, aware = (
        report_of(seen) for seen in (track, slipping(track, turn_deg, known=False), slipping(track, turn_deg))
    )
    change = {c.metric: c for c in unaware.comparisons if isinstance(c, Change)}["trunk_lean_deg"]
    assert abs(change.value) > 2
    assert not change.low <= 0 <= change.high
    for before, after in zip(still.measurements, aware.measurements, strict=True):
        assert after.missing == before.missing
        if before.missing is None:
            assert abs(after.value - before.value) < 0.25 * (before.high - before.low) / 2, before.name
    for was, found in zip(still.comparisons, aware.comparisons, strict=True):
        if isinstance(was, Change) and was.missing is None:
            assert found.value == pytest.approx(was.value, abs=0.3 * (was.high - was.low) / 2), was.metric
    assert not any("tipped" in warning for report in (still, unaware) for warning in report.warnings)
    assert any("the camera tipped sideways by 5° while it filmed, which is taken out" in w for w in aware.warnings)
    hips = [FrameBody(report.trial).mid("hip")[60:-60] for report in (still, aware)]
    np.testing.assert_allclose(*hips, atol=3.0)  # pixels
    strides = phases(still.trial.gait.contacts, "left")
    assert strides is not None
    figures = [ghost(report.trial, strides) for report in (still, aware)]
    np.testing.assert_allclose(*(figure.xy for figure in figures if figure is not None), atol=0.02)  # leg lengths
    row = len(aware.trial.track) - 60
    upright = Look(aware, row, StepValue(0.0, "left", 0.0)).leaning(0.0)
    assert np.degrees(np.arctan2(upright[0], -upright[1])) == pytest.approx(turn_deg[row], abs=0.01)
    motion, rows = aware.trial.gait.motion, slice(60, -60, 7)
    assert motion is not None
    seen = aware.trial.track
    drawn = motion.at(seen.time_s[rows])  # where they are in the picture
    assert np.nanmedian(np.linalg.norm(drawn - seen.xy[rows], axis=-1)) < 4


def turned(track: PoseTrack, quarters: int) -> PoseTrack:
    """In a picture that was turned; whoever is in it still has a left and a right."""
    middle = 0.5 * np.array([VIDEO.width_px, VIDEO.height_px])
    off = (track.xy - middle) * VIDEO.height_px / VIDEO.width_px
    sign = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])[quarters]
    return replace(track, xy=middle + (off[..., ::-1] if quarters % 2 else off) * sign)


@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.parametrize("person", [Runner(), WALKER])
def test_a_turned_picture_is_the_reason_and_the_only_one(quarters: int, person: Runner) -> None:
    report = report_of(turned(person.track(), quarters))
    assert {m.missing for m in report.measurements if not METRICS[m.name].refused} == {"picture_turned"}
    assert {finding.missing for finding in report.findings} == {"picture_turned"}
    assert not report.warnings
    screen = " ".join(to_text(report, form="screen").split())
    assert "The picture is turned" in screen
    assert "Turn the video in your phone" in screen


@pytest.mark.parametrize("facing", [1, -1])
def test_a_clip_played_backwards_is_the_reason_and_the_only_one(facing: int) -> None:
    track = Runner(facing=facing, noise_px=2.0).track()
    backwards = replace(track, **{name: getattr(track, name)[::-1] for name in ARRAYS})
    assert report_of(track).trial.gait.contacts
    report = report_of(backwards)
    assert {m.missing for m in report.measurements if not METRICS[m.name].refused} == {"plays_backwards"}
    assert {finding.missing for finding in report.findings} == {"plays_backwards"}
    assert not report.contacts
    screen = " ".join(to_text(report, form="screen").split())
    assert "the clip plays backwards" in screen
    assert "Take the clip as it was filmed" in screen


@pytest.mark.parametrize("times", [2, *(pytest.param(times, marks=pytest.mark.slow) for times in (4, 8))])
def test_a_clip_faster_than_any_legs_is_said_to_be_sped_up(times: int) -> None:
    report = report_of(Runner(fps=240.0, seconds=6.0, slowed=1 / times).track())
    assert any(f"looks sped up {times}x" in words and f"`slowmo={1 / times:g}`" in words for words in report.warnings)
    assert report.measurement("cadence_spm").missing == "time_unsure"
    told = report_of(Runner(fps=240.0, seconds=6.0, slowed=1 / times).track().retimed(1 / times))
    assert told.measurement("cadence_spm").value == pytest.approx(170, abs=1)


def test_who_walks_on_guessed_legs_does_not_walk() -> None:
    walker = WALKER.track()
    assert report_of(walker).trial.gait.activity == "walking"
    report = report_of(without_a_leg(walker))
    assert {m.missing for m in report.measurements if not METRICS[m.name].refused} == {"legs_not_seen"}


def test_legs_out_of_the_picture_are_the_reason_and_the_only_one() -> None:
    report = report_of(without_legs(Runner().track()))
    reasons = {m.missing for m in report.measurements if not METRICS[m.name].refused}
    assert reasons == {"legs_not_seen"}
    assert {finding.missing for finding in report.findings} == {"legs_not_seen"}
    assert not report.warnings
    screen = to_text(report, form="screen")
    assert "legs are out of the picture or hidden" in " ".join(screen.split())
    assert "Film the whole body" in screen
    for said in ("15 seconds", "treadmill", "0 steps", "were used"):
        assert said not in screen
    assert len(screen.split("Red flags")[0].split("\n\n")[-1].splitlines()) <= 5


@pytest.mark.parametrize("every", [0, 2, 10])
def test_hips_out_of_the_picture_with_the_legs_are_no_other_reason(every: int) -> None:
    """As when the picture cuts off at the chest; bounce may bring the hips into every so manyth row."""
    track = without_legs(Runner().track())
    hidden = np.ones(len(track), bool)
    if every:
        hidden[::every] = False
    hips = [BLAZEPOSE.index[f"{side}_hip"] for side in SIDES]
    track.xy[np.flatnonzero(hidden)[:, None], hips] = np.nan
    report = report_of(track)
    assert {m.missing for m in report.measurements if not METRICS[m.name].refused} == {"legs_not_seen"}
    assert "legs are out of the picture or hidden" in " ".join(to_text(report, form="screen").split())
    assert not report.warnings


def test_whoever_stands_is_not_said_to_lack_legs() -> None:
    track = Runner(seconds=4).track()
    still = replace(track, xy=np.repeat(track.xy[:1], len(track), axis=0))
    report = report_of(still)
    assert report.measurement("trunk_lean_deg").missing == "not_running"
    assert "over ground" not in to_text(report, form="full")


@pytest.mark.parametrize(
    ("said", "instead"),
    [({"slowmo": 4.0}, "(`slowmo=1`)"), ({"capture_fps": 240.0}, "(`slowmo=1`, and no `capture_fps`)")],
)
def test_whoever_called_a_clip_slow_that_is_not_is_told_to_correct_just_that(
    said: dict[str, float], instead: str
) -> None:
    """The reason may be another where only one frame in four was looked at."""
    options = Options(**said)  # type: ignore[arg-type]
    report = interpret(replace(VIDEO, slow_motion_factor=4.0), Runner(fps=8, seconds=20).track().retimed(4), options)
    assert summary(report).tip == reason("time_unsure").filming
    assert sum(f"say so {instead};" in words for words in report.warnings) == 1


@pytest.mark.slow
def test_a_pace_that_was_told_is_believed_unless_everything_speaks_against_it() -> None:
    slow = Runner(cadence_spm=112.0, bounce_m=0.065, seconds=12, speed_m_s=2.0)  # so slow that it looks slowed down
    assert report_of(slow.track()).measurement("cadence_spm").missing == "time_unsure"
    assert holds(report_of(slow.track(), slowmo=1.0), "cadence_spm", 112.0)
    quarter = Runner(slowed=4.0, seconds=8)  # nobody falls this slowly
    assert report_of(quarter.track(), slowmo=1.0).measurement("cadence_spm").missing == "time_unsure"


@pytest.mark.parametrize("seconds", [(3.0, 4.0), (3.0, 12.0), (12.0, 3.0)])
def test_a_short_pace_before_or_after_another_does_not_blur_it(seconds: tuple[float, float]) -> None:
    paces = (150.0, 165.0)
    track = one_after_another([Runner(cadence_spm=c, seconds=s).track() for c, s in zip(paces, seconds, strict=True)])
    for bout in report_of(track).bouts:
        cadence = next(m for m in bout.measurements if m.name == "cadence_spm")
        assert any(cadence.low - 0.5 <= spm <= cadence.high + 0.5 for spm in paces), cadence


@pytest.mark.parametrize("walks", [True, False])
def test_a_stretch_in_which_two_strides_were_taken_for_one_is_not_told_as_another_pace(
    monkeypatch: pytest.MonkeyPatch, walks: bool
) -> None:
    """But somebody who walks at half the cadence is."""
    slow = Runner(cadence_spm=92, walking=True) if walks else Runner(cadence_spm=184)
    track = one_after_another([replace(runner, seconds=6.0).track() for runner in (slow, Runner(cadence_spm=184))], 1.0)

    def doubled(track: PoseTrack, view: str = "auto", told: float | None = None) -> Gait:
        gait = find_gait(track, view, told)
        early = track.time_s[0] < 1.0
        return gait if walks or not early else replace(gait, stride_s=2 * gait.stride_s, activity="walking")

    monkeypatch.setattr("formcheck.bouts.find_gait", doubled)
    _, trials, _ = read_bouts(track, VIDEO, Options())
    assert [trial.gait.activity for trial in trials] == ["walking", "running"][not walks :]


def test_a_speed_that_was_told_is_that_of_one_pace() -> None:
    track = one_after_another([Runner(cadence_spm=c, seconds=7, fps=30.0).track() for c in (150.0, 182.0)])
    report = report_of(track, speed_kmh=10.1, height_cm=175.0)
    told = {bout.used: next(m for m in bout.measurements if m.name == "speed_m_s") for bout in report.bouts}
    assert told[True].value == pytest.approx(10.1 / 3.6)
    assert told[False].missing is not None or told[False].value != pytest.approx(10.1 / 3.6, abs=1e-6)
    assert any("the speed you gave" in warning for warning in report.warnings)
    impossible = report_of(track, speed_kmh=30.0, height_cm=175.0)
    of_used = {bout.used: {m.name: m.missing for m in bout.measurements}["speed_m_s"] for bout in impossible.bouts}
    assert of_used == {True: "speed_contradicted", False: told[False].missing}


def test_a_speed_that_only_another_pace_can_have_is_contradicted() -> None:
    quick = Runner(cadence_spm=200.0, speed_m_s=5.0, duty=0.28, overstride_m=0.2, seconds=5)
    track = one_after_another([Runner(cadence_spm=165.0, speed_m_s=2.8, seconds=10).track(), quick.track()])
    missing = {}
    for kmh in (2.8 * 3.6, 5.0 * 3.6):
        report = report_of(track, speed_kmh=kmh, height_cm=175.0)
        assert [bout.used for bout in report.bouts] == [True, False]
        missing[kmh] = report.measurement("speed_m_s").missing
    assert list(missing.values()) == [None, "speed_contradicted"]
    (said,) = (warning for warning in report.warnings if "does not fit" in warning)
    begin_s, end_s = report.bouts[1].span_s
    assert f"it does fit those of {begin_s:.1f} to {end_s:.1f} s" in said
    assert f"`start={begin_s:.1f}`, `end={end_s:.1f}`" in said
    theirs = {m.name: m for m in report.bouts[1].measurements}
    assert theirs["speed_m_s"].value == pytest.approx(5.0)
    assert theirs["step_length_m"].value == pytest.approx(5.0 * 60 / 200, abs=0.03)
    warnings = report_of(track, speed_kmh=30.0, height_cm=175.0).warnings
    assert any("30 km/h, does not fit the steps measured" in w and "check it and its unit" in w for w in warnings)


def test_of_several_stretches_that_a_speed_fits_the_longest_is_named() -> None:
    slow, quick = (
        Runner(cadence_spm=spm, speed_m_s=m_s, duty=duty, overstride_m=ahead, seconds=seconds).track()
        for spm, m_s, duty, ahead, seconds in ((165.0, 2.8, 0.35, 0.1, 12), (200.0, 5.0, 0.28, 0.2, 5))
    )
    report = report_of(
        one_after_another([quick.between(0, len(quick) * 3 // 5), slow, quick]), speed_kmh=18.0, height_cm=175.0
    )
    spans = [bout.span_s for bout in report.bouts if not bout.used]
    (said,) = (warning for warning in report.warnings if "does not fit" in warning)
    begin_s, end_s = spans[-1]
    assert len(spans) == 2
    assert f"analyse one of these alone (`start={begin_s:.1f}`, `end={end_s:.1f}`)" in said


def test_turning_round_before_a_tilted_camera_is_no_change_of_form() -> None:
    passes = [a_pass(4.0, facing) for facing in (1, -1)]
    track = one_after_another(passes, gap_s=3.0)
    tilt = np.radians(3.0)
    turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    middle = np.array([2000.0, 1000.0])
    tilted = replace(track, xy=(track.xy - middle) @ turn + middle, roll_sd_deg=1.5)
    change = next(c for c in report_of(tilted).comparisons if c.name == "trunk_lean_deg_trend")
    assert change.missing is not None or change.low <= 0 <= change.high


@pytest.mark.parametrize(("turned", "told"), [(0.0, True), (10.0, True), (60.0, False)])
def test_of_a_runner_seen_from_changing_sides_no_change_of_form_is_told(turned: float, told: bool) -> None:
    """As of one who passes: the picture changes with the direction of view, the pace does not."""
    track = Runner().track()
    angle = np.radians(np.linspace(-turned / 2, turned / 2, len(track)))
    turn = np.moveaxis(np.array([[np.cos(angle), 0 * angle, -np.sin(angle)], [0 * angle, 1 + 0 * angle, 0 * angle],
                                 [np.sin(angle), 0 * angle, np.cos(angle)]]), 2, 0)  # fmt: skip
    passing = replace(track, world=np.einsum("tij,tkj->tki", turn, track.world))
    assert turned_deg(passing) == pytest.approx(turned, abs=1.0)
    changes = {c.name: c.missing for c in report_of(passing).comparisons}
    assert changes["trunk_lean_deg_trend"] == changes["head_pitch_deg_trend"] == (None if told else "view_turns")
    assert changes["cadence_spm_trend"] is None


def test_what_has_no_usual_scatter_is_not_told_to_have_none() -> None:
    one = np.array([1.0])
    assert sampling_half_width(one, np.array([1.3])) == np.inf
    report = report_of(a_pass(1.5), height_cm=175.0, speed_kmh=10.0)
    for name in ("step_length_m", "stride_length_m"):
        m = report.measurement(name)
        assert m.missing == "too_few_steps" or m.sampling > 0.005


def test_a_step_keeps_its_foot_wherever_in_the_clip_it_is() -> None:
    for late_s in (0.0, 7.3, 111.1, 1003.7):
        track = a_pass(1.5)
        later = replace(track, time_s=track.time_s + late_s, clock_s=track.clock_s + late_s)
        report = report_of(later)
        sides = {round(e.time_s - late_s, 2): e.side for e in report.contacts}
        lean = report.measurement("trunk_lean_deg")
        for step in lean.steps:
            near = min(sides, key=lambda t: abs(t - (step.time_s - late_s)))
            assert abs(near - (step.time_s - late_s)) > 0.1 or sides[near] == step.side
        assert report.measurement("waist_bend_deg").n >= len(report.contacts) - 1


def test_steps_of_several_passes_stand_in_order_of_time() -> None:
    report = report_of(one_after_another([a_pass(1.5), a_pass(3.5, -1), a_pass(2.0)], gap_s=3.0))
    for m in report.measurements:
        times = [step.time_s for step in m.steps]
        assert times == sorted(times)


def test_somebody_out_of_the_picture_has_no_colours() -> None:
    pose = standing()
    away = replace(pose, xy=pose.xy - [260.0, 0.0])
    assert np.isnan(colours(picture_of((200, 0, 0), (200, 0, 0)), away)).all()


def picture_of(shirt: tuple[int, int, int], shorts: tuple[int, int, int], light: float = 1.0) -> np.ndarray:
    image = np.full((400, 400, 3), 90, np.uint8)
    image[100:210], image[210:320] = (np.clip(light * np.array(c), 0, 255) for c in (shirt, shorts))
    return image


def standing() -> Pose:
    xy = np.full((len(BLAZEPOSE), 2), 200.0)
    for joint, y in (("shoulder", 100), ("hip", 210), ("knee", 300), ("ankle", 380)):
        for side in ("left", "right"):
            xy[BLAZEPOSE.index[f"{side}_{joint}"], 1] = y
    return Pose(xy, None, np.ones(len(BLAZEPOSE)))


def test_the_same_clothes_are_known_in_sun_and_shade_and_others_are_not() -> None:
    yellow, navy, red, white = (220, 200, 40), (20, 30, 80), (190, 40, 40), (240, 240, 240)
    sun = [colours(picture_of(yellow, navy), standing())]
    shade = [colours(picture_of(yellow, navy, 0.65), standing())]
    assert dressed_alike(sun, shade)
    for shirt in (red, white, navy):
        assert not dressed_alike(sun, [colours(picture_of(shirt, navy), standing())])
    assert not dressed_alike(sun, [colours(picture_of(yellow, red), standing())])
    assert dressed_alike(sun, [])  # nothing was seen of the other
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert dressed_alike(sun, [np.full((2, 3), np.nan)])


@pytest.mark.slow
def test_a_pass_that_shows_one_stance_takes_no_step_length_from_the_others() -> None:
    passes = [a_pass(1.9, facing=1 if i % 2 == 0 else -1) for i in range(8)]
    both = [report_of(one_after_another(some), height_cm=172.0) for some in (passes, [*passes, a_pass(1.2, facing=1)])]
    for name in ("speed_m_s", "step_length_m", "cadence_off_expected_pct"):
        alone, longer = (report.measurement(name) for report in both)
        assert longer.value == pytest.approx(alone.value, rel=0.03, abs=1.0)
        assert longer.high - longer.low < 1.2 * (alone.high - alone.low)
