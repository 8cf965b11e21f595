"""What must never come of hostile input, judged from what a case left behind."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import Any

from .cases import Case, Fault, Outcome

COLUMNS = ("traceback", "wrong exit", "hang", "memory", "half-written", "raw escape", "packet")
MOST_CPU_S = 60.0
MOST_MB = 1536.0
TRACEBACK = re.compile(rb"Traceback \(most recent call last\)|^formcheck: (?:.*: )?internal error", re.MULTILINE)
NOT_YET_UP = b"init_import_site"  # from a Python interrupted before it got to any program
# C0 but newline and tab, C1 (as characters and as bytes that are not UTF-8), marks that change text direction
RAW = re.compile("[\x00-\x08\x0b-\x1f\x80-\x9f\u202a-\u202e\u2066-\u2069\udc80-\udc9f]")
LIVE = re.compile(r"(?<!\\)(?:\\\\)*(?:<img|\]\(javascript:)", re.IGNORECASE)  # Markdown that is not escaped
ANALYSED = frozenset({"steps.csv", "frames.csv", "report.html", "report.json"})
FILM, STILLS = "annotated.mp4", "stills"
ENDS = {".html": b"</html>", ".ics": b"END:VCALENDAR", ".png": b"IEND\xaeB`\x82"}
PLANNED = ("plan.md", "plan.json", "plan.ics", "plan.html")
OUR_COLUMNS = frozenset({"date", "minutes", "back", "note"})


def usual(case: Case, outcome: Outcome) -> Iterator[Fault]:
    """What is checked in every case."""
    if TRACEBACK.search(outcome.stderr + (outcome.stdout if case.terminal else b"")) and not _not_yet_up(case, outcome):
        yield Fault("traceback", _last_line(outcome.stderr or outcome.stdout))
    if outcome.ended or outcome.cpu_s > MOST_CPU_S:
        yield Fault("hang", outcome.ended or f"{outcome.cpu_s:.0f} s of computing")
    elif outcome.code not in case.allowed:
        yield Fault("wrong exit", f"{outcome.code}, not one of {sorted(case.allowed)}")
    if outcome.peak_mb > MOST_MB:
        yield Fault("memory", f"{outcome.peak_mb:.0f} MB")
    yield from _unscreened(case, outcome)
    yield from (Fault("packet", call) for call in outcome.sockets[:1])


def _not_yet_up(case: Case, outcome: Outcome) -> bool:
    return case.sign is not None and NOT_YET_UP in outcome.stderr


def _unscreened(case: Case, outcome: Outcome) -> Iterator[Fault]:
    """On a terminal, what was planted; elsewhere, anything that a terminal would obey."""
    if case.terminal:
        text = outcome.stdout.decode("utf-8", "surrogateescape")
        for planted in case.planted:
            if planted.decode("utf-8", "surrogateescape") in text:
                yield Fault("raw escape", f"{planted!r} reached the terminal")
        return
    for name, said in (("stdout", outcome.stdout), ("stderr", outcome.stderr)):
        found = RAW.search(said.decode("utf-8", "surrogateescape"))
        if found is not None:
            yield Fault("raw escape", f"{found.group()!a} on {name}")


def _last_line(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""


def nothing_more(_case: Case, _outcome: Outcome) -> Iterator[Fault]:
    """For cases that leave nothing behind."""
    yield from ()


def analysed(case: Case, outcome: Outcome) -> Iterator[Fault]:
    """Every clip's folder holds all results or none, as the exit code promises."""
    if outcome.ended:
        return
    wanted = ANALYSED | (frozenset() if "--no-video" in case.arguments else {FILM})
    folders = results(case.out)
    yield from (fault for folder in folders for fault in whole_results(folder, wanted))
    yield from leftovers(case.folder)
    if outcome.code == 0 and not folders:
        yield Fault("half-written", "exit code 0 without results")
    if outcome.code not in (0, 4) and folders:
        yield Fault("half-written", f"exit code {outcome.code} with results")


def results(out: Path) -> list[Path]:
    """Folders that hold files."""
    return sorted(p for p in out.iterdir() if p.is_dir() and any(p.iterdir())) if out.is_dir() else []


def whole_results(folder: Path, wanted: frozenset[str]) -> Iterator[Fault]:
    """The folder holds these files and no others, each complete."""
    names = {path.name for path in folder.iterdir()} - {STILLS}  # a clip may show nothing worth a still
    if names != wanted:
        yield Fault("half-written", f"{folder.name!a} holds {sorted(names)}")
        return
    for name in [*sorted(names), *(f"{STILLS}/{path.name}" for path in sorted((folder / STILLS).glob("*")))]:
        damage = _damage(folder / name)
        if damage:
            yield Fault("half-written", f"{name} {damage}")


def _damage(path: Path) -> str:
    """What is wrong with a result; empty when it is whole."""
    content = path.read_bytes()
    if not content:
        return "is empty"
    if path.suffix == ".json":
        try:
            json.loads(content, parse_constant=_refuse)
        except ValueError as error:
            return f"is no JSON: {error}"
    if path.suffix in (".csv", ".md") and not content.endswith(b"\n"):
        return "does not end with a line's end"
    end = ENDS.get(path.suffix, b"")
    if not content.rstrip().endswith(end):
        return f"does not end with {end!r}"
    if path.suffix == ".mp4" and not (content[4:8] == b"ftyp" and b"moov" in content):
        return "has no index"
    return ""


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is none of JSON's numbers")


def leftovers(folder: Path) -> Iterator[Fault]:
    """Hidden files and folders that a command made for itself and did not remove."""
    for path in sorted(folder.rglob(".*")):
        yield Fault("half-written", f"{path.name!a} is left over")
        return


def planned(case: Case, outcome: Outcome) -> Iterator[Fault]:
    """All files of a plan, whole and tame, or none."""
    if outcome.ended:
        return
    there = {path.name for path in case.out.iterdir()} if case.out.is_dir() else set()
    yield from leftovers(case.folder)
    if there != (set(PLANNED) if outcome.code == 0 else set()):
        yield Fault("half-written", f"exit code {outcome.code} with {sorted(there)}")
        return
    for name in sorted(there):
        damage = _damage(case.out / name)
        if damage:
            yield Fault("half-written", f"{name} {damage}")
    if PLANNED[0] in there:
        live = LIVE.search((case.out / PLANNED[0]).read_text(encoding="utf-8", errors="replace"))
        if live is not None:
            yield Fault("raw escape", f"{live.group()!a} in {PLANNED[0]}")


def kept(case: Case, outcome: Outcome) -> Iterator[Fault]:
    """What the user keeps in the log is still there after a run is added, and no secret fetched by a bomb is shown."""
    yield from leftovers(case.folder)
    for planted in case.planted:
        if planted in outcome.stdout + outcome.stderr:
            yield Fault("wrong exit", f"{planted!r} was fetched from another file")
    if "--add" in case.arguments and outcome.code == 0:
        lost = Counter(case.own) - Counter(
            own_cells(Path(case.arguments[case.arguments.index("--log") + 1]).read_bytes())
        )
        if lost:
            yield Fault("half-written", f"lost {sum(lost.values())} of the user's cells, as {next(iter(lost))[:40]!a}")


def own_cells(content: bytes) -> Counter[str]:
    """Cells and names of a log's columns that are the user's own, with counts; none if the text is not a table."""
    found: Counter[str] = Counter()
    try:
        with TextIOWrapper(BytesIO(content), "utf-8-sig") as text:
            delimiter = max(",;\t", key=text.readline().count)
            text.seek(0)
            lines = csv.reader(text, delimiter=delimiter, strict=True)
            head = next(lines, [])
            own = [i for i, name in enumerate(head) if name.strip().lower() not in OUR_COLUMNS]
            for line in chain([head], lines):
                found.update(line[i].strip() for i in own if i < len(line) and line[i].strip())
    except (UnicodeDecodeError, csv.Error):
        return Counter()
    return found


def careful(case: Case, outcome: Outcome) -> Iterator[Fault]:
    """Answers with a red flag anywhere in them never let the runner run."""
    yield from leftovers(case.folder)
    if case.planted and outcome.code == 0:
        try:
            runs = json.loads(outcome.stdout)["runs"]
        except (ValueError, KeyError, TypeError):
            runs = True
        if runs is not False:
            yield Fault("wrong exit", f"lets run in spite of the red flag {case.planted[0].decode()}")
