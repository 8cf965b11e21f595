"""The commands for athletes over months: history and diary. Part of the command line, like cli.py."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .cli_asking import Reply, all_of, can_ask
from .cli_errors import told
from .cli_options import DATE, Number, Whole
from .cli_output import FILE, Command, in_flags, print_json, remember, show
from .exit_codes import OF_OTHERS, ExitCode, epilog
from .outgoing import printable
from .words import counted

if TYPE_CHECKING:
    from .batch.jobs import Job
    from .cli_progress import Display
    from .history.people import Athlete
    from .history.records import ClipRecord, Entry


@dataclass
class Keeper:
    """Stores clips whose athlete is named, once their results are there; if the history fails, it complains only once.

    - ``quiet``: whether only problems are said; ``said``: what was said of names already
    - ``kept``: the folders of results stored, by the real path of their clip

    Whatever goes wrong, results and other clips do not suffer for it.
    """

    shown: Display
    quiet: bool = False
    code: ExitCode = ExitCode.DONE
    given_up: bool = False
    said: set[str] = field(default_factory=set)
    kept: dict[str, set[Path]] = field(default_factory=dict)

    def keep(self, job: Job, folder: Path, report: Callable[[], Mapping[str, Any]]) -> None:
        """report: returns what report.schema.json describes."""
        if not job.athlete or self.given_up:
            return
        from .history import people, records, store  # noqa: PLC0415

        try:
            made = report()
            about = records.about(job, folder, made)
        except Exception as error:
            self._complain(error, job, folder, "does not have this clip")
            return
        try:
            with store.writing() as db:
                new, doubtful = people.newcomer(db, job.athlete)
                remarks = records.keep(db, job, about, made)
        except Exception as error:
            self._complain(error, job, folder, "has neither this clip nor later ones")
            self.given_up = True
        else:
            self.kept.setdefault(os.path.realpath(job.video), set()).add(folder)
            if new and new not in self.said:
                self.said.add(new)
                if doubtful:
                    self.shown.say(new)
                elif not self.quiet:
                    self.shown.tell(new)
            for line in remarks:
                self.shown.say(line)

    def forgot(self, video: Path) -> bool:
        """Whether results of this clip may have been deleted with its athlete: some were stored, and are no longer."""
        from .datatypes import FormcheckError  # noqa: PLC0415
        from .history import records, store  # noqa: PLC0415

        if not (folders := self.kept.get(os.path.realpath(video))):
            return False
        try:
            with store.reading() as db:
                return not all(records.is_kept(db, folder) for folder in folders)
        except FormcheckError:  # who may have been deleted is not named
            return True

    def _complain(self, error: Exception, job: Job, folder: Path, what: str) -> None:
        line, self.code = told(error, str(job.video))[0], ExitCode.FAILED
        self.shown.say(f"{line}; the results are in {folder}, but the history {what}")


@click.command(short_help="Who is in the history, or how one ATHLETE's measures changed.", epilog=epilog(OF_OTHERS))
@click.argument("athlete", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, to stdout.")
def history(athlete: str | None, as_json: bool) -> None:
    """Who is in the history, or how one ATHLETE's measures changed from clip to clip, with soreness beside them.

    Clips get there through --athlete NAME of analyze, batch and watch, or a table's athlete column; soreness through
    formcheck log.
    """
    from .history import store, terminal, values  # noqa: PLC0415

    with store.reading() as db:
        rows = [*_rows(db, athlete)]
    if as_json:
        print_json(values.to_json(rows))
    else:
        show(terminal.one(*rows[0]) if athlete is not None else terminal.everybody(rows))
        if athlete is not None and (step := terminal.next_step(rows[0][1], in_flags("`fatigue`"))):
            click.echo(printable(step))


def _rows(db: Any, athlete: str | None) -> Iterator[tuple[Athlete, tuple[ClipRecord, ...], tuple[Entry, ...]]]:
    from .history import people, records  # noqa: PLC0415
    from .report import check_limits  # noqa: PLC0415

    check_limits()
    for one in people.athletes(db) if athlete is None else [people.find(db, athlete)]:
        yield one, records.clips(db, one), records.diary(db, one)


@click.command(epilog=epilog(OF_OTHERS))
@click.argument("athlete")
@click.option("--soreness", type=Whole(0, 10), metavar="0-10", help="How sore, from 0 (not at all) to 10.")
@click.option(
    "--feel", multiple=True, type=Reply("feel"), callback=all_of,
    help="dull, sharp, tingling, or leg if it runs down one (several: with commas).",
)  # fmt: skip
@click.option("--where", multiple=True, type=Reply("where"), callback=all_of, help="lower, mid or upper (likewise).")
@click.option(
    "--when", multiple=True, type=Reply("when"), callback=all_of, help="early, hills, late, long or after (likewise)."
)
@click.option("--minutes", type=Whole(1, 600), metavar="N", help="How long you ran; makes the entry a run.")
@click.option("--km", type=Number(0, 500, min_open=True), metavar="N", help="How far.")
@click.option("--shoes", metavar="TEXT", default="", help="The shoes worn.")
@click.option("--surface", metavar="TEXT", default="", help="What you ran on.")
@click.option("--note", metavar="TEXT", default="", help="Anything else.")
@click.option("--date", "day", type=DATE, metavar="DATE", help="The day, as 2026-11-24 (default: today).")
@click.option("--cleared", is_flag=True, help="Note that you may run again, after a sign to stop.")
@click.option("--remove", is_flag=True, help="Remove that day's entries.")
def log(
    athlete: str, soreness: int | None, day: datetime | None, cleared: bool, remove: bool, **said: Any
) -> None:  # fmt: skip
    """Keep a diary of an ATHLETE's soreness, with runs if you like."""
    from .history import feeding, people, records, store  # noqa: PLC0415

    when = day.date() if day is not None else date.today()
    if cleared + remove + (soreness is not None) != 1:
        raise click.UsageError("give --soreness, or --cleared if you may run again, or --remove to remove a day")
    if soreness is None and any(said.values()):
        raise click.UsageError("--cleared and --remove go with --date alone")
    if not remove and when > date.today():
        raise click.UsageError(f"{when} is in the future; log it then")
    new = ""
    with store.writing() as db:
        if cleared:
            said_of = _cleared(db, people.find(db, athlete), when)
        elif soreness is None:
            gone = records.unlog(db, people.find(db, athlete), when)
            said_of = f"{_entries(gone)} of {when} removed"
        else:
            new, _ = people.newcomer(db, athlete)
            one = people.made(db, athlete)
            worst = max((entry.soreness for entry in records.diary(db, one) if entry.day == when), default=None)
            records.log(db, one, replace(records.Entry(when, soreness), **said))
            said_of = f"{when}: {soreness}/10, in the diary of {one.name}"
            if worst is not None:
                said_of += f", beside earlier entries of that day; its worst counts, {max(worst, soreness)}/10"
        sign = feeding.halted(records.diary(db, people.find(db, athlete)))
    for line in filter(None, (said_of, new, f"{sign.said} {_to_do(athlete)}" if sign is not None else "")):
        click.echo(printable(line))


def _entries(count: int) -> str:
    return f"{count} entr{'y' if count == 1 else 'ies'}"


def _to_do(athlete: str) -> str:
    from .guidance.triage import STOP  # noqa: PLC0415
    from .report.terminal import name_as_typed  # noqa: PLC0415

    return f"{STOP} Before the next run: formcheck triage --athlete {name_as_typed(athlete)}"


def _cleared(db: Any, one: Athlete, when: date) -> str:
    from .history import feeding, records  # noqa: PLC0415

    if not records.clear(db, one, when, feeding.stops):
        raise click.UsageError(
            f"in the diary of {one.name}, no sign to stop up to {when} waits to be cleared; "
            "what was noted in a file is cleared there (formcheck return --add)"
        )
    return f"{when}: cleared, in the diary of {one.name}; a sign to stop logged from now on counts anew"


@click.command("athlete", epilog=epilog(OF_OTHERS))
@click.argument("athlete")
@click.option(
    "-o",
    "--output",
    type=FILE,
    metavar="FILE",
    help="Where the page goes (default: formcheck-results/athlete-NAME.html).",
)
def athlete_page(athlete: str, output: Path | None) -> None:
    """Write a page on one ATHLETE: trends, plan, clips and diary."""
    from .files import check_kind, write_text  # noqa: PLC0415
    from .history import copies, page, people, store, written  # noqa: PLC0415

    with store.reading() as db:
        ((one, clips, diary),) = _rows(db, athlete)
    file = output or Path("formcheck-results") / page.file_name(one)
    copies.check_other(file)
    check_kind(file, page.holds_athlete, "an athlete's page")
    made = page.athlete_html(one, clips, diary, file.absolute().parent, date.today())
    with store.writing() as db:  # not for somebody deleted by now; remembered only if it could be written
        one = people.find(db, athlete)
        write_text(file, made, private=True)
        written.wrote(db, [one], file)
    click.echo(printable(f"Look at it: {file}"))


@click.command(short_help="Write everything on an ATHLETE to one zip.", epilog=epilog(OF_OTHERS))
@click.argument("athlete")
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Where it goes (default: athlete-NAME.zip).")
def export(athlete: str, output: Path | None) -> None:
    """Write everything on an ATHLETE to one zip: clips, measures, findings and diary as CSV, XLSX, Parquet and JSON."""
    from .files import check_kind  # noqa: PLC0415
    from .history import copies, page, store, takeout, written  # noqa: PLC0415

    with store.reading() as db:
        ((one, clips, diary),) = _rows(db, athlete)
    file = output or Path(page.file_name(one)).with_suffix(".zip")
    copies.check_other(file)
    check_kind(file, takeout.is_takeout, "an export")
    takeout.takeout(file, one, clips, diary)
    remember(written.of(athlete), [file], kept=True)
    click.echo(printable(f"Written to {file}"))


def _sure(command: Command) -> Command:
    """Adds an option to skip the question."""
    return click.option("--yes", is_flag=True, help="Do not ask.")(command)


def _ask(what: str, yes: bool) -> None:
    """Go on only if the user says so."""
    if not yes and not can_ask():
        raise click.UsageError("give --yes, since there is no terminal to ask on")
    if not yes and not click.confirm(what, err=True):
        click.get_current_context().exit(ExitCode.DONE)


@click.command(short_help="Delete everything on an ATHLETE; the clips themselves stay.", epilog=epilog(OF_OTHERS))
@click.argument("athlete")
@click.option("--clip", type=FILE, metavar="FILE", help="Only take this clip out of the history; its results stay.")
@_sure
def delete(athlete: str, clip: Path | None, yes: bool) -> None:
    """Delete everything on an ATHLETE: history, diary, and what formcheck wrote on each clip. The clips stay.

    Reports, videos, stills, plans, answers, comparisons, pages and kept landmarks go too; batch tables are
    rewritten without the name. Your logs of runs and exports are named and kept; backups are kept too. Whatever
    was moved, or is not surely formcheck's, is named and stays: exit code 1.

    Given a name that was merged into another's, it only tells the two apart again.
    """
    from .history import erase, people, records, store  # noqa: PLC0415

    with store.reading() as db:
        one = people.find(db, athlete)
    name = one.name
    if clip is None and people.is_former(one, athlete):
        _ask(printable(f"{athlete} was merged into {name}. Tell them apart from now on? Nothing else changes."), yes)
        with store.writing() as db:
            people.call_no_more(db, athlete)
        click.echo(printable(f"{athlete} no longer means {name}, whose clips and diary stay as they are"))
        return
    if clip is not None:
        _ask(printable(f"Take {clip} out of the history of {name}?"), yes)
        with store.writing() as db:
            count = records.take_out(db, people.find(db, athlete), clip)
        click.echo(printable(f"{clip}: {_entries(count)} taken out of the history of {name}"))
        return
    _ask(printable(f"Delete everything on {name} for good?"), yes)
    gone = erase.delete(athlete)
    clips, files = counted(gone.clips, "clip{s}"), counted(gone.files, "file{s}")
    click.echo(printable(f"{name} is gone: {clips}, {gone.entries} in the diary, {files}"))
    for file in sorted(gone.kept):
        click.echo(printable(f"kept: {file}: your own log of runs or export; delete it if you no longer want it"))
    for line in gone.left:
        click.echo(printable(f"left: {line}"))
    if gone.left:
        click.get_current_context().exit(ExitCode.FAILED)


@click.command(short_help="Merge OTHER into ATHLETE, who gets the clips and diary of both.", epilog=epilog(OF_OTHERS))
@click.argument("athlete")
@click.argument("other")
@_sure
def merge(athlete: str, other: str, yes: bool) -> None:
    """Merge OTHER into ATHLETE, who gets all clips and the whole diary of both, and whom OTHER means from then on."""
    from .history import erase, people, store  # noqa: PLC0415

    with store.reading() as db:
        one, gone = (people.find(db, name).name for name in (athlete, other))
    _ask(printable(f"Merge {gone} into {one}? This cannot be undone."), yes)
    with store.writing() as db:
        said = erase.merge(db, athlete, other)
    for line in said:
        click.echo(printable(line))
    click.echo(printable(f"{gone} is now part of {one}"))


@click.command(short_help="Copy the history of all athletes to FILE, even while in use.", epilog=epilog(OF_OTHERS))
@click.argument("file", type=FILE)
def backup(file: Path) -> None:
    """Copy the history of all athletes to FILE, even while it is in use. Clip results are not included."""
    from .history import copies  # noqa: PLC0415

    copies.backup(file)
    click.echo(printable(f"Written to {file}"))


@click.command(epilog=epilog(OF_OTHERS))
@click.argument("file", type=FILE)
@click.option("--replace", is_flag=True, help="Restore even if there is a history already; that one is set aside.")
def restore(file: Path, replace: bool) -> None:
    """Restore the history from FILE, which formcheck backup wrote."""
    from .history import copies, store  # noqa: PLC0415

    count, aside = copies.restore(file, replace)
    click.echo(printable(f"{counted(count, 'athlete{s}')} in {store.file()}"))
    if aside is not None:
        click.echo(printable(f"What was there before is in {aside}"))


COMMANDS = (history, log, athlete_page, export, merge, delete, backup, restore)
