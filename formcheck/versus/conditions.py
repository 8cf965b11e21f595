"""How two clips were filmed and read, and how that differs: a change of camera or speed is not a change of form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

from ..datatypes import Measurement
from ..incoming import folded
from ..knowledge import condition_texts
from ..settings import KMH_PER_M_S, part_of
from ..words import ACTIVITIES, SURFACES, VIEWS, give_or_take, listed, looks_up, number, pace, speed_given

Content = Mapping[str, Any]  # of report.json

YAW_APART_DEG = 5.0  # between two cameras: about twice the error with which the angle is read
ELEVATION_APART_DEG = 10.0  # likewise
ROLL_APART_DEG = 1.5  # likewise
SAME_SPEED = 0.03  # as a share: two belts at the same setting differ by as much (Willwacher 2021)
SAME_PACE = 0.05  # of slow-motion factors, as a share
FRAME_RATES_APART = 1.4  # ratio: 50 against 60 frames a second is no difference, 30 against 60 is


@dataclass(frozen=True)
class Condition:
    """One aspect of the filming or the analysis: how it was in each clip, in words, and what a difference means.

    - ``key``: its name, as in compare.schema.json
    - ``means``: "" where nothing differs
    """

    key: str
    label: str
    before: str
    after: str
    differs: bool
    means: str = ""


@dataclass(frozen=True)
class _Row:
    """For a condition: its value in a report, None where not known; that in words; whether two values differ."""

    key: str
    value: Callable[[Content], Any]
    words: Callable[[Any], str] = str
    apart: Callable[[Any, Any], bool] = lambda a, b: bool(a != b)


def _facing(content: Content) -> str | None:
    facing = content["view"]["facing"]
    return facing if facing in ("left", "right") else None


def _frame_rate(content: Content) -> float | None:
    """Frames per second of real time."""
    fps = content["video"]["fps"]
    return None if fps is None else float(fps) * float(content["video"]["slow_motion_factor"])


def _speed(content: Content) -> tuple[float, str] | None:
    """(km/h, that in words): as the treadmill was set, else as read from the feet, with its interval.

    NaN where the speed given does not fit the steps seen.
    """
    told, read = content["settings"]["speed_kmh"], content["measurements"].get("speed_m_s", {})
    if told is not None:
        fits = read.get("reason") != "speed_contradicted"
        return told if fits else nan, speed_given(told, fits)
    if read.get("value") is None:
        return None
    value, low, high = (KMH_PER_M_S * float(read[key]) for key in ("value", "low", "high"))
    return value, give_or_take(Measurement("speed_kmh", "Speed", "km/h", value, low, high), "km/h")


def _speeds_apart(before: tuple[float, str], after: tuple[float, str]) -> bool:
    return abs(after[0] / before[0] - 1) > SAME_SPEED


def _person(content: Content) -> tuple[Any, frozenset[int]] | None:
    """(the film and the part of it, in which people are numbered; the numbers of who was analysed) where there were
    several."""
    person, part = content.get("person"), part_of(content["settings"])  # the history keeps no person
    if not person or person["of"] < 2:
        return None
    return (content["video"]["path"], part["start"], part["end"]), frozenset(person["numbers"])


ROWS = (
    _Row(
        "person", _person, lambda who: f"person {listed([str(number) for number in sorted(who[1])])}",
        lambda a, b: a[0] == b[0] and a[1].isdisjoint(b[1]),
    ),
    _Row("model", lambda c: c["model"]),
    _Row("formcheck", lambda c: c.get("formcheck"), lambda version: f"formcheck {version}"),
    _Row("activity", lambda c: c["activity"], lambda a: ACTIVITIES[a].lower()),
    _Row("view", lambda c: c["view"]["name"], lambda v: VIEWS[v].removeprefix("seen ")),
    _Row("facing", _facing, lambda way: f"runs to the {way}"),
    _Row(
        "yaw", lambda c: c["view"]["yaw_deg"], lambda yaw: f"{number(yaw, '°')}° off",
        lambda a, b: abs(a - b) > YAW_APART_DEG,
    ),
    _Row(
        "elevation", lambda c: c["view"].get("elevation_deg"), looks_up,  # reports of older versions lack it
        lambda a, b: abs(a - b) > ELEVATION_APART_DEG,
    ),
    _Row(
        "roll", lambda c: c["view"]["roll_deg"] or None, lambda roll: f"tilted {number(roll, '°')}°",
        lambda a, b: abs(a - b) > ROLL_APART_DEG,
    ),
    _Row("camera_stays", lambda c: c["view"]["camera_stays"], lambda stays: "stands still" if stays else "may move"),
    _Row("surface", lambda c: None if c["surface"] == "unknown" else c["surface"], lambda s: SURFACES[s].strip()),
    _Row("shoes", lambda c: c["settings"]["shoes"], apart=lambda a, b: folded(a) != folded(b)),
    _Row("speed", _speed, lambda speed: str(speed[1]), _speeds_apart),
    _Row("height", lambda c: c["settings"]["height_cm"], lambda cm: f"{cm:g} cm"),
    _Row(
        "slow_motion", lambda c: c["video"]["slow_motion_factor"], pace,
        lambda a, b: abs(a / b - 1) > SAME_PACE,
    ),
    _Row(
        "frame_rate", _frame_rate, lambda fps: f"{fps:.0f} frames/s",
        lambda a, b: max(a / b, b / a) > FRAME_RATES_APART,
    ),
)  # fmt: skip
UNKNOWN = "not known"


def conditions(before: Content, after: Content) -> tuple[Condition, ...]:
    """All that is known about how either clip was filmed, what differs first."""
    rows = [row for row in _rows(before, after) if UNKNOWN not in (row.before, row.after) or row.before != row.after]
    return tuple(sorted(rows, key=lambda row: not row.differs))


def _rows(before: Content, after: Content) -> Iterator[Condition]:
    texts = condition_texts()
    for row in ROWS:
        values = [row.value(before), row.value(after)]
        known = all(map(_known, values))
        differs = known and row.apart(*values)
        then, now = (row.words(value) if _known(value) else UNKNOWN for value in values)
        yield Condition(row.key, texts[row.key].label, then, now, differs, texts[row.key].means if differs else "")


def _known(value: Any) -> bool:
    return value is not None and (not isinstance(value, float) or isfinite(value))


def differing(rows: tuple[Condition, ...]) -> set[str]:
    """Keys of what differs."""
    return {row.key for row in rows if row.differs}
