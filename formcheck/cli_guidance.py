"""The commands that help rather than measure: plan, triage, return and load. Part of the command line, like cli.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .cli_asking import INTERACTIVE, asked, complete
from .cli_options import DATE, OneOf, Whole
from .cli_output import FILE, Command, json_text, print_json, remember_results, show
from .exit_codes import OF_OTHERS, OF_PLANS, ExitCode, epilog
from .outgoing import printable
from .settings import ANSWERS, PLAN_FILES
from .words import small

if TYPE_CHECKING:
    from .guidance.comeback import Noting
    from .guidance.pages import Page
    from .guidance.triage import Answers, Verdict
    from .history.records import Entry

ANSWERING = f"formcheck triage -o {ANSWERS}, then formcheck plan REPORT --symptoms {ANSWERS}"


def _shown_as(command: Command) -> Command:
    """Adds the choice of how the result is printed."""
    command = click.option("--markdown", "form", flag_value="markdown", help="Print Markdown.")(command)
    return click.option("--json", "form", flag_value="json", help="Print JSON, and nothing else, to stdout.")(command)


def _as_page(command: Command) -> Command:
    """Adds an option to write the result as a page too."""
    said = click.option(
        "--html", "file_html", type=FILE, metavar="FILE", help="Also write a page for a browser to FILE."
    )
    return said(command)


def _by_diary(command: Command) -> Command:
    """Adds an option for whose diary to use."""
    return click.option("--athlete", metavar="NAME", help="Also use this athlete's diary (formcheck log).")(command)


@click.command(epilog=epilog(OF_OTHERS))
@asked
@click.option("--answers", "file", type=FILE, metavar="FILE", help="Read answers from a JSON file.")
@_by_diary
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Save answers and outcome to this JSON file.")
@_as_page
@_shown_as
def triage(
    file: Path | None, athlete: str | None, output: Path | None, file_html: Path | None, form: str | None,
    **said: tuple[str, ...],
) -> None:  # fmt: skip
    """Rest, run lightly, or carry on: a short interview about the pain. Red flags come before everything else.

    You are asked for whatever is not given as an option, in a file or by the diary. Options override the file, which
    overrides the diary, except for signs to stop in it that are not cleared.
    """
    from .files import check_kind, write_text  # noqa: PLC0415
    from .guidance import triage as interview  # noqa: PLC0415

    _check_page(file_html, file, output)
    if output is not None:
        check_kind(output, interview.holds_answers, "answers that formcheck triage saved")
    saved, day = interview.read(file) if file is not None else ({}, date.today())
    typed = interview.checked({name: keys for name, keys in said.items() if keys}, "triage")
    noted = _by_the_diary(athlete, saved, typed) if athlete is not None else {}
    answers = {**saved, **noted, **typed}
    verdict = interview.judge(complete(answers), day)
    _check_day(verdict, file)
    document = interview.to_json(verdict)
    if output is not None:
        write_text(output, json_text(document), private=True)
    _print(document, lambda: interview.to_page(verdict), form, file_html)
    _remember(athlete, output, file_html)
    if output is not None and form is None:
        click.echo(f"Written to {printable(str(output))}")
        if verdict.stage.plan and str(output).isprintable():
            click.echo(f"To make a plan that goes by it: {_planning(output)}")


@click.command(short_help="A personal plan from the REPORT of formcheck analyze.", epilog=epilog(OF_PLANS))
@click.argument("report", type=FILE)
@click.option(
    "--symptoms", metavar=f"FILE|{INTERACTIVE}",
    help=f"Answers about the pain: a file that formcheck triage -o wrote (default: {ANSWERS} beside the report), "
    f"or {INTERACTIVE} to be asked.",
)  # fmt: skip
@click.option(
    "--weeks",
    type=Whole(1, 12),
    metavar="N",
    default=4,
    show_default=True,
    help="How many weeks the plan covers.",
)
@click.option("--start", type=DATE, metavar="DATE", help="First day, as 2026-11-24 (default: tomorrow).")
@click.option(
    "-o", "--output", "folder", type=FILE, metavar="DIR",
    help=f"Write {', '.join(PLAN_FILES)} there (default: beside the report).",
)  # fmt: skip
@_shown_as
def plan(
    report: Path, symptoms: str | None, weeks: int, start: datetime | None, folder: Path | None, form: str | None
) -> None:
    """A personal plan from the REPORT (report.json, or its folder) of formcheck analyze.

    What to work on, one cue at a time, with exercises and mobility work day by day, also as a calendar file.
    """
    from .guidance import pages, plan_page, reading  # noqa: PLC0415
    from .guidance import plan as planning  # noqa: PLC0415
    from .incoming import is_folder  # noqa: PLC0415
    from .page.words import words_html  # noqa: PLC0415
    from .report import check_limits  # noqa: PLC0415
    from .report.terminal import as_typed  # noqa: PLC0415

    check_limits()
    seen = reading.read(report)
    home = report if is_folder(report) else report.parent
    verdict = _verdict(symptoms or _beside(home))
    if verdict is not None and not verdict.stage.plan:
        _refuse(verdict, "plan", form)
    target = folder or home
    plan_page.check_free(target)
    first = start.date() if start is not None else date.today() + timedelta(1)
    made = planning.make(seen, first, weeks, verdict)
    page, document = plan_page.to_page(made, ANSWERING), plan_page.to_json(made)
    texts = (words_html(page), pages.markdown(page), json_text(document))
    html, markdown, values = (text.encode() for text in texts)
    contents = (html, markdown, plan_page.calendar(made), values)
    _write_all(target, dict(zip(PLAN_FILES, contents, strict=True)))
    _print(document, lambda: page if form else plan_page.to_screen(made), form)
    if form is None:
        click.echo(f"Written to {printable(str(target))}: {', '.join(PLAN_FILES)}")
    if form is None and verdict is None:  # on a line of its own, which nothing breaks
        typed = as_typed(str(report)) if str(report).isprintable() else "REPORT"
        click.echo(f"To give answers: formcheck plan {typed} --symptoms {INTERACTIVE}")
    remember_results([home], [target / name for name in PLAN_FILES])


@click.command(
    "return", short_help="Back to running in four weeks, moved on by runs free of pain.", epilog=epilog(OF_PLANS)
)
@click.option("--log", type=FILE, metavar="FILE", help="Your runs, a CSV file; the first --add creates it.")
@click.option(
    "--add",
    multiple=True,
    metavar="RUN",
    help='Add a run: "2026-11-20 25min pain-free [note]"; without minutes, a day without a run.',
)
@_by_diary
@click.option(
    "--since",
    type=DATE,
    metavar="DATE",
    help="When this return began; only a sign to stop counts from before it (default: the first day of --log).",
)
@click.option("--symptoms", metavar=f"FILE|{INTERACTIVE}", help="Answers about the pain, as for formcheck plan.")
@click.option(
    "--today", type=DATE, metavar="DATE", help="Where you stand on this day (default: today); no run may be later."
)
@_as_page
@_shown_as
def comeback(
    log: Path | None, add: tuple[str, ...], athlete: str | None, since: datetime | None, symptoms: str | None,
    today: datetime | None, file_html: Path | None, form: str | None,
) -> None:  # fmt: skip
    """Back to running in four weeks; only runs logged as free of pain move you forward.

    With --athlete the diary counts too, from the first day of this return on: runs with minutes, and days with a
    soreness of 3 or more, or with sharp, tingling or leg pain, which hold you back.
    """
    from .guidance import comeback as returning  # noqa: PLC0415

    _check_page(file_html, log, symptoms)
    if add and log is None:
        raise click.UsageError("--add needs --log FILE, the file to keep your runs in")
    day = today.date() if today is not None else date.today()
    if since is not None and since.date() > day:
        raise click.UsageError(f"--since {since.date()} is later than the day looked at, {day}")
    new = tuple(returning.parsed(text) for text in add)
    diary = _diary(athlete) if athlete is not None else ()  # whom nobody knows is told before anything is written
    runs = returning.with_runs(log, new, day).runs
    if athlete is not None and since is None and not runs:
        raise click.UsageError("--athlete needs --since DATE, the day this return began: runs before it do not count")
    verdict, source = _judged(symptoms)
    if new and log is not None:
        runs = returning.add(log, new, day).runs
        _remember(athlete, log, kept=True)
    _check_day(verdict, source)  # what was noted is kept, whatever comes of old answers
    if verdict is not None and not verdict.stage.runs:
        _refuse(verdict, "return", form, file_html, athlete)
    begun = since.date() if since is not None else min((run.date for run in runs), default=day)
    if athlete is not None:
        from .history import feeding  # noqa: PLC0415

        entries = [entry for entry in diary if entry.day <= day]
        runs = (*runs, *(run for run in feeding.runs(entries, runs) if run.date <= day))
    runs = returning.from_day(runs, begun)
    noting = _noting(log, athlete, since, day)
    document = returning.to_json(runs, day, verdict)
    _print(document, lambda: returning.to_page(runs, day, noting, verdict), form, file_html)
    _remember(athlete, file_html)
    halted = returning.standing(runs, day).halted
    if halted is None:
        return
    if form is None:  # once more on a line of its own, which nothing breaks
        click.echo(f"Once you may run again: {noting.cleared(halted)}")
    click.get_current_context().exit(ExitCode.CLINICIAN_FIRST)


@click.command(short_help="Weekly distance from the LOGs of a watch, against the 10 % rule.", epilog=epilog(OF_OTHERS))
@click.argument("logs", nargs=-1, metavar="[LOG]...", type=FILE)
@click.option(
    "--unit",
    type=OneOf(["km", "mi"]),
    default="km",
    show_default=True,
    help="Unit for distances given without one.",
)
@click.option("--today", type=DATE, metavar="DATE", help="Look at the log as of this day (default: today).")
@_as_page
@_shown_as
def load(logs: tuple[Path, ...], unit: str, today: datetime | None, file_html: Path | None, form: str | None) -> None:
    """Weekly distance from the LOGs of a watch (CSV, FIT, GPX, TCX), against the 10 % rule; shoe and surface checks."""
    from .datatypes import UnreadableInputError  # noqa: PLC0415
    from .guidance import load as loading  # noqa: PLC0415
    from .guidance import watch  # noqa: PLC0415

    _check_page(file_html, *logs)
    weighed = None
    if logs:
        day = today.date() if today is not None else date.today()
        log = watch.read(logs, unit)
        runs = tuple(run for run in log.runs if run.start.date() <= day)
        if not runs:
            found = f", but {loading.in_words(loading.tallied(log.left_out))}" if log.left_out else ""
            where = ", ".join(map(str, logs))
            raise UnreadableInputError(f"{where}: no run up to {day} in it{found}; choose another export")
        weighed = loading.weigh(runs, day, log.left_out)
    _print(loading.to_json(weighed), lambda: loading.to_page(weighed, unit), form, file_html)


COMMANDS = (triage, plan, comeback, load)


def _planning(answers: Path) -> str:
    """The command that makes a plan by these answers, as typed; REPORT where no report lies beside them."""
    from .incoming import is_there  # noqa: PLC0415
    from .report.terminal import as_typed  # noqa: PLC0415

    report = as_typed(str(answers.parent)) if is_there(answers.parent / "report.json") else "REPORT"
    return f"formcheck plan {report} --symptoms {as_typed(str(answers))}"


def _beside(home: Path) -> str | None:
    """The answers that lie beside a report, which are shown; None where there are none."""
    from .incoming import is_there  # noqa: PLC0415

    if not is_there(home / ANSWERS):
        return None
    told = f"Going by the answers in {home / ANSWERS}; --symptoms names others"
    click.echo(printable(told), err=True)
    return str(home / ANSWERS)


def _noting(log: Path | None, athlete: str | None, since: datetime | None, day: date) -> Noting:
    """The commands that note something on a day, with the user's own options: in the file of runs, or in the diary.

    Also the one by which a new return begins on that day.
    """
    from .guidance.comeback import Noting  # noqa: PLC0415
    from .report.terminal import as_typed, name_as_typed  # noqa: PLC0415

    file = as_typed(str(log)) if log is not None and str(log).isprintable() else "runs.csv"
    name = name_as_typed(athlete) if athlete is not None else ""
    another = day != date.today()
    whose = f" --athlete {name}" if name else ""
    own = whose + (f" --since {since.date()}" if since is not None else "")
    adding = f"formcheck return --log {file}{own}" + (f" --today {day}" if another else "")

    def logging(what: str) -> str:
        return f"formcheck log {name or 'NAME'} {what}" + (f" --date {day}" if another else "")

    by_diary = athlete is not None and log is None
    run = f'{adding} --add "{day} 25min pain-free"'
    return Noting(
        logging("--soreness 0 --minutes 25") if by_diary else run,
        lambda sign: logging("--cleared") if sign.by_diary else f'{adding} --add "{day} cleared"',
        f"formcheck return{'' if by_diary else f' --log {file}'}{whose} --since {day}",
    )


def _check_page(file: Path | None, *others: Path | str | None) -> None:
    """Refuses to write a page over a file that the same command reads or writes, or that is no such page."""
    if file is None:
        return
    from os.path import realpath  # noqa: PLC0415

    from .files import check_kind  # noqa: PLC0415
    from .page.words import holds_words  # noqa: PLC0415

    if realpath(file) in {realpath(other) for other in others if other is not None}:
        raise click.UsageError(f"--html {file} would replace another file of this command: choose another name")
    check_kind(file, holds_words, "a page of this kind")


def _diary(athlete: str) -> tuple[Entry, ...]:
    from .history import records, store  # noqa: PLC0415

    with store.reading() as db:
        return records.diary(db, records.find(db, athlete))


def _by_the_diary(athlete: str, saved: Answers, typed: Answers) -> Answers:
    """Answers from the last week's entries to what the user has not answered, which are shown.

    A sign to stop that is not cleared is added to what was saved before it.
    """
    from .guidance import triage as interview  # noqa: PLC0415
    from .history import feeding  # noqa: PLC0415

    diary = _diary(athlete)
    kept = interview.checked(feeding.answers(diary, date.today()), f"the diary of {athlete}")
    answers = {name: keys for name, keys in kept.items() if name not in {*saved, *typed}}
    if "feel" in kept.keys() - typed.keys():
        answers["feel"] = tuple(dict.fromkeys((*saved.get("feel", ()), *kept["feel"])))
    told = "; ".join(f"{name.replace('_', ' ')}: {', '.join(keys)}" for name, keys in answers.items())
    click.echo(printable(f"From the diary of {athlete}: {told or 'nothing from the last week'}"), err=True)
    if sign := feeding.halted_said(diary):
        click.echo(printable(f"{sign} Once you may run again: {_clearing(athlete)}"), err=True)
    return answers


def _clearing(athlete: str) -> str:
    from .report.terminal import name_as_typed  # noqa: PLC0415

    return f"formcheck log {name_as_typed(athlete)} --cleared"


def _remember(athlete: str | None, *files: Path | None, kept: bool = False) -> None:
    """What was just written about an athlete, if any is named, is to be found when they are deleted."""
    from .history import written  # noqa: PLC0415

    if athlete is not None:
        written.remember(written.of(athlete), [file for file in files if file is not None], kept)


def _verdict(symptoms: str | None) -> Verdict | None:
    verdict, source = _judged(symptoms)
    _check_day(verdict, source)
    return verdict


def _judged(symptoms: str | None) -> tuple[Verdict | None, Path | None]:
    """What the answers call for, of whatever day, and the file that they are from, if they are from one."""
    from .guidance import triage as interview  # noqa: PLC0415

    if symptoms is None:
        return None, None
    if symptoms == INTERACTIVE:
        return interview.judge(complete({})), None
    answers, day = interview.read(Path(symptoms))
    return interview.judge(complete(answers, symptoms), day), Path(symptoms)


def _check_day(verdict: Verdict | None, file: Path | None) -> None:
    """Answers of long ago may stop a runner, but not let one run."""
    from .knowledge import guidance  # noqa: PLC0415
    from .report.terminal import as_typed  # noqa: PLC0415

    if verdict is not None and verdict.outdated and verdict.stage.plan:
        days, again = guidance.triage().diary["answers_days"].value, f"formcheck triage -o {as_typed(str(file))}"
        raise click.UsageError(f"{file}: answered on {verdict.day}, not in the last {days} days; answer again: {again}")


def _refuse(
    verdict: Verdict, command: str, form: str | None, file_html: Path | None = None, athlete: str | None = None
) -> None:
    """Say what to do instead, and exit."""
    from .guidance import triage as interview  # noqa: PLC0415

    _print(interview.refusal_json(verdict, command), lambda: interview.to_page(verdict), form, file_html)
    _remember(athlete, file_html)
    advice = small(verdict.stage.headline)
    click.echo(f"formcheck: no {command} for now, and set aside any earlier one: {advice}", err=True)
    click.get_current_context().exit(ExitCode.CLINICIAN_FIRST)


def _print(document: dict[str, Any], page: Callable[[], Page], form: str | None, file_html: Path | None = None) -> None:
    """Print the result as JSON, Markdown or text for the terminal; write it as a page too, if a file is named."""
    from .files import write_text  # noqa: PLC0415
    from .guidance import pages  # noqa: PLC0415

    if file_html is not None:
        from .page.words import words_html  # noqa: PLC0415

        write_text(file_html, words_html(page()), private=True)
    if form == "json":
        print_json(document)
    elif form == "markdown":
        click.echo(pages.markdown(page()), nl=False)
    else:
        show(pages.render(page()))


def _write_all(folder: Path, contents: dict[str, bytes]) -> None:
    from .files import replacing_all, write_bytes  # noqa: PLC0415

    with replacing_all(folder, list(contents)) as fresh:
        for name, content in contents.items():
            write_bytes(fresh / name, content, private=True)
