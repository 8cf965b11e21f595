"""What is believed about helping a sore back: causes, answers, exercises, triage, the return to running and load.

Rows of the TOML files beside this one, checked against each other and against sources.toml as they are read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from ..datatypes import FormcheckError
from . import REGIONS, STRENGTHS, Fault, Source
from .rows import Row, T, build, built_in, check_known, table

KINDS = ("core", "endurance", "glutes", "posture", "mobility")
EFFECTS = ("on", "again", "back", "clear")


@dataclass(frozen=True)
class Saying:
    """One sentence for the runner with its source; ``topic`` and ``levels`` say where it belongs."""

    name: str
    label: str
    says: str
    source: str
    evidence_sources: tuple[str, ...] = ()
    topic: str = ""
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Topic:
    """Something the article links with a sore back: a fault that the video measures, or another cause."""

    name: str
    label: str
    regions: tuple[str, ...]
    mechanism: str
    strength: str
    evidence: str
    cue: str
    cue_source: str
    measured: str = ""
    evidence_sources: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drill:
    """How to practise a cue in a run."""

    name: str
    label: str
    how: str
    source: str


@dataclass(frozen=True)
class Exercise:
    """An exercise or stretch; the keys are explained in exercises.toml."""

    name: str
    label: str
    kinds: tuple[str, ...]
    aim: str
    how: str
    dose: str
    dose_source: str
    week_low: int
    week_high: int
    minutes: int
    source: str
    after_runs: bool = False
    recovery_daily: bool = False


@dataclass(frozen=True)
class TopicAdvice:
    """What goes with a topic: its drill, its exercises in order of importance, a cue if the topic's own is not one.

    ``measured`` is what the video can and cannot say about it, ``hints`` are interview answers that point to it.
    """

    name: str
    drill: str
    exercises: tuple[str, ...]
    cue: str = ""
    cue_source: str = ""
    measured: str = ""
    hints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """One question of the interview; ``answers`` in words by key; ``asked``: put to the runner, not left to a diary.

    ``most``: for a question that asks for a number, the highest that means each answer, ascending; empty for others
    """

    name: str
    ask: str
    answers: Mapping[str, str]
    many: bool = False
    unless: str = ""
    asked: bool = True
    most: Mapping[str, int] = field(default_factory=dict)

    def of_number(self, number: int) -> str:
        """The answer that a number means."""
        return next(key for key, most in self.most.items() if number <= most)

    @property
    def highest(self) -> int:
        """The highest number that may be answered."""
        return max(self.most.values())


@dataclass(frozen=True)
class Bound:
    """A number that a diary, or the age of answers, is compared with."""

    name: str
    value: int
    source: str


@dataclass(frozen=True)
class Stage:
    """What triage may end with; ``plan``: exercises may be given, ``runs``: so may runs."""

    name: str
    headline: str
    says: str
    plan: bool
    runs: bool


@dataclass(frozen=True)
class Rule:
    """Holds when one of ``any`` (if there are any) and all of ``all`` were answered.

    ``each_run``: what it asks of each run, in short; ``evidence_sources``: cited beside its source
    """

    name: str
    level: str
    says: str
    source: str
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    each_run: str = ""
    evidence_sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Week:
    """One week of the return: this many runs of this many minutes, one of them some minutes longer."""

    name: str
    runs: int
    minutes_low: int
    minutes_high: int
    says: str
    condition: str
    source: str
    longer_low: int = 0
    longer_high: int = 0


@dataclass(frozen=True)
class Feeling:
    """What a log line may say about the back, and what it does to the plan: move on, repeat, go back or end a stop.

    ``soreness_to``: the highest soreness, 0 to 10, at which a day of the diary counts as this; -1: none does
    ``feels``: so does one of these answers to triage's question how it feels, however sore
    """

    name: str
    label: str
    does: str
    soreness_to: int = -1
    feels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limit:
    """A number that a running log is compared with, with the strength of the evidence behind it."""

    name: str
    label: str
    says: str
    percent: int
    days: int
    source: str
    strength: str
    evidence: str
    evidence_sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sport:
    """A sport, and what it is called."""

    name: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Advice:
    """What may help, and with what."""

    topics: Mapping[str, Topic]
    answers: Mapping[str, TopicAdvice]
    drills: Mapping[str, Drill]
    exercises: Mapping[str, Exercise]
    principles: Mapping[str, Saying]


@dataclass(frozen=True)
class Triage:
    """The interview and what follows from it; levels strictest first."""

    questions: Mapping[str, Question]
    levels: Mapping[str, Stage]
    rules: Mapping[str, Rule]
    notes: Mapping[str, Saying]
    diary: Mapping[str, Bound]


@dataclass(frozen=True)
class Comeback:
    """The return to running; weeks in order."""

    weeks: tuple[Week, ...]
    feelings: Mapping[str, Feeling]
    rules: Mapping[str, Saying]


@dataclass(frozen=True)
class Load:
    """What a running log is compared with, and the checklist."""

    limits: Mapping[str, Limit]
    checks: Mapping[str, Saying]


@cache
def sources() -> Mapping[str, Source]:
    """Every source by key."""
    return _rows("sources.toml", "sources", Source, named=False)


@cache
def advice() -> Advice:
    """Topics, and what answers them."""
    exercises = _rows("exercises.toml", "exercises", Exercise)
    for name, exercise in exercises.items():
        check_known(exercise.kinds, KINDS, f"exercises.toml: [exercises.{name}]", "kinds")
    drills = _rows("advice.toml", "drills", Drill)
    topics = _rows("advice.toml", "causes", Topic) | _faults()
    for name, topic in topics.items():
        check_known(topic.regions, REGIONS, f"advice.toml: [causes.{name}]", "regions")
        check_known([topic.strength], STRENGTHS, f"advice.toml: [causes.{name}]", "strength")
    answers = _rows("advice.toml", "answers", TopicAdvice)
    check_known(answers, topics, "advice.toml:", "answers")
    for name, answer in answers.items():
        check_known([answer.drill], drills, f"advice.toml: [answers.{name}]", "drill")
        check_known(answer.exercises, exercises, f"advice.toml: [answers.{name}]", "exercises")
        check_known(answer.hints, _replies(triage().questions), f"advice.toml: [answers.{name}]", "hints")
        topics[name] = _with_answer(topics[name], answer)
    return Advice(topics, answers, drills, exercises, _rows("advice.toml", "principles", Saying))


@cache
def triage() -> Triage:
    """The interview, its levels, rules and notes."""
    rows = Triage(
        _rows("triage.toml", "questions", Question),
        _rows("triage.toml", "levels", Stage),
        _rows("triage.toml", "rules", Rule),
        _rows("triage.toml", "notes", Saying),
        _rows("triage.toml", "diary", Bound),
    )
    replies = _replies(rows.questions)
    for name, question in rows.questions.items():
        check_known([question.unless] if question.unless else [], replies, f"triage.toml: [questions.{name}]", "unless")
        check_known(question.most, question.answers, f"triage.toml: [questions.{name}]", "most")
    for name, rule in rows.rules.items():
        where = f"triage.toml: [rules.{name}]"
        check_known([rule.level], rows.levels, where, "level")
        check_known((*rule.any, *rule.all), replies, where, "any")
        if not rule.any and not rule.all:
            raise FormcheckError(f'{where}: give "any" or "all", or it would hold for everybody')
    for name, note in rows.notes.items():
        check_known(note.levels, rows.levels, f"triage.toml: [notes.{name}]", "levels")
    return rows


@cache
def comeback() -> Comeback:
    """The four weeks and their rules."""
    feelings = _rows("comeback.toml", "feelings", Feeling)
    for name, feeling in feelings.items():
        check_known([feeling.does], EFFECTS, f"comeback.toml: [feelings.{name}]", "does")
        check_known(feeling.feels, triage().questions["feel"].answers, f"comeback.toml: [feelings.{name}]", "feels")
    return Comeback(
        tuple(_rows("comeback.toml", "weeks", Week).values()), feelings, _rows("comeback.toml", "rules", Saying)
    )


@cache
def load_rows() -> Load:
    """Limits of load, and the checklist for shoes and surfaces."""
    limits = _rows("load.toml", "limits", Limit)
    for name, limit in limits.items():
        check_known([limit.strength], STRENGTHS, f"load.toml: [limits.{name}]", "strength")
    return Load(limits, _rows("load.toml", "checks", Saying))


@cache
def sports() -> Mapping[str, Sport]:
    """Every sport by key; of several that a type names, the first is meant."""
    return _rows("sports.toml", "sports", Sport)


def evidence_of(row: Fault | Topic | Limit, layered: Mapping[str, Source] | None = None) -> str:
    """How strong the outside evidence is, what it says, and who says so; layered: sources with a user's own."""
    names = ", ".join((layered or sources())[key].name for key in row.evidence_sources)
    return f"{row.strength.capitalize()}. {row.evidence}" + (f" ({names})" if names else "")


def _faults() -> dict[str, Topic]:
    """The faults of faults.toml as topics: what is said about them is kept only there."""
    keys = ("label", "regions", "mechanism", "strength", "evidence", "evidence_sources")
    _, content = built_in("faults.toml")
    rows = {
        name: {key: row[key] for key in keys if key in row} | {"cue": row["advice"], "cue_source": row["advice_source"]}
        for name, row in content["faults"].items()
    }
    return {name: build(Topic, row, f"faults.toml: [faults.{name}]", name=name) for name, row in rows.items()}


def _with_answer(topic: Topic, answer: TopicAdvice) -> Topic:
    """A topic with its cue, the interview answers that point to it, and what a video can and cannot say about it.

    What a report says to try first may be an exercise; a cue is what to think of while running.
    """
    cue, source = (answer.cue, answer.cue_source) if answer.cue else (topic.cue, topic.cue_source)
    return replace(topic, cue=cue, cue_source=source, measured=answer.measured, hints=answer.hints)


def _rows(file: str, section: str, kind: type[T], named: bool = True) -> dict[str, T]:
    """Every block of a section as its dataclass; a source that sources.toml does not know is refused."""
    _, content = built_in(file)
    out = {}
    for name, row in table(content.get(section), f"{file}: [{section}]").items():
        where = f"{file}: [{section}.{name}]"
        out[name] = build(kind, table(row, where), where, **({"name": name} if named else {}))
        _sourced(row, where)
    return out


def _sourced(row: Row, where: str) -> None:
    for key, value in row.items():
        if key.endswith("source") or key.endswith("sources"):
            check_known([value] if isinstance(value, str) else value, sources(), where, key)


def _replies(questions: Mapping[str, Question]) -> Collection[str]:
    """Every possible answer, written question.answer."""
    return [f"{name}.{key}" for name, question in questions.items() for key in question.answers]
