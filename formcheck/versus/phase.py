"""Two clips in step: the phase of the stride at each moment, from contact to contact, whatever the clips' rates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..datatypes import SIDES, Event, FloatArray, Side, Trial
from ..metrics import near_side

EVEN = (0.6, 1.5)  # a step's time over the usual one: outside this, a contact was missed or is spurious
FEWEST_STRIDES = 2  # in a row


@dataclass(frozen=True)
class Phases:
    """The longest unbroken run of steps: moments of landing (n,), by the track's clock, and the strides completed.

    strides: whole numbers where the leading foot lands, halves where the other does.
    """

    lead: Side
    time_s: FloatArray
    strides: FloatArray

    @property
    def whole(self) -> int:
        """Number of whole strides, from landing to landing of the leading foot."""
        return int(self.strides[-1])

    @property
    def stride_s(self) -> float:
        """Usual duration of a stride."""
        return 2 * float(np.median(np.diff(self.time_s)))

    def at(self, time_s: FloatArray) -> FloatArray:
        """Strides completed at some moments; NaN outside the run of steps."""
        return np.interp(time_s, self.time_s, self.strides, left=np.nan, right=np.nan)

    def when(self, strides: FloatArray) -> FloatArray:
        """Moments at which this many strides were completed."""
        return np.interp(strides, self.strides, self.time_s)


def phases(contacts: Sequence[Event], lead: Side) -> Phases | None:
    """None when fewer than FEWEST_STRIDES follow one another without a gap."""
    row = max(_rows(sorted(contacts, key=lambda event: event.time_s)), key=len, default=[])
    first = next((i for i, event in enumerate(row) if event.side == lead), len(row))
    times = np.array([event.time_s for event in row[first:]])
    if len(times) < 2 * FEWEST_STRIDES + 1:
        return None
    return Phases(lead, times, np.arange(len(times)) / 2)


def _rows(contacts: Sequence[Event]) -> Iterator[list[Event]]:
    """The contacts, split where one foot lands twice in a row or a step is unusually long or short."""
    steps = [b.time_s - a.time_s for a, b in pairwise(contacts) if a.side != b.side]
    usual, row = float(np.median(steps)) if steps else 0.0, list(contacts[:1])
    for before, event in pairwise(contacts):
        share = (event.time_s - before.time_s) / usual if usual else 0.0
        if event.side == before.side or not EVEN[0] < share < EVEN[1]:
            yield row
            row = []
        row.append(event)
    yield row


def leads(before: Trial, after: Trial) -> tuple[Side, Side]:
    """The foot whose landings begin each clip's strides: the one near the camera, so that mirrored clips look alike.

    Where either clip is not seen from the side, it is the left foot in both.
    """
    if before.gait.view.sagittal and after.gait.view.sagittal:
        return near_side(before), near_side(after)
    return SIDES[0], SIDES[0]


def mirrored(before: Trial, after: Trial) -> bool:
    """Whether the second clip must be mirrored to run in the same direction as the first."""
    return before.gait.view.forward * after.gait.view.forward < 0
