"""What all commands share: how files are given, and how results are printed. Part of the command line, like cli.py."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .outgoing import Printable, printable
from .words import plainly

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

FEWEST, USUAL = 20, 80  # columns of a screen: one that claims fewer has not said how wide it is, and is taken as usual
FILE = click.Path(path_type=Path, readable=False)  # whoever reads it reports what cannot be read

Command = TypeVar("Command", bound=Callable[..., Any])


def remember_results(folders: Iterable[Path], files: Iterable[Path]) -> None:
    """Notes whom files are about that were made from results in these folders; if that fails, they are there all the
    same: it is only said.
    """
    from .datatypes import FormcheckError  # noqa: PLC0415
    from .history import written  # noqa: PLC0415

    try:
        written.remember(written.of_results(*folders), files)
    except FormcheckError as error:
        click.echo(printable(f"formcheck: {error}"), err=True)


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


def in_flags(text: str) -> str:
    """What the library says, with its settings as command-line flags."""
    return plainly(text)


def print_json(document: Any) -> None:
    """A document, and nothing else, on stdout."""
    click.echo(json_text(document), nl=False)


def json_text(document: Any) -> str:
    """ASCII only, which every encoding of stdout can write, and every terminal shows and none obeys."""
    return json.dumps(document, indent=2, allow_nan=False) + "\n"
