"""Damaged video files: every container with bytes flipped, cut, moved, spliced, zeroed or set to extremes."""

from __future__ import annotations

from collections.abc import Callable

from .cases import Case, Draw

COUNT = 750
WITH_VIDEO = 10  # every tenth case
ALLOWED = (0, 3, 4)
MOST_CHANGES = 3
EXTREMES = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\x01", b"\xff\xff\xff\x7f")
EDGE = 2048  # bytes at either end of a file, where its headers lie
NAMES = (  # of header fields: boxes of mp4 and mov, chunks of avi, numbers of matroska's elements
    *(b"ftyp moov mvhd trak tkhd edts elst mdia mdhd hdlr stbl stsd avc1 mp4v avcC esds stts ctts stss stsc stsz stco"
      b" mp4a mdat avih strh strf idx1 movi LIST RIFF".split()),
    b"\x1a\x45\xdf\xa3", b"\x15\x49\xa9\x66", b"\x2a\xd7\xb1", b"\x16\x54\xae\x6b", b"\x63\xa2", b"\x1f\x43\xb6\x75",
    b"\x1c\x53\xbb\x6b", b"\xb0", b"\xba", b"\x54\xb0", b"\x23\xe3\x83",
)  # fmt: skip

Mutation = Callable[[Draw, bytes], tuple[bytes, str]]


def make(draw: Draw) -> Case:
    """A clip of some container, changed in one to three ways."""
    ending = draw.pick(sorted(draw.stock.clips))
    content, said = draw.stock.clips[ending].read_bytes(), []
    for _ in range(1 + draw.below(MOST_CHANGES)):
        content, words = draw.pick(MUTATIONS)(draw, content)
        said.append(words)
    clip = draw.put(f"clip.{ending}", content)
    video = () if draw.number % WITH_VIDEO == 0 else ("--no-video",)
    arguments = ("analyze", clip, "-o", draw.folder / "out", "--model", "lite", "--quiet", *video)
    return draw.case(f"{ending}: {', then '.join(said)}", arguments, ALLOWED)


def place(draw: Draw, content: bytes) -> int:
    """Somewhere in the file, half the time near its ends, where headers are."""
    anywhere = draw.below(len(content))
    where = draw.pick(("anywhere", "anywhere", "head", "tail"))
    if where == "anywhere":
        return anywhere
    near = draw.below(min(EDGE, len(content)))
    return near if where == "head" else max(len(content) - 1 - near, 0)


def length(draw: Draw, content: bytes) -> int:
    """Length of a piece: short ones as often as long ones."""
    return min(1 << draw.below(15), max(len(content) // 2, 1))


def flipped(draw: Draw, content: bytes) -> tuple[bytes, str]:
    """Some bytes changed."""
    changed, count = bytearray(content), 1 << draw.below(8)
    for _ in range(count):
        if changed:
            changed[place(draw, content)] ^= 1 + draw.below(255)
    return bytes(changed), f"{count} bytes changed"


def overwritten(draw: Draw, content: bytes) -> tuple[bytes, str]:
    """A run of random bytes."""
    at, size = place(draw, content), length(draw, content)
    return content[:at] + draw.random.bytes(size) + content[at + size :], f"{size} bytes of chance at {at}"


def cut(draw: Draw, content: bytes) -> tuple[bytes, str]:
    """The end missing."""
    at = place(draw, content)
    return content[:at], f"cut at {at}"


def beheaded(draw: Draw, content: bytes) -> tuple[bytes, str]:
    """The beginning missing."""
    at = min(length(draw, content), len(content))
    return content[at:], f"first {at} bytes missing"


def doubled(draw: Draw, content: bytes) -> tuple[bytes, str]:
    """A block twice."""
    at, size = place(draw, content), length(draw, content)
    return content[: at + size] + content[at:], f"{size} bytes at {at} twice"


def removed(draw: Draw, content: bytes) -> tuple[bytes, str]:
    """A block missing."""
    at, size = place(draw, content), length(draw, content)
    return content[:at] + content[at + size :], f"{size} bytes at {at} missing"


def spliced(draw: Draw, content: bytes) -> tuple[bytes, str]:
    """A piece of another file inside."""
    ending = draw.pick(sorted(draw.stock.clips))
    other = draw.stock.clips[ending].read_bytes()
    at, start, size = place(draw, content), place(draw, other), length(draw, other)
    over = size * draw.below(2)
    return content[:at] + other[start : start + size] + content[at + over :], f"{size} bytes of {ending} at {at}"


def zeroed(draw: Draw, content: bytes) -> tuple[bytes, str]:
    """A range of zeros."""
    at, size = place(draw, content), length(draw, content)
    size = len(content[at : at + size])
    return content[:at] + bytes(size) + content[at + size :], f"{size} zeros at {at}"


def extreme(draw: Draw, content: bytes) -> tuple[bytes, str]:
    """A header field, found by the name in front of it, set to the least or the most it can hold."""
    found = [name for name in NAMES if name in content]
    name = draw.pick(found) if found else b""
    value = draw.pick(EXTREMES)
    behind = draw.pick((-4, *range(0, 44, 4))) if len(name) == 4 and name.isalnum() else draw.below(8) - len(name)
    at = max(content.find(name) + len(name) + behind, 0)
    shown = name.decode("ascii") if name.isalnum() else name.hex()
    return content[:at] + value + content[at + len(value) :], f"0x{value.hex()} at {at} ({shown}{behind:+d})"


MUTATIONS: tuple[Mutation, ...] = (
    flipped, overwritten, cut, beheaded, doubled, removed, spliced, zeroed, extreme, extreme, extreme,
)  # fmt: skip
