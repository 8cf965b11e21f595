"""A level is called only when it is likely by the measurement's own error, overstride only when measures agree."""

from __future__ import annotations

from math import isfinite, isnan
from statistics import NormalDist

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from builders import UNITS, known, measured, unmeasured
from formcheck.datatypes import Finding, Level, Measurement
from formcheck.faults import FEWEST_JUDGED, find, held_against, usual
from formcheck.knowledge import STRENGTHS, Fault, Knowledge, Limits, reason
from formcheck.words import LEVELS, number, with_unit

VALUES = st.floats(-60, 260)
KNOWN = known()


def finding(fault: str, *measurements: Measurement) -> Finding:
    return next(f for f in find(measurements, KNOWN) if f.fault == fault)


def overstride(main: Measurement | None, shin: Measurement | None, knee: Measurement | None) -> Finding:
    names = ("overstride_pct_leg", "shin_angle_deg", "knee_flexion_contact_deg")
    given_ = (m or unmeasured(name) for name, m in zip(names, (main, shin, knee), strict=True))
    return finding("overstride", *given_, unmeasured("cadence_off_expected_pct", "speed_unknown"))


def dist(value: float, half: float = 0.5) -> Measurement:
    return measured("overstride_pct_leg", value, half)


def shin(value: float, half: float = 0.5) -> Measurement:
    return measured("shin_angle_deg", value, half)


def knee(value: float, half: float = 0.5) -> Measurement:
    return measured("knee_flexion_contact_deg", value, half)


@pytest.mark.parametrize(
    ("fault", "metric", "value", "half", "level", "limit"),
    [
        ("excess_trunk_lean", "trunk_lean_deg", 7, 2, "ok", 10),
        ("excess_trunk_lean", "trunk_lean_deg", 5, 2, "ok", 3),
        ("excess_trunk_lean", "trunk_lean_deg", 12.5, 2.4, "watch", 10),
        (
            "excess_trunk_lean",
            "trunk_lean_deg",
            12.5,
            3.8,
            "watch",
            10,
        ),  # the interval holds 10, but it is unlikely
        ("excess_trunk_lean", "trunk_lean_deg", 12.5, 3.9, "borderline", 10),
        ("excess_trunk_lean", "trunk_lean_deg", 14.4, 0.5, "watch", 10),
        ("excess_trunk_lean", "trunk_lean_deg", 18, 2, "fault", 15),
        ("excess_trunk_lean", "trunk_lean_deg", 0.5, 1, "watch", 3),
        ("excess_trunk_lean", "trunk_lean_deg", -5, 2, "fault", -2),
        ("excess_trunk_lean", "trunk_lean_deg", 9, 2, "borderline", 10),
        ("excess_trunk_lean", "trunk_lean_deg", 14, 2, "watch", 10),
        ("excess_trunk_lean", "trunk_lean_deg", 12, 4, "borderline", 10),
        ("excess_trunk_lean", "trunk_lean_deg", -1.9, 0.5, "watch", 3),
        ("excess_trunk_lean", "trunk_lean_deg", 6.5, 8, "borderline", 3),
        ("excess_trunk_lean", "trunk_lean_deg", 15, 0, "watch", 10),  # on a limit: the better of the two
        ("excess_trunk_lean", "trunk_lean_deg", 10, 0, "ok", 10),
        ("excess_trunk_lean", "trunk_lean_deg", 3, 0, "ok", 3),
        ("excess_trunk_lean", "trunk_lean_deg", -2, 0, "watch", 3),
        ("waist_bend", "waist_bend_deg", 3, 2, "ok", 5),
        ("waist_bend", "waist_bend_deg", 12, 1.5, "fault", 10),
        ("low_cadence", "cadence_spm", 175, 1, "ok", 165),
        ("low_cadence", "cadence_spm", 155, 1, "watch", 165),
        ("low_cadence", "cadence_spm", 145, 1, "fault", 155),
        ("low_cadence", "cadence_spm", 165.2, 0.5, "borderline", 165),
        ("low_cadence", "cadence_spm", 160, 1, "borderline", 165),  # surely below it, which may be low for this runner
        ("shoulder_hunch", "shoulder_hunch_deg", 47, 16, "watch", 30),
        ("shoulder_hunch", "shoulder_hunch_deg", 22, 16, "ok", 44),
        ("shoulder_hunch", "shoulder_hunch_deg", 39, 20, "borderline", 30),
        ("shoulder_hunch", "shoulder_hunch_deg", 33, 2, "watch", 30),  # the grey zone spares only what may be upright
    ],
)
def test_level_and_the_limit_it_rests_on(
    *, fault: str, metric: str, value: float, half: float, level: Level, limit: float
) -> None:
    found = finding(fault, measured(metric, value, half))
    assert (found.level, found.limit) == (level, limit)


@pytest.mark.parametrize(
    ("main", "shin_angle", "knee_bend", "level", "metric", "limit"),
    [
        (dist(34), shin(14), knee(3), "fault", "overstride_pct_leg", 30),
        (dist(34), shin(14), knee(20), "fault", "overstride_pct_leg", 30),
        (dist(34), shin(14), None, "fault", "overstride_pct_leg", 30),
        (dist(20), shin(14), knee(3), "fault", "shin_angle_deg", 12),  # the two that agree decide
        (dist(30, 2), shin(14), knee(3), "fault", "shin_angle_deg", 12),
        (dist(34), shin(9), knee(20), "watch", "overstride_pct_leg", 25),
        (dist(27), shin(9), None, "watch", "overstride_pct_leg", 25),
        (dist(20), shin(9), knee(7), "watch", "shin_angle_deg", 7),
        (dist(20), shin(2), knee(20), "ok", "overstride_pct_leg", 25),
        (dist(20), shin(14), knee(20), "ok", "overstride_pct_leg", 25),
        (dist(20), None, None, "ok", "overstride_pct_leg", 25),
        (dist(34), shin(2), knee(20), "borderline", "overstride_pct_leg", 30),  # alone, not confirmed
        (dist(27), shin(2), knee(20), "borderline", "overstride_pct_leg", 25),
        (dist(34), None, None, "borderline", "overstride_pct_leg", 30),
        (dist(34), shin(12, 3), None, "watch", "overstride_pct_leg", 25),
        (dist(25, 2), shin(2), knee(20), "borderline", "overstride_pct_leg", 25),
        (dist(20), shin(7, 2), knee(10, 2), "borderline", "shin_angle_deg", 7),
        (None, shin(14), knee(3), "not_measured", "overstride_pct_leg", None),
    ],
)
def test_overstride_is_called_by_two_of_three(
    *,
    main: Measurement | None,
    shin_angle: Measurement | None,
    knee_bend: Measurement | None,
    level: Level,
    metric: str,
    limit: float | None,
) -> None:
    found = overstride(main, shin_angle, knee_bend)
    assert (found.level, found.metric) == (level, metric)
    assert isnan(found.limit) if limit is None else found.limit == limit


def limits_of(cuts: list[float], kinds: int) -> Limits:
    """Limits from sorted numbers; the bits of ``kinds`` choose which of them exist."""
    names = ("fault_below", "watch_below", "watch_above", "fault_above")
    chosen = {name: cut for i, (name, cut) in enumerate(zip(names, cuts, strict=True)) if kinds & (1 << i)}
    return Limits("trunk_lean_deg", "our_choice", (), **chosen)


def severity(limits: Limits, value: float) -> Level:
    """The definition of the bands, as plainly as possible."""
    if value < limits.fault_below or value > limits.fault_above:
        return "fault"
    return "watch" if value < limits.watch_below or value > limits.watch_above else "ok"


def judged(limits: Limits, low: float, high: float) -> Finding:
    lean = next(f for f in KNOWN.faults if f.name == "excess_trunk_lean")
    fields = {key: getattr(lean, key) for key in Fault.__dataclass_fields__} | {"limits": (limits,)}
    m = Measurement("trunk_lean_deg", "Lean", "°", (low + high) / 2, low, high, n=9)
    return find([m], Knowledge((Fault(**fields),), KNOWN.sources))[0]


@example([0.0, 0.125, 0.25, 0.5], 9, 0.0, 1.0)
@given(
    st.lists(VALUES, min_size=4, max_size=4, unique=True).map(sorted), st.integers(1, 15), VALUES, st.floats(0.01, 40)
)
def test_a_level_is_called_when_nine_in_ten_possible_truths_are_at_least_that_bad_on_one_side(
    cuts: list[float], kinds: int, value: float, half: float
) -> None:
    limits, found = limits_of(cuts, kinds), judged(limits_of(cuts, kinds), value - half, value + half)
    if value - half < limits.fault_below and limits.fault_above < value + half:
        assert found.level == "not_measured"  # nothing is known but that it may be a fault on either side
        return
    truths = [*NormalDist(value, half / 1.96).quantiles(1001)]
    sides = [[severity(limits, x) for x in truths if (x > middle(limits)) == above] for above in (False, True)]
    worst = {level: max(sum(s in worse for s in side) for side in sides) / 1000 for level, worse in AT_LEAST.items()}
    fine = 1 - max(sum(s != "ok" for s in side) for side in sides) / 1000
    assume(all(abs(share - 0.9) > 0.005 for share in (*worst.values(), fine)))
    expected = next((level for level, share in worst.items() if share > 0.9), "ok" if fine > 0.9 else "borderline")
    assert found.level == expected
    assert found.limit in limits.all()


AT_LEAST: dict[Level, tuple[Level, ...]] = {"fault": ("fault",), "watch": ("watch", "fault")}


def middle(limits: Limits) -> float:
    """A point in the ok band that separates its two sides."""
    low, high = limits.ok
    return (low + high) / 2 if isfinite(low) and isfinite(high) else low + 1 if isfinite(low) else high - 1


@given(VALUES, st.floats(0, 30), st.floats(1, 5))
def test_more_doubt_never_makes_it_worse(value: float, half: float, factor: float) -> None:
    sure, unsure = (finding("excess_trunk_lean", measured("trunk_lean_deg", value, h)) for h in (half, half * factor))
    assert unsure.level in {sure.level, "borderline", "not_measured"} | ({"watch"} if sure.level == "fault" else set())


@given(VALUES, VALUES, VALUES, st.floats(0, 10))
def test_overstride_never_stands_out_on_one_measure_alone(main: float, angle: float, bend: float, half: float) -> None:
    found = overstride(dist(main, half), shin(angle, half), knee(bend, half))
    beyond = [main - 30, angle - 12, 5 - bend]
    if found.level == "fault":
        assert sum(by > 0 for by in beyond) >= 2
    if sum(by > half for by in beyond) >= 2:
        assert found.level == "fault"


def test_findings_come_strongest_first_and_every_fault_has_one() -> None:
    found = find(
        [
            measured("cadence_spm", 145),
            measured("shoulder_hunch_deg", 40),
            measured("trunk_lean_deg", 10),
            measured("waist_bend_deg", 2),
        ],
        KNOWN,
    )
    levels = [f.level for f in found]
    assert list(dict.fromkeys(levels)) == list(LEVELS)
    assert levels == sorted(levels, key=LEVELS.index)
    assert {f.fault for f in found} == {f.name for f in KNOWN.faults}
    strength = {f.name: STRENGTHS.index(f.strength) for f in KNOWN.faults}
    places = [(LEVELS.index(f.level), -strength[f.fault]) for f in found]
    assert places == sorted(places), "within a level, what is better known comes first, as in the plan"


def test_what_is_not_measured_says_why_and_is_never_fine() -> None:
    for found in find([unmeasured(name, "not_side_view") for name in UNITS], KNOWN):
        assert found.level == "not_measured"
        assert isnan(found.value)
        assert isnan(found.limit)
        assert found.detail == "This can only be seen from the side."
    assert all("part of this analysis" in found.detail for found in find([], KNOWN))


@pytest.mark.parametrize(
    ("found", "detail"),
    [
        (
            finding("excess_trunk_lean", measured("trunk_lean_deg", 18.24, 2)),
            "Trunk lean, forward: 18.2° (95% interval 16.2 to 20.2, 24 steps), clearly above the fault limit of 15°.",
        ),
        (
            finding("excess_trunk_lean", measured("trunk_lean_deg", -0.04, 1, n=7)),
            "Trunk lean, forward: 0.0° (95% interval -1.0 to 1.0, 7 steps), clearly below the watch limit of 3°.",
        ),
        (
            finding("excess_trunk_lean", measured("trunk_lean_deg", 7, 2)),
            "Trunk lean, forward: 7.0° (95% interval 5.0 to 9.0, 24 steps), within the usual range of 3 to 10°.",
        ),
        (
            finding("shoulder_hunch", measured("shoulder_hunch_deg", 31.2, 5)),
            "Shoulder hunch (shoulders drawn forward): 31.2° (95% interval 26.2 to 36.2, 24 steps), above the usual "
            "range of up to 30°, but surely below 44°, and may be usual.",
        ),
        (
            finding("low_cadence", measured("cadence_spm", 165.2)),
            "Cadence, both feet: 165.2 steps/min (95% interval 164.7 to 165.7, 24 steps), "
            "too close to 165 steps/min to say whether it is fine or worth watching "
            "(about 50% likely to be worth watching). "
            "What is usual differs with speed and height, which we could not use.",
        ),
        (
            overstride(dist(34), shin(14), None),
            "Foot ahead of the hips at contact: 34.0% of leg length (95% interval 33.5 to 34.5, 24 steps), "
            "clearly above the fault limit of 30% of leg length. 2 of 4 measures agree. "
            "Not measured: Knee bend at contact, Cadence against expected.",
        ),
        (
            overstride(dist(34), shin(12, 3), knee(20)),
            "Foot ahead of the hips at contact: 34.0% of leg length (95% interval 33.5 to 34.5, 24 steps), "
            "clearly above the watch limit of 25% of leg length. 2 of 4 measures agree, but not that it stands out. "
            "Not measured: Cadence against expected.",
        ),
        (
            overstride(dist(34), None, None),
            "Foot ahead of the hips at contact: 34.0% of leg length (95% interval 33.5 to 34.5, 24 steps), "
            "clearly above the fault limit of 30% of leg length. Only 1 of 4 measures clearly agrees; 2 are needed. "
            "Not measured: Shin angle at contact, Knee bend at contact, Cadence against expected.",
        ),
        (
            overstride(dist(25.5, 2), shin(10.0, 5), knee(20)),
            "Foot ahead of the hips at contact: 25.5% of leg length (95% interval 23.5 to 27.5, 24 steps), too close "
            "to 25% of leg length to say whether it is fine or worth watching. "
            "No measure clearly agrees; 2 are needed (about 60% likely to be worth watching). "
            "Not measured: Cadence against expected.",
        ),
        (
            finding("excess_trunk_lean", measured("trunk_lean_deg", 12.0, 8.0)),  # which may be a fault as well
            "Trunk lean, forward: 12.0° (95% interval 4.0 to 20.0, 24 steps), too close to 10° to say whether it is "
            "fine or worth watching (about 70% likely to be worth watching).",
        ),
    ],
)
def test_detail_tells_the_number_its_interval_and_the_limit(found: Finding, detail: str) -> None:
    assert found.detail == detail


def test_a_finding_carries_its_evidence_and_says_that_the_limit_is_ours() -> None:
    found = finding("low_cadence", measured("cadence_spm", 150))
    assert found.source == "our_choice"
    assert found.citations[0].startswith("Our own choice")
    assert found.evidence.startswith("Low. ")
    assert "Drozda 2024" in found.evidence
    assert any("Drozda" in citation for citation in found.citations)


def test_numbers_are_written_as_a_runner_reads_them() -> None:
    assert with_unit(number(12.345, "°"), "°") == "12.3°"
    assert with_unit(number(243.6, "ms"), "ms") == "244 ms"
    assert number(-0.01, "°") == "0.0"
    assert usual(Limits("x", "s", watch_above=25), "% of leg length") == "up to 25% of leg length"
    assert usual(Limits("x", "s", watch_below=165), "steps/min") == "165 steps/min or more"


def test_cadence_is_held_against_what_is_usual_when_speed_or_height_is_known() -> None:
    few = measured("cadence_spm", 155)
    tall_and_slow = measured("cadence_off_expected_pct", -2)
    assert finding("low_cadence", few).level == "watch"
    found = finding("low_cadence", few, tall_and_slow)
    assert (found.level, found.metric) == ("ok", "cadence_off_expected_pct")
    assert (
        finding("low_cadence", measured("cadence_spm", 170), measured("cadence_off_expected_pct", -12)).level == "fault"
    )


@pytest.mark.parametrize(
    ("speed", "level"),
    [(measured("speed_m_s", 3.4), "fault"), (measured("speed_m_s", 2.8), "not_measured"), (None, "not_measured")],
)
def test_a_short_trailing_leg_is_only_judged_at_a_run(speed: Measurement | None, level: Level) -> None:
    leg, waist = measured("trailing_thigh_deg", 5), measured("waist_bend_deg", 14)
    found = finding("tight_hip_flexors", leg, waist, speed or unmeasured("speed_m_s", "speed_unknown"))
    assert found.level == level
    if speed is None:
        assert "speed is not known" in found.detail


@pytest.mark.parametrize(("speed_m_s", "why"), [(2.0, "too_slow"), (2.6, "speed_unsure"), (2.8, "speed_unsure")])
def test_who_is_too_slow_to_be_judged_is_told_so_and_not_to_give_a_speed(speed_m_s: float, why: str) -> None:
    leg, waist = measured("trailing_thigh_deg", 5), measured("waist_bend_deg", 14)
    assert finding("tight_hip_flexors", leg, waist, measured("speed_m_s", speed_m_s)).missing == why
    assert "speed_kmh" not in (reason("too_slow").filming or "")


def test_a_trailing_leg_alone_is_not_called_tight_hips() -> None:
    found = finding(
        "tight_hip_flexors",
        measured("trailing_thigh_deg", 5),
        measured("waist_bend_deg", 1),
        measured("speed_m_s", 3.4),
    )
    assert found.level == "borderline"


def test_legs_that_differ_in_one_measure_are_called_though_the_other_is_missing() -> None:
    longer, alike = (measured("step_length_m_left_right", value, 4) for value in (16, 0))
    assert finding("uneven_legs", unmeasured("contact_time_ms_left_right"), longer).level == "fault"
    assert finding("uneven_legs", unmeasured("contact_time_ms_left_right"), alike).level == "not_measured"


def test_what_only_confirms_an_overstride_does_not_make_one() -> None:
    """A straight knee and few steps a minute do not say where the foot lands."""
    few_steps = measured("cadence_off_expected_pct", -14, 1)
    both = (knee(3), few_steps)
    assert finding("overstride", dist(12), shin(2), *both).level == "ok"
    assert finding("overstride", dist(34), shin(2), few_steps).level == "fault"
    assert finding("overstride", dist(12), shin(14), knee(3)).level == "fault"
    assert finding("overstride", dist(24, 3), shin(2), *both).level == "borderline"


def test_from_too_few_steps_nothing_is_called() -> None:
    """Of whichever row: neither a fault, nor that all is fine."""
    few, enough = FEWEST_JUDGED - 1, FEWEST_JUDGED
    for value in (7, 31):
        found = finding("excess_trunk_lean", measured("trunk_lean_deg", value, 2, n=few))
        assert (found.level, found.missing) == ("not_measured", "too_few_to_judge")
        assert finding("excess_trunk_lean", measured("trunk_lean_deg", value, 2, n=enough)).level != "not_measured"
    assert (enough, "fewer than seven steps" in reason("too_few_to_judge").because) == (7, True)
    unsteady = measured("shin_angle_deg", 14, 0.5, n=few)
    assert finding("overstride", dist(34), unsteady, knee(20)).level == "borderline"


def test_how_likely_a_fault_is_is_that_it_is_one() -> None:
    """What is said beside "stands out", not that it is worth watching at least."""
    found = finding("excess_trunk_lean", measured("trunk_lean_deg", 18, 4.0))
    assert found.level == "fault"
    assert found.likely == pytest.approx(1 - NormalDist(18, 4 / 1.96).cdf(15), abs=0.001)
    watch = finding("excess_trunk_lean", measured("trunk_lean_deg", 13, 4.0))
    assert watch.level == "watch"
    assert watch.likely == pytest.approx(1 - NormalDist(13, 4 / 1.96).cdf(10), abs=0.001)


def test_how_likely_counts_either_side_of_a_range() -> None:
    middle = finding("excess_trunk_lean", measured("trunk_lean_deg", 6.5, 8.0))
    assert middle.likely == pytest.approx(2 * 0.1956, abs=0.001)  # 3 and 10 are 0.86 standard deviations away
    assert finding("excess_trunk_lean", measured("trunk_lean_deg", 6.5, 4.3)).level == "ok"


def test_how_likely_is_only_told_of_what_was_measured_and_in_words_only_where_it_is_worth_a_number() -> None:
    assert isnan(finding("excess_trunk_lean", unmeasured("trunk_lean_deg")).likely)
    far = finding("overstride", dist(34), shin(2), knee(20))  # no second measure comes near its limit
    assert far.level == "borderline"
    assert "likely" not in far.detail
    assert far.likely < 0.01


def test_of_an_interval_with_unequal_halves_the_one_toward_the_limit_counts() -> None:
    """As a trend's, which may well be larger than it looks."""
    for low, high, level in ((4.0, 12.5, "borderline"), (11.5, 20.0, "watch")):
        lean = Measurement("trunk_lean_deg", "Trunk lean, forward", "°", 12.0, low, high, n=24)
        assert finding("excess_trunk_lean", lean).level == level


@pytest.mark.parametrize(("half", "said"), [(2.4, "clearly above"), (3.5, "very likely above")])
def test_how_surely_a_limit_is_passed_is_said(half: float, said: str) -> None:
    assert f"{said} the watch limit" in finding("excess_trunk_lean", measured("trunk_lean_deg", 12.5, half)).detail


def test_a_number_is_shown_against_the_limits_of_the_fault_that_is_named_after_it() -> None:
    shown = held_against([measured("waist_bend_deg", 3), unmeasured("trunk_lean_deg")], KNOWN)
    (own,) = (fault for fault in KNOWN.faults if fault.name == "waist_bend")
    assert shown == {"waist_bend_deg": own.limits[0]}


def test_what_one_of_two_views_shows_is_not_called_unmeasured_for_lack_of_the_other() -> None:
    sway, strides = measured("trunk_sway_deg", 2, 0), measured("stride_variability_pct", 1, 0)
    assert finding("weak_core", unmeasured("trunk_rocking_deg"), sway, strides).level == "ok"


def test_what_is_advised_is_cited_too() -> None:
    for fault in KNOWN.faults:
        found = next(f for f in find([], KNOWN) if f.fault == fault.name)
        assert KNOWN.sources[fault.advice_source].citation in found.citations


def test_what_is_fine_by_its_grey_zone_is_unlikely_to_be_worth_watching() -> None:
    grey = finding("shoulder_hunch", measured("shoulder_hunch_deg", 34, 14))
    assert grey.level == "ok"
    assert grey.likely <= 0.1


@pytest.mark.parametrize(("rocking", "sway", "metric"), [(16, 2, "trunk_rocking_deg"), (7, 8, "trunk_sway_deg")])
def test_of_two_views_of_one_trunk_the_one_that_stands_out_counts(rocking: float, sway: float, metric: str) -> None:
    found = finding(
        "weak_core",
        measured("trunk_rocking_deg", rocking, 0.5),
        measured("trunk_sway_deg", sway, 0.5),
        measured("stride_variability_pct", 7, 0.5),
    )
    assert (found.level, found.metric) == ("fault", metric)


def test_where_one_measure_is_enough_nothing_is_said_of_agreement() -> None:
    found = finding("uneven_legs", measured("contact_time_ms_left_right", 14, 2))
    assert found.level == "fault"
    assert "agree" not in found.detail
    assert "Not measured" in found.detail


def test_a_close_call_is_never_told_as_likely_as_what_is_called() -> None:
    found = finding("head_drop", measured("head_pitch_deg", 22.4, 4))
    assert (found.level, round(found.likely, 2)) == ("borderline", 0.88)
    assert "about 85% likely" in found.detail


def test_doubts_about_many_measures_do_not_add_up_to_a_finding() -> None:
    drifts = [measured(name, limit, 3) for name, limit in (("trunk_lean_deg_trend", 3), ("head_pitch_deg_trend", 5))]
    assert finding("form_breakdown", *drifts, measured("neck_flexion_deg_trend", 5, 3)).level == "borderline"


def test_what_may_lie_far_out_on_either_side_says_nothing() -> None:
    """The less is known of a difference between the legs, the likelier it would seem to be large."""
    other = unmeasured("step_length_m_left_right", "speed_unknown")
    for value in (0.0, 5.7):
        wide = finding("uneven_legs", measured("contact_time_ms_left_right", value, 19.0), other)
        assert (wide.level, wide.missing) == ("not_measured", "too_uncertain")
        narrower = finding("uneven_legs", measured("contact_time_ms_left_right", value, 9.0), other)
        assert narrower.level in ("ok", "borderline")
    assert finding("uneven_legs", measured("contact_time_ms_left_right", 40.0, 19.0), other).level == "fault"


def test_what_is_known_too_roughly_does_not_silence_what_is_known_well() -> None:
    rough, well = measured("contact_time_ms_left_right", 0.5, 12.0), measured("step_length_m_left_right", 0.9, 2.0)
    found = finding("uneven_legs", rough, well)
    assert (found.level, found.metric) == ("ok", "step_length_m_left_right")
    assert finding("uneven_legs", rough, measured("step_length_m_left_right", 14.0, 2.0)).level == "fault"
