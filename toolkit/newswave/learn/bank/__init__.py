"""The bank of items: one module a lesson, each with its `LESSON`."""

from __future__ import annotations

import importlib
from functools import cache

from newswave.core.errors import BadValue
from newswave.learn.items import Item, Lesson

_MODULES = (
    "one_post",
    "rule_to_equation",
    "network_matters",
    "chance",
    "thirty_two_personalities",
    "one_rate_or_two",
    "agents_that_read",
    "events_and_rates",
    "capstone",
)

NUMBERS = tuple(range(1, len(_MODULES) + 1))
"""The numbers of the lessons."""


@cache
def lesson(number: int) -> Lesson:
    """Return a lesson.

    Raises
    ------
    BadValue
        If there is none of this number.

    Examples
    --------
    >>> lesson(1).slug
    'one-post'
    """
    if number not in NUMBERS:
        raise BadValue("There is no such lesson", given=number, allowed=f"1 to {NUMBERS[-1]}")
    result = importlib.import_module(f"{__name__}.{_MODULES[number - 1]}").LESSON
    assert isinstance(result, Lesson)
    return result


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
