"""Points or a kept track, and the clip if there is one → the runner's track."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import video
from ..backends import BACKENDS
from ..camera import CameraMotion, CameraTilt
from ..datatypes import (
    FloatArray,
    NothingMeasurableError,
    NotUnderstoodError,
    Options,
    PoseTrack,
    Progress,
    UnreadableInputError,
    VideoInfo,
    usual_step,
)
from ..passes import Moments, Pass
from ..pose import estimate
from ..reading import reported
from ..tracking import PersonTrack, Pose, associate, distinct
from .formats import load
from .points import Kept, Points, unreadable

LOOK_EVERY_S = 1.5  # of file time: how often upright edges are looked for, as when one person is tracked
LONGER = 1.02  # a file may be this many times as long as its clip, by rounding, and not be of another
WIDEST = 1.5  # usual steps from one frame of a file to the next: in a wider gap, nobody was seen
UNKNOWN_ERROR = "the landmarks are {note}: how far off they are is not known, so nothing that depends on that is given"
CSV_LACKS = (
    "the table frames.csv lacks what keypoints.npz has: landmarks in space, the camera's movement and tilt, the outline"
)
CSV_TIMES = (
    "without the report.json beside it, the times in frames.csv are taken for real time; if the clip was slow motion, "
    "say so (`slowmo`)"
)
NOBODY = "nobody whose hips and shoulders are known is in it; give landmarks of one runner, whole body in view"
NOT_DRAWN = "there is no video with these landmarks: nothing is drawn"
NOT_IN_PICTURE = "these landmarks are not in pixels of the video: nothing is drawn"


def read(
    path: Path, clip: Path | None, options: Options, progress: Progress | None = None
) -> tuple[VideoInfo, PoseTrack, tuple[str, ...]]:
    """The clip's properties, or what the file says of them, the runner's landmarks in the clip's time, and warnings.

    Raises UnreadableInputError, NotUnderstoodError when nothing says how long a frame lasts or the chosen person is not
    in the file, and what ``pose.estimate`` and ``video.probe`` raise.
    """
    loaded, told = load(path), []
    if isinstance(loaded, Kept):
        if options.person not in (None, loaded.track.person.number):
            raise NotUnderstoodError(f"{path}: `person={options.person}` is not in it; analyse the video again")
        info, track = _of_ours(path, clip, loaded)
        track = _part(path, track, options)
    else:
        info, track = _of_points(path, clip, loaded, options, progress)
        unsaid = {loaded.slow_motion_factor, options.slowmo, options.capture_fps} == {None}
        told = [CSV_TIMES] if loaded.ours and clip is None and unsaid else []
    return info, track, (*_warnings(path, clip, info, track), *told)


def _warnings(path: Path, clip: Path | None, info: VideoInfo, track: PoseTrack) -> list[str]:
    told = []
    if track.model not in BACKENDS:
        told.append(UNKNOWN_ERROR.format(note=track.backend.note))
    elif path.suffix.lower() == ".csv":
        told.append(CSV_LACKS)
    if not info.filmed:
        told.append(NOT_DRAWN if clip is None else NOT_IN_PICTURE)
    return told


def _of_ours(path: Path, clip: Path | None, kept: Kept) -> tuple[VideoInfo, PoseTrack]:
    factor = kept.video["slow_motion_factor"]
    track = kept.track.retimed(1 / factor)
    told = VideoInfo(path, **{**kept.video}, filmed=False)
    if clip is None:
        return told, track
    info = video.probe(clip)
    same = (info.width_px, info.height_px) == (told.width_px, told.height_px)
    if not same or (info.duration_s or np.inf) < track.time_s[-1] - 1:
        raise UnreadableInputError(f"{path}: these keypoints belong to another clip than {clip}; give that one")
    return _known(info, factor), track


def _known(info: VideoInfo, factor: float) -> VideoInfo:
    """With the slow-motion factor that was found when the clip was analysed: it counts, not the phone's tag."""
    return replace(info, slow_motion_factor=factor, capture_fps=None)


def _part(path: Path, track: PoseTrack, options: Options) -> PoseTrack:
    """From ``start`` to ``end``."""
    end_s = np.inf if options.end is None else options.end
    rows = np.flatnonzero((track.time_s >= options.start) & (track.time_s <= end_s))
    if not len(rows):
        raise NotUnderstoodError(f"{path}: nothing is left after `start={options.start:g}`; take a longer part")
    return track.between(int(rows[0]), int(rows[-1]) + 1)


def _of_points(
    path: Path, clip: Path | None, points: Points, options: Options, progress: Progress | None
) -> tuple[VideoInfo, PoseTrack]:
    info = None if clip is None else video.probe(clip)
    if info and points.slow_motion_factor:
        info = _known(info, points.slow_motion_factor)
    points = points.of_clip(info) if info else points
    seen = _with_clip(path, info, points, options, progress) if info else _without_clip(path, points, options)
    if not seen.tracks:
        raise NothingMeasurableError(f"{path}: {NOBODY}")
    size = (info.width_px, info.height_px) if info and points.in_picture else points.size_px
    track, _ = estimate(lambda _: seen, points.model, options.person, size[0] if size else np.nan)
    xy = np.where(track.confidence[..., None] > 0, track.xy, np.nan)
    track = replace(track, xy=xy, cleaned=points.ours)
    if info and points.in_picture:
        return info, track
    width, height = points.size_px or _extent(track)
    if info:
        return replace(info, width_px=width, height_px=height, filmed=False), track
    step_s = usual_step(seen.clock_s)
    seconds = float(seen.clock_s[-1]) + step_s
    told = VideoInfo(path, width, height, 1 / step_s, len(seen.clock_s), seconds, filmed=False, scale=points.scale)
    return _known(told, points.slow_motion_factor or 1.0), track


def _extent(track: PoseTrack) -> tuple[int, int]:
    """The size of a picture that holds everything."""
    width, height = np.ceil(np.nanmax(track.xy, axis=(0, 1))).astype(int) + 1
    return max(2, int(width)), max(2, int(height))


def _without_clip(path: Path, points: Points, options: Options) -> Pass:
    """Times from the file or the user; nothing is known about the camera."""
    time_s = _times(path, points, options)
    end_s = np.inf if options.end is None else options.end
    wanted = (time_s >= options.start) & (time_s <= end_s)
    if wanted.sum() < 2:
        raise NotUnderstoodError(f"{path}: fewer than two frames are left; take a longer part")
    frames, time_s = points.frames[wanted], time_s[wanted]
    people = [there for there, is_wanted in zip(points.people, wanted, strict=True) if is_wanted]
    lost = np.full((len(frames), 3), np.nan)
    return Pass(frames, time_s, followed(frames, time_s, people), lost, np.zeros((0, 2)), frozenset(), False, time_s)


def _times(path: Path, points: Points, options: Options) -> FloatArray:
    if len(points.frames) < 2:
        raise unreadable(path, "a single frame")
    if points.time_s is not None:
        return points.time_s
    if options.fps is None:
        raise NotUnderstoodError(f"{path}: does not say how many frames a second; give `fps`, or the video too")
    return np.asarray((points.frames - points.frames[0]) / options.fps)


def _with_clip(path: Path, info: VideoInfo, points: Points, options: Options, progress: Progress | None) -> Pass:
    """Times, movement and tilt of the camera from the clip's own frames."""
    reader = video.Clip(info.path, options.start, options.end)
    people_in = _people_in(points, info, options)
    motion, tilt, due = CameraMotion(), CameraTilt(), Moments(LOOK_EVERY_S)
    frames, times_s, people, clock_s = [], [], [], []
    for frame in reported(video.prefetch(reader), "reading", None, progress):
        there = people_in(frame)
        clock_s.append(frame.time_s)
        if there is None:
            continue
        places = [pose.xy for pose in there] if points.in_picture else []
        if due.due(frame.time_s):
            tilt.look(frame.image, places, frame.index)
        motion.update(frame.image, places)
        frames.append(frame.index)
        times_s.append(frame.time_s)
        people.append(there)
    if points.numbered and frames and points.frames[-1] > LONGER * (frames[-1] + 1) and options.end is None:
        raise UnreadableInputError(
            f"{path}: has more frames than {info.path}: it belongs to another clip; give that one"
        )
    indices, time_s = np.array(frames, np.int64), np.array(times_s)
    tracks = followed(indices, time_s, people)
    looks = tilt.looks if points.in_picture else np.zeros((0, 2))
    steps = motion.steps if points.in_picture else np.full((len(indices), 3), np.nan)
    tilted = np.array(tilt.frames[: len(looks)], np.int64)
    return Pass(
        indices, time_s, tracks, steps, looks, frozenset(), False, np.array(clock_s), reader.truncated, tilted=tilted
    )


def _people_in(points: Points, info: VideoInfo, options: Options) -> Callable[[video.Frame], Sequence[Pose] | None]:
    """Who is seen in a frame of the clip: by its number, or by its time where the file has only times. None where the
    file skips it.

    Times are taken for real time, unless the clip, slowed down, would then be too short: they are the clip's own.
    """
    if points.numbered or points.time_s is None:
        by_frame, skips = dict(zip(points.frames.tolist(), points.people, strict=True)), _skipping(points.frames, 1.0)
        return lambda frame: by_frame.get(frame.index, None if skips(frame.index) else ())
    slowed_s = points.time_s * options.slow_motion(info, info.fps)
    in_clip_s = slowed_s if slowed_s[-1] <= LONGER * (info.duration_s or np.inf) else points.time_s
    times_s, people, skips = in_clip_s.tolist(), points.people, _skipping(in_clip_s, 1 / info.fps)
    slack_s = min(usual_step(in_clip_s), 1 / info.fps) / 2

    def at_that_time(frame: video.Frame) -> Sequence[Pose] | None:
        row = bisect_left(times_s, frame.time_s - slack_s)
        if row < len(people) and times_s[row] <= frame.time_s + slack_s:
            return people[row]
        return None if skips(frame.time_s) else ()

    return at_that_time


def _skipping(posed: NDArray[Any], step: float) -> Callable[[float], bool]:
    """Whether a file skips a frame it does not have, rather than having seen nobody in it.

    posed: (n,) numbers or times of the frames it has; step: of the clip, in the same unit. Skipped is what lies between
    two that are no farther apart than usual, and what a file that has one frame in so many would not have anyway.
    """
    known, usual = posed.tolist(), usual_step(posed) if len(posed) > 1 else step

    def skips(place: float) -> bool:
        row = bisect_left(known, place)
        near = 0 < row < len(known) and known[row] - known[row - 1] <= WIDEST * usual
        since = place - known[max(0, row - 1)]
        return bool(near or abs(since - usual * round(since / usual)) > 0.5 * step)

    return skips


def followed(frames: NDArray[np.int64], time_s: FloatArray, people: Sequence[Sequence[Pose]]) -> list[PersonTrack]:
    """Everybody's tracks: each pose joins the track it continues, as when people are tracked in pictures.

    However many there are: unlike there, following one more costs next to nothing.
    """
    tracks: list[PersonTrack] = []
    near: list[int] = []  # those who may be seen again
    for frame, now_s, there in zip(frames.tolist(), time_s.tolist(), people, strict=True):
        found: Mapping[int, Pose] = dict(enumerate(distinct(list(there))))
        near = [i for i in near if not tracks[i].lost_for_good(now_s)]
        matches = associate(tracks, found, now_s, near)
        for key in [key for key in found if key not in matches.values()]:
            matches[len(tracks)] = key
            near.append(len(tracks))
            tracks.append(PersonTrack())
        for track, key in matches.items():
            tracks[track].add(frame, now_s, found[key])
    return tracks
