"""Research on how far shoulders lie ahead of the trunk: truth, readings, and no group read by a map learned on it."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.ndimage import gaussian_filter
from test_outline import looks

from benchmarks import calibrate, hunched
from benchmarks.derived_truth import forward_shoulder_deg
from benchmarks.hunched import TRUE, Known, left_out
from formcheck.datatypes import PoseTrack
from formcheck.knowledge.calibration import Calibration
from formcheck.metrics.shoulders import SILHOUETTE, shape
from formcheck.outline import facing_right, gradients
from runner import Runner


def frames(lean_deg: float, ahead_deg: float) -> dict[str, np.ndarray]:
    """Hip, C7 0.5 m along the trunk's line, shoulders 0.1 m below it, turned ahead."""
    lean, turn = np.radians(lean_deg), np.radians(ahead_deg)
    hip = np.array([0.0, 0.0, 1.0])
    neck = hip + 0.5 * np.array([np.sin(lean), 0.0, np.cos(lean)])
    shoulder = neck + 0.1 * np.array([-np.sin(lean - turn), 0.0, -np.cos(lean - turn)])
    sides = {
        f"rig_{side}_{name}": at for side in ("left", "right") for name, at in (("hip", hip), ("shoulder", shoulder))
    }
    points = {**sides, "c7": neck}
    return {"names": np.array(list(points)), "points_m": np.array([list(points.values())] * 3)}


@pytest.mark.parametrize("lean_deg", [0.0, 15.0])
@pytest.mark.parametrize("ahead_deg", [-5.0, 0.0, 30.0])
def test_the_angle_is_the_shoulders_own_whatever_the_lean(lean_deg: float, ahead_deg: float) -> None:
    assert forward_shoulder_deg(frames(lean_deg, ahead_deg)) == pytest.approx(np.full(3, ahead_deg), abs=1e-6)


def seen(facing: int = 1, turned_deg: float = 0.0) -> PoseTrack:
    return replace(Runner().track(), outline=looks(facing=facing, roll_deg=turned_deg))


@pytest.mark.parametrize(("facing", "turned_deg"), [(-1, 0.0), (1, 10.0), (-1, -10.0)])
def test_what_is_read_depends_neither_on_the_direction_nor_on_a_tilted_picture(facing: int, turned_deg: float) -> None:
    plain, changed = shape(seen(), 1), shape(seen(facing, turned_deg), facing)
    assert len(plain) > SILHOUETTE
    assert np.corrcoef(plain, changed)[0, 1] > 0.99
    assert np.abs(plain - changed).mean() < 0.02


@pytest.mark.parametrize(("facing", "near"), [(1, "right"), (-1, "left")])
def test_the_arm_that_swings_is_the_near_one(facing: int, near: str) -> None:
    track = seen(facing)
    for side in ("left", "right"):
        points = track.outline.points.copy()
        points[:, track.landmarks.index[f"{side}_wrist"]] += np.random.default_rng(1).normal(0, 0.2, points[:, 0].shape)
        moved = shape(replace(track, outline=replace(track.outline, points=points)), facing)[-3:]  # the wrist's scatter
        assert (np.abs(moved - shape(track, facing)[-3:]).max() > 0.01) == (side == near)


def test_mirrored_histograms_are_those_of_the_mirrored_mask() -> None:
    mask = gaussian_filter(np.random.default_rng(3).uniform(size=(201, 201)), 4)
    axes = 100.0 * np.array([[1.0, 0.0], [0.0, -1.0]])
    plain, mirrored = (gradients(one, np.array([100.0, 150.0]), axes) for one in (mask, mask[:, ::-1]))
    assert facing_right(mirrored, -1) == pytest.approx(plain)
    assert np.abs(mirrored - plain).max() > 0.05


def test_what_belongs_to_a_group_is_not_learned_from_it() -> None:
    random = np.random.default_rng(2)
    groups = np.repeat([f"body {i}" for i in range(10)], 20)
    values = random.normal(size=(200, SILHOUETTE + 6))
    own = dict(zip(sorted(set(groups)), random.normal(0, 3, 10), strict=True))
    wanted = 5 * values[:, -1] + np.array([own[g] for g in groups])
    found = left_out(values, wanted, groups)
    assert np.corrcoef(found, values[:, -1])[0, 1] > 0.8
    assert np.std(found - wanted) > 0.8 * np.std(list(own.values()))


def test_the_row_that_calibrating_writes_reads_as_what_was_learned() -> None:
    random = np.random.default_rng(5)
    known = [
        Known(
            random.normal(size=SILHOUETTE + 6),
            dict.fromkeys(TRUE, random.uniform(0, 45)),
            f"body {i % 10}",
            ("jacket", "tight")[i % 2],
        )
        for i in range(60)
    ]
    rows = tomllib.loads(f"[long_maps]\nhunch = {calibrate.long_row(hunched.HUNCH, known)}\n[features]")
    row = Calibration(rows).long_map("hunch")
    fresh = hunched.learned(
        np.array([one.shape for one in known]), np.array([one.true_deg[hunched.HUNCH] for one in known])
    )
    assert row.at(known[0].shape) == pytest.approx(fresh.at(known[0].shape), abs=0.1)
    assert row.sd > 10  # noise predicts nothing: no less than the scatter of the truths
    assert row.believable(known[0].shape)
    assert not row.believable(5 * known[0].shape)


def test_the_command_tells_what_is_read_of_those_that_are_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(4)

    def read(video: Path, _model: str) -> Known:
        true_deg, number = random.uniform(10, 60), int(video.stem[6:])
        return Known(
            np.r_[random.normal(size=SILHOUETTE), true_deg],
            dict.fromkeys(TRUE, true_deg),
            f"body {number % 10}",
            ("jacket", "tight")[number % 2],
        )

    nobody = CliRunner().invoke(hunched.main, ["--cache", str(tmp_path)])
    assert (nobody.exit_code, "benchmarks.stills" in nobody.output) == (1, True)
    monkeypatch.setattr(Known, "of", read)
    for number in range(80):
        (tmp_path / f"still_{number:03d}.mp4").touch()
    said = CliRunner().invoke(hunched.main, ["--cache", str(tmp_path)], catch_exceptions=False).output.splitlines()
    assert said[0] == "80 runners"
    assert said[1].startswith("bodies left out")
    assert "hunched called 100 %  upright not 100 %" in said[1]
    assert said[3].startswith("thoracic flexion: rank")
    assert [line.split()[0] for line in said[4:]] == ["20", "40", "60"]
