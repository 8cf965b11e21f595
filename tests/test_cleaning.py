"""Cleaning corrects what pose models get wrong, and leaves good tracks alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from builders import every_second
from formcheck.cleaning import _bridge, clean, on_every_frame
from formcheck.datatypes import SIDES, PoseTrack, VideoInfo
from formcheck.landmarks import BLAZEPOSE, LEG
from runner import Runner

VIDEO = VideoInfo(Path("clip.mp4"), 4000, 3000, 60.0, None, None)


def ankle_error(track: PoseTrack, truth: PoseTrack) -> float:
    return float(np.nanmax(np.abs(track.point("left_ankle") - truth.point("left_ankle"))))


def test_a_clean_track_is_left_as_it_is() -> None:
    truth = Runner().track()
    cleaned = clean(truth, VIDEO)
    assert cleaned.repairs.leg_swap_frames == 0
    assert cleaned.repairs.jumps == 0
    assert cleaned.repairs.outlier_points < 30  # of 20,000: the drawn foot stops dead where it lands
    hips = np.abs(cleaned.mid("hip") - truth.mid("hip"))[30:-30]
    assert hips.max() < 0.5  # pixels of a 24-pixel bounce: the filter keeps it


@pytest.mark.parametrize("fps", [30.0, 60.0])
@pytest.mark.parametrize("frames", [(50,), (40, 41, 42), tuple(range(100, 112)), tuple(range(20, 200, 9))])
def test_legs_that_changed_names_are_put_right_and_counted(fps: float, frames: tuple[int, ...]) -> None:
    wrong = Runner(fps=fps, noise_px=1.5, swapped_frames=frames).track()
    right = Runner(fps=fps, noise_px=1.5).track()
    cleaned = clean(wrong, VIDEO)
    assert cleaned.repairs.leg_swap_frames == pytest.approx(len(frames), abs=2)
    assert np.nanmedian(np.abs(cleaned.xy - clean(right, VIDEO).xy)) < 0.5
    assert ankle_error(cleaned, right) < 40  # pixels; a swapped ankle is off by up to 300


def test_a_leg_keeps_the_name_that_most_frames_gave_it() -> None:
    often = tuple(i for i in range(600) if i % 60 < 40)
    wrong, right = (Runner(noise_px=1.5, swapped_frames=frames).track() for frames in (often, ()))
    cleaned = clean(wrong, VIDEO)
    assert cleaned.repairs.leg_swap_frames == pytest.approx(200, abs=20)
    off = np.abs(cleaned.point("left_ankle") - right.point("right_ankle")).max(axis=1)
    assert np.median(off) < 10  # pixels


@pytest.mark.parametrize("fps", [60.0, 240.0])
def test_a_leg_named_by_being_in_front_is_followed_through(fps: float) -> None:
    """Pose models do this with legs that look alike, and at 240 frames/s crossing legs hardly move between frames."""
    right = Runner(fps=fps, seconds=4.0, noise_px=1.0).track()
    in_front = right.point("left_ankle")[:, 0] > right.point("right_ankle")[:, 0]
    wrong = Runner(
        fps=fps, seconds=4.0, noise_px=1.0, swapped_frames=tuple(map(int, np.flatnonzero(~in_front)))
    ).track()
    cleaned = clean(wrong, VIDEO)
    mistaken = np.abs(cleaned.point("left_ankle") - right.point("left_ankle"))[:, 0] > 40
    mistaken_right = np.abs(cleaned.point("left_ankle") - right.point("right_ankle"))[:, 0] > 40
    assert min(mistaken.mean(), mistaken_right.mean()) < 0.03  # either name will do, as long as it is kept


def test_with_a_leg_its_place_in_space_and_its_confidence_change_names_too() -> None:
    frames, plain = (40, 41, 42), Runner(noise_px=1.5).track()
    left, right = (plain.landmarks.present(f"{side}_{joint}" for joint in LEG) for side in SIDES)
    plain.world[:, left], plain.world[:, right] = 1.0, 2.0
    plain.confidence[:, left], plain.confidence[:, right] = 0.8, 0.9
    wrong = replace(plain, **{name: getattr(plain, name).copy() for name in ("xy", "world", "confidence")})
    for values in (wrong.xy, wrong.world, wrong.confidence):
        rows = np.array(frames)[:, None]
        values[rows, left], values[rows, right] = values[rows, right], values[rows, left].copy()
    cleaned = clean(wrong, VIDEO)
    assert cleaned.repairs.leg_swap_frames == len(frames)
    assert np.array_equal(cleaned.world, plain.world)
    assert np.array_equal(cleaned.confidence, plain.confidence)


@pytest.mark.parametrize("row", [20, 35, 57, 80])
def test_a_leg_that_leaps_beyond_the_other_for_one_frame_has_not_changed_names(row: int) -> None:
    track = Runner(fps=30.0, seconds=4.0, noise_px=1.5).track()
    left, right = (track.landmarks.present(f"{side}_{joint}" for joint in LEG[1:]) for side in SIDES)
    track.xy[row, left] += 2.2 * (track.xy[row, right] - track.xy[row, left])
    assert clean(track, VIDEO).repairs.leg_swap_frames == 0


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("speed", [0.5, 1.0])
def test_legs_in_one_place_for_a_moment_say_nothing_of_their_names(count: int, speed: float) -> None:
    truth = Runner(fps=60.0, seconds=6.0, noise_px=1.5).track().retimed(speed)
    legs = [truth.landmarks.present(f"{side}_{joint}" for joint in LEG) for side in SIDES]
    for row in range(10, len(truth) - 10, 7):
        xy, rows = truth.xy.copy(), slice(row, row + count)
        xy[rows, legs[0]] = xy[rows, legs[1]] = (xy[rows, legs[0]] + xy[rows, legs[1]]) / 2
        assert clean(replace(truth, xy=xy), VIDEO).repairs.leg_swap_frames <= count, row


def test_a_single_wild_point_is_dropped_and_bridged() -> None:
    track = Runner(noise_px=1.0).track()
    xy = track.xy.copy()
    xy[100, BLAZEPOSE.index["left_knee"]] += 120
    cleaned = clean(replace(track, xy=xy), VIDEO)
    assert cleaned.repairs.outlier_points >= 1
    assert np.abs(cleaned.point("left_knee")[100] - track.point("left_knee")[100]).max() < 6


def test_a_short_gap_is_bridged_and_a_long_one_stays_unknown() -> None:
    track = Runner().track()
    xy = track.xy.copy()
    xy[50:54, BLAZEPOSE.index["right_hip"]] = np.nan  # 67 ms
    xy[200:211, BLAZEPOSE.index["right_hip"]] = np.nan  # 183 ms
    cleaned = clean(replace(track, xy=xy), VIDEO)
    assert np.isfinite(cleaned.point("right_hip")[50:54]).all()
    assert np.isnan(cleaned.point("right_hip")[200:211]).all()
    assert cleaned.repairs.bridged_points - cleaned.repairs.outlier_points == 4


def test_bridges_rest_on_what_was_seen_alone() -> None:
    """Even where a single known row separates two of them."""
    time_s = np.sort(np.random.default_rng(3).uniform(0, 2, 120))
    places = np.stack([np.sin(7 * time_s), np.cos(5 * time_s)], axis=1)[:, None].repeat(2, axis=1)
    holed = places.copy()
    holed[[30, 31, 33, 34, 50], 0] = np.nan
    holed[[0, 1, 60, 119], 1] = np.nan
    bridged, count = _bridge(holed, time_s, [(0, 120)])
    seen = np.isfinite(holed[:, 0, 0])
    assert count == 6
    assert bridged[:, 0] == pytest.approx(PchipInterpolator(time_s[seen], places[seen, 0])(time_s))
    assert np.isnan(bridged[:, 1, 0]).nonzero()[0].tolist() == [0, 1, 119]


def test_nothing_is_smoothed_across_a_cut() -> None:
    first, second = Runner(seconds=3).track(), Runner(seconds=3).track()
    shifted = second.xy + np.array([900.0, 0.0])
    track = Runner(seconds=6).track()
    joined = replace(track, xy=np.concatenate([first.xy, shifted]))
    cleaned = clean(joined, VideoInfo(Path("clip.mp4"), 4000, 3000, 60.0, None, None))
    assert cleaned.repairs.jumps == 1
    step = np.abs(np.diff(cleaned.mid("hip")[:, 0]))
    assert step[len(first) - 1] > 850  # the cut is as sharp as it was


def test_points_outside_the_picture_are_not_believed() -> None:
    track = Runner().track()
    low = VideoInfo(Path("clip.mp4"), 4000, 1440, 60.0, None, None)  # cuts the feet off
    cleaned = clean(track, low)
    assert np.isnan(cleaned.point("left_heel")).mean() > 0.3
    assert np.isfinite(cleaned.mid("shoulder")).all()


@pytest.mark.parametrize("edge", [(0, -1.0), (1, -1.0), (0, 4000.0), (1, 3000.0)])
def test_no_edge_of_the_picture_is_believed_beyond(edge: tuple[int, float]) -> None:
    axis, place = edge
    track = Runner().track()
    track.xy[:, BLAZEPOSE.index["left_ear"], axis] = place
    cleaned = clean(track, VIDEO)
    assert np.isnan(cleaned.point("left_ear")).all()
    assert cleaned.repairs.dropped_points == len(track)


def test_what_was_never_seen_was_not_dropped() -> None:
    track = Runner().track()
    track.xy[:, BLAZEPOSE.index["left_ear"]] = np.nan
    assert clean(track, VIDEO).repairs.dropped_points == 0


def test_a_foot_hidden_for_a_moment_is_guessed_well_and_one_hidden_for_long_is_not_believed() -> None:
    track, ankle = Runner().track(), BLAZEPOSE.index["left_ankle"]
    track.confidence[60:72, ankle] = 0.05  # a fifth of a second, longer than what is bridged
    track.confidence[240:420, ankle] = 0.05
    track.confidence[450:, ankle] = 0.35  # as of a far foot that is seen
    known = np.isfinite(clean(track, VIDEO).point("left_ankle")[:, 0])
    assert known[50:80].all()
    assert not known[270:390].any()
    assert known[500:].all()


def test_rows_whose_legs_were_exchanged_twice_are_as_they_came() -> None:
    """Once by what each frame shows, and once by what its stride does."""
    wrong = Runner(noise_px=1.5, swapped_frames=(40, 41, 42)).track()
    misnamed = (np.arange(len(wrong)) > 30) & (np.arange(len(wrong)) < 60)
    once, twice = clean(wrong, VIDEO), clean(wrong, VIDEO, misnamed)
    assert once.repairs.leg_swap_frames == 3
    assert twice.repairs.leg_swap_frames == misnamed.sum() - 3
    inner = slice(35, 55)
    assert np.abs(twice.point("left_ankle") - once.point("right_ankle"))[inner].max() < 5.0


def test_nothing_is_cleaned_twice() -> None:
    once = clean(Runner(noise_px=3.0).track(), VIDEO)
    assert clean(once, VIDEO) is once


def test_an_empty_track_passes_through() -> None:
    track = Runner(seconds=1).track()
    nobody = replace(track, xy=np.full_like(track.xy, np.nan))
    assert np.isnan(nobody.body_height_px)
    assert np.isnan(clean(nobody, VIDEO).xy).all()


@pytest.mark.parametrize("speed_m_s", [2.8, 8.0])
def test_a_runner_unseen_for_a_while_may_have_moved_on(speed_m_s: float) -> None:
    track = Runner(travels=True, speed_m_s=speed_m_s, seconds=3.0, fps=24.0).track()
    hidden = (track.time_s > 1.0) & (track.time_s < 1.8)
    xy = np.where(hidden[:, None, None], np.nan, track.xy)
    assert clean(replace(track, xy=xy), VideoInfo(Path("clip.mp4"), 9000, 3000, 24.0, None, None)).repairs.jumps == 0


@pytest.mark.parametrize(("bodies", "jumps"), [(0.9, 0), (2.0, 1)])
def test_who_runs_in_one_place_before_and_after_can_hardly_have_gone_far_meanwhile(bodies: float, jumps: int) -> None:
    """Unseen for 0.8 s: whoever sets off and stops at 10 m/s² gets 1.6 m, about a body, away."""
    track = Runner(seconds=4.0, fps=30.0).track()
    xy = track.xy + bodies * track.body_height_px * (track.time_s > 2.0)[:, None, None] * [1.0, 0.0]
    xy[(track.time_s > 1.5) & (track.time_s < 2.3)] = np.nan
    assert clean(replace(track, xy=xy), VIDEO).repairs.jumps == jumps


@pytest.mark.parametrize(("fps", "joint", "hz"), [(60.0, "ankle", 12.0), (240.0, "ankle", 16.0), (240.0, "hip", 8.0)])
def test_of_what_a_landmark_does_as_quickly_as_its_corner_half_the_power_is_kept(
    fps: float, joint: str, hz: float
) -> None:
    """Feet may move more quickly where frames show that."""
    track = Runner(fps=fps, seconds=4.0).track()
    track.xy[:] = track.xy[0]
    track.xy[:, BLAZEPOSE.index[f"left_{joint}"], 1] += 5.0 * np.sin(2 * np.pi * hz * track.time_s)
    shown = clean(track, VIDEO).point(f"left_{joint}")[:, 1][len(track) // 4 : -len(track) // 4]
    assert np.std(shown) == pytest.approx(5.0 / 2, rel=0.12)


def test_frames_that_were_not_posed_lie_on_the_path_between_those_that_were() -> None:
    whole = clean(Runner(fps=60.0).track(), VIDEO)
    posed = every_second(whole)
    dense = on_every_frame(posed)
    inner = slice(4, -4)
    assert dense.time_s == pytest.approx(whole.time_s)
    assert list(dense.frames)[:-1] == list(whole.frames)[:-1]
    assert np.array_equal(dense.xy[::2], posed.xy)
    assert np.array_equal(dense.frames, whole.frames)
    assert np.abs(dense.xy - whole.xy)[inner].max() < 3.0  # pixels, of feet that move by 100 from frame to frame


def test_between_an_unknown_row_and_another_nothing_is_known() -> None:
    posed = clean(Runner(fps=30.0).track(), VIDEO)
    xy = posed.xy.copy()
    xy[10] = np.nan
    clock_s = np.sort(np.concatenate([posed.time_s, posed.time_s[:-1] + 0.5 / 30]))
    dense = on_every_frame(replace(posed, xy=xy, clock_s=clock_s))
    known = np.isfinite(dense.xy).all(axis=(1, 2))
    assert list(np.flatnonzero(~known)) == [19, 20, 21]


def test_between_two_shots_nothing_is_known_and_neither_shot_bends_the_other() -> None:
    """As in a clip of 240 frames a second, of which every fourth is posed."""
    whole = clean(Runner(fps=240.0, seconds=2.0).track(), VIDEO)
    moved = np.where(np.arange(len(whole)) < 202, 0.0, 900.0)  # a cut after the posed frame 200
    xy = whole.xy + moved[:, None, None]
    arrays = {n: getattr(whole, n)[::4] for n in ("time_s", "world", "confidence", "camera_xy", "turn_deg", "frames")}
    dense = on_every_frame(replace(whole, **arrays, xy=xy[::4], clock_s=whole.time_s))
    assert list(np.flatnonzero(np.isnan(dense.xy).any(axis=(1, 2)))) == [201, 202, 203]
    assert np.nanmax(np.abs(dense.xy - xy)[8:-8]) < 1.0


def test_a_track_of_every_frame_stays_as_it_is() -> None:
    track = Runner().track()
    assert on_every_frame(track) is track
