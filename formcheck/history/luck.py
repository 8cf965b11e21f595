"""Whether measures moved with the soreness, and how likely luck alone is to do as much: a permutation test.

The unit is the day: clips of one day share its soreness and much else, so a measure is averaged over them. The
soreness of a day is the mean of the diary's entries within NEAR_DAYS of it. Each measure's rank correlation with the
soreness is computed (Spearman). Then the soreness is shuffled among the days, in every possible way or, for more than
EXACT days, MOST times at random: the share of shuffles in which any of the measures goes with it as closely is the
chance that luck does it, corrected for the number of measures looked at (Westfall and Young 1993, single step).
Correlations over fewer days count for less: each is multiplied by √(days - 1) before they are compared. Days up to
twice NEAR_DAYS apart share entries; shuffling allows for that as long as the measures of such days have no more in
common than those of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import permutations

import numpy as np

from ..datatypes import FloatArray
from ..knowledge import diary_words
from ..words import short
from .records import Entry
from .series import Alike

NEAR_DAYS = 3  # our choice: soreness lasts about that long after a run
FEWEST = 5  # days: with four, luck alone gives even a perfect match one time in twelve
EXACT = 7  # days, whose 5040 shuffles are all tried
MOST = 9999  # random shuffles: the chance is then known to half a percent
SEED = 1
UNLIKELY = 0.05  # chance below which luck is called an unlikely reason
CLOSE = 1e-9  # equal up to rounding


@dataclass(frozen=True)
class Association:
    """A measure against the soreness: rank correlation from -1 to 1, over n days.

    ``chance``: that any of the ``of`` measures goes with it as closely by luck alone, 0 to 1
    """

    metric: str
    correlation: float
    n: int
    of: int
    chance: float


def together_of(group: Alike, diary: Iterable[Entry]) -> tuple[Association, ...]:
    """The measures of like clips against the soreness, closest first."""
    values = {row.metric: _by_day(group, row.metric) for row in group.series()}
    return together(values, soreness(_days(group), diary))


def said(group: Alike, diary: Iterable[Entry]) -> tuple[str, ...]:
    """The closest of them in sentences, and how little that shows."""
    entries, words = tuple(diary), diary_words()
    found = together_of(group, entries)
    if not found:
        return (_why_not(soreness(_days(group), entries)),)
    first = found[0]
    label = next(row.label for row in group.series() if row.metric == first.metric)
    closest = words.closest.format(
        of=first.of, label=short(label).lower(), way=words.more if first.correlation > 0 else words.less, n=first.n,
        correlation=f"{first.correlation:.2f}",
    )  # fmt: skip
    by_luck = words.by_luck.format(of=first.of, chance=max(1, round(100 * first.chance)))
    return closest, by_luck, words.proves_little if first.chance < UNLIKELY else words.proves_no


def _why_not(sore: FloatArray) -> str:
    """Why nothing can be said. sore: (days,), NaN where the diary has no entry"""
    known, words = sore[np.isfinite(sore)], diary_words()
    few = len(known) < FEWEST
    why = words.too_few if few else words.never_varied if np.ptp(known) == 0 else words.none_measured
    return why.format(fewest=FEWEST, days=NEAR_DAYS, n=len(known))


def _days(group: Alike) -> list[date]:
    """The days on which its clips were filmed, earliest first."""
    return sorted({clip.filmed.date() for clip in group.clips})


def _by_day(group: Alike, metric: str) -> FloatArray:
    """(days,) the mean of a measure over each day's clips, NaN where none has it."""
    found: dict[date, list[float]] = {day: [] for day in _days(group)}
    for clip in group.clips:
        if (m := clip.measurements.get(metric)) is not None and m.missing is None:
            found[clip.filmed.date()].append(m.value)
    return np.array([np.mean(values) if values else np.nan for values in found.values()], float)


def soreness(days: Iterable[date], diary: Iterable[Entry]) -> FloatArray:
    """(days,) mean soreness in the diary around each day, 0 to 10; NaN where it has no entry."""
    entries = tuple(diary)
    near = [[e.soreness for e in entries if abs((e.day - day).days) <= NEAR_DAYS] for day in days]
    return np.array([np.mean(some) if some else np.nan for some in near], float)


def together(measures: Mapping[str, FloatArray], sore: FloatArray) -> tuple[Association, ...]:
    """Measures against the soreness, closest first; none when too few days have both, or the soreness never varies.

    measures: (days,) of each, NaN where it was not measured; sore: (days,)
    """
    known = np.isfinite(sore)
    sore = sore[known]
    if len(sore) < FEWEST or np.ptp(sore) == 0:
        return ()
    there = {name: values[known] for name, values in measures.items()}
    told = {name: values for name, values in there.items() if _tells(values, sore)}
    if not told:
        return ()
    found = _correlations(told, _deals(sore))
    weights = {name: np.sqrt(np.isfinite(values).sum() - 1) for name, values in told.items()}
    most = np.max([weights[name] * np.abs(found[name]) for name in told], axis=0)
    rows = (
        Association(
            name, float(dealt[0]), int(np.isfinite(told[name]).sum()), len(told),
            float(np.mean(most >= weights[name] * abs(dealt[0]) - CLOSE)),
        )
        for name, dealt in found.items()
    )  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (row.chance, -abs(row.correlation))))


def _tells(values: FloatArray, sore: FloatArray) -> bool:
    """Whether enough days have both, and both vary over them."""
    there = np.isfinite(values)
    return bool(there.sum() >= FEWEST and np.ptp(values[there]) > 0 and np.ptp(sore[there]) > 0)


def _deals(sore: FloatArray) -> FloatArray:
    """(deals, days): the soreness as it was, then shuffled."""
    if len(sore) <= EXACT:
        return np.array(list(permutations(sore)))  # the first is as it was
    chance = np.random.default_rng(SEED)
    return np.vstack([sore, chance.permuted(np.tile(sore, (MOST, 1)), axis=1)])


def _correlations(measures: Mapping[str, FloatArray], dealt: FloatArray) -> dict[str, FloatArray]:
    """(deals,) rank correlations of each measure with each deal; 0 where a deal's soreness never varies."""
    from scipy.stats import rankdata  # noqa: PLC0415 (late: loads slowly)

    ranked: dict[bytes, FloatArray] = {}  # deals, by the days that a measure has
    found = {}
    for name, values in measures.items():
        there = np.isfinite(values)
        if there.tobytes() not in ranked:
            ranked[there.tobytes()] = _standard(rankdata(dealt[:, there], axis=1))
        found[name] = ranked[there.tobytes()] @ _standard(rankdata(values[there])[None])[0] / there.sum()
    return found


def _standard(rows: FloatArray) -> FloatArray:
    centred = rows - rows.mean(axis=1, keepdims=True)
    scale = centred.std(axis=1, keepdims=True)
    return np.asarray(np.divide(centred, scale, out=np.zeros_like(centred), where=scale > 0))
