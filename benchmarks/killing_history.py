"""Writers to a history killed at random moments: is any clip lost that was reported stored, or any stored in part?

    python -m benchmarks.killing_history [--times 50] [--seed 1]

Each time, one process writes clip after clip and reports each once it is stored, while another writes to the diary,
until both are killed (SIGKILL) at a random moment after the first clip; the next two go on where they stopped. The
first two may be killed while they create the history. Exits with 1 if anything was harmed, or too little was tried.
POSIX only.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from formcheck.batch.jobs import Job
from formcheck.history import people, records, schema, store
from formcheck.metrics.registry import REPORT_ORDER

LONGEST_S = 0.25  # from the first clip until a writer is killed
LOADED = schema.MIGRATIONS  # before the first writer is forked, which would take long to load them
NAME = "Ana"


def report(number: int) -> dict[str, Any]:
    """What report.json says, as far as the history keeps it."""
    numbers = dict.fromkeys(("value", "low", "high", "spread", "clip_sd", "sampling"), float(number))
    row = {"label": "A measure", "unit": "°", "n": 30, "reason": None, **numbers}
    finding = {"fault": "lean", "label": "Lean", "level": "ok", "metric": "trunk_lean_deg"}
    return {
        "formcheck": "0", "view": {"name": "side", "facing": "right"}, "activity": "running", "surface": "treadmill",
        "model": "heavy", "video": {"path": f"{number}.mp4"}, "summary": {"verdict": "x" * 200},
        "measurements": dict.fromkeys(REPORT_ORDER, row), "findings": [finding] * 12,
    }  # fmt: skip


def write(folder: Path, count: int, told: Callable[[int], object], begin: int = 0) -> None:
    """Write clips with these numbers, one after another."""
    for number in range(begin, begin + count):
        video = folder / f"{number}.mp4"
        video.write_bytes(str(number).encode())
        day = (date(2026, 1, 1) + timedelta(number)).isoformat()
        with store.writing() as db:
            job, made = Job(video, folder, "out", athlete=NAME, date=day), report(number)
            records.keep(db, job, records.about(job, folder, made), made)
        video.unlink()
        told(number)


def killed(folder: Path, begin: int, chance: random.Random, at_once: bool) -> list[int]:
    """The numbers of clips that a writer reported before it was killed, with another writing to the diary meanwhile.

    at_once: whether it may be killed before it has stored any.
    """
    ours, theirs = os.pipe()
    writers = [_forked(lambda: write(folder, 10_000, lambda n: os.write(theirs, f"{n}\n".encode()), begin))]
    writers += [_forked(lambda: _log(10_000))]
    os.close(theirs)
    first = b"" if at_once else os.read(ours, 1)
    time.sleep(chance.uniform(0, LONGEST_S))
    for writer in writers:
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
    with os.fdopen(ours, "rb") as said:
        return [int(line) for line in (first + said.read()).splitlines()]


def _forked(work: Callable[[], None]) -> int:
    with warnings.catch_warnings(action="ignore"):  # of other threads: they are NumPy's, and idle
        child = os.fork()
    if child:
        return child
    try:
        work()
    finally:
        os._exit(1)  # it should have been killed
    return 0


def _log(count: int) -> None:
    for _ in range(count):
        with store.writing() as db:
            records.log(db, people.made(db, "Ben"), records.Entry(date(2026, 1, 1), 3))


def harm(folder: Path, told: Iterable[int]) -> Iterator[str]:
    """What is wrong with the history there, in which these clips were reported stored."""
    with closing(sqlite3.connect(folder / store.NAME)) as db:
        if (found := db.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            yield f"damaged: {found}"
        begun = db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'clip'").fetchone() == (1,)
        rows = (
            db.execute(
                "SELECT video, (SELECT count(*) FROM measurement WHERE clip = clip.id), "
                "(SELECT count(*) FROM finding WHERE clip = clip.id) FROM clip ORDER BY id"
            ).fetchall()
            if begun
            else []
        )  # killed before there were tables
    whole = len(REPORT_ORDER), 12
    yield from (f"half: {video} has {counts}" for video, *counts in rows if tuple(counts) != whole)
    there = {video for video, *_ in rows}
    yield from (f"lost: {number}" for number in told if f"{number}.mp4" not in there)


@click.command()
@click.option("--times", default=50, show_default=True, help="So many writers are killed.")
@click.option("--seed", default=1, show_default=True)
def main(times: int, seed: int) -> None:
    """Kill writers at random moments and count what was harmed."""
    chance, found, told = random.Random(seed), list[str](), list[int]()
    with tempfile.TemporaryDirectory() as place:
        os.environ["FORMCHECK_DATA"] = place
        for number in range(times):
            told += killed(Path(place), max(told, default=-1) + 2, chance, at_once=number == 0)
            harms = list(harm(Path(place), told)) if (Path(place) / store.NAME).stat().st_size else []
            for one in harms:
                click.echo(f"{number}: {one}", err=True)
            found += harms
    click.echo(f"{times} kills, {len(told)} clips told of, {len(found)} of them harmed")
    sys.exit(bool(found) or len(told) < times - 1)


if __name__ == "__main__":
    main()
