"""Filter and median on signals whose answer is obvious."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator
from scipy.signal import butter, sosfiltfilt

from formcheck.signals import FEWEST_SAMPLES, fast_size, known_median, lowpass, monotone_cubic


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


def test_what_is_sampled_unevenly_is_smoothed_by_its_times_and_not_by_its_rows() -> None:
    """As by a phone that films at 60 frames a second, and in the dark at 30."""
    time_s = np.cumsum(np.where(np.arange(400) < 200, 1 / 60, 1 / 30))
    wave = np.sin(2 * np.pi * 2.0 * time_s)[:, None]
    assert np.abs(lowpass(wave, time_s, 8.0) - wave)[30:-30].max() < 0.06


def test_what_is_sampled_too_seldom_to_be_smoothed_is_left_as_it_is() -> None:
    walk = np.random.default_rng(3).normal(size=(40, 2)).cumsum(axis=0)
    assert np.array_equal(lowpass(walk, np.arange(40) / 6, 3.0), walk)


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


@pytest.mark.parametrize("count", [2, 3, 40])
def test_gaps_are_bridged_as_scipy_does(count: int) -> None:
    chance = np.random.default_rng(count)
    places, values = np.cumsum(chance.uniform(0.1, 3, count)), chance.normal(size=(count, 6)).round(1)
    values[:, 5] = values[:, 4]
    values[1, 4], values[0, 3] = values[0, 4], values[1, 3]  # stretches that neither rise nor fall
    at = chance.uniform(places[0], places[-1], 200)
    expected = PchipInterpolator(places, values)(at)
    assert monotone_cubic(at, places, values) == pytest.approx(expected, abs=1e-12)


def test_a_fast_size_is_little_more_than_what_it_has_to_hold() -> None:
    sizes = [fast_size(least) for least in range(1, 3000)]
    assert all(least <= size <= 4 / 3 * least for least, size in enumerate(sizes, 1))
    assert {size // (size & -size) for size in sizes} == {1, 3, 5}
