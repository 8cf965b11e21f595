"""Skinning, and the surface landmarks (COCO style) that people and pose models mark on a body."""

from __future__ import annotations

import numpy as np

from .maths import Array, Indices
from .rig import Rig
from .skeleton import SkeletonPose

BONES_PER_VERTEX = 4


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
        """(n, 3) directions at rest carried along, not of unit length."""
        turned = np.einsum("vkij,vj->vki", pose.rotations[self.bones], directions)
        return np.asarray((self.weights[..., None] * turned).sum(1))


class SurfaceLandmarks:
    """Weighted means of bare-skin vertices."""

    def __init__(self, rig: Rig):
        data = rig.data
        used = np.unique(data["landmark_vertex"])
        self.skin = Skin(rig, rig.vertices[used], used)
        self.names = [str(name) for name in data["landmarks"]]
        self.regressor = np.zeros((len(self.names), len(used)))
        self.regressor[data["landmark"], np.searchsorted(used, data["landmark_vertex"])] = data["landmark_weight"]
        self.regressor /= self.regressor.sum(axis=1, keepdims=True)  # or a landmark lags behind as the runner travels

    def at(self, pose: SkeletonPose) -> dict[str, Array]:
        return dict(zip(self.names, self.regressor @ self.skin.posed(pose), strict=True))
