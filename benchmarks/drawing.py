"""What the annotated video costs: CPU time per frame to decode, to draw and to encode, each on its own.

    python -m benchmarks.drawing [VIDEO]

The clip's beginning is scaled to both sizes, in the colours phones write. CPU time, not wall-clock time: of all
threads of the process, the least of several rounds, so that other load on the machine matters little.
"""

from __future__ import annotations

import io
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import click
import cv2
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace

from formcheck import pipeline
from formcheck.annotate import Overlay
from formcheck.datatypes import Options
from formcheck.planes import Planes
from formcheck.video import Clip, VideoWriter
from formcheck.video.writer import ENCODING

SAMPLE = Path(__file__).parent.parent / "sample_videos" / "neutral.mp4"
LINES = (720, 1080)
FRAMES, RATE = 150, 60  # frames used, frames/s: what is drawn repeats with every stride
ROUNDS = 5


def scaled(video: Path, lines: int, to: Path) -> Path:
    """The clip's beginning in another size, as sharp as phones write it."""
    with av.open(str(video)) as source, av.open(str(to), "w") as out:
        stream = source.streams.video[0]
        written = out.add_stream("libx264", rate=stream.average_rate, options={"crf": "18", "bf": "0"})
        written.width, written.height = 2 * round(stream.width * lines / stream.height / 2), lines
        written.pix_fmt = "yuv420p"
        written.colorspace = Colorspace.ITU709  # as phones write them
        for frame in islice(source.decode(stream), FRAMES):
            out.mux(written.encode(frame.reformat(written.width, lines, "yuv420p", dst_colorspace=Colorspace.ITU709)))
        out.mux(written.encode(None))
    return to


def decode(video: Path) -> None:
    """The decoder alone."""
    with av.open(str(video)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for _ in islice(container.decode(video=0), FRAMES):
            pass


def read(video: Path) -> Iterator[Planes]:
    """Frames ready to be drawn on."""
    return (picture for _, picture in islice(Clip(video).planes(), FRAMES))


def draw(overlay: Overlay, pictures: list[Planes]) -> None:
    for row, picture in enumerate(pictures):
        overlay.draw(picture, row)


def write(pictures: list[Planes], to: Path) -> None:
    with VideoWriter(to, pictures[0].width, pictures[0].height, RATE) as out:
        for i, picture in enumerate(pictures):
            out.write(picture, i / RATE)


def encode(frames: list[VideoFrame]) -> None:
    """The encoder alone, into memory."""
    with av.open(io.BytesIO(), "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=RATE, options=ENCODING)
        stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, "yuv420p"
        for i, frame in enumerate(frames):
            frame.pts, frame.time_base = i, Fraction(1, RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def cpu_ms(work: Callable[[], object]) -> float:
    """Per frame, of all threads, the least of several rounds."""
    least = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        least = min(least, time.process_time() - start)
    return 1000 * least / FRAMES


def costs(video: Path, folder: Path) -> dict[str, float]:
    """CPU time of each step, ms per frame."""
    overlay = Overlay(pipeline.analyze(video, Options(model="lite")))
    pictures = list(read(video))
    drawing = cpu_ms(lambda: draw(overlay, [picture.copy() for picture in pictures]))
    copying = cpu_ms(lambda: [picture.copy() for picture in pictures])
    draw(overlay, pictures)
    frames = [VideoFrame.from_ndarray(picture.data, format="yuv420p") for picture in pictures]
    return {
        "decode": cpu_ms(lambda: decode(video)),
        "decode and hand over": cpu_ms(lambda: deque(read(video), maxlen=0)),
        "draw": drawing - copying,
        "encode and write": cpu_ms(lambda: write(pictures, folder / "drawn.mp4")),
        "encoder alone": cpu_ms(lambda: encode(frames)),
    }


@click.command()
@click.argument("video", type=click.Path(exists=True, path_type=Path), default=SAMPLE)
def main(video: Path) -> None:
    """CPU time of the annotated video's steps, ms a frame, for pictures of 720 and of 1080 lines."""
    cv2.setNumThreads(1)
    for lines in LINES:
        with tempfile.TemporaryDirectory() as folder:
            clip = scaled(video, lines, Path(folder) / "clip.mp4")
            steps = costs(clip, Path(folder))
        click.echo(f"{lines} lines: " + ", ".join(f"{step} {ms:.1f}" for step, ms in steps.items()) + " ms a frame")
        click.echo(f"  draw, encode and write {steps['draw'] + steps['encode and write']:.1f} ms")


if __name__ == "__main__":
    main()
