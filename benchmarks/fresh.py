"""Seeds of the runners that are only reported on: derived from what was learned.

Any change in the calibration files, corrections or thresholds, draws other runners: nobody can have tuned to them, nor
redraw them until they suit.
"""

from __future__ import annotations

import hashlib
from importlib import resources

from formcheck.knowledge import calibration

DIGITS = 12  # of the hash, as it is printed


def learned() -> str:
    """Hash of all that was learned, for every pose model."""
    digest = hashlib.sha256()
    for file in sorted(resources.files(calibration.__package__).iterdir(), key=lambda file: file.name):
        if file.name.startswith("calibration_") and file.name.endswith(".toml"):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:DIGITS]


def seed(base: int) -> int:
    """A seed in place of another, the same as long as what was learned is."""
    return int(hashlib.sha256(f"{base} {learned()}".encode()).hexdigest()[:8], 16)
