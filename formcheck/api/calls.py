"""What is called: analyse a clip, read a report back, compare two, look into the history."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import datatypes
from ..backends import BACKENDS, DEFAULT_BACKEND, KEYPOINTS
from ..datatypes import SECONDS, Change, NotUnderstoodError, Progress, UnreadableInputError
from ..incoming import report_in
from ..outgoing import quoted
from ..results import REMEDY, Fresh, Saved
from ..words import counted
from .reports import AGAIN, Report, path_of

if TYPE_CHECKING:
    from ..history.records import ClipRecord, Entry
    from ..versus import Changes


def analyze(
    video: str | Path | None = None,
    *,
    height_cm: float | None = None,
    speed_kmh: float | None = None,
    model: str = DEFAULT_BACKEND,
    view: str = "auto",
    person: int | None = None,
    slowmo: float | None = None,
    capture_fps: float | None = None,
    start: float = 0.0,
    end: float | None = None,
    standing: float | str | Path | None = None,
    every_frame: bool = False,
    cache: bool = True,
    workers: int | None = None,
    blur_face: bool = False,
    stick_figure: bool = False,
    embed_video: bool = False,
    pdf: bool = False,
    export: str | Sequence[str] = (),
    keypoints: str | Path | None = None,
    fps: float | None = None,
    progress: Progress | None = None,
) -> Report:
    """Everything formcheck can say about one video. The keywords are the options of ``formcheck analyze``.

    - ``height_cm``: the runner's height; with it, distances are also given in centimetres
    - ``speed_kmh``: what the treadmill was set to
    - ``model``: the pose model, ``lite``, ``full``, ``heavy`` or ``mediapipe``
    - ``view``: where the camera stands, ``side``, ``rear`` or ``front``; ``auto``: found automatically
    - ``person``: whom to follow, numbered from 1 as in the report; None: the one whose legs move most,
      weighted by size, time in view and nearness to the middle of the picture
    - ``slowmo``: how many times slower than real time the clip plays; or ``capture_fps``: the rate it was recorded at
    - ``start``, ``end``: the part to analyse, in seconds of the file
    - ``standing``: where the runner stands tall: the first n seconds of the file, a part of it (``"1-3"``), or another
      file of the same day; found automatically if it is in the clip
    - ``every_frame``: read all frames of a fast clip, not just 29 to 57 per second of real time (of lighter models,
      twice as many)
    - ``cache``: keep the landmarks and reuse kept ones; ``workers``: processes to run at once, None: one per core
    - ``blur_face``: make every face in pictures unrecognisable; ``stick_figure``: draw on a plain background instead
    - ``embed_video``: embed the annotated video in ``report.html``, which can then be mailed by itself
    - ``pdf``: also write a page for a physiotherapist (needs formcheck[pdf])
    - ``export``: the format or formats in which ``save`` also writes the data: ``csv``, ``xlsx``, ``parquet``,
      ``trc``, ``mot``, ``openpose``, ``npz``
    - ``keypoints``: a file of landmarks (docs/data.md), used instead of a pose model; without a video nothing is drawn;
      ``fps``: its frames per second, if it does not say
    - ``progress``: called with (stage, frames done, total frames or None) for every frame that the pose model reads:
      the stage is "reading", later followed by what the clip shows so far, and the total an estimate; then, where some
      may only repeat others, "comparing pictures" for every frame; what it raises ends the analysis

    Raises UnreadableVideoError, UnreadableInputError (``keypoints``), NothingMeasurableError or NotUnderstoodError (all
    FormcheckError), which say what is wrong, with which file, and how to put it right.
    """
    from .. import pipeline  # noqa: PLC0415

    clip, landmarks = (None if name is None else path_of(name) for name in (video, keypoints))
    options = datatypes.Options(
        height_cm=height_cm, speed_kmh=speed_kmh, model=model, view=view, person=person, slowmo=slowmo,
        capture_fps=capture_fps, start=start, end=end, standing=_standing(standing), every_frame=every_frame,
        cache=cache, workers=workers, blur_face=blur_face, stick_figure=stick_figure, embed_video=embed_video, pdf=pdf,
        export=(export,) if isinstance(export, str) else export,  # type: ignore[arg-type]  # any sequence becomes a tuple
        keypoints=None if landmarks is None else str(landmarks), fps=fps,
    )  # fmt: skip
    given = clip or landmarks
    if given is None:
        raise NotUnderstoodError("give a video, or `keypoints`")
    return of(pipeline.analyze(given, options, progress))


def of(made: datatypes.Report) -> Report:
    """The public report on an analysis that was just made."""
    from ..report import to_json  # noqa: PLC0415

    return Report(to_json(made), Fresh(made))


def read_report(folder: str | Path) -> Report:
    """A report from the folder it was saved to (or its report.json). Raises UnreadableInputError.

    Its tables stay there until asked for. If another analysis has been written there by then, they are refused.
    """
    file, content = report_in(path_of(folder).absolute(), REMEDY)
    try:
        report = Report(content, Saved(file, content))
        for show in (repr, Report._repr_html_):  # what cannot be shown is refused here
            show(report)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableInputError(f"{file}: damaged or of another version ({error}); {AGAIN}") from error
    if report.model not in {**BACKENDS, **KEYPOINTS}:
        raise UnreadableInputError(f"{file}: made with an unknown pose model; {AGAIN}")
    return report


def compare(before: Report, after: Report, *, refilmed: bool = False) -> Changes:
    """What changed from one clip to another filmed alike (same place, speed, settings), by metric: after minus before.

    Where they were not filmed alike, ``differences`` of the result says so, and what cannot be compared is missing.

    - ``refilmed``: the camera was set up again, as on another day; intervals then include what that alone changes, as
      they do if the camera is seen to stand elsewhere

    Raises NotUnderstoodError where a report is on several views or none at all, UnreadableInputError where one is
    damaged.
    """
    from ..versus import Take, changes  # noqa: PLC0415

    for given in (before, after):
        if not isinstance(given, Report):
            raise NotUnderstoodError(
                f"{quoted(str(given))}: is not a report; give what `analyze` or `read_report` returns"
            )
    first, second = (Take(report.to_json(), tuple(report.values())) for report in (before, after))
    return changes(first, second, refilmed)


@dataclass(frozen=True)
class Athlete:
    """Somebody in the history: their clips, earliest first, and their soreness diary, by day."""

    name: str
    clips: tuple[ClipRecord, ...]
    diary: tuple[Entry, ...]

    def __repr__(self) -> str:
        return f"<Athlete {self.name}: {counted(len(self.clips), 'clip{s}')}, {len(self.diary)} in the diary>"

    def changes(self) -> dict[str, Change]:
        """What changed from the first to the latest of the comparable clips, by metric.

        Comparable: same view, pose model and part of the run. If there are several such groups, the largest counts.
        """
        from ..history.series import alike  # noqa: PLC0415

        groups = alike(self.clips)
        return {row.metric: row.change for row in groups[0].series()} if groups else {}


def athletes() -> tuple[str, ...]:
    """The names of everybody in the history, in alphabetical order. Raises FormcheckError."""
    from ..history import people, store  # noqa: PLC0415

    with store.reading() as db:
        return tuple(one.name for one in people.athletes(db))


def athlete(name: str) -> Athlete:
    """Somebody in the history, found whatever the case of the name. Raises NotUnderstoodError, UnreadableInputError."""
    from ..history import people, records, store  # noqa: PLC0415

    if not isinstance(name, str):
        raise NotUnderstoodError(f"{quoted(str(name))}: is not a name; give a str")
    with store.reading() as db:
        one = people.find(db, name)
        return Athlete(one.name, records.clips(db, one), records.diary(db, one))


def _standing(said: Any) -> str | None:
    """Where the runner stands, as ``Options`` has it."""
    if said is None or isinstance(said, str):
        return said
    if isinstance(said, (bytes, os.PathLike)):
        return str(path_of(said))
    if SECONDS.fullmatch(str(said)) is None:
        raise NotUnderstoodError(f'`standing={said}`: is neither seconds (2, "1-3") nor a file')
    return str(said)
