"""A frame of the annotated sample for the README and the docs: writes docs/pictures/annotated.jpg."""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2

import formcheck
from formcheck.planes import Image
from formcheck.video import Clip

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "sample_videos" / "overstride_lean.mp4"
PICTURE = ROOT / "docs" / "pictures" / "annotated.jpg"
HEIGHT_CM = 178.0
JPEG_QUALITY = 88  # under 150 kB, and no halo around the lines


def at_contact(report: formcheck.Report, video: Path) -> Image:
    """The annotated frame in which the near foot lands, in the middle of the clip: RGB, (height, width, 3)."""
    near = [contact.time_s for contact in report.contacts if contact.side == report.facing]
    landing = near[len(near) // 2]
    return next(frame.image for frame in Clip(video) if frame.time_s >= landing)


def main() -> None:
    report = formcheck.analyze(SAMPLE, height_cm=HEIGHT_CM)
    with tempfile.TemporaryDirectory() as folder:
        picture = at_contact(report, report.save(folder) / "annotated.mp4")
    PICTURE.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(PICTURE), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])


if __name__ == "__main__":
    main()
