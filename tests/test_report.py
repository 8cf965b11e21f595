"""What is written is complete, valid, in file time, never NaN, and reads well at 80 columns."""

from __future__ import annotations

import csv
import errno
import json
import os
import shlex
from dataclasses import replace
from io import StringIO
from math import nan
from pathlib import Path
from typing import Any, get_args

import jsonschema
import numpy as np
import pytest
import schemas
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

import builders
from formcheck import datatypes, knowledge
from formcheck.datatypes import (
    AgainstStanding,
    Bout,
    Change,
    FormcheckError,
    Measurement,
    Person,
    Repairs,
    Report,
    StepValue,
    View,
)
from formcheck.files import replacing, write_text
from formcheck.landmarks import BLAZEPOSE
from formcheck.page.report import report_html, seen_of
from formcheck.report import (
    FORMS,
    frames_csv,
    json_text,
    next_step,
    steps_csv,
    summary,
    to_json,
    to_text,
)
from formcheck.report.tables import ROWS, _cell, _cells
from formcheck.report.terminal import as_typed
from formcheck.report.zero import zero_rows
from formcheck.versus import Changes, conditions, fatigue_json
from formcheck.words import REPAIR_NAMES

GOLDEN = {form: Path(__file__).parent / "data" / f"{form}.txt" for form in FORMS}
SCHEMA = schemas.SCHEMAS["formcheck-report/1"]


def full_report(*more: Measurement) -> Report:
    """One finding of every level, a warning, repairs, two people; more: further measurements."""
    trial = builders.trial()
    track = replace(trial.track, repairs=Repairs(12, 30, 5), person=Person(1, 2, "the one who runs longest"))
    return builders.report(
        builders.measured("trunk_lean_deg", 10.4, 1.2),
        builders.measured("overstride_pct_leg", 33.1, 1.4),
        builders.measured("shin_angle_deg", 14.2, 1.1),
        builders.measured("cadence_spm", 176.4),
        builders.measured("shoulder_hunch_deg", 40.0, 2.0),
        *more,
        trial=replace(trial, track=track),
        warnings=("The camera is tilted by about 1.2°; angles are corrected for it.",),
        comparisons=builders.comparisons(),
    )


def crowded_report() -> Report:
    """More findings worth acting on than are shown."""
    report = full_report(builders.measured("head_pitch_deg", 40.0), builders.measured("waist_bend_deg", 20.0))
    return replace(report, bouts=(Bout(report.trial, report.measurements),))


def odd_reports() -> list[Report]:
    trial = builders.trial()
    unknown = replace(trial.video, fps=nan, frames=None, duration_s=None)
    return [
        full_report(),
        builders.report(),
        Report(trial, (), ()),
        builders.report(trial=replace(trial, video=unknown)),
        builders.report(builders.measured("cadence_spm", 150), trial=builders.trial(slow_motion_factor=8.0)),
        builders.report(replace(builders.measured("trunk_lean_deg", 12.0, 0.0, n=1), spread=nan)),
        builders.report(trial=builders.trial(path=Path("clips/läufer [bold] \udcff\x1b[31m.mp4"))),
    ]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


@pytest.mark.parametrize("report", odd_reports())
def test_every_report_follows_the_published_schema(report: Report) -> None:
    schemas.validate(json.loads(json_text(report)))
    assert json_text(report).encode("utf-8")


def test_the_schema_describes_every_field_and_nothing_that_is_never_written() -> None:
    schemas.described(to_json(crowded_report()))


def test_two_clips_compared_follow_their_schema() -> None:
    report = crowded_report()
    content = to_json(report)
    changes = Changes(
        (c for c in report.comparisons if isinstance(c, Change)),
        conditions(content, content | {"surface": "overground"}),
    )
    both = fatigue_json([content, content], changes)
    for document in (both, fatigue_json([], None)):
        schemas.validate(document)
    schemas.described(both)


@pytest.mark.parametrize(
    ("path", "literal"),
    [
        (("properties", "view", "properties", "name"), datatypes.ViewName),
        (("properties", "view", "properties", "facing"), datatypes.Facing),
        (("properties", "activity"), datatypes.Activity),
        (("properties", "surface"), datatypes.Surface),
        (("$defs", "event", "properties", "side"), datatypes.Side),
        (("$defs", "finding", "properties", "level"), datatypes.Level),
    ],
)
def test_the_schema_lists_the_same_words_as_the_code(path: tuple[str, ...], literal: Any) -> None:
    part: Any = SCHEMA
    for key in path:
        part = part[key]
    assert tuple(part["enum"]) == get_args(literal)


def test_a_report_with_a_bare_nan_or_an_unknown_field_breaks_the_schema() -> None:
    good = to_json(full_report())
    missing = good["measurements"]["waist_bend_deg"]
    for bad in (
        good | {"score": 87},
        good | {"measurements": {"waist_bend_deg": missing | {"missing": None}}},
        good | {"measurements": {"waist_bend_deg": missing | {"value": 0.0}}},
        good | {"findings": [good["findings"][-1] | {"value": 0.0}]},
    ):
        with pytest.raises(jsonschema.ValidationError):
            schemas.validate(bad)


def test_event_times_can_be_found_in_a_slowed_down_file() -> None:
    real, slow = (to_json(builders.report(trial=builders.trial(factor))) for factor in (1.0, 8.0))
    for kind in ("contacts", "toe_offs"):
        for a, b in zip(real[kind], slow[kind], strict=True):
            assert b["time_s"] == pytest.approx(8 * a["time_s"])
            assert b["sd_s"] == pytest.approx(8 * a["sd_s"])
            assert b["frame"] == a["frame"]


def test_what_is_missing_is_null_with_a_reason() -> None:
    plain = to_json(builders.report(trial=replace(builders.trial(), video=odd_reports()[3].trial.video)))
    assert plain["video"]["fps"] is None
    assert set(plain["video"]["missing"]) == {"fps", "frames", "duration_s"}
    for measurement in plain["measurements"].values():
        assert measurement["value"] is None
        assert measurement["missing"].startswith("this can only be seen from")
    for finding in plain["findings"]:
        assert (finding["value"], finding["limit"], finding["level"]) == (None, None, "not_measured")
        assert finding["detail"]


@given(st.floats(allow_nan=True, allow_infinity=True), st.floats(allow_nan=True, allow_infinity=True))
def test_no_nan_or_infinity_ever_reaches_the_file(spread: float, confidence: float) -> None:
    report = builders.report(replace(builders.measured("trunk_lean_deg", 7.0), spread=spread))
    gait = replace(report.trial.gait, view=replace(report.trial.gait.view, confidence=confidence))
    text = json_text(replace(report, trial=replace(report.trial, gait=gait)))
    assert json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} in the report"))


def test_steps_table_has_one_row_per_step_with_its_toe_off_and_values() -> None:
    contacts = builders.trial().gait.contacts
    lean = tuple(StepValue(c.time_s + 0.1, c.side, 10.0 + i) for i, c in enumerate(contacts[:4]))
    report = builders.report(
        builders.measured("trunk_lean_deg", 11.5, steps=(StepValue(0.0, "left", 99.0), *lean)),
        trial=builders.trial(slow_motion_factor=4.0),
    )
    table = rows(steps_csv(report))
    assert [row["side"] for row in table] == ["left", "right", "left", "right", "left"]
    assert [float(row["time_s"]) for row in table] == pytest.approx([4 * c.time_s for c in contacts])
    assert [row["toe_off_time_s"] for row in table] == ["1.6000", "3.0000", "4.4000", "5.8000", ""]
    assert [row["trunk_lean_deg"] for row in table] == ["10.000", "11.000", "12.000", "13.000", ""]
    assert {row["cadence_spm"] for row in table} == {""}


def test_a_toe_off_is_never_taken_from_a_later_step() -> None:
    trial = builders.trial()
    gait = replace(trial.gait, toe_offs=trial.gait.toe_offs[2:])
    table = rows(steps_csv(builders.report(trial=replace(trial, gait=gait))))
    assert [bool(row["toe_off_time_s"]) for row in table] == [False, False, True, True, False]


def test_of_two_toe_offs_in_a_step_the_first_counts() -> None:
    trial = builders.trial()
    doubled = tuple(replace(e, time_s=e.time_s + late) for e in trial.gait.toe_offs for late in (0.0, 0.1))
    gait = replace(trial.gait, toe_offs=doubled)
    table = rows(steps_csv(builders.report(trial=replace(trial, gait=gait))))
    assert table == rows(steps_csv(builders.report(trial=trial)))


def test_frames_table_names_every_landmark_and_leaves_the_unseen_empty() -> None:
    trial = replace(builders.trial(2.0), track=replace(builders.track(frames=5), frames=np.arange(90, 95)))
    text = "".join(frames_csv(builders.report(trial=trial)))
    table = rows(text)
    assert len(table[0]) == 2 + 3 * len(BLAZEPOSE.names)
    assert [row["frame"] for row in table] == ["90", "91", "92", "93", "94"]
    assert table[3]["time_s"] == "0.2000"
    assert (table[0]["nose_x"], table[0]["nose_y"], table[0]["nose_confidence"]) == ("", "", "0.00")
    assert (table[0]["left_hip_x"], table[0]["left_hip_y"]) == (f"{10.0 * BLAZEPOSE.index['left_hip']:.2f}", "20.00")
    assert "nan" not in text
    assert "\r" not in text


NUMBERS = st.floats(-1e5, 1e5) | st.integers(-(10**7), 10**7).map(lambda n: n / 1000) | st.sampled_from([nan, -0.001])


@given(st.lists(st.lists(NUMBERS, min_size=3, max_size=3), min_size=1, max_size=5), st.sampled_from([0, 2, 4]))
def test_cells_written_together_are_those_python_writes(table: list[list[float]], decimals: int) -> None:
    written = _cells(np.array(table), decimals)
    lines = [row.tobytes().replace(b"\0", b"").decode() for row in written]
    assert lines == ["".join(f"{_cell(value, decimals)}," for value in row) for row in table]


def test_a_table_of_frames_is_one_however_many_pieces_it_comes_in() -> None:
    trial = replace(builders.trial(), track=builders.track(frames=2 * ROWS + 7))
    head, *pieces = frames_csv(builders.report(trial=trial))
    assert [piece.count("\n") for piece in (head, *pieces)] == [1, ROWS, ROWS, 7]
    assert [int(row["frame"]) for row in rows("".join((head, *pieces)))] == list(range(2 * ROWS + 7))


@pytest.mark.parametrize("form", FORMS)
def test_terminal_report_reads_as_agreed(form: str) -> None:
    """After an intended change, run this file as a script to write the texts again, and read them."""
    assert to_text(full_report(), form=form) == GOLDEN[form].read_text("utf-8")


@pytest.mark.parametrize("report", [*odd_reports(), crowded_report()])
@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("form", FORMS)
def test_terminal_report_fits_and_holds_no_control_characters(report: Report, width: int, form: str) -> None:
    text = to_text(report, width, form)
    assert all(len(line) <= width for line in text.splitlines())
    assert all(c.isprintable() or c == "\n" for c in text)
    joined = " ".join(text.split())
    assert summary(report).verdict in joined
    assert (knowledge.texts().red_flags in joined) == (form == "full")
    assert (knowledge.texts().not_a_diagnosis in joined) == (form == "full")
    assert (knowledge.texts().red_flags_short in joined) == (form == "screen")
    assert "nan" not in text.split()


class Legacy(StringIO):
    """A pipe that knows no box drawing."""

    encoding = "cp1252"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("file", [Legacy(), StringIO()], ids=["code page", "UTF-8"])
def test_terminal_report_survives_a_pipe_that_knows_no_box_drawing(form: str, file: StringIO) -> None:
    console = Console(file=file, width=80)
    with console.capture() as capture:
        console.print(FORMS[form](full_report()))
    text = capture.get()
    assert text.encode(file.encoding or "utf-8")
    assert "\x1b" not in text
    if form != "short":
        assert ("[##" in text, "├▓▓" in text) == ((True, False) if file.encoding else (False, True))


@pytest.mark.parametrize("form", FORMS)
def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    console = Console(file=StringIO(), width=80, force_terminal=True)
    with console.capture() as capture:
        console.print(FORMS[form](full_report()))
    assert "\x1b[31m" not in capture.get()
    assert ";31m" not in capture.get()


def lines_of_screen(report: Report) -> int:
    """Lines of terminal: the report, the next command, where the files are, and the prompt after it.

    24 are the usual height.
    """
    folder = Path("formcheck-results/morning-run")
    said = to_text(report, form="screen") + next_step(report, folder) + f"\nLook at it: {folder / 'report.html'}\n$"
    return len(said.splitlines())


FROM_THE_SIDE = [
    {"trunk_lean_deg": 20.0}, {"waist_bend_deg": 15.0}, {"overstride_pct_leg": 34.0, "shin_angle_deg": 14.0},
    {"cadence_spm": 150.0}, {"shoulder_hunch_deg": 45.0}, {"head_pitch_deg": 40.0},
    {"trunk_rocking_deg": 14.0, "stride_variability_pct": 6.0}, {"trailing_thigh_deg": 5.0, "waist_bend_deg": 9.0},
    {"trunk_lean_deg_trend": 5.0}, {"contact_time_ms_left_right": 15.0},
]  # fmt: skip


@pytest.mark.parametrize("found", FROM_THE_SIDE, ids=lambda found: next(iter(found)))
@pytest.mark.parametrize("speed_known", [True, False])
def test_a_runner_with_one_finding_reads_one_screen(found: dict[str, float], speed_known: bool) -> None:
    left_out = builders.FROM_BEHIND if speed_known else ("speed_m_s", *builders.FROM_BEHIND)
    values = {name: value for name, value in builders.FINE.items() if name not in left_out} | found
    close = {"head_pitch_deg": builders.measured("head_pitch_deg", 18.0, 6.0)} if "head_pitch_deg" not in found else {}
    report = builders.report(
        *({name: builders.measured(name, value) for name, value in values.items()} | close).values()
    )
    told = len(summary(report).told)
    assert told == 1 + (speed_known and "trailing_thigh_deg" in found)  # a bend at the waist is a finding of its own
    caveat = "cadence_spm" in found  # what is usual differs with speed and height: a line more
    assert lines_of_screen(report) <= 24 + caveat + 6 * (told - 1)


@pytest.mark.parametrize("found", [{"trunk_sway_deg": 9.0}, {"step_width_pct_leg": -5.0}])
def test_so_does_one_who_is_seen_from_behind(found: dict[str, float]) -> None:
    values = {name: builders.FINE[name] for name in (*builders.FROM_BEHIND, "cadence_spm")} | found
    report = builders.report(*(builders.measured(name, value) for name, value in values.items()))
    view = View("rear", "away", 0.9)
    report = replace(report, trial=replace(report.trial, gait=replace(report.trial.gait, view=view)))
    assert len(summary(report).told) == 1
    assert lines_of_screen(report) <= 24


@pytest.mark.parametrize(("cadence", "level"), [(164.5, "borderline"), (154.0, "watch")])
def test_nothing_is_advised_on_what_is_too_close_to_call(cadence: float, level: str) -> None:
    report = builders.report(builders.measured("cadence_spm", cadence, half=2.0))
    assert report.findings[0].level == level
    assert ("Try first" in to_text(report)) == (level == "watch")


def test_at_most_three_findings_are_told_on_the_screen() -> None:
    text = to_text(crowded_report(), form="screen")
    assert text.count("How much") == 3
    assert "Also          Shoulders" in text


def test_a_file_name_is_shown_as_it_is_not_as_markup() -> None:
    assert "läufer [bold]" in to_text(builders.report(trial=builders.trial(path=Path("läufer [bold].mp4"))))


def test_changes_are_rounded_as_their_ends_are_and_have_sign_and_unit(tmp_path: Path) -> None:
    change = Change(
        "contact_time_ms", "Contact time", "ms", 12.4, 3.0, 21.8, 24,
        before=250.2, after=262.6, before_interval=(230.0, 270.4), after_interval=(240.0, 290.0),
    )  # fmt: skip
    zero = AgainstStanding(
        "trunk_lean_deg", "Trunk lean", "°", -0.04, -1.0, 0.9, 24,
        running=6.96, standing=7.0, running_interval=(4.96, 8.96), standing_interval=(4.0, 10.0),
    )  # fmt: skip
    report = replace(builders.report(), comparisons=(change, zero))
    shown = "from 250 ± 20 ms at the start to 263 ms (240 to 290) at the end: <b>+12 ms</b> (3 to 22)"
    assert shown in report_html(report, tmp_path)
    assert [row["value"] for row in zero_rows(report)] == ["0.0°"]
    assert [(row["standing"], row["running"]) for row in zero_rows(report)] == [("7.0 ± 3.0°", "7.0 ± 2.0°")]


def test_slow_motion_is_said_at_the_top() -> None:
    head = to_text(builders.report(trial=builders.trial(slow_motion_factor=8.0))).split("What we found")[0]
    assert "slowed down 8x" in head
    assert "slowed" not in to_text(full_report())


def test_steps_are_seen_in_as_many_seconds_of_real_time_on_the_page_as_in_the_terminal() -> None:
    report = builders.report(trial=builders.trial(slow_motion_factor=4.0))
    for said in (seen_of(report), *(" ".join(to_text(report, 120, form).split()) for form in ("screen", "full"))):
        assert f"{len(report.contacts)} steps in 2.0 s, slowed down 4x" in said


def test_a_clip_played_too_fast_is_called_sped_up() -> None:
    head = to_text(builders.report(trial=builders.trial(slow_motion_factor=0.5))).split("What we found")[0]
    assert "sped up 2x" in " ".join(head.split())
    assert "slowed" not in head


def test_the_length_at_the_top_is_of_the_part_that_was_analysed() -> None:
    trial = builders.trial()
    part = replace(trial, video=replace(trial.video, duration_s=10.5))
    later = replace(part, track=replace(part.track, time_s=part.track.time_s + 3))
    assert "in 2.0 s (0.0 to 2.0 s of the file)" in to_text(builders.report(trial=part), 120)
    assert "in 2.0 s (3.0 to 5.0 s of the file)" in to_text(builders.report(trial=later), 120)
    assert "of the file" not in to_text(builders.report(trial=trial), 120)


def stretches(report: Report, *spans: tuple[float, float, str]) -> Report:
    """The report of a clip with these stretches, from and until when and facing where, all used."""
    trial = report.trial

    def bout(begin_s: float, end_s: float, facing: Any) -> Bout:
        track = trial.track.between(*np.searchsorted(trial.track.time_s, [begin_s, end_s]).tolist())
        contacts = tuple(e for e in trial.gait.contacts if begin_s <= e.time_s < end_s)
        gait = replace(trial.gait, view=replace(trial.gait.view, facing=facing), contacts=contacts)
        return Bout(replace(trial, track=track, gait=gait), report.measurements)

    return replace(report, bouts=tuple(bout(*span) for span in spans))


def test_steps_are_said_to_be_counted_in_the_part_that_they_come_from() -> None:
    part, whole = (stretches(builders.report(), (0.0, end_s, "right")) for end_s in (1.5, 2.0))
    for said in (seen_of(part), to_text(part, 120), to_text(part, 120, "screen")):
        assert "4 steps in 1.5 of 2.0 s" in said
    assert "5 steps in 2.0 s" in seen_of(whole)


def test_the_method_speaks_of_all_stretches_that_are_used(tmp_path: Path) -> None:
    both = stretches(builders.report(), (0.0, 0.8, "right"), (0.8, 2.0, "left"))
    page = report_html(both, tmp_path)
    assert f"{len(both.contacts)} initial contacts" in page
    assert len(both.contacts) > len(both.used[0].trial.gait.contacts)
    for said in (page, to_text(both, 120)):
        assert "seen from the side, facing right and left" in said


def test_what_was_seen_ends_at_the_same_time_all_over_the_page(tmp_path: Path) -> None:
    trial = builders.trial()
    part = replace(trial, video=replace(trial.video, duration_s=9.0), track=builders.track(frames=65))
    assert report_html(builders.report(trial=part), tmp_path).count("0.0 to 2.2 s of the file") == 2


def test_one_of_anything_is_singular(tmp_path: Path) -> None:
    trial = builders.trial()
    once = replace(trial, track=replace(trial.track, repairs=Repairs(1, 1, 1, 1, 1)))
    report = builders.report(builders.measured("trunk_lean_deg", 7.0, n=1), trial=once)
    for text in (report_html(report, tmp_path), " ".join(to_text(report).split())):
        assert "1 frame with left and right legs swapped back, 1 stray point removed, 1 point bridged" in text
        assert "1 doubtful point dropped, 1 cut or jump to another person" in text
        assert "1 steps" not in text


def test_the_page_says_what_a_number_is_of_and_why_it_counts_as_it_does(tmp_path: Path) -> None:
    report = builders.report(
        builders.measured("shoulder_hunch_deg", 31.2, 5.0),
        builders.measured("overstride_pct_leg", 44.0, 3.0),
        builders.measured("cadence_off_expected_pct", -6.0, 4.0),
        builders.measured("waist_bend_deg", 2.0),
    )
    page = report_html(report, tmp_path)
    assert "31.2° (26.2 to 36.2); usual: up to 30°; surely below 44°, and may be usual<" in page
    assert "only 1 of 4 measures clearly agrees; 2 are needed" in page
    assert (
        "<span>Foot ahead of the hips at contact: 44.0% of leg length (41.0 to 47.0); usual: up to 25%; only 1" in page
    )
    assert "<span>Cadence against expected: -6.0% (" in page
    assert "<b>Bend at the waist</b> <span>2.0° (" in page
    assert ">fine or watch<" in page


@pytest.mark.parametrize("compared", [True, False])
def test_the_page_refers_to_a_table_of_both_legs_only_where_there_is_one(tmp_path: Path, compared: bool) -> None:
    steps = tuple(StepValue(e.time_s, e.side, 14.0) for e in builders.trial().gait.contacts)
    shin = builders.measured("shin_angle_deg", 14.0, steps=steps)
    page = report_html(builders.report(shin, comparisons=builders.comparisons() if compared else ()), tmp_path)
    assert page.count("camera sees them differently") == page.count('class="sides"') > 1
    assert ("the table below allows for that" in page) == compared


def test_from_behind_no_leg_is_nearer(tmp_path: Path) -> None:
    trial = builders.trial()
    behind = replace(trial, gait=replace(trial.gait, view=View("rear", "away", 0.9)))
    page = report_html(builders.report(builders.measured("trunk_sway_deg", 2.0), trial=behind), tmp_path)
    assert 'class="sides"' in page
    assert "camera sees them differently" not in page


def test_what_to_do_next_is_said_where_there_is_something_to_do() -> None:
    assert next_step(full_report(), Path("out/clip")) == "To work on it: formcheck plan out/clip --symptoms interactive"
    borderline = builders.report(builders.measured("cadence_spm", 166.0, 4.0), builders.measured("trunk_lean_deg", 6.0))
    assert {finding.level for finding in borderline.findings} == {"borderline", "ok", "not_measured"}
    assert next_step(borderline, Path("clip")) == ""
    (likely,) = (replace(f, likely=0.5) for f in borderline.findings if f.level == "borderline")
    assert next_step(replace(borderline, findings=(likely,)), Path("clip")).startswith("To work on it: ")


def test_page_and_terminal_call_for_a_plan_where_one_works_on_a_finding(tmp_path: Path) -> None:
    """Also on one too close to call, if it is more likely worth watching than fine."""
    made, nothing, plan = builders.report(), "Nothing here needs work", "formcheck plan report.json"
    close = next(f for f in full_report().findings if f.level == "borderline")
    for findings, works in (
        ([], False), ([replace(close, likely=0.4)], False), ([replace(close, likely=0.5)], True)
    ):  # fmt: skip
        report = replace(made, measurements=full_report().measurements, findings=tuple(findings))
        page = report_html(report, tmp_path)
        assert (plan in page, nothing in page, bool(next_step(report, tmp_path))) == (works, not works, works)
        assert ("more likely worth a look than fine" in page) == works


def test_the_page_leads_to_a_plan_by_the_questions_about_the_pain(tmp_path: Path) -> None:
    """What the first command writes is what the second goes by."""
    page = report_html(full_report(), tmp_path)
    first = page.index("<code>formcheck triage -o answers.json</code>")
    assert first < page.index("<code>formcheck plan report.json --symptoms answers.json</code>")


@pytest.mark.parametrize("name", ["my run's clips/läufer", "-o/clip", "[red] $(clip); :smile:", "plain"])
def test_what_to_do_next_can_be_typed_as_it_stands(name: str) -> None:
    *command, typed, asked, how = shlex.split(next_step(full_report(), Path(name)).partition(": ")[2])
    assert command == ["formcheck", "plan"]
    assert (asked, how) == ("--symptoms", "interactive")
    assert Path(typed) == Path(name)
    assert not typed.startswith("-")


def test_who_has_no_film_to_make_one_from_is_not_told_to_make_one(tmp_path: Path) -> None:
    steps = tuple(StepValue(e.time_s, e.side, 14.0) for e in builders.trial().gait.contacts)
    made = builders.report(builders.measured("shin_angle_deg", 14.0, steps=steps))
    again = "Analyse the clip again to get one."
    unseen = replace(made.trial, video=replace(made.trial.video, filmed=False))
    for report, told in ((made, True), (replace(made, trial=unseen), False)):
        page = report_html(report, tmp_path)
        assert "There is no video with this report: it was made without one." in page
        assert (again in page) == told


def test_a_name_is_quoted_as_windows_reads_it() -> None:
    for name in ("my clips\\report.json", "a&b", "run (2).mp4", "100%", "a^b", "it's", "x;y", "a,b", "a=b"):
        assert as_typed(name, windows=True) == f'"{name}"'
    for name in ("C:\\clips\\läufer_2-a.mp4", "out/clip"):
        assert as_typed(name, windows=True) == name


@pytest.mark.parametrize("name", ["a\nb.mp4", "caf\udce9", "\x1b[31m", "a\u202eb"])
def test_what_a_terminal_cannot_show_cannot_be_typed(name: str) -> None:
    assert (as_typed(name), as_typed(name, "REPORT")) == ("FILE", "REPORT")


@pytest.mark.parametrize("name", ["two\nlines", "\x1b[31m", "\udcff"])
def test_a_name_that_cannot_be_typed_is_not_given_as_a_command(name: str) -> None:
    assert next_step(full_report(), Path(name)) == ""


def test_every_repair_has_words() -> None:
    assert set(REPAIR_NAMES) == set(Repairs.__dataclass_fields__)


def test_text_is_written_with_plain_newlines_and_missing_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "läufer" / "new" / "report.json"
    write_text(path, "ä\nb\n")
    assert path.read_bytes() == "ä\nb\n".encode()
    assert [p.name for p in path.parent.iterdir()] == ["report.json"]


def test_a_link_stays_a_link_and_a_private_file_private(tmp_path: Path) -> None:
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    write_text(real, "old")
    real.chmod(0o600)
    link.symlink_to(real)
    write_text(link, "new")
    assert (link.is_symlink(), real.read_text("utf-8"), real.stat().st_mode & 0o777) == (True, "new", 0o600)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_text(pipe, "said")
    assert (os.read(reader, 10), pipe.is_fifo()) == (b"said", True)
    os.close(reader)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("bug"), OSError(errno.ENOSPC, "No space")])
def test_a_failure_keeps_the_old_file_and_leaves_nothing_behind(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")
    expected = FormcheckError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected), replacing(path) as temporary:  # noqa: PT012
        assert temporary.suffix == path.suffix
        temporary.write_text("half")
        raise error
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "remedy"), [(errno.ENOSPC, "disk is full"), (errno.EACCES, "no permission"), (errno.EIO, "I/O trouble")]
)
def test_a_failure_to_write_names_the_file_and_what_to_do(tmp_path: Path, number: int, remedy: str) -> None:
    path = tmp_path / "report.json"
    with pytest.raises(FormcheckError, match=remedy) as error, replacing(path):
        raise OSError(number, "I/O trouble")
    assert str(path) in str(error.value)


def test_a_file_in_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("")
    with pytest.raises(FormcheckError, match="there is a file where a folder is needed"):
        write_text(tmp_path / "results" / "report.json", "")
    (tmp_path / "taken.json").mkdir()
    with pytest.raises(FormcheckError, match=r"taken\.json: could not be written"):
        write_text(tmp_path / "taken.json", "")


if __name__ == "__main__":
    for form, file in GOLDEN.items():
        write_text(file, to_text(full_report(), form=form))
