"""Where in a file decoding may begin, other than at its start, with every frame's number and time still known."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .clock import Clock
from .container import DAMAGE, decoded, opened
from .pictures import View

CODECS = frozenset({"h264", "hevc", "vp9", "av1"})  # in which a packet is a frame
TRIED = 3  # frames decoded to see whether that holds
PASSING = 512  # packets or frames passed over from one call of ``passing`` to the next


@dataclass(frozen=True)
class Keyframes:
    """The frames of a file up to some time, in the order in which they are shown.

    stamps   of all frames, ticks of the file's clock
    times_s  of all frames, file time
    keys     numbers of the keyframes
    view     how the first frame, and with it all, are shown
    """

    path: Path
    stamps: array[int]
    times_s: array[float]
    keys: list[int]
    view: View

    @classmethod
    def until(cls, path: Path, until_s: float, passing: Callable[[], None] = lambda: None) -> Keyframes | None:
        """Up to a file time; None where packets do not say for sure which frame is which.

        passing: called now and then meanwhile.
        """
        with suppress(*DAMAGE, OSError), opened(path) as (container, stream):  # reading from the start says why
            tick = stream.time_base or Fraction(1)
            stamps = _stamps(container, stream, tick, until_s, passing)
            if stamps and (first := _some(path, container, stream, min(stamps))):
                shown, clock = array("q", sorted(stamps)), Clock(stream)
                times_s = array("d", [clock.at(_seconds(stamp, tick), n) for n, stamp in enumerate(shown)])
                keys = [number for number, stamp in enumerate(shown) if stamps[stamp]]
                found = cls(path, shown, times_s, keys, View.of(first[0], stream))
                return found if found._are(first, 0) else None
        return None

    def before(self, time_s: float) -> int | None:
        """The number of the last one earlier than a file time."""
        count = bisect_left(self.keys, time_s, key=self.times_s.__getitem__)
        return self.keys[count - 1] if count else None

    def time_of(self, frame: VideoFrame) -> float:
        """Of a frame in the file; infinite when it is not among these."""
        number = bisect_left(self.stamps, -math.inf if frame.pts is None else frame.pts)
        there = number < len(self.stamps) and self.stamps[number] == frame.pts
        return self.times_s[number] if there else math.inf

    def begun(self, container: InputContainer, stream: VideoStream, number: int) -> Clock:
        """Have the file decoded from a keyframe on; a clock that has run up to there."""
        container.seek(self.stamps[number], stream=stream)
        clock, tick = Clock(stream), stream.time_base or Fraction(1)
        for n, stamp in enumerate(self.stamps[:number]):
            clock.at(_seconds(stamp, tick), n)
        return clock

    def holds(self, number: int) -> bool:
        """Whether the frames decoded from a keyframe on are those that packets tell of."""
        with suppress(*DAMAGE, OSError), opened(self.path) as (container, stream):
            return self._are(_some(self.path, container, stream, self.stamps[number]), number)
        return False

    def _are(self, frames: Sequence[VideoFrame], number: int) -> bool:
        expected = self.stamps[number : number + len(frames)]
        return bool(frames) and all(frame.pts == stamp for frame, stamp in zip(frames, expected, strict=False))


def _seconds(stamp: int, tick: Fraction) -> float:
    """As libav's frames tell their time, to the last digit."""
    return stamp * float(tick.numerator) / float(tick.denominator)


def _stamps(
    container: InputContainer, stream: VideoStream, tick: Fraction, until_s: float, passing: Callable[[], None]
) -> dict[int, bool]:
    """Frames' stamps → whether they are keyframes; none if packets are not one for each, or out of order."""
    if stream.codec_context.codec.canonical_name not in CODECS:
        return {}
    stamps, last, origin = dict[int, bool](), None, None
    for count, packet in enumerate(container.demux(stream)):
        shown, due = packet.pts, packet.dts
        if not packet.size:  # the end
            break
        if shown is None or due is None or packet.is_corrupt or packet.is_discard:
            return {}
        if shown < due or shown in stamps or (last is not None and due <= last):
            return {}
        last, origin = due, shown if origin is None else origin
        if _seconds(due - origin, tick) > until_s:  # of what is shown before this is decoded, all is known
            return {stamp: key for stamp, key in stamps.items() if stamp < due}
        stamps[shown] = packet.is_keyframe
        if count % PASSING == 0:
            passing()
    return stamps


def _some(path: Path, container: InputContainer, stream: VideoStream, stamp: int) -> list[VideoFrame]:
    """The first frames that are decoded from a stamp on."""
    container.seek(stamp, stream=stream)
    return [frame for _, frame in islice(decoded(path, container, stream), TRIED)]
