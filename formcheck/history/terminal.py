"""The history for a terminal: who is in it, and how each measure of one athlete changed, as a line of characters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Literal

from rich.console import Group
from rich.measure import Measurement as Width
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..fitting import Fitted, Wide, bare_table, below, grid, stacked
from ..knowledge import by_reason, diary_words, reason
from ..report.terminal import as_typed, labelled, section
from ..words import capital, counted, give_or_take, listed, number, short, signed
from .feeding import halted
from .luck import said
from .people import Athlete
from .records import ClipRecord, Entry, worst_by_day
from .series import Alike, Series, alike, by_limits, differs, not_running, within_run

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

HEIGHTS, ASCII_HEIGHTS = "▁▂▃▄▅▆▇█", "_.:-=+*#"
LONGEST = 16  # characters in a course: of more values, or in a narrower place, the latest
SORENESS = (0.0, 10.0)
MOST_CLIPS = 8  # the latest, listed one by one
ROOMY = 110  # columns of a screen: on a narrower one, intervals stand below the values
NARROW = 72  # likewise: on a narrower one, verdicts stand below the measures
NAME = 16  # columns for what is measured, at least


@dataclass(frozen=True)
class Course:
    """Values one after another, each a character of matching height; a blank where there is none.

    ends: the values drawn lowest and highest; the smallest and largest shown where none are given.
    """

    values: Sequence[float]
    ends: tuple[float, float] | None = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        plain = options.ascii_only or options.legacy_windows
        heights = ASCII_HEIGHTS if plain else HEIGHTS
        yield Text(self.letters(heights, min(LONGEST, options.max_width)), no_wrap=True)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Width:
        wide = min(len(self.values), LONGEST)
        return Width(wide, wide)

    def letters(self, heights: str, most: int = LONGEST) -> str:
        shown = self.values[-most:]
        known = [value for value in shown if isfinite(value)]
        low, high = self.ends or (min(known, default=0.0), max(known, default=0.0))
        step = (high - low) / (len(heights) - 1) or 1.0
        return "".join(heights[round((value - low) / step)] if isfinite(value) else " " for value in shown)


def everybody(rows: Iterable[tuple[Athlete, Sequence[ClipRecord], Sequence[Entry]]]) -> RenderableType:
    """Everybody in the history: a line each, or several where there is little room."""
    table = _table("athlete", "stopped", "clips", "first", "latest", "soreness", "latest entry")
    lines: list[RenderableType] = []
    for athlete, clips, diary in rows:
        days = [str(clip.filmed.date()) for clip in clips]
        ends = [*days[:1], *days[-1:]]
        sign, entry = halted(diary), _latest(diary) if diary else ""
        stopped = f"{sign.day}, not cleared" if sign is not None else ""
        table.add_row(Text(athlete.name), stopped, str(len(clips)), *(ends or ("", "")), _sore(diary), entry)
        said = ", ".join([counted(len(clips), "clip{s}"), " to ".join(dict.fromkeys(ends))][: 1 + bool(ends)])
        lines += [Text(athlete.name, "bold"), *_stopped(diary), Padding(said, (0, 0, 0, 2))]
        lines += [Padding(_soreness(diary), (0, 0, 0, 2))] if diary else []
    return Wide(table, Group(*lines)) if table.rows else Text(diary_words().nobody)


def _stopped(diary: Sequence[Entry]) -> Iterator[RenderableType]:
    """That running is stopped, if it is."""
    if sign := halted(diary):
        yield Padding(Text(sign.said, "bold"), (0, 0, 0, 2))


def _latest(diary: Sequence[Entry]) -> str:
    """The latest day of a diary, as sore as its worst entry."""
    day, soreness = worst_by_day(diary)[-1]
    return f"{soreness}/10 on {day}"


def _sore(diary: Iterable[Entry]) -> Course:
    return Course([how for _, how in worst_by_day(diary)], SORENESS)


def one(athlete: Athlete, clips: Sequence[ClipRecord], diary: Sequence[Entry]) -> RenderableType:
    """One athlete: the latest clips, the diary, then like clips in groups, each measure from first to latest."""
    return Group(*_blocks(athlete, clips, diary))


def next_step(clips: Iterable[ClipRecord], flag: str) -> str:
    """How to see what changed within the latest run that was filmed early and late, asked for by a flag; "" where none.

    Nor for results in a folder whose name a terminal cannot show, so that nobody can type it.
    """
    pair = within_run(clips)
    if pair is None or not all(str(clip.folder).isprintable() for clip in pair):
        return ""
    early, late = (as_typed(str(clip.folder)) for clip in pair)
    command = f"formcheck analyze {early} {late} {flag}"
    return diary_words().within_run.format(day=pair[0].filmed.date(), command=command)


def _blocks(athlete: Athlete, clips: Sequence[ClipRecord], diary: Sequence[Entry]) -> Iterator[RenderableType]:
    count = counted(len(clips), "clip{s}")
    also = f"  also {listed(athlete.also)}" if athlete.also else ""
    yield Text.assemble((athlete.name, "bold"), also, f"  {count}, {len(diary)} in the diary")
    yield from _stopped(diary)
    if clips:
        told = by_limits(clips)
        yield from section("Clips", [_clips(clips[-MOST_CLIPS:]), *([Text(told)] if told else [])])
    if diary:
        yield from section("Soreness", [_soreness(diary)])
    groups = alike(clips)
    for group in groups:
        yield from section(capital(group.said), [*_group(group)])
    if left_out := not_running(clips):
        yield from (Text(), Text(left_out))
    yield from section("Soreness and form", [*_luck(groups, diary)])
    yield Text()
    yield Text(diary_words().alike, "dim")


def _clips(clips: Sequence[ClipRecord]) -> Wide:
    """Each clip by its day: what it is called and what was said about it, then its report in short."""
    said = (" · ".join(filter(None, (clip.title, clip.session, clip.shoes))) for clip in clips)
    told = [Group(Text(about, "bold"), Text(clip.verdict)) for about, clip in zip(said, clips, strict=True)]
    days = [Text(str(clip.filmed.date())) for clip in clips]
    below = (Group(day, Padding(about, (0, 0, 0, 2))) for day, about in zip(days, told, strict=True))
    return Wide(grid(zip(days, told, strict=True), width=10, overflow="ellipsis"), Group(*below))


def _soreness(diary: Sequence[Entry]) -> Table:
    line = Table.grid(padding=(0, 2, 0, 0))
    line.add_row(_sore(diary), Text(_latest(diary)))
    return line


def _group(group: Alike) -> Iterator[RenderableType]:
    series = group.series()
    if not series:
        yield Text(diary_words().one_clip, "dim")
        return
    table = Fitted(lambda roomy: Fitted(lambda beside: _changes(series, roomy, beside), NARROW), ROOMY)
    yield Wide(table, below(_changes(series, roomy=True, beside=True)))
    for missing, labels in by_reason((short(row.label), row.change.missing) for row in series).items():
        yield Text(f"Not compared, since {reason(missing).because}: {listed(labels)}.", "dim")
    if apart := differs(series):
        yield Text(diary_words().differs.format(what=listed(apart)))


def _changes(series: Iterable[Series], roomy: bool, beside: bool) -> Table:
    """Each measure with its change; roomy: its intervals beside the values; beside: its verdict in a column."""
    table = _table("measure", "first", "latest", "", "change", *([""] if beside else []))
    for row in series:
        label, *cells, word = _cells(row, roomy)
        table.add_row(*((label, *cells, word) if beside else (Group(label, word), *cells)))
    return table


def _cells(row: Series, roomy: bool) -> tuple[RenderableType, ...]:
    """A measure: first, latest, its course, its change ± what a change must exceed, and the verdict."""
    label = labelled(short(row.label), row.unit)
    ends = (stacked(give_or_take(m), roomy) for m in row.judged.measured)
    if row.change.missing is not None:
        return label, *ends, "", "", Text(row.word, "dim")  # a course would show a change all the same
    values = [m.value for _, m in row.points]
    course = Course(values, _ends_of(values, row.detectable))
    by = f"{signed(row.change.value, row.unit)} ± {number(row.detectable, row.unit)}"
    return label, *ends, course, stacked(by, roomy), Text(row.word, "bold" if row.real else "dim")


def _ends_of(values: Sequence[float], detectable: float) -> tuple[float, float]:
    """The values drawn lowest and highest: at least twice detectable apart, so that smaller changes look small."""
    low, high = min(values), max(values)
    more = max(0.0, 2 * detectable - (high - low)) / 2
    return low - more, high + more


def _luck(groups: Sequence[Alike], diary: Sequence[Entry]) -> Iterator[RenderableType]:
    """What moved with the soreness, and how little that proves."""
    if not diary or not groups:
        return
    yield from (Text(words) for words in said(groups[0], diary))


def _table(*heads: str) -> Table:
    table = bare_table()
    for head in heads:
        wide = head == "measure"
        justify: Literal["left", "right"] = "right" if head in ("first", "latest", "change", "clips") else "left"
        ratio, least = (1, NAME) if wide else (None, None)
        table.add_column(head, justify=justify, no_wrap=bool(head) and not wide, ratio=ratio, min_width=least)
    return table
