"""What a case is, how it is drawn, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

import numpy as np

from .stock import Stock

PATIENCE_S = 180.0  # wall time after which a case is ended from outside and counts as hanging
T = TypeVar("T")


@dataclass(frozen=True)
class Case:
    """One hostile thing to do: arguments for formcheck, and a folder that holds all they need."""

    kind: str
    number: int
    what: str
    folder: Path
    arguments: tuple[str, ...]
    allowed: frozenset[int]
    script: str = ""  # shell script around the command, which it gets as "$@"
    environment: Mapping[str, str | None] = field(default_factory=dict)  # None: removed
    sign: tuple[int, float] | None = None  # a signal, and how many seconds after the start it is sent
    terminal: bool = False
    planted: tuple[bytes, ...] = ()  # must not reach the terminal
    own: Mapping[str, int] = field(default_factory=dict)  # the user's own cells that must still be there, and how often
    patience_s: float = PATIENCE_S
    skipped: str = ""  # why it cannot be played here

    @property
    def out(self) -> Path:
        """Where the command's results go."""
        return self.folder / "out"


@dataclass(frozen=True)
class Outcome:
    """What came of a case; ``ended`` says why it was ended from outside, ``sockets`` are network calls."""

    code: int
    stdout: bytes = b""
    stderr: bytes = b""
    cpu_s: float = 0.0
    peak_mb: float = 0.0
    ended: str = ""
    sockets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fault:
    """Something that must never happen in a case, and the column it is counted in."""

    column: str
    why: str


@dataclass(frozen=True)
class Draw:
    """What a case is made from."""

    kind: str
    number: int
    folder: Path
    stock: Stock
    random: np.random.Generator

    def case(self, what: str, arguments: Sequence[str | Path], allowed: Sequence[int], **more: Any) -> Case:
        """The case of this number."""
        return Case(self.kind, self.number, what, self.folder, tuple(map(str, arguments)), frozenset(allowed), **more)

    def pick(self, things: Sequence[T]) -> T:
        """One of several things."""
        return things[int(self.random.integers(len(things)))]

    def below(self, end: int) -> int:
        """A whole number from 0 up to, but not including, end."""
        return int(self.random.integers(max(end, 1)))

    def put(self, name: str, content: bytes) -> Path:
        """Write a file in the case's folder."""
        path = self.folder / name
        path.write_bytes(content)
        return path


@dataclass(frozen=True)
class Kind:
    """Cases of one sort: how many, how each is made, what is checked besides the usual; batched: fifty to a process."""

    name: str
    count: int
    make: Callable[[Draw], Case]
    judge: Callable[[Case, Outcome], Iterator[Fault]]
    batched: bool = False


def source(seed: int, kind: str, number: int) -> np.random.Generator:
    """The random numbers of one case."""
    return np.random.default_rng([seed, crc32(kind.encode()), number])


def chosen(seed: int, kind: Kind, share: float) -> list[int]:
    """The numbers of a share of a kind's cases, at least one."""
    random = np.random.default_rng([seed, crc32(kind.name.encode())])
    count = min(max(round(share * kind.count), 1), kind.count)
    return sorted(map(int, random.choice(kind.count, count, replace=False)))


def drawn(seed: int, kind: Kind, number: int, folder: Path, stock: Stock) -> Case:
    """One case, with what it needs in a folder of its own."""
    place = folder / f"{kind.name}-{number}"
    place.mkdir()
    return kind.make(Draw(kind.name, number, place, stock, source(seed, kind.name, number)))
