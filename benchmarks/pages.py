"""The pages of the docs that are generated from the code: writes docs/measures.md and docs/commands.md."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from math import isfinite
from pathlib import Path

import click

from formcheck import knowledge
from formcheck.backends import DEFAULT_BACKEND
from formcheck.cli import main as command_line
from formcheck.exit_codes import MEANS
from formcheck.knowledge import Limits, calibration
from formcheck.metrics import METRICS, Metric
from formcheck.metrics.registry import Need
from formcheck.words import VIEWS, with_unit

DOCS = Path(__file__).parent.parent / "docs"
WRITTEN_BY = "Written by `python -m benchmarks.pages` from the code; not for editing by hand."
NEEDS = {  # what the user must give or ensure for a metric
    Need.SCALE: "the runner's height (`--height-cm`)",
    Need.SPEED: "the speed, set (`--speed-kmh`) or read from the feet (`--height-cm`)",
    Need.HEIGHT_OR_SPEED: "the runner's height (`--height-cm`) or the speed (`--speed-kmh`), better both",
    Need.TRUE_TIME: "a clip at real speed, or how much it was slowed (`--slowmo`)",
    Need.STEADY_CAMERA: "a background that shows how the camera moves; over ground, a camera that stands still",
}
RANGES = {  # as click writes them → in words
    r"([\d.]+?)(?:\.0)?<=x<=([\d.]+?)(?:\.0)?\b(?!\.)": r"\1 to \2",
    r"x>=(\d+)": r"\1 or more",
    r"x>(\d+)": r"more than \1",
    r"default: ([^;\]]+)": r"default `\1`",
}
GROUPS: dict[str, Callable[[Metric], bool]] = {  # heading → which measures go under it, each under the first that fits
    "Not given by any clip": lambda row: row.refused is not None,
    "From more than one side": lambda row: len(row.views - {"oblique"}) > 1 and "side" in row.views,
    "From the side": lambda row: "side" in row.views,
    "From behind and in front": lambda _row: True,
}
ORDER = ("From more than one side", "From the side", "From behind and in front", "Not given by any clip")


def measures() -> str:
    """Every measure of the registry: what it is, in which unit, from where it is seen, and what judges it."""
    grouped: dict[str, list[Metric]] = {heading: [] for heading in ORDER}
    for row in METRICS.values():
        grouped[next(heading for heading, holds in GROUPS.items() if holds(row))].append(row)
    parts = [
        "# Every measure\n",
        f"{WRITTEN_BY}\n",
        "Under each heading stands the key by which `report.json` and Python know the measure; it ends in the unit. "
        "Angles are positive forward (the way the runner faces) unless the text says otherwise; left and right are the "
        "runner's own. How far off each was on rendered runners is reported in [Accuracy](accuracy.md). The limits are "
        "our own choice: none for running form has been tested against back pain.\n",
    ]
    for heading, rows in grouped.items():
        parts += [f"## {heading}\n", *map(_measure, rows)]
    return "\n".join(parts)


def _measure(row: Metric) -> str:
    lines = [f"### {row.label}\n", f"`{row.name}`, in {row.unit}\n", inspect.getdoc(row.function) or "", ""]
    if row.refused is not None:
        return "\n".join([*lines, f"Never given: {knowledge.reason(row.refused).because}.\n"])
    return "\n".join([*lines, *(f"- {fact}" for fact in _facts(row)), ""])


def _facts(row: Metric) -> Iterator[str]:
    seen = [words.removeprefix("seen ") for name, words in VIEWS.items() if name in row.views]
    yield f"Seen {', '.join(seen)}{'; of walkers too' if 'walking' in row.activities else ''}."
    needs = [words for need, words in NEEDS.items() if need in row.requires]
    if needs:
        yield f"Needs {'; '.join(needs)}."
    if row.per_leg:
        yield "Left is compared with right."
    if calibration.of(DEFAULT_BACKEND).standing(row.name):
        yield "Also compared with your own standing, where you are seen standing tall."
    for fault in knowledge.load(_all_names()).faults:
        for limits in fault.limits:
            if limits.metric == row.name:
                yield f"Judged under “{fault.label}”: {_in_words(limits, row.unit)}."


def _all_names() -> list[str]:
    return [f"{name}{ending}" for name in METRICS for ending in ("", "_trend", "_left_right")]


def _in_words(limits: Limits, unit: str) -> str:
    bands = {
        "worth watching": {"below": limits.watch_below, "above": limits.watch_above},
        "stands out": {"below": limits.fault_below, "above": limits.fault_above},
        "fine as long as its interval ends": {"below": limits.fine_until},
    }
    ends = {
        band: " or ".join(f"{side} {with_unit(f'{x:g}', unit)}" for side, x in sides.items() if isfinite(x))
        for band, sides in bands.items()
    }
    return ", ".join(f"{band} {where}" for band, where in ends.items() if where)


def commands() -> str:
    """Every command with its arguments and options, as --help says them, and the exit codes."""
    parts = ["# Commands\n", f"{WRITTEN_BY} `formcheck COMMAND --help` says the same.\n"]
    context = click.Context(command_line, info_name="formcheck")
    for name in command_line.list_commands(context):
        parts += _section(command_line.commands[name], context, "##")
    parts += ["## Exit codes\n", "| code | means |", "|---|---|"]
    return "\n".join([*parts, *(f"| {code:d} | {words} |" for code, words in MEANS.items()), ""])


def _section(command: click.Command, parent: click.Context, heading: str) -> Iterator[str]:
    """A command under its heading, and the commands below it."""
    context = click.Context(command, parent, command.name)
    yield f"{heading} {context.command_path}\n"
    yield from _command(command, context)
    for inner in getattr(command, "commands", {}).values():
        yield from _section(inner, context, f"{heading}#")


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"```text\n{' '.join([context.command_path, *command.collect_usage_pieces(context)])}\n```\n"
    yield f"{inspect.cleandoc(command.help or '')}\n"
    options = (option for option in command.params if isinstance(option, click.Option))
    records = (option.get_help_record(context) for option in options)
    yield from (f"- `{names}`: {_escaped(words)}" for names, words in filter(None, records))
    yield ""


def _escaped(words: str) -> str:
    """An option's help for Markdown, with click's default and range, in brackets at its end, put into words."""
    said, bracket, rest = words.partition("  [")
    for range_, as_said in RANGES.items():
        rest = re.sub(range_, as_said, rest)
    return said.replace("<", "&lt;") + (f" ({rest.rstrip(']')})" if bracket else "")


PAGES = {DOCS / "measures.md": measures, DOCS / "commands.md": commands}


if __name__ == "__main__":
    for page, content in PAGES.items():
        page.write_text(content(), encoding="utf-8", newline="\n")
