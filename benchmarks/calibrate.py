"""Learn formcheck/knowledge/calibration_<model>.toml from rendered runners (``population.teaching`` and others).

    python -m benchmarks.calibrate [--model heavy] [--clips-only]

Two steps: how much each contact and toe-off cue leads or lags; then, with contacts detected anew, what to add to each
metric, along with how far correctly read runners go (thresholds.py). Every map is linear in a few readable features
with a small ridge, and its residuals are judged on bodies it was not fitted to. A row for which there are too few
clips stays as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from scipy.optimize import minimize
from scipy.special import stdtrit

from formcheck.backends import BACKENDS, DEFAULT_BACKEND
from formcheck.datatypes import SIDES, PoseTrack, Report, VideoInfo
from formcheck.gait import events, leg_cycles_of
from formcheck.gait.leg_cycle import SAMPLES
from formcheck.knowledge import calibration
from formcheck.knowledge.calibration import Calibration, from_standing
from formcheck.metrics import METRICS, REPORT_ORDER, Timing, features, near_side, seen_legs
from formcheck.metrics.gates import corrections_of
from formcheck.metrics.pace import ground_speeds
from formcheck.metrics.side import FEWEST_LOOKS
from formcheck.sides import left_less_right
from formcheck.standing import still_trial
from formcheck.trends import FEWEST, change

from . import alike, standing, tiring
from .hunched import TRUE, Known, learned, left_out
from .population import ASYMMETRY, ensure_rendered, teaching
from .scoring import TRUTH, analyze, facts, score, truth_of, written_truth
from .standing import Pair
from .stills import looked_at, rendered_stills
from .thresholds import perspective_rows, seen_rightly, threshold_rows
from .tiring import Change as Told

Tables = dict[str, dict[str, str]]  # of a calibration: name → row → its TOML
HEADER = """\
# The learned map from the pose model's landmarks to anatomical truth. Written by benchmarks/calibrate.py from rendered
# runners whose true movement is known; not for editing by hand.
"""
POSTURE_MAPS = {  # learned on many runners in few pictures each: metric → features its correction depends on
    "trunk_lean_deg": ("ear_ahead", "ear_up", "hands_ahead", "outline_shoulder_front"),
    "craniovertebral_deg": ("ear_ahead", "ear_up"),
    "neck_flexion_deg": ("ear_ahead", "ear_up", "hands_ahead", "outline_shoulder_front"),
}
STANDING_MAPS = {  # for running minus standing: the features whose change it depends on; outlines take longer to see
    "trunk_lean_deg": ("lean_deg", "hands_ahead"),
    "craniovertebral_deg": ("ear_ahead",),
}
MAPS = {  # learned on whole clips
    "overstride_pct_leg": (),
    "overstride_cm": (),
    "shin_angle_deg": (),
    "knee_flexion_contact_deg": ("lean_deg",),
    "contact_time_ms": (),
    "vertical_oscillation_cm": (),
    "flight_time_ms": (),
    "duty_factor_pct": (),
    "stride_variability_pct": (),
    "foot_inclination_deg": (),
    "knee_flexion_stance_deg": (),
    "trailing_thigh_deg": (),
    "head_pitch_deg": (),
    "trunk_rocking_deg": (),
    "arm_swing_deg": (),
    "elbow_angle_deg": (),
    "vertical_ratio_pct": (),
    "cadence_off_expected_pct": (),
    "trunk_sway_deg": (),
    "side_lean_deg": (),
    "shoulder_tilt_deg": (),
    "step_width_pct_leg": (),
    "knee_window_pct_leg": (),
}
NOTHING = "{ offset = 0, sd = 0, slopes = {  } }"  # a correction of nothing, while the first is being learned
FEWEST_CLIPS = 4  # nothing is learned from fewer
COMMON_HUNCH_DEG, COMMON_PROTRACTION_DEG = 40.0, 25.0  # runners beyond are drawn as often as others but rare in life
COMMON_PERCENT = (1, 99)  # of the runners: features beyond are not taken as learned
LEAST_WEIGHT = 0.05  # of the rarest
LEAST_SHARE = 0.5  # of the error between clips, however much of it each clip shows by itself
RIDGE = 0.02  # times the number of clips, on features scaled to unit variance
PEOPLE_SHARE = 0.1  # of the correction: rendered people are not real ones, who may need that much more or less of it
PEOPLE_SD = {  # SD in trunk lengths by which real people scatter beyond rendered ones
    "outline_shoulder_front": 0.08,  # their tops stand off by some 4 cm more
    "hands_ahead": 0.03,  # they carry their hands in more varied ways
}
# What real shoulders add to the error: eight real runners were read 9° above what raters had marked, after the raters'
# own bias on rendered pictures was removed. Whether they or we are off cannot be told, so half of it.
REAL_SHOULDERS_SD_DEG = 4.5
USUAL_SHARE = 0.2  # of a change that is misread, give or take as much: what holds where hardly anybody changes
REAL_CUE_SD = 0.010  # strides: added to each cue's scatter, since real feet land in more ways than rendered ones
# The same for cues that rest on how a leg swings before it lands: the knees of eleven runners of Fukuchi (2017) are
# straightest 0.00 to 0.03 before contact (SD 0.012, of rendered ones 0.008), and feet are drawn back at varying speeds.
REAL_SWING_SD = 0.015
SWING_CUES = frozenset({events.knee_straightest_before_contact, events.ankle_taken_up_by_belt})


def fit(
    values: np.ndarray,
    wanted: np.ndarray,
    bodies: Sequence[str],
    weights: np.ndarray | None = None,
    doubts: Sequence[float] | float = 0.0,
) -> tuple[np.ndarray, float]:
    """((1 + k) offset and slopes on centred features, SD of the residuals on bodies left out).

    doubts: SD by which features of real people scatter beyond those of rendered ones; their slopes are as flat as a fit
    to values so blurred would make them, and the error that this scatter causes is part of the SD.
    """
    weights = np.ones(len(wanted)) if weights is None else weights / weights.mean()
    centred = values - values.mean(axis=0)
    scale = np.maximum(centred.std(axis=0), 1e-9)
    design = np.column_stack([np.ones(len(wanted)), centred / scale])
    blur = (np.zeros(values.shape[1]) + doubts) / scale
    penalty = len(wanted) * np.diag(np.r_[0.0, RIDGE + blur**2])

    def solve(rows: np.ndarray) -> np.ndarray:
        weighted = design[rows].T * weights[rows]
        return np.linalg.solve(weighted @ design[rows] + penalty, weighted @ wanted[rows])

    left_over = [
        wanted[out] - design[out] @ solve(~out)
        for body in sorted(set(bodies))
        if (out := np.array(bodies) == body).any()
    ]
    coefficients = solve(np.ones(len(wanted), bool))
    sd = float(np.sqrt(np.mean(np.concatenate(left_over) ** 2) + np.sum((blur * coefficients[1:]) ** 2)))
    coefficients[1:] /= scale
    return coefficients, sd * few_bodies(len(set(bodies)))


def few_bodies(count: int) -> float:
    """The factor that widens a standard deviation from so few, so that 1.96 of it cover 95 % (Student's t)."""
    return float(stdtrit(count - 1, 0.975) / 1.96)


def cue_rows(event: str, held: Calibration, reports: list[Report], truths: list[dict[str, Any]]) -> dict[str, str]:
    """Lead and scatter of each cue of an event, in strides, against the true events."""
    leads: dict[events.Cue, list[float]] = {cue: [] for cue in events.CUES[event]}
    for report, truth in zip(reports, truths, strict=True):
        motion = report.trial.gait.motion
        if motion is None or not report.trial.gait.contacts:
            continue
        for side, leg in leg_cycles_of(report.trial.track, report.trial.gait).items():
            times = [s[f"{event}_s"] for s in truth["steps"] if s["side"] == side and s[f"{event}_s"] is not None]
            inside = [t for t in times if motion.time_s[0] < t < motion.time_s[-1]]
            phases = np.interp(inside, motion.time_s, motion.phase) - leg.start
            true = float(np.angle(np.exp(2j * np.pi * phases).mean()) / (2 * np.pi)) % 1
            for cue, views in events.CUES[event].items():
                if report.trial.gait.view.name in views:
                    leads[cue].append((cue(leg) / SAMPLES - true + 0.5) % 1 - 0.5)
    names = {cue.__name__ for cue in leads}
    rows = {name: row for name, row in held.rows(f"{event}_cues").items() if name in names}
    for cue, found in leads.items():
        lead = np.array([f for f in found if np.isfinite(f)])
        if len(lead) < 2 * FEWEST_CLIPS:
            continue
        middle = float(np.median(lead))
        spread = float(np.sqrt(np.mean(np.clip(lead - middle, -0.06, 0.06) ** 2)))
        sd = np.hypot(spread, REAL_SWING_SD if cue in SWING_CUES else REAL_CUE_SD)
        rows[cue.__name__] = f"{{ lead = {middle:.4f}, sd = {sd:.4f} }}"
    return rows


def event_rows(held: Calibration, reports: list[Report], truths: list[dict[str, Any]]) -> dict[str, str]:
    """How far the mean of each event's times lies from the truth, over clips, in strides: more than cues disagree."""
    errors: dict[str, list[float]] = {"contact": [], "toe_off": []}
    for report, truth in zip(reports, truths, strict=True):
        if not report.trial.gait.view.sagittal:  # in other views the one cue's own scatter is all there is
            continue
        found = score("", report, truth)
        for event, seconds in (("contact", found.contact_errors_s), ("toe_off", found.toe_off_errors_s)):
            if seconds:
                errors[event].append(float(np.mean(seconds)) / report.trial.gait.stride_s)
    return held.rows("events") | {
        event: f"{{ sd = {np.hypot(np.sqrt(np.mean(np.square(some))), REAL_CUE_SD):.4f} }}"
        for event, some in errors.items()
        if some
    }


def correction_rows(
    held: Calibration, reports: list[Report], truths: list[dict[str, Any]]
) -> tuple[dict[str, str], dict[str, str]]:
    """(corrections, features): the rows of the two tables."""
    known = [(r, t, features(r.trial)) for r, t in zip(reports, truths, strict=True) if r.trial.gait.contacts]
    rows = {}
    for metric, names in MAPS.items():
        if metric not in TRUTH or metric not in METRICS:
            continue
        kept = [(r, t, f) for r, t, f in known if _teaches(r, metric)]
        if len(kept) < FEWEST_CLIPS:
            continue
        raw = [r.measurement(metric).value - held.correction(metric).at(f)[0] for r, _, f in kept]
        values = np.array([[f[n] for n in names] for _, _, f in kept]).reshape(len(kept), len(names))
        missing = np.array([TRUTH[metric](facts(t)) for _, t, _ in kept]) - raw
        found, sd = fit(values, missing, [t["clip"]["body"] for _, t, _ in kept])
        if METRICS[metric].timing is Timing.DURATION:  # how far a clip's cues disagree widens its interval by itself
            told = float(np.mean([r.measurement(metric).clip_sd ** 2 for r, _, _ in kept]))
            sd = float(np.sqrt(max(sd**2 - told, (LEAST_SHARE * sd) ** 2)))
        rows[metric] = _row(found, float(np.hypot(sd, PEOPLE_SHARE * abs(found[0]))), names)
    rows["waist_bend_deg"] = waist_row(held, known)
    rows["ground_speed_m_s"] = ground_speed_row(reports, truths)
    every = sorted({name for names in MAPS.values() for name in names})
    return rows, _usual(
        every, np.array([[f[n] for n in every] for r, _, f in known if r.trial.gait.view.name == "side"])
    )


def waist_row(held: Calibration, known: list[tuple[Report, dict[str, Any], dict[str, float]]]) -> str:
    """The lean's own map, plus what is left over once the leg's line is subtracted."""
    lean, waist = (held.correction(f"{name}_deg") for name in ("trunk_lean", "waist_bend"))
    kept = [(r, t, f) for r, t, f in known if _teaches(r, "waist_bend_deg")]
    left_over = [
        facts(t)["waist_bend_deg"] - (r.measurement("waist_bend_deg").value - waist.at(f)[0] + lean.at(f)[0])
        for r, t, f in kept
    ]
    found, sd = fit(np.empty((len(kept), 0)), np.array(left_over), [t["clip"]["body"] for _, t, _ in kept])
    offset = lean.offset + found[0]
    names = tuple(lean.slopes)
    return _row(np.r_[offset, list(lean.slopes.values())], float(np.hypot(sd, PEOPLE_SHARE * abs(offset))), names)


def _teaches(report: Report, metric: str) -> bool:
    """Whether a metric was measured in a view that it is learned from: from the side if it can be seen from there."""
    from_the_side = "side" in METRICS[metric].views
    return report.measurement(metric).missing is None and (report.trial.gait.view.name == "side") == from_the_side


def posture_rows(seen: list[tuple[PoseTrack, dict[str, Any]]]) -> tuple[dict[str, str], dict[str, str]]:
    """(corrections, features) for the posture of trunk and head, from runners in few pictures each.

    Upright runners weigh more than the strongly hunched, who are drawn as often but are rarer in life.
    """
    trials = [(still_trial(_video_of(truth), track), truth) for track, truth in seen if _enough_seen(track)]
    known = [(trial, truth, features(trial)) for trial, truth in trials if trial.gait.view.name == "side"]
    needed = {name for names in POSTURE_MAPS.values() for name in names}
    known = [(trial, truth, f) for trial, truth, f in known if np.isfinite([f[name] for name in needed]).all()]
    bodies = [truth["clip"]["body"] for _, truth, _ in known]
    weights = np.array([_how_common(truth["clip"]["form"]) for _, truth, _ in known])
    rows: dict[str, str] = {}
    usual: dict[str, str] = {}
    for metric, names in POSTURE_MAPS.items():
        raw = [np.median([step.value for step in METRICS[metric].function(trial)]) for trial, _, _ in known]  # type: ignore[union-attr]
        values = np.array([[f[n] for n in names] for _, _, f in known])
        values = np.clip(values, *np.percentile(values, COMMON_PERCENT, axis=0))
        missing = np.array([TRUTH[metric](facts(truth)) for _, truth, _ in known]) - raw
        found, sd = fit(values, missing, bodies, weights, [PEOPLE_SD.get(name, 0.0) for name in names])
        sd = float(np.hypot(sd, PEOPLE_SHARE * abs(found[0])))
        rows[metric] = _row(found, sd, names)
        usual |= _usual(names, values)
    return rows, usual


def _video_of(truth: dict[str, Any]) -> VideoInfo:
    """Its size tells how far the camera's pitch moves what is seen."""
    recording = truth["clip"]["recording"]
    size = recording["width_px"], recording["height_px"]
    return VideoInfo(Path(truth["clip"]["name"]), *size, recording["fps"], None, None)


def _enough_seen(track: PoseTrack) -> bool:
    return int(track.seen.sum()) >= FEWEST_LOOKS


def standing_rows(pairs: Sequence[Pair]) -> tuple[dict[str, str], dict[str, str]]:
    """(standing, features): what is added to running minus standing, by the same people in the same clothes."""
    rows: dict[str, str] = {}
    usual: dict[str, str] = {}
    for metric, names in STANDING_MAPS.items():
        changes = [from_standing(name) for name in names]
        known = [p for p in pairs if metric in p.seen and np.isfinite([p.features[name] for name in changes]).all()]
        if len(known) < FEWEST_CLIPS:
            continue
        values = np.array([[p.features[name] for name in changes] for p in known]).reshape(len(known), len(changes))
        missing = np.array([p.true[metric] - p.seen[metric] for p in known])
        blur = [PEOPLE_SD.get(name, 0.0) for name in names]
        found, sd = fit(values, missing, [p.body for p in known], doubts=blur)
        rows[metric] = _row(found, float(np.hypot(sd, PEOPLE_SHARE * abs(found[0]))), changes)
        usual |= _usual(changes, values)
    return rows, usual


def _how_common(form: dict[str, float]) -> float:
    rounding, protraction = form["hunch_deg"] / COMMON_HUNCH_DEG, form["protraction_deg"] / COMMON_PROTRACTION_DEG
    return float(np.exp(-(rounding**2) - protraction**2)) + LEAST_WEIGHT


def long_row(metric: str, known: Sequence[Known]) -> str:
    """The map to a metric of the shoulders. Its scatter is the larger of those on bodies and on clothes left out."""
    values, wanted = np.array([one.shape for one in known]), np.array([one.true_deg[metric] for one in known])
    bodies, kinds = [one.body for one in known], [one.clothes for one in known]
    errors = [left_out(values, wanted, np.array(out)) - wanted for out in (bodies, kinds)]
    sd = few_bodies(len(set(bodies))) * max(float(np.sqrt(np.mean(error**2))) for error in errors)
    found = replace(learned(values, wanted), sd=float(np.hypot(sd, REAL_SHOULDERS_SD_DEG)))
    return calibration.inline({name: np.asarray(value).tolist() for name, value in vars(found).items()})


def _usual(names: Sequence[str], values: np.ndarray) -> dict[str, str]:
    known = zip(names, (column[np.isfinite(column)] for column in values.T), strict=True)
    return {
        name: f"{{ usual = {column.mean():.4g}, low = {column.min():.4g}, high = {column.max():.4g} }}"
        for name, column in known
    }


def ground_speed_row(reports: list[Report], truths: list[dict[str, Any]]) -> str:
    """What is added to the speed of the ground under the near foot."""
    known = [(r, t) for r, t in zip(reports, truths, strict=True) if _teaches(r, "speed_m_s")]
    seen = np.array([np.median([s.value for s in ground_speeds(r.trial)]) for r, _ in known])
    true = np.array([t["summary"]["speed_m_s"] for _, t in known])
    return _row(*fit(np.empty((len(known), 0)), true - seen, [t["clip"]["body"] for _, t in known]), ())


def near_far_rows(reports: list[Report], truths: list[dict[str, Any]], model: str) -> dict[str, str]:
    """Near minus far leg, for every per-leg metric, of runners without a dialled asymmetry and those of alike.py."""
    even = [r for r, t in zip(reports, truths, strict=True) if not any(t["clip"]["form"][d] for d in ASYMMETRY)]
    videos = [one.video for one in ensure_rendered(alike.runners())]
    even += [analyze(video, truth_of(video), model) for video in videos]
    rows = {}
    for metric in (name for name in REPORT_ORDER if METRICS[name].per_leg):
        seen = [r for r in even if _teaches(r, metric) and len(seen_legs(r.trial)) == len(SIDES)]
        apart = np.array([_near_less_far(r, metric) for r in seen])
        sd = float(np.hypot(few_bodies(len(seen)) * apart.std(ddof=1), PEOPLE_SHARE * abs(apart.mean())))
        rows[metric] = f"{{ offset = {apart.mean():.4g}, sd = {sd:.3g} }}"
    return rows


def _near_less_far(report: Report, metric: str) -> float:
    apart = left_less_right(report.measurement(metric))
    return apart if near_side(report.trial) == "left" else -apart


def change_rows(reports: list[Report], truths: list[dict[str, Any]], model: str) -> dict[str, str]:
    """What, apart from scatter, makes up the error of a metric's change.

    The sd is no less than the root mean square change over the clip of runners without a dialled drift. The share comes
    from runners with drifts (tiring.py); a metric whose truth is not known there takes the usual one.
    """
    wandering = _wandering(reports, truths)
    told = [c for member in tiring.runners("tuning") for c in tiring.changes(member, model) if c.given.missing is None]
    told = [c for c in told if c.given.kind == "clips" or METRICS[c.given.metric].responsive]
    fitted = {
        metric: _likeliest([c for c in told if c.given.metric == metric], sd, model)
        for metric, sd in wandering.items()
        if any(c.given.metric == metric for c in told)
    }
    usual = float(np.mean([share for _, share in fitted.values()]))
    found = {metric: fitted.get(metric, (sd, usual)) for metric, sd in wandering.items()}
    return {metric: f"{{ sd = {sd:.3g}, share = {share:.2g} }}" for metric, (sd, share) in found.items()}


def _likeliest(told: list[Told], least_sd: float, model: str) -> tuple[float, float]:
    """(sd, share) under which the errors of these changes are likeliest."""
    known = calibration.of(model).change(told[0].given.metric)
    values, true = (np.array([getattr(t, what) for t in told]) for what in ("value", "true"))
    errors = values - true
    half = np.array([0.5 * (t.given.high - t.given.low) / 1.96 for t in told])
    scatter = np.maximum(half**2 - np.array([known.error(v) for v in values]) ** 2, 0)

    def unlikely(guess: np.ndarray) -> float:
        variance = scatter + guess[0] ** 2 + (guess[1] * true) ** 2
        return float((np.log(variance) + errors**2 / variance).sum() + (guess[1] / USUAL_SHARE - 1) ** 2)

    start = [max(least_sd, float(np.sqrt(np.mean(errors**2)))), USUAL_SHARE]
    sd, share = minimize(unlikely, start, method="Nelder-Mead", bounds=[(least_sd, None), (0, None)]).x
    return float(sd), float(share)


def _wandering(reports: list[Report], truths: list[dict[str, Any]]) -> dict[str, float]:
    steady = [r for r, t in zip(reports, truths, strict=True) if not any(t["clip"]["form"][d] for d in tiring.DRIFTS)]
    rows = {}
    for metric in REPORT_ORDER:
        found = [m for r in steady if _teaches(r, metric) and len((m := r.measurement(metric)).steps) >= FEWEST]
        if found:
            rows[metric] = float(np.sqrt(np.mean([change(m)[0] ** 2 for m in found])))
    return rows


def _row(coefficients: np.ndarray, sd: float, names: Sequence[str]) -> str:
    slopes = ", ".join(f"{n} = {c:.4g}" for n, c in zip(names, coefficients[1:], strict=True))
    return f"{{ offset = {coefficients[0]:.4g}, sd = {sd:.3g}, slopes = {{ {slopes} }} }}"


def write(model: str, tables: Tables) -> None:
    text = HEADER
    for table, rows in tables.items():
        text += f"\n[{table}]\n" + "".join(f"{name} = {row}\n" for name, row in rows.items())
    file_of(model).write_text(text, encoding="utf-8")
    calibration.of.cache_clear()


def file_of(model: str) -> Path:
    return Path(calibration.__file__).with_name(calibration.file_of(model))


def calibrate(videos: list[Path], model: str, *, clips_only: bool = False) -> None:
    """Learn from these clips and from runners in few pictures, who change, or whose legs move alike: write the file.

    clips_only: what the others teach, which takes hours to render, stays as it is.
    """
    start(model)
    truths = [truth_of(v) for v in videos]
    tables = calibration.of(model).all_rows()
    if not clips_only:
        tables = merged(tables, _from_pictures(model))
    reports = [analyze(v, t, model) for v, t in zip(videos, truths, strict=True)]
    cues = {f"{event}_cues": cue_rows(event, calibration.of(model), reports, truths) for event in events.CUES}
    for _ in range(3):  # with the contacts found by then, and the rows that others rest on
        write(model, without_leftovers(merged(tables, cues, _from_clips(model, reports, truths))))
        reports = [analyze(v, t, model) for v, t in zip(videos, truths, strict=True)]
    if not clips_only:
        write(model, merged(calibration.of(model).all_rows(), _compared(model, reports, truths)))


def _from_pictures(model: str) -> Tables:
    """Posture and shoulders, and how both differ from standing."""
    stills = [one.video for one in rendered_stills()]
    posture, usual = posture_rows([(looked_at(video, model), written_truth(video)) for video in stills])
    known = [one for video in stills if (one := Known.of(video, model)) is not None]
    zero, changed = standing_rows([*standing.pairs(model)])
    shoulders = {metric: long_row(metric, known) for metric in TRUE}
    return {"features": usual | changed, "corrections": posture, "long_maps": shoulders, "standing": zero}


def _from_clips(model: str, reports: list[Report], truths: list[dict[str, Any]]) -> Tables:
    held, clips = calibration.of(model), seen_rightly(reports, truths)
    corrections, usual = correction_rows(held, reports, truths)
    return {
        "features": usual,
        "corrections": corrections,
        "events": event_rows(held, reports, truths),
        "thresholds": threshold_rows(held, clips),
        "perspective": perspective_rows(held, clips),
    }


def _compared(model: str, reports: list[Report], truths: list[dict[str, Any]]) -> Tables:
    """What is learned from differences between legs and over time, which no correction of a whole clip moves."""
    ensure_rendered(tiring.runners("tuning"))
    return {"near_far": near_far_rows(reports, truths, model), "changes": change_rows(reports, truths, model)}


def merged(*some: Tables) -> Tables:
    """Tables with the rows of all; later ones replace earlier ones of the same name."""
    names = dict.fromkeys(name for tables in some for name in tables)
    return {name: {key: row for tables in some for key, row in tables.get(name, {}).items()} for name in names}


def without_leftovers(tables: Tables) -> Tables:
    """Without corrections of nothing, those that no metric needs, and features that none depends on."""
    needed = {row for metric in METRICS.values() if not metric.refused for row in corrections_of(metric)}
    features = {name for names in (*MAPS.values(), *POSTURE_MAPS.values()) for name in names}
    features |= {from_standing(name) for names in STANDING_MAPS.values() for name in names}
    corrections = {name: row for name, row in tables["corrections"].items() if name in needed and row != NOTHING}
    kept = {name: row for name, row in tables["features"].items() if name in features}
    return tables | {"features": kept, "corrections": corrections}


def start(model: str) -> None:
    """Enter NOTHING for rows that are new or depend on other features than before: what is withheld teaches nothing.

    What stays so is left out.
    """
    held = calibration.of(model)
    wanted = {row for metric in METRICS.values() if not metric.refused for row in corrections_of(metric)}
    same = {row for row in held.rows("corrections") if tuple(held.correction(row).slopes) == MAPS.get(row, ())}
    same |= held.rows("corrections").keys() - MAPS.keys()
    new = dict.fromkeys(sorted(wanted - same), NOTHING)
    if new:
        write(model, merged(held.all_rows(), {"corrections": new}))


@click.command()
@click.argument("videos", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--model", type=click.Choice(list(BACKENDS)), default=DEFAULT_BACKEND)
@click.option("--clips-only", is_flag=True, help="What is learned from any other runners stays as it is.")
def main(videos: tuple[Path, ...], model: str, clips_only: bool) -> None:
    """Calibrate on the runners that corrections are learned from, or on the clips given."""
    calibrate(list(videos) or [one.video for one in ensure_rendered(teaching())], model, clips_only=clips_only)
    click.echo(file_of(model).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
