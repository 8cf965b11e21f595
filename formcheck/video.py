"""Decoding and encoding: the only module that does either.

Frames come upright (rotation and pixel shape applied), one at a time, with the times the file gives them. The
annotated video is H.264 in yuv420p with its index in front, which every browser and phone plays.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, TypeVar

import av
import av.error
import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from .datatypes import UnreadableVideoError, VideoInfo
from .files import replacing

Image = NDArray[np.uint8]
T = TypeVar("T")

CAPTURE_FPS_TAGS = ("com.android.capture.fps",)  # written by Android cameras for slow motion
TIME_BASE = Fraction(1, 90_000)  # of written frames: frame times are kept to 11 microseconds
PRESET, QUALITY = "veryfast", "21"  # x264: faster than the pose model, thin lines and text still sharp
LEAST_OF_PROMISED = 0.97  # of the frames the index lists: fewer mean that the file was cut short
AHEAD = 6  # frames decoded or waiting to be encoded beyond the one in hand
REMEDY = "give a video file (mp4, mov, avi, webm …) that plays on this computer"


@dataclass(frozen=True, slots=True)
class Frame:
    """index: from 0 in the file; time_s: file time since its first frame; image: (H, W, 3) RGB, upright."""

    index: int
    time_s: float
    image: Image


def probe(path: Path) -> VideoInfo:
    """What the container says, and the first frame's size and rotation. Raises UnreadableVideoError."""
    with _opened(path) as (container, stream):
        first = next(_decoded(container, stream), None)
        if first is None:
            raise UnreadableVideoError(f"{path}: holds no picture that can be decoded; {REMEDY}")
        height, width = _upright(first, stream.sample_aspect_ratio).shape[:2]
        seconds = _seconds(container, stream)
        rate = stream.average_rate or stream.guessed_rate
        tags = {**container.metadata, **stream.metadata}
        recorded = next((float(tags[k]) for k in CAPTURE_FPS_TAGS if _is_number(tags.get(k))), None)
        return VideoInfo(
            path, width, height, float(rate) if rate else float("nan"), stream.frames or None, seconds,
            int(first.rotation) % 360, recorded,
        )  # fmt: skip


class Clip:
    """A video file's frames, as often as they are asked for; ``truncated`` after a pass that met damage."""

    def __init__(self, path: Path, start_s: float = 0.0, end_s: float | None = None) -> None:
        self.path, self.start_s, self.end_s = path, start_s, end_s
        self.truncated = False

    def __iter__(self) -> Iterator[Frame]:
        """Frames from start_s to end_s of file time; times strictly increase, damaged ends are left out."""
        with _opened(self.path) as (container, stream):
            size: tuple[int, int] | None = None
            times = _Times(stream)
            index = -1
            for index, frame in enumerate(_decoded(container, stream, self._note_damage)):
                time_s = times.of(frame)
                if self.end_s is not None and time_s > self.end_s:
                    return
                if time_s >= self.start_s:
                    image = _upright(frame, stream.sample_aspect_ratio)
                    size = size or (image.shape[1], image.shape[0])
                    yield Frame(index, time_s, image if image.shape[1::-1] == size else _resized(image, size))

            if index + 1 < LEAST_OF_PROMISED * stream.frames:
                self._note_damage()

    def _note_damage(self) -> None:
        self.truncated = True


@contextmanager
def _opened(path: Path) -> Iterator[tuple[av.container.InputContainer, VideoStream]]:
    """The file and its picture stream. It is opened here, not by libav, which reads meaning into names."""
    try:
        file: BinaryIO = path.open("rb")
    except OSError as error:
        raise UnreadableVideoError(
            f"{path}: cannot be opened ({error.strerror}); check the name and the rights"
        ) from error
    with file:
        if not file.read(1):
            raise UnreadableVideoError(f"{path}: the file is empty; copy it again from the camera")
        file.seek(0)
        try:
            container = av.open(file, mode="r", metadata_errors="replace")
        except (av.error.FFmpegError, ValueError) as error:
            raise UnreadableVideoError(f"{path}: is not a video, or was cut short; {REMEDY}") from error
        with container:
            pictures = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
            if not pictures:
                raise UnreadableVideoError(f"{path}: holds no video, only sound or data; {REMEDY}")
            pictures[0].thread_type = "AUTO"
            yield container, pictures[0]


def _decoded(
    container: av.container.InputContainer, stream: VideoStream, on_damage: Callable[[], None] = lambda: None
) -> Iterator[VideoFrame]:
    """Frames in showing order; a damaged end is reported to on_damage and ends them."""
    try:
        yield from container.decode(stream)
    except (av.error.FFmpegError, EOFError):
        on_damage()


class _Times:
    """Seconds since the first frame, strictly increasing whatever the file says."""

    def __init__(self, stream: VideoStream) -> None:
        self._usual = float(1 / stream.average_rate) if stream.average_rate else 1 / 30
        self._first: float | None = None
        self._last = 0.0

    def of(self, frame: VideoFrame) -> float:
        if self._first is None:
            self._first = frame.time or 0.0
            return 0.0
        time_s = frame.time - self._first if frame.time is not None else self._last + self._usual
        # a repeated or backward stamp cannot be true: the frame is taken to follow at the usual pace
        self._last = time_s if time_s > self._last else self._last + 0.5 * self._usual
        return self._last


def _upright(frame: VideoFrame, pixel_shape: Fraction | None) -> Image:
    """(H, W, 3) RGB, rows touching, turned as the camera was held, pixels made square."""
    image: Image = np.ascontiguousarray(frame.to_ndarray(format="rgb24"), np.uint8)
    if pixel_shape and pixel_shape != 1:
        image = _resized(image, (max(1, round(image.shape[1] * float(pixel_shape))), image.shape[0]))
    quarter_turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, quarter_turns)) if quarter_turns else image


def _resized(image: Image, size: tuple[int, int]) -> Image:
    """To (width, height)."""
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _seconds(container: av.container.InputContainer, stream: VideoStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


def _is_number(text: str | None) -> bool:
    with suppress(TypeError, ValueError):
        return float(text or "") > 0
    return False


def prefetch(items: Iterable[T], ahead: int = AHEAD) -> Iterator[T]:
    """The same items, made on a thread of their own a few ahead of use; errors come through, leaving stops it."""
    waiting: queue.Queue[tuple[str, object]] = queue.Queue(ahead)
    stop = threading.Event()

    def put(item: tuple[str, object]) -> None:
        while not stop.is_set():
            with suppress(queue.Full):
                waiting.put(item, timeout=0.1)
                return

    def work() -> None:
        try:
            for item in items:
                put(("item", item))
                if stop.is_set():
                    return
            put(("end", None))
        except BaseException as error:
            put(("error", error))

    thread = threading.Thread(target=work, name="prefetch", daemon=True)
    thread.start()
    try:
        while True:
            kind, value = waiting.get()
            if kind == "error":
                raise value  # type: ignore[misc]
            if kind == "end":
                return
            yield value  # type: ignore[misc]
    finally:
        stop.set()
        thread.join()


class VideoWriter:
    """Writes RGB frames with their own times to an MP4 that plays anywhere; whole or not at all.

    Encoding runs on its own thread. Odd sizes get one repeated row or column, since yuv420p needs even ones.
    Raises FormcheckError when the file cannot be written (disk full, no permission).
    """

    def __init__(self, path: Path, width: int, height: int, rate: float) -> None:
        self._path, self._size, self._rate = path, (width, height), rate
        self._frames: queue.Queue[tuple[Image, float] | None] = queue.Queue(AHEAD)
        self._thread = threading.Thread(target=self._encode_all, name="encoder", daemon=True)
        self._error: BaseException | None = None

    def __enter__(self) -> VideoWriter:
        self._replacing = replacing(self._path)
        temporary = self._replacing.__enter__()
        try:
            self._container = av.open(str(temporary), "w", format="mp4", options={"movflags": "+faststart"})
            self._stream = self._new_stream()
        except BaseException as error:
            self._leave(type(error), error, error.__traceback__)
            raise
        self._thread.start()
        return self

    def _new_stream(self) -> VideoStream:
        rate = Fraction(self._rate if np.isfinite(self._rate) else 30).limit_denominator(1001)
        stream = self._container.add_stream("libx264", rate=rate, options={"preset": PRESET, "crf": QUALITY})
        width, height = self._size
        stream.width, stream.height = width + width % 2, height + height % 2
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = TIME_BASE
        return stream

    def write(self, image: Image, time_s: float) -> None:
        """Append (H, W, 3) RGB at a time in seconds, later than the one before; the image is not kept."""
        if self._error is None:
            self._frames.put((image, time_s))

    def _encode_all(self) -> None:
        while (item := self._frames.get()) is not None:
            if self._error is None:
                try:
                    self._encode(*item)
                except BaseException as error:
                    self._error = error

    def _encode(self, image: Image, time_s: float) -> None:
        height, width = image.shape[:2]
        if height % 2 or width % 2:
            image = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        frame = VideoFrame.from_ndarray(image, format="rgb24")
        frame.pts, frame.time_base = round(time_s / TIME_BASE), TIME_BASE
        self._container.mux(self._stream.encode(frame))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._frames.put(None)
        self._thread.join()
        error = error or self._error
        try:
            if error is None:
                self._container.mux(self._stream.encode(None))
            self._container.close()
        except av.error.FFmpegError as trouble:
            error = error or trouble
        self._leave(type(error) if error else None, error, trace)

    def _leave(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Keep or delete the temporary file; what libav could not write becomes the user's one line."""
        self._replacing.__exit__(kind, error, trace)
        if error is self._error and error is not None:
            raise error
