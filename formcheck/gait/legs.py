"""The legs alone: how long they are, and where their joints are in leg lengths."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..datatypes import SIDES, FloatArray, Pitch, PoseTrack, Side, View, turned
from ..knowledge import calibration
from ..landmarks import LEG
from .motion import camera_shake, relative_size, slow_path

THIGH_SHANK = ("hip", "knee", "ankle")
KNEES_SEEN = 0.5  # of the frames that show the person must show both knees
FEET_SEEN = 0.6  # likewise, each joint of the feet, for events to be read from them
GUESSED = 0.4  # confidence: of legs hidden or out of the picture in six clips one had 0.3 at most, of real walkers' 0.6
USUAL_LEG_M = 0.85  # thigh + shank of an adult, give or take a tenth
SHANK_SHORT = 0.8  # of its median length relative to the trunk's: seen from the side a shank varies by 0.05


@dataclass(frozen=True)
class LegCoordinates:
    """Leg coordinates in leg lengths about the slow path of the mid-hip: x forward, y up against gravity; (T, k),
    named."""

    time_s: FloatArray
    values: FloatArray
    columns: dict[str, int]


def near_side(view: View) -> Side:
    """The runner's side nearer to the camera: the right one unless the left is seen."""
    return "left" if view.facing == "left" else "right"


def leg_length_px(track: PoseTrack, view: View, pitch: Pitch | None = None) -> float:
    """Thigh + shank, pixels, mean of both legs, at size 1; from behind, where both tilt away, when they look longest.

    Thigh and shank are about equally long (Drillis & Contini 1966), so one stands in where the other is hidden.
    """
    share = 50 if view.sagittal else 90
    size, pitch = relative_size(track), pitch or Pitch()
    names = [f"{side}_{joint}" for side in SIDES for joint in THIGH_SHANK]
    at = {name: pitch.undone(track.point(name) @ track.level) for name in names}
    segments = [
        np.linalg.norm(at[f"{side}_{a}"] - at[f"{side}_{b}"], axis=1) / size
        for side in SIDES
        for a, b in pairwise(THIGH_SHANK)
    ]
    known = [np.percentile(s[np.isfinite(s)], share) for s in segments if np.isfinite(s).any()]
    seen = calibration.of(track.model).perspective("leg_length", view.name, 1.0)
    return 2 * float(np.mean(known)) / seen if known else float("nan")


def leg_confidence(track: PoseTrack, side: Side) -> float:
    """How sure the pose model is of a leg, 0 to 1: the median of knee and ankle while the person is seen."""
    joints = track.landmarks.present((f"{side}_knee", f"{side}_ankle"))
    return float(np.median(track.confidence[track.seen][:, joints], axis=0).mean())


def both_legs_seen(track: PoseTrack) -> bool:
    """Whether both legs are in the picture; where they are not, a pose model guesses, and they seem to move.

    Hips may be out of it too: then there is somebody all the same.
    """
    somebody = np.isfinite(track.xy[..., 0]).any(axis=1)
    if not somebody.any():
        return True
    knees = np.isfinite(track.mid("knee")[somebody, 0])
    return bool(knees.mean() >= KNEES_SEEN) and min(leg_confidence(track, side) for side in SIDES) >= GUESSED


def feet_seen(track: PoseTrack, view: View, rows: NDArray[np.bool_]) -> bool:
    """Whether what shows contacts in such a view is in the picture, and not hidden, in most of these rows (T,)."""
    joints = ("ankle", "heel", "foot_index") if view.sagittal and track.backend.shows("feet") else ("ankle",)
    feet = track.landmarks.present(f"{side}_{joint}" for side in SIDES for joint in joints)
    known = np.isfinite(track.xy[rows][:, feet, 0])
    return bool(len(known)) and bool(known.mean(axis=0).min() >= FEET_SEEN)


def leg_coordinates(track: PoseTrack, rows: NDArray[np.intp], view: View, frequency_hz: float) -> LegCoordinates:
    """Both legs in these rows; frequency_hz, the stride's, separates bounce and sway from the path."""
    camera = camera_shake(track)[rows]
    path = camera + slow_path(track.time_s[rows], track.mid("hip")[rows] - camera, frequency_hz)
    scale = np.array([view.forward or 1, -1]) / leg_length_px(track, view) / relative_size(track)[rows, None]
    values: list[FloatArray] = []
    columns: dict[str, int] = {}
    for side in SIDES:
        for joint in LEG:
            place = turned(track.point(f"{side}_{joint}")[rows] - path, -track.turn_deg[rows]) @ track.level * scale
            for axis, column in zip("xy", place.T, strict=True):
                columns[f"{side}_{joint}_{axis}"] = len(values)
                values.append(column)
    return LegCoordinates(track.time_s[rows], np.stack(values, axis=1), columns)


def short_shank(track: PoseTrack, time_s: FloatArray) -> float:
    """Share of the frames in which a shank, seen from the side, is shorter than it can be: the larger of the two legs'.

    The leg is then that of somebody farther away.
    """
    span = (track.time_s >= time_s[0]) & (track.time_s <= time_s[-1])
    trunk = np.linalg.norm(track.mid("shoulder") - track.mid("hip"), axis=1)
    shares = [0.0]
    for side in SIDES:
        shank = (np.linalg.norm(track.point(f"{side}_knee") - track.point(f"{side}_ankle"), axis=1) / trunk)[span]
        known = shank[np.isfinite(shank)]
        if len(known):
            shares.append(float(np.mean(known < SHANK_SHORT * np.median(known))))
    return max(shares)
