"""The same rendered runners filmed twice: by another camera, in other clothes, elsewhere, with the same form.

    python -m benchmarks.refilmed --render [--processes 2]   # render what is missing in the cache
    python -m benchmarks.refilmed [--model heavy] [--keep]   # how much numbers move from that alone

How much they move is what ``formcheck compare`` measures every change against (``trends.REFILMED``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any

import click
import numpy as np

from formcheck import trends
from formcheck.datatypes import Measurement

from .population import Member, as_wide, ensure_rendered, lens_of, population, rendered, small
from .scoring import TRUTH, analyze, facts, truth_of
from .virtual_runner import changed

RUNNERS = ("side_03", "side_05", "side_08", "side_19", "side_24", "side_31", "side_44", "side_20")
KEPT = Path(__file__).parent.parent / "tests" / "data" / "refilmed.json"
FIELDS = ("name", "label", "unit", "value", "low", "high", "n", "clip_sd", "sampling")  # of a measurement, as kept
NO_ERROR = 0.01  # of a half interval: anything less is none, but for rounding
SEED_LATER = 1000  # added to a form's own: the steps of another day
FILMED: dict[str, Any] = {
    "recording.fps": 30.0, "recording.seconds": 8.0, "recording.blur_samples": 1, "recording.start_s": 0.2,
}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What was measured in one clip, and what is true of it, by metric."""

    runner: str
    measured: dict[str, Measurement]
    true: dict[str, float]


@dataclass(frozen=True)
class Moved:
    """A change between two clips: as given, half its interval, the true change, and the lasting error of both."""

    runner: str
    value: float
    half: float
    true: float
    lasting: float

    @property
    def called(self) -> bool:
        return abs(self.value) > self.half


@cache
def pairs() -> tuple[tuple[Member, Member], ...]:
    """Runners from the side in the standard condition, and each again, filmed as the next one was."""
    by_name = {member.name: member for member in population()}
    members = [by_name[name] for name in RUNNERS]
    return tuple((one, _again(one, other)) for one, other in zip(members, members[1:] + members[:1], strict=True))


def _again(one: Member, other: Member) -> Member:
    """The runner where the other one was filmed, from the other's angle and in the other's clothes."""
    distance_m, _ = lens_of(other.camera)
    camera = replace(other.camera, fov_deg=as_wide(one.camera, distance_m), shake_deg=0.0, moves="still")
    camera = replace(camera, aim_height_m=one.camera.aim_height_m)
    setting = replace(other.setting, treadmill=True, hidden_by="nothing")
    form = replace(one.form, seed=one.form.seed + SEED_LATER)
    clip = changed(
        one, form=form, camera=camera, setting=setting, outfit=other.outfit, **FILMED, **small(one.recording)
    )
    return replace(clip, name=f"{one.name}_again", stratum="refilmed")


def moved(before: Seen, after: Seen, model: str) -> Iterator[Moved]:
    """Every change that ``formcheck compare`` would report."""
    early, late = before.measured, after.measured
    for change in trends.compare(early.values(), late.values(), model, refilmed=True):
        if change.missing is None and change.metric in before.true.keys() & after.true.keys():
            lasting = np.hypot(trends.lasting_sd(early[change.metric]), trends.lasting_sd(late[change.metric]))
            true = after.true[change.metric] - before.true[change.metric]
            yield Moved(before.runner, change.value, change.high - change.value, true, float(lasting))


def _seen(member: Member, model: str) -> Seen:
    video = rendered(member).video
    truth = truth_of(video)
    known = facts(truth)
    report = analyze(video, truth, model)
    measured = {m.name: m for m in report.measurements if m.missing is None}
    return Seen(member.name, measured, {name: true(known) for name, true in TRUTH.items() if name in measured})


def share_of(moves: Sequence[Moved]) -> float:
    """The share of lasting error that the two clips of a pair do not have in common, over all measures with any."""
    off = [(m.value - m.true) / m.lasting for m in moves if m.lasting > NO_ERROR * m.half]
    return float(np.sqrt(np.mean(np.square(off))))


@dataclass(frozen=True)
class Score:
    """How changes fare between two clips of the same runner, and between each runner and the others.

    share, without   ``share_of`` all pairs, and of all but one in turn
    called           how many measures of a runner filmed again were called changed, and out of how many
    found            how many true differences between runners beyond the half interval were found, out of how many
    found_twice      the same for those beyond twice that
    wrong            how many were called in the wrong direction, and out of how many
    """

    share: float
    without: list[float]
    called: tuple[int, int]
    found: tuple[int, int]
    found_twice: tuple[int, int]
    wrong: tuple[int, int]


def score(clips: Sequence[tuple[Seen, Seen]], model: str) -> Score:
    """clips: the first and the second of each runner."""
    same = [move for before, after in clips for move in moved(before, after, model)]
    other = [move for (before, _), (_, after) in permutations(clips, 2) for move in moved(before, after, model)]
    found = [[m.called and m.value * m.true > 0 for m in other if abs(m.true) > n * m.half] for n in (1, 2)]
    once, twice = ((sum(some), len(some)) for some in found)
    runners = dict.fromkeys(m.runner for m in same)
    return Score(
        share_of(same), [share_of([m for m in same if m.runner != runner]) for runner in runners],
        (sum(m.called for m in same), len(same)), once, twice,
        (sum(m.called and m.value * m.true < 0 for m in other), len(other)),
    )  # fmt: skip


def kept() -> list[tuple[Seen, Seen]]:
    """What was seen, as last kept."""
    rows = [
        Seen(row["runner"], {m["name"]: Measurement(**m) for m in row["measured"]}, row["true"])
        for row in json.loads(KEPT.read_text(encoding="utf-8"))
    ]
    return list(zip(rows[::2], rows[1::2], strict=True))


def _keep(clips: Sequence[tuple[Seen, Seen]]) -> None:
    rows = [
        {
            "runner": seen.runner,
            "measured": [{key: _short(getattr(m, key)) for key in FIELDS} for m in seen.measured.values()],
            "true": {name: _short(value) for name, value in seen.true.items()},
        }
        for pair in clips
        for seen in pair
    ]
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    KEPT.write_text(f"[{lines}]\n", encoding="utf-8")


def _short(value: Any) -> Any:
    return float(f"{value:.5g}") if isinstance(value, float) else value


@click.command(help="Render what is missing in the cache, or say how much numbers move when runners are filmed again.")
@click.option("--render", is_flag=True)
@click.option("--keep", is_flag=True, help="Keep what was measured, for the tests.")
@click.option("--processes", default=1, show_default=True)
@click.option("--model", default="heavy", show_default=True)
def main(render: bool, keep: bool, processes: int, model: str) -> None:
    if render:
        wanted = [member for pair in pairs() for member in pair]
        ensure_rendered(wanted, processes=processes, progress=lambda one: click.echo(f"rendered {one.video.name}"))
        return
    clips = [(_seen(first, model), _seen(again, model)) for first, again in pairs()]
    if keep:
        _keep(clips)
    for name, value in vars(score(clips, model)).items():
        click.echo(f"{name}: {value}")


if __name__ == "__main__":
    main()
