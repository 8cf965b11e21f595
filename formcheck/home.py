"""A folder of results: the files in it, what its report is on, and whether an analysis may replace them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .datatypes import Options, UnreadableInputError
from .files import somebody_elses
from .incoming import document, inside, is_file
from .outgoing import readable
from .settings import OUTPUTS, REPORT, part_of

Subject = tuple[str, dict[str, Any]]  # a video by its real path, and the person and seconds of it


def files_of(folder: Path, look: Callable[[Path], list[Path]] = inside) -> list[Path]:
    """The files that an analysis has put into a folder; look: as ``inside``."""
    places = [folder / name for name in OUTPUTS]
    return [path for path in (*places, *(path for place in places for path in look(place))) if is_file(path)]


def read_in(folder: Path, path: Path, options: Options) -> Iterator[Path]:
    """Which files that an analysis is made from would be replaced by its results in a folder."""
    landmarks = None if options.keypoints is None else Path(options.keypoints)
    replaced = [Path(os.path.realpath(folder / name)) for name in OUTPUTS]
    for given in filter(None, (path, landmarks, options.standing_file)):
        real = Path(os.path.realpath(given))
        if any(real.is_relative_to(place) for place in replaced):
            yield given


def holds_another(folder: Path, path: Path, options: Options | None = None) -> bool:
    """Whether a folder holds a report on another video than path, or on another person or other seconds of it, one that
    cannot be read, or files that a report would replace: somebody else's, or what the analysis is made from."""
    if any(read_in(folder, path, options or Options())):
        return True
    file = folder / REPORT
    if not os.path.lexists(file) and somebody_elses(folder, OUTPUTS):
        return True
    if not os.path.lexists(file):  # one may have come while others were moving files there
        return False
    held = reported_on(folder)
    if held is None or options is None:
        return held is None or held[0] != _film(path)
    return held != asked_about(path, options)


def asked_about(path: Path, options: Options) -> Subject:
    """What an analysis of a video would report on."""
    return _film(path), part_of(asdict(options))


def reported_on(folder: Path) -> Subject | None:
    """What the report in a folder is on; None where there is none that can be read."""
    try:
        recorded = document(folder / REPORT, "")
        return _film(recorded["video"]["path"]), part_of(recorded["settings"])
    except (UnreadableInputError, ValueError, KeyError, TypeError):
        return None


def _film(path: Path | str) -> str:
    return readable(os.path.realpath(path))
