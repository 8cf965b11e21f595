"""Which tests share a process when they run side by side: those of a file, which share what they prepare."""

from __future__ import annotations

import pytest

POPULATION = ("test_accuracy_bench.py", "test_virtual_runner.py")  # drawing the population's runners takes a while


def pytest_itemcollected(item: pytest.Item) -> None:
    group = "population" if item.path.name in POPULATION else item.path.name
    item.add_marker(pytest.mark.xdist_group(group))
