"""Messages say what is wrong and what to do; the checks let nothing odd through."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswave.core.errors import (
    BadFile,
    BadValue,
    CannotFit,
    NewswaveError,
    one_of,
    probability,
    real_number,
    shown,
    whole_number,
)

ANYTHING = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary()),
    *(st.lists(st.integers()), st.complex_numbers(), st.fractions(), st.decimals()),
    st.just(10**5000),
)


def test_a_message_has_its_parts_in_order() -> None:
    error = BadValue("The degree is too large", given=12, allowed="1 to 9", advice="Lower it")
    assert str(error) == "The degree is too large. Given: 12. Allowed: 1 to 9. Lower it."
    assert (error.what, error.given, error.allowed) == ("The degree is too large", 12, "1 to 9")
    assert error.advice == "Lower it"


@pytest.mark.parametrize(
    ("part", "ends"),
    [
        ("Did you mean this?", "Did you mean this?"),
        ("Stop!", "Stop!"),
        ("Done.", "Done."),
        ("a, b ...", "a, b ..."),
        ("Lower it", "Lower it."),
    ],
)
def test_no_part_gets_two_endings(part: str, ends: str) -> None:
    assert str(BadValue("No", advice=part)) == f"No. {ends}"
    assert str(BadValue(part)) == ends


def test_a_given_value_of_zero_or_nothing_is_shown() -> None:
    assert str(BadValue("No", given=0)) == "No. Given: 0."
    assert str(BadValue("No", given="")) == "No. Given: ''."
    assert str(BadValue("No")) == "No."


@pytest.mark.parametrize("kind", [BadValue, BadFile, CannotFit])
def test_every_mistake_is_caught_by_one_name(kind: type[NewswaveError]) -> None:
    assert issubclass(kind, NewswaveError)
    assert issubclass(kind, ValueError)


@settings(deadline=None)
@given(ANYTHING, st.integers(5, 90))
def test_shown_is_short_single_line_and_printable(value: Any, limit: int) -> None:
    text = shown(value, limit)
    assert len(text) <= limit
    assert text.isprintable()


def test_a_long_path_keeps_its_file_name() -> None:
    text = str(BadFile("No", given="/very" * 40 + "/curve.csv"))
    assert text.endswith("/curve.csv'.")
    assert len(text) < 100


def test_shown_survives_what_cannot_be_shown() -> None:
    assert shown(10**5000) == "a value of type int"
    assert shown("a\n\tb\x07") == r"'a\n\tb\x07'"
    assert shown(np.zeros((2, 2))) == "[[0. 0.] [0. 0.]]"


@settings(deadline=None)
@given(ANYTHING)
def test_whole_numbers_are_whole_or_refused(value: Any) -> None:
    try:
        number = whole_number("n", value, -5, 50)
    except BadValue:
        assert type(value) is not int or value not in range(-5, 51)
        return
    assert type(number) is int
    assert -5 <= number <= 50
    assert number == value


@settings(deadline=None)
@given(ANYTHING)
def test_real_numbers_are_finite_or_refused(value: Any) -> None:
    try:
        number = real_number("x", value, -1.0, 1.0)
    except BadValue:
        return
    assert type(number) is float
    assert -1.0 <= number <= 1.0


@pytest.mark.parametrize("value", [3, 3.0, np.int8(3), np.float32(3), Fraction(3)])
def test_numbers_of_every_kind_are_taken(value: Any) -> None:
    assert whole_number("n", value, 3, 3) == 3
    assert real_number("x", value, 3, 3) == 3.0


@pytest.mark.parametrize("value", [True, "3", None, math.nan, math.inf, 3 + 0j, [3], 10**400])
def test_what_is_no_number_is_refused(value: Any) -> None:
    for check in (lambda: whole_number("n", value, 0), lambda: real_number("x", value)):
        with pytest.raises(BadValue, match="does not fit"):
            check()


def test_the_allowed_span_is_named() -> None:
    with pytest.raises(BadValue, match="a whole number, 1 or more"):
        whole_number("n", 0, 1)
    with pytest.raises(BadValue, match=r"a whole number, 1 to 9\. Lower it\."):
        whole_number("n", 10, 1, 9, "Lower it")
    with pytest.raises(BadValue, match="a finite number"):
        real_number("x", math.inf)
    with pytest.raises(BadValue, match="a number, 0 or more"):
        real_number("x", -1, 0.0)
    with pytest.raises(BadValue, match="a number from 0 to 1"):
        probability("p", 1.01)
    assert (probability("p", 0), probability("p", 1)) == (0.0, 1.0)


def test_a_misspelt_name_gets_near_ones() -> None:
    with pytest.raises(BadValue, match=r"Unknown fruit\. Given: 'aple'\. Allowed: apple\.") as near:
        one_of("fruit", "aple", ["apple", "cherry"])
    assert str(near.value).endswith("Did you mean one of the names above?")
    with pytest.raises(BadValue, match=r"apple, cherry\. Take one of these names\.$"):
        one_of("fruit", "zzz", ["apple", "cherry"])
    with pytest.raises(BadValue, match="Look it up"):
        one_of("fruit", None, ["apple"], "Look it up")
    assert one_of("fruit", "apple", iter(["apple"])) == "apple"


def test_a_long_list_of_names_is_cut() -> None:
    with pytest.raises(BadValue) as caught:
        one_of("number", "?", [f"n{i}" for i in range(20)])
    assert "n11 ... Take" in str(caught.value)
    assert "n12" not in str(caught.value)
