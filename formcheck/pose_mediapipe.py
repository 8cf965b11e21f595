"""The MediaPipe Pose Landmarker as a pose backend. Importing this module imports mediapipe (0.7 s)."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from .datatypes import FormcheckError
from .people import MOST_PEOPLE, Pose

FOLDERS = (Path(__file__).parent / "models", Path(__file__).parent.parent / "models")  # installed, checkout
# MediaPipe smooths over time by the timestamps it is given. A second between frames all but switches its
# filter off, which otherwise delays hips by 17-37 ms; our own zero-lag filter does the smoothing.
TIMESTAMP_STEP_MS = 1000
NOTHING_PX = (64, 64, 3)
MOST_BLANKS = 5  # pictures of nothing shown to lose a person; one is enough so far


@cache
def model_path(name: str) -> Path:
    """The checked model file. Raises FormcheckError when it is missing or not the one that was shipped."""
    path = next((folder / name for folder in FOLDERS if (folder / name).is_file()), None)
    if path is None:
        raise FormcheckError(f"pose model {name} is missing: reinstall formcheck, or run models/build.py in a checkout")
    lines = (path.parent / "SHA256SUMS").read_text().splitlines()
    if f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}" not in lines:
        raise FormcheckError(f"pose model {path} is damaged: reinstall formcheck, or run models/build.py in a checkout")
    return path


@contextmanager
def open_model(model: str) -> Iterator[Landmarker]:
    """A landmarker for one clip, closed on leaving (its destructor would print a traceback at exit)."""
    path = model_path(model)
    with _quiet():
        landmarker = Landmarker(path)
    try:
        yield landmarker
    finally:
        landmarker.close()


class Landmarker:
    """Gives followers of one person each; looks at single frames, masks and all, with a landmarker of its own."""

    def __init__(self, path: Path) -> None:
        import mediapipe  # noqa: PLC0415 (late: 0.7 s, and it looks for sound devices)
        from mediapipe.tasks.python import vision  # noqa: PLC0415
        from mediapipe.tasks.python.core.base_options import BaseOptions  # noqa: PLC0415

        def landmarker(mode: vision.RunningMode, most: int, *, masks: bool) -> vision.PoseLandmarker:
            options = vision.PoseLandmarkerOptions(
                BaseOptions(str(path)), running_mode=mode, num_poses=most, output_segmentation_masks=masks
            )
            return vision.PoseLandmarker.create_from_options(options)

        # mediapipe reads rows as if they touched, whatever the strides say: padded rows would garble the picture
        def picture(array: np.ndarray) -> mediapipe.Image:
            return mediapipe.Image(mediapipe.ImageFormat.SRGB, np.ascontiguousarray(array))

        self._image = picture
        self._follow_one = partial(landmarker, vision.RunningMode.VIDEO, 1, masks=False)
        self._single = landmarker(vision.RunningMode.IMAGE, MOST_PEOPLE, masks=True)
        self._followers: list[OneFollowed] = []

    def follower(self) -> OneFollowed:
        with _quiet():
            self._followers.append(OneFollowed(self._follow_one(), self._image))
        return self._followers[-1]

    def look(self, image: np.ndarray) -> list[Pose]:
        with _quiet():
            return _poses(self._single.detect(self._image(image)), image.shape)

    def close(self) -> None:
        for follower in self._followers:
            follower.close()
        self._single.close()


class OneFollowed:
    """A landmarker that follows one person.

    MediaPipe can follow several with one landmarker, but takes people who overlap by half for one and drops the rest.
    """

    def __init__(self, video: Any, picture: Callable[[np.ndarray], Any]) -> None:
        self._video, self._image = video, picture
        self._calls = 0
        self._warm = False
        self.tracking = False

    def follow(self, image: np.ndarray) -> Pose | None:
        with nullcontext() if self._warm else _quiet():
            result = self._video.detect_for_video(self._image(image), self._calls * TIMESTAMP_STEP_MS)
        self._calls += 1
        poses = _poses(result, image.shape)
        self.tracking = bool(poses)
        self._warm = self._warm or self.tracking  # MediaPipe logs to stderr until it has met its first person
        return poses[0] if poses else None

    def forget(self) -> None:
        """Lose whoever is followed: nobody is in a picture of nothing."""
        for _ in range(MOST_BLANKS):
            if self.tracking:
                self.follow(np.zeros(NOTHING_PX, np.uint8))

    def close(self) -> None:
        self._video.close()


def _poses(result: object, shape: tuple[int, ...]) -> list[Pose]:
    height, width = shape[:2]
    masks = result.segmentation_masks or [None] * len(result.pose_landmarks)  # type: ignore[attr-defined]
    return [
        Pose(
            np.array([(p.x * width, p.y * height) for p in image_points]),
            np.array([(p.x, p.y, p.z) for p in world_points]),
            np.array([p.visibility for p in image_points]),
            None if mask is None else np.array(mask.numpy_view(), np.float64).reshape(height, width),
        )
        for image_points, world_points, mask in zip(
            result.pose_landmarks,  # type: ignore[attr-defined]
            result.pose_world_landmarks,  # type: ignore[attr-defined]
            masks,
            strict=True,
        )
    ]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep MediaPipe's C++ log lines, which no setting silences, off the user's stderr."""
    sys.stderr.flush()
    saved, sink = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(sink)
