"""What is exported for other programs can be read by those programs' own readers, and holds the report's numbers."""

from __future__ import annotations

import csv
import json
import math
import re
import sys
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import openpyxl
import pandas
import pyarrow.parquet as pq
import pytest
from test_bouts import a_pass, mostly_slow, one_after_another, report_of

import formcheck
import formcheck.api
from builders import every_second
from formcheck import pipeline
from formcheck.datatypes import SIDES, NotUnderstoodError, Options, Report, VideoInfo
from formcheck.export import WRITERS, write_exports
from formcheck.export.opensim import COORDINATES
from formcheck.landmarks import BODY_25
from formcheck.metrics import METRICS, series
from formcheck.metrics.series import Column
from formcheck.settings import EXPORTS, OUTPUTS
from formcheck.sheets import write_csv, write_parquet
from runner import LEG, Runner

ROOT = Path(__file__).parent.parent
VIDEO = VideoInfo(Path("=cmd|'clip'!A1.mp4"), 100_000, 2_460, 60.0, None, None)
HEIGHT_CM = 100 * LEG / 0.491
EVERYTHING = Options(height_cm=HEIGHT_CM, export=tuple(EXPORTS))
SEEN_FROM = {"side": ("hip_flexion", "knee_flexion", "trunk_lean"), "rear": ("side_lean", "shoulder_line")}


@cache
def report(view: str = "side", **said: object) -> Report:
    """A runner whose left elbow, the far one, is hidden, and for some frames the right ankle."""
    track = Runner(noise_px=1.0, overstride_m=0.1, view=view, seconds=6.0, facing=1).track()
    hidden = track.xy.copy()
    hidden[100:112, track.landmarks.index["right_ankle"]] = np.nan
    return pipeline.interpret(VIDEO, replace(track, xy=hidden), replace(EVERYTHING, **said))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("exported")
    write_exports(report(), into)
    return into


@pytest.fixture
def opensim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """OpenSim writes a log to the current folder."""
    monkeypatch.chdir(tmp_path)
    return pytest.importorskip("opensim", reason="there is no OpenSim for this Python")


def columns(of: Report | None = None) -> dict[str, Column]:
    return {column.name: column for column in series((of or report()).trial)}


def same(ours: np.ndarray, theirs: object, within: float) -> None:
    np.testing.assert_allclose(np.asarray(theirs, float), ours, atol=within)  # NaN where NaN


def test_every_format_has_its_files_and_no_other(folder: Path) -> None:
    assert set(WRITERS) == set(EXPORTS)
    assert {path.name for path in folder.iterdir()} == {name for files in EXPORTS.values() for name in files}
    assert set(OUTPUTS) > {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("export", ["docx", "", "CSV,"])
def test_a_format_that_is_not_there_is_refused(export: str) -> None:
    with pytest.raises(NotUnderstoodError, match="csv, xlsx, parquet"):
        Options(export=(export,))


def test_pandas_reads_the_angles(folder: Path) -> None:
    table = pandas.read_csv(folder / "angles.csv")
    assert list(table) == ["frame", "time_s", *columns()]
    assert len(table) == len(report().trial.track)
    assert all(kind.kind in "if" for kind in table.dtypes)
    same(report().trial.track.time_s, table["time_s"], 1e-6)
    for column in columns().values():
        same(column.values, table[column.name], 6e-4)


def test_python_has_the_same_angles_from_memory_and_from_disk(tmp_path: Path) -> None:
    made = formcheck.api.of(report(export=("csv",)))
    made.save(tmp_path / "with", video=False)
    for angles in (made.angles(), formcheck.read_report(tmp_path / "with").angles()):
        assert angles.rows == len(report().trial.track)
        same(columns()["trunk_lean_deg"].values, angles["trunk_lean_deg"], 6e-4)
    formcheck.api.of(report(export=())).save(tmp_path / "without", video=False)
    with pytest.raises(formcheck.UnreadableInputError, match="export=csv"):
        formcheck.read_report(tmp_path / "without").angles()


def test_every_stretch_that_is_measured_has_its_angles(tmp_path: Path) -> None:
    """In passes in both directions: forward is the way the runner goes, and the near arm is now one, now the other."""
    there, back = a_pass(3.0, 1), a_pass(3.0, -1)
    both = report_of(one_after_another([there, back], gap_s=2.0), export=("csv",))
    assert len(both.used) == 2
    write_exports(both, tmp_path)
    table = pandas.read_csv(tmp_path / "angles.csv")
    assert len(table) == len(both.trial.track)
    first, between, second = slice(30, 150), slice(len(there) + 5, len(there) + 110), slice(-150, -30)
    for name in ("trunk_lean_deg", "left_knee_flexion_deg"):
        assert table[name][first].notna().all()
        assert table[name][between].isna().all()
        assert table[name][second].mean() == pytest.approx(table[name][first].mean(), abs=4)
    assert table["right_elbow_angle_deg"][first].notna().all()
    assert table["left_elbow_angle_deg"][first].isna().all()
    assert table["left_elbow_angle_deg"][second].notna().all()
    landed = table["left_contact"].sum() + table["right_contact"].sum()
    assert landed == len(both.contacts)


def test_numbers_alone_need_no_mark_and_words_have_one_for_excel(folder: Path) -> None:
    assert (folder / "angles.csv").read_bytes().startswith(b"frame,time_s,")
    assert (folder / "angles.csv").read_bytes().isascii()
    assert (folder / "columns.csv").read_bytes().startswith("\ufeffcolumn,".encode())


def test_what_a_spreadsheet_would_work_out_is_held_back(tmp_path: Path) -> None:
    names = ("@x", "-1+1", "＝1", "a;=1;b", "a; -1", 'a;"=1;b', "\t=1")
    write_csv(tmp_path / "a.csv", ["who", "n"], [{"who": "=HYPERLINK(1)", "n": -3.0}, *({"who": n} for n in names)])
    rows = list(csv.reader((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()))
    read = ("'@x", "'-1+1", "'＝1", "a;'=1;b", "a; -1", "a;'\"=1;b", "'\t'=1")
    assert rows == [["who", "n"], ["'=HYPERLINK(1)", "-3"], *([name, ""] for name in read)]


@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize("begin", ["=", '"=', '""="', '";"=', "@", '";+'])
def test_no_cell_is_a_formula_where_lines_are_split_otherwise(tmp_path: Path, separator: str, begin: str) -> None:
    """Quotes then mean nothing where they enclose a cell, and enclose what they did not."""
    who = f"a{separator}{begin}1+1{separator}b"
    write_csv(tmp_path / "a.csv", ["n", "who"], [{"n": 1.0, "who": who}])
    lines = (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()
    cells = [cell.strip('"') for line in csv.reader(lines, delimiter=separator) for cell in line]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


@pytest.mark.parametrize("folder", ["s3:bucket", "hdfs:/host:1", "file:x", "run:1", "caf\udce9"])
@pytest.mark.skipif(sys.platform != "linux", reason="not every system has such names")
def test_no_folder_is_taken_for_an_address(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library that writes tables would call there."""
    monkeypatch.chdir(tmp_path)
    write_parquet(Path(folder) / "a.parquet", {"n": False}, [{"n": 1.0}])
    assert [*pandas.read_parquet(BytesIO((tmp_path / folder / "a.parquet").read_bytes()))["n"]] == [1.0]


def test_each_column_says_what_it_is_and_why_it_is_empty(folder: Path) -> None:
    table, told = pandas.read_csv(folder / "angles.csv"), pandas.read_csv(folder / "columns.csv").set_index("column")
    assert list(told.index) == list(table)
    for name in list(table)[2:]:
        assert told["unit"][name] in ("°", "%", "0 or 1")
        assert told["what"][name]
        assert table[name].isna().all() == isinstance(told["empty_because"][name], str), name
    assert told["empty_because"]["left_elbow_angle_deg"] == "the far arm is hidden behind the body"
    assert told["empty_because"]["side_lean_deg"] == "this can only be seen from behind or from the front"
    assert told["error_sd"]["trunk_lean_deg"] > 2
    assert math.isnan(told["error_sd"]["left_foot_deg"])  # about which nothing was learned


def test_excel_gets_numbers_as_numbers(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "data.xlsx")
    assert book.sheetnames == ["angles", "columns", "measures", "steps"]
    head, *rows = book["angles"].iter_rows(values_only=True)
    assert list(head) == ["frame", "time_s", *columns()]
    assert len(rows) == len(report().trial.track)
    for i, column in enumerate(columns().values(), 2):
        same(column.values, [np.nan if row[i] is None else row[i] for row in rows], 6e-4)
    measured = {row[0]: row[3] for row in book["measures"].iter_rows(min_row=2, values_only=True)}
    assert measured == {m.name: None if m.missing else pytest.approx(m.value) for m in report().measurements}
    assert book["steps"].max_row == 1 + len(report().trial.gait.contacts)


def test_arrow_reads_angles_steps_and_landmarks(folder: Path) -> None:
    angles, steps, frames = (pq.read_table(folder / name) for name in EXPORTS["parquet"])
    assert angles.num_rows == frames.num_rows == len(report().trial.track)
    for column in columns().values():
        same(column.values, angles[column.name].to_pandas(), 6e-4)
    said = angles.schema.field("right_knee_flexion_deg").metadata
    assert (said[b"unit"].decode(), said[b"positive"]) == ("°", b"flexion")
    assert steps["side"].to_pylist() == [event.side for event in report().trial.gait.contacts]
    same(report().trial.track.point("left_knee")[:, 1], frames["left_knee_y"].to_pandas(), 1e-9)


def test_angles_are_those_that_measures_are_made_of() -> None:
    """Over a stride, and at contacts, where a knee turns by a few degrees between two frames."""
    trial, of = report().trial, columns()
    time_s = trial.track.time_s
    for name in ("trunk_lean_deg", "neck_flexion_deg", "craniovertebral_deg", "head_pitch_deg"):
        steps = report().measurement(name).steps
        ends = {a.time_s: b.time_s for a, b in zip(trial.gait.contacts, trial.gait.contacts[2:], strict=False)}
        means = [of[name].smooth[(time_s >= s.time_s) & (time_s < ends[s.time_s])].mean() for s in steps]
        assert means == pytest.approx([s.value for s in steps], abs=0.25)
    for name, metric in (("knee_flexion_deg", "knee_flexion_contact_deg"), ("shank_deg", "shin_angle_deg")):
        for step in report().measurement(metric).steps:
            at_contact = np.interp(step.time_s, time_s, of[f"{step.side}_{name}"].smooth)
            assert at_contact == pytest.approx(step.value, abs=0.8)
    for side in SIDES:
        behind = [s.value for s in report().measurement("trailing_thigh_deg").steps if s.side == side]
        assert -of[f"{side}_thigh_deg"].smooth.min() == pytest.approx(max(behind), abs=0.7)
    elbow = report().measurement("elbow_angle_deg")
    assert np.nanmean(of["right_elbow_angle_deg"].values) == pytest.approx(elbow.value, abs=1.0)


@pytest.mark.parametrize("facing", [1, -1])
def test_signs_are_the_fields(facing: int) -> None:
    """A leg that has just landed: thigh and shank ahead of where they push off, knee hardly bent, trunk forward."""
    runner = Runner(lean_deg=10, overstride_m=0.2, seconds=6, facing=facing)
    of = columns(pipeline.interpret(VIDEO, runner.track(), EVERYTHING))
    for side in SIDES:
        landed, last = of[f"{side}_contact"].values == 1, of[f"{side}_stride_pct"].values
        pushing = (last > 30) & (last < 34)
        assert of[f"{side}_thigh_deg"].values[landed].mean() > 5 > -5 > of[f"{side}_thigh_deg"].values[pushing].mean()
        assert of[f"{side}_shank_deg"].values[landed].mean() > of[f"{side}_shank_deg"].values[pushing].mean()
        assert 0 < of[f"{side}_knee_flexion_deg"].values[landed].mean() < 40
        assert np.nanmax(of[f"{side}_knee_flexion_deg"].values) > 60
        hip, thigh = of[f"{side}_hip_flexion_deg"].values, of[f"{side}_thigh_deg"].values
        same(thigh + of["trunk_lean_deg"].values, hip, 1e-9)
        dorsal = of[f"{side}_ankle_dorsiflexion_deg"].values
        same(of[f"{side}_foot_deg"].values - of[f"{side}_shank_deg"].values, dorsal, 1e-9)
    assert of["trunk_lean_deg"].values.mean() > 5
    near = "right" if facing > 0 else "left"
    arm, landed = of[f"{near}_shoulder_flexion_deg"].values, of[f"{near}_contact"].values == 1
    half_later = np.abs(of[f"{near}_stride_pct"].values - 50) < 2
    assert arm[landed].mean() == pytest.approx(-20, abs=3)  # behind the trunk's line, which leans by 10
    assert arm[half_later].mean() == pytest.approx(20, abs=3)


@pytest.mark.parametrize("facing", [1, -1])
def test_a_foot_that_swings_past_the_vertical_turns_on_without_a_leap(facing: int) -> None:
    track = Runner(seconds=6, facing=facing).track()
    index, heels_up = track.landmarks.index, track.xy.copy()
    for side in SIDES:
        ankle, height = heels_up[:, index[f"{side}_ankle"]], -heels_up[:, index[f"{side}_ankle"], 1]
        lifted = (height - height.min()) / np.ptp(height)
        turn = np.radians(130) * lifted[:, None]
        for name, length in ((f"{side}_heel", -15.0), (f"{side}_foot_index", 45.0)):
            heels_up[:, index[name]] = ankle + length * np.hstack([facing * np.cos(turn), np.sin(turn)])
    of = columns(pipeline.interpret(VIDEO, replace(track, xy=heels_up), EVERYTHING))
    for side in SIDES:
        foot, ankle_deg = (of[f"{side}_{name}_deg"].values for name in ("foot", "ankle_dorsiflexion"))
        assert np.nanmin(foot) == pytest.approx(-130, abs=5)
        assert np.nanmax(foot) < 10
        assert np.nanmax(np.abs(ankle_deg)) < 90


def test_the_leg_on_the_ground_and_where_in_its_stride_it_is() -> None:
    of, gait = columns(), report().trial.gait
    for side in SIDES:
        contacts = [event.time_s for event in gait.contacts if event.side == side]
        phase, landed = of[f"{side}_stride_pct"].values, of[f"{side}_contact"].values
        assert landed.sum() == len(contacts)
        assert np.flatnonzero(landed) == pytest.approx([60 * time_s for time_s in contacts], abs=0.51)
        known = phase[np.isfinite(phase)]
        assert ((known >= 0) & (known < 100)).all()
        assert len(known) == pytest.approx(60 * (contacts[-1] - contacts[0]), abs=1)
        down = of[f"{side}_on_ground"].values
        left = np.array([event.time_s for event in gait.toe_offs if event.side == side])
        stands_s = [left[left > moment][0] - moment for moment in contacts if moment < left[-1]]
        assert np.nansum(down[round(60 * contacts[0]) :]) == pytest.approx(60 * sum(stands_s), abs=len(stands_s))
        assert (down[(phase > 3) & (phase < 25)] == 1).all()
        assert np.isnan(down[: int(60 * contacts[0])]).all()
        assert np.isnan(down[int(60 * left[-1]) + 1 :]).all()  # the clip ends before the next contact is sure


def test_frames_in_which_a_landmark_is_hidden_have_no_angle_of_it() -> None:
    of = columns()
    hidden, seen = slice(102, 110), slice(200, 300)
    assert np.isnan(of["right_knee_flexion_deg"].values[hidden]).all()
    assert np.isfinite(of["right_knee_flexion_deg"].smooth[hidden]).all()
    assert np.isfinite(of["right_thigh_deg"].values[hidden]).all()
    assert np.isfinite(of["right_knee_flexion_deg"].values[seen]).all()


@pytest.mark.parametrize("view", SEEN_FROM)
def test_only_what_a_view_shows_is_given(view: str) -> None:
    for name, column in columns(report(view)).items():
        if column.unit == "°":
            angle = name.removesuffix("_deg").removeprefix("left_").removeprefix("right_")
            others = {part for other, parts in SEEN_FROM.items() if other != view for part in parts}
            assert (column.missing is None) or angle not in SEEN_FROM[view], name
            assert column.missing or angle not in others, name


def test_without_contacts_there_are_angles_but_no_rows_of_steps() -> None:
    """As docs/data.md says: what is measured rests on strides counted from the knees."""
    track = Runner(seconds=6.0).track()
    hidden = track.confidence.copy()
    hidden[:, track.landmarks.present(("left_ankle", "left_heel", "left_foot_index"))] = 0.2
    found = formcheck.api.of(report_of(replace(track, confidence=hidden)))
    assert found.contacts == ()
    assert found["trunk_lean_deg"].n > 10
    assert found["shin_angle_deg"].missing == "feet_not_seen"
    assert found.steps().rows == 0
    assert np.nanmean(found.angles()["trunk_lean_deg"]) == pytest.approx(found["trunk_lean_deg"].value, abs=0.2)


def test_what_is_not_running_has_reasons_and_no_angles(tmp_path: Path) -> None:
    still = report().trial.track
    xy = np.repeat(still.xy[:1], len(still), axis=0)
    standing = pipeline.interpret(VIDEO, replace(still, xy=xy), EVERYTHING)
    write_exports(standing, tmp_path)
    assert {c.missing for c in columns(standing).values() if c.unit == "°"} >= {"not_running"}
    assert (tmp_path / "angles.mot").read_text().partition("endheader\n")[2].startswith("time\n0.000000\n")
    table = pandas.read_csv(tmp_path / "angles.csv")
    assert table.drop(columns=["frame", "time_s"]).isna().all(axis=None)


def test_corrections_belong_to_measures() -> None:
    from formcheck.metrics.series import SAGITTAL_ANGLES  # noqa: PLC0415

    assert {name for row in SAGITTAL_ANGLES for name in row.corrected_by} <= set(METRICS)


def test_opensim_reads_the_markers(folder: Path, opensim: Any) -> None:
    table = opensim.TimeSeriesTableVec3(str(folder / "markers.trc"))
    track = report().trial.track
    assert table.getNumRows() == len(track)
    assert table.getTableMetaDataString("Units") == "m"
    assert float(table.getTableMetaDataString("DataRate")) == pytest.approx(60, abs=0.01)
    same(track.time_s, list(table.getIndependentColumn()), 1e-6)
    labels = list(table.getColumnLabels())
    assert {"RHip", "LBigToe", "RHeel", "Hip", "Neck", "Nose"} <= set(labels)

    def marker(name: str) -> np.ndarray:
        column = table.getDependentColumn(name)
        return np.array([[column[row][axis] for axis in range(3)] for row in range(len(track))])

    assert np.isnan(marker("RAnkle")[102:110]).all()
    for thigh in (marker("RHip") - marker("RKnee"), marker("LHip") - marker("LKnee")):
        assert np.nanmedian(np.linalg.norm(thigh[:, :2], axis=1)) == pytest.approx(0.43, abs=0.02)  # metres
    upright = marker("Nose") - marker("RHeel")
    assert np.nanmedian(upright[:, 1]) > 1.2
    assert np.nanmedian((marker("LBigToe") - marker("LHeel"))[:, 0]) > 0.1  # forward
    assert np.median((marker("RHip") - marker("LHip"))[:, 2]) == pytest.approx(0.3, abs=0.01)  # to the right
    feet = np.concatenate([marker(name)[:, 1] for name in ("LHeel", "RHeel", "LBigToe", "RBigToe")])
    assert np.nanmin(feet) == pytest.approx(0, abs=0.03)


def test_opensim_reads_the_motion(folder: Path, opensim: Any) -> None:
    motion, of = opensim.Storage(str(folder / "angles.mot")), columns()
    assert motion.isInDegrees()
    assert motion.getSize() == len(report().trial.track)
    table = opensim.TimeSeriesTable(str(folder / "angles.mot"))
    assert "elbow_flex_l" not in list(table.getColumnLabels())  # the far one
    for name in table.getColumnLabels():
        ours, sign, added = COORDINATES[name]
        same(sign * of[ours].smooth + added, table.getDependentColumn(name).to_numpy(), 1e-5)
    assert table.getDependentColumn("pelvis_tilt").to_numpy().mean() < 0  # forward, as OpenSim defines it


@pytest.mark.slow
def test_opensims_files_are_in_real_time_where_a_part_is_slowed(tmp_path: Path) -> None:
    write_exports(mostly_slow(export=("trc", "mot")), tmp_path)
    markers = np.loadtxt(tmp_path / "markers.trc", skiprows=5, usecols=1)
    assert markers == pytest.approx(np.arange(len(markers)) / 60, abs=0.2)
    assert float((tmp_path / "markers.trc").read_text().splitlines()[2].split("\t")[0]) == pytest.approx(60, rel=1e-3)
    angles = pandas.read_csv(tmp_path / "angles.mot", sep="\t", skiprows=10)["time"]
    assert np.diff(angles) == pytest.approx(1 / 60, rel=1e-3)
    assert set(np.round(angles, 6)) <= set(np.round(markers, 6))


def test_without_a_height_markers_are_in_pixels_and_say_so(tmp_path: Path) -> None:
    write_exports(report(height_cm=None, export=("trc",)), tmp_path)
    lines = [line.split("\t") for line in (tmp_path / "markers.trc").read_text().splitlines()]
    assert lines[2][4] == "px"
    ankle = lines[3].index("RAnkle")
    assert lines[5 + 105][ankle : ankle + 3] == ["", "", ""]  # hidden, in depth too
    assert "" not in lines[5 + 99][ankle : ankle + 3]
    assert [path.name for path in tmp_path.iterdir()] == ["markers.trc"]


def test_openpose_files_are_as_openpose_writes_them(folder: Path) -> None:
    track = report().trial.track
    with ZipFile(folder / "openpose.zip") as zipped:
        names = zipped.namelist()
        assert len(names) == len(track)
        assert all(re.fullmatch(rf"clip_{i:012d}_keypoints\.json", name) for i, name in enumerate(names))
        frames = [json.loads(zipped.read(name)) for name in names]
    assert {frame["version"] for frame in frames} == {1.3}
    points = np.array([frame["people"][0]["pose_keypoints_2d"] for frame in frames]).reshape(len(track), 25, 3)
    same(track.point("left_foot_index"), points[:, BODY_25.index["left_foot_index"], :2], 1e-3)
    same(track.mid("shoulder"), points[:, 1, :2], 1e-3)
    assert (points[106, BODY_25.index["right_ankle"]] == 0).all()  # not seen
    assert (points[:, BODY_25.index["left_small_toe"]] == 0).all()  # which BlazePose does not have


def test_frames_that_were_not_posed_have_an_openpose_file_too(tmp_path: Path) -> None:
    """Programs that read the folder in order count its files."""
    every = report(export=("openpose",))
    write_exports(pipeline.interpret(VIDEO, every_second(every.trial.track), every.options), tmp_path)
    with ZipFile(tmp_path / "openpose.zip") as zipped:
        names = zipped.namelist()
        assert names == [f"clip_{i:012d}_keypoints.json" for i in range(len(every.trial.track))]
        told = [json.loads(zipped.read(name))["people"][0]["pose_keypoints_2d"] for name in names]
    points = np.array(told).reshape(len(names), 25, 3)
    assert 0 <= points[..., 2].min() <= points[..., 2].max() <= 1
    same(every.trial.track.mid("hip")[:-1], points[:-1, 8, :2], 1.0)  # the last lies between no two


def test_each_frame_has_one_openpose_file_however_uneven_their_times(tmp_path: Path) -> None:
    uneven = every_second(Runner(uneven=True, seconds=6.0).track())
    write_exports(pipeline.interpret(VIDEO, uneven, Options(export=("openpose",))), tmp_path)
    with ZipFile(tmp_path / "openpose.zip") as zipped:
        assert zipped.namelist() == [f"clip_{i:012d}_keypoints.json" for i in range(len(uneven.clock_s))]


def test_numpy_reads_the_keypoints_as_they_were_seen(folder: Path) -> None:
    with np.load(folder / "keypoints.npz", allow_pickle=False) as kept:
        assert kept["xy"].shape == (len(report().trial.track), 33, 2)
        assert kept["landmarks"].tolist() == list(report().trial.track.landmarks.names)
        assert json.loads(kept["told"].item())["format"] == "formcheck-keypoints/1"
        assert report().seen is not None
        same(report().seen.xy, kept["xy"], 1e-3)  # type: ignore[union-attr]


def test_landmarks_before_cleaning_are_held_only_where_they_are_asked_for() -> None:
    assert report(export=("csv",)).seen is None
