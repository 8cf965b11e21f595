"""Nothing leaves the computer: every command is traced, and none asks the system for a connection."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from formcheck.settings import EXPORTED, EXPORTS

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "sample_videos" / "neutral.mp4"
ANSWERS = {
    **{"red-flags": "none", "where": "lower", "feel": "dull", "strength": "mild", "when": "late"},
    **{"changes": "eases", "lasts": "days", "daily": "no", "sits": "yes"},
}
FAST = ("--end", "2", "--model", "lite", "--no-video")
LATER_S = 6.0  # time for whatever sends late: MediaPipe does so within 2 s
RUN = """
import _thread, json, pathlib, sys, threading, time
from formcheck.cli import main
def interrupt(made):
    while not made.exists():
        time.sleep(0.2)
    _thread.interrupt_main()
if sys.argv[2]:
    threading.Thread(target=interrupt, args=(pathlib.Path(sys.argv[2]),), daemon=True).start()
for call in json.loads(sys.argv[3]):
    code = main(call, standalone_mode=False)
    print(call, code)
    if code:
        break
time.sleep(float(sys.argv[1]))
sys.exit(code)
"""

traced = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace (setup.sh --dev installs it)")
pytestmark = [pytest.mark.slow, traced]


@pytest.fixture(autouse=True, scope="module")
def _alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Landmarks are found here, not by an earlier test; no other test's athletes are in the history."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORMCHECK_CACHE", str(tmp_path_factory.mktemp("landmarks")))
        patch.setenv("FORMCHECK_DATA", str(tmp_path_factory.mktemp("history")))
        yield


def trace(folder: Path, *commands: Sequence[object], until: str = "") -> str:
    """Every call by which commands, or anything they start, ask for a connection or use one.

    until: the result after which a command that would not end by itself is interrupted.
    """
    log = folder / "trace"
    command = [
        "strace",
        "-f",
        "-qq",
        "--signal=none",
        "-e",
        "trace=socket,connect,sendto,sendmsg,sendmmsg,io_uring_setup",
        "-o",
        str(log),
    ]
    calls = json.dumps([[str(word) for word in words] for words in commands])
    call = [*command, sys.executable, "-c", RUN, str(LATER_S), until, calls]
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == (130 if until else 0), done.stdout + done.stderr
    return log.read_text(encoding="utf-8")


@pytest.mark.parametrize("disguise", [(), ("--blur-face",)], ids=["as-filmed", "blur-face"])
def test_analyzing_asks_for_no_socket(tmp_path: Path, disguise: tuple[str, ...]) -> None:
    """The whole job: landmarks, report, video and stills, and the face detector."""
    assert trace(tmp_path, ("analyze", SAMPLE, "--end", "1", *disguise, "-o", tmp_path / "out")) == ""
    results = tmp_path / "out" / "neutral"
    assert (results / "annotated.mp4").exists()
    assert list((results / "stills").glob("*.png"))


def test_other_formats_ask_for_no_socket(tmp_path: Path) -> None:
    """Each is written by a library of its own."""
    formats = ("--export", ",".join(EXPORTS), "--pdf", "--embed-video", "--stick-figure")
    fast = ("--end", "2", "--model", "lite")
    assert trace(tmp_path, ("analyze", SAMPLE, *fast, *formats, "-o", tmp_path / "out"), ("cache", "clear")) == ""
    made = {file.name for file in (tmp_path / "out" / "neutral").iterdir()}
    assert {"report.pdf", *EXPORTED} <= made


def test_what_mediapipe_asks_for_is_refused_by_the_kernel(tmp_path: Path) -> None:
    """That it asks at all shows that this trace would see it."""
    calls = trace(tmp_path, ("analyze", SAMPLE, "--end", "1", "--model", "mediapipe", "-o", tmp_path / "out"))
    asked = [line for line in calls.splitlines() if "socket(" in line or "socket resumed" in line]
    assert asked
    assert all("EACCES" in line for line in asked if "<unfinished" not in line), asked
    assert not any(call in calls for call in ("connect(", "sendto(", "sendmsg(", "io_uring_setup("))


def test_the_other_commands_ask_for_no_socket(tmp_path: Path) -> None:
    (tmp_path / "arriving").mkdir()
    shutil.copy(SAMPLE, tmp_path / "arriving" / "neutral.mp4")
    watch = ("watch", tmp_path / "arriving", *FAST, "--quiet", "-o", tmp_path / "seen")
    assert trace(tmp_path, watch, until="seen/neutral/report.json") == ""
    others = (
        ("analyze", SAMPLE, *FAST, "-o", tmp_path),
        ("batch", SAMPLE, *FAST, "--quiet", "-o", tmp_path / "many"),
        ("cache", "info"),
        ("triage", *(f"--{name}={said}" for name, said in ANSWERS.items()), "-o", "answers.json"),
        ("plan", tmp_path / "neutral", "--start", "2026-11-24", "--symptoms", "answers.json"),
        ("return", "--log", "runs.csv", "--add", "2026-11-20 25min pain-free", "--today", "2026-11-23"),
        ("load", ROOT / "sample_logs" / "activities.csv", "--today", "2026-11-25"),
        ("compare", tmp_path / "neutral", tmp_path / "neutral", "-o", tmp_path / "both"),
        ("log", "Ana", "--soreness", "3"),
        ("history", "Ana"),
        ("athlete", "Ana"),
        ("export", "Ana"),
        ("backup", "copy.sqlite3"),
        ("log", "Anna", "--soreness", "2"),
        ("merge", "Ana", "Anna", "--yes"),
        ("delete", "Ana", "--yes"),
        ("restore", "copy.sqlite3", "--replace"),  # sets the old one aside: what is deleted later stays there
    )
    assert trace(tmp_path, *others) == ""
