"""Learn formcheck/knowledge/calibration.toml from the tuning half of the rendered population.

    python -m benchmarks.calibrate [--model heavy]

Two steps: how much each contact and toe-off cue leads or lags, then, with contacts read anew, what to add to each
metric. Every map is linear in a few readable features with a small ridge, and what it leaves over is judged on
bodies it was not fitted to. A row for which there are too few clips stands as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from formcheck.backends import BACKENDS, DEFAULT_BACKEND
from formcheck.datatypes import Report
from formcheck.gait import events, leg_cycles_of
from formcheck.knowledge import calibration
from formcheck.metrics import METRICS, features

from .scoring import TRUTH, analyze, score, truth_of

FILE = Path(calibration.__file__).with_name("calibration.toml")
HEADER = """\
# The learned map from the pose model's landmarks to anatomical truth. Written by benchmarks/calibrate.py from rendered
# runners whose true movement is known; not for editing by hand.
"""
MAPS = {  # metric → features its correction depends on
    "trunk_lean_deg": ("lean_deg",),
    "overstride_pct_leg": ("lean_deg", "near_hip_ahead"),
    "overstride_cm": (),
    "shin_angle_deg": ("near_hip_ahead",),
    "knee_flexion_contact_deg": ("lean_deg",),
    "contact_time_ms": (),
    "vertical_oscillation_cm": (),
    "craniovertebral_deg": ("lean_deg", "neck_to_leg"),
    "trunk_sway_deg": (),
    "side_lean_deg": (),
    "shoulder_tilt_deg": (),
    "step_width_pct_leg": (),
    "knee_window_pct_leg": (),
}
FEWEST_CLIPS = 8  # from fewer nothing is learned
UPRIGHT_DEG = 8.0  # rounding, protraction and head forward dialled in, each below this: an upright runner
RIDGE = 0.02  # of the clips' number, on features scaled to unit variance
PEOPLE_SHARE = 0.1  # of the correction: rendered people are not people, and may need that much more or less of it
LEG_LINE_SD_DEG = 1.5  # of the line from ankle to hip at contact and toe-off; no truth of it is recorded
REAL_CUE_SD = 0.010  # strides: added to each cue's scatter, since real feet land in more ways than rendered ones


def fit(values: np.ndarray, wanted: np.ndarray, bodies: Sequence[str]) -> tuple[np.ndarray, float]:
    """((1 + k) offset and slopes on centred features, SD of what is left over on bodies left out)."""
    centred = values - values.mean(axis=0)
    scale = np.maximum(centred.std(axis=0), 1e-9)
    design = np.column_stack([np.ones(len(wanted)), centred / scale])
    penalty = RIDGE * len(wanted) * np.diag([0.0] + [1.0] * values.shape[1])

    def solve(rows: np.ndarray) -> np.ndarray:
        return np.linalg.solve(design[rows].T @ design[rows] + penalty, design[rows].T @ wanted[rows])

    left_over = [
        wanted[out] - design[out] @ solve(~out)
        for body in sorted(set(bodies))
        if (out := np.array(bodies) == body).any()
    ]
    coefficients = solve(np.ones(len(wanted), bool))
    coefficients[1:] /= scale
    return coefficients, float(np.sqrt(np.mean(np.concatenate(left_over) ** 2)))


def cue_rows(event: str, reports: list[Report], truths: list[dict[str, Any]]) -> dict[str, str]:
    """Lead and scatter of each cue of an event, in strides, against the true events."""
    leads: dict[str, list[float]] = {cue.__name__: [] for cue in events.CUES[event]}
    for report, truth in zip(reports, truths, strict=True):
        motion = report.trial.gait.motion
        if motion is None:
            continue
        for side, leg in leg_cycles_of(report.trial.track, report.trial.gait).items():
            times = [s[f"{event}_s"] for s in truth["steps"] if s["side"] == side and s[f"{event}_s"] is not None]
            inside = [t for t in times if motion.time_s[0] < t < motion.time_s[-1]]
            phases = np.interp(inside, motion.time_s, motion.phase) - leg.start
            true = float(np.angle(np.exp(2j * np.pi * phases).mean()) / (2 * np.pi)) % 1
            for cue, views in events.CUES[event].items():
                if report.trial.gait.view.name in views:
                    leads[cue.__name__].append((cue(leg) / events.SAMPLES - true + 0.5) % 1 - 0.5)
    rows = {name: row for name, row in calibration.rows(f"{event}_cues").items() if name in leads}
    for name, found in leads.items():
        lead = np.array([f for f in found if np.isfinite(f)])
        if len(lead) < 2 * FEWEST_CLIPS:
            continue
        middle = float(np.median(lead))
        spread = float(np.sqrt(np.mean(np.clip(lead - middle, -0.06, 0.06) ** 2)))
        rows[name] = f"{{ lead = {middle:.4f}, sd = {np.hypot(spread, REAL_CUE_SD):.4f} }}"
    return rows


def event_rows(reports: list[Report], truths: list[dict[str, Any]]) -> dict[str, str]:
    """How far the mean of each event's times lies from the truth between clips, in strides: more than cues disagree."""
    errors: dict[str, list[float]] = {"contact": [], "toe_off": []}
    for report, truth in zip(reports, truths, strict=True):
        if report.trial.gait.view.name not in events.SIDEWAYS:  # elsewhere the one cue's own scatter is all of it
            continue
        found = score("", report, truth)
        for event, seconds in (("contact", found.contact_errors_s), ("toe_off", found.toe_off_errors_s)):
            if seconds:
                errors[event].append(float(np.mean(seconds)) / report.trial.gait.stride_s)
    return calibration.rows("events") | {
        event: f"{{ sd = {np.hypot(np.sqrt(np.mean(np.square(some))), REAL_CUE_SD):.4f} }}"
        for event, some in errors.items()
        if some
    }


def correction_rows(reports: list[Report], truths: list[dict[str, Any]]) -> tuple[dict[str, str], dict[str, str]]:
    """(corrections, features): the rows of the two tables."""
    known = [(r, t, features(r.trial)) for r, t in zip(reports, truths, strict=True) if r.trial.gait.contacts]
    rows = {name: row for name, row in calibration.rows("corrections").items() if name in METRICS}
    for metric, names in MAPS.items():
        if metric not in TRUTH or metric not in METRICS:
            continue
        kept = [(r, t, f) for r, t, f in known if r.measurement(metric).missing is None]
        if len(kept) < FEWEST_CLIPS:
            continue
        raw = [r.measurement(metric).value - calibration.correction(metric).at(f)[0] for r, _, f in kept]
        values = np.array([[f[n] for n in names] for _, _, f in kept]).reshape(len(kept), len(names))
        missing = np.array([TRUTH[metric](t["summary"]) for _, t, _ in kept]) - raw
        found, sd = fit(values, missing, [t["clip"]["body"] for _, t, _ in kept])
        sd = float(np.hypot(sd, PEOPLE_SHARE * abs(found[0])))
        rows[metric] = _row(found, sd, names)
        if metric == "trunk_lean_deg":  # the same trunk against the leg's line, whose own error is added
            rows["waist_bend_deg"] = _row(found, float(np.hypot(sd, LEG_LINE_SD_DEG)), names)
    beside = [(r, t, f) for r, t, f in known if r.trial.gait.view.name in events.SIDEWAYS]
    usual = calibration.rows("features")
    if len(beside) < FEWEST_CLIPS:
        return rows, usual
    rows["shoulder_hunch_deg"] = _hunch_row(beside)
    for name in beside[0][2]:
        column = np.array([f[name] for _, _, f in beside])
        usual[name] = f"{{ usual = {column.mean():.4g}, low = {column.min():.4g}, high = {column.max():.4g} }}"
    return rows, usual


def _hunch_row(known: list[tuple[Report, dict[str, Any], dict[str, float]]]) -> str:
    """The bend that upright runners show in landmarks is taken off but for what their joints truly have.

    Landmarks do not tell a rounded back from a head held forward, so nothing more can be learned of it.
    """
    dials = ("hunch_deg", "protraction_deg", "head_forward_deg")
    upright = [(t["summary"], f) for _, t, f in known if max(t["clip"]["form"][d] for d in dials) < UPRIGHT_DEG]
    seen = np.array([f["neck_bend_deg"] for _, f in upright])
    true = np.array([s["ear_shoulder_deg"] - s["lean_joint_deg"] for s, _ in upright])
    return _row(np.array([np.mean(true - seen)]), float((true - seen).std(ddof=1)), ())


def _row(coefficients: np.ndarray, sd: float, names: Sequence[str]) -> str:
    slopes = ", ".join(f"{n} = {c:.4g}" for n, c in zip(names, coefficients[1:], strict=True))
    return f"{{ offset = {coefficients[0]:.4g}, sd = {sd:.3g}, slopes = {{ {slopes} }} }}"


def write(tables: dict[str, dict[str, str]]) -> None:
    text = HEADER
    for table, rows in tables.items():
        text += f"\n[{table}]\n" + "".join(f"{name} = {row}\n" for name, row in rows.items())
    FILE.write_text(text, encoding="utf-8")
    calibration.forget()


def calibrate(videos: list[Path], model: str) -> None:
    """Learn from these clips and write the file."""
    truths = [truth_of(v) for v in videos]
    reports = [analyze(v, t, model) for v, t in zip(videos, truths, strict=True)]
    cues = {f"{event}_cues": cue_rows(event, reports, truths) for event in events.CUES}
    for _ in range(2):  # the second time with the contacts now found
        corrections, usual = correction_rows(reports, truths)
        write({"features": usual, "corrections": corrections, "events": event_rows(reports, truths), **cues})
        reports = [analyze(v, t, model) for v, t in zip(videos, truths, strict=True)]


@click.command()
@click.argument("videos", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--model", type=click.Choice(list(BACKENDS)), default=DEFAULT_BACKEND)
def main(videos: tuple[Path, ...], model: str) -> None:
    """Calibrate on the tuning half of the population, or on the clips given."""
    calibrate(list(videos), model)
    click.echo(FILE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
