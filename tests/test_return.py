"""The four-week return: forward only on runs free of pain, back at the first sharp or nerve-like sign."""

from __future__ import annotations

import json
import re
import shlex
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest

from advice import MILD, answer_file, one_line, run
from formcheck import cli_guidance
from formcheck.datatypes import FormcheckError, UnreadableInputError
from formcheck.guidance import comeback, pages
from formcheck.guidance.comeback import Run, Standing
from formcheck.knowledge import guidance
from formcheck.report.terminal import as_typed

FIRST = date(2026, 11, 2)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 25 November 2026, wherever and whenever the tests run."""

    class Clock(date):
        @classmethod
        def today(cls) -> Clock:
            return cls(2026, 11, 25)

    monkeypatch.setattr(cli_guidance, "date", Clock)


def after(*feelings: str, every_days: int = 3) -> Standing:
    """Where a runner stands after runs with these feelings, one every few days."""
    return stands(*(Run(FIRST + timedelta(every_days * i), 25, feeling) for i, feeling in enumerate(feelings)))


def stands(*log: Run, days_later: int = 0) -> Standing:
    """Where a runner stands on the last day of the log, or some days after it."""
    return comeback.standing(log, max((run.date for run in log), default=FIRST) + timedelta(days_later))


def ran(*days: int, minutes: int = 25, feeling: str = "pain-free") -> list[Run]:
    """A run on each of these days, counted from the first."""
    return [Run(FIRST + timedelta(day), minutes, feeling) for day in days]


def test_a_new_runner_begins_with_week_one() -> None:
    now = stands()
    assert (now.week.name, now.done, now.finished) == ("1", 0, False)


def test_four_weeks_free_of_pain_lead_through_the_plan() -> None:
    weeks = guidance.comeback().weeks
    assert [(w.name, w.runs, w.minutes_low, w.minutes_high, w.longer_low, w.longer_high) for w in weeks[:2]] == [
        ("1", 3, 20, 30, 0, 0), ("2", 3, 20, 30, 10, 15),
    ]  # fmt: skip
    page = pages.markdown(comeback.to_page((), FIRST))
    assert all(week.says in page and week.condition in page for week in weeks)
    for done in range(1, 12):
        now = after(*["pain-free"] * done)
        assert (int(now.week.name), now.done) == (done // 3 + 1, done % 3)
        assert not now.finished
    assert after(*["pain-free"] * 12).finished


def test_a_week_lasts_seven_days_however_many_runs() -> None:
    now = after(*["pain-free"] * 3, every_days=2)
    assert (now.week.name, now.begins) == ("2", FIRST + timedelta(7))
    now = stands(*ran(0, 2, 4, 6, 8, 10))
    assert (now.week.name, now.done) == ("2", 2)


def test_runs_on_days_in_a_row_do_not_move_on() -> None:
    """The first of them counts: its own rule asks for a day without running between runs."""
    now = after(*["pain-free"] * 6, every_days=1)
    assert (now.week.name, now.done, len(now.happened)) == ("1", 1, 5)
    assert all("Keep a day without running between runs." in said for said in now.happened)
    assert guidance.comeback().rules["rest_day"].says.startswith("Keep a day without running between runs.")
    assert stands(*ran(0, 1, 3, 5)).begins == FIRST + timedelta(7)
    done = stands(*ran(*FOUR_WEEKS, 34, 35))
    assert (done.finished, done.happened) == (True, ())  # from then on nobody is asked to note runs


def test_a_run_far_beyond_the_week_does_not_move_on() -> None:
    log = [run for day, minutes in ((0, 300), (3, 600), (6, 46)) for run in ran(day, minutes=minutes)]
    now = stands(*log, days_later=2)
    assert (now.week.name, now.done, len(now.happened)) == ("1", 0, 3)
    assert "300 min is longer than any run of these weeks (45 min), so it does not count" in now.happened[0]
    assert now.happened[0].endswith("Next time run as long as week 1 asks for (20-30 min).")
    assert stands(*ran(0, 0, minutes=25)).done == 0  # of a day all runs together
    assert stands(*ran(*range(0, 27, 3)), *ran(27, minutes=300)).done == 1  # as much as is usual
    assert f"More than {comeback.longest_run()} min in a day" in guidance.comeback().rules["counts"].says


def test_a_run_of_a_day_to_come_is_told_of_where_it_is_said(tmp_path: Path) -> None:
    """On the command line or in the file, which stays as it is."""
    log = tmp_path / "runs.csv"
    call = ("return", "--log", log, "--today", "2026-11-30")
    for _ in ("new", "there"):
        given = run(*call, "--add", "2027-01-02 25min pain-free")
        assert (given.exit_code, "--add: a run on 2027-01-02" in given.stderr) == (2, True)
        assert "runs.csv" not in given.stderr
        log.write_text("date,minutes,back\n2026-11-20,25,pain-free\n", encoding="utf-8")
    log.write_text("date,minutes,back\n2027-01-02,25,pain-free\n", encoding="utf-8")
    kept = run(*call, "--add", "2026-11-21 25min pain-free")
    assert (kept.exit_code, "runs.csv: a run on 2027-01-02" in kept.stderr) == (3, True)


@pytest.mark.parametrize("sign", ["sharp", "tingling", "leg-pain"])
def test_a_sharp_or_nerve_like_sign_steps_back_and_stops(sign: str, tmp_path: Path) -> None:
    now = after(*["pain-free"] * 7, sign)
    assert (now.week.name, now.done) == ("2", 0)
    assert now.halted is not None
    log = tmp_path / "runs.csv"
    result = run("return", "--log", log, "--add", f"2026-11-20 25min {sign}", "--markdown")
    assert "Stop running for now" in result.stdout
    assert "formcheck triage" in result.stdout
    assert guidance.comeback().rules["no_pain"].says in result.stdout
    assert after(sign).week.name == "1"


@pytest.mark.parametrize("sign", ["strong", "sharp", "tingling", "leg-pain"])
def test_a_sign_to_stop_stands_until_it_is_cleared_and_no_run_counts_before(sign: str) -> None:
    """Triage asks for a clinician first; a good run is none."""
    for since in (["pain-free"], ["sore", "stiff"], ["pain-free"] * 12):
        now = after("pain-free", sign, *since)
        assert (now.week.name, now.done, now.finished) == ("1", 0, False)
        assert now.halted is not None
        assert now.halted.feeling == sign
        assert now.happened[-1].endswith(f"{now.halted.felt.label} on {now.halted.date} was not cleared first.")
    assert after(sign, "cleared", every_days=0).halted is None  # noted after it, on the same day
    assert after("cleared", sign, every_days=0).halted is not None
    assert after(sign, "cleared", sign, every_days=0).halted is not None
    assert after(sign, "cleared", every_days=0).week.name == "1"
    cleared = after(sign, "pain-free", "cleared", "pain-free")
    assert (cleared.halted, cleared.done) == (None, 2)  # the run of the day it was cleared, and the next
    assert after(sign, "cleared", sign).halted is not None


def test_of_several_signs_to_stop_the_latest_is_told() -> None:
    now = after("pain-free", "sharp", "leg-pain", "pain-free")
    assert now.halted is not None
    assert (now.halted.feeling, now.halted.date) == ("leg-pain", FIRST + timedelta(6))
    assert now.happened[-1].endswith(f"{now.halted.felt.label} on {now.halted.date} was not cleared first.")


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("2026-11-20 25min Pain-free", (25, "pain-free", "")), ("2026-11-20 25,5min PAIN FREE", (26, "pain-free", "")),
        ("2026-11-20  31.4 Mins pain free  good run", (31, "pain-free", "good run")),
        ("2026-11-20 Leg Pain", (0, "leg-pain", "")), ("2026-11-20 leg_pain left", (0, "leg-pain", "left")),
        ("2026-11-20 25 sore leg pain", (25, "sore", "leg pain")), ("2026-11-20 20m stiff", (20, "stiff", "")),
    ],
)  # fmt: skip
def test_a_run_is_understood_however_its_words_are_written(said: str, means: tuple[int, str, str]) -> None:
    run = comeback.parsed(said)
    assert (run.minutes, run.feeling, run.note) == means


def test_a_log_is_understood_however_a_spreadsheet_wrote_its_words(tmp_path: Path) -> None:
    rows = ["20.11.2026;25,5;Pain Free;", "2026-11-21; 30 min ; PAIN\u2013FREE ;", "2026-11-22;;Leg pain;both"]
    log = tmp_path / "runs.csv"
    log.write_text("\n".join(["Date;Minutes;Back;Note", *rows]) + "\n", encoding="utf-8")
    told = [(run.minutes, run.feeling) for run in comeback.read(log).runs]
    assert told == [(26, "pain-free"), (30, "pain-free"), (0, "leg-pain")]
    run("return", "--log", log, "--add", "2026-11-23 cleared")
    head, *kept, new = log.read_text(encoding="utf-8").splitlines()
    assert (head, new) == ("date;minutes;back;note", "2026-11-23;;cleared;")
    assert kept == [rows[0], "2026-11-21;30 min;PAIN\u2013FREE;", rows[2]]


def test_clearing_is_a_line_of_the_log(tmp_path: Path) -> None:
    log = tmp_path / "runs.csv"
    page = run("return", "--log", log, "--add", "2026-11-20 25min tingling", "--markdown").stdout
    assert 'add "2026-11-25 cleared"' in page
    assert "Stop running" in run("return", "--log", log, "--add", "2026-11-22 20min pain-free").stdout
    result = run("return", "--log", log, "--add", "2026-11-25 cleared by Dr May", "--json")
    assert json.loads(result.stdout)["stop"] is False
    assert log.read_text(encoding="utf-8").splitlines()[-1] == "2026-11-25,,cleared,by Dr May"
    assert "Stop running" not in run("return", "--log", log).stdout
    again = run("return", "--log", log, "--add", "2026-11-25 sharp").stdout
    command = re.search("Once you may run again: (formcheck return .*)", again)
    assert command is not None
    done = run(*shlex.split(command[1])[1:])
    assert (done.exit_code, "Stop running" in done.stdout) == (0, False)


@pytest.mark.parametrize("form", [(), ("--json",), ("--markdown",)])
def test_whatever_says_stop_the_exit_code_is_that_of_a_clinician_first(
    form: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    log = ("return", "--log", tmp_path / "runs.csv", *form)
    diary = ("return", "--athlete", "Ana", "--since", "2026-11-02", *form)
    run("log", "Ana", "--soreness", "7", "--date", "2026-11-20")
    by_answers = run("return", "--symptoms", answer_file(tmp_path, feel="sharp"), *form)
    stopped = [run(*log, "--add", "2026-11-20 25min sharp"), run(*log), run(*diary), by_answers]
    assert [said.exit_code for said in stopped] == [6] * 4
    run("log", "Ana", "--cleared", "--date", "2026-11-21")
    assert [run(*log, "--add", "2026-11-21 cleared").exit_code, run(*diary).exit_code] == [0, 0]
    assert run("triage", "--answers", answer_file(tmp_path, feel="sharp"), *form).exit_code == 0  # what it was asked


def test_while_stopped_no_run_is_asked_for(tmp_path: Path) -> None:
    now = run("return", "--log", tmp_path / "runs.csv", "--add", "2026-11-25 25min sharp", "--markdown").stdout
    doing = now.partition("## At any time")[0]
    assert "Stop running" in doing
    assert not re.search("Week [1-4]:|Done so far|Begin it", doing)
    assert "sharp pain, so week 1 starts again" in doing


def test_strong_pain_stops_where_triage_stops_and_milder_soreness_does_not() -> None:
    """Pain-monitoring lets people go on up to 5 of 10; so does triage."""
    feelings, strengths = guidance.comeback().feelings, guidance.triage().questions["strength"].answers
    assert strengths["strong"].split()[0] == str(feelings["sore"].soreness_to + 1)
    assert feelings["strong"].does == feelings["sharp"].does == "back"
    assert guidance.comeback().rules["strong"].source == guidance.triage().rules["strong"].source
    assert after(*["pain-free"] * 7, "strong").week.name == "2"
    assert after("sore").halted is None


def test_a_week_back_for_every_week_without_a_run() -> None:
    nine = ran(*range(0, 27, 3))
    assert [stands(*nine, days_later=days).week.name for days in (7, 8, 14, 15, 22, 29, 400)] == list("4332111")
    assert "a week" in stands(*nine, *ran(33)).happened[-1]
    assert stands(*nine, *ran(31)).week.name == "4"
    back = stands(*nine, *ran(24 + 400))
    assert (back.week.name, back.done, back.finished) == ("1", 1, False)
    assert "57 weeks" in back.happened[-1]
    apart = stands(*ran(0, 120, 240))
    assert (apart.week.name, apart.done) == ("1", 1)


FOUR_WEEKS = range(0, 36, 3)


@pytest.mark.parametrize("days", [1, 8, 40, 400])
def test_who_has_done_all_four_weeks_stays_so_until_pain_is_noted(days: int) -> None:
    """From then on nobody is asked to note runs, so a log without any says nothing of time off."""
    done = ran(*FOUR_WEEKS)
    now = stands(*done, days_later=days)
    assert (now.finished, now.happened) == (True, ())
    assert stands(*done, *ran(33 + days)).finished
    for sign, stops in (("sore", False), ("sharp", True)):
        for minutes in (0, 25):
            log = [*done, *ran(33 + days, feeling=sign, minutes=minutes)]
            back = stands(*log)
            assert (back.finished, back.week.name, back.halted is not None) == (False, "3", stops)
            assert "No run for" not in " ".join(back.happened)
            later = stands(*log, days_later=8)  # from now on a week without a run counts again
            assert (later.finished, later.week.name) == (False, "2")


def test_who_has_done_all_four_weeks_is_told_what_to_note_and_how_to_start_again(tmp_path: Path) -> None:
    log = tmp_path / "my runs.csv"
    log.write_text(comeback.written(comeback.Log(tuple(ran(*(day - 40 for day in FOUR_WEEKS))))), encoding="utf-8")
    said = " ".join(run("return", "--log", log).stdout.split())
    assert "All four weeks are done" in said
    assert "need not note your runs here any more, but do note pain" in said
    assert "After each run" not in said
    command = re.search("once more: formcheck (return .*) At any time", said)
    assert command is not None
    assert shlex.split(command[1].partition(" ─")[0]) == ["return", "--log", str(log), "--since", "2026-11-25"]
    again = json.loads(run("return", "--log", log, "--since", "2026-11-25", "--json").stdout)
    assert (again["week"], again["finished"]) == (1, False)


def test_a_day_counts_once_however_many_runs_and_as_its_worst() -> None:
    assert (stands(*ran(0, 0, 0, minutes=15)).done, stands(*ran(0, 0, minutes=12)).done) == (1, 1)
    for order in (1, -1):
        day = [*ran(0), *ran(0, feeling="sore"), *ran(0, feeling="tingling")][::order]
        assert stands(*day).halted is not None


def test_a_run_shorter_than_the_week_asks_for_does_not_count() -> None:
    now = stands(*ran(*range(0, 36, 3), minutes=1))
    assert (now.week.name, now.done) == ("1", 0)
    assert "1 min is shorter than week 1 asks for (20-30 min), so it does not count." in now.happened[0]
    assert stands(*ran(0, minutes=20)).done == 1
    assert stands(*ran(*range(0, 27, 3)), *ran(27, minutes=5)).done == 1  # as much as is usual


def test_a_day_without_a_run_needs_no_minutes_but_a_good_one_moves_nothing(tmp_path: Path) -> None:
    log = tmp_path / "runs.csv"
    assert run("return", "--log", log, "--add", "2026-11-20 sore from the garden").exit_code == 0
    assert log.read_text(encoding="utf-8").splitlines()[1] == "2026-11-20,,sore,from the garden"
    assert comeback.read(log).runs == (Run(date(2026, 11, 20), 0, "sore", "from the garden"),)
    assert "number of minutes" in one_line(run("return", "--log", log, "--add", "2026-11-21 pain-free").stderr)


@pytest.mark.parametrize("begins", ["", "\ufeff", "sep=;\n", "\ufeffsep=;\n"])
@pytest.mark.parametrize("head", ["date;minutes;back;note;Mood", "Date; Minutes ;BACK;Note;Mood;;"])
def test_a_log_that_a_spreadsheet_saved_again_is_read_and_written_so_that_it_reads_it_again(
    tmp_path: Path, begins: str, head: str
) -> None:
    log = tmp_path / "runs.csv"
    log.write_text(f"{begins}{head}\n20.11.2026;25;pain-free;;good;;\n;;;;\n; ;\n", encoding="utf-8")
    assert comeback.read(log).runs == (Run(date(2026, 11, 20), 25, "pain-free"),)
    assert run("return", "--log", log, "--add", "2026-11-22 20min stiff hills; wind").exit_code == 0
    rows = ["date;minutes;back;note;Mood", "20.11.2026;25;pain-free;;good", '2026-11-22;20;stiff;"hills; wind";']
    assert log.read_bytes().decode() == begins + "".join(f"{row}\n" for row in rows)


def test_runs_are_added_to_no_file_that_is_no_log(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    for content in ("my notes\n", "my notes\nof today\n"):
        file.write_text(content, encoding="utf-8")
        refused = run("return", "--log", file, "--add", "2026-11-22 20min stiff")
        assert (refused.exit_code, file.read_text("utf-8")) == (3, content)
        assert "must name the columns" in one_line(refused.stderr)


def test_what_is_not_text_in_a_note_is_shown_as_such(tmp_path: Path) -> None:
    """As a note in Latin-1 comes from a shell."""
    log = tmp_path / "runs.csv"
    assert run("return", "--log", log, "--add", "2026-11-22 20min stiff k\udcfchl").exit_code == 0
    assert log.read_text("utf-8").splitlines()[1] == "2026-11-22,20,stiff,k\ufffdhl"


def test_what_was_before_this_return_does_not_count(tmp_path: Path) -> None:
    log = tmp_path / "runs.csv"
    log.write_text(comeback.written(comeback.Log(tuple(ran(*range(0, 18, 3))))), encoding="utf-8")
    shown = ("return", "--log", log, "--today", "2026-11-18", "--json")
    whole = json.loads(run(*shown).stdout)
    since = json.loads(run(*shown, "--since", "2026-11-17").stdout)
    assert (whole["week"], since["week"], since["runs_done"]) == (3, 1, 1)
    assert len(since["runs"]) == 1
    assert run("return", "--log", log, "--since", "2026-11-21", "--today", "2026-11-20").exit_code == 2
    run("return", "--log", log, "--since", "2026-11-17", "--add", "2026-11-20 25min stiff")
    assert len(comeback.read(log).runs) == 7


@pytest.mark.parametrize("cleared", [True, False])
def test_a_sign_to_stop_from_before_this_return_stands_until_it_is_cleared(cleared: bool) -> None:
    """Its run does not count, and beginning again clears nothing."""
    log = (*ran(0), *ran(3, feeling="sharp"), *(ran(4, feeling="cleared") if cleared else ()), *ran(10))
    begun = FIRST + timedelta(10)
    now = comeback.standing(comeback.from_day(log, begun), begun)
    assert (now.halted is None, now.done) == (cleared, int(cleared))


def test_while_advice_is_outstanding_no_return_is_given(tmp_path: Path) -> None:
    answers = answer_file(tmp_path, daily="yes")
    answers.write_text(json.dumps(json.loads(answers.read_text()) | {"answered": "2026-11-25"}))
    refused = run("return", "--symptoms", answers)
    assert refused.exit_code == 6
    assert "Week 1" not in refused.stdout


def test_light_stiffness_counts_and_soreness_starts_the_week_anew() -> None:
    assert after("stiff", "pain-free", "stiff").week.name == "2"
    now = after("pain-free", "pain-free", "sore")
    assert (now.week.name, now.done, now.halted) == ("1", 0, None)
    page = pages.markdown(comeback.to_page((Run(FIRST, 25, "sore"),), FIRST))
    assert "week 1 starts again" in page
    assert guidance.comeback().rules["acceptable"].says in page


def test_who_is_sore_in_the_last_week_goes_back_to_the_one_before() -> None:
    """Its own condition says so: the usual amount is for those in whom no symptom has come back."""
    for before in (10, 12, 15):
        now = after(*["pain-free"] * before, "sore")
        assert (now.week.name, now.done, now.finished) == ("3", 0, False)
        assert now.happened[-1].endswith("so back to week 3.")


def test_the_order_of_the_lines_does_not_matter() -> None:
    runs = [Run(FIRST + timedelta(3 * i), 25, "sharp" if i == 1 else "pain-free") for i in range(5)]
    assert stands(*runs) == stands(*reversed(runs))


def test_a_run_longer_than_the_week_asks_for_is_remarked() -> None:
    assert "45 min is longer than week 1 asks for (20-30 min)." in stands(*ran(0, minutes=45)).happened[0]
    assert not after(*["pain-free"] * 9).happened
    second = stands(*ran(0, 3, 6), *ran(9, 12, minutes=45))
    assert second.done == 2
    assert [said.partition(": ")[2] for said in second.happened] == [
        "45 min is longer than week 2 asks for (20-30 min, once up to 45 min)."
    ]


def test_the_rules_of_the_return_are_all_said() -> None:
    page = pages.markdown(comeback.to_page((), FIRST))
    for rule in guidance.comeback().rules.values():
        assert rule.says in page


def test_runs_are_added_as_they_are_said_and_kept(tmp_path: Path) -> None:
    log = tmp_path / "my runs.csv"
    first = run("return", "--log", log, "--add", "2026-11-22 20 min stiff a bit tight, but fine")
    second = run("return", "--log", log, "--add", "2026-11-20 25min pain-free", "--json")
    assert (first.exit_code, second.exit_code) == (0, 0)
    lines = ["date,minutes,back,note", "2026-11-20,25,pain-free,", '2026-11-22,20,stiff,"a bit tight, but fine"']
    assert log.read_text(encoding="utf-8").splitlines() == lines
    document = json.loads(second.stdout)
    assert (document["week"], document["runs_done"], document["runs_needed"]) == (1, 2, 3)
    assert run("return", "--log", log, "--markdown").stdout.count("2 of 3") == 1


def test_runs_that_are_added_at_once_are_all_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, real = tmp_path / "new" / "runs.csv", comeback.with_runs

    def slowly(file: Path | None, new: tuple[Run, ...], today: date) -> comeback.Log:
        made = real(file, new, today)
        time.sleep(0.02)
        return made

    monkeypatch.setattr(comeback, "with_runs", slowly)
    runs = tuple(Run(FIRST + timedelta(i), 25, "pain-free") for i in range(6))
    with ThreadPoolExecutor(len(runs)) as pool:
        made = [*pool.map(lambda run: comeback.add(log, (run,), date(2026, 11, 25)), runs)]
    assert sorted(len(one.runs) for one in made) == [1, 2, 3, 4, 5, 6]
    assert comeback.read(log).runs == runs
    assert [path.name for path in log.parent.iterdir()] == ["runs.csv"]


@pytest.mark.parametrize("add", ["2026-11-22 20min pain-free", "2026-11-22 20min sharp"])
def test_what_to_type_next_names_the_runners_own_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, add: str) -> None:
    monkeypatch.chdir(tmp_path)
    said = " ".join(run("return", "--log", "my runs.csv", "--add", add).stdout.split())
    assert said.count(f"formcheck return --log {as_typed('my runs.csv')} --add") == (
        3 if "sharp" in add else 1
    )  # once more to copy
    assert " --log runs.csv --add" in " ".join(run("return").stdout.split())


@pytest.mark.parametrize(
    "said", ["", "yesterday 25min pain-free", "2026-11-20 25min", "2026-11-20 0min sore", "2026-11-20 25min great",
             "2026-11-20 9999min sore", "2026-13-20 25min sore"],
)  # fmt: skip
def test_a_run_that_is_not_understood_changes_nothing(tmp_path: Path, said: str) -> None:
    log = tmp_path / "runs.csv"
    result = run("return", "--log", log, "--add", "2026-11-20 25min sore", "--add", said)
    assert result.exit_code == 2
    one_line(result.stderr)
    assert not log.exists()


@pytest.mark.parametrize("between", [",", ";"])
def test_columns_of_ones_own_stay_in_the_log(tmp_path: Path, between: str) -> None:
    log = tmp_path / "runs.csv"
    lines = (("date", "minutes", "back", "note", "shoes"), ("2026-11-20", "25", "stiff", "hills", "old pair"))
    log.write_text("\n".join(between.join(cells) for cells in lines), encoding="utf-8")
    assert run("return", "--log", log, "--add", "2026-11-22 20min pain-free").exit_code == 0
    kept = log.read_text("utf-8").splitlines()
    rows = ["date,minutes,back,note,shoes", "2026-11-20,25,stiff,hills,old pair", "2026-11-22,20,pain-free,,"]
    assert kept == [row.replace(",", between) for row in rows]


def test_a_note_with_a_bare_comma_is_not_cut_short(tmp_path: Path) -> None:
    log = tmp_path / "runs.csv"
    log.write_text("date,minutes,back,note\n2026-11-20,25,stiff,hills, and wind\n", encoding="utf-8")
    refused = run("return", "--log", log, "--add", "2026-11-22 20min pain-free")
    assert refused.exit_code == 3
    assert "line 2" in one_line(refused.stderr)
    assert "and wind" in log.read_text("utf-8")


def test_no_run_may_be_after_today(tmp_path: Path) -> None:
    add = ("return", "--log", tmp_path / "runs.csv", "--add", "2026-11-24 25min pain-free")
    refused = run(*add, "--today", "2026-11-23")
    assert refused.exit_code == 2
    assert "2026-11-24" in one_line(refused.stderr)
    assert run(*add).exit_code == 0


def test_pain_is_noted_whatever_comes_of_old_answers(tmp_path: Path) -> None:
    log, old = tmp_path / "runs.csv", answer_file(tmp_path)
    old.write_text(json.dumps(json.loads(old.read_text()) | {"answered": "2026-10-01"}))
    for answered, code in (("2026-10-01", 2), ("2026-11-25", 6)):
        old.write_text(json.dumps({"answered": answered, **MILD, "red_flags": "none" if code == 2 else "fever"}))
        result = run("return", "--log", log, "--add", f"2026-11-25 {code}min sharp", "--symptoms", old, "--json")
        assert (result.exit_code, "answer again" in result.stderr) == (code, code == 2)
        assert result.stderr.startswith(f"Noted in {log}: 2026-11-25 {code}min sharp\n")
        assert f"2026-11-25,{code},sharp" in log.read_text()


def test_in_the_last_week_one_may_run_as_often_as_one_used_to() -> None:
    three = [7 * week + day for week in range(3) for day in (0, 2, 4)]
    standing = stands(*ran(*three, *range(21, 28)))
    assert (standing.week.name, standing.finished) == ("4", True)
    assert not any("the day before" in line for line in standing.happened)


def test_answers_that_cannot_be_read_keep_the_run_out_of_the_log(tmp_path: Path) -> None:
    log, broken = tmp_path / "runs.csv", tmp_path / "answers.json"
    broken.write_text("{", encoding="utf-8")
    result = run("return", "--log", log, "--add", "2026-11-20 25min pain-free", "--symptoms", broken)
    assert result.exit_code == 3
    assert not log.exists()


@pytest.mark.parametrize("said", ["25min pain-free", "25min sharp", "sore from the garden", "sharp", "cleared"])
def test_the_same_run_twice_is_taken_for_a_slip(tmp_path: Path, said: str) -> None:
    log = tmp_path / "runs.csv"
    add = ("return", "--log", log, "--add", f"2026-11-20 {said}")
    run(*add)
    again = run(*add)
    assert (again.exit_code, f"2026-11-20 {said.partition(' from')[0]}: is already in" in again.stderr) == (2, True)
    assert len(comeback.read(log).runs) == 1
    assert run(*add[:3], "--add", "2026-11-20 20min stiff").exit_code != 2
    assert run(*add).exit_code == 2


@pytest.mark.parametrize("sign", ["sharp", "strong", "tingling left", "25min leg-pain"])
def test_a_sign_to_stop_is_noted_as_often_as_it_comes_and_so_is_that_it_is_cleared(tmp_path: Path, sign: str) -> None:
    """Also on one day: whatever was said last of it holds."""
    add = ("return", "--log", tmp_path / "runs.csv", "--json", "--add")
    for said, stops in ((sign, True), ("cleared", False)) * 3:
        told = run(*add, f"2026-11-25 {said}")
        assert (told.exit_code, json.loads(told.stdout)["stop"]) == (6 if stops else 0, stops), told.stderr
    assert run(*add, "2026-11-25 cleared").exit_code == 2
    several = [word for said in (sign, "cleared", sign) for word in ("--add", f"2026-11-24 {said}")]
    assert run(*add[:-1], *several).exit_code == 0  # cleared on the next day
    assert len(comeback.read(tmp_path / "runs.csv").runs) == 9


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("when,what\n1,2\n", "date, minutes, back"),
        ("date,minutes,back,note\n2026-11-20,x,sore,\n", "line 2"),
        ("date,minutes,back,note\n2026-11-20,20,sore,\n\n2026-11-21,20,odd,\n", "line"),
        ('date,minutes,back,note\n2026-11-20,25,pain-free,"good\n2026-11-22,25,sharp,\n', "line 2"),
        ('date,minutes,back,note\n2026-11-20,25,pain-free,"good\n2026-11-22,25,sharp,"\n', "line 2"),
        ("date,minutes,back,note\n2099-11-20,25,pain-free,\n", "2099"),
        ("date,minutes,back,note\n2026-11-20,\u00b2,pain-free,\n", "minutes"),
    ],
)
def test_a_faulty_log_exits_3_with_one_line(tmp_path: Path, content: str, named: str) -> None:
    log = tmp_path / "runs.csv"
    log.write_text(content, encoding="utf-8")
    result = run("return", "--log", log)
    assert result.exit_code == 3
    assert named in one_line(result.stderr)
    log.write_bytes(b"\xff\xfe\x00")
    assert run("return", "--log", log).exit_code == 3


def test_a_log_that_is_not_there_is_named_and_adding_needs_one(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match=r"nowhere\.csv"):
        comeback.read(tmp_path / "nowhere.csv")
    assert run("return", "--log", tmp_path / "nowhere.csv").exit_code == 3
    assert run("return", "--add", "2026-11-20 25min sore").exit_code == 2
    with pytest.raises(FormcheckError, match="write it as"):
        comeback.parsed("ran a bit")


def test_a_red_flag_wins_over_the_return(tmp_path: Path) -> None:
    result = run("return", "--symptoms", answer_file(tmp_path, red_flags="bladder_bowel"))
    assert result.exit_code == 6
    assert result.stdout.startswith("Go to an emergency department now")
    assert "Week 1" not in result.stdout


def test_columns_of_an_empty_log_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "runs.csv"
    log.write_text("date,minutes,back,note,shoes,mood\n", encoding="utf-8")
    assert run("return", "--log", log, "--add", "2026-11-20 25min pain-free").exit_code == 0
    assert log.read_text(encoding="utf-8").splitlines() == [
        "date,minutes,back,note,shoes,mood",
        "2026-11-20,25,pain-free,,,",
    ]


def test_two_columns_of_one_name_are_refused_before_one_is_lost(tmp_path: Path) -> None:
    log = tmp_path / "runs.csv"
    before = "date,minutes,back,shoes,shoes\n2026-11-18,20,pain-free,old,new\n"
    log.write_text(before, encoding="utf-8")
    result = run("return", "--log", log, "--add", "2026-11-20 25min pain-free")
    assert result.exit_code == 3
    assert 'two columns are called "shoes"' in result.stderr
    assert log.read_text(encoding="utf-8") == before
