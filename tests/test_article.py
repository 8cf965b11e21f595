"""Every row of the coaching article has a home, a test, and reaches the runner."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from advice import START, everything, verdict
from benchmarks import article_coverage
from benchmarks.article_coverage import Row
from formcheck.guidance import comeback, load, pages, plan, plan_page, triage

TESTS = Path(__file__).parent
ARTICLE = TESTS.parent.parent / "shared" / "article.md"
ROWS = article_coverage.rows()
TOLD = ("label", "says", "how", "dose", "mechanism", "evidence", "condition")  # what a row's home holds for the runner


@cache
def functions(file: str) -> set[str]:
    path = TESTS / file
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.exists() else ast.Module([], [])
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """All that each command can say, as Markdown."""
    outcomes = [
        verdict(),
        verdict(lasts="longer"),
        verdict(daily="yes"),
        verdict(feel=["sharp", "leg"], changes="worse"),
    ]
    given = plan.make(everything(tmp_path_factory.mktemp("plan")), START, 12, outcomes[0])
    said = {
        "plan": [plan_page.to_page(given)],
        "triage": [triage.to_page(outcome) for outcome in outcomes],
        "return": [comeback.to_page((), START)],
        "load": [load.to_page(None)],
    }
    return {command: "\n".join(pages.markdown(page) for page in of) for command, of in said.items()}


def ident(row: Row) -> str:
    return f"{row.section}-{row.row}"


@pytest.mark.parametrize("row", ROWS, ids=ident)
def test_every_row_has_a_home(row: Row) -> None:
    assert row.home
    for home in row.home:
        assert article_coverage.found(home) is not None, f"{home} is in no knowledge file"


@pytest.mark.parametrize("row", ROWS, ids=ident)
def test_every_row_has_a_test(row: Row) -> None:
    file, _, name = row.test.partition("::")
    assert name in functions(file), row.test


@pytest.mark.parametrize("row", ROWS, ids=ident)
def test_every_row_reaches_the_runner(row: Row, told: dict[str, str]) -> None:
    for home in row.home:
        place = article_coverage.found(home)
        assert place is not None
        sentences = [place[1][key] for key in TOLD if key in place[1]]
        assert sentences
        for sentence in sentences:
            assert sentence in told[row.reaches], sentence


def test_the_page_shows_the_rows_as_they_are() -> None:
    written = article_coverage.PAGE.read_text(encoding="utf-8")
    assert written == article_coverage.page(), "run: python -m benchmarks.article_coverage"


def test_a_home_that_is_gone_is_noticed() -> None:
    for home in ("exercises.toml#exercises.headstand", "nowhere.toml#x.y", "topics#nothing"):
        assert article_coverage.found(home) is None


@pytest.mark.skipif(not ARTICLE.is_file(), reason="the article's page of facts is not on this machine")
def test_no_row_of_the_article_is_missing() -> None:
    known = {(row.section, row.row) for row in ROWS}
    for part in re.split(r"^## ", ARTICLE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        section = int(part.split(".")[0])
        table = re.findall(r"^\| *([^|]+?) *\|", part, flags=re.MULTILINE)
        for name in (cell for cell in table[1:] if not cell.startswith("-")):
            assert (section, name) in known, f"section {section}: {name}"
        for number in range(1, 1 + len(re.findall(r"^- ", part, flags=re.MULTILINE))):
            assert (section, str(number)) in known, f"section {section}: point {number}"
