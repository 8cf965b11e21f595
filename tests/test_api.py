"""The library as its users call it: a report that shows itself, the same from memory and from disk."""

from __future__ import annotations

import copy
import html
import json
import os
import pickle
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from math import isnan
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

import builders
import formcheck
from formcheck import pipeline
from formcheck.annotate import planned
from formcheck.cli import main
from formcheck.datatypes import Change, Options, Report, StepValue, VideoInfo
from formcheck.knowledge import reason
from formcheck.page.filmless import filmless
from formcheck.page.report import report_html
from formcheck.report import to_json
from formcheck.versus import Changes
from runner import Runner

ROOT = Path(__file__).parent.parent


def full(path: Path, cadence: float = 171.4) -> Report:
    steps = tuple(StepValue(0.2 + 0.35 * i, "left" if i % 2 else "right", cadence + 0.1 * i) for i in range(24))
    spread = replace(builders.measured("cadence_spm", cadence, steps=steps), sampling=0.3, clip_sd=0.1)
    measured = (spread, builders.unmeasured("waist_bend_deg"))
    return replace(
        builders.report(*measured, trial=builders.trial(path=path.absolute())), comparisons=builders.comparisons()
    )


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> formcheck.Report:
    monkeypatch.setattr(pipeline, "analyze", lambda path, _options, _progress: full(path))
    return formcheck.analyze(tmp_path / "run.mp4", height_cm=178)


@pytest.fixture
def read(made: formcheck.Report, tmp_path: Path) -> formcheck.Report:
    made.save(tmp_path / "results", video=False)
    return formcheck.read_report(tmp_path / "results")


def test_what_the_python_page_shows_runs_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    CliRunner().invoke(main, ["log", "Ana", "--soreness", "2"])
    lean = builders.measured("trunk_lean_deg", 6.0)
    of_clip = builders.report(lean, comparisons=builders.comparisons(), trial=builders.trial(path=tmp_path / "run.mp4"))
    monkeypatch.setattr(pipeline, "analyze", lambda _path, options, _progress: replace(of_clip, options=options))
    write = pipeline.write
    monkeypatch.setattr(pipeline, "write", lambda made, folder, _video, progress: write(made, folder, False, progress))
    formcheck.analyze("run.mp4").save("results/before")
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    assert names["report"].angles().rows == names["report"].frames().rows > 0
    assert names["changes"].one_clip


def test_importing_it_is_quick_and_loads_nothing_heavy() -> None:
    code = (
        "import time; begin = time.perf_counter(); import formcheck; took = time.perf_counter() - begin\n"
        "import sys; print(took); print(*{'mediapipe', 'cv2', 'av', 'numpy', 'ai_edge_litert'} & set(sys.modules))"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(3)]
    assert min(float(run.stdout.split()[0]) for run in runs) < 0.1
    assert runs[0].stdout.splitlines()[1:] in ([], [""])


def test_reading_a_report_loads_neither_a_pose_model_nor_a_video_library(
    read: formcheck.Report, tmp_path: Path
) -> None:
    assert len(read)
    code = (
        f"import sys, formcheck; formcheck.read_report({str(tmp_path / 'results')!r})['cadence_spm'].value\n"
        "sys.exit(not {'mediapipe', 'cv2', 'av', 'ai_edge_litert'}.isdisjoint(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_everything_promised_is_there_and_nothing_else() -> None:
    for name in formcheck.__all__:
        assert getattr(formcheck, name) is not None
    assert set(dir(formcheck)) == set(formcheck.__all__)
    with pytest.raises(AttributeError, match="analyse"):
        formcheck.analyse  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("whence", ["made", "read"])
def test_a_report_has_the_same_face_from_memory_and_from_disk(whence: str, request: pytest.FixtureRequest) -> None:
    report: formcheck.Report = request.getfixturevalue(whence)
    assert report["cadence_spm"].value == pytest.approx(171.4)
    assert report["cadence_spm"].low < 171.4 < report["cadence_spm"].high
    assert report["cadence_spm"].n == 24
    assert report["waist_bend_deg"].missing == "not_side_view"
    assert report.why_missing("waist_bend_deg") == reason("not_side_view").because
    assert report.why_missing("cadence_spm") is None
    assert isnan(report["waist_bend_deg"].value)
    assert (report.view, report.activity, report.model, report.video.name) == ("side", "running", "heavy", "run.mp4")
    assert {c.side for c in report.contacts} == {"left", "right"}
    assert report.contacts[0].time_s < report.contacts[1].time_s
    assert [f.level for f in report.findings] == [f.level for f in full(report.video).findings]
    legs = report.left_right["shin_angle_deg"]
    assert (legs.left, legs.right, legs.value) == (9.3, 4.1, 5.2)
    assert report.left_right["step_length_m"].missing == "speed_unknown"
    assert (report.trends["trunk_lean_deg"].before, report.trends["trunk_lean_deg"].after) == (8.8, 13.2)


def test_what_was_read_is_what_was_made(made: formcheck.Report, read: formcheck.Report) -> None:
    assert read.to_json() == json.loads(json.dumps(made.to_json())) == json.loads(json.dumps(to_json(full(made.video))))
    assert read == made != otherwise(made, model="lite")
    assert repr(read.findings) == repr(made.findings)  # NaN is not equal to itself
    assert read.contacts == made.contacts
    assert repr(read) == repr(made)


def test_a_report_from_before_findings_said_why_can_be_read(read: formcheck.Report, tmp_path: Path) -> None:
    content = read.to_json()
    for finding in content["findings"]:
        del finding["why"]
    (tmp_path / "report.json").write_text(json.dumps(content), encoding="utf-8")
    assert [f.level for f in formcheck.read_report(tmp_path).findings] == [f.level for f in read.findings]


def test_tables_are_plain_columns(read: formcheck.Report) -> None:
    steps, frames = read.steps(), read.frames()
    assert steps.rows == len(read.contacts)
    assert set(steps["side"]) == {"left", "right"}
    assert steps["time_s"][0] == pytest.approx(read.contacts[0].time_s, abs=1e-3)
    assert all(isnan(value) for value in steps["waist_bend_deg"])
    assert frames.rows == 60
    assert isnan(frames["nose_x"][0])
    assert frames["left_hip_y"][0] == 20.0


def test_a_table_becomes_a_data_frame_where_pandas_is(read: formcheck.Report) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed, and need not be")
    assert len(read.steps().to_pandas()) == read.steps().rows


def test_saving_writes_what_the_command_line_writes(made: formcheck.Report, tmp_path: Path) -> None:
    made.save(tmp_path / "a", video=False)
    pipeline.write(full(made.video), tmp_path / "b", with_video=False)
    for name in ("report.json", "steps.csv", "frames.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_frames_of_an_hour_can_be_read_again(read: formcheck.Report, tmp_path: Path) -> None:
    """Some 140 MB; here fewer, in cells as long as they may be."""
    with (tmp_path / "results" / "frames.csv").open("w", encoding="utf-8") as file:
        file.writelines(["time_s\n", *[f"{'0' * 131_000}\n"] * 600])
    assert read.frames().rows == 600


def test_a_report_read_from_disk_can_be_saved_elsewhere_and_where_it_is(read: formcheck.Report, tmp_path: Path) -> None:
    for folder in (tmp_path / "copy", tmp_path / "results"):
        read.save(folder)
        assert formcheck.read_report(folder / "report.json").to_json() == read.to_json()
    assert {p.name for p in (tmp_path / "copy").iterdir()} == {"report.json", "report.html", "steps.csv", "frames.csv"}


@pytest.fixture(params=[False, True], ids=["beside", "within"])
def playing(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """A folder whose page plays its video, which is beside or within it; that page as it would be without one."""
    info = VideoInfo(tmp_path / "run.mp4", 100_000, 100_000, 60.0, 720, 12.0)
    seen = pipeline.interpret(info, Runner(fps=60, seconds=12).track(), Options(embed_video=request.param))
    folder = tmp_path / "with"
    pipeline.write(seen, folder, with_video=False)
    (folder / "stills").mkdir()
    for still in planned(seen):
        cv2.imwrite(str(folder / "stills" / f"{still.name}.png"), np.zeros((90, 160, 3), np.uint8))
    bare = report_html(seen, folder)
    (folder / "annotated.mp4").write_bytes(b"film")
    (folder / "report.html").write_text(report_html(seen, folder), "utf-8")
    return folder, bare


def test_a_report_read_from_disk_is_saved_without_its_video_if_none_is_wanted(
    playing: tuple[Path, str], tmp_path: Path
) -> None:
    """Its page is then that of a report made without one, with nothing that leads to a video, or is one."""
    folder, bare = playing
    saved = formcheck.read_report(folder).save(tmp_path / "without", video=False)
    assert not (saved / "annotated.mp4").exists()
    assert (saved / "report.html").read_text("utf-8").split() == bare.split()
    assert (formcheck.read_report(folder).save(tmp_path / "as-it-is") / "annotated.mp4").read_bytes() == b"film"


SAVED_AGAIN = (  # what browsers change in a page that they save
    (" hidden>", ' hidden="">'),
    ("<video controls playsinline", '<video class="" playsinline="" controls=""'),
    ('" href="#film" data-at="', '" data-n="1" href="file:///home/ann/report.html#film" data-at="'),
    ('<a href="#film" data-at', "<a tabindex=\"-1\" href='#film' data-at"),
    ('class="target"', 'style="" class="target"'),
)


def test_a_page_that_was_written_otherwise_is_saved_without_its_video_too(
    playing: tuple[Path, str], tmp_path: Path
) -> None:
    folder, bare = playing
    page = (folder / "report.html").read_text("utf-8")
    for ours, theirs in SAVED_AGAIN:
        assert ours in page
        page = page.replace(ours, theirs)
    (folder / "report.html").write_text(page, "utf-8")
    saved = formcheck.read_report(folder).save(tmp_path / "without", video=False)
    assert (saved / "report.html").read_text("utf-8").split() == bare.split()


def test_words_that_name_a_video_are_no_video() -> None:
    page = "<p>data:video.mp4, href=film</p>"
    assert filmless(page, Path("report.html")) == page
    for left in ('<a href="#film" data-at="1">', "<VIDEO src='a.mp4'>", '<source src="data:video/mp4;base64,AAAA">'):
        with pytest.raises(formcheck.UnreadableInputError):
            filmless(page + left, Path("report.html"))


@pytest.mark.parametrize("mark", ["<!-- film -->", "<!-- /film -->"])
def test_a_page_whose_video_cannot_be_taken_out_is_not_saved_without_it(
    playing: tuple[Path, str], tmp_path: Path, mark: str
) -> None:
    folder, _ = playing
    page = (folder / "report.html").read_text("utf-8")
    (folder / "report.html").write_text(page.replace(mark, ""), "utf-8")
    with pytest.raises(formcheck.UnreadableInputError, match=r"with.report\.html: its video cannot be taken out"):
        formcheck.read_report(folder).save(tmp_path / "without", video=False)
    assert not (tmp_path / "without").exists()


def test_what_is_done_with_the_plain_values_leaves_the_report_as_it_is(made: formcheck.Report) -> None:
    content = made.to_json()
    content["measurements"].clear()
    content["findings"][0]["label"] = "mine"
    assert made.to_json() == to_json(full(made.video))


def test_a_report_never_takes_over_the_tables_of_another(read: formcheck.Report, tmp_path: Path) -> None:
    """As when a clip is analysed again into the same folder."""
    formcheck.api.of(full(read.video, 160.0)).save(tmp_path / "results", video=False)
    saving = [partial(read.save, tmp_path / name) for name in ("a", "results")]
    uses: list[Callable[[], object]] = [read.steps, read.frames, read.angles, *saving]
    for use in uses:
        with pytest.raises(formcheck.UnreadableInputError, match="another report than when it was read"):
            use()
    assert not (tmp_path / "a").exists()
    assert formcheck.read_report(tmp_path / "results")["cadence_spm"].value == 160


@pytest.mark.parametrize("whence", ["made", "read"])
@pytest.mark.parametrize("name", ["report.json", "stpes.csv", "../results/steps.csv", "results.py"])
def test_only_tables_have_a_text(whence: str, name: str, request: pytest.FixtureRequest) -> None:
    report: formcheck.Report = request.getfixturevalue(whence)
    with pytest.raises(formcheck.NotUnderstoodError, match=r"is not one of steps\.csv, frames\.csv, angles\.csv"):
        report.text_of(name)


@pytest.mark.parametrize("whence", ["made", "read"])
def test_saving_replaces_no_file_that_no_analysis_wrote(
    whence: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    report: formcheck.Report = request.getfixturevalue(whence)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "data.xlsx").write_bytes(b"my own")
    with pytest.raises(formcheck.FormcheckError, match=r"data\.xlsx: would be replaced by the results"):
        report.save(tmp_path / "mine", video=False)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["data.xlsx"]


def test_two_reports_are_compared_alike_from_memory_and_from_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = []
    for name, cadence in (("early", 171.4), ("late", 166.0)):
        monkeypatch.setattr(pipeline, "analyze", lambda path, _options, _progress, c=cadence: full(path, c))
        reports.append(formcheck.analyze(f"{name}.mp4"))
        reports[-1].save(tmp_path / name, video=False)
    change = formcheck.compare(*reports)["cadence_spm"]
    assert change.value == pytest.approx(-5.4)
    assert change.low < -5.4 < change.high < 0
    again = formcheck.compare(*(formcheck.read_report(tmp_path / name) for name in ("early", "late")))["cadence_spm"]
    assert (again.value, again.low, again.high) == pytest.approx((change.value, change.low, change.high), abs=1e-5)


def test_clips_without_contacts_are_compared_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For walkers from behind, and with the feet out of the picture, the cadence is known but no contacts."""
    there = full(tmp_path / "run.mp4")
    away = replace(there, trial=replace(there.trial, gait=replace(there.trial.gait, contacts=(), toe_offs=())))
    monkeypatch.setattr(pipeline, "analyze", lambda *_: away)
    report = formcheck.analyze("run.mp4")
    report.save(tmp_path / "out", video=False)
    for one in (report, formcheck.read_report(tmp_path / "out")):
        assert one.contacts == ()
        assert formcheck.compare(one, one)["cadence_spm"].value == 0


def otherwise(report: formcheck.Report, **changed: Any) -> formcheck.Report:
    """The same report, filmed or read in another way."""
    content = report.to_json()
    rows = {key: content[key] | value if isinstance(value, dict) else value for key, value in changed.items()}
    return formcheck.Report(content | rows, report._files)


def test_clips_filmed_alike_are_compared_without_a_word(made: formcheck.Report) -> None:
    assert formcheck.compare(made, made).differences == ()


@pytest.mark.parametrize(
    ("changed", "key", "reason"),
    [
        ({"model": "lite"}, "model", "other_model"),
        ({"activity": "walking"}, "activity", "other_activity"),
        ({"view": {"name": "rear"}}, "view", "other_view"),
    ],
)
def test_what_was_filmed_otherwise_is_not_compared_and_the_difference_is_told(
    made: formcheck.Report, changed: dict[str, Any], key: str, reason: str
) -> None:
    changes = formcheck.compare(made, otherwise(made, **changed))
    assert [row.key for row in changes.differences] == [key]
    assert changes["trunk_lean_deg"].missing == reason


@pytest.mark.parametrize(
    ("seen", "key"),
    [
        ({"facing": "left"}, "facing"),
        ({"yaw_deg": 20.0}, "yaw"),
        ({"elevation_deg": -14.0}, "elevation"),
        ({"roll_deg": 9.0}, "roll"),
        ({"camera_stays": True}, "camera_stays"),
    ],
)
def test_a_camera_seen_to_stand_elsewhere_was_set_up_again(
    made: formcheck.Report, seen: dict[str, Any], key: str
) -> None:
    before = otherwise(made, view={"yaw_deg": 0.0, "elevation_deg": 0.0, "roll_deg": 0.5, "camera_stays": False})
    changes = formcheck.compare(before, otherwise(before, view=seen))
    assert [row.key for row in changes.differences] == [key]
    assert changes["cadence_spm"] == formcheck.compare(before, before, refilmed=True)["cadence_spm"]
    assert changes["cadence_spm"].high > formcheck.compare(before, before)["cadence_spm"].high


def test_a_measure_that_only_another_version_knows_is_not_compared(read: formcheck.Report) -> None:
    measured = read.to_json()["measurements"]
    old = otherwise(read, measurements={"lightness": measured["cadence_spm"]})
    assert "lightness" in old
    assert "lightness" not in formcheck.compare(old, old)


def test_reports_that_cannot_be_compared_say_so(made: formcheck.Report) -> None:
    views = otherwise(made, together=["side.mp4", "rear.mp4"])
    with pytest.raises(formcheck.NotUnderstoodError, match="a report on several views"):
        formcheck.compare(views, made)
    content = made.to_json()
    for part, key in (("view", "camera_stays"), ("settings", "shoes"), ("video", "fps")):
        old = content | {part: {name: value for name, value in content[part].items() if name != key}}
        with pytest.raises(formcheck.UnreadableInputError, match=f"run.mp4: .*another version.*{key}"):
            formcheck.compare(made, formcheck.Report(old, made._files))


def test_changes_show_themselves_in_a_few_lines(made: formcheck.Report) -> None:
    names = ["cadence_spm", "trunk_lean_deg", "head_drop_deg"]
    away = formcheck.api.of(full(made.video, 160.0))
    shown = repr(formcheck.compare(made, away))
    assert "  cadence_spm -11.4 (" in shown
    assert shown.endswith("compared, 1 changed by more than the error>")
    assert repr(formcheck.compare(made, made)).startswith("<Changes: Both are one and the same clip.")
    assert "heavy, then lite" in repr(formcheck.compare(made, otherwise(made, model="lite")))
    many = Changes([Change(f"{name}_{i}", name, "°", 2, 1, 3) for i in range(9) for name in names], ())
    assert len(repr(many).splitlines()) <= 11
    assert "and 19 more" in repr(many)


def test_it_shows_itself_in_a_dozen_lines_and_in_a_notebook(made: formcheck.Report) -> None:
    shown = repr(made)
    assert len(shown.splitlines()) <= 13
    assert max(map(len, shown.splitlines())) < 120
    assert "cadence_spm 171.4" in shown
    assert made.summary.verdict in " ".join(shown.split())
    assert html.escape(made.summary.verdict) in made._repr_html_()
    assert all(told.how_much in shown for told in made.summary.told)
    assert "emergency department" in made._repr_html_()
    assert "Cadence" in made._repr_html_()
    evil = made.to_json() | {"video": made.to_json()["video"] | {"path": "/x/<img src=x>.mp4"}}
    page = formcheck.Report(evil, made._files)._repr_html_()
    assert "<img" not in page
    assert html.escape("<img src=x>.mp4") in page


def test_numbers_have_as_many_decimals_as_everywhere(tmp_path: Path) -> None:
    shown = [builders.measured("speed_m_s", 2.876, 0.034), builders.measured("trunk_lean_deg", -0.04, 0.5)]
    report = formcheck.api.of(builders.report(*shown, trial=builders.trial(path=tmp_path / "run.mp4")))
    assert "<td>2.88</td><td>2.84 to 2.91</td><td>m/s</td>" in report._repr_html_()
    assert "<td>0.0</td><td>-0.5 to 0.5</td>" in report._repr_html_()
    assert "trunk_lean_deg 0.0 (-0.5 to 0.5) °" in repr(report)


@pytest.mark.parametrize("number", [np.int64(178), np.float32(178), Fraction(178), Decimal(178), np.array(178)])
def test_any_number_is_held_as_a_plain_one(number: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "analyze", lambda path, options, _: replace(full(path), options=options))
    said: dict[str, Any] = {"height_cm": number, "person": number, "workers": np.int8(2), "blur_face": np.bool_(True)}
    made = formcheck.analyze(tmp_path / "run.mp4", start=number, **said)
    assert json.loads(json.dumps(made.to_json()["settings"]))["height_cm"] == 178
    assert made.made is not None
    held = made.made.options
    assert [type(v) for v in (held.height_cm, held.person, held.blur_face, held.start)] == [float, int, bool, float]
    assert made.save(tmp_path / "results", video=False)


def test_a_single_format_needs_no_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "analyze", lambda path, options, _: replace(full(path), options=options))
    made = formcheck.analyze(tmp_path / "run.mp4", export="csv").save(tmp_path / "results", video=False)
    assert (made / "angles.csv").exists()


@pytest.mark.parametrize("whence", ["made", "read"])
@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda report: pickle.loads(pickle.dumps(report))])
def test_a_report_can_be_copied_and_sent_to_another_process(
    whence: str, again: Callable[[Any], Any], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    report = request.getfixturevalue(whence)
    other = again(report)
    assert (repr(other), other.to_json()) == (repr(report), report.to_json())
    assert other.steps()["side"] == report.steps()["side"]
    other.save(tmp_path / "copy", video=False)
    assert formcheck.read_report(tmp_path / "copy").to_json() == report.to_json()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"height_cm": 17}, "`height_cm=17`: must be between 80 and 250"), ({"model": "huge"}, "is not one of lite"),
        ({"slowmo": 4, "capture_fps": 120}, "say the same thing"), ({"start": 5, "end": 3}, "must come after"),
        ({"person": 0}, "counted from 1"), ({"view": "above"}, "is not one of auto"), ({"start": -1}, "seconds from"),
        ({"speed_kmh": float("nan")}, "must be between"), ({"height_cm": "178"}, "wrong type"),
        ({"start": None}, "wrong type"), ({"model": ["lite"]}, "wrong type"), ({"person": 1.5}, "not a whole number"),
        ({"workers": float("inf")}, "not a whole number"), ({"fps": np.array([30, 60])}, "wrong type"),
        ({"every_frame": "no"}, "not true or false"), ({"blur_face": 2}, "not true or false"),
        ({"height_cm": 10**400}, "`height_cm` has the wrong type"), ({"end": Decimal("sNaN")}, "`end` has the wrong"),
        ({"cache": None}, "`cache` has the wrong type"), ({"view": None}, "`view` has the wrong type"),
        ({"export": None}, "`export` has the wrong type"), ({"export": [["csv"]]}, "is not one of csv"),
        ({"standing": (1, 3)}, "neither seconds"), ({"standing": True}, "neither seconds"),
        ({"standing": -2}, "a second or more"), ({"standing": float("nan")}, "neither seconds"),
        ({"keypoints": np.zeros((100, 33, 2))}, "not the name of a file"), ({"keypoints": "a\0b"}, "not the name"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused_by_their_own_names(said: dict[str, object], why: str) -> None:
    with pytest.raises(formcheck.NotUnderstoodError, match=why):
        formcheck.analyze("run.mp4", **said)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [["a.mp4", "b.mp4"], 3, {}, "a\0.mp4", b"a\0.mp4"])
def test_what_names_no_file_is_refused(name: Any, made: formcheck.Report) -> None:
    for use in (formcheck.analyze, formcheck.read_report, made.save):
        with pytest.raises(formcheck.NotUnderstoodError, match="is not the name of a file or folder"):
            use(name)


def test_what_is_no_report_and_nobodys_name_is_refused(made: formcheck.Report) -> None:
    other: Any = "results/run"
    with pytest.raises(formcheck.NotUnderstoodError, match="is not a report"):
        formcheck.compare(made, other)
    with pytest.raises(formcheck.NotUnderstoodError, match="is not a name"):
        formcheck.athlete(other.find("run"))


def test_names_may_be_bytes_as_elsewhere_in_python(made: formcheck.Report, tmp_path: Path) -> None:
    folder: Any = bytes(tmp_path / "results")
    assert made.save(folder, video=False) == tmp_path / "results"
    assert formcheck.read_report(folder) == made


USER = """\
import formcheck


def told(report: formcheck.Report) -> tuple[str, formcheck.LeftRight, formcheck.Change, formcheck.AgainstStanding]:
    return report.warnings[0], report.left_right["a"], report.trends["a"], report.standing["a"]


formcheck.analyse("run.mp4")
"""


@pytest.mark.slow
def test_a_type_checker_knows_what_a_report_holds_and_finds_a_misspelt_name(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(USER, encoding="utf-8")
    alone = ("--strict", "--follow-imports=silent", "--no-site-packages", "--ignore-missing-imports")
    call = [sys.executable, "-m", "mypy", *alone, "--cache-dir", str(tmp_path), "mine.py"]
    done = subprocess.run(
        call, cwd=tmp_path, env={**os.environ, "MYPYPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert [*re.findall("error: (.*?)[;[]", done.stdout)] == ['Module has no attribute "analyse"'], done.stdout


def test_a_report_read_by_a_relative_name_survives_a_change_of_folder(
    read: formcheck.Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read.save(tmp_path / "kept", video=False)
    monkeypatch.chdir(tmp_path)
    found = formcheck.read_report("kept")
    monkeypatch.chdir("/")
    assert found.steps().rows == read.steps().rows


@pytest.mark.usefixtures("read")
def test_what_is_no_report_is_refused(tmp_path: Path) -> None:
    with pytest.raises(formcheck.UnreadableInputError, match="cannot be read"):
        formcheck.read_report(tmp_path / "nowhere" / "report.json")
    for other in ("no-such-run", "steps.csv", "other.json"):
        with pytest.raises(formcheck.UnreadableInputError):
            formcheck.read_report(tmp_path / "results" / other)
    good = json.loads((tmp_path / "results" / "report.json").read_text(encoding="utf-8"))
    for key, value in (
        ("measurements", []),
        ("findings", 3),
        ("summary", None),
        ("video", None),
        ("contacts", [{}]),
        ("notice", {}),
        ("model", "turbo"),
    ):
        (tmp_path / "results" / "report.json").write_text(json.dumps(good | {key: value}), encoding="utf-8")
        with pytest.raises(formcheck.UnreadableInputError, match="analyse the clip again"):
            formcheck.read_report(tmp_path / "results")
    (tmp_path / "results" / "report.json").write_text(json.dumps(good), encoding="utf-8")
    (tmp_path / "results" / "steps.csv").write_text("step,time_s\nx\n", encoding="utf-8")
    with pytest.raises(formcheck.UnreadableInputError, match="damaged"):
        formcheck.read_report(tmp_path / "results").steps()
    for content in ("[]", '{"schema": "formcheck-plan/1"}'):
        (tmp_path / "results" / "report.json").write_text(content, encoding="utf-8")
        with pytest.raises(formcheck.UnreadableInputError, match="not a formcheck report"):
            formcheck.read_report(tmp_path / "results")


def test_the_keywords_are_the_options_of_the_command_line() -> None:
    import inspect  # noqa: PLC0415

    from formcheck.cli import analyze as command  # noqa: PLC0415

    keywords = set(inspect.signature(formcheck.analyze).parameters) - {"video", "progress"}
    assert keywords == set(Options.__dataclass_fields__)
    own = {"videos", "folder", "fatigue", "together", "no_video", "full", "as_json", "quiet"}
    own |= {"athlete", "session", "date", "note", "shoes"}  # what the history keeps
    assert {param.name for param in command.params} - own == keywords


@pytest.mark.slow
def test_a_real_clip_through_the_face(tmp_path: Path) -> None:
    begin = time.perf_counter()
    told: list[str] = []
    report = formcheck.analyze(
        ROOT / "sample_videos" / "neutral.mp4", model="lite", end=4.0, cache=False,
        progress=lambda stage, *_: told.append(stage),
    )  # fmt: skip
    assert 160 < report["cadence_spm"].value < 185
    report.save(tmp_path / "run")
    assert (tmp_path / "run" / "annotated.mp4").stat().st_size > 100_000
    assert {"reading"} <= set(told) <= {"reading", "comparing pictures"}
    assert time.perf_counter() - begin < 300
