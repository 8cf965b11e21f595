"""What the pages for readers contain, to be checked against what exists."""

from __future__ import annotations

import re
from pathlib import Path

import formcheck

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
WHEEL = [  # how first-run.md installs formcheck
    "uv build --wheel",
    f"uv tool install --constraints requirements.lock dist/formcheck-{formcheck.__version__}-py3-none-any.whl",
]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def commands(page: Path) -> list[str]:
    """Every line of its shell blocks, without comments."""
    lines = (line for block in re.findall(r"```sh\n(.*?)```", text(page), re.DOTALL) for line in block.splitlines())
    return [line.partition("  #")[0].strip() for line in lines]
