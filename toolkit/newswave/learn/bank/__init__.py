"""The bank of questions: the words of a lesson from its file, its answers from its module.

The words are in `data/questions/NN-slug.toml`, the answers, which the toolkit works out, in the
module of the bank with that slug. They are read and checked when a lesson is first asked for.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

from newswave.core.errors import BadFile, BadValue
from newswave.core.files import read_toml
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

_FOLDER = Path(__file__).parents[2] / "data" / "questions"
_FILES = {int(path.name[:2]): path for path in sorted(_FOLDER.glob("[0-9][0-9]-*.toml"))}

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


# Reading a lesson's file: its keys are checked, and the numbers that its texts name are put in.

_Types = dict[str, type | tuple[type, ...]]
_NUMBER = (int, float)
_LESSON: _Types = {"title": str, "question": str, "outcomes": tuple, "before": str, "needs": str,
                   "items": dict}  # fmt: skip
_ITEM: _Types = {"outcome": int, "question": str, "praise": str, "otherwise": str, "hints": tuple,
                 "solution": str, "code": str, "wrong": dict}  # fmt: skip
_WRONG: _Types = {"means": str, "why": str, "now": str}


class _Kind(NamedTuple):
    """How one kind of question is read: the keys it needs, those it may have, what they make."""

    needed: _Types
    may_be: _Types
    make: Callable[[Any, Any], Kind]


_KINDS = {
    "options": _Kind({"a": str, "b": str}, dict.fromkeys("cdef", str),
                     lambda given, _: Choice(tuple(given.items()))),
    "number": _Kind({"tolerance": _NUMBER}, {"unit": str, "above": _NUMBER},
                    lambda given, _: Number(**given)),
    "share": _Kind({"tolerance": _NUMBER}, {"above": _NUMBER}, lambda given, _: Share(**given)),
    "numbers": _Kind({"count": int, "tolerance": _NUMBER, "what": str}, {},
                     lambda given, _: Numbers(**given)),
    "function": _Kind({"tolerance": _NUMBER}, {},
                      lambda given, answers: Function(answers.cases, **given)),
    "judged": _Kind({"thinking": _NUMBER}, {"remarks": dict},
                    lambda given, answers: Judged(answers.judge, **given)),
}  # fmt: skip


def read_lesson(path: Path, answers: Mapping[str, Answers], numbers: Mapping[str, float]) -> Lesson:
    """Return the lesson of a file, with its answers and with the numbers that its texts name."""
    unused = set(numbers)
    try:
        _, data = read_toml(path, "the questions of a lesson")
        given = _filled(data, "", numbers, unused)
        _check("", given, _LESSON)
        _same("items", given["items"], answers)
        if unused:
            raise BadValue("No text names these numbers", given=", ".join(sorted(unused)))
        items = (_item(named, one, answers[named]) for named, one in given["items"].items())
        return Lesson(
            int(path.stem[:2]), path.stem[3:], given["title"], given["question"],
            given["outcomes"], given["before"], given["needs"], tuple(items),
        )  # fmt: skip
    except BadValue as error:
        raise BadFile(f"{path.name}: {error}") from error


def _filled(value: Any, place: str, numbers: Mapping[str, float] | None, unused: set[str]) -> Any:
    """Return texts with the numbers they name, at any depth; a line break in a text is a space.

    Code stays as it is, and what a judge remarks is filled in by the judge.
    """
    if isinstance(value, dict):
        return {
            key: one if key == "code" else _filled(
                one, _at(place, key), None if key == "remarks" else numbers, unused
            )
            for key, one in value.items()
        }  # fmt: skip
    if isinstance(value, list):
        return tuple(_filled(one, place, numbers, unused) for one in value)
    if not isinstance(value, str):
        return value
    text = " ".join(value.split())
    if numbers is None:
        return text
    try:
        unused -= {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        return text.format_map(numbers)
    except (KeyError, ValueError) as error:
        raise BadValue(f"{place} cannot be filled in", given=error.args[0],
                       allowed=", ".join(numbers) or "no braces") from error  # fmt: skip


def _item(named: str, given: Any, answers: Answers) -> Item:
    place = _at("items", named)
    asked = [key for key in _KINDS if key in given]
    if len(asked) != 1:
        raise BadValue(f"{place} has one of these keys", given=", ".join(asked) or "none",
                       allowed=", ".join(_KINDS))  # fmt: skip
    [key] = asked
    _check(place, given, {**_ITEM, key: dict})
    _check(_at(place, key), given[key], _KINDS[key].needed, _KINDS[key].may_be)
    if (key == "function", key == "judged") != (bool(answers.cases), answers.judge is not None):
        raise BadValue(f"{place}: only a function has cases, only what is judged has a judge")
    return Item(
        id=named,
        outcome=given["outcome"],
        question=given["question"],
        kind=_KINDS[key].make(given[key], answers),
        right=answers.returned(answers.right),
        praise=given["praise"],
        wrong=_wrong(_at(place, "wrong"), given["wrong"], given.get("options"), answers),
        otherwise=given["otherwise"],
        hints=given["hints"],
        solution=Solution(given["solution"], given["code"].rstrip("\n")),
        also=tuple(map(answers.returned, answers.also)),
    )


def _wrong(place: str, given: Any, options: Any, answers: Answers) -> tuple[Wrong, ...]:
    """Return the wrong answers: a choice's are letters in the file, all others are worked out."""
    for name, one in given.items():
        needed: _Types = {**_WRONG, "option": str} if options else _WRONG
        _check(_at(place, name), one, needed, {"misconception": str})
    found = answers.wrong
    if options:
        letters = [one["option"] for one in given.values()]
        if len(set(options) - set(letters)) != 1 or len(letters) != len(options) - 1:
            raise BadValue(f"{place} has one reply for each option but the right one",
                           given=", ".join(letters), allowed=", ".join(options))  # fmt: skip
        found = {name: partial(str, one["option"]) for name, one in given.items()}
    _same(place, given, found)
    return tuple(
        Wrong(
            name, answers.returned(found[name]), **{key: one[key] for key in one if key != "option"}
        )
        for name, one in given.items()
    )


def _at(place: str, key: str) -> str:
    """Return the name of a key in the whole file, such as items."1.1".question."""
    name = key if re.fullmatch(r"[\w-]+", key) else f'"{key}"'
    return f"{place}.{name}" if place else name


def _same(place: str, words: Mapping[str, Any], answers: Mapping[str, Any]) -> None:
    """Raise if the names in the file are not those in the module."""
    for name in sorted(words.keys() ^ answers.keys()):
        lacks = "answer in the module" if name in words else "words in the file"
        raise BadValue(f"{_at(place, name)} has no {lacks}")


def _check(place: str, given: Any, needed: _Types, may_be: _Types | None = None) -> None:
    """Raise if a table lacks a key, holds an unknown one, or one of another type."""
    if not isinstance(given, dict):
        raise BadValue(f"{place} is no table", given=given)
    types = {**needed, **(may_be or {})}
    for key in [*needed, *given]:
        if key not in types:
            raise BadValue(f"{_at(place, key)} is not known", allowed=", ".join(types))
        if key not in given or given[key] == "":
            raise BadValue(f"{_at(place, key)} is missing")
        if not isinstance(given[key], types[key]):
            raise BadValue(f"{_at(place, key)} is of another type", given=given[key])
