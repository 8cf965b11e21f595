"""Whatever becomes of a worker, every task is answered, and no task is done again once its answer has come."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from array import array
from functools import partial
from multiprocessing import spawn
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from formcheck import workers
from formcheck.datatypes import NothingMeasurableError
from formcheck.workers import Answer, Crew, LostError, Tell


def square(task: int, tell: Tell) -> int:
    tell("squaring", task)
    return task * task


def once(folder: Path, what: str, task: int, _: Tell) -> int:
    """Comes to a bad end the first time it is given task 3, and every time it is given task 4."""
    mark = folder / str(task)
    if task == 4 or (task == 3 and not mark.exists()):
        mark.touch()
        if what == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "gone":
            os._exit(7)
        time.sleep(600)
    return task


def raising(task: int, _: Tell) -> int:
    raise NothingMeasurableError(f"task {task}: film 20 seconds")


class OddError(Exception):
    def __init__(self, one: int, other: int) -> None:
        super().__init__(f"{one} and {other}")


def odd(_task: int, _tell: Tell) -> int:
    raise OddError(1, 2)


def arrays(_task: int, _tell: Tell) -> dict[str, Any]:
    """32 MB that do not divide into whole pieces, and small arrays that are not sent separately."""
    return {
        "numpy": np.arange(4_000_003, dtype=np.float32),
        "turned": np.arange(6).reshape(2, 3).T,
        "own": array("f", bytes(4 * 4_000_003)),
        "none": (np.zeros((0, 3)), array("d")),
    }


def half_written(task: Path, tell: Tell) -> None:
    try:
        task.write_text("half")
        tell("written")
        time.sleep(600)
    finally:
        task.unlink()


class Discarded:
    """Whoever discards it is busy doing so for a while, within which Python raises nothing."""

    def __init__(self, tell: Tell | None = None) -> None:
        self.tell = tell

    def __del__(self) -> None:
        if self.tell is not None:
            self.tell("discarding")
        time.sleep(0.3)


def discarding(task: Path, tell: Tell) -> None:
    try:
        task.write_text("half")
        Discarded(tell)
        time.sleep(600)
    finally:
        task.unlink()


def nothing(_task: Discarded, _tell: Tell) -> None:
    pass


def answers(crew: Crew, tasks: list[Any]) -> dict[Any, Answer]:
    for task in tasks:
        crew.give(task, task)
    found: dict[Any, Answer] = {}
    while crew.busy:
        for answer in crew.answers():
            assert answer.key not in found
            found[answer.key] = answer
    return found


def test_every_task_is_answered_and_what_is_said_on_the_way_is_heard() -> None:
    heard: list[tuple[int, tuple[Any, ...]]] = []
    with Crew(square, 2, lambda key, said: heard.append((key, said))) as crew:
        found = answers(crew, [1, 2, 3, 4, 5])
    assert {key: answer.value for key, answer in found.items()} == {1: 1, 2: 4, 3: 9, 4: 16, 5: 25}
    assert sorted(heard) == [(n, ("squaring", n)) for n in (1, 2, 3, 4, 5)]


def test_landmarks_of_an_hour_are_handed_over_without_a_second_copy_of_them_all() -> None:
    tracemalloc.start()
    try:
        with Crew(arrays, 1) as crew:
            value = answers(crew, [1])[1].value
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    own = arrays(1, lambda *_: None)
    for name in ("numpy", "turned"):
        np.testing.assert_array_equal(value[name], own[name])
    value["numpy"][0] = 1  # it is writable, as if it had been made here
    assert value["own"] == own["own"]
    assert (value["none"][0].shape, len(value["none"][1])) == ((0, 3), 0)
    assert most < 1.6 * (value["numpy"].nbytes + 4 * len(value["own"]))


@pytest.mark.skipif(sys.platform == "win32", reason="processes start otherwise there")
@pytest.mark.parametrize("name", ["SIGINT", "SIGHUP"])
def test_interrupted_while_a_worker_starts_nobody_complains(
    name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from multiprocessing import popen_spawn_posix  # noqa: PLC0415 (not on every system)

    def spawned(*told: Any, of: Any = popen_spawn_posix.util.spawnv_passfds) -> int:
        pid = of(*told)
        if "spawn_main" in str(told):  # it is a worker, not the process that tracks their locks
            os.kill(os.getpid(), sign)
        return int(pid)

    sign = getattr(signal, name)
    monkeypatch.setattr(popen_spawn_posix.util, "spawnv_passfds", spawned)
    before = signal.signal(sign, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), Crew(square, 1) as crew:
            answers(crew, [1])
        assert signal.getsignal(sign) is signal.default_int_handler
    finally:
        signal.signal(sign, before)
    time.sleep(1)  # for an abandoned worker to complain
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="processes start otherwise there")
@pytest.mark.parametrize("after_s", [0.0, 0.1, 0.3])
def test_a_worker_that_still_loads_does_not_mind_an_interruption(
    after_s: float, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Which a terminal sends to all processes: that it was heard is for whoever started the worker to say."""
    from multiprocessing import popen_spawn_posix  # noqa: PLC0415 (not on every system)

    def spawned(*told: Any, of: Any = popen_spawn_posix.util.spawnv_passfds) -> int:
        pid = of(*told)
        if "spawn_main" in str(told):
            threading.Timer(after_s, os.kill, (pid, signal.SIGINT)).start()
        return int(pid)

    monkeypatch.setattr(popen_spawn_posix.util, "spawnv_passfds", spawned)
    with Crew(square, 1) as crew:
        assert answers(crew, [3])[3].value == 9
        time.sleep(after_s)  # for it to be sent in any case
    assert capfd.readouterr().err == ""


def test_time_in_which_the_computer_slept_is_not_taken_for_a_worker_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or in which all processes were stopped, by Ctrl-Z."""
    slept_s, started = [0.0], list[Any]()

    def wait(pipes: Any, wait_s: float, of: Any = workers.connection.wait) -> Any:
        if slept_s[0]:
            return of(pipes, wait_s)
        slept_s[0] = 2 * workers.STALLED_S
        return []

    def start(work: Any, of: Any = workers._started) -> Any:
        started.append(work)
        return of(work)

    monkeypatch.setattr(workers, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + slept_s[0]))
    monkeypatch.setattr(workers.connection, "wait", wait)
    monkeypatch.setattr(workers, "_started", start)
    with Crew(square, 1) as crew:
        assert answers(crew, [3])[3].value == 9
    assert len(started) == 1


class Unending:
    """A process that waits for a broken disk: not even SIGKILL ends it."""

    def join(self, patience_s: float) -> None:
        pass

    def is_alive(self) -> bool:
        return True

    def terminate(self) -> None:
        pass

    kill = terminate


def test_a_worker_that_nothing_can_end_holds_up_nobody() -> None:
    workers._end(Unending(), at_once=True)  # type: ignore[arg-type]


def test_an_interruption_is_heard_though_a_worker_could_not_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def started(_work: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        raise OSError("no room for another process")

    monkeypatch.setattr(workers, "_started", started)
    with pytest.raises(KeyboardInterrupt), Crew(square, 1) as crew:
        answers(crew, [1])


@pytest.mark.slow
@pytest.mark.parametrize(("what", "why"), [("killed", "SIGKILL"), ("gone", "code 7"), ("hung", "did nothing for")])
def test_a_lost_worker_loses_only_its_task_which_is_tried_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, why: str
) -> None:
    monkeypatch.setattr(workers, "STALLED_S", 6.0 if what == "hung" else 60.0)
    with Crew(partial(once, tmp_path, what), 2) as crew:
        found = answers(crew, [1, 2, 3, 4, 5])
    assert {key: answer.error for key, answer in found.items() if key != 4} == {1: None, 2: None, 3: None, 5: None}
    assert {key: answer.value for key, answer in found.items()} == {1: 1, 2: 2, 3: 3, 4: None, 5: 5}
    assert isinstance(found[4].error, LostError)
    assert why in str(found[4].error)


def test_an_error_comes_back_as_it_was_raised() -> None:
    with Crew(raising, 1) as crew:
        error = answers(crew, [1])[1].error
    assert isinstance(error, NothingMeasurableError)
    assert str(error) == "task 1: film 20 seconds"
    with Crew(odd, 1) as crew:
        assert str(answers(crew, [1])[1].error) == "OddError: 1 and 2"  # the error itself cannot be sent


def test_workers_that_are_no_longer_wanted_clear_up_and_go(tmp_path: Path) -> None:
    said: list[Any] = []
    with Crew(half_written, 1, lambda *heard: said.append(heard)) as crew:
        crew.give(0, tmp_path / "half")
        while not said:
            assert not list(crew.answers())
        assert (tmp_path / "half").exists()
        begin = time.monotonic()
    assert time.monotonic() - begin < workers.PATIENCE_S
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_discarding_what_it_had_clears_up_and_goes_without_complaint(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    said: list[Any] = []
    with Crew(discarding, 1, lambda *heard: said.append(heard)) as crew:
        crew.give(0, tmp_path / "half")
        while not said:
            assert not list(crew.answers())
        begin = time.monotonic()
    assert time.monotonic() - begin < workers.PATIENCE_S
    assert list(tmp_path.iterdir()) == []
    with Crew(nothing, 1) as crew:  # which it discards when it has answered
        task = Discarded()
        assert answers(crew, [task])[task].error is None
    assert capfd.readouterr().err == ""


PARENT = """
import sys, time
from test_workers import half_written
from formcheck.workers import Crew
from pathlib import Path
print("started once")
with Crew(half_written, 1, lambda *_: print("begun", flush=True)) as crew:
    crew.give(0, Path(sys.argv[1]))
    while crew.busy:
        list(crew.answers())
"""


def test_while_workers_start_the_script_remains_itself_to_other_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    script, told = ModuleType("__main__"), spawn.get_preparation_data
    script.__file__ = __file__
    monkeypatch.setitem(sys.modules, "__main__", script)
    with workers._nobodys_main():
        assert sys.modules["__main__"] is script
        theirs, ours = (spawn.get_preparation_data(name) for name in ("SpawnProcess-1", workers.NAME))
    assert {key for key in theirs if key.startswith("init_main")} == theirs.keys() - ours.keys() != set()
    assert spawn.get_preparation_data is told


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_workers_end_with_whoever_started_them_and_do_not_run_its_script(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(PARENT)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    command = [sys.executable, str(script), str(tmp_path / "half")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        assert [parent.stdout.readline() for _ in range(2)] == ["started once\n", "begun\n"]
        parent.kill()
        assert parent.stdout.read() == ""  # returns once the last process that could write there is gone
