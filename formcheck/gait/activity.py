"""Whether someone runs or walks, and whether the clip plays at real speed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..datatypes import SIDES, Activity, FloatArray, Motion, View
from ..knowledge.calibration import Calibration
from ..landmarks import LandmarkSet
from ..signals import wrapped
from .cycle import Cycle
from .legs import USUAL_LEG_M

PHASES = 200  # of the mean stride
IN_STEP_DEG = 60.0  # of a step's 360°: hips neither in phase with the legs nor in antiphase settle nothing
NOBODY_WALKS = (150.0, 225.0)  # steps/min
LEAST_SWING = 0.15  # leg lengths between the ankles: less is shuffling on the spot
FACTORS = {  # times slower than real time → share of clips, before anything is seen
    **dict.fromkeys((1 / 8, 1 / 4, 1 / 2, 2.0, 4.0, 5.0, 8.0, 10.0, 16.0), 0.011),  # 60 to 240 frames/s at 24 to 30
    **dict.fromkeys((0.4, 2 / 3, 0.8, 1.6, 2.5, 3.0, 6.0), 0.001),  # rare: 48 frames/s at 30, or 1.25 times as fast
}
AT_PACE_OF_LIFE = 1 - sum(FACTORS.values())
MISTAKEN = 0.002  # of users who say how fast a clip plays
MISTAKEN_OF_REAL = 0.5  # of those who are mistaken: the clip plays at real speed
SURE_ENOUGH = 0.5  # probability that a clip is slowed down or sped up, above which this is reported
BACKWARDS = -0.3  # correlation in ``plays_backwards``: films of runners 0.5 to 0.8, the same reversed -0.5 to -0.7
TYPICAL = 2.0  # standard deviations from what is usual, at most
SEEN_WALKING = 0.15  # share of clips, before anything is seen


@dataclass(frozen=True)
class Usual:
    """What running or walking looks like in real time: (median, standard deviation of the logarithm) of each sign.

    Our own choice, from few people. Cadence: 168 steps/min for runners, including joggers at 115 and sprinters at 240,
    the quickest at 300; 112 for walkers. Fall: a body in the air falls at 9.8 m/s²; the trunk's acceleration at the
    step rate had an amplitude of 9 to 16 m/s² on 21 rendered runners at 150 to 188 steps/min, 12 to 14 on three real
    ones, 6 on a rendered jogger at 118, which is why the spread is wide; 2 and 3 on two walkers. Lift: ankles rose by
    0.25 to 0.66 leg lengths in running, 0.12 to 0.23 in walking; the film's speed does not affect it.
    """

    possible_spm: tuple[float, float]  # nobody's cadence lies outside
    cadence_spm: tuple[float, float]
    fall_m_s2: tuple[float, float]
    lift: tuple[float, float]


USUAL: dict[Activity, Usual] = {
    "running": Usual((95.0, 310.0), (168.0, 0.14), (12.0, 0.35), (0.36, 0.28)),
    "walking": Usual((45.0, 165.0), (112.0, 0.14), (2.3, 0.5), (0.17, 0.25)),
}


@dataclass(frozen=True)
class Signs:
    """What shows how fast a film plays: steps/min, m/s² and leg lengths as in ``Usual``, by the film's own clock.

    NaN where nothing is known; such a sign is ignored.
    """

    cadence_spm: float
    fall_m_s2: float
    lift: float

    @classmethod
    def of(cls, motion: Motion, landmarks: LandmarkSet, stride_s: float, leg_px: float) -> Signs:
        """Of the mean stride. Pose models keep nearly all of the shoulders' bounce, 57 to 96 % of the hips'."""
        place = motion.mean_stride(np.arange(PHASES) / PHASES)[..., 1] / leg_px
        ankles = np.ptp(place[:, landmarks.present(f"{side}_ankle" for side in SIDES)], axis=0)
        joints = (landmarks.present(f"{side}_{joint}" for side in SIDES) for joint in ("shoulder", "hip"))
        bounces = (2 * USUAL_LEG_M * abs(_step_wave(place[:, joint].mean(axis=1))) for joint in joints)
        bounce = next(filter(np.isfinite, bounces), float("nan"))
        lift = float(ankles.mean()) if np.isfinite(ankles).all() else float("nan")
        return cls(120 / stride_s, bounce * (4 * np.pi / stride_s) ** 2, lift)

    def likelihood(self, activity: Activity, factor: float) -> float:
        """Of these signs if the clip shows this activity slowed down by this factor; up to a constant."""
        usual = USUAL[activity]
        if not usual.possible_spm[0] <= self.cadence_spm * factor <= usual.possible_spm[1]:
            return 0.0
        known = [(off, sd) for off, sd in self._off(usual, factor) if np.isfinite(off)]
        return float(np.exp(sum(-0.5 * off**2 - np.log(sd) for off, sd in known)))

    def typical(self, activity: Activity) -> bool:
        """Whether all of them are known and as usual in real time."""
        return all(abs(off) <= TYPICAL for off, _ in self._off(USUAL[activity], 1.0))  # NaN means no

    def _off(self, usual: Usual, factor: float) -> list[tuple[float, float]]:
        """(standard deviations from what is usual, standard deviation of the logarithm) of each sign."""
        signs = (
            (self.cadence_spm * factor, usual.cadence_spm),
            (self.fall_m_s2 * factor**2, usual.fall_m_s2),
            (self.lift, usual.lift),
        )
        with np.errstate(divide="ignore"):  # nobody who does not bounce at all is usual
            return [(float(np.log(x / median) / sd), sd) for x, (median, sd) in signs]


def pace_of(signs: Signs, activity: Activity, told: float | None = None) -> tuple[float | None, float]:
    """(how many times slower than real time a clip seems, None when it seems real; how likely it is, or is not, real).

    How many times is known to within a fifth or so for cadences from 140 steps/min on; of drawn joggers at 95 to 115 it
    was 1.2 to 2 times too large. told: how many times slower the user said that the file plays, by
    which the signs were taken: it is trusted unless they strongly contradict it.
    """
    if activity not in USUAL:
        return None, 1.0
    wrong = 1 - AT_PACE_OF_LIFE if told is None else MISTAKEN
    real = (1 - wrong) * signs.likelihood(activity, 1.0)
    shares = {factor: share / (1 - AT_PACE_OF_LIFE) for factor, share in FACTORS.items()}
    if told is not None and told != 1:
        shares[1 / told] = MISTAKEN_OF_REAL
    at = {factor: signs.likelihood(activity, factor) for factor in shares}
    other = wrong * sum(shares[factor] * likelihood for factor, likelihood in at.items())
    slowed = other / (real + other) if real + other > 0 else 1.0
    return (max(at, key=lambda factor: at[factor]), slowed) if slowed > SURE_ENOUGH else (None, 1 - slowed)


def runs(signs: Signs) -> bool:
    """Whether running is likelier than walking, at whatever speed the film plays."""

    def at_any_pace(activity: Activity) -> float:
        paces = {1.0: AT_PACE_OF_LIFE, **FACTORS}
        return sum(share * signs.likelihood(activity, factor) for factor, share in paces.items())

    return (1 - SEEN_WALKING) * at_any_pace("running") > SEEN_WALKING * at_any_pace("walking")


def find_activity(cycle: Cycle, columns: dict[str, int], view: View, learned: Calibration, signs: Signs) -> Activity:
    """Running when the hips are highest while the legs are apart (flight), walking when highest over one leg.

    A runner's hips bounce like a ball, a walker's ride over the leg like an inverted pendulum (Cavagna 1976).
    Seen from behind, the feet's height difference, largest over one leg, stands in for their distance; the feet's
    movement to and from the camera shifts it by more or less, so where hips and feet do not show running there, or all
    signs are a walker's, the signs decide. From the side they decide between the two only for somebody who falls, steps
    and lifts the feet as runners do: clothes hide hips, but nobody falls in the saddle of a bicycle.
    """
    hips, apart = hips_and_feet(cycle, columns, view)
    if np.ptp(apart) < LEAST_SWING:
        return "other"
    usual_lag_deg = learned.perspective("feet_lag_deg", view.name, 0.0)
    off_deg = abs(wrapped(feet_lag_deg(hips, apart, view) - usual_lag_deg, 360))
    if off_deg < IN_STEP_DEG and (view.sagittal or not signs.typical("walking")):
        return "running"
    if not view.sagittal:
        return "running" if runs(signs) else "walking"
    if off_deg <= 180 - IN_STEP_DEG:
        return "running" if signs.typical("running") else "other"
    nobody_walks = NOBODY_WALKS[0] <= signs.cadence_spm <= NOBODY_WALKS[1]
    return "other" if nobody_walks else "walking"


def plays_backwards(cycle: Cycle, columns: dict[str, int]) -> bool:
    """Whether feet, seen from the side, go forward when low and back when high: who runs forward does the opposite."""
    phase = np.arange(PHASES) / PHASES
    place, speed = cycle.at(phase), cycle.rate_at(phase)
    heights = [place[:, columns[f"{side}_ankle_y"]] for side in SIDES]
    speeds = [speed[:, columns[f"{side}_ankle_x"]] for side in SIDES]
    alike = [_correlation(height, ahead) for height, ahead in zip(heights, speeds, strict=True)]
    return float(np.mean(alike)) < BACKWARDS


def _correlation(a: FloatArray, b: FloatArray) -> float:
    return float(np.corrcoef(a, b)[0, 1])


def hips_and_feet(cycle: Cycle, columns: dict[str, int], view: View) -> tuple[FloatArray, FloatArray]:
    """(sum of both hips' heights, left foot minus right), leg lengths, each (PHASES,) over the mean stride.

    The feet forward from the side, otherwise upward; knees stand in for unknown ankles.
    """
    place = cycle.at(np.arange(PHASES) / PHASES)
    joint = "ankle" if np.isfinite(place[:, columns["left_ankle_x"]]).all() else "knee"
    axis = "x" if view.sagittal else "y"
    apart = place[:, columns[f"left_{joint}_{axis}"]] - place[:, columns[f"right_{joint}_{axis}"]]
    return place[:, columns["left_hip_y"]] + place[:, columns["right_hip_y"]], apart


def feet_lag_deg(hips: FloatArray, apart: FloatArray, view: View) -> float:
    """How long after the hips are highest the feet look farthest apart (from behind: closest), 360° to a step, ±180."""
    separation = apart**2 if view.sagittal else -(apart**2)
    return float(np.degrees(np.angle(_step_wave(hips) * np.conj(_step_wave(separation)))))


def _step_wave(values: FloatArray) -> complex:
    """Second harmonic of values over a stride: half its amplitude as modulus, minus its delay as angle."""
    phase = np.arange(len(values)) / len(values)
    return complex(values @ np.exp(-4j * np.pi * phase)) / len(values)
