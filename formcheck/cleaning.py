"""PoseTrack → PoseTrack: swapped left and right legs are swapped back, doubtful points dropped, short gaps bridged,
the rest smoothed without lag. Whatever is repaired is counted in ``Repairs``."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from operator import lt

import numpy as np
from numpy.typing import NDArray

from .datatypes import SIDES, FloatArray, PoseTrack, Repairs, VideoInfo
from .landmarks import LEG
from .once import once
from .signals import Spans, filled, gaussian, known_median, lowpass, monotone_cubic, spans_of

FOOT = ("ankle", "heel", "foot_index")
LEAST_VISIBLE = 0.25  # a foot's landmark less visible is a guess; the far foot in clear side views stays above this
VISIBLE_OVER_S = 0.3  # SD of the window over which that is judged: what is hidden for a few frames is guessed well
LONGEST_GAP_S = 0.12  # about half a running flight phase; a longer gap stays NaN
SWAP_FPS = 30.0  # frames per second of real time at which swaps are looked for
SWAP_COST = 0.01  # body heights: the cost, per frame, of names other than those the pose model gave
COINCIDE = 0.3  # of the legs' distance, joint by joint, in nearby frames: any closer, they say nothing about names
AROUND = 7  # how many nearby frames
LARGEST_STEP = 0.25  # body heights: one frame's misfit counts no more than this, so that a spike cannot force a swap
OUTLIER_MAD = 6.0  # times a landmark's median distance from what its neighbours suggest
OUTLIER_LEAST = 0.025  # body heights: landmark noise below this is left to the filter
JUMP = 0.4  # body heights between two frames: more is a cut, or another person
FASTEST = 6.0  # body heights per second that a runner may have covered while unseen
TURNS = 6.0  # body heights per second, gained in a second: no runner speeds up, stops or turns faster (10 m/s²)
HEADING_S = 0.3  # over which it is seen where hips are going
LOWPASS_HZ = {"knee": 10.0, "ankle": 12.0, "heel": 12.0, "foot_index": 12.0, "wrist": 10.0}
LOWPASS_OTHER_HZ = 8.0  # trunk, hips, head: 99 % of a bounce at 3 Hz is kept
LOWPASS_FAST_FOOT_HZ = 16.0  # feet, if the clip has at least FAST_FPS
FAST_FPS = 110.0
LOWPASS_NYQUIST = 0.4  # of the frame rate, at most
NEIGHBOURS = 5  # frames: a point and two on each side of it
BLOCK = 1024  # rows interpolated together: their data stay in the processor's cache


def clean(raw: PoseTrack, video: VideoInfo, misnamed: NDArray[np.bool_] | None = None) -> PoseTrack:
    """The track with the legs' names repaired, outliers dropped, gaps bridged and noise filtered; never twice.

    misnamed: (T,) rows in which, once that is done, each leg has the other's name all the same.
    """
    height = raw.body_height_px
    if raw.cleaned or not np.isfinite(height):
        return raw
    track = _drop_unseen(raw, video)
    spans = between_jumps(track, height)
    swapped = _swapped(track, spans, height)
    swapped = swapped if misnamed is None else swapped ^ misnamed
    track = exchanged(track, swapped)
    xy, outliers = _without_outliers(track.xy, spans, height)
    xy, bridged = _bridge(xy, track.time_s, spans)
    repairs = Repairs(
        leg_swap_frames=int(swapped.sum()),
        outlier_points=outliers,
        bridged_points=bridged,
        dropped_points=int((np.isfinite(raw.xy[..., 0]) & np.isnan(xy[..., 0])).sum()),
        jumps=len(spans) - 1,
    )
    return replace(track, xy=_smooth(xy, track, spans), repairs=repairs, cleaned=True)


def on_every_frame(track: PoseTrack) -> PoseTrack:
    """A cleaned track with a row for every frame of the clip, including those that were not posed.

    Positions between rows follow a cubic through four rows (Catmull & Rom 1974), or a line where only two are known;
    between two rows that a jump parts, nothing is known.
    """
    return track if len(track.clock_s) == len(track) else _on_every_frame(track)


@once
def _on_every_frame(track: PoseTrack) -> PoseTrack:
    rows = np.interp(track.clock_s, track.time_s, np.arange(len(track)))
    span = np.zeros(len(track), int)
    for number, (first, last) in enumerate(between_jumps(track, track.body_height_px)):
        span[first:last] = number
    xy, world, confidence = (_between_rows(values, rows, span) for values in (track.xy, track.world, track.confidence))
    camera_xy = _between_rows(track.camera_xy, rows, np.zeros_like(span))
    frames = track.frames[0] + np.arange(len(track.clock_s)) - np.searchsorted(track.clock_s, track.time_s[0])
    return replace(
        track, time_s=track.clock_s, xy=xy, world=world, confidence=np.nan_to_num(confidence), camera_xy=camera_xy,
        frames=frames, turn_deg=np.interp(track.clock_s, track.time_s, track.turn_deg),
    )  # fmt: skip


def _between_rows(values: FloatArray, rows: FloatArray, span: NDArray[np.int_]) -> FloatArray:
    """values (T, …) at fractional rows (N,): (N, …); NaN between rows of different spans; span (T,) numbers them."""
    found, between, last = values[rows.astype(int)].astype(float, copy=False), np.flatnonzero(rows % 1), len(values) - 1
    for some in np.array_split(between, 1 + len(between) // BLOCK):
        before = rows[some].astype(int)
        share = (rows[some] - before).reshape(-1, *(1 for _ in values.shape[1:]))
        a, b, c, d = (_of_span(values, np.clip(before + k, 0, last), span, before) for k in (-1, 0, 1, 2))
        cubic = b + 0.5 * share * (c - a + share * (2 * a - 5 * b + 4 * c - d + share * (3 * (b - c) + d - a)))
        found[some] = np.where(np.isfinite(cubic), cubic, (1 - share) * b + share * c)
    return np.asarray(found)


def _of_span(values: FloatArray, rows: NDArray[np.int_], span: NDArray[np.int_], like: NDArray[np.int_]) -> FloatArray:
    """values (T, …) at some rows (N,), NaN for those of another span than the rows ``like``."""
    found = values[rows].astype(float, copy=False)
    found[span[rows] != span[like]] = np.nan
    return found


def _drop_unseen(track: PoseTrack, video: VideoInfo) -> PoseTrack:
    """Landmarks beyond the picture's edge, and hidden ones of the feet, are the model's guesses: they become NaN."""
    size = np.array([video.width_px, video.height_px])
    with np.errstate(invalid="ignore"):
        unseen = np.any((track.xy < 0) | (track.xy >= size), axis=-1)
    feet = track.landmarks.present(f"{side}_{joint}" for side in SIDES for joint in FOOT)
    window = VISIBLE_OVER_S * track.fps if len(track) > 1 else 1.0
    unseen[:, feet] |= gaussian(track.confidence[:, feet], window, mode="nearest") < LEAST_VISIBLE
    return replace(track, xy=np.where(unseen[..., None], np.nan, track.xy))


def between_jumps(track: PoseTrack, height: float) -> Spans:
    """Spans of rows [a, b) within which nothing jumps: nothing is compared or filtered across a cut."""
    rows = np.flatnonzero(track.seen)
    cuts = [0, *(int(r) for r in rows[1:][jumps(track, rows, height)]), len(track)]
    return list(pairwise(cuts))


def jumps(track: PoseTrack, rows: NDArray[np.intp], height: float) -> NDArray[np.bool_]:
    """(n − 1,) whether the hips moved farther from one of n rows to the next than a runner can.

    Out of sight they went on as before, as after, or from one to the other.
    """
    hips, gap_s, unseen = track.mid("hip"), np.diff(track.time_s[rows]), np.diff(rows) > 1
    moved = np.diff(hips[rows], axis=0)
    far = np.linalg.norm(moved, axis=1) > np.maximum(JUMP, FASTEST * np.where(unseen, gap_s, 0)) * height
    for k in np.flatnonzero(unseen & ~far).tolist():
        ways = [_velocity(track.time_s, hips, int(rows[k + i]), after=bool(i)) for i in (0, 1)]
        known = [way for way in ways if np.isfinite(way).all()]
        if known:
            strayed = np.linalg.norm(moved[k] - np.mean(known, axis=0) * gap_s[k])
            far[k] = strayed > (JUMP + TURNS * gap_s[k] ** 2 / 4) * height
    return np.asarray(far)


def _velocity(time_s: FloatArray, hips: FloatArray, row: int, after: bool) -> FloatArray:
    """(2,) pixels per second of the hips just before a row, or just after it; NaN if they are hardly seen there."""
    near = time_s >= time_s[row] if after else time_s <= time_s[row]
    near &= (np.abs(time_s - time_s[row]) <= HEADING_S) & np.isfinite(hips[:, 0])
    if near.sum() < 3:
        return np.full(2, np.nan)
    return np.asarray(np.polyfit(time_s[near], hips[near], 1)[0])


def _swapped(track: PoseTrack, spans: Spans, height: float) -> NDArray[np.bool_]:
    """(T,) rows in which the legs' names are swapped."""
    left, right = _legs(track)
    every = max(1, round(track.fps / SWAP_FPS))
    return np.concatenate([_swaps(track.xy[a:b, left], track.xy[a:b, right], height, every) for a, b in spans])


def exchanged(track: PoseTrack, rows: NDArray[np.bool_]) -> PoseTrack:
    """The track with each leg's landmarks under the other's name in some rows, by mask (T,)."""
    left, right = _legs(track)
    these, arrays = np.flatnonzero(rows)[:, None], {}
    for name in ("xy", "world", "confidence"):
        values = getattr(track, name).copy()
        values[these, left], values[these, right] = values[these, right], values[these, left].copy()
        arrays[name] = values
    return replace(track, **arrays)


def _legs(track: PoseTrack) -> list[NDArray[np.intp]]:
    return [np.array(track.landmarks.present(f"{side}_{joint}" for joint in LEG)) for side in SIDES]


def _swaps(left: FloatArray, right: FloatArray, height: float, every: int) -> NDArray[np.bool_]:
    """The frames in which the legs' names are swapped: left, right (T, joints, 2) → (T,) bool.

    Decided on every ``every``-th frame, since crossing legs hardly move between frames too close in time; the others
    follow the path between those. Frames in which the model put both legs in one place do not count. The span keeps
    the names that most frames had.
    """
    from scipy.ndimage import median_filter  # noqa: PLC0415 (late, as in ``signals``)

    count = len(left)
    legs = np.stack([np.concatenate([left, right], axis=1), np.concatenate([right, left], axis=1)], axis=1)
    legs = filled(legs.reshape(count, -1), np.arange(count)).reshape(legs.shape)  # (T, 2 namings, joints of both, 2)
    rows = np.arange(0, count, every)
    apart = np.linalg.norm(legs[rows, 1] - legs[rows, 0], axis=-1).mean(axis=-1)
    rows = rows[apart > COINCIDE * median_filter(apart, AROUND, mode="nearest")]
    if len(rows) < 3:
        return np.zeros(count, bool)
    decided = _namings(legs[rows], rows, height)
    path = legs[rows, decided.astype(int)]
    between = np.interp(np.arange(count), rows, np.arange(len(rows)))
    before = np.minimum(between.astype(int), len(rows) - 2)
    share = (between - before)[:, None, None]
    expected = (1 - share) * path[before] + share * path[before + 1]
    misfit = np.linalg.norm(legs - expected[:, None], axis=-1).mean(axis=-1)
    swapped = np.asarray(misfit[:, 1] < misfit[:, 0])
    return np.asarray(swapped != (swapped.mean() > 0.5))


def _namings(legs: FloatArray, rows: NDArray[np.intp], height: float) -> NDArray[np.bool_]:
    """Dynamic programming over keep/swap: (T, 2 namings, joints, 2) at rows (T,) of the clip → (T,) whether swapped.

    The cost is how far each leg is from where its velocity over the two frames before would have put it.
    """
    ahead = (np.diff(rows)[1:] / np.diff(rows)[:-1])[:, None, None, None, None]
    before = legs[1:-1, None, :]
    expected = before + ahead * (before - legs[:-2, :, None])  # indices: frame, naming two before, one before, …
    misfit = legs[2:, None, None, :] - expected[:, :, :, None]
    cost = np.linalg.norm(misfit, axis=-1).clip(max=LARGEST_STEP * height).mean(axis=-1) / height
    cost += SWAP_COST * np.array([0.0, 1.0])  # indices: frame, naming two before, one before, now
    total, better = (0.0, 0.0, 0.0, 0.0), list[tuple[bool, ...]]()  # indices: 2 × naming one before + naming now
    for step in cost.reshape(-1, 8).tolist():
        kept = total[0] + step[0], total[0] + step[1], total[1] + step[2], total[1] + step[3]
        changed = total[2] + step[4], total[2] + step[5], total[3] + step[6], total[3] + step[7]
        better.append(tuple(map(lt, changed, kept)))
        total = tuple(map(min, kept, changed))
    way = total.index(min(total))
    path = [way & 1, way >> 1]
    for two_before in reversed(better):
        path.append(int(two_before[2 * path[-1] + path[-2]]))
    return np.array(path[::-1], bool)


def _without_outliers(xy: FloatArray, spans: Spans, height: float) -> tuple[FloatArray, int]:
    """Points far from the cubic through their neighbours (Hampel's rule on that residual) become NaN."""
    xy, found = xy.copy(), 0
    for a, b in spans:
        if b - a < NEIGHBOURS:
            continue
        part = xy[a:b]
        expected = (4 * (part[1:-3] + part[3:-1]) - part[:-4] - part[4:]) / 6
        residual = np.linalg.norm(part[2:-2] - expected, axis=-1)
        with np.errstate(invalid="ignore"):
            bad = residual > np.maximum(OUTLIER_MAD * known_median(residual), OUTLIER_LEAST * height)
        bad &= residual >= _largest_nearby(residual)  # a spike makes its neighbours look odd too: drop only the worst
        part[2:-2][bad] = np.nan
        found += int(bad.sum())
    return xy, found


def _largest_nearby(residual: FloatArray) -> FloatArray:
    """Maximum over each row and the one before and after, NaN ignored."""
    padded = np.pad(np.nan_to_num(residual), ((1, 1), (0, 0)))
    return np.asarray(np.maximum.reduce([padded[:-2], padded[1:-1], padded[2:]]))


def _bridge(xy: FloatArray, time_s: FloatArray, spans: Spans) -> tuple[FloatArray, int]:
    """Gaps no longer than LONGEST_GAP_S between known points are bridged by a shape-preserving cubic."""
    xy, bridged = xy.copy(), 0
    for a, b in spans:
        for points in np.swapaxes(xy[a:b], 0, 1):
            known = np.isfinite(points[:, 0])
            rows, unknown = np.flatnonzero(known), np.flatnonzero(~known)
            after = np.searchsorted(rows, unknown)
            within = (after > 0) & (after < len(rows))
            lasts_s = np.diff(time_s[a + rows])[after[within] - 1]
            short = unknown[within][lasts_s <= LONGEST_GAP_S + 1e-9]
            if len(short):
                points[short] = monotone_cubic(time_s[a + short], time_s[a + rows], points[rows])
                bridged += len(short)
    return xy, bridged


def _smooth(xy: FloatArray, track: PoseTrack, spans: Spans) -> FloatArray:
    """The track's landmarks, gaps bridged, low-pass filtered between the jumps."""
    xy, time_s = xy.copy(), track.time_s
    corners_hz = [cutoff_hz(name, track.fps) for name in track.landmarks.names]
    for a, b in spans:
        for k, corner_hz in enumerate(corners_hz):
            for i, j in spans_of(np.isfinite(xy[a:b, k, 0])):
                xy[a + i : a + j, k] = lowpass(xy[a + i : a + j, k], time_s[a + i : a + j], corner_hz)
    return xy


def cutoff_hz(landmark: str, fps: float) -> float:
    """Low-pass corner for a landmark at a frame rate (real time)."""
    joint = landmark.removeprefix("left_").removeprefix("right_")
    hz = LOWPASS_HZ.get(joint, LOWPASS_OTHER_HZ)
    if fps >= FAST_FPS and joint in FOOT:
        hz = LOWPASS_FAST_FOOT_HZ
    return min(hz, LOWPASS_NYQUIST * fps)
