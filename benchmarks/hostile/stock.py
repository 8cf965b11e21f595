"""What hostile input is made from: a second of a sample in every container, its pictures, and a good report."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

SAMPLES = Path(__file__).parent.parent.parent / "sample_videos"
WIDTH, HEIGHT = 320, 180
FRAMES, RATE = 30, 30  # a second
EVERY = 2  # take every second frame of the sample, which has 60 a second
SOUND_RATE = 48_000
SOUND_PART = 1024  # samples in a frame of AAC
CONTAINERS = {  # extension → codecs of picture and sound
    "mp4": ("libx264", "aac"),
    "mov": ("mpeg4", None),
    "mkv": ("libx264", None),
    "webm": ("libvpx", None),
    "avi": ("mpeg4", "aac"),
    "ts": ("libx264", "aac"),
}


@dataclass(frozen=True)
class Stock:
    """clips: by extension; pictures: (n, HEIGHT, WIDTH, 3) RGB; report: report.json of a sample with findings."""

    clips: dict[str, Path]
    pictures: NDArray[np.uint8]
    report: str


def command() -> list[str]:
    """The formcheck installed beside this Python."""
    return [str(Path(sys.executable).with_name("formcheck"))]


def lay_in(folder: Path) -> Stock:
    """Everything that cases are made from."""
    with av.open(str(SAMPLES / "neutral.mp4")) as source:
        frames = islice(source.decode(video=0), 0, FRAMES * EVERY, EVERY)
        pictures = np.stack([f.reformat(WIDTH, HEIGHT, "rgb24").to_ndarray() for f in frames]).astype(np.uint8)
    clips = {ending: _clip(folder / f"clip.{ending}", pictures, *CONTAINERS[ending]) for ending in CONTAINERS}
    return Stock(clips, pictures, _report(folder))


def _clip(path: Path, pictures: NDArray[np.uint8], codec: str, sound: str | None) -> Path:
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        heard = out.add_stream(sound, rate=SOUND_RATE, layout="mono") if sound else None
        for picture in pictures:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
        if heard is not None:
            add_sound(heard, out, SOUND_RATE // SOUND_PART)
    return path


def add_sound(stream: Any, out: Any, parts: int) -> None:
    """This many parts of silence."""
    frame = av.AudioFrame.from_ndarray(np.zeros((1, SOUND_PART), np.float32), format="fltp", layout="mono")
    frame.sample_rate = SOUND_RATE
    for i in range(parts):
        frame.pts = SOUND_PART * i
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


def _report(folder: Path) -> str:
    sample = SAMPLES / "overstride_lean.mp4"
    options = ("--model", "lite", "--no-video", "--quiet", "--end", "3")
    subprocess.run([*command(), "analyze", str(sample), *options, "-o", str(folder / "good")], check=True)
    return (folder / "good" / sample.stem / "report.json").read_text(encoding="utf-8")
