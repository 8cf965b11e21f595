"""Playing a case on the real command line, in a process group of its own, and measuring what that took."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import IO

from .cases import Case, Outcome
from .stock import command

ROOT = Path(__file__).parent.parent.parent
POLL_S = 0.02
MOST_ADDRESSES = 8 << 30  # bytes a process may ask for: far above the limit counted as a fault, below what harms others
MB = 1024  # in ru_maxrss, which counts kilobytes; it includes the starting process's own size, so keep that small
WINDOW = (60, 500)  # rows and columns: no line break hides anything planted
CALL = re.compile(r"^(?P<pid>\d+) +socket\((?P<domain>AF_INET6?|AF_NETLINK)\b(?P<rest>.*)$")
REFUSED = "= -1 EACCES"


@cache
def tracer() -> str | None:
    """The program that lists network calls, when there is one and it is permitted."""
    found = shutil.which("strace")
    if found is None:
        return None
    tried = subprocess.run([found, "-f", "-o", os.devnull, "true"], capture_output=True, check=False)
    return found if tried.returncode == 0 else None


def play(case: Case, traced: bool = False) -> Outcome:
    """What came of one case."""
    shell = ("sh", "-c", case.script, "sh") if case.script else ()
    return run([*shell, *command(), *case.arguments], case, traced)


def run(words: Sequence[str], case: Case, traced: bool = False) -> Outcome:
    """A command in the case's folder, with the case's limits; traced only where there is a tracer."""
    with tempfile.TemporaryDirectory() as aside:
        calls = Path(aside) / "calls"
        if traced and tracer() is not None:
            words = [str(tracer()), "-f", "-qq", "-e", "trace=network", "-o", str(calls), *words]
        with (Path(aside) / "out").open("w+b") as out, (Path(aside) / "err").open("w+b") as err:
            ran = _on_terminal(words, case, out) if case.terminal else _on_files(words, case, out, err)
            out.seek(0)
            err.seek(0)
            said = replace(ran, stdout=out.read(), stderr=err.read())
        return replace(said, sockets=tuple(sockets(calls.read_text("utf-8", "replace"))) if calls.exists() else ())


def _on_files(words: Sequence[str], case: Case, out: IO[bytes], err: IO[bytes]) -> Outcome:
    process = subprocess.Popen(
        words, cwd=case.folder, env=_environment(case), stdin=subprocess.DEVNULL, stdout=out, stderr=err,
        start_new_session=True,
    )  # fmt: skip
    return _watched(process, case)


def _on_terminal(words: Sequence[str], case: Case, out: IO[bytes]) -> Outcome:
    """All three streams on a pseudo-terminal, whose other end records what reaches it."""
    import fcntl  # noqa: PLC0415  # neither these nor what calls this exists on every system
    import termios  # noqa: PLC0415

    keeper, end = os.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", *WINDOW, 0, 0))
    process = subprocess.Popen(
        words, cwd=case.folder, env=_environment(case), stdin=end, stdout=end, stderr=end, start_new_session=True
    )
    os.close(end)
    reading = threading.Thread(target=_copy, args=(keeper, out))
    reading.start()
    ran = _watched(process, case)
    reading.join()
    os.close(keeper)
    return ran


def _copy(keeper: int, out: IO[bytes]) -> None:
    with suppress(OSError):  # this is how Linux reports that nobody is left on the terminal
        while some := os.read(keeper, 1 << 16):
            out.write(some)


def _environment(case: Case) -> dict[str, str]:
    changed: dict[str, str | None] = {**os.environ, "TERM": "xterm-256color", **case.environment}
    return {name: value for name, value in changed.items() if value is not None}


def _watched(process: subprocess.Popen[bytes], case: Case) -> Outcome:
    """Wait for the process, send it the case's signal if there is one, and end its whole group afterwards."""
    start, sign, ended = time.monotonic(), case.sign, ""
    with suppress(ProcessLookupError):
        resource.prlimit(process.pid, resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        passed = time.monotonic() - start
        if sign is not None and passed >= sign[1]:
            os.kill(process.pid, sign[0])
            sign = None
        if not ended and passed > case.patience_s:
            ended = f"no end after {case.patience_s:.0f} s"
            _end_group(process.pid)
        time.sleep(POLL_S)
    process.returncode = os.waitstatus_to_exitcode(status)
    _end_group(process.pid)
    return Outcome(process.returncode, cpu_s=usage.ru_utime + usage.ru_stime, peak_mb=usage.ru_maxrss / MB, ended=ended)


def _end_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def sockets(trace: str) -> list[str]:
    """Calls in a trace that open a way to the network; those that were refused do not count."""
    lines = trace.splitlines()
    found = []
    for at, line in enumerate(lines):
        call = CALL.match(line)
        if call is None:
            continue
        result = line
        if "<unfinished" in line:
            resumed = (
                later for later in lines[at:] if later.split(" ", 1)[0] == call["pid"] and "socket resumed" in later
            )
            result = next(resumed, line)
        if REFUSED not in result:
            found.append(line)
    return found


@dataclass(frozen=True)
class _Answer:
    """What the batch process wrote about one command."""

    code: int
    stdout: str
    stderr: str
    cpu_s: float
    peak_mb: float

    def outcome(self, sockets: tuple[str, ...]) -> Outcome:
        stdout, stderr = (text.encode("utf-8", "surrogateescape") for text in (self.stdout, self.stderr))
        return Outcome(self.code, stdout, stderr, self.cpu_s, self.peak_mb, sockets=sockets)


def play_batch(cases: Sequence[Case], traced: bool, tell: Callable[[Case, Outcome], None]) -> None:
    """The cases one after another in one process, which is restarted after each case that ended it."""
    while cases:
        with tempfile.TemporaryDirectory() as aside:
            wanted, answers = Path(aside) / "wanted.json", Path(aside) / "answers"
            wanted.write_text(json.dumps([case.arguments for case in cases]), encoding="utf-8")
            words = [sys.executable, "-m", "benchmarks.hostile.batch", str(wanted), str(answers)]
            whole = run(words, replace(cases[0], folder=ROOT), traced)
            lines = answers.read_text(encoding="utf-8").splitlines() if answers.exists() else []
        for case, line in zip(cases, lines, strict=False):
            tell(case, _Answer(**json.loads(line)).outcome(whole.sockets if case is cases[0] else ()))
        cases = cases[len(lines) :]
        if cases:
            tell(cases[0], whole)
            cases = cases[1:]
