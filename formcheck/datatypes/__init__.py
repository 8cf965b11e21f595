"""READ FIRST: the frozen values that pass from stage to stage, and the conventions all share.

``inputs`` holds the video and what the user says about it, ``track`` one person's landmarks, ``gait`` the view, the
movement and its events, ``findings`` what is measured and reported. Import from here, not from the files.

Conventions
    image     x to the right, y down, pixels, origin at the top left of the upright (rotated) frame
    time      seconds of real time on the frames' own clock, 0 at the file's first frame; in slow motion
              file time = real time × slow_motion_factor, and only reports use file time
    angles    degrees; forward (the way the runner faces) is positive
    sides     the runner's own left and right
    missing   NaN in arrays, ``missing`` (a reason) in measurements; never 0
    T, K      numbers of frames and of landmarks, named by the pose model's set (landmarks.py): use the names only
    sd_s      standard uncertainty (one standard deviation) of an event's time
    low, high ends of a 95 % interval that combines sampling, landmark, model and camera error
"""

from ..landmarks import SIDES, Side
from .findings import (
    AgainstStanding,
    Bout,
    Change,
    Comparison,
    ComparisonKind,
    Finding,
    Interval,
    LeftRight,
    Level,
    Measurement,
    Report,
    StepValue,
    Stood,
)
from .gait import (
    FRONTAL,
    OTHER,
    SAGITTAL,
    Activity,
    Event,
    Facing,
    Gait,
    Motion,
    Pitch,
    Surface,
    Trial,
    View,
    ViewName,
    fourier_basis,
    turns,
)
from .inputs import (
    SECONDS,
    Disguise,
    FormcheckError,
    NothingMeasurableError,
    NotUnderstoodError,
    Options,
    Progress,
    UnreadableInputError,
    UnreadableVideoError,
    VideoInfo,
)
from .track import (
    FloatArray,
    Outline,
    Person,
    PoseTrack,
    Repairs,
    elevation_deg,
    landmark,
    toward_camera,
    turned,
    usual_step,
)

__all__ = [
    "FRONTAL",
    "OTHER",
    "SAGITTAL",
    "SECONDS",
    "SIDES",
    "Activity",
    "AgainstStanding",
    "Bout",
    "Change",
    "Comparison",
    "ComparisonKind",
    "Disguise",
    "Event",
    "Facing",
    "Finding",
    "FloatArray",
    "FormcheckError",
    "Gait",
    "Interval",
    "LeftRight",
    "Level",
    "Measurement",
    "Motion",
    "NotUnderstoodError",
    "NothingMeasurableError",
    "Options",
    "Outline",
    "Person",
    "Pitch",
    "PoseTrack",
    "Progress",
    "Repairs",
    "Report",
    "Side",
    "StepValue",
    "Stood",
    "Surface",
    "Trial",
    "UnreadableInputError",
    "UnreadableVideoError",
    "VideoInfo",
    "View",
    "ViewName",
    "elevation_deg",
    "fourier_basis",
    "landmark",
    "toward_camera",
    "turned",
    "turns",
    "usual_step",
]
