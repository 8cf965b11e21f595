"""What the README shows is true: every command runs, every option and measure it names exists."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from formcheck.cli import analyze
from formcheck.metrics import METRICS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]
SETUP = [c for c in COMMANDS if c.startswith("./setup.sh")]


def test_the_two_opening_commands_set_up_run_and_test() -> None:
    assert COMMANDS[:2] == SETUP
    assert "formcheck analyze sample_videos/" in SETUP[0]
    assert "pytest" in SETUP[1]
    assert "./setup.sh --dev" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("command", [*(c.split("&& .venv/bin/")[1] for c in SETUP[:1]), *COMMANDS[2:]])
def test_every_command_runs(command: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "sample_videos", tmp_path / "sample_videos")
    program, *arguments = command.split()
    assert program == "formcheck"
    call = [sys.executable, "-m", "formcheck.cli", *arguments]
    run = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False, env=None)
    assert run.returncode == 0, run.stderr


def test_every_option_and_measure_is_named() -> None:
    for option in analyze.params:
        if option.name != "videos":
            assert any(name in README for name in option.opts), option.name
    for name in METRICS:
        assert f"`{name}`" in README, name


def test_every_file_it_points_to_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
