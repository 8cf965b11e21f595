"""What went wrong → one line on stderr and an exit code. Part of the command line, like cli.py."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from .cli_output import in_flags
from .exit_codes import ExitCode
from .outgoing import printable

if TYPE_CHECKING:
    from .datatypes import FormcheckError

INTERRUPTED = Event()  # an error that follows comes of it: imports turn interrupts into errors of their own


def unsaid(error: OSError) -> ExitCode:
    """The exit code for an error that no module has put into words: mostly, output that could not be written."""
    with suppress(OSError, AttributeError, ValueError):  # nothing more can be printed there
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError) or (sys.platform == "win32" and error.errno == errno.EINVAL):
        return ExitCode.READER_GONE
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        complain("the output could not be written: the disk is full")
        return ExitCode.FAILED
    if error.errno in (errno.EIO, errno.EBADF):
        complain(f"the output could not be written: {error.strerror}")
        return ExitCode.FAILED
    return failed(error)


def failed(error: Exception, about: str = "") -> ExitCode:
    """Report what went wrong, a line for each thing; returns the exit code for it."""
    line, code = told(error, about)
    for said in (line, *getattr(error, "also", ())):
        complain(said)
    return code


def told(error: Exception, about: str = "") -> tuple[str, ExitCode]:
    """What went wrong, in one line, and the exit code for it.

    Raises KeyboardInterrupt where the user broke off, whatever that was turned into on its way here.
    """
    if INTERRUPTED.is_set():
        raise KeyboardInterrupt from error
    from .datatypes import FormcheckError  # noqa: PLC0415
    from .workers import LostError  # noqa: PLC0415

    said = str(error)
    if isinstance(error, FormcheckError):
        return said if not about or Path(about).name in said else f"{about}: {said}", _code_of(error)
    if isinstance(error, ImportError) and "cannot open shared object file" in said:
        line = f"a system library is missing ({said.partition(':')[0]}): install it; docs/first-run.md lists them"
        return line, ExitCode.FAILED
    where, kind = f"{about}: " if about else "", type(error).__name__
    if isinstance(error, LostError):
        return f"{where}its process {said}, each time it was tried", ExitCode.FAILED
    if os.environ.get("FORMCHECK_DEBUG"):
        raise error
    line = f"{where}internal error ({kind}: {said}); set FORMCHECK_DEBUG=1 to see where, and report it"
    return line, ExitCode.FAILED


def _code_of(error: FormcheckError) -> ExitCode:
    from . import datatypes  # noqa: PLC0415

    codes = {
        datatypes.UnreadableVideoError: ExitCode.UNREADABLE,
        datatypes.UnreadableInputError: ExitCode.UNREADABLE,
        datatypes.NotUnderstoodError: ExitCode.NOT_UNDERSTOOD,
        datatypes.NothingMeasurableError: ExitCode.NOTHING_MEASURABLE,
    }
    return next((code for kind, code in codes.items() if isinstance(error, kind)), ExitCode.FAILED)


def end(failures: list[int], of: int, otherwise: int) -> None:
    """End the command with the code for what failed, or with another if nothing did; return if that is 0."""
    code = otherwise if not failures else failures[0] if len(failures) == of else ExitCode.SOME_FAILED
    if code:
        click.get_current_context().exit(code)


def complain(message: str) -> None:
    with suppress(OSError, ValueError):  # stderr may be closed, or its reader gone
        click.echo(f"formcheck: {printable(in_flags(message))}", err=True)
