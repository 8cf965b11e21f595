"""Progress shown on stderr: bars on a terminal. Part of the command line, like cli.py."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import Any, TextIO

import click

from .cli_errors import complain
from .cli_output import in_flags, screen
from .outgoing import printable

WIDE = 125  # columns of a screen: a narrower one has no room for a bar and a rate
BAR = 20  # columns
NUMBERS, EXTRA = 14, BAR + 14  # columns of share done and time left; of bar and rate
SHORTEST = 10  # of a name


class Display:
    """Prints lines, but no progress."""

    listens = False  # whether ``heard`` does anything

    def heard(self, key: Any, said: tuple[Any, ...]) -> None:
        """Progress reported by whoever works on a clip: (stage, frames done, total frames or None)."""

    def of(self, key: Any) -> Callable[[str, int, int | None], None]:
        """The same, as a function that takes the progress of one clip."""
        return lambda *said: self.heard(key, said)

    def ended(self, key: Any) -> None:
        """Work on a clip has ended."""

    def say(self, line: str) -> None:
        complain(line)

    def tell(self, line: str) -> None:
        """Print what is not a problem."""
        with suppress(OSError, ValueError):  # stderr may be closed, or its reader gone
            click.echo(printable(line), err=True)

    def aside(self, work: Callable[[], None]) -> None:
        """Let something else print."""
        work()


class _Bars(Display):
    """A bar for each clip that is being worked on, and one for all of them if there are several."""

    listens = True

    def __init__(self, bars: Any, names: dict[Any, str]) -> None:
        self._bars, self._names = bars, names
        self._tasks: dict[Any, tuple[str, Any]] = {}
        self._all = bars.add_task("clips", total=len(names), rate="") if len(names) > 1 else None

    def heard(self, key: Any, said: tuple[Any, ...]) -> None:
        words, done, total = said
        stage, name = words.partition(",")[0], self._titled(self._names[key], f": {printable(words)}")
        if self._tasks.get(key, ("", None))[0] != stage:
            self._forget(key)
            self._tasks[key] = stage, self._bars.add_task(name, total=total, rate="")
        task = self._tasks[key][1]
        speed = next(known.speed for known in self._bars.tasks if known.id == task)
        rate = f"{speed:.0f} frames/s" if speed else ""
        self._bars.update(task, description=name, completed=done, total=total, rate=rate)

    def ended(self, key: Any) -> None:
        self._forget(key)
        if self._all is not None:
            self._bars.advance(self._all)

    def say(self, line: str) -> None:
        self.tell(f"formcheck: {in_flags(line)}")

    def tell(self, line: str) -> None:
        self._bars.console.print(printable(line), highlight=False, soft_wrap=True)

    def aside(self, work: Callable[[], None]) -> None:
        self._bars.stop()
        try:
            work()
        finally:
            self._bars.start()

    def _titled(self, name: str, words: str) -> str:
        """Both, the name without its middle where the screen has no room for it beside all else."""
        from rich.cells import cell_len  # noqa: PLC0415

        columns = self._bars.console.width
        room = max(SHORTEST, columns - cell_len(words) - NUMBERS - (EXTRA if columns >= WIDE else 0))
        whole = short = printable(name)
        for kept in range(len(whole) - 1, 1, -1):
            if cell_len(short) <= room:
                break
            short = f"{whole[: kept - kept // 2]}…{whole[-(kept // 2) :]}"
        return short + words

    def _forget(self, key: Any) -> None:
        if key in self._tasks:
            self._bars.remove_task(self._tasks.pop(key)[1])


@contextmanager
def display(names: dict[Any, str], wanted: bool) -> Iterator[Display]:
    """Bars with rate and time left for the clips of these names, if wanted and on a terminal.

    Where the screen is narrow, names are shortened and bars left out, not what the clip shows so far and the time left.
    """
    if not wanted or sys.stderr is None or not sys.stderr.isatty():
        yield Display()
        return
    from rich import progress, table  # noqa: PLC0415

    with _own_stderr() as file:
        console = screen(file=file)
        rest = table.Column(ratio=1, no_wrap=True, overflow="ellipsis")
        wide = console.width >= WIDE
        columns = (
            progress.TextColumn("{task.description}", markup=False, table_column=rest),
            *([progress.BarColumn(BAR)] if wide else []),
            progress.TaskProgressColumn(show_speed=True),
            *([progress.TextColumn("{task.fields[rate]}")] if wide else []),
            progress.TimeRemainingColumn(),
        )
        with progress.Progress(*columns, console=console, transient=True, expand=True) as bars:
            yield _Bars(bars, names)


class _Terminal(TextIOWrapper):
    """What is written once the terminal is gone is lost; the work goes on."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()

    def close(self) -> None:
        with suppress(OSError):
            super().close()


def _own_stderr() -> TextIO:
    """A second handle on stderr's terminal, which stays open while the pose model's log lines are kept off stderr."""
    file = os.fdopen(os.dup(sys.stderr.fileno()), "wb")
    return _Terminal(file, encoding=sys.stderr.encoding, errors="replace", line_buffering=True)
