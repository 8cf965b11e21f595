from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from time import process_time

import av
import clips
import numpy as np
import pytest
from test_bouts import one_after_another

import builders
from formcheck.annotate import CARD_S, Overlay, write_video
from formcheck.annotate.angles import Angles
from formcheck.annotate.card import Card
from formcheck.annotate.contacts import Contacts
from formcheck.annotate.pen import Pen, Rect, Sheet, text_height, text_sprite, text_width, wrapped
from formcheck.annotate.scene import Scene
from formcheck.annotate.style import LEVEL_COLOURS, SIDE_COLOURS
from formcheck.datatypes import (
    Event,
    FloatArray,
    FormcheckError,
    Gait,
    Level,
    Options,
    Pitch,
    PoseTrack,
    Report,
    Side,
    Trial,
    VideoInfo,
    View,
)
from formcheck.knowledge import texts
from formcheck.landmarks import BLAZEPOSE, CONNECTIONS
from formcheck.pipeline import interpret
from formcheck.planes import Image, Planes
from formcheck.report import summary
from formcheck.video import Clip, planes_of
from formcheck.words import LEVEL_NAMES, number, plainly, short
from runner import Runner

FPS = 60.0
SIZES = [(1280, 720), (720, 1280), (320, 180), (180, 320), (3840, 2160), (64, 48)]
WARNING = "33 steps/min is not a cadence anyone runs at: the clip looks about 5 times slowed down; say so (`slowmo=5`)"


@cache
def running(width: int = 1280, height: int = 720, facing: int = 1, cadence: float = 170.0) -> Report:
    """Four seconds of a drawn runner in the middle of the picture, at most two thirds of its height."""
    scale = min(0.66 * height, 1.2 * width) / 1.75
    raw = Runner(seconds=4, fps=FPS, facing=facing, px_per_m=scale, cadence_spm=cadence).track()
    raw = replace(raw, xy=raw.xy - [2000.0, 1500.0] + [0.5 * width, 0.86 * height])
    info = VideoInfo(Path("run.mp4"), width, height, FPS, len(raw), len(raw) / FPS)
    return interpret(info, raw, Options(height_cm=175))


@cache
def even(width: int, height: int, value: int) -> Planes:
    return planes_of(np.full((height, width, 3), value, np.uint8))


def blank(report: Report, value: int = 100) -> Planes:
    return even(report.trial.video.width_px, report.trial.video.height_px, value).copy()


def drawn(report: Report, row: int) -> Image:
    picture = blank(report)
    Overlay(report).draw(picture, row)
    return clips.rgb(picture)


def changed(image: Image, rect: Rect) -> int:
    return int((image[rect.y0 : rect.y1, rect.x0 : rect.x1] != 100).any(axis=2).sum())


def blank_but_for(image: Image, *rects: Rect) -> bool:
    """Whether nothing is drawn except in these places and as far around as colour, at half resolution, spreads."""
    left = image.copy()
    for rect in rects:
        left[max(0, rect.y0 - 2) : rect.y1 + 2, max(0, rect.x0 - 2) : rect.x1 + 2] = 100
    return bool((left == 100).all())


def with_track(report: Report, track: PoseTrack, **gait: object) -> Report:
    trial = replace(report.trial, track=track, gait=replace(report.trial.gait, **gait))  # type: ignore[arg-type]
    return replace(report, trial=trial, bouts=())


def limb_points(track: PoseTrack, row: int) -> FloatArray:
    """(n, 2) points along the runner's limbs."""
    ends = track.xy[row][[[BLAZEPOSE.index[a], BLAZEPOSE.index[b]] for a, b in CONNECTIONS]]
    along = np.linspace(0, 1, 9)[:, None]
    return (ends[:, :1] + along * (ends[:, 1:] - ends[:, :1])).reshape(-1, 2)


def contact_row(report: Report) -> tuple[Event, int]:
    event = report.trial.gait.contacts[4]
    return event, int(np.argmin(np.abs(report.trial.track.time_s - event.time_s)))


@pytest.mark.slow
@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize("size", SIZES[:5])
def test_words_never_stand_on_the_runner(size: tuple[int, int], facing: int) -> None:
    report = running(*size, facing)
    overlay = Overlay(report)
    for row in range(0, len(report.trial.track), 3):
        points = limb_points(report.trial.track, row)
        for plate in overlay.plates(row):
            inside = (points >= [plate.x0, plate.y0]) & (points < [plate.x1, plate.y1])
            assert not inside.all(axis=1).any()


@pytest.mark.parametrize("size", SIZES[:5])
def test_words_stand_inside_the_picture_and_not_on_each_other(size: tuple[int, int]) -> None:
    report = running(*size)
    overlay = Overlay(report)
    for row in range(0, len(report.trial.track), 7):
        plates = overlay.plates(row)
        assert plates
        assert all(plate.within(*size) for plate in plates)
        assert not any(a.overlaps(b) for i, a in enumerate(plates) for b in plates[:i])


def test_plates_at_the_edges_stay_out_of_the_box_around_the_runner_when_there_is_room() -> None:
    report = running()
    xy = report.trial.track.xy
    box = Rect.around(xy[np.isfinite(xy).all(axis=2)], 0)
    strip, panel, *_ = Overlay(report).plates(90)
    assert not strip.overlaps(box)
    assert not panel.overlaps(box)


def test_a_plate_makes_way_when_the_runner_comes() -> None:
    report = running()
    overlay = Overlay(report)
    strip = next(p for p in overlay.plates(100) if p.width > 1000)
    track = report.trial.track
    rise = track.mid("ear")[100, 1] - 0.5 * (strip.y0 + strip.y1)
    xy = track.xy.copy()
    xy[100:110] -= [0, rise]
    places = Overlay(with_track(report, replace(track, xy=xy))).plates(105)
    assert strip not in places


def test_a_contact_is_marked_under_the_foot_when_it_lands_and_no_longer_a_second_later() -> None:
    report = running()
    event, row = contact_row(report)
    alone = with_track(report, report.trial.track, contacts=(event,))
    track = alone.trial.track
    heel, toe = track.point(f"{event.side}_heel")[row], track.point(f"{event.side}_foot_index")[row]
    ground = Rect.around(np.array([[heel[0], heel[1] + 12], [toe[0], heel[1] + 24]]), 0)
    assert changed(drawn(alone, row), ground) > 100
    assert changed(drawn(alone, row - 3), ground) == 0
    assert changed(drawn(alone, row + round(FPS)), ground) == 0


def test_the_arrow_spans_the_overstride_of_that_step() -> None:
    report = running()
    event, row = contact_row(report)
    alone = with_track(report, report.trial.track, contacts=(event,))
    step = next(s for s in report.measurement("overstride_pct_leg").steps if s.time_s == event.time_s)
    hips, sole = report.trial.track.mid("hip")[row], report.trial.track.point(f"{event.side}_heel")[row]
    band = drawn(alone, row)[round(sole[1]) + 30 : round(sole[1]) + 42]
    white = np.flatnonzero((band > 200).all(axis=2).any(axis=0))
    assert white.min() == pytest.approx(hips[0], abs=4)
    assert white.max() == pytest.approx(hips[0] + step.value / 100 * report.trial.leg_px, abs=4)


@pytest.mark.parametrize("yaw_deg", [-25.0, 25.0])
def test_the_arrow_is_as_long_as_a_camera_from_the_side_of_ahead_sees_it(yaw_deg: float) -> None:
    event, _ = contact_row(running())
    alone = with_track(running(), running().trial.track, contacts=(event,))
    seen = replace(alone.trial.gait, view=replace(alone.trial.gait.view, yaw_deg=yaw_deg))
    lengths = []
    for report in (alone, replace(alone, trial=replace(alone.trial, gait=seen))):
        alike = tuple(replace(bout, trial=report.trial) for bout in report.bouts)
        (mark,) = Contacts(Scene(replace(report, bouts=alike), 1280, 720), []).marks
        assert mark.ahead is not None
        lengths.append(np.linalg.norm(mark.ahead.tip - mark.ahead.below))
    assert lengths[1] == pytest.approx(lengths[0] * np.cos(np.radians(yaw_deg)))


@pytest.mark.parametrize("pitch_deg", [-20.0, 20.0])
def test_the_arrow_lies_where_a_pitched_camera_sees_it(pitch_deg: float) -> None:
    """From below, feet are nearer to the camera than hips, and so is the arrow: it is longer in the picture."""
    report = running()
    event, row = contact_row(report)
    track, leg_px = report.trial.track, report.trial.leg_px
    pitch = Pitch(pitch_deg, 0.0, 1000.0, (640.0, 360.0), float(track.mid("hip")[row, 1]))
    pitched = with_track(report, replace(track, xy=pitch.seen(track.xy)), contacts=(event,))
    pitched = replace(pitched, trial=replace(pitched.trial, pitch=pitch))
    (mark,) = Contacts(Scene(pitched, 1280, 720), []).marks
    assert mark.ahead is not None
    step = next(s for s in report.measurement("overstride_pct_leg").steps if s.time_s == event.time_s)
    hips, foot = track.mid("hip")[row], pitch.undone(mark.foot)
    level = pitch.undone(np.stack([mark.ahead.below, mark.ahead.tip]))
    assert level[:, 0] == pytest.approx(hips[0] + np.array([0, step.value / 100 * leg_px]), abs=0.5)
    assert level[0, 1] == pytest.approx(level[1, 1])
    assert level[0, 1] > foot[1]
    drawn_px = mark.ahead.tip[0] - mark.ahead.below[0]
    assert (drawn_px > 1.05 * step.value / 100 * leg_px) == (pitch_deg > 0)


@pytest.mark.parametrize("facing", [1, -1])
def test_the_trunk_line_stands_at_the_measured_lean(facing: int) -> None:
    report = running(facing=facing)
    track = report.trial.track
    row = 100
    hips = track.mid("hip")[row]
    half = 0.5 * np.hypot(*(track.mid("shoulder")[row] - hips))
    lean = np.radians(report.measurement("trunk_lean_deg").value)
    x, y = hips + half * np.array([facing * np.sin(lean), -np.cos(lean)])
    image = drawn(report, row)
    assert (image[round(y), round(x) - 1 : round(x) + 2] > 200).all()


@pytest.mark.parametrize("facing", [1, -1])
def test_limbs_are_coloured_by_the_runners_own_sides(facing: int) -> None:
    report = running(facing=facing)
    row = contact_row(report)[1] + 8
    image = drawn(report, row).astype(int)
    for side, colour in SIDE_COLOURS.items():
        x, y = (0.5 * (report.trial.track.point(f"{side}_knee") + report.trial.track.point(f"{side}_ankle")))[row]
        assert np.abs(image[round(y), round(x)] - colour).max() < 40


def test_limbs_the_model_is_unsure_of_are_drawn_weaker() -> None:
    report = running()
    track = report.trial.track
    unsure = with_track(report, replace(track, confidence=np.full_like(track.confidence, 0.2)))
    row = 100
    knee = np.stack([track.point("left_knee")[row], track.point("left_ankle")[row]])
    shin = Rect.around(knee, 3)
    assert 0 < changed(drawn(unsure, row), shin) < changed(drawn(report, row), shin)


def test_nothing_is_drawn_where_nothing_belongs() -> None:
    report = running()
    overlay = Overlay(report)
    row = contact_row(report)[1]
    picture = blank(report)
    overlay.draw(picture, row)
    image = clips.rgb(picture)
    assert blank_but_for(image, *overlay.plates(row), Rect.around(limb_points(report.trial.track, row), 75))


def test_points_that_are_not_known_are_not_drawn() -> None:
    report = running()
    track = report.trial.track
    xy, row = track.xy.copy(), 100
    xy[row] = np.nan
    gone = with_track(report, replace(track, xy=xy), contacts=())
    overlay = Overlay(gone)
    picture = blank(report)
    overlay.draw(picture, row)
    image = clips.rgb(picture)
    assert blank_but_for(image, *overlay.plates(row))


def test_a_clip_without_anyone_stays_as_it_is() -> None:
    empty = replace(builders.track(30), xy=np.full((30, 33, 2), np.nan), confidence=np.zeros((30, 33)))
    gait = Gait(View("none", "unknown", 0.0), "other", "unknown")
    trial = Trial(VideoInfo(Path("a.mp4"), 320, 180, 30.0, 30, 1.0), empty, gait)
    report = builders.report(trial=trial)
    image = drawn(report, 5)
    assert (image == 100).all()
    assert "Not measured" in {item.words for item in Card(report, 320, 180).items}


def test_from_behind_neither_lean_nor_overstride_is_drawn() -> None:
    side = running()
    trial = replace(side.trial, gait=replace(side.trial.gait, view=View("rear", "away", 0.9)))
    cadence = side.measurement("cadence_spm")
    report = Report(trial, (cadence,), ())
    overlay = Overlay(report)
    row = contact_row(report)[1]
    assert len(overlay.plates(row)) == 2  # strip and cadence, no words beside the runner
    hips = report.trial.track.mid("hip")[row]
    image = drawn(report, row)
    assert not (image[round(hips[1]) + 40 : round(hips[1]) + 250] > 240).all(axis=2).any()


@pytest.mark.parametrize("size", SIZES)
def test_every_size_can_be_drawn(size: tuple[int, int]) -> None:
    report = running(1280, 720)
    video = replace(report.trial.video, width_px=size[0], height_px=size[1])
    scaled = replace(report.trial.track, xy=report.trial.track.xy * size[1] / 720)
    report = replace(report, trial=replace(report.trial, video=video, track=scaled))
    overlay, picture = Overlay(report), blank(report)
    for row in range(0, 60, 10):
        overlay.draw(picture, row)
    assert overlay.end_card(picture).data.shape == picture.data.shape


def judged() -> Report:
    report = builders.report(
        builders.measured("trunk_lean_deg", 19.0),
        builders.measured("waist_bend_deg", 7.5),
        builders.measured("overstride_pct_leg", 28.0, half=4),
        builders.measured("cadence_spm", 177.0),
        warnings=(WARNING, "the picture jumps 2 times (a cut, or another person): film in one take"),
    )
    assert len({finding.level for finding in report.findings}) == len(LEVEL_COLOURS)
    return report


@pytest.mark.parametrize("size", SIZES[:5])
def test_the_card_has_room_for_every_finding(size: tuple[int, int]) -> None:
    """Of those not measured, for each that shares the first one's reason; the report has them all."""
    report = judged()
    items = Card(report, *size).items
    said = " ".join(item.words for item in items)
    assert all(item.place.within(*size) for item in items)
    assert not any(a.place.overlaps(b.place) for i, a in enumerate(items) for b in items[:i] if a.words and b.words)
    unmeasured = [f for f in report.findings if f.level == "not_measured"]
    shown = [f for f in report.findings if f.level != "not_measured" or f.detail == unmeasured[0].detail]
    wanted = [short(f.label) for f in shown] + [LEVEL_NAMES[f.level] for f in shown] + [plainly(WARNING)]
    assert [words for words in [*wanted, report.findings[0].advice, "19.0 ± 0.5°"] if words not in said] == []


@pytest.mark.parametrize("size", [(160, 90), (90, 160), (128, 96), (240, 136)])
def test_a_card_with_little_room_leaves_out_whole_findings_and_never_words(size: tuple[int, int]) -> None:
    report = judged()
    said = " ".join(item.words for item in Card(report, *size).items).casefold()
    values = [f"{short(f.label)} {number(f.value, f.unit)}" for f in report.findings if f.missing is None]
    notes = [summary(report).first[1], *map(plainly, report.warnings), texts().red_flags_short]
    told = [words.casefold() for words in (*notes, *(f.detail for f in report.findings if f.missing is not None))]
    begun = [words for words in told if words[:15] in said]
    assert len(begun) < len(told)
    assert [words for words in begun if words not in said] == []
    named = [words.casefold().rpartition(" ") for words in values]
    assert [label for label, _, value in named if label in said and value not in said] == []


def test_findings_stand_on_the_card_strongest_first() -> None:
    report = judged()
    chips = [item.words for item in Card(report, 1280, 720).items if item.words in LEVEL_NAMES.values()]
    gathered = dict.fromkeys((f.level, f.detail if f.level == "not_measured" else f.fault) for f in report.findings)
    assert chips == [LEVEL_NAMES[level] for level, _ in gathered]


@pytest.mark.parametrize("level", LEVEL_COLOURS)
def test_the_word_for_a_level_can_be_read_on_its_colour(level: Level) -> None:
    """By the contrast of WCAG 2.1, level AA: in a small video it is ten pixels high."""
    signal = np.array(LEVEL_COLOURS[level]) / 255
    light = np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
    darker, lighter = sorted(light @ [0.2126, 0.7152, 0.0722])
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def said_on_card(report: Report) -> str:
    return " ".join(item.words for item in Card(report, 1280, 720).items)


def test_the_card_advises_what_the_page_and_the_terminal_do() -> None:
    """The first finding worth acting on; without one how to film next, not what is too close to call."""
    close = builders.report(builders.measured("cadence_spm", 164.5, half=2.0))
    assert close.findings[0].level == "borderline"
    assert close.findings[0].advice not in said_on_card(close)
    assert f"Film next {plainly(summary(close).tip)}" in said_on_card(close)
    assert f"Try first {summary(judged()).told[0].try_this}" in said_on_card(judged())


def test_the_card_names_what_was_measured_and_says_what_a_close_call_lacks() -> None:
    said = said_on_card(judged())
    assert "Bend at the waist 7.5" in said  # which is called the same
    assert "Foot ahead of the hips at contact: 28.0 ± 4.0% of leg length; only 1 of 4 measures clearly agrees" in said


def test_the_card_says_whether_it_is_about_running_or_walking() -> None:
    runner, usual = judged(), builders.trial()
    walker = builders.report(trial=replace(usual, gait=replace(usual.gait, activity="walking")))
    walker = replace(walker, findings=())  # none is judged as running
    assert said_on_card(runner).startswith("Your running form")
    assert said_on_card(walker).startswith("Your walking form")


def test_the_card_shows_both_ends_of_an_interval_that_is_not_symmetric() -> None:
    def said(low: float, high: float) -> str:
        bounce = replace(builders.measured("vertical_oscillation_cm_trend", 1.5), low=low, high=high)
        return said_on_card(builders.report(builders.measured("trunk_lean_deg_trend", 0.0), bounce))

    assert "Bounce, change over the clip: 1.5 cm (1.1 to 2.9)" in said(1.15, 2.85)
    assert "Bounce, change over the clip: 1.5 ± 0.4 cm" in said(1.11, 1.88)


def test_the_card_is_a_new_dark_picture() -> None:
    report = running()
    last = blank(report, 255)
    card = Overlay(report).end_card(last)
    assert (last.data == blank(report, 255).data).all()
    assert np.median(clips.rgb(card)) < 80


def test_text_is_broken_into_lines_that_fit() -> None:
    text = "Éva Čapek's clip: a_very_long_file_name_from_a_phone_2024-05-01_18-30-12_slow_motion.MOV 10.5°"
    lines = wrapped(text, 20, 400, 200)
    assert all(text_width(line, 20) <= 200 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("text", ["10°", "−3 ± 2", "Žluťoučký kůň", "(cadence)"])
def test_the_font_knows_what_is_written(text: str) -> None:
    sprite, unknown = text_sprite(text, 40), text_sprite("?" * len(text), 40)
    assert sprite.light[0].any()
    assert sprite.width <= text_width(text, 40) + 1
    assert sprite.height == text_height(40)
    assert sprite.keep.shape != unknown.keep.shape or (sprite.keep != unknown.keep).any()


def test_strokes_are_blended_once_and_where_they_cross_the_later_one_is_seen() -> None:
    picture, sheet = planes_of(np.full((65, 97, 3), 100, np.uint8)), Sheet(97, 65)
    across = np.array([[[-20.0, 30.0], [200.0, 30.0]]])
    Pen(sheet, 1.0).paths(across, (0, 0, 255), 11)
    Pen(sheet, 0.5).paths(across, (255, 255, 255), 11)
    Pen(sheet, 1.0).dot(np.array([400.0, -400.0]), 5.0, (255, 0, 0))  # beside the picture
    sheet.lay(picture)
    once = clips.rgb(picture).astype(int)
    assert np.abs(once[26:35] - 0.5 * (100 + 255)).max() <= 4
    assert (once[[10, 50]] == 100).all()
    sheet.lay(picture)
    assert (clips.rgb(picture) == once).all()


def test_drawing_keeps_up_with_decoding() -> None:
    report = running()
    overlay, picture = Overlay(report), blank(report)
    overlay.draw(picture, 0)
    start = process_time()
    for row in range(100):
        overlay.draw(picture, row)
    assert (process_time() - start) / 100 < 0.025  # ten times what it takes on a free core


def frames_of(report: Report, start_s: float) -> list[tuple[float, Planes]]:
    factor = report.trial.video.slow_motion_factor
    return [(start_s + float(t), blank(report)) for t in report.trial.track.time_s * factor]


@pytest.mark.slow
def test_the_video_keeps_the_frames_times_and_ends_with_the_card(tmp_path: Path) -> None:
    report = running(320, 180)
    report = with_track(report, replace(report.trial.track, frames=7 + report.trial.track.frames))
    frames = frames_of(report, start_s=2.0)
    write_video(report, frames, tmp_path / "out.mp4")
    written = list(Clip(tmp_path / "out.mp4"))
    times = [frame.time_s for frame in written]
    assert times[: len(frames)] == pytest.approx([time_s - 2.0 for time_s, _ in frames], abs=1e-3)
    assert times[-1] - times[len(frames) - 1] == pytest.approx(CARD_S, abs=0.3)
    with av.open(str(tmp_path / "out.mp4")) as made:
        assert made.duration / av.time_base == pytest.approx(times[len(frames) - 1] + CARD_S, abs=0.01)
    assert np.median(written[-1].image) < 60
    assert written[-1].image.max() > 200


def test_frames_outside_the_track_are_passed_on_as_they_are(tmp_path: Path) -> None:
    report = running(320, 180)
    before, grey = (-0.02, blank(report)), blank(report).data
    frames = frames_of(report, 0.0)
    del frames[20]  # as a damaged file loses one
    write_video(report, [before, *frames], tmp_path / "out.mp4")
    assert (before[1].data == grey).all()
    assert all((picture.data != grey).any() for _, picture in frames)


def tilted(deg: float, facing: int) -> Report:
    """As a camera that is tilted, and known to be, sees the runner."""
    raw = running_track(facing)
    roll, middle = np.radians(deg), np.array([640.0, 360.0])
    turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    turned = replace(raw, xy=(raw.xy - middle) @ turn + middle, roll_deg=deg)
    return interpret(VideoInfo(Path("run.mp4"), 1280, 720, FPS, len(raw), len(raw) / FPS), turned, Options())


def running_track(facing: int = 1, x: float = 640.0, seconds: float = 4.0) -> PoseTrack:
    """As in ``running``, anywhere in the picture."""
    raw = Runner(seconds=seconds, fps=FPS, facing=facing, px_per_m=270.0).track()
    return replace(raw, xy=raw.xy - [2000.0, 1500.0] + [x, 620.0])


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize("deg", [0.0, 7.0, -7.0])
def test_in_a_tilted_camera_lean_and_distance_are_drawn_against_gravity(deg: float, facing: int) -> None:
    """As they are measured: so the trunk line lies on the trunk, whichever way the picture is tilted."""
    report = tilted(deg, facing)
    scene = Scene(report, 1280, 720)
    corner, base, arm = (getattr(Angles(scene)._angles[100][-1], name) for name in ("corner", "base", "arm"))
    assert corner == pytest.approx(report.trial.track.mid("hip")[100])
    assert np.degrees(np.arctan2(base[0], -base[1])) == pytest.approx(deg)
    lean = float(np.degrees(np.arctan2(arm[0], -arm[1]) - np.arctan2(base[0], -base[1])))
    assert facing * lean == pytest.approx(report.measurement("trunk_lean_deg").value, abs=0.5)
    ahead_px = {s.time_s: s.value / 100 * report.trial.leg_px for s in report.measurement("overstride_pct_leg").steps}
    for mark in Contacts(scene, []).marks:
        assert mark.ahead is not None
        seen = np.stack([mark.ahead.hips, mark.ahead.below, mark.ahead.tip])
        hips, below, tip = report.trial.pitch.undone(seen @ scene.track.level)
        assert hips[0] == pytest.approx(below[0], abs=1e-6)
        assert tip - below == pytest.approx([facing * ahead_px[mark.time_s], 0.0], abs=1e-6)


def one_film(*tracks: PoseTrack) -> Report:
    """Tracks as shots of one film."""
    whole = one_after_another(tracks)
    return interpret(VideoInfo(Path("run.mp4"), 1280, 720, FPS, len(whole), len(whole) / FPS), whole, Options())


def test_after_a_cut_nothing_of_the_shot_before_is_drawn() -> None:
    """Neither the mark of a foot that had landed, nor the numbers of a pace that is not measured."""
    landed = running().trial.gait.contacts[-1].time_s
    before, other = running_track(x=400.0), Runner(seconds=3, fps=FPS, px_per_m=270.0, cadence_spm=140.0).track()
    other = replace(other, xy=other.xy - [2000.0, 1500.0] + [900.0, 620.0])
    first = round((landed + 0.08) * FPS)
    report = one_film(before.between(0, first), other)
    scene = Scene(report, 1280, 720)
    marks = Contacts(scene, [])
    assert marks.seen(first - 1) is not None
    assert marks.seen(first) is None
    assert [bout.used for bout in report.bouts] == [True, False]
    assert np.isfinite(scene.running("cadence_spm", 8)[first - 1])
    assert np.isnan(scene.running("cadence_spm", 8)[first:]).all()


@pytest.mark.parametrize("facing", [1, -1])
def test_where_no_lean_is_given_the_trunk_is_joined_by_limbs_and_the_far_leg_lies_behind(facing: int) -> None:
    """As in a stretch at another pace, in the other direction."""
    other = Runner(seconds=3, fps=FPS, px_per_m=270.0, cadence_spm=140.0, facing=-facing).track()
    other = replace(other, xy=other.xy - [2000.0, 1500.0] + [900.0, 620.0])
    report = one_film(running_track(facing, x=400.0), other)
    row, track = len(report.trial.track) - 60, report.trial.track
    assert [bout.used for bout in report.bouts] == [True, False]
    image = drawn(report, row).astype(int)
    near: Side = "left" if facing > 0 else "right"
    x, y = (0.5 * (track.point(f"{near}_shoulder") + track.point(f"{near}_hip")))[row]
    assert np.abs(image[round(y), round(x)] - SIDE_COLOURS[near]).max() < 40


def test_no_number_is_shown_before_a_runner_who_was_lost_is_back() -> None:
    raw = running_track(seconds=8.0)
    xy = raw.xy.copy()
    xy[200:248] = np.nan
    report = one_film(replace(raw, xy=xy, confidence=np.where(np.isnan(xy[..., 0]), 0.0, raw.confidence)))
    known = np.isfinite(Scene(report, 1280, 720).running("cadence_spm", 8))
    assert known[300:].any()
    assert not known[200:240].any()


@pytest.mark.parametrize("lasts", [12, 240], ids=["slip to somebody else", "cut"])
def test_a_jump_does_not_move_the_words_beside_the_runner_away(lasts: int) -> None:
    raw = running_track(x=400.0, seconds=8.0)
    xy = raw.xy.copy()
    xy[240 : 240 + lasts] += [400.0, 0.0]
    once, twice = (Scene(one_film(some), 1280, 720) for some in (raw, replace(raw, xy=xy)))
    for back in (1, -1):
        assert twice.reach(back, -200.0, 0.0) == pytest.approx(once.reach(back, -200.0, 0.0), abs=3.0)
    assert Angles(twice).callouts.keys() == Angles(once).callouts.keys() == {"lean", "neck flexion"}


def test_a_clip_without_frames_is_the_users_problem(tmp_path: Path) -> None:
    with pytest.raises(FormcheckError, match="no picture"):
        write_video(running(), [], tmp_path / "out.mp4")
    assert not list(tmp_path.iterdir())


def test_a_ring_is_gone_when_its_foot_has_left_the_ground() -> None:
    """A treadmill carries the foot away from where it landed."""
    report = running()
    scene = Scene(report, 1280, 720)
    lasts_s = [mark.lasts_s for mark in Contacts(scene, []).marks]
    assert lasts_s[2:-2] == pytest.approx(
        [report.measurement("contact_time_ms").value / 1000] * len(lasts_s[2:-2]), abs=0.03
    )
    assert max(lasts_s[:-2]) < scene.step_s
