"""A plan in words, as plain values for JSON, and as a calendar."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from .. import __version__
from ..datatypes import Level, UnreadableInputError
from ..files import check_nothing_lost
from ..incoming import document, is_there
from ..knowledge import guidance as rows
from ..knowledge import texts
from ..settings import PLAN_FILES
from ..words import LEVEL_NAMES, counted, short, small
from . import triage
from .pages import Bullets, Facts, Grid, Page, Part, Section, Words
from .plan import CUE_WEEKS, Day, Plan, Practice, Session, may_run

SCHEMA = "formcheck-plan/1"
TITLE = "Your plan"
ONCE = {1: "once", 2: "twice"}
INTERVIEW = "formcheck triage"
NO_ANSWERS = "No answers about pain were used for this plan. Give them first, even if nothing hurts: {}"

UNREAD = (
    "The diary could not be read, so nobody looked whether a sign to stop stands in it. Do not run by this plan while "
    "one does; once the diary can be read, make the plan again."
)


def to_page(plan: Plan, answering: str = INTERVIEW) -> Page:
    """All of the plan in words; what matters most comes first, and each exercise is described once.

    answering: how the questions about the pain are answered, for a plan that goes by the answers.
    """
    advice = rows.advice()
    sections = (
        Section("Before you start", tuple(_before(plan, answering))),
        Section("What to work on, one at a time", tuple(_practice(p, plan) for p in plan.practices)),
        Section("Your weeks", tuple(_weeks(plan))),
        Section("The exercises", tuple(_exercise(exercise, plan) for exercise in plan.exercises)),
        Section("What else may play a part", tuple(_topic(topic, plan) for topic in plan.background)),
        Section("Keep in mind", (Facts(tuple((p.label, p.says) for p in advice.principles.values())),)),
        Section("When to see someone", (Words(texts().red_flags), Words(texts().not_a_diagnosis))),
        Section("Where this comes from", (Bullets(tuple(_sources(plan))),)),
    )
    return Page(TITLE, _span(plan), sections)


def to_screen(plan: Plan) -> Page:
    """What to do this week, on one screen of a terminal; first comes that the diary was not read, and what the answers
    say where they do not let run, or that there are none.
    """
    week = [day for day in plan.days if day.week == 1]
    practice, verdict = week[0].practice, plan.verdict
    work = [f"Cue: {practice.cue}", f"Drill: {practice.drill.label}. {practice.drill.how}"]
    title, known = "This week", [f"Cue: {practice.cue}"]
    if verdict is None:
        first = Section("Before you start", (Words(NO_ANSWERS.format(INTERVIEW), strong=True),))
    elif verdict.runs:
        asked = [f"Each run: {verdict.each_run}."] if verdict.each_run else []
        first = Section(f"One cue: {short(practice.label)} ({_found(practice.level)})", (Bullets((*asked, *work)),))
        title, known = f"This week: {small(verdict.headline)} (answers of {verdict.day})", []
    else:
        first = Section("Before you run again", (Words(triage.told(verdict), strong=True),))
        known = [f"Cue, once you may run again: {practice.cue}"]
    days = Grid(("", "run", "training", "mobility"), tuple(_row(day) for day in week))
    told = Bullets((*plan.notes, *known, f"Red flags: {texts().red_flags_short}"))
    unread = (Section("No all-clear", (Words(UNREAD, strong=True),)),) if plan.diary_unread else ()
    return Page(f"{TITLE}: {_span(plan)}", "", (*unread, first, Section(title, (days, told))))


def _found(level: Level | None) -> str:
    return LEVEL_NAMES[level].lower() if level is not None else "a check for everybody"


def _span(plan: Plan) -> str:
    last = plan.start + timedelta(7 * plan.weeks - 1)
    weeks = counted(plan.weeks, "week{s}")
    return f"{weeks}, {plan.start:%Y-%m-%d} to {last:%Y-%m-%d}, from {plan.video}"


def _row(day: Day) -> tuple[str, str, str, str]:
    """A day in four cells: when, the run, what is trained and for how long, how long mobility work takes."""
    kinds = {kind: [s for s in day.sessions if s.kind == kind] for kind in ("run", "mobility")}
    training = [f"{s.label.lower()}, {s.minutes} min" for s in day.sessions if s.kind not in kinds]
    run, mobility = kinds["run"], kinds["mobility"]
    return (
        f"{day.date:%a %d}",
        "easy, with the cue" if run else "",
        "; ".join(training),
        f"{sum(s.minutes for s in mobility)} min" if mobility else "",
    )


def to_json(plan: Plan) -> dict[str, Any]:
    """The plan as plain values."""
    return {
        "schema": SCHEMA,
        "formcheck": __version__,
        "video": plan.video,
        "start": plan.start.isoformat(),
        "weeks": plan.weeks,
        "triage": triage.to_json(plan.verdict) if plan.verdict else None,
        "diary_unread": plan.diary_unread,
        "notes": list(plan.notes),
        "practices": [_practice_json(practice, plan) for practice in plan.practices],
        "may_play_a_part": [
            {
                "name": t.name,
                "label": t.label,
                "regions": list(t.regions),
                "mechanism": t.mechanism,
                "evidence": rows.evidence_of(t),
            }
            for t in plan.background
        ],
        "exercises": {e.name: _exercise_json(e, plan) for e in plan.exercises},
        "days": [_day_json(day) for day in plan.days],
        "notice": {"red_flags": texts().red_flags, "not_a_diagnosis": texts().not_a_diagnosis},
    }


def holds_plan(folder: Path) -> bool:
    """Whether a plan of ours is there: its plan.json vouches for the files beside it."""
    try:
        return str(document(folder / PLAN_FILES[-1], "")["schema"]).startswith(SCHEMA.partition("/")[0])
    except (UnreadableInputError, LookupError, TypeError):
        return False


def check_free(folder: Path) -> None:
    """Refuses a folder in which a plan would replace anything but an earlier plan. Raises FormcheckError."""
    own = folder / PLAN_FILES[-1]
    check_nothing_lost(folder, PLAN_FILES, [own] if is_there(own) and not holds_plan(folder) else [])


def calendar(plan: Plan) -> bytes:
    """The plan as iCalendar: one all-day entry a day. The same plan gives the same bytes, so that it can be renewed.

    Each entry begins with what the answers say. Its name holds a hash of where the film was, and nothing else of it.
    """
    from icalendar import Calendar, Event  # noqa: PLC0415

    whose = hashlib.sha256(plan.place.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    made = datetime(plan.start.year, plan.start.month, plan.start.day, tzinfo=UTC)
    out = Calendar()
    out.add("prodid", "-//formcheck//plan//EN")
    out.add("version", "2.0")
    out.add("x-wr-calname", "formcheck plan")
    for day in plan.days:
        event = Event()
        event.add("uid", f"{day.date:%Y%m%d}-{whose}-plan@formcheck")
        event.add("dtstamp", made)
        event.add("dtstart", day.date)
        event.add("dtend", day.date + timedelta(1))
        event.add("transp", "TRANSPARENT")
        event.add("summary", ", ".join(_short(session) for session in day.sessions))
        event.add("description", "\n".join(_described(day, plan)))
        out.add_component(event)
    return bytes(out.to_ical())


def _before(plan: Plan, answering: str) -> Iterator[Part]:
    """What the answers say comes first where they do not let run, but for that the diary was not read."""
    if plan.diary_unread:
        yield Words(UNREAD, strong=True)
    parts = (Words(texts().red_flags_short), Words(_answered(plan, answering), strong=True))
    yield from parts if may_run(plan.verdict) else reversed(parts)
    if plan.verdict is not None:
        said = [rule.says for rule in plan.verdict.rules] + [note.says for note in plan.verdict.notes]
        yield Bullets(tuple(said))
    if plan.notes:
        yield Bullets(plan.notes)


def _answered(plan: Plan, answering: str) -> str:
    """What the answers say, or that there are none."""
    if plan.verdict is None:
        return NO_ANSWERS.format(answering)
    return f"Your answers: {triage.told(plan.verdict)}"


def _practice(practice: Practice, plan: Plan) -> Part:
    facts = [
        ("When", _when(practice, plan)),
        *([("Measured", practice.detail)] if practice.detail else []),
        ("Your back", f"{', '.join(practice.regions).capitalize()}. {practice.mechanism}"),
        ("Evidence", practice.evidence),
        ("Cue", practice.cue),
        ("Drill", f"{practice.drill.label}: {practice.drill.how}"),
        ("Train", _named(_scheduled(practice.exercises, plan))),
    ]
    return Facts(tuple(facts), f"{practice.label}: {_found(practice.level)}")


def _scheduled(exercises: Iterable[rows.Exercise], plan: Plan) -> list[rows.Exercise]:
    """Those that the plan has a day for: these, and no others, are described in it."""
    planned = plan.exercises
    return [exercise for exercise in exercises if exercise in planned]


def _named(exercises: Iterable[rows.Exercise]) -> str:
    return ", ".join(exercise.label.lower() for exercise in exercises) + "."


def _when(practice: Practice, plan: Plan) -> str:
    if not may_run(plan.verdict):
        return "Cue and drill once you may run again."
    weeks = sorted({day.week for day in plan.days if day.practice is practice})
    if not weeks:
        return f"After this plan: each cue takes {CUE_WEEKS} weeks."
    if len(weeks) == plan.weeks:
        return "All through the plan."
    return f"Week {', '.join(map(str, weeks))}." if len(weeks) == 1 else f"Weeks {', '.join(map(str, weeks))}."


def _weeks(plan: Plan) -> Iterator[Part]:
    """One table for consecutive weeks that are alike."""
    weeks = [list(days) for _, days in groupby(plan.days, key=lambda day: day.week)]
    for _, alike in groupby(weeks, key=lambda days: [_did(day) for day in days]):
        same = list(alike)
        first, last = same[0][0].week, same[-1][0].week
        head = f"Week {first}" if first == last else f"Weeks {first} to {last}"
        yield Grid((head, "what to do"), tuple((f"{day.date:%a}", _did(day)) for day in same[0]))
        if not may_run(plan.verdict):
            continue
        starts = {days[0].practice.cue: days[0].date for days in reversed(same)}  # when each cue first comes
        yield Bullets(tuple(f"Cue from {starts[cue]:%Y-%m-%d}: {cue}" for cue in reversed(starts)))


def _did(day: Day) -> str:
    return "; ".join(_in_words(session) for session in day.sessions)


def _in_words(session: Session) -> str:
    if not session.exercises:
        return f"{session.label.lower()}: the drill for about {session.minutes} min of it"
    names = ", ".join(exercise.label.lower() for exercise in session.exercises)
    return f"{session.label.lower()}, {session.minutes} min: {names}"


def _short(session: Session) -> str:
    return session.label if session.kind == "run" else f"{session.label} ({session.minutes} min)"


def _described(day: Day, plan: Plan) -> Iterator[str]:
    yield from (*([UNREAD] if plan.diary_unread else []), _answered(plan, INTERVIEW), "")
    for session in day.sessions:
        if session.kind == "run":
            yield f"{session.label}: {day.practice.cue}"
            yield f"Drill, {day.practice.drill.label}: {day.practice.drill.how}"
        else:
            yield f"{session.label}, {session.minutes} min"
            yield from (f"- {e.label}: {e.dose}" for e in session.exercises)
        yield ""
    yield rows.advice().principles["stop"].says


def _exercise(exercise: rows.Exercise, plan: Plan) -> Part:
    source = rows.sources()[exercise.dose_source].name
    dose = f"{exercise.dose} ({source}); {_often(exercise, plan)}"
    facts = (("For", exercise.aim), ("How", exercise.how), ("Dose", dose))
    return Facts(facts, exercise.label)


def _often(exercise: rows.Exercise, plan: Plan) -> str:
    """How often the plan has it."""
    if exercise.after_runs:
        return "after every run"
    weeks = Counter(day.week for day in plan.days if any(exercise in session.exercises for session in day.sessions))
    low, high, first = min(weeks.values()), max(weeks.values()), min(weeks)
    if low == 7:
        return "daily while you recover" if exercise.recovery_daily else "daily"
    times = f"{low}-{high} times" if low < high else ONCE.get(low, f"{low} times")
    return f"{times} a week" + (f", from week {first}" if first > 1 else "")


def _topic(topic: rows.Topic, plan: Plan) -> Part:
    advice = rows.advice()
    answer = advice.answers[topic.name]
    hinted = plan.verdict is not None and topic in plan.verdict.topics
    facts = (
        *([("Your answers", "Coaches link answers like yours with this; that is a hint, no more.")] if hinted else []),
        ("Your back", f"{', '.join(topic.regions).capitalize()}. {topic.mechanism}"),
        ("Evidence", rows.evidence_of(topic)),
        ("The video", topic.measured),
        ("Cue", topic.cue),
        ("Train", _named(_scheduled((advice.exercises[name] for name in answer.exercises), plan))),
    )
    return Facts(facts, topic.label)


def _sources(plan: Plan) -> Iterator[str]:
    """The sources the plan relies on, in full, each once."""
    keys = [key for e in plan.exercises for key in (e.source, e.dose_source)]
    keys += [practice.drill.source for practice in plan.practices]
    keys += [key for p in rows.advice().principles.values() for key in (p.source, *p.evidence_sources)]
    keys += [key for topic in plan.background for key in topic.evidence_sources]
    yield from (f"{rows.sources()[key].name}: {rows.sources()[key].citation}" for key in dict.fromkeys(keys))


def _practice_json(practice: Practice, plan: Plan) -> dict[str, Any]:
    return {
        "topic": practice.topic,
        "label": practice.label,
        "level": practice.level,
        "detail": practice.detail,
        "regions": list(practice.regions),
        "mechanism": practice.mechanism,
        "evidence": practice.evidence,
        "cue": practice.cue,
        "drill": {"label": practice.drill.label, "how": practice.drill.how},
        "exercises": [e.name for e in _scheduled(practice.exercises, plan)],
        "weeks": sorted({day.week for day in plan.days if day.practice is practice}),
    }


def _exercise_json(exercise: rows.Exercise, plan: Plan) -> dict[str, Any]:
    return {
        "label": exercise.label,
        "aim": exercise.aim,
        "how": exercise.how,
        "dose": exercise.dose,
        "dose_source": rows.sources()[exercise.dose_source].name,
        "often": _often(exercise, plan),
    }


def _day_json(day: Day) -> dict[str, Any]:
    return {
        "date": day.date.isoformat(),
        "week": day.week,
        "cue": day.practice.cue,
        "sessions": [
            {"kind": s.kind, "label": s.label, "minutes": s.minutes, "exercises": [e.name for e in s.exercises]}
            for s in day.sessions
        ],
    }
