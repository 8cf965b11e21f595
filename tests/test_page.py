"""The page of a report in a real browser: it plays, jumps, prints, fits, is accessible, requests only its video."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile, is_zipfile

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsers import Seen, browser, opened
from playwright.sync_api import Browser
from pypdf import PdfReader
from test_bouts import VIDEO, one_after_another

import builders
from formcheck import pipeline
from formcheck.datatypes import SIDES, Activity, Options, Person, Report, StepValue, Stood, VideoInfo
from formcheck.knowledge import reason
from formcheck.metrics import METRICS
from formcheck.page import pdf, svg
from formcheck.page.clinic import TERMS
from formcheck.page.report import method_of, report_html
from formcheck.report import summary, to_json
from formcheck.settings import EXPORTS
from formcheck.words import sentence
from runner import Runner

SAMPLE = Path(__file__).parent.parent / "sample_videos" / "overstride_lean.mp4"
HOSTILE = "<img src=x onerror=alert(1)>&\"'{{7*7}}\u202e.mp4"
LARGEST = 2_500_000  # bytes, without the video
PHONE, TABLET, DESK = 360, 768, 1440

__all__ = ["browser"]  # the fixture


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The sample with the worst form, seen by the fastest model; its file has a malicious name."""
    clip = tmp_path_factory.mktemp("clips") / HOSTILE
    shutil.copy(SAMPLE, clip)
    return pipeline.analyze(clip, Options(height_cm=178.0, model="lite", end=8.0))


@pytest.fixture(scope="module")
def folder(made: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("results")
    pipeline.write(made, place)
    return place


@pytest.fixture(scope="module")
def page(folder: Path) -> Path:
    return folder / "report.html"


@pytest.fixture(scope="module")
def bare(made: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of an analysis without a video."""
    place = tmp_path_factory.mktemp("bare")
    pipeline.write(made, place, with_video=False)
    return place / "report.html"


def at_s(seen: Seen) -> float:
    return float(seen.page.evaluate("document.querySelector('video').currentTime"))


def loaded(seen: Seen) -> None:
    seen.wait("document.querySelector('video').readyState >= 2")


@pytest.mark.slow
def test_it_opens_from_a_folder_and_asks_for_nothing_but_its_video(browser: Browser, page: Path) -> None:
    with opened(browser, page) as seen:
        loaded(seen)
        assert seen.complaints == []
        assert {url for url in seen.asked if not url.startswith("data:")} == {
            page.as_uri(), (page.parent / "annotated.mp4").as_uri()
        }  # fmt: skip
        refused = seen.page.evaluate(
            "new Promise(done => { addEventListener('securitypolicyviolation', e => done(e.effectiveDirective));"
            " fetch('https://example.org').catch(() => 0) })"
        )
        assert refused == "connect-src"


@pytest.mark.slow
def test_it_is_one_file_of_the_size_of_a_photograph(page: Path, made: Report, folder: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(text) < LARGEST
    assert report_html(made, folder) == text
    targets = re.findall(r'\s(?:src|href)="([^"#][^"]{0,20})', text)
    assert {target for target in targets if not target.startswith("data:image/jpeg;")} == {"annotated.mp4"}


@pytest.mark.slow
def test_the_video_plays(browser: Browser, page: Path) -> None:
    with opened(browser, page) as seen:
        loaded(seen)
        assert seen.page.evaluate("document.querySelector('video').videoWidth") == 1280
        seen.page.evaluate("(v => { v.muted = true; return v.play() })(document.querySelector('video'))")
        seen.wait("document.querySelector('video').currentTime > 0.3")
        heads = seen.page.evaluate("[...document.querySelectorAll('.playhead')].map(h => h.getAttribute('transform'))")
        assert heads
        assert all(re.fullmatch(r"translate\([\d.]+ 0\)", head) for head in heads)


@pytest.mark.slow
def test_a_mark_on_any_trace_takes_the_video_to_its_moment(browser: Browser, page: Path) -> None:
    with opened(browser, page) as seen:
        loaded(seen)
        charts = seen.page.locator("svg.chart").all()
        assert len(charts) >= 6
        for chart in charts:
            seen.page.evaluate("document.querySelector('video').currentTime = 0")
            mark = chart.locator("a[data-at]").last  # the one that no other mark covers
            mark.scroll_into_view_if_needed()
            mark.click()
            assert at_s(seen) > float(str(mark.get_attribute("data-at")))  # rounded down, it shows the frame before
            assert at_s(seen) == pytest.approx(float(str(mark.get_attribute("data-at"))), abs=0.01)
            assert seen.page.locator(".chosen").count() == 1
        box = charts[-1].bounding_box()
        assert box is not None
        seen.page.mouse.click(
            box["x"] + box["width"] - 9, box["y"] + 5
        )  # beside the marks: the nearest, which is the last
        assert at_s(seen) == pytest.approx(float(str(mark.get_attribute("data-at"))), abs=0.01)


@pytest.mark.slow
def test_marks_are_those_of_the_steps_at_their_times_in_the_video(browser: Browser, page: Path, made: Report) -> None:
    steps = sorted(made.measurement("trunk_lean_deg").steps, key=lambda step: step.time_s)
    with opened(browser, page) as seen:
        chart = seen.page.locator("svg.clip[aria-label^='Trunk lean over']")
        moments = chart.locator("a").evaluate_all("marks => marks.map(mark => Number(mark.dataset.at))")
        assert moments == pytest.approx([step.time_s - made.trial.track.time_s[0] for step in steps], abs=1e-3)


@pytest.mark.parametrize("slow", [1.0, 4.0])
def test_moments_are_those_of_the_file_and_lead_to_the_video_which_begins_later(tmp_path: Path, slow: float) -> None:
    track = Runner(seconds=5.0).track()
    late = replace(track, time_s=track.time_s + 6.0, clock_s=track.clock_s + 6.0)
    clip = VideoInfo(tmp_path / "run.mp4", 4000, 3000, 60.0, None, None, slow_motion_factor=slow)
    report = pipeline.interpret(clip, late, Options(start=6.0 * slow))
    (tmp_path / "annotated.mp4").touch()
    page = report_html(report, tmp_path)
    told = re.findall(r'data-at="([\d.]+)" aria-label="(?:left|right) step: [^"]+, at ([\d.]+) s"', page)
    in_video_s, in_file_s = np.array(told, float).T
    contacts_s = [contact["time_s"] for contact in to_json(report)["contacts"]]
    assert {round(time_s, 2) for time_s in contacts_s} >= set(in_file_s.tolist())
    assert in_video_s == pytest.approx(in_file_s - 6.0 * slow, abs=0.01)
    chart = page.partition('class="chart clip"')[2].partition("</svg>")[0]
    ticks = [float(tick) for tick in re.findall(r'text-anchor="middle">([\d.]+)<', chart)]
    assert 6.0 * slow <= min(ticks) < max(ticks) <= 11.0 * slow


@pytest.mark.slow
def test_the_keyboard_does_all_that_a_mouse_does(browser: Browser, page: Path) -> None:
    with opened(browser, page) as seen:
        loaded(seen)
        chart = seen.page.locator("svg.clip").first
        reached = chart.locator("a[tabindex='0']")
        assert reached.count() == 1
        reached.focus()
        seen.page.keyboard.press("ArrowRight")
        seen.page.keyboard.press("ArrowRight")
        seen.page.keyboard.press("Enter")
        third = chart.locator("a").nth(2)
        assert at_s(seen) == pytest.approx(float(str(third.get_attribute("data-at"))), abs=0.01)
        assert seen.page.locator(".where").text_content() == third.get_attribute("aria-label")
        seen.page.keyboard.press("End")
        seen.page.keyboard.press("Enter")
        last = chart.locator("a").last
        assert at_s(seen) == pytest.approx(float(str(last.get_attribute("data-at"))), abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize(("colours", "width"), [("light", PHONE), ("dark", DESK)])
def test_it_fits_every_width_and_is_accessible(
    browser: Browser, page: Path, bare: Path, width: int, colours: str
) -> None:
    """The narrow and the wide layout are judged, each in one of the colours; what fits is known of all widths."""
    for file in (page, bare):
        with opened(browser, file, width, color_scheme=colours) as seen:
            seen.page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
            for any_width in (PHONE, TABLET, DESK, width):
                seen.page.set_viewport_size({"width": any_width, "height": 900})
                assert seen.overflow_px == 0
            found = Axe().run(seen.page).response["violations"]
            assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found] == []
            ground = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
            brightness = sum(map(int, re.findall(r"\d+", ground)[:3])) / 3
            assert (brightness < 60) == (colours == "dark")


@pytest.mark.slow
def test_stretches_in_a_table_fit_too(browser: Browser, tmp_path: Path) -> None:
    passes = [Runner(seconds=1.6, noise_px=1.0, facing=way).track() for way in (1, -1)]
    report = pipeline.interpret(VIDEO, one_after_another(passes, gap_s=2.0), Options())
    assert len(report.bouts) == 2
    file = tmp_path / "report.html"
    file.write_text(report_html(report, tmp_path), encoding="utf-8")
    for width in (PHONE, TABLET, 1000, DESK):
        with opened(browser, file, width) as seen:
            assert seen.overflow_px == 0, width


def test_the_clips_clock_is_marked_where_its_numbers_are() -> None:
    drawing = svg.clip([svg.Point(0.5, 1.0, "left", "a step")], 0.0, 4.47, "°", None, "over the clip")
    ticks = {
        float(text.split()[0]): float(x) for x, text in re.findall(r' x="([\d.]+)" y="136"[^>]*>([^<]*)<', drawing)
    }
    assert max(ticks) == 4.0
    assert ">4 s<" in drawing
    apart = np.diff([ticks[time_s] for time_s in sorted(ticks)])
    assert apart == pytest.approx(apart.mean(), abs=0.2)


def test_in_a_long_clip_a_few_steps_share_a_mark_and_it_says_so(tmp_path: Path) -> None:
    steps = [StepValue(0.35 * i, SIDES[i % 2], 9.0 + i / 100 + (50.0 if i == 4 else 0.0)) for i in range(1700)]

    def marks(count: int) -> tuple[list[str], str]:
        lean = builders.measured("trunk_lean_deg", 9.0, steps=tuple(steps[:count]))
        page = report_html(builders.report(lean), tmp_path)
        return re.findall(r"<title>((?:left|right)[^<]+)</title>", page), page

    single, page = marks(200)
    assert len(single) == 200
    assert "each mark" not in page
    shared, page = marks(1700)
    assert "each mark: 9 steps" in page
    assert len(shared) == 2 * 95  # 850 of each leg in nines, the last of each with 4
    assert shared[0] == "left, median of 9 steps: 9.1°, at 2.80 s"  # one wild step does not move it
    assert sum("median of 4 steps" in words for words in shared) == 2


def test_steps_on_one_spot_of_a_bar_are_drawn_once() -> None:
    many = [(SIDES[i % 2], float(i % 5)) for i in range(3000)]
    drawing = svg.bar(0.0, 5.0, [(0.0, 5.0, "ok")], 2.0, (1.0, 3.0), "words", many)
    assert drawing.count('class="step left"') == drawing.count('class="step right"') == 5 * 3
    assert svg.bar(0.0, 5.0, [(0.0, 5.0, "ok")], 2.0, (1.0, 3.0), "words", many[:5]).count('class="step') == 5


@pytest.mark.slow
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_it_prints_on_two_pages_of_black_on_white(browser: Browser, page: Path, bare: Path, colours: str) -> None:
    for file in (page, bare):
        with opened(browser, file, color_scheme=colours) as seen:
            printed = PdfReader(BytesIO(seen.page.pdf(prefer_css_page_size=True)))
            assert [tuple(round(float(side)) for side in sheet.mediabox[2:]) for sheet in printed.pages] == 2 * [
                (595, 842)
            ]
            first, second = (sheet.extract_text() for sheet in printed.pages)
            assert "What to do now" in first
            assert "How it was measured" in second
            seen.page.emulate_media(media="print")
            assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.slow
def test_names_from_outside_mean_nothing_to_the_browser(browser: Browser, page: Path) -> None:
    with opened(browser, page) as seen:
        dialogs: list[str] = []
        seen.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        seen.page.wait_for_timeout(200)
        assert not dialogs
        assert seen.page.locator("img[src='x']").count() == 0
        shown = HOSTILE.replace("\u202e", "\N{REPLACEMENT CHARACTER}")
        assert shown in str(seen.page.locator(".eyebrow").text_content())
        assert seen.page.title() == f"Running form: {shown}"


@pytest.mark.slow
def test_without_a_script_everything_is_there_and_links_lead_to_the_video(browser: Browser, page: Path) -> None:
    with opened(browser, page, java_script_enabled=False) as seen:
        assert seen.page.locator("h1").is_visible()
        assert seen.page.locator("svg.chart").count() >= 6
        seen.page.locator("svg.clip a").first.click()
        assert seen.page.url.endswith("#film")


@pytest.mark.slow
def test_without_a_video_it_says_so_and_nothing_pretends_to_jump(browser: Browser, bare: Path) -> None:
    with opened(browser, bare) as seen:
        assert seen.page.locator("video, [data-at]").count() == 0
        assert seen.page.locator("img").count() >= 3
        assert "There is no video with this report" in str(seen.page.locator("#film").text_content())
        assert seen.complaints == []
        assert seen.asked[1:] == [url for url in seen.asked[1:] if url.startswith("data:")]


@pytest.mark.slow
def test_a_page_that_is_mailed_alone_shows_its_pictures_and_says_where_the_video_is(
    browser: Browser, page: Path, tmp_path: Path
) -> None:
    shutil.copy(page, tmp_path)
    with opened(browser, tmp_path / "report.html") as seen:
        seen.wait("!document.querySelector('.gone').hidden")
        pictures = seen.page.locator("img").evaluate_all("all => all.map(one => one.complete && one.naturalWidth)")
        assert len(pictures) >= 3
        assert all(width >= 300 for width in pictures)


@pytest.mark.slow
def test_it_says_what_report_json_says(browser: Browser, page: Path) -> None:
    told = json.loads(page.with_name("report.json").read_text(encoding="utf-8"))
    with opened(browser, page) as seen:
        text = seen.page.locator("body").text_content() or ""
        assert seen.page.locator("h1").text_content() == told["summary"]["verdict"]
        measured = [m for m in told["measurements"].values() if m["reason"] is None]
        assert seen.page.locator(".clinic tbody tr").count() == len(measured)
        for m in told["measurements"].values():
            assert m["reason"] is None or m["label"] in text
        for finding in told["findings"]:
            assert finding["label"] in text or finding["plain"][1:] in text


def test_a_report_with_next_to_nothing_makes_a_page_too(tmp_path: Path) -> None:
    nothing = report_html(builders.report(), tmp_path)
    assert "We could not judge your running: this can only be seen from the side." in nothing
    assert "<svg" not in nothing


@pytest.mark.parametrize(
    ("activity", "missing"),
    [
        ("running", "too_few_to_judge"),
        ("running", "not_side_view"),
        ("running", "legs_not_seen"),
        ("walking", "not_running"),
        ("other", "not_running"),
        ("other", "legs_not_seen"),
        ("other", "picture_turned"),
    ],
)
def test_why_nothing_could_be_judged_and_what_helps_stand_at_the_head_and_once(
    activity: Activity, missing: str, tmp_path: Path
) -> None:
    made = builders.report(*(builders.unmeasured(name, missing) for name in builders.UNITS))
    made = replace(made, trial=replace(made.trial, gait=replace(made.trial.gait, activity=activity)))
    bare = re.sub(r"<style.*?</style>|<[^>]+>", " ", report_html(made, tmp_path), flags=re.DOTALL)
    words = " ".join(unescape(bare).split())
    said, why = summary(made), reason(missing)
    assert said.refused == missing
    told = {sentence(said.verdict): 1, said.tip: 1, sentence(why.because): 0}
    assert {text: words.count(text) for text in told} == told
    assert words.index(said.verdict) < words.index(said.tip) < words.index("not measured")
    assert "Keep running as you do" not in words


@pytest.mark.slow  # a clip is analysed
def test_a_picture_that_is_damaged_is_left_out(folder: Path, made: Report, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "out")
    whole = report_html(made, folder).count("data:image/jpeg")
    still = next((tmp_path / "out" / "stills").iterdir())
    still.write_bytes(still.read_bytes()[:20])
    assert report_html(made, tmp_path / "out").count("data:image/jpeg") == whole - 1


def test_the_notice_stands_before_any_finding(tmp_path: Path) -> None:
    text = report_html(builders.report(builders.measured("trunk_lean_deg", 19.0)), tmp_path)
    assert 0 < text.index("emergency department") < text.index('class="findings"')


def test_what_narrows_a_clips_worth_stands_at_its_head(tmp_path: Path) -> None:
    text = report_html(builders.report(warnings=("the camera moved",)), tmp_path)
    assert "The camera moved." in text.partition("</header>")[0]
    assert text.count("The camera moved.") == 1


def test_settings_that_were_given_are_told(tmp_path: Path) -> None:
    report = replace(builders.report(), options=Options(height_cm=178.5, person=2, cache=False))
    assert "height cm 178.5, person 2<" in report_html(report, tmp_path)


def test_settings_that_change_no_number_are_not_told() -> None:
    shown = Options(blur_face=True, stick_figure=True, embed_video=True, pdf=True, export=("csv", "xlsx"), workers=2)
    assert dict(method_of(replace(builders.report(), options=shown)))["Settings"] == "defaults"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"standing": "{}/tall.mp4", "export": tuple(EXPORTS)}, "standing tall.mp4"),
        ({"keypoints": "{}/seen.npz", "fps": 30.0}, "keypoints seen.npz, fps 30"),
        ({"standing": "1-3"}, "standing 1-3"),
    ],
)
def test_of_all_that_is_written_only_report_json_says_where_files_are(
    tmp_path: Path, given: dict[str, Any], told: str
) -> None:
    """A user's name is part of most paths, and everything else is passed on."""
    home = "/home/jane.doe/private"
    options = Options(**{name: v.format(home) if isinstance(v, str) else v for name, v in given.items()})
    trial, name = builders.trial(path=Path(home, "run.mp4")), "jane.doe"
    stood = Stood(builders.trial(path=Path(home, "tall.mp4")))
    found = replace(builders.report(trial=trial), options=options, stood=stood, seen=trial.track)
    pipeline.write(found, tmp_path, with_video=False)
    assert [*exposed(tmp_path, name)] == ["report.json"]
    assert f"<dd>{told}</dd>" in (tmp_path / "report.html").read_text("utf-8")
    assert name not in str(pdf._said(found))


def exposed(folder: Path, text: str) -> Iterator[str]:
    """Names of the files in a folder that hold a text, also when they are zips."""
    for file in sorted(folder.iterdir()):
        held = [file.read_bytes()]
        if is_zipfile(file):
            with ZipFile(file) as packed:
                held = [packed.read(name) for name in packed.namelist()]
        if any(text.encode() in content for content in held):
            yield file.name


def test_the_page_begins_with_whom_of_several_it_is_about(tmp_path: Path) -> None:
    report = builders.report()
    track = replace(report.trial.track, person=Person(2, 3, "chosen by number"))
    page = report_html(replace(report, trial=replace(report.trial, track=track)), tmp_path)
    assert "person 2 of 3 (chosen by number)" in page.partition("</header>")[0]
    assert "person 1 of" not in report_html(report, tmp_path)


def test_the_page_names_options_as_they_are_typed(tmp_path: Path) -> None:
    needed = (
        builders.unmeasured("speed_m_s", "speed_unknown"),
        builders.unmeasured("step_length_m_left_right", "scale_unknown"),
    )
    page = report_html(builders.report(*needed), tmp_path)
    assert "--speed-kmh" in page
    assert "--height-cm" in page
    assert not re.search("speed kmh|height cm", page)


def test_every_measure_has_its_term() -> None:
    assert set(TERMS) == set(METRICS)


@pytest.mark.slow
def test_an_embedded_video_plays_from_the_page_alone(
    browser: Browser, made: Report, folder: Path, tmp_path: Path
) -> None:
    within = replace(made, options=replace(made.options, embed_video=True))
    alone = tmp_path / "report.html"
    alone.write_text(report_html(within, folder), encoding="utf-8")
    with opened(browser, alone) as seen:
        loaded(seen)
        assert seen.page.evaluate("document.querySelector('video').videoWidth") == 1280
        assert seen.complaints == []
        assert [url for url in seen.asked if not url.startswith("data:")] == [alone.as_uri()]
