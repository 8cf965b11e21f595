"""The same jobs on the workers of a Dask cluster: on a disk that all see, or with the files sent along.

Workers may join, leave and die: a job whose worker is lost is done again by another.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from ..datatypes import FormcheckError
from ..files import claimed, replacing_all, write_bytes, write_text
from ..pipeline import OUTPUTS, holds_another
from ..report import json_text
from ..workers import Answer, LostError
from .jobs import Job
from .work import Outcome, analyse, analyse_once, finished, mark_of, remember

TIMEOUT_S = 15.0  # for the scheduler to answer


class Cluster:
    """Does jobs as ``workers.Crew`` does; see ``run.Doers``."""

    def __init__(self, address: str, send_files: bool) -> None:
        """Raises FormcheckError when there is no such scheduler, or Dask is not installed."""
        try:
            from distributed import Client  # noqa: PLC0415 (an extra)
        except ImportError as error:
            raise FormcheckError("a cluster needs Dask: install formcheck[cluster]") from error
        try:
            client: Any = Client
            self._client = client(address, timeout=TIMEOUT_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise FormcheckError(f"{address}: no scheduler answers there; start one with `dask scheduler`") from error
        self._send = send_files
        self._going: dict[Any, tuple[Any, Job]] = {}  # future → key, job
        self._ready: list[Answer] = []

    def __enter__(self) -> Cluster:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._going:
            self._client.cancel(list(self._going), force=True)
        self._client.close()

    @property
    def busy(self) -> bool:
        return bool(self._going or self._ready)

    def give(self, key: Any, content: Job) -> None:
        if not self._send:
            future = self._client.submit(_here, content, pure=False)
            self._going[future] = key, content
            return
        try:
            if (kept := finished(mark_of(content), content.with_video)) is not None:
                self._ready.append(Answer(key, kept))
                return
            future = self._client.submit(_with_files, content, content.video.read_bytes(), pure=False)
            self._going[future] = key, content
        except (FormcheckError, OSError) as error:
            self._ready.append(Answer(key, error=error))

    def answers(self, wait_s: float = 0.5) -> Iterator[Answer]:
        from distributed import wait  # noqa: PLC0415

        ready, self._ready = self._ready, []
        yield from ready
        try:
            ended = wait(list(self._going), timeout=wait_s, return_when="FIRST_COMPLETED").done  # type: ignore[no-untyped-call]
        except TimeoutError:
            return
        for future in ended:
            key, job = self._going.pop(future)
            yield self._answer(key, job, future)

    def _answer(self, key: Any, job: Job, future: Any) -> Answer:
        from distributed import KilledWorker  # noqa: PLC0415

        try:
            value = future.result()
            return Answer(key, _received(job, mark_of(job), *value) if self._send else value)
        except KilledWorker:
            return Answer(key, error=LostError("was ended, on several workers"))
        except Exception as error:
            return Answer(key, error=error)


def _silent(*_: Any) -> None:
    """Nobody hears what is said on the way."""


def _here(job: Job) -> Outcome:
    return analyse_once(job, _silent)


def _with_files(job: Job, content: bytes) -> tuple[Outcome, dict[str, bytes]]:
    """Analyse a clip that was sent, and send its results back, which speak of the clip by its own name."""
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / job.video.name
        video.write_bytes(content)
        outcome, made = analyse(replace(job, video=video, parent=Path(folder) / "results"), _silent)
        told = replace(made.trial, video=replace(made.trial.video, path=job.video.absolute()))
        write_text(outcome.folder / "report.json", json_text(replace(made, trial=told)))
        files = {name: outcome.folder / name for name in OUTPUTS}
        return outcome, {name: file.read_bytes() for name, file in files.items() if file.exists()}


def _received(job: Job, mark: Path, outcome: Outcome, files: dict[str, bytes]) -> Outcome:
    """Results that were sent, put where they belong."""
    with (
        claimed(job.parent, job.name, lambda target: not holds_another(target, job.video)) as target,
        replacing_all(target, OUTPUTS) as fresh,
    ):
        for name, content in files.items():
            write_bytes(fresh / name, content)
    done = replace(outcome, folder=target)
    remember(mark, done)
    return done
