"""Frames' times, whatever the file says of them."""

from __future__ import annotations

from av.video.stream import VideoStream

from .container import FASTEST_FPS, SLOWEST_FPS

CLOCK_RESET_S = 0.5  # a stamp farther back than this starts a new clock (joined recordings)
LONGEST_GAP_S = 60.0  # and so does one farther ahead than this


class Clock:
    """Seconds since the first frame, strictly increasing; frames are told in order."""

    def __init__(self, stream: VideoStream) -> None:
        rate = float(stream.average_rate) if stream.average_rate else 30.0
        self._usual_s = 1 / min(max(rate, SLOWEST_FPS), FASTEST_FPS)
        self._origin_s: float | None = None
        self._index = 0
        self.last_s = 0.0

    def at(self, stamp_s: float | None, index: int) -> float:
        """File time of the frame with a stamp, if it has one, and an index in the file."""
        steps, self._index = index - self._index, index
        if self._origin_s is None:
            self._origin_s = stamp_s or 0.0
            return 0.0
        next_s = self.last_s + steps * self._usual_s
        time_s = next_s if stamp_s is None else stamp_s - self._origin_s
        if not self.last_s - CLOCK_RESET_S <= time_s <= next_s + LONGEST_GAP_S:
            self._origin_s -= next_s - time_s
            time_s = next_s
        # a repeated stamp cannot be right; half a step leaves room for the next one, which usually is
        later = time_s >= self.last_s + 0.5 / FASTEST_FPS
        self.last_s = time_s if later else self.last_s + 0.5 * self._usual_s
        return self.last_s
