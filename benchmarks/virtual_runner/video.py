"""Writes frames as H.264 with PyAV, and the sensor's noise into them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from numpy.typing import NDArray

from .maths import Array
from .spec import Recording

Image = NDArray[np.uint8]
NOISE_PICTURES = 4  # drawn once, then shifted about: noise that repeats nowhere the eye or a model could find it


class VideoWriter:
    """``with VideoWriter(path, recording) as video: video.write(image)``."""

    def __init__(self, path: Path, recording: Recording):
        self.container = av.open(str(path), "w", options={"movflags": "+faststart"})
        rate = Fraction(recording.fps).limit_denominator(1001)
        self.stream = self.container.add_stream("libx264", rate=rate)
        self.stream.width, self.stream.height = recording.width_px, recording.height_px
        self.stream.pix_fmt = "yuv420p"
        self.stream.options = {"crf": str(recording.crf), "preset": recording.preset, "threads": "1"}

    def write(self, image: Image) -> None:
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        self.container.mux(self.stream.encode(frame))

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.container.mux(self.stream.encode(None))
        self.container.close()


class Sensor:
    """Averages the sub-frames of an exposure and adds noise."""

    def __init__(self, recording: Recording, seed: int):
        self.random = np.random.default_rng(seed)
        shape = (NOISE_PICTURES, recording.height_px, recording.width_px, 1)
        self.noise = self.random.normal(0, recording.grain, shape).astype(np.float32) if recording.grain else None
        self.count = 0

    def expose(self, images: list[Image]) -> Image:
        if len(images) == 1 and self.noise is None:
            return images[0]
        light: Array = np.mean(images, axis=0, dtype=np.float32)
        if self.noise is not None:
            height, width = light.shape[:2]
            shift = (int(self.random.integers(height)), int(self.random.integers(width)))
            light = light + np.roll(self.noise[self.count % NOISE_PICTURES], shift, (0, 1))
            self.count += 1
        return np.clip(light + 0.5, 0, 255).astype(np.uint8)
