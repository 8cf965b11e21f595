"""Two reports side by side: the page, the film and the JSON of ``formcheck compare``.

A report may have just been made or read back from its folder; pictures are drawn from what its files hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import datatypes, pipeline
from .api import AGAIN, Report
from .archive import landmark_columns
from .backends import backend_of
from .cleaning import on_every_frame
from .datatypes import (
    Event,
    Gait,
    Options,
    PoseTrack,
    Progress,
    Trial,
    UnreadableInputError,
    VideoInfo,
    View,
)
from .files import claimed, replacing_all, somebody_elses, write_text
from .incoming import document, is_there
from .outgoing import by_name, json_file
from .places import safe_name
from .settings import COMPARISON, REPORT
from .settings import PAGE as REPORT_PAGE
from .versus import Take, Versus, compared, to_json
from .versus.ghost import ghost
from .versus.phase import leads, mirrored, phases
from .video import MOST_FRAMES, prefetch

if TYPE_CHECKING:
    from .annotate.in_step import Runner

FILM, PAGE, VALUES = COMPARISON
NOT_WANTED = "none was asked for"


@dataclass(frozen=True)
class Abreast:
    """Two clips, ready to show; runners: what their pictures are drawn from, None without landmarks and strides."""

    takes: tuple[Take, Take]
    versus: Versus
    runners: tuple[Runner, Runner] | None
    no_film: str | None  # why there can be no film, None if there can

    @property
    def names(self) -> tuple[str, str]:
        """What the clips are called."""
        before, after = self.takes
        return before.name, after.name

    def to_json(self, film: bool) -> dict[str, Any]:
        return to_json(self.versus, *self.takes, FILM if film else None, None if film else self.no_film or NOT_WANTED)


def abreast(before: Report, after: Report, options: Options) -> Abreast:
    """options: how to disguise people in the film, in addition to how either report does."""
    takes = Take(before.to_json(), tuple(before.values())), Take(after.to_json(), tuple(after.values()))
    try:
        disguised = _disguised(options, before, after)
        shown = (_again(before, disguised), _again(after, disguised))
        runners = _runners(shown, takes)
        no_film = _no_film(shown) or (None if runners else "too few strides in a row were found for a film")
    except UnreadableInputError as error:  # a report.json alone, without its landmarks, or of another version
        runners, no_film = None, str(error)
    return Abreast(takes, compared(*takes), runners, no_film)


def _runners(shown: tuple[datatypes.Report, datatypes.Report], takes: Iterable[Take]) -> tuple[Runner, Runner] | None:
    """None when the strides of either clip cannot be followed."""
    from .annotate.in_step import Runner  # noqa: PLC0415 (late: loads slowly)

    before, after = (report.trial for report in shown)
    same_view = before.gait.view.name == after.gait.view.name
    runners = []
    turned = (False, mirrored(before, after))
    for report, take, lead, turn in zip(shown, takes, leads(before, after), turned, strict=True):
        row = phases(report.trial.gait.contacts, lead)
        if row is None:
            return None
        figure = ghost(report.trial, row) if same_view else None
        runners.append(Runner(report, take.name, row, figure.mirrored() if turn and figure else figure, turn))
    return runners[0], runners[1]


def _no_film(shown: Sequence[datatypes.Report]) -> str | None:
    """Why one of the clips has no pictures; None when both have."""
    for video, disguise in ((report.trial.video, report.options.disguise) for report in shown):
        if not video.filmed:
            return f"{video.path}: was analysed without a video"
        if disguise != "figure" and not is_there(video.path):
            return f"{video.path}: the clip is no longer there"
    return None


def _disguised(options: Options, *reports: Report) -> Options:
    """As options say or any of the reports does: who is hidden in one clip is mostly the runner of the other.

    Raises UnreadableInputError where a report does not say.
    """
    blur, figure = (
        getattr(options, name) or any(_setting(report, name) for report in reports)
        for name in ("blur_face", "stick_figure")
    )
    return Options(blur_face=blur, stick_figure=figure)


def _setting(report: Report, name: str) -> bool:
    try:
        return bool(report.to_json()["settings"][name])
    except KeyError as error:
        raise UnreadableInputError(
            f"{report.video}: its report is damaged or of another version ({error}); {AGAIN}"
        ) from error


def _again(report: Report, disguised: Options) -> datatypes.Report:
    """The landmarks and events pictures are drawn from, as the report's files hold them."""
    trial = report.made.trial if report.made is not None else _trial(report)
    trial = replace(trial, track=on_every_frame(trial.track))
    return datatypes.Report(trial, tuple(report.values()), report.findings, options=disguised)


def _trial(report: Report) -> Trial:
    """The trial of a report that was read. Raises UnreadableInputError."""
    try:
        content = report.to_json()
        factor = float(content["video"]["slow_motion_factor"])
        seen = content["view"]
        angles = (seen.get(key) for key in ("yaw_deg", "elevation_deg"))  # older reports lack some
        view = View(seen["name"], seen["facing"], seen["confidence"], *(np.nan if a is None else a for a in angles))
        begin_s, end_s, slowed = _shown_stretch(content)
        contacts, toe_offs = (
            tuple(Event(**row).retimed(factor) for row in content[key] if begin_s <= row["time_s"] <= end_s)
            for key in ("contacts", "toe_offs")
        )
        gait = Gait(view, content["activity"], content["surface"], contacts, toe_offs)
        track = replace(_track(report, factor), roll_deg=float(seen.get("roll_deg") or 0.0))
        return Trial(_video(content["video"]), track, gait, slowed=slowed / factor)
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableInputError(f"{report.video}: its report is damaged ({error}); {AGAIN}") from error


def _shown_stretch(content: Mapping[str, Any]) -> tuple[float, float, float]:
    """File times of the longest stretch seen from the report's view, and how much slower than real time it plays.

    The whole clip if there is none.
    """
    view, factor = content["view"], float(content["video"]["slow_motion_factor"])
    alike = [
        (row["begin_s"], row["end_s"], row["slow_motion_factor"])
        for row in content["bouts"] if row["used"] and row["view"] == view["name"] and row["facing"] == view["facing"]
    ]  # fmt: skip
    return max(alike, key=lambda span: (span[1] - span[0]) / span[2], default=(-np.inf, np.inf, factor))


def _video(row: dict[str, Any]) -> VideoInfo:
    return VideoInfo(
        Path(row["path"]), row["width_px"], row["height_px"], float(row["fps"] or np.nan), row["frames"],
        row["duration_s"], slow_motion_factor=float(row["slow_motion_factor"]),
        filmed=row["filmed"],
    )  # fmt: skip


def _track(report: Report, factor: float) -> PoseTrack:
    """From frames.csv, which does not tell how far a camera turned while it filmed."""
    from pyarrow import csv  # noqa: PLC0415 (late: loads slowly)

    table = csv.read_csv(BytesIO(report.text_of("frames.csv").encode()))
    columns = {name: np.asarray(table[name].to_numpy(), np.float64) for name in table.column_names}
    names = backend_of(report.model).landmarks.names
    points = np.stack([columns[name] for name in landmark_columns(names)], axis=1).reshape(-1, len(names), 3)
    xy, confidence = points[..., :2], np.nan_to_num(points[..., 2])
    frames, time_s = columns["frame"].astype(np.int64), columns["time_s"] / factor
    world, camera = np.full((*xy.shape[:2], 3), np.nan), np.full((len(xy), 2), np.nan)
    if len(frames) and not 0 <= frames[-1] - frames[0] < MOST_FRAMES:
        raise ValueError("frames.csv has frame numbers that no clip can have")
    rows = np.arange(frames[0], frames[-1] + 1) if len(frames) else frames
    clock_s = np.interp(rows, frames, time_s)
    return PoseTrack(time_s, xy, world, confidence, camera, frames, clock_s, model=report.model)


def write(
    pair: Abreast, folder: Path, places: Sequence[Path], with_film: bool = True, progress: Progress | None = None
) -> bool:
    """Write all outputs of a comparison to a folder, replacing any earlier ones; returns whether there is a film.

    places: the folders of both clips' results, whose pages are linked to.
    """
    from .page.frame import link_to  # noqa: PLC0415 (late, like all that draws)
    from .page.versus import versus_html  # noqa: PLC0415

    links = [link_to(place / REPORT_PAGE, folder) if is_there(place / REPORT_PAGE) else None for place in places]
    film = with_film and pair.no_film is None
    with replacing_all(folder, COMPARISON) as fresh:
        if film:
            _write_film(pair, fresh / FILM, progress)
        said = pair.to_json(film)
        named = by_name(said["no_film"] or "", _looked_for(said, places))
        write_text(fresh / PAGE, versus_html(pair.versus, said | {"no_film": named}, pair.runners, links))
        write_text(fresh / VALUES, json_file(said))
    return film


def _looked_for(said: Mapping[str, Any], places: Iterable[Path]) -> Iterator[Path]:
    """What a film is made from: both clips, and the files of their results."""
    yield from (Path(said[end]) for end in ("before", "after"))
    yield from (place / name for place in places for name in (REPORT, "frames.csv"))


def _write_film(pair: Abreast, path: Path, progress: Progress | None) -> None:
    from .annotate.in_step import shown_part, shown_strides, write_in_step  # noqa: PLC0415 (late: loads slowly)

    assert pair.runners is not None
    count = shown_strides(*pair.runners)
    first, second = (prefetch(pipeline.frames_of(shown_part(runner, count))) for runner in pair.runners)
    with closing(first), closing(second):
        write_in_step(pair.runners, (first, second), path, progress)


@contextmanager
def folder_of(pair: Abreast, parent: Path) -> Iterator[Path]:
    """A folder in parent for a comparison, to which nobody else writes meanwhile."""
    name = safe_name("-vs-".join(Path(take.content["video"]["path"]).stem for take in pair.takes))
    with claimed(parent, name, lambda folder: not _holds_another(folder, pair)) as folder:
        yield folder


def _holds_another(folder: Path, pair: Abreast) -> bool:
    """Whether a folder holds a comparison of other clips, people or parts, a report, or what cannot be read."""
    if not is_there(folder / VALUES) and (is_there(folder / REPORT) or somebody_elses(folder, COMPARISON)):
        return True
    if not is_there(folder / VALUES):  # one may have come while others were moving files there
        return False
    try:
        kept, said = document(folder / VALUES, ""), pair.to_json(False)
        parts = kept.get("parts", said["parts"])  # an older version does not say
        return parts != said["parts"] or any(kept[key] != said[key] for key in ("schema", "before", "after"))
    except (UnreadableInputError, KeyError, TypeError):
        return True
