"""Report → pictures for a message: the runner at the instant that shows a finding, and one stride in equal phases.

Which frames these are, and what is drawn on them, follows from the report alone (``planned``). The pictures themselves
are cut out and drawn as the clip's frames come past (``Stills.watching``), so that no frame is read twice for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from ..cleaning import on_every_frame
from ..datatypes import Level, Report
from ..engine import CORES
from ..files import write_bytes
from ..planes import Planes
from ..video import png_of
from .evidence import evidence
from .kinogram import kinogram
from .picture import Picture, Still
from .scene import Scene

STILLS = "stills"  # folder within the results
LEAST_BODY_PX = 24  # a smaller runner cannot be made out
SHOWN: tuple[Level, ...] = ("fault", "watch", "borderline")


def planned(report: Report) -> tuple[Still, ...]:
    """One for each finding that is not fine and that a picture can show, strongest first; the kinogram if one is seen.

    A finding is shown on the step that is nearest to its number.
    """
    return tuple(picture.still for picture in _pictures(report))


class Stills:
    """The pictures of one report, taken from its clip's frames."""

    def __init__(self, report: Report) -> None:
        self._pictures = _pictures(report)
        self._pool = ThreadPoolExecutor(CORES)  # for compressing PNGs; only one thread draws with OpenCV's font
        self._pngs: dict[str, Future[bytes]] = {}

    @property
    def times_s(self) -> list[float]:
        """File times of the frames needed."""
        return sorted({time_s for picture in self._pictures for time_s in picture.times_s})

    def watching(self, frames: Iterable[tuple[float, Planes]]) -> Iterator[tuple[float, Planes]]:
        """The frames unchanged; what is needed from them is copied as they pass, and drawn once it is all there."""
        for time_s, frame in frames:
            for picture in self._pictures:
                picture.take(time_s, frame)
                if picture.complete and picture.still.name not in self._pngs:
                    self._pngs[picture.still.name] = self._pool.submit(png_of, picture.drawn())
            yield time_s, frame

    def write(self, folder: Path) -> None:
        """A PNG for each still whose frames have all come: in a damaged file some never do."""
        for name, png in self._pngs.items():
            write_bytes(folder / f"{name}.png", png.result())
        self._pool.shutdown()


def _pictures(report: Report) -> list[Picture]:
    track, video = on_every_frame(report.trial.track), report.trial.video
    scene = Scene(replace(report, trial=replace(report.trial, track=track)), video.width_px, video.height_px)
    if not scene.body_px >= LEAST_BODY_PX:
        return []
    shown = [evidence(scene, finding) for finding in report.findings if finding.level in SHOWN]
    return [picture for picture in (*shown, kinogram(scene)) if picture is not None]
