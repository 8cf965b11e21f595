"""Report → annotated video: the runner's own clip with what was measured drawn onto it, and a card with the findings.

Each part of the overlay is prepared once (where it goes, what it says in which frame) and then only blends small
pieces into each frame. Text is placed clear of the runner and fades out when they come near; what was not measured is
not drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import cv2
import numpy as np

from ..datatypes import FloatArray, FormcheckError, Report
from ..planes import Planes
from ..video import SAME_FRAME_S, VideoWriter
from .overlay import Overlay
from .picture import Still
from .stills import STILLS, Stills, planned

__all__ = ["STILLS", "Overlay", "Still", "Stills", "planned", "write_video"]

CARD_S = 5.0  # how long the end card is shown; players keep a clip's last picture on the screen
DISSOLVE_S = 0.4  # from the clip to the card
CARD_FPS = 10.0  # of the end card, which does not change


def write_video(report: Report, frames: Iterable[tuple[float, Planes]], path: Path) -> None:
    """Draw a report onto the clip's frames (time_s, picture) and write them with their own times, then the end card."""
    overlay, rows_s = Overlay(report), report.trial.track.time_s * report.trial.video.slow_motion_factor
    remaining = iter(frames)
    first = next(remaining, None)
    if first is None:
        raise FormcheckError(f"{report.trial.video.path}: no picture could be read to draw on; check the file")
    (first_s, picture), time_s = first, 0.0
    with VideoWriter(path, picture.width, picture.height, report.trial.video.fps) as out:
        for time_s, picture in chain([first], remaining):
            row = _row(rows_s, time_s)
            if row is not None:
                overlay.draw(picture, row)
            out.write(picture, time_s - first_s)
        _append_card(out, overlay.end_card(picture), picture, time_s - first_s, report.trial.video.fps)


def _row(rows_s: FloatArray, time_s: float) -> int | None:
    """Looked up by the frame's time: a damaged file loses some frames, and with them their numbers."""
    row = int(np.searchsorted(rows_s, time_s - SAME_FRAME_S))
    return row if row < len(rows_s) and rows_s[row] < time_s + SAME_FRAME_S else None


def _append_card(out: VideoWriter, card: Planes, last: Planes, time_s: float, fps: float) -> None:
    """Dissolve from the clip's last picture to the card at the clip's rate, then hold it."""
    step = 1 / fps if np.isfinite(fps) and fps > CARD_FPS else 1 / CARD_FPS
    for share in np.arange(step, DISSOLVE_S - step / 2, step) / DISSOLVE_S:
        mixed = cv2.addWeighted(card.data, float(share), last.data, 1 - float(share), 0)
        out.write(Planes(np.asarray(mixed, np.uint8)), time_s + float(share) * DISSOLVE_S)
    for after in (*np.arange(DISSOLVE_S, CARD_S - 1.5 * step, 1 / CARD_FPS), CARD_S - step):
        out.write(card, time_s + float(after))
