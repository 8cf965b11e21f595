"""How long a whole analysis takes against the bare pose model on the same frames, and what memory it needs.

    python -m benchmarks.speed [VIDEO] [--model NAME]

Both are timed in this one run, each in a fresh process, alternating; memory is the peak of the process for the
clip and for the same clip ten times in a row.
"""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import click

from formcheck.backends import BACKENDS, DEFAULT_BACKEND

SAMPLE = Path(__file__).parent.parent / "sample_videos" / "neutral.mp4"


def bare(video: Path, model: str) -> None:
    """Decode and run the landmarker as MediaPipe's own examples do: nothing else."""
    from formcheck.pose_mediapipe import Landmarker, model_path  # noqa: PLC0415
    from formcheck.video import Clip  # noqa: PLC0415

    landmarker = Landmarker(model_path(BACKENDS[model].model))
    follower = landmarker.follower()
    for frame in Clip(video):
        follower.follow(frame.image)
    landmarker.close()


def whole(video: Path, model: str) -> None:
    """What ``formcheck analyze`` does, annotated video and all."""
    from formcheck import pipeline  # noqa: PLC0415
    from formcheck.datatypes import Options  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        pipeline.write(pipeline.analyze(video, Options(model=model)), Path(folder))


def _run(work: Callable[[Path, str], None], video: Path, model: str, answer: multiprocessing.SimpleQueue) -> None:  # type: ignore[type-arg]
    start = time.perf_counter()
    work(video, model)
    answer.put((time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def measure(work: Callable[[Path, str], None], video: Path, model: str) -> tuple[float, float]:
    """(seconds, peak MB) of work in a process of its own."""
    context = multiprocessing.get_context("spawn")
    answer = context.SimpleQueue()
    process = context.Process(target=_run, args=(work, video, model, answer))
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError(f"{work.__name__} failed")
    seconds, megabytes = answer.get()
    return seconds, megabytes


def repeated(video: Path, times: int, to: Path) -> Path:
    """The clip several times in a row, packets copied."""
    with av.open(str(video)) as source, av.open(str(to), "w") as out:
        stream = source.streams.video[0]
        copy = out.add_stream_from_template(stream)
        packets = [(p, p.pts, p.dts) for p in source.demux(stream) if p.pts is not None and p.dts is not None]
        length = int(stream.frames / Fraction(stream.average_rate or 30) / Fraction(stream.time_base or 1))
        for turn in range(times):
            for packet, pts, dts in packets:
                packet.pts, packet.dts, packet.stream = pts + turn * length, dts + turn * length, copy
                out.mux(packet)
    return to


@click.command()
@click.argument("video", type=click.Path(exists=True, path_type=Path), default=SAMPLE)
@click.option("--model", type=click.Choice(list(BACKENDS)), default=DEFAULT_BACKEND)
@click.option("--rounds", default=2, show_default=True)
@click.option("--memory/--no-memory", default=True, help="Also compare memory with a clip ten times as long.")
def main(video: Path, model: str, rounds: int, memory: bool) -> None:
    """Time a whole analysis against the bare pose model."""
    times: dict[str, list[float]] = {"bare": [], "whole": []}
    for _ in range(rounds):
        times["bare"].append(measure(bare, video, model)[0])
        times["whole"].append(measure(whole, video, model)[0])
    ratio = min(times["whole"]) / min(times["bare"])
    click.echo(f"{video.name}, {model}: bare {min(times['bare']):.1f} s, whole {min(times['whole']):.1f} s")
    click.echo(f"ratio {ratio:.2f}")
    if memory:
        with tempfile.TemporaryDirectory() as folder:
            long = repeated(video, 10, Path(folder) / "long.mp4")
            once, tenfold = measure(whole, video, model)[1], measure(whole, long, model)[1]
        click.echo(f"peak memory {once:.0f} MB, ten times the length {tenfold:.0f} MB: {tenfold / once - 1:+.1%}")


if __name__ == "__main__":
    main()
