"""Render clips from the command line.

python -m benchmarks.virtual_runner --list
python -m benchmarks.virtual_runner neutral --out clips --set form.lean_deg=12 --set recording.fps=30
"""

from __future__ import annotations

import time
from pathlib import Path

import click

from .presets import PRESETS
from .rendering import render_clip
from .spec import changed, parsed


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, type=click.Choice(list(PRESETS)))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("clips"), show_default=True)
@click.option("--set", "settings", multiple=True, metavar="PATH=VALUE", help="Change a setting, e.g. form.lean_deg=12.")
@click.option("--rename", help="File name instead of the preset's (one clip only).")
@click.option("--no-frames", is_flag=True, help="Leave the arrays per frame out.")
@click.option("--list", "listing", is_flag=True, help="List the presets.")
def main(
    names: tuple[str, ...], out: Path, settings: tuple[str, ...], rename: str | None, no_frames: bool, listing: bool
) -> None:
    """Render preset clips (all when none is named) with their truth into a folder."""
    if listing:
        click.echo("\n".join(PRESETS))
        return
    for name in names or PRESETS:
        clip = PRESETS[name]
        for setting in settings:
            path, _, text = setting.partition("=")
            try:
                clip = changed(clip, **{path: parsed(clip, path, text)})
            except ValueError as error:
                raise click.BadParameter(str(error), param_hint="--set") from None
        clip = changed(clip, name=rename or name)
        start = time.monotonic()
        truth = render_clip(clip, out, per_frame=not no_frames)
        rate = clip.frames / (time.monotonic() - start)
        summary = " ".join(f"{key}={value}" for key, value in truth["summary"].items())
        click.echo(f"{out / clip.name}.mp4  {clip.frames} frames, {rate:.1f}/s  {summary}")


if __name__ == "__main__":
    main()
