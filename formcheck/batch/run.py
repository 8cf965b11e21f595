"""Jobs done by several workers at once; the outcome of each comes as it ends."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

from ..workers import Answer, LostError
from .jobs import Job
from .work import Outcome, tidy

AGAIN_S = 10.0  # until a job that another run was working on is requested again


class Doers(Protocol):
    """Whoever does tasks: ``workers.Crew``, or the workers of a cluster."""

    @property
    def busy(self) -> bool: ...
    def give(self, key: Any, content: Any) -> None: ...
    def answers(self, wait_s: float = 0.5) -> Iterator[Answer]: ...


class BatchRun:
    """Jobs by key. Each is done once, by whichever run comes first; more can be given at any time.

    One given again while in progress, because its clip has changed, is done again afterwards.
    """

    def __init__(self, doers: Doers) -> None:
        self._doers = doers
        self._jobs: dict[Any, Job] = {}
        self._elsewhere: dict[Any, float] = {}  # job → when it is requested again
        self._next: dict[Any, Job] = {}  # given again while in progress

    @property
    def busy(self) -> bool:
        return bool(self._elsewhere) or self._doers.busy

    @property
    def going(self) -> int:
        """How many jobs have not ended."""
        return len(self._jobs)

    def give(self, key: Any, job: Job) -> None:
        if key in self._jobs:
            self._next[key] = job
            return
        self._jobs[key] = job
        self._doers.give(key, job)

    def answers(self) -> Iterator[Answer]:
        """For jobs that have ended since: an Outcome each, or the error that ended it."""
        now_s = time.monotonic()
        for key in [key for key, due_s in self._elsewhere.items() if due_s <= now_s]:
            del self._elsewhere[key]
            self._doers.give(key, self._jobs[key])
        if not self._doers.busy:
            time.sleep(0.1)
            return
        for answer in self._doers.answers():
            if isinstance(answer.value, Outcome) and answer.value.state == "elsewhere":
                self._elsewhere[answer.key] = now_s + AGAIN_S
            else:
                ended = self._jobs.pop(answer.key)
                if isinstance(answer.error, LostError):
                    tidy(ended)
                if (job := self._next.pop(answer.key, None)) is not None:
                    self.give(answer.key, job)
                yield answer


def shared(jobs: Sequence[Job], workers: int, *, early: bool, beside: int = 0) -> list[Job]:
    """The jobs, each with its share of the workers; early: whether to report what they show along the way; beside: how
    many others are going on."""
    each = max(1, workers // max(1, len(jobs) + beside))
    return [replace(job, settings=job.settings | {"workers": each}, early=early) for job in jobs]
