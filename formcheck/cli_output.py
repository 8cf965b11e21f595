"""What all commands share: how files are given and remembered, and how results are printed.

Part of the command line, like cli.py.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from .outgoing import Printable, printable
from .words import plainly

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from .history.written import Whose

FEWEST, USUAL = 20, 80  # columns of a screen: one that claims fewer has not said how wide it is, and is taken as usual

Command = TypeVar("Command", bound=Callable[..., Any])


class _File(click.Path):
    """A file or folder. No name at all, as of a variable that a script forgot to set, would be the working folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("it is empty; name a file or folder (. is the one you are in)", param, ctx)
        return super().convert(value, param, ctx)


FILE = _File(path_type=Path, readable=False)  # whoever reads it reports what cannot be read


def remember(whose: Whose | None, files: Sequence[Path], kept: bool = False) -> None:
    """Notes whom files are about, if anybody, so that they are found when that athlete is deleted.

    To be called as soon as they are written, before anything is printed, since that may fail. If it fails itself, the
    files are there all the same: it is only said. kept: a log or a copy of the user's own
    """
    from .datatypes import FormcheckError  # noqa: PLC0415
    from .history import written  # noqa: PLC0415

    if whose is None:
        return
    try:
        written.remember(whose, files, kept)
    except FormcheckError as error:
        click.echo(printable(f"formcheck: {error}"), err=True)


def write_for(whose: Whose | None, file: Path, text: str) -> None:
    """Write what tells of somebody's health for the user alone, and remember whom it is about."""
    from .files import write_text  # noqa: PLC0415

    write_text(file, text, private=True)
    remember(whose, [file])


def show(words: RenderableType) -> None:
    """Print for people to read, on the terminal or through a pipe."""
    screen().print(Printable(words, in_flags))


def screen(**settings: Any) -> Console:
    """A rich console that takes names as they are, and no width literally that nothing can be read in."""
    from rich.console import Console  # noqa: PLC0415

    class Output(Console):
        def on_broken_pipe(self) -> None:  # rich would end the program
            raise BrokenPipeError(errno.EPIPE, "nobody reads any more")

    made = Output(markup=False, emoji=False, **settings)
    if made.width < FEWEST:
        made.width = USUAL
    return made


def as_given(*names: str) -> str:
    """These options of the command as they are typed, each after a space: those that the user gave."""
    from .report.terminal import as_typed  # noqa: PLC0415

    context = click.get_current_context()
    given = [option for option in context.command.params if option.name in names]
    given = [o for o in given if context.get_parameter_source(str(o.name)) is ParameterSource.COMMANDLINE]
    values = [context.params[str(option.name)] for option in given]
    words = [str(value.date() if isinstance(value, datetime) else value) for value in values]
    return "".join(f" {o.opts[0]} {as_typed(word, 'DIR')}" for o, word in zip(given, words, strict=True))


def in_flags(text: str) -> str:
    """What the library says, with its settings as command-line flags."""
    return plainly(text)


def print_json(document: Any) -> None:
    """A document, and nothing else, on stdout."""
    click.echo(json_text(document), nl=False)


def json_text(document: Any) -> str:
    """ASCII only, which every encoding of stdout can write, and every terminal shows and none obeys."""
    return json.dumps(document, indent=2, allow_nan=False) + "\n"
