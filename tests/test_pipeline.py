"""What one analysis makes of the clip's rates, and that the files of a folder always belong together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import clips
import numpy as np
import pytest

import builders
from formcheck import annotate, home, pipeline, reading
from formcheck.datatypes import (
    FormcheckError,
    NothingMeasurableError,
    Options,
    Person,
    Report,
    VideoInfo,
    usual_step,
)
from formcheck.passes import Pass
from formcheck.report.oddities import oddities
from formcheck.settings import EXPORTS, OUTPUTS
from formcheck.tracking import PersonTrack, Pose
from formcheck.video import Frame
from runner import Runner

SEEN = builders.track(1)
STANDING = Pose(SEEN.xy[0], SEEN.world[0], SEEN.confidence[0])
STEADY = np.arange(60) / 30
DROPPING = np.delete(np.arange(120) / 60, np.arange(7, 120, 15))  # 60 frames/s, with every fifteenth lost


@pytest.fixture(autouse=True)
def posed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody stands still in every frame."""

    def track_people(frames: Iterable[Frame], *_: object) -> Pass:
        shown = [(frame.index, frame.time_s) for frame in frames]
        indices, times = (np.array(column) for column in zip(*shown, strict=True))
        person = PersonTrack()
        for index, time_s in shown:
            person.add(index, time_s, STANDING)
        steps = np.zeros((len(shown), 3))
        return Pass(indices, times, [person], steps, np.zeros((0, 2)), frozenset(), alone=True)

    monkeypatch.setattr(reading, "track_people", track_people)


def test_a_phone_that_drops_frames_does_not_record_in_slow_motion(tmp_path: Path) -> None:
    clip = clips.make(tmp_path / "run.mp4", DROPPING)
    info, track, warnings = pipeline.read(clip, Options(capture_fps=60))
    assert (info.slow_motion_factor, warnings) == (1, ())
    assert info.fps < 57
    assert track.time_s[-1] == pytest.approx(DROPPING[-1], abs=1e-3)


@pytest.mark.parametrize("said", [Options(capture_fps=240), Options(slowmo=8)])
def test_slow_motion_is_turned_into_real_time(tmp_path: Path, said: Options) -> None:
    info, track, warnings = pipeline.read(clips.make(tmp_path / "run.mp4", STEADY), said)
    assert info.slow_motion_factor == pytest.approx(8, rel=1e-3)
    assert track.clock_s[-1] == pytest.approx(STEADY[-1] / 8, rel=1e-3)
    assert np.diff(track.frames) == pytest.approx(8)  # 240 frames per second of real time are more than it takes
    assert info.duration_s == pytest.approx(2.0, abs=1e-3)
    assert warnings == ()


def test_a_single_frame_is_no_clip(tmp_path: Path) -> None:
    with pytest.raises(NothingMeasurableError, match="moment"):
        pipeline.read(clips.make(tmp_path / "run.mp4", STEADY[:1]), Options())


@pytest.mark.parametrize("said", [1.0, 2.0, 4.0, 16.0])
def test_the_advice_on_slow_motion_is_of_the_file_whatever_was_said(said: float) -> None:
    """A runner filmed in eightfold slow motion: the advice does not go round in circles."""
    track = Runner(slowed=8.0).track().retimed(said)
    info = VideoInfo(Path("run.mp4"), 100_000, 2_460, 30.0, None, None, slow_motion_factor=said)
    found = pipeline.interpret(info, track, Options())
    assert any("`slowmo=8`" in warning for warning in found.warnings), found.warnings


def test_a_wrong_recording_rate_is_corrected_as_a_recording_rate() -> None:
    """Of a file of 30 frames a second that is eight times slowed down, four were said."""
    info = VideoInfo(Path("run.mp4"), 100_000, 2_460, 30.0, None, None, slow_motion_factor=4.0)
    found = pipeline.interpret(info, Runner(slowed=8.0).track().retimed(4.0), Options(capture_fps=120))
    assert any("say so (`capture_fps=240`);" in warning for warning in found.warnings), found.warnings


@pytest.mark.parametrize("rate", [15, 24, 40])
def test_a_recording_rate_that_makes_no_slow_motion_is_said_to_be_left_out(tmp_path: Path, rate: float) -> None:
    info, _, warnings = pipeline.read(clips.make(tmp_path / "run.mp4", STEADY), Options(capture_fps=rate))
    assert info.slow_motion_factor == 1
    assert f"`capture_fps={rate}` was ignored: the clip itself has 30 frames a second" in warnings[0]


@pytest.mark.parametrize(
    ("rate", "share", "said"),
    [
        (60, 0.5, "shows only 15 different ones: if these were taken one after the other, say so (`slowmo=4`)"),
        (120, 0.75, "shows only 7.5 different ones: if these were taken one after the other, say so (`slowmo=16`)"),
        (24, 0.2, None),
        (30, 0.13, None),  # 1.15 times is no slow motion: the phone dropped frames
        (15, 0.5, None),
        (10, 0.5, "was ignored: the clip itself has 30 frames a second"),
        (120, 0.05, None),
    ],
)
def test_of_a_film_that_repeats_pictures_the_rate_of_different_ones_tells_how_slow_it_is(
    rate: float, share: float, said: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = VideoInfo(Path("run.mp4"), 100_000, 2_460, 30.0, None, None)
    monkeypatch.setattr(pipeline, "_seen", lambda *_: (info, Runner(fps=30.0).track(), (), share))
    _, _, (_, *warnings) = pipeline.read(Path("run.mp4"), Options(capture_fps=rate))
    (warning,) = warnings or ("",)
    assert (said or "") in warning
    assert bool(warning) == (said is not None)


def test_whom_of_several_was_analysed_is_said() -> None:
    track = Runner(fps=30, seconds=4).track()
    track = replace(track, xy=track.xy - [1000.0, 600.0], person=Person(2, 3, "chosen by number"))
    report = pipeline.interpret(builders.trial().video, track, Options())
    assert any(
        w.startswith("3 people were followed") and "number 2 was analysed, in view from 0.0 to 4.0 s" in w
        for w in report.warnings
    )


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((2,), "; number 2 was analysed, in view from 4.0 to 7.9 s; choose another with `person`"),
        ((2, 3), "; number 2 (and 3, who look the same) was analysed, in view from 4.0 to 7.9 s; choose another"),
        ((1, 2, 3), "somebody came into view 3 times and was taken to be the same runner each time, by size and"),
    ],
)
def test_who_came_back_is_named_with_every_number_and_the_seconds_of_the_file(
    numbers: tuple[int, ...], said: str
) -> None:
    """Slowed down four times, and empty for the first of two seconds."""
    made = builders.trial(slow_motion_factor=4.0)
    track = replace(made.track, person=Person(2, 3, "seen longest", numbers))
    track.xy[:30] = np.nan
    (warning,) = (words for words in oddities(builders.report(trial=replace(made, track=track))) if "`person`" in words)
    assert said in warning


@pytest.mark.parametrize(
    ("count", "named"), [(1, "4.0 s ("), (2, "4.0 and 8.0 s ("), (6, "4.0, 8.0, 12.0, 16.0 and 20.0 s and later (")]
)
def test_cuts_are_named_by_their_time_the_first_few_of_many(count: int, named: str) -> None:
    cut = replace(builders.report(), cuts_s=tuple(4.0 * (1 + i) for i in range(count)))
    assert any(f"the picture jumps at {named}" in words for words in oddities(cut))


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    def draw(_report: Report, frames: Iterable[object], path: Path) -> None:
        path.write_text(f"{len(list(frames))} drawn")

    monkeypatch.setattr(annotate, "write_video", draw)
    clip = clips.make(tmp_path / "run.mp4", np.arange(60) / 30)
    trial = builders.trial(path=clip.absolute())
    tall = replace(trial.track, xy=trial.track.xy * [0.3, 1] + [0, 1] * np.arange(0, 330, 10)[:, None])
    made = builders.report(trial=replace(trial, track=tall))
    return replace(made, options=Options(pdf=True, export=tuple(EXPORTS)), seen=tall)  # everything there is


def contents(folder: Path) -> dict[str, str]:
    """Contents by file name; for a folder, all that is in it."""
    return {
        path.name: "".join(map(str, contents(path).items())) if path.is_dir() else path.read_text(encoding="latin-1")
        for path in folder.iterdir()
    }


def test_without_video_the_video_of_an_earlier_analysis_goes(tmp_path: Path, report: Report) -> None:
    pipeline.write(report, tmp_path / "out")
    assert set(contents(tmp_path / "out")) == set(OUTPUTS)
    (tmp_path / "out" / "my notes.txt").write_text("mine")
    pipeline.write(report, tmp_path / "out", with_video=False)
    assert set(contents(tmp_path / "out")) == {*OUTPUTS, "my notes.txt"} - {"annotated.mp4"}


@pytest.mark.slow
@pytest.mark.parametrize("failing", ["steps_csv", "frames_csv", "json_text"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, FormcheckError])
def test_an_analysis_broken_off_leaves_the_earlier_one_whole(
    tmp_path: Path, report: Report, monkeypatch: pytest.MonkeyPatch, failing: str, error: type[BaseException]
) -> None:
    def fail(_: Report) -> str:
        raise error

    pipeline.write(report, tmp_path / "out")
    before = contents(tmp_path / "out")
    monkeypatch.setattr(annotate, "write_video", lambda _r, _f, path: path.write_text("drawn anew"))
    monkeypatch.setattr(pipeline, failing, fail)
    with pytest.raises(error):
        pipeline.write(report, tmp_path / "out")
    assert contents(tmp_path / "out") == before
    with pytest.raises(error):
        pipeline.write(report, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
@pytest.mark.parametrize("stuck", OUTPUTS)
def test_a_file_that_cannot_be_replaced_leaves_the_earlier_analysis_whole(
    tmp_path: Path, report: Report, monkeypatch: pytest.MonkeyPatch, stuck: str
) -> None:
    pipeline.write(report, tmp_path / "out")
    before = contents(tmp_path / "out")
    assert set(before) == set(OUTPUTS)
    move = Path.replace

    def held(self: Path, target: Path) -> Path:
        if self == tmp_path / "out" / stuck:
            raise PermissionError(13, "open in a player")
        return move(self, target)

    monkeypatch.setattr(Path, "replace", held)
    with pytest.raises(FormcheckError, match="close the file"):
        pipeline.write(replace(report, warnings=("new",)), tmp_path / "out", with_video=False)
    assert contents(tmp_path / "out") == before


def test_a_failure_to_write_names_no_folder_that_will_be_gone(
    tmp_path: Path, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = Path.open

    def full(self: Path, mode: str = "r", **more: Any) -> Any:
        if mode == "w":
            raise OSError(28, "No space left on device")
        return usual(self, mode, **more)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(FormcheckError, match="disk is full") as error:
        pipeline.write(replace(report, options=Options()), tmp_path / "out", with_video=False)
    assert str(error.value).startswith(str(tmp_path / "out" / "steps.csv"))


def test_a_report_on_another_clip_that_comes_while_it_is_looked_for_is_seen(
    tmp_path: Path, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    def come(folder: Path, _: object) -> list[str]:
        pipeline.write(report, folder, with_video=False)
        return []

    for name, other in (("run.mp4", False), ("another.mp4", True)):
        with monkeypatch.context() as patch:
            patch.setattr(home, "somebody_elses", come)
            assert home.holds_another(tmp_path / f"of {name}", tmp_path / name) == other


def test_a_folder_knows_whose_results_it_holds(tmp_path: Path, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    assert not home.holds_another(out, tmp_path / "run.mp4")
    pipeline.write(report, out, with_video=False)
    monkeypatch.chdir(tmp_path)
    for same in (tmp_path / "run.mp4", Path("run.mp4"), Path("out/../run.mp4")):
        assert not home.holds_another(out, same)
    for other in (tmp_path / "b" / "run.mp4", Path("b/run.mp4"), Path("run.mov")):
        assert home.holds_another(out, other)
    for person, another in ((None, False), (2, True)):  # or a second person's, of one clip
        assert home.holds_another(out, tmp_path / "run.mp4", Options(person=person)) == another
    pipeline.write(replace(report, options=Options(person=2)), out, with_video=False)
    for person, another in ((None, True), (1, True), (2, False)):
        assert home.holds_another(out, tmp_path / "run.mp4", Options(person=person)) == another
    pipeline.write(replace(report, options=Options(start=10.0, end=20.0)), out, with_video=False)
    for begin_s, end_s in ((0.0, None), (15.0, 30.0), (20.0, 30.0), (0.0, 10.0)):
        assert home.holds_another(out, tmp_path / "run.mp4", Options(start=begin_s, end=end_s))
    assert not home.holds_another(out, tmp_path / "run.mp4", Options(start=10.0, end=20.0, height_cm=180.0))
    (out / "report.json").write_text("[]")
    assert home.holds_another(out, tmp_path / "run.mp4")


@pytest.mark.parametrize(
    ("video", "said", "read"),
    [
        ("run.mp4", {"keypoints": "out/openpose.zip"}, "openpose.zip"),
        ("run.mp4", {"keypoints": "out/frames.csv"}, "frames.csv"),
        ("run.mp4", {"keypoints": "out/stills/a.json"}, "stills/a.json"),
        ("run.mp4", {"standing": "out/annotated.mp4"}, "annotated.mp4"),
        ("out/annotated.mp4", {}, "annotated.mp4"),
    ],
)
def test_what_an_analysis_is_made_from_is_not_replaced_by_its_results(
    video: str, said: dict[str, Any], read: str, tmp_path: Path, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when landmarks that an analysis exported are analysed again, with the clip they come from."""
    monkeypatch.chdir(tmp_path)
    out, options, path = tmp_path / "out", Options(**said), Path(video).absolute()
    (out / read).parent.mkdir(parents=True)
    (out / read).write_bytes(b"kept")
    (out / "report.json").write_text(json.dumps({"video": {"path": str(path)}}), encoding="utf-8")
    assert home.holds_another(out, Path(video), options)
    assert not home.holds_another(tmp_path / "other", Path(video), options)
    trial = replace(report.trial, video=replace(report.trial.video, path=path))
    with pytest.raises(FormcheckError, match=rf"{re.escape(read)}: would be replaced by the results"):
        pipeline.write(replace(report, trial=trial, options=options), out, with_video=False)
    assert (out / read).read_bytes() == b"kept"


def test_the_report_names_its_video_so_that_it_is_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(clips.make(tmp_path / "run.mp4", STEADY).parent)
    assert pipeline.read(Path("run.mp4"), Options())[0].path == tmp_path / "run.mp4"


@pytest.mark.parametrize("fps", [24, 25, 29.97, 30, 50, 59.94, 60, 119.88, 120, 239.76, 240])
@pytest.mark.parametrize("ticks_per_s", [600, 1000, 90_000])
def test_the_rate_is_right_whatever_clock_rounded_the_stamps(fps: float, ticks_per_s: int) -> None:
    stamps = np.round(np.arange(480) / fps * ticks_per_s) / ticks_per_s
    if (np.diff(stamps) > 0).all():
        assert 1 / usual_step(stamps) == pytest.approx(fps, rel=0.01)


def test_the_rate_is_right_though_frames_are_missing() -> None:
    kept = np.random.default_rng(1).random(600) > 0.2
    assert 1 / usual_step((np.arange(600) / 30)[kept]) == pytest.approx(30, rel=1e-6)
    uneven = np.cumsum(np.random.default_rng(2).uniform(0.028, 0.038, 600))
    assert 1 / usual_step(uneven) == pytest.approx(1 / 0.033, rel=0.01)


@pytest.mark.parametrize("steps", [(1, 4), (1, 4, 4, 1), (1, 9) * 20])
def test_there_is_a_rate_though_half_of_the_steps_are_far_longer_than_the_others(steps: tuple[int, ...]) -> None:
    assert usual_step(np.cumsum([0.0, *steps]) / 30) * 30 in [pytest.approx(step) for step in steps]
