"""Several views of one run → one report: each number from the clip that shows it best, and whether the clips agree."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb, hypot
from statistics import NormalDist
from typing import Any

from ..datatypes import Comparison, Finding, LeftRight, Measurement, NothingMeasurableError, NotUnderstoodError, Report
from ..faults import find
from ..knowledge import load, phrases, reason, together_words
from ..outgoing import readable
from ..trends import compare
from ..words import (
    LEVEL_NAMES,
    LEVELS,
    WORTH_ACTING_ON,
    give_or_take,
    listed,
    number,
    sentence,
    short,
    small,
    titled,
    with_unit,
)
from .summary import DISAGREE
from .values import finite, interval_json
from .zero import against_standing

WRONG_VIEW = frozenset({"not_side_view", "not_rear_view"})  # reasons that another view may remove


@dataclass(frozen=True)
class Agreement:
    """A metric measured in more than one clip: what each says of it (None where nothing), and whether they agree.

    They agree when no two differ by more than filming one run again changes, in intervals so wide that one run in
    twenty contradicts itself on anything, however much its clips share. ``allowed`` is how far apart that leaves the
    two that differ most for their error. ``legs``: it is left minus right.
    """

    metric: str
    label: str
    unit: str
    measured: tuple[Measurement | None, ...]
    agree: bool
    allowed: float
    legs: bool = False


@dataclass(frozen=True)
class Together:
    """Clips of one run as one.

    - ``clips``: each by itself; ``whole``: what all of them show, judged as one; everything else is from the first
      clip seen from the side, or the first if none is; standing is from that one, or the first compared with it
    - ``source``: metric, or name of a comparison → the index in ``clips`` of the clip that its number comes from
    - ``agreement``: for the metrics that several clips measured
    - ``split``: findings of ``whole`` on which the clips' own differ, and which are therefore too close to call
    """

    clips: tuple[Report, ...]
    whole: Report
    source: Mapping[str, int]
    agreement: tuple[Agreement, ...]
    split: tuple[Finding, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(map(_name, self.clips))

    @property
    def said(self) -> str:
        """Whether the clips agree, in a sentence or two."""
        say = together_words()
        legs = {a.agree for a in self.agreement if a.legs}
        agree = [_values(a) for a in self.agreement if a.agree and not a.legs] + [say.legs] * (legs == {True})
        disputed = [a for a in self.agreement if not a.agree]
        parts = []
        if disputed:
            only_legs = all(a.legs for a in disputed)
            remedy = reason("sides_disagree").filming if only_legs else say.same_run
            parts.append(f"{phrases().clips_differ} {'; '.join(_values(a) for a in disputed)}. {remedy}")
        if self.split:
            parts.append(" ".join([say.split, *(f"{short(f.label)}: {f.why}." for f in self.split)]))
        if agree:
            parts.append(f"{say.agree} {'; '.join(agree)}.")
        return " ".join(parts) or say.nothing_shared


def _name(clip: Report) -> str:
    return titled(readable(clip.trial.video.path.name), vars(clip.options))


def together_json(made: Together) -> dict[str, Any]:
    """Which clips, and where each number comes from: ``together`` in report.schema.json."""
    trials = [clip.trial for clip in made.clips]
    clips = [
        {"video": readable(str(t.video.path)), "view": t.gait.view.name, "contacts": len(t.gait.contacts)}
        for t in trials
    ]
    agreement = {a.metric: _agreement(a) for a in made.agreement}
    return {"clips": clips, "source": dict(made.source), "agreement": agreement, "said": made.said}


def _agreement(a: Agreement) -> dict[str, Any]:
    values = [None if m is None else finite(m.value) for m in a.measured]
    intervals = [None if m is None else interval_json((m.low, m.high)) for m in a.measured]
    return {
        "label": a.label, "unit": a.unit, "values": values, "intervals": intervals, "allowed": finite(a.allowed),
        "agree": a.agree,
    }  # fmt: skip


def _values(agreement: Agreement) -> str:
    """For example: cadence: 171.2 and 171.5 steps/min (2.3 allowed)."""
    label, unit = short(agreement.label).partition(",")[0], agreement.unit
    values = listed([number(m.value, unit) for m in _given(agreement.measured)])
    return f"{small(label)}: {with_unit(values, unit)} ({number(agreement.allowed, unit)} allowed)"


def together(clips: Sequence[Report]) -> Together:
    """Raises NotUnderstoodError, NothingMeasurableError."""
    main = next((clip for clip in clips if clip.trial.gait.view.sagittal), clips[0])
    if len({clip.trial.track.model for clip in clips}) > 1:
        raise NotUnderstoodError("the clips were read by different pose models: analyse them all with the same one")
    resting = [_name(clip) for clip in clips if clip.trial.gait.activity != "running"]
    if resting:
        raise NothingMeasurableError(f"{resting[0]}: shows no steady running, so it cannot be combined with others")
    by_name = [{m.name: m for m in clip.measurements} for clip in clips]
    source = {name: _best([some[name] for some in by_name]) for name in by_name[0]}
    agreement = tuple(_agreements(clips))
    disputed = {a.metric for a in agreement if not a.agree}
    measurements = tuple(_agreed(by_name[place][name], disputed) for name, place in source.items())
    compared = {_undisputed(c, disputed): place for c, place in _compared(clips, source)}
    zero = next((clip for clip in (main, *clips) if against_standing(clip)), main)
    comparisons = (*compared, *(_undisputed(c, disputed) for c in zero.comparisons if c.kind == "standing"))
    warnings = tuple(f"in {_name(clip)}: {words}" for clip in clips for words in clip.warnings)
    whole = replace(main, measurements=measurements, warnings=warnings, comparisons=comparisons, stood=zero.stood)
    joint = find(whole.judged, load([m.name for m in whole.judged]))
    found = [_split(f, clips) for f in joint]
    whole = replace(whole, findings=tuple(sorted(found, key=lambda f: LEVELS.index(f.level))))
    given = {m.name: source[m.name] for m in measurements if m.missing is None}
    given |= {c.name: place for c, place in compared.items() if c.missing is None}
    split = tuple(f for f in found if f not in joint)
    return Together(tuple(clips), whole, given, agreement, split)


def _split(joint: Finding, clips: Sequence[Report]) -> Finding:
    """Too close to call where one clip by itself calls for acting on it and another, or all as one, say it is fine.

    A clip that calls it fine by another measure contradicts nobody: another view may show more. Each clip that judged
    it counts the same in how likely it is.
    """
    own = [(clip, f) for clip in clips for f in clip.findings if f.fault == joint.fault and f.level != "not_measured"]
    acting = sum(f.level in WORTH_ACTING_ON for _, f in own)
    fine = joint.level == "ok" or any(f.level == "ok" and f.metric == joint.metric for _, f in own)
    if joint.level == "not_measured" or not (acting and fine):
        return joint
    why = ", ".join(_own_words(clip, f) for clip, f in own)
    detail = f"{together_words().split} {sentence(why)}"
    return replace(joint, level="borderline", likely=acting / len(own), plain="", why=why, detail=detail)


def _own_words(clip: Report, finding: Finding) -> str:
    """For example: worth watching in side.mp4 (shoulder hunch 39.2 ± 12.2°)."""
    m = clip.measurement(finding.metric)
    measured = f"{small(short(m.label))}: {give_or_take(m, m.unit)}"
    return f"{small(LEVEL_NAMES[finding.level])} in {_name(clip)} ({measured})"


def _best(found: Sequence[Measurement]) -> int:
    """The index of the narrowest interval; where there is none, preferably of a reason another view cannot remove."""
    return min(range(len(found)), key=lambda place: (*_absence(found[place]), found[place].high - found[place].low))


def _absence(found: Measurement | Comparison) -> tuple[bool, bool]:
    """Sorts what is there before what is missing, and that before what another view may show."""
    return found.missing is not None, found.missing in WRONG_VIEW


def _compared(clips: Sequence[Report], source: Mapping[str, int]) -> Iterator[tuple[Comparison, int]]:
    """Left against right and over the clip, each with the index of the clip it is from.

    That is the clip which its metric comes from or, where that one could not make it, the first that could.
    """
    rows = [{c.name: c for c in clip.comparisons if c.kind != "standing"} for clip in clips]
    for name, metric in {c.name: c.metric for own in rows for c in own.values()}.items():
        places = sorted((p for p, own in enumerate(rows) if name in own), key=lambda p: p != source[metric])
        best = min(places, key=lambda p: _absence(rows[p][name]))
        yield rows[best][name], best


def _undisputed(c: Comparison, disputed: Collection[str]) -> Comparison:
    """Withheld where the clips contradict each other on it, or on its measure: to go by either would be arbitrary."""
    if c.name in disputed:
        return LeftRight(c.metric, c.label, c.unit, missing="sides_disagree")
    return type(c)(c.metric, c.label, c.unit, missing=DISAGREE, kind=c.kind) if c.metric in disputed else c


def _agreed(m: Measurement, disputed: Collection[str]) -> Measurement:
    """Likewise."""
    return m.withheld(DISAGREE) if m.name in disputed else m


def _agreements(clips: Sequence[Report]) -> Iterator[Agreement]:
    """Of the measures, then of left against right. Not of changes: clips may show different parts of a run."""
    measured = [*_shared([clip.measurements for clip in clips])]
    of_legs = [*_shared([[c.as_measurement() for c in clip.comparisons if c.kind == "left_right"] for clip in clips])]
    reach = _reach(sum(comb(len(_given(found)), 2) for found in (*measured, *of_legs)))
    model = clips[0].trial.track.model
    yield from (_agreement_of(found, reach, model) for found in measured)
    for a in (_agreement_of(found, reach, model) for found in of_legs):
        label = a.label.partition(",")[0]
        yield replace(a, label=f"Left minus right in {small(label)}", legs=True)


def _shared(clips: Iterable[Sequence[Measurement]]) -> Iterator[list[Measurement | None]]:
    """What each clip says of a measure, of those that at least two give."""
    given = [{m.name: m for m in clip if m.missing is None} for clip in clips]
    for name in dict.fromkeys(name for some in given for name in some):
        found = [some.get(name) for some in given]
        if len(_given(found)) > 1:
            yield found


def _given(found: Iterable[Measurement | None]) -> list[Measurement]:
    return [m for m in found if m is not None]


def _reach(pairs: int) -> float:
    """How many times as wide intervals are that all hold in 95 of 100 clips, of so many differences (Šidák 1967)."""
    normal = NormalDist()
    return normal.inv_cdf(0.5 + 0.5 * 0.95 ** (1 / max(pairs, 1))) / normal.inv_cdf(0.975)


def _agreement_of(found: list[Measurement | None], reach: float, model: str) -> Agreement:
    given = _given(found)
    pairs = [(abs(b.value - a.value), reach * _half(a, b, model)) for a, b in combinations(given, 2)]
    apart, allowed = max(pairs, key=lambda pair: pair[0] - pair[1])
    return Agreement(given[0].name, given[0].label, given[0].unit, tuple(found), apart <= allowed, allowed)


def _half(a: Measurement, b: Measurement, model: str) -> float:
    """Half the 95 % interval of how two clips of one run differ, or of their own where that was not learned."""
    apart = b.value - a.value
    unchanged = replace(b, value=a.value, low=b.low - apart, high=b.high - apart)
    (change,) = compare([a], [unchanged], model, refilmed=True)
    if change.missing is None:
        return change.high - change.value
    low, high = (a, b) if a.value < b.value else (b, a)
    return hypot(low.high - low.value, high.value - high.low)
