"""Types of options, and the options of all commands that analyse clips. Part of the command line, like cli.py."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any

import click

from .backends import BACKENDS, DEFAULT_BACKEND
from .cli_output import FILE, Command
from .outgoing import quoted
from .settings import BOUNDS, EXPORTS, MEASURED_IN, MOST_WORKERS, VIEWS, to_write
from .words import capital


class Number(click.FloatRange):
    """A range of finite numbers: float() also accepts "nan", which no range rejects, and "inf"."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        from .incoming import real  # noqa: PLC0415

        hint = to_write(param.name or "" if param else "", str(value))
        remedy = f" {capital(hint)}." if hint else ""
        try:
            number = super().convert(real(value) if isinstance(value, str) else value, param, ctx)
        except ValueError:
            self.fail(f"{value!r} is not a number.{remedy}", param, ctx)
        except click.BadParameter as error:
            self.fail(f"{error.message}{remedy}", param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return float(number)


class OneOf(click.Choice):  # type: ignore[type-arg]  # generic in newer click only
    """One of several words, whatever its capitals and what joins its parts."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from .incoming import keyed  # noqa: PLC0415

        return super().convert(keyed(str(value), self.choices), param, ctx)


class Whole(click.IntRange):
    """A range of whole numbers; whatever is none of them is told what is wanted."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            if "_" in str(value):  # int() reads 1_0 as 10
                self.fail("", param, ctx)
            return int(super().convert(value, param, ctx))
        except click.BadParameter:
            wanted = f"from {self.min} to {self.max}" if self.max is not None else f"of {self.min} or more"
            self.fail(f"{value!r} is not a whole number {wanted}.", param, ctx)


class _Date(click.ParamType):  # type: ignore[type-arg]  # generic in newer click only
    """A day within the reach of calendar arithmetic, written as in tables."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        from .incoming import EARLIEST, LATEST, read_day  # noqa: PLC0415

        try:
            day = read_day(value)
        except ValueError:
            self.fail(f"{quoted(value)} is not a date; write it as 2026-11-24", param, ctx)
        if not EARLIEST <= day <= LATEST:
            self.fail(f"{quoted(value)}: check the year", param, ctx)
        return datetime.combine(day, time())


DATE = _Date()


class _Formats(click.ParamType):  # type: ignore[type-arg]  # generic in newer click only
    """Names of formats, separated by commas."""

    name = "formats"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        from .incoming import keyed  # noqa: PLC0415

        names = value if isinstance(value, tuple) else tuple(keyed(name, EXPORTS) for name in value.split(","))
        for name in names:
            if name not in EXPORTS:
                self.fail(f"{name!r} is not one of {', '.join(EXPORTS)}.", param, ctx)
        return names


def as_meant(error: click.NoSuchOption, typed: Sequence[str]) -> click.NoSuchOption:
    """The same with how to give what seems to be meant: a file of that name, or ours in another unit, as --speed-mph.

    typed: the words of the command
    """
    from .incoming import is_there  # noqa: PLC0415
    from .report.terminal import as_typed  # noqa: PLC0415

    for word in typed:
        if word.startswith(error.option_name) and is_there(Path(word)):
            file = f"To give the file of that name: {as_typed(word)}"
            return click.NoSuchOption(error.option_name, f"No such option {error.option_name!r}. {file}", ctx=error.ctx)
    for name, measure in MEASURED_IN.items():
        if error.option_name.startswith(f"--{name.partition('_')[0]}"):
            ours = f"Give --{name.replace('_', '-')} in {measure.unit}, as {measure.example}."
            return click.NoSuchOption(error.option_name, f"No such option {error.option_name!r}. {ours}", ctx=error.ctx)
    return error


POSITIVE = Number(min=0, min_open=True)
WITHIN = {name: Number(*ends) for name, ends in BOUNDS.items()}
MODEL_HELP = (
    f"Pose model: {'; '.join(f'{name}, {row.note}' for name, row in BACKENDS.items())}. Where clips have 60 frames a "
    "second, heavy reads half of them, and full is 1.5 times as fast."
)
OPTIONS = (
    click.option(
        "-o",
        "--output",
        "folder",
        metavar="DIR",
        default="formcheck-results",
        show_default=True,
        type=FILE,
        help="Results go to DIR/<clip name>/.",
    ),
    click.option(
        "--height-cm", type=WITHIN["height_cm"], metavar="H", help="The runner's height; gives distances in cm."
    ),
    click.option(
        "--speed-kmh",
        type=WITHIN["speed_kmh"],
        metavar="V",
        help="What the treadmill is set to; more accurate than the speed read from the feet.",
    ),
    click.option("--model", type=OneOf(list(BACKENDS)), default=DEFAULT_BACKEND, show_default=True, help=MODEL_HELP),
    click.option(
        "--view",
        type=OneOf(list(VIEWS)),
        default="auto",
        show_default=True,
        help="Where the camera stands.",
    ),
    click.option("--person", type=Whole(1), metavar="N", help="Follow person N, counted from the left."),
    click.option("--slowmo", type=WITHIN["slowmo"], metavar="X", help="The video plays X times slower than real time."),
    click.option(
        "--capture-fps", type=WITHIN["capture_fps"], metavar="N", help="The camera recorded N frames a second."
    ),
    click.option("--start", type=Number(0), default=0.0, metavar="S", help="Begin S seconds in."),
    click.option("--end", type=POSITIVE, metavar="S", help="Stop S seconds in."),
    click.option(
        "--standing",
        metavar="S|FILE",
        help="You stand tall in the first S seconds (or A-B), or in FILE, filmed the same day: how you hold "
        "yourself is compared with that too. Found without this option if it is in the video.",
    ),
    click.option(
        "--every-frame",
        is_flag=True,
        help="Read every frame of a fast clip (default: 29 to 57 for each second of real time, of lighter models twice "
        "as many).",
    ),
    click.option(
        "--cache/--no-cache", default=True, help="Keep landmarks and reuse kept ones (default), or do neither."
    ),
    click.option(
        "--workers",
        type=Whole(1, MOST_WORKERS),
        metavar="N",
        help="Processes to run at once (default: one per core).",
    ),
    click.option("--blur-face", is_flag=True, help="Make everybody's face unrecognisable in all pictures (slower)."),
    click.option(
        "--stick-figure",
        is_flag=True,
        help="Draw the runner on a plain background: no picture of anybody in any output.",
    ),
    click.option("--embed-video", is_flag=True, help="Also embed the annotated video in report.html."),
    click.option(
        "--pdf", is_flag=True, help="Also write report.pdf, a page for a physiotherapist (needs formcheck[pdf])."
    ),
    click.option(
        "--athlete", metavar="NAME", help="Who runs: the clip is kept in this athlete's history (formcheck history)."
    ),
    click.option("--session", metavar="TEXT", help="early or late in the run, or any words of your own."),
    click.option("--shoes", metavar="TEXT", help="The shoes worn."),
    click.option("--note", metavar="TEXT", help="Anything to keep with the clip."),
    click.option(
        "--date", metavar="DATE", help="When it was filmed, as 2026-11-24 (default: what the clip's file says)."
    ),
    click.option(
        "--export",
        type=_Formats(),
        metavar="FORMATS",
        default=(),
        help=f"Also write the data, with angles frame by frame: {', '.join(EXPORTS)}; separate several with commas.",
    ),
    click.option("--no-video", is_flag=True, help="Skip the annotated video (faster)."),
)


def analysis_options(command: Command) -> Command:
    """Adds where results go and what may be said about a clip; the names are those of ``Options`` and ``ABOUT``."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command
