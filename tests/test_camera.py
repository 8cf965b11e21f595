"""The camera's own movement and tilt, from pictures drawn with known values."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from formcheck.camera import (
    CONVERGING,
    TIPPED_DEG,
    UNKNOWN_ROLL_SD_DEG,
    CameraMotion,
    CameraTilt,
    Tilt,
    shifts_of,
    tilt_of,
    turns_of,
)  # fmt: skip


def room(roll_deg: float = 0.0, shift: tuple[float, float] = (0.0, 0.0), seed: int = 0) -> np.ndarray:
    """A wall with posts and speckles, seen by a camera that is tilted and shifted."""
    rng = np.random.default_rng(seed)
    image = np.full((720, 1280, 3), 150, np.uint8)
    for x in range(100, 1280, 160):
        cv2.rectangle(image, (x, 60), (x + 30, 660), (90, 80, 70), -1)
    for x, y in rng.integers((0, 0), (1280, 720), (150, 2)):
        cv2.circle(image, (int(x), int(y)), 6, tuple(int(c) for c in rng.integers(0, 255, 3)), -1)
    turn = cv2.getRotationMatrix2D((640, 360), -roll_deg, 1.0)  # OpenCV turns anticlockwise
    turn[:, 2] += shift
    return cv2.warpAffine(image, turn, (1280, 720), borderMode=cv2.BORDER_REFLECT)


@pytest.mark.parametrize("roll", [-25.0, -20.0, -12.0, -9.0, -7.0, -4.0, -1.0, 0.0, 2.5, 7.9, 8.5, 10.0, 16.0])
def test_the_tilt_of_upright_things_is_the_cameras_roll(roll: float) -> None:
    camera = CameraTilt()
    for seed in range(3):
        camera.look(room(roll, seed=seed), ())
    found = tilt_of(camera.looks)
    assert found.roll_deg == pytest.approx(roll, abs=0.3)
    assert found.roll_sd_deg < 0.6
    assert found.converging == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize("spread_deg", [-9.0, 9.0])
@pytest.mark.parametrize("roll", [0.0, 3.0])
def test_a_camera_that_looks_up_or_down_at_posts_on_one_side_is_not_tilted_by_that(
    spread_deg: float, roll: float
) -> None:
    """Uprights then converge: the farther from the middle, the more they lean in or out."""
    image, camera = np.full((720, 1280, 3), 150, np.uint8), CameraTilt()
    for x in range(60, 900, 60):
        lean = np.radians(roll + spread_deg * (x - 640) / 1280)
        top = (round(x + 270 * np.tan(lean)), 90)
        cv2.line(image, (round(x - 270 * np.tan(lean)), 630), top, (40, 40, 40), 5, cv2.LINE_AA)
    for _ in range(3):
        camera.look(image, ())
    assert tilt_of(camera.looks).roll_deg == pytest.approx(roll, abs=0.3)


FOCAL_PX = 1000.0


def hall(
    posts_m: list[float],
    pitch_deg: float,
    roll_deg: float,
    distance_m: float = 5.0,
    size: tuple[int, int] = (1280, 720),
) -> CameraTilt:
    """Looks of a camera, as high as the middle of the posts, at thin posts 8 m tall that stand so far to the right."""
    camera, image, distance_m = CameraTilt(), np.full((*size[::-1], 3), 150, np.uint8), 5.0
    (sine, cosine), (turn, along) = ((np.sin(a), np.cos(a)) for a in np.radians([pitch_deg, roll_deg]))
    for x in posts_m:
        ends = []
        for height in np.clip([distance_m * np.tan(np.radians(pitch_deg)) + off for off in (-1.6, 1.6)], -4, 4):
            depth, up = distance_m * cosine + height * sine, height * cosine - distance_m * sine
            right, down = FOCAL_PX * x / depth, -FOCAL_PX * up / depth
            ends.append((
                round(size[0] / 2 + right * along - down * turn), round(size[1] / 2 + right * turn + down * along)
            ))  # fmt: skip
        cv2.line(image, *ends, (40, 40, 40), 5, cv2.LINE_AA)
    for _ in range(3):
        camera.look(image, ())
    return camera


@pytest.mark.parametrize("pitch_deg", [-25.0, -12.0, 6.0, 18.0])
@pytest.mark.parametrize("roll_deg", [-20.0, -3.0, 0.0, 2.0, 9.0, 13.0])
def test_uprights_on_both_sides_tell_roll_and_pitch(pitch_deg: float, roll_deg: float) -> None:
    found = tilt_of(hall(np.linspace(-2.4, 2.4, 13).tolist(), pitch_deg, roll_deg).looks)
    assert found.roll_deg == pytest.approx(roll_deg, abs=0.3)
    assert found.roll_sd_deg < 0.6
    assert found.converging == pytest.approx(np.tan(np.radians(pitch_deg)) * 1280 / FOCAL_PX, abs=0.03)
    assert found.converging_sd < 0.05


@pytest.mark.parametrize("pitch_deg", [-12.0, 18.0])
def test_a_phone_held_upright_sees_its_pitch_as_one_held_level_does(pitch_deg: float) -> None:
    """Its longer side is the same, over the same focal length."""
    found = tilt_of(hall(np.linspace(-1.5, 1.5, 11).tolist(), pitch_deg, 2.0, size=(720, 1280)).looks)
    assert found.roll_deg == pytest.approx(2.0, abs=0.3)
    assert found.converging == pytest.approx(np.tan(np.radians(pitch_deg)) * 1280 / FOCAL_PX, abs=0.03)


@pytest.mark.parametrize("pitch_deg", [-18.0, 0.0, 18.0])
def test_uprights_on_one_side_do_not_tell_roll_from_pitch_unless_the_body_shows_the_pitch(pitch_deg: float) -> None:
    looks = hall([1.3, 1.4, 1.5, 1.6], pitch_deg, 1.0).looks
    alone, told = tilt_of(looks), tilt_of(looks, pitch_deg)
    assert alone.roll_sd_deg > told.roll_sd_deg > 0.5
    assert abs(alone.roll_deg - 1.0) < 2 * alone.roll_sd_deg <= 2 * UNKNOWN_ROLL_SD_DEG
    assert abs(told.roll_deg - 1.0) < 2 * told.roll_sd_deg
    assert abs(told.converging - np.tan(np.radians(pitch_deg)) * 1280 / FOCAL_PX) < 2 * told.converging_sd


def edge(image: np.ndarray, x: int, y: int, lean_deg: float, length: int, thick: int = 8) -> None:
    """Something straight about that place that leans to the right."""
    half = 0.5 * length * np.array([np.sin(np.radians(lean_deg)), -np.cos(np.radians(lean_deg))])
    ends = (tuple(np.rint([x, y] + sign * half).astype(int).tolist()) for sign in (-1, 1))
    cv2.line(image, *ends, (40, 40, 40), thick, cv2.LINE_AA)


def posts(image: np.ndarray, lean_deg: float = 15.0) -> None:
    """Those of a treadmill."""
    for x in (900, 960):
        edge(image, x, 420, lean_deg, 330, 16)


def floor(image: np.ndarray) -> None:
    for y in (560, 600, 650):
        edge(image, 640, y, 90.0, 1280)


def doors(image: np.ndarray) -> None:
    for x in (80, 300, 1200):
        edge(image, x, 300, 0.0, 400)


def staircase(image: np.ndarray) -> None:
    for k in range(12):
        cv2.rectangle(image, (100 + 80 * k, 650 - 45 * k), (180 + 80 * k, 720), (60 + 10 * k,) * 3, -1)
        edge(image, 130 + 80 * k, 560 - 45 * k, 0.0, 160, 5)
    edge(image, 600, 250, 60.0, 900)


def handrails(image: np.ndarray) -> None:
    for k in range(4):
        edge(image, 600, 150 + 130 * k, 58.0, 1000)


def branches(image: np.ndarray) -> None:
    for x, y, lean, length in np.random.default_rng(4).uniform((0, 0, -50, 60), (1280, 500, 50, 220), (60, 4)):
        edge(image, round(x), round(y), lean, round(length), 4)


def shadows(image: np.ndarray) -> None:
    for x in (150, 290, 430):
        edge(image, x, 400, 22.0, 400, 20)


def path(image: np.ndarray) -> None:
    """Seen at an angle."""
    for y in (420, 480, 540, 600):
        edge(image, 640, y, 102.0, 1400)


def seen(*things: Callable[[np.ndarray], None]) -> Tilt:
    image, camera = np.full((720, 1280, 3), 150, np.uint8), CameraTilt()
    for thing in things:
        thing(image)
    for _ in range(3):
        camera.look(image, ())
    return tilt_of(camera.looks)


@pytest.mark.parametrize("things", [(posts, floor, doors), (posts, doors), (staircase,), (shadows, floor, staircase)])
def test_what_slants_in_a_room_does_not_tilt_a_level_camera(things: tuple[Callable[[np.ndarray], None], ...]) -> None:
    found = seen(*things)
    assert found.roll_deg == pytest.approx(0.0, abs=0.3)
    assert found.roll_sd_deg < 0.8


@pytest.mark.parametrize("things", [(handrails,), (branches,), (path, branches), (posts, floor), (shadows, floor)])
def test_where_only_slanting_things_are_seen_that_need_not_be_upright_nothing_is_known(
    things: tuple[Callable[[np.ndarray], None], ...],
) -> None:
    assert repr(seen(*things)) == repr(Tilt())


@pytest.mark.parametrize(("things", "slant_deg"), [(posts, 15.0), (shadows, 22.0)])
def test_where_it_is_not_sure_whether_things_slant_or_the_camera_that_is_doubted(
    things: Callable[[np.ndarray], None], slant_deg: float
) -> None:
    found = seen(things)
    assert (found.roll_deg, found.roll_sd_deg) == (0.0, pytest.approx(slant_deg, abs=0.5))


def test_what_lies_square_to_them_tells_slanting_edges_that_are_upright() -> None:
    def tipped(image: np.ndarray) -> None:
        for y in (150, 300, 600):
            edge(image, 640, y, 112.0, 700)

    found = seen(shadows, tipped)
    assert found.roll_deg == pytest.approx(22.0, abs=0.5)
    assert found.roll_sd_deg < 1.0


@pytest.mark.parametrize(("roll_deg", "length", "sure"), [(12.0, 3.0, True), (20.0, 3.0, False), (20.0, 5.0, True)])
def test_the_farther_from_level_the_more_edges_must_agree(roll_deg: float, length: float, sure: bool) -> None:
    look = np.zeros((len(TIPPED_DEG), len(CONVERGING), 2))
    look[1, :, 0], look[1, len(CONVERGING) // 2, 1] = roll_deg, length
    found = tilt_of(np.array([look] * 3))
    assert (found.roll_deg, found.roll_sd_deg < 1.0) == (pytest.approx(roll_deg if sure else 0.0), sure)
    assert sure or found.roll_sd_deg == pytest.approx(roll_deg, abs=0.1)


def test_a_bare_wall_tells_no_roll_and_says_so() -> None:
    camera = CameraTilt()
    for _ in range(3):
        camera.look(np.full((720, 1280, 3), 150, np.uint8), ())
    assert repr(tilt_of(camera.looks)) == repr(Tilt())


def test_a_panning_camera_is_followed() -> None:
    camera = CameraMotion()
    for i in range(40):
        camera.update(room(shift=(-6.0 * i, 1.0 * i)), ())
    assert shifts_of(camera.steps)[-1] == pytest.approx([-6 * 39, 39], abs=8)


BODY_PX = 500.0


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("rocks_deg", [0.5, 1.0])
def test_a_phone_that_rocks_with_each_step_moves_nothing_where_it_does_not(rocks_deg: float, side: int) -> None:
    """What is seen beside the runner, on one side of the picture, rises and falls; the middle stays."""
    motion, runner = CameraMotion(), np.array([[560.0, 120.0], [720.0, 600.0]])
    for frame in range(60):
        picture = room(rocks_deg * np.sin(2 * np.pi * 2.9 * frame / 30))
        picture[:, (0 if side else 420) : (860 if side else 1280)] = 150
        motion.update(picture, [runner])
    assert np.ptp(shifts_of(motion.steps), axis=0) == pytest.approx([0.0, 0.0], abs=0.005 * BODY_PX)


@pytest.mark.parametrize("pans_px", [0.0, 2.0])
@pytest.mark.parametrize(("share", "runs"), [(0.1, 0.33), (0.3, 0.417), (0.25, 0.07)])
def test_lamps_that_flicker_do_not_move_the_camera(share: float, runs: float, pans_px: float) -> None:
    """A phone exposes one row after the other: their light stands in the picture as bands, which run from one frame to
    the next by so many of themselves."""
    camera, rows = CameraMotion(), np.arange(360)[:, None, None]
    wall = cv2.resize(cv2.GaussianBlur(room(), (0, 0), 4), (640, 360))
    for frame in range(60):
        moved = cv2.warpAffine(wall, np.array([[1.0, 0, pans_px * frame], [0, 1, 0]]), (640, 360))
        light = 1 + share * np.sin(2 * np.pi * (rows / 225 + runs * frame))
        camera.update(np.clip(moved * light, 0, 255).astype(np.uint8), [])
    shifts = shifts_of(camera.steps)
    assert shifts[-1] == pytest.approx([59 * pans_px, 0.0], abs=0.005 * BODY_PX)  # of a picture half as large
    assert np.ptp(shifts[:, 1]) < 0.005 * BODY_PX
    assert not turns_of(camera.steps, 0.5 * BODY_PX).any()


@pytest.mark.parametrize("lasts", [38, 4])
@pytest.mark.parametrize("turn", [4.0, -3.0])
def test_a_phone_that_slips_is_known_to_have_turned_and_how_it_usually_stood(turn: float, lasts: int) -> None:
    """Slowly, or within four frames."""
    rolls = 1.0 + turn * np.clip((np.arange(40) - 19.5 + lasts / 2) / lasts, 0, 1)
    motion, tilt = CameraMotion(), CameraTilt()
    for i, roll in enumerate(rolls):
        motion.update(room(roll), ())
        if i % 5 == 0:
            tilt.look(room(roll), (), i)
    turns = turns_of(motion.steps, BODY_PX)
    assert turns == pytest.approx(rolls - np.median(rolls), abs=0.25)
    found, unaware = tilt_of(tilt.looks, turns_deg=turns[tilt.frames]), tilt_of(tilt.looks)
    assert found.roll_deg == pytest.approx(np.median(rolls), abs=0.4)
    assert found.roll_sd_deg < 0.5 < unaware.roll_sd_deg


@pytest.mark.slow
def test_small_turns_do_not_add_up_to_a_large_one() -> None:
    """A picture that trembles by less than can be seen, for longer than points are followed."""
    noise, motion, still = np.random.default_rng(0), CameraMotion(), room().astype(np.float32)
    for _ in range(90):
        grainy = still + 12 * noise.standard_normal((720, 1280, 1), np.float32)
        motion.update(np.clip(grainy, 0, 255).astype(np.uint8), ())
    assert abs(float(np.sum(motion.steps[:, 2]))) < 0.05
    assert not turns_of(motion.steps, BODY_PX).any()


@pytest.mark.parametrize("lasts", [1, 2])
def test_a_knock_in_which_nothing_is_seen_is_found_where_it_was(lasts: int) -> None:
    """The picture is blurred meanwhile, so the steps there are lost."""
    motion, rolls = CameraMotion(), 8 * np.clip((np.arange(50) - 19.0) / lasts, 0, 1)
    for before, roll in zip([0.0, *rolls], rolls, strict=False):
        shutter = [room(float(at)) for at in np.linspace(before, roll, 9 if before != roll else 1)]
        motion.update(np.mean(shutter, axis=0).astype(np.uint8), ())
    wrong = np.abs(turns_of(motion.steps, 5 * BODY_PX) - (rolls - np.median(rolls))) > 0.3
    assert wrong.sum() <= lasts + 1


@pytest.mark.parametrize(("turn_deg", "undone"), [(1.0, False), (2.0, True)])
def test_a_turn_no_larger_than_a_hand_makes_is_not_undone(turn_deg: float, undone: bool) -> None:
    steps = np.zeros((41, 3))
    steps[10:30, 2] = turn_deg / 20
    assert np.ptp(turns_of(steps, BODY_PX)) == pytest.approx(turn_deg if undone else 0.0)


def test_a_clip_without_frames_did_not_turn() -> None:
    assert not len(turns_of(np.zeros((0, 3)), BODY_PX))


def test_a_cut_is_no_turn() -> None:
    motion = CameraMotion()
    for i in range(24):
        motion.update(room(seed=i // 12) if i < 12 else cv2.flip(room(5.0, seed=3), 0), ())
    assert not turns_of(motion.steps, BODY_PX).any()


def test_a_camera_that_follows_is_not_taken_to_turn() -> None:
    steps = np.array([[0.0, 0.0, 0.0], *[[12.0, 0.0, 0.1]] * 40])
    assert not turns_of(steps, BODY_PX).any()
    steps[:, 0] = 0.0
    assert np.ptp(turns_of(steps, BODY_PX)) == pytest.approx(4.0)
    steps[::4, 2] = np.nan
    assert not turns_of(steps, BODY_PX).any()  # it is not known


@pytest.mark.parametrize(("lost", "known"), [(2, True), (3, False)])
def test_a_frame_that_was_lost_adds_no_movement_and_too_many_leave_it_unknown(lost: int, known: bool) -> None:
    steps = np.array([[0.0, 0.0, 0.0], *[[2.0, -1.0, 0.0]] * 9])
    steps[4 : 4 + lost] = np.nan
    shifts = shifts_of(steps)
    if known:
        assert shifts[-1].tolist() == [2.0 * (9 - lost), -1.0 * (9 - lost)]
        assert shifts[4].tolist() == shifts[3].tolist()
    else:
        assert np.isnan(shifts).all()


def level_look(roll_deg: float, length: float) -> np.ndarray:
    """(W, C, 2) of a look in which edges of this length, in picture heights, agree on a roll, and do not converge."""
    look = np.zeros((len(TIPPED_DEG), len(CONVERGING), 2))
    look[0, :, 0], look[0, len(CONVERGING) // 2, 1] = roll_deg, length
    return look


def test_looks_that_disagree_or_saw_little_make_the_roll_less_sure() -> None:
    alike, scattered, short = (
        tilt_of(np.array([level_look(2.0 + off, length) for off in (-scatter, 0.0, scatter)]))
        for scatter, length in ((0.0, 8.0), (1.5, 8.0), (0.0, 1.6))
    )
    assert [found.roll_deg for found in (alike, scattered, short)] == pytest.approx([2.0, 2.0, 2.0])
    sds = [found.roll_sd_deg for found in (alike, scattered, short)]
    assert sds[0] < 0.35 < sds[2] < 1.0 < sds[1]


def test_a_few_looks_that_saw_edges_among_many_that_saw_none_tell_no_roll() -> None:
    """Such as a lamp post that the camera passes."""
    looks = np.array([level_look(3.0, 4.0)] * 3 + [level_look(0.0, 0.2)] * 7)
    assert repr(tilt_of(looks)) == repr(Tilt())  # NaN equals nothing


def test_people_are_no_walls() -> None:
    """Whoever leans into the picture, with a straight pole, does not tilt the camera."""
    image, camera = room(0.0), CameraTilt()
    image[60:660, 400:900] = 150
    for x in range(420, 800, 20):
        cv2.line(image, (x, 640), (x + 70, 80), (10, 10, 10), 4)
    for _ in range(3):
        camera.look(image, [np.array([[400.0, 60.0], [900.0, 660.0]])])
    assert tilt_of(camera.looks).roll_deg == pytest.approx(0.0, abs=0.3)


def test_the_runner_does_not_count_as_background() -> None:
    camera = CameraMotion()
    for i in range(30):
        image = room()
        left = 200 + 12 * i
        image[100:650, left : left + 250] = np.random.default_rng(5).integers(0, 255, (550, 250, 3))
        corners = np.array([[left, 100.0], [left + 250.0, 650.0]])
        camera.update(image, [corners])
    assert np.abs(shifts_of(camera.steps)[-1]).max() < 3


def lanes(shift_px: float, trees: np.ndarray) -> np.ndarray:
    """A runner in front of trees passing by, on a track whose slanted lines look the same wherever the camera is."""
    image = np.full((720, 1280, 3), 120, np.uint8)
    image[60:300] = np.roll(trees, round(shift_px), axis=1)
    for y in range(420, 720, 60):
        cv2.line(image, (0, y), (1280, y - 25), (240, 240, 240), 3)
    image[150:650, 600:700] = (40, 40, 160)
    return image


@pytest.mark.parametrize("others", [[], [np.array([[900.0, 20.0], [910.0, 60.0]])]])
def test_a_camera_beside_a_runner_on_a_track_is_not_taken_for_standing(others: list[np.ndarray]) -> None:
    """Nor if somebody far away is noticed first."""
    trees = np.full((240, 1280, 3), 120, np.uint8)
    for x, y in np.random.default_rng(2).integers((0, 40), (1280, 200), (25, 2)):
        cv2.circle(trees, (int(x), int(y)), 14, (60, 90, 60), -1)
    runner = np.array([[600.0, 150.0], [700.0, 650.0]])
    camera = CameraMotion()
    for i in range(40):
        camera.update(lanes(4.0 * i, trees), [*others, runner])
    assert shifts_of(camera.steps)[-1] == pytest.approx([4.0 * 39, 0], abs=8)


def test_what_is_seen_of_a_runner_in_a_mirror_does_not_move_the_camera() -> None:
    """The trunk bobs and limbs swing about it; below, the room stays still."""
    parts = np.random.default_rng(3).integers(0, 255, (6, 40, 40, 3)).astype(np.uint8)
    runner, camera = np.array([[600.0, 150.0], [700.0, 650.0]]), CameraMotion()
    for i in range(40):
        image = room()
        image[:400] = 150
        for k, part in enumerate(parts):
            x = round(100 + 70 * k + 25 * np.sin(0.5 * i + k))
            y = round(200 + 20 * np.sin(0.6 * i) + 8 * np.cos(0.5 * i + k))
            image[y : y + 40, x : x + 40] = part
        camera.update(image, [runner])
    assert np.abs(shifts_of(camera.steps)).max() < 3


def test_without_anything_to_hold_on_to_the_movement_is_unknown() -> None:
    camera = CameraMotion()
    for _ in range(10):
        camera.update(np.full((72, 128, 3), 99, np.uint8), ())
    assert np.isnan(shifts_of(camera.steps)).all()
