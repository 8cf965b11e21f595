"""What is locked can be installed wherever runners are: a wheel of every package, for every system and Python."""

from __future__ import annotations

import os
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

import formcheck

ROOT = Path(__file__).parent.parent
SYSTEMS = ("x86_64-pc-windows-msvc", "aarch64-apple-darwin", "x86_64-manylinux_2_28", "aarch64-manylinux_2_28")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MACOS = "14.0"  # the oldest that the video library has wheels for
UNREACHED = ("dns error", "error sending request", "Failed to fetch", "Connection refused", "timed out")


def uv(*arguments: str) -> subprocess.CompletedProcess[str]:
    from uv import find_uv_bin  # noqa: PLC0415

    call = [find_uv_bin(), "--quiet", *arguments]
    env = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": MACOS}
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False, env=env)
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
    done = uv("build", "--wheel", "--no-build-isolation", "--out-dir", str(tmp_path))
    assert done.returncode == 0, done.stderr
    wheel = next(tmp_path.glob("*.whl"))
    names = set(zipfile.ZipFile(wheel).namelist())
    for kept in ("*.py", "*.toml", "*.json", "py.typed"):
        for path in (ROOT / "formcheck").rglob(kept):
            assert path.relative_to(ROOT).as_posix() in names
    assert {f"formcheck/models/pose_landmarker_{model}.task" for model in ("lite", "full", "heavy")} < names
    assert not any("test" in name or name.startswith("benchmarks") for name in names)


def test_the_pythons_it_names_are_those_it_is_checked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [row.rpartition(" ")[2] for row in project["classifiers"] if row.startswith("Programming Language")]
    assert tuple(named) == PYTHONS
    assert project["requires-python"] == ">=3.11,<3.15"


def test_the_version_stands_in_one_place_and_the_citation_knows_it() -> None:
    assert "version" in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dynamic"]
    assert f"version: {formcheck.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
