"""Many runners in few pictures each: what the map from the silhouette to shoulders drawn forward is learned from.

    python -m benchmarks.stills [--count 600] [--processes 2]

The runners are drawn by the population's own recipe with another seed, two pictures a second: an outline does not need
the movement, and six hundred short clips cost less than thirty whole ones. One in four drops the head, which must not
read as a hunch.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
import numpy as np

from formcheck import cache
from formcheck.datatypes import PoseTrack
from formcheck.passes import track_people
from formcheck.pose import estimate
from formcheck.video import Clip

from . import population
from .population import Member, Rendered, ensure_rendered, small
from .virtual_runner import changed

SEED = 777
COUNT = 600  # runners, on ten bodies
CACHE = population.CACHE.parent / "stills"
RATE = 2.0  # pictures a second: few enough that each is looked at; they drift through the stride's phases
SECONDS = 12.0
UNEVEN = 0.15
DROPPED_SHARE, DROPPED_DEG = 0.25, (10.0, 30.0)  # of runners whose heads pitch further down than the population's


def stills(count: int = COUNT) -> list[Member]:
    """``count`` runners from the side; the same count gives the same runners."""
    return [_sparse(member) for member in population.from_the_side(count, SEED, "still")]


def _sparse(member: Member) -> Member:
    recording = replace(member.recording, fps=RATE, seconds=SECONDS, blur_samples=1, uneven=UNEVEN)
    random = np.random.default_rng([SEED, member.form.seed])
    dropped_deg = random.uniform(*DROPPED_DEG) if random.uniform() < DROPPED_SHARE else 0.0
    head_pitch_deg = member.form.head_pitch_deg + dropped_deg
    return changed(member, recording=recording, **small(member.recording), **{"form.head_pitch_deg": head_pitch_deg})


def rendered_stills(count: int = COUNT, processes: int = 1) -> list[Rendered]:
    """The files of the runners, rendered where they are missing."""
    return ensure_rendered(stills(count), CACHE, processes)


def looked_at(video: Path, model: str) -> PoseTrack:
    """The runner's landmarks and outline in pictures too far apart for ``pipeline.read``; kept as any clip's are."""
    name = cache.key(video, model, None, 0.0, None, 1)
    kept = cache.load(name)
    if kept is None:
        kept = estimate(lambda hints: track_people(Clip(video), model, hints), model)[0], False, 0.0
        cache.save(name, *kept)
    return kept[0]


@click.command()
@click.option("--count", default=COUNT, show_default=True)
@click.option("--processes", default=1, show_default=True)
@click.option("--cache", "folder", type=click.Path(path_type=Path, file_okay=False), default=CACHE)
def main(count: int, processes: int, folder: Path) -> None:
    """Render what is missing in the cache."""
    ensure_rendered(stills(count), folder, processes, lambda one: click.echo(f"rendered {one.video.name}"))


if __name__ == "__main__":
    main()
