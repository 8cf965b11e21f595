"""What the engines that run the pose networks share: the checked model files, and keeping their chatter off stderr."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from .datatypes import FormcheckError

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
FOLDERS = (Path(__file__).parent / "models", Path(__file__).parent.parent / "models")  # installed, checkout


@cache
def model_path(name: str) -> Path:
    """The checked model file. Raises FormcheckError when it is missing or not the one that was shipped."""
    path = next((folder / name for folder in FOLDERS if (folder / name).is_file()), None)
    if path is None:
        raise FormcheckError(f"pose model {name} is missing: install formcheck again")
    lines = (path.parent / "SHA256SUMS").read_text().splitlines()
    if f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}" not in lines:
        raise FormcheckError(f"pose model {path} is damaged: install formcheck again")
    return path


@contextmanager
def quiet() -> Iterator[None]:
    """Keep log lines written by C++, which no setting silences, off the user's stderr."""
    with suppress(AttributeError, ValueError):  # there may be none, or it may be closed
        sys.stderr.flush()
    try:
        saved = os.dup(2)
    except OSError:  # stderr is closed: nothing to keep clean
        yield
        return
    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(sink)
