"""A form in time: when each foot meets and leaves the ground, and the pose at any moment of a clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .maths import Array
from .skeleton import Pose, Skeleton
from .spec import Form, Side

SPARE_STEPS = 8
STEPS_BEFORE_START = 2


@dataclass(frozen=True)
class Step:
    """One contact in real time; phase in strides of the left leg."""

    side: Side
    phase: float
    contact_s: float
    toe_off_s: float


class Schedule:
    """Contact times of successive steps, left first; left contacts have whole phases, right ones halves."""

    def __init__(self, form: Form, seconds: float, start_s: float):
        count = int(seconds * form.cadence_spm / 60) + SPARE_STEPS
        step_s = 60.0 / form.cadence_spm
        noise = np.random.default_rng(form.seed).standard_normal(count)
        lengths = step_s * (1 + form.jitter * noise)
        self.contact_s: Array = np.r_[0, np.cumsum(lengths)] - start_s - STEPS_BEFORE_START * step_s
        self.phases: Array = np.arange(count + 1) * 0.5

    def phase_at(self, time_s: float) -> float:
        return float(np.interp(time_s, self.contact_s, self.phases))

    def time_at(self, phase: float) -> float:
        return float(np.interp(phase, self.phases, self.contact_s))

    def since_contact_s(self, side: Side, time_s: float) -> float:
        """Seconds since the side's latest contact."""
        offset = 0.0 if side == "left" else 0.5
        return time_s - self.time_at(np.floor(self.phase_at(time_s) - offset) + offset)


class Movement:
    """The posed runner over a clip's real time."""

    def __init__(self, skeleton: Skeleton, seconds: float, start_s: float, overground: bool = False):
        self.skeleton, self.seconds = skeleton, seconds
        self.schedule = Schedule(skeleton.form, seconds, start_s)
        self.overground = overground

    def travel(self, time_s: float) -> Array:
        """(3,) how far the runner has moved past the middle of the scene."""
        if not self.overground:
            return np.zeros(3)
        return np.array([self.skeleton.form.speed_m_s * (time_s - self.seconds / 2), 0.0, 0.0])

    def pose(self, time_s: float) -> Pose:
        return self._pose_in_place(time_s).moved(self.travel(time_s))

    def _pose_in_place(self, time_s: float) -> Pose:
        cycle, phase = self.skeleton.cycle, self.schedule.phase_at(time_s)
        moment = self.skeleton.moment(phase)
        feet = dict(moment.feet)
        for side, foot in moment.feet.items():
            if foot.in_contact:
                leg_phase = phase if side == "left" else phase + 0.5
                feet[side] = cycle.foot(side, leg_phase, self.schedule.since_contact_s(side, time_s))
        return self.skeleton.pose(type(moment)(phase, moment.hip_z_m, feet))

    def in_contact(self, side: Side, time_s: float) -> bool:
        phase = self.schedule.phase_at(time_s) + (0.0 if side == "left" else 0.5)
        return phase % 1.0 <= self.skeleton.cycle.duty(side)

    def steps(self) -> list[Step]:
        """The steps whose contact lies within the clip."""
        found = []
        for k, contact_s in enumerate(self.schedule.contact_s):
            if 0 <= contact_s < self.seconds:
                side: Side = "left" if k % 2 == 0 else "right"
                toe_off_s = self.schedule.time_at(k / 2 + self.skeleton.cycle.duty(side))
                found.append(Step(side, k / 2, float(contact_s), toe_off_s))
        return found
