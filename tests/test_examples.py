"""The examples run as they are written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"


def run(folder: Path, name: str, *arguments: str) -> str:
    call = [sys.executable, str(EXAMPLES / name), *arguments]
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_scripts(tmp_path: Path) -> None:
    samples = ROOT / "sample_videos"
    shown = run(tmp_path, "one_clip.py", str(samples / "neutral.mp4"), "one")
    assert "Cadence, both feet: 17" in shown
    assert len(run(tmp_path, "folder.py", str(samples), "all").splitlines()) == 3
    assert "changed" in run(tmp_path, "before_and_after.py", "all/neutral", "all/hunched")


@pytest.mark.slow
def test_the_notebooks_cells_run_from_the_top_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    cells = json.loads((EXAMPLES / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]
    names: dict[str, object] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            exec("".join(cell["source"]), names)
    assert "<table>" in names["report"]._repr_html_()  # type: ignore[attr-defined]


def test_every_example_is_run_here_and_told_of_in_the_docs() -> None:
    told = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    here = Path(__file__).read_text(encoding="utf-8")
    for example in EXAMPLES.iterdir():
        assert example.name in told
        assert example.name in here
