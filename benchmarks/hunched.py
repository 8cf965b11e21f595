"""The map that reads how far shoulders stand ahead of the trunk, and how well it reads runners it was not learned on.

    python -m benchmarks.hunched [--model heavy]

On the rendered stills, each runner is read by a map learned on the other bodies, and by one learned on the other kinds
of clothes. Calibration learns it on all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from formcheck.backends import BACKENDS, DEFAULT_BACKEND
from formcheck.knowledge.calibration import LongMap
from formcheck.metrics.shoulders import SILHOUETTE, shape
from formcheck.metrics.side import FEWEST_LOOKS

from .derived_truth import forward_shoulder_deg
from .scoring import written_truth
from .stills import CACHE, looked_at

Array = np.ndarray
RIDGE = 0.15  # added to the values' inner products, where silhouette and landmarks weigh 1 each: flat from 0.1 to 0.3
LEAST_SPREAD = 0.5  # of the mean spread, added to each: what hardly varies tells little, however far off somebody is
FARTHEST_BEYOND = 1.25  # times what 99 of 100 rendered runners have
HUNCH = "shoulder_hunch_deg"
TRUE: dict[str, Callable[[dict[str, Array]], Array]] = {  # metric with a long map → its truth in each frame
    HUNCH: forward_shoulder_deg,
    "thoracic_flexion_deg": lambda frames: frames["thoracic_flexion_deg"],
}
UPRIGHT_DEG, HUNCHED_DEG = 30.0, 44.0  # at most the one, at least the other


def learned(values: Array, wanted: Array) -> LongMap:
    """A ridge regression on values (n, k) of ``shoulders.shape``, in which silhouette and landmarks weigh the same."""
    spread = values.std(axis=0)
    spread += LEAST_SPREAD * spread.mean()
    apart = (values - values.mean(axis=0)) / spread
    weights = np.full(values.shape[1], 1 / max(values.shape[1] - SILHOUETTE, 1))
    weights[:SILHOUETTE] = 1 / SILHOUETTE
    offset, products = float(wanted.mean()), apart * weights @ apart.T
    slopes = weights * (apart.T @ np.linalg.solve(products + RIDGE * np.eye(len(wanted)), wanted - offset))
    farthest = FARTHEST_BEYOND * float(np.percentile(np.sqrt(np.mean(apart**2, axis=1)), 99))
    return LongMap(offset, float("nan"), farthest, values.mean(axis=0), spread, slopes)


def left_out(values: Array, wanted: Array, groups: Array) -> Array:
    """(n,) each read by a map learned without its group."""
    found = np.full(len(wanted), np.nan)
    for group in sorted(set(groups)):
        out = groups == group
        found[out] = learned(values[~out], wanted[~out]).at(values[out])
    return found


def clothes(outfit: dict[str, str]) -> str:
    """The kind, as far as it changes the upper body's outline, of an outfit as in the truth files."""
    if outfit["hood"] != "none":
        return "hood"
    return "jacket" if outfit["top"] == "jacket" else outfit["fit"]


def rank_correlation(found: Array, wanted: Array) -> float:
    from scipy.stats import spearmanr  # noqa: PLC0415 (late: loads slowly)

    return float(spearmanr(found, wanted)[0])


def row(name: str, found: Array, wanted: Array, bodies: Array) -> str:
    """Rank correlation, error, and how well hunched are told from upright at the cut that suits the other bodies."""
    upright, hunched = wanted <= UPRIGHT_DEG, wanted >= HUNCHED_DEG
    called = np.zeros(len(wanted), bool)
    for body in set(bodies):
        out = bodies == body
        cuts = np.arange(UPRIGHT_DEG, HUNCHED_DEG, 0.5)
        right = [(found[~out & hunched] > c).mean() + (found[~out & upright] <= c).mean() for c in cuts]
        called[out] = found[out] > cuts[int(np.argmax(right))]
    rank, error = rank_correlation(found, wanted), np.std(found - wanted)
    return (
        f"{name:24} rank {rank:.3f}  error {error:.1f} of {wanted.std():.1f}°  "
        f"hunched called {100 * called[hunched].mean():.0f} %  upright not {100 * (~called[upright]).mean():.0f} %"
    )


@dataclass(frozen=True)
class Known:
    """A runner in few pictures: what is read, and what is true."""

    shape: Array
    true_deg: dict[str, float]  # by metric
    body: str
    clothes: str

    @classmethod
    def of(cls, video: Path, model: str) -> Known | None:
        """None where the outline is hardly seen."""
        track, truth = looked_at(video, model), written_truth(video)
        if len(track.outline) < FEWEST_LOOKS:
            return None
        with np.load(video.with_suffix(".frames.npz")) as frames:
            true_deg = {metric: float(true(dict(frames)).mean()) for metric, true in TRUE.items()}
        clip = truth["clip"]
        forward = 1 if clip["camera"]["facing"] == "right" else -1
        return cls(shape(track, forward), true_deg, clip["body"], clothes(clip["outfit"]))


@click.command()
@click.option("--model", type=click.Choice(list(BACKENDS)), default=DEFAULT_BACKEND)
@click.option("--cache", "folder", type=click.Path(path_type=Path, file_okay=False), default=CACHE)
def main(model: str, folder: Path) -> None:
    """Print how well the forward shoulder angle is measured on bodies, and on clothes, that were left out."""
    known = [one for video in sorted(folder.glob("still_*.mp4")) if (one := Known.of(video, model)) is not None]
    if not known:
        raise click.ClickException(f"nobody in {folder}: python -m benchmarks.stills renders them")
    values, wanted = np.array([one.shape for one in known]), np.array([one.true_deg[HUNCH] for one in known])
    bodies, kinds = (np.array([getattr(one, what) for one in known]) for what in ("body", "clothes"))
    click.echo(f"{len(known)} runners")
    click.echo(row("bodies left out", left_out(values, wanted, bodies), wanted, bodies))
    click.echo(row("clothes left out", left_out(values, wanted, kinds), wanted, bodies))
    rounding = np.array([one.true_deg["thoracic_flexion_deg"] for one in known])
    found = left_out(values, rounding, bodies)
    click.echo(f"thoracic flexion: rank {rank_correlation(found, rounding):.3f}, error {np.std(found - rounding):.1f}°")
    random = np.random.default_rng(0)
    for share in (0.25, 0.5, 0.75):
        some = random.permutation(len(known))[: int(share * len(known))]
        found = left_out(values[some], wanted[some], bodies[some])
        click.echo(row(f"{len(some)} of them", found, wanted[some], bodies[some]))


if __name__ == "__main__":
    main()
