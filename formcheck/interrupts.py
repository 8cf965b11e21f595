"""Signals that end what is being done, by an exception that is raised wherever the process happens to be."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

AGAIN_S = 0.01
SIGNS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # no system has all; the last two: the terminal is closed


def heed(sign: int, handler: Callable[..., Any]) -> None:
    """To be called by a signal's handler before it raises: within a callback or a destructor Python would only complain
    of the exception on stderr, and go on. The handler is then called once more, a moment later.

    Other complaints end with this, too: objects half made at this moment would raise when they are discarded.
    """

    def lost(told: Any) -> None:
        if not isinstance(told.exc_value, (KeyboardInterrupt, SystemExit)):
            return
        signal.signal(sign, handler)
        with suppress(RuntimeError):  # the process is at its end, and starts no threads any more
            threading.Timer(AGAIN_S, _sent, [sign]).start()

    sys.unraisablehook = lost


def _sent(sign: int) -> None:
    """To the main thread, which it wakes."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, sign)
    else:
        signal.raise_signal(sign)
