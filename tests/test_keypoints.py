"""Landmarks from files: our own give the numbers they came from, other people's what their points allow, no more."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import clips
import numpy as np
import pytest
import schemas
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from builders import every_second
from formcheck import passes, pipeline
from formcheck.backends import BACKENDS, KEYPOINTS
from formcheck.cli import main
from formcheck.datatypes import (
    FormcheckError,
    NothingMeasurableError,
    NotUnderstoodError,
    Options,
    Outline,
    Person,
    PoseTrack,
    Report,
    UnreadableInputError,
    VideoInfo,
)
from formcheck.keypoints import SUFFIXES, load, people
from formcheck.keypoints.ours import CELLS
from formcheck.keypoints.points import Points
from formcheck.knowledge import calibration
from formcheck.landmarks import BLAZEPOSE, IDLE, MIDDLES, LandmarkSet, marker_name
from formcheck.metrics import METRICS, Need, series
from formcheck.outline import HEIGHTS
from formcheck.report import json_text
from formcheck.words import sentence
from runner import LEG, Runner

VIDEO = VideoInfo(Path("clip.mp4"), 4000, 3000, 60.0, 300, 5.0)
HEIGHT = Options(height_cm=100 * LEG / 0.491)
EXPORTED = replace(HEIGHT, export=("npz", "trc", "openpose"))
RUNNER = Runner(noise_px=1.0, overstride_m=0.1, seconds=5.0)
SAME_AS = {"head": "nose", **{f"{side}_small_toe": f"{side}_foot_index" for side in ("left", "right")}}
ONLY_COUNTED = {"cadence_spm"}


def as_kept(track: PoseTrack) -> PoseTrack:
    """In the precision in which a clip's landmarks are kept."""
    points = {name: getattr(track, name).astype(np.float32).astype(float) for name in ("xy", "world", "confidence")}
    return replace(track, **points)


@cache
def seen() -> PoseTrack:
    track = as_kept(RUNNER.track())
    return replace(track, roll_deg=1.0, roll_sd_deg=0.4, turn_deg=np.linspace(-1.0, 1.0, len(track)))


@cache
def report() -> Report:
    return pipeline.interpret(VIDEO, seen(), EXPORTED)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("given out")
    pipeline.write(report(), into, with_video=False)
    return into


@pytest.fixture(autouse=True)
def _nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(*_: object) -> None:
        raise AssertionError("a pose model was asked")

    monkeypatch.setattr(passes, "open_backend", look)


def again(file: Path, clip: Path | None = None, **said: Any) -> Report:
    return pipeline.analyze(clip or file, replace(HEIGHT, keypoints=str(file), **said))


def of_set(landmarks: LandmarkSet, track: PoseTrack | None = None) -> np.ndarray:
    """(T, K, 3) x, y and confidence of another set's points, as well as BlazePose's show where they would be."""
    track = track or seen()
    places = []
    for name in landmarks.names:
        xy = track.mid(MIDDLES[name]) if name in MIDDLES else track.point(SAME_AS.get(name, name))
        places.append(np.column_stack([xy, np.full(len(track), 0.8)]))
    return np.stack(places, axis=1)


def openpose(points: np.ndarray) -> dict[str, Any]:
    """A frame of one person or of several, (people, K, 3)."""
    people = [{"person_id": [-1], "pose_keypoints_2d": person.ravel().tolist()} for person in points]
    return {"version": 1.3, "people": people}


def write_folder(into: Path, points: np.ndarray) -> Path:
    into.mkdir()
    for frame, place in enumerate(points):
        (into / f"run_{frame:012d}_keypoints.json").write_text(json.dumps(openpose(place[None])), encoding="utf-8")
    return into


def write_zip(into: Path, points: np.ndarray) -> Path:
    with zipfile.ZipFile(file := into.with_suffix(".zip"), "w") as packed:
        for frame, place in enumerate(points):
            packed.writestr(f"json/run_{frame:06d}.json", json.dumps(openpose(place[None])))
    return file


def write_alphapose(into: Path, points: np.ndarray) -> Path:
    told = [
        {"image_id": f"{i}.jpg", "category_id": 1, "keypoints": place.ravel().tolist(), "score": 2.9, "idx": 1}
        for i, place in enumerate(points)
    ]
    (file := into.with_suffix(".json")).write_text(json.dumps(told), encoding="utf-8")
    return file


def write_coco(into: Path, points: np.ndarray) -> Path:
    told = {
        "images": [{"id": 7000 + i} for i in range(len(points))],
        "annotations": [{"image_id": 7000 + i, "keypoints": p.ravel().tolist()} for i, p in enumerate(points)],
    }
    (file := into.with_suffix(".json")).write_text(json.dumps(told), encoding="utf-8")
    return file


def write_mmpose(into: Path, points: np.ndarray) -> Path:
    told = [
        {"frame_id": i + 1, "instances": [{"keypoints": p[:, :2].tolist(), "keypoint_scores": p[:, 2].tolist()}]}
        for i, p in enumerate(points)
    ]
    (file := into.with_suffix(".json")).write_text(json.dumps({"meta_info": {}, "instance_info": told}), "utf-8")
    return file


WRITERS = {
    "folder": write_folder, "zip": write_zip, "alphapose": write_alphapose, "coco": write_coco, "mmpose": write_mmpose,
}  # fmt: skip


def write_trc(file: Path, track: PoseTrack, landmarks: LandmarkSet, per_px: float, *, up: bool, unit: str) -> Path:
    """As Sports2D does, whose header says metres even for pixels."""
    points = of_set(landmarks, track)[..., :2] * per_px * np.array([1, -1 if up else 1])
    names = [marker_name(name) for name in landmarks.names]
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{file}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"60\t60\t{len(track)}\t{len(names)}\t{unit}\t60\t0\t{len(track)}",
        "Frame#\tTime\t" + "\t\t\t".join(names) + "\t\t\t",
        "\t\t" + "\t".join(f"X{i + 1}\tY{i + 1}\tZ{i + 1}" for i in range(len(names))),
    ]
    for i, place in enumerate(points):
        cells = "\t".join(f"{x}\t{y}\t0.0" for x, y in place)
        lines.append(f"{i}\t{track.time_s[i]}\t{cells}")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def numbers(of: Report) -> dict[str, tuple[object, ...]]:
    return {m.name: (m.missing, m.n, *map(float, (m.value, m.low, m.high))) for m in of.measurements}


def same(ours: Report, theirs: Report, within: float = 1e-9) -> None:
    for name, (missing, n, *values) in numbers(ours).items():
        other = numbers(theirs)[name]
        assert other[:2] == (missing, n), name
        assert other[2:] == pytest.approx(values, abs=within, nan_ok=True), name


def test_our_own_give_the_numbers_they_came_from(folder: Path) -> None:
    found = again(folder / "keypoints.npz")
    same(report(), found)
    assert found.trial.gait.contacts == report().trial.gait.contacts
    assert repr(found.findings) == repr(report().findings)  # NaN is not equal to itself
    assert set(found.warnings) == {*report().warnings, "there is no video with these landmarks: nothing is drawn"}


def test_those_of_an_earlier_version_know_of_no_turn_of_the_camera(folder: Path, tmp_path: Path) -> None:
    with np.load(folder / "keypoints.npz") as kept:
        np.savez(tmp_path / "keypoints.npz", **{name: kept[name] for name in kept if name != "turn_deg"})
    assert not again(tmp_path / "keypoints.npz").trial.track.turn_deg.any()
    assert again(folder / "keypoints.npz").trial.track.turn_deg.any()


@pytest.mark.parametrize("factor", [1.3, 1.6, 4.0])
def test_slow_motion_that_was_told_once_need_not_be_told_again(tmp_path: Path, factor: float) -> None:
    slow = replace(VIDEO, slow_motion_factor=factor)
    first = pipeline.interpret(slow, seen(), replace(EXPORTED, slowmo=factor))
    pipeline.write(first, tmp_path, with_video=False)
    found = again(tmp_path / "keypoints.npz")
    assert found.trial.video.slow_motion_factor == pytest.approx(factor)
    same(first, found, 1e-6)
    told, retold = (json.loads(json_text(one))["contacts"] for one in (first, found))
    assert [event["time_s"] for event in retold] == pytest.approx([event["time_s"] for event in told])

    table = again(tmp_path / "frames.csv")
    assert table.trial.video.slow_motion_factor == pytest.approx(factor)
    assert table.measurement("cadence_spm").value == pytest.approx(first.measurement("cadence_spm").value, abs=0.1)
    contact_ms = first.measurement("contact_time_ms")
    assert table.measurement("contact_time_ms").value == pytest.approx(contact_ms.value, abs=0.1 * contact_ms.value)


@pytest.mark.parametrize("said", [{}, {"slowmo": 1.6}, {"capture_fps": 60.0}])
def test_a_table_alone_cannot_say_whether_it_was_slow_motion(tmp_path: Path, said: dict[str, float]) -> None:
    slow = replace(VIDEO, slow_motion_factor=1.6)
    pipeline.write(pipeline.interpret(slow, seen(), replace(EXPORTED, slowmo=1.6)), tmp_path, with_video=False)
    (tmp_path / "report.json").unlink()
    found = again(tmp_path / "frames.csv", **said)
    assert any("slow motion, say so" in warning for warning in found.warnings) != bool(said)
    assert found.trial.video.slow_motion_factor == pytest.approx(1.6 if said else 1.0, rel=0.01)


@pytest.mark.parametrize("times", [2, 3])
def test_that_a_film_repeats_pictures_is_told_of_its_landmarks_too(tmp_path: Path, times: int) -> None:
    which = np.arange(len(seen())) // times * times
    arrays = {name: getattr(seen(), name)[which] for name in ("xy", "world", "confidence", "camera_xy", "turn_deg")}
    arrays["xy"][50:80] = np.nan  # in which nobody is seen
    pipeline.write(pipeline.interpret(VIDEO, replace(seen(), **arrays), EXPORTED), tmp_path, with_video=False)
    for name in ("keypoints.npz", "frames.csv", "openpose.zip"):
        warnings = again(tmp_path / name, fps=60.0).warnings
        (said,) = (words for words in warnings if "only repeat the one before" in words)
        assert float(said.split("%")[0]) == pytest.approx(100 * (1 - 1 / times), abs=2)


def test_a_part_of_them_is_that_part(folder: Path) -> None:
    found = again(folder / "keypoints.npz", start=1.0, end=4.0)
    assert found.trial.track.time_s[[0, -1]] == pytest.approx([1.0, 4.0])
    assert found.measurement("cadence_spm").value == pytest.approx(170, abs=0.5)
    with pytest.raises(NotUnderstoodError, match="start=99"):
        again(folder / "keypoints.npz", start=99.0)


def test_the_table_of_frames_gives_the_same_but_for_what_it_lacks(folder: Path) -> None:
    found = again(folder / "frames.csv")
    assert found.trial.track.model == "heavy"  # the report beside it says so
    assert len(found.trial.gait.contacts) == len(report().trial.gait.contacts)
    for m in report().measurements:
        other = found.measurement(m.name)
        if m.missing is None and Need.STEADY_CAMERA in METRICS[m.name].requires:
            assert other.missing == "camera_moves", m.name
        elif m.missing is None:
            assert other.value == pytest.approx(m.value, abs=0.5 * (m.high - m.low)), m.name
            assert other.high - other.low > 0.9 * (m.high - m.low), m.name
    contact_ms = report().measurement("contact_time_ms")
    tenth = 0.1 * (contact_ms.high - contact_ms.low)  # landmarks in the table are clean, and cleaned again
    assert found.measurement("contact_time_ms").value == pytest.approx(contact_ms.value, abs=tenth)
    (lacks,) = (warning for warning in found.warnings if "frames.csv" in warning)
    assert sentence(lacks).startswith("The table frames.csv lacks")  # its name keeps the small letter


def test_a_table_without_its_report_is_of_unknown_networks(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "frames.csv").write_bytes((folder / "frames.csv").read_bytes())
    found = again(tmp_path / "frames.csv")
    assert found.trial.track.model == "blazepose"
    assert {m.name for m in found.measurements if m.missing is None} == ONLY_COUNTED


@pytest.mark.slow
@pytest.mark.parametrize("model", [name for name in KEYPOINTS if name not in ("blazepose", "feet22")])
@pytest.mark.parametrize("writer", ["folder", "alphapose"])
def test_other_peoples_points_are_counted_by_and_say_why_no_more(tmp_path: Path, model: str, writer: str) -> None:
    landmarks = KEYPOINTS[model].landmarks
    found = again(WRITERS[writer](tmp_path / "run", of_set(landmarks)), fps=60.0)
    assert found.trial.track.model == model
    assert found.trial.gait.view.name == "side"
    assert found.trial.gait.view.facing == "right"
    assert found.measurement("cadence_spm").value == pytest.approx(170, abs=0.5)
    assert {m.name for m in found.measurements if m.missing is None} == ONLY_COUNTED
    assert found.measurement("trunk_lean_deg").missing == "not_calibrated"
    assert found.measurement("shoulder_hunch_deg").missing == "no_outline"
    expected = "not_calibrated" if landmarks.shows("feet") else "no_feet"
    assert found.measurement("foot_inclination_deg").missing == expected
    assert any("how far off they are is not known" in warning for warning in found.warnings)
    schemas.validate(json.loads(json_text(found)))


@pytest.mark.parametrize("writer", ["zip", "coco", "mmpose"])
def test_each_way_of_writing_is_read_alike(tmp_path: Path, writer: str) -> None:
    points = of_set(KEYPOINTS["coco17"].landmarks)[:40]
    read, expected = (load(WRITERS[way](tmp_path / way, points)) for way in (writer, "folder"))
    assert read.frames.tolist() == expected.frames.tolist() == list(range(40))  # type: ignore[union-attr]
    for ours, theirs in zip(read.people, expected.people, strict=True):  # type: ignore[union-attr]
        assert np.allclose(ours[0].xy, theirs[0].xy)
        assert np.allclose(ours[0].confidence, 0.8)


@pytest.mark.parametrize("packed", [False, True])
def test_what_macos_puts_beside_the_files_is_no_frame(tmp_path: Path, packed: bool) -> None:
    points = of_set(KEYPOINTS["coco17"].landmarks)[:3]
    if packed:
        file = write_zip(tmp_path / "run", points)
        with zipfile.ZipFile(file, "a") as more:
            more.writestr("__MACOSX/json/._run_000000.json", b"\0\5\26\7")
    else:
        file = write_folder(tmp_path / "run", points)
        (file / "._run_000000000000_keypoints.json").write_bytes(b"\0\5\26\7")
    assert load(file).frames.tolist() == [0, 1, 2]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("seen_in", "images", "expected"),
    [
        ([7, 8, 9], [5, 6, 7, 8, 9], [2, 3, 4]),
        ([7, 8, 9], [], [7, 8, 9]),
        ([0, 1], None, [0, 1]),
        ([1, 2], None, [0, 1]),
        ([30, 31], None, [30, 31]),
        ([900_001, 900_002], None, [0, 1]),
    ],
)
def test_where_images_have_numbers_the_first_one_listed_is_the_first_frame(
    tmp_path: Path, seen_in: list[int], images: list[int] | None, expected: list[int]
) -> None:
    """Nobody may be in the first frames."""
    people: Any = [
        {"image_id": i, "keypoints": of_set(KEYPOINTS["coco17"].landmarks)[i % 9].ravel().tolist()} for i in seen_in
    ]
    told = people if images is None else {"images": [{"id": i} for i in images], "annotations": people}
    (file := tmp_path / "run.json").write_text(json.dumps(told), encoding="utf-8")
    assert load(file).frames.tolist() == expected  # type: ignore[union-attr]


def test_numbers_that_no_frame_of_the_clip_has_are_counted_from_the_smallest(tmp_path: Path) -> None:
    pose = of_set(KEYPOINTS["coco17"].landmarks)[0].ravel().tolist()
    for smallest, expected in ((290, 290), (7000, 0)):
        (file := tmp_path / "run.json").write_text(
            json.dumps([{"image_id": smallest + i, "keypoints": pose} for i in range(9)])
        )
        points = load(file)
        assert isinstance(points, Points)
        assert points.of_clip(VIDEO).frames.tolist() == list(range(expected, expected + 9))


def test_angles_of_other_peoples_points_say_that_their_error_is_not_known(tmp_path: Path) -> None:
    found = again(write_alphapose(tmp_path / "run", of_set(KEYPOINTS["halpe26"].landmarks)), fps=60.0)
    of = {column.name: column for column in series(found.trial)}
    assert np.nanmean(of["trunk_lean_deg"].values) == pytest.approx(RUNNER.lean_deg, abs=0.5)
    assert of["trunk_lean_deg"].added == 0
    assert np.isnan(of["trunk_lean_deg"].error_sd)
    assert of["left_stride_pct"].missing == "contacts_not_found"


@pytest.mark.parametrize(
    ("per_px", "up", "unit"), [(1 / 300, True, "m"), (1000 / 300, True, "mm"), (1.0, False, "m")],
    ids=["metres", "millimetres", "pixels that are called metres"],
)  # fmt: skip
def test_markers_bring_their_times(tmp_path: Path, per_px: float, up: bool, unit: str) -> None:
    landmarks = KEYPOINTS["feet22"].landmarks
    found = again(write_trc(tmp_path / "run.trc", seen(), landmarks, per_px, up=up, unit=unit))
    assert found.trial.track.model == "feet22"
    assert found.measurement("cadence_spm").value == pytest.approx(170, abs=0.5)
    assert found.trial.gait.view.facing == "right"


@pytest.mark.parametrize(
    ("per_px", "up", "unit", "times"),
    [(1 / 300, True, "m", 5 / 3), (1000 / 300, True, "mm", 5 / 3), (1.0, False, "m", 1.0), (1.0, True, "px", 1.0)],
)
def test_markers_stand_as_in_a_picture_whatever_their_unit_and_which_way_is_up(
    tmp_path: Path, per_px: float, up: bool, unit: str, times: float
) -> None:
    """Those in metres or millimetres as at 500 pixels a metre; drawn at 300."""
    landmarks = KEYPOINTS["feet22"].landmarks
    found = load(write_trc(tmp_path / "run.trc", seen(), landmarks, per_px, up=up, unit=unit))
    assert isinstance(found, Points)
    places, drawn = found.people[50][0].xy, of_set(landmarks)[50, :, :2]
    assert places - places[0] == pytest.approx(times * (drawn - drawn[0]))
    assert found.in_picture == (not up)


def test_markers_in_real_time_that_are_said_to_be_slowed_down_are_said_to_be_at_real_speed(tmp_path: Path) -> None:
    """Without the video nothing else shows by which clock the file goes."""
    file = write_trc(tmp_path / "m.trc", seen(), KEYPOINTS["feet22"].landmarks, 1 / 300, up=True, unit="m")
    said = again(file, slowmo=4.0).warnings
    assert any("looks at real speed" in words and "`slowmo=1`" in words for words in said)
    assert again(file, slowmo=1.0).measurement("cadence_spm").value == pytest.approx(170, abs=0.5)


@pytest.mark.parametrize("name", ["frames.csv", "markers.trc"])
def test_a_number_with_an_underscore_is_none(folder: Path, tmp_path: Path, name: str) -> None:
    *lines, last = (folder / name).read_text("utf-8").splitlines()
    spoilt = re.sub(r"(\d)(\d)$", r"\1_\2", last)
    assert (spoilt != last, load(folder / name) is not None) == (True, True)
    (tmp_path / name).write_text("\n".join([*lines, spoilt]), encoding="utf-8")
    with pytest.raises(UnreadableInputError, match="no keypoints that can be read"):
        load(tmp_path / name)


def test_our_own_markers_and_openpose_files_are_read_again(folder: Path) -> None:
    for found in (again(folder / "markers.trc"), again(folder / "openpose.zip", fps=60.0)):
        assert found.measurement("cadence_spm").value == pytest.approx(170, abs=0.5)
    assert (np.array(load(folder / "openpose.zip").frames) == report().trial.track.frames).all()  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["keypoints.npz", "frames.csv", "markers.trc"])
def test_frames_a_second_count_only_where_the_file_does_not_say(folder: Path, name: str) -> None:
    """As the help has it: the file's own times would be told from no others by who looks at the report."""
    own, told = again(folder / name), again(folder / name, fps=30.0)
    assert (told.trial.track.time_s == own.trial.track.time_s).all()
    assert told.trial.video.fps == own.trial.video.fps


@pytest.mark.slow
def test_of_several_the_one_who_runs_is_followed_and_any_other_by_number(tmp_path: Path) -> None:
    """Two people who get in each other's way, listed in either order, and an empty person now and then."""
    landmarks = KEYPOINTS["body25"].landmarks
    runs = of_set(landmarks)
    stands = np.repeat(of_set(landmarks)[:1], len(runs), axis=0)
    stands[..., 0] += np.linspace(-400, 400, len(runs))[:, None]  # passes behind
    (folder := tmp_path / "two").mkdir()
    random = np.random.default_rng(1)
    for frame, both in enumerate(np.stack([stands, runs], axis=1)):
        people = openpose(both[random.permutation(2)])
        people["people"] += [{"pose_keypoints_2d": []}] if frame % 7 == 0 else []
        (folder / f"a_{frame:012d}_keypoints.json").write_text(json.dumps(people), encoding="utf-8")
    found = again(folder, fps=60.0)
    assert found.measurement("cadence_spm").value == pytest.approx(170, abs=0.7)
    assert found.trial.track.person.of >= 2
    other = next(number for number in (1, 2) if number != found.trial.track.person.number)
    assert not again(folder, fps=60.0, person=other).trial.gait.contacts


@pytest.mark.slow
def test_whoever_runs_is_found_in_a_crowd(tmp_path: Path) -> None:
    """Listed last, behind more people than are followed at once in a video."""
    landmarks = KEYPOINTS["body25"].landmarks
    runs, still = of_set(landmarks), np.repeat(of_set(landmarks)[:1], len(of_set(landmarks)), axis=0)
    (folder := tmp_path / "crowd").mkdir()
    aside = [still + np.array([place, 0, 0]) for place in (-900, -600, -300, 300, 600, 900)]
    for frame, there in enumerate(np.stack([*aside, runs], axis=1)):
        (folder / f"a_{frame:012d}_keypoints.json").write_text(json.dumps(openpose(there)), encoding="utf-8")
    found = again(folder, fps=60.0)
    assert found.trial.track.person.of == 7
    assert found.measurement("cadence_spm").value == pytest.approx(170, abs=0.7)


def test_a_file_without_times_needs_them_told(tmp_path: Path) -> None:
    file = write_alphapose(tmp_path / "run", of_set(KEYPOINTS["coco17"].landmarks)[:60])
    with pytest.raises(NotUnderstoodError, match="`fps`"):
        again(file)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    wall = np.kron(np.random.default_rng(0).integers(0, 255, (12, 20, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    return clips.make(tmp_path_factory.mktemp("clips") / "run.mp4", np.arange(300) / 60, lambda _: wall)


def fitted(points: np.ndarray) -> np.ndarray:
    """Points within the pictures of ``clip``."""
    low, high = points[..., :2].min(axis=(0, 1)), points[..., :2].max(axis=(0, 1))
    scale = 100 / (high - low).max()
    return np.concatenate([(points[..., :2] - low) * scale + 5, points[..., 2:]], axis=-1)


@pytest.mark.slow
def test_with_the_video_its_times_are_taken_and_all_is_drawn(tmp_path: Path, clip: Path) -> None:
    file = write_folder(tmp_path / "keypoints", fitted(of_set(KEYPOINTS["body25"].landmarks)))
    found = again(file, clip)
    assert found.trial.track.fps == pytest.approx(60, rel=1e-3)
    assert found.measurement("cadence_spm").value == pytest.approx(170, abs=0.7)
    assert np.abs(found.trial.track.camera_xy).max() < 1  # the camera is still, and that is seen
    assert not any("nothing is drawn" in warning for warning in found.warnings)
    pipeline.write(found, tmp_path / "out")
    assert (tmp_path / "out" / "annotated.mp4").exists()
    told = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert (told["keypoints"], told["video"]["path"]) == (str(file), str(clip))


def test_with_the_video_the_runner_is_whom_it_is_aimed_at(tmp_path: Path, clip: Path) -> None:
    """Of two who run alike; without it, nothing tells where the picture has its middle: the larger is followed."""
    runs = fitted(of_set(KEYPOINTS["body25"].landmarks))
    runs[..., 0] -= runs[..., 0].mean()
    middle, side = runs + np.array([80, 0, 0]), 1.2 * runs + np.array([30, 0, 0])
    (folder := tmp_path / "two").mkdir()
    for frame, both in enumerate(np.stack([side, middle], axis=1)):
        (folder / f"a_{frame:012d}_keypoints.json").write_text(json.dumps(openpose(both)), encoding="utf-8")
    for film, said, place in ((clip, {}, 80), (None, {"fps": 60.0}, 30)):
        track = again(folder, film, **said).trial.track
        assert float(np.nanmedian(track.mid("hip")[:, 0])) == pytest.approx(place, abs=10)
        assert ("middle of the picture" in track.person.reason) == (film is not None)


@pytest.mark.slow
def test_markers_of_a_later_part_of_the_video_are_put_to_their_frames(tmp_path: Path, clip: Path) -> None:
    track = seen().between(60, 240)
    xy = fitted(seen().xy)[60:240]
    file = write_trc(tmp_path / "px.trc", replace(track, xy=xy), KEYPOINTS["feet22"].landmarks, 1.0, up=False, unit="m")
    found = again(file, clip)
    known = np.flatnonzero(np.isfinite(found.trial.track.xy[:, 0, 0]))
    assert known[[0, -1]] == pytest.approx([60, 239], abs=1)
    assert found.trial.video.filmed
    assert found.measurement("cadence_spm").value == pytest.approx(170, abs=1.0)


@pytest.mark.slow
@pytest.mark.parametrize("timed_by", ["real time", "the clip"])
def test_markers_of_a_clip_in_slow_motion_are_put_to_their_frames(tmp_path: Path, clip: Path, timed_by: str) -> None:
    """As we write them, and as programs do that were not told that the clip is slow."""
    track = as_kept(Runner(fps=240.0, seconds=1.25).track())
    xy, time_s = fitted(track.xy), track.time_s * (1 if timed_by == "real time" else 4)
    landmarks = KEYPOINTS["feet22"].landmarks
    file = write_trc(tmp_path / "px.trc", replace(track, xy=xy, time_s=time_s), landmarks, 1.0, up=False, unit="m")
    found = again(file, clip, slowmo=4.0)
    assert found.trial.track.point("left_knee") == pytest.approx(replace(track, xy=xy).point("left_knee"), abs=3.0)


@pytest.mark.slow
def test_markers_fewer_than_frames_are_each_put_to_one(tmp_path: Path, clip: Path) -> None:
    landmarks, track = KEYPOINTS["feet22"].landmarks, replace(seen(), xy=fitted(seen().xy))
    file = write_trc(tmp_path / "px.trc", every_second(track), landmarks, 1.0, up=False, unit="m")
    report = again(file, clip)
    found = report.trial
    assert found.track.frames.tolist() == list(range(0, 300, 2))
    assert found.track.point("left_knee") == pytest.approx(track.point("left_knee")[::2], abs=6.0)
    assert len(found.track.clock_s) == 300
    assert report.measurement("cadence_spm").value == pytest.approx(170, abs=1.0)


@pytest.mark.slow
@pytest.mark.parametrize("every", [1, 2])
def test_frames_between_those_of_the_file_are_not_ones_in_which_nobody_was_seen(
    tmp_path: Path, clip: Path, every: int
) -> None:
    """Nobody was in those from 100 to 120."""
    points = fitted(of_set(KEYPOINTS["coco17"].landmarks))
    given = [frame for frame in range(0, 300, every) if not 100 < frame < 120]
    told = [{"image_id": f"{frame}.jpg", "keypoints": points[frame].ravel().tolist()} for frame in given]
    (file := tmp_path / "run.json").write_text(json.dumps(told), encoding="utf-8")
    _, raw, _ = pipeline.read(clip, Options(keypoints=str(file)))
    assert raw.frames[raw.seen].tolist() == given
    assert raw.frames.tolist() == list(range(0, 300, every))
    assert len(raw.clock_s) == 300


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of 30 frames that is read half as large."""
    grey, fast = np.full((1056, 8192, 3), 120, np.uint8), {"preset": "ultrafast"}
    return clips.make(tmp_path_factory.mktemp("clips") / "large.mp4", np.arange(30) / 60, lambda _: grey, encoding=fast)


@pytest.mark.slow
def test_landmarks_of_a_very_large_video_are_in_its_own_pixels(tmp_path: Path, large: Path) -> None:
    """Other people's, and those we give them; what we write for ourselves is in pixels as read."""
    points = fitted(of_set(KEYPOINTS["body25"].landmarks))[:30]
    points[..., 0] += 8000
    found = again(write_folder(tmp_path / "run", points), large, export=("npz", "openpose"))
    pipeline.write(found, tmp_path / "out", with_video=False)
    assert found.trial.track.point("left_hip") == pytest.approx(points[:, 12, :2] / 2, abs=3.0)
    for name in ("openpose.zip", "frames.csv", "keypoints.npz"):
        same_places(found, again(tmp_path / "out" / name, large))
    for name in ("frames.csv", "keypoints.npz"):  # read without the video, then exported for it
        kept = again(tmp_path / "out" / name, export=("openpose",))
        pipeline.write(kept, tmp_path / name)
        same_places(found, again(tmp_path / name / "openpose.zip", large))


def same_places(ours: Report, theirs: Report) -> None:
    one, other = (report.trial.track.point("left_hip") for report in (ours, theirs))
    assert other == pytest.approx(one, abs=3.0, nan_ok=True)


@pytest.mark.slow
def test_markers_in_metres_bring_no_pictures_but_go_by_the_videos_times(tmp_path: Path, clip: Path) -> None:
    landmarks = KEYPOINTS["feet22"].landmarks
    found = again(write_trc(tmp_path / "m.trc", seen(), landmarks, 1 / 300, up=True, unit="m"), clip)
    assert not found.trial.video.filmed
    assert any("not in pixels" in warning for warning in found.warnings)
    assert found.measurement("cadence_spm").value == pytest.approx(170, abs=0.7)
    assert np.isfinite(found.trial.track.point("left_ankle")).all()  # nothing lies beyond the picture


def test_what_our_own_know_of_slow_motion_counts_more_than_the_phones_tag(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people.video, "probe", lambda path: replace(VIDEO, path=path, capture_fps=240.0))
    same(report(), again(folder / "keypoints.npz", Path("clip.mp4")))


def test_nobody_else_is_in_our_own(folder: Path) -> None:
    with pytest.raises(NotUnderstoodError, match="person=2"):
        again(folder / "keypoints.npz", person=2)
    assert again(folder / "keypoints.npz", person=1).trial.gait.contacts


def test_the_video_of_another_runner_is_noticed(folder: Path, tmp_path: Path, clip: Path) -> None:
    with pytest.raises(UnreadableInputError, match="another clip"):
        again(folder / "keypoints.npz", clip)  # of a different size
    long = np.concatenate([fitted(of_set(KEYPOINTS["coco17"].landmarks))] * 2)
    with pytest.raises(UnreadableInputError, match="another clip"):
        again(write_alphapose(tmp_path / "long", long), clip)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["analyze", *map(str, arguments)])


def test_the_command_line_needs_no_video_and_writes_no_pictures(folder: Path, tmp_path: Path) -> None:
    done = run("--keypoints", folder / "keypoints.npz", "-o", tmp_path, "--height-cm", HEIGHT.height_cm, "--pdf")
    assert done.exit_code == 0, done.output
    into = tmp_path / "keypoints"
    assert {path.name for path in into.iterdir()} == {
        *("report.html", "report.json", "report.pdf", "steps.csv", "frames.csv")
    }
    told = json.loads((into / "report.json").read_text("utf-8"))
    schemas.validate(told)
    assert told["keypoints"] == str(folder / "keypoints.npz")
    assert "nothing is drawn" in (into / "report.html").read_text("utf-8")
    same(report(), again(folder / "keypoints.npz"))


def test_reports_without_pictures_are_compared_without_a_film(tmp_path: Path) -> None:
    """Other people's points, which have no calibration, and of which nothing is drawn."""
    file = write_alphapose(tmp_path / "halpe", of_set(KEYPOINTS["halpe26"].landmarks))
    done = run("--keypoints", file, "--fps", "60", "-o", tmp_path, "--quiet")
    assert done.exit_code == 0, done.output
    results = str(tmp_path / "halpe")
    done = CliRunner().invoke(main, ["compare", results, results, "-o", str(tmp_path / "both"), "--json"])
    assert done.exit_code == 0, done.output
    assert "without a video" in done.stdout
    (into,) = (tmp_path / "both").iterdir()
    assert {path.name for path in into.iterdir()} == {"compare.html", "compare.json"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        *[((), "give a video"), (("a.mp4", "b.mp4", "--keypoints", "a.npz"), "one video")],
        *[(("--fps", "0", "a.mp4"), "fps"), (("--keypoints", ".", "--athlete", "Ann"), "zip")],
        (("--keypoints", "a.npz", "--athlete", "Ann"), "give --date"),
    ],
)
def test_misuse_is_told(arguments: tuple[str, ...], says: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert says in done.output


def packed(**arrays: np.ndarray) -> bytes:
    np.savez(into := BytesIO(), **arrays)  # type: ignore[arg-type]
    return into.getvalue()


def person(count: int, value: object = 5.0) -> list[object]:
    return [{"image_id": "1.jpg", "keypoints": [value] * (3 * count)}, {"image_id": "2.jpg", "keypoints": [1.0] * 51}]


def zipped(**files: bytes) -> bytes:
    with zipfile.ZipFile(into := BytesIO(), "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return into.getvalue()


HOSTILE = {
    "nothing.json": b"",
    "text.json": b"hello",
    "latin.json": "é".encode("latin-1"),
    "deep.json": b"[" * 100_000,
    "nan.json": b'[{"image_id": "1.jpg", "keypoints": [NaN]}]',
    "huge.json": b'[{"image_id": "1.jpg", "keypoints": [1e999]}]',
    "far.json": json.dumps(person(17, 1e12)).encode(),
    "true.json": json.dumps(person(17, True)).encode(),
    "words.json": json.dumps(person(17, "1")).encode(),
    "few.json": json.dumps(person(4)).encode(),
    "mixed.json": json.dumps(person(18)).encode(),
    "noframe.json": b'[{"image_id": "x.jpg", "keypoints": []}]',
    "digits.json": json.dumps([{"image_id": "9" * 40 + ".jpg", "keypoints": [1.0] * 51}]).encode(),
    "float.json": json.dumps([{"image_id": 1.5, "keypoints": [1.0] * 51}]).encode(),
    "list.json": b"[1, 2]",
    "object.json": b'{"annotations": {"a": 1}}',
    "instances.json": b'{"instance_info": [{"frame_id": [], "instances": [{"keypoints": [], "keypoint_scores": []}]}]}',
    "scores.json": b'[{"frame_id": 1, "instances": [{"keypoints": [[1, 2]], "keypoint_scores": [1, 2]}]}]',
    "openpose.json": b'{"version": 1.3, "people": []}',
    "crowd.json": json.dumps([{"image_id": "1.jpg", "keypoints": [1.0] * 51}] * 200).encode(),
    "empty.zip": zipped(),
    "notzip.zip": b"PK\x03\x04",
    "locked.zip": zipped(**{"a_1.json": b"{}"}).replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"),  # noqa: E501
    "bomb.zip": zipped(**{"a_000000000000_keypoints.json": b" " * (8 * 2**20)}),
    "twice.zip": zipped(**{"a_1.json": b'{"people": []}', "b_1.json": b'{"people": []}'}),
    "notnpz.npz": b"PK\x03\x04",
    "others.npz": packed(xy=np.zeros((3, 2))),
    "pickled.npz": packed(told=np.array([{}], dtype=object)),
    "told.npz": packed(told=np.array("{}")),
    "token.npz": zipped(**{"told.npy": b"\x93NUMPY\x01\x00\x46\x00" + b"{'descr': '<U9', 'fortran_order': False, 'shape': (3L(".ljust(70)}),  # noqa: E501
    "lying.npz": zipped(**{"xy.npy": b"\x93NUMPY\x01\x00\x46\x00" + b"{'descr': '<f8', 'fortran_order': False, 'shape': (900000000000,), }\n".rjust(70)}),  # noqa: E501
    "empty.trc": b"",
    "head.trc": b"PathFileType\t4\n" * 6,
    "markers.trc": b"PathFileType\t4\nDataRate\tUnits\n60\tm\nFrame#\tTime\tRHip\n\n1\t0\t1\t2\t3\n",
    "cells.trc": b"PathFileType\t4\nDataRate\tUnits\n60\tm\nFrame#\tTime\tRHip\n\n1\t0\tx\t2\t3\n",
    "blank.trc": (
        "PathFileType\t4\nDataRate\tUnits\n60\tm\nFrame#\tTime\t"
        + "\t\t\t".join(marker_name(name) for name in KEYPOINTS["feet22"].landmarks.names)
        + "\n\n1\t0\n2\t0.1\n3\t0.2\n"
    ).encode(),
    "empty.csv": b"",
    "other.csv": b"a,b\n1,2\n",
    "short.csv": b"frame,time_s,nose_x,nose_y,nose_confidence\n1\n",
    "quote.csv": b'frame,time_s,"nose\n',
    "clip.mp4": b"",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_none_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(HOSTILE[name])
    done = run("--keypoints", tmp_path / name, "--fps", "60", "-o", tmp_path / "out")
    assert done.exit_code == 3, done.output
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert name in line
    assert len(line) < 500
    assert "internal" not in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["missing.json", "missing.npz", "folder"])
def test_what_is_not_there_is_refused_too(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    done = run("--keypoints", tmp_path / name, "--fps", "60", "-o", tmp_path / "out")
    assert done.exit_code == 3, done.output
    assert len(done.stderr.splitlines()) == 1


def changed(track: PoseTrack, **arrays: np.ndarray) -> PoseTrack:
    for name, values in arrays.items():
        object.__setattr__(track, name, values)  # bypassing its own checks
    return track


def looked(track: PoseTrack) -> Outline:
    """Eight looks at the trunk."""
    edges, cells = np.full((8, len(HEIGHTS)), 0.2), np.ones((8, *CELLS))
    return Outline(track.time_s[:8], -edges, edges, cells, np.ones((8, len(track.landmarks), 2)))


IMPOSSIBLE: dict[str, Callable[[PoseTrack], PoseTrack]] = {
    "time that stands still": lambda t: changed(t, time_s=np.zeros(len(t))),
    "time that is none": lambda t: changed(t, time_s=np.full(len(t), np.nan)),
    "a place without end": lambda t: changed(t, xy=np.where(np.arange(33)[:, None] == 3, np.inf, t.xy)),
    "too few points": lambda t: changed(t, xy=t.xy[:, :20]),
    "frames too many": lambda t: changed(t, frames=np.arange(len(t) + 1)),
    "nobody": lambda t: changed(t, xy=np.full_like(t.xy, np.nan)),
    "roll": lambda t: changed(t, roll_deg=np.float64("nan")),  # type: ignore[arg-type]
    "turn": lambda t: changed(t, turn_deg=t.turn_deg + np.nan),
    "turn of another length": lambda t: changed(t, turn_deg=t.turn_deg[1:]),
    "pitch": lambda t: changed(t, converging=np.float64("inf")),  # type: ignore[arg-type]
    "an outline of few heights": lambda t: changed(t, outline=replace(looked(t), left=np.zeros((8, 3)))),
    "an outline of fewer looks": lambda t: changed(t, outline=replace(looked(t), time_s=t.time_s[:3])),
    "an outline of text": lambda t: changed(t, outline=replace(looked(t), right=looked(t).right.astype(str))),
    "an outline of no cells": lambda t: changed(t, outline=replace(looked(t), gradients=np.zeros((8, 0, 0, 0)))),
    "an outline at no time": lambda t: changed(t, outline=replace(looked(t), time_s=np.full(8, np.nan))),
    "an outline without end": lambda t: changed(t, outline=replace(looked(t), points=np.full((8, 33, 2), np.inf))),
    "somebody who is no number": lambda t: replace(t, person=Person("one", 1, "")),  # type: ignore[arg-type]
    "places that are true or false": lambda t: changed(t, camera_xy=t.camera_xy > 0),
    "an unknown model": lambda t: changed(t, model="../../etc/passwd"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("what", IMPOSSIBLE)
def test_what_no_clip_gives_is_refused_though_it_looks_like_ours(tmp_path: Path, what: str) -> None:
    from formcheck.export.keypoints import write_npz  # noqa: PLC0415

    broken = IMPOSSIBLE[what](
        replace(
            seen(),
        )
    )
    try:
        write_npz(replace(report(), seen=broken), tmp_path / "keypoints.npz")
    except KeyError:  # there is no such model to name its landmarks by
        with np.load(_good(tmp_path), allow_pickle=False) as kept:
            told = json.loads(kept["told"].item())
            told["numbers"]["model"] = broken.model
            np.savez(tmp_path / "keypoints.npz", **{**kept, "told": np.array(json.dumps(told))})
    with pytest.raises(UnreadableInputError, match="no keypoints that can be read"):
        again(tmp_path / "keypoints.npz")


def test_an_outline_that_a_clip_gives_is_taken(tmp_path: Path) -> None:
    from formcheck.export.keypoints import write_npz  # noqa: PLC0415

    write_npz(replace(report(), seen=replace(seen(), outline=looked(seen()))), tmp_path / "keypoints.npz")
    assert len(again(tmp_path / "keypoints.npz").trial.track.outline) == 8


def _good(into: Path) -> Path:
    from formcheck.export.keypoints import write_npz  # noqa: PLC0415

    write_npz(report(), into / "good.npz")
    return into / "good.npz"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**20) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["people", "pose_keypoints_2d", "instance_info", "instances", "frame_id", "keypoints", "keypoint_scores",
         "image_id", "annotations", "images", "id", "file_name", "1.jpg"]), inner, max_size=4),
)  # fmt: skip


@given(JSON)
def test_no_json_does_any_harm(tmp_path_factory: pytest.TempPathFactory, told: object) -> None:
    file = tmp_path_factory.getbasetemp() / "any.json"
    file.write_text(json.dumps(told), encoding="utf-8")
    with suppress(FormcheckError):
        again(file, fps=30.0)


def test_nobody_who_can_be_followed_is_said(tmp_path: Path) -> None:
    points = of_set(KEYPOINTS["coco17"].landmarks)[:60]
    points[..., 2] = 0
    with pytest.raises(NothingMeasurableError, match="nobody"):
        again(write_alphapose(tmp_path / "run", points), fps=60.0)


def test_every_set_of_points_has_a_name_of_its_own_and_no_calibration() -> None:
    assert not set(BACKENDS) & set(KEYPOINTS)
    assert SUFFIXES == (".npz", ".csv", ".json", ".zip", ".trc")
    for row in KEYPOINTS.values():
        assert not row.space
        assert set(row.landmarks.names) - set(IDLE) <= set(BLAZEPOSE.names)
    assert not any(calibration.of(name).has("corrections", "trunk_lean_deg") for name in KEYPOINTS)


OPENPOSE = (  # as numbered for BODY_25 in its documentation
    "Nose Neck RShoulder RElbow RWrist LShoulder LElbow LWrist MidHip RHip RKnee RAnkle LHip LKnee LAnkle "
    "REye LEye REar LEar LBigToe LSmallToe LHeel RBigToe RSmallToe RHeel"
)
OLDER = (  # and COCO-18
    "Nose Neck RShoulder RElbow RWrist LShoulder LElbow LWrist RHip RKnee RAnkle LHip LKnee LAnkle REye LEye REar LEar"
)


@pytest.mark.parametrize(("model", "names"), [("body25", OPENPOSE), ("coco18", OLDER)])
def test_points_stand_in_the_order_of_their_maker(model: str, names: str) -> None:
    ours = [marker_name(name) for name in KEYPOINTS[model].landmarks.names]
    assert ours == names.replace("MidHip", "Hip").split()  # as Pose2Sim calls it


def frames_of(file: Path) -> Iterator[int]:
    yield from load(file).frames.tolist()  # type: ignore[union-attr]


def test_frames_that_are_missing_stay_missing(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "gaps", of_set(KEYPOINTS["coco17"].landmarks)[:50])
    (folder / "run_000000000020_keypoints.json").unlink()
    (folder / "run_000000000030_keypoints.json").write_text('{"people": []}', encoding="utf-8")
    assert list(frames_of(folder)) == [i for i in range(50) if i != 20]
