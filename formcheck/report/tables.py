"""A Report as CSV tables: steps and frames, with an empty cell for what is missing."""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from io import StringIO
from math import inf, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..archive import landmark_cells, landmark_columns
from ..datatypes import SIDES, Event, FloatArray, Gait, Report, Side

ROWS = 1024  # of the table of frames, written at a time
NEARLY_HALF = 1e-5  # of the last digit: a number nearer than this to a rounding tie is left to Python, which is exact
STEP_TOLERANCE_S = 0.05  # a value may be dated this much before the contact of its own step


def steps_csv(report: Report) -> str:
    """One row per contact: file times of it and of the same foot's toe-off, and the value of each measurement.

    A value or toe-off belongs to the last contact of its side before it; those before any contact are left out. So
    there are no rows where contacts could not be read: what is measured then rests on strides counted from the knees.
    """
    contacts, factor = list(report.contacts), report.trial.video.slow_motion_factor
    step_at = _step_finder(contacts, [bout.trial.gait for bout in report.bouts])
    toe_offs = {step_at(e.side, e.time_s): e for e in reversed(report.toe_offs)}
    values = [{step_at(step.side, step.time_s): step.value for step in m.steps} for m in report.measurements]
    head = ["step", "side", "time_s", "frame", "sd_s", "toe_off_time_s", "toe_off_frame"]
    rows = (
        [
            *(i + 1, contact.side, *_when(contact, factor), _cell(contact.sd_s * factor, 4)),
            *_when(toe_offs.get(i), factor),
            *(_cell(of_step.get(i), 3) for of_step in values),
        ]
        for i, contact in enumerate(contacts)
    )
    return _csv([head + [m.name for m in report.measurements], *rows])


def frames_csv(report: Report) -> Iterator[str]:
    """One row per posed frame: its index in the file, file time, and x, y (pixels) and confidence of every landmark.

    It comes in pieces, since the table of a long clip is large.
    """
    track, factor = report.trial.track, report.trial.video.slow_motion_factor
    yield _csv([["frame", "time_s", *landmark_columns(track.landmarks.names)]])
    for some in (slice(first, first + ROWS) for first in range(0, len(track), ROWS)):
        cells = [
            *(_cells(track.frames[some, None].astype(float), 0), _cells(track.time_s[some, None] * factor, 4)),
            _cells(landmark_cells(track, some), 2),
        ]
        table = np.concatenate(cells, axis=1)
        table[:, -1] = ord("\n")
        yield table.tobytes().translate(None, b"\0").decode("ascii")


def _cells(values: FloatArray, decimals: int) -> NDArray[np.uint8]:
    """(n, m) numbers → (n, bytes) what ``_cell`` makes of them, a comma after each; zero bytes are to be removed."""
    known = np.isfinite(values)
    size = np.where(known, np.abs(values), 0.0) * 10**decimals
    left = np.rint(size).astype(np.int64)
    for place in zip(*np.nonzero(np.abs(size % 1 - 0.5) < NEARLY_HALF), strict=True):
        left[place] = int(_cell(abs(values[place]), decimals).replace(".", ""))
    digits = max(len(str(left.max(initial=0))), decimals + 1)
    out = np.zeros((*values.shape, digits + 3), np.uint8)  # a sign, digits with a point between them, a comma
    out[known & np.signbit(values), 0] = ord("-")
    if decimals:
        out[known, -2 - decimals] = ord(".")
    for digit in range(digits):
        rest = left // 10
        shown = known & ((left > 0) | (digit <= decimals))
        out[..., -2 - digit - (digit >= decimals)] = np.where(shown, ord("0") + left - 10 * rest, 0)
        left = rest
    out[..., -1] = ord(",")
    return out.reshape(len(values), -1)


def _step_finder(contacts: list[Event], gaits: Iterable[Gait]) -> Callable[[Side, float], int | None]:
    """Finds the index of the last contact of a side before a moment of real time, in the same bout."""
    steps = {side: [i for i, c in enumerate(contacts) if c.side == side] for side in SIDES}
    times = {side: [contacts[i].time_s for i in indices] for side, indices in steps.items()}
    begins = [-inf, *sorted(float(gait.motion.time_s[0]) for gait in gaits if gait.motion is not None)]

    def step_at(side: Side, time_s: float) -> int | None:
        before, bout = bisect_right(times[side], time_s + STEP_TOLERANCE_S), bisect_right(begins, time_s)
        return steps[side][before - 1] if before and times[side][before - 1] >= begins[bout - 1] else None

    return step_at


def _when(event: Event | None, factor: float) -> tuple[str, str]:
    return ("", "") if event is None else (_cell(event.time_s * factor, 4), _cell(event.frame, 2))


def _cell(value: float | None, decimals: int) -> str:
    return f"{value:.{decimals}f}" if value is not None and isfinite(value) else ""


def _csv(rows: Iterable[list[Any]]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
