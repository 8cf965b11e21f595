"""Many reports → tables for a coach: a row for each clip, and a row for each step of all of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from math import isnan, nan
from pathlib import Path
from typing import Any

from .. import __version__
from ..datatypes import FormcheckError
from ..files import replacing, replacing_all, write_bytes, write_text
from ..incoming import document
from ..page.index import attention, index_html
from ..report import readable
from ..words import WORTH_ACTING_ON
from .jobs import Job
from .work import Outcome

SCHEMA = "formcheck-batch/1"
TABLES = ("index.html", "athletes.csv", "athletes.xlsx", "athletes.parquet", "steps.parquet", "batch.json")
WORDS = frozenset(
    {"athlete", "session", "file", "folder", "view", "activity", "stands_out", "worth_watching", "in_short"}
)
WORDS_FIRST = 3  # columns of a sheet that stay in view: whose clip it is
FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would work out
STEP_WORDS = frozenset({"athlete", "session", "file", "side"})
ROWS_AT_ONCE = 4096


@dataclass(frozen=True)
class Done:
    """A job that has ended: its outcome, or why there is none and the exit code it would have by itself."""

    job: Job
    outcome: Outcome | None
    reason: str | None = None
    code: int = 0

    @property
    def report(self) -> dict[str, Any] | None:
        """What report.json says. Raises FormcheckError when it can no longer be read."""
        return None if self.outcome is None else read(self.outcome.folder)


def read(folder: Path) -> dict[str, Any]:
    """What report.json says there. Raises FormcheckError when it can no longer be read."""
    made: dict[str, Any] = document(folder / "report.json", "run the batch again")
    return made


def row(done: Done) -> dict[str, Any]:
    """What a table says of an analysed clip: numbers are NaN, words empty, where there is nothing to say."""
    report = done.report
    assert report is not None
    assert done.outcome is not None
    found = {level: [f["label"] for f in report["findings"] if f["level"] == level] for level in WORTH_ACTING_ON}
    cells: dict[str, Any] = {
        "athlete": done.job.athlete,
        "session": done.job.session,
        "file": readable(str(done.job.video)),
        "folder": readable(str(done.outcome.folder)),
        "view": report["view"]["name"],
        "activity": report["activity"],
        "contacts": float(len(report["contacts"])),
        "stands_out": "; ".join(found["fault"]),
        "worth_watching": "; ".join(found["watch"]),
        "in_short": report["summary"]["verdict"],
    }
    for name, m in report["measurements"].items():
        cells |= {name: m["value"], f"{name}_low": m["low"], f"{name}_high": m["high"]}
        cells |= {f"{name}_steps": float(m["n"]), f"{name}_missing": m["reason"] or ""}
    return {name: nan if value is None else value for name, value in cells.items()}


def is_words(name: str) -> bool:
    """Whether a column holds words rather than numbers."""
    return name in WORDS or name.endswith("_missing")


def write_tables(folder: Path, ended: list[Done]) -> list[dict[str, Any]]:
    """index.html, athletes.* and steps.parquet of all clips that were analysed, and batch.json, all together or none.

    Gives the rows of athletes.*.
    """
    analysed = [done for done in ended if done.outcome is not None]
    rows = [row(done) for done in analysed]
    columns = list(dict.fromkeys(name for cells in rows for name in cells))
    failed = [(readable(str(done.job.video)), done.reason or "") for done in ended if done.outcome is None]
    with replacing_all(folder, TABLES) as fresh:
        _write_csv(fresh / "athletes.csv", columns, rows)
        _write_xlsx(fresh / "athletes.xlsx", columns, rows)
        _write_parquet(fresh / "athletes.parquet", {name: is_words(name) for name in columns}, rows)
        _write_parquet(fresh / "steps.parquet", _step_columns(analysed), _steps(analysed))
        write_text(fresh / "index.html", index_html(folder, rows, failed))
        told = json.dumps(summary(ended), indent=2, ensure_ascii=False, allow_nan=False)
        write_text(fresh / "batch.json", f"{told}\n")
    return rows


def _write_csv(path: Path, columns: list[str], rows: list[dict[str, Any]]) -> None:
    """Numbers with a point; words that a spreadsheet would take for a formula get an apostrophe before them."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for cells in rows:
            writer.writerow([_cell(cells.get(name, nan)) for name in columns])


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULAS) else value
    return "" if isnan(value) else f"{value:.10g}"


def _write_xlsx(path: Path, columns: list[str], rows: list[dict[str, Any]]) -> None:
    import xlsxwriter  # noqa: PLC0415 (only at the end of a batch)

    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet("athletes")
        sheet.freeze_panes(1, WORDS_FIRST)
        bold = book.add_format({"bold": True})
        for i, name in enumerate(columns):
            sheet.write_string(0, i, name, bold)
        for line, cells in enumerate(rows, 1):
            for i, name in enumerate(columns):
                value = cells.get(name, nan)
                if isinstance(value, str):
                    sheet.write_string(line, i, value)
                elif not isnan(value):
                    sheet.write_number(line, i, value)
        sheet.autofilter(0, 0, max(1, len(rows)), max(0, len(columns) - 1))
    write_bytes(path, made.getvalue())


def _write_parquet(path: Path, columns: dict[str, bool], rows: Iterable[dict[str, Any]]) -> None:
    """columns: name → whether it holds words."""
    import pyarrow as pa  # noqa: PLC0415 (only at the end of a batch)
    import pyarrow.parquet as pq  # noqa: PLC0415

    schema = pa.schema([(name, pa.string() if words else pa.float64()) for name, words in columns.items()])
    with replacing(path) as temporary, pq.ParquetWriter(temporary, schema) as writer:
        for some in _batches(rows):
            known = {n: [_known(cells.get(n)) for cells in some] for n in columns}
            writer.write_table(pa.table(known, schema=schema))


def _known(value: Any) -> Any:
    return None if value is None or (isinstance(value, float) and isnan(value)) else value


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    some: list[dict[str, Any]] = []
    for cells in rows:
        some.append(cells)
        if len(some) == ROWS_AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _step_columns(analysed: list[Done]) -> dict[str, bool]:
    names = dict.fromkeys(("athlete", "session", "file"))
    for done in analysed[:1]:
        names |= dict.fromkeys(next(_table(done), []))
    return {name: name in STEP_WORDS for name in names}


def _steps(analysed: list[Done]) -> Iterator[dict[str, Any]]:
    """A row for each step of each clip."""
    for done in analysed:
        who = {"athlete": done.job.athlete, "session": done.job.session, "file": readable(str(done.job.video))}
        head, *lines = _table(done)
        for line in lines:
            cells = dict(zip(head, line, strict=True))
            yield who | {n: v if n in STEP_WORDS else float(v) if v else nan for n, v in cells.items()}


def _table(done: Done) -> Iterator[list[str]]:
    assert done.outcome is not None
    path = done.outcome.folder / "steps.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.reader(file)
    except OSError as error:
        raise FormcheckError(f"{path}: can no longer be read ({error.strerror}); run the batch again") from error


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
        "state": "failed" if outcome is None else outcome.state,
        "folder": None if outcome is None else readable(str(outcome.folder)),
        "measured": outcome is not None and outcome.measured,
        "seconds": None if outcome is None else round(outcome.seconds, 3),
        "exit_code": int(done.code),
        "reason": done.reason,
    }


def ranked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with something to act on, those with most of it first."""
    return sorted((cells for cells in rows if any(attention(cells))), key=attention, reverse=True)
