"""What things are called and how numbers are written wherever the runner reads: terminal, video, plan and pages.

What is said about a fault, a reason or a cause is kept with it in ``knowledge``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .settings import part_of

if TYPE_CHECKING:
    from .datatypes import Comparison, Level, Measurement

LEVELS: tuple[Level, ...] = ("fault", "watch", "borderline", "ok", "not_measured")  # strongest first
LEVEL_NAMES: dict[Level, str] = {
    "fault": "Stands out",
    "watch": "Worth watching",
    "borderline": "Too close to call",
    "ok": "Looks fine",
    "not_measured": "Not measured",
}
LEVEL_STATES: dict[Level, str] = {"ok": "fine", "watch": "worth watching", "fault": "standing out"}  # after "is"
WORTH_ACTING_ON: tuple[Level, ...] = ("fault", "watch")
LEVEL_DEG = 3.5  # about as well as it is known how steeply a camera looks up
WORTH_IT = 0.5  # likelihood of being worth watching from which a finding too close to call is to be worked on
ACTIVITIES = {"running": "Running", "walking": "Walking", "other": "Moving (not clearly running or walking)"}
SURFACES = {"treadmill": " on a treadmill", "overground": " over ground", "unknown": ""}
VIEWS = {
    "side": "seen from the side",
    "rear": "seen from behind",
    "front": "seen from the front",
    "oblique": "seen at an angle",
    "none": "from an unclear direction",
}
BAND_NAMES: dict[Level, str] = {"ok": "usual", "borderline": "fine or watch", "watch": "watch", "fault": "stands out"}
REPAIR_NAMES = {  # for ``counted``
    "leg_swap_frames": "frame{s} with left and right legs swapped back",
    "outlier_points": "stray point{s} removed",
    "bridged_points": "point{s} bridged over short gaps",
    "dropped_points": "doubtful point{s} dropped",
    "jumps": "cut{s} or jump{s} to another person",
}
SIGNS = "°%"  # of units that are written with no space after the number
DECIMALS = {"ms": 0, "m": 2, "m/s": 2}  # by unit; every other unit is shown with one
SETTINGS = (
    "height_cm",
    "speed_kmh",
    "model",
    "view",
    "person",
    "slowmo",
    "capture_fps",
    "start",
    "end",
    "standing",
    "unit",
    "full",
    "fatigue",
    "workers",
    "embed_video",
    "no_video",
    "pdf",
    "export",
    "keypoints",
    "fps",
    "athlete",
    "clip",
    "replace",
    "symptoms",
    "add",
)
ASIDE = re.compile(r" \([^)]*\)")
SETTING = re.compile(rf"`(?P<name>{'|'.join(SETTINGS)})(?:=(?P<value>[^`]*))?`")
SURENESS = ((0.99, "Almost certain"), (0.975, "Very sure"), (0.0, "Quite sure"))  # from this likelihood up


def titled(name: str, settings: Mapping[str, Any]) -> str:
    """What a clip is called: its name, with the seconds and the person of the film that the settings ask for."""
    part = ", ".join(_part(**part_of(settings)))
    return f"{name} ({part})" if part else name


def _part(person: float | None, start: float, end: float | None) -> Iterator[str]:
    if start or end is not None:
        yield f"{start:g} s to {'the end' if end is None else f'{end:g} s'}"
    if person is not None:
        yield f"person {person:g}"


def doing(activity: str, surface: str) -> str:
    """What somebody is doing and where; not where, if it is neither running nor walking."""
    return ACTIVITIES[activity] + (SURFACES[surface] if activity != "other" else "")


def is_work(level: Level, likely: float) -> bool:
    """Whether a finding is to be worked on: one too close to call only if at least as likely as not worth watching."""
    return level in WORTH_ACTING_ON or (level == "borderline" and likely >= WORTH_IT)


def number(value: float, unit: str) -> str:
    """A measured value without its unit, with as many decimals as make sense."""
    decimals = DECIMALS.get(unit, 1)
    return f"{round(value, decimals) + 0.0:.{decimals}f}"  # + 0.0: never "-0.0"


def span(begin_s: float, end_s: float) -> str:
    """A part of a clip: "2.0 to 6.6 s"."""
    return f"{number(begin_s, 's')} to {number(end_s, 's')} s"


def signed(value: float, unit: str) -> str:
    """A change with its sign, as ``number`` writes it."""
    text = number(value, unit)
    return text if text.startswith("-") or not float(text) else f"+{text}"


def with_unit(text: str, unit: str) -> str:
    """A number and its unit as they are printed: 12.3°, 25% of leg length, 170 steps/min."""
    return f"{text}{unit}" if unit[:1] in ("", *SIGNS) else f"{text} {unit}"


def amount(value: float, unit: str) -> str:
    """A measured value as ``number`` writes it, with its unit."""
    return with_unit(number(value, unit), unit)


def interval_of(m: Measurement | Comparison) -> str:
    """The ends of its 95 % interval, without the unit."""
    return f"{number(m.low, m.unit)} to {number(m.high, m.unit)}"


def give_or_take(
    m: Measurement | Comparison, unit: str = "", written: Callable[[float, str], str] = number
) -> str:  # fmt: skip
    """A value with its 95 % interval, and a unit if given: with ± where its halves look the same, else both ends.

    written: how the value is, ``number`` or ``signed``
    """
    below, above = (number(half, m.unit) for half in (m.value - m.low, m.high - m.value))
    value = written(m.value, m.unit)
    if below == above:
        return with_unit(f"{value} ± {above}", unit)
    return f"{with_unit(value, unit)} ({interval_of(m)})"


def counted(count: int, what: str) -> str:
    """So many of what is written with {s} where the plural has an s: 1 step, 2 steps."""
    return f"{count} {what.format(s='' if count == 1 else 's')}"


def capital(text: str) -> str:
    """With a capital letter first."""
    return f"{text[:1].upper()}{text[1:]}"


def small(text: str) -> str:
    """With a small letter first."""
    return f"{text[:1].lower()}{text[1:]}"


def sentence(clause: str) -> str:
    """A clause as a sentence."""
    return f"{capital(clause)}{'' if clause.endswith('.') else '.'}"


def sureness(likely: float) -> str:
    """How sure a finding worth acting on is, rounded down."""
    words = next(words for least, words in SURENESS if likely >= least)
    return f"{words} ({min(int(100 * likely), 99)} in 100)"


def listed(parts: Sequence[str], most: int | None = None) -> str:
    """Several as one: a, b and c; beyond as many as are named at most, how many more there are."""
    more = [] if most is None or len(parts) <= most else [f"{len(parts) - most} more"]
    named = [*parts[:most], *more]
    return " and ".join([", ".join(named[:-1])] * (len(named) > 1) + named[-1:])


def short(label: str) -> str:
    """A label without the technical name beside it."""
    return ASIDE.sub("", label)


def named(measure: str, finding: str) -> str:
    """What introduces a number under a finding: what was measured, unless it is called the same."""
    return "" if short(measure) == short(finding) else f"{measure}: "


def pace(factor: float) -> str:
    """A slow-motion factor (file time over real time) in words."""
    if 0.95 < factor < 1.05:
        return "at real speed"
    return f"slowed down {factor:.3g}x" if factor >= 1 else f"sped up {1 / factor:.3g}x"


def speed_given(kmh: float, fits: bool) -> str:
    """The treadmill's speed as the user gave it; where it does not fit the steps seen, it is not known."""
    return f"{kmh:g} km/h" if fits else f"not known (the {kmh:g} km/h given do not fit the steps)"


def looks_up(elevation_deg: float) -> str:
    """How steeply a camera looks up at the runner, negative when down."""
    if abs(elevation_deg) < LEVEL_DEG:
        return "level with the runner"
    return f"looks {'up' if elevation_deg > 0 else 'down'} at the runner by about {abs(elevation_deg):.0f}°"


def spoken(text: str, say: Callable[[str, str | None], str]) -> str:
    """A text with its settings, written as in Python (`slowmo=4`), put the way their user gives them."""
    return SETTING.sub(lambda found: say(found["name"], found["value"]), text)


def plainly(text: str) -> str:
    """A text with its settings as command-line flags, as long as what they replace: what a reader can type."""
    return spoken(text, lambda name, value: f"--{name.replace('_', '-')}{f' {value}' if value else ''}")
