"""The history as plain values, as history.schema.json describes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from .. import __version__
from ..datatypes import Measurement
from ..knowledge.judged import judged_by
from ..outgoing import readable
from ..report.values import finite
from ..settings import own_limits_of
from .feeding import halted
from .luck import together_of
from .people import Athlete
from .records import ANSWERED, NUMBERS, ClipRecord, Entry
from .series import Alike, Series, alike, by_limits, differs

SCHEMA = "formcheck-history/1"
CLIP = ("session", "note", "shoes", "speed_kmh", "view", "facing", "activity", "surface", "model", "verdict")


def to_json(rows: Iterable[tuple[Athlete, Sequence[ClipRecord], Sequence[Entry]]]) -> dict[str, Any]:
    """The athletes given, with clips, diary, changes, and what went with the soreness."""
    told = [_athlete(*row) for row in rows]
    return {"schema": SCHEMA, "formcheck": __version__, "own_limits": judged_by(), "athletes": told}


def _athlete(athlete: Athlete, clips: Sequence[ClipRecord], diary: Sequence[Entry]) -> dict[str, Any]:
    groups, sign = alike(clips), halted(diary)
    return {
        "name": athlete.name,
        "also": list(athlete.also),
        "stopped": sign.to_json() if sign is not None else None,
        "clips": [clip_json(clip) for clip in clips],
        "limits": by_limits(clips),
        "diary": [entry_json(entry) for entry in diary],
        "alike": [_alike(group) for group in groups],
        "with_soreness": [asdict(row) for row in (together_of(groups[0], diary) if groups else ())],
    }


def clip_json(clip: ClipRecord) -> dict[str, Any]:
    return {
        "filmed": clip.filmed.isoformat(timespec="seconds"),
        **{key: getattr(clip, key) for key in CLIP},
        "video": str(clip.video),
        **clip.part,
        "own_limits": own_limits_of(clip.filming["settings"]),
        "folder": readable(str(clip.folder)),
        "findings": [asdict(found) for found in clip.findings],
        "measurements": {name: _measurement(m) for name, m in sorted(clip.measurements.items())},
    }


def _measurement(m: Measurement) -> dict[str, Any]:
    numbers = {key: finite(getattr(m, key)) for key in NUMBERS}
    return {"label": m.label, "unit": m.unit, **numbers, "n": m.n, "reason": m.missing}


def entry_json(entry: Entry) -> dict[str, Any]:
    days = {"day": entry.day.isoformat(), "cleared": entry.cleared.isoformat() if entry.cleared else None}
    return asdict(entry) | days | {name: list(getattr(entry, name)) for name in ANSWERED}


def _alike(group: Alike) -> dict[str, Any]:
    series = group.series()
    return {
        "view": group.view,
        "model": group.model,
        "moment": group.moment,
        "clips": len(group.clips),
        "differs": list(differs(series)),
        "changes": {row.metric: _change(row) for row in series},
    }


def _change(row: Series) -> dict[str, Any]:
    change = row.change
    numbers = {key: finite(getattr(change, key)) for key in ("value", "low", "high", "before", "after")}
    return {
        "label": row.label,
        "unit": row.unit,
        **numbers,
        "detectable": finite(row.detectable),
        "real": row.real,
        "way": row.way,
        "reason": change.missing,
    }
