"""What a clip is made of: how the runner moves, looks and is filmed. Plain frozen values, all with defaults.

World axes everywhere: X forward (the way the runner goes), Y to the runner's left, Z up, metres; the running
surface is z = 0. Angles are degrees, times are seconds of real time. Sides are the runner's own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Side = Literal["left", "right"]
ViewName = Literal["side", "rear", "front", "oblique"]
Spec = TypeVar("Spec", bound="DataclassInstance")

SIDES: tuple[Side, Side] = ("left", "right")
SUFFIX: dict[Side, str] = {"left": "_l", "right": "_r"}
LATERAL: dict[Side, float] = {"left": 1.0, "right": -1.0}  # sign of Y

FORMAT = 4  # increase when the same spec would render or measure differently: cached clips are then remade


@dataclass(frozen=True)
class Form:
    """The dials of the movement. Truth is read back from the posed skeleton, not from here."""

    activity: Literal["running", "walking", "standing"] = "running"
    cadence_spm: float = 178.0  # steps per minute, both feet
    speed_m_s: float = 3.0
    duty: float = 0.34  # contact time / stride time
    overstride_m: float = 0.16  # ankle ahead of mid-hip at initial contact
    contact_knee_deg: float = 16.0  # sagittal knee flexion at initial contact
    strike_pitch_deg: float = 8.0  # sole at contact, + = heel first, - = forefoot first
    toe_off_pitch_deg: float = -52.0
    swing_knee_deg: float = 98.0  # peak flexion
    swing_thigh_deg: float = 40.0  # peak angle from the vertical
    bounce_m: float = 0.075  # mid-hip, peak to trough
    step_width_m: float = 0.05
    standing_reach: float = 0.9965  # standing: hip to ankle, share of leg length; this much flexes the knees by 10°
    lean_deg: float = 7.0  # stride mean from mid-hip, + = forward
    lean_point: Literal["shoulder", "neck"] = "shoulder"  # upper end of the lean dial: shoulder joints, or C7
    lean_swing_deg: float = 1.5  # amplitude at step frequency
    side_lean_deg: float = 0.0  # amplitude, toward the stance side
    pelvic_tilt_deg: float = 8.0  # anterior
    pelvic_rotation_deg: float = 6.0  # amplitude about the vertical
    pelvic_drop_deg: float = 3.0  # amplitude, swing side low at midstance
    thorax_rotation_deg: float = 9.0
    hunch_deg: float = 0.0  # extra thoracic flexion over the two upper spine bones
    protraction_deg: float = 0.0  # collar bones turned forward
    shrug_deg: float = 0.0  # collar bones turned up
    head_forward_deg: float = 0.0  # neck pitched forward of the thorax
    head_pitch_deg: float = 4.0  # head relative to the world, + = looking down
    arm_mean_deg: float = -12.0  # upper arm relative to the thorax, + = flexion
    arm_swing_deg: float = 30.0
    elbow_deg: float = 92.0
    elbow_swing_deg: float = 14.0
    arm_abduction_deg: float = 14.0
    arm_inward_deg: float = 22.0  # inward turn of the forearm
    contact_asymmetry: float = 0.0  # left contact longer by this fraction than right
    step_asymmetry: float = 0.0  # left-to-right step longer by this fraction than right-to-left
    overstride_asymmetry_m: float = 0.0  # left minus right
    jitter: float = 0.0  # SD of step time, fraction (0 = perfectly periodic)
    placement_noise_m: float = 0.0  # step-to-step SD of where the foot lands
    lean_noise_deg: float = 0.0  # SD from step to step
    arm_noise: float = 0.0  # step-to-step SD of the arm swing, fraction
    cadence_drift: float = 0.0  # change from the clip's start to its end, fraction
    lean_drift_deg: float = 0.0  # likewise
    overstride_drift_m: float = 0.0
    hunch_drift_deg: float = 0.0
    head_pitch_drift_deg: float = 0.0
    bounce_drift_m: float = 0.0
    seed: int = 0

    @property
    def right_phase(self) -> float:
        """Strides from left to right contact."""
        return 0.5 + self.step_asymmetry / 4


Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Outfit:
    """What the person wears. Colours are linear RGB 0…1."""

    skin: Colour = (0.62, 0.40, 0.29)
    shirt: Colour = (0.10, 0.22, 0.52)
    shorts: Colour = (0.035, 0.035, 0.045)
    shoe: Colour = (0.75, 0.12, 0.07)
    hair: Colour = (0.035, 0.022, 0.014)
    top: Literal["short", "long", "pushed", "singlet", "crop", "jacket", "none"] = (
        "short"  # pushed: sleeves pushed up to the elbow
    )
    bottom: Literal["shorts", "half_tights", "tights", "skirt"] = "shorts"
    fit: Literal["normal", "tight", "loose"] = "normal"  # of the top; loose cloth also flaps, a loose jacket billows
    hood: Literal["none", "down", "up"] = "none"
    socks: Literal["ankle", "long"] = "ankle"
    sock: Colour = (0.80, 0.80, 0.80)


OUTFITS = {
    "day": Outfit(),
    "coach": Outfit(
        skin=(0.34, 0.19, 0.12),
        shirt=(0.70, 0.62, 0.10),
        shorts=(0.07, 0.08, 0.12),
        shoe=(0.10, 0.42, 0.60),
        hair=(0.012, 0.010, 0.009),
    ),
    "grey": Outfit(
        skin=(0.70, 0.47, 0.36),
        shirt=(0.45, 0.45, 0.46),
        shorts=(0.05, 0.10, 0.22),
        shoe=(0.70, 0.70, 0.68),
        hair=(0.15, 0.085, 0.035),
    ),
    "red": Outfit(
        skin=(0.52, 0.31, 0.21),
        shirt=(0.55, 0.06, 0.08),
        shorts=(0.05, 0.05, 0.06),
        shoe=(0.08, 0.09, 0.10),
        hair=(0.02, 0.014, 0.01),
    ),
}


@dataclass(frozen=True)
class Camera:
    """Where the camera stands and how it moves; None takes the view's usual value.

    yaw_deg   how far it stands off the view's ideal line: side view + = toward the runner's front,
              rear and front view + = toward the runner's left
    roll_deg  of the camera, + = clockwise for the one who films (the picture then tips anticlockwise)
    """

    view: ViewName = "side"
    facing: Literal["left", "right"] = "left"  # the way the runner goes in the image, side view only
    yaw_deg: float = 0.0
    roll_deg: float = 0.0
    distance_m: float | None = None
    height_m: float | None = None  # of the lens above the running surface
    aim_height_m: float | None = None  # height above the running surface that appears in mid-image
    fov_deg: float | None = None  # vertical field of view
    shake_deg: float = 0.0  # SD of a hand's wander in each direction
    moves: Literal["still", "alongside", "pans"] = "still"  # how it follows a runner who covers ground


@dataclass(frozen=True)
class Setting:
    """The surroundings. ``treadmill`` says whether the runner is on one, or covers ground."""

    place: Literal["gym", "plain", "busy_gym", "mirrors", "park", "track"] = "gym"  # mirrors: a wall of them behind
    treadmill: bool = True
    light: Literal["even", "bright", "hard", "dim", "backlit"] = "even"  # hard: a low sun and little else
    hidden_by: Literal["nothing", "handrail", "console", "post"] = "nothing"  # between camera and runner


@dataclass(frozen=True)
class Company:
    """A second person, beyond the runner unless ``in_front``; running: on a treadmill like the runner, or alongside."""

    doing: Literal["nothing", "standing", "passing", "running"] = "nothing"  # nothing: there is nobody
    body: str = "male"
    outfit: Outfit = OUTFITS["grey"]
    away_m: float = 1.5  # to the side of the runner
    ahead_m: float = -0.6  # standing and running: position along the runner's direction
    in_front: bool = False


@dataclass(frozen=True)
class Recording:
    """How the frames are taken and written."""

    width_px: int = 1280
    height_px: int = 720
    fps: float = 60.0  # rate at which frames are taken
    file_fps: float | None = None  # rate at which they are written, if slower: slow motion
    says_capture_fps: bool = False  # the file states its capture rate, as phones write it
    uneven: float = 0.0  # SD of the frame times, share of the interval
    seconds: float = 6.0  # real time
    start_s: float = 0.13  # into the stride, so that no contact falls on frame 0
    blur_samples: int = 1  # sub-frames averaged over the shutter; 1 = infinitely short
    shutter: float = 0.5  # exposure / frame interval
    grain: float = 2.0  # SD of sensor noise, 8-bit levels
    crf: int = 18
    preset: str = "veryfast"

    @property
    def slow_motion_factor(self) -> float:
        """File time / real time."""
        return self.fps / (self.file_fps or self.fps)


@dataclass(frozen=True)
class ClipSpec:
    """One clip: everything that decides its pixels and its truth."""

    name: str
    form: Form = field(default_factory=Form)
    body: str = "male"
    outfit: Outfit = field(default_factory=Outfit)
    setting: Setting = field(default_factory=Setting)
    camera: Camera = field(default_factory=Camera)
    recording: Recording = field(default_factory=Recording)
    company: Company = field(default_factory=Company)

    @property
    def digest(self) -> str:
        """Changes with anything that can be seen or measured, but not with the name or a subclass's flags."""
        content = _departures(self, [f.name for f in fields(ClipSpec) if f.name != "name"])
        text = json.dumps({**content, "format": FORMAT}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def frames(self) -> int:
        return round(self.recording.seconds * self.recording.fps)


def _departures(value: DataclassInstance, names: Iterable[str]) -> dict[str, Any]:
    """What is not at its default: a new field changes no digest until it is used."""
    defaults = {f.name: f.default for f in fields(value)}
    found: dict[str, Any] = {}
    for name in names:
        own = getattr(value, name)
        if is_dataclass(own) and not isinstance(own, type):
            found[name] = _departures(own, [f.name for f in fields(own)])
        elif own != defaults[name]:
            found[name] = _shortened(own)
    return {name: own for name, own in found.items() if own != {}}


def _shortened(value: Any) -> Any:
    """Without the last digits, in which processors differ: the same runner has the same digest on all of them."""
    if isinstance(value, (list, tuple)):
        return [_shortened(one) for one in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def changed(value: Spec, **by_path: Any) -> Spec:
    """Copy of a spec with dotted fields replaced: changed(clip, **{"form.lean_deg": 12})."""
    for path, new in by_path.items():
        head, _, rest = path.partition(".")
        if head not in {f.name for f in fields(value)}:
            raise ValueError(f"{type(value).__name__} has no field {head!r}")
        value = replace(value, **{head: changed(getattr(value, head), **{rest: new}) if rest else new})
    return value


def parsed(value: Any, path: str, text: str) -> Any:
    """The value that a command-line text stands for; text stays text where the field at ``path`` now holds text."""
    for name in path.split("."):
        if not is_dataclass(value) or name not in {f.name for f in fields(value)}:
            raise ValueError(f"no setting {path!r}")
        value = getattr(value, name)
    if isinstance(value, str):
        return text
    try:
        return json.loads(text.lower())
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: {text!r} is not a number, a list or true/false") from error
