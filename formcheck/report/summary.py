"""What a report amounts to: one sentence, at most three findings, and the one change in filming that would show most.

Made from a Report and nothing else; the terminal, the page and report.json show it and add nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from ..datatypes import FRONTAL, Finding, Level, Measurement, Report, ViewName
from ..faults import instead_of
from ..knowledge import phrases, reason, verdict_of
from ..metrics import METRICS, Timing, widening
from ..words import (
    VIEWS,
    WORTH_ACTING_ON,
    amount,
    capital,
    counted,
    interval_of,
    is_work,
    listed,
    short,
    small,
    sureness,
)
from .oddities import WIDER
from .remedies import remedy
from .scales import Scale, judging_rows, scales

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_TOLD = 3  # people act on one thing at a time
DISAGREE = "clips_disagree"  # the reason for which several clips of one run do not give a measure
CONTRADICTED = (DISAGREE, "speed_contradicted")  # reasons: what was said about a clip does not fit it
NOTHING = "nothing was looked at"  # the reason of whatever has none
SAMPLING = 0.7  # share of an interval due to the steps' own scatter: above it, more steps would make it narrower


@dataclass(frozen=True)
class Told:
    """A finding in words for the runner, a sentence each: what, how much and what is usual, how sure, what to try.

    ``measure`` is what the number is called, ``scale`` the number in its range.
    """

    finding: Finding
    what: str
    measure: str
    how_much: str
    how_sure: str
    try_this: str
    scale: Scale


@dataclass(frozen=True)
class Summary:
    """A report at a glance.

    - ``verdict``: a sentence on the whole clip, or two where several things are worth acting on
    - ``told``: at most three findings worth acting on, strongest first; ``more``: any beyond these
    - ``fine``, ``close``, ``unmeasured``: the rest, by level
    - ``tip``: how to film, or what to state about the clip, to learn most of what is unknown; "" when nothing helps
    - ``refused``: where nothing could be judged, the reason that the verdict tells, as a key of the reasons
    """

    verdict: str
    told: tuple[Told, ...]
    more: tuple[Finding, ...]
    fine: tuple[Finding, ...]
    close: tuple[Finding, ...]
    unmeasured: tuple[Finding, ...]
    tip: str
    refused: str | None = None

    @property
    def first(self) -> tuple[str, str]:
        """What to do first, and what introduces it: something to try, else something to film; "" where nothing is."""
        return ("Try first", self.told[0].try_this) if self.told else ("Film next", self.tip)


def summary(report: Report) -> Summary:
    """What the report amounts to."""
    acting = [f for f in report.findings if f.level in WORTH_ACTING_ON]
    fine, close, unmeasured = (_of(report.findings, level) for level in ("ok", "borderline", "not_measured"))
    ranges, contradiction = scales(report), _contradiction(report)
    refused = None if contradiction else _refused(report, unmeasured)
    verdict = _refusal(report, refused) if refused else _verdict(report, acting, fine, close, unmeasured)
    return Summary(
        contradiction + (verdict if acting or not contradiction else phrases().clips_differ_so),
        tuple(_told(finding, report, ranges[finding.metric]) for finding in acting[:MOST_TOLD]),
        tuple(acting[MOST_TOLD:]), fine, close, unmeasured, _tip(report, acting, close, unmeasured), refused,
    )  # fmt: skip


def calls_for_work(report: Report) -> bool:
    """Whether there is something in it that a plan works on, be it only more likely than not."""
    return any(is_work(finding.level, finding.likely) for finding in report.findings)


def absent(report: Report) -> list[tuple[str, str]]:
    """(what, a key of the reasons) for all that was not measured, or cannot be judged although it was."""
    missing = [(m.label, m.missing) for m in report.measurements if m.missing is not None]
    told = {why for _, why in missing}
    return missing + [(f.label, f.missing) for f in report.findings if f.missing is not None and f.missing not in told]


def _of(findings: Iterable[Finding], level: Level) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.level == level)


def _told(finding: Finding, report: Report, scale: Scale) -> Told:
    m = report.measurement(finding.metric)
    how_much = f"{amount(m.value, m.unit)} ({interval_of(m)}); usual: {scale.usual}."
    touched = {band.level for band in scale.bands if band.begin < m.high and m.low < band.end}
    spread = f"; {phrases().size_unsure}" if len(touched) > 1 else ""
    sure = f"{sureness(finding.likely)}, from {counted(m.n, 'step{s}')}{spread}{finding.why and f'; {finding.why}'}."
    return Told(finding, f"{capital(_clause(finding))}.", m.label, how_much, sure, finding.advice, scale)


def _contradiction(report: Report) -> str:
    """What several clips of one run contradict each other on, as a sentence before the verdict; "" where they do."""
    names = [small(short(m.label).partition(",")[0]) for m in report.measurements if m.missing == DISAGREE]
    return f"{phrases().clips_differ} {listed(names, MOST_TOLD)}. " if names else ""


def _refused(report: Report, unmeasured: Sequence[Finding]) -> str | None:
    """Why nothing could be judged: what the picture lacks altogether, else the commonest reason; None if it could."""
    if not unmeasured or len(unmeasured) < len(report.findings):
        return None
    reasons = Counter(f.missing or NOTHING for f in unmeasured)
    return max(reasons, key=lambda why: (bool(verdict_of(why)), reasons[why]))


def _refusal(report: Report, why: str) -> str:
    """The same in a sentence."""
    say = phrases()
    of_activity = {"walking": say.walking, "other": say.not_running}.get(report.trial.gait.activity, "")
    return verdict_of(why) or of_activity or say.nothing.format(because=reason(why).because)


def _verdict(
    report: Report,
    acting: Sequence[Finding],
    fine: Sequence[Finding],
    close: Sequence[Finding],
    unmeasured: Sequence[Finding],
) -> str:
    """What was found in a sentence, or two where several things were."""
    say = phrases()
    if not report.findings:
        return _refusal(report, NOTHING)
    unknown = (*close, *unmeasured)
    mostly = len(unmeasured) >= len(report.findings) / 2
    if acting:
        sentence = _acted_on(acting, _rest(fine, close, unknown, mostly))
    elif not fine:
        sentence = say.close_of_none if mostly else say.all_close
    elif any(is_work(finding.level, finding.likely) for finding in close):
        sentence = say.close_of_few if mostly else say.some_close
    elif mostly:
        sentence = say.fine_of_few
    else:
        sentence = say.close_likely_fine if close else say.fine_of_seen if unmeasured else say.all_fine
    view = report.trial.gait.view.name
    return capital(f"{VIEWS[view]}, {small(sentence)}" if view in FRONTAL else sentence)


def _acted_on(acting: Sequence[Finding], rest: str) -> str:
    """What is worth acting on, and what is said about the rest: after several findings in a separate sentence."""
    clauses, more = [_clause(finding) for finding in acting[:MOST_TOLD]], len(acting) - MOST_TOLD
    if more > 0:
        rest = f"there {'is' if more == 1 else 'are'} {more} more{rest and f', and {rest}'}"
    if len(clauses) > 1:
        return f"{listed(clauses)}.{rest and f' {capital(rest)}.'}"
    return f"{clauses[0]}{rest and f'; {rest}'}."


def _rest(fine: Sequence[Finding], close: Sequence[Finding], unknown: Sequence[Finding], mostly: bool) -> str:
    """What is not worth acting on, as a clause; "" when nothing else was looked at."""
    say = phrases()
    if not unknown:
        return say.rest_fine if fine else ""
    if fine and not mostly:
        likely = any(is_work(finding.level, finding.likely) for finding in close)
        return say.rest_likely if likely else say.rest_fine_or_unknown
    return say.rest_mostly_unknown if fine else say.rest_unknown


def _clause(finding: Finding) -> str:
    """The finding as a clause; one from a user's own row may come without."""
    return finding.plain or f"{small(finding.label)} {phrases().label_stands_out}"


def _tip(
    report: Report, acting: Sequence[Finding], close: Sequence[Finding], unmeasured: Sequence[Finding]
) -> str:  # fmt: skip
    """What would settle a contradiction, or most of the missing findings and of those that something missing would
    judge more surely, or narrow more close calls than that, and among equals a longer clip, since that makes all else
    surer too; where nothing is missing, a longer clip if it would narrow a close call."""
    if doubted := _doubted(report, unmeasured):
        return remedy(doubted, report)
    lacking = [*(f.missing for f in unmeasured), *_judged_without((*acting, *close), report)]
    tips = Counter(tip for why in lacking if why and (tip := remedy(why, report)))
    why, times = max(widening(report.as_measured).items(), key=lambda item: item[1])
    scattered = [f for f in close if _scatters(report.measurement(f.metric))]
    widened = [f for f in close if f not in scattered and _seen_so(f.metric, report.trial.gait.view.name)]
    if times > WIDER and len(widened) > max(tips.values(), default=0):
        return remedy(why, report)
    longer = remedy("too_few_steps", report)
    best = max(tips, key=lambda tip: (tips[tip], tip == longer), default=longer if scattered else "")
    return phrases().copy_again if best == longer != "" and phrases().cut_short in report.warnings else best


def _judged_without(found: Iterable[Finding], report: Report) -> Iterator[str | None]:
    """Why measures are missing that would judge findings more surely, as the cadence for this speed and height."""
    missing = {m.name: m.missing for m in report.measurements}
    yield from (missing.get(name) for f in found for name in instead_of(f.metric, judging_rows()))


def _scatters(m: Measurement) -> bool:
    """Whether an interval is due to the steps' own scatter, which more steps would narrow."""
    return isfinite(m.sampling) and m.sampling > SAMPLING * (m.high - m.low) / 2


def _seen_so(name: str, view: ViewName) -> bool:
    """Whether a measure is read in this view and its interval depends on how it is filmed: rates' do not."""
    metric = METRICS.get(name)
    return metric is not None and view in metric.views and metric.timing is not Timing.RATE


def _doubted(report: Report, unmeasured: Sequence[Finding]) -> str | None:
    """The reason for which what was said about a clip is in doubt: no other film helps before that is settled."""
    missing = {f.missing for f in unmeasured if f.missing}
    if any(map(verdict_of, missing)):
        return None
    if missing and report.trial.gait.likely_factor is not None:
        return "time_unsure"
    return next((why for why in CONTRADICTED if why in missing), None)
