"""Several views of one run: one report, each number with where it comes from, and whether the views agree."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import schemas
from click.testing import CliRunner, Result

import formcheck
from formcheck import cli, cli_batch, pipeline
from formcheck.batch.jobs import Job
from formcheck.batch.tables import Done
from formcheck.batch.views import all_together
from formcheck.batch.work import Outcome
from formcheck.cli import main
from formcheck.datatypes import (
    AgainstStanding,
    Comparison,
    Finding,
    LeftRight,
    Level,
    Measurement,
    NothingMeasurableError,
    NotUnderstoodError,
    Options,
    Report,
    Stood,
    VideoInfo,
)
from formcheck.faults import find
from formcheck.files import digest
from formcheck.knowledge import load, reason
from formcheck.metrics import METRICS
from formcheck.pipeline import interpret
from formcheck.report import Together, summary, to_json, together, together_json
from formcheck.report.together import _agreement_of, _reach, _shared
from formcheck.words import LEVELS, WORTH_ACTING_ON, give_or_take
from runner import LEG, Runner

HEIGHT_CM = 100 * LEG / 0.491
RUN = Runner(
    cadence_spm=172, speed_m_s=3.0, duty=0.33, overstride_m=0.32, lean_deg=2, seconds=8.0, noise_px=1,
    side_sway_deg=8.0,
)  # fmt: skip
VIEWS = {"side": RUN, "rear": replace(RUN, view="rear", seed=3)}


def seen(name: str, runner: Runner) -> Report:
    info = VideoInfo(Path(f"/clips/{name}.mp4"), 100_000, 2_460, 60.0, None, None)
    return interpret(info, runner.track(), Options(height_cm=HEIGHT_CM))


@pytest.fixture(scope="module")
def both() -> dict[str, Report]:
    return {name: seen(name, runner) for name, runner in VIEWS.items()}


@pytest.fixture
def told(both: dict[str, Report], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Result]:
    monkeypatch.setattr(pipeline, "analyze", lambda path, *_: both[path.stem])
    return tmp_path, run("rear.mp4", "side.mp4", "-o", tmp_path)


def run(*arguments: str | Path) -> Result:
    words = ["analyze", *map(str, arguments), "--together", "--no-video", "--workers", "1"]
    return CliRunner().invoke(main, words)


def test_each_number_comes_from_the_view_that_shows_it(both: dict[str, Report]) -> None:
    made = together([both["rear"], both["side"]])
    assert made.names == ("rear.mp4", "side.mp4")
    late = replace(both["side"], options=replace(both["side"].options, start=30.0))
    assert together([both["rear"], late]).names == ("rear.mp4", "side.mp4 (30 s to the end)")
    assert made.source["trunk_lean_deg"] == 1
    assert made.source["trunk_sway_deg"] == 0
    assert made.whole.trial is both["side"].trial
    for m in made.whole.measurements:
        known = [clip.measurement(m.name) for clip in made.clips if clip.measurement(m.name).missing is None]
        assert (m.missing is None) == bool(known) == (m.name in made.source)
        if known:
            assert m.high - m.low == min(k.high - k.low for k in known)


def test_what_no_view_shows_has_the_reason_of_the_view_that_might(both: dict[str, Report]) -> None:
    made = together([both["rear"], both["side"]]).whole
    absent = {m.name: m.missing for m in made.measurements if m.missing is not None}
    assert absent
    assert not {"not_side_view", "not_rear_view"} & {why for name, why in absent.items() if not METRICS[name].refused}


def test_findings_of_both_views_stand_in_one_report(both: dict[str, Report]) -> None:
    alone = {name: {f.fault for f in report.findings if f.level in ("watch", "fault")} for name, report in both.items()}
    assert "trunk_sway" in alone["rear"] - alone["side"]
    assert "overstride" in alone["side"] - alone["rear"]
    whole = together([both["side"], both["rear"]]).whole
    assert {"overstride", "trunk_sway"} <= {f.fault for f in whole.findings if f.level in ("watch", "fault")}


def test_a_comparison_comes_from_a_clip_that_could_make_it(both: dict[str, Report]) -> None:
    """Where the clip that shows the measure best could not, and of reasons it is one that another view leaves."""
    side = compared(both["side"], apart(12.0))
    sharp = tuple(replace(m, low=m.value, high=m.value) if m.missing is None else m for m in side.measurements)
    angled = replace(compared(side, not_apart("not_side_view")), measurements=sharp)
    made = together([side, angled])
    assert made.source["contact_time_ms"] == 1
    assert made.source["contact_time_ms_left_right"] == 0
    assert apart(12.0) in made.whole.comparisons
    assert level(made, "uneven_legs") == "fault"
    short = compared(side, not_apart("too_few_steps"))
    assert repr(not_apart("too_few_steps")) in map(repr, together([short, angled]).whole.comparisons)


def test_standing_goes_with_the_clip_in_which_it_was_a_zero(both: dict[str, Report]) -> None:
    side, stood = both["side"], Stood(both["side"].trial, same_camera=True)
    lean = AgainstStanding(
        "trunk_lean_deg", "Trunk lean", "°", 2, 1, 3, 40,
        running=6, standing=4, running_interval=(3, 9), standing_interval=(1, 7),
    )  # fmt: skip
    zeroed = replace(compared(side, lean), stood=stood)
    absent = AgainstStanding("trunk_lean_deg", "Trunk lean", "°", missing="standing_knees_bent")
    bent = replace(compared(side, absent), stood=Stood(None, missing="standing_knees_bent"))
    for clips in ([bent, zeroed], [zeroed, bent]):
        whole = together(clips).whole
        assert lean in whole.comparisons
        assert whole.stood is stood


def test_sides_that_contradict_each_other_on_the_legs_are_not_gone_by(both: dict[str, Report]) -> None:
    left, right, other = (compared(both["side"], apart(value)) for value in (12.0, 12.5, -12.0))
    alike, against = together([left, right]), together([left, other])
    assert [level(made, "uneven_legs") for made in (alike, against)] == ["fault", "not_measured"]
    assert repr(not_apart("sides_disagree")) in map(repr, against.whole.comparisons)
    assert "contact_time_ms_left_right" not in against.source
    assert "; how left and right differ." in alike.said
    assert "contradict each other on left minus right in contact time: 12.0 and -12.0% (2.3 allowed)." in against.said
    assert "how left and right differ" not in against.said
    remedy = " Film once more from each side, in one run and at one speed. Keep the camera straight to the side. "
    assert f"allowed).{remedy}The clips differ by no more" in against.said  # that it was one run is not in doubt
    assert not together_json(against)["agreement"]["contact_time_ms_left_right"]["agree"]


def level(made: Together | Report, fault: str) -> Level:
    whole = made.whole if isinstance(made, Together) else made
    return next(f.level for f in whole.findings if f.fault == fault)


def compared(report: Report, *by_hand: Comparison) -> Report:
    """With these in place of its own."""
    return replace(report, comparisons=tuple({c.name: c for c in (*report.comparisons, *by_hand)}.values()))


def apart(value: float) -> LeftRight:
    return LeftRight(
        "contact_time_ms", "Contact time", "%", value, value - 1, value + 1, 40,
        left=100 + value / 2, right=100 - value / 2, left_interval=(99, 108), right_interval=(93, 101),
    )  # fmt: skip


def not_apart(missing: str) -> LeftRight:
    return LeftRight("contact_time_ms", "Contact time", "%", missing=missing)


def test_what_both_see_agrees_when_it_is_one_run_and_is_said_when_it_is_not(both: dict[str, Report]) -> None:
    made = together([both["side"], both["rear"]])
    shared = {a.metric: a for a in made.agreement}
    assert shared["cadence_spm"].agree
    cadences = [clip.measurement("cadence_spm") for clip in (both["side"], both["rear"])]
    assert shared["cadence_spm"].measured == (*cadences,)
    assert [m.value for m in cadences] == pytest.approx([172, 172], abs=1)
    values, allowed = " and ".join(f"{m.value:.1f}" for m in cadences), f"{shared['cadence_spm'].allowed:.1f} allowed"
    told = f"cadence: {values} steps/min ({allowed}); "
    assert made.said.startswith(f"The clips differ by no more than one run filmed again may in {told}")
    written = together_json(made)["agreement"]["cadence_spm"]
    assert written["intervals"] == [pytest.approx([m.low, m.high], abs=1e-5) for m in cadences]
    other = together([both["side"], seen("rear", replace(VIEWS["rear"], cadence_spm=160))])
    assert not next(a for a in other.agreement if a.metric == "cadence_spm").agree
    assert "contradict each other on cadence: 172" in other.said
    assert "the same run" in other.said


def test_a_runner_who_wanders_as_all_do_does_not_contradict_herself(both: dict[str, Report]) -> None:
    """Between two clips of one run, cadence is never quite the same, while each clip knows its own to 0.3."""
    made = together([both["side"], seen("rear", replace(VIEWS["rear"], cadence_spm=173.5))])
    first, second = (clip.measurement("cadence_spm") for clip in made.clips)
    assert first.high < second.low
    assert next(a for a in made.agreement if a.metric == "cadence_spm").agree
    assert made.whole.measurement("cadence_spm").missing is None
    for a in made.agreement:
        first, second = (m.value for m in a.measured if m is not None)
        assert a.agree == (abs(first - second) <= a.allowed)
    assert "±" not in made.said  # its own errors would refute that the clips agree


@pytest.mark.slow
def test_nothing_is_called_fine_where_the_clips_contradict_each_other() -> None:
    fine = replace(RUN, overstride_m=0.1)
    alike, unlike = (together([seen("a", fine), seen("b", replace(fine, cadence_spm=c, seed=5))]) for c in (172, 184))
    assert "fine" in summary(alike.whole).verdict
    verdict = summary(unlike.whole).verdict
    assert verdict.startswith("The clips contradict each other on cadence")
    assert verdict.endswith("nothing can be called fine: look at each clip's own report.")
    unseen = tuple(replace(f, level="not_measured", missing="not_side_view") for f in unlike.whole.findings)
    said = summary(replace(unlike.whole, findings=unseen))
    assert said.verdict.startswith("The clips contradict each other on cadence")
    assert said.refused is None  # that is not why


def test_the_more_clips_share_the_further_apart_single_measures_may_be() -> None:
    """So that one run in twenty contradicts itself: 30 measures that each differ by a normal error."""
    names = [name for name, row in METRICS.items() if not row.refused][:30]
    random, apart, unwidened = np.random.default_rng(8), [], []
    for _ in range(400):
        values = random.normal(0, 1, (len(names), 2))
        found = [
            [Measurement(name, name, "", v, v - 1.96, v + 1.96, n=20) for name, v in zip(names, of_clip, strict=True)]
            for of_clip in values.T
        ]
        pairs = [*_shared(found)]
        for contradicted, reach in ((apart, _reach(len(pairs))), (unwidened, 1.0)):
            contradicted.append(not all(_agreement_of(pair, reach, "coco17").agree for pair in pairs))
    assert len(pairs) == len(names)
    bent = [Measurement("knee_flexion_contact_deg", "Knee", "°", deg, deg - 6, deg + 6, n=20) for deg in (5.0, 80.0)]
    assert not _agreement_of([*bent], _reach(40), "heavy").agree  # however large the share by which a change is misread
    assert 0.02 < np.mean(apart) < 0.09
    assert np.mean(unwidened) > 0.5


def test_no_finding_rests_on_what_the_clips_contradict_each_other_on(both: dict[str, Report]) -> None:
    made = together([both["side"], seen("other", replace(RUN, cadence_spm=160, lean_deg=20, seed=5))])
    disputed = {a.metric for a in made.agreement if not a.agree and not a.legs}
    assert {"cadence_spm", "trunk_lean_deg"} <= disputed
    for name in disputed:
        assert made.whole.measurement(name).missing == "clips_disagree"
        assert name not in made.source
    assert {f.level for f in made.whole.findings if f.metric in disputed} == {"not_measured"}
    assert all(c.missing is not None for c in made.whole.comparisons if c.metric in disputed)
    told = summary(made.whole)
    assert told.verdict.startswith("The clips contradict each other on cadence, ")
    assert told.tip == reason("clips_disagree").filming
    assert not summary(together([both["side"], both["rear"]]).whole).verdict.startswith("The clips")


def judged(report: Report, *by_hand: Measurement) -> Report:
    """With these measurements in place of its own, and the findings they lead to."""
    made = replace(report, measurements=tuple({m.name: m for m in (*report.measurements, *by_hand)}.values()))
    return replace(made, findings=find(made.judged, load([m.name for m in made.judged])))


@pytest.mark.parametrize(
    ("fault", "metric", "fine", "acting"),
    [
        ("shoulder_hunch", "shoulder_hunch_deg", (30.7, 12.1), (39.2, 12.2)),
        ("shoulder_hunch", "shoulder_hunch_deg", (30.7, 12.2), (39.2, 12.1)),
        ("excess_trunk_lean", "trunk_lean_deg", (8.0, 2.2), (12.2, 2.9)),
        ("head_drop", "head_pitch_deg", (17.0, 4.5), (23.5, 4.0)),
    ],
)
def test_what_one_clip_calls_fine_and_another_does_not_is_too_close_to_call(
    both: dict[str, Report], fault: str, metric: str, fine: tuple[float, float], acting: tuple[float, float]
) -> None:
    """Whichever of the clips is surer, though their numbers agree."""
    given = [Measurement(metric, "Measure (of it)", "°", v, v - half, v + half, n=25) for v, half in (fine, acting)]
    made = together([judged(both["side"], m) for m in given])
    assert [level(clip, fault) for clip in made.clips] == ["ok", "watch"]
    assert next(a for a in made.agreement if a.metric == metric).agree
    finding = next(f for f in made.whole.findings if f.fault == fault)
    numbers = [f"{give_or_take(m)}°" for m in given]
    why = f"looks fine in side.mp4 (measure: {numbers[0]}), worth watching in side.mp4 (measure: {numbers[1]})"
    assert (finding.level, finding.likely, finding.why) == ("borderline", 0.5, why)
    assert all(number in said for number in numbers for said in (finding.detail, made.said))
    assert finding in summary(made.whole).close
    schemas.validate(to_json(made.whole, together_json(made)))


def test_no_finding_of_any_kind_is_fine_where_a_clip_calls_for_acting_on_it(both: dict[str, Report]) -> None:
    def calling(one: Finding, level: Level, **more: str) -> Report:
        others = (f for f in both["side"].findings if f.fault != one.fault)
        return replace(both["side"], findings=(replace(one, level=level, **more), *others))

    alike = together([both["side"]] * 2)
    measured = [f for f in alike.whole.findings if f.level != "not_measured"]
    assert len(measured) > 5
    assert not alike.split
    for one in measured:
        made = together([calling(one, "ok"), calling(one, "fault"), calling(one, "watch")])
        assert [(f.fault, f.level, f.likely) for f in made.split] == [(one.fault, "borderline", pytest.approx(2 / 3))]
        levels = [LEVELS.index(f.level) for f in made.whole.findings]
        assert levels == sorted(levels)
        elsewhere = together([calling(one, "ok", metric="cadence_spm"), calling(one, "watch")])
        if one.level in WORTH_ACTING_ON and one.metric != "cadence_spm":
            assert not elsewhere.split  # another view, which shows less of it
        assert level(elsewhere, one.fault) != "ok"


def test_the_report_follows_its_schema_and_describes_every_field(both: dict[str, Report]) -> None:
    made = together([both["side"], both["rear"]])
    document = to_json(made.whole, together_json(made))
    schemas.validate(document)
    schemas.validate(to_json(both["side"]))
    assert document["together"]["clips"][1]["view"] == "rear"
    part = schemas.SCHEMAS["formcheck-report/1"]["properties"]["together"]["anyOf"][0]
    assert set(part["properties"]) == set(document["together"])


def test_one_report_is_written_beside_those_of_the_clips(told: tuple[Path, Result]) -> None:
    folder, result = told
    assert result.exit_code == 0, result.output
    assert {path.name for path in folder.iterdir()} == {"side", "rear", "rear-and-side"}
    assert {path.name for path in (folder / "rear-and-side").iterdir()} == {"report.html", "report.json"}
    page = (folder / "rear-and-side" / "report.html").read_text("utf-8")
    for words in (
        "../rear/report.html",
        "../side/report.html",
        "seen from behind",
        "The clips differ by no more than one run filmed again may in cadence",
    ):
        assert words in page
    assert "made without one" not in page


def test_nothing_is_said_to_call_for_a_plan_only_where_none_works_on_it(
    both: dict[str, Report], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = together([*both.values()])
    close = next(f for f in made.whole.findings if f.level != "not_measured")
    monkeypatch.setattr(
        "formcheck.batch.views.write_views", lambda *_: tmp_path / "a\nb"
    )  # for which no command can be typed
    for likely in (0.4, 0.5):
        whole = replace(made.whole, findings=(replace(close, level="borderline", likely=likely),))
        monkeypatch.setattr(
            "formcheck.report.together", lambda _, whole=whole: replace(made, whole=whole, agreement=())
        )
        cli._put_together([], tmp_path, "screen")
        assert ("Nothing here calls for a plan." in capsys.readouterr().out) == (likely < 0.5)


def test_a_screen_says_what_comes_from_where(told: tuple[Path, Result]) -> None:
    lines = told[1].output.splitlines()
    findings = sum(line.startswith(("STANDS OUT", "WORTH WATCHING")) for line in lines)
    assert len(lines) <= 23 + 6 * findings
    assert findings >= 2
    assert "seen from behind" in told[1].output
    assert "The clips differ by no more than one run filmed again may in cadence" in " ".join(told[1].output.split())
    assert max(map(len, lines[:-2])) <= 80


def test_its_tables_are_those_of_the_clips(told: tuple[Path, Result]) -> None:
    folder = told[0] / "rear-and-side"
    with pytest.raises(formcheck.NotUnderstoodError, match="stay with each view's own"):
        formcheck.read_report(folder).steps()
    assert len(formcheck.read_report(told[0] / "rear").steps())


def test_one_plan_is_made_of_it(told: tuple[Path, Result]) -> None:
    folder, _ = told
    plan = CliRunner().invoke(main, ["plan", str(folder / "rear-and-side"), "--json"])
    assert plan.exit_code == 0, plan.output
    assert {"overstride", "trunk_sway"} <= {row["topic"] for row in json.loads(plan.stdout)["practices"]}


def test_json_prints_the_one_report_alone(
    both: dict[str, Report], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "analyze", lambda path, *_: both[path.stem])
    result = run("side.mp4", "rear.mp4", "-o", tmp_path, "--json")
    document = json.loads(result.stdout)
    schemas.validate(document)
    assert document == json.loads((tmp_path / "side-and-rear" / "report.json").read_text("utf-8"))


def test_json_prints_nothing_where_a_view_could_not_be_analysed(
    both: dict[str, Report], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads one report there would take a list of the others for it."""

    def analyse(path: Path, *_: object) -> Report:
        if path.stem == "rear":
            raise NothingMeasurableError("rear.mp4: nobody runs")
        return both[path.stem]

    monkeypatch.setattr(pipeline, "analyze", analyse)
    result = run("side.mp4", "rear.mp4", "-o", tmp_path, "--json")
    assert (result.exit_code, result.stdout) == (5, "")
    assert "no report of all views together" in result.stderr


@pytest.mark.parametrize("more", [(), ("rear.mp4", "--fatigue")])
def test_one_clip_or_fatigue_is_refused(tmp_path: Path, more: tuple[str, ...]) -> None:
    assert run("side.mp4", *more, "-o", tmp_path).exit_code == 2


def test_walks_and_other_models_are_not_put_together_with_a_run(both: dict[str, Report]) -> None:
    trial = both["rear"].trial
    walk = replace(both["rear"], trial=replace(trial, gait=replace(trial.gait, activity="walking")))
    with pytest.raises(NothingMeasurableError, match=r"rear\.mp4.*no steady running"):
        together([both["side"], walk])
    other = replace(both["rear"], trial=replace(trial, track=replace(trial.track, model="lite")))
    with pytest.raises(NotUnderstoodError, match="different pose models"):
        together([both["side"], other])


def ended(folder: Path, both: dict[str, Report], said: dict[str, tuple[str, ...]]) -> list[Done]:
    """Clips that a batch has analysed, by view: of whom, when in the run, and on which day."""
    done = []
    for view, (athlete, session, *days) in said.items():
        day = days[0] if days else "2026-11-20"
        home = folder / view
        pipeline.write(both[view], home, with_video=False)
        about = {"athlete": athlete, "session": session, "date": day, "shoes": "carbon"}
        job = Job(Path(f"/clips/{view}.mp4"), folder, view, **about)
        done.append(Done(job, Outcome("done", home, True)))
    return done


def test_a_batch_puts_an_athletes_views_of_one_session_together(
    both: dict[str, Report], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def analyze(path: Path, *_: object) -> Report:
        asked.append(path.stem)
        return both[path.stem]

    monkeypatch.setattr(pipeline, "analyze", analyze)
    done = ended(tmp_path, both, {"side": ("Ana", "early"), "rear": ("A\u200bNA", "early")})
    [(group, folder)] = all_together(done)
    assert group == done
    assert folder == tmp_path / "side-and-rear"
    made = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert [clip["view"] for clip in made["together"]["clips"]] == ["side", "rear"]
    assert made["settings"]["shoes"] == "carbon"
    assert (folder / "report.html").exists()
    assert asked == ["side", "rear"]
    assert [place for _, place in all_together(done)] == [folder]
    assert len(asked) == 2  # what was put together from these results is not put together again
    pipeline.write(both["rear"], tmp_path / "rear", with_video=False)
    assert [place for _, place in all_together(done)] == [folder]
    assert len(asked) == 4  # one of them is new


def test_views_of_one_run_are_found_in_whichever_folders_they_are(
    both: dict[str, Report], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "analyze", lambda path, *_: both[path.stem])
    done = [
        *ended(tmp_path / "left phone", both, {"side": ("Ana", "early")}),
        *ended(tmp_path / "right phone", both, {"rear": ("Ana", "early")}),
    ]
    assert [place for _, place in all_together(done)] == [tmp_path / "left phone" / "side-and-rear"]
    assert [place for _, place in all_together(done)] == [tmp_path / "left phone" / "side-and-rear"]


@pytest.mark.parametrize("kind", [NothingMeasurableError, ZeroDivisionError])
def test_views_that_cannot_be_put_together_are_told_and_cost_no_others(
    both: dict[str, Report], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    def gone(path: Path, *_: object) -> Report:
        raise kind(f"{path}: is no longer there")

    monkeypatch.setattr(pipeline, "analyze", gone)
    [(_, why)] = all_together(ended(tmp_path, both, {"side": ("Ana", "early"), "rear": ("Ana", "early")}))
    assert isinstance(why, kind)
    assert not (tmp_path / "side-and-rear").exists()


@pytest.mark.parametrize("lost", ["gone", "replaced"])
def test_results_that_are_lost_while_others_are_put_together_cost_these_nothing(
    both: dict[str, Report], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    monkeypatch.setattr(pipeline, "analyze", lambda path, *_: both[path.stem])
    groups = [
        ended(tmp_path / who, both, {"side": (who, "early"), "rear": (who, "early")}) for who in ("Ana", "Ben", "Cy")
    ]
    report = tmp_path / "Ben" / "side" / "report.json"
    own = replace(groups[1][0], outcome=replace(groups[1][0].outcome, digest=digest(report)))
    made = all_together([*groups[0], own, groups[1][1], *groups[2]])
    assert next(made)[1] == tmp_path / "Ana" / "side-and-rear"
    report.unlink() if lost == "gone" else report.write_text(f"{report.read_text('utf-8')} ", encoding="utf-8")
    assert [place for _, place in made] == [tmp_path / "Cy" / "side-and-rear"]


APART = "no two clips are of one athlete, session and day"


@pytest.mark.parametrize(
    ("side", "rear", "why"),
    [
        (("Ana", "early"), ("Bo", "early"), APART),
        (("Ana", ""), ("Ana", ""), "no measured clip names athlete and session"),
        (("Ana", "early"), ("Ana", "late"), APART),
        (("Ana", "early", "2026-11-20"), ("Ana", "early", "2026-11-21"), APART),
    ],
)
def test_clips_that_nobody_said_to_be_of_one_run_stay_apart_and_it_is_said_why(
    both: dict[str, Report], tmp_path: Path, side: tuple[str, ...], rear: tuple[str, ...], why: str
) -> None:
    done = ended(tmp_path, both, {"side": side, "rear": rear})
    assert not list(all_together(done))
    assert cli_batch._put_together(done) == ([f"no report on several views: {why}"], 0)


def test_clips_of_one_run_from_one_side_are_not_put_together_and_it_is_said_why(
    both: dict[str, Report], tmp_path: Path
) -> None:
    done = 2 * ended(tmp_path, both, {"side": ("Ana", "early")})
    why = "all clips of one athlete, session and day are from the same side"
    assert cli_batch._put_together(done) == ([f"no report on several views: {why}"], 0)
