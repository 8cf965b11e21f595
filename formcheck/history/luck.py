"""Whether measures moved with the soreness, and how likely luck alone does as much: a permutation test.

The soreness of a clip is the mean of the diary's entries within NEAR days of it. For each measure its rank correlation
with the soreness is taken (Spearman). Then the clips' soreness is dealt out anew, in every possible way or, of more
than EXACT clips, MOST times at random: the share of deals in which any of the measures goes with it as closely is the
chance that luck does it, corrected for how many measures were looked at (Westfall and Young 1993, single step).
Correlations of fewer clips count for less: they are held against each other times the root of clips less one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from ..datatypes import FloatArray
from ..knowledge import diary_words
from ..words import short
from .records import Clip, Entry
from .series import Alike

NEAR_DAYS = 3  # our choice: soreness lasts about as long after a run
FEWEST = 5  # clips: of four, even a perfect match comes about by luck once in twelve times
EXACT = 7  # clips, whose 5040 deals are all tried
MOST = 9999  # deals at random: the chance is then known to half a percent
SEED = 1
UNLIKELY = 0.05  # chance below which luck is said not to be a likely reason
CLOSE = 1e-9  # equal but for rounding


@dataclass(frozen=True)
class Together:
    """A measure beside the soreness: rank correlation from -1 to 1, over n clips.

    ``chance``: of any of ``of`` measures going with it as closely by luck alone, 0 to 1
    """

    metric: str
    correlation: float
    n: int
    of: int
    chance: float


def together_of(group: Alike, diary: Iterable[Entry]) -> tuple[Together, ...]:
    """The measures of clips that are alike beside the soreness, the closest first."""
    values = {row.metric: _over(group, row.metric) for row in group.series()}
    return together(values, soreness(group.clips, diary))


def said(group: Alike, diary: Iterable[Entry]) -> tuple[str, ...]:
    """The closest of them in sentences, and how little that shows."""
    entries, words = tuple(diary), diary_words()
    found = together_of(group, entries)
    if not found:
        n = int(np.isfinite(soreness(group.clips, entries)).sum())
        return (words.too_few.format(fewest=FEWEST, days=NEAR_DAYS, n=n),)
    first = found[0]
    label = next(row.label for row in group.series() if row.metric == first.metric)
    closest = words.closest.format(
        of=first.of, label=short(label).lower(), way=words.more if first.correlation > 0 else words.less, n=first.n,
        correlation=f"{first.correlation:.2f}",
    )  # fmt: skip
    by_luck = words.by_luck.format(of=first.of, chance=max(1, round(100 * first.chance)))
    return closest, by_luck, words.proves_little if first.chance < UNLIKELY else words.proves_no


def _over(group: Alike, metric: str) -> FloatArray:
    """(clips,) of a measure, NaN where it is missing."""
    there = [clip.measurements.get(metric) for clip in group.clips]
    return np.array([np.nan if m is None else m.value for m in there])


def soreness(clips: Iterable[Clip], diary: Iterable[Entry]) -> FloatArray:
    """Of each clip, NaN where the diary says nothing of those days."""
    entries = tuple(diary)
    near = [[e.soreness for e in entries if abs((e.day - clip.filmed.date()).days) <= NEAR_DAYS] for clip in clips]
    return np.array([np.mean(some) if some else np.nan for some in near], float)


def together(measures: Mapping[str, FloatArray], sore: FloatArray) -> tuple[Together, ...]:
    """Measures beside the soreness, the closest first; none when too few clips have both, or the soreness never varies.

    measures: (clips,) of each, NaN where it was not measured; sore: (clips,)
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
        Together(
            name, float(all_[0]), int(np.isfinite(told[name]).sum()), len(told),
            float(np.mean(most >= weights[name] * abs(all_[0]) - CLOSE)),
        )
        for name, all_ in found.items()
    )  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (row.chance, -abs(row.correlation))))


def _tells(values: FloatArray, sore: FloatArray) -> bool:
    """Whether enough clips have both, and both vary over them."""
    there = np.isfinite(values)
    return bool(there.sum() >= FEWEST and np.ptp(values[there]) > 0 and np.ptp(sore[there]) > 0)


def _deals(sore: FloatArray) -> FloatArray:
    """(deals, clips): the soreness as it was, then dealt out anew."""
    if len(sore) <= EXACT:
        return np.array(list(permutations(sore)))  # the first is as it was
    chance = np.random.default_rng(SEED)
    return np.vstack([sore, chance.permuted(np.tile(sore, (MOST, 1)), axis=1)])


def _correlations(measures: Mapping[str, FloatArray], dealt: FloatArray) -> dict[str, FloatArray]:
    """(deals,) rank correlations of each measure with each deal; 0 where all of a deal's soreness is one."""
    from scipy.stats import rankdata  # noqa: PLC0415 (late: loads slowly)

    ranked: dict[bytes, FloatArray] = {}  # deals, by the clips that a measure has
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
