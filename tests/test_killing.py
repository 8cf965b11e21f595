"""Killed at any moment, a batch loses nothing, does nothing twice and leaves nothing half-written."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import killing
from benchmarks.hostile.system import ON_DISK, may_mount
from benchmarks.killing import Place

ROOT = Path(__file__).parent.parent
PAGE_BYTES = 4096  # of a disk in memory

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

AT_EVERY_STEP = """
import os, shutil, signal, sys
from pathlib import Path
import pyarrow.parquet, xlsxwriter
import builders
from formcheck import pipeline
from formcheck.batch.jobs import Job
from formcheck.batch.tables import Done, write_tables
from formcheck.batch.work import analyse_once

clip = Path(sys.argv[1]) / "run.mp4"
clip.write_bytes(b"a clip")
out = clip.parent / "out"
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir"}

def batch(cadence, kill_at=0):
    '''In a process of its own, which may be killed right before a change to the disk; whether it was.'''
    if child := os.fork():
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    steps = 0
    def hook(event, said):
        nonlocal steps
        if event in CHANGES or (event == "open" and isinstance(said[2], int) and said[2] & os.O_CREAT):
            steps += 1
            if steps == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    write(cadence, out)
    os._exit(0)

def write(cadence, out):
    made = builders.report(builders.measured("cadence_spm", cadence), trial=builders.trial(path=clip))
    pipeline.analyze = lambda *_: made
    job = Job(clip, out, "run", {"height_cm": cadence, "cache": False}, with_video=False)
    write_tables(out, [Done(job, analyse_once(job, lambda *_: None))])

def left():
    return {str(p.relative_to(out)): b"" if p.is_dir() else p.read_bytes() for p in out.rglob("*")}

def results(found):
    '''Whatever says how long it took, or when it was made, by its name only; without marks.'''
    timed = ("batch.json", "athletes.xlsx")
    return {n: b"" if n in timed else c for n, c in found.items() if not n.startswith(".batch/")}

write(160.0, clip.parent / "warm")  # what is loaded and compiled once, those that are killed inherit
assert not batch(180.0)
new = left()
assert not batch(170.0)
old = left()
shutil.copytree(out, clip.parent / "old")  # with a mark that says what results of 180 steps/min are
for begin in (None, clip.parent / "old"):
    kill_at = 0
    killed = True
    while killed:
        kill_at += 1
        shutil.rmtree(out)
        if begin is not None:
            shutil.copytree(begin, out)
        killed = batch(180.0, kill_at)
        found = left() if out.exists() else {}
        report = found.get("run/report.json")
        for whole in (old, new):
            if report == whole["run/report.json"]:
                assert all(found[f"run/{n}.csv"] == whole[f"run/{n}.csv"] for n in ("steps", "frames")), kill_at
        assert report in (None, old["run/report.json"], new["run/report.json"]), kill_at
        write(180.0, out)
        assert results(left()) == results(new), (kill_at, set(left()) ^ set(new))
        assert not [n for n in left() if n.endswith(".lock")], kill_at
    print(kill_at - 1)
"""


@pytest.mark.slow
@posix
def test_killed_before_any_change_to_the_disk_the_next_batch_makes_it_whole(tmp_path: Path) -> None:
    """And what is there in the meantime belongs together: a report with the steps and frames it was made with."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), *sys.path])}
    call = [sys.executable, "-c", AT_EVERY_STEP, str(tmp_path)]
    done = subprocess.run(call, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    fresh, replaced = map(int, done.stdout.split())
    assert replaced > fresh > 30


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Three clips whose landmarks are known."""
    place = Place(tmp_path_factory.mktemp("killed") / "place", 3)
    assert list(killing.together(place, ("--no-video",))) == []
    return place


@pytest.mark.slow
@posix
@pytest.mark.parametrize("number", range(6))  # each victim, with and without films and other batches
def test_killed_at_a_random_moment_a_batch_is_harmed_in_no_way(place: Place, number: int) -> None:
    _, harm = killing.play(place, number, seed=5)
    assert harm == []


@pytest.mark.slow
@posix
def test_harm_is_seen(place: Place) -> None:
    """By the same bench that reports none."""
    shutil.rmtree(place.out)
    assert list(killing.ended(place, [place.start("--no-video")])) == []
    assert list(killing.harm(place, None)) == []
    folder = place.out / "clip0"
    report = (folder / "report.json").read_bytes()

    def columns() -> set[str]:
        return {harm.column for harm in killing.harm(place, None)}

    (folder / "steps.csv").unlink()
    assert columns() == {"half-written"}
    (folder / "steps.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (folder / "report.json").write_bytes(report.replace(b"clip0.mp4", b"clip1.mp4"))
    assert columns() == {"lost", "done twice"}
    (folder / "report.json").write_bytes(report)
    (folder / ".formcheck-x").mkdir()
    assert columns() == {"left over"}
    (folder / ".formcheck-x").rmdir()
    (place.out / "athletes.parquet").write_bytes(b"PAR1")
    assert columns() == {"half-written"}


def signalled(place: Place, sign: signal.Signals, send: Callable[[int, int], None]) -> tuple[int, str, float]:
    """A batch told to end while it draws: its exit code, what it said, and seconds until all of it was gone."""
    shutil.rmtree(place.out, ignore_errors=True)
    batch = place.start()
    place.begun(batch)
    until_drawing_s = time.monotonic() + 60
    while not any(place.out.glob("*/.formcheck-*/*")) and time.monotonic() < until_drawing_s:
        time.sleep(0.01)
    assert len(killing.workers(batch.pid)) == killing.WORKERS
    begin_s = time.monotonic()
    send(batch.pid, sign)
    said, problems = batch.communicate(timeout=60)
    assert said == ""
    while killing.members(batch.pid) and time.monotonic() < begin_s + 60:
        time.sleep(0.05)
    return batch.returncode, problems, time.monotonic() - begin_s


@pytest.mark.slow
@posix
@pytest.mark.parametrize(("sign", "send"), [(signal.SIGINT, os.killpg), (signal.SIGTERM, os.kill)])
def test_told_to_end_a_batch_ends_in_one_line_and_leaves_nothing_half_written(
    place: Place, sign: signal.Signals, send: Callable[[int, int], None]
) -> None:
    """As a terminal does, to all processes; and as a system does, to the first."""
    code, problems, seconds = signalled(place, sign, send)
    assert (code, problems) == (130, "formcheck: interrupted; nothing half-written is left\n")
    assert seconds < 5
    whole = killing.FILES | {killing.FILM}
    for folder in (path for path in place.out.iterdir() if path.name != ".batch"):
        assert {path.name for path in folder.iterdir()} - {killing.STILLS} == whole
    assert not [path for path in place.out.rglob("*") if path.suffix == ".lock"]
    again = place.start()
    assert list(killing.ended(place, [again])) == []
    assert list(killing.harm(place, killing.FILM)) == []


def on_disk(folder: Path) -> int:
    """Bytes taken by its content, in whole pages."""
    return sum(-(-path.stat().st_size // PAGE_BYTES) * PAGE_BYTES for path in folder.rglob("*") if path.is_file())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux" or not may_mount(), reason="no small disk can be had here")
@pytest.mark.parametrize(("clips", "tables", "code"), [(1, 0.5, 1), (2, 2.0, 5)])
def test_on_a_full_disk_what_found_no_room_is_named_and_nothing_is_half_written(
    place: Place, tmp_path: Path, clips: int, tables: float, code: int
) -> None:
    """There is room for one clip but not the tables; or for two clips and the tables."""
    for clip in place.clips[1:]:  # with the same content, so that the results of all are equally large
        clip.write_bytes(place.clips[0].read_bytes() + clip.read_bytes()[-12:])
    call = [*place.command("--no-video", "--stick-figure"), "--quiet"]
    call[call.index("--workers") + 1] = "1"  # one after the other
    call.remove("--json")
    call[call.index("-o") + 1] = str(tmp_path / "with-room")
    subprocess.run(call, env=place.environment, check=True, capture_output=True)
    of_clip, of_all = (on_disk(tmp_path / "with-room" / part) for part in (place.clips[0].stem, ""))
    size = int(clips * of_clip + tables * (of_all - len(place.clips) * of_clip))
    call[call.index("-o") + 1] = "disk"
    script = ["unshare", "-m", "sh", "-c", ON_DISK.format(size=size, before=""), "sh", *call]
    done = subprocess.run(script, cwd=tmp_path, capture_output=True, text=True, env=place.environment, check=False)
    out = tmp_path / "out"
    folders = [path for path in out.iterdir() if path.is_dir() and path.name != ".batch"]
    problems = done.stderr.splitlines()
    assert done.returncode == code, problems
    assert all("could not be written: the disk is full" in line for line in problems), problems
    named = {clip.stem for clip in place.clips for line in problems if str(clip) in line}
    assert {folder.name for folder in folders} == {clip.stem for clip in place.clips} - named
    assert all({path.name for path in folder.iterdir()} - {killing.STILLS} == killing.FILES for folder in folders)
    assert {path.name for path in out.iterdir() if path.is_file()} == (set(killing.TABLES) if code == 5 else set())
    assert not [path for path in out.rglob("*") if path.name.startswith(".formcheck-") or path.suffix == ".lock"]


@pytest.mark.slow
@posix
def test_readers_that_go_and_streams_that_are_closed_harm_no_batch(place: Place) -> None:
    shutil.rmtree(place.out, ignore_errors=True)
    for end, code in (("2>&1 >&-", 0), ("2>&-", 0), ("| true; exit ${PIPESTATUS[0]}", 141)):
        call = ["bash", "-c", f'"$@" {end}', "bash", *place.command("--no-video")]
        done = subprocess.run(call, capture_output=True, text=True, env=place.environment, check=False)
        assert (done.returncode, done.stderr) == (code, "")
        assert list(killing.harm(place, None)) == []
