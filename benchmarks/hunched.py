"""How well shoulders ahead of the trunk are read from runners in few pictures: research, not part of a measure.

    python -m benchmarks.hunched [--model heavy]

On the stills that are rendered, each runner is read by a map learned on the other bodies, and on the other kinds of
clothes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from warnings import catch_warnings, simplefilter

import click
import numpy as np
from scipy.stats import spearmanr

from formcheck import outline
from formcheck.backends import BACKENDS, DEFAULT_BACKEND
from formcheck.datatypes import PoseTrack
from formcheck.metrics.side import FEWEST_LOOKS

from .scoring import written_truth
from .stills import CACHE, looked_at

Array = np.ndarray
ARM = ("shoulder", "elbow", "wrist")
MIDDLES = ("ear", "eye", "elbow", "wrist", "knee")
RIDGE = 0.3  # of the mean of the kernel's diagonal: flat from 0.1 to 1
UPRIGHT_DEG, HUNCHED_DEG = 15.0, 30.0  # up to the one, from the other on


def forward_shoulder_deg(frames: dict[str, Array]) -> float:
    """Of the line from C7 to mid-shoulder against that from C7 to mid-hip, seen from the side, + = shoulders ahead.

    The forward shoulder angle of clinics (Thigpen 2010) with the trunk's own line for the vertical: leaning leaves it.
    """
    names = [str(name) for name in frames["names"]]

    def point(name: str) -> Array:
        return np.asarray(frames["points_m"][:, names.index(name)][:, [0, 2]], float)

    hip, shoulder = (0.5 * (point(f"rig_left_{joint}") + point(f"rig_right_{joint}")) for joint in ("hip", "shoulder"))
    neck = point("rig_neck")
    down, arm = hip - neck, shoulder - neck
    ahead = down[:, 0] * arm[:, 1] - down[:, 1] * arm[:, 0]
    return float(np.degrees(np.arctan2(ahead, (down * arm).sum(axis=1))).mean())


def shape(track: PoseTrack, forward: int) -> Array:
    """What may tell: both edges at all heights, least protruding and median; landmarks and the near arm, as it swings.

    All in the trunk's own frame, trunk lengths, forward +; forward: +1 facing the image's right, −1 left. NaN where
    the outline was not seen.
    """
    near = "left" if forward < 0 else "right"
    middles = np.stack([_in_trunk(track, track.mid(joint), forward) for joint in MIDDLES])
    arm = np.stack([_in_trunk(track, track.point(f"{near}_{joint}"), forward) for joint in ARM])
    swing = [np.cov(joint.T)[np.triu_indices(2)] for joint in arm[1:]]
    seen = track.outline
    edges = np.stack([seen.left, seen.right] if forward > 0 else [-seen.right, -seen.left])
    with catch_warnings():
        simplefilter("ignore", RuntimeWarning)  # of heights at which no look found an edge
        median = np.nanmedian(edges, axis=1)
    return np.concatenate(
        [*outline.kept_edges(seen, forward), *median, middles.mean(axis=1).ravel(), arm.mean(axis=1).ravel(), *swing]
    )


def _in_trunk(track: PoseTrack, points: Array, forward: int) -> Array:
    """(n, 2) forward of the trunk's line and above mid-hip, in the pictures where the runner is seen."""
    hip, shoulder, points = track.mid("hip")[track.seen], track.mid("shoulder")[track.seen], points[track.seen]
    trunk = np.linalg.norm(shoulder - hip, axis=1, keepdims=True)
    up, away = (shoulder - hip) / trunk, (points - hip) / trunk
    across = away[:, 1] * up[:, 0] - away[:, 0] * up[:, 1]
    return np.stack([forward * across, (away * up).sum(axis=1)], axis=1)


def left_out(values: Array, wanted: Array, groups: Array) -> Array:
    """(n,) each read by a map from values (n, k) learned without its group: kernel ridge, a line and smooth bends."""
    found = np.full(len(wanted), np.nan)
    for group in sorted(set(groups)):
        out = groups == group
        mean, sd = np.nanmean(values[~out], axis=0), np.nanstd(values[~out], axis=0) + 1e-9
        known = np.nan_to_num((values - mean) / sd)
        products = known @ known.T / known.shape[1]
        sizes = np.diag(products)
        kernel = products + np.exp(-0.25 * (sizes[:, None] + sizes - 2 * products))
        learned, usual = kernel[np.ix_(~out, ~out)], wanted[~out].mean()
        penalty = RIDGE * learned.diagonal().mean() / 2 * np.eye(len(learned))
        found[out] = usual + kernel[np.ix_(out, ~out)] @ np.linalg.solve(learned + penalty, wanted[~out] - usual)
    return found


def clothes(outfit: dict[str, str]) -> str:
    """The kind that moves the outline of the upper body, of an outfit as truth files have it."""
    if outfit["hood"] != "none":
        return "hood"
    return "jacket" if outfit["top"] == "jacket" else outfit["fit"]


def row(name: str, found: Array, wanted: Array, bodies: Array) -> str:
    """Rank, error, and how surely the hunched are told from the upright at the cut that suits the other bodies."""
    upright, hunched = wanted <= UPRIGHT_DEG, wanted >= HUNCHED_DEG
    called = np.zeros(len(wanted), bool)
    for body in set(bodies):
        out = bodies == body
        cuts = np.arange(UPRIGHT_DEG, HUNCHED_DEG, 0.5)
        right = [(found[~out & hunched] > c).mean() + (found[~out & upright] <= c).mean() for c in cuts]
        called[out] = found[out] > cuts[int(np.argmax(right))]
    return (
        f"{name:24} rank {spearmanr(found, wanted)[0]:.3f}  error {np.std(found - wanted):.1f} of {wanted.std():.1f}°  "
        f"hunched called {100 * called[hunched].mean():.0f} %  upright not {100 * (~called[upright]).mean():.0f} %"
    )


@dataclass(frozen=True)
class Known:
    """A runner in few pictures: what is read, and what is true."""

    shape: Array
    true_deg: float
    body: str
    clothes: str

    @classmethod
    def of(cls, video: Path, model: str) -> Known | None:
        """None where the outline is hardly seen."""
        track, truth = looked_at(video, model), written_truth(video)
        if len(track.outline) < FEWEST_LOOKS:
            return None
        with np.load(video.with_suffix(".frames.npz")) as frames:
            true_deg = forward_shoulder_deg(dict(frames))
        clip = truth["clip"]
        forward = 1 if clip["camera"]["facing"] == "right" else -1
        return cls(shape(track, forward), true_deg, clip["body"], clothes(clip["outfit"]))


@click.command()
@click.option("--model", type=click.Choice(list(BACKENDS)), default=DEFAULT_BACKEND)
@click.option("--cache", "folder", type=click.Path(path_type=Path, file_okay=False), default=CACHE)
def main(model: str, folder: Path) -> None:
    """Print how well the forward shoulder angle is read on bodies, and on clothes, that were left out."""
    known = [one for video in sorted(folder.glob("still_*.mp4")) if (one := Known.of(video, model)) is not None]
    if not known:
        raise click.ClickException(f"nobody in {folder}: python -m benchmarks.stills renders them")
    values, wanted = np.array([one.shape for one in known]), np.array([one.true_deg for one in known])
    bodies, kinds = (np.array([getattr(one, what) for one in known]) for what in ("body", "clothes"))
    click.echo(f"{len(known)} runners")
    click.echo(row("bodies left out", left_out(values, wanted, bodies), wanted, bodies))
    click.echo(row("clothes left out", left_out(values, wanted, kinds), wanted, bodies))
    random = np.random.default_rng(0)
    for share in (0.25, 0.5, 0.75):
        some = random.permutation(len(known))[: int(share * len(known))]
        found = left_out(values[some], wanted[some], bodies[some])
        click.echo(row(f"{len(some)} of them", found, wanted[some], bodies[some]))


if __name__ == "__main__":
    main()
