"""The manipulation check: its ten statements, its scores, and what it says of a model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswave.core.errors import BadValue
from newswave.core.population import PROFILES, Trait, signs_of
from newswave.core.wording import wordings
from newswave.llm.personas import (
    HIGHEST,
    ITEMS,
    LOWEST,
    check_traits,
    inventory_prompt,
    inventory_schema,
    inventory_scores,
)

RATINGS = st.fixed_dictionaries({item.key: st.integers(LOWEST, HIGHEST) for item in ITEMS})


def test_each_trait_has_one_statement_and_one_turned_round() -> None:
    assert len({item.key for item in ITEMS}) == len({item.text for item in ITEMS}) == 10
    for trait in Trait:
        assert sorted(item.reversed for item in ITEMS if item.trait is trait) == [False, True]


@given(RATINGS)
@settings(deadline=None)
def test_scores_are_half_the_difference_of_the_two_ratings(ratings: dict[str, int]) -> None:
    found = inventory_scores(ratings)
    for trait, score in zip(Trait, found, strict=True):
        straight, turned = (
            next(item.key for item in ITEMS if item.trait is trait and item.reversed is which)
            for which in (False, True)
        )
        assert score == pytest.approx((ratings[straight] - ratings[turned]) / 4)
    assert (np.abs(found) <= 1).all()


def test_who_says_the_same_to_everything_has_no_personality() -> None:
    for rating in (1, 3, 5):
        assert inventory_scores({item.key: rating for item in ITEMS}).tolist() == [0.0] * 5


@pytest.mark.parametrize("rating", [0, 6, 3.0, "3", None, True])
def test_ratings_that_are_none_are_refused(rating: Any) -> None:
    ratings = {item.key: 3 for item in ITEMS}
    with pytest.raises(BadValue, match="rating of s4"):
        inventory_scores({**ratings, "s4": rating})
    with pytest.raises(BadValue, match="rating of s10"):
        inventory_scores({key: value for key, value in ratings.items() if key != "s10"})


def test_the_schema_asks_for_every_statement_and_no_more() -> None:
    schema = inventory_schema()
    keys = [item.key for item in ITEMS]
    assert list(schema["properties"]) == schema["required"] == keys
    assert schema["additionalProperties"] is False
    for number in schema["properties"].values():
        assert number == {"type": "integer", "minimum": 1, "maximum": 5}


def test_the_persona_is_told_in_the_words_of_the_wording_and_every_statement_follows() -> None:
    for wording in wordings():
        prompts = {inventory_prompt(wording, profile).user for profile in PROFILES}
        assert len(prompts) == 32
        user = inventory_prompt(wording, PROFILES[9]).user
        assert user.startswith(wording.persona_text(PROFILES[9]))
        lines = user.splitlines()
        assert all(f"{item.key}: {item.text}" in lines for item in ITEMS)


def test_the_check_counts_personas_whose_score_has_their_sign() -> None:
    scores = 2.0 * signs_of(PROFILES)
    scores[:, 2] = 0.25  # extraversion: everybody scores alike
    scores[:, 3] *= -1  # agreeableness: the wrong way round
    scores[16, 0] = 0.0  # openness: one high persona has no leaning
    found = {check.trait: check for check in check_traits(PROFILES, scores)}
    assert found[Trait.CONSCIENTIOUSNESS].separation == 2.0
    assert found[Trait.CONSCIENTIOUSNESS].taken_on == 1.0
    assert (found[Trait.EXTRAVERSION].separation, found[Trait.EXTRAVERSION].taken_on) == (0, 0.5)
    assert (found[Trait.AGREEABLENESS].high, found[Trait.AGREEABLENESS].taken_on) == (-1.0, 0.0)
    assert found[Trait.OPENNESS].high == pytest.approx(15 / 16)
    assert found[Trait.OPENNESS].low == -1.0
    assert found[Trait.OPENNESS].taken_on == pytest.approx(31 / 32)


def test_checks_that_cannot_be_made_are_refused() -> None:
    with pytest.raises(BadValue, match="do not fit their profiles"):
        check_traits(PROFILES, np.zeros((32, 4)))
    with pytest.raises(BadValue, match="alike in openness"):
        check_traits(PROFILES[:16], signs_of(PROFILES[:16]))
