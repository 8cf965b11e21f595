"""The command line of the fuzz: cases drawn, played, judged and counted."""

from __future__ import annotations

import resource
import shutil
import signal
import stat
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import click

from . import stock
from .cases import Case, Fault, Kind, Outcome, chosen, drawn
from .judging import COLUMNS, MOST_MB, usual
from .kinds import KINDS
from .running import MB, play, play_batch, tracer

CHUNK = 50  # reports in one process
TRACED = 25  # one case in this many, or one chunk, is watched for packets
SHOWN = 160  # characters shown of a line of stderr


@dataclass
class Tally:
    """What was counted for one kind; offenders are listed with all that is needed to reproduce them."""

    cases: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    offenders: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Bench:
    """Where cases are played, and where their offending inputs are kept."""

    seed: int
    folder: Path
    stock: stock.Stock
    keep: Path | None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def singles(self, kind: Kind, tally: Tally, numbers: Sequence[int], first: int) -> None:
        """Cases with a process each."""
        for at, number in enumerate(numbers, first):
            case = drawn(self.seed, kind, number, self.folder, self.stock)
            if case.skipped:
                self.skip(case, tally)
            else:
                traced = at % TRACED == 0 and case.sign is None  # the signal is meant for formcheck, not for the tracer
                self.count(kind, tally, case, play(case, traced))

    def chunk(self, kind: Kind, tally: Tally, numbers: Sequence[int], first: int) -> None:
        """Cases that share a process."""
        cases = [drawn(self.seed, kind, number, self.folder, self.stock) for number in numbers]
        play_batch(cases, first // CHUNK % TRACED == 0, partial(self.count, kind, tally))

    def count(self, kind: Kind, tally: Tally, case: Case, outcome: Outcome) -> None:
        """Judge one case and clear it away."""
        faults = [*usual(case, outcome), *kind.judge(case, outcome)]
        with self.lock:
            tally.cases += 1
            tally.counts.update({fault.column for fault in faults})
            tally.offenders += [told(self.seed, case, outcome, faults)] if faults else []
        if faults and self.keep is not None:
            shutil.copytree(
                case.folder, self.keep / case.folder.name, symlinks=True, ignore=_special, dirs_exist_ok=True
            )
        shutil.rmtree(case.folder)

    def skip(self, case: Case, tally: Tally) -> None:
        """Note that a case cannot be played here."""
        with self.lock:
            tally.skipped.append(f"{case.kind} {case.number} ({case.what}) left out: {case.skipped}")
        shutil.rmtree(case.folder)


def _special(folder: str, names: list[str]) -> list[str]:
    """What cannot be copied: pipes and sockets."""
    modes = {name: (Path(folder) / name).lstat().st_mode for name in names}
    return [
        name for name, mode in modes.items() if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode))
    ]


def told(seed: int, case: Case, outcome: Outcome, faults: Sequence[Fault]) -> str:
    """An offender, in characters that no terminal obeys."""
    lines = outcome.stderr.decode("utf-8", "replace").strip().splitlines()
    words = " ".join(case.arguments).replace(str(case.folder), ".")
    said = (
        f"{case.kind} {case.number}: {'; '.join(f'{fault.column}: {fault.why}' for fault in faults)}",
        f"    done: {case.what}",
        f"    call: formcheck {words[:SHOWN]}",
        f"    said: {lines[0][:SHOWN] if lines else ''}",
        f"    again: python -m benchmarks.hostile --seed {seed} --kind {case.kind} --case {case.number}",
    )
    return "\n".join(ascii(line)[1:-1] for line in said)


def played(bench: Bench, kind: Kind, numbers: Sequence[int], processes: int) -> Tally:
    """All these cases of one kind."""
    tally, start = Tally(), time.monotonic()
    size = CHUNK if kind.batched else 1
    play_some: Callable[[Kind, Tally, Sequence[int], int], None] = bench.chunk if kind.batched else bench.singles
    with ThreadPoolExecutor(processes) as pool:
        for _ in pool.map(lambda at: play_some(kind, tally, numbers[at : at + size], at), range(0, len(numbers), size)):
            pass
    tally.seconds = time.monotonic() - start
    return tally


def table(tallies: dict[str, Tally]) -> Iterator[str]:
    """One row per kind; the last column is the wall time per case, with as many at once as there were processes."""
    yield f"{'kind':12}{'cases':>7}" + "".join(f"{name:>14}" for name in COLUMNS) + f"{'s/case':>9}"
    for name, tally in tallies.items():
        counts = "".join(f"{tally.counts[column]:>14}" for column in COLUMNS)
        yield f"{name:12}{tally.cases:>7}{counts}{tally.seconds / max(tally.cases, 1):>9.2f}"


SIGNS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command()
@click.option("--seed", default=1, show_default=True)
@click.option("--share", type=click.FloatRange(0, 1), default=1.0, show_default=True, help="Of every kind's cases.")
@click.option(
    "--kind", "names", type=click.Choice(list(KINDS)), multiple=True, help="Only this kind (may be repeated)."
)
@click.option("--case", "numbers", type=click.IntRange(0), multiple=True, help="Only the case of this number.")
@click.option("--processes", type=click.IntRange(1), default=1, show_default=True)
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep what offending cases ran on here.")
def main(
    seed: int, share: float, names: tuple[str, ...], numbers: tuple[int, ...], processes: int, keep: Path | None
) -> None:
    """Hostile input for every command; the goal is 0 in every column, else the exit code is 1."""
    for sign in SIGNS:  # nohup, and shells for background jobs, ignore some: commands would inherit that
        if signal.getsignal(sign) == signal.SIG_IGN:
            signal.signal(sign, signal.SIG_DFL)
    tallies: dict[str, Tally] = {}
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        bench = Bench(seed, Path(folder), stock.lay_in(Path(folder)), keep)
        for kind in [KINDS[name] for name in names or KINDS]:
            wanted = [n for n in numbers if n < kind.count] if numbers else chosen(seed, kind, share)
            tallies[kind.name] = played(bench, kind, wanted, processes)
    for tally in tallies.values():
        for line in (*tally.offenders, *tally.skipped):
            click.echo(line)
    own_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MB
    if own_mb > MOST_MB / 2:
        click.echo(f"this process itself grew to {own_mb:.0f} MB, which the system counts as its children's too")
    if tracer() is None:
        click.echo("packets were not looked for: there is no strace here, or it is not permitted")
    click.echo("\n".join(table(tallies)))
    sys.exit(any(tally.offenders for tally in tallies.values()))


if __name__ == "__main__":
    main()
