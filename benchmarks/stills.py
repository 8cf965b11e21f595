"""Many runners in few pictures each: what the map from the trunk's outline to a rounded back is learned from.

    python -m benchmarks.stills [--count 200] [--processes 2]

The runners are drawn by the population's own recipe with another seed, two pictures a second: an outline does not need
the movement, and two hundred short clips cost less than ten whole ones.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from . import population
from .population import Member, Rendered, ensure_rendered, small
from .virtual_runner import changed

SEED = 777
COUNT = 200  # runners, ten bodies
CACHE = population.CACHE.parent / "stills"
RATE = 2.0  # pictures a second: slow enough that each is looked at; its beat with the stride runs through
SECONDS = 12.0
UNEVEN = 0.15


def stills(count: int = COUNT) -> list[Member]:
    """``count`` runners from the side; the same count gives the same runners."""
    return [_sparse(member) for member in population.from_the_side(count, SEED, "still")]


def _sparse(member: Member) -> Member:
    recording = replace(member.recording, fps=RATE, seconds=SECONDS, blur_samples=1, uneven=UNEVEN)
    return changed(member, recording=recording, **small(member.recording))


def rendered_stills(count: int = COUNT, processes: int = 1) -> list[Rendered]:
    """The files of the runners, rendered where they are missing."""
    return ensure_rendered(stills(count), CACHE, processes)


@click.command()
@click.option("--count", default=COUNT, show_default=True)
@click.option("--processes", default=1, show_default=True)
@click.option("--cache", type=click.Path(path_type=Path, file_okay=False), default=CACHE)
def main(count: int, processes: int, cache: Path) -> None:
    """Render what is missing in the cache."""
    ensure_rendered(stills(count), cache, processes, lambda one: click.echo(f"rendered {one.video.name}"))


if __name__ == "__main__":
    main()
