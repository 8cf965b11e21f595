"""report.pdf: one page in the field's terms, whatever names contain, and refused in time where Typst is missing."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from formcheck import pipeline
from formcheck.datatypes import NotUnderstoodError, Options, Report, VideoInfo, inputs
from formcheck.page.pdf import report_pdf
from runner import Runner

HOSTILE = '#import "x.typ" *b* $1+$ #panic("no").mp4'


@pytest.fixture(scope="module")
def full() -> Report:
    """A drawn runner, from whose movement nearly everything is measured."""
    info = VideoInfo(Path(HOSTILE), 100_000, 100_000, 60.0, 720, 12.0)
    return pipeline.interpret(info, Runner(fps=60, seconds=12).track(), Options(height_cm=178.0))


def test_it_is_one_page_that_says_what_was_measured(full: Report) -> None:
    made = report_pdf(full)
    (sheet,) = PdfReader(BytesIO(made)).pages
    text = " ".join(sheet.extract_text().split())
    for words in ("Cadence", "Forward trunk lean", "Left − right", "How it was measured", "emergency"):
        assert words in text
    assert HOSTILE in text
    assert report_pdf(full) == made


def test_it_is_written_with_the_rest_only_when_asked_for(full: Report, tmp_path: Path) -> None:
    pipeline.write(replace(full, options=replace(full.options, pdf=True)), tmp_path, with_video=False)
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    pipeline.write(full, tmp_path, with_video=False)
    assert not (tmp_path / "report.pdf").exists()


def test_without_typst_it_is_refused_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "find_spec", lambda _: None)
    assert Options().pdf is False
    with pytest.raises(NotUnderstoodError, match=r"formcheck\[pdf\]"):
        Options(pdf=True)
