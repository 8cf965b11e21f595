"""Many reports → tables for a coach: a row for each clip, and a row for each step of all of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any

from .. import __version__, sheets
from ..datatypes import NotUnderstoodError, UnreadableInputError
from ..files import digest, replacing_all, somebody_elses, write_text
from ..incoming import document, is_there, text
from ..outgoing import json_file, readable
from ..page.index import attention, index_html
from ..settings import PART, REPORT, TABLES, part_of
from ..sheets import read_csv, write_csv, write_parquet, write_xlsx
from ..words import WORTH_ACTING_ON, plainly
from .jobs import Job
from .work import Outcome

SCHEMA = "formcheck-batch/1"
WORDS = frozenset({
    "athlete", "session", "file", "folder", "view", "activity",
    "stands_out", "worth_watching", "not_measured", "in_short", "notes",
})  # fmt: skip
WORDS_FIRST = 3  # columns of a sheet that stay in view: whose clip it is
STEP_WORDS = frozenset({"athlete", "session", "file"}) | sheets.WORDS
WITHOUT_ROWS = ("index.html", "batch.json")  # of TABLES, what is written where no clip has a row
AGAIN = "run the batch again"
ALONE = f"{AGAIN} once that has ended, or choose another folder for results"


@dataclass(frozen=True)
class Done:
    """A job that has ended: its outcome, or why there is none and the exit code it would have had on its own."""

    job: Job
    outcome: Outcome | None
    reason: str | None = None
    code: int = 0

    @property
    def report(self) -> dict[str, Any] | None:
        """What report.json says. Raises FormcheckError when it can no longer be read, or is another run's."""
        if self.outcome is None:
            return None
        made = read(self.outcome.folder)
        if self.lost:
            raise UnreadableInputError(self.lost)
        return made

    @property
    def lost(self) -> str:
        """Of results that were there and no longer are, or are another run's by now, a line that says so."""
        if self.outcome is None:
            return ""
        folder, own = self.outcome.folder, self.outcome.digest
        if not is_there(folder / REPORT):
            return f"{self.job.called}: its results are gone from {folder}; {AGAIN}"
        with suppress(OSError):  # whoever comes to read them tells of it
            if own and digest(folder / REPORT) != own:
                return f"{self.job.called}: another formcheck has replaced its results in {folder}; {ALONE}"
        return ""


def read(folder: Path) -> dict[str, Any]:
    """What report.json says there. Raises FormcheckError when it can no longer be read."""
    made: dict[str, Any] = document(folder / REPORT, AGAIN)
    return made


def check_tables(folder: Path, read: Iterable[Path] = ()) -> None:
    """Refuses a folder whose tables would replace what no batch wrote, or what is read: before the work.

    Raises NotUnderstoodError.
    """
    places = {os.path.realpath(folder / name) for name in TABLES}
    lost = [path for path in read if os.path.realpath(path) in places]
    lost += [folder / name for name in somebody_elses(folder, TABLES)]
    if lost:
        raise NotUnderstoodError(f"{lost[0]}: would be replaced by the batch's own; choose another folder for results")


def row(done: Done) -> dict[str, Any]:
    """A table's row for an analysed clip: numbers are NaN, words empty, where there is nothing to say."""
    report = done.report
    assert report is not None
    assert done.outcome is not None
    told = {*WORTH_ACTING_ON, "not_measured"}
    found = {level: "; ".join(f["label"] for f in report["findings"] if f["level"] == level) for level in told}
    cells: dict[str, Any] = {
        "athlete": done.job.athlete,
        "session": done.job.session,
        "file": readable(str(done.job.video)),
        **_part(report),
        "folder": readable(str(done.outcome.folder)),
        "view": report["view"]["name"],
        "activity": report["activity"],
        "contacts": float(len(report["contacts"])),
        "stands_out": found["fault"],
        "worth_watching": found["watch"],
        "not_measured": found["not_measured"],
        "in_short": report["summary"]["verdict"],
        "notes": "; ".join(map(plainly, report["quality"]["warnings"])),
    }
    for name, m in report["measurements"].items():
        cells |= {name: m["value"], f"{name}_low": m["low"], f"{name}_high": m["high"]}
        cells |= {f"{name}_steps": float(m["n"]), f"{name}_missing": m["reason"] or ""}
    return {name: nan if value is None else value for name, value in cells.items()}


def _part(report: Mapping[str, Any]) -> dict[str, float]:
    """Which person and which seconds of a file were asked for; NaN where that was not said, as for its beginning."""
    return {name: float(value) if value else nan for name, value in part_of(report["settings"]).items()}


def is_words(name: str) -> bool:
    """Whether a column holds words rather than numbers."""
    return name in WORDS or name.endswith("_missing")


@dataclass(frozen=True)
class Written:
    """What came of writing the tables: the rows of athletes.*, what batch.json says, and the files written, the page
    first.
    """

    rows: list[dict[str, Any]]
    told: dict[str, Any]
    names: tuple[str, ...]


def renew_tables(folder: Path, ended: list[Done]) -> Written:
    """Tables of these clips instead of an earlier batch's.

    Where none of them could be analysed, an earlier batch's rows stay, and batch.json tells of the failures too. Raises
    FormcheckError.
    """
    standing = [] if any(done.outcome is not None for done in ended) else _standing(folder)
    told = summary(ended)
    if not standing:
        rows = write_tables(folder, ended)
        return Written(rows, told, TABLES if rows else WITHOUT_ROWS)
    told["clips"] = [*standing, *told["clips"]]  # who deletes an athlete goes by it
    write_text(folder / "batch.json", json_file(told))
    return Written([], told, ("batch.json",))


def _standing(folder: Path) -> list[dict[str, Any]]:
    """What batch.json says of the clips that have a row in the tables there. Raises UnreadableInputError."""
    path = folder / "batch.json"
    if not is_there(path):
        return []
    remedy = "choose another folder for results, or delete it if the tables beside it may be replaced"
    told = document(path, remedy)
    try:
        return [clip for clip in told["clips"] if clip["state"] != "failed"]
    except (LookupError, TypeError) as error:
        raise UnreadableInputError(f"{path}: not what a batch says of its clips; {remedy}") from error


def write_tables(folder: Path, ended: list[Done]) -> list[dict[str, Any]]:
    """Write index.html, athletes.* and steps.parquet for all analysed clips, and batch.json, all together or none.

    Where there is no such clip there are no columns either, and so no tables. Returns the rows of athletes.*.
    """
    analysed = [done for done in ended if done.outcome is not None]
    rows = [row(done) for done in analysed]
    columns = list(dict.fromkeys(name for cells in rows for name in cells))
    failed = [(done.job.called, done.reason or "") for done in ended if done.outcome is None]
    with replacing_all(folder, TABLES) as fresh:
        if rows:
            write_csv(fresh / "athletes.csv", columns, rows)
            write_xlsx(fresh / "athletes.xlsx", {"athletes": (columns, rows)}, WORDS_FIRST)
            write_parquet(fresh / "athletes.parquet", {name: is_words(name) for name in columns}, rows)
            write_parquet(fresh / "steps.parquet", _step_columns(analysed), _steps(analysed))
        write_text(fresh / "index.html", index_html(folder, rows, failed))
        write_text(fresh / "batch.json", json_file(summary(ended)))
    return rows


def _step_columns(analysed: list[Done]) -> dict[str, bool]:
    head, _ = _table(analysed[0])
    return {name: name in STEP_WORDS for name in dict.fromkeys(("athlete", "session", "file", *PART, *head))}


def _steps(analysed: list[Done]) -> Iterator[dict[str, Any]]:
    """A row for each step of each clip."""
    for done in analysed:
        who: dict[str, Any] = {"athlete": done.job.athlete, "session": done.job.session}
        head, lines = _table(done)
        report = done.report  # later than its steps: both are of one run
        assert report is not None
        who |= {"file": readable(str(done.job.video)), **_part(report)}
        yield from (who | dict(zip(head, line, strict=True)) for line in lines)


def _table(done: Done) -> tuple[list[str], list[list[Any]]]:
    """The columns and lines of steps.csv. Raises UnreadableInputError."""
    assert done.outcome is not None
    path = done.outcome.folder / "steps.csv"
    try:
        return read_csv(text(path, AGAIN))
    except ValueError as error:
        raise UnreadableInputError(f"{path}: is damaged ({error}); {AGAIN}") from error


def summary(ended: list[Done]) -> dict[str, Any]:
    """The batch as batch.schema.json describes it."""
    return {
        "schema": SCHEMA,
        "formcheck": __version__,
        "clips": [_told(done) for done in ended],
    }


def _told(done: Done) -> dict[str, Any]:
    outcome = done.outcome
    return {
        "file": readable(str(done.job.video)),
        "athlete": done.job.athlete,
        "session": done.job.session,
        **part_of(done.job.settings),
        "state": "failed" if outcome is None else outcome.state,
        "folder": None if outcome is None else readable(str(outcome.folder)),
        "measured": outcome is not None and outcome.measured,
        "seconds": None if outcome is None else round(outcome.seconds, 3),
        "exit_code": int(done.code),
        "reason": done.reason,
    }


def ranked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with something to act on, those with the most first."""
    return sorted((cells for cells in rows if any(attention(cells))), key=attention, reverse=True)
