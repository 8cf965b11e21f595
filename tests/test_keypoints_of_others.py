"""Files as other programs write them: who is not seen in them, which frames they are of, and which are refused how."""

from __future__ import annotations

import json
import math
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_keypoints import HOSTILE, VIDEO, WRITERS, again, of_set, openpose, seen, write_folder, write_trc

from formcheck.backends import KEYPOINTS
from formcheck.datatypes import NothingMeasurableError, UnreadableInputError
from formcheck.keypoints import load
from formcheck.keypoints.points import Points

HALPE, COCO = (KEYPOINTS[name].landmarks for name in ("halpe26", "coco17"))
KNEE = COCO.names.index("left_knee")
PYTHONS = re.compile(r"object|type|indic|index|attribut|argument|convert|recursion|<|archive|shape|sequence|iterable")


def points_in(file: Path) -> Points:
    points = load(file)
    assert isinstance(points, Points)
    return points


def same(one: Points, other: Points) -> None:
    assert one.frames.tolist() == other.frames.tolist()
    for ours, theirs in zip(one.people, other.people, strict=True):
        assert len(ours) == len(theirs)
        for pose, twin in zip(ours, theirs, strict=True):
            assert np.allclose(pose.confidence, twin.confidence)
            assert np.allclose(pose.xy, twin.xy)


def test_pose2sim_s_places_of_those_who_left_are_nobody(tmp_path: Path) -> None:
    """It fills them with NaN, or leaves them empty once people are told apart."""
    points = of_set(HALPE)[:60]
    alone = write_folder(tmp_path / "alone", points)
    (folder := tmp_path / "run_json").mkdir()
    for frame, place in enumerate(points):
        told = openpose(np.stack([np.full_like(place, np.nan), place]))
        told["people"] += [{}, {"pose_keypoints_2d": []}]
        (folder / f"run_{frame:06d}.json").write_text(json.dumps(told), encoding="utf-8")
    assert "NaN" in (folder / "run_000000.json").read_text("utf-8")
    same(points_in(folder), points_in(alone))


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_point_with_a_number_that_is_none_is_not_seen(tmp_path: Path, writer: str, number: float, place: int) -> None:
    points = of_set(COCO)[:3]
    points[1, KNEE, place] = number
    for frame, (pose,) in enumerate(points_in(WRITERS[writer](tmp_path / "run", points)).people):
        assert (pose.confidence > 0).tolist() == [not (frame == 1 and name == KNEE) for name in range(17)]


@pytest.mark.parametrize("gap", ["0 0 0", "0.0 -0.0 0.000000", "nan nan nan", "inf -inf 0", "  "])
@pytest.mark.parametrize(("per_px", "up"), [(1 / 300, True), (1.0, False)], ids=["metres", "pixels"])
def test_what_markers_are_given_in_gaps_is_no_place(tmp_path: Path, gap: str, per_px: float, up: bool) -> None:
    file = write_trc(tmp_path / "run.trc", seen(), KEYPOINTS["feet22"].landmarks, per_px, up=up, unit="m")
    lines = [line.split("\t") for line in file.read_text("utf-8").splitlines()]
    first = lines[3].index("LKnee")
    for row in lines[5 + 100 : 5 + 140]:
        row[first : first + 3] = gap.split(" ")
    lines[5 + 200][2:] = gap.split(" ") * ((len(lines[5]) - 2) // 3)
    whole = points_in(file)
    file.write_text("\n".join(map("\t".join, lines)) + "\n", encoding="utf-8")
    found, knee = points_in(file), KEYPOINTS["feet22"].landmarks.names.index("left_knee")
    assert [frame for frame, there in enumerate(found.people) if not there] == [200]
    hidden = [frame for frame, there in enumerate(found.people) if there and not there[0].confidence[knee]]
    assert hidden == list(range(100, 140))
    for frame in (0, 99, 140, 199, 201):
        assert np.allclose(found.people[frame][0].xy, whole.people[frame][0].xy)


def coco(file: Path, numbers: list[int], name: str | None = "hunched_{:06d}.png") -> Path:
    """Annotations of some frames, whose images are counted without gaps; in each, something else is only framed."""
    points = of_set(COCO)
    images, annotations = [], []
    for image, frame in enumerate(numbers, 1):
        images.append({"id": image} | ({} if name is None else {"file_name": name.format(frame)}))
        annotations += [
            {"image_id": image, "category_id": 2, "bbox": [1, 2, 3, 4]},
            {"image_id": image, "category_id": 1, "keypoints": points[frame % len(points)].ravel().tolist()},
        ]
    file.write_text(json.dumps({"images": images, "annotations": annotations}), encoding="utf-8")
    return file


def test_of_every_second_frame_labelled_cadence_is_not_doubled(tmp_path: Path) -> None:
    found = again(coco(tmp_path / "run.json", list(range(0, 300, 2))), fps=60.0)
    assert found.measurement("cadence_spm").value == pytest.approx(170, abs=0.7)


@pytest.mark.parametrize(
    ("name", "numbers", "expected"),
    [
        ("hunched_{:06d}.png", [2, 4, 8], [2, 4, 8]),
        ("train/run-{}.JPG", [0, 5], [0, 5]),
        ("frame{:04d}.png", [1, 3, 5], [0, 2, 4]),  # counted from 1
        ("frame{:04d}.png", [2, 300], [1, 299]),  # this too: the clip has 300
        ("frame{:04d}.png", [7000, 7002], [0, 2]),  # of a longer film
        ("{:04d}_left.png", [2, 4, 8], [0, 1, 2]),
        (None, [2, 4, 8], [0, 1, 2]),
    ],
)
def test_frames_of_images_are_those_that_all_their_names_end_in(
    tmp_path: Path, name: str | None, numbers: list[int], expected: list[int]
) -> None:
    points = points_in(coco(tmp_path / "run.json", numbers, name))
    assert points.of_clip(VIDEO).frames.tolist() == expected
    assert [len(there) for there in points.people] == [1] * len(numbers)


def test_images_of_two_clips_are_not_taken_for_one(tmp_path: Path) -> None:
    file = coco(tmp_path / "run.json", [1, 2])
    file.write_text(file.read_text("utf-8").replace("hunched_000002", "tall_000001"), encoding="utf-8")
    with pytest.raises(UnreadableInputError, match="same frame"):
        load(file)


def of_mmpose(place: np.ndarray) -> list[Any]:
    return [{"keypoints": place[:, :2].tolist(), "keypoint_scores": place[:, 2].tolist(), "bbox": [[1, 2, 3, 4]]}]


@pytest.mark.parametrize("packed", [False, True])
def test_mmpose_s_files_of_pictures_are_read(tmp_path: Path, packed: bool) -> None:
    """In the third of them it found nobody."""
    points = of_set(COCO)[:9]
    expected = write_folder(tmp_path / "openpose", points)
    (expected / "run_000000000002_keypoints.json").write_text('{"people": []}', encoding="utf-8")
    (folder := tmp_path / "predictions").mkdir()
    for frame, place in enumerate(points):
        (folder / f"{frame:06d}.json").write_text(json.dumps([] if frame == 2 else of_mmpose(place)), encoding="utf-8")
    file = folder
    if packed:
        with zipfile.ZipFile(file := tmp_path / "predictions.zip", "w") as into:
            for one in folder.iterdir():
                into.write(one, one.name)
    same(points_in(file), points_in(expected))


def test_frames_without_anybody_in_mmpose_s_list_are_known(tmp_path: Path) -> None:
    told = [{"frame_id": i, "instances": [] if i == 1 else of_mmpose(of_set(COCO)[i])} for i in range(3)]
    (file := tmp_path / "run.json").write_text(json.dumps(told), encoding="utf-8")
    assert [len(there) for there in points_in(file).people] == [1, 0, 1]


def test_alphapose_s_other_form_is_read(tmp_path: Path) -> None:
    """All frames in one file, by the name of the image."""
    points = of_set(KEYPOINTS["coco18"].landmarks)[:9]
    told = {f"{frame}.jpg": openpose(place[None]) for frame, place in enumerate(points)}
    (file := tmp_path / "run.json").write_text(json.dumps(told), encoding="utf-8")
    same(points_in(file), points_in(write_folder(tmp_path / "openpose", points)))


STRANGE: dict[str, Any] = {
    "labelme.json": {"version": "5", "shapes": [{"label": "knee", "points": [[1, 2]]}]},
    "cmu.json": {"1.jpg": {"version": "AlphaPose v0.3", "bodies": [{"joints": [1.0] * 54}]}},
    "frames.json": {"1.jpg": [1.0] * 51},
    "boxes.json": [{"name": "person", "box": {"x1": 1}}],
    "image.json": [{"keypoints": [[1.0, 2.0]] * 17, "keypoint_scores": [1.0] * 17}],
    "unlisted.json": {"images": [{"id": 1, "file_name": "a_1.png"}], "annotations": [{"image_id": 2}]},
    "number.json": 5,
    "word.json": "people",
    "nothing at all.json": [],
    "none.json": {},
}  # fmt: skip
STRANGE_FRAMES: dict[str, Any] = {
    "labelme": {"shapes": []},
    "a list of frames": [{"frame_id": 1, "instances": []}],
    "numbers": [1, 2],
    "words": {"people": "none"},
    "somebody who is a number": {"people": [1]},
}


def refused(file: Path) -> str:
    with pytest.raises(UnreadableInputError) as caught:
        load(file)
    return str(caught.value).replace(str(file), "").partition("; give what")[0]


@pytest.mark.parametrize("name", [*HOSTILE, *STRANGE])
def test_a_refusal_is_in_plain_words(tmp_path: Path, name: str) -> None:
    written = HOSTILE[name] if name in HOSTILE else json.dumps(STRANGE[name]).encode()
    (file := tmp_path / name).write_bytes(written)
    assert not PYTHONS.search(refused(file))


@pytest.mark.parametrize("name", STRANGE_FRAMES)
def test_a_folder_of_other_files_is_told_what_it_should_hold(tmp_path: Path, name: str) -> None:
    (tmp_path / "a_1.json").write_text(json.dumps(STRANGE_FRAMES[name]), encoding="utf-8")
    said = refused(tmp_path)
    assert not PYTHONS.search(said)
    assert re.search("one for each frame, with OpenPose's people or MMPose's|not a list", said)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        *[(name, "annotations") for name in ("labelme.json", "cmu.json", "frames.json", "boxes.json")],
        *[("image.json", "a single frame"), ("none.json", "nobody is in it"), ("nothing at all.json", "no people")],
    ],
)
def test_a_file_of_another_layout_is_told_what_is_read(tmp_path: Path, name: str, says: str) -> None:
    (file := tmp_path / name).write_text(json.dumps(STRANGE[name]), encoding="utf-8")
    assert says in refused(file)


def test_a_folder_without_files_of_frames_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"")
    assert "no JSON file is in it" in refused(tmp_path)


@pytest.mark.parametrize("hidden", ["all", "a part"])
def test_that_nobody_is_in_a_file_is_said_of_the_file(tmp_path: Path, hidden: str) -> None:
    """No film would help."""
    points = of_set(HALPE)[:120]
    points[60 if hidden == "a part" else 0 :, :, 2] = 0
    folder = write_folder(tmp_path / "run", points)
    with pytest.raises(NothingMeasurableError, match=r"nobody .* is in it") as caught:
        again(folder, fps=60.0, start=1.0)
    assert str(folder) in str(caught.value)
    assert "film" not in str(caught.value)


def test_nobody_among_markers_is_said_too(tmp_path: Path) -> None:
    """Sports2D writes 0 everywhere for somebody who was seen too briefly."""
    track = replace(seen(), xy=np.zeros_like(seen().xy))
    file = write_trc(tmp_path / "run.trc", track, KEYPOINTS["feet22"].landmarks, 1.0, up=False, unit="m")
    assert "nobody is in it" in refused(file)
