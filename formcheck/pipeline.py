"""The stages in order, for one video."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from . import faults, knowledge, video
from .cleaning import clean
from .datatypes import Finding, FormcheckError, Measurement, Options, Report, Trial, VideoInfo
from .gait import find_gait, leg_length_px
from .metrics import LEG_OF_HEIGHT, METRICS, measure
from .pose import estimate

Progress = Callable[[str, int, int | None], None]  # (what is being done, frames done, frames in all if known)


def analyze(path: Path, options: Options, progress: Progress | None = None) -> Report:
    """Everything formcheck can say about one video. Raises FormcheckError for what the user must mend."""
    info = _with_slow_motion(video.probe(path), options)
    reader = _Reader(info, options, progress)
    raw = estimate(reader, options.model, options.person, info.slow_motion_factor)
    track = clean(raw, info)
    gait = find_gait(track, options.view)
    leg = leg_length_px(track, gait.view)
    scale = leg / (LEG_OF_HEIGHT * options.height_cm / 100) if options.height_cm else float("nan")
    trial = Trial(reader.info, track, gait, leg, scale)
    measurements = measure(trial)
    return Report(trial, measurements, _judge(trial, measurements), (*reader.warnings, *_warnings(trial)))


def _with_slow_motion(info: VideoInfo, options: Options) -> VideoInfo:
    """The factor the user gave, or the one between playing rate and the recording rate the user or phone gave."""
    if options.slowmo is not None:
        return replace(info, slow_motion_factor=options.slowmo)
    recorded = options.capture_fps or info.capture_fps
    return replace(info, slow_motion_factor=recorded / info.fps) if recorded else info


def _judge(trial: Trial, measurements: tuple[Measurement, ...]) -> tuple[Finding, ...]:
    """Findings; walking is measured but never judged by the standards of running."""
    if trial.gait.activity != "running":
        measurements = tuple(Measurement(m.name, m.label, m.unit, missing="not_running") for m in measurements)
    return faults.find(measurements, knowledge.load(METRICS))


def _warnings(trial: Trial) -> Iterator[str]:
    yield from trial.gait.warnings
    if trial.gait.likely_factor is not None:
        cadence = 120 / trial.gait.stride_s
        yield (
            f"{cadence:.0f} steps/min is not a human cadence: the clip looks about {trial.gait.likely_factor:g} times "
            f"slowed down; say so with --slowmo {trial.gait.likely_factor:g} or --capture-fps, "
            "until then nothing that depends on time is given"
        )
    if trial.gait.activity == "walking":
        yield "this is walking: it is measured, but not judged as running"
    if trial.track.repairs.jumps:
        yield f"the picture jumps {trial.track.repairs.jumps} times (a cut, or another person): film in one take"


class _Reader:
    """Gives the clip's frames, as often as asked for, and keeps what was learned of the file on the way."""

    def __init__(self, info: VideoInfo, options: Options, progress: Progress | None) -> None:
        self.info, self.warnings = info, list[str]()
        self._options, self._progress = options, progress

    def __call__(self) -> Iterator[video.Frame]:
        raise FormcheckError("unwired")
