"""What is shown where and when a foot meets the ground: a ring under it, and how far ahead of the hips it lands."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from ..datatypes import SIDES, Event, FloatArray, Pitch, PoseTrack, Side, landmark
from ..metrics.body import foreshortening
from ..planes import Planes
from ..signals import nearest_index
from .pen import ROUND, Pen, Rect, Sheet, Sprite, tag
from .scene import Scene, measurement
from .shapes import double_arrow
from .skeleton import line_px
from .style import BOLD, REGULAR, SIDE_COLOURS, SOFT, WHITE

HELD = 0.5  # share of a mark's time after which it fades; it is gone when the foot leaves the ground
BELOW = 0.03  # runner's heights from the foot's landmarks to the ground under the shoe
ANKLE_BELOW = 0.06  # the same from the ankle, of a pose model without feet
RING = 0.085  # runner's heights: half the length of the ring on the ground
FLATNESS = 0.24  # height over width of the ring, as a camera at hip height sees it
RIPPLE = 0.3  # by how much the ring grows while it is seen
HEAD = 0.028  # runner's heights: length of an arrow's head
DEPTH = 0.045  # runner's heights from the ground under the shoe down to the arrow
LABEL, BIGGER = 0.95, 1.25  # size of a label's caption over body text, and of its number over that
FITS = 0.6  # share of contacts whose label must find a place, or labels are not used at all


@dataclass(frozen=True)
class Ahead:
    """How far the foot lands ahead of the hips: from the point below them to the arrow's tip, all (2,)."""

    hips: FloatArray
    below: FloatArray
    tip: FloatArray
    label: Sprite
    place: Rect | None  # None when the label would cover the runner or leave the picture


@dataclass(frozen=True)
class Mark:
    """One contact, as in the picture of its row; foot is the ground under the shoe."""

    time_s: float
    side: Side
    row: int
    foot: FloatArray
    ahead: Ahead | None
    lasts_s: float  # how long it is seen


class Contacts:
    """Marks of all contacts; each is seen from the frame nearest to it until the foot leaves the ground."""

    def __init__(self, scene: Scene, taken: list[Rect]) -> None:
        """taken: plates that labels must keep clear of."""
        self._scene, self._taken = scene, taken
        self._size = round(LABEL * scene.text)
        side_view = bool(scene.forward)
        self._share = _by_time(scene, "overstride_pct_leg") if side_view else {}
        self._cm = _by_time(scene, "overstride_cm") if side_view else {}
        self.marks = [m for event in scene.report.contacts if (m := self._mark(event))]
        labels = [mark.ahead.place is not None for mark in self.marks if mark.ahead]
        self.labelled = bool(labels) and sum(labels) >= FITS * len(labels)

    def draw(self, sheet: Sheet, row: int) -> None:
        mark = self.seen(row)
        if mark is None:
            return
        age, opacity = self._fade(mark, row)
        shift = self._shift(mark.row, row)
        if mark.ahead and opacity > age / HELD:  # the hips' vertical goes first
            top, below = mark.ahead.hips + shift, mark.ahead.below + shift
            Pen(sheet, opacity - age / HELD).dashes(top, below, WHITE, 0.5 * line_px(self._scene))
        self._draw_ring(sheet, mark, mark.foot + shift, age, opacity)
        if mark.ahead:
            self._draw_arrow(Pen(sheet, opacity), mark, mark.ahead, shift)

    def draw_words(self, picture: Planes, row: int) -> None:
        mark = self.seen(row)
        for place in self.places(row):
            if mark and mark.ahead:
                mark.ahead.label.stamp(picture, place.x0, place.y0, self._fade(mark, row)[1])

    def _fade(self, mark: Mark, row: int) -> tuple[float, float]:
        """Age, of its time, and opacity."""
        age = max(0.0, (self._scene.track.time_s[row] - mark.time_s) / mark.lasts_s)
        return age, min(1.0, (1 - age) / (1 - HELD))

    def seen(self, row: int) -> Mark | None:
        """The last mark whose frame has been reached, until its time is over or the film is cut."""
        last = bisect_right(self.marks, row, key=lambda mark: mark.row) - 1
        if last < 0:
            return None
        mark, shots = self.marks[last], self._scene.shots
        over = self._scene.track.time_s[row] >= mark.time_s + mark.lasts_s
        return None if over or shots[row] != shots[mark.row] else mark

    def places(self, row: int) -> list[Rect]:
        """Where its text is in a row."""
        mark = self.seen(row)
        if not self.labelled or mark is None or mark.ahead is None or mark.ahead.place is None:
            return []
        return [mark.ahead.place.moved(*self._shift(mark.row, row))]

    def _shift(self, since: int, row: int | slice) -> FloatArray:
        """(…, 2) how far the ground has moved in the picture since a row."""
        camera = self._scene.track.camera_xy
        return np.asarray(np.nan_to_num(camera[row] - camera[since]))

    def _mark(self, event: Event) -> Mark | None:
        track = self._scene.track
        row = nearest_index(track.time_s, event.time_s)
        if not np.isfinite(self._scene.bodies[row, 0]):
            return None
        trial = self._scene.report.trial_at(event.time_s)
        motion = trial.gait.motion
        pose = motion.at(np.array([event.time_s]))[0] if motion else track.xy[row]
        joints, below = sole_joints(track)
        sole = np.stack([landmark(pose, track.landmarks, f"{event.side}_{joint}") for joint in joints])
        if not np.isfinite(sole).all():
            return None
        foot = np.array([sole[:, 0].mean(), sole[:, 1].max() + below * self._scene.body_px])
        hips = np.mean([landmark(pose, track.landmarks, f"{side}_hip") for side in SIDES], axis=0)
        size = motion.size_at(event.time_s) if motion else 1.0
        ahead = self._ahead(event, row, foot, hips, size)
        return Mark(event.time_s, event.side, row, foot, ahead, self._lasts_s(event))

    def _lasts_s(self, contact: Event) -> float:
        """Until the foot leaves the ground, for a step at most: on a treadmill the belt carries it off."""
        trial = self._scene.report.trial_at(contact.time_s)
        step_s = self._scene.step_in(trial)
        offs = trial.gait.toe_offs
        later = offs[bisect_right(offs, contact.time_s, key=lambda off: off.time_s) :]
        off_s = next((off.time_s for off in later if off.side == contact.side), np.inf)
        return min(off_s - contact.time_s, step_s)

    def _ahead(self, event: Event, row: int, foot: FloatArray, hips: FloatArray, size: float) -> Ahead | None:
        share, trial = self._share.get(event.time_s), self._scene.report.trial_at(event.time_s)
        if share is None or not np.isfinite(hips).all():
            return None
        view = trial.gait.view
        length = view.forward * share / 100 * size * trial.leg_px * foreshortening(view)
        below, tip = self._arrow(row, foot, hips, length, trial.pitch)
        label = _label(share, self._cm.get(event.time_s), self._size)
        return Ahead(hips, below, tip, label, self._place_for(label, row, below, tip))

    def _arrow(
        self, row: int, foot: FloatArray, hips: FloatArray, length: float, pitch: Pitch
    ) -> tuple[FloatArray, FloatArray]:
        """Its ends: under the hips and ahead of there, level, below the ground line, but inside the picture where the
        feet are at its lower edge; where a pitched camera sees them."""
        scene, level = self._scene, self._scene.track.level_at(row)
        down = level[:, 1]
        (x, _), (_, ground) = pitch.undone(np.stack([hips, foot]) @ level)
        under = np.array([x, ground + DEPTH * scene.body_px])
        ends = pitch.seen(under + np.array([[0.0, 0.0], [length, 0.0]])) @ level.T
        outside = max(0.0, float(ends[:, 1].max()) - (scene.height - HEAD * scene.body_px))
        start, tip = ends - outside / down[1] * down
        return start, tip

    def _place_for(self, label: Sprite, row: int, below: FloatArray, tip: FloatArray) -> Rect | None:
        """Under the arrow, else level with it ahead of the foot or behind the hips; always clear of the runner."""
        scene, (hips_x, tip_x) = self._scene, (float(below[0]), float(tip[0]))
        under = round(max(below[1], tip[1]) + HEAD * scene.body_px)
        beside = round(0.5 * (below[1] + tip[1] - label.height))
        ahead, behind = (tip_x, hips_x) if tip_x > hips_x else (hips_x, tip_x)
        right, left = round(ahead + RING * scene.body_px), round(behind - RING * scene.body_px - label.width)
        places = [
            label.at(round(0.5 * (hips_x + tip_x) - 0.5 * label.width), under),
            *((label.at(x, beside)) for x in ((right, left) if tip_x > hips_x else (left, right))),
        ]
        return next((place for place in places if self._is_free(place, row)), None)

    def _is_free(self, place: Rect, row: int) -> bool:
        scene = self._scene
        last = int(np.searchsorted(scene.track.time_s, scene.track.time_s[row] + scene.step_s))
        rows = slice(row, last)
        if scene.blocked(place, rows, self._shift(row, rows)).any() or any(place.overlaps(t) for t in self._taken):
            return False
        return place.within(scene.width, scene.height)

    def _draw_ring(self, sheet: Sheet, mark: Mark, foot: FloatArray, age: float, opacity: float) -> None:
        radii = RING * self._scene.body_px * (1 + RIPPLE * age) * np.array([1.0, FLATNESS])
        colour = SIDE_COLOURS[mark.side]
        Pen(sheet, 0.3 * opacity).area(foot + radii * ROUND, colour=colour)
        Pen(sheet, opacity).ring(foot, radii, colour, 0.6 * line_px(self._scene))

    def _draw_arrow(self, pen: Pen, mark: Mark, ahead: Ahead, shift: FloatArray) -> None:
        """The double arrow from under the hips to the landing foot."""
        width, (_, down) = 0.5 * line_px(self._scene), self._scene.track.level_at(mark.row).T
        ends = np.stack([ahead.below, ahead.tip]) + shift
        double_arrow(pen, ends[0], ends[1], HEAD * self._scene.body_px, 1.3 * width)
        ground = ends + ((mark.foot + shift - ends) @ down)[:, None] * down
        pen.cased(np.stack([ends, ground], axis=1), WHITE, width)


def sole_joints(track: PoseTrack) -> tuple[tuple[str, ...], float]:
    """(a foot's lowest joints that the pose model gives, how far the ground lies below them in runner's heights)."""
    return (("heel", "foot_index"), BELOW) if track.backend.shows("feet") else (("ankle",), ANKLE_BELOW)


def foot_room(scene: Scene) -> int:
    """Pixels that arrow and label take below the feet; 0 when there are none."""
    measured = scene.forward and measurement(scene.report, "overstride_pct_leg").steps
    return round((BELOW + DEPTH + HEAD) * scene.body_px + 2 * scene.text) if measured else 0


def _label(share: float, cm: float | None, size: int) -> Sprite:
    number, caption = (
        (f"{round(cm)} cm", f"{round(share)}% of leg") if cm is not None else (f"{round(share)}%", "of leg length")
    )
    return tag(((number, round(BIGGER * size), WHITE, BOLD), (caption, size, SOFT, REGULAR)))


def _by_time(scene: Scene, name: str) -> dict[float, float]:
    return {step.time_s: step.value for step in measurement(scene.report, name).steps}
