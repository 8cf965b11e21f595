"""Where faces are in a picture: MediaPipe's full-range detector (BlazeFace, Bazarevsky et al. 2019), run by LiteRT."""

from __future__ import annotations

import cv2
import numpy as np

from .datatypes import FloatArray
from .engine import CORES, Network, model_path, quiet, sigmoid
from .planes import Image

MODEL = "face_detection_full_range_sparse.tflite"
SEEN_PX, STEP_PX = 192, 4  # side of what the network sees, and distance between its answers
SHARES = (1.0, 0.5)  # of the picture's shorter side: squares that are searched in addition to the whole picture
OVERLAP = 0.25  # least, of neighbouring squares: a face on the edge of one lies inside the other
SURE = 0.6  # least score, as in MediaPipe
GRID = (np.arange(SEEN_PX // STEP_PX) + 0.5) * STEP_PX / SEEN_PX
ANCHORS = np.stack(np.meshgrid(GRID, GRID), axis=-1).reshape(-1, 2)  # middle of each answer, as shares of what is seen


class FaceDetector:
    """Searches the whole picture for nearby faces, and squares of it for distant ones."""

    def __init__(self) -> None:
        with quiet():
            self._network = Network(model_path(MODEL).read_bytes(), min(CORES, 2))

    def __call__(self, image: Image) -> FloatArray:
        """(n, 3) x, y of the middle and side in pixels of every face in (H, W, 3) RGB; one may appear several times."""
        height, width = image.shape[:2]
        whole, side = max(width, height), min(width, height)
        squares = [((width - whole) // 2, (height - whole) // 2, whole)]
        for share in SHARES:
            part = round(share * side)
            squares += [(x, y, part) for y in _starts(height, part) for x in _starts(width, part)]
        return np.concatenate([self._in_square(image, *square) for square in squares])

    def _in_square(self, image: Image, x: int, y: int, side: int) -> FloatArray:
        begin_x, begin_y = max(x, 0), max(y, 0)
        part = image[begin_y : y + side, begin_x : x + side]
        margins = (begin_y - y, side - part.shape[0] - begin_y + y, begin_x - x, side - part.shape[1] - begin_x + x)
        square = cv2.copyMakeBorder(part, *margins, cv2.BORDER_CONSTANT)
        shown = cv2.resize(square, (SEEN_PX, SEEN_PX), interpolation=cv2.INTER_AREA)
        answers, scores = self._network(np.asarray(shown / 127.5 - 1, np.float32))
        sure = sigmoid(scores[0, :, 0]) >= SURE
        middle, size = answers[0, sure, :2] / SEEN_PX + ANCHORS[sure], answers[0, sure, 2:4].max(axis=1) / SEEN_PX
        return np.column_stack([middle * side + (x, y), size * side])


def _starts(length: int, side: int) -> list[int]:
    """Where squares that cover a length begin."""
    count = 1 + int(np.ceil((length - side) / ((1 - OVERLAP) * side)))
    starts: list[int] = np.rint(np.linspace(0, length - side, count)).astype(int).tolist()
    return starts
