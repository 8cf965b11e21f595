"""A row of a TOML file read as its frozen dataclass, and refused with file, block and key when it does not fit."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, fields
from difflib import get_close_matches
from functools import cache
from importlib import resources
from math import isfinite
from typing import Any, TypeVar

from ..datatypes import FormcheckError

Row = dict[str, Any]
T = TypeVar("T")


@cache
def built_in(name: str) -> tuple[str, Row]:
    """The name of a file of this folder and its content; parsed once."""
    return name, parsed(resources.files(__package__).joinpath(name).read_text("utf-8"), name)


def parsed(text: str, name: str) -> Row:
    """The content of a TOML file; name: as messages show it."""
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise FormcheckError(f"{name}: not valid TOML ({error}); correct the file") from error


def check_known(names: Collection[str], allowed: Collection[str], where: str, key: str) -> None:
    """Refuses names that are not among the allowed ones; where, key: what gave them. Raises FormcheckError."""
    for name in names:
        if name not in allowed:
            raise FormcheckError(f'{where} key "{key}": unknown "{name}"; {meant(name, allowed)}')


def meant(name: str, allowed: Collection[str]) -> str:
    """What an unknown name may have been meant for: the nearest names, or else all that are known."""
    near = get_close_matches(name, allowed)
    return f"did you mean {' or '.join(near)}?" if near else f"known are {alphabetical(allowed)}"


def build(cls: type[T], row: Row, where: str, **given: str) -> T:
    """A row as its dataclass: all fields without a default must be there, no unknown key may, all of the right type."""
    wanted = {f.name: f for f in fields(cls) if f.name not in given}  # type: ignore[arg-type]
    for key in row:
        if key not in wanted:
            raise FormcheckError(f'{where} key "{key}" is not known; {meant(key, wanted)}')
    if lacks := lacking(cls, row, **given):
        raise FormcheckError(f'{where} key "{lacks[0]}" is missing')
    return cls(**given, **{key: _value(str(wanted[key].type), row[key], where, key) for key in row})


def section(cls: type[T], file: str, name: str) -> T:
    """A section of a built-in file as its dataclass."""
    return build(cls, built_in(file)[1][name], f"{file}: [{name}]")


def lacking(cls: type, row: Row, **given: str) -> list[str]:
    """The keys that a row would need to become its dataclass, in order."""
    wanted = [f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING]
    return [name for name in wanted if name not in {*row, *given}]


def _value(kind: str, value: Any, where: str, key: str) -> Any:
    """A value read according to its field's annotation; rows already built are taken as they are."""
    return READERS[kind](value, where, key) if kind in READERS else tuple(value)


def _text(value: Any, where: str, key: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise FormcheckError(f'{where} key "{key}": expected a text, found {value!r}')
    return value


def _texts(value: Any, where: str, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise FormcheckError(f'{where} key "{key}": expected a list of texts, found {value!r}')
    return tuple(_text(item, where, key) for item in value)


def _number(value: Any, where: str, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        raise FormcheckError(f'{where} key "{key}": expected a number, found {value!r}')
    return float(value)


def _count(value: Any, where: str, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise FormcheckError(f'{where} key "{key}": expected a whole number, found {value!r}')
    return value


def _truth(value: Any, where: str, key: str) -> bool:
    if not isinstance(value, bool):
        raise FormcheckError(f'{where} key "{key}": expected true or false, found {value!r}')
    return value


def _sentences(value: Any, where: str, key: str) -> Mapping[str, str]:
    return {name: _text(words, where, f"{key}.{name}") for name, words in _table(value, where, key).items()}


def _table(value: Any, where: str, key: str) -> Row:
    return table(value, f'{where} key "{key}"')


def _counts(value: Any, where: str, key: str) -> Mapping[str, int]:
    return {name: _count(number, where, f"{key}.{name}") for name, number in _table(value, where, key).items()}


def table(value: Any, where: str) -> Row:
    """The value, if it is a table. Raises FormcheckError."""
    if not isinstance(value, dict):
        raise FormcheckError(f"{where}: expected a table, found {value!r}")
    return value


def alphabetical(names: Collection[str]) -> str:
    """Names as a message lists them: a, b, c."""
    return ", ".join(sorted(names))


READERS: dict[str, Callable[[Any, str, str], Any]] = {  # by the annotation of a dataclass field
    "str": _text,
    "float": _number,
    "int": _count,
    "tuple[str, ...]": _texts,
    "bool": _truth,
    "Mapping[str, str]": _sentences,
    "Mapping[str, int]": _counts,
}
