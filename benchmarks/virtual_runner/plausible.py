"""Could a human move like this? Checked before anything is rendered."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .maths import Array
from .skeleton import Moment, Skeleton, SkeletonPose
from .spec import SIDES, SUFFIX, Side

PHASES = 50
KNEE_DEG = (0.0, 150.0)
STANCE_KNEE_DEG = 75.0
CONTACT_KNEE_DEG = 30.0
ANKLE_DEG = (-62.0, 38.0)  # dorsiflexion of the foot relative to the shank
THIGH_DEG = (-40.0, 90.0)  # from straight down, + forward
ELBOW_DEG = (5.0, 150.0)  # flexion
DEEPEST_SINK_M = 0.006
LONGEST_MISS_M = 0.004  # between where a foot should be in contact and where the leg can put it


def plausible(skeleton: Skeleton) -> bool:
    """Whether there is no reason why not."""
    return next(_faults(skeleton), None) is None


def implausible(skeleton: Skeleton) -> list[str]:
    """Reasons why not, over one perfectly periodic stride; empty when all is well."""
    found: dict[str, str] = {}
    for fault in _faults(skeleton):
        found.setdefault(fault.split(" is ")[0], fault)
    return list(found.values())


def _faults(skeleton: Skeleton) -> Iterator[str]:
    yield from _elbows(skeleton)
    yield from _contact_knees(skeleton)
    for phase in np.linspace(0, 1, PHASES, endpoint=False):
        moment = skeleton.moment(float(phase))
        pose = skeleton.leg_pose(moment)
        for side in SIDES:
            for fault in (*_leg(pose, moment, side), *_ground(skeleton, pose, moment, side)):
                yield f"{fault} at phase {phase:.2f}"


def _outside(name: str, value: float, low: float, high: float) -> list[str]:
    return [] if low <= value <= high else [f"{name} is {value:.1f}, allowed {low:g} to {high:g}"]


def _elbows(skeleton: Skeleton) -> list[str]:
    form = skeleton.form
    ends = (form.elbow_deg - abs(form.elbow_swing_deg), form.elbow_deg + abs(form.elbow_swing_deg))
    return [fault for end in ends for fault in _outside("elbow", end, *ELBOW_DEG)]


def _contact_knees(skeleton: Skeleton) -> list[str]:
    if skeleton.form.activity == "standing":
        return []
    faults = []
    contacts: dict[Side, float] = {"left": 0.0, "right": skeleton.form.right_phase}
    for side, phase in contacts.items():
        pose = skeleton.leg_pose(skeleton.moment(phase))
        faults += _outside(f"{side} knee at contact", _knee_deg(pose, SUFFIX[side]), KNEE_DEG[0], CONTACT_KNEE_DEG)
    return faults


def _knee_deg(pose: SkeletonPose, end: str) -> float:
    """Sagittal flexion, negative when bent the wrong way."""
    return _from_down_deg(pose.at(f"calf{end}") - pose.at(f"thigh{end}")) - _shank_deg(pose, end)


def _shank_deg(pose: SkeletonPose, end: str) -> float:
    return _from_down_deg(pose.at(f"foot{end}") - pose.at(f"calf{end}"))


def _from_down_deg(line: Array) -> float:
    return float(np.degrees(np.arctan2(line[0], -line[2])))


def _leg(pose: SkeletonPose, moment: Moment, side: Side) -> list[str]:
    end, foot = SUFFIX[side], moment.feet[side]
    most_bent = STANCE_KNEE_DEG if foot.in_contact else KNEE_DEG[1]
    thigh_deg = _from_down_deg(pose.at(f"calf{end}") - pose.at(f"thigh{end}"))
    return [
        *_outside(f"{side} knee", _knee_deg(pose, end), KNEE_DEG[0], most_bent),
        *_outside(f"{side} thigh", thigh_deg, *THIGH_DEG),
        *_outside(f"{side} ankle", foot.pitch_deg - _shank_deg(pose, end), *ANKLE_DEG),
    ]


def _ground(skeleton: Skeleton, pose: SkeletonPose, moment: Moment, side: Side) -> list[str]:
    foot, rig = moment.feet[side], skeleton.rig
    wanted = np.array([foot.x_m, foot.z_m])
    reached = pose.at(f"foot{SUFFIX[side]}")[[0, 2]]
    miss = float(np.linalg.norm(reached - wanted)) if foot.in_contact else 0.0
    tilt = np.radians(foot.pitch_deg)
    sole = [reached[1] + np.sin(tilt) * x + np.cos(tilt) * z for x, z in (rig.heel, rig.ball)]
    return [
        *_outside(f"{side} foot off its place (m)", miss, 0.0, LONGEST_MISS_M),
        *_outside(f"{side} sole height (m)", min(sole), -DEEPEST_SINK_M, 3.0),
    ]
