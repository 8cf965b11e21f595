"""Outputs that cannot be written, closed streams, bare environments, full disks, signals, simultaneous runs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from .cases import Case, Draw, Fault, Outcome
from .judging import ANALYSED, FILM, PLANNED, analysed, leftovers, planned, results, whole_results
from .logs import OWN, RUN, TODAY, joined
from .places import COMMANDS, FINE, PATIENCE_S, QUICK, READING, Judge, Scenario, good
from .stock import SAMPLES

CANNOT = (1,)
MISUSED = (1, 2)
INTERRUPTED = 130
BROKEN_PIPE = (0, 1, 141, -signal.SIGPIPE)
SIGNS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AFTER_S = (0.05, 0.2, 1.0, 3.0)
EARLY_S = 0.2  # any sooner, only the interpreter may be running, and the system ends it in its own way
NO_DISK = "mounting a small disk is not permitted here"
# the command on a small disk of its own, gone with the process; what is left there is copied out to be examined
ON_DISK = (
    'mkdir out disk && mount -t tmpfs -o size={size} none disk || exit 99; {before} "$@"; code=$?; '
    "rm -f disk/filler; cp -a disk/. out; exit $code"
)
FILL = "head -c 1m /dev/zero >disk/filler 2>/dev/null;"
TWO = '"$f" analyze {0}/run.mp4 "$@"'
AT_ONCE = (
    f"f=$1; shift; {TWO.format('a')} & p=$!; {TWO.format('b')}; c=$?; wait $p; d=$?; [ $d -gt $c ] && c=$d; exit $c"
)
WRITING = (
    '"$@" & p=$!; while kill -0 $p 2>/dev/null && ! ls -d out/*/.formcheck-* >/dev/null 2>&1; do sleep 0.02; done; '
    "kill -{sign} $p; wait $p; "
)


@cache
def may_mount() -> bool:
    """Whether a small disk can be had."""
    words = ["unshare", "-m", "sh", "-c", "mount -t tmpfs -o size=16k none /mnt"]
    return (
        shutil.which("unshare") is not None and not subprocess.run(words, capture_output=True, check=False).returncode
    )


def together(case: Case, outcome: Outcome) -> Iterator[Fault]:
    """Whatever the exit code: files that belong together are all there, or none."""
    if outcome.ended:
        return
    yield from leftovers(case.folder)
    if case.arguments[0] == "plan":
        there = {p.name for p in case.out.iterdir()} if case.out.is_dir() else set()
        if there and there != set(PLANNED):
            yield Fault("half-written", f"only {sorted(there)}")
        return
    wanted = ANALYSED | (frozenset() if "--no-video" in case.arguments else {FILM})
    yield from (fault for folder in results(case.out) for fault in whole_results(folder, wanted))


def _scenario(
    what: str, name: str, allowed: Sequence[int], judge: Judge = together, script: str = "",
    more: Sequence[str] = (), prepare: Callable[[Draw], object] = lambda _: None, **case: Any,
) -> Scenario:  # fmt: skip
    """A command on a good file, in surroundings that are not good."""
    command = COMMANDS[name]

    def make(draw: Draw) -> Case:
        prepare(draw)
        words = (*command.arguments(good(draw, command)), *more)
        return draw.case(what, words, allowed, script=script, **{"patience_s": PATIENCE_S, **case})

    return Scenario(what, make, judge)


def _in_the_way(draw: Draw) -> None:
    draw.put("file", b"in the way")
    (draw.folder / "folder").mkdir()
    (draw.folder / "loop").symlink_to("loop")
    os.mkfifo(draw.folder / "fifo")


def _folder_in_the_way(draw: Draw) -> None:
    (draw.folder / "out").mkdir()
    draw.put("out/good", b"in the way")


OUTPUTS = (
    *(_scenario(f"{name} -o {place}", name, MISUSED, more=("-o", place), prepare=_in_the_way)
      for name in ("analyze", "plan")
      for place in ("file", "file/sub", "/proc/formcheck", "loop", "loop/sub", "fifo", "/dev/full")),
    *(_scenario(f"{name} -o of 300 letters", name, MISUSED, more=("-o", "o" * 300))
      for name in ("analyze", "plan", "triage")),
    *(_scenario(f"triage -o {place}", "triage", CANNOT, more=("-o", place), prepare=_in_the_way)
      for place in ("folder", "file/sub.json", "/proc/formcheck.json", "loop", "/dev/full", ".", "/")),
    _scenario("triage -o a FIFO without reader", "triage", (0, 1), more=("-o", "fifo"), prepare=_in_the_way),
    _scenario("a file in the place of a clip's folder", "analyze", (0, 1, 4),
              prepare=_folder_in_the_way),
)  # fmt: skip

ALL_CLOSED = 'exec "$@" <&- >&- 2>&-'
PIPE = '{ "$@"; echo $? >code; } | :; while ! [ -s code ]; do sleep 0.05; done; exit $(cat code)'  # nobody reads
STREAMS = (
    *(_scenario(f"{name} >/dev/full", name, CANNOT, script='exec "$@" >/dev/full')
      for name in ("plan", "triage", "return", "load")),
    _scenario("analyze --json >/dev/full", "analyze", CANNOT, script='exec "$@" >/dev/full', more=("--json",)),
    *(_scenario(f"{name} >&-", name, (*FINE[name], 1), script='exec "$@" >&-') for name in COMMANDS),
    *(_scenario(f"{name} 2>&-", name, FINE[name], script='exec "$@" 2>&-') for name in COMMANDS),
    *(_scenario(f"{name} <&-", name, FINE[name], script='exec "$@" <&-') for name in COMMANDS),
    *(_scenario(f"{name} <&- >&- 2>&-", name, (*FINE[name], 1), script=ALL_CLOSED) for name in ("analyze", "plan")),
    *(_scenario(f"{name} into a pipe that nobody reads", name, BROKEN_PIPE, script=PIPE)
      for name in ("plan", "return", "load")),
    _scenario("analyze --json into a pipe that nobody reads", "analyze", (*BROKEN_PIPE, 4), script=PIPE,
              more=("--json",)),
    _scenario("an error with stderr on a full disk", "triage", (1, 3), script='exec "$@" 2>/dev/full',
              more=("--answers", "no")),
)  # fmt: skip

BARE: dict[str, dict[str, str | None]] = {
    "PYTHONOPTIMIZE=2": {"PYTHONOPTIMIZE": "2"},
    "LC_ALL=C": {"LC_ALL": "C"},
    "LC_ALL=C without UTF-8": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "no HOME": {"HOME": None},
    "no folder for temporary files": {"TMPDIR": "/nowhere", "HOME": "/nowhere"},
}


def _bare(name: str, surroundings: str) -> Scenario:
    """A command on a file whose name has non-ASCII letters, in a changed environment."""
    command, what = COMMANDS[name], f"{name} with {surroundings}"

    def make(draw: Draw) -> Case:
        words = command.arguments(good(draw, command, f"läuferin 走る{command.ending}"))
        return draw.case(what, words, FINE[name], environment=BARE[surroundings])

    return Scenario(what, make, command.judge)


def _on_disk(what: str, size: str, words: Callable[[Draw], Sequence[str]], judge: Judge, before: str = "") -> Scenario:
    """A command whose results go to a disk too small for them."""

    def make(draw: Draw) -> Case:
        script = f"exec unshare -m sh -c '{ON_DISK.format(size=size, before=before)}' sh \"$@\""
        draw.put("log.csv", joined(OWN))
        skipped = "" if may_mount() else NO_DISK
        return draw.case(what, words(draw), CANNOT, script=script, patience_s=PATIENCE_S, skipped=skipped)

    return Scenario(what, make, judge)


def _nothing_there(case: Case, outcome: Outcome) -> Iterator[Fault]:
    """The full disk holds nothing of ours."""
    if not outcome.ended and list(case.out.iterdir()):
        yield Fault("half-written", f"the disk holds {sorted(p.name for p in case.out.iterdir())}")


def _log_is_whole(case: Case, outcome: Outcome) -> Iterator[Fault]:
    """The log that was on the full disk is as it was."""
    yield from leftovers(case.folder)
    if not outcome.ended and (case.out / "log.csv").read_bytes() != joined(OWN):
        yield Fault("half-written", "the log is not as it was")


def _on_full_disk(name: str, *more: str) -> Callable[[Draw], tuple[str, ...]]:
    command = COMMANDS[name]
    return lambda draw: (*command.arguments(good(draw, command)), *more)


FULL_DISK = (
    _on_disk("analyze onto a full disk", "32k", _on_full_disk("analyze", "-o", "disk"), analysed),
    _on_disk("analyze with video onto a full disk", "60k",
             lambda d: ("analyze", str(good(d, COMMANDS["analyze"])), *QUICK, "-o", "disk"), analysed),
    _on_disk("plan onto a full disk", "16k", _on_full_disk("plan", "-o", "disk"), planned),
    _on_disk("triage -o onto a full disk", "16k", _on_full_disk("triage", "-o", "disk/a.json"), _nothing_there, FILL),
    _on_disk("return --add to a log on a full disk", "16k",
             lambda _: ("return", "--log", "disk/log.csv", *TODAY, "--add", RUN), _log_is_whole,
             f"cp log.csv disk; {FILL}"),
)  # fmt: skip

ODD_REPORTS: dict[str, Callable[[Path], object]] = {
    "a FIFO": os.mkfifo,
    "a folder": Path.mkdir,
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to /dev/zero": lambda path: path.symlink_to("/dev/zero"),
    "damaged": lambda path: path.write_bytes(b'{"video": {"path": 1'),
    "deep": lambda path: path.write_bytes(b"[" * 100_000),
}


def _over_odd_report(what: str) -> Scenario:
    """Results go where something else already has the report's name."""

    def prepare(draw: Draw) -> None:
        (draw.folder / "out" / "good").mkdir(parents=True)
        ODD_REPORTS[what](draw.folder / "out" / "good" / "report.json")

    return _scenario(f"analyze where report.json is {what}", "analyze", (0, 1, 4), _beside_odd_report, prepare=prepare)


def _beside_odd_report(case: Case, outcome: Outcome) -> Iterator[Fault]:
    if outcome.ended:
        return
    whole = [folder for folder in results(case.out) if {p.name for p in folder.iterdir()} != {"report.json"}]
    yield from leftovers(case.folder)
    yield from (fault for folder in whole for fault in whole_results(folder, ANALYSED))
    if outcome.code in (0, 4) and not whole:
        yield Fault("half-written", f"exit code {outcome.code} without results")


def _plan_of_odd_report(what: str) -> Scenario:
    def make(draw: Draw) -> Case:
        (draw.folder / "results").mkdir()
        ODD_REPORTS[what](draw.folder / "results" / "report.json")
        words = COMMANDS["plan"].arguments(draw.folder / "results")
        return draw.case(f"plan of a folder whose report.json is {what}", words, (3,), patience_s=PATIENCE_S)

    return Scenario(f"plan of a folder whose report.json is {what}", make, planned)


def _signalled(sign: signal.Signals, after_s: float) -> Scenario:
    """A sample with video, interrupted."""
    what = f"{sign.name} after {after_s:g} s"
    allowed = (INTERRUPTED, -sign) if after_s < EARLY_S else (INTERRUPTED,)

    def make(draw: Draw) -> Case:
        words = ("analyze", str(SAMPLES / "neutral.mp4"), *QUICK)
        return draw.case(what, words, allowed, sign=(sign, after_s))

    return Scenario(what, make, analysed)


def _while_writing(what: str, sign: str, end: str, allowed: Sequence[int], *more: str) -> Scenario:
    """A signal at the moment the results are being written."""

    def make(draw: Draw) -> Case:
        words = ("analyze", str(good(draw, COMMANDS["analyze"])), *QUICK, *more)
        return draw.case(what, words, allowed, script=WRITING.format(sign=sign) + end)

    return Scenario(what, make, analysed)


def _at_once(turn: int) -> Scenario:
    """Two clips with the same name into one folder at the same time: both results must be there."""
    what = f"two runs at once, turn {turn}"

    def make(draw: Draw) -> Case:
        for folder, ending in (("a", "mp4"), ("b", "mov")):
            (draw.folder / folder).mkdir()
            draw.put(f"{folder}/run.mp4", draw.stock.clips[ending].read_bytes())
        return draw.case(what, (*QUICK, "--no-video"), FINE["analyze"], script=AT_ONCE)

    return Scenario(what, make, _both_are_there)


def _both_are_there(case: Case, outcome: Outcome) -> Iterator[Fault]:
    yield from analysed(case, outcome)
    sources = set()
    for report in case.out.glob("*/report.json"):
        try:
            sources.add(json.loads(report.read_bytes())["video"]["path"])
        except (ValueError, KeyError, TypeError):
            continue  # analysed() reports it
    if len(sources) != 2:
        yield Fault("half-written", f"results of {len(sources)} of two clips")


SCENARIOS: tuple[Scenario, ...] = (
    *READING, *OUTPUTS, *STREAMS, *FULL_DISK,
    *(_bare(name, surroundings) for surroundings in BARE for name in ("analyze", "plan", "load")),
    *map(_over_odd_report, ODD_REPORTS),
    *map(_plan_of_odd_report, ODD_REPORTS),
    *(_signalled(sign, after_s) for sign in SIGNS for after_s in AFTER_S),
    *(_while_writing(f"SIG{sign} while it writes", sign, "exit $?", (*FINE["analyze"], INTERRUPTED))
      for sign in ("INT", "TERM")),
    *(_while_writing(f"SIGKILL while it writes{words}, then again", "KILL", 'exec "$@"', FINE["analyze"], *more)
      for words, more in (("", ()), (" without video", ("--no-video",)))),
    *map(_at_once, (1, 2, 3)),
)  # fmt: skip
COUNT = len(SCENARIOS)


def make(draw: Draw) -> Case:
    """The scenario of this number."""
    return SCENARIOS[draw.number].make(draw)


def judge(case: Case, outcome: Outcome) -> Iterator[Fault]:
    """As the scenario demands."""
    return SCENARIOS[case.number].judge(case, outcome)
