"""How well formcheck measures: the real pipeline on rendered runners of known truth.

    python -m benchmarks.accuracy [--ci] [--model heavy] [--calibrate]

Renders what the cache lacks, analyses every clip, and writes docs/accuracy.md with its pictures. Nothing in
calibration_<model>.toml was fitted on the reporting half, of which every figure is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from formcheck.backends import BACKENDS, DEFAULT_BACKEND
from formcheck.metrics import METRICS

from . import alike, findings, fresh, stills, tables, tiring
from .calibrate import calibrate
from .faulty import SEED as FAULTY_SEED
from .faulty import runners
from .hunched import HUNCHED_DEG, UPRIGHT_DEG
from .population import ASYMMETRY, BRIEF_S, Member, ensure_rendered, for_ci, population, rendered, reporting, teaching
from .scoring import TRUTH, analyze, score, truth_of
from .tables import Judged

DOCS = Path(__file__).parent.parent / "docs"
SHARPER_BY_SPEED = ("step_length_m", "vertical_ratio_pct", "cadence_off_expected_pct")  # by the belt's speed
RATES = {"from the side, all": (0, 999), "30 frames/s": (0, 45), "60 frames/s": (45, 90), "120 and more": (90, 999)}

PAGE = """\
# What formcheck measures, and how well

Written by `python -m benchmarks.accuracy`: the real pipeline, `{model}` model, on rendered runners whose true movement
is known (`benchmarks/virtual_runner`). It is told each runner's exact height and, for slow motion, the factor. The
corrections were fitted on {taught} clips of other runners, on {stills} more in a few pictures each, and on others named
below; what is measured here is runners that nothing was fitted on: {clips} clips of at most {seconds:.0f} s of
real time, {standard} of them in the standard condition (side view, 30 frames/s or more, camera at most 10° off the
perpendicular and tilted up to 4°), and where it says so, more. The hash of the calibration, {learned}, is the seed
that draws those runners: every new fit draws new ones. Code and limits are not part of it, and may have changed after
these runners were seen.
Rendered people are not real people: expect somewhat larger errors on real runners. Results on
[real people](real_people.md) are on a separate page.

An error is what was measured minus the truth. Bias is its mean, and the 95 % limits are 1.96 standard deviations to
either side of the bias (Bland and Altman 1986). Only numbers that were given count; how many were is in the tables.
All runners share ten bodies, and the numbers of one clip share errors: shares are less certain than those of as
many independent numbers. Lean is measured from mid-hip to mid-shoulder joint centres. Vertical oscillation is read
from the shoulders, but its truth is that of mid-hip. `{untested}` is not compared with a truth.

## Standard condition

What others report was measured on real people, and often by other statistics: it is context, not a comparison.

{metrics}
![measured against truth](accuracy.png)

Told the belt's speed as well, exactly (a real belt may be off by 1.5 %, which the intervals allow for):

{told}
## Contacts and toe-offs

A contact or toe-off is found if it is within 0.1 s of a true one, and only then has an error; of each clip's first and
last quarter of a second, none is counted as missed.

{events}
## From behind and in front

The reporting half ({rear}) of {rear_all} clips: from behind on a treadmill, from in front outdoors, camera up to 8°
off.

{rear_metrics}
{rear_events}
## What the findings say

Whether a runner has a fault is decided by applying the limits of the knowledge files to the truth; a finding counts as
called when it is "worth watching" or a "fault". Findings are tested on the runners of the reporting half and {runners}
more, {neutral} with nothing to find and two with each fault; none of them was used for fitting. A runner whose truth
lies in a grey zone, or beyond only one of two limits that must both be passed, counts as neither with nor without the
fault; one to whom the limits do not apply (of the hip flexors, below 2.7 m/s) is not counted. Of {fine} findings on
runners who do not have the habit, {share:.1f} % were false alarms ({alarms}) and {close} too close to call; {alarmed}
of {people} runners got a false alarm. Of {neutral_fine} findings on the {neutral} unremarkable runners,
{neutral_alarms} were false alarms.

{findings}
## Hunched or upright

A runner counts as hunched when the line from C7 to the shoulders points {hunched:g}° or more ahead of the trunk's line,
and as upright at {upright:g}° or less. The measurement is limited by where pose models put the shoulders. The rounding
of the upper back (`thoracic_flexion_deg`) is shown for comparison and judges nothing: clothes and shoulder blades hide
it. Postures are spread evenly over a wide range, wider than ordinary runners have: among these, rank correlations would
be lower. The second table also counts the runners from the side that the findings are tested on.

{hunch}
## Form that changes

{tiring} runners, filmed for 24 seconds, whose lean, cadence, bounce, reach, back and head drift from the first second
to the last, each in half of them. The change of a measure is given over the clip, and between its first and last third
as if they were two clips. The share by which a change is misread was fitted on the same number of other runners.
Changes of measures that are not listed were not tested.

{changes}
## Left against right

Runners whose legs were set alike: those of the reporting half, and those that the findings are tested on.
Lengths and times are compared in per cent of the mean of both legs. How differently the camera sees the near and the
far leg was fitted on {alike} other runners and the tuning half.

{legs}
## Other filming conditions

Mean absolute error, and the number of clips in which a number was given; withheld numbers come with their reason. Steps
of clips whose contacts are withheld count as not found.

{strata}
Error of single side-view clips (dots) and half width of their 95 % intervals (bars), by filming condition:

![error over filming conditions](accuracy_conditions.png)

All conditions together, the 95 % intervals contain the truth:

{coverage}
## Pose models

The same {standard} clips of the standard condition, each model with its own fitted corrections, but `mediapipe` with
those of `heavy`, whose networks it runs. A number in brackets says of how many clips an error is, where a measure was
not given in all: such errors are not of the same clips.

{models}
"""


def judge(members: list[Member], model: str, *, speed: bool = False) -> list[Judged]:
    """speed: whether formcheck is told the belt's."""
    judged = []
    for member in members:
        video = rendered(member).video
        truth = truth_of(video)
        report = analyze(video, truth, model, speed=speed)
        found = () if truth["activity"] == "walking" else tuple(findings.verdicts(report, truth))
        uneven = any(getattr(member.form, dial) for dial in ASYMMETRY)
        legs = () if uneven else tuple(c for c in report.comparisons if c.kind == "left_right")
        judged.append(Judged(member, score(member.name, report, truth), found, legs))
    return judged


def document(
    judged: list[Judged],
    told: list[Judged],
    more: list[Judged],
    changed: list[tiring.Change],
    by_model: dict[str, list[Judged]],
    model: str,
) -> str:
    standard, rear = [j for j in judged if j.standard], [j for j in judged if j.member.stratum == "rear"]
    rates = {name: [j for j in standard if low <= j.member.recording.fps < high] for name, (low, high) in RATES.items()}
    return PAGE.format(
        model=model,
        learned=fresh.learned(),
        taught=len(teaching()),
        stills=stills.COUNT,
        clips=len(judged),
        seconds=BRIEF_S,
        standard=len(standard),
        metrics=tables.metric_table(standard),
        told=tables.metric_table(told, SHARPER_BY_SPEED),
        events=tables.event_table(rates),
        rear_all=sum(m.stratum == "rear" for m in population()),
        rear=len(rear),
        rear_metrics=tables.metric_table(rear),
        rear_events=tables.event_table({"from behind and in front": rear}),
        **_called(judged, more),
        strata=tables.strata_table(judged),
        untested="`, `".join(sorted(name for name, row in METRICS.items() if not row.refused and name not in TRUTH)),
        hunch=tables.hunch_table(standard, [j for j in more if j.member.camera.view == "side"]),
        hunched=HUNCHED_DEG,
        upright=UPRIGHT_DEG,
        tiring=len(tiring.runners("reporting")),
        changes=tables.changes_table(changed),
        alike=len(alike.runners()),
        legs=tables.legs_table([*judged, *more]),
        coverage=tables.coverage_table(judged),
        models=tables.models_table(by_model),
    )


def _called(judged: list[Judged], more: list[Judged]) -> dict[str, Any]:
    """What the section on findings says."""
    neutral = [j for j in more if j.member.stratum.startswith("neutral")]
    every, unremarkable = ([v for j in some for v in j.verdicts] for some in ([*judged, *more], neutral))
    (alarms, fine), (neutral_alarms, neutral_fine) = map(findings.false_alarms, (every, unremarkable))
    without = findings.measured_fine(every)
    return {
        "runners": len(more),
        "neutral": len(neutral),
        "fine": fine,
        "alarms": alarms,
        "share": 100 * alarms / fine,
        "close": sum(v.said == "borderline" for v in without),
        "people": len({v.clip for v in without}),
        "alarmed": len({v.clip for v in without if v.said in findings.CALLED}),
        "neutral_fine": neutral_fine,
        "neutral_alarms": neutral_alarms,
        "findings": findings.table(every),
    }


@click.command()
@click.option("--ci", is_flag=True, help="Only the small set, and only print the table.")
@click.option("--model", type=click.Choice(list(BACKENDS)), default=DEFAULT_BACKEND)
@click.option("--calibrate", "learn", is_flag=True, help="First fit calibration_<model>.toml again.")
@click.option("--cached-only", is_flag=True, help="Use only clips that are already rendered.")
@click.option("--processes", default=1, show_default=True)
def main(ci: bool, model: str, learn: bool, cached_only: bool, processes: int) -> None:
    """Measure accuracy and write docs/accuracy.md (with --ci: print the table only)."""
    if learn:
        calibrate([one.video for one in ensure_rendered(teaching(), processes=processes)], model)
    members = for_ci() if ci else reporting()  # seeded by what was learned, so only after it
    if cached_only:
        members = [m for m in members if rendered(m).complete]
    ensure_rendered(members, processes=processes)
    if ci:
        click.echo(tables.metric_table([j for j in judge(members, model) if j.standard]))
        return
    judged, others = judge(members, model), list(runners(fresh.seed(FAULTY_SEED)))
    ensure_rendered(others, processes=processes)
    more = judge(others, model)
    ensure_rendered(tiring.runners("reporting"), processes=processes)
    changed = [change for member in tiring.runners("reporting") for change in tiring.changes(member, model)]
    standard = [j for j in judged if j.standard]
    told = judge([j.member for j in standard], model, speed=True)
    by_model = {name: judge([j.member for j in standard], name) for name in BACKENDS}
    tables.measured_against_truth(standard, DOCS / "accuracy.png")
    tables.errors_by_condition([j for j in judged if j.member.camera.view == "side"], DOCS / "accuracy_conditions.png")
    (DOCS / "accuracy.md").write_text(document(judged, told, more, changed, by_model, model), encoding="utf-8")
    click.echo(f"written to {DOCS / 'accuracy.md'}")


if __name__ == "__main__":
    main()
