"""The verdict says what a runner needs first: what stands out, how sure that is, and the one way to film next."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise, product
from math import isfinite

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import builders
from formcheck import knowledge
from formcheck.datatypes import Activity, Level, Measurement, Options, Report, View
from formcheck.faults import find
from formcheck.metrics import METRICS
from formcheck.page.report import _rest
from formcheck.report import Scale, scales, summary, to_text
from formcheck.report.remedies import LACKS, remedy
from formcheck.report.scales import scale
from formcheck.words import BAND_NAMES, sureness

OVERSTRIDE = {"overstride_pct_leg": 34.0, "shin_angle_deg": 14.0}


def report(*odd: Measurement, left_out: tuple[str, ...] = (), **values: float) -> Report:
    """Everything fine except for the values given, and for measurements of the same name."""
    given_values = {name: value for name, value in (builders.FINE | values).items() if name not in left_out}
    made = {name: builders.measured(name, value) for name, value in given_values.items()}
    return builders.report(*(made | {m.name: m for m in odd}).values())


def seen(view: View, made: Report) -> Report:
    return replace(made, trial=replace(made.trial, gait=replace(made.trial.gait, view=view)))


def doing(activity: Activity, made: Report) -> Report:
    return replace(made, trial=replace(made.trial, gait=replace(made.trial.gait, activity=activity)))


def test_one_fault_is_the_verdict_and_the_rest_follows() -> None:
    made = summary(report(**OVERSTRIDE))
    assert made.verdict == "You land well ahead of your body; the rest looks fine."
    assert [t.finding.fault for t in made.told] == ["overstride"]
    assert made.told[0].what == "You land well ahead of your body."
    assert made.told[0].measure == "Foot ahead of the hips at contact"
    assert made.told[0].how_much == "34.0% of leg length (33.5 to 34.5); usual: up to 25%."
    assert made.told[0].how_sure == "Almost certain (99 in 100), from 24 steps; 2 of 4 measures agree."
    assert made.told[0].try_this == made.told[0].finding.advice


def test_what_was_not_seen_is_said_in_the_verdict() -> None:
    from_the_side = summary(report(left_out=builders.FROM_BEHIND, **OVERSTRIDE))
    assert from_the_side.verdict.endswith("; the rest looks fine or could not be judged.")
    assert from_the_side.tip.startswith("Film from straight behind")


def test_what_is_more_likely_worth_a_look_than_fine_is_not_called_fine() -> None:
    for cadence, rest in ((166.0, "rest_fine_or_unknown"), (164.0, "rest_likely")):
        made = summary(report(builders.measured("cadence_spm", cadence, 4.0), **OVERSTRIDE))
        assert made.verdict == f"You land well ahead of your body; {getattr(knowledge.phrases(), rest)}."


def test_at_most_three_findings_are_told_faults_before_watches() -> None:
    made = summary(
        report(trunk_lean_deg=12.0, head_pitch_deg=40.0, cadence_spm=140.0, waist_bend_deg=20.0, **OVERSTRIDE)
    )
    assert [t.finding.level for t in made.told] == ["fault"] * 3
    assert [f.level for f in made.more] == ["fault", "watch"]
    assert made.verdict.startswith("You land well ahead of your body, you take few steps a minute and you bend a lot")
    assert made.verdict.endswith(". There are 2 more, and the rest looks fine.")


def test_a_level_has_words_of_its_own() -> None:
    assert summary(report(trunk_lean_deg=20.0)).verdict.startswith("You lean far forward;")
    assert summary(report(trunk_lean_deg=12.0)).verdict.startswith("You lean further forward than usual;")
    assert summary(report(trunk_lean_deg=-8.0)).verdict.startswith("You lean back;")
    assert summary(report(trunk_lean_deg=1.0)).verdict.startswith("You lean forward less than usual;")


def test_everything_fine_is_said_as_it_is() -> None:
    made = summary(report())
    assert (made.verdict, made.told, made.tip) == ("Nothing stands out: everything looks fine.", (), "")
    assert len(made.fine) == len(builders.known().faults)
    assert summary(report(left_out=builders.FROM_BEHIND)).verdict == knowledge.phrases().fine_of_seen


def test_close_calls_alone_are_no_finding() -> None:
    close = builders.measured("cadence_spm", 166.0, 4.0)
    made = summary(report(close))
    assert made.verdict == knowledge.phrases().close_likely_fine
    assert [f.fault for f in made.close] == ["low_cadence"]
    assert summary(builders.report(close)).verdict == knowledge.phrases().close_of_none  # the rest was not measured
    assert summary(report(builders.measured("cadence_spm", 164.0, 4.0))).verdict == knowledge.phrases().some_close


def test_a_longer_clip_is_proposed_only_where_it_would_help() -> None:
    close = builders.measured("trunk_lean_deg", 11.0, 4.0)
    assert summary(report(close)).tip == ""
    assert summary(report(replace(close, sampling=3.5))).tip == knowledge.needs()["length"]


UNKNOWN = builders.unmeasured("cadence_off_expected_pct", "speed_unknown")


def test_what_speed_and_height_would_change_is_said_where_a_step_rate_is_judged_without_them() -> None:
    said = "what is usual differs with speed and height, which we could not use"
    close, low = (report(builders.measured("cadence_spm", rate, 1.0), UNKNOWN) for rate in (164.0, 150.0))
    (told,) = summary(low).told
    assert told.how_sure.endswith(f", from 24 steps; {said}.")
    (call,) = summary(close).close
    assert re.search(rf"^about \d\d% likely to be worth watching; {said}$", call.why)
    ((_, lines),) = [group for group in _rest(summary(close), close, scales(close)) if group[0] == "borderline"]
    assert [line for _, line in lines] == [
        f"Cadence, both feet: 164.0 steps/min (163.0 to 165.0); usual: 165 or more; {call.why}"
    ]
    fine, judged = (
        report(builders.measured("cadence_spm", 185.0), more)
        for more in (UNKNOWN, builders.measured("cadence_off_expected_pct", -4.9))
    )
    assert [f.why for f in summary(fine).fine if f.fault == "low_cadence"] == [""]
    assert said not in " ".join(f.why for f in judged.findings)


def test_giving_speed_or_height_is_proposed_where_it_would_settle_more_than_another_view() -> None:
    give, behind = (knowledge.reason(why).filming for why in ("speed_unknown", "not_rear_view"))
    close = builders.measured("cadence_spm", 166.0, 1.0)
    assert summary(report(close, UNKNOWN)).tip == give
    assert summary(report(builders.measured("cadence_spm", 156.0, 1.0), UNKNOWN)).tip == give  # low, for most
    assert summary(report(UNKNOWN)).tip == ""  # a step rate that is fine is fine
    assert summary(report(close, UNKNOWN, left_out=builders.FROM_BEHIND)).tip == behind
    slow = builders.unmeasured("trailing_thigh_deg", "speed_unknown")
    assert summary(report(close, UNKNOWN, slow, left_out=("step_width_pct_leg",))).tip == give
    assert summary(report(UNKNOWN, slow, left_out=builders.FROM_BEHIND)).tip == behind


def test_filming_that_widens_intervals_comes_before_a_view_that_would_settle_less() -> None:
    close = [builders.measured("overstride_pct_leg", 26.0, 4.0), builders.measured("trunk_lean_deg", 11.0, 4.0)]
    askew = View("side", "right", 0.9, yaw_deg=19.0)
    made = report(*close, left_out=("step_width_pct_leg",))
    assert summary(made).tip == knowledge.reason("not_rear_view").filming
    assert summary(seen(askew, made)).tip == knowledge.reason("camera_at_an_angle").filming
    rate = builders.measured("cadence_spm", 166.0, 4.0), UNKNOWN
    assert summary(seen(askew, report(*rate))).tip == knowledge.reason("speed_unknown").filming  # the same from there
    scattered = [replace(m, sampling=3.9) for m in close]  # which more steps would narrow, not another place
    assert summary(seen(askew, report(*scattered))).tip == knowledge.needs()["length"]
    behind = report(builders.measured("trunk_sway_deg", 6.0, 4.0))  # of another clip, in a report on several views
    assert {f.metric for f in summary(seen(askew, behind)).close} == {"trunk_sway_deg"}
    assert summary(seen(askew, behind)).tip == ""
    nothing_close = summary(seen(askew, report(left_out=("step_width_pct_leg",))))
    assert nothing_close.tip == knowledge.reason("not_rear_view").filming


def test_walking_and_other_movement_are_not_judged() -> None:
    nothing = builders.report()
    assert summary(doing("walking", nothing)).verdict == knowledge.phrases().walking
    assert summary(doing("other", nothing)).verdict == knowledge.phrases().not_running
    assert summary(nothing).verdict == "We could not judge your running: this can only be seen from the side."
    assert scales(doing("walking", report())) == {}


def test_a_view_from_behind_is_named_and_shows_only_a_part() -> None:
    made = builders.report(builders.measured("step_width_pct_leg", -6.0), builders.measured("trunk_sway_deg", 2.0))
    verdict = summary(seen(View("rear", "away", 0.9), made)).verdict
    assert verdict == "Seen from behind, your feet cross the midline; most of the rest could not be judged."
    fine = builders.report(builders.measured("step_width_pct_leg", 6.0), builders.measured("trunk_sway_deg", 2.0))
    verdict = summary(seen(View("front", "toward", 0.9), fine)).verdict
    assert verdict == "Seen from the front, what we could judge looks fine, but half or more could not be judged."


def short_clip(*measured: Measurement, warnings: tuple[str, ...] = ()) -> Report:
    """A few steps from the side: of twelve findings six cannot be judged, as many for that as for the view."""
    missing = {
        "trunk_lean_deg_trend": "too_few_steps", "contact_time_ms_left_right": "too_few_steps",
        "shoulder_hunch_deg": "outline_not_seen", "trailing_thigh_deg": "speed_unknown",
    }  # fmt: skip
    lost = (builders.unmeasured(name, why) for name, why in missing.items())
    return replace(report(*lost, *measured, left_out=builders.FROM_BEHIND), warnings=warnings)


def test_nothing_is_called_fine_without_a_word_where_half_was_not_judged() -> None:
    say, close = knowledge.phrases(), builders.measured("trunk_lean_deg", 9.0, 2.0)
    assert summary(short_clip()).verdict == say.fine_of_few
    assert summary(short_clip(close)).verdict == say.fine_of_few
    likely = builders.measured("trunk_lean_deg", 10.5, 2.0)
    assert summary(short_clip(likely)).verdict == say.close_of_few
    assert summary(report(close, left_out=builders.FROM_BEHIND)).verdict == say.close_likely_fine
    lean = builders.measured("trunk_lean_deg", 13.0, 1.0)
    assert summary(short_clip(lean)).verdict.endswith("; most of the rest could not be judged.")


def test_a_few_steps_ask_for_a_longer_clip_or_for_the_whole_file() -> None:
    """Also where something else would settle as many, whichever of them comes first."""
    made = short_clip()
    for findings in (made.findings, made.findings[::-1]):
        assert summary(replace(made, findings=findings)).tip == knowledge.needs()["length"]
    cut = (knowledge.phrases().cut_short,)
    assert summary(short_clip(warnings=cut)).tip == knowledge.phrases().copy_again
    assert summary(replace(report(left_out=builders.FROM_BEHIND), warnings=cut)).tip == (
        knowledge.reason("not_rear_view").filming
    )


def test_the_tip_is_the_one_that_would_tell_most() -> None:
    shaky = [
        builders.unmeasured(name, "camera_moves") for name in ("trunk_lean_deg", "waist_bend_deg", "head_pitch_deg")
    ]
    assert summary(report(*shaky, left_out=builders.FROM_BEHIND)).tip == knowledge.needs()["still"]


def filmed(
    model: str = "heavy", fps: float = 59.94, seconds: float = 20.0, still: bool = True, **said: float
) -> Report:  # fmt: skip
    """A clip that lacks what is said, and otherwise nothing that can be seen in it."""
    made = report(left_out=builders.FROM_BEHIND)
    track = replace(builders.track(round(seconds * 30)), model=model)
    gait = replace(made.trial.gait, camera_stays=still, surface="treadmill", motion=None)
    video = replace(made.trial.video, fps=fps)
    return replace(made, trial=replace(made.trial, track=track, gait=gait, video=video), options=Options(**said))


LACKING = {
    "best_model": filmed(model="lite"),
    "frames": filmed(fps=30.0),
    "still": filmed(still=False),
    "length": filmed(seconds=8.0),
    "belt_speed": filmed(),
}


def test_of_what_can_be_seen_in_a_clip_only_what_it_lacks_is_asked_for() -> None:
    needs, good = knowledge.needs(), filmed(speed_kmh=12.0)
    assert set(LACKING) == set(needs) == set(LACKS)
    asking = {key: why for key, why in knowledge.reasons().items() if why.needs}
    assert set(needs) == {need for why in asking.values() for need in why.needs}
    for key, why in asking.items():
        assert remedy(key, good) == why.filming
        for need in why.needs:
            said = remedy(key, LACKING[need])
            assert said.startswith(needs[need])
            assert not any(needs[other] in said for other in why.needs if other not in (need, "belt_speed"))
            assert (why.filming in said) == (need != "best_model" or not why.filming)
    slow = replace(good, trial=replace(good.trial, video=replace(good.trial.video, fps=30.0, slow_motion_factor=4.0)))
    assert remedy("contacts_not_found", slow) == knowledge.reason("contacts_not_found").filming


def test_a_lighter_pose_model_is_named_before_any_other_filming() -> None:
    for model in ("lite", "full"):
        made = filmed(model=model)
        lost = (builders.unmeasured(m, "legs_mixed_up") for m in ("trunk_lean_deg", "waist_bend_deg", "head_pitch_deg"))
        missing = replace(report(*lost, left_out=builders.FROM_BEHIND), trial=made.trial)
        assert summary(missing).tip == "Analyse the clip again with the heavy model (`model=heavy`)."
        assert "Analyse the clip again with the heavy model" in " ".join(to_text(missing).split())
        assert remedy("contacts_not_found", replace(made, trial=filmed(model=model, fps=30.0).trial)) == (
            "Analyse the clip again with the heavy model (`model=heavy`). Film at 60 frames a second or more."
        )


def test_no_pose_model_is_asked_to_see_feet_that_are_out_of_the_picture() -> None:
    made = filmed(model="lite")
    missing = replace(report(builders.unmeasured("overstride_pct_leg", "feet_not_seen")), trial=made.trial)
    assert "heavy" not in summary(missing).tip
    assert remedy("feet_not_seen", made).startswith("Keep the feet and the ground in the picture")


def test_a_long_clip_is_not_asked_to_be_as_long() -> None:
    close = replace(builders.measured("trunk_lean_deg", 11.0, 4.0), sampling=3.5)
    for seconds, tip in ((8.0, knowledge.needs()["length"]), (20.0, "")):
        made = replace(report(close), trial=filmed(seconds=seconds).trial)
        assert summary(replace(made, warnings=(knowledge.phrases().cut_short,) * (tip == ""))).tip == tip


def test_no_advice_on_filming_leaves_it_to_the_reader_what_the_clip_lacks() -> None:
    for key, why in knowledge.reasons().items():
        assert not re.search(r"if you used|if you have not|hold the camera still", why.filming), key


def test_a_missing_speed_is_asked_for_rather_than_another_view() -> None:
    made = summary(report(left_out=("speed_m_s",)))
    assert [f.missing for f in made.unmeasured] == ["not_side_view"]
    unknown = summary(report(builders.unmeasured("speed_m_s", "speed_unknown")))
    assert unknown.tip == knowledge.reason("speed_unknown").filming


@given(st.floats(0.9, 1.0))
def test_sureness_is_never_overstated(likely: float) -> None:
    said = sureness(likely)
    least = {"Almost certain": 0.99, "Very sure": 0.975, "Quite sure": 0.9}[said.partition(" (")[0]]
    assert least <= likely
    number = int(said.partition("(")[2].split()[0])
    assert number / 100 <= likely < (number + 1) / 100 or number == 99


def test_an_interval_over_several_bands_says_that_the_amount_is_less_sure() -> None:
    wide = builders.measured("shoulder_hunch_deg", 45.0, 19.0)
    made = summary(report(wide))
    assert made.told[0].how_sure.endswith("; how much is less sure.")
    assert made.told[0].how_much.endswith("usual: up to 30°.")


def test_every_fault_has_a_clause_for_the_verdict() -> None:
    levels: tuple[Level, ...] = ("fault", "watch")
    for fault in builders.known().faults:
        for clause in (fault.plain(level, below) for level in levels for below in (False, True)):
            assert clause.startswith(("you ", "your ")), fault.name
            assert not clause.endswith("."), fault.name


def bands(scale: Scale) -> list[tuple[float, float, str]]:
    return [(band.begin, band.end, band.level) for band in scale.bands]


def test_a_number_stands_in_its_range() -> None:
    made = scales(report())
    lean = made["trunk_lean_deg"]
    assert [level for *_, level in bands(lean)] == ["fault", "watch", "ok", "watch", "fault"]
    assert [band.end for band in lean.bands[:-1]] == [-2.0, 3.0, 10.0, 15.0]
    assert (lean.value, lean.interval, lean.usual) == (6.5, (6.0, 7.0), "3 to 10°")
    assert [level for *_, level in bands(made["shoulder_hunch_deg"])] == ["ok", "borderline", "watch"]
    assert "neck_flexion_deg" not in made


def test_each_band_is_named_after_the_levels_that_numbers_in_it_are_given() -> None:
    """However wide their intervals."""
    allowed: dict[str, set[str]] = {  # by the band's name; what is unsure is too close to call anywhere, or not given
        "usual": {"ok"},
        "fine or watch": {"ok", "watch"},
        "watch": {"watch"},
        "stands out": {"watch", "fault"},
    }
    known = builders.known()
    faults = [f for f in known.faults if f.needed == 1 and f.limits[0].metric in builders.FINE]
    assert any(isfinite(fault.limits[0].fine_until) for fault in faults)
    called: dict[str, set[str]] = {name: set() for name in allowed}
    for fault in faults:
        limits, alone = fault.limits[0], replace(known, faults=(fault,))
        for value, half in product(np.arange(-15, 60, 0.7), (0.1, 3.0, 9.0, 12.0, 16.0)):
            m = builders.measured(limits.metric, float(value), half)
            (level,) = (found.level for found in find([m], alone))
            band = next(band for band in scale(m, limits).bands if band.begin <= value < band.end)
            called[BAND_NAMES[band.level]].add(level)
    assert {name: levels - {"borderline", "not_measured"} for name, levels in called.items()} == allowed


def test_limits_that_were_not_asked_draw_no_scale() -> None:
    expected = builders.measured("cadence_off_expected_pct", -12.0)
    made = scales(report(expected))
    assert "cadence_off_expected_pct" in made
    assert "cadence_spm" not in made
    assert "trailing_thigh_deg" not in scales(report(speed_m_s=2.0))


@given(st.floats(-500, 500), st.floats(0.001, 300))
def test_a_scale_holds_its_limits_and_the_whole_interval(value: float, half: float) -> None:
    for limits in (limits for fault in builders.known().faults for limits in fault.limits):
        m = Measurement("m", "m", "", value, value - half, value + half)
        made = scale(m, limits)
        assert made.low == made.bands[0].begin < min(limits.all())
        assert made.high == made.bands[-1].end > max(limits.all())
        assert made.low < m.low < m.high < made.high
        assert all(a.end == b.begin for a, b in pairwise(made.bands))
        assert all(band.begin < band.end for band in made.bands)


def test_every_metric_with_limits_can_be_named() -> None:
    known = {f"{name}{kind}" for name in METRICS for kind in ("", "_left_right", "_trend")}
    assert {limits.metric for fault in builders.known().faults for limits in fault.limits} <= known
