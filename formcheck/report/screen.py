"""A Report on one screen of a terminal, shorter where there are several: what to know, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from ..datatypes import Finding, Report
from ..fitting import grid
from ..knowledge import texts
from ..words import LEVEL_NAMES, VIEWS, WORTH_ACTING_ON, counted, doing, sentence, short
from .bars import Bar
from .parts import extent, parts
from .summary import Summary, Told, summary
from .terminal import badge, render, shown_name
from .together import Together
from .zero import zero_line

NAME_WIDTH = 12  # columns for what a line is about
WIDEST_BADGE = max(len(LEVEL_NAMES[level]) for level in WORTH_ACTING_ON)


def render_screen(report: Report) -> RenderableType:
    """What a runner needs first: 24 lines of 80 columns where one finding is worth acting on."""
    made = summary(report)
    several = [Text(said) for said in parts(report)]
    return Group(_seen(report), *several, Text(), Text(made.verdict, "bold"), Text(), *_told(made), _rest(report, made))


def render_together(made: Together) -> RenderableType:
    """Several clips of one run, as one."""
    told, whole = summary(made.whole), made.whole
    views = [VIEWS[clip.trial.gait.view.name] for clip in made.clips]
    origins = {metric: f", {views[place]}" for metric, place in made.source.items()}
    sources = [made.source.get(m.name) for m in whole.measurements]
    first, *others = (sources.count(place) for place in range(len(views)))
    counts = [counted(first, "measure{s}"), *map(str, others)]
    seen = "; ".join(f"{n}, {view}: {count}" for n, view, count in zip(made.names, views, counts, strict=True))
    return Group(
        Text(seen, "dim"), Text(), Text(told.verdict, "bold"), Text(), *_told(told, origins),
        grid(_rows([("Check", made.said)]), NAME_WIDTH), _rest(whole, told),
    )  # fmt: skip


def render_short(report: Report) -> RenderableType:
    """One clip of several: the verdict, and for each finding the number and what to try."""
    made = summary(report)
    found = [
        (badge(told.finding.level), Text(f"{told.measure}: {told.how_much} {told.try_this}")) for told in made.told
    ]
    rows = grid([*found, *_rows(_notes(report))], WIDEST_BADGE)
    several = [Text(said) for said in parts(report)]
    return Group(_seen(report), Padding(Group(*several, Text(made.verdict, "bold"), rows), (0, 0, 0, 2)))


def notice() -> RenderableType:
    """What is printed under every report, in short."""
    return grid(_rows([("Red flags", texts().red_flags_short)]), NAME_WIDTH)


def _seen(report: Report) -> RenderableType:
    """Which clip, and what was seen in it."""
    gait, person = report.trial.gait, report.trial.track.person
    said = [doing(gait.activity, gait.surface), VIEWS[gait.view.name], extent(report)]
    said += [f"person {person.number} of {person.of}"] if len(person.numbers) < person.of > 1 else []
    return Text.assemble((shown_name(report), "bold"), "  ", (", ".join(said), "dim"))


def _told(made: Summary, origins: Mapping[str, str] | None = None) -> Iterator[RenderableType]:
    """origins: for several clips, what is added after a metric about the clip that it comes from."""
    for told in made.told:
        origin = (origins or {}).get(told.finding.metric, "")
        yield Text.assemble(badge(told.finding.level), "  ", (told.measure, "bold"), (origin, "dim"))
        yield Padding(_block(told), (0, 0, 0, 2))
    if made.told:
        yield Text()


def _block(told: Told) -> RenderableType:
    amount = Group(Text(told.how_much), Bar(told.scale))
    rows = [(Text("How much", "dim"), amount), *_rows([("How sure", told.how_sure), ("Try this", told.try_this)])]
    return grid(rows, NAME_WIDTH - 2)


def _rest(report: Report, made: Summary) -> RenderableType:
    rows = [
        ("Also", _labels(made.more)),
        (LEVEL_NAMES["ok"], _labels(made.fine)),
        ("Too close", _labels(made.close)),
        (LEVEL_NAMES["not_measured"], _labels(made.unmeasured) if len(made.unmeasured) < len(report.findings) else ""),
        ("Standing", zero_line(report)),
        ("Film next", made.tip),
        *_notes(report),
        ("Red flags", texts().red_flags_short),
    ]
    return grid(_rows([(name, text) for name, text in rows if text]), NAME_WIDTH)


def _notes(report: Report) -> list[tuple[str, str]]:
    """What was odd about the clip, as sentences."""
    return [("Note", sentence(warning)) for warning in report.warnings]


def _rows(rows: Iterable[tuple[str, str]]) -> list[tuple[Text, RenderableType]]:
    return [(Text(name, "dim"), Text(text)) for name, text in rows]


def _labels(findings: Iterable[Finding]) -> str:
    words = ", ".join(short(finding.label) for finding in findings)
    return f"{words[:1]}{words[1:].lower()}"


# How a report can be shown: on one screen, as one of several, or in full.
FORMS: dict[str, Callable[[Report], RenderableType]] = {"screen": render_screen, "short": render_short, "full": render}


def to_text(report: Report, width: int = 80, form: str = "full") -> str:
    """The report in one of FORMS as plain text without colour, no line longer than width."""
    console = Console(file=StringIO(), width=width, color_system=None, legacy_windows=False)
    with console.capture() as capture:
        console.print(FORMS[form](report))
    return "".join(line.rstrip() + "\n" for line in capture.get().splitlines())
