"""The stages in order, for one video."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from . import cache, faults, keypoints, knowledge, video
from .backends import backend_of
from .bouts import at_one_pace, in_clip_time, read_bouts, with_speed
from .cleaning import clean, on_every_frame
from .datatypes import (
    Bout,
    Finding,
    Measurement,
    NothingMeasurableError,
    Options,
    PoseTrack,
    Progress,
    Report,
    Stood,
    Trial,
    UnreadableVideoError,
    VideoInfo,
    usual_step,
)
from .datatypes.inputs import LEAST_SLOWED
from .engine import CORES
from .files import check_nothing_lost, replacing_all, stamp, write_bytes, write_text
from .gait import turned_deg
from .home import read_in
from .incoming import is_there
from .metrics import measure, without_tilted
from .planes import Planes
from .pose import estimate, last_poses
from .reading import Early, read_clip, reported
from .repeats import first_showings, held, pictures, shown_again, suspected, told
from .report import Together, frames_csv, json_text, steps_csv, together_json
from .report.oddities import oddities
from .settings import FILM, OUTPUTS, PAGE, PDF, REPORT
from .sides import left_right
from .standing import against_standing, stand, stand_apart, without_stills
from .tracking import PersonTrack
from .trends import trends
from .words import give_or_take

if TYPE_CHECKING:
    from .annotate import Stills

REPEATED = 1.1  # times as many pictures as different ones: fewer repeats may stand in place of lost pictures
SAME_RATE = 1.05  # the same ratio: up to this it is one rate, rounded differently
FEWEST_FRAMES = 2  # fewer have no rate
LEAST_FPS = 5.0  # of the file: a runner makes three steps a second
TURNS_DEG = 20.0  # of the runner as the camera sees them: rendered ones who passed 59 to 123, others up to 14

SO_FAR = {"cadence_spm": "", "trunk_lean_deg": "lean "}  # what is shown meanwhile: measure → words before it
SO_FAR_S = 20.0  # of film that it is based on, at most


def analyze(path: Path, options: Options, progress: Progress | None = None, early: bool = True) -> Report:
    """Everything formcheck can say about one video; early: whether progress is also told what it shows so far.

    Raises FormcheckError, which says why, if it cannot.
    """
    apart = _standing_apart(options, progress)
    info, raw, warnings = read(path, options, progress, early)
    return interpret(info, raw, options, warnings, apart)


def _standing_apart(options: Options, progress: Progress | None) -> tuple[VideoInfo, PoseTrack] | None:
    """What a separate clip shows of the runner standing, if one was given."""
    if options.standing_file is None:
        return None
    own = Options(model=options.model, cache=options.cache, workers=options.workers, slowmo=1.0)
    info, raw, _ = read(options.standing_file, own, progress, early=False)
    return info, without_stills(clean(raw, info), raw)


def read(
    path: Path, options: Options, progress: Progress | None = None, early: bool = True
) -> tuple[VideoInfo, PoseTrack, tuple[str, ...]]:
    """What the file is, where the runner's landmarks are in it, and warnings about the file: the slow part."""
    if options.keypoints is not None:
        given = Path(options.keypoints)
        info, shown, warnings = keypoints.read(given, None if given == path else path, options, progress)
        shown, share = _compared(info, shown, options, progress) if info.filmed else (shown, _repeated(shown))
    else:
        info, shown, warnings, share = _seen(path, options, progress, early)
    warnings = (*warnings, *told(share, shown))
    fps = 1 / usual_step(shown.clock_s)
    if fps < LEAST_FPS:
        raise NothingMeasurableError(f"{fps:.2g} frames a second show no steps; film at 30 or more")
    factor = options.slow_motion(info, fps)
    info = replace(info, path=path.absolute(), slow_motion_factor=factor)
    if len(shown) < FEWEST_FRAMES:
        raise NothingMeasurableError(
            "the video, or the part of it you asked for, is only a moment long; film 20 seconds"
        )
    raw = shown.retimed(factor)
    return info, raw, (*warnings, *_rate_warnings(fps, (1 - share) * fps, factor, options))


def _seen(
    path: Path, options: Options, progress: Progress | None, early: bool
) -> tuple[VideoInfo, PoseTrack, tuple[str, ...], float]:
    """What a pose model sees in the clip's pictures, and the share of these that repeat others."""
    info = video.probe(path)
    if options.end is None and info.frames and info.frames > options.start * info.fps + video.MOST_FRAMES:
        raise UnreadableVideoError(video.too_long(path))  # at once, rather than after hours
    clip = video.Clip(path, options.start, options.end, *_budget(info, options))
    so_far = partial(_so_far, info, options) if early and progress else None
    shown, truncated, share = _posed(info, clip, options, progress, so_far)
    return _as_read(info, clip, shown), shown, (knowledge.phrases().cut_short,) if truncated else (), share


def _compared(
    info: VideoInfo, shown: PoseTrack, options: Options, progress: Progress | None
) -> tuple[PoseTrack, float]:
    """The track with the same landmarks wherever the clip repeats a picture, and the share of pictures that do."""
    if not suspected(shown):
        return shown, 0.0
    frames = video.prefetch(video.Clip(info.path, options.start, options.end))
    return held(shown, reported(frames, "comparing pictures", len(shown.clock_s), progress))


def _repeated(track: PoseTrack) -> float:
    """The share of the pictures in which somebody is seen that repeat others, as the landmarks tell."""
    return float((len(track) - 1 - pictures(track)[-1]) / max(1, track.seen.sum()))


def _posed(
    info: VideoInfo, clip: video.Clip, options: Options, progress: Progress | None, early: Early | None
) -> tuple[PoseTrack, bool, float]:
    """The runner's landmarks in file time, whether the file is damaged, and the share of its pictures that repeat
    others; from the cache when it has them.
    """
    threading.Thread(target=_load_rest, daemon=True).start()
    name, before = "", _stamp(clip.path)
    if options.cache:
        passing = partial(progress, "reading", 0, None) if progress else lambda: None
        name = cache.key(clip.path, options.model, options.person, clip.start_s, clip.end_s, clip.every, passing)
        if (kept := cache.load(name)) is not None:
            return kept
    read_pass = partial(read_clip, clip, info, options.model, options.workers or CORES, progress, early)
    track, seen = estimate(read_pass, options.model, options.person, info.width_px)
    if (now := _stamp(clip.path)) != before and now is not None:
        raise UnreadableVideoError(f"{clip.path}: changed while it was being read; analyse it again once it is whole")
    track, share = _compared(info, track, options, progress)
    if name:
        cache.save(name, track, seen.truncated, share)
    return track, seen.truncated, share


def _load_rest() -> None:
    """Load what takes longest of all that is needed after reading, for which this process waits."""
    with suppress(ImportError):  # whoever needs it is told
        import scipy.ndimage  # noqa: PLC0415, F401


def _stamp(path: Path) -> tuple[int, int] | None:
    """None when it is gone."""
    try:
        return stamp(path)
    except OSError:
        return None


def _budget(info: VideoInfo, options: Options) -> tuple[int, float]:
    """(n where one frame in n is posed, time from frame to frame): about as many as the model needs, or more."""
    real_fps = info.fps * options.slow_motion(info, info.fps)
    many = np.isfinite(real_fps) and not options.every_frame
    return max(1, int(real_fps * SAME_RATE / backend_of(options.model).posed_fps)) if many else 1, 1 / info.fps


def _so_far(info: VideoInfo, options: Options, person: PersonTrack) -> str:
    """What the last poses of one person show, in words; nothing when it is too early to say."""
    try:
        track = last_poses(person, SO_FAR_S, options.model).retimed(options.slow_motion(info, info.fps))
        measured = {m.name: m for m in interpret(info, track, options).measurements}
        given = [measured[name] for name in SO_FAR if measured[name].missing is None]
        return ", ".join(f"{SO_FAR[m.name]}{give_or_take(m, m.unit)}" for m in given)
    except Exception:  # whatever it is, it will be reported for the whole clip
        return ""


def interpret(
    info: VideoInfo,
    raw: PoseTrack,
    options: Options,
    warnings: tuple[str, ...] = (),
    apart: tuple[VideoInfo, PoseTrack] | None = None,
) -> Report:
    """From landmarks to report; apart: those of a separate clip in which the runner stands, cleaned."""
    shown = pictures(raw)
    repeated = shown[-1] + 1 < len(raw)
    read_once = first_showings(raw, shown) if repeated else raw
    whole, trials, cuts_s = read_bouts(read_once, info, options)
    trials, used = with_speed(trials, at_one_pace(trials))
    bouts = tuple(Bout(in_clip_time(trial), measure(trial), trial in used, trial.slowed) for trial in trials)
    measurements = measure(*used) if len(used) > 1 else next(bout.measurements for bout in bouts if bout.used)
    main, ways = used[0], _ways(used)
    theirs = measure(*ways[0]) if len(ways) > 1 else measurements
    live = without_stills(whole, read_once)
    stoods = [stand_apart(*apart, way[0]) if apart else _stood(info, live, way[0], options, cuts_s) for way in ways]
    served = next((n for n, found in enumerate(stoods) if found and found.missing is None), 0)  # as they ran one way
    zero = against_standing(ways[served], measure(*ways[served]) if served else theirs, stoods[served])
    comparisons = (*left_right(main, theirs), *trends(theirs, whole.model, _seen_turning(used)), *zero)
    measurements, *of_bouts = (
        without_tilted(some, whole.roll_sd_deg) for some in (measurements, *(bout.measurements for bout in bouts))
    )
    bouts = tuple(replace(bout, measurements=some) for bout, some in zip(bouts, of_bouts, strict=True))
    trial = replace(in_clip_time(main), track=shown_again(whole, raw, shown) if repeated else whole)
    seen = raw if "npz" in options.export else None
    report = Report(trial, measurements, (), (), comparisons, options, bouts, seen, cuts_s=cuts_s, stood=stoods[served])
    return replace(report, findings=_judge(report), warnings=(*warnings, *oddities(report)))


def _stood(info: VideoInfo, whole: PoseTrack, run: Trial, options: Options, cuts_s: Sequence[float]) -> Stood | None:
    """What the clip itself shows of the runner standing, for one run in it."""
    return stand(info, whole, run, in_clip_time(run).span_s, options.standing_s, cuts_s)


def _ways(used: list[Trial]) -> list[list[Trial]]:
    """Stretches in both directions apart, the first one's first: the near leg is the left in one and the right in the
    other, and the camera's roll adds to the lean in one what it takes from it in the other."""
    facing = [trial.gait.view.facing for trial in used]
    return [[trial for trial in used if trial.gait.view.facing == way] for way in dict.fromkeys(facing)]


def _seen_turning(used: list[Trial]) -> bool:
    """Whether the camera sees the runner from changing sides, as one who passes."""
    return any(turned_deg(trial.track) > TURNS_DEG for trial in used)


def _rate_warnings(usual_fps: float, different_fps: float, factor: float, options: Options) -> Iterator[str]:
    """A warning if the recording rate that the user gave was not used, or was held against that of a film's repeats."""
    said = options.capture_fps
    if said is None:
        return
    slowed = said / different_fps
    if usual_fps > REPEATED * different_fps and slowed > max(LEAST_SLOWED, SAME_RATE * factor):
        yield (
            f"`capture_fps={said:g}` was held against the {usual_fps:.4g} frames a second of the file, which shows "
            f"only {different_fps:.3g} different ones: if these were taken one after the other, say so "
            f"(`slowmo={slowed:.3g}`)"
        )
    elif factor == 1 and min(abs(np.log(said / usual_fps)), abs(np.log(slowed))) > np.log(SAME_RATE):
        yield (
            f"`capture_fps={said:g}` was ignored: the clip itself has {usual_fps:.4g} frames a second, so it is not "
            "slow motion; if it does not play at real speed, say so (`slowmo`)"
        )


def _as_read(info: VideoInfo, clip: video.Clip, track: PoseTrack) -> VideoInfo:
    """The info, with what reading the whole file showed that its header lacked or got wrong; times are the file's."""
    if clip.start_s or clip.end_s is not None:
        return info
    frames = len(track.clock_s)
    seconds = float(track.clock_s[-1]) + (usual_step(track.clock_s) if frames > 1 else 0.0)
    return replace(info, frames=frames, duration_s=seconds, fps=frames / seconds if frames > 1 else info.fps)


def _judge(report: Report) -> tuple[Finding, ...]:
    """Findings; walking is measured but never judged by the standards of running."""
    held = report.judged
    if report.trial.gait.activity != "running":
        held = tuple(m.withheld(_why(m)) for m in held)
    return faults.find(held, knowledge.load([m.name for m in held]))


def _why(m: Measurement) -> str | None:
    """Why somebody who does not run is not judged; what is wrong with the picture, where that is the reason."""
    return m.missing if knowledge.verdict_of(m.missing) else "not_running"


def write(report: Report, folder: Path, with_video: bool = True, progress: Progress | None = None) -> None:
    """Write all outputs of one analysis to a folder, replacing those of an earlier one: all of them or none.

    Raises FormcheckError if it cannot, or if something else would be lost.
    """
    check_nothing_lost(folder, OUTPUTS, read_in(folder, report.trial.video.path, report.options))
    with replacing_all(folder, OUTPUTS) as fresh:
        _write(report, fresh, with_video, progress)


def _write(report: Report, folder: Path, with_video: bool, progress: Progress | None) -> None:
    from .page.pdf import report_pdf  # noqa: PLC0415 (late, like all that draws)
    from .page.report import report_html  # noqa: PLC0415

    with ThreadPoolExecutor(1) as beside:
        tables = beside.submit(_write_tables, report, folder)
        _draw(report, folder, with_video, progress)
        tables.result()
    write_text(folder / PAGE, report_html(report, folder))
    if report.options.pdf:
        write_bytes(folder / PDF, report_pdf(report))


def _write_tables(report: Report, folder: Path) -> None:
    """What needs no pictures."""
    from .export import write_exports  # noqa: PLC0415 (late: loads slowly)

    write_text(folder / "steps.csv", steps_csv(report))
    write_text(folder / "frames.csv", frames_csv(report))
    write_text(folder / REPORT, json_text(report))
    if report.options.export:
        write_exports(report, folder)


def write_together(made: Together, homes: Sequence[Path], folder: Path) -> None:
    """Write the report on several clips to a folder of its own; homes: where each clip's own results are."""
    from .page.report import together_html  # noqa: PLC0415 (late, like all that draws)

    with replacing_all(folder, OUTPUTS) as fresh:
        write_text(fresh / PAGE, together_html(made, homes, folder))
        write_text(fresh / REPORT, json_text(made.whole, together_json(made)))


def _draw(report: Report, folder: Path, with_video: bool, progress: Progress | None) -> None:
    """Draw the annotated video and the stills, in one pass over the frames; no stills on their own if the clip is gone,
    and nothing if there never was one."""
    from . import annotate  # noqa: PLC0415 (late: loads slowly)

    if not report.trial.video.filmed:
        return
    track = on_every_frame(report.trial.track)
    drawn = replace(report, trial=replace(report.trial, track=track))
    stills = annotate.Stills(drawn)
    if with_video:
        passing = partial(progress, "drawing", 0, len(track)) if progress else lambda: None
        frames = reported(video.prefetch(frames_of(drawn, None, passing)), "drawing", len(track), progress)
        annotate.write_video(drawn, stills.watching(frames), folder / FILM)
    elif stills.times_s:
        deque(stills.watching(frames_of(drawn, stills)), maxlen=0)
    stills.write(folder / annotate.STILLS)


def frames_of(
    report: Report, stills: Stills | None = None, passing: Callable[[], None] = lambda: None
) -> Iterator[tuple[float, Planes]]:
    """The clip's pictures by file time, with people disguised as the report asks: all, or those that stills need, and
    beside these the ones in which faces are looked for; passing: as for ``Clip.part``."""
    from . import disguise  # noqa: PLC0415 (late: loads slowly)

    info, (begin_s, end_s) = report.trial.video, report.trial.track.time_s[[0, -1]].tolist()
    if report.options.disguise == "figure":
        return disguise.plain(report)
    factor, covered = info.slow_motion_factor, report.options.disguise == "faceless"
    if stills is None:
        frames = video.Clip(info.path, begin_s * factor, end_s * factor).planes(passing)
    elif is_there(info.path):
        times_s = disguise.looked_at(report, stills.times_s) if covered else stills.times_s
        frames = video.Clip(info.path).planes_at(times_s)
    else:
        return iter(())
    return disguise.faceless(report, frames) if covered else frames
