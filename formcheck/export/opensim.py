"""Markers (.trc) and joint angles (.mot) as OpenSim and Pose2Sim read them, in seconds of real time.

Markers: X forward, Y up, Z to the runner's right, in metres where the runner's height is known, else in pixels, as the
header says. Y is 0 at the lowest foot, X and Z at the middle of the hips in the first frame that shows them. Names are
those of Pose2Sim's models. In the picture plane, places are as a level camera would see them, cleaned; along the
camera's direction they are the pose model's estimate, and 0 in pixels or from models that make none.
Angles: names and signs of OpenSim's full-body running model (Rajagopal 2016). Trunk and pelvis are treated as one,
since the pelvis is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan
from pathlib import Path

import numpy as np

from ..datatypes import FRONTAL, SIDES, FloatArray, Report, Trial, usual_step
from ..files import write_text
from ..landmarks import BODY_25, MIDDLES, marker_name
from ..metrics import FrameBody, series
from ..metrics.body import to_right

LOWEST_PCT = 2.0  # percentile of the heights of the feet: the floor
COORDINATES = {  # of the model → ours, and how to get it from that: sign, what is added
    "pelvis_tilt": ("trunk_lean_deg", -1.0, 0.0),
    **{
        f"{joint}_{side[0]}": (f"{side}_{ours}", sign, added)
        for side in reversed(SIDES)
        for joint, ours, sign, added in (
            ("hip_flexion", "hip_flexion_deg", 1.0, 0.0),
            ("knee_angle", "knee_flexion_deg", 1.0, 0.0),
            ("ankle_angle", "ankle_dorsiflexion_deg", 1.0, 0.0),
            ("arm_flex", "shoulder_flexion_deg", 1.0, 0.0),
            ("elbow_flex", "elbow_angle_deg", -1.0, 180.0),
        )
    },
}
MOT_HEAD = """\
formcheck
version=1
nRows={rows}
nColumns={columns}
inDegrees=yes

Units are S.I. units (second, meters, Newtons, ...)
Angles are in degrees.

endheader
"""


def write_trc(report: Report, path: Path) -> None:
    """A row for each frame of the track; a marker that was not seen is blank."""
    write_text(path, _trc(report))


def _trc(report: Report) -> Iterator[str]:
    trial, track = report.trial, report.trial.track
    markers, times_s = _markers(trial), report.real_s(track.time_s)
    rate, frames, unit = f"{1 / usual_step(times_s):.4f}", len(track), "m" if np.isfinite(trial.px_per_m) else "px"
    yield "PathFileType\t4\t(X/Y/Z)\tmarkers.trc\n"
    yield "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames\n"
    yield f"{rate}\t{rate}\t{frames}\t{len(markers)}\t{unit}\t{rate}\t1\t{frames}\n"
    yield "Frame#\tTime\t" + "\t\t\t".join(map(marker_name, markers)) + "\t\t\n"
    yield "\t\t" + "\t".join(f"{axis}{i}" for i in range(1, len(markers) + 1) for axis in "XYZ") + "\n\n"
    places = np.stack(list(markers.values()), axis=1).reshape(frames, -1)
    for frame, time_s, row in zip(range(1, frames + 1), times_s.tolist(), places.tolist(), strict=True):
        yield "\t".join([str(frame), f"{time_s:.6f}", *("" if isnan(v) else f"{v:.6f}" for v in row)]) + "\n"


def _markers(trial: Trial) -> dict[str, FloatArray]:
    """(T, 3) of each landmark of BODY_25 that the pose model shows, and the top of the head."""
    body, names, scaled = FrameBody(trial), trial.track.landmarks, bool(np.isfinite(trial.px_per_m))
    away = np.nan_to_num(trial.track.world[..., 2]) if scaled else np.zeros(trial.track.xy.shape[:2])
    found: dict[str, FloatArray] = {}
    for name in (*BODY_25.names, "head"):
        sources = [name] if name in names or name not in MIDDLES else [f"{side}_{MIDDLES[name]}" for side in SIDES]
        if all(source in names for source in sources):
            across = np.mean([body[source] for source in sources], axis=0) / (trial.px_per_m if scaled else 1.0)
            found[name] = _in_space(trial, across, away[:, names.present(sources)].mean(axis=1))
    return _from_the_floor(found)


def _in_space(trial: Trial, across: FloatArray, away: FloatArray) -> FloatArray:
    """(T, 3) forward, up and to the right, from (T, 2) forward (or right, in the picture) and up, and (T,) away."""
    away = np.where(np.isfinite(across[:, 0]), away, np.nan)
    if trial.gait.view.name in FRONTAL:
        return np.stack([to_right(trial) * away, across[:, 1], to_right(trial) * across[:, 0]], axis=1)
    return np.stack([across[:, 0], across[:, 1], -(trial.gait.view.forward or 1) * away], axis=1)


def _from_the_floor(markers: dict[str, FloatArray]) -> dict[str, FloatArray]:
    hips, ankles = markers["mid_hip"], np.stack([markers[f"{side}_ankle"][:, 1] for side in SIDES])
    feet = [m[:, 1] for name, m in markers.items() if name.endswith(("_heel", "_foot_index"))]
    heights = np.concatenate([ankles, feet] if feet else [ankles])
    known, seen = heights[np.isfinite(heights)], np.flatnonzero(np.isfinite(hips[:, 0]))
    if not len(known) or not len(seen):
        return markers
    origin = np.array([hips[seen[0], 0], np.percentile(known, LOWEST_PCT), hips[seen[0], 2]])
    return {name: place - origin for name, place in markers.items()}


def write_mot(report: Report, path: Path) -> None:
    """A row for each frame of the part that was analysed, a column for each angle that was seen.

    Where a landmark is hidden for some frames, the mean stride stands in: a motion has no gaps. A clip that shows
    none of these angles gives times only.
    """
    trial = report.stretch
    of = {column.name: column.smooth for column in series(trial) if column.missing is None}
    shown = {name: sign * of[ours] + added for name, (ours, sign, added) in COORDINATES.items() if ours in of}
    table = np.stack([report.real_s(trial.track.time_s), *shown.values()], axis=1)
    table = table[np.isfinite(table).all(axis=1)]
    head = MOT_HEAD.format(rows=len(table), columns=table.shape[1])
    lines = ("\t".join(f"{value:.6f}" for value in row) + "\n" for row in table.tolist())
    write_text(path, [head, "\t".join(["time", *shown]) + "\n", *lines])
