"""Paths and manifests → the clips to be analysed, each with what is said about it."""

from __future__ import annotations

import glob
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from itertools import chain, count, filterfalse
from pathlib import Path
from typing import Any
from unicodedata import category

from ..datatypes import FormcheckError, NotUnderstoodError, Options, UnreadableInputError
from ..home import Subject, asked_about, holds_another, reported_on
from ..incoming import (
    EARLIEST,
    LATEST,
    astray,
    folded,
    inside,
    is_folder,
    is_there,
    keyed,
    listing,
    meant,
    nearly,
    read_day,
    real,
)
from ..outgoing import quoted, readable
from ..places import safe_name
from ..report import check_limits
from ..settings import ABOUT, COMPARISON, FILMS, LONGEST_NOTE, MOST_LETTERS, REPORT, VIEWS, to_write
from ..words import counted, titled

MANIFESTS = (".csv", ".tsv")
SHEETS = (".xlsx", ".xls", ".ods", ".numbers")  # tables that are to be saved as one of those
NUMBER = "-[1-9][0-9]*"  # appended to a name that is taken
NUMBERED = re.compile(f"(.+){NUMBER}")
MOST_NAMED = 10  # wrong rows of a manifest, each with its reason
NUMBERS = ("height_cm", "speed_kmh", "slowmo", "start", "end")
TEXTS = ("view", "standing", "session", "date", "shoes", "note")
COLUMNS = ("file", "athlete", *NUMBERS, "person", *TEXTS)  # of a manifest
MANIFEST_REMEDY = f"give a table with the columns {', '.join(COLUMNS)}, of which only the first is required"


@dataclass(frozen=True)
class Job:
    """One clip: results go to a folder called ``name``, or that with a number appended, in ``parent``."""

    video: Path
    parent: Path
    name: str
    settings: dict[str, Any] = field(default_factory=dict)  # keywords of ``datatypes.Options``
    with_video: bool = True
    athlete: str = ""
    session: str = ""
    note: str = ""
    shoes: str = ""
    date: str = ""  # when it was filmed, as 2026-11-24; "": as its file says
    emptied: frozenset[str] = frozenset()  # what was given as empty: it no longer holds if it was said earlier
    early: bool = False  # whether to report what the clip shows before it is read to the end

    @property
    def options(self) -> Options:
        return Options(**self.settings)

    @property
    def clip(self) -> tuple[str, int | None, float, float | None]:
        """What is analysed: the file, the person who was asked for, the seconds."""
        options = self.options
        return os.path.realpath(self.video), options.person, options.start, options.end

    @property
    def title(self) -> str:
        """The file's name, with the seconds and the person that were asked for."""
        return titled(self.video.name, self.settings)

    @property
    def called(self) -> str:
        """The same with the file's whole path."""
        return titled(readable(str(self.video)), self.settings)

    @property
    def standing(self) -> Path | None:
        """The absolute path of the clip in which the runner stands, if there is one."""
        file = self.options.standing_file
        return None if file is None else file.absolute()


def _usual(parent: Path, said: Mapping[str, Any], with_video: bool) -> Job:
    """What all jobs share."""
    settings = {name: value for name, value in said.items() if name not in ABOUT}
    options = Options(**settings)  # what is impossible is reported once, before any work
    check_limits()  # and so are limits of the user's own that cannot be read
    if options.embed_video and not with_video:
        raise NotUnderstoodError("`embed_video` with `no_video`: no video is made that could be embedded")
    own = about({name: said[name] for name in ABOUT if said.get(name) is not None})
    emptied = frozenset(name for name, text in own.items() if not text)
    return Job(Path(), parent, "", settings, with_video, **own, emptied=emptied)


def about(said: Mapping[str, str]) -> dict[str, Any]:
    """What is said about a clip, each text on one line. Raises NotUnderstoodError for what is not possible."""
    told = {name: " ".join(readable(text).split()) for name, text in said.items()}
    for name, text in told.items():
        if any(category(letter) == "Cc" for letter in text):
            raise NotUnderstoodError(f"{name} {quoted(text)} holds characters that cannot be shown")
        most = LONGEST_NOTE if name == "note" else MOST_LETTERS
        if len(text) > most:
            raise NotUnderstoodError(f"{name} {quoted(text)} has more than {most} letters")
    if "athlete" in told and not folded(told["athlete"]):
        raise NotUnderstoodError(f"athlete {quoted(told['athlete'])} is not a name; leave it out to keep no history")
    if told.get("date"):
        told["date"] = _date(told["date"])
    return told


def _date(text: str) -> str:
    """A day in one way of writing it, so that equal days are equal."""
    try:
        when = read_day(text)
    except ValueError:
        raise NotUnderstoodError(f"date {quoted(text)} is not a date; write it as 2026-11-24") from None
    if not EARLIEST <= when <= LATEST:
        raise NotUnderstoodError(f"date {quoted(text)}: check the year")
    if when > date.today() + timedelta(1):  # where it is tomorrow already, too
        raise NotUnderstoodError(f"date {quoted(text)} is in the future; check it")
    return when.isoformat()


def given(videos: Iterable[Path], parent: Path, said: Mapping[str, Any], with_video: bool) -> list[Job]:
    """A job for each of the videos as given; one named twice gets two.

    said: keywords of ``Options``, and what ABOUT names. Raises NotUnderstoodError.
    """
    usual = _usual(parent, said, with_video)
    return _apart(replace(usual, video=video, name=safe_name(video.stem)) for video in videos)


def check_named(paths: Iterable[Path]) -> None:
    """Refuses, before the work, a path that is not there and is no pattern either, and a spreadsheet.

    Raises NotUnderstoodError.
    """
    for path in paths:
        if path.suffix.lower() in SHEETS:
            raise NotUnderstoodError(f"{path}: is a spreadsheet; save it as CSV UTF-8, and give that")
        if not is_there(path) and not glob.has_magic(str(path)) and not _is_manifest(path):
            led = astray(path)
            why = f"{led}; give the file itself" if led else "there is no such file or folder; check its name"
            raise NotUnderstoodError(f"{path}: {why}")


def collected(
    paths: Iterable[Path], parent: Path, said: Mapping[str, Any], with_video: bool, before: Iterable[Job] = ()
) -> list[Job]:
    """Jobs for videos, folders (results go to the same subfolders), patterns and manifests (CSV).

    A manifest's row overrides what is said of all. Every clip is taken once, as in a manifest if it is in one; rows may
    name several people in it, or parts of it. Of several spellings of an athlete's name, the first is taken. before:
    jobs whose clips are called as they were. Raises NotUnderstoodError, UnreadableInputError.
    """
    usual = _usual(parent, said, with_video)
    jobs: dict[tuple[Any, ...], Job] = {}
    found = [*_matched(paths)]
    for job in _of_paths(filter(_is_manifest, found), usual):
        jobs.setdefault(job.clip, job)
    named = {film for film, *_ in jobs}
    for job in _of_paths(filterfalse(_is_manifest, found), usual):
        if job.clip[0] not in named:
            jobs.setdefault(job.clip, job)
    spelt = {folded(job.athlete): job.athlete for job in reversed(jobs.values())}
    return _apart((replace(job, athlete=spelt[folded(job.athlete)]) for job in jobs.values()), before)


def _is_manifest(path: Path) -> bool:
    return path.suffix.lower() in MANIFESTS


def _apart(jobs: Iterable[Job], before: Iterable[Job] = ()) -> list[Job]:
    """Each with a name that no other in its folder has, and that is the same whatever other clips are there.

    It stays what it was before, or what the folder is called that its results are in; else it is the job's own name, or
    that with a number. On the disk only names are looked up that several may be called by.
    """
    todo, had = [*jobs], {job.clip: [job.name] for job in before}
    wanted = Counter(_spot(job, job.name) for job in todo)
    numbered = {_spot(job, stem[1]) for job in todo if (stem := NUMBERED.fullmatch(job.name))}
    disputed = {place for place, count in wanted.items() if count > 1 or place in numbered}
    reports = cache(_reports)
    numbers = cache(lambda _: count(1))  # of each name, the next: one that is taken stays so

    def found(job: Job) -> Iterator[str]:
        asked = asked_about(job.video, job.options)
        return (name for name, held in reports(job.parent, job.name) if held == asked)

    called: dict[int, Job] = {}
    taken: set[tuple[str, str]] = set()
    for names_of in (
        lambda job: had.get(job.clip, ()),
        lambda job: found(job) if _spot(job, job.name) in disputed else (),
        lambda job: (job.name,) if _spot(job, job.name) not in disputed else (),
        lambda job: chain(found(job), _free(job, numbers(_spot(job, job.name)))),
    ):
        for at, job in enumerate(todo):
            name = None if at in called else next((n for n in names_of(job) if _spot(job, n) not in taken), None)
            if name is not None:
                called[at] = replace(job, name=name)
                taken.add(_spot(job, name))
    return [called[at] for at in range(len(todo))]


def _spot(job: Job, name: str) -> tuple[str, str]:
    """What two names share under which results would go to one folder."""
    return folded(str(job.parent)), folded(name)


def _reports(parent: Path, name: str) -> list[tuple[str, Subject | None]]:
    """The folders in parent of this name, or of that with a number, each with what its report is on."""
    alike = re.compile(f"{re.escape(folded(name))}({NUMBER})?")
    try:
        there = [place for place in inside(parent) if alike.fullmatch(folded(place.name))]
    except OSError:  # what cannot be looked at is as if it were not there
        return []
    return [(place.name, reported_on(place)) for place in there]


def _free(job: Job, numbers: Iterable[int]) -> Iterator[str]:
    """Its name, and that with each of the numbers, but for those under which there is something of others."""
    names = (job.name if number == 1 else f"{job.name}-{number}" for number in numbers)
    return (name for name in names if not _is_of_others(job.parent / name, job))


def _is_of_others(folder: Path, job: Job) -> bool:
    try:
        return holds_another(folder, job.video, job.options)
    except FormcheckError:  # whoever comes to write there tells of it
        return False


def _matched(paths: Iterable[Path]) -> Iterator[Path]:
    """The paths, and in the place of a pattern what matches it."""
    for path in paths:
        if is_there(path) or not glob.has_magic(str(path)):
            yield path
            continue
        found = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207 (of a path that may begin anywhere)
        if not found:
            raise NotUnderstoodError(f"{path}: nothing matches this name; check it")
        yield from (one for one in map(Path, found) if not _is_results(one.parent))


def _of_paths(paths: Iterable[Path], usual: Job) -> Iterator[Job]:
    for path in paths:
        if is_folder(path):
            yield from (_in_folder(path, film, usual) for film in films(path, usual.parent))
        elif _is_manifest(path):
            yield from _of_manifest(path, usual)
        else:
            yield replace(usual, video=path, name=safe_name(path.stem))


def films(folder: Path, results: Path) -> Iterator[Path]:
    """Videos in a folder and those below it, in order of name, except hidden ones, results and links to folders."""
    apart = os.path.realpath(results)
    for place, below, names in os.walk(folder):
        below[:] = sorted(n for n in below if not n.startswith(".") and os.path.realpath(Path(place, n)) != apart)
        if _is_results(Path(place)):
            continue
        for name in sorted(names):
            if Path(name).suffix.lower() in FILMS and not name.startswith("."):
                yield Path(place, name)


def _is_results(folder: Path) -> bool:
    """Whether a folder holds an analysis or a comparison, whose video is not a clip to analyse."""
    return all(is_there(folder / name) for name in (REPORT, "steps.csv")) or is_there(folder / COMPARISON[-1])


def _in_folder(folder: Path, film: Path, usual: Job) -> Job:
    """A job whose results go to the same subfolders as its clip; those of a clip elsewhere, to none."""
    below = film.parent.relative_to(folder).parts if film.is_relative_to(folder) else ()
    parent = usual.parent.joinpath(*(safe_name(part) for part in below if ".." not in below))
    return replace(usual, video=film, parent=parent, name=safe_name(film.stem))


def _of_manifest(path: Path, usual: Job) -> Iterator[Job]:
    """A job for each row; file names are relative to the manifest.

    Raises UnreadableInputError for the first wrong row, and ``also`` for each further one.
    """
    kept = listing(path, MANIFEST_REMEDY)
    columns = [keyed(name, COLUMNS) for name in kept.columns]
    unknown = [name for name in columns if name not in COLUMNS]
    if "file" not in columns or unknown or len(set(columns)) < len(columns):
        wrong = f"{quoted(unknown[0])} is not a column" if unknown else "columns are missing or named twice"
        raise UnreadableInputError(f"{path}: {wrong}; {MANIFEST_REMEDY}")
    faults: dict[int, Exception] = {}
    clips: dict[tuple[Any, ...], Job] = {}
    for line, cells in kept.rows:
        try:
            job = _of_row(path, columns, [cell.strip() for cell in cells], usual)
            first = clips.setdefault(job.clip, job)
            spelt = first.athlete if folded(job.athlete) == folded(first.athlete) else job.athlete
            if replace(job, video=first.video, parent=first.parent, name=first.name, athlete=spelt) != first:
                raise NotUnderstoodError("says something else of a clip that an earlier line names")
            yield job
        except (NotUnderstoodError, ValueError) as error:
            faults[line] = error
    if faults:
        said = [f"{path}, line {line}: {fault}; correct this row" for line, fault in faults.items()]
        refused, more = UnreadableInputError(said[0]), len(said) - MOST_NAMED
        rest = [f"{path}: {counted(more, 'more row{s}')} to correct"] if more > 0 else []
        refused.also = (*said[1:MOST_NAMED], *rest)
        raise refused


def _of_row(manifest: Path, columns: Sequence[str], cells: list[str], usual: Job) -> Job:
    if any(cells[len(columns) :]):
        raise NotUnderstoodError("has more cells than the first line")
    row = dict(zip(columns, cells, strict=False))
    if not row.get("file"):
        raise NotUnderstoodError("names no file")
    said = usual.settings | {name: _number(name, row[name]) for name in NUMBERS if row.get(name)}
    if row.get("person"):
        said["person"] = _place(row["person"])
    if row.get("view"):
        said["view"] = keyed(row["view"], VIEWS)
    if row.get("standing"):
        said["standing"] = _standing(manifest, row["standing"])
    if row.get("slowmo"):
        said["capture_fps"] = None
    Options(**said)
    own = about({name: row[name] for name in ABOUT if row.get(name)})
    film = _there(manifest, row["file"])
    return replace(_in_folder(manifest.parent, film, usual), settings=said, **own)


def _there(manifest: Path, name: str) -> Path:
    """The file that a row names, relative to the manifest. Raises NotUnderstoodError where there is none."""
    bare = name.strip('"')  # as Windows copies a path
    files = [meant(manifest.parent / spelt) for spelt in (name, bare, bare.replace("\\", "/"))]
    file = next(filter(is_there, files), files[-1])
    if is_folder(file):
        raise NotUnderstoodError(f"{readable(name)}: is a folder, not a file")
    if is_there(file):
        return file
    hint = f" (did you mean {near}?)" if (near := nearly(file)) else ""
    raise NotUnderstoodError(f"{readable(name)}: {astray(file) or f'there is no such file{hint}'}")


def _standing(manifest: Path, text: str) -> str:
    """Seconds as they are, a file relative to the manifest."""
    return str(_there(manifest, text)) if Options(standing=text).standing_file else text


def _place(text: str) -> int:
    value = _number("person", text)
    if not value.is_integer():
        raise NotUnderstoodError(f"person {quoted(text)} is not a whole number: people count from the left")
    return int(value)


def _number(name: str, text: str) -> float:
    try:
        return real(text)
    except ValueError:
        hint = to_write(name, text)
        raise NotUnderstoodError(f"{name} {quoted(text)} is not a number{hint and f': {hint}'}") from None
