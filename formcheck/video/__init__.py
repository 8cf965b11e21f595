"""Decoding and encoding: the only package that does either.

Frames come upright (rotation and pixel shape applied), one at a time, with the times the file gives them. The
annotated video is H.264 in yuv420p with its index first, which every browser and phone plays.
"""

from .clip import AHEAD, MOST_FRAMES, SAME_FRAME_S, Clip, Frame, prefetch, too_long
from .container import film, filmed, probe, unreadable
from .pictures import compact, image_of, planes_of, png_of
from .writer import VideoWriter

__all__ = [
    "AHEAD",
    "MOST_FRAMES",
    "SAME_FRAME_S",
    "Clip",
    "Frame",
    "VideoWriter",
    "compact",
    "film",
    "filmed",
    "image_of",
    "planes_of",
    "png_of",
    "prefetch",
    "probe",
    "too_long",
    "unreadable",
]
