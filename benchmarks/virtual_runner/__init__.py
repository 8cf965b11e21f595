"""A rendered human whose true movement is known: clips to test a form analyser on.

    from benchmarks.virtual_runner import Clip, Form, render_clip
    truth = render_clip(Clip("lean", Form(lean_deg=12)), Path("clips"))
"""

from .rendering import render_clip, truth_of
from .spec import OUTFITS, Camera, Clip, Form, Outfit, Recording, changed

__all__ = ["OUTFITS", "Camera", "Clip", "Form", "Outfit", "Recording", "changed", "render_clip", "truth_of"]
