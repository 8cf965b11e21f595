"""Where the command starts: light, so that a signal is caught before the rest is loaded."""

from __future__ import annotations

import os
import signal

from .exit_codes import ExitCode
from .interrupts import SIGNS


def main() -> None:
    """Run the command line, with its three streams open, whatever the caller has closed."""
    for name in SIGNS:
        sign = getattr(signal, name, None)
        if sign is not None and signal.getsignal(sign) != signal.SIG_IGN:  # nohup, or a shell's background job
            signal.signal(sign, _stop)
    for stream in (0, 1, 2):
        _keep_open(stream)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the cores are already shared among processes
    from .cli import main as run  # noqa: PLC0415

    run()


def _stop(*_: object) -> None:
    """Nothing has begun yet."""
    os._exit(ExitCode.INTERRUPTED)


def _keep_open(stream: int) -> None:
    """Point a stream that the caller closed at the null device: else the next file opened would be taken for it."""
    try:
        os.fstat(stream)
    except OSError:
        os.open(os.devnull, os.O_RDWR)
