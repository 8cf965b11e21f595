"""Report → report.pdf: one page for a physiotherapist, typeset by Typst, which is a separate extra."""

from __future__ import annotations

import json
from importlib.resources import as_file, files

from ..datatypes import Report
from ..knowledge import texts
from ..outgoing import printable, readable
from ..report import scales, summary
from ..words import LEVEL_NAMES
from .clinic import HEADS, clinical
from .report import method_of, missing_of, seen_of


def report_pdf(report: Report) -> bytes:
    """The PDF; the same report gives the same bytes where the same fonts are installed."""
    import typst  # noqa: PLC0415 (an extra)

    with as_file(files(__package__).joinpath("templates", "report.typ")) as template:
        made: bytes = typst.compile(str(template), sys_inputs={"said": json.dumps(_said(report))})
    return made


def _said(report: Report) -> dict[str, object]:
    """What the page says, as plain values."""
    told, table, name = summary(report), clinical(report, scales(report)), readable(report.trial.video.path.name)
    findings = [
        {"level": LEVEL_NAMES[t.finding.level], "what": t.what, "how_much": t.how_much, "how_sure": t.how_sure}
        for t in told.told
    ]
    missing = [f"{row['because']} {row['labels']}." for row in missing_of(report) if not row["never"]]
    return {
        "title": printable(f"Running form: {name}"), "name": printable(name), "verdict": told.verdict,
        "seen": seen_of(report), "red_flags": texts().red_flags_short, "notice": texts().not_a_diagnosis,
        "findings": findings, "heads": HEADS, "rows": table["table"], "notes": table["table_notes"],
        "missing": missing, "method": [[what, printable(how)] for what, how in method_of(report)],
    }  # fmt: skip
