"""Sequences a terminal obeys, planted in names, metadata and contents: none of them may reach the terminal as such."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av

from .cases import Case, Draw
from .documents import CALM
from .logs import OWN, TODAY, WATCH, joined

COUNT = 40
PLANTED = (  # planted → the part that would be obeyed; bytes that are not UTF-8 as Python writes them in a name
    ("\x1b]0;PWNED\x07", b"\x1b]0;PWNED"),
    ("\x1b[31mEVIL", b"\x1b[31mEVIL"),
    ("\u202eEVIL", b"\xe2\x80\xae"),
    ("\u2067EVIL", b"\xe2\x81\xa7"),
    ("\u009b31mEVIL", b"\xc2\x9b"),
    ("\nPWNEDLINE", b"\nPWNEDLINE"),
    ("\rPWNEDLINE", b"\rPWNEDLINE"),
    ("\x08\x08EVIL", b"\x08\x08EVIL"),
    ("\x9a".encode("latin-1").decode("utf-8", "surrogateescape"), b"\x9a"),
)
AS_TEXT = PLANTED[:-1]  # a file's content in UTF-8 cannot hold the last one
QUICK = ("--model", "lite", "--no-video", "-o", "out")
CLEAN_OR_REFUSED = (0, 3)


@dataclass(frozen=True)
class Plant:
    """A way for planted text to reach the terminal; named: in a file's name, which may hold any byte."""

    what: str
    make: Callable[[Draw, str], tuple[str | Path, ...]]
    allowed: tuple[int, ...]
    named: bool = True


def _analysed(draw: Draw, text: str) -> tuple[str | Path, ...]:
    return ("analyze", draw.put(f"run{text}.mp4", draw.stock.clips["mp4"].read_bytes()), *QUICK)


def _broken(draw: Draw, text: str) -> tuple[str | Path, ...]:
    return ("analyze", draw.put(f"run{text}.mp4", b"no video"), *QUICK)


def _tagged(draw: Draw, text: str) -> tuple[str | Path, ...]:
    """A copy of the clip, with planted metadata."""
    made = draw.folder / "tagged.mp4"
    with (
        av.open(str(draw.stock.clips["mp4"])) as source,
        av.open(str(made), "w", options={"movflags": "use_metadata_tags"}) as out,
    ):
        out.metadata.update(dict.fromkeys(("title", "artist", "comment", "com.android.capture.fps"), text))
        stream = source.streams.video[0]
        copy = out.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.dts is not None:
                packet.stream = copy
                out.mux(packet)
    return ("analyze", made, *QUICK)


def _into(draw: Draw, text: str) -> tuple[str | Path, ...]:
    return ("analyze", draw.put("run.mp4", draw.stock.clips["mp4"].read_bytes()), *QUICK[:-1], f"out{text}")


def _spoilt_report(draw: Draw, text: str) -> tuple[str | Path, ...]:
    """A report whose findings all contain the planted text."""
    report = json.loads(draw.stock.report)
    report["video"]["path"] = f"/videos/run{text}.mp4"
    for finding in report["findings"]:
        for key in ("label", "detail", "advice", "mechanism", "evidence"):
            finding[key] = f"{text} {finding.get(key, '')}"
        finding["level"] = "fault"
    return ("plan", draw.put("report.json", json.dumps(report).encode()), "-o", "out")


def _bad_level(draw: Draw, text: str) -> tuple[str | Path, ...]:
    report = json.loads(draw.stock.report)
    report["findings"][0]["level"] = text
    return ("plan", draw.put("report.json", json.dumps(report).encode()), "-o", "out")


def _planned(draw: Draw, text: str) -> tuple[str | Path, ...]:
    return ("plan", draw.put(f"report{text}.json", draw.stock.report.encode()), "-o", f"out{text}")


def _answers(draw: Draw) -> Path:
    return draw.put("answers.json", json.dumps(CALM).encode())


def _bad_answer(draw: Draw, text: str) -> tuple[str | Path, ...]:
    return ("triage", "--answers", draw.put("a.json", json.dumps(CALM | {"feel": text, text: 1}).encode()))


def _noted(draw: Draw, text: str) -> tuple[str | Path, ...]:
    return (
        "return",
        "--log",
        draw.put("log.csv", joined([*OWN, ["2026-11-19", "20", "pain-free", text, text, ""]])),
        *TODAY,
    )


def _bad_cell(draw: Draw, text: str) -> tuple[str | Path, ...]:
    return ("return", "--log", draw.put("log.csv", joined([*OWN, [text, "20", "pain-free", "", "", ""]])), *TODAY)


def _bad_distance(draw: Draw, text: str) -> tuple[str | Path, ...]:
    return ("load", draw.put("log.csv", joined([*WATCH, ["Running", "2026-11-24", text, ""]])), *TODAY)


PLANTS = (
    Plant("analyze a clip of that name", _analysed, (0, 4)),
    Plant("analyze a broken clip of that name", _broken, (3,)),
    Plant("analyze a missing clip", lambda _, text: ("analyze", f"run{text}.mp4", *QUICK), (3,)),
    Plant("analyze a clip with that metadata", _tagged, (0, 4), named=False),
    Plant("analyze into a folder of that name", _into, (0, 4)),
    Plant("a file's name taken for an option", lambda _, text: ("analyze", f"-{text}.mp4"), (2,)),
    Plant("plan from a report that says it", _spoilt_report, CLEAN_OR_REFUSED, named=False),
    Plant("plan from a report of that level", _bad_level, (3,), named=False),
    Plant("plan from and into that name", _planned, (0,)),
    Plant("plan from a missing report", lambda _, text: ("plan", f"report{text}.json", "-o", "out"), (3,)),
    Plant("triage -o that name", lambda d, text: ("triage", "--answers", _answers(d), "-o", f"a{text}.json"), (0,)),
    Plant("triage with that answer", _bad_answer, (3,), named=False),
    Plant("triage with missing answers", lambda _, text: ("triage", "--answers", f"a{text}.json"), (3,)),
    Plant("return with a log of that name", lambda d, text: (
        "return", "--log", d.put(f"log{text}.csv", joined(OWN)), *TODAY), (0,)),
    Plant("return with a broken log of that name", lambda d, text: (
        "return", "--log", d.put(f"log{text}.csv", b"no,log\n1,2\n"), *TODAY), (3,)),
    Plant("return with that note", _noted, (0, 3), named=False),
    Plant("return with that date", _bad_cell, (3,), named=False),
    Plant("load a log of that name", lambda d, text: (
        "load", d.put(f"log{text}.csv", joined(WATCH)), *TODAY), (0,)),
    Plant("load a broken log of that name", lambda d, text: (
        "load", d.put(f"log{text}.gpx", b"<gpx"), *TODAY), (3,)),
    Plant("load a table with that distance", _bad_distance, (3,), named=False),
)  # fmt: skip


def make(draw: Draw) -> Case:
    """Each way in turn, first with all that can be planted at once, then with one alone."""
    plant, turn = PLANTS[draw.number % len(PLANTS)], draw.number // len(PLANTS)
    choice = PLANTED if plant.named else AS_TEXT
    sown = choice if turn % 2 == 0 else (draw.pick(choice),)
    text = "".join(part for part, _ in sown)
    words = plant.make(draw, text)
    planted = tuple(obeyed for _, obeyed in sown)
    said = f"{plant.what}: {text!a}"
    return draw.case(said, words, plant.allowed, terminal=True, planted=planted)
