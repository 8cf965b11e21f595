"""The angles of the body, each defined once: metrics read them at their moments, ``series`` frame by frame.

``body`` holds landmarks at moments (…); an angle is (…,) degrees. Positive means that a limb's far end is ahead, and
forward for the rest.
"""

from __future__ import annotations

import numpy as np

from ..datatypes import FloatArray
from ..signals import wrapped
from .body import Body, lean_deg


def trunk_lean(body: Body) -> FloatArray:
    """Mid-hip to mid-shoulder from the vertical."""
    return lean_deg(body.mid("hip"), body.mid("shoulder"))


def neck_flexion(body: Body) -> FloatArray:
    """Mid-shoulder to mid-ear against the trunk's line."""
    return lean_deg(body.mid("shoulder"), body.mid("ear")) - trunk_lean(body)


def craniovertebral(body: Body) -> FloatArray:
    """Mid-shoulder to mid-ear above the horizontal."""
    return 90 - lean_deg(body.mid("shoulder"), body.mid("ear"))


def head_pitch(body: Body) -> FloatArray:
    """Mid-ear to nose below the horizontal."""
    return lean_deg(body.mid("ear"), body["nose"]) - 90


def thigh(body: Body, side: str) -> FloatArray:
    """Hip to knee from the vertical."""
    return -lean_deg(body[f"{side}_knee"], body[f"{side}_hip"])


def shank(body: Body, side: str) -> FloatArray:
    """Knee to ankle from the vertical."""
    return -lean_deg(body[f"{side}_ankle"], body[f"{side}_knee"])


def sole(body: Body, side: str) -> FloatArray:
    """Heel to toe above the horizontal, -270 … 90: in swing toes point down and farther back, but never straight up."""
    return -90 - lean_deg(body[f"{side}_foot_index"], body[f"{side}_heel"])


def hip_flexion(body: Body, side: str) -> FloatArray:
    """Thigh against the trunk's line, 0 where the two are in line: the pelvis is not seen."""
    return thigh(body, side) + trunk_lean(body)


def knee_flexion(body: Body, side: str) -> FloatArray:
    """Thigh against shank, 0 is a straight leg."""
    return thigh(body, side) - shank(body, side)


def ankle_dorsiflexion(body: Body, side: str) -> FloatArray:
    """Sole against shank, 0 at right angles."""
    return sole(body, side) - shank(body, side)


def shoulder_flexion(body: Body, side: str) -> FloatArray:
    """Upper arm against the trunk's line, 0 where it hangs along it."""
    return trunk_lean(body) - lean_deg(body[f"{side}_elbow"], body[f"{side}_shoulder"])


def elbow(body: Body, side: str) -> FloatArray:
    """Upper arm against forearm in the picture, 0 … 180, a straight arm."""
    upper = lean_deg(body[f"{side}_elbow"], body[f"{side}_shoulder"])
    lower = lean_deg(body[f"{side}_elbow"], body[f"{side}_wrist"])
    return np.abs(wrapped(upper - lower, 360))


def side_lean(body: Body, to_right: int) -> FloatArray:
    """Mid-hip to mid-shoulder from the vertical, + to the runner's right; to_right: sign of image x on that side."""
    return to_right * trunk_lean(body)


def shoulder_line(body: Body, to_right: int) -> FloatArray:
    """Left to right shoulder against the horizontal, + with the right one higher."""
    across = body["right_shoulder"] - body["left_shoulder"]
    return np.asarray(np.degrees(np.arctan2(across[..., 1], to_right * across[..., 0])))
