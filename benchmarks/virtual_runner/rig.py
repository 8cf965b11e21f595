"""The skeleton and skin of one body as loaded from the assets, and the measures of it that the gait needs."""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path

import numpy as np

from .maths import Array, Indices
from .spec import SUFFIX, Side

ASSETS = Path(__file__).parent / "assets"
BODIES = tuple(sorted(path.stem for path in ASSETS.glob("*.npz") if path.stem != "shared"))

SHOE_SOLE_M = 0.018  # thickness of the shoe under the bare foot
ROLL_AHEAD_OF_BALL_M = 0.02  # the forefoot rolls a little in front of the joint
HEEL_BEHIND_ANKLE_M = 0.045
HEEL_ABOVE_SOLE_M = 0.004


class Rig:
    """One body at rest.

    vertices  (V, 3) m        weights  (V, B) share of each bone
    rest      (B, 3) joint positions m, ``parent`` (B,) index or -1
    """

    def __init__(self, body: str):
        if body not in BODIES:
            raise ValueError(f"no body {body!r}: one of {', '.join(BODIES)}")
        self.body = body
        self.data = dict(np.load(ASSETS / "shared.npz"))
        shape = np.load(ASSETS / f"{body}.npz")
        self.vertices: Array = shape["vertices"].astype(float)
        self.rest: Array = shape["joints"]
        self.parent: Indices = self.data["parent"]
        self.index = {str(name): i for i, name in enumerate(self.data["bones"])}
        self.weights: Array = np.zeros((len(self.vertices), len(self.rest)))
        self.weights[self.data["weight_vertex"], self.data["weight_bone"]] = self.data["weight"]

    @cached_property
    def _body_z(self) -> Array:
        return self.vertices[self.data["body"]][:, 2]

    def joint(self, bone: str) -> Array:
        """(3,) rest position of the joint a bone starts from."""
        return np.asarray(self.rest[self.index[bone]])

    @cached_property
    def ground_z(self) -> float:
        """Underside of the shoe in the rest pose."""
        return float(self._body_z.min()) - SHOE_SOLE_M

    @cached_property
    def height_m(self) -> float:
        return float(np.ptp(self._body_z)) + SHOE_SOLE_M

    @cached_property
    def thigh_m(self) -> float:
        return float(np.linalg.norm(self.joint("calf_l") - self.joint("thigh_l")))

    @cached_property
    def shank_m(self) -> float:
        return float(np.linalg.norm(self.joint("foot_l") - self.joint("calf_l")))

    @property
    def leg_m(self) -> float:
        return self.thigh_m + self.shank_m

    def hip_from_mid_hip(self, side: Side) -> Array:
        """(3,) rest position of a hip joint relative to the midpoint of both."""
        hip = self.joint(f"thigh{SUFFIX[side]}")
        return hip - 0.5 * (self.joint("thigh_l") + self.joint("thigh_r"))

    @cached_property
    def ball(self) -> Array:
        """(2,) x, z of the forefoot's rolling point with the foot flat, from the ankle."""
        ankle, ball = self.joint("foot_l"), self.joint("ball_l")
        return np.array([ball[0] + ROLL_AHEAD_OF_BALL_M - ankle[0], self.ground_z - ankle[2]])

    @cached_property
    def heel(self) -> Array:
        """(2,) x, z of the heel's rolling point with the foot flat, from the ankle."""
        return np.array([-HEEL_BEHIND_ANKLE_M, self.ground_z - self.joint("foot_l")[2] + HEEL_ABOVE_SOLE_M])


@cache
def load_rig(body: str) -> Rig:
    return Rig(body)
