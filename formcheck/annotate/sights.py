"""Where a metric is best seen: the step nearest to the reported value, the instant in it, and the lines that show it.

``SIGHTS`` is the table: a metric listed there can be shown in one picture. Angles are drawn as large as the step's
value, which is corrected for the pose model's mean error: the landmarks alone would show a different angle.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.ndimage import median_filter

from .. import outline
from ..datatypes import SIDES, Comparison, FloatArray, Report, StepValue, Trial, landmark
from ..landmarks import FACE, LEG
from ..metrics import angles
from ..metrics.body import Body, foreshortening, lean_deg, looks, near_side, stances, to_right
from ..metrics.stance import OPEN_STRIDES
from ..signals import nearest_index
from .contacts import DEPTH, sole_joints
from .scene import Scene, measurement
from .shapes import Angle, Distance, Shape

UPPER = (*FACE, *(f"{side}_{joint}" for joint in ("shoulder", "elbow", "hip") for side in SIDES))
LOWER = tuple(f"{side}_{joint}" for joint in LEG[1:] for side in SIDES)
LONGER = 1.12  # base over arm: so that the arm does not hide it
HEAD_LINES = 2.0  # times the distance from ear to nose: longer lines show the head's pitch better
NECK = slice(*np.searchsorted(outline.HEIGHTS, (1.01, 1.31)))  # heights between which C7 lies
HIGHER = 0.1  # of the leg's length in the picture: a foot this much higher than the other is not on the ground
EDGE_STEPS = 5  # heights over which this edge is smoothed


@dataclass(frozen=True)
class Look:
    """The runner in one row of the track, in pixels of the picture, and the step that is shown."""

    report: Report
    row: int
    step: StepValue

    def __getitem__(self, name: str) -> FloatArray:
        track = self.report.trial.track
        return landmark(track.xy[self.row], track.landmarks, name)

    def mid(self, joint: str) -> FloatArray:
        return np.asarray(0.5 * (self[f"left_{joint}"] + self[f"right_{joint}"]))

    def of_step(self, joint: str) -> FloatArray:
        """A joint on the side whose step it is."""
        return self[f"{self.step.side}_{joint}"]

    @property
    def in_the_air(self) -> bool:
        """Whether the foot whose step it is is clearly higher than the other: then the legs have been mixed up."""
        lower = max(self[f"{side}_ankle"][1] for side in SIDES)
        return bool(lower - self.of_step("ankle")[1] > HIGHER * self.leg_px)

    @property
    def leg_px(self) -> float:
        """The leg's length where the runner is in this row: nearer, it looks longer."""
        trial = self.report.trial
        size = trial.gait.motion.size_at(float(trial.track.time_s[self.row])) if trial.gait.motion else 1.0
        return size * trial.leg_px

    @property
    def forward(self) -> int:
        """Sign of image x that counts as forward; seen from behind or in front, to the right."""
        return self.report.trial.gait.view.forward or 1

    def leaning(self, deg: float) -> FloatArray:
        """(2,) unit vector that leans this far forward from straight up, against gravity."""
        track = self.report.trial.track
        angle = np.radians(self.forward * deg + track.roll_deg + track.turn_deg[self.row])
        return np.array([np.sin(angle), -np.cos(angle)])

    def turned(self, vector: FloatArray, deg: float) -> FloatArray:
        """A vector turned in the sense in which a line that points up comes to lean further forward."""
        angle = np.radians(self.forward * deg)
        cos, sin = np.cos(angle), np.sin(angle)
        return np.array([[cos, -sin], [sin, cos]]) @ vector

    def apart(self, first: FloatArray, second: FloatArray) -> Distance:
        """From under one point to under another along gravity, level, below the shoe of the standing foot, inside the
        picture."""
        track, down = self.report.trial.track, self.leaning(180)
        joints, below = sole_joints(track)
        ground = max(self.of_step(joint) @ down for joint in joints) + (below + DEPTH) * track.body_height_px
        starts = np.stack([first, second])
        ends = starts + (ground - starts @ down)[:, None] * down
        outside = np.maximum(0, ends[:, 1].max() - (self.report.trial.video.height_px - 1))
        return Distance(*starts, *(ends - outside / down[1] * down))


def _by_nearness(report: Report, name: str) -> list[StepValue]:
    m = measurement(report, name)
    return sorted(report.shown(m), key=lambda step: abs(step.value - m.value))


@dataclass(frozen=True)
class Sight:
    """A row of the table.

    row    the row of the track in which a step shows it
    shape  the lines drawn there
    words  what they are
    torso  whether shoulders and hips are joined by lines, too
    close  the joints that fill the picture; if empty, the whole runner does
    steps  those on which it can be shown; the measurement's own, unless it was measured on something else
    stands whether the step's foot must be the one on the ground
    """

    row: Callable[[Trial, StepValue], int]
    shape: Callable[[Look], Shape]
    words: str
    torso: bool = True
    close: tuple[str, ...] = ()
    steps: Callable[[Report, str], Iterable[StepValue]] = _by_nearness
    stands: bool = False


@dataclass(frozen=True)
class Sighting:
    """Where a report's metric is seen best."""

    step: StepValue
    row: int
    shape: Shape
    sight: Sight


def sighting(scene: Scene, name: str) -> Sighting | None:
    """On the step nearest to the measured value, if possible one on which the whole runner is in the picture.

    None when there is no step whose landmarks are known, or none whose foot can be believed to stand where it must.
    """
    sight, report = SIGHTS.get(name), scene.report
    if sight is None or measurement(report, name).missing is not None:
        return None
    cut_off = None
    for step in sight.steps(report, name):
        row = sight.row(report.trial, step)
        look = Look(report, row, step)
        shape = sight.shape(look)
        if np.isfinite(shape.points).all() and not (sight.stands and look.in_the_air):
            seen = Sighting(step, row, shape, sight)
            if _is_whole(scene, row):
                return seen
            cut_off = cut_off or seen
    return cut_off


def _is_whole(scene: Scene, row: int) -> bool:
    x0, y0, x1, y1 = scene.bodies[row].tolist()
    return bool(min(x0, y0) >= 0 and x1 < scene.width and y1 < scene.height)


def row_at(trial: Trial, time_s: float) -> int:
    """The row nearest in time."""
    return nearest_index(trial.track.time_s, time_s)


def _between(
    trial: Trial,
    begin_s: float,
    end_s: float,
    value: Callable[[Body], FloatArray],
    wanted: Callable[[FloatArray], float],
) -> int:
    """Of the rows between two times, the one whose value is nearest to what ``wanted`` makes of all of them."""
    time_s = trial.track.time_s
    rows = np.arange(*np.searchsorted(time_s, [begin_s, end_s]))
    if not len(rows):
        return row_at(trial, begin_s)
    values = value(Body(trial, time_s[rows]))
    return int(rows[nearest_index(values, wanted(values))])


def _when_dated(trial: Trial, step: StepValue) -> int:
    """For values that are read at one instant."""
    return row_at(trial, step.time_s)


def _in_stride(
    value: Callable[[Body], FloatArray], wanted: Callable[[FloatArray], float], trial: Trial, step: StepValue
) -> int:
    return _between(trial, step.time_s, step.time_s + trial.gait.stride_s, value, wanted)


def _in_midstance(trial: Trial, step: StepValue) -> int:
    """Where the leg's lean is midway between those at contact and at toe-off."""
    held = stances(trial)
    end_s = held[bisect_left(held, step.time_s, key=lambda stance: stance[0].time_s)][1].time_s

    def leg(body: Body) -> FloatArray:
        return lean_deg(body[f"{step.side}_ankle"], body.mid("hip"))

    return _between(trial, step.time_s, end_s, leg, lambda lean: float(0.5 * (lean[0] + lean[-1])))


def _thigh_farthest_behind(trial: Trial, step: StepValue) -> int:
    def thigh(body: Body) -> FloatArray:
        return -angles.thigh(body, step.side)

    return _between(trial, step.time_s, step.time_s + OPEN_STRIDES * trial.gait.stride_s, thigh, np.max)


def _from(look: Look, corner: FloatArray, end: FloatArray, base_deg: float, deg: float) -> Angle:
    """A line as long as from corner to end, leaning forward by deg, against one by base_deg (0: upright, 90: level)."""
    length = _length(end - corner)
    return Angle(corner, LONGER * length * look.leaning(base_deg), length * look.leaning(deg))


def _bent(look: Look, corner: FloatArray, before: FloatArray, after: FloatArray) -> Angle:
    """A line as long as from corner to after, turned by the value from the continuation of the line from before."""
    other = before - corner
    on = -_length(after - corner) / _length(other) * other
    return Angle(corner, LONGER * on, look.turned(on, look.step.value), other=other)


def _leaning_trunk(look: Look) -> Angle:
    return _from(look, look.mid("hip"), look.mid("shoulder"), 0, look.step.value)


def _shin(look: Look) -> Angle:
    return _from(look, look.of_step("ankle"), look.of_step("knee"), 0, -look.step.value)


def _trailing_thigh(look: Look) -> Angle:
    return _from(look, look.of_step("hip"), look.of_step("knee"), 180, 180 + look.step.value)


def _pitched_head(look: Look) -> Angle:
    ear = look.mid("ear")
    return _from(look, ear, ear + HEAD_LINES * (look["nose"] - ear), 90, 90 + look.step.value)


def _bent_waist(look: Look) -> Angle:
    return _bent(look, look.mid("hip"), look.of_step("ankle"), look.mid("shoulder"))


def _bent_knee(look: Look) -> Angle:
    return _bent(look, look.of_step("knee"), look.of_step("hip"), look.of_step("ankle"))


def _moving_trunk(look: Look) -> Angle:
    """From as far away as the value to where it leans most."""
    hips = look.mid("hip")
    arm = look.mid("shoulder") - hips
    return Angle(hips, LONGER * look.turned(arm, -look.step.value), arm)


def _since_before(name: str, shape: Callable[[Look], Angle], look: Look) -> Angle:
    """From the metric's value at the start to that of the step, the step's value being how much lies between them."""
    before, _ = _trend(look.report, f"{name}_trend").ends
    then, now = (shape(replace(look, step=replace(look.step, value=before + on))) for on in (0.0, look.step.value))
    return Angle(now.corner, LONGER * then.arm, now.arm)


def _late_steps(report: Report, name: str) -> list[StepValue]:
    """Steps in the clip's last third, each with its change since the start; those nearest to the whole change first."""
    steps = sorted(report.shown(measurement(report, name.removesuffix("_trend"))), key=lambda step: step.time_s)
    change = _trend(report, name)
    late = [replace(step, value=step.value - change.ends[0]) for step in steps[2 * len(steps) // 3 :]]
    return sorted(late, key=lambda step: abs(step.value - change.value))


def _trend(report: Report, name: str) -> Comparison:
    return next(comparison for comparison in report.comparisons if comparison.name == name)


def _ahead(look: Look) -> Distance:
    hips, ahead, down = look.mid("hip"), look.leaning(90), look.leaning(180)
    level_with_ankle = hips + ((look.of_step("ankle") - hips) @ down) * down
    length = look.step.value / 100 * look.leg_px * foreshortening(look.report.trial.gait.view)
    return look.apart(hips, level_with_ankle + length * ahead)


def _apart(look: Look) -> Distance:
    """From where the other foot stood before to this one."""
    ankle, right, down = look.of_step("ankle"), look.leaning(90), look.leaning(180)
    outward = (1 if look.step.side == "right" else -1) * to_right(look.report.trial)
    level_with_knee = ankle + ((look.of_step("knee") - ankle) @ down) * down
    return look.apart(level_with_knee - outward * look.step.value / 100 * look.leg_px * right, ankle)


def _back_edges(report: Report) -> FloatArray:
    """(looks, heights) how far the back's edge lies to the image's right of the trunk's line, about the neck's base."""
    seen = looks(report.trial)
    return (seen.left if report.trial.gait.view.forward > 0 else seen.right)[:, NECK]


def _usual_looks(report: Report, name: str) -> list[StepValue]:
    """Looks at the outline, those whose neck is nearest to the edge that the measurement keeps first."""
    seen, forward, edges = looks(report.trial), report.trial.gait.view.forward, _back_edges(report)
    off = np.abs(forward * edges - outline.kept_edges(seen, forward)[0][NECK]).mean(axis=1)
    value, side = measurement(report, name).value, near_side(report.trial)
    return [StepValue(float(seen.time_s[i]), side, value) for i in np.argsort(off) if np.isfinite(edges[i]).all()]


def _forward_shoulders(look: Look) -> Angle:
    """From the skin where the line that leans by the value away from the trunk's meets the shoulders."""
    index = nearest_index(looks(look.report.trial).time_s, look.step.time_s)
    hips, shoulders = look.mid("hip"), look.mid("shoulder")
    up = shoulders - hips
    across, heights = median_filter(_back_edges(look.report)[index], EDGE_STEPS), outline.HEIGHTS[NECK]
    skin = hips + across[:, None] * np.array([-up[1], up[0]]) + heights[:, None] * up
    x, y = look.turned(-up, -look.step.value) / _length(up)
    beside = (shoulders - skin) @ np.array([-y, x])
    corner = skin[nearest_index(beside, 0.0)]
    return Angle(corner, -up, _length(shoulders - corner) * np.array([x, y]))


def _length(vector: FloatArray) -> float:
    return float(np.hypot(*vector))


SIGHTS: dict[str, Sight] = {
    "trunk_lean_deg": Sight(
        partial(_in_stride, angles.trunk_lean, np.mean),
        _leaning_trunk,
        "a line from hips to shoulders against a plumb line",
        False,
    ),
    "waist_bend_deg": Sight(
        _in_midstance,
        _bent_waist,
        "a line from hips to shoulders against the line of the standing leg",
        False,
        stands=True,
    ),
    "overstride_pct_leg": Sight(
        _when_dated, _ahead, "an arrow from under the hips to the ankle of the landing foot", stands=True
    ),
    "shin_angle_deg": Sight(_when_dated, _shin, "a line from ankle to knee against a plumb line", stands=True),
    "knee_flexion_contact_deg": Sight(_when_dated, _bent_knee, "the shin against the line of the thigh", stands=True),
    "trailing_thigh_deg": Sight(
        _thigh_farthest_behind, _trailing_thigh, "a line from hip to knee against a plumb line"
    ),
    "head_pitch_deg": Sight(
        partial(_in_stride, angles.head_pitch, np.mean),
        _pitched_head,
        "a line from ear to nose against a level line",
        close=UPPER,
    ),
    "shoulder_hunch_deg": Sight(
        _when_dated,
        _forward_shoulders,
        "a line from the base of the neck to the shoulders against the line of the trunk",
        False,
        UPPER,
        _usual_looks,
    ),
    "trunk_rocking_deg": Sight(
        partial(_in_stride, angles.trunk_lean, np.max),
        _moving_trunk,
        "the trunk where it leans most and least",
        False,
    ),
    "trunk_sway_deg": Sight(
        partial(_in_stride, angles.trunk_lean, np.max),
        _moving_trunk,
        "the trunk at one end of its sway against the middle of it",
        False,
    ),
    "trunk_lean_deg_trend": Sight(
        partial(_in_stride, angles.trunk_lean, np.mean),
        partial(_since_before, "trunk_lean_deg", _leaning_trunk),
        "the trunk's line late in the clip against that at its start",
        torso=False,
        steps=_late_steps,
    ),
    "head_pitch_deg_trend": Sight(
        partial(_in_stride, angles.head_pitch, np.mean),
        partial(_since_before, "head_pitch_deg", _pitched_head),
        "a line from ear to nose late in the clip against that at its start",
        close=UPPER,
        steps=_late_steps,
    ),
    "step_width_pct_leg": Sight(
        _when_dated,
        _apart,
        "an arrow from where the other foot stood to the ankle of the standing foot",
        close=LOWER,
        stands=True,
    ),
}
