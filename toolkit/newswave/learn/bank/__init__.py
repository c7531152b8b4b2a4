"""The bank of questions: the words of a lesson from its file, its answers from its module.

The words are in `data/questions/NN-slug.toml`, the answers, which the toolkit works out, in the
module of the bank with that slug. They are read and checked when a lesson is first asked for.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache, partial
from pathlib import Path
from string import Formatter
from typing import Any, TypeVar, get_origin, get_type_hints

from newswave.core.errors import BadFile, BadValue
from newswave.core.files import packaged, read_toml
from newswave.learn.items import (
    Answers,
    Choice,
    Function,
    Item,
    Judged,
    Kind,
    Lesson,
    Number,
    Numbers,
    Share,
    Solution,
    Wrong,
)

_FILES = {
    int(path.name[:2]): path for path in sorted(packaged("questions").glob("[0-9][0-9]-*.toml"))
}

NUMBERS = tuple(_FILES)
"""The numbers of the lessons."""


@cache
def lesson(number: int) -> Lesson:
    """Return a lesson.

    Raises
    ------
    BadValue
        If there is none of this number.
    BadFile
        If its file and its module do not fit each other.

    Examples
    --------
    >>> lesson(1).slug
    'one-post'
    """
    if number not in NUMBERS:
        raise BadValue("There is no such lesson", given=number, allowed=f"1 to {NUMBERS[-1]}")
    path = _FILES[number]
    module = importlib.import_module(f"{__name__}.{path.stem[3:].replace('-', '_')}")
    return read_lesson(path, module.ANSWERS, getattr(module, "IN_TEXTS", {}))


def item(named: str) -> Item:
    """Return a question by its name.

    Raises
    ------
    BadValue
        If there is none of this name.

    Examples
    --------
    >>> item("1.1").outcome
    2
    """
    number = named.partition(".")[0]
    if number.isdecimal() and int(number) in NUMBERS:
        for one in lesson(int(number)).items:
            if one.id == named:
                return one
    raise BadValue("There is no such question", given=named)


@cache
def item_ids() -> tuple[str, ...]:
    """Return the names of all questions."""
    return tuple(one.id for number in NUMBERS for one in lesson(number).items)


# Reading a lesson's file: the numbers that its texts name are put in, and its keys are the fields
# of what is made of it.

T = TypeVar("T")
_KINDS: dict[str, type[Kind]] = {"options": Choice, "number": Number, "share": Share,
                                 "numbers": Numbers, "function": Function,
                                 "judged": Judged}  # fmt: skip


def read_lesson(path: Path, answers: Mapping[str, Answers], numbers: Mapping[str, float]) -> Lesson:
    """Return the lesson of a file, with its answers and with the numbers that its texts name."""
    unused = set(numbers)
    try:
        _, data = read_toml(path, "the questions of a lesson")
        given = _filled(data, "", numbers, unused)
        if unused:
            raise BadValue("No text names these numbers", given=", ".join(sorted(unused)))
        tables = _table("", given, "items")
        _same("items", tables, answers)
        items = tuple(_item(tables, named, answers[named]) for named in list(tables))
        return _made(Lesson, "", given, number=int(path.stem[:2]), slug=path.stem[3:], items=items)
    except BadValue as error:
        raise BadFile(f"{path.name}: {error}") from error


def _filled(value: Any, place: str, numbers: Mapping[str, float], unused: set[str]) -> Any:
    """Return texts with the numbers they name, at any depth; a line break in a text is a space.

    Code stays as it is, and what a judge remarks is filled in by the judge.
    """
    if isinstance(value, dict):
        return {key: _filled(one, _at(place, key), numbers, unused) for key, one in value.items()}
    if isinstance(value, list):
        return tuple(_filled(one, place, numbers, unused) for one in value)
    if not isinstance(value, str):
        return value
    if place.endswith(".solution.code"):
        return value.rstrip("\n")
    text = " ".join(value.split())
    if ".judged.remarks." in place:
        return text
    try:
        unused -= {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        return text.format_map(numbers)
    except (KeyError, ValueError) as error:
        raise BadValue(f"{place} cannot be filled in", given=error.args[0],
                       allowed=", ".join(numbers) or "no braces") from error  # fmt: skip


def _item(tables: dict[str, Any], named: str, answers: Answers) -> Item:
    place, given = _at("items", named), _table("items", tables, named)
    asked = [key for key in _KINDS if key in given]
    if len(asked) != 1:
        raise BadValue(f"{place} has one of these keys", given=", ".join(asked) or "none",
                       allowed=", ".join(_KINDS))  # fmt: skip
    [key] = asked
    if (key == "function", key == "judged") != (bool(answers.cases), answers.judge is not None):
        raise BadValue(f"{place}: only a function has cases, only what is judged has a judge")
    table = _table(place, given, key)
    if key == "options":
        if not all(isinstance(words, str) and words for words in table.values()):
            raise BadValue(f"{_at(place, key)} are texts", given=table)
        kind: Kind = Choice(tuple(table.items()))
    else:
        computed: dict[str, dict[str, Any]] = {
            "function": {"cases": answers.cases},
            "judged": {"judge": answers.judge},
        }
        kind = _made(_KINDS[key], _at(place, key), table, **computed.get(key, {}))
    solution = _made(Solution, _at(place, "solution"), _table(place, given, "solution"))
    wrong = _wrong(_at(place, "wrong"), _table(place, given, "wrong"), kind, answers)
    return _made(
        Item, place, given, id=named, kind=kind, wrong=wrong, solution=solution,
        right=answers.returned(answers.right), also=tuple(map(answers.returned, answers.also)),
    )  # fmt: skip


def _wrong(place: str, tables: dict[str, Any], kind: Kind, answers: Answers) -> tuple[Wrong, ...]:
    """Return the wrong answers: a choice's are letters in the file, all others are worked out."""
    given = {name: _table(place, tables, name) for name in list(tables)}
    found = answers.wrong
    if isinstance(kind, Choice):
        _same(place, {}, answers.wrong)
        found = {name: partial(str, one.pop("option", "")) for name, one in given.items()}
        letters, allowed = [one() for one in found.values()], dict(kind.options)
        if len(set(allowed) - set(letters)) != 1 or len(letters) != len(allowed) - 1:
            raise BadValue(f"{place} has one reply for each option but the right one",
                           given=", ".join(letters), allowed=", ".join(allowed))  # fmt: skip
    _same(place, given, found)
    return tuple(
        _made(Wrong, _at(place, name), one, name=name, answer=answers.returned(found[name]))
        for name, one in given.items()
    )


def _made(made: type[T], place: str, given: dict[str, Any], **computed: Any) -> T:
    """Return a dataclass: the keys of a table are its fields, all but those that are computed."""
    types = {name: get_origin(hint) or hint for name, hint in get_type_hints(made).items()}
    asked = [one for one in fields(made) if one.name not in computed]  # type: ignore[arg-type]
    needed = [one.name for one in asked if one.default is one.default_factory is MISSING]
    for key in [*given, *needed]:
        if key not in [one.name for one in asked]:
            known = ", ".join(one.name for one in asked)
            raise BadValue(f"{_at(place, key)} is not known", allowed=known)
        if given.get(key, "") == "":
            raise BadValue(f"{_at(place, key)} is missing")
        parts = given[key] if isinstance(given[key], tuple) else ()
        fits = isinstance(given[key], (int, float) if types[key] is float else types[key])
        if not fits or not all(isinstance(part, str) and part for part in parts):
            raise BadValue(f"{_at(place, key)} is of another type", given=given[key])
    return made(**given, **computed)


def _table(place: str, given: dict[str, Any], key: str) -> dict[str, Any]:
    """Take a table out of another."""
    table = given.pop(key, None)
    if not isinstance(table, dict):
        raise BadValue(f"{_at(place, key)} is no table", given=table)
    return table


def _same(place: str, words: Mapping[str, Any], answers: Mapping[str, Any]) -> None:
    """Raise if the names in the file are not those in the module."""
    for name in sorted(words.keys() ^ answers.keys()):
        lacks = "answer in the module" if name in words else "words in the file"
        raise BadValue(f"{_at(place, name)} has no {lacks}")


def _at(place: str, key: str) -> str:
    """Return the name of a key in the whole file, such as items."1.1".question."""
    name = key if re.fullmatch(r"[\w-]+", key) else f'"{key}"'
    return f"{place}.{name}" if place else name
