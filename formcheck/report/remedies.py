"""How to show what a clip did not: of what can be seen in a clip, only what this one lacks is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..backends import is_lighter
from ..datatypes import Report
from ..knowledge import needs, reason

ENOUGH_FPS = 55.0  # a phone's 60 vary
ENOUGH_S = 15.0

LACKS: Mapping[str, Callable[[Report], bool]] = {  # [needs] of texts.toml
    "best_model": lambda report: is_lighter(report.trial.track.model),
    "frames": lambda report: not _fps(report) >= ENOUGH_FPS,
    "still": lambda report: not report.trial.gait.camera_stays,
    "length": lambda report: _steady_s(report) < ENOUGH_S,
    "belt_speed": lambda report: report.options.speed_kmh is None and report.trial.gait.surface != "overground",
}


def remedy(missing: str, report: Report) -> str:
    """How to film the clip, or to analyse it again, so that this is measured; "" where nothing helps.

    Where a better pose model may be all it takes, nothing is said of what cannot be seen in the clip.
    """
    why = reason(missing)
    lacking = [need for need in why.needs if LACKS[need](report)]
    unseen = "" if "best_model" in lacking else why.filming
    return " ".join(filter(None, [*(needs()[need] for need in lacking), unseen]))


def _fps(report: Report) -> float:
    """Frames a second of real time in the file; NaN where it does not say."""
    return report.trial.video.fps * report.trial.video.slow_motion_factor * report.stretch.slowed


def _steady_s(report: Report) -> float:
    """Real time of the stretches that the measurements are based on."""
    spans = ((*bout.span_s, bout.slowed * bout.trial.video.slow_motion_factor) for bout in report.used)
    return sum((end - begin) / slowed for begin, end, slowed in spans)
