"""The whole pipeline: samples against their truth and a treadmill runner against labels with the default model; other
real clips with a quicker one."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import clips
import cv2
import numpy as np
import pytest
from people import CLIPS, QUICK, labelled, options

from benchmarks import real_people
from benchmarks.real_clips import Labelled, labels_of
from benchmarks.real_clips import labelled as read_labelled
from formcheck.backends import DEFAULT_BACKEND
from formcheck.datatypes import Event, Options, Report
from formcheck.metrics import METRICS
from formcheck.pipeline import analyze
from formcheck.report import to_text
from formcheck.video import Clip

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "sample_videos"
CASES = ROOT.parent / "shared" / "cases"
SIDE = {"L": "left", "R": "right"}
ENDS_S = {"overstride_lean": 6.0}  # the others are read whole by commands of the pages, and kept

pytestmark = pytest.mark.slow


@cache
def sample(name: str) -> tuple[Report, dict[str, Any]]:
    truth = json.loads((SAMPLES / f"{name}.truth.json").read_text(encoding="utf-8"))
    height_cm = 100 * truth["runner"]["height_m"]
    return analyze(SAMPLES / f"{name}.mp4", Options(height_cm=height_cm, end=ENDS_S.get(name))), truth["summary"]


@cache
def real(name: str, **said: Any) -> tuple[Report, dict[str, Any]]:
    return analyze(CLIPS / f"{name}.mp4", options(name, **said)), labels_of(name)


@cache
def treadmill() -> Labelled:
    return read_labelled("treadmill_side_30fps", DEFAULT_BACKEND)


def matched(found: tuple[Event, ...], labels: list[dict[str, Any]], within: float) -> int:
    """Number of labels with a contact of the same foot found within so many frames, each contact used once."""
    free = list(found)
    hits = 0
    for label in labels:
        near = [e for e in free if e.side == SIDE[label["foot"]] and abs(e.frame - label["frame"]) <= within]
        if near:
            free.remove(min(near, key=lambda e: abs(e.frame - label["frame"])))
            hits += 1
    return hits


@pytest.mark.parametrize("name", ["neutral", "overstride_lean", "hunched"])
def test_samples_are_measured_as_they_were_rendered(name: str) -> None:
    report, truth = sample(name)
    gait = report.trial.gait
    assert (gait.view.name, gait.activity, gait.surface) == ("side", "running", "treadmill")
    assert report.measurement("cadence_spm").value == pytest.approx(truth["cadence_spm"], abs=0.5)
    assert report.measurement("trunk_lean_deg").value == pytest.approx(truth["lean_joint_deg"], abs=3)
    assert report.measurement("overstride_cm").value == pytest.approx(100 * truth["overstride_m"], abs=4)
    assert report.measurement("contact_time_ms").value == pytest.approx(1000 * truth["contact_time_s"], abs=25)
    for metric, true in (("cadence_spm", truth["cadence_spm"]), ("trunk_lean_deg", truth["lean_joint_deg"])):
        measured = report.measurement(metric)
        assert measured.low <= true <= measured.high


def test_the_hunched_sample_is_hunched_and_the_upright_one_is_not() -> None:
    hunched, upright = (sample(name)[0].measurement("shoulder_hunch_deg") for name in ("hunched", "neutral"))
    assert hunched.value > upright.value + 8
    for read, true in ((hunched, 45.8), (upright, 25.5)):  # from their meshes, by benchmarks.derived_truth
        assert read.low <= true <= read.high
    levels = [{f.fault: f.level for f in sample(name)[0].findings} for name in ("hunched", "neutral")]
    assert levels[0]["shoulder_hunch"] in ("watch", "fault")
    assert levels[1]["shoulder_hunch"] in ("ok", "borderline")


def test_the_overstriding_sample_reads_as_overstriding() -> None:
    levels = {f.fault: f.level for f in sample("overstride_lean")[0].findings}
    assert levels["low_cadence"] in ("watch", "fault")
    assert levels["overstride"] in ("borderline", "watch", "fault")
    assert {f.fault: f.level for f in sample("neutral")[0].findings}["overstride"] in ("ok", "borderline")


def shrunk(folder: Path, share: Callable[[int], float]) -> Path:
    """Five seconds of a sample, 30 frames/s, each as much smaller in a picture of the same size."""
    shown = [f.image for f in Clip(SAMPLES / "neutral.mp4", end_s=5.0)][::2]

    def picture(i: int) -> np.ndarray:
        small = cv2.resize(shown[i], None, fx=share(i), fy=share(i), interpolation=cv2.INTER_AREA)
        y, x = (np.array(shown[i].shape[:2]) - small.shape[:2]) // 2
        whole = np.zeros_like(shown[i])
        whole[y : y + small.shape[0], x : x + small.shape[1]] = small
        return whole

    clips.make(folder / "away.mp4", np.arange(len(shown)) / 30, picture)
    return folder / "away.mp4"


def test_a_runner_far_off_is_found_and_measured_and_one_too_far_is_told_why(tmp_path: Path) -> None:
    """Neither is found in the whole picture."""
    truth = json.loads((SAMPLES / "neutral.truth.json").read_text(encoding="utf-8"))["summary"]
    measured, there = (analyze(shrunk(tmp_path, lambda _, s=s: s), Options(model="full")) for s in (0.18, 1.0))
    assert 80 < measured.trial.track.body_height_px < 110
    for name, true in (
        ("cadence_spm", truth["cadence_spm"]),
        ("trunk_lean_deg", truth["lean_joint_deg"]),
        ("overstride_pct_leg", 100 * truth["overstride_of_leg"]),
        ("contact_time_ms", 1000 * truth["contact_time_s"]),
    ):
        m, larger = measured.measurement(name), there.measurement(name)
        assert m.low <= true <= m.high, name
        assert m.high - m.low > larger.high - larger.low or name == "cadence_spm", (
            name
        )  # which has an error of time only
    tiny = analyze(shrunk(tmp_path, lambda _: 0.12), Options(model="full"))
    assert {m.missing for m in tiny.measurements if not METRICS[m.name].refused} == {"too_small"}
    assert {finding.missing for finding in tiny.findings} == {"too_small"}
    screen = " ".join(to_text(tiny, form="screen").split())
    assert "too small in the picture" in screen
    assert "Film from nearer" in screen


def test_a_runner_who_gets_small_is_followed_to_the_end_by_several_workers(tmp_path: Path) -> None:
    """In the second half too small to be detected in the whole picture, but not to be tracked on from the first."""
    there = analyze(shrunk(tmp_path, lambda i: 1 / (1 + 0.9 * i / 30)), Options(model="full", workers=2))
    truth = json.loads((SAMPLES / "neutral.truth.json").read_text(encoding="utf-8"))["summary"]
    assert there.trial.gait.motion is not None
    assert np.ptp(there.trial.gait.motion.time_s) > 4.5
    assert len(there.trial.gait.contacts) >= 13
    for name, true, off in (
        ("cadence_spm", truth["cadence_spm"], 1.0),
        ("trunk_lean_deg", truth["lean_joint_deg"], 1.0),
        ("overstride_pct_leg", 100 * truth["overstride_of_leg"], 2.0),
        ("contact_time_ms", 1000 * truth["contact_time_s"], 12),
    ):
        assert there.measurement(name).value == pytest.approx(true, abs=off), name


@labelled
def test_contacts_of_a_real_treadmill_runner_match_the_labels() -> None:
    report, labels = treadmill().report, treadmill().labels
    gait = report.trial.gait
    assert (gait.view.name, gait.view.facing) == ("side", "left")
    assert (gait.activity, gait.surface) == ("running", "treadmill")
    assert report.measurement("cadence_spm").value == pytest.approx(168.4, abs=1)
    assert report.measurement("trunk_lean_deg").value == pytest.approx(7 + 4.6, abs=4)  # marked; between joints
    hits = matched(gait.contacts, labels["contacts"], within=2)
    assert hits >= 31
    assert len(gait.contacts) - hits <= 1


@labelled
def test_the_page_on_real_people_tells_what_is_measured_today() -> None:
    """If not, run python -m benchmarks.real_people."""
    page = real_people.PAGE.read_text(encoding="utf-8").partition("## Contacts against labels")[2]
    told, measured = (
        next(line for line in lines.splitlines() if line.startswith("| `treadmill_side_30fps`")).split("|")
        for lines in (page, real_people.contacts_table([treadmill()]))
    )
    assert measured[2:7] == told[2:7]
    frames = [[float(figure) for figure in cells[7].split(",")] for cells in (measured, told)]
    assert frames[0] == pytest.approx(frames[1], abs=0.2)


@labelled
def test_slow_motion_is_noticed_then_measured_when_told() -> None:
    report, labels = real("silhouette_slowmo")
    assert report.trial.gait.likely_factor == 5
    assert report.measurement("cadence_spm").missing == "time_unsure"
    assert matched(report.trial.gait.contacts, labels["contacts"], within=6) >= 6
    told, _ = real("silhouette_slowmo", slowmo=5.0, every_frame=True)  # of which the landmarks are known now
    assert told.measurement("cadence_spm").value == pytest.approx(5 * 33.2, abs=5 * 0.5)


@labelled
def test_a_runner_in_slow_motion_from_the_front_is_not_called_a_walker() -> None:
    gait = real("front_slowmo")[0].trial.gait
    assert (gait.view.name, gait.activity) == ("front", "running")
    assert gait.likely_factor in (1.6, 2.0)  # labelled as about 1.7
    assert gait.pace_likely > 0.9


@labelled
def test_a_runner_who_goes_away_is_read_to_the_end() -> None:
    report, labels = real("rear_receding_30fps")
    assert report.trial.gait.motion is not None
    assert np.ptp(report.trial.gait.motion.time_s) > 11  # of 12 s
    assert report.measurement("cadence_spm").value == pytest.approx(164.0, abs=1.2)
    assert matched(report.trial.gait.contacts, labels["contacts"], within=2) >= len(labels["contacts"]) - 1


@pytest.mark.skipif(not CASES.is_dir(), reason="the inputs that went wrong are not on this machine")
def test_a_slow_jogger_is_not_told_to_be_in_slow_motion() -> None:
    report = analyze(CASES / "syn_118.mp4", Options(model=QUICK))
    assert (report.trial.gait.activity, report.trial.gait.likely_factor) == ("running", None)
    assert report.measurement("cadence_spm").value == pytest.approx(118, abs=1)


@labelled
def test_walking_is_said_to_be_walking_and_not_judged() -> None:
    report, _ = real("walking_overground")
    assert report.trial.gait.activity == "walking"
    assert all(finding.level == "not_measured" for finding in report.findings)


def test_a_runner_who_passes_a_standing_camera_both_ways_is_measured() -> None:
    """Rendered: four steps each way at 30 frames a second."""
    folder = Path(__file__).parent / "data"
    truth = json.loads((folder / "passes.truth.json").read_text(encoding="utf-8"))
    report = analyze(folder / "passes.mp4", Options())
    assert [bout.trial.gait.view.facing for bout in report.bouts if bout.used] == ["right", "left"]
    assert report.trial.gait.surface == "overground"
    found = {m.name: m for m in report.measurements if m.missing is None}
    for name, true in (
        ("cadence_spm", truth["cadence_spm"]),
        ("trunk_lean_deg", truth["lean_joint_deg"]),
        ("overstride_pct_leg", 100 * truth["overstride_of_leg"]),
        ("shin_angle_deg", truth["contact_shank_deg"]),
        ("knee_flexion_contact_deg", truth["contact_knee_deg"]),
        ("contact_time_ms", 1000 * truth["contact_time_s"]),
    ):
        assert found[name].low <= true <= found[name].high, name
        assert found[name].n <= 10
    assert found["cadence_spm"].value == pytest.approx(truth["cadence_spm"], abs=2.5)
    off = [min(abs(e.time_s - time_s) for time_s, side in truth["contacts"] if side == e.side) for e in report.contacts]
    assert len(off) >= 7
    assert max(off) < 0.034  # a frame
