"""Rest, run lightly or carry on: the article's order, and red flags before everything."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from advice import MILD, answer_file, answers, flags, one_line, run, verdict, write_report
from formcheck import cli_asking
from formcheck.datatypes import FormcheckError, UnreadableInputError
from formcheck.guidance import pages, triage
from formcheck.knowledge import guidance

ARTICLE = ("sharp", "nerve_signs", "worse_in_the_run", "mild_and_easing", "lasting", "limiting")
URGENT = ("bladder_bowel", "saddle", "leg_weakness", "chest", "accident")
TODAY = ("weak_leg", "fever", "weight_loss", "lump", "between_shoulders", "straining", "night")
RED = [key for key in guidance.triage().questions["red_flags"].answers if key != "none"]


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ({"red_flags": "NONE"}, {"red_flags": ("none",)}), ({"Red flags": " none "}, {"red_flags": ("none",)}),
        ({"red-flags": ["Weak leg", "bladder-bowel"]}, {"red_flags": ("weak_leg", "bladder_bowel")}),
        ({"Strength": " 6 "}, {"strength": ("strong",)}), ({"where": ["Lower", "lower"]}, {"where": ("lower",)}),
    ],
)  # fmt: skip
def test_answers_are_understood_however_they_are_written(
    said: dict[str, Any], means: dict[str, tuple[str, ...]], tmp_path: Path
) -> None:
    (tmp_path / "answers.json").write_text(json.dumps(said), encoding="utf-8")
    assert triage.read(tmp_path / "answers.json").answers == means


def test_an_answer_given_twice_in_other_letters_is_refused(tmp_path: Path) -> None:
    """One of the two may be a red flag."""
    file = tmp_path / "answers.json"
    for said, why in (
        ({"red_flags": "none", "red-flags": "saddle"}, "red_flags is answered twice"),
        ({"answers": {"red_flags": "none"}, "Red Flags": "saddle"}, "holds answers twice"),
    ):
        file.write_text(json.dumps(said), encoding="utf-8")
        with pytest.raises(UnreadableInputError, match=why):
            triage.read(file)


def test_answers_as_options_are_understood_likewise() -> None:
    words = ("--red-flags", "NONE", "--where", "Nowhere ", "--sits", "No")
    assert json.loads(run("triage", *words, "--json").stdout)["answers"] == {
        "red_flags": ["none"], "where": ["nowhere"], "sits": ["no"]
    }  # fmt: skip


def test_the_rules_stand_in_the_articles_order_after_the_red_flags() -> None:
    rules = list(guidance.triage().rules.values())
    assert tuple(rule.name for rule in rules if rule.source == "article") == ARTICLE
    begun = [rule.source for rule in rules].index("article")
    assert [rule.name for rule in rules[begun : begun + len(ARTICLE)]] == list(ARTICLE)
    flags = rules[:begun]
    assert all(key.startswith("red_flags.") for rule in flags for key in (*rule.any, *rule.all))
    levels = [rule.level for rule in flags]
    assert levels == sorted(levels, key=("urgent", "today", "doctor").index)


@pytest.mark.parametrize(
    ("changes", "rule", "level"),
    [
        ({"feel": "sharp"}, "sharp", "stop"),
        ({"feel": "leg"}, "nerve_signs", "stop"),
        ({"feel": ["dull", "tingling"]}, "nerve_signs", "stop"),
        ({"changes": "worse"}, "worse_in_the_run", "rest"),
        ({}, "mild_and_easing", "light"),
        ({"lasts": "longer"}, "lasting", "light_advice"),
        ({"lasts": "longer", "changes": "stays"}, "lasting_no_run", "advice"),
        ({"lasts": "longer", "strength": "middling"}, "lasting_no_run", "advice"),
        ({"daily": "yes"}, "limiting", "advice"),
        ({"daily": "yes"}, "limiting_no_run", "advice"),
        ({"strength": "strong"}, "strong", "rest"),
        ({"changes": "stays"}, "not_easing", "light"),
    ],
)
def test_each_row_of_the_article_decides_as_it_says(changes: dict[str, str | list[str]], rule: str, level: str) -> None:
    outcome = verdict(**changes)
    assert outcome.stage.name == level
    assert rule in [held.name for held in outcome.rules]
    page = pages.markdown(triage.to_page(outcome))
    assert guidance.triage().rules[rule].says in page
    assert outcome.stage.headline in page.splitlines()[0]


@pytest.mark.parametrize("sign", RED)
def test_a_red_flag_is_answered_at_once(sign: str, tmp_path: Path) -> None:
    said = run("triage", "--red-flags", sign)
    level = "urgent" if sign in URGENT else "today" if sign in TODAY else "doctor"
    assert said.exit_code == 0
    assert guidance.triage().levels[level].headline in said.stdout
    file = tmp_path / "answers.json"
    file.write_text(json.dumps({"red_flags": sign}), encoding="utf-8")
    assert run("return", "--symptoms", file).exit_code == 6


def test_other_signs_are_not_the_last_word_while_red_chosenare_open() -> None:
    assert "red_flags" in triage.unanswered({"feel": ("leg",)})
    assert triage.unanswered({"red_flags": ("none",), "feel": ("leg",)}) == []


@pytest.mark.parametrize("changes", [{"red_flags": "saddle"}, {"feel": "leg"}, {"daily": "yes"}])
def test_nothing_lets_run_beside_a_rule_that_does_not(changes: dict[str, str | list[str]]) -> None:
    known, outcome = guidance.triage(), verdict(**changes)
    assert "mild_and_easing" in [rule.name for rule in verdict().rules]
    assert not any(known.levels[rule.level].runs for rule in outcome.rules)
    assert known.rules["mild_and_easing"].says not in pages.markdown(triage.to_page(outcome))


@pytest.mark.parametrize(
    "chosen", [["fever"], ["cancer"], ["fever", "cancer", "weight_loss"], ["injury", "bones"], RED]
)
def test_nobody_with_a_red_flag_is_reassured_and_each_rule_names_its_source(chosen: list[str]) -> None:
    page = pages.markdown(triage.to_page(verdict(red_flags=chosen)))
    assert not re.search("nothing serious|most likely|harmless|don't worry|do not worry", page, re.IGNORECASE)
    known = guidance.triage()
    assert not any(rule.source == "our_choice" for rule in verdict(red_flags=chosen).rules)
    assert known.rules["fever"].source == "nhs_back_pain"
    assert known.rules["injury_to_bones"].source == "finucane_2020"


@pytest.mark.parametrize("chosen", [*([sign] for sign in TODAY), ["weight_loss", "night"], ["injury", "bones"]])
def test_what_cannot_wait_is_for_today(chosen: list[str]) -> None:
    outcome = verdict(red_flags=chosen)
    assert (outcome.stage.name, outcome.stage.plan, outcome.stage.runs) == ("today", False, False)
    assert "today" in outcome.stage.headline
    assert "within days" not in pages.markdown(triage.to_page(outcome))


def test_a_weak_leg_with_cancer_and_a_bad_accident_are_emergencies() -> None:
    for chosen in (["weak_leg", "cancer"], ["accident"]):
        assert verdict(red_flags=chosen).stage.name == "urgent"


NHS_LIST = {  # the signs of the page "Back pain" that call for help now, and for an urgent appointment
    "urgent": ("down both legs", "both legs weak, numb or tingling", "genitals", "urine", "chest", "car crash"),
    "today": ("fever", "losing weight", "lump", "changed shape", "rest", "worse at night", "cough", "shoulders"),
}


def test_every_sign_of_the_list_that_is_cited_can_be_ticked() -> None:
    signs = guidance.triage().questions["red_flags"].answers
    for level, words in NHS_LIST.items():
        for word in words:
            found = [key for key, sign in signs.items() if word in sign]
            assert found, word
            assert {verdict(red_flags=key).stage.name for key in found} == {level}, word


def test_what_may_be_a_bone_giving_way_or_an_infection_is_seen_before_the_next_run(tmp_path: Path) -> None:
    """Mild pain away from running would else let run; beside a fever, a weak immune system takes nothing back."""
    told = {"where": "lower", "feel": "dull", "strength": "mild", "when": "after", "changes": "stays", "lasts": "days"}
    assert verdict(**told, daily="no").stage.name == "light"
    for sign, words in (("bone_spot", ("in your teens", "eat little", "Harris 2016")), ("immune", ("Yusuf 2019",))):
        outcome = verdict(red_flags=sign, **told, daily="no")
        assert (outcome.stage.name, outcome.stage.plan, outcome.stage.runs) == ("doctor", False, False)
        page = pages.markdown(triage.to_page(outcome))
        assert all(word in page for word in words)
        file = answer_file(tmp_path, red_flags=sign, **told)
        for command in (("return",), ("plan", write_report(tmp_path))):
            assert run(*command, "--symptoms", file).exit_code == 6
        assert verdict(red_flags=[sign, "fever"]).stage.name == "today"


def test_a_nerve_is_spoken_of_only_where_pain_or_tingling_reaches_a_leg() -> None:
    for feel, nerve in (("sharp", False), (["dull", "sharp"], False), ("leg", True), (["sharp", "tingling"], True)):
        assert ("nerve" in pages.markdown(triage.to_page(verdict(feel=feel))).split("At any time")[0]) == nerve


def test_lasting_pain_that_is_mild_and_eases_may_run_lightly_and_no_other() -> None:
    """So that what is said of running beside it is not contradicted; that others may not is marked as our choice."""
    running = guidance.triage().notes["running"].says
    for changes, runs in (({}, True), ({"changes": "stays"}, False), ({"strength": "middling"}, False)):
        outcome = verdict(lasts="longer", **changes)
        page = pages.markdown(triage.to_page(outcome))
        assert "rofessional advice" in outcome.stage.headline
        assert outcome.stage.runs == runs == (running in page)
        assert ("do not run" in page.lower()) != runs
        forbids = [rule.source for rule in outcome.rules if "not run" in rule.says.lower()]
        assert forbids == ([] if runs else ["our_choice"])


@pytest.mark.parametrize("sign", RED)
def test_a_red_flag_wins_over_every_other_answer(sign: str) -> None:
    questions = {name: list(q.answers) for name, q in guidance.triage().questions.items() if name != "red_flags"}
    levels = {
        triage.judge({"red_flags": (sign,)} | {name: (key,) for name, key in zip(questions, keys, strict=True)}).stage
        for keys in product(*questions.values())
    }
    assert {stage.name for stage in levels} <= {"urgent", "today", "doctor"}
    assert not any(stage.plan for stage in levels)


@pytest.mark.slow
def test_every_set_of_answers_leads_somewhere_and_pain_never_to_carry_on() -> None:
    questions = {name: list(q.answers) for name, q in guidance.triage().questions.items()}
    for keys in product(*questions.values()):
        outcome = triage.judge({name: (key,) for name, key in zip(questions, keys, strict=True)})
        assert outcome.stage.name != "carry_on"


def test_no_pain_and_no_red_flag_means_carry_on_with_few_questions() -> None:
    given = {"red_flags": ("none",), "where": ("nowhere",), "sits": ("no",)}
    assert triage.unanswered(given) == []
    assert triage.judge(given).stage.name == "carry_on"


def test_nobody_with_pain_this_week_is_told_that_there_is_none() -> None:
    """As a diary tells of this week, and the runner of today."""
    today = {"red_flags": ("none",), "where": ("nowhere",), "sits": ("no",)}
    for strength, rules in (("middling", ["not_easing"]), ("strong", ["strong"]), ("mild", ["no_pain"])):
        assert [rule.name for rule in triage.judge(today | {"strength": (strength,)}).rules] == rules


def test_gentle_activity_is_preferred_to_rest_when_nothing_speaks_against_it() -> None:
    says = guidance.triage().notes["stay_active"].says
    assert says in pages.markdown(triage.to_page(verdict()))
    assert says not in pages.markdown(triage.to_page(verdict(feel="leg")))


def test_answers_point_to_causes_as_hints_only() -> None:
    assert {topic.name for topic in verdict(when="late", sits="yes").topics} >= {"weak_core", "tight_hip_flexors"}
    assert verdict(when="late", feel="sharp").topics == ()
    assert "hints on where to look, and no finding" in pages.markdown(triage.to_page(verdict(when="late")))


def test_every_outcome_names_the_red_chosenand_is_no_diagnosis() -> None:
    for changes in ({}, {"feel": "sharp"}, {"red_flags": "fever"}):
        page = pages.markdown(triage.to_page(verdict(**changes)))
        assert "emergency department" in page
        assert "not a diagnosis" in page


def test_chosengive_the_outcome_without_questions(tmp_path: Path) -> None:
    result = run("triage", *flags(feel="sharp"), "-o", tmp_path / "answers.json")
    assert result.exit_code == 0
    assert result.stdout.startswith("Stop running and have it looked at")
    kept = json.loads((tmp_path / "answers.json").read_text(encoding="utf-8"))
    assert (kept["level"], kept["answers"]["feel"], kept["plan"]) == ("stop", ["sharp"], False)
    again = run("triage", "--answers", tmp_path / "answers.json", "--json")
    assert json.loads(again.stdout) == kept


def test_markdown_and_json_hold_nothing_else() -> None:
    assert run("triage", *flags(), "--markdown").stdout.startswith("# Run lightly")
    document = json.loads(run("triage", *flags(), "--json").stdout)
    assert [rule["rule"] for rule in document["because"]] == ["mild_and_easing"]


def test_without_a_terminal_the_missing_chosenare_named() -> None:
    result = run("triage", "--red-flags", "none", "--where", "lower")
    assert result.exit_code == 2
    assert "--feel" in result.stderr
    assert "--red-flags" not in result.stderr.rsplit("Error", 1)[1]


@pytest.mark.parametrize(
    ("number", "key"), [(0, "mild"), (3, "mild"), (4, "middling"), (5, "middling"), (6, "strong"), (10, "strong")]
)
def test_the_strength_may_be_the_number_that_was_asked_for(number: int, key: str) -> None:
    given = [word for word in flags() if word not in ("--strength", "mild")]
    said = json.loads(run("triage", *given, "--strength", number, "--json").stdout)
    assert said["answers"]["strength"] == [key]
    assert answers(strength=str(number))["strength"] == (key,)
    assert triage.checked({"strength": number}, "a file")["strength"] == (key,)


@pytest.mark.parametrize("wrong", ["11", "-1", "3.5", "3,7", ""])
def test_a_strength_that_is_no_number_asked_for_is_refused(wrong: str) -> None:
    result = run("triage", "--strength", wrong)
    assert result.exit_code == 2
    assert "from 0 to 10" in result.stderr or "go together" in result.stderr


def test_several_answers_may_be_separated_by_commas() -> None:
    said = json.loads(run("triage", "--red-flags", "fever, cancer", "--red-flags", "night", "--json").stdout)
    assert said["answers"]["red_flags"] == ["fever", "cancer", "night"]
    both = run("triage", "--red-flags", "none,fever")
    assert (both.exit_code, "go together" in one_line(both.stderr)) == (2, True)


@pytest.mark.parametrize(
    ("changes", "said"), [({}, True), ({"lasts": "longer", "daily": "yes"}, True), ({"red_flags": "cancer"}, False)]
)
def test_saved_answers_end_with_the_plan_where_one_is_allowed(
    tmp_path: Path, changes: dict[str, str], said: bool
) -> None:
    file = tmp_path / "answers.json"
    assert (f"formcheck plan REPORT --symptoms {file}" in run("triage", *flags(**changes), "-o", file).stdout) == said
    write_report(tmp_path)
    last = run("triage", *flags(**changes), "-o", file).stdout.splitlines()[-1]
    assert (last == f"To make a plan that goes by it: formcheck plan {tmp_path} --symptoms {file}") == said


def saved(folder: Path, days_ago: int, dated: bool, **changes: str) -> Path:
    """Answers saved some days ago, which the file says or its own date."""
    file, day = answer_file(folder, **changes), date.today() - timedelta(days_ago)
    if dated:
        file.write_text(json.dumps(triage.to_json(triage.judge(answers(**changes), day))), encoding="utf-8")
    else:
        os.utime(file, (time.mktime(day.timetuple()),) * 2)
    return file


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize(("days_ago", "counts"), [(0, True), (14, True), (15, False), (400, False), (-2, False)])
def test_answers_of_long_ago_do_not_let_run(tmp_path: Path, days_ago: int, counts: bool, dated: bool) -> None:
    file, report = saved(tmp_path, days_ago, dated), write_report(tmp_path)
    day = date.today() - timedelta(days_ago)
    for call in (
        ("triage", "--answers", file),
        ("plan", report),
        ("plan", report, "--symptoms", file),
        ("return", "--symptoms", file),
    ):
        result = run(*call)
        assert result.exit_code == (0 if counts else 2), call
        said = result.stdout if counts else result.stderr
        assert str(day) in said
        assert ("answer again: formcheck triage -o" in said) != counts
    assert (tmp_path / "plan.json").exists() == counts


@pytest.mark.parametrize("sign", ["saddle", "fever", "cancer"])
def test_however_old_answers_that_forbid_to_run_still_do(tmp_path: Path, sign: str) -> None:
    file, report = saved(tmp_path, 400, True, red_flags=sign), write_report(tmp_path)
    assert run("triage", "--answers", file).exit_code == 0
    assert [run(*call, "--symptoms", file).exit_code for call in (("plan", report), ("return",))] == [6, 6]


@pytest.mark.parametrize("asked", [None, *([flag for flag in RED if flag != new] for new in RED), "all", {}])
def test_a_none_that_does_not_cover_every_red_flag_lets_nobody_run(tmp_path: Path, asked: object) -> None:
    """It is asked again, by whatever version it was saved."""
    file, report = saved(tmp_path, 1, True), write_report(tmp_path)
    content = json.loads(file.read_text("utf-8"))
    assert content.pop("asked") == RED
    file.write_text(json.dumps(content if asked is None else content | {"asked": asked}), encoding="utf-8")
    for call in (("plan", report), ("return", "--symptoms", file)):
        refused = run(*call)
        assert (refused.exit_code, "red flags were added since" in refused.stderr) == (2, True)
        assert f"answer again: formcheck triage -o {file}" in refused.stderr
    again = run("triage", "--answers", file)
    assert (again.exit_code, again.stderr.rstrip().rsplit("formcheck triage ", 1)[1]) == (2, "--red-flags")
    assert "asked again" in again.stderr
    answered = run("triage", "--answers", file, "--red-flags", "none", "-o", file)
    assert (answered.exit_code, "asked again" in answered.stderr) == (0, False)
    assert run("return", "--symptoms", file).exit_code == 0


def test_what_forbids_to_run_does_so_whatever_red_flags_were_asked_for(tmp_path: Path) -> None:
    for changes in ({"red_flags": "fever"}, {"feel": "sharp"}):
        file = saved(tmp_path, 1, True, **changes)
        file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | {"asked": RED[:3]}), encoding="utf-8")
        assert run("return", "--symptoms", file).exit_code == 6


def test_answers_written_by_hand_are_to_the_red_flags_of_today(tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    for told in (MILD, {"answers": MILD}, {"answers": MILD, "answered": str(date.today())}):
        file.write_text(json.dumps(told), encoding="utf-8")
        assert run("return", "--symptoms", file).exit_code == 0


def test_saved_answers_hold_their_day_and_saving_them_again_makes_them_no_newer(tmp_path: Path) -> None:
    file = saved(tmp_path, 10, True)
    assert run("triage", "--answers", file, "-o", file).exit_code == 0
    assert json.loads(file.read_text("utf-8"))["answered"] == str(date.today() - timedelta(10))
    assert run("triage", *flags(), "-o", file).exit_code == 0
    assert json.loads(file.read_text("utf-8"))["answered"] == str(date.today())
    content = json.loads(file.read_text("utf-8")) | {"answered": "soon"}
    file.write_text(json.dumps(content), encoding="utf-8")
    refused = run("triage", "--answers", file)
    assert (refused.exit_code, '"answered" is not a date' in one_line(refused.stderr)) == (3, True)


@pytest.mark.parametrize("key", ["answered", "Answered", " ANSWERED "])
@pytest.mark.parametrize("inside", [True, False])
def test_the_day_of_answers_written_by_hand_counts_wherever_it_stands(tmp_path: Path, key: str, inside: bool) -> None:
    file, day = tmp_path / "answers.json", date.today() - timedelta(15)
    nested = {"answers": MILD | {key: str(day)}} if inside else {"answers": MILD, key: str(day)}
    for told in (nested, MILD | {key: f"{day:%d.%m.%Y}"}):
        file.write_text(json.dumps(told), encoding="utf-8")
        assert triage.read(file) == triage.SavedAnswers(file, answers(), day)
        assert run("triage", "--answers", file).exit_code == 2


def test_of_two_days_of_answers_none_is_chosen(tmp_path: Path) -> None:
    file, new, old = tmp_path / "answers.json", str(date.today()), "2026-01-01"
    for told in ({"answered": new, "answers": MILD | {"answered": old}}, MILD | {"answered": new, "Answered": old}):
        file.write_text(json.dumps(told), encoding="utf-8")
        refused = run("triage", "--answers", file)
        assert (refused.exit_code, f'"answered" is {old} and {new}; keep one' in one_line(refused.stderr)) == (3, True)
    file.write_text(json.dumps({"answered": new, "answers": MILD | {"answered": new}}), encoding="utf-8")
    assert run("triage", "--answers", file).exit_code == 0


def test_an_unknown_answer_is_refused_with_those_that_are_known() -> None:
    result = run("triage", "--feel", "funny")
    assert result.exit_code == 2
    assert "tingling" in result.stderr


def test_answers_that_exclude_each_other_are_refused_in_one_line() -> None:
    result = run("triage", "--changes", "eases", "--changes", "worse")
    assert result.exit_code == 2
    assert "go together" in one_line(result.stderr)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("", "not JSON"),
        ("[]", "contains no answers"),
        ('{"answers": 3}', "contains no answers"),
        ('{"feel": "odd"}', "feel"),
        ('{"feel": []}', "feel"),
        ('{"feel": 3}', "feel"),
        ('{"mood": "fine"}', "mood"),
        ('{"red_flags": ["none", "fever"]}', "go together"),
        ('{"changes": ["eases", "worse"]}', "go together"),
    ],
)
def test_a_faulty_answer_file_exits_3_with_one_line(tmp_path: Path, content: str, named: str) -> None:
    file = tmp_path / "answers.json"
    file.write_text(content, encoding="utf-8")
    result = run("triage", "--answers", file)
    assert result.exit_code == 3
    assert named in one_line(result.stderr)
    assert "answers.json" in result.stderr


def test_an_answer_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match=r"nowhere\.json"):
        triage.read(tmp_path / "nowhere.json")


def test_answers_are_checked_by_name() -> None:
    with pytest.raises(FormcheckError, match="mood"):
        triage.checked({"mood": "fine"}, "test")
    for some in ({"red_flags": ("none",)}, {"strength": ("mild",), "changes": ("eases",)}, {"daily": ("yes",)}):
        with pytest.raises(ValueError, match="not answered"):
            triage.judge(some)
    assert triage.judge({"feel": ("leg",)}).stage.name == "stop"  # whatever else is answered, no plan


def test_the_interview_asks_in_order_and_again_until_it_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_asking, "can_ask", lambda: True)
    none = str(1 + len(RED))
    said = ["99", f"1,{none}", none, "1", "1", "11", "3", "1", "1", "1", "1", "1"]
    result = run("triage", "--json", input="\n".join(said) + "\n")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["answers"] == {name: list(keys) for name, keys in answers().items()}
    asked = [question.name for question in guidance.triage().questions.values() if question.asked]
    assert list(MILD) == list(cli_asking.QUESTIONS) == asked
    assert f"from 1 to {none}" in result.stderr
    assert "from 0 to 10" in result.stderr.split("How strong")[1]
    assert "do not go together" in result.stderr


def test_the_interview_takes_the_words_that_options_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer to every question, as its key is written anywhere, also beside numbers."""
    for question in guidance.triage().questions.values():
        for key in question.answers:
            for said in (key, key.upper().replace("_", " "), f" {key.replace('_', '-')} "):
                assert cli_asking._replies(said, [*question.answers], question) == (key,)
    flags = guidance.triage().questions["red_flags"]
    assert cli_asking._replies("2 1, weak leg,fever", [*flags.answers], flags) == (
        "saddle", "bladder_bowel", "weak_leg", "fever"
    )  # fmt: skip
    for said in ("", " ,", "nothing", "0", "none fever"):
        with pytest.raises(ValueError, match="Please answer"):
            cli_asking._replies(said, [*flags.answers], flags)
    monkeypatch.setattr(cli_asking, "can_ask", lambda: True)
    words = run("triage", "--json", input="\n".join(MILD.values()) + "\n")
    assert json.loads(words.stdout)["answers"] == {name: list(keys) for name, keys in answers().items()}


def test_ending_the_input_ends_the_interview_as_an_interruption(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cli_asking, "can_ask", lambda: True)
    result = run("triage", "-o", tmp_path / "answers.json", input="")
    assert result.exit_code == 130
    assert not (tmp_path / "answers.json").exists()


def test_the_interview_runs_on_a_real_terminal() -> None:
    pty = pytest.importorskip("pty", reason="needs a pseudo-terminal")
    mine, theirs = pty.openpty()
    call = [sys.executable, "-m", "formcheck", "triage", "--markdown"]
    with subprocess.Popen(call, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        os.write(mine, f"{1 + len(RED)}\n4\n1\n".encode())  # no red flag, no pain, does not sit
        out, _ = process.communicate(timeout=60)
    os.close(mine)
    os.close(theirs)
    assert out.startswith("# Carry on")


def test_no_colour_reaches_a_pipe(tmp_path: Path) -> None:
    call = [sys.executable, "-m", "formcheck", "triage", "--answers", str(answer_file(tmp_path))]
    out = subprocess.run(call, capture_output=True, text=True, check=True, env={**os.environ, "NO_COLOR": "1"}).stdout
    assert not re.search("\x1b\\[", out)
    assert all(len(line) <= 80 for line in out.splitlines())


def test_help_tells_every_question_and_answer() -> None:
    text = " ".join(run("triage", "--help").output.split())
    for question in (each for each in guidance.triage().questions.values() if each.asked):
        assert question.ask in text
        assert all(key in text for key in question.answers)


def test_a_red_flag_that_stands_twice_or_outside_is_never_passed_over(tmp_path: Path) -> None:
    calm = dict(MILD)
    for text in (
        json.dumps({"red_flags": ["bladder_bowel"], "answers": calm}),
        json.dumps(calm)[:-1] + ', "red_flags": ["none"]}',
    ):
        file = tmp_path / "answers.json"
        file.write_text(text, encoding="utf-8")
        result = run("triage", "--answers", file)
        assert result.exit_code == 3
        assert "twice" in result.stderr
