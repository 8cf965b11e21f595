"""The diary answers what it can of the interview, and holds back those who return too soon."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest
import schemas
from histories import clip, data, store_clip

from advice import MILD, one_line, run, write_report
from formcheck.guidance import comeback, triage
from formcheck.history import feeding, store
from formcheck.history.records import Entry
from formcheck.knowledge import guidance

__all__ = ["data"]
pytestmark = pytest.mark.usefixtures("data")
TODAY = date(2026, 11, 25)


def diary(*soreness: int | None, **more: object) -> list[Entry]:
    """One entry a day, up to today; None: no entry."""
    days = [(TODAY - timedelta(len(soreness) - 1 - i), how) for i, how in enumerate(soreness)]
    return [Entry(day, how, **more) for day, how in days if how is not None]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("soreness", "told"),
    [
        ((), {}),
        ((5, *[None] * 7), {}),  # more than a week ago
        ((8, *[None] * 90), {"strength": ("strong",)}),  # a sign to stop holds until it is cleared
        ((7, *[None] * 14, 2), {"strength": ("strong",)}),
        ((0, 0), {}),
        ((*[7] * 9, 0), {"strength": ("strong",), "course": ("steady",)}),  # one good day is no all-clear
        ((8, 0, None, None), {"strength": ("strong",)}),
        ((*[3] * 20, 0, 3, 3), {"strength": ("mild",), "course": ("steady",)}),  # nor does it make four weeks days
        ((0, 3), {"strength": ("mild",)}),
        ((3,), {"strength": ("mild",)}),  # the diary does not know since when
        ((0, *[3] * 8, 4), {"strength": ("middling",), "lasts": ("longer",), "course": ("steady",)}),
        ((*[2] * 8, 6), {"strength": ("strong",), "lasts": ("longer",), "course": ("worsening",)}),
        ((3, *[None] * 14, 4), {"strength": ("middling",)}),  # a new soreness
        ((5, *[None] * 6, 4), {"strength": ("middling",), "course": ("steady",)}),
    ],
)
def test_it_answers_what_it_tells_and_no_more(
    soreness: tuple[int | None, ...], told: dict[str, tuple[str, ...]]
) -> None:
    assert feeding.answers(diary(*soreness), TODAY) == told


def test_places_and_moments_of_the_week_are_all_answers_of_the_interview() -> None:
    entries = [*diary(2, where=("lower",), when=("late",)), *diary(3, where=("mid", "lower"), when=("hills",))]
    answers = feeding.answers(entries, TODAY)
    assert (answers["where"], answers["when"]) == (("lower", "mid"), ("late", "hills"))
    assert triage.checked(answers, "the diary") == answers


@pytest.mark.parametrize(("where", "told"), [("nowhere lower", ("lower",)), ("nowhere", None), ("knee mid", ("mid",))])
def test_a_sore_day_is_sore_somewhere_whatever_an_older_diary_says(where: str, told: tuple[str, ...] | None) -> None:
    """As one that was restored: what it leaves open is asked, so that nothing that says stop is passed over."""
    assert run("log", "Ana", "--soreness", "4").exit_code == 0
    with store.writing() as db:
        db.execute('UPDATE diary SET "where" = ?', (where,))
    asked = run("triage", "--athlete", "Ana", "--red-flags", "none", "--sits", "yes")
    open_questions = ["where"] * (told is None) + ["feel", "when", "changes", "lasts", "daily"]
    assert (asked.exit_code, asked.stdout) == (2, "")
    assert asked.stderr.rstrip().endswith(" ".join(f"--{name}" for name in open_questions))
    assert ("nowhere" in asked.stderr, "knee" in asked.stderr) == (False, False)
    assert feeding.answers([Entry(TODAY, 4, tuple(where.split()))], TODAY).get("where") == told


def test_no_sore_day_is_logged_as_one_without_pain() -> None:
    for soreness, where in (("4", "nowhere"), ("4", "nowhere,lower"), ("0", "lower,nowhere")):
        refused = run("log", "Ana", "--soreness", soreness, "--where", where)
        assert (refused.exit_code, refused.stdout) == (2, ""), where
        assert "nowhere" in one_line(refused.stderr)
    assert run("log", "Ana", "--soreness", "0", "--where", "nowhere").exit_code == 0
    assert run("log", "Ana", "--soreness", "2", "--where", "lower").exit_code == 0
    asked = run("triage", "--athlete", "Ana", "--red-flags", "none", "--sits", "yes")
    assert "From the diary of Ana: where: lower; strength: mild\n" in asked.stderr


def test_answers_of_a_diary_are_checked_as_all_others_are(monkeypatch: pytest.MonkeyPatch) -> None:
    run("log", "Ana", "--soreness", "2")
    monkeypatch.setattr(feeding, "answers", lambda *_: {"where": ("nowhere", "lower")})
    refused = run("triage", "--athlete", "Ana", "--red-flags", "none", "--sits", "yes")
    assert (refused.exit_code, "the diary of Ana: where: nowhere and lower" in one_line(refused.stderr)) == (2, True)


@pytest.mark.parametrize(("feel", "counts_as"), [("sharp", "sharp"), ("tingling", "tingling"), ("leg", "leg-pain")])
def test_a_sign_to_stop_can_be_said_in_the_diary_and_stops_at_any_soreness(feel: str, counts_as: str) -> None:
    asked = run("log", "Ana", "--soreness", "0", "--minutes", "25", "--feel", f"dull,{feel}")
    assert asked.exit_code == 0
    since = ("return", "--athlete", "Ana", "--since", str(date.today() - timedelta(5)))
    document = json.loads(run(*since, "--json").stdout)
    assert (document["stop"], document["runs"][-1]["back"]) == (True, counts_as)
    judged = run("triage", "--athlete", "Ana", "--red-flags", "none", "--where", "lower", "--when", "late",
                 "--changes", "eases", "--lasts", "days", "--daily", "no", "--sits", "no", "--json")  # fmt: skip
    assert (f"feel: {feel};" in judged.stderr, json.loads(judged.stdout)["runs"]) == (True, False)
    assert run("log", "Ana", "--cleared").exit_code == 0
    assert json.loads(run(*since, "--json").stdout)["stop"] is False


@pytest.mark.parametrize("sign", [("9",), ("1", "--feel", "tingling")])
def test_a_sign_to_stop_is_answered_at_once_and_shown_until_it_is_cleared(
    tmp_path: Path, sign: tuple[str, ...]
) -> None:
    """By whatever shows the diary, as the return has it; no better entry, of that day or later, changes it."""
    page = tmp_path / "ana.html"
    said = "Stopped, not cleared"

    def shown() -> list[bool]:
        run("athlete", "Ana B", "-o", page)
        stopped = json.loads(run("history", "--json").stdout)["athletes"][0]["stopped"]
        told = (run("history").stdout, run("history", "Ana B").stdout, page.read_text(encoding="utf-8"))
        return ["not cleared" in text for text in told] + [stopped is not None]

    day = str(date.today() - timedelta(1))
    assert said not in run("log", "Ana B", "--soreness", "5", "--date", day).stdout
    assert not any(shown())
    for soreness, when in ((sign, day), (("1",), day), (("0",), str(date.today()))):
        logged = run("log", "Ana B", "--soreness", *soreness, "--date", when).stdout.splitlines()
        assert logged[-1].startswith(said), logged
        assert logged[-1].endswith("Stop running for now. Before the next run: formcheck triage --athlete 'Ana B'")
        assert all(shown())
    assert said not in run("log", "Ana B", "--cleared").stdout
    assert not any(shown())


def test_a_new_return_clears_no_sign_to_stop_of_before(tmp_path: Path) -> None:
    log = tmp_path / "runs.csv"
    begun = ("--since", "2026-11-20", "--today", "2026-11-25", "--json")
    run("log", "Ana", "--soreness", "1", "--feel", "leg", "--minutes", "25", "--date", "2026-11-02")
    run("return", "--log", log, "--add", "2026-11-02 25min leg-pain")
    of_diary, of_log = ("return", "--athlete", "Ana"), ("return", "--log", log)
    for stands in (of_diary, of_log):
        document = json.loads(run(*stands, *begun).stdout)
        assert (document["stop"], document["week"], len(document["happened"])) == (True, 1, 1)
    run("log", "Ana", "--cleared", "--date", "2026-11-19")
    run(*of_log, "--add", "2026-11-22 cleared")
    for stands, kept in ((of_diary, 0), (of_log, 2)):
        document = json.loads(run(*stands, *begun).stdout)
        assert (document["stop"], len(document["runs"])) == (False, kept)


def test_the_latest_day_is_as_sore_as_its_worst_entry() -> None:
    for soreness in ("4", "1"):
        run("log", "Ana", "--soreness", soreness, "--date", "2026-11-20")
    for command in (("history",), ("history", "Ana")):
        assert "4/10 on 2026-11-20" in run(*command).stdout


def test_what_felt_dull_in_the_diary_is_asked_again() -> None:
    """It may be sharp by today, and that question could say stop."""
    assert "feel" not in feeling_dull(soreness=3)
    assert "strength" in feeling_dull(soreness=0)


def feeling_dull(soreness: int) -> dict[str, tuple[str, ...]]:
    return feeding.answers([Entry(TODAY, soreness, feel=("dull",))], TODAY)


def test_the_page_and_the_schema_show_how_it_felt(tmp_path: Path) -> None:
    run("log", "Ana", "--soreness", "2", "--feel", "leg,tingling")
    shown = json.loads(run("history", "Ana", "--json").stdout)
    schemas.validate(shown)
    assert shown["athletes"][0]["diary"][0]["feel"] == ["leg", "tingling"]
    run("athlete", "Ana", "-o", tmp_path / "ana.html")
    words = guidance.triage().questions["feel"].answers
    assert f">{words['leg']}; {words['tingling']}</td>" in (tmp_path / "ana.html").read_text(encoding="utf-8")
    refused = run("log", "Ana", "--soreness", "0", "--feel", "tingling", "--where", "nowhere")
    assert (refused.exit_code, "nowhere" in one_line(refused.stderr)) == (2, True)


def test_the_strengths_are_those_of_the_questions_words() -> None:
    strength = guidance.triage().questions["strength"]
    assert {key: int(text.split()[-1]) for key, text in strength.answers.items()} == strength.most


def judged(entries: list[Entry]) -> triage.Verdict:
    """The verdict on mild soreness that eases, except for what the diary says."""
    mild = triage.checked(MILD, "test")
    return triage.judge(mild | feeding.answers(entries, TODAY))


def test_soreness_that_worsens_or_lasts_calls_for_advice_though_it_is_mild() -> None:
    assert judged(diary(0, 1)).stage.name == "light"
    worse = judged(diary(0, *[None] * 7, 0, 3))
    assert (worse.stage.name, [rule.name for rule in worse.rules][-1]) == ("advice", "worsening")
    assert judged(diary(*[2] * 9)).stage.name == "light_advice"


def test_triage_goes_by_the_diary_and_options_go_before_it() -> None:
    for days_ago in range(10):
        day = date.today() - timedelta(days_ago)
        said = ("--where", "lower", "--when", "late", "--date", day)
        assert run("log", "Ana", "--soreness", "2", *said).exit_code == 0
    asked = {"red_flags": "none", "feel": "dull", "changes": "eases", "daily": "no", "sits": "no"}
    flags = [word for name, key in asked.items() for word in (f"--{name.replace('_', '-')}", key)]
    by_diary = run("triage", "--athlete", "ana", *flags, "--json")
    document = json.loads(by_diary.stdout)
    schemas.validate(document)
    assert document["level"] == "light_advice"
    assert document["answers"]["lasts"] == ["longer"]
    assert "From the diary of ana: where: lower; strength: mild; when: late; lasts: longer; course: steady" in (
        by_diary.stderr
    )
    own = run("triage", "--athlete", "ana", *flags, "--lasts", "days", "--json")
    assert json.loads(own.stdout)["level"] == "light"
    assert "From the diary of ana: where: lower; strength: mild; when: late; course: steady\n" in own.stderr
    assert run("triage", "--athlete", "nobody", *flags).exit_code == 2


def test_where_it_hurts_is_asked_after_a_good_day() -> None:
    told = diary(4, 4, where=("lower",), when=("late",))
    assert feeding.answers(told, TODAY)["where"] == ("lower",)
    since = feeding.answers([*told[:1], Entry(TODAY, 0)], TODAY)
    assert ("where" in since, since["strength"], since["when"]) == (False, ("middling",), ("late",))


def test_a_day_is_as_sore_as_its_worst_entry() -> None:
    sore = diary(0, *[3] * 9)
    painless = Entry(TODAY - timedelta(2), 0)
    assert "lasts" not in feeding.answers(diary(*[3] * 7, 0, 3, 3), TODAY)
    for at in (8, 7):  # noted after and before the other of that day
        assert feeding.answers([*sore[:at], painless, *sore[at:]], TODAY) == feeding.answers(sore, TODAY)


def stands(entries: list[Entry]) -> comeback.Standing:
    return comeback.standing(feeding.runs(entries), TODAY)


def test_days_of_the_diary_move_the_return_on_and_back() -> None:
    fine = [Entry(TODAY - timedelta(13 - 3 * i), i % 3, minutes=25) for i in range(3)]
    assert [run.feeling for run in feeding.runs(fine)] == ["pain-free", "stiff", "stiff"]
    assert stands(fine).week.name == "2"
    sore = [*fine, Entry(TODAY - timedelta(5), 3)]
    (*_, held) = feeding.runs(sore)
    assert (held.minutes, held.feeling) == (0, "sore")
    assert stands(sore).done == 0
    calm = [*fine, Entry(TODAY - timedelta(5), 2)]
    assert feeding.runs(calm) == feeding.runs(fine)  # no run, and no more than stiff


@pytest.mark.parametrize(("soreness", "feeling"), [(3, "sore"), (5, "sore"), (6, "strong"), (10, "strong")])
def test_a_very_sore_day_stops_as_it_does_in_triage(soreness: int, feeling: str) -> None:
    (held,) = feeding.runs([Entry(TODAY, soreness)])
    assert held.feeling == feeling
    (strength,) = feeding.answers([Entry(TODAY, soreness)], TODAY)["strength"]
    stops = not triage.judge(triage.checked(MILD | {"strength": strength}, "test")).stage.runs
    assert (stands([Entry(TODAY, soreness)]).halted is not None) == stops


def test_a_run_that_is_in_the_log_too_counts_once_but_a_sore_day_counts() -> None:
    logged = (comeback.Run(TODAY, 30, "pain-free"),)
    assert feeding.runs([Entry(TODAY, 1, minutes=30)], logged) == ()
    assert [run.feeling for run in feeding.runs([Entry(TODAY, 5, minutes=30)], logged)] == ["sore"]
    before = comeback.Run(TODAY - timedelta(1), 0, "sharp")
    for soreness in (5, 8):
        log = (before, *logged, *feeding.runs([Entry(TODAY, soreness, minutes=30)], logged))
        assert comeback.standing(log, TODAY).happened[-1].startswith(f"{TODAY}: 30 min does not count")
    cleared = (comeback.Run(TODAY, 0, "cleared"),)
    assert [run.minutes for run in feeding.runs([Entry(TODAY, 1, minutes=30)], cleared)] == [30]


def commands(said: str) -> str:
    """The command that clears a sign to stop, as it was printed."""
    command = re.search("Once you may run again: formcheck (.*)", said)
    assert command is not None, said
    return command[1]


def test_strong_pain_of_today_is_cleared_where_it_was_noted(tmp_path: Path) -> None:
    """By the very command that is printed, from that day on; pain noted later that day counts anew."""
    since = ("return", "--athlete", "Ana", "--since", str(date.today() - timedelta(5)))
    assert run("log", "Ana", "--soreness", "7").exit_code == 0
    stopped = run(*since)
    assert "Stop running for now" in stopped.stdout
    assert commands(stopped.stdout) == "log Ana --cleared"
    assert run("log", "Ana", "--cleared").exit_code == 0
    assert "Stop running" not in run(*since).stdout
    assert "Stop running" not in run("return", "--athlete", "Ana", *since[3:], "--log", _empty(tmp_path)).stdout
    assert run("log", "Ana", "--soreness", "6").exit_code == 0
    assert "Stop running" in run(*since).stdout
    assert run("log", "Ana", "--cleared").exit_code == 0
    assert json.loads(run(*since, "--json").stdout)["stop"] is False
    nothing = run("log", "Ana", "--cleared")
    assert (nothing.exit_code, "no sign to stop" in nothing.stderr) == (2, True)


def test_what_waits_to_be_cleared_is_not_cleared_by_what_was_cleared_of_another_day() -> None:
    """As of an entry that is made later for an earlier day, or that comes in with a merge."""
    day = [TODAY - timedelta(ago) for ago in (7, 5, 1)]
    for waiting in (day[1], day[2]):
        diary = (Entry(day[0], 7, cleared=day[2]), Entry(waiting, 8))
        assert comeback.standing(feeding.runs(diary), TODAY).halted is not None
    done = (Entry(day[0], 7, cleared=day[2]), Entry(day[1], 8, cleared=day[2]))
    assert comeback.standing(feeding.runs(done), TODAY).halted is None


def test_what_is_said_beside_a_clearance_is_not_dropped_in_silence() -> None:
    run("log", "Ana", "--soreness", "7")
    for asked in ("--cleared", "--remove"):
        said = run("log", "Ana", asked, "--note", "physio said ok")
        assert (said.exit_code, "--date alone" in said.stderr) == (2, True)


@pytest.mark.parametrize(("name", "typed"), [("A{b}", "'A{b}'"), ("{", "'{'"), ("O'Neil", shlex.quote("O'Neil"))])
def test_names_of_all_kinds_stand_in_the_command_as_they_are_typed(name: str, typed: str) -> None:
    run("log", name, "--soreness", "7")
    stopped = run("return", "--athlete", name, "--since", str(date.today() - timedelta(5)))
    assert commands(stopped.stdout) == f"log {typed} --cleared"


def test_return_says_first_what_the_answers_call_for(tmp_path: Path) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps(MILD | {"lasts": "longer"}), encoding="utf-8")
    found = run("return", "--symptoms", answers, "--json")
    document = json.loads(found.stdout)
    schemas.validate(document)
    assert document["triage"]["level"] == "light_advice"
    shown = " ".join(run("return", "--symptoms", answers).stdout.split())
    assert shown.index(document["triage"]["headline"]) < shown.index("Week 1")
    assert "Stop if it gets worse" in shown
    assert json.loads(run("return", "--json").stdout)["triage"] is None


def _empty(folder: Path) -> Path:
    (folder / "empty.csv").write_text("date,minutes,back,note\n", encoding="utf-8")
    return folder / "empty.csv"


def test_a_clearance_counts_from_its_day_on_and_is_kept(tmp_path: Path) -> None:
    run("log", "Ana", "--soreness", "8", "--date", "2026-11-20")
    run("log", "Ana", "--soreness", "4", "--date", "2026-11-21")
    assert run("log", "Ana", "--cleared", "--date", "2026-11-19").exit_code == 2
    assert run("log", "Ana", "--cleared", "--date", "2026-11-23").exit_code == 0
    since = ("return", "--athlete", "Ana", "--since", "2026-11-16", "--json", "--today")
    assert [json.loads(run(*since, f"2026-11-{day}").stdout)["stop"] for day in (22, 23, 24)] == [True, False, False]
    shown = json.loads(run("history", "Ana", "--json").stdout)
    schemas.validate(shown)
    assert [entry["cleared"] for entry in shown["athletes"][0]["diary"]] == ["2026-11-23", None]
    run("athlete", "Ana", "-o", tmp_path / "ana.html")
    assert ", cleared 2026-11-23</td>" in (tmp_path / "ana.html").read_text(encoding="utf-8")


def test_what_is_noted_in_one_place_is_not_cleared_in_the_other_on_the_same_day() -> None:
    """Nobody knows which came first; from the next day on it is."""
    painful, cleared = Entry(TODAY, 8, cleared=TODAY), comeback.Run(TODAY, 0, "cleared")
    sharp = comeback.Run(TODAY, 25, "sharp")
    for logged, entry, stops in (((sharp,), painful, True), ((cleared,), Entry(TODAY, 8), True),
                                 ((sharp, cleared), painful, False), ((cleared, sharp), painful, True),
                                 ((), painful, False)):  # fmt: skip
        log = (*logged, *feeding.runs([entry], logged))
        assert (comeback.standing(log, TODAY).halted is not None) == stops
    earlier = [Entry(TODAY - timedelta(1), 8, cleared=TODAY)]
    assert comeback.standing(feeding.runs(earlier), TODAY).halted is None


def test_the_command_to_clear_repeats_the_users_own_options(tmp_path: Path) -> None:
    log = tmp_path / "my runs.csv"
    run("log", "Ana", "--soreness", "1", "--date", "2026-11-20")
    own = ("return", "--log", log, "--athlete", "Ana", "--since", "2026-11-18", "--today", "2026-11-25")
    stopped = run(*own, "--add", "2026-11-25 sharp")
    command = shlex.split(commands(stopped.stdout))
    assert command == [*map(str, own), "--add", "2026-11-25 cleared"]
    assert "Stop running" not in run(*command).stdout


def test_return_goes_by_the_diary(tmp_path: Path) -> None:
    """From the day on which this return began: what was run before it moves nobody on."""
    for day, how in (("02", "0"), ("04", "0"), ("06", "0"), ("16", "0"), ("18", "1"), ("20", "0"), ("24", "4")):
        minutes = ("--minutes", "25") if how != "4" else ()
        run("log", "Ana", "--soreness", how, *minutes, "--date", f"2026-11-{day}")
    since = ("return", "--athlete", "ana", "--since", "2026-11-16", "--json", "--today")
    document = json.loads(run(*since, "2026-11-25").stdout)
    schemas.validate(document)
    assert [(one["minutes"], one["back"]) for one in document["runs"]][-1] == (0, "sore")
    assert document["happened"] == ["2026-11-24: sore back (3 to 5 out of 10), so week 2 starts again."]
    before = json.loads(run(*since, "2026-11-23").stdout)
    assert (before["week"], before["happened"]) == (2, [])
    undated = run("return", "--athlete", "ana", "--today", "2026-11-25")
    assert undated.exit_code == 2
    assert "--since" in undated.stderr
    log = ("--log", tmp_path / "runs.csv", "--add", "2026-11-22 25min pain-free")
    by_log = json.loads(run("return", "--athlete", "ana", *log, "--today", "2026-11-23", "--json").stdout)
    assert (by_log["week"], by_log["runs_done"]) == (1, 1)


SIGNS = [(("8",), ("--strength", "mild")), (("2", "--feel", "tingling"), ("--feel", "dull"))]  # what is newer than it


@pytest.mark.parametrize("days_ago", [0, 1, 9, 400])
@pytest.mark.parametrize(("sign", "newer"), SIGNS)
def test_saved_answers_hide_no_sign_to_stop_of_the_diary(
    tmp_path: Path, sign: tuple[str, ...], newer: tuple[str, ...], days_ago: int
) -> None:
    """However old it is. What is typed now is newer than the diary, but the sign comes first, wherever it is shown."""
    saved, day = tmp_path / "answers.json", date.today() - timedelta(days_ago)
    saved.write_text(json.dumps(MILD), encoding="utf-8")
    run("log", "Ana", "--soreness", *sign, "--date", day)
    asked = ("triage", "--athlete", "Ana", "--answers", saved)
    page = tmp_path / "page.html"
    for typed, lightly in (((), False), (("--when", "early"), False), (newer, True)):
        document = json.loads(run(*asked, *typed, "--json").stdout)
        schemas.validate(document)
        assert (document["level"] == "light", document["stopped"]["day"]) == (lightly, str(day))
        assert (document["runs"], document["plan"], document["may_play_a_part"]) == (False, False, [])
        assert [*document["answers"]][: len(MILD)] == [*MILD]
        judged = run(*asked, *typed, "--html", page)
        said = document["headline"]
        assert said.startswith("Stopped, not cleared: ")
        assert judged.stdout.startswith(f"{said}\n")
        assert run(*asked, *typed, "--markdown").stdout.startswith(f"# {said}\n")
        assert all(f"{said}</{tag}>" in page.read_text(encoding="utf-8") for tag in ("title", "h1"))
        assert "Once you may run again: formcheck log Ana --cleared\n" in judged.stderr
        shown = " ".join(judged.stdout.split())
        assert ("Run lightly" in shown, f"on {day}. Once you may run again: formcheck log" in shown) == (lightly, True)
    assert run("log", "Ana", "--cleared").exit_code == 0
    document = json.loads(run(*asked, "--json").stdout)
    assert (document["runs"], document["stopped"]) == (True, None)


@pytest.mark.parametrize(("sign", "newer"), SIGNS)
def test_a_stop_is_worded_alike_wherever_it_stands(
    tmp_path: Path, sign: tuple[str, ...], newer: tuple[str, ...]
) -> None:
    """Whatever was answered beside it, and whether it is of a diary, a file of answers or a file of runs."""
    home, file, day = owned(tmp_path, "Ana"), tmp_path / "saved.json", date.today() - timedelta(2)
    log, since = tmp_path / "runs.csv", ("--since", day)
    stop = run("log", "Ana", "--soreness", *sign, "--date", day).stdout.splitlines()[-1].partition(". ")[0]
    back = "tingling" if "tingling" in sign else "strong"
    file.write_text(json.dumps(MILD), encoding="utf-8")
    calls: list[tuple[object, ...]] = [
        ("triage", "--athlete", "Ana", "--answers", file),
        ("triage", "--athlete", "Ana", "--answers", file, *newer, "-o", tmp_path / "answers.json"),
        ("triage", "--answers", tmp_path / "answers.json"),
        ("plan", home),
        ("plan", home, "--symptoms", tmp_path / "answers.json"),
        ("return", "--symptoms", tmp_path / "answers.json"),
        ("return", "--athlete", "Ana", *since),
        ("return", "--log", log, "--add", f"{day} 25min {back}"),
        ("history", "Ana"),
    ]
    for call in calls:
        assert stop in " ".join(run(*call).stdout.split()), call
    for call in calls[:5]:
        document = json.loads(run(*call, "--json").stdout)
        assert document.get("triage", document)["headline"] == stop
    flagged = json.loads(run(*calls[0], "--red-flags", "fever", "--json").stdout)
    assert flagged["headline"] == guidance.triage().levels["today"].headline


def test_the_same_signs_stop_triage_and_return() -> None:
    """What the interview takes from the diary as a sign forbids to run, by itself, exactly where the return stops."""
    feels = [(), *((feel,) for feel in guidance.triage().questions["feel"].answers)]
    for soreness, feel in product(range(11), feels):
        entry = Entry(TODAY - timedelta(30), soreness, feel=feel)
        told = feeding.signs([entry])
        assert bool(told) == feeding.stops(entry) == (stands([entry]).halted is not None)
        assert not told or not judged([entry]).stage.runs


def owned(folder: Path, *names: str) -> Path:
    """The folder of results of a clip on which these athletes are."""
    job = clip(folder, names[0])
    for name in names[1:]:
        store_clip(replace(job, athlete=name))
    (job.parent / job.name).mkdir(parents=True)
    return write_report(job.parent / job.name, cadence_spm=148.0).parent


@pytest.mark.parametrize("answers", [MILD, None, MILD | {"answered": "2026-01-01"}])
@pytest.mark.parametrize("sign", [sign for sign, _ in SIGNS])
def test_nobody_who_is_stopped_gets_a_plan(
    tmp_path: Path, sign: tuple[str, ...], answers: dict[str, str] | None
) -> None:
    """Whoever of those on the clip it is, whatever was answered, and whether or not anything was."""
    home = owned(tmp_path, "Ben", "Hal")
    if answers is not None:
        (home / "answers.json").write_text(json.dumps(answers), encoding="utf-8")
    run("log", "Eve", "--soreness", "9")  # who is not on it
    allowed = 0 if answers is None or "answered" not in answers else 2
    assert run("plan", home, "-o", tmp_path / "early").exit_code == allowed
    run("log", "Hal", "--soreness", *sign, "--date", date.today() - timedelta(20))
    refused = run("plan", home)
    clears = "Once you may run again: formcheck log Hal --cleared"
    assert (refused.exit_code, refused.stderr.count(clears), "Eve" in refused.output) == (6, 1, False)
    assert clears in " ".join(refused.stdout.split())
    assert not (home / "plan.ics").exists()
    document = json.loads(run("plan", home, "--json").stdout)
    schemas.validate(document)
    assert (document["refused"], document["triage"]["stopped"] is not None) == ("plan", True)
    assert run("log", "Hal", "--cleared").exit_code == 0
    assert run("plan", home).exit_code == allowed


def test_a_sign_that_was_cleared_is_no_answer() -> None:
    entries = diary(2, 1, feel=("leg",))
    assert feeding.answers(entries, TODAY)["feel"] == ("leg",)
    assert "feel" not in feeding.answers([replace(entry, cleared=TODAY) for entry in entries], TODAY)


@pytest.mark.parametrize("sign", [sign for sign, _ in SIGNS])
def test_what_was_cleared_leaves_how_it_is_now_to_the_runner(sign: tuple[str, ...]) -> None:
    """As the return, which lets run from then on."""
    flags = [word for name, key in MILD.items() for word in (f"--{name.replace('_', '-')}", key)]
    at = flags.index("--feel")
    without = [*flags[:at], *flags[at + 4 :]]
    for days_ago, how in ((9, ("1",)), (2, sign)):
        run("log", "Ana", "--soreness", *how, "--date", date.today() - timedelta(days_ago))
    run("log", "Ana", "--cleared")
    asked = run("triage", "--athlete", "Ana", *without)
    assert (asked.exit_code, asked.stderr.rstrip().endswith("--feel --strength")) == (2, True)
    assert json.loads(run("triage", "--athlete", "Ana", *flags, "--json").stdout)["level"] == "light"
    run("log", "Ana", "--soreness", "4")
    assert "strength: middling" in run("triage", "--athlete", "Ana", *without).stderr


@pytest.mark.parametrize("days_ago", [0, 9])
@pytest.mark.parametrize(("sign", "newer"), SIGNS)
def test_a_sign_that_stood_when_answers_were_saved_stops_whoever_goes_by_them(
    tmp_path: Path, sign: tuple[str, ...], newer: tuple[str, ...], days_ago: int
) -> None:
    """Also where nobody says whose diary it is, and however often they are saved again."""
    file, home, day = tmp_path / "answers.json", write_report(tmp_path), date.today() - timedelta(days_ago)
    run("log", "Ana", "--soreness", *sign, "--date", day)
    flags = [word for name, key in MILD.items() for word in (f"--{name.replace('_', '-')}", key)]
    first = run("triage", "--athlete", "Ana", *flags, "-o", file)
    document = json.loads(file.read_text(encoding="utf-8"))
    assert ("Run lightly" in first.stdout, document["runs"], document["stopped"]["day"]) == (True, False, str(day))
    refused = [run(*call, "--symptoms", file) for call in (("plan", home), ("return",))]
    refused.append(run("plan", home))  # by the answers beside it
    again = run("triage", "--answers", file)
    for said in (*refused, again):
        anew = f"Once you may run again: formcheck log NAME --cleared, then formcheck triage --athlete NAME -o {file}\n"
        assert f"on {day}. {anew}" in said.stderr
        shown = " ".join(said.stdout.split())
        assert (f"Stopped, not cleared: {first.stderr.split('cleared: ')[1].split('.')[0]}." in shown) is True
        assert "Run lightly" not in shown
    assert ([said.exit_code for said in refused], again.exit_code) == ([6, 6, 6], 0)
    schemas.validate(json.loads(run("plan", home, "--json").stdout))
    typed = run("triage", "--answers", file, *newer, "-o", tmp_path / "again.json", "--json")
    assert [json.loads(typed.stdout)[key] for key in ("level", "runs", "stopped")] == [
        "light", False, document["stopped"]
    ]  # fmt: skip
    assert run("return", "--symptoms", tmp_path / "again.json").exit_code == 6
    assert not (tmp_path / "plan.json").exists()


def test_a_saved_sign_holds_until_a_diary_shows_that_it_was_cleared(tmp_path: Path) -> None:
    home, since = owned(tmp_path, "Ana", "Ben"), ("--since", date.today())
    file = home / "answers.json"
    flags = [word for name, key in MILD.items() for word in (f"--{name.replace('_', '-')}", key)]
    for name in ("Ana", "Ben"):
        run("log", name, "--soreness", "2", "--feel", "sharp" if name == "Ana" else "dull")
    run("triage", "--athlete", "Ana", *flags, "-o", file)
    by_file = ("return", "--symptoms", file)
    calls = (by_file, (*by_file, "--athlete", "Ana", *since), ("plan", home))
    assert [run(*call).exit_code for call in calls] == [6, 6, 6]
    run("log", "Ana", "--cleared")
    other = json.loads(run("triage", "--athlete", "Ben", "--answers", file, "--json").stdout)
    own = json.loads(run("triage", "--athlete", "Ana", "--answers", file, "--json").stdout)
    assert [(one["runs"], one["stopped"] is None) for one in (other, own)] == [(False, False), (True, True)]
    assert [run(*call).exit_code for call in calls] == [6, 0, 0]
    run("log", "Ana", "--soreness", "2", "--feel", "sharp")  # once more, on the same day
    assert [run(*call).exit_code for call in calls] == [6, 6, 6]


SPOILT = [{"day": day, "back": back} for day, back in (("soon", "sharp"), ("2026-11-20", "stiff"), ("2026-11-20", {}))]


@pytest.mark.parametrize("spoilt", ["sharp", {}, 1, [], *SPOILT])
def test_a_sign_that_cannot_be_read_is_not_overlooked(tmp_path: Path, spoilt: object) -> None:
    file = tmp_path / "answers.json"
    file.write_text(json.dumps({"answers": MILD, "stopped": spoilt}), encoding="utf-8")
    refused = run("return", "--symptoms", file)
    assert (refused.exit_code, '"stopped" is no sign to stop' in one_line(refused.stderr)) == (3, True)


def test_a_saved_sign_is_the_answer_that_stops() -> None:
    for name, feeling in guidance.comeback().feelings.items():
        if feeling.does == "back":
            told = triage.checked(triage.Sign(TODAY, name).answers, "test")
            assert not triage.judge(triage.checked(MILD, "test") | told).stage.plan


def test_it_is_said_what_is_from_the_diary_and_what_is_not() -> None:
    """Neither that there is nothing where answers are newer, nor that what is weeks old is of this week."""
    flags = [word for name, key in MILD.items() for word in (f"--{name.replace('_', '-')}", key)]
    without = [word for word in flags if word not in ("--strength", "mild")]

    def said(*given: str) -> str:
        return re.findall("From the diary of Ana: (.*)\n", run("triage", "--athlete", "Ana", *given).stderr)[0]

    run("log", "Ana", "--soreness", "0")
    assert said(*flags) == "no answer from the last week"
    run("log", "Ana", "--soreness", "8", "--date", date.today() - timedelta(20))
    assert said(*without) == "uncleared strength: strong"
    assert said(*flags) == "nothing that is not answered already"
    page = run("triage", "--athlete", "Ana", *without, "--markdown").stdout
    assert "What you answered" not in page
    assert re.findall(r"(\S+) \(from the diary\)", page) == ["10"]
    assert "(from the diary)" not in run("triage", "--athlete", "Ana", *flags, "--markdown").stdout
