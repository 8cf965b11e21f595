"""What every page shares: the templates, the one style sheet, the one script, and a policy that lets nothing in or out.

Texts pass ``outgoing.printable`` and are escaped by jinja2 wherever they stand.
"""

from __future__ import annotations

import base64
import hashlib
import os
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup

from .. import __version__
from ..datatypes import UnreadableInputError
from ..incoming import text
from ..knowledge import texts
from ..outgoing import printable
from ..words import LEVEL_NAMES

if TYPE_CHECKING:
    from jinja2 import Environment

GENERATOR = '<meta name="generator" content="formcheck '  # of base.html
FILM = "'self' file: data:"  # where a video may come from: beside the page, or within it


@cache
def templates() -> Environment:
    """All templates; every value is made printable and escaped unless it is markup already."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 (late: reading a clip needs none)

    return Environment(
        loader=PackageLoader("formcheck", "page/templates"), autoescape=True, finalize=_shown,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def _shown(value: Any) -> Any:
    return value if isinstance(value, Markup) or not isinstance(value, str) else printable(value)


def document(template: str, title: str, **values: Any) -> str:
    """A whole page: self-contained, and not allowed to load anything but its own film."""
    style, script = _part("style.css"), _part("script.js")
    policy = (
        f"default-src 'none'; img-src data:; media-src {FILM}; style-src {_hashed(style)}; "
        f"script-src {_hashed(script)}; base-uri 'none'; form-action 'none'"
    )
    return templates().get_template(template).render(
        title=title, policy=policy, style=Markup(style), script=Markup(script), version=__version__, texts=texts(),
        level_names=LEVEL_NAMES, kind=_kind(template), **values,
    )  # fmt: skip


def is_page(file: Path, template: str) -> bool:
    """Whether a file is a page from that template, of whatever version."""
    try:
        source = text(file, "")
    except UnreadableInputError:
        return False
    return GENERATOR in source and f'<body class="{_kind(template)}">' in source


def _kind(template: str) -> str:
    return template.partition(".")[0]


def link_to(page: Path, folder: Path) -> str:
    """The address of a page or film from a folder."""
    try:
        return quote(os.fsencode(Path(os.path.relpath(page, folder)).as_posix()))
    except ValueError:  # it is on another drive
        return page.absolute().as_uri()


@cache
def _part(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


def _hashed(content: str) -> str:
    """An inline style or script as the policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
