"""Damaged logs of runs: tables, XML with bombs in it, FIT files, for load and for return."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from .cases import Case, Draw
from .documents import SPOILT, garbled
from .judging import own_cells

COUNT = 200
ALLOWED = (0, 2, 3)
TODAY = ("--today", "2026-11-25")
RUN = "2026-11-20 25min pain-free"
SECRET = b"SECRET OF ANOTHER FILE"
WATCH = [["Activity Type", "Date", "Distance", "Time"]] + [
    ["Running", f"2026-11-{day:02} 07:02:11", f"{5 + day / 10:.2f}", "00:39:50"] for day in range(1, 24, 2)
]
OWN = [["date", "minutes", "back", "note", "shoes", "mood"]] + [
    [f"2026-11-{day:02}", "20", "pain-free", f"note {day}", f"shoes {day}", f"mood, {day}"] for day in range(1, 19, 2)
]
DATES = ("0001-01-01", "9999-12-31", "2026-02-30", "2026-13-01", "1969-12-31", "2026-11-31T25:00", "", "today",
         "20261120", "-2026-11-20", "٢٠٢٦-١١-٢٠", "2026-11-20T07:00:00+99:00", "Nov 20, 2026", "1e9", "2026-W47-5",
         "10000-01-01")  # fmt: skip
NUMBERS = ("1e400", "1e308", "-5", "nan", "inf", "", "--", "1,234", "1.234.567,8", "9" * 400, "0x10", "٥", "0",
           "399.99", "1_000", " 5 ", "5 km", "1" * 5000, "²")  # fmt: skip
GPX = (
    '<?xml version="1.0"?>{before}<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><trk>'
    "<name>{text}</name><type>running</type><trkseg>{inside}</trkseg></trk></gpx>"
)
POINT = '<trkpt lat="{lat}" lon="{lon}"><time>{time}</time></trkpt>'
TCX = (
    '<?xml version="1.0" encoding="UTF-8"?>{before}<TrainingCenterDatabase '
    'xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities><Activity Sport="Running">'
    "<Id>{time}</Id>{inside}<Notes>{text}</Notes></Activity></Activities></TrainingCenterDatabase>"
)
LAP = '<Lap StartTime="{time}"><DistanceMeters>{metres}</DistanceMeters></Lap>'
LAUGHS = "<!DOCTYPE x [<!ENTITY a0 'ha'>{}]>".format(
    "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 10))
)
BOMBS = {  # words → (what goes in front, what goes in place of the text)
    "entities that grow a billionfold": (LAUGHS, "&a9;"),
    "one long entity 50000 times": (f"<!DOCTYPE x [<!ENTITY a '{'x' * 50_000}'>]>", "&a;" * 50_000),
    "an entity of another file": ("<!DOCTYPE x [<!ENTITY a SYSTEM 'secret.txt'>]>", "&a;"),
    "an entity from the network": ("<!DOCTYPE x [<!ENTITY a SYSTEM 'http://127.0.0.1:9/x'>]>", "&a;"),
    "a document type from the network": ("<!DOCTYPE x SYSTEM 'http://127.0.0.1:9/x.dtd'>", "x"),
    "an entity of itself": ("<!DOCTYPE x [<!ENTITY a '&a;'>]>", "&a;"),
}
FIT_CRC = (0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
           0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400)  # fmt: skip
FIT_SECOND = 1_164_000_000  # since the end of 1989: a time in November 2026


def make(draw: Draw) -> Case:
    """A log of each sort in turn; tables also as the log of return, three times in four with a run added."""
    name, make_content = SORTS[draw.number % len(SORTS)]
    content, said = make_content(draw)
    draw.put("secret.txt", SECRET)
    file = draw.put(f"log.{name.split()[0]}", content)
    said = f"{name}: {said}"
    if not name.endswith("return"):
        return draw.case(said, ("load", file, *TODAY), ALLOWED, planted=(SECRET,))
    add = ("--add", RUN) if draw.below(4) else ()
    return draw.case(said, ("return", "--log", file, *TODAY, *add), ALLOWED, own=own_cells(content))


def joined(table: Sequence[Sequence[str]], delimiter: str = ",") -> bytes:
    """A table as a file, cells quoted where necessary."""
    quoted = [
        [
            f'"{cell.replace(chr(34), chr(34) * 2)}"' if set(cell) & {delimiter, '"', "\n", "\r"} else cell
            for cell in line
        ]
        for line in table
    ]
    return "".join(f"{delimiter.join(line)}\n" for line in quoted).encode("utf-8", "surrogatepass")


def _cell(texts: Sequence[str]) -> Callable[[Draw, list[list[str]]], bytes]:
    """One of these texts in some cell, or in a whole column."""

    def spoil(draw: Draw, table: list[list[str]]) -> bytes:
        text, column = draw.pick(texts), draw.below(len(table[0]))
        for line in table[1:] if draw.below(2) else [draw.pick(table[1:])]:
            line[column] = text
        return joined(table)

    return spoil


def _column_of_dates(draw: Draw, table: list[list[str]]) -> bytes:
    column = next(i for i, name in enumerate(table[0]) if name.lower() == "date")
    draw.pick(table[1:])[column] = draw.pick(DATES)
    return joined(table)


def _own_twice(draw: Draw, table: list[list[str]]) -> bytes:
    """A second column of the same name, with cells of its own."""
    column = draw.below(len(table[0]))
    return joined([[*line, line[column] if i == 0 else f"second {i}"] for i, line in enumerate(table)])


def _unnamed(_draw: Draw, table: list[list[str]]) -> bytes:
    return joined(
        [[*line, "" if i == 0 else f"unnamed {i}", "" if i == 0 else f"more {i}"] for i, line in enumerate(table)]
    )


def _many_columns(_draw: Draw, table: list[list[str]]) -> bytes:
    return joined([[*line, *(f"c{i}" for i in range(3000))] for line in table])


def _open_quote(draw: Draw, table: list[list[str]]) -> bytes:
    content = joined(table)
    at = draw.below(len(content))
    return content[:at] + b'"' + content[at:]


def _rows(count: int) -> Callable[[Draw, list[list[str]]], bytes]:
    def grow(_draw: Draw, table: list[list[str]]) -> bytes:
        head, *lines = joined(table).splitlines(keepends=True)
        return head + b"".join(lines) * (count // len(lines))

    return grow


def _days(_draw: Draw, table: list[list[str]]) -> bytes:
    """Two runs a day, 28 days a month, 51 years: what looks back from each run must not go through all the others."""
    column = next(i for i, name in enumerate(table[0]) if name.lower() == "date")
    days = [
        f"{year}-{month:02}-{day:02}" for year in range(1975, 2026) for month in range(1, 13) for day in range(1, 29)
    ]
    line = table[1]
    return joined([table[0], *([*line[:column], day, *line[column + 1 :]] for day in (*days, *days))])


TABLES: dict[str, Callable[[Draw, list[list[str]]], bytes]] = {
    "a bad date": _column_of_dates,
    "a bad number": _cell(NUMBERS),
    "a spoilt text": _cell(SPOILT),
    "a cell of 200000 letters": _cell(("x" * 200_000,)),
    "a cell of 100000 letters": _cell(("x" * 100_000,)),
    "a column twice": _own_twice,
    "columns without a name": _unnamed,
    "3000 more columns": _many_columns,
    "an open quote": _open_quote,
    "rows of different lengths": lambda draw, table: joined([line[: 1 + draw.below(len(line) + 1)] for line in table]),
    "no row but the first": lambda _, table: joined(table[:1]),
    "no first row": lambda _, table: joined(table[1:]),
    "empty rows": lambda _, table: joined([table[0], [], *table[1:], [""], [" "] * 6]),
    "semicolons": lambda _, table: joined(table, ";"),
    "two delimiters": lambda draw, table: joined(table[:3], ";") + joined(table[3:], draw.pick((",", "\t"))),
    "lines end in CR": lambda _, table: joined(table).replace(b"\n", b"\r"),
    "NUL bytes": lambda draw, table: joined(table).replace(b"2", b"\0", 1 + draw.below(9)),
    "a year of every day": _days,
    "100000 rows": _rows(100_000),
    "1000000 rows": _rows(1_000_000),
}
LARGE = ("1000000 rows",)  # slow to make and to read: offered only half the time


def table(rows: list[list[str]]) -> Callable[[Draw], tuple[bytes, str]]:
    """A table with some damage to its cells, or to its bytes."""

    def damage(draw: Draw) -> tuple[bytes, str]:
        if draw.below(5) == 0:
            return garbled(draw, joined(rows))
        name = draw.pick([name for name in TABLES if name not in LARGE or draw.below(2)])
        return TABLES[name](draw, [list(line) for line in rows]), name

    return damage


def _xml(form: str, parts: Callable[[Draw, str], str]) -> Callable[[Draw], tuple[bytes, str]]:
    """A log in XML: bombs, depth, nonsense in its fields, or damaged bytes; parts makes its contents, with damage."""

    def damage(draw: Draw) -> tuple[bytes, str]:
        fields = {"before": "", "text": "x", "inside": parts(draw, "good"), "time": "2026-11-20T12:00:00Z"}
        way = draw.pick(("bomb", "bomb", "deep", "field", "field", "many", "bytes", "encoding"))
        said = way
        if way == "bomb":
            said = draw.pick(tuple(BOMBS))
            fields["before"], fields["text"] = BOMBS[said]
        elif way == "deep":
            depth = draw.pick((1000, 100_000))
            said, fields["text"] = f"{depth} deep", "<a>" * depth + "</a>" * depth
        elif way in ("field", "many"):
            fields["inside"] = parts(draw, way)
        content = form.format(**fields).encode("utf-8", "surrogatepass")
        if way == "encoding":
            return content.replace(
                b"?>", draw.pick((b" encoding='utf-7'?>", b" encoding='x'?>", b"?><?xml?>")), 1
            ), said
        return garbled(draw, content) if way == "bytes" else (content, said)

    return damage


def _points(draw: Draw, way: str) -> str:
    """Points of a track due north."""
    count = 100_000 if way == "many" else 12
    points = [{"lat": f"{50 + i / 1e5}", "lon": "10", "time": f"2026-11-20T12:{i % 60:02}:00Z"} for i in range(count)]
    if way == "field":
        point, name = draw.pick(points), draw.pick(("lat", "lon", "time"))
        point[name] = draw.pick(DATES if name == "time" else NUMBERS)
    return "".join(POINT.format(**point) for point in points)


def _laps(draw: Draw, way: str) -> str:
    laps = [{"time": "2026-11-20T12:00:00Z", "metres": "5000"} for _ in range(50_000 if way == "many" else 2)]
    if way == "field":
        lap, name = draw.pick(laps), draw.pick(("time", "metres"))
        lap[name] = draw.pick(DATES if name == "time" else NUMBERS)
    return "".join(LAP.format(**lap) for lap in laps)


def fit_crc(data: bytes) -> int:
    """The checksum of a FIT file."""
    crc = 0
    for byte in data:
        for nibble in (byte & 0xF, byte >> 4):
            crc = (crc >> 4) & 0x0FFF ^ FIT_CRC[crc & 0xF] ^ FIT_CRC[nibble]
    return crc


def sealed(body: bytes) -> bytes:
    """A FIT file with this body and correct checksums."""
    head = struct.pack("<BBHI4s", 14, 16, 2100, len(body), b".FIT")
    head += struct.pack("<H", fit_crc(head))
    return head + body + struct.pack("<H", fit_crc(head + body))


def fit(draw: Draw) -> tuple[bytes, str]:
    """A session of running, damaged, with its checksum corrected or left wrong."""
    body = struct.pack("<BBBHB", 0x40, 0, 0, 18, 3) + bytes((2, 4, 0x86, 9, 4, 0x86, 5, 1, 0x00))
    body += struct.pack("<BIIB", 0, FIT_SECOND, 500_000, 1)
    way = draw.pick(("bytes", "body", "body", "body", "extreme", "extreme", "many"))
    if way == "bytes":
        return garbled_fit(draw, sealed(body))
    spoilt = bytearray(body)
    if way == "body":
        for _ in range(1 + draw.below(4)):
            spoilt[draw.below(len(spoilt))] ^= 1 + draw.below(255)
    elif way == "extreme":
        at = draw.pick((1, 3, 5, 7, 16, 20))
        spoilt[at : at + 4] = draw.pick((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\xfe\xff\xff\xff"))
    else:
        spoilt += spoilt[-10:] * 20_000
    return sealed(bytes(spoilt)), f"{way}, checksum right"


def garbled_fit(draw: Draw, content: bytes) -> tuple[bytes, str]:
    """A FIT file whose checksum betrays its damage, or that is cut."""
    at = draw.below(len(content))
    if draw.below(2):
        return content[:at], f"cut at {at}"
    return content[:at] + draw.random.bytes(1) + content[at + 1 :], f"byte {at} changed"


SORTS: tuple[tuple[str, Callable[[Draw], tuple[bytes, str]]], ...] = (
    ("csv of a watch", table(WATCH)),
    ("csv for return", table(OWN)),
    ("gpx", _xml(GPX, _points)),
    ("csv for return", table(OWN)),
    ("tcx", _xml(TCX, _laps)),
    ("csv of a watch", table(WATCH)),
    ("fit", fit),
)
