"""What metrics are made from: the body at any moment, upright and seen at right angles, and the steps to read it at."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .. import gait, outline
from ..datatypes import OTHER, SIDES, Event, FloatArray, Motion, Outline, Side, StepValue, Trial, View, landmark
from ..knowledge import calibration
from ..knowledge.calibration import Calibration
from ..once import once

FEATURE_SAMPLES = 400  # moments over the clip that a feature is averaged over
STRIDE_SAMPLES = 40  # moments per stride that a stride mean is taken over
STANCE_SAMPLES = 20  # moments of a stance, or of the swing of an arm
FEW_STRIDES = 4  # a runner who passes by shows fewer
MIXED_UP = 0.1  # of the frames, with legs swapped back; our own choice: errors grow with it, by half at a fifth
LEARNED_ELEVATION_DEG = (-10.0, 5.0)  # from which cameras looked up at the runners that corrections were learned from
LEG_OF_HEIGHT = 0.491  # thigh + shank as a share of standing height (Drillis & Contini 1966, in Winter 2009)

Values = list[StepValue]
Spans = list[tuple[float, float, Side]]  # begin, end, side


@dataclass(frozen=True)
class ClipValue:
    """A value of the clip as a whole, not of its steps, with the sd of its own error and of the learned map's.

    Or the reason why there is none.
    """

    value: float
    sd: float
    model_sd: float
    steps: int  # on which it is based
    missing: str | None = None

    @classmethod
    def without(cls, reason: str) -> ClipValue:
        return cls(float("nan"), float("nan"), float("nan"), 0, reason)


def motion_of(trial: Trial) -> Motion:
    assert trial.gait.motion is not None  # the caller has made sure of it
    return trial.gait.motion


def calibration_of(trial: Trial) -> Calibration:
    """What was learned about the pose model that saw this clip."""
    return calibration.of(trial.track.model)


class Body:
    """Landmarks at moments (…): ``body["left_ankle"]``, ``body.mid("hip")`` → (…, 2), x forward, y up, pixels.

    Up is against gravity: the camera's roll and pitch are undone. From the side, forward lengths are as a camera at
    right angles would see them. Each is computed once.
    """

    def __init__(self, trial: Trial, times: FloatArray) -> None:
        moments = motion_of(trial).moments(times.ravel())
        self._begin(trial, (*times.shape, 2), moments.landmark, moments.between(motion_of(trial).camera_xy))

    def _begin(
        self, trial: Trial, shape: tuple[int, ...], seen: Callable[[int], FloatArray], moved: FloatArray
    ) -> None:
        """seen: (n, 2) pixels of a landmark, as if the camera had not moved; moved: (n, 2) pixels by which it has."""
        self._landmarks, self._shape, self._known = trial.track.landmarks, shape, dict[str, FloatArray]()
        self._seen, self._moved = seen, moved @ trial.track.level
        self._view, self._pitch, self._level = trial.gait.view, trial.pitch, trial.track.level  # but not the trial

    def __getitem__(self, name: str) -> FloatArray:
        if name not in self._known:
            place = self._landmarks.index.get(name)
            seen = np.full(self._shape, np.nan) if place is None else self.upright(self._seen(place))
            self._known[name] = seen.reshape(self._shape)
            self._known[name].flags.writeable = False  # all get the same
        return self._known[name]

    def upright(self, xy: FloatArray) -> FloatArray:
        """(n, 2) pixels at its moments, as if the camera had not moved → x forward and y up.

        Pitch is undone where a place was seen: what it does to it depends on where in the picture that is.
        """
        straight = self._pitch.undone(xy @ self._level + self._moved) - self._moved
        return np.asarray(straight * [(self._view.forward or 1) / foreshortening(self._view), -1])

    def mid(self, joint: str) -> FloatArray:
        return 0.5 * (self[f"left_{joint}"] + self[f"right_{joint}"])


class FrameBody(Body):
    """The same in the track's own frames, (T, 2), as cleaned: NaN where a landmark was not seen."""

    def __init__(self, trial: Trial) -> None:
        track, moved = trial.track, np.nan_to_num(trial.track.camera_xy)
        xy = track.steady(track.xy, trial.video.middle) - moved[:, None]
        self._begin(trial, (len(track), 2), lambda place: xy[:, place], moved)


def foreshortening(view: View) -> float:
    """Factor by which forward lengths look shorter than from exactly beside; 1 in other views."""
    return float(np.cos(np.radians(view.yaw_deg))) if view.name == "side" else 1.0


def to_right(trial: Trial) -> int:
    """Sign of the picture's x toward the runner's right, from behind and in front."""
    return -1 if trial.gait.view.name == "front" else 1


def lean_deg(lower: FloatArray, upper: FloatArray) -> FloatArray:
    """(…,) angle of lower → upper (…, 2) from the vertical, forward positive."""
    across = upper - lower
    return np.asarray(np.degrees(np.arctan2(across[..., 0], across[..., 1])))


def at_contacts(trial: Trial, value: Callable[[Body, Side], FloatArray]) -> Values:
    """A value of the landing leg at each of its contacts; of a leg that is seen clearly enough."""
    return of_leg(*_at_clear_contacts(trial), value)


@once
def _at_clear_contacts(trial: Trial) -> tuple[list[Event], Body]:
    legs = clear_legs(trial)
    events = [contact for contact in trial.gait.contacts if contact.side in legs]
    return events, Body(trial, np.array([e.time_s for e in events]))


def of_leg(events: Sequence[Event], body: Body, value: Callable[[Body, Side], FloatArray]) -> Values:
    """A value (n,) of each event's own leg; body: at moments (n, …) that match the events."""
    by_side = {side: value(body, side) for side in SIDES}
    return [StepValue(e.time_s, e.side, float(by_side[e.side][i])) for i, e in enumerate(events)]


def through(trial: Trial, begin_s: FloatArray, end_s: FloatArray, samples: int, *, endpoint: bool = True) -> Body:
    """The body at this many evenly spaced moments of each of n spans: (n, samples)."""
    return Body(trial, np.linspace(begin_s, end_s, samples, endpoint=endpoint, axis=-1))


def near_side(trial: Trial) -> Side:
    """The side of the body that the camera sees in full; the far arm is hardly ever seen."""
    return gait.near_side(trial.gait.view)


def far_side(trial: Trial) -> Side:
    return OTHER[near_side(trial)]


@once
def seen_legs(trial: Trial) -> tuple[Side, ...]:
    """The legs that were tracked reliably enough to measure their angles; none when they were often mixed up."""
    if trial.track.repairs.leg_swap_frames > MIXED_UP * len(trial.track):
        return ()
    return clear_legs(trial)


@once
def clear_legs(trial: Trial) -> tuple[Side, ...]:
    """The legs of which the pose model is sure enough; a far leg may be hidden behind the near one."""
    enough = calibration_of(trial).threshold("leg_seen")
    return tuple(side for side in SIDES if gait.leg_confidence(trial.track, side) >= enough)


def why_not_both_legs(trial: Trial) -> str | None:
    """The reason why the two legs cannot be compared; None where both were tracked reliably."""
    if len(legs := seen_legs(trial)) == len(SIDES):
        return None
    return "one_leg_unclear" if legs else "legs_mixed_up" if clear_legs(trial) else "legs_unclear"


def sure_stances(trial: Trial) -> tuple[list[Event], FloatArray, FloatArray]:
    """(contacts, their times (n,), how long each foot stays down (n,)); legs not reliably seen are left out."""
    legs = seen_legs(trial)
    pairs = [(contact, off) for contact, off in stances(trial) if contact.side in legs]
    times = np.array([(contact.time_s, off.time_s) for contact, off in pairs]).reshape(-1, 2)
    return [contact for contact, _ in pairs], times[:, 0], times[:, 1] - times[:, 0]


@once
def strides(trial: Trial) -> Spans:
    """(begin, end, side) of every stride in order of time: from each contact to the next of the same foot.

    Where contacts cannot be seen, from each time a knee is farthest ahead to the next.
    """
    starts = [(e.time_s, e.side) for e in trial.gait.contacts] or _knees_forward(trial)
    of_side = {side: [time for time, other in starts if other == side] for side in SIDES}
    return sorted((a, b, side) for side, times in of_side.items() for a, b in pairwise(times))


def _knees_forward(trial: Trial) -> list[tuple[float, Side]]:
    """(time, side) of the moments when, in the mean stride, a knee is farthest ahead of the other."""
    motion, phase = motion_of(trial), np.arange(STRIDE_SAMPLES) / STRIDE_SAMPLES
    place, landmarks = motion.mean_stride(phase), trial.track.landmarks
    left, right = (landmark(place, landmarks, f"{side}_knee")[:, 0] for side in SIDES)
    ahead = (left - right) * (trial.gait.view.forward or 1)
    moments = zip(SIDES, phase[[ahead.argmax(), ahead.argmin()]], strict=True)
    return [(time_s, side) for side, at in moments for time_s in gait.passes(motion.phase, motion.time_s, at)]


@once
def stances(trial: Trial) -> tuple[tuple[Event, Event], ...]:
    """Each contact with the toe-off that ends it."""
    offs = {side: [e for e in trial.gait.toe_offs if e.side == side] for side in SIDES}
    times = {side: [e.time_s for e in events] for side, events in offs.items()}
    found = []
    for contact in trial.gait.contacts:
        after = bisect_right(times[contact.side], contact.time_s)
        if after < len(times[contact.side]):
            found.append((contact, offs[contact.side][after]))
    return tuple(found)


def stance_spans(trial: Trial, side: Side) -> FloatArray:
    """(n, 2) when each stance of a foot begins and ends."""
    return np.array([(on.time_s, off.time_s) for on, off in stances(trial) if on.side == side]).reshape(-1, 2)


def over_strides(
    trial: Trial, value: Callable[[Body], FloatArray], of: Callable[..., FloatArray], *, endpoint: bool = False
) -> Values:
    """A value (n, samples) reduced over every stride by ``of``, along an axis."""
    spans = strides(trial)
    return _over(spans, value(_through(trial, strides, endpoint)), of) if spans else []


def stride_means(trial: Trial, value: Callable[[Body], FloatArray]) -> Values:
    """Mean of a value over every stride; where there are few, as with a runner who passes by, over every step."""
    spans = strides if len(strides(trial)) >= FEW_STRIDES else _steps
    return _over(found, value(_through(trial, spans, False)), np.mean) if (found := spans(trial)) else []


def _over(spans: Spans, values: FloatArray, of: Callable[..., FloatArray]) -> Values:
    """Values (n, samples) reduced over each span."""
    return [StepValue(a, side, v) for (a, _, side), v in zip(spans, of(values, axis=-1).tolist(), strict=True)]


@once
def _through(trial: Trial, spans: Callable[[Trial], Spans], endpoint: bool) -> Body:
    begins, ends = (np.array([span[i] for span in spans(trial)]) for i in (0, 1))
    return through(trial, begins, ends, STRIDE_SAMPLES, endpoint=endpoint)


@once
def _steps(trial: Trial) -> Spans:
    """(begin, end, side) of every half stride that was seen, counted forward and back from the first contact."""
    motion, contacts = motion_of(trial), trial.gait.contacts
    if not contacts:
        return []
    first = float(np.interp(contacts[0].time_s, motion.time_s, motion.phase))
    back = int(2 * (first - motion.phase[0]))
    ahead = int(2 * (motion.phase[-1] - first))
    times_s = np.interp(first + 0.5 * np.arange(-back, ahead + 1), motion.phase, motion.time_s).tolist()
    sides = (contacts[0].side, OTHER[contacts[0].side])
    return [(a, b, sides[(i - back) % 2]) for i, (a, b) in enumerate(pairwise(times_s))]


@once
def features(trial: Trial) -> dict[str, float]:
    """What learned corrections depend on: means over the analysed span, and the trunk's outline.

    lean_deg  mid-hip to mid-shoulder landmarks, as ``trunk_lean_deg`` before its correction
    ear_up, ear_ahead  mid-shoulder to mid-ear along the trunk's line and across it, trunk lengths
    hands_ahead  mid-hip to mid-wrist across the trunk's line, trunk lengths: shoulders drawn forward move them along
    outline_shoulder_front  see ``outline.shoulder_front``; NaN where the outline was not seen
    """
    times = np.linspace(motion_of(trial).time_s[0], motion_of(trial).time_s[-1], FEATURE_SAMPLES)
    body = Body(trial, times)
    hips, shoulders = body.mid("hip"), body.mid("shoulder")
    trunk = np.linalg.norm(shoulders - hips, axis=1, keepdims=True)
    along, head = (shoulders - hips) / trunk, (body.mid("ear") - shoulders) / trunk
    return {
        "lean_deg": float(lean_deg(hips, shoulders).mean()),
        "ear_up": float((head * along).sum(axis=1).mean()),
        "ear_ahead": float((head[:, 0] * along[:, 1] - head[:, 1] * along[:, 0]).mean()),
        "hands_ahead": _hands_ahead(trial),
        "outline_shoulder_front": outline.shoulder_front(looks(trial), trial.gait.view.forward),
    }


def _hands_ahead(trial: Trial) -> float:
    """Read from the model's own points in space: the far hand is hidden half the time, and guessed better there."""
    track, (begin, end) = trial.track, motion_of(trial).time_s[[0, -1]]
    world = track.world[track.seen & (track.time_s >= begin) & (track.time_s <= end), :, :2]
    hips, shoulders, wrists = (
        np.mean([landmark(world, track.landmarks, f"{side}_{joint}") for side in SIDES], axis=0)
        for joint in ("hip", "shoulder", "wrist")
    )
    (x, y), (across, down) = (shoulders - hips).T, (wrists - hips).T
    ahead = (x * down - y * across) / (x**2 + y**2)
    known = np.isfinite(ahead)  # bridged frames have no place in space
    return float(trial.gait.view.forward * ahead[known].mean()) if known.any() else float("nan")


def looks(trial: Trial) -> Outline:
    """The looks at the trunk's outline within the analysed span."""
    seen, (begin, end) = trial.track.outline, motion_of(trial).time_s[[0, -1]]
    return seen.rows((seen.time_s >= begin) & (seen.time_s <= end))
