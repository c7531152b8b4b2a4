"""Frozen values become plain data and come back checked; nothing unknown is let in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswave.core.errors import BadValue
from newswave.core.files import decode, encode
from newswave.core.setup import MostLinked, Setup


class Colour(Enum):
    """A kind with names."""

    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Point:
    """A kind with two fields, one of them checked."""

    x: float
    label: str = ""

    def __post_init__(self) -> None:
        if self.x < 0:
            raise BadValue("x is negative", given=self.x)


@dataclass(frozen=True)
class Shape:
    """A kind that holds others."""

    points: tuple[Any, ...]
    colour: Any = Colour.RED


@dataclass(frozen=True)
class Nothing:
    """A kind without fields."""


KINDS: dict[str, type] = {kind.__name__: kind for kind in (Colour, Point, Shape, Nothing)}

POINTS = st.builds(Point, st.floats(0, allow_infinity=False), st.text(max_size=5))
VALUES = st.recursive(
    st.one_of(POINTS, st.sampled_from(Colour), st.integers(), st.none(), st.just(Nothing())),
    lambda part: st.builds(Shape, st.lists(part, max_size=3).map(tuple), part),
    max_leaves=8,
)


@given(VALUES)
@settings(deadline=None)
def test_values_come_back_through_json(value: Any) -> None:
    back = decode(json.loads(json.dumps(encode(value))), KINDS)
    assert back == value
    assert type(back) is type(value)


def test_the_plain_data_is_what_a_reader_expects() -> None:
    assert encode(Shape((Point(1.5, "a"),), Colour.BLUE)) == {
        "kind": "Shape",
        "points": [{"kind": "Point", "x": 1.5, "label": "a"}],
        "colour": {"kind": "Colour", "name": "BLUE"},
    }
    assert encode((np.int64(3), np.array([[0.5, 1.0]]), [1])) == [3, [[0.5, 1.0]], [1]]
    assert type(encode(np.float64(0.5))) is float


def test_a_field_with_a_default_may_be_missing() -> None:
    assert decode({"kind": "Point", "x": 2}, KINDS) == Point(2)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"kind": "Pint", "x": 1}, "Unknown kind of value.*'Pint'.*Point"),
        ({"x": 1}, "Unknown kind.*a value without a kind"),
        ({}, "a value without a kind"),
        ({"kind": None}, "Unknown kind"),
        ({"kind": ["Point"]}, "Unknown kind"),
        ({"kind": {"kind": "Point", "x": 1}}, "Unknown kind"),
        ({"kind": "Point", "x": 1, "y": 2}, "Unknown field of Point.*'y'"),
        ({"kind": "Point", "label": "a"}, "A Point lacks its field 'x'"),
        ({"kind": "Point", "x": -1}, "x is negative"),
        ({"kind": "Point", "x": "one"}, "A Point cannot be made of this"),
        ({"kind": "Nothing", "x": 1}, "Unknown field of Nothing"),
        ({"kind": "Colour", "name": "PINK"}, "Unknown name of Colour.*RED, BLUE"),
        ({"kind": "Colour"}, "Unknown name of Colour"),
        ({"kind": "Colour", "name": ["RED"]}, "Unknown name of Colour"),
        ({"kind": "Colour", "name": "RED", "value": 1}, "Unknown field of Colour.*'value'"),
        ([[{"kind": "Shape", "points": [{"kind": "Line"}]}]], "Unknown kind.*'Line'"),
    ],
)
def test_what_is_unknown_or_wrong_is_refused(data: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        decode(data, KINDS)


@pytest.mark.parametrize("deep", [50, 3000])
def test_deep_data_is_decoded_or_refused(deep: int) -> None:
    data: Any = 1
    for _ in range(deep):
        data = {"kind": "Shape", "points": [data]}
    try:
        assert isinstance(decode(data, KINDS), Shape)
    except BadValue as error:
        assert "nested too deeply" in str(error)  # noqa: PT017
        assert deep == 3000


NAMES = st.sampled_from(["kind", "x", "label", "points", "colour", "name", "y"])
JUNK = st.recursive(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3)),
        st.sampled_from([*KINDS, "RED"]),
    ),
    lambda part: st.one_of(st.lists(part, max_size=3), st.dictionaries(NAMES, part, max_size=4)),
    max_leaves=12,
)


@given(st.one_of(JUNK, st.dictionaries(NAMES, JUNK).map(lambda d: {"kind": "Shape", **d})))
@settings(max_examples=300, deadline=None)
def test_anything_is_decoded_or_refused(data: Any) -> None:
    try:
        made = decode(data, KINDS)
    except BadValue:
        return
    # By what is written: a number that is not a number equals nothing, itself included.
    assert json.dumps(encode(decode(encode(made), KINDS))) == json.dumps(encode(made))


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -0.0])
def test_odd_numbers_come_back_as_they_are(odd: float) -> None:
    assert repr(decode(encode(odd), KINDS)) == repr(odd)


def test_a_later_field_is_not_written_at_its_default() -> None:
    """What was written before it came, and every hash of that, stays as it was."""
    assert "start" not in encode(Setup())
    late = Setup(start=MostLinked())
    assert encode(late)["start"] == {"kind": "MostLinked"}
    assert Setup.from_json(late.to_json()) == late
    assert Setup.from_json(Setup().to_json()) == Setup()
