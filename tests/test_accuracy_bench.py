"""The accuracy bench itself: if it counted or learned incorrectly, every figure in the documentation would be wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from test_outline import looks

from benchmarks import alike, calibrate, findings, fresh, speed, stills, tables, tiring
from benchmarks import population as populations
from benchmarks.findings import Verdict
from benchmarks.population import ASYMMETRY, Member, population, reporting
from benchmarks.scoring import TRUTH, Score, _known_offs, matched
from benchmarks.tables import Judged
from benchmarks.virtual_runner import Recording
from benchmarks.virtual_runner.video import VideoWriter
from formcheck.backends import BACKENDS
from formcheck.datatypes import Change, ComparisonKind, Event, LeftRight, Level, PoseTrack, Side
from formcheck.knowledge import calibration
from formcheck.knowledge.calibration import Calibration
from formcheck.metrics import METRICS
from formcheck.sides import LARGEST_YAW_DEG
from runner import Runner

SAMPLE = Path(__file__).parent.parent / "sample_videos" / "neutral.mp4"
STEPS = [{"side": side, "contact_s": 0.5 + 0.35 * i} for i, side in enumerate(["left", "right"] * 5)]


def event(time_s: float, side: Side) -> Event:
    return Event(time_s, 0.0, side, 0.01)


def found(late_s: float = 0.0) -> list[Event]:
    return [event(step["contact_s"] + late_s, step["side"]) for step in STEPS]  # type: ignore[arg-type]


def test_steps_found_in_time_are_counted_as_found() -> None:
    match = matched(found(late_s=0.01), STEPS, "contact_s", 4.5)
    assert (match.steps, match.missed, match.false, match.wrong_side) == (10, 0, 0, 0)
    assert match.errors == pytest.approx([0.01] * 10)


def test_a_missed_step_a_false_step_and_a_wrong_foot_are_each_counted_once() -> None:
    events = found()
    events[3] = event(events[3].time_s, "left")
    events[5] = event(events[5].time_s + 0.17, "right")  # too far from any step
    match = matched(events, STEPS, "contact_s", 4.5)
    assert (match.steps, match.missed, match.false, match.wrong_side) == (10, 1, 1, 1)


def test_a_step_at_the_very_end_may_be_missed() -> None:
    last = float(STEPS[-1]["contact_s"])  # type: ignore[arg-type]
    assert matched(found()[:-1], STEPS, "contact_s", last + 0.1).missed == 0
    assert matched(found()[:-1], STEPS, "contact_s", last + 1.0).missed == 1


def test_a_toe_off_of_a_foot_that_stood_as_the_clip_began_is_not_false() -> None:
    steps = [step | {"toe_off_s": step["contact_s"] + 0.25} for step in STEPS]  # type: ignore[operator]
    offs = [event(0.4, "right"), *(event(step["toe_off_s"], step["side"]) for step in steps)]  # type: ignore[arg-type]
    match = matched(_known_offs(offs, steps), steps, "toe_off_s", 4.5)
    assert (match.steps, match.missed, match.false) == (10, 0, 0)


def test_what_is_left_over_is_judged_on_bodies_left_out() -> None:
    """Noise specific to each body cannot be learned from other bodies: the SD must show all of it."""
    random = np.random.default_rng(3)
    bodies = [f"body {i % 10}" for i in range(60)]
    own = dict(zip(sorted(set(bodies)), random.normal(0, 2.0, 10), strict=True))
    lean = random.uniform(0, 20, 60)
    wanted = 3.0 - 0.2 * (lean - lean.mean()) + np.array([own[b] for b in bodies])
    coefficients, sd = calibrate.fit(lean[:, None], wanted, bodies)
    assert coefficients[1] == pytest.approx(-0.2, abs=0.15)
    assert sd > np.std(list(own.values()))


def pictured(lean_deg: float, facing: int, number: int) -> tuple[PoseTrack, dict[str, Any]]:
    """A drawn runner in few pictures, leaning by 3° more than landmarks do, and what is known of them."""
    track = replace(Runner(lean_deg=lean_deg, facing=facing).track(), outline=looks(facing=facing, lean_deg=lean_deg))
    recording = {"width_px": 4000, "height_px": 2400, "fps": 2.0}
    clip = {
        "name": "still", "body": f"body {number % 5}", "recording": recording,
        "form": {"hunch_deg": 0.0, "protraction_deg": 0.0},
    }  # fmt: skip
    true = {"lean_joint_deg": lean_deg + 3, "craniovertebral_deg": 45.0, "ear_shoulder_deg": lean_deg + 7}
    return track, {"clip": clip, "summary": true}


def test_posture_is_learned_as_the_landmarks_are_seen() -> None:
    """Whichever way runners face, and however their heads, hands and outlines are."""
    leans = np.linspace(0, 20, 10)
    seen = [pictured(float(lean), (-1) ** i, i) for i, lean in enumerate(leans)]
    rows, usual = calibrate.posture_rows(seen)
    row = tomllib.loads(f"lean = {rows['trunk_lean_deg']}")["lean"]
    assert row["offset"] == pytest.approx(3, abs=0.3)
    assert row["sd"] < 1
    assert set(usual) == {name for names in calibrate.POSTURE_MAPS.values() for name in names}


@pytest.mark.slow  # many runners are drawn
def test_a_runner_in_few_pictures_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``pipeline.read`` refuses so few frames per second, and calibration would stop there."""
    monkeypatch.setenv("FORMCHECK_CACHE", str(tmp_path / "kept"))
    few = Recording(1280, 720, fps=stills.RATE)
    with av.open(str(SAMPLE)) as sample, VideoWriter(tmp_path / "few.mp4", few) as video:
        for i, frame in enumerate(sample.decode(video=0)):
            if i % 30 == 0 and i < 90:
                video.write(frame.to_ndarray(format="rgb24"), i / 60)
    track, again = (stills.looked_at(tmp_path / "few.mp4", "lite") for _ in range(2))
    assert track.seen.all()
    assert len(track) == len(track.outline) == 3
    assert again.xy == pytest.approx(track.xy, abs=0.01)


def test_what_is_new_to_a_calibration_starts_from_a_correction_of_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = tomllib.loads(calibrate.file_of("heavy").read_text("utf-8"))
    lost = rows["corrections"].pop("shin_angle_deg")
    monkeypatch.setattr(calibration, "of", cache(lambda _model: Calibration(rows)))
    monkeypatch.setattr(calibrate, "file_of", lambda _model: tmp_path / "calibration.toml")
    calibrate.start("heavy")
    written = tomllib.loads((tmp_path / "calibration.toml").read_text("utf-8"))
    assert written["corrections"].pop("shin_angle_deg") == {"offset": 0, "sd": 0, "slopes": {}} != lost
    assert written == rows


def test_rows_learned_anew_replace_those_held_and_leftovers_go() -> None:
    held = {"corrections": {"shin_angle_deg": "old", "gone_deg": "x"}, "features": {"gone": "x"}, "events": {"a": "1"}}
    new = {"corrections": {"shin_angle_deg": "new", "trunk_sway_deg": calibrate.NOTHING}, "features": {"lean_deg": "y"}}
    tables = calibrate.without_leftovers(calibrate.merged(held, new))
    assert tables == {"corrections": {"shin_angle_deg": "new"}, "features": {"lean_deg": "y"}, "events": {"a": "1"}}


@pytest.mark.parametrize("model", BACKENDS)
def test_every_map_finds_its_features_in_the_file(model: str) -> None:
    tables = tomllib.loads(calibrate.file_of(model).read_text("utf-8"))
    maps = calibrate.MAPS | calibrate.POSTURE_MAPS
    for metric, row in tables["corrections"].items():
        assert metric not in maps or tuple(row["slopes"]) == maps[metric]
        assert row["slopes"].keys() <= tables["features"].keys()


@pytest.mark.slow  # many runners are drawn
def test_what_is_learned_from_is_short_and_nobody_who_is_reported_on() -> None:
    taught = populations.teaching()
    assert {m.stratum for m in taught} == set(populations.TEACHING)
    assert max(m.recording.seconds for m in taught) <= populations.BRIEF_S
    assert {m.recording.fps for m in taught} >= {30.0, 60.0}
    assert len({m.digest for m in taught}) == len(taught)
    reported = {(m.body, m.form) for m in reporting()} | {
        (m.body, m.form) for m in population() if m.half == "reporting"
    }
    assert not {(m.body, m.form) for m in taught} & reported


def test_what_a_change_gets_wrong_is_told_apart_from_what_wanders_by_itself() -> None:
    random = np.random.default_rng(5)
    scatter, wander, share_wrong = 1.0, 2.0, 0.3
    half = 1.96 * float(np.hypot(scatter, calibration.of("heavy").change("cadence_spm").sd))
    told = []
    for true in random.uniform(-20, 20, 400):
        value = true + float(np.linalg.norm([scatter, wander, share_wrong * true])) * random.normal()
        given = Change("cadence_spm", "", "", value, value - half, value + half, kind="clips")
        told.append(tiring.Change("x", given, true))
    sd, share = calibrate._likeliest(told, 0.1, "heavy")
    assert sd == pytest.approx(wander, abs=0.35)
    assert share == pytest.approx(share_wrong, abs=0.05)


def test_runners_who_do_not_change_tell_no_share_of_a_change() -> None:
    """What is measured is then all error: it must not be taken for a share of itself."""
    random = np.random.default_rng(6)
    values = random.normal(0, 3.0, 30)
    told = [tiring.Change("x", Change("cadence_spm", "", "", v, v - 2, v + 2, kind="clips"), 0.0) for v in values]
    sd, share = calibrate._likeliest(told, 0.1, "heavy")
    assert sd == pytest.approx(3.0, abs=0.8)
    assert share == pytest.approx(calibrate.USUAL_SHARE, abs=0.02)


def test_changes_are_counted_by_kind_and_those_withheld_are_not() -> None:
    def change(kind: ComparisonKind, value: float, true: float) -> tiring.Change:
        return tiring.Change("x", Change("trunk_lean_deg", "", "°", value, value - 1, value + 1, kind=kind), true)

    withheld = tiring.Change("x", Change("trunk_lean_deg", "", "°", missing="too_few_steps", kind="clips"), 3.0)
    some = [change("trend", 2.0, 1.5), change("trend", 2.0, 4.0), change("clips", 1.0, 1.2), withheld]
    row = tables.changes_table(some).splitlines()[-1]
    assert row == "| `trunk_lean_deg` | 1.25 | 1 of 2 | ±1.00 | 0.20 | 1 of 1 | ±1.00 |"


def test_what_is_said_of_those_without_a_fault_is_counted_like_what_is_said_of_those_with_it() -> None:
    pairs: list[tuple[Level, Level]] = [
        *(("fault", "watch"), ("watch", "borderline"), ("watch", "not_measured")),
        *(("ok", "ok"), ("ok", "borderline"), ("ok", "watch"), ("ok", "not_measured"), ("borderline", "fault")),
    ]
    some = [Verdict(f"clip {i}", "head_drop", true, said) for i, (true, said) in enumerate(pairs)]
    assert findings.table(some).splitlines()[-1] == "| head_drop | 3 | 1 | 1 | 0 | 1 | 4 | 1 | 1 | 1 | 1 |"
    assert findings.false_alarms(some) == (1, 3)  # what was not measured could be no false alarm


@pytest.mark.slow  # many runners are drawn
def test_runners_who_tire_drift_in_every_way_and_no_half_knows_the_other() -> None:
    halves = [tiring.runners("tuning"), tiring.runners("reporting")]
    assert not {m.digest for m in halves[0]} & {m.digest for m in halves[1]}
    for half in halves:
        for drift in tiring.DRIFTS:
            assert abs(sum(getattr(m.form, drift) != 0 for m in half) - len(half) / 2) <= 1
    for some in (halves[0], halves[0] + halves[1]):  # what the other half spans alone changes with each fit
        for drift, (low, high) in tiring.DRIFTS.items():
            assert np.ptp([value for m in some if (value := getattr(m.form, drift))]) > 0.5 * (high - low)


@pytest.mark.slow  # many runners are drawn
def test_runners_whose_legs_do_the_same_are_nobody_else() -> None:
    others = {m.digest for half in ("tuning", "reporting") for m in tiring.runners(half)} | {
        m.digest for m in population()
    }
    for member in alike.runners():
        assert not any(getattr(member.form, dial) for dial in ASYMMETRY)
        assert abs(member.camera.yaw_deg) <= LARGEST_YAW_DEG
        assert member.digest not in others


def judged(member: Member, value: float, truth: float) -> Judged:
    values = {"trunk_lean_deg": (value, value - 2, value + 2, truth)}
    score = Score(member.name, values, {}, [0.004], [0.010], [0.01], 10, 1, 0, 0, "side", "running", 5, 1, 2)
    return Judged(member, score)


@pytest.mark.slow
def test_tables_say_error_coverage_and_how_many_were_measured() -> None:
    members = [m for m in population() if m.stratum == "side"][:4]
    errors = (1.0, -1.0, 3.0, 1.0)
    some = [judged(m, 10 + e, 10.0) for m, e in zip(members, errors, strict=True)]
    row = next(line for line in tables.metric_table(some).splitlines() if "trunk_lean" in line)
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1:4] == ["1.50", "+1.00", "±3.20"]  # of four errors, so the sum of squares is divided by three
    assert "3.00" in cells[4]
    assert cells[5] == "3 of 4"
    assert cells[6] == "4/4"
    assert tables.metric_table(some).count(" 0/4 ") == sum("side" in METRICS[m].views for m in TRUTH) - 1
    assert "90.0 % of 40" in tables.event_table({"all": some})
    assert "4.0 ms" in tables.event_table({"all": some})
    assert "| 16 of 20 | 8 |" in tables.event_table({"all": some})
    assert "| 4.0 | 36 of 40 | 0 | 4/4 | 4/4 |" in tables.strata_table(some)


@pytest.mark.slow
def test_a_model_that_measures_fewer_clips_says_so() -> None:
    members = [m for m in population() if m.stratum == "side"][:4]
    some = [judged(m, 11.0, 10.0) for m in members]
    fewer = [*some[:3], Judged(members[3], Score("x", {}, {"trunk_lean_deg": "too_few_steps"}))]
    assert "| `trunk_lean_deg` | 1.00 | 1.00 (3) |" in tables.models_table({"all": some, "fewer": fewer})


@pytest.mark.slow
def test_the_two_halves_of_the_population_share_no_clip_and_both_know_every_condition() -> None:
    halves = {half: [m for m in population() if m.half == half] for half in ("tuning", "reporting")}
    names = [{m.name for m in some} for some in halves.values()]
    assert not names[0] & names[1]
    strata = [{m.stratum for m in some} for some in halves.values()]
    assert strata[0] == strata[1]


@pytest.mark.slow
def test_whatever_is_learned_anew_is_reported_on_other_runners(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    everybody = population()

    def draw(seed: int) -> tuple[Member, ...]:
        drawn.append(seed)
        return everybody

    monkeypatch.setattr(populations, "population", draw)
    assert {m.half for m in reporting()} == {"reporting"}
    reporting()
    monkeypatch.setattr(fresh, "learned", lambda: "something else")
    reporting()
    assert drawn[0] == drawn[1] != drawn[2]
    assert populations.SEED not in drawn
    assert fresh.seed(tiring.SEEDS["reporting"]) not in drawn


@pytest.mark.slow
def test_legs_that_are_compared_are_counted_and_those_withheld_are_not() -> None:
    def compared(value: float) -> LeftRight:
        return LeftRight("shin_angle_deg", "", "°", value, value - 2, value + 2)

    withheld = LeftRight("shin_angle_deg", "", "°", missing="camera_at_an_angle")
    member, score = population()[0], Score("x", {}, {})
    judged = [Judged(member, score, alike=(c,)) for c in (compared(1.0), compared(3.0), withheld)]
    assert tables.legs_table(judged).splitlines()[-1] == "| `shin_angle_deg` | 1 of 2 | ±2.0° |"


def test_what_is_timed_against_each_other_is_timed_in_turn() -> None:
    ran: list[str] = []

    def work(name: str, *seconds: float) -> Callable[[], speed.Cost]:
        left = iter(seconds)

        def run() -> speed.Cost:
            ran.append(name)
            return speed.Cost(next(left), 0.0, 0.0)

        return run

    ours, theirs = speed.least(2, work("ours", 2.0, 1.0), work("theirs", 3.0, 4.0))
    assert ran == ["ours", "theirs", "ours", "theirs"]
    assert (ours.wall_s, theirs.wall_s) == (1.0, 3.0)
