"""The page on real people: made-up clips and labels come out in it as they were made up."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import clips
import numpy as np
import pytest
from click.testing import CliRunner

import builders
from benchmarks import real_clips, real_people
from benchmarks.real_clips import Ends, Filmed, Label, Labelled, held_against
from benchmarks.real_people import Thin
from builders import measured
from formcheck.datatypes import Bout, Event, Measurement, Report
from formcheck.metrics import METRICS
from formcheck.video import Clip

FPS = 30.0
ENDS = Ends(4.0, 1.0)


def report(*given: Measurement) -> Report:
    """A report with these measurements; all others are missing."""
    known = {m.name: m for m in given}
    rest = (Measurement(row.name, row.label, row.unit, missing="not_side_view") for row in METRICS.values())
    return replace(builders.report(), measurements=tuple(known.get(m.name, m) for m in rest))


def rows(count: int = 5, late_frames: float = 0.0, start: float = 6.0) -> list[dict[str, Any]]:
    """Labels of a runner whose contacts are ``builders.events``."""
    return [{"frame": start + 10.5 * i + late_frames, "foot": "LR"[i % 2]} for i in range(count)]


def labels(**more: Any) -> dict[str, Any]:
    return {
        "contacts": rows(),
        "contact_frame_uncertainty": 1.5,
        "cadence_spm": 170.0,
        "cadence_spm_uncertainty": 1.0,
        "cadence_is_real_time": True,
        **more,
    }


def clip(said: Report | None = None, name: str = "treadmill_side_30fps", **more: Any) -> Labelled:
    return Labelled(name, labels(**more), said or report(measured("cadence_spm", 170.4)))


def cells(table: str, first: str) -> list[str]:
    (line,) = (line for line in table.splitlines() if line.startswith(f"| {first}"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_contacts_found_a_frame_after_their_labels_are_told_so() -> None:
    row = cells(real_people.contacts_table([clip(contacts=rows(late_frames=-1))]), "`treadmill_side_30fps`")
    assert row[1:6] == ["± 1.5 frames", "5", "0", "0", "0"]
    assert row[6:] == ["+1.0, 0.0, +1.0", "+33, 0, +33"]


def test_a_missed_a_made_up_and_a_misnamed_step_are_each_counted_once() -> None:
    found = list(builders.events(9, 0.2))
    labelled = [Event(e.time_s, e.frame, e.side, 0.0) for e in found]
    found[3] = replace(found[3], side="left" if found[3].side == "right" else "right")
    del found[5]
    found.append(Event(0.2 + 0.35 * 6.5, 0.0, "left", 0.01))
    match = held_against(found, labelled, 10.0)
    assert (match.of, match.missed, match.made_up, match.wrong_foot) == (9, 1, 1, 1)


def test_what_was_found_where_no_rater_looked_is_not_made_up() -> None:
    found = builders.events(30, 0.2)
    match = held_against(found, [*found[2:8], *found[20:26]], 20.0)
    assert (match.of, match.missed, match.made_up) == (12, 0, 0)


@pytest.mark.parametrize(
    ("label", "held"),
    [(9.0, "yes"), (11.5, "within the rater's uncertainty"), (5.5, "within the rater's uncertainty"), (13, "no")],
)
def test_a_label_is_held_by_the_interval_or_by_the_doubt_or_not(label: float, held: str) -> None:
    assert Label(label, 2.0).held_by(7.0, 10.0) == held


def test_a_lean_marked_on_the_skin_is_held_between_joint_centres() -> None:
    leans = [(10.0, 6.0), (12.0, 7.0), (8.0, 5.0)]
    truths = [{"summary": {"lean_joint_deg": joint, "lean_landmark_deg": skin}} for joint, skin in leans]
    assert Ends.of(truths) == pytest.approx(ENDS)
    lean = report(measured("trunk_lean_deg", 10.5, half=2.0))
    one = clip(lean, trunk_lean_deg_estimate=6.5, trunk_lean_uncertainty=3)
    row = cells(real_people.labels_table([one], ENDS), "`treadmill_side_30fps` | `trunk_lean_deg`")
    assert row[2:5] == ["10.5 ± 3.6 (marked 6.5)", "10.5 (8.5 to 12.5)", "yes"]


def test_a_cadence_in_slow_motion_is_compared_once_the_factor_is_told() -> None:
    as_filmed = clip(name="silhouette_slowmo", cadence_is_real_time=False)
    assert as_filmed.labelled("cadence_spm") is None
    told = replace(as_filmed, slowed=5.0)
    assert told.labelled("cadence_spm") == Label(850.0, 5.0)
    assert "`silhouette_slowmo`, `--slowmo 5 --every-frame` |" in real_people.said_table([told])  # as it is analysed


def test_labels_of_a_part_that_was_not_used_are_neither_held_nor_missed() -> None:
    late = clip(contacts=rows(start=90.0))
    early = Bout(late.report.trial, ())
    whole = replace(early.trial, track=builders.track(300))
    late = replace(late, report=replace(late.report, trial=whole, bouts=(early, early)))
    assert late.elsewhere
    assert not clip().elsewhere
    assert (
        cells(real_people.labels_table([late], ENDS), "`treadmill_side_30fps`")[4] == "labelled elsewhere in the clip"
    )
    assert "`treadmill_side_30fps`" not in real_people.contacts_table([late])
    assert list(real_people._wrong(late, ENDS)) == []


def test_the_page_lists_what_is_wrong_and_only_that() -> None:
    right = clip()
    wrong = clip(report(measured("cadence_spm", 176.0)), name="rear_receding_30fps", contacts=rows(4))
    walker = clip(name="walking_overground")
    told = real_people.wrong_list([right, wrong, walker], ENDS)
    assert "`treadmill_side_30fps`" not in told
    assert "`cadence_spm` is 176.0 (175.5 to 176.5), labelled 170.0 ± 1.0; held: no." in told
    assert "`walking_overground`: taken for running, it is walking." in told
    unsure = clip(report(measured("cadence_spm", 176.0)), cadence_spm_uncertainty=float("nan"))
    assert "`cadence_spm` is 176.0" in real_people.wrong_list([unsure], ENDS)  # the rater stated no uncertainty
    assert "Nothing" in real_people.wrong_list([right], ENDS)


def test_two_raters_differences_stand_beside_ours() -> None:
    second = {"contacts": rows(late_frames=-2), "cadence_spm": 170.6}
    table = real_people.raters_table(clip(second_rater=second))
    assert cells(table, "first rater less second")[2] == "+2.0, 0.0, +2.0"
    assert cells(table, "formcheck less first")[2] == "+0.0, 0.0, +0.0"
    assert cells(table, "formcheck less second")[2] == "+2.0, 0.0, +2.0"
    assert cells(table, "`cadence_spm`")[1:] == ["170 ± 1", "170.6", "170.4 (169.9 to 170.9)"]


def test_what_fewer_frames_change_is_told_against_all_frames_and_labels() -> None:
    """Two readings, each of every other frame: contacts 10 ms late in the first, 20 ms in the second."""
    whole = clip(name="silhouette_slowmo")
    gait = whole.report.trial.gait

    def reading(cadence: float, late_s: float, begins_s: float) -> Report:
        contacts, offs = (
            tuple(replace(e, time_s=e.time_s + by_s - begins_s) for e in events)
            for events, by_s in ((gait.contacts, late_s), (gait.toe_offs, 0.0))
        )
        trial = replace(whole.report.trial, gait=replace(gait, contacts=contacts, toe_offs=offs))
        return replace(report(measured("cadence_spm", cadence)), trial=trial)

    thin = Thin(whole, (reading(168.4, 0.01, 0.0), reading(171.0, 0.02, whole.frame_s)))
    table = real_people.moments_table([thin])
    assert cells(table, "`silhouette_slowmo`, all frames")[7] == "+0, 0, +0"
    of_thin = "`silhouette_slowmo`, 30 frames/s"
    assert cells(table, f"{of_thin} | contacts, against labels")[2:] == [
        *("10", "0", "0", "0"),
        *("+0.4, 0.2, +0.6", "+15, 5, +20"),
    ]
    assert cells(table, f"{of_thin} | toe-offs")[7] == "+0, 0, +0"
    assert cells(real_people.moved_table([thin]), of_thin)[2:] == ["170.4 (169.9 to 170.9)", "-2.0 to 0.6"]


def test_the_whole_page_is_written_and_names_no_place_of_this_machine() -> None:
    one = clip(second_rater={"contacts": rows(late_frames=1)})
    page = real_people.document([one], [], [], ENDS)
    assert "| `treadmill_side_30fps` | home treadmill" in page
    assert "`cadence_spm` | 170.4 (169.9 to 170.9)" in page
    assert not re.search(r"(?<![\w`])/\w+/", page)
    committed = real_people.PAGE.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ .*$", page, re.MULTILINE)
    assert headings == re.findall(r"^#+ .*$", committed, re.MULTILINE)
    assert not re.search(r"(?<![\w`])/\w+/", committed)


def test_without_the_clips_the_page_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text("as committed", encoding="utf-8")
    monkeypatch.setattr(real_people, "CLIPS", tmp_path / "nowhere")
    monkeypatch.setattr(real_people, "PAGE", page)
    run = CliRunner().invoke(real_people.main)
    assert run.exit_code == 1
    assert "the labelled clips are not here" in run.output
    assert page.read_text(encoding="utf-8") == "as committed"


def test_a_thinned_clip_has_the_same_pixels_at_the_pace_of_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(0)
    shown = random.integers(0, 255, (9, 48, 64, 3), np.uint8)
    monkeypatch.setattr(real_clips, "CLIPS", tmp_path)
    monkeypatch.setitem(real_clips.FILMED, "slow", Filmed("", slowed=3.0))
    clips.make(tmp_path / "slow.mp4", np.arange(9) / FPS, lambda i: shown[i])
    kept = list(Clip(real_clips.thinned("slow", 4, 1, tmp_path)))
    every = list(Clip(tmp_path / "slow.mp4"))[1::4]
    assert [f.time_s for f in kept] == pytest.approx([(f.time_s - 1 / FPS) / 3 for f in every], abs=2e-5)
    for frame, original in zip(kept, every, strict=True):
        assert np.array_equal(frame.image, original.image)
