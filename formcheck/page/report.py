"""Report → report.html: everything one clip shows, in the order in which people want to know it.

Nothing is computed here except times in the video, places on the page, and medians of a few steps that share a mark.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import ceil, inf, isfinite
from pathlib import Path
from statistics import median
from typing import Any

from ..annotate import STILLS, Still, planned
from ..datatypes import SIDES, Change, Finding, Level, Measurement, Options, Report, Side, StepValue, usual_step
from ..incoming import is_there
from ..knowledge import by_reason, reason
from ..metrics import METRICS
from ..metrics.ensemble import Ensemble, LegEnsemble, ensembles
from ..outgoing import readable
from ..report import Scale, Summary, Together, Told, absent, calls_for_work, scales, summary
from ..report.parts import extent, facing, heads, parts, repaired, rows, seen_s, whom
from ..report.remedies import remedy
from ..report.zero import stood_when, zero_rows
from ..settings import ANSWERS, FILM, PAGE
from ..video import compact
from ..words import (
    LEVELS,
    VIEWS,
    WORTH_ACTING_ON,
    amount,
    counted,
    doing,
    give_or_take,
    interval_of,
    listed,
    looks_up,
    named,
    number,
    pace,
    plainly,
    sentence,
    signed,
    span,
    with_unit,
)
from . import svg
from .clinic import clinical
from .frame import document, link_to

MOST_CLIPS = 6  # charts over the clip, those of the findings first
MOST_DOTS = 200  # in a chart over the clip; more would hide one another, and be as many links
CONTACT = 0.03  # of a stride: how broadly the usual range is drawn at initial contact
LARGEST = 0.06  # of a stride, on each side of a curve's largest value: the same
LEAST_TILT_DEG = 0.1
UNLIKELY = 0.1
# settings that change no numbers
NO_NUMBERS = ("cache", "workers", "blur_face", "stick_figure", "embed_video", "pdf", "export")
FILES = ("standing", "keypoints")  # settings that may name a file: the page shows its name, not where it is
NO_FILM = "There is no video with this report: it was made without one."
ANOTHER = "Analyse the clip again to get one."
PHASES = ("foot lands", "mid-stance", "foot leaves the ground", "mid-swing")


@dataclass(frozen=True)
class Film:
    """The annotated video as the page has it.

    source           its address, "" when there is no video
    begin_s, end_s   file times between which the clip was analysed; the video begins at the first
    factor           file time over real time
    """

    source: str
    begin_s: float
    end_s: float
    factor: float

    @classmethod
    def of(cls, report: Report, folder: Path) -> Film:
        file, track, factor = folder / FILM, report.trial.track, report.trial.video.slow_motion_factor
        source = FILM if is_there(file) else ""
        if source and report.options.embed_video:
            source = f"data:video/mp4;base64,{base64.b64encode(file.read_bytes()).decode()}"
        begin_s, end_s = (factor * track.time_s[[0, -1]]).tolist()
        return cls(source, begin_s, end_s, factor)

    def link(self, file_s: float) -> float | None:
        """A moment of file time as a time in the video, if there is a video to jump to."""
        return max(0.0, file_s - self.begin_s) if self.source else None


@dataclass(frozen=True)
class EmbeddedStill:
    """A still as the page holds it, with its caption drawn on it; at_s: its time in the video, None without a video."""

    source: str
    width: int
    height: int
    alt: str
    at_s: float | None


@dataclass(frozen=True)
class Chart:
    """A drawing, what it shows, and a note on it."""

    label: str
    note: str
    drawing: str


def report_html(report: Report, folder: Path) -> str:
    """The page for a folder of results, with those of its stills and video that exist."""
    film = Film.of(report, folder)
    pictures = _pictures(report, folder, film)
    name = readable(report.trial.video.path.name)
    return _page(
        report, name, seen_of(report), pictures, film, method=[("", [*method_of(report)])], views=[], origins={}
    )


def together_html(made: Together, homes: Sequence[Path], folder: Path) -> str:
    """The page of several clips as one; homes: the folder of each clip's own results; folder: where the page goes."""
    still = Film("", 0.0, 0.0, 1.0)
    pictures = [_pictures(clip, home, still) for clip, home in zip(made.clips, homes, strict=True)]
    place_of: dict[str | None, int] = {f.fault: made.source.get(f.metric, 0) for f in made.whole.findings}
    place_of |= {None: next(i for i, clip in enumerate(made.clips) if clip.trial is made.whole.trial)}
    shown = {fault: pictures[place][fault] for fault, place in place_of.items() if fault in pictures[place]}
    views = [_view(made, place, link_to(home / PAGE, folder)) for place, home in enumerate(homes)]
    method = [(name, [*method_of(clip)]) for name, clip in zip(made.names, made.clips, strict=True)]
    origins = {metric: VIEWS[made.clips[place].trial.gait.view.name] for metric, place in made.source.items()}
    name = " and ".join(made.names)
    return _page(made.whole, name, made.said, shown, still, method=method, views=views, origins=origins)


def _view(made: Together, place: int, link: str) -> dict[str, str]:
    """One of several clips, and the measures whose numbers come from it."""
    labels = dict.fromkeys(m.label for m in made.whole.measurements if made.source.get(m.name) == place)
    return {"name": made.names[place], "link": link, "seen": seen_of(made.clips[place]), "measures": ", ".join(labels)}


def _page(
    report: Report, name: str, seen: str, pictures: Mapping[str | None, EmbeddedStill], film: Film, **more: Any
) -> str:
    """more: how each clip was measured and, for several clips, where each number comes from; these show no traces."""
    ranges, said = scales(report), summary(report)
    strides = ensembles(report.stretch, report.measurements) if not more["views"] else ()
    return document(
        "report.html", f"Running form: {name}", name=name, seen=seen,
        parts=[*parts(report)], bouts=rows(report), bout_heads=heads(report), summary=said, tip=plainly(said.tip),
        counts=[*_counts(report, said)], told=[_told(t, report, pictures.get(t.finding.fault)) for t in said.told],
        rest=[*_rest(said, report, ranges)], ranged=[_ranged(m, ranges[m.name]) for m in _judged(report, ranges)],
        film=film.source, linked=film.source == FILM, no_film=_no_film(report), work=calls_for_work(report),
        strides=[_stride(e, ranges.get(e.metric), film) for e in strides],
        clips=[*_clips(report, ranges, said, film)] if not more["views"] else [],
        kinogram=pictures.get(None), missing=[*missing_of(report)],
        warnings=[sentence(plainly(warning)) for warning in report.warnings],
        zero=[*zero_rows(report)], zero_said=stood_when(report),
        sideways=report.trial.gait.view.sagittal,
        triage_command=f"formcheck triage -o {ANSWERS}",
        plan_command=plainly(f"formcheck plan report.json `symptoms={ANSWERS}`"),
        **clinical(report, ranges), **_drift(report), **more,
    )  # fmt: skip


def _no_film(report: Report) -> str:
    """What stands in the place of the video where there is none."""
    return f"{NO_FILM} {ANOTHER}" if report.trial.video.filmed else NO_FILM


def _pictures(report: Report, folder: Path, film: Film) -> dict[str | None, EmbeddedStill]:
    """The stills that exist and can be shown, by fault; the one without a fault is the kinogram."""
    pictures = ((still.fault, _picture(still, folder, film)) for still in planned(report))
    return {fault: picture for fault, picture in pictures if picture is not None}


def _picture(still: Still, folder: Path, film: Film) -> EmbeddedStill | None:
    file = folder / STILLS / f"{still.name}.png"
    seen = compact(file) if is_there(file) else None
    if seen is None:
        return None
    data, width, height = seen
    source = f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"
    return EmbeddedStill(source, width, height, still.alt, film.link(still.time_s))


def seen_of(report: Report) -> str:
    """What kind of clip it is, in one line."""
    gait, way = report.trial.gait, facing(*(bout.trial for bout in report.used))
    said = ", ".join([extent(report), *whom(report)])
    return f"{doing(gait.activity, gait.surface)}, {VIEWS[gait.view.name]}{way}. {sentence(said)}"


def _counts(report: Report, said: Summary) -> Iterator[tuple[Level, int, str]]:
    """(level, how many findings, where they are on the page)."""
    for level in LEVELS:
        count = sum(finding.level == level for finding in report.findings)
        if count:
            group = "missing" if said.refused else f"group-{level}"
            yield level, count, "findings" if level in WORTH_ACTING_ON else group


def _told(told: Told, report: Report, picture: EmbeddedStill | None) -> dict[str, Any]:
    finding = told.finding
    m = report.measurement(finding.metric)
    return asdict(finding) | {
        "what": told.what, "how_much": told.how_much, "how_sure": told.how_sure, "try_this": told.try_this,
        "picture": picture, "bar": _bar(m, told.scale), "regions": ", ".join(finding.regions).capitalize(),
    }  # fmt: skip


def _bar(m: Measurement, scale: Scale) -> str:
    bands = [(band.begin, band.end, band.level) for band in scale.bands]
    words = f"{m.label}: {amount(m.value, m.unit)}, 95 % interval {interval_of(m)}; usual: {scale.usual}"
    return svg.bar(
        scale.low, scale.high, bands, scale.value, scale.interval, words, [(s.side, s.value) for s in m.steps]
    )


def _rest(said: Summary, report: Report, ranges: Mapping[str, Scale]) -> Iterator[tuple[Level, list[tuple[str, str]]]]:
    """(level, [(what, a line about it)]) for all that is not reported at length."""
    groups: dict[Level, tuple[Finding, ...]] = {
        level: tuple(f for f in said.more if f.level == level) for level in WORTH_ACTING_ON
    }
    groups |= {"borderline": said.close, "ok": said.fine, "not_measured": said.unmeasured}
    for level, findings in groups.items():
        if level == "not_measured":
            because = by_reason((finding.label, finding.detail) for finding in findings)
            lines = [(why, listed(labels)) for why, labels in because.items()]
        else:
            lines = [(finding.label, _line(finding, report, ranges)) for finding in findings]
        if lines:
            yield level, lines


def _line(finding: Finding, report: Report, ranges: Mapping[str, Scale]) -> str:
    """What was measured, and the number against its range."""
    scale = ranges.get(finding.metric)
    if scale is None:
        return finding.detail
    m = report.measurement(finding.metric)
    said = (f"{amount(m.value, m.unit)} ({interval_of(m)})", f"usual: {scale.usual}", finding.why)
    return named(m.label, finding.label) + "; ".join(filter(None, said))


def _judged(report: Report, ranges: Mapping[str, Scale]) -> Iterator[Measurement]:
    return (m for m in report.measurements if m.name in ranges)


def _ranged(m: Measurement, scale: Scale) -> dict[str, str]:
    parts = [
        interval_of(m),
        counted(m.n, "step{s}"),
        *([f"varies by ±\N{NO-BREAK SPACE}{number(m.spread, m.unit)}"] if isfinite(m.spread) else []),
    ]
    return {"metric": m.name, "label": m.label, "value": amount(m.value, m.unit), "interval": ", ".join(parts),
            "bar": _bar(m, scale), "usual": scale.usual}  # fmt: skip


def _stride(ensemble: Ensemble, scale: Scale | None, film: Film) -> Chart:
    lines = [
        svg.Line(side, cycle.mean, cycle.sd, cycle.toe_off, tuple(_phases(side, cycle, ensemble.unit, film)))
        for side, cycle in ensemble.legs.items()
    ]
    moment = {"contact": "as the foot lands", "cycle": "on average", "largest": "at its largest"}[ensemble.moment]
    note = f"usual {moment}: {scale.usual}" if scale else ""
    legs = " and ".join(ensemble.legs)
    words = f"{ensemble.label} over the stride, {legs} leg: mean and spread"
    return Chart(ensemble.label, note, svg.stride(lines, ensemble.unit, _usual_in_stride(ensemble, scale), words))


def _phases(side: Side, cycle: LegEnsemble, unit: str, film: Film) -> Iterator[svg.Point]:
    """The moments of a stride that can be jumped to, in the stride taken as an example."""
    off = cycle.toe_off if isfinite(cycle.toe_off) else 0.4
    shares = (0.0, off / 2, off, (1 + off) / 2)
    names = PHASES if isfinite(cycle.toe_off) else tuple(f"{100 * share:.0f} % of the stride" for share in shares)
    for share, name in zip(shares, names, strict=True):
        value = float(cycle.mean[round(share * (len(cycle.mean) - 1))])
        file_s = film.factor * (cycle.begin_s + share * (cycle.end_s - cycle.begin_s))
        words = f"{side}, {name}: {amount(value, unit)}, at {file_s:.2f} s"
        yield svg.Point(share, value, side, words, film.link(file_s))


def _usual_in_stride(ensemble: Ensemble, scale: Scale | None) -> svg.UsualRange | None:
    """Where on the curve the metric is compared with what is usual."""
    if scale is None:
        return None
    low, high = _usual(scale)
    if ensemble.moment == "cycle":
        return svg.UsualRange(low, high, shown=(scale.low, scale.high))
    ends = tuple(end for end in (low, high) if isfinite(end))
    if ensemble.moment == "contact":
        return svg.UsualRange(low, high, 0.0, CONTACT, ends)
    peaks = [int(cycle.mean.argmax()) / (len(cycle.mean) - 1) for cycle in ensemble.legs.values()]
    peak = sum(peaks) / len(peaks)
    return svg.UsualRange(low, high, max(0.0, peak - LARGEST), min(1.0, peak + LARGEST), ends)


def _usual(scale: Scale) -> tuple[float, float]:
    """Ends of the usual range, infinite where it has none."""
    ok = [band for band in scale.bands if band.level == "ok"]
    low, high = ok[0].begin, ok[-1].end
    return (-inf if low <= scale.low else low), (inf if high >= scale.high else high)


def _clips(report: Report, ranges: Mapping[str, Scale], said: Summary, film: Film) -> Iterator[Chart]:
    """The measures of the findings over the clip, then others that have a range."""
    first = [told.finding.metric for told in said.told]
    measured = {m.name: m for m in report.measurements if len(m.steps) > 1 and m.name in ranges}
    changes = {c.metric: c for c in report.comparisons if isinstance(c, Change)}
    for name in list(dict.fromkeys([*(n for n in first if n in measured), *measured]))[:MOST_CLIPS]:
        m = measured[name]
        few = ceil(len(m.steps) / MOST_DOTS)
        points = _dots(m, few, film)
        words = f"{m.label} over the clip, step by step"
        band = svg.UsualRange(*_usual(ranges[name]), shown=(ranges[name].low, ranges[name].high))
        drawing = svg.clip(points, film.begin_s, film.end_s, m.unit, band, words)
        unit = f"{m.unit}; " if len(m.unit) > 1 else ""  # ° and % stand on the axis
        marks = f"each mark: {few} steps; " if few > 1 else ""
        yield Chart(m.label, f"{unit}{marks}{_change_in_words(changes.get(name))}", drawing)


def _dots(m: Measurement, few: int, film: Film) -> list[svg.Point]:
    """A dot for every few neighbouring steps of a leg."""
    steps = sorted(m.steps, key=lambda step: step.time_s)
    legs = [[step for step in steps if step.side == side] for side in SIDES]
    dots = [_dot(leg[i : i + few], m.unit, film) for leg in legs for i in range(0, len(leg), few)]
    return sorted(dots, key=lambda dot: dot.x)


def _dot(steps: Sequence[StepValue], unit: str, film: Film) -> svg.Point:
    """Neighbouring steps of one leg: the median, at the middle one."""
    value, middle = median(step.value for step in steps), steps[len(steps) // 2]
    file_s = film.factor * middle.time_s
    of = " step" if len(steps) == 1 else f", median of {len(steps)} steps"
    words = f"{middle.side}{of}: {amount(value, unit)}, at {file_s:.2f} s"
    return svg.Point(file_s, value, middle.side, words, film.link(file_s))


def _change_in_words(change: Change | None) -> str:
    if change is None or change.missing is not None:
        return "no change over the clip is given"
    if change.low <= 0 <= change.high:
        return "no change beyond its own error"
    return f"changes by {amount(change.value, change.unit)} ({interval_of(change)})"


def _drift(report: Report) -> dict[str, Any]:
    """What clearly changes over the clip, and a sentence on what does not."""
    changes = [c for c in report.comparisons if isinstance(c, Change) and c.missing is None]
    sure = [c for c in changes if not c.low <= 0 <= c.high]
    steady = len(changes) - len(sure)
    rows = [
        {
            "label": c.label,
            "before": give_or_take(c.measured[0], c.unit),
            "after": give_or_take(c.measured[1], c.unit),
            "value": with_unit(signed(c.value, c.unit), c.unit),
            "interval": interval_of(c),
        }
        for c in sure
    ]
    said = counted(steady, "other measure{s}" if sure else "measure{s}")
    words = f"{said} stayed the same, as far as we can tell." if steady else ""
    return {"changes": rows, "steady": words}


def missing_of(report: Report) -> Iterator[dict[str, Any]]:
    """Grouped by reason, with how to film it instead: what filming can help with first, what no clip can show last."""
    unknown = by_reason(absent(report))
    never = {row.refused for row in METRICS.values()}
    for missing in sorted(unknown, key=lambda key: (key in never, not remedy(key, report))):
        labels = ", ".join(dict.fromkeys(unknown[missing]))
        yield {"labels": labels, "because": sentence(reason(missing).because),
               "filming": plainly(remedy(missing, report)), "never": missing in never, "key": missing}  # fmt: skip


def method_of(report: Report) -> Iterator[tuple[str, str]]:
    """(what, how) for everything the numbers are based on."""
    trial, track, video = report.trial, report.trial.track, report.trial.video
    yield "Pose model", f"{track.model}: {track.backend.note}"
    yield "Settings", _settings(report.options)
    yield "Clip", ", ".join(_clip(report))
    fps = 1 / usual_step(report.real_s(track.time_s))
    rate = f"; {fps:.4g} frames a second of real time were read for landmarks" if isfinite(fps) else ""
    plays = pace(video.slow_motion_factor) if trial.gait.likely_factor is None else "how fast it plays is not known"
    yield "Time base", f"the frames' own time stamps{rate}; {plays}"
    if report.contacts:
        sd_ms = 1000 / trial.slowed * sorted(e.sd_s for e in report.contacts)[len(report.contacts) // 2]
        contacts = counted(len(report.contacts), "initial contact{s}")
        yield "Steps", f"{contacts}, each known to about ± {sd_ms:.0f} ms (one SD)"
    yield "Scale", "from the height given" if isfinite(trial.px_per_m) else "unknown: no height was given"
    yield "Camera", ", ".join(_camera(report))
    if track.person.of > 1:
        yield "Person", f"number {track.person.number} of {track.person.of}: {track.person.reason}"
    yield "Repairs", ", ".join(repaired(report)) or "none were needed"


def _settings(options: Options) -> str:
    usual = asdict(Options())
    said = {name: value for name, value in asdict(options).items() if value != usual[name] and name not in NO_NUMBERS}
    return ", ".join(_setting(name, value) for name, value in said.items()) or "defaults"


def _setting(name: str, value: Any) -> str:
    words = name.replace("_", " ")
    if value is True:
        return words
    shown = f"{value:g}" if isinstance(value, float) else Path(value).name if name in FILES else value
    return f"{words} {shown}"


def _clip(report: Report) -> Iterator[str]:
    video, (begin, end) = report.trial.video, seen_s(report)
    yield f"{video.width_px} × {video.height_px} pixels"
    if isfinite(video.fps):
        yield f"{video.fps:.4g} frames a second"
    if len(report.trial.track) > 1:
        yield f"{span(begin, end)} of the file"


def _camera(report: Report) -> Iterator[str]:
    view, track = report.trial.gait.view, report.trial.track
    yield VIEWS[view.name]
    if isfinite(view.yaw_deg):
        yield f"{abs(view.yaw_deg):.0f}° off the ideal line"
    if isfinite(view.elevation_deg):
        yield looks_up(view.elevation_deg)
    if abs(track.roll_deg) >= LEAST_TILT_DEG:
        yield f"tilted by {abs(track.roll_deg):.1f}°, which is corrected for"
    yield "standing still" if report.trial.gait.camera_stays else "not known to stand still"
