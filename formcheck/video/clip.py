"""A clip's frames, one at a time, with the times the file gives them."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from av.video.frame import VideoFrame

from ..datatypes import NothingMeasurableError, UnreadableVideoError
from ..planes import Image, Planes
from .clock import Clock
from .container import DAMAGE, decoded, falls_short, opened
from .keyframes import PASSING, Keyframes
from .pictures import View

T = TypeVar("T")

MOST_FRAMES = 216_000  # an hour at 60 frames a second
FEWEST_PASSED = 60  # frames: fewer are decoded sooner than passed over
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

    A pass that begins later than the file decodes from a keyframe on where packets tell for sure which frame that is,
    else from the start: each frame has its true index. Frames whose size differs
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
        """Those found by seeking; their times are removed, the rest are left."""
        found = Keyframes.until(self.path, left[-1] + SAME_FRAME_S) if left else None
        if found is None:
            return
        with opened(self.path) as (container, stream), suppress(*DAMAGE):
            while left and (key := found.before(left[0] + SAME_FRAME_S)) is not None:
                container.seek(found.stamps[key], stream=stream)
                needed = found.stamps[bisect_left(found.times_s, left[0] - SAME_FRAME_S, hi=len(found.stamps) - 1)]
                for _, frame in decoded(self.path, container, stream, needed=needed):
                    time_s = math.inf if frame.is_corrupt else found.time_of(frame)
                    if time_s > left[0] + SAME_FRAME_S:
                        return
                    if time_s > left[0] - SAME_FRAME_S:
                        yield left.popleft(), found.view.planes(frame)
                        if not left or found.before(left[0] + SAME_FRAME_S) != key:
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
        known, first = self._passed_over(begin_s - TOLERANCE_S, passing)
        with opened(self.path) as (container, stream):
            clock = known.begun(container, stream, first) if known else Clock(stream)
            view = known.view if known else None
            index = first - 1
            self.clock, turn = array("d"), -1.0
            for index, frame in decoded(self.path, container, stream, self._note_damage, first=first):
                view = view or View.of(frame, stream)
                time_s = self._last_s = clock.at(frame.time, index)
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
            if falls_short(container, stream, index + 1, clock.last_s):
                self._note_damage()

    def _passed_over(self, begin_s: float, passing: Callable[[], None]) -> tuple[Keyframes | None, int]:
        """What is known of frames earlier than begin_s, and the number of one from which decoding may begin."""
        known = Keyframes.until(self.path, begin_s, passing) if begin_s > 0 else None
        key = known.before(begin_s) if known else None
        return (known, key) if known and key and key >= FEWEST_PASSED and known.holds(key) else (None, 0)

    def _turn(self, time_s: float) -> float:
        """The same value for frames of which only the first is wanted; stamps may be half a step early or late."""
        return time_s if self.every == 1 else (time_s / self.step_s + 0.5) // self.every

    def _note_damage(self) -> None:
        self.truncated = True


def too_long(path: Path) -> str:
    return f"{path}: more than {MOST_FRAMES} frames; take a part of it (`start`, `end`)"


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
