"""Trait effects: the numbers agree with their sources, and none comes without one."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswave.core.errors import BadValue
from newswave.core.population import (
    EXAGGERATED,
    LITERATURE,
    MISINFORMATION,
    NONE,
    PRESETS,
    Effect,
    TraitEffects,
    log_odds_from_correlation,
    preset,
)

ORDER = ["openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism"]


def test_the_literature_preset_holds_the_published_numbers() -> None:
    assert LITERATURE.values.tolist() == [0.0, -0.11, 0.18, -0.22, -0.11]
    betas = [-0.03, 0.05, -0.06, -0.03]
    converted = [round(log_odds_from_correlation(beta), 2) for beta in betas]
    assert LITERATURE.values[1:].tolist() == converted
    assert [effect.chosen for effect in LITERATURE.effects] == [True, False, False, False, False]
    assert all("e0303770" in effect.source for effect in LITERATURE.effects)


def test_misinformation_takes_a_chosen_value_between_two_cited_ends() -> None:
    weak, strong = (round(log_odds_from_correlation(r), 2) for r in (-0.08, -0.22))
    assert (weak, strong) == (-0.29, -0.82)
    effect = MISINFORMATION.conscientiousness
    assert effect.value == -0.55
    assert strong < effect.value < weak
    assert effect.chosen
    assert all(text in effect.source for text in ("-0.29", "-0.82", "10.56296/aip00031"))
    assert MISINFORMATION.values.tolist() == [0.0, -0.55, 0.18, -0.22, 0.0]


def test_exaggerated_is_five_times_literature_and_says_that_it_is_no_data() -> None:
    assert EXAGGERATED.values.tolist() == [0.0, -0.55, 0.9, -1.1, -0.55]
    np.testing.assert_allclose(EXAGGERATED.values, 5 * LITERATURE.values, atol=1e-12)
    assert all("not data" in effect.source and effect.chosen for effect in EXAGGERATED.effects)
    assert "not data" in EXAGGERATED.description


def test_none_is_all_zero() -> None:
    assert NONE.values.tolist() == [0.0] * 5
    assert all(effect.chosen for effect in NONE.effects)


def test_presets_are_found_by_name_and_cannot_be_changed() -> None:
    assert list(PRESETS) == ["literature", "misinformation", "exaggerated", "none"]
    assert all(preset(name) is effects for name, effects in PRESETS.items())
    with pytest.raises(TypeError):
        PRESETS["mine"] = NONE  # type: ignore[index]
    with pytest.raises(BadValue, match="exaggerated"):
        preset("exagerated")
    with pytest.raises(BadValue, match="literature, misinformation, exaggerated, none"):
        preset("zzz")


def test_values_come_in_the_order_of_the_traits_as_a_fresh_array() -> None:
    mine = TraitEffects("mine", "", *(Effect(float(n), "chosen") for n in range(5)))
    assert [getattr(mine, name).value for name in ORDER] == mine.values.tolist()
    mine.values[0] = 9.0
    assert mine.values.shape == (5,)
    assert mine.values[0] == 0.0
    assert hash(mine) == hash(dataclasses.replace(mine))


@pytest.mark.parametrize(
    "source", ["", "   ", "my own", "because", "19 people", None, 2024, "x" * 401]
)
def test_a_number_without_a_source_is_refused(source: object) -> None:
    with pytest.raises(BadValue, match="chosen"):
        Effect(0.1, source)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 31.0, True, "0.1", None])
def test_a_number_that_is_none_is_refused(value: object) -> None:
    with pytest.raises(BadValue, match="effect does not fit"):
        Effect(value, "chosen")  # type: ignore[arg-type]


def test_line_breaks_in_a_source_are_refused() -> None:
    with pytest.raises(BadValue):
        Effect(0.1, "chosen\nlater")


def test_trait_effects_need_a_name_and_sources() -> None:
    with pytest.raises(BadValue, match="name"):
        dataclasses.replace(NONE, name=" ")
    with pytest.raises(BadValue, match="source"):
        dataclasses.replace(NONE, openness=0.1)  # type: ignore[arg-type]


@given(st.floats(-0.999, 0.999))
def test_the_conversion_can_be_undone(r: float) -> None:
    difference = log_odds_from_correlation(r) * math.sqrt(3) / math.pi
    assert difference / math.sqrt(difference**2 + 4) == pytest.approx(r, abs=1e-12)
    assert log_odds_from_correlation(-r) == -log_odds_from_correlation(r)


@pytest.mark.parametrize("r", [1.0, -1.0, 1.5, math.nan, "0.1"])
def test_no_correlation_no_conversion(r: object) -> None:
    with pytest.raises(BadValue, match="correlation"):
        log_odds_from_correlation(r)  # type: ignore[arg-type]
