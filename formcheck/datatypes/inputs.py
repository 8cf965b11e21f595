"""What comes in: the video, what the user says of it, and what is said back when either will not do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from ..backends import BACKENDS, DEFAULT_BACKEND
from ..settings import BOUNDS, EXPORTS, MOST_WORKERS, VIEWS

Disguise = Literal["none", "faceless", "figure"]  # of people in pictures: as filmed, faces made coarse, nobody at all


class FormcheckError(Exception):
    """Something the user can put right, in one line: what happened, to which file, what to do.

    Settings appear in it as Python writes them, in backticks: `slowmo=4`; ``words.spoken`` puts them in other forms.
    """


class UnreadableVideoError(FormcheckError):
    """The input is not a video that can be read."""


class NotUnderstoodError(FormcheckError):
    """A setting, an answer or a combination of them that makes no sense."""


class UnreadableInputError(FormcheckError):
    """The input is not a report, an answer file or a running log that can be read."""


class NothingMeasurableError(FormcheckError):
    """The video was read but nothing in it can be measured; the message says how to film it instead."""


@dataclass(frozen=True)
class VideoInfo:
    """What is known of a file: size as shown upright, rate and length in the file's own time."""

    path: Path
    width_px: int
    height_px: int
    fps: float  # average over the file; NaN when the container does not say
    frames: int | None  # None while unknown (before the last frame was read)
    duration_s: float | None
    rotation_deg: int = 0  # counter-clockwise, already applied to width_px and height_px
    capture_fps: float | None = None  # recording rate written by the phone, if any
    slow_motion_factor: float = 1.0  # file time / real time
    filmed: bool = True  # there are pictures to draw on


@dataclass(frozen=True)
class Options:
    """What the user may say about one analysis; None and "auto" mean: find out.

    Raises NotUnderstoodError for what cannot be.
    """

    height_cm: float | None = None
    speed_kmh: float | None = None
    model: str = DEFAULT_BACKEND
    view: str = "auto"
    person: int | None = None
    slowmo: float | None = None
    capture_fps: float | None = None
    start: float = 0.0  # seconds of the file
    end: float | None = None
    every_frame: bool = False  # pose all frames, also of fast clips
    cache: bool = True  # keep landmarks, and use those kept
    workers: int | None = None  # processes at once; as many as there are cores
    blur_face: bool = False
    stick_figure: bool = False
    embed_video: bool = False  # in the page of the report too
    pdf: bool = False  # a page for a physiotherapist
    export: tuple[str, ...] = ()  # formats, keys of settings.EXPORTS
    keypoints: str | None = None  # a file of landmarks, in place of looking at the pictures
    fps: float | None = None  # frames a second of that file, where it does not say

    @property
    def disguise(self) -> Disguise:
        """How pictures are made; a stick figure has no face."""
        return "figure" if self.stick_figure else "faceless" if self.blur_face else "none"

    def __post_init__(self) -> None:
        try:
            self._check()
            self._check_extras()
        except TypeError as error:
            raise NotUnderstoodError(f"a setting has the wrong type: {error}") from error

    def _check_extras(self) -> None:
        for name in self.export:
            if name not in EXPORTS:
                raise NotUnderstoodError(f"`export={name}`: is not one of {', '.join(EXPORTS)}")
        if self.pdf and find_spec("typst") is None:
            raise NotUnderstoodError("`pdf` needs what formcheck[pdf] installs")

    def _check(self) -> None:
        for name, (least, most) in BOUNDS.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise NotUnderstoodError(f"`{name}={value}`: must be between {least:g} and {most:g}")
        for name, known in (("model", BACKENDS), ("view", VIEWS)):
            if getattr(self, name) not in known:
                raise NotUnderstoodError(f"`{name}={getattr(self, name)}`: is not one of {', '.join(known)}")
        if self.workers is not None and not 1 <= self.workers <= MOST_WORKERS:
            raise NotUnderstoodError(f"`workers={self.workers}`: must lie between 1 and {MOST_WORKERS}")
        if self.person is not None and self.person < 1:
            raise NotUnderstoodError(f"`person={self.person}`: people are counted from 1")
        if self.slowmo is not None and self.capture_fps is not None:
            raise NotUnderstoodError("`slowmo` and `capture_fps` say the same thing: give one of them")
        if not 0 <= self.start < math.inf:
            raise NotUnderstoodError(f"`start={self.start}`: give seconds from the beginning of the file")
        if self.end is not None and not self.start < self.end < math.inf:
            raise NotUnderstoodError(f"`end={self.end:g}` must come after `start={self.start:g}`")
