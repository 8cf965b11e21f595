"""Landmarks from a file instead of from a clip's pictures: our own, and those of other people's models.

``read`` returns what ``pipeline.read`` would for the clip. File readers are bounded as ``incoming`` is; ``people``
tracks those who are in a file, and looks at the clip, where there is one, for what the camera does.
"""

from .formats import SUFFIXES, load
from .people import read

__all__ = ["SUFFIXES", "load", "read"]
