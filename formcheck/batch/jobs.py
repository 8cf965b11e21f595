"""Paths and manifests → the clips to be analysed, each with what is said of it."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..datatypes import NotUnderstoodError, Options, UnreadableInputError
from ..files import safe_name
from ..incoming import is_folder, is_there, table
from ..outgoing import quoted

FILMS = frozenset(
    ".3gp .asf .avi .flv .m2ts .m4v .mkv .mov .mp4 .mpeg .mpg .mts .mxf .ogv .webm .wmv".split()  # noqa: SIM905
)
MANIFEST = ".csv"
NUMBERS = ("height_cm", "speed_kmh", "slowmo")
COLUMNS = ("file", "athlete", *NUMBERS, "view", "session")  # of a manifest
MANIFEST_REMEDY = f"give a table with the columns {', '.join(COLUMNS)}, of which only the first is needed"
MOST_LETTERS = 200  # of an athlete's or a session's name


@dataclass(frozen=True)
class Job:
    """One clip: results go to a folder named ``name``, or with a number behind it, in ``parent``."""

    video: Path
    parent: Path
    name: str
    settings: dict[str, Any] = field(default_factory=dict)  # keywords of ``datatypes.Options``
    with_video: bool = True
    athlete: str = ""
    session: str = ""
    early: bool = False  # whether somebody hears what the clip shows before it is read to the end

    @property
    def options(self) -> Options:
        return Options(**self.settings)


def given(videos: Iterable[Path], parent: Path, settings: dict[str, Any], with_video: bool) -> list[Job]:
    """A job for each of the videos, as they stand; one named twice has two."""
    return _numbered(Job(video, parent, safe_name(video.stem), settings, with_video) for video in videos)


def collected(paths: Iterable[Path], parent: Path, settings: dict[str, Any], with_video: bool) -> list[Job]:
    """Jobs for videos, folders (results go to the same subfolders), patterns and manifests (CSV).

    A manifest's row goes before the settings. Every clip is taken once, as a manifest says if one does. Raises
    NotUnderstoodError, UnreadableInputError.
    """
    usual = Job(Path(), parent, "", settings, with_video)
    jobs: dict[str, Job] = {}
    for path in sorted(paths, key=lambda path: path.suffix.lower() != MANIFEST):
        for job in _of_path(path, usual):
            jobs.setdefault(os.path.realpath(job.video), job)
    return _numbered(jobs.values())


def _numbered(jobs: Iterable[Job]) -> list[Job]:
    """Those that share a name and a folder get a number of their own, in their order."""
    so_far: Counter[tuple[Path, str]] = Counter()
    numbered = []
    for job in jobs:
        place = (job.parent, job.name.casefold())
        so_far[place] += 1
        numbered.append(job if so_far[place] == 1 else replace(job, name=f"{job.name}-{so_far[place]}"))
    return numbered


def _of_path(path: Path, usual: Job) -> Iterator[Job]:
    if is_folder(path):
        yield from (_in_folder(path, film, usual) for film in films(path, usual.parent))
    elif path.suffix.lower() == MANIFEST:
        yield from _of_manifest(path, usual)
    elif not is_there(path) and glob.has_magic(str(path)):
        found = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207 (of a path that may begin anywhere)
        if not found:
            raise NotUnderstoodError(f"{path}: nothing matches this name; check it")
        for one in map(Path, found):
            if not _is_results(one.parent):
                yield from _of_path(one, usual)
    else:
        yield replace(usual, video=path, name=safe_name(path.stem))


def films(folder: Path, results: Path) -> Iterator[Path]:
    """Videos in a folder and those below it, in order of name; hidden ones, results and links to folders aside."""
    for place, below, names in os.walk(folder):
        below[:] = sorted(name for name in below if not name.startswith(".") and Path(place, name) != results)
        if _is_results(Path(place)):
            continue
        for name in sorted(names):
            if Path(name).suffix.lower() in FILMS and not name.startswith("."):
                yield Path(place, name)


def _is_results(folder: Path) -> bool:
    """Whether a folder holds an analysis, whose video is no clip to analyse."""
    return (folder / "report.json").exists() and (folder / "steps.csv").exists()


def _in_folder(folder: Path, film: Path, usual: Job) -> Job:
    below = film.parent.relative_to(folder).parts
    parent = usual.parent.joinpath(*(safe_name(part) for part in below))
    return replace(usual, video=film, parent=parent, name=safe_name(film.stem))


def _of_manifest(path: Path, usual: Job) -> Iterator[Job]:
    """A job for each row; files are named from where the manifest stands. Raises UnreadableInputError, row by row."""
    head, *rows = table(path, MANIFEST_REMEDY) or [[]]
    columns = [name.strip().lower() for name in head]
    unknown = [name for name in columns if name not in COLUMNS]
    if "file" not in columns or unknown or len(set(columns)) < len(columns):
        wrong = f"{quoted(unknown[0])} is not a column" if unknown else "columns are missing or named twice"
        raise UnreadableInputError(f"{path}: {wrong}; {MANIFEST_REMEDY}")
    for line, cells in enumerate(rows, 2):
        row = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
        if any(cell.strip() for cell in cells):
            try:
                if any(cell.strip() for cell in cells[len(columns) :]):
                    raise NotUnderstoodError("has more cells than the first line")
                yield _of_row(path, row, usual)
            except (NotUnderstoodError, ValueError) as error:
                raise UnreadableInputError(f"{path}, line {line}: {error}; correct this row") from error


def _of_row(manifest: Path, row: dict[str, str], usual: Job) -> Job:
    if not row.get("file"):
        raise NotUnderstoodError("names no file")
    said = usual.settings | {name: _number(name, row[name]) for name in NUMBERS if row.get(name)}
    if row.get("view"):
        said["view"] = row["view"].lower()
    if row.get("slowmo"):
        said["capture_fps"] = None
    Options(**said)
    athlete, session = row.get("athlete", ""), row.get("session", "")
    if max(len(athlete), len(session)) > MOST_LETTERS:
        raise NotUnderstoodError(f"a name has more than {MOST_LETTERS} letters")
    video = manifest.parent / row["file"]
    return replace(usual, video=video, name=safe_name(video.stem), settings=said, athlete=athlete, session=session)


def _number(name: str, text: str) -> float:
    try:
        return float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    except ValueError:
        raise NotUnderstoodError(f"{name} {quoted(text)} is not a number") from None
