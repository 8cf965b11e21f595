"""How long analyses take compared with the bare pose model on the same frames, and how much memory they need.

    python -m benchmarks.speed [--rounds 2] [--only analyses,batch,…] [--peer 'program {clip}']

Everything is timed in this one run, on this machine, alternating; the least time of each counts. The bare model is
MediaPipe's landmarker on frames decoded beforehand, in one process: every target is a ratio to its time. The tutorial
loop is what one finds in MediaPipe's and OpenCV's examples: decode, detect, draw, write. What is printed as limit is
the CPU time used, divided by the cores: nothing that does the same work can be faster.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import nan
from pathlib import Path

import av
import click
import cv2
import numpy as np
import psutil

from formcheck.engine import CORES

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "sample_videos" / "neutral.mp4"
MODELS = ("heavy", "full", "lite")
CLIPS = 16  # of a batch
BATCH_S = 3  # how much of each
LOOK_EVERY_S = 0.25  # how often the memory is looked at


@dataclass(frozen=True)
class Cost:
    """Of one run: wall-clock seconds; CPU seconds and peak memory in MB of all its processes together."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def cost_of(*arguments: object) -> Cost:
    """What a call of formcheck costs, as a user starts it."""
    return _measured([sys.executable, "-m", "formcheck", *map(str, arguments)])


def _measured(command: list[str]) -> Cost:
    begin = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    peak = _Peak(process.pid)
    _, status, used = os.wait4(process.pid, 0)  # with all children that it has waited for
    wall = time.perf_counter() - begin
    most = peak.stop()
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"{' '.join(command)} failed")
    return Cost(wall, used.ru_utime + used.ru_stime, most)


class _Peak:
    """The most memory that a process and those it started used together; what they share is counted once."""

    def __init__(self, pid: int) -> None:
        self._process, self._most, self._over = psutil.Process(pid), 0.0, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(LOOK_EVERY_S):
            with suppress(psutil.Error):
                family = [self._process, *self._process.children(recursive=True)]
                self._most = max(self._most, sum(one.memory_full_info().pss for one in family) / 1e6)

    def stop(self) -> float:
        self._over.set()
        self._thread.join()
        return self._most


def least(rounds: int, *works: Callable[[], Cost]) -> list[Cost]:
    """The quickest run of each, all done in turn: what else the machine does then slows them alike."""
    runs = [[work() for work in works] for _ in range(rounds)]
    return [min(of_one, key=lambda cost: cost.wall_s) for of_one in zip(*runs, strict=True)]


def bare(video: Path, model: str) -> Cost:
    """What MediaPipe's landmarker takes for all frames of a clip, decoded beforehand: its time only."""
    code = f"from benchmarks.speed import bare_here; bare_here({str(video)!r}, {model!r})"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return Cost(float(run.stdout), nan, nan)


def bare_here(video: str, model: str) -> None:
    from formcheck import pose_mediapipe  # noqa: PLC0415 (in a process of its own)
    from formcheck.backends import BACKENDS  # noqa: PLC0415
    from formcheck.video import Clip  # noqa: PLC0415

    images = [frame.image for frame in Clip(Path(video))]
    with pose_mediapipe.open_model(BACKENDS[model].file) as landmarker:
        tracker = landmarker.tracker()
        begin = time.perf_counter()
        for image in images:
            tracker.update(image)
        print(time.perf_counter() - begin)


def tutorial(video: Path, folder: Path) -> Cost:
    """The loop of the examples, with formcheck's outputs: landmarks of every frame, and a video with them drawn in."""
    code = f"from benchmarks.speed import tutorial_here; tutorial_here({str(video)!r}, {str(folder)!r})"
    return _measured([sys.executable, "-c", code])


def tutorial_here(video: str, folder: str) -> None:
    from mediapipe import Image, ImageFormat  # noqa: PLC0415 (in a process of its own)
    from mediapipe.tasks.python import BaseOptions, vision  # noqa: PLC0415

    from formcheck.landmarks import BLAZEPOSE  # noqa: PLC0415

    model = str(ROOT / "models" / "pose_landmarker_heavy.task")
    options = vision.PoseLandmarkerOptions(BaseOptions(model), running_mode=vision.RunningMode.VIDEO)
    source = cv2.VideoCapture(video)
    rate = source.get(cv2.CAP_PROP_FPS)
    size = tuple(int(source.get(key)) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    fourcc = cv2.VideoWriter_fourcc(*"mp4v")  # type: ignore[attr-defined]
    out = cv2.VideoWriter(str(Path(folder) / "drawn.mp4"), fourcc, rate, size)
    rows, index = [], BLAZEPOSE.index
    with vision.PoseLandmarker.create_from_options(options) as landmarker:
        for number in range(1_000_000):
            there, image = source.read()
            if not there:
                break
            shown = Image(ImageFormat.SRGB, cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
            found = landmarker.detect_for_video(shown, round(1000 * number / rate)).pose_landmarks
            for landmarks in found[:1]:
                places = [(int(p.x * size[0]), int(p.y * size[1])) for p in landmarks]
                for a, b in BLAZEPOSE.connections:
                    cv2.line(image, places[index[a]], places[index[b]], (0, 255, 0), 2)
                rows.append([number, *(value for p in landmarks for value in (p.x, p.y, p.visibility))])
            out.write(image)
    out.release()
    np.savetxt(Path(folder) / "frames.csv", np.array(rows), delimiter=",")


def scaled(video: Path, width: int, height: int, to: Path) -> Path:
    """The clip in another size, as a phone would write it."""
    with av.open(str(video)) as source, av.open(str(to), "w") as out:
        stream = source.streams.video[0]
        copy = out.add_stream("libx264", rate=stream.average_rate, options={"preset": "fast", "crf": "20"})
        copy.width, copy.height, copy.pix_fmt = width, height, "yuv420p"
        for frame in source.decode(stream):
            out.mux(copy.encode(frame.reformat(width=width, height=height, format="yuv420p")))
        out.mux(copy.encode(None))
    return to


def repeated(video: Path, times: int, to: Path, **metadata: str) -> Path:
    """The clip several times in a row, packets copied."""
    with av.open(str(video)) as source, av.open(str(to), "w") as out:
        out.metadata.update(metadata)
        stream = source.streams.video[0]
        copy = out.add_stream_from_template(stream)
        packets = [(p, p.pts, p.dts) for p in source.demux(stream) if p.pts is not None and p.dts is not None]
        length = int(stream.frames / Fraction(stream.average_rate or 30) / Fraction(stream.time_base or 1))
        for turn in range(times):
            for packet, pts, dts in packets:
                packet.pts, packet.dts, packet.stream = pts + turn * length, dts + turn * length, copy
                out.mux(packet)
    return to


def analyses(folder: Path, rounds: int) -> Iterator[str]:
    """Whole analyses ÷ the bare landmarker."""
    large = scaled(SAMPLE, 1920, 1080, folder / "1080p.mp4")
    yield "| ÷ bare landmarker | ratio | s | bare s | limit (CPU ÷ cores) |\n|---|---|---|---|---|"
    for model in MODELS:
        for name, clip in (("720p60", SAMPLE), ("1080p60", large)) if model == "heavy" else (("720p60", SAMPLE),):
            call = ("analyze", clip, "--model", model, "--no-cache", "--quiet", "-o", folder / "out")
            whole = partial(cost_of, *call), partial(cost_of, *call, "--no-video")
            alone, *costs = least(rounds, partial(bare, clip, model), *whole)
            for what, cost in zip(("with video", "without video"), costs, strict=True):
                ratio = cost.wall_s / alone.wall_s
                cells = f"{ratio:.2f} | {cost.wall_s:.1f} | {alone.wall_s:.1f} | {cost.cpu_s / CORES:.1f}"
                yield f"| {name} {model} {what} | {cells} |"


def against_tutorial(folder: Path, rounds: int) -> Iterator[str]:
    yield _beside("tutorial loop", lambda: tutorial(SAMPLE, folder), folder, rounds)


def against(command: str, folder: Path, rounds: int) -> Iterator[str]:
    """Another program on the same clip, against ours with and without the video."""
    words = [word.format(clip=SAMPLE, folder=folder) for word in shlex.split(command)]
    for flags in ((), ("--no-video",)):
        yield _beside(command, lambda: _measured(words), folder, rounds, *flags)


def _beside(name: str, work: Callable[[], Cost], folder: Path, rounds: int, *flags: str) -> str:
    call = ("analyze", SAMPLE, "--no-cache", "--quiet", "-o", folder / "out", *flags)
    theirs, ours = least(rounds, work, lambda: cost_of(*call))
    ratio = theirs.wall_s / ours.wall_s
    said = " ".join(("formcheck", *flags))
    return f"{name} {theirs.wall_s:.1f} s, {said} {ours.wall_s:.1f} s: {ratio:.2f} × as fast"


def batches(folder: Path, rounds: int) -> Iterator[str]:
    """Many clips by two workers against one."""
    clips = folder / "clips"
    clips.mkdir()
    for i in range(CLIPS):
        repeated(SAMPLE, 1, clips / f"{i:02}.mp4", comment=str(i))  # the same clip would be analysed only once

    def batch(workers: int) -> Cost:
        with tempfile.TemporaryDirectory() as out:
            more = ("--model", "full", "--end", BATCH_S, "--no-cache", "--quiet", "--workers", workers)
            return cost_of("batch", clips, "-o", out, *more)

    one, two = least(rounds, lambda: batch(1), lambda: batch(2))
    ratio = one.wall_s / two.wall_s
    yield f"batch of {CLIPS} clips: 1 worker {one.wall_s:.1f} s, 2 workers {two.wall_s:.1f} s: {ratio:.2f} ×"


def memory(folder: Path, _rounds: int) -> Iterator[str]:
    """Peak memory of all processes, for a clip and one about twenty times as long, which is then read again."""
    large = scaled(SAMPLE, 1920, 1080, folder / "m.mp4")
    clips = repeated(large, 3, folder / "30s.mp4"), repeated(large, 57, folder / "10min.mp4")
    call = ("--model", "lite", "--quiet", "-o", folder / "out")
    short, long = (cost_of("analyze", clip, *call) for clip in clips)
    for what, cost in (("30 s", short), ("10 min", long)):
        yield f"1080p60, {what}: {cost.peak_mb:.0f} MB, {cost.wall_s:.1f} s"
    yield f"memory of 10 min ÷ of 30 s: {long.peak_mb / short.peak_mb:.2f}"
    again = cost_of("analyze", clips[1], *call, "--no-video")
    yield f"10 min from kept landmarks, without video: {again.wall_s:.1f} s, {again.peak_mb:.0f} MB"


FIRST_PROGRESS = """
import os, pty, sys, time
begin = time.perf_counter()
pid, end = pty.fork()
if not pid:
    os.execv(sys.executable, [sys.executable, "-m", "formcheck", "analyze", *sys.argv[1:]])
seen = b""
while b"reading" not in seen:
    seen += os.read(end, 4096)
print(time.perf_counter() - begin)
os.kill(pid, 9)
os.waitpid(pid, 0)
"""


def start(folder: Path, rounds: int) -> Iterator[str]:
    """From Enter to the first bar, which says how many frames there are, on a terminal."""
    command = [sys.executable, "-c", FIRST_PROGRESS, str(SAMPLE), "--no-cache", "-o", str(folder / "out")]
    runs = [subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True) for _ in range(rounds)]
    yield f"from Enter to the first bar: {min(float(run.stdout) for run in runs):.2f} s"


WORKS: dict[str, Callable[[Path, int], Iterator[str]]] = {
    "analyses": analyses,
    "tutorial": against_tutorial,
    "batch": batches,
    "memory": memory,
    "start": start,
}


@click.command()
@click.option("--rounds", default=2, show_default=True)
@click.option("--only", default=",".join(WORKS), show_default=True, help="Which of them, with commas between.")
@click.option("--peer", "peers", multiple=True, metavar="COMMAND", help="Time this, too; {clip}, {folder}: filled in.")
def main(rounds: int, only: str, peers: tuple[str, ...]) -> None:
    """Time whole analyses against the bare pose model, and look at their memory."""
    works = [WORKS[name] for name in only.split(",") if name] + [partial(against, command) for command in peers]
    with tempfile.TemporaryDirectory() as kept:
        os.environ["FORMCHECK_CACHE"] = kept
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is not compiled at each start
        for work in works:
            with tempfile.TemporaryDirectory() as folder:
                for line in work(Path(folder), rounds):
                    click.echo(line)


if __name__ == "__main__":
    main()
