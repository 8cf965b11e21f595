"""Skinning, and the surface landmarks (COCO style) that people and pose models mark on a body."""

from __future__ import annotations

import numpy as np

from .maths import Array, Indices
from .rig import Rig
from .skeleton import SkeletonPose

BONES_PER_VERTEX = 4
C7_ASIDE_M, C7_ABOVE_M = 0.015, 0.012  # half width and height of the skin patch at the neck's root


class Skin:
    """Linear blend skinning of some vertices with their four strongest bones."""

    def __init__(self, rig: Rig, vertices: Array, source: Indices):
        """vertices (n, 3) at rest; source (n,) index of the rig vertex whose weights each one takes."""
        weights = rig.weights[source]
        self.bones = np.argsort(-weights, 1)[:, :BONES_PER_VERTEX]
        strongest = np.take_along_axis(weights, self.bones, 1)
        self.weights: Array = strongest / strongest.sum(1, keepdims=True)
        self.local: Array = vertices[:, None, :] - rig.rest[self.bones]

    def posed(self, pose: SkeletonPose) -> Array:
        """(n, 3) metres."""
        moved = np.einsum("vkij,vkj->vki", pose.rotations[self.bones], self.local) + pose.joints[self.bones]
        return np.asarray((self.weights[..., None] * moved).sum(1))

    def turned(self, pose: SkeletonPose, directions: Array) -> Array:
        """(n, 3) rest directions turned with the pose, not of unit length."""
        turned = np.einsum("vkij,vj->vki", pose.rotations[self.bones], directions)
        return np.asarray((self.weights[..., None] * turned).sum(1))


class SurfaceLandmarks:
    """Weighted means of bare-skin vertices, and the vertex of C7."""

    def __init__(self, rig: Rig):
        data, c7 = rig.data, _c7_vertex(rig)
        used = np.union1d(data["landmark_vertex"], c7)
        self.skin = Skin(rig, rig.vertices[used], used)
        self.names = [*(str(name) for name in data["landmarks"]), "c7"]
        self.regressor = np.zeros((len(self.names), len(used)))
        self.regressor[data["landmark"], np.searchsorted(used, data["landmark_vertex"])] = data["landmark_weight"]
        self.regressor[-1, np.searchsorted(used, c7)] = 1.0
        self.regressor /= self.regressor.sum(axis=1, keepdims=True)  # else a landmark lags behind as the runner travels

    def at(self, pose: SkeletonPose) -> dict[str, Array]:
        return dict(zip(self.names, self.regressor @ self.skin.posed(pose), strict=True))


def _c7_vertex(rig: Rig) -> int:
    """Where C7's spinous process is palpated: the rearmost midline skin at the height of the neck's root."""
    off = rig.vertices[rig.data["body"]] - rig.joint("neck_01")
    level = np.flatnonzero((np.abs(off[:, 1]) < C7_ASIDE_M) & (np.abs(off[:, 2]) < C7_ABOVE_M))
    return int(rig.data["body"][level[np.argmin(off[level, 0])]])
