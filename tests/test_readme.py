"""What the README promises is true: two commands on top, one page; its figures and those of the limits are measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pages import ROOT, commands, text
from test_form import GOOD, HEIGHT_CM, VIDEO

from formcheck.datatypes import Options
from formcheck.page.report import report_html
from formcheck.pipeline import interpret
from formcheck.report import to_json
from formcheck.words import interval_of

README = text(ROOT / "README.md")
LIMITS = " ".join(text(ROOT / "docs" / "limits.md").split())
ACCURACY = text(ROOT / "docs" / "accuracy.md")
REAL = text(ROOT / "docs" / "real_people.md")
ONE_LINE = " ".join(README.split())
RATERS = (("first rater", "second"), ("formcheck", "first"), ("formcheck", "second"))
ON_TREADMILL = "`treadmill_side_30fps`"
HUNCH = "`shoulder_hunch_deg`"
LONGEST = 90  # lines: a page
PICTURE = ROOT / "docs" / "pictures" / "annotated.jpg"
QUOTED = {  # words of the README's table → what docs/accuracy.md calls it
    "cadence": ["cadence_spm"],
    "trunk lean": ["trunk_lean_deg"],
    "foot ahead of the hip at contact": ["overstride_cm"],
    "shin angle, knee bend at contact": ["shin_angle_deg", "knee_flexion_contact_deg"],
    "contact time": ["contact_time_ms"],
    "vertical oscillation, fixed camera": ["vertical_oscillation_cm"],
    "craniovertebral angle": ["craniovertebral_deg"],
    "shoulder hunch (shoulders drawn forward)": [HUNCH.strip("`")],
}


def test_it_is_one_page_that_opens_with_two_commands_and_a_picture() -> None:
    first, second = commands(ROOT / "README.md")
    assert first == "./setup.sh && .venv/bin/formcheck analyze sample_videos/neutral.mp4"
    assert second == "./setup.sh --dev && .venv/bin/python -m pytest"
    assert len(README.splitlines()) <= LONGEST
    assert README.index(second) < README.index("docs/pictures/annotated.jpg") < README.index("\n## ")
    assert PICTURE.stat().st_size < 150_000


@pytest.mark.parametrize("words", QUOTED)
def test_the_errors_it_quotes_are_those_of_the_accuracy_page(words: str) -> None:
    _, quoted, held = (cell.strip() for cell in _row(README, words))
    rows = [_row(ACCURACY, f"`{metric}`") for metric in QUOTED[words]]
    texts = re.findall(r"[\d.]+", quoted.partition("(")[0])
    for figure, row in zip(texts, rows, strict=True):
        assert figure == f"{float(row[1]):.{len(figure.partition('.')[2])}f}"
    assert {held} == {row[5].strip() for row in rows}


def test_the_times_of_events_it_quotes_are_those_of_the_accuracy_page() -> None:
    quoted = re.findall(r"(\d+) ms", _row(README, "initial contact, toe-off")[1])
    measured = _row(ACCURACY, "from the side, all (22)")[1:3]
    assert quoted == [f"{float(cell.split()[0]):.0f}" for cell in measured]


def test_the_shares_it_quotes_are_those_of_the_accuracy_page() -> None:
    found, false, side = (cell.split(" %")[0].strip() for cell in _row(ACCURACY, "from the side, all (22)")[3:6])
    assert f"Steps found {found} %, false {false} %, correct foot {side} %" in ONE_LINE
    lite, full, heavy = (
        cell.split(" %")[0].strip() for cell in _row(ACCURACY, "**intervals that hold the truth**")[1:4]
    )
    assert f"{heavy} % of the numbers (`full` {full} %, `lite` {lite} %" in ONE_LINE
    assert f"for 80 % of the numbers; now for {float(lite):.0f} %" in text(ROOT / "CHANGELOG.md")
    (alarms,) = re.findall(r"Of \d+ findings on runners who do not have the habit, .*?\)", " ".join(ACCURACY.split()))
    assert alarms in ONE_LINE
    assert alarms in LIMITS


def test_no_measure_in_the_report_comes_without_its_error(tmp_path: Path) -> None:
    """Nor a difference between the legs, nor a change; on the page of each measure that is given, too."""
    assert "**No measure in the report comes without its error.**" in ONE_LINE
    report = interpret(VIDEO, GOOD.track(), Options(height_cm=HEIGHT_CM))
    told = to_json(report)
    for rows in (told["measurements"], told["left_right"], told["trends"], *(b["measurements"] for b in told["bouts"])):
        given = {name: row for name, row in rows.items() if row["value"] is not None}
        assert given
        assert all(row["low"] <= row["value"] <= row["high"] for row in given.values())
    page = report_html(report, tmp_path)
    assert [m.name for m in report.measurements if m.missing is None and interval_of(m) not in page] == []


def test_what_the_limits_say_of_habits_that_runners_have_is_what_the_accuracy_page_says() -> None:
    table = ACCURACY.partition("| finding | runners with it |")[2].partition("\n\n")[0]
    rows = {name: list(map(int, counts)) for name, *counts in re.findall(r"^\| (\w+)" + r" \| (\d+)" * 5, table, re.M)}
    having, called, close, fine, missing = map(sum, zip(*rows.values(), strict=True))
    assert [name for name, counts in rows.items() if counts[3]] == ["head_drop"]
    said = f'{having} on runners who have it, {called} were called, {close} were "too close to call"'
    assert f"{said}, {missing} could not be measured, and {fine}, a dropped head, was called fine" in LIMITS


def test_what_the_limits_say_of_views_from_behind_is_what_the_accuracy_page_says() -> None:
    behind = ACCURACY.partition("## From behind and in front")[2]
    cadence, sway, lean, width = (
        f"{float(_row(behind, f'`{metric}`')[1]):.1f}"
        for metric in ("cadence_spm", "trunk_sway_deg", "side_lean_deg", "step_width_pct_leg")
    )
    said = f"off by {cadence} steps/min, sway by {sway}°, side lean by {lean}°, step width by {width} %"
    tilts, clips = _row(behind, "`shoulder_tilt_deg`")[5].split(" of ")
    assert f"On {clips.strip()} clips cadence was {said}" in LIMITS
    assert f"interval of the shoulders' tilt held in{tilts} of them" in LIMITS


def test_what_the_limits_say_of_hunched_backs_is_what_the_accuracy_page_says() -> None:
    hunched, upright = (
        re.findall(rf"^\| {name} \((\d+)\) \| \d+ \| (\d+) \| (\d+) \| (\d+) \|$", ACCURACY, re.M)[0]
        for name in ("hunched", "upright")
    )
    assert hunched == (hunched[0], hunched[0], "0", "0")
    count, called, close, fine = upright
    said = f"of {count} upright ones {fine} fine and {close} too close to call"
    assert called == "0"
    assert f"Of {hunched[0]} hunched runners all were called hunched, {said}" in LIMITS
    half, back = (
        float(_row(ACCURACY.partition("All conditions together")[2], name)[3].strip(" ±"))
        for name in (HUNCH, "`thoracic_flexion_deg`")
    )
    assert f"(± {half:.0f}°)" in LIMITS
    assert f"is given within ± {back:.0f}°" in LIMITS
    assert f"± {half:.0f}°" in README
    correlation = _row(ACCURACY.partition("## Hunched or upright")[2], HUNCH)[1].split()[0]
    assert f"(rank correlation {correlation})" in README


def test_what_the_limits_say_of_change_is_what_the_accuracy_page_says() -> None:
    page = ACCURACY.partition("## Form that changes")[2].partition("\n## ")[0]
    lean, cadence, head = (_row(page, f"`{name}`") for name in ("trunk_lean_deg", "cadence_spm", "head_pitch_deg"))
    errors = [f"{float(row[1]):.1f}" for row in (lean, cadence, head)]
    assert "lean was off by {}°, of cadence by {} steps/min, of the head by {}°".format(*errors) in LIMITS
    rows = [line.strip("|").split("|") for line in page.splitlines() if line.startswith("| `")]
    over, between, of_head = (_share(cells) for cells in ([r[2] for r in rows], [r[5] for r in rows], [head[2]]))
    assert f"{over} % of the changes over a clip ({of_head} % for the head) and {between} % of those between" in LIMITS


def test_what_the_limits_say_of_equal_legs_is_what_the_accuracy_page_says() -> None:
    page = ACCURACY.partition("## Left against right")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in page.splitlines() if line.startswith("| `")]
    shares = [int(_share([row[1]])) for row in rows]
    most = max(int(row[1].split(" of ")[1]) for row in rows)
    assert f"{min(shares)} to {max(shares)} % of the intervals said so" in LIMITS
    assert f"(up to {most} runners)" in LIMITS


def test_what_is_said_of_the_belts_speed_is_what_the_accuracy_page_says() -> None:
    pages = [ACCURACY, ACCURACY.partition("Told the belt's speed")[2]]
    without, told = (100 * float(_row(page, "`step_length_m`")[1]) for page in pages)
    first_run = " ".join((ROOT / "docs" / "first-run.md").read_text("utf-8").split())
    assert f"off by {told:.1f} cm on average, without it by {without:.0f} cm" in first_run


def test_what_is_said_of_more_frames_a_second_is_what_the_accuracy_page_says() -> None:
    models = ACCURACY.partition("## Pose models")[2]
    rows = ("initial contact, ms", "`contact_time_ms`", "`knee_flexion_contact_deg`")
    contact, lasts, knee = (f"{float(_row(models, row)[4]):.1f} and {float(_row(models, row)[3]):.1f}" for row in rows)
    fewer, more = (cell.split()[0] for cell in _row(models, "`vertical_oscillation_cm`")[3:])
    better = f"contacts ({contact} ms), contact time ({lasts} ms) and the knee ({knee}°)"
    said = f"{better}, and no better at the bounce ({more} and {fewer} cm)"
    assert said in " ".join(text(ROOT / "docs" / "performance.md").split())


def test_what_is_said_of_real_people_is_what_their_page_says() -> None:
    contacts = REAL.partition("## Contacts against labels")[2].partition("\n## ")[0]
    rows = {
        line.split("|")[1].strip(): line.strip("|").split("|") for line in contacts.splitlines() if "frames |" in line
    }
    means = {clip: int(row[7].split(",")[0]) for clip, row in rows.items()}
    assert len(rows) == 5
    walker = means.pop("`walking_overground`")
    assert f"(A walker's contacts are read {walker} ms late.)" in ONE_LINE
    assert f"{float(_row(ACCURACY, 'walking')[6]):.0f} ms off on rendered walkers" in LIMITS
    assert f"real one {walker} ms late, where the rater's own uncertainty is 83 ms" in LIMITS
    labels, *wrong = (sum(int(rows[clip][at]) for clip in means) for at in (2, 3, 4, 5))
    first, last = min(means.values()), max(means.values())
    apart, _, ours = (int(_row(REAL, f"{a} less {b}")[3].split(",")[0]) for a, b in RATERS)
    assert wrong == [0, 0, 0]
    assert f"all {labels} contacts were found, on average from {-first} ms before to {last} ms after" in ONE_LINE
    assert f"they lie {apart} ms apart" in ONE_LINE
    verdicts = r"\| (yes|no|within the rater's uncertainty) \|"
    held = re.findall(verdicts, REAL.partition("## Numbers against labels")[2].partition("\n## ")[0])
    assert (
        f"Of {len(held)} other numbers labelled on all five, {held.count('yes')} lie within their intervals" in ONE_LINE
    )
    assert (held.count("no"), len(held) - held.count("yes")) == (0, 2)
    said = "and two, of a foot ahead of the hip and a walker's cadence, only within the rater's uncertainty"
    assert said in ONE_LINE
    assert f"Contacts came {-first} ms (" in LIMITS
    assert f"{ours} ms after those of another rater" in LIMITS
    assert f"{means['`rear_receding_30fps`']} ms after on a clip of a runner from behind" in LIMITS
    (foot,) = (
        line.strip("|").split("|") for line in REAL.splitlines() if line.startswith(f"| {ON_TREADMILL} | `overs")
    )
    label, measured, there = (float(foot[at].split()[0]) for at in (2, 3, 5))
    assert f"{measured - label:.0f} % of leg length farther" in LIMITS
    assert f"{there - label:.0f} % farther in the very frames" in LIMITS


def _share(cells: list[str]) -> str:
    """Of "15 of 16", "12 of 16", …: the first numbers as a share of the second, in %."""
    counts = [tuple(map(int, cell.split(" of "))) for cell in cells if " of " in cell]
    return f"{100 * sum(held for held, _ in counts) / sum(total for _, total in counts):.0f}"


def _row(page: str, first: str) -> list[str]:
    """Cells of the first row of a table that begins with these words."""
    line = next(line for line in page.splitlines() if line.startswith(f"| {first} |"))
    return line.strip("|").split("|")
