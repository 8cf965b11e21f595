"""The poses of each frame → one track per person, however close they stand.

``poses`` holds one person in one frame and what a pose model offers, ``association`` which pose continues which track,
``window`` how a tracker is kept on its person, ``clothes`` what people wear, ``meetings`` where trackers may have
exchanged two people, ``trackers`` the single-person and the multi-person tracker.
"""

from .association import (
    FEWEST_FRAMES,
    SAME_PERSON,
    SAME_SIZE,
    PersonTrack,
    associate,
    continued,
    stitched,
)
from .clothes import colours, dressed_alike
from .meetings import parted
from .poses import Pose, PoseBackend, PoseTracker, distinct
from .trackers import AGREEING, DETECT_AGAIN_S, MOST_PEOPLE, MultiPersonTracker, SinglePersonTracker
from .window import mask_others

__all__ = [
    "AGREEING",
    "DETECT_AGAIN_S",
    "FEWEST_FRAMES",
    "MOST_PEOPLE",
    "SAME_PERSON",
    "SAME_SIZE",
    "MultiPersonTracker",
    "PersonTrack",
    "Pose",
    "PoseBackend",
    "PoseTracker",
    "SinglePersonTracker",
    "associate",
    "colours",
    "continued",
    "distinct",
    "dressed_alike",
    "mask_others",
    "parted",
    "stitched",
]
