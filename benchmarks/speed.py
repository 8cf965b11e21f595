"""How long a whole analysis takes against the bare pose model on the same frames, and what memory it needs.

    python -m benchmarks.speed [VIDEO] [--model NAME]

The bare model is MediaPipe's landmarker, and ours. All are timed in this one run, each in a fresh process,
alternating; memory is the peak of the process for the clip and for the same clip ten times in a row.
"""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import click

from formcheck.backends import BACKENDS, DEFAULT_BACKEND

SAMPLE = Path(__file__).parent.parent / "sample_videos" / "neutral.mp4"


def mediapipe(video: Path, model: str) -> None:
    """Decode and run the landmarker as MediaPipe's own examples do: nothing else."""
    from formcheck import pose_mediapipe  # noqa: PLC0415

    _bare(pose_mediapipe, video, model)


def litert(video: Path, model: str) -> None:
    """The same by our own engine."""
    from formcheck import pose_litert  # noqa: PLC0415

    _bare(pose_litert, video, model)


def _bare(engine: Any, video: Path, model: str) -> None:
    from formcheck.video import Clip  # noqa: PLC0415

    with engine.open_model(BACKENDS[model].file) as landmarker:
        tracker = landmarker.tracker()
        for frame in Clip(video):
            tracker.update(frame.image)


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
    works = (mediapipe, litert, whole)
    times: dict[str, list[float]] = {work.__name__: [] for work in works}
    for _ in range(rounds):
        for work in works:
            times[work.__name__].append(measure(work, video, model)[0])
    least = {name: min(seconds) for name, seconds in times.items()}
    click.echo(f"{video.name}, {model}: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in least.items()))
    click.echo(f"whole ÷ mediapipe {least['whole'] / least['mediapipe']:.2f}")
    click.echo(f"litert ÷ mediapipe {least['litert'] / least['mediapipe']:.2f}")
    if memory:
        with tempfile.TemporaryDirectory() as folder:
            long = repeated(video, 10, Path(folder) / "long.mp4")
            once, tenfold = measure(whole, video, model)[1], measure(whole, long, model)[1]
        click.echo(f"peak memory {once:.0f} MB, ten times the length {tenfold:.0f} MB: {tenfold / once - 1:+.1%}")


if __name__ == "__main__":
    main()
