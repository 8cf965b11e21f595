"""What is read in a browser: one self-contained page for each report, plan and batch."""

from .report import report_html

__all__ = ["report_html"]
