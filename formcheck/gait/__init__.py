"""PoseTrack → Gait: view, activity, surface, and the initial contacts and toe-offs of both feet."""

from .activity import FACTORS
from .find import find_gait
from .leg_cycle import leg_cycles_of
from .legs import leg_length_px
from .motion import relative_size
from .stretches import stretches
from .tempo import SAME_PACE

__all__ = ["FACTORS", "SAME_PACE", "find_gait", "leg_cycles_of", "leg_length_px", "relative_size", "stretches"]
