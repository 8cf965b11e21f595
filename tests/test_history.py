"""An athlete over months: nothing is lost, nobody is taken for another, and luck is called luck."""

from __future__ import annotations

import base64
import json
import os
import re
import sqlite3
import stat
import subprocess
import sys
import time
import unicodedata
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import av
import numpy as np
import pytest
import schemas
from barred import barred
from histories import athlete, clip, data, posix, sore, store_clip
from rich.console import Console
from test_batch import results

import builders
import formcheck
from advice import one_line, run
from benchmarks import killing_history
from benchmarks.hostile.system import ON_DISK, may_mount
from formcheck import knowledge
from formcheck.batch.jobs import Job, collected, given
from formcheck.batch.tables import Done
from formcheck.batch.work import mark_of, remember
from formcheck.cli import main
from formcheck.cli_batch import _in_turn
from formcheck.cli_history import Keeper
from formcheck.cli_output import in_flags
from formcheck.cli_progress import Display
from formcheck.datatypes import FormcheckError, NotUnderstoodError, UnreadableInputError
from formcheck.history import luck, people, records, schema, series, store, terminal, values
from formcheck.history import page as athlete_page
from formcheck.history.people import Athlete
from formcheck.history.records import Entry
from formcheck.metrics.registry import REPORT_ORDER
from formcheck.places import safe_name
from formcheck.report import to_json
from formcheck.versus import Take, compared
from formcheck.video import container, filmed

__all__ = ["data"]
pytestmark = pytest.mark.usefixtures("data")
ROOT = Path(__file__).parent.parent
ODD = ("../x", "CON", "🏃\N{ZERO WIDTH JOINER}♀", "n" * 300, "'; DROP TABLE athlete; --", "-x", "a/b\\c:d", "\u202eanA")


# Names


@pytest.mark.parametrize("name", ODD)
def test_any_name_is_an_athlete_and_none_is_a_path(data: Path, tmp_path: Path, name: str) -> None:
    clip(tmp_path / "clips", name, trunk_lean_deg=9.0)
    sore(name, 3)
    assert athlete(name).name == name
    assert {path.name for path in data.iterdir()} == {store.NAME}
    assert {path.name for path in tmp_path.iterdir()} == {"clips", "data"}
    shown = run("history", "--", name)
    assert shown.exit_code == 0
    assert "\u202e" not in shown.stdout


@pytest.mark.parametrize("name", ["", "  ", "\u200b\u00ad", "n" * 301, "a\0b", "a\x1bb"])
def test_what_is_no_name_is_refused_in_a_line(data: Path, name: str) -> None:
    refused = run("log", "--soreness", "3", "--", name)
    assert refused.exit_code == 2
    assert "is not a name" in one_line(refused.stderr)
    assert not data.exists() or run("history").stdout.startswith("Nobody")


def test_one_name_in_other_case_or_normal_form_is_one_athlete(tmp_path: Path) -> None:
    twins = ["Zoë Straße", unicodedata.normalize("NFD", "Zoë Straße"), "ZOË STRASSE", " zoë  straße "]
    for i, name in enumerate(twins):
        clip(tmp_path, name, i, trunk_lean_deg=9.0)
    with store.reading() as db:
        (only,) = people.athletes(db)
        assert only.name == "Zoë Straße"
        assert len(records.clips(db, only)) == 4
    sore("Zoe Strasse", 1)
    assert athlete("Zoe Strasse") != only


def test_what_cannot_be_seen_in_a_name_makes_nobody_else() -> None:
    """The name is shown as it was written first: a Persian one needs its joiner."""
    persian = "\u0639\u0644\u06cc\N{ZERO WIDTH NON-JOINER}\u0631\u0636\u0627"
    for name in (persian, persian.replace("\N{ZERO WIDTH NON-JOINER}", "")):
        sore(name, 3)
    for name in ("Ana", "A\N{ZERO WIDTH SPACE}na", "An\N{SOFT HYPHEN}a", "\N{ZERO WIDTH NO-BREAK SPACE}ana"):
        sore(name, 3)
    with store.reading() as db:
        assert {one.name for one in people.athletes(db)} == {"Ana", persian}
    assert len(diary_of("ANA\u2060")) == 4


def test_two_who_differ_by_what_cannot_be_seen_are_told_apart_by_it_until_they_are_merged() -> None:
    """As earlier versions kept them."""
    sore("Ana", 3)
    with store.writing() as db:
        db.execute("INSERT INTO athlete (name, folded) VALUES ('A\u200bna', 'a\u200bna')")
    sore("A\u200bna", 4)
    assert [entry.soreness for entry in diary_of("Ana")] == [3]
    assert run("merge", "Ana", "A\u200bna", "--yes").exit_code == 0
    assert [entry.soreness for entry in diary_of("A\u200bna")] == [3, 4]


def diary_of(name: str) -> tuple[Entry, ...]:
    with store.reading() as db:
        return records.diary(db, people.find(db, name))


def test_who_is_not_there_is_asked_after() -> None:
    sore("Ana Müller", 1)
    refused = run("history", "ana muller")
    assert refused.exit_code == 2
    assert 'did you mean "Ana Müller"?' in one_line(refused.stderr)


class Heard(Display):
    """Keeps the lines that it is given, problems and others."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    def say(self, line: str) -> None:
        self.lines.append(f"said: {line}")

    def tell(self, line: str) -> None:
        self.lines.append(f"told: {line}")


def test_somebody_new_beside_others_is_told_of_with_who_it_may_be(tmp_path: Path) -> None:
    """By the diary and by a clip; not the first of all, and not who is there."""
    assert run("log", "Ana", "--soreness", "2").stdout.count("\n") == 1
    assert "new athlete" not in run("log", "ANA", "--soreness", "2").stdout
    join = 'new athlete "Anna" (similar: "Ana"; to join them: formcheck merge Ana Anna)'
    assert run("log", "Anna", "--soreness", "2").stdout.splitlines()[1:] == [join]
    assert run("log", "Zoë", "--soreness", "2").stdout.splitlines()[1:] == ['new athlete "Zoë"']
    assert run("merge", "Ana", "Anna", "--yes").exit_code == 0
    meant = '"Anna" was merged into "Ana", who gets this (to tell them apart again: formcheck delete Anna)'
    assert run("log", "Anna", "--soreness", "2").stdout.splitlines()[1:] == [meant]
    assert run("delete", "Anna", "--yes").exit_code == 0
    made = to_json(builders.report(trial=builders.trial(path=tmp_path / "run.mp4")))
    (tmp_path / "run.mp4").touch()
    lines: list[str] = []
    for name, quiet in (("Anna", True), ("Jörg", True), ("Liv", False), ("Liv", False)):
        job = Job(tmp_path / "run.mp4", tmp_path, "run", athlete=name)
        Keeper(Heard(lines), quiet).keep(job, tmp_path, lambda: made)
    assert [line for line in lines if "new athlete" in line] == [f"said: {join}", 'told: new athlete "Liv"']


def test_of_each_name_that_was_merged_a_run_says_once_whom_it_means(tmp_path: Path) -> None:
    for name in ("Ana", "Anna", "Annie"):
        sore(name, 1)
    for name in ("Anna", "Annie"):
        assert run("merge", "Ana", name, "--yes").exit_code == 0
    made = to_json(builders.report(trial=builders.trial(path=tmp_path / "run.mp4")))
    (tmp_path / "run.mp4").touch()
    lines: list[str] = []
    for _ in range(2):
        keeper = Keeper(Heard(lines))
        for name in ("Anna", "Annie", "Anna", "Ana", "Annie"):
            keeper.keep(Job(tmp_path / "run.mp4", tmp_path, "run", athlete=name), tmp_path, lambda: made)
    assert [line.split(" was merged")[0] for line in lines] == ['told: "Anna"', 'told: "Annie"'] * 2


def test_a_name_that_was_merged_means_the_same_athlete_until_it_is_told_apart(tmp_path: Path) -> None:
    """However it is spelt, for clips, the diary and whoever asks; also a name merged before that."""
    names = ("Jürgen Müller", "Jürgen Muller", "J. Müller")
    job = clip(tmp_path, names[1], trunk_lean_deg=9.0)
    for name in names:
        sore(name, 1)
    assert run("merge", names[1], names[2], "--yes").exit_code == 0
    assert run("merge", names[0], names[1], "--yes").exit_code == 0
    store_clip(replace(job, athlete=names[1].upper()), trunk_lean_deg=9.0)
    assert run("log", names[2], "--soreness", "2").exit_code == 0
    told = json.loads(run("history", names[2], "--json").stdout)
    schemas.validate(told)
    (only,) = told["athletes"]
    assert (only["name"], only["also"]) == (names[0], [names[2], names[1]])
    assert (len(only["clips"]), len(only["diary"])) == (1, 4)
    assert f"{names[0]}  also {names[2]} and {names[1]}" in run("history", names[0]).stdout
    with store.reading() as db:
        assert [one.name for one in people.athletes(db)] == [names[0]]
    apart = run("delete", names[1].lower(), "--yes")
    assert (apart.exit_code, f"no longer means {names[0]}" in apart.stdout) == (0, True)
    assert run("history", names[1]).exit_code == 2
    sore(names[1], 0)
    for name, clips in zip(names, (1, 0, 1), strict=True):
        (one,) = json.loads(run("history", name, "--json").stdout)["athletes"]
        assert len(one["clips"]) == clips
    assert f"{names[0]} is gone" in run("delete", names[0], "--yes").stdout
    assert run("history", names[2]).exit_code == 2


# Clips and entries


def test_a_clip_comes_back_as_it_was_stored(tmp_path: Path) -> None:
    job = replace(clip(tmp_path, "Ana", trunk_lean_deg=9.0), session="late", shoes="Ghost", note="wind", date="")
    job = replace(job, emptied=frozenset({"date"}))
    os.utime(job.video, (1.7e9, 1.7e9))
    store_clip(replace(job, settings={"model": "heavy", "end": 2.0}), trunk_lean_deg=9.0)
    job = replace(job, settings={"model": "heavy", "speed_kmh": 11.5, "start": 2.0, "end": 9.5})
    store_clip(job, trunk_lean_deg=12.0, cadence_spm=171.0)
    made = to_json(builders.report(builders.measured("trunk_lean_deg", 12.0), builders.measured("cadence_spm", 171.0)))
    with store.reading() as db:
        first, again = records.clips(db, athlete("Ana"))
    assert first.measurements["trunk_lean_deg"].value == 9.0
    assert (again.session, again.shoes, again.note, again.speed_kmh) == ("late", "Ghost", "wind", 11.5)
    assert (again.start_s, again.end_s) == (2.0, 9.5)
    assert again.filmed == datetime.fromtimestamp(1.7e9)
    assert again.verdict == made["summary"]["verdict"]
    assert [found.fault for found in again.findings] == [row["fault"] for row in made["findings"]]
    told = json.loads(json.dumps(values.clip_json(again)))["measurements"]
    assert told == {
        name: {key: row[key] for key in told[name]} for name, row in sorted(made["measurements"].items())
    }  # fmt: skip


def test_a_clip_analysed_again_takes_its_own_place(tmp_path: Path) -> None:
    clip(tmp_path, "Ana", trunk_lean_deg=9.0)
    clip(tmp_path, "ana", trunk_lean_deg=7.0)
    with store.reading() as db:
        (only,) = records.clips(db, athlete("Ana"))
        assert only.measurements["trunk_lean_deg"].value == 7.0
        assert db.execute("SELECT count(DISTINCT clip) FROM measurement").fetchone() == (1,)


def given_again(job: Job, **said: str | None) -> Job:
    """The job of a later command that says this of the clip, and no more."""
    bare = {"athlete": job.athlete, "session": None, "note": None, "shoes": None, "date": None}
    (made,) = given([job.video], job.parent, {**job.settings, **bare, **said}, with_video=False)
    return replace(made, name=job.name)


def test_what_was_said_of_a_clip_stays_until_something_else_is_said(tmp_path: Path) -> None:
    """Each of it by itself, in another part too; what is given as empty no longer holds. Nobody else inherits it."""
    typed = {"date": "2026-09-09", "session": "late", "shoes": "Ghost 15", "note": "first run"}
    anew = {"date": "2026-10-10", "session": "early", "shoes": "Pegasus", "note": "second thoughts"}
    job = clip(tmp_path, "Kim", trunk_lean_deg=9.0)
    os.utime(job.video, (1.7e9, 1.7e9))
    of_file = {"date": "2023-11-14", "session": "", "shoes": "", "note": ""}

    def stored(again: Job) -> dict[str, str]:
        store_clip(again, trunk_lean_deg=9.0)
        with store.reading() as db:
            (only,) = records.clips(db, people.find(db, again.athlete))
        return {
            "date": str(only.filmed.date()), "session": only.session, "shoes": only.shoes, "note": only.note,
        }  # fmt: skip

    assert stored(given_again(job, **typed)) == typed
    assert stored(given_again(job)) == typed
    assert stored(replace(given_again(job), settings={"model": "lite", "start": 1.0, "end": 2.0})) == typed
    for name, text in anew.items():
        assert stored(given_again(job, **typed)) == typed
        assert stored(given_again(job, **{name: text})) == typed | {name: text}
        assert stored(given_again(job, **{name: ""})) == typed | {name: text} | {name: of_file[name]}
    assert stored(given_again(replace(job, athlete="Lou"))) == of_file


def test_a_day_that_nobody_said_is_again_that_of_the_file(tmp_path: Path) -> None:
    """And a day that was said stays, at the file's own time where that falls on it; also in a table of clips."""
    job = clip(tmp_path, "Kim", trunk_lean_deg=9.0)

    def stored(again: Job, moment: str) -> datetime:
        os.utime(job.video, (datetime.fromisoformat(moment).timestamp(),) * 2)
        store_clip(again, trunk_lean_deg=9.0)
        with store.reading() as db:
            (only,) = records.clips(db, athlete("Kim"))
        return only.filmed

    bare, manifest = given_again(job), tmp_path / "clips.csv"
    assert stored(given_again(job, date=""), "2026-05-05 10:00") == datetime(2026, 5, 5, 10)
    assert stored(bare, "2026-06-06 11:00") == datetime(2026, 6, 6, 11)
    manifest.write_text("file,athlete,date\n0.mp4,Kim,2026-05-05\n", encoding="utf-8")
    (row,) = collected([manifest], job.parent, {}, False)
    assert stored(row, "2026-05-05 10:00") == datetime(2026, 5, 5, 10)
    assert stored(bare, "2026-05-05 12:00") == datetime(2026, 5, 5, 12)
    assert stored(bare, "2026-06-06 11:00") == datetime(2026, 5, 5)
    assert stored(given_again(job, date=""), "2026-06-06 11:00") == datetime(2026, 6, 6, 11)
    assert stored(bare, "2026-07-07 11:00") == datetime(2026, 7, 7, 11)


def test_a_day_said_to_an_earlier_version_stays(tmp_path: Path) -> None:
    """It noted the day without a time where that is not the file's."""
    said, unsaid = (clip(tmp_path, "Kim", number, trunk_lean_deg=9.0) for number in (0, 1))
    store_clip(replace(given_again(unsaid), emptied=frozenset({"date"})), trunk_lean_deg=9.0)
    with store.writing() as db:
        db.execute("ALTER TABLE clip DROP COLUMN dated")
        for statement in schema.SIXTH:
            if "clip" in statement:
                db.execute(statement)
    os.utime(unsaid.video, (1.7e9, 1.7e9))
    for job in (said, unsaid):
        store_clip(given_again(job), trunk_lean_deg=9.0)
    with store.reading() as db:
        days = {one.video.name: str(one.filmed.date()) for one in records.clips(db, athlete("Kim"))}
    assert days == {"0.mp4": said.date, "1.mp4": "2023-11-14"}


def test_of_several_parts_that_one_takes_the_place_of_the_first_that_says_something_holds(tmp_path: Path) -> None:
    job = clip(tmp_path, "Kim", trunk_lean_deg=9.0)
    first, second = ({"model": "heavy", "start": start, "end": start + 2.0} for start in (0.0, 2.0))
    store_clip(replace(given_again(job, note=""), settings=first), trunk_lean_deg=9.0)
    store_clip(replace(given_again(job, session="late", note="windy"), settings=second), trunk_lean_deg=9.0)
    store_clip(replace(given_again(job, session="early"), settings=first), trunk_lean_deg=9.0)
    store_clip(given_again(job), trunk_lean_deg=9.0)
    with store.reading() as db:
        (whole,) = records.clips(db, athlete("Kim"))
    assert (whole.session, whole.note) == ("early", "windy")


def said_of(job: Job) -> list[str]:
    """What the user hears when a clip of one more athlete, part or model is kept."""
    made = to_json(builders.report(builders.measured("trunk_lean_deg", 9.0), trial=builders.trial(path=job.video)))
    made["model"] = job.settings["model"]
    with store.writing() as db:
        return [*records.keep(db, job, records.about(job, job.parent / job.name, made), made)]


def test_one_film_is_one_clip_whatever_part_or_model_and_that_is_said(tmp_path: Path) -> None:
    """Else a part would be compared with the whole of the same film, as its first and latest."""
    job = clip(tmp_path, "Ana", trunk_lean_deg=9.0)
    first = stored("Ana")[0]
    assert said_of(job) == []
    whole, read = "from 0 s to the end", "read by model"
    for told, line in (
        ({"end": 6.0}, f"{read} heavy from 0 s to 6 s, no longer as {read} heavy {whole}"),
        ({"end": 7.0}, f"{read} heavy from 0 s to 7 s, no longer as {read} heavy from 0 s to 6 s"),
        ({"end": 7.0, "model": "lite"}, f"{read} lite from 0 s to 7 s, no longer as {read} heavy from 0 s to 7 s"),
    ):
        assert said_of(replace(job, settings=job.settings | told)) == [
            f"{job.video}: is now in the history of Ana as {line}"
        ]
    (tmp_path / "out" / "0").mkdir(parents=True)
    (tmp_path / "out" / "0" / "report.json").touch()
    (line,) = said_of(replace(job, name="0-2", settings=job.settings | {"end": 6.5}))
    assert line.endswith(f"; those results stay in {tmp_path / 'out' / '0'}")
    assert said_of(replace(job, settings=job.settings | {"start": 7.0})) == []
    assert [(one.id, one.start_s) for one in stored("Ana")] == [(first.id, 0.0), (first.id + 1, 7.0)]


def test_a_film_that_is_there_twice_is_said_to_be_one(tmp_path: Path) -> None:
    """A coach who copied a clip sees two in the batch and one in the history; one moved is nothing to speak of."""
    job = clip(tmp_path, "Ana", trunk_lean_deg=9.0)
    copy = job.video.with_name("copy.mp4")
    copy.write_bytes(job.video.read_bytes())
    line = f"{copy}: is the same film as {job.video} and takes its place in the history of Ana"
    assert said_of(replace(job, video=copy)) == [line]
    copy.rename(tmp_path / "moved.mp4")
    assert said_of(replace(job, video=tmp_path / "moved.mp4")) == []
    assert len(stored("Ana")) == 1


def test_a_clip_of_the_wrong_athlete_is_told_of_and_can_be_taken_out(tmp_path: Path) -> None:
    job = clip(tmp_path, "Ana", trunk_lean_deg=9.0)
    other = clip(tmp_path, "Ana", 1, trunk_lean_deg=9.0)
    (line,) = said_of(replace(job, athlete="Ben"))
    also = f"{job.video}: is in the history of Ana too; formcheck delete NAME --clip FILE takes it out"
    assert in_flags(line) == also
    assert said_of(replace(job, athlete="Cy", settings=job.settings | {"person": 2})) == []
    assert run("delete", "Ana", "--clip", job.video).exit_code == 2  # nobody to ask
    told = run("delete", "ana", "--clip", job.video, "--yes").stdout
    assert told == f"{job.video}: 1 entry taken out of the history of Ana\n"
    assert [one.video for one in stored("Ana")] == [other.video]
    assert stored("Ben")[0].video == job.video
    with store.reading() as db:  # what is in its folder is Ben's
        assert records.places(db, athlete("Ana")) == ((other.parent / other.name, other.video),)
    refused = run("delete", "Ana", "--clip", job.video, "--yes")
    assert (refused.exit_code, "no such clip" in one_line(refused.stderr)) == (2, True)
    other.video.unlink()
    assert run("delete", "Ana", "--clip", other.video, "--yes").exit_code == 0
    assert stored("Ana") == ()


def test_a_path_that_held_several_clips_is_none_of_them(tmp_path: Path) -> None:
    job = clip(tmp_path, "Ana", trunk_lean_deg=9.0)
    job.video.write_text("filmed later, under the same name", encoding="utf-8")
    store_clip(replace(job, date="2026-08-09"), trunk_lean_deg=9.0)
    job.video.unlink()
    refused = run("delete", "Ana", "--clip", job.video, "--yes")
    assert refused.exit_code == 2
    assert "several clips had this path, filmed on 2026-08-01 and 2026-08-09" in one_line(refused.stderr)
    assert len(stored("Ana")) == 2


def test_clips_of_one_day_keep_their_order_however_they_come(tmp_path: Path) -> None:
    """By the files' own times where these are of that day, else as they first came."""
    jobs = [clip(tmp_path, "Ana", i, every_days=0, trunk_lean_deg=9.0 + 5 * i) for i in range(2)]
    store_clip(jobs[0], trunk_lean_deg=9.0)

    def order() -> list[str]:
        with store.reading() as db:
            return [one.video.name for one in records.clips(db, athlete("Ana"))]

    assert order() == ["0.mp4", "1.mp4"]
    for job, hour in zip(jobs, (12, 9), strict=True):
        moment = datetime(2026, 8, 1, hour).timestamp()
        os.utime(job.video, (moment, moment))
        store_clip(job, trunk_lean_deg=9.0)
    assert order() == ["1.mp4", "0.mp4"]


def test_a_batch_hands_over_its_clips_in_the_order_given() -> None:
    done = {key: Done(Job(Path(f"{key}.mp4"), Path(), ""), None, "", 0) for key in (0, 2, 3)}
    assert [one.job.video.stem for one in _in_turn(done, range(4))] == ["0"]
    assert [one.job.video.stem for one in _in_turn(done | {1: done[0]}, range(4))] == ["0", "0", "2", "3"]


def test_a_day_of_the_diary_is_logged_shown_and_taken_back() -> None:
    said = (
        "--where",
        "lower,mid",
        "--when",
        "hills",
        "--shoes",
        "Ghost",
        "--surface",
        "road",
        "--km",
        "8",
    )
    assert run("log", "Ana", "--soreness", "4", *said, "--date", "2026-11-20").exit_code == 0
    with store.reading() as db:
        expected = Entry(date(2026, 11, 20), 4, ("lower", "mid"), ("hills",), None, 8.0, "Ghost", "road")
        assert records.diary(db, athlete("Ana")) == (expected,)
    assert "4/10 on 2026-11-20" in run("history").stdout
    more = run("log", "Ana", "--soreness", "2", "--date", "2026-11-20").stdout
    beside = "beside earlier entries of that day; its worst counts, 4/10"
    assert more == f"2026-11-20: 2/10, in the diary of Ana, {beside}\n"
    assert "beside" not in run("log", "Ana", "--soreness", "2", "--date", "2026-11-19").stdout
    assert run("log", "Ana", "--remove", "--date", "2026-11-20").stdout == "2 entries of 2026-11-20 removed\n"
    assert "4/10" not in run("history").stdout
    for wrong in (("--soreness", "11"), ("--soreness", "3", "--remove"), (),
                  ("--soreness", "3", "--cleared"), ("--soreness", "3", "--where", "knee"),
                  ("--soreness", "3", "--date", str(date.today() + timedelta(1)))):  # fmt: skip
        assert run("log", "Ana", *wrong).exit_code == 2
    for wrong_number in ("3,5", "3.5", "11", "very"):
        refused = run("log", "Ana", "--soreness", wrong_number).stderr
        assert f"'{wrong_number}' is not a whole number from 0 to 10." in refused


def test_nothing_is_made_by_looking(data: Path) -> None:
    assert run("history").stdout.startswith("Nobody is in the history yet. Analyse a clip with --athlete")
    assert not data.exists()


def finished(folder: Path, *arguments: str) -> list[str]:
    """The command of a batch of two clips whose results are all there already."""
    for name in ("one", "two"):
        (folder / f"{name}.mp4").write_text(name, encoding="utf-8")
    call = ["batch", *(str(folder / f"{name}.mp4") for name in ("one", "two")), "-o", str(folder / "out"), *arguments]
    said = main.commands["batch"].make_context("batch", call[1:]).params
    for unknown in ("folder", "no_video", "scheduler", "send_files", "together", "as_json", "quiet"):
        said.pop(unknown)
    for job in collected(said.pop("paths"), folder / "out", said, False):
        remember(mark_of(job), results(job))
    return call


@pytest.mark.slow
def test_a_batch_keeps_its_clips_and_so_does_one_that_finds_them_done(tmp_path: Path) -> None:
    call = finished(
        tmp_path, "--no-video", "--quiet", "--athlete", "Ana", "--session", " late  run", "--date", "2026-11-20"
    )
    for _ in range(2):
        assert run(*call).exit_code == 0
        with store.reading() as db:
            kept = records.clips(db, athlete("Ana"))
        assert [(c.video.name, c.folder.name, c.session, str(c.filmed.date())) for c in kept] == [
            (f"{name}.mp4", name, "late run", "2026-11-20") for name in ("one", "two")
        ]


@pytest.mark.slow
def test_where_no_history_can_be_written_results_stay_and_one_line_says_so(data: Path, tmp_path: Path) -> None:
    data.mkdir()
    store.file().write_bytes(b"dear diary\n" * 500)
    ended = run(*finished(tmp_path, "--no-video", "--quiet", "--athlete", "Ana"))
    assert ended.exit_code == 1
    assert f"{store.file()}: is damaged" in one_line(ended.stderr)
    assert f"results are in {tmp_path / 'out'}" in ended.stderr
    assert len(list((tmp_path / "out").glob("*/report.json"))) == 2
    assert (tmp_path / "out" / "athletes.csv").exists()
    store.file().unlink()


def test_the_day_is_the_cameras_where_it_wrote_one(tmp_path: Path) -> None:
    said = datetime(2025, 5, 4, 12, 30).astimezone()
    for tag, text in {"creation_time": said.isoformat(), "title": "x"}.items():
        video = tmp_path / f"{tag}.mp4"
        with av.open(str(video), "w") as out:
            out.metadata[tag] = text
            stream = out.add_stream("libx264", rate=30)
            stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
            out.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
            out.mux(stream.encode(None))
        os.utime(video, (1.7e9, 1.7e9))
    assert filmed(tmp_path / "creation_time.mp4") == said.replace(tzinfo=None)
    assert filmed(tmp_path / "title.mp4") == datetime.fromtimestamp(1.7e9)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="only there can a process change its time zone")
def test_the_time_is_that_of_the_place_where_it_was_filmed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An offset of 0 is London's from an iPhone; from others it says nothing of the place."""
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    try:
        winter = "2025-01-04T10:00:00+0000"
        assert container._moment(winter, there=True) == datetime(2025, 1, 4, 10)
        assert container._moment(winter, there=False) == datetime(2025, 1, 4, 15, 45)
        for there in (True, False):
            assert container._moment("2025-05-04T23:30:00+1345", there) == datetime(2025, 5, 4, 23, 30)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("there", [True, False])
def test_a_time_that_is_still_to_come_is_not_believed(tmp_path: Path, there: bool) -> None:
    now = datetime.now().astimezone()
    for moment in (now + timedelta(hours=1), (now + timedelta(hours=1)).astimezone(UTC), datetime(1904, 1, 1)):
        assert container._moment(moment.isoformat(), there) is None
    before = now - timedelta(hours=1)
    there_it_is_tomorrow = before.astimezone(timezone(timedelta(hours=14)))
    assert container._moment(there_it_is_tomorrow.isoformat(), there) == there_it_is_tomorrow.replace(tzinfo=None)
    video = tmp_path / "copied.mp4"
    video.write_bytes(b"x")
    ahead = (now + timedelta(days=2)).timestamp()
    os.utime(video, (ahead, ahead))
    assert filmed(video) <= datetime.now()


# The file


@posix
def test_it_is_for_its_owner_alone(data: Path) -> None:
    os.umask(before := os.umask(0))
    try:
        os.umask(0)
        with store.writing() as db:
            people.made(db, "Ana")
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (*data.iterdir(), data)}
    finally:
        os.umask(before)
    assert modes == {"data": 0o700, **dict.fromkeys((store.NAME, f"{store.NAME}-wal", f"{store.NAME}-shm"), 0o600)}


def damaged(kind: str) -> bytes:
    """What is in the place of a history."""
    whole = store.file().read_bytes()
    if kind == "torn":
        return whole[:20_000] + os.urandom(4096) + whole[24_096:]
    return {"noise": os.urandom(5000), "cut short": whole[:-8192], "text": b"dear diary\n" * 500}[kind]


@pytest.mark.parametrize("kind", ["noise", "cut short", "text", "torn"])
def test_a_damaged_file_is_named_and_left_as_it_is(tmp_path: Path, kind: str) -> None:
    for i in range(3):
        clip(tmp_path, "Ana", i, trunk_lean_deg=9.0)
    content = damaged(kind)
    store.file().write_bytes(content)
    for call in (("history",), ("log", "Ana", "--soreness", "3")):
        refused = run(*call)
        assert refused.exit_code == 3
        assert str(store.file()) in one_line(refused.stderr)
    assert store.file().read_bytes() == content
    store.file().unlink()


def test_other_peoples_files_and_newer_ones_are_refused(data: Path) -> None:
    data.mkdir()
    with closing(sqlite3.connect(store.file())) as db, db:
        db.execute("CREATE TABLE recipe (name)")
    before = store.file().read_bytes()
    with pytest.raises(UnreadableInputError, match="not a formcheck history"), store.writing():
        pass
    assert store.file().read_bytes() == before
    store.file().unlink()
    sore("Ana", 1)
    with closing(sqlite3.connect(store.file())) as db:
        db.execute(f"PRAGMA user_version = {store.SCHEMA + 1}")
    with pytest.raises(UnreadableInputError, match="newer formcheck"), store.writing():
        pass


def test_what_cannot_be_opened_is_told_with_a_remedy() -> None:
    store.file().mkdir(parents=True)
    with pytest.raises(FormcheckError, match="a folder of that name is in the way"), store.writing():
        pass
    store.file().rmdir()


@posix
def test_a_folder_that_cannot_be_looked_at_is_told_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may hold a history."""
    shut = tmp_path / "shut"
    shut.mkdir()
    monkeypatch.setenv("FORMCHECK_DATA", str(shut / "data"))
    sore("Ana", 1)
    with barred(shut):
        for command in (("history",), ("backup", tmp_path / "copy"), ("log", "Ana", "--soreness", "1")):
            ended = run(*command)
            assert ended.exit_code == 1
            assert re.search(f"{store.file()}: .*permission", one_line(ended.stderr))
    assert run("history").exit_code == 0


@posix
@pytest.mark.parametrize("log", [False, True])
def test_a_history_on_a_disk_that_is_read_only_can_be_read(data: Path, tmp_path: Path, log: bool) -> None:
    """Also what in its diary says stop; nothing can be added. An empty log beside it holds nothing more."""
    sore("Ana", 9)
    if log:
        Path(f"{store.file()}-wal").touch()
    with barred(data, 0o500):
        assert run("history", "Ana").exit_code == 0
        assert "In the diary of Ana: " in run("triage", "--athlete", "Ana", "--red-flags", "none").stderr
        assert "so formcheck delete will not find" in run("export", "Ana", "-o", tmp_path / "ana.zip").stderr
        assert run("backup", tmp_path / "copy").exit_code == 0
        refused = run("log", "Ana", "--soreness", "1")
        assert (refused.exit_code, str(store.file()) in one_line(refused.stderr)) == (1, True)
    assert run("restore", tmp_path / "copy", "--replace").exit_code == 0


LONG = "n" * 300


def test_a_name_that_is_too_long_for_a_file_is_told_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sore("Ana", 1)
    copy = tmp_path / "copy"
    assert run("backup", copy).exit_code == 0
    calls = (
        *((command, 1) for command in (("backup",), ("athlete", "Ana", "-o"), ("export", "Ana", "-o"))),
        (("restore",), 3), (("delete", "Ana", "--yes", "--clip"), 2),
    )  # fmt: skip
    for command, code in calls:
        ended = run(*command, tmp_path / LONG)
        assert (ended.exit_code, LONG in one_line(ended.stderr)) == (code, True)
    for place in (LONG, str(copy / "below")):
        monkeypatch.setenv("FORMCHECK_DATA", place)
        for command in (("history",), ("log", "Ana", "--soreness", "1")):
            ended = run(*command)
            assert (ended.exit_code, str(store.file()) in one_line(ended.stderr)) == (1, True)


@posix
def test_what_cannot_be_looked_at_is_not_there_for_an_athletes_page(tmp_path: Path) -> None:
    job = clip(tmp_path, "Ana", trunk_lean_deg=9.0)
    place = job.parent / job.name
    (place / "stills").mkdir(parents=True)
    (place / "report.json").write_text("{}", encoding="utf-8")
    (place / "stills" / "lean.png").write_bytes(b"")
    for shut in (job.parent, place, place / "stills"):
        with barred(shut):
            ended = run("athlete", "Ana", "-o", tmp_path / "ana.html")
        assert ended.exit_code == 0, ended.stderr


def test_a_writer_who_never_ends_is_named_and_what_failed_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sore("Ana", 1)
    monkeypatch.setattr(store, "SETUP", ("PRAGMA busy_timeout = 50", *store.SETUP[1:]))
    with store.writing() as db:
        people.made(db, "Ben")
        assert run("history").exit_code == 0  # readers never wait
        refused = run("log", "Cy", "--soreness", "1")
        assert (refused.exit_code, "another formcheck" in one_line(refused.stderr)) == (1, True)
    with pytest.raises(NotUnderstoodError), store.writing() as db:
        records.log(db, people.made(db, "Dee"), Entry(date(2026, 1, 1), 12))
    with store.reading() as db:
        assert [one.name for one in people.athletes(db)] == ["Ana", "Ben"]


WRITER = """
import sys
from datetime import date, timedelta
from formcheck.history import people, records, store
for i in range(int(sys.argv[2])):
    with store.writing() as db:
        records.log(db, people.made(db, "Ana"), records.Entry(date(2026, 1, 1) + timedelta(i), 5, note=sys.argv[1]))
"""


@pytest.mark.slow
@posix
def test_two_who_write_at_once_lose_nothing() -> None:
    """Even when neither finds a history yet."""
    calls = [[sys.executable, "-c", WRITER, who, "25"] for who in ("one", "other")]
    both = [subprocess.Popen(call, stderr=subprocess.PIPE, text=True) for call in calls]
    for writer in both:
        assert writer.communicate(timeout=120) == (None, "")
    with store.reading() as db:
        notes = [entry.note for entry in records.diary(db, athlete("Ana"))]
    assert (notes.count("one"), notes.count("other")) == (25, 25)


@pytest.mark.slow
@posix
def test_killed_at_a_random_moment_a_writer_leaves_whole_clips_and_loses_none_that_it_told_of() -> None:
    call = [sys.executable, "-m", "benchmarks.killing_history", "--times", "10", "--seed", "7"]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(r"10 kills, \d\d+ clips told of, 0 of them harmed", done.stdout)


def test_harm_to_a_history_is_seen(data: Path) -> None:
    """By the same bench that reports none."""
    data.mkdir()
    killing_history.write(data, 3, told=lambda _: None)
    assert list(killing_history.harm(data, [0, 1, 2])) == []
    with closing(sqlite3.connect(store.file())) as db, db:
        db.execute("DELETE FROM measurement WHERE clip = 2 AND metric LIKE 'cadence%'")
    assert [one.partition(":")[0] for one in killing_history.harm(data, [0, 1, 2, 3])] == ["half", "lost"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux" or not may_mount(), reason="no small disk can be had here")
def test_on_a_full_disk_it_says_so_and_what_was_there_stays(tmp_path: Path) -> None:
    """On a disk of 400 kB, which has room for the first notes."""
    code = (
        "import sys; from formcheck.cli import main; note = 'x' * 1900\n"
        "said = lambda i: main(['log', 'Ana', '--soreness', '3', '--note', note], standalone_mode=False)\n"
        "try: [print(i, flush=True) for i in range(999) if said(i) is None]\n"
        "except Exception as error: print(error, file=sys.stderr)\n"
        "from formcheck.history import people, records, store\n"
        "with store.reading() as db: print(len(records.diary(db, people.find(db, 'ana'))))\n"
    )
    call = [sys.executable, "-c", code]
    script = ["unshare", "-m", "sh", "-c", ON_DISK.format(size=400_000, before=""), "sh", *call]
    environment = os.environ | {"FORMCHECK_DATA": str(tmp_path / "disk"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(script, cwd=tmp_path, capture_output=True, text=True, env=environment, check=False)
    *told, kept = (line for line in done.stdout.splitlines() if line.isdigit())
    assert one_line(done.stderr).endswith("history.sqlite3: the disk is full; free some space\n")
    assert len(told) == int(kept) > 3


# Form over months


def test_only_clips_that_are_alike_are_held_against_each_other(tmp_path: Path) -> None:
    for i in range(4):
        clip(tmp_path, "Ana", i, trunk_lean_deg=9.0 + i, cadence_spm=170.0)
    with store.reading() as db:
        known = records.clips(db, athlete("Ana"))
    other = (replace(known[0], view="rear"), replace(known[1], session="Late"), *known[2:])
    groups = series.alike(other)
    assert [(group.view, group.moment, len(group.clips)) for group in groups] == [
        ("side", "", 2), ("side", "late", 1), ("rear", "", 1),
    ]  # fmt: skip
    assert series.alike([replace(one, activity="walking") for one in known]) == ()
    said = {"height_cm": None, "blur_face": False, "stick_figure": False}
    told = replace(
        known[-1],
        shoes="Ghost",
        surface="overground",
        filming=known[0].filming | {"settings": said | {"speed_kmh": 12.0}},
    )
    first = replace(known[0], shoes="Pegasus", filming=known[0].filming | {"settings": said | {"speed_kmh": 11.0}})
    (group,) = series.alike([first, known[2], told])
    assert series.differs(group.series()) == (
        "surface (on a treadmill, then over ground)",
        "shoes (Pegasus, then Ghost)",
        "speed (11 km/h, then 12 km/h)",
    )
    (group,) = series.alike([first, replace(first, shoes="PEGASUS")])
    assert series.differs(group.series()) == ()


def test_a_change_counts_as_real_beyond_what_is_detectable_and_leads_somewhere(tmp_path: Path) -> None:
    for i, (lean, cadence) in enumerate([(16.0, 170.0), (8.0, 170.2), (7.0, 170.1)]):
        clip(tmp_path, "Ana", i, trunk_lean_deg=lean, cadence_spm=cadence)
    with store.reading() as db:
        (group,) = series.alike(records.clips(db, athlete("Ana")))
    rows = {row.metric: row for row in group.series()}
    lean, cadence = rows["trunk_lean_deg"], rows["cadence_spm"]
    assert (lean.change.value, lean.real, lean.way) == (-9.0, True, "toward")
    assert (cadence.real, cadence.way) == (False, "")
    assert 0.1 < cadence.detectable < 5


def test_what_compare_withholds_is_no_change_here_either(tmp_path: Path) -> None:
    """One runner given two heights: lengths and speeds are not compared, angles are; likewise in the plan."""
    for i, (lean, speed) in enumerate([(16.0, 3.0), (8.0, 4.0)]):
        clip(tmp_path, "Ana", i, trunk_lean_deg=lean, speed_m_s=speed)
    with store.reading() as db:
        known = records.clips(db, one := athlete("Ana"))
    told = [
        replace(c, filming=c.filming | {"settings": c.filming["settings"] | {"height_cm": height}})
        for c, height in zip(known, (178.0, 195.0), strict=True)
    ]
    for clips, real in ((known, {"trunk_lean_deg", "speed_m_s"}), (told, {"trunk_lean_deg"})):
        (group,) = series.alike(clips)
        assert {row.metric for row in group.series() if row.real} == real
    speed = next(row for row in group.series() if row.metric == "speed_m_s")
    assert (speed.change.missing, speed.way) == ("other_height", "")
    plain = Console(force_terminal=False, width=200)
    with plain.capture() as shown:
        plain.print(terminal.one(one, told, ()))
    assert f"Not compared, since {knowledge.reason('other_height').because}: Speed." in shown.get()
    (line,) = (line for line in shown.get().splitlines() if line.strip().startswith("Speed, m/s"))
    assert not set(line) & set(terminal.HEIGHTS)  # bars would show a change all the same
    assert "a different height was given" in athlete_page.athlete_html(one, told, (), tmp_path, date(2026, 9, 1))
    found = (replace(known[0].findings[0], fault="slow", metric="speed_m_s"),)
    plan = {"practices": [{"topic": "slow"}]}
    for clips, came in ((known, "changed"), (told, "not compared")):
        made_from = replace(clips[0], findings=found)
        assert f"({came}" in next(athlete_page._progress(plan, made_from, (made_from, clips[1])))


def test_each_measure_keeps_its_verdict_on_one_line_of_80(tmp_path: Path) -> None:
    values = {
        "trunk_lean_deg": (16.0, 8.0),
        "cadence_spm": (178.0, 150.0),
        "speed_m_s": (3.0, 4.0),
        "shin_angle_deg": (5.0, 5.0),
    }
    for i in range(2):
        clip(tmp_path, "Ana", i, **{name: both[i] for name, both in values.items()})
    plain = Console(force_terminal=False, width=80)
    with plain.capture() as shown:
        plain.print(terminal.one(athlete("Ana"), stored("Ana"), ()))
    for verdict in ("better", "worse", "changed", "no real change"):
        assert any(line.rstrip().endswith(f"  {verdict}") for line in shown.get().splitlines()), verdict
    assert "Better is nearer to the usual range" in " ".join(shown.get().split())


def test_on_a_narrow_screen_no_name_is_cut_in_two(tmp_path: Path) -> None:
    long, film = "Ana-Maria Kowalczyk-Schneider, Lauftreff Nord", "2.mp4 (3 s to the end, person 2)"
    for i in range(3):
        job = clip(tmp_path, long, i, cadence_spm=178.0 - 20 * i, trunk_lean_deg=6.0)
    part = {"start": 3.0, "person": 2}
    job = replace(job, settings=job.settings | part, session="early", shoes="Ghost 15")
    store_clip(job, trunk_lean_deg=9.0)
    sore(long, 2, 3)
    narrow = Console(force_terminal=False, width=60)
    with narrow.capture() as shown:
        narrow.print(terminal.everybody([(athlete(long), stored(long), ()), (athlete(long), (), ())]))
        narrow.print(terminal.one(athlete(long), stored(long), ()))
    lines = [line.strip() for line in shown.get().splitlines()]
    assert lines[:4] == [long, "3 clips, 2026-08-01 to 2026-08-29", long, "0 clips"]
    assert any(f"  {film} · early" in line for line in lines)
    assert {"worse", "no real change"} <= {line.partition("  ")[0] for line in lines}
    page = athlete_page.athlete_html(athlete(long), stored(long), (), tmp_path, date(2026, 12, 1))
    assert f"early · Ghost 15 · {film}<" in page


@pytest.mark.parametrize("width", [30, 40, 47, 60])
def test_on_a_narrow_screen_every_word_is_whole(tmp_path: Path, width: int) -> None:
    name, films = "Ana-Maria Kowalczyk-Schneider", ("lauf_2026-08-01.mp4", "lauf_2026-08-15.mp4")
    for i, film in enumerate(films):
        job = clip(tmp_path, name, i, trunk_lean_deg=6.0)
        job = replace(job, video=job.video.with_name(film), settings={"model": "lite"}, session="early")
        job.video.write_text(film, encoding="utf-8")
        store_clip(job, cadence_spm=178.0 - 20 * i, overstride_pct_leg=12.0, shoulder_hunch_deg=20.0)
    sore(name, 2, 3)
    narrow = Console(force_terminal=False, width=width)
    with narrow.capture() as shown:
        narrow.print(terminal.one(athlete(name), stored(name), ()))
    lines = [line.rstrip() for line in shown.get().splitlines()]
    assert max(map(len, lines)) <= width
    assert "…" not in shown.get()
    words = {*name.split(), *films, "Foot", "contact,", "steps/min", "worse", "compared", "early"}
    assert words <= set(shown.get().split())
    below = "    change  -20.0 ± 2.0" in lines
    assert below == (width < 45)
    assert any(line.startswith("  measure ") for line in lines) != below
    assert "  Cadence, both feet, steps/min" in lines or not 35 < width < 45


def stored(name: str) -> tuple[records.ClipRecord, ...]:
    with store.reading() as db:
        return records.clips(db, athlete(name))


def at_speed(one: records.ClipRecord, kmh: float) -> records.ClipRecord:
    filming = one.filming | {"settings": one.filming["settings"] | {"speed_kmh": kmh}}
    return replace(one, speed_kmh=kmh, filming=filming)


def test_what_differs_is_told_of_the_clips_that_are_compared(tmp_path: Path) -> None:
    """A measure that the first clip and the latest lack is compared between others, at other speeds."""
    for i, cadence in enumerate((None, 158.0, 178.0, None)):
        clip(tmp_path, "Ana", i, trunk_lean_deg=6.0, **({"cadence_spm": cadence} if cadence else {}))
    known = [at_speed(one, kmh) for one, kmh in zip(stored("Ana"), (10.0, 8.0, 15.0, 10.0), strict=True)]
    page = athlete_page.athlete_html(athlete("Ana"), known, (), tmp_path, date(2026, 12, 1))
    plain = Console(force_terminal=False, width=200)
    with plain.capture() as shown:
        plain.print(terminal.one(athlete("Ana"), known, ()))
    for said in (page, shown.get()):
        assert "speed (8 km/h, then 15 km/h)" in said


def test_a_speed_that_does_not_fit_the_steps_is_no_speed_anywhere(tmp_path: Path) -> None:
    for i in range(2):
        clip(tmp_path, "Ana", i, cadence_spm=170.0)
    first, latest = (at_speed(one, kmh) for one, kmh in zip(stored("Ana"), (10.5, 7.5), strict=True))
    doubted = builders.unmeasured("speed_m_s", "speed_contradicted")
    first = replace(first, measurements=dict(first.measurements) | {"speed_m_s": doubted})
    one = series.over("cadence_spm", (first, latest))
    assert one is not None
    assert series.differs([one]) == ()
    (speed,) = (row for row in one.filmed if row.key == "speed")
    assert (speed.before, speed.after) == ("not known (the 10.5 km/h given do not fit the steps)", "7.5 km/h")
    page = athlete_page.athlete_html(athlete("Ana"), (first, latest), (), tmp_path, date(2026, 12, 1))
    assert "speed not known (the 10.5 km/h given do not fit the steps)" in page
    assert "speed 7.5 km/h" in page


@pytest.mark.parametrize("speeds", [(3.4, 3.4), (3.4, 2.4), (2.7, 3.4)])
def test_a_change_is_called_what_compare_calls_it(tmp_path: Path, speeds: tuple[float, float]) -> None:
    """The thigh is judged only in those who surely run at 2.7 m/s or faster, in the clip's own report."""
    takes = []
    for i, (thigh, speed) in enumerate(zip((8.0, 26.0), speeds, strict=True)):
        clip(tmp_path, "Ana", i, trailing_thigh_deg=thigh, speed_m_s=speed)
        told = builders.report(
            builders.measured("trailing_thigh_deg", thigh), builders.measured("speed_m_s", speed),
            trial=builders.trial(path=tmp_path / f"{i}.mp4"),
        )  # fmt: skip
        takes.append(Take(to_json(told), told.measurements))
    (group,) = series.alike(stored("Ana"))
    calls = {j.change.metric: j.verdict for j in compared(*takes).changes if j.verdict != "not_given"}
    assert {row.metric: row.judged.verdict for row in group.series()} == calls
    thigh = next(row for row in group.series() if row.metric == "trailing_thigh_deg")
    assert (thigh.way == "toward") == (thigh.limits is not None) == (speeds == (3.4, 3.4))


def test_another_version_of_formcheck_is_named(tmp_path: Path) -> None:
    for i in range(2):
        clip(tmp_path, "Ana", i, cadence_spm=170.0)
    first, latest = stored("Ana")
    one = series.over("cadence_spm", (replace(first, formcheck="0.0.1"), latest))
    assert one is not None
    assert series.differs([one]) == (f"analysed by (formcheck 0.0.1, then formcheck {latest.formcheck})",)


def test_clips_that_show_no_running_are_left_out_and_counted(tmp_path: Path) -> None:
    for i in range(3):
        clip(tmp_path, "Ana", i, cadence_spm=110.0)
    ran, *walked = stored("Ana")
    known = (ran, *(replace(one, activity="walking") for one in walked))
    for clips, said in ((known, True), ((ran,), False)):
        page = athlete_page.athlete_html(athlete("Ana"), clips, (), tmp_path, date(2026, 12, 1))
        plain = Console(force_terminal=False, width=200)
        with plain.capture() as shown:
            plain.print(terminal.one(athlete("Ana"), clips, ()))
        for text in (page, shown.get()):
            assert ("left out because they show none: 2." in text) == said


def test_a_run_filmed_early_and_late_is_named_with_the_command_that_compares_the_two(tmp_path: Path) -> None:
    for i in range(4):
        clip(tmp_path, "Ana", i, every_days=0, cadence_spm=170.0 + i)
    first, *rest = stored("Ana")
    later = [replace(one, session=word) for one, word in zip(rest, ("Early", "early", "late"), strict=True)]
    assert terminal.next_step([first, *later], "-f") == ""  # their results are gone
    for one in (first, *later):
        one.folder.mkdir(parents=True, exist_ok=True)
        (one.folder / "report.json").touch()
    command = f"formcheck analyze {later[1].folder} {later[2].folder} -f"
    assert terminal.next_step([first, *later], "-f") == f"What changed within the run of 2026-08-01: {command}"
    before = [replace(one, filmed=one.filmed - timedelta(7)) for one in later[1:]]
    assert command in terminal.next_step([*before, first, *later], "-f").partition("2026-08-01: ")[2]  # the latest run
    another_day = replace(later[2], filmed=later[2].filmed + timedelta(1))
    for clips in ([first, *later[:2]], [*later[:2], another_day], [later[1], replace(later[2], view="rear")]):
        assert terminal.next_step(clips, "-f") == ""
    taken = replace(first, folder=later[2].folder, stored=later[2].stored + timedelta(1))
    assert terminal.next_step([taken, *later], "-f") == ""  # another's results are there now


def test_every_real_change_is_listed_and_called_what_it_is(tmp_path: Path) -> None:
    """Also one that only the first clip has limits for, the latest being held against another measure; or that none.

    By a limit that does not hold in both, nothing is called better or worse.
    """
    clip(tmp_path, "Ana", 0, cadence_spm=178.0, trunk_lean_deg=8.0, speed_m_s=3.0)
    clip(tmp_path, "Ana", 1, cadence_spm=150.0, trunk_lean_deg=20.0, speed_m_s=4.0, cadence_off_expected_pct=-12.0)
    page = athlete_page.athlete_html(athlete("Ana"), stored("Ana"), (), tmp_path, date(2026, 12, 1))
    assert "No measure has changed for sure" not in page
    neither = "changed, by itself neither better nor worse"
    for said in (
        f"Cadence, both feet went from 178.0 ± 0.5 steps/min to 150.0 ± 0.5 steps/min: {neither}.",
        "Trunk lean, forward went from 8.0 ± 0.5° to 20.0 ± 0.5°: worse, further from usual.",
        f"Speed went from 3.00 ± 0.50 m/s to 4.00 ± 0.50 m/s: {neither}.",
    ):
        assert said in page
    for width in (120, 80):  # on the narrower one, intervals stand below
        plain = Console(force_terminal=False, width=width)
        with plain.capture() as shown:
            plain.print(terminal.one(athlete("Ana"), stored("Ana"), ()))
        (row,) = re.findall(r"Trunk lean.*", shown.get())
        assert re.search(r"8\.0 (± 0\.5)? +20\.0 .*\+12\.0 .*worse", row)
        assert ("± 0.5" in row) == (width == 120)
        assert shown.get().count("± 0.5") >= 6  # of three measures, first and latest
        assert "…" not in shown.get()


def test_a_change_too_small_to_show_has_no_sign(tmp_path: Path) -> None:
    for i, lean in enumerate((8.0, 8.02)):
        clip(tmp_path, "Ana", i, trunk_lean_deg=lean)
    page = athlete_page.athlete_html(athlete("Ana"), stored("Ana"), (), tmp_path, date(2026, 12, 1))
    assert re.search(r"[^+]0\.0° since the first: no real change \(real from \d\.\d°\)", page)


def test_the_plan_goes_by_the_latest_clip_that_is_like_the_one_it_was_made_from(tmp_path: Path) -> None:
    for i, lean in enumerate((16.0, 22.0, 8.0)):
        clip(tmp_path, "Ana", i, trunk_lean_deg=lean)
    first, worse, last = stored("Ana")
    plan = {"practices": [{"topic": "excess_trunk_lean"}]}
    (line,) = athlete_page._progress(plan, first, (first, worse, last))
    assert line.endswith("8.0 ± 0.5° in the latest clip (better, nearer to usual).")
    (line,) = athlete_page._progress(plan, first, (first, worse, replace(last, view="rear")))
    assert line.endswith("22.0 ± 0.5° in the latest clip (worse, further from usual).")
    for alone in ((first, replace(last, view="rear")), (replace(last, filmed=datetime(2026, 7, 1)), first)):
        assert [*athlete_page._progress(plan, first, alone)] == [knowledge.diary_words().none_since]
    assert (
        "shoes (Old, then New)"
        in [*athlete_page._progress(plan, (old := replace(first, shoes="Old")), (old, replace(worse, shoes="New")))][-1]
    )


def test_each_point_of_a_chart_leads_to_its_own_clip(tmp_path: Path) -> None:
    """Even if several share one moment, as clips from one day do when only the date is given."""
    for i in range(3):
        clip(tmp_path, "Ana", i, every_days=0, trunk_lean_deg=9.0 + i)
    with store.reading() as db:
        known = records.clips(db, one := athlete("Ana"))
    page = athlete_page.athlete_html(one, known, (), tmp_path, date(2026, 9, 1))
    assert {c.filmed for c in known} == {datetime(2026, 8, 1)}
    for i, c in enumerate(known):
        assert re.search(rf'href="#clip-{c.id}"[^>]*>(?:(?!</a>).)*{9 + i}\.0°', page, re.DOTALL), i


def test_a_course_is_as_high_as_its_values() -> None:
    course = terminal.Course([0.0, 7.0, float("nan"), 3.5])
    assert course.letters(terminal.HEIGHTS) == "▁█ ▅"
    assert terminal.Course([5.0, 5.0]).letters(terminal.HEIGHTS) == "▁▁"
    plain = Console(force_terminal=False, width=40, legacy_windows=True)
    with plain.capture() as shown:
        plain.print(course)
    assert shown.get().isascii()


@pytest.mark.parametrize("width", [5, 40])
def test_a_course_ends_with_the_latest_however_little_room_there_is(width: int) -> None:
    narrow = Console(force_terminal=False, width=width)
    with narrow.capture() as shown:
        narrow.print(terminal.Course([*[0.0] * 30, 7.0]))
    assert shown.get().strip("\n") == "▁" * (min(width, terminal.LONGEST) - 1) + "█"


def test_the_page_is_called_by_the_name_whatever_its_spelling_and_is_deleted_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for i in range(2):
        clip(tmp_path, "../Ana", i, trunk_lean_deg=9.0 + 5 * i)
    shown = {run("athlete", name).stdout for name in ("../Ana", "../ANA")}
    (page,) = (tmp_path / "formcheck-results").iterdir()
    assert shown == {f"Look at it: formcheck-results/{page.name}\n"}
    assert re.fullmatch(r"athlete-ana-[0-9a-f]{6}\.html", page.name)
    monkeypatch.chdir("/")
    assert run("delete", "../Ana", "--yes").stdout.startswith("../Ana is gone: 2 clips, 0 in the diary, 1 file\n")
    assert not page.exists()


@pytest.mark.parametrize(
    ("name", "called"),
    [("Ana", "ana"), ("Ana Čapek", "ana_čapek"), ("Ana-Maria 2", "ana-maria_2"), ("रवि", "रवि"), ("李小龍", "李小龍")],
)
def test_a_name_of_letters_and_digits_is_that_of_the_file(name: str, called: str) -> None:
    assert athlete_page.file_name(Athlete(1, name)) == f"athlete-{called}.html"


def test_names_that_are_no_file_names_give_some_that_every_system_holds_and_that_differ() -> None:
    names = [*ODD, "Ana-Maria", "Ana Maria", "ana.maria", "ana_maria", "x" * 41, "x" * 40, "李" * 300]
    called = [athlete_page.file_name(Athlete(1, name)) for name in names]
    assert len(set(called)) == len(names)
    for file in called:
        assert file == safe_name(file)
        assert len(file.encode()) <= 200
        assert not set(file) & set(" \u202e\u200d")


def test_a_plan_tells_where_it_stands_and_one_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    for i in range(2):
        (tmp_path / "out" / str(i)).mkdir(parents=True)
        clip(tmp_path, "Ana", i, trunk_lean_deg=16.0)
    with store.reading() as db:
        one = athlete("Ana")
        known = records.clips(db, one)
    practice = {"topic": "excess_trunk_lean", "weeks": [1, 2], "cue": "Run tall"}
    told = {"start": "2026-08-03", "weeks": 4, "practices": [practice]}
    (tmp_path / "out" / "0" / "plan.json").write_text(json.dumps(told), encoding="utf-8")
    damaged = (
        {"start": "soon"},
        told | {"weeks": 10**12},
        told | {"practices": [{"topic": [], "weeks": [1], "cue": ""}]},
    )
    for other in damaged:
        (tmp_path / "out" / "1" / "plan.json").write_text(json.dumps(other), encoding="utf-8")
        assert athlete_page._read(tmp_path / "out" / "1" / "plan.json") is None
    days = {date(2026, 8, 1): "It begins on", date(2026, 8, 12): "Week 2 of 4", date(2026, 9, 1): "It ended on"}
    for today, words in days.items():
        assert words in (text := athlete_page.athlete_html(one, known, (), tmp_path, today))
        assert ("Run tall" in text) == ("Week" in words)
    assert "16.0 ± 0.5° when the plan was made, 16.0 ± 0.5° in the latest clip (no real change)" in text


def test_results_are_linked_to_the_part_of_a_video_that_they_are_of(tmp_path: Path) -> None:
    job = clip(tmp_path, "Ana", trunk_lean_deg=9.0)
    for part in ({"end": 2.0}, {"start": 2.0}):
        store_clip(replace(job, settings=job.settings | part), trunk_lean_deg=12.0)
    (job.parent / job.name).mkdir(parents=True)
    (job.parent / job.name / "report.html").touch()
    with store.reading() as db:
        known = records.clips(db, one := athlete("Ana"))
    assert len({c.folder for c in known}) < len(known) == 2
    page = athlete_page.athlete_html(one, known, (), tmp_path, date(2026, 9, 1))
    cards = re.findall(r'id="clip-(\d+)"(.*?)(?=id="clip-|</main>)', page, re.DOTALL)
    assert [int(number) for number, said in cards if 'href="out/0/report.html"' in said] == [known[1].id]
    assert known[1].start_s == 2.0


def test_the_picture_of_a_clip_is_that_of_its_strongest_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip(tmp_path, "Ana", trunk_lean_deg=22.0, cadence_spm=152.0)
    (one,) = stored("Ana")
    strongest, weaker = (f.fault for f in one.findings if f.level in ("fault", "watch"))
    (stills := one.folder / "stills").mkdir(parents=True)
    monkeypatch.setattr(athlete_page, "compact", lambda still: (still.stem.encode(), 0, 0))
    for name in ("a_stride", "z", weaker, strongest):  # one after the other, and the others stay beside it
        (stills / f"{name}.png").touch()
        shown = base64.b64decode(str(athlete_page._picture(one)).partition(",")[2]).decode()
        assert shown == ("a_stride" if name == "z" else name)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n half of"])
def test_a_picture_that_is_damaged_is_as_if_it_were_not_there(tmp_path: Path, content: bytes) -> None:
    clip(tmp_path, "Ana", trunk_lean_deg=22.0)
    (one,) = stored("Ana")
    (one.folder / "stills").mkdir(parents=True)
    (one.folder / "stills" / "lean.png").write_bytes(content)
    assert athlete_page._picture(one) is None


def test_a_clip_that_cannot_be_kept_keeps_no_other_out_of_the_history(tmp_path: Path) -> None:
    said: list[str] = []
    made = to_json(builders.report(builders.measured("trunk_lean_deg", 9.0), trial=builders.trial()))
    keeper = Keeper(Heard(said))
    for name in ("gone", "there"):
        if name == "there":
            (tmp_path / "there.mp4").write_bytes(b"a clip")
        keeper.keep(Job(tmp_path / f"{name}.mp4", tmp_path, name, athlete="Ana"), tmp_path / name, lambda: made)
    assert [line.split(": ", 2)[2] for line in said] == [
        "cannot be read (No such file or directory); check its name, permissions and disk; "
        f"the results are in {tmp_path / 'gone'}, but the history does not have this clip"
    ]
    assert keeper.code == 1
    with store.reading() as db:
        assert [one.video.name for one in records.clips(db, athlete("Ana"))] == [Path(made["video"]["path"]).name]


def test_from_python_it_is_plain_values(tmp_path: Path) -> None:
    assert formcheck.athletes() == ()
    for i in range(3):
        clip(tmp_path, "Ana", i, trunk_lean_deg=9.0 + 5 * i)
    sore("Ana", 4)
    assert formcheck.athletes() == ("Ana",)
    ana = formcheck.athlete("ANA")
    assert [one.measurements["trunk_lean_deg"].value for one in ana.clips] == [9.0, 14.0, 19.0]
    assert ana.changes()["trunk_lean_deg"].value == 10.0
    assert isinstance(ana.diary[0], formcheck.Entry)
    assert ana.diary[0].soreness == 4
    assert repr(ana) == "<Athlete Ana: 3 clips, 1 in the diary>"
    assert len(repr(ana.clips[0])) < 800  # of 40 measurements, 10,000
    with pytest.raises(formcheck.NotUnderstoodError):
        formcheck.athlete("Ben")


# Soreness


def test_every_deal_is_tried_where_days_are_few() -> None:
    """Six in perfect order: of 720 deals, only that one and its reverse."""
    (row,) = luck.together({"a": np.arange(6.0)}, np.array([0.0, 1, 2, 3, 4, 5]))
    assert (row.correlation, row.n, row.of) == (pytest.approx(1), 6, 1)
    assert row.chance == pytest.approx(2 / 720)


def test_the_more_measures_are_looked_at_the_likelier_luck_is() -> None:
    """Of 120 deals of five days, each measure goes fully with two, and no deal with both."""
    measures = {"a": np.arange(5.0), "b": np.array([2.0, 0, 4, 1, 3])}
    first, second = luck.together(measures, np.arange(5.0))
    assert (first.metric, first.correlation, first.of) == ("a", pytest.approx(1), 2)
    assert first.chance == pytest.approx(4 / 120)
    assert second.chance > 0.5
    same = luck.together({"a": np.arange(5.0), "b": 2 * np.arange(5.0)}, np.arange(5.0))
    assert [row.chance for row in same] == pytest.approx([2 / 120] * 2)  # looked at twice, but one thing


def test_a_match_over_fewer_days_counts_for_less() -> None:
    days = np.arange(6.0)
    every, some = luck.together({"some": np.where(days == 5, np.nan, days), "every": days}, days)
    assert ((every.metric, every.n), (some.metric, some.n)) == (("every", 6), ("some", 5))
    assert [every.correlation, some.correlation] == pytest.approx([1, 1])
    assert every.chance == pytest.approx(2 / 720)
    assert some.chance > 12 / 720  # deals that go fully with the five


def test_a_day_is_as_sore_as_the_diary_says_up_to_three_days_from_it() -> None:
    day = date(2026, 11, 20)
    diary = [Entry(day + timedelta(apart), how) for apart, how in ((-4, 9), (-3, 1), (0, 2), (3, 6), (4, 9))]
    assert luck.soreness([day, day + timedelta(30)], diary) == pytest.approx([3.0, np.nan], nan_ok=True)


def test_a_days_clips_count_as_their_mean(tmp_path: Path) -> None:
    """Two on each of five days: only their means go with the soreness."""
    clip(tmp_path, "Ana", trunk_lean_deg=9.0)
    with store.reading() as db:
        (one,) = records.clips(db, athlete("Ana"))
    lean, apart = one.measurements["trunk_lean_deg"], (4.0, -1.0, 3.0, 0.0, -2.0)
    clips = [
        replace(
            one,
            filmed=one.filmed + timedelta(14 * day),
            measurements={lean.name: replace(lean, value=9.0 + day + way * apart[day])},
        )
        for day in range(5) for way in (1, -1)
    ]  # fmt: skip
    diary = [Entry(one.filmed.date() + timedelta(14 * day), day) for day in range(5)]
    (found,) = luck.together_of(series.Alike("side", "heavy", "", tuple(clips)), diary)
    assert (found.correlation, found.n) == (pytest.approx(1), 5)


@pytest.mark.slow
def test_luck_is_called_unlikely_no_more_often_than_it_should_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 400 athletes without any connection, one in five has a chance below a fifth, despite fifteen measures."""
    monkeypatch.setattr(luck, "MOST", 499)
    chance = np.random.default_rng(4)
    found = 0
    for _ in range(400):
        measures = {str(i): chance.normal(size=9) for i in range(15)}
        measures["0"][2] = np.nan
        found += luck.together(measures, chance.normal(size=9))[0].chance < 0.2
    assert 62 <= found <= 98  # 80 expected; within this in 98 of 100 tries


@pytest.mark.slow
def test_several_clips_of_a_day_make_luck_no_less_likely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 150 athletes with three clips on each of nine days, one in five has a chance below a fifth, as with one clip.

    Twenty measures vary twice as much between days as within one, and have nothing to do with the soreness.
    """
    monkeypatch.setattr(luck, "MOST", 499)
    clip(tmp_path, "Ana", trunk_lean_deg=9.0)
    with store.reading() as db:
        (one,) = records.clips(db, athlete("Ana"))
    measured, names, draw = one.measurements["trunk_lean_deg"], REPORT_ORDER[:20], np.random.default_rng(2)

    def found(days: int, each: int) -> tuple[luck.Association, ...]:
        values = draw.normal(size=(days, 1, 20)) + 0.5 * draw.normal(size=(days, each, 20))
        dates = [one.filmed + timedelta(14 * day) for day in range(days)]
        clips = [
            replace(one, filmed=moment, measurements={
                name: replace(measured, name=name, value=value) for name, value in zip(names, row, strict=True)
            })
            for moment, rows in zip(dates, values, strict=True) for row in rows
        ]  # fmt: skip
        diary = [Entry(moment.date(), int(how)) for moment, how in zip(dates, draw.permutation(days), strict=True)]
        return luck.together_of(series.Alike("side", "heavy", "", tuple(clips)), diary)

    assert found(4, 4) == ()
    several = [found(9, 3)[0] for _ in range(150)]
    assert {row.n for row in several} == {9}
    assert 18 <= sum(row.chance < 0.2 for row in several) <= 42  # 30 expected; within this in 99 of 100 tries


def test_what_moves_with_the_soreness_is_found_and_what_that_proves_is_told(tmp_path: Path) -> None:
    soreness = [1, 4, 2, 6, 3, 0, 5, 2]
    for i, how in enumerate(soreness):
        clip(tmp_path, "Ana", i, trunk_lean_deg=8.0 + how, cadence_spm=170.0 + (i * 7) % 5)
    sore("Ana", *soreness)
    with store.reading() as db:
        one = athlete("Ana")
        (group,), diary = series.alike(records.clips(db, one)), records.diary(db, one)
    first, *_ = luck.together_of(group, diary)
    assert (first.metric, first.n) == ("trunk_lean_deg", 8)
    assert first.chance < 0.01
    said = " ".join(run("history", "Ana").stdout.split())
    assert "how sore you were: trunk lean, forward. It was higher on sore days (8 days" in said
    assert "in about 1 of 100 tries" in said
    assert "does not show that one brings on the other" in said


def test_too_few_days_tell_nothing(tmp_path: Path) -> None:
    for i in range(4):
        clip(tmp_path, "Ana", i, trunk_lean_deg=8.0 + i)
    sore("Ana", 1, 2, 3, 4)
    said = " ".join(run("history", "Ana").stdout.split())
    assert "So far days like that: 4." in said
    assert "always the same" not in said
    assert json.loads(run("history", "Ana", "--json").stdout)["athletes"][0]["with_soreness"] == []
    assert luck.together({"a": np.arange(6.0)}, np.full(6, 3.0)) == ()
    words = knowledge.diary_words()
    assert luck._why_not(np.array([6.0, 4, 1, np.nan])) == words.too_few.format(fewest=5, days=3, n=3)
    assert luck._why_not(np.full(6, 3.0)) == words.never_varied.format(n=6)
    assert luck._why_not(np.arange(6.0)) == words.none_measured.format(fewest=5, n=6)


def test_the_json_follows_its_schema(tmp_path: Path) -> None:
    schemas.validate(json.loads(run("history", "--json").stdout))
    for i, how in enumerate([1, 4, 2, 6, 3]):
        job = clip(tmp_path, "Ana", i, trunk_lean_deg=8.0 + how, cadence_spm=170.0 + i)
        store_clip(replace(job, shoes=f"pair {i}"), trunk_lean_deg=8.0 + how, cadence_spm=170.0 + i)
    sore("Ana", 1, 4, 2, 6, 3)
    sore("Ben", 3)
    sore("Anna", 1)
    assert run("merge", "Ana", "Anna", "--yes").exit_code == 0
    document = json.loads(run("history", "--json").stdout)
    schemas.validate(document)
    document["athletes"].pop()
    schemas.described(document)


def test_what_is_said_of_a_clip_must_be_sensible() -> None:
    for wrong, words in {
        ("--date", "soon"): "not a date",
        ("--shoes", "x" * 301): "more than 300",
        ("--note", "\x1b[2J"): "be shown",
    }.items():
        refused = run("analyze", ROOT / "sample_videos" / "neutral.mp4", "--athlete", "Ana", *wrong)
        assert refused.exit_code == 2
        assert words in one_line(refused.stderr)
    with pytest.raises(NotUnderstoodError):
        records.checked(Entry(date(2026, 1, 1), 12))


def test_pages_of_a_large_history_are_looked_at_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """But not before each of a night's hundred thousand writes. New releases of SQLite have checks of their own."""
    monkeypatch.setattr(store, "CHECKED_PAGES", 4)
    looked: list[str] = []
    real = sqlite3.connect

    def connect(*arguments: object, **more: object) -> sqlite3.Connection:
        made = real(*arguments, **more)  # type: ignore[call-overload]
        made.set_trace_callback(looked.append)
        return made  # type: ignore[no-any-return]

    monkeypatch.setattr(sqlite3, "connect", connect)
    for number, (work, checks) in enumerate([(sore, 1), (sore, 0)]):  # a new one is small
        looked.clear()
        work(f"Ana {number}", 1)
        assert looked.count("PRAGMA quick_check(1)") == checks
    looked.clear()
    assert run("history").exit_code == 0
    assert looked.count("PRAGMA quick_check(1)") == 1
