"""How the camera moves and how it is tilted, read from the background, away from people."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .datatypes import FloatArray, turned

WIDTH_PX = 320  # features are followed in a small picture: 1 ms a frame, and shifts of 0.1 of its pixels still show
LIGHT_PX = 15  # of a small picture: light that differs over longer than this is taken off where lamps flicker
FLICKERS = 0.01  # by this share the light in a picture's rows then differs from that in the one before
POINTS = 80
RENEW_EVERY = 15  # frames between fresh features, so that points lost at the edge are replaced
FEWEST_POINTS = 8  # with fewer, the median shift is not trusted
FOLLOWS = 0.5  # body heights: a camera that turns this far follows the runner
AGREE_PX = 0.15  # small pixels, median distance from their median: points up to this move as one; reflections do not
MOST_LOST = 0.2  # of the frames: beyond this, the sum of the steps means nothing
NEXT_PX = 0.3  # points that are this near to where a turn puts them in the next frame turn with it
LATER_PX = 1.0  # likewise in a later one
MOST = 0.5  # of the points
ROCKS_DEG = 0.05  # from one frame to the next: less is mostly noise, which would add up
FAR_LEVELS = 4  # of the pyramid, from which points of an earlier picture are found though the phone has slipped
LEAST_TURN_DEG = (
    1.5  # between any two moments of a clip: less is not undone. In clips held by a hand, up to 1° is noise
)
BOX_MARGIN = 0.15  # of a person's height: margin kept clear of features (shadow, loose clothes, landmark error)

LINES_WIDTH_PX = 640  # longer side of the picture searched for upright edges
SHORTEST_LINE = 0.05  # of the picture's height
STEEPEST_ROLL_DEG = 8.0  # a phone tilted more is tilted on purpose
TIPPED_DEG = 2 * STEEPEST_ROLL_DEG * np.array([0, 1, -1, 2, -2])  # rolls are looked for about each of these in turn
SQUARE_DEG = 3.0  # to within this, what is level lies square to what is upright, seen from about straight beside
STEEPEST_LINE_DEG = 32.0  # of an upright at the picture's edge, when the camera looks steeply up or down
ROLL_STEP_DEG = 0.1
ROLLS_DEG = np.arange(-STEEPEST_ROLL_DEG, STEEPEST_ROLL_DEG + 0.5 * ROLL_STEP_DEG, ROLL_STEP_DEG)
# How much uprights converge upwards: one longer side of the picture beside its middle, by this tangent. It is that of
# the camera's pitch, + up, times the longer side over the focal length.
CONVERGING = np.linspace(-0.9, 0.9, 91)
PICTURE_OF_FOCAL = 1.2  # longer side over focal length: phones' main cameras usually film 58 to 66° across
USUAL_CONVERGING_SD = 0.2  # a pitch of 10°
EXPECTED_SD = 0.08  # of what the body lets expect: it shows how steeply the camera looks to 3.5°
EXPECTED_SD_SHARE = 0.35  # likewise: other lenses, zoom, cropping
EVIDENCE = 4.0  # what a picture height of agreeing edges adds to the logarithm of the likelihood: our own choice
LEAST_CONVERGING_SD = 0.01
LINE_NOISE_DEG = 0.4  # scatter of the edges of one upright object
NEAR = np.exp(-0.5 * (np.arange(-15, 16) * ROLL_STEP_DEG / LINE_NOISE_DEG) ** 2)  # how far edges agree on a roll
ENOUGH_LINES = 1.5  # picture heights of agreeing upright edges in a look: fewer say nothing
FEW_LINES_SD_DEG = 0.8  # error of a roll read from one picture height of edges; falls as their length grows
UNKNOWN_ROLL_SD_DEG = 1.5  # of a phone propped up by hand
LEAST_ROLL_SD_DEG = 0.3  # rooms are not built straighter than this

LOST = (float("nan"),) * 3

Gray = NDArray[np.uint8]
Box = tuple[int, int, int, int]  # left, top, right, bottom


class CameraMotion:
    """Follows the background; ``update`` frame by frame, then read ``steps``."""

    def __init__(self) -> None:
        self._previous: Gray | None = None
        self._points: NDArray[np.float32] | None = None
        self._age = 0
        self._steps = array("d")
        self._anchor: _Anchor | None = None

    def update(self, image: NDArray[np.uint8], people: Iterable[FloatArray]) -> None:
        """Take the next frame, (H, W, 3) RGB, and everybody's landmarks in it, (K, 2) pixels each."""
        scale = WIDTH_PX / image.shape[1]
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        gray: Gray = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
        boxes = _boxes(people, scale)
        self._steps.extend((0.0, 0.0, 0.0) if self._previous is None else self._step(gray, boxes, scale))
        self._age += 1
        if self._points is None or len(self._points) < POINTS // 3 or self._age >= RENEW_EVERY:
            self._points, self._age = _features(gray, boxes), 0
            self._compare_with_anchor(gray, boxes, scale)
        self._previous = gray

    def _step(self, gray: Gray, boxes: list[Box], scale: float) -> tuple[float, float, float]:
        if self._points is None or len(self._points) < FEWEST_POINTS:
            return LOST
        assert self._previous is not None
        moved, tracked = _followed(*_lit_alike(self._previous, gray, boxes), self._points, None)
        keep = tracked & ~_inside(moved[:, 0], boxes)
        before, self._points = self._points[keep, 0], moved[keep]
        after = self._points[:, 0]
        above = _above(after[:, 1], boxes)
        telling = _telling(after - before, above)
        if telling.sum() < FEWEST_POINTS:
            return LOST
        found = _similarity(before[above], after[above], NEXT_PX)
        of_all = found if telling is above else _similarity(before[telling], after[telling], NEXT_PX)
        dx, dy = _shift(after[telling] - before[telling], of_all, boxes) / scale
        return float(dx), float(dy), _turn_deg(found)

    def _compare_with_anchor(self, gray: Gray, boxes: list[Box], scale: float) -> None:
        """Sums of steps drift, and a knock may be lost: what an earlier picture tells beyond them is the turn of the
        last step that was lost since, else of this one. Where it tells nothing, later pictures are compared with this.
        """
        if self._anchor is not None:
            since = np.reshape(self._steps[3 * self._anchor.row + 3 :], (-1, 3))
            summed = np.nansum(since, axis=0)
            turn = self._anchor.turn_deg(gray, boxes, summed * [scale, scale, 1.0])
            if np.isfinite(turn):
                lost = np.flatnonzero(np.isnan(since[:, 2]))
                at = 3 * (self._anchor.row + 1 + int(lost[-1] if len(lost) else len(since) - 1)) + 2
                self._steps[at] = float(np.nan_to_num(self._steps[at]) + turn - summed[2])
                return
        if self._points is not None and np.isfinite(self._steps[-1]):
            self._anchor = _Anchor(len(self._steps) // 3 - 1, gray, self._points)

    @property
    def steps(self) -> FloatArray:
        """(T, 3) pixels, x and y, by which the background has moved, where the runner is, since the frame before, and
        degrees by which it has turned (see ``Tilt``); 0 for the first, NaN when lost."""
        return np.array(self._steps).reshape(-1, 3)


@dataclass(frozen=True)
class _Anchor:
    """A picture with which later ones are compared."""

    row: int
    picture: Gray
    points: NDArray[np.float32]

    def turn_deg(self, gray: Gray, boxes: list[Box], since: FloatArray) -> float:
        """By how much the background has turned in a later picture, NaN where too little of it is found again; since:
        (3,) about how far it has moved, small pixels, and turned."""
        if len(self.points) < FEWEST_POINTS:
            return float("nan")
        middle = self.points.mean(axis=0)
        expected = turned(self.points - middle, since[2:]) + middle + since[:2]
        moved, found = _followed(*_lit_alike(self.picture, gray, boxes), self.points, expected.astype(np.float32))
        keep = found & ~_inside(moved[:, 0], boxes)
        above = keep & _above(moved[:, 0, 1], boxes)
        enough = keep.mean() >= MOST
        return _turn_deg(_similarity(self.points[above, 0], moved[above, 0], LATER_PX) if enough else None)


def _followed(
    before: Gray, after: Gray, points: NDArray[np.float32], expected: NDArray[np.float32] | None
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """((n, 1, 2) where points of a picture are in a later one, (n,) whether they were found); expected: about where."""
    levels, flags = (2, 0) if expected is None else (FAR_LEVELS, cv2.OPTFLOW_USE_INITIAL_FLOW)
    given: Any = expected  # OpenCV's own types know of no None
    moved, found, _ = cv2.calcOpticalFlowPyrLK(
        before, after, points, given, winSize=(15, 15), maxLevel=levels, flags=flags
    )
    return np.asarray(moved, np.float32), np.asarray(found[:, 0] == 1)


def _similarity(before: NDArray[np.float32], after: NDArray[np.float32], near_px: float) -> FloatArray | None:
    """(2, 3) the turn, growth and shift that take most points (n, 2) to where they are later; None when lost.

    For the turn, of points above the hips: a treadmill's belt seems to turn as it moves away from a camera behind it.
    """
    if len(before) < FEWEST_POINTS:
        return None
    found, together = cv2.estimateAffinePartial2D(before, after, ransacReprojThreshold=near_px)
    return None if found is None or together.mean() < MOST else np.asarray(found, float)


def _turn_deg(found: FloatArray | None) -> float:
    """Degrees, clockwise, by which points have turned about each other; NaN when lost."""
    return float("nan") if found is None else float(np.degrees(np.arctan2(found[1, 0], found[0, 0])))


def _shift(shift: NDArray[np.float32], found: FloatArray | None, boxes: list[Box]) -> FloatArray:
    """(2,) by which the background moves where the runner is, the largest person; from that of points beside, (n, 2),
    and the similarity found between them.

    A phone on a treadmill's rail rocks with each step: what lies to one side of the picture then rises as what lies to
    the other side falls.
    """
    if found is None or not boxes or abs(_turn_deg(found)) < ROCKS_DEG:
        return np.asarray(np.median(shift, axis=0), float)
    x0, y0, x1, y1 = max(boxes, key=lambda box: box[3] - box[1])
    middle = 0.5 * np.array([x0 + x1, y0 + y1])
    return found[:, :2] @ middle + found[:, 2] - middle


def shifts_of(steps: FloatArray) -> FloatArray:
    """(T, 2) pixels the background has moved since the first frame; all NaN if lost in too many frames."""
    shifts = steps[:, :2]
    lost = np.isnan(shifts[:, 0])
    if not len(lost) or lost.mean() > MOST_LOST:
        return np.full_like(shifts, np.nan)
    return np.cumsum(np.where(lost[:, None], 0.0, shifts), axis=0)


def turns_of(steps: FloatArray, body_height_px: float) -> FloatArray:
    """(T,) degrees by which the camera is rolled more than it usually is in this clip, as a phone is that slips.

    All 0 if it hardly turned, if that is not known, or if it follows the runner: things nearer and farther then move
    differently.
    """
    if not len(steps):
        return np.zeros(0)
    shifts, lost = shifts_of(steps), np.isnan(steps[:, 2])
    stays = np.ptp(shifts, axis=0).max() < FOLLOWS * body_height_px  # NaN means no
    turns = np.cumsum(np.where(lost, 0.0, steps[:, 2]))
    if not stays or lost.mean() > MOST_LOST or np.ptp(turns) < LEAST_TURN_DEG:
        return np.zeros(len(steps))
    return np.asarray(turns - np.median(turns))


def _boxes(people: Iterable[FloatArray], scale: float) -> list[Box]:
    """Boxes around people, with a margin, in a picture scaled by this factor."""
    return [_box(xy * scale) for xy in people if np.isfinite(xy).any()]


def _box(xy: FloatArray) -> Box:
    (x0, y0), (x1, y1) = np.nanmin(xy, axis=0), np.nanmax(xy, axis=0)
    margin = BOX_MARGIN * (y1 - y0)
    return int(x0 - margin), int(y0 - margin), int(x1 + margin), int(y1 + margin)


def _inside(points: NDArray[np.float32], boxes: list[Box]) -> NDArray[np.bool_]:
    inside, (x, y) = np.zeros(len(points), bool), points.T
    for x0, y0, x1, y1 in boxes:
        inside |= (x > x0) & (x < x1) & (y > y0) & (y < y1)
    return inside


def _telling(shift: NDArray[np.float32], above: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(n,) which of shifts (n, 2) count: those above the hips if there are enough and they agree; else all."""
    some = shift[above]
    agree = len(some) >= FEWEST_POINTS and np.median(np.abs(some - np.median(some, axis=0)), axis=0).max() <= AGREE_PX
    return above if agree else np.ones_like(above)


def _above(y: NDArray[np.float32], boxes: list[Box]) -> NDArray[np.bool_]:
    """(n,) which heights lie above the middle of the largest person; all if there is nobody.

    Lines along a lane seem to stand still, whatever the camera does, and a treadmill's belt moves, though the camera
    does not. The horizon is as high as the camera, which is held at about hip height: what lies above the hips is not
    ground.
    """
    if not boxes:
        return np.ones(len(y), bool)
    _, top, _, bottom = max(boxes, key=lambda box: box[3] - box[1])
    return np.asarray(y < 0.5 * (top + bottom))


def _lit_alike(before: Gray, after: Gray, boxes: list[Box]) -> tuple[Gray, Gray]:
    """Two pictures as they are, or without what light and shade make of them where lamps flicker: bands of light then
    run over the picture, as one row is exposed after the other, and would take along what is followed."""
    beside = np.ones(after.shape[1], np.float32)  # people
    for x0, _, x1, _ in boxes:
        beside[max(x0, 0) : max(x1, 0)] = 0
    share = beside / beside.sum() if beside.any() else np.full_like(beside, 1 / len(beside))
    rows = (1.0 + picture @ share for picture in (before, after))
    change = cv2.blur(np.diff(np.log([*rows]), axis=0), (LIGHT_PX, 1))
    flickers = np.sqrt((change**2).mean()) > FLICKERS
    return (_evenly_lit(before), _evenly_lit(after)) if flickers else (before, after)


def _evenly_lit(gray: Gray) -> Gray:
    light = cv2.blur(gray.astype(np.float32), (LIGHT_PX, LIGHT_PX))
    return np.asarray(np.clip(128.0 + gray - light, 0, 255), np.uint8)


def _features(gray: Gray, boxes: list[Box]) -> NDArray[np.float32] | None:
    mask = np.full(gray.shape, 255, np.uint8)
    for box in boxes:
        x0, y0, x1, y1 = (max(v, 0) for v in box)
        mask[y0:y1, x0:x1] = 0
    found = cv2.goodFeaturesToTrack(gray, POINTS, 0.02, 8, mask=mask)
    return None if found is None else np.asarray(found, np.float32)


class CameraTilt:
    """How the camera is rolled and pitched, from the upright edges of the room; call ``look`` now and then."""

    def __init__(self) -> None:
        self._detector = cv2.createLineSegmentDetector()
        self._looks: list[FloatArray] = []
        self.frames: list[int] = []

    def look(self, image: NDArray[np.uint8], people: Iterable[FloatArray], frame: int = 0) -> None:
        """Take a frame, (H, W, 3) RGB, everybody's landmarks in it, (K, 2) pixels each, and its number."""
        scale = LINES_WIDTH_PX / max(image.shape[:2])
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        lines = self._detector.detect(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))[0]
        if lines is not None:
            lines = lines.reshape(-1, 4)
            middles = ((lines[:, :2] + lines[:, 2:]) / 2).astype(np.float32)
            lines = lines[~_inside(middles, _boxes(people, scale))]
            self.frames.append(frame)
            self._looks.append(_tipped(lines.astype(float), small.shape[1], small.shape[0]))

    @property
    def looks(self) -> FloatArray:
        """(k, W, C, 2) for each look, near how the picture may be tipped (``TIPPED_DEG``), if uprights converge by so
        much (``CONVERGING``): roll, and the length of the edges that agree on it, in picture heights."""
        return np.array(self._looks, float).reshape(-1, len(TIPPED_DEG), len(CONVERGING), 2)


@dataclass(frozen=True)
class Tilt:
    """roll_deg: + when upright objects lean to the image's right. converging: see ``CONVERGING``, NaN when unknown. Of
    each its standard deviation."""

    roll_deg: float = 0.0
    roll_sd_deg: float = UNKNOWN_ROLL_SD_DEG
    converging: float = float("nan")
    converging_sd: float = float("nan")


def tilt_of(looks: FloatArray, elevation_deg: float = float("nan"), turns_deg: FloatArray | float = 0.0) -> Tilt:
    """The camera's usual tilt, from all looks; elevation: how steeply it looks up at the runner, if the body shows
    that; turns: (k,) by how much more it was rolled at each look.

    Beyond ``STEEPEST_ROLL_DEG`` more length of edges must agree on a roll than on any nearer to level, the farther the
    more: posts of treadmills slant, and so do shadows. Where somewhat more agrees, it may be one or the other.
    """
    if not len(looks):
        return Tilt()
    usual = looks - np.multiply.outer(np.broadcast_to(turns_deg, len(looks)), np.array([[[1.0, 0.0]]]))
    unexpected = _from_expected(elevation_deg)
    agreeing = (np.median(usual[..., 1], axis=0) - 0.5 * unexpected**2 / EVIDENCE).max(axis=1)
    tipped = int(agreeing.argmax())
    more = agreeing[tipped] - agreeing[0]
    near, far = _agreed(usual[:, 0], unexpected, UNKNOWN_ROLL_SD_DEG), _agreed(usual[:, tipped], unexpected, np.inf)
    if not near.roll_sd_deg < UNKNOWN_ROLL_SD_DEG:
        near = replace(near, roll_deg=0.0, roll_sd_deg=UNKNOWN_ROLL_SD_DEG)
    if more < ENOUGH_LINES or not far.roll_deg:
        return near
    if more >= ENOUGH_LINES * abs(far.roll_deg) / STEEPEST_ROLL_DEG and far.roll_sd_deg < UNKNOWN_ROLL_SD_DEG:
        return far
    return replace(near, roll_sd_deg=float(np.hypot(near.roll_sd_deg, far.roll_deg - near.roll_deg)))


def _agreed(looks: FloatArray, unexpected: FloatArray, usual_sd_deg: float) -> Tilt:
    """The tilt on which looks (k, C, 2) agree; unexpected: (C,) as ``_from_expected``; usual: how far from level.

    Where uprights are seen on one side of the picture only, they do not tell a roll from converging: how steeply the
    camera looks up, and what rolls are usual, then decide, and the roll is as unsure as that.
    """
    sure = looks[looks[..., 1].max(axis=-1) >= ENOUGH_LINES]
    if len(sure) < max(2, len(looks) // 2):
        return Tilt()
    rolls, evidence = np.median(sure, axis=0).T
    likely = EVIDENCE * evidence - 0.5 * np.hypot(unexpected, rolls / usual_sd_deg) ** 2
    weight = np.exp(likely - likely.max())
    weight /= weight.sum()
    roll, converging = float(weight @ rolls), float(weight @ CONVERGING)
    parts = [
        LEAST_ROLL_SD_DEG,
        float(sure[:, weight.argmax(), 0].std()),
        FEW_LINES_SD_DEG / float(weight @ evidence),
        float(np.sqrt(weight @ (rolls - roll) ** 2)),
    ]
    sd = float(np.hypot(LEAST_CONVERGING_SD, np.sqrt(weight @ (CONVERGING - converging) ** 2)))
    return Tilt(roll, float(np.linalg.norm(parts)), converging, sd)


def _from_expected(elevation_deg: float) -> FloatArray:
    """(C,) how far from what is expected a converging is, in standard deviations."""
    if not np.isfinite(elevation_deg):
        return CONVERGING / USUAL_CONVERGING_SD
    expected = PICTURE_OF_FOCAL * np.tan(np.radians(elevation_deg))
    return np.asarray((CONVERGING - expected) / np.hypot(EXPECTED_SD, EXPECTED_SD_SHARE * expected))


def _tipped(lines: FloatArray, width: int, height: int) -> FloatArray:
    """(W, C, 2) as ``_uprights``, in the picture tipped back by each of ``TIPPED_DEG``.

    For a roll far from level counts what lies square to it, up to as much again, and against it what lies level.
    """
    middle = 0.5 * np.array([width, height])
    ends = lines.reshape(-1, 2, 2) - middle
    back = [(turned(ends, np.full(len(ends), -deg)) + middle).reshape(-1, 4).astype(np.float32) for deg in TIPPED_DEG]
    found = np.stack([_uprights(some, width, height) for some in back])
    found[..., 0] += TIPPED_DEG[:, None]
    square, level = (_lying(ends[:, 1] - ends[:, 0], roll) / height for roll in (found[1:, :, 0], np.zeros(1)))
    found[1:, :, 1] += np.minimum(square, found[1:, :, 1]) - level
    return found


def _lying(along: FloatArray, roll_deg: FloatArray) -> FloatArray:
    """The length of edges (n, 2) that lie as what is level does in a camera rolled by so much."""
    along = along * np.where(along[:, :1] < 0, -1, 1)  # to the right
    lies = np.degrees(np.arctan2(along[:, 1], along[:, 0]))
    order = lies.argsort()
    upto = np.concatenate([[0.0], np.linalg.norm(along[order], axis=1).cumsum()])
    first, last = (np.searchsorted(lies[order], roll_deg + off) for off in (-SQUARE_DEG, SQUARE_DEG))
    return np.asarray(upto[last] - upto[first])


def _uprights(lines: NDArray[np.float32], width: int, height: int) -> FloatArray:
    """(C, 2) for each way in which uprights may converge: the roll on which most length of edges agrees, and that."""
    along = lines[:, 2:] - lines[:, :2]
    along = along * np.where(along[:, 1:] > 0, -1, 1)  # upwards
    length = np.linalg.norm(along, axis=1)
    angle = np.degrees(np.arctan2(along[:, 0], -along[:, 1]))
    upright = (length > SHORTEST_LINE * height) & (np.abs(angle) < STEEPEST_LINE_DEG)
    middles = (0.5 * (lines[:, :2] + lines[:, 2:]) - 0.5 * np.array([width, height])) / max(width, height)
    (x, y), angle, length = middles[upright].T, angle[upright], length[upright]
    converge = CONVERGING[:, None]
    level = angle - np.degrees(np.arctan2(-converge * x, 1 + converge * y))
    places = np.rint((level - ROLLS_DEG[0]) / ROLL_STEP_DEG).astype(int)
    within = (places >= 0) & (places < len(ROLLS_DEG))
    places += len(ROLLS_DEG) * np.arange(len(CONVERGING))[:, None]
    every = (len(CONVERGING), len(ROLLS_DEG))
    lengths = np.bincount(places[within], np.broadcast_to(length, places.shape)[within], every[0] * every[1])
    near = cv2.filter2D(lengths.reshape(every) / height, -1, NEAR[None], borderType=cv2.BORDER_CONSTANT)
    best = near.argmax(axis=1)
    return np.stack([ROLLS_DEG[best], near.max(axis=1)], axis=1)
