"""On a narrow screen nothing is cut: tables that do not fit stand row by row, each cell beside its column's head."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from math import nan
from pathlib import Path

import pytest
from rich.console import Console, RenderableType
from rich.text import Text

import builders
from advice import FAR_OFF, FINE, START, everything
from formcheck import cli_batch
from formcheck.batch.tables import TABLES, Written
from formcheck.datatypes import Change, Report
from formcheck.fitting import Wide, bare_table, below
from formcheck.guidance import comeback, load, pages, plan, plan_page, watch
from formcheck.report import FORMS, to_json
from formcheck.settings import PART
from formcheck.versus import Changes, Take, compared, render_fatigue, render_versus

SAMPLE_LOG = Path(__file__).parent.parent / "sample_logs" / "activities.csv"
TODAY = date(2026, 11, 25)


def shown(what: RenderableType, width: int) -> list[str]:
    console = Console(width=width, color_system=None, legacy_windows=False)
    with console.capture() as capture:
        console.print(what)
    return [line.rstrip() for line in capture.get().splitlines()]


def words(what: RenderableType, width: int) -> set[str]:
    return {word for line in shown(what, width) for word in line.split() if any(map(str.isalnum, word))}


def report(**values: float) -> Report:
    made = builders.report(*(builders.measured(name, value) for name, value in values.items()))
    return replace(made, comparisons=builders.comparisons())


def tables(folder: Path) -> Iterator[RenderableType]:
    """What commands print that holds a table."""
    fine, far = report(**FINE), report(**FAR_OFF)
    takes = [Take(to_json(made), made.measurements) for made in (fine, far)]
    trend = Changes((c for c in fine.comparisons if isinstance(c, Change)), ())
    cells = dict.fromkeys(PART, nan) | dict.fromkeys(("athlete", "session"), "")
    cells |= {"stands_out": "Trunk lean", "worth_watching": "Cadence"}
    clips = [cells | {"folder": str(folder / name)} for name in ("lauf_2026-08-01_abends", "b")]
    yield pages.render(load.to_page(load.weigh(watch.read((SAMPLE_LOG,)).runs, TODAY)))
    yield pages.render(comeback.to_page((), TODAY))
    yield pages.render(plan_page.to_screen(plan.make(everything(folder), START, 4, None)))
    yield FORMS["full"](far)
    yield render_versus(compared(*takes), "early.mp4", "late.mp4", full=True)
    yield render_fatigue("early.mp4", "late.mp4", trend, {c.metric for c in trend.values()})
    yield cli_batch._summary([], Written(clips, {}, TABLES), folder)


@pytest.mark.parametrize("width", [*(pytest.param(width, marks=pytest.mark.slow) for width in (30, 40, 60)), 80])
def test_every_word_and_number_of_every_table_is_whole_on_every_screen(tmp_path: Path, width: int) -> None:
    for what in tables(tmp_path):
        assert words(what, 200) <= words(what, width)
        assert max(map(len, shown(what, width))) <= width


def test_rows_stand_below_each_other_where_the_table_does_not_fit() -> None:
    table = bare_table()
    for head in ("week of", "", "km", "days off"):
        table.add_column(head, no_wrap=True)
    table.add_row(Text("2026-11-02"), Text("in part"), "12.5", "")
    table.add_row("2026-11-09", "whole", "8.0", "5")
    fits = ["week of              km    days off", "2026-11-02  in part  12.5", "2026-11-09  whole    8.0   5"]
    assert shown(Wide(table, below(table)), 40) == fits
    assert shown(Wide(table, below(table)), 20) == [
        *(
            "week of",
            "2026-11-02",
            "in part",
            "  km        12.5",
            "2026-11-09",
            "whole",
            "  km        8.0",
            "  days off  5",
        ),
    ]
    assert shown(Wide(table, "too narrow"), 34)[0] == "too narrow"
