"""Two clips compared, for the terminal: on one screen, or in full."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..fitting import Fitted, Wide, bare_table, below, grid, stacked
from ..knowledge import by_reason, reason, texts, versus_phrases
from ..report.terminal import labelled, section, sure_and_unsure
from ..words import give_or_take, number, signed
from .conditions import Condition
from .judged import CHANGED, MISLEADING, WITHHOLDING, Changes, Judged, Verdict, Versus, named, plainest

NAMES: dict[Verdict, tuple[str, str]] = {  # what a change is called, and its style
    "better": ("BETTER", "bold green"),
    "worse": ("WORSE", "bold red"),
    "changed": ("CHANGED", "bold cyan"),
    "same": ("no change", "dim"),
}
MOST_SHOWN, FEWEST_SHOWN = 5, 2  # changes on a screen: one fewer for each condition that differs, and for whose limits
ROOMY, ROOMY_IN_FULL = 72, 100  # columns of a screen: on a narrower one, intervals stand below the values
WIDTH = 12  # columns for what a line is about, unless one needs more


def render_versus(versus: Versus, before: str, after: str, full: bool = False) -> RenderableType:
    """before, after: names of the clips. A screen of 24 lines of 80 columns, or everything."""
    return Group(*_blocks(versus, before, after, full))


def render_fatigue(early: str, late: str, changes: Changes, measured: Collection[str]) -> RenderableType:
    """Two clips with these names, filmed early and late in one run; measured: what is known of both."""
    apart = [_condition(row, full=True) for row in changes.differences]
    body: list[RenderableType] = [Text(versus_phrases().same_clip, "bold")] if changes.one_clip else []
    body += [_lines(apart), Text()] if apart else []
    found = [*sure_and_unsure(changes.values(), measured, ("early", "late", "change"))]
    return Group(*section(f"From {early} to {late}", body + (found or [Text(versus_phrases().nothing)])))


def _blocks(versus: Versus, before: str, after: str, full: bool) -> Iterator[RenderableType]:
    yield Text.assemble((before, "bold"), ", then ", (after, "bold"))
    if versus.apart:
        yield from (Text(), _lines([_condition(row, full) for row in versus.apart]))
    yield from (Text(), Text(versus.verdict, "bold"))
    plain = [judged for judged in plainest(versus.changes) if judged.verdict in CHANGED]
    fewer = len(versus.apart) + bool(versus.limits)
    shown = versus.of(*CHANGED) if full else plain[: max(FEWEST_SHOWN, MOST_SHOWN - fewer)]
    if shown:
        yield from (Text(), _table(shown, full))
    yield from (Text(), _lines(_rest(versus, full, [j.change.label for j in plain if j not in shown])))
    if full:
        yield from _whole(versus)


def _lines(rows: Sequence[tuple[Text, RenderableType]]) -> Table:
    return grid(rows, max([WIDTH, *(len(about) for about, _ in rows)]))


def _condition(row: Condition, full: bool) -> tuple[Text, RenderableType]:
    means = row.means if full or row.key in MISLEADING | WITHHOLDING else ""
    return Text(row.label, "bold yellow"), Text.assemble(f"{row.before}, then {row.after}. ", (means, "dim"))


def _table(changes: Sequence[Judged], full: bool) -> Wide:
    """Each clip's number ± its 95 % interval, the change ± the smallest that would count; the usual in full."""
    table = Fitted(lambda roomy: _fitted(changes, full, roomy), ROOMY_IN_FULL if full else ROOMY)
    return Wide(table, below(_fitted(changes, full, roomy=True)))


def _fitted(changes: Iterable[Judged], full: bool, roomy: bool) -> Table:
    table = bare_table()
    table.add_column("", no_wrap=True)
    table.add_column("", ratio=1)
    heads = ("before", "after", "change", "usual")[: 4 if full else 3]
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    for judged in changes:
        table.add_row(*_cells(judged, roomy)[: 2 + len(heads)])
    return table


def _cells(judged: Judged, roomy: bool) -> tuple[Text, Text, str, str, str, str]:
    change, (name, style) = judged.change, NAMES[judged.verdict]
    by = f"{signed(change.value, change.unit)} ± {number(judged.detectable, change.unit)}"
    before, after, by = (stacked(text, roomy) for text in (*map(give_or_take, judged.measured), by))
    usual = judged.after.usual if judged.after is not None else ""
    return Text(name, style), labelled(change.label, change.unit), before, after, by, usual


def _rest(versus: Versus, full: bool, also: Sequence[str]) -> list[tuple[Text, RenderableType]]:
    """also: the labels of changes for which there was no room."""
    alike = [j.change.label for j in plainest(versus.changes) if j.verdict == "same"]
    rows = [
        ("Changed too", "" if full or not also else f"{named(also)}. All: `full`"),
        ("No change", "" if full or not alike else f"{named(alike)}. All: `full`"),
        *_not_given(versus),
        ("By luck", versus.by_luck),
        ("Limits", versus.limits),
        ("Red flags", texts().red_flags_short),
    ]
    return [(Text(name, "dim"), Text(words)) for name, words in rows if words]


def _not_given(versus: Versus) -> Iterator[tuple[str, str]]:
    """Grouped by reason."""
    for missing, labels in by_reason((j.change.label, j.change.missing) for j in versus.of("not_given")).items():
        yield "Not compared", f"{named(labels)}: {reason(missing).because}."


def _whole(versus: Versus) -> Iterator[RenderableType]:
    """What a screen leaves out: every measure without a real change, and all that is known about the filming."""
    if alike := versus.of("same"):
        yield from (Text(), Text("No real change", "bold"), _table(alike, full=True))
    rows = [(Text(row.label, "dim"), Text(f"{row.before}, then {row.after}")) for row in versus.conditions]
    yield from (Text(), Text("How they were filmed", "bold"), _lines(rows), Text(), Text(texts().not_a_diagnosis))
