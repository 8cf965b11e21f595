"""A personal plan: findings and answers matched to cues, drills, exercises and mobility work, day by day.

One cue at a time, strongest finding first, each for CUE_WEEKS weeks; the article's core sessions, mobility work, and
glute and posture work on fixed days of each week, counted from the plan's first day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from ..datatypes import Finding, Level
from ..knowledge import guidance as rows
from ..knowledge.judged import judged_by, limit_words
from ..words import is_work, sentence
from .reading import Seen
from .triage import Verdict

CUE_WEEKS = 2  # our choice: long enough to get used to one cue, short enough to film again within a plan
EASING_IN_WEEKS = 2  # the low end of the article's frequencies first
RUN_DAYS = (0, 2, 4)
CORE_DAYS = {2: (1, 5), 3: (1, 3, 5)}
STRENGTH_DAYS = (2, 4)
SPREAD = {2: (1, 5), 3: (0, 2, 4), 4: (0, 2, 4, 6), 7: tuple(range(7))}  # mobility: times a week → days
GENERAL = "form_breakdown"  # the topic practised when no finding stands out
FALLBACK = "small_imbalances"  # its answer serves findings that have none of their own
DRILL_MINUTES = 10


@dataclass(frozen=True)
class Practice:
    """One thing to work on: what was found, how it may reach the back, the cue with its drill, what to train."""

    topic: str
    label: str
    level: Level | None  # None: nothing stood out, this is the general form check
    detail: str
    regions: tuple[str, ...]
    mechanism: str
    evidence: str
    cue: str
    drill: rows.Drill
    exercises: tuple[rows.Exercise, ...]


@dataclass(frozen=True)
class Session:
    """What is done in one go."""

    kind: str  # run, core, strength or mobility
    label: str
    minutes: int
    exercises: tuple[rows.Exercise, ...] = ()


@dataclass(frozen=True)
class Kind:
    """What a session is called, and the kinds of exercises in it."""

    kind: str
    label: str
    kinds: tuple[str, ...]


SESSIONS = {
    "core": Kind("core", "Core session", ("core",)),
    "endurance": Kind("core", "Core session with longer holds", ("endurance",)),
    "strength": Kind("strength", "Glutes and upper back", ("glutes", "posture")),
    "mobility": Kind("mobility", "Mobility", ("mobility",)),
}


@dataclass(frozen=True)
class Day:
    """A day's sessions, and the practice of that week."""

    date: date
    week: int
    practice: Practice
    sessions: tuple[Session, ...]


@dataclass(frozen=True)
class Plan:
    """Everything the plan says; ``place``: as of ``Seen``; ``diary_unread``: signs to stop may stand in a diary."""

    video: str
    place: str
    start: date
    weeks: int
    verdict: Verdict | None
    notes: tuple[str, ...]
    practices: tuple[Practice, ...]
    background: tuple[rows.Topic, ...]  # causes that the video cannot show, those the answers point to first
    days: tuple[Day, ...]
    diary_unread: bool = False

    @property
    def exercises(self) -> tuple[rows.Exercise, ...]:
        """Every exercise of the plan, in the order of exercises.toml."""
        used = {e.name for day in self.days for session in day.sessions for e in session.exercises}
        return tuple(e for e in rows.advice().exercises.values() if e.name in used)


def make(seen: Seen, start: date, weeks: int, verdict: Verdict | None = None, *, diary_unread: bool = False) -> Plan:
    """The plan; the caller must check beforehand that the verdict allows one."""
    if verdict is not None and not verdict.plan:
        raise ValueError(f"no plan may be given at the level {verdict.stage.name}")
    practices = tuple(_practices(seen.findings)) or (_general(),)
    background = tuple(_background(verdict))
    wanted = {e.name for practice in practices for e in practice.exercises}
    if verdict is not None:
        wanted |= {name for topic in verdict.topics for name in _answer(topic.name).exercises}
    days = tuple(
        Day(start + timedelta(7 * week + day), week + 1, _practice_of(week, practices), tuple(sessions))
        for week in range(weeks)
        for day, sessions in enumerate(_week(week, wanted, verdict))
    )
    notes = tuple(_notes(seen))
    return Plan(seen.video, seen.place, start, weeks, verdict, notes, practices, background, days, diary_unread)


def _practices(findings: Iterable[Finding]) -> Iterator[Practice]:
    """What stood out, in the report's own order."""
    for f in filter(_practised, findings):
        yield Practice(
            f.fault, f.label, f.level, f.detail, f.regions, f.mechanism, f.evidence, _cue(f), *_trained(f.fault)
        )


def _practised(finding: Finding) -> bool:
    return is_work(finding.level, finding.likely)


def _cue(finding: Finding) -> str:
    """What to think of while running; the report's advice may be an exercise instead."""
    topic = rows.advice().topics.get(finding.fault)
    return finding.advice if topic is None else topic.cue


def _general() -> Practice:
    topic = rows.advice().topics[GENERAL]
    told = (topic.regions, topic.mechanism, rows.evidence_of(topic), topic.cue)
    return Practice(GENERAL, topic.label, None, "", *told, *_trained(GENERAL))


def _trained(topic: str) -> tuple[rows.Drill, tuple[rows.Exercise, ...]]:
    answer, known = _answer(topic), rows.advice()
    return known.drills[answer.drill], tuple(known.exercises[name] for name in answer.exercises)


def _answer(topic: str) -> rows.TopicAdvice:
    answers = rows.advice().answers
    return answers.get(topic, answers[FALLBACK])


def _practice_of(week: int, practices: tuple[Practice, ...]) -> Practice:
    return practices[week // CUE_WEEKS % len(practices)]


def _background(verdict: Verdict | None) -> Iterator[rows.Topic]:
    hinted = {topic.name for topic in verdict.topics} if verdict is not None else set()
    causes = [topic for topic in rows.advice().topics.values() if topic.measured]
    yield from sorted(causes, key=lambda topic: topic.name not in hinted)


def _notes(seen: Seen) -> Iterator[str]:
    called = list(filter(_practised, seen.findings))
    if all(finding.level == "not_measured" for finding in seen.findings):
        yield "Nothing could be judged in this clip, so this is the general plan; film again to get one of your own."
    elif not called:
        yield "No habit stood out in this clip, so this is the general plan."
    elif all(finding.level == "borderline" for finding in called):
        yield "Everything found is too close to call: it may or may not apply to you, and a second clip may settle it."
    yield from _limits(seen)
    if seen.activity == "walking":
        yield "The clip shows walking, which is not judged as running."


def _limits(seen: Seen) -> Iterator[str]:
    """By whose limits the report was judged, where that is to be said."""
    if seen.own_limits != judged_by():
        yield limit_words().plan
    elif seen.own_limits is not None:
        yield sentence(limit_words().own)


def _week(week: int, wanted: set[str], verdict: Verdict | None) -> Iterator[list[Session]]:
    """The sessions of each of the seven days; week counts from 0."""
    training = _training(week, wanted)
    run_days = RUN_DAYS if may_run(verdict) else ()
    stretches = [
        (e, run_days if e.after_runs else _days(e, _times(e, wanted, verdict), training))
        for e in _of_kinds(SESSIONS["mobility"].kinds)
    ]
    for day, sessions in enumerate(training):
        run = [Session("run", _run(verdict), DRILL_MINUTES)] if day in run_days else []
        yield [*run, *sessions, _session("mobility", [e for e, days in stretches if day in days])]


def _run(verdict: Verdict | None) -> str:
    """What a run is called, with what the answers ask of it."""
    asked = verdict.each_run if verdict is not None else ""
    return f"Easy run with the cue ({asked})" if asked else "Easy run with the cue"


def _training(week: int, wanted: set[str]) -> list[list[Session]]:
    """Core and strength sessions by day of the week; in each, what answers the findings comes first."""
    eased_in = week >= EASING_IN_WEEKS
    core_days = CORE_DAYS[3 if eased_in else 2]
    days: list[list[Session]] = [[] for _ in range(7)]
    for day in core_days:
        days[day].append(_wanted_first("endurance" if eased_in and day == core_days[1] else "core", wanted))
    for day in STRENGTH_DAYS:
        days[day].append(_wanted_first("strength", wanted))
    return days


def _times(exercise: rows.Exercise, wanted: set[str], verdict: Verdict | None) -> int:
    """Times a week: daily while recovering where the row says so, else the high end for what answers a finding."""
    if exercise.recovery_daily and recovering(verdict):
        return 7
    return exercise.week_high if exercise.name in wanted else exercise.week_low


def may_run(verdict: Verdict | None) -> bool:
    """Whether nothing we were told is a reason not to run."""
    return verdict is None or verdict.runs


def recovering(verdict: Verdict | None) -> bool:
    """Whether the back is sore at present, as far as we were told."""
    return verdict is not None and verdict.stage.name != "carry_on"


def _days(exercise: rows.Exercise, times: int, training: list[list[Session]]) -> tuple[int, ...]:
    """The days on which a stretch is done separately, so that with the other sessions it reaches its times a week."""
    taken = [day for day, sessions in enumerate(training) if any(exercise in s.exercises for s in sessions)]
    free = SPREAD[times] if not taken else tuple(day for day in SPREAD[max(times, 4)] if day not in taken)
    return free[: times - len(taken)]


def _wanted_first(name: str, wanted: set[str]) -> Session:
    return _session(name, sorted(_of_kinds(SESSIONS[name].kinds), key=lambda e: e.name not in wanted))


def _session(name: str, exercises: list[rows.Exercise]) -> Session:
    made = SESSIONS[name]
    return Session(made.kind, made.label, sum(e.minutes for e in exercises), tuple(exercises))


def _of_kinds(kinds: Collection[str]) -> list[rows.Exercise]:
    return [e for e in rows.advice().exercises.values() if set(kinds) & set(e.kinds)]
