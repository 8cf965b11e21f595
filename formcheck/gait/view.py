"""Where the camera looks from, and whether the runner passes it or stays in place."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..datatypes import (
    FRONTAL,
    SAGITTAL,
    SIDES,
    Facing,
    FloatArray,
    PoseTrack,
    Surface,
    View,
    ViewName,
    elevation_deg,
    toward_camera,
    usual_step,
)
from ..signals import Spans, gaussian, known_median

IDEAL_DEG: dict[ViewName, float] = {"side": 90.0, "rear": 180.0, "front": 0.0}  # heading, to either side
FACING_ALONG: dict[ViewName, Facing] = {"rear": "away", "front": "toward"}  # the line of sight
OBLIQUE_DEG = 30.0  # farther than this from side, rear and front alike: the numbers of none of them hold
PASSES_BY = 1.5  # body heights travelled against the background: overground
STAYS = 0.7  # body heights: on a treadmill, if for several strides
STAYS_UNSEEN = 0.3  # the same when the background has nothing to track
GROWS = 1.25  # size ratio within a clip: the runner approaches or recedes
FEWEST_STRIDES = 3.0
TURNING_S = 0.5  # SD of the window over which the body's direction is averaged
TURNED_S = 1.0  # whoever faces the other way for less has not turned round
UPRIGHT = 0.5  # cosine of the trunk's angle from the vertical: 60°, which nobody leans who runs
BELIEVED_DEG = 45.0  # farther than this from the view the user gave, that view is not accepted


def facing_one_way(track: PoseTrack) -> Spans:
    """Spans of rows [a, b), in order, in each of which the body faces one way; all of it unless it turns round.

    A body that seems to face the other way for a moment has not turned round.
    """
    across = _across(track)
    rows = np.flatnonzero(track.seen & np.isfinite(across).all(axis=1))  # bridged frames have no place in space
    if len(rows) < 2:
        return [(0, len(track))]
    across = across[rows]
    width = TURNING_S / usual_step(track.time_s)
    facing = gaussian((across[:, 2] + 1j * across[:, 0]) / (np.hypot(across[:, 0], across[:, 2]) + 1e-9), width)
    axis = np.sqrt((facing**2).sum())  # opposite directions share it
    ahead = (facing * axis.conj()).real > 0
    ways = [(a, b, bool(ahead[a])) for a, b in pairwise([0, *(np.flatnonzero(np.diff(ahead)) + 1), len(rows)])]
    spans: list[tuple[int, int, bool]] = []
    for a, b, way in (w for w in ways if np.ptp(track.time_s[rows[w[0] : w[1]]]) >= TURNED_S or len(ways) == 1):
        begin = spans.pop()[0] if spans and spans[-1][2] == way else a
        spans.append((begin, b, way))
    edges = [0, *rows[1:].tolist(), len(track)]
    return [(edges[a], edges[b]) for a, b, _ in spans] or [(0, len(track))]


def find_view(track: PoseTrack, wanted: str = "auto") -> View:
    """The view, from the lines through shoulders and hips and the way nose and toes point.

    wanted: the view that the user says it is; believed unless it looks like quite another.
    """
    heading = _heading_deg(track)
    if np.isnan(heading):
        return View("none", "unknown", 0.0)
    pointing = _pointing(track)
    off_from = [(abs(abs(heading) - ideal), name) for name, ideal in IDEAL_DEG.items()]
    believed = [(off, name) for off, name in off_from if name == wanted and off <= BELIEVED_DEG]
    off, name = min(believed or off_from)
    name = name if believed or off <= OBLIQUE_DEG else "oblique"
    facing: Facing = FACING_ALONG.get(name) or ("right" if pointing > 0 else "left")
    agrees = name in FRONTAL or np.sign(pointing) == np.sign(heading)
    confidence = float(np.clip(1 - off / 45, 0.05, 1)) * (1.0 if agrees else 0.5)
    ahead = abs(heading) < 90 if name in SAGITTAL else heading > 0
    elevation = round(elevation_deg(track.world[track.seen], track.landmarks), 1)
    return View(name, facing, round(confidence, 2), round(off if ahead else -off, 1), elevation)


def turned_deg(track: PoseTrack) -> float:
    """How much the body's heading changes along a line through it, in degrees; 0 where it is hardly known."""
    x, _, z = _across(track).T
    known = np.isfinite(x) & np.isfinite(z)
    if known.sum() < 2:
        return 0.0
    time_s, heading = track.time_s[known], np.unwrap(np.arctan2(z[known], x[known]))
    return float(np.degrees(abs(np.polyfit(time_s, heading, 1)[0]) * np.ptp(time_s)))


def upright(track: PoseTrack) -> bool:
    """Whether the shoulders are above the hips in most frames, as they are unless the picture is turned."""
    trunk = track.mid("hip") - track.mid("shoulder")
    known = trunk[np.isfinite(trunk).all(axis=1)]
    return not len(known) or bool(np.mean(known[:, 1] >= UPRIGHT * np.linalg.norm(known, axis=1)) > 0.5)


def _heading_deg(track: PoseTrack) -> float:
    """Direction the body faces, mean over the clip: 0 towards the camera, 90 image right, ±180 away, −90 image left.

    NaN where it is never known.
    """
    across = _across(track)[track.seen]
    x, _, z = across[np.isfinite(across).all(axis=1)].sum(axis=0)
    return float(np.degrees(np.arctan2(z, x))) if x or z else float("nan")


def _across(track: PoseTrack) -> FloatArray:
    """(T, 3) from right to left shoulder and hip, summed, camera axes as in PoseTrack; only its direction counts."""
    return _across_in_space(track) if np.isfinite(track.world).any() else _across_in_picture(track)


def _across_in_picture(track: PoseTrack) -> FloatArray:
    """The same at length 1: sideways from how broad the trunk looks, in depth by the side to which nose and toes point.

    Averaged around each frame first: a trunk that turns to and fro never looks broader than it is, only narrower.
    """
    width = TURNING_S * track.fps if len(track) > 1 else 1.0
    x = np.clip(_smoothed(toward_camera(track.xy, track.landmarks), width), -1, 1)
    pointing = gaussian(np.nansum(_pointers(track), axis=0), width)
    away = np.sign(pointing) * np.sqrt(1 - x**2)
    return np.where(track.seen[:, None], np.stack([x, np.zeros_like(x), away], axis=1), np.nan)


def _smoothed(values: FloatArray, width: float) -> FloatArray:
    """(T,) Gaussian mean of the known values around each frame; NaN where there are none."""
    known = np.isfinite(values)
    near, weight = (gaussian(v, width) for v in (np.where(known, values, 0.0), known.astype(float)))
    return np.asarray(np.divide(near, weight, out=np.full_like(near, np.nan), where=weight > 0))


def _across_in_space(track: PoseTrack) -> FloatArray:
    left, right = (track.world[:, track.landmarks.present((f"{s}_shoulder", f"{s}_hip"))] for s in SIDES)
    return np.asarray((left - right).sum(axis=1))


def _pointing(track: PoseTrack) -> float:
    """Image x from heels to toes and from ears to nose, pixels, summed; its sign is the way the runner faces."""
    return float(sum(known_median(part) for part in _pointers(track)))


def _pointers(track: PoseTrack) -> list[FloatArray]:
    """(T,) each: image x from heel to toe and from ears to nose, pixels."""
    feet = [track.point(f"{side}_foot_index") - track.point(f"{side}_heel") for side in SIDES]
    return [part[:, 0] for part in (*feet, track.point("nose") - track.mid("ear"))]


def find_surface(track: PoseTrack, view: View, strides: float = 0.0) -> Surface:
    """Treadmill or overground, from how far the hips travel against the background."""
    hips = track.mid("hip")
    known = np.isfinite(hips[:, 0])
    if known.sum() < 2 or view.name == "none":
        return "unknown"
    camera_known = track.camera_known
    travelled = _range((hips - track.camera_xy if camera_known else hips)[known, 0]) / track.body_height_px
    if not view.sagittal:
        size = np.linalg.norm(track.mid("shoulder") - hips, axis=1)
        size = size[np.isfinite(size)]
        tenth = max(1, len(size) // 10)
        grown = np.median(size[-tenth:]) / np.median(size[:tenth]) if len(size) else 1.0
        if max(grown, 1 / grown) > GROWS:
            return "overground"
    if travelled > PASSES_BY:
        return "overground"
    stays = STAYS if camera_known else STAYS_UNSEEN
    return "treadmill" if travelled < stays and strides >= FEWEST_STRIDES else "unknown"


def _range(values: FloatArray) -> float:
    return float(np.subtract(*np.percentile(values, (98, 2))))
