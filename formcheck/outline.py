"""The trunk's outline in a mask of the person: its edges, and which way they run at each place.

A mask is read in the trunk's own frame: origin mid-hip, height 1 at mid-shoulder. At each height the edges are searched
for outwards from the line hip → shoulder → ear. Of all looks, the edge that sticks out least is kept (a quantile):
swinging arms, flapping cloth and shadows only push an edge outwards. What needs the arms as well reads histograms of
oriented gradients (Dalal & Triggs 2005) of the mask around the shoulders.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .datatypes import FloatArray, Outline
from .tracking import Pose

HEIGHTS = np.arange(0.0, 1.36, 0.025)  # trunk lengths above mid-hip
STEP, REACH = 0.01, 0.8  # trunk lengths: how finely and how far out an edge is searched for
LEAST_PROTRUDING = 0.10  # share of the looks whose edge lies further in than the one kept
FEWEST_SEEN = 6  # looks in which an edge must be seen at a height
BENDS_FROM = 0.95  # height up to which the search starts on the trunk's line; above, on the line to the ear

CELL, FROM = 0.18, 0.5  # trunk lengths: side of a histogram's cell, and the height at which the lowest cells begin
ROWS, COLUMNS, DIRECTIONS = 5, 6, 8  # of cells, up and across the trunk's line; of edge directions in half a turn
SAMPLES = 8  # each way in a cell
FAINT = 0.01  # added to the strength of the edges around a cell, by which its histogram is divided

CHEST, SHOULDER, THROAT = 0.7, 1.0, 1.3  # on the front edge: does the shoulder stand out from chest and throat?
NEAR = 0.051  # the edge at a height is its mean over heights this near


def read(time_s: float, pose: Pose) -> Outline:
    """One look at a pose with a mask; its landmarks are in the mask's pixels."""
    assert pose.mask is not None
    hip, shoulder, ear = (pose.mid(joint) for joint in ("hip", "shoulder", "ear"))
    trunk = max(float(np.linalg.norm(shoulder - hip)), 1.0)  # bent towards the camera, it could have no length
    up = (shoulder - hip) / trunk
    axes = trunk * np.array([(-up[1], up[0]), up])  # a trunk's length to the right, and up
    across, height = (axes @ (ear - hip)) / trunk**2
    middle = np.interp(HEIGHTS, [BENDS_FROM, max(height, BENDS_FROM + 0.1)], [0.0, across])
    left, right = (_edge(pose.mask, hip, axes, middle, sign) for sign in (-1, 1))
    points = (pose.xy - hip) @ axes.T / trunk**2
    found = gradients(pose.mask, hip, axes)
    return Outline(np.array([time_s]), left[None], right[None], found[None], points[None])


def gradients(mask: FloatArray, origin: FloatArray, axes: FloatArray) -> FloatArray:
    """(ROWS, COLUMNS, DIRECTIONS) how strong the mask's edges are in each direction, cells relative to those around.

    Directions are those of the gradient, from the image's right toward up, half a turn; rows from the lowest up.
    """
    up, across = (
        low + CELL / SAMPLES * (np.arange(-SAMPLES, (cells + 1) * SAMPLES) + 0.5)  # a cell more on every side
        for low, cells in ((FROM, ROWS), (-0.5 * COLUMNS * CELL, COLUMNS))
    )
    points = origin + np.stack(np.meshgrid(across, up), axis=-1) @ axes
    rise, run = np.gradient(np.sqrt(_between_pixels(mask, points)))
    turn = np.arctan2(rise, run) % np.pi * (DIRECTIONS / np.pi)
    off = np.abs(turn[..., None] - np.arange(DIRECTIONS))
    shares = np.clip(1 - np.minimum(off, DIRECTIONS - off), 0, None) * np.hypot(rise, run)[..., None]
    cells = shares.reshape(ROWS + 2, SAMPLES, COLUMNS + 2, SAMPLES, DIRECTIONS).mean(axis=(1, 3))
    strength = sliding_window_view(np.linalg.norm(cells, axis=-1), (3, 3)).mean(axis=(2, 3))
    return np.asarray(cells[1:-1, 1:-1] / (strength[..., None] + FAINT))


def facing_right(histograms: FloatArray, forward: int) -> FloatArray:
    """(…, ROWS, COLUMNS, DIRECTIONS) as they would be for a runner who faces the image's right."""
    return histograms if forward > 0 else np.roll(histograms[..., ::-1, ::-1], 1, axis=-1)


def _edge(mask: FloatArray, origin: FloatArray, axes: FloatArray, middle: FloatArray, sign: int) -> FloatArray:
    """(heights,) where the mask first ends to one side of the body's middle line; NaN where it does not."""
    across = middle[:, None] + sign * np.arange(0.0, REACH, STEP)
    points = origin + np.stack(np.broadcast_arrays(across, HEIGHTS[:, None]), axis=-1) @ axes
    inside = _between_pixels(mask, points) - 0.5
    first = np.argmax(inside <= 0, axis=1)  # 0 when the line itself lies outside, or nothing ends in reach
    rows = np.arange(len(HEIGHTS))
    before, after = inside[rows, first - 1], inside[rows, first]
    with np.errstate(invalid="ignore", divide="ignore"):
        edge = middle + sign * STEP * (first - 1 + before / (before - after))
    return np.where(first > 0, edge, np.nan)


def _between_pixels(mask: FloatArray, points: FloatArray) -> FloatArray:
    """Values interpolated at points (…, 2) between pixels; 0 outside the picture."""
    height, width = mask.shape
    x, y = points[..., 0], points[..., 1]
    inside = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
    x, y = np.clip(x, 0, width - 1.001), np.clip(y, 0, height - 1.001)
    i, j = y.astype(int), x.astype(int)
    v, u = y - i, x - j
    upper, lower = ((1 - u) * mask[i + k, j] + u * mask[i + k, j + 1] for k in (0, 1))
    return np.asarray(np.where(inside, (1 - v) * upper + v * lower, 0.0))


def shoulder_front(seen: Outline, forward: int) -> float:
    """How far the front at the shoulders stands out from chest and throat, summed, trunk lengths; NaN if hardly seen.

    forward: +1 facing the image's right, −1 left.
    """
    _, front = kept_edges(seen, forward)
    return 2 * _at(front, SHOULDER) - _at(front, CHEST) - _at(front, THROAT)


def kept_edges(seen: Outline, forward: int) -> tuple[FloatArray, FloatArray]:
    """Back and front, (heights,) each, trunk lengths ahead of the trunk's line; forward as for ``shoulder_front``."""
    back, front = (seen.left, seen.right) if forward > 0 else (-seen.right, -seen.left)
    return _kept(back, 1 - LEAST_PROTRUDING), _kept(front, LEAST_PROTRUDING)


def _kept(edges: FloatArray, quantile: float) -> FloatArray:
    """(heights,) the edge that sticks out least; gaps between known heights are bridged."""
    enough = np.isfinite(edges).sum(axis=0) >= FEWEST_SEEN
    if not enough.any():
        return np.full(len(HEIGHTS), np.nan)
    known = _quantile(edges[:, enough], quantile)
    return np.asarray(np.interp(HEIGHTS, HEIGHTS[enough], known, left=np.nan, right=np.nan))


def _quantile(edges: FloatArray, quantile: float) -> FloatArray:
    """(heights,) over the looks that found the edge; numpy's nanquantile is ten times slower."""
    place = quantile * (np.isfinite(edges).sum(axis=0) - 1)
    ordered = np.sort(edges, axis=0)  # NaN last
    below = np.floor(place).astype(int)
    low, high = (np.take_along_axis(ordered, i[None], axis=0)[0] for i in (below, np.ceil(place).astype(int)))
    return np.asarray(low + (place - below) * (high - low))


def _at(edge: FloatArray, height: float) -> float:
    return float(edge[np.abs(HEIGHTS - height) < NEAR].mean())
