"""Hostile input harms nothing, and the bench that says so can tell harm when there is some."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.hostile import documents, judging, running
from benchmarks.hostile.cases import Case, Outcome, chosen, source
from benchmarks.hostile.kinds import KINDS
from formcheck.knowledge import guidance

ROOT = Path(__file__).parent.parent
BUT_THE_SYSTEM = [word for name in KINDS if name != "system" for word in ("--kind", name)]
SHARES = {
    "a sixtieth": ["--share", "0.0167", *BUT_THE_SYSTEM],
    "a sixth of the system's": ["--share", "0.167", "--kind", "system"],
}
FINE = Outcome(0, b"Written to out\n")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the bench uses pipes, devices and terminals of Linux")
@pytest.mark.parametrize("share", SHARES)
def test_hostile_input_does_no_harm(share: str, tmp_path: Path) -> None:
    """In a process of its own: the size of the starting process is counted as its children's too."""
    command = [sys.executable, "-m", "benchmarks.hostile", "--processes", "2", *SHARES[share]]
    alone = os.environ | {"FORMCHECK_CACHE": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_red_flag_is_hidden_in_damaged_answers() -> None:
    assert {*documents.RED_FLAGS, "none"} == set(guidance.triage().questions["red_flags"].answers)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """An analysis without video into a folder of its own."""
    return Case("containers", 1, "bytes changed", tmp_path, ("analyze", "clip.mp4", "--no-video"), frozenset({0, 3, 4}))


def columns(case: Case, outcome: Outcome, kind: str = "containers") -> set[str]:
    return {fault.column for fault in (*judging.usual(case, outcome), *KINDS[kind].judge(case, outcome))}


def results(case: Case, *names: str) -> None:
    """Results of one clip: only these, but each complete."""
    folder = case.out / "clip"
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        whole = {".json": "{}", ".html": "<!doctype html></html>"}
        (folder / name).write_text(whole.get(Path(name).suffix, "a,b\n"), encoding="utf-8")


def test_whole_results_are_no_fault(case: Case) -> None:
    results(case, *judging.ANALYSED)
    assert columns(case, FINE) == set()
    assert columns(replace(case, arguments=("analyze", "clip.mp4")), FINE) == {"half-written"}  # no annotated video


@pytest.mark.parametrize(
    ("outcome", "column"),
    [
        (replace(FINE, stderr=b"Traceback (most recent call last):\n  File ...\nKeyError: 1\n"), "traceback"),
        (replace(FINE, stderr=b"formcheck: internal error: KeyError\n"), "traceback"),
        (replace(FINE, stderr=b"formcheck: run.mp4: internal error (KeyError)\n"), "traceback"),
        (replace(FINE, code=1), "wrong exit"),
        (replace(FINE, code=-signal.SIGSEGV), "wrong exit"),
        (replace(FINE, cpu_s=61.0), "hang"),
        (replace(FINE, code=-signal.SIGKILL, ended="no end after 180 s"), "hang"),
        (replace(FINE, peak_mb=1600.0), "memory"),
        (replace(FINE, stderr=b"formcheck: run\x1b[31m.mp4\n"), "raw escape"),
        (replace(FINE, stdout="run\u202e.mp4\n".encode()), "raw escape"),
        (replace(FINE, stdout="run\u009b.mp4\n".encode()), "raw escape"),
        (replace(FINE, stdout=b"run\x9b.mp4\n"), "raw escape"),
        (replace(FINE, sockets=("1 socket(AF_INET, SOCK_STREAM, 0) = 3",)), "packet"),
    ],
)
def test_harm_is_counted(case: Case, outcome: Outcome, column: str) -> None:
    results(case, *judging.ANALYSED)
    assert column in columns(case, outcome)


@pytest.mark.parametrize(
    ("code", "names"),
    [(0, ()), (0, ("report.json",)), (4, ("report.json", "steps.csv")), (3, tuple(judging.ANALYSED)),
     (0, (*judging.ANALYSED, "other.csv"))],
)  # fmt: skip
def test_half_written_folders_are_counted(case: Case, code: int, names: tuple[str, ...]) -> None:
    results(case, *names)
    assert columns(case, replace(FINE, code=code)) == {"half-written"}


@pytest.mark.parametrize("content", ["", '{"a": 1', '{"a": NaN}'])
def test_a_report_that_is_not_whole_is_counted(case: Case, content: str) -> None:
    results(case, *judging.ANALYSED)
    (case.out / "clip" / "report.json").write_text(content, encoding="utf-8")
    assert columns(case, FINE) == {"half-written"}


def test_what_is_left_over_is_counted(case: Case) -> None:
    (case.out / "clip" / ".formcheck-0123").mkdir(parents=True)
    assert "half-written" in columns(case, replace(FINE, code=3))


@pytest.mark.parametrize(
    ("page", "found"),
    [("# Your plan\n", set()), ("a \\<img src=x>\n", set()), ("a <img src=x>\n", {"raw escape"}),
     ("a \\\\<img src=x>\n", {"raw escape"}), ("[x](javascript:alert(1))\n", {"raw escape"})],
)  # fmt: skip
def test_a_plan_is_judged_by_its_files(case: Case, page: str, found: set[str]) -> None:
    case.out.mkdir()
    whole = {"plan.md": page, "plan.json": "{}", "plan.ics": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"}
    whole["plan.html"] = "<!doctype html></html>"
    for name, content in whole.items():
        (case.out / name).write_text(content, encoding="utf-8")
    assert columns(case, FINE, "reports") == found
    (case.out / "plan.ics").write_text("BEGIN:VCALENDAR\r\n", encoding="utf-8")
    assert columns(case, FINE, "reports") == found | {"half-written"}
    assert "half-written" in columns(case, replace(FINE, code=3), "reports")


def test_a_lost_cell_of_the_users_is_counted(case: Case) -> None:
    log = case.folder / "log.csv"
    log.write_text("date,minutes,back,note,shoes\n2026-11-01,20,pain-free,,red\n", encoding="utf-8")
    adding = replace(
        case, arguments=("return", "--log", str(log), "--add", "x"), own=judging.own_cells(log.read_bytes())
    )
    assert dict(adding.own) == {"shoes": 1, "red": 1}
    assert columns(adding, FINE, "logs") == set()
    log.write_text("date,minutes,back,note\n2026-11-01,20,pain-free,\n", encoding="utf-8")
    assert columns(adding, FINE, "logs") == {"half-written"}


@pytest.mark.parametrize(("runs", "found"), [(True, {"wrong exit"}), (False, set())])
def test_a_red_flag_that_lets_run_is_counted(case: Case, runs: bool, found: set[str]) -> None:
    flagged = replace(case, planted=(b"fever",))
    assert columns(flagged, replace(FINE, stdout=json.dumps({"runs": runs}).encode()), "answers") == found


def test_only_what_was_planted_counts_on_a_terminal(case: Case) -> None:
    shown = replace(case, terminal=True, planted=(b"\x1b[31mEVIL", b"\x9a"))
    assert columns(shown, replace(FINE, stdout=b"\x1b[1mYour plan\x1b[0m\r\n"), "escapes") == set()
    assert columns(shown, replace(FINE, stdout=b"run\x1b[31mEVIL.mp4\r\n"), "escapes") == {"raw escape"}
    assert columns(shown, replace(FINE, stdout=b"run\x9a.mp4\r\n"), "escapes") == {"raw escape"}


def test_calls_to_the_network_are_told_from_refused_and_local_ones() -> None:
    trace = (
        "11 socket(AF_UNIX, SOCK_STREAM, 0) = 3\n"
        "11 socket(AF_INET, SOCK_DGRAM, 0) = -1 EACCES (Permission denied)\n"
        "11 socket(AF_INET6, SOCK_DGRAM, 0 <unfinished ...>\n"
        "12 socket(AF_NETLINK, SOCK_RAW, 0) = 4\n"
        "11 <... socket resumed>) = -1 EACCES (Permission denied)\n"
    )
    assert running.sockets(trace) == ["12 socket(AF_NETLINK, SOCK_RAW, 0) = 4"]


@pytest.mark.skipif(sys.platform == "win32", reason="processes are watched as POSIX systems do")
def test_a_command_is_measured_ended_and_signalled(tmp_path: Path) -> None:
    case = Case("system", 0, "", tmp_path, (), frozenset({0}), patience_s=0.3)
    assert "no end" in running.run(["sleep", "60"], case).ended
    said = running.run(["sh", "-c", "echo out; echo err >&2; exit 3"], case)
    assert (said.code, said.stdout, said.stderr, said.ended) == (3, b"out\n", b"err\n", "")
    assert running.run(["sleep", "60"], replace(case, sign=(signal.SIGTERM, 0.05))).code == -signal.SIGTERM
    assert running.run(["tty"], replace(case, terminal=True)).code == 0
    busy = running.run([sys.executable, "-c", "x = b'x' * 300_000_000"], replace(case, patience_s=60))
    assert busy.peak_mb > 280


def test_a_case_is_the_same_whenever_it_is_drawn() -> None:
    kind = KINDS["containers"]
    assert source(1, kind.name, 7).bytes(8) == source(1, kind.name, 7).bytes(8) != source(2, kind.name, 7).bytes(8)
    assert chosen(1, kind, 0.1) == chosen(1, kind, 0.1)
    assert len(chosen(1, kind, 0.1)) == kind.count / 10
    assert chosen(1, kind, 1.0) == list(range(kind.count))
