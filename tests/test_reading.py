"""A clip read in parts by several processes equals the clip read by one, for all kinds of people, cameras and cuts."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Barrier, Event

import clips
import cv2
import numpy as np
import pytest

from formcheck import pipeline, reading, video
from formcheck.datatypes import FormcheckError, Options, PoseTrack
from formcheck.passes import Pass
from formcheck.pose import estimate
from formcheck.tracking import PersonTrack, Pose
from formcheck.workers import Tell
from runner import Runner

SAMPLES = Path(__file__).parent.parent / "sample_videos"
SECONDS = 4
RATE = 30  # frames a second, half of those that the samples have
SIZE = (480, 270)


def images(name: str) -> Iterator[np.ndarray]:
    for frame in islice(video.Clip(SAMPLES / f"{name}.mp4", end_s=SECONDS), 0, None, 2):
        yield cv2.resize(frame.image, SIZE, interpolation=cv2.INTER_AREA)


def two_people() -> list[np.ndarray]:
    return [np.hstack(pair) for pair in zip(images("neutral"), images("hunched"), strict=False)]


def a_cut() -> list[np.ndarray]:
    first, then = list(images("neutral")), list(images("overstride_lean"))
    return first[: len(first) // 3] + then[len(then) // 3 :]


def a_moving_camera() -> list[np.ndarray]:
    """A camera that turns to the left and trembles."""
    shown, tremble = [], np.random.default_rng(1).normal(0, 1, (1000, 2)).cumsum(axis=0)
    for i, image in enumerate(images("neutral")):
        x, y = np.array([20 - 0.1 * i, 10]) + np.clip(0.2 * tremble[i], -5, 5)
        move = np.array([[1.0, 0.0, -x], [0.0, 1.0, -y]])
        shown.append(np.asarray(cv2.warpAffine(image, move, SIZE, borderMode=cv2.BORDER_REFLECT), np.uint8))
    return shown


SCENES: dict[str, Callable[[], list[np.ndarray]]] = {
    "one runner": lambda: list(images("neutral")),
    "two people": two_people,
    "a cut": a_cut,
    "a moving camera": a_moving_camera,
}


def read(clip: Path, workers: int) -> tuple[PoseTrack, Pass]:
    info, options = video.probe(clip), Options(model="lite")
    frames = video.Clip(clip, 0.0, None, *pipeline._budget(info, options))
    return estimate(partial(reading.read_clip, frames, info, "lite", workers, None, None), "lite")


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES)
def test_parts_lie_on_the_whole(tmp_path: Path, scene: str) -> None:
    """Landmarks are the same but for some frames after a seam, where tracking has not quite settled."""
    shown = SCENES[scene]()
    clip = clips.make(tmp_path / "run.mp4", np.arange(len(shown)) / RATE, lambda i: shown[i])
    (whole, seen), (track, joined) = read(clip, 1), read(clip, 3)
    assert track.person.of == whole.person.of
    assert track.person.number == whole.person.number
    assert np.array_equal(track.frames, whole.frames)
    assert np.array_equal(joined.clock_s, seen.clock_s)
    both = track.seen & whole.seen
    assert both.sum() >= 0.97 * max(track.seen.sum(), whole.seen.sum())
    apart = np.linalg.norm(track.xy - whole.xy, axis=2)[both] / whole.body_height_px
    assert np.percentile(apart.max(axis=1), 80) < 0.0001
    known = np.isfinite(joined.steps) & np.isfinite(seen.steps)
    assert np.abs(joined.steps - seen.steps)[known].mean() < 0.1
    assert list(joined.tilted) == list(seen.tilted)


@pytest.mark.parametrize("count", [2, 3, 7])
def test_every_part_poses_as_many_frames(count: int) -> None:
    seams = reading._seams(1.0, 11.0, count, 600.0)
    assert len(seams) == count - 1
    own = 60 * np.diff([1.0, *seams, 11.0])
    assert own + np.array([0, *[reading.SETTLING] * (count - 1)]) == pytest.approx((600 + 16 * (count - 1)) / count)


def test_how_many_frames_are_posed() -> None:
    info = replace(video.probe(SAMPLES / "neutral.mp4"), fps=240.0)
    assert pipeline._budget(info, Options()) == (8, 1 / 240)
    assert pipeline._budget(info, Options(model="full")) == (4, 1 / 240)
    assert pipeline._budget(info, Options(every_frame=True)) == (1, 1 / 240)
    assert pipeline._budget(info, Options(slowmo=8)) == (67, 1 / 240)
    assert pipeline._budget(replace(info, fps=50.0), Options()) == (1, 1 / 50)
    assert pipeline._budget(replace(info, fps=59.94), Options()) == (2, 1 / 59.94)
    assert pipeline._budget(replace(info, fps=59.94), Options(model="lite")) == (1, 1 / 59.94)
    assert pipeline._budget(replace(info, fps=119.9), Options()) == (4, 1 / 119.9)
    assert pipeline._budget(replace(info, fps=float("nan")), Options())[0] == 1


def breaking(part: reading.Part, tell: Tell) -> Pass:  # noqa: ARG001
    if part.begin_s > 0:
        raise FormcheckError("the disk is gone")
    raise SystemExit(9)


@pytest.mark.slow
def test_clips_read_at_once_leave_opencv_as_it_was() -> None:
    usual, both_read, one_done = cv2.getNumThreads(), Barrier(2), Event()

    def read(last: bool) -> None:
        with reading._opencv_on(1):
            both_read.wait(10)
            if last:
                one_done.wait(10)
            assert cv2.getNumThreads() == 1
        one_done.set()

    cv2.setNumThreads(3)
    try:
        with ThreadPoolExecutor(2) as threads:
            assert [*threads.map(read, (True, False))] == [None, None]
        assert cv2.getNumThreads() == 3
    finally:
        cv2.setNumThreads(usual)


def test_a_part_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "read_part", breaking)
    with pytest.raises(FormcheckError, match=r"disk is gone|ended by itself"):
        read(SAMPLES / "neutral.mp4", 2)


def test_in_a_process_that_may_have_no_others_a_clip_is_read_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a script hands clips to a pool of its own."""
    parts: list[reading.Part] = []

    def noted(part: reading.Part, _tell: Tell) -> Pass:
        parts.append(part)
        raise FormcheckError("that is all")

    monkeypatch.setattr(reading, "read_part", noted)
    monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)  # type: ignore[attr-defined]
    with pytest.raises(FormcheckError, match="that is all"):
        read(SAMPLES / "neutral.mp4", 4)
    assert [(part.begin_s, part.end_s) for part in parts] == [(-np.inf, np.inf)]


@pytest.mark.parametrize(("end_s", "total"), [(None, 630), (4.0, 240)])
def test_progress_ends_at_its_total(monkeypatch: pytest.MonkeyPatch, end_s: float | None, total: int) -> None:
    """Parts pose some frames more than are theirs, and a frame may lie on the very end."""

    def posing(_part: reading.Part, tell: Tell) -> Pass:
        for done in (1, total, total + 16):
            tell(done, "")
        raise FormcheckError("that is all")

    monkeypatch.setattr(reading, "read_part", posing)
    told: list[tuple[int, int | None]] = []
    clip, info = video.Clip(SAMPLES / "neutral.mp4", 0.0, end_s), video.probe(SAMPLES / "neutral.mp4")
    with pytest.raises(FormcheckError, match="that is all"):
        reading.read_clip(clip, info, "lite", 1, lambda _, done, of: told.append((done, of)), None, None)
    assert told == [(0, total), (1, total), (total, total), (total, total)]


def person(seconds: float) -> PersonTrack:
    track, someone = Runner(fps=30, seconds=seconds).track(), PersonTrack()
    for row, time_s in enumerate(track.time_s):
        someone.add(row, float(time_s), Pose(track.xy[row], track.world[row], track.confidence[row]))
    return someone


def test_what_is_seen_so_far_is_said_in_words() -> None:
    info = replace(video.probe(SAMPLES / "neutral.mp4"), width_px=100_000, height_px=100_000)
    assert "steps/min, lean " in pipeline._so_far(info, Options(), person(6.0))
    assert pipeline._so_far(info, Options(), person(0.5)) == ""


@pytest.mark.parametrize(("early", "told"), [(True, True), (False, False)])
def test_what_is_seen_so_far_is_asked_for_where_somebody_hears_it(
    monkeypatch: pytest.MonkeyPatch, early: bool, told: bool
) -> None:
    asked: list[object] = []

    def noted(*given: object) -> Pass:
        asked.append(given[-2])
        raise FormcheckError("that is all")

    monkeypatch.setattr(pipeline, "read_clip", noted)
    with pytest.raises(FormcheckError, match="that is all"):
        pipeline.analyze(SAMPLES / "neutral.mp4", Options(model="lite", cache=False), lambda *_: None, early=early)
    assert [one is not None for one in asked] == [told]
