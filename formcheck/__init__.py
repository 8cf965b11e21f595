"""Running-form analysis from video: what in a stride may load the back, measured, with its uncertainty."""

__version__ = "0.1.0"
