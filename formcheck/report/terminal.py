"""A full Report for the terminal: legible at 80 columns, without colour, and in a pipe."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Collection, Iterable, Iterator
from math import isfinite
from pathlib import Path

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..datatypes import Comparison, ComparisonKind, Finding, Level, Measurement, Report
from ..fitting import Fitted, Wide, bare_table, below, grid, headed, stacked
from ..knowledge import by_reason, reason, texts
from ..outgoing import readable
from ..words import (
    LEVEL_NAMES,
    VIEWS,
    WORTH_ACTING_ON,
    doing,
    give_or_take,
    interval_of,
    number,
    plainly,
    sentence,
    signed,
)
from .bars import Bar
from .parts import extent, facing, heads, parts, repaired, rows, whom
from .remedies import remedy
from .scales import scales
from .summary import absent, calls_for_work, summary
from .zero import against_standing, stood_when

LEVEL_STYLES: dict[Level, str] = {
    "fault": "bold red",
    "watch": "bold yellow",
    "borderline": "bold cyan",
    "ok": "bold green",
    "not_measured": "dim",
}
ROOMY = 100  # columns of a screen: on a narrower one, the intervals of what is compared stand below the values


def render(report: Report) -> RenderableType:
    """All of the report for a rich console."""
    return Group(*_blocks(report))


def _blocks(report: Report) -> Iterator[RenderableType]:
    yield _headline(report)
    yield from (Text(said) for said in parts(report))
    yield from (Text(), Text(summary(report).verdict, "bold"))
    judged = any(finding.level != "not_measured" for finding in report.findings)
    yield from section("What we found", [*_found(report)] if judged else [])
    done = tuple(m for m in report.measurements if m.missing is None)
    yield from section("Stretch by stretch", [*_stretches(report)])
    yield from section("All measurements", [_table(done)] if done else [])
    yield from section("Left against right", [*_changes_of(report, "left_right", ("right", "left", "left - right"))])
    yield from section("Compared with standing tall", [*_zero(report)])
    yield from section("Over the clip", [*_changes_of(report, "trend", ("at the start", "at the end", "change"))])
    yield from section("What we could not measure", [*_not_measured(report)])
    yield from section("Good to know", [*_notes(report)])
    yield from section("Before you act on it", [Text(texts().red_flags), Text(), Text(texts().not_a_diagnosis)])


def next_step(report: Report, folder: Path) -> str:
    """The command to run next, as it is typed, for a report kept in a folder; "" when nothing calls for one.

    It asks about the pain before it makes a plan.
    Nor is there one for a folder whose name a terminal cannot show, so that nobody can type it.
    """
    if not str(folder).isprintable() or not calls_for_work(report):
        return ""
    return f"To work on it: formcheck plan {as_typed(str(folder))} {plainly('`symptoms=interactive`')}"


def as_typed(name: str, otherwise: str = "FILE", windows: bool = os.name == "nt") -> str:
    """A file's name as it must be typed on the command line, where it is not to be taken for an option; otherwise: what
    stands for one that a terminal cannot show."""
    typed = f"./{name}" if name.startswith("-") else name
    return _quoted(typed, windows) if name.isprintable() else otherwise


def name_as_typed(name: str, windows: bool = os.name == "nt") -> str:
    """Somebody's name as it must be typed on the command line; NAME where it cannot be."""
    typed = name.isprintable() and not name.startswith("-") and not (windows and '"' in name)
    return _quoted(name, windows) if typed else "NAME"


def _quoted(word: str, windows: bool) -> str:
    if windows:  # where the names of files hold no quotes
        return word if re.fullmatch(r"[\w.\\/:-]+", word) else f'"{word}"'
    return shlex.quote(word)


def section(title: str, body: list[RenderableType]) -> Iterator[RenderableType]:
    if body:
        yield Text()
        yield headed(title)
        yield from (Padding(part, (0, 0, 0, 2)) for part in body)


def _headline(report: Report) -> RenderableType:
    gait = report.trial.gait
    way = facing(*(bout.trial for bout in report.used))
    seen = f"{doing(gait.activity, gait.surface)}, {VIEWS[gait.view.name]}{way}"
    return Group(Text.assemble(("formcheck  ", "bold"), shown_name(report)), Text(seen), Text(_clip(report), "dim"))


def shown_name(report: Report) -> str:
    """The clip's name as any terminal can show it."""
    return "".join(c if c.isprintable() else "?" for c in readable(report.trial.video.path.name))


def _clip(report: Report) -> str:
    video = report.trial.video
    said = [extent(report), f"{video.width_px} x {video.height_px} pixels"]
    if isfinite(video.fps):
        said.append(f"{video.fps:.4g} frames a second")
    return ", ".join([*said, *whom(report)])


def _found(report: Report) -> Iterator[RenderableType]:
    ranges = {name: Bar(scale) for name, scale in scales(report).items()}
    for finding in report.findings:
        if finding.level in (*WORTH_ACTING_ON, "borderline"):
            yield from _finding_block(finding, ranges[finding.metric])
    short = [finding for finding in report.findings if finding.level in ("ok", "not_measured")]
    if short:
        yield grid(((badge(f.level), _short_block(f, ranges.get(f.metric))) for f in short), width=12)
    origins = dict.fromkeys(f.citations[0] for f in report.findings if f.citations)
    if origins:
        yield Text("\nWhere the limits come from: " + "; ".join(origins) + ".", "dim")


def _finding_block(finding: Finding, bar: Bar) -> Iterator[RenderableType]:
    yield Text.assemble(badge(finding.level), "  ", (finding.label, "bold"))
    rows: list[tuple[str, RenderableType]] = [("Measured", Group(Text(finding.detail), bar))]
    if finding.level != "borderline":
        rows.append(("Your back", Text(f"{', '.join(finding.regions).capitalize()}. {finding.mechanism}")))
        rows.append(("Evidence", Text(finding.evidence)))
    if finding.level in WORTH_ACTING_ON:
        rows.append(("Try first", Text(finding.advice)))
    yield Padding(grid(((Text(name, "dim"), words) for name, words in rows), width=9), (0, 0, 1, 2))


def _short_block(finding: Finding, bar: Bar | None) -> RenderableType:
    return Group(Text(finding.label, "bold"), Text(finding.detail, "dim"), *([bar] if bar else []))


def badge(level: Level) -> Text:
    """The level, as shown before a finding."""
    return Text(LEVEL_NAMES[level].upper(), LEVEL_STYLES[level])


def labelled(label: str, unit: str) -> Text:
    """What a row of a table is about, and its unit."""
    return Text.assemble(label, (f", {unit}" if unit else "", "dim"))


def _table(measurements: tuple[Measurement, ...]) -> Wide:
    table = bare_table()
    table.add_column("", ratio=1)
    for head in ("value", "95% interval", "varies by", "steps"):
        table.add_column(head, justify="right", no_wrap=True)
    for m in measurements:
        spread = f"± {number(m.spread, m.unit)}" if isfinite(m.spread) else ""
        table.add_row(labelled(m.label, m.unit), number(m.value, m.unit), interval_of(m), spread, str(m.n))
    return Wide(table, below(table))


def _stretches(report: Report) -> Iterator[RenderableType]:
    """Each stretch of a clip that has several, with those marked that the measurements come from."""
    if not (found := rows(report)):
        return
    named = [
        (row, [f"{head} {value}" for head, value in zip(heads(report), row.values, strict=True) if value])
        for row in found
    ]
    said = [(Text("*" if row.used else ""), Text(f"{row.title}. {'; '.join(values)}")) for row, values in named]
    yield grid(said, width=1)
    yield Text("* the measurements below come from these", "dim")


def _changes_of(report: Report, kind: ComparisonKind, heads: tuple[str, str, str]) -> Iterator[RenderableType]:
    measured = {m.name for m in report.measurements if m.missing is None}
    return sure_and_unsure([c for c in report.comparisons if c.kind == kind], measured, heads)


def sure_and_unsure(
    comparisons: Iterable[Comparison], measured: Collection[str], heads: tuple[str, str, str]
) -> Iterator[RenderableType]:
    """What clearly differs, as a table; of the rest only the names, and why some are missing."""
    comparisons = list(comparisons)
    done = [c for c in comparisons if c.missing is None]
    sure = [c for c in done if not c.low <= 0 <= c.high]
    if sure:
        yield _change_table(sure, heads)
    alike = [c.label for c in done if c not in sure]
    if alike:
        yield Text(f"No difference beyond the measurement's own error: {', '.join(alike)}.", "dim")
    for missing, labels in by_reason((c.label, c.missing) for c in comparisons if c.metric in measured).items():
        yield Text(f"Not given, since {reason(missing).because}: {', '.join(labels)}.", "dim")


def _change_table(comparisons: Iterable[Comparison], heads: tuple[str, str, str]) -> Wide:
    """heads: of the two values and of their difference."""
    rows = list(comparisons)
    return Wide(Fitted(lambda roomy: _changes(rows, heads, roomy), ROOMY), below(_changes(rows, heads, roomy=True)))


def _changes(comparisons: Iterable[Comparison], heads: tuple[str, str, str], roomy: bool) -> Table:
    table = bare_table()
    table.add_column("with 95% intervals", ratio=1)
    for head in (*heads, "steps"):
        table.add_column(head, justify="right", no_wrap=True)
    for c in comparisons:
        values = (*map(give_or_take, c.measured), give_or_take(c, written=signed))
        table.add_row(labelled(c.label, c.unit), *(stacked(value, roomy) for value in values), str(c.n))
    return table


def _zero(report: Report) -> Iterator[RenderableType]:
    """How the body is held, compared with standing tall."""
    if said := stood_when(report):
        yield Text(said, "dim")
    if given := against_standing(report):
        yield _change_table(given, ("standing", "running", "difference"))


def _not_measured(report: Report) -> Iterator[RenderableType]:
    """Grouped by reason, with how to film it instead."""
    for missing, labels in by_reason(absent(report)).items():
        yield Text(sentence(reason(missing).because), "bold")
        if said := remedy(missing, report):
            yield Text(said)
        yield Text(", ".join(labels), "dim")


def _notes(report: Report) -> Iterator[RenderableType]:
    repairs = ", ".join(repaired(report))
    notes = [*report.warnings, *([f"Repaired along the way: {repairs}."] if repairs else [])]
    if notes:
        yield grid(((Text("-"), Text(note)) for note in notes), width=1)
