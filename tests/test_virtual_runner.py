"""The virtual runner moves as its dials say and as a human could, and the population is what it claims to be."""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))  # the benchmarks are not part of the installed package

from renderer import renderer_missing

from benchmarks import population as people
from benchmarks.virtual_runner import (
    PRESETS,
    Camera,
    ClipSpec,
    Company,
    Form,
    Outfit,
    Recording,
    Setting,
    changed,
    render_clip,
    truth_of,
)
from benchmarks.virtual_runner.camera import Filming
from benchmarks.virtual_runner.cycle import StridingLegs
from benchmarks.virtual_runner.draping import AROUND, HOOD_RINGS, SKIRT_RINGS
from benchmarks.virtual_runner.dressing import DressedBody
from benchmarks.virtual_runner.landmarks import SurfaceLandmarks
from benchmarks.virtual_runner.movement import Movement
from benchmarks.virtual_runner.plausible import implausible
from benchmarks.virtual_runner.presets import WALKING, scaled
from benchmarks.virtual_runner.rendering import Studio, movement_of
from benchmarks.virtual_runner.rig import ASSETS, BODIES, load_rig
from benchmarks.virtual_runner.samples import SAMPLE_VIDEOS, SAMPLES
from benchmarks.virtual_runner.scenery import MIRROR_M
from benchmarks.virtual_runner.skeleton import Skeleton
from benchmarks.virtual_runner.spec import SIDES, SUFFIX, parsed

SHORT = Recording(640, 360, fps=60, seconds=3.0)


@cache
def movement(form: Form, body: str = "male", seconds: float = 4.0) -> Movement:
    return Movement(Skeleton(load_rig(body), form), seconds, 0.1)


@cache
def members() -> list[people.Member]:
    return people.population()


def summary(form: Form, **changes: object) -> dict[str, float]:
    return truth_of(changed(ClipSpec("c", form, recording=SHORT), **changes)).truth()["summary"]


# ---- truth is what the dials say


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dial", "key", "values", "tolerance"),
    [
        ("lean_deg", "lean_joint_deg", (0.0, 9.0, 20.0), 0.25),
        ("cadence_spm", "cadence_spm", (166.0, 188.0), 0.1),
        ("overstride_m", "overstride_m", (0.13, 0.20, 0.28), 0.002),
        ("bounce_m", "vertical_oscillation_m", (0.05, 0.09), 0.001),
        ("pelvic_drop_deg", "pelvic_drop_peak_deg", (2.0, 8.0), 0.3),
    ],
)
def test_a_dial_comes_back_as_truth(dial: str, key: str, values: tuple[float, ...], tolerance: float) -> None:
    for value in values:
        assert summary(replace(Form(), **{dial: value}))[key] == pytest.approx(value, abs=tolerance)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dial", "key"),
    [("hunch_deg", "thoracic_flexion_deg"), ("protraction_deg", "protraction_deg")],
)
def test_rounding_the_back_does_not_change_the_lean(dial: str, key: str) -> None:
    upright, rounded = summary(Form()), summary(replace(Form(), **{dial: 20.0}))
    assert rounded[key] - upright[key] > 10
    assert rounded["lean_joint_deg"] == pytest.approx(upright["lean_joint_deg"], abs=0.1)


@pytest.mark.slow
def test_contact_time_and_duty_agree_with_the_dials() -> None:
    found = summary(Form(cadence_spm=170, duty=0.33))
    assert found["contact_time_s"] == pytest.approx(0.33 * 120 / 170, abs=1e-3)
    assert found["duty"] == pytest.approx(0.33, abs=2e-3)


@pytest.mark.slow
def test_asymmetry_and_drift_are_in_the_truth() -> None:
    found = summary(Form(contact_asymmetry=0.08, overstride_asymmetry_m=0.03))
    assert found["contact_time_asymmetry_pct"] == pytest.approx(8, abs=0.2)
    assert found["overstride_difference_m"] == pytest.approx(0.03, abs=0.002)
    steps = truth_of(ClipSpec("c", Form(cadence_drift=-0.06), recording=replace(SHORT, seconds=6))).truth()["steps"]
    lengths = np.diff([step["contact_s"] for step in steps])
    assert lengths[-1] / lengths[0] == pytest.approx(1.06, abs=0.02)


def test_back_and_head_drift_from_the_first_second_to_the_last() -> None:
    form = Form(hunch_deg=15, hunch_drift_deg=20, head_pitch_drift_deg=10)
    moments = [movement(form).moment(time_s) for time_s in (0.0, 4.0)]
    assert [m.hunch_deg for m in moments] == pytest.approx([5, 25])
    assert moments[1].head_pitch_deg - moments[0].head_pitch_deg == pytest.approx(10)
    turned = [movement(form).skeleton.pose(m).turn("head") for m in moments]
    assert turned[0] != pytest.approx(turned[1], abs=0.1)


def test_marks_on_the_skin_go_along_with_a_runner_who_covers_ground() -> None:
    skeleton = movement(Form()).skeleton
    marks, pose = SurfaceLandmarks(skeleton.rig), skeleton.pose_at(0.3)
    here, there = marks.at(pose), marks.at(pose.moved(np.array([50.0, 0.0, 0.0])))
    for name, place in here.items():
        assert there[name] - place == pytest.approx([50, 0, 0], abs=1e-9)


def test_uneven_steps_alternate() -> None:
    steps = movement(Form(step_asymmetry=0.10)).steps()
    lengths = np.diff([step.contact_s for step in steps])
    first_is_left = steps[0].side == "left"
    left_to_right = lengths[::2] if first_is_left else lengths[1::2]
    right_to_left = lengths[1::2] if first_is_left else lengths[::2]
    assert left_to_right.mean() / right_to_left.mean() == pytest.approx(1.05 / 0.95, abs=0.01)


# ---- the body


FORMS = {
    "ordinary": Form(),
    "unsteady": Form(jitter=0.015, placement_noise_m=0.01, cadence_drift=-0.04, bounce_drift_m=0.01, seed=3),
    "forefoot": Form(strike_pitch_deg=-7, overstride_m=0.12, duty=0.30),
    "overstriding": PRESETS["overstride_lean"].form,
    "walking": WALKING,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMS)
def test_feet_neither_slide_nor_sink(name: str) -> None:
    """In stance, the forefoot (once the heel roll is over) moves back exactly with the belt."""
    moving = movement(FORMS[name])
    rig, speed = moving.skeleton.rig, moving.form.speed_m_s
    for step in moving.steps():
        times = np.linspace(step.contact_s, step.toe_off_s, 25)[1:-1]
        feet = [moving.moment(t).feet[step.side] for t in times]
        ankles = np.array([moving.pose(t).at(f"foot{SUFFIX[step.side]}")[[0, 2]] for t in times])
        pitch = np.radians([foot.pitch_deg for foot in feet])
        points = np.array([rig.heel, rig.ball])
        x = ankles[:, 0] + np.cos(pitch) * rig.ball[0] - np.sin(pitch) * rig.ball[1]
        heights = np.array([ankles[:, 1] + np.sin(pitch) * point[0] + np.cos(pitch) * point[1] for point in points])
        rolled = pitch <= 0
        assert rolled.sum() > 10
        assert np.ptp((x + speed * times)[rolled]) < 0.003
        assert heights.min() > -0.006
        assert heights.min(axis=0).max() < 0.006  # and some part of the sole touches


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("body", ["male_tall_light", "female_short_heavy"])
def test_knees_bend_the_right_way_in_every_body(name: str, body: str) -> None:
    rig = load_rig(body)
    assert implausible(Skeleton(rig, scaled(FORMS[name], rig.leg_m), solve_lean=False)) == []


def test_an_impossible_form_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="knee"):
        movement_of(ClipSpec("impossible", Form(overstride_m=0.05, duty=0.45, speed_m_s=4.5)))


@pytest.mark.parametrize("name", FORMS)
def test_swing_leaves_and_meets_the_ground_without_a_jump(name: str) -> None:
    moving = movement(FORMS[name])
    for step in moving.steps()[2:6]:
        for instant in (step.contact_s, step.toe_off_s):
            before, after = (moving.pose(instant + d).at(f"foot{SUFFIX[step.side]}") for d in (-2e-4, 2e-4))
            assert np.linalg.norm(after - before) < 0.006


def test_walking_always_has_a_foot_down_and_running_flies() -> None:
    for form, least, most in ((WALKING, 1, 2), (Form(), 0, 1)):
        moving = movement(form)
        down = {sum(moving.in_contact(side, t) for side in SIDES) for t in np.arange(0.5, 3.5, 0.01)}
        assert down == {least, most}


def test_hips_are_highest_at_midstance_in_walking_and_lowest_in_running() -> None:
    for form, highest in ((WALKING, True), (Form(), False)):
        cycle = StridingLegs(load_rig("male"), form)
        heights = cycle.hip_height_m(np.linspace(0, 0.5, 101))  # type: ignore[arg-type]
        middle = cycle.hip_height_m(form.duty / 2)
        assert (middle > np.mean(heights)) == highest


def test_walking_straightens_the_standing_leg() -> None:
    moving = movement(WALKING)
    step = moving.steps()[1]
    pose = moving.pose(0.55 * step.contact_s + 0.45 * step.toe_off_s)
    end = SUFFIX[step.side]
    reach = np.linalg.norm(pose.at(f"foot{end}") - pose.at(f"thigh{end}"))
    assert reach > 0.98 * moving.skeleton.rig.leg_m


def test_bodies_differ_and_stay_small_on_disk() -> None:
    heights = {body: load_rig(body).height_m for body in BODIES}
    assert len(BODIES) >= 8
    assert min(heights.values()) < 1.6
    assert max(heights.values()) > 1.85
    assert sum(path.stat().st_size for path in ASSETS.glob("*.npz")) < 5_000_000


def test_assets_are_those_of_the_readme() -> None:
    readme = (ASSETS / "README.md").read_text(encoding="utf-8")
    for path in ASSETS.glob("*.npz"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() in readme, path.name


# ---- the camera and the clock


def test_yaw_brings_the_camera_to_the_runners_front_on_both_sides() -> None:
    for facing, side in (("left", 1), ("right", -1)):
        filming = Filming(ClipSpec("c", camera=Camera(facing=facing, yaw_deg=15)))
        across = filming.eye - filming.at
        assert np.degrees(np.arctan2(across[0], side * across[1])) == pytest.approx(15)


@pytest.mark.slow
@pytest.mark.parametrize(("facing", "sign"), [("left", -1), ("right", 1)])
def test_the_runner_faces_where_the_camera_says(facing: str, sign: int) -> None:
    recorder = truth_of(ClipSpec("c", camera=Camera(facing=facing), recording=replace(SHORT, seconds=1.5)))
    frames = recorder.frames()
    names = list(frames["names"])
    feet = frames["points_px"][:, names.index("left_big_toe")] - frames["points_px"][:, names.index("left_heel")]
    flat = frames["contact"][:, 0]
    assert (np.sign(feet[flat, 0]) == sign).all()


def test_roll_tips_the_picture_against_the_camera() -> None:
    """Camera clockwise: an upright line in the world leans to the left in the picture."""
    lens = Filming(ClipSpec("c", camera=Camera(roll_deg=4))).lens()
    low, high = lens.project(np.array([[0.08, 0, 0.5], [0.08, 0, 1.2]]))
    assert np.degrees(np.arctan2(high[0] - low[0], low[1] - high[1])) == pytest.approx(-4, abs=0.1)


@pytest.mark.slow
def test_slow_motion_keeps_real_and_file_time_apart() -> None:
    clip = ClipSpec("c", recording=replace(SHORT, fps=240, file_fps=30, seconds=2.0))
    truth = truth_of(clip).truth()
    assert truth["recording"]["slow_motion_factor"] == 8
    for step in truth["steps"]:
        assert step["contact_file_s"] == pytest.approx(8 * step["contact_s"], abs=1e-4)
        assert step["contact_frame"] == pytest.approx(30 * step["contact_file_s"], abs=0.01)
    assert truth["summary"]["cadence_spm"] == pytest.approx(178, abs=0.5)


@pytest.mark.slow
def test_a_hand_shakes_the_picture_but_not_the_runner() -> None:
    still, shaken = (truth_of(ClipSpec("c", camera=Camera(shake_deg=s), recording=SHORT)) for s in (0.0, 0.4))
    assert still.truth()["steps"] == shaken.truth()["steps"]
    moved = still.frames()["points_px"] - shaken.frames()["points_px"]
    assert 1 < np.std(moved[:, 0, 0]) < 40


@pytest.mark.slow
def test_toe_offs_beyond_the_clips_end_are_null() -> None:
    steps = truth_of(ClipSpec("c", recording=replace(SHORT, seconds=2.05))).truth()["steps"]
    assert all((step["toe_off_s"] is None) == (step["contact_s"] + step["contact_time_s"] >= 2.05) for step in steps)


def test_settings_of_the_command_line_keep_their_types() -> None:
    clip = PRESETS["neutral"]
    assert parsed(clip, "form.lean_deg", "12") == 12
    assert parsed(clip, "camera.distance_m", "3.5") == 3.5
    assert parsed(clip, "setting.treadmill", "false") is False
    assert parsed(clip, "setting.place", "park") == "park"
    with pytest.raises(ValueError, match="no setting"):
        parsed(clip, "form.speed", "3")
    with pytest.raises(ValueError, match="not a number"):
        parsed(clip, "form.lean_deg", "much")


# ---- the population


def test_the_same_seed_gives_the_same_clips_and_another_gives_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "STRATA", {"side": (3, people.STRATA["side"][1])})
    first, again, other = ([m.digest for m in people.population(seed)] for seed in (1, 1, 2))
    assert first == again
    assert set(first).isdisjoint(other)


@pytest.mark.slow
def test_the_population_has_its_strata_halves_and_ci_set() -> None:
    strata = Counter(m.stratum for m in members())
    assert len(members()) == 112
    assert strata == {name: count for name, (count, _) in people.STRATA.items()}
    assert sum(m.ci for m in members()) == 12
    assert {m.stratum for m in members() if m.ci} == set(people.STRATA) - set(people.NOT_IN_CI)
    assert all(m.half == "reporting" for m in members() if m.ci)
    for stratum, count in strata.items():
        tuning = sum(m.half == "tuning" for m in members() if m.stratum == stratum)
        assert abs(tuning - count / 2) <= 0.5
    assert Counter(m.half for m in members()) == {"tuning": 56, "reporting": 56}
    assert len({m.name for m in members()}) == 112


@pytest.mark.slow
def test_every_dial_is_spread_over_its_whole_range() -> None:
    side = [m for m in members() if m.stratum == "side"]
    for dial in ("lean_deg", "hunch_deg", "protraction_deg", "head_forward_deg", "cadence_spm"):
        low, high = people.RANGES[dial]
        quarters = Counter(int(4 * (getattr(m.form, dial) - low) / (high - low + 1e-9)) for m in side)
        assert min(quarters[q] for q in range(4)) >= 8, dial
    assert {m.body for m in side} == set(BODIES)


@pytest.mark.slow
def test_dials_are_drawn_independently_of_each_other() -> None:
    side = [m.form for m in members() if m.stratum == "side"]
    dials = ("lean_deg", "hunch_deg", "protraction_deg", "cadence_spm", "overstride_m")
    table = np.corrcoef([[getattr(form, dial) for form in side] for dial in dials])
    assert np.abs(table - np.eye(len(dials))).max() < 0.4


@pytest.mark.slow
def test_side_clips_are_what_the_tool_asks_for() -> None:
    for m in members():
        if m.stratum == "side":
            assert m.camera.view == "side"
            assert m.recording.fps >= 30
            assert abs(m.camera.yaw_deg) <= 10
            assert abs(m.camera.roll_deg) <= 4
            assert 8 <= m.recording.seconds <= 12
            assert m.form.activity == "running"


@pytest.mark.slow
def test_each_harder_stratum_is_harder_in_its_own_way() -> None:
    by_stratum = {name: [m for m in members() if m.stratum == name] for name in people.STRATA}
    assert all(10 <= abs(m.camera.yaw_deg) <= 20 for m in by_stratum["yaw"])
    assert all(m.recording.fps == 24 for m in by_stratum["24fps"])
    assert all(m.setting.light == "dim" for m in by_stratum["dark"])
    assert {m.recording.slow_motion_factor for m in by_stratum["slow_motion"]} == {4, 8}
    assert {m.company.doing for m in by_stratum["two_people"]} == {"standing", "passing", "running"}
    assert {m.camera.view for m in by_stratum["rear"]} == {"rear", "front"}
    assert {m.form.step_width_m < 0 for m in by_stratum["rear"]} == {True, False}
    assert all(m.form.activity == "walking" for m in by_stratum["walking"])
    assert all(m.outfit.skin in people.DARKEST and 4 <= m.camera.distance_m <= 6 for m in by_stratum["far"])
    assert all(m.setting.place == "mirrors" for m in by_stratum["mirrors"])
    assert all(m.company.ahead_m <= -1 and not m.setting.treadmill for m in by_stratum["followed"])
    assert {seen_from(m) // 90 for m in by_stratum["oblique"]} == {0, 1, 2, 3}
    assert all(abs(seen_from(m) % 90 - 45) < 6 for m in by_stratum["oblique"])


def seen_from(member: people.Member) -> float:
    """Where the camera stands, 0 ahead of the runner, 90 on their left."""
    filming = Filming(member)
    across = filming.eye - filming.at
    return float(np.degrees(np.arctan2(across[1], across[0])) % 360)


@pytest.mark.slow
def test_far_runners_take_two_fifths_of_the_picture() -> None:
    for m in (m for m in members() if m.stratum == "far"):
        frames = truth_of(changed(m, recording=replace(m.recording, seconds=1.5))).frames()
        names, y = list(frames["names"]), frames["points_px"][..., 1]
        head, toes = y[:, names.index("left_ear")].mean(), y[:, names.index("left_heel")].max()
        assert 0.30 < (toes - head) / m.recording.height_px < 0.42


@pytest.mark.slow
def test_people_wear_what_people_wear() -> None:
    outfits = [m.outfit for m in members()]
    worn = Counter(what for o in outfits for what in (o.top, o.bottom, f"hood {o.hood}", f"{o.socks} socks"))
    least = {"jacket": 25, "pushed": 8, "hood down": 5, "hood up": 1, "skirt": 5, "long socks": 15}
    assert all(worn[garment] >= count for garment, count in least.items()), worn


@pytest.mark.slow
def test_cut_off_feet_are_out_of_the_picture() -> None:
    for m in members():
        if m.stratum == "cut_feet":
            clip = changed(m, recording=replace(m.recording, seconds=1.5))
            frames = truth_of(clip).frames()
            ankle = frames["points_px"][:, list(frames["names"]).index("rig_left_ankle")]
            assert np.median(ankle[frames["contact"][:, 0], 1]) > m.recording.height_px


@pytest.mark.slow
def test_a_clips_name_and_flags_do_not_change_its_pixels() -> None:
    member = members()[0]
    assert replace(member, name="other", half="reporting", ci=True).digest == member.digest
    assert changed(member, **{"form.lean_deg": 1.234}).digest != member.digest


def test_processors_that_differ_in_the_last_digit_draw_the_same_clip() -> None:
    """Or rendered clips, those of the small set too, would be other ones on another computer."""
    one, other = (changed(ClipSpec("c"), **{"form.duty": duty}) for duty in (0.2689119476298502, 0.26891194762985016))
    assert one.digest == other.digest != changed(one, **{"form.duty": 0.26891195}).digest


def test_a_field_that_is_new_changes_no_digest_until_it_is_used() -> None:
    @dataclass(frozen=True)
    class LaterSetting(Setting):
        fog: float = 0.0

    clip = ClipSpec("c", setting=Setting("park"))
    assert replace(clip, setting=LaterSetting("park")).digest == clip.digest
    assert replace(clip, setting=LaterSetting("park", fog=0.5)).digest != clip.digest


@pytest.mark.slow
def test_rendered_clips_are_not_rendered_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def pretend(clip: ClipSpec, folder: Path) -> None:
        calls.append(clip.name)
        for suffix in (".mp4", ".frames.npz", ".truth.json"):
            (folder / f"{clip.name}{suffix}").write_text("x")

    monkeypatch.setattr(people, "render_clip", pretend)
    clips = members()[:2]
    first = people.ensure_rendered(clips, tmp_path)
    second = people.ensure_rendered(clips, tmp_path)
    assert first == second
    assert len(calls) == 2
    assert all(one.complete for one in second)


# ---- what people wear, and who else is in the picture


@cache
def dressed(**outfit: str) -> DressedBody:
    return DressedBody(load_rig("female"), Outfit(**outfit))  # type: ignore[arg-type]


def test_a_skirt_hangs_around_both_legs() -> None:
    rig, skirt = load_rig("female"), dressed(bottom="skirt").vertices[-SKIRT_RINGS * AROUND :]
    hem = skirt[-AROUND:]
    legs = rig.vertices[np.abs(rig.vertices[:, 2] - hem[0, 2]) < 0.01]
    legs = legs[np.abs(legs[:, 1]) < 0.25]  # not the hands
    for sign in (-1, 1):
        for axis in (0, 1):
            assert (sign * hem[:, axis]).max() > (sign * legs[:, axis]).max() + 0.01


def test_a_hood_lies_on_the_nape_or_covers_the_head_but_not_the_face() -> None:
    rig = load_rig("female")
    down, up = (dressed(hood=hood).vertices[-HOOD_RINGS * AROUND :] for hood in ("down", "up"))
    assert down[:, 0].min() < rig.joint("neck_01")[0] - 0.10
    assert down[:, 2].max() < rig.joint("head")[2]
    assert up[:, 2].max() > rig.vertices[:, 2].max()
    shown = dressed(hood="up").inside_m[-HOOD_RINGS * AROUND :] >= 0
    assert 0.4 < shown.mean() < 0.95
    assert up[shown, 0].max() < rig.vertices[rig.data["eye_l"], 0].min()


def test_a_jacket_stands_off_farther_than_a_shirt_and_a_loose_one_billows() -> None:
    def back(**outfit: str) -> float:
        body = dressed(**outfit)
        cloth = body.vertices[(body.inside_m > 0.15) & (np.abs(body.vertices[:, 1]) < 0.1)]
        return float(cloth[np.abs(cloth[:, 2] - 0.38) < 0.05, 0].min())

    shirt, jacket, loose = back(top="long"), back(top="jacket"), back(top="jacket", fit="loose")
    assert shirt - 0.005 > jacket > loose + 0.01


def test_long_socks_end_below_the_knee_and_pushed_up_sleeves_at_the_elbow() -> None:
    rig = load_rig("female")
    for socks, low, high in (("ankle", 0.0, 0.3), ("long", 0.7, 1.0)):
        body = dressed(socks=socks)
        shin = body.vertices[np.isclose(body.colours[:, :3], Outfit().sock).all(axis=1) & (body.inside_m >= 0)]
        top = (shin[:, 2].max() - rig.joint("foot_l")[2]) / (rig.joint("calf_l")[2] - rig.joint("foot_l")[2])
        assert low < top < high, socks
    reach = {}
    for top in ("short", "pushed", "long"):
        body = dressed(top=top)
        sleeve = np.isclose(body.colours[:, :3], Outfit().shirt).all(axis=1) & (body.inside_m >= 0)
        reach[top] = float(body.vertices[sleeve, 1].max())
    assert reach["short"] + 0.03 < reach["pushed"] < reach["long"] - 0.05


def test_a_mirror_shows_the_runners_other_side_as_far_beyond_as_the_runner_is_before_it() -> None:
    clip = ClipSpec("c", setting=Setting("mirrors"), camera=Camera(facing="right"), recording=SHORT)
    runner, image = Studio(clip, movement_of(clip), Filming(clip)).actors
    here, there = runner.mesh(0.3), image.mesh(0.3)
    mirror_y = MIRROR_M  # the camera stands on the runner's right, at negative y
    assert here[:, 1] + there[:, 1] == pytest.approx(2 * mirror_y)
    assert here[:, [0, 2]] == pytest.approx(there[:, [0, 2]])
    assert here[:, 4] == pytest.approx(-there[:, 4])


def test_somebody_who_runs_behind_keeps_the_distance() -> None:
    company = Company("running", "male_tall_light", away_m=0.0, ahead_m=-1.5)
    clip = ClipSpec("c", setting=Setting("track", treadmill=False), company=company, recording=SHORT)
    runner, other = Studio(clip, movement_of(clip), Filming(clip)).actors
    for time_s in (0.2, 2.4):
        apart = other.mesh(time_s)[:, 0].mean() - runner.mesh(time_s)[:, 0].mean()
        assert apart == pytest.approx(-1.5, abs=0.15)


# ---- samples and rendering


@pytest.mark.slow
@pytest.mark.parametrize("name", ["neutral", "overstride_lean", "hunched"])
def test_sample_videos_carry_the_truth_they_were_made_with(name: str) -> None:
    kept = json.loads((SAMPLE_VIDEOS / f"{name}.truth.json").read_text(encoding="utf-8"))
    assert kept["summary"] == pytest.approx(truth_of(SAMPLES[name]).truth()["summary"], abs=2e-3)
    assert (SAMPLE_VIDEOS / f"{name}.mp4").stat().st_size < 2_000_000


@pytest.mark.slow
def test_a_rendered_clip_shows_a_runner_where_the_truth_says(tmp_path: Path) -> None:
    """Between two renderings of the same scene with different backs, only pixels near the runner change."""
    if why := renderer_missing():
        pytest.skip(why)
    base = ClipSpec("a", setting=Setting("plain"), recording=replace(SHORT, seconds=1.4, fps=30, grain=0, crf=10))
    pictures = []
    for clip in (base, changed(base, name="b", **{"form.hunch_deg": 35.0})):
        render_clip(clip, tmp_path)
        with av.open(str(tmp_path / f"{clip.name}.mp4")) as video:
            frames = [frame.to_ndarray(format="gray") for frame in video.decode(video=0)]
        assert len(frames) == clip.frames
        pictures.append(frames[20].astype(float))
    with np.load(tmp_path / "a.frames.npz") as arrays:
        points, names = arrays["points_px"][20], list(arrays["names"])
    hip_y = int(points[names.index("rig_left_hip"), 1])  # below, the shadow changes too
    rows, columns = np.nonzero(np.abs(pictures[0] - pictures[1])[:hip_y] > 25)
    assert len(rows) > 100
    assert points[:, 0].min() - 40 < columns.min()
    assert columns.max() < points[:, 0].max() + 40
    assert points[:, 1].min() - 40 < rows.min()
