"""Rest, run lightly or carry on: the answers of the interview checked against the rules of triage.toml, in order.

Every rule that holds is reported, but none that allows running beside one that does not, and none that finds nothing
beside any other; the strictest level among them decides. The red flags come first and nothing that follows can soften
them: once one holds, nothing more is asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from .. import __version__
from ..datatypes import NotUnderstoodError, UnreadableInputError
from ..incoming import document, keyed, read_day
from ..knowledge import guidance as rows
from ..knowledge import texts
from ..outgoing import quoted
from ..words import listed
from .pages import Bullets, Page, Part, Section, Words

SCHEMA = "formcheck-triage/1"
REFUSAL_SCHEMA = "formcheck-refusal/1"
DAY = "answered"  # when, beside the answers
RED_FLAGS = "red_flags"
ASKED = "asked"  # the red flags asked for, beside the answers
BY_US = {"schema", "formcheck", ASKED}  # what no file of answers written by hand holds
NOTHING = {"none", "nowhere"}  # answers that go with no other to the same question
FIRST = "This comes first: until it is cleared, no run and no plan. Without it, the answers would call for: {}."
STOP = "Stop running for now."
CLEARING = "Once you may run again: {}"
NOTICE = "This is general information from your own answers, not a diagnosis. When in doubt, ask a clinician."

Answers = Mapping[str, tuple[str, ...]]  # question → keys of the answers given


@dataclass(frozen=True)
class Sign:
    """A sign to stop in a diary that is not cleared: its day, and which feeling of comeback.toml it is."""

    day: date
    feeling: str

    @property
    def said(self) -> str:
        """That it stands, in words."""
        return f"{self.headline}."

    @property
    def headline(self) -> str:
        return f"Stopped, not cleared: {rows.comeback().feelings[self.feeling].label} on {self.day}"

    @property
    def answers(self) -> Answers:
        """The same as answers to the interview, which forbid to run."""
        feeling = rows.comeback().feelings[self.feeling]
        strength = rows.triage().questions["strength"]
        return {"feel": feeling.feels} if feeling.feels else {"strength": (strength.of_number(feeling.soreness_to),)}

    def to_json(self) -> dict[str, str]:
        return {"day": self.day.isoformat(), "back": self.feeling}


@dataclass(frozen=True)
class SavedAnswers:
    """Answers from a file, of whatever day.

    stopped: the sign to stop that stood in the diary when they were saved; covers: whether a "none" among them is one
    to every red flag of today
    """

    file: Path
    answers: dict[str, tuple[str, ...]]
    day: date
    stopped: Sign | None = None
    covers: bool = True

    @property
    def counting(self) -> dict[str, tuple[str, ...]]:
        """The answers, without that there is no red flag where some were never asked for."""
        return {name: keys for name, keys in self.answers.items() if self.covers or name != RED_FLAGS}


@dataclass(frozen=True)
class Verdict:
    """What follows from the answers of a day: the level, every rule that held, and causes the answers point to.

    stopped: what stands in the diary whatever was answered, where one was looked at: only red flags come before it;
    by_diary: which of the answers the diary told, as far as that is known
    """

    answers: Answers
    day: date
    stage: rows.Stage
    rules: tuple[rows.Rule, ...]
    notes: tuple[rows.Saying, ...]
    topics: tuple[rows.Topic, ...]
    stopped: Sign | None = None
    by_diary: Answers = field(default_factory=dict)

    @property
    def plan(self) -> bool:
        """Whether exercises may be planned."""
        return self.stage.plan and self.stopped is None

    @property
    def runs(self) -> bool:
        """Whether runs may be given."""
        return self.stage.runs and self.stopped is None

    @property
    def headline(self) -> str:
        """What comes first: a red flag, else a sign to stop that stands, else the level."""
        asked = {key.partition(".")[0] for rule in self.rules for key in (*rule.any, *rule.all)}
        standing = self.stopped if RED_FLAGS not in asked else None
        return standing.headline if standing is not None else self.stage.headline

    @property
    def says(self) -> str:
        """What to do: the sign to stop forbids what the answers alone would allow."""
        allowed = self.stopped is not None and self.stage.plan
        return FIRST.format(self.stage.headline) if allowed else self.stage.says

    def outdated(self, today: date) -> bool:
        """Whether the answers may no longer let run: they are too old, or of a day to come."""
        return not 0 <= (today - self.day).days <= rows.triage().diary["answers_days"].value

    @property
    def each_run(self) -> str:
        """What the rules that decide ask of each run; empty where they ask nothing."""
        return "; ".join(rule.each_run for rule in self.rules if rule.level == self.stage.name and rule.each_run)


def judge(
    answers: Answers, day: date | None = None, stopped: Sign | None = None, by_diary: Answers | None = None
) -> Verdict:
    """The verdict on a complete set of answers, or on some that forbid a plan, whatever the others may be.

    day: on which they were given, if not today; stopped, by_diary: as of ``Verdict``
    """
    known, given = rows.triage(), _given(answers)
    held = tuple(rule for rule in known.rules.values() if _holds(rule, given))
    missing = unanswered(answers)
    if missing and all(known.levels[rule.level].plan for rule in held):
        raise ValueError(f"not answered: {missing}")
    if not held:
        raise ValueError(f"no rule of triage.toml holds for {sorted(given)}")
    level = next(name for name in known.levels if any(rule.level == name for rule in held))
    stage = known.levels[level]
    mildest = [*known.levels][-1]
    unsaid = {name for name, other in known.levels.items() if name == mildest or other.runs > stage.runs} - {level}
    held = tuple(rule for rule in held if rule.level not in unsaid)
    resting = {name for name, other in known.levels.items() if not other.plan}
    fitting = resting if stopped is not None else {*known.levels}
    notes = tuple(note for note in known.notes.values() if level in note.levels and fitting & {*note.levels})
    may_plan = stage.plan and stopped is None
    hinted = tuple(t for t in rows.advice().topics.values() if given & set(t.hints)) if may_plan else ()
    return Verdict(answers, day or date.today(), stage, held, notes, hinted, stopped, by_diary or {})


def unanswered(answers: Answers) -> list[str]:
    """Questions still to be asked, in order; none once the answers forbid a plan and nothing stricter can follow."""
    given = _given(answers)
    if _settled(answers, given):
        return []
    questions = (q for q in rows.triage().questions.values() if q.asked)
    return [q.name for q in questions if q.name not in answers and q.unless not in given]


def _settled(answers: Answers, given: set[str]) -> bool:
    known = rows.triage()
    for name, level in known.levels.items():
        rules = [rule for rule in known.rules.values() if rule.level == name]
        if any(_holds(rule, given) for rule in rules):
            return not level.plan
        if any(key.split(".")[0] not in answers for rule in rules for key in (*rule.any, *rule.all)):
            return False
    return False


def beside(answers: Answers, signs: Answers) -> dict[str, tuple[str, ...]]:
    """Answers with signs to stop among them: beside what else may be said to their questions, else in its place."""
    questions = rows.triage().questions
    earlier = {name: answers.get(name, ()) if questions[name].many else () for name in signs}
    return {**answers, **{name: tuple(dict.fromkeys((*earlier[name], *keys))) for name, keys in signs.items()}}


def checked(answers: Mapping[str, Any], where: str) -> dict[str, tuple[str, ...]]:
    """Answers as they were given, each a text or a list, refused by name when a question or answer is unknown."""
    questions = rows.triage().questions
    out: dict[str, tuple[str, ...]] = {}
    for said, value in answers.items():
        name = keyed(said, questions)
        if name not in questions:
            raise NotUnderstoodError(
                f"{where}: {quoted(said)} is not one of the questions, which are {', '.join(questions)}"
            )
        if name in out:
            raise NotUnderstoodError(f"{where}: {name} is answered twice; give one answer")
        out[name] = _checked(value, questions[name], f"{where}: {name}")
    return out


def _checked(value: Any, question: rows.Question, where: str) -> tuple[str, ...]:
    given = value if isinstance(value, (list, tuple)) else [value]
    keys = tuple(dict.fromkeys(meant(key if isinstance(key, str) else json.dumps(key), question) for key in given))
    unknown = [key for key in keys if key not in question.answers]
    if unknown or not keys:
        shown = f"{quoted(str(unknown[0]))} is not an answer" if unknown else "an answer is missing"
        raise NotUnderstoodError(f"{where}: {shown}; use {possible(question)}")
    if len(keys) > 1 and (not question.many or NOTHING & set(keys)):
        raise NotUnderstoodError(f"{where}: {' and '.join(map(str, keys))} do not go together; give one")
    return keys


def meant(said: str, question: rows.Question) -> str:
    """The key of the answer that a word means, or a number where one is asked for; anything else as it was said."""
    number = question.most and re.fullmatch("[0-9]{1,3}", said.strip()) and int(said) <= question.highest
    return question.of_number(int(said)) if number else keyed(said, question.answers)


def possible(question: rows.Question) -> str:
    """What may be answered, in words."""
    return ", ".join(question.answers) + (f", or a whole number from 0 to {question.highest}" if question.most else "")


def read(path: Path) -> SavedAnswers:
    """Answers from a JSON file; their day is the file's where none is in it.

    The file is what ``formcheck triage`` wrote, or an object of answers by question; their day stands in it beside or
    among them.
    """
    content = document(path, "give a file that formcheck triage wrote")
    outer = content if isinstance(content, dict) else {}
    answers = outer.get("answers", content)
    questions = rows.triage().questions
    twice = {keyed(name, questions) for name in outer} & questions.keys()
    if answers is not content and twice:  # a red flag there must not be overlooked
        raise UnreadableInputError(f'{path}: holds answers twice, inside "answers" and outside of it; keep one')
    if not isinstance(answers, dict):
        raise UnreadableInputError(f"{path}: contains no answers; give a file that formcheck triage wrote")
    try:
        said = checked({name: keys for name, keys in answers.items() if not _is_day(name)}, str(path))
        day = _day((*outer.items(), *answers.items()), path)
        return SavedAnswers(path, said, day, _sign(outer.get("stopped"), path), _covers(said, outer))
    except NotUnderstoodError as error:
        raise UnreadableInputError(str(error)) from error


def _sign(stopped: Any, path: Path) -> Sign | None:
    """The sign to stop of a file; one that cannot be read must not be overlooked."""
    if stopped is None:
        return None
    try:
        sign = Sign(read_day(str(stopped["day"])), stopped["back"])
        if rows.comeback().feelings[sign.feeling].does == "back":
            return sign
    except (LookupError, TypeError, ValueError):
        pass
    raise NotUnderstoodError(f'{path}: "stopped" is no sign to stop with its day; answer again')


def _covers(answers: Answers, outer: Mapping[str, Any]) -> bool:
    """Whether a "none" is one to every red flag of today; whoever writes answers by hand sees these."""
    if not NOTHING & set(answers.get(RED_FLAGS, ())) or not BY_US & outer.keys():
        return True
    asked = outer.get(ASKED)
    return isinstance(asked, list) and all(flag in asked for flag in _red_flags())


def _red_flags() -> list[str]:
    return [key for key in rows.triage().questions[RED_FLAGS].answers if key not in NOTHING]


def _is_day(name: str) -> bool:
    return keyed(name, (DAY,)) == DAY


def _day(cells: Iterable[tuple[str, Any]], path: Path) -> date:
    try:
        days = {read_day(str(said)) for name, said in cells if _is_day(name)}
    except ValueError:
        raise NotUnderstoodError(f'{path}: "answered" is not a date; write it as 2026-11-20') from None
    if len(days) > 1:
        raise NotUnderstoodError(f'{path}: "answered" is {listed([str(day) for day in sorted(days)])}; keep one')
    return days.pop() if days else date.fromtimestamp(path.stat().st_mtime)


def holds_answers(file: Path) -> bool:
    """Whether a file is one that ``read`` reads."""
    try:
        read(file)
    except UnreadableInputError:
        return False
    return True


def told(verdict: Verdict) -> str:
    """What the answers call for, in short, and of which day they are."""
    return f"{verdict.headline}. {verdict.says} (Answered on {verdict.day}.)"


def to_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict as plain values."""
    return {
        "schema": SCHEMA,
        "formcheck": __version__,
        "answered": verdict.day.isoformat(),
        "answers": {name: list(keys) for name, keys in verdict.answers.items()},
        ASKED: _red_flags(),
        "level": verdict.stage.name,
        "headline": verdict.headline,
        "says": verdict.says,
        "plan": verdict.plan,
        "runs": verdict.runs,
        "because": [{"rule": r.name, "says": r.says, "source": _who_says(r)} for r in verdict.rules],
        "stopped": verdict.stopped.to_json() if verdict.stopped is not None else None,
        "notes": [note.says for note in verdict.notes],
        "may_play_a_part": [topic.name for topic in verdict.topics],
        "notice": {"red_flags": texts().red_flags, "not_a_diagnosis": NOTICE},
    }


def refusal_json(verdict: Verdict, command: str) -> dict[str, Any]:
    """What a command returns in place of its own document at a level that forbids it."""
    return {
        "schema": REFUSAL_SCHEMA,
        "formcheck": __version__,
        "refused": command,
        "triage": to_json(verdict),
    }


def to_page(verdict: Verdict, clearing: str = "note it in the diary") -> Page:
    """The verdict in words, strictest first; clearing: what the user types to clear what stands in the diary."""
    sections = (
        Section("What to do", (*_decision(verdict), *_stopped(verdict, clearing))),
        Section("Also", tuple(Words(f"{note.label}: {note.says}") for note in verdict.notes)),
        Section("What your answers may point to", tuple(_pointers(verdict))),
        Section(f"The answers that this goes by, of {verdict.day}", (Bullets(tuple(_said(verdict))),)),
        Section("At any time", (Words(texts().red_flags), Words(NOTICE))),
    )
    return Page(verdict.headline, "formcheck triage: rest, run lightly, or carry on", sections)


def _decision(verdict: Verdict) -> Iterator[Part]:
    yield Words(verdict.says, strong=True)
    yield Bullets(tuple(f"{rule.says} ({_who_says(rule)})" for rule in verdict.rules))


def _who_says(rule: rows.Rule) -> str:
    return ", ".join(rows.sources()[key].name for key in (rule.source, *rule.evidence_sources))


def _stopped(verdict: Verdict, clearing: str) -> Iterator[Part]:
    if verdict.stopped is not None:
        yield Words(f"In the diary: {verdict.stopped.said} {CLEARING.format(clearing)}", strong=True)


def _pointers(verdict: Verdict) -> Iterator[Part]:
    if verdict.topics:
        yield Words(
            "Coaches link answers like yours with these. They are hints on where to look, and no finding: answers "
            "cannot show that any of them applies to you."
        )
        yield Bullets(tuple(f"{topic.label}. {topic.cue}" for topic in verdict.topics))


def _said(verdict: Verdict) -> Iterator[str]:
    for name, keys in verdict.answers.items():
        question, told = rows.triage().questions[name], verdict.by_diary.get(name, ())
        words = [question.answers[key] + (" (from the diary)" if key in told else "") for key in keys]
        yield f"{question.ask} {'; '.join(words)}"


def _given(answers: Answers) -> set[str]:
    return {f"{name}.{key}" for name, keys in answers.items() for key in keys}


def _holds(rule: rows.Rule, given: set[str]) -> bool:
    return (not rule.any or bool(given & set(rule.any))) and given >= set(rule.all)
