"""The same rendered runners filmed twice: by another camera, in other clothes, elsewhere, with the same form.

    python -m benchmarks.refilmed --render [--processes 2]   # render what is missing in the cache
    python -m benchmarks.refilmed [--model heavy]            # how much numbers move by that alone

What they move by is what ``formcheck compare`` holds every change against (``trends.REFILMED``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import permutations
from typing import Any

import click
import numpy as np

from formcheck import trends
from formcheck.datatypes import Measurement

from .population import Member, as_wide, ensure_rendered, lens_of, population, rendered, small
from .scoring import TRUTH, analyze, facts, truth_of
from .virtual_runner import changed

RUNNERS = ("side_03", "side_05", "side_08", "side_19", "side_24", "side_31", "side_44", "side_20")
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
    """A change between two clips: what was given of it with its interval, what is true, the lasting error of both."""

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
    """Runners from the side in the standard condition, and each again as the next one of them was filmed."""
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
    """Every change that ``formcheck compare`` would give."""
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
    """Of the lasting error that the two clips of a pair do not have in common, over all measures that have one."""
    return float(np.sqrt(np.mean([((m.value - m.true) / m.lasting) ** 2 for m in moves if m.lasting > 0])))


def _print_score(model: str) -> None:
    clips = [[_seen(member, model) for member in pair] for pair in pairs()]
    same = [move for before, after in clips for move in moved(before, after, model)]
    other = [move for (before, _), (_, after) in permutations(clips, 2) for move in moved(before, after, model)]
    real = [m for m in other if abs(m.true) > m.half]
    twice = [m for m in real if abs(m.true) > 2 * m.half]
    without = [share_of([m for m in same if m.runner != runner]) for runner in RUNNERS]
    ends = f"{min(without):.2f} to {max(without):.2f}"
    click.echo(f"{len(clips)} runners filmed twice: share {share_of(same):.2f}, without any one of them {ends}")
    click.echo(f"called changed: {sum(m.called for m in same)} of {len(same)}")
    for words, moves in (("beyond what shows", real), ("beyond twice that", twice)):
        found = sum(m.called and m.value * m.true > 0 for m in moves)
        click.echo(f"of other runners' {len(moves)} true differences {words}: {found} found")
    click.echo(f"called the wrong way round: {sum(m.called and m.value * m.true < 0 for m in other)} of {len(other)}")


@click.command(help="Render what is missing in the cache, or say how much numbers move when runners are filmed again.")
@click.option("--render", is_flag=True)
@click.option("--processes", default=1, show_default=True)
@click.option("--model", default="heavy", show_default=True)
def main(render: bool, processes: int, model: str) -> None:
    if render:
        clips = [member for pair in pairs() for member in pair]
        ensure_rendered(clips, processes=processes, progress=lambda one: click.echo(f"rendered {one.video.name}"))
    else:
        _print_score(model)


if __name__ == "__main__":
    main()
