"""Two clips side by side in one film, at the same phase of the stride, with the mean strides of both between them.

The film has its own clock: strides, each as long as the mean of both runners' strides, slowed down. Every picture shows
the frame of each clip nearest to that phase, so that frame rates, lengths and slow motion need not agree. Pictures are
made one at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from unicodedata import bidirectional

import cv2
import numpy as np

from ..datatypes import FloatArray, Progress, Report
from ..gait import leg_length_px, relative_size
from ..outgoing import printable
from ..planes import Colour, Image, Planes, coded
from ..signals import nearest_index
from ..versus.ghost import Ghost
from ..versus.phase import Phases
from ..video import VideoWriter
from .cut import Cut
from .mount import blank, paste
from .pen import Pen, Rect, Sheet, text_sprite, text_width
from .scene import Scene
from .skeleton import Skeleton
from .style import ACCENT, BOLD, SOFT, SURE_OPACITY, WHITE

WIDTH, HEIGHT = 480, 720  # of each of three panels
HEAD, FOOT = 60, 60  # for words above and the stride's clock below
LEG = 0.36  # of a panel's height: how long legs are shown
HIPS = 0.51  # of a panel's height from the top
FPS = 30.0
SLOWED = 2.0  # times slower than real time
MOST_STRIDES = 8  # shown: the film loops
TITLE, NOTE = 24, 20  # text sizes
EDGE = 16
LIMB_PX, FAR_SHARE = 5.0, 0.45  # width of a ghost's limbs; relative opacity of those far from the camera
GHOSTS: tuple[Colour, Colour] = (WHITE, ACCENT)
CLOCK: Colour = (92, 99, 110)


@dataclass(frozen=True)
class Runner:
    """One of the two: what pictures are drawn from, what its clip is called, its strides, their mean; turned: to be
    shown mirrored."""

    report: Report
    name: str
    phases: Phases
    ghost: Ghost | None
    turned: bool = False

    @property
    def stride_s(self) -> float:
        """Usual duration of a stride, real time."""
        return self.phases.stride_s / self.report.trial.slowed


def shown_strides(*runners: Runner) -> int:
    return min(MOST_STRIDES, *(runner.phases.whole for runner in runners))


def shown_part(runner: Runner, strides: int) -> Report:
    """The report with only the rows that this many strides take."""
    track = runner.report.trial.track
    begin, end = runner.phases.when(np.array([0.0, float(strides)]))
    first = max(0, int(np.searchsorted(track.time_s, begin)) - 1)
    last = min(len(track), int(np.searchsorted(track.time_s, end)) + 2)
    return replace(runner.report, trial=replace(runner.report.trial, track=track.between(first, last)))


def write_in_step(
    runners: tuple[Runner, Runner],
    frames: tuple[Iterable[tuple[float, Planes]], Iterable[tuple[float, Planes]]],
    path: Path,
    progress: Progress | None = None,
) -> None:
    """frames: (file time, picture) of each clip, at least for the rows of ``shown_part``."""
    count = shown_strides(*runners)
    stride_s = SLOWED * float(np.mean([runner.stride_s for runner in runners]))
    strides = np.arange(0, count, 1 / (FPS * stride_s))
    panels = [_Panel(runner, count) for runner in runners]
    pictures = [panel.pictures(some, strides) for panel, some in zip(panels, frames, strict=True)]
    canvas, ghosts = _canvas(runners), _Ghosts([runner.ghost for runner in runners])
    with VideoWriter(path, canvas.width, canvas.height, FPS) as out:
        for i, (stride, left, right) in enumerate(zip(strides.tolist(), *pictures, strict=True)):
            page = canvas.copy()
            for place, picture in enumerate((left, ghosts.drawn(stride), right)):
                paste(page, picture, place * WIDTH, HEAD)
            _draw_clock(page, stride)
            out.write(page, i / FPS)
            if progress:
                progress("film", i + 1, len(strides))


class _Panel:
    """One runner, cut out of each frame so that the hips stay centred and the legs are as long as the other's."""

    def __init__(self, runner: Runner, strides: int) -> None:
        part = shown_part(runner, strides)
        self._phases, self._turned, track = runner.phases, runner.turned, part.trial.track
        self._factor = part.trial.video.slow_motion_factor
        self._file_s = track.time_s * self._factor
        video = part.trial.video
        self._cuts = list(_cuts(Scene(part, video.width_px, video.height_px)))
        xy = np.stack([cut.place(row) for cut, row in zip(self._cuts, track.xy, strict=True)])
        placed = replace(part, trial=replace(part.trial, track=replace(track, xy=xy)))
        self._skeleton, self._sheet = Skeleton(Scene(placed, WIDTH, HEIGHT)), Sheet(WIDTH, HEIGHT)

    def pictures(self, frames: Iterable[tuple[float, Planes]], strides: FloatArray) -> Iterator[Planes]:
        """The panel at each of these strides; the last one made is repeated while its frame is still the nearest."""
        wanted = (self._phases.when(strides) * self._factor).tolist()
        last_s, made = np.nan, None
        for time_s, picture in nearest(frames, wanted):
            if made is None or time_s != last_s:
                last_s, made = time_s, self._drawn(time_s, picture)
            yield made

    def _drawn(self, time_s: float, picture: Planes) -> Planes:
        row = nearest_index(self._file_s, time_s)
        panel = self._cuts[row].of(picture)
        self._skeleton.draw(self._sheet, row)
        self._sheet.lay(panel)
        return _flipped(panel) if self._turned else panel


def nearest(frames: Iterable[tuple[float, Planes]], wanted: Iterable[float]) -> Iterator[tuple[float, Planes]]:
    """The nearest frame for each of some ascending times; holds two frames at a time. Yields nothing without frames."""
    coming = iter(frames)
    here = next(coming, None)
    then = next(coming, None)
    for time_s in wanted:
        while here and then and abs(then[0] - time_s) <= abs(here[0] - time_s):
            here, then = then, next(coming, None)
        if here is None:
            return
        yield here


def _cuts(scene: Scene) -> Iterator[Cut]:
    """The part of each row's picture, always the same shape; where nobody is seen, that of the row before."""
    track, view = scene.track, scene.report.trial.gait.view
    legs = leg_length_px(track, view) * relative_size(track)
    middle = np.array([0.5, HIPS])
    anchors = _held(scene.anchor)
    for (x, y), leg in zip(anchors.tolist(), legs.tolist(), strict=True):
        wide = 4 * max(8, round(leg / LEG / HEIGHT * WIDTH / 4))
        high = wide * HEIGHT // WIDTH
        left, top = (2 * round((c - m * size) / 2) for c, m, size in zip((x, y), middle, (wide, high), strict=True))
        yield Cut(Rect(left, top, left + wide, top + high), WIDTH)


def _held(places: FloatArray) -> FloatArray:
    """(T, 2) with each unknown place replaced by the last known one, before that by the first."""
    known = np.flatnonzero(np.isfinite(places[:, 0]))
    nearest_known = known[np.clip(np.searchsorted(known, np.arange(len(places)), side="right") - 1, 0, None)]
    return places[nearest_known]


def _flipped(picture: Planes) -> Planes:
    flipped = [np.asarray(cv2.flip(plane, 1), np.uint8) for plane in (picture.luma, *picture.chroma)]
    return Planes.of(*flipped)


class _Ghosts:
    """The panel between: both mean strides on one spot, with the limbs far from the camera fainter."""

    def __init__(self, ghosts: list[Ghost | None]) -> None:
        self._ghosts, self._ground, self._sheet = ghosts, blank(WIDTH, HEIGHT), Sheet(WIDTH, HEIGHT)

    def drawn(self, stride: float) -> Planes:
        panel = self._ground.copy()
        for ghost, colour in zip(self._ghosts, GHOSTS, strict=True):
            if ghost is not None:
                xy = ghost.at(stride) * LEG * HEIGHT + (0.5 * WIDTH, HIPS * HEIGHT)
                _draw_figure(self._sheet, ghost, xy, colour)
                self._sheet.lay(panel)
        return panel


def _draw_figure(sheet: Sheet, ghost: Ghost, xy: FloatArray, colour: Colour) -> None:
    for far, share in ((True, FAR_SHARE), (False, 1.0)):
        limbs = xy[ghost.limbs(far)]
        limbs = limbs[np.isfinite(limbs).all(axis=(1, 2))]
        if len(limbs):
            Pen(sheet, SURE_OPACITY * share).cased(limbs, colour, LIMB_PX)
    if np.isfinite(head := xy[ghost.head].mean(axis=0)).all():
        Pen(sheet, SURE_OPACITY).ring(head, np.full(2, 0.13 * LEG * HEIGHT), colour, LIMB_PX - 1)


def _canvas(runners: tuple[Runner, Runner]) -> Planes:
    """What does not change: names above, notes below."""
    page = blank(3 * WIDTH, HEAD + HEIGHT + FOOT)
    names = [runner.name for runner in runners]
    between = "" if all(runner.ghost for runner in runners) else "not drawn: seen from different sides"
    heads = [("Before", names[0], GHOSTS[0]), ("Both, the mean stride", between, SOFT), ("After", names[1], GHOSTS[1])]
    for place, (title, name, colour) in enumerate(heads):
        x = place * WIDTH + EDGE
        sprite = text_sprite(title, TITLE, colour, BOLD)
        sprite.stamp(page, x, (HEAD - TITLE) // 2 - 4)
        room = WIDTH - 2 * EDGE - sprite.width - EDGE
        text_sprite(_fitting(_drawable(printable(name)), room), NOTE, SOFT).stamp(
            page, x + sprite.width + EDGE, HEAD // 2 - NOTE // 2 - 3
        )
    notes = [f"{SLOWED:g} times slower than real time", *(["after: mirrored"] if runners[1].turned else [])]
    text_sprite(", ".join(notes), NOTE, SOFT).stamp(page, EDGE, HEAD + HEIGHT + (FOOT - NOTE) // 2 - 4)
    return page


def _drawable(name: str) -> str:
    """The name; nothing of one whose letters run from right to left and join, which these pictures cannot show."""
    return "" if any(bidirectional(letter) in ("R", "AL") for letter in name) else name


def _fitting(text: str, width: int) -> str:
    """As much of a text as there is room for."""
    if text_width(text, NOTE) <= width:
        return text
    while text and text_width(f"{text} …", NOTE) > width:
        text = text[:-1]
    return f"{text} …" if text else ""


def _draw_clock(page: Planes, stride: float) -> None:
    """How far through the stride it is, under the middle panel and the right one."""
    left, right, y = WIDTH + EDGE, 3 * WIDTH - EDGE - 90, HEAD + HEIGHT + FOOT // 2
    share = stride % 1
    _fill(page, Rect(left, y - 3, right, y + 3), CLOCK)
    _fill(page, Rect(left, y - 3, left + round(share * (right - left)), y + 3), WHITE)
    text_sprite(f"{100 * share:.0f} %", NOTE, SOFT).stamp(page, right + EDGE, y - NOTE // 2 - 4)


def _fill(page: Planes, rect: Rect, colour: Colour) -> None:
    for plane, value, scale in zip((page.luma, *page.chroma), coded(colour), (1, 2, 2), strict=True):
        part: Image = plane[rect.y0 // scale : rect.y1 // scale, rect.x0 // scale : rect.x1 // scale]
        part[:] = value
