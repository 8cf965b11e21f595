"""Writes frames as H.264 with PyAV, with sensor noise added."""

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
CLOCK_HZ = 90_000  # the file's clock, when frames are uneven
NOISE_PICTURES = 4  # drawn once, then shifted about: noise with no repeats that an eye or a model could find


class VideoWriter:
    """``with VideoWriter(path, recording) as video: video.write(image, time_s)``; times are real time."""

    def __init__(self, path: Path, recording: Recording):
        flags = "+faststart+use_metadata_tags" if recording.says_capture_fps else "+faststart"
        self.container = av.open(str(path), "w", options={"movflags": flags})
        if recording.says_capture_fps:
            self.container.metadata["com.android.capture.fps"] = f"{recording.fps:f}"
        self.recording = recording
        rate = Fraction(recording.file_fps or recording.fps).limit_denominator(1001)
        self.stream = self.container.add_stream("libx264", rate=rate)
        self.stream.width, self.stream.height = recording.width_px, recording.height_px
        self.stream.pix_fmt = "yuv420p"
        self.stream.options = {"crf": str(recording.crf), "preset": recording.preset, "threads": "1"}
        if recording.uneven:
            self.stream.codec_context.time_base = Fraction(1, CLOCK_HZ)

    def write(self, image: Image, time_s: float) -> None:
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        if self.recording.uneven:
            frame.pts = round(time_s * self.recording.slow_motion_factor * CLOCK_HZ)
            frame.time_base = Fraction(1, CLOCK_HZ)
        self.container.mux(self.stream.encode(frame))

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
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
