"""Small video files made on the fly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from formcheck.planes import Planes

Image = np.ndarray
LARGE = 1_000_000  # bytes in a picture: worth several threads for encoding, which write other bytes than one
BT2020 = 9  # ITU-T H.273: Y'CbCr of BT.2020, non-constant luminance
CORNERS = {"top left": (255, 0, 0), "top right": (0, 255, 0), "bottom left": (0, 0, 255), "bottom right": (255, 255, 0)}


def corners(width: int = 160, height: int = 96) -> Image:
    """A picture whose four quarters show which way is up."""
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, : width // 2] = CORNERS["top left"]
    image[: height // 2, width // 2 :] = CORNERS["top right"]
    image[height // 2 :, : width // 2] = CORNERS["bottom left"]
    image[height // 2 :, width // 2 :] = CORNERS["bottom right"]
    return image


def rgb(picture: Planes) -> Image:
    """(H, W, 3) as a player shows it."""
    frame = av.VideoFrame.from_ndarray(picture.data, format="yuv420p")
    return frame.reformat(format="rgb24", src_colorspace=Colorspace.ITU709).to_ndarray()


def make(
    path: Path,
    times_s: Sequence[float] = tuple(np.arange(30) / 30),
    picture: Callable[[int], Image] = lambda _: corners(),
    codec: str = "libx264",
    encoding: dict[str, str] | None = None,
    **options: str,
) -> Path:
    """A clip whose frame i shows picture(i) at times_s[i]."""
    first = picture(0)
    with av.open(str(path), "w", options=options) as out:
        stream = out.add_stream(codec, rate=30, options=encoding)
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = "yuv420p"
        if first.size < LARGE:
            stream.thread_count = 1  # threads would wait longer than they work
        stream.codec_context.time_base = Fraction(1, 90_000)
        for i, time_s in enumerate(times_s):
            frame = av.VideoFrame.from_ndarray(picture(i), format="rgb24")
            frame.pts, frame.time_base = round(time_s * 90_000), Fraction(1, 90_000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def make_sound(path: Path) -> Path:
    """A file with sound only."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=44_100, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44_100
        for i in range(20):
            frame.pts = 1024 * i
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def make_hdr(path: Path, planes: np.ndarray, curve: ColorTrc, frames: int = 3, *, odd: bool = False) -> Path:
    """A clip in ten-bit HEVC, as phones film HDR, that shows (3/2 H, W) Y'CbCr in BT.2020; odd: a pixel narrower and
    lower, in a codec that can be."""
    codec, options = ("ffv1", {}) if odd else ("libx265", {"crf": "4", "x265-params": "log-level=none"})
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=30, options=options)
        stream.height, stream.width = planes.shape[0] * 2 // 3 - odd, planes.shape[1] - odd
        stream.pix_fmt, stream.colorspace, stream.color_trc = "yuv420p10le", BT2020, curve
        stream.color_primaries, stream.color_range = ColorPrimaries.BT2020, ColorRange.MPEG
        for i in range(frames):
            frame = av.VideoFrame.from_ndarray(planes.astype(np.uint16), format="yuv420p10le")
            frame = frame.reformat(stream.width, stream.height)
            frame.pts, frame.time_base = i, Fraction(1, 30)
            frame.colorspace, frame.color_trc, frame.color_range = BT2020, curve, ColorRange.MPEG
            frame.color_primaries = ColorPrimaries.BT2020
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path
