"""What is learned and reported of runs against standing: made-up pairs, and the rendered runner who stands."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import lean, standing
from benchmarks.calibrate import standing_rows
from benchmarks.population import Member
from benchmarks.standing import Pair
from benchmarks.virtual_runner import Form, Outfit, truth_of
from formcheck.datatypes import Measurement
from formcheck.knowledge import calibration
from formcheck.knowledge.calibration import Calibration, from_standing

LEAN, HANDS, TIPS = "trunk_lean_deg", from_standing("hands_ahead"), from_standing("lean_deg")
OFFSET_DEG, OF_HANDS, OF_LEAN, ERROR_DEG = 1.0, -6.0, 0.3, 0.8


def made_up(count: int = 200) -> list[Pair]:
    """Runners who are misread because of their arms and shoulders, and by an error of their own."""
    random, made = np.random.default_rng(3), []
    for i in range(count):
        hands, true = random.normal(0.15, 0.1), random.uniform(0, 15)
        seen = true + random.normal()
        wrong = OFFSET_DEG + OF_HANDS * (hands - 0.15) + OF_LEAN * (seen - 7.5) + ERROR_DEG * random.normal()
        sway = {LEAN: 0.1}
        m = Measurement(LEAN, "Trunk lean", "°", 9.0, 4.6, 13.4, n=30, clip_sd=0.5, sampling=0.2)
        made.append(
            Pair(f"body {i % 10}", {LEAN: true - wrong}, {LEAN: true}, {HANDS: hands, TIPS: seen}, {LEAN: m}, sway)
        )  # fmt: skip
    return made


def test_what_arms_and_shoulders_do_is_learned() -> None:
    rows, features = standing_rows(made_up())
    learned = tomllib.loads(f"row = {rows[LEAN]}")["row"]
    assert learned["offset"] == pytest.approx(OFFSET_DEG, abs=0.2)
    assert learned["slopes"][TIPS] == pytest.approx(OF_LEAN, rel=0.15)
    assert -6.0 < learned["slopes"][HANDS] < -4.5  # flatter than OF_HANDS: real people carry their arms in more ways
    assert ERROR_DEG < learned["sd"] < 1.5 * ERROR_DEG
    assert set(features) == {HANDS, TIPS}


def test_intervals_of_bodies_left_out_hold_the_truth() -> None:
    errors, halves = lean.read_left_out(made_up(), LEAN)
    assert len(errors) == 200
    assert errors.std() == pytest.approx(ERROR_DEG, rel=0.15)
    assert (np.abs(errors) <= halves).mean() >= 0.93
    assert np.median(halves) < 3.2 * ERROR_DEG  # from nine bodies: 2.31 of their own, plus the doubt added for people


def test_the_parts_of_the_lean_add_up_to_its_interval() -> None:
    alone, zero = lean.both_parts(made_up(), "heavy")
    learned = calibration.of("heavy")
    against = learned.standing(LEAN)
    assert against is not None
    assert np.linalg.norm([*alone.values()]) == pytest.approx(
        np.linalg.norm([learned.correction(LEAN).sd, 0.5, 0.2 / 1.96])
    )
    assert np.linalg.norm([*zero.values()]) == pytest.approx(np.linalg.norm([against.sd, 0.1, 0.2 / 1.96]))
    assert set(alone) - set(zero) == {"the camera's roll", lean.PEOPLE["outline_shoulder_front"]}


def test_the_page_tells_of_every_measure_that_is_given_against_standing() -> None:
    said = lean.page(made_up(40), "heavy")
    assert "40 times a rendered runner" in said
    assert re.search(r"\| `trunk_lean_deg` \| 40 \| [+-]0\.\d \| 0\.\d \| \d\d of 40 \| ±\d\.\d \| ±4\.4 \|", said)
    assert said.count("| **95 % interval** |") == 1


def test_a_runner_stands_in_the_same_body_and_clothes_before_the_same_camera() -> None:
    member = Member("one", Form(hunch_deg=20.0), outfit=Outfit(top="jacket"))
    stood = standing.standing(member)
    assert (stood.body, stood.outfit, stood.setting) == (member.body, member.outfit, member.setting)
    assert stood.camera == member.camera
    assert standing.standing(member, 1).form != stood.form
    few = replace(stood, recording=replace(stood.recording, seconds=0.5))
    truth = truth_of(few).truth()
    low, high = standing.STANDS["lean_deg"]
    assert low - 1 < truth["summary"]["lean_joint_deg"] < high + 1
    assert truth["steps"] == []


@pytest.mark.parametrize("model", ["heavy", "full", "lite"])
def test_every_pose_model_has_learned_of_standing_and_what_has_not_tells_nothing(model: str) -> None:
    row = calibration.of(model).standing(LEAN)
    assert row is not None
    assert 0 < row.sd < calibration.of(model).correction(LEAN).sd
    assert Calibration({"features": {}}).standing(LEAN) is None
