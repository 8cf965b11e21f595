"""The table of pose models; light, so that the command line can list it without importing any of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .landmarks import BLAZEPOSE, BODY_25, BODY_WITH_FEET, COCO, COCO_18, HALPE, LandmarkSet


@dataclass(frozen=True)
class Backend:
    """A row: the module whose ``open_model`` is called, the networks it runs (name and file), what it is good for.

    landmarks  the points it gives
    space      whether it also gives them in metres (``Pose.world``)
    outline    whether its detections come with a mask
    libraries  distributions that run it: others of their versions may give other landmarks
    posed_fps  frames per second of real time that it must see, if the clip has them: docs/performance.md says why
    """

    module: str
    networks: str  # by which calibrations are found: networks without one give only measures that need none
    file: str
    note: str
    landmarks: LandmarkSet = BLAZEPOSE
    space: bool = True
    outline: bool = True
    libraries: tuple[str, ...] = ()
    posed_fps: float = 60.0

    def shows(self, part: str) -> bool:
        """Whether it shows the "outline", or a part of the body (a key of ``landmarks.PARTS``)."""
        return self.outline if part == "outline" else self.landmarks.shows(part)


def _litert(networks: str, note: str) -> Backend:
    return Backend("pose_litert", networks, f"pose_landmarker_{networks}.task", note, libraries=("ai-edge-litert",))


BACKENDS = {
    "lite": _litert("lite", "fastest, roughest"),
    "full": _litert("full", "about 2.5 times as fast as heavy, feet less sure"),
    "heavy": replace(_litert("heavy", "most accurate"), posed_fps=30.0),
    "mediapipe": replace(
        _litert("heavy", "heavy as MediaPipe runs it, slower (Linux only)"),
        module="pose_mediapipe",
        libraries=("mediapipe",),
    ),
}
# Measured: on the labelled treadmill clip heavy puts 34 of 34 contacts within two frames, full 25 of 34.
DEFAULT_BACKEND = "heavy"


def _points(note: str, landmarks: LandmarkSet) -> Backend:
    return Backend("", "others", "", note, landmarks, space=False, outline=False)


KEYPOINTS = {  # points from somebody else's model, read from a file: nothing was learned about their errors
    "body25": _points("OpenPose's BODY_25, from a file", BODY_25),
    "coco18": _points("OpenPose's COCO-18, from a file", COCO_18),
    "coco17": _points("COCO-17, from a file", COCO),
    "halpe26": _points("Halpe-26, from a file", HALPE),
    "feet22": _points("Pose2Sim's body with feet, from a file", BODY_WITH_FEET),
    "blazepose": _points("BlazePose's 33, from a file that does not say by which networks", BLAZEPOSE),
}


def backend_of(model: str) -> Backend:
    """The row of a model that runs here, or of points from a file. Raises KeyError."""
    return BACKENDS.get(model) or KEYPOINTS[model]


def is_lighter(model: str) -> bool:
    """Whether a model that runs here is quicker and rougher than the one used by default."""
    return model in BACKENDS and BACKENDS[model].networks != BACKENDS[DEFAULT_BACKEND].networks
