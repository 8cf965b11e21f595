"""Whatever comes in is bounded, and refused in one clear line; whatever goes out commands nothing."""

from __future__ import annotations

import os
import re
import threading
import time
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text

from formcheck.batch.jobs import check_named, collected
from formcheck.datatypes import FormcheckError, UnreadableInputError, UnreadableVideoError
from formcheck.guidance import load
from formcheck.guidance.watch import LoggedRun
from formcheck.incoming import content, document, is_folder, is_there, listing, nearly, parsed, report_in, table
from formcheck.outgoing import Printable, markdown, printable, quoted
from formcheck.video import probe

ESCAPES = {"escape": "\x1b]0;PWNED\x07", "one byte": "\x9b31m", "turned round": "\u202egnp.exe", "line": "a\r\nb\x00"}
fifos = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ('{"a": 1, "a": 2}', "twice"), ("1" * 400, "digits"), ("-" + "1" * 19, "digits"), ("1e400", "too large"),
        ("NaN", "not a number"), ("[Infinity]", "not a number"), ("[" * 40 + "]" * 40, "too deep"), ("{", "Expecting"),
        ('{"a": {"b": 1, "b": 2}}', "twice"), ("", "Expecting"),
    ],
)  # fmt: skip
def test_json_that_means_two_things_or_nothing_is_refused(source: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parsed(source)


def test_json_deeper_than_any_stack_is_refused_in_a_line(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("[" * 200_000)
    with pytest.raises(UnreadableInputError, match=r"report\.json: not JSON"):
        document(file, "give another")


@pytest.mark.parametrize("value", [{"a": [1, 2.5, None, "x"]}, [], 7, "text", {"deep": [[[[{"er": 1}]]]]}])
def test_json_in_order_comes_through(value: Any, tmp_path: Path) -> None:
    import json  # noqa: PLC0415

    (tmp_path / "a.json").write_text(json.dumps(value), encoding="utf-8")
    assert document(tmp_path / "a.json", "") == value


def test_a_name_that_differs_in_capitals_or_in_how_an_accent_is_written_is_offered(tmp_path: Path) -> None:
    """A table written on Windows or a Mac, where such names are one."""
    (tmp_path / "Zoe\u0301.MP4").write_bytes(b"a")
    with pytest.raises(UnreadableInputError, match=re.escape("did you mean Zoe\u0301.MP4?")):
        content(tmp_path / "zo\u00e9.mp4")
    with pytest.raises(UnreadableVideoError, match=re.escape("did you mean Zoe\u0301.MP4?")):
        probe(tmp_path / "zo\u00e9.mp4")
    with pytest.raises(UnreadableInputError, match="check its name"):
        content(tmp_path / "other.mp4")


def test_a_link_to_what_is_not_there_is_called_that_and_not_offered_itself(tmp_path: Path) -> None:
    """Whoever reads it: a clip, a report, a row of a table, or a batch that is given its name."""
    link, rows = tmp_path / "run.mp4", tmp_path / "clips.csv"
    link.symlink_to("nowhere.mp4")
    rows.write_text("file\nrun.mp4\n", encoding="utf-8")
    why = r"run\.mp4: is a link to nowhere\.mp4, which is not there(; give the file itself|; correct this row)$"
    for read in (content, probe, lambda path: check_named([path]), lambda _: collected([rows], tmp_path, {}, True)):
        with pytest.raises(FormcheckError, match=why):
            read(link)
    assert nearly(link) is None


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no endless device")
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/full"])
def test_a_device_without_end_is_refused_in_time(device: str) -> None:
    begin = time.monotonic()
    with pytest.raises(UnreadableInputError, match="larger than 64 MB"):
        content(Path(device))
    assert time.monotonic() - begin < 5


def test_a_file_as_large_as_may_be_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b"x" * 10)
    assert content(file, 10) == b"x" * 10
    with pytest.raises(UnreadableInputError, match="is larger"):
        content(file, 9)


@pytest.mark.parametrize("name", ["run.mp4", "RUN.MP4"])
def test_a_video_given_for_a_report_is_called_one(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x00" * 8)
    with pytest.raises(UnreadableInputError, match="is a video, not a report"):
        report_in(tmp_path / name, "")


@fifos
def test_a_pipe_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableInputError, match="nobody writes"):
        content(tmp_path / "pipe")


@fifos
def test_a_pipe_is_read_until_its_writer_is_done_however_slow() -> None:
    read, write = os.pipe()

    def slowly() -> None:
        for piece in (b"one ", b"two ", b"three"):
            time.sleep(0.1)
            os.write(write, piece)
        os.close(write)

    writer = threading.Thread(target=slowly)
    writer.start()
    assert content(Path(f"/dev/fd/{read}")) == b"one two three"
    writer.join()
    os.close(read)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for path, why in ((tmp_path, "directory"), (tmp_path / "loop", "links"), (tmp_path / ("x" * 300), "too long")):
        with pytest.raises(UnreadableInputError, match=why):
            content(path)
        assert is_there(path) == is_folder(path) == (path == tmp_path)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_tables_lines_may_end_as_on_any_system(tmp_path: Path, end: str, delimiter: str) -> None:
    rows = [["file", "note"], ["a.mp4", f"left, right{delimiter} both"], ["b.mp4", ""]]
    said = end.join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    (tmp_path / "clips.csv").write_bytes(said.encode())
    assert table(tmp_path / "clips.csv", "") == rows
    (tmp_path / "clips.csv").write_bytes(f"sep={delimiter}{end}{said}".encode())
    assert table(tmp_path / "clips.csv", "") == rows


def test_a_table_ends_at_its_bound(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("a,b\n" * 10)
    assert len(table(tmp_path / "log.csv", "", 10)) == 10
    (tmp_path / "log.csv").write_text("a,b\n" * 11)
    with pytest.raises(UnreadableInputError, match="more than 10 lines"):
        table(tmp_path / "log.csv", "", 10)


@pytest.mark.parametrize("line", [1, 2, 4])
def test_a_quote_that_is_never_closed_is_found_on_its_line(tmp_path: Path, line: int) -> None:
    lines = ["a,b"] * 5
    lines[line - 1] = 'a,"b'
    (tmp_path / "log.csv").write_text("\n".join(lines))
    with pytest.raises(UnreadableInputError, match=rf"log\.csv, line {line}: not a table"):
        table(tmp_path / "log.csv", "")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_lines_of_a_listing_are_those_that_an_editor_shows(tmp_path: Path, end: str) -> None:
    """Wherever cells go over several, empty lines and columns were left behind, or Excel is told the separator."""
    rows = ["file,note,,", "a.mp4,x,,", ",,,", "", 'b.mp4,"left", ,', f'c.mp4,"one{end}{end}two",,', "d.mp4,y,,"]
    for before in ([], ["sep=,"]):
        lines = end.join((*before, *rows)).split(end)
        (tmp_path / "clips.csv").write_bytes(end.join((*before, *rows)).encode())
        found = listing(tmp_path / "clips.csv", "")
        assert found.head == ("file", "note")
        assert [cells[0] for _, cells in found.rows] == ["a.mp4", "b.mp4", "c.mp4", "d.mp4"]
        assert all(lines[number - 1].startswith(cells[0]) for number, cells in found.rows)
        (tmp_path / "clips.csv").write_bytes(end.join((*before, *rows, 'e.mp4,"')).encode())
        with pytest.raises(UnreadableInputError, match=f"line {len(lines) + 1}: not a table"):
            listing(tmp_path / "clips.csv", "")


def test_text_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_bytes("größe".encode("utf-16"))
    with pytest.raises(UnreadableInputError, match="UTF-8; export it anew"):
        table(tmp_path / "log.csv", "export it anew")


def spikes_one_by_one(runs: tuple[LoggedRun, ...], days: int, percent: float) -> list[tuple[date, float, float]]:
    """The rule as it is stated, run by run."""
    found = []
    for run in runs:
        day = run.start.date()
        before = [r.km for r in runs if day - timedelta(days) <= r.start.date() < day]
        if runs[0].start.date() <= day - timedelta(days) and before and run.km > max(before) * (1 + percent / 100):
            found.append((day, run.km, max(before)))
    return found


@pytest.mark.parametrize("seed", range(5))
def test_long_runs_are_found_in_one_pass_as_one_by_one(seed: int) -> None:
    import numpy as np  # noqa: PLC0415

    random = np.random.default_rng(seed)
    days = np.sort(random.integers(0, 700, 150))
    runs = tuple(LoggedRun(datetime(2024, 1, 1) + timedelta(int(d)), float(3 + random.exponential(6))) for d in days)
    limit = load.rows.load_rows().limits["longest_run"]
    fast = [(s.date, s.km, s.before_km) for s in load.weigh(runs, date(2026, 11, 25)).spikes]
    assert fast == spikes_one_by_one(runs, limit.days, limit.percent)
    assert fast


def test_the_load_of_a_hundred_thousand_runs_takes_seconds() -> None:
    runs = tuple(LoggedRun(datetime(1990, 1, 1) + timedelta(hours=3 * i), 5 + i % 7) for i in range(100_000))
    begin = time.process_time()
    load.weigh(runs, date(2026, 11, 25))
    assert time.process_time() - begin < 10


@pytest.mark.parametrize("text", ESCAPES.values(), ids=ESCAPES)
def test_nothing_that_a_terminal_obeys_gets_to_it(text: str) -> None:
    assert printable(text).isprintable()
    assert quoted(text).isprintable()
    table = Table(title=Text(text))
    table.add_column(Text(text))
    table.add_row(Text(f"run {text}"))
    out = StringIO()
    Console(file=out, width=60, force_terminal=True, legacy_windows=False).print(Printable(table))
    said = out.getvalue()
    assert "run" in said
    assert not {"\x1b]", "\x07", "\x9b", "\u202e", "\x00"} & {said[i : i + n] for i in range(len(said)) for n in (1, 2)}


def test_letters_of_every_language_stay_as_they_are() -> None:
    for name in ("läufer.mp4", "跑步.mp4", "бег [1].mp4", "Ça va.mp4", "famille 👩\u200d👧.mp4"):
        assert printable(name) == name
    assert printable("10.30.45\u202fAM\u00a0.mov") == "10.30.45 AM .mov"


def test_many_keys_are_read_in_one_pass() -> None:
    many = "{" + ",".join(f'"{i}": 0' for i in range(100_000))
    begin = time.process_time()
    assert len(parsed(many + "}")) == 100_000
    with pytest.raises(ValueError, match="twice"):
        parsed(many + ', "99999": 0}')
    assert time.process_time() - begin < 5


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("[x](javascript:alert(1))", r"\[x\](javascript:alert(1))"),
        ("# a\n# b", "\\# a\N{REPLACEMENT CHARACTER}\\# b"),
        ("- point", r"\- point"), ("1. first", r"1\. first"), ("12) first", r"12\) first"),
        ("100. foo", r"100\. foo"), ("    code", "code"),
        ("a|b *c* `d` ~e~ _f_", r"a\|b \*c\* \`d\` \~e\~ \_f\_"),
        ("3.5 m - fine (2024).", "3.5 m - fine (2024)."),
    ],
)  # fmt: skip
def test_markdown_shows_text_as_it_is(text: str, shown: str) -> None:
    assert markdown(text) == shown
