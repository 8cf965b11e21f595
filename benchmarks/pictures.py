"""Pictures of the analysed sample for README and docs: a frame of its video, two stills, and its page in a browser."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Browser, sync_playwright

import formcheck
from formcheck.planes import Image
from formcheck.video import Clip

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "sample_videos" / "overstride_lean.mp4"
PICTURES = ROOT / "docs" / "pictures"
STILLS, STILL_PX = ("overstride", "kinogram"), 720  # and their width
HEIGHT_CM = 178.0
JPEG_QUALITY = 88  # under 150 kB, and no halo around the lines
SHOTS = {  # name → size of the window, and where the picture begins
    "page": (1180, 900, "body"),
    "traces": (1180, 760, "#motion"),
    "phone": (390, 844, ".finding"),
}


def at_contact(report: formcheck.Report, video: Path) -> Image:
    """The annotated frame in which the near foot lands, in the middle of the clip: RGB, (height, width, 3)."""
    near = [contact.time_s for contact in report.contacts if contact.side == report.facing]
    landing = near[len(near) // 2]
    return next(frame.image for frame in Clip(video) if frame.time_s >= landing)


def shoot(browser: Browser, page: Path, name: str) -> None:
    """The page as SHOTS says, with a step chosen, so that the video shows it."""
    width, height, begin = SHOTS[name]
    seen = browser.new_page(viewport={"width": width, "height": height}, color_scheme="light")
    seen.goto(page.as_uri())
    seen.locator(".clip a").nth(9).click()
    seen.wait_for_timeout(1000)  # until the picture is there
    seen.locator(begin).first.evaluate("part => part.scrollIntoView({ block: 'start', behavior: 'instant' })")
    seen.screenshot(path=PICTURES / f"{name}.jpg", type="jpeg", quality=JPEG_QUALITY)
    seen.close()


def main() -> None:
    report = formcheck.analyze(SAMPLE, height_cm=HEIGHT_CM)
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as started:
        folder = report.save(place)
        write("annotated", at_contact(report, folder / "annotated.mp4")[..., ::-1].copy())
        for name in STILLS:
            still = np.asarray(cv2.imread(str(folder / "stills" / f"{name}.png")), np.uint8)
            height = round(still.shape[0] * STILL_PX / still.shape[1])
            write(name, np.asarray(cv2.resize(still, (STILL_PX, height), interpolation=cv2.INTER_AREA), np.uint8))
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name in SHOTS:
            shoot(browser, folder / "report.html", name)
        browser.close()


def write(name: str, picture: Image) -> None:
    """BGR, as OpenCV has it."""
    cv2.imwrite(str(PICTURES / f"{name}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])


if __name__ == "__main__":
    main()
