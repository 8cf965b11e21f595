"""Batches killed at random moments and run again: is any clip lost, done twice or half-written, is anything left over?

    python -m benchmarks.killing [--times 50] [--seed 1]

Each time, a batch in a process group of its own is killed (SIGKILL), wholly or in part, once it has begun; then the
same batch is at once run to its end. Prints a table of what was harmed, exits with 1 if anything was. POSIX only.
"""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

SAMPLES = Path(__file__).parent.parent / "sample_videos"
CLIPS = 5
SECONDS = 1.4  # of each clip, which takes less than one to analyse: its landmarks are kept after the first time
WORKERS = 2
FILES = frozenset({"report.html", "report.json", "steps.csv", "frames.csv"})
FILM, STILLS = "annotated.mp4", "stills"
TABLES = ("index.html", "athletes.csv", "athletes.xlsx", "athletes.parquet", "steps.parquet", "batch.json")
GONE_S = 10.0  # within which processes that nobody waits for must end
PATIENCE_S = 300.0
COLUMNS = ("lost", "done twice", "half-written", "left over", "still alive", "wrong exit")

Batch = subprocess.Popen[str]


@dataclass(frozen=True)
class Harm:
    """One harm done: its column of the table, and what there is to say about it."""

    column: str
    said: str


def clips(folder: Path, count: int = CLIPS) -> list[Path]:
    """Clips of different content: the samples, each with a box at its end that players skip."""
    folder.mkdir(parents=True)
    samples = sorted(SAMPLES.glob("*.mp4"))
    made = []
    for i in range(count):
        made.append(folder / f"clip{i}.mp4")
        box = struct.pack(">I4sI", 12, b"free", i)
        made[-1].write_bytes(samples[i % len(samples)].read_bytes() + box)
    return made


class Place:
    """A folder with clips, results and landmarks of its own."""

    def __init__(self, folder: Path, count: int = CLIPS) -> None:
        self.clips = clips(folder / "clips", count)
        self.out, self.kept = folder / "out", folder / "landmarks"

    def command(self, *more: str) -> list[str]:
        call = ["batch", str(self.clips[0].parent), "-o", str(self.out), "--model", "lite", "--end", str(SECONDS)]
        return [sys.executable, "-m", "formcheck", *call, "--workers", str(WORKERS), "--json", *more]

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"FORMCHECK_CACHE": str(self.kept), "PYTHONPATH": str(SAMPLES.parent)}

    def start(self, *more: str) -> Batch:
        """A batch in a process group of its own."""
        return subprocess.Popen(
            self.command(*more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment,
            start_new_session=True,
        )  # fmt: skip

    def begun(self, batch: Batch) -> None:
        """Wait until the first clip is being worked on."""
        end_s = time.monotonic() + PATIENCE_S
        while not any((self.out / ".batch").glob("*.lock")) and batch.poll() is None and time.monotonic() < end_s:
            time.sleep(0.005)

    def finished(self) -> dict[str, int]:
        """Results that are marked as finished: folder → when its report was written."""
        told = [json.loads(mark.read_text(encoding="utf-8")) for mark in (self.out / ".batch").glob("[!.]*.json")]
        folders = [self.out / one["folder"] for one in told]
        return {folder.name: (folder / "report.json").stat().st_mtime_ns for folder in folders}


def members(group: int) -> dict[int, str]:
    """Living processes of a group: id → command."""
    listed = subprocess.run(["ps", "-ewwo", "pid=,pgid=,stat=,args="], capture_output=True, text=True, check=True)
    rows = (line.split(None, 3) for line in listed.stdout.splitlines())
    return {int(row[0]): row[3] for row in rows if int(row[1]) == group and not row[2].startswith("Z")}


def workers(group: int) -> list[int]:
    return [process for process, command in members(group).items() if "spawn_main" in command]


def _kill_all(batch: Batch, _: random.Random) -> None:
    os.killpg(batch.pid, signal.SIGKILL)


def _kill_main(batch: Batch, _: random.Random) -> None:
    batch.kill()


def _kill_worker(batch: Batch, chance: random.Random) -> None:
    if there := workers(batch.pid):
        os.kill(chance.choice(there), signal.SIGKILL)


VICTIMS: dict[str, Callable[[Batch, random.Random], None]] = {
    "everything": _kill_all,
    "the main process": _kill_main,
    "a worker": _kill_worker,
}


def killed(place: Place, victim: str, others: int, more: Sequence[str], chance: random.Random) -> Iterator[Harm]:
    """Kill a batch while as many others work on the same clips; yields all harm that a last batch leaves."""
    shutil.rmtree(place.out, ignore_errors=True)
    batch, *rest = [place.start(*more) for _ in range(1 + others)]
    place.begun(batch)
    time.sleep(chance.uniform(0, 1) ** 2 * len(place.clips) / WORKERS)  # more often early, while there is much to do
    VICTIMS[victim](batch, chance)
    with batch:
        if victim != "a worker":
            batch.wait()
        before = place.finished()
        last = place.start(*more)
        whole = [*rest, last] + ([batch] if victim == "a worker" else [])
        yield from ended(place, whole)
        yield from harm(place, FILM if "--no-video" not in more else None)
        after = place.finished()
        yield from (Harm("done twice", name) for name, when in before.items() if after.get(name) != when)
        yield from alive([batch, *whole])


def ended(place: Place, batches: list[Batch]) -> Iterator[Harm]:
    """Wait for batches that nobody killed; they must report all clips, none analysed by more than one of them."""
    times: Counter[str] = Counter()
    for batch in batches:
        said, problems = batch.communicate(timeout=PATIENCE_S)
        if batch.returncode or problems:
            yield Harm("wrong exit", f"{batch.returncode}: {problems}")
            continue
        told = json.loads(said)["clips"]
        missing = {str(clip) for clip in place.clips} - {c["file"] for c in told if c["state"] in ("done", "kept")}
        yield from (Harm("lost", clip) for clip in missing)
        times.update(clip["file"] for clip in told if clip["state"] == "done")
    yield from (Harm("done twice", clip) for clip, count in times.items() if count > 1)


def alive(batches: list[Batch]) -> Iterator[Harm]:
    end_s = time.monotonic() + GONE_S
    for batch in batches:
        while (there := members(batch.pid)) and time.monotonic() < end_s:
            time.sleep(0.1)
        yield from (Harm("still alive", command) for command in there.values())


def harm(place: Place, film: str | None) -> Iterator[Harm]:
    """What is wrong with the results."""
    wanted = FILES | ({film} if film else set())
    owners: Counter[str] = Counter()
    for folder in (path for path in place.out.iterdir() if path.is_dir() and path.name != ".batch"):
        stills = [f"{STILLS}/{path.name}" for path in (folder / STILLS).glob("*")]
        if wanted | {STILLS} != {STILLS} | {path.name for path in folder.iterdir() if not path.name.startswith(".")}:
            yield Harm("half-written", f"{folder}: {sorted(path.name for path in folder.iterdir())}")
        yield from unreadable(folder, [*wanted, *stills])
        if (folder / "report.json").exists():
            owners[json.loads((folder / "report.json").read_text(encoding="utf-8"))["video"]["path"]] += 1
    for clip in place.clips:
        yield from [Harm("lost", clip.name)] * (not owners[str(clip)])
        yield from [Harm("done twice", clip.name)] * (owners[str(clip)] > 1)
    yield from unreadable(place.out, TABLES)
    with (place.out / "athletes.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row["file"] for row in csv.DictReader(file)]
    yield from (Harm("lost", f"{clip.name} in athletes.csv") for clip in place.clips if str(clip) not in rows)
    yield from [Harm("done twice", "in athletes.csv")] * (len(rows) > len(place.clips))
    for path in (*place.out.rglob("*"), *place.kept.rglob("*")):
        if (path.name.startswith(".formcheck-") and path.is_dir()) or path.suffix == ".lock":
            yield Harm("left over", str(path))


def unreadable(folder: Path, names: Sequence[str] | frozenset[str] | set[str]) -> Iterator[Harm]:
    """Files that are missing or incomplete."""
    for name in names:
        try:
            READERS[Path(name).suffix](folder / name)
        except Exception as error:
            yield Harm("half-written", f"{folder / name}: {error!r}")


def _read_csv(path: Path) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    if not rows or any(len(row) != len(head) for row in rows):
        raise ValueError("rows of different lengths")


def _read_film(path: Path) -> None:
    from formcheck.video import Clip  # noqa: PLC0415

    if not sum(1 for _ in Clip(path)):
        raise ValueError("no picture")


def _read_png(path: Path) -> None:
    import cv2  # noqa: PLC0415

    if cv2.imread(str(path)) is None:
        raise ValueError("no picture")


def _read_parquet(path: Path) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415

    if not pq.read_table(path).num_rows:
        raise ValueError("no row")


def _read_xlsx(path: Path) -> None:
    from openpyxl import load_workbook  # noqa: PLC0415

    load_workbook(path)


def _read_page(path: Path) -> None:
    if not path.read_text(encoding="utf-8").endswith("</html>"):
        raise ValueError("cut short")


READERS: dict[str, Callable[[Path], Any]] = {
    ".csv": _read_csv,
    ".html": _read_page,
    ".json": lambda path: json.loads(path.read_text(encoding="utf-8")),
    ".mp4": _read_film,
    ".parquet": _read_parquet,
    ".png": _read_png,
    ".xlsx": _read_xlsx,
}


def together(place: Place, more: Sequence[str]) -> Iterator[Harm]:
    """All harm from two batches that work on the same clips at the same time."""
    shutil.rmtree(place.out, ignore_errors=True)
    both = [place.start(*more) for _ in range(2)]
    yield from ended(place, both)
    yield from harm(place, FILM if "--no-video" not in more else None)
    yield from alive(both)


def play(place: Place, number: int, seed: int) -> tuple[str, list[Harm]]:
    """The trial of this number: what was killed, and the harm it did."""
    chance = random.Random(f"{seed} {number}")
    victim = list(VICTIMS)[number % len(VICTIMS)]
    others = int(number % 5 == 4)  # now and then another batch works on the same clips
    more = () if number % 4 == 3 else ("--no-video",)
    name = victim + (" of one of two batches" if others else "")
    return name, list(killed(place, victim, others, more, chance))


@click.command()
@click.option("--times", default=50, show_default=True, help="So many batches are killed.")
@click.option("--seed", default=1, show_default=True)
def main(times: int, seed: int) -> None:
    """Kill batches at random moments and count what was harmed."""
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        table: dict[str, Counter[str]] = {"nothing (two batches at once)": Counter(batches=1)}
        found = list(together(place, ("--no-video",)))
        table["nothing (two batches at once)"].update(harm.column for harm in found)
        for number in range(times):
            name, harms = play(place, number, seed)
            table.setdefault(name, Counter())["batches"] += 1
            table[name].update(harm.column for harm in harms)
            found += harms
            for one in harms:
                click.echo(f"{number}, {name}: {one.column}: {one.said}", err=True)
    wide = max(map(len, table))
    click.echo(f"{'killed':{wide}}  " + "  ".join(("batches", *COLUMNS)))
    for name, counts in table.items():
        click.echo(f"{name:{wide}}  " + "  ".join(f"{counts[c]:{len(c)}}" for c in ("batches", *COLUMNS)))
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
