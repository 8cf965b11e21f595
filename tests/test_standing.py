"""The runner's own zero: found where somebody stands tall, and compared with how they run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from formcheck.cleaning import clean
from formcheck.datatypes import (
    AgainstStanding,
    Measurement,
    NotUnderstoodError,
    Options,
    Person,
    PoseTrack,
    Report,
    Trial,
    VideoInfo,
)
from formcheck.knowledge import calibration, reason
from formcheck.knowledge.calibration import Correction
from formcheck.landmarks import BLAZEPOSE
from formcheck.metrics import METRICS
from formcheck.page.report import report_html
from formcheck.pipeline import interpret
from formcheck.report import to_json
from formcheck.report.screen import to_text
from formcheck.report.zero import zero_line
from formcheck.standing import against_standing, as_seen, find_standing, still_trial, sway_sd
from formcheck.words import give_or_take, span
from runner import Runner

VIDEO = VideoInfo(Path("run.mp4"), 4000, 2000, 60.0, 0, 0.0)
APART = VideoInfo(Path("stand.mp4"), 4000, 2000, 60.0, 0, 0.0)
ARRAYS = ("xy", "world", "confidence", "camera_xy")
FPS, STANDS_S, ROLL_SD_DEG = 30.0, 2.0, 1.5
RUN_DEG, STAND_DEG = 8.0, 2.0  # of lean
STAND = {"lean_deg": STAND_DEG, "standing_reach": 0.995, "arm_swing_deg": 0.0, "elbow_deg": 170.0}


def joined(*tracks: PoseTrack) -> PoseTrack:
    """Tracks one after another on one clock, in front of one camera whose roll is not known."""
    arrays = {name: np.concatenate([getattr(track, name) for track in tracks]) for name in ARRAYS}
    return PoseTrack(np.arange(len(arrays["xy"])) / FPS, **arrays, roll_sd_deg=ROLL_SD_DEG)


def run(**changes: object) -> PoseTrack:
    return joined(Runner(**{"seconds": 6.0, "fps": FPS, "noise_px": 1.0, "lean_deg": RUN_DEG} | changes).track())  # type: ignore[arg-type]


def stand(**changes: object) -> PoseTrack:
    return run(**{"seconds": STANDS_S} | STAND | changes)


def tilted(track: PoseTrack, degrees: float) -> PoseTrack:
    """The track as seen by a camera whose tilt is not known."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return replace(track, xy=track.xy @ np.array([[cos, sin], [-sin, cos]]))


def report_of(track: PoseTrack, apart: PoseTrack | None = None, **options: object) -> Report:
    other = None if apart is None else (APART, clean(apart, APART))
    return interpret(VIDEO, track, Options(**options), apart=other)  # type: ignore[arg-type]


def lean(report: Report) -> AgainstStanding:
    return next(c for c in report.comparisons if isinstance(c, AgainstStanding) and c.metric == "trunk_lean_deg")


@pytest.fixture(autouse=True)
def _drawn_runners_are_read_rightly(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what is learned later does not change what is expected of them."""
    monkeypatch.setattr(calibration.Calibration, "standing", lambda *_: Correction(sd=1.2))


@cache
def usual() -> Report:
    """From a clip that begins with two seconds of standing tall."""
    return report_of(joined(stand(), run()))


@pytest.mark.parametrize("parts", [("stand", "run"), ("run", "stand")])
def test_standing_is_found_before_and_after_a_run(parts: tuple[str, str]) -> None:
    report = usual() if parts[0] == "stand" else report_of(joined(run(), stand()))
    begins_s = 0.0 if parts[0] == "stand" else 6.0
    assert report.stood is not None
    assert report.stood.missing is None
    assert report.stood.same_camera
    assert report.stood.span_s == pytest.approx((begins_s, begins_s + STANDS_S), abs=0.3)
    against = lean(report)
    assert against.value == pytest.approx(RUN_DEG - STAND_DEG, abs=1.0)
    assert against.low < RUN_DEG - STAND_DEG < against.high
    assert not any("could be read" in warning for warning in report.warnings)  # the rest of the clip is no puzzle


def test_the_doubt_that_standing_answers_is_gone() -> None:
    absolute, against = usual().measurement("trunk_lean_deg"), lean(usual())
    assert against.high - against.low < 0.75 * (absolute.high - absolute.low)
    assert against.n == absolute.n


def test_the_number_without_standing_stays_what_it_is() -> None:
    alone, first = report_of(run()), usual().measurement("trunk_lean_deg")
    assert alone.stood is None
    assert not [c for c in alone.comparisons if c.kind == "standing"]
    assert first.value == pytest.approx(alone.measurement("trunk_lean_deg").value, abs=0.3)
    assert first.high - first.low == pytest.approx(
        (m := alone.measurement("trunk_lean_deg")).high - m.low, rel=0.05
    )  # findings rest on it


def test_a_tilted_camera_cancels_only_where_it_is_the_same() -> None:
    level, tipped = usual(), report_of(tilted(joined(stand(), run()), 3.0))
    moved = tipped.measurement("trunk_lean_deg").value - level.measurement("trunk_lean_deg").value
    assert abs(moved) == pytest.approx(3.0, abs=0.5)
    assert lean(tipped).value == pytest.approx(lean(level).value, abs=0.3)
    apart = lean(report_of(run(), stand()))
    assert apart.value == pytest.approx(RUN_DEG - STAND_DEG, abs=1.0)
    own_sd = (lean(level).high - lean(level).value) / 1.96
    assert (apart.high - apart.value) / 1.96 == pytest.approx(np.hypot(own_sd, 2**0.5 * ROLL_SD_DEG), rel=0.05)


def test_what_was_learned_of_running_against_standing_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    """It depends on the change from standing to running: + where the run leans more."""
    report, seen = usual(), dict[str, float]()

    class Recorded(Correction):
        def at(self, features: Mapping[str, float]) -> tuple[float, float]:
            seen.update(features)
            return super().at(features)

    monkeypatch.setattr(calibration.Calibration, "standing", lambda *_: Recorded(2.0, 1.2))
    (against, *_) = against_standing([report.trial], report.measurements, report.stood)
    assert against.value == pytest.approx(lean(report).value + 2.0)
    assert seen["lean_deg_from_standing"] == pytest.approx(RUN_DEG - STAND_DEG, abs=1.0)


def test_steps_that_scatter_and_a_camera_at_an_angle_make_it_less_sure() -> None:
    report = usual()

    def half(m: Measurement, trial: Trial = report.trial) -> float:
        (found,) = against_standing([trial], [m], report.stood)
        return found.high - found.value

    m = report.measurement("trunk_lean_deg")
    certain = half(replace(m, sampling=0.0))
    assert half(replace(m, sampling=4.0)) == pytest.approx(np.hypot(certain, 4.0))
    ahead = replace(report.trial, gait=replace(report.trial.gait, view=replace(report.trial.gait.view, yaw_deg=20.0)))
    assert half(replace(m, sampling=0.0), ahead) == pytest.approx(2 * certain, rel=0.1)


def test_a_camera_of_which_nothing_is_known_may_be_tilted_otherwise() -> None:
    track = joined(stand(), run())
    report = report_of(replace(track, camera_xy=np.full_like(track.camera_xy, np.nan)))
    assert report.stood is not None
    assert not report.stood.same_camera
    assert lean(report).high - lean(report).low > 1.5 * (lean(usual()).high - lean(usual()).low)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"facing": -1}, "standing_other_side"),
        ({"view": "rear"}, "standing_other_view"),
        ({"standing_reach": 0.93}, "standing_knees_bent"),
        ({"elbow_deg": 80.0}, "standing_arms_bent"),
        ({"lean_deg": 30.0}, "standing_bent_over"),
        ({"lean_deg": -20.0}, "standing_bent_over"),
        ({"seconds": 0.6}, "standing_not_seen"),
    ],
)
def test_standing_that_is_no_zero_is_withheld_with_its_reason(changes: dict[str, object], why: str) -> None:
    report = report_of(run(), stand(**changes))
    assert report.stood is not None
    assert report.stood.missing == why
    assert lean(report).missing == why
    assert np.isnan(lean(report).value)
    assert reason(why).because in " ".join(to_text(report).split())


def test_a_camera_that_is_turned_after_standing_makes_it_no_zero() -> None:
    track = joined(stand(), run())
    camera = np.where(np.arange(len(track)) < STANDS_S * FPS, 0.0, 400.0)[:, None] * [1.0, 0.0]
    report = report_of(replace(track, xy=track.xy + camera[:, None], camera_xy=camera))
    assert report.stood is not None
    assert report.stood.missing == "standing_camera_moved"


def test_the_longest_that_can_serve_is_the_zero_and_not_a_longer_one_that_cannot() -> None:
    bent = stand(standing_reach=0.93, seconds=4.0)
    report = report_of(joined(bent, run(), stand(lean_deg=4.0, seconds=3.0), run(seconds=3.0), stand()))
    assert report.stood is not None
    assert report.stood.missing is None
    assert lean(report).value == pytest.approx(RUN_DEG - 4.0, abs=1.0)


@pytest.mark.parametrize(("size", "told"), [(0.5, "0.5"), (0.7, "0.7"), (0.9, ""), (1.1, ""), (1.5, "1.5")])
@pytest.mark.parametrize("away_px", [0.0, 900.0])
def test_whoever_stands_larger_or_smaller_than_the_runner_may_be_somebody_else(
    size: float, told: str, away_px: float
) -> None:
    """Nearer, farther off, or another person; in the same place or at a jump away."""
    standing = stand(px_per_m=300.0 * size)
    report = report_of(joined(replace(standing, xy=standing.xy - np.array([away_px, 0.0])), run()))
    said = [warning for warning in report.warnings if warning.startswith("whoever stands from")]
    assert [f"is {told} times as large" in warning for warning in said] == [True] * bool(told)
    assert not np.isnan(lean(report).value)
    assert not report_of(run(), standing).warnings  # a clip of its own may be filmed from nearer


def test_of_whom_a_clip_with_several_people_shows_standing_is_not_known() -> None:
    among = replace(stand(), person=Person(2, 3, "largest"))
    (warning,) = report_of(run(), among).warnings
    assert warning.startswith("several people were followed in stand.mp4")
    again = replace(stand(), person=Person(1, 2, "largest", (1, 2)))  # who left the view and came back
    assert not report_of(run(), again).warnings


def test_seconds_of_a_slowed_file_are_the_files_own() -> None:
    slow = VideoInfo(Path("run.mp4"), 4000, 2000, 60.0, 0, 0.0, slow_motion_factor=4.0)
    track = clean(joined(stand(), run(), stand()), slow)
    (found,) = find_standing(slow, track, (32.0, 40.0))  # of 40 s, a quarter of which were real
    assert found.span_s == pytest.approx((8.0, 10.0), abs=0.3)
    assert find_standing(slow, track, (8.0, 10.0)) == []  # when the run begins


@pytest.mark.parametrize("degrees", [-3.0, 3.0])
def test_over_a_cut_nobody_knows_whether_the_camera_is_tilted_alike(degrees: float) -> None:
    ran = tilted(run(), degrees)
    report = report_of(joined(stand(), replace(ran, xy=ran.xy + np.array([900.0, 0.0]))))
    assert report.cuts_s
    assert report.stood is not None
    assert not report.stood.same_camera
    assert lean(report).low < RUN_DEG - STAND_DEG < lean(report).high


@pytest.mark.parametrize("changes", [{"lean_deg": 6.0}, STAND])
@pytest.mark.parametrize("noise_px", [0.0, 0.005])
def test_a_film_that_stands_on_a_picture_shows_nobody_standing(changes: dict[str, object], noise_px: float) -> None:
    """Of a runner in mid-stride or of somebody who stood; compressed anew, it is not quite the same from row to row."""
    picture = run(**changes)
    frozen = replace(picture, xy=np.repeat(picture.xy[:1], len(picture), axis=0))
    frozen.xy[:] += np.random.default_rng(0).normal(0, noise_px, frozen.xy.shape)
    assert report_of(frozen).stood is None
    for seconds in (1.5, 3.0, 6.0):
        ended = report_of(joined(run(), frozen.between(0, round(seconds * FPS))))
        assert ended.stood is None, seconds
        assert "standing" not in to_text(ended).lower()


@pytest.mark.parametrize("seconds", [1.5, 5.0, 8.0])
def test_who_stands_before_a_film_ends_on_a_picture_stands(seconds: float) -> None:
    stands = stand(seconds=2.0)
    still = joined(*[stands.between(len(stands) - 1, len(stands))] * round(seconds * FPS))
    found, alone = (report_of(joined(run(), stands, *after)) for after in ((still,), ()))
    assert found.stood is not None
    assert alone.stood is not None
    assert found.stood.span_s == pytest.approx(alone.stood.span_s, abs=0.4)
    assert lean(found).value == pytest.approx(lean(alone).value, abs=0.5)


def test_nobody_stands_still_while_out_of_view() -> None:
    track = stand(seconds=3.0)
    track.xy[20:70] = np.nan  # rows of 90, which leave less than a second on either side
    assert find_standing(VIDEO, clean(track, VIDEO)) == []


@pytest.mark.parametrize(("share", "still"), [(0.02, True), (0.06, False)])
def test_whoever_shifts_about_does_not_stand_still(share: float, still: bool) -> None:
    """By such a share of the body's height, once a second."""
    track = stand(seconds=4.0, noise_px=0.5)
    knees = [BLAZEPOSE.index[f"{side}_knee"] for side in ("left", "right")]
    shifts = 0.5 * share * track.body_height_px * np.sin(2 * np.pi * track.time_s)
    track.xy[:, knees, 0] += shifts[:, None]
    assert bool(find_standing(VIDEO, clean(track, VIDEO))) == still


def test_who_sways_is_known_the_better_the_longer_they_stand() -> None:
    """Four times as long, twice as well: looks half a second apart count as independent of each other."""
    sds = []
    for seconds in (2.0, 8.0):
        track = clean(stand(seconds=seconds, lean_drift_deg=4.0), VIDEO)
        sds.append(sway_sd(still_trial(VIDEO, track), METRICS["trunk_lean_deg"]))
    assert sds[0] == pytest.approx(2 * sds[1], rel=0.15)
    assert sds[1] == pytest.approx(4.0 / 12**0.5 / (8.0 / 0.5) ** 0.5, rel=0.15)


def test_of_several_stretches_the_longer_tells_more_of_what_was_corrected(monkeypatch: pytest.MonkeyPatch) -> None:
    report = report_of(run(seconds=12.0))
    long, metric = report.trial, METRICS["trunk_lean_deg"]
    short = report_of(run(seconds=4.0)).trial
    monkeypatch.setattr("formcheck.standing.correction", lambda trial, _: (1.0 if trial is long else 5.0, 0.0))
    m = report.measurement(metric.name)
    assert m.value - as_seen([long, short], m) == pytest.approx(2.0, abs=0.2)  # (3 × 1 + 1 × 5) / 4


HEAD, ARM = ("left_ear", "right_ear"), ("left_wrist", "right_wrist")


@pytest.mark.parametrize(
    ("hidden", "begin", "end", "lean_missing", "head_missing"),
    [
        (HEAD, 0, 60, None, "part_not_seen"),
        (HEAD, 0, 1, None, None),
        (HEAD, 20, 26, None, None),
        (HEAD, 0, 56, None, "part_not_seen"),
        (HEAD, 0, 48, None, "part_not_seen"),
        (HEAD, 0, 40, None, None),
        (("left_shoulder",), 0, 12, None, None),
        (ARM, 0, 60, "part_not_seen", "part_not_seen"),
    ],
)
def test_a_part_that_is_hidden_while_somebody_stands(
    hidden: tuple[str, ...], begin: int, end: int, lean_missing: str | None, head_missing: str | None
) -> None:
    """A head cut off by the picture's edge takes what it shows; for a moment only, next to nothing."""
    standing = stand()
    standing.xy[begin:end, [BLAZEPOSE.index[name] for name in hidden]] = np.nan
    report = report_of(joined(standing, run()))
    against = {c.metric: c for c in report.comparisons if isinstance(c, AgainstStanding)}
    assert against["trunk_lean_deg"].missing == lean_missing
    assert against["craniovertebral_deg"].missing == head_missing
    for found in against.values():
        if found.missing is None:
            whole = next(c for c in usual().comparisons if isinstance(c, AgainstStanding) and c.metric == found.metric)
            assert found.value == pytest.approx(whole.value, abs=1.0)


def test_one_camera_is_pitched_alike_for_standing_and_running() -> None:
    """However steeply either body seems to be seen from."""
    tracks = [joined(stand(), run())]
    for turn_deg in (-4.0, 4.0):
        turn, world = np.radians(turn_deg), tracks[0].world.copy()
        _, y, z = np.moveaxis(world[:60], -1, 0)
        world[:60, :, 1], world[:60, :, 2] = y * np.cos(turn) - z * np.sin(turn), y * np.sin(turn) + z * np.cos(turn)
        tracks.append(replace(tracks[0], world=world))
    values = [lean(report_of(replace(track, xy=track.xy + np.array([900.0, 0.0])))).value for track in tracks]
    assert np.ptp(values) < 0.1


def test_the_view_that_was_named_is_that_of_standing_too() -> None:
    turn, track = np.radians(33.0), joined(stand(), run())
    x, y, z = np.moveaxis(track.world, -1, 0)
    world = np.stack([x * np.cos(turn) - z * np.sin(turn), y, x * np.sin(turn) + z * np.cos(turn)], axis=-1)
    for view, why in (("auto", "not_side_view"), ("side", None)):
        stood = report_of(replace(track, world=world), view=view).stood
        assert stood is not None
        assert stood.missing == why


@pytest.mark.slow
def test_of_several_stretches_each_is_held_against_standing_with_its_own_correction() -> None:
    upright, bent = run(), run(neck_flexion_deg=25.0)
    alone = [lean(report_of(joined(stand(), some))).value for some in (upright, bent)]
    for pair in ((upright, bent), (bent, upright)):
        gone = run(seconds=0.7)
        gone.xy[:], gone.world[:], gone.confidence[:] = np.nan, np.nan, 0.0
        both = report_of(joined(stand(), pair[0], gone, pair[1]))
        assert len(both.used) == 2
        assert min(alone) - 0.1 < lean(both).value < max(alone) + 0.1


@pytest.mark.parametrize("other_way_s", [4.0, 9.0])
def test_of_runs_in_both_directions_the_one_that_stood_the_same_way_is_held_against_it(other_way_s: float) -> None:
    alone = lean(report_of(joined(stand(), run(lean_deg=9.0))))
    both = report_of(joined(stand(), run(lean_deg=9.0), run(facing=-1, lean_deg=3.0, seconds=other_way_s)))
    assert {bout.trial.gait.view.facing for bout in both.used} == {"left", "right"}
    assert lean(both).value == pytest.approx(alone.value, abs=0.5)


def test_a_runner_seen_from_another_angle_is_not_held_against_standing() -> None:
    ahead = stand()
    turn = np.radians(20.0)
    x, y, z = np.moveaxis(ahead.world, -1, 0)
    turned = np.stack([x * np.cos(turn) - z * np.sin(turn), y, x * np.sin(turn) + z * np.cos(turn)], axis=-1)
    for world, why in ((turned, "standing_other_view"), (ahead.world, None)):
        report = report_of(run(), replace(ahead, world=world))
        assert report.stood is not None
        assert report.stood.missing == why


@pytest.mark.parametrize("moves", [{}, {"walking": True}, {"cadence_spm": 120.0}, {"slowed": 4.0}, {"travels": True}])
def test_nobody_who_moves_is_taken_for_standing(moves: dict[str, object]) -> None:
    assert find_standing(VIDEO, clean(run(**moves), VIDEO)) == []


@pytest.mark.slow
def test_what_was_said_is_looked_at_alone() -> None:
    track = joined(stand(lean_deg=12.0, seconds=3.0), run(), stand())
    assert lean(report_of(track)).value == pytest.approx(RUN_DEG - 12.0, abs=1.0)  # the longer one
    assert lean(report_of(track, standing="9-11")).value == pytest.approx(RUN_DEG - STAND_DEG, abs=1.0)
    absent = report_of(track, standing="4-6")
    assert absent.stood is not None
    assert lean(absent).missing == "standing_elsewhere"
    assert lean(report_of(track, standing="20-22")).missing == "standing_after_end"
    slow = VideoInfo(Path("run.mp4"), 4000, 2000, 60.0, 0, 0.0, slow_motion_factor=4.0)  # of 44 s
    for said, why in (("20-24", "standing_elsewhere"), ("46-50", "standing_after_end")):
        assert lean(interpret(slow, track, Options(standing=said, slowmo=4.0))).missing == why


@pytest.mark.parametrize("said", ["4-6", "20-22"])
@pytest.mark.parametrize("begin_s", [0.0, 6.0])
def test_where_somebody_stands_is_told_to_who_named_other_seconds(said: str, begin_s: float) -> None:
    report = report_of(joined(*((run(), stand()) if begin_s else (stand(), run()))), standing=said)
    assert report.stood is not None
    assert report.stood.span_s == pytest.approx((begin_s, begin_s + STANDS_S), abs=0.3)
    assert np.isnan(lean(report).value)
    seen = f"Standing was seen from {span(*report.stood.span_s)}"
    assert seen in " ".join(to_text(report).split())
    screen = " ".join(to_text(report, form="screen").split())
    assert seen in screen
    assert "nobody was seen standing" not in screen
    given = to_json(report)["standing"]
    assert (given["begin_s"], given["end_s"]) == pytest.approx(report.stood.span_s)


def test_why_nothing_is_told_stands_on_one_screen_where_it_was_asked_for() -> None:
    unasked, asked = report_of(run()), report_of(run(), standing="4-6")
    assert "Standing " not in to_text(unasked, form="screen")
    screen = " ".join(to_text(asked, form="screen").split())
    assert "Not compared with standing, since nobody was seen standing still for a second. Stand tall" in screen


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"standing": "0.4"}, "must last a second"),
        ({"standing": "3-3.5"}, "must last a second"),
        ({"standing": "5-2"}, "must last a second"),
        ({"standing": "2", "start": 3.0}, "lies outside the part"),
        ({"standing": "9-11", "end": 10.0}, "lies outside the part"),
        ({"standing": "stand.mp4", "keypoints": "points.npz"}, "give seconds, not a file"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(options: dict[str, object], said: str) -> None:
    with pytest.raises(NotUnderstoodError, match=said):
        Options(**options)  # type: ignore[arg-type]


def test_seconds_and_files_are_told_apart() -> None:
    assert Options(standing="2 ").standing_s == (0.0, 2.0)
    assert Options(standing="1.5-3").standing_s == Options(standing="1,5-3").standing_s == (1.5, 3.0)
    assert Options(standing="stand.mp4").standing_file == Path("stand.mp4")
    assert Options(standing="2").standing_file is None
    assert Options().standing_file is None


def test_nothing_is_told_of_a_pose_model_of_which_it_was_not_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration.Calibration, "standing", lambda *_: None)
    report = report_of(joined(stand(), run()))
    assert lean(report).missing == "standing_not_learned"
    assert reason("standing_not_learned").because in " ".join(to_text(report).split())


def test_of_somebody_who_only_stands_nothing_is_told_against_it() -> None:
    report = report_of(stand(seconds=4.0))
    assert {c.missing for c in report.comparisons if isinstance(c, AgainstStanding)} == {"not_running"}
    assert "Compared with standing tall" not in to_text(report)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (9.0, "You lean 9.0° (7.0 to 13.0) further forward than when you stand tall."),
        (-9.0, "You lean 9.0° (5.0 to 11.0) further back than when you stand tall."),
        (-1.0, "Against standing tall, your lean differs by -1.0° (-3.0 to 3.0): no more than the error of measuring"),
    ],
)
def test_it_is_told_which_way_the_lean_differs_the_nearer_end_first(value: float, said: str) -> None:
    apart = AgainstStanding("trunk_lean_deg", "Trunk lean", "°", value, value - 2.0, value + 4.0, 20)
    assert zero_line(replace(usual(), comparisons=(apart,))).startswith(said)


def test_every_output_tells_it_apart_from_the_absolute_number(tmp_path: Path) -> None:
    report, against = usual(), lean(usual())
    given = to_json(report)
    assert given["standing"]["measures"]["trunk_lean_deg"]["value"] == pytest.approx(against.value, abs=1e-6)
    assert given["measurements"]["trunk_lean_deg"]["value"] != pytest.approx(against.value, abs=1.0)
    assert "Compared with standing tall" in to_text(report)
    shown = f"{against.value:.1f}° ({against.low:.1f} to {against.high:.1f})"
    assert f"You lean {shown} further forward than when you stand" in " ".join(to_text(report, form="screen").split())
    page = report_html(report, tmp_path)
    assert "You stand tall from 0.0 to" in page
    assert f"<b>{against.value:+.1f}°</b>" in page
    stands, runs = (give_or_take(m, "°") for m in against.measured)
    assert f"standing {stands}, running {runs}: <b>" in page
    assert runs == give_or_take(usual().measurement("trunk_lean_deg"), "°")
    assert set(given["standing"]["measures"]) == {name for name, metric in METRICS.items() if metric.postural}
