"""Filter and median on signals whose answer is obvious."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from formcheck.signals import FEWEST_SAMPLES, known_median, lowpass


@pytest.mark.parametrize("hz", [1.0, 2.8, 4.0])
def test_the_filter_neither_delays_nor_shrinks_slow_movement(hz: float) -> None:
    time_s = np.sort(np.arange(600) / 60 + np.random.default_rng(1).uniform(-0.003, 0.003, 600))
    wave = np.sin(2 * np.pi * hz * time_s)[:, None]
    smooth = lowpass(wave, time_s, 8.0)[60:-60]
    assert np.abs(smooth - wave[60:-60]).max() < 0.08


def test_the_filter_takes_jitter_off_and_halves_the_power_at_its_corner() -> None:
    time_s = np.arange(1200) / 120
    kept = [np.ptp(lowpass(np.sin(2 * np.pi * hz * time_s)[:, None], time_s, 8.0)[120:-120]) / 2 for hz in (8.0, 30.0)]
    assert kept == pytest.approx([0.5**0.5, 0], abs=0.03)


@pytest.mark.parametrize(("count", "fps", "hz"), [(7, 30, 8.0), (300, 60, 8.0), (600, 240, 2.0), (50, 25, 7.5)])
def test_the_filter_is_that_of_scipy(count: int, fps: float, hz: float) -> None:
    walk = 500 + 100 * np.random.default_rng(count).normal(size=(count, 2)).cumsum(axis=0)
    twice = butter(2, hz / 0.802, fs=fps, output="sos")
    scipys = sosfiltfilt(twice, walk, axis=0, padtype="odd", padlen=min(count - 1, round(fps / 2)))
    assert lowpass(walk, np.arange(count) / fps, hz) == pytest.approx(scipys, abs=1e-6)


def test_too_few_samples_are_left_as_they_are() -> None:
    few = np.random.default_rng(2).normal(size=(FEWEST_SAMPLES - 1, 2))
    assert np.array_equal(lowpass(few, np.arange(len(few)) / 60, 8.0), few)


def test_unknown_values_have_no_say_in_the_median() -> None:
    assert known_median(np.array([np.nan, 3.0, 1.0, np.nan, 2.0])) == 2.0
    assert known_median(np.array([np.nan, np.nan])) == 0.0


def test_each_column_has_the_median_of_what_is_known_in_it() -> None:
    values = np.random.default_rng(1).normal(size=(40, 7))
    values[np.random.default_rng(2).random(values.shape) < 0.3] = np.nan
    values[:, 3], values[:, 4] = np.nan, np.inf
    known = known_median(values)
    assert np.array_equal(np.delete(known, [3, 4]), np.nanmedian(np.delete(values, [3, 4], axis=1), axis=0))
    assert known[3] == known[4] == 0.0
    assert known_median(np.zeros((0, 2))).tolist() == [0.0, 0.0]
