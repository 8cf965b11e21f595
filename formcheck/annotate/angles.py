"""The trunk against gravity, and the neck against the trunk, with their running values beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..datatypes import FloatArray
from ..planes import Planes
from .pen import Rect, Sheet, Sprite, tag
from .scene import Scene, measurement
from .shapes import Angle
from .skeleton import line_px
from .style import BOLD, REGULAR, SOFT, WHITE

DEGREES = "{}°"  # a running angle: its interval is degrees wide, so it has no decimals
STEPS = 4  # a running angle is the mean of this many values: it follows habits, not every step
VERTICAL = 1.12  # trunk lengths from the hips to the vertical's upper end
LABEL, BIGGER = 0.95, 1.25  # size of a callout's caption over body text, and of its number over that
APART = 2.2  # caption sizes between two callouts
FITS = 0.6  # share of the rows with a value in which a callout must lie inside the picture, or it is not used at all


@dataclass(frozen=True)
class Callout:
    """A label that moves along beside the runner; (T,) each.

    edges (T, 2) is the middle of the side towards the runner, outward (T,) the sign of image x away from the runner.
    """

    sprites: list[Sprite | None]
    edges: FloatArray
    opacity: FloatArray
    outward: FloatArray

    def place(self, row: int) -> Rect | None:
        """Where it is, None where it is not shown."""
        sprite = self.sprites[row]
        if sprite is None or not self.opacity[row] > 0:
            return None
        x, y = self.edges[row]
        return sprite.at(round(x if self.outward[row] > 0 else x - sprite.width), round(y - 0.5 * sprite.height))

    def draw(self, picture: Planes, row: int) -> None:
        sprite, place = self.sprites[row], self.place(row)
        if sprite is not None and place is not None:
            sprite.stamp(picture, place.x0, place.y0, float(self.opacity[row]))


class Angles:
    """Trunk line, dashed vertical and the wedge between; shoulders to ears against the trunk line's extension.

    The upper end of the trunk line is turned about the hips by the amount by which the measurement corrects the pose
    model's landmarks, so that on average the drawn angle is the reported one.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.lean_deg = scene.running("trunk_lean_deg", STEPS)
        self.neck_deg = scene.running("neck_flexion_deg", STEPS)
        self.shown = bool(scene.forward) and bool(np.isfinite(self.lean_deg).any())
        self._hips, self._ears = scene.track.mid("hip"), scene.track.mid("ear")
        self._shoulders = self._corrected_shoulders() if self.shown else self._hips
        self._angles = [tuple(self._angles_of(row)) for row in range(len(self._hips))]
        self.callouts = dict(self._callouts()) if self.shown else {}

    def drawn(self, row: int) -> bool:
        """Whether there is a trunk line in a row."""
        return bool(self._angles[row])

    def draw_wedges(self, sheet: Sheet, row: int) -> None:
        """What lies under the limbs."""
        for angle in self._angles[row]:
            angle.draw_ground(sheet)

    def draw_lines(self, sheet: Sheet, row: int) -> None:
        """What lies over the limbs."""
        for angle in self._angles[row]:
            angle.draw_lines(sheet)

    def draw_words(self, picture: Planes, row: int) -> None:
        if self.drawn(row):
            for callout in self.callouts.values():
                callout.draw(picture, row)

    def places(self, row: int) -> list[Rect]:
        """Where its text is in a row."""
        return [place for callout in self.callouts.values() if (place := callout.place(row))]

    def _angles_of(self, row: int) -> Iterator[Angle]:
        hips, shoulders, ears = self._hips[row], self._shoulders[row], self._ears[row]
        if not np.isfinite([*hips, *shoulders, self.lean_deg[row]]).all():
            return
        trunk, width = shoulders - hips, line_px(self._scene)
        length = float(np.hypot(*trunk))
        if np.isfinite([*ears, self.neck_deg[row]]).all():
            neck = ears - shoulders
            yield Angle(shoulders, trunk * float(np.hypot(*neck)) / length, neck, 0.8 * width)
        _, down = self._scene.track.level_at(row).T
        yield Angle(hips, -VERTICAL * length * down, trunk, width)

    def _corrected_shoulders(self) -> FloatArray:
        """(T, 2) mid-shoulder, turned so that the mean lean over the measured strides is the measurement's."""
        forward = self._scene.forwards
        trunk = self._scene.track.mid("shoulder") - self._hips
        measured = np.isfinite(self.lean_deg) & np.isfinite(trunk[:, 0])
        across, down = (self._scene.track.steady(trunk)[measured] @ self._scene.track.level).T
        drawn = np.degrees(np.arctan2(forward[measured] * across, -down))
        wanted = measurement(self._scene.report, "trunk_lean_deg").value
        turn = np.radians(forward * (wanted - float(np.mean(drawn)))) if len(drawn) else 0.0 * forward
        cos, sin = np.cos(turn), np.sin(turn)
        x, y = trunk.T
        return np.asarray(self._hips + np.stack([cos * x - sin * y, sin * x + cos * y], axis=1))

    def _callouts(self) -> Iterator[tuple[str, Callout]]:
        """Those that fit: lean at shoulder height, neck flexion beside the head, both behind the runner's back."""
        size = round(LABEL * self._scene.text)
        shoulders, ears = (_usual(p[:, 1] - self._scene.anchor[:, 1]) for p in (self._shoulders, self._ears))
        upper = float(np.fmin(ears, shoulders - APART * size))
        for name, values, y in (
            ("neck flexion", self.neck_deg, upper),
            ("lean", self.lean_deg, upper + APART * size),
        ):
            known = np.isfinite(values)
            if known.any() and np.isfinite(y):
                callout = self._callout(name, values, y, size)
                if (callout.opacity[known] > 0).mean() >= FITS:
                    yield name, callout

    def _callout(self, caption: str, values: FloatArray, y: float, size: int) -> Callout:
        """y: its height relative to the anchor."""
        scene, back = self._scene, -self._scene.forwards
        sprites = [
            tag(((DEGREES.format(round(v)), round(BIGGER * size), WHITE, BOLD), (caption, size, SOFT, REGULAR)))
            if np.isfinite(v) else None
            for v in values
        ]  # fmt: skip
        widest = max(s.width for s in sprites if s)
        reach = np.where(back > 0, *(scene.reach(way, y - size, y + size) for way in (1, -1)))
        edges = scene.anchor + np.stack([back * (reach + scene.gap), np.full(len(back), y)], axis=1)
        far = edges[:, 0] + back * widest
        with np.errstate(invalid="ignore"):
            inside = (far > 0) & (far < scene.width) & (edges[:, 1] > size) & (edges[:, 1] < scene.height - size)
        return Callout(sprites, edges, scene.presence(~inside), back)


def _usual(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")
