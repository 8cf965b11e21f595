"""Metrics against drawn runners: what was drawn is what is measured."""

from __future__ import annotations

import sys
import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import UNITS, every_second
from formcheck import knowledge
from formcheck.backends import BACKENDS
from formcheck.cleaning import clean
from formcheck.datatypes import (
    SIDES,
    Comparison,
    Event,
    Measurement,
    Motion,
    Pitch,
    PoseTrack,
    StepValue,
    Trial,
    VideoInfo,
    View,
)
from formcheck.faults import find
from formcheck.gait import find_gait, find_pitch, leg_length_px
from formcheck.knowledge import calibration, reason
from formcheck.knowledge.calibration import Calibration
from formcheck.landmarks import BLAZEPOSE
from formcheck.metrics import (
    METRICS,
    REPORT_ORDER,
    Need,
    Timing,
    features,
    measure,
    series,
    uncertainty,
    without_tilted,
)
from formcheck.metrics.body import ClipValue, near_side, stances
from formcheck.metrics.ensemble import ensembles
from formcheck.metrics.gates import GATES, LEAST_BODY_PX, corrections_of, why_withheld
from formcheck.metrics.measurement import from_clips
from formcheck.metrics.pace import possible_speeds
from formcheck.metrics.uncertainty import (
    clock_sd,
    extrapolation,
    ground_speed_sd,
    mean_of_medians,
    sampling_half_width,
    systematic_sd,
)
from formcheck.sides import left_right
from runner import LEG, Runner

WALKER = Runner(walking=True, cadence_spm=112, duty=0.62, speed_m_s=1.3, overstride_m=0.32, bounce_m=0.04)
VIDEO = VideoInfo(Path("clip.mp4"), 100_000, 2_460, 60.0, None, None)  # hips at half its height: the camera is level


@cache
def trial_of(runner: Runner) -> Trial:
    track = clean(runner.track(), VIDEO)
    gait = find_gait(track)
    return Trial(VIDEO, track, gait, leg_length_px(track, gait.view), runner.px_per_m)


@cache
def measured(runner: Runner) -> dict[str, Measurement]:
    return {m.name: m for m in measure(trial_of(runner))}


def landmark_value(measurement: Measurement, runner: Runner) -> float:
    """The value without the correction for where the pose model puts its landmarks: drawn ones need none."""
    return measurement.value - calibration.of("heavy").correction(measurement.name).at(features(trial_of(runner)))[0]


@pytest.mark.parametrize("lean", [-5.0, 0.0, 7.0, 20.0])
@pytest.mark.parametrize("facing", [1, -1])
def test_trunk_lean_is_what_was_drawn(lean: float, facing: int) -> None:
    runner = Runner(lean_deg=lean, facing=facing, noise_px=2.0)
    assert landmark_value(measured(runner)["trunk_lean_deg"], runner) == pytest.approx(lean, abs=0.3)


@pytest.mark.parametrize("lean", [0.0, 10.0, 20.0])
@pytest.mark.parametrize("flexion", [0.0, 15.0, 35.0])
def test_leaning_the_whole_body_does_not_bend_the_neck(lean: float, flexion: float) -> None:
    runner = Runner(lean_deg=lean, neck_flexion_deg=flexion, noise_px=1.0)
    found = measured(runner)
    assert landmark_value(found["neck_flexion_deg"], runner) == pytest.approx(flexion, abs=0.5)
    above_deg = 90 - lean - flexion  # the ear, of the horizontal: the head sinks forward with both
    assert landmark_value(found["craniovertebral_deg"], runner) == pytest.approx(above_deg, abs=0.5)


@pytest.mark.parametrize("rate", [0.9, 0.3, -0.12])
def test_a_runner_who_goes_away_or_comes_nearer_is_measured_as_one_who_stays(rate: float) -> None:
    """As seen by a camera whose distance grows each second by this share of its first value, or that zooms."""
    runner = Runner(noise_px=0.3, seconds=6.0)
    track = runner.track()
    middle = track.xy.mean(axis=(0, 1))
    size = (1 / (1 + rate * track.time_s))[:, None, None]
    moved = clean(replace(track, xy=middle + (track.xy - middle) * size), VIDEO)
    gait = find_gait(moved)
    assert gait.motion is not None
    assert np.ptp(gait.motion.time_s) > 0.95 * np.ptp(track.time_s)
    leg_px = leg_length_px(moved, gait.view)
    assert leg_px == pytest.approx(LEG * runner.px_per_m * np.median(size), rel=0.02)
    there = {m.name: m for m in measure(Trial(VIDEO, moved, gait, leg_px))}
    stays = measured(runner)
    for name, off in {
        "cadence_spm": 0.5,
        "trunk_lean_deg": 0.3,
        "overstride_pct_leg": 1.5,
        "contact_time_ms": 8,
    }.items():
        assert there[name].value == pytest.approx(stays[name].value, abs=off), name
    at = np.array([e.time_s for e in gait.contacts])
    rows = np.searchsorted(track.time_s, at)
    hips = BLAZEPOSE.index["left_hip"]
    assert np.abs(gait.motion.at(track.time_s[rows])[:, hips] - moved.xy[rows, hips]).max() < 3.0  # pixels, where seen


@pytest.mark.parametrize("facing", [1, -1])
def test_hands_carried_ahead_are_told_from_a_lean(facing: int) -> None:
    def hands(**change: float) -> float:
        return features(trial_of(Runner(facing=facing, **change)))["hands_ahead"]

    assert hands(lean_deg=20) == pytest.approx(hands(lean_deg=0), abs=0.02)
    assert hands(elbow_deg=120) < hands(elbow_deg=90) - 0.05  # with the elbows opened, less of the forearm is ahead


def test_the_trunk_is_followed_where_the_legs_are_hidden() -> None:
    """For two fifths of every stride, where a mean stride fitted to the rest alone would swing freely."""
    runner = Runner(sway_deg=4.0, seconds=12.0)
    track = runner.track()
    legs = [BLAZEPOSE.index[f"{side}_{joint}"] for side in SIDES for joint in ("knee", "ankle", "heel", "foot_index")]
    hidden = np.flatnonzero(runner._phase(track.time_s, "left") % 1 < 0.4)
    track.xy[np.ix_(hidden, legs)], track.confidence[np.ix_(hidden, legs)] = np.nan, 0.0
    track = clean(track, VIDEO)
    gait = find_gait(track)
    assert gait.motion is not None
    assert np.diff(gait.motion.time_s).max() < 1.5 / 60
    found = {m.name: m for m in measure(Trial(VIDEO, track, gait, leg_length_px(track, gait.view)))}
    whole = measured(runner)["trunk_rocking_deg"].value
    assert found["trunk_rocking_deg"].value == pytest.approx(whole, abs=0.05)


def test_without_toe_offs_that_is_the_reason_and_a_runner_may_have_no_flight() -> None:
    trial = trial_of(Runner())
    without = {m.name: m.missing for m in measure(replace(trial, gait=replace(trial.gait, toe_offs=())))}
    assert {without[name] for name in ("contact_time_ms", "knee_flexion_stance_deg")} == {"toe_offs_not_found"}
    short = trial_of(Runner(seconds=4))
    of_short = {m.name: m.missing for m in measure(replace(short, gait=replace(short.gait, toe_offs=())))}
    assert of_short["stride_variability_pct"] == "too_few_steps"  # it takes contacts alone
    assert of_short["contact_time_ms"] == of_short["speed_m_s"] == "toe_offs_not_found"
    late = tuple(replace(e, time_s=e.time_s + 0.16) for e in trial.gait.toe_offs)
    grounded = {m.name: m for m in measure(replace(trial, gait=replace(trial.gait, toe_offs=late)))}
    assert grounded["flight_time_ms"].value < 0


def test_from_behind_nothing_is_read_between_feet_whose_toe_offs_were_not_found() -> None:
    trial = trial_of(Runner(view="rear"))
    without = {m.name: m.missing for m in measure(replace(trial, gait=replace(trial.gait, toe_offs=())))}
    assert {without[name] for name in ("step_width_pct_leg", "knee_window_pct_leg")} == {"toe_offs_not_found"}


def test_what_is_unlearned_makes_the_rounding_less_sure_too() -> None:
    trial = trial_of(Runner())
    whole = ClipValue(10.0, 1.0, 3.0, 20)
    half = {}
    for yaw in (0.0, 20.0):
        seen = replace(trial, gait=replace(trial.gait, view=replace(trial.gait.view, yaw_deg=yaw)))
        found = from_clips(METRICS["shoulder_hunch_deg"], [(seen, whole)])
        half[yaw] = found.high - found.value
    assert half[20.0] == pytest.approx(1.96 * np.hypot(1, 2 * 3), rel=0.01)
    assert half[0.0] == pytest.approx(1.96 * np.hypot(1, 3), rel=0.01)


@pytest.mark.parametrize(
    ("landmarks", "names"),
    [
        (("left_wrist", "right_wrist"), ("elbow_angle_deg",)),
        (("left_ear", "right_ear", "nose"), ("head_pitch_deg", "neck_flexion_deg", "craniovertebral_deg")),
        (("left_elbow", "right_elbow"), ("arm_swing_deg",)),
    ],
)
def test_what_a_part_of_every_stride_hides_is_not_guessed(landmarks: tuple[str, ...], names: tuple[str, ...]) -> None:
    runner = Runner(noise_px=2.0, sway_deg=3.0, fps=30.0)
    raw, whole = runner.track(), measured(runner)
    through = np.interp(raw.time_s, runner.contact_times("left"), np.arange(len(runner.contact_times("left")))) % 1
    for share in (0.1, 0.3):  # of the stride; shorter than one that is bridged, and longer
        hidden = raw.xy.copy()
        hidden[np.ix_(np.abs(through - 0.5) < share / 2, raw.landmarks.present(landmarks))] = np.nan
        track = clean(replace(raw, xy=hidden), VIDEO)
        gait = find_gait(track)
        found = {m.name: m for m in measure(Trial(VIDEO, track, gait, leg_length_px(track, gait.view)))}
        for name in names:
            if share < 0.2:
                assert found[name].value == pytest.approx(whole[name].value, abs=1.5), name
            else:
                assert found[name].missing == "part_not_seen", name
        assert found["cadence_spm"].missing is None


def test_a_head_that_is_out_of_the_picture_is_no_matter_of_steps() -> None:
    raw = Runner().track()
    headless = raw.xy.copy()
    headless[:, :11] = np.nan
    track = clean(replace(raw, xy=headless), VIDEO)
    gait = find_gait(track)
    trial = Trial(VIDEO, track, gait, leg_length_px(track, gait.view))
    found = {m.name: m.missing for m in measure(trial)}
    assert (found["head_pitch_deg"], found["trunk_lean_deg"]) == ("part_not_seen", None)
    columns = {column.name: column.missing for column in series(trial)}
    assert (columns["head_pitch_deg"], columns["trunk_lean_deg"]) == ("part_not_seen", None)


def test_a_lost_frame_changes_no_lean() -> None:
    track = Runner().track()
    track.xy[200], track.world[200], track.confidence[200] = np.nan, np.nan, 0
    track = clean(track, VIDEO)
    gait = find_gait(track)
    lean = {m.name: m for m in measure(Trial(VIDEO, track, gait, leg_length_px(track, gait.view)))}["trunk_lean_deg"]
    whole = measured(Runner())["trunk_lean_deg"]
    assert (lean.low, lean.high) == pytest.approx((whole.low, whole.high), abs=0.1)


@pytest.mark.parametrize("overstride", [0.08, 0.16, 0.26])
def test_overstride_is_what_was_drawn(overstride: float) -> None:
    runner = Runner(overstride_m=overstride, noise_px=1.0)
    results = measured(runner)
    timing_cm = 4 * 2.8  # the drawn foot is stiffer than the feet the contact cues were learned on
    found = landmark_value(results["overstride_pct_leg"], runner)
    assert found == pytest.approx(100 * overstride / LEG, abs=timing_cm / LEG)
    expected_cm = results["overstride_pct_leg"].value / 100 * LEG * 100
    assert results["overstride_cm"].value == pytest.approx(expected_cm, rel=0.02)


def test_what_is_read_at_contacts_in_doubt_is_less_sure() -> None:
    """Where cues disagree by much, how far the belt carries the foot meanwhile belongs in the interval."""
    sure = trial_of(Runner(seconds=12))
    doubted = tuple(replace(e, sd_s=e.sd_s + 0.03) for e in sure.gait.contacts)
    doubtful = replace(sure, gait=replace(sure.gait, contacts=doubted))
    before, after = ({m.name: m for m in measure(t)} for t in (sure, doubtful))
    narrow, wide = (m["overstride_pct_leg"] for m in (before, after))
    assert narrow.value == wide.value
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)
    for name in ("cadence_spm", "trunk_lean_deg"):  # the lean depends on no contact
        assert after[name].value == before[name].value
    assert after["trunk_lean_deg"] == before["trunk_lean_deg"]
    assert after["cadence_spm"].high > before["cadence_spm"].high


def contacts_in_doubt(trial: Trial, sd_s: float) -> Trial:
    doubted = tuple(replace(e, sd_s=sd_s) for e in trial.gait.contacts)
    return replace(trial, gait=replace(trial.gait, contacts=doubted))


def test_cues_that_disagree_as_usual_add_no_doubt_to_what_was_learned_with_them() -> None:
    trial = trial_of(Runner())
    usual_s = calibration.of("heavy").event_sd("contact") * trial.gait.stride_s
    certain, usual = (measure(contacts_in_doubt(trial, sd_s)) for sd_s in (0.0, usual_s))
    names = ("overstride_pct_leg", "shin_angle_deg", "knee_flexion_contact_deg")
    for one, other in zip(certain, usual, strict=True):
        assert one == other or one.name not in names, one.name


def test_from_behind_a_single_cue_finds_contacts_and_its_error_is_part_of_what_was_learned() -> None:
    trial = trial_of(Runner(view="rear"))
    sure, doubtful = ({m.name: m for m in measure(contacts_in_doubt(trial, sd_s))} for sd_s in (0.005, 0.03))
    for name in ("trunk_sway_deg", "step_width_pct_leg", "knee_window_pct_leg"):
        assert sure[name].missing is None
        assert sure[name] == doubtful[name]


def test_contact_flight_and_duty_factor_tell_of_one_stride() -> None:
    """And each is as unsure as the others."""
    found, stride_ms = measured(Runner(cadence_spm=160.0)), 1000 * 120 / 160
    contact, flight, duty = (found[name] for name in ("contact_time_ms", "flight_time_ms", "duty_factor_pct"))
    assert contact.value + flight.value == pytest.approx(stride_ms / 2, abs=3.0)
    assert duty.value == pytest.approx(100 * contact.value / stride_ms, abs=0.3)
    assert 0 < contact.clip_sd == pytest.approx(flight.clip_sd)
    assert duty.clip_sd == pytest.approx(100 * contact.clip_sd / stride_ms, rel=0.01)


def test_a_flight_counts_for_the_foot_that_pushed_off() -> None:
    """A left foot that leaves the ground 20 ms later shortens what follows it, and nothing of the right foot's."""
    trial = trial_of(Runner())
    later = tuple(replace(off, time_s=off.time_s + 0.02 * (off.side == "left")) for off in trial.gait.toe_offs)
    flights = [
        {side: np.median([step.value for step in m.steps if step.side == side]) for side in SIDES}
        for one in (trial, replace(trial, gait=replace(trial.gait, toe_offs=later)))
        for m in measure(one) if m.name == "flight_time_ms"
    ]  # fmt: skip
    assert [flights[1][side] - flights[0][side] for side in SIDES] == pytest.approx([-20.0, 0.0], abs=0.1)


def test_unevenness_is_the_scatter_of_the_time_of_strides() -> None:
    """Of strides that last 0.7 s with a standard deviation of 3 %, once what smoothing takes of it is given back."""
    trial = trial_of(Runner())
    times = np.cumsum(0.7 * (1 + 0.03 * np.random.default_rng(4).standard_normal(1500)))
    contacts = tuple(Event(float(t), 60 * float(t), "left", 0.005) for t in times)
    uneven = replace(trial, gait=replace(trial.gait, contacts=contacts, stride_s=0.7))
    (found,) = (m for m in measure(uneven) if m.name == "stride_variability_pct")
    assert found.value == pytest.approx(3.0 / 0.88, rel=0.06)
    assert found.high > 0.98 * found.value * 0.88 / 0.65  # more is lost of some strides


def test_fewer_frames_than_were_learned_from_and_a_view_that_was_not_are_less_sure() -> None:
    lean, unevenness = METRICS["trunk_lean_deg"], METRICS["stride_variability_pct"]
    assert [extrapolation(trial_of(Runner(fps=fps)), lean) for fps in (60.0, 30.0, 20.0)] == pytest.approx(
        [1, 1, 1.5], rel=1e-3
    )
    behind = trial_of(Runner(view="rear"))
    times = calibration.of("heavy").perspective("less_certain", "rear", 0.0)
    beside = extrapolation(trial_of(Runner()), unevenness)
    assert extrapolation(behind, unevenness) == pytest.approx(times * beside, rel=1e-3)  # learned from there
    assert extrapolation(behind, METRICS["trunk_sway_deg"]) == pytest.approx(1.0, abs=1e-3)  # learned behind


@pytest.mark.parametrize("view", ["side", "rear"])
def test_a_runner_who_is_small_in_the_picture_is_less_sure_and_a_tiny_one_is_not_measured(view: str) -> None:
    name = {"side": "trunk_lean_deg", "rear": "trunk_sway_deg"}[view]
    trials = {px: trial_of(Runner(view=view, px_per_m=px / 1.6)) for px in (60.0, 90.0, 300.0)}
    heights = {px: trial.track.body_height_px for px, trial in trials.items()}
    assert all(height == pytest.approx(px, rel=0.15) for px, height in heights.items())
    assert [why_withheld(trial, METRICS[name]) for trial in trials.values()] == ["too_small", None, None]
    assert f"fewer than {LEAST_BODY_PX:.0f} pixels" in knowledge.reason("too_small").because
    learned = extrapolation(trials[300.0], METRICS[name])
    assert learned == pytest.approx(1.0, abs=0.01)
    assert extrapolation(trials[90.0], METRICS[name]) == pytest.approx(np.hypot(1, (90 / heights[90.0]) ** 2), rel=0.01)
    speeds = {px: ground_speed_sd(trials[px]) for px in (90.0, 300.0)}
    assert view != "side" or speeds[90.0] > 1.2 * speeds[300.0]
    of_a_file = replace(trials[60.0], track=replace(trials[60.0].track, model="blazepose"))
    assert why_withheld(of_a_file, METRICS[name]) != "too_small"  # its units may be any


def test_the_speed_is_as_sure_as_a_belt_or_as_legs_and_the_ground_show_it() -> None:
    trial = trial_of(Runner())
    told, read = ({m.name: m for m in measure(t)}["speed_m_s"] for t in (replace(trial, speed_m_s=3.0), trial))
    assert told.high - told.value == pytest.approx(1.96 * 0.015 * 3.0, rel=0.01)  # belts run at 98 to 103 %
    learned = calibration.of("heavy").correction("ground_speed_m_s").sd / 3.0
    assert ground_speed_sd(trial) == pytest.approx(
        np.hypot(0.02, learned), rel=1e-3
    )  # legs differ by 2 % at the same height
    turned = replace(trial, gait=replace(trial.gait, view=replace(trial.gait.view, yaw_deg=20.0)))
    assert ground_speed_sd(turned) == pytest.approx(np.hypot(0.02, 2 * learned), rel=1e-3)
    assert read.high - read.value >= 1.96 * ground_speed_sd(trial) * read.value


def test_centimetres_are_no_surer_than_the_legs_share_of_the_height() -> None:
    assert systematic_sd(trial_of(Runner()), METRICS["overstride_cm"], 0.0, 100.0) == pytest.approx(2.0)
    assert systematic_sd(trial_of(Runner()), METRICS["overstride_pct_leg"], 0.0, 100.0) == 0.0


def test_a_clock_of_fewer_frames_is_less_sure() -> None:
    trial = trial_of(Runner())
    posed = every_second(trial.track)
    half = replace(trial, track=replace(posed, clock_s=posed.time_s))
    assert clock_sd(half) > 1.2 * clock_sd(trial)


def test_legs_are_not_told_apart_by_contacts_in_doubt() -> None:
    """One foot's contacts read 30 ms late, and known to be that doubtful, make no difference between the legs."""
    sure = trial_of(Runner(seconds=12))

    def apart(trial: Trial) -> dict[str, Comparison]:
        return {c.metric: c for c in left_right(trial, measure(trial)) if c.missing is None}

    def misread(doubt_s: float) -> Trial:
        moved = [replace(e, time_s=e.time_s + 0.03, sd_s=e.sd_s + doubt_s) for e in sure.gait.contacts]
        of_left = [m if e.side == "left" else e for e, m in zip(sure.gait.contacts, moved, strict=True)]
        return replace(sure, gait=replace(sure.gait, contacts=tuple(of_left)))

    unaware, aware = apart(misread(0.0)), apart(misread(0.03))
    for metric in ("overstride_pct_leg", "shin_angle_deg", "step_length_m"):
        assert not unaware[metric].low <= 0 <= unaware[metric].high
        assert aware[metric].low <= 0 <= aware[metric].high


def test_what_was_worked_out_of_a_trial_is_known_again() -> None:
    """Asked the same once more, nothing is kept beside it: whatever it is known by is the same every time."""
    trial = trial_of(Runner(seconds=12))
    doubted = tuple(replace(e, sd_s=e.sd_s + 0.03) for e in trial.gait.contacts)
    trial = replace(trial, gait=replace(trial.gait, contacts=doubted), pitch=Pitch(2.0, 1.0))

    def kept() -> int:
        assert any(change.missing is None for change in left_right(trial, measure(trial)))
        rooms = [module for name, module in sys.modules.items() if name.startswith("formcheck.")]
        closures = [getattr(one, "__closure__", None) or () for room in rooms for one in vars(room).values()]
        inside = {id(cell): cell.cell_contents for cells in closures for cell in cells}
        every = [known for known in inside.values() if isinstance(known, WeakKeyDictionary)]
        return sum(len(found) for known in every for found in known.values())

    assert 0 < kept() == kept()


def test_more_overstride_reads_as_more() -> None:
    values = [measured(Runner(overstride_m=d))["overstride_pct_leg"].value for d in (0.08, 0.14, 0.20, 0.26)]
    assert np.diff(values) == pytest.approx(np.full(3, 100 * 0.06 / LEG), abs=2.0)


@pytest.mark.parametrize("cadence", [150.0, 168.4, 190.0])
def test_cadence_counts_both_feet(cadence: float) -> None:
    result = measured(Runner(cadence_spm=cadence, noise_px=2.0))["cadence_spm"]
    assert result.value == pytest.approx(cadence, abs=0.5)
    assert result.low < cadence < result.high


@pytest.mark.slow
@settings(max_examples=10)
@given(st.floats(0.4, 2.5), st.sampled_from([1, -1]), st.floats(0, 500))
def test_image_scale_mirror_and_place_change_no_angle(scale: float, facing: int, shift: float) -> None:
    plain = trial_of(Runner())
    other = trial_of(Runner(px_per_m=300 * scale, facing=facing))
    moved = replace(other, track=replace(other.track, xy=other.track.xy + shift))
    a, b = ({m.name: m.value for m in measure(t)} for t in (plain, moved))
    for name in ("trunk_lean_deg", "shin_angle_deg", "knee_flexion_contact_deg", "overstride_pct_leg"):
        assert a[name] == pytest.approx(b[name], abs=0.4), name


def test_every_metric_gives_a_value_with_its_interval_or_a_reason() -> None:
    for runner in (Runner(), Runner(seconds=2), WALKER):
        for name, result in measured(runner).items():
            if result.missing is None:
                lowest = result.value == METRICS[name].minimum
                assert result.low < result.value or lowest, name
                assert result.value < result.high, name
                assert result.n == len(result.steps) >= (1 if METRICS[name].timing is Timing.RATE else 2), name
            else:
                assert np.isnan(result.value), name


def test_nothing_is_measured_from_a_view_that_cannot_see_it() -> None:
    trial = trial_of(Runner())
    for view in ("rear", "front", "oblique", "none"):
        seen = replace(trial, gait=replace(trial.gait, view=View(view, "unknown", 0.5)))  # type: ignore[arg-type]
        for result in measure(seen):
            row = METRICS[result.name]
            if view not in row.views:
                wrong = "not_side_view" if "side" in row.views else "not_rear_view"
                assert result.missing == (row.refused or wrong), result.name


def test_slow_motion_withholds_time_but_not_angles() -> None:
    runner = Runner(slowed=4, fps=120)
    results = measured(runner)
    assert results["cadence_spm"].missing == "time_unsure"
    assert landmark_value(results["trunk_lean_deg"], runner) == pytest.approx(7.0, abs=0.3)


def test_centimetres_need_a_height() -> None:
    trial = replace(trial_of(Runner()), px_per_m=float("nan"))
    assert {m.name: m.missing for m in measure(trial)}["overstride_cm"] == "scale_unknown"


@pytest.mark.parametrize(("speed_m_s", "cadence_spm"), [(2.0, 160.0), (4.5, 166.0)])
def test_cadence_at_a_known_speed_is_held_against_that_speed_whatever_the_height(
    speed_m_s: float, cadence_spm: float
) -> None:
    """A slow runner's 160 is usual and a fast one's 166 is not; how tall they are widens the interval."""
    known = replace(trial_of(Runner(cadence_spm=cadence_spm)), speed_m_s=speed_m_s)
    of_known, of_unknown = (
        {m.name: m for m in measure(trial)}["cadence_off_expected_pct"]
        for trial in (known, replace(known, px_per_m=float("nan")))
    )
    shown = 100 * (cadence_spm / (168 + 5.6 * (speed_m_s - 2.9)) - 1)
    off = calibration.of("heavy").correction("cadence_off_expected_pct").at(features(known))[0]
    assert of_unknown.value - off == pytest.approx(shown, abs=0.5)
    assert of_unknown.low < of_known.value < of_unknown.high
    assert of_unknown.high - of_unknown.low > 4 * (of_known.high - of_known.low)


def test_cadence_is_held_against_the_speed_told_also_where_no_contact_was_seen() -> None:
    seen = replace(trial_of(Runner()), speed_m_s=2.8)
    unseen = replace(seen, gait=replace(seen.gait, contacts=(), toe_offs=()))
    of_seen, of_unseen = ({m.name: m for m in measure(t)}["cadence_off_expected_pct"] for t in (seen, unseen))
    assert of_unseen.value == pytest.approx(of_seen.value, abs=0.2)


def test_cadence_is_held_against_the_speed_that_the_ground_shows_where_none_was_told() -> None:
    runner = Runner(speed_m_s=4.2)
    expected = 168 + 5.6 * (4.2 - 2.9) - 0.6 * (100 * LEG / 0.491 - 172)
    found = measured(runner)["cadence_off_expected_pct"]
    assert found.value == pytest.approx(100 * (170 / expected - 1), abs=0.8)


def test_where_speed_or_height_is_unknown_cadence_is_as_unsure_as_these_vary() -> None:
    """From behind no speed is seen: runners' speeds vary by 0.7 m/s, their heights by 10 cm (standard deviations)."""
    behind = trial_of(Runner(view="rear"))
    cases = {0.7 * 5.6: behind, 10 * 0.6: replace(behind, speed_m_s=2.8, px_per_m=float("nan"))}
    for spm_sd, trial in cases.items():
        found = {m.name: m for m in measure(trial)}["cadence_off_expected_pct"]
        assert 1 < (found.high - found.value) / (1.96 * 100 * spm_sd / 168) < 1.3


def test_the_vertical_ratio_is_the_bounce_over_the_length_of_a_step() -> None:
    runner = Runner(bounce_m=0.08)
    trial = replace(trial_of(runner), speed_m_s=runner.speed_m_s)
    found = {m.name: m for m in measure(trial)}["vertical_ratio_pct"]
    assert landmark_value(found, runner) == pytest.approx(100 * 0.08 / (2.8 * 60 / 170), abs=0.3)


def test_a_belts_speed_is_possible_within_what_belts_and_the_ground_under_the_foot_leave_open() -> None:
    trial = trial_of(Runner())
    bounds = possible_speeds(trial)
    assert bounds is not None
    low, high = bounds
    assert low < 2.8 < high
    of_both = np.hypot(ground_speed_sd(trial), 0.015)
    assert (high - low) / (high + low) == pytest.approx(2.58 * of_both)  # 99 in 100
    assert possible_speeds(replace(trial, gait=replace(trial.gait, likely_factor=2.0))) is None


def test_without_height_and_speed_cadence_is_held_against_nobodys() -> None:
    trial = replace(trial_of(Runner()), px_per_m=float("nan"))
    assert {m.name: m.missing for m in measure(trial)}["cadence_off_expected_pct"] == "speed_unknown"


def test_walking_is_not_measured_as_running() -> None:
    results = measured(WALKER)
    assert results["cadence_spm"].value == pytest.approx(112, abs=1)
    assert results["trunk_lean_deg"].missing == "not_running"


@pytest.mark.parametrize("view", ["rear", "front"])
@pytest.mark.parametrize("cadence", [112.0, 125.0])
def test_a_walkers_cadence_is_measured_from_behind_too(view: str, cadence: float) -> None:
    results = measured(replace(WALKER, view=view, cadence_spm=cadence, noise_px=1.0))
    assert results["cadence_spm"].missing is None
    assert results["cadence_spm"].low < cadence < results["cadence_spm"].high
    assert results["cadence_spm"].value == pytest.approx(cadence, abs=0.5)
    assert results["trunk_sway_deg"].missing == "not_running"


def test_cadence_needs_no_feet() -> None:
    trial = trial_of(Runner())
    unseen = replace(trial, gait=replace(trial.gait, contacts=(), toe_offs=()))
    result = next(m for m in measure(unseen) if m.name == "cadence_spm")
    assert result.value == pytest.approx(170.0, abs=0.3)
    assert result.high - result.low > 2 * measured(Runner())["cadence_spm"].spread


def test_bounce_and_contact_time_are_what_was_drawn() -> None:
    runner = Runner(bounce_m=0.09, duty=0.36)
    results = measured(runner)
    assert landmark_value(results["vertical_oscillation_cm"], runner) == pytest.approx(9.0, abs=0.3)
    assert landmark_value(results["contact_time_ms"], runner) == pytest.approx(1000 * 0.36 * runner.stride_s, abs=60)


@pytest.mark.parametrize("m_per_s", [0.2, -0.2])
def test_who_slowly_rises_or_sinks_in_the_picture_bounces_no_more_for_it(m_per_s: float) -> None:
    """As on a slope, or where the camera turns by and by: 7 cm in a step would be as much as the bounce."""
    runner = Runner(bounce_m=0.08)
    track = runner.track()
    rising = np.stack([np.zeros(len(track)), -m_per_s * runner.px_per_m * track.time_s], axis=1)
    moved = clean(replace(track, xy=track.xy + rising[:, None]), VIDEO)
    gait = find_gait(moved)
    found = measure(Trial(VIDEO, moved, gait, leg_length_px(moved, gait.view), runner.px_per_m))
    (bounce,) = (m.value for m in found if m.name == "vertical_oscillation_cm")
    assert bounce == pytest.approx(measured(runner)["vertical_oscillation_cm"].value, abs=0.1)


def test_what_the_camera_sees_differently_of_the_two_feet_leaves_cadence_alone() -> None:
    trial = trial_of(Runner())
    contacts = trial.gait.contacts[: 2 * (len(trial.gait.contacts) // 2)]
    late = tuple(replace(e, time_s=e.time_s + (0.03 if e.side == "right" else 0.0)) for e in contacts)
    found = {m.name: m for m in measure(replace(trial, gait=replace(trial.gait, contacts=late)))}
    assert found["cadence_spm"].value == pytest.approx(170.0, abs=0.1)


def test_lean_and_neck_flexion_need_no_feet() -> None:
    runner = Runner(lean_deg=9.0)
    whole = trial_of(runner)
    track = runner.track()
    for side in SIDES:
        for joint in ("ankle", "heel", "foot_index"):
            track.xy[:, BLAZEPOSE.index[f"{side}_{joint}"]] = np.nan
    track = clean(track, VIDEO)
    gait = find_gait(track)
    found = {m.name: m for m in measure(Trial(VIDEO, track, gait, leg_length_px(track, gait.view), runner.px_per_m))}
    for name in ("trunk_lean_deg", "neck_flexion_deg"):
        with_feet = next(m for m in measure(whole) if m.name == name)
        assert found[name].value == pytest.approx(with_feet.value, abs=0.3), name
        assert found[name].n == pytest.approx(with_feet.n, abs=2)
    assert found["overstride_pct_leg"].missing == "feet_not_seen"


def test_a_shaking_camera_whose_movement_is_known_adds_no_bounce() -> None:
    runner = Runner(bounce_m=0.08)
    track = runner.track()
    shake = 25 * np.stack([np.sin(2 * np.pi * 1.7 * track.time_s), np.cos(2 * np.pi * 2.3 * track.time_s)], axis=1)
    shaken = clean(replace(track, xy=track.xy + shake[:, None], camera_xy=shake), VIDEO)
    gait = find_gait(shaken)
    found = {m.name: m for m in measure(Trial(VIDEO, shaken, gait, leg_length_px(shaken, gait.view), runner.px_per_m))}
    assert found["vertical_oscillation_cm"].value == pytest.approx(
        measured(runner)["vertical_oscillation_cm"].value, abs=0.3
    )


def test_bounce_is_withheld_when_runner_and_camera_both_move_unseen() -> None:
    runner = Runner(travels=True)
    track = runner.track()
    track = clean(replace(track, camera_xy=np.full_like(track.camera_xy, np.nan)), VIDEO)
    gait = find_gait(track)
    trial = Trial(VIDEO, track, gait, leg_length_px(track, gait.view), runner.px_per_m)
    assert next(m for m in measure(trial) if m.name == "vertical_oscillation_cm").missing == "camera_moves"


def test_bounce_is_withheld_when_whoever_films_may_move_along() -> None:
    """Their own bob, at the runner's rate, would be added to the runner's, who seems to be on a treadmill."""
    runner = Runner()
    track = runner.track()
    bob_px = 0.03 * runner.px_per_m * np.sin(2 * np.pi * runner.cadence_spm / 60 * track.time_s)
    xy = track.xy + np.stack([np.zeros_like(bob_px), bob_px], axis=1)[:, None]
    track = clean(replace(track, xy=xy, camera_xy=np.full_like(track.camera_xy, np.nan)), VIDEO)
    gait = find_gait(track)
    trial = Trial(VIDEO, track, gait, leg_length_px(track, gait.view), runner.px_per_m)
    assert trial.gait.surface == "treadmill"
    found = {m.name: m.missing for m in measure(trial)}
    plain = {name: m.missing for name, m in measured(runner).items()}
    lost = {name for name, missing in found.items() if missing != plain[name]}
    assert "vertical_oscillation_cm" in lost
    assert lost == {n for n, m in METRICS.items() if Need.STEADY_CAMERA in m.requires and plain[n] is None}
    assert {found[name] for name in lost} == {"camera_moves"}


@pytest.mark.parametrize(("roll_sd_deg", "given"), [(1.5, True), (12.0, False)])
@pytest.mark.parametrize("view", ["side", "rear"])
def test_what_depends_on_gravity_is_withheld_where_the_camera_may_be_tilted_far(
    view: str, roll_sd_deg: float, given: bool
) -> None:
    trial = trial_of(Runner(view=view))
    doubted = replace(trial, track=replace(trial.track, roll_sd_deg=roll_sd_deg))
    plain, wide = measure(trial), measure(doubted)
    plain, found = ({m.name: m.missing for m in some} for some in (plain, without_tilted(wide, roll_sd_deg)))
    leaning = {name for name, missing in plain.items() if METRICS[name].against_gravity and missing is None}
    assert leaning
    assert {name for name in plain if found[name] != plain[name]} == (set() if given else leaning)
    assert given or {found[name] for name in leaning} == {"camera_tilted"}


def test_a_camera_farther_off_than_was_learned_is_less_sure() -> None:
    trial = trial_of(Runner())
    widths = []
    for yaw in (0.0, 10.0, 20.0, -20.0):
        view = replace(trial.gait.view, yaw_deg=yaw)
        found = {m.name: m for m in measure(replace(trial, gait=replace(trial.gait, view=view)))}
        widths.append(found["shin_angle_deg"].high - found["shin_angle_deg"].low)
    assert widths[0] == pytest.approx(widths[1], rel=0.1)
    assert widths[2] > 1.5 * widths[1]
    assert widths[3] == pytest.approx(widths[2])


def test_of_a_walker_only_the_cadence_is_given() -> None:
    found = measured(WALKER)
    assert [name for name, m in found.items() if m.missing is None] == ["cadence_spm"]


def test_fewer_steps_mean_a_wider_interval() -> None:
    def width(seconds: float) -> float:
        result = measured(Runner(seconds=seconds, noise_px=4.0))["cadence_spm"]
        return result.high - result.low

    assert width(3) > width(10)


def test_the_report_names_every_metric_once() -> None:
    assert sorted(REPORT_ORDER) == sorted(METRICS)
    assert [m.name for m in measure(trial_of(Runner()))] == list(REPORT_ORDER)


def test_every_need_is_checked_and_its_reason_has_words() -> None:
    assert set(GATES) == set(Need)
    assert {gate.reason for gate in GATES.values()} <= knowledge.reasons().keys()


@pytest.mark.parametrize(("factor", "fps", "enough"), [(4.0, 6.0, True), (None, 30.0, True), (0.5, 30.0, False)])
def test_frames_are_enough_by_the_time_that_passed(factor: float | None, fps: float, enough: bool) -> None:
    """Of a clip that seems sped up, as much is withheld before the user says so as after."""
    trial = trial_of(Runner(fps=fps))
    seeming = replace(trial, gait=replace(trial.gait, likely_factor=factor))
    missing = why_withheld(seeming, METRICS["trunk_lean_deg"])
    assert (missing != "frame_rate_too_low") == enough


def test_of_several_reasons_the_first_in_the_table_is_given() -> None:
    """Whatever the order in which a metric names its needs: from behind, without a height, the view is the reason."""
    trial = trial_of(Runner())
    blind = replace(trial, px_per_m=float("nan"), gait=replace(trial.gait, contacts=(), likely_factor=4.0))
    behind = replace(blind, gait=replace(blind.gait, view=View("rear", "unknown", 0.5)))
    ratio = METRICS["vertical_ratio_pct"]
    assert why_withheld(behind, ratio) == "not_side_view"
    assert why_withheld(blind, ratio) == "contacts_not_found"
    assert why_withheld(replace(blind, gait=replace(trial.gait, likely_factor=4.0)), ratio) == "time_unsure"
    assert why_withheld(replace(blind, gait=trial.gait), ratio) == "scale_unknown"


def without(table: str, name: str) -> Calibration:
    """The default model's calibration without one row."""
    tables = tomllib.loads(Path(calibration.__file__).with_name(calibration.file_of("heavy")).read_text("utf-8"))
    del tables[table][name]
    return Calibration(tables)


RESTS_ON = {  # metrics withheld when a learned correction is missing, where not just the one of its name
    "overstride_pct_leg": {"overstride_pct_leg", "overstride_cm"},
    "ground_speed_m_s": {
        *("speed_m_s", "step_length_m", "stride_length_m", "vertical_ratio_pct", "cadence_off_expected_pct"),
    },
}


@pytest.mark.parametrize("row", calibration.of("heavy").rows("corrections"))
def test_what_was_not_learned_for_a_pose_model_is_withheld(row: str, monkeypatch: pytest.MonkeyPatch) -> None:
    trial = trial_of(Runner())
    before, lacking = measure(trial), without("corrections", row)
    monkeypatch.setattr(calibration, "of", lambda _model: lacking)
    changed = {m.name: m.missing for m, was in zip(measure(trial), before, strict=True) if repr(m) != repr(was)}
    assert changed == dict.fromkeys(RESTS_ON.get(row, {row}), "not_calibrated")


def test_what_the_treadmill_says_of_the_speed_needs_no_learning(monkeypatch: pytest.MonkeyPatch) -> None:
    trial, lacking = replace(trial_of(Runner()), speed_m_s=2.8), without("corrections", "ground_speed_m_s")
    before = measure(trial)
    monkeypatch.setattr(calibration, "of", lambda _model: lacking)
    assert repr(measure(trial)) == repr(before)


def test_legs_are_not_compared_by_what_was_not_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    trial, lacking = trial_of(Runner()), without("near_far", "shin_angle_deg")
    found = measure(trial)
    monkeypatch.setattr(calibration, "of", lambda _model: lacking)
    missing = {c.metric: c.missing for c in left_right(trial, found)}
    assert [metric for metric, why in missing.items() if why == "not_calibrated"] == ["shin_angle_deg"]


@pytest.mark.parametrize("model", BACKENDS)
def test_every_correction_of_a_metric_was_learned_for_every_pose_model(model: str) -> None:
    wanted = {row for metric in METRICS.values() if not metric.refused for row in corrections_of(metric)}
    assert calibration.of(model).rows("corrections").keys() == wanted


def test_labels_and_names_are_complete() -> None:
    for name, row in METRICS.items():
        assert row.label, name
        assert not row.label.endswith("."), name
        assert row.views, name


def tipped(runner: Runner, roll: float) -> Trial:
    """Of a runner filmed with a camera whose roll is known."""
    turn = np.radians(roll)  # upright things tip to the image's right: clockwise, y pointing down
    clockwise = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    raw = runner.track()
    track = clean(replace(raw, xy=(raw.xy - 1500) @ clockwise.T + 1500, roll_deg=roll), VIDEO)
    gait = find_gait(track)
    return Trial(VIDEO, track, gait, leg_length_px(track, gait.view), runner.px_per_m)


@pytest.mark.parametrize("roll", [-7.0, 3.0])
@pytest.mark.parametrize("facing", [1, -1])
def test_a_tilted_camera_neither_leans_the_runner_nor_moves_contacts(roll: float, facing: int) -> None:
    straight, trial = trial_of(Runner(facing=facing)), tipped(Runner(facing=facing), roll)
    for name in ("trunk_lean_deg", "shin_angle_deg", "overstride_pct_leg"):
        a, b = ({m.name: m for m in measure(t)}[name].value for t in (straight, trial))
        assert a == pytest.approx(b, abs=0.5), name
    for kind in ("contacts", "toe_offs"):
        times_s = [[event.time_s for event in getattr(t.gait, kind)] for t in (straight, trial)]
        assert times_s[1] == pytest.approx(times_s[0], abs=0.001), kind


@pytest.mark.parametrize("roll", [-12.0, 8.0])
@pytest.mark.parametrize("facing", [1, -1])
def test_who_crosses_a_tilted_picture_is_as_fast_as_in_a_level_one(roll: float, facing: int) -> None:
    passing = Runner(facing=facing, travels=True, seconds=4, speed_m_s=3.5)
    level, tilted = ({m.name: m for m in measure(t)}["speed_m_s"] for t in (trial_of(passing), tipped(passing, roll)))
    assert tilted.value == pytest.approx(level.value, rel=0.002)


NEAR_M, FOCAL_PX = 2.5, 2500.0  # a camera so near, through such a lens: 1000 pixels a metre
SEEN = VideoInfo(Path("clip.mp4"), round(1.2 * FOCAL_PX), 2_000, 60.0, None, None)


def looked_up_at(runner: Runner, pitch_deg: float) -> PoseTrack:
    """As a camera pitched by so much sees a runner whose hips are in the middle of its picture; its pitch is shown by
    the body alone."""
    raw, (sine, cosine) = runner.track(), (f(np.radians(pitch_deg)) for f in (np.sin, np.cos))
    x, y = np.moveaxis((raw.xy - raw.mid("hip").mean(axis=0)) / runner.px_per_m, -1, 0)
    height = NEAR_M * np.tan(np.radians(pitch_deg)) - y  # above the lens
    away, up = NEAR_M * cosine + height * sine, height * cosine - NEAR_M * sine
    xy = np.stack([FOCAL_PX * x / away + SEEN.width_px / 2, -FOCAL_PX * up / away + SEEN.height_px / 2], axis=-1)
    right, down, behind = np.moveaxis(raw.world, -1, 0)
    world = np.stack([right, down * cosine + behind * sine, behind * cosine - down * sine], axis=-1)
    return replace(raw, xy=xy, world=world)


def of_pitched(track: PoseTrack, pitch: Pitch | None = None) -> dict[str, Measurement]:
    """Measured with the pitch that is found, or with one given instead."""
    track = clean(track, SEEN)
    gait = find_gait(track)
    pitch = pitch or find_pitch(track, gait.view, SEEN)
    gait = replace(gait, view=replace(gait.view, elevation_deg=float("nan")))  # what it withholds is tested by itself
    leg_px = leg_length_px(track, gait.view, pitch)
    return {m.name: m for m in measure(Trial(SEEN, track, gait, leg_px, leg_px / LEG, pitch=pitch))}


MOVED_BY_PITCH = ("trunk_lean_deg", "overstride_cm", "shin_angle_deg", "vertical_oscillation_cm", "speed_m_s")


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize("pitch_deg", [-18.0, 14.0])
@pytest.mark.parametrize("lines", [True, False])
def test_a_camera_that_looks_up_or_down_changes_no_length_or_angle(facing: int, pitch_deg: float, lines: bool) -> None:
    """Whether uprights show its pitch or only the body; without it, the bounce is off by a centimetre or more."""
    runner = Runner(facing=facing, lean_deg=10.0)
    level, pitched = looked_up_at(runner, 0.0), looked_up_at(runner, pitch_deg)
    if lines:
        pitched = replace(pitched, converging=1.2 * np.tan(np.radians(pitch_deg)), converging_sd=0.01)
    there, found, unaware = of_pitched(level), of_pitched(pitched), of_pitched(pitched, Pitch())
    for name in MOVED_BY_PITCH:
        assert found[name].value == pytest.approx(
            there[name].value, rel=0.02, abs=0.5 if name.endswith("_deg") else 0.05
        ), name
    assert abs(unaware["vertical_oscillation_cm"].value - there["vertical_oscillation_cm"].value) > 0.8


def test_of_a_long_clip_some_steps_tell_what_errors_matter_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """How much its numbers change with the camera's pitch and with contacts that are found too early or too late."""
    track = clean(Runner(seconds=110.0, fps=30.0, jitter=0.02, noise_px=1.0).track(), SEEN)
    gait = find_gait(track)
    gait = replace(gait, contacts=tuple(replace(contact, sd_s=0.02) for contact in gait.contacts))
    pitch = Pitch(0.0, 6.0, FOCAL_PX, (SEEN.width_px / 2, SEEN.height_px / 2), SEEN.height_px / 2)

    def measured() -> dict[str, Measurement]:
        return {m.name: m for m in measure(Trial(SEEN, track, gait, leg_length_px(track, gait.view), pitch=pitch))}

    some, enough = measured(), uncertainty.ENOUGH_CONTACTS
    monkeypatch.setattr(uncertainty, "ENOUGH_CONTACTS", 10 * enough)
    every = measured()
    for name in ("trunk_lean_deg", "waist_bend_deg", "overstride_pct_leg", "shin_angle_deg", "foot_inclination_deg"):
        assert some[name].value == every[name].value
        assert some[name].clip_sd == pytest.approx(every[name].clip_sd, rel=0.05, abs=0.05), name
        assert some[name].clip_sd != every[name].clip_sd  # not all were asked


def test_what_the_pitch_of_the_camera_moves_is_doubted_by_as_much_where_the_pitch_is_not_known() -> None:
    track = looked_up_at(Runner(), 0.0)
    known = Pitch(0.0, 0.0, FOCAL_PX, (SEEN.width_px / 2, SEEN.height_px / 2), SEEN.height_px / 2)
    sure, moved, unsure = (
        of_pitched(track, replace(known, **change)) for change in ({}, {"deg": 6.0}, {"sd_deg": 6.0})
    )
    for name in MOVED_BY_PITCH:
        doubt = (unsure[name].clip_sd ** 2 - sure[name].clip_sd ** 2) ** 0.5
        assert doubt == pytest.approx(abs(moved[name].value - sure[name].value), rel=0.15, abs=0.06), (
            name
        )  # corrections move, too
    assert unsure["vertical_oscillation_cm"].high > sure["vertical_oscillation_cm"].high + 0.1
    assert unsure["cadence_spm"] == sure["cadence_spm"]

    gait, most = find_gait(track), 0.0
    pitches = (known, replace(known, deg=6.0), replace(known, sd_deg=6.0))
    for column, moved_, unsure_ in zip(*(series(Trial(SEEN, track, gait, 1.0, pitch=p)) for p in pitches), strict=True):
        if np.isfinite(column.error_sd):
            doubt = (unsure_.error_sd**2 - column.error_sd**2) ** 0.5
            assert doubt == pytest.approx(abs(np.nanmean(moved_.smooth - column.smooth)), abs=0.3), column.name
            most = max(most, doubt)
    assert most > 0.3


def test_a_pitch_undone_is_seen_again() -> None:
    pitch, xy = Pitch(17.0, 0.0, 900.0, (320.0, 180.0), 230.0), np.random.default_rng(5).uniform(0, 400, (9, 2))
    assert pitch.seen(pitch.undone(xy)) == pytest.approx(xy)
    assert pitch.undone(np.array([50.0, 230.0]))[1] == 230.0  # at the hips, lengths stay what they are


@pytest.mark.parametrize("steep_deg", [-28.0, -10.0, 5.0, 20.0, 31.0, float("nan")])
def test_seen_more_steeply_than_learned_is_less_certain_until_nothing_is_known(steep_deg: float) -> None:
    trial = trial_of(Runner())
    view = replace(trial.gait.view, elevation_deg=steep_deg)
    usual, steep = (
        {m.name: m for m in measure(t)} for t in (trial, replace(trial, gait=replace(trial.gait, view=view)))
    )
    if steep_deg > 30:
        assert {m.missing for m in steep.values() if usual[m.name].missing is None} == {"camera_steep"}
        return
    wider = {m.name: (m.high - m.value) / (usual[m.name].high - usual[m.name].value) for m in steep.values() if m.n}
    times = {-28.0: 1.6, 20.0: 1.5}.get(steep_deg, 1.0)
    assert wider["shin_angle_deg"] == pytest.approx(times, abs=0.15 * (times - 1))
    assert wider["cadence_spm"] == 1.0
    withheld = {name: m.missing for name, m in steep.items() if m.missing != usual[name].missing}
    below = ("head_pitch_deg", "arm_swing_deg", "vertical_oscillation_cm", "vertical_ratio_pct")
    misread = {20.0: dict.fromkeys(below, "seen_from_below"), -28.0: {"trunk_rocking_deg": "seen_from_above"}}
    assert withheld == misread.get(steep_deg, {})


@pytest.mark.parametrize("view", ["side", "rear"])
def test_what_a_tilt_of_the_camera_moves_is_doubted_by_as_much_where_the_tilt_is_not_known(view: str) -> None:
    """And nothing else is."""
    runner, tilt_deg = Runner(view=view), 2.0
    straight, tilted = trial_of(runner), tipped(runner, tilt_deg)
    unaware = replace(tilted, track=replace(tilted.track, roll_deg=0.0))
    doubted = replace(straight, track=replace(straight.track, roll_sd_deg=tilt_deg))
    plain, moved, wide = ({m.name: m for m in measure(t)} for t in (straight, unaware, doubted))
    for name, m in plain.items():
        if m.missing is None:
            doubt = (wide[name].clip_sd ** 2 - m.clip_sd**2) ** 0.5
            assert doubt == pytest.approx(abs(moved[name].value - m.value), abs=0.5), name
            half = [each.high - each.value for each in (m, wide[name])]
            assert half[1] == pytest.approx(np.hypot(half[0], 1.96 * doubt), rel=0.02), name
    for column, tipped_, doubted_ in zip(*map(series, (straight, unaware, doubted)), strict=True):
        if np.isfinite(column.error_sd):
            doubt = (doubted_.error_sd**2 - column.error_sd**2) ** 0.5
            off = float(np.nanmedian(np.abs(tipped_.smooth - column.smooth)))
            assert doubt == pytest.approx(off, abs=0.5), column.name


CURVES = {
    "side": {"overstride_pct_leg", "trunk_lean_deg", "knee_flexion_contact_deg", "trailing_thigh_deg"},
    "rear": {"side_lean_deg"},
}


@pytest.mark.parametrize("view", CURVES)
def test_curves_over_the_stride_pass_through_the_numbers_that_are_reported(view: str) -> None:
    runner = Runner(view=view, lean_deg=9.0)
    trial, found = trial_of(runner), measured(runner)
    curves = ensembles(trial, tuple(found.values()))
    stance = np.mean([off.time_s - contact.time_s for contact, off in stances(trial)]) / runner.stride_s
    read = {"contact": lambda mean: mean[0], "cycle": lambda mean: mean[:-1].mean(), "largest": np.max}
    assert {curve.metric for curve in curves} == CURVES[view]
    for curve in curves:
        of_legs = [read[curve.moment](leg.mean) for leg in curve.legs.values()]
        assert np.mean(of_legs) == pytest.approx(found[curve.metric].value, abs=0.3), curve.label
        for leg in curve.legs.values():
            assert leg.end_s - leg.begin_s == pytest.approx(runner.stride_s, abs=0.01)
            assert leg.begin_s == pytest.approx(5.0, abs=runner.stride_s)  # in the middle of ten seconds
            assert leg.toe_off == pytest.approx(stance, abs=0.01)


def test_a_curve_is_that_of_the_legs_that_were_seen_and_of_enough_strides() -> None:
    trial = trial_of(Runner())
    unclear = trial.track.confidence.copy()
    unclear[:, trial.track.landmarks.present(("left_knee", "left_ankle"))] = 0.4
    one_leg = replace(trial, track=replace(trial.track, confidence=unclear))
    assert {side for curve in ensembles(one_leg, measure(one_leg)) for side in curve.legs} == {"right"}
    short = trial_of(Runner(seconds=2.0))
    assert short.gait.contacts
    assert ensembles(short, measure(short)) == ()


@pytest.mark.parametrize("counts", [(2, 2), (5, 6), (30, 30)])
def test_steps_that_scatter_hold_what_they_scatter_about_in_nineteen_of_twenty_clips(counts: tuple[int, int]) -> None:
    """However many there are, and however much the legs differ, as long as it is known how steps usually scatter; of
    very few the interval may hold more."""
    random, held = np.random.default_rng(1), []
    for _ in range(600):
        legs = [random.normal(10.0 * i, 1.0, count) for i, count in enumerate(counts)]
        middle = np.mean([np.median(leg) for leg in legs])
        held.append(abs(middle - 5.0) <= sampling_half_width(*legs, usual_sd=1.0))
    assert 0.93 <= np.mean(held) <= (0.985 if sum(counts) > 4 else 0.995)


def test_of_many_steps_their_own_scatter_counts_and_of_few_what_is_usual() -> None:
    many, few = (np.tile([-1.0, 1.0], count) for count in (15, 1))
    assert sampling_half_width(many, many, usual_sd=9.0) == sampling_half_width(many, many)
    alike = 0.01 * few
    assert sampling_half_width(alike, alike, usual_sd=1.0) > 1.96 * 0.5  # of four steps, were it known that they do


def test_of_several_stretches_each_counts_by_its_steps() -> None:
    trial = trial_of(Runner())
    long, short = (trial, ClipValue(10.0, 1.0, 3.0, 30)), (trial, ClipValue(30.0, 2.0, 3.0, 10))
    found = from_clips(METRICS["shoulder_hunch_deg"], [long, short, (trial, ClipValue.without("outline_not_seen"))])
    assert (found.value, found.n) == (15.0, 40)
    own_sd = np.hypot(0.75 * 1.0, 0.25 * 2.0)  # what is random in each is independent, what is learned is shared
    assert found.high - found.value == pytest.approx(1.96 * np.hypot(own_sd, 3.0), rel=1e-3)


@pytest.mark.parametrize(("yaw_deg", "facing"), [(20.0, 1), (-20.0, -1)])
def test_lengths_that_a_camera_at_an_angle_shortens_are_read_in_full(yaw_deg: float, facing: int) -> None:
    runner = Runner(facing=facing, lean_deg=12.0)
    raw = runner.track()
    short = clean(replace(raw, xy=(raw.xy - 2000) * [np.cos(np.radians(yaw_deg)), 1.0] + 2000), VIDEO)
    gait = find_gait(short)
    gait = replace(gait, view=replace(gait.view, yaw_deg=yaw_deg))
    found = {m.name: m for m in measure(Trial(VIDEO, short, gait, LEG * runner.px_per_m, runner.px_per_m))}
    for name in ("trunk_lean_deg", "shin_angle_deg", "overstride_pct_leg"):
        assert found[name].value == pytest.approx(measured(runner)[name].value, abs=0.5), name


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize("lean", [0.0, 15.0])
def test_where_the_head_is_is_told_in_trunk_lengths_along_the_trunk_and_ahead_of_it(facing: int, lean: float) -> None:
    """Ears 0.22 m from the shoulders on a trunk of 0.5 m, 30° ahead of its line."""
    found = features(trial_of(Runner(facing=facing, lean_deg=lean, neck_flexion_deg=30.0)))
    assert found["ear_up"] == pytest.approx(0.44 * np.cos(np.radians(30)), abs=0.01)
    assert found["ear_ahead"] == pytest.approx(0.44 * np.sin(np.radians(30)), abs=0.01)


def test_what_was_seen_before_the_run_does_not_count_in_its_features() -> None:
    trial = trial_of(Runner())
    late = replace(trial.gait, motion=part_of(trial.gait.motion, 200))
    hands = trial.track.landmarks.present(("left_wrist", "right_wrist"))
    world = trial.track.world.copy()
    world[:190, hands] += [0.3, -0.5, 0.0]
    one, other = (
        features(replace(trial, gait=late, track=replace(trial.track, world=w))) for w in (trial.track.world, world)
    )
    assert one == pytest.approx(other, nan_ok=True)


def part_of(motion: Motion | None, first: int) -> Motion:
    assert motion is not None
    rows = {n: getattr(motion, n)[first:] for n in ("time_s", "phase", "path", "camera_xy", "size", "residual")}
    return replace(motion, **rows)


def test_steps_of_a_pass_belong_to_their_feet_whichever_contact_is_the_first_that_was_seen() -> None:
    trial = trial_of(Runner(seconds=2.2))
    feet = [(e.time_s, e.side) for e in trial.gait.contacts]
    for first in (2, 3):
        seen = replace(trial, gait=replace(trial.gait, contacts=trial.gait.contacts[first:]))
        (lean,) = (m for m in measure(seen) if m.name == "trunk_lean_deg")
        steps = [(step.time_s, step.side) for step in lean.steps]
        assert len(steps) >= 5  # those before that contact too
        assert steps == [(pytest.approx(time, abs=0.03), side) for time, side in feet[: len(steps)]]


def test_the_knee_bends_in_stance_as_far_as_was_drawn() -> None:
    runner = Runner(bounce_m=0.10)
    track = runner.track()
    bent = []
    for side in SIDES:
        hip, knee, ankle = (track.point(f"{side}_{joint}") for joint in ("hip", "knee", "ankle"))
        thigh, shank = knee - hip, ankle - knee
        cos = (thigh * shank).sum(axis=1) / np.linalg.norm(thigh, axis=1) / np.linalg.norm(shank, axis=1)
        standing = runner._phase(track.time_s, side) < runner.duty
        bent.append(np.degrees(np.arccos(cos[standing].min())))
    assert landmark_value(measured(runner)["knee_flexion_stance_deg"], runner) == pytest.approx(np.mean(bent), abs=1.5)


def test_a_step_that_the_clip_cuts_off_before_the_thigh_has_trailed_is_left_out() -> None:
    for seconds in np.arange(5.0, 5.7, 0.15):
        steps = [s.value for s in measured(Runner(seconds=float(seconds)))["trailing_thigh_deg"].steps]
        assert np.ptp(steps) < 3.0, seconds


def test_a_duration_has_the_errors_of_its_two_events_once_less_what_was_learned() -> None:
    trial = contacts_in_doubt(trial_of(Runner()), 0.03)
    (contact,) = (m for m in measure(trial) if m.name == "contact_time_ms")
    of_events = 1000 * np.hypot(0.03, np.median([e.sd_s for e in trial.gait.toe_offs]))
    assert contact.clip_sd == pytest.approx(0.6 * of_events)


def test_only_what_is_counted_from_contact_to_contact_is_the_same_from_any_angle() -> None:
    alike = {name for name, row in METRICS.items() if row.same_from_any_angle}
    assert {"cadence_spm", "step_length_m"} <= alike
    assert alike.isdisjoint({"contact_time_ms", "flight_time_ms", "duty_factor_pct", "trunk_lean_deg"})


@pytest.mark.parametrize("view", ["rear", "front"])
def test_how_a_foot_swings_past_the_other_leg_is_no_matter_of_the_step_width(view: str) -> None:
    """Each foot counts where it stands, not beside the other."""
    runner, out_px = Runner(view=view), 30.0 * (-1 if view == "rear" else 1)
    track = runner.track()
    for side, sign in (("left", 1), ("right", -1)):
        phase = runner._phase(track.time_s, side)
        swings = np.clip((phase - runner.duty) / (1 - runner.duty), 0, 1)
        feet = track.landmarks.present(f"{side}_{joint}" for joint in ("ankle", "heel", "foot_index"))
        track.xy[:, feet, 0] += (sign * out_px * np.sin(np.pi * swings) ** 2)[:, None]
    track = clean(track, VIDEO)
    gait = find_gait(track)
    found = {m.name: m for m in measure(Trial(VIDEO, track, gait, leg_length_px(track, gait.view)))}
    assert found["step_width_pct_leg"].value == pytest.approx(measured(runner)["step_width_pct_leg"].value, abs=1.5)


def test_one_stride_gives_a_cadence() -> None:
    trial = trial_of(Runner())
    one = replace(trial, gait=replace(trial.gait, contacts=trial.gait.contacts[:3]))
    (cadence,) = (m for m in measure(one) if m.name == "cadence_spm")
    assert (cadence.n, cadence.missing) == (1, None)


def test_bounce_is_given_on_a_treadmill_and_before_a_camera_that_stays() -> None:
    belt = trial_of(Runner())
    unknown = replace(belt, gait=replace(belt.gait, camera_stays=False))
    passes = trial_of(Runner(travels=True, seconds=4.0))
    assert (passes.gait.surface, passes.gait.camera_stays) == ("overground", True)
    for trial in (unknown, passes):
        assert {m.name: m.missing for m in measure(trial)}["vertical_oscillation_cm"] is None


def test_both_legs_count_alike_however_many_steps_each_has() -> None:
    steps = [StepValue(0.1 * i, "left" if i < 9 else "right", 0.0 if i < 9 else 10.0) for i in range(12)]
    assert mean_of_medians(steps) == 5.0


def test_cadence_is_steps_over_the_time_they_took() -> None:
    """Ten strides of 0.6 s and ten of 0.8 s: 40 steps in 14 s, not the mean of 200 and 150."""
    trial, sides = trial_of(Runner(seconds=16)), ("left", "right")
    lasts_s = np.repeat([0.3, 0.4], 20)
    times = 0.2 + np.concatenate([[0.0], np.cumsum(lasts_s)])
    contacts = tuple(Event(float(t), 60 * float(t), sides[i % 2], 0.005) for i, t in enumerate(times))
    found = {m.name: m for m in measure(replace(trial, gait=replace(trial.gait, contacts=contacts)))}
    assert found["cadence_spm"].value == pytest.approx(60 * 40 / 14, abs=0.6)


ALONG = pytest.mark.parametrize("view", ["rear", "front"])


@ALONG
@pytest.mark.parametrize("sway", [0.0, 3.0, 8.0])
def test_sideways_sway_is_what_was_drawn(view: str, sway: float) -> None:
    runner = Runner(view=view, side_sway_deg=sway, noise_px=1.0)
    results = measured(runner)
    assert landmark_value(results["trunk_sway_deg"], runner) == pytest.approx(sway, abs=0.4)
    assert landmark_value(results["side_lean_deg"], runner) == pytest.approx(0.0, abs=0.3)


@ALONG
@pytest.mark.parametrize("width", [-0.05, 0.0, 0.08])
def test_step_width_is_what_was_drawn_and_crossing_feet_are_negative(view: str, width: float) -> None:
    runner = Runner(view=view, step_width_m=width, noise_px=1.0)
    results = measured(runner)
    assert landmark_value(results["step_width_pct_leg"], runner) == pytest.approx(
        100 * width / LEG, rel=0.25, abs=0.5
    )  # drawn legs tilt away less than the rendered ones from which leg length from behind was learned
    knees = (0.18 + width) / 2
    assert landmark_value(results["knee_window_pct_leg"], runner) == pytest.approx(100 * knees / LEG, rel=0.3)


@ALONG
def test_a_tilted_camera_is_a_side_lean_until_its_roll_is_known_and_never_a_sway(view: str) -> None:
    runner = Runner(view=view, side_sway_deg=3.0)
    straight, turn = trial_of(runner), np.radians(3.0)
    clockwise = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    assert straight.gait.motion is not None
    track = replace(straight.track, xy=(straight.track.xy - 2000.0) @ clockwise.T + 2000.0)
    gait = find_gait(track)
    lean, learned = {}, calibration.of("heavy")
    for roll in (0.0, 3.0):
        trial = replace(straight, track=replace(track, roll_deg=roll), gait=gait)
        found = {m.name: m for m in measure(trial)}
        lean[roll] = found["side_lean_deg"].value - learned.correction("side_lean_deg").offset
        assert found["trunk_sway_deg"].value == pytest.approx(3 + learned.correction("trunk_sway_deg").offset, abs=0.3)
    to_right = 1 if view == "rear" else -1  # what leans to the picture's right leans to the runner's from behind
    assert lean[0.0] == pytest.approx(3.0 * to_right, abs=0.3)
    assert lean[3.0] == pytest.approx(0.0, abs=0.3)
    tilted = replace(straight, track=track, gait=gait)
    (line,) = (column for column in series(tilted) if column.name == "shoulder_line_deg")
    assert np.nanmean(line.values) == pytest.approx(-3.0 * to_right, abs=0.3)  # and its right shoulder is the lower one


def test_what_no_clip_shows_is_refused_with_a_reason_from_every_side() -> None:
    refused = {name: row.refused for name, row in METRICS.items() if row.refused}
    assert {"pelvic_drop_deg", "heel_whip_deg", "heel_eversion_deg", "trunk_twist_deg"} <= set(refused)
    for view in ("side", "rear", "front"):
        results = measured(Runner(view=view))
        for name, key in refused.items():
            assert results[name].missing == key
            assert reason(key).because, key


@ALONG
def test_contact_time_is_not_read_from_behind(view: str) -> None:
    assert measured(Runner(view=view))["contact_time_ms"].missing == "not_side_view"


def levels(runner: Runner) -> dict[str, str]:
    return {f.fault: f.level for f in find(measure(trial_of(runner)), knowledge.load({*METRICS, *UNITS}))}


@ALONG
def test_each_fault_seen_from_behind_stands_out_on_who_has_it_and_not_on_who_has_not(view: str) -> None:
    quiet = levels(Runner(view=view, side_sway_deg=1.0, step_width_m=0.10))
    assert (quiet["trunk_sway"], quiet["crossover"]) == ("ok", "ok")
    swaying = levels(Runner(view=view, side_sway_deg=10.0, step_width_m=0.10))
    assert (swaying["trunk_sway"], swaying["crossover"]) == ("fault", "ok")
    crossing = levels(Runner(view=view, side_sway_deg=1.0, step_width_m=-0.08))
    assert (crossing["trunk_sway"], crossing["crossover"]) == ("ok", "fault")
    unseen = levels(Runner())
    assert unseen["trunk_sway"] == unseen["crossover"] == "not_measured"


def test_what_cannot_be_negative_is_not_nor_is_its_interval() -> None:
    for name, row in METRICS.items():
        if row.minimum == 0:
            found = {m.name: m for m in measure(trial_of(Runner()))}[name]
            if found.missing is None:
                assert 0 <= found.low <= found.value
    assert METRICS["stride_variability_pct"].minimum == 0
    steady = {m.name: m for m in measure(trial_of(Runner()))}["stride_variability_pct"]
    assert (steady.low, steady.value >= 0) == (0, True)
    assert METRICS["overstride_cm"].minimum == METRICS["trunk_lean_deg"].minimum == float("-inf")


def test_what_is_reckoned_from_a_speed_seen_is_no_surer_than_the_speed() -> None:
    runner = Runner(noise_px=6.0, seconds=6.0)
    seen, trial = measured(runner), trial_of(runner)
    told = {m.name: m for m in measure(replace(trial, speed_m_s=2.8))}
    scatter = seen["speed_m_s"].sampling / 1.96 / seen["speed_m_s"].value
    for name in ("step_length_m", "stride_length_m", "vertical_ratio_pct"):
        assert seen[name].clip_sd >= 0.99 * scatter * seen[name].value > 3 * told[name].clip_sd
    assert seen["cadence_off_expected_pct"].clip_sd >= 0.99 * 100 * 5.6 * scatter * seen["speed_m_s"].value / 168
    near = [off for off in trial.gait.toe_offs if off.side == near_side(trial)]
    one = replace(trial, gait=replace(trial.gait, toe_offs=(near[1],)))
    few = {m.name: m for m in measure(one)}
    assert few["speed_m_s"].missing == "too_few_steps"
    assert {few[name].missing for name in ("step_length_m", "stride_length_m")} == {"too_few_steps"}


def test_cadence_against_expected_is_no_surer_than_the_cadence() -> None:
    runner = Runner(seconds=2.0)
    found = {m.name: m for m in measure(replace(trial_of(runner), speed_m_s=2.8))}
    cadence, off = found["cadence_spm"], found["cadence_off_expected_pct"]
    assert off.high - off.value > 100 * (cadence.high - cadence.value) / 175


def test_a_speed_told_for_a_run_over_ground_is_less_sure_than_a_belts() -> None:
    trial = replace(trial_of(Runner(travels=True, seconds=3.0)), speed_m_s=2.8)
    assert trial.gait.surface == "overground"
    on_belt = replace(trial, gait=replace(trial.gait, surface="treadmill"))
    assert uncertainty.speed_sd(trial) > 3 * uncertainty.speed_sd(on_belt)


@pytest.mark.parametrize("view", ["rear", "front"])
def test_a_camera_off_the_line_of_running_makes_less_certain(view: str) -> None:
    trial = trial_of(Runner(view=view))
    half = {}
    for yaw in (5.0, 25.0):
        off = replace(trial, gait=replace(trial.gait, view=replace(trial.gait.view, yaw_deg=yaw)))
        found = {m.name: m for m in measure(off)}["side_lean_deg"]
        half[yaw] = found.high - found.value
    assert half[25.0] > 2 * half[5.0]


@pytest.mark.slow
def test_frames_that_count_in_two_strides_make_nothing_surer() -> None:
    """Strides begun by the left foot alone hold all that those of both feet do."""
    assert {n for n, row in METRICS.items() if row.overlapping} == {
        *("trunk_lean_deg", "neck_flexion_deg", "craniovertebral_deg", "head_pitch_deg", "trunk_rocking_deg"),
        *("arm_swing_deg", "elbow_angle_deg", "side_lean_deg", "trunk_sway_deg", "shoulder_tilt_deg"),
    }
    values, stated = [], []
    for seed in range(12):
        found = measured(Runner(noise_px=3.0, seconds=8.0, seed=seed))["trunk_lean_deg"]
        values.append(found.value)
        stated.append(found.sampling / 1.96)
    assert np.std(values, ddof=1) < 1.3 * np.median(stated)


def test_legs_are_compared_as_surely_as_each_is_seen() -> None:
    trial = trial_of(Runner(noise_px=1.0))
    steep = replace(trial, gait=replace(trial.gait, view=replace(trial.gait.view, elevation_deg=20.0)))
    halves = []
    for one in (trial, steep):
        legs = {row.metric: row for row in left_right(one, measure(one))}["shin_angle_deg"]
        halves.append(legs.high - legs.value)
    assert halves[1] > 1.3 * halves[0]


def test_twenty_frames_a_second_are_enough_however_they_are_counted() -> None:
    for seconds in (4, 7, 8, 13):
        trial = trial_of(Runner(fps=20.0, seconds=seconds))
        assert why_withheld(trial, METRICS["cadence_spm"]) is None
