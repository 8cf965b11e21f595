"""Opens video files, reads what their containers say about them, and decodes their frames."""

from __future__ import annotations

import math
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from heapq import heappop, heappush
from pathlib import Path
from typing import BinaryIO

import av
import av.error
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ..datatypes import NothingMeasurableError, UnreadableVideoError, VideoInfo
from ..incoming import not_read
from .pictures import View

# Only films are opened: libav also treats text and photos as video, and fetches what playlists point to, even online.
FORMATS = "3gp,asf,avi,dv,flv,gif,h264,hevc,ivf,matroska,mov,mpeg,mpegts,mpegvideo,mxf,ogg,webm,yuv4mpegpipe"
CAPTURE_FPS_TAGS = ("com.android.capture.fps",)  # Android cameras write it; iPhones keep real times and need none
FILMED_TAGS = {"com.apple.quicktime.creationdate": True, "creation_time": False}  # the first by the clock there, surely
EARLIEST_FILMED = 1995  # anything older comes from a clock that was never set
DAMAGE = (av.error.FFmpegError, EOFError, LookupError, ValueError, ArithmeticError, RuntimeError, TypeError)  # libav's
SHORTEST_SIDE_PX, LONGEST_SHAPE = 32, 8.0  # nobody can be seen in a smaller or more elongated picture
MOST_PIXELS = 100_000_000  # 12K: a header that says more is wrong
FASTEST_FPS, SLOWEST_FPS = 10_000.0, 1.0  # of any camera that films people running
LEAST_OF_PROMISED = 0.97  # of frames and seconds: a file that falls short in both was cut short
MOST_FAILED = 1000  # packets that cannot be decoded: beyond, nothing is hoped for
SLACK_S = 0.1  # a length is rounded, and may include how long the last frame is shown
SOUND_SLACK_S = 0.5  # by how much sound may outlast the picture, where only the whole file's length is known
REMEDY = "give a video file (mp4, mov, avi, webm …) that plays on this computer"


def probe(path: Path) -> VideoInfo:
    """What the container says, and the size and rotation of the first frame. Raises UnreadableVideoError."""
    with opened(path) as (container, stream):
        _, first = next(decoded(path, container, stream), (0, None))
        if first is None:
            raise UnreadableVideoError(f"{path}: contains no picture that can be decoded; {REMEDY}")
        view = View.of(first, stream)
        width, height = view.size
        if min(height, width) < SHORTEST_SIDE_PX or max(height, width) > LONGEST_SHAPE * min(height, width):
            raise NothingMeasurableError(f"{path}: {width} x {height} pixels show nobody; film at 1280 x 720 or more")
        seconds = _seconds(container, stream)
        usual = stream.average_rate or stream.guessed_rate
        tags = {**container.metadata, **stream.metadata}
        recorded = next((rate for key in CAPTURE_FPS_TAGS if (rate := _rate(tags.get(key)))), None)
        return VideoInfo(
            path, width, height, float(usual) if usual else float("nan"), stream.frames or None, seconds, recorded,
            scale=view.scale,
        )  # fmt: skip


def filmed(path: Path) -> datetime:
    """When a video was recorded, in local time: as written by the camera, else when the file was last changed.

    A time that is still to come is believed of neither.

    Raises OSError when there is no such file.
    """
    with suppress(UnreadableVideoError), opened(path) as (container, stream):
        tags = {**stream.metadata, **container.metadata}
        for moment in (_moment(tags.get(tag, ""), there) for tag, there in FILMED_TAGS.items()):
            if moment is not None:
                return moment
    return min(datetime.fromtimestamp(path.stat().st_mtime), datetime.now())


@contextmanager
def opened(path: Path) -> Iterator[tuple[av.container.InputContainer, VideoStream]]:
    """The file and its picture stream. It is opened here, not by libav, which interprets some file names."""
    with film(path) as file:
        try:
            container = av.open(file, mode="r", metadata_errors="replace", options={"format_whitelist": FORMATS})
        except DAMAGE as error:
            raise UnreadableVideoError(f"{path}: is not a video, or was cut short; {REMEDY}") from error
        except OSError as error:
            raise unreadable(path, error) from error
        with container:
            pictures = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
            pictures = [s for s in pictures if s.codec_context is not None]  # None: no known format
            if not pictures:
                raise UnreadableVideoError(f"{path}: contains no video, only sound or data; {REMEDY}")
            pictures[0].thread_type = "AUTO"
            pictures[0].codec_context.options = {"max_pixels": str(MOST_PIXELS)}
            yield container, pictures[0]


@contextmanager
def film(path: Path) -> Iterator[BinaryIO]:
    """A file that exists, can be read more than once, and is not empty. Raises UnreadableVideoError."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # before it is opened: a pipe would wait for someone to write
            raise UnreadableVideoError(f"{path}: is not a file but a folder, a pipe or a device; {REMEDY}")
        with path.open("rb") as file:
            if not file.read(1):
                raise UnreadableVideoError(f"{path}: the file is empty; copy it again from the camera")
            file.seek(0)
            yield file
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> UnreadableVideoError:
    return UnreadableVideoError(not_read(path, error))


def decoded(
    path: Path,
    container: av.container.InputContainer,
    stream: VideoStream,
    on_damage: Callable[[], None] = lambda: None,
    needed: float = -math.inf,
    first: int = 0,
) -> Iterator[tuple[int, VideoFrame]]:
    """Frames in display order, each with its index in the file, of which ``first`` is the next one's.

    Of those stamped before ``needed``, some are left out: those that no other frame is predicted from.
    Damage is reported to on_damage. Frames after what cannot be decoded are pieced together from those before it, and
    out of order: they are left out up to the next keyframe. Damage that stops the reader, or too much of it, ends all.
    """
    index, failed, lost = first - 1, 0, False
    # the latest stamp of all packets so far, and as it was when one failed, whose frame may come earlier
    newest = harmed = -math.inf
    awaited: list[int] = []  # heap of the stamps whose frames are still to come
    for packet in _packets(path, container, stream, on_damage):
        if packet.pts is not None:
            heappush(awaited, packet.pts)
            newest = max(newest, packet.pts)
        passed_by = packet.pts is not None and packet.pts < needed
        stream.codec_context.skip_frame = "NONREF" if passed_by else "DEFAULT"
        try:
            frames = packet.decode()
        except DAMAGE:
            on_damage()
            failed, lost, harmed = failed + 1, True, newest
            if failed > MOST_FAILED:
                return
            continue
        for frame in frames:
            passed = _passed(awaited, frame.pts)
            index += passed if lost and frame.pts is not None else 1  # in a whole file, not every packet is a frame
            sound = frame.key_frame and not frame.is_corrupt and (frame.pts is None or frame.pts > harmed)
            lost = lost and not sound
            if not lost:
                yield index, frame


def _packets(
    path: Path, container: av.container.InputContainer, stream: VideoStream, on_damage: Callable[[], None]
) -> Iterator[Packet[VideoStream]]:
    packets = iter(container.demux(stream))
    while True:
        try:
            packet = next(packets, None)
        except DAMAGE:
            on_damage()
            return
        except OSError as error:
            raise unreadable(path, error) from error
        if packet is None:
            return
        yield packet


def _passed(awaited: list[int], stamp: int | None) -> int:
    """How many of the stamps are up to this one; they are removed."""
    count = 0
    while stamp is not None and awaited and awaited[0] <= stamp:
        heappop(awaited)
        count += 1
    return count


def falls_short(container: av.container.InputContainer, stream: VideoStream, frames: int, last_s: float) -> bool:
    """Whether fewer frames and fewer seconds came than the header promised.

    Either alone is harmless: a clip trimmed on the phone lists the frames it hides, a last frame may last long.
    """
    promised_s = _seconds(container, stream)
    begins_s = float(stream.start_time * stream.time_base) if stream.start_time and stream.time_base else 0.0
    if promised_s is not None and 0 < begins_s < promised_s and container.format.name.startswith("matroska"):
        promised_s -= begins_s  # in Matroska a file's length counts from the clock's zero
    few = not stream.frames or frames < LEAST_OF_PROMISED * stream.frames
    slack_s = SLACK_S if stream.duration is not None else SOUND_SLACK_S
    return few and promised_s is not None and last_s + slack_s < LEAST_OF_PROMISED * promised_s


def _seconds(container: av.container.InputContainer, stream: VideoStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


def _moment(text: str, there: bool) -> datetime | None:
    """A date in a tag, by the clock where it was filmed; None when no camera can have written it by now.

    there: whether its offset is that of the place even if it is 0, as in London in winter; else UTC says nothing of the
    place, and the clock here is taken.
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.year < EARLIEST_FILMED or moment.astimezone() > datetime.now().astimezone():
            return None
        return (moment if there or moment.tzinfo != UTC else moment.astimezone()).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        return None


def _rate(text: str | None) -> float | None:
    """A frame rate in a tag; None when no camera can have it."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 < number <= FASTEST_FPS else None
