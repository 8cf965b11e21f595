"""How far the camera is pitched up or down, and so what lengths in its picture are worth."""

from __future__ import annotations

import numpy as np

from ..camera import PICTURE_OF_FOCAL
from ..datatypes import Pitch, PoseTrack, VideoInfo, View

ELEVATION_SD_DEG = 3.5  # of how steeply the body shows that the camera looks up: see ``elevation_deg``
LENS_SD_SHARE = 0.25  # of the pitch that lengths show, for lenses differ


def find_pitch(track: PoseTrack, view: View, video: VideoInfo) -> Pitch:
    """From how uprights converge, else from how steeply the camera looks up at the runner; none where neither is known.

    With the usual lens that pitch, or another with another lens, makes uprights converge as they do: what is undone is
    right whatever the lens.
    """
    if not track.seen.any():
        return Pitch()
    longer = max(video.width_px, video.height_px)
    (x, y), focal_px = np.array([0.5 * video.width_px, 0.5 * video.height_px]) @ track.level, longer / PICTURE_OF_FOCAL
    hips_y = float(np.nanmedian((track.mid("hip") @ track.level)[:, 1]))
    if np.isfinite(track.converging):
        deg, sd_deg = np.degrees(np.arctan(np.array([track.converging, track.converging_sd]) / PICTURE_OF_FOCAL))
    elif np.isfinite(view.elevation_deg):
        deg = view.elevation_deg - np.degrees(np.arctan2(y - hips_y, focal_px))
        sd_deg = np.hypot(ELEVATION_SD_DEG, LENS_SD_SHARE * deg)
    else:
        return Pitch()
    return Pitch(float(deg), float(sd_deg), float(focal_px), (float(x), float(y)), hips_y)
