"""The knowledge rows are complete, sourced and in order, and a faulty row is refused by name."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from advice import verdict
from builders import UNITS, known
from formcheck import knowledge
from formcheck.backends import BACKENDS, DEFAULT_BACKEND
from formcheck.batch.jobs import given
from formcheck.cli import main
from formcheck.datatypes import FormcheckError, Options, UnreadableInputError, VideoInfo
from formcheck.exit_codes import ExitCode
from formcheck.knowledge import calibration, guidance
from formcheck.metrics import pace
from formcheck.pipeline import interpret
from formcheck.report import scales, to_json
from runner import Runner

KNOWLEDGE = Path(knowledge.__file__).parent
ARTICLE_FAULTS = {
    *("excess_trunk_lean", "waist_bend", "overstride", "low_cadence", "shoulder_hunch", "head_drop"),
    *("weak_core", "tight_hip_flexors", "form_breakdown", "uneven_legs"),
}
OUR_FAULTS = {"trunk_sway", "crossover"}  # seen from behind; the article mentions them in passing at most
BLAME = r"\b(caus(e|es|ed|ing)|diagnos\w+|your fault|you must|wrong|bad form|fix your pain|will hurt|damage\w*)\b"


def test_limits_of_ones_own_judge_and_are_told(own: Path) -> None:
    clip = VideoInfo(Path("run.mp4"), 4000, 2000, 60.0, 600, 10.0), Runner(lean_deg=4.0).track(), Options()
    usual = interpret(*clip)
    knowledge.own_limits.cache_clear()
    own.write_text(
        '[sources.ours]\nname = "Our clinic"\ncitation = "Handout, 2026"\nsupports = "limits"\n'
        "[faults.excess_trunk_lean.limits.trunk_lean_deg]\n"
        'fault_below = -40\nwatch_below = -30\nwatch_above = 30\nfault_above = 40\nsource = "ours"\n',
        encoding="utf-8",
    )
    ours = interpret(*clip)
    levels = [next(f.level for f in r.findings if f.fault == "excess_trunk_lean") for r in (usual, ours)]
    assert levels == ["borderline", "ok"]
    assert scales(ours)["trunk_lean_deg"].usual == "-30 to 30°"
    assert to_json(ours)["settings"]["own_limits"]
    assert [*set(ours.warnings) - set(usual.warnings)] == ["what is usual is judged by your own limits (limits.toml)"]


def test_the_limits_that_the_docs_show_can_be_read(own: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "coaching.md").read_text(encoding="utf-8")
    own.write_text(page.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    (overstride,) = (fault for fault in known().faults if fault.name == "overstride")
    assert (overstride.limits[0].watch_above, overstride.limits[0].fault_above) == (22, 28)


def test_limits_of_ones_own_that_cannot_be_read_stop_a_command_before_its_work(own: Path, tmp_path: Path) -> None:
    own.write_text("[faults.overstride]\nneeded = 5\n", encoding="utf-8")
    with pytest.raises(UnreadableInputError, match=r'limits\.toml: \[faults\.overstride\] key "needed": 5'):
        given([tmp_path / "run.mp4"], tmp_path, {}, with_video=False)


@pytest.mark.skipif(sys.platform != "linux", reason="sets the user's number")
@pytest.mark.usefixtures("own")
def test_a_user_without_a_home_is_not_told_that_the_clip_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FORMCHECK_DATA", "HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 987_654_321)
    ended = CliRunner().invoke(main, ["analyze", str(tmp_path / "run.mp4")])
    assert (ended.exit_code, ended.stdout) == (ExitCode.FAILED, "")
    assert "no home folder; set HOME, or FORMCHECK_DATA" in ended.stderr


def test_every_fault_is_known_once() -> None:
    names = [fault.name for fault in known().faults]
    assert set(names) == ARTICLE_FAULTS | OUR_FAULTS
    assert len(names) == len(set(names))


def test_what_is_usual_differs_as_much_as_the_expected_cadence_of_unknown_runners() -> None:
    by_speed, by_height = pace.SPM_PER_M_S * pace.ANY_SPEED_SD_M_S, pace.SPM_PER_CM * pace.ANY_HEIGHT_SD_CM
    rows = [row for fault in known().faults for row in fault.limits if row.limits_sd]
    assert [(row.metric, row.limits_sd) for row in rows] == [("cadence_spm", round(np.hypot(by_speed, by_height), 1))]


@pytest.mark.parametrize(
    ("metric", "limits"),
    [
        ("trunk_lean_deg", (-2, 3, 10, 15)),
        ("waist_bend_deg", (5, 10)),
        ("overstride_pct_leg", (25, 30)),
        ("shin_angle_deg", (7, 12)),
        ("knee_flexion_contact_deg", (5, 10)),
        ("cadence_spm", (155, 165)),
        ("shoulder_hunch_deg", (30,)),
        ("cadence_off_expected_pct", (-10, -5)),
        ("head_pitch_deg", (20, 30)),
        ("trailing_thigh_deg", (10, 15)),
        ("trunk_lean_deg_trend", (3,)),
        ("vertical_oscillation_cm_trend", (1,)),
        ("contact_time_ms_left_right", (-10, -5, 5, 10)),
    ],
)
def test_limits_are_those_of_the_biomechanics_table(metric: str, limits: tuple[float, ...]) -> None:
    rows = [row for fault in known().faults for row in fault.limits if row.metric == metric]
    assert {row.all() for row in rows} == {limits}


def test_the_row_a_fault_is_named_by_comes_first_and_overstride_needs_two_of_four() -> None:
    for fault in known().faults:
        assert fault.limits[0].metric == fault.metric
    overstride = next(fault for fault in known().faults if fault.name == "overstride")
    assert (overstride.needed, len(overstride.limits)) == (2, 4)


def test_no_limit_claims_more_than_to_be_our_own_choice() -> None:
    assert {row.source for fault in known().faults for row in fault.limits} == {"our_choice"}


def test_every_source_is_used_and_says_what_it_supports() -> None:
    rows = known()
    used = {key for fault in rows.faults for key in (*fault.evidence_sources, fault.advice_source)}
    used |= {key for fault in rows.faults for row in fault.limits for key in (row.source, *row.anchors)}
    assert used | set(cited(guidance_rows())) == set(rows.sources)


def test_only_what_the_article_recommends_is_said_to_be_from_it() -> None:
    """Of cues; a study is named only for what it tried."""
    topics, faults = guidance.advice().topics, known().faults
    assert {name for name, topic in topics.items() if topic.cue_source == "article"} == {
        *("excess_trunk_lean", "waist_bend", "overstride", "shoulder_hunch"),  # upright, shorter steps, loose shoulders
        *("weak_core", "form_breakdown", "poor_posture"),  # core on, check the form again, run tall
    }
    sources = {fault.advice_source for fault in faults} | {topic.cue_source for topic in topics.values()}
    assert sources == {"article", "our_choice", "heiderscheit_2011"}


def test_a_habit_is_linked_with_backs_only_by_a_study_that_it_cites() -> None:
    for fault in known().faults:
        assert fault.strength == "none" or fault.evidence_sources, fault.name
    sway = next(fault for fault in known().faults if fault.name == "trunk_sway")
    assert (sway.strength, sway.evidence_sources) == ("very low", ("drozda_2024",))
    assert "2 mm further sideways" in sway.evidence
    assert "1.4 ± 0.5 against 1.2 ± 0.3 cm" in known().sources["drozda_2024"].supports


def guidance_rows() -> list[dict[str, Any]]:
    """Every block of the guidance files."""
    files = ("advice.toml", "exercises.toml", "triage.toml", "comeback.toml", "load.toml")
    tables = [tomllib.loads((KNOWLEDGE / name).read_text(encoding="utf-8")) for name in files]
    return [row for table in tables for section in table.values() for row in section.values()]


def cited(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        for key, value in row.items():
            if key.endswith(("source", "sources")):
                yield from [value] if isinstance(value, str) else value


def words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from words(inner)


def test_no_word_of_guidance_blames_or_diagnoses() -> None:
    for row in guidance_rows():
        for sentence in words(row):
            assert not re.search(BLAME, sentence, re.IGNORECASE), sentence


def test_the_runner_is_never_blamed_or_diagnosed() -> None:
    texts, rows = knowledge.texts(), known()
    sentences = [text for fault in rows.faults for text in (fault.label, fault.mechanism, fault.evidence, fault.advice)]
    sentences += [part for reason in knowledge.reasons().values() for part in (reason.because, reason.filming)]
    sentences += [texts.red_flags, texts.not_a_diagnosis.replace("not a diagnosis", "")]
    for sentence in sentences:
        assert not re.search(BLAME, sentence, re.IGNORECASE), sentence


def test_red_flags_are_those_that_triage_asks_for() -> None:
    """Each where it is said what it asks for: the emergency department, a doctor today, or a doctor."""
    said, asked = knowledge.texts().red_flags, guidance.triage().questions["red_flags"].answers
    emergency, today, doctor = re.split("call a doctor today|see a doctor before", said)
    place = {"urgent": emergency, "today": today, "doctor": doctor}
    for key, sign in asked.items():
        if key != "none":
            assert sign in place[verdict(red_flags=key).stage.name]
    both = ["injury", "bones"]
    assert verdict(red_flags=both).stage.name == "today"
    assert " together with ".join(asked[key] for key in both) in today


def test_the_short_red_flags_name_signs_by_urgency_and_where_all_are() -> None:
    """As alternatives, and as triage would decide."""
    short = knowledge.texts().red_flags_short.lower()
    emergency, today, doctor = (
        short.index(place) for place in ("emergency department now", "doctor today", ": doctor. more")
    )
    for sign in ("chest pain", "bad fall", "crash", "groin", "bladder or bowel", "both legs", "getting weaker"):
        assert short.index(sign) < emergency
    for sign in ("fever", "weight loss", "weak leg", "at night"):
        assert emergency < short.index(sign) < today
    for sign in ("blow", "cancer", "bone or leg pain"):
        assert today < short.index(sign) < doctor
    assert "formcheck triage" in short[doctor:]


def test_a_reason_is_a_key_or_its_own_words() -> None:
    assert knowledge.reason("not_side_view").filming.startswith("Film straight from the side")
    assert knowledge.reason("the moon was in the way") == knowledge.Reason("the moon was in the way", "")


def test_a_users_file_replaces_limits_whole_and_keeps_the_rest(own: Path) -> None:
    builtin = next(f for f in known().faults if f.name == "overstride")
    text = """
        [sources.my_clinic]
        name = "My clinic"
        citation = "Handout of my clinic, 2025"
        supports = "limits for our patients"
        [faults.overstride]
        needed = 1
        [faults.overstride.limits.overstride_pct_leg]
        watch_above = 26
        fault_above = 28
        source = "my_clinic"
    """
    knowledge.own_limits.cache_clear()
    own.write_text(text, encoding="utf-8")
    mine = next(f for f in known().faults if f.name == "overstride")
    assert mine.needed == 1
    assert mine.limits[0] == knowledge.Limits("overstride_pct_leg", "my_clinic", watch_above=26.0, fault_above=28.0)
    assert mine.limits[1:] == builtin.limits[1:]
    assert mine.advice == builtin.advice


REFUSED = [
    ('[faults.overstride]\nregions = ["left elbow"]', ["[faults.overstride]", '"regions"', "left elbow", "lower back"]),
    ("[faults.overstride]\nregions = []", ["[faults.overstride]", '"regions"', "list of texts"]),
    ('[faults.overstride]\nlable = "Typo"', ["[faults.overstride]", '"lable"', "not known"]),
    ('[faults.overstride]\nlabel = ""', ["[faults.overstride]", '"label"', "expected a text"]),
    ('[faults.overstride]\nstrength = "certain"', ["[faults.overstride]", '"strength"', "certain"]),
    ("[faults.overstride]\nneeded = 5", ["[faults.overstride]", '"needed"', "5"]),
    ("[faults.overstride]\nneeded = true", ["[faults.overstride]", '"needed"', "whole number"]),
    ('[faults.overstride]\nmetric = "cadence_spm"', ["[faults.overstride]", '"metric"', "cadence_spm"]),
    ('[faults.overstride]\nadvice_source = "hearsay"', ["[faults.overstride]", '"advice_source"', "hearsay"]),
    ('[faults.overstride]\nevidence_sources = ["hearsay"]', ["[faults.overstride]", '"evidence_sources"', "hearsay"]),
    ("[faults.overstride]\nlimits = 3", ["[faults.overstride]", '"limits"', "expected a table"]),
    ('[faults.new_one]\nlabel = "New"', ["[faults.new_one]", '"regions" is missing']),
    ('[faults.overstride.limits.leg_day]\nsource = "our_choice"', ["[faults.overstride]", "leg_day"]),
    ("[faults.overstride.limits.shin_angle_deg]\nfault_above = 12", ["limits.shin_angle_deg", '"source" is missing']),
    (
        '[faults.overstride.limits.shin_angle_deg]\nsource = "hearsay"\nfault_above = 1',
        ["limits.shin_angle_deg", "hearsay"],
    ),
    (
        '[faults.overstride.limits.shin_angle_deg]\nsource = "our_choice"',
        ["limits.shin_angle_deg", "at least one limit"],
    ),
    (
        '[faults.overstride.limits.shin_angle_deg]\nsource = "our_choice"\nwatch_above = 9\nfault_above = 7',
        ["limits.shin_angle_deg", "in the order"],
    ),
    (
        '[faults.overstride.limits.shin_angle_deg]\nsource = "our_choice"\nwatch_above = 9\nfault_above = 9',
        ["limits.shin_angle_deg", "in the order"],
    ),
    (
        '[faults.shoulder_hunch.limits.shoulder_hunch_deg]\nsource = "our_choice"\nwatch_above = 9\nfine_until = 8',
        ["[faults.shoulder_hunch]", "shoulder_hunch_deg", "fine_until"],
    ),
    (
        '[faults.overstride.limits.shin_angle_deg]\nsource = "our_choice"\nfault_above = "12"',
        ["limits.shin_angle_deg", '"fault_above"', "expected a number"],
    ),
    (
        '[faults.overstride.limits.shin_angle_deg]\nsource = "our_choice"\nfault_above = nan',
        ["limits.shin_angle_deg", '"fault_above"', "expected a number"],
    ),
    ('[sources.mine]\nname = "Mine"', ["[sources.mine]", '"citation" is missing']),
    ("[faults]\noverstride = 1", ["[faults.overstride]", "expected a table"]),
    ("faults = 1", ["[faults]", "expected a table"]),
    ('[texts]\nred_flags = "none"', ["[texts]", "faults, sources"]),
    ("not toml at all", ["not valid TOML"]),
]


REFUSED += [
    (
        '[faults.overstride.limits.shin_angle_deg]\nsource = "our_choice"\nfault_above = 9\ninstead_of = "cadence_spm"',
        ["[faults.overstride]", '"instead_of"', "cadence_spm"],
    ),
    (
        '[faults.overstride.limits.shin_angle_deg]\nsource = "our_choice"\nfault_above = 9\ngiven = "mood"',
        ["limits.shin_angle_deg", '"given"', "mood"],
    ),
]


REFUSED += [
    (  # else no lean would ever be too far, or no doubt be left about who is not known well enough
        '[faults.excess_trunk_lean.limits.trunk_lean_deg]\nwatch_below = 5\nsource = "our_choice"',
        ["[faults.excess_trunk_lean.limits.trunk_lean_deg]", "watch_above", "fault_above", "leaves out"],
    ),
    (
        '[faults.low_cadence.limits.cadence_spm]\nwatch_below = 168\nfault_below = 158\nsource = "our_choice"',
        ["[faults.low_cadence.limits.cadence_spm]", "limits_sd", "leaves out"],
    ),
]


REFUSED += [
    (
        '[faults.overstrid.limits.overstride_pct_leg]\nwatch_above = 9\nfault_above = 12\nsource = "our_choice"',
        ["[faults.overstrid]", "there is no such finding; did you mean overstride?"],
    ),
    ("[faults.bounce]\nneeded = 1", ["[faults.bounce]", "there is no such finding; known are crossover, excess_tr"]),
    (  # else the foot's landing would be called by the trunk's lean
        '[faults.overstride.limits.trunk_lean_deg]\nwatch_above = 9\nsource = "our_choice"',
        ["[faults.overstride]", "overstride does not judge trunk_lean_deg; put it under [faults.excess_trunk_lean]"],
    ),
    (
        '[faults.trunk_sway.limits.knee_window_deg]\nwatch_above = 9\nsource = "our_choice"',
        ["[faults.trunk_sway]", "trunk_sway does not judge knee_window_deg; it judges trunk_sway_deg"],
    ),
    ('[faults.overstride]\nadvice_source = "artikle"', ["[faults.overstride]", "did you mean article?"]),
    ('[faults.overstride]\nlable = "Typo"', ["[faults.overstride]", "did you mean label?"]),
]


@pytest.mark.parametrize(("text", "named"), REFUSED)
def test_a_faulty_row_is_refused_with_file_block_and_key(own: Path, text: str, named: list[str]) -> None:
    own.write_text(text, encoding="utf-8")
    with pytest.raises(FormcheckError) as error:
        knowledge.load(UNITS)
    assert str(error.value).startswith(str(own))
    for words in named:
        assert words in str(error.value)


def test_a_new_finding_of_ones_own_may_judge_any_measure(own: Path) -> None:
    own.write_text(
        """
        [faults.slouch]
        label = "Slouch"
        regions = ["mid back"]
        metric = "trunk_lean_deg"
        needed = 1
        ends = "from hips to shoulders"
        mechanism = "Ours."
        strength = "none"
        evidence = "None."
        advice = "Stand tall."
        advice_source = "article"
        [faults.slouch.limits.trunk_lean_deg]
        watch_above = 9
        source = "our_choice"
        """,
        encoding="utf-8",
    )
    assert [fault.limits[0].watch_above for fault in known().faults if fault.name == "slouch"] == [9]


def test_a_metric_that_is_not_measured_is_refused() -> None:
    with pytest.raises(FormcheckError, match=r"faults\.toml: \[faults\.low_cadence\].*cadence_spm"):
        knowledge.load([name for name in UNITS if name != "cadence_spm"])


def test_a_users_file_that_cannot_be_read_is_named(own: Path) -> None:
    own.mkdir()
    with pytest.raises(FormcheckError, match=r"limits\.toml: cannot be read"):
        knowledge.load(UNITS)


@pytest.mark.parametrize("model", BACKENDS)
def test_every_pose_model_has_learned_whatever_the_default_has(model: str) -> None:
    learned, default = calibration.of(model), calibration.of(DEFAULT_BACKEND)
    for table in default.all_rows():
        assert learned.rows(table).keys() == default.rows(table).keys()
    for metric in default.rows("corrections"):
        correction = learned.correction(metric)
        assert correction.sd > 0
        assert correction.slopes.keys() <= learned.rows("features").keys()


def test_a_feature_beyond_what_was_learned_fades_out_and_is_doubted() -> None:
    feature = calibration.Feature(usual=0.4, low=0.3, high=0.5)
    assert feature.believed(0.32) == 0.32
    assert feature.left_out(0.32) == 0
    assert feature.believed(0.3 - 0.025) == pytest.approx(0.35)  # halfway into the margin
    assert feature.believed(0.1) == 0.4
    assert feature.left_out(0.1) == pytest.approx(0.3)
    assert feature.believed(float("nan")) == 0.4
    assert feature.left_out(float("nan")) == pytest.approx(0.2)
