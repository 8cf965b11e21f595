"""What may be set for an analysis, and within which bounds; light, so that the command line can list it at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BOUNDS = {  # of numbers, both ends included
    "height_cm": (80.0, 250.0),
    "speed_kmh": (2.0, 45.0),
    "slowmo": (0.05, 200.0),
    "capture_fps": (1.0, 10_000.0),
    "fps": (1.0, 10_000.0),
}
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
FILM, PAGE, PDF = "annotated.mp4", "report.html", "report.pdf"
OUTPUTS = (FILM, "stills", PAGE, PDF, *EXPORTED, "steps.csv", "frames.csv", "report.json")  # the last vouches for them


def own_limits_of(settings: Mapping[str, Any]) -> str | None:
    """What tells the limits of the user's own that a report was judged by from others; None for the built-in ones."""
    said = settings.get("own_limits")
    return str(said) if said else None


def part_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """PART as a report's settings name it; reports of older versions are about whole films."""
    return dict.fromkeys(PART) | {"start": 0.0} | {name: settings[name] for name in PART if name in settings}
