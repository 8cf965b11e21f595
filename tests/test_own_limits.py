"""Limits of the user's own: every command goes by them, or says by which others something was judged."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import schemas
from histories import athlete, clip
from rich.console import Console, RenderableType

import builders
from advice import run, write_report
from formcheck import api, knowledge
from formcheck.guidance import plan, reading
from formcheck.history import page as athlete_page
from formcheck.history import records, store, terminal, values
from formcheck.knowledge.judged import judged_by, limit_words, limits_told
from formcheck.page.versus import versus_html
from formcheck.versus import Take, Versus, compared, render_versus, to_json

LEAN = """
[faults.excess_trunk_lean.limits.trunk_lean_deg]
fault_below = -40
watch_below = -30
watch_above = {}
fault_above = 40
source = "our_choice"
"""
OWN = "What is usual is judged by your own limits (limits.toml)."
BUILT_IN = "What is usual is judged by the limits that come with formcheck."
OTHERS = "Reports that went by other limits: {}. Analyse these clips again."


def judging(own: Path, text: str | None) -> None:
    """From here on, as if in a new process, by limits that say this; None: by the built-in ones."""
    own.unlink(missing_ok=True)
    if text is not None:
        own.write_text(text, encoding="utf-8")
    knowledge.own_limits.cache_clear()


def shown(what: RenderableType) -> str:
    console = Console(force_terminal=False, width=200)
    with console.capture() as said:
        console.print(what)
    return " ".join(said.get().split())


def take(lean_deg: float) -> Take:
    """A clip as judged now."""
    report = builders.report(builders.measured("trunk_lean_deg", lean_deg, 0.5))
    return Take(api.of(report).to_json(), report.measurements)


def test_limits_are_told_from_others_by_what_they_say_of_findings(own: Path) -> None:
    marks = []
    for text in (None, "", "[sources]", LEAN.format(30), f"# ours{LEAN.format(30)}", LEAN.format(31)):
        judging(own, text)
        marks.append(judged_by())
    assert [mark is None for mark in marks] == [True, True, True, False, False, False]
    assert len(set(marks)) == 3
    assert marks[3] == marks[4]


@pytest.mark.parametrize("text", [None, LEAN.format(30)])
def test_reports_that_went_by_other_limits_are_named_and_not_all_of_many(own: Path, text: str | None) -> None:
    judging(own, text)
    assert limits_told([]) == ""
    now = {"own_limits": judged_by()}
    assert limits_told([("a.mp4", now)]) == ("" if text is None else OWN)
    first = BUILT_IN if text is None else OWN
    clips = [("a.mp4", now), ("b.mp4", {"own_limits": "1234"}), ("c.mp4", {"own_limits": True})]
    assert limits_told(clips) == f"{first} {OTHERS.format('b.mp4 and c.mp4')}"
    many = [(f"{i}.mp4", {"own_limits": "1234"}) for i in range(9)]
    assert OTHERS.format("0.mp4, 1.mp4, 2.mp4, 3.mp4, 4.mp4 and 4 more") in limits_told(many)


def test_a_comparison_says_by_whose_limits_better_and_worse_are_meant(own: Path) -> None:
    def told(before: Take, after: Take) -> Versus:
        found = compared(before, after)
        said = to_json(found, before, after, None, None)
        schemas.validate(said)
        assert said["own_limits"] == judged_by()
        for where in (shown(render_versus(found, "a", "b")), versus_html(found, said, None, (None, None))):
            assert said["limits"] in where
            assert ("judged by" in where) == bool(said["limits"])
        return found

    earlier = told(take(9.0), take(20.0))
    judging(own, LEAN.format(30))
    before = take(9.0)
    now = told(before, take(20.0))
    assert [found.changes[0].verdict for found in (earlier, now)] == ["worse", "changed"]
    assert (earlier.limits, now.limits) == ("", OWN)
    judging(own, None)
    later = told(before, take(20.0))
    assert later.limits == f"{BUILT_IN} {OTHERS.format(before.name)}"


def test_a_history_says_which_verdicts_went_by_other_limits(own: Path, tmp_path: Path) -> None:
    for i, text in enumerate((None, LEAN.format(30), LEAN.format(31))):
        judging(own, text)
        clip(tmp_path, "Ana", i, trunk_lean_deg=9.0 + 5 * i)
    with store.reading() as db:
        one, clips = athlete("Ana"), records.clips(db, athlete("Ana"))
    page = athlete_page.athlete_html(one, clips, (), tmp_path, date(2026, 12, 1))
    said = f"{OWN} {OTHERS.format('0.mp4 and 1.mp4')}"
    assert said in shown(terminal.one(one, clips, ()))
    assert said in page
    told = values.to_json([(one, clips, ())])
    schemas.validate(told)
    assert told["athletes"][0]["limits"] == said
    assert [row["own_limits"] == told["own_limits"] for row in told["athletes"][0]["clips"]] == [False, False, True]


def test_a_plan_says_when_its_report_went_by_other_limits(own: Path, tmp_path: Path) -> None:
    def notes(file: Path) -> list[str]:
        return [note for note in plan.make(reading.read(file), date(2026, 12, 1), 2).notes if "limits" in note]

    report = write_report(tmp_path, trunk_lean_deg=20.0)
    assert notes(report) == []
    judging(own, LEAN.format(30))
    assert notes(report) == [limit_words().plan]
    assert notes(write_report(tmp_path, trunk_lean_deg=20.0)) == [OWN]


@pytest.mark.parametrize("command", [("plan", "{}"), ("history", "Ana"), ("history",), ("athlete", "Ana")])
def test_a_mistake_in_them_stops_every_command_that_judges(own: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    clip(tmp_path, "Ana", trunk_lean_deg=9.0)
    report = write_report(tmp_path, trunk_lean_deg=20.0)
    judging(own, "[faults.overstrid]\nneeded = 1")
    refused = run(*(part.format(report) for part in command))
    assert (refused.exit_code, "did you mean overstride?" in refused.stderr) == (3, True), refused.output
    assert {path.name for path in tmp_path.iterdir()} == {"0.mp4", "my data", "report.json"}
