"""The legs of one form in the sagittal plane: where each ankle is, and how the sole is pitched, at any phase.

Stance follows the ground contact (first the heel, then the forefoot moves with the belt, no slip). Swing is a
spline of joint angles that leaves stance and returns to it with matching value and rate.
Phase counts strides from the leg's own initial contact; x is measured from mid-hip, z from the ground.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .maths import Array, about_x, about_y, about_z, hermite, smoothstep
from .rig import Rig
from .spec import LATERAL, SIDES, Form, Side

TURN_PHASE = 0.02  # strides after left contact at which pelvis and thorax are turned most
PELVIS_TILT_SHARE = 0.6  # share of the tilt dial; the spine takes the rest
STRAIGHTEST = 0.9985  # share of leg length, in the sagittal plane and in space; a knee never locks
TOE_BEYOND_BALL_M = 0.075
NOISE_LIMIT_SD = 2.5  # step-to-step noise is clipped here


@dataclass(frozen=True)
class Style:
    """How running and walking differ beyond the dials of a form. Shares are of stance or of swing, 0…1."""

    bounce_sign: float  # -1: hips lowest at midstance, +1: highest, like an inverted pendulum
    bounce_lead: float  # strides before the middle of contact at which that happens
    longest_reach: float  # share of leg length: the hips are lowered until stance never needs more
    flat_by: float  # share of stance after which the sole is flat
    heel_settles_deg: float  # below this pitch the rolling heel sinks to flat-sole level
    heel_off_at: float  # share of stance at which the heel starts to rise
    heel_off_span: float  # the rise would end this much later; toe-off cuts it off
    knee_peak_at: float  # shares of swing
    thigh_peak_at: float
    ankle_at: tuple[float, float]
    ankle_deg: tuple[float, float]  # dorsiflexion there
    ankle_rate: float  # deg per stride at the first
    thigh_rate_off: tuple[float, float]  # deg per stride allowed on leaving the ground
    knee_rate_off: tuple[float, float]
    clearance_m: float  # the swing foot is lifted to about this
    clearance_softness_m: float
    landing_share: float  # last share of swing, over which the lift fades


STYLES = {
    "running": Style(
        bounce_sign=-1,
        bounce_lead=0.0,
        longest_reach=0.993,
        flat_by=0.16,
        heel_settles_deg=0.0,
        heel_off_at=0.42,
        heel_off_span=0.72,
        knee_peak_at=0.47,
        thigh_peak_at=0.70,
        ankle_at=(0.38, 0.80),
        ankle_deg=(-8.0, 2.0),
        ankle_rate=60.0,
        thigh_rate_off=(-60.0, 40.0),
        knee_rate_off=(120.0, 500.0),
        clearance_m=0.026,
        clearance_softness_m=0.012,
        landing_share=0.14,
    ),
    "walking": Style(
        bounce_sign=+1,
        bounce_lead=0.028,
        longest_reach=0.9975,
        flat_by=0.20,
        heel_settles_deg=5.0,
        heel_off_at=0.609,
        heel_off_span=1.01,
        knee_peak_at=0.30,
        thigh_peak_at=0.72,
        ankle_at=(0.40, 0.80),
        ankle_deg=(2.0, 2.0),
        ankle_rate=30.0,
        thigh_rate_off=(0.0, 200.0),
        knee_rate_off=(120.0, 420.0),
        clearance_m=0.014,
        clearance_softness_m=0.008,
        landing_share=0.40,
    ),
}


@dataclass(frozen=True)
class FootTarget:
    """Where a foot should be. Pitches: + = toe up."""

    x_m: float
    z_m: float
    pitch_deg: float
    toe_pitch_deg: float
    in_contact: bool


@dataclass(frozen=True)
class Landing:
    """How one contact departs from the form: forefoot farther ahead, time on the ground, size of the bounce."""

    ahead_m: float
    duration_s: float
    bounce_gain: float = 1.0


@dataclass(frozen=True)
class Curve:
    """One joint angle through swing."""

    knots: tuple[float, ...]
    values: tuple[float, ...]
    rates: tuple[float, ...]

    def at(self, phase: float) -> float:
        return hermite(phase, self.knots, self.values, self.rates)


class Legs(Protocol):
    """What the skeleton asks of the legs."""

    def duty(self, side: Side) -> float: ...

    def hip_height_m(self, left_phase: float, bounce_gain: float = 1.0) -> float: ...

    def usual(self, side: Side) -> Landing: ...

    def foot(self, side: Side, phase: float, elapsed_s: float, landing: Landing, following: Landing) -> FootTarget: ...


class StandingLegs:
    """Both feet flat under the hips."""

    def __init__(self, rig: Rig, form: Form):
        self.ankle_z_m = -float(rig.ball[1])
        self.hip_z_m = self.ankle_z_m + form.standing_reach * rig.leg_m
        self.form = form

    def duty(self, _side: Side) -> float:
        return 1.0

    def hip_height_m(self, _left_phase: float, _bounce_gain: float = 1.0) -> float:
        return self.hip_z_m

    def usual(self, _side: Side) -> Landing:
        return Landing(0.0, 120.0 / self.form.cadence_spm)

    def foot(self, _side: Side, _phase: float, _elapsed_s: float, _this: Landing, _next: Landing) -> FootTarget:
        return FootTarget(0.0, self.ankle_z_m, 0.0, 0.0, True)


class StridingLegs:
    """Running and walking: solves hip height and foot placement so that the dials of the form hold."""

    def __init__(self, rig: Rig, form: Form):
        self.rig, self.form, self.style = rig, form, STYLES[form.activity]
        self.stride_s = 120.0 / form.cadence_spm
        self.contact_phase: dict[Side, float] = {"left": 0.0, "right": form.right_phase}
        self.forefoot_x_m: dict[Side, float] = dict.fromkeys(SIDES, 0.0)
        self.hip_z_m = 0.0
        self._place_forefeet()
        self._set_hip_height()
        self._curves: dict[tuple[Side, Landing, float], tuple[Curve, Curve, Curve]] = {}

    def duty(self, side: Side) -> float:
        return self.form.duty * (1 + (0.5 if side == "left" else -0.5) * self.form.contact_asymmetry)

    def usual(self, side: Side) -> Landing:
        return Landing(0.0, self.duty(side) * self.stride_s)

    def hip_height_m(self, left_phase: float, bounce_gain: float = 1.0) -> float:
        """Mid-hip above the ground."""
        swing: float = np.cos(4 * np.pi * (left_phase - self.form.duty / 2 + self.style.bounce_lead))
        return self.hip_z_m + 0.5 * self.style.bounce_sign * bounce_gain * self.form.bounce_m * swing

    def foot(self, side: Side, phase: float, elapsed_s: float, landing: Landing, following: Landing) -> FootTarget:
        """Target at a phase since the side's latest contact, which was ``elapsed_s`` ago."""
        if phase > self.duty(side):
            return self._swinging_foot(side, phase, landing, following)
        ankle, pitch = self._stance(side, phase, elapsed_s, landing.ahead_m)
        return FootTarget(ankle[0], ankle[1], pitch, max(pitch, 0.0), True)

    # ---- stance

    def _sole_pitch_deg(self, share: float) -> float:
        """Sole through stance, share 0…1: flattens after the strike, then rolls over the forefoot."""
        style = self.style
        strike = self.form.strike_pitch_deg * (1 - smoothstep(share / style.flat_by))
        roll = smoothstep((share - style.heel_off_at) / style.heel_off_span)
        whole_roll = smoothstep((1 - style.heel_off_at) / style.heel_off_span)
        return strike + self.form.toe_off_pitch_deg * roll / whole_roll

    def _stance(self, side: Side, phase: float, elapsed_s: float, ahead_m: float) -> tuple[Array, float]:
        """Ankle (x, z) and sole pitch (deg) at a phase within contact."""
        pitch = self._sole_pitch_deg(phase / self.duty(side))
        forefoot_x = self.forefoot_x_m[side] + ahead_m - self.form.speed_m_s * elapsed_s
        if pitch > 0:
            pivot_x = forefoot_x - self.rig.ball[0] + self.rig.heel[0]
            settled = 1 - smoothstep(pitch / max(self.style.heel_settles_deg, 1e-9))
            pivot = self.rig.heel + np.array([0.0, settled * (self.rig.ball[1] - self.rig.heel[1])])
        else:
            pivot_x, pivot = forefoot_x, self.rig.ball
        from_ankle = _tilted(pivot, pitch)
        return np.array([pivot_x - from_ankle[0], -from_ankle[1]]), pitch

    def _stance_angles(self, side: Side, phase: float, landing: Landing) -> tuple[Array, float]:
        """(thigh from straight down + forward, knee flexion, ankle dorsiflexion) deg, and hip-ankle distance m."""
        elapsed_s = phase / self.duty(side) * landing.duration_s
        ankle, pitch = self._stance(side, phase, elapsed_s, landing.ahead_m)
        hip_z = self.hip_height_m(phase + self.contact_phase[side], landing.bounce_gain)
        from_hip = ankle - np.array([0, hip_z])
        distance = float(np.hypot(*from_hip))
        thigh_m, shank_m = self.rig.thigh_m, self.rig.shank_m
        reach = min(distance, self.rig.leg_m * STRAIGHTEST)
        knee = np.pi - np.arccos(np.clip((thigh_m**2 + shank_m**2 - reach**2) / (2 * thigh_m * shank_m), -1, 1))
        at_hip = np.arccos(np.clip((thigh_m**2 + reach**2 - shank_m**2) / (2 * thigh_m * reach), -1, 1))
        thigh = np.arctan2(from_hip[0], -from_hip[1]) + at_hip
        return np.array([np.degrees(thigh), np.degrees(knee), pitch - np.degrees(thigh - knee)]), distance

    def _place_forefeet(self) -> None:
        halves: dict[Side, float] = {"left": 0.5, "right": -0.5}
        for side, share in halves.items():
            ankle, _ = self._stance(side, 0.0, 0.0, 0.0)
            overstride = self.form.overstride_m + share * self.form.overstride_asymmetry_m
            self.forefoot_x_m[side] = overstride - ankle[0]

    def _set_hip_height(self) -> None:
        """Height that gives the wanted knee flexion at contact, lowered where stance would over-reach."""
        thigh_m, shank_m = self.rig.thigh_m, self.rig.shank_m
        bend = np.cos(np.radians(self.form.contact_knee_deg))
        reach = np.sqrt(thigh_m**2 + shank_m**2 + 2 * thigh_m * shank_m * bend)
        ankle, _ = self._stance("left", 0.0, 0.0, -0.5 * self.form.overstride_asymmetry_m)
        bounce = self.hip_height_m(0.0) - self.hip_z_m
        self.hip_z_m = ankle[1] + np.sqrt(max(reach**2 - ankle[0] ** 2, 1e-4)) - bounce
        for side, landing in self._extreme_landings():
            legs = self._stance_legs(side, landing)
            for _ in range(60):
                excess = self._excess_reach_m(*legs)
                if excess <= 0:
                    break
                self.hip_z_m -= excess + 1e-4

    def _stance_legs(self, side: Side, landing: Landing) -> tuple[Array, Array]:
        """Through stance, were the mid-hip's mean height 0: mid-hip to ankle from the side (40, 2); hip joint to ankle
        in space (40, 3), with the pelvis's drop, rotation and width."""
        from_side, in_space = [], []
        for phase in np.linspace(0, self.duty(side), 40):
            left_phase = phase + self.contact_phase[side]
            ankle, _ = self._stance(side, phase, phase / self.duty(side) * landing.duration_s, landing.ahead_m)
            bounce = self.hip_height_m(left_phase, landing.bounce_gain) - self.hip_z_m
            hip = pelvis_rotation(self.form, left_phase) @ self.rig.hip_from_mid_hip(side) + (0.0, 0.0, bounce)
            from_side.append(ankle - (0.0, bounce))
            in_space.append(ankle_in_space(self.form, side, ankle[0], ankle[1]) - hip)
        return np.array(from_side), np.array(in_space)

    def _excess_reach_m(self, from_side: Array, in_space: Array) -> float:
        """By how much the leg would, at worst, have to be longer than allowed in stance."""

        def longest(legs: Array) -> float:
            return float(np.sqrt((legs[:, :-1] ** 2).sum(axis=1) + (legs[:, -1] - self.hip_z_m) ** 2).max())

        flat, space = self.style.longest_reach * self.rig.leg_m, STRAIGHTEST * self.rig.leg_m
        return max(longest(from_side) - flat, longest(in_space) - space)

    def _extreme_landings(self) -> list[tuple[Side, Landing]]:
        """The usual landing of each side and the farthest ones that noise and drift can bring."""
        form = self.form
        farthest = NOISE_LIMIT_SD * form.placement_noise_m + 0.5 * abs(form.overstride_drift_m)
        gain = 1 + 0.5 * abs(form.bounce_drift_m) / max(form.bounce_m, 1e-6)
        aheads = (0.0, farthest, -farthest) if farthest else (0.0,)
        return [(side, Landing(a, self.usual(side).duration_s, gain)) for side in SIDES for a in aheads]

    # ---- swing

    def _swing(self, side: Side, landing: Landing, next_ahead_m: float) -> tuple[Curve, Curve, Curve]:
        """Thigh, knee and ankle from toe-off to the next contact (phase 1)."""
        key = (side, landing, next_ahead_m)
        if key not in self._curves:
            self._curves[key] = self._make_swing(side, landing, next_ahead_m)
        return self._curves[key]

    def _make_swing(self, side: Side, landing: Landing, next_ahead_m: float) -> tuple[Curve, Curve, Curve]:
        style, form, off, small = self.style, self.form, self.duty(side), 1e-3
        coming = Landing(next_ahead_m, landing.duration_s, landing.bounce_gain)
        leaving, _ = self._stance_angles(side, off, landing)
        before, _ = self._stance_angles(side, off - small, landing)
        arriving, _ = self._stance_angles(side, 0.0, coming)
        after, _ = self._stance_angles(side, small, coming)
        rate_off, rate_on = (leaving - before) / small, (after - arriving) / small

        def at(share: float) -> float:
            return off + share * (1 - off)

        thigh = Curve(
            (off, at(style.thigh_peak_at), 1.0),
            (leaving[0], form.swing_thigh_deg, arriving[0]),
            (np.clip(rate_off[0], *style.thigh_rate_off), 0.0, np.clip(rate_on[0], -60.0, 60.0)),
        )
        knee = Curve(
            (off, at(style.knee_peak_at), 1.0),
            (leaving[1], form.swing_knee_deg, arriving[1]),
            (np.clip(rate_off[1], *style.knee_rate_off), 0.0, np.clip(rate_on[1], 0.0, 120.0)),
        )
        ankle = Curve(
            (off, *(at(share) for share in style.ankle_at), 1.0),
            (leaving[2], *style.ankle_deg, arriving[2]),
            (0.0, style.ankle_rate, 0.0, 0.0),
        )
        return thigh, knee, ankle

    def _swinging_foot(self, side: Side, phase: float, landing: Landing, following: Landing) -> FootTarget:
        curves = self._swing(side, landing, following.ahead_m)
        thigh_deg, knee_deg, ankle_deg = (curve.at(phase) for curve in curves)
        hip_z = self.hip_height_m(phase + self.contact_phase[side], landing.bounce_gain)
        thigh, shank = np.radians(thigh_deg), np.radians(thigh_deg - knee_deg)
        x = self.rig.thigh_m * np.sin(thigh) + self.rig.shank_m * np.sin(shank)
        z = hip_z - self.rig.thigh_m * np.cos(thigh) - self.rig.shank_m * np.cos(shank)
        pitch = thigh_deg - knee_deg + ankle_deg
        share = (phase - self.duty(side)) / (1 - self.duty(side))
        toe_pitch = pitch * smoothstep(share / 0.25)  # toes come back into line with the foot early in swing
        return FootTarget(x, z + self._lift_m(z, pitch, share), pitch, toe_pitch, False)

    def _lift_m(self, ankle_z: float, pitch_deg: float, share: float) -> float:
        """Smooth lift where heel, ball or toe tip would come too close to the ground."""
        toe = self.rig.ball + np.array([TOE_BEYOND_BALL_M, 0.0])
        lowest = ankle_z + min(_tilted(point, pitch_deg)[1] for point in (self.rig.heel, self.rig.ball, toe))
        window = smoothstep(share / 0.2) * smoothstep((1 - share) / self.style.landing_share)
        softness = self.style.clearance_softness_m
        too_low = np.clip((self.style.clearance_m - lowest) / softness, -30, 30)
        raised: float = np.log1p(np.exp(too_low))
        return window * softness * raised


def stance_side(form: Form, left_phase: float) -> float:
    """+1 at left midstance, -1 at right."""
    return float(np.cos(2 * np.pi * (left_phase - form.duty / 2)))


def pelvis_turn_deg(form: Form, left_phase: float) -> float:
    """+ = left hip forward."""
    return form.pelvic_rotation_deg * float(np.cos(2 * np.pi * (left_phase - TURN_PHASE)))


def pelvis_rotation(form: Form, left_phase: float) -> Array:
    drop = form.pelvic_drop_deg * stance_side(form, left_phase)  # + = right side low
    tilt = np.radians(form.pelvic_tilt_deg) * PELVIS_TILT_SHARE
    turn = np.radians(-pelvis_turn_deg(form, left_phase))
    return about_z(turn) @ about_y(tilt) @ about_x(np.radians(drop))


def ankle_in_space(form: Form, side: Side, x_m: float, z_m: float) -> Array:
    return np.array([x_m, LATERAL[side] * form.step_width_m / 2, z_m])


def _tilted(point: Array, pitch_deg: float) -> Array:
    """A point (x, z) of the flat foot when the toe is raised by pitch."""
    c, s = np.cos(np.radians(pitch_deg)), np.sin(np.radians(pitch_deg))
    return np.array([c * point[0] - s * point[1], s * point[0] + c * point[1]])


def legs_of(rig: Rig, form: Form) -> Legs:
    return StandingLegs(rig, form) if form.activity == "standing" else StridingLegs(rig, form)
