"""Poses the skeleton at one moment of a form: pelvis, spine, head and arms from sines; legs fitted to their feet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .cycle import (
    PELVIS_TILT_SHARE,
    TURN_PHASE,
    FootTarget,
    ankle_in_space,
    legs_of,
    pelvis_rotation,
    pelvis_turn_deg,
    stance_side,
)
from .maths import Array, about, about_x, about_y, about_z, bone_frame, cross, unit
from .rig import Rig
from .spec import LATERAL, SIDES, SUFFIX, Form, Side

FINGERS = ("index", "middle", "ring", "pinky")
FINGER_CURL_DEG = (40, 95, 130)  # of the three joints relative to the hand
TOE_OUT_DEG = 5.0
CLAVICLE_SWING_DEG = 5.0
FOREARM_SWING_DEG = 8.0
LEAN_PHASE, ARM_PHASE = 0.30, 0.04  # strides after left contact


@dataclass(frozen=True)
class Moment:
    """What varies with time: phase in strides of the left leg, feet, back and head, deviations of lean and arms."""

    phase: float
    hip_z_m: float
    feet: dict[Side, FootTarget]
    hunch_deg: float
    head_pitch_deg: float
    lean_offset_deg: float = 0.0
    arm_gain: float = 1.0


@dataclass(frozen=True)
class SkeletonPose:
    """rotations (B, 3, 3) relative to rest, joints (B, 3) metres in the world."""

    rotations: Array
    joints: Array
    rig: Rig

    def at(self, bone: str) -> Array:
        return np.asarray(self.joints[self.rig.index[bone]])

    def mid(self, bone: str) -> Array:
        return 0.5 * (self.at(f"{bone}_l") + self.at(f"{bone}_r"))

    def turn(self, bone: str) -> Array:
        return np.asarray(self.rotations[self.rig.index[bone]])

    def moved(self, shift: Array) -> SkeletonPose:
        return SkeletonPose(self.rotations, self.joints + shift, self.rig)


class Skeleton:
    """One rig moving with one form."""

    def __init__(self, rig: Rig, form: Form, solve_lean: bool = True):
        self.rig, self.form = rig, form
        self.legs = legs_of(rig, form)
        self.lean_correction_deg = 0.0
        if solve_lean:
            self._solve_lean()

    def moment(self, phase: float) -> Moment:
        """The perfectly periodic movement at a phase of the left leg."""
        feet = {side: self._usual_foot(side, phase) for side in SIDES}
        return Moment(phase, self.legs.hip_height_m(phase), feet, self.form.hunch_deg, self.form.head_pitch_deg)

    def _usual_foot(self, side: Side, left_phase: float) -> FootTarget:
        phase = (left_phase - (0.0 if side == "left" else self.form.right_phase)) % 1.0
        landing = self.legs.usual(side)
        return self.legs.foot(side, phase, phase * 120.0 / self.form.cadence_spm, landing, landing)

    def pose_at(self, phase: float) -> SkeletonPose:
        return self.pose(self.moment(phase))

    def pose(self, moment: Moment) -> SkeletonPose:
        return _Posing(self, moment).pose()

    def leg_pose(self, moment: Moment) -> SkeletonPose:
        """Pelvis and legs only, the rest left unposed: enough to judge the legs, and five times faster."""
        return _Posing(self, moment).legs()

    def lean_deg(self, pose: SkeletonPose) -> float:
        """Lean of the line whose ends the form's dial names."""
        top = pose.at("neck_01") if self.form.lean_point == "neck" else pose.mid("upperarm")
        line = top - pose.mid("thigh")
        return float(np.degrees(np.arctan2(line[0], line[2])))

    def _solve_lean(self) -> None:
        """Find the offset that makes the stride mean of the lean equal the dial, whatever the hunch."""
        for _ in range(12):
            leans = [self.lean_deg(self.pose_at(p)) for p in np.linspace(0, 1, 24, endpoint=False)]
            missing = self.form.lean_deg - float(np.mean(leans))
            if abs(missing) < 1e-3:
                break
            self.lean_correction_deg += missing


class _Posing:
    """Fills one pose from the pelvis outwards."""

    def __init__(self, skeleton: Skeleton, moment: Moment):
        self.skeleton, self.moment = skeleton, moment
        self.rig, self.form = skeleton.rig, skeleton.form
        count = len(self.rig.rest)
        self.rotations, self.joints = np.repeat(np.eye(3)[None], count, 0), np.zeros((count, 3))
        self.pelvis_turn_deg = pelvis_turn_deg(self.form, moment.phase)
        self.thorax_turn_deg = self.form.thorax_rotation_deg * np.cos(2 * np.pi * (moment.phase - TURN_PHASE))

    def pose(self) -> SkeletonPose:
        self._pelvis()
        self._spine_and_head()
        for side in SIDES:
            self._arm(side)
            self._hand(side)
            self._leg(side)
        return SkeletonPose(self.rotations, self.joints, self.rig)

    def legs(self) -> SkeletonPose:
        self._pelvis()
        for side in SIDES:
            self._leg(side)
        return SkeletonPose(self.rotations, self.joints, self.rig)

    def _place(self, bone: str, rotation: Array) -> None:
        """Attach a bone to its parent and turn it."""
        i = self.rig.index[bone]
        parent = self.rig.parent[i]
        self.joints[i] = self.joints[parent] + self.rotations[parent] @ (self.rig.rest[i] - self.rig.rest[parent])
        self.rotations[i] = rotation

    def _pelvis(self) -> None:
        rotation = pelvis_rotation(self.form, self.moment.phase)
        root, pelvis = self.rig.index["Root"], self.rig.index["pelvis"]
        mid_hip = 0.5 * (self.rig.joint("thigh_l") + self.rig.joint("thigh_r"))
        at = np.array([0.0, 0.0, self.moment.hip_z_m]) + rotation @ (self.rig.joint("pelvis") - mid_hip)
        self.rotations[pelvis] = rotation
        self.joints[pelvis] = self.joints[root] = at

    def _spine(self, share: float, pitch_deg: float) -> Array:
        """Rotation of a spine bone: ``share`` 0 turns with the pelvis, 1 with the thorax."""
        turn = -self.pelvis_turn_deg * (1 - share) + self.thorax_turn_deg * share
        lean = -self.form.side_lean_deg * stance_side(self.form, self.moment.phase) * share
        return about_z(np.radians(turn)) @ about_x(np.radians(lean)) @ about_y(np.radians(pitch_deg))

    def _spine_and_head(self) -> None:
        form, hunch = self.form, self.moment.hunch_deg
        swing = form.lean_swing_deg * np.cos(4 * np.pi * (self.moment.phase - LEAN_PHASE))
        pitch = form.lean_deg + self.skeleton.lean_correction_deg + self.moment.lean_offset_deg + swing
        self._place("spine_01", self._spine(0.35, 0.45 * form.pelvic_tilt_deg * PELVIS_TILT_SHARE + 0.7 * pitch))
        self._place("spine_02", self._spine(0.7, pitch + 0.25 * hunch))
        self._place("spine_03", self._spine(1.0, pitch + 0.95 * hunch))
        neck = pitch + 0.8 * hunch + form.head_forward_deg
        self._place("neck_01", about_z(np.radians(0.3 * self.thorax_turn_deg)) @ about_y(np.radians(neck)))
        turn = about_z(np.radians(0.08 * self.thorax_turn_deg))
        self._place("head", turn @ about_y(np.radians(self.moment.head_pitch_deg)))

    def _arm(self, side: Side) -> None:
        form, sign, end = self.form, LATERAL[side], SUFFIX[side]
        thorax = self.rotations[self.rig.index["spine_03"]]
        phase = self.moment.phase + (0.0 if side == "left" else 0.5)
        swing = -np.cos(2 * np.pi * (phase - ARM_PHASE))  # -1 at the side's own contact: arm back
        forward = about_z(np.radians(-sign * (form.protraction_deg + CLAVICLE_SWING_DEG * swing)))
        self._place(f"clavicle{end}", thorax @ forward @ about_x(np.radians(sign * form.shrug_deg)))
        flexion = np.radians(form.arm_mean_deg + form.arm_swing_deg * self.moment.arm_gain * swing)
        out = np.radians(form.arm_abduction_deg)
        upper = thorax @ np.array([np.sin(flexion) * np.cos(out), sign * np.sin(out), -np.cos(flexion) * np.cos(out)])
        across = thorax @ np.array([0, -1.0, 0])
        hinge = unit(across - upper * (across @ upper))
        hinge = about(upper, np.radians(-sign * (form.arm_inward_deg + FOREARM_SWING_DEG * swing))) @ hinge
        lower = about(hinge, np.radians(form.elbow_deg + form.elbow_swing_deg * swing)) @ upper
        rest_upper = self.rig.joint(f"lowerarm{end}") - self.rig.joint(f"upperarm{end}")
        rest_lower = self.rig.joint(f"hand{end}") - self.rig.joint(f"lowerarm{end}")
        rest_hinge = cross(rest_upper, rest_lower)
        self._place(f"upperarm{end}", bone_frame(upper, hinge) @ bone_frame(rest_upper, rest_hinge).T)
        self._place(f"lowerarm{end}", bone_frame(lower, hinge) @ bone_frame(rest_lower, rest_hinge).T)

    def _hand(self, side: Side) -> None:
        """A loose fist in line with the forearm."""
        end = SUFFIX[side]
        forearm = self.rotations[self.rig.index[f"lowerarm{end}"]]
        self._place(f"hand{end}", forearm)
        knuckles = self.rig.joint(f"pinky_01{end}") - self.rig.joint(f"index_01{end}")
        curled = [forearm @ about(knuckles, np.radians(-LATERAL[side] * curl)) for curl in FINGER_CURL_DEG]
        for finger in FINGERS:
            for joint, rotation in enumerate(curled, start=1):
                self._place(f"{finger}_0{joint}{end}", rotation)
        for joint in (1, 2, 3):
            self._place(f"thumb_0{joint}{end}", forearm)

    def _leg(self, side: Side) -> None:
        rig, sign, end = self.rig, LATERAL[side], SUFFIX[side]
        target = self.moment.feet[side]
        i_thigh, i_calf, i_foot, i_ball = (rig.index[f"{name}{end}"] for name in ("thigh", "calf", "foot", "ball"))
        pelvis = rig.index["pelvis"]
        hip = self.joints[pelvis] + self.rotations[pelvis] @ (rig.rest[i_thigh] - rig.rest[pelvis])
        ankle = ankle_in_space(self.form, side, target.x_m, target.z_m)
        knee, ankle, hinge = self._close_leg(hip, ankle, sign)
        sideways = np.array([0, 1.0, 0])
        rest_thigh, rest_calf = rig.rest[i_calf] - rig.rest[i_thigh], rig.rest[i_foot] - rig.rest[i_calf]
        self.joints[i_thigh], self.joints[i_calf], self.joints[i_foot] = hip, knee, ankle
        self.rotations[i_thigh] = bone_frame(knee - hip, hinge) @ bone_frame(rest_thigh, sideways).T
        self.rotations[i_calf] = bone_frame(ankle - knee, hinge) @ bone_frame(rest_calf, sideways).T
        toe_out = about_z(np.radians(sign * TOE_OUT_DEG))
        self.rotations[i_foot] = toe_out @ about_y(np.radians(-target.pitch_deg))
        self.joints[i_ball] = ankle + self.rotations[i_foot] @ (rig.rest[i_ball] - rig.rest[i_foot])
        self.rotations[i_ball] = toe_out @ about_y(np.radians(-target.toe_pitch_deg))

    def _close_leg(self, hip: Array, ankle: Array, sign: float) -> tuple[Array, Array, Array]:
        """(knee, reachable ankle, hinge axis to the left): two bones between hip and ankle, knee forward."""
        thigh_m, shank_m = self.rig.thigh_m, self.rig.shank_m
        reach = min(float(np.linalg.norm(ankle - hip)), self.rig.leg_m * 0.9995)
        down = unit(ankle - hip)
        forward = about_z(np.radians(-0.5 * self.pelvis_turn_deg)) @ np.array([1.0, sign * 0.06, 0.0])
        forward = unit(forward - down * (forward @ down))
        along = (thigh_m**2 + reach**2 - shank_m**2) / (2 * thigh_m * reach)
        knee = hip + down * thigh_m * along + forward * thigh_m * np.sqrt(max(1 - along**2, 0))
        hinge = cross(down, forward)
        return knee, hip + down * reach, hinge if hinge[1] > 0 else -hinge
