"""What comes in: the video, what the user says about it, and the errors when either cannot be used."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, SupportsFloat

from ..backends import BACKENDS, DEFAULT_BACKEND
from ..settings import BOUNDS, EXPORTS, MOST_WORKERS, VIEWS, to_write

SECONDS = re.compile(r"(-?\d+(?:[.,]\d+)?)(?:-(\d+(?:[.,]\d+)?))?")  # the first so many seconds, or from … to …
LEAST_STANDING_S = 1.0
LEAST_SLOWED = 1.5  # recording rate over playing rate: below, the phone dropped frames in the dark; not slow motion
MOST_SLOWED = 400.0  # 10,000 frames a second played at 25: beyond this, what the phone wrote is nonsense
PLAIN = {"float": float, "int": int, "bool": bool, "str": str, "tuple[str, ...]": tuple}  # types of settings
Progress = Callable[[str, int, int | None], None]  # (what is being done, frames done, total frames if known)
Disguise = Literal["none", "faceless", "figure"]  # of people in pictures: as filmed, faces coarsened, nobody at all


class FormcheckError(Exception):
    """Something the user can fix, in one line: what happened, to which file, what to do.

    Settings appear in it as Python writes them, in backticks: `slowmo=4`; ``words.spoken`` puts them in other forms.

    - ``also``: the same of what else is wrong, a line each
    """

    also: tuple[str, ...] = ()


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
    """What is known about a file: size as shown upright, rate and length in the file's own time."""

    path: Path
    width_px: int
    height_px: int
    fps: float  # average over the file; NaN when the container does not say
    frames: int | None  # None while unknown (until the last frame has been read)
    duration_s: float | None
    capture_fps: float | None = None  # recording rate written by the phone, if any
    slow_motion_factor: float = 1.0  # file time / real time
    filmed: bool = True  # there are pictures to draw on
    scale: float = 1.0  # pixels as read, of how many in the file: very large pictures are read smaller

    @property
    def middle(self) -> tuple[float, float]:
        """Of the picture, pixels."""
        return self.width_px / 2, self.height_px / 2


@dataclass(frozen=True)
class Options:
    """What the user may say about one analysis; None and "auto" mean: find out.

    Raises NotUnderstoodError for impossible settings.
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
    standing: str | None = None  # where the runner stands tall: seconds of the file ("2", "1-3"), or another file
    every_frame: bool = False  # run the pose model on all frames, even of fast clips
    cache: bool = True  # keep landmarks, and reuse kept ones
    workers: int | None = None  # processes at once; None: one per core
    blur_face: bool = False
    stick_figure: bool = False
    embed_video: bool = False  # in the report's page too
    pdf: bool = False  # a page for a physiotherapist
    export: tuple[str, ...] = ()  # formats, keys of settings.EXPORTS
    keypoints: str | None = None  # a file of landmarks, in place of looking at the pictures
    fps: float | None = None  # frames a second of that file, where it does not say

    @property
    def disguise(self) -> Disguise:
        """How people are shown in pictures; a stick figure has no face."""
        return "figure" if self.stick_figure else "faceless" if self.blur_face else "none"

    @property
    def standing_s(self) -> tuple[float, float] | None:
        """The seconds of the file that ``standing`` names; None when it names a file, or nothing."""
        found = SECONDS.fullmatch((self.standing or "").strip())
        if found is None:
            return None
        first, last = found.groups()
        ends = ("0", first) if last is None else (first, last)
        return float(ends[0].replace(",", ".")), float(ends[1].replace(",", "."))

    @property
    def standing_file(self) -> Path | None:
        """The file that ``standing`` names."""
        return Path(self.standing) if self.standing and self.standing_s is None else None

    def slow_motion(self, info: VideoInfo, usual_fps: float) -> float:
        """The factor the user gave, or the ratio of the recording rate given by user or phone to the clip's usual rate,
        or what is known already.

        usual_fps is that of ``usual_step`` once frames have been read: one dropped frame in ten lowers the average by a
        tenth but slows nothing down.
        """
        if self.slowmo is not None:
            return self.slowmo
        factor = (self.capture_fps or info.capture_fps or usual_fps) / usual_fps
        return factor if LEAST_SLOWED < factor <= MOST_SLOWED else info.slow_motion_factor

    def __post_init__(self) -> None:
        self._hold_plainly()
        self._check()
        self._check_extras()
        self._check_standing()

    def _hold_plainly(self) -> None:
        """Numbers of whatever library as Python's own, which JSON can hold."""
        for setting in fields(self):
            value, (kind, _, optional) = getattr(self, setting.name), str(setting.type).partition(" | ")
            if value is None and optional:
                continue
            try:
                object.__setattr__(self, setting.name, _plain(value, PLAIN[kind]))
            except (TypeError, ValueError, OverflowError) as error:
                raise NotUnderstoodError(f"`{setting.name}` has the wrong type: {error}") from error

    def _check_extras(self) -> None:
        for name in self.export:
            if name not in EXPORTS:
                raise NotUnderstoodError(f"`export={name}`: is not one of {', '.join(EXPORTS)}")
        if self.fps is not None and self.keypoints is None:
            raise NotUnderstoodError("`fps` goes with `keypoints`; how fast the camera recorded is `capture_fps`")
        if self.pdf and find_spec("typst") is None:
            raise NotUnderstoodError("`pdf` needs what formcheck[pdf] installs")

    def _check_standing(self) -> None:
        if self.standing_file is not None and self.keypoints is not None:
            raise NotUnderstoodError("`standing` with `keypoints`: give seconds, not a file")
        begin, end = self.standing_s or (self.start, math.inf)
        if end - begin < LEAST_STANDING_S:
            raise NotUnderstoodError(f"`standing={self.standing}`: must last a second or more")
        if begin < self.start or (self.end is not None and self.standing_s and end > self.end):
            raise NotUnderstoodError(f"`standing={self.standing}`: lies outside the part to analyse (`start`, `end`)")

    def _check(self) -> None:
        for name, (least, most) in BOUNDS.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                hint = to_write(name, f"{value:g}")
                remedy = f"; {hint}" if hint else ""
                raise NotUnderstoodError(f"`{name}={value:g}`: must be between {least:g} and {most:g}{remedy}")
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
            raise NotUnderstoodError(f"`start={self.start:g}`: give seconds from the beginning of the file")
        if self.end is not None and not self.start < self.end < math.inf:
            raise NotUnderstoodError(f"`end={self.end:g}` must come after `start={self.start:g}`")


def _plain(value: Any, kind: type) -> Any:
    """Raises TypeError, ValueError or OverflowError where nothing of that kind is meant."""
    if kind is tuple:
        return tuple(map(str, value))
    if kind is str:
        if not isinstance(value, str):
            raise TypeError(f"{value!r} is not text")
        return value
    if not isinstance(value, SupportsFloat):
        raise TypeError(f"{value!r} is not {'true or false' if kind is bool else 'a number'}")
    number = float(value)
    if kind is int and number % 1 != 0:
        raise TypeError(f"{value!r} is not a whole number")
    if kind is bool and number not in (0, 1):
        raise TypeError(f"{value!r} is not true or false")
    return kind(number)
