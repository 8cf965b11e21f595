"""Decoding and encoding: times, turning, damage, and files that play anywhere."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import av
import clips
import numpy as np
import pytest

from formcheck.datatypes import FormcheckError, UnreadableVideoError
from formcheck.video import Clip, VideoWriter, prefetch, probe

UNEVEN = np.cumsum(np.random.default_rng(3).uniform(0.01, 0.09, 40))


def quarters(image: np.ndarray) -> list[tuple[int, ...]]:
    """Colours of the four quarters: top left, top right, bottom left, bottom right."""
    height, width = image.shape[:2]
    spots = [(y * height // 4, x * width // 4) for y in (1, 3) for x in (1, 3)]
    return [tuple(round(v / 255) * 255 for v in image[spot]) for spot in spots]


def turned(path: Path, degrees: int) -> Path:
    """The clip with a display matrix, as phones write it, patched into its track header."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    cos, sin = round(np.cos(np.radians(degrees))), round(np.sin(np.radians(degrees)))
    matrix = [cos << 16, -sin << 16, 0, sin << 16, cos << 16, 0, 0, 0, 1 << 30]
    data[at : at + 36] = b"".join(int(v).to_bytes(4, "big", signed=True) for v in matrix)
    path.write_bytes(data)
    return path


def test_frame_times_are_the_files_own(tmp_path: Path) -> None:
    path = clips.make(tmp_path / "uneven.mp4", UNEVEN)
    frames = list(Clip(path))
    assert [f.time_s for f in frames] == pytest.approx(UNEVEN - UNEVEN[0], abs=1e-4)
    assert [f.index for f in frames] == list(range(40))


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_phone_video_is_shown_upright(tmp_path: Path, degrees: int) -> None:
    lying = np.rot90(clips.corners(), -degrees // 90)  # what the sensor sees when the phone is turned
    path = turned(clips.make(tmp_path / "turned.mp4", picture=lambda _: np.ascontiguousarray(lying)), degrees)
    info, frame = probe(path), next(iter(Clip(path)))
    assert (info.width_px, info.height_px) == (160, 96)
    assert frame.image.shape == (96, 160, 3)
    assert frame.image.flags.c_contiguous
    assert quarters(frame.image) == list(clips.CORNERS.values())


def test_start_and_end_cut_by_time(tmp_path: Path) -> None:
    path = clips.make(tmp_path / "cut.mp4")
    frames = list(Clip(path, start_s=0.2, end_s=0.5))
    assert frames[0].index == 6
    assert frames[-1].time_s == pytest.approx(0.5)


@pytest.mark.parametrize("name", ["läuferin 走る.mp4", "a b  c.mp4", "run%03d.mp4", "-o.mp4", "http:clip.mp4"])
def test_any_file_name_is_just_a_name(tmp_path: Path, name: str) -> None:
    made = clips.make(tmp_path / "plain.mp4").rename(tmp_path / name)
    assert probe(made).frames == 30
    assert sum(1 for _ in Clip(made)) == 30


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.mp4", b"", "empty"),
        ("text.mp4", b"this is no video\n" * 50, "not a video"),
        ("zeros.mp4", bytes(5000), "not a video"),
    ],
)
def test_what_is_no_video_is_said_in_one_line(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableVideoError, match=said) as caught:
        probe(tmp_path / name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_a_folder_and_sound_alone(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.mp4", tmp_path, clips.make_sound(tmp_path / "sound.m4a")):
        with pytest.raises(UnreadableVideoError):
            probe(path)


def test_one_frame_is_one_frame(tmp_path: Path) -> None:
    path = clips.make(tmp_path / "one.mp4", [0.0])
    assert probe(path).frames == 1
    assert len(list(Clip(path))) == 1


def noise(i: int) -> np.ndarray:
    return np.random.default_rng(i).integers(0, 255, (96, 160, 3), np.uint8)


def test_a_truncated_file_gives_what_can_be_read(tmp_path: Path) -> None:
    whole = clips.make(tmp_path / "whole.mp4", np.arange(120) / 30, noise, movflags="faststart")
    data = whole.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data[: len(data) * 6 // 10])
    clip = Clip(cut)
    read = sum(1 for _ in clip)
    assert 40 < read < 100
    assert clip.truncated
    headless = tmp_path / "headless.mp4"
    plain = clips.make(tmp_path / "plain.mp4", np.arange(120) / 30, noise).read_bytes()
    headless.write_bytes(plain[: len(plain) * 6 // 10])  # the index at the end is gone
    with pytest.raises(UnreadableVideoError, match="cut short"):
        probe(headless)


def test_a_written_video_plays_everywhere_and_keeps_its_times(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path, 161, 97, 30) as writer:
        for time_s in UNEVEN:
            writer.write(np.pad(clips.corners(), ((0, 1), (0, 1), (0, 0)), mode="edge"), time_s)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(path)) as made:
        stream = made.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (162, 98)
        assert not made.streams.audio
    frames = list(Clip(path))
    assert [f.time_s for f in frames] == pytest.approx(UNEVEN - UNEVEN[0], abs=1e-3)
    assert quarters(frames[0].image) == list(clips.CORNERS.values())


def test_a_broken_off_writing_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "out.mp4").write_text("what was there before")

    def write_and_break_off() -> None:
        with VideoWriter(tmp_path / "out.mp4", 160, 96, 30) as writer:
            writer.write(clips.corners(), 0.0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_and_break_off()
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]
    assert (tmp_path / "out.mp4").read_text() == "what was there before"


FILL = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from formcheck.datatypes import FormcheckError
from formcheck.video import VideoWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    with VideoWriter(Path(sys.argv[1]), 640, 480, 30) as writer:
        for i in range(90):
            writer.write(np.random.default_rng(i).integers(0, 255, (480, 640, 3), np.uint8), i / 30)
except FormcheckError as error:
    print(error)
    sys.exit(error.exit_code)
"""


def test_a_disk_that_fills_up_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", FILL, str(tmp_path / "out.mp4")], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1, run.stderr
    assert run.stdout.count("\n") == 1
    assert "out.mp4: could not be written" in run.stdout
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(FormcheckError, match="could not be written"),
        VideoWriter(tmp_path / "file" / "o.mp4", 16, 16, 30),
    ):
        pass


def test_frames_made_ahead_come_in_order_and_errors_come_through() -> None:
    assert list(prefetch(range(50), 3)) == list(range(50))

    def broken() -> Iterator[int]:
        yield 1
        raise UnreadableVideoError("here")

    items = prefetch(broken())
    assert next(items) == 1
    with pytest.raises(UnreadableVideoError, match="here"):
        next(items)


def test_leaving_early_stops_the_thread() -> None:
    before = threading.active_count()
    items = prefetch(iter(range(10_000)), 2)
    next(items)
    items.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


def test_reading_never_holds_the_clip_in_memory(tmp_path: Path) -> None:
    path = clips.make(tmp_path / "long.mp4", np.arange(200) / 30, noise)
    made = []

    def counted() -> Iterator[int]:
        for frame in Clip(path):
            made.append(frame.index)
            yield frame.index

    for index in prefetch(counted()):
        assert made[-1] - index <= 9
