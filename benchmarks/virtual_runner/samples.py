"""Remakes the sample videos that ship with the project.

python -m benchmarks.virtual_runner.samples [NAME …] [--out sample_videos]
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from .presets import HUNCHED, OVERSTRIDING
from .rendering import render_clip
from .spec import OUTFITS, Camera, ClipSpec, Form, Recording

SAMPLE_VIDEOS = Path(__file__).parents[2] / "sample_videos"

RECORDING = Recording(1280, 720, fps=60, seconds=10.5, grain=0.7, crf=23, preset="slow")
FRAMING = Camera(fov_deg=27, aim_height_m=0.88)  # the runner is over 600 pixels tall

_CLIPS = (
    ClipSpec(
        "neutral",
        Form(cadence_spm=174, lean_deg=6.5, overstride_m=0.16, jitter=0.01, seed=1),
        camera=FRAMING,
        recording=RECORDING,
    ),
    ClipSpec(
        "overstride_lean",
        replace(OVERSTRIDING, cadence_spm=156, overstride_m=0.281, lean_deg=17, jitter=0.01, seed=2),
        outfit=OUTFITS["red"],
        camera=replace(FRAMING, facing="right"),
        recording=RECORDING,
    ),
    ClipSpec(
        "hunched",
        replace(HUNCHED, cadence_spm=170, hunch_deg=20, protraction_deg=24, lean_point="shoulder", jitter=0.01, seed=3),
        body="female",
        outfit=OUTFITS["grey"],
        camera=FRAMING,
        recording=RECORDING,
    ),
)
SAMPLES = {clip.name: clip for clip in _CLIPS}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(SAMPLES)))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=SAMPLE_VIDEOS)
def main(names: tuple[str, ...], out: Path) -> None:
    """Render the sample videos (all when none is named) with their truth, without the arrays per frame."""
    for name in names or SAMPLES:
        render_clip(SAMPLES[name], out, per_frame=False)
        click.echo(f"{out / name}.mp4  {(out / f'{name}.mp4').stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
