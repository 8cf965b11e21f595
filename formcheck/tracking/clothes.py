"""What colours somebody wears: anyone who leaves the view and comes back in others is somebody else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..datatypes import FloatArray
from .poses import Pose

PARTS = (("shoulder", "hip"), ("hip", "knee"))  # of trunk and thighs, where shirt and shorts are
ALONG = (0.35, 0.5, 0.65)  # of the way from one to the other
REACH = 0.02  # body heights around each place
GAMMA = 2.2  # of pictures: light is a pixel's value to this power
DARK = 0.01  # of the brightest light: below it a colour is mostly noise
SAME_HUE = 0.2  # of the shares of red, green and blue: farther apart in shirt or shorts is someone else
SAME_LIGHT = 4.0  # ratio: one side of a runner may be in the sun and the other in the shade


def colours(image: np.ndarray, pose: Pose) -> FloatArray:
    """(2, 3) light from shirt and shorts in an RGB image, 0…1, the median around each; NaN outside the picture."""
    reach = max(1, round(REACH * pose.height_px))
    out = np.full((len(PARTS), 3), np.nan)
    for row, (upper, lower) in zip(out, PARTS, strict=True):
        a, b = pose.mid(upper), pose.mid(lower)
        places = [np.round(a + share * (b - a)).astype(int) for share in ALONG] if np.isfinite([a, b]).all() else []
        cut = [
            image[max(0, y - reach) : max(0, y + reach + 1), max(0, x - reach) : max(0, x + reach + 1)]
            for x, y in places
        ]
        pixels = np.concatenate([np.zeros((0, 3), np.uint8), *(c.reshape(-1, 3) for c in cut)])
        if len(pixels):
            row[:] = np.median((pixels / 255) ** GAMMA, axis=0)
    return out


def dressed_alike(one: Sequence[FloatArray], other: Sequence[FloatArray]) -> bool:
    """Whether looks at two people, from ``colours``, may be at the same person; where nothing was seen they may."""
    if not one or not other:
        return True
    light = np.stack([_usual(looks) for looks in (one, other)]) + DARK
    light = light[:, np.isfinite(light).all(axis=(0, 2))]
    total = light.sum(axis=2, keepdims=True)
    hues, lights = light / total, np.log(total[..., 0])
    same_hue = np.linalg.norm(hues[0] - hues[1], axis=1) < SAME_HUE
    return bool(same_hue.all() and (np.abs(lights[0] - lights[1]) < np.log(SAME_LIGHT)).all())


def _usual(looks: Sequence[FloatArray]) -> FloatArray:
    """(2, 3) the median of the looks at each part in which it was seen; NaN where it never was."""
    parts = np.stack(looks, axis=1)
    seen = [part[np.isfinite(part).all(axis=1)] for part in parts]
    return np.stack([np.median(part, axis=0) if len(part) else np.full(3, np.nan) for part in seen])
