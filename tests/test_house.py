"""The shape of the house: who may import whom, who may print, what importing costs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from formcheck.words import LEVEL_NAMES, LEVEL_STATES

PACKAGE = Path(__file__).parent.parent / "formcheck"
ORDER = (
    *("landmarks", "backends", "settings", "datatypes", "archive", "incoming", "outgoing", "words", "fitting"),
    *(
        "places",
        "files",
        "once",
        "sheets",
        "knowledge",
        "planes",
        "tone",
        "video",
        "interrupts",
        "workers",
        "camera",
        "tracking",
        "outline",
        "network",
        "engine",
    ),
    *(
        "pose_litert",
        "pose_mediapipe",
        "passes",
        "pose",
        "reading",
        "keypoints",
        "cache",
        "signals",
        "cleaning",
        "repeats",
        "gait",
    ),
    *(
        "metrics",
        "sides",
        "trends",
        "faults",
        "bouts",
        "standing",
        "guidance",
        "report",
        "versus",
        "export",
        "annotate",
        "faces",
        "disguise",
        "page",
        "home",
        "pipeline",
    ),
    *("batch", "history", "results", "api", "abreast", "exit_codes", "cli_output", "cli_options", "cli_asking"),
    *(
        "cli_diary",
        "cli_guidance",
        "cli_errors",
        "cli_progress",
        "cli_history",
        "cli_analysis",
        "cli_batch",
        "cli_compare",
        "cli",
        "cli_start",
    ),
    "__main__",
)
MODULES = sorted(PACKAGE.rglob("*.py"))
TEXTS = sorted(path for kind in ("py", "toml", "html", "typ") for path in PACKAGE.rglob(f"*.{kind}"))
FLAG = re.compile(r"(?<![\w(-])--[a-z]")  # not a style's own var(--ink)
LEVEL_WORDS = {name.lower() for name in LEVEL_NAMES.values()} | {LEVEL_STATES["fault"]}


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imported_rooms(path: Path) -> set[str]:
    """Rooms of formcheck that a module imports, at the top or inside functions, but not only for type checkers."""
    depth = len(path.relative_to(PACKAGE).parts)
    typing_only = [n for n in nodes(path) if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.unparse(n.test)]
    ignored = {id(inner) for block in typing_only for inner in ast.walk(block)}
    found: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.level == depth and id(node) not in ignored:
            found |= {node.module.split(".")[0]} if node.module else {alias.name for alias in node.names}
    return found & set(ORDER)


def test_every_room_has_its_place_in_the_order() -> None:
    rooms = {room(path) for path in MODULES} - {"__init__"}
    assert rooms == set(ORDER)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_up_the_list_only(path: Path) -> None:
    if room(path) == "__init__":
        return
    place = ORDER.index(room(path))
    assert all(ORDER.index(other) < place for other in imported_rooms(path))


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_the_command_line_prints_or_exits(path: Path) -> None:
    names = {ast.unparse(n.func) for n in nodes(path) if isinstance(n, ast.Call)}
    if not room(path).startswith("cli"):
        assert not names & {"print", "click.echo", "exit", "sys.exit"}


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_the_command_line_speaks_of_flags(path: Path) -> None:
    if not room(path).startswith("cli"):
        assert not FLAG.findall(path.read_text(encoding="utf-8"))


def test_nothing_installed_speaks_of_the_script_that_sets_up_a_checkout() -> None:
    assert not [path for path in TEXTS if "setup.sh" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_levels_are_put_into_words_in_one_place(path: Path) -> None:
    if room(path) != "words":
        written = {n.value.lower() for n in nodes(path) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        assert not written & LEVEL_WORDS


def test_a_name_is_that_of_one_thing() -> None:
    """But for what is the same from outside, as plain values in the library's face, and what every engine has."""
    classes = [(n.name, path) for path in MODULES for n in nodes(path) if isinstance(n, ast.ClassDef)]
    names = Counter(name for name, path in classes if room(path) != "api" and not name.startswith("_"))
    assert {name for name, count in names.items() if count > 1} == {"Landmarker", "View"}  # a camera's, and a file's
    face = {name for name, path in classes if room(path) == "api"}
    assert face & names.keys() == {"Athlete", "Report", "Summary", "Told"}


def test_importing_the_chain_loads_no_pose_model_library() -> None:
    heavy = "{'mediapipe', 'ai_edge_litert'}"
    code = f"import sys, formcheck.pipeline, formcheck.cli; sys.exit(not {heavy}.isdisjoint(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_reading_a_clip_loads_no_scipy() -> None:
    """Neither do those processes of a batch that find nothing to do."""
    code = "import sys, formcheck.batch.work, formcheck.faces, formcheck.pose_litert; assert 'scipy' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.slow
def test_an_analysis_loads_no_part_of_scipy_that_takes_long() -> None:
    code = (
        "import sys; from pathlib import Path; from runner import Runner; from formcheck.pipeline import interpret\n"
        "from formcheck.datatypes import Options, VideoInfo\n"
        "found = interpret(VideoInfo(Path('a.mp4'), 9999, 9999, 60.0, None, None), Runner().track(), Options())\n"
        "assert any(change.missing is None for change in found.comparisons)\n"
        "slow = {'scipy.' + part for part in ('fft', 'interpolate', 'signal', 'stats')}\n"
        "sys.exit(2 * (not slow.isdisjoint(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent, check=False).returncode == 0
