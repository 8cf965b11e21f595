"""By whose limits something is judged: those that come with formcheck, or the user's own, of this day or another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..settings import own_limits_of
from ..words import listed, sentence
from . import own_limits
from .rows import parsed, section

MARK_DIGITS = 8  # that tell limits from others
MOST_TOLD = 5  # clips named in a sentence


@dataclass(frozen=True)
class LimitWords:
    """What is said of it; the keys are explained in texts.toml."""

    own: str
    built_in: str
    others: str
    plan: str


@cache
def limit_words() -> LimitWords:
    """The sentences and clauses of texts.toml."""
    return section(LimitWords, "texts.toml", "judged")


def judged_by() -> str | None:
    """What tells the user's own limits from any others, as reports have it; None where there are none."""
    own = own_limits()
    faults = parsed(own[1], own[0]).get("faults") if own is not None else None
    return hashlib.sha256(json.dumps(faults, sort_keys=True).encode()).hexdigest()[:MARK_DIGITS] if faults else None


def limits_told(clips: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    """By whose limits clips are judged today, and which of their reports went by others; "" for built-in ones alone.

    clips: what each is called, and the settings of its report
    """
    now, words, known = judged_by(), limit_words(), list(clips)
    others = list(dict.fromkeys(name for name, settings in known if own_limits_of(settings) != now))
    if not others:
        return sentence(words.own) if now and known else ""
    named = listed(others, MOST_TOLD)
    return f"{sentence(words.own if now else words.built_in)} {words.others.format(clips=named)}"
