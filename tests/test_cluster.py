"""A Dask cluster gives what this machine gives, whichever of its workers dies."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

import builders
from formcheck import pipeline
from formcheck.batch import cluster as sending
from formcheck.batch.jobs import Job
from formcheck.batch.work import Outcome
from formcheck.cli import main
from formcheck.datatypes import AgainstStanding, FormcheckError, Report, Stood, UnreadableVideoError
from formcheck.home import files_of
from formcheck.workers import Answer

distributed = pytest.importorskip("distributed")

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "sample_videos"
CLIPS = ("hunched", "neutral")
ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PYTHONFAULTHANDLER": "1"}
PATIENCE_S = 60.0
ZERO = AgainstStanding("trunk_lean_deg", "Trunk lean, forward", "°", 4.0, 3.0, 5.0, 30)


def batch(place: Path, *more: str, films: bool = False) -> subprocess.Popen[str]:
    """A batch of the clips in a place, with paths relative to it."""
    call = ["batch", "clips", "-o", "out", "--model", "lite", "--end", "2", "--workers", "2", *more]
    call += [] if films else ["--no-video"]
    return subprocess.Popen(
        [sys.executable, "-m", "formcheck", *call], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=place, env=os.environ | ENVIRONMENT,
    )  # fmt: skip


def whole(place: Path) -> dict[str, Any]:
    """Everything that a batch wrote, except how long it took; the folder is then moved away."""
    out = place / "out"
    found: dict[str, Any] = {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    told = json.loads(found.pop("batch.json"))
    for clip in told["clips"]:
        clip["seconds"] = clip["seconds"] is not None
    marks = [name for name in found if name.startswith(".batch")]
    pictures = [name for name in found if name.endswith(".mp4")]
    tables = [name for name in found if name.endswith((".xlsx", ".parquet"))]  # hold what athletes.csv holds
    for name in (*marks, *tables, *pictures):
        found.pop(name)
    place.joinpath("out").rename(place / f"out{time.monotonic_ns()}")
    return found | {"batch": told, "marks": len(marks), "others": sorted(pictures + tables)}


@pytest.fixture(scope="module", autouse=True)
def _landmarks_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Landmarks kept by other tests may come from clips read in parts, and differ in the last digits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORMCHECK_CACHE", str(tmp_path_factory.mktemp("landmarks")))
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place with two clips that can be analysed, and one that cannot."""
    place = tmp_path_factory.mktemp("place")
    (place / "clips").mkdir()
    for name in CLIPS:
        (place / "clips" / f"{name}.mp4").symlink_to(SAMPLES / f"{name}.mp4")
    (place / "clips" / "worse.mp4").write_bytes(b"nothing")
    return place


@pytest.fixture(scope="module")
def here(place: Path) -> dict[str, Any]:
    """What this machine gives on its own."""
    with batch(place) as run:
        _, problems = run.communicate()
    assert (run.returncode, problems.count("clips/worse.mp4: is not a video")) == (5, 1), problems
    return whole(place)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a cluster of two workers with one thread each."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, worker_dashboard_address=None
        ) as local:
            yield local.scheduler_address


@pytest.mark.slow
@pytest.mark.parametrize(("more", "films"), [((), 0), (("--send-files",), len(CLIPS))])
def test_a_cluster_gives_what_this_machine_gives(
    place: Path, here: dict[str, Any], cluster: str, more: tuple[str, ...], films: int
) -> None:
    """But for films, and the pages that show them: these are not made twice."""
    with batch(place, "--scheduler", cluster, *more, films=films > 0) as run:
        _, problems = run.communicate(timeout=PATIENCE_S)
    assert (run.returncode, problems.count("clips/worse.mp4: is not a video")) == (5, 1), problems
    assert "Traceback" not in problems
    with batch(place, "--scheduler", cluster, *more, "--json", films=films > 0) as again:
        said, _ = again.communicate(timeout=PATIENCE_S)
    assert [clip["state"] for clip in json.loads(said)["clips"]] == ["kept", "kept", "failed"]
    told = whole(place)
    for clip in told["batch"]["clips"]:
        clip["state"] = clip["state"].replace("kept", "done")
    drawn = {name for name in told["others"] if name.endswith(".mp4")}
    assert len(drawn) == films
    told["others"] = sorted({*told["others"]} - drawn)
    pages = {name for name in here if name.endswith("report.html")} if films else set()
    assert {name: told[name] for name in told.keys() - pages} == {name: here[name] for name in here.keys() - pages}


@contextmanager
def processes(
    folder: Path, allowed_failures: int = 3, preload: str = ""
) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers, which run some code first: its address, and the processes, workers first."""
    file = folder / "scheduler.json"
    environment = os.environ | ENVIRONMENT
    environment |= {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(allowed_failures)}
    with ExitStack() as ending:

        def start(*words: str) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *words, "--scheduler-file", str(file), "--no-dashboard"],
                env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            ending.callback(process.wait, 30)
            ending.callback(process.kill)
            return process

        scheduler = start("scheduler", "--host", "127.0.0.1", "--port", "0")
        until(lambda: file.exists() and file.read_text(encoding="utf-8").rstrip().endswith("}"))  # whole
        first = ("--preload", preload) if preload else ()
        workers = [start("worker", "--nthreads", "1", "--no-nanny", *first) for _ in range(2)]
        address: str = json.loads(file.read_text(encoding="utf-8"))["address"]
        with distributed.Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=PATIENCE_S)
        yield address, [*workers, scheduler]


def until(happened: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < end_s
        time.sleep(0.02)


def both_at_work(place: Path) -> bool:
    return len(list((place / "out" / ".batch").glob("*.lock"))) == 2


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("allowed_failures", [3, 0])
def test_a_worker_killed_in_the_middle_of_a_clip(
    tmp_path: Path, place: Path, here: dict[str, Any], allowed_failures: int
) -> None:
    """Another does it again; or, where the cluster gives up, the clip is named, and done by the next batch."""
    shutil.rmtree(place / "out", ignore_errors=True)
    with processes(tmp_path, allowed_failures) as (address, (killed, *_)):
        call = ("--scheduler", address, "--no-cache")
        with batch(place, *call) as run:
            until(lambda: both_at_work(place))
            killed.kill()
            _, problems = run.communicate(timeout=PATIENCE_S)
        assert run.returncode == 5, problems
        if not allowed_failures:
            lost = ": its process was ended, each time it was tried"  # one waiting at the worker may be suspected too
            named = [name for name in CLIPS if f"formcheck: clips/{name}.mp4 (0 s to 2 s){lost}\n" in problems]
            assert len(named) == 1, problems
            assert len((place / "out" / "athletes.csv").read_text(encoding="utf-8").splitlines()) == 2
            with batch(place, *call) as run:
                run.communicate(timeout=PATIENCE_S)
        told = whole(place)
    states = [clip["state"] for clip in told["batch"]["clips"]]
    assert sorted(states) == sorted(["failed", "done", "done" if allowed_failures else "kept"])
    for clip in told["batch"]["clips"]:
        clip["state"] = clip["state"].replace("kept", "done")
    assert told == here


@pytest.mark.slow
def test_a_worker_that_hangs_ends_itself_and_the_clip_is_tried_once_more_then_named(tmp_path: Path) -> None:
    hangs = "import time; from formcheck.batch import cluster; cluster.STALLED_S = 1.0; "
    hangs += "cluster.analyse_once = lambda *_: time.sleep(600)"
    with (
        processes(tmp_path, allowed_failures=1, preload=hangs) as (address, (*workers, _)),
        sending.Cluster(address, send_files=False) as cluster,
    ):
        cluster.give("run", Job(tmp_path / "run.mp4", tmp_path / "out", "run"))
        answers: list[Answer] = []
        until(lambda: bool(answers.extend(cluster.answers()) or answers))
        assert [worker.wait(PATIENCE_S) for worker in workers] == [1, 1]
    assert [(answer.key, str(answer.error)) for answer in answers] == [("run", "was ended")]


@pytest.mark.slow
@pytest.mark.parametrize("send_files", [False, True])
def test_a_worker_with_another_formcheck_says_so_and_leaves_nothing(
    tmp_path: Path, cluster: str, monkeypatch: pytest.MonkeyPatch, send_files: bool
) -> None:
    """Its numbers may be others, and would be kept as if they were ours."""
    monkeypatch.setattr(sending, "code", lambda: "that of another day")
    clip, answers = SAMPLES / "neutral.mp4", []
    with sending.Cluster(cluster, send_files) as asked:
        asked.give("run", Job(clip, tmp_path / "out", "neutral"))
        until(lambda: bool(answers.extend(asked.answers()) or answers))
    (answer,) = answers
    other = r"has another formcheck .+ or limits\.toml than this batch: give it the same, and start it again"
    said = f"{re.escape(str(clip))}: the worker on .+ {other}"
    assert isinstance(answer.error, FormcheckError)
    assert re.fullmatch(said, str(answer.error))
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file() and path.suffix != ".lock"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("ended", ["the scheduler", "the batch"])
def test_a_scheduler_that_dies_or_a_batch_that_is_interrupted_is_told_in_a_line(
    tmp_path: Path, place: Path, ended: str
) -> None:
    shutil.rmtree(place / "out", ignore_errors=True)
    with processes(tmp_path) as (address, (*_, scheduler)), batch(place, "--scheduler", address, "--no-cache") as run:
        until(lambda: both_at_work(place))
        if ended == "the scheduler":
            scheduler.kill()
        else:
            run.terminate()
        _, problems = run.communicate(timeout=PATIENCE_S)
    gone = f"formcheck: {address}: the scheduler is gone; start it, and this batch again: it continues\n"
    stopped = "formcheck: interrupted; workers still end the clips they are at, and write their results\n"
    assert (run.returncode, problems) == ((1, gone) if ended == "the scheduler" else (130, stopped))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{}", "127.0.0.1:{}"])
def test_where_no_scheduler_answers_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr("formcheck.batch.cluster.TIMEOUT_S", 0.2)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = address.format(free.getsockname()[1])
        call = ["batch", str(SAMPLES), "-o", str(tmp_path / "out"), "--scheduler", address]
        said = CliRunner().invoke(main, call)
    assert (said.exit_code, said.output) == (
        1, f"formcheck: {address}: no scheduler answers there; start one with `dask scheduler`\n"
    )  # fmt: skip
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "10.0.0.5",
        "tcp://10.0.0.5",
        "nonsense:://x",
        "nonsense://x:1",
        "no host at all:1",
        "tcp://h:x",
        "tcp://h:1/x",
    ],
)
def test_what_is_no_address_is_refused_at_once_and_the_form_is_named(tmp_path: Path, address: str) -> None:
    call = ["batch", str(SAMPLES), "-o", str(tmp_path / "out"), "--scheduler", address]
    said = CliRunner().invoke(main, call)
    assert (said.exit_code, said.output) == (
        2, f'formcheck: "{address}" is not the address of a scheduler; give it as tcp://host:8786\n'
    )  # fmt: skip


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (MemoryError("3.07 EiB"), "could not be used (3.07 EiB); check that a Dask scheduler is there"),
        (OSError("no route"), "no scheduler answers there; start one"),
        (KeyboardInterrupt(), ""),
    ],
)
def test_what_dask_cannot_connect_to_is_told_and_not_waited_for_again(
    monkeypatch: pytest.MonkeyPatch, raised: BaseException, said: str
) -> None:
    """As where something else answers, or while it is interrupted."""

    made, closed = list[Any](), list[Any]()

    def fails(client: Any, **_: object) -> None:
        made.append(client)
        client._Client__loop = "begun"  # from then on its destructor closes it
        raise raised

    monkeypatch.setattr(distributed.Client, "start", fails)
    monkeypatch.setattr(distributed.Client, "close", closed.append)  # which waits
    with pytest.raises(FormcheckError if said else KeyboardInterrupt, match=re.escape(said) or "^$"):
        sending.Cluster("tcp://127.0.0.1:1", send_files=False)
    made[0].__del__()  # as when the program ends
    assert made[0] not in closed


def test_that_no_worker_is_there_is_said_once_whenever_it_comes_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the first has joined, or after the last has left: else nothing would show why nothing happens."""
    there, said = iter([0, 0, 0, 2, 2, 0, 0]), list[str]()
    monkeypatch.setattr(distributed.Client, "start", lambda *_, **__: None)
    monkeypatch.setattr(distributed.Client, "submit", lambda *_, **__: Future())
    monkeypatch.setattr(distributed.Client, "cancel", lambda *_, **__: None)
    monkeypatch.setattr(distributed.Client, "nthreads", lambda _: {"a worker": next(there)})
    with sending.Cluster("tcp://h:1", send_files=False, say=said.append) as cluster:
        cluster.give("run", Job(tmp_path / "run.mp4", tmp_path, "run"))
        told = []
        for _ in range(6):  # the first asks also for whom there is room
            assert list(cluster.answers(wait_s=0.01)) == []
            told.append(len(said))
    assert told == [1, 1, 1, 1, 2, 2]
    assert {*said} == {"tcp://h:1: no worker is there; waiting for one (`dask worker tcp://h:1`)"}


@pytest.mark.parametrize(
    ("more", "then"), [((), "and write their results"), (("--send-files",), "whose results are not fetched")]
)
def test_who_interrupts_a_batch_is_told_what_its_cluster_goes_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...], then: str
) -> None:
    def stopped(timeout: float) -> None:  # noqa: ARG001
        raise KeyboardInterrupt

    monkeypatch.setattr(distributed.Client, "start", lambda *_, **__: None)
    monkeypatch.setattr(distributed.Client, "submit", lambda *_, **__: Future())
    monkeypatch.setattr(distributed.Client, "cancel", lambda *_, **__: None)
    monkeypatch.setattr(distributed.Client, "nthreads", lambda _: {"a worker": 1})
    monkeypatch.setattr(sending, "SimpleQueue", lambda: SimpleNamespace(get=stopped, put=None))
    call = ["batch", str(SAMPLES / "neutral.mp4"), "-o", str(tmp_path / "out"), "--scheduler", "tcp://h:1", *more]
    said = CliRunner().invoke(main, call)
    assert (said.exit_code, said.output) == (
        130, f"formcheck: interrupted; workers still end the clips they are at, {then}\n"
    )  # fmt: skip


def test_without_dask_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    said = CliRunner().invoke(main, ["batch", str(SAMPLES), "-o", str(tmp_path / "out"), "--scheduler", "tcp://x:1"])
    assert (said.exit_code, said.output) == (1, "formcheck: a cluster needs Dask: install formcheck[cluster]\n")


def test_a_worker_whose_computer_slept_is_not_taken_to_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    class Asleep(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            time.sleep(0.6)  # longer than was asked for
            return super().wait(timeout)

    ended: list[int] = []
    monkeypatch.setattr(sending, "STALLED_S", 0.5)
    monkeypatch.setattr(sending, "LOOK_EVERY_S", 0.1)
    monkeypatch.setattr(sending.threading, "Event", Asleep)
    monkeypatch.setattr(sending.os, "_exit", ended.append)
    with sending._watched():
        time.sleep(0.4)  # until after the first look
    assert ended == []


def test_a_clip_that_is_gone_before_it_is_sent_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableVideoError, match=r"run\.mp4: cannot be read"):
        sending._content(tmp_path / "run.mp4")


def test_a_full_disk_of_a_worker_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(distributed, "get_worker", lambda: SimpleNamespace(local_directory=str(tmp_path)))
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(FormcheckError, match=r"run\.mp4: could not be written: the disk is full"):
        sending._with_file(Path("run.mp4"), Job(Path("run.mp4"), tmp_path, "run"), b"runs", b"")


@pytest.mark.parametrize("standing", ["mine/stand.mp4", "run.mp4"])
def test_the_clip_in_which_the_runner_stands_is_sent_too_and_goes_by_its_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, standing: str
) -> None:
    """In every output, also where both are one file: a cluster gives what this machine gives."""
    (tmp_path / "worker").mkdir()
    monkeypatch.setattr(distributed, "get_worker", lambda: SimpleNamespace(local_directory=str(tmp_path / "worker")))
    run, stand = tmp_path / "run.mp4", tmp_path / standing

    def analysed(job: Job, _tell: object) -> tuple[Outcome, Report]:
        assert job.standing is not None
        made, stood = (builders.report(trial=builders.trial(path=path)) for path in (job.video, job.standing))
        made = replace(made, comparisons=(ZERO,), options=job.options, stood=Stood(stood.trial))
        pipeline.write(made, job.parent / job.name, with_video=False)
        return Outcome("done", job.parent / job.name, measured=True), made

    def as_sent(job: Job, tell: object) -> tuple[Outcome, Report]:
        assert (job.standing or run).read_bytes() == b"stands"
        assert job.video.read_bytes() == (b"stands" if standing == "run.mp4" else b"runs")
        return analysed(job, tell)

    job = Job(run, tmp_path, "run", {"standing": str(stand)})
    here, _ = analysed(job, None)
    monkeypatch.setattr(sending, "analyse", as_sent)
    _, files = sending._with_file(run, job, b"stands" if standing == "run.mp4" else b"runs", b"stands")
    report = json.loads(files["report.json"])
    assert (report["video"]["path"], report["standing"]["video"]) == (str(run), str(stand))
    assert files == {path.name: path.read_bytes() for path in files_of(here.folder)}

    def unreadable(job: Job, _tell: object) -> None:
        raise UnreadableVideoError(f"{job.standing}: is not a video")

    monkeypatch.setattr(sending, "analyse", unreadable)
    with pytest.raises(UnreadableVideoError, match=re.escape(f"{stand}: is not a video")):
        sending._with_file(run, job, b"runs", b"")
