"""Results are complete, each in a place of its own, whatever is killed and whatever else writes there."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path, PureWindowsPath
from types import SimpleNamespace
from typing import Any

import pytest

from formcheck import cache, files
from formcheck.datatypes import FormcheckError
from formcheck.files import claimed, replacing, replacing_all, scratch, somebody_elses, sweep, write_text
from formcheck.places import data_folder, safe_name
from formcheck.settings import COMPARISON, OURS, PLAN_FILES

NAMES = ("film.mp4", "stills", "page.html", "steps.csv", "report.json")
KILLS = """
import os, shutil, signal, sys
from pathlib import Path
from formcheck import cache, files
from test_files import NAMES, write

place, move = Path(sys.argv[1]), files._move

def killed(at, work, *given):
    '''Work in a process of its own, killed right before it moves a file for that time, from 0; whether it was.'''
    if child := os.fork():
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    before = iter(range(at))
    def move_or_die(source, target):
        if next(before, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        move(source, target)
    files._move = move_or_die
    work(*given)
    os._exit(0)

def left():
    return {str(path.relative_to(place)): path.read_text() for path in place.rglob("*") if path.is_file()}

def begin(old):
    shutil.rmtree(place, ignore_errors=True)
    if old:
        write(place, "old", NAMES)
    return left()

for old in (False, True):
    was, _ = begin(old), write(place, "new", NAMES[1:])  # the first has no successor
    now, found = left(), []
    for at in range(100):
        begin(old)
        if not killed(at, write, place, "new", NAMES[1:]):
            break
        for again in range(100):
            if not killed(again, files.sweep, place):
                break
            files.sweep(place)
            assert left() in (was, now), (old, at, again, left())
            begin(old), killed(at, write, place, "new", NAMES[1:])
        assert left() in (was, now), (old, at, left())
        found.append("old" if left() == was else "new")
    print(*found)
"""
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


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.slow
def test_killed_at_any_move_it_leaves_the_old_files_or_the_new_ones_all_of_them(tmp_path: Path) -> None:
    """Once whoever comes next has swept there, also when that is killed at any move, and what comes then is not."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    call = [sys.executable, "-c", KILLS, str(tmp_path / "run")]
    done = subprocess.run(call, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    before, after = 1 + len(NAMES), len(NAMES) - 1  # moves until the old ones are all away, and from then on
    fresh, replaced = (line.split() for line in done.stdout.splitlines())
    assert fresh == ["old"] + ["new"] * after
    assert replaced == ["old"] * before + ["new"] * after


@pytest.mark.parametrize("at", range(10))
def test_files_that_can_be_moved_neither_on_nor_back_are_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """A disk that fails, or a program that keeps them open."""
    write(tmp_path, "old", NAMES)
    moves = iter(range(at))

    def move(source: Path, target: Path, of: Any = files._move) -> None:
        if next(moves, None) is None:
            raise OSError(errno.EIO, "Input/output error")
        of(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(files, "_move", move)
        with pytest.raises(FormcheckError, match="Input/output error"):
            write(tmp_path, "new", NAMES[1:])
    sweep(tmp_path)
    found = {path.name: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    names = [name.replace("stills", "one.png") for name in NAMES]
    assert found in (dict.fromkeys(names, "old"), dict.fromkeys(names[1:], "new"))


def write(place: Path, text: str, names: Sequence[str]) -> None:
    """A set of files that hold this text."""
    with replacing_all(place, NAMES) as fresh:
        (fresh / "stills").mkdir()
        for name in names:
            (fresh / name.replace("stills", "stills/one.png")).write_text(text)


def test_what_else_lies_among_fresh_files_is_never_taken_for_one_of_them(tmp_path: Path) -> None:
    """As what a writer of tables leaves behind, or a folder of its own: neither now nor by whoever sweeps later."""
    for text in ("old", "new"):
        with replacing_all(tmp_path, NAMES[2:]) as fresh:
            for name in (*NAMES[2:], "tmp2d9lheqd", ".formcheck-12.csv", "tmp/left"):
                (fresh / name).parent.mkdir(exist_ok=True)
                (fresh / name).write_text(text)
        sweep(tmp_path)
        assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(NAMES[2:], text)


def test_files_of_a_killed_run_do_not_replace_those_that_came_after_it(tmp_path: Path) -> None:
    (tmp_path / ".formcheck-0123" / "old").mkdir(parents=True)
    for name in ("film.mp4", "report.json"):
        (tmp_path / ".formcheck-0123" / "old" / name).write_text("old")
    (tmp_path / "report.json").write_text("new")
    sweep(tmp_path)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"report.json": "new"}


def test_a_single_file_forgotten_for_a_day_is_swept_away(tmp_path: Path) -> None:
    for name, hours in (("old", 30), ("young", 1)):
        (tmp_path / f".formcheck-{name}.json").write_text("half")
        os.utime(tmp_path / f".formcheck-{name}.json", 2 * (time.time() - 3600 * hours,))
    write_text(tmp_path / "report.json", "{}")
    assert {path.name for path in tmp_path.iterdir()} == {".formcheck-young.json", "report.json"}


def test_a_folder_of_many_results_is_listed_once_not_for_each_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[Path] = []

    def glob(self: Path, pattern: str, of: Any = Path.glob) -> Any:
        listed.append(self)
        return of(self, pattern)

    monkeypatch.setattr(Path, "glob", glob)
    for name in ("one", "two", "three"):
        write_text(tmp_path / f"{name}.json", "{}")
        with claimed(tmp_path, name, lambda _: True):
            pass
    assert listed.count(tmp_path) == 1


def test_a_drive_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is any folder above the one that was named."""
    monkeypatch.setattr(Path, "exists", lambda _: False)
    with pytest.raises(FormcheckError, match=r"could not be written: its drive or folder is not there; choose another"):
        files.check_folder(Path("results"))


@pytest.mark.skipif(not hasattr(os, "statvfs"), reason="this system does not say how a disk is mounted")
@pytest.mark.parametrize(("flags", "why"), [(1, "the disk is read-only; choose"), (0, "no permission; close the file")])
def test_a_disk_that_is_read_only_is_told_from_a_folder_that_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: int, why: str
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=flags))
    with pytest.raises(FormcheckError, match=f"new: could not be written: {why}"):
        files.check_folder(tmp_path / "new")


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


def test_where_locks_are_the_process_own_it_does_not_sweep_what_it_is_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on some network disks: whoever has a lock gets it once more."""

    def had(file: Path, _wait_s: float = 0.0) -> SimpleNamespace:
        return SimpleNamespace(lock_file=str(file), is_locked=True, release=lambda: None)

    monkeypatch.setattr(files, "_lock", had)
    with replacing_all(tmp_path, ["a"]) as fresh:
        (fresh / "a").write_text("x")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "x"}


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
        file.truncate(2 * cache.PIECE + 1)
    assert cache.content_of(film, lambda: said.append(None)) == hashlib.sha256(film.read_bytes()).hexdigest()
    assert len(said) == 3


@pytest.mark.parametrize("held_s", [0.1, 60.0])
def test_a_file_that_is_open_elsewhere_for_a_moment_is_moved_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held_s: float
) -> None:
    """As by a virus scanner of Windows; one that stays open is told, and all is as before."""
    monkeypatch.setattr(files, "MOMENT_S", 0.4)
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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_whoever_reads_from_a_pipe_is_kept_until_all_is_written(tmp_path: Path) -> None:
    """Left alone for a moment, it would take that for the end, and go."""
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["cat", tmp_path / "pipe"], stdout=subprocess.PIPE) as reader:
        while True:
            try:
                with replacing(tmp_path / "pipe") as pipe:
                    time.sleep(0.3)
                    assert reader.poll() is None
                    pipe.write_text("said", encoding="utf-8")
                break
            except FormcheckError:  # it has not come yet
                time.sleep(0.05)
        assert reader.communicate()[0] == b"said"


@pytest.mark.skipif(sys.platform != "linux", reason="sets the user's number")
@pytest.mark.parametrize(("variable", "find"), [("FORMCHECK_DATA", data_folder), ("FORMCHECK_CACHE", cache.folder)])
def test_a_user_without_a_home_is_told_what_to_set(
    variable: str, find: Callable[[], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As in containers that run as a number nobody has."""
    for name in (variable, "HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 987_654_321)
    with pytest.raises(FormcheckError, match=f"no home folder; set HOME, or {variable}"):
        find()
    monkeypatch.setenv(variable, str(tmp_path))
    assert find() == tmp_path


@pytest.mark.parametrize("name", ["con", "Nul.x", "nul .x", "con .mp4", "COM¹", "lpt0.tar.gz", "conin$", "CONOUT$  .a"])
def test_names_of_devices_are_no_folders_on_windows(name: str) -> None:
    """As CPython's ntpath.isreserved has them."""
    assert safe_name(name) == f"_{name}"
    assert safe_name(f"{name[:2]}-{name}") == f"{name[:2]}-{name}"


@pytest.mark.parametrize("name", [*sorted(OURS), "Stills", "INDEX.HTML", ".batch", ".formcheck-run", ".x"])
def test_no_folder_of_a_clip_lies_where_a_file_of_ours_belongs(name: str) -> None:
    """Whoever writes that file would take the folder away, and whoever sweeps what begins as fresh files do."""
    assert safe_name(name) == f"_{name}"
    assert safe_name(f"my {name}") == f"my {name}"


def test_what_is_not_text_in_a_name_is_none_in_that_of_a_folder() -> None:
    """macOS has no such names, and no page can link to them."""
    assert safe_name("caf\udce9 \ud83d") == "caf_ _"


@pytest.mark.parametrize("letter", ["x", "ü", "xxü", "走", "𝐱"])
def test_results_of_a_clip_of_any_name_lie_within_what_windows_finds(letter: str) -> None:
    """A path has 259 UTF-16 units there; a still is written to a file of another name, and then moved."""
    parent = PureWindowsPath(r"C:\Users\firstname.lastname\OneDrive - A Company\Desktop\formcheck-results")
    path = (
        parent
        / f"{safe_name(letter * 300)}-12"
        / f"{files.FRESH}{'0' * 12}"
        / "stills"
        / f"{files.FRESH}{'0' * 12}.png"
    )
    assert len(str(path).encode("utf-16-le")) <= 2 * 259


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_a_kill_leaves_of_work_in_progress_nobody_else_sees_and_the_next_deletes(tmp_path: Path) -> None:
    with scratch(tmp_path / "new") as place:
        assert place.stat().st_mode & 0o077 == 0
        (place / "table.csv").touch()
        sweep(tmp_path / "new")
        assert (place / "table.csv").exists()
    assert not any((tmp_path / "new").iterdir())
    for _ in range(2):
        if not (child := os.fork()):
            with scratch(tmp_path) as place:
                (place / "table.csv").touch()
                os._exit(0)
        os.waitpid(child, 0)
        assert len(list(tmp_path.glob(f"{files.FRESH}*/table.csv"))) == 1
    sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_files_of_ours_are_told_from_somebody_elses_by_what_vouches_for_them(tmp_path: Path) -> None:
    names = ("film.mp4", "table.csv", "report.json")
    (tmp_path / "film.mp4").write_text("mine", encoding="utf-8")
    assert somebody_elses(tmp_path, names) == ["film.mp4"]
    (tmp_path / ".formcheck-0123" / "old").mkdir(parents=True)  # a run was killed in the middle of moving its files
    (tmp_path / ".formcheck-0123" / "old" / "report.json").write_text("ours", encoding="utf-8")
    assert somebody_elses(tmp_path, names) == []
    assert {path.name for path in tmp_path.iterdir()} == {"film.mp4", "report.json"}


def test_files_in_a_folder_that_nobody_may_write_to_are_looked_at_without_a_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plan.html").write_bytes(b"mine")

    def refused(*_: object) -> None:
        raise PermissionError(errno.EACCES, "")

    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(files, "_exchange_lock", refused)
    assert somebody_elses(tmp_path, PLAN_FILES) == ["plan.html"]


def test_somebody_elses_files_are_not_ours_because_another_command_works_in_their_folder(tmp_path: Path) -> None:
    (tmp_path / "plan.html").write_text("mine", encoding="utf-8")
    with replacing_all(tmp_path, COMPARISON), claimed(tmp_path, "run", lambda _: True):
        assert somebody_elses(tmp_path, PLAN_FILES) == ["plan.html"]
    (tmp_path / ".formcheck-of-nobody").mkdir()
    assert somebody_elses(tmp_path, PLAN_FILES) == ["plan.html"]


def test_files_of_ours_that_are_just_being_moved_are_no_one_elses(tmp_path: Path) -> None:
    """Whoever looks meanwhile waits until what vouches for them is there."""
    write(tmp_path, "old", NAMES)
    (tmp_path / NAMES[-1]).rename(tmp_path / ".formcheck-moved.json")
    lock = files._lock(tmp_path / ".formcheck-exchange.lock")
    assert lock is not None

    def finish() -> None:
        (tmp_path / ".formcheck-moved.json").rename(tmp_path / NAMES[-1])
        files._release(lock)

    with ThreadPoolExecutor(1) as beside:
        looked = beside.submit(somebody_elses, tmp_path, NAMES)
        time.sleep(0.2)
        assert not looked.done()
        finish()
        assert looked.result() == []
    assert {path.name for path in tmp_path.iterdir()} == {*NAMES}


def test_two_who_write_the_same_results_into_one_folder_do_not_refuse_each_other(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from formcheck.files import somebody_elses, replacing_all\n"
        f"place, names = Path(sys.argv[1]), {NAMES!r}\n"
        "for i in range(60):\n"
        "    print(*somebody_elses(place, names), end='')\n"
        "    with replacing_all(place, names) as fresh:\n"
        "        for name in names: (fresh / name).write_text('x')\n"
    )
    begin = [sys.executable, "-c", code, str(tmp_path)]
    both = [subprocess.Popen(begin, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [(one.communicate()[0], one.returncode) for one in both] == [("", 0)] * 2
