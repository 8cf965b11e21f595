"""Every JSON that analyze --fatigue, plan, triage, return and load can write follows the schema it names."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import schemas

from advice import FAR_OFF, FINE, START, answer_file, everything, run, seen, verdict, write_report
from formcheck.guidance import comeback, load, plan, plan_page, triage
from formcheck.guidance.comeback import Run
from formcheck.guidance.triage import Verdict
from formcheck.guidance.watch import LoggedRun
from formcheck.knowledge import REGIONS, guidance
from formcheck.words import LEVELS as OF_FINDINGS

ROOT = Path(__file__).parent.parent
SAMPLE_LOG, DATA = ROOT / "sample_logs" / "activities.csv", ROOT / "docs" / "data.md"
TODAY = date(2026, 11, 25)  # a Wednesday
QUESTIONS = guidance.triage().questions
LEVELS = guidance.triage().levels
FEELINGS = tuple(guidance.comeback().feelings)
SEVERAL = {"where": ["lower", "upper"], "feel": ["dull", "leg"], "when": ["early", "hills", "late"], "sits": "yes"}


def verdicts() -> list[Verdict]:
    """Every answer to every question once, several at a time, and no pain at all."""
    one_changed = [verdict(**{name: key}) for name, question in QUESTIONS.items() for key in question.answers]
    no_pain = {"red_flags": ("none",), "where": ("nowhere",), "sits": ("no",)}
    return [*one_changed, verdict(**SEVERAL), verdict(**SEVERAL | {"feel": "dull"}), triage.judge(no_pain)]


def log(feelings: tuple[str, ...], every_days: int) -> tuple[Run, ...]:
    return tuple(Run(START + timedelta(every_days * i), 25, feeling, "a note") for i, feeling in enumerate(feelings))


def returned(*feelings: str, every_days: int = 3) -> dict[str, Any]:
    runs = log(feelings, every_days)
    return comeback.to_json(runs, max((run.date for run in runs), default=START))


def weighed(*days_ago_and_km: tuple[int, float]) -> dict[str, Any]:
    now = datetime(2026, 11, 25, 7)
    runs = tuple(LoggedRun(now - timedelta(days), km, called="easy") for days, km in days_ago_and_km)
    return load.to_json(load.weigh(runs, TODAY, {"cycling": 2}))


def planned(folder: Path) -> dict[str, Any]:
    """A plan with something of everything in it."""
    clip = replace(everything(folder), activity="walking")
    return plan_page.to_json(plan.make(clip, START, 12, verdict(when="late", changes="stays")))


def test_every_schema_is_sound_and_named_after_its_file() -> None:
    assert set(schemas.SCHEMAS) == {
        f"formcheck-{name}/1"
        for name in ("report", "fatigue", "compare", "batch", "triage", "refusal", "plan", "return", "load", "history")
    }
    for name, schema in schemas.SCHEMAS.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["$id"] == f"urn:formcheck:{name.removeprefix('formcheck-').replace('/', ':')}"


def test_a_validator_is_told_of_all_schemas_as_the_page_on_data_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (shown,) = re.findall(r"```python\n(.*?)```", DATA.read_text(encoding="utf-8"), re.DOTALL)
    document = planned(tmp_path)
    Path("plan.json").write_text(json.dumps(document), encoding="utf-8")
    exec(shown, {})
    assert document["triage"] is not None
    Path("plan.json").write_text(json.dumps(document | {"triage": {}}), encoding="utf-8")
    with pytest.raises(jsonschema.ValidationError):
        exec(shown, {})


def test_a_schema_that_refers_to_others_says_to_which() -> None:
    for schema in schemas.SCHEMAS.values():
        others = set(re.findall(r'"urn:formcheck:(\w+):1[#"]', json.dumps(schema))) - {schema["$id"].split(":")[2]}
        assert set(re.findall(r"(\w+)\.schema\.json", schema.get("$comment", ""))) == others


def test_every_outcome_of_triage_follows_its_schema() -> None:
    assert {outcome.stage.name for outcome in verdicts()} == set(LEVELS)
    for outcome in verdicts():
        schemas.validate(triage.to_json(outcome))


def test_every_plan_follows_its_schema_at_every_level_that_allows_one(tmp_path: Path) -> None:
    full = everything(tmp_path)
    for outcome in [None, *(outcome for outcome in verdicts() if outcome.stage.plan)]:
        schemas.validate(plan_page.to_json(plan.make(full, START, 4, outcome)))
    for weeks in (1, 12):
        schemas.validate(plan_page.to_json(plan.make(full, START, weeks)))


@pytest.mark.parametrize(
    "values", [{}, FINE, FINE | {"trunk_lean_deg": 10.0}, *({name: value} for name, value in FAR_OFF.items())],
    ids=lambda values: "+".join(values) if len(values) < 2 else f"{len(values)} values",
)  # fmt: skip
def test_a_plan_for_whatever_was_found_follows_its_schema(tmp_path: Path, values: dict[str, float]) -> None:
    schemas.validate(plan_page.to_json(plan.make(seen(tmp_path, **values), START, 2)))


def test_every_refusal_follows_its_schema() -> None:
    refused = [outcome for outcome in verdicts() if not outcome.stage.plan]
    assert {outcome.stage.name for outcome in refused} == {level.name for level in LEVELS.values() if not level.plan}
    for outcome, command in product(refused, ("plan", "return")):
        schemas.validate(triage.refusal_json(outcome, command))


def test_the_return_follows_its_schema_wherever_the_runner_stands() -> None:
    short = [said for n in range(4) for said in product(FEELINGS, repeat=n)]
    whole = [("pain-free",) * 12, (*("pain-free",) * 8, "sharp"), (*("pain-free",) * 12, "sore")]
    documents = [returned(*said, every_days=days) for said in [*short, *whole] for days in (1, 3)]
    for document in documents:
        schemas.validate(document)
    for key in ("finished", "stop"):
        assert {document[key] for document in documents} == {False, True}
    assert any(document["begins"] for document in documents)


def test_the_load_follows_its_schema_with_and_without_a_log() -> None:
    documents = {
        "no log": load.to_json(None),
        "one run today": weighed((0, 5)),
        "steady": weighed(*((days, 5) for days in range(40, 0, -3))),
        "rising": weighed((16, 10), (9, 11), (2, 30)),
        "weeks missing": weighed((60, 10), (10, 8), (3, 4)),
        "long ago": weighed((90, 10)),
        "a sudden long run": weighed((45, 8), (20, 8), (1, 20)),
        "no day off": weighed(*((days, 5) for days in range(10, -1, -1))),
    }
    for document in documents.values():
        schemas.validate(document)
    assert any(week["over"] for week in documents["rising"]["weeks"])
    assert 0 in [week["runs"] for week in documents["weeks missing"]["weeks"]]
    assert documents["long ago"]["next_run_km"] is documents["long ago"]["this_week_km"] is None
    assert documents["a sudden long run"]["long_runs"]


def test_the_commands_print_and_keep_what_the_schemas_describe(tmp_path: Path) -> None:
    report, fine, bad = write_report(tmp_path, **FAR_OFF), answer_file(tmp_path), tmp_path / "bad"
    bad.mkdir()
    refused = answer_file(bad, red_flags="saddle")
    calls = [
        ("triage", "--answers", fine, "-o", tmp_path / "kept.json"), ("triage", "--answers", refused),
        ("plan", report), ("plan", report, "--symptoms", fine), ("plan", report, "--symptoms", refused),
        ("return", "--log", tmp_path / "runs.csv", "--add", "2026-11-20 25min stiff", "--today", "2026-11-25"),
        ("return",),
        ("return", "--symptoms", refused), ("load",), ("load", SAMPLE_LOG, "--today", "2026-11-25"),
    ]  # fmt: skip
    for call in calls:
        schemas.validate(json.loads(run(*call, "--json").stdout))
    for kept in ("kept.json", "plan.json"):
        schemas.validate(json.loads((tmp_path / kept).read_text(encoding="utf-8")))


def test_the_schemas_describe_every_field_and_nothing_that_is_never_written(tmp_path: Path) -> None:
    outcome = verdict(when="late", red_flags="none")
    for document in (
        triage.to_json(outcome),
        triage.refusal_json(verdict(red_flags="fever"), "plan") | {"triage": triage.to_json(outcome)},
        planned(tmp_path),
        returned("pain-free", "sore", "sharp"),
        weighed((45, 8), (20, 8), (1, 20)),
    ):
        schemas.described(document)


@pytest.mark.parametrize(
    ("schema", "path", "words"),
    [
        ("triage", ("answers", "propertyNames"), tuple(QUESTIONS)),
        ("triage", ("level",), tuple(LEVELS)),
        ("plan", ("practices", "items", "properties", "regions", "items"), REGIONS),
        ("plan", ("practices", "items", "properties", "level"), (*OF_FINDINGS[:3], None)),
        ("return", ("runs", "items", "properties", "back"), FEELINGS),
    ],
)
def test_the_schemas_list_the_words_of_the_code(schema: str, path: tuple[str, ...], words: tuple[Any, ...]) -> None:
    part: Any = schemas.SCHEMAS[f"formcheck-{schema}/1"]["properties"]
    for key in path:
        part = part[key]
    assert tuple(part["enum"]) == words


def test_what_contradicts_itself_breaks_the_schema(tmp_path: Path) -> None:
    allowed, forbidden = triage.to_json(verdict()), triage.to_json(verdict(red_flags="saddle"))
    good = planned(tmp_path)
    for bad in (
        good | {"score": 87},
        good | {"triage": forbidden},
        good | {"start": "soon"},
        triage.refusal_json(verdict(red_flags="saddle"), "plan") | {"triage": allowed},
        triage.refusal_json(verdict(red_flags="saddle"), "load"),
        allowed | {"answers": {"mood": ["fine"]}},
        allowed | {"because": []},
        returned() | {"week": 5},
        weighed((0, 5)) | {"next_run_km": float("-inf")},
    ):
        with pytest.raises(jsonschema.ValidationError):
            schemas.validate(bad)
