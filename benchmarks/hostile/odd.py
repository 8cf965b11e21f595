"""Well-formed but odd clips: extreme rates, time stamps, shapes and tags, streams of every sort, no pictures at all."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
from av.stream import Disposition

from .cases import Case, Draw
from .stock import SOUND_RATE, add_sound

COUNT = 150
ALLOWED = (0, 3, 4)
SECOND = Fraction(1)
CAPTURE_FPS = ("1e10", "1e7", "-5", "nan", "inf", "0", "text", "1e-300", "240", "", "9" * 400)
TITLE = "\x1b]0;PWNED\x07\x1b[31mEVIL\u202e\u009b31m\nEVIL"
MATRICES = {  # for tkhd, 16.16 and 2.30 fixed point: mirror, shear, 45°, all zero, all at the maximum
    "mirrored": (-65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30),
    "sheared": (65536, 40000, 0, 0, 65536, 0, 0, 0, 1 << 30),
    "turned by 45°": (46341, 46341, 0, -46341, 46341, 0, 0, 0, 1 << 30),
    "all zero": (0,) * 9,
    "huge": (2**31 - 1,) * 9,
}
MATRIX_AT = 44  # bytes from the start of "tkhd"


@dataclass(frozen=True)
class Film:
    """How a clip is made; stamp: a frame's time in units of ``unit``, from its number and the number of frames."""

    ending: str = "mkv"
    codec: str = "mjpeg"
    pixels: str = "yuvj420p"
    width: int = 160
    height: int = 90
    frames: int = 20
    unit: Fraction = Fraction(1, 1000)
    stamp: Callable[[int, int], int] = lambda i, _: 40 * i
    aspect: Fraction = SECOND
    degrees: int = 0
    tags: dict[str, str] = field(default_factory=dict)
    streams: int = 1
    coding: dict[str, str] = field(default_factory=dict)
    muxing: dict[str, str] = field(default_factory=dict)


def write(path: Path, film: Film, pictures: Any) -> Path:
    """The clip as a file; stamps need not increase, which no encoder allows, so packets get them afterwards."""
    stamps = [film.stamp(i, film.frames) for i in range(film.frames)]
    growing = all(b > a for a, b in pairwise(stamps))
    first = min(stamps, default=0) - len(stamps)
    with av.open(str(path), "w", options=film.muxing) as out:
        out.metadata.update(film.tags)
        streams = [_stream(out, film) for _ in range(film.streams)]
        for stream in streams:
            done = 0
            for i in range(film.frames + 1):
                frame = _frame(pictures[i % len(pictures)], film, i) if i < film.frames else None
                for packet in stream.encode(frame):
                    packet.pts, packet.time_base = stamps[done], film.unit
                    packet.dts = stamps[done] if growing else first + done
                    done += 1
                    out.mux(packet)
        out.start_encoding()  # the header, also of a file without frames
    return path


def _stream(out: Any, film: Film) -> Any:
    stream = out.add_stream(film.codec, rate=25, options=film.coding)
    stream.width, stream.height, stream.pix_fmt = film.width, film.height, film.pixels
    stream.time_base = stream.codec_context.time_base = film.unit
    stream.codec_context.sample_aspect_ratio = film.aspect
    if film.degrees:
        stream.set_display_rotation(film.degrees)
    return stream


def _frame(picture: Any, film: Film, number: int) -> Any:
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(film.width, film.height, film.pixels)
    frame.pts, frame.time_base = number, film.unit
    return frame


Recipe = Callable[[Draw, Path], Path]  # a path without extension → the file


def filmed(**how: Any) -> Recipe:
    """A film like this."""

    def make(draw: Draw, path: Path) -> Path:
        film = Film(**{"frames": 2 + draw.below(24), **how})
        return write(path.with_suffix(f".{film.ending}"), film, draw.stock.pictures)

    return make


X264 = {"codec": "libx264", "pixels": "yuv420p", "coding": {"bf": "0", "preset": "ultrafast"}}
FFV1 = {"codec": "ffv1", "pixels": "bgr0"}
TAGGED = {**X264, "ending": "mp4", "muxing": {"movflags": "use_metadata_tags"}}
MICRO, MILLI, WHOLE = Fraction(1, 1_000_000), Fraction(1, 1000), Fraction(1, 90)

STAMPS: dict[str, Recipe] = {
    "frames 10 µs apart": filmed(ending="mp4", unit=MICRO, stamp=lambda i, _: 10 * i, **X264),
    "frames 3000 s apart": filmed(ending="mp4", unit=WHOLE, stamp=lambda i, _: 270_000 * i, **X264),
    "frames 3000 s apart in mkv": filmed(stamp=lambda i, _: 3_000_000 * i),
    "one frame in between 3000 s late": filmed(stamp=lambda i, n: 40 * i + 3_000_000 * (i > n // 2)),
    "all time stamps equal": filmed(stamp=lambda *_: 1000),
    "all time stamps equal in mp4": filmed(ending="mp4", stamp=lambda *_: 1000, muxing={"use_editlist": "0"}),
    "time stamps backwards": filmed(stamp=lambda i, n: 40 * (n - i)),
    "time stamps backwards in mp4": filmed(ending="mp4", stamp=lambda i, n: 40 * (n - i),
                                           muxing={"use_editlist": "0"}),
    "time stamps to and fro": filmed(stamp=lambda i, _: 40 * i + 500 * (i % 3)),
    "time from 3000 s on": filmed(ending="mp4", stamp=lambda i, _: 3_000_000 + 40 * i, **X264),
    "time from 3000 s on in ts": filmed(ending="ts", unit=Fraction(1, 90_000),
                                        stamp=lambda i, _: 270_000_000 + 3600 * i, **X264),
    "time from -100 s on": filmed(ending="mov", stamp=lambda i, _: 40 * i - 100_000, **X264,
                                  muxing={"avoid_negative_ts": "disabled", "use_editlist": "1"}),
    "time from -100 s on without edit list": filmed(ending="mp4", stamp=lambda i, _: 40 * i - 100_000, **X264,
                                                    muxing={"avoid_negative_ts": "disabled", "use_editlist": "0"}),
    "a frame an hour": filmed(ending="avi", codec="mpeg4", pixels="yuv420p", unit=Fraction(3600), stamp=lambda i, _: i),
    "a million frames a second": filmed(ending="avi", codec="mjpeg", unit=MICRO, stamp=lambda i, _: i),
}  # fmt: skip
SHAPES: dict[str, Recipe] = {
    f"{width}×{height}": filmed(width=width, height=height, **FFV1, **({"frames": frames} if frames else {}))
    for width, height, frames in (
        (1, 1, 0), (2000, 1, 0), (4000, 2, 0), (2, 4000, 0), (16, 16, 0), (161, 91, 0), (33, 517, 0), (3, 2, 0),
    )
} | {
    "1×2000": filmed(width=1, height=2000, ending="mov", codec="png", pixels="rgb24"),
    "7680×4320": filmed(width=7680, height=4320, frames=2, ending="mp4", **X264),
    "odd size in mjpeg": filmed(width=321, height=241, pixels="yuvj444p", ending="avi"),
}  # fmt: skip
PIXELS: dict[str, Recipe] = {
    "gray": filmed(codec="ffv1", pixels="gray"),
    "16 bit gray": filmed(codec="ffv1", pixels="gray16le"),
    "yuv444p": filmed(ending="mp4", **X264 | {"pixels": "yuv444p"}),
    "yuv420p10le": filmed(codec="ffv1", pixels="yuv420p10le"),
    "rgb": filmed(**FFV1),
    "rgba": filmed(ending="mov", codec="png", pixels="rgba"),
    "raw rgb": filmed(ending="avi", codec="rawvideo", pixels="bgr24"),
    "gif": filmed(ending="gif", codec="gif", pixels="rgb8", unit=Fraction(1, 100), stamp=lambda i, _: 4 * i),
    "y4m": filmed(ending="y4m", codec="rawvideo", pixels="yuv420p", unit=Fraction(1, 25), stamp=lambda i, _: i),
    "y4m in 4:1:1": filmed(ending="y4m", codec="rawvideo", pixels="yuv411p", unit=Fraction(1, 25),
                           stamp=lambda i, _: i),
}  # fmt: skip
ASPECTS: dict[str, Recipe] = {
    f"pixels of {aspect}": filmed(ending="mp4", aspect=Fraction(aspect), **X264)
    for aspect in ("4/3", "1/150", "80/1", "1/1000", "1000/1", "65535/65534")
}
ROTATIONS: dict[str, Recipe] = {
    f"turned by {degrees}°": filmed(ending="mp4", degrees=degrees, **X264) for degrees in (90, 180, 270, 45, -90, 7)
}
COUNTS: dict[str, Recipe] = {
    "one frame": filmed(frames=1),
    "one frame in mp4": filmed(ending="mp4", frames=1, **X264),
    "no frame": filmed(frames=0),
    "no frame in mp4": filmed(ending="mp4", frames=0, **X264),
    "40 pictures at once": filmed(streams=40, frames=3),
}
TAGS: dict[str, Recipe] = {
    f"recorded at {said[:9]!r} frames/s": filmed(tags={"com.android.capture.fps": said}, **TAGGED)
    for said in CAPTURE_FPS
} | {
    "escape sequences for a title": filmed(tags={"title": TITLE, "comment": TITLE}, **TAGGED),
    "a title of a million letters": filmed(tags={"title": "x" * 1_000_000}, **TAGGED),
}


def matrix(name: str) -> Recipe:
    """A display matrix that no camera writes."""

    def make(draw: Draw, path: Path) -> Path:
        made = filmed(ending="mp4", **X264)(draw, path)
        content = bytearray(made.read_bytes())
        at = content.index(b"tkhd") + MATRIX_AT
        content[at : at + 36] = struct.pack(">9i", *MATRICES[name])
        made.write_bytes(content)
        return made

    return make


def sound_alone(_draw: Draw, path: Path) -> Path:
    """Sound only, in a file that calls itself a video."""
    made = path.with_suffix(".mp4")
    with av.open(str(made), "w") as out:
        add_sound(out.add_stream("aac", rate=SOUND_RATE, layout="mono"), out, 20)
    return made


def many_sounds(draw: Draw, path: Path) -> Path:
    """One video stream among thirty of sound."""
    made = path.with_suffix(".mkv")
    with av.open(str(made), "w") as out:
        stream = _stream(out, Film())
        sounds = [out.add_stream("aac", rate=SOUND_RATE, layout="mono") for _ in range(30)]
        for i in range(10):
            out.mux(stream.encode(_frame(draw.stock.pictures[i], Film(), 40 * i)))
        out.mux(stream.encode(None))
        for sound in sounds:
            add_sound(sound, out, 3)
    return made


def with_cover(draw: Draw, path: Path) -> Path:
    """A cover picture, with sound and without a film."""
    made = path.with_suffix(".mp4")
    film = Film(codec="png", pixels="rgb24")
    with av.open(str(made), "w") as out:
        cover = _stream(out, film)
        cover.disposition = Disposition.attached_pic
        sound = out.add_stream("aac", rate=SOUND_RATE, layout="mono")
        out.mux(cover.encode(_frame(draw.stock.pictures[0], film, 0)))
        out.mux(cover.encode(None))
        add_sound(sound, out, 20)
    return made


def joined(*films: Film) -> Recipe:
    """Recordings one after another in one transport stream."""

    def make(draw: Draw, path: Path) -> Path:
        parts = [write(path.with_suffix(f".{i}.ts"), film, draw.stock.pictures) for i, film in enumerate(films)]
        made = path.with_suffix(".ts")
        made.write_bytes(b"".join(part.read_bytes() for part in parts))
        for part in parts:
            part.unlink()
        return made

    return make


TS = Film(ending="ts", unit=Fraction(1, 90_000), stamp=lambda i, _: 3600 * i, **X264)  # type: ignore[arg-type]
LATE = replace(TS, stamp=lambda i, _: 270_000_000 + 3600 * i)
STREAMS: dict[str, Recipe] = {
    "sound alone": sound_alone,
    "a picture among 30 sounds": many_sounds,
    "a cover picture alone": with_cover,
    "two sizes in one stream": joined(TS, replace(TS, width=320, height=180)),
    "three sizes, upright between lying": joined(TS, replace(TS, width=90, height=160), replace(TS, width=640)),
    "a clock that starts anew": joined(LATE, TS, LATE),
}
RECIPES: dict[str, Recipe] = {
    **STAMPS, **SHAPES, **PIXELS, **ASPECTS, **ROTATIONS, **COUNTS, **TAGS, **STREAMS,
    **{f"display matrix {name}": matrix(name) for name in MATRICES},
}  # fmt: skip


def make(draw: Draw) -> Case:
    """Each recipe in turn, with and without the annotated video."""
    names = tuple(RECIPES)
    name = names[draw.number % len(names)]
    clip = RECIPES[name](draw, draw.folder / "clip")
    video = () if (draw.number // len(names) + draw.number) % 2 else ("--no-video",)
    arguments = ("analyze", clip, "-o", draw.folder / "out", "--model", "lite", "--quiet", *video)
    return draw.case(f"{name}{'' if video else ', with video'}", arguments, ALLOWED)
