"""Two clips compared → compare.html: what differs in the filming first, then what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from ..knowledge import by_reason, reason
from ..versus import Judged, Versus
from ..versus.judged import CHANGED
from ..words import give_or_take, number, plainly, sentence, signed, titled, with_unit
from . import svg
from .frame import document

if TYPE_CHECKING:
    from ..annotate.in_step import Runner

CHIPS = {"better": ("ok", "Better"), "worse": ("fault", "Worse"), "changed": ("borderline", "Changed")}
MOMENTS = ((0.0, "lands"), (0.15, "mid-stance"), (0.35, "push-off"), (0.7, "mid-swing"))  # shares of a stride
NAMES = ("before", "after")


def versus_html(
    versus: Versus, said: Mapping[str, Any], runners: tuple[Runner, Runner] | None, links: Sequence[str | None]
) -> str:
    """said: the comparison as JSON; links: the address of each clip's own page, relative to this one."""
    names = [titled(Path(said[end]).name, part) for end, part in zip(NAMES, said["parts"], strict=True)]
    sure, alike = versus.of(*CHANGED), versus.of("same")
    return document(
        "versus.html", f"Running form: {names[0]} against {names[1]}", names=names, links=links,
        verdict=versus.verdict, limits=versus.limits, apart=versus.apart, conditions=versus.conditions,
        changed=[_changed(judged) for judged in sure], alike=[_row(judged) for judged in alike],
        absent=[*_absent(versus)], by_luck=versus.by_luck,
        film=said["film"], no_film=said["no_film"], turned=runners is not None and runners[1].turned,
        ghosts=[*_ghosts(runners)],
    )  # fmt: skip


def _row(judged: Judged) -> dict[str, str]:
    change, unit = judged.change, judged.change.unit
    before, after = map(give_or_take, judged.measured)
    return {
        "label": change.label, "unit": unit, "before": before, "after": after, "change": signed(change.value, unit),
        "interval": f"{signed(change.low, unit)} to {signed(change.high, unit)}",
        "detectable": number(judged.detectable, unit), "usual": judged.after.usual if judged.after else "",
    }  # fmt: skip


def _changed(judged: Judged) -> dict[str, Any]:
    level, name = CHIPS[judged.verdict]
    row, unit = _row(judged), judged.change.unit
    before, after = (give_or_take(m, unit) for m in judged.measured)
    change, detectable = (with_unit(row[key], unit) for key in ("change", "detectable"))
    words = f"{change} ({row['interval']}); detectable from {detectable}"
    more = {"level": level, "chip": name, "words": words, "from_to": f"{before} → {after}", "bar": _bar(judged)}
    return {**row, **more}


def _bar(judged: Judged) -> Markup | None:
    """Both numbers in their range; None where it is not known what is usual."""
    if judged.before is None or judged.after is None:
        return None
    ends = (judged.before, judged.after)
    wide = max(ends, key=lambda scale: scale.high - scale.low)
    low, high = min(s.low for s in ends), max(s.high for s in ends)
    bands = [(max(band.begin, low), min(band.end, high), band.level) for band in wide.bands]
    bands[0], bands[-1] = (low, *bands[0][1:]), (bands[-1][0], high, bands[-1][2])
    before, after = (give_or_take(m, m.unit) for m in judged.measured)
    words = f"{judged.change.label}: {before} before, {after} after"
    return svg.change_bar(low, high, bands, (judged.before.value, judged.after.value), words)


def _absent(versus: Versus) -> Iterator[dict[str, str]]:
    """Grouped by reason; what a clip lacks is said in its own report."""
    for missing, names in by_reason((j.change.label, j.change.missing) for j in versus.of("not_given")).items():
        why, labels = reason(missing), dict.fromkeys(names)
        filming = "" if why.needs else plainly(why.filming)
        yield {"because": sentence(why.because), "filming": filming, "labels": ", ".join(labels)}


def _ghosts(runners: tuple[Runner, Runner] | None) -> Iterable[tuple[str, Markup]]:
    """(moment, both mean strides at it)."""
    ghosts = [runner.ghost for runner in runners] if runners else []
    if None in ghosts or not ghosts:
        return
    for share, moment in MOMENTS:
        figures = []
        for ghost, name in zip(ghosts, NAMES, strict=True):
            assert ghost is not None
            xy = ghost.at(share)
            limbs = [(xy[ghost.limbs(far)], "far" if far else "near") for far in (True, False)]
            figures.append(svg.Figure(name, limbs, np.asarray(xy[ghost.head].mean(axis=0))))
        yield moment, svg.ghosts(figures, f"Mean strides as the near foot {moment}: before and after")
