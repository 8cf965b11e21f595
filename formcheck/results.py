"""The files of a report: those an analysis that was just made will write, and those in the folder of an earlier one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .datatypes import NotUnderstoodError, Progress, Report, UnreadableInputError
from .incoming import MOST_OF_FRAMES, document, is_folder, is_there, text
from .settings import EXPORTED, FILM, OUTPUTS, PAGE

REMEDY = "give a folder that an analysis wrote"
TABLES = ("steps.csv", "frames.csv", "angles.csv")


class Files(Protocol):
    """What a report is written from: the analysis that was just made, or its folder.

    made: the analysis behind it, landmarks and all; None for a report read from disk
    """

    @property
    def made(self) -> Report | None: ...

    def table(self, name: str) -> str:
        """The text of one of TABLES."""

    def write(self, folder: Path, with_video: bool, progress: Progress | None) -> None:
        """All files, to a folder."""


@dataclass(frozen=True)
class Fresh:
    """An analysis that was just made."""

    made: Report

    def table(self, name: str) -> str:
        from .export import angles_csv  # noqa: PLC0415
        from .report import frames_csv, steps_csv  # noqa: PLC0415

        if name == "frames.csv":
            return "".join(frames_csv(self.made))
        return steps_csv(self.made) if name == "steps.csv" else angles_csv(self.made)

    def write(self, folder: Path, with_video: bool, progress: Progress | None) -> None:
        from . import pipeline  # noqa: PLC0415

        pipeline.write(self.made, folder, with_video, progress)


@dataclass(frozen=True)
class Saved:
    """A report.json with the content it had when it was read, and the files beside it, which are read when needed."""

    file: Path
    content: Mapping[str, Any]
    made: None = None

    @property
    def _folder(self) -> Path:
        """Raises UnreadableInputError where another analysis has been written to it since."""
        if document(self.file, REMEDY) != self.content:
            raise UnreadableInputError(f"{self.file}: holds another report than when it was read; read it again")
        return self.file.parent

    def table(self, name: str) -> str:
        place = self._folder / name
        if self.content.get("together") is not None:
            raise NotUnderstoodError(f"{self.file}: a report on several views, whose tables stay with each view's own")
        if name in EXPORTED and not is_there(place):
            raise UnreadableInputError(f"{place}: is not there; analyse the clip with `export=csv`")
        return text(place, REMEDY, MOST_OF_FRAMES)

    def write(self, folder: Path, with_video: bool, progress: Progress | None) -> None:  # noqa: ARG002
        from .files import check_nothing_lost, copy, replacing_all, write_text  # noqa: PLC0415
        from .page.filmless import filmless  # noqa: PLC0415

        place = self._folder
        if os.path.realpath(place) == os.path.realpath(folder):
            return
        check_nothing_lost(folder, OUTPUTS)
        with replacing_all(folder, OUTPUTS) as fresh:
            for name in OUTPUTS if with_video else (output for output in OUTPUTS if output != FILM):
                for file in sorted((place / name).iterdir()) if is_folder(place / name) else [place / name]:
                    if is_there(file):
                        copy(file, fresh / file.relative_to(place))
            if not with_video and is_there(fresh / PAGE):
                write_text(fresh / PAGE, filmless(text(fresh / PAGE, REMEDY, MOST_OF_FRAMES), place / PAGE))
