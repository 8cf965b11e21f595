"""An athlete over months as a page: the plan, each measure plotted below the soreness, the clips, and the diary."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import dropwhile
from math import inf
from pathlib import Path
from typing import Any
from unicodedata import category

from markupsafe import Markup

from ..annotate import STILLS
from ..datatypes import UnreadableInputError
from ..incoming import document, folded, inside, is_there
from ..knowledge import diary_words, reason
from ..knowledge import guidance as rows
from ..page import svg
from ..page.frame import document as page
from ..page.frame import is_page, link_to
from ..settings import FILM, PAGE
from ..video import compact
from ..words import amount, capital, counted, give_or_take, interval_of, listed, short, signed, with_unit
from .feeding import halted
from .luck import said
from .people import Athlete, mark
from .records import ANSWERED, ClipRecord, Entry, worst_by_day
from .series import Alike, Series, alike, by_limits, differs, not_running, over, with_results

PLAN = "plan.json"
TEMPLATE = "athlete.html"
MOST_PICTURES = 24  # of the latest clips
LONGEST = 40  # letters of a name in that of a file: 160 bytes at most


def file_name(athlete: Athlete) -> str:
    """The page's file name: readable, safe on every system, the same for every spelling of the athlete's name.

    Only letters, digits and hyphens are kept; a mark tells names apart that would be called alike by these.
    """
    name = folded(athlete.name)
    kept = "".join(letter if letter == "-" or category(letter)[0] in "LMN" else " " for letter in name)
    called = "_".join(kept.split())[:LONGEST]
    apart = "" if called.replace("_", " ") == name else mark(athlete)[:6]
    return f"{'-'.join(filter(None, ('athlete', called, apart)))}.html"


def athlete_html(
    athlete: Athlete, clips: Sequence[ClipRecord], diary: Sequence[Entry], folder: Path, today: date
) -> str:
    """The page, to be written to a file in folder."""
    groups, sign = alike(clips), halted(diary)
    there = {clip.id: clip for clip in with_results(clips)}
    return page(
        TEMPLATE, athlete.name, name=athlete.name, seen=_seen(clips, diary), stopped=sign and sign.said,
        words=diary_words(), limits=by_limits(clips), plan=_plan(there.values(), clips, today),
        groups=[_group(group, diary) for group in groups], not_running=not_running(clips),
        luck=said(groups[0], diary) if groups and diary else (), entries=[_entry(e) for e in reversed(diary)],
        cards=[_card(clip, folder, clip.id in there, i < MOST_PICTURES) for i, clip in enumerate(reversed(clips))],
    )  # fmt: skip


def holds_athlete(file: Path) -> bool:
    """Whether a file is such a page, of whomever."""
    return is_page(file, TEMPLATE)


def _seen(clips: Sequence[ClipRecord], diary: Sequence[Entry]) -> str:
    days = sorted([*(clip.filmed.date() for clip in clips), *(entry.day for entry in diary)])
    span = f", from {days[0]} to {days[-1]}" if days else ""
    return f"{counted(len(clips), 'clip{s}')}, {len(diary)} in the diary{span}"


def _group(group: Alike, diary: Sequence[Entry]) -> dict[str, Any]:
    series, words = group.series(), diary_words()
    count = counted(len(group.clips), "clip{s}")
    apart = differs(series)
    return {
        "title": capital(group.said), "lead": count,
        "changes": [_change(row) for row in series if row.real],
        "nothing": words.nothing_real if series else words.one_clip,
        "charts": [_chart(row, diary) for row in series if row.limits is not None],
        "more": [_chart(row, diary) for row in series if row.limits is None],
        "differs": words.differs.format(what=listed(apart)) if apart else "",
    }  # fmt: skip


def _change(row: Series) -> str:
    before, after = (give_or_take(m, row.unit) for m in row.judged.measured)
    return f"{short(row.label)} went from {before} to {after}: {row.says}."


def _chart(row: Series, diary: Sequence[Entry]) -> dict[str, Any]:
    """A measure over the days with its intervals, what is usual, and what is not a real change."""
    points = [
        svg.Dated(
            clip.filmed.date(), m.value, (m.low, m.high),
            f"{clip.filmed.date()}: {amount(m.value, m.unit)} ({interval_of(m)})", f"#clip-{clip.id}",
        )
        for clip, m in row.points
    ]  # fmt: skip
    band = None
    if row.limits is not None:
        low, high = row.limits.ok
        band = svg.UsualRange(low, high, shown=tuple(end for end in (low, high) if abs(end) < inf))
    first = row.points[0][1].value
    reach = None if row.change.missing else (first - row.detectable, first + row.detectable)
    words = f"{row.label}: {'; '.join(point.words for point in points)}"
    drawing = svg.months(points, worst_by_day(diary), row.unit, band, reach, words)
    return {"label": short(row.label), "note": _note(row), "drawing": drawing}


def _note(row: Series) -> str:
    if row.change.missing is not None:
        return _came(row)
    change = with_unit(signed(row.change.value, row.unit), row.unit)
    return f"{change} since the first: {row.says} (real from {amount(row.detectable, row.unit)})"


def _came(row: Series) -> str:
    """What its change amounts to, or why it is not given."""
    missing = row.change.missing
    return row.says if missing is None else f"{row.says}: {reason(missing).because}"


def _entry(entry: Entry) -> dict[str, Any]:
    questions = rows.triage().questions
    told = {name: "; ".join(questions[name].answers.get(key, key) for key in getattr(entry, name)) for name in ANSWERED}
    run = (f"{entry.minutes} min" if entry.minutes else "", f"{entry.km:g} km" if entry.km else "")
    return {
        "day": str(entry.day), "soreness": entry.soreness, "run": ", ".join(filter(None, run)), "shoes": entry.shoes,
        "surface": entry.surface, "note": entry.note, "cleared": str(entry.cleared or ""), **told,
    }  # fmt: skip


def _card(clip: ClipRecord, folder: Path, there: bool, with_picture: bool) -> dict[str, Any]:
    """A clip, with a picture and links as far as its results still exist; there: whether its folder holds them."""
    picture = _picture(clip) if there and with_picture else None
    report, film = (_link(clip.folder / name, folder) if there else "" for name in (PAGE, FILM))
    speed = f"speed {clip.speed_given}" if clip.speed_given else ""
    about = [clip.session, clip.shoes, speed, clip.title]
    return {
        "id": f"clip-{clip.id}", "day": str(clip.filmed.date()), "said": " · ".join(filter(None, about)),
        "verdict": clip.verdict, "note": clip.note, "picture": picture, "alt": f"The clip of {clip.filmed.date()}",
        "report": report, "film": film,
    }  # fmt: skip


def _picture(clip: ClipRecord) -> Markup | None:
    """The still of the strongest finding that has one; where none has, any, as the stride in its phases."""
    try:
        stills = {still.stem: still for still in inside(clip.folder / STILLS) if still.suffix == ".png"}
        if not stills:
            return None
        shown = next((found.fault for found in clip.findings if found.fault in stills), next(iter(stills)))
        seen = compact(stills[shown])
    except OSError:  # what cannot be looked at is as if it were not there
        return None
    return Markup(f"data:image/jpeg;base64,{base64.b64encode(seen[0]).decode()}") if seen else None


def _link(file: Path, folder: Path) -> str:
    return link_to(file, folder) if is_there(file) else ""


def _plan(there: Iterable[ClipRecord], clips: Sequence[ClipRecord], today: date) -> dict[str, Any] | None:
    """Of the plans beside reports the one that begins last: how far along it is, and how its measures changed since."""
    plans = [(told, clip) for clip in there if (told := _read(clip.folder / PLAN)) is not None]
    if not plans:
        return None
    told, clip = max(plans, key=lambda pair: pair[0]["start"])
    start, weeks = date.fromisoformat(told["start"]), int(told["weeks"])
    week = (today - start).days // 7 + 1
    cue = next((p["cue"] for p in told["practices"] if week in p["weeks"]), "")
    return {"where": _where(start, weeks, week), "cue": cue, "progress": [*_progress(told, clip, clips)]}


def _read(file: Path) -> dict[str, Any] | None:
    """The plan in a file, None if it cannot be read."""
    try:
        told: dict[str, Any] = document(file, "")
        date.fromisoformat(told["start"]) + timedelta(weeks=int(told["weeks"]))
        kinds = {"weeks": list, "cue": str, "topic": str}
        whole = all(isinstance(p[key], kind) for p in told["practices"] for key, kind in kinds.items())
        return told if whole and int(told["weeks"]) > 0 else None
    except (UnreadableInputError, ArithmeticError, LookupError, TypeError, ValueError):
        return None


def _where(start: date, weeks: int, week: int) -> str:
    last = start + timedelta(7 * weeks - 1)
    if week < 1:
        return f"It begins on {start}."
    return f"Week {week} of {weeks}, until {last}." if week <= weeks else f"It ended on {last}."


def _progress(told: Mapping[str, Any], clip: ClipRecord, clips: Sequence[ClipRecord]) -> Iterator[str]:
    """How each measure the plan works on changed from the clip it was made from to the latest that is alike."""
    since = [*dropwhile(lambda one: one is not clip, next((g.clips for g in alike(clips) if clip in g.clips), ()))]
    metrics = {found.fault: found.metric for found in clip.findings}
    worked_on = dict.fromkeys(metrics[p["topic"]] for p in told["practices"] if p["topic"] in metrics)
    series = [row for metric in worked_on if (row := over(metric, since)) and row.points[0][0] is clip]
    for row in series:
        before, after = (give_or_take(m, row.unit) for m in row.judged.measured)
        yield f"{short(row.label)}: {before} when the plan was made, {after} in the latest clip ({_came(row)})."
    if apart := differs(series):
        yield diary_words().differs.format(what=listed(apart))
    if worked_on and not series:
        yield diary_words().none_since
