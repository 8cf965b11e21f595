"""What the runner does, seen from where, and when the feet touch: against drawn runners of known truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path
from time import process_time

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d

from formcheck.cleaning import clean
from formcheck.datatypes import (
    SIDES,
    Activity,
    FloatArray,
    Gait,
    Motion,
    PoseTrack,
    Side,
    VideoInfo,
    View,
    fourier_basis,
)
from formcheck.gait import (
    find,
    find_gait,
    find_pitch,
    leg_cycles_of,
    leg_length_px,
    stretches,
    turned_deg,
    with_elevation,
)
from formcheck.gait.activity import Signs, pace_of, plays_backwards, runs
from formcheck.gait.cycle import BLOCK, HUBER, Cycle, fit_cycle, fit_series, power, stride_frequency
from formcheck.gait.events import (
    ALOFT,
    LOADED,
    STRETCHES_DEG,
    TOE_WINDOW,
    UNSURE_SD,
    Estimate,
    _surer,
    ankle_leaves_belt_speed,
    ankle_taken_up_by_belt,
    knee_straightest_in_late_stance,
    toe_rises,
    vote,
    votes,
)
from formcheck.gait.leg_cycle import FLOOR_GAP, SAMPLES, LegCycle
from formcheck.gait.legs import short_shank
from formcheck.gait.resampling import scatter
from formcheck.gait.rhythm import find_rhythm
from formcheck.gait.tempo import STEP_COST, best_way
from formcheck.gait.view import facing_one_way, find_surface, find_view, upright
from formcheck.knowledge import calibration
from formcheck.knowledge.calibration import Calibration
from formcheck.landmarks import BLAZEPOSE
from formcheck.signals import MAD_TO_SD, local_line
from runner import LEG, Runner

VIDEO = VideoInfo(Path("clip.mp4"), 100_000, 100_000, 60.0, None, None)
CONTACT_TOLERANCE_S = 0.04  # the drawn foot is stiffer than a real one, on which the cues were learned
TOE_OFF_TOLERANCE_S = 0.07  # and its knee goes on extending after the foot has left the ground


def gait_of(runner: Runner) -> Gait:
    return find_gait(clean(runner.track(), VIDEO))


def contact_errors(gait: Gait, runner: Runner) -> np.ndarray:
    """Error of each found contact against the nearest true one of its side, seconds of real time."""
    errors = []
    for event in gait.contacts:
        true = runner.contact_times(event.side) * runner.slowed
        errors.append((true - event.time_s)[np.abs(true - event.time_s).argmin()])
    return np.array(errors)


@pytest.mark.parametrize("fps", [24.0, 30.0, 60.0, 120.0])
@pytest.mark.parametrize("cadence", [150.0, 180.0])
def test_every_contact_is_found_with_the_right_foot(fps: float, cadence: float) -> None:
    runner = Runner(fps=fps, cadence_spm=cadence, noise_px=2.0)
    gait = gait_of(runner)
    true = sum(len(runner.contact_times(side)) for side in SIDES)
    assert abs(len(gait.contacts) - true) <= 2  # one at each end may fall outside
    assert np.abs(contact_errors(gait, runner)).max() < CONTACT_TOLERANCE_S
    assert all(a.side != b.side for a, b in zip(gait.contacts[:-1], gait.contacts[1:], strict=True))


def test_contact_and_toe_off_alternate_and_lie_within_a_stride() -> None:
    runner = Runner(noise_px=1.0)
    gait = gait_of(runner)
    assert abs(len(gait.contacts) - len(gait.toe_offs)) <= 2
    for contact in gait.contacts[:-4]:
        off = min(e.time_s for e in gait.toe_offs if e.side == contact.side and e.time_s > contact.time_s)
        assert off - contact.time_s == pytest.approx(runner.duty * runner.stride_s, abs=TOE_OFF_TOLERANCE_S)


def test_frame_numbers_point_into_the_file() -> None:
    track = clean(Runner().track(), VIDEO)
    track = replace(track, frames=100 + track.frames)
    for event in find_gait(track).contacts:
        assert event.frame == pytest.approx(100 + event.time_s * 60, abs=0.01)


@pytest.mark.parametrize("facing", [1, -1])
def test_running_direction_is_seen_and_changes_nothing_else(facing: int) -> None:
    gait = gait_of(Runner(facing=facing))
    assert (gait.view.name, gait.view.facing) == ("side", "right" if facing > 0 else "left")
    other = gait_of(Runner(facing=-facing))
    assert [e.time_s for e in gait.contacts] == pytest.approx([e.time_s for e in other.contacts], abs=0.002)


def test_running_walking_and_standing_are_told_apart() -> None:
    assert gait_of(Runner()).activity == "running"
    walker = Runner(walking=True, cadence_spm=112, speed_m_s=1.3, duty=0.62, overstride_m=0.32, bounce_m=0.04)
    assert gait_of(walker).activity == "walking"
    track = Runner().track()
    still = replace(
        track,
        xy=np.repeat(track.xy[:1], len(track), axis=0) + 0.1 * np.random.default_rng(0).normal(size=track.xy.shape),
    )
    assert find_gait(clean(still, VIDEO)).activity == "other"


def test_treadmill_and_overground_are_told_apart() -> None:
    assert gait_of(Runner()).surface == "treadmill"
    assert gait_of(Runner(travels=True, seconds=4)).surface == "overground"


def test_who_comes_nearer_does_not_stay_although_the_shoulders_leave_the_picture() -> None:
    track = clean(Runner(view="front").track(), VIDEO)
    nearer = np.linspace(1.0, 1.8, len(track))[:, None, None]
    xy = (track.xy - 1500) * nearer + 1500
    xy[-len(xy) // 5 :, track.landmarks.present(("left_shoulder", "right_shoulder"))] = np.nan
    assert find_gait(replace(track, xy=xy)).surface == "overground"


@pytest.mark.parametrize(
    ("across", "background", "surface"),
    [
        (0.4, 0.0, "treadmill"),
        (1.1, 0.0, "unknown"),  # as somebody who drifts on a long belt, or a short pass
        (2.0, 0.0, "overground"),
        (0.0, -2.0, "overground"),  # the camera goes along
        (2.0, 2.0, "treadmill"),  # it turns, and the runner only seems to travel
        (0.2, None, "treadmill"),
        (0.5, None, "unknown"),  # nothing shows whether the camera follows
    ],
)
def test_a_runner_passes_by_or_stays_by_how_far_they_go_against_the_background(
    across: float, background: float | None, surface: str
) -> None:
    """Distances in body heights, over the clip."""
    track = clean(Runner(seconds=6).track(), VIDEO)
    along = np.linspace(0, track.body_height_px, len(track))[:, None] * [1.0, 0.0]
    camera = np.full_like(along, np.nan) if background is None else background * along
    moved = replace(track, xy=track.xy + across * along[:, None], camera_xy=camera)
    assert find_surface(moved, find_view(moved), strides=8) == surface
    of_few_strides = "unknown" if surface == "treadmill" else surface
    assert find_surface(moved, find_view(moved), strides=2) == of_few_strides


@pytest.mark.parametrize("sizes", [(1.0, 1.4), (1.4, 1.0)])
def test_who_comes_nearer_or_goes_away_does_not_stay(sizes: tuple[float, float]) -> None:
    track = clean(Runner(view="rear", seconds=4).track(), VIDEO)
    size = np.linspace(*sizes, len(track))[:, None, None]
    middle = track.mid("hip").mean(axis=0)
    changed = replace(track, xy=(track.xy - middle) * size + middle)
    assert find_surface(changed, find_view(changed), strides=6) == "overground"


@pytest.mark.parametrize("off_deg", [-20.0, 20.0])
@pytest.mark.parametrize(
    ("runner", "turns"),
    [(Runner(), -1), (Runner(facing=-1), 1), (Runner(view="rear"), -1), (Runner(view="front"), 1)],
)
def test_a_camera_off_the_ideal_line_is_off_to_the_side_that_is_said(
    runner: Runner, turns: int, off_deg: float
) -> None:
    """Beside the runner positive ahead of them, otherwise toward their right; the body then turns in the picture.

    turns: +1 from toward the camera to the picture's right, from there to away, and so on; -1 the other way
    """
    track = replace(runner, seconds=2.0).track()
    assert find_view(in_space_turned(track, turns * off_deg)).yaw_deg == pytest.approx(off_deg, abs=0.5)


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize("steep_deg", [-20.0, 0.0, 12.0])
@pytest.mark.parametrize("off_deg", [-15.0, 0.0, 15.0])
def test_a_body_shows_how_steeply_the_camera_looks_up_at_it(facing: int, steep_deg: float, off_deg: float) -> None:
    """However far it leans, and though the camera is off the right angle; shoulders are then farther away than feet."""
    turned = in_space_turned(Runner(seconds=2.0, facing=facing, lean_deg=15.0).track(), off_deg)
    sine, cosine = np.sin(np.radians(steep_deg)), np.cos(np.radians(steep_deg))
    x, y, z = np.moveaxis(turned.world, -1, 0)
    seen = replace(turned, world=np.stack([x, y * cosine + z * sine, z * cosine - y * sine], axis=-1))
    assert find_view(seen).elevation_deg == pytest.approx(steep_deg, abs=1.0)


def test_how_steeply_a_camera_behind_the_runner_looks_is_not_known_from_the_body() -> None:
    assert np.isnan(find_view(Runner(seconds=2.0, view="rear").track()).elevation_deg)


def test_body_and_uprights_together_say_how_steeply_the_camera_looks() -> None:
    """Each as far as it is sure; the runner's hips are 8.5° above the middle of this picture."""
    track, video = Runner(seconds=2.0).track(), VideoInfo(Path("clip.mp4"), 4000, 3460, 60.0, None, None)
    seen = find_view(track)
    assert seen.elevation_deg == pytest.approx(0.0, abs=0.1)
    for converging, least, most in ((float("nan"), 0.0, 0.0), (0.0, 7.5, 8.5), (0.3, 9.0, 13.0)):
        shown = replace(track, converging=converging, converging_sd=0.02)
        pitch = find_pitch(shown, seen, video)
        assert pitch.deg == pytest.approx(np.degrees(np.arctan(converging / 1.2)) if converging >= 0 else -8.5, abs=0.1)
        assert least <= with_elevation(seen, shown, pitch).elevation_deg <= most + 1e-6


def test_behind_the_runner_uprights_alone_say_how_steeply_the_camera_looks() -> None:
    track, video = Runner(seconds=2.0, view="rear").track(), VideoInfo(Path("clip.mp4"), 4000, 3460, 60.0, None, None)
    seen, shown = find_view(track), replace(track, converging=0.3, converging_sd=0.02)
    pitch = find_pitch(shown, seen, video)
    assert with_elevation(seen, shown, pitch).elevation_deg == pytest.approx(pitch.hips_deg, abs=0.05)


@pytest.mark.parametrize(("pitch_deg", "sd_deg"), [(0.0, 3.5), (20.0, 6.1), (-20.0, 6.1), (70.0, 10.6)])
def test_a_pitch_that_the_body_shows_is_less_sure_the_steeper_it_is(pitch_deg: float, sd_deg: float) -> None:
    """For lenses differ by a quarter; beyond 40° somebody is bent over."""
    track, video = Runner(seconds=2.0).track(), VideoInfo(Path("clip.mp4"), 4000, 3460, 60.0, None, None)
    seen = find_view(track)
    level = -find_pitch(track, replace(seen, elevation_deg=0.0), video).deg
    found = find_pitch(track, replace(seen, elevation_deg=level + pitch_deg), video)
    assert found.deg == pytest.approx(min(pitch_deg, 40.0), abs=0.1)
    assert found.sd_deg == pytest.approx(sd_deg, abs=0.1)


def in_space_turned(track: PoseTrack, degrees: float) -> PoseTrack:
    """As seen by a camera that stands elsewhere around the runner; the places in the picture are left as they were."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    x, y, z = np.moveaxis(track.world, -1, 0)
    return replace(track, world=np.stack([x * cos - z * sin, y, x * sin + z * cos], axis=-1))


@pytest.mark.parametrize(
    ("off_deg", "wanted", "seen"),
    [
        (25.0, "auto", "side"), (40.0, "auto", "oblique"), (40.0, "side", "side"), (50.0, "rear", "rear"),
        (29.0, "rear", "side"), (70.0, "auto", "rear"), (70.0, "side", "rear"),
    ],
)  # fmt: skip
def test_a_view_far_from_all_is_oblique_and_what_the_user_says_is_believed_within_reason(
    off_deg: float, wanted: str, seen: str
) -> None:
    """Of a camera that stands so far behind the line beside the runner."""
    assert find_view(in_space_turned(Runner(seconds=2.0).track(), off_deg), wanted).name == seen


def test_where_feet_and_nose_point_against_the_body_the_view_is_less_sure() -> None:
    track = Runner(seconds=2.0).track()
    odd = in_space_turned(track, 180.0)
    assert find_view(odd).confidence == pytest.approx(0.5 * find_view(track).confidence)


@pytest.mark.parametrize("view", ["rear", "front"])
@pytest.mark.parametrize("broader", [0.8, 1.5])
def test_without_points_in_space_a_broad_trunk_is_seen_from_behind_or_in_front(view: str, broader: float) -> None:
    """However broad it is."""
    track = Runner(view=view, seconds=3.0, noise_px=1.0).track()
    middle = track.mid("hip")[:, None] * [1.0, 0.0]
    flat = replace(track, world=np.full_like(track.world, np.nan), xy=(track.xy - middle) * [broader, 1.0] + middle)
    assert find_view(flat).name == view


@pytest.mark.parametrize("view", ["side", "rear", "front"])
def test_who_runs_straight_ahead_does_not_turn_from_wherever_that_is_seen(view: str) -> None:
    track = Runner(view=view, seconds=3.0).track()
    track.world[:] += np.random.default_rng(0).normal(0, 0.01, track.world.shape)
    assert turned_deg(track) < 2


def test_one_frame_in_which_somebody_else_is_taken_for_the_runner_does_not_make_them_pass_by() -> None:
    track = clean(Runner(seconds=6).track(), VIDEO)
    track.xy[100] += [2.0 * track.body_height_px, 0.0]
    assert find_surface(track, find_view(track), strides=8) == "treadmill"


@pytest.mark.parametrize("lasts_s", [0.9, 3.0])
def test_who_seems_to_face_the_other_way_for_a_moment_has_not_turned_round(lasts_s: float) -> None:
    track = Runner(seconds=10.0).track()
    away = np.abs(track.time_s - 5.0) < lasts_s / 2
    track.world[away] *= [-1.0, 1.0, -1.0]
    assert len(facing_one_way(track)) == (1 if lasts_s < 1.0 else 3)


@pytest.mark.parametrize(
    ("tipped_deg", "share", "seen"), [(50, 1.0, True), (75, 1.0, False), (75, 0.6, False), (75, 0.4, True)]
)
def test_a_picture_is_turned_if_in_most_frames_the_trunk_lies(tipped_deg: float, share: float, seen: bool) -> None:
    track = Runner(seconds=2.0).track()
    cos, sin = np.cos(np.radians(tipped_deg)), np.sin(np.radians(tipped_deg))
    some = slice(round(share * len(track)))
    track.xy[some] = track.xy[some] @ np.array([[cos, sin], [-sin, cos]])
    assert upright(track) == seen


def test_with_no_point_in_space_while_the_hips_are_seen_no_view_is_known() -> None:
    track = Runner(seconds=3).track()
    world = np.full_like(track.world, np.nan)
    world[:5], hidden = track.world[:5], track.xy.copy()
    hidden[:5] = np.nan
    assert find_gait(clean(replace(track, xy=hidden, world=world), VIDEO)).view.name == "none"


@pytest.mark.parametrize("factor", [2.0, 4.0, 8.0])
def test_slow_motion_is_noticed_and_its_factor_proposed(factor: float) -> None:
    gait = gait_of(Runner(slowed=factor, fps=30 * factor, seconds=8))
    assert gait.activity == "running"
    assert gait.likely_factor == factor


@pytest.mark.parametrize(("bounce_m", "activity"), [(0.08, "running"), (0.01, "other")])
def test_hips_that_show_neither_leave_it_to_how_the_body_falls(bounce_m: float, activity: Activity) -> None:
    """Under a skirt hips were seen a sixth of a step late; in the saddle they are anywhere, but nobody falls."""
    track = Runner(bounce_m=bounce_m, noise_px=0.5).track()
    xy, hips = track.xy.copy(), [BLAZEPOSE.index[f"{side}_hip"] for side in SIDES]
    xy[:, hips, 1] = np.roll(xy[:, hips, 1], 4, axis=0)  # frames, of 21 in a step
    assert find_gait(clean(replace(track, xy=xy), VIDEO)).activity == activity


@pytest.mark.parametrize("seen", [1.0, 0.3])
def test_how_hard_a_body_falls_is_read_off_the_shoulders_whatever_clothes_make_of_the_hips(seen: float) -> None:
    """Its amplitude at the step rate is half of the bounce times the square of the rate."""
    runner = Runner(bounce_m=0.08, seconds=6)
    track = runner.track()
    for side in SIDES:
        height = track.xy[:, BLAZEPOSE.index[f"{side}_hip"], 1]
        height[:] = height.mean() + seen * (height - height.mean())
    track = clean(track, VIDEO)
    gait = find_gait(track)
    assert gait.motion is not None
    signs = Signs.of(gait.motion, track.landmarks, gait.stride_s, leg_length_px(track, gait.view))
    assert signs.fall_m_s2 == pytest.approx(0.04 * (2 * np.pi * 170 / 60) ** 2, rel=0.05)


@pytest.mark.parametrize(("speed_m_s", "activity"), [(0.1, "other"), (0.4, "running")])
def test_who_shuffles_on_the_spot_does_not_run(speed_m_s: float, activity: Activity) -> None:
    """Feet 7 % of a leg apart at most, and 28 %."""
    assert gait_of(Runner(speed_m_s=speed_m_s, overstride_m=0.1, seconds=6)).activity == activity


def test_a_walker_whose_film_plays_twice_as_fast_walks() -> None:
    walker = Runner(walking=True, cadence_spm=116, speed_m_s=1.3, duty=0.62, overstride_m=0.32, bounce_m=0.04)
    gait = gait_of(replace(walker, slowed=0.5, seconds=16))
    assert (gait.activity, gait.likely_factor) == ("walking", 0.5)


@pytest.mark.parametrize("slowed", [1.0, 2.0, 4.0, 8.0])
def test_runners_and_walkers_are_told_apart_however_far_their_film_is_slowed_down(slowed: float) -> None:
    assert runs(Signs(170.0 / slowed, 12.0 / slowed**2, 0.36))
    assert not runs(Signs(112.0 / slowed, 2.3 / slowed**2, 0.17))


@pytest.mark.parametrize(("alike", "backwards"), [(0.6, False), (-0.1, False), (-0.6, True)])
def test_who_moves_the_feet_forward_while_they_are_low_runs_backwards_in_the_film(
    alike: float, backwards: bool
) -> None:
    """alike: the correlation of how high a foot is with how fast it goes forward."""
    columns = {f"{side}_ankle_{axis}": i for i, (side, axis) in enumerate(product(SIDES, "xy"))}
    turn, other = 2 * np.pi, np.sqrt(1 - alike**2)
    height, ahead = [0.0, 1.0, 0.0, 0.0, 0.0], [0.0, 0.0, alike / turn, 0.0, other / (2 * turn)]
    cycle = Cycle(np.arange(9.0), np.array([ahead, height] * 2), 1.0, 0.7)
    assert plays_backwards(cycle, columns) == backwards


@pytest.mark.parametrize("cadence", [113.0, 118.0, 124.0, 145.0, 170.0, 200.0, 226.0, 238.0, 249.0])
def test_a_real_time_clip_is_not_called_slow_motion(cadence: float) -> None:
    bounce_m = 2 * 12.0 / (2 * np.pi * cadence / 60) ** 2  # of a body in free fall for part of each step
    gait = gait_of(Runner(cadence_spm=cadence, bounce_m=bounce_m, seconds=8))
    assert gait.activity == "running"
    assert gait.likely_factor is None
    assert gait.pace_likely > 0.5


@pytest.mark.parametrize(("activity", "cadence", "fall"), [("running", 125.0, 7.0), ("walking", 80.0, 1.2)])
@given(quicker=st.floats(1.0, 1.7), harder=st.floats(1.0, 2.6), slowed=st.floats(0.25, 16.0))
@example(quicker=1.6875, harder=1.0, slowed=0.78125)
def test_what_is_proposed_would_not_be_proposed_away(
    activity: Activity, cadence: float, fall: float, quicker: float, harder: float, slowed: float
) -> None:
    shown = Signs(cadence * quicker / slowed, fall * harder / slowed**2, 0.36)
    factor, likely = pace_of(shown, activity)
    assert 0.5 <= likely <= 1
    if factor is not None:
        proposed = Signs(shown.cadence_spm * factor, shown.fall_m_s2 * factor**2, shown.lift)
        assert pace_of(proposed, activity)[0] is None


def test_who_runs_so_slowly_that_it_looks_slowed_down_is_believed_but_nobody_falls_as_slowly_as_a_film() -> None:
    jogger, film = Signs(112.0, 4.5, 0.36), Signs(170.0 / 4, 12.0 / 16, 0.36)
    assert pace_of(jogger, "running")[0] is not None
    assert pace_of(jogger, "running", told=1.0)[0] is None
    assert pace_of(film, "running", told=1.0)[0] == 4.0


def test_steps_that_nobody_takes_at_any_pace_are_not_taken_for_real() -> None:
    assert pace_of(Signs(9000.0, float("nan"), float("nan")), "running")[0] is not None


def test_only_the_running_part_of_a_clip_counts() -> None:
    runner = Runner(seconds=10)
    track = runner.track()
    xy = track.xy.copy()
    xy[:180] = xy[180]  # stands for three seconds first
    gait = find_gait(clean(replace(track, xy=xy), VIDEO))
    assert gait.activity == "running"
    assert min(e.time_s for e in gait.contacts) > 2.6


def test_a_picture_that_stands_still_shows_no_steps_although_legs_are_named_by_turns() -> None:
    """As in a film that ends on a still, of which a pose model takes now the one, now the other leg for the left."""
    runs, stands_s = Runner(fps=30, seconds=7), 4.0
    track = runs.track()
    last = int(np.linalg.norm(track.point("left_ankle") - track.point("right_ankle"), axis=1)[-15:].argmax()) - 15
    time_s = np.arange(len(track) + last + 1 + 30 * stands_s) / 30
    rows = np.minimum(np.arange(len(time_s)), len(track) + last)
    xy, world = track.xy[rows], track.world[rows]
    other = np.sin(2 * np.pi * runs.cadence_spm / 120 * time_s) < 0
    swapped = other & (np.arange(len(time_s)) > rows)
    for joint in ("knee", "ankle", "heel", "foot_index"):
        pair = [track.landmarks.index[f"{side}_{joint}"] for side in SIDES]
        for points in (xy, world):
            points[np.ix_(swapped, pair)] = points[np.ix_(swapped, pair[::-1])]
    still = PoseTrack(time_s, xy, world, track.confidence[rows], np.zeros((len(time_s), 2)), np.arange(len(time_s)))
    found = find_rhythm(still)
    assert found.fit > 0.85
    assert time_s[found.rows[-1]] < runs.seconds + 0.4


def test_hidden_feet_give_no_contacts_but_a_reason() -> None:
    track = Runner().track()
    xy = track.xy.copy()
    for side in SIDES:
        for joint in ("ankle", "heel", "foot_index"):
            xy[:, BLAZEPOSE.index[f"{side}_{joint}"]] = np.nan
    gait = find_gait(clean(replace(track, xy=xy), VIDEO))
    assert gait.contacts == ()
    assert any("feet" in warning for warning in gait.warnings)


@pytest.mark.parametrize(("known", "read"), [(0.7, True), (0.5, False)])
def test_a_foot_must_be_seen_in_most_frames_for_its_contacts_to_be_read(known: float, read: bool) -> None:
    track = clean(Runner().track(), VIDEO)
    hidden = np.random.default_rng(0).random(len(track)) > known
    for joint in ("heel", "foot_index"):
        track.xy[hidden, BLAZEPOSE.index[f"left_{joint}"]] = np.nan
    assert bool(find_gait(track).contacts) == read


def test_feet_that_the_model_only_guesses_give_no_contacts() -> None:
    track = Runner().track()
    confidence = track.confidence.copy()
    for side in SIDES:
        for joint in ("ankle", "heel", "foot_index"):
            confidence[:, BLAZEPOSE.index[f"{side}_{joint}"]] = 0.15
    gait = find_gait(clean(replace(track, confidence=confidence), VIDEO))
    assert gait.activity == "running"
    assert gait.contacts == ()
    assert any("feet" in warning for warning in gait.warnings)


def without_frame(track: PoseTrack, *rows: int) -> PoseTrack:
    """The same track with frames in which nobody was found."""
    for row in rows:
        for values in (track.xy, track.world):
            values[row] = np.nan
        track.confidence[row] = 0
    return track


@pytest.mark.parametrize("lost", [(), (40,)])
def test_a_runner_who_turns_round_is_analysed_each_way(lost: tuple[int, ...]) -> None:
    there, back = (Runner(facing=facing, seconds=seconds).track() for facing, seconds in ((1, 12.0), (-1, 6.0)))
    arrays = {
        n: np.concatenate([getattr(there, n), getattr(back, n)])
        for n in ("xy", "world", "confidence", "camera_xy", "turn_deg")
    }
    both = PoseTrack(time_s=np.concatenate([there.time_s, back.time_s + 12.0]), **arrays)
    track = clean(without_frame(both, *lost), VIDEO)
    ways = [find_gait(track.between(*span)) for span in stretches(track)[0]]
    assert [gait.view.facing for gait in ways] == ["right", "left"]
    first = ways[0]
    assert first.motion is not None
    assert first.motion.time_s[-1] == pytest.approx(12.0, abs=0.5)
    assert len(first.contacts) > 25


def test_hips_hidden_for_three_frames_cost_no_contacts() -> None:
    track = Runner().track()
    whole = find_gait(clean(track, VIDEO))
    for side in SIDES:
        track.xy[:3, BLAZEPOSE.index[f"{side}_hip"]] = np.nan
    gait = find_gait(clean(track, VIDEO))
    assert len(gait.contacts) >= len(whole.contacts) - 1
    assert not gait.warnings


def test_a_view_the_user_names_wrongly_is_not_believed() -> None:
    track = Runner().track()
    turned = track.world[..., [2, 1, 0]] * np.array([-1, 1, 1])  # seen from behind
    gait = find_gait(clean(replace(track, world=turned), VIDEO), "side")
    assert gait.view.name != "side"
    assert any("does not look like a side view" in warning for warning in gait.warnings)


def always_left_leg_ahead(runner: Runner) -> PoseTrack:
    """The track of a runner whose legs the pose model swaps at every step."""
    track = runner.track()
    ahead = runner.facing * (
        track.xy[:, BLAZEPOSE.index["left_ankle"], 0] - track.xy[:, BLAZEPOSE.index["right_ankle"], 0]
    )
    swapped(track, ahead < 0)
    return track


def swapped(track: PoseTrack, rows: np.ndarray) -> None:
    """Exchange the left and right leg in these rows."""
    for joint in ("knee", "ankle", "heel", "foot_index"):
        left, right = BLAZEPOSE.index[f"left_{joint}"], BLAZEPOSE.index[f"right_{joint}"]
        track.xy[np.ix_(rows, [left, right])] = track.xy[np.ix_(rows, [right, left])]


@pytest.mark.parametrize("seconds", [2.3 * Runner().stride_s, 12.0])
def test_legs_swapped_at_every_step_give_no_wrong_cadence_and_no_crash(seconds: float) -> None:
    runner = Runner(seconds=seconds)
    gait = find_gait(always_left_leg_ahead(runner))
    assert gait.activity == "other" or gait.stride_s == pytest.approx(runner.stride_s, rel=0.01)


def test_steps_that_were_all_taken_for_the_same_legs_are_counted_and_have_no_contacts() -> None:
    """Hips that bounce once where the legs seem to alternate show that the stride is twice as long."""
    runner = Runner(seconds=12.0)
    gait = find_gait(always_left_leg_ahead(runner))
    assert gait.stride_s == pytest.approx(runner.stride_s, rel=0.01)
    assert gait.contacts == ()
    assert any("could not be told apart" in warning for warning in gait.warnings)


def test_nobody_steps_faster_than_the_hips_bounce() -> None:
    """Legs that alternate as quickly as a sprinter's, on hips that bounce half as often, are a jogger's mixed up."""
    quick, jogger = Runner(cadence_spm=290, seconds=8), Runner(cadence_spm=145, seconds=8)
    track, hips = quick.track(), [BLAZEPOSE.index[f"{side}_hip"] for side in SIDES]
    track.xy[..., 1] += (jogger.track().xy[:, hips, 1] - track.xy[:, hips, 1]).mean(axis=1)[:, None]
    gait = find_gait(clean(track, VIDEO))
    assert gait.activity == "other" or gait.stride_s == pytest.approx(jogger.stride_s, rel=0.01)
    assert gait.contacts == ()


@pytest.mark.parametrize("limp_px", [40, 80])
def test_hips_that_bounce_once_a_stride_do_not_double_the_stride(limp_px: float) -> None:
    runner = Runner()
    track = runner.track()
    for side in SIDES:
        track.xy[:, BLAZEPOSE.index[f"{side}_hip"], 1] += limp_px * np.sin(2 * np.pi * track.time_s / runner.stride_s)
    assert find_gait(clean(track, VIDEO)).stride_s == pytest.approx(runner.stride_s, rel=0.01)


@pytest.mark.parametrize("swaps_hz", [0.1, 0.2, 0.3, 0.4, 0.5])
def test_legs_swapped_at_a_rate_of_their_own_give_no_wrong_cadence(swaps_hz: float) -> None:
    runner = Runner()
    track = runner.track()
    swapped(track, np.cos(2 * np.pi * swaps_hz * track.time_s) < 0)
    gait = find_gait(track)
    assert gait.activity == "other" or gait.stride_s == pytest.approx(runner.stride_s, rel=0.01)


def test_no_contact_is_surer_than_contacts_are_between_clips() -> None:
    gait = gait_of(Runner())
    assert min(e.sd_s for e in gait.contacts) >= calibration.of("heavy").event_sd("contact") * gait.stride_s


def test_in_a_film_that_is_four_times_slower_contacts_are_four_times_less_sure_by_its_clock() -> None:
    real, slow = (gait_of(Runner(fps=fps, slowed=slowed)) for fps, slowed in ((60.0, 1.0), (60.0, 4.0)))
    assert len(slow.contacts) == len(real.contacts) > 0
    assert slow.contacts[0].sd_s == pytest.approx(4 * real.contacts[0].sd_s, rel=0.1)


@pytest.mark.parametrize(("late", "read"), [(0.1, True), (0.14, False), (-0.14, False)])
def test_contacts_far_from_half_a_stride_apart_are_not_told_apart(
    monkeypatch: pytest.MonkeyPatch, late: float, read: bool
) -> None:
    phase = np.array([[0.2, 0.7 + late], [0.5, 1.0 + late]])
    monkeypatch.setattr(find, "_event_phases", lambda *_: (phase, np.full((2, 2), 0.02)))
    gait = gait_of(Runner())
    assert bool(gait.contacts) == read
    assert any("could not be told apart" in warning for warning in gait.warnings) != read


def wave_and_noise(strides: float, noise: float, seed: int) -> tuple[Cycle, FloatArray]:
    """A wave of one cycle a stride, seen in 20 frames each, and the mean stride fitted to it."""
    phase = np.arange(0, strides, 0.05)
    values = np.cos(2 * np.pi * phase)[:, None] + np.random.default_rng(seed).normal(0, noise, (len(phase), 1))
    return Cycle(phase, fit_series(phase, values, 2), 1.0, 1.0), values


def crest(cycle: Cycle) -> FloatArray:
    """Phase of the wave's crest."""
    return np.arctan2(cycle.series[:, 2], cycle.series[:, 1]) / (2 * np.pi)


@pytest.mark.parametrize("strides", [5.0, 6.5, 8.0, 21.3, 400.0])
def test_leaving_out_strides_shows_how_far_moments_are_off_by_noise(strides: float) -> None:
    """400 strides are more than are looked at."""
    runs = [wave_and_noise(strides, 0.2, seed) for seed in range(60)]
    off, told = [crest(cycle)[0] for cycle, _ in runs], [scatter(*run, crest)[0] for run in runs]
    assert np.sqrt(np.mean(np.square(told))) == pytest.approx(np.std(off), rel=0.3)


def test_a_moment_that_may_be_at_two_places_is_as_unsure_as_that_and_no_more() -> None:
    """As where the knee is straightest twice. The half distance is the most by which two places can scatter."""

    def jumping(cycle: Cycle) -> FloatArray:
        return 0.1 * (crest(cycle) > 0)

    runs = [wave_and_noise(8.1, 0.2, seed) for seed in range(60)]
    told = [scatter(*run, jumping)[0] for run in runs]
    assert max(told) == pytest.approx(0.05, rel=0.05)
    assert np.sqrt(np.mean(np.square(told))) == pytest.approx(np.std([jumping(cycle)[0] for cycle, _ in runs]), rel=0.3)


@pytest.mark.parametrize("strides", [2.2, 3.0, 3.9])
@pytest.mark.parametrize(("noise", "part"), [(0.0, 0.75), (1.0, 0.5)])
def test_few_strides_tell_what_is_usual_and_what_they_show(strides: float, noise: float, part: float) -> None:
    """At least so large a part of the larger of the two, whose squares are pooled."""
    runs = [wave_and_noise(strides, noise, seed) for seed in range(60)]
    off, told = [crest(cycle)[0] for cycle, _ in runs], [scatter(*run, crest)[0] for run in runs]
    larger = max(float(np.std(off)), 0.01 / strides**0.5)
    assert np.sqrt(np.mean(np.square(told))) == pytest.approx(larger, rel=1 - part)
    assert scatter(*wave_and_noise(1.9, noise, 0), crest) == pytest.approx([0.01 / 1.9**0.5], rel=0.05)


def test_what_is_not_always_found_is_not_known() -> None:
    cycle, values = wave_and_noise(8.0, 0.2, 0)
    without = iter([1.0, np.nan, *[1.0] * 6])
    assert np.isnan(scatter(cycle, values, lambda _: np.array([next(without)]))).all()


def test_strides_whose_errors_are_alike_are_left_out_together() -> None:
    """As where a pose model misplaces a leg for a while."""

    def run(seed: int) -> tuple[Cycle, FloatArray]:
        phase, random = np.arange(0, 40, 0.05), np.random.default_rng(seed)
        late = gaussian_filter1d(random.normal(0, 0.1, 40), 1.0)[phase.astype(int)]
        values = np.cos(2 * np.pi * (phase - late))[:, None]
        return Cycle(phase, fit_series(phase, values, 2), 1.0, 1.0), values

    runs = [run(seed) for seed in range(60)]
    told = np.sqrt(np.mean([scatter(*one, crest) ** 2 for one in runs]))
    assert told == pytest.approx(np.std([crest(cycle)[0] for cycle, _ in runs]), rel=0.3)


@pytest.mark.parametrize("hidden", [(0, 120), (90, 210), (0, 210)])
def test_hidden_hips_are_not_still(hidden: tuple[int, int]) -> None:
    track = Runner(fps=30, noise_px=2.0).track()
    xy = track.xy.copy()
    xy[slice(*hidden), [track.landmarks.index[f"{side}_hip"] for side in SIDES]] = np.nan
    assert len(find_rhythm(replace(track, xy=xy)).rows) == len(track)


def test_a_camera_that_bobs_for_a_while_makes_nobody_still() -> None:
    track = Runner(fps=30, noise_px=2.0).track()
    bobs = np.where(track.time_s < 3, 80 * np.sin(2 * np.pi * 2.3 * track.time_s), 0.0)
    assert len(find_rhythm(replace(track, xy=track.xy + np.array([0.0, 1.0]) * bobs[:, None, None])).rows) == len(track)


def test_contacts_of_legs_that_are_seen_poorly_are_less_sure_by_as_much_as_they_are_off() -> None:
    gaits = [(seed, gait_of(Runner(fps=30, seconds=8, noise_px=10.0, seed=seed))) for seed in range(12)]
    usual = max(event.sd_s for event in gait_of(Runner(fps=30, seconds=8)).contacts)
    off = [float(np.median(contact_errors(gait, Runner(fps=30, seconds=8, seed=seed)))) for seed, gait in gaits]
    told = [event.sd_s for _, gait in gaits for event in gait.contacts]
    assert np.std(off) < np.sqrt(np.mean(np.square(told)))
    assert np.median(told) > usual


@pytest.mark.parametrize(
    ("event", "contacts", "toe_offs", "said"),
    [(0, False, False, "not clear enough"), (1, True, False, "feet leave the ground")],
)
def test_moments_that_hang_on_which_strides_are_seen_are_not_given(
    monkeypatch: pytest.MonkeyPatch, event: int, contacts: bool, toe_offs: bool, said: str
) -> None:
    unsteady = np.zeros((2, 2))
    unsteady[event, 1] = 1.1 * UNSURE_SD
    for sd in (unsteady, np.where(unsteady, np.nan, 0.0)):
        monkeypatch.setattr(find, "scatter", lambda *_, sd=sd: sd)
        gait = gait_of(Runner())
        assert (bool(gait.contacts), bool(gait.toe_offs)) == (contacts, toe_offs)
        assert any(said in warning for warning in gait.warnings)


@pytest.mark.parametrize("duty", [0.06, 0.1, 0.8])
def test_where_contacts_and_toe_offs_contradict_each_other_neither_is_given(
    monkeypatch: pytest.MonkeyPatch, duty: float
) -> None:
    """Sprinters' duty factor is 0.2, walkers' 0.65: of a foot that seems to stand for less or more, one is misread."""
    phase = np.array([[0.2, 0.7], [0.2 + duty, 0.7 + 0.34]])
    monkeypatch.setattr(find, "_event_phases", lambda *_: (phase, np.full((2, 2), 0.02)))
    gait = gait_of(Runner())
    assert (gait.contacts, gait.toe_offs) == ((), ())
    assert any("for longer or shorter than they can" in warning for warning in gait.warnings)


@pytest.mark.parametrize(("model", "remedy"), [("lite", True), ("heavy", False), ("mediapipe", False)])
def test_where_contacts_are_not_clear_a_better_model_is_named(
    monkeypatch: pytest.MonkeyPatch, model: str, remedy: bool
) -> None:
    monkeypatch.setattr(find, "scatter", lambda *_: np.full((2, 2), 1.0))
    gait = find_gait(clean(replace(Runner().track(), model=model), VIDEO))
    assert any("`model=heavy` sees feet better" in warning for warning in gait.warnings) == remedy


def test_nobody_means_no_view() -> None:
    track = Runner(seconds=1).track()
    nobody = replace(track, xy=np.full_like(track.xy, np.nan), world=np.full_like(track.world, np.nan))
    gait = find_gait(nobody)
    assert (gait.view.name, gait.activity) == ("none", "other")


def test_leg_length_is_thigh_and_shank() -> None:
    runner = Runner()
    track = runner.track()
    assert leg_length_px(track, gait_of(runner).view) == pytest.approx(LEG * runner.px_per_m, rel=0.01)


@pytest.mark.parametrize("view", ["side", "rear", "front"])
def test_a_leg_is_as_long_for_who_comes_nearer_as_halfway(view: str) -> None:
    track = Runner(view=view, seconds=6).track()
    middle, size = track.mid("hip").mean(axis=0), np.linspace(1.0, 1.6, len(track))[:, None, None] / 1.3
    nearer = replace(track, xy=(track.xy - middle) * size + middle)
    here, there = (leg_length_px(some, find_view(some)) for some in (track, nearer))
    assert there == pytest.approx(here, rel=0.02)


def filmed(track: PoseTrack, how: str) -> PoseTrack:
    """By a camera that stays, one in a hand, one that pans with the runner, one that the runner comes nearer to."""
    time_s, size = track.time_s, np.linspace(0.8, 1.2, len(track))[:, None, None]
    shakes = 25 * np.stack([np.sin(2 * np.pi * 0.9 * time_s), np.cos(2 * np.pi * 0.6 * time_s)], axis=1)
    return {
        "still": track,
        "held": replace(track, xy=track.xy + shakes[:, None], camera_xy=shakes),
        "panned": replace(track, camera_xy=shakes - 500 * time_s[:, None] * [1.0, 0.0]),
        "nearer": replace(track, xy=(track.xy - 1500) * size + 1500),
    }[how]


@pytest.mark.parametrize("how", ["still", "held", "panned", "nearer"])
def test_what_is_fitted_to_landmarks_lies_where_they_were(how: str) -> None:
    track = clean(filmed(Runner(fps=30, noise_px=1.0, seconds=8).track(), how), VIDEO)
    motion = find_gait(track).motion
    assert motion is not None
    assert np.sqrt(np.mean((motion.at(track.time_s) - track.xy) ** 2)) < 1.0  # pixels
    assert (np.ptp(motion.size) > 0) == (how == "nearer")


def test_a_landmark_that_was_elsewhere_for_two_frames_bends_nothing() -> None:
    track, wrist = clean(Runner(fps=30, noise_px=1.0, seconds=8).track(), VIDEO), BLAZEPOSE.index["left_wrist"]
    there = track.xy[:, wrist].copy()
    track.xy[100:102, wrist] += 150
    motion = find_gait(track).motion
    assert motion is not None
    assert np.abs(motion.at(track.time_s)[:, wrist] - there)[20:-20].max() < 6  # pixels


@pytest.mark.slow
@settings(max_examples=12)
@given(st.floats(150, 190), st.sampled_from([30.0, 60.0]), st.booleans(), st.integers(0, 99))
def test_cadence_does_not_depend_on_frame_rate_noise_or_uneven_frames(
    cadence: float, fps: float, uneven: bool, seed: int
) -> None:
    runner = Runner(cadence_spm=cadence, fps=fps, uneven=uneven, noise_px=2.0, seed=seed, seconds=12)
    assert 120 / gait_of(runner).stride_s == pytest.approx(cadence, abs=0.6)


def test_a_phase_model_reads_between_the_frames() -> None:
    time_s = np.arange(360) / 30
    values = np.stack([np.sin(2 * np.pi * 1.4 * time_s), np.cos(4 * np.pi * 1.4 * time_s)], axis=1)
    noisy = values + np.random.default_rng(0).normal(0, 0.05, values.shape)
    cycle = fit_cycle(time_s, noisy, stride_frequency(time_s, noisy[:, :1]))
    assert cycle.stride_s == pytest.approx(1 / 1.4, rel=1e-3)
    error = cycle.at(cycle.phase) - values
    assert np.sqrt((error**2).mean()) < 0.02  # noise of one sample: 0.05


@pytest.mark.parametrize("count", [200, 2500, 20_000])
def test_the_rate_of_a_clip_of_any_length_is_found(count: int) -> None:
    time_s = np.arange(count) / 60
    found = stride_frequency(time_s, np.cos(2 * np.pi * 1.4 * time_s)[:, None])
    assert found == pytest.approx(1.4, abs=0.1 / min(count / 60, 40))


def test_frames_that_show_the_same_moments_of_every_stride_are_joined_smoothly() -> None:
    """Ten frames a stride do not tell more than four waves of it."""
    time_s = np.arange(150) / 15
    cycle = fit_cycle(time_s, np.cos(2 * np.pi * 1.5 * time_s * np.array([[1.0], [3.0]])).T, 1.5)
    between = cycle.at(cycle.phase[30:120] + 0.05)
    expected = np.cos(2 * np.pi * (1.5 * time_s[30:120, None] + 0.05) * np.array([1.0, 3.0]))
    assert between == pytest.approx(expected, abs=0.03)


def phase_and_values(seed: int) -> tuple[FloatArray, FloatArray]:
    """More rows than one block, with some values unknown and some far off, and one column seldom known."""
    random = np.random.default_rng(seed)
    phase = np.cumsum(random.uniform(0.01, 0.03, BLOCK + 500))
    values = fourier_basis(phase, 3) @ random.normal(size=(7, 4)) + random.normal(0, 0.1, (len(phase), 4))
    values[random.random(values.shape) < 0.05] += 5.0
    values[random.random(values.shape) < 0.1] = np.nan
    values[9:, 3] = np.nan
    return phase, values


def series_one_by_one(phase: FloatArray, column: FloatArray, harmonics: int) -> FloatArray:
    """``fit_series`` for one coordinate, written out plainly."""
    x, y = fourier_basis(phase, harmonics)[np.isfinite(column)], column[np.isfinite(column)]
    ridge = 1e-6 * len(phase) * np.diag(np.r_[0, np.repeat(np.arange(1, harmonics + 1) ** 2, 2)]).astype(float)
    weight = np.ones(len(y))
    for _ in range(3):
        series = np.linalg.solve((x * weight[:, None]).T @ x + ridge, (x * weight[:, None]).T @ y)
        residual = np.abs(y - x @ series)
        weight = np.minimum(1, (HUBER * MAD_TO_SD * np.median(residual) + 1e-9) / (residual + 1e-9))
    return np.asarray(series)


@pytest.mark.parametrize("seed", range(3))
def test_all_coordinates_together_are_fitted_as_each_for_itself(seed: int) -> None:
    phase, values = phase_and_values(seed)
    series = fit_series(phase, values, 5)
    expected = [series_one_by_one(phase, column, 5) for column in values.T[:3]]
    assert series[:3] == pytest.approx(np.array(expected), rel=1e-9, abs=1e-9)
    assert np.isnan(series[3]).all()


@pytest.mark.parametrize("count", [1, 2, 7, 200])
def test_a_spectrum_is_that_of_its_definition(count: int) -> None:
    time_s, (_, values) = np.sort(np.random.default_rng(1).uniform(0, 40, BLOCK + 500)), phase_and_values(1)
    frequency_hz = 0.7 + 0.013 * np.arange(count)
    known = np.isfinite(values[:, :2]).all(axis=1)
    window = np.hanning(len(time_s) + 2)[1:-1][known]
    t, y = time_s[known], values[known, :2]
    lines = [np.polynomial.Polynomial.fit(t, column, 1, w=np.sqrt(window))(t) for column in y.T]
    moving = (y - np.stack(lines, axis=1)) * window[:, None]
    expected = (np.abs(np.exp(-2j * np.pi * np.outer(frequency_hz, t)) @ moving) ** 2).sum(axis=1)
    assert power(time_s, values[:, :2], frequency_hz) == pytest.approx(expected, rel=1e-9)


def test_a_local_line_is_that_of_its_moments() -> None:
    random = np.random.default_rng(2)
    weight, width = random.uniform(0.5, 2, 700), 13.0
    moment, x = weight * random.normal(size=700), np.linspace(-1, 1, 700)
    w0, w1, w2, m0, m1 = (
        gaussian_filter1d(values, width, mode="constant", truncate=4.0)
        for values in (weight, weight * x, weight * x**2, moment, moment * x)
    )
    first, second, slope = w1 - x * w0, w2 - 2 * x * w1 + x**2 * w0, m1 - x * m0
    expected = (second * m0 - first * slope) / (w0 * second - first**2)
    assert local_line(moment, weight, width) == pytest.approx(expected, abs=1e-9)


def test_two_strides_are_too_few_to_repeat() -> None:
    assert find_gait(clean(Runner(seconds=0.9).track(), VIDEO)).activity == "other"


@pytest.mark.parametrize("view", ["rear", "front"])
@pytest.mark.parametrize("width", [-0.04, 0.0, 0.10])
@pytest.mark.parametrize("cadence", [155.0, 180.0])
def test_every_contact_is_found_with_the_right_foot_from_behind(view: str, width: float, cadence: float) -> None:
    runner = Runner(view=view, step_width_m=width, cadence_spm=cadence, noise_px=2.0)
    gait = gait_of(runner)
    assert (gait.view.name, gait.activity) == (view, "running")
    true = sum(len(runner.contact_times(side)) for side in SIDES)
    assert abs(len(gait.contacts) - true) <= 2
    assert np.abs(contact_errors(gait, runner)).max() < CONTACT_TOLERANCE_S
    assert all(a.side != b.side for a, b in zip(gait.contacts[:-1], gait.contacts[1:], strict=True))


@pytest.mark.parametrize(("noise_px", "read"), [(8.0, True), (20.0, False)])
def test_from_behind_legs_that_are_not_seen_well_show_no_contacts(noise_px: float, read: bool) -> None:
    gait = gait_of(Runner(view="rear", fps=30, noise_px=noise_px))
    assert gait.activity == "running"
    assert bool(gait.contacts) == read
    assert any("hide each other too often" in warning for warning in gait.warnings) != read


@pytest.mark.parametrize("view", ["rear", "front"])
def test_contacts_are_less_sure_from_behind_than_from_the_side(view: str) -> None:
    behind, beside = gait_of(Runner(view=view)), gait_of(Runner())
    assert behind.contacts[0].sd_s > beside.contacts[0].sd_s


@pytest.mark.parametrize("view", ["rear", "front"])
def test_of_a_walker_seen_from_behind_no_contacts_are_guessed(view: str) -> None:
    walker = Runner(
        view=view, walking=True, cadence_spm=112, speed_m_s=1.3, duty=0.62, overstride_m=0.32, bounce_m=0.04
    )
    gait = gait_of(walker)
    assert gait.activity != "running"
    assert gait.contacts == ()


@pytest.mark.parametrize("late_deg", [0.0, 30.0, 60.0])
def test_a_walker_from_behind_is_one_whenever_perspective_shows_the_feet(late_deg: float) -> None:
    """Rendered walkers' hips are up to 70° of a step early or late, depending on camera and gait."""
    walker = Runner(
        view="rear", walking=True, cadence_spm=112, speed_m_s=1.3, duty=0.62, overstride_m=0.32, bounce_m=0.03
    )
    track = walker.track()
    late_s = late_deg / 360 / (walker.cadence_spm / 60)
    for name in ("left_hip", "right_hip"):
        height = track.xy[:, BLAZEPOSE.index[name], 1]
        height[:] = np.interp(track.time_s - late_s, track.time_s, height)
    assert find_gait(clean(track, VIDEO)).activity == "walking"


STROLL = Runner(walking=True, cadence_spm=112, speed_m_s=1.3, duty=0.62, overstride_m=0.32, bounce_m=0.04)


@pytest.mark.parametrize(("seen", "activity"), [(0.6, "walking"), (0.4, "other")])
def test_who_is_seen_to_walk_has_knees_in_most_frames(seen: float, activity: Activity) -> None:
    track = clean(STROLL.track(), VIDEO)
    hidden = np.random.default_rng(0).random(len(track)) > seen
    for side in SIDES:
        track.xy[hidden, BLAZEPOSE.index[f"{side}_knee"]] = np.nan
    assert find_gait(track).activity == activity


def test_a_walkers_knee_does_not_say_when_the_foot_leaves() -> None:
    """It bends well before."""
    track = clean(STROLL.track(), VIDEO)
    gait, learned = find_gait(track), calibration.of("heavy")
    leg = leg_cycles_of(track, gait)["left"]
    other = replace(leg, knee=drawn_leg(duty=0.25).knee)
    assert np.isfinite(knee_straightest_in_late_stance(other))
    assert gait.activity == "walking"
    assert vote(other, "toe_off", gait, learned) == vote(leg, "toe_off", gait, learned)


def drawn_leg(duty: float = 0.34) -> LegCycle:
    track = clean(Runner(duty=duty).track(), VIDEO)
    return leg_cycles_of(track, find_gait(track))["left"]


@pytest.mark.parametrize("fps", [30.0, 60.0])
def test_a_foot_that_stands_moves_as_fast_as_the_belt_however_its_landmarks_tremble(fps: float) -> None:
    runner = Runner(fps=fps, noise_px=3.0)
    track = clean(runner.track(), VIDEO)
    for leg in leg_cycles_of(track, find_gait(track)).values():
        assert leg.belt == pytest.approx(-runner.speed_m_s * runner.stride_s / LEG, rel=0.02)


def test_a_foot_that_wavers_in_mid_stance_has_not_left_the_ground() -> None:
    leg = drawn_leg()
    wavering = leg.ankle_vx.copy()
    before = int(ankle_leaves_belt_speed(leg)) - round(0.03 * SAMPLES)
    wavering[before : before + 4] = 0.2 * leg.belt
    assert ankle_leaves_belt_speed(replace(leg, ankle_vx=wavering)) == ankle_leaves_belt_speed(leg)


@pytest.mark.parametrize("share_pct", [8, 16, 24])
@pytest.mark.parametrize("hidden", SIDES)
def test_a_foot_hidden_behind_the_body_moves_no_contact_of_either(hidden: str, share_pct: int) -> None:
    """As by the edge of a tightly framed picture: the frames in which one foot is hidden show the other."""
    whole = Runner(noise_px=1.0).track()
    behind = whole.mid("hip")[:, 0] - whole.point(f"{hidden}_ankle")[:, 0]  # the runner goes to the right
    xy = whole.xy.copy()
    foot = [BLAZEPOSE.index[f"{hidden}_{joint}"] for joint in ("ankle", "heel", "foot_index")]
    xy[np.ix_(behind > np.percentile(behind, 100 - share_pct), foot)] = np.nan
    seen, partly = (find_gait(clean(track, VIDEO)) for track in (whole, replace(whole, xy=xy)))
    assert len(partly.contacts) >= len(seen.contacts) - 2
    for contact in partly.contacts:
        apart_s = [abs(other.time_s - contact.time_s) for other in seen.contacts if other.side == contact.side]
        assert min(apart_s) < 0.012, contact.side


def test_a_foot_farthest_behind_late_in_the_stride_is_no_reason_to_fail() -> None:
    leg = drawn_leg()
    late = replace(leg, ankle_x=np.roll(leg.ankle_x, SAMPLES - 20 - int(leg.ankle_x.argmin())))
    assert np.isnan(knee_straightest_in_late_stance(late)) or knee_straightest_in_late_stance(late) < SAMPLES


def test_a_knee_that_hardly_stretches_does_not_say_when_the_foot_leaves() -> None:
    leg = drawn_leg(duty=0.25)
    assert np.isfinite(knee_straightest_in_late_stance(leg))
    stiff = leg.knee.copy()
    stiff[: round(0.7 * SAMPLES)] = 30 + 3 * np.sin(np.arange(round(0.7 * SAMPLES)) / 10)
    assert np.isnan(knee_straightest_in_late_stance(replace(leg, knee=stiff)))


def test_how_bent_a_knee_was_before_the_foot_came_down_does_not_count_as_stretching() -> None:
    leg = drawn_leg(duty=0.25)
    straight, loaded = int(knee_straightest_in_late_stance(leg)), round(LOADED * SAMPLES)
    stiff = leg.knee.copy()
    stiff[loaded:straight] = np.minimum(stiff[loaded:straight], stiff[straight] + 0.7 * STRETCHES_DEG)
    stiff[: loaded - 2] = 70.0
    assert np.isnan(knee_straightest_in_late_stance(replace(leg, knee=stiff)))


def test_a_knee_that_is_straightest_when_the_foot_swings_forward_does_not_say_when_it_left() -> None:
    leg = drawn_leg(duty=0.25)
    straight = int(knee_straightest_in_late_stance(leg))
    for later, told in ((-8, True), (8, False)):
        behind = np.roll(leg.ankle_x, straight - later - int(leg.ankle_x.argmin()))
        assert np.isfinite(knee_straightest_in_late_stance(replace(leg, ankle_x=behind))) == told


@pytest.mark.parametrize(
    ("near_sd", "far_sd", "surer"), [(0.01, 0.01, "right"), (0.012, 0.01, "right"), (0.02, 0.01, "left")]
)
def test_the_nearer_leg_is_believed_unless_the_other_is_far_surer(near_sd: float, far_sd: float, surer: Side) -> None:
    alone = {"left": Estimate(0.1, far_sd), "right": Estimate(0.6, near_sd)}
    assert _surer(alone, Gait(View("side", "right", 1.0), "running", "treadmill")) == surer


STRAIGHT_LONG = [Runner(cadence_spm=cadence, fps=fps) for cadence in (165, 170, 175, 180, 190) for fps in (30, 60)]
WALKERS = [
    Runner(walking=True, cadence_spm=cadence, duty=duty, speed_m_s=1.3 * cadence / 115, overstride_m=0.25, fps=30)
    for cadence in (90, 105, 125)
    for duty in (0.58, 0.66)
]


@pytest.mark.parametrize("noise_px", [0.5, 3.0])
@pytest.mark.parametrize("runner", STRAIGHT_LONG + WALKERS, ids=lambda r: f"{r.cadence_spm}-{r.fps}-{r.duty}")
def test_a_knee_straight_long_before_or_after_toe_off_does_not_move_it(runner: Runner, noise_px: float) -> None:
    """The drawn runner's is straight for long around toe-off; a walker's bends well before the foot leaves."""
    gait = find_gait(replace(runner, noise_px=noise_px).track())
    for side in SIDES:
        true_s = runner.contact_times(side) + runner.duty * runner.stride_s
        found_s = np.array([event.time_s for event in gait.toe_offs if event.side == side])
        late_s = [moment - true_s[np.abs(true_s - moment).argmin()] for moment in found_s]
        assert np.median(late_s) == pytest.approx(0, abs=0.025 if runner.walking else 0.012)


def test_a_foot_drawn_back_as_fast_as_the_belt_while_aloft_has_not_landed() -> None:
    leg = drawn_leg()
    landed, fast = int(ankle_taken_up_by_belt(leg)), 2
    speed, sole = leg.ankle_vx.copy(), leg.sole.copy()
    speed[:fast], speed[fast:landed] = 0.0, leg.belt
    sole[: fast + 1] = 1.1 * ALOFT
    drawn_back = replace(leg, ankle_vx=speed, sole=sole)
    assert np.isnan(ankle_taken_up_by_belt(drawn_back))


def test_legs_that_are_short_at_times_are_not_the_runners() -> None:
    """In every third step a lower leg ends at the foot of a smaller person behind."""
    runner = Runner(seconds=8)
    track = runner.track()
    assert gait_of(runner).contacts
    others = (track.time_s % (1.5 * runner.stride_s)) < 0.5 * runner.stride_s
    for joint in ("ankle", "heel", "foot_index"):
        knee, foot = (track.xy[others, BLAZEPOSE.index[f"left_{name}"]] for name in ("knee", joint))
        track.xy[others, BLAZEPOSE.index[f"left_{joint}"]] = knee + 0.65 * (foot - knee)
    gait = find_gait(track)
    assert gait.activity == "running"
    assert not gait.contacts
    assert any("too short" in warning for warning in gait.warnings)


def test_a_leg_that_grows_with_who_comes_nearer_is_not_short_and_what_was_before_does_not_count() -> None:
    track = Runner(seconds=8).track()
    nearer = replace(track, xy=track.xy * np.linspace(0.7, 1.4, len(track))[:, None, None])
    assert short_shank(nearer, nearer.time_s) == 0
    early, (knee, ankle) = track.time_s < 4, (BLAZEPOSE.index[f"left_{joint}"] for joint in ("knee", "ankle"))
    track.xy[early, ankle] = track.xy[early, knee] + 0.6 * (track.xy[early, ankle] - track.xy[early, knee])
    assert short_shank(track, track.time_s) > 0.4
    assert short_shank(track, track.time_s[~early]) == 0


@pytest.mark.parametrize(("hidden", "known"), [(0.1, True), (0.2, False)])
def test_where_a_landmark_is_in_a_part_of_the_stride_that_always_hides_it_is_known_if_that_is_short(
    hidden: float, known: bool
) -> None:
    runner, wrist = Runner(), BLAZEPOSE.index["left_wrist"]
    track = clean(runner.track(), VIDEO)
    track.xy[(track.time_s - runner.contact_times("left")[0]) / runner.stride_s % 1 < hidden, wrist] = np.nan
    motion = find_gait(track).motion
    assert motion is not None
    assert np.isfinite(motion.at(track.time_s)[:, wrist]).all() == known


def test_legs_without_a_trunk_to_hold_them_against_are_taken_as_they_are() -> None:
    track = Runner(seconds=8).track()
    track.xy[:, [BLAZEPOSE.index["left_shoulder"], BLAZEPOSE.index["right_shoulder"]]] = np.nan
    assert find_gait(track).contacts


def test_a_toe_that_hardly_rises_or_is_not_known_does_not_say_when_it_left() -> None:
    leg = drawn_leg()
    assert np.isfinite(toe_rises(leg))
    for toe in (0.5 * FLOOR_GAP * np.sin(np.arange(SAMPLES) / 60), np.full(SAMPLES, np.nan)):
        assert np.isnan(toe_rises(replace(leg, toe=toe)))


@pytest.mark.parametrize("dip", [0.25, 0.5, 0.75])
def test_a_toe_that_swings_forward_low_has_left_long_before(dip: float) -> None:
    """As a jogger's, whose toe is as near the ground in mid-swing as in push-off; it is highest after that."""
    leg = drawn_leg()
    off, lowest = toe_rises(leg), leg.toe.min()
    behind, end = int(leg.ankle_x.argmin()), round(TOE_WINDOW[1] * SAMPLES)
    middle, toe = (behind + end) // 2, leg.toe.copy()
    toe[middle - 10 : middle + 10] = lowest + dip * FLOOR_GAP
    toe[middle + 10 : end] = leg.toe.max() + FLOOR_GAP
    assert off < behind
    assert toe_rises(replace(leg, toe=toe)) == off


def test_a_cue_that_is_far_off_pulls_no_harder_the_farther_it_is_off() -> None:
    track = clean(Runner().track(), VIDEO)
    gait, learned = find_gait(track), calibration.of("heavy")
    leg = leg_cycles_of(track, gait)["right"]
    late = [replace(leg, ankle_vx=np.roll(leg.ankle_vx, round(strides * SAMPLES))) for strides in (0.08, 0.11)]
    found = [vote(one, "contact", gait, learned)[0] for one in (leg, *late)]
    assert found[0] < found[1] == pytest.approx(found[2], abs=1e-9)


def test_a_misplaced_foot_does_not_outvote_the_knee() -> None:
    """All the foot shows comes 0.12 strides too early: it is one witness, however many cues it gives."""
    sds = {"knee_straightest_in_late_stance": 0.012, "ankle_leaves_belt_speed": 0.02, "toe_rises": 0.02}
    cues = {name: {"lead": 0.0, "sd": sd} for name, sd in sds.items()}
    learned = Calibration({"features": {}, "events": {"toe_off": {"sd": 0.01}}, "toe_off_cues": cues})
    track = clean(Runner(duty=0.25).track(), VIDEO)
    gait, early = find_gait(track), -round(0.12 * SAMPLES)
    leg = leg_cycles_of(track, gait)["left"]
    foot = {name: np.roll(getattr(leg, name), early) for name in ("ankle_vx", "toe", "sole")}
    there, moved = (vote(seen, "toe_off", gait, learned)[0] for seen in (leg, replace(leg, **foot)))
    assert abs(moved - there) < 0.12 / 3


def test_where_the_cues_of_a_leg_disagree_the_other_leg_tells_which_are_off() -> None:
    """The far foot seems to come down 0.12 strides late, against the knee; how fast its ankle is does not show."""
    track = clean(Runner().track(), VIDEO)
    gait, learned = find_gait(track), calibration.of("heavy")
    legs = leg_cycles_of(track, gait)
    late = replace(legs["left"], sole=np.roll(legs["left"].sole, round(0.12 * SAMPLES)), ankle_vx=0 * legs["left"].knee)
    there, alone = (vote(leg, "contact", gait, learned)[0] for leg in (legs["left"], late))
    together = votes(legs | {"left": late}, "contact", gait, learned)
    assert abs(alone - there) > 0.03
    assert abs(together["left"][0] - there) < 0.75 * abs(alone - there)
    moment, sd = vote(legs["right"], "contact", gait, learned)
    assert together["right"][0] == pytest.approx(moment)
    assert together["right"][1] > sd  # for all one knows, it may be that leg that is misread


def later(leg: LegCycle, strides: float) -> LegCycle:
    """The leg, every cue of whose contact comes later after the foot was farthest forward."""
    shift = round(strides * SAMPLES)
    return replace(leg, **{name: np.roll(getattr(leg, name), shift) for name in ("knee", "ankle_vx", "sole", "raised")})


def test_a_far_leg_that_contradicts_the_near_one_is_not_believed() -> None:
    """The near one is, whatever the far one says; how far that moves the contact counts as uncertainty of both."""
    track = clean(Runner().track(), VIDEO)
    gait, learned = find_gait(track), calibration.of("heavy")
    legs = leg_cycles_of(track, gait)
    there = votes(legs, "contact", gait, learned)
    for side, moved in (("left", 0.0), ("right", 0.15)):  # the right leg is the near one
        together = votes(legs | {side: later(legs[side], 0.15)}, "contact", gait, learned)
        for foot in SIDES:
            assert (together[foot][0] - there[foot][0] + 0.5) % 1 - 0.5 == pytest.approx(moved, abs=0.01)
            assert together[foot][1] > 0.5 * 0.14


def test_legs_far_out_of_step_are_not_told_apart() -> None:
    track = clean(Runner().track(), VIDEO)
    gait, learned = find_gait(track), calibration.of("heavy")
    legs = leg_cycles_of(track, gait)
    found = votes(legs | {"left": later(legs["left"], 0.3)}, "contact", gait, learned)
    assert np.isnan(list(found.values())).all()


@pytest.mark.parametrize("late", [-0.15, -0.1, -0.07, 0.05, 0.06, 0.08, 0.12, 0.15])
def test_the_contact_of_a_lame_far_leg_lies_within_its_interval(late: float) -> None:
    """It cannot be told from one that is misread, and may be read too evenly."""
    track = clean(Runner().track(), VIDEO)
    gait, learned = find_gait(track), calibration.of("heavy")
    legs = leg_cycles_of(track, gait)
    there = votes(legs, "contact", gait, learned)["left"][0]
    lame = legs | {"left": replace(legs["left"], start=legs["left"].start + late)}
    found, sd = votes(lame, "contact", gait, learned)["left"]
    assert abs((found - there - late + 0.5) % 1 - 0.5) < 1.96 * sd


@pytest.mark.parametrize("uneven", [-0.03, 0.03])
def test_legs_that_step_unevenly_are_not_made_alike(uneven: float) -> None:
    track = clean(Runner().track(), VIDEO)
    gait, learned = find_gait(track), calibration.of("heavy")
    legs = leg_cycles_of(track, gait)
    moved = legs | {"left": replace(legs["left"], start=legs["left"].start + uneven)}
    for event in ("contact", "toe_off"):
        before, after = (votes(some, event, gait, learned) for some in (legs, moved))
        apart, apart_moved = (found["right"][0] - found["left"][0] for found in (before, after))
        assert apart - apart_moved == pytest.approx(uneven, abs=0.003)


@pytest.mark.parametrize("nearer", [-0.2, 0.2])
def test_seen_at_an_angle_how_high_a_foot_is_in_the_picture_tells_no_contact(nearer: float) -> None:
    """It moves up or down the picture with the ground it lands and stands on."""
    runner = Runner(seconds=8)
    track = clean(in_space_turned(runner.track(), 40.0), VIDEO)
    before = find_gait(track)
    assert before.view.name == "oblique"
    for side, joint in product(SIDES, ("ankle", "heel", "foot_index")):
        point = track.xy[:, BLAZEPOSE.index[f"{side}_{joint}"]]
        point[:, 1] += nearer * (point[:, 0] - track.mid("hip")[:, 0])
    after = find_gait(track)
    for there, found in ((before.contacts, after.contacts), (before.toe_offs, after.toe_offs)):
        assert [e.time_s for e in found] == pytest.approx([e.time_s for e in there], abs=0.01)


def test_a_knee_that_looks_straight_soon_after_contact_has_not_pushed_off() -> None:
    """A far leg that is seen poorly looks straight a tenth of a stride after it landed: nobody's stance is as short."""
    runner = Runner(seconds=8)
    track = clean(runner.track(), VIDEO)
    hip, knee, ankle = (BLAZEPOSE.index[f"right_{joint}"] for joint in ("hip", "knee", "ankle"))
    track.xy[:, knee, 0] += 0.05 * runner.facing * track.body_height_px  # it never gets as straight as that
    before = [event.time_s for event in find_gait(track).toe_offs]
    since = (track.time_s - runner.contact_times("right")[0]) / runner.stride_s % 1
    straight = (since > 0.09) & (since < 0.15)
    track.xy[straight, knee] = (track.xy[straight, hip] + track.xy[straight, ankle]) / 2
    after = [event.time_s for event in find_gait(track).toe_offs]
    assert after == pytest.approx(before, abs=0.03)


@pytest.mark.parametrize("leap", [0.02, 0.3, 2.0])
@pytest.mark.parametrize("seed", range(5))
def test_the_rate_follows_the_best_of_all_ways_through_the_scalogram(seed: int, leap: float) -> None:
    share = np.random.default_rng(seed).uniform(size=(6, 4))

    def worth(way: Sequence[int]) -> float:
        costs = {0: 0.0, 1: min(STEP_COST, leap)}
        found = sum(row[column] for row, column in zip(share, way, strict=True))
        return float(found - sum(costs.get(abs(a - b), leap) for a, b in pairwise(way)))

    assert worth(best_way(share, leap).tolist()) == pytest.approx(max(map(worth, product(range(4), repeat=6))))


def test_a_look_at_one_moment_costs_no_more_in_a_long_clip() -> None:
    """The overlay looks at each contact on its own: a half-hour clip has 5,000, in 100,000 frames."""

    def took_s(motion: Motion) -> float:
        def once() -> float:
            begin = process_time()
            motion.at(np.array([3.0]))
            return process_time() - begin

        return min(once() for _ in range(30))

    motion = gait_of(Runner()).motion
    assert motion is not None
    times = 40
    arrays = {name: np.tile(getattr(motion, name), (times, 1)) for name in ("path", "camera_xy", "residual")}
    flat = {name: np.tile(getattr(motion, name), times) for name in ("phase", "size")}
    longer = replace(motion, time_s=np.arange(times * len(motion.time_s)) / 60, **arrays, **flat)
    assert took_s(longer) < 4 * took_s(motion)  # copying whole columns first, it took ten times as long


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize("slope", [-0.06, -0.03, 0.05])
def test_feet_leave_sloping_ground_when_they_leave_level_ground(slope: float, facing: int) -> None:
    """A camera that is tilted, or stands ahead of the runner, sees it so too."""
    level, sloping = (gait_of(Runner(facing=facing, noise_px=0.5, slope=rise)) for rise in (0.0, slope))
    assert len(sloping.toe_offs) == len(level.toe_offs) > 0
    for there, here in zip(sloping.toe_offs, level.toe_offs, strict=True):
        assert there.side == here.side
        assert there.time_s == pytest.approx(here.time_s, abs=0.012)


@pytest.mark.parametrize("cadence", [270.0, 290.0])
def test_the_quickest_sprinters_are_believed_and_read(cadence: float) -> None:
    quick = Runner(cadence_spm=cadence, fps=120.0, speed_m_s=9.0, overstride_m=0.3, duty=0.22, bounce_m=0.03)
    track = clean(quick.track(), VIDEO)
    gait = find_gait(track, told=1.0)
    assert gait.likely_factor is None
    assert 120 / gait.stride_s == pytest.approx(cadence, abs=1.0)


def test_who_calls_a_film_slow_that_is_not_hears_of_real_speed() -> None:
    """Not of the nearest factor that cameras have."""
    for told in (1.6, 4.0, 8.0):
        assert pace_of(Signs(172.0 * told, 12.0 * told**2, 0.36), "running", told=told)[0] == pytest.approx(1 / told)


@pytest.mark.parametrize("slowed", [2.0, 3.0, 4.0, 8.0])
def test_how_much_a_film_is_slowed_down_is_known_to_within_a_fifth(slowed: float) -> None:
    for cadence in (155.0, 170.0, 185.0):
        factor, _ = pace_of(Signs(cadence / slowed, 12.0 / slowed**2, 0.36), "running")
        assert factor is not None
        assert factor == pytest.approx(slowed, rel=0.21)


def test_fewer_strides_never_make_contacts_surer() -> None:
    """Medians over runners of equal noise."""
    sds = {}
    for seconds in (2.0, 2.6, 6.0):
        found = [gait_of(Runner(seconds=seconds, fps=30.0, noise_px=1.0, seed=seed)).toe_offs for seed in range(6)]
        sds[seconds] = float(np.median([off.sd_s for offs in found for off in offs]))
    assert sds[2.0] > 0.95 * sds[6.0]
    assert sds[2.6] > 0.95 * sds[6.0]
