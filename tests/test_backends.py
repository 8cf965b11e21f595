"""Pose models with fewer landmarks than BlazePose, and without points in space, through the whole chain.

They are cut from what our own engine sees, and registered as anyone would register theirs: a module, a row.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from types import ModuleType

import numpy as np
import people
import pytest
import schemas

from formcheck import pipeline, pose_litert, video
from formcheck.backends import BACKENDS, Backend
from formcheck.datatypes import Options, PoseTrack, Report, landmark
from formcheck.gait.view import facing_one_way, find_view
from formcheck.knowledge import reason
from formcheck.landmarks import BLAZEPOSE, COCO, HALPE, PARTS, REQUIRED, LandmarkSet
from formcheck.passes import open_backend
from formcheck.tracking import Pose, PoseTracker
from runner import Runner

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "sample_videos" / "neutral.mp4"
PART = {"start": 2.0, "end": 6.0}  # seconds of it, in which lite tells the legs apart
WHOLE = BACKENDS["lite"]
ROWS = {
    "in_picture": replace(WHOLE, module="pose_in_picture", space=False),
    "halpe": replace(WHOLE, module="pose_halpe", landmarks=HALPE, space=False, outline=False),
    "coco": replace(WHOLE, module="pose_coco", landmarks=COCO, space=False, outline=False),
    "strange": replace(WHOLE, module="pose_halpe", networks="strange", landmarks=HALPE, space=False, outline=False),
}
WITHHELD = {  # in addition to what the whole set withholds
    "in_picture": {},
    "halpe": {"shoulder_hunch_deg": "no_outline", "thoracic_flexion_deg": "no_outline"},
    "coco": {
        "shoulder_hunch_deg": "no_outline",
        "thoracic_flexion_deg": "no_outline",
        "foot_inclination_deg": "no_feet",
    },
}
OF_INTERVAL = 0.35  # half widths: leaving landmarks out may move a value by this much of its own interval
MADE_OF = {  # landmarks of the cut sets that BlazePose has under other names
    **{"head": ("nose",), "neck": ("left_shoulder", "right_shoulder"), "mid_hip": ("left_hip", "right_hip")},
    **{"left_small_toe": ("left_foot_index",), "right_small_toe": ("right_foot_index",)},
}


def cut(pose: Pose, row: Backend) -> Pose:
    """What a model of that row would see of it."""
    sources = [BLAZEPOSE.present(MADE_OF.get(name, (name,))) for name in row.landmarks.names]
    return Pose(
        np.array([pose.xy[some].mean(axis=0) for some in sources]),
        None,
        np.array([pose.confidence[some].mean() for some in sources]),
        pose.mask if row.outline else None,
        row.landmarks,
    )


@dataclass
class CutTracker:
    whole: PoseTracker
    row: Backend

    @property
    def tracking(self) -> bool:
        return self.whole.tracking

    def update(self, image: np.ndarray) -> Pose | None:
        pose = self.whole.update(image)
        return None if pose is None else cut(pose, self.row)

    def reset(self) -> None:
        self.whole.reset()


@dataclass
class CutModel:
    whole: pose_litert.Landmarker
    row: Backend

    def tracker(self, *, afar: bool = False) -> PoseTracker:
        return CutTracker(self.whole.tracker(afar=afar), self.row)

    def detect(self, image: np.ndarray, tall_px: float | None = None) -> list[Pose]:
        return [cut(pose, self.row) for pose in self.whole.detect(image, tall_px)]


@contextmanager
def open_cut(file: str, threads: int | None, row: Backend) -> Iterator[CutModel]:
    with pose_litert.open_model(file, threads) as whole:
        yield CutModel(whole, row)


@pytest.fixture(scope="module", autouse=True)
def _registered() -> Iterator[None]:
    """Each with its own module and its row in the table."""
    with pytest.MonkeyPatch.context() as patch:
        for name, row in ROWS.items():
            module = ModuleType(row.module)
            module.open_model = partial(open_cut, row=row)  # type: ignore[attr-defined]
            patch.setitem(sys.modules, f"formcheck.{row.module}", module)
            patch.setitem(BACKENDS, name, row)
        yield


@cache
def analysed(model: str) -> Report:
    options = Options(model=model, **PART, height_cm=175, workers=1, cache=False)  # the rows are in this process
    return pipeline.analyze(SAMPLE, options)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    @cache
    def folder(model: str) -> Path:
        into = tmp_path_factory.mktemp(model)
        pipeline.write(analysed(model), into)
        return into

    return folder


@pytest.mark.parametrize("lost", [REQUIRED[0], REQUIRED[-1]])
def test_a_set_has_what_everybody_needs_and_each_name_once(lost: str) -> None:
    with pytest.raises(ValueError, match=lost):
        LandmarkSet(tuple(name for name in COCO.names if name != lost))
    with pytest.raises(ValueError, match="once"):
        LandmarkSet((*COCO.names, "nose"))


def test_the_sets_are_those_of_their_makers() -> None:
    assert (len(BLAZEPOSE), len(COCO), len(HALPE)) == (33, 17, 26)
    assert [part for part in PARTS if not COCO.shows(part)] == ["feet"]
    assert (HALPE.index["left_ankle"], HALPE.index["left_foot_index"], HALPE.index["right_heel"]) == (15, 20, 25)


def test_a_landmark_that_a_set_lacks_is_nowhere() -> None:
    points = np.arange(2 * 17 * 2, dtype=float).reshape(2, 17, 2)
    assert (landmark(points, COCO, "right_ankle") == points[:, 16]).all()
    assert np.isnan(landmark(points, COCO, "left_heel")).all()


@pytest.mark.slow
@pytest.mark.parametrize("model", [*BACKENDS, *ROWS])
def test_every_model_gives_what_its_row_says(model: str) -> None:
    row = BACKENDS[model]
    image = next(iter(video.Clip(SAMPLE, end_s=0.0))).image
    with open_backend(model) as backend:
        pose, *_ = backend.detect(image)
    assert pose.landmarks == row.landmarks
    assert pose.xy.shape == (len(row.landmarks), 2)
    assert (pose.world is not None, pose.mask is not None) == (row.space, row.outline)


@pytest.mark.slow
@pytest.mark.parametrize("model", WITHHELD)
def test_what_a_smaller_set_gives_is_what_the_whole_gives(model: str) -> None:
    whole, part = analysed("lite"), analysed(model)
    assert part.trial.gait.view.facing == whole.trial.gait.view.facing
    assert len(part.trial.gait.contacts) == len(whole.trial.gait.contacts)
    for ours, theirs in zip(part.trial.gait.contacts, whole.trial.gait.contacts, strict=True):
        assert ours.side == theirs.side
        assert ours.frame == pytest.approx(theirs.frame, abs=1.0)
    for m in part.measurements:
        if m.missing is None:
            full = whole.measurement(m.name)
            assert m.value == pytest.approx(full.value, abs=OF_INTERVAL * (m.high - m.low) / 2), m.name
            assert m.high - m.low > 0.95 * (full.high - full.low), m.name  # a model that sees less is no surer


@pytest.mark.slow
@pytest.mark.parametrize("model", WITHHELD)
def test_what_a_smaller_set_cannot_show_is_withheld_with_the_reason(model: str) -> None:
    withheld = {m.name: m.missing for m in analysed("lite").measurements if m.missing} | WITHHELD[model]
    assert {m.name: m.missing for m in analysed(model).measurements if m.missing} == withheld
    assert reason("no_feet").because == "this pose model has no feet"


@pytest.mark.slow
def test_a_model_of_which_nothing_was_learned_gives_what_is_counted_and_no_more() -> None:
    report = analysed("strange")
    cadence = report.measurement("cadence_spm")
    assert cadence.value == pytest.approx(analysed("lite").measurement("cadence_spm").value, abs=0.5)
    assert not report.trial.gait.contacts
    assert any("has not been learned for this pose model" in warning for warning in report.warnings)
    refused = {m.name for m in analysed("lite").measurements if m.missing in ("pelvis_unseen", "heel_unseen")}
    for m in report.measurements:
        assert m.missing is None or m.value != m.value
    assert {m.name for m in report.measurements if m.missing is None} == {"cadence_spm"}
    assert {report.measurement(name).missing for name in refused} == {"pelvis_unseen", "heel_unseen"}
    assert report.measurement("knee_flexion_contact_deg").missing == "not_calibrated"
    assert {c.missing for c in report.comparisons if c.metric == "cadence_spm"} == {"not_calibrated"}


@pytest.mark.slow
@pytest.mark.parametrize("model", ROWS)
def test_all_outputs_are_written_for_any_set(model: str, written: Callable[[str], Path]) -> None:
    report, folder = analysed(model), written(model)
    schemas.validate(json.loads((folder / "report.json").read_text("utf-8")))
    frames = list(csv.DictReader((folder / "frames.csv").read_text("utf-8").splitlines()))
    names = ROWS[model].landmarks.names
    assert list(frames[0]) == ["frame", "time_s", *(f"{n}_{what}" for n in names for what in ("x", "y", "confidence"))]
    assert len(frames) == len(report.trial.track)
    steps = list(csv.DictReader((folder / "steps.csv").read_text("utf-8").splitlines()))
    assert len(steps) == len(report.trial.gait.contacts)
    drawn = list(video.Clip(folder / "annotated.mp4"))
    assert len(drawn) >= len(report.trial.track)  # the card with the findings comes at the end
    plain = next(iter(video.Clip(SAMPLE, end_s=0.0))).image
    x, y = report.trial.track.mid("knee")[0].round().astype(int)
    around = np.s_[y - 60 : y + 60, x - 60 : x + 60]  # limbs of both legs are drawn around the knees
    assert np.abs(drawn[0].image[around].astype(int) - plain[around]).mean() > 5


def in_picture(track: PoseTrack) -> PoseTrack:
    return replace(track, world=np.full_like(track.world, np.nan), model="in_picture")


def longest_way(track: PoseTrack) -> PoseTrack:
    return track.between(*max(facing_one_way(track), key=lambda span: span[1] - span[0]))


def assert_seen_alike(track: PoseTrack) -> None:
    """Without 3D points the runner is seen from the same side, for as long, at about the same angle."""
    space, picture = longest_way(track), longest_way(in_picture(track))
    assert len(picture) == pytest.approx(len(space), abs=0.5 * track.fps)
    view, found = find_view(space), find_view(picture)
    assert (found.name, found.facing) == (view.name, view.facing)
    assert found.yaw_deg == pytest.approx(view.yaw_deg, abs=9.0 if view.name == "side" else 25.0)  # flat from behind


@pytest.mark.slow
@pytest.mark.parametrize("name", ["neutral", "hunched", "overstride_lean"])
def test_the_view_of_a_sample_needs_no_points_in_space(name: str) -> None:
    options = Options(model="lite", end=6.0)  # as other tests read it too
    assert_seen_alike(pipeline.read(ROOT / "sample_videos" / f"{name}.mp4", options)[1])


@pytest.mark.slow
@people.labelled
@pytest.mark.parametrize("clip", sorted(people.CLIPS.glob("*.mp4")), ids=lambda clip: clip.stem)
def test_the_view_of_a_real_clip_needs_no_points_in_space(clip: Path) -> None:
    assert_seen_alike(pipeline.read(clip, people.options(clip.stem))[1])


def test_a_runner_who_turns_round_is_seen_to_turn_without_points_in_space() -> None:
    there, back = Runner(seconds=6).track(), Runner(seconds=4, facing=-1).track()
    joined = {
        n: np.concatenate([getattr(there, n), getattr(back, n)])
        for n in ("xy", "world", "confidence", "camera_xy", "turn_deg")
    }
    track = in_picture(replace(there, time_s=np.arange(len(there) + len(back)) / 60, **joined))
    part = longest_way(track)
    assert len(part) == pytest.approx(len(there), abs=30)
    assert find_view(part).facing == "right"
