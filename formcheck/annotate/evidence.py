"""A finding → the runner at the instant that shows it, with the lines and the number."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np

from ..datatypes import Finding, Measurement, Report
from ..planes import Colour, Planes
from ..words import give_or_take, number, sentence, with_unit
from .card import chip
from .cut import Cut
from .mount import EDGE, Word, mounted
from .pen import Rect, wrapped
from .picture import Picture, Still
from .scene import FLESH, HEAD, Scene, measurement
from .sights import Sighting, sighting
from .style import BOLD, REGULAR, SOFT, WHITE

SAME_STEP_S = 0.05  # a value may be dated this much before the contact of its own step
WIDTH = 720  # of a picture: two pixels for each one of a narrow phone
SHAPE = (0.95, 1.3)  # range of height over width aimed for
AROUND = 0.12  # runner's heights kept free around the runner and what is drawn
TITLE, NUMBER, NOTE = 36, 66, 28  # text sizes: legible even at half size


def evidence(scene: Scene, finding: Finding) -> Picture | None:
    """None when no picture can show it."""
    seen = sighting(scene, finding.metric)
    if seen is None:
        return None
    m, time_s = measurement(scene.report, finding.metric), scene.file_s(seen.row)
    value, own = (with_unit(number(x, m.unit), m.unit) for x in (m.value, seen.step.value))
    of_clip = not m.steps and seen.step.value == m.value  # what is read from all looks together no step has by itself
    drawn = "drawn as it is in the whole clip" if of_clip else f"where it is {own}"
    where = f"{_step(scene.report, seen)} at {time_s:.2f} s, {drawn}"
    caption = f"{m.label}: {value} (95% interval {_interval(m)}), seen on {where}"
    alt = f"The runner on {where}, with {seen.sight.words}. {m.label}: {give_or_take(m, m.unit)}."
    alt += finding.why and f" {sentence(finding.why)}"
    still = Still(finding.fault, finding.fault, time_s, caption, alt)

    def mount(parts: list[Planes]) -> Planes:
        return mounted(parts[0], _lines(finding, m, where))

    cut = Cut(_around(scene, seen), WIDTH)
    return Picture(still, scene, [seen.row], [cut], mount, seen.shape, seen.sight.torso)


def _lines(finding: Finding, m: Measurement, where: str) -> list[list[Word]]:
    """The text under the picture."""
    value, _, unit = with_unit(number(m.value, m.unit), m.unit).partition(" ")
    return [
        *([Word.of(line, TITLE, WHITE, BOLD)] for line in wrapped(m.label, TITLE, BOLD, WIDTH - 2 * EDGE)),
        [Word.of(value, NUMBER, WHITE, BOLD), Word.of(unit, NOTE, SOFT), Word.chip(chip(finding.level, TITLE))],
        *_notes(f"95% interval {_interval(m)}", WHITE),
        *_notes(finding.why and sentence(finding.why), WHITE),
        *_notes(f"Seen on {where}", SOFT),
    ]


def _notes(text: str, colour: Colour) -> list[list[Word]]:
    return [[Word.of(line, NOTE, colour)] for line in wrapped(text, NOTE, REGULAR, WIDTH - 2 * EDGE)]


def _interval(m: Measurement) -> str:
    return f"{number(m.low, m.unit)} to {with_unit(number(m.high, m.unit), m.unit)}"


def _step(report: Report, seen: Sighting) -> str:
    """The step that is under way and how many there are, as counted in the table of steps."""
    contacts = report.contacts
    if not contacts:
        return "the step nearest to it"
    place = bisect_right([contact.time_s for contact in contacts], seen.step.time_s + SAME_STEP_S)
    if place == 0:
        return f"the step before the first of {len(contacts)}"
    return f"step {place} of {len(contacts)} ({contacts[place - 1].side} foot)"


def _around(scene: Scene, seen: Sighting) -> Rect:
    """The runner and what is drawn, in a shape that a phone shows large, as far as the picture extends."""
    points, margin = _box(scene, seen), AROUND * scene.body_px
    low, high = np.nanmin(points, axis=0) - margin, np.nanmax(points, axis=0) + margin
    picture, size = np.array([scene.width, scene.height]), high - low
    size = np.minimum(np.maximum(size, [size[1] / SHAPE[1], size[0] * SHAPE[0]]), picture)
    corner = np.clip(0.5 * (low + high - size), 0, picture - size)
    (x0, y0), (x1, y1) = np.rint(corner).astype(int).tolist(), np.rint(corner + size).astype(int).tolist()
    return Rect(x0, y0, x1, y1).clipped(scene.width, scene.height)


def _box(scene: Scene, seen: Sighting) -> np.ndarray:
    """(n, 2) points that must be in the picture."""
    joints = scene.track.xy[seen.row, scene.track.landmarks.present(seen.sight.close)]
    if not np.isfinite(joints).any():
        return np.concatenate([scene.bodies[seen.row].reshape(2, 2), seen.shape.points])
    crown = np.nanmin(joints, axis=0) - [0, (HEAD - FLESH) * scene.body_px]
    return np.concatenate([joints, crown[None], seen.shape.points])
