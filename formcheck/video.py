"""Decoding and encoding: the only module that does either.

Frames come upright (rotation and pixel shape applied), one at a time, with the times the file gives them. The
annotated video is H.264 in yuv420p with its index in front, which every browser and phone plays.
"""

from __future__ import annotations

import math
import queue
import stat
import threading
from array import array
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, TypeVar

import av
import av.error
import cv2
import numpy as np
from av.sidedata.sidedata import SideData
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream
from numpy.typing import NDArray

from .datatypes import NothingMeasurableError, UnreadableVideoError, VideoInfo
from .files import replacing, write_bytes
from .planes import Image, Planes
from .tone import Curve, to_sdr

T = TypeVar("T")

# Only films are opened: libav also takes texts and photos for video, and fetches what playlists point at, even online.
FORMATS = "3gp,asf,avi,dv,flv,gif,h264,hevc,ivf,matroska,mov,mpeg,mpegts,mpegvideo,mxf,ogg,webm,yuv4mpegpipe"
CAPTURE_FPS_TAGS = ("com.android.capture.fps",)  # Android cameras write it; iPhones keep real times and need none
FILMED_TAGS = ("com.apple.quicktime.creationdate", "creation_time")  # when a recording began, the surest first
EARLIEST_FILMED = 1995  # what is older is a clock that was never set
TIME_BASE = Fraction(1, 90_000)  # of written frames: frame times are kept to 6 microseconds
# x264: superfast without what costs most of it for least, motion to a quarter pixel and weights between frames, and
# with as much quality as that takes (docs/performance.md); without frames drawn from later ones (bf), which come out
# of order, the file's length counts the last frame
JPEG_QUALITY = 86  # of 100: letters stay sharp
ENCODING = {"preset": "superfast", "crf": "21.5", "bf": "0", "x264-params": "subme=0:weightp=0"}
DAMAGE = (av.error.FFmpegError, EOFError, LookupError, ValueError, ArithmeticError, RuntimeError, TypeError)  # libav's
LONGEST_SIDE_PX = 4096  # larger pictures are scaled down to it: the pose model sees 256 of them
SHORTEST_SIDE_PX, LONGEST_SHAPE = 32, 8.0  # nobody can be seen in a picture smaller, or more times longer than wide
MOST_PIXELS = 100_000_000  # 12K: beyond, a header lies
MOST_FRAMES = 216_000  # an hour at 60 frames a second
FASTEST_FPS, SLOWEST_FPS = 10_000.0, 1.0  # of any camera that films people running
LEAST_OF_PROMISED = 0.97  # of frames and seconds: a file that gives less of both was cut short
SLACK_S = 0.1  # a length is rounded, and may count how long the last frame is shown
SOUND_SLACK_S = 0.5  # by which sound may outlast the picture, where only the whole file's length is known
CLOCK_RESET_S = 0.5  # a stamp farther back than this starts a new clock (joined recordings)
LONGEST_GAP_S = 60.0  # and so does one that is so far ahead
PASSING = 512  # frames passed by, after which that is told
SAME_FRAME_S = 0.001  # times closer than this are of one frame
TOLERANCE_S = 1e-6  # start_s and end_s come from frame times by arithmetic that may round
ODDEST_PIXEL = 4  # a pixel shape beyond 1:4 is a wrong header, not a lens
# of red and blue in white's brightness, by ITU-T H.273's number of a standard; who names none means BT.601
SHARES = {1: (0.2126, 0.0722), **dict.fromkeys((2, 5, 6), (0.299, 0.114)), 9: (0.2627, 0.0593)}
CURVES: dict[int, Curve] = {int(ColorTrc.ARIB_STD_B67): "hlg", int(ColorTrc.SMPTE2084): "pq"}  # of HDR
PNG_COMPRESSION = 6  # of 9: a third smaller than by OpenCV's own 1, in 0.1 s
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
        first = next(_decoded(path, container, stream), None)
        if first is None:
            raise UnreadableVideoError(f"{path}: contains no picture that can be decoded; {REMEDY}")
        width, height = _View.of(first, stream).size
        if min(height, width) < SHORTEST_SIDE_PX or max(height, width) > LONGEST_SHAPE * min(height, width):
            raise NothingMeasurableError(f"{path}: {width} x {height} pixels show nobody; film at 1280 x 720 or more")
        seconds = _seconds(container, stream)
        usual = stream.average_rate or stream.guessed_rate
        tags = {**container.metadata, **stream.metadata}
        recorded = next((rate for key in CAPTURE_FPS_TAGS if (rate := _rate(tags.get(key)))), None)
        return VideoInfo(
            path, width, height, float(usual) if usual else float("nan"), stream.frames or None, seconds,
            round(first.rotation / 90) * 90 % 360, recorded,
        )  # fmt: skip


def filmed(path: Path) -> datetime:
    """When a video was recorded, in local time: as the camera wrote it, else when the file was last changed.

    Raises OSError when there is no such file.
    """
    with suppress(UnreadableVideoError), _opened(path) as (container, stream):
        tags = {**stream.metadata, **container.metadata}
        for moment in (_moment(tags.get(tag)) for tag in FILMED_TAGS):
            if moment is not None:
                return moment
    return datetime.fromtimestamp(path.stat().st_mtime)


class Clip:
    """A video file's frames, as often as they are asked for; ``truncated`` after a pass that met damage.

    A pass decodes from the file's start, since only that gives each frame its true index. Frames whose size differs
    from the first one's are scaled to fit, with black borders, so that angles in the picture stay true.

    every, step_s: of the frames in each ``every`` times ``step_s`` only the first is given, whichever of them a pass
    starts at; ``clock`` then holds the times of all.
    """

    def __init__(
        self,
        path: Path,
        start_s: float = 0.0,
        end_s: float | None = None,
        every: int = 1,
        step_s: float = math.nan,
    ) -> None:
        self.path, self.start_s, self.end_s, self.every, self.step_s = path, start_s, end_s, every, step_s
        self.truncated = False
        self.clock = array("d")  # file times of the frames a pass has come by, from start_s on
        self._last_s = 0.0  # time of the last frame that was decoded

    def __iter__(self) -> Iterator[Frame]:
        """Frames from start_s to end_s of file time, both included; times strictly increase.

        What cannot be decoded whole is left out. Raises UnreadableVideoError, NothingMeasurableError when no frame
        lies between start_s and end_s.
        """
        yield from self.part(-math.inf, math.inf)
        self.check_some()

    def part(self, begin_s: float, before_s: float, passing: Callable[[], None] = lambda: None) -> Iterator[Frame]:
        """Of the same frames those from begin_s to before another time; that there are none is no error.

        passing: called now and then while those before are passed by, which may take minutes.
        """
        for index, time_s, frame, view in self._frames(begin_s, before_s, passing):
            yield Frame(index, time_s, view.image(frame))

    def planes(self) -> Iterator[tuple[float, Planes]]:
        """(time_s, picture) of the same frames, to draw on; odd sizes have one repeated row or column more."""
        for _, time_s, frame, view in self._frames(-math.inf, math.inf):
            yield time_s, view.planes(frame)
        self.check_some()

    def planes_at(self, times_s: Iterable[float]) -> Iterator[tuple[float, Planes]]:
        """The same for the frames of some times alone, in order, from keyframes before them where they can be found."""
        left = deque(sorted(times_s))
        yield from self._sought(left)
        if not left:
            return
        for _, time_s, frame, view in self._frames(-math.inf, left[-1] + SAME_FRAME_S):
            while left and left[0] < time_s - SAME_FRAME_S:
                left.popleft()
            if left and left[0] < time_s + SAME_FRAME_S:
                yield left.popleft(), view.planes(frame)

    def _sought(self, left: deque[float]) -> Iterator[tuple[float, Planes]]:
        """As far as frames are found by their stamps, which take place in the file in order; those are taken away."""
        with _opened(self.path) as (container, stream), suppress(*DAMAGE):
            of_packets = ((p.dts, p.pts, p.is_keyframe) for p in container.demux(stream))
            stamps = [(dts, pts, key) for dts, pts, key in of_packets if dts is not None and pts is not None]
            tick = stream.time_base
            if tick is None or any(a[0] >= b[0] for a, b in pairwise(stamps)):
                return
            container.seek(stamps[0][0], stream=stream)
            first = next(_decoded(self.path, container, stream), None)
            if first is None or first.time is None:
                return
            origin_s, view = first.time, _View.of(first, stream)
            keys_s = [float(pts * tick) - origin_s for _, pts, key in stamps if key]
            while left:
                key_s = max(key_s for key_s in keys_s if key_s < left[0] + SAME_FRAME_S)
                container.seek(round((key_s + origin_s) / float(tick)), stream=stream)
                for frame in _decoded(self.path, container, stream):
                    time_s = math.inf if frame.time is None or frame.is_corrupt else frame.time - origin_s
                    if time_s > left[0] + SAME_FRAME_S:
                        return
                    if time_s > left[0] - SAME_FRAME_S:
                        yield left.popleft(), view.planes(frame)
                        if not left or any(time_s < key_s <= left[0] for key_s in keys_s):
                            break
                else:
                    return

    def check_some(self) -> None:
        """Raises NothingMeasurableError, which says why, when the last pass came by no frame between start and end."""
        if not self.clock and (self.start_s or self.end_s is not None):
            raise NothingMeasurableError(self._nothing())

    def _nothing(self) -> str:
        if self._last_s < self.start_s or self.end_s is None:
            return f"{self.path}: nothing is left after `start={self.start_s:g}`: the clip is {self._last_s:.1f} s long"
        return f"{self.path}: no frame between `start={self.start_s:g}` and `end={self.end_s:g}`: take a longer part"

    def _frames(
        self, begin_s: float, before_s: float, passing: Callable[[], None] = lambda: None
    ) -> Iterator[tuple[int, float, VideoFrame, _View]]:
        begin_s = max(begin_s, self.start_s)
        with _opened(self.path) as (container, stream):
            times = _Times(stream)
            view: _View | None = None
            index = -1
            self.clock, turn = array("d"), -1.0
            for index, frame in enumerate(_decoded(self.path, container, stream, self._note_damage)):
                view = view or _View.of(frame, stream)
                time_s = self._last_s = times.of(frame)
                if time_s >= before_s or (self.end_s is not None and time_s > self.end_s + TOLERANCE_S):
                    return
                if frame.is_corrupt:  # the decoder has filled holes with pieces of other frames
                    self._note_damage()
                    continue
                before, turn = turn, self._turn(time_s)
                if time_s < begin_s - TOLERANCE_S:
                    if index % PASSING == 0:
                        passing()
                    continue
                self.clock.append(time_s)
                if len(self.clock) > MOST_FRAMES:
                    raise UnreadableVideoError(too_long(self.path))
                if turn != before:
                    yield index, time_s, frame, view
            if _falls_short(container, stream, index + 1, times.last_s):
                self._note_damage()

    def _turn(self, time_s: float) -> float:
        """What frames share of which only the first is wanted; stamps may be half a step early or late."""
        return time_s if self.every == 1 else (time_s / self.step_s + 0.5) // self.every

    def _note_damage(self) -> None:
        self.truncated = True


def too_long(path: Path) -> str:
    return f"{path}: more than {MOST_FRAMES} frames; take a part of it (`start`, `end`)"


@contextmanager
def _opened(path: Path) -> Iterator[tuple[av.container.InputContainer, VideoStream]]:
    """The file and its picture stream. It is opened here, not by libav, which reads meaning into names."""
    with _file(path) as file:
        try:
            container = av.open(file, mode="r", metadata_errors="replace", options={"format_whitelist": FORMATS})
        except DAMAGE as error:
            raise UnreadableVideoError(f"{path}: is not a video, or was cut short; {REMEDY}") from error
        except OSError as error:
            raise unreadable(path, error) from error
        with container:
            pictures = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
            pictures = [s for s in pictures if s.codec_context is not None]  # none: in no known form
            if not pictures:
                raise UnreadableVideoError(f"{path}: contains no video, only sound or data; {REMEDY}")
            pictures[0].thread_type = "AUTO"
            pictures[0].codec_context.options = {"max_pixels": str(MOST_PIXELS)}
            yield container, pictures[0]


@contextmanager
def _file(path: Path) -> Iterator[BinaryIO]:
    """A file that is there, can be read more than once, and has something in it."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # before it is opened: a pipe would wait for somebody to write
            raise UnreadableVideoError(f"{path}: is not a file but a folder, a pipe or a device; {REMEDY}")
        with path.open("rb") as file:
            if not file.read(1):
                raise UnreadableVideoError(f"{path}: the file is empty; copy it again from the camera")
            file.seek(0)
            yield file
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> UnreadableVideoError:
    return UnreadableVideoError(
        f"{path}: cannot be read ({error.strerror or error}); check its name, permissions and disk"
    )


def _decoded(
    path: Path,
    container: av.container.InputContainer,
    stream: VideoStream,
    on_damage: Callable[[], None] = lambda: None,
) -> Iterator[VideoFrame]:
    """Frames in showing order; damage that stops the decoder is reported to on_damage and ends them."""
    frames = iter(container.decode(stream))
    while True:
        try:
            frame = next(frames, None)
        except DAMAGE:
            on_damage()
            return
        except OSError as error:
            raise unreadable(path, error) from error
        if frame is None:
            return
        yield frame


def _falls_short(container: av.container.InputContainer, stream: VideoStream, frames: int, last_s: float) -> bool:
    """Whether fewer frames and fewer seconds came than the header promised.

    Either alone is innocent: a clip trimmed on the phone lists the frames it hides, a last frame may last long.
    """
    promised_s = _seconds(container, stream)
    begins_s = float(stream.start_time * stream.time_base) if stream.start_time and stream.time_base else 0.0
    if promised_s is not None and 0 < begins_s < promised_s and container.format.name.startswith("matroska"):
        promised_s -= begins_s  # there a file's length counts from the clock's zero
    few = not stream.frames or frames < LEAST_OF_PROMISED * stream.frames
    slack_s = SLACK_S if stream.duration is not None else SOUND_SLACK_S
    return few and promised_s is not None and last_s + slack_s < LEAST_OF_PROMISED * promised_s


class _Times:
    """Seconds since the first frame, strictly increasing whatever the file says."""

    def __init__(self, stream: VideoStream) -> None:
        rate = float(stream.average_rate) if stream.average_rate else 30.0
        self._usual_s = 1 / min(max(rate, SLOWEST_FPS), FASTEST_FPS)
        self._origin_s: float | None = None
        self.last_s = 0.0

    def of(self, frame: VideoFrame) -> float:
        if self._origin_s is None:
            self._origin_s = frame.time or 0.0
            return 0.0
        next_s = self.last_s + self._usual_s
        time_s = next_s if frame.time is None else frame.time - self._origin_s
        if not self.last_s - CLOCK_RESET_S <= time_s <= self.last_s + LONGEST_GAP_S:
            self._origin_s -= next_s - time_s
            time_s = next_s
        # a repeated stamp cannot be true; half a step leaves room for the next one, which mostly is
        later = time_s >= self.last_s + 0.5 / FASTEST_FPS
        self.last_s = time_s if later else self.last_s + 0.5 * self._usual_s
        return self.last_s


def _display_matrix(frame: VideoFrame) -> NDArray[np.int32] | None:
    """How the file wants to be shown, (9,). To be read once a clip: a frame that was asked is freed late."""
    matrix = frame.side_data.get("DISPLAYMATRIX")
    return np.frombuffer(bytes(matrix), np.int32) if isinstance(matrix, SideData) else None


@dataclass(frozen=True, slots=True)
class _View:
    """How a clip's frames are to be seen: pixels made square (by width), turned and mirrored as the file asks.

    size: (width, height) of the first one, which all the others get.
    """

    pixel_shape: Fraction | None
    matrix: NDArray[np.int32] | None
    size: tuple[int, int]

    @classmethod
    def of(cls, first: VideoFrame, stream: VideoStream) -> _View:
        size, matrix = _shown_size(first, stream.sample_aspect_ratio), _display_matrix(first)
        return cls(stream.sample_aspect_ratio, matrix, size[::-1] if matrix is not None and _lies(matrix) else size)

    def image(self, frame: VideoFrame) -> Image:
        """(H, W, 3) RGB, rows touching."""
        width, height = _shown_size(frame, self.pixel_shape)
        if frame.format.name == "yuv420p10le":  # as phones film in HDR; in two steps it takes half the time
            frame = frame.reformat(format="yuv420p")
        if height < frame.height:
            frame = frame.reformat(width=min(width, frame.width), height=height, format="rgb24")
        image: Image = np.ascontiguousarray(frame.to_ndarray(format="rgb24"), np.uint8)
        if image.shape[1] != width:
            image = _resized(image, (width, height))
        return _fitted(image if self.matrix is None else _turned(image, self.matrix), self.size)

    def planes(self, frame: VideoFrame) -> Planes:
        """The same, HDR as SDR, never by way of RGB where size and pixels may stay as they are."""
        frame = _as_sdr(frame)
        size, shares = (frame.width, frame.height), SHARES.get(int(frame.colorspace))
        shown = size if self.matrix is None or not _lies(self.matrix) else size[::-1]
        plain = _shown_size(frame, self.pixel_shape) == size and shown == self.size and not (size[0] | size[1]) & 1
        if not (plain and shares and frame.format.name.startswith("yuv")):
            return planes_of(self.image(frame))
        planes = _read_off(frame.reformat(format="yuv420p", dst_color_range=ColorRange.MPEG))
        if shares != SHARES[Colorspace.ITU709]:
            planes.recode(*shares)
        if self.matrix is None:
            return planes
        return Planes.of(*(_turned(plane, self.matrix) for plane in (planes.luma, *planes.chroma)))


def _as_sdr(frame: VideoFrame) -> VideoFrame:
    """A frame in HDR as one in BT.709, any other itself."""
    curve = CURVES.get(int(frame.color_trc))
    if curve is None or (frame.width | frame.height) & 1:
        return frame
    wide = frame.reformat(format="yuv420p10le", dst_color_range=ColorRange.MPEG).to_ndarray()
    plain = VideoFrame.from_ndarray(to_sdr(np.asarray(wide, np.uint16), curve).data, format="yuv420p")
    plain.colorspace, plain.color_range = Colorspace.ITU709, ColorRange.MPEG
    return plain


def planes_of(image: Image) -> Planes:
    """Of (H, W, 3) RGB; odd sizes get one repeated row or column."""
    height, width = image.shape[:2]
    if height % 2 or width % 2:
        image = np.asarray(cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE), np.uint8)
    frame = VideoFrame.from_ndarray(image, format="rgb24")
    return _read_off(
        frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)
    )


def image_of(picture: Planes) -> Image:
    """(H, W, 3) RGB of a picture, as a player shows it."""
    frame = VideoFrame.from_ndarray(picture.data, format="yuv420p")
    shown = frame.reformat(format="rgb24", src_colorspace=Colorspace.ITU709, src_color_range=ColorRange.MPEG)
    return np.ascontiguousarray(shown.to_ndarray(), np.uint8)


def write_picture(picture: Planes, path: Path) -> None:
    """As a PNG, whole or not at all."""
    image = cv2.cvtColor(image_of(picture), cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, PNG_COMPRESSION])
    write_bytes(path, data.tobytes())


def _read_off(frame: VideoFrame) -> Planes:
    """Copied from a frame in yuv420p."""
    return Planes(np.asarray(frame.to_ndarray(), np.uint8))


def _shown_size(frame: VideoFrame, pixel_shape: Fraction | None) -> tuple[int, int]:
    """(width, height) with square pixels, no side longer than LONGEST_SIDE_PX."""
    odd = not pixel_shape or not 1 / ODDEST_PIXEL <= pixel_shape <= ODDEST_PIXEL
    width = frame.width * (1.0 if odd else float(pixel_shape or 1))
    scale = min(1.0, LONGEST_SIDE_PX / max(width, frame.height))
    return max(1, round(scale * width)), max(1, round(scale * frame.height))


def _lies(matrix: NDArray[np.int32]) -> bool:
    """Whether a display matrix makes rows of columns."""
    return bool(abs(matrix[1]) > abs(matrix[0]))


def _turned(image: Image, matrix: NDArray[np.int32]) -> Image:
    """By a display matrix (9,), row by row, that maps (x, y, 1) to where it is shown; to the nearest quarter turn.

    The matrix rather than ``frame.rotation``, which takes a mirrored picture for one upside down.
    """
    across, down = matrix[0], matrix[4]
    if _lies(matrix):
        image = np.asarray(cv2.transpose(image), np.uint8)
        across, down = matrix[3], matrix[1]
    if across < 0 or down < 0:
        code = -1 if across < 0 and down < 0 else int(across < 0)
        image = np.asarray(cv2.flip(image, code), np.uint8)
    return image


def _fitted(image: Image, size: tuple[int, int]) -> Image:
    """As large as fits into (width, height), in the middle of black; the image itself if it has that size."""
    height, width = image.shape[:2]
    if (width, height) == size:
        return image
    scale = min(size[0] / width, size[1] / height)
    place = np.array([[scale, 0, (size[0] - scale * width) / 2], [0, scale, (size[1] - scale * height) / 2]])
    return np.asarray(cv2.warpAffine(image, place, size), np.uint8)


def _resized(image: Image, size: tuple[int, int]) -> Image:
    """To (width, height)."""
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _seconds(container: av.container.InputContainer, stream: VideoStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


def _moment(text: str | None) -> datetime | None:
    """A date in a tag as the clock on the wall here showed it, None when no camera wrote it."""
    try:
        moment = datetime.fromisoformat(text or "").astimezone().replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if EARLIEST_FILMED <= moment.year <= datetime.now().year else None


def _rate(text: str | None) -> float | None:
    """A frame rate in a tag, None when no camera has it."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 < number <= FASTEST_FPS else None


def prefetch(items: Iterable[T], ahead: int = AHEAD) -> Generator[T]:
    """The same items, made on a thread of their own a few ahead of use; errors come through, leaving stops it."""
    iterator = iter(items)
    pool = ThreadPoolExecutor(1, "prefetch")  # one worker keeps the order
    try:
        coming = deque(pool.submit(next, iterator) for _ in range(ahead))
        while True:
            try:
                item = coming.popleft().result()
            except StopIteration:
                return
            coming.append(pool.submit(next, iterator))
            yield item
    finally:
        pool.shutdown(cancel_futures=True)


class _BrokenOffError(Exception):
    """Whoever draws the frames has failed: what was written so far must go."""


class VideoWriter:
    """Writes pictures with their own times to an MP4 that plays anywhere; whole or not at all.

    The first frame is shown at once, whatever its time; the others keep their distance from it. Encoding runs on
    its own thread. Where width or height is odd, pictures are one row or column larger, since yuv420p needs even ones.
    ``rate`` (frames/s, NaN if unknown) only says how long the last frame is shown. Raises FormcheckError, from
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
        """Append a picture of the size announced, at a time later than the one before; it is copied."""
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
        frame = VideoFrame.from_ndarray(picture.data, format="yuv420p")
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
        """To the encoder, waiting for room for as long as it lives."""
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
        # "file:" keeps libav from reading a colon in a folder's name as a protocol
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


def compact(picture: Path) -> tuple[bytes, int, int]:
    """A picture file as JPEG, a fifth as large and to the eye the same; its width and height."""
    image = np.asarray(cv2.imdecode(np.frombuffer(picture.read_bytes(), np.uint8), cv2.IMREAD_COLOR))
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return data.tobytes(), image.shape[1], image.shape[0]
