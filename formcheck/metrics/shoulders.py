"""What shows how far the shoulders are ahead of the trunk: the silhouette around them, and the arm that hangs there.

Pose models put shoulders where they usually are: on rendered runners the true joint lay ahead of the landmark by as
much as it was drawn forward (correlation 0.90). Clothes move the silhouette's edges, but hardly turn them.
"""

from __future__ import annotations

import numpy as np

from ..datatypes import SIDES, FloatArray, PoseTrack, landmark
from ..outline import COLUMNS, DIRECTIONS, ROWS, facing_right

SILHOUETTE = ROWS * COLUMNS * DIRECTIONS  # how many of the values are the silhouette's
ARM = ("shoulder", "elbow", "wrist")
MIDDLES = ("ear", "eye", "elbow", "wrist", "knee")


def shape(track: PoseTrack, forward: int) -> FloatArray:
    """(262,) means over the looks: the silhouette's gradients, landmarks, and the near arm with its swing.

    Landmarks in the trunk's own frame, trunk lengths, forward +; forward: +1 facing the image's right, −1 left.
    """
    seen, near = track.outline, "left" if forward < 0 else "right"

    def at(name: str) -> FloatArray:
        return np.asarray(landmark(seen.points, track.landmarks, name) * (forward, 1))

    middles = np.mean([[at(f"{side}_{joint}") for joint in MIDDLES] for side in SIDES], axis=0)
    arm = np.stack([at(f"{near}_{joint}") for joint in ARM])
    swing = [np.cov(joint.T)[np.triu_indices(2)] for joint in arm[1:]]
    edges = facing_right(seen.gradients, forward).mean(axis=0)
    return np.concatenate([edges.ravel(), middles.mean(axis=1).ravel(), arm.mean(axis=1).ravel(), *swing])
