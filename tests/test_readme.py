"""What the README shows is true: every command runs, every option and measure it names exists."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from formcheck.cli import analyze
from formcheck.cli_guidance import COMMANDS as COMMANDS_OF_GUIDANCE
from formcheck.metrics import METRICS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [block.splitlines() for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)]
COMMANDS = [line for block in BLOCKS for line in block]
SETUP = [c for c in COMMANDS if c.startswith("./setup.sh")]
ACCURACY = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
QUOTED = {  # words of the README's table → what docs/accuracy.md calls it
    "cadence": ["cadence_spm"],
    "trunk lean": ["trunk_lean_deg"],
    "foot ahead of the hip at contact": ["overstride_cm"],
    "shin angle, knee bend at contact": ["shin_angle_deg", "knee_flexion_contact_deg"],
    "contact time": ["contact_time_ms"],
    "vertical oscillation, camera standing": ["vertical_oscillation_cm"],
    "craniovertebral angle": ["craniovertebral_deg"],
    "rounding of the upper back": ["back_rounding_deg"],
}


def test_the_two_opening_commands_set_up_run_and_test() -> None:
    assert COMMANDS[:2] == SETUP
    assert "formcheck analyze sample_videos/" in SETUP[0]
    assert "pytest" in SETUP[1]
    assert "./setup.sh --dev" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("block", [[SETUP[0].split("&& .venv/bin/")[1]], *BLOCKS[2:]], ids=lambda block: block[0][:40])
def test_every_command_runs_from_the_top_of_its_block_down(block: list[str], tmp_path: Path) -> None:
    for samples in ("sample_videos", "sample_logs"):
        shutil.copytree(ROOT / samples, tmp_path / samples)
    for command in block:
        program, *arguments = shlex.split(command)
        assert program == "formcheck"
        call = [sys.executable, "-m", "formcheck", *arguments]
        run = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False, env=None)
        assert run.returncode == 0, run.stderr


def test_every_option_and_measure_is_named() -> None:
    options = [param for command in (analyze, *COMMANDS_OF_GUIDANCE) for param in command.params]
    for option in options:
        if isinstance(option, click.Option):
            assert any(f"`{name}" in README or f"{name} " in README for name in option.opts), option.name
    for name in METRICS:
        assert f"`{name}`" in README, name


def test_every_file_it_points_to_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("words", QUOTED)
def test_the_errors_it_quotes_are_those_of_the_accuracy_page(words: str) -> None:
    _, quoted, held = (cell.strip() for cell in _row(README, words))
    rows = [_row(ACCURACY, f"`{metric}`") for metric in QUOTED[words]]
    texts = re.findall(r"[\d.]+", quoted.partition("(")[0])
    for text, row in zip(texts, rows, strict=True):
        assert text == f"{float(row[1]):.{len(text.partition('.')[2])}f}"
    assert {held} == {row[5].strip() for row in rows}


def test_the_shares_it_quotes_are_those_of_the_accuracy_page() -> None:
    found, false, side = (cell.split(" %")[0].strip() for cell in _row(ACCURACY, "from the side, all (22)")[3:6])
    assert f"Steps found {found} %, false {false} %, right foot {side} %" in README
    lite, full, heavy = (
        round(float(cell.split(" %")[0])) for cell in _row(ACCURACY, "**intervals that hold the truth**")[1:]
    )
    assert f"{heavy} % of the numbers (`full` {full} %, `lite` {lite} %" in " ".join(README.split())
    fine, called = re.findall(r"Of (\d+) findings that had nothing to find, (.*?\))", " ".join(ACCURACY.split()))[0]
    assert f"Of {fine} findings" in " ".join(README.split())
    assert called in " ".join(README.split())


def _row(page: str, first: str) -> list[str]:
    """Cells of the first row of a table that begins with these words."""
    line = next(line for line in page.splitlines() if line.startswith(f"| {first} |"))
    return line.strip("|").split("|")
