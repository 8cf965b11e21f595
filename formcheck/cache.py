"""Landmarks kept from one analysis to the next: analysing a clip again with another height takes seconds.

An entry's name depends on all that made it: the clip's content, the pose model's file, which person and frames were
asked for, and the code and libraries that read them. It holds landmarks and numbers, no picture. The folder is the
user's cache, or what FORMCHECK_CACHE names; nobody else can look into it unless it was there before, as one that is
shared. It never grows beyond LARGEST_BYTES: the longest unused entries go first.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import platformdirs

from .archive import DAMAGED, arrays_of, track_of
from .backends import BACKENDS
from .datatypes import FormcheckError, PoseTrack
from .engine import model_path
from .files import replacing
from .incoming import inside
from .places import made, users_folder
from .video import film

PIECE = 1 << 22  # bytes of a clip read at once
LARGEST_BYTES = 2_000_000_000  # some 2,000 clips of 20 seconds at 60 frames a second
SUFFIX = ".npz"
OF_CONTENT = 16  # characters of the clip's digest with which a name begins, so that all entries of a clip can be found
MAKERS = (  # of landmarks: files and folders beside this one; the backend's module is added
    "landmarks.py", "backends.py", "datatypes", "planes.py", "tone.py", "video", "camera.py", "outline.py", "tracking",
    "passes.py", "pose.py", "reading.py", "engine.py", "repeats.py",
)  # fmt: skip
LIBRARIES = ("av", "numpy", "opencv-python", "scipy")  # the backend's own are added


def folder() -> Path:
    """Raises FormcheckError where the user has no home."""
    return users_folder("FORMCHECK_CACHE", platformdirs.user_cache_path)


def key(
    video: Path, model: str, person: int | None, start_s: float, end_s: float | None, every: int,
    passing: Callable[[], None] = lambda: None,
) -> str:  # fmt: skip
    """An entry's name; passing: called now and then while the clip's content is read. Raises UnreadableVideoError."""
    content = content_of(video, passing)
    network = _network(model_path(BACKENDS[model].file))
    made_by = _makers(model)
    told = json.dumps([content, network, model, person, start_s, end_s, every, made_by])
    return f"{content[:OF_CONTENT]}-{hashlib.sha256(told.encode()).hexdigest()}"


def content_of(video: Path, passing: Callable[[], None]) -> str:
    """SHA-256 of a clip; passing: called now and then, as an hour's takes minutes. Raises UnreadableVideoError."""
    made = hashlib.sha256()
    with film(video) as file:
        while piece := file.read(PIECE):
            made.update(piece)
            passing()
    return made.hexdigest()


def _network(path: Path) -> str:
    """SHA-256 of a model file: the one it was checked against."""
    lines = (path.parent / "SHA256SUMS").read_text().splitlines()
    return next(line.split()[0] for line in lines if line.endswith(f"  {path.name}"))


@cache
def _makers(model: str) -> str:
    """Digest of the code and libraries that make landmarks, in a backend's module and before and after it."""
    backend, made_by = BACKENDS[model], hashlib.sha256(sys.version.encode())
    here = Path(__file__).parent
    for name in (*MAKERS, f"{backend.module}.py"):
        for path in sorted((here / name).rglob("*.py")) if (here / name).is_dir() else [here / name]:
            made_by.update(path.read_bytes())
    for library in (*LIBRARIES, *backend.libraries):
        with suppress(PackageNotFoundError):
            made_by.update(f"{library} {version(library)}".encode())
    return made_by.hexdigest()


def load(name: str) -> tuple[PoseTrack, bool, float] | None:
    """The runner's track, whether the clip was found to be damaged, and the share of its pictures that repeat others;
    None when no intact entry is kept.
    """
    path = folder() / f"{name}{SUFFIX}"
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            track, told = track_of(kept)
        with suppress(OSError):  # it may be somebody else's
            os.utime(path)  # mark it as used
        return track, bool(told["truncated"]), float(told["repeated"])
    except FileNotFoundError:
        return None
    except (OSError, *DAMAGED):
        with suppress(OSError):
            path.unlink()
        return None


def save(name: str, track: PoseTrack, truncated: bool, repeated: float) -> None:
    """Keep a track for the next time; if that fails, the analysis does not suffer."""
    with suppress(FormcheckError, OSError):
        with replacing(made(folder()) / f"{name}{SUFFIX}") as temporary:
            np.savez(temporary, **arrays_of(track, truncated=truncated, repeated=repeated))
        _limit()


def _limit() -> None:
    """Keep the most recently used entries, up to the size allowed; delete the others."""
    total = 0
    for _, size, path in sorted(_entries(), reverse=True):
        total += size
        if total > LARGEST_BYTES:
            with suppress(OSError):
                path.unlink()


def _entries() -> Iterator[tuple[float, int, Path]]:
    """(last used, bytes, path) of each entry. Raises OSError when the folder cannot be looked at."""
    for path in _kept():
        with suppress(OSError):
            stat = path.stat()
            yield stat.st_mtime, stat.st_size, path


def _kept() -> list[Path]:
    return [path for path in inside(folder()) if path.suffix == SUFFIX]


def size() -> tuple[int, int]:
    """(entries, bytes). Raises OSError when the folder cannot be looked at."""
    sizes = [size for _, size, _ in _entries()]
    return len(sizes), sum(sizes)


def forget(content: str) -> None:
    """Delete all entries of the clip with this SHA-256. Raises OSError when that fails."""
    for path in _kept():
        if path.name.startswith(f"{content[:OF_CONTENT]}-"):
            path.unlink(missing_ok=True)


def clear() -> None:
    """Delete all entries; the folder stays as whoever made it wanted it. Raises OSError when one cannot be deleted."""
    for _, _, path in list(_entries()):
        path.unlink(missing_ok=True)
