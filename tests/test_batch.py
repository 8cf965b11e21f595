"""Many clips: which they are, that each is done once whatever happens, and what the tables say."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import unicodedata
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote_to_bytes

import openpyxl
import pyarrow.parquet as pq
import pytest
import schemas
from click.testing import CliRunner, Result
from rich.console import Console

import builders
from formcheck import cli_batch
from formcheck.batch import arrivals as arriving
from formcheck.batch import jobs as batch_jobs
from formcheck.batch.cluster import _content as read_to_send
from formcheck.batch.jobs import Job, collected, films
from formcheck.batch.run import BatchRun, shared
from formcheck.batch.tables import (
    TABLES,
    Done,
    Written,
    attention,
    ranked,
    renew_tables,
    row,
    summary,
    write_tables,
)
from formcheck.batch.work import MARKS, Outcome, analyse_once, finished, mark_of, may_replace, remember
from formcheck.cli import main
from formcheck.cli_history import Keeper
from formcheck.cli_output import in_flags
from formcheck.cli_progress import Display
from formcheck.datatypes import FormcheckError, NotUnderstoodError, UnreadableInputError, UnreadableVideoError
from formcheck.files import digest, locked
from formcheck.page.index import index_html, names
from formcheck.places import safe_name
from formcheck.report import json_text, steps_csv
from formcheck.settings import COMPARISON
from formcheck.workers import Answer, LostError

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "sample_videos"
USUAL: dict[str, Any] = {"height_cm": 170.0, "model": "lite"}


def jobs(*paths: Path, out: Path = Path("out")) -> list[Job]:
    return collected(paths, out, USUAL, with_video=False)


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    for name in ("b.mp4", "a.MOV", "team/b.mp4", "team/deep/c.webm", ".hidden.mp4", "notes.txt", ".trash/d.mp4"):
        (tmp_path / "clips" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "clips" / name).write_bytes(name.encode())
    (tmp_path / "clips" / "done").mkdir()
    for name in ("report.json", "steps.csv", "annotated.mp4"):
        (tmp_path / "clips" / "done" / name).touch()
    return tmp_path / "clips"


def test_a_folder_gives_its_videos_and_results_keep_its_order(clips: Path) -> None:
    found = jobs(clips, out=clips / "results")
    assert [str(job.video.relative_to(clips)) for job in found] == ["a.MOV", "b.mp4", "team/b.mp4", "team/deep/c.webm"]
    places = [job.parent.relative_to(clips / "results") / job.name for job in found]
    assert [str(place) for place in places] == ["a", "b", "team/b", "team/deep/c"]


def test_patterns_and_files_and_each_clip_once(clips: Path) -> None:
    found = jobs(clips / "b.mp4", clips / "*.mp4", clips / "**" / "*.mp4", clips / "team")
    assert [job.video.relative_to(clips).as_posix() for job in found] == ["b.mp4", "team/b.mp4", "team/deep/c.webm"]
    assert [job.name for job in found] == ["b", "b-2", "c"]
    with pytest.raises(NotUnderstoodError, match="pattern"):
        jobs(clips / "*.nothing")


def test_a_table_says_who_is_who_however_it_was_found(clips: Path) -> None:
    """Also where its name comes after that of a clip: the shell puts the names of c/* in order, as a pattern does."""
    table = manifest(clips, "file,athlete,height_cm\na.MOV,Ana,181\n")
    found = (jobs(clips / "[ab]*", clips / "team"), jobs(clips / "a.MOV", table, clips / "b.mp4", clips / "team"))
    for some in found:
        (own,) = (job for job in some if job.video.name == "a.MOV")
        assert (own.athlete, own.settings["height_cm"]) == ("Ana", 181.0)
        assert len(some) == 4


def manifest(folder: Path, text: str) -> Path:
    path = folder / "athletes.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("cell", [r"team\deep\c.webm", '"""team/deep/c.webm"""', r'"""team\deep\c.webm"""'])
def test_a_manifest_may_name_files_as_windows_copies_them(clips: Path, cell: str) -> None:
    """In quotes, with backslashes, also where it is read on another system; a name that has these comes first."""
    (job,) = jobs(manifest(clips, f"file\n{cell}\n"))
    assert os.path.realpath(job.video) == os.path.realpath(clips / "team/deep/c.webm")
    assert (job.parent, job.name) == (Path("out/team/deep"), "c")


def test_clips_called_as_a_batchs_own_files_keep_their_results(clips: Path, tmp_path: Path) -> None:
    for name in ("athletes.csv.mp4", "b/stills.mp4"):
        (clips / name).parent.mkdir(exist_ok=True)
        (clips / name).touch()
    found = jobs(clips, out=tmp_path / "out")
    done = [Done(job, results(job)) for job in found]
    write_tables(tmp_path / "out", done)
    assert not any(one.lost for one in done)
    assert {"_athletes.csv", "b/_stills"} <= {f"{job.parent / job.name}"[len(f"{tmp_path}/out/") :] for job in found}


def test_a_manifest_says_what_is_known_of_each_clip(clips: Path) -> None:
    head = "File;Athlete;height_cm;speed_kmh;slowmo;view;session;date;shoes;note\n"
    text = head + "b.mp4;Ana Ćosić;181,5;;4;Side;early;2026-11-20;Ghost  15;windy\n\nteam/b.mp4;;;12;;;\n"
    first, second = jobs(manifest(clips, text))
    assert (first.date, first.shoes, first.note, second.note) == ("2026-11-20", "Ghost 15", "windy", "")
    assert (first.video, first.athlete, first.session) == (clips / "b.mp4", "Ana Ćosić", "early")
    assert first.settings == {
        "height_cm": 181.5, "model": "lite", "slowmo": 4.0, "view": "side", "capture_fps": None
    }  # fmt: skip
    assert second.settings == USUAL | {"speed_kmh": 12.0}


def test_an_athlete_whose_name_is_spelt_in_several_ways_is_one_in_a_batch_too(clips: Path) -> None:
    """As in the history, also where lines tell of one clip, or a line tells nothing of whose it is."""
    accents = ("Zo\u00eb", "Zoe\u0308")
    table = f"file,athlete\na.MOV,ANA\na.MOV,ana\nb.mp4,{accents[0]}\nteam/b.mp4,Ana\nteam/deep/c.webm,{accents[1]}\n"
    found = jobs(manifest(clips, table))
    assert [job.athlete for job in found] == ["ANA", accents[0], "ANA", accents[0]]
    table = "file,athlete\na.MOV,ANA\nb.mp4,\nteam/b.mp4,Ben\n"
    found = collected([manifest(clips, table)], clips / "out", USUAL | {"athlete": "ana"}, True)
    assert [job.athlete for job in found] == ["ANA", "ANA", "Ben"]


def test_a_manifest_may_name_several_people_and_parts_of_one_film(clips: Path) -> None:
    rows = 'file,athlete,person,start,end\nb.mp4,Ana,1,,\nb.mp4,Ben,2.0,,\nb.mp4,Cem,,0,"9,5"\nb.mp4,Cem,,600,\n'
    found = jobs(clips, manifest(clips, rows))
    own = [job for job in found if job.video == clips / "b.mp4"]
    assert [(job.athlete, job.name, job.title) for job in own] == [
        ("Ana", "b", "b.mp4 (person 1)"), ("Ben", "b-2", "b.mp4 (person 2)"),
        ("Cem", "b-3", "b.mp4 (0 s to 9.5 s)"), ("Cem", "b-4", "b.mp4 (600 s to the end)"),
    ]  # fmt: skip
    assert len(found) == 7  # the folder's other clips, and this one no more


def test_parts_of_one_film_that_overlap_keep_their_folders(clips: Path) -> None:
    """Else the second would take the place of the first, whose row would then show its numbers."""
    first, second = jobs(manifest(clips, "file,start,end\nb.mp4,0,30\nb.mp4,20,50\n"), out=clips / "out")
    again, other = jobs(manifest(clips, "file,start,end\nb.mp4,20,50\nb.mp4,10,40\n"), out=clips / "out")
    folder = results(second).folder
    assert may_replace(folder, second)
    assert may_replace(folder, again)
    assert not may_replace(folder, other)
    assert not may_replace(folder, first)
    assert may_replace(folder, replace(again, settings=again.settings | {"height_cm": 180.0}))


def test_thousands_of_paths_are_listed_at_once(clips: Path) -> None:
    many = [clips / f"{i}.mp4" for i in range(1500)]
    begin = time.perf_counter()
    assert len(jobs(*many)) == 1500
    assert time.perf_counter() - begin < 10


def test_empty_columns_at_the_end_of_a_manifest_say_nothing(clips: Path) -> None:
    (found,) = jobs(manifest(clips, "file,athlete,,\nb.mp4,Ana,,\n,,,\n"))
    assert (found.video, found.athlete) == (clips / "b.mp4", "Ana")
    with pytest.raises(UnreadableInputError, match="line 2: has more cells than the first line"):
        jobs(manifest(clips, "file,athlete,,\nb.mp4,Ana,,x\n"))


def test_results_of_a_manifest_lie_in_the_subfolders_of_its_clips(clips: Path) -> None:
    """Two phones number their clips alike: whose results those are is told by the folder."""
    elsewhere = clips.parent / "b.mp4"
    elsewhere.touch()
    found = jobs(manifest(clips, f"file\nteam/b.mp4\nb.mp4\n../b.mp4\nteam/../../b.mp4\n{elsewhere}\n"))
    places = [(job.parent / job.name).as_posix() for job in found]
    assert places == ["out/team/b", "out/b", "out/b-2"]


def test_a_manifest_that_is_not_in_utf_8_says_how_to_save_it(clips: Path) -> None:
    path = clips / "athletes.csv"
    path.write_bytes("file;athlete\nb.mp4;Jörg\n".encode("cp1252"))
    with pytest.raises(UnreadableInputError, match="in a spreadsheet, save it as CSV UTF-8"):
        jobs(path)


def test_a_manifest_says_where_a_runner_stands_by_seconds_or_by_a_file_beside_it(clips: Path) -> None:
    (clips / "stand.mp4").touch()
    seconds, file = jobs(manifest(clips, "file,standing\nb.mp4,2\nteam/b.mp4,stand.mp4\n"))
    assert seconds.settings["standing"] == "2"
    assert file.settings["standing"] == str(clips / "stand.mp4")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_manifest_may_write_accents_in_another_form_than_the_disk(clips: Path, form: Literal["NFC", "NFD"]) -> None:
    """As one written on a Mac does."""
    other = unicodedata.normalize("NFC" if form == "NFD" else "NFD", "équipe/Zoë.mp4")
    film = clips / unicodedata.normalize(form, "équipe/Zoë.mp4")
    film.parent.mkdir()
    film.touch()
    film.with_name(other.rpartition("/")[2].upper()).touch()  # which differs in more
    (job,) = jobs(manifest(clips, f"file,standing\n{other},{other}\n"))
    assert job.video.samefile(film)
    assert job.standing is not None
    assert job.standing.samefile(film)
    with pytest.raises(UnreadableInputError, match=r"there is no such file \(did you mean Zo.*\.mp4\?\)"):
        jobs(manifest(clips, f"file\n{other.replace('mp4', 'Mp4')}\n"))


def test_all_wrong_rows_of_a_manifest_are_named_at_once(clips: Path) -> None:
    """Each with its reason, on a line of its own, up to ten; then how many more there are."""
    rows = ["a.MOV,tall", "b.mp4,180", "b.mp4,short", "c.mp4,18"]
    table = manifest(clips, "\n".join(["file,height_cm", *rows]))
    refused = CliRunner().invoke(main, ["batch", str(table), "-o", str(clips / "out")])
    assert refused.exit_code == 3
    reasons = ('line 2: height_cm "tall" is not', 'line 4: height_cm "short" is not', "line 5: --height-cm 18: must be")
    for line, reason in zip(refused.stderr.splitlines(), reasons, strict=True):
        assert line.startswith(f"formcheck: {table}, {reason}")
        assert line.endswith("; correct this row")
    assert not (clips / "out").exists()
    for count, more in ((10, []), (11, ["1 more row"]), (30, ["20 more rows"])):
        with pytest.raises(UnreadableInputError, match="line 2: ") as wrong:
            jobs(manifest(clips, "\n".join(["file,height_cm", *rows[:1] * count])))
        notes = wrong.value.also
        assert (len(notes[:9]), [*notes[9:]]) == (9, [f"{table}: {rows} to correct" for rows in more])


@pytest.mark.parametrize("athlete", ["", " \u200b"])
def test_an_athlete_without_a_name_is_refused_before_the_work(clips: Path, athlete: str) -> None:
    """As an empty variable in a script leaves it: the clip would not be kept."""
    with pytest.raises(NotUnderstoodError, match="is not a name"):
        collected([clips / "b.mp4"], Path("out"), {"athlete": athlete}, with_video=True)


def test_a_video_that_is_not_made_cannot_be_embedded(clips: Path) -> None:
    with pytest.raises(NotUnderstoodError) as refused:
        collected([clips / "b.mp4"], Path("out"), {"embed_video": True}, with_video=False)
    assert in_flags(str(refused.value)).startswith("--embed-video with --no-video:")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file,height_cm\na.MOV,180\nb.mp4,tall\n", 'line 3: height_cm "tall" is not a number'),
        ("file,height_cm\na.MOV,1_78\n", 'line 2: height_cm "1_78" is not a number'),
        ("file,person\na.MOV,1_0\n", 'line 2: person "1_0" is not a number'),
        ("file,height_cm\na.MOV,18\n", "line 2: `height_cm=18`"),
        ("file,height_cm\na.MOV,1.78\n", "must be between 80 and 250; 1.78 m is 178 cm: write 178; correct this row"),
        ("file,speed_kmh\na.MOV,7.5 mph\n", 'speed_kmh "7.5 mph" is not a number: 7.5 mph is 12.1 km/h: write 12.1;'),
        ("file,standing\na.MOV,0.2\n", "line 2: `standing=0.2`"),
        ("file,view\na.MOV,above\n", "line 2: `view=above`"),
        ("file,athlete\n,Ana\n", "line 2: names no file"),
        ("file,height_cm,slowmo\na.MOV,168,5,\nb.mp4,168,5,4\n", "line 3: has more cells than the first line"),
        ("athlete\nAna\n", "columns are missing"),
        ("file,shoe\na.MOV,red\n", '"shoe" is not a column'),
        ("file,athlete\na.MOV," + "x" * 301 + "\n", "has more than 300 letters"),
        ("file,athlete\na.MOV,Ana\n./a.MOV,Ben\n", "line 3: says something else of a clip that an earlier line names"),
        ("file,person\na.MOV,left\n", 'line 2: person "left" is not a number'),
        ("file,person\na.MOV,1.5\n", 'line 2: person "1.5" is not a whole number'),
        ("file,start,end\na.MOV,9,3\n", "line 2: `end=3` must come after `start=9`"),
        ("file,date\na.MOV,11/20/2026\n", 'line 2: date "11/20/2026" is not a date'),
        ("file\nb.mp4\nc.mp4\n", "line 3: c.mp4: there is no such file; correct this row"),
        ("file\nB.MP4\n", "line 2: B.MP4: there is no such file (did you mean b.mp4?); correct this row"),
        ("file\nteam\n", "line 2: team: is a folder, not a file; correct this row"),
        ("file,standing\nb.mp4,still.mp4\n", "line 2: still.mp4: there is no such file; correct this row"),
        ("", "columns are missing"),
    ],
)
def test_a_row_that_cannot_be_is_named_by_its_line(clips: Path, text: str, said: str) -> None:
    with pytest.raises(UnreadableInputError, match=r"athletes\.csv") as refused:
        jobs(manifest(clips, text))
    assert said in str(refused.value)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    (tmp_path / "run.mp4").write_bytes(b"a clip")
    return Job(tmp_path / "run.mp4", tmp_path / "out", "run", USUAL, with_video=False, athlete="=Ana", session="1")


def results(job: Job, **cadence: float) -> Outcome:
    """The results of an analysis, as if it had been carried out."""
    folder = job.parent / job.name
    folder.mkdir(parents=True, exist_ok=True)
    measured = builders.measured("cadence_spm", cadence.get("cadence", 171.4))
    report = builders.report(measured, trial=builders.trial(path=job.video.absolute()))
    report = replace(report, options=job.options)
    (folder / "report.json").write_text(json_text(report), encoding="utf-8")
    (folder / "steps.csv").write_text(steps_csv(report), encoding="utf-8")
    (folder / "frames.csv").touch()
    return Outcome("done", folder, measured=True, seconds=2.5, digest=digest(folder / "report.json"))


ALIKE = ("a.avi", "A.mov", "a.mp4", "a-2.mp4", "a-2.mov", "a-2-2.mp4", "a-3.mp4", "b.mp4")


@pytest.mark.parametrize("seed", range(20))
def test_every_clip_of_a_batch_has_a_name_of_its_own_and_keeps_it(tmp_path: Path, seed: int) -> None:
    """In whatever order clips called alike come, with and without their results, and when all is run again."""
    named: dict[Path, str] = {}
    watched: list[Job] = []
    order = random.Random(seed)
    for name in order.sample(ALIKE, len(ALIKE)):
        (tmp_path / name).touch()
        found = jobs(tmp_path, out=tmp_path / "out")
        assert len({job.name.lower() for job in found}) == len(found)
        assert all(may_replace(job.parent / job.name, job) for job in found)
        assert {job.video: job.name for job in found}.items() >= named.items()
        watched = collected([tmp_path], tmp_path / "films", USUAL, False, watched)
        assert len({job.name.lower() for job in watched}) == len(watched)
        (last,) = (job for job in found if job.video.name == name)
        results(last)
        named[last.video] = last.name
    once = collected([tmp_path], tmp_path / "films", USUAL, False, watched)
    assert [job.name for job in once] == [job.name for job in watched]
    assert {job.video: job.name for job in jobs(tmp_path, out=tmp_path / "out")} == named


def test_parts_of_one_film_keep_their_names_when_another_is_added_before_them(tmp_path: Path) -> None:
    (tmp_path / "b.mp4").touch()
    (tmp_path / "b-2.mp4").touch()
    table = ["file,person,start", "b.mp4,1,", "b.mp4,2,", "b-2.mp4,,"]
    first = jobs(manifest(tmp_path, "\n".join(table)), out=tmp_path / "out")
    assert [job.name for job in first] == ["b", "b-3", "b-2"]
    for job in first:
        results(job)
    table[1:1] = ["b.mp4,,600", "b-2.mp4,3,"]
    again = jobs(manifest(tmp_path, "\n".join(table)), out=tmp_path / "out")
    assert [job.name for job in again] == ["b-4", "b-2-2", "b", "b-3", "b-2"]


def test_files_of_somebody_else_are_no_place_for_clips_called_alike(tmp_path: Path) -> None:
    for name in ("a.mov", "a.mp4", "out/a/steps.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert [job.name for job in jobs(tmp_path, out=tmp_path / "out")] == ["a-2", "a-3"]


def test_hundreds_of_clips_called_alike_are_told_apart_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in ``*/run.mp4``: each place on the disk is looked at once, not once for each clip."""
    looked: list[Path] = []
    look = batch_jobs.holds_another
    monkeypatch.setattr(batch_jobs, "holds_another", lambda folder, *on: looked.append(folder) or look(folder, *on))
    films = [tmp_path / f"{number}" / "run.mp4" for number in range(1, 201)]
    for film in films:
        film.parent.mkdir()
        film.touch()
    (tmp_path / "out" / "run-7").mkdir(parents=True)
    (tmp_path / "out" / "run-7" / "steps.csv").touch()
    named = [job.name for job in jobs(*films, out=tmp_path / "out")]
    assert named == ["run", *(f"run-{number}" for number in range(2, 202) if number != 7)]
    assert len(looked) == len({*looked}) == 201


def test_what_is_finished_is_known_until_anything_about_it_changes(job: Job) -> None:
    mark = mark_of(job)
    assert finished(mark) is None
    outcome = results(job)
    assert remember(mark, outcome) == outcome
    assert finished(mark) == replace(outcome, state="kept")
    (outcome.folder / "frames.csv").write_text("cut sh", encoding="utf-8")  # as when the power fails
    assert finished(mark) is None
    (outcome.folder / "frames.csv").unlink()
    assert finished(mark) is None
    results(job, cadence=180.0)
    assert finished(mark) is None  # something else is there now
    mark.file.write_text("{")
    assert finished(mark) is None


@pytest.mark.parametrize("told", ["[]", '{"folder": "run", "files": ["report.json"]}', '{"folder": 1}'])
def test_a_mark_that_says_something_else_is_none(job: Job, told: str) -> None:
    mark = mark_of(job)
    remember(mark, results(job))
    mark.file.write_text(told)
    assert finished(mark) is None
    assert not remember(mark, results(job)).otherwise


def test_that_another_run_is_at_a_clip_is_told(job: Job) -> None:
    """It may have been stopped, and this one would look as if it hung; whatever it was asked for, both write to one
    folder."""
    taller = replace(job, settings=USUAL | {"height_cm": 180.0}, with_video=True)
    for mine in (job, taller):
        said: list[Any] = []
        with locked(mark_of(job).file.with_suffix(".lock")):
            assert analyse_once(mine, lambda *told: said.append(told)).state == "elsewhere"  # noqa: B023
        assert said[-1] == ("waiting for another formcheck, which is at this clip", 0, None)
    part = replace(job, settings=USUAL | {"end": 3.0})
    assert mark_of(part).file != mark_of(job).file  # whose results go to another folder


OTHERWISE: tuple[dict[str, Any], ...] = (
    {"settings": USUAL | {"height_cm": 180.0}},
    {"settings": USUAL | {"model": "full"}},
    {"settings": USUAL | {"blur_face": True}},
    {"with_video": True},
    {"shoes": "red"},
)


@pytest.mark.parametrize("other", OTHERWISE)
def test_a_clip_asked_for_with_other_settings_is_done_again_and_it_is_said(
    job: Job, monkeypatch: pytest.MonkeyPatch, other: dict[str, Any]
) -> None:
    """One run after the other: the last has the folder."""
    monkeypatch.setattr("formcheck.batch.work.analyse", lambda job, _: (results(job), None))
    asked = [job, job, replace(job, **other), replace(job, **other), job]
    lines = [cli_batch._line(1, 1, "run.mp4", Done(one, analyse_once(one, lambda *_: None))) for one in asked]
    again = "[1/1] run.mp4: analysed, with other settings than before"
    kept = "[1/1] run.mp4: already analysed"
    assert lines == ["[1/1] run.mp4: analysed", kept, again, kept, again]
    assert len([*(job.parent / MARKS).iterdir()]) == 1


def test_a_film_that_lies_elsewhere_by_now_takes_the_place_of_its_results(job: Job, tmp_path: Path) -> None:
    """As where its folder was renamed; not a copy of it, another film, another part, or one that no batch knows."""
    folder = tmp_path / "out" / "run"
    remember(mark_of(job), results(job))
    moved = replace(job, video=tmp_path / "renamed" / "run.mp4")
    moved.video.parent.mkdir()
    moved.video.write_bytes(job.video.read_bytes())
    assert not may_replace(folder, moved)
    job.video.unlink()
    assert may_replace(folder, moved)
    assert not may_replace(folder, replace(moved, settings=USUAL | {"end": 3.0}))
    shutil.copytree(folder, tmp_path / "out" / "kept")
    assert not may_replace(tmp_path / "out" / "kept", moved)
    moved.video.write_bytes(b"another")
    assert not may_replace(folder, moved)
    moved.video.write_bytes(b"a clip")
    shutil.rmtree(tmp_path / "out" / MARKS)
    assert not may_replace(folder, moved)


def test_results_that_another_run_has_replaced_are_not_told_as_ones_own(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in the tables nor in the history; a line says so."""
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    said: list[str] = []
    monkeypatch.setattr(Display, "say", lambda _, line: said.append(line))
    mine, beside = replace(job, athlete="Ana"), replace(job, name="beside", athlete="")
    ended = [Done(mine, results(mine)), Done(beside, results(beside))]
    results(replace(job, settings=USUAL | {"height_cm": 180.0}))
    keeper = Keeper(Display())
    cli_batch._keep(keeper, ended[0])
    folder = tmp_path / "out" / "run"
    lost = f"{job.video}: another formcheck has replaced its results in {folder}; "
    lost += "run the batch again once that has ended, or choose another folder for results"
    assert said == []
    there = [*cli_batch._there(dict(enumerate(ended)), keeper, Display()).values()]
    assert said == [lost]
    assert (there[0].outcome, there[0].reason, there[1]) == (None, lost, ended[1])
    assert [cells["folder"] for cells in write_tables(tmp_path, there)] == [str(tmp_path / "out" / "beside")]
    with pytest.raises(UnreadableInputError, match="another formcheck has replaced"):  # between that and the tables
        write_tables(tmp_path, ended)


def test_a_mark_never_vouches_for_what_another_run_wrote_meanwhile(job: Job) -> None:
    """Nor does one of an earlier version, which knew fewer settings, make these other ones."""
    mark = mark_of(job)
    mine = results(job)
    results(replace(job, settings=USUAL | {"height_cm": 180.0}))
    remember(mark, mine)
    assert finished(mark) is None
    again = results(job)
    assert not remember(mark, again).otherwise
    assert finished(mark) is not None
    told = json.loads(mark.file.read_text())
    settings = json.loads(told["asked"]["settings"])
    fewer = {name: value for name, value in settings.items() if name != "pdf"}
    mark.file.write_text(json.dumps(told | {"asked": told["asked"] | {"settings": json.dumps(fewer)}}))
    assert not remember(mark, again).otherwise
    mark.file.write_text(json.dumps(told | {"asked": told["asked"] | {"settings": json.dumps(fewer | {"end": 3.0})}}))
    assert remember(mark, again).otherwise


def test_what_a_mark_goes_by(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    from formcheck.batch import work  # noqa: PLC0415

    marks = [mark_of(one) for one in (job, *(replace(job, **other) for other in OTHERWISE))]
    assert mark_of(replace(job, settings=USUAL | {"workers": 7, "cache": False})) == marks[0]  # how fast, not what
    job.video.write_bytes(b"another")
    marks.append(mark_of(job))
    monkeypatch.setattr(work, "code", lambda: "other code")
    marks += [mark_of(job), mark_of(replace(job, settings=USUAL | {"stick_figure": True}))]
    assert len({json.dumps(mark.asked) for mark in marks}) == len(marks)
    assert len({mark.file for mark in marks}) == 1


def test_a_mark_goes_by_the_content_of_the_clip_in_which_the_runner_stands(job: Job) -> None:
    standing = job.video.with_name("standing.mp4")
    standing.write_bytes(b"stands")
    stood = replace(job, settings=USUAL | {"standing": str(standing)})
    mark = mark_of(stood)
    assert mark == mark_of(stood) != mark_of(job)
    standing.write_bytes(b"stands again")
    assert mark_of(stood) != mark
    standing.unlink()
    with pytest.raises(UnreadableVideoError, match=r"standing\.mp4"):
        mark_of(stood)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
@pytest.mark.parametrize("kind", ["a pipe", "a device"])
@pytest.mark.parametrize("role", ["video", "standing"])
def test_what_is_no_file_is_told_at_once_and_holds_up_no_batch(job: Job, tmp_path: Path, kind: str, role: str) -> None:
    """A pipe's content would be waited for for ever, and a device's has no end; here and before it is sent away."""
    odd = tmp_path / "odd.mp4"
    os.mkfifo(odd) if kind == "a pipe" else odd.symlink_to("/dev/zero")
    given = replace(job, video=odd) if role == "video" else replace(job, settings=USUAL | {"standing": str(odd)})
    for look in (lambda: analyse_once(given, lambda *_: None), lambda: read_to_send(odd)):
        with pytest.raises(UnreadableVideoError, match=r"odd\.mp4: is not a file but .+, a pipe or a device"):
            look()


class Doing:
    """Answers at once: so many times "elsewhere", then "done"."""

    def __init__(self, elsewhere: int) -> None:
        self.elsewhere, self.given = elsewhere, list[Any]()

    @property
    def busy(self) -> bool:
        return bool(self.given)

    def give(self, key: Any, content: Any) -> None:  # noqa: ARG002
        self.given.append(key)

    def answers(self, wait_s: float = 0.5) -> Any:  # noqa: ARG002
        for key in self.given[:]:
            self.given.remove(key)
            self.elsewhere -= 1
            yield Answer(key, Outcome("elsewhere" if self.elsewhere >= 0 else "done"))


def test_what_another_run_is_at_is_asked_for_again(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formcheck.batch.run.AGAIN_S", 0.01)
    run = BatchRun(Doing(elsewhere=2))
    run.give("a", job)
    found = []
    while run.busy:
        found += list(run.answers())
    assert [answer.value.state for answer in found] == ["done"]


def test_what_a_killed_worker_left_of_a_clip_goes_when_that_is_given_up(job: Job, tmp_path: Path) -> None:
    """Its lock, and what it had half written; not the locks of clips that others are at."""
    mark, other = mark_of(job).file, mark_of(replace(job, settings=USUAL | {"end": 3.0})).file
    out = tmp_path / "out"
    for left in (mark.with_suffix(".lock"), out / ".formcheck-a.lock", out / "run" / ".formcheck-b" / "a.csv"):
        left.parent.mkdir(parents=True, exist_ok=True)
        left.touch()
    doing = Doing(elsewhere=0)
    doing.answers = lambda: [Answer(doing.given.pop(), error=LostError("was killed"))]  # type: ignore[method-assign]
    run = BatchRun(doing)
    run.give("a", job)
    with locked(other.with_suffix(".lock")):
        assert [str(answer.error) for answer in run.answers()] == ["was killed"]
        assert {path.relative_to(out).as_posix() for path in out.rglob("*")} == {".batch", f".batch/{other.stem}.lock"}


def test_a_clip_that_changes_while_it_is_done_is_done_again_afterwards(job: Job) -> None:
    doing = Doing(elsewhere=0)
    run = BatchRun(doing)
    run.give("a", job)
    run.give("a", job)
    run.give("a", job)
    assert doing.given == ["a"]
    found = []
    while run.busy:
        found += list(run.answers())
    assert [answer.key for answer in found] == ["a", "a"]


def test_clips_that_come_one_by_one_share_the_workers_with_those_going_on(job: Job) -> None:
    run = BatchRun(Doing(elsewhere=0))
    for key, each in (("a", 8), ("b", 4), ("c", 2)):
        (one,) = shared([job], 8, early=True, beside=run.going)
        assert (one.settings["workers"], one.early) == (each, True)
        run.give(key, one)
    assert [one.settings["workers"] for one in shared([job] * 5, 8, early=True, beside=run.going)] == [1] * 5


def test_films_of_comparisons_and_results_however_they_are_named_are_no_clips(
    clips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (clips / "a-vs-b").mkdir()
    for name in COMPARISON:
        (clips / "a-vs-b" / name).touch()
    (clips / "out" / "half").mkdir(parents=True)
    (clips / "out" / "half" / "annotated.mp4").touch()
    monkeypatch.chdir(clips)
    names = ["a.MOV", "b.mp4", "team/b.mp4", "team/deep/c.webm"]
    assert [job.video.relative_to(clips).as_posix() for job in jobs(clips, out=Path("out"))] == names
    assert [job.video.as_posix() for job in jobs(Path(), out=clips / "out")] == names
    assert [job.video.as_posix() for job in jobs(Path("*/*.mp4"), out=clips / "out")] == ["team/b.mp4"]


@pytest.mark.skipif(sys.platform == "win32", reason="folders of Windows are closed otherwise")
def test_a_folder_that_may_be_listed_but_not_entered_costs_no_other_clip_anything(clips: Path) -> None:
    closed = clips / "team" / "deep"
    closed.chmod(0o444)
    try:
        if os.access(closed, os.X_OK):
            pytest.skip("this user may enter any folder")
        found = [film.relative_to(clips).as_posix() for film in films(clips, Path("out"))]
    finally:
        closed.chmod(0o755)
    assert found[:3] == ["a.MOV", "b.mp4", "team/b.mp4"]


def test_equal_days_are_equal_however_they_are_written(clips: Path) -> None:
    rows = "file,date\nb.mp4,20261124\na.MOV,2026-11-24\nteam/b.mp4,2026-W48-2\nteam/deep/c.webm,24.11.2026\n"
    assert {job.date for job in jobs(manifest(clips, rows))} == {"2026-11-24"}


def test_a_day_to_come_is_refused(clips: Path) -> None:
    far = (date.today() + timedelta(2)).isoformat()
    with pytest.raises(UnreadableInputError, match=f'line 2: date "{far}" is in the future; check it'):
        jobs(manifest(clips, f"file,date\nb.mp4,{far}\n"))


@pytest.mark.parametrize("name", ["x" * 251, "ü" * 126, "走" * 84])
def test_a_long_name_leaves_room_for_a_number_and_others_stay_apart(name: str) -> None:
    cut, other = safe_name(name), safe_name(f"{name[:-1]}y")
    assert cut != other
    assert cut.startswith(name[:60])
    assert len(cut.encode()) <= 200
    assert len(cut.encode("utf-16-le")) <= 2 * 120
    assert safe_name(name[:60]) == name[:60]


def test_a_name_that_is_no_text_costs_no_other_clip_anything(job: Job, tmp_path: Path) -> None:
    done = Done(job, results(job))
    for name in ("bad\udcff.mp4", "\ud83d.mp4"):  # bytes that are not UTF-8; half a letter, which Windows allows
        odd = Job(Path(name), tmp_path / "out", "bad")
        failed = cli_batch._done(odd, Answer("x", error=UnreadableVideoError(f"{name}: is not a video")))
        nothing = cli_batch._done(odd, Answer("x", Outcome("done", done.outcome.folder)))  # type: ignore[union-attr]
        assert failed.reason == f"{name.replace(name[-5], chr(0xFFFD))}: is not a video"
        assert len(write_tables(tmp_path, [done, failed, nothing])) == 2
        said = json.loads((tmp_path / "batch.json").read_text(encoding="utf-8"))["clips"]
        assert [clip["reason"] for clip in said] == [None, failed.reason, nothing.reason]


@pytest.mark.skipif(sys.platform != "linux", reason="not every system has such names")
@pytest.mark.parametrize("here", ["", "caf\udce9", "caf\udce9/out"])
def test_links_lead_to_results_in_a_folder_whose_name_is_no_text(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: str
) -> None:
    """Whether it is given whole, from within or from beside."""
    (tmp_path / "caf\udce9" / "out").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / here)
    out = Path(os.path.relpath(tmp_path / "caf\udce9" / "out"))
    for parent in (out, out.absolute()):
        clips = [replace(job, parent=parent / below, name="läufer 1", athlete="") for below in ("", "a/b")]
        rows = write_tables(parent, [Done(clip, results(clip)) for clip in clips])
        page = (parent / "index.html").read_text(encoding="utf-8")
        links = [os.fsdecode(unquote_to_bytes(link)) for link in re.findall('href="([^"#]+)"', page)]
        assert links == ["läufer 1/report.html", "a/b/läufer 1/report.html"]
        assert [name for name, _ in names(parent, rows).values()] == ["läufer 1", "a/b/läufer 1"]


@pytest.mark.parametrize("athlete", ["", "=Ana"])
def test_a_clip_whose_results_are_gone_is_told_as_failed_and_keeps_no_other_out_of_the_tables(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, athlete: str
) -> None:
    """As where somebody deletes the folder of a batch that still writes there."""
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    said: list[str] = []
    monkeypatch.setattr(Display, "say", lambda _, line: said.append(line))
    keeper = Keeper(Display())
    gone = replace(job, name="gone", athlete=athlete)
    bad = Done(replace(job, video=tmp_path / "bad.mp4"), None, "bad.mp4: is not a video", 3)
    ended = dict(enumerate([Done(job, results(job)), Done(gone, results(gone)), bad]))
    for one in ended.values():
        cli_batch._keep(keeper, one)
    assert cli_batch._there(ended, keeper, Display()) == ended
    shutil.rmtree(tmp_path / "out" / "gone")
    found = cli_batch._there(ended, keeper, Display())
    assert (found[0], found[2]) == (ended[0], ended[2])
    assert said == [f"{job.video}: its results are gone from {tmp_path / 'out' / 'gone'}; run the batch again"]
    assert len(write_tables(tmp_path, [*found.values()])) == 1
    told = json.loads((tmp_path / "batch.json").read_text(encoding="utf-8"))["clips"]
    assert [(clip["state"], clip["exit_code"], clip["reason"]) for clip in told[1:2]] == [("failed", 1, said[0])]
    console = Console(width=120)
    with console.capture() as shown:
        console.print(cli_batch._summary([*found.values()], written(), tmp_path))
    assert "1 of 3 clips analysed" in shown.get()
    assert "2 failed; " in shown.get()
    assert cli_batch._there(found, keeper, Display()) == found
    assert len(said) == 1


def test_what_a_manifest_says_of_a_clip_counts_wherever_else_it_is_named(clips: Path) -> None:
    found = jobs(clips, manifest(clips, "file,athlete\nb.mp4,Ana\n"))
    assert {job.video.relative_to(clips).as_posix(): job.athlete for job in found} == {
        "b.mp4": "Ana", "a.MOV": "", "team/b.mp4": "", "team/deep/c.webm": ""
    }  # fmt: skip


READ = {True: 0, False: 4}  # the exit code for a clip in which something, or nothing, was measured


def test_clips_in_which_nothing_could_be_measured_are_named(job: Job, tmp_path: Path) -> None:
    """They do not count as analysed, nor as failed, also those without a report, as the exit code tells of them."""
    measured, unread = (Done(job, replace(results(job), measured=known), code=code) for known, code in READ.items())
    nobody = Done(replace(job, video=tmp_path / "wall.mp4"), None, "nobody was found in the picture", 4)
    broken = Done(replace(job, video=tmp_path / "bad.mp4"), None, "is not a video", 3)
    console = Console(width=80)
    with console.capture() as said:
        done = [measured, unread, nobody, broken]
        console.print(cli_batch._summary(done, written(row(measured), row(unread)), tmp_path / "out"))
    assert "1 of 4 clips analysed" in said.get()
    assert "in 2 clips nothing could be measured: run.mp4 and wall.mp4" in said.get()
    assert "1 failed; " in said.get()
    assert said.get().count("nothing could be") == 1
    lines = [cli_batch._line(1, 1, one.job.video.name, one).removeprefix("[1/1] ") for one in done]
    unmeasured = ("run.mp4: nothing could be measured", "wall.mp4: nothing could be measured")
    assert lines == ["run.mp4: analysed", *unmeasured, "bad.mp4: failed"]


@pytest.mark.parametrize("count", [19, 20, 21, 200])
def test_of_many_clips_in_which_nothing_could_be_measured_it_is_told_how_many_more_there_are(
    job: Job, tmp_path: Path, count: int
) -> None:
    nobody = [Done(replace(job, video=tmp_path / f"{i}.mp4"), None, "nobody was found", 4) for i in range(count)]
    console = Console(width=1000)
    with console.capture() as said:
        console.print(cli_batch._summary(nobody, written(), tmp_path / "out"))
    last = f"18.mp4, 19.mp4 and {count - 20} more" if count > 20 else f"{count - 2}.mp4 and {count - 1}.mp4"
    assert f"in {count} clips nothing could be measured: 0.mp4, 1.mp4, " in said.get()
    assert said.get().endswith(f", {last}\n")


def test_tables_say_which_person_and_which_seconds_of_a_film(job: Job, tmp_path: Path) -> None:
    second = replace(job, settings=USUAL | {"person": 2, "start": 5.0, "end": 9.5})
    write_tables(tmp_path, [Done(second, results(second))])
    (told,) = pq.read_table(tmp_path / "athletes.parquet").to_pylist()
    step, *_ = pq.read_table(tmp_path / "steps.parquet").to_pylist()
    for cells in (told, step):
        assert (cells["person"], cells["start"], cells["end"]) == (2, 5.0, 9.5)
    assert {"person": 2, "start": 5.0, "end": 9.5}.items() <= summary([Done(second, None)])["clips"][0].items()


def test_where_no_person_and_no_seconds_were_said_tables_are_empty(job: Job, tmp_path: Path) -> None:
    write_tables(tmp_path, [Done(job, results(job))])
    with (tmp_path / "athletes.csv").open(encoding="utf-8-sig", newline="") as file:
        (cells,) = csv.DictReader(file)
    (told,) = pq.read_table(tmp_path / "athletes.parquet").to_pylist()
    step, *_ = pq.read_table(tmp_path / "steps.parquet").to_pylist()
    names, shown = openpyxl.load_workbook(tmp_path / "athletes.xlsx")["athletes"].iter_rows(values_only=True)
    for table in (cells, told, step, dict(zip(names, shown, strict=True))):
        assert {table[name] or None for name in ("person", "start", "end")} == {None}


def test_people_and_parts_of_one_film_are_told_apart_by_name(job: Job, tmp_path: Path) -> None:
    parts = ({"person": 1, "end": 30.0}, {"person": 2, "end": 30.0}, {"start": 1500.0})
    said = [replace(job, name=f"run-{i}", athlete="", settings=USUAL | part) for i, part in enumerate(parts)]
    lost = replace(said[0], settings=USUAL | {"person": 3})
    done = [*(Done(one, results(one)) for one in said), cli_batch._done(lost, Answer(0, error=FormcheckError("dark")))]
    rows = [cells | {"stands_out": "x"} for cells in write_tables(tmp_path / "out", done)]
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    plain = Console(force_terminal=False, width=200)
    with plain.capture() as shown:
        plain.print(cli_batch._summary(done, written(*rows), tmp_path / "out"))
    for name in ("run-0 (0 s to 30 s, person 1)", "run-1 (0 s to 30 s, person 2)", "run-2 (1500 s to the end)"):
        assert f">{name} <" in page
        assert name in shown.get()
    assert f"<dt>{job.video} (person 3)</dt><dd>{job.video} (person 3): dark</dd>" in page


def test_tables_have_a_row_a_clip_and_a_row_a_step(job: Job, tmp_path: Path) -> None:
    done = Done(job, results(job))
    broken = Done(Job(tmp_path / "bad.mp4", tmp_path / "out", "bad"), None, "bad.mp4: is not a video", 3)
    rows = write_tables(tmp_path, [done, broken])
    assert len(rows) == 1
    with (tmp_path / "athletes.csv").open(encoding="utf-8-sig", newline="") as file:
        (cells,) = csv.DictReader(file)
    assert cells["athlete"] == "'=Ana"  # so that no spreadsheet evaluates it
    assert float(cells["cadence_spm"]) == 171.4
    assert float(cells["cadence_spm_low"]) < 171.4 < float(cells["cadence_spm_high"])
    assert float(cells["cadence_spm_steps"]) == rows[0]["cadence_spm_steps"]
    table = pq.read_table(tmp_path / "athletes.parquet").to_pylist()
    assert table[0]["athlete"] == "=Ana"
    assert table[0]["cadence_spm"] == 171.4
    sheet = openpyxl.load_workbook(tmp_path / "athletes.xlsx").active
    assert sheet is not None
    named = dict(zip(*(list(line) for line in sheet.iter_rows(values_only=True)), strict=True))
    assert named["athlete"] == "=Ana"
    assert sheet.cell(2, 1).data_type == "s"
    assert named["cadence_spm"] == 171.4
    steps = pq.read_table(tmp_path / "steps.parquet").to_pylist()
    assert len(steps) == len((tmp_path / "out" / "run" / "steps.csv").read_text().splitlines()) - 1
    assert {step["athlete"] for step in steps} <= {"=Ana"}
    schemas.validate(summary([done, broken]))
    assert [clip["state"] for clip in summary([done, broken])["clips"]] == ["done", "failed"]


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (b"step,side\n1,\xff\n", "not text in UTF-8; run the batch again"),
        (b"", "is damaged"),
        (b"step,side\n1\n", "is damaged"),
        (b"step,side\nx,left\n", "is damaged"),
        (b'step,side\n1,"left\n', "is damaged"),
        (None, "cannot be read"),
    ],
)
def test_steps_that_cannot_be_read_any_more_are_told_in_a_line(
    job: Job, tmp_path: Path, held: bytes | None, said: str
) -> None:
    done = Done(job, results(job))
    assert done.outcome is not None
    steps = done.outcome.folder / "steps.csv"
    steps.unlink() if held is None else steps.write_bytes(held)
    with pytest.raises(UnreadableInputError, match=re.escape(f"{steps}: {said}")):
        write_tables(tmp_path, [done])
    assert not (tmp_path / "batch.json").exists()


def test_those_with_most_to_act_on_come_first(job: Job) -> None:
    plain = row(Done(job, results(job)))
    rows = [plain | {"stands_out": a, "worth_watching": b} for a, b in (("", ""), ("", "x; y"), ("x", ""), ("x", "y"))]
    assert [attention(cells) for cells in ranked(rows)] == [(1, 1), (1, 0), (0, 2)]


def test_clips_of_one_name_are_told_apart(job: Job, tmp_path: Path) -> None:
    """In a folder for each athlete two clips are called IMG_1, and one athlete ran twice."""
    plain = row(Done(job, results(job)))
    who = [("", "", "Ana/IMG_1"), ("", "", "Ben/IMG_1"), ("Eva", "", "a"), ("Eva", "", "b"), ("Eva", "late", "c")]
    rows = [plain | {"athlete": a, "session": s, "folder": str(tmp_path / "out" / place)} for a, s, place in who]
    called = [("Ana/IMG_1", ""), ("Ben/IMG_1", ""), ("Eva", "a"), ("Eva", "b"), ("Eva", "late")]
    assert [*names(tmp_path / "out", rows).values()] == called
    page = index_html(tmp_path / "out", rows, ())
    plain_text = Console(force_terminal=False, width=200)
    with plain_text.capture() as shown:
        plain_text.print(
            cli_batch._summary([], written(*(cells | {"stands_out": "x"} for cells in rows)), tmp_path / "out")
        )
    for told in called:
        assert " ".join(told).strip() in " ".join(re.sub("<[^>]+>", "", page).split())
        assert " · ".join(filter(None, told)) in shown.get()


def test_a_clip_of_which_little_could_be_measured_is_not_told_like_a_whole_one(job: Job, tmp_path: Path) -> None:
    cells = row(Done(job, results(job)))
    report = json.loads((job.parent / job.name / "report.json").read_text(encoding="utf-8"))
    hidden = [found["label"] for found in report["findings"] if found["level"] == "not_measured"]
    assert cells["not_measured"] == "; ".join(hidden)
    assert f'"chip not_measured">{len(hidden)}<' in index_html(tmp_path, [cells], ())


def test_what_was_odd_about_a_clip_is_said_to_the_coach(job: Job, tmp_path: Path) -> None:
    results(job)
    file = job.parent / job.name / "report.json"
    report = json.loads(file.read_text(encoding="utf-8"))
    report["quality"]["warnings"] = ["looks slowed down 4x; say so (`slowmo=4`)"]
    file.write_text(json.dumps(report), encoding="utf-8")
    cells = row(Done(job, Outcome("done", file.parent, True)))
    assert cells["notes"] == "looks slowed down 4x; say so (--slowmo 4)"
    assert '<p class="note">Looks slowed down 4x; say so (--slowmo 4).</p>' in index_html(tmp_path, [cells], ())


def test_a_clip_that_is_still_being_copied_waits_until_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(arriving.time, "monotonic", lambda: now[0])
    come = arriving.arrivals(tmp_path, tmp_path / "out")

    def after(seconds: float) -> set[str]:
        now[0] += seconds
        return {path.name for path in next(come)}

    assert next(come) == set()
    (tmp_path / "run.mp4").write_bytes(b"ha")
    (tmp_path / "\udcff.txt").touch()
    assert after(1) == set()
    (tmp_path / "run.mp4").write_bytes(b"half")
    assert after(4) == set()
    assert after(3) == set()
    assert after(3) == {"run.mp4"}
    assert after(9) == set()
    (tmp_path / "run.mp4").write_bytes(b"another clip")
    assert after(1) == set()
    assert after(5) == {"run.mp4"}
    (tmp_path / "gone.mp4").write_bytes(b"x")
    assert after(1) == set()
    (tmp_path / "gone.mp4").unlink()
    assert after(9) == set()
    (tmp_path / "empty.mp4").touch()  # what is wrong with it is said like that of any other
    assert after(1) == set()
    assert after(5) == {"empty.mp4"}
    assert after(9) == set()
    (tmp_path / "empty.mp4").write_bytes(b"whole by now")
    assert after(1) == set()
    assert after(5) == {"empty.mp4"}


def test_no_worker_waits_until_it_is_time_to_look_for_clips_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand clips that were analysed before took half an hour to pass by."""
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("it is waited for"))
    come = arriving.arrivals(tmp_path, tmp_path / "out")
    assert [next(come) for _ in range(3)] == [set()] * 3


def written(*rows: dict[str, Any]) -> Written:
    return Written([*rows], {}, TABLES)


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_misuse_is_told_in_a_line(tmp_path: Path) -> None:
    assert invoke("batch", tmp_path, "-o", tmp_path / "out").exit_code == 2
    assert invoke("batch", SAMPLES, "--send-files", "-o", tmp_path / "out").exit_code == 2
    assert invoke("watch", tmp_path / "nothing", "-o", tmp_path / "out").exit_code == 2


def test_a_path_that_is_not_there_is_refused_before_the_work_and_costs_no_table(job: Job, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_tables(out, [Done(job, results(job))])
    before = {name: (out / name).read_bytes() for name in TABLES}
    (tmp_path / "bad.mp4").write_bytes(b"nothing")
    done = invoke("batch", tmp_path / "bad.mp4", tmp_path / "clipsx", "-o", out)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"formcheck: {tmp_path / 'clipsx'}: there is no such file or folder; check its name\n"
    assert {name: (out / name).read_bytes() for name in TABLES} == before


@pytest.mark.parametrize("name", ["clips.xlsx", "Clips.XLS", "clips.ods", "clips.numbers"])
def test_a_table_that_is_still_a_spreadsheet_is_no_clip_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK")
    done = invoke("batch", tmp_path / name, "-o", tmp_path / "out")
    assert (done.exit_code, done.stdout) == (2, "")
    said = f"formcheck: {tmp_path / name}: is a spreadsheet; save it as CSV UTF-8, and give that\n"
    assert (done.stderr, (tmp_path / "out").exists()) == (said, False)


@pytest.mark.parametrize("ending", ["csv", "CSV", "tsv"])
def test_a_table_is_known_by_how_its_name_ends(clips: Path, ending: str) -> None:
    table = manifest(clips, "file\tathlete\nb.mp4\tAna\n").rename(clips / f"clips.{ending}")
    assert [(job.video.name, job.athlete) for job in jobs(table)] == [("b.mp4", "Ana")]


def test_where_no_clip_has_a_row_there_are_no_tables_and_nothing_is_left_of_them(job: Job, tmp_path: Path) -> None:
    """A table without columns can be read by nobody. Those of clips that come later stand beside nothing else."""
    out, failed = tmp_path / "tables", Done(replace(job, name="dark"), None, "too dark", 3)
    for _ in range(2):
        written = renew_tables(out, [failed])
        assert written.names == ("index.html", "batch.json")
        assert {path.name for path in out.iterdir()} == {*written.names}
    assert renew_tables(out, [failed, Done(job, results(job))]).names == TABLES
    assert {path.name for path in out.iterdir()} == {*TABLES}


@pytest.mark.slow
def test_a_batch_whose_every_clip_fails_loses_no_earlier_row_and_tells_of_the_failures(
    job: Job, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    write_tables(out, [Done(job, results(job)), Done(replace(job, name="dark"), None, "too dark", 3)])
    before = {name: (out / name).read_bytes() for name in TABLES[:-1]}
    (tmp_path / "bad.mp4").write_bytes(b"nothing")
    for _ in range(2):  # failures of the last batch only
        done = invoke("batch", tmp_path / "bad.mp4", "-o", out)
        assert done.exit_code == 3
        assert "1 failed; batch.json says why\n" in done.stdout
        assert done.stdout.endswith(f"Written to {out}: batch.json; the tables there stay as they were\n")
        assert {name: (out / name).read_bytes() for name in TABLES[:-1]} == before
        told = json.loads((out / "batch.json").read_text(encoding="utf-8"))
        schemas.validate(told)
        assert [(Path(c["file"]).name, c["athlete"], c["state"]) for c in told["clips"]] == [
            (job.video.name, "=Ana", "done"), ("bad.mp4", "", "failed")
        ]  # fmt: skip
    (out / "batch.json").write_text("{}", encoding="utf-8")  # nobody knows what the tables hold
    assert "not what a batch says" in invoke("batch", tmp_path / "bad.mp4", "-o", out).stderr
    assert {name: (out / name).read_bytes() for name in TABLES[:-1]} == before
    done = invoke("batch", tmp_path / "bad.mp4", "-o", tmp_path / "new")
    assert (done.exit_code, "bad.mp4" in (tmp_path / "new" / "index.html").read_text(encoding="utf-8")) == (3, True)
    assert "1 failed; index.html says why\n" in done.stdout


def test_what_is_impossible_is_told_before_the_first_clip_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving, "arrivals", lambda *_: iter(()))
    for wrong in (("--athlete", " "), ("--no-video", "--embed-video"), ("--standing", "0.2")):
        said = invoke("watch", tmp_path, "-o", tmp_path / "out", *wrong)
        assert said.exit_code == 2, said.output


def test_who_watches_says_so_and_how_to_end_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "arrivals", lambda *_: iter(()))
    said = invoke("watch", tmp_path, "-o", tmp_path / "out")
    assert (said.stdout, said.stderr) == ("", f"watching {tmp_path}; Ctrl-C ends it\n")
    assert invoke("watch", tmp_path, "-o", tmp_path / "out", "--quiet").output == ""


@pytest.mark.parametrize("reads", ["athletes.csv", "clips.csv"])
@pytest.mark.parametrize("before", [None, "batch.json"])
def test_a_table_of_the_coachs_own_is_not_replaced_by_the_batchs(
    tmp_path: Path, reads: str, before: str | None
) -> None:
    """The one that is read, or one that merely stands there."""
    for name in {reads, "athletes.csv"}:
        (tmp_path / name).write_text("file\nrun.mp4\n", encoding="utf-8")
    if before is not None:
        (tmp_path / before).write_text("{}", encoding="utf-8")
    done = invoke("batch", tmp_path / reads, "-o", tmp_path)
    if reads == "clips.csv" and before is not None:
        assert done.exit_code == 3  # an earlier batch wrote it: it may be replaced, and run.mp4 is not there
        return
    assert (done.exit_code, "athletes.csv: would be replaced" in done.stderr) == (2, True)
    assert (tmp_path / "athletes.csv").read_text(encoding="utf-8") == "file\nrun.mp4\n"


def test_the_cache_tells_its_size_and_can_be_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORMCHECK_CACHE", str(tmp_path / "poses"))
    assert invoke("cache", "info").stdout == f"{tmp_path / 'poses'}\n0 sets of landmarks, 0.0 MB of at most 2000 MB\n"
    (tmp_path / "poses").mkdir()
    (tmp_path / "poses" / "one.npz").write_bytes(b"x" * 200_000)
    assert "1 set of landmarks, 0.2 MB" in invoke("cache", "info").stdout
    assert invoke("cache", "clear").stdout == "1 set of landmarks forgotten\n"
    assert list((tmp_path / "poses").iterdir()) == []


def formcheck(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "formcheck", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)


FAST = ("--model", "lite", "--no-video", "--end", "6")


@pytest.mark.slow
def test_a_batch_does_what_it_can_names_what_it_cannot_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    place = tmp_path / "clips"
    place.mkdir()
    for name in ("neutral", "hunched"):
        (place / f"{name}.mp4").symlink_to(SAMPLES / f"{name}.mp4")
    (place / "bad.mp4").write_bytes(b"nothing")
    rows = "file,athlete,height_cm\nneutral.mp4,Ana,178\nhunched.mp4,Ben,\nbad.mp4,Cem,\n"
    call = ("batch", manifest(place, rows), "-o", tmp_path / "out", *FAST)
    with formcheck(*call) as first:
        said, problems = first.communicate()
    assert first.returncode == 5
    assert [line for line in problems.splitlines() if line.startswith("formcheck:")] == [
        line for line in problems.splitlines() if "bad.mp4: is not a video" in line
    ]
    assert "2 of 3 clips analysed" in said
    kept = json.loads((tmp_path / "out" / "batch.json").read_text(encoding="utf-8"))
    schemas.validate(kept)
    assert [(c["athlete"], c["state"], c["exit_code"]) for c in kept["clips"]] == [
        ("Ana", "done", 0), ("Ben", "done", 0), ("Cem", "failed", 3)
    ]  # fmt: skip
    before = (tmp_path / "out" / "neutral" / "report.json").stat().st_mtime_ns
    with formcheck(*call, "--json") as second:
        said, _ = second.communicate()
    assert [clip["state"] for clip in json.loads(said)["clips"]] == ["kept", "kept", "failed"]
    assert (tmp_path / "out" / "neutral" / "report.json").stat().st_mtime_ns == before
    assert pq.read_table(tmp_path / "out" / "athletes.parquet").num_rows == 2
    assert set(pq.read_table(tmp_path / "out" / "steps.parquet")["athlete"].to_pylist()) == {"Ana", "Ben"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for child processes")
def test_a_folder_is_watched_until_it_is_interrupted(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with formcheck("watch", tmp_path / "in", "-o", tmp_path / "out", *FAST) as watching:
        time.sleep(3)
        (tmp_path / "in" / "run.mp4").write_bytes((SAMPLES / "neutral.mp4").read_bytes())
        for _ in range(240):
            if (tmp_path / "out" / "batch.json").exists():
                break
            time.sleep(0.5)
        watching.send_signal(signal.SIGINT)
        try:
            _, problems = watching.communicate(timeout=30)
        finally:
            watching.kill()
    assert watching.returncode == 130
    assert "[1/1] run.mp4 (0 s to 6 s): analysed" in problems
    assert (tmp_path / "out" / "run" / "report.json").exists()
    assert not [path for path in (tmp_path / "out").rglob("*") if path.name.startswith(".formcheck-") and path.is_dir()]
    assert os.listdir(tmp_path / "out" / ".batch")  # noqa: PTH208
