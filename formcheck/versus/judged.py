"""What changed between two clips: each change against what refilming alone may change, and towards what is usual."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any, Literal

from ..datatypes import Change, Measurement, NotUnderstoodError, UnreadableInputError
from ..knowledge import Limits, versus_phrases
from ..knowledge.judged import limits_told
from ..metrics import METRICS, Metric
from ..report.scales import Scale, limits_of, scale
from ..trends import compare
from ..words import listed, short, signed, small, titled
from .conditions import Condition, conditions, differing

Verdict = Literal["better", "worse", "changed", "same", "not_given"]
VERDICTS: tuple[Verdict, ...] = ("better", "worse", "changed", "same", "not_given")
CHANGED: tuple[Verdict, ...] = ("better", "worse", "changed")
MOST_NAMED = 3  # measures of each kind, in the sentence
MOST_SHOWN = 8  # changes, in a repr
MANY = 10  # measures, of which one in twenty is expected to lie beyond its interval
WITHHOLDING = frozenset({"model", "activity", "view", "height"})  # conditions that make numbers incomparable
SET_UP_AGAIN = frozenset({"view", "facing", "yaw", "elevation", "roll", "camera_stays"})  # show that the camera moved
MISLEADING = frozenset(  # change numbers by themselves
    {"person", "formcheck", "yaw", "elevation", "surface", "shoes", "speed"}
)


@dataclass(frozen=True)
class Take:
    """One of the two clips: what its report.json says, and its numbers.

    Raises NotUnderstoodError, UnreadableInputError where its report cannot be compared.
    """

    content: Mapping[str, Any]
    measurements: tuple[Measurement, ...]

    def __post_init__(self) -> None:
        name = Path(self.content["video"]["path"]).name
        if self.content.get("together") is not None:
            raise NotUnderstoodError(f"{name}: a report on several views; compare each view by itself")
        try:
            _ = conditions(self.content, self.content), self.name  # raise where anything they say is damaged
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UnreadableInputError(
                f"{name}: its report is damaged or of another version ({error}); analyse the clip again"
            ) from error

    @property
    def name(self) -> str:
        """What the clip is called."""
        return titled(Path(self.content["video"]["path"]).name, self.content["settings"])

    @property
    def running(self) -> bool:
        return bool(self.content["activity"] == "running")


@dataclass(frozen=True)
class Judged:
    """A change, and what it amounts to.

    - ``verdict``: better or worse: surely changed, towards what is usual or away; changed: neither; same: not surely
    - ``detectable``: the smallest change that would count as one, in the change's unit; NaN where none is given
    - ``limits``: what it is judged by: limits that hold in both clips, None where there are none
    - ``before``, ``after``: each clip's number in its range; None where it is not known what is usual
    - ``measured``: both clips' numbers
    """

    change: Change
    verdict: Verdict
    measured: tuple[Measurement, Measurement]
    detectable: float = nan
    limits: Limits | None = None
    before: Scale | None = None
    after: Scale | None = None

    @property
    def real(self) -> bool:
        """Whether the measure surely changed."""
        return self.verdict in CHANGED


class Changes(dict[str, Change]):
    """What changed from one clip to another, by metric: after minus before.

    - ``differences``: what differs in how they were filmed, and what that means
    - ``one_clip``: whether both are one and the same clip
    """

    def __init__(
        self, changes: Iterable[Change], differences: tuple[Condition, ...], one_clip: bool = False
    ) -> None:  # fmt: skip
        super().__init__((change.metric, change) for change in changes)
        self.differences, self.one_clip = differences, one_clip

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        given = [change for change in self.values() if change.missing is None]
        sure = [change for change in given if not change.low <= 0 <= change.high]
        yield f"<Changes{f': {versus_phrases().same_clip}' if self.one_clip else ''}"
        for change in sure[:MOST_SHOWN]:
            value, low, high = (signed(number, change.unit) for number in (change.value, change.low, change.high))
            yield f"  {change.metric} {value} ({low} to {high}) {change.unit}"
        if len(sure) > MOST_SHOWN:
            yield f"  and {len(sure) - MOST_SHOWN} more"
        yield from (f"  {row.label}: {row.before}, then {row.after}" for row in self.differences)
        yield f"  {len(given)} of {len(self)} measures compared, {len(sure)} changed by more than the error>"


@dataclass(frozen=True)
class Versus:
    """All that comparing two clips shows.

    - ``changes``: in the order of VERDICTS, within each the surest first
    - ``limits``: by whose limits they are judged, where that is to be said
    """

    conditions: tuple[Condition, ...]
    changes: tuple[Judged, ...]
    verdict: str
    limits: str

    def of(self, *verdicts: Verdict) -> tuple[Judged, ...]:
        return tuple(judged for judged in self.changes if judged.verdict in verdicts)

    @property
    def by_luck(self) -> str:
        """What chance alone can do with so many measures; "" for few."""
        return versus_phrases().by_luck if len(self.of("same", *CHANGED)) >= MANY else ""

    @property
    def apart(self) -> tuple[Condition, ...]:
        """What differs in the filming."""
        return tuple(row for row in self.conditions if row.differs)


def compared(before: Take, after: Take) -> Versus:
    """Every measure that either clip has."""
    rows = conditions(before.content, after.content)
    apart = differing(rows)
    model = str(before.content["model"])
    limits = _limits(before), _limits(after)
    judged = [
        judge(*pair, model, apart, limits)
        for pair in _pairs(before, after) if any(m.missing is None for m in pair)
    ]  # fmt: skip
    judged.sort(key=lambda j: (VERDICTS.index(j.verdict), -abs(j.change.value) / j.detectable if j.detectable else 0.0))
    told = limits_told((take.name, take.content["settings"]) for take in (before, after) if take.running)
    said = [versus_phrases().same_clip] if _one_clip(before, after) else []
    return Versus(rows, tuple(judged), " ".join([*said, _sentence(judged, apart)]), told)


def changes(before: Take, after: Take, refilmed: bool) -> Changes:
    """Every measure that both reports name; refilmed: the camera was set up again even if nothing shows it."""
    rows = conditions(before.content, after.content)
    model, apart = str(before.content["model"]), differing(rows)
    again = refilmed or not apart.isdisjoint(SET_UP_AGAIN)
    found = (_between(*pair, model, apart, again) for pair in _pairs(before, after))
    return Changes(found, tuple(row for row in rows if row.differs), _one_clip(before, after))


def _one_clip(before: Take, after: Take) -> bool:
    """Told by when the feet land: the path of one may hold another film by now."""
    return bool(before.content["contacts"]) and before.content["contacts"] == after.content["contacts"]


def _pairs(before: Take, after: Take) -> list[tuple[Measurement, Measurement]]:
    """Of each measure that both reports name, and that this version knows, what either says."""
    later = {m.name: m for m in after.measurements}
    return [(m, later[m.name]) for m in before.measurements if m.name in METRICS.keys() & later.keys()]


def judge(
    before: Measurement,
    after: Measurement,
    model: str,
    apart: Collection[str],
    held_against: tuple[Mapping[str, Limits], Mapping[str, Limits]],
) -> Judged:
    """How one measure changed between two clips filmed at different times, judged by interval and limits.

    model: of the first clip; apart: keys of the conditions that differ; held_against: the limits each clip's measures
    are judged by, of which only one that holds in both says what is better
    """
    change, (earlier, later) = _between(before, after, model, apart, refilmed=True), held_against
    limits = later.get(after.name) if before.name in earlier else None
    if change.missing is not None:
        return Judged(change, "not_given", (before, after), limits=limits)
    ranges = (scale(before, limits), scale(after, limits)) if limits else (None, None)
    return Judged(change, _verdict(change, limits), (before, after), change.high - change.value, limits, *ranges)


def _between(before: Measurement, after: Measurement, model: str, apart: Collection[str], refilmed: bool) -> Change:
    """How one measure changed; withheld if the clips differ too much."""
    missing = _withheld(METRICS[before.name], apart)
    if missing is not None:
        return Change(before.name, before.label, before.unit, missing=missing, kind="clips")
    (change,) = compare([before], [after], model, refilmed)
    return change


def _withheld(metric: Metric, apart: Collection[str]) -> str | None:
    """Why a measure cannot be compared between clips that differ like this; None where it can."""
    if "model" in apart:
        return "other_model"
    if "activity" in apart:
        return "other_activity"
    if "view" in apart and not metric.same_from_any_angle:
        return "other_view"
    return "other_height" if "height" in apart and metric.follows_height else None


def _limits(take: Take) -> Mapping[str, Limits]:
    """The limits a clip's numbers are judged against; none unless it shows running."""
    return limits_of(take.measurements) if take.running else {}


def _verdict(change: Change, limits: Limits | None) -> Verdict:
    if change.low <= 0 <= change.high:
        return "same"
    if limits is None:
        return "changed"
    early, late = (_outside(value, *limits.ok) for value in change.ends)
    if early == late or early * late < 0:  # both usual, or from one side of what is usual to the other
        return "changed"
    return "better" if abs(late) < abs(early) else "worse"


def _outside(value: float, low: float, high: float) -> float:
    """How far above what is usual, in the unit; below it, negative."""
    return min(value - low, 0.0) + max(value - high, 0.0)


def _sentence(judged: Sequence[Judged], apart: set[str]) -> str:
    """What it all amounts to."""
    say, once = versus_phrases(), plainest(judged)
    if all(j.verdict == "not_given" for j in judged):
        return say.nothing
    kinds: dict[Verdict, str] = {"better": say.better, "worse": say.worse, "changed": say.changed}
    found = {words: [j.change.label for j in once if j.verdict == kind] for kind, words in kinds.items()}
    parts = [f"{words}: {named(labels)}." for words, labels in found.items() if labels] or [say.same]
    return " ".join([*parts, *([say.not_alike] if apart & MISLEADING else [])])


def plainest(judged: Sequence[Judged]) -> list[Judged]:
    """Of changes with the same name (a length in % of leg length and in cm), only the first."""
    first: dict[str, Judged] = {}
    for one in judged:
        first.setdefault(one.change.label, one)
    return list(first.values())


def named(labels: Sequence[str]) -> str:
    """Measures by their plainest names, as many as fit in a sentence."""
    plain = [small(short(label).partition(",")[0]) for label in dict.fromkeys(labels)]
    return listed(plain, MOST_NAMED)
