"""Inputs that are not files, or files with odd names, for every command that reads one."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .cases import Case, Draw, Fault, Outcome
from .documents import CALM
from .judging import analysed, nothing_more, planned
from .logs import OWN, TODAY, WATCH, joined

PATIENCE_S = 60.0  # what cannot be read is to be refused at once
READS = (3,)
Judge = Callable[[Case, Outcome], Iterator[Fault]]


@dataclass(frozen=True)
class Scenario:
    """One case of the file system, written down rather than drawn."""

    what: str
    make: Callable[[Draw], Case]
    judge: Judge = nothing_more


@dataclass(frozen=True)
class Command:
    """A command that reads a file: its arguments around the file's name, and a good file's extension and content."""

    name: str
    before: tuple[str, ...]
    behind: tuple[str, ...]
    ending: str
    content: Callable[[Draw], bytes]
    judge: Judge = nothing_more

    def arguments(self, file: Path | str) -> tuple[str, ...]:
        """The whole command, with its results in the case's folder, where it runs."""
        return (self.name, *self.before, str(file), *self.behind)


QUICK = ("--model", "lite", "--quiet", "-o", "out")
COMMANDS = {
    c.name: c
    for c in (
        Command("analyze", (), (*QUICK, "--no-video"), ".mp4", lambda d: d.stock.clips["mp4"].read_bytes(), analysed),
        Command(
            "plan", (), ("-o", "out", "--start", "2026-11-24"), ".json", lambda d: d.stock.report.encode(), planned
        ),
        Command("triage", ("--answers",), (), ".json", lambda _: json.dumps(CALM).encode()),
        Command("return", ("--log",), TODAY, ".csv", lambda _: joined(OWN)),
        Command("load", (), TODAY, ".csv", lambda _: joined(WATCH)),
    )
}
FINE = {"analyze": (0, 4), "plan": (0,), "triage": (0,), "return": (0,), "load": (0,)}  # 4: one second is short


def good(draw: Draw, command: Command, name: str | None = None) -> Path:
    """A file that the command can read."""
    return draw.put(name or f"good{command.ending}", command.content(draw))


@dataclass(frozen=True)
class Input:
    """Something in a file's place: how it is made, the shell script around the command, which exit codes may follow."""

    what: str
    make: Callable[[Draw, Command], Path | str]
    script: str = ""
    allowed: Callable[[Command], tuple[int, ...]] = lambda _: READS


def _fifo(draw: Draw, command: Command) -> Path:
    path = draw.folder / f"fifo{command.ending}"
    os.mkfifo(path)
    return path


def _folder(draw: Draw, command: Command) -> Path:
    path = draw.folder / f"folder{command.ending}"
    path.mkdir()
    return path


def _device(device: str) -> Callable[[Draw, Command], Path]:
    """A device under a name with the right extension, without which it would not even be opened."""

    def make(draw: Draw, command: Command) -> Path:
        path = draw.folder / f"device{command.ending}"
        path.symlink_to(device)
        return path

    return make


def _loop(draw: Draw, command: Command) -> Path:
    path = draw.folder / f"loop{command.ending}"
    path.symlink_to(path.name)
    return path


def _socket(draw: Draw, command: Command) -> Path:
    """Bound by its name within the folder: the whole path may be longer than a socket's may be."""
    path = draw.folder / f"socket{command.ending}"
    with socket.socket(socket.AF_UNIX) as made:
        folder = os.open(draw.folder, os.O_RDONLY)
        made.bind(f"/proc/self/fd/{folder}/{path.name}")
        os.close(folder)
    return path


def _named(size: int) -> Callable[[Draw, Command], Path]:
    """A good file whose name, this many bytes long, is not UTF-8."""

    def make(draw: Draw, command: Command) -> Path:
        name = b"\xff\xfe " + b"n" * (size - 3 - len(command.ending)) + command.ending.encode()
        return good(draw, command, os.fsdecode(name))

    return make


def _fed(path: str) -> Callable[[Draw, Command], str]:
    """A good file that comes through a pipe."""

    def make(draw: Draw, command: Command) -> str:
        good(draw, command, "good")
        return path

    return make


def _piped(command: Command) -> tuple[int, ...]:
    return (*FINE[command.name], *READS)


INPUTS = (
    Input("a FIFO without writer", _fifo),
    Input("a folder", _folder),
    Input("/dev/zero", _device("/dev/zero")),
    Input("/dev/full", _device("/dev/full")),
    Input("/dev/null", _device("/dev/null"), allowed=lambda c: (0, *READS) if c.name == "return" else READS),
    Input("a link to itself", _loop),
    Input("nothing", lambda _, command: f"missing{command.ending}"),
    Input("a name of 255 bytes that is no UTF-8", _named(255), allowed=lambda c: FINE[c.name]),
    Input("a name of 300 letters", lambda _, command: "n" * 300 + command.ending),
    Input("a pipe behind /dev/stdin", _fed("/dev/stdin"), 'cat good | "$@"', _piped),
    Input("a pipe behind /dev/fd/9", _fed("/dev/fd/9"), 'cat good | { exec 9<&0 </dev/null; exec "$@"; }', _piped),
    Input("a socket", _socket),
)


def _reading(command: Command, given: Input) -> Scenario:
    what = f"{command.name} of {given.what}"

    def make(draw: Draw) -> Case:
        words = command.arguments(given.make(draw, command))
        return draw.case(what, words, given.allowed(command), script=given.script, patience_s=PATIENCE_S)

    return Scenario(what, make, command.judge)


READING = tuple(_reading(command, given) for command in COMMANDS.values() for given in INPUTS)
