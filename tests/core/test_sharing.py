"""Sharing tables: what they refuse, when they obey the contact rule, and how they are cut."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import tables

from newswave.core.errors import BadValue
from newswave.core.sharing import Decisions, SharingTable, between, hazard, share_probability

ROWS = ("keen", "calm")
CHANCE = st.floats(0, 1)


def held(table: SharingTable) -> tuple[Any, ...]:
    repeat = None if table.repeat is None else table.repeat.tolist()
    return table.rows, table.probabilities.tolist(), repeat, table.source


# ---- the value


@pytest.mark.parametrize(
    ("rows", "numbers", "words"),
    [
        (ROWS, [[0, 0.1]], "wrong shape.*2 named rows"),
        (ROWS, [[0], [0]], "wrong shape.*two columns"),
        (ROWS, [0, 0.1], "wrong shape"),
        (ROWS, [[[0, 0.1]], [[0, 0.1]]], "wrong shape"),
        (ROWS, np.zeros((2, 0)), "wrong shape"),
        (ROWS, [[0, 0.1], [0]], "numbers only"),
        (ROWS, [[0, "a"], [0, 0]], "numbers only"),
        (ROWS, [[0, 1j], [0, 0]], "numbers only"),
        (ROWS, [[0, 10**400], [0, 0]], "numbers only"),
        (ROWS, {"keen": 0.1}, "numbers only"),
        (ROWS, [[0, np.nan], [0, 0]], "holds probabilities.*nan"),
        (ROWS, [[0, None], [0, 0]], "holds probabilities.*nan"),
        (ROWS, [[0, 1.1], [0, 0]], "holds probabilities.*1.1"),
        (ROWS, [[0, -0.1], [0, 0]], "holds probabilities.*-0.1"),
        (ROWS, [[0, np.inf], [0, 0]], "holds probabilities.*inf"),
        (ROWS, [[0.2, 0.3], [0, 0]], "column 0 must be 0.*0.2"),
        (("keen", "keen"), [[0, 0.1]] * 2, "a name for each row"),
        (("keen", ""), [[0, 0.1]] * 2, "a name for each row"),
        ((), np.zeros((0, 2)), "a name for each row.*no rows"),
        (None, [[0, 0.1]], "no names of rows"),
    ],
)
def test_what_is_no_table_is_refused(rows: Any, numbers: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        SharingTable(rows, numbers)
    if "name" not in words or "named" in words:
        with pytest.raises(BadValue, match=words):
            SharingTable(ROWS, [[0, 0.1]] * 2, numbers)  # type: ignore[arg-type]


def test_halves_of_different_shape_and_odd_sources_are_refused() -> None:
    with pytest.raises(BadValue, match="differ in shape"):
        SharingTable(ROWS, np.zeros((2, 3)), np.zeros((2, 2)))
    with pytest.raises(BadValue, match="source"):
        SharingTable(ROWS, np.zeros((2, 3)), source=3)  # type: ignore[arg-type]


def test_a_table_is_a_copy_that_cannot_be_written_to() -> None:
    numbers = np.array([[0, 0.1]])
    table = SharingTable(("all",), numbers, numbers)
    numbers[0, 1] = 0.9
    assert table.probabilities.tolist() == [[0, 0.1]]
    for array in (table.probabilities, table.repeat):
        assert array is not None
        with pytest.raises(ValueError, match="read-only"):
            array[0, 1] = 0.5


def test_a_single_text_is_one_row() -> None:
    assert SharingTable("all", [[0, 0.1]]).rows == ("all",)  # type: ignore[arg-type]


# ---- the contact rule


@given(st.lists(CHANCE, min_size=2, max_size=2), st.integers(1, 40))
@settings(deadline=None)
def test_the_contact_rule_is_a_chance_per_neighbour(q: list[float], most: int) -> None:
    table = SharingTable.contact(ROWS, q, most)
    assert table.max_exposure == most
    for row, chance in enumerate(q):
        for m in range(most + 1):
            assert table.probabilities[row, m] == pytest.approx(1 - (1 - chance) ** m)
    rates = table.contact_rates()
    assert rates is not None
    for rate, chance in zip(rates, q, strict=True):
        wanted = math.inf if chance == 1 else -math.log1p(-chance)
        assert rate == pytest.approx(wanted, rel=1e-6, abs=1e-12)


@given(CHANCE.filter(lambda q: 0.01 < q < 0.9), st.integers(2, 6), st.sampled_from([-1, 1]))
@settings(deadline=None)
def test_a_table_a_little_off_the_rule_has_no_rates(q: float, column: int, sign: int) -> None:
    numbers = SharingTable.contact(ROWS, (q, 0.3), 6).probabilities.copy()
    numbers[0, column] = np.clip(numbers[0, column] + sign * 1e-6, 0, 1 - 1e-9)
    assert SharingTable(ROWS, numbers).contact_rates() is None


def test_a_table_with_memory_has_no_rates_unless_both_halves_agree() -> None:
    contact = SharingTable.contact(ROWS, (0.5, 0.1), 3)
    assert contact.with_repeat_ratio(2.0).contact_rates() is None
    twice = SharingTable(ROWS, contact.probabilities, contact.probabilities)
    assert twice.contact_rates() is not None


@pytest.mark.parametrize(("q", "most"), [((0.5,), 3), ((0.5, 1.2), 3), ((0.5, 0.1), 0)])
def test_a_wrong_contact_rule_is_refused(q: tuple[float, ...], most: int) -> None:
    with pytest.raises(BadValue):
        SharingTable.contact(ROWS, q, most)


# ---- cutting, picking, memory


@given(tables(ROWS), st.integers(1, 12))
@settings(deadline=None)
def test_any_table_holds_its_last_column(table: SharingTable, wanted: int) -> None:
    if table.contact_rates() is not None:
        return
    wide = table.up_to(wanted)
    assert wide.max_exposure == wanted
    assert (wide.repeat is None) == (table.repeat is None)
    for m in range(wanted + 1):
        at = min(m, table.max_exposure)
        assert wide.probabilities[:, m].tolist() == table.probabilities[:, at].tolist()
        if wide.repeat is not None and table.repeat is not None:
            assert wide.repeat[:, m].tolist() == table.repeat[:, at].tolist()
    assert (wide.rows, wide.source) == (table.rows, table.source)


@given(st.lists(CHANCE, min_size=2, max_size=2), st.integers(2, 8), st.integers(1, 30))
@settings(deadline=None)
def test_the_contact_rule_goes_on(q: list[float], most: int, wanted: int) -> None:
    table = SharingTable.contact(ROWS, q, most, "mine").up_to(wanted)
    expected = SharingTable.contact(ROWS, q, wanted).probabilities
    assert np.allclose(table.probabilities, expected, rtol=0, atol=1e-12)
    assert table.source == "mine"


@given(tables(("a", "b", "c")), st.permutations(["a", "b", "c"]), st.integers(1, 3))
@settings(deadline=None)
def test_rows_are_picked_by_name(table: SharingTable, names: list[str], count: int) -> None:
    chosen = tuple(names[:count])
    picked = table.pick(chosen)
    assert picked.rows == chosen
    for row, name in enumerate(chosen):
        at = table.rows.index(name)
        assert picked.probabilities[row].tolist() == table.probabilities[at].tolist()
        if picked.repeat is not None and table.repeat is not None:
            assert picked.repeat[row].tolist() == table.repeat[at].tolist()
    labels = tuple(f"new {name}" for name in chosen)
    assert held(table.pick(chosen, labels))[1:] == held(picked)[1:]
    assert table.pick(chosen, labels).rows == labels


def test_a_row_may_stand_for_two_groups_but_must_be_there() -> None:
    table = SharingTable(ROWS, np.array([[0, 0.1], [0, 0.2]]))
    assert table.pick(("calm", "calm"), ("x", "y")).probabilities.tolist() == [[0, 0.2]] * 2
    with pytest.raises(BadValue, match=r"Unknown row of the table.*'kean'.*keen"):
        table.pick(("kean",))


@given(tables(ROWS), st.floats(0, 20))
@settings(deadline=None)
def test_a_repeat_ratio_multiplies_the_hazard(table: SharingTable, ratio: float) -> None:
    made = table.with_repeat_ratio(ratio)
    if ratio == 1.0:
        assert made is table
        return
    assert made.repeat is not None
    assert made.probabilities.tolist() == table.probabilities.tolist()
    assert not made.repeat[:, 0].any()
    for (row, m), p in np.ndenumerate(table.probabilities):
        wanted = 0.0 if m == 0 or ratio == 0 or p == 0 else 1 - (1 - p) ** ratio
        assert made.repeat[row, m] == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("ratio", [-0.1, math.nan, math.inf, "2", None])
def test_a_wrong_repeat_ratio_is_refused(ratio: Any) -> None:
    with pytest.raises(BadValue, match="repeat ratio"):
        SharingTable(ROWS, np.array([[0, 0.1], [0, 0.2]])).with_repeat_ratio(ratio)


@given(st.floats(0, 1 - 1e-9))
@settings(deadline=None)
def test_hazards_and_probabilities_are_two_ways_to_say_it(p: float) -> None:
    assert share_probability(hazard(p)) == pytest.approx(p, rel=1e-9, abs=1e-300)
    assert hazard(p) >= 0


def test_certain_sharing_has_an_infinite_hazard() -> None:
    table = SharingTable(("all",), np.array([[0, 0.5, 1.0]]))
    assert table.hazards.tolist() == [[0, math.log(2), math.inf]]
    assert share_probability(np.inf) == 1.0


# Decisions are counted where they were made.

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


@given(st.floats(0.001, 0.5), st.integers(2, 12), st.data())
def test_between_exposures_the_contact_rule_stays_itself(q: float, last: int, data: Any) -> None:
    inner = data.draw(st.sets(st.integers(2, last))) - {last}
    asked = [1, *sorted(inner), last]
    known = 1.0 - (1.0 - q) ** np.array([asked])
    found = between(known, asked)
    assert found[0] == pytest.approx(1.0 - (1.0 - q) ** np.arange(last + 1), abs=1e-9)
    assert np.array_equal(found[:, asked], known)


def test_between_exposures_chances_of_0_and_1_stay_and_rise() -> None:
    found = between(np.array([[0.0, 1.0], [0.3, 0.3]]), [1, 4])
    assert found[1].tolist() == pytest.approx([0.0, 0.3, 0.3, 0.3, 0.3])
    assert found[0, [0, 1, 4]].tolist() == [0.0, 0.0, 1.0]
    assert (np.diff(found[0]) >= 0.0).all()
