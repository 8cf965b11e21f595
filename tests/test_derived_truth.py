"""Truth read from a clip's frames says what the movement's dials said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import findings, tiring
from benchmarks.derived_truth import TrueMotion, derived
from benchmarks.virtual_runner import ClipSpec, Form, Recording, truth_of

SHORT = Recording(width_px=320, height_px=180, fps=60.0, seconds=3.0)


def truth(folder: Path, form: Form) -> dict[str, float]:
    recorder = truth_of(ClipSpec("c", form, recording=SHORT))
    np.savez(folder / "c.frames.npz", **recorder.frames())  # type: ignore[arg-type]
    return derived(folder / "c.mp4", recorder.truth())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("metric", "low", "high", "by"),
    [
        ("foot_inclination_deg", {"strike_pitch_deg": -6.0}, {"strike_pitch_deg": 16.0}, 22.0),
        ("head_pitch_deg", {"head_pitch_deg": 0.0}, {"head_pitch_deg": 20.0}, 20.0),
        ("elbow_angle_deg", {"elbow_deg": 80.0}, {"elbow_deg": 110.0}, -30.0),
        ("arm_swing_deg", {"arm_swing_deg": 20.0}, {"arm_swing_deg": 30.0}, 20.0),
        ("trunk_rocking_deg", {"lean_swing_deg": 1.0}, {"lean_swing_deg": 3.0}, 4.0),
        ("speed_m_s", {"speed_m_s": 2.8}, {"speed_m_s": 3.2}, 0.4),
    ],
)
def test_a_dial_that_is_turned_shows_in_the_truth(
    tmp_path: Path, metric: str, low: dict[str, Any], high: dict[str, Any], by: float
) -> None:
    apart = truth(tmp_path, Form(**high))[metric] - truth(tmp_path, Form(**low))[metric]
    assert apart == pytest.approx(by, rel=0.25)


@pytest.mark.slow
def test_times_and_lengths_follow_from_cadence_speed_and_duty(tmp_path: Path) -> None:
    found = truth(tmp_path, Form(cadence_spm=170, speed_m_s=3.0, duty=0.35))
    assert found["step_length_m"] == pytest.approx(3.0 * 60 / 170, rel=0.01)
    assert found["flight_time_ms"] == pytest.approx(1000 * (60 / 170 - 0.35 * 120 / 170), abs=3)
    assert found["stride_variability_pct"] == pytest.approx(0, abs=0.01)


@pytest.mark.slow
def test_a_knee_that_bends_again_as_the_foot_leaves_the_ground_bends_no_more_under_load(tmp_path: Path) -> None:
    """The measure ends when the knee has taken the load, so its truth does."""
    late, usual = (truth(tmp_path, Form(toe_off_pitch_deg=pitch)) for pitch in (-70.0, -52.0))
    assert late["knee_flexion_stance_deg"] == pytest.approx(usual["knee_flexion_stance_deg"], abs=0.1)


def motion(form: Form) -> tuple[TrueMotion, dict[str, Any]]:
    recorder = truth_of(ClipSpec("c", form, recording=SHORT))
    written = recorder.truth()
    return TrueMotion(dict(recorder.frames()), written), written


@pytest.mark.slow
def test_uneven_steps_are_no_change_of_cadence() -> None:
    _, cadence_spm = tiring.TRUE["cadence_spm"](*motion(Form(step_asymmetry=0.1)))
    assert cadence_spm == pytest.approx(178, abs=0.1)


@pytest.mark.slow
def test_what_changes_by_chance_has_truly_changed() -> None:
    """Nothing of it was dialled in, but the limits for changes are compared with it."""
    moving, written = motion(Form(jitter=0.08))
    times, cadence_spm = tiring.TRUE["cadence_spm"](moving, written)
    rise_spm = float(np.polyfit(times, cadence_spm, 1)[0] * np.ptp(times))
    assert abs(rise_spm) > 5
    assert findings._changes(moving, written)["cadence_spm_trend"] == pytest.approx(rise_spm)
