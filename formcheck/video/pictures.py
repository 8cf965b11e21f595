"""Decoded frames as they should be seen: upright, with square pixels, in RGB or as planes to be drawn on."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from av.sidedata.sidedata import SideData
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream
from numpy.typing import NDArray

from ..planes import Image, Planes
from ..tone import Curve, to_sdr

JPEG_QUALITY = 86  # of 100: letters stay sharp
LONGEST_SIDE_PX = 4096  # larger pictures are scaled down to this: the pose model sees 256 pixels
ODDEST_PIXEL = 4  # a pixel shape beyond 1:4 is a wrong header, not a lens
# shares of red and blue in the brightness of white, by a standard's number in ITU-T H.273; none named means BT.601
SHARES = {1: (0.2126, 0.0722), **dict.fromkeys((2, 5, 6), (0.299, 0.114)), 9: (0.2627, 0.0593)}
CURVES: dict[int, Curve] = {int(ColorTrc.ARIB_STD_B67): "hlg", int(ColorTrc.SMPTE2084): "pq"}  # of HDR
PNG_COMPRESSION = 6  # of 9: a third smaller than with OpenCV's default of 1, in 0.1 s


def _display_matrix(frame: VideoFrame) -> NDArray[np.int32] | None:
    """How the file is to be shown, (9,). Read it once per clip: a frame that was asked for it is freed late."""
    matrix = frame.side_data.get("DISPLAYMATRIX")
    return np.frombuffer(bytes(matrix), np.int32) if isinstance(matrix, SideData) else None


@dataclass(frozen=True, slots=True)
class View:
    """How a clip's frames are shown: pixels made square (by width), turned and mirrored as the file asks.

    size: (width, height) of the first one, to which all others are fitted.
    scale: its pixels, of how many of the file's: below 1 where a side would be longer than LONGEST_SIDE_PX.
    """

    pixel_shape: Fraction | None
    matrix: NDArray[np.int32] | None
    size: tuple[int, int]
    scale: float

    @classmethod
    def of(cls, first: VideoFrame, stream: VideoStream) -> View:
        shape, matrix = stream.sample_aspect_ratio, _display_matrix(first)
        size, scale = _shown_size(first, shape), _scale(first, shape)
        return cls(shape, matrix, size[::-1] if matrix is not None and _lies(matrix) else size, scale)

    def image(self, frame: VideoFrame) -> Image:
        """(H, W, 3) RGB, rows contiguous."""
        width, height = _shown_size(frame, self.pixel_shape)
        if frame.format.name == "yuv420p10le":  # as phones film HDR; in two steps it takes half the time
            frame = frame.reformat(format="yuv420p")
        if height < frame.height:
            frame = frame.reformat(width=min(width, frame.width), height=height, format="rgb24")
        image: Image = np.ascontiguousarray(frame.to_ndarray(format="rgb24"), np.uint8)
        if image.shape[1] != width:
            image = _resized(image, (width, height))
        return _fitted(image if self.matrix is None else _turned(image, self.matrix), self.size)

    def planes(self, frame: VideoFrame) -> Planes:
        """The same, HDR as SDR, without going through RGB where size and pixels can stay as they are."""
        frame = _as_sdr(frame)
        size, shares = (frame.width, frame.height), SHARES.get(int(frame.colorspace))
        shown = size if self.matrix is None or not _lies(self.matrix) else size[::-1]
        plain = _shown_size(frame, self.pixel_shape) == size and shown == self.size and not (size[0] | size[1]) & 1
        if not (plain and shares and frame.format.name.startswith("yuv")):
            return planes_of(self.image(frame))
        if frame.format.name != "yuv420p" or frame.color_range == ColorRange.JPEG:
            frame = frame.reformat(format="yuv420p", dst_color_range=ColorRange.MPEG)
        planes = _read_off(frame)
        if shares != SHARES[Colorspace.ITU709]:
            planes.recode(*shares)
        if self.matrix is None:
            return planes
        return Planes.of(*(_turned(plane, self.matrix) for plane in (planes.luma, *planes.chroma)))


def _as_sdr(frame: VideoFrame) -> VideoFrame:
    """An HDR frame converted to BT.709, any other unchanged."""
    curve = CURVES.get(int(frame.color_trc))
    if curve is None:
        return frame
    width, height = frame.width + frame.width % 2, frame.height + frame.height % 2
    wide = frame.reformat(width, height, format="yuv420p10le", dst_color_range=ColorRange.MPEG).to_ndarray()
    plain = VideoFrame.from_ndarray(to_sdr(np.asarray(wide, np.uint16), curve).data, format="yuv420p")
    plain.colorspace, plain.color_range = Colorspace.ITU709, ColorRange.MPEG
    return plain if (width, height) == (frame.width, frame.height) else _as_large_as(frame, plain)


def _as_large_as(frame: VideoFrame, plain: VideoFrame) -> VideoFrame:
    """An SDR frame in RGB, scaled to the size of another, which may be odd."""
    return plain.reformat(
        frame.width, frame.height, "rgb24", src_colorspace=Colorspace.ITU709, src_color_range=ColorRange.MPEG
    )


def planes_of(image: Image) -> Planes:
    """From (H, W, 3) RGB; odd sizes get one repeated row or column."""
    height, width = image.shape[:2]
    if height % 2 or width % 2:
        image = np.asarray(cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE), np.uint8)
    frame = VideoFrame.from_ndarray(image, format="rgb24")
    return _read_off(
        frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)
    )


def image_of(picture: Planes) -> Image:
    """(H, W, 3) RGB of a picture, as a player shows it."""
    frame = VideoFrame.from_ndarray(picture.data, format="yuv420p")
    shown = frame.reformat(format="rgb24", src_colorspace=Colorspace.ITU709, src_color_range=ColorRange.MPEG)
    return np.ascontiguousarray(shown.to_ndarray(), np.uint8)


def png_of(picture: Planes) -> bytes:
    image = cv2.cvtColor(image_of(picture), cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, PNG_COMPRESSION])
    return data.tobytes()


def compact(picture: Path) -> tuple[bytes, int, int] | None:
    """A picture file as JPEG, a fifth of the size and to the eye the same, with its width and height.

    None when it is damaged. Raises OSError when it cannot be read.
    """
    content = np.frombuffer(picture.read_bytes(), np.uint8)
    image = cv2.imdecode(content, cv2.IMREAD_COLOR) if len(content) else None
    if image is None:
        return None
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return data.tobytes(), image.shape[1], image.shape[0]


def _read_off(frame: VideoFrame) -> Planes:
    """Copied from a frame in yuv420p."""
    return Planes(np.asarray(frame.to_ndarray(), np.uint8))


def _shown_size(frame: VideoFrame, pixel_shape: Fraction | None) -> tuple[int, int]:
    """(width, height) with square pixels, no side longer than LONGEST_SIDE_PX."""
    scale = _scale(frame, pixel_shape)
    return max(1, round(scale * _square_width(frame, pixel_shape))), max(1, round(scale * frame.height))


def _scale(frame: VideoFrame, pixel_shape: Fraction | None) -> float:
    return min(1.0, LONGEST_SIDE_PX / max(_square_width(frame, pixel_shape), frame.height))


def _square_width(frame: VideoFrame, pixel_shape: Fraction | None) -> float:
    """How many square pixels are as wide as a frame."""
    odd = not pixel_shape or not 1 / ODDEST_PIXEL <= pixel_shape <= ODDEST_PIXEL
    return frame.width * (1.0 if odd else float(pixel_shape or 1))


def _lies(matrix: NDArray[np.int32]) -> bool:
    """Whether a display matrix turns columns into rows."""
    return bool(abs(matrix[1]) > abs(matrix[0]))


def _turned(image: Image, matrix: NDArray[np.int32]) -> Image:
    """By a display matrix (9,), row by row, that maps (x, y, 1) to where it is shown; to the nearest quarter turn.

    By the matrix, not ``frame.rotation``, which mistakes a mirrored picture for one upside down.
    """
    across, down = matrix[0], matrix[4]
    if _lies(matrix):
        image = np.asarray(cv2.transpose(image), np.uint8)
        across, down = matrix[3], matrix[1]
    if across < 0 or down < 0:
        code = -1 if across < 0 and down < 0 else int(across < 0)
        image = np.asarray(cv2.flip(image, code), np.uint8)
    return image


def _fitted(image: Image, size: tuple[int, int]) -> Image:
    """As large as fits into (width, height), centred on black; the image itself if it already has that size."""
    height, width = image.shape[:2]
    if (width, height) == size:
        return image
    scale = min(size[0] / width, size[1] / height)
    place = np.array([[scale, 0, (size[0] - scale * width) / 2], [0, scale, (size[1] - scale * height) / 2]])
    return np.asarray(cv2.warpAffine(image, place, size), np.uint8)


def _resized(image: Image, size: tuple[int, int]) -> Image:
    """To (width, height)."""
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
