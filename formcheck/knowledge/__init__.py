"""What is believed rather than computed: faults, limits, wording and sources, read from the TOML files beside this one.

``load`` refuses a row that names an unknown source, metric or region, whose limits are out of order, or whose keys
are missing or unknown, and names the file, block and key. A user's own file is layered over the built-in rows: its
blocks are merged key by key, except that a row of limits is replaced whole, so that numbers never keep a source
given for other numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from math import inf, isfinite
from typing import Any

from ..datatypes import FormcheckError, Level, UnreadableInputError
from ..files import data_folder
from ..incoming import is_there, text
from .rows import Row, build, built_in, known, lacking, listed, meant, parsed, table

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


@dataclass(frozen=True)
class Texts:
    """Sentences that go with every report."""

    red_flags: str
    red_flags_short: str
    not_a_diagnosis: str


@dataclass(frozen=True)
class Phrases:
    """What the verdict on a clip is put together from; the keys are explained in texts.toml."""

    walking: str
    not_running: str
    nothing: str
    all_fine: str
    fine_of_seen: str
    fine_of_few: str
    close_likely_fine: str
    some_close: str
    close_of_none: str
    close_of_few: str
    all_close: str
    rest_likely: str
    rest_fine: str
    rest_fine_or_unknown: str
    rest_mostly_unknown: str
    rest_unknown: str
    label_stands_out: str
    size_unsure: str
    usual_differs: str
    clips_differ: str
    clips_differ_so: str
    cut_short: str
    copy_again: str


@dataclass(frozen=True)
class DiaryWords:
    """What is said about an athlete's history and diary; see history.toml."""

    nobody: str
    alike: str
    nothing_real: str
    one_clip: str
    differs: str
    not_running: str
    within_run: str
    none_since: str
    too_few: str
    never_varied: str
    none_measured: str
    closest: str
    more: str
    less: str
    by_luck: str
    proves_no: str
    proves_little: str


@dataclass(frozen=True)
class TogetherWords:
    """What is said about several views of one run; the keys are explained in texts.toml."""

    agree: str
    legs: str
    same_run: str
    split: str
    nothing_shared: str


@dataclass(frozen=True)
class VersusPhrases:
    """What the verdict on two clips is put together from; the keys are explained in texts.toml."""

    better: str
    worse: str
    changed: str
    same: str
    nothing: str
    same_clip: str
    not_alike: str
    by_luck: str


@dataclass(frozen=True)
class ConditionText:
    """What a condition of filming is called, and what it means when two clips differ in it."""

    label: str
    means: str


@dataclass(frozen=True)
class Reason:
    """Why something is not measured, and how to film it so that it can be ("" when nothing helps).

    needs: what a clip may be seen to lack for it, keys of ``needs``; ``filming`` is what nobody sees in the clip
    verdict: on the clip, where the reason is all there is to say about it
    """

    because: str
    filming: str = ""
    needs: tuple[str, ...] = ()
    verdict: str = ""


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
    try:
        return _layered(tuple(metrics), own_limits())
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


@cache
def texts() -> Texts:
    """The sentences that go with every report; the signs in them are those that triage asks for."""
    said = build(Texts, built_in("texts.toml")[1]["texts"], "texts.toml: [texts]")
    levels = ("urgent", "today", "doctor")
    return replace(said, red_flags=said.red_flags.format(**{level: _signs(level) for level in levels}))


def _signs(level: str) -> str:
    """The signs that lead to a level of triage.toml, as they are asked for; of a rule that needs several, together."""
    content = built_in("triage.toml")[1]
    asked = {f"red_flags.{key}": words for key, words in content["questions"]["red_flags"]["answers"].items()}
    rules = [rule for rule in content["rules"].values() if rule["level"] == level]
    told = [" together with ".join(asked[key] for key in rule["all"]) for rule in rules if "all" in rule]
    *first, last = dict.fromkeys([*(asked[key] for rule in rules for key in rule.get("any", ())), *told])
    return f"{'; '.join(first)}; or {last}"


@cache
def phrases() -> Phrases:
    """What the verdict is put together from."""
    return build(Phrases, built_in("texts.toml")[1]["verdict"], "texts.toml: [verdict]")


@cache
def diary_words() -> DiaryWords:
    """The sentences of a history."""
    return build(DiaryWords, built_in("history.toml")[1]["words"], "history.toml: [words]")


@cache
def together_words() -> TogetherWords:
    """What is said about several views of one run."""
    return build(TogetherWords, built_in("texts.toml")[1]["together"], "texts.toml: [together]")


@cache
def versus_phrases() -> VersusPhrases:
    """What the verdict on two clips is put together from."""
    return build(VersusPhrases, built_in("texts.toml")[1]["versus"], "texts.toml: [versus]")


@cache
def condition_texts() -> Mapping[str, ConditionText]:
    """The words for every condition of filming, by its key."""
    rows = built_in("texts.toml")[1]["conditions"]
    return {key: build(ConditionText, row, f"texts.toml: [conditions.{key}]") for key, row in rows.items()}


@cache
def needs() -> Mapping[str, str]:
    """How to come by what a clip may be seen to lack, by its key."""
    return dict(built_in("texts.toml")[1]["needs"])


@cache
def reasons() -> Mapping[str, Reason]:
    """Every reason a measurement may name by key."""
    rows = built_in("texts.toml")[1]["reasons"]
    return {key: build(Reason, row, f"texts.toml: [reasons.{key}]") for key, row in rows.items()}


def reason(missing: str) -> Reason:
    """The words for Measurement.missing, which holds a key of ``reasons`` or a sentence of its own."""
    return reasons().get(missing, Reason(missing, ""))


def by_reason(missing: Iterable[tuple[str, str | None]]) -> dict[str, list[str]]:
    """(label, why it is missing) → labels by reason, both as they come; those of what is not missing are left out."""
    found: dict[str, list[str]] = {}
    for label, why in missing:
        if why is not None:
            found.setdefault(why, []).append(label)
    return found


def verdict_of(missing: str | None) -> str:
    """What Measurement.missing says of the whole clip; "" where it says nothing of it, or nothing is missing."""
    return reason(missing).verdict if missing else ""


def _user_layer(name: str, said: str) -> tuple[str, Row]:
    content = parsed(said, name)
    for section, blocks in content.items():
        if section not in LAYERED:
            raise FormcheckError(f"{name}: [{section}] is not known here; use {listed(LAYERED)}")
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
            remedy = f"put it under {' or '.join(homes)}" if homes else f"it judges {listed(judged)}"
            raise FormcheckError(f'{where} key "limits": {fault} does not judge {metric}; {remedy}')


def _check_nothing_lost(name: str, content: Row) -> None:
    """Refuses limits that leave out what the built-in ones in their place have: a side would never be judged."""
    for fault, row in content.get("faults", {}).items():
        built = built_in("faults.toml")[1]["faults"].get(fault, {}).get("limits", {})
        for metric, limits in row.get("limits", {}).items():
            if lost := [key for key in built.get(metric, {}) if key not in {*limits, "source", "anchors"}]:
                where = f"{name}: [faults.{fault}.limits.{metric}]"
                raise FormcheckError(f"{where} replaces a whole block: repeat {listed(lost)}, which it leaves out")


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
    known(fault.regions, REGIONS, where, "regions")
    known([fault.strength], STRENGTHS, where, "strength")
    known([fault.metric], [limit.metric for limit in limits], where, "metric")
    known(fault.evidence_sources, sources, where, "evidence_sources")
    known([fault.advice_source], sources, where, "advice_source")
    own = [limit for limit in limits if not (limit.instead_of or limit.beside)]
    for key in ("instead_of", "beside"):
        named = [getattr(limit, key) for limit in limits if getattr(limit, key)]
        known(named, [limit.metric for limit in own], where, key)
    if all(limit.confirms for limit in own):
        raise FormcheckError(f'{where} key "limits": every row only confirms; leave "confirms" out of one')
    if not 1 <= fault.needed <= len(own):
        raise FormcheckError(f'{where} key "needed": {fault.needed}, but there are limits for {len(own)} metric(s)')
    return fault


def _limits(metric: str, row: Row, where: str, sources: Mapping[str, Source], metrics: Collection[str]) -> Limits:
    known([metric], metrics, where, "limits")
    where = f"{where} limits.{metric}"
    limits = build(Limits, table(row, where), where, metric=metric)
    known([limits.source], sources, where, "source")
    known(limits.anchors, sources, where, "anchors")
    if isfinite(limits.fine_until) and not limits.watch_above < limits.fine_until <= limits.fault_above:
        raise FormcheckError(f'{where} key "fine_until": must lie above watch_above and not above fault_above')
    known([limits.given] if limits.given else [], metrics, where, "given")
    given = limits.all()
    if not given or list(given) != sorted(set(given)):
        raise FormcheckError(
            f"{where}: give at least one limit, in the order fault_below < watch_below < watch_above < fault_above"
        )
    return limits
