"""What the interval of the lean is made of, and what is left of it against the runner's own standing: docs/standing.md.

python -m benchmarks.lean [--model heavy]
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np

from formcheck.backends import BACKENDS, DEFAULT_BACKEND
from formcheck.knowledge import calibration
from formcheck.knowledge.calibration import Calibration, Correction, from_standing

from .calibrate import PEOPLE_SD, PEOPLE_SHARE, few_bodies, standing_rows
from .standing import Pair, pairs
from .virtual_runner.rig import BODIES

PAGE = Path(__file__).parent.parent / "docs" / "standing.md"
LEAN = "trunk_lean_deg"
BETWEEN_95 = 1.96
PEOPLE = {
    "outline_shoulder_front": "real people's tops stand off more",
    "hands_ahead": "real people carry their arms in more ways",
}
HEAD = """\
# Against standing: how sure

Written by `python -m benchmarks.lean`; not for editing by hand.

{count} times a rendered runner ran and stood tall in front of one camera in the same clothes ({bodies} bodies): two
seconds of standing, arms hanging, knees bent by 6° to 16°, the trunk between 2° back and 4° forward. A rounded back,
shoulders drawn forward and a head held forward were a third to nine tenths as large in standing as in running.
Each runner was measured with corrections fitted on the other bodies.

| measure, running minus standing | clips | bias | SD | interval holds truth | half width | of the measure alone |
|---|---|---|---|---|---|---|
"""
PARTS = """
## What the lean's interval is made of

Standard deviations in degrees. The right column lacks what standing removes: the roll of a fixed camera, and how far
the clothes stand off. But most of the lean's interval is neither: the pose model misplaces the same body by different
amounts in different postures. Standing has an error of this kind too, so that running minus standing is surer than
the lean itself, but not by much; the head, whose point at C7 no pose model shows, gains more.

| part | lean | against standing |
|---|---|---|
"""


def parts_of(row: Correction, people: dict[str, float]) -> dict[str, float]:
    """Standard deviations that make up a learned one, in degrees; people: extra SD of real people's features."""
    share = PEOPLE_SHARE * abs(row.offset)
    blurs = {name: sd * abs(row.slopes[name]) for name, sd in people.items() if name in row.slopes}
    fitted = np.sqrt(row.sd**2 - share**2) / few_bodies(len(BODIES))
    own = float(np.sqrt(max(fitted**2 - sum(blur**2 for blur in blurs.values()), 0.0)))
    few = float(np.sqrt(row.sd**2 - share**2 - fitted**2))
    return {
        "the map, on bodies it was not fitted on": own,
        "fitted on ten bodies only": few,
        "rendered people are not real people": share,
        **{PEOPLE[name.removesuffix("_from_standing")]: blur for name, blur in blurs.items()},
    }


def both_parts(known: Sequence[Pair], model: str) -> tuple[dict[str, float], dict[str, float]]:
    """The parts of the lean's interval, and of the interval against standing: standard deviations, degrees."""
    learned = calibration.of(model)
    against = learned.standing(LEAN)
    assert against is not None
    seen = [pair for pair in known if LEAN in pair.run]
    runs = [pair.run[LEAN] for pair in seen]
    scatter = {"scatter of the steps": float(np.median([m.sampling for m in runs])) / BETWEEN_95}
    roll = {"the camera's roll": float(np.median([m.clip_sd for m in runs]))}
    sway = {"sway while standing": float(np.median([pair.sway_sd[LEAN] for pair in seen]))}
    changing = {from_standing(name): sd for name, sd in PEOPLE_SD.items()}
    alone = parts_of(learned.correction(LEAN), PEOPLE_SD) | roll | scatter
    return alone, parts_of(against, changing) | scatter | sway


def made_of(known: Sequence[Pair], model: str) -> Iterator[str]:
    """Rows of a table: each part of both."""
    alone, zero = both_parts(known, model)
    for name in dict.fromkeys((*alone, *zero)):
        yield f"| {name} | {_cell(alone.get(name))} | {_cell(zero.get(name))} |"
    halves = (BETWEEN_95 * float(np.linalg.norm([*part.values()])) for part in (alone, zero))
    yield "| **95 % interval** | " + " | ".join(f"**±{half:.1f}**" for half in halves) + " |"


def _cell(sd: float | None) -> str:
    return "–" if sd is None else f"{sd:.2f}"


def read_left_out(known: Sequence[Pair], metric: str) -> tuple[np.ndarray, np.ndarray]:
    """(errors, half widths) of running minus standing, each read by what was learned on the other bodies."""
    errors, halves = [], []
    for body in sorted({pair.body for pair in known}):
        rows, usual = standing_rows([pair for pair in known if pair.body != body])
        learned = Calibration({"features": _parsed(usual), "standing": _parsed(rows)})
        row = learned.standing(metric)
        for pair in (pair for pair in known if pair.body == body and metric in pair.seen and row is not None):
            offset, sd = row.at(pair.features)  # type: ignore[union-attr]
            errors.append(pair.seen[metric] + offset - pair.true[metric])
            halves.append(np.hypot(pair.run[metric].sampling, BETWEEN_95 * np.hypot(sd, pair.sway_sd[metric])))
    return np.array(errors), np.array(halves)


def _parsed(rows: dict[str, str]) -> dict[str, dict[str, float]]:
    return tomllib.loads("".join(f"{name} = {row}\n" for name, row in rows.items()))


def measured(known: Sequence[Pair], model: str) -> Iterator[str]:
    """Rows of a table: a metric against standing beside the metric alone."""
    learned = calibration.of(model)
    for metric in dict.fromkeys(name for pair in known for name in pair.seen):
        errors, halves = read_left_out(known, metric)
        alone = float(np.median([0.5 * (p.run[metric].high - p.run[metric].low) for p in known if metric in p.run]))
        if learned.standing(metric) is not None and len(errors):
            held = int((np.abs(errors) <= halves).sum())
            yield (
                f"| `{metric}` | {len(errors)} | {errors.mean():+.1f} | {errors.std(ddof=1):.1f} | "
                f"{held} of {len(errors)} | ±{np.median(halves):.1f} | ±{alone:.1f} |"
            )


def page(known: Sequence[Pair], model: str) -> str:
    """The whole page."""
    head = HEAD.format(count=len(known), bodies=len({pair.body for pair in known}))
    rows, parts = ("".join(f"{row}\n" for row in table(known, model)) for table in (measured, made_of))
    return head + rows + PARTS + parts


@click.command()
@click.option("--model", type=click.Choice(list(BACKENDS)), default=DEFAULT_BACKEND)
def main(model: str) -> None:
    """Write docs/standing.md from the runners that are rendered, which may take hours if none is."""
    PAGE.write_text(page([*pairs(model)], model), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
