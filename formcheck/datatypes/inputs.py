"""What comes in: the video, what the user says of it, and what is said back when either will not do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..backends import DEFAULT_BACKEND


class FormcheckError(Exception):
    """The user's problem, in one line: what happened, to which file, what to do.

    Settings stand in it as Python has them, in backticks: `slowmo=4`; ``words.spoken`` says them as others do.
    """


class UnreadableVideoError(FormcheckError):
    """The input is not a video that can be read."""


class NotUnderstoodError(FormcheckError):
    """What was said makes no sense here."""


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


@dataclass(frozen=True)
class Options:
    """What the user may say about one analysis; None and "auto" mean: find out."""

    height_cm: float | None = None
    speed_kmh: float | None = None
    model: str = DEFAULT_BACKEND
    view: str = "auto"
    person: int | None = None
    slowmo: float | None = None
    capture_fps: float | None = None
    start_s: float = 0.0
    end_s: float | None = None
