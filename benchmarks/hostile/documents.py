"""Damaged JSON: reports for a plan, and answers to the questions on pain."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from .cases import Case, Draw

REPORTS = 3000
ANSWERS = 100
PLAN_ALLOWED = (0, 3)
TRIAGE_ALLOWED = (0, 2, 3)
IN_BYTES = 4  # every fourth report is damaged as raw text, the others in what they say
FORMS = ("", "", "", "", "", "", "--markdown", "--json")
MOST_CHANGES = 4
MOST_LETTERS = 1_000_000  # the most one change may add
RAW = "@@raw@@"  # a text that stands for something no JSON writer would write
SPOILT = (  # texts that a reader, a terminal, a Markdown or an HTML page may take for more than text
    "\x1b]0;PWNED\x07", "\x1b[31mEVIL", "\u202eEVIL", "\u2066EVIL", "\u009b31mEVIL", "a\nb\r\nc", "a\rb", "\x00",
    "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "[x](javascript:alert(1))",
    "![x](javascript:alert(1))", "# heading", "\n# heading", "| a | b |", "`code`", "**bold**", "\\<img src=x>", "\\",
    "[bold]rich[/]", "[/]", "[link=x]", "\x7f", "n" * 300, "e\u0301" * 300, "\ud800", "\udfff\ud800", "\ufeff",
    "%s %n {0} {x.__class__}", "../../../etc/x", "BEGIN:VEVENT", "a\r\nEND:VCALENDAR", ";,:\\n", "", " ", "NaN",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, -1e308, 1e308, 2**63, 2**64, 10**30, 1e-320, [], {}, [[]], [None], {"": {}},
    "0", "1e999",
)  # fmt: skip
LITERALS = (
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "-Infinity",
    "1" + "0" * 400,
    "1" + "0" * 5000,
    "0x1f",
    "01",
    "nul",
    "'a'",
)
DEPTHS = (10, 1000, 100_000)
NEEDED = ("schema", "video", "path", "activity", "findings", "level", "label", "detail", "advice", "limit", "value",
          "likely", "fault", "regions", "citations", "mechanism", "evidence", "source", "strength")  # fmt: skip
RED_FLAGS = (
    "bladder_bowel",
    "saddle",
    "leg_weakness",
    "weak_leg",
    "chest",
    "lump",
    "between_shoulders",
    "straining",
    "fever",
    "weight_loss",
    "cancer",
    "injury",
    "bones",
    "bone_spot",
    "immune",
    "night",
    "accident",
)
CALM: dict[str, Any] = {
    "red_flags": ["none"], "where": ["lower"], "feel": ["dull"], "strength": ["mild"], "when": ["late"],
    "changes": ["eases"], "lasts": ["days"], "daily": ["no"], "sits": ["yes"],
}  # fmt: skip

Place = tuple[Any, Any]  # a list or dict, and the index or key in it


def report(draw: Draw) -> Case:
    """A damaged report, and a plan asked for from it."""
    if draw.number % IN_BYTES == 0:
        content, said = garbled(draw, draw.stock.report.encode())
    else:
        content, said = changed(draw, json.loads(draw.stock.report), NEEDED)
    file = draw.put("report.json", content)
    form = tuple(filter(None, [draw.pick(FORMS)]))
    return draw.case(said, ("plan", file, "-o", draw.folder / "out", "--start", "2026-11-24", *form), PLAN_ALLOWED)


def changed(draw: Draw, document: Any, needed: tuple[str, ...]) -> tuple[bytes, str]:
    """A document that says something other than it should in one to four places, mostly among the needed keys."""
    raw: dict[str, str] = {}
    said = []
    for _ in range(1 + draw.below(MOST_CHANGES)):
        places = list(_places(document))
        wanted = [(at, key) for at, key in places if key in needed]
        at, key = draw.pick(wanted if wanted and draw.below(4) else places)
        said.append(f"{str(key)[:20]}: {draw.pick(CHANGES)(draw, at, key, raw)}")
        if not isinstance(document, dict) or not document:
            break
    text = _rendered(document, raw, indent=draw.pick((None, 2)), ensure_ascii=bool(draw.below(2)))
    return text.encode("utf-8", "surrogatepass"), ", ".join(said)


def _rendered(document: Any, raw: dict[str, str], **how: Any) -> str:
    """As JSON, with each mark replaced by its text; the text of a later mark may contain earlier marks."""
    text = json.dumps(document, **how)
    for mark, literal in reversed(raw.items()):
        text = text.replace(f'"{mark}"', literal)
    return text


def _places(document: Any) -> Iterator[Place]:
    """Every place that holds a value."""
    inside = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in list(inside):
        yield document, key
        yield from _places(value)


Change = Callable[[Draw, Any, Any, dict[str, str]], str]


def _literal(raw: dict[str, str], text: str) -> str:
    mark = f"{RAW}{len(raw)}"
    raw[mark] = text
    return mark


def _value(draw: Draw, at: Any, key: Any, _: dict[str, str]) -> str:
    at[key] = draw.pick(VALUES)
    return repr(at[key])


def _number(draw: Draw, at: Any, key: Any, raw: dict[str, str]) -> str:
    literal = draw.pick(LITERALS)
    at[key] = _literal(raw, literal)
    return literal[:20]


def _text(draw: Draw, at: Any, key: Any, _: dict[str, str]) -> str:
    spoilt = draw.pick(SPOILT)
    at[key] = f"{at[key]}{spoilt}" if isinstance(at[key], str) and draw.below(2) else spoilt
    return repr(spoilt[:20])


def _nested(draw: Draw, at: Any, key: Any, raw: dict[str, str]) -> str:
    depth = draw.pick(DEPTHS)
    opened, closed = draw.pick((("[", "]"), ('{"a":', "}")))
    at[key] = _literal(raw, opened * depth + "1" * (opened != "[") + closed * depth)
    return f"{depth} deep in {opened}"


def _missing(_draw: Draw, at: Any, key: Any, _: dict[str, str]) -> str:
    del at[key]
    return "missing"


def _twice(draw: Draw, at: Any, key: Any, raw: dict[str, str]) -> str:
    """The same key again, with another value: most readers take the second one."""
    other = draw.pick(VALUES)
    at[key] = _literal(raw, f"{json.dumps(at[key])}, {json.dumps(str(key))}: {json.dumps(other)}") if isinstance(
        at, dict) else [at[key], at[key]]  # fmt: skip
    return f"twice, then {other!r}"


def _unknown(draw: Draw, at: Any, key: Any, _: dict[str, str]) -> str:
    name = draw.pick(SPOILT)
    if isinstance(at, dict):
        at[name] = at[key]
    return f"again as {name[:20]!r}"


def _many(_draw: Draw, at: Any, key: Any, raw: dict[str, str]) -> str:
    times = 2 + MOST_LETTERS // len(_rendered(at[key], raw))
    at[key] = [deepcopy(at[key]) for _ in range(times)]
    return f"{times} times"


CHANGES: tuple[Change, ...] = (_value, _value, _number, _text, _text, _text, _nested, _missing, _twice, _unknown, _many)


def garbled(draw: Draw, content: bytes) -> tuple[bytes, str]:
    """A text with damaged characters, in another encoding, cut, doubled or gone."""
    name = draw.pick(tuple(GARBLED))
    return GARBLED[name](draw, content), name


def _flip(draw: Draw, content: bytes) -> bytes:
    spoilt = bytearray(content)
    for _ in range(1 << draw.below(6)):
        spoilt[draw.below(len(spoilt))] ^= 1 << draw.below(8)
    return bytes(spoilt)


def _insert(draw: Draw, content: bytes) -> bytes:
    at = draw.below(len(content))
    return content[:at] + draw.pick([text.encode("utf-8", "surrogatepass") for text in SPOILT]) + content[at:]


def _without_block(draw: Draw, content: bytes) -> bytes:
    at = draw.below(len(content))
    return content[:at] + content[at + (1 << draw.below(12)) :]


GARBLED: dict[str, Callable[[Draw, bytes], bytes]] = {
    "letters changed": _flip,
    "something in between": _insert,
    "a block missing": _without_block,
    "cut": lambda draw, content: content[: draw.below(len(content))],
    "chance bytes": lambda draw, _: draw.random.bytes(1 + draw.below(5000)),
    "NUL bytes behind": lambda _, content: content + bytes(1000),
    "twice": lambda _, content: content + content,
    "BOM": lambda _, content: content.decode().encode("utf-8-sig"),
    "two BOMs": lambda _, content: content.decode().encode("utf-8-sig").join((b"\xef\xbb\xbf", b"")),
    "UTF-16": lambda _, content: content.decode().encode("utf-16"),
    "UTF-16 without BOM": lambda _, content: content.decode().encode("utf-16-le"),
    "UTF-32": lambda _, content: content.decode().encode("utf-32"),
    "Latin-1": lambda _, content: content.decode().encode("latin-1", "replace").replace(b"?", b"\xe4"),
    "C1 bytes": lambda _, content: content.replace(b" ", b"\x9b", 5),
    "empty": lambda *_: b"",
    "nothing but white space": lambda *_: b" \n\t" * 100,
    "one value": lambda draw, _: draw.pick(
        (b"null", b"0", b'"formcheck-report/1"', b"[]", b"{}", b"true", b"1" * 5000)
    ),
    "deep": lambda draw, _: b"[" * draw.pick(DEPTHS),
    "deep and closed": lambda draw, _: draw.pick([b"[" * depth + b"]" * depth for depth in DEPTHS]),
}


def answers(draw: Draw) -> Case:
    """Damaged answers: in their bytes, in what they say, or with a red flag that something else would hide."""
    way = draw.number % 4
    flag = ""
    if way == 0:
        content, said = garbled(draw, json.dumps({"schema": "formcheck-triage/1", "answers": CALM}).encode())
    elif way == 1:
        content, said, flag = hidden(draw)
    elif way == 2:
        content, said = changed(draw, {"answers": json.loads(json.dumps(CALM))}, tuple(CALM))
    else:
        content, said = oversized(draw)
    file = draw.put("answers.json", content)
    form = ("--json",) if flag or draw.below(2) else ()
    planted = (flag.encode(),) if flag else ()
    return draw.case(said, ("triage", "--answers", file, *form), TRIAGE_ALLOWED, planted=planted)


def hidden(draw: Draw) -> tuple[bytes, str, str]:
    """Answers in which a red flag comes before, after or beside its denial."""
    flag = draw.pick(RED_FLAGS)
    calm, red = json.dumps(CALM)[1:-1], f'"red_flags": ["{flag}"]'
    whole, flagged = f"{{{calm}}}", f"{{{json.dumps(CALM | {'red_flags': [flag]})[1:-1]}}}"
    ways = {
        "the flag, then none": f"{{{red}, {calm}}}",
        "none, then the flag": f"{{{calm}, {red}}}",
        "flagged answers, then calm ones": f'{{"answers": {flagged}, "answers": {whole}}}',
        "flagged outside, calm answers": f'{{{red}, "answers": {whole}}}',
        "flag and none together": json.dumps(CALM | {"red_flags": [flag, "none"]}),
        "flag and none together, as a text": json.dumps(CALM | {"red_flags": f"{flag}, none"}),
        "key written with an escape": f'{{"red\\u005fflags": ["{flag}"], {calm}}}',
        "flag deep inside": json.dumps(CALM | {"red_flags": [["none"], [flag]]}),
        "an earlier verdict that lets run": json.dumps(
            {"schema": "formcheck-triage/1", "level": "carry_on", "runs": True, "plan": True,
             "answers": CALM | {"red_flags": [flag]}}),
    }  # fmt: skip
    name = draw.pick(tuple(ways))
    return ways[name].encode(), f"{name} ({flag})", flag


def oversized(draw: Draw) -> tuple[bytes, str]:
    """Answers with many keys, long texts or deep nesting, or of the wrong kind."""
    ways: dict[str, Callable[[], Any]] = {
        "100000 unknown keys": lambda: CALM | {f"key {i}": "x" for i in range(100_000)},
        "an answer a million times": lambda: CALM | {"where": ["lower"] * 1_000_000},
        "an answer of a million letters": lambda: CALM | {"feel": "x" * 1_000_000},
        "a key of a million letters": lambda: CALM | {"x" * 1_000_000: "x"},
        "a spoilt key": lambda: CALM | {draw.pick(SPOILT): "x"},
        "a spoilt answer": lambda: CALM | {draw.pick(tuple(CALM)): draw.pick(SPOILT)},
        "all answers numbers": lambda: {key: draw.pick(VALUES) for key in CALM},
        "a list": lambda: [CALM],
        "answers in answers": lambda: {"answers": {"answers": CALM}},
    }
    name = draw.pick(tuple(ways))
    return json.dumps(ways[name]()).encode(), name
