"""The words of texts.toml and history.toml: what goes with every report, verdicts, reasons and conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from .rows import build, built_in, section


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
def texts() -> Texts:
    """The sentences that go with every report; the signs in them are those that triage asks for."""
    said = section(Texts, "texts.toml", "texts")
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
    return section(Phrases, "texts.toml", "verdict")


@cache
def diary_words() -> DiaryWords:
    """The sentences of a history."""
    return section(DiaryWords, "history.toml", "words")


@cache
def together_words() -> TogetherWords:
    """What is said about several views of one run."""
    return section(TogetherWords, "texts.toml", "together")


@cache
def versus_phrases() -> VersusPhrases:
    """What the verdict on two clips is put together from."""
    return section(VersusPhrases, "texts.toml", "versus")


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
