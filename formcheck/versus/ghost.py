"""A runner's mean stride as a figure that runs on the spot, at the same size as any other, so that two can overlap."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..datatypes import OTHER, SIDES, FloatArray, Side, Trial, turned
from ..gait import leg_length_px
from ..landmarks import LandmarkSet
from ..metrics import near_side
from ..signals import filled, gaussian
from .phase import Phases

SAMPLES = 100  # of a stride
SMOOTH = 1.0  # samples: smooths the landmark jitter that the mean over few strides leaves


@dataclass(frozen=True)
class Ghost:
    """xy: (SAMPLES, K, 2) in leg lengths from the mid-hip without bounce and sway, as in the picture, y down."""

    landmarks: LandmarkSet
    xy: FloatArray
    near_side: Side

    def at(self, stride: float) -> FloatArray:
        """(K, 2) at a share of the stride."""
        place = stride % 1 * SAMPLES
        low, share = int(place) % SAMPLES, place % 1
        return np.asarray((1 - share) * self.xy[low] + share * self.xy[(low + 1) % SAMPLES])

    def mirrored(self) -> Ghost:
        return replace(self, xy=self.xy * (-1, 1))

    def limbs(self, far: bool) -> NDArray[np.int_]:
        """(n, 2) ends of the limbs on the side away from the camera, or of all others."""
        other, index, connections = OTHER[self.near_side], self.landmarks.index, self.landmarks.connections
        ends = [(index[a], index[b]) for a, b in connections if far == (a.startswith(other) and b.startswith(other))]
        return np.array(ends, int).reshape(-1, 2)

    @property
    def head(self) -> list[int]:
        """Its ears, or the nose in a landmark set without ears."""
        return self.landmarks.present(f"{side}_ear" for side in SIDES) or self.landmarks.present(("nose",))


def ghost(trial: Trial, phases: Phases) -> Ghost | None:
    """None when the leg length is not known. It is upright as gravity has it, which a rolled camera does not; lengths
    are as in the picture, without correction."""
    track, leg = trial.track, leg_length_px(trial.track, trial.gait.view)
    if not np.isfinite(leg):
        return None
    within = (track.time_s >= phases.time_s[0]) & (track.time_s <= phases.time_s[-1])
    hips = track.mid("hip")[within]
    strides = phases.at(track.time_s[within])
    path = _path(hips, 1 / (phases.stride_s * track.fps))
    placed = turned(track.xy[within] - path[:, None], -track.turn_deg[within]) @ track.level / leg
    return Ghost(track.landmarks, _mean(placed, strides, phases.whole), near_side(trial))


def _path(hips: FloatArray, strides_a_row: float) -> FloatArray:
    """(T, 2) the mid-hip without bounce and sway."""
    return gaussian(filled(hips, np.arange(len(hips))), 0.5 / strides_a_row, mode="nearest")


def _mean(placed: FloatArray, strides: FloatArray, whole: int) -> FloatArray:
    """(T, K, 2) at strides (T,) → the mean of the whole strides at SAMPLES moments."""
    wanted = (np.arange(whole)[:, None] + np.arange(SAMPLES) / SAMPLES).ravel()
    flat = placed.reshape(len(placed), -1)
    out = np.full((len(wanted), flat.shape[1]), np.nan)
    for column in range(flat.shape[1]):
        known = np.isfinite(flat[:, column])
        if known.sum() > 1:
            out[:, column] = np.interp(wanted, strides[known], flat[known, column])
    mean = out.reshape(whole, SAMPLES, -1).mean(axis=0)
    return gaussian(mean, SMOOTH, mode="wrap").reshape(SAMPLES, -1, 2)
