"""Many commands in one process, as there are too many reports for one each: answers go to a file, line by line.

python -m benchmarks.hostile.batch COMMANDS.json ANSWERS
"""

from __future__ import annotations

import json
import resource
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from formcheck.cli import main as formcheck


def played(arguments: list[str]) -> dict[str, Any]:
    """What one command said; an exception that would end the process is added to stderr, as Python would print it."""
    start, peak = time.process_time(), peak_mb()
    result = CliRunner().invoke(formcheck, arguments)
    stderr = result.stderr_bytes.decode("utf-8", "surrogateescape")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        stderr += "".join(traceback.format_exception(result.exception))
    return {
        "code": result.exit_code,
        "stdout": result.stdout_bytes.decode("utf-8", "surrogateescape"),
        "stderr": stderr,
        "cpu_s": time.process_time() - start,
        "peak_mb": peak_mb() if peak_mb() > peak else 0.0,  # an earlier peak is another command's doing
    }


def peak_mb() -> float:
    """The most memory this process has used so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(wanted: Path, answers: Path) -> None:
    """Every command of a list."""
    with answers.open("w", encoding="utf-8") as out:
        for arguments in json.loads(wanted.read_text(encoding="utf-8")):
            print(json.dumps(played(arguments)), file=out, flush=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
