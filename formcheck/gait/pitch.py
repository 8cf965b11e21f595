"""How far the camera is pitched up or down, and how steeply it looks at the runner."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..camera import PICTURE_OF_FOCAL
from ..datatypes import Pitch, PoseTrack, VideoInfo, View

ELEVATION_SD_DEG = 3.5  # of how steeply the body shows that the camera looks up: see ``elevation_deg``
LENS_SD_SHARE = 0.25  # of a pitch that is read off the picture, for lenses differ
STEEPEST_DEG = 40.0  # beyond it, who is seen is bent over rather than seen from above or below
LEAST_SD_DEG = 1.0  # of how steeply uprights show that it does


def find_pitch(track: PoseTrack, view: View, video: VideoInfo) -> Pitch:
    """From how uprights converge, else from how steeply the camera looks up at the runner; none where neither is known.

    Uprights give it for the usual lens. With another, another pitch would make them converge as much, and so change
    lengths as much: what is undone is right whatever the lens.
    """
    if not track.seen.any() or not np.isfinite([track.converging, view.elevation_deg]).any():
        return Pitch()
    focal_px = max(video.width_px, video.height_px) / PICTURE_OF_FOCAL
    x, y = (0.5 * np.array([video.width_px, video.height_px]) @ track.level).tolist()
    level = Pitch(0.0, 0.0, focal_px, (x, y), float(np.nanmedian((track.mid("hip") @ track.level)[:, 1])))
    if np.isfinite(track.converging):
        shown = np.array([track.converging, track.converging_sd]) / PICTURE_OF_FOCAL
        deg, sd_deg = np.degrees(np.arctan(shown)).tolist()
    else:
        deg = float(np.clip(view.elevation_deg - level.hips_deg, -STEEPEST_DEG, STEEPEST_DEG))
        sd_deg = float(np.hypot(ELEVATION_SD_DEG, LENS_SD_SHARE * deg))
    return replace(level, deg=deg, sd_deg=sd_deg)


def with_elevation(view: View, track: PoseTrack, pitch: Pitch) -> View:
    """The view, with how steeply the camera looks up by what body and uprights say together, each as far as it is sure.

    Uprights say it the less surely, the steeper it is: that depends on the lens.
    """
    if not np.isfinite(track.converging) or not track.seen.any():
        return view
    uprights, body = pitch.hips_deg, view.elevation_deg
    sure = np.array([LEAST_SD_DEG**2 + (LENS_SD_SHARE * pitch.deg) ** 2, ELEVATION_SD_DEG**2]) ** -1.0
    both = float(np.average([uprights, body], weights=sure)) if np.isfinite(body) else uprights
    return replace(view, elevation_deg=round(both, 1))
