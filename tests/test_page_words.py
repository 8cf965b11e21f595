"""Plans, verdicts, the way back, the load and a batch's index as pages: they fit, are accessible, request nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from unicodedata import normalize

import cv2
import histories
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsers import browser, opened
from click.testing import CliRunner
from histories import data
from playwright.sync_api import Browser
from pypdf import PdfReader

import builders
from formcheck.batch.jobs import Job
from formcheck.batch.tables import Done, write_tables
from formcheck.batch.work import Outcome
from formcheck.cli import main
from formcheck.guidance.pages import Bullets, Facts, Grid, Page, Section, Words
from formcheck.page.words import words_html
from formcheck.report import json_text, steps_csv

HOSTILE = "<script>alert(1)</script>\u202e"
SHOWN = HOSTILE.replace("\u202e", "\N{REPLACEMENT CHARACTER}")
LOGS = Path(__file__).parent.parent / "sample_logs"
TRIAGE = (
    *("triage", "--red-flags", "none", "--where", "lower", "--feel", "dull", "--strength", "mild"),
    *("--when", "early", "--changes", "stays", "--lasts", "days", "--daily", "no", "--sits", "no"),
)

__all__ = ["browser", "data"]  # the fixtures


def told(*arguments: str) -> None:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == 0, result.output


def the_plan(place: Path) -> Path:
    report = builders.report(builders.measured("trunk_lean_deg", 19.0), trial=builders.trial(path=Path(HOSTILE)))
    (place / "report.json").write_text(json_text(report), encoding="utf-8")
    told("plan", str(place), "--start", "2026-11-24")
    return place / "plan.html"


def the_way_back(place: Path) -> Path:
    told("return", "--log", str(place / "runs.csv"), "--add", f"2026-11-20 25min pain-free {HOSTILE}",
         "--today", "2026-11-23", "--html", str(place / "return.html"))  # fmt: skip
    return place / "return.html"


def the_load(place: Path) -> Path:
    told("load", str(LOGS / "activities.csv"), "--today", "2026-11-23", "--html", str(place / "load.html"))
    return place / "load.html"


def the_verdict(place: Path) -> Path:
    told(*TRIAGE, "--html", str(place / "triage.html"))
    return place / "triage.html"


def the_index(place: Path) -> Path:
    """An athlete with no findings, one who needs a look, and a clip that could not be read; names are malicious."""
    ended = []
    for i, lean in enumerate((6.0, 19.0)):
        folder = place / f"run #{i}"
        folder.mkdir()
        report = builders.report(builders.measured("trunk_lean_deg", lean), trial=builders.trial(path=Path(HOSTILE)))
        report = replace(
            report, warnings=(f"the feet are out of the picture or hidden: no contacts can be read {HOSTILE}",)
        )
        (folder / "report.json").write_text(json_text(report), encoding="utf-8")
        (folder / "steps.csv").write_text(steps_csv(report), encoding="utf-8")
        (folder / "report.html").write_text("<!doctype html><title>the report</title>", encoding="utf-8")
        job = Job(Path(f"{HOSTILE}.mp4"), place, folder.name, {}, athlete=f"{HOSTILE} {i}", session="=1+1")
        ended.append(Done(job, Outcome("done", folder, measured=True)))
    write_tables(place, [*ended, Done(replace(ended[0].job, athlete=""), None, f"{HOSTILE}: damaged", 3)])
    return place / "index.html"


def the_athlete(place: Path) -> Path:
    """Clips with and without results, a plan, a diary; the name and all that was entered are malicious."""
    for i, lean in enumerate((16.0, 9.0, 8.0)):
        job = replace(
            histories.clip(place, HOSTILE, i, trunk_lean_deg=lean, speed_m_s=3.0 + i), note=HOSTILE, session=HOSTILE
        )
        histories.store_clip(job, trunk_lean_deg=lean, speed_m_s=3.0 + i)
    folder = place / "out" / "0"
    (folder / "stills").mkdir(parents=True)
    cv2.imwrite(str(folder / "stills" / "lean.png"), np.full((90, 120, 3), 200, np.uint8))
    for name in ("report.html", "annotated.mp4"):
        (folder / name).write_text("<!doctype html><title>the report</title>", encoding="utf-8")
    seen = builders.report(builders.measured("trunk_lean_deg", 16.0), trial=builders.trial(path=place / "0.mp4"))
    (folder / "report.json").write_text(json_text(seen), encoding="utf-8")
    told("plan", str(folder), "--start", "2026-08-03")
    histories.sore(HOSTILE, 3, 6, 1)
    told(
        "log", HOSTILE, "--soreness", "2", "--note", HOSTILE, "--shoes", HOSTILE, "--surface", HOSTILE, "--where", "mid"
    )
    told("athlete", HOSTILE, "-o", str(place / "athlete.html"))
    return place / "athlete.html"


@pytest.mark.slow
@pytest.mark.usefixtures("data")
def test_an_athletes_page_leads_to_clips_and_shows_what_changed(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, the_athlete(tmp_path)) as seen:
        assert seen.page.locator("h1").text_content() == SHOWN
        text = " ".join(str(seen.page.locator("main").text_content()).split())
        assert "Trunk lean, forward went from 16.0 ± 0.5° to 8.0 ± 0.5°: better, nearer to usual." in text
        assert "16.0 ± 0.5° when the plan was made, 8.0 ± 0.5° in the latest clip (better, nearer to usual)" in text
        assert "It ended on 2026-08-30." in text
        assert text.count("Its results are no longer there.") == 2
        assert seen.page.locator("svg.chart").count() == 2
        assert seen.page.locator("svg.chart").first.locator(".reach").count() == 2
        assert seen.page.locator("svg.chart").first.locator(".sore").count() == 4
        seen.page.locator("svg a").first.click()
        assert seen.page.locator("li:target h3").text_content() == "2026-08-01"
        seen.page.get_by_role("link", name="Report").click()
        assert seen.page.title() == "the report"


@pytest.mark.slow
@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("made", [the_plan, the_way_back, the_load, the_verdict, the_index, the_athlete])
def test_it_fits_speaks_and_asks_for_nothing(browser: Browser, tmp_path: Path, made: Callable[[Path], Path]) -> None:
    file = made(tmp_path)
    for width, colours in ((360, "light"), (1440, "dark")):
        with opened(browser, file, width, color_scheme=colours) as seen:
            assert seen.overflow_px == 0
            assert [(one["id"], [n["html"] for n in one["nodes"]][:2]) for one in _violations(seen.page)] == []
            assert (seen.complaints, seen.asked) == ([], [file.as_uri()])
            assert seen.page.locator("h1").count() == 1


@pytest.mark.slow
@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("made", [the_plan, the_way_back, the_index, the_athlete])
def test_a_name_of_any_length_fits(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Callable[[Path], Path]
) -> None:
    monkeypatch.setitem(globals(), "HOSTILE", "hunchedrun" * 12)
    file = made(tmp_path)
    for width in (360, 390, 768, 1000, 1280):
        with opened(browser, file, width) as seen:
            assert seen.overflow_px == 0, width


def _violations(page: object) -> list[dict[str, list[dict[str, str]]]]:
    return Axe().run(page).response["violations"]  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_index_begins_with_who_needs_a_look_and_leads_to_the_report(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, the_index(tmp_path)) as seen:
        who = seen.page.locator("tbody th").all_text_contents()
        assert [name.split()[-2] for name in who] == ["1", "0"]
        assert SHOWN in who[0]
        assert f"{SHOWN}: damaged" in str(seen.page.locator("dl").text_content())
        seen.page.locator("tbody a").first.click()
        assert seen.page.title() == "the report"
        assert "run%20%231" in seen.page.url


@pytest.mark.slow
def test_a_plan_is_printed_whole_though_parts_of_it_are_closed_on_the_screen(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, the_plan(tmp_path)) as seen:
        assert seen.page.locator("details:not([open])").count() > 3
        printed = "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(seen.page.pdf())).pages)
        steps = [text for text in seen.page.locator("details:not([open]) dd").all_text_contents() if len(text) > 60]
        assert steps
        letters = "".join(normalize("NFKC", printed).split())  # without ligatures
        assert [text for text in steps if "".join(text[:30].split()) not in letters] == []


@pytest.mark.slow
@pytest.mark.usefixtures("data")
def test_an_athletes_page_is_printed_with_what_its_charts_show(browser: Browser, tmp_path: Path) -> None:
    """A physiotherapist gets it on paper: a chart without its name says nothing."""
    for number, lean in enumerate((16.0, 8.0)):
        histories.clip(tmp_path, "Ana", number, trunk_lean_deg=lean, cadence_spm=170.0)
    file = tmp_path / "ana.html"
    assert CliRunner().invoke(main, ["athlete", "Ana", "-o", str(file)]).exit_code == 0
    with opened(browser, file) as seen:
        first, *_ = (sheet.extract_text() for sheet in PdfReader(BytesIO(seen.page.pdf())).pages)
        seen.page.emulate_media(media="print")
        shown = seen.page.locator("section > .grid figcaption")
        assert shown.count() == 2
        assert all(shown.nth(i).is_visible() for i in range(shown.count()))
    assert "Seen from the side" in first


@pytest.mark.slow
def test_a_page_of_words_says_all_that_its_sections_say_as_text(tmp_path: Path, browser: Browser) -> None:
    parts = (Words(HOSTILE, strong=True), Bullets(("one", HOSTILE)), Facts((("Cue", HOSTILE),), "A heading"),
             Grid(("Mon", "what"), (("1", HOSTILE),)))  # fmt: skip
    file = tmp_path / "page.html"
    file.write_text(words_html(Page("A title", HOSTILE, (Section("Full", parts), Section("Empty", ())))), "utf-8")
    with opened(browser, file) as seen:
        text = str(seen.page.locator("body").text_content())
        assert text.count(SHOWN) == 5
        assert "Empty" not in text
        assert seen.page.locator("script").count() == 1
        assert seen.complaints == []
