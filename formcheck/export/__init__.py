"""A Report's numbers as files for other programs: spreadsheets, pandas, OpenSim, readers of OpenPose's files.

``settings.EXPORTS`` names the formats and their files; docs/data.md describes every column.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..datatypes import Report
from ..settings import EXPORTS
from .keypoints import write_npz, write_openpose
from .opensim import write_mot, write_trc
from .tables import angles_csv, write_csvs, write_parquets, write_workbook

__all__ = ["WRITERS", "angles_csv", "write_exports"]

WRITERS: dict[str, Callable[..., None]] = {  # by the names in EXPORTS; each takes the report and where its files go
    "csv": write_csvs,
    "xlsx": write_workbook,
    "parquet": write_parquets,
    "trc": write_trc,
    "mot": write_mot,
    "openpose": write_openpose,
    "npz": write_npz,
}


def write_exports(report: Report, folder: Path) -> None:
    """Writes every format that the report's options ask for to a folder. Raises FormcheckError when one fails."""
    for name in dict.fromkeys(report.options.export):
        WRITERS[name](report, *(folder / file for file in EXPORTS[name]))
