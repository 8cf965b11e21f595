"""PoseTrack → Gait: view, activity, surface, and the initial contacts and toe-offs of both feet."""

from .activity import FACTORS
from .cycle import passes
from .events import UNSURE_SD
from .find import find_gait
from .leg_cycle import leg_cycles_of
from .legs import USUAL_LEG_M, both_legs_seen, feet_seen, leg_confidence, leg_length_px, near_side
from .motion import relative_size
from .naming import misnamed
from .pitch import find_pitch, with_elevation
from .rhythm import alternate_twice
from .stretches import stretches
from .tempo import SAME_PACE
from .view import turned_deg, upright

__all__ = [
    "FACTORS", "SAME_PACE", "UNSURE_SD", "USUAL_LEG_M", "alternate_twice", "both_legs_seen", "feet_seen", "find_gait",
    "find_pitch", "leg_confidence", "leg_cycles_of", "leg_length_px", "misnamed", "near_side", "passes",
    "relative_size", "stretches", "turned_deg", "upright", "with_elevation",
]  # fmt: skip
