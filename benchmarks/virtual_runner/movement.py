"""A form over time: when each foot meets and leaves the ground, and the pose at any moment of a clip."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .cycle import NOISE_LIMIT_SD, FootTarget, Landing
from .maths import Array
from .skeleton import Moment, Skeleton, SkeletonPose
from .spec import SIDES, Form, Side

SPARE_STEPS = 8
STEPS_BEFORE_START = 2
NOISE_STREAM = 77  # added to the seed: other noise must not change when the timing noise does


@dataclass(frozen=True)
class Step:
    """One contact in real time; phase in strides of the left leg."""

    side: Side
    phase: float
    contact_s: float
    toe_off_s: float


class Schedule:
    """Contact times of successive steps, left first. Phases count strides of the left leg."""

    def __init__(self, form: Form, seconds: float, start_s: float):
        count = int(seconds * form.cadence_spm / 60) + SPARE_STEPS
        step_s = 60.0 / form.cadence_spm
        noise = np.random.default_rng(form.seed).standard_normal(count)
        lengths = step_s * (1 + form.jitter * noise)
        lengths *= 1 + 0.5 * form.step_asymmetry * np.where(np.arange(count) % 2 == 0, 1, -1)
        lengths /= 1 + form.cadence_drift * (np.arange(count) * step_s / seconds - 0.5)
        self.contact_s: Array = np.r_[0, np.cumsum(lengths)] - start_s - STEPS_BEFORE_START * step_s
        steps = np.arange(count + 1)
        self.phases: Array = steps // 2 + (steps % 2) * form.right_phase

    def phase_at(self, time_s: float) -> float:
        return float(np.interp(time_s, self.contact_s, self.phases))

    def time_at(self, phase: float) -> float:
        return float(np.interp(phase, self.phases, self.contact_s))

    def latest(self, side: Side, time_s: float) -> int:
        """Index of the side's latest contact; even indices are left."""
        k = int(np.searchsorted(self.contact_s, time_s, side="right")) - 1
        return k if (k % 2 == 0) == (side == "left") else k - 1


class Movement:
    """The posed runner through a clip, in real time."""

    def __init__(self, skeleton: Skeleton, seconds: float, start_s: float, overground: bool = False):
        self.skeleton, self.form, self.seconds = skeleton, skeleton.form, seconds
        self.schedule = Schedule(self.form, seconds, start_s)
        self.overground = overground
        random = np.random.default_rng(self.form.seed + NOISE_STREAM)
        noise = random.standard_normal((3, len(self.schedule.contact_s)))
        self.place_noise, self.lean_noise, self.arm_noise = np.clip(noise, -NOISE_LIMIT_SD, NOISE_LIMIT_SD)

    def travel(self, time_s: float) -> Array:
        """(3,) how far the runner has moved past the middle of the scene."""
        if not self.overground:
            return np.zeros(3)
        return np.array([self.form.speed_m_s * (time_s - self.seconds / 2), 0.0, 0.0])

    def pose(self, time_s: float) -> SkeletonPose:
        return self.skeleton.pose(self.moment(time_s)).moved(self.travel(time_s))

    def moment(self, time_s: float) -> Moment:
        return Moment(
            phase=self.schedule.phase_at(time_s),
            hip_z_m=self.hip_height_m(time_s),
            feet={side: self._foot(side, time_s) for side in SIDES},
            lean_offset_deg=self._lean_offset_deg(time_s),
            hunch_deg=self.form.hunch_deg + self.form.hunch_drift_deg * self._through(time_s),
            head_pitch_deg=self.form.head_pitch_deg + self.form.head_pitch_drift_deg * self._through(time_s),
            arm_gain=1 + self.form.arm_noise * self._between_steps(self.arm_noise, time_s),
        )

    def hip_height_m(self, time_s: float) -> float:
        return self.skeleton.legs.hip_height_m(self.schedule.phase_at(time_s), self._bounce_gain(time_s))

    def in_contact(self, side: Side, time_s: float) -> bool:
        k = self.schedule.latest(side, time_s)
        return bool(self.schedule.phase_at(time_s) - self.schedule.phases[k] <= self.skeleton.legs.duty(side))

    def steps(self) -> list[Step]:
        """The steps whose contact lies within the clip."""
        if self.form.activity == "standing":
            return []
        found = []
        for k, contact_s in enumerate(self.schedule.contact_s):
            if 0 <= contact_s < self.seconds:
                side: Side = "left" if k % 2 == 0 else "right"
                contact_s = float(contact_s)  # noqa: PLW2901
                found.append(Step(side, float(self.schedule.phases[k]), contact_s, contact_s + self._duration_s(k)))
        return found

    @cached_property
    def _landings(self) -> dict[int, Landing]:
        return {}

    def _landing(self, k: int) -> Landing:
        """How the k-th contact deviates from the form."""
        if k not in self._landings:
            drift = self.form.overstride_drift_m * self._through(self.schedule.contact_s[k])
            ahead = self.form.placement_noise_m * self.place_noise[k] + drift
            gain = self._bounce_gain(self.schedule.contact_s[k])
            self._landings[k] = Landing(float(ahead), self._duration_s(k), gain)
        return self._landings[k]

    def _duration_s(self, k: int) -> float:
        side: Side = "left" if k % 2 == 0 else "right"
        end = self.schedule.time_at(self.schedule.phases[k] + self.skeleton.legs.duty(side))
        return float(end - self.schedule.contact_s[k])

    def _foot(self, side: Side, time_s: float) -> FootTarget:
        k = self.schedule.latest(side, time_s)
        phase = self.schedule.phase_at(time_s) - self.schedule.phases[k]
        elapsed_s = time_s - self.schedule.contact_s[k]
        return self.skeleton.legs.foot(side, phase, elapsed_s, self._landing(k), self._landing(k + 2))

    def _through(self, time_s: float) -> float:
        """-0.5 at the clip's start, +0.5 at its end."""
        return float(time_s / self.seconds - 0.5)

    def _between_steps(self, values: Array, time_s: float) -> float:
        return float(np.interp(time_s, self.schedule.contact_s, values))

    def _lean_offset_deg(self, time_s: float) -> float:
        noise = self.form.lean_noise_deg * self._between_steps(self.lean_noise, time_s)
        return self.form.lean_drift_deg * self._through(time_s) + noise

    def _bounce_gain(self, time_s: float) -> float:
        if not self.form.bounce_drift_m:
            return 1.0
        return 1 + self.form.bounce_drift_m * self._through(time_s) / self.form.bounce_m
