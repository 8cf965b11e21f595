"""The stages in order, for one video."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from . import annotate, faults, knowledge, video
from .cleaning import clean
from .datatypes import Comparison, Finding, Measurement, Options, PoseTrack, Report, Trial, VideoInfo
from .files import write_text
from .gait import find_gait, leg_length_px
from .metrics import LEG_OF_HEIGHT, measure
from .pose import estimate
from .report import frames_csv, json_text, steps_csv
from .sides import left_right
from .trends import trends
from .video import Frame

KMH_PER_M_S = 3.6
SAME_RATE = 1.05  # recording over playing rate: one rate, written with different rounding
LEAST_SLOWED = 1.5  # the same when only the file says so: phones also note the rate they drop to in the dark
MOST_USED = 0.85  # of the time the runner is seen: if the analysed part is shorter, the report says which it is

Progress = Callable[[str, int, int | None], None]  # (what is being done, frames done, frames in all if known)


def analyze(path: Path, options: Options, progress: Progress | None = None) -> Report:
    """Everything formcheck can say about one video. Raises FormcheckError for what the user must mend."""
    info, raw, warnings = read(path, options, progress)
    return interpret(info, raw, options, warnings)


def read(
    path: Path, options: Options, progress: Progress | None = None
) -> tuple[VideoInfo, PoseTrack, tuple[str, ...]]:
    """What the file is, where the runner's landmarks are in it, and warnings about the file: the slow part."""
    info = _with_slow_motion(video.probe(path), options)
    clip = video.Clip(path, options.start_s, options.end_s)
    raw = estimate(
        lambda: _counted(video.prefetch(clip), "reading", info.frames, progress),
        options.model, options.person, info.slow_motion_factor,
    )  # fmt: skip
    return _as_read(info, clip, raw), raw, tuple(_file_warnings(clip))


def interpret(info: VideoInfo, raw: PoseTrack, options: Options, warnings: tuple[str, ...] = ()) -> Report:
    """From landmarks to report."""
    track = clean(raw, info)
    gait = find_gait(track, options.view)
    leg = leg_length_px(track, gait.view)
    scale = leg / (LEG_OF_HEIGHT * options.height_cm / 100) if options.height_cm else float("nan")
    speed = options.speed_kmh / KMH_PER_M_S if options.speed_kmh else float("nan")
    trial = Trial(info, track, gait, leg, scale, speed)
    measurements = measure(trial)
    comparisons = (*left_right(trial, measurements), *trends(measurements))
    findings = _judge(trial, measurements, comparisons)
    return Report(trial, measurements, findings, (*warnings, *_warnings(trial)), comparisons)


def _with_slow_motion(info: VideoInfo, options: Options) -> VideoInfo:
    """The factor the user gave, or the one between playing rate and the recording rate the user or phone gave."""
    if options.slowmo is not None:
        return replace(info, slow_motion_factor=options.slowmo)
    factor = (options.capture_fps or info.capture_fps or info.fps) / info.fps
    least = SAME_RATE if options.capture_fps else LEAST_SLOWED
    return replace(info, slow_motion_factor=factor) if factor > least else info


def _as_read(info: VideoInfo, clip: video.Clip, track: PoseTrack) -> VideoInfo:
    """What reading the whole file taught that its header did not say, or said wrongly."""
    if clip.start_s or clip.end_s is not None:
        return info
    frames, factor = len(track), info.slow_motion_factor
    usual = float(np.median(np.diff(track.time_s))) if frames > 1 else 0.0
    seconds = (float(track.time_s[-1]) + usual) * factor
    return replace(info, frames=frames, duration_s=seconds, fps=frames / seconds if frames > 1 else info.fps)


def _file_warnings(clip: video.Clip) -> Iterator[str]:
    if clip.truncated:
        yield "the file is damaged or cut short: what could be read of it was analysed"


def _judge(
    trial: Trial, measurements: tuple[Measurement, ...], comparisons: tuple[Comparison, ...]
) -> tuple[Finding, ...]:
    """Findings; walking is measured but never judged by the standards of running."""
    held = (*measurements, *(comparison.as_measurement() for comparison in comparisons))
    if trial.gait.activity != "running":
        held = tuple(Measurement(m.name, m.label, m.unit, missing="not_running") for m in held)
    return faults.find(held, knowledge.load([m.name for m in held]))


def _warnings(trial: Trial) -> Iterator[str]:
    yield from trial.gait.warnings
    yield from _part_used(trial)
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


def _part_used(trial: Trial) -> Iterator[str]:
    """Which seconds of the file the numbers rest on, when they are not nearly all in which the runner is seen."""
    if trial.gait.motion is None:
        return
    used, seen = trial.gait.motion.time_s, trial.track.time_s[trial.track.seen]
    if np.ptp(used) < MOST_USED * np.ptp(seen):
        begin, end = used[[0, -1]] * trial.video.slow_motion_factor
        yield f"only {begin:.1f}–{end:.1f} s of the video are used: elsewhere the movement is not steady or turns"


def write(report: Report, folder: Path, with_video: bool = True, progress: Progress | None = None) -> None:
    """All outputs of one analysis into a folder, each whole or not at all; report.json last, so it vouches for all."""
    if with_video:
        info, track = report.trial.video, report.trial.track
        factor = info.slow_motion_factor
        clip = video.Clip(info.path, float(track.time_s[0]) * factor, float(track.time_s[-1]) * factor)
        frames = _counted(video.prefetch(clip), "drawing", len(track), progress)
        annotate.write_video(report, frames, folder / "annotated.mp4")
    write_text(folder / "steps.csv", steps_csv(report))
    write_text(folder / "frames.csv", frames_csv(report))
    write_text(folder / "report.json", json_text(report))


def _counted(frames: Iterable[Frame], stage: str, total: int | None, progress: Progress | None) -> Iterator[Frame]:
    """The frames as they are, told to the progress display."""
    for done, frame in enumerate(frames, 1):
        yield frame
        if progress is not None:
            progress(stage, done, total)
