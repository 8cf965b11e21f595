"""What is computed from a trial or a track is computed once, however much else uses it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")


def once(function: Callable[Concatenate[T, P], R]) -> Callable[Concatenate[T, P], R]:
    """Keeps the result of a function of a trial or track and of some plain values for as long as that exists.

    A result must not hold what it was computed from: it would keep it, with all landmarks, for as long as the process
    runs. Nor may anybody change it.
    """
    known: WeakKeyDictionary[T, dict[Hashable, R]] = WeakKeyDictionary()

    @wraps(function)
    def kept(of: T, /, *args: P.args, **kwargs: P.kwargs) -> R:
        found, asked = known.setdefault(of, {}), (args, *kwargs.items())
        if asked not in found:
            found[asked] = function(of, *args, **kwargs)
        return found[asked]

    return kept
