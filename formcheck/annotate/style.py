"""Colours and sizes: one restrained palette that colour-blind people can tell apart; a level's colour never comes
without its word. Sizes are shares of the picture or of the runner, so that all clips look alike."""

from __future__ import annotations

import math

from ..datatypes import Level, Side
from ..planes import Colour

SIDE_COLOURS: dict[Side, Colour] = {"left": (74, 168, 255), "right": (255, 152, 56)}  # blue against orange
WHITE: Colour = (255, 255, 255)
SOFT: Colour = (205, 212, 220)  # captions and other secondary text
ACCENT: Colour = (255, 222, 89)  # wedges of the angles
DARK: Colour = (14, 18, 24)  # plates, and the casing that keeps light lines visible over light clothes
LEVEL_COLOURS: dict[Level, tuple[Colour, Colour]] = {  # of the chip and of the word on it
    "fault": ((208, 62, 54), WHITE),
    "watch": ((245, 190, 65), DARK),
    "borderline": ((168, 184, 208), DARK),
    "ok": ((20, 126, 104), WHITE),
    "not_measured": ((92, 99, 110), WHITE),
}

REGULAR, BOLD = 400, 700  # weights of the font

TEXT = 0.030  # height of body text over the square root of the picture's area: 29 px at 1280 x 720
TEXT_LEAST_PX = 9  # below this, letters run together
PLATE_OPACITY = 0.72

LIMB = 0.009  # width of a limb's line over the runner's height: 5 px on a runner of 550
DOUBTFUL = 0.5  # confidence below which a limb is drawn thinner and translucent
DOUBTFUL_OPACITY, DOUBTFUL_WIDTH = 0.45, 0.6
SURE_OPACITY = 0.92


def text_px(width: int, height: int) -> int:
    """Size of body text in a picture."""
    return max(TEXT_LEAST_PX, round(TEXT * math.sqrt(width * height)))
