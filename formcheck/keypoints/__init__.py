"""Landmarks from a file, in place of looking at a clip's pictures: our own, and those of other people's models.

``read`` gives what ``pipeline.read`` would of the clip. Readers of files are bounded as ``incoming`` is; ``people``
follows those who are in a file, and looks at the clip, where there is one, for what the camera does.
"""

from .formats import SUFFIXES, load
from .people import read

__all__ = ["SUFFIXES", "load", "read"]
