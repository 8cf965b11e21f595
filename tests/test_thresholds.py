"""How thresholds are learned: from runners who were read correctly, by a declared rule, and from enough of them."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import frontal, population, thresholds
from benchmarks.thresholds import PERSPECTIVE, THRESHOLDS, Learned, Seen
from benchmarks.virtual_runner import changed, rendering
from formcheck import pipeline
from formcheck.backends import BACKENDS
from formcheck.datatypes import SIDES, Options, VideoInfo
from formcheck.knowledge import calibration
from runner import LEG, Runner

VIDEO = VideoInfo(Path("clip.mp4"), 100_000, 2_460, 60.0, None, None)
HEAVY = calibration.of("heavy")


def seen(runner: Runner, company: str = "nothing") -> Seen:
    """A drawn runner as if it were a rendered clip: the report, and the truth."""
    steps = [{"side": side, "contact_s": float(t)} for side in SIDES for t in runner.contact_times(side)]
    truth: dict[str, Any] = {"clip": {"company": {"doing": company}, "form": {}}, "steps": steps}
    truth["summary"] = {"leg_px": LEG * runner.px_per_m, "stride_variability_pct": 0.0}
    options = Options(height_cm=175)
    return Seen(pipeline.interpret(VIDEO, runner.track(), options), truth)


@pytest.mark.parametrize(
    ("rule", "values", "expected"),
    [
        (thresholds.half_way_to_rectified, [0.002, 0.01, 0.001], 0.02),
        (thresholds.six_times_nearly_all, [0.0, 0.03, 0.01], 0.168),
        (thresholds.six_times_nearly_all, [*[0.01] * 39, 0.9], 0.06),
        (thresholds.a_tenth_above_nearly_all, [0.0, 0.01], 0.1095),
        (thresholds.a_tenth_below_nearly_all, [*[0.95] * 39, 0.1], 0.85),
        (thresholds.median, [0.8, 0.9, 3.0], 0.9),
        (thresholds.scatter, [0.9, 1.0, 1.1], 0.1),
        (thresholds.root_mean_square, [3.0, -4.0, 0.0, 0.0], 2.5),
        (thresholds.root_mean_square, [0.1, -0.2], 1.0),
        (thresholds.mean_angle, [170.0, -170.0, 180.0], 180.0),
    ],
)
def test_each_rule_says_what_its_name_says(rule: Any, values: list[float], expected: float) -> None:
    assert abs(rule(np.array(values))) == pytest.approx(expected)


@pytest.mark.parametrize("model", BACKENDS)
def test_what_stands_in_the_files_is_what_is_learned(model: str) -> None:
    learned = calibration.of(model)
    assert learned.rows("thresholds").keys() == THRESHOLDS.keys()
    assert learned.rows("perspective").keys() == PERSPECTIVE.keys()
    assert np.isfinite([learned.perspective(e, v, np.nan) for e, views in PERSPECTIVE.items() for v in views]).all()


def test_from_too_few_clips_nothing_is_learned() -> None:
    few = [seen(Runner(seconds=6))] * (thresholds.FEWEST_CLIPS - 1)
    assert thresholds.threshold_rows(HEAVY, few) == HEAVY.rows("thresholds")
    rows = thresholds.perspective_rows(HEAVY, few)
    for effect, row in HEAVY.rows("perspective").items():
        assert tomllib.loads(f"row = {rows[effect]}") == tomllib.loads(f"row = {row}")


def test_clips_of_other_views_and_unknown_values_do_not_count() -> None:
    clips = [seen(Runner(seconds=6))] * 4 + [seen(Runner(seconds=6, view="rear"))] * 3
    number = Learned(lambda one: 1.0 if one.view == "side" else 7.0, frozenset({"side"}), thresholds.median)
    assert number.of(clips) == 1.0
    assert replace(number, views=frozenset({"rear"})).of(clips) is None
    assert replace(number, statistic=lambda _: float("nan")).of(clips) is None


def test_only_runners_whose_steps_were_all_found_are_learned_from() -> None:
    good = seen(Runner(seconds=6))
    steps = good.truth["steps"]
    middle = sorted(steps, key=lambda step: step["contact_s"])[len(steps) // 2]
    turned = [step | {"side": "left" if step["side"] == "right" else "right"} for step in steps]
    between = {"side": "left", "contact_s": middle["contact_s"] + 0.17}
    wrong = [[s for s in steps if s is not middle], turned, [*steps, between]]
    clips = [good, *(replace(good, truth=dict(good.truth) | {"steps": some}) for some in wrong)]
    clips.append(seen(Runner(seconds=6), company="passing"))
    reports, truths = [c.report for c in clips], [c.truth for c in clips]
    assert [s.truth for s in thresholds.seen_rightly(reports, truths)] == [good.truth]


@pytest.mark.slow
@pytest.mark.parametrize("view", ["side", "rear", "front"])
def test_runners_who_are_read_rightly_keep_within_the_thresholds(view: str) -> None:
    """Learned on them alone, every threshold still lets them all through."""
    clips = [seen(Runner(seconds=6, view=view, cadence_spm=c, noise_px=1.0, seed=int(c))) for c in (155, 165, 175, 185)]
    assert all(clip.right for clip in clips)
    for name, learned in THRESHOLDS.items():
        if view not in learned.views:
            continue
        values = [learned.statistic(clip) for clip in clips]
        least = learned.rule is thresholds.a_tenth_below_nearly_all
        for bound in (learned.of(clips), HEAVY.threshold(name)):
            assert bound is not None
            assert all(value > bound if least else value < bound for value in values), name


def test_what_perspective_does_is_learned_whatever_the_file_says_today(monkeypatch: pytest.MonkeyPatch) -> None:
    clips = [seen(Runner(seconds=6, view="rear", cadence_spm=c)) for c in (155, 165, 175, 185)]
    found = {effect: views["rear"].of(clips) for effect, views in PERSPECTIVE.items()}
    assert found["leg_length"] == pytest.approx(1.1, abs=0.03)  # a foot swung back comes near the camera
    tables = tomllib.loads(Path(calibration.__file__).with_name(calibration.file_of("heavy")).read_text())
    tables["perspective"] = {"leg_length": {"rear": 0.5}, "feet_lag_deg": {"rear": -90.0}}
    monkeypatch.setattr(calibration, "of", lambda _: calibration.Calibration(tables))
    assert {effect: views["rear"].of(clips) for effect, views in PERSPECTIVE.items()} == pytest.approx(found)


def test_a_leg_is_as_long_in_the_picture_as_a_pinhole_shows_it() -> None:
    """Ten metres from a camera looking along x, 90° high, in a picture 200 pixels high: 10 pixels to the metre."""
    ahead = [[0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]]
    frames = {
        "names": np.array(["rig_left_hip", "rig_right_hip"]),
        "points_m": np.array([[[10.0, 0.1, 0.9], [10.0, -0.1, 0.9]]]),
    }
    truth = {
        "camera": {"view_projection_at_start": ahead, "fov_y_deg": 90.0},
        "clip": {"recording": {"height_px": 200}},
        "runner": {"leg_length_m": 0.8},
    }
    assert frontal.leg_length_px(frames, truth) == pytest.approx(8.0)


@pytest.mark.slow
def test_in_front_of_a_camera_that_goes_along_a_leg_looks_as_long_as_it_is_drawn() -> None:
    """The camera's matrix is for the middle of the clip, metres away from its first frame."""
    member = next(m for m in population.population() if m.camera.view == "front" and m.camera.moves == "alongside")
    recorder = rendering.truth_of(changed(member, **{"recording.fps": 10.0}))
    frames, truth = recorder.frames(), recorder.truth()
    names, middle = [str(name) for name in frames["names"]], len(frames["time_s"]) // 2
    height = {n: frames[key][middle, names.index(n)] for key in ("points_m",) for n in ("rig_neck", "rig_left_hip")}
    pixels = [frames["points_px"][middle, names.index(n)][1] for n in ("rig_left_hip", "rig_neck")]
    px_per_m = (pixels[0] - pixels[1]) / (height["rig_neck"][2] - height["rig_left_hip"][2])
    expected = truth["runner"]["leg_length_m"] * px_per_m
    assert frontal.leg_length_px(frames, truth) == pytest.approx(expected, rel=0.1)
