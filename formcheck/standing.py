"""The runner's own zero: how trunk and head are held when running, compared with standing tall before the same camera.

What the pose model makes of this body in these clothes, and how the camera is tilted, are the same in both and cancel
in the difference. What remains is that arms, cloth and landmarks lie differently in running and in standing
(benchmarks/standing.py), and the scatter of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from .datatypes import (
    SIDES,
    AgainstStanding,
    FloatArray,
    Gait,
    Measurement,
    Motion,
    PoseTrack,
    Stood,
    Trial,
    VideoInfo,
    usual_step,
)
from .gait import find_pitch, leg_length_px
from .gait.view import find_view
from .knowledge.calibration import from_standing
from .metrics import METRICS, FrameBody, Metric, angles, calibration_of, features, near_side
from .metrics.measurement import correction
from .metrics.registry import known_steps
from .metrics.uncertainty import extrapolation, interval_around, mean_of_medians, pitch_error_sd
from .repeats import moved
from .signals import Spans, at_rest, known_median, spans_of

LEAST_S = 1.0  # of standing still
STILL = 0.04  # body heights: over LEAST_S a still body keeps its shape to within this; landmarks wander by half of it
# Body heights a second, from row to row: of somebody who stands, some landmark moves by 0.026 and more (31 rendered
# runners), of a film that stands on one picture by less than 0.001.
LIVES = 0.005
FROZEN_S = 0.3  # somebody who stands may be as still for a few frames
SWAYS_S = 0.5  # looks at somebody standing tell more the farther apart they are, up to this
KNEES_BENT_DEG = 25.0  # pose models see straight legs bent by up to 15°
ARMS_BENT_DEG = 75.0  # of the near elbow: hands are then in front of the body or behind it
BENT_OVER_DEG = 15.0  # of the trunk, either way
TURNED_DEG = 15.0  # between the angles from which the camera sees running and standing
MOVED = 0.1  # body heights: a camera that merely shakes moves less


def still_trial(video: VideoInfo, track: PoseTrack, wanted_view: str = "auto") -> Trial:
    """A trial of pictures without a gait: every picture counts as a stride of its own."""
    arrays = ("time_s", "xy", "world", "confidence", "camera_xy", "turn_deg", "frames")
    track = replace(track, **{name: getattr(track, name)[track.seen] for name in arrays})
    view, path = find_view(track, wanted_view), np.tile(video.middle, (len(track), 1))
    values = track.steady(track.xy - path[:, None]).reshape(len(track), -1)
    mean, still = np.full(values.shape[1], np.nan), np.zeros((len(track), 2))
    known = np.isfinite(values).any(axis=0)
    mean[known] = np.nanmean(values[:, known], axis=0)
    phase = np.arange(len(track), dtype=float)
    size = np.ones(len(track))
    motion = Motion(track.time_s, phase, path, still, track.turn_deg, size, mean[:, None], values - mean, 1.0)
    gait, pitch = Gait(view, "running", "treadmill", motion=motion), find_pitch(track, view, video)
    return Trial(video, track, gait, leg_length_px(track, view, pitch), pitch=pitch)


def find_standing(
    video: VideoInfo, track: PoseTrack, said_s: tuple[float, float] | None = None, wanted_view: str = "auto"
) -> list[Trial]:
    """Each time somebody stands still for LEAST_S, the longest first.

    track: cleaned; said_s: the seconds of the file to search, None for all of it.
    """
    begin_s, end_s = (t / video.slow_motion_factor for t in said_s or (-np.inf, np.inf))
    rows = np.flatnonzero((track.time_s >= begin_s) & (track.time_s <= end_s))
    if len(rows) < 2:
        return []
    part = track.between(int(rows[0]), int(rows[-1]) + 1)
    found = sorted(_still(part), key=lambda span: span[0] - span[1])
    return [still_trial(video, part.between(*span), wanted_view) for span in found]


def _still(track: PoseTrack) -> Spans:
    """Spans of rows [a, b) in which shoulders, knees and ankles keep their place relative to the hips, as far as known.

    A hidden leg does not count, nor does a shaking camera.
    """
    from scipy.ndimage import maximum_filter1d, minimum_filter1d  # noqa: PLC0415 (late, as in ``signals``)

    joints = [f"{side}_{joint}" for side in SIDES for joint in ("shoulder", "knee", "ankle")]
    places = np.stack([track.point(joint) - track.mid("hip") for joint in joints], axis=1)
    window = 2 * round(0.5 * LEAST_S / usual_step(track.time_s)) + 1
    ends = (maximum_filter1d(np.nan_to_num(places, nan=-np.inf), window, axis=0),
            minimum_filter1d(np.nan_to_num(places, nan=np.inf), window, axis=0))  # fmt: skip
    still = ((ends[0] - ends[1]) < STILL * track.body_height_px).all(axis=(1, 2))  # -inf where nothing is known
    still &= minimum_filter1d(track.seen, window)
    found = spans_of(maximum_filter1d(still, window))
    return [(a, b) for a, b in found if track.time_s[b - 1] - track.time_s[a] >= LEAST_S - usual_step(track.time_s)]


def without_stills(track: PoseTrack, raw: PoseTrack) -> PoseTrack:
    """A cleaned track with nobody in it where the film stands on one picture: nobody stands there.

    raw: the same as the pose model saw it, since cleaning lets what came before fade out
    """
    frozen = at_rest(moved(raw) / np.diff(raw.time_s), raw.time_s, LIVES * raw.body_height_px, FROZEN_S)
    return replace(track, xy=np.where(frozen[:, None, None], np.nan, track.xy))


def stand(
    video: VideoInfo,
    track: PoseTrack,
    run: Trial,
    ran_s: tuple[float, float],
    said_s: tuple[float, float] | None,
    cuts_s: Sequence[float] = (),
) -> Stood | None:
    """The time in a clip that serves best as the zero for a run in it; None if nobody stands and none was said to.

    track: of the whole clip, cleaned; ran_s: when the run was, on the track's clock; said_s, cuts_s: seconds of the
    file that were said, and at which it is cut. Where nobody stands in the former, what the rest of the clip has is no
    zero, but its place is told.
    """
    standing = find_standing(video, track, said_s, run.gait.view.name)
    cut_s = np.array(cuts_s) / video.slow_motion_factor
    found = [_judged(trial, run, track, ran_s, cut_s) for trial in standing]
    if found or said_s is None:
        return _best(found)
    elsewhere = stand(video, track, run, ran_s, None, cuts_s)
    if said_s[0] > track.time_s[-1] * video.slow_motion_factor:
        why = "standing_after_end"
    else:
        why = "standing_elsewhere" if elsewhere else "standing_not_seen"
    return replace(elsewhere or Stood(None), missing=why)


def stand_apart(video: VideoInfo, track: PoseTrack, run: Trial) -> Stood:
    """The same in a separate clip, whose camera may be tilted differently."""
    standing = find_standing(video, track, wanted_view=run.gait.view.name)
    found = [Stood(trial, missing=_unfit(trial, run)) for trial in standing]
    return _best(found) or Stood(None, missing="standing_not_seen")


def _best(found: list[Stood]) -> Stood | None:
    """The first that can serve, else the first."""
    return next((stood for stood in found if stood.missing is None), found[0] if found else None)


def _judged(trial: Trial, run: Trial, track: PoseTrack, ran_s: tuple[float, float], cuts_s: FloatArray) -> Stood:
    begin_s, end_s = min(trial.span_s[0], ran_s[0]), max(trial.span_s[1], ran_s[1])
    moved_px, least_px = _moved_px(track, begin_s, end_s), MOVED * track.body_height_px
    moved = "standing_camera_moved" if moved_px >= least_px else None  # NaN: nobody knows
    stays = moved_px < least_px and not ((cuts_s > begin_s) & (cuts_s <= end_s)).any()
    if stays:  # it is pitched alike, whatever each seems to show
        leg_px = leg_length_px(trial.track, trial.gait.view, run.pitch)
        trial = replace(trial, pitch=run.pitch, leg_px=leg_px)
    return Stood(trial, stays, _unfit(trial, run) or moved)


def _moved_px(track: PoseTrack, begin_s: float, end_s: float) -> float:
    """How far the camera turned, at most, between any two moments of this time; NaN when unknown."""
    camera = track.camera_xy[(track.time_s >= begin_s) & (track.time_s <= end_s)]
    return float(np.ptp(camera, axis=0).max()) if len(camera) else float("nan")


def _unfit(trial: Trial, run: Trial) -> str | None:
    """Why this standing cannot be the zero for this run; None where it can."""
    view, ran = trial.gait.view, run.gait.view
    if ran.name != "side":
        return "not_side_view"
    if view.name != "side" or abs(view.yaw_deg - ran.yaw_deg) > TURNED_DEG:
        return "standing_other_view"
    if view.facing != ran.facing:
        return "standing_other_side"
    body, side = FrameBody(trial), near_side(trial)
    bent = {
        "standing_knees_bent": (angles.knee_flexion(body, side), KNEES_BENT_DEG),
        "standing_arms_bent": (180 - angles.elbow(body, side), ARMS_BENT_DEG),
        "standing_bent_over": (np.abs(angles.trunk_lean(body)), BENT_OVER_DEG),
    }
    if not all(np.isfinite(angle).any() for angle, _ in bent.values()):
        return "part_not_seen"
    return next((why for why, (angle, most) in bent.items() if known_median(angle) > most), None)


def against_standing(
    runs: Sequence[Trial], measurements: Iterable[Measurement], stood: Stood | None
) -> tuple[AgainstStanding, ...]:
    """How the body is held in running minus how it is in standing, for every metric of posture.

    runs: the trials that were measured, all in one direction; the result is empty if nobody stood.
    """
    if stood is None:
        return ()
    return tuple(_against(runs, m, stood) for m in measurements if METRICS[m.name].postural)


def _against(runs: Sequence[Trial], m: Measurement, stood: Stood) -> AgainstStanding:
    run, metric = runs[0], METRICS[m.name]
    learned = calibration_of(run).standing(m.name)
    missing = m.missing or stood.missing or ("standing_not_learned" if learned is None else None)
    if missing is None and stood.trial is not None and _seen_s(stood.trial, metric) < SWAYS_S:
        missing = "part_not_seen"
    if missing is not None or stood.trial is None or learned is None:
        return AgainstStanding(m.name, m.label, m.unit, missing=missing)
    offset, lasting = learned.at(features_from_standing(run, stood.trial))
    value = as_seen(runs, m) - float(still_values(stood.trial, metric).mean()) + offset
    parts = [sway_sd(stood.trial, metric), lasting * extrapolation(run, metric), _tilt_sd(m, metric, stood)]
    half = float(np.linalg.norm([m.sampling, *(1.96 * sd for sd in parts)]))
    return AgainstStanding(
        m.name, m.label, m.unit, value, value - half, value + half, m.n, running=m.value, standing=m.value - value,
        running_interval=(m.low, m.high), standing_interval=interval_around(m.value - value, m, half, half),
    )  # fmt: skip


def as_seen(runs: Sequence[Trial], m: Measurement) -> float:
    """A measurement of these trials before its correction, which is that of their steps."""
    added = [correction(run, METRICS[m.name])[0] for run in runs]
    return m.value - float(np.average(added, weights=[len(known_steps(run, METRICS[m.name])) for run in runs]))


def still_values(stood: Trial, metric: Metric) -> FloatArray:
    """(n,) values of a metric in the pictures of somebody who stands that show it, before its correction."""
    return np.array([step.value for step in known_steps(stood, metric)])


def _seen_s(stood: Trial, metric: Metric) -> float:
    """For how long a metric is seen while somebody stands: each picture is a stride, and either foot begins one."""
    return float(len(still_values(stood, metric)) / len(SIDES) * usual_step(stood.track.time_s))


def sway_sd(stood: Trial, metric: Metric) -> float:
    """SD of the mean of a metric over the time somebody stands, since they sway."""
    looks = max(1.0, _seen_s(stood, metric) / SWAYS_S)
    return float(still_values(stood, metric).std(ddof=1) / np.sqrt(looks))


def features_from_standing(run: Trial, stood: Trial) -> dict[str, float]:
    """Features of the run minus those of standing; NaN where one is not seen, as an outline may not be in a second."""
    standing = features(stood)
    return {from_standing(name): value - standing[name] for name, value in features(run).items()}


def _tilt_sd(m: Measurement, metric: Metric, stood: Stood) -> float:
    """SD of how the camera is tilted in one and the other; 0 where it is known to have stayed put."""
    if stood.same_camera or stood.trial is None:
        return 0.0
    pitch_sd = pitch_error_sd(stood.trial, metric, mean_of_medians)
    return float(np.linalg.norm([m.clip_sd, metric.against_gravity * stood.trial.track.roll_sd_deg, pitch_sd]))
