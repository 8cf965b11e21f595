"""Tables as files: CSV for everybody, XLSX for spreadsheets wherever the comma is the decimal sign, Parquet for code.

A row holds cells by column: numbers (NaN where nothing is known) or words. The tables of one report are read back here.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO, StringIO
from math import isnan, nan
from pathlib import Path
from typing import Any

from .files import replacing

Row = Mapping[str, Any]
WORDS = frozenset({"side"})  # columns of a report's tables that hold words
FORMULA = re.compile("""^(?=[-=+@\t\r－＝＋＠])|[;\t](?="*[-=+@\t\r－＝＋＠])""")  # some split lines at ; or tab
NARROWEST, ARROW = 9, 3  # characters across a column, and how many its filter's arrow hides
ROWS_AT_ONCE = 4096


def write_csv(path: Path, columns: Iterable[str], rows: Iterable[Row]) -> None:
    """Numbers with a decimal point; words that a spreadsheet would take for a formula get an apostrophe before them.

    The file begins with the mark by which Excel recognises UTF-8.
    """
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(csv_cells(columns, rows))


def read_csv(source: str) -> tuple[list[str], list[list[Any]]]:
    """The columns and lines of a table of one report, as steps.csv: numbers but for WORDS. Raises ValueError."""
    try:
        head, *lines = csv.reader(StringIO(source), strict=True)
    except csv.Error as error:
        raise ValueError(error) from error
    return head, [[_read(*cell) for cell in zip(head, cells, strict=True)] for cells in lines]


def _read(name: str, cell: str) -> Any:
    return cell if name in WORDS else float(cell) if cell else nan


def csv_cells(columns: Iterable[str], rows: Iterable[Row]) -> Iterator[list[str]]:
    """The cells in each line of such a file, the columns' names first."""
    names = list(columns)
    yield names
    for cells in rows:
        yield [_cell(cells.get(name, nan)) for name in names]


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return FORMULA.sub(r"\g<0>'", value)
    return "" if isnan(value) else f"{value:.10g}"


def write_xlsx(path: Path, sheets: Mapping[str, tuple[Iterable[str], Iterable[Row]]], in_view: int) -> None:
    """Write each sheet's columns and rows; the first line and this many columns of each stay in view."""
    import xlsxwriter  # noqa: PLC0415 (only where tables are written)
    from xlsxwriter.exceptions import FileCreateError  # noqa: PLC0415

    with replacing(path) as temporary:
        made = BytesIO()
        try:
            with xlsxwriter.Workbook(made, {"constant_memory": True, "tmpdir": str(temporary.parent)}) as book:
                bold = book.add_format({"bold": True})
                for title, (columns, rows) in sheets.items():
                    sheet = book.add_worksheet(title)
                    sheet.freeze_panes(1, in_view)
                    _fill(sheet, list(columns), rows, bold)
        except FileCreateError as error:  # which holds only the disk's own error
            raise OSError(*getattr(error.args[0], "args", error.args)) from error
        temporary.write_bytes(made.getvalue())


def _fill(sheet: Any, names: list[str], rows: Iterable[Row], bold: Any) -> None:
    for i, name in enumerate(names):
        sheet.write_string(0, i, name, bold)
        sheet.set_column(i, i, max(NARROWEST, len(name) + ARROW))
    last = 1
    for last, cells in enumerate(rows, 1):
        for i, name in enumerate(names):
            value = cells.get(name, nan)
            if isinstance(value, str):
                sheet.write_string(last, i, value)
            elif not isnan(value):
                sheet.write_number(last, i, value)
    sheet.autofilter(0, 0, last, max(0, len(names) - 1))


def write_parquet(
    path: Path, columns: Mapping[str, bool], rows: Iterable[Row], told: Mapping[str, Mapping[str, str]] | None = None
) -> None:
    """columns: name → whether it holds words; told: what a column's metadata say about it.

    The library gets an open file: a path with a colon it would take for an address, and call there.
    """
    import pyarrow as pa  # noqa: PLC0415 (only where tables are written)
    import pyarrow.parquet as pq  # noqa: PLC0415

    said = told or {}
    fields = [pa.field(n, pa.string() if words else pa.float64(), metadata=said.get(n)) for n, words in columns.items()]
    schema = pa.schema(fields)
    with replacing(path) as temporary, temporary.open("wb") as file, pq.ParquetWriter(file, schema) as writer:
        for some in _batches(rows):
            known = {n: [_known(cells.get(n)) for cells in some] for n in columns}
            writer.write_table(pa.table(known, schema=schema))


def _known(value: Any) -> Any:
    return None if value is None or (isinstance(value, float) and isnan(value)) else value


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    some: list[Row] = []
    for cells in rows:
        some.append(cells)
        if len(some) == ROWS_AT_ONCE:
            yield some
            some = []
    if some:
        yield some
