"""Pages in a real browser: Debian's Chromium, without a window."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium")
PATIENCE = 200  # checks, 50 ms apart
ROOT = ["--no-sandbox"]  # needed by root, as in containers; the pages are our own


@pytest.fixture(scope="module")  # one browser at a time: files that use it may run one after another
def browser() -> Iterator[Browser]:
    """Chromium; without it the test is skipped."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium here; ./setup.sh --dev installs it on Debian")
    with sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=ROOT)
        yield chromium
        chromium.close()


@dataclass
class Seen:
    """A page, what it wrote to the console, and all that it requested."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def overflow_px(self) -> int:
        """By how much it is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def wait(self, for_what: str) -> None:
        """Wait until a script's expression holds; the page's own policy does not let the page watch for it."""
        for _ in range(PATIENCE):
            if self.page.evaluate(for_what):
                return
            self.page.wait_for_timeout(50)
        raise TimeoutError(for_what)


@contextmanager
def opened(browser: Browser, file: Path, width: int = 1280, **context: Any) -> Iterator[Seen]:
    """A file as a double click opens it."""
    made = browser.new_context(viewport={"width": width, "height": 800}, **context)
    seen = Seen(made.new_page())
    seen.page.on("console", lambda message: seen.complaints.append(message.text))
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.page.on("request", lambda request: seen.asked.append(request.url))
    seen.page.goto(file.as_uri())
    yield seen
    made.close()
