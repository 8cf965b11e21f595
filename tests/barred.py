"""Folders that may not be entered, also by tests that run as root, whom permission bits do not bind."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HEAD = (ctypes.c_uint32 * 2)(0x20080522, 0)  # the version of Linux's capability sets; of this thread
PASSES = 0b110  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH


@contextmanager
def barred(folder: Path, mode: int = 0) -> Iterator[None]:
    """Meanwhile a folder has these permissions, and they hold for this thread."""
    was = folder.stat().st_mode
    folder.chmod(mode)
    try:
        with _bound():
            yield
    finally:
        folder.chmod(was)


@contextmanager
def _bound() -> Iterator[None]:
    if sys.platform != "linux" or os.geteuid() != 0:
        yield
        return
    libc, had = ctypes.CDLL(None, use_errno=True), (ctypes.c_uint32 * 6)()
    assert libc.capget(HEAD, had) == 0
    fewer = (ctypes.c_uint32 * 6)(*had)
    fewer[0] &= ~PASSES  # the first is what is in effect
    assert libc.capset(HEAD, fewer) == 0
    try:
        yield
    finally:
        assert libc.capset(HEAD, had) == 0
