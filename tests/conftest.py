"""What all tests share."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings

if sys.dont_write_bytecode:  # each of the many processes would compile everything again: it is kept with pytest's files
    sys.dont_write_bytecode = False
    sys.pycache_prefix = sys.pycache_prefix or str(Path(__file__).parents[1] / ".pytest_cache" / "bytecode")
    os.environ |= {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": sys.pycache_prefix}
# before NumPy is loaded: with a process of tests on every core, threads of BLAS wait longer than they work
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
settings.register_profile("any machine", deadline=None)  # on a busy one an example may take as long as it likes
settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that no process is left alone with one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What thousands of tests and their libraries take up stays to the end, and need not be searched for garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(autouse=True, scope="session")
def _own_places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Landmarks and history are kept for this run only, apart from the user's; processes share the landmarks."""
    mine = tmp_path_factory.getbasetemp()
    shared = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORMCHECK_CACHE", str(shared / "landmarks"))
        patch.setenv("FORMCHECK_DATA", str(mine / "history"))
        yield


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where limits of the user's own are kept, beside a history of their own."""
    from formcheck import knowledge  # noqa: PLC0415 (late: loads NumPy)

    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "my data"))
    (tmp_path / "my data").mkdir()
    knowledge.own_limits.cache_clear()
    yield tmp_path / "my data" / "limits.toml"
    knowledge.own_limits.cache_clear()
    knowledge._layered.cache_clear()


@pytest.fixture(autouse=True, scope="session")
def _interrupts_are_heard() -> None:
    """What is started here must receive interrupts, even if what runs the tests in the background ignores them."""
    for name in ("SIGINT", "SIGHUP"):
        sign = getattr(signal, name, None)
        if sign is not None and signal.getsignal(sign) == signal.SIG_IGN:
            with suppress(ValueError):  # in a thread other than the main one
                signal.signal(sign, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)
