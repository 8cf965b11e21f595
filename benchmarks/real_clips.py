"""Real people on film: clips labelled by eye, what formcheck says of them, slow motion thinned to usual frame rates.

The clips are not part of the project. They are looked for in a folder ``shared/clips`` beside the checkout, with their
labels in truth.json and truth_more.json; where they are missing, there is nothing to measure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from av.video.frame import VideoFrame

from formcheck import pipeline
from formcheck.datatypes import Activity, Event, FloatArray, Options, Report, usual_step
from formcheck.metrics import METRICS
from formcheck.metrics.measurement import correction
from formcheck.metrics.uncertainty import mean_of_medians
from formcheck.video import Clip, probe

from .scoring import matched
from .stills import stills
from .virtual_runner.rendering import truth_of

CLIPS = Path(__file__).parents[2] / "shared" / "clips"
FILES = ("truth.json", "truth_more.json")
SIDE = {"L": "left", "R": "right", None: None}
PART = 1.5  # usual gaps between labels: nobody looked at what lies in a longer gap
PICTURES = 40  # rendered runners that show how marks on the skin differ from joint centres
TICK = Fraction(1, 90_000)  # of a thinned file's clock


class Filmed(NamedTuple):
    """A clip in words, what is done in it, and how many times slower than real time it plays by its label."""

    words: str
    does: Activity = "running"
    slowed: float = 1.0


FILMED = {
    "treadmill_side_30fps": Filmed("home treadmill, phone in portrait, 30 frames/s, 12 s"),
    "treadmill_fisheye_30fps": Filmed("home treadmill, fisheye action camera, 30 frames/s, 7 s"),
    "rear_receding_30fps": Filmed("park, the runner moves away from a fixed camera, 30 frames/s, 12 s"),
    "front_slowmo": Filmed("road, from a car ahead; waist up at first, whole body for the last 9 of 25 s", slowed=1.7),
    "silhouette_slowmo": Filmed("overground, against the setting sun, slowly panning camera, 17 s", slowed=5.0),
    "walking_overground": Filmed("walks past a fixed camera, then backwards, 13 s", "walking"),
    "two_people_walking": Filmed("two people walk across the view, 7 s", "walking"),
}


@dataclass(frozen=True)
class Label:
    """What a rater read, and how far off it may be; NaN if not stated."""

    value: float
    doubt: float

    def held_by(self, low: float, high: float) -> str:
        """Whether an interval contains it."""
        if low <= self.value <= high:
            return "yes"
        return (
            "within the rater's uncertainty"
            if low <= self.value + self.doubt and self.value - self.doubt <= high
            else "no"
        )


class Ends(NamedTuple):
    """How much more a trunk leans between joint centres than between the marks people set on the skin, degrees."""

    more: float
    sd: float

    @classmethod
    def of(cls, truths: Iterable[dict[str, Any]]) -> Ends:
        """From rendered runners, where both are known."""
        more = [truth["summary"]["lean_joint_deg"] - truth["summary"]["lean_landmark_deg"] for truth in truths]
        return cls(float(np.mean(more)), float(np.std(more, ddof=1)))

    @classmethod
    def rendered(cls) -> Ends:
        return cls.of(truth_of(runner).truth() for runner in stills(PICTURES))

    def between_joints(self, marked: Label) -> Label:
        return Label(marked.value + self.more, float(np.hypot(marked.doubt, 2 * self.sd)))


@dataclass(frozen=True)
class Against:
    """Moments compared with others: how much later each found in both is, in real time; how many are in one alone."""

    late_s: FloatArray
    of: int
    missed: int = 0
    made_up: int = 0
    wrong_foot: int = 0


@dataclass(frozen=True)
class Labelled:
    """A real clip with its labels, {} for none, and what the pipeline said of it.

    slowed: how many times slower than real time it was said to play; 1 where nothing was said.
    """

    name: str
    labels: dict[str, Any]
    report: Report
    slowed: float = 1.0

    @cached_property
    def frame_s(self) -> float:
        """Real time from frame to frame."""
        return usual_step(self.report.trial.track.clock_s)

    def time_of(self, frame: float) -> float:
        """Real time of a frame of the file, counted from 0; a fraction lies between two."""
        clock_s = self.report.trial.track.clock_s
        return float(np.interp(frame, np.arange(len(clock_s)), clock_s))

    def labelled(self, metric: str) -> Label | None:
        """A metric's label in real time, None where it has none or real time is not known."""
        labels = self.labels
        if metric == "cadence_spm" and "cadence_spm" in labels:
            known = labels.get("cadence_is_real_time", True) or self.slowed != 1
            doubt = labels.get("cadence_spm_uncertainty", float("nan"))
            return Label(self.slowed * labels["cadence_spm"], self.slowed * doubt) if known else None
        if metric == "trunk_lean_deg" and labels.get("trunk_lean_deg_estimate") is not None:
            return Label(labels["trunk_lean_deg_estimate"], labels["trunk_lean_uncertainty"])
        if metric == "overstride_pct_leg" and labels.get("foot_ahead_ratio") is not None:
            return Label(100 * labels["foot_ahead_ratio"], self._leg_pct(labels["foot_ahead_uncertainty_px"]))
        return None

    def _leg_pct(self, px: float) -> float:
        return 100 * px / float(self.labels["leg_length_px"])

    def events(self, rows: Sequence[dict[str, Any]]) -> list[Event]:
        """Labels of a foot on the ground as events."""
        return [Event(self.time_of(row["frame"]), row["frame"], SIDE[row["foot"]], 0.0) for row in rows]  # type: ignore[arg-type]

    @property
    def contacts(self) -> list[Event]:
        return self.events(self.labels.get("contacts", ()))

    @property
    def second_contacts(self) -> list[Event]:
        """Contacts labelled by another rater."""
        return self.events(self.labels.get("second_rater", {}).get("contacts", ()))

    @property
    def elsewhere(self) -> bool:
        """Whether raters looked at a part of the clip that its numbers do not rest on."""
        mid_stances = self.labels.get("mid_stance_frames", {})
        rows = [*self.labels.get("contacts", ()), *({"frame": f} for frames in mid_stances.values() for f in frames)]
        spans = [bout.trial.span_s for bout in self.report.used]
        return bool(rows) and not any(a <= self.time_of(row["frame"]) <= b for row in rows for a, b in spans)

    def overstride_at_labels(self) -> float | None:
        """The foot ahead of the hip, % of leg length, in the frames in which the rater read it."""
        frames = self.labels.get("foot_ahead_frames", ())
        rows = [row for row in self.labels.get("contacts", ()) if row["frame"] in frames]
        metric = METRICS["overstride_pct_leg"]
        if not rows or self.report.measurement(metric.name).missing:
            return None
        trial = self.report.trial
        there = replace(trial, gait=replace(trial.gait, contacts=tuple(self.events(rows))))
        values = metric.function(there)
        assert isinstance(values, list)
        return mean_of_medians(values) + correction(trial, metric)[0]


def held_against(found: Sequence[Event], labels: Sequence[Event], end_s: float) -> Against:
    """Only what was found where there are labels counts; end_s: of the clip."""
    inside = [e for e in found if any(a <= e.time_s <= b for a, b in _looked_at(labels))]
    rows = [{"time_s": label.time_s, "side": label.side} for label in labels]
    match = matched(inside, rows, "time_s", end_s)
    return Against(np.array(match.errors), match.steps, match.missed, match.false, match.wrong_side)


def _looked_at(labels: Sequence[Event]) -> Iterator[tuple[float, float]]:
    """The times labels cover: from half a usual gap before the first to half a gap after the last, in parts."""
    times = np.array([label.time_s for label in labels])
    usual = float(np.median(np.diff(times)))
    for part in np.split(times, np.flatnonzero(np.diff(times) > PART * usual) + 1):
        yield part[0] - 0.5 * usual, part[-1] + 0.5 * usual


def labels_of(name: str) -> dict[str, Any]:
    """What was labelled of a clip; {} when nothing was."""
    rows = (row for file in FILES for row in json.loads((CLIPS / file).read_text(encoding="utf-8"))["clips"])
    return next((row for row in rows if row["file"] == f"{name}.mp4"), {})


def labelled(name: str, model: str, told: bool = False) -> Labelled:
    """One clip, read in one part; told: the pipeline is told how much it is slowed down, and poses every frame."""
    slowed = FILMED[name].slowed if told else 1.0
    options = Options(model=model, slowmo=slowed if told else None, every_frame=told, workers=1, cache=False)
    return Labelled(name, labels_of(name), pipeline.analyze(CLIPS / f"{name}.mp4", options), slowed)


def thinned(name: str, every: int, first: int, folder: Path) -> Path:
    """A slow-motion clip played at real speed with only one frame in ``every``, from ``first`` on, each at its own time
    less that of the first kept; not a pixel is changed.
    """
    source, path, slowed = CLIPS / f"{name}.mp4", folder / f"{name}_{every}_{first}.mp4", FILMED[name].slowed
    begin_s = None
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264rgb", rate=30, options={"qp": "0", "preset": "ultrafast"})
        info = probe(source)
        stream.width, stream.height, stream.pix_fmt = info.width_px, info.height_px, "rgb24"
        stream.codec_context.time_base = TICK
        for frame in Clip(source):
            if frame.index % every != first:
                continue
            begin_s = frame.time_s if begin_s is None else begin_s
            picture = VideoFrame.from_ndarray(frame.image, format="rgb24")
            picture.pts, picture.time_base = round((frame.time_s - begin_s) / slowed / TICK), TICK
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return path
