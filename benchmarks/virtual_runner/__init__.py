"""A rendered human whose true movement is known: clips for testing a form analyser.

from benchmarks.virtual_runner import ClipSpec, Form, render_clip
truth = render_clip(ClipSpec("lean", Form(lean_deg=12)), Path("clips"))
"""

from .presets import PRESETS
from .rendering import render_clip, truth_of
from .rig import BODIES
from .spec import OUTFITS, Camera, ClipSpec, Company, Form, Outfit, Recording, Setting, changed

__all__ = [
    "BODIES",
    "OUTFITS",
    "PRESETS",
    "Camera",
    "ClipSpec",
    "Company",
    "Form",
    "Outfit",
    "Recording",
    "Setting",
    "changed",
    "render_clip",
    "truth_of",
]
