"""Rules: the numbers of a sharing table against a computation by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswave.core.errors import BadValue
from newswave.core.events import DEFAULT_EVENT_ID, Event, event
from newswave.core.population import (
    LITERATURE,
    NONE,
    PRESETS,
    PROFILES,
    Effect,
    IndependentTraits,
    OneProfile,
    Profile,
    TwoGroups,
    WeightedProfiles,
)
from newswave.core.provenance import Cell, Method, Origin, pooled
from newswave.core.rules import Asked, ByGroup, ByTraits, Measured, SameForAll, SharingRule
from newswave.core.sharing import SharingTable
from newswave.core.wording import wordings

NEUTRAL = event(DEFAULT_EVENT_ID)
TWO = TwoGroups().groups
ALL = IndependentTraits().groups
CHANCE = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(1e-6, 1 - 1e-6))
OFFSET = st.floats(-5, 5)


def shifted(offset: float) -> Event:
    return replace(NEUTRAL, offset=Effect(offset, "chosen for a test"))


def logistic(q: float, shift: float) -> float:
    """Move a probability on the log-odds, the plain way."""
    if q in (0.0, 1.0):
        return q
    return 1 / (1 + math.exp(-(math.log(q / (1 - q)) + shift)))


def first(table: SharingTable) -> list[float]:
    column: list[float] = table.probabilities[:, 1].tolist()
    return column


@given(st.floats(1e-6, 1 - 1e-6), OFFSET)
@settings(deadline=None)
def test_an_event_moves_the_log_odds(q: float, offset: float) -> None:
    for groups in (TWO, ALL):
        table = SameForAll(q).table(groups, shifted(offset), 3)
        assert first(table) == pytest.approx([logistic(q, offset)] * len(groups))
        assert table.rows == tuple(group.name for group in groups)
        assert table.contact_rates() is not None


@given(CHANCE, CHANCE, OFFSET)
@settings(deadline=None)
def test_two_groups_have_a_chance_each(one: float, other: float, offset: float) -> None:
    slow, fast = sorted((one, other))
    table = ByGroup(fast, slow).table(TWO, shifted(offset), 4)
    assert table.rows == ("outgoing", "reserved")
    assert first(table) == pytest.approx([logistic(fast, offset), logistic(slow, offset)])
    assert table.probabilities[:, 4] == pytest.approx(1 - (1 - np.array(first(table))) ** 4)


@given(st.floats(1e-4, 0.99), OFFSET, st.sampled_from(sorted(PRESETS)))
@settings(deadline=None)
def test_traits_add_up_on_the_log_odds(baseline: float, offset: float, name: str) -> None:
    effects = PRESETS[name]
    table = ByTraits(baseline, effects).table(ALL, shifted(offset), 2)
    assert table.rows == tuple(profile.code for profile in PROFILES)
    for profile, found in zip(PROFILES, first(table), strict=True):
        added = sum(
            effect.value * (0.5 if high else -0.5)
            for effect, high in zip(effects.effects, profile.levels, strict=True)
        )
        assert found == pytest.approx(logistic(baseline, offset + added))
    assert name in table.source


def test_one_number_by_hand() -> None:
    # Low C (+0.055), high E (+0.09), low A (+0.11), low N (+0.055) and an offset of 0.65 add up
    # to 0.96; logit 0.05 is -2.9444, so q = 1 / (1 + exp(1.9844)) = 0.12084.
    mix = OneProfile(Profile.from_code("O+C-E+A-N-"))
    table = ByTraits(0.05, LITERATURE).table(mix.groups, shifted(0.65), 1)
    assert first(table) == pytest.approx([0.12084], abs=1e-5)


@given(CHANCE)
def test_no_shift_leaves_a_chance_to_the_last_digit(q: float) -> None:
    assert first(SameForAll(q).table(TWO, NEUTRAL, 1)) == [1 - (1 - q)] * 2
    same = SameForAll(q).table(TWO, NEUTRAL, 5).probabilities
    assert (ByTraits(q, NONE).table(TWO, NEUTRAL, 5).probabilities == same).all()
    assert (ByGroup(q, q).table(TWO, NEUTRAL, 5).probabilities == same).all()


def test_extreme_shifts_stay_probabilities() -> None:
    strong = replace(LITERATURE, extraversion=Effect(30.0, "chosen"))
    for offset in (-30.0, 30.0):
        for q in (0.0, 1e-300, 0.5, 1.0):
            for rule in (SameForAll(q), ByTraits(q, strong)):
                found = first(rule.table(ALL, shifted(offset), 3))
                assert all(0 <= p <= 1 for p in found)
                assert q not in (0.0, 1.0) or set(found) == {q}


def test_measured_rows_are_found_by_code_then_by_name() -> None:
    ready, calm = TWO[0].profile.code, TWO[1].profile.code
    numbers = [[0, 0.1, 0.15], [0, 0.2, 0.25], [0, 0.3, 0.35]]
    both = SharingTable(("reserved", ready, "outgoing"), np.array(numbers), source="mine")
    found = Measured(both).table(TWO, shifted(2.0), 3)
    assert found.rows == ("outgoing", "reserved")
    assert found.probabilities.tolist() == [[0, 0.2, 0.25, 0.25], [0, 0.1, 0.15, 0.15]]
    assert found.source == "mine"
    with pytest.raises(BadValue, match="Unknown row of the table"):
        Measured(SharingTable((ready,), np.array([[0, 0.1]]))).table(TWO, NEUTRAL, 3)
    mix = WeightedProfiles(((TWO[1].profile, 1.0),))
    one = Measured(
        SharingTable((calm,), np.array([[0, 0.1, 0.5]]), np.array([[0, 0.2, 0.2]]))
    ).table(mix.groups, NEUTRAL, 1)
    assert one.probabilities.tolist() == [[0, 0.1]]
    assert one.repeat is not None
    assert one.repeat.tolist() == [[0, 0.2]]


COUNTED = Cell.counted("a", 1, asked=10, shared=3)
READ = Cell("b", 2, 0.25, 0.25, 0.25, Method.LOG_PROBABILITIES)
CHANCES = [[0, COUNTED.probability, 0.5], [0, 0.125, 0.25]]
GIVEN = SharingTable(("a", "b"), CHANCES, [[0, 0.1, 0.2], [0, 0.3, 0.4]], "mine")
ORIGIN = Origin("m", "d", "0.33", "0.6", "adjectives", "h", "a-day", synthetic=True)


def test_a_draw_moves_counted_cells_alone() -> None:
    rule = Measured(GIVEN, (READ, COUNTED), ORIGIN)
    numbers = np.random.default_rng(5)
    drawn = rule.drawn(numbers)
    [wanted] = pooled([COUNTED]).drawn(np.random.default_rng(5)).tolist()
    assert drawn.given.probabilities.tolist() == [[0, wanted, 0.5], [0, 0.125, 0.25]]
    assert drawn.given.repeat is not None
    assert GIVEN.repeat is not None
    assert np.array_equal(drawn.given.repeat, GIVEN.repeat)
    assert (drawn.given.rows, drawn.given.source, drawn.origin) == (GIVEN.rows, "mine", ORIGIN)
    assert not drawn.is_sampled
    assert drawn.drawn(numbers).given.probabilities.tolist() == drawn.given.probabilities.tolist()
    assert rule.given.probabilities.tolist() == CHANCES
    assert rule.is_sampled
    assert not Measured(GIVEN, (READ,)).is_sampled
    assert not Measured(GIVEN).is_sampled


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ((replace(COUNTED, row="c"),), "Unknown row of the table"),
        ((replace(COUNTED, exposure=3),), "exposure of a cell.*1 to 2"),
        ((replace(COUNTED, exposure=2),), "cell of a at exposure 2 differ.*the table's 0.5"),
        ((COUNTED, COUNTED), "comes twice"),
        ((COUNTED, 0.3), "are Cells"),
    ],
)
def test_cells_that_do_not_fit_their_table_are_refused(cells: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        Measured(GIVEN, cells)
    with pytest.raises(BadValue, match="an Origin"):
        Measured(GIVEN, (), "qwen")  # type: ignore[arg-type]


def test_where_a_model_is_asked_there_is_no_table() -> None:
    rule = Asked("llama3.2:1b", wordings()[0], 1)
    assert type(rule.temperature) is float
    with pytest.raises(BadValue, match=r"no table says how.*llama3\.2:1b.*newswave table"):
        rule.table(TWO, NEUTRAL, 3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": " "}, "name of a model"),
        ({"model": "x" * 201}, "name of a model"),
        ({"model": "a\nb"}, "name of a model"),
        ({"model": None}, "name of a model"),
        ({"wording": "adjectives"}, "in a Wording"),
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": "1"}, "temperature"),
        ({"synthetic": None}, "True or False"),
    ],
)
def test_models_that_cannot_be_asked_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(BadValue, match=words):
        Asked(**{"model": "m", "wording": wordings()[0], **change})


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SameForAll(1.1), "share probability"),
        (lambda: SameForAll(math.nan), "share probability"),
        (lambda: SameForAll("0.1"), "share probability"),  # type: ignore[arg-type]
        (lambda: ByGroup(0.1, 0.2), r"fast 0\.1, slow 0\.2.*Swap"),
        (lambda: ByGroup(-0.1, -0.2), "fast share probability"),
        (lambda: ByGroup(0.1, math.nan), "slow share probability"),
        (lambda: ByGroup().table(ALL, NEUTRAL, 3), "a mix of 32.*TwoGroups"),
        (lambda: ByGroup().table(TWO[:1], NEUTRAL, 3), "a mix of 1"),
        (lambda: ByTraits(2), "baseline"),
        (lambda: ByTraits(0.1, "literature"), "no trait effects"),  # type: ignore[arg-type]
        (lambda: Measured([[0, 0.1]]), "needs a sharing table"),  # type: ignore[arg-type]
        (lambda: SameForAll().table(TWO, NEUTRAL, 0), "largest exposure"),
    ],
)
def test_wrong_rules_are_refused(make: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        make()


def test_every_rule_is_one() -> None:
    table = SharingTable(("all",), np.array([[0, 0.1]]))
    rules: list[Any] = [SameForAll(), ByGroup(), ByTraits(), Measured(table)]
    rules.append(Asked("m", wordings()[0]))
    assert all(isinstance(rule, SharingRule) for rule in rules)
    assert not isinstance(LITERATURE, SharingRule)
