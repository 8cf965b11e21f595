"""What is believed rather than computed: faults, limits, wording and sources, read from the TOML files beside this one.

``load`` refuses a row that names an unknown source, metric or region, whose limits are out of order, or whose keys
are missing or unknown, and names the file, block and key. A user's own file is layered over the built-in rows: its
blocks are merged key by key, except that a row of limits is replaced whole, so that numbers never keep a source
given for other numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from math import inf, isfinite
from typing import Any

from ..datatypes import FormcheckError, Level, UnreadableInputError
from ..incoming import is_there, text
from ..places import data_folder
from .rows import Row, alphabetical, build, built_in, check_known, lacking, meant, parsed, table
from .wording import (
    Reason,
    by_reason,
    condition_texts,
    diary_words,
    needs,
    phrases,
    reason,
    reasons,
    texts,
    together_words,
    verdict_of,
    versus_phrases,
)

__all__ = [
    "LAYERED", "OWN", "REGIONS", "STRENGTHS", "Fault", "Knowledge", "Limits", "Reason", "Source", "by_reason",
    "condition_texts", "diary_words", "load", "needs", "own_limits", "phrases", "reason", "reasons", "texts",
    "together_words", "verdict_of", "versus_phrases",
]  # fmt: skip

REGIONS = ("lower back", "mid back", "upper back and shoulders")
STRENGTHS = ("none", "very low", "low", "moderate", "high")
OWN = "limits.toml"
LAYERED = ("faults", "sources")  # sections a user's file may hold; the safety texts may not be changed


@dataclass(frozen=True)
class Source:
    """Where a belief comes from; ``name`` is short enough for a sentence."""

    name: str
    citation: str
    supports: str


@dataclass(frozen=True)
class Limits:
    """Bands of one metric, in its unit; a limit that does not exist is infinite. A limit itself is on the better side.

    fault | fault_below | watch | watch_below | ok | watch_above | watch | fault_above | fault

    ``fine_until``, beyond watch_above, opens a grey zone between the two for measures too coarse for one line: what is
    surely above watch_above is worth watching, anything else that is surely below fine_until is fine.

    instead_of   another metric of the fault, whose place this one takes whenever it is measured
    beside       another metric of the fault: of the two, the one that stands out more counts
    confirms     says nothing about the fault by itself: it counts only together with one that does
    given        a metric that must surely exceed ``given_above`` for these limits to apply
    limits_sd    standard deviation of the limits between people, with ``differ_with``, which is not taken into account
    """

    metric: str
    source: str
    anchors: tuple[str, ...] = ()
    fault_below: float = -inf
    watch_below: float = -inf
    watch_above: float = inf
    fault_above: float = inf
    fine_until: float = -inf
    instead_of: str = ""
    beside: str = ""
    confirms: bool = False
    given: str = ""
    given_above: float = -inf
    limits_sd: float = 0.0
    differ_with: str = ""

    @property
    def ok(self) -> tuple[float, float]:
        """Ends of the ok band."""
        return max(self.fault_below, self.watch_below), min(self.watch_above, self.fault_above)

    def all(self) -> tuple[float, ...]:
        """The limits that exist, ascending."""
        return tuple(x for x in (self.fault_below, self.watch_below, self.watch_above, self.fault_above) if isfinite(x))


@dataclass(frozen=True)
class Fault:
    """A running habit that the article links with the back; the keys are explained in faults.toml.

    ``limits`` begins with those of ``metric``.
    """

    name: str
    label: str
    regions: tuple[str, ...]
    metric: str
    needed: int
    ends: str
    mechanism: str
    strength: str
    evidence: str
    advice: str
    advice_source: str
    limits: tuple[Limits, ...]
    evidence_sources: tuple[str, ...] = ()
    stands_out: str = ""
    worth_watching: str = ""
    stands_out_below: str = ""
    worth_watching_below: str = ""

    def plain(self, level: Level, below: bool) -> str:
        """What is worth acting on as a clause; "" at other levels, and where the rows give none."""
        clauses = {
            "fault": (self.stands_out, self.stands_out_below),
            "watch": (self.worth_watching, self.worth_watching_below),
        }
        usual_side, other = clauses.get(level, ("", ""))
        return (other if below else "") or usual_side


@dataclass(frozen=True)
class Knowledge:
    """All rows, checked against each other."""

    faults: tuple[Fault, ...]
    sources: Mapping[str, Source]


@cache
def own_limits() -> tuple[str, str] | None:
    """The name and the text of the user's own file, in the data folder; None where there is none.

    Read once in a process, which judges all clips alike. Raises UnreadableInputError.
    """
    file = data_folder() / OWN
    return (str(file), text(file, "save it as that")) if is_there(file) else None


def load(metrics: Collection[str]) -> Knowledge:
    """Read the built-in rows and, over them, the user's own; metrics are the names a row may refer to.

    Raises UnreadableInputError where the user's own do not fit.
    """
    own = own_limits()
    try:
        return _layered(tuple(metrics), own)
    except FormcheckError as error:
        raise UnreadableInputError(str(error)) from error


@lru_cache
def _layered(metrics: tuple[str, ...], own: tuple[str, str] | None) -> Knowledge:
    """Checked once for the same names."""
    above = [] if own is None else [_user_layer(*own)]
    rows, origin = _merged([built_in("faults.toml"), built_in("sources.toml"), *above])
    sources = {key: build(Source, row, origin[key]) for key, row in rows["sources"].items()}
    made = Knowledge(
        tuple(_fault(name, row, origin[name], sources, metrics) for name, row in rows["faults"].items()), sources
    )
    for layer in above:
        _check_nothing_lost(*layer)
    return made


def _user_layer(name: str, said: str) -> tuple[str, Row]:
    content = parsed(said, name)
    for section, blocks in content.items():
        if section not in LAYERED:
            raise FormcheckError(f"{name}: [{section}] is not known here; use {alphabetical(LAYERED)}")
        table(blocks, f"{name}: [{section}]")
        for block, row in blocks.items():
            table(row, f"{name}: [{section}.{block}]")
            if section == "faults":
                _check_named(f"{name}: [faults.{block}]", block, row)
    return name, content


def _check_named(where: str, fault: str, row: Row) -> None:
    """Refuses a name that no finding has, unless the row is a whole new one, and limits of what a finding does not
    judge: they would make it speak of another measure than its words do."""
    built = built_in("faults.toml")[1]["faults"]
    if fault not in built:
        if lacks := lacking(Fault, row, name=fault):
            new = f'for a new one, key "{lacks[0]}" is missing'
            raise FormcheckError(f"{where}: there is no such finding; {meant(fault, built)} ({new})")
        return
    judged = built[fault]["limits"]
    for metric in table(row.get("limits", {}), f'{where} key "limits"'):
        if metric not in judged:
            homes = [f"[faults.{name}]" for name, other in built.items() if metric in other["limits"]]
            remedy = f"put it under {' or '.join(homes)}" if homes else f"it judges {alphabetical(judged)}"
            raise FormcheckError(f'{where} key "limits": {fault} does not judge {metric}; {remedy}')


def _check_nothing_lost(name: str, content: Row) -> None:
    """Refuses limits that leave out what the built-in ones in their place have: a side would never be judged."""
    for fault, row in content.get("faults", {}).items():
        built = built_in("faults.toml")[1]["faults"].get(fault, {}).get("limits", {})
        for metric, limits in row.get("limits", {}).items():
            if lost := [key for key in built.get(metric, {}) if key not in {*limits, "source", "anchors"}]:
                where = f"{name}: [faults.{fault}.limits.{metric}]"
                raise FormcheckError(
                    f"{where} replaces a whole block: repeat {alphabetical(lost)}, which it leaves out"
                )


def _merged(layers: list[tuple[str, Row]]) -> tuple[Row, dict[str, str]]:
    """All layers as one, and for each block the "file: [section.block]" that touched it last."""
    rows: Row = {}
    origin: dict[str, str] = {}
    for name, content in layers:
        rows = _overlaid(rows, content, levels=4)  # section, block, "limits", metric: the row below is replaced
        origin |= {key: f"{name}: [{section}.{key}]" for section, blocks in content.items() for key in blocks}
    return rows, origin


def _overlaid(below: Row, above: Row, levels: int) -> Row:
    def over(key: str, value: Any) -> Any:
        deeper = levels > 1 and isinstance(value, dict) and isinstance(below.get(key), dict)
        return _overlaid(below[key], value, levels - 1) if deeper else value

    return below | {key: over(key, value) for key, value in above.items()}


def _fault(name: str, row: Row, where: str, sources: Mapping[str, Source], metrics: Collection[str]) -> Fault:
    limits = [
        _limits(metric, limits_row, where, sources, metrics)
        for metric, limits_row in table(row.get("limits", {}), f'{where} key "limits"').items()
    ]
    limits.sort(key=lambda limit: limit.metric != row.get("metric"))
    fault = build(Fault, row | {"limits": limits}, where, name=name)
    check_known(fault.regions, REGIONS, where, "regions")
    check_known([fault.strength], STRENGTHS, where, "strength")
    check_known([fault.metric], [limit.metric for limit in limits], where, "metric")
    check_known(fault.evidence_sources, sources, where, "evidence_sources")
    check_known([fault.advice_source], sources, where, "advice_source")
    own = [limit for limit in limits if not (limit.instead_of or limit.beside)]
    for key in ("instead_of", "beside"):
        named = [getattr(limit, key) for limit in limits if getattr(limit, key)]
        check_known(named, [limit.metric for limit in own], where, key)
    if all(limit.confirms for limit in own):
        raise FormcheckError(f'{where} key "limits": every row only confirms; leave "confirms" out of one')
    if not 1 <= fault.needed <= len(own):
        raise FormcheckError(f'{where} key "needed": {fault.needed}, but there are limits for {len(own)} metric(s)')
    return fault


def _limits(metric: str, row: Row, where: str, sources: Mapping[str, Source], metrics: Collection[str]) -> Limits:
    check_known([metric], metrics, where, "limits")
    where = f"{where} limits.{metric}"
    limits = build(Limits, table(row, where), where, metric=metric)
    check_known([limits.source], sources, where, "source")
    check_known(limits.anchors, sources, where, "anchors")
    if isfinite(limits.fine_until) and not limits.watch_above < limits.fine_until <= limits.fault_above:
        raise FormcheckError(f'{where} key "fine_until": must lie above watch_above and not above fault_above')
    check_known([limits.given] if limits.given else [], metrics, where, "given")
    given = limits.all()
    if not given or list(given) != sorted(set(given)):
        raise FormcheckError(
            f"{where}: give at least one limit, in the order fault_below < watch_below < watch_above < fault_above"
        )
    return limits
