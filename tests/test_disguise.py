from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import clips
import cv2
import numpy as np
import pytest

from formcheck import disguise, pipeline
from formcheck.annotate import Stills
from formcheck.datatypes import FloatArray, Options, Report, VideoInfo
from formcheck.disguise import faceless, make_coarse, plain, runner_heads
from formcheck.faces import FaceDetector
from formcheck.landmarks import BLAZEPOSE, FACE
from formcheck.pipeline import interpret
from formcheck.planes import Image, Planes
from formcheck.video import Clip, image_of, planes_of
from runner import Runner

FPS, SIZE = 30.0, (640, 360)
SAMPLE = Path(__file__).parent.parent / "sample_videos" / "neutral.mp4"
PLACES = BLAZEPOSE.present(FACE)


@pytest.fixture(scope="module")
def running() -> Report:
    raw = Runner(seconds=3, fps=FPS, px_per_m=140.0).track()
    raw = replace(raw, xy=raw.xy - [2000.0, 1500.0] + [0.5 * SIZE[0], 0.9 * SIZE[1]])
    info = VideoInfo(Path("run.mp4"), *SIZE, FPS, len(raw), len(raw) / FPS)
    return replace(interpret(info, raw, Options()), options=Options(blur_face=True))


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """No face for a detector to find."""
    monkeypatch.setattr(disguise, "FaceDetector", lambda: lambda _image: np.zeros((0, 3)))


def texture(seed: int) -> Image:
    """Fine and coarse noise, as full of detail as any face."""
    random = np.random.default_rng(seed)
    fine, coarse = (random.integers(0, 256, (SIZE[1] // n, SIZE[0] // n, 3), np.uint8) for n in (2, 8))
    return np.asarray(cv2.addWeighted(cv2.resize(fine, SIZE), 0.6, cv2.resize(coarse, SIZE), 0.4, 0), np.uint8)


@cache
def noise(seed: int) -> Planes:
    return planes_of(texture(seed))


def filmed(report: Report) -> list[tuple[float, Planes]]:
    """Pictures of noise, a different one for every frame."""
    return [(t, noise(i).copy()) for i, t in enumerate(report.trial.track.time_s.tolist())]


def left_over(before: Planes, after: Planes, head: FloatArray) -> tuple[float, float]:
    """Of detail finer than a fifth of a head, within a face: how much is left, and how similar it is."""
    x, y, reach = (float(v) for v in head)
    face = np.hypot(*(np.indices(before.luma.shape) - np.array([y, x])[:, None, None])) < 0.6 * reach
    details = [p.luma - cv2.GaussianBlur(p.luma.astype(np.float32), (0, 0), reach / 5) for p in (before, after)]
    a, b = (detail[face] for detail in details)
    return float(b.std() / a.std()), float(np.corrcoef(a, b)[0, 1])


def true_heads(report: Report) -> FloatArray:
    """(T, 3) as ``runner_heads``, from the drawn runner's own landmarks, for a head 0.11 m around the face."""
    middle = report.trial.track.xy[:, PLACES].mean(axis=1)
    return np.column_stack([middle, np.full(len(middle), 0.11 * 140)])


@pytest.mark.slow
@pytest.mark.usefixtures("nobody")
@pytest.mark.parametrize("lost", [(0, 0), (0, 12), (30, 45), (70, 90)], ids=["never", "first", "between", "last"])
def test_in_every_frame_the_runners_face_is_unlike_itself(running: Report, lost: tuple[int, int]) -> None:
    """Even where its landmarks are missing."""
    track = running.trial.track
    xy = track.xy.copy()
    xy[slice(*lost), PLACES] = np.nan
    report = replace(running, trial=replace(running.trial, track=replace(track, xy=xy)))
    before = [(t, p.copy()) for t, p in filmed(running)]
    after = list(faceless(report, filmed(running)))
    assert [t for t, _ in after] == [t for t, _ in before]
    left = [left_over(a, b, head) for (_, a), (_, b), head in zip(before, after, true_heads(running), strict=True)]
    much, alike = np.array(left).T
    assert much.max() < 0.1
    assert np.abs(alike).mean() < 0.2


@pytest.mark.usefixtures("nobody")
def test_nothing_but_the_head_is_touched(running: Report) -> None:
    for (_, before), (_, after), (x, y, reach) in zip(
        filmed(running), faceless(running, filmed(running)), runner_heads(running.trial.track), strict=True
    ):
        changed = np.argwhere(before.luma != after.luma)
        assert len(changed)
        assert np.hypot(*(changed - (y, x)).T).max() <= reach + 2
        assert reach < 0.25 * running.trial.track.body_height_px


@pytest.mark.slow
@pytest.mark.usefixtures("nobody")
def test_at_a_cut_a_face_is_covered_that_is_found_again_only_later(running: Report) -> None:
    """When it is not known whether a frame belongs to the shot before or after, in both places."""
    track = running.trial.track
    truth = track.xy.copy()
    truth[45:] += [200.0, 0.0]
    seen = truth.copy()
    seen[44:50] = np.nan
    report = replace(running, trial=replace(running.trial, track=replace(track, xy=seen)))
    heads = true_heads(replace(running, trial=replace(running.trial, track=replace(track, xy=truth))))
    after = [picture for _, picture in faceless(report, filmed(running))]
    left = [left_over(a, b, head) for (_, a), b, head in zip(filmed(running), after, heads, strict=True)]
    assert np.array(left)[:, 0].max() < 0.1


def test_where_the_face_is_doubtful_more_is_covered(running: Report) -> None:
    track = running.trial.track
    confidence = track.confidence.copy()
    confidence[40:50, PLACES] = 0.2
    sure, unsure = runner_heads(track)[:, 2], runner_heads(replace(track, confidence=confidence))[:, 2]
    assert (unsure[40:50] > 1.4 * sure[40:50]).all()
    assert unsure[:35] == pytest.approx(sure[:35])


def test_what_a_disc_holds_afterwards_are_a_few_means() -> None:
    """Pictures with the same means are the same afterwards: nothing can tell which it was."""
    first, second = planes_of(texture(1)), planes_of(texture(1))
    cell = 2 * 40 // disguise.CELLS
    block = second.luma[100 + 2 * cell : 100 + 3 * cell, 200 + 2 * cell : 200 + 3 * cell]
    block[:] = block[::-1, ::-1].copy()  # another picture with the same means
    for picture in (first, second):
        make_coarse(picture, 239.5, 139.5, 40)
    assert (first.data == second.data).all()


def test_a_head_beyond_the_pictures_edge_is_covered_as_coarsely() -> None:
    picture = planes_of(texture(2))
    make_coarse(picture, 5.0, 100.0, 40.0)
    make_coarse(picture, -500.0, 100.0, 40.0)
    make_coarse(picture, 300.0, 358.0, 1.0)
    rows = picture.luma[85:115, :30].astype(float)
    assert np.abs(np.diff(rows, axis=0)).mean() < 3


@pytest.mark.parametrize(
    ("memory", "before_s"), [(disguise.HELD_BYTES, disguise.HELD_S), (1, disguise.DETECT_EVERY / FPS)]
)
def test_a_face_that_is_found_is_covered_before_and_after(
    running: Report, monkeypatch: pytest.MonkeyPatch, memory: int, before_s: float
) -> None:
    """For as long before as there is memory to hold pictures back."""
    asked = iter(range(1000))

    def found(_image: Image) -> FloatArray:
        return np.array([[80.0, 90.0, 30.0]]) if next(asked) == 6 else np.zeros((0, 3))

    monkeypatch.setattr(disguise, "HELD_BYTES", memory)
    monkeypatch.setattr(disguise, "FaceDetector", lambda: found)
    covered = [
        time_s
        for (time_s, before), (_, after) in zip(filmed(running), faceless(running, filmed(running)), strict=True)
        if (before.luma[70:110, 60:100] != after.luma[70:110, 60:100]).any()
    ]
    looked = covered[-1] - disguise.HELD_S  # the seventh time, each in the first frame that comes so long after another
    assert looked == pytest.approx(6 * (disguise.DETECT_EVERY_S + 0.5 / FPS), abs=0.15)
    assert covered[0] == pytest.approx(looked - before_s, abs=1.5 / FPS)


def test_a_face_that_runs_past_is_covered_between_two_looks_too(
    running: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By 2.5 times its side from look to look; beside it, one that stays where it is."""
    side, px_s = 24.0, 2.5 * 24.0 / disguise.DETECT_EVERY_S
    shown: list[float] = []

    def found(_image: Image) -> FloatArray:
        return np.array([[20.0 + px_s * shown[-1], 60.0, side], [600.0, 300.0, side]])

    def passing() -> Iterator[tuple[float, Planes]]:
        for time_s, picture in filmed(running)[:30]:
            shown.append(time_s)
            yield time_s, picture

    monkeypatch.setattr(disguise, "FaceDetector", lambda: found)
    bare = [picture.luma for _, picture in filmed(running)]
    for (time_s, after), before in zip(faceless(running, passing()), bare, strict=False):
        face = np.s_[round(60 - side / 4) : round(60 + side / 4), round(20 + px_s * time_s)]
        assert (after.luma[face] != before[face]).mean() > 0.8


@pytest.mark.slow
def test_in_stills_a_face_is_covered_that_is_found_only_beside_them(
    running: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def picture(number: int) -> Image:
        image = texture(0)
        image[:32, :32] = 20 + 2 * number
        return image

    path = clips.make(tmp_path / "run.mp4", np.arange(90) / FPS, picture, encoding={"crf": "5"})
    report = replace(running, trial=replace(running.trial, video=replace(running.trial.video, path=path)))
    stills = Stills(report)
    alone = {round(time_s * FPS) for time_s in stills.times_s}

    def found(image: Image) -> FloatArray:
        number = round((float(image[:32, :32].mean()) - 20) / 2)
        return np.zeros((0, 3)) if number in alone else np.array([[80.0, 90.0, 30.0]])

    monkeypatch.setattr(disguise, "FaceDetector", lambda: found)
    shown = {round(time_s, 3): picture for time_s, picture in pipeline.frames_of(report, stills)}
    bare = dict(Clip(path).planes_at(stills.times_s))
    assert len(bare) == len(stills.times_s) > 5
    for time_s, before in bare.items():
        assert (before.luma[70:110, 60:100] != shown[round(time_s, 3)].luma[70:110, 60:100]).any()


@pytest.mark.slow
def test_a_detector_finds_the_face_in_the_sample_and_none_once_it_is_covered() -> None:
    report = replace(pipeline.analyze(SAMPLE, Options(model="lite", end=1.5)), options=Options(blur_face=True))
    detector, head = FaceDetector(), runner_heads(report.trial.track)
    frames = [(t, p) for t, p in Clip(SAMPLE, end_s=1.5).planes()][::6]

    def seen(picture: Planes, place: FloatArray) -> bool:
        faces = detector(image_of(picture))
        return bool((np.hypot(*(faces[:, :2] - place[:2]).T) < place[2]).any())

    places = [head[int(np.argmin(np.abs(report.trial.track.time_s - t)))] for t, _ in frames]
    assert sum(seen(p, place) for (_, p), place in zip(frames, places, strict=True)) > 0.5 * len(frames)
    after = faceless(report, [(t, p.copy()) for t, p in frames])
    assert not any(seen(p, place) for (_, p), place in zip(after, places, strict=True))


def outputs(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.suffix in (".mp4", ".png")
    }


@pytest.mark.slow
@pytest.mark.parametrize("with_video", [True, False])
def test_of_a_stick_figure_no_pixel_of_the_clip_comes_through(
    running: Report, tmp_path: Path, with_video: bool
) -> None:
    """Whatever the clip shows, and even when it no longer exists, the pictures are byte for byte the same."""
    written = []
    for number, shade in enumerate((10, 200, None)):
        path = tmp_path / f"{number}.mp4"
        if shade is not None:
            shades = np.full((*SIZE[::-1], 3), shade, np.uint8)
            clips.make(path, np.arange(90) / FPS, lambda i, shades=shades: shades + np.uint8(i // 2))
        video = replace(running.trial.video, path=path)
        report = replace(running, trial=replace(running.trial, video=video), options=Options(stick_figure=True))
        pipeline.write(report, tmp_path / f"out{number}", with_video)
        written.append(outputs(tmp_path / f"out{number}"))
    assert ("annotated.mp4" in written[0]) == with_video
    assert "stills/kinogram.png" in written[0]
    assert [name for name in written[0] if len({each.get(name) for each in written}) > 1] == []


def test_the_plain_ground_has_a_picture_for_each_frame(running: Report) -> None:
    pictures = list(plain(running))
    assert [t for t, _ in pictures] == pytest.approx(running.trial.track.time_s)
    assert {(p.width, p.height) for _, p in pictures} == {SIZE}
    assert all((p.luma == p.luma[0, 0]).all() for _, p in pictures)


def test_the_stick_figure_has_a_head(running: Report, tmp_path: Path) -> None:
    pipeline.write(replace(running, options=Options(stick_figure=True)), tmp_path, with_video=True)
    frame = list(Clip(tmp_path / "annotated.mp4"))[30].image.astype(int)
    x, y = running.trial.track.mid("ear")[30]
    above = frame[round(y) - 25 : round(y) - 3, round(x)].sum(axis=1)
    assert above.max() > above.min() + 300


def test_a_stick_figure_has_no_face_to_cover() -> None:
    assert Options().disguise == "none"
    assert Options(blur_face=True).disguise == "faceless"
    assert Options(blur_face=True, stick_figure=True).disguise == "figure"
