"""From where the camera looks, and whether the runner passes it or stays."""

from __future__ import annotations

import numpy as np

from ..cleaning import middle
from ..datatypes import INDEX, SIDES, Facing, FloatArray, PoseTrack, Surface, View, ViewName

OBLIQUE_DEG = 30.0  # farther than this from side, rear and front alike: numbers of none of them hold
PASSES_BY = 1.5  # body heights travelled against the background: overground
STAYS = 0.7  # body heights: on a treadmill, if for several strides
STAYS_UNSEEN = 0.3  # the same when the background has nothing to hold on to
GROWS = 1.25  # size ratio within a clip: the runner comes or goes
FEWEST_STRIDES = 3.0


def find_view(track: PoseTrack, wanted: str = "auto") -> View:
    """Where the body faces, from the shoulder and hip lines in space and the way nose and toes point.

    heading: 0° towards the camera, +90° image right, 180° away, −90° image left.
    """
    heading = _heading_deg(track)
    if np.isnan(heading):
        return View("none", "unknown", 0.0)
    pointing = _pointing(track)
    if wanted == "auto":
        off_side, off_front = abs(90 - abs(heading)), min(abs(heading), 180 - abs(heading))
        sideways = off_side < off_front
        off = min(off_side, off_front)
        name: ViewName = "oblique" if off > OBLIQUE_DEG else "side" if sideways else _end(heading)
    else:
        name = "side" if wanted == "side" else "rear" if wanted == "rear" else "front"
        off = abs(90 - abs(heading)) if name == "side" else abs(abs(heading) - (180 if name == "rear" else 0))
    facing: Facing = {"rear": "away", "front": "toward"}.get(name) or ("right" if pointing > 0 else "left")  # type: ignore[assignment]
    agrees = name in ("rear", "front") or np.sign(pointing) == np.sign(heading)
    confidence = float(np.clip(1 - off / 45, 0.05, 1)) * (1.0 if agrees else 0.5)
    return View(name, facing, round(confidence, 2), round(off, 1))


def _end(heading: float) -> ViewName:
    return "front" if abs(heading) < 90 else "rear"


def _heading_deg(track: PoseTrack) -> float:
    """Direction the body faces, mean over the clip, from left-minus-right shoulders and hips in space."""
    across = (
        sum(
            np.nanmean(
                track.world[track.seen, INDEX[f"left_{j}"]] - track.world[track.seen, INDEX[f"right_{j}"]], axis=0
            )
            for j in ("shoulder", "hip")
        )
        if track.seen.any()
        else np.full(3, np.nan)
    )
    return float(np.degrees(np.arctan2(across[2], across[0])))


def _pointing(track: PoseTrack) -> float:
    """Image x of toes ahead of heels and nose ahead of ears, pixels; its sign is the way the runner faces."""
    feet = [middle((track.point(f"{s}_foot_index") - track.point(f"{s}_heel"))[:, 0]) for s in SIDES]
    return sum(feet) + middle((track.point("nose") - track.mid("ear"))[:, 0])


def find_surface(track: PoseTrack, view: View, height_px: float, strides: float) -> Surface:
    """Treadmill or overground, from how far the hips travel against the background."""
    hips = track.mid("hip")
    known = np.isfinite(hips[:, 0])
    if known.sum() < 2 or view.name == "none":
        return "unknown"
    camera_known = bool(np.isfinite(track.camera_xy).all())
    travelled = _range((hips - track.camera_xy if camera_known else hips)[known, 0]) / height_px
    if view.name in ("rear", "front"):
        size = np.linalg.norm(track.mid("shoulder") - hips, axis=1)[known]
        tenth = max(1, len(size) // 10)
        grown = np.nanmedian(size[-tenth:]) / np.nanmedian(size[:tenth])
        if max(grown, 1 / grown) > GROWS:
            return "overground"
    if travelled > PASSES_BY:
        return "overground"
    stays = STAYS if camera_known else STAYS_UNSEEN
    return "treadmill" if travelled < stays and strides >= FEWEST_STRIDES else "unknown"


def _range(values: FloatArray) -> float:
    return float(np.subtract(*np.percentile(values, (98, 2))))
