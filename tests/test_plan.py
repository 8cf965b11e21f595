"""The personal plan: every finding answered, one cue at a time, the article's doses, and never despite a red flag."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import icalendar
import pytest
from rich.console import Console

import builders
from advice import FINE, START, answer_file, everything, one_line, run, seen, verdict, write_report
from formcheck import cli_asking, cli_guidance
from formcheck.datatypes import UnreadableInputError
from formcheck.guidance import pages, plan, plan_page, reading, triage
from formcheck.guidance.triage import Verdict
from formcheck.knowledge import guidance, texts


def made(folder: Path, weeks: int = 4, judged: Verdict | None = None) -> plan.Plan:
    return plan.make(everything(folder), START, weeks, judged)


def times(given: plan.Plan, exercise: str, week: int) -> int:
    """On how many days of a week this exercise is done."""
    days = [day for day in given.days if day.week == week]
    return sum(has(day, exercise) for day in days)


def has(day: plan.Day, exercise: str) -> bool:
    return any(e.name == exercise for session in day.sessions for e in session.exercises)


def test_every_topic_has_an_answer_of_its_own() -> None:
    known = guidance.advice()
    assert set(known.answers) == set(known.topics)


def test_every_fault_brings_mechanism_region_evidence_cue_drill_and_exercises_with_dose(tmp_path: Path) -> None:
    given = made(tmp_path)
    page = pages.markdown(plan_page.to_page(given))
    assert {practice.topic for practice in given.practices} == {fault.name for fault in builders.known().faults}
    for practice in given.practices:
        for words in (practice.mechanism, practice.evidence, practice.cue, practice.drill.how, *practice.regions):
            assert words in page or words.capitalize() in page
        assert practice.exercises
        for exercise in practice.exercises:
            assert page.count(f"### {exercise.label}\n") == 1
            assert page.count(f"**How:** {exercise.how}") == 1
            assert exercise.dose in page


def test_a_cue_is_something_to_think_of_while_running(tmp_path: Path) -> None:
    topics, exercises = guidance.advice().topics, guidance.advice().exercises.values()
    for topic in topics.values():
        assert not any(exercise.label.lower() in topic.cue.lower() for exercise in exercises), topic.name
    for practice in made(tmp_path).practices:
        assert practice.cue == topics[practice.topic].cue


def test_one_cue_at_a_time_strongest_finding_first(tmp_path: Path) -> None:
    given = plan.make(seen(tmp_path, **FINE | {"waist_bend_deg": 15.0, "cadence_spm": 152.0}), START, 6)
    assert [(p.topic, p.level) for p in given.practices] == [("waist_bend", "fault"), ("low_cadence", "watch")]
    by_week = {day.week: day.practice.topic for day in given.days}
    assert list(by_week.values()) == ["waist_bend"] * 2 + ["low_cadence"] * 2 + ["waist_bend"] * 2
    assert all(len({d.practice.topic for d in given.days if d.week == week}) == 1 for week in by_week)


def test_within_a_level_the_better_evidence_comes_first(tmp_path: Path) -> None:
    topics = guidance.advice().topics
    strengths = [topics[p.topic].strength for p in made(tmp_path).practices]
    assert strengths == sorted(strengths, key=("low", "very low", "none").index)


def test_two_or_three_core_sessions_a_week_of_10_to_15_minutes(tmp_path: Path) -> None:
    given = made(tmp_path, weeks=4)
    for week in range(1, 5):
        core = [s for day in given.days if day.week == week for s in day.sessions if s.kind == "core"]
        assert len(core) == (2 if week <= 2 else 3)
        assert all(10 <= session.minutes <= 15 for session in core)
    longer = {e.name for day in given.days for s in day.sessions if "longer" in s.label for e in s.exercises}
    assert longer == {"plank", "side_plank", "dead_bug_long"}


def test_the_core_session_holds_the_five_exercises_of_the_article(tmp_path: Path) -> None:
    session = next(s for day in made(tmp_path).days for s in day.sessions if s.label == "Core session")
    five = {"dead_bug", "glute_bridge", "bird_dog", "side_plank", "hip_flexor_stretch"}
    assert {exercise.name for exercise in session.exercises} == five


def test_mobility_work_comes_as_often_as_the_article_says(tmp_path: Path) -> None:
    for given in (made(tmp_path), plan.make(seen(tmp_path, **FINE), START, 4)):
        for week in range(1, 5):
            assert times(given, "hip_flexor_stretch", week) in (3, 4)
            assert times(given, "figure_four", week) == 3
            assert times(given, "foam_roller", week) in (2, 3)
            assert times(given, "cat_cow", week) == 7
            stretched = [
                day for day in given.days if any("hamstring" in e.name for s in day.sessions for e in s.exercises)
            ]
            assert stretched == [day for day in given.days if any(s.kind == "run" for s in day.sessions)]


def test_hips_and_seat_are_stretched_daily_while_recovering(tmp_path: Path) -> None:
    given = made(tmp_path, judged=verdict())
    for name in ("hip_flexor_stretch", "figure_four"):
        assert [times(given, name, week) for week in range(1, 5)] == [7, 7, 7, 7]
    page = pages.markdown(plan_page.to_page(given))
    assert guidance.triage().notes["stretch_daily"].says in page
    assert "daily while you recover" in page


@pytest.mark.parametrize("weeks", [1, 2, 3, 4, 12])
@pytest.mark.parametrize("changes", [None, {}, {"lasts": "longer"}])
def test_every_exercise_named_is_described_and_as_often_as_its_row_says(
    tmp_path: Path, weeks: int, changes: dict[str, str | list[str]] | None
) -> None:
    judged = None if changes is None else verdict(**changes)
    for known in (everything(tmp_path), seen(tmp_path, **FINE)):
        given = plan.make(known, START, weeks, judged)
        page, document = pages.markdown(plan_page.to_page(given)), plan_page.to_json(given)
        described = {exercise.label.lower() for exercise in given.exercises}
        trained = [line.partition(":** ")[2].rstrip(".") for line in page.splitlines() if line.startswith("- **Train:")]
        assert trained
        assert {name for line in trained for name in line.split(", ")} <= described
        for practice in document["practices"]:
            assert practice["exercises"]
            assert set(practice["exercises"]) <= set(document["exercises"])
        for exercise in given.exercises:
            done = {times(given, exercise.name, week) for week in range(1, weeks + 1)} - {0}
            daily = exercise.recovery_daily and judged is not None
            assert done <= {7} if daily else done <= set(range(exercise.week_low, exercise.week_high + 1))


def test_how_often_is_said_as_the_plan_has_it(tmp_path: Path) -> None:
    often = {name: row["often"] for name, row in plan_page.to_json(made(tmp_path))["exercises"].items()}
    assert often["plank"] == "once a week, from week 3"
    assert often["side_plank"] == "2-3 times a week"
    assert often["squat"] == "twice a week"
    assert often["figure_four"] == "3 times a week"
    assert (often["cat_cow"], often["hamstring_stretch"]) == ("daily", "after every run")
    for week in (3, 4):  # core endurance, as the article lists it
        kinds = [name for name in often if "plank" in name or "dead_bug" in name]
        days = {day.date for name in kinds for day in made(tmp_path).days if day.week == week and has(day, name)}
        assert len(days) in (2, 3)


def test_a_drill_practises_its_cue() -> None:
    """It says to run with the cue, or speaks of the same thing."""
    known = guidance.advice()
    for name, answer in known.answers.items():
        how, cue = (
            set(re.findall("[a-z]{5,}", text.lower()))
            for text in (known.drills[answer.drill].how, known.topics[name].cue)
        )
        assert "the cue" in known.drills[answer.drill].how or how & cue, name
    assert set(known.drills) == {answer.drill for answer in known.answers.values()}


def test_glute_and_posture_work_twice_a_week(tmp_path: Path) -> None:
    given = made(tmp_path)
    for name in ("squat", "hip_thrust", "single_leg_bridge", "band_row"):
        assert [times(given, name, week) for week in range(1, 5)] == [2, 2, 2, 2]


def test_no_day_asks_for_more_than_half_an_hour_beside_the_run(tmp_path: Path) -> None:
    for judged in (None, verdict(when="late", sits="yes")):
        for day in made(tmp_path, judged=judged).days:
            assert sum(s.minutes for s in day.sessions if s.kind != "run") <= 30


def test_causes_that_a_video_cannot_show_are_told_and_marked_so(tmp_path: Path) -> None:
    given = made(tmp_path, judged=verdict(when="late", sits="yes"))
    page = pages.markdown(plan_page.to_page(given))
    causes = [topic for topic in guidance.advice().topics.values() if topic.measured]
    assert {topic.name for topic in given.background} == {topic.name for topic in causes}
    for topic in causes:
        assert topic.mechanism in page
        assert topic.measured in page
    hinted = [topic.name for topic in given.background[: page.count("that is a hint, no more")]]
    assert {"weak_core", "tight_hip_flexors"} <= set(hinted)


def test_the_plan_says_what_to_keep_in_mind(tmp_path: Path) -> None:
    page = pages.markdown(plan_page.to_page(made(tmp_path)))
    for principle in guidance.advice().principles.values():
        assert principle.says in page
    assert page.index(texts().red_flags_short) < page.index("What to work on")
    assert texts().red_flags in page
    assert texts().not_a_diagnosis in page


def test_nothing_standing_out_gives_the_general_plan_and_says_so(tmp_path: Path) -> None:
    given = plan.make(seen(tmp_path, **FINE), START, 4)
    assert [practice.level for practice in given.practices] == [None]
    assert given.practices[0].evidence.endswith(")"), "the evidence names its sources, as that of every habit does"
    assert "No habit stood out" in pages.markdown(plan_page.to_page(given))
    assert "Nothing could be judged" in pages.markdown(plan_page.to_page(plan.make(seen(tmp_path), START, 4)))


def test_a_finding_too_close_to_call_is_practised_and_called_so(tmp_path: Path) -> None:
    given = plan.make(seen(tmp_path, **FINE | {"trunk_lean_deg": 10.0}), START, 4)
    assert [(p.topic, p.level) for p in given.practices] == [("excess_trunk_lean", "borderline")]
    assert "too close to call" in pages.markdown(plan_page.to_page(given))


def test_a_finding_that_is_hardly_likely_is_not_practised(tmp_path: Path) -> None:
    for lean, worked_on in ((9.9, False), (10.1, True)):
        known = seen(tmp_path, **FINE | {"trunk_lean_deg": lean})
        said = next(f for f in known.findings if f.fault == "excess_trunk_lean")
        assert said.level == "borderline"
        assert said.likely == pytest.approx(0.5, abs=0.2)
        practised = {p.topic for p in plan.make(known, START, 4).practices}
        assert ("excess_trunk_lean" in practised) == worked_on


@pytest.mark.parametrize("lean", [9.9, 10.1])
def test_the_files_leave_out_what_is_more_likely_fine_than_not(tmp_path: Path, lean: float) -> None:
    assert run("plan", write_report(tmp_path, **FINE | {"trunk_lean_deg": lean})).exit_code == 0
    document = json.loads((tmp_path / "plan.json").read_text("utf-8"))
    worked_on = {practice["topic"] for practice in document["practices"]}
    assert worked_on == ({"excess_trunk_lean"} if lean > 10 else {plan.GENERAL})
    assert ("Lean of the upper body" in (tmp_path / "plan.md").read_text("utf-8")) == (lean > 10)


def screen(given: plan.Plan, width: int = 80) -> str:
    console = Console(file=StringIO(), width=width, color_system=None)
    console.print(pages.render(plan_page.to_screen(given)))
    return str(console.file.getvalue())  # type: ignore[attr-defined]


@pytest.mark.parametrize("answers", [None, {}, {"lasts": "longer"}, {"daily": "yes"}])
@pytest.mark.parametrize("found", [{"waist_bend_deg": 15.0}, {"cadence_spm": 150.0}, {"head_pitch_deg": 40.0}])
def test_this_week_with_its_cue_is_one_screen(
    tmp_path: Path, answers: dict[str, str] | None, found: dict[str, float]
) -> None:
    judged = None if answers is None else verdict(**answers)
    given = plan.make(seen(tmp_path, **FINE | found), START, 4, judged)
    text = screen(given)
    assert len(text.splitlines()) + 1 < 24  # the files are named below, and then comes the prompt
    joined = " ".join(text.split())
    assert given.practices[0].cue in joined
    assert (given.practices[0].drill.how in joined) == (judged is not None and judged.stage.runs)
    assert texts().red_flags_short in joined
    for day in given.days[:7]:
        assert f"{day.date:%a %d}" in text
    assert not any(exercise.how[:30] in joined for exercise in given.exercises)
    assert ("once you may run again" in joined) == (answers == {"daily": "yes"})
    assert ("No answers about pain were used for this plan" in joined) == (answers is None)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_the_screen_of_a_plan_fits_narrow_terminals(tmp_path: Path, width: int) -> None:
    assert all(len(line) <= width for line in screen(made(tmp_path), width).splitlines())


def test_the_screen_says_why_a_plan_is_general(tmp_path: Path) -> None:
    assert "No habit stood out" in " ".join(screen(plan.make(seen(tmp_path, **FINE), START, 4)).split())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("regions", None),
        ("regions", ["lower back", "left knee"]),
        ("fault", {}),
        ("label", []),
        ("evidence", None),
        ("detail", 3),
    ],
)
def test_a_report_with_a_damaged_finding_exits_3_and_nothing_is_written(tmp_path: Path, key: str, value: Any) -> None:
    file = write_report(tmp_path, **FINE)
    content = json.loads(file.read_text("utf-8"))
    content["findings"][0][key] = value
    file.write_text(json.dumps(content), encoding="utf-8")
    result = run("plan", file, "-o", tmp_path / "out")
    assert result.exit_code == 3
    assert "analyse the clip again" in one_line(result.stderr)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("activity", ["swimming", "", None, ["running"], {}])
def test_a_report_of_an_unknown_activity_is_refused(tmp_path: Path, activity: Any) -> None:
    file = write_report(tmp_path, **FINE)
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | {"activity": activity}), encoding="utf-8")
    with pytest.raises(UnreadableInputError, match="analyse the clip again"):
        reading.read(file)


def test_a_plan_that_cannot_be_written_whole_leaves_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, out = write_report(tmp_path, **FINE), tmp_path / "out"
    assert run("plan", file, "-o", out, "--weeks", "1").exit_code == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    monkeypatch.setattr(plan_page, "calendar", lambda _: "no bytes, so the last of the files fails")
    assert run("plan", file, "-o", out, "--weeks", "2").exit_code != 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


@pytest.mark.parametrize("name", cli_guidance.PLAN_FILES)
def test_a_plan_replaces_an_earlier_plan_and_nothing_of_the_users(tmp_path: Path, name: str) -> None:
    report, mine = write_report(tmp_path, **FINE), tmp_path / "mine"
    mine.mkdir()
    (mine / name).write_text("my own plan", encoding="utf-8")
    refused = run("plan", report, "-o", mine)
    assert (refused.exit_code, f"{name}: would be replaced" in one_line(refused.stderr)) == (1, True)
    assert [path.read_text(encoding="utf-8") for path in mine.iterdir()] == ["my own plan"]
    (mine / name).unlink()
    for weeks in ("1", "2"):
        assert run("plan", report, "-o", mine, "--weeks", weeks).exit_code == 0
    assert json.loads((mine / "plan.json").read_text(encoding="utf-8"))["weeks"] == 2


def test_while_advice_is_outstanding_no_run_is_planned(tmp_path: Path) -> None:
    given = made(tmp_path, judged=verdict(daily="yes"))
    assert not any(s.kind == "run" for day in given.days for s in day.sessions)
    page = pages.markdown(plan_page.to_page(given))
    assert "professional advice" in page
    assert "Cue from" not in page
    assert "once you may run again" in page


def test_what_the_answers_ask_for_before_the_next_run_comes_first(tmp_path: Path) -> None:
    """On the screen, in the page and in Markdown."""
    out = tmp_path / "out"
    call = ("plan", write_report(tmp_path, **FINE), "--symptoms", answer_file(tmp_path, daily="yes"), "-o", out)
    said = run(*call).stdout
    forms = (
        said,
        *((out / name).read_text("utf-8") for name in ("plan.md", "plan.html")),
        run(*call, "--markdown").stdout,
    )
    for form in forms:
        joined = " ".join(form.partition("<main")[2].split() if "<main" in form else form.split())
        first = joined.index("Have a doctor or physiotherapist look at it before you run again.")
        others = ("One cue", "Cue:", "This week", "Your weeks", "Drill", "emergency department", "once you may run")
        assert all(first < joined.index(other) for other in others if other in joined)
    assert "Before you run again" not in screen(made(tmp_path, judged=verdict()))


def test_the_calendar_opens_and_holds_every_day(tmp_path: Path) -> None:
    given = made(tmp_path, weeks=2)
    content = plan_page.calendar(given)
    events = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert [event.decoded("dtstart") for event in events] == [START + timedelta(i) for i in range(14)]
    assert len({str(event["uid"]) for event in events}) == 14
    assert "Core session (14 min)" in str(events[1]["summary"])
    assert "Dead bug: 2 sets of 8 a side, slowly" in str(events[1]["description"])
    assert content == plan_page.calendar(made(tmp_path, weeks=2))
    ours, theirs = (
        {line for line in plan_page.calendar(one).splitlines() if line.startswith(b"UID:")}
        for one in (given, replace(given, place=f"{tmp_path}/another/{given.video}"))
    )
    assert len(ours) == len(theirs) == len(given.days)
    assert not ours & theirs  # a calendar that holds both keeps both
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))


def entries(given: plan.Plan) -> list[Any]:
    return list(icalendar.Calendar.from_ical(plan_page.calendar(given)).walk("VEVENT"))


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ({"strength": "middling", "changes": "stays"}, "short and slow, with walking breaks; stop if the pain rises"),
        ({}, "short and easy; stop if it gets worse"),
        ({"lasts": "longer"}, "short and easy, pain at most 3 of 10 and easing; stop if worse"),
    ],
)
def test_each_run_carries_its_conditions_wherever_it_is_told(
    tmp_path: Path, answers: dict[str, str], asked: str
) -> None:
    given = plan.make(seen(tmp_path, **FINE | {"cadence_spm": 150.0}), START, 2, verdict(**answers))
    runs = [session for day in given.days for session in day.sessions if session.kind == "run"]
    assert len(runs) == 6
    assert all(asked in run.label for run in runs)
    events = entries(given)
    for place in ("summary", "description"):
        assert sum(asked in str(event[place]) for event in events) == 6
    assert asked in pages.markdown(plan_page.to_page(given)).split("Your weeks")[1]
    shown = " ".join(screen(given).split())
    assert shown.index(asked) < shown.index("Cue:") < shown.index("Drill:")
    assert len(screen(given).splitlines()) + 1 < 24
    assert json.dumps(plan_page.to_json(given)["days"]).count(asked) == 6


def test_no_level_that_lets_run_with_pain_leaves_out_what_it_asks_of_each_run() -> None:
    known = guidance.triage()
    runs = {name for name, level in known.levels.items() if level.runs and name != "carry_on"}
    assert all(bool(rule.each_run) == (rule.level in runs) for rule in known.rules.values())


def test_each_entry_of_the_calendar_begins_with_what_the_answers_say(tmp_path: Path) -> None:
    for judged in (verdict(daily="yes"), verdict(), verdict(lasts="longer")):
        said = [str(entry["description"]) for entry in entries(made(tmp_path, weeks=1, judged=judged))]
        assert all(text.startswith(f"Your answers: {triage.told(judged)}") for text in said)
    for entry in entries(made(tmp_path, weeks=1)):
        assert str(entry["description"]).startswith("No answers about pain were used")


def test_plans_from_clips_of_one_name_stand_beside_each_other_in_a_calendar(tmp_path: Path) -> None:
    """As phones name them alike; a plan made again from the same results takes the earlier one's place."""
    report, uids = write_report(tmp_path, cadence_spm=148.0), []
    content = json.loads(report.read_text(encoding="utf-8"))
    for who in ("ana", "ben", "ana"):
        content["video"]["path"] = f"/home/coach/{who}/IMG_0001.mp4"
        report.write_text(json.dumps(content), encoding="utf-8")
        made_of = plan_page.calendar(plan.make(reading.read(report), START, 2))
        assert who.encode() not in made_of
        uids.append({line for line in made_of.splitlines() if line.startswith(b"UID:")})
    assert uids[0] == uids[2]
    assert not uids[0] & uids[1]


def test_the_command_writes_all_four_forms(tmp_path: Path) -> None:
    report = write_report(tmp_path, **FINE)
    result = run("plan", report, "--start", "2026-11-24", "--weeks", "3", "--symptoms", answer_file(tmp_path))
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("Your plan: 3 weeks, 2026-11-24 to 2026-12-14, from morning-run.mp4")
    assert {*cli_guidance.PLAN_FILES, "report.json", "answers.json"} == {p.name for p in tmp_path.iterdir()}
    document = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert (document["start"], len(document["days"]), document["triage"]["level"]) == ("2026-11-24", 21, "light")
    assert (tmp_path / "plan.md").read_text(encoding="utf-8").startswith("# Your plan")
    assert json.loads(run("plan", tmp_path, "--start", "2026-11-24", "--json").stdout)["weeks"] == 4


@pytest.mark.parametrize(
    "changes", [{"red_flags": "saddle"}, {"red_flags": "night"}, {"feel": "sharp"}, {"changes": "worse"}]
)
def test_nothing_is_prescribed_over_a_red_flag(tmp_path: Path, changes: dict[str, str]) -> None:
    report = write_report(tmp_path, **FINE)
    result = run("plan", report, "--symptoms", answer_file(tmp_path, **changes), "-o", tmp_path / "out")
    assert result.exit_code == 6
    assert "no plan for now" in one_line(result.stderr)
    assert "Dead bug" not in result.stdout
    assert not (tmp_path / "out").exists()
    document = json.loads(run("plan", report, "--symptoms", answer_file(tmp_path, **changes), "--json").stdout)
    assert document["refused"] == "plan"
    with pytest.raises(ValueError, match="no plan may be given"):
        made(tmp_path, judged=verdict(**changes))


def test_the_interview_can_be_part_of_the_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_asking, "can_ask", lambda: True)
    report = write_report(tmp_path, **FINE)
    none = len(guidance.triage().questions["red_flags"].answers)
    result = run("plan", report, "--symptoms", "interactive", "--markdown", input=f"{none}\n4\n1\n")
    assert result.exit_code == 0, result.stderr
    assert f"(Answered on {date.today()}.)" in result.stdout.split("Your answers: Carry on.")[1]


def test_a_plan_without_answers_says_so_first_and_asks_for_them(tmp_path: Path) -> None:
    assert "formcheck triage" in pages.markdown(plan_page.to_page(made(tmp_path)))
    report = write_report(tmp_path, **FINE)
    said = " ".join(run("plan", report).stdout.split())
    first = said.index("No answers about pain were used for this plan")
    assert first < said.index("This week")
    assert f"formcheck plan {report} --symptoms interactive" in said[first:]
    assert "No answers about pain were used" in (tmp_path / "plan.md").read_text("utf-8")


@pytest.mark.parametrize("given", [(), ("-o", "my plans"), ("--weeks", "6", "--start", "2099-01-05", "-o", "-new")])
def test_the_command_that_asks_about_the_pain_makes_the_same_plan_in_the_same_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...]
) -> None:
    """As a shell reads it, with all that was said of the plan: where it goes, how long, from when."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a result").mkdir()
    write_report(tmp_path / "a result", trunk_lean_deg=15.0)
    first = run("plan", "a result", *given).stdout.splitlines()[-1]
    folder = Path(given[-1]) if given else Path("a result")
    made = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    for file in tmp_path.rglob("plan.*"):
        file.unlink()
    monkeypatch.setattr(cli_asking, "can_ask", lambda: True)
    none = list(guidance.triage().questions["red_flags"].answers).index("none") + 1
    (*_, command), typed = first.partition("To give answers: formcheck "), f"{none}\n4\n1\n"
    assert run(*shlex.split(command), input=typed).exit_code == 0
    again = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    assert [again[key] for key in ("start", "weeks")] == [made[key] for key in ("start", "weeks")]
    assert made["triage"] is None is not again["triage"]


def test_a_plan_goes_by_the_answers_beside_its_report_unless_others_are_named(tmp_path: Path) -> None:
    """As the report's page says to save them there: whoever is sent to a doctor gets no plan from the next command."""
    report, (home, other) = write_report(tmp_path, **FINE), (tmp_path, tmp_path / "other")
    other.mkdir()
    answer_file(home, red_flags="cancer")
    for given in (report, home):
        refused = run("plan", given)
        assert refused.exit_code == 6
        assert f"Going by the answers in {home / 'answers.json'}" in refused.stderr
        assert not (home / "plan.md").exists()
    named = run("plan", report, "--symptoms", answer_file(other), "--json")
    assert (named.exit_code, named.stderr) == (0, "")
    assert json.loads(named.stdout)["triage"]["level"] == "light"
    (home / "answers.json").write_text("{", encoding="utf-8")
    broken = run("plan", report)
    assert (broken.exit_code, "answers.json" in broken.stderr) == (3, True)
    answer_file(home)
    fine = run("plan", report, "--json")
    assert (fine.exit_code, json.loads(fine.stdout)["triage"]["level"]) == (0, "light")


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", '{"schema": "formcheck-report/1"}', '{"schema": "formcheck-report/1", "findings": [{}]}'],
)
def test_a_file_that_is_no_report_exits_3_with_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "report.json").write_text(content, encoding="utf-8")
    result = run("plan", tmp_path / "report.json", "-o", tmp_path / "out")
    assert result.exit_code == 3
    assert "report.json" in one_line(result.stderr)
    assert not (tmp_path / "out").exists()


def test_a_report_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match=r"nowhere\.json"):
        reading.read(tmp_path / "nowhere.json")


def test_what_holds_no_report_itself_is_answered_with_where_one_is(tmp_path: Path) -> None:
    """A folder of results, and a video."""
    (tmp_path / "run.mp4").write_bytes(b"\xff\xfe")
    video = run("plan", tmp_path / "run.mp4")
    assert (video.exit_code, "run.mp4: is a video, not a report; analyse it first" in one_line(video.stderr)) == (
        3,
        True,
    )
    for name, more in (("lean", ""), ("neutral", " or another of 2")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").write_text("{}", encoding="utf-8")
        root = run("plan", tmp_path)
        assert root.exit_code == 3
        assert f"{tmp_path}: holds no report itself; give {tmp_path / 'lean'}{more}\n" in one_line(root.stderr)


def test_findings_come_back_from_the_report_as_they_were(tmp_path: Path) -> None:
    findings = seen(tmp_path, cadence_spm=145.0).findings
    cadence = findings[0]
    assert (cadence.fault, cadence.level, cadence.value) == ("low_cadence", "fault", 145.0)
    assert isinstance(cadence.regions, tuple)


def test_a_plan_says_which_part_of_a_film_it_is_from(tmp_path: Path) -> None:
    report = write_report(tmp_path, cadence_spm=148.0)
    content = json.loads(report.read_text(encoding="utf-8"))
    name, called = Path(content["video"]["path"]).name, []
    for person in (None, 2):
        content["settings"]["person"] = person
        report.write_text(json.dumps(content), encoding="utf-8")
        given = plan.make(reading.read(report), START, 2)
        called.append((plan_page.to_page(given).subtitle.rpartition("from ")[2], plan_page.calendar(given)))
    assert [told for told, _ in called] == [name, f"{name} (person 2)"]
    assert called[0][1] != called[1][1]  # else one calendar could not hold both


def test_a_fault_unknown_to_the_answers_still_gets_a_plan(tmp_path: Path) -> None:
    report = write_report(tmp_path, cadence_spm=148.0)
    content = json.loads(report.read_text(encoding="utf-8"))
    content["findings"][0] |= {"fault": "brand_new", "label": "Brand new", "later_key": 1}
    report.write_text(json.dumps(content), encoding="utf-8")
    assert plan.make(reading.read(report), START, 2).practices[0].label == "Brand new"


@pytest.mark.parametrize("arguments", [("--weeks", "0"), ("--weeks", "13"), ("--start", "soon")])
def test_misuse_exits_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert run("plan", write_report(tmp_path), *arguments).exit_code == 2


def test_an_output_that_cannot_be_written_exits_1(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run("plan", write_report(tmp_path), "-o", tmp_path / "file")
    assert result.exit_code in (1, 2)
    assert "file" in result.stderr
