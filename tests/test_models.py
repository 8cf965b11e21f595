"""The pose model bundles: whole, licensed, found, and refused when damaged."""

from __future__ import annotations

import hashlib
import shutil
import tomllib
import zipfile
from pathlib import Path

import pytest

from formcheck import engine
from formcheck.backends import BACKENDS, DEFAULT_BACKEND
from formcheck.datatypes import FormcheckError

MODELS = Path(__file__).parent.parent / "models"


@pytest.mark.parametrize("name", BACKENDS)
def test_every_listed_model_is_whole(name: str) -> None:
    path = MODELS / BACKENDS[name].file
    assert f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" in (MODELS / "SHA256SUMS").read_text()
    with zipfile.ZipFile(path) as bundle:
        assert bundle.namelist() == ["pose_detector.tflite", "pose_landmarks_detector.tflite"]
        assert all(info.compress_type == zipfile.ZIP_STORED for info in bundle.infolist())
    assert path.name in (MODELS / "README.md").read_text(encoding="utf-8")


def test_the_wheel_carries_every_model() -> None:
    project = tomllib.loads((MODELS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    carried = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    for row in BACKENDS.values():
        assert carried[f"models/{row.file}"] == f"formcheck/models/{row.file}"
    for told in ("SHA256SUMS", "README.md"):  # whose they are, too
        assert carried[f"models/{told}"] == f"formcheck/models/{told}"


def test_a_missing_model_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "FOLDERS", (tmp_path,))
    engine.model_path.cache_clear()
    with pytest.raises(FormcheckError, match=r"missing: install formcheck again"):
        engine.model_path(BACKENDS[DEFAULT_BACKEND].file)


def test_a_damaged_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SHA256SUMS", BACKENDS["lite"].file):
        shutil.copy(MODELS / name, tmp_path)
    with (tmp_path / BACKENDS["lite"].file).open("r+b") as file:
        file.seek(100_000)
        file.write(b"damage")
    monkeypatch.setattr(engine, "FOLDERS", (tmp_path,))
    engine.model_path.cache_clear()
    with pytest.raises(FormcheckError, match="damaged"):
        engine.model_path(BACKENDS["lite"].file)
    engine.model_path.cache_clear()
