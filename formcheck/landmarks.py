"""The landmark sets of pose models: which points they give, by name and in order, and what parts of a body they show.

A name means the same place in every set. To add a set, add one of these values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Side = Literal["left", "right"]

SIDES: tuple[Side, Side] = ("left", "right")


def _both(*joints: str) -> tuple[str, ...]:
    return tuple(f"{side}_{joint}" for joint in joints for side in SIDES)


LEG = ("hip", "knee", "ankle", "heel", "foot_index")  # from the top down; foot_index: the tip of the foot, the big toe
REQUIRED = ("nose", *_both("shoulder", "hip", "knee", "ankle"))  # in every set: without them no gait can be found
PARTS = {"feet": _both("heel", "foot_index"), "ears": _both("ear"), "arms": _both("elbow", "wrist")}  # not in all sets
FACE = ("nose", *_both("eye_inner", "eye", "eye_outer", "ear"), "mouth_left", "mouth_right")
MIDDLES = {"neck": "shoulder", "mid_hip": "hip"}  # of left and right, where a set has no point of its own there
CONNECTIONS = (  # limbs, drawn from landmark to landmark
    *(("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")),
    *(("left_shoulder", "left_hip"), ("right_shoulder", "right_hip")),
    *(("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist")),
    *(("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist")),
    *(("left_hip", "left_knee"), ("left_knee", "left_ankle"), ("left_ankle", "left_heel")),
    *(("left_heel", "left_foot_index"), ("left_ankle", "left_foot_index")),
    *(("right_hip", "right_knee"), ("right_knee", "right_ankle"), ("right_ankle", "right_heel")),
    *(("right_heel", "right_foot_index"), ("right_ankle", "right_foot_index")),
)
MARKERS = {"mid_hip": "Hip", "foot_index": "BigToe", "small_toe": "SmallToe"}  # named differently by OpenSim's users


def marker_name(name: str) -> str:
    """What Pose2Sim and OpenSim's models call a landmark: left_foot_index → LBigToe."""
    side, _, joint = name.partition("_")
    if side not in SIDES:
        return MARKERS.get(name, name.capitalize())
    return side[0].upper() + MARKERS.get(joint, joint.capitalize())


@dataclass(frozen=True)
class LandmarkSet:
    """K names in the order of a model's arrays; ``index`` finds one. Raises ValueError if a required one is missing."""

    names: tuple[str, ...]

    def __post_init__(self) -> None:
        missing = set(REQUIRED) - set(self.names)
        if missing or len(set(self.names)) < len(self.names):
            raise ValueError(f"a landmark set must have each name once and {', '.join(sorted(missing)) or 'all'}")

    @cached_property
    def index(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.names)}

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: str) -> bool:
        return name in self.index

    def present(self, names: Iterable[str]) -> list[int]:
        """Positions in the arrays of those of these landmarks that the set has."""
        return [self.index[name] for name in names if name in self.index]

    @property
    def connections(self) -> tuple[tuple[str, str], ...]:
        """The limbs between landmarks of the set."""
        return tuple((a, b) for a, b in CONNECTIONS if a in self.index and b in self.index)

    def shows(self, part: str) -> bool:
        """Whether all landmarks of a part of the body (a key of PARTS) are there."""
        return all(name in self.index for name in PARTS[part])


BLAZEPOSE = LandmarkSet(
    (
        "nose",
        *("left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer"),
        *_both("ear"),
        *("mouth_left", "mouth_right"),
        *_both("shoulder", "elbow", "wrist", "pinky", "index", "thumb", "hip", "knee", "ankle", "heel", "foot_index"),
    )
)
COCO = LandmarkSet(("nose", *_both("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")))
_ARMS = tuple(f"{side}_{joint}" for side in reversed(SIDES) for joint in ("shoulder", "elbow", "wrist"))
_LEGS = tuple(f"{side}_{joint}" for side in reversed(SIDES) for joint in ("hip", "knee", "ankle"))
_HEAD = ("right_eye", "left_eye", "right_ear", "left_ear")
BODY_25 = LandmarkSet(  # OpenPose's
    (
        *("nose", "neck", *_ARMS, "mid_hip", *_LEGS, *_HEAD),
        *(f"{side}_{joint}" for side in SIDES for joint in ("foot_index", "small_toe", "heel")),
    )
)
COCO_18 = LandmarkSet(("nose", "neck", *_ARMS, *_LEGS, *_HEAD))  # OpenPose's older one
HALPE = LandmarkSet(  # the 26 points of body and feet; its big toe is our foot_index
    (*COCO.names, "head", "neck", "mid_hip", *_both("foot_index", "small_toe", "heel"))
)
BODY_WITH_FEET = LandmarkSet(tuple(name for name in HALPE.names if name not in FACE or name == "nose"))  # Pose2Sim's
IDLE = ("head", "neck", "mid_hip", *_both("small_toe"))  # from which nothing is measured
