"""A clip's frames → one pass over them: by this process or, in parts, by several at once."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeVar

import cv2
import numpy as np

from .datatypes import FormcheckError, UnreadableVideoError, VideoInfo
from .engine import CORES
from .passes import Hints, Pass, joined, track_people
from .video import MOST_FRAMES, Clip, Frame, prefetch, too_long
from .workers import Crew, LostError, Tell

SETTLING = 16  # posed frames before a part, by which tracking has settled: landmarks are then those of an unsplit pass
LEAST_PART = 60  # posed frames: a worker that has less to do costs more than it saves

T = TypeVar("T")
Progress = Callable[[str, int, int | None], None]  # (what is being done, frames done, frames in all if known)


@dataclass(frozen=True)
class Part:
    """Rows from begin_s to before end_s of file time, by so many threads."""

    clip: Clip
    model: str
    hints: Hints | None
    begin_s: float = -math.inf
    end_s: float = math.inf
    threads: int = 1


def read_clip(
    clip: Clip, info: VideoInfo, model: str, workers: int, progress: Progress | None, hints: Hints | None
) -> Pass:
    """One pass over a clip, by up to so many workers; hints as for ``passes.track_people``.

    Raises FormcheckError when the file cannot be read, or the pose model's process ends by itself.
    """
    begin_s, end_s = clip.start_s, min(clip.end_s or math.inf, info.duration_s or math.inf)
    expected = (end_s - begin_s) * info.fps / clip.every  # infinite or NaN when unknown
    total = round(expected) if math.isfinite(expected) else None

    def posed(done: int) -> None:
        if progress is not None:
            progress("reading", done, total)

    posed(0)
    count = min(workers, int((total or 0) / LEAST_PART))
    if count < 2:
        seen = read_part(Part(clip, model, hints, threads=workers), posed)
    else:
        edges = [-math.inf, *np.linspace(begin_s, end_s, count + 1)[1:-1].tolist(), math.inf]
        threads = max(1, CORES // count)
        parts = [Part(clip, model, hints, *ends, threads) for ends in pairwise(edges)]
        seen = joined(_by_workers(parts, posed))
    if len(seen.clock_s) > MOST_FRAMES:
        raise UnreadableVideoError(too_long(clip.path))
    return seen


def _by_workers(parts: list[Part], posed: Callable[[int], None]) -> list[Pass]:
    """What each part gave; the pass of one alone when it tells that all are in vain."""
    done: Counter[int] = Counter()

    def heard(key: int, said: tuple[int]) -> None:
        done[key] = said[0]
        posed(done.total())

    passes: dict[int, Pass] = {}
    with Crew(read_part, len(parts), heard) as crew:
        for key, part in enumerate(parts):
            crew.give(key, part)
        while crew.busy:
            for answer in crew.answers():
                if isinstance(answer.error, LostError):
                    raise FormcheckError(f"the pose model's process {answer.error}, twice") from answer.error
                if answer.error is not None:
                    raise answer.error
                if answer.value.others_in_view:
                    return [answer.value]
                passes[answer.key] = answer.value
    return [passes[key] for key in range(len(parts))]


def read_part(part: Part, posed: Tell) -> Pass:
    """A pass over some of a clip, told after each posed frame how many there were."""
    clip = part.clip
    cv2.setNumThreads(part.threads)
    settling_s = SETTLING * clip.every * clip.step_s if part.begin_s > clip.start_s else 0.0
    frames = prefetch(clip.part(part.begin_s - settling_s, part.end_s))
    seen = track_people(_counted(frames, part.begin_s, posed), part.model, part.hints, part.begin_s, part.threads)
    if part.begin_s <= clip.start_s:
        clip.check_some()
    return replace(seen, clock_s=np.array(clip.clock), truncated=clip.truncated)


def _counted(frames: Iterable[Frame], begin_s: float, posed: Tell) -> Iterator[Frame]:
    done = 0
    for frame in frames:
        yield frame
        if frame.time_s >= begin_s:
            done += 1
            posed(done)


def counted(frames: Iterable[T], stage: str, total: int | None, progress: Progress | None) -> Iterator[T]:
    """The frames as they are, told to the progress display."""
    for done, frame in enumerate(frames, 1):
        yield frame
        if progress is not None:
            progress(stage, done, total)
