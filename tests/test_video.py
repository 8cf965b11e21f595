"""Decoding and encoding: times, rotation, damage, and files that play anywhere."""

from __future__ import annotations

import errno
import os
import struct
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator, Sequence
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import clips
import cv2
import numpy as np
import pytest

from formcheck.datatypes import FormcheckError, NothingMeasurableError, UnreadableVideoError
from formcheck.planes import Image, Planes
from formcheck.video import Clip, VideoWriter, clip, container, planes_of, prefetch, probe
from formcheck.video.container import decoded
from formcheck.video.keyframes import Keyframes

SAMPLE = Path(__file__).parent.parent / "sample_videos" / "neutral.mp4"
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


def mirrored(path: Path) -> None:
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    data[at : at + 4] = struct.pack(">i", -1 << 16)  # the matrix's first number: x is mirrored
    path.write_bytes(data)


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


def test_a_mirrored_picture_is_mirrored_back(tmp_path: Path) -> None:
    path = clips.make(tmp_path / "selfie.mp4", picture=lambda _: np.ascontiguousarray(clips.corners()[:, ::-1]))
    mirrored(path)
    assert quarters(next(iter(Clip(path))).image) == list(clips.CORNERS.values())


def filmed(path: Path, pix_fmt: str = "yuv420p", size: tuple[int, int] = (160, 96), **settings: object) -> Path:
    """Three frames in this pixel format, with these settings of the codec."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=30, options={"crf": "5"})
        stream.width, stream.height = size
        stream.pix_fmt = pix_fmt
        for name, value in settings.items():
            setattr(stream.codec_context, name, value)
        for i in range(3):
            frame = av.VideoFrame.from_ndarray(clips.corners(*size), format="rgb24")
            frame = frame.reformat(
                format=pix_fmt, dst_colorspace=settings.get("colorspace"), dst_color_range=settings.get("color_range")
            )
            frame.pts = i
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


BT709, BT601, SMPTE240, BT2020, FULL_RANGE = 1, 6, 7, 9, 2


@pytest.mark.parametrize(
    ("pix_fmt", "settings"),
    [
        ("yuv420p", {"colorspace": BT709}),
        ("yuv420p", {"colorspace": BT709, "color_range": FULL_RANGE}),
        ("yuv420p10le", {"colorspace": BT2020}),  # as phones film in HDR
        ("yuv444p", {}),
    ],
)
def test_colours_are_right_however_they_are_stored(tmp_path: Path, pix_fmt: str, settings: dict[str, int]) -> None:
    image = next(iter(Clip(filmed(tmp_path / "clip.mp4", pix_fmt, **settings)))).image
    spots = image[[24, 24, 72, 72], [40, 120, 40, 120]].astype(int)
    assert np.abs(spots - list(clips.CORNERS.values())).max() < 12


@pytest.mark.parametrize(
    ("pix_fmt", "settings"),
    [
        ("yuv420p", {"colorspace": BT709}),
        ("yuv420p", {"colorspace": BT709, "color_range": FULL_RANGE}),
        ("yuv420p", {"colorspace": BT601}),
        ("yuv420p", {}),  # the standard is not stated
        ("yuv420p", {"colorspace": SMPTE240}),
        ("yuv420p10le", {"colorspace": BT2020}),
        ("yuv444p", {}),
        ("yuv420p", {"sample_aspect_ratio": Fraction(4, 3)}),
        ("yuv444p", {"size": (161, 97)}),
    ],
)
def test_what_is_drawn_on_looks_as_what_is_measured(tmp_path: Path, pix_fmt: str, settings: dict[str, object]) -> None:
    """Frames to be drawn on are in another format, converted in another way."""
    path = filmed(tmp_path / "clip.mp4", pix_fmt, **settings)  # type: ignore[arg-type]
    for frame, (time_s, picture) in zip(Clip(path), Clip(path).planes(), strict=True):
        height, width = frame.image.shape[:2]
        shown = clips.rgb(picture)[:height, :width].astype(int)
        assert (picture.height, picture.width) == (height + height % 2, width + width % 2)
        assert time_s == frame.time_s
        assert np.abs(shown - frame.image)[[24, 24, 72, 72], [40, 120, 40, 120]].max() <= 4
        assert np.abs(shown - frame.image).mean() < 3


@pytest.mark.parametrize("shown", [90, 180, 270, "mirrored", "of another size from the middle on"])
def test_what_is_drawn_on_is_as_upright_as_what_is_measured(tmp_path: Path, shown: int | str) -> None:
    path = clips.make(tmp_path / "clip.ts" if shown == "of another size from the middle on" else tmp_path / "clip.mp4")
    if isinstance(shown, int):
        turned(path, shown)
    elif shown == "mirrored":
        mirrored(path)
    else:
        other = clips.make(tmp_path / "other.ts", np.arange(20) / 30, lambda _: clips.corners(96, 96))
        path.write_bytes(path.read_bytes() + other.read_bytes())
    for frame, (_, picture) in zip(Clip(path), Clip(path).planes(), strict=True):
        assert np.abs(clips.rgb(picture).astype(int) - frame.image).mean() < 3


def test_pixels_nobody_draws_on_stay_what_they_were_in_the_file(tmp_path: Path) -> None:
    path = filmed(tmp_path / "clip.mp4", colorspace=BT709)
    with av.open(str(path)) as file:
        stored = [frame.to_ndarray() for frame in file.decode(video=0)]
    assert all((picture.data == own).all() for (_, picture), own in zip(Clip(path).planes(), stored, strict=True))


def test_planes_that_no_picture_has_are_the_programmers_error() -> None:
    for shape in ((97, 160), (144, 161)):
        with pytest.raises(ValueError, match="even"):
            Planes(np.zeros(shape, np.uint8))


def test_pixels_that_are_not_square_become_so(tmp_path: Path) -> None:
    path = filmed(tmp_path / "wide.mp4", sample_aspect_ratio=Fraction(4, 3))
    assert (probe(path).width_px, probe(path).height_px) == (213, 96)
    assert next(iter(Clip(path))).image.shape == (96, 213, 3)


def test_the_rate_the_phone_recorded_at_is_known(tmp_path: Path) -> None:
    for said, known in (("240.000000", 240.0), ("nonsense", None), ("inf", None), ("1e10", None), ("-5", None)):
        path = tmp_path / "slow.mp4"
        with av.open(str(path), "w", options={"movflags": "use_metadata_tags"}) as out:
            out.metadata["com.android.capture.fps"] = said
            stream = out.add_stream("libx264", rate=30)
            stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
            out.mux(stream.encode(av.VideoFrame.from_ndarray(clips.corners(), format="rgb24")))
            out.mux(stream.encode(None))
        assert probe(path).capture_fps == known
        assert probe(path).fps == pytest.approx(30)


def test_start_and_end_cut_by_time(tmp_path: Path) -> None:
    path = clips.make(tmp_path / "cut.mp4")
    frames = list(Clip(path, start_s=0.2, end_s=0.5))
    assert frames[0].index == 6
    assert frames[-1].time_s == pytest.approx(0.5)


def test_a_part_that_holds_no_picture_is_said_with_the_clips_length(tmp_path: Path) -> None:
    path = clips.make(tmp_path / "short.mp4", np.arange(61) / 30)
    with pytest.raises(NothingMeasurableError, match=r"short\.mp4.*`start=20`.*is 2\.0 s long"):
        list(Clip(path, 20))
    with pytest.raises(NothingMeasurableError, match=r"between `start=1\.01` and `end=1\.02`"):
        list(Clip(path, 1.01, 1.02))


@pytest.mark.parametrize("factor", [0.7, 3.0, 4.1, 240 / 29.97])
def test_cutting_at_a_frames_own_time_keeps_it_despite_rounding(tmp_path: Path, factor: float) -> None:
    path = clips.make(tmp_path / "uneven.mp4", UNEVEN)
    for frame in Clip(path):
        same_s = frame.time_s / factor * factor
        assert [f.index for f in Clip(path, same_s, same_s)] == [frame.index]


def test_stamps_that_are_missing_or_repeated_still_give_increasing_times(tmp_path: Path) -> None:
    bare = clips.make(tmp_path / "bare.h264")  # holds only pictures, no times
    twice = tmp_path / "twice.mkv"
    with av.open(str(twice), "w") as out:
        stream = out.add_stream("mjpeg", rate=30, options={"strict": "-1"})
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuvj420p"
        for i in range(12):
            for packet in stream.encode(av.VideoFrame.from_ndarray(clips.corners(), format="rgb24")):
                packet.time_base, packet.pts, packet.dts = Fraction(1, 1000), *2 * [i // 3 * 100]
                out.mux(packet)
    for path, count in ((bare, 30), (twice, 12)):
        times = [f.time_s for f in Clip(path)]
        assert len(times) == count
        assert (np.diff(times) > 0).all()
    assert times[::3] == pytest.approx([0, 0.1, 0.2, 0.3], abs=1e-3)


def test_joined_recordings_go_on_where_the_first_one_ends(tmp_path: Path) -> None:
    one = clips.make(tmp_path / "one.ts", np.arange(60) / 30)
    two = clips.make(tmp_path / "two.ts", np.arange(60) / 30, lambda _: clips.corners(96, 96))
    joined = tmp_path / "joined.ts"
    joined.write_bytes(one.read_bytes() + two.read_bytes())
    frames = list(Clip(joined))
    assert len(frames) == 120
    assert np.diff([f.time_s for f in frames]) == pytest.approx(1 / 30, abs=0.02)
    assert {f.image.shape for f in frames} == {(96, 160, 3)}
    assert not frames[-1].image[:, :30].any()  # the square picture is in the middle, not stretched
    assert quarters(frames[-1].image[:, 32:128]) == list(clips.CORNERS.values())


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


def test_texts_and_photos_are_no_videos(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("ran well today\n" * 60)  # libav would show it as a film of characters
    cv2.imwrite(str(tmp_path / "photo.jpg"), clips.corners())
    for name in ("notes.txt", "photo.jpg"):
        with pytest.raises(UnreadableVideoError, match="not a video"):
            probe(tmp_path / name)


def test_a_playlist_in_disguise_fetches_nothing(tmp_path: Path) -> None:
    asked: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        path = tmp_path / "list.m3u8"
        path.write_text(
            "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:5,\n"
            f"http://127.0.0.1:{server.server_port}/piece.ts\n#EXT-X-ENDLIST\n"
        )
        with pytest.raises(UnreadableVideoError, match="not a video"):
            probe(path)
        server.shutdown()
        thread.join()
    assert asked == []


def test_a_missing_file_a_folder_and_sound_alone(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.mp4", tmp_path, clips.make_sound(tmp_path / "sound.m4a")):
        with pytest.raises(UnreadableVideoError):
            probe(path)


def test_one_frame_is_one_frame(tmp_path: Path) -> None:
    path = clips.make(tmp_path / "one.mp4", [0.0])
    assert probe(path).frames == 1
    clip = Clip(path)
    assert [(f.index, f.time_s) for f in clip] == [(0, 0.0)]
    assert not clip.truncated


def test_a_file_without_a_single_picture_is_said(tmp_path: Path) -> None:
    path = clips.make(tmp_path / "clip.mp4", movflags="faststart")
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"mdat") + 20])
    with pytest.raises(UnreadableVideoError, match="no picture"):
        probe(path)


def trimmed(path: Path, begin_s: float) -> Path:
    """Half of the clip, from begin_s on, by an edit list, as phones trim."""
    data = bytearray(path.read_bytes())
    at = data.index(b"elst") + 12
    length, start = struct.unpack(">Ii", data[at : at + 8])
    data[at : at + 8] = struct.pack(">Ii", length // 2, start + round(90_000 * begin_s))
    path.write_bytes(data)
    return path


def test_a_clip_trimmed_on_the_phone_is_not_called_damaged(tmp_path: Path) -> None:
    path = trimmed(clips.make(tmp_path / "trimmed.mp4", np.arange(120) / 30), 1.0)  # to two of the four seconds
    clip = Clip(path)
    assert sum(1 for _ in clip) == 60 < (probe(path).frames or 0)
    assert not clip.truncated


@pytest.mark.parametrize("name", ["whole.mp4", "whole.mkv", "whole.ts", "whole.avi"])
def test_a_whole_file_is_not_called_damaged(tmp_path: Path, name: str) -> None:
    for count in (20, 60):
        clip = Clip(clips.make(tmp_path / name, np.arange(count) / 30))
        assert sum(1 for _ in clip) == count
        assert not clip.truncated


@pytest.mark.slow
def test_damage_is_noticed_where_no_frame_count_is_listed(tmp_path: Path) -> None:
    path = clips.make(tmp_path / "cut.mkv", np.arange(120) / 30, noise)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    clip = Clip(path)
    assert 40 < sum(1 for _ in clip) < 100
    assert clip.truncated


def noise(i: int) -> np.ndarray:
    return np.random.default_rng(i).integers(0, 255, (96, 160, 3), np.uint8)


@pytest.mark.slow
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
            writer.write(planes_of(np.pad(clips.corners(), ((0, 1), (0, 1), (0, 0)), mode="edge")), time_s)
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


def test_written_colours_are_labelled(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path, 64, 64, 30) as writer:
        writer.write(planes_of(np.full((64, 64, 3), (200, 40, 60), np.uint8)), 0.0)
    with av.open(str(path)) as made:
        frame = next(made.decode(video=0))
    assert (frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range) == (BT709, BT709, BT709, 1)
    assert np.abs(frame.to_ndarray(format="rgb24")[32, 32].astype(int) - (200, 40, 60)).max() < 5


def test_a_video_drawn_from_the_middle_of_a_clip_starts_at_once(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path, 160, 96, 25) as writer:
        for time_s in (5.0, 5.04, 5.2):
            writer.write(planes_of(clips.corners()), time_s)
    with av.open(str(path)) as made:
        assert made.streams.video[0].start_time == 0
        assert made.duration / av.time_base == pytest.approx(0.24, abs=1e-3)  # the last frame stays for 1/rate


def test_a_written_video_is_as_long_as_its_frames_are_shown(tmp_path: Path) -> None:
    times = (*np.arange(60) / 60, *(1 + np.arange(5) / 10))
    with VideoWriter(tmp_path / "out.mp4", 160, 96, 60) as writer:
        for time_s in times:
            writer.write(planes_of(clips.corners()), float(time_s))
    with av.open(str(tmp_path / "out.mp4")) as made:
        assert made.duration / av.time_base == pytest.approx(1.4 + 1 / 60, abs=1e-3)


def test_a_picture_may_be_written_again_and_is_kept_until_it_is_encoded(tmp_path: Path) -> None:
    picture = planes_of(clips.corners())
    with VideoWriter(tmp_path / "out.mp4", 160, 96, 30) as writer:
        for i in range(3):
            writer.write(picture, i / 30)
        del picture
    assert [quarters(frame.image) for frame in Clip(tmp_path / "out.mp4")] == [list(clips.CORNERS.values())] * 3


def test_a_folder_may_hold_a_colon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with VideoWriter(Path("a:b") / "out.mp4", 160, 96, 30) as writer:
        writer.write(planes_of(clips.corners()), 0.0)
    assert probe(Path("a:b") / "out.mp4").frames == 1


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        ([(planes_of(clips.corners()), 0.1), (planes_of(clips.corners()), 0.1)], "not later"),
        ([(planes_of(clips.corners(90, 90)), 0.0)], "90 x 90 pixels"),
        ([], "no frame"),
    ],
)
def test_wrong_use_of_the_writer_is_the_programmers_error(
    tmp_path: Path, frames: list[tuple[Planes, float]], said: str
) -> None:
    def misuse() -> None:
        with VideoWriter(tmp_path / "out.mp4", 160, 96, 30) as writer:
            for picture, time_s in frames:
                writer.write(picture, time_s)

    with pytest.raises(ValueError, match=said):
        misuse()
    assert list(tmp_path.iterdir()) == []


def test_a_failure_to_draw_is_not_called_a_failure_to_write(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), VideoWriter(tmp_path / "out.mp4", 160, 96, 30):
        (tmp_path / "font that is not there").open()
    assert list(tmp_path.iterdir()) == []


def test_a_broken_off_writing_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "out.mp4").write_text("what was there before")

    def write_and_break_off() -> None:
        with VideoWriter(tmp_path / "out.mp4", 160, 96, 30) as writer:
            writer.write(planes_of(clips.corners()), 0.0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_and_break_off()
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]
    assert (tmp_path / "out.mp4").read_text() == "what was there before"


FILL = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from formcheck.video import planes_of
from formcheck.datatypes import FormcheckError
from formcheck.planes import Image, Planes
from formcheck.video import VideoWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    with VideoWriter(Path(sys.argv[1]), 640, 480, 30) as writer:
        for i in range(90):
            writer.write(Planes(np.random.default_rng(i).integers(0, 255, (720, 640), np.uint8)), i / 30)
except FormcheckError as error:
    print(error)
    print(i < 80, file=sys.stderr)  # said early, not after everything was drawn
    sys.exit(1)
"""


def test_a_disk_that_fills_up_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", FILL, str(tmp_path / "out.mp4")], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1, run.stderr
    assert run.stderr == "True\n"
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


def test_leaving_early_stops_the_thread_and_closes_the_source() -> None:
    closed = []

    def source() -> Iterator[int]:
        try:
            yield from range(10_000)
        finally:
            closed.append(True)

    before = threading.active_count()
    items = prefetch(source(), 2)
    next(items)
    items.close()
    assert threading.active_count() == before
    assert closed


def test_reading_never_holds_the_clip_in_memory(tmp_path: Path) -> None:
    made: list[weakref.ref[np.ndarray]] = []

    def watched() -> Iterator[np.ndarray]:
        for frame in Clip(clips.make(tmp_path / "long.mp4", np.arange(90) / 30)):
            made.append(weakref.ref(frame.image))
            yield frame.image

    most = max(sum(image() is not None for image in list(made)) for _ in prefetch(watched(), 4))
    assert len(made) == 90
    assert most <= 7  # four ahead, one in the making, one handed over, one in use


@pytest.mark.parametrize(
    ("times_s", "span_s"),
    [
        (np.arange(20) * 1.2e-5, (0.0, 1.0)),  # two stamps in every tick of some clock
        (np.arange(20) * 3000.0, (0.5, 60.0)),  # nonsense: taken as at the usual rate, which is bounded
        (np.r_[np.arange(10) / 30, 5000 + np.arange(10) / 30], (0.5, 2.0)),  # two recordings joined
    ],
    ids=["microseconds", "hours", "a jump"],
)
def test_nonsense_stamps_make_a_clip_of_usual_length(
    tmp_path: Path, times_s: np.ndarray, span_s: tuple[float, float]
) -> None:
    clip = Clip(clips.make(tmp_path / "odd.mkv", times_s))
    shown = [frame.time_s for frame in clip]
    steps = np.diff(shown)
    assert (steps > 0).all()
    assert span_s[0] <= shown[-1] <= span_s[1]
    with VideoWriter(tmp_path / "out.mp4", 160, 96, 1e-4) as out:
        for time_s, picture in clip.planes():
            out.write(picture, time_s)


@pytest.mark.parametrize("size", [(2, 2000), (4000, 2), (16, 16), (2000, 100)])
def test_pictures_nobody_can_be_seen_in_are_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    image = np.zeros((size[1], size[0], 3), np.uint8)
    with pytest.raises(NothingMeasurableError, match=f"{size[0]} x {size[1]} pixels"):
        probe(clips.make(tmp_path / "odd.mkv", np.arange(3) / 30, lambda _: image))


def test_pictures_larger_than_any_need_are_read_smaller(tmp_path: Path) -> None:
    image = cv2.resize(clips.corners(), (6000, 900), interpolation=cv2.INTER_NEAREST)
    path = clips.make(tmp_path / "large.mp4", np.arange(2) / 30, lambda _: image)
    info, frames = probe(path), list(Clip(path))
    assert (info.width_px, info.height_px) == (4096, 614)
    assert info.scale == pytest.approx(4096 / 6000)
    assert frames[0].image.shape == (614, 4096, 3)
    assert np.abs(frames[0].image[100, 100].astype(int) - (255, 0, 0)).max() < 12


def test_a_clip_beyond_all_bounds_is_refused_while_a_part_of_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clip, "MOST_FRAMES", 20)
    path = clips.make(tmp_path / "long.mp4", np.arange(40) / 30)
    with pytest.raises(UnreadableVideoError, match="more than 20 frames; take a part of it"):
        list(Clip(path))
    assert len(list(Clip(path, 0.8))) < 20


def test_a_late_beginning_is_no_damage(tmp_path: Path) -> None:
    clip = Clip(clips.make(tmp_path / "late.mkv", 3000 + np.arange(60) / 30))
    assert len(list(clip)) == 60
    assert not clip.truncated


class Packet:
    """Of a frame that is all there, or that raises this trouble when it is decoded."""

    def __init__(self, stamp: int, trouble: Exception | None = None, key: bool = False) -> None:
        self.pts, self.trouble, self.key_frame, self.is_corrupt = stamp, trouble, key, False

    def decode(self) -> list[Any]:
        if self.trouble is not None:
            raise self.trouble
        return [self]


class Container:
    """Yields these packets, then raises this trouble, if any; also a stream, with a decoder."""

    def __init__(self, packets: Sequence[Packet], trouble: Exception | None = None) -> None:
        self.packets, self.trouble, self.codec_context = packets, trouble, SimpleNamespace()

    def demux(self, _stream: object) -> Iterator[Any]:
        yield from self.packets
        if self.trouble is not None:
            raise self.trouble


WHOLE = [Packet(i, key=i % 4 == 0) for i in range(12)]
TROUBLES = [IndexError("list index"), ValueError("plane"), ZeroDivisionError()]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_whatever_the_reader_stumbles_over_is_damage_and_ends_the_frames(trouble: Exception) -> None:
    damage: list[bool] = []
    broken: Any = Container(WHOLE, trouble)
    found = decoded(Path("a.ts"), broken, broken, lambda: damage.append(True))
    assert list(found) == list(enumerate(WHOLE))
    assert damage == [True]


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize(("broken_at", "left_out"), [(0, 4), (1, 4), (3, 4), (4, 8), (7, 8), (8, 12)])
def test_after_what_cannot_be_decoded_frames_go_on_with_the_next_keyframe(
    trouble: Exception, broken_at: int, left_out: int
) -> None:
    packets = [Packet(i, trouble) if i == broken_at else packet for i, packet in enumerate(WHOLE)]
    damage: list[bool] = []
    broken: Any = Container(packets)
    found = [index for index, _ in decoded(Path("a.mp4"), broken, broken, lambda: damage.append(True))]
    assert found == [*range(broken_at), *range(left_out, 12)]
    assert damage == [True]


def test_what_is_all_damage_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MOST_FAILED", 3)
    broken: Any = Container([*(Packet(i, ValueError()) for i in range(8)), Packet(8, key=True)])
    assert not list(decoded(Path("a.mp4"), broken, broken))


def test_a_disk_that_fails_is_named_as_what_it_is() -> None:
    broken: Any = Container([], OSError(errno.EIO, "Input/output error"))
    with pytest.raises(UnreadableVideoError, match=r"run\.mp4: cannot be read \(Input/output error\)"):
        list(decoded(Path("run.mp4"), broken, broken))


@pytest.mark.slow
@pytest.mark.parametrize("bf", ["0", "3"])
def test_a_damaged_stretch_costs_its_own_frames_and_no_others(tmp_path: Path, bf: str) -> None:
    """And those after it keep their numbers and times, in pictures to be measured as in those to be drawn on."""
    path = clips.make(tmp_path / "run.mp4", np.arange(120) / 30, noise, encoding={"g": "20", "bf": bf})
    whole, data = list(Clip(path)), bytearray(path.read_bytes())
    first, last = (int(len(data) * share) for share in (0.3, 0.35))
    data[first:last] = np.random.default_rng(0).bytes(last - first)
    path.write_bytes(data)
    damaged = Clip(path)
    found = list(damaged)
    assert damaged.truncated
    assert found[-1].index == 119
    assert 70 <= len(found) < 119
    assert [f.time_s for f in found] == pytest.approx([whole[f.index].time_s for f in found])
    assert sum(bool((f.image != whole[f.index].image).any()) for f in found) <= 1  # whose end alone is damaged
    assert [time_s for time_s, _ in Clip(path).planes()] == [f.time_s for f in found]
    asked = [found[k].time_s for k in (5, len(found) // 2, -2)]
    assert [time_s for time_s, _ in Clip(path).planes_at(asked)] == asked


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_refused_at_once_whoever_writes_to_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(UnreadableVideoError, match="a pipe"):
        probe(tmp_path / "pipe.mp4")
    with pytest.raises(UnreadableVideoError, match="a folder"):
        probe(tmp_path)


def dated(i: int) -> Image:
    """A grey that shows which frame it is."""
    return np.full((96, 160, 3), 20 + 2 * i, np.uint8)


def at(path: Path, numbers: Sequence[int], rate: float = 30.0) -> list[int]:
    """Which frames come when these numbers are asked for."""
    pictures = Clip(path).planes_at([n / rate for n in numbers])
    return [round(((int(p.luma[50, 50]) - 16) * 255 / 219 - 20) / 2) for _, p in pictures]


@pytest.mark.parametrize("gop", ["12", "250"])
@pytest.mark.parametrize("bf", ["0", "3"])
def test_single_frames_are_found_wherever_keyframes_are(tmp_path: Path, gop: str, bf: str) -> None:
    path = clips.make(tmp_path / "run.mp4", np.arange(100) / 30, dated, encoding={"g": gop, "bf": bf, "crf": "10"})
    wanted = [0, 1, 2, 47, 48, 80, 99]
    assert at(path, wanted) == wanted


@pytest.mark.parametrize(
    ("wanted", "encoding", "most"),
    [
        pytest.param([5, 90], {"g": "10"}, 40, id="from a keyframe on"),
        pytest.param([90], {"g": "250", "bf": "3", "b-adapt": "0"}, 80, id="without those that no other rests on"),
    ],
)
def test_to_find_single_frames_not_all_are_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: list[int], encoding: dict[str, str], most: int
) -> None:
    path = clips.make(tmp_path / "run.mp4", np.arange(100) / 30, dated, encoding=encoding | {"crf": "10"})
    frames = []
    monkeypatch.setattr(clip, "decoded", lambda *args, **more: (frames.append(f) or f for f in decoded(*args, **more)))
    assert at(path, wanted) == wanted
    assert len(frames) < most


def test_of_a_clip_whose_clock_starts_anew_single_frames_are_found_too(tmp_path: Path) -> None:
    times = [*(np.arange(30) / 30), *(10 + np.arange(30) / 30)]
    path = clips.make(tmp_path / "run.ts", times, dated, encoding={"g": "10", "bf": "0"})
    shown = [frame.time_s for frame in Clip(path)]
    pictures = list(Clip(path).planes_at([shown[5], shown[40]]))
    assert [t for t, _ in pictures] == pytest.approx([shown[5], shown[40]])


def test_frames_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    path = clips.make(tmp_path / "run.mp4", np.arange(30) / 30, dated)
    assert [t for t, _ in Clip(path).planes_at([0.1, 0.117, 0.2, 5.0])] == pytest.approx([0.1, 0.2])


@pytest.mark.parametrize(
    ("name", "encoding", "found"),
    [
        pytest.param("run.mp4", {"g": "30", "bf": "3"}, True, id="usual"),
        pytest.param("run.mp4", {"g": "30", "bf": "3", "x264-params": "open-gop=1"}, True, id="open groups"),
        pytest.param("run.mp4", {"g": "250", "x264-params": "intra-refresh=1"}, False, id="refreshed bit by bit"),
        pytest.param("run.mp4", {"g": "250"}, False, id="one keyframe"),
        pytest.param("run.mkv", {"g": "30", "bf": "3"}, False, id="no times of decoding"),
        pytest.param("run.ts", {"g": "30", "bf": "0"}, True, id="without an index"),
        pytest.param("run.ts", {"g": "30", "bf": "3"}, False, id="without an index, out of order"),
    ],
)
@pytest.mark.parametrize("gap_s", [0.0, 100.0])
def test_from_a_keyframe_on_frames_are_those_of_the_whole_clip(
    tmp_path: Path, name: str, encoding: dict[str, str], gap_s: float, found: bool
) -> None:
    """With the same numbers, times and pixels, whether or not decoding could begin there."""
    times = np.cumsum(np.random.default_rng(0).uniform(0.01, 0.06, 160)) + gap_s * (np.arange(160) >= 80)
    path = clips.make(tmp_path / name, times, lambda i: dated(i % 100), encoding=encoding | {"crf": "10"})
    whole = list(Clip(path))
    for first in (63, 91, 120, 159):
        begin_s = whole[first].time_s
        known = Keyframes.until(path, begin_s)
        key = known.before(begin_s) if known else None
        assert bool(key and known and known.holds(key)) == found
        part = list(Clip(path).part(begin_s, np.inf))
        assert [(f.index, f.time_s) for f in part] == [(f.index, f.time_s) for f in whole[first:]]
        assert all((a.image == b.image).all() for a, b in zip(part, whole[first:], strict=True))


@pytest.mark.parametrize("begin_s", [0.0, 0.5, 1.6, 2.3])
@pytest.mark.parametrize("bf", ["0", "3"])
def test_parts_of_a_trimmed_clip_are_those_of_the_whole_of_it(tmp_path: Path, bf: str, begin_s: float) -> None:
    encoding = {"g": "30", "bf": bf, "crf": "10"}
    made = clips.make(tmp_path / "run.mp4", np.arange(200) / 30, lambda i: dated(i % 100), encoding=encoding)
    path = trimmed(made, begin_s)
    whole = list(Clip(path))
    for first in (len(whole) // 2, len(whole) - 5):
        part = list(Clip(path).part(whole[first].time_s, np.inf))
        assert [(f.index, f.time_s) for f in part] == [(f.index, f.time_s) for f in whole[first:]]
        assert all((a.image == b.image).all() for a, b in zip(part, whole[first:], strict=True))


def test_a_part_late_in_a_clip_is_not_decoded_from_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = []
    monkeypatch.setattr(clip, "decoded", lambda *args, **more: (frames.append(f) or f for f in decoded(*args, **more)))
    assert next(Clip(SAMPLE).part(9.0, 10.0)).index == 540
    assert len(frames) < 120  # of which 437 is a keyframe


def test_word_is_given_while_frames_before_the_part_to_draw_are_skipped() -> None:
    told: list[str] = []
    for time_s, _ in Clip(SAMPLE, 9.0).planes(lambda: told.append("skipping")):
        assert told == ["skipping"] * 3  # twice while packets are listed, once while frames are decoded
        assert time_s >= 9.0 - 1e-6
