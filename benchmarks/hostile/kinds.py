"""All kinds of cases, in one table."""

from __future__ import annotations

from . import containers, documents, escapes, logs, odd, system
from .cases import Kind
from .judging import analysed, careful, kept, nothing_more, planned

KINDS = {
    kind.name: kind
    for kind in (
        Kind("containers", containers.COUNT, containers.make, analysed),
        Kind("odd", odd.COUNT, odd.make, analysed),
        Kind("reports", documents.REPORTS, documents.report, planned, batched=True),
        Kind("logs", logs.COUNT, logs.make, kept),
        Kind("answers", documents.ANSWERS, documents.answers, careful),
        Kind("system", system.COUNT, system.make, system.judge),
        Kind("escapes", escapes.COUNT, escapes.make, nothing_more),
    )
}
