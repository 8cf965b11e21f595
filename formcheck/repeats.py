"""Pictures that a film shows again: a repeat tells nothing new, and what it shows was a moment earlier.

Screen recorders, messengers and editors fill up a frame rate with repeats or slow a film down by them; phones write
them in place of pictures that they had no time for. Compressed anew, a repeat is not quite its picture. But around
somebody who moves it changes little: in clips made so less than 9 % of what both the picture before it and the one
after it do. Of the 4,600 pictures of ten clips rendered and real, none that is new changes less than 54 % as much.

Rows of a track that show one picture have the very same landmarks, as no two pictures ever give: so a track says what
it repeats, wherever it comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .datatypes import FloatArray, PoseTrack, usual_step
from .planes import Image
from .video import SAME_FRAME_S, Frame

FOLLOWS = 0.35  # of how far landmarks move in the row before or after: in new pictures they seldom move less
SELDOM = 0.04  # of the rows; where they do so more often, pictures are compared
SAME = 0.2  # of what changes just before and just after: up to this, a picture is the one before again
STIRS = 1.0  # grey levels: where new pictures change less, nobody moves, and repeats do not matter
MOST = 12  # repeats of one picture; a film that stands longer shows a still
SIZE_PX = 64  # longer side of the picture of the runner that is compared
WORTH_TELLING = 0.02  # of the pictures
WINDOW = 25  # pictures in whose times an even rate is looked for


def moved(track: PoseTrack) -> FloatArray:
    """(T − 1,) pixels by which landmarks move from row to row, on average; NaN where none is known."""
    steps = np.linalg.norm(np.diff(track.xy, axis=0), axis=-1)
    known = np.isfinite(steps)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, steps, 0.0).sum(axis=1) / known.sum(axis=1))


def suspected(track: PoseTrack) -> bool:
    """Whether landmarks alone suggest repeats.

    They cannot tell: they also move with the region in which the pose model looks, which follows the runner later.
    """
    steps = moved(track)
    still = steps[1:-1] < FOLLOWS * np.maximum(steps[:-2], steps[2:])
    return bool(still.sum() > SELDOM * len(still))


def held(track: PoseTrack, frames: Iterable[Frame]) -> tuple[PoseTrack, float]:
    """The track with the very same landmarks wherever a picture is shown again; the share of the pictures in which
    somebody is seen that repeat others.

    frames: all of the clip's, or of the part of it that the track is of
    """
    times_s, changes = _compared(frames, track)
    again = repeats(changes)
    if not again.any():
        return track, 0.0
    shown = np.searchsorted(times_s[~again], track.time_s + SAME_FRAME_S)
    _, first, number = np.unique(shown, return_index=True, return_inverse=True)
    share = float(again.sum() / (1 + np.isfinite(changes).sum()))
    return replace(track, **_of_rows(track, first[number])), share


def pictures(track: PoseTrack) -> NDArray[np.intp]:
    """(T,) the number, from 0 on, of the picture that each row shows."""
    changes = np.where(moved(track) == 0, 0.0, STIRS)
    return np.cumsum(~repeats(np.concatenate([[np.nan], changes]))) - 1


def first_showings(track: PoseTrack, shown: NDArray[np.intp]) -> PoseTrack:
    """The track with one row for each of its ``pictures``, at the moment when it was taken, as far as that shows."""
    rows = np.unique(shown, return_index=True)[1]
    time_s = track.time_s[rows]
    if _late(time_s, moved(track)[rows[1:] - 1]):
        time_s = _evened(time_s, float(np.ptp(track.time_s)) / (len(track) - 1))
    looked_s = time_s[shown[np.searchsorted(track.time_s, track.outline.time_s)]]
    return replace(
        track, **_of_rows(track, rows), time_s=time_s, clock_s=time_s, frames=track.frames[rows],
        outline=replace(track.outline, time_s=looked_s),
    )  # fmt: skip


def shown_again(track: PoseTrack, raw: PoseTrack, shown: NDArray[np.intp]) -> PoseTrack:
    """A track of first showings with all rows again that raw has."""
    times = {name: getattr(raw, name) for name in ("time_s", "clock_s", "frames", "outline")}
    return replace(track, **_of_rows(track, shown), **times)


def repeats(changes: FloatArray) -> NDArray[np.bool_]:
    """(n,) whether each of n pictures is the one before again; changes (n,): grey levels from the one before, the first
    of which does not count; NaN where nobody is seen.

    So it is if somebody moves just before and just after, and hardly anything changes in between. What came before the
    first picture, and after the last, is taken to have been as it was on the other side.
    """
    around = np.pad(changes[1:], MOST, mode="symmetric") if len(changes) > 1 else changes[1:]
    again, begin = np.zeros(len(around), bool), 1
    while begin < len(around):
        before, end = around[begin - 1], begin
        while end < len(around) and around[end] <= SAME * before:
            end += 1
        if begin < end < len(around) and end - begin <= MOST and before >= STIRS:
            again[begin:end] = around[end] >= max(STIRS, around[begin:end].max() / SAME)
        begin = end + 1
    return np.concatenate([np.zeros(len(changes[:1]), bool), again[MOST : MOST + len(changes) - 1]])


def _of_rows(track: PoseTrack, rows: NDArray[np.intp]) -> dict[str, Any]:
    """What is known of what is seen in some rows."""
    return {name: getattr(track, name)[rows] for name in ("xy", "world", "confidence", "camera_xy", "turn_deg")}


def _late(first_s: FloatArray, steps: FloatArray) -> bool:
    """Whether pictures were shown late, (n,), rather than in time with repeats in place of others: from one to the next
    somebody then moves as far, (n − 1,) pixels, however long it is shown, not as fast."""
    known = steps > 0
    far, fast = (np.diff(np.log(moves[known])) for moves in (steps, steps / np.diff(first_s)))
    return bool((far**2).sum() < (fast**2).sum())


def _evened(first_s: FloatArray, step_s: float) -> FloatArray:
    """When pictures were taken, (n,), that were shown as soon as the next row was due, (n,); step_s: from row to row.

    Of film with 24 pictures a second in a file with 30 frames, they are late by 0, ¼, ½ and ¾ of a frame in turn. So
    where one line goes through the times of many, to within a row, it is the camera's clock, and the first are in time.
    """
    if len(first_s) < WINDOW:
        return first_s
    begin = np.clip(np.arange(len(first_s)) - WINDOW // 2, 0, len(first_s) - WINDOW)
    around_s = np.lib.stride_tricks.sliding_window_view(first_s, WINDOW)[begin]
    away = np.arange(WINDOW) - (WINDOW - 1) / 2
    rate = around_s @ away / (away @ away)
    begun_s = around_s - rate[:, None] * np.arange(WINDOW)
    earliest_s, latest_s = begun_s.min(axis=1), begun_s.max(axis=1)
    even = latest_s - earliest_s <= step_s + SAME_FRAME_S
    taken_s = np.maximum(np.where(even, earliest_s + rate * (np.arange(len(first_s)) - begin), first_s), first_s[0])
    return taken_s if (np.diff(taken_s) > 0).all() else first_s


def _compared(frames: Iterable[Frame], track: PoseTrack) -> tuple[FloatArray, FloatArray]:
    """((n,) times of frames, (n,) grey levels by which the runner's pixels differ from those in the frame before; NaN
    where nobody is seen)."""
    corners = np.stack([np.fmin.reduce(track.xy, axis=1), np.fmax.reduce(track.xy, axis=1)], axis=1)
    before: Image | None = None
    seen = []
    for frame in frames:
        row = max(0, int(np.searchsorted(track.time_s, frame.time_s + SAME_FRAME_S)) - 1)
        change = np.nan if before is None else _change(before, frame.image, corners[row])
        seen.append((frame.time_s, change))
        before = frame.image
    times_s, changes = np.array(seen).reshape(-1, 2).T
    return times_s, changes


def _change(before: Image, after: Image, corners: FloatArray) -> float:
    """Mean difference of two pictures (H, W, 3) between two corners, in grey levels of small pictures; NaN if unknown.

    Of RGB, green is nearest to brightness.
    """
    if not np.isfinite(corners).all():
        return float("nan")
    (left, top), (right, bottom) = np.clip(corners, 0, after.shape[1::-1]).astype(int).tolist()
    if min(right - left, bottom - top) < 2:
        return float("nan")
    scale = min(1.0, SIZE_PX / max(right - left, bottom - top))
    small = [
        cv2.resize(image[top:bottom, left:right, 1], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        for image in (before, after)
    ]
    return float(cv2.absdiff(*small).mean())


def told(share: float, track: PoseTrack) -> Iterator[str]:
    """What to tell of a clip of whose pictures such a share repeats others."""
    if share >= WORTH_TELLING:
        rate = 1 / usual_step(track.clock_s)
        yield (
            f"{share:.0%} of the pictures only repeat the one before: the film shows {(1 - share) * rate:.3g} "
            f"different ones a second, not {rate:.3g}; analyse it as it was recorded, if you have it"
        )
