"""Writes H.264 in yuv420p with its index first, which every browser and phone plays."""

from __future__ import annotations

import math
import queue
import threading
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream

from ..files import replacing
from ..planes import Planes
from .clip import AHEAD
from .container import FASTEST_FPS, SLOWEST_FPS

TIME_BASE = Fraction(1, 90_000)  # of written frames: frame times are kept to 6 microseconds
# x264: superfast without what costs most time for least gain, sub-pixel motion refinement and weighted prediction,
# with the CRF lowered to make up for it (docs/performance.md); without B-frames (bf), which come out of order, the
# file's length includes the last frame
ENCODING = {"preset": "superfast", "crf": "21.5", "bf": "0", "x264-params": "subme=0:weightp=0"}


class _BrokenOffError(Exception):
    """Whoever draws the frames has failed: what has been written so far must be deleted."""


class VideoWriter:
    """Writes pictures with their own times to an MP4 that plays anywhere; whole or not at all.

    The first frame is shown at once, whatever its time; the others keep their distance from it. Encoding runs on
    its own thread. Where width or height is odd, pictures are one row or column larger, since yuv420p needs even
    sizes. ``rate`` (frames/s, NaN if unknown) only says how long the last frame is shown. Raises FormcheckError, from
    ``write`` or on leaving, when the file cannot be written (disk full, no permission).
    """

    def __init__(self, path: Path, width: int, height: int, rate: float) -> None:
        self._path, self._size = path, (width + width % 2, height + height % 2)
        usual = min(max(rate, SLOWEST_FPS), FASTEST_FPS) if math.isfinite(rate) else 30
        self._rate = Fraction(usual).limit_denominator(1001)
        self._first_s, self._last_ticks = math.nan, -1
        self._frames: queue.Queue[VideoFrame | None] = queue.Queue(AHEAD)
        self._thread = threading.Thread(target=self._work, name="encoder", daemon=True)
        self._error: BaseException | None = None
        self._broken_off = False

    def __enter__(self) -> VideoWriter:
        self._thread.start()
        return self

    def write(self, picture: Planes, time_s: float) -> None:
        """Append a picture of the announced size, at a later time than the one before; it must not change any more."""
        if self._error is not None:
            raise self._error
        if (picture.width, picture.height) != self._size:
            raise ValueError(
                f"{picture.width} x {picture.height} pixels in a video of {self._size[0]} x {self._size[1]}"
            )
        self._first_s = time_s if math.isnan(self._first_s) else self._first_s
        ticks = round((time_s - self._first_s) / TIME_BASE)
        if ticks <= self._last_ticks:
            raise ValueError(f"frame at {time_s} s is not later than the one before it")
        self._last_ticks = ticks
        frame = VideoFrame.from_numpy_buffer(picture.data, format="yuv420p")
        frame.pts, frame.time_base, frame.duration = ticks, TIME_BASE, round(1 / self._rate / TIME_BASE)
        self._hand_over(frame)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._broken_off = error is not None
        self._hand_over(None)
        self._thread.join()
        if error is None and self._error is not None:
            raise self._error

    def _hand_over(self, frame: VideoFrame | None) -> None:
        """To the encoder, waiting for space in its queue as long as it is alive."""
        while self._thread.is_alive():
            with suppress(queue.Full):
                self._frames.put(frame, timeout=0.1)
                return

    def _work(self) -> None:
        """The encoder's thread: everything that touches the file happens here."""
        try:
            with suppress(_BrokenOffError), replacing(self._path) as temporary:
                self._encode_to(temporary)
        except BaseException as error:
            self._error = error

    def _encode_to(self, temporary: Path) -> None:
        # "file:" keeps libav from taking a colon in a folder's name for a protocol
        with av.open(f"file:{temporary}", "w", format="mp4", options={"movflags": "+faststart"}) as container:
            stream = self._added_stream(container)
            while (frame := self._frames.get()) is not None and not self._broken_off:
                container.mux(stream.encode(frame))
            if self._broken_off:
                raise _BrokenOffError
            if self._last_ticks < 0:
                raise ValueError("no frame was written")
            container.mux(stream.encode(None))

    def _added_stream(self, container: av.container.OutputContainer) -> VideoStream:
        stream = container.add_stream("libx264", rate=self._rate, options=ENCODING)
        stream.width, stream.height = self._size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = TIME_BASE
        stream.colorspace, stream.color_range = Colorspace.ITU709, ColorRange.MPEG
        stream.color_primaries, stream.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        return stream
