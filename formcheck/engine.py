"""What runs networks: the checked model files, LiteRT, and keeping its log lines and MediaPipe's off stderr."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .datatypes import FormcheckError

Floats = NDArray[np.float32]

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
HUSHING = threading.RLock()  # a thread that silences stderr while another does would restore a silent one
OUTPUTS, OPERATORS, SIGNATURES = 8, 10, 18  # fields of a graph, a graph and a model, by TensorFlow Lite's schema
FOLDERS = (Path(__file__).parent / "models", Path(__file__).parent.parent / "models")  # installed, checkout


@cache
def model_path(name: str) -> Path:
    """The checked model file. Raises FormcheckError when it is missing or not the one that was shipped."""
    path = next((folder / name for folder in FOLDERS if (folder / name).is_file()), None)
    if path is None:
        raise FormcheckError(f"model {name} is missing: install formcheck again")
    lines = (path.parent / "SHA256SUMS").read_text().splitlines()
    if f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}" not in lines:
        raise FormcheckError(f"model {path} is damaged: install formcheck again")
    return path


@contextmanager
def quiet() -> Iterator[None]:
    """Keep log lines written by C++, which no setting silences, off the user's stderr; for one thread at a time."""
    with HUSHING, _hushed():
        yield


@contextmanager
def _hushed() -> Iterator[None]:
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


def only(content: bytes, outputs: Sequence[int]) -> bytes:
    """The file of a network with only these of its outputs, in this order, without layers that only others need.

    Changed in place: unpacking it into objects and packing those again takes 40 times as long.
    """
    from ai_edge_litert.schema_py_generated import Model  # noqa: PLC0415 (late: not every command needs it)

    changed = bytearray(content)
    model = Model.GetRootAs(changed, 0)
    graph = model.Subgraphs(0)
    kept = graph.OutputsAsNumpy()[list(outputs)]
    needed, layers = set(kept.tolist()), []
    for i in reversed(range(graph.OperatorsLength())):  # they are listed in the order in which they run
        layer = graph.Operators(i)
        if needed.intersection(layer.OutputsAsNumpy().tolist()):
            needed.update(layer.InputsAsNumpy().tolist())
            layers.append(layer._tab.Pos)
    _shorten(graph, OUTPUTS, lambda _: kept)
    _shorten(graph, OPERATORS, lambda first: np.array(layers[::-1]) - (first + 4 * np.arange(len(layers))))
    if model.SignatureDefsLength():
        _shorten(model, SIGNATURES, lambda _: np.zeros(0))  # they name outputs that may be gone
    return bytes(changed)


def _shorten(table: Any, field: int, values: Callable[[int], NDArray[Any]]) -> None:
    """Overwrite a table's vector with fewer values of four bytes, made from where they lie in the file."""
    first = table._tab.Vector(table._tab.Offset(field))
    entries = np.asarray(values(first), "<i4")
    table._tab.Bytes[first - 4 : first + entries.nbytes] = np.int32(len(entries)).tobytes() + entries.tobytes()


def sigmoid(values: NDArray[Any]) -> NDArray[Any]:
    """Scores → 0…1; beyond ±80 they differ by nothing."""
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -80, 80))))


class Network:
    """A network: called with (H, W, 3) values, it returns all its outputs in the order of the file."""

    def __init__(self, content: bytes, threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 (late: not every command needs it)

        self._interpreter: Any = Interpreter(model_content=content, num_threads=threads)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [output["index"] for output in self._interpreter.get_output_details()]

    def __call__(self, shown: Floats) -> list[Floats]:
        self._interpreter.set_tensor(self._input, shown[None])
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]
