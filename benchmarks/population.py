"""The clips formcheck is measured on: a seeded, stratified population of virtual runners.

    python -m benchmarks.population                       # list the clips
    python -m benchmarks.population --render [--ci] [--processes 2]

Most clips are what the tool asks for (side view, at least 30 frames/s, yaw up to 10°); the other strata each make
one thing harder. Within a stratum every dial is spread evenly over its range and independently of the others
(Latin hypercube). Half of each stratum is for tuning; the halves that are reported on are drawn anew
whenever what was learned changes (``reporting``).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

import click
import numpy as np
from scipy.special import ndtri

from benchmarks.virtual_runner import Camera, ClipSpec, Company, Form, Outfit, Recording, Setting, changed, render_clip
from benchmarks.virtual_runner.camera import STANDS
from benchmarks.virtual_runner.plausible import plausible
from benchmarks.virtual_runner.presets import LEG_OF_PRESETS_M, WALKING, scaled
from benchmarks.virtual_runner.rig import BODIES, Rig, load_rig
from benchmarks.virtual_runner.skeleton import Skeleton

from . import fresh

SEED = 20
CACHE = Path(__file__).parents[1] / ".cache" / "virtual_runner"
SMALL_SET = Path(__file__).parent / "small_set"  # what ``for_ci`` gives, rendered: rendering takes longer than posing
Random = np.random.Generator
Dials = dict[str, Any]  # of a form, drawn by name
Half = Literal["tuning", "reporting"]

GRAVITY_M_S2 = 9.81
LEFT_BEHIND_OF_LEG = (0.52, 0.66)  # ankle behind mid-hip at toe-off
DUTY = (0.255, 0.41)
TRIES = 60  # draws of the minor dials before a form is pulled toward the ordinary

# Dials that are spread evenly; lengths as shares of the leg
RANGES = {
    "lean_deg": (0.0, 20.0),
    "hunch_deg": (0.0, 40.0),
    "protraction_deg": (0.0, 25.0),
    "head_forward_deg": (0.0, 24.0),
    "cadence_spm": (150.0, 190.0),
    "overstride_of_leg": (0.09, 0.34),
    "speed_residual_m_s": (-0.6, 0.6),
    "yaw_deg": (-10.0, 10.0),
    "roll": (0.0, 1.0),  # quantile of a normal distribution
    "distance_m": (3.5, 6.5),
    "camera_height_m": (0.7, 1.5),
    "fill": (0.62, 0.84),  # share of the picture's height that the runner takes
}
ASYMMETRY = ("contact_asymmetry", "step_asymmetry", "overstride_asymmetry_m")  # dials of a form
FARTHEST_ASTERN_M = 5.2  # the gym ends there
ROLL_SD_DEG, LARGEST_ROLL_DEG = 1.2, 4.0
HARD_LIGHT = 0.2  # of what would otherwise be evenly lit

SKINS = (
    (0.76, 0.54, 0.44),
    (0.66, 0.44, 0.33),
    (0.52, 0.31, 0.21),
    (0.36, 0.20, 0.13),
    (0.22, 0.12, 0.08),
    (0.11, 0.06, 0.04),
)
HAIR = ((0.012, 0.010, 0.009), (0.035, 0.022, 0.014), (0.15, 0.085, 0.035), (0.40, 0.28, 0.12), (0.35, 0.35, 0.35))
CLOTH = (
    (0.10, 0.22, 0.52),
    (0.55, 0.06, 0.08),
    (0.70, 0.62, 0.10),
    (0.45, 0.45, 0.46),
    (0.75, 0.75, 0.74),
    (0.03, 0.03, 0.04),
    (0.06, 0.30, 0.16),
    (0.60, 0.22, 0.40),
)
DARKEST = SKINS[-2:]
DARK_CLOTH = ((0.035, 0.035, 0.045), (0.05, 0.10, 0.22), (0.12, 0.12, 0.13), (0.25, 0.05, 0.10), (0.30, 0.30, 0.32))


@dataclass(frozen=True)
class Member(ClipSpec):
    """A clip of the population with its place in it; ``ci``: belongs to the small set for continuous integration."""

    stratum: str = "side"
    half: Half = "tuning"
    ci: bool = False


# ---- drawing one clip


class Spread:
    """Even draws: ``at(i)`` gives the i-th clip's values, each dial's range covered evenly and in its own order."""

    def __init__(self, random: Random, count: int, ranges: Mapping[str, tuple[float, float]] = RANGES):
        self.values = {}
        for name, (low, high) in ranges.items():
            places = (random.permutation(count) + random.uniform(size=count)) / count
            self.values[name] = low + (high - low) * places

    def at(self, i: int) -> dict[str, float]:
        return {name: float(values[i]) for name, values in self.values.items()}


def running_form(spread: dict[str, float], rig: Rig, random: Random) -> Form:
    """A plausible form with the spread dials as drawn; speed, contact and bounce follow from them, with noise."""
    for attempt in range(4 * TRIES):
        ease = max(attempt - TRIES, 0) / (4 * TRIES)  # only forms that keep failing are pulled toward the ordinary
        form = _draw_running_form(eased(spread, ease), rig, random)
        if plausible(Skeleton(rig, form, solve_lean=False)):
            return form
    raise RuntimeError(f"no plausible form near {spread}")


def eased(spread: dict[str, float], ease: float) -> dict[str, float]:
    ordinary = {"overstride_of_leg": 0.18, "cadence_spm": 172.0, "speed_residual_m_s": 0.0}
    return spread | {name: spread[name] + ease * (value - spread[name]) for name, value in ordinary.items()}


def _draw_running_form(spread: dict[str, float], rig: Rig, random: Random) -> Form:
    size = rig.leg_m / LEG_OF_PRESETS_M
    cadence = spread["cadence_spm"]
    speed = np.clip(3.1 + 0.035 * (cadence - 170) + spread["speed_residual_m_s"], 2.3, 4.0) * size**0.5
    overstride = spread["overstride_of_leg"] * rig.leg_m
    stride_s = 120 / cadence
    contact_s = (overstride + random.uniform(*LEFT_BEHIND_OF_LEG) * rig.leg_m) / speed
    strike = _strike_deg(spread["overstride_of_leg"], random)
    rounded: Dials = {"speed_m_s": float(speed), "duty": float(np.clip(contact_s / stride_s, *DUTY))}
    return Form(
        cadence_spm=cadence,
        overstride_m=overstride,
        **rounded,
        contact_knee_deg=float(np.clip(22 - 55 * spread["overstride_of_leg"] + random.uniform(-4, 4), 4, 24)),
        strike_pitch_deg=strike,
        toe_off_pitch_deg=random.uniform(-58, -46),
        swing_knee_deg=random.uniform(84, 108),
        swing_thigh_deg=random.uniform(34, 46),
        bounce_m=float(2 * GRAVITY_M_S2 * (stride_s / (4 * np.pi)) ** 2 * random.uniform(0.95, 1.40)),
        step_width_m=random.uniform(0.0, 0.09),
        lean_deg=spread["lean_deg"],
        lean_swing_deg=random.uniform(0.5, 2.5),
        hunch_deg=spread["hunch_deg"],
        protraction_deg=spread["protraction_deg"],
        head_forward_deg=spread["head_forward_deg"],
        shrug_deg=random.uniform(0, 6),
        head_pitch_deg=random.uniform(-2, 14),
        pelvic_drop_deg=random.uniform(1, 7),
        pelvic_tilt_deg=random.uniform(4, 14),
        pelvic_rotation_deg=random.uniform(3, 9),
        thorax_rotation_deg=random.uniform(5, 14),
        side_lean_deg=random.uniform(0, 3),
        arm_mean_deg=random.uniform(-18, -2),
        arm_swing_deg=random.uniform(18, 38),
        elbow_deg=random.uniform(78, 112),
        arm_abduction_deg=random.uniform(8, 24),
        **_unsteadiness(random),
    )


def _strike_deg(overstride_of_leg: float, random: Random) -> float:
    """Three in five land on the heel; nobody lands on the forefoot far ahead of the body."""
    kind = random.choice(["heel", "middle", "forefoot"], p=[0.6, 0.2, 0.2])
    if kind == "heel" or overstride_of_leg > 0.24:
        return float(random.uniform(6, 20))
    return float(random.uniform(0, 3) if kind == "middle" else random.uniform(-8, -3))


def _unsteadiness(random: Random) -> Dials:
    """Noise in every form, asymmetry in one in three, drift in one in four."""
    lopsided, tiring = random.uniform() < 0.35, random.uniform() < 0.25
    return {
        "jitter": random.uniform(0.004, 0.018),
        "placement_noise_m": random.uniform(0.003, 0.012),
        "lean_noise_deg": random.uniform(0.2, 0.9),
        "arm_noise": random.uniform(0.02, 0.10),
        "contact_asymmetry": lopsided * random.uniform(-0.10, 0.10),
        "step_asymmetry": lopsided * random.uniform(-0.05, 0.05),
        "overstride_asymmetry_m": lopsided * random.uniform(-0.03, 0.03),
        "cadence_drift": tiring * random.uniform(-0.05, 0.02),
        "lean_drift_deg": tiring * random.uniform(-1, 5),
        "bounce_drift_m": tiring * random.uniform(-0.01, 0.015),
        "seed": int(random.integers(1_000_000)),
    }


def _outfit(body: str, random: Random) -> Outfit:
    female = body.startswith("female")
    tops = ["short", "short", "long", "singlet", "crop" if female else "none"]

    def pick(colours: tuple[tuple[float, float, float], ...]) -> tuple[float, float, float]:
        return colours[int(random.integers(len(colours)))]

    usual = Outfit(
        skin=pick(SKINS),
        shirt=pick(CLOTH),
        shorts=pick(DARK_CLOTH),
        shoe=pick(CLOTH),
        hair=pick(HAIR),
        top=str(random.choice(tops)),  # type: ignore[arg-type]
        bottom=str(random.choice(["shorts", "shorts", "half_tights", "tights"])),  # type: ignore[arg-type]
        fit=str(random.choice(["normal", "tight", "loose"])),  # type: ignore[arg-type]
    )
    return _with_more(usual, female, random.spawn(1)[0])  # its own generator: nothing else is drawn differently


def _with_more(usual: Outfit, female: bool, random: Random) -> Outfit:
    """Half wear a jacket, some hooded, or sleeves pushed up; one in four long socks, one woman in four a skirt."""
    over = str(random.choice(["nothing", "jacket", "hood", "pushed"], p=[0.5, 0.2, 0.15, 0.15]))
    up, long_socks, skirt = random.uniform(size=3) < (0.25, 0.25, 0.25)
    changes: Dials = {}
    if over == "pushed":
        changes["top"] = "pushed"
    elif over != "nothing":
        changes["top"] = "jacket"
        changes["hood"] = "none" if over == "jacket" else "up" if up else "down"
    if long_socks:
        changes |= {"socks": "long", "sock": CLOTH[int(random.integers(len(CLOTH)))]}
    if skirt and female:
        changes["bottom"] = "skirt"
    return replace(usual, **changes)


def _setting(random: Random) -> Setting:
    place = str(random.choice(["gym", "plain", "busy_gym", "park", "track"], p=[0.3, 0.15, 0.25, 0.15, 0.15]))
    treadmill = place != "track" and not (place == "park" and random.uniform() < 0.5)
    light = str(random.choice(["even", "bright", "backlit"], p=[0.65, 0.25, 0.10]))
    hidden_by = "nothing"
    if treadmill:
        hidden_by = str(random.choice(["nothing", "handrail", "console"], p=[0.80, 0.12, 0.08]))
    if light == "even" and random.spawn(1)[0].uniform() < HARD_LIGHT:
        light = "hard"
    return Setting(place, treadmill, light, hidden_by)  # type: ignore[arg-type]


def _camera(spread: dict[str, float], setting: Setting, portrait: bool, rig: Rig, random: Random) -> Camera:
    """Aimed at the middle of the body so that it fills the wanted share of the picture."""
    distance = spread["distance_m"]
    shown_m = rig.height_m / (spread["fill"] * (0.85 if portrait else 1.0))
    hand_held = random.uniform() < (0.6 if not setting.treadmill else 0.2)
    roll = np.clip(ROLL_SD_DEG * ndtri(spread["roll"]), -LARGEST_ROLL_DEG, LARGEST_ROLL_DEG)
    return Camera(
        "side",
        str(random.choice(["left", "right"])),  # type: ignore[arg-type]
        yaw_deg=spread["yaw_deg"],
        roll_deg=float(roll),
        distance_m=distance,
        height_m=spread["camera_height_m"],
        aim_height_m=0.5 * rig.height_m,
        fov_deg=float(np.degrees(2 * np.arctan(0.5 * shown_m / distance))),
        shake_deg=hand_held * random.uniform(0.08, 0.35),
        moves="still" if setting.treadmill else "alongside",
    )


# frames/s, width, height, seconds, how often
FORMATS = (
    (30, 960, 540, 11, 4),
    (30, 1280, 720, 9, 2),
    (30, 640, 360, 12, 3),
    (30, 540, 960, 10, 3),
    (60, 640, 360, 10, 6),
    (60, 960, 540, 9, 4),
    (60, 360, 640, 10, 4),
    (120, 640, 360, 8, 3),
    (120, 360, 640, 8, 1),
)


def _recording(random: Random) -> Recording:
    weights = np.array([row[4] for row in FORMATS], float)
    fps, width, height, seconds, _ = FORMATS[int(random.choice(len(FORMATS), p=weights / weights.sum()))]
    blurred = fps == 30 and random.uniform() < 0.5
    return Recording(
        width_px=width,
        height_px=height,
        fps=float(fps),
        seconds=float(seconds),
        start_s=random.uniform(0, 0.6),
        blur_samples=4 if blurred else 1,
        shutter=random.uniform(0.1, 0.5) if blurred else 0.1,
        grain=random.uniform(0.5, 4.0),
        crf=int(random.integers(18, 31)),
        uneven=random.uniform(0.02, 0.15) if random.uniform() < 0.2 else 0.0,
    )


def ordinary(name: str, spread: dict[str, float], body: str, random: Random) -> Member:
    """A runner from the side, in the standard condition."""
    rig, setting, recording = load_rig(body), _setting(random), _recording(random)
    return Member(
        name,
        running_form(spread, rig, random),
        body,
        _outfit(body, random),
        setting,
        _camera(spread, setting, recording.height_px > recording.width_px, rig, random),
        recording,
    )


def small(recording: Recording) -> dict[str, Any]:
    """Changes that make the picture 360 by 640 pixels, portrait or landscape as before."""
    upright = recording.height_px > recording.width_px
    return {"recording.width_px": 360 if upright else 640, "recording.height_px": 640 if upright else 360}


# ---- strata: each makes one thing harder; k counts the clips of the stratum


def _side(clip: Member, _k: int, _random: Random) -> Member:
    return clip


def _yaw(clip: Member, k: int, random: Random) -> Member:
    return changed(clip, **{"camera.yaw_deg": random.uniform(10, 20) * (-1) ** k})


def _cinema(clip: Member, _k: int, _random: Random) -> Member:
    return changed(clip, recording=replace(clip.recording, fps=24.0, seconds=12.0, blur_samples=4, shutter=0.4))


def _dark(clip: Member, _k: int, random: Random) -> Member:
    recording = replace(clip.recording, grain=random.uniform(5, 9), crf=int(random.integers(24, 32)))
    return changed(clip, recording=recording, **{"setting.light": "dim"})


def _cut_feet(clip: Member, k: int, random: Random) -> Member:
    """The picture ends between ankle and mid-shank, or (every third) above the knee."""
    height = load_rig(clip.body).height_m
    bottom = height * (0.30 if k % 3 == 2 else random.uniform(0.07, 0.14))
    top = height * 1.10
    fov = float(np.degrees(2 * np.arctan(0.5 * (top - bottom) / lens_of(clip.camera)[0])))
    camera = replace(clip.camera, aim_height_m=0.5 * (top + bottom), fov_deg=fov, roll_deg=clip.camera.roll_deg / 2)
    return changed(clip, camera=camera)


def _slow_motion(clip: Member, k: int, _random: Random) -> Member:
    """120 or 240 frames/s played at 30; half of the files say so."""
    fps, seconds = ((120.0, 6.0), (240.0, 4.0))[k % 2]
    recording = replace(clip.recording, fps=fps, file_fps=30.0, seconds=seconds, says_capture_fps=k < 2, uneven=0.0)
    return changed(clip, recording=replace(recording, blur_samples=1), **small(clip.recording))


def _two_people(clip: Member, k: int, random: Random) -> Member:
    bodies = [body for body in BODIES if body != clip.body]
    body = str(random.choice(bodies))
    doing, in_front = (("standing", False), ("passing", False), ("running", False), ("passing", True))[k % 4]
    company = Company(
        doing,  # type: ignore[arg-type]
        body,
        _outfit(body, random),
        away_m=random.uniform(1.0, 1.3) if in_front else random.uniform(1.3, 1.9),
        ahead_m=random.uniform(-0.9, 0.9),
        in_front=in_front,
    )
    setting = replace(clip.setting, place="busy_gym" if k % 2 else "gym", treadmill=True, hidden_by="nothing")
    return changed(clip, setting=setting, company=company, **{"camera.moves": "still"})


def _from_behind(clip: Member, k: int, random: Random) -> Member:
    """On a treadmill from behind; two in five outdoors, from a camera moving ahead. Half of the pictures portrait."""
    wide, in_front, recording = k % 2 == 0, k % 5 in (1, 3), clip.recording
    width, height = (640, 360) if wide else (360, 640)
    fps, seconds = ((30.0, 8.0), (60.0, 6.0))[k // 2 % 2]
    distance = random.uniform(3.0, FARTHEST_ASTERN_M)
    turned = 1.0 if wide == (recording.width_px > recording.height_px) else 0.85 if wide else 1 / 0.85
    camera = replace(
        clip.camera,
        view="front" if in_front else "rear",
        facing="left",
        yaw_deg=random.uniform(-8, 8),
        distance_m=distance,
        fov_deg=as_wide(clip.camera, distance, turned),
        moves="alongside" if in_front else "still",
        shake_deg=0.0,
    )
    setting = replace(clip.setting, place="gym" if k % 3 else "plain", treadmill=True, hidden_by="nothing")
    if in_front:
        setting = replace(setting, place="track", treadmill=False)
    recording = replace(recording, width_px=width, height_px=height, fps=fps, seconds=seconds, blur_samples=1)
    form = _form_from_behind(clip, random)
    return changed(clip, form=form, camera=camera, setting=setting, recording=recording)


def lens_of(camera: Camera) -> tuple[float, float]:
    """(distance m, vertical field of view degrees), which every camera of the population specifies."""
    if camera.distance_m is None or camera.fov_deg is None:
        raise ValueError(f"{camera} leaves its distance or field of view to the usual")
    return camera.distance_m, camera.fov_deg


def as_wide(camera: Camera, distance_m: float, times: float = 1.0) -> float:
    """The field of view, degrees, that shows as much (or so many times as much) of the runner from elsewhere."""
    usual_m, fov_deg = lens_of(camera)
    shown = 2 * np.tan(np.radians(fov_deg) / 2) * usual_m * times
    return float(np.degrees(2 * np.arctan(0.5 * shown / distance_m)))


def _form_from_behind(clip: Member, random: Random) -> Form:
    """Everything seen from there, widely spread; what the body cannot do is pulled toward the ordinary."""
    drop, sway, width = random.uniform(0, 10), random.uniform(0, 9), random.uniform(-0.05, 0.12)
    turning: Dials = {"thorax_rotation_deg": random.uniform(5, 16), "pelvic_rotation_deg": random.uniform(3, 11)}
    for share in (1.0, 0.75, 0.5, 0.25, 0.0):
        dials: Dials = {"pelvic_drop_deg": 3 + share * (drop - 3), "side_lean_deg": max(share, 0.3) * sway}
        form = replace(clip.form, step_width_m=width, **dials, **turning)
        if plausible(Skeleton(load_rig(clip.body), form, solve_lean=False)):
            return form
    return clip.form


def _walking(clip: Member, _k: int, random: Random) -> Member:
    usual = scaled(WALKING, load_rig(clip.body).leg_m)
    faster, quicker = random.uniform(0.85, 1.08), random.uniform(0.93, 1.07)
    form = replace(
        usual,
        speed_m_s=usual.speed_m_s * faster,
        cadence_spm=usual.cadence_spm * quicker,
        overstride_m=usual.overstride_m * faster / quicker,
        lean_deg=random.uniform(-1, 9),
        hunch_deg=random.uniform(0, 30),
        protraction_deg=random.uniform(0, 20),
        head_forward_deg=random.uniform(0, 20),
        jitter=random.uniform(0.005, 0.02),
        seed=clip.form.seed,
    )
    return changed(clip, form=form)


def _far(clip: Member, k: int, random: Random) -> Member:
    """Dark skin four to six metres away, filling two fifths of the picture's height."""
    distance, fill = random.uniform(4, 6), load_rig(clip.body).height_m / 0.40
    fov = float(np.degrees(2 * np.arctan(0.5 * fill / distance)))
    camera = replace(clip.camera, distance_m=distance, fov_deg=fov)
    return changed(clip, camera=camera, **{"outfit.skin": DARKEST[k % 2]})


def _mirrored(clip: Member, k: int, random: Random) -> Member:
    """A wall of mirrors beyond the treadmill, and the camera far enough round that the reflection is seen."""
    setting = replace(clip.setting, place="mirrors", treadmill=True)
    camera = replace(clip.camera, yaw_deg=random.uniform(4, 18) * (-1) ** k, moves="still")
    return changed(clip, setting=setting, camera=camera)


def _followed(clip: Member, _k: int, random: Random) -> Member:
    """Somebody runs a step or two behind, in the same lane or the next."""
    body = str(random.choice([body for body in BODIES if body != clip.body]))
    company = Company(
        "running",
        body,
        _outfit(body, random),
        away_m=random.uniform(0.0, 0.9),
        ahead_m=-random.uniform(1.0, 1.8),
    )
    setting = replace(clip.setting, place="track", treadmill=False, hidden_by="nothing")
    return changed(clip, setting=setting, company=company, **{"camera.moves": "alongside"})


def _at_an_angle(clip: Member, k: int, random: Random) -> Member:
    """At 45°, from ahead and from behind, on both sides."""
    quarter = (45, 135, -45, -135)[k % 4]
    yaw = STANDS["oblique"].azimuth_deg - quarter + random.uniform(-5, 5)
    return changed(clip, **{"camera.view": "oblique", "camera.facing": "left", "camera.yaw_deg": yaw})


Harden = Callable[[Member, int, Random], Member]
STRATA: dict[str, tuple[int, Harden]] = {
    "side": (44, _side),
    "yaw": (4, _yaw),
    "24fps": (3, _cinema),
    "dark": (3, _dark),
    "cut_feet": (3, _cut_feet),
    "slow_motion": (4, _slow_motion),
    "two_people": (4, _two_people),
    "rear": (28, _from_behind),
    "walking": (3, _walking),
    "far": (4, _far),
    "mirrors": (4, _mirrored),
    "followed": (4, _followed),
    "oblique": (4, _at_an_angle),
}
TEACHING = ("side", "rear")  # strata that corrections are learned from
BRIEF_S = 6.0  # of real time: what is learned or judged is one number of a clip, which more steps hardly make surer
SECOND_DRAW, SECOND = 777, {"side": 16, "rear": 8}  # more of them, cheaper to render: seed, clips by stratum
NOT_IN_CI = ("far", "mirrors", "followed", "oblique")  # it has no time left for these
CI_SECONDS = 5.0  # of real time: a dozen steps
CHEAP_FPS = 30.0  # the samples, which CI also reads, have 60
CI_FROM_SIDE = 4  # one of each quarter of the lean's range; one of most other strata


@cache
def population(seed: int = SEED) -> tuple[Member, ...]:
    """112 clips; the same seed gives the same clips."""
    members: list[Member] = []
    odd_turn = 0
    for number, (stratum, (count, harden)) in enumerate(STRATA.items()):
        random = np.random.default_rng([seed, number])
        spread, bodies = Spread(random, count), bodies_of(count, random)
        clips = []
        for i in range(count):
            own = np.random.default_rng([seed, number, i])  # how often a form is redrawn affects no other clip
            clip = ordinary(f"{stratum}_{i + 1:02d}", spread.at(i), bodies[i], own)
            clips.append(replace(harden(clip, i, own), stratum=stratum))
        halves = _halves(count, odd_turn % 2, random)
        odd_turn += count % 2
        members += [replace(clip, half=half) for clip, half in zip(clips, halves, strict=True)]
    chosen = _ci_names(members)
    return tuple(replace(member, ci=member.name in chosen) for member in members)


def reporting() -> list[Member]:
    """The reporting half, of runners that nobody had seen when anything was learned (``fresh``)."""
    return [_briefly(member) for member in population(fresh.seed(SEED)) if member.half == "reporting"]


def teaching() -> list[Member]:
    """What corrections are learned from: the tuning half as it was filmed, and others at 30 frames/s; all briefly."""
    half = [_briefly(m) for m in population() if m.half == "tuning" and m.stratum in TEACHING]
    drawn = {stratum: [m for m in population(SECOND_DRAW) if m.stratum == stratum] for stratum in SECOND}
    return half + [_cheaper(m, BRIEF_S) for stratum, count in SECOND.items() for m in drawn[stratum][:count]]


def for_ci(seed: int = SEED) -> list[Member]:
    """The small set, shortened, without motion blur, at low frame rates: whole clips with blur take much longer.

    Without skirts, under which legs are confused and half of the steps left out.
    """
    return [_cheaper(_without_skirt(m), CI_SECONDS) for m in population(seed) if m.ci]


def _briefly(member: Member) -> Member:
    return _cheaper(member, BRIEF_S, member.recording.fps, member.recording.blur_samples)


def _cheaper(member: Member, seconds: float, fps: float = CHEAP_FPS, blur_samples: int = 1) -> Member:
    """The same in at most so many seconds, and real frames a second."""
    taken, slowed = member.recording, member.recording.slow_motion_factor > 1
    fps, seconds = min(taken.fps, fps * (4 if slowed else 1)), min(taken.seconds, seconds)
    return replace(member, recording=replace(taken, fps=fps, seconds=seconds, blur_samples=blur_samples))


def _without_skirt(member: Member) -> Member:
    bottom = "shorts" if member.outfit.bottom == "skirt" else member.outfit.bottom
    return replace(member, outfit=replace(member.outfit, bottom=bottom))


def from_the_side(count: int, seed: int, name: str) -> list[Member]:
    """Other runners by the same recipe, in the standard condition."""
    random = np.random.default_rng([seed, count])
    spread, bodies = Spread(random, count), bodies_of(count, random)
    own = [np.random.default_rng([seed, count, i]) for i in range(count)]
    return [ordinary(f"{name}_{i + 1:03d}", spread.at(i), bodies[i], own[i]) for i in range(count)]


def bodies_of(count: int, random: Random) -> list[str]:
    """Every body about equally often."""
    rounds = -(-count // len(BODIES))
    return [str(body) for _ in range(rounds) for body in random.permutation(BODIES)][:count]


def _halves(count: int, turn: int, random: Random) -> list[Half]:
    """Half of a stratum for each; an odd clip goes to tuning and reporting in turn."""
    names: tuple[Half, Half] = ("tuning", "reporting")
    return [names[(int(place) + turn) % 2] for place in random.permutation(count)]


def _ci_names(members: Iterable[Member]) -> set[str]:
    """The reporting clips that render fastest: of side views one per quarter of lean, one of most other strata."""
    cheapest: dict[tuple[str, int], Member] = {}
    for member in (m for m in members if m.half == "reporting" and m.stratum not in NOT_IN_CI):
        quarter = int(member.form.lean_deg // (20 / CI_FROM_SIDE)) if member.stratum == "side" else 0
        key = (member.stratum, quarter)
        if key not in cheapest or _cost(member) < _cost(cheapest[key]):
            cheapest[key] = member
    return {member.name for member in cheapest.values()}


def _cost(clip: ClipSpec) -> float:
    recording = clip.recording
    scene = 1 if clip.camera.shake_deg == 0 and clip.camera.moves == "still" else 2
    return clip.frames * recording.blur_samples * (recording.width_px * recording.height_px + 200_000) * scene


# ---- rendering with a cache


@dataclass(frozen=True)
class Rendered:
    """The files of one rendered clip."""

    clip: ClipSpec
    video: Path
    truth: Path
    frames: Path

    @property
    def complete(self) -> bool:
        return self.truth.exists()  # moved into place last


def rendered(clip: ClipSpec, cache_dir: Path = CACHE) -> Rendered:
    """Where a clip's files are, or will be; their name changes when anything about the clip does."""
    stem = f"{clip.name}-{clip.digest}"
    places = [
        Rendered(clip, *(folder / f"{stem}{suffix}" for suffix in (".mp4", ".truth.json", ".frames.npz")))
        for folder in (SMALL_SET, cache_dir)
    ]
    return next((place for place in places if place.complete), places[-1])


def ensure_rendered(
    clips: Iterable[ClipSpec],
    cache_dir: Path = CACHE,
    processes: int = 1,
    progress: Callable[[Rendered], None] = lambda _: None,
) -> list[Rendered]:
    """Render the clips whose files are not there yet; ``progress`` is called with each as it is finished."""
    wanted = [rendered(clip, cache_dir) for clip in clips]
    cache_dir.mkdir(parents=True, exist_ok=True)
    missing = [one for one in wanted if not one.complete]
    if processes == 1:
        for one in missing:
            _render(one)
            progress(one)
        return wanted
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for one in pool.map(_render, missing):
            progress(one)
    return wanted


def _render(one: Rendered) -> Rendered:
    """Into a folder of its own first: an interrupted clip leaves nothing that looks finished."""
    stem = one.video.stem
    with tempfile.TemporaryDirectory(dir=one.video.parent, prefix=".partial-") as folder:
        render_clip(replace(one.clip, name=stem), Path(folder))
        for path in (one.video, one.frames, one.truth):
            shutil.move(Path(folder) / path.name, path)
    return one


def rendering(members: Callable[[], Iterable[ClipSpec]]) -> click.Command:
    """The command of a module that has clips of its own."""

    @click.command(help="Render what is missing in the cache.")
    @click.option("--processes", default=1, show_default=True)
    @click.option("--cache", type=click.Path(path_type=Path, file_okay=False), default=CACHE)
    def command(processes: int, cache: Path) -> None:
        ensure_rendered(members(), cache, processes, lambda one: click.echo(f"rendered {one.video.name}"))

    return command


@click.command()
@click.option("--seed", default=SEED, show_default=True)
@click.option("--ci", is_flag=True, help="Only the small set for continuous integration.")
@click.option("--render", is_flag=True, help="Render what is missing in the cache.")
@click.option("--cache", type=click.Path(path_type=Path, file_okay=False), default=CACHE)
@click.option("--processes", default=1, show_default=True)
def main(seed: int, ci: bool, render: bool, cache: Path, processes: int) -> None:
    """List the clips of the population, or render them."""
    members = for_ci(seed) if ci else sorted(population(seed), key=lambda m: not m.ci)
    if render:
        ensure_rendered(members, cache, processes, lambda one: click.echo(f"rendered {one.video.name}"))
        return
    for member in members:
        recording, form = member.recording, member.form
        size = f"{recording.width_px}x{recording.height_px}@{recording.fps:g}"
        there = "cached" if rendered(member, cache).complete else "-"
        click.echo(
            f"{member.name:15} {member.half:9} {'ci' if member.ci else '  '} {size:14} {member.body:18} "
            f"lean {form.lean_deg:4.1f} hunch {form.hunch_deg:4.1f} cadence {form.cadence_spm:5.1f} "
            f"overstride {form.overstride_m:.2f} m  {there}"
        )


if __name__ == "__main__":
    main()
