"""What is computed from a trial is computed once, however many metrics use it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from ..datatypes import Trial

P = ParamSpec("P")
R = TypeVar("R")


def once(function: Callable[Concatenate[Trial, P], R]) -> Callable[Concatenate[Trial, P], R]:
    """Keeps the result of a function of a trial and of some plain values for as long as the trial exists.

    A result must not hold the trial: it would keep it, with all its landmarks, for as long as the process runs.
    """
    known: WeakKeyDictionary[Trial, dict[Hashable, Any]] = WeakKeyDictionary()

    @wraps(function)
    def kept(trial: Trial, /, *args: P.args, **kwargs: P.kwargs) -> R:
        found, asked = known.setdefault(trial, {}), (args, *kwargs.items())
        if asked not in found:
            found[asked] = function(trial, *args, **kwargs)
        return found[asked]  # type: ignore[no-any-return]

    return kept
