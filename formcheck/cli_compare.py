"""The command that compares two clips. Part of the command line, like cli.py."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .cli_analysis import analysed, is_result, nothing_in, outcome_of, results_in
from .cli_errors import end
from .cli_history import Keeper
from .cli_options import analysis_options
from .cli_output import FILE, print_json, remember, show
from .cli_progress import Display, display
from .exit_codes import OF_ANALYSIS, epilog
from .outgoing import printable

if TYPE_CHECKING:
    from .api import Report

OF_BOTH = ("folder", "no_video", "full", "as_json", "quiet", "blur_face", "stick_figure", "workers")  # also for results


@click.command(short_help="Before and after: what really changed between two clips.", epilog=epilog(OF_ANALYSIS))
@click.argument("before", metavar="BEFORE", type=FILE)
@click.argument("after", metavar="AFTER", type=FILE)
@analysis_options
@click.option("--full", is_flag=True, help="Show everything, not only what matters most.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON, and nothing else, to stdout.")
@click.option("--quiet", is_flag=True, help="Print no comparison and no progress, only problems.")
def compare(
    before: Path, after: Path, folder: Path, no_video: bool, full: bool, as_json: bool, quiet: bool, **said: Any
) -> None:
    """Before and after: what changed between two clips by more than filming again would.

    BEFORE and AFTER are videos, folders of results or their report.json. Videos are analysed first, with the same
    options. Writes compare.html, compare.json and compare.mp4, both runners side by side at the same moment of
    the stride, to DIR/BEFORE-vs-AFTER/.
    """
    from .abreast import abreast, folder_of, write  # noqa: PLC0415
    from .datatypes import Options  # noqa: PLC0415
    from .files import check_folder  # noqa: PLC0415
    from .history import written  # noqa: PLC0415
    from .incoming import is_there  # noqa: PLC0415
    from .settings import COMPARISON  # noqa: PLC0415
    from .versus import render_versus  # noqa: PLC0415

    check_folder(folder)
    there = results_in((before, after), OF_BOTH)
    names = [place.name for place in sorted((before, after), key=is_result)]  # as numbered by _reports
    with display(dict(enumerate(names)), not quiet) as shown:
        found, failures, otherwise = _reports((before, after), there, folder, said, not no_video, shown, quiet)
        disguise = Options(blur_face=said["blur_face"], stick_figure=said["stick_figure"])
        pair = abreast(found[0][0], found[1][0], disguise)
        with folder_of(pair, folder) as target:
            film = write(pair, target, [place for _, place in found], not no_video, shown.of(1))
        of_both = written.of_results(*(place for _, place in found))
        remember(of_both, [target / name for name in COMPARISON if is_there(target / name)])
    if as_json:
        print_json(pair.to_json(film))
    elif not quiet:
        show(render_versus(pair.versus, *pair.names, full))
        if not film and not no_video:
            click.echo(printable(f"No film: {pair.no_film}"))
        click.echo(f"Look at it: {printable(str(target / 'compare.html'))}")
    end(failures, 2, otherwise)


def _reports(
    places: tuple[Path, Path], there: dict[Path, tuple[Report, Path]], folder: Path, said: dict[str, Any],
    with_video: bool, shown: Display, quiet: bool,
) -> tuple[list[tuple[Report, Path]], list[int], int]:  # fmt: skip
    """Each clip's report and the folder it is in: there, or made if a video is given; ends the command if one fails.

    Also the exit codes of clips in which nothing could be measured, which the user is told of, and that of the history.
    """
    from .batch.jobs import given  # noqa: PLC0415

    found = dict(there)
    jobs = given(dict.fromkeys(place for place in places if place not in there), folder, said, with_video)
    keeper, failures = Keeper(shown, quiet), nothing_in(places, there, shown)
    for job, answer in analysed(jobs, said["workers"], shown):
        report, code = outcome_of(job, answer, shown, quiet=True)
        if report is None:
            click.get_current_context().exit(code)
        assert report is not None
        failures += [code] if code else []
        found[job.video] = report, answer.value[0].folder
        keeper.keep(job, found[job.video][1], report.to_json)
    return [found[place] for place in places], failures, keeper.code
