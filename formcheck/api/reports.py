"""A report as the library's users have it: plain values, the same whether just made or read from its folder."""

from __future__ import annotations

import html
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, fields
from math import isfinite, nan
from pathlib import Path
from textwrap import wrap
from typing import Any

from ..datatypes import (
    AgainstStanding,
    Change,
    Finding,
    Interval,
    LeftRight,
    Measurement,
    NotUnderstoodError,
    Progress,
    Side,
    UnreadableInputError,
)
from ..datatypes.findings import NO_INTERVAL
from ..outgoing import quoted
from ..results import TABLES, Files
from ..words import counted, interval_of, number, titled

AGAIN = "analyse the clip again"
WIDEST = 110  # characters in a line of a report's repr
SHOWN = (  # in a report's repr, the first four that were measured
    "cadence_spm",
    "trunk_lean_deg",
    "overstride_cm",
    "overstride_pct_leg",
    "contact_time_ms",
    "shoulder_hunch_deg",
)


class Table(Mapping[str, list[Any]]):
    """Plain columns by name, all of equal length: floats (NaN where nothing is known) or words."""

    def __init__(self, source: str) -> None:
        """source: the text of a CSV file. Raises UnreadableInputError."""
        from ..sheets import read_csv  # noqa: PLC0415

        try:
            head, rows = read_csv(source)
        except ValueError as error:
            raise UnreadableInputError(f"a table of the report is damaged ({error}); {AGAIN}") from error
        self._columns: dict[str, list[Any]] = {name: [row[i] for row in rows] for i, name in enumerate(head)}
        self.rows = len(rows)

    def __getitem__(self, name: str) -> list[Any]:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        return f"<Table of {self.rows} rows: {', '.join(list(self)[:8])}{', …' if len(self) > 8 else ''}>"

    def to_pandas(self) -> Any:
        """As a data frame; needs pandas."""
        import pandas  # noqa: PLC0415

        return pandas.DataFrame(self._columns)


@dataclass(frozen=True)
class Contact:
    """An initial contact or toe-off: time and frame in the file, the runner's own side, one SD of the time (s)."""

    time_s: float
    frame: float
    side: Side
    sd_s: float


@dataclass(frozen=True)
class Told:
    """A finding in the runner's words.

    - ``fault``: its name, as in ``Finding.fault``
    - ``what``: what was found, in a sentence; ``measure``: what the number is called
    - ``how_much``: the number with its unit and 95 % interval, against what is usual
    - ``how_sure``: how sure it is that the true value is not usual, and from how many steps
    - ``try_this``: one thing to try
    """

    fault: str
    what: str
    measure: str
    how_much: str
    how_sure: str
    try_this: str


@dataclass(frozen=True)
class Summary:
    """A report at a glance.

    - ``verdict``: a sentence on the whole clip, or two if several things are worth acting on
    - ``told``: what is worth acting on, strongest first, three at most; ``more``: faults beyond those, by name
    - ``fine``, ``close``, ``unmeasured``: the remaining faults: fine, too close to call, not measured
    - ``tip``: how to film, or what to say about the clip, to learn most about what is unknown; "" when nothing helps
    """

    verdict: str
    told: tuple[Told, ...]
    more: tuple[str, ...]
    fine: tuple[str, ...]
    close: tuple[str, ...]
    unmeasured: tuple[str, ...]
    tip: str


class Report(Mapping[str, Measurement]):
    """What was found in one clip: its measurements by name, everything else as attributes.

    The same whether just made or read from its folder, but for the measurements' ``steps``, which only one just made
    has, and for decimals beyond the sixth. Times are those of the file; missing numbers are NaN, and ``missing`` says
    why. Reports that say the same are equal; their parts, being of numbers that may be NaN, need not be.

    - ``video``: the clip it is about; ``title``: what it is called, with the part of the film
    - ``model``: the pose model that read it
    - ``view``, ``facing``: where the camera stood, and which way the runner faces in the picture
    - ``activity``: running, walking or other; ``surface``: treadmill, overground or unknown
    - ``contacts``: initial contacts of both feet, in order of time; ``toe_offs`` likewise
    - ``summary``: the report at a glance
    - ``findings``: all of them, strongest first
    - ``left_right``: left minus right, by metric; ``trends``: the change over the clip; ``standing``: how the body is
      held when running minus when standing tall, if standing is in the clip or was given
    - ``warnings``: what was odd about the clip
    """

    left_right: dict[str, LeftRight]
    trends: dict[str, Change]
    standing: dict[str, AgainstStanding]
    warnings: tuple[str, ...]

    def __init__(self, content: Mapping[str, Any], files: Files) -> None:
        """content: as in report.schema.json."""
        self._content, self._files, self.made = content, files, files.made
        measured = (
            self.made.measurements if self.made else (_measured(n, row) for n, row in content["measurements"].items())
        )
        self._measurements = {m.name: m for m in measured}
        self.video = Path(content["video"]["path"])
        self.model = str(content["model"])
        self.view = str(content["view"]["name"])
        self.facing = str(content["view"]["facing"])
        self.activity = str(content["activity"])
        self.surface = str(content["surface"])
        self.contacts = tuple(Contact(**row) for row in content["contacts"])
        self.toe_offs = tuple(Contact(**row) for row in content["toe_offs"])
        self.summary = _summary(content["summary"])
        self.findings = tuple(_finding(row) for row in content["findings"])
        self.left_right = {name: LeftRight(name, **_numbers(row)) for name, row in content["left_right"].items()}
        self.trends = {name: Change(name, **_numbers(row)) for name, row in content["trends"].items()}
        zero = (content.get("standing") or {}).get("measures", {})
        self.standing = {name: AgainstStanding(name, **_numbers(row)) for name, row in zero.items()}
        self.warnings = tuple(content["quality"]["warnings"])

    @property
    def title(self) -> str:
        """What the clip is called: its name, with the seconds and the person of the film that were asked for."""
        return titled(self.video.name, self._content["settings"])

    def __getitem__(self, name: str) -> Measurement:
        return self._measurements[name]

    def why_missing(self, name: str) -> str | None:
        """Why a measure has no value, in a sentence; None where it has one. ``Measurement.missing`` is its key."""
        why: str | None = self._content["measurements"][name]["missing"]
        return why

    def __iter__(self) -> Iterator[str]:
        return iter(self._measurements)

    def __len__(self) -> int:
        return len(self._measurements)

    def __eq__(self, other: object) -> bool:
        return self._content == other._content if isinstance(other, Report) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as for every mapping

    def to_json(self) -> dict[str, Any]:
        """Everything as plain values, as report.schema.json describes them; to change as you like."""
        return deepcopy(dict(self._content))

    def text_of(self, table: str) -> str:
        """The content of steps.csv, frames.csv or angles.csv."""
        if table not in TABLES:
            raise NotUnderstoodError(f"{table!r}: is not one of {', '.join(TABLES)}")
        return self._files.table(table)

    def steps(self) -> Table:
        """One row per initial contact, none where they could not be read: times, side and every value of that step."""
        return Table(self.text_of("steps.csv"))

    def frames(self) -> Table:
        """One row per frame read by the pose model: every landmark, cleaned, in pixels."""
        return Table(self.text_of("frames.csv"))

    def angles(self) -> Table:
        """One row per frame read by the pose model: stride phase, contacts and every angle seen (docs/data.md).

        Those of a report read from a folder must have been exported to it (``export="csv"``): else raises
        UnreadableInputError.
        """
        return Table(self.text_of("angles.csv"))

    def save(self, folder: str | Path, *, video: bool = True, progress: Progress | None = None) -> Path:
        """Write report.json, the tables, the stills and the annotated video to a folder, all of them or none.

        They replace those of an earlier analysis there, never anybody else's files or what this analysis was made from.
        For the video, the clip must still be where it was.

        - ``video``: False leaves out the annotated video
        - ``progress``: called with ("drawing", frames done, total frames) for every frame that is drawn

        Raises FormcheckError if it cannot.
        """
        place = path_of(folder)
        self._files.write(place, video, progress)
        return place

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"<Report on {self.title}: {self.activity}, {self.view} view, {len(self.contacts)} contacts"
        yield from wrap(self.summary.verdict, WIDEST, initial_indent="  ", subsequent_indent="  ")
        yield from (f"  {told.measure}: {told.how_much}" for told in self.summary.told)
        shown = [self[name] for name in SHOWN if name in self and isfinite(self[name].value)]
        for m in shown[:4]:
            yield f"  {m.name} {number(m.value, m.unit)} ({interval_of(m)}) {m.unit}, {counted(m.n, 'step{s}')}"
        known = sum(m.missing is None for m in self.values())
        yield f"  {known} of {len(self)} measurements>"

    def _repr_html_(self) -> str:
        """For notebooks."""
        said = (f"{t.what} {t.measure}: {t.how_much} {t.how_sure} {t.try_this}" for t in self.summary.told)
        found = "".join(f"<li>{html.escape(text)}</li>" for text in said)
        rows = "".join(_html_row(m) for m in self.values() if m.missing is None)
        head = "<tr><th>measure</th><th>value</th><th>95 % interval</th><th>unit</th><th>steps</th></tr>"
        name, verdict = html.escape(self.title), html.escape(self.summary.verdict)
        notice = html.escape(self._content["notice"]["red_flags_short"])
        return f"<h4>{name}</h4><p><b>{verdict}</b></p><ul>{found}</ul><p>{notice}</p><table>{head}{rows}</table>"


def path_of(name: Any) -> Path:
    """Raises NotUnderstoodError where it names neither a file nor a folder."""
    with suppress(TypeError):
        text = os.fsdecode(name)
        if "\0" not in text:
            return Path(text)
    raise NotUnderstoodError(f"{quoted(str(name))}: is not the name of a file or folder; give a str or a Path")


def _number(cell: Any) -> float:
    return nan if cell is None else float(cell)


def _measured(name: str, row: Mapping[str, Any]) -> Measurement:
    numbers: dict[str, Any] = {key: _number(row[key]) for key in ("value", "low", "high", "spread")}
    numbers |= {"n": int(row["n"]), "clip_sd": float(row["clip_sd"]), "sampling": float(row["sampling"])}
    return Measurement(name, row["label"], row["unit"], missing=row["reason"], **numbers)


def _numbers(row: Mapping[str, Any]) -> dict[str, Any]:
    """A comparison's row as its class takes it."""
    kept = {key: row[key] for key in ("label", "unit", "n")} | {"missing": row["reason"]}
    kept |= {key: _interval(value) for key, value in row.items() if key.endswith("_interval")}
    return kept | {key: _number(value) for key, value in row.items() if key not in (*kept, "reason")}


def _interval(ends: Any) -> Interval:
    low, high = ends or NO_INTERVAL
    return _number(low), _number(high)


def _summary(row: Mapping[str, Any]) -> Summary:
    told = tuple(Told(**each) for each in row["told"])
    plain: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Summary(**plain | {"told": told})


def _finding(row: Mapping[str, Any]) -> Finding:
    given = {f.name: row[f.name] for f in fields(Finding) if f.name in row}  # an earlier report said less
    given |= {key: _number(given[key]) for key in ("value", "limit", "likely")}
    return Finding(**given | {key: tuple(given[key]) for key in ("regions", "citations")})


def _html_row(m: Measurement) -> str:
    cells = (m.label, number(m.value, m.unit), interval_of(m), m.unit, str(m.n))
    return f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>"
