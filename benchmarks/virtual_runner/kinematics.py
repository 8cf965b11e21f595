"""The truth about one pose, read back from the posed skeleton and skin, not from the dials."""

from __future__ import annotations

import numpy as np

from .maths import Array, angle_between_deg
from .skeleton import SkeletonPose
from .spec import SIDES, SUFFIX

# de Leva (1996), men: proximal bone, distal bone, share of body mass, centre along the segment from its upper end
SEGMENTS = (
    ("thigh", "calf", 0.1416, 0.4095),
    ("calf", "foot", 0.0433, 0.4459),
    ("foot", "ball", 0.0137, 0.44),
    ("upperarm", "lowerarm", 0.0271, 0.5772),
    ("lowerarm", "hand", 0.0162, 0.4574),
)
HAND_MASS, TRUNK_MASS, HEAD_MASS = 0.0061, 0.4346, 0.0694
TRUNK_CENTRE = 0.55  # share of the way from mid-hip to mid-shoulder

JOINTS = {
    "shoulder": "upperarm",
    "elbow": "lowerarm",
    "wrist": "hand",
    "hip": "thigh",
    "knee": "calf",
    "ankle": "foot",
    "toe_joint": "ball",
}


def centre_of_mass(pose: SkeletonPose) -> Array:
    """(3,) metres."""
    total, moment = TRUNK_MASS + HEAD_MASS, np.zeros(3)
    for end in SUFFIX.values():
        for upper, lower, mass, centre in SEGMENTS:
            moment += mass * (pose.at(upper + end) * (1 - centre) + pose.at(lower + end) * centre)
            total += mass
        moment += HAND_MASS * pose.at(f"hand{end}")
        total += HAND_MASS
    trunk = (1 - TRUNK_CENTRE) * pose.mid("thigh") + TRUNK_CENTRE * pose.mid("upperarm")
    return (moment + TRUNK_MASS * trunk + HEAD_MASS * pose.at("head")) / total


def points(pose: SkeletonPose, marks: dict[str, Array]) -> dict[str, Array]:
    """(3,) metres of the rig's joints, the centre of mass and the surface landmarks ``marks``, by name."""
    rig = {f"rig_{side}_{name}": pose.at(bone + SUFFIX[side]) for name, bone in JOINTS.items() for side in SIDES}
    other = {"rig_neck": pose.at("neck_01"), "rig_head": pose.at("head"), "com": centre_of_mass(pose)}
    return {**rig, **other, **marks}


def forward_lean_deg(line: Array) -> float:
    """Angle of a line from straight up, seen from the side, + = top forward."""
    return float(np.degrees(np.arctan2(line[0], line[2])))


def kinematics(pose: SkeletonPose, marks: dict[str, Array]) -> dict[str, float]:
    """Angles (deg) and distances (m) that a runner, or a judge of form, would name."""
    return {**_trunk(pose, marks), **_shoulders_and_neck(pose, marks), **_limbs(pose)}


def _trunk(pose: SkeletonPose, marks: dict[str, Array]) -> dict[str, float]:
    line = pose.mid("upperarm") - pose.mid("thigh")
    seen = marks["left_shoulder"] + marks["right_shoulder"] - marks["left_hip"] - marks["right_hip"]
    pelvis = pose.at("thigh_l") - pose.at("thigh_r")
    return {
        "lean_joint_deg": forward_lean_deg(line),
        "lean_landmark_deg": forward_lean_deg(seen),
        "side_lean_deg": float(np.degrees(np.arctan2(line[1], line[2]))),  # + = to the left
        "pelvic_obliquity_deg": float(np.degrees(np.arctan2(pelvis[2], pelvis[1]))),  # + = right side low
    }


def _shoulders_and_neck(pose: SkeletonPose, marks: dict[str, Array]) -> dict[str, float]:
    ear = 0.5 * (marks["left_ear"] + marks["right_ear"])
    thorax = pose.turn("spine_03")
    from_c7 = ear - marks["c7"]
    forward = []
    for end in SUFFIX.values():
        clavicle = thorax.T @ (pose.at(f"upperarm{end}") - pose.at(f"clavicle{end}"))
        forward.append(np.degrees(np.arctan2(clavicle[0], abs(clavicle[1]))))
    flexion = pose.turn("spine_01").T @ thorax
    return {
        "ear_shoulder_deg": forward_lean_deg(ear - pose.mid("upperarm")),
        "craniovertebral_deg": float(np.degrees(np.arctan2(from_c7[2], from_c7[0]))),
        "protraction_deg": float(np.mean(forward)),
        "thoracic_flexion_deg": float(np.degrees(np.arctan2(flexion[0, 2], flexion[2, 2]))),
    }


def _limbs(pose: SkeletonPose) -> dict[str, float]:
    out = {}
    for side, end in SUFFIX.items():
        thigh = pose.at(f"calf{end}") - pose.at(f"thigh{end}")
        shank = pose.at(f"foot{end}") - pose.at(f"calf{end}")
        upper = pose.at(f"lowerarm{end}") - pose.at(f"upperarm{end}")
        lower = pose.at(f"hand{end}") - pose.at(f"lowerarm{end}")
        out[f"thigh_{side}_deg"] = float(np.degrees(np.arctan2(thigh[0], -thigh[2])))  # + = knee ahead of hip
        out[f"knee_flexion_{side}_deg"] = angle_between_deg(thigh, shank)
        out[f"shank_{side}_deg"] = float(np.degrees(np.arctan2(shank[0], -shank[2])))  # + = ankle ahead of knee
        out[f"elbow_{side}_deg"] = 180 - angle_between_deg(upper, lower)
    return out
