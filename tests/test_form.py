"""What stands out in a drawn runner who has a fault, and in nobody else; left against right; form over time."""

from __future__ import annotations

import re
import tracemalloc
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from formcheck import knowledge
from formcheck.annotate.card import Card
from formcheck.backends import BACKENDS
from formcheck.datatypes import (
    SIDES,
    Change,
    LeftRight,
    Measurement,
    Options,
    PoseTrack,
    Repairs,
    Report,
    StepValue,
    VideoInfo,
)
from formcheck.gait import find_pitch
from formcheck.gait.view import find_view
from formcheck.knowledge import calibration
from formcheck.landmarks import BLAZEPOSE
from formcheck.metrics import METRICS, features, measure, series
from formcheck.metrics.uncertainty import interval_around, sampling_half_width, systematic_sd
from formcheck.pipeline import interpret
from formcheck.report.oddities import oddities
from formcheck.sides import each_leg, left_right
from formcheck.trends import MOST, REFILMED, change, compare, theil_sen, trends
from formcheck.words import number, short, span, with_unit
from runner import LEG, Runner

VIDEO = VideoInfo(Path("clip.mp4"), 100_000, 2_460, 60.0, None, None)
HEIGHT_CM = 100 * LEG / 0.491
# Landmarks of somebody without faults: the corrections turn them into a lean of 8°, a hunch of 5°, a head at 9°
GOOD = Runner(
    cadence_spm=172, speed_m_s=3.0, duty=0.33, overstride_m=0.08, lean_deg=2, neck_flexion_deg=18, head_pitch_deg=15,
    strike_deg=8, sway_deg=3, noise_px=1,
)  # fmt: skip
SHUFFLER = replace(GOOD, lean_deg=14, duty=0.2, speed_m_s=3.1, cadence_spm=205, overstride_m=0.17)
FAULTY = {  # fault → who has it
    "excess_trunk_lean": replace(GOOD, lean_deg=17),
    "waist_bend": replace(GOOD, lean_deg=26, overstride_m=0.14),
    "overstride": replace(GOOD, overstride_m=0.32, duty=0.36, cadence_spm=160),
    "low_cadence": replace(GOOD, cadence_spm=148, duty=0.31),
    "head_drop": replace(GOOD, head_pitch_deg=48),
    "weak_core": replace(GOOD, sway_deg=20, jitter=0.12, seconds=30),
    "tight_hip_flexors": SHUFFLER,
    "form_breakdown": replace(GOOD, lean_drift_deg=7),
    "uneven_legs": replace(GOOD, step_asymmetry=0.25),
}
ALSO = {
    "excess_trunk_lean": {"waist_bend"},
    "waist_bend": {"excess_trunk_lean"},
    "tight_hip_flexors": {"waist_bend", "excess_trunk_lean"},
}  # bending at the waist is a lean too


@cache
def report(who: str) -> Report:
    return seen({"nobody": GOOD, **FAULTY}[who])


@cache
def seen(runner: Runner, **said: float) -> Report:
    return interpret(VIDEO, runner.track(), Options(**({"height_cm": HEIGHT_CM} | said)))  # type: ignore[arg-type]


def standing_out(found: Report) -> set[str]:
    return {finding.fault for finding in found.findings if finding.level in ("watch", "fault")}


def comparison(found: Report, name: str) -> Any:
    return next(c for c in found.comparisons if c.name == name)


def drawn(found: Report, name: str) -> float:
    """The value without the correction for where the pose model puts its landmarks."""
    return found.measurement(name).value - calibration.of("heavy").correction(name).at(features(found.trial))[0]


def test_every_fault_has_a_runner_who_has_it() -> None:
    elsewhere = {
        "shoulder_hunch",
        "trunk_sway",
        "crossover",
    }  # drawn masks in test_outline, from behind in test_metrics
    assert set(FAULTY) | elsewhere == {fault.name for fault in knowledge.load(known_names()).faults}


def known_names() -> list[str]:
    return [*METRICS, *(c.name for c in report("nobody").comparisons)]


@pytest.mark.parametrize("who", ["nobody", *FAULTY])
def test_a_fault_stands_out_on_the_runner_who_has_it_and_no_other_does(who: str) -> None:
    assert standing_out(report(who)) == ({who} if who != "nobody" else set()) | ALSO.get(who, set())


@pytest.mark.parametrize("name", ["head_pitch_deg", "arm_swing_deg", "elbow_angle_deg"])
@pytest.mark.parametrize("facing", [1, -1])
def test_head_and_arms_are_as_drawn(name: str, facing: int) -> None:
    runner = replace(GOOD, facing=facing, arm_swing_deg=60, elbow_deg=80, seconds=6)
    truth = {"head_pitch_deg": 15, "arm_swing_deg": 60, "elbow_angle_deg": 80}
    assert drawn(seen(runner), name) == pytest.approx(truth[name], abs=1.5)


def test_a_trunk_that_rocks_more_reads_as_more() -> None:
    assert drawn(report("weak_core"), "trunk_rocking_deg") == pytest.approx(20, abs=1.5)
    assert drawn(report("nobody"), "trunk_rocking_deg") == pytest.approx(3, abs=1)


def test_heel_and_forefoot_landings_are_told_apart() -> None:
    heel, middle, forefoot = (
        seen(replace(GOOD, strike_deg=d, seconds=6)).measurement("foot_inclination_deg") for d in (14, 3, -10)
    )
    assert heel.low > 0
    assert forefoot.high < 0
    assert heel.value > middle.value > forefoot.value


def test_a_leg_that_trails_less_reads_as_less() -> None:
    long, short = (report(who).measurement("trailing_thigh_deg") for who in ("nobody", "tight_hip_flexors"))
    assert long.low > short.high


def test_speed_is_read_from_the_standing_foot_and_the_belts_word_is_taken_over_it() -> None:
    read = report("nobody").measurement("speed_m_s")
    assert read.low < 3.0 < read.high
    told = seen(GOOD, speed_kmh=10.8)
    assert told.measurement("speed_m_s").value == pytest.approx(3.0)
    assert told.measurement("step_length_m").value == pytest.approx(60 * 3.0 / 172, abs=0.01)
    assert told.measurement("stride_length_m").value == pytest.approx(120 * 3.0 / 172, abs=0.01)
    width, told_width = (m.high - m.low for m in (read, told.measurement("speed_m_s")))
    assert told_width < width


@pytest.mark.parametrize(
    ("said_kmh", "doubted"), [(10.3, False), (10.8, False), (12.0, False), (6.7, True), (17.4, True)]
)
def test_a_speed_that_the_steps_cannot_have_is_doubted(said_kmh: float, doubted: bool) -> None:
    """As miles are taken for kilometres; the runner does 10.8 km/h."""
    said = [words for words in seen(GOOD, speed_kmh=said_kmh).warnings if "the speed you gave" in words]
    assert len(said) == doubted
    assert all(f"{said_kmh:g} km/h, does not fit the steps seen, which are those of" in words for words in said)


def test_a_speed_that_is_doubted_never_lies_within_those_it_is_said_to_miss() -> None:
    """Just outside: rounded to whole km/h, or outwards, it could seem to lie inside."""
    report = seen(GOOD, speed_kmh=6.7)
    for low, high in ((9.04, 12.0), (9.96, 12.49), (7.55, 10.44)):
        for given in (low - 0.01, high + 0.01):
            trial = replace(report.trial, speed_m_s=given / 3.6, fitting_m_s=(low / 3.6, high / 3.6))
            (said,) = [words for words in oddities(replace(report, trial=trial)) if "the speed you gave" in words]
            quoted, *ends = map(float, re.findall(r"[\d.]+(?= km/h,| to | km/h:)", said))
            assert quoted == pytest.approx(given)
            assert not ends[0] <= quoted <= ends[1]
            assert low - 1e-9 <= ends[0] < ends[1] <= high + 1e-9


RESTS_ON_SPEED = ("speed_m_s", "step_length_m", "stride_length_m", "vertical_ratio_pct", "cadence_off_expected_pct")


@pytest.mark.parametrize("said_kmh", [6.7, 30.0])
def test_nothing_rests_on_a_speed_that_the_steps_cannot_have(said_kmh: float) -> None:
    doubted = seen(GOOD, speed_kmh=said_kmh)
    assert {doubted.measurement(name).missing for name in RESTS_ON_SPEED} == {"speed_contradicted"}
    assert doubted.measurement("cadence_spm").missing is None
    [bout] = doubted.bouts
    assert {m.missing for m in bout.measurements if m.name in RESTS_ON_SPEED} == {"speed_contradicted"}
    fits = seen(GOOD, speed_kmh=10.8)
    assert {fits.measurement(name).missing for name in RESTS_ON_SPEED} == {None}


@pytest.mark.parametrize(
    ("said_kmh", "doubted"), [(6.7, True), (9.0, False), (10.8, False), (13.0, False), (17.4, True), (30.0, True)]
)
def test_without_a_height_only_a_speed_that_hardly_anybody_can_have_is_doubted(said_kmh: float, doubted: bool) -> None:
    found = interpret(VIDEO, GOOD.track(), Options(speed_kmh=said_kmh))
    assert (found.measurement("step_length_m").missing == "speed_contradicted") == doubted
    assert len(found.warnings) == doubted
    assert all("or give the height" in words for words in found.warnings)


@pytest.mark.parametrize(("fps", "ticks_per_s"), [(60.0, 1000), (240.0, 600)])
def test_a_clock_that_rounds_the_stamps_moves_no_number(fps: float, ticks_per_s: int) -> None:
    """Steps of 16 and 17, or 2 and 3 ticks: their median is 2 or 20 % too long."""
    track = Runner(fps=fps).track()
    stamps = np.round(track.time_s * ticks_per_s) / ticks_per_s
    exact, rounded = (
        interpret(VIDEO, some, Options(height_cm=HEIGHT_CM))
        for some in (track, replace(track, time_s=stamps, clock_s=stamps))
    )
    for m in exact.measurements:
        if m.missing is None:
            assert rounded.measurement(m.name).value == pytest.approx(m.value, abs=0.05 * (m.high - m.low)), m.name


def test_a_runner_who_crosses_the_picture_is_as_fast_as_on_a_belt() -> None:
    assert seen(replace(GOOD, travels=True)).measurement("speed_m_s").value == pytest.approx(3.0, abs=0.25)


def test_a_near_foot_slower_than_the_far_one_gives_no_speed() -> None:
    track = GOOD.track()
    near, hips = BLAZEPOSE.index["right_ankle"], track.mid("hip")[:, 0]  # of a runner who goes to the right
    track.xy[:, near, 0] = hips + 0.8 * (track.xy[:, near, 0] - hips)
    found = interpret(VIDEO, track, Options(height_cm=HEIGHT_CM))
    assert {found.measurement(name).missing for name in ("speed_m_s", "step_length_m")} == {"feet_disagree"}
    told = interpret(VIDEO, track, Options(height_cm=HEIGHT_CM, speed_kmh=10.8))
    assert told.measurement("speed_m_s").value == pytest.approx(3.0)


def hidden_behind(track: PoseTrack, side: str) -> PoseTrack:
    """A foot is hidden in the quarter of the frames in which it is farthest behind, as by the picture's edge."""
    behind = track.mid("hip")[:, 0] - track.point(f"{side}_ankle")[:, 0]
    xy, foot = track.xy.copy(), [BLAZEPOSE.index[f"{side}_{joint}"] for joint in ("ankle", "heel", "foot_index")]
    xy[np.ix_(behind > np.percentile(behind, 75), foot)] = np.nan
    return replace(track, xy=xy)


def test_a_foot_that_is_not_seen_throughout_is_not_said_to_be_slower() -> None:
    far, near = (
        interpret(VIDEO, hidden_behind(GOOD.track(), side), Options(height_cm=HEIGHT_CM)) for side in ("left", "right")
    )
    assert far.measurement("speed_m_s").value == pytest.approx(3.0, abs=0.25)
    assert near.measurement("speed_m_s").missing == "part_not_seen"


def test_how_far_the_camera_had_moved_before_does_not_matter() -> None:
    """The phone was aimed anew while nobody was in view: the same pictures of the runner give the same numbers."""
    track = replace(GOOD.track(), converging=0.2, converging_sd=0.01)
    assert abs(find_pitch(track, find_view(track), VIDEO).deg) > 5
    usual, moved = (
        interpret(VIDEO, replace(track, camera_xy=np.full_like(track.camera_xy, px)), Options(height_cm=HEIGHT_CM))
        for px in (0.0, 500.0)
    )
    for m in usual.measurements:
        if m.missing is None:
            assert moved.measurement(m.name).value == pytest.approx(m.value, abs=0.02 * (m.high - m.low)), m.name
    for one, other in zip(series(usual.stretch), series(moved.stretch), strict=True):
        assert one.values == pytest.approx(other.values, abs=0.05, nan_ok=True), one.name


def test_cadence_against_expected_has_no_error_of_a_scale() -> None:
    trial, metric = seen(GOOD, speed_kmh=10.8).stretch, METRICS["cadence_off_expected_pct"]
    assert systematic_sd(trial, metric, 0.0, -20.0) == systematic_sd(trial, metric, 0.0, 0.0) == metric.own_sd(trial)


@pytest.mark.slow
def test_every_pose_model_has_intervals_of_its_own() -> None:
    wide = {}
    for model in BACKENDS:
        found = interpret(VIDEO, replace(GOOD.track(), model=model), Options(height_cm=HEIGHT_CM))
        wide[model] = {m.name: m.high - m.low for m in found.measurements if m.missing is None}
    assert wide["lite"].keys() == wide["full"].keys() == wide["heavy"].keys()
    for name in ("contact_time_ms", "speed_m_s", "knee_flexion_contact_deg", "foot_inclination_deg"):
        assert wide["lite"][name] > 1.3 * wide["heavy"][name]


def test_without_height_and_speed_no_step_length_is_given_but_with_speed_alone_it_is() -> None:
    track = GOOD.track()
    nothing, speed = (interpret(VIDEO, track, options) for options in (Options(), Options(speed_kmh=10.8)))
    assert nothing.measurement("step_length_m").missing == "speed_unknown"
    assert speed.measurement("step_length_m").value == pytest.approx(60 * 3.0 / 172, abs=0.01)


def test_cadence_is_judged_by_speed_and_height() -> None:
    expected = 168 + 5.6 * (3.0 - 2.9) - 0.6 * (HEIGHT_CM - 172)
    found = seen(GOOD, speed_kmh=10.8).measurement("cadence_off_expected_pct")
    assert found.value == pytest.approx(100 * (172 / expected - 1), abs=0.3)


@pytest.mark.slow
def test_uneven_strides_read_as_uneven() -> None:
    values = [seen(replace(GOOD, jitter=j)).measurement("stride_variability_pct").value for j in (0.0, 0.02, 0.05)]
    assert np.diff(values).min() > 0.5


@pytest.mark.parametrize("name", ["shoulder_shrug_pct", "pelvic_tilt_deg", "trunk_jolt_g"])
def test_what_no_picture_shows_is_refused_by_name(name: str) -> None:
    missing = report("nobody").measurement(name).missing
    assert missing == METRICS[name].refused
    assert missing in knowledge.reasons()


# ---- left against right


@pytest.mark.parametrize("facing", [1, -1])
def test_a_longer_left_step_is_found_on_the_left_from_both_sides(facing: int) -> None:
    found = comparison(seen(replace(GOOD, step_asymmetry=0.2, facing=facing)), "step_length_m_left_right")
    assert found.value == pytest.approx(20, abs=4)
    assert found.low > 0
    left, right = found.left_interval, found.right_interval
    assert left[0] < 110 < left[1]
    assert right[0] < 90 < right[1] < left[0]


@pytest.mark.parametrize("who", ["uneven_legs", "form_breakdown"])
def test_either_end_of_a_comparison_is_no_surer_than_the_measure_itself(who: str) -> None:
    seen_of = report(who)
    for c in seen_of.comparisons:
        if c.missing is None and not (c.kind == "left_right" and c.unit == "%"):
            m, least = seen_of.measurement(c.metric), METRICS[c.metric].minimum
            for end in c.measured:
                assert end.low == least or end.value - end.low > m.value - m.low, c.name
                assert end.high - end.value > m.high - m.value, c.name


def test_an_end_of_a_comparison_lies_in_its_interval_as_often_as_it_says() -> None:
    """Two legs 4° apart, 12 steps each, whose scatter, shared error and difference in how they are seen are known."""
    random, held, draws, shared_sd, apart_sd = np.random.default_rng(0), 0, 400, 1.5, 0.8
    for _ in range(draws):
        shared, apart = random.normal(0, shared_sd), random.normal(0, apart_sd)
        legs = [deg + shared + way * apart / 2 + random.normal(0, 1, 12) for way, deg in ((1, 12.0), (-1, 8.0))]
        values = [float(np.median(leg)) for leg in legs]
        mean, half = sum(values) / 2, np.hypot(sampling_half_width(*legs), 1.96 * shared_sd)
        m = Measurement("trunk_lean_deg", "Trunk lean", "°", mean, mean - half, mean + half)
        between = float(np.linalg.norm([*map(sampling_half_width, legs), 1.96 * apart_sd]))
        for value, deg in zip(values, (12.0, 8.0), strict=True):
            low, high = interval_around(value, m, between / 2, between / 2)
            held += low < deg < high
    assert 0.92 < held / (2 * draws) < 0.98


def test_each_leg_has_its_interval_in_the_measures_own_unit() -> None:
    """The mean's, in which counts what both legs share, and half that of the difference."""
    found = report("nobody").measurement("contact_time_ms")
    legs = comparison(report("nobody"), "contact_time_ms_left_right")
    for leg, share in zip(each_leg(found, legs), (legs.left, legs.right), strict=True):
        assert (leg.unit, leg.value) == ("ms", pytest.approx(found.value * share / 100))
        apart_ms = found.value * (legs.high - legs.value) / 200
        assert leg.high - leg.value == pytest.approx(np.hypot(found.high - found.value, apart_ms))
    assert legs.left_interval == pytest.approx(tuple(100 + end / 2 for end in (legs.low, legs.high)), abs=0.5)


def half_of(found: LeftRight) -> float:
    return found.high - found.value


@pytest.mark.parametrize("sd", [0.5, 2.0])
def test_what_two_equal_legs_may_seem_to_differ_by_is_in_the_interval_of_their_difference(
    monkeypatch: pytest.MonkeyPatch, sd: float
) -> None:
    found, halves = report("nobody"), []
    for lasting in (0.0, sd):
        monkeypatch.setattr(calibration.Calibration, "near_far", lambda *_, lasting=lasting: (0.0, lasting))
        (shin,) = left_right(found.trial, [found.measurement("shin_angle_deg")])
        halves.append(half_of(shin))
    assert np.sqrt(halves[1] ** 2 - halves[0] ** 2) == pytest.approx(1.96 * sd, rel=0.01)


@pytest.mark.parametrize("name", ["contact_time_ms", "duty_factor_pct"])
def test_a_difference_of_stances_is_as_unsure_as_both_contacts_and_both_toe_offs(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Each contact 3 ms and each toe-off 4 ms off, independently of each other."""
    found, halves, off_s = report("nobody"), [], {"contact": 0.003, "toe_off": 0.004}
    for share in (0.0, 1.0):
        monkeypatch.setattr("formcheck.sides.excess_event_sd_s", lambda _, event, __, share=share: share * off_s[event])
        (stances,) = left_right(found.trial, [found.measurement(name)])
        halves.append(half_of(stances))
    whole_s = found.measurement(name).value / 1000 if name == "contact_time_ms" else found.trial.gait.stride_s
    assert np.sqrt(halves[1] ** 2 - halves[0] ** 2) == pytest.approx(
        1.96 * 100 * np.hypot(0.003, 0.004) * 2**0.5 / whole_s
    )


@pytest.mark.parametrize(("certain", "missing"), [(0.6, None), (0.4, "too_near_zero")])
def test_legs_are_compared_in_per_cent_of_a_mean_half_of_which_is_certain(certain: float, missing: str | None) -> None:
    found = report("nobody")
    m = found.measurement("flight_time_ms")
    (flights,) = left_right(found.trial, [replace(m, low=certain * m.value)])
    assert flights.missing == missing


def test_legs_that_are_alike_are_not_called_different() -> None:
    alike = [c for c in report("nobody").comparisons if c.kind == "left_right" and c.missing is None]
    assert {c.metric for c in alike} == {name for name, row in METRICS.items() if row.per_leg}
    assert sum(not c.low <= 0 <= c.high for c in alike) <= 1  # one in twenty does by chance


@pytest.mark.parametrize("yaw_deg", [12.0, -12.0])
def test_legs_are_not_compared_where_the_camera_makes_the_difference(yaw_deg: float) -> None:
    """Whichever way it is off."""
    found = report("nobody")
    view = replace(found.trial.gait.view, yaw_deg=yaw_deg)
    trial = replace(found.trial, gait=replace(found.trial.gait, view=view))
    missing = {c.metric: c.missing for c in left_right(trial, found.measurements)}
    assert missing.pop("step_length_m") is None  # the timing of contacts is the same from any angle
    assert set(missing.values()) == {"camera_at_an_angle"}


def test_a_hidden_far_leg_is_neither_compared_nor_averaged_in() -> None:
    track = GOOD.track()
    track.confidence[:, [BLAZEPOSE.index["left_knee"], BLAZEPOSE.index["left_ankle"]]] = 0.3
    found = interpret(VIDEO, track, Options(height_cm=HEIGHT_CM))
    assert comparison(found, "trailing_thigh_deg_left_right").missing == "one_leg_unclear"
    for name in ("trailing_thigh_deg", "shin_angle_deg", "knee_flexion_contact_deg", "overstride_cm", "waist_bend_deg"):
        assert {s.side for s in found.measurement(name).steps} == {"right"}, name


def test_of_two_legs_that_are_unclear_it_is_not_said_that_they_were_mixed_up() -> None:
    track = GOOD.track()
    hidden = [BLAZEPOSE.index[f"{side}_{joint}"] for side in SIDES for joint in ("knee", "ankle", "heel", "foot_index")]
    track.confidence[:, hidden] = 0.4
    found = interpret(VIDEO, track, Options(height_cm=HEIGHT_CM))
    assert found.trial.gait.contacts
    for name in ("overstride_pct_leg", "overstride_cm", "waist_bend_deg", "trailing_thigh_deg"):
        assert found.measurement(name).missing == "legs_unclear", name
    assert comparison(found, "contact_time_ms_left_right").missing == "legs_unclear"


def test_legs_are_not_compared_in_per_cent_of_next_to_nothing() -> None:
    """A runner who is hardly ever in the air; one foot's flight may be less than none, and so their mean."""
    for duty, missing in ((0.34, None), (0.49, "too_near_zero")):
        found = seen(replace(GOOD, duty=duty, contact_asymmetry=0.04))
        assert comparison(found, "flight_time_ms_left_right").missing == missing
        assert comparison(found, "contact_time_ms_left_right").missing is None


@pytest.mark.parametrize(("frames", "trusted"), [(25, True), (100, False)])
def test_legs_that_were_often_mixed_up_are_not_trusted(frames: int, trusted: bool) -> None:
    trial = report("nobody").trial
    assert trial.track.fps * trial.track.time_s[-1] == pytest.approx(600, abs=2)  # of which a tenth may be mixed up
    mixed = replace(trial, track=replace(trial.track, repairs=Repairs(frames)))
    why = None if trusted else "legs_mixed_up"
    found = {m.name: m.missing for m in measure(mixed)}
    for name in ("foot_inclination_deg", "knee_flexion_stance_deg", "trailing_thigh_deg"):
        assert found[name] == why
    assert {c.missing for c in left_right(mixed, measure(mixed))} == {why}


# ---- over time


def test_lean_that_grows_over_the_clip_is_followed() -> None:
    found = comparison(report("form_breakdown"), "trunk_lean_deg_trend")
    assert found.low < 7 * 0.93 < found.high  # share of the clip between its first and last whole stride
    assert found.after - found.before == pytest.approx(found.value)
    assert 0.5 * (found.before + found.after) == pytest.approx(
        report("form_breakdown").measurement("trunk_lean_deg").value, abs=0.3
    )
    for (low, high), way in ((found.before_interval, -1), (found.after_interval, 1)):
        assert low < GOOD.lean_deg + way * 3.5 * 0.93 < high
    still = comparison(report("nobody"), "trunk_lean_deg_trend")
    assert still.low < 0 < still.high


@pytest.mark.parametrize("way", [1, -1])
def test_a_bounce_that_grows_or_shrinks_is_not_thought_to_change_less_than_it_may(way: int) -> None:
    found = comparison(seen(replace(GOOD, bounce_drift_m=way * 0.03)), "vertical_oscillation_cm_trend")
    near, far = sorted((found.low, found.high), key=abs)
    assert 0 < way * near < 3 * 0.93 < way * far


def test_a_head_that_drops_over_the_clip_breaks_form() -> None:
    assert standing_out(seen(replace(GOOD, head_drift_deg=10))) == {"form_breakdown"}


def test_times_read_from_the_mean_stride_claim_no_trend() -> None:
    for name in ("contact_time_ms", "flight_time_ms", "duty_factor_pct"):
        assert comparison(report("nobody"), f"{name}_trend").missing == "mean_stride_only"


def test_a_change_that_is_often_misread_is_withheld_over_a_clip_and_between_two() -> None:
    trend = comparison(report("nobody"), "knee_flexion_stance_deg_trend")
    pair = compare(report("nobody").measurements, report("excess_trunk_lean").measurements, "heavy")
    between = next(c for c in pair if c.metric == "knee_flexion_stance_deg")
    assert trend.missing == between.missing == "change_misread"


def test_what_rests_on_one_speed_claims_no_trend_unless_the_speed_was_given() -> None:
    rest = ("step_length_m", "stride_length_m", "vertical_ratio_pct", "cadence_off_expected_pct")
    read = seen(GOOD)
    assert {comparison(read, f"{name}_trend").missing for name in rest} == {"one_speed"}
    assert comparison(read, "speed_m_s_trend").missing is None
    told = seen(GOOD, speed_kmh=10.0)
    assert {comparison(told, f"{name}_trend").missing for name in rest} == {None}
    assert comparison(told, "speed_m_s_trend").missing == "speed_told"


def test_every_measure_is_followed_or_says_why_not() -> None:
    trends = [c for c in report("nobody").comparisons if c.kind == "trend"]
    assert {c.metric for c in trends} == set(METRICS)
    for c in trends:
        assert c.missing is None or c.missing in knowledge.reasons(), c.name


def test_a_late_clip_is_held_against_an_early_one() -> None:
    fresh, late = report("nobody"), report("excess_trunk_lean")
    changes = {c.metric: c for c in compare(fresh.measurements, late.measurements, "heavy")}
    assert changes["trunk_lean_deg"].low > 5
    assert changes["cadence_spm"].low < 0 < changes["cadence_spm"].high
    leans = tuple(clip.measurement("trunk_lean_deg") for clip in (fresh, late))
    assert [(m.value, m.low, m.high) for m in changes["trunk_lean_deg"].measured] == [
        (m.value, m.low, m.high) for m in leans
    ]
    assert changes["pelvic_tilt_deg"].missing == "pelvis_not_seen"
    same = compare(fresh.measurements, fresh.measurements, "heavy")
    assert all(c.value == 0 and c.low < 0 < c.high for c in same if c.missing is None)
    half = {c.metric: c.high for c in same if c.missing is None}
    assert half["contact_time_ms"] > 8  # each clip has its own mean stride, with its own errors


def test_a_change_that_steps_show_without_scatter_is_as_unsure_as_such_changes_are() -> None:
    learned, sides = calibration.of("heavy").change("trunk_lean_deg"), ("left", "right")
    for count, missing in ((11, "too_few_steps"), (12, None)):
        steps = tuple(StepValue(float(i), sides[i % 2], 8.0) for i in range(count))
        m = Measurement("trunk_lean_deg", "Trunk lean", "°", 8.0, 7.0, 9.0, n=count, steps=steps)
        (found,) = trends([m], "heavy")
        assert found.missing == missing
    assert (found.value, found.before, found.after) == (0.0, 8.0, 8.0)
    assert found.high == pytest.approx(1.96 * learned.sd)


def test_a_trunk_that_only_trembles_changes_as_seldom_as_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its mean over a stride begun by the left foot and over that begun by the right share half of the frames."""
    sure, random, held = SimpleNamespace(seen=True, error=lambda _: 0.0), np.random.default_rng(0), 0
    monkeypatch.setattr(calibration.Calibration, "change", lambda *_: sure)
    for _ in range(200):
        halves = random.normal(8.0, 1.0, 25)
        steps = tuple(StepValue(0.35 * i, SIDES[i % 2], float(halves[i : i + 2].mean())) for i in range(24))
        m = Measurement("trunk_lean_deg", "Trunk lean", "°", 8.0, 7.0, 9.0, n=24, steps=steps)
        (found,) = trends([m], "heavy")
        held += found.low <= 0 <= found.high
    assert 0.9 < held / 200 < 0.98


@pytest.mark.parametrize("way", [1, -1])
@pytest.mark.parametrize("name", ["trunk_lean_deg", "vertical_oscillation_cm"])  # followed in full, and in part
def test_a_trend_begins_and_ends_where_what_the_change_may_be_leads_through_the_clips_own_number(
    name: str, way: int
) -> None:
    """Which stands where the middle step does, and is certain here."""
    times = 0.02 * np.arange(30) ** 2
    values = 20 + way * 0.3 * times + np.random.default_rng(0).normal(0, 0.2, 30)
    steps = tuple(StepValue(t, SIDES[i % 2], v) for i, (t, v) in enumerate(zip(times, values, strict=True)))
    m = Measurement(name, name, METRICS[name].unit, 20.0, 20.0, 20.0, n=30, steps=steps)
    (found,) = trends([m], "heavy")
    middle = np.median(times) / times[-1]
    before, after = ([20 + share * change for change in (found.low, found.high)] for share in (-middle, 1 - middle))
    assert found.before_interval == pytest.approx(sorted(before))
    assert found.after_interval == pytest.approx(after)


@pytest.mark.parametrize(("early", "late"), [(2.0, 1.0), (1.0, 2.0), (0.0, 3.0)])
def test_set_up_again_a_camera_errs_anew_by_most_of_what_lasts_in_either_clip(early: float, late: float) -> None:
    """And by nothing else: what steps scatter and each clip has of its own counts whether or not it was."""

    def lean(lasting_sd: float) -> Measurement:
        half = float(np.linalg.norm([1.0, 1.96 * 0.5, 1.96 * lasting_sd]))
        return Measurement(
            "trunk_lean_deg", "Trunk lean", "°", 9.0, 9.0 - half, 9.0 + half, n=20, clip_sd=0.5, sampling=1.0
        )  # fmt: skip

    left, again = (compare([lean(early)], [lean(late)], "heavy", refilmed=how)[0].high for how in (False, True))
    assert again**2 - left**2 == pytest.approx((1.96 * REFILMED) ** 2 * (early**2 + late**2))


def test_between_two_clips_the_doubts_of_both_count_and_what_either_lacks_is_missing() -> None:
    def of(name: str, **changed: float) -> Measurement:
        return replace(report("nobody").measurement(name), **changed)

    def half(early: Measurement, late: Measurement) -> float:
        (found,) = compare([early], [late], "heavy")
        return found.high - found.value

    plain = of("trunk_lean_deg", sampling=0.0, clip_sd=0.0)
    for doubt in ({"sampling": 3.0}, {"clip_sd": 3.0 / 1.96}):
        doubted = replace(plain, **doubt)
        expected = np.hypot(half(plain, plain), 3.0)
        assert half(doubted, plain) == pytest.approx(half(plain, doubted)) == pytest.approx(expected)
    assert half(plain, plain) == pytest.approx(1.96 * calibration.of("heavy").change("trunk_lean_deg").sd)
    unseen = Measurement("trunk_lean_deg", "Trunk lean", "°", missing="not_side_view")
    for pair in ((plain, unseen), (unseen, plain)):
        (found,) = compare(*([m] for m in pair), "heavy")
        assert found.missing == "not_side_view"
    few = replace(plain, n=5)
    assert {found.n for pair in ((plain, few), (few, plain)) for found in compare(*([m] for m in pair), "heavy")} == {5}


def test_what_only_one_of_two_clips_names_is_not_compared() -> None:
    lean, cadence = (report("nobody").measurement(name) for name in ("trunk_lean_deg", "cadence_spm"))
    assert [found.metric for found in compare([lean, cadence], [cadence], "heavy")] == ["cadence_spm"]


def test_a_camera_that_may_have_been_tilted_between_two_clips_is_doubted() -> None:
    tilted = interpret(VIDEO, replace(GOOD.track(), roll_sd_deg=1.5), Options(height_cm=HEIGHT_CM)).measurements
    lean = {c.metric: c for c in compare(tilted, tilted, "heavy")}["trunk_lean_deg"]
    assert lean.high > 1.96 * 1.5 * 2**0.5


def test_legs_are_compared_in_the_unit_that_is_said() -> None:
    found = comparison(report("uneven_legs"), "step_length_m_left_right")
    assert found.unit == "%"
    assert found.left - found.right == pytest.approx(found.value)
    assert 0.5 * (found.left + found.right) == pytest.approx(100, abs=1)


def test_a_comparison_gives_a_number_with_its_interval_or_a_reason() -> None:
    with pytest.raises(ValueError, match="or a reason"):
        Change("x", "X", "°", value=1.0)
    missing: Measurement = Change("x", "X", "°", missing="too_few_steps").as_measurement()
    assert (missing.name, missing.missing) == ("x_trend", "too_few_steps")


@pytest.mark.parametrize("who", ["form_breakdown", "uneven_legs"])
def test_a_finding_on_a_change_is_shown_with_its_number(who: str) -> None:
    found = report(who)
    finding = next(f for f in found.findings if f.fault == who)
    m = found.measurement(finding.metric)
    said = " ".join(item.words for item in Card(found, 1280, 720).items)
    assert with_unit(number(m.value, m.unit), m.unit).split()[0].rstrip("°%") in said
    assert short(finding.label) in said


@pytest.mark.parametrize("count", [2, 3, 12, 50, 333])
@pytest.mark.parametrize("digits", [9, 0], ids=["all differ", "many alike"])
def test_the_robust_line_is_that_of_scipy(count: int, digits: int) -> None:
    from scipy.stats import theilslopes  # noqa: PLC0415 (late: loads slowly)

    random = np.random.default_rng(count)
    times, values = np.sort(random.uniform(0, 20, count)).round(max(1, digits)), random.normal(size=count).round(digits)
    slope, _, low, high = theilslopes(values, times)
    assert theil_sen(times, values) == pytest.approx((slope, low, high), abs=1e-12)


@pytest.mark.parametrize("count", [401, 799, 800, 3391])
def test_of_many_steps_a_line_is_fitted_to_medians_of_neighbours(count: int) -> None:
    random = np.random.default_rng(count)
    times, values = np.cumsum(random.uniform(0.3, 0.4, count)), random.normal(size=count)
    steps = [StepValue(t, "left", v) for t, v in zip(times.tolist(), values.tolist(), strict=True)]
    groups = np.array_split(np.stack([times, values - np.median(values)], axis=1), MOST)
    middles, moved = np.array([np.median(group, axis=0) for group in groups]).T
    m = Measurement("trunk_lean_deg", "Trunk lean", "°", 1.0, 0.9, 1.1, steps=tuple(steps))
    assert change(m)[0] == theil_sen(middles, moved)[0] * float(np.ptp(middles))


@pytest.mark.parametrize("way", [1, -1])
def test_a_line_through_what_cannot_be_negative_ends_at_zero(way: int) -> None:
    """A sway that dies away lies above its line at both ends; so does one that sets in."""
    values = 3 * np.exp(-np.arange(40)[::way] / 12)
    steps = tuple(StepValue(0.35 * i, SIDES[i % 2], float(v)) for i, v in enumerate(values))
    sway = Measurement("trunk_sway_deg", "Sway", "°", float(np.median(values)), 0.0, 2.0, steps=steps)
    (found,) = trends([sway], "heavy")
    assert found.ends[::-way] == (0.0, pytest.approx(abs(found.value)))


def test_a_trend_over_an_hour_is_found_in_little_memory() -> None:
    """With 3° more lean on one leg than on the other, and one step in fifty misread."""
    random = np.random.default_rng(0)
    count = 5000
    assert count > 10 * MOST
    values = np.linspace(0, 2, count) + random.normal(0, 1, count) + 30 * (random.random(count) < 0.02)
    steps = tuple(StepValue(i / 2.8, SIDES[i % 2], float(v) + 3 * (i % 2)) for i, v in enumerate(values))
    tracemalloc.start()
    moved, half = change(Measurement("trunk_lean_deg", "Trunk lean", "°", 1.0, 0.9, 1.1, steps=steps))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert moved == pytest.approx(2.0, abs=min(half, 0.3))
    assert peak < 60e6


def test_a_part_of_a_clip_begins_at_no_negative_nought() -> None:
    assert span(-0.003, 6.64) == "0.0 to 6.6 s"


def test_what_a_tilted_camera_hides_it_does_not_hide_in_comparisons() -> None:
    """Left against right, the change over a clip: the tilt is the same in both."""
    runner = replace(GOOD, seconds=20.0)
    track = replace(runner.track(), roll_sd_deg=8.0)
    level, doubted = (interpret(VIDEO, of, Options(height_cm=HEIGHT_CM)) for of in (runner.track(), track))
    assert {doubted.measurement(n).missing for n in ("trunk_lean_deg", "overstride_pct_leg")} == {"camera_tilted"}
    assert all(m.missing for bout in doubted.bouts for m in bout.measurements if METRICS[m.name].against_gravity)
    for name in ("shin_angle_deg_left_right", "overstride_pct_leg_left_right", "trunk_lean_deg_trend"):
        one, other = comparison(level, name), comparison(doubted, name)
        assert (other.missing, other.value, other.high) == (None, pytest.approx(one.value), pytest.approx(one.high))
