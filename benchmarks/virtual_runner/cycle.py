"""The legs of one form in the sagittal plane: where each ankle is, and how the sole stands, at any phase.

Stance follows the ground contact (first the heel, then the forefoot moves with the belt, no slip). Swing is a
spline of joint angles that leaves stance and returns to it with matching value and rate.
Phase counts strides from the leg's own initial contact; x is measured from mid-hip, z from the ground.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .maths import Array, hermite, smoothstep
from .rig import Rig
from .spec import SIDES, Form, Side

FLAT_BY = 0.16  # share of stance after which the sole is flat
HEEL_OFF_AT = 0.42  # share of stance at which the heel starts to rise
HEEL_OFF_SPAN = 0.72  # the rise would end this much later, in stance; it is cut off at toe-off
LONGEST_REACH = 0.993  # of the leg: the hips are lowered until stance never asks for more
STRAIGHTEST = 0.9985
KNEE_PEAK_AT, THIGH_PEAK_AT = 0.47, 0.70  # shares of swing
ANKLE_AT, ANKLE_DEG = (0.38, 0.80), (-8.0, 2.0)  # shares of swing, dorsiflexion there
TOE_BEYOND_BALL_M = 0.075
CLEARANCE_M, CLEARANCE_SOFTNESS_M = 0.026, 0.012  # the swinging foot is lifted to about this


@dataclass(frozen=True)
class FootTarget:
    """Where the legs are led. Pitches: + = toe up."""

    x_m: float
    z_m: float
    pitch_deg: float
    toe_pitch_deg: float
    in_contact: bool


@dataclass(frozen=True)
class Curve:
    """One joint angle through swing."""

    knots: tuple[float, ...]
    values: tuple[float, ...]
    rates: tuple[float, ...]

    def at(self, phase: float) -> float:
        return hermite(phase, self.knots, self.values, self.rates)


class LegCycle:
    """Solves hip height and foot placement so that the dials of the form hold."""

    def __init__(self, rig: Rig, form: Form):
        self.rig, self.form = rig, form
        self.stride_s = 120.0 / form.cadence_spm
        self.forefoot_x_m = 0.0
        self.hip_z_m = 0.0
        self._place_forefoot()
        self._set_hip_height()
        self.swing = {side: self._swing(side) for side in SIDES}

    def duty(self, side: Side) -> float:
        return self.form.duty * (1 + (0.5 if side == "left" else -0.5) * self.form.contact_asymmetry)

    def hip_height_m(self, left_phase: float) -> float:
        """Mid-hip above the ground: lowest at midstance."""
        return self.hip_z_m + self._bounce_m(left_phase)

    def _bounce_m(self, left_phase: float) -> float:
        return -0.5 * self.form.bounce_m * np.cos(4 * np.pi * (left_phase - self.form.duty / 2))

    # ---- stance

    def _sole_pitch_deg(self, share: float) -> float:
        """Sole through stance, share 0…1: flattens after the strike, then rolls over the forefoot."""
        strike = self.form.strike_pitch_deg * (1 - smoothstep(share / FLAT_BY))
        roll = smoothstep((share - HEEL_OFF_AT) / HEEL_OFF_SPAN) / smoothstep((1 - HEEL_OFF_AT) / HEEL_OFF_SPAN)
        return strike + self.form.toe_off_pitch_deg * roll

    def stance(self, side: Side, phase: float, elapsed_s: float) -> tuple[Array, float]:
        """Ankle (x, z) and sole pitch (deg) at a phase within contact, ``elapsed_s`` after touching down."""
        pitch = self._sole_pitch_deg(phase / self.duty(side))
        forefoot_x = self.forefoot_x_m - self.form.speed_m_s * elapsed_s
        if pitch > 0:
            pivot_x, pivot = forefoot_x - self.rig.ball[0] + self.rig.heel[0], self.rig.heel
        else:
            pivot_x, pivot = forefoot_x, self.rig.ball
        from_ankle = _tilted(pivot, pitch)
        return np.array([pivot_x - from_ankle[0], -from_ankle[1]]), pitch

    def _stance_angles(self, side: Side, phase: float) -> tuple[Array, float]:
        """(thigh from straight down + forward, knee flexion, ankle dorsiflexion) deg, and hip-ankle distance m."""
        ankle, pitch = self.stance(side, phase, phase * self.stride_s)
        left_phase = phase if side == "left" else phase - 0.5
        from_hip = ankle - np.array([0, self.hip_height_m(left_phase)])
        distance = float(np.hypot(*from_hip))
        thigh_m, shank_m = self.rig.thigh_m, self.rig.shank_m
        reach = min(distance, self.rig.leg_m * STRAIGHTEST)
        knee = np.pi - np.arccos(np.clip((thigh_m**2 + shank_m**2 - reach**2) / (2 * thigh_m * shank_m), -1, 1))
        at_hip = np.arccos(np.clip((thigh_m**2 + reach**2 - shank_m**2) / (2 * thigh_m * reach), -1, 1))
        thigh = np.arctan2(from_hip[0], -from_hip[1]) + at_hip
        return np.array([np.degrees(thigh), np.degrees(knee), pitch - np.degrees(thigh - knee)]), distance

    def _place_forefoot(self) -> None:
        ankle, _ = self.stance("left", 0.0, 0.0)
        self.forefoot_x_m = self.form.overstride_m - ankle[0]

    def _set_hip_height(self) -> None:
        """Height that gives the wanted knee at contact, then lower where stance would over-reach."""
        thigh_m, shank_m = self.rig.thigh_m, self.rig.shank_m
        bend = np.cos(np.radians(self.form.contact_knee_deg))
        reach = np.sqrt(thigh_m**2 + shank_m**2 + 2 * thigh_m * shank_m * bend)
        ankle, _ = self.stance("left", 0.0, 0.0)
        self.hip_z_m = ankle[1] + np.sqrt(max(reach**2 - ankle[0] ** 2, 1e-4)) - self._bounce_m(0.0)
        for side in SIDES:
            for _ in range(60):
                phases = np.linspace(0, self.duty(side), 40)
                excess = max(self._stance_angles(side, p)[1] for p in phases) - LONGEST_REACH * self.rig.leg_m
                if excess <= 0:
                    break
                self.hip_z_m -= excess + 1e-4

    # ---- swing

    def _swing(self, side: Side) -> tuple[Curve, Curve, Curve]:
        """Thigh, knee and ankle from toe-off to the next contact (phase 1)."""
        off, small = self.duty(side), 1e-3
        leaving, _ = self._stance_angles(side, off)
        before, _ = self._stance_angles(side, off - small)
        landing, _ = self._stance_angles(side, 0.0)
        after, _ = self._stance_angles(side, small)
        rate_off, rate_on = (leaving - before) / small, (after - landing) / small

        def at(share: float) -> float:
            return off + share * (1 - off)

        thigh = Curve(
            (off, at(THIGH_PEAK_AT), 1.0),
            (leaving[0], self.form.swing_thigh_deg, landing[0]),
            (np.clip(rate_off[0], -60.0, 40.0), 0.0, np.clip(rate_on[0], -60.0, 60.0)),
        )
        knee = Curve(
            (off, at(KNEE_PEAK_AT), 1.0),
            (leaving[1], self.form.swing_knee_deg, landing[1]),
            (np.clip(rate_off[1], 120.0, 500.0), 0.0, np.clip(rate_on[1], 0.0, 120.0)),
        )
        ankle = Curve(
            (off, at(ANKLE_AT[0]), at(ANKLE_AT[1]), 1.0), (leaving[2], *ANKLE_DEG, landing[2]), (0.0, 60.0, 0.0, 0.0)
        )
        return thigh, knee, ankle

    def _swinging_foot(self, side: Side, phase: float) -> FootTarget:
        thigh_deg, knee_deg, ankle_deg = (curve.at(phase) for curve in self.swing[side])
        hip_z = self.hip_height_m(phase if side == "left" else phase - 0.5)
        thigh, shank = np.radians(thigh_deg), np.radians(thigh_deg - knee_deg)
        x = self.rig.thigh_m * np.sin(thigh) + self.rig.shank_m * np.sin(shank)
        z = hip_z - self.rig.thigh_m * np.cos(thigh) - self.rig.shank_m * np.cos(shank)
        pitch = thigh_deg - knee_deg + ankle_deg
        share = (phase - self.duty(side)) / (1 - self.duty(side))
        toe_pitch = pitch * smoothstep(share / 0.25)  # toes return to the line of the foot early in swing
        return FootTarget(x, z + self._lift_m(z, pitch, share), pitch, toe_pitch, False)

    def _lift_m(self, ankle_z: float, pitch_deg: float, share: float) -> float:
        """Smooth raise where heel, ball or toe tip would come too close to the ground."""
        toe = self.rig.ball + np.array([TOE_BEYOND_BALL_M, 0.0])
        lowest = ankle_z + min(_tilted(point, pitch_deg)[1] for point in (self.rig.heel, self.rig.ball, toe))
        window = smoothstep(share / 0.2) * smoothstep((1 - share) / 0.14)
        too_low = np.clip((CLEARANCE_M - lowest) / CLEARANCE_SOFTNESS_M, -30, 30)
        return window * CLEARANCE_SOFTNESS_M * np.log1p(np.exp(too_low))

    def foot(self, side: Side, phase: float, elapsed_s: float | None = None) -> FootTarget:
        """Target at a phase since the side's own contact; ``elapsed_s`` since then if timing is uneven."""
        phase = phase % 1.0
        if phase > self.duty(side):
            return self._swinging_foot(side, phase)
        ankle, pitch = self.stance(side, phase, phase * self.stride_s if elapsed_s is None else elapsed_s)
        return FootTarget(ankle[0], ankle[1], pitch, max(pitch, 0.0), True)


def _tilted(point: Array, pitch_deg: float) -> Array:
    """A point (x, z) of the flat foot when the toe is raised by pitch."""
    c, s = np.cos(np.radians(pitch_deg)), np.sin(np.radians(pitch_deg))
    return np.array([c * point[0] - s * point[1], s * point[0] + c * point[1]])
