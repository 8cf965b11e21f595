"""What is cached of a clip depends on all that made it, comes back as it was, and never gets in the way."""

from __future__ import annotations

import ast
import os
import stat
from collections.abc import Iterator
from dataclasses import fields, replace
from importlib.metadata import version
from pathlib import Path

import clips
import numpy as np
import platformdirs
import pytest
from barred import barred
from histories import posix

import builders
from advice import one_line, run
from formcheck import cache, pipeline, video
from formcheck.backends import BACKENDS
from formcheck.datatypes import Options, Outline, Person, PoseTrack, UnreadableVideoError
from formcheck.landmarks import BLAZEPOSE
from formcheck.passes import Pass

OUTLINE = Outline(np.array([0.2]), np.zeros((1, 3)), np.ones((1, 3)), np.ones((1, 2, 2, 4)), np.ones((1, 5, 2)))
PERSON = Person(2, 3, "chosen by number")
TRACK = replace(builders.track(8),
    confidence=np.full((8, len(BLAZEPOSE)), 0.875), outline=OUTLINE, person=PERSON, roll_deg=1.5, roll_sd_deg=0.4,
    converging=-0.2, converging_sd=0.03,
    model="full",
)  # fmt: skip


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORMCHECK_CACHE", str(tmp_path / "poses"))
    return tmp_path / "poses"


def same(a: object, b: object) -> bool:
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b, equal_nan=True)  # type: ignore[arg-type]
    if isinstance(a, Outline):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(Outline))
    return a == b


def test_what_is_kept_comes_back_as_it_was() -> None:
    assert cache.load("a") is None
    cache.save("a", TRACK, truncated=True, repeated=0.25)
    found = cache.load("a")
    assert found is not None
    assert found[1:] == (True, 0.25)
    assert all(same(getattr(TRACK, f.name), getattr(found[0], f.name)) for f in fields(PoseTrack))


def test_what_an_entry_goes_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip, copy, other = (tmp_path / name for name in ("a.mp4", "b.mp4", "c.mp4"))
    clip.write_bytes(b"one"), copy.write_bytes(b"one"), other.write_bytes(b"two")
    usual = cache.key(clip, "lite", None, 0.0, None, 1)
    assert cache.key(copy, "lite", None, 0.0, None, 1) == usual
    others = [
        cache.key(other, "lite", None, 0.0, None, 1),
        cache.key(clip, "full", None, 0.0, None, 1),
        cache.key(clip, "lite", 1, 0.0, None, 1),
        cache.key(clip, "lite", None, 1.0, None, 1),
        cache.key(clip, "lite", None, 0.0, 5.0, 1),
        cache.key(clip, "lite", None, 0.0, None, 2),
    ]
    monkeypatch.setattr(cache, "_makers", lambda _: "other code")
    others.append(cache.key(clip, "lite", None, 0.0, None, 1))
    assert len({usual, *others}) == 8


@pytest.mark.parametrize("model", BACKENDS)
def test_an_entry_goes_by_the_library_that_runs_its_model(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = cache._makers.__wrapped__(model)
    monkeypatch.setattr(
        cache, "version", lambda name: f"{version(name)}.1" if name in BACKENDS[model].libraries else version(name)
    )
    assert cache._makers.__wrapped__(model) != usual
    others = {name for row in BACKENDS.values() for name in row.libraries} - {*BACKENDS[model].libraries}
    monkeypatch.setattr(cache, "version", lambda name: f"{version(name)}.1" if name in others else version(name))
    assert cache._makers.__wrapped__(model) == usual


def test_every_module_that_makes_landmarks_counts() -> None:
    here = Path(cache.__file__).parent
    names = [*cache.MAKERS, *(f"{row.module}.py" for row in BACKENDS.values())]
    makers = {file for name in names for file in (here / name, *(here / name).rglob("*.py")) if file.suffix}
    used = {file for maker in makers for file in imported(maker)}
    around = {"files", "incoming", "interrupts", "network", "settings", "workers"}  # bytes, processes and names
    assert {file.relative_to(here).with_suffix("").as_posix() for file in used - makers} <= around


def imported(source: Path) -> Iterator[Path]:
    """Files of the package that a file imports names from."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = source.parents[node.level - 1]
            for name in [node.module] if node.module else [alias.name for alias in node.names]:
                module = folder.joinpath(*name.split("."))
                yield module / "__init__.py" if module.is_dir() else module.with_suffix(".py")


@pytest.mark.parametrize("content", [b"", b"PK", b"nonsense", None])
def test_a_damaged_entry_is_made_again(empty: Path, content: bytes | None) -> None:
    cache.save("a", TRACK, truncated=False, repeated=0.0)
    (entry,) = empty.iterdir()
    entry.write_bytes(content if content is not None else entry.read_bytes()[:-200])
    assert cache.load("a") is None
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize(("behind", "bits"), [(8, 0x01), (8, 0x20), (10, 0x01), (6, 0x40)])
def test_an_entry_whose_bits_have_rotted_is_made_again(empty: Path, behind: int, bits: int) -> None:
    """Said to be locked, patched, packed in an odd way, or written by a program to come."""
    cache.save("a", TRACK, truncated=False, repeated=0.0)
    (entry,) = empty.iterdir()
    content = bytearray(entry.read_bytes())
    content[content.index(b"PK\x01\x02") + behind] ^= bits
    entry.write_bytes(content)
    assert cache.load("a") is None
    assert list(empty.iterdir()) == []


def test_the_longest_unused_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    for i, name in enumerate("abc"):
        cache.save(name, TRACK, truncated=False, repeated=0.0)
        os.utime(cache.folder() / f"{name}.npz", (1000 + i, 1000 + i))
    assert cache.load("a") is not None  # and has now been used
    count, total = cache.size()
    assert count == 3
    monkeypatch.setattr(cache, "LARGEST_BYTES", total + 10)
    cache.save("d", TRACK, truncated=False, repeated=0.0)
    assert {path.stem for path in cache.folder().iterdir()} == {"a", "c", "d"}
    cache.clear()
    assert list(cache.folder().iterdir()) == []


@posix
@pytest.mark.parametrize("mask", [0o000, 0o002, 0o022])
def test_nobody_else_can_look_into_a_folder_that_was_made_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mask: int
) -> None:
    """Wherever it is: a folder that a user without a variable has, and one that is named."""
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "home" / ".cache" / "formcheck")
    before = os.umask(mask)
    try:
        for named in ("", str(tmp_path / "some" / "place")):
            monkeypatch.setenv("FORMCHECK_CACHE", named)
            for clearing in (False, True):
                cache.save("a", TRACK, truncated=False, repeated=0.0)
                assert cache.load("a") is not None
                assert stat.S_IMODE(cache.folder().stat().st_mode) == 0o700
                assert stat.S_IMODE(cache.folder().parent.stat().st_mode) == 0o777 & ~mask
                cache.clear() if clearing else None
    finally:
        os.umask(before)


@posix
def test_a_folder_that_is_shared_on_purpose_stays_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one keeps the others may use, also after it was cleared."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o2775)
    monkeypatch.setenv("FORMCHECK_CACHE", str(shared))
    before = os.umask(0o002)
    try:
        for _ in range(2):
            cache.save("a", TRACK, truncated=False, repeated=0.0)
            (entry,) = shared.iterdir()
            assert (stat.S_IMODE(shared.stat().st_mode), stat.S_IMODE(entry.stat().st_mode)) == (0o2775, 0o664)
            cache.clear()
    finally:
        os.umask(before)


def test_where_nothing_can_be_kept_nothing_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("FORMCHECK_CACHE", str(tmp_path / "file" / "poses"))
    cache.save("a", TRACK, truncated=False, repeated=0.0)
    assert cache.load("a") is None
    assert cache.size() == (0, 0)


@posix
@pytest.mark.parametrize("below", ["", "poses"])
def test_a_folder_that_cannot_be_looked_at_costs_no_analysis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    (tmp_path / "shut").mkdir()
    monkeypatch.setenv("FORMCHECK_CACHE", str(tmp_path / "shut" / below))
    with barred(tmp_path / "shut"):
        cache.save("a", TRACK, truncated=False, repeated=0.0)
        assert cache.load("a") is None
        for what in ("info", "clear"):
            ended = run("cache", what)
            assert ended.exit_code == 1
            assert "shut" in one_line(ended.stderr)
            assert "no permission" in ended.stderr


def test_a_clip_is_posed_once_for_any_height(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passed: list[Pass] = []
    clip = clips.make(tmp_path / "run.mp4", np.arange(30) / 30)

    def estimate(*given: object) -> tuple[PoseTrack, Pass]:
        assert given[-1] == video.probe(clip).width_px  # whoever is in the middle of the picture is the runner
        seen = Pass(*(np.zeros(0),) * 2, [], np.zeros((0, 3)), np.zeros((0, 2)), frozenset(), alone=True)  # type: ignore[arg-type]
        passed.append(seen)
        return TRACK, seen

    monkeypatch.setattr(pipeline, "estimate", estimate)
    tracks = [pipeline.read(clip, Options(height_cm=h, model="full"))[1] for h in (None, 170, 180)]
    assert len(passed) == 1
    assert all(same(tracks[0].xy, track.xy) for track in tracks)
    pipeline.read(clip, Options(model="full", cache=False))
    assert len(passed) == 2


@pytest.mark.parametrize("kept", [True, False])
def test_a_clip_that_changes_while_it_is_read_is_neither_reported_nor_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    """Its parts would be those of two films."""
    clip = clips.make(tmp_path / "run.mp4", np.arange(30) / 30)

    def estimate(*_: object) -> tuple[PoseTrack, Pass]:
        clip.write_bytes(clip.read_bytes() + bytes(8))
        return TRACK, Pass(*(np.zeros(0),) * 2, [], np.zeros((0, 3)), np.zeros((0, 2)), frozenset(), alone=True)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "estimate", estimate)
    with pytest.raises(UnreadableVideoError, match=r"run\.mp4: changed while it was being read"):
        pipeline.read(clip, Options(model="full", cache=kept))
    assert cache.size() == (0, 0)
