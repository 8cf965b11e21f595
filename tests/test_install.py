"""What is locked can be installed wherever runners are: every package has a wheel for every system and Python."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from pages import WHEEL, commands

import formcheck
from formcheck.settings import EXPORTED, OUTPUTS, PDF

ROOT = Path(__file__).parent.parent
SYSTEMS = ("x86_64-pc-windows-msvc", "aarch64-apple-darwin", "x86_64-manylinux_2_28", "aarch64-manylinux_2_28")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
LOCKS = ("requirements.lock", "requirements-dev.lock")
MACOS = "14.0"  # the oldest for which the video library has wheels
NEEDED_FOR_THE_WHEEL = ("formcheck", "models", "pyproject.toml", "README.md", "LICENSE", "requirements.lock")
UNREACHED = ("dns error", "error sending request", "Failed to fetch", "Connection refused", "timed out")


def uv(*arguments: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    from uv import find_uv_bin  # noqa: PLC0415

    call = [find_uv_bin(), *arguments]
    env = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": MACOS, **env}
    done = subprocess.run(call, cwd=cwd, capture_output=True, text=True, check=False, env=env)
    if done.returncode and any(words in done.stderr for words in UNREACHED):
        pytest.skip("the package registry cannot be reached")
    return done


@pytest.mark.slow
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_every_locked_package_has_a_wheel(system: str, python: str, tmp_path: Path) -> None:
    where = ("--target", str(tmp_path), "--python-platform", system, "--python-version", python)
    done = uv("pip", "install", "--dry-run", "--no-deps", "--only-binary", ":all:", *where, "-r", "requirements.lock")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_wheel_holds_everything_it_runs_on(tmp_path: Path) -> None:
    done = uv("build", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", str(tmp_path))
    assert done.returncode == 0, done.stderr
    wheel = next(tmp_path.glob("*.whl"))
    names = set(zipfile.ZipFile(wheel).namelist())
    for kept in ("*.py", "*.toml", "*.json", "py.typed"):
        for path in (ROOT / "formcheck").rglob(kept):
            assert path.relative_to(ROOT).as_posix() in names
    assert {f"formcheck/models/pose_landmarker_{model}.task" for model in ("lite", "full", "heavy")} < names
    assert not any("test" in name or name.startswith("benchmarks") for name in names)


def interpreter(python: str) -> str:
    """The path of a Python of this version on this machine; none is fetched."""
    if sys.version_info[:2] == tuple(map(int, python.split("."))):
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    path = [*map(str, pyenv.glob(f"{python}.*/bin")), os.environ["PATH"]]  # pyenv's shims fail for versions not chosen
    found = uv("python", "find", "--no-python-downloads", "--no-project", python, PATH=os.pathsep.join(path))
    return found.stdout.strip() if found.returncode == 0 else pytest.skip(f"there is no Python {python} here")


@pytest.mark.slow
@pytest.mark.parametrize("python", PYTHONS)
def test_the_wheel_installs_as_the_docs_say_and_runs_from_another_folder(python: str, tmp_path: Path) -> None:
    project, desk, bin_ = tmp_path / "project", tmp_path / "desk", tmp_path / "bin"
    for part in NEEDED_FOR_THE_WHEEL:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        (project / part).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / part, project / part)
    env = {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(bin_), "UV_PYTHON": interpreter(python)}
    assert all(command in commands(ROOT / "docs" / "first-run.md") for command in WHEEL)
    for command in WHEEL:
        done = uv(*shlex.split(command)[1:], cwd=project, **env)
        assert done.returncode == 0, (command, done.stderr)
    assert f"version_info = {python}." in (tmp_path / "tools" / "formcheck" / "pyvenv.cfg").read_text(encoding="utf-8")
    shutil.rmtree(project)
    desk.mkdir()
    clip = shutil.copy(ROOT / "sample_videos" / "neutral.mp4", desk)
    call = [bin_ / "formcheck", "analyze", clip, "--model", "lite", "--end", "4"]
    run = subprocess.run(
        call, cwd=desk, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": ""}
    )
    assert run.returncode == 0, run.stderr
    assert {path.name for path in (desk / "formcheck-results" / "neutral").iterdir()} == set(OUTPUTS) - {PDF, *EXPORTED}


def test_the_pythons_it_names_are_those_it_is_checked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [row.rpartition(" ")[2] for row in project["classifiers"] if row.startswith("Programming Language")]
    assert tuple(named) == PYTHONS
    assert project["requires-python"] == ">=3.11,<3.15"


def test_mediapipe_is_installed_only_where_it_can_be_kept_from_sending() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    locked = [(ROOT / name).read_text(encoding="utf-8").splitlines() for name in LOCKS]
    for lines in (wanted, *locked):
        (line,) = (line for line in lines if line.startswith("mediapipe"))
        assert line.removesuffix(" \\").partition(";")[2].strip() == "sys_platform == 'linux'"


def test_the_version_stands_in_one_place_and_the_citation_knows_it() -> None:
    assert "version" in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dynamic"]
    assert f"version: {formcheck.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
