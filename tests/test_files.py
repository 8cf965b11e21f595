"""Results are complete, each in a place of its own, whatever is killed and whatever else writes there."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from formcheck import files
from formcheck.datatypes import FormcheckError
from formcheck.files import claimed, replacing, replacing_all, safe_name, somebody_elses, write_text

HOLD = """
import sys, time
from pathlib import Path
from formcheck.files import {call}
with {call}(Path(sys.argv[1]), {arguments}):
    print("there", flush=True)
    time.sleep(60)
"""


def holder(folder: Path, call: str, arguments: str) -> subprocess.Popen[str]:
    """Another process in the middle of its work."""
    code = HOLD.format(call=call, arguments=arguments)
    process = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "there\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever finds a name taken waits less long for it."""
    monkeypatch.setattr(files, "MOMENT_S", 0.1)


@pytest.mark.usefixtures("hurried")
def test_two_at_once_get_two_folders(tmp_path: Path) -> None:
    other = holder(tmp_path, "claimed", "'run', lambda _: True")
    try:
        with claimed(tmp_path, "run", lambda _: True) as folder, claimed(tmp_path, "run", lambda _: True) as third:
            assert (folder.name, third.name) == ("run-2", "run-3")
    finally:
        end(other)
    with claimed(tmp_path, "run", lambda _: True) as folder:
        assert folder.name == "run"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(("one", "other"), [("Run", "run"), ("\xe9", "e\u0301")])
def test_a_name_that_is_spelt_otherwise_is_the_same_folder_on_some_disks(tmp_path: Path, one: str, other: str) -> None:
    with claimed(tmp_path, one, lambda _: True), claimed(tmp_path, other, lambda _: True) as folder:
        assert folder.name == f"{other}-2"


def test_half_a_letter_in_a_name_hurts_nobody(tmp_path: Path) -> None:
    """Windows allows it."""
    with claimed(tmp_path, "\ud83d", lambda _: True) as folder:
        assert folder.name == "\ud83d"


def test_a_folder_that_holds_others_results_is_left_alone(tmp_path: Path) -> None:
    with claimed(tmp_path, "run", lambda folder: folder.name == "run-4") as folder:
        assert folder.name == "run-4"


def test_a_claim_leaves_no_new_folder_behind(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), claimed(tmp_path / "new", "run", lambda _: True):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_swept_away_but_not_what_is_being_written(tmp_path: Path) -> None:
    killed, alive = (holder(tmp_path, "replacing_all", "['a.txt']") for _ in range(2))
    end(killed)
    try:
        assert len([path for path in tmp_path.glob(".formcheck-*") if path.is_dir()]) == 2
        with replacing_all(tmp_path, ["a.txt"]) as fresh:
            (fresh / "a.txt").write_text("new")
        assert {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")} == {"a.txt"}
        assert len([path for path in tmp_path.glob(".formcheck-*") if path.is_dir()]) == 1
    finally:
        end(alive)
    with replacing_all(tmp_path, ["a.txt"]) as fresh:
        (fresh / "a.txt").write_text("newer")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_single_file_forgotten_for_a_day_is_swept_away(tmp_path: Path) -> None:
    for name, hours in (("old", 30), ("young", 1)):
        (tmp_path / f".formcheck-{name}.json").write_text("half")
        os.utime(tmp_path / f".formcheck-{name}.json", 2 * (time.time() - 3600 * hours,))
    write_text(tmp_path / "report.json", "{}")
    assert {path.name for path in tmp_path.iterdir()} == {".formcheck-young.json", "report.json"}


def test_results_wait_for_others_who_are_moving_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PATIENCE_S", 0.1)
    lock = files._lock(tmp_path / ".formcheck-exchange.lock")
    assert lock is not None
    with pytest.raises(FormcheckError, match="another formcheck is writing there"), replacing_all(tmp_path, ["a"]):
        pass
    files._release(lock)
    with replacing_all(tmp_path, ["a"]) as fresh:
        (fresh / "a").write_text("x")


@pytest.mark.parametrize("trouble", [OSError(errno.ENOLCK, "No locks available"), NotImplementedError("no flock")])
def test_a_disk_that_has_no_locks_is_written_to_all_the_same_and_nothing_is_swept_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def fails(_lock: object) -> None:
        raise trouble

    monkeypatch.setattr(files.FileLock, "acquire", fails)
    (tmp_path / ".formcheck-another").mkdir()
    with claimed(tmp_path, "run", lambda _: True) as folder, replacing_all(folder, ["a"]) as fresh:
        (fresh / "a").write_text("x")
    assert (tmp_path / "run" / "a").read_text() == "x"
    assert (tmp_path / ".formcheck-another").exists()


def test_many_who_claim_names_of_their_own_all_get_them(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from formcheck.files import claimed\n"
        "for i in range(40):\n"
        "    with claimed(Path(sys.argv[1]), f'{sys.argv[2]}-{i}', lambda _: True) as folder:\n"
        "        if folder.name != f'{sys.argv[2]}-{i}': print(folder.name)\n"
    )
    claimers = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name], stdout=subprocess.PIPE, text=True)
        for name in "abcd"
    ]
    assert [claimer.communicate()[0] for claimer in claimers] == [""] * 4


def test_a_full_disk_is_told_of_the_file_it_struck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    monkeypatch.setattr(files.shutil, "copyfile", full)
    with pytest.raises(FormcheckError, match=r"plan\.md: could not be written: the disk is full"):
        files.write_bytes(tmp_path / "plan.md", b"x")
    with pytest.raises(FormcheckError, match=r"b: could not be written: the disk is full"):
        files.copy(tmp_path / "a", tmp_path / "b")


def test_a_film_of_an_hour_does_not_look_as_if_its_worker_hung_while_it_is_hashed(tmp_path: Path) -> None:
    film, said = tmp_path / "long.mp4", list[None]()
    with film.open("wb") as file:
        file.truncate(2 * files.PIECE + 1)
    assert files.digest(film, lambda: said.append(None)) == hashlib.sha256(film.read_bytes()).hexdigest()
    assert len(said) == 3


@pytest.mark.parametrize("held_s", [0.2, 60.0])
def test_a_file_that_is_open_elsewhere_for_a_moment_is_moved_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held_s: float
) -> None:
    """As by a virus scanner of Windows; one that stays open is told, and all is as before."""
    write_text(tmp_path / "report.json", "old")
    until_s = time.monotonic() + held_s

    def replace(self: Path, target: Path, of: Any = Path.replace) -> Path:
        if time.monotonic() < until_s and (target.name, self.parent) == ("report.json", fresh):
            raise PermissionError(errno.EACCES, "The process cannot access the file")
        return Path(of(self, target))

    monkeypatch.setattr(Path, "replace", replace)
    stays_open: AbstractContextManager[Any] = (
        nullcontext() if held_s < files.MOMENT_S else pytest.raises(FormcheckError, match="if it is open")
    )
    with stays_open, replacing_all(tmp_path, ["report.json"]) as fresh:
        (fresh / "report.json").write_text("new")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "report.json": "new" if held_s < files.MOMENT_S else "old"
    }


def test_links_in_a_circle_are_told_and_left(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(FormcheckError, match="the links form a loop"), replacing(tmp_path / "loop"):
        pass
    assert (tmp_path / "loop").is_symlink()


def test_a_name_that_is_too_long_is_told() -> None:
    with pytest.raises(FormcheckError, match="name is too long"):
        write_text(Path("x" * 300), "")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_nobody_reads_from_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FormcheckError, match="nobody reads from this pipe"):
        write_text(tmp_path / "pipe", "said")


@pytest.mark.parametrize("name", ["con", "Nul.x", "nul .x", "con .mp4", "COM¹", "lpt0.tar.gz", "conin$", "CONOUT$  .a"])
def test_names_of_devices_are_no_folders_on_windows(name: str) -> None:
    """As CPython's ntpath.isreserved has them."""
    assert safe_name(name) == f"_{name}"
    assert safe_name(f"{name[:2]}-{name}") == f"{name[:2]}-{name}"


def test_files_of_ours_are_told_from_somebody_elses_by_what_vouches_for_them(tmp_path: Path) -> None:
    names = ("film.mp4", "table.csv", "report.json")
    (tmp_path / "film.mp4").write_text("mine", encoding="utf-8")
    assert somebody_elses(tmp_path, names) == ["film.mp4"]
    (tmp_path / ".formcheck-0123").mkdir()  # a run was killed in the middle of moving its files
    assert somebody_elses(tmp_path, names) == []
    (tmp_path / ".formcheck-0123").rmdir()
    (tmp_path / "report.json").write_text("ours", encoding="utf-8")
    assert somebody_elses(tmp_path, names) == []
