from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

import formcheck
from formcheck.annotate import Stills, planned
from formcheck.annotate.evidence import WIDTH, _step
from formcheck.annotate.kinogram import PHASES, _parts
from formcheck.annotate.mount import LEADING, Word, blank, mounted
from formcheck.annotate.scene import Scene
from formcheck.annotate.shapes import Angle, Distance
from formcheck.annotate.sights import SIGHTS, Look, Sighting, row_at, sighting
from formcheck.datatypes import SIDES, Finding, Measurement, Options, Outline, Report, Side, VideoInfo
from formcheck.outline import HEIGHTS
from formcheck.pipeline import interpret
from formcheck.planes import BLACK, GREY, Planes
from runner import Runner

FPS = 60.0
SIZE = (1280, 720)
NOT_SEEN = {  # in a single picture
    "rates of steps": {"cadence_spm", "cadence_off_expected_pct", "stride_variability_pct"},
    "rates and heights over the clip": {"cadence_spm_trend", "vertical_oscillation_cm_trend", "neck_flexion_deg_trend"},
    "differences between the legs": {"contact_time_ms_left_right", "step_length_m_left_right"},
}
HUNCH = "shoulder_hunch_deg"
ELSEWHERE = (
    HUNCH,
    "trunk_sway_deg",
    "step_width_pct_leg",
    "trunk_lean_deg_trend",
    "head_pitch_deg_trend",
)


@cache
def running(view: str = "side", facing: int = 1, seconds: float = 4.0, **traits: float) -> Report:
    """A drawn runner in the middle of the picture."""
    runner = Runner(seconds=seconds, fps=FPS, facing=facing, px_per_m=270.0, view=view, **traits)  # type: ignore[arg-type]
    raw = runner.track()
    below = 0.86 if view == "side" else 0.45  # where the drawn runner's own zero is: the floor, or the camera's height
    raw = replace(raw, xy=raw.xy - [2000.0, 1500.0] + [0.5 * SIZE[0], below * SIZE[1]])
    return interpret(VideoInfo(Path("run.mp4"), *SIZE, FPS, len(raw), len(raw) / FPS), raw, Options(height_cm=175))


def seen(report: Report, name: str) -> Sighting:
    found = sighting(Scene(report, *SIZE), name)
    assert found is not None, f"{name}: {report.measurement(name).missing}"
    return found


def frames(report: Report) -> list[tuple[float, Planes]]:
    """Grey pictures, each a bit lighter than the one before."""
    shades = np.linspace(BLACK, 235, len(report.trial.track)).astype(np.uint8)
    pictures = [np.full((SIZE[1] * 3 // 2, SIZE[0]), GREY, np.uint8) for _ in shades]
    for picture, shade in zip(pictures, shades, strict=True):
        picture[: SIZE[1]] = shade
    return list(zip(report.trial.track.time_s.tolist(), map(Planes, pictures), strict=True))


def with_findings(report: Report, *metrics: str) -> Report:
    findings = tuple(
        Finding(name, name, "fault", name, 1.0, 1.0, "°", (), "", "", "", "our_choice") for name in metrics
    )
    return replace(report, findings=findings)


def angle_deg(shape: Angle) -> float:
    turn = np.degrees(np.arctan2(*shape.arm) - np.arctan2(*shape.base))
    return float((turn + 180) % 360 - 180)


def test_every_metric_that_tells_of_a_fault_is_seen_in_a_picture_or_known_not_to_be() -> None:
    text = (Path(formcheck.__file__).parent / "knowledge" / "faults.toml").read_text(encoding="utf-8")
    told = {metric for fault in tomllib.loads(text)["faults"].values() for metric in fault["limits"]}
    assert told - set().union(*NOT_SEEN.values()) == set(SIGHTS)


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize("name", [n for n in SIGHTS if n not in ELSEWHERE])
def test_what_is_drawn_from_the_side_is_as_large_as_the_steps_value(name: str, facing: int) -> None:
    report = running(facing=facing, sway_deg=6.0, head_pitch_deg=12.0)
    found = seen(report, name)
    if isinstance(found.shape, Distance):
        drawn = facing * (found.shape.second - found.shape.first)[0] / report.trial.leg_px * 100
        assert drawn == pytest.approx(found.step.value)
    else:
        assert isinstance(found.shape, Angle)
        assert abs(angle_deg(found.shape)) == pytest.approx(abs(found.step.value), abs=1e-6)


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize("name", ["trunk_lean_deg", "shin_angle_deg", "trailing_thigh_deg", "knee_flexion_contact_deg"])
def test_an_angles_lines_lie_on_the_runners_limbs(name: str, facing: int) -> None:
    """Apart from what the measurement corrects, a few degrees."""
    report = running(facing=facing)
    found = seen(report, name)
    track = report.trial.track
    joints = {
        "trunk_lean_deg": (track.mid("hip"), track.mid("shoulder")),
        "shin_angle_deg": (track.point(f"{found.step.side}_ankle"), track.point(f"{found.step.side}_knee")),
        "trailing_thigh_deg": (track.point(f"{found.step.side}_hip"), track.point(f"{found.step.side}_knee")),
        "knee_flexion_contact_deg": (track.point(f"{found.step.side}_knee"), track.point(f"{found.step.side}_ankle")),
    }
    corner, end = (points[found.row] for points in joints[name])
    assert isinstance(found.shape, Angle)
    assert found.shape.corner == pytest.approx(corner)
    off = angle_deg(Angle(corner, end - corner, found.shape.arm))
    assert abs(off) < 8


@pytest.mark.parametrize("facing", [1, -1])
def test_a_hunch_is_drawn_from_the_skin_of_the_neck_through_the_shoulders(facing: int) -> None:
    """On a look with the usual edge: not the one in which nothing was seen there, nor the one with an odd edge."""
    report, behind, value = running(facing=facing), 0.12, 40.0
    track, hunched = report.trial.track, Measurement(HUNCH, HUNCH, "°", value, 30.0, 50.0)
    edges = np.tile(-facing * behind, (12, len(HEIGHTS)))
    edges[:11] *= 2
    edges[0] = np.nan
    back, front = edges, np.zeros_like(edges)
    rows = np.arange(30, 150, 10)
    sides = (back, front) if facing > 0 else (front, back)
    outline = Outline(track.time_s[rows], *sides, np.ones((12, 2, 2, 4)), np.ones((12, 5, 2)))
    trial = replace(report.trial, track=replace(track, outline=outline))
    others = tuple(m for m in report.measurements if m.name != HUNCH)
    report = with_findings(replace(report, trial=trial, measurements=(*others, hunched)), HUNCH)
    found, (still, *_) = seen(report, HUNCH), planned(report)
    assert found.row in rows[1:11]
    assert f"at {still.time_s:.2f} s, drawn as it is in the whole clip" in still.caption  # no step has one of its own
    hips, shoulders = (track.mid(joint)[found.row] for joint in ("hip", "shoulder"))
    trunk = np.linalg.norm(shoulders - hips)
    assert isinstance(found.shape, Angle)
    assert facing * angle_deg(found.shape) == pytest.approx(value)
    off = found.shape.corner + found.shape.arm - shoulders
    assert np.linalg.norm(off) < 0.03 * trunk
    skin = np.linalg.det(np.stack([shoulders - hips, found.shape.corner - hips])) / trunk**2
    assert skin == pytest.approx(-facing * 2 * behind)


@pytest.mark.parametrize("view", ["rear", "front"])
def test_from_behind_and_in_front_sway_and_step_width_are_seen(view: str) -> None:
    report = running(view=view, side_sway_deg=5.0, step_width_m=0.1)
    sway, width = seen(report, "trunk_sway_deg"), seen(report, "step_width_pct_leg")
    assert isinstance(sway.shape, Angle)
    assert isinstance(width.shape, Distance)
    assert abs(angle_deg(sway.shape)) == pytest.approx(sway.step.value)
    side, other = width.step.side, "left" if width.step.side == "right" else "right"
    before = next(e for e in reversed(report.trial.gait.contacts) if e.time_s < width.step.time_s and e.side == other)
    row = int(np.argmin(np.abs(report.trial.track.time_s - before.time_s)))
    stood = report.trial.track.point(f"{other}_ankle")[row : row + round(0.15 * FPS), 0].mean()
    assert width.shape.second[0] == pytest.approx(report.trial.track.point(f"{side}_ankle")[width.row, 0])
    assert width.shape.first[0] == pytest.approx(stood, abs=0.06 * report.trial.leg_px)


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize("name", ["trunk_lean_deg", "head_pitch_deg"])
def test_form_that_slips_is_seen_late_in_the_clip_against_how_it_began(name: str, facing: int) -> None:
    report = running(facing=facing, seconds=10.0, lean_drift_deg=8.0, head_drift_deg=8.0)
    found = seen(report, f"{name}_trend")
    assert isinstance(found.shape, Angle)
    assert facing * angle_deg(found.shape) == pytest.approx(-found.step.value, abs=1e-6)
    assert found.step.time_s > 0.6 * report.trial.track.time_s[-1]


def test_the_step_shown_is_the_one_nearest_to_the_number() -> None:
    report = running()
    m = report.measurement("overstride_pct_leg")
    found = seen(report, "overstride_pct_leg")
    assert abs(found.step.value - m.value) == min(abs(step.value - m.value) for step in m.steps)
    unseen = report.trial.track.xy.copy()
    unseen[found.row] = np.nan
    trial = replace(report.trial, track=replace(report.trial.track, xy=unseen))
    assert seen(replace(report, trial=trial), "overstride_pct_leg").step != found.step


@pytest.mark.parametrize("name", ["overstride_pct_leg", "trunk_lean_deg", "trunk_lean_deg_trend"])
def test_beside_the_number_stands_what_is_drawn(name: str) -> None:
    """Where no step is near to the number, too: the step's own value is said, and it is what the lines show."""
    report = running(seconds=10.0, lean_drift_deg=8.0)
    far = tuple(replace(m, value=m.value + 1.5, high=m.high + 9) for m in report.measurements if m.name == name)
    report = with_findings(replace(report, measurements=(*far, *report.measurements)), name)
    found, (still, *_) = seen(report, name), planned(report)
    unit = report.measurement(name).unit
    for words in (still.caption, still.alt):
        assert f"at {still.time_s:.2f} s, where it is {found.step.value:.1f}{unit}" in words


@pytest.mark.parametrize("name", [name for name, sight in SIGHTS.items() if sight.stands])
def test_a_leg_said_to_stand_is_not_one_in_the_air(name: str) -> None:
    """As where the pose model mixed the legs up: on another step, and on none where all are mixed up."""
    report = running("rear" if name == "step_width_pct_leg" else "side")
    found = seen(report, name)
    track = report.trial.track
    other = "left" if found.step.side == "right" else "right"
    up = track.xy.copy()
    up[found.row, track.landmarks.index[f"{found.step.side}_ankle"], 1] = track.point(f"{other}_ankle")[found.row, 1]
    up[found.row, track.landmarks.index[f"{found.step.side}_ankle"], 1] -= 0.2 * report.trial.leg_px
    lifted = replace(report, trial=replace(report.trial, track=replace(track, xy=up)))
    assert seen(lifted, name).step != found.step
    places = np.arange(len(track.landmarks.names))
    for joint in ("knee", "ankle", "heel", "foot_index"):
        left, right = (track.landmarks.index[f"{side}_{joint}"] for side in SIDES)
        places[[left, right]] = places[[right, left]]
    swapped = replace(report, trial=replace(report.trial, track=replace(track, xy=track.xy[:, places])))
    assert sighting(Scene(swapped, *SIZE), name) is None


@pytest.mark.parametrize(("view", "name"), [("side", "overstride_pct_leg"), ("rear", "step_width_pct_leg")])
def test_of_a_runner_who_comes_nearer_a_distance_is_as_long_as_it_looks_there(view: str, name: str) -> None:
    """Numbers are in leg lengths, and the leg of somebody nearer looks longer."""
    report = running(view=view, seconds=10.0, step_width_m=0.12)
    raw, middle = replace(report.trial.track, cleaned=False), np.array([0.5, 0.45]) * SIZE
    sizes = np.linspace(0.7, 1.3, len(raw))
    nearing = interpret(
        report.trial.video, replace(raw, xy=(raw.xy - middle) * sizes[:, None, None] + middle), Options()
    )
    steps = nearing.measurement(name).steps
    for step in (steps[2], steps[-3]):
        look = Look(nearing, row_at(nearing.trial, step.time_s), step)
        shape = SIGHTS[name].shape(look)
        assert isinstance(shape, Distance)
        leg_px = report.trial.leg_px * sizes[look.row]
        assert np.linalg.norm(shape.tip - shape.below) / leg_px * 100 == pytest.approx(step.value, rel=0.05)


def test_a_distance_ahead_is_as_long_as_a_camera_that_is_not_right_beside_sees_it() -> None:
    straight = running()
    step = straight.measurement("overstride_pct_leg").steps[2]
    gait = replace(straight.trial.gait, view=replace(straight.trial.gait.view, yaw_deg=25.0))
    oblique = replace(straight, trial=replace(straight.trial, gait=gait))
    looks = [Look(report, row_at(report.trial, step.time_s), step) for report in (straight, oblique)]
    shapes = [SIGHTS["overstride_pct_leg"].shape(look) for look in looks]
    whole, shorter = (np.linalg.norm(shape.tip - shape.below) for shape in shapes if isinstance(shape, Distance))
    assert shorter == pytest.approx(whole * np.cos(np.radians(25.0)))


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize("deg", [7.0, -7.0])
def test_in_a_tilted_camera_a_distance_is_drawn_level(deg: float, facing: int) -> None:
    """Under hips and ankle as gravity sees them."""
    report = running(facing=facing)
    raw, middle, roll = replace(report.trial.track, cleaned=False), 0.5 * np.array(SIZE), np.radians(deg)
    turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    turned = replace(raw, xy=(raw.xy - middle) @ turn + middle, roll_deg=deg)
    report = interpret(report.trial.video, turned, Options())
    found = seen(report, "overstride_pct_leg")
    assert isinstance(found.shape, Distance)
    track, shape = report.trial.track, found.shape
    ankle = track.point(f"{found.step.side}_ankle")[found.row]
    assert shape.first == pytest.approx(track.mid("hip")[found.row])
    assert [
        (shape.second - ankle) @ track.level[:, 1],
        (shape.below - shape.first) @ track.level[:, 0],
    ] == pytest.approx([0, 0], abs=1e-6)
    ahead_px = facing * found.step.value / 100 * report.trial.leg_px
    assert (shape.tip - shape.below) @ track.level == pytest.approx([ahead_px, 0.0], abs=1e-6)


def test_a_contact_is_shown_in_the_frame_nearest_to_it_and_its_step_is_named() -> None:
    report = with_findings(running(), "overstride_pct_leg")
    still, *_ = planned(report)
    contacts = report.trial.gait.contacts
    nearest = min(range(len(contacts)), key=lambda i: abs(contacts[i].time_s - still.time_s))
    assert abs(contacts[nearest].time_s - still.time_s) <= 0.5 / FPS + 1e-6
    assert f"step {nearest + 1} of {len(contacts)} ({contacts[nearest].side} foot)" in still.caption


@pytest.mark.parametrize("side", SIDES)
def test_a_moment_between_contacts_is_named_by_the_step_under_way(side: Side) -> None:
    """As for looks at the outline, whichever side they are of."""
    report = running()
    found, contacts = seen(report, "trunk_lean_deg"), report.contacts
    words = [f"step {i + 1} of {len(contacts)} ({contact.side} foot)" for i, contact in enumerate(contacts)]
    moments = [contacts[0].time_s - 0.1, *(contact.time_s + 0.1 for contact in contacts)]
    looks = [replace(found, step=replace(found.step, side=side, time_s=moment)) for moment in moments]
    assert [_step(report, look) for look in looks] == [f"the step before the first of {len(contacts)}", *words]


def test_a_picture_of_a_close_call_says_what_it_lacks() -> None:
    report = with_findings(running(), "overstride_pct_leg")
    lacks = tuple(replace(finding, level="borderline", why="only 1 agrees") for finding in report.findings)
    assert planned(replace(report, findings=lacks))[0].alt.endswith(". Only 1 agrees.")
    assert re.search(r" [\d.]+ ± [\d.]+% of leg length\.$", planned(report)[0].alt)


def test_what_is_fine_or_not_measured_or_not_seen_has_no_picture() -> None:
    report = with_findings(running(), "overstride_pct_leg", "cadence_spm", "step_width_pct_leg")
    assert [still.name for still in planned(report)] == ["overstride_pct_leg", "kinogram"]
    fine = tuple(replace(finding, level="ok") for finding in report.findings)
    assert [still.name for still in planned(replace(report, findings=fine))] == ["kinogram"]


def test_pictures_are_written_as_planned_from_the_frames_that_they_name(tmp_path: Path) -> None:
    report = with_findings(running(), "overstride_pct_leg", "trunk_lean_deg")
    stills, clip = Stills(report), frames(report)
    passed = list(stills.watching(clip))
    assert [time_s for time_s, _ in passed] == [time_s for time_s, _ in clip]
    stills.write(tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == {still.name for still in planned(report)}
    times = np.array([time_s for time_s, _ in clip])
    for still in planned(report)[:-1]:
        image = cv2.imread(str(tmp_path / f"{still.name}.png"))
        assert image is not None
        assert image.shape[1] == WIDTH
        shade = clip[int(np.argmin(np.abs(times - still.time_s)))][1].luma[0, 0]
        assert np.abs(image[2, 2].astype(int) - (int(shade) - BLACK) * 255 / 219).max() <= 2


def test_frames_that_never_come_cost_only_their_picture(tmp_path: Path) -> None:
    report = with_findings(running(), "overstride_pct_leg", "trailing_thigh_deg")
    lost, other = (still.time_s for still in planned(report)[:2])
    assert abs(lost - other) > 0.005
    stills = Stills(report)
    list(stills.watching(frame for frame in frames(report) if abs(frame[0] - lost) > 0.005))
    stills.write(tmp_path)
    left = {path.stem for path in tmp_path.iterdir()}
    assert "trailing_thigh_deg" in left
    assert "overstride_pct_leg" not in left


def test_no_more_frames_are_needed_than_are_shown() -> None:
    report = with_findings(running(), "overstride_pct_leg", "trunk_lean_deg")
    assert PHASES <= len(Stills(report).times_s) <= PHASES + 2


def test_in_slow_motion_times_are_those_of_the_file() -> None:
    report = with_findings(running(), "overstride_pct_leg")
    slow = replace(report, trial=replace(report.trial, video=replace(report.trial.video, slow_motion_factor=4.0)))
    assert [s.time_s for s in planned(slow)] == pytest.approx([4 * s.time_s for s in planned(report)])


def test_the_kinogram_shows_one_stride_in_equal_phases() -> None:
    report = running()
    stills = Stills(with_findings(report))
    assert len(stills.times_s) == PHASES
    steps = np.diff(stills.times_s)
    assert steps == pytest.approx(report.trial.gait.stride_s / PHASES, abs=1.01 / FPS)
    contact = min(report.trial.gait.contacts, key=lambda e: abs(e.time_s - stills.times_s[0]))
    assert contact.side == report.trial.gait.view.facing
    assert abs(contact.time_s - stills.times_s[0]) <= 0.5 / FPS + 1e-6


def test_pictures_of_a_stride_are_cut_alike() -> None:
    """To whole pixels of colour, so that none is scaled otherwise than the others."""
    scene = Scene(running(), 1280, 720)
    rows = list(range(10, 10 + 5 * PHASES, 5))
    parts = list(_parts(scene, rows))
    assert len({(part.x1 - part.x0, part.y1 - part.y0) for part in parts}) == 1
    assert all(part == part.paired() for part in parts)


def test_words_that_find_no_room_begin_another_line() -> None:
    picture, words = blank(720, 100), [Word.of("100.4% of leg", 66)] * 3
    one, two = (mounted(picture, [words[:count]]).height for count in (2, 3))
    assert two - one == pytest.approx(66 * LEADING, abs=2)


def test_nobody_seen_is_no_picture() -> None:
    report = running()
    gone = replace(report.trial.track, xy=np.full_like(report.trial.track.xy, np.nan))
    assert planned(replace(report, findings=(), trial=replace(report.trial, track=gone))) == ()
