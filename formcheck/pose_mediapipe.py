"""The MediaPipe Pose Landmarker as a pose backend, to compare our own engine with (Linux only).

MediaPipe 1.2 sends usage metrics to its maker and has no switch to stop it. So all of it lives on one thread that the
kernel cut off from the network before the library was loaded; the threads it starts are cut off too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .engine import model_path, quiet
from .network import close_thread
from .tracking import MOST_PEOPLE, Pose

# MediaPipe smooths over time by the timestamps it is given. A second between frames all but switches its
# filter off, which otherwise delays hips by 17-37 ms; our own zero-lag filter does the smoothing.
TIMESTAMP_STEP_MS = 1000
NOTHING_PX = (64, 64, 3)
MOST_BLANKS = 5  # blank pictures shown, at most, to lose a person; so far one is enough


@contextmanager
def open_model(model: str, threads: int | None = None) -> Iterator[Landmarker]:  # noqa: ARG001
    """A landmarker for one clip, with as many threads as MediaPipe chooses.

    It is closed on leaving: its destructor would print a traceback at exit.
    """
    path = model_path(model)
    with ThreadPoolExecutor(1, "mediapipe") as pool:
        pool.submit(close_thread).result()
        landmarker = Landmarker(path, lambda work: pool.submit(work).result())
        try:
            yield landmarker
        finally:
            landmarker.close()


class Landmarker:
    """Makes trackers of one person each; detects people in single images, with masks, using a separate landmarker."""

    def __init__(self, path: Path, run: Callable[[Callable[[], Any]], Any]) -> None:
        """run: calls what it is given on MediaPipe's thread."""
        self._path, self._run = path, run
        self._trackers: list[VideoTracker] = []
        self._single = self._made("IMAGE", MOST_PEOPLE, masks=True)

    def tracker(self, *, afar: bool = False) -> VideoTracker:  # noqa: ARG002 (searches the whole picture only)
        self._trackers.append(VideoTracker(self._made("VIDEO", 1, masks=False), self._run))
        return self._trackers[-1]

    def detect(self, image: np.ndarray, tall_px: float | None = None) -> list[Pose]:  # noqa: ARG002 (likewise)
        with quiet():
            return _poses(self._run(lambda: self._single.detect(_picture(image))), image.shape)

    def close(self) -> None:
        for tracker in self._trackers:
            tracker.close()
        self._run(self._single.close)

    def _made(self, mode: str, most: int, *, masks: bool) -> Any:
        with quiet():
            return self._run(partial(_landmarker, self._path, mode, most, masks=masks))


def _landmarker(path: Path, mode: str, most: int, *, masks: bool) -> Any:
    from mediapipe.tasks.python import vision  # noqa: PLC0415 (late: 0.7 s, and it looks for sound devices)
    from mediapipe.tasks.python.core.base_options import BaseOptions  # noqa: PLC0415

    options = vision.PoseLandmarkerOptions(
        BaseOptions(str(path)), running_mode=vision.RunningMode[mode], num_poses=most, output_segmentation_masks=masks
    )
    return vision.PoseLandmarker.create_from_options(options)


def _picture(array: np.ndarray) -> Any:
    """MediaPipe reads rows as if contiguous, whatever the strides say: padded rows would garble the picture."""
    import mediapipe  # noqa: PLC0415

    return mediapipe.Image(mediapipe.ImageFormat.SRGB, np.ascontiguousarray(array))


class VideoTracker:
    """A landmarker that tracks one person.

    MediaPipe can track several with one landmarker, but takes people who overlap by half for one and drops the rest.
    """

    def __init__(self, video: Any, run: Callable[[Callable[[], Any]], Any]) -> None:
        self._video, self._run = video, run
        self._calls = 0
        self._warm = False
        self.tracking = False

    def update(self, image: np.ndarray) -> Pose | None:
        time_ms = self._calls * TIMESTAMP_STEP_MS
        with nullcontext() if self._warm else quiet():
            result = self._run(lambda: self._video.detect_for_video(_picture(image), time_ms))
        self._calls += 1
        poses = _poses(result, image.shape)
        self.tracking = bool(poses)
        self._warm = self._warm or self.tracking  # MediaPipe logs to stderr until it has met its first person
        return poses[0] if poses else None

    def reset(self) -> None:
        """Lose whoever is tracked: there is nobody in a blank picture."""
        for _ in range(MOST_BLANKS):
            if self.tracking:
                self.update(np.zeros(NOTHING_PX, np.uint8))

    def close(self) -> None:
        self._run(self._video.close)


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
