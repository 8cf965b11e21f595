"""One stride in pictures equally spaced in time, side by side, from one contact to the next of the same foot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from ..datatypes import SIDES, Event, Report, Side
from ..planes import Planes
from ..signals import nearest_index
from .cut import Cut
from .mount import LEADING, Word, blank, mounted, paste
from .pen import Rect
from .picture import Picture, Still
from .scene import Scene
from .sights import row_at
from .style import BOLD, SIDE_COLOURS, SOFT, WHITE

NAME = "kinogram"
PHASES, COLUMNS = 8, 4
PANEL, GAP = 270, 6  # width of one picture, and between them
AROUND = 0.06  # runner's heights kept free around the runner
PHASE, EVENT = 40, 32  # text sizes: legible even at a third of that

Label = list[Word]  # one below the other


def kinogram(scene: Scene) -> Picture | None:
    """Of the stride closest to the usual duration, of the near leg if possible; None when no stride is seen whole."""
    near: Side = "right" if scene.forward > 0 else "left"
    strides = [ends for side in SIDES for ends in _strides(scene.report.trial.gait.contacts, side)]
    for first, last in sorted(strides, key=lambda ends: (ends[0].side != near, _unusual(scene, *ends))):
        times = np.linspace(first.time_s, last.time_s, PHASES, endpoint=False).tolist()
        rows = [row_at(scene.report.trial, time_s) for time_s in times]
        seen = np.isfinite(scene.bodies[rows]).all() and np.isfinite(scene.anchor[rows]).all()
        if seen and len(set(rows)) == PHASES:
            return _picture(scene, first, last, rows)
    return None


def _strides(contacts: Sequence[Event], side: Side) -> Iterator[tuple[Event, Event]]:
    return pairwise(contact for contact in contacts if contact.side == side)


def _unusual(scene: Scene, first: Event, last: Event) -> float:
    return abs(last.time_s - first.time_s - scene.report.trial.gait.stride_s)


def _picture(scene: Scene, first: Event, last: Event, rows: list[int]) -> Picture:
    contacts, lasts_s = scene.report.contacts, last.time_s - first.time_s
    begun, ended = 1 + contacts.index(first), 1 + contacts.index(last)
    title = f"One stride, from {first.side} foot to {first.side} foot"
    clock = "" if scene.report.trial.gait.likely_factor is None else " of the file"
    note = f"{lasts_s / scene.report.trial.slowed:.2f} s{clock}, steps {begun} to {ended} of {len(contacts)}"
    alt = f"{PHASES} pictures of one stride, equally spaced in time, the left leg blue, the right leg orange."
    still = Still(NAME, None, scene.file_s(rows[0]), f"{title}: {note}, at {scene.file_s(rows[0]):.2f} s", alt)
    labels = _labels(scene, first.time_s, lasts_s, rows)

    def mount(parts: list[Planes]) -> Planes:
        lines = [[Word.of(title, PHASE, WHITE, BOLD)], [Word.of(f"{note}, at {still.time_s:.2f} s", EVENT, SOFT)]]
        return mounted(_side_by_side(parts, labels), lines)

    return Picture(still, scene, rows, [Cut(part, PANEL) for part in _parts(scene, rows)], mount)


def _parts(scene: Scene, rows: list[int]) -> Iterator[Rect]:
    """Around the runner, all the same size, as if running on the spot; even, as colours are."""
    anchors, margin = scene.anchor[rows], AROUND * scene.body_px
    boxes = scene.bodies[rows] - np.tile(anchors, 2)
    low, high = boxes[:, :2].min(axis=0) - margin, boxes[:, 2:].max(axis=0) + margin
    width, height = (2 * np.rint((high - low) / 2).astype(int)).tolist()
    for x, y in (2 * np.rint((anchors + low) / 2).astype(int)).tolist():
        yield Rect(x, y, x + width, y + height)


def _side_by_side(parts: list[Planes], labels: list[Label]) -> Planes:
    high, words = parts[0].height, 2 * round(0.5 * LEADING * (PHASE + EVENT))
    canvas = blank(COLUMNS * PANEL + (COLUMNS - 1) * GAP, -(-len(parts) // COLUMNS) * (high + words))
    for i, (part, label) in enumerate(zip(parts, labels, strict=True)):
        x, y = i % COLUMNS * (PANEL + GAP), i // COLUMNS * (high + words)
        paste(canvas, part, x, y)
        y += high
        for word in label:
            word.sprite.stamp(canvas, x + GAP, y)
            y += round(LEADING * word.size)
    return canvas


def _labels(scene: Scene, begin_s: float, lasts_s: float, rows: list[int]) -> list[Label]:
    """The share of the stride in each, and an event under the picture nearest to it."""
    times_s = scene.track.time_s[rows]
    labels = [[Word.of(f"{max(0, round(100 * s))}%", PHASE, WHITE, BOLD)] for s in (times_s - begin_s) / lasts_s]
    half_s = 0.5 * lasts_s / PHASES
    for event, what in _events(scene.report):
        nearest = nearest_index(times_s, event.time_s)
        if abs(times_s[nearest] - event.time_s) <= half_s and len(labels[nearest]) == 1:
            labels[nearest].append(Word.of(f"{event.side} {what}", EVENT, SIDE_COLOURS[event.side], BOLD))
    return labels


def _events(report: Report) -> Iterator[tuple[Event, str]]:
    yield from ((event, "lands") for event in report.trial.gait.contacts)
    yield from ((event, "toe-off") for event in report.trial.gait.toe_offs)
