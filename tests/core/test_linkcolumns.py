"""Which two columns of a table are links, on any table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswave.core.errors import BadValue
from newswave.core.readers.links import is_number, link_columns

CELL = st.sampled_from(
    [
        "",
        "Fay",
        "Gus",
        "fay",
        "1",
        "2",
        "3",
        "1.0",
        "source",
        "target",
        "from",
        "to",
        "id",
        "name 1",
    ]
)


@given(st.lists(st.lists(CELL, min_size=1, max_size=4).map(tuple), min_size=1, max_size=6))
def test_any_table_has_two_columns_or_is_refused(rows: list[tuple[str, ...]]) -> None:
    try:
        found = link_columns(list(enumerate(rows, 1)))
    except BadValue:
        return
    assert found.one != found.other
    assert {len(cells) for _, cells in found.rows} == {len(found.rows[0][1])}
    left_out = len(rows) - len(found.rows)
    assert left_out == 0 or found.notes


PAIRS = [
    *[("source", "target"), ("Source", "Target"), ("FromNodeId", "ToNodeId"), ("from_id", "to_id")],
    *[("Sender", "Recipient"), ("node_1", "node_2"), ("Person A", "Person B"), ("v1", "v2")],
    *[("name1", "name2"), ("student", "friend"), ("follower", "followee"), ("ego", "alter_name")],
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
@pytest.mark.parametrize("turned", [False, True])
def test_headings_name_the_columns_wherever_they_stand(one: str, other: str, turned: bool) -> None:
    cells = [(one, "x", other), ("Fay", "1", "Gus")]
    if turned:
        cells = [row[::-1] for row in cells]
    found = link_columns(list(enumerate(cells, 1)))
    assert found.column(found.one) == ["Fay"]
    assert found.column(found.other) == ["Gus"]


def test_a_heading_that_is_a_name_is_none() -> None:
    rows = [("from", "to"), ("to", "Fay"), ("Fay", "from")]
    assert len(link_columns(list(enumerate(rows, 1))).rows) == 3


@pytest.mark.parametrize("text", ["1", "-2", "1.0", "0,5", "1e-3", ".5"])
def test_numbers(text: str) -> None:
    assert is_number(text)


@pytest.mark.parametrize("text", ["", "1a", "1.2.3", "-", "\u0663", "inf", "nan"])
def test_no_numbers(text: str) -> None:
    assert not is_number(text)
