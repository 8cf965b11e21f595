"""The table of pose models; light, so that the command line can list it without importing any of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Backend:
    """A row: the module whose ``open_model`` is called, the networks it runs, by name and file, what it is good for."""

    module: str
    networks: str
    file: str
    note: str


BACKENDS = {
    "lite": Backend("pose_litert", "lite", "pose_landmarker_lite.task", "fastest, roughest"),
    "full": Backend(
        "pose_litert", "full", "pose_landmarker_full.task", "about 2.5 times as fast as heavy, feet less sure"
    ),
    "heavy": Backend("pose_litert", "heavy", "pose_landmarker_heavy.task", "most accurate"),
    "mediapipe": Backend(
        "pose_mediapipe", "heavy", "pose_landmarker_heavy.task", "heavy as MediaPipe runs it, slower (Linux only)"
    ),
}
# Measured: on the labelled treadmill clip heavy puts 34 of 34 contacts within two frames, full 25 of 34.
DEFAULT_BACKEND = "heavy"
