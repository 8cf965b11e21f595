"""What README and docs show is true: commands run; flags, files and rooms exist; the site requests nothing."""

from __future__ import annotations

import inspect
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from pages import PAGES, ROOT, WHEEL, commands, name, text
from test_house import ORDER

import formcheck
from benchmarks import pages as written
from formcheck.cli import main as command_line
from formcheck.cli_options import MODEL_HELP

CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
SETUP = "./setup.sh && "
ELSEWHERE = {  # commands that a test cannot run → the part of them that .ci/run runs
    "./setup.sh --dev": "./setup.sh --dev",
    "./setup.sh --dev && .venv/bin/python -m pytest": ".venv/bin/python -m pytest",
    '.venv/bin/python -m pytest -m "not slow"': ".venv/bin/python -m pytest",
    "bash .ci/run": "",
    ".venv/bin/mkdocs build --strict": ".venv/bin/mkdocs build --strict",
    **dict.fromkeys(WHEEL, ".venv/bin/python -m pytest"),  # by test_install.py
    "python -m benchmarks.pages": ".venv/bin/python -m pytest",  # below
}
CLIPS = {"run.mp4": "neutral", "other.mp4": "hunched", "early.mp4": "neutral", "late.mp4": "overstride_lean"}
CLIPS |= {"side.mp4": "neutral", "rear.mp4": "hunched"}
QUICK = {"--model": "lite", "--end": "6", "--no-video": None}  # added to an analysis; other tests read as much
OF_OTHERS = {"--dev", "--wheel", "--constraints", "--strict", "--group", "--upgrade"}  # flags of uv, mkdocs, setup.sh


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the samples, and clips under the names that pages use for a reader's own."""
    folder = tmp_path_factory.mktemp("desk")
    for samples in ("sample_videos", "sample_logs"):
        shutil.copytree(ROOT / samples, folder / samples)
    for clip, sample in CLIPS.items():
        shutil.copy(ROOT / "sample_videos" / f"{sample}.mp4", folder / clip)
    return folder


def quick(call: list[str]) -> list[str]:
    more = ([flag, *([value] if value else [])] for flag, value in QUICK.items() if flag not in call)
    return [*call, *(word for words in more for word in words)] if call[0] in ("analyze", "batch", "compare") else call


def called(command: str) -> list[str] | None:
    """The arguments that a command gives formcheck; None when it calls something else."""
    words = shlex.split(command.removeprefix(SETUP))
    place = next((i for i, word in enumerate(words) if word.rpartition("/")[2] == "formcheck"), None)
    return None if place is None else words[place + 1 :]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_runs_from_the_top_of_the_page_down(
    page: Path, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process: to start one each takes longer than what most of them do."""
    monkeypatch.chdir(desk)
    for command in commands(page):
        arguments = called(command)
        if arguments is None:
            continue
        call = arguments if command.startswith(SETUP) and page == PAGES[0] else quick(arguments)
        run = CliRunner().invoke(command_line, call)
        assert run.exit_code == 0, (command, run.stderr)


@pytest.mark.slow
def test_the_screen_that_is_shown_as_an_example_is_what_the_terminal_says(desk: Path) -> None:
    """Digits and the lengths of bars may differ from one machine to another."""
    page = text(ROOT / "docs" / "report.md")
    (command,) = (command for command in commands(ROOT / "docs" / "report.md") if "analyze" in command)
    (shown,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    call = [sys.executable, "-m", "formcheck", *(called(command) or ()), "--no-video"]
    run = subprocess.run(call, cwd=desk, capture_output=True, check=False, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    plain, example = (" ".join(re.sub(r"[·├┤●░~]+|\d+", "", words).split()) for words in (run.stdout, shown))
    assert example in plain


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_what_is_no_call_of_formcheck_is_run_elsewhere(page: Path) -> None:
    for command in commands(page):
        if called(command) is None:
            assert ELSEWHERE[command] in CI


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_flags_and_files_it_names_exist(page: Path) -> None:
    for flag in re.findall(r"`(--[a-z-]+)", text(page)):
        assert flag in OF_OTHERS or flag in set(flags(command_line)), flag
    for target in re.findall(r"\]\(([^):#]+)(?:#[^)]*)?\)", text(page)):
        assert (page.parent / target).exists(), target
    for module in re.findall(r"python -m (benchmarks\.[a-z_]+)", text(page)):
        place = ROOT.joinpath(*module.split("."))
        assert place.is_dir() or place.with_suffix(".py").exists(), module


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=name)
def test_links_into_a_page_lead_to_one_of_its_headings(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^):#]*)#([^)]+)\)", text(page)):
        assert anchor in anchors(page.parent / target if target else page), f"{target}#{anchor}"


def anchors(page: Path) -> set[str]:
    """What GitHub and the site call the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", text(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def flags(command: click.Command) -> Iterator[str]:
    yield from (flag for param in command.params for flag in (*param.opts, *param.secondary_opts))
    yield from ("--help", "--version")
    for inner in getattr(command, "commands", {}).values():
        yield from flags(inner)


@pytest.mark.parametrize("page", written.PAGES, ids=lambda page: page.name)
def test_pages_read_off_the_code_are_as_it_is(page: Path) -> None:
    assert text(page) == written.PAGES[page](), "run: python -m benchmarks.pages"


def test_the_python_page_names_every_keyword() -> None:
    for keyword in inspect.signature(formcheck.analyze).parameters:
        assert re.search(rf"\b{keyword}\b", text(ROOT / "docs" / "python.md")), keyword


def test_how_fast_the_help_calls_the_model_full_is_what_was_measured() -> None:
    page = text(ROOT / "docs" / "performance.md")
    heavy, full = (
        float(s) for s in re.findall(r"^\| 1280 × 720, `(?:heavy|full)`, with video \| \S+ \| (\S+)", page, re.M)
    )
    assert f"heavy reads half of them, and full is {heavy / full:.1f} times as fast." in MODEL_HELP


def test_the_measure_that_is_shown_as_an_example_is_in_the_code() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", text(ROOT / "docs" / "extending.md"), re.DOTALL)
    assert example in text(ROOT / "formcheck" / "metrics" / "side.py")


def test_the_architecture_page_names_every_room() -> None:
    for room in ORDER:
        assert f"`{room}`" in text(ROOT / "docs" / "architecture.md"), room


@pytest.mark.slow
def test_the_site_is_built_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    call = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    built = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) > len(PAGES) - 2
    for page in pages:
        loaded = re.findall(r"<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)=\"?([^\s\">]+)", text(page))
        assert loaded
        assert not [address for address in loaded if "//" in address], page
    for sheet in tmp_path.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//", text(sheet)), sheet
