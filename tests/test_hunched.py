"""Research on how far shoulders stand ahead of the trunk: its truth, what is read, and that none teach themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from test_outline import looks

from benchmarks import hunched
from benchmarks.hunched import Known, forward_shoulder_deg, left_out, shape
from formcheck.datatypes import PoseTrack
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
    points = {**sides, "rig_neck": neck}
    return {"names": np.array(list(points)), "points_m": np.array([list(points.values())] * 3)}


@pytest.mark.parametrize("lean_deg", [0.0, 15.0])
@pytest.mark.parametrize("ahead_deg", [-5.0, 0.0, 30.0])
def test_the_angle_is_the_shoulders_own_whatever_the_lean(lean_deg: float, ahead_deg: float) -> None:
    assert forward_shoulder_deg(frames(lean_deg, ahead_deg)) == pytest.approx(ahead_deg, abs=1e-6)


def seen(facing: int) -> PoseTrack:
    return Runner(facing=facing).track().replaced(outline=looks(facing=facing))


def test_what_is_read_does_not_depend_on_which_way_the_runner_faces() -> None:
    right, left = shape(seen(1), 1), shape(seen(-1), -1)
    known = np.isfinite(right) & np.isfinite(left)
    assert known.mean() > 0.8
    assert right[known] == pytest.approx(left[known], abs=0.02)


def test_a_trunk_tilted_in_the_picture_changes_nothing() -> None:
    track = seen(1)
    turn = np.radians(10)
    turned = track.xy @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    assert shape(replace(track, xy=turned), 1) == pytest.approx(shape(track, 1), nan_ok=True)


def test_what_belongs_to_a_group_is_not_learned_from_it() -> None:
    random = np.random.default_rng(2)
    groups = np.repeat([f"body {i}" for i in range(10)], 20)
    values = random.normal(size=(200, 6))
    own = dict(zip(sorted(set(groups)), random.normal(0, 3, 10), strict=True))
    wanted = 5 * values[:, 0] + np.array([own[g] for g in groups])
    found = left_out(values, wanted, groups)
    assert np.corrcoef(found, 5 * values[:, 0])[0, 1] > 0.95
    assert np.std(found - wanted) > 0.8 * np.std(list(own.values()))


def test_the_command_tells_what_is_read_of_those_that_are_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(4)

    def read(video: Path, _model: str) -> Known:
        true_deg, number = random.uniform(0, 45), int(video.stem[6:])
        return Known(
            np.array([true_deg, random.normal()]), true_deg, f"body {number % 10}", ("jacket", "tight")[number % 2]
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
    assert [line.split()[0] for line in said[3:]] == ["20", "40", "60"]
