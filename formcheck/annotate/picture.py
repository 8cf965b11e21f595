"""One picture of the results, made from parts cut out of the clip's frames."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..planes import Planes
from ..video import SAME_FRAME_S
from .cut import Cut
from .pen import Sheet
from .scene import Scene
from .shapes import Shape
from .skeleton import Skeleton, line_px


@dataclass(frozen=True)
class Still:
    """A picture of the results: ``stills/<name>.png``.

    fault    key of the finding it shows, None for the kinogram
    time_s   file time of its frame, or of the first of several
    caption  what is shown, with the number and its interval; alt: the same for those who cannot see the picture
    """

    name: str
    fault: str | None
    time_s: float
    caption: str
    alt: str


@dataclass
class Picture:
    """A still in the making.

    rows   of the track, in order: the frames it is made from; cuts: the part of each
    mount  makes the picture from the parts, with limbs and shape drawn on them
    torso  as for ``Skeleton.draw``
    """

    still: Still
    scene: Scene
    rows: Sequence[int]
    cuts: Sequence[Cut]
    mount: Callable[[list[Planes]], Planes]
    shape: Shape | None = None
    torso: bool = True
    _taken: dict[int, Planes] = field(default_factory=dict)

    @cached_property
    def times_s(self) -> list[float]:
        """File times of its frames."""
        return [self.scene.file_s(row) for row in self.rows]

    def place_of(self, time_s: float) -> int | None:
        """Which of its frames has this time, None if none has."""
        place = bisect_left(self.times_s, time_s - SAME_FRAME_S)
        return place if place < len(self.rows) and self.times_s[place] < time_s + SAME_FRAME_S else None

    def take(self, time_s: float, frame: Planes) -> None:
        """Copy what is needed from a frame, if it is one of the picture's own."""
        place = self.place_of(time_s)
        if place is not None and place not in self._taken:
            self._taken[place] = self.cuts[place].of(frame)

    @property
    def complete(self) -> bool:
        return len(self._taken) == len(self.rows)

    def drawn(self) -> Planes:
        """The picture, once all of its frames have been taken."""
        return self.mount([self._with_runner(place) for place in range(len(self.rows))])

    def _with_runner(self, place: int) -> Planes:
        cut, part, report = self.cuts[place], self._taken[place].copy(), self.scene.report
        row = report.trial.track.between(self.rows[place], self.rows[place] + 1)
        trial = replace(report.trial, track=replace(row, xy=cut.place(row.xy)))
        scene, sheet = Scene(replace(report, trial=trial), cut.width, cut.height), Sheet(cut.width, cut.height)
        shape = self.shape and self.shape.placed(cut, line_px(scene))
        if shape:
            shape.draw_ground(sheet)
        Skeleton(scene).draw(sheet, 0, self.torso)
        if shape:
            shape.draw_lines(sheet)
        sheet.lay(part)
        return part
