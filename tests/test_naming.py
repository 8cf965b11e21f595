"""Legs that exchange names where no path betrays it, and strides that only look as if they had."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from formcheck.bouts import read_bouts
from formcheck.cleaning import clean, exchanged
from formcheck.datatypes import SIDES, Options, PoseTrack, VideoInfo
from formcheck.gait import misnamed, stretches
from formcheck.gait.skips import unbroken
from formcheck.landmarks import LEG
from runner import Runner

VIDEO = VideoInfo(Path("clip.mp4"), 4000, 3000, 30.0, None, None)
RUNNER = Runner(fps=30.0, seconds=8.0, noise_px=1.5)
UNEVEN = replace(RUNNER, fps=60.0, jitter=0.02, step_asymmetry=0.05)


def passings(runner: Runner) -> list[int]:
    """Rows after which one ankle has passed the other."""
    track = replace(runner, noise_px=0.0).track()
    ahead = (track.point("left_ankle") - track.point("right_ankle"))[:, 0]
    return [int(row) + 1 for row in np.flatnonzero(np.diff(np.sign(ahead)))]


def span(track: PoseTrack, first: int, end: int) -> NDArray[np.bool_]:
    return (np.arange(len(track)) >= first) & (np.arange(len(track)) < end)


@pytest.mark.parametrize("runner", [RUNNER, UNEVEN, replace(RUNNER, walking=True, cadence_spm=110.0, duty=0.62)])
@pytest.mark.parametrize("steps", [1, 2])
def test_names_exchanged_from_one_passing_of_the_legs_to_another_are_found(runner: Runner, steps: int) -> None:
    track, passed = clean(runner.track(), VIDEO), passings(runner)
    assert not misnamed(track).any()
    for k in (0, 5, len(passed) - 1 - steps):
        wrong = span(track, passed[k], passed[k + steps])
        assert (misnamed(exchanged(track, wrong)) != wrong).sum() <= 2, k  # where they pass, either name will do


def test_names_exchanged_at_several_places_are_all_found() -> None:
    track, passed = clean(RUNNER.track(), VIDEO), passings(RUNNER)
    wrong = np.logical_or.reduce([span(track, passed[k], passed[k + 1]) for k in (2, 5, 8, 9, 14)])
    assert (misnamed(exchanged(track, wrong)) != wrong).sum() <= 5


def test_names_exchanged_for_longer_are_left_to_the_search_for_cuts() -> None:
    track, passed = clean(RUNNER.track(), VIDEO), passings(RUNNER)
    assert not misnamed(exchanged(track, span(track, passed[5], passed[9]))).any()


def joined(*tracks: PoseTrack) -> PoseTrack:
    """One after another on one clock."""
    arrays = {
        name: np.concatenate([getattr(track, name) for track in tracks])
        for name in ("xy", "world", "confidence", "camera_xy", "turn_deg")
    }
    rows = np.arange(len(arrays["xy"]))
    return replace(tracks[0], **arrays, time_s=rows / tracks[0].fps, frames=rows, clock_s=rows / tracks[0].fps)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_runner_who_comes_back_exchanges_no_names(seed: int) -> None:
    there = replace(RUNNER, fps=60.0, jitter=0.02, seed=seed)
    back = replace(there, facing=-1, seed=seed + 5)
    track = clean(joined(there.track(), back.track()), VIDEO)
    spans, _ = stretches(track)
    assert len(spans) == 2
    assert not any(misnamed(track.between(*part)).any() for part in spans)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_runner_who_goes_on_walking_exchanges_no_names(seed: int) -> None:
    running = replace(RUNNER, seed=seed)
    walking = replace(running, walking=True, cadence_spm=110.0, duty=0.62)
    assert not misnamed(clean(joined(running.track(), walking.track()), VIDEO)).any()


@pytest.mark.parametrize("share", [0.35, 0.5, 0.65])
def test_what_a_cut_leaves_out_is_no_exchange_of_names(share: float) -> None:
    track = RUNNER.track()
    left_out = round(share * RUNNER.stride_s * RUNNER.fps)
    kept = np.r_[0:110, 110 + left_out : len(track)]
    arrays = {name: getattr(track, name)[kept] for name in ("xy", "world", "confidence", "camera_xy", "turn_deg")}
    film = replace(
        track,
        **arrays,
        time_s=track.time_s[: len(kept)],
        frames=np.arange(len(kept)),
        clock_s=track.time_s[: len(kept)],
    )
    assert not misnamed(clean(film, VIDEO)).any()


def test_a_runner_in_a_skirt_is_read_throughout() -> None:
    """Legs in one place as they pass, and under each other's names from there on: no path shows it."""
    track, passed = RUNNER.track(), passings(RUNNER)
    left, right = (track.landmarks.present(f"{side}_{joint}" for joint in LEG[1:]) for side in SIDES)
    track = exchanged(track, span(track, passed[9], passed[10]))
    xy = track.xy.copy()
    for row in passed:
        near = slice(row - 2, row + 2)
        xy[near, left] = xy[near, right] = (xy[near, left] + xy[near, right]) / 2
    track = replace(track, xy=xy)
    assert misnamed(clean(track, VIDEO)).any()
    (plain,), (read,) = (read_bouts(raw, VIDEO, Options())[1] for raw in (RUNNER.track(), track))
    assert len(read.gait.contacts) == len(plain.gait.contacts)
    away = [np.abs(read.track.point(f"{side}_knee") - plain.track.point("left_knee")).sum(axis=1) for side in SIDES]
    passing = np.abs(np.arange(len(track))[:, None] - passed).min(axis=1) <= 2  # there, whichever name will do
    assert (away[0] < away[1])[~passing].all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_legs_exchanged_for_nearly_a_stride_are_no_cut(seed: int) -> None:
    runner = replace(RUNNER, seed=seed, noise_px=2.0, jitter=0.01)
    track = clean(runner.track(), VIDEO)
    first = int(passings(runner)[9])
    lasts = round(0.9 * runner.stride_s * runner.fps)
    misread = exchanged(track, span(track, first, first + lasts))
    assert len(unbroken(misread)) > 1
    assert stretches(misread) == ([(0, len(track))], [])


def test_nothing_is_exchanged_where_nothing_repeats_or_nobody_is_seen() -> None:
    standing = Runner(standing_reach=0.95, fps=30.0, seconds=4.0, noise_px=1.0).track()
    nobody = replace(standing, xy=np.full_like(standing.xy, np.nan))
    for track in (standing, nobody, standing.between(0, 2)):
        assert not misnamed(clean(track, VIDEO)).any()
