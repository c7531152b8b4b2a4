"""Decisions are counted where they were made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswave.core.errors import BadValue
from newswave.core.sharing import Decisions

ROWS = ("keen", "calm")
DECISIONS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 4), st.booleans()), max_size=60
)


def counted(decisions: list[tuple[int, int, int, bool]]) -> Decisions:
    columns = [np.array(c) for c in zip(*decisions, strict=True)] or [np.zeros(0, int)] * 4
    return Decisions.none(ROWS, 4).plus(*columns)


@given(DECISIONS)
@settings(deadline=None)
def test_each_decision_is_counted_once(decisions: list[tuple[int, int, int, bool]]) -> None:
    found = counted(decisions)
    for layer, row, exposure in np.ndindex(2, 2, 5):
        here = [share for *cell, share in decisions if cell == [layer, row, exposure]]
        assert found.asked[layer, row, exposure] == len(here)
        assert found.shared[layer, row, exposure] == sum(here)
    assert np.array_equal(found.total_asked, found.asked[0] + found.asked[1])
    assert found.total_shared.sum() == sum(share for *_, share in decisions)


@given(DECISIONS, DECISIONS)
@settings(deadline=None)
def test_counts_add_up(
    one: list[tuple[int, int, int, bool]], other: list[tuple[int, int, int, bool]]
) -> None:
    added, together = counted(one) + counted(other), counted(one + other)
    assert np.array_equal(added.asked, together.asked)
    assert np.array_equal(added.shared, together.shared)


def test_one_decision_and_answers_as_numbers() -> None:
    one = Decisions.none(ROWS, 2).plus(1, 0, 2, True)
    assert one.asked[1, 0, 2] == one.shared[1, 0, 2] == one.asked.sum() == 1
    some = Decisions.none(ROWS, 2).plus([0, 0, 1], [1, 1, 1], [2, 2, 1], [0, 1, 0])
    assert some.shared[0, 1, 2] == some.shared.sum() == 1


def test_counting_leaves_the_old_counts_as_they_were() -> None:
    none = Decisions.none(ROWS, 2)
    none.plus(0, 1, 1, True)
    assert none.asked.sum() == none.shared.sum() == 0


@pytest.mark.parametrize(
    ("asked", "shared", "words"),
    [
        ([[[0, 1]], [[0, 1]]], [[[0, 2]], [[0, 1]]], "More shared"),
        ([[[0, 1]], [[0, 1]]], [[[0, -1]], [[0, 1]]], "fewer than none"),
        ([[[0, -1]], [[0, 1]]], [[[0, -1]], [[0, 1]]], "fewer than none"),
        ([[[0, 1]]], [[[0, 1]]], "layer, row and exposure"),
        ([[[0, 1]], [[0, 1]]], [[[0, 1, 1]], [[0, 1, 1]]], "layer, row and exposure"),
        ([[0], [1]], [[0], [1]], "layer, row and exposure"),
    ],
)
def test_counts_that_cannot_be_are_refused(asked: Any, shared: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        Decisions(("all",), asked, shared)


def test_only_counts_of_the_same_things_are_added() -> None:
    one = Decisions.none(ROWS, 2)
    with pytest.raises(BadValue, match="different groups"):
        one + Decisions.none(("calm", "keen"), 2)
    with pytest.raises(BadValue, match="2 and 3"):
        one + Decisions.none(ROWS, 3)
