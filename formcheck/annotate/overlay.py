"""The overlay of one report: prepared once, then drawn frame by frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..datatypes import FloatArray, Report
from ..planes import Planes
from .angles import DEGREES, STEPS, Angles
from .card import Card
from .contacts import Contacts, foot_room
from .pen import Rect, Sheet
from .plates import Panel, Readout, Strip
from .scene import Scene
from .skeleton import Skeleton

MOSTLY = 0.8  # share of rows in which plates must be seen, or another layout is tried
STRIP_SHARES = (1.0, 0.48, 0.31)  # of the picture's width, tried in turn until strip and panel both fit
CADENCE_STEPS = 8  # the running cadence is that of this many steps


class Overlay:
    """Draws what the report says onto the clip's own frames."""

    def __init__(self, report: Report) -> None:
        video = report.trial.video
        self._report = report
        scene = Scene(report, video.width_px, video.height_px)
        self._angles = Angles(scene)
        self._skeleton = Skeleton(scene)
        self._plan = _best_plan(scene, self._angles)
        self._sheet = Sheet(video.width_px, video.height_px)

    def draw(self, picture: Planes, row: int) -> None:
        """Draw what belongs to a row of the track onto a picture, in place: lines first, then text."""
        self._angles.draw_wedges(self._sheet, row)
        self._plan.contacts.draw(self._sheet, row)
        self._skeleton.draw(self._sheet, row, torso=not self._angles.drawn(row))
        self._angles.draw_lines(self._sheet, row)
        self._sheet.lay(picture)
        self._plan.contacts.draw_words(picture, row)
        self._angles.draw_words(picture, row)
        for part in self._plan.still:
            part.draw(picture, row)

    def end_card(self, last: Planes) -> Planes:
        """A new picture: the findings over the last picture, which is darkened and blurred."""
        video = self._report.trial.video
        return Card(self._report, video.width_px, video.height_px).over(last)

    def plates(self, row: int) -> list[Rect]:
        """Where text is in a row, always clear of the runner."""
        still = [part.place for part in self._plan.still if part.opacity[row] > 0]
        return [*still, *self._angles.places(row), *self._plan.contacts.places(row)]


@dataclass(frozen=True)
class _Plan:
    """What goes where, apart from what is drawn on the runner."""

    contacts: Contacts
    still: tuple[Strip | Panel, ...]

    @property
    def seen(self) -> float:
        return min((part.seen for part in self.still), default=1.0)


def _best_plan(scene: Scene, angles: Angles) -> _Plan:
    """The first plan in which everything is seen most of the time, else the one that comes closest."""
    plans: list[_Plan] = []
    for share in STRIP_SHARES:
        plans.append(_plan(scene, angles, share))
        if plans[-1].seen >= MOSTLY:
            return plans[-1]
    return max(plans, key=lambda plan: plan.seen)


def _plan(scene: Scene, angles: Angles, share: float) -> _Plan:
    rows = range(len(scene.track))
    callouts = [angles.places(row) for row in rows]
    strip = Strip(scene, share, foot_room(scene), callouts) if scene.report.contacts else None
    taken = [strip.place] if strip and strip.seen else []
    contacts = Contacts(scene, taken)
    figures = list(_figures(scene, angles, contacts))
    moving = [callouts[row] + contacts.places(row) for row in rows]
    panel = Panel(scene, figures, taken, moving) if figures else None
    while panel and panel.seen < MOSTLY and len(figures) > 1:  # less to say needs less room
        figures.pop()
        panel = Panel(scene, figures, taken, moving)
    return _Plan(contacts, tuple(part for part in (strip, panel) if part))


def _figures(scene: Scene, angles: Angles, contacts: Contacts) -> Iterator[Readout]:
    """Cadence, and whatever did not fit beside the runner."""
    wanted: list[tuple[FloatArray, str, tuple[str, ...]]] = [
        (scene.running("cadence_spm", CADENCE_STEPS, harmonic=True), "{}", ("steps/min", "both feet"))
    ]
    if angles.shown and "lean" not in angles.callouts:
        wanted.append((angles.lean_deg, DEGREES, ("trunk lean",)))
    if angles.shown and "neck flexion" not in angles.callouts:
        wanted.append((angles.neck_deg, DEGREES, ("neck flexion",)))
    if scene.forward and not contacts.labelled:
        wanted.append((scene.running("overstride_pct_leg", STEPS), "{}%", ("of leg length", "ahead at contact")))
    for values, form, caption in wanted:
        if np.isfinite(values).any():
            yield Readout([form.format(round(v)) if np.isfinite(v) else "" for v in values], caption)
