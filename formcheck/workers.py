"""Processes that each do one task at a time: one may die, hang or be killed, and only the task it had is done again.

Every worker has a pipe of its own and shares no lock with others, so that none is harmed whenever another ends.
Workers that are no longer wanted delete what they have half written; those that are killed, or whose parent was, leave
it to be cleared away by whoever writes there next.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import pickle
import signal
import threading
import time
import traceback
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection, resource_tracker, spawn
from multiprocessing.context import SpawnProcess
from multiprocessing.process import BaseProcess
from typing import Any, NoReturn

from .interrupts import heed

TRIES = 2  # of a task whose worker was lost
STALLED_S = 900.0  # without a word: a worker is taken to hang; the longest silence is interpreting an hour's landmarks
NAME = "formcheck worker"
PATIENCE_S = 5.0  # for a worker to delete what it has half written

FROM_TERMINAL = ("SIGINT", "SIGHUP", "SIGBREAK")  # which sends them to all processes: whoever started a worker decides
ENDING = [getattr(signal, name) for name in (*FROM_TERMINAL, "SIGTERM") if hasattr(signal, name)]
HIDING = threading.Lock()
MOST_WORKERS = 60  # that can be waited for at once on Windows
PIECE = 1 << 18  # bytes sent at once, since a pipe copies what it is given

Tell = Callable[..., None]  # by which a worker reports progress: (stage, done, total, …)
Work = Callable[[Any, Tell], Any]  # a module-level function of a task and of a Tell
Heard = Callable[[Any, tuple[Any, ...]], None]  # called with a task's key and what its worker reports


class LostError(Exception):
    """A task whose worker died or hung, more than once."""


@dataclass(frozen=True)
class Answer:
    """A task's outcome: a value, or the error it raised; LostError when its workers were lost."""

    key: Any
    value: Any = None
    error: Exception | None = None


@dataclass
class _Task:
    key: Any
    content: Any
    tries: int = 0


@dataclass(eq=False)
class _Worker:
    process: BaseProcess
    pipe: connection.Connection
    task: _Task | None = None
    silent_s: float = 0.0  # while it was listened to: not while this process was stopped, or the computer slept

    def begin(self, task: _Task) -> None:
        self.task, self.silent_s = task, 0.0
        task.tries += 1
        with suppress(OSError):  # it is dead; that shows when its pipe is read
            self.pipe.send(task.content)

    @property
    def stalled(self) -> bool:
        return self.task is not None and self.silent_s > STALLED_S


class Crew:
    """A number of workers that all do the same kind of work.

    with Crew(work, 2) as crew:
        crew.give("a", task)
        while crew.busy:
            for answer in crew.answers(): …
    """

    def __init__(self, work: Work, count: int, heard: Heard | None = None) -> None:
        self._work, self._count, self._heard = work, min(count, MOST_WORKERS), heard
        self._waiting: deque[_Task] = deque()
        self._workers: list[_Worker] = []

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:  # idle ones would end by themselves, a tenth of a second later
            worker.process.terminate()
            worker.pipe.close()
        for worker in self._workers:
            _end(worker.process)

    @property
    def busy(self) -> bool:
        """Whether answers are still to come."""
        return bool(self._waiting) or any(worker.task for worker in self._workers)

    def give(self, key: Any, content: Any) -> None:
        self._waiting.append(_Task(key, content))

    def answers(self, wait_s: float = 0.5) -> Iterator[Answer]:
        """The answers that have come, after waiting up to so long for any message."""
        self._hand_out()
        pipes = {worker.pipe: worker for worker in self._workers}
        begin_s = time.monotonic()
        speaking = connection.wait(list(pipes), wait_s)
        for worker in self._workers:
            worker.silent_s += min(time.monotonic() - begin_s, wait_s)
        for pipe in speaking:
            yield from self._listen(pipes[pipe])  # type: ignore[index]
        for worker in [worker for worker in self._workers if worker.stalled]:
            yield from self._lose(worker, f"did nothing for {STALLED_S:.0f} s")

    def _hand_out(self) -> None:
        idle = [worker for worker in self._workers if worker.task is None]
        while self._waiting and (idle or len(self._workers) < self._count):
            if not idle:
                with _uninterrupted():
                    idle.append(_started(self._work))
                    self._workers.append(idle[0])
            idle.pop().begin(self._waiting.popleft())

    def _listen(self, worker: _Worker) -> Iterator[Answer]:
        while (message := _received(worker.pipe)) is not None:
            kind, value = message
            if kind == "gone":
                yield from self._lose(worker, "")
                return
            worker.silent_s = 0.0
            task = worker.task
            assert task is not None
            if kind == "said" and self._heard is not None:
                self._heard(task.key, value)
            elif kind != "said":
                worker.task = None
                yield Answer(task.key, **{kind: value})

    def _lose(self, worker: _Worker, why: str) -> Iterator[Answer]:
        """Do a lost worker's task again, or give it up."""
        _end(worker.process, at_once=True)
        worker.pipe.close()
        self._workers.remove(worker)
        if (task := worker.task) is None:
            return
        if task.tries < TRIES:
            self._waiting.appendleft(task)
        else:
            yield Answer(task.key, error=LostError(why or _how_ended(worker.process.exitcode)))


def _received(pipe: connection.Connection) -> tuple[str, Any] | None:
    """What a worker says; None when it says nothing now, "gone" when it is gone."""
    try:
        return received(pipe) if pipe.poll() else None
    except (EOFError, OSError):
        return "gone", None


class _Packer(pickle.Pickler):
    """Leaves arrays of the standard library uncopied, too."""

    def reducer_override(self, content: Any) -> Any:
        if isinstance(content, array) and len(content):
            return _array, (content.typecode, pickle.PickleBuffer(content))
        return NotImplemented


def _array(code: str, content: bytes | bytearray) -> array[Any]:
    made = array(code)
    made.frombytes(content)
    return made


def send(pipe: connection.Connection, message: Any) -> None:
    """Send what ``received`` gets. Large arrays go piece by piece from where they are, without a copy of the whole."""
    text, large = io.BytesIO(), list[memoryview]()

    def kept_in(buffer: pickle.PickleBuffer) -> bool:
        if (view := buffer.raw()).nbytes >= PIECE:
            large.append(view)
        return view.nbytes < PIECE

    _Packer(text, protocol=5, buffer_callback=kept_in).dump(message)
    pipe.send(([view.nbytes for view in large], text.getvalue()))
    for view in large:
        for start in range(0, view.nbytes, PIECE):
            pipe.send_bytes(view[start : start + PIECE])


def received(pipe: connection.Connection) -> Any:
    """The next message. Raises EOFError or OSError when the other end is gone."""
    sizes, text = pipe.recv()
    large = [bytearray(size) for size in sizes]
    for one in large:
        for start in range(0, len(one), PIECE):
            pipe.recv_bytes_into(one, start)
    return pickle.loads(text, buffers=large)


def may_have_workers() -> bool:
    """Whether this process may start others: those of a ``multiprocessing.Pool`` may not."""
    return not multiprocessing.current_process().daemon


def in_order(work: Work, tasks: Sequence[Any], count: int, heard: Heard) -> Iterator[Answer]:
    """Answers to tasks, keyed by position, in order: by several workers at once or, if one is enough, right here."""
    if min(count, len(tasks)) == 1:
        for key, task in enumerate(tasks):
            try:
                yield Answer(key, work(task, lambda *said, key=key: heard(key, said)))
            except Exception as error:
                yield Answer(key, error=error)
        return
    early: dict[int, Answer] = {}
    with Crew(work, min(count, len(tasks)), heard) as crew:
        for key, task in enumerate(tasks):
            crew.give(key, task)
        for key in range(len(tasks)):
            while key not in early:
                early |= {answer.key: answer for answer in crew.answers()}
            yield early.pop(key)


def _how_ended(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        return f"was ended by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
    return f"exited with code {code}"


def _end(process: BaseProcess, at_once: bool = False) -> None:
    if at_once:
        process.terminate()
    process.join(PATIENCE_S)
    if process.is_alive():
        process.kill()
        process.join(PATIENCE_S)  # nothing ends one that waits for a broken disk


def _started(work: Work) -> _Worker:
    ours, its = multiprocessing.Pipe()
    process = SpawnProcess(target=_serve, args=(work, its), name=NAME)
    with _nobodys_main(), _deaf():
        process.start()
    its.close()
    return _Worker(process, ours)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Signals to end this process are handled afterwards: a worker told only half of its job complains on stderr."""
    handlers = {sign: handler for sign in ENDING if callable(handler := signal.getsignal(sign))}
    if threading.current_thread() is not threading.main_thread():  # no other thread is ever interrupted
        handlers = {}
    heard: list[tuple[int, Any]] = []
    for sign in handlers:
        signal.signal(sign, lambda *told: heard.append(told))
    try:
        yield
    finally:
        for sign, handler in handlers.items():
            signal.signal(sign, handler)
        for sign, frame in heard:
            handlers[signal.Signals(sign)](sign, frame)


@contextmanager
def _deaf() -> Iterator[None]:
    """Who is started meanwhile hears no Ctrl-C before it listens: until then, Python would complain on stderr."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # whose start would end the deafness
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _nobodys_main() -> Iterator[None]:
    """Workers import what they need; the script that runs this one is not run again in each of them.

    Processes that the script itself starts meanwhile are prepared as ever, and its own ``__main__`` stays in place.
    """
    with HIDING:
        usual = spawn.get_preparation_data

        def without_main(name: str) -> dict[str, Any]:
            return {key: told for key, told in usual(name).items() if name != NAME or not key.startswith("init_main")}

        spawn.get_preparation_data = without_main
        try:
            yield
        finally:
            spawn.get_preparation_data = usual


def _serve(work: Work, pipe: connection.Connection) -> None:
    """A worker's life."""
    for sign in ENDING:
        signal.signal(sign, signal.SIG_DFL if sign == signal.SIGTERM else signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    threading.Thread(target=_die_with_parent, daemon=True).start()

    def tell(*said: Any) -> None:
        send(pipe, ("said", said))

    while True:
        try:
            content = pipe.recv()
        except EOFError:
            return
        signal.signal(signal.SIGTERM, _leave)
        try:
            answer: tuple[str, Any] = ("value", work(content, tell))
        except Exception as error:
            answer = ("error", _portable(error))
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # nothing is half written any more
        try:
            send(pipe, answer)
        except OSError:  # nobody is waiting for it any more
            return
        del content, answer  # they are large, and the next task may be long in coming


def _portable(error: Exception) -> Exception:
    """An error that can be sent, with its traceback as a note."""
    error.add_note("".join(traceback.format_exception(error)))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        sent = RuntimeError(f"{type(error).__name__}: {error}")
        sent.__notes__ = error.__notes__
        return sent
    return error


def _leave(*_: object) -> NoReturn:
    heed(signal.SIGTERM, _leave)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(1)


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)
