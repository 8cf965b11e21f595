"""The tables and pictures of docs/accuracy.md, from clips that were judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.datatypes import Comparison
from formcheck.metrics import METRICS

from .findings import Verdict
from .hunched import HUNCHED_DEG, UPRIGHT_DEG, rank_correlation
from .population import Member, lens_of
from .scoring import TRUTH, Score, mean_abs
from .tiring import Change
from .virtual_runner.rig import load_rig

ANCHORS = {  # what others achieve, from the literature
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
    verdicts: tuple[Verdict, ...] = ()
    alike: tuple[Comparison, ...] = ()  # left against right of a runner without a dialled asymmetry

    @property
    def standard(self) -> bool:
        """From the side, 30 frames/s or more, camera at most 10° off: where the targets hold."""
        return self.member.stratum == "side"


def numbers(judged: list[Judged], metric: str) -> np.ndarray:
    """(n, 4): measured, low, high, truth."""
    return np.array([j.score.values[metric] for j in judged if metric in j.score.values]).reshape(-1, 4)


def metric_row(judged: list[Judged], metric: str) -> str:
    rows = numbers(judged, metric)
    if len(rows) < 3:
        return f"| `{metric}` | – | – | – | – | – | {len(rows)}/{len(judged)} | |"
    error, fine = rows[:, 0] - rows[:, 3], 3 if METRICS[metric].unit == "m" else 2  # decimals
    return (
        f"| `{metric}` | {np.abs(error).mean():.{fine}f} | {error.mean():+.{fine}f} "
        f"| ±{1.96 * error.std(ddof=1):.{fine}f} | {np.abs(error).max():.{fine}f} "
        f"| {_how_many(_inside(rows))} | {len(rows)}/{len(judged)} "
        f"| {ANCHORS.get(metric, '')} |"
    )


def metric_table(judged: list[Judged], only: Collection[str] = TRUTH) -> str:
    head = (
        "| measure | mean absolute error | bias | 95 % limits | worst | interval holds truth | measured | others |\n"
        "|---|---|---|---|---|---|---|---|\n"
    )
    views = {j.member.camera.view for j in judged}
    shown = [metric for metric in only if metric in METRICS and views & METRICS[metric].views]
    return head + "\n".join(metric_row(judged, metric) for metric in shown) + "\n"


def changes_table(found: list[Change]) -> str:
    """Changes over a clip and between two clips: error, interval and how often a change was given."""
    head = (
        "| measure | over the clip: mean absolute error | interval holds truth | usual interval "
        "| between two clips: mean absolute error | interval holds truth | usual interval |\n"
    )
    head += "|---|---|---|---|---|---|---|\n"
    rows = []
    for metric in dict.fromkeys(c.given.metric for c in found):
        cells = []
        for kind in ("trend", "clips"):
            given = [c for c in found if c.given.metric == metric and c.given.kind == kind and c.given.missing is None]
            held = _how_many(np.array([c.held for c in given]))
            half = f"±{np.median([0.5 * (c.given.high - c.given.low) for c in given]):.2f}" if given else ""
            cells += [f"{mean_abs([c.error for c in given]):.2f}", held, half] if given else ["not given", "", ""]
        rows.append(f"| `{metric}` | {' | '.join(cells)} |")
    return head + "\n".join(rows) + "\n"


def legs_table(judged: list[Judged]) -> str:
    """Left against right of runners whose legs move alike: how often the interval contains zero."""
    lines = [
        "| measure | interval contains zero | usual interval |",
        "|---|---|---|",
    ]
    found = [c for j in judged for c in j.alike if c.missing is None]
    for metric in dict.fromkeys(c.metric for c in found):
        given = [c for c in found if c.metric == metric]
        held = _how_many(np.array([c.low <= 0 <= c.high for c in given]))
        half = float(np.median([0.5 * (c.high - c.low) for c in given]))
        unit = given[0].unit if given[0].unit == "°" else f" {given[0].unit}"
        lines.append(f"| `{metric}` | {held} | ±{half:.1f}{unit} |")
    return "\n".join(lines) + "\n"


def event_table(groups: dict[str, list[Judged]]) -> str:
    lines = [
        "| clips | contact, mean absolute error | toe-off | steps found | false | correct foot "
        "| toe-offs found | false |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, judged in groups.items():
        scores = [j.score for j in judged]
        contacts = [e for s in scores for e in s.contact_errors_s]
        offs = [e for s in scores for e in s.toe_off_errors_s]
        steps, missed = sum(s.steps for s in scores), sum(s.missed for s in scores)
        false, wrong = sum(s.false for s in scores), sum(s.wrong_side for s in scores)
        lifts, lost = sum(s.toe_offs for s in scores), sum(s.toe_offs_missed for s in scores)
        if contacts:
            lines.append(
                f"| {name} ({len(judged)}) | {1000 * mean_abs(contacts):.1f} ms | {1000 * mean_abs(offs):.1f} ms "
                f"| {100 * (1 - missed / max(steps, 1)):.1f} % of {steps} | {100 * false / max(steps, 1):.1f} % "
                f"| {100 * (1 - wrong / max(len(contacts), 1)):.1f} % "
                f"| {lifts - lost} of {lifts} | {sum(s.toe_offs_false for s in scores)} |"
            )
    return "\n".join(lines) + "\n"


def strata_table(judged: list[Judged]) -> str:
    """Mean absolute error (clips measured / clips) by filming condition."""
    shown = ("cadence_spm", "trunk_lean_deg", "overstride_cm", "shin_angle_deg", "contact_time_ms")
    lines = ["| condition | " + " | ".join(f"`{m}`" for m in shown)]
    lines[0] += " | contacts, ms | steps found | false | view right | activity right |"
    lines.append("|---" * (len(shown) + 6) + "|")
    for stratum in dict.fromkeys(j.member.stratum for j in judged):
        some = [j for j in judged if j.member.stratum == stratum]
        cells = []
        for metric in shown:
            rows = numbers(some, metric)
            error = f"{np.abs(rows[:, 0] - rows[:, 3]).mean():.2f}" if len(rows) else "–"
            cells.append(f"{error} ({len(rows)}/{len(some)})")
        view = sum(j.score.view == j.member.camera.view for j in some)
        activity = sum(j.score.activity == j.member.form.activity for j in some)
        cells += [*_steps_of(some), f"{view}/{len(some)}", f"{activity}/{len(some)}"]
        lines.append(f"| {stratum} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _steps_of(judged: list[Judged]) -> list[str]:
    """How far off contacts are, how many steps were found, and how many that are none."""
    scores = [j.score for j in judged]
    errors = [e for s in scores for e in s.contact_errors_s]
    steps, missed = sum(s.steps for s in scores), sum(s.missed for s in scores)
    off = f"{1000 * mean_abs(errors):.1f}" if errors else "–"
    return [off, f"{steps - missed} of {steps}", str(sum(s.false for s in scores))]


PANELS_ACROSS = 5


def hunch_table(judged: list[Judged], more: list[Judged]) -> str:
    """Whether runners are put in the right order, and the hunched, ``more`` among them, told from the upright."""
    lines = ["| measure | rank correlation with its truth |", "|---|---|"]
    for metric in ("shoulder_hunch_deg", "thoracic_flexion_deg", "neck_flexion_deg", "craniovertebral_deg"):
        rows = numbers(judged, metric)
        lines.append(f"| `{metric}` | {rank_correlation(rows[:, 0], rows[:, 3]):.2f} ({len(rows)} clips) |")
    known = [j for j in [*judged, *more] if "shoulder_hunch_deg" in j.score.values]
    truth, middle = numbers(known, "shoulder_hunch_deg")[:, 3], 0.5 * (HUNCHED_DEG + UPRIGHT_DEG)
    groups = {"hunched": truth >= HUNCHED_DEG, "upright": truth <= UPRIGHT_DEG}
    lines += [
        "",
        f"| runners | measured above {middle:g}° | called hunched | too close to call | called fine |",
        "|---|---|---|---|---|",
    ]
    for name, belongs in groups.items():
        some = [j for j, yes in zip(known, belongs, strict=True) if yes]
        above = (numbers(some, "shoulder_hunch_deg")[:, 0] > middle).sum()
        said = Counter(v.said for j in some for v in j.verdicts if v.fault == "shoulder_hunch")
        called = said["watch"] + said["fault"]
        lines.append(f"| {name} ({len(some)}) | {above} | {called} | {said['borderline']} | {said['ok']} |")
    return "\n".join(lines) + "\n"


def held(judged: list[Judged]) -> np.ndarray:
    """For every number given, whether its interval holds the truth."""
    return np.concatenate([_inside(numbers(judged, metric)) for metric in TRUTH if metric in METRICS])


def _inside(rows: np.ndarray) -> np.ndarray:
    return np.asarray((rows[:, 1] <= rows[:, 3]) & (rows[:, 3] <= rows[:, 2]))


def _how_many(true: np.ndarray) -> str:
    """A share of few, as a count: 95 % of 22 would look more certain than it is."""
    return f"{int(true.sum())} of {len(true)}"


def models_table(by_model: dict[str, list[Judged]]) -> str:
    """Mean absolute error of each pose model on the same clips, and on how many where it does not measure them all."""
    lines = ["| measure | " + " | ".join(by_model) + " |", "|---" * (len(by_model) + 1) + "|"]
    clips = max(map(len, by_model.values()))
    for metric in TRUTH:
        errors = [np.abs(np.subtract(*numbers(some, metric)[:, [0, 3]].T)) for some in by_model.values()]
        if metric in METRICS and any(map(len, errors)):
            lines.append(f"| `{metric}` | " + " | ".join(_of_some(e, clips) for e in errors) + " |")
    for name, times in (("initial contact", "contact_errors_s"), ("toe-off", "toe_off_errors_s")):
        errors = [1000 * mean_abs([e for j in some for e in getattr(j.score, times)]) for some in by_model.values()]
        lines.append(f"| {name}, ms | " + " | ".join(f"{e:.1f}" for e in errors) + " |")
    missed = [sum(j.score.missed + j.score.false + j.score.wrong_side for j in some) for some in by_model.values()]
    lines.append("| steps missed, false or assigned to the wrong foot | " + " | ".join(map(str, missed)) + " |")
    inside = [held(some) for some in by_model.values()]
    lines.append(
        "| **intervals that hold the truth** | " + " | ".join(f"{100 * i.mean():.1f} %" for i in inside) + " |"
    )
    lines.append("| numbers given | " + " | ".join(str(len(i)) for i in inside) + " |")
    return "\n".join(lines) + "\n"


def _of_some(errors: np.ndarray, clips: int) -> str:
    count = f" ({len(errors)})" if len(errors) < clips else ""
    return f"{errors.mean():.2f}{count}" if len(errors) else "–"


def measured_against_truth(judged: list[Judged], path: Path) -> None:
    """One panel per measure: what was measured, with its interval, over the truth."""
    shown = [m for m in TRUTH if len(numbers(judged, m))]
    figure, axes = _panels(-(-len(shown) // PANELS_ACROSS), PANELS_ACROSS)
    for axis in axes.flat[len(shown) :]:
        axis.remove()
    for axis, metric in zip(axes.flat, shown, strict=False):
        rows = numbers(judged, metric)
        axis.errorbar(rows[:, 3], rows[:, 0], (rows[:, 2] - rows[:, 1]) / 2, fmt="o", ms=3, lw=0.6, color="#0072B2")
        ends = [rows[:, [0, 3]].min(), rows[:, [0, 3]].max()]
        axis.plot(ends, ends, color="black", lw=0.8)
        axis.set_title(metric, fontsize=9)
        axis.set_xlabel("truth", fontsize=8)
        axis.set_ylabel("measured, 95 % interval", fontsize=8)
    _save(figure, path)


CONDITIONS: dict[str, Callable[[Member], float]] = {
    "camera off the perpendicular, °": lambda m: abs(m.camera.yaw_deg),
    "frames per second": lambda m: m.recording.fps,
    "motion blur, share of the frame time": lambda m: m.recording.shutter if m.recording.blur_samples > 1 else 0.0,
    "runner's height, pixels": lambda m: m.recording.height_px * _fill(m),
}
CONDITION_METRICS = ("cadence_spm", "trunk_lean_deg", "overstride_cm", "contact_time_ms")


def errors_by_condition(judged: list[Judged], path: Path) -> None:
    """Absolute error of some measures over filming conditions; the bars are the half widths of the intervals."""
    figure, axes = _panels(len(CONDITION_METRICS), len(CONDITIONS))
    for metric, row in zip(CONDITION_METRICS, axes, strict=True):
        known = [j for j in judged if metric in j.score.values]
        values = numbers(known, metric)
        for (label, of), axis in zip(CONDITIONS.items(), row, strict=True):
            where = np.array([of(j.member) for j in known])
            axis.vlines(where, 0, (values[:, 2] - values[:, 1]) / 2, color="#BBBBBB", lw=1.5)
            axis.plot(where, np.abs(values[:, 0] - values[:, 3]), "o", ms=3, color="#0072B2")
            axis.set_xlabel(label, fontsize=8)
        row[0].set_ylabel(metric, fontsize=8)
    _save(figure, path)


def _fill(member: Member) -> float:
    """Share of the picture's height that the runner takes."""
    distance_m, fov_deg = lens_of(member.camera)
    shown = 2 * np.tan(np.radians(fov_deg) / 2) * distance_m
    return float(min(1.0, load_rig(member.body).height_m / shown))


def _panels(rows: int, columns: int) -> tuple[Any, Any]:
    import matplotlib  # noqa: PLC0415 (only here, and slow)

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415

    return plt.subplots(rows, columns, figsize=(3.2 * columns, 3.0 * rows), squeeze=False)


def _save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=80)


def coverage_table(judged: list[Judged]) -> str:
    """In how many clips each measure's interval held the truth, and how wide the intervals are."""
    every = held(judged)
    lines = ["| measure | clips measured | interval holds truth | half width, median |", "|---|---|---|---|"]
    for metric in TRUTH:
        rows = numbers(judged, metric)
        if metric in METRICS and len(rows):
            half = np.median(rows[:, 2] - rows[:, 1]) / 2
            lines.append(f"| `{metric}` | {len(rows)}/{len(judged)} | {_how_many(_inside(rows))} | ±{half:.1f} |")
    lines.append(f"| **all together** | {len(every)} numbers | {100 * every.mean():.1f} % | |")
    return "\n".join(lines) + "\n"
