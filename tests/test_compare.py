"""Before and after: what changed between two clips, how their filming differs, and both in step in one film."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import av
import clips
import numpy as np
import pytest
import schemas
from axe_playwright_python.sync_playwright import Axe
from browsers import browser, opened
from click.testing import CliRunner, Result
from pages import ROOT, text
from playwright.sync_api import Browser
from rich.console import Console
from test_bouts import mostly_slow

import builders
import formcheck
from benchmarks import refilmed
from formcheck import abreast, api, pipeline
from formcheck.annotate.in_step import FPS, HEAD, HEIGHT, SLOWED, WIDTH, _drawable, nearest
from formcheck.cli import main
from formcheck.datatypes import Event, Measurement, Options, Report, Side, UnreadableInputError, VideoInfo, turned
from formcheck.knowledge import condition_texts, versus_phrases
from formcheck.metrics import METRICS
from formcheck.outgoing import Printable
from formcheck.page.versus import versus_html
from formcheck.pipeline import interpret
from formcheck.report import frames_csv, json_text
from formcheck.settings import COMPARISON
from formcheck.trends import REFILMED
from formcheck.versus import Take, Versus, compared, conditions, render_versus
from formcheck.versus.conditions import ROWS
from formcheck.versus.judged import VERDICTS, changes
from formcheck.versus.phase import phases
from formcheck.versus.values import to_json
from runner import LEG, Runner

__all__ = ["browser"]  # the fixture
HEIGHT_CM = 100 * LEG / 0.491
SHRUNK = 0.16  # scale of the drawn runner, to fit into a small picture
VIDEO = VideoInfo(Path("run.mp4"), 4000, 3000, 60.0, None, None)
PICTURE = (320, 240)  # width and height
DARKEST, BRIGHTEST = 40, 220  # grey of the picture as a stride begins and ends
GOOD = Runner(cadence_spm=172, speed_m_s=3.0, duty=0.33, overstride_m=0.08, lean_deg=2, seconds=8.0, noise_px=1)
OTHER = replace(GOOD, cadence_spm=160, lean_deg=12, facing=-1, fps=30.0, seconds=7.0)


def filmed(home: Path, name: str, runner: Runner, slowed: float = 1.0) -> None:
    """A clip whose brightness is the near leg's stride phase, and the results on its runner a comparison needs."""
    near = "right" if runner.facing > 0 else "left"
    track = runner.track()
    path = home.parent / f"{name}.mp4"
    phase = runner._phase(track.time_s, near)
    grey = np.rint(DARKEST + (BRIGHTEST - DARKEST) * phase).astype(np.uint8)
    clips.make(
        path, track.time_s * slowed, lambda i: np.full((PICTURE[1], PICTURE[0], 3), grey[i]), encoding={"crf": "5"}
    )
    shift = np.array([2000.0, 1500.0]) * SHRUNK - (160.0, 150.0)
    small = replace(track, xy=track.xy * SHRUNK - shift)
    info = VideoInfo(
        path, *PICTURE, runner.fps / slowed, len(track), runner.seconds * slowed, slow_motion_factor=slowed
    )
    report = interpret(info, small, Options(height_cm=HEIGHT_CM))
    home.mkdir()
    (home / "report.json").write_text(json_text(report), "utf-8")
    (home / "frames.csv").write_text("".join(frames_csv(report)), "utf-8")
    (home / "report.html").touch()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of two runners: one seen from the right, one from the left in slow motion, at half the frame rate."""
    folder = tmp_path_factory.mktemp("kept")
    filmed(folder / "one", "before", GOOD)
    filmed(folder / "two", "after", OTHER, slowed=2.0)
    return folder


@pytest.fixture(scope="module")
def told(kept: Path) -> tuple[Path, Result]:
    """Where the command on both folders puts its results, and what it returns."""
    out = kept / "out"
    return out / "before-vs-after", run(kept / "one", kept / "two", "-o", out)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["compare", *map(str, arguments)])


def take(*measured: Measurement, **changed: Any) -> Take:
    """A clip with these measurements; changed: what its report.json says differently."""
    report = builders.report(*measured)
    content = api.of(report).to_json()
    return Take(content | changed, tuple(m for m in report.measurements if m.name in METRICS))


def lean(deg: float, half: float = 0.5) -> Measurement:
    return builders.measured("trunk_lean_deg", deg, half)


def verdict(before: float, after: float, half: float = 0.5) -> str:
    return judged(compared(take(lean(before, half)), take(lean(after, half))), "trunk_lean_deg").verdict


def judged(versus: Versus, metric: str) -> Any:
    return next(j for j in versus.changes if j.change.metric == metric)


# ---- what changed


def test_each_number_of_either_clip_has_its_interval_wherever_it_is_shown() -> None:
    uneven = replace(lean(20.0), low=18.0, high=23.0)
    before, after = take(lean(9.0, 1.5)), take(uneven)
    found, console = compared(before, after), Console(file=StringIO(), width=100)
    with console.capture() as screen:
        console.print(render_versus(found, "a", "b"))
    said = to_json(found, before, after, None, "none")
    page = versus_html(found, said, None, (None, None))
    assert "9.0 ± 1.5  20.0 (18.0 to 23.0)" in screen.get()
    narrow = Console(file=StringIO(), width=60)
    with narrow.capture() as screen:
        narrow.print(render_versus(found, "a", "b", full=True))
    shown = screen.get().splitlines()
    (row,) = (i for i, line in enumerate(shown) if " 20.0 " in line)
    assert " 9.0 " in shown[row]
    assert "± 1.5  (18.0 to 23.0)   ± " in shown[row + 1]
    assert "…" not in screen.get()
    assert "9.0 ± 1.5° → 20.0° (18.0 to 23.0)" in page
    change = said["changes"]["trunk_lean_deg"]
    assert [change["before_interval"], change["after_interval"]] == [[7.5, 10.5], [18.0, 23.0]]


@pytest.mark.parametrize(
    ("before", "after", "called"),
    [
        (16.0, 8.0, "better"), (16.0, 12.0, "better"), (8.0, 16.0, "worse"), (8.0, -4.0, "worse"),
        (4.0, 9.5, "changed"), (16.0, 15.5, "same"), (16.0, -2.0, "changed"), (10.2, 1.5, "changed"),
    ],
)  # fmt: skip
def test_a_change_is_better_towards_what_is_usual_and_worse_away_from_it(
    before: float, after: float, called: str
) -> None:
    assert verdict(before, after) == called


def test_a_change_smaller_than_what_filming_again_makes_is_none() -> None:
    assert verdict(16.0, 13.0, half=0.5) == "better"
    assert verdict(16.0, 13.0, half=4.0) == "same"


def test_the_smallest_change_that_shows_is_where_the_verdict_turns() -> None:
    found = judged(compared(take(lean(10.0)), take(lean(10.0))), "trunk_lean_deg")
    assert verdict(10.0, 10.0 + 0.9 * found.detectable) == "same"
    assert verdict(10.0, 10.0 + 1.1 * found.detectable) == "worse"


def test_filming_again_widens_what_one_camera_that_stays_would_say() -> None:
    same = formcheck.compare(*(api.of(builders.report(lean(x))) for x in (9.0, 12.0)))["trunk_lean_deg"]
    again = judged(compared(take(lean(9.0)), take(lean(12.0))), "trunk_lean_deg").change
    assert again.value == same.value
    assert again.high > same.high


def test_what_one_clip_does_not_show_is_not_given_but_named() -> None:
    for pair in ((take(lean(9.0)), take()), (take(), take(lean(9.0)))):
        assert judged(compared(*pair), "trunk_lean_deg").verdict == "not_given"
    assert not compared(take(), take()).changes


@pytest.mark.parametrize("key", ["person", "formcheck", "yaw", "elevation", "surface", "shoes", "speed"])
def test_what_changes_numbers_by_itself_is_warned_of(key: str) -> None:
    before, after = (Take(changed_in(**USUAL | more), (lean(9.0),)) for more in ({}, DIFFERENT[key]))
    assert "not made alike" in compared(before, after).verdict
    assert "not made alike" not in compared(before, before).verdict


def test_within_a_verdict_the_surest_change_comes_first() -> None:
    waist = builders.measured("waist_bend_deg", 14.0), builders.measured("waist_bend_deg", 4.0)
    found = compared(take(lean(16.0), waist[0]), take(lean(12.5), waist[1])).of("better")
    sure = [abs(j.change.value) / j.detectable for j in found]
    assert len(sure) == 2
    assert sure == sorted(sure, reverse=True)


@pytest.mark.parametrize("key", ["facing", "yaw", "elevation", "roll", "camera_stays"])
def test_a_camera_that_was_moved_was_set_up_again_whether_or_not_that_is_said(key: str) -> None:
    before, after = (Take(changed_in(**USUAL | more), (lean(9.0),)) for more in ({}, DIFFERENT[key]))

    def width(later: Take, said: bool) -> float:
        change = changes(before, later, said)["trunk_lean_deg"]
        return change.high - change.low

    assert width(before, False) < width(before, True) == width(after, False) == width(after, True)


def test_what_no_row_calls_usual_is_neither_better_nor_worse() -> None:
    found = compared(take(builders.measured("cadence_spm", 150.0)), take(builders.measured("cadence_spm", 190.0)))
    assert judged(found, "cadence_spm").verdict == "better"
    walk = {"activity": "walking"}
    walks = [take(builders.measured("cadence_spm", cadence), **walk) for cadence in (110.0, 140.0)]
    assert judged(compared(*walks), "cadence_spm").verdict == "changed"


def test_the_sentence_names_what_changed_and_warns_when_the_filming_did() -> None:
    before = take(lean(16.0), contacts=[])  # another clip than what it is compared with
    assert compared(before, take(lean(8.0))).verdict == "Better: trunk lean."
    assert "filmed again" in compared(take(lean(8.0)), take(lean(8.0))).verdict
    road = compared(before, take(lean(8.0), surface="overground")).verdict
    assert road.startswith("Better: trunk lean. ")
    assert "not made alike" in road
    assert "Nothing could be compared" in compared(take(lean(8.0), model="lite"), take(lean(8.0))).verdict


def test_runners_who_were_only_filmed_again_are_not_called_changed_and_those_who_differ_are() -> None:
    """Rendered ones, as measured when benchmarks/refilmed.py was last run with --keep."""
    found = refilmed.score(refilmed.kept(), "heavy")
    assert found.called[0] <= 0.05 * found.called[1]
    assert found.called[1] > 150
    assert found.found[0] >= 0.8 * found.found[1]
    assert found.found_twice[0] >= 0.99 * found.found_twice[1] > 100
    assert found.wrong[0] <= 0.01 * found.wrong[1]
    assert max(found.without) - 0.05 <= REFILMED <= max(found.without) + 0.05


def test_what_the_page_says_of_filming_again_is_what_was_measured() -> None:
    page, found = " ".join(text(ROOT / "docs" / "comparing.md").split()), refilmed.score(refilmed.kept(), "heavy")
    share = 100 * found.called[0] / found.called[1]
    assert f"{found.called[0]} of {found.called[1]} measures ({share:.1f} %) were called changed" in page
    assert f"{found.found[0]} of {found.found[1]} true differences above the detectable change were found" in page
    assert f"{found.found_twice[0]} of {found.found_twice[1]} of twice that size" in page
    assert f"{found.wrong[0]} of {found.wrong[1]} was called in the wrong direction" in page
    assert f"gives {min(found.without):.2f} to {max(found.without):.2f}, against the {REFILMED:.2f} in use" in page


def test_a_clip_against_itself_is_said_to_be_that(kept: Path, tmp_path: Path) -> None:
    one, other = (Take(json.loads((kept / name / "report.json").read_text("utf-8")), ()) for name in ("one", "two"))
    say = versus_phrases().same_clip
    assert compared(one, one).verdict.startswith(f"{say} ")
    assert say not in compared(one, other).verdict
    assert say in " ".join(run(kept / "one", kept / "one", "-o", tmp_path, "--no-video").stdout.split())


# ---- how they were filmed


def changed_in(**changes: Any) -> dict[str, Any]:
    """report.json with some values changed: view__yaw_deg=9."""
    content = api.of(builders.report(lean(9.0))).to_json()
    for path, value in changes.items():
        row, _, key = path.rpartition("__")
        content = content | ({row: content[row] | {key: value}} if row else {key: value})
    return content


DIFFERENT = {  # condition → what makes it differ
    "person": {"person__numbers": [2]}, "model": {"model": "lite"}, "formcheck": {"formcheck": "0.0.9"},
    "activity": {"activity": "walking"}, "view": {"view__name": "rear"},
    "facing": {"view__facing": "left"}, "yaw": {"view__yaw_deg": 9.0}, "elevation": {"view__elevation_deg": 16.0},
    "roll": {"view__roll_deg": 3.0},
    "camera_stays": {"view__camera_stays": True}, "surface": {"surface": "overground"},
    "shoes": {"settings__shoes": "racers"}, "speed": {"settings__speed_kmh": 14.0},
    "height": {"settings__height_cm": 170.0},
    "slow_motion": {"video__slow_motion_factor": 4.0}, "frame_rate": {"video__fps": 120.0},
}  # fmt: skip
USUAL = {
    "person__of": 2,
    "person__numbers": [1],
    "view__yaw_deg": 0.0,
    "view__elevation_deg": 0.0,
    "view__roll_deg": 0.5,
    "settings__height_cm": 178.0,
    "settings__speed_kmh": 10.0,
    "settings__shoes": "trainers",
}


@pytest.mark.parametrize("key", DIFFERENT)
def test_what_differs_in_the_filming_is_said_first_and_what_it_means(key: str) -> None:
    """Whichever of the two clips is the first."""
    before, after = (Take(changed_in(**USUAL | more), ()) for more in ({}, DIFFERENT[key]))
    for pair in ((before, after), (after, before)):
        first, *_ = found = compared(*pair).conditions
        assert key in {row.key for row in found if row.differs}
        assert first.differs
        assert all(row.means for row in found if row.differs)
    assert not compared(before, before).apart


@pytest.mark.parametrize("spelt", ["trainers zoé", "Trainers ZOÉ", "trainers zoe\u0301", "trainers\u200b zoé"])
def test_shoes_are_the_same_however_they_are_spelt(spelt: str) -> None:
    """As an athlete's name: one computer writes an accent apart from its letter, another does not."""
    one, other = (changed_in(**USUAL | {"settings__shoes": said}) for said in ("trainers zoé", spelt))
    assert not compared(Take(one, ()), Take(other, ())).apart


def test_a_tilt_that_no_uprights_show_is_not_known_rather_than_none() -> None:
    """As in two parts of one film by one camera, of which one shows a door."""
    told = compared(Take(changed_in(view__roll_deg=-2.3), ()), Take(changed_in(view__roll_deg=0.0), ())).conditions
    (roll,) = (row for row in told if row.key == "roll")
    assert (roll.after, roll.differs) == ("not known", False)


def test_a_speed_that_was_read_comes_with_its_interval_and_one_that_was_set_as_it_was_set() -> None:
    read = changed_in(measurements__speed_m_s={"value": 3.0, "low": 2.8, "high": 3.2})
    told = conditions(changed_in(**USUAL), read)
    (speed,) = (row for row in told if row.key == "speed")
    assert (speed.before, speed.after) == ("10 km/h", "10.8 ± 0.7 km/h")


def test_a_speed_given_that_the_steps_cannot_have_is_not_known_and_makes_no_difference() -> None:
    doubted = changed_in(**USUAL | {"settings__speed_kmh": 14.0})
    doubted["measurements"] |= {"speed_m_s": {"value": None, "low": None, "high": None, "reason": "speed_contradicted"}}
    (speed,) = (row for row in conditions(doubted, changed_in(**USUAL)) if row.key == "speed")
    assert (speed.before, speed.differs) == ("not known (the 14 km/h given do not fit the steps)", False)


def test_numbers_tell_people_apart_only_within_one_part_of_one_film() -> None:
    first = changed_in(**USUAL | {"person__of": 3})
    for more, told in (
        ({"person__numbers": [2, 3]}, True),
        ({"person__numbers": [1, 2]}, False),
        ({"person__numbers": [2], "settings__start": 60.0}, False),
        ({"person__numbers": [2], "video__path": "another.mp4"}, False),
    ):
        later = changed_in(**USUAL | {"person__of": 3} | more)
        assert ("person" in {row.key for row in compared(Take(first, ()), Take(later, ())).apart}) == told


def test_on_80_columns_every_condition_is_named_whole_and_nothing_is_said_of_one_clip() -> None:
    console = Console(file=StringIO(), width=80)
    later = Take(changed_in(**USUAL | {"view__elevation_deg": 16.0}), ())
    found = compared(Take(changed_in(**USUAL), ()), later)
    for full in (False, True):
        with console.capture() as screen:
            console.print(render_versus(found, "a", "b", full))
        labels = [row.label for row in (found.conditions if full else found.apart)]
        assert "Camera height" in labels
        assert all(label in screen.get() for label in labels)
        assert "…" not in screen.get()
        assert "one clip" not in " ".join(screen.get().split())


def test_every_condition_is_in_the_table_the_texts_and_the_schema() -> None:
    (key,) = (schemas.SCHEMAS["formcheck-compare/1"]["$defs"]["condition"]["properties"]["key"],)
    assert [row.key for row in ROWS] == list(DIFFERENT) == list(condition_texts()) == key["enum"]


@pytest.mark.parametrize(
    ("changed", "reason", "given"),
    [
        ({"model": "lite"}, "other_model", set()),
        ({"activity": "walking"}, "other_activity", set()),
        ({"view": {"name": "rear"}}, "other_view", {"cadence_spm", "speed_m_s"}),
        ({"settings": {"height_cm": 190.0}}, "other_height", {"cadence_spm", "trunk_lean_deg"}),
    ],
)
def test_what_a_condition_makes_incomparable_is_withheld_with_the_reason(
    changed: dict[str, Any], reason: str, given: set[str]
) -> None:
    measured = (lean(9.0), builders.measured("cadence_spm", 170.0), builders.measured("speed_m_s", 3.0))
    plain = take(*measured)
    plain = replace(plain, content=plain.content | {"settings": plain.content["settings"] | {"height_cm": 178.0}})
    other = {key: plain.content[key] | value if isinstance(value, dict) else value for key, value in changed.items()}
    found = {j.change.metric: j for j in compared(plain, replace(plain, content=plain.content | other)).changes}
    assert {name for name, j in found.items() if j.verdict != "not_given"} == given
    assert {j.change.missing for j in found.values() if j.verdict == "not_given"} == {reason}


@pytest.mark.parametrize(
    ("speeds", "called"), [((3.4, 3.4), "better"), ((3.4, 2.4), "changed"), ((2.7, 3.4), "changed")]
)
def test_nothing_gets_better_by_a_limit_that_does_not_hold_in_both_clips(
    speeds: tuple[float, float], called: str
) -> None:
    """The thigh is judged only in those who surely run at 2.7 m/s or faster, as in their own reports."""
    clips = [
        take(builders.measured("trailing_thigh_deg", thigh, 2.0), builders.measured("speed_m_s", speed, 0.2))
        for thigh, speed in zip((8.0, 26.0), speeds, strict=True)
    ]
    assert judged(compared(*clips), "trailing_thigh_deg").verdict == called


@pytest.mark.parametrize("speed_kmh", [None, 12.0])
def test_another_height_given_for_the_same_clip_is_no_change(speed_kmh: float | None) -> None:
    info, track = VideoInfo(Path("a.mp4"), 4000, 3000, GOOD.fps, None, None), GOOD.track()
    reports = (api.of(interpret(info, track, Options(height_cm=cm, speed_kmh=speed_kmh))) for cm in (178.0, 190.0))
    found = compared(*(Take(report.to_json(), tuple(report.values())) for report in reports))
    assert not found.of("better", "worse", "changed")
    assert {j.change.value for j in found.of("same")} == {0.0}
    assert judged(found, "cadence_off_expected_pct").change.missing == "other_height"


# ---- in step


def landings(*times: float) -> tuple[Event, ...]:
    sides: tuple[Side, Side] = ("left", "right")
    return tuple(Event(t, 30 * t, sides[i % 2], 0.005) for i, t in enumerate(times))


def test_a_stride_runs_from_landing_to_landing_of_the_same_foot() -> None:
    row = phases(landings(0.1, 0.5, 0.8, 1.2, 1.5, 1.9, 2.2), "right")
    assert row is not None
    assert row.whole == 2
    assert row.at(np.array([0.5, 1.2, 1.9, 0.2])) == pytest.approx([0.0, 1.0, 2.0, np.nan], nan_ok=True)
    assert row.at(np.array([0.65])) == pytest.approx([0.25])


def test_steps_that_were_missed_part_the_row_and_the_longer_part_is_taken() -> None:
    times = [0.35 * i for i in range(5)] + [4.0 + 0.35 * i for i in range(9)]
    row = phases(landings(*times), "left")
    assert row is not None
    assert row.time_s[0] >= 4.0
    assert phases(landings(0.0, 0.35, 0.7, 4.0, 4.35), "left") is None


@pytest.mark.slow
def test_the_film_is_as_slow_as_it_says_where_a_clip_is_slowed_in_part(tmp_path: Path) -> None:
    """From an analysis, and from what its files keep."""
    report = mostly_slow()
    (tmp_path / "report.json").write_text(json_text(report), "utf-8")
    (tmp_path / "frames.csv").write_text("".join(frames_csv(report)), "utf-8")
    slow = api.of(report), api.read_report(tmp_path)
    for before, after in (slow, slow[::-1]):
        runners = abreast.abreast(before, after, Options()).runners
        assert runners is not None
        assert [runner.stride_s for runner in runners] == pytest.approx([120 / 170] * 2, rel=0.02)


@pytest.mark.parametrize("roll_deg", [-6.0, 6.0])
def test_a_figure_is_upright_however_the_camera_was_rolled(tmp_path: Path, roll_deg: float) -> None:
    """From an analysis, and from what its files keep."""
    level = GOOD.track()
    middle = np.array(VIDEO.middle)
    lying = turned(level.xy - middle, np.full(len(level), roll_deg)) + middle
    straight, rolled = (
        interpret(VIDEO, track, Options())
        for track in (level, replace(level, xy=lying, roll_deg=roll_deg, roll_sd_deg=0.3))
    )
    (tmp_path / "report.json").write_text(json_text(rolled), "utf-8")
    (tmp_path / "frames.csv").write_text("".join(frames_csv(rolled)), "utf-8")
    for other in (api.of(rolled), api.read_report(tmp_path)):
        runners = abreast.abreast(api.of(straight), other, Options()).runners
        assert runners is not None
        first, second = (runner.ghost.xy for runner in runners if runner.ghost is not None)
        np.testing.assert_allclose(second, first, atol=0.02)  # leg lengths


def test_the_nearest_frame_is_shown_and_few_are_held() -> None:
    given: list[float] = []

    def frames() -> Any:
        for i in range(100):
            given.append(0.1 * i)
            yield 0.1 * i, i

    shown = nearest(frames(), [0.0, 0.04, 0.06, 0.5, 0.5])
    assert [next(shown)[1] for _ in range(5)] == [0, 0, 1, 5, 5]
    assert len(given) <= 8
    assert list(nearest(iter([]), [0.0, 1.0])) == []


def panels(film: Path) -> tuple[np.ndarray, np.ndarray]:
    """The clip's brightness in the left and in the right panel, frame by frame, as a share of the stride."""
    band = slice(HEAD + HEIGHT - 130, HEAD + HEIGHT - 110)  # below the feet
    with av.open(str(film)) as video:
        grey = [frame.to_ndarray(format="gray") for frame in video.decode(video=0)]
    sides = (slice(8, 40), slice(3 * WIDTH - 40, 3 * WIDTH - 8))
    left, right = (np.array([float(np.median(g[band, columns])) for g in grey]) for columns in sides)
    return tuple((some - DARKEST) / (BRIGHTEST - DARKEST) for some in (left, right))  # type: ignore[return-value]


@pytest.mark.slow
def test_both_are_at_the_same_phase_whatever_their_rates_sides_and_slow_motion(told: tuple[Path, Result]) -> None:
    folder, result = told
    assert result.exit_code == 0, result.output
    left, right = panels(folder / "compare.mp4")
    stride_s = SLOWED * 0.5 * (120 / GOOD.cadence_spm + 120 / OTHER.cadence_spm)
    wanted = np.arange(len(left)) / FPS / stride_s
    inside = (wanted % 1 > 0.08) & (wanted % 1 < 0.92)  # compression smears the jump where a stride begins
    off = [((shown - wanted + 0.5) % 1 - 0.5)[inside] for shown in (left, right)]
    for one in off:  # half a frame of the coarser clip is 0.022 of a stride
        assert np.abs(one - np.median(one)).max() < 0.035
        assert abs(np.median(one)) < 0.06  # contacts are read early by up to this
    assert np.median(off[0]) == pytest.approx(np.median(off[1]), abs=0.015)


@pytest.mark.slow
def test_the_folder_holds_the_page_the_film_and_the_values_which_follow_their_schema(told: tuple[Path, Result]) -> None:
    folder, result = told
    assert {path.name for path in folder.iterdir()} == set(COMPARISON)
    said = json.loads((folder / "compare.json").read_text("utf-8"))
    schemas.validate(said)
    schemas.described(said)
    assert said["changes"]["trunk_lean_deg"]["value"] == pytest.approx(10, abs=1.5)
    assert {row["key"] for row in said["conditions"] if row["differs"]} >= {"facing", "slow_motion", "frame_rate"}
    page = (folder / "compare.html").read_text("utf-8")
    assert 'src="compare.mp4"' in page
    assert "mirrored" in page
    assert page.count('class="figures"') == 4
    assert "../../one/report.html" in page
    assert str(folder / "compare.html") in result.output


@pytest.mark.slow
def test_a_screen_is_24_lines_of_80_columns(told: tuple[Path, Result]) -> None:
    lines = told[1].output.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines[:-1])) <= 80
    assert ("No change" in told[1].stdout) == ("All: --full" in " ".join(told[1].stdout.split()))
    whole = run(told[0].parents[1] / "one", told[0].parents[1] / "two", "-o", told[0].parent, "--full", "--no-video")
    assert len(whole.output.splitlines()) > 40


@pytest.mark.slow
def test_json_is_all_there_is_on_stdout(kept: Path, tmp_path: Path) -> None:
    result = run(kept / "one" / "report.json", kept / "two", "-o", tmp_path, "--json", "--no-video")
    said = json.loads(result.stdout)
    schemas.validate(said)
    assert (said["film"], said["no_film"]) == (None, abreast.NOT_WANTED)
    assert list(said["changes"]) == sorted(
        said["changes"], key=lambda name: VERDICTS.index(said["changes"][name]["verdict"])
    )


def test_without_the_clips_there_is_a_page_and_a_line_saying_why_no_film(kept: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        moved = json.loads((kept / name / "report.json").read_text("utf-8"))
        moved["video"]["path"] = str(tmp_path / "gone.mp4")
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").write_text(json.dumps(moved), "utf-8")
        (tmp_path / name / "frames.csv").write_bytes((kept / name / "frames.csv").read_bytes())
    result = run(tmp_path / "one", tmp_path / "two", "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    (line,) = (line for line in result.output.splitlines() if line.startswith("No film: "))
    assert "no longer there" in line
    (folder,) = (tmp_path / "out").iterdir()
    assert {path.name for path in folder.iterdir()} == {"compare.html", "compare.json"}
    page = (folder / "compare.html").read_text("utf-8")
    assert "<video" not in page
    assert "no film: gone.mp4: the clip is no longer there" in page
    (tmp_path / "one" / "frames.csv").unlink()
    alone = run(tmp_path / "one" / "report.json", tmp_path / "two", "-o", tmp_path / "out")
    assert alone.exit_code == 0, alone.output
    assert f"No film: {tmp_path / 'one' / 'frames.csv'}: " in alone.output
    page = (folder / "compare.html").read_text("utf-8")
    assert "no film: frames.csv: cannot be read" in page
    assert str(tmp_path) not in page


@pytest.mark.parametrize("name", ["blur_face", "stick_figure"])
def test_a_report_that_does_not_say_who_is_hidden_is_compared_without_a_film(
    kept: Path, tmp_path: Path, name: str
) -> None:
    shutil.copytree(kept / "one", tmp_path / "older")
    told = json.loads((kept / "one" / "report.json").read_text("utf-8"))
    del told["settings"][name]
    (tmp_path / "older" / "report.json").write_text(json.dumps(told), "utf-8")
    result = run(tmp_path / "older", kept / "two", "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    (line,) = (line for line in result.output.splitlines() if line.startswith("No film: "))
    assert line.endswith(f"before.mp4: its report is damaged or of another version ('{name}'); analyse the clip again")


@pytest.mark.parametrize(("key", "value"), [("n", None), ("n", "many"), ("clip_sd", None), ("sampling", None)])
def test_a_number_that_is_damaged_is_told_before_it_is_compared(
    kept: Path, tmp_path: Path, key: str, value: object
) -> None:
    told = json.loads((kept / "one" / "report.json").read_text("utf-8"))
    told["measurements"]["cadence_spm"][key] = value
    (tmp_path / "report.json").write_text(json.dumps(told), "utf-8")
    result = run(tmp_path, kept / "two", "-o", tmp_path / "out")
    assert result.exit_code == 3, result.output
    assert "damaged or of another version" in result.stderr


def test_a_history_that_could_not_take_the_clip_shows_in_the_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def analyze(path: Path, *_: object) -> Report:
        return builders.report(builders.measured("cadence_spm", 174.0), trial=builders.trial(path=path.absolute()))

    monkeypatch.setattr(pipeline, "analyze", analyze)
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path))
    (tmp_path / "history.sqlite3").mkdir()
    call = ["a.mp4", "b.mp4", "--athlete", "Ana", "--workers", "1", "--no-video", "-o", str(tmp_path / "out")]
    said = CliRunner().invoke(main, ["compare", *call])
    assert (said.exit_code, "but the history" in said.stderr) == (1, True), said.output


@pytest.mark.slow
def test_another_comparison_of_the_same_names_does_not_overwrite_the_first(kept: Path, tmp_path: Path) -> None:
    for order in (("one", "two"), ("one", "two"), ("two", "one")):
        assert run(*(kept / name for name in order), "-o", tmp_path, "--quiet", "--no-video").exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"before-vs-after", "after-vs-before"}
    (tmp_path / "elsewhere").mkdir()
    filmed(tmp_path / "elsewhere" / "one", "before", GOOD)
    assert run(tmp_path / "elsewhere" / "one", kept / "two", "-o", tmp_path, "--quiet", "--no-video").exit_code == 0
    assert (tmp_path / "before-vs-after-2" / "compare.json").exists()
    shutil.copytree(kept / "one", tmp_path / "second")
    report = json.loads((kept / "one" / "report.json").read_text(encoding="utf-8"))
    report["settings"]["person"] = 2  # of the same film
    (tmp_path / "second" / "report.json").write_text(json.dumps(report), encoding="utf-8")
    assert run(tmp_path / "second", kept / "two", "-o", tmp_path, "--quiet", "--no-video").exit_code == 0
    assert (tmp_path / "before-vs-after-3" / "compare.json").exists()


@pytest.mark.parametrize("option", [("--height-cm", "178"), ("--model", "lite"), ("--athlete", "Ana"), ("--no-cache",)])
def test_options_of_an_analysis_are_not_lost_in_silence_where_both_are_results(
    tmp_path: Path, option: tuple[str, ...]
) -> None:
    refused = run("one.json", "two.json", "-o", tmp_path / "out", *option)
    assert refused.exit_code == 2
    assert f"{option[0]} changes nothing in results that are there" in refused.stderr
    assert not (tmp_path / "out").exists()
    assert "changes nothing" not in run("one.json", "b.mp4", *option).stderr


@pytest.mark.parametrize("content", ["", "[]", '{"schema": "formcheck-report/1"}'])
def test_what_is_no_report_is_refused_in_a_line(tmp_path: Path, kept: Path, content: str) -> None:
    (tmp_path / "report.json").write_text(content)
    result = run(tmp_path / "report.json", kept / "two", "-o", tmp_path / "out")
    assert result.exit_code in (1, 3) or result.exception is not None
    assert not list((tmp_path / "out").glob("*"))


@pytest.mark.slow
def test_nobody_who_was_disguised_is_shown_undisguised(kept: Path) -> None:
    settings = formcheck.read_report(kept / "one").to_json()["settings"]
    report = formcheck.read_report(kept / "one")
    hidden = formcheck.Report(report.to_json() | {"settings": settings | {"stick_figure": True}}, report._files)
    assert abreast._disguised(Options(), hidden).disguise == "figure"
    assert abreast._disguised(Options(blur_face=True), report).disguise == "faceless"
    assert abreast._disguised(Options(), report).disguise == "none"
    for pair in ((hidden, report), (report, hidden)):  # mostly one person
        both = abreast.abreast(*pair, Options()).runners
        assert both is not None
        assert [runner.report.options.disguise for runner in both] == ["figure", "figure"]


@pytest.mark.slow
def test_the_page_fits_a_phone_and_speaks(told: tuple[Path, Result], browser: Browser) -> None:
    for width in (390, 1280):
        with opened(browser, told[0] / "compare.html", width) as seen:
            assert seen.overflow_px == 0
            assert not Axe().run(seen.page).response["violations"]
            assert seen.complaints == []
            assert {Path(address).name for address in seen.asked} <= {"compare.html", "compare.mp4"}
            seen.page.emulate_media(media="print")
            for said in (".changed .lead", ".moments figcaption"):  # which mark is before; the moment of the stride
                assert seen.page.locator(said).first.is_visible()


def test_parts_and_people_of_one_film_are_told_apart_by_name() -> None:
    settings, path = take().content["settings"], Path(take().content["video"]["path"])
    before = take(lean(9.0), settings=settings | {"end": 3.5})
    after = take(lean(9.0), settings=settings | {"start": 3.5, "person": 2})
    pair = abreast.Abreast((before, after), compared(before, after), None, "none")
    assert pair.names == (f"{path.name} (0 s to 3.5 s)", f"{path.name} (3.5 s to the end, person 2)")
    page = versus_html(pair.versus, pair.to_json(film=False), None, (None, None))
    for where in ("title>Running form: ", '<p class="seen">'):
        assert f"{where}{pair.names[0]} against {pair.names[1]}</" in page
    with abreast.folder_of(pair, Path()) as folder:
        assert folder == Path(f"{path.stem}-vs-{path.stem}")
    with pytest.raises(UnreadableInputError, match="damaged"):
        take(settings=settings | {"person": "two"})


def test_names_are_data() -> None:
    evil = "<script>alert(1)</script>\u202e.mp4"
    console = Console(file=StringIO(), width=80)
    found = compared(take(lean(9.0)), take(lean(9.0)))
    console.print(Printable(render_versus(found, evil, evil)))
    assert "\u202e" not in console.file.getvalue()  # type: ignore[attr-defined]
    said = {"before": f"/x/{evil}", "after": "/x/b.mp4", "film": None, "no_film": f"{evil}: gone"}
    said["parts"] = [{}, {}]
    page = versus_html(found, said, None, (None, None))
    assert "<script>alert" not in page
    assert "\u202e" not in page


def test_a_name_that_cannot_be_drawn_is_left_out_of_the_film() -> None:
    assert _drawable("Ána 走る.mp4") == "Ána 走る.mp4"
    assert _drawable("ריצה.mp4") == _drawable("جري.mp4") == ""


def test_one_measure_in_two_units_is_not_both_changed_and_unchanged() -> None:
    """On the short screen; the whole of it shows both, with their units."""

    def reach(pct: float, cm: float) -> Take:
        share = builders.measured("overstride_pct_leg", pct)
        length = replace(share, name="overstride_cm", unit="cm", value=cm, low=cm - 0.5, high=cm + 0.5)
        return Take(take(share).content, (share, length))

    found = compared(reach(20.0, 15.0), reach(20.2, 30.0))
    assert {j.verdict for j in found.changes} == {"same", "changed"}
    console = Console(file=StringIO(), width=120)
    with console.capture() as screen:
        console.print(render_versus(found, "a", "b"))
    shown = " ".join(screen.get().split())
    assert shown.lower().count("foot ahead of the hip") == 2  # in the sentence and the table
    assert "No change" not in shown
