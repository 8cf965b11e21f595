"""The table of pose models; light, so that the command line can list it without importing any of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Backend:
    """A row: the module whose ``open_model`` is called, the model file it loads, what it is good for."""

    module: str
    model: str
    note: str


BACKENDS = {
    "lite": Backend("pose_mediapipe", "pose_landmarker_lite.task", "fastest, roughest"),
    "full": Backend("pose_mediapipe", "pose_landmarker_full.task", "about 2.5 times as fast as heavy, feet less sure"),
    "heavy": Backend("pose_mediapipe", "pose_landmarker_heavy.task", "most accurate"),
}
# Measured: on the labelled treadmill clip heavy puts 34 of 34 contacts within two frames, full 25 of 34.
DEFAULT_BACKEND = "heavy"
