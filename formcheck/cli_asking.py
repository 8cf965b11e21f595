"""How the commands that help ask about the pain: an option for every question, a dialogue for what is not answered.

Part of the command line, like cli.py.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import click

from .cli_output import Command

if TYPE_CHECKING:
    from .guidance.triage import Answers

INTERACTIVE = "interactive"
NUMBERS = re.compile(r"[\s0-9]+")
QUESTIONS = ("red_flags", "where", "feel", "strength", "when", "changes", "lasts", "daily", "sits")


class Reply(click.ParamType):  # type: ignore[type-arg]  # generic in newer click only
    """Answers to one question of triage.toml, separated by commas; the file is read only when needed."""

    name = "answer"

    def __init__(self, question: str) -> None:
        self.question = question

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        from .guidance import triage as interview  # noqa: PLC0415

        question, said = _question(self.question), [part.strip() for part in str(value).split(",")]
        keys = tuple(interview.meant(part, question) for part in said)
        for key in keys:
            if key not in question.answers:
                self.fail(f"{key!r} is not one of {interview.possible(question)}", param, ctx)
        return keys


def all_of(ctx: click.Context, param: click.Parameter, value: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:  # noqa: ARG001
    """The answers of an option that may be given several times."""
    return tuple(dict.fromkeys(key for keys in value for key in keys))


class _Asked(click.Option):
    """An option that answers a question; its help is the question's own words."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:  # noqa: ARG002
        question = _question(str(self.name))
        again = " (several: with commas)" if question.many else ""
        choices = "; ".join(f"{key} = {words}" if words != key else key for key, words in question.answers.items())
        return f"{self.opts[0]} ANSWER", f"{question.ask}{again} {choices}{'; or the number' if question.most else ''}."


def _question(name: str) -> Any:
    from .knowledge import guidance  # noqa: PLC0415

    return guidance.triage().questions[name]


def asked(command: Command) -> Command:
    """Adds an option for every question."""
    for name in reversed(QUESTIONS):
        flag = f"--{name.replace('_', '-')}"
        command = click.option(flag, name, cls=_Asked, multiple=True, type=Reply(name), callback=all_of)(command)
    return command


def complete(answers: dict[str, tuple[str, ...]], file: str | None = None) -> Answers:
    """The answers, with any missing ones asked for, which needs a terminal."""
    from .guidance import triage as interview  # noqa: PLC0415

    missing = interview.unanswered(answers)
    if missing and not can_ask():
        flags = " ".join(f"--{name.replace('_', '-')}" for name in missing)
        where = f"{file}: " if file else ""
        raise click.UsageError(f"{where}not answered, and there is no terminal to ask on: formcheck triage {flags}")
    while missing:
        answers = answers | {missing[0]: _ask(_question(missing[0]))}
        missing = interview.unanswered(answers)
    return answers


def can_ask() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _ask(question: Any) -> tuple[str, ...]:
    """One question on stderr, answered by numbers or keys; asked again until the answer is understood."""
    keys = list(question.answers)
    click.echo(f"\n{question.ask}", err=True)
    for number, words in enumerate([] if question.most else question.answers.values(), 1):
        click.echo(f"  {number}  {words}", err=True)
    hint = "Numbers, separated by commas" if question.many else "Number"
    while True:
        try:
            said = click.prompt(hint, err=True)
        except click.Abort as error:
            raise KeyboardInterrupt from error
        try:
            return _replies(said, keys, question)
        except ValueError as error:
            click.echo(str(error), err=True)


def _reply(said: str, keys: list[str], question: Any) -> str:
    """The answer that is meant by its number in the list, as on the command line, or by nothing that is known."""
    from .guidance import triage as interview  # noqa: PLC0415

    if not question.most and re.fullmatch("[0-9]{1,3}", said) and 0 < int(said) <= len(keys):
        return keys[int(said) - 1]
    return interview.meant(said, question)


def _replies(said: str, keys: list[str], question: Any) -> tuple[str, ...]:
    from .datatypes import NotUnderstoodError  # noqa: PLC0415
    from .guidance import triage as interview  # noqa: PLC0415

    parts = [part for words in said.split(",") for part in (words.split() if NUMBERS.fullmatch(words) else [words])]
    chosen = [_reply(part.strip(), keys, question) for part in parts]
    if not {*chosen} <= {*keys} or not chosen:
        least, most = (0, question.highest) if question.most else (1, len(keys))
        raise ValueError(f"Please answer with a whole number from {least} to {most}.")
    try:
        return interview.checked({question.name: chosen}, "answer")[question.name]
    except NotUnderstoodError:
        raise ValueError("These do not go together; please choose again.") from None
