"""How well formcheck measures: the real pipeline on rendered runners of known truth.

    python -m benchmarks.accuracy [--ci] [--model heavy] [--calibrate]

Renders what the cache lacks, analyses every clip, and writes docs/accuracy.md with its pictures. The tuning half of
the population is what calibration.toml was learned from; every figure shown is of the reporting half.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from scipy.stats import spearmanr

from formcheck.backends import BACKENDS, DEFAULT_BACKEND
from formcheck.metrics import METRICS

from .calibrate import calibrate
from .population import Member, ensure_rendered, population, rendered
from .scoring import TRUTH, Score, analyze, mean_abs, score, truth_of

DOCS = Path(__file__).parent.parent / "docs"
RANKED = {"shoulder_hunch_deg"}  # no angle of the skeleton is what it measures: judged by order alone
ANCHORS = {  # what others reach, from the literature
    "cadence_spm": "ICC .84–.95 for video raters (dos Santos 2019)",
    "trunk_lean_deg": "3.9–7.0° for trackers on sprints (arXiv 2505.04713); raters' MDC to 4.3–7.2° (Guadagnin 2025)",
    "overstride_cm": "2 cm, several cameras (Evans 2021)",
    "shin_angle_deg": "2.2–4.8° smallest detectable difference of raters (Dingenen 2018)",
    "knee_flexion_contact_deg": "7.5–7.8° RMSE, OpenPose (Van Hooren 2023)",
    "contact_time_ms": "10–14 ms, BlazePose on a phone (Young 2023)",
}


@dataclass(frozen=True)
class Judged:
    """A clip of the population with what formcheck made of it."""

    member: Member
    score: Score

    @property
    def standard(self) -> bool:
        """From the side, 30 frames/s or more, camera at most 10° off: where the targets hold."""
        return self.member.stratum == "side"


def judge(members: list[Member], model: str) -> list[Judged]:
    judged = []
    for member in members:
        video = rendered(member).video
        truth = truth_of(video)
        judged.append(Judged(member, score(member.name, analyze(video, truth, model), truth)))
    return judged


def _numbers(judged: list[Judged], metric: str) -> np.ndarray:
    """(n, 4): measured, low, high, truth."""
    return np.array([j.score.values[metric] for j in judged if metric in j.score.values]).reshape(-1, 4)


def metric_row(judged: list[Judged], metric: str) -> str:
    rows = _numbers(judged, metric)
    if len(rows) < 3:
        return f"| `{metric}` | – | – | – | – | – | {len(rows)}/{len(judged)} | |"
    error = rows[:, 0] - rows[:, 3]
    inside = ((rows[:, 1] <= rows[:, 3]) & (rows[:, 3] <= rows[:, 2])).mean()
    if metric in RANKED:
        rank = spearmanr(rows[:, 0], rows[:, 3])[0]
        return (
            f"| `{metric}` | rank correlation with rounding {rank:.2f} | – | – | – | – | {len(rows)}/{len(judged)} | |"
        )
    return (
        f"| `{metric}` | {np.abs(error).mean():.2f} | {error.mean():+.2f} | ±{1.96 * error.std():.2f} "
        f"| {np.abs(error).max():.2f} | {100 * inside:.0f} % | {len(rows)}/{len(judged)} | {ANCHORS.get(metric, '')} |"
    )


def metric_table(judged: list[Judged]) -> str:
    head = (
        "| measure | mean absolute error | bias | 95 % limits | worst | interval holds truth | measured | others |\n"
        "|---|---|---|---|---|---|---|---|\n"
    )
    return head + "\n".join(metric_row(judged, metric) for metric in TRUTH if metric in METRICS) + "\n"


def event_table(groups: dict[str, list[Judged]]) -> str:
    lines = [
        "| clips | contact, mean absolute error | toe-off | steps found | false | right foot |",
        "|---|---|---|---|---|---|",
    ]
    for name, judged in groups.items():
        scores = [j.score for j in judged]
        contacts = [e for s in scores for e in s.contact_errors_s]
        offs = [e for s in scores for e in s.toe_off_errors_s]
        steps, missed = sum(s.steps for s in scores), sum(s.missed for s in scores)
        false, wrong = sum(s.false for s in scores), sum(s.wrong_side for s in scores)
        if contacts:
            lines.append(
                f"| {name} ({len(judged)}) | {1000 * mean_abs(contacts):.1f} ms | {1000 * mean_abs(offs):.1f} ms "
                f"| {100 * (1 - missed / max(steps, 1)):.1f} % of {steps} | {100 * false / max(steps, 1):.1f} % "
                f"| {100 * (1 - wrong / max(len(contacts), 1)):.1f} % |"
            )
    return "\n".join(lines) + "\n"


def strata_table(judged: list[Judged]) -> str:
    """Mean absolute error (clips measured / clips) by filming condition."""
    shown = ("cadence_spm", "trunk_lean_deg", "overstride_cm", "shin_angle_deg", "contact_time_ms")
    lines = ["| condition | " + " | ".join(f"`{m}`" for m in shown) + " | view right | activity right |"]
    lines.append("|---" * (len(shown) + 3) + "|")
    for stratum in dict.fromkeys(j.member.stratum for j in judged):
        some = [j for j in judged if j.member.stratum == stratum]
        cells = []
        for metric in shown:
            rows = _numbers(some, metric)
            error = f"{np.abs(rows[:, 0] - rows[:, 3]).mean():.2f}" if len(rows) else "–"
            cells.append(f"{error} ({len(rows)}/{len(some)})")
        view = sum(j.score.view == j.member.camera.view for j in some)
        activity = sum(j.score.activity == j.member.form.activity for j in some)
        lines.append(f"| {stratum} | {' | '.join(cells)} | {view}/{len(some)} | {activity}/{len(some)} |")
    return "\n".join(lines) + "\n"


def picture(judged: list[Judged], path: Path) -> None:
    """Measured against truth, one panel a measure."""
    import matplotlib  # noqa: PLC0415 (only here, and slow)

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415

    shown = [m for m in TRUTH if len(_numbers(judged, m))]
    figure, axes = plt.subplots(2, (len(shown) + 1) // 2, figsize=(3.2 * ((len(shown) + 1) // 2), 6.4))
    for axis, metric in zip(axes.flat, shown, strict=False):
        rows = _numbers(judged, metric)
        axis.errorbar(rows[:, 3], rows[:, 0], (rows[:, 2] - rows[:, 1]) / 2, fmt="o", ms=3, lw=0.6, color="#0072B2")
        ends = [rows[:, [0, 3]].min(), rows[:, [0, 3]].max()]
        axis.plot(ends, ends, color="black", lw=0.8)
        axis.set_title(metric, fontsize=9)
        axis.set_xlabel("truth", fontsize=8)
        axis.set_ylabel("measured, 95 % interval", fontsize=8)
    figure.tight_layout()
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=80)


PAGE = """\
# What formcheck measures, and how well

Written by `python -m benchmarks.accuracy`: the real pipeline, `{model}` model, on rendered runners whose true movement
is known (`benchmarks/virtual_runner`). Half of the population was used to learn the corrections; everything below is
measured on the other half: {clips} clips, {standard} of them in the standard condition (side view, 30 frames/s or more,
camera at most 10° off the perpendicular and tilted up to 4°). Lean runs from mid-hip to mid-shoulder joint centres.
Rendered people are not people: on real runners expect somewhat more.

## Standard condition

{metrics}
![measured against truth](accuracy.png)

## Contacts and toe-offs

{events}
## Other filming conditions

Mean absolute error, and in how many clips a number was given at all; withheld numbers come with their reason.

{strata}"""


def document(judged: list[Judged], model: str) -> str:
    reporting = [j for j in judged if j.member.half == "reporting"]
    standard = [j for j in reporting if j.standard]
    rates = {
        "from the side, all": (0, 999),
        "30 frames/s": (0, 45),
        "60 frames/s": (45, 90),
        "120 frames/s and more": (90, 999),
    }
    groups = {
        name: [j for j in standard if low <= j.member.recording.fps < high] for name, (low, high) in rates.items()
    }
    return PAGE.format(
        model=model,
        clips=len(reporting),
        standard=len(standard),
        metrics=metric_table(standard),
        events=event_table(groups),
        strata=strata_table(reporting),
    )


@click.command()
@click.option("--ci", is_flag=True, help="Only the small set.")
@click.option("--model", type=click.Choice(list(BACKENDS)), default=DEFAULT_BACKEND)
@click.option("--calibrate", "learn", is_flag=True, help="First learn calibration.toml anew from the tuning half.")
@click.option("--cached-only", is_flag=True, help="Use the clips that are rendered already and render none.")
@click.option("--processes", default=1, show_default=True)
def main(ci: bool, model: str, learn: bool, cached_only: bool, processes: int) -> None:
    """Measure accuracy and write docs/accuracy.md (with --ci: print the table only)."""
    members = [m for m in population() if m.ci or not ci]
    if cached_only:
        members = [m for m in members if rendered(m).complete]
    ensure_rendered(members, processes=processes)
    if learn:
        usual = [m for m in members if m.half == "tuning" and m.stratum == "side"]
        calibrate([rendered(m).video for m in usual], model)
    judged = judge(members, model)
    if ci:
        click.echo(metric_table([j for j in judged if j.standard]))
        return
    picture([j for j in judged if j.member.half == "reporting" and j.standard], DOCS / "accuracy.png")
    (DOCS / "accuracy.md").write_text(document(judged, model), encoding="utf-8")
    click.echo(f"written to {DOCS / 'accuracy.md'}")


if __name__ == "__main__":
    main()
