"""The accuracy bench in small: twelve short rendered clips, of every filming condition, posed and judged."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from benchmarks.accuracy import judge
from benchmarks.findings import false_alarms
from benchmarks.population import SMALL_SET, for_ci, rendered
from benchmarks.scoring import mean_abs
from benchmarks.tables import Judged

pytestmark = pytest.mark.slow


@cache
def judged() -> list[Judged]:
    """By the default model."""
    return judge(for_ci(), "heavy")


def test_the_set_is_here_and_nothing_else() -> None:
    """If not, run python -m benchmarks.population --render --ci --cache benchmarks/small_set, and delete the rest."""
    ones = [rendered(member) for member in for_ci()]
    files = {path for one in ones for path in (one.video, one.truth, one.frames)}
    assert files == {path for path in SMALL_SET.iterdir() if path.name != "README.md"}


def errors(metric: str) -> list[float]:
    return [value[0] - value[3] for j in judged() if (value := j.score.values.get(metric))]


@pytest.mark.parametrize(
    ("metric", "bound", "fewest"),
    [("cadence_spm", 0.5, 9), ("trunk_lean_deg", 3.0, 7), ("overstride_cm", 3.0, 6), ("contact_time_ms", 20.0, 6)],
)
def test_what_is_measured_is_near_the_truth(metric: str, bound: float, fewest: int) -> None:
    """About twice the mean error in docs/accuracy.md, which is based on more and longer clips."""
    assert len(errors(metric)) >= fewest
    assert mean_abs(errors(metric)) < bound


def test_intervals_hold_the_truth() -> None:
    values = [value for j in judged() for value in j.score.values.values()]
    held = np.mean([low <= truth <= high for _, low, high, truth in values])
    assert len(values) > 150
    assert held > 0.9


def test_steps_are_found_with_the_right_foot_and_none_is_made_up() -> None:
    scores = [j.score for j in judged() if j.member.stratum not in ("cut_feet", "walking")]
    steps = sum(s.steps for s in scores)
    assert steps > 110
    assert sum(s.missed for s in scores) <= 0.03 * steps  # three in one clip, only part of which is used
    assert sum(s.false for s in scores) <= 0.01 * steps
    assert sum(s.wrong_side for s in scores) <= 0.01 * steps


def test_views_and_walkers_are_recognised_and_nothing_is_called_that_is_not_there() -> None:
    assert all(j.score.view == j.member.camera.view for j in judged())
    assert {j.score.activity for j in judged() if j.member.stratum == "walking"} == {"walking"}
    alarms, fine = false_alarms([v for j in judged() for v in j.verdicts])
    assert fine > 30
    assert alarms <= 0.02 * fine
