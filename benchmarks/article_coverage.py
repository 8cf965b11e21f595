"""Where every row of the coaching article lives, and the test that shows it: writes docs/article_coverage.md."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
KNOWLEDGE = ROOT / "formcheck" / "knowledge"
PAGE = ROOT / "docs" / "article_coverage.md"
SECTIONS = {
    1: "Why a runner's back gets sore",
    2: "Running mechanics and the back",
    3: "Core exercises",
    4: "Mobility",
    5: "Rest, or run through it?",
    6: "Long-term strength",
    7: "Coming back after back pain",
    8: "Shoes, surfaces, load",
}
HEAD = """# Where the article lives

formcheck is built from one coaching article on sore backs in runners. Each of its rows, in a few words of ours, stands
below with the knowledge row it lives in, the command that brings it to the runner, and the test that shows it does.
Written by `python -m benchmarks.article_coverage` from `formcheck/knowledge/article.toml`; not for editing by hand.
"""


@dataclass(frozen=True)
class Row:
    """A row of article.toml; the keys are explained there."""

    section: int
    row: str
    says: str
    home: list[str]
    reaches: str
    test: str


def rows() -> list[Row]:
    """Every row of the article."""
    return [Row(**row) for row in _toml("article.toml")["rows"]]


def found(home: str) -> tuple[str, dict[str, Any]] | None:
    """The file#section.block a home resolves to, and its content; None when there is no such block."""
    file, _, path = home.partition("#")
    places = (
        [("faults.toml", f"faults.{path}"), ("advice.toml", f"causes.{path}")] if file == "topics" else [(file, path)]
    )
    for name, block in places:
        content: Any = _toml(name) if (KNOWLEDGE / name).exists() else {}
        for key in block.split("."):
            content = content.get(key) if isinstance(content, dict) else None
        if isinstance(content, dict):
            return f"{name}#{block}", content
    return None


def page() -> str:
    """The content of docs/article_coverage.md."""
    return HEAD + "".join(f"\n## {number}. {title}\n\n{''.join(_table(number))}" for number, title in SECTIONS.items())


def _table(section: int) -> Iterator[str]:
    measured = section <= 2
    yield f"| row | says | home | reaches | test |{' measured from the video |' if measured else ''}\n"
    yield f"|---|---|---|---|---|{'---|' if measured else ''}\n"
    for row in rows():
        if row.section == section:
            homes = [place for home in row.home if (place := found(home)) is not None]
            cells = (
                *(
                    row.row,
                    row.says,
                    "<br>".join(f"`{name}`" for name, _ in homes),
                    f"`{row.reaches}`",
                    f"`{row.test}`",
                ),
                *([" ".join(_measured(*place) for place in homes)] if measured else []),
            )
            yield f"| {' | '.join(cells)} |\n"


def _measured(home: str, content: dict[str, Any]) -> str:
    if "limits" in content:
        return "yes: " + ", ".join(f"`{name}`" for name in content["limits"])
    answer = _toml("advice.toml")["answers"].get(home.rsplit(".", maxsplit=1)[-1], {})
    return str(answer.get("measured", ""))


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((KNOWLEDGE / name).read_text(encoding="utf-8"))


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
