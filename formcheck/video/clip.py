"""A clip's frames, one at a time, with the times the file gives them."""

from __future__ import annotations

import math
from array import array
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ..datatypes import NothingMeasurableError, UnreadableVideoError
from ..planes import Image, Planes
from .container import DAMAGE, FASTEST_FPS, SLOWEST_FPS, decoded, falls_short, opened
from .pictures import View

T = TypeVar("T")

MOST_FRAMES = 216_000  # an hour at 60 frames a second
CLOCK_RESET_S = 0.5  # a stamp farther back than this starts a new clock (joined recordings)
LONGEST_GAP_S = 60.0  # and so does one farther ahead than this
PASSING = 512  # frames skipped from one call of ``passing`` to the next
SAME_FRAME_S = 0.001  # times closer than this belong to one frame
TOLERANCE_S = 1e-6  # start_s and end_s are computed from frame times, which may round them
AHEAD = 6  # frames decoded or waiting to be encoded beyond the one in hand


@dataclass(frozen=True, slots=True)
class Frame:
    """index: from 0 in the file; time_s: file time since its first frame; image: (H, W, 3) RGB, upright."""

    index: int
    time_s: float
    image: Image


class Clip:
    """A video file's frames, as often as they are asked for; ``truncated`` is set by a pass that meets damage.

    A pass decodes from the file's start, since only that gives each frame its true index. Frames whose size differs
    from the first one's are scaled to fit, with black borders, so that angles in the picture stay true.

    every, step_s: of the frames in each span of ``every`` times ``step_s`` only the first is yielded, whichever of them
    a pass starts at; ``clock`` still holds the times of all.
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
        self.clock = array("d")  # file times of the frames a pass has seen, from start_s on
        self._last_s = 0.0  # time of the last frame decoded

    def __iter__(self) -> Iterator[Frame]:
        """Frames from start_s to end_s of file time, both included; times strictly increase.

        Frames that cannot be decoded whole are left out. Raises UnreadableVideoError, NothingMeasurableError when no
        frame lies between start_s and end_s.
        """
        yield from self.part(-math.inf, math.inf)
        self.check_some()

    def part(self, begin_s: float, before_s: float, passing: Callable[[], None] = lambda: None) -> Iterator[Frame]:
        """Those of the same frames from begin_s on, but before before_s; having none is no error.

        passing: called now and then while earlier frames are skipped, which may take minutes.
        """
        for index, time_s, frame, view in self._frames(begin_s, before_s, passing):
            yield Frame(index, time_s, view.image(frame))

    def planes(self, passing: Callable[[], None] = lambda: None) -> Iterator[tuple[float, Planes]]:
        """(time_s, picture) of the same frames, to draw on; odd sizes gain one repeated row or column.

        passing: as for ``part``.
        """
        for _, time_s, frame, view in self._frames(-math.inf, math.inf, passing):
            yield time_s, view.planes(frame)
        self.check_some()

    def planes_at(self, times_s: Iterable[float]) -> Iterator[tuple[float, Planes]]:
        """The same for the frames at some times only, in order; decoded from the keyframes before them if possible."""
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
        """Those found by seeking, which needs stamps in decoding order; their times are removed, the rest are left."""
        with opened(self.path) as (container, stream), suppress(*DAMAGE):
            of_packets = ((p.dts, p.pts, p.is_keyframe) for p in container.demux(stream))
            stamps = [(dts, pts, key) for dts, pts, key in of_packets if dts is not None and pts is not None]
            tick = stream.time_base
            if tick is None or any(a[0] >= b[0] for a, b in pairwise(stamps)):
                return
            container.seek(stamps[0][0], stream=stream)
            _, first = next(decoded(self.path, container, stream), (0, None))
            if first is None or first.time is None:
                return
            origin_s, view = first.time, View.of(first, stream)
            keys_s = [float(pts * tick) - origin_s for _, pts, key in stamps if key]
            while left:
                key_s = max(key_s for key_s in keys_s if key_s < left[0] + SAME_FRAME_S)
                container.seek(round((key_s + origin_s) / float(tick)), stream=stream)
                needed = (left[0] - SAME_FRAME_S + origin_s) / float(tick)
                for _, frame in decoded(self.path, container, stream, needed=needed):
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
        """Raises NothingMeasurableError, which says why, when the last pass saw no frame between start and end."""
        if not self.clock and (self.start_s or self.end_s is not None):
            raise NothingMeasurableError(self._nothing())

    def _nothing(self) -> str:
        if self._last_s < self.start_s or self.end_s is None:
            return f"{self.path}: nothing is left after `start={self.start_s:g}`: the clip is {self._last_s:.1f} s long"
        return f"{self.path}: no frame between `start={self.start_s:g}` and `end={self.end_s:g}`: take a longer part"

    def _frames(
        self, begin_s: float, before_s: float, passing: Callable[[], None] = lambda: None
    ) -> Iterator[tuple[int, float, VideoFrame, View]]:
        begin_s = max(begin_s, self.start_s)
        with opened(self.path) as (container, stream):
            times = _Times(stream)
            view: View | None = None
            index = -1
            self.clock, turn = array("d"), -1.0
            for index, frame in decoded(self.path, container, stream, self._note_damage):
                view = view or View.of(frame, stream)
                time_s = self._last_s = times.of(frame, index)
                if time_s >= before_s or (self.end_s is not None and time_s > self.end_s + TOLERANCE_S):
                    return
                if frame.is_corrupt:  # the decoder has filled gaps with pieces of other frames
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
            if falls_short(container, stream, index + 1, times.last_s):
                self._note_damage()

    def _turn(self, time_s: float) -> float:
        """The same value for frames of which only the first is wanted; stamps may be half a step early or late."""
        return time_s if self.every == 1 else (time_s / self.step_s + 0.5) // self.every

    def _note_damage(self) -> None:
        self.truncated = True


def too_long(path: Path) -> str:
    return f"{path}: more than {MOST_FRAMES} frames; take a part of it (`start`, `end`)"


class _Times:
    """Seconds since the first frame, strictly increasing, whatever the file says."""

    def __init__(self, stream: VideoStream) -> None:
        rate = float(stream.average_rate) if stream.average_rate else 30.0
        self._usual_s = 1 / min(max(rate, SLOWEST_FPS), FASTEST_FPS)
        self._origin_s: float | None = None
        self._index = 0
        self.last_s = 0.0

    def of(self, frame: VideoFrame, index: int) -> float:
        steps, self._index = index - self._index, index
        if self._origin_s is None:
            self._origin_s = frame.time or 0.0
            return 0.0
        next_s = self.last_s + steps * self._usual_s
        time_s = next_s if frame.time is None else frame.time - self._origin_s
        if not self.last_s - CLOCK_RESET_S <= time_s <= next_s + LONGEST_GAP_S:
            self._origin_s -= next_s - time_s
            time_s = next_s
        # a repeated stamp cannot be right; half a step leaves room for the next one, which usually is
        later = time_s >= self.last_s + 0.5 / FASTEST_FPS
        self.last_s = time_s if later else self.last_s + 0.5 * self._usual_s
        return self.last_s


def prefetch(items: Iterable[T], ahead: int = AHEAD) -> Generator[T]:
    """The same items, made a few ahead of use on a separate thread; errors are passed on, leaving stops it."""
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
