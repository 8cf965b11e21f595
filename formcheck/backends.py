"""The table of pose models; light, so that the command line can list it without importing any of them."""

from __future__ import annotations

from dataclasses import dataclass

from .landmarks import BLAZEPOSE, LandmarkSet


@dataclass(frozen=True)
class Backend:
    """A row: the module whose ``open_model`` is called, the networks it runs, by name and file, what it is good for.

    landmarks  the points it gives
    space      whether in metres, too (``Pose.world``)
    outline    whether what it detects comes with a mask
    """

    module: str
    networks: str  # a calibration goes by this name: networks without one give only what needs none
    file: str
    note: str
    landmarks: LandmarkSet = BLAZEPOSE
    space: bool = True
    outline: bool = True

    def shows(self, part: str) -> bool:
        """Whether it shows the "outline", or a part of the body (a key of ``landmarks.PARTS``)."""
        return self.outline if part == "outline" else self.landmarks.shows(part)


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
