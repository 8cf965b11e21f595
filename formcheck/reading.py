"""A clip's frames → one pass over them: by this process or, in parts, by several at once."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from threading import Lock
from typing import TypeVar

import cv2
import numpy as np

from .datatypes import FormcheckError, Progress, UnreadableVideoError, VideoInfo
from .passes import Hints, Pass, joined, track_people
from .tracking import DETECT_AGAIN_S, PersonTrack
from .video import MOST_FRAMES, Clip, prefetch, too_long
from .workers import Crew, LostError, Tell, may_have_workers

SETTLING = 16  # posed frames before a part, enough for tracking to settle: landmarks are then those of an unsplit pass
EARLY_S = 4.0  # of film until a first answer, then twice as much each time until another
USUAL: list[int] = []  # OpenCV's number of threads before clips were read in this process
CHANGING = Lock()
LEAST_PART = 60  # posed frames: a worker that has less to do costs more than it saves

T = TypeVar("T")
Early = Callable[[PersonTrack], str]  # what one person's poses so far show, in words


@dataclass(frozen=True)
class Part:
    """Rows from begin_s to just before end_s of file time, on so many threads; early: asked now and then meanwhile.

    Some frames before are read as well, so that tracking settles, and a few after where others may be in view.
    """

    clip: Clip
    model: str
    hints: Hints | None
    threads: int
    early: Early | None = None
    begin_s: float = -math.inf
    end_s: float = math.inf


def read_clip(
    clip: Clip,
    info: VideoInfo,
    model: str,
    workers: int,
    progress: Progress | None,
    early: Early | None,
    hints: Hints | None,
) -> Pass:
    """One pass over a clip, by up to so many workers; hints as for ``passes.track_people``.

    Raises FormcheckError when the file cannot be read, or the pose model's process is lost twice.
    """
    begin_s, end_s = clip.start_s, min(clip.end_s or math.inf, info.duration_s or math.inf)
    expected = max(0.0, end_s - begin_s) * info.fps / clip.every  # infinite or NaN when unknown
    total = round(expected) or None if math.isfinite(expected) else None

    def posed(done: int, so_far: str = "") -> None:
        if progress is not None:  # parts of a clip also pose frames that are not theirs
            progress(f"reading{so_far and f', so far {so_far}'}", min(done, total or done), total)

    posed(0)
    count = max(1, min(workers, int((total or 0) / LEAST_PART))) if may_have_workers() else 1
    first = Part(clip, model, hints, max(1, workers // count), early)
    if count == 1:
        seen = read_part(first, posed)
    else:
        edges = [-math.inf, *_seams(begin_s, end_s, count, expected), math.inf]
        parts = _by_workers([replace(first, begin_s=a, end_s=b) for a, b in pairwise(edges)], posed)
        seen = joined(parts)
        if not seen.others_in_view and any(after.lost_since(before) for before, after in pairwise(parts)):
            seen = read_part(replace(first, threads=workers), posed)
    if len(seen.clock_s) > MOST_FRAMES:
        raise UnreadableVideoError(too_long(clip.path))
    return seen


def _seams(begin_s: float, end_s: float, count: int, frames: float) -> list[float]:
    """Where parts meet that all take equally long: all but the first pose more frames than are theirs."""
    each = (frames + (count - 1) * SETTLING) / count
    return [begin_s + (end_s - begin_s) * (k * (each - SETTLING) + SETTLING) / frames for k in range(1, count)]


def _by_workers(parts: list[Part], posed: Callable[[int, str], None]) -> list[Pass]:
    """The pass over each part; up to one that shows others in view, which makes later ones pointless."""
    done: Counter[int] = Counter()
    told = {0: ""}

    def heard(key: int, said: tuple[int, str]) -> None:
        done[key], told[key] = said
        posed(done.total(), told[0])

    passes: dict[int, Pass] = {}
    needed = range(len(parts))
    with Crew(read_part, len(parts), heard) as crew:
        for key, part in enumerate(parts):
            crew.give(key, part)
        while not passes.keys() >= {*needed}:
            for answer in crew.answers():
                if answer.key not in needed:
                    continue
                if isinstance(answer.error, LostError):
                    raise FormcheckError(f"the pose model's process {answer.error}, twice") from answer.error
                if answer.error is not None:
                    raise answer.error
                passes[answer.key] = answer.value
                if answer.value.others_in_view:
                    needed = range(min(len(needed), answer.key + 1))
    return [passes[key] for key in needed]


def read_part(part: Part, tell: Tell) -> Pass:
    """A pass over part of a clip; after each posed frame, tells how many there were, and what they show so far."""
    clip = part.clip
    settling_s = SETTLING * clip.every * clip.step_s if part.begin_s > clip.start_s else 0.0
    frames = prefetch(clip.part(part.begin_s - settling_s, part.end_s + 2 * DETECT_AGAIN_S, lambda: tell(0, "")))
    so_far, ask_s = "", EARLY_S

    def posed(done: int, tracks: list[PersonTrack]) -> None:
        nonlocal so_far, ask_s
        if part.early and tracks and tracks[0].times_s[-1] - tracks[0].times_s[0] >= ask_s:
            so_far, ask_s = part.early(tracks[0]), 2 * ask_s
        tell(done, so_far)

    with _opencv_on(part.threads):
        seen = track_people(frames, part.model, part.hints, part.begin_s, part.end_s, clip.start_s, part.threads, posed)
    if part.begin_s <= clip.start_s:
        clip.check_some()
    return replace(seen, clock_s=np.array(clip.clock), truncated=clip.truncated)


@contextmanager
def _opencv_on(threads: int) -> Iterator[None]:
    """OpenCV on so many threads, and as before once nothing is read: this process may have other uses for it."""
    with CHANGING:
        USUAL.append(USUAL[0] if USUAL else cv2.getNumThreads())  # one for each clip that is being read at once
        cv2.setNumThreads(threads)
    try:
        yield
    finally:
        with CHANGING:
            usual = USUAL.pop()
            if not USUAL:
                cv2.setNumThreads(usual)


def reported(frames: Iterable[T], stage: str, total: int | None, progress: Progress | None) -> Iterator[T]:
    """The frames unchanged, each reported to the progress display."""
    for done, frame in enumerate(frames, 1):
        yield frame
        if progress is not None:
            progress(stage, done, total)
