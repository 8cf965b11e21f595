"""What may be set for an analysis, and within which bounds; light, so that the command line can list it at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Measure:
    """What a setting is measured in, an example, how many decimals make sense, and what other units are in that one.

    bare: those that a number without a unit may be in where it is impossible in the right one
    """

    unit: str
    example: str
    decimals: int
    others: Mapping[str, float]
    bare: tuple[str, ...] = ()


BOUNDS = {  # of numbers, both ends included
    "height_cm": (80.0, 250.0),
    "speed_kmh": (2.0, 45.0),
    "slowmo": (0.05, 200.0),
    "capture_fps": (1.0, 10_000.0),
    "fps": (1.0, 10_000.0),
}
FOOT, INCH, MILE = 30.48, 2.54, 1.609344  # cm, cm, km
KMH_PER_M_S = 3.6
MEASURED_IN = {
    "height_cm": Measure(
        "cm", "178 (5 ft 10 in)", 0,
        {"cm": 1.0, "m": 100.0, **dict.fromkeys(("'", "’", "′", "ft", "foot", "feet"), FOOT),
         **dict.fromkeys(('"', "”", "″", "''", "in", "inch", "inches"), INCH)},
        ("m", "in"),
    ),
    "speed_kmh": Measure(
        "km/h", "12.1 (7.5 mph)", 1,
        {**dict.fromkeys(("km/h", "kmh", "kph", "kmph"), 1.0), **dict.fromkeys(("mph", "mi/h"), MILE),
         "m/s": KMH_PER_M_S},
    ),
}  # fmt: skip
LONGEST_AMOUNT = 30  # characters that are looked at
AMOUNT = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*([^\d\s.,]*)")  # a number and its unit, of which there may be several
MOST_WORKERS = 256
VIEWS = ("auto", "side", "rear", "front")
MOST_LETTERS = 300  # of the name of an athlete, a session or a shoe
LONGEST_NOTE = 2000  # characters
COMPARISON = ("compare.mp4", "compare.html", "compare.json")  # of formcheck compare; the last says which clips
ANSWERS = "answers.json"  # of formcheck triage; beside a report, a plan from it goes by them
PLAN_FILES = ("plan.html", "plan.md", "plan.ics", "plan.json")  # of formcheck plan; the last vouches for them
ABOUT = ("athlete", "session", "note", "shoes", "date")  # what may be said about a clip without changing any number
PART = ("person", "start", "end")  # of a film: what a report may be about
EXPORTS = {  # by the name that asks for it: the files it writes
    "csv": ("angles.csv", "columns.csv"),
    "xlsx": ("data.xlsx",),
    "parquet": ("angles.parquet", "steps.parquet", "frames.parquet"),
    "trc": ("markers.trc",),
    "mot": ("angles.mot",),
    "openpose": ("openpose.zip",),
    "npz": ("keypoints.npz",),
}
EXPORTED = tuple(file for files in EXPORTS.values() for file in files)
FILMS = frozenset(  # how names of videos end
    ".3gp .asf .avi .flv .m2ts .m4v .mkv .mov .mp4 .mpeg .mpg .mts .mxf .ogv .webm .wmv".split()  # noqa: SIM905
)
FILM, PAGE, PDF, REPORT = "annotated.mp4", "report.html", "report.pdf", "report.json"
OUTPUTS = (FILM, "stills", PAGE, PDF, *EXPORTED, "steps.csv", "frames.csv", REPORT)  # the last vouches for them
# Of a batch; the last says which clips.
TABLES = ("index.html", "athletes.csv", "athletes.xlsx", "athletes.parquet", "steps.parquet", "batch.json")
OURS = frozenset({*OUTPUTS, *TABLES, *COMPARISON, *PLAN_FILES, ANSWERS})  # no clip's folder is called so


def own_limits_of(settings: Mapping[str, Any]) -> str | None:
    """What tells the limits of the user's own that a report was judged by from others; None for the built-in ones."""
    said = settings.get("own_limits")
    return str(said) if said else None


def part_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """PART as a report's settings name it; reports of older versions are about whole films."""
    return dict.fromkeys(PART) | {"start": 0.0} | {name: settings[name] for name in PART if name in settings}


def to_write(name: str, text: str) -> str:
    """What to write instead of a value that was not understood, as a clause; "" for a setting that has no unit."""
    if (measure := MEASURED_IN.get(name)) is None:
        return ""
    (least, most), text = BOUNDS[name], " ".join(text[:LONGEST_AMOUNT].split())
    for said in (text, *(f"{text} {unit}" for unit in measure.bare)):
        value = _converted(said, measure.others)
        if value is not None and least <= value <= most:
            number = f"{value:.{measure.decimals}f}"
            return f"{said} is {number} {measure.unit}: write {number}"
    return f"write it in {measure.unit}, as {measure.example}"


def _converted(said: str, units: Mapping[str, float]) -> float | None:
    """Numbers with their units, as in 5 ft 10 in, put together; None where nothing of the kind was said."""
    amounts, total, before = AMOUNT.findall(said.lower()), 0.0, 0.0
    if AMOUNT.sub("", said).strip(" ."):
        return None
    for number, word in amounts:
        one = units.get(word) if word else INCH if before == FOOT else None  # 5'10
        if one is None:
            return None
        total, before = total + float(number.replace(",", ".")) * one, one
    return total
