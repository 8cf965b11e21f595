"""The same jobs on the workers of a Dask cluster: on a disk that all share, or with the files sent along.

Workers may join, leave and die: a job whose worker is lost is done again by another. A worker that hangs ends itself.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from .. import __version__
from ..datatypes import FormcheckError, NotUnderstoodError, Report, Trial
from ..files import claimed, digest, replacing_all, write_bytes, write_text
from ..home import files_of
from ..knowledge import OWN
from ..outgoing import quoted
from ..report import json_text
from ..settings import OUTPUTS, REPORT
from ..video import film
from ..workers import STALLED_S, Answer, LostError, Tell
from .jobs import Job
from .work import ClipMark, Outcome, analyse, analyse_once, code, may_replace, remember, taken

TIMEOUT_S = 15.0  # for the scheduler to answer
AHEAD = 2  # jobs handed to the cluster for each of its threads: the next is there when one ends
LOOK_EVERY_S = 0.5  # at whether work has hung
ADDRESS, EXAMPLE = re.compile(r"((tcp|tls|ucx|wss?)://)?[^\s/]+:\d{1,5}"), "tcp://host:8786"
UNFETCHED, WRITTEN = "whose results are not fetched", "and write their results"  # once the batch has ended
LARGEST_SENT = "1 TB"  # Dask warns about large data sent with a job: here that is a clip


@dataclass
class _Sent:
    """A job handed to the cluster; if its file was sent along, its mark, and what is held meanwhile."""

    key: Any
    job: Job
    mark: ClipMark | None = None
    held: ExitStack = field(default_factory=ExitStack)


class Cluster:
    """Does jobs as ``workers.Crew`` does; see ``run.Doers``."""

    def __init__(self, address: str, send_files: bool, say: Callable[[str], None] = lambda _: None) -> None:
        """say: called with what whoever waits should know.

        Raises FormcheckError when there is no such scheduler, or Dask is not installed; NotUnderstoodError.
        """
        if not ADDRESS.fullmatch(address):
            raise NotUnderstoodError(f"{quoted(address)} is not the address of a scheduler; give it as {EXAMPLE}")
        try:
            import dask  # noqa: PLC0415 (an extra)
            from distributed import Client  # noqa: PLC0415
        except ImportError as error:
            raise FormcheckError("a cluster needs Dask: install formcheck[cluster]") from error
        dask.config.set({"distributed.admin.large-graph-warning-threshold": LARGEST_SENT})
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # formcheck does the reporting
        # It is closed below: its destructor would wait half a minute for what never opened, and complain on stderr.
        client: Any = type("Client", (Client,), {"__del__": lambda _: None})
        try:
            self._client = client(address, timeout=TIMEOUT_S, set_as_default=False)
        except OSError as error:
            raise FormcheckError(f"{address}: no scheduler answers there; start one with `dask scheduler`") from error
        except Exception as error:  # whatever Dask makes of what answers, or of its own settings
            remedy = "check that a Dask scheduler is there, and the settings of Dask"
            raise FormcheckError(f"{address}: could not be used ({error}); {remedy}") from error
        self._address, self._send, self._say = address, send_files, say
        self._alone = False  # whether it was said that no worker is there
        self._waiting: deque[tuple[Any, Job]] = deque()
        self._going: dict[Any, _Sent] = {}  # by future
        self._ended: SimpleQueue[Any] = SimpleQueue()  # futures

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if self._going:
            self._client.cancel(list(self._going), force=True)
            if isinstance(error, KeyboardInterrupt):  # what a worker has begun nobody can stop
                error.add_note(f"workers still end the clips they are at, {UNFETCHED if self._send else WRITTEN}")
        self._client.close()
        for sent in self._going.values():
            sent.held.close()

    @property
    def busy(self) -> bool:
        return bool(self._going or self._waiting)

    def give(self, key: Any, content: Job) -> None:
        self._waiting.append((key, content))

    def answers(self, wait_s: float = 0.5) -> Iterator[Answer]:
        yield from self._hand_out()
        if not self._going:
            return
        try:
            future = self._ended.get(timeout=wait_s)
        except Empty:
            self._threads()
            return
        sent = self._going.pop(future)
        with sent.held:
            try:
                answer = _answer(sent, future)
            except CancelledError as error:
                raise self._gone() from error
        yield answer

    def _hand_out(self) -> Iterator[Answer]:
        """Hand out as many jobs as there is room for; yield answers for those that need not, or cannot, be done."""
        while self._waiting and len(self._going) < self._room():
            key, job = self._waiting.popleft()
            try:
                if (already := self._sent(key, job)) is not None:
                    yield Answer(key, already)
            except (FormcheckError, OSError) as error:
                yield Answer(key, error=error)

    def _room(self) -> int:
        return AHEAD * max(1, self._threads())

    def _threads(self) -> int:
        """How many all workers have; once nobody works any more, or yet, that is said."""
        try:
            count = int(sum(self._client.nthreads().values()))
        except (OSError, ValueError) as error:
            raise self._gone() from error
        if not count and not self._alone:
            self._say(f"{self._address}: no worker is there; waiting for one (`dask worker {self._address}`)")
        self._alone = not count
        return count

    def _gone(self) -> FormcheckError:
        return FormcheckError(f"{self._address}: the scheduler is gone; start it, and this batch again: it continues")

    def _sent(self, key: Any, job: Job) -> Outcome | None:
        """Send a job, unless there is nothing to do."""
        if not self._send:
            there = replace(_standing_at(job, job.standing), video=job.video.absolute(), parent=job.parent.absolute())
            self._submit(_Sent(key, job), _here, there)
            return None
        with ExitStack() as held:
            mark, already = held.enter_context(taken(job))
            if already is None:
                content = _content(job.video)
                stood = _content(job.standing) if job.standing else b""
                sent = _Sent(key, job, mark, held.pop_all())
                self._submit(sent, _with_file, job.video.absolute(), _standing_at(job, job.standing), content, stood)
            return already

    def _submit(self, sent: _Sent, work: Callable[..., Any], *content: Any) -> None:
        future = self._client.submit(_alike, code(), sent.job.video, work, *content, pure=False)
        self._going[future] = sent
        future.add_done_callback(self._ended.put)


def _content(video: Path) -> bytes:
    with film(video) as file:
        return file.read()


def _answer(sent: _Sent, future: Any) -> Answer:
    from distributed import KilledWorker  # noqa: PLC0415

    job = sent.job
    try:
        if sent.mark is not None:
            return Answer(sent.key, _received(job, sent.mark, *future.result()))
        done: Outcome = future.result()
        return Answer(sent.key, replace(done, folder=job.parent / done.folder.name))
    except CancelledError:
        raise
    except KilledWorker:
        return Answer(sent.key, error=LostError("was ended"))
    except Exception as error:
        return Answer(sent.key, error=_renamed(error, job.video.absolute(), job.video))


def _renamed(error: Exception, name: Path, by: Path) -> Exception:
    """The same error, about the clip under another name."""
    if isinstance(error, FormcheckError) and str(name) in str(error):
        return type(error)(str(error).replace(str(name), str(by)))
    return error


@contextmanager
def _watched() -> Iterator[Tell]:
    """Progress reports, which nobody reads. Without one for too long the worker's process is ended: it hangs.

    Time in which the computer slept, or the process was stopped, does not count.
    """
    heard, done = threading.Event(), threading.Event()

    def watch() -> None:
        silent_s = 0.0
        while silent_s < STALLED_S:
            if done.wait(LOOK_EVERY_S):
                return
            silent_s = 0.0 if heard.is_set() else silent_s + LOOK_EVERY_S
            heard.clear()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield lambda *_: heard.set()
    finally:
        done.set()


def _alike(ours: str, video: Path, work: Callable[..., Any], *content: Any) -> Any:
    """What the work gives, if this worker's formcheck is the batch's own: results are marked as made by that."""
    if code() != ours:
        other = f"another formcheck ({__version__}) or {OWN} than this batch"
        remedy = "give it the same, and start it again"
        raise FormcheckError(f"{video}: the worker on {socket.gethostname()} has {other}: {remedy}")
    return work(*content)


def _here(job: Job) -> Outcome:
    with _watched() as tell:
        return analyse_once(job, tell)


def _standing_at(job: Job, place: Path | None) -> Job:
    """The same job, with the clip in which its runner stands at another path."""
    return job if place is None else replace(job, settings=job.settings | {"standing": str(place)})


def _with_file(named: Path, job: Job, content: bytes, stood: bytes) -> tuple[Outcome, dict[str, bytes]]:
    """Analyse a clip that was sent, and send back its results, which refer to the clip by its own name; stood: the
    content of the one in which its runner stands, if there is one.

    Dask removes the worker's folder when a killed worker could not.
    """
    from distributed import get_worker  # noqa: PLC0415

    with tempfile.TemporaryDirectory(dir=get_worker().local_directory) as folder:
        video, here = Path(folder) / job.video.name, replace(job, parent=Path(folder) / "results")
        write_bytes(video, content)
        if job.standing is not None:
            standing = video if job.standing == named else Path(folder) / "standing" / job.standing.name
            write_bytes(standing, stood)
            here = _standing_at(here, standing)
        try:
            with _watched() as tell:
                outcome, made = analyse(replace(here, video=video), tell)
        except FormcheckError as error:
            own = _renamed(error, video, named)
            raise (_renamed(own, here.standing, job.standing) if here.standing and job.standing else own) from None
        write_text(outcome.folder / REPORT, json_text(_by_name(made, named, job.standing)))
        files = {path.relative_to(outcome.folder).as_posix(): path.read_bytes() for path in files_of(outcome.folder)}
        return outcome, files


def _by_name(made: Report, video: Path, standing: Path | None) -> Report:
    """The same report, with its files under other names."""

    def of(trial: Trial, path: Path) -> Trial:
        return replace(trial, video=replace(trial.video, path=path))

    told = replace(made, trial=of(made.trial, video))
    if made.stood is None or made.stood.trial is None:
        return told
    return replace(told, stood=replace(made.stood, trial=of(made.stood.trial, standing or video)))


def _received(job: Job, mark: ClipMark, outcome: Outcome, files: dict[str, bytes]) -> Outcome:
    """Results that were sent, put where they belong."""
    with claimed(job.parent, job.name, lambda target: may_replace(target, job)) as target:
        with replacing_all(target, OUTPUTS) as fresh:
            for name, content in files.items():
                write_bytes(fresh / name, content)
        done = replace(outcome, folder=target, digest=digest(target / REPORT))
    return remember(mark, done)
