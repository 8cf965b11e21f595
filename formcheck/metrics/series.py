"""Angles over time, frame by frame: what metrics read at their moments, as columns of a table.

A column carries the learned correction of the metric it belongs to, as the curves over the stride do, so that what is
read off it at that metric's moments is the number that is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..datatypes import FRONTAL, SIDES, FloatArray, Side, Trial
from ..once import once
from . import angles
from .body import (
    Body,
    FrameBody,
    calibration_of,
    far_side,
    motion_of,
    seen_legs,
    stance_spans,
    strides,
    to_right,
    why_not_both_legs,
)
from .measurement import correction
from .registry import METRICS
from .uncertainty import extrapolation, pitched


@dataclass(frozen=True)
class Column:
    """A quantity in every frame of a track.

    values    (T,) NaN where it is not known
    smooth    (T,) the same from the smooth movement alone, including frames in which a landmark was not seen
    what, positive  between which points it is taken, and when it is above 0
    missing   why all of it is unknown: a key of the knowledge's reasons; None if some is known
    added     what was added to what the landmarks give: the learned correction
    error_sd  standard deviation of the remaining error, which all frames share; NaN where nothing was learned
    """

    name: str
    unit: str
    what: str
    positive: str
    values: FloatArray
    smooth: FloatArray
    missing: str | None = None
    added: float = 0.0
    error_sd: float = float("nan")


@dataclass(frozen=True)
class _Angle:
    """A row of the table, for the whole body or for each side of it.

    of            (body, side) → (…,) degrees; the side is ignored for the whole body
    corrected_by  metric → the sign with which its correction enters; metrics that are the angle or a part of it
    part          of the body: its angles on one side are seen or hidden together
    shows         parts of the body that the pose model must give, keys of ``landmarks.PARTS``
    tilts         whether the camera's roll enters it
    """

    name: str
    what: str
    positive: str
    of: Callable[[Body, Side], FloatArray]
    corrected_by: Mapping[str, int] = field(default_factory=dict)
    part: Literal["trunk", "leg", "arm"] = "trunk"
    shows: tuple[str, ...] = ()
    tilts: bool = False


SAGITTAL_ANGLES = (
    _Angle(
        "trunk_lean_deg", "mid-hip to mid-shoulder from the vertical", "leaning forward",
        lambda body, _: angles.trunk_lean(body), {"trunk_lean_deg": 1}, tilts=True,
    ),
    _Angle(
        "neck_flexion_deg", "mid-shoulder to mid-ear against the trunk's line", "ears ahead of that line",
        lambda body, _: angles.neck_flexion(body), {"neck_flexion_deg": 1}, shows=("ears",),
    ),
    _Angle(
        "craniovertebral_deg", "mid-shoulder, corrected to C7, to mid-ear above the horizontal", "ear above C7",
        lambda body, _: angles.craniovertebral(body), {"craniovertebral_deg": 1}, shows=("ears",), tilts=True,
    ),
    _Angle(
        "head_pitch_deg", "ear to nose below the horizontal", "looking down",
        lambda body, _: angles.head_pitch(body), {"head_pitch_deg": 1}, shows=("ears",), tilts=True,
    ),
    _Angle(
        "hip_flexion_deg", "thigh against the trunk's line (the pelvis is not seen); 0 in one line", "flexion",
        angles.hip_flexion, {"trailing_thigh_deg": -1, "trunk_lean_deg": 1}, "leg",
    ),
    _Angle(
        "knee_flexion_deg", "thigh against shank; 0 is a straight leg", "flexion",
        angles.knee_flexion, {"knee_flexion_contact_deg": 1}, "leg",
    ),
    _Angle(
        "ankle_dorsiflexion_deg", "sole (heel to toe) against shank; 0 at right angles", "dorsiflexion",
        angles.ankle_dorsiflexion, {"shin_angle_deg": -1}, "leg", ("feet",),
    ),
    _Angle(
        "thigh_deg", "hip to knee from the vertical", "knee ahead of the hip",
        angles.thigh, {"trailing_thigh_deg": -1}, "leg", tilts=True,
    ),
    _Angle(
        "shank_deg", "knee to ankle from the vertical", "ankle ahead of the knee",
        angles.shank, {"shin_angle_deg": 1}, "leg", tilts=True,
    ),
    _Angle(
        "foot_deg", "heel to toe above the horizontal, as the landmarks lie (a flat sole need not read 0)",
        "toe above heel", angles.sole, {}, "leg", ("feet",), tilts=True,
    ),
    _Angle(
        "shoulder_flexion_deg", "upper arm against the trunk's line; 0 along it", "elbow ahead of the trunk",
        angles.shoulder_flexion, {}, "arm", ("arms",),
    ),
    _Angle(
        "elbow_angle_deg", "upper arm against forearm in the picture; 180 is a straight arm", "always",
        angles.elbow, {"elbow_angle_deg": 1}, "arm", ("arms",),
    ),
)  # fmt: skip


def _frontal_angles(trial: Trial) -> tuple[_Angle, ...]:
    right = to_right(trial)
    return (
        _Angle(
            "side_lean_deg", "mid-hip to mid-shoulder from the vertical, sideways", "to the runner's right",
            lambda body, _: angles.side_lean(body, right), {"side_lean_deg": 1}, tilts=True,
        ),
        _Angle(
            "shoulder_line_deg", "left to right shoulder against the horizontal", "right shoulder higher",
            lambda body, _: angles.shoulder_line(body, right), {}, tilts=True,
        ),
    )  # fmt: skip


@once
def series(trial: Trial) -> tuple[Column, ...]:
    """Stride phase, ground contact and every angle, in each frame of the track.

    Angles come from the same smooth movement as metrics, and are NaN in frames in which one of their landmarks was
    not seen, outside the part that was analysed, and where the view or the pose model does not show them.
    """
    sagittal = trial.gait.view.name == "side"
    frontal = trial.gait.view.name in FRONTAL
    rows = [
        *((row, None if sagittal else "not_side_view") for row in SAGITTAL_ANGLES),
        *((row, None if frontal else "not_rear_view") for row in _frontal_angles(trial)),
    ]
    columns = [*_cycle(trial)]
    bodies = _Bodies.of(trial)
    for row, unseen in rows:
        for side in SIDES if row.part != "trunk" else (None,):
            columns.append(_column(trial, row, side, bodies, unseen or _why_not(trial, row, side)))
    return tuple(columns)


@dataclass(frozen=True)
class _Bodies:
    """The body by its smooth movement in the frames ``inside``, as it was seen in all frames, and as a camera pitched
    by one standard deviation more would show its movement, if the pitch may be off."""

    inside: NDArray[np.bool_]
    smooth: Body | None
    seen: Body
    pitched: Body | None = None

    @classmethod
    def of(cls, trial: Trial) -> _Bodies:
        time_s, seen = trial.track.time_s, FrameBody(trial)
        if trial.gait.motion is None:
            return cls(np.zeros(len(time_s), bool), None, seen)
        begin_s, end_s = motion_of(trial).time_s[[0, -1]]
        inside = (time_s >= begin_s) & (time_s <= end_s)
        smooth, other = Body(trial, time_s[inside]), pitched(trial)
        return cls(inside, smooth, seen, None if other is trial else Body(other, time_s[inside]))


def _why_not(trial: Trial, row: _Angle, side: Side | None) -> str | None:
    """Why an angle is known in no frame, None when it may be known in some."""
    lacking = next((part for part in row.shows if not trial.track.backend.shows(part)), None)
    if lacking:
        return f"no_{lacking}"
    if trial.gait.motion is None:
        return "not_running"
    if row.part == "arm" and side == far_side(trial):
        return "far_arm_hidden"
    if row.part == "leg" and side not in seen_legs(trial):
        return why_not_both_legs(trial)
    return None


def _column(trial: Trial, row: _Angle, side: Side | None, bodies: _Bodies, missing: str | None) -> Column:
    name = row.name if side is None else f"{side}_{row.name}"
    smooth = np.full(len(trial.track), np.nan)
    if missing is not None or bodies.smooth is None:
        return Column(name, "°", row.what, row.positive, smooth, smooth, missing)
    of_side, (added, error_sd) = side or SIDES[0], _correction(trial, row)
    angle = row.of(bodies.smooth, of_side)
    smooth[bodies.inside] = angle + added
    if bodies.pitched is not None:
        moved = row.of(bodies.pitched, of_side) - angle
        if (known := moved[np.isfinite(moved)]).size:
            error_sd = float(np.hypot(error_sd, known.mean()))
    values = np.where(np.isnan(row.of(bodies.seen, of_side)), np.nan, smooth)
    missing = None if np.isfinite(values).any() else "part_not_seen"
    return Column(name, "°", row.what, row.positive, values, smooth, missing, added, error_sd)


def _correction(trial: Trial, row: _Angle) -> tuple[float, float]:
    """(what is added, standard deviation of the error that remains, NaN where nothing was learned)."""
    parts = [(sign, name) for name, sign in row.corrected_by.items() if _learned(trial, name)]
    found = [(sign, *correction(trial, METRICS[name])) for sign, name in parts]
    added = float(sum(sign * offset for sign, offset, _ in found))
    if not parts or len(parts) < len(row.corrected_by):
        return added, float("nan")
    roll_sd = trial.track.roll_sd_deg if row.tilts else 0.0
    learned_sd = [sd * extrapolation(trial, METRICS[name]) for (_, name), (*_, sd) in zip(parts, found, strict=True)]
    return added, float(np.linalg.norm([roll_sd, *learned_sd]))


def _learned(trial: Trial, name: str) -> bool:
    return calibration_of(trial).has("corrections", name)


def _cycle(trial: Trial) -> Iterator[Column]:
    """Where in its stride each leg is, whether it stands, and the frames nearest to its contacts."""
    missing = None if trial.gait.contacts else "contacts_not_found"
    standing = missing or (None if trial.gait.toe_offs else "toe_offs_not_found")
    rows = (
        ("stride_pct", "%", "of the stride, from this foot's initial contact to its next", "always", _phase, missing),
        ("on_ground", "0 or 1", "from initial contact to toe-off", "the foot is down", _on_ground, standing),
        ("contact", "0 or 1", "1 in the frame nearest to an initial contact", "the foot lands", _at_contacts, missing),
    )
    for side in SIDES:
        for name, unit, what, positive, of, why in rows:
            values = of(trial, side) if why is None else np.full(len(trial.track), np.nan)
            yield Column(f"{side}_{name}", unit, what, positive, values, values, why)


def _phase(trial: Trial, side: Side) -> FloatArray:
    spans = np.array([(begin, end) for begin, end, of in strides(trial) if of == side]).reshape(-1, 2)
    span, since_s = _last_begun(trial.track.time_s, spans[:, 0])
    lasts_s = (spans[:, 1] - spans[:, 0])[span] if len(spans) else since_s
    return np.where(since_s < lasts_s, 100 * since_s / lasts_s, np.nan)


def _on_ground(trial: Trial, side: Side) -> FloatArray:
    """Unknown before the first stance of that side and after the last."""
    time_s = trial.track.time_s
    spans = stance_spans(trial, side)
    span, since_s = _last_begun(time_s, spans[:, 0])
    if not len(spans):
        return since_s
    down = since_s < (spans[:, 1] - spans[:, 0])[span]
    return np.where(np.isfinite(since_s) & (time_s < spans[-1, 1]), down.astype(float), np.nan)


def _last_begun(time_s: FloatArray, begins_s: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """For each time, which of some spans began last, and how long before; NaN before the first."""
    span = np.searchsorted(begins_s, time_s, "right") - 1
    known = span >= 0
    return np.maximum(span, 0), np.where(known, time_s - np.append(begins_s, np.nan)[span], np.nan)


def _at_contacts(trial: Trial, side: Side) -> FloatArray:
    time_s = trial.track.time_s
    values = np.zeros(len(time_s))
    at_s = [event.time_s for event in trial.gait.contacts if event.side == side]
    values[np.rint(np.interp(at_s, time_s, np.arange(len(time_s)))).astype(int)] = 1.0
    return values
