"""Writes docs/real_people.md: what formcheck says of real clips, compared with labels read by eye.

    python -m benchmarks.real_people [--model heavy]

Where the clips are not available (``real_clips``) the page stays as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np

from formcheck import pipeline
from formcheck.backends import BACKENDS, DEFAULT_BACKEND
from formcheck.datatypes import Event, FloatArray, Measurement, Options, Report, usual_step
from formcheck.knowledge import reason
from formcheck.metrics import METRICS
from formcheck.words import SURFACES, VIEWS, number, plainly

from .real_clips import CLIPS, FILMED, PICTURES, Against, Ends, Label, Labelled, held_against, labelled, thinned

PAGE = Path(__file__).parent.parent / "docs" / "real_people.md"
READ = ("cadence_spm", "trunk_lean_deg", "overstride_pct_leg")  # what raters read
THINNED = {"silhouette_slowmo": (2, 4), "front_slowmo": (2,)}  # to one frame in so many
MOVED = (  # what the effect of thinning is reported for
    *("cadence_spm", "contact_time_ms", "trunk_lean_deg", "overstride_pct_leg", "shin_angle_deg"),
    *("knee_flexion_contact_deg", "craniovertebral_deg", "trunk_sway_deg", "side_lean_deg"),
)
LISTED = 8  # measures listed by name; more are only counted
Moments = Callable[[Report], Sequence[Event]]
NOBODY = "–"

TEXT = """\
# Real people

Written by `python -m benchmarks.real_people`: the real pipeline, `{model}` model, on {clips} clips of real people,
none of them used for fitting. They come from public code repositories on running and walking. The consent of the
people shown and of those who filmed is known for only some, so no clip is shipped and only figures are reported here.
The page is rewritten only where the clips are available.

Labels were read by eye on single frames by one rater per clip, and for one clip by two who did not see each other's;
nobody labelled toe-offs. "Held" says whether the 95 % interval contains the label. Each clip was analysed as it came,
without giving height or speed; those in slow motion once more with the factor and every frame read. Each was read in
one part (`--workers 1`).

## What was said of each clip

{said}
Numbers with their 95 % intervals:

{given}
What was withheld, and why (without the measures that are [never given](measures.md#not-given-by-any-clip)):

{withheld}
## Numbers against labels

Labels of lean were marked on the picture, from the hip to the base of the neck. Between such marks on the skin
{runners} rendered runners lean {more:.1f}° less than between joint centres (standard deviation {sd:.1f}°), so this
difference is added to the label, and its uncertainty to the rater's. Labels of the foot ahead of the hip were read in
the first whole frame on the ground, from the near hip. By then the foot is moving back, by a tenth of a leg length
per frame at 30 frames/s: so our value is also given in the very frames that the rater read.

{labels}
## Contacts against labels

A contact is matched within 0.1 s of its label, and only where the rater looked; labels in a clip's first and last
quarter of a second count only if matched. A label names the first whole frame on the ground, which alone makes it half
a frame late. Positive: found later than labelled. Clips whose labels lie in a part that was not used are left out.

{contacts}
## Two raters

One treadmill clip (30 frames/s) was labelled twice.

{raters}
## Slow motion at usual rates

Slow-motion clips played at real speed with only every second or fourth frame, beginning with the first, with the
second and so on: as a phone would have filmed them, but without blur. The versions are analysed one by one and
reported together. Contacts are compared with labels where there are any, and contacts and toe-offs with those of all
frames.

{moments}
How far numbers move from those of all frames, smallest and largest value over these versions:

{moved}
## What was wrong

Numbers beyond the rater's uncertainty, steps missed or made up, and activities misjudged:

{wrong}"""


@dataclass(frozen=True)
class Thin:
    """A slow-motion clip with all frames, and with one in so many: beginning with the first, with the second, …"""

    all_frames: Labelled
    reports: tuple[Report, ...]

    @property
    def fps(self) -> str:
        return f"{self.reports[0].trial.track.fps:.0f} frames/s"

    @property
    def title(self) -> str:
        return f"`{self.all_frames.name}`, {self.fps}"

    def against(self, of: Moments, labels: Sequence[Event]) -> Against:
        """Moments of every version against others, by the clock of all frames, pooled."""
        whole = self.all_frames
        found = []
        for first, report in enumerate(self.reports):
            events = [replace(e, time_s=e.time_s + first * whole.frame_s) for e in of(report)]
            found.append(held_against(events, labels, _end_s(whole)))
        counts = ((one.of, one.missed, one.made_up, one.wrong_foot) for one in found)
        return Against(np.concatenate([one.late_s for one in found]), *map(sum, zip(*counts, strict=True)))

    def moved(self, name: str) -> list[float]:
        """By how much a measure differs from that of all frames, in versions that give it."""
        given, whole = [r.measurement(name) for r in self.reports], self.all_frames.report.measurement(name)
        return [m.value - whole.value for m in given if m.missing is None and whole.missing is None]


def document(as_filmed: Sequence[Labelled], told: Sequence[Labelled], thin: Sequence[Thin], ends: Ends) -> str:
    """as_filmed: every clip; told: those in slow motion once more, with the factor given."""
    every, by_name = [*as_filmed, *told], {clip.name: clip for clip in told}
    best = [by_name.get(clip.name, clip) for clip in as_filmed]
    (twice,) = (clip for clip in best if clip.second_contacts)
    return TEXT.format(
        model=as_filmed[0].report.trial.track.model,
        clips=len(as_filmed),
        said=said_table(every),
        given=given_table(every),
        withheld=withheld_table(every),
        runners=PICTURES,
        more=ends.more,
        sd=ends.sd,
        labels=labels_table(best, ends),
        contacts=contacts_table(best),
        raters=raters_table(twice),
        moments=moments_table(thin),
        moved=moved_table(thin),
        wrong=wrong_list(best, ends),
    )


def said_table(clips: Sequence[Labelled]) -> str:
    rows = [[_title(clip), FILMED[clip.name].words, _seen_as(clip.report), _warned(clip)] for clip in clips]
    return _table(["clip", "filmed", "seen as", "warnings"], rows)


def given_table(clips: Sequence[Labelled]) -> str:
    some = [clip for clip in clips if any(m.missing is None for m in clip.report.measurements)]
    rows = []
    for name in METRICS:
        found = [clip.report.measurement(name) for clip in some]
        if any(m.missing is None for m in found):
            rows.append([f"`{name}`", *(_with_interval(m) for m in found)])
    return _table(["measure", *map(_title, some)], rows)


def withheld_table(clips: Sequence[Labelled]) -> str:
    rows = []
    for clip in clips:
        by_reason: dict[str, list[str]] = defaultdict(list)
        for m in clip.report.measurements:
            if m.missing is not None and METRICS[m.name].refused is None:
                by_reason[m.missing].append(f"`{m.name}`")
        rows += [[_title(clip), reason(why).because, _few(names)] for why, names in by_reason.items()]
    return _table(["clip", "because", "withheld"], rows)


def _few(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= LISTED else f"{len(names)} measures"


def labels_table(clips: Sequence[Labelled], ends: Ends) -> str:
    rows = [row for clip in clips for row in _labels_of(clip, ends)]
    return _table(["clip", "measure", "label", "measured", "held", "in the rater's frames"], rows)


def _labels_of(clip: Labelled, ends: Ends) -> Iterator[list[str]]:
    for name in READ:
        read = clip.labelled(name)
        if read is None:
            continue
        label, unit, found = _meant(name, read, ends), METRICS[name].unit, clip.report.measurement(name)
        held = "labelled elsewhere in the clip" if clip.elsewhere else label.held_by(found.low, found.high)
        held = NOBODY if found.missing else held
        there = clip.overstride_at_labels() if name == "overstride_pct_leg" else None
        marked = f" (marked {number(read.value, unit)})" if label != read else ""
        yield [
            _title(clip),
            f"`{name}`",
            f"{_with_doubt(label, unit)}{marked}",
            _with_interval(found) if found.missing is None else reason(found.missing).because,
            held,
            NOBODY if there is None else number(there, unit),
        ]


def _meant(name: str, read: Label, ends: Ends) -> Label:
    """A label converted to the measure's definition."""
    return ends.between_joints(read) if name == "trunk_lean_deg" else read


COUNTS = ["labels", "missed", "made up", "wrong foot"]
LATE = ["frames: mean, SD, worst", "ms: mean, SD, worst"]


def contacts_table(clips: Sequence[Labelled]) -> str:
    rows = [
        [_title(clip), f"± {clip.labels['contact_frame_uncertainty']:g} frames", *_against(found, clip.frame_s)]
        for clip in clips
        if (found := _contacts_of(clip))
    ]
    return _table(["clip", "rater's uncertainty", *COUNTS, *LATE], rows)


def _contacts_of(clip: Labelled) -> Against | None:
    if not clip.contacts or clip.elsewhere:
        return None
    return held_against(clip.report.contacts, clip.contacts, _end_s(clip))


def raters_table(clip: Labelled) -> str:
    """For a clip that two raters labelled."""
    first, second, end_s = clip.contacts, clip.second_contacts, _end_s(clip)
    other = replace(clip, labels=clip.labels["second_rater"])
    ours = clip.report
    rows = []
    for name, later, earlier in (
        ("first rater less second", first, second),
        ("formcheck less first", ours.contacts, first),
        ("formcheck less second", ours.contacts, second),
    ):
        against = held_against(later, earlier, end_s)
        rows.append([name, str(len(against.late_s)), *_late(against, clip.frame_s)])
    reads = {name: [read for some in (clip, other) if (read := some.labelled(name))] for name in READ}
    numbers = [
        [f"`{name}`", *(_as_read(read) for read in both), _with_interval(ours.measurement(name))]
        for name, both in reads.items()
        if len(both) > 1
    ]
    return (
        _table(["contacts", "in both", *LATE], rows)
        + "\n"
        + _table(["measure", "first rater", "second rater", "formcheck"], numbers)
    )


def _as_read(label: Label) -> str:
    return f"{label.value:g}" + (f" ± {label.doubt:g}" if np.isfinite(label.doubt) else "")


def moments_table(thin: Sequence[Thin]) -> str:
    rows = []
    for whole in _wholes(thin):
        if found := _contacts_of(whole):
            rows.append([f"`{whole.name}`, all frames", "contacts, against labels", *_against(found, whole.frame_s)])
        rows += [row for one in thin if one.all_frames is whole for row in _moments_of(one)]
    return _table(["clip", "what", *COUNTS, *LATE], rows)


def _moments_of(one: Thin) -> Iterator[list[str]]:
    whole, frame_s = one.all_frames, usual_step(one.reports[0].trial.track.clock_s)
    if whole.contacts and not whole.elsewhere:
        yield [one.title, "contacts, against labels", *_against(one.against(_contacts, whole.contacts), frame_s)]
    for name, of in (("contacts", _contacts), ("toe-offs", _toe_offs)):
        yield [one.title, f"{name}, against all frames", *_against(one.against(of, of(whole.report)), frame_s)]


def _contacts(report: Report) -> Sequence[Event]:
    return report.contacts


def _toe_offs(report: Report) -> Sequence[Event]:
    return report.trial.gait.toe_offs


def _wholes(thin: Sequence[Thin]) -> list[Labelled]:
    return list({one.all_frames.name: one.all_frames for one in thin}.values())


def moved_table(thin: Sequence[Thin]) -> str:
    rows = []
    for one in thin:
        for name in MOVED:
            whole, moved = one.all_frames.report.measurement(name), one.moved(name)
            if moved:
                ends = " to ".join(number(value, whole.unit) for value in (min(moved), max(moved)))
                rows.append([one.title, f"`{name}`", _with_interval(whole), ends])
    return _table(["clip", "measure", "all frames", "moved by"], rows)


def wrong_list(clips: Sequence[Labelled], ends: Ends) -> str:
    lines = [line for clip in clips for line in _wrong(clip, ends)]
    return (
        "".join(f"- {line}\n" for line in lines)
        or "Nothing: no number lies beyond its rater's uncertainty, and every contact was found.\n"
    )


def _wrong(clip: Labelled, ends: Ends) -> Iterator[str]:
    seen, does = clip.report.trial.gait.activity, FILMED[clip.name].does
    if seen != does:
        yield f"{_title(clip)}: taken for {seen}, it is {does}."
    for name in READ:
        read, m = clip.labelled(name), clip.report.measurement(name)
        if read is None or m.missing or clip.elsewhere:
            continue
        label = _meant(name, read, ends)
        if not abs(m.value - label.value) <= label.doubt:  # nor does a rater who stated no uncertainty excuse it
            said = f"`{name}` is {_with_interval(m)}, labelled {_with_doubt(label, m.unit)}"
            yield f"{_title(clip)}: {said}; held: {label.held_by(m.low, m.high)}."
    found = _contacts_of(clip)
    if found and (found.missed or found.made_up or found.wrong_foot):
        yield (
            f"{_title(clip)}: of {found.of} labelled steps {found.missed} missed, {found.made_up} made up, "
            f"{found.wrong_foot} assigned to the wrong foot."
        )


def _title(clip: Labelled) -> str:
    return f"`{clip.name}`" + (f", `--slowmo {clip.slowed:g} --every-frame`" if clip.slowed != 1 else "")


def _end_s(clip: Labelled) -> float:
    return float(clip.report.trial.track.clock_s[-1])


def _seen_as(report: Report) -> str:
    gait = report.trial.gait
    return f"{gait.activity}{SURFACES[gait.surface]}, {VIEWS[gait.view.name]}"


def _warned(clip: Labelled) -> str:
    return " ".join(f"{plainly(text)[:1].upper()}{plainly(text)[1:]}." for text in clip.report.warnings) or NOBODY


def _with_doubt(label: Label, unit: str) -> str:
    return f"{number(label.value, unit)} ± {number(label.doubt, unit)}"


def _with_interval(m: Measurement) -> str:
    if m.missing is not None:
        return NOBODY
    return f"{number(m.value, m.unit)} ({number(m.low, m.unit)} to {number(m.high, m.unit)})"


def _against(found: Against, frame_s: float) -> list[str]:
    counts = (found.of, found.missed, found.made_up, found.wrong_foot)
    return [*map(str, counts), *_late(found, frame_s)]


def _late(against: Against, frame_s: float) -> list[str]:
    """Mean, standard deviation and largest of the differences, in frames and in ms."""
    late = against.late_s
    if len(late) < 2:
        return [NOBODY, NOBODY]
    figures = np.array([late.mean(), late.std(ddof=1), late[np.abs(late).argmax()]])
    return [_figures(figures / frame_s, 1), _figures(1000 * figures, 0)]


def _figures(values: FloatArray, decimals: int) -> str:
    mean, sd, worst = np.round(values, decimals) + 0.0  # never "-0"
    return f"{mean:+.{decimals}f}, {sd:.{decimals}f}, {worst:+.{decimals}f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _thin(clip: Labelled, every: int, model: str) -> Thin:
    options = Options(model=model, slowmo=1.0, every_frame=True)
    with TemporaryDirectory() as folder:
        paths = [thinned(clip.name, every, first, Path(folder)) for first in range(every)]
        return Thin(clip, tuple(pipeline.analyze(path, options) for path in paths))


@click.command(help="Measure the labelled clips and write docs/real_people.md.")
@click.option("--model", type=click.Choice(list(BACKENDS)), default=DEFAULT_BACKEND)
def main(model: str) -> None:
    if not CLIPS.is_dir():
        raise click.ClickException("the labelled clips are not here; the page stays as it is")
    as_filmed = [labelled(name, model) for name in FILMED]
    told = [labelled(name, model, told=True) for name in FILMED if FILMED[name].slowed != 1]
    by_name = {clip.name: clip for clip in told}
    thin = [_thin(by_name[name], every, model) for name, rates in THINNED.items() for every in rates]
    PAGE.write_text(document(as_filmed, told, thin, Ends.rendered()), encoding="utf-8")
    click.echo(f"written to {PAGE}")


if __name__ == "__main__":
    main()
