"""What becomes of a history: copied, restored, brought up to date, two merged into one, and gone for good."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from threading import Thread
from typing import Any
from urllib.parse import unquote_to_bytes
from zipfile import ZipFile

import click
import openpyxl
import pandas
import pytest
import schemas
from barred import barred
from histories import athlete, clip, data, posix, sore, store_clip
from sqlite_utils import Database

import builders
from advice import one_line, run, write_report
from formcheck import cache, cli_batch, cli_history, cli_output
from formcheck.batch.tables import TABLES, Done, renew_tables, write_tables
from formcheck.batch.work import MARKS, Outcome, mark_of, remember
from formcheck.cli_progress import Display
from formcheck.datatypes import FormcheckError
from formcheck.files import FRESH, digest, scratch
from formcheck.guidance.triage import SCHEMA as TRIAGE
from formcheck.history import copies, erase, people, records, store, takeout, written
from formcheck.history.schema import MIGRATIONS
from formcheck.history.values import to_json
from formcheck.outgoing import readable
from formcheck.report import json_text, steps_csv
from formcheck.settings import ANSWERS, COMPARISON, OUTPUTS, PLAN_FILES

__all__ = ["data"]
pytestmark = pytest.mark.usefixtures("data")
ROOT = Path(__file__).parent.parent
UNLINK = Path.unlink
SECRETS = ("Zebulon", "zebulon", "blister-left-heel", "Zoomers-9", "quicksilver")


def everything() -> list[object]:
    """Everything about everybody, as plain values."""
    with store.reading() as db:
        rows = [(one, records.clips(db, one), records.diary(db, one)) for one in people.athletes(db)]
    told: list[object] = to_json(rows)["athletes"]
    return told


def fill(folder: Path) -> None:
    for i in range(3):
        clip(folder, "Ana", i, trunk_lean_deg=9.0 + i)
    sore("Ana", 1, 2, 3)
    sore("Ben", 4)


# Copies


def test_a_backup_restored_is_the_history_it_was(data: Path, tmp_path: Path) -> None:
    fill(tmp_path)
    before, copy = everything(), tmp_path / "my copy?#.sqlite3"
    assert run("backup", copy).stdout == f"Written to {copy}\n"
    assert [path.name for path in tmp_path.glob("my copy*")] == [copy.name]
    if os.name == "posix":
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    sore("Cy", 9)
    refused = run("restore", copy)
    assert refused.exit_code == 2
    assert "holds 3 athletes; --replace sets that history aside" in one_line(refused.stderr)
    assert len(everything()) == 3
    with_cy = everything()
    told = run("restore", copy, "--replace").stdout
    (aside,) = data.glob("*.before-*")
    assert told == f"2 athletes in {store.file()}\nWhat was there before is in {aside}\n"
    assert everything() == before
    assert run("restore", aside, "--replace").exit_code == 0
    assert everything() == with_cy
    for path in data.iterdir():
        path.unlink()
    assert run("restore", copy).stdout == f"2 athletes in {store.file()}\n"
    assert everything() == before
    run("delete", "Ben", "--yes")
    assert "holds 1 athlete; --replace" in one_line(run("restore", copy).stderr)


@pytest.mark.parametrize(
    ("place", "uri"),
    [
        (PureWindowsPath(r"\\nas\share\my b.sqlite3"), "file:////nas/share/my%20b.sqlite3"),
        (PureWindowsPath(r"C:\b%.sqlite3"), "file:///C:/b%25.sqlite3"),
        (PurePosixPath("/tmp/b?#.sqlite3"), "file:///tmp/b%3F%23.sqlite3"),
    ],
)
def test_a_backup_is_found_wherever_it_lies(place: PurePath, uri: str) -> None:
    """SQLite takes what stands between the second slash and the third for a machine, and knows none."""
    assert store.uri(place) == uri


def test_what_is_written_while_a_backup_is_restored_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path)
    run("backup", tmp_path / "copy")
    real, writer = copies._copy, Thread(target=sore, args=("Cy", 3))

    def copy(db: sqlite3.Connection, target: Path) -> None:
        """And right then somebody writes."""
        real(db, target)
        writer.start()
        writer.join(0.3)

    monkeypatch.setattr(copies, "_copy", copy)
    assert run("restore", tmp_path / "copy", "--replace").exit_code == 0
    writer.join()
    with store.reading() as db:
        assert [one.name for one in people.athletes(db)] == ["Ana", "Ben", "Cy"]


def test_a_history_whose_tables_are_not_ours_is_set_aside_when_a_backup_takes_its_place(
    data: Path, tmp_path: Path
) -> None:
    fill(tmp_path)
    run("backup", tmp_path / "copy")
    before = everything()
    with closing(sqlite3.connect(store.file())) as db:
        db.executescript("CREATE TRIGGER t AFTER INSERT ON diary BEGIN DELETE FROM clip; END")
    assert run("restore", tmp_path / "copy", "--replace").exit_code == 0
    assert everything() == before
    (aside,) = data.glob("*.before-*")
    with closing(sqlite3.connect(aside)) as db:
        assert db.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'").fetchone() == (1,)


def test_a_damaged_history_is_set_aside_whole_when_a_backup_takes_its_place(data: Path, tmp_path: Path) -> None:
    fill(tmp_path)
    before = everything()
    run("backup", tmp_path / "copy")
    store.file().write_bytes(b"dear diary\n" * 500)
    assert run("restore", tmp_path / "copy").exit_code == 3
    assert run("restore", tmp_path / "copy", "--replace").exit_code == 0
    assert everything() == before
    (aside,) = data.glob("*.before-*")
    assert aside.read_bytes() == b"dear diary\n" * 500


@pytest.mark.parametrize("content", [b"", b"dear diary\n" * 500, None, "a folder"])
def test_what_is_no_backup_is_refused_and_changes_nothing(tmp_path: Path, content: bytes | str | None) -> None:
    fill(tmp_path)
    before = everything()
    if isinstance(content, bytes):
        (tmp_path / "copy").write_bytes(content)
    elif content:
        (tmp_path / "copy").mkdir()
    refused = run("restore", tmp_path / "copy", "--replace")
    assert refused.exit_code == 3
    assert str(tmp_path / "copy") in one_line(refused.stderr)
    assert store.OTHER_BACKUP in one_line(refused.stderr)
    assert everything() == before


BROKEN = (
    "DROP TABLE athlete; CREATE TABLE athlete (x)", "DROP INDEX clip_part", "UPDATE clip SET filming = 'x'",
    "CREATE TRIGGER t AFTER INSERT ON diary BEGIN DELETE FROM clip; END", "UPDATE clip SET athlete = 77",
    "DROP TABLE _sqlite_migrations; PRAGMA user_version = 2", "PRAGMA user_version = 99",
)  # fmt: skip


@pytest.mark.parametrize("harm", BROKEN)
def test_a_backup_that_only_looks_like_one_is_refused_and_changes_nothing(
    data: Path, tmp_path: Path, harm: str
) -> None:
    fill(tmp_path)
    before, copy = everything(), tmp_path / "copy"
    run("backup", copy)
    with closing(sqlite3.connect(copy)) as db:
        db.executescript(harm)
    refused = run("restore", copy, "--replace")
    assert (refused.exit_code, str(copy) in one_line(refused.stderr)) == (3, True)
    assert (store.OTHER_BACKUP in one_line(refused.stderr)) != ("newer formcheck" in one_line(refused.stderr))
    assert everything() == before
    assert not list(data.glob("*.before-*"))


@posix
def test_whatever_tells_of_health_is_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fill(tmp_path)
    write_report(tmp_path)
    Path("stop.json").write_text('{"red_flags": "bladder_bowel"}', encoding="utf-8")
    noted = ("--log", "runs.csv", "--add", "2026-11-{} 25min sharp")
    calls = [
        ("triage", "--answers", "stop.json", "-o", "new/answers.json", "--html", "triage.html"),
        ("plan", "report.json", "-o", "plan"),
        ("return", *noted, "--today", "2026-11-30", "--html", "return.html"),
        ("return", "--symptoms", "stop.json", "--html", "refused.html"),
        ("load", str(ROOT / "sample_logs" / "activities.csv"), "--html", "load.html"),
        ("athlete", "Ana", "-o", "ana.html"),
    ]
    pages = (f"{name}.html" for name in ("triage", "return", "refused", "load", "ana"))
    files = {"new/answers.json", "runs.csv", *(f"plan/{name}" for name in PLAN_FILES), *pages}
    before = os.umask(0o022)
    try:
        for day in ("20", "21"):  # new, then over one that everybody may read
            assert {run(*(word.format(day) for word in call)).exit_code for call in calls} == {0, 6}
            modes = {oct(stat.S_IMODE(Path(name).stat().st_mode)) for name in files}
            assert modes == {"0o600"}
            for name in files:
                Path(name).chmod(0o644)
    finally:
        os.umask(before)


@posix
def test_copies_are_for_their_owner_alone_and_take_the_place_of_nothing_else(tmp_path: Path) -> None:
    fill(tmp_path)
    files = {"backup": tmp_path / "copy", "export": tmp_path / "all.zip"}
    calls = [("backup", files["backup"]), ("export", "Ana", "-o", files["export"])]
    for call in (*calls, *calls):  # new, then over one that everybody may read
        assert run(*call).exit_code == 0
        assert stat.S_IMODE(files[call[0]].stat().st_mode) == 0o600
        files[call[0]].chmod(0o644)
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    refused = run("backup", tmp_path / "notes.txt")
    assert (refused.exit_code, "is not a backup" in one_line(refused.stderr)) == (2, True)
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


WRITE = {  # commands that write to a file the user names, and whether pages of either kind are of its kind
    "backup": (("backup",), set()),
    "export": (("export", "Ana", "-o"), set()),
    "athlete": (("athlete", "Ana", "-o"), {"athlete"}),
    "answers": (("triage", "--red-flags", "fever", "-o"), set()),
    "triage": (("triage", "--red-flags", "fever", "--html"), {"words"}),
    "load": (("load", "--html"), {"words"}),
    "return": (("return", "--html"), {"words"}),
}


@pytest.mark.parametrize("what", WRITE)
def test_a_file_that_is_not_of_the_kind_that_is_written_stays_as_it_is(tmp_path: Path, what: str) -> None:
    fill(tmp_path)
    write, same = WRITE[what]
    others = {kind: tmp_path / kind for kind in ("words", "athlete", "zip", "film", "json", "empty")}
    assert run("load", "--html", others["words"]).exit_code == 0
    assert run("athlete", "Ben", "-o", others["athlete"]).exit_code == 0
    with ZipFile(others["zip"], "w") as made:
        made.writestr("holiday.txt", "mine")
    others["film"].write_bytes(bytes(range(256)) * 9)
    others["json"].write_text('{"schema": "mine"}', encoding="utf-8")
    others["empty"].touch()  # in which nothing is lost
    for kind, other in others.items():
        before = other.read_bytes()
        done = run(*write, other)
        if kind in same | {"empty"}:
            assert (done.exit_code, run(*write, other).exit_code) == (0, 0), done.stderr  # and then over its own
        else:
            assert (done.exit_code, done.stdout, other.read_bytes() == before) == (2, "", True), kind
            assert f"{other}: already exists and is not " in one_line(done.stderr)


def test_the_history_itself_is_no_backup_and_nothing_is_written_over_it(tmp_path: Path) -> None:
    assert run("backup", tmp_path / "copy").exit_code == 2
    fill(tmp_path)
    for command in (("backup",), ("restore",), ("athlete", "Ana", "-o"), ("export", "Ana", "-o")):
        refused = run(*command, store.file())
        assert "is the history itself" in one_line(refused.stderr)
        assert refused.exit_code == 2
    assert len(everything()) == 2


def older(path: Path) -> None:
    """A history as the first version wrote it, with a clip and an entry."""
    path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        MIGRATIONS.apply(Database(db, execute_plugins=False), stop_before="pages")
        db.execute(f"PRAGMA application_id = {store.OURS}")
        db.execute("PRAGMA user_version = 1")
        number = db.execute("INSERT INTO athlete (name, folded) VALUES ('Ana', 'ana')").lastrowid
        cells = records.checked(records.Entry(records.date(2025, 1, 1), 3, note="old"))
        del cells["cleared"], cells["feel"]  # are of later versions
        names, marks = (
            ", ".join(f'{sign}"{name}"' if not sign else f":{name}" for name in cells) for sign in ("", ":")
        )
        db.execute(f"INSERT INTO diary (athlete, {names}) VALUES ({number}, {marks})", cells)
        assert db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'page'").fetchone() == (0,)


@pytest.mark.parametrize("by", ["reading", "writing", "restoring"])
def test_a_history_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path, by: str) -> None:
    older(tmp_path / "old" if by == "restoring" else store.file())
    if by == "restoring":
        assert run("restore", tmp_path / "old").exit_code == 0
    elif by == "writing":
        sore("Ben", 1)
    with store.reading() as db:
        one = people.find(db, "Ana")
        assert [entry.note for entry in records.diary(db, one)] == ["old"]
        assert written.pages(db, one) == records.places(db, one) == ()
        assert db.execute("PRAGMA user_version").fetchone() == (store.SCHEMA,)
        assert len(MIGRATIONS.applied(Database(db, execute_plugins=False))) == store.SCHEMA


# Everything about one athlete, to take away


def test_an_export_is_read_by_those_it_is_for(tmp_path: Path) -> None:
    for i in range(3):
        job = replace(clip(tmp_path, "=Ana", i, trunk_lean_deg=9.0 + i), note="=1+1", shoes="Ghost; 15")
        part = {"start": 3.0, "person": 2} if i else {}
        store_clip(replace(job, settings={"model": "heavy", "speed_kmh": 11.5} | part), trunk_lean_deg=9.5 + i)
    sore("=Ana", 1, 2)
    assert run("export", "=ana", "-o", tmp_path / "all.zip").stdout == f"Written to {tmp_path / 'all.zip'}\n"
    with ZipFile(tmp_path / "all.zip") as made:
        made.extractall(tmp_path / "all")
    place = tmp_path / "all"
    names = ("clips", "measurements", "findings", "diary")
    files = {f"{name}.{end}" for name in names for end in ("csv", "parquet")}
    assert {path.name for path in place.iterdir()} == files | {"athlete.xlsx", "history.json", "README.txt"}
    schemas.validate(json.loads((place / "history.json").read_text(encoding="utf-8")))
    book = openpyxl.load_workbook(place / "athlete.xlsx")
    for name in names:
        frame, table = pandas.read_csv(place / f"{name}.csv"), pandas.read_parquet(place / f"{name}.parquet")
        assert list(frame.columns) == list(table.columns) == [cell.value for cell in book[name][1]]
        assert len(frame) == len(table) == book[name].max_row - 1
    lean = table_of(place, "measurements").query("metric == 'trunk_lean_deg'")
    assert [*lean["value"]] == [9.5, 10.5, 11.5]
    told = table_of(place, "clips")
    assert [[*told[name].fillna(0)] for name in ("person", "start", "end")] == [[0, 2, 2], [0, 3, 3], [0, 0, 0]]
    assert [*told["speed_kmh"], *told["note"]] == [11.5] * 3 + ["=1+1"] * 3
    assert {cell.data_type for row in book["clips"].iter_rows(min_row=2) for cell in row} <= {"s", "n"}
    assert [*pandas.read_csv(place / "clips.csv")["note"]] == ["'=1+1"] * 3
    assert [*table_of(place, "diary")["soreness"]] == [1, 2]
    assert re.fullmatch(r"Written to athlete-ana-[0-9a-f]{6}\.zip\n", exported(tmp_path))


@pytest.mark.skipif(os.name != "posix", reason="needs devices that have names")
def test_an_export_to_a_device_is_made_beside_the_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it leaves nothing that was not there before, even when it is killed."""
    places: list[Path] = []
    monkeypatch.setattr(takeout, "scratch", lambda place: places.append(place) or nullcontext(tmp_path))
    for target in (Path("/dev/null"), tmp_path / "mine" / "ana.zip"):
        takeout.takeout(target, people.Athlete(1, "Ana"), (), ())
    assert places == [store.file().parent, Path(os.path.realpath(tmp_path / "mine"))]


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder in which nobody can make a file")
@pytest.mark.parametrize("folder", ["a file", "/proc"])
def test_where_no_export_can_be_written_one_line_names_it(folder: str, tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    target = tmp_path / folder / "ana.zip"
    with pytest.raises(FormcheckError, match=f"^{re.escape(str(target))}: could not be written: "):
        takeout.takeout(target, people.Athlete(1, "Ana"), (), ())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_a_killed_export_left_beside_the_history_goes_with_the_athlete(tmp_path: Path) -> None:
    analysed(tmp_path, "Ana", 0)
    if not (child := os.fork()):
        with scratch(store.file().parent) as place:
            (place / "diary.csv").touch()
            os._exit(0)
    os.waitpid(child, 0)
    assert [*store.file().parent.rglob("diary.csv")]
    assert run("delete", "Ana", "--yes").exit_code == 0
    assert {path.name for path in store.file().parent.iterdir() if path.name.startswith(FRESH)} == set()


def table_of(place: Path, name: str) -> Any:
    return pandas.read_parquet(place / f"{name}.parquet")


def exported(folder: Path) -> str:
    """An export without saying where to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return run("export", "=Ana").stdout


# Two merged into one


def test_two_names_made_one_have_all_of_both(tmp_path: Path) -> None:
    fill(tmp_path)
    sore("Anna", 5)
    for i in (2, 3):
        store_clip(replace(clip(tmp_path, "Anna", i, trunk_lean_deg=1.0), session="hers"), trunk_lean_deg=20.0 + i)
    assert run("merge", "Ana", "Anna").exit_code == 2  # nobody to ask
    assert run("merge", "Ana", "ana", "--yes").exit_code == 2
    assert run("merge", "ana", "Anna", "--yes").stdout == "Anna is now part of Ana\n"
    with store.reading() as db:
        assert [one.name for one in people.athletes(db)] == ["Ana", "Ben"]
        leans = [c.measurements["trunk_lean_deg"].value for c in records.clips(db, athlete("Ana"))]
        assert leans == [9.0, 10.0, 22.0, 23.0]  # for the clip that both had, what was stored later
        assert sorted(entry.soreness for entry in records.diary(db, athlete("Ana"))) == [1, 2, 3, 5]


def test_of_parts_of_one_film_only_what_overlaps_a_later_one_that_stays_goes_and_is_named(tmp_path: Path) -> None:
    """The last of them is gone because of the whole film, which is gone because of the first."""
    job = clip(tmp_path, "Anna", trunk_lean_deg=1.0)
    for who, start, end, lean in (("Anna", 20.0, 30.0, 1.0), ("Ana", 0.0, None, 2.0), ("Anna", 0.0, 10.0, 3.0)):
        part = job.settings | {"start": start, "end": end}
        store_clip(replace(job, athlete=who, name=who, settings=part), trunk_lean_deg=lean)
    (tmp_path / "out" / "Ana").mkdir(parents=True)
    (tmp_path / "out" / "Ana" / "report.json").touch()
    said = run("merge", "Ana", "Anna", "--yes").stdout.splitlines()
    with store.reading() as db:
        kept = [(c.start_s, c.measurements["trunk_lean_deg"].value) for c in records.clips(db, athlete("Ana"))]
    assert sorted(kept) == [(0.0, 3.0), (20.0, 1.0)]
    read = "read by model heavy from 0 s to"
    now = f"{job.video}: is now in the history of Ana as {read} 10 s, no longer as {read} the end"
    assert said == [f"{now}; those results stay in {tmp_path / 'out' / 'Ana'}", "Anna is now part of Ana"]


@posix
def test_what_is_stored_later_stays_when_the_clocks_go_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or when the user flies west: by the clock on the wall, it comes first."""
    summer = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # half past two, and again an hour later

    class Clock(datetime):
        hours = 0

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.fromtimestamp((summer + timedelta(hours=0.75 * cls.hours)).timestamp(), tz)

    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        patch.setattr(records, "datetime", Clock)
        clip(tmp_path, "Ana", trunk_lean_deg=1.0)
        Clock.hours = 1
        clip(tmp_path, "Anna", trunk_lean_deg=2.0)
        assert run("merge", "Ana", "Anna", "--yes").exit_code == 0
        with store.reading() as db:
            (one,) = records.clips(db, athlete("Ana"))
    time.tzset()
    assert one.measurements["trunk_lean_deg"].value == 2.0
    assert one.stored == summer + timedelta(hours=0.75)


def test_records_that_say_only_the_time_on_the_wall_are_read_as_such(tmp_path: Path) -> None:
    """As an earlier formcheck wrote them."""
    clip(tmp_path, "Ana", 0, trunk_lean_deg=1.0)
    clip(tmp_path, "Ana", 1, trunk_lean_deg=1.0)
    with store.writing() as db:
        db.execute("UPDATE clip SET stored = '2026-08-01T12:00:00.000000' WHERE id = 1")
    with store.reading() as db:
        older, newer = records.clips(db, athlete("Ana"))
    assert older.stored == datetime(2026, 8, 1, 12).astimezone()
    assert older.stored != newer.stored
    assert newer.stored.utcoffset() == timedelta(0)


# Gone


def analysed(folder: Path, who: str, number: int, shoes: str = "") -> Done:
    """A clip with all that formcheck writes about one, the plan made from it, its landmarks and its mark."""
    job = replace(clip(folder, who, number, trunk_lean_deg=9.0), shoes=shoes, note="blister-left-heel", session="s")
    store_clip(job, trunk_lean_deg=9.0)
    place = job.parent / job.name
    made = builders.report(builders.measured("trunk_lean_deg", 9.0), trial=builders.trial(path=job.video))
    (place / "stills").mkdir(parents=True)
    for name in (*OUTPUTS, "stills/lean.png", *PLAN_FILES, ANSWERS):
        if name != "stills":
            told = f'{{"schema": "{TRIAGE}", "note": "quicksilver"}}' if name == ANSWERS else "quicksilver"
            (place / name).write_text(told, encoding="utf-8")
    (place / "report.json").write_text(json_text(made), encoding="utf-8")
    (place / "plan.json").write_text('{"schema": "formcheck-plan/1", "video": "quicksilver"}', encoding="utf-8")
    (place / "steps.csv").write_text(steps_csv(made), encoding="utf-8")
    outcome = Outcome("done", place, True, 1.0, digest(place / "report.json"))
    remember(mark_of(job), outcome)
    cache.save(cache.key(job.video, "lite", None, 0.0, None, 1), builders.track(), False, 0.0)
    return Done(job, outcome)


def page_of(name: str, file: Path) -> None:
    """A page as formcheck athlete writes it, which itself would need real stills."""
    file.write_text(name, encoding="utf-8")
    with store.writing() as db:
        written.wrote(db, [people.find(db, name)], file)


def found(folders: Iterable[Path]) -> set[str]:
    """Secrets in the names or bytes of the files in these folders."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    content = b"".join(path.read_bytes() for path in files) + " ".join(map(str, files)).encode()
    return {secret for secret in SECRETS if secret.encode() in content}


def test_whom_one_deletes_is_really_gone(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORMCHECK_CACHE", str(tmp_path / "kept"))
    zebulon = [analysed(tmp_path / "clips", "Zebulon", i, "Zoomers-9") for i in range(3)]
    ben = analysed(tmp_path / "clips", "Ben", 7)
    out = ben.job.parent
    write_tables(out, [*zebulon, ben])
    sore("zebulon", *range(10), every_days=1)
    page = tmp_path / "pages" / "a.html"
    page.parent.mkdir()
    page_of("Zebulon", page)
    places = [data, out, tmp_path / "kept", page.parent]
    shutil.copytree(out / "0", out / "0-and-1")  # several views of one run, by the first of them
    (ben.job.parent / ben.job.name / "annotated.mp4").write_text("of Ben", encoding="utf-8")
    for name in ("plan.md", "stills/lean.png", *(n for n in (*OUTPUTS, *PLAN_FILES, ANSWERS) if n != "stills")):
        file = ben.job.parent / ben.job.name / name
        file.write_text(file.read_text(encoding="utf-8").replace("quicksilver", "Ben's"), encoding="utf-8")
    (out / "1" / ".formcheck-0123" / "old").mkdir(parents=True)  # a run was killed in the middle of moving its files
    (out / "1" / "report.json").rename(out / "1" / ".formcheck-0123" / "old" / "report.json")
    assert found(places) >= {"Zebulon", "Zoomers-9", "quicksilver"}
    with store.reading():  # SQLite keeps its log as long as somebody reads
        assert run("delete", "Zebulon").exit_code == 2  # nobody to ask
    files = 4 * len((*OUTPUTS, *PLAN_FILES, ANSWERS)) + 3 + 1  # in each folder, the marks, the page
    assert run("delete", "ZEBULON", "--yes").stdout == f"Zebulon is gone: 3 clips, 10 in the diary, {files} files\n"
    assert found(places) - {"blister-left-heel"} == set()  # which Ben's clip has too
    assert all(done.job.video.exists() for done in zebulon)
    assert {path.name for path in out.iterdir()} == {"7", ".batch", *TABLES}
    assert "Ben" in (out / "athletes.csv").read_text(encoding="utf-8-sig")
    assert [path.name[:16] for path in (tmp_path / "kept").iterdir()] == [digest(ben.job.video)[:16]]
    assert run("delete", "Ben", "--yes").exit_code == 0
    assert not out.exists() or not list(out.iterdir())
    assert found(places) == set()


READS = """
import sys
from formcheck.history import people, store
with store.reading() as db:
    db.execute("BEGIN")
    db.execute("SELECT count(*) FROM diary").fetchone()
    print("reads", flush=True)
    sys.stdin.readline()
"""


@posix
def test_while_somebody_reads_it_is_told_that_the_log_may_still_hold_what_was_deleted(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sore("Zebulon", 1, 2, 3)
    sore("Ben", 1)
    monkeypatch.setattr(store, "WAIT_S", 0.1)
    monkeypatch.setattr(store, "SETUP", ("PRAGMA busy_timeout = 50", *store.SETUP[1:]))
    call = [sys.executable, "-c", READS]
    with subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reads\n"
        ended = run("delete", "Zebulon", "--yes")
        assert (ended.exit_code, "may still hold" in ended.stdout) == (1, True)
        reader.communicate("\n")
    assert found([data]) == set()


def test_what_is_not_formchecks_stays_and_is_named(tmp_path: Path) -> None:
    first, second, third = (analysed(tmp_path, "Zebulon", i) for i in range(3))
    places = [done.job.parent / done.job.name for done in (first, second, third)]
    (places[0] / "mine.txt").write_text("mine", encoding="utf-8")
    (places[0] / ANSWERS).write_text('{"answers": 42}', encoding="utf-8")
    other = builders.report(trial=builders.trial(path=tmp_path / "other.mp4"))
    (places[1] / "report.json").write_text(json_text(other), encoding="utf-8")
    with store.writing() as db:
        job, made = replace(third.job, athlete="Ben"), erase.document(places[2] / "report.json", "")
        records.keep(db, job, records.about(job, places[2], made), made)
    left = [line for line in run("delete", "Zebulon", "--yes").stdout.splitlines() if line.startswith("left: ")]
    assert left == [
        f"left: {places[0]}: holds files that may not be formcheck's",
        f"left: {places[1]}: no longer holds a report on this clip",
        f"left: {places[2]}: also belongs to another athlete",
    ]
    assert sorted(path.name for path in places[0].iterdir()) == [ANSWERS, "mine.txt"]
    assert (places[1] / "annotated.mp4").exists()
    assert (places[2] / "annotated.mp4").exists()


@posix
@pytest.mark.parametrize("shut", ["out", "out/0", "out/.batch", "out/0/stills", "pages", "pages/z.html", "kept"])
def test_what_cannot_be_looked_at_is_named_and_keeps_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shut: str
) -> None:
    monkeypatch.setenv("FORMCHECK_CACHE", str(tmp_path / "kept"))
    done = [analysed(tmp_path, "Zebulon", i) for i in range(2)]
    (tmp_path / "pages").mkdir()
    page_of("Zebulon", tmp_path / "pages" / "z.html")
    with barred(tmp_path / shut):
        ended = run("delete", "Zebulon", "--yes")
    left = [line for line in ended.stdout.splitlines() if line.startswith("left: ")]
    assert ended.exit_code == 1, ended.stderr
    assert all("(Permission denied)" in line for line in left)
    named = "pages/z.html" if shut == "pages" else shut
    assert any(line.startswith(f"left: {tmp_path / named}: ") for line in left)
    assert len(left) == (3 if shut == "out" else 1)
    assert shut == "out" or not (done[1].job.parent / done[1].job.name / "report.json").exists()
    assert run("history").stdout.startswith("Nobody")


@posix
def test_a_data_folder_that_cannot_be_listed_may_hold_an_earlier_history(data: Path) -> None:
    sore("Ana", 1)
    with barred(data, 0o300):
        ended = run("delete", "Ana", "--yes")
    assert (ended.exit_code, f"left: {data}: cannot be looked at" in ended.stdout) == (1, True)


def test_somebody_else_in_the_same_film_is_nothing_that_is_left(tmp_path: Path) -> None:
    cem = analysed(tmp_path, "Cem", 0)
    out, dee = cem.job.parent, replace(cem.job, athlete="Dee", name="0-2")
    shutil.copytree(out / "0", out / "0-2")
    store_clip(dee, trunk_lean_deg=9.0)
    ended = run("delete", "Cem", "--yes")
    assert (ended.exit_code, "left:" in ended.stdout) == (0, False)
    assert not (out / "0").exists()
    assert (out / "0-2" / "report.json").exists()


def test_of_plans_only_ours_go_with_the_results(tmp_path: Path) -> None:
    place = analysed(tmp_path, "Zebulon", 0).job.parent / "0"
    (place / "plan.json").write_text('{"my": "plan"}', encoding="utf-8")
    ended = run("delete", "Zebulon", "--yes")
    assert (ended.exit_code, f"left: {place}: holds files that may not be formcheck's" in ended.stdout) == (1, True)
    assert {path.name for path in place.iterdir()} == {*PLAN_FILES}


def test_a_deletion_that_was_broken_off_can_be_begun_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORMCHECK_CACHE", str(tmp_path / "kept"))
    done = analysed(tmp_path, "Zebulon", 0)
    count = 1 + len((*OUTPUTS, *PLAN_FILES, ANSWERS)) + 1  # landmarks, results, mark
    for killed_at in (1, 6, count - 5):
        failing(monkeypatch, killed_at, KeyboardInterrupt())
        assert run("delete", "Zebulon", "--yes").exit_code == 130
    assert run("delete", "Zebulon", "--yes").exit_code == 0
    assert {path.name for path in done.job.parent.rglob("*")} <= {MARKS}


def test_a_batch_says_nothing_of_a_clip_that_was_deleted_with_its_athlete_meanwhile(tmp_path: Path) -> None:
    """Nor of what else was made of the same film, and went too; of others' results that are gone it does."""
    ended = {who: analysed(tmp_path, who, i) for i, who in enumerate(("Zebulon", "Ben"))}
    beside = replace(ended["Zebulon"].job, athlete="", name="beside")
    shutil.copytree(tmp_path / "out" / "0", tmp_path / "out" / "beside")
    ended["beside"] = Done(beside, Outcome("done", tmp_path / "out" / "beside", True))
    keeper = cli_history.Keeper(Display())
    for one in ended.values():
        cli_batch._keep(keeper, one)
    assert cli_batch._there(ended, keeper, Display()) == ended
    assert run("delete", "Zebulon", "--yes").exit_code == 0
    assert cli_batch._there(ended, keeper, Display()) == {"Ben": ended["Ben"]}
    shutil.rmtree(tmp_path / "out")
    found = cli_batch._there(ended, keeper, Display())
    assert {who: one.code for who, one in found.items()} == {"Ben": 1}


def test_a_file_that_cannot_be_deleted_is_named_and_keeps_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORMCHECK_CACHE", str(tmp_path / "kept"))
    done = analysed(tmp_path, "Zebulon", 0)
    failing(monkeypatch, 4, PermissionError(13, "no"))
    ended = run("delete", "Zebulon", "--yes")
    (stuck,) = (path for path in done.job.parent.rglob("*") if path.is_file())
    assert ended.exit_code == 1
    assert f"left: {stuck}: could not be deleted (no)\n" in ended.stdout
    assert run("history").stdout.startswith("Nobody")


def failing(patch: pytest.MonkeyPatch, at: int, error: BaseException) -> None:
    """Deleting files works every time but the at-th."""
    real, times = UNLINK, iter(range(1, 10**6))

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path.suffix != ".lock" and next(times) == at:
            raise error
        real(path, missing_ok)

    patch.setattr(Path, "unlink", unlink)


def put_side_by_side(folder: Path, before: Path, after: Path) -> Path:
    """A comparison, as formcheck compare leaves it."""
    place = folder / f"{before.stem}-vs-{after.stem}"
    place.mkdir(parents=True)
    for name in COMPARISON[:-1]:
        (place / name).write_text("quicksilver", encoding="utf-8")
    told = {"before": str(before), "after": str(after), "verdict": "quicksilver"}
    (place / COMPARISON[-1]).write_text(json.dumps(told), encoding="utf-8")
    return place


def test_all_folders_that_a_clip_was_ever_written_to_go_with_the_comparisons_in_them(tmp_path: Path) -> None:
    """Also those of a clip that was another name's before, and of batches that still mention that name."""
    first = analysed(tmp_path, "Zebulona", 0)
    ben = analysed(tmp_path / "of-ben", "Ben", 9)
    write_tables(tmp_path / "out", [first])
    write_tables(ben.job.parent, [ben])
    shutil.copytree(first.job.parent / "0", tmp_path / "again" / "0")
    store_clip(replace(first.job, athlete="Zebulon", parent=tmp_path / "again"), trunk_lean_deg=9.0)
    store_clip(replace(first.job, athlete="Zebulon", parent=tmp_path / "gone"), trunk_lean_deg=9.0)
    page_of("Zebulona", tmp_path / "her.html")
    assert run("merge", "Zebulon", "Zebulona", "--yes").exit_code == 0
    theirs = put_side_by_side(tmp_path / "again", ben.job.video, first.job.video)
    bens = put_side_by_side(tmp_path / "again", ben.job.video, tmp_path / "other.mp4")
    ended = run("delete", "Zebulon", "--yes")
    left = [line for line in ended.stdout.splitlines() if line.startswith("left: ")]
    assert left == [f"left: {tmp_path / 'gone' / '0'}: {erase.ELSEWHERE}"]
    assert ended.exit_code == 1
    assert not theirs.exists()
    assert len(list(bens.iterdir())) == len(COMPARISON)
    assert found([tmp_path / "out"]) == set()
    assert {path.name for path in tmp_path.iterdir()} == {"data", "0.mp4", "out", "again", "of-ben"}
    assert {path.name for path in (tmp_path / "again").iterdir()} == {bens.name}
    assert "Ben" in (ben.job.parent / "athletes.csv").read_text(encoding="utf-8-sig")


def test_a_comparison_is_found_wherever_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORMCHECK_CACHE", str(tmp_path / "kept"))
    monkeypatch.chdir(tmp_path)
    assert analysed(Path(), "Zebulon", 0).job.video == Path("0.mp4")
    place = put_side_by_side(tmp_path / "out", tmp_path / "0.mp4", tmp_path / "other.mp4")
    monkeypatch.chdir("/")
    assert run("delete", "Zebulon", "--yes").exit_code == 0
    assert not place.exists()


def test_tables_lose_clips_that_had_another_name_and_go_if_they_cannot_be_written_again(tmp_path: Path) -> None:
    anna, ana, ben = (analysed(tmp_path, name, i) for i, name in enumerate(("Anna", "Ana", "Ben")))
    out = ben.job.parent
    failed = Done(replace(anna.job, video=tmp_path / "dark.mp4"), None, "too dark", 3)
    write_tables(out, [anna, ana, ben, failed])
    assert run("merge", "Ana", "Anna", "--yes").exit_code == 0
    assert run("delete", "Ana", "--yes").exit_code == 0
    told = json.loads((out / "batch.json").read_text(encoding="utf-8"))
    assert [clip["athlete"] for clip in told["clips"]] == ["Ben"]
    cy = analysed(tmp_path, "Cy", 3)
    write_tables(out, [ben, cy])
    (out / ben.job.name / "steps.csv").unlink()
    ended = run("delete", "Cy", "--yes")
    assert (ended.exit_code, "its tables named Cy and are gone" in ended.stdout) == (1, True)
    assert {path.name for path in out.iterdir()} == {ben.job.name, MARKS}


@pytest.mark.skipif(sys.platform != "linux", reason="not every system has such names")
def test_results_in_a_folder_whose_name_is_no_text_are_deleted_too(tmp_path: Path) -> None:
    done = analysed(tmp_path, "Ana", 0)
    (done.job.parent / done.job.name).rename(done.job.parent / "caf\udce9")
    ended = run("delete", "Ana", "--yes")
    assert (ended.exit_code, ended.stdout.splitlines()[0][:20]) == (
        1,
        "Ana is gone: 1 clip,",
    )  # where it was, it is not
    assert {path.name for path in done.job.parent.iterdir()} <= {MARKS}


@pytest.mark.skipif(sys.platform != "linux", reason="not every system has such names")
@pytest.mark.parametrize("place", ["caf\udce9", "caf\udce9/a/\udcff\udcfe"])
def test_results_below_a_folder_whose_name_is_no_text_are_found_there(tmp_path: Path, place: str) -> None:
    """By an athlete's page, which links to them, and by who deletes the athlete: with the page, plan and tables."""
    below = tmp_path / place
    below.mkdir(parents=True)
    ana, ben = (analysed(below, name, i) for i, name in enumerate(("Ana", "Ben")))
    write_tables(below / "out", [ana, ben])
    assert run("athlete", "Ana", "-o", below / "ana.html").exit_code == 0
    links = re.findall('href="([^"#]+/report.html)"', (below / "ana.html").read_text(encoding="utf-8"))
    assert [(below / os.fsdecode(unquote_to_bytes(link))).exists() for link in links] == [True]
    assert run("export", "Ana", "-o", tmp_path / "ana.zip").exit_code == 0
    told = json.loads(run("history", "Ana", "--json").stdout)["athletes"][0]["clips"][0]["folder"]
    assert told == readable(str(ana.job.parent / ana.job.name))
    ended = run("delete", "Ana", "--yes")
    assert (ended.exit_code, "left: " in ended.stdout) == (0, False)
    assert not (below / "ana.html").exists()
    assert {path.name for path in (below / "out").iterdir()} == {ben.job.name, MARKS, *TABLES}
    assert "Ana" not in (below / "out" / "athletes.csv").read_text(encoding="utf-8-sig")


@pytest.mark.skipif(sys.platform != "linux", reason="not every system has such names")
def test_of_two_folders_that_are_noted_alike_neither_is_taken_for_the_other(tmp_path: Path) -> None:
    for name in ("\udce9", "\udce8"):
        (tmp_path / name).mkdir()
    ana = analysed(tmp_path / "\udce9", "Ana", 0)
    ended = run("delete", "Ana", "--yes")
    assert (ended.exit_code, ended.stdout.count(erase.ELSEWHERE)) == (1, 1)
    assert (ana.job.parent / ana.job.name / "report.json").exists()


def test_rows_that_outlive_a_batch_of_failures_go_with_their_athlete(tmp_path: Path) -> None:
    ana, ben = (analysed(tmp_path, name, i) for i, name in enumerate(("Ana", "Ben")))
    out = ana.job.parent
    write_tables(out, [ana, ben])
    renew_tables(out, [Done(replace(ana.job, video=tmp_path / "dark.mp4", athlete=""), None, "too dark", 3)])
    assert "Ana" in (out / "athletes.csv").read_text(encoding="utf-8-sig")
    assert run("delete", "Ana", "--yes").exit_code == 0
    assert "Ana" not in (out / "athletes.csv").read_text(encoding="utf-8-sig")
    told = json.loads((out / "batch.json").read_text(encoding="utf-8"))
    assert [(clip["athlete"], clip["state"]) for clip in told["clips"]] == [("Ben", "done"), ("", "failed")]


def test_results_that_a_batch_lists_for_somebody_else_stay(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Perhaps somebody of a colleague's history, whose batch found them there; with the report on several views."""
    monkeypatch.setenv("FORMCHECK_CACHE", str(tmp_path / "kept"))
    fay, gus = (analysed(tmp_path, name, i) for i, name in enumerate(("Fay", "Gus")))
    alone = analysed(tmp_path / "else", "Fay", 3)
    out, place = fay.job.parent, fay.job.parent / fay.job.name
    shutil.copytree(place, out / "views")
    page_of("Fay", place / "mine.html")
    write_tables(out, [fay, gus])
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "of-a-colleague"))
    faye = replace(fay, job=replace(fay.job, athlete="Faye"))
    store_clip(faye.job, trunk_lean_deg=9.0)
    write_tables(out, [faye])
    theirs = {name: (out / name).read_bytes() for name in TABLES}
    monkeypatch.setenv("FORMCHECK_DATA", str(data))
    ended = run("delete", "Fay", "--yes")
    left = [line for line in ended.stdout.splitlines() if line.startswith("left: ")]
    assert left == [f"left: {what}: {erase.SHARED}" for what in (place, out / "views", place / "mine.html")]
    assert ended.exit_code == 1
    assert all((folder / "report.json").exists() for folder in (place, out / "views"))
    assert not (alone.job.parent / alone.job.name).exists()
    assert {name: (out / name).read_bytes() for name in TABLES} == theirs
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "of-a-colleague"))
    (place / "mine.html").unlink()
    assert run("delete", "Faye", "--yes").exit_code == 0
    assert {path.name for path in out.iterdir()} == {gus.job.name}


def test_tables_no_longer_name_whom_one_deletes_though_the_results_are_another_s_too(tmp_path: Path) -> None:
    ana, ben = (analysed(tmp_path, name, i) for i, name in enumerate(("Ana", "Ben")))
    store_clip(replace(ana.job, athlete="Anna"), trunk_lean_deg=9.0)
    write_tables(ana.job.parent, [ana, ben])
    assert run("delete", "Ana", "--yes").exit_code == 1
    told = json.loads((ana.job.parent / "batch.json").read_text(encoding="utf-8"))
    assert [row["athlete"] for row in told["clips"]] == ["Ben"]


@pytest.mark.parametrize("since", ["an earlier version", "told apart", "another of that name"])
def test_results_kept_by_a_name_that_was_merged_go_whatever_the_name_means_by_now(tmp_path: Path, since: str) -> None:
    """An earlier version noted no names; nor does the name mean the athlete once it was told apart."""
    anna, ana, ben = (analysed(tmp_path, name, i) for i, name in enumerate(("Anna", "Ana", "Ben")))
    failed = Done(replace(anna.job, video=tmp_path / "dark.mp4"), None, "too dark", 3)
    write_tables(tmp_path / "out", [anna, ana, ben, failed])
    assert run("merge", "Ana", "Anna", "--yes").exit_code == 0
    if since == "an earlier version":
        with store.writing() as db:
            db.execute("DELETE FROM called")
            db.execute("DELETE FROM alias")
    else:
        assert run("delete", "Anna", "--yes").exit_code == 0
    if since == "another of that name":
        failed = replace(failed, job=replace(failed.job, athlete=""))
        write_tables(tmp_path / "out", [anna, ana, ben, failed])
        sore("Anna", 2)
    ended = run("delete", "Ana", "--yes")
    assert (ended.exit_code, "left: " in ended.stdout) == (0, False)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {ben.job.name, MARKS, *TABLES}
    told = json.loads((tmp_path / "out" / "batch.json").read_text(encoding="utf-8"))
    assert {clip["athlete"] for clip in told["clips"]} - {""} == {"Ben"}


def test_results_that_nobody_noted_a_name_for_stay_where_they_are_listed_for_another_of_the_history(
    tmp_path: Path,
) -> None:
    anna = analysed(tmp_path, "Anna", 0)
    store_clip(replace(anna.job, athlete="Ana"), trunk_lean_deg=9.0)
    with store.writing() as db:
        db.execute("DELETE FROM called")
        db.execute("DELETE FROM place WHERE athlete <> (SELECT id FROM athlete WHERE name = 'Ana')")
    write_tables(tmp_path / "out", [anna])
    ended = run("delete", "Ana", "--yes")
    assert (ended.exit_code, f"{anna.job.parent / '0'}: {erase.SHARED}" in ended.stdout) == (1, True)
    assert (anna.job.parent / "0" / "report.json").exists()


def test_once_a_name_was_noted_results_that_are_listed_by_any_other_stay(tmp_path: Path) -> None:
    fay = analysed(tmp_path, "Fay", 0)
    with store.writing() as db:
        db.execute("DELETE FROM called")
    store_clip(fay.job, trunk_lean_deg=9.0)
    write_tables(tmp_path / "out", [replace(fay, job=replace(fay.job, athlete="Faye"))])
    ended = run("delete", "Fay", "--yes")
    assert (ended.exit_code, f"{fay.job.parent / '0'}: {erase.SHARED}" in ended.stdout) == (1, True)
    assert (fay.job.parent / "0" / "report.json").exists()


@pytest.mark.parametrize("gone", [False, True])
@pytest.mark.parametrize("where", ["above", "there", "below", "moved", "renamed"])
def test_of_two_folders_of_one_name_each_is_told_by_the_whole_path_in_its_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, gone: bool
) -> None:
    """Wherever the batch was begun, and if it was moved; also if the other's results are no longer there."""
    batch = tmp_path / "season"
    ana, ben = analysed(batch, "Ana", 0), analysed(batch / "x", "Ben", 0)
    begun, out = {"there": (batch, "."), "below": (batch / "x", "..")}.get(where, (tmp_path, "season"))
    monkeypatch.chdir(begun)
    listed = [
        replace(done, outcome=replace(done.outcome, folder=Path(out, below, "0")))
        for done, below in ((ana, "out"), (ben, "x/out"))
        if done.outcome
    ]
    write_tables(batch, listed)
    monkeypatch.chdir(tmp_path)
    if where in ("moved", "renamed"):
        moved = tmp_path / ("season-2" if where == "renamed" else "elsewhere/season")
        shutil.copytree(batch, moved)
        shutil.rmtree(batch / "out")
        (batch / "batch.json").unlink()
        batch = moved
        store_clip(replace(ana.job, parent=batch / "out"), trunk_lean_deg=9.0)
    if gone:
        shutil.rmtree(batch / "x" / "out" / "0")
    ended = run("delete", "Ana", "--yes")
    assert erase.SHARED not in ended.stdout
    assert not (batch / "out").exists()
    if gone:
        assert f"left: {batch}: its tables named Ana and are gone" in ended.stdout
    else:
        told = json.loads((batch / "batch.json").read_text(encoding="utf-8"))
        assert [Path(clip["folder"]) for clip in told["clips"]] == [batch / "x" / "out" / "0"]


def test_subfolders_of_a_batch_go_with_what_was_in_them(tmp_path: Path) -> None:
    """A coach who keeps a folder for each athlete has the name in that of the results."""
    ana, ben, cy = (analysed(tmp_path / name / "late", name, i) for i, name in enumerate(("Ana", "Ben", "Cy")))
    for done in (ana, ben):
        done.job.video.unlink()
    (ben.job.parent / "mine.txt").write_text("mine", encoding="utf-8")
    write_tables(tmp_path, [ana, ben, cy])
    assert run("delete", "Ana", "--yes").exit_code == 0
    assert run("delete", "Ben", "--yes").exit_code == 0
    assert not (tmp_path / "Ana").exists()
    assert [*ben.job.parent.iterdir()] == [ben.job.parent / "mine.txt"]
    assert (cy.job.parent / cy.job.name / "report.json").exists()
    assert run("delete", "Cy", "--yes").exit_code == 0
    assert [path.name for path in (tmp_path / "Cy" / "late").iterdir()] == ["2.mp4"]


def test_of_pages_only_those_go_that_say_they_are_of_the_athlete(tmp_path: Path) -> None:
    for name in ("Ana", "Ben"):
        sore(name, 1)
    pages = {name: tmp_path / f"{name}.html" for name in ("shared", "thesis", "moved", "link", "real", "mine")}
    pages["link"].symlink_to(pages["real"]) if os.name == "posix" else None
    for name in ("shared", "thesis", "moved", "link", "mine"):
        assert run("athlete", "Ana", "-o", pages[name]).exit_code == 0
    assert run("athlete", "Ben", "-o", pages["shared"]).exit_code == 0
    if os.name == "posix":
        assert run("athlete", "Ana", "-o", "/dev/null").exit_code == 0
    assert run("athlete", "Ana", "-o", tmp_path / "mine.html" / "x.html").exit_code == 1  # could not be written
    pages["thesis"].write_text("mine", encoding="utf-8")
    pages["moved"].rename(tmp_path / "elsewhere.html")
    pages["mine"].unlink()
    pages["mine"].mkdir()
    ended = run("delete", "Ana", "--yes")
    left = sorted(line for line in ended.stdout.splitlines() if line.startswith("left: "))
    other = "is not what formcheck wrote there"
    assert left == [
        f"left: {pages['mine']}: {other}",
        f"left: {pages['moved']}: {erase.ELSEWHERE}",
        f"left: {pages['thesis']}: {other}",
    ]
    assert ended.exit_code == 1
    assert not pages["real"].exists()
    assert pages["shared"].exists()
    assert run("delete", "Ben", "--yes").exit_code == 0
    assert not pages["shared"].exists()


def results_of(who: str, folder: Path, number: int = 0) -> Path:
    """The folder of an analysis, without answers."""
    job = analysed(folder, who, number).job
    (job.parent / job.name / ANSWERS).unlink()
    return job.parent / job.name


def writing(folder: Path, name: str, places: Sequence[Path]) -> tuple[dict[str, Path], dict[tuple[object, ...], int]]:
    """Every command that writes about an athlete to places that its user names, with its exit code; these places."""
    folder.mkdir()
    files = ("answers.json", "triage.html", "return.html", "stop.html", "page.html", "all.zip", "runs.csv")
    named = {name: folder / name for name in files}
    since = ("--athlete", name, "--since", "2026-01-01")
    stop = ("--symptoms", named["answers.json"], "--html", named["stop.html"])
    add = ("--add", "2026-01-20 25min pain-free")
    flags = ("--red-flags", "fever", "-o", named["answers.json"], "--html", named["triage.html"])
    return named, {
        ("triage", "--athlete", name, *flags): 0,
        ("return", *since, "--html", named["return.html"]): 0,
        ("return", *since, *stop): 6,
        ("return", *since, "--log", named["runs.csv"], *add): 0,
        ("plan", places[0], "-o", folder / "plan"): 0,
        ("compare", *places, "-o", folder, "--no-video"): 0,
        ("athlete", name, "-o", named["page.html"]): 0,
        ("export", name, "-o", named["all.zip"]): 0,
    }


def write_all(folder: Path, name: str, places: Sequence[Path]) -> dict[str, Path]:
    """What all of them write."""
    named, commands = writing(folder, name, places)
    for command, code in commands.items():
        done = run(*command)
        assert done.exit_code == code, (command, done.stderr)
    return named


def test_what_every_command_wrote_about_an_athlete_is_found(tmp_path: Path) -> None:
    zoe = [results_of("Zoe", tmp_path / "clips", i) for i in range(2)]
    ben = [results_of("Ben", tmp_path / "of-ben", i) for i in range(2)]
    for name in ("Zoe", "Ben"):
        sore(name, 1, 0)
    named = write_all(tmp_path / "zoe", "Zoe", zoe)
    write_all(tmp_path / "ben", "Ben", ben)
    bens = {path: path.read_bytes() for path in (tmp_path / "ben").rglob("*") if path.is_file()}
    assert {*PLAN_FILES, *COMPARISON[1:]} < {path.name for path in bens}
    ended = run("delete", "Zoe", "--yes")
    told = "your own log of runs or export; delete it if you no longer want it"
    kept = [f"kept: {named[name]}: {told}" for name in ("all.zip", "runs.csv")]
    assert (ended.exit_code, ended.stdout.splitlines()[1:]) == (0, kept)
    assert {path.name for path in (tmp_path / "zoe").iterdir()} == {"all.zip", "runs.csv"}
    assert {path: path.read_bytes() for path in (tmp_path / "ben").rglob("*") if path.is_file()} == bens


def test_what_was_written_is_found_also_if_it_could_not_be_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the reader of the output is gone."""

    def gone(*_: object, err: bool = False, **__: object) -> None:
        if not err:
            raise BrokenPipeError(errno.EPIPE, "nobody reads any more")

    zoe = [results_of("Zoe", tmp_path / "clips", i) for i in range(2)]
    sore("Zoe", 1, 0)
    _, commands = writing(tmp_path / "zoe", "Zoe", zoe)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(click, "echo", gone)
        meanwhile.setattr(cli_output, "screen", gone)
        assert {run(*command).exit_code for command in commands} == {141}
    assert len(list((tmp_path / "zoe").iterdir())) == 9
    ended = run("delete", "Zoe", "--yes")
    assert (ended.exit_code, ended.stdout.count("kept: ")) == (0, 2)
    assert {path.name for path in (tmp_path / "zoe").iterdir()} == {"all.zip", "runs.csv"}


def test_what_could_not_be_remembered_is_named_and_there_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever command wrote it; a page on all of an athlete is not written then."""

    def full(*_: object) -> None:
        raise FormcheckError("the disk is full")

    zoe = [results_of("Zoe", tmp_path / "clips", i) for i in range(2)]
    sore("Zoe", 1, 0)
    _, commands = writing(tmp_path / "zoe", "Zoe", zoe)
    monkeypatch.setattr(written, "wrote", full)
    for command, code in commands.items():
        done = run(*command)
        page = command[0] == "athlete"
        assert (done.exit_code, bool(done.stdout)) == (1 if page else code, not page), (command, done.stderr)
        assert page or f"so formcheck delete will not find {tmp_path / 'zoe'}" in done.stderr


def test_of_what_was_written_only_that_goes_which_is_as_it_was(tmp_path: Path) -> None:
    zoe = [results_of("Zoe", tmp_path / "clips", i) for i in range(2)]
    named = write_all(tmp_path / "zoe", "Zoe", zoe)
    named["answers.json"].write_text('{"red_flags": "none"}', encoding="utf-8")
    assert run("load", "--html", named["triage.html"]).exit_code == 0  # of nobody, in its place
    named["return.html"].rename(tmp_path / "elsewhere.html")
    named["all.zip"].unlink()
    (tmp_path / "zoe" / "plan" / "mine.txt").touch()
    ended = run("delete", "Zoe", "--yes")
    other = "is not what formcheck wrote there"
    assert sorted(line for line in ended.stdout.splitlines() if line.startswith("left: ")) == [
        f"left: {named['answers.json']}: {other}",
        f"left: {named['return.html']}: {erase.ELSEWHERE}",
        f"left: {named['triage.html']}: {other}",
    ]
    assert ended.exit_code == 1
    assert [path.name for path in (tmp_path / "zoe" / "plan").iterdir()] == ["mine.txt"]


def test_a_comparison_of_two_athletes_goes_with_the_first_who_is_deleted(tmp_path: Path) -> None:
    zoe, ben = (results_of(name, tmp_path / name, i) for i, name in enumerate(("Zoe", "Ben")))
    assert run("compare", zoe, ben, "-o", tmp_path / "both", "--no-video").exit_code == 0
    assert run("delete", "Zoe", "--yes").exit_code == 0
    assert not list((tmp_path / "both").iterdir())
    ended = run("delete", "Ben", "--yes")
    assert (ended.exit_code, "left:" in ended.stdout) == (0, False)


def test_a_plan_beside_results_that_another_has_too_stays_with_them(tmp_path: Path) -> None:
    zoe = results_of("Zoe", tmp_path)
    store_clip(replace(clip(tmp_path, "Zoe"), athlete="Ben"), trunk_lean_deg=9.0)
    assert run("plan", zoe).exit_code == 0
    ended = run("delete", "Zoe", "--yes")
    assert (ended.exit_code, f"left: {zoe}: also belongs to another athlete" in ended.stdout) == (1, True)
    assert {*PLAN_FILES} < {path.name for path in zoe.iterdir()}


def test_a_log_of_two_athletes_is_named_for_each(tmp_path: Path) -> None:
    log = tmp_path / "runs.csv"
    for day, name in ((1, "Zoe"), (3, "Ben")):
        sore(name, 0)
        run(
            "return",
            "--log",
            log,
            "--athlete",
            name,
            "--add",
            f"2026-11-0{day} 25min pain-free",
            "--today",
            "2026-11-09",
        )
    for name in ("Zoe", "Ben"):
        assert f"kept: {log}: your own log of runs" in run("delete", name, "--yes").stdout
    assert log.exists()


def test_a_plan_is_written_whatever_becomes_of_the_history(data: Path, tmp_path: Path) -> None:
    zoe = results_of("Zoe", tmp_path)
    assert run("plan", zoe, "-o", tmp_path / "plan").exit_code == 0
    store.file().write_bytes(b"dear diary\n" * 500)
    broken = run("plan", zoe, "-o", tmp_path / "other")
    assert broken.exit_code == 0
    unseen, lost = broken.stderr.splitlines()
    assert unseen.endswith("so no diary was looked at for signs to stop")
    assert f"so formcheck delete will not find {tmp_path / 'other' / PLAN_FILES[0]}" in lost
    assert {path.name for path in (tmp_path / "other").iterdir()} == {*PLAN_FILES}
    page = (tmp_path / "other" / "plan.md").read_text(encoding="utf-8")
    calendar = (tmp_path / "other" / "plan.ics").read_text(encoding="utf-8").replace("\n ", "")
    unread = "The diary could not be read"
    assert unread in page.split("## Before you start")[1].split("\n\n")[1]
    assert broken.stdout.index(unread) < broken.stdout.index("This week")
    assert calendar.count(unread) == calendar.count("BEGIN:VEVENT") > 0
    assert json.loads((tmp_path / "other" / "plan.json").read_text(encoding="utf-8"))["diary_unread"] is True
    assert json.loads((tmp_path / "plan" / "plan.json").read_text(encoding="utf-8"))["diary_unread"] is False
    assert unread not in (tmp_path / "plan" / "plan.md").read_text(encoding="utf-8")
    shutil.rmtree(data)
    assert run("plan", zoe, "-o", tmp_path / "third").exit_code == 0
    assert not data.exists()


def test_a_page_of_an_earlier_version_goes_by_the_mark_in_it(tmp_path: Path) -> None:
    page = tmp_path / "old.html"
    sore("Ana", 1)
    page_of("Ana", page)
    page.write_text('<meta name="formcheck-athlete" content="0123456789ab">Ana', encoding="utf-8")
    with store.writing() as db:
        db.execute("UPDATE page SET mark = '0123456789ab'")
    assert run("delete", "Ana", "--yes").exit_code == 0
    assert not page.exists()


def test_what_is_stored_while_an_athlete_is_deleted_goes_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    analysed(tmp_path, "Zebulon", 0)
    real, rounds = erase._files, iter((1, 0, 2))

    def files(known: erase.Known, gone: erase.Gone) -> None:
        """And meanwhile somebody analyses another clip, and then the first one again."""
        real(known, gone)
        if (number := next(rounds)) < 2:
            analysed(tmp_path, "Zebulon", number)

    monkeypatch.setattr(erase, "_files", files)
    assert run("delete", "Zebulon", "--yes").exit_code == 0
    assert not list((tmp_path / "out").glob("*/report.json"))
    assert run("history").stdout.startswith("Nobody")


def test_a_history_that_was_set_aside_is_named(data: Path, tmp_path: Path) -> None:
    fill(tmp_path)
    run("backup", tmp_path / "copy")
    run("restore", tmp_path / "copy", "--replace")
    (aside,) = data.glob("*.before-*")
    ended = run("delete", "Ben", "--yes")
    assert (ended.exit_code, f"left: {aside}: is the history from before a restore" in ended.stdout) == (1, True)


@pytest.mark.parametrize("who", ["Ana", "Faye"])
def test_results_in_a_subfolder_called_as_the_batch_are_not_sought_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    """Of a batch that was begun in its own folder; Faye is somebody of another history."""
    batch = tmp_path / "season"
    ana, ben = analysed(batch / "season", "Ana", 0), analysed(batch / "season", "Ben", 1)
    monkeypatch.chdir(batch)
    listed = [
        replace(done, job=replace(done.job, athlete=name), outcome=replace(done.outcome, folder=Path("season/out", at)))
        for done, name, at in ((ana, who, "0"), (ben, "Ben", "1"))
        if done.outcome
    ]
    write_tables(batch, listed)
    ended = run("delete", "Ana", "--yes")
    assert (ended.exit_code, erase.SHARED in ended.stdout) == ((0, False) if who == "Ana" else (1, True))
    assert (batch / "season" / "out" / "0" / "report.json").exists() == (who == "Faye")
    told = json.loads((batch / "batch.json").read_text(encoding="utf-8"))
    assert [clip["athlete"] for clip in told["clips"]] == (["Ben"] if who == "Ana" else ["Faye", "Ben"])
