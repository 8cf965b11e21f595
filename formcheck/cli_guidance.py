"""The commands that help rather than measure: plan, triage, return and load. Part of the command line, like cli.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .cli_asking import INTERACTIVE, asked, complete
from .cli_diary import NONE, by_diary, cleared, clearing, diaries_of, diary_of, noting, stopped, told, with_saved
from .cli_options import DATE, OneOf, Whole
from .cli_output import FILE, Command, as_given, json_text, print_json, remember, show, write_for
from .exit_codes import OF_OTHERS, OF_PLANS, ExitCode, epilog
from .outgoing import printable
from .settings import ANSWERS, PLAN_FILES, REPORT
from .words import small

if TYPE_CHECKING:
    from .cli_diary import Stopped
    from .guidance.comeback import Noting, Run
    from .guidance.pages import Page
    from .guidance.triage import Answers, SavedAnswers, Verdict
    from .history.records import Entry
    from .history.written import Whose

UNCOVERED = "red flags were added since, or it does not say which were asked for"
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


@click.command(epilog=epilog(OF_OTHERS))
@asked
@click.option("--answers", "file", type=FILE, metavar="FILE", help="Read answers from a JSON file.")
@by_diary
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Save answers and outcome to this JSON file.")
@_as_page
@_shown_as
def triage(
    file: Path | None, athlete: str | None, output: Path | None, file_html: Path | None, form: str | None,
    **said: tuple[str, ...],
) -> None:  # fmt: skip
    """Rest, run lightly, or carry on: a short interview about the pain. Red flags come before everything else.

    You are asked for whatever is not given as an option, in a file or by the diary. Options override the file, which
    overrides the diary. A sign to stop in the diary that is not cleared holds whatever the file says; an option to the
    same question is newer, but the sign still comes first: no run and no plan until it is cleared. So does one that
    stood in the diary when the file was saved.
    """
    from .files import check_kind  # noqa: PLC0415
    from .guidance import triage as interview  # noqa: PLC0415

    _check_page(file_html, file, output)
    if output is not None:
        check_kind(output, interview.holds_answers, "answers that formcheck triage saved")
    saved = interview.read(file) if file is not None else None
    typed = interview.checked({name: keys for name, keys in said.items() if keys}, "triage")
    diary = diary_of(athlete) if athlete is not None else ()
    own = stopped({athlete: diary}) if athlete is not None else NONE
    stop = with_saved(own, saved) if saved is not None else own
    earlier = _counting(saved, typed)
    new = told(athlete, diary, own.answers, earlier, typed) if athlete is not None else {}
    new = interview.beside(new, {name: keys for name, keys in stop.answers.items() if name not in typed})
    answers = complete({**interview.beside(earlier, new), **typed})
    verdict = interview.judge(answers, saved.day if saved is not None else date.today(), stop.sign, new)
    _check_day(verdict, saved)
    document, page = interview.to_json(verdict), interview.to_page(verdict, stop.clears)
    if output is not None:
        write_for(_of(athlete), output, json_text(document))
    _write_page(file_html, page, _of(athlete))
    _print(document, page, form)
    if output is not None and form is None:
        click.echo(f"Written to {printable(str(output))}")
        if verdict.plan and str(output).isprintable():
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

    What to work on, one cue at a time, with exercises and mobility work day by day, also as a calendar file. There is
    none while the diary of an athlete on the clip, or a file of answers, holds a sign to stop that is not cleared.
    """
    from .guidance import pages, plan_page, reading  # noqa: PLC0415
    from .guidance import plan as planning  # noqa: PLC0415
    from .history import written  # noqa: PLC0415
    from .incoming import is_folder  # noqa: PLC0415
    from .page.words import words_html  # noqa: PLC0415
    from .report import check_limits  # noqa: PLC0415
    from .report.terminal import as_typed  # noqa: PLC0415

    check_limits()
    seen = reading.read(report)
    home = report if is_folder(report) else report.parent
    diaries = diaries_of(written.of_results(home))
    verdict, saved, clears = _judged(symptoms or _beside(home), stopped(diaries or {}))
    _check_counting(verdict, saved)
    if verdict is not None and not verdict.plan:
        _refuse(verdict, "plan", form, clears)
    target = folder or home
    plan_page.check_free(target)
    first = start.date() if start is not None else date.today() + timedelta(1)
    made = planning.make(seen, first, weeks, verdict, diary_unread=diaries is None)
    page, document = plan_page.to_page(made, ANSWERING), plan_page.to_json(made)
    texts = (words_html(page), pages.markdown(page), json_text(document))
    html, markdown, values = (text.encode() for text in texts)
    contents = (html, markdown, plan_page.calendar(made), values)
    _write_all(target, dict(zip(PLAN_FILES, contents, strict=True)))
    remember(written.of_results(home), [target / name for name in PLAN_FILES])
    _print(document, page if form else plan_page.to_screen(made), form)
    if form is None:
        click.echo(f"Written to {printable(str(target))}: {', '.join(PLAN_FILES)}")
    if form is None and verdict is None:  # on a line of its own, which nothing breaks
        typed = as_typed(str(report), "REPORT") + as_given("weeks", "start", "folder")
        click.echo(f"To give answers: formcheck plan {typed} --symptoms {INTERACTIVE}")


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
@by_diary
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

    day = today.date() if today is not None else date.today()
    begun = since.date() if since is not None else None
    _check_page(file_html, log, symptoms)
    _check_return(log, add, begun, day)
    new = tuple(returning.parsed(text) for text in add)
    diary = diary_of(athlete) if athlete is not None else ()  # whom nobody knows is told before anything is written
    logged = returning.with_runs(log, new, day).runs
    if athlete is not None and begun is None and not logged:
        raise click.UsageError("--athlete needs --since DATE, the day this return began: runs before it do not count")
    verdict, saved, clears = _judged(symptoms, cleared(diary))
    if new and log is not None:
        logged = _noted(log, new, day, athlete)
    _check_counting(verdict, saved)  # what was noted is kept, whatever comes of old answers
    if verdict is not None and not verdict.runs:
        _refuse(verdict, "return", form, clears, file_html=file_html, whose=_of(athlete))
    runs = returning.from_day(_with_diary(logged, diary, day), begun or min((run.date for run in logged), default=day))
    typed = _typed(log, athlete, begun, day)
    document, page = returning.to_json(runs, day, verdict), returning.to_page(runs, day, typed, verdict)
    _write_page(file_html, page, _of(athlete))
    _print(document, page, form)
    if halted := returning.standing(runs, day).halted:
        _end_stopped(typed.cleared(halted), form)


def _check_return(log: Path | None, add: Sequence[str], begun: date | None, day: date) -> None:
    if add and log is None:
        raise click.UsageError("--add needs --log FILE, the file to keep your runs in")
    if begun is not None and begun > day:
        raise click.UsageError(f"--since {begun} is later than the day looked at, {day}")


def _noted(log: Path, new: tuple[Run, ...], day: date, athlete: str | None) -> tuple[Run, ...]:
    """The runs of a log with new ones, which are now in it; that they are is said, whatever comes after."""
    from .guidance import comeback as returning  # noqa: PLC0415

    runs = returning.add(log, new, day).runs
    remember(_of(athlete), [log], kept=True)
    click.echo(printable(f"Noted in {log}: {'; '.join(run.said for run in new)}"), err=True)
    return runs


def _with_diary(logged: tuple[Run, ...], diary: Sequence[Entry], day: date) -> tuple[Run, ...]:
    """Runs with those of a diary up to a day."""
    if not diary:
        return logged
    from .history import feeding  # noqa: PLC0415

    told = feeding.runs([entry for entry in diary if entry.day <= day], logged)
    return (*logged, *(run for run in told if run.date <= day))


def _end_stopped(clears: str, form: str | None) -> None:
    """End the command as one in which a sign to stop stands."""
    from .guidance.triage import CLEARING  # noqa: PLC0415

    if form is None:  # once more on a line of its own, which nothing breaks
        click.echo(CLEARING.format(clears))
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
    page = loading.to_page(weighed, unit)
    _write_page(file_html, page)
    _print(loading.to_json(weighed), page, form)


COMMANDS = (triage, plan, comeback, load)


def _planning(answers: Path) -> str:
    """The command that makes a plan by these answers, as typed; REPORT where no report lies beside them."""
    from .incoming import is_there  # noqa: PLC0415
    from .report.terminal import as_typed  # noqa: PLC0415

    report = as_typed(str(answers.parent), "REPORT") if is_there(answers.parent / REPORT) else "REPORT"
    return f"formcheck plan {report} --symptoms {as_typed(str(answers))}"


def _beside(home: Path) -> str | None:
    """The answers that lie beside a report, which are shown; None where there are none."""
    from .incoming import is_there  # noqa: PLC0415

    if not is_there(home / ANSWERS):
        return None
    told = f"Going by the answers in {home / ANSWERS}; --symptoms names others"
    click.echo(printable(told), err=True)
    return str(home / ANSWERS)


def _typed(log: Path | None, athlete: str | None, since: date | None, day: date) -> Noting:
    """The commands that note something on a day, with the user's own options: in the file of runs, or in the diary.

    Also the one by which a new return begins on that day.
    """
    from .guidance.comeback import Noting  # noqa: PLC0415
    from .report.terminal import as_typed, name_as_typed  # noqa: PLC0415

    file = as_typed(str(log), "runs.csv") if log is not None else "runs.csv"
    another = day if day != date.today() else None
    whose = f" --athlete {name_as_typed(athlete)}" if athlete is not None else ""
    own = whose + (f" --since {since}" if since is not None else "")
    adding = f"formcheck return --log {file}{own}" + (f" --today {another}" if another else "")
    in_diary = athlete is not None and log is None
    run = f'{adding} --add "{day} 25min pain-free"'
    return Noting(
        noting(athlete, "--soreness 0 --minutes 25", another) if in_diary else run,
        lambda sign: clearing(athlete, another) if sign.by_diary else f'{adding} --add "{day} cleared"',
        f"formcheck return{'' if in_diary else f' --log {file}'}{whose} --since {day}",
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


def _counting(saved: SavedAnswers | None, typed: Answers) -> dict[str, tuple[str, ...]]:
    """The saved answers that count; that the red flags are asked again is said, unless they are typed."""
    from .guidance.triage import RED_FLAGS  # noqa: PLC0415

    if saved is not None and not saved.covers and RED_FLAGS not in typed:
        click.echo(printable(f"{saved.file}: {UNCOVERED}: they are asked again"), err=True)
    return saved.counting if saved is not None else {}


def _judged(symptoms: str | None, stop: Stopped) -> tuple[Verdict | None, SavedAnswers | None, str]:
    """What the answers call for, of whatever day, the file that they are from, if they are from one, and what is typed
    to clear a sign to stop.

    stop: what holds whatever was answered, also if nothing was
    """
    from .guidance import triage as interview  # noqa: PLC0415

    if symptoms is None:
        known, sign = stop.answers, stop.sign
        return interview.judge(known, sign.day, sign, known) if sign is not None else None, None, stop.clears
    if symptoms == INTERACTIVE:
        answers = complete(dict(stop.answers))
        return interview.judge(answers, date.today(), stop.sign, stop.answers), None, stop.clears
    saved = interview.read(Path(symptoms))
    stop = with_saved(stop, saved)
    answers = complete(interview.beside(saved.answers, stop.answers), symptoms)
    return interview.judge(answers, saved.day, stop.sign, stop.answers), saved, stop.clears


def _check_counting(verdict: Verdict | None, saved: SavedAnswers | None) -> None:
    """Answers of long ago, or to fewer red flags than today's, may stop a runner, but not let one run."""
    _check_day(verdict, saved)
    if verdict is not None and saved is not None and not saved.covers and verdict.plan:
        raise click.UsageError(f"{saved.file}: {UNCOVERED}; {_again(saved)}")


def _check_day(verdict: Verdict | None, saved: SavedAnswers | None) -> None:
    """Answers of long ago may stop a runner, but not let one run."""
    from .knowledge import guidance  # noqa: PLC0415

    if verdict is not None and saved is not None and verdict.outdated(date.today()) and verdict.plan:
        days = guidance.triage().diary["answers_days"].value
        raise click.UsageError(f"{saved.file}: answered on {verdict.day}, not in the last {days} days; {_again(saved)}")


def _again(saved: SavedAnswers) -> str:
    from .report.terminal import as_typed  # noqa: PLC0415

    return f"answer again: formcheck triage -o {as_typed(str(saved.file))}"


def _refuse(
    verdict: Verdict, command: str, form: str | None, clears: str = "", *, file_html: Path | None = None,
    whose: Whose | None = None,
) -> None:  # fmt: skip
    """Say what to do instead, and exit; clears: what is typed to clear a sign to stop of the diary, if one stands."""
    from .guidance import triage as interview  # noqa: PLC0415

    page = interview.to_page(verdict, clears)
    _write_page(file_html, page, whose)
    _print(interview.refusal_json(verdict, command), page, form)
    advice = small(verdict.headline)
    click.echo(f"formcheck: no {command} for now, and set aside any earlier one: {advice}", err=True)
    click.get_current_context().exit(ExitCode.CLINICIAN_FIRST)


def _print(document: dict[str, Any], page: Page, form: str | None) -> None:
    """Print the result as JSON, Markdown or text for the terminal."""
    from .guidance import pages  # noqa: PLC0415

    if form == "json":
        print_json(document)
    elif form == "markdown":
        click.echo(pages.markdown(page), nl=False)
    else:
        show(pages.render(page))


def _of(athlete: str | None) -> Whose | None:
    """Whom files are about, where somebody is named."""
    if athlete is None:
        return None
    from .history import written  # noqa: PLC0415

    return written.of(athlete)


def _write_page(file: Path | None, page: Page, whose: Whose | None = None) -> None:
    """Write the result as a page too, if a file is named."""
    if file is None:
        return
    from .page.words import words_html  # noqa: PLC0415

    write_for(whose, file, words_html(page))


def _write_all(folder: Path, contents: dict[str, bytes]) -> None:
    from .files import replacing_all, write_bytes  # noqa: PLC0415

    with replacing_all(folder, list(contents)) as fresh:
        for name, content in contents.items():
            write_bytes(fresh / name, content, private=True)
