"""The trunk's outline in drawn masks, and the hunch read from it by a map learned on drawn runners."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from benchmarks import calibrate, hunched
from formcheck import outline
from formcheck.cleaning import clean
from formcheck.datatypes import Measurement, Outline, PoseTrack, Trial, VideoInfo
from formcheck.gait import find_gait, leg_length_px
from formcheck.knowledge import calibration
from formcheck.knowledge.calibration import Calibration
from formcheck.landmarks import BLAZEPOSE
from formcheck.metrics import measure
from formcheck.metrics.shoulders import shape
from formcheck.tracking import Pose
from runner import Runner

SIZE = 400  # pixels of the drawn picture, each way
TRUNK = 120.0  # pixels
SOFT = 0.05  # trunk lengths over which a mask fades out, as the network's do
LOOKS = 24
SD = 5.0  # degrees, of the map learned on drawn runners
JOINTS = {  # trunk lengths along the trunk's line and forward of it
    **{"hip": (0.0, 0.0), "shoulder": (1.0, 0.0), "ear": (1.45, 0.12), "eye": (1.5, 0.2)},
    **{"elbow": (0.55, -0.1), "wrist": (0.5, 0.3), "knee": (-0.9, 0.2)},
}
VIDEO = VideoInfo(Path("clip.mp4"), 100_000, 100_000, 60.0, None, None)


def back_at(height: np.ndarray, rounding: float) -> np.ndarray:
    """Where the drawn back is, trunk lengths forward of the trunk's line; rounding 0 straight … 1 strongly rounded."""
    nape = np.clip(height - 1.0, 0, None) * (0.68 + 0.2 * (rounding - 0.5))
    return -0.20 - hollow(height, rounding) + nape


def front_at(height: np.ndarray, rounding: float) -> np.ndarray:
    """Where the front is: belly, chest, throat."""
    return 0.14 - hollow(height, rounding) + 0.5 * np.clip(height - 1.0, 0, None)


def hollow(height: np.ndarray, rounding: float) -> np.ndarray:
    """How far the middle of a rounded trunk lies behind the line from hip to shoulder."""
    return 0.2 * (rounding - 0.5) * np.interp(height, [0.0, 0.55, 1.0], [0.0, 0.55, 0.0])


def drawn(
    rounding: float = 0.5,
    lean_deg: float = 5.0,
    facing: int = 1,
    roll_deg: float = 0.0,
    scale: float = 1.0,
    arm: float | None = None,
) -> Pose:
    """A pose with its mask; arm: height at which an arm swings out behind the back."""
    tip = np.radians(facing * lean_deg + roll_deg)
    up = np.array([np.sin(tip), -np.cos(tip)])
    ahead = facing * np.array([-up[1], up[0]])
    hip, trunk = scale * np.array([0.5 * SIZE, 0.75 * SIZE]), scale * TRUNK
    y, x = np.mgrid[0 : int(scale * SIZE), 0 : int(scale * SIZE)]
    from_hip = (np.stack([x, y], axis=-1) - hip) / trunk
    height, forward = from_hip @ up, from_hip @ ahead
    inside = np.minimum(forward - back_at(height, rounding), front_at(height, rounding) - forward)
    if arm is not None:
        inside = np.maximum(inside, np.minimum(0.12 - np.abs(height - arm), 0.4 - np.abs(forward)))
    inside = np.minimum(inside, 1.5 - np.abs(height))
    xy = np.zeros((len(BLAZEPOSE.names), 2))
    for joint, (at, out) in JOINTS.items():
        for side in ("left", "right"):
            xy[BLAZEPOSE.index[f"{side}_{joint}"]] = hip + trunk * (at * up + out * ahead)
    return Pose(xy, None, np.ones(len(xy)), np.clip(0.5 + inside / SOFT, 0, 1))


def looks(count: int = LOOKS, arms: int = 0, **how: float) -> Outline:
    """``count`` looks, in the first ``arms`` of which an arm sticks out behind."""
    seconds = np.linspace(0.5, 9.5, count)
    plain, armed = drawn(**how), drawn(arm=0.7, **how)  # type: ignore[arg-type]
    return Outline.joined([outline.read(t, armed if i < arms else plain) for i, t in enumerate(seconds)])


@cache
def runner(facing: int) -> Trial:
    track = clean(Runner(facing=facing).track(), VIDEO)
    gait = find_gait(track)
    return Trial(VIDEO, track, gait, leg_length_px(track, gait.view), 300.0)


@cache
def learned() -> Calibration:
    """The default model's, with a map learned on drawn runners whose hunch is 100° times their rounding."""
    rounding, lean = (grid.ravel() for grid in np.meshgrid(np.linspace(0, 1, 6), [2.0, 7.0]))
    seen = [looks(10, rounding=r, lean_deg=at) for r, at in zip(rounding, lean, strict=True)]
    values = np.array([shape(replace(runner(1).track, outline=one), 1) for one in seen])
    row = replace(hunched.learned(values, 100 * rounding), sd=SD)
    tables = tomllib.loads(calibrate.file_of("heavy").read_text("utf-8"))
    return Calibration(tables | {"long_maps": {"shoulder_hunch_deg": vars(row)}})


def hunch_of(seen: Outline, facing: int = 1) -> Measurement:
    """What is measured of a drawn runner with these looks."""
    trial = runner(facing)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibration, "of", lambda _model: learned())
        found = measure(replace(trial, track=replace(trial.track, outline=seen)))
    return next(m for m in found if m.name == "shoulder_hunch_deg")


def test_edges_are_found_where_they_were_drawn() -> None:
    seen = outline.read(0.0, drawn(rounding=0.8, lean_deg=12.0))
    assert seen.left[0] == pytest.approx(back_at(outline.HEIGHTS, 0.8), abs=0.01)
    assert seen.right[0] == pytest.approx(front_at(outline.HEIGHTS, 0.8), abs=0.01)


@pytest.mark.parametrize(
    "change", [{"facing": -1}, {"scale": 1.7}, {"roll_deg": 4.0}, {"facing": -1, "roll_deg": -3.0}]
)
def test_the_front_does_not_depend_on_how_the_runner_was_filmed(change: dict[str, float]) -> None:
    plain, changed = (outline.shoulder_front(looks(**how), int(how.get("facing", 1))) for how in ({}, change))
    assert changed == pytest.approx(plain, abs=0.01)


def test_a_swinging_arm_drops_out() -> None:
    without, swinging = (outline.shoulder_front(looks(arms=arms), 1) for arms in (0, LOOKS // 2))
    assert swinging == pytest.approx(without, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("change", [{}, {"facing": -1}, {"lean_deg": 12.0}, {"scale": 1.7}, {"roll_deg": 4.0}])
def test_the_hunch_is_read_whichever_way_the_runner_is_filmed_and_leans(change: dict[str, float]) -> None:
    values = [hunch_of(looks(rounding=r, **change), int(change.get("facing", 1))).value for r in (0.1, 0.5, 0.9)]
    assert values == pytest.approx([10, 50, 90], abs=8)


def test_the_interval_holds_what_the_map_leaves_open() -> None:
    found = hunch_of(looks())
    assert found.n >= 15
    assert found.high - found.low == pytest.approx(2 * 1.96 * SD, rel=0.01)  # all looks the same


def doubtful(seen: Outline) -> Outline:
    """Every eighth look saw quite a different back, so that the result depends on which are counted."""
    other, few = looks(rounding=1.0), np.arange(len(seen)) % 8 == 0
    return replace(seen, gradients=np.where(few[:, None, None, None], other.gradients, seen.gradients))


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (Outline.joined(()), "outline_not_seen"),
        (looks(count=5), "outline_not_seen"),
        (replace(looks(), gradients=looks().gradients[..., ::-1]), "outline_unusual"),
        (doubtful(looks(rounding=0.0)), "outline_unsteady"),
    ],
    ids=["no masks", "few looks", "unlike any body", "changing"],
)
def test_the_hunch_is_withheld_for_a_reason(seen: Outline, reason: str) -> None:
    assert hunch_of(seen).missing == reason


def test_without_a_map_of_the_pose_model_no_hunch_is_given() -> None:
    trial = runner(1)
    lacking = {k: v for k, v in vars(learned())["_tables"].items() if k != "long_maps"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibration, "of", lambda _model: Calibration(lacking))
        found = measure(replace(trial, track=replace(trial.track, outline=looks())))
    assert next(m for m in found if m.name == "shoulder_hunch_deg").missing == "not_calibrated"


def test_looks_belong_to_the_part_of_the_track_that_is_used() -> None:
    raw: PoseTrack = Runner().track()
    track = replace(raw, outline=replace(looks(), time_s=raw.time_s[:: len(raw) // LOOKS][:LOOKS]))
    part = track.between(100, 300)
    assert (
        len(part.outline)
        == ((track.outline.time_s >= part.time_s[0]) & (track.outline.time_s <= part.time_s[-1])).sum()
    )
    assert 0 < len(part.outline) < LOOKS
