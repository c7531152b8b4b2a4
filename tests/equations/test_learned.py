"""Decisions give back the rates and effects that made them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from newswave.core.errors import BadValue, CannotFit
from newswave.core.networks import Complete
from newswave.core.population import (
    EXAGGERATED,
    PROFILES,
    IndependentTraits,
    OneProfile,
    WeightedProfiles,
)
from newswave.core.rules import Asked, ByTraits, SameForAll, synthetic_table
from newswave.core.setup import Setup
from newswave.core.simulation import decisions
from newswave.core.wording import wordings
from newswave.equations.from_decisions import learn, learned_from
from newswave.report.text import learned_table


def test_two_groups_have_their_two_rates() -> None:
    """About 300 000 decisions: 1 % is over 4 standard errors of either rate."""
    found = learn(Setup(replicas=100, seed=3))
    assert [one.row for one in found.rates] == ["outgoing", "reserved"]
    for one, truth in zip(found.rates, (0.15, 0.015), strict=True):
        assert one.share_probability == pytest.approx(truth, rel=0.02)
        assert one.low < -np.log1p(-truth) < one.high
    assert found.ratios == ()


def test_trait_effects_are_found_as_rate_ratios() -> None:
    """At a low baseline a rate ratio is nearly e^b; 10 % is over 5 standard errors."""
    setup = Setup(
        mix=IndependentTraits(), sharing=ByTraits(0.01, EXAGGERATED), rounds=100, replicas=60
    )
    found = learn(setup)
    assert len(found.rates) == 32
    names = [one.name for one in found.ratios]
    assert names[1:] == [
        "openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism",
    ]  # fmt: skip
    for one, effect in zip(found.ratios[1:], EXAGGERATED.values, strict=True):
        assert one.ratio == pytest.approx(np.exp(effect), rel=0.1)


def test_a_source_is_taken_out_of_the_rate() -> None:
    setup = Setup(
        mix=OneProfile(PROFILES[0]), sharing=SameForAll(0.05), source_probability=0.02, n_seeds=0
    )
    assert learn(setup).rates[0].share_probability == pytest.approx(0.05, rel=0.02)


def test_trait_effects_are_there_with_a_source_too() -> None:
    """The source takes 0.02 of everybody; 10 % is over 5 standard errors."""
    rule = ByTraits(0.01, EXAGGERATED)
    setup = Setup(mix=IndependentTraits(), sharing=rule, rounds=60, replicas=60)
    found = learn(replace(setup, source_probability=0.02, n_seeds=0))
    told = [one.ratio for one in found.ratios[1:]]
    assert told == pytest.approx(np.exp(EXAGGERATED.values), rel=0.1)
    assert found.misfit > 0.001


def test_effects_are_found_where_there_are_hundreds_of_exposures() -> None:
    """On the complete network; 10 % is over 5 standard errors."""
    rule = ByTraits(0.002, EXAGGERATED)
    setup = Setup(400, Complete(), IndependentTraits(), rule, n_seeds=20, rounds=30, replicas=60)
    found = learn(setup)
    told = [one.ratio for one in found.ratios[1:]]
    assert told == pytest.approx(np.exp(EXAGGERATED.values), rel=0.1)
    assert found.misfit > 0.001


def test_effects_that_cannot_be_had_say_why() -> None:
    """Five profiles do not tell five traits apart."""
    apart = WeightedProfiles(tuple((PROFILES[at], 1.0) for at in (0, 3, 12, 15, 31)))
    found = learn(Setup(mix=apart, sharing=ByTraits(0.1), replicas=3))
    assert found.ratios == ()
    assert "do not separate the effects" in found.why_not
    assert "No trait effects: These decisions do not separate" in learned_table(found)


def test_a_table_of_another_rule_is_said_for_any_number_of_groups() -> None:
    setup = Setup(mix=IndependentTraits(), sharing=synthetic_table(), rounds=40, replicas=5)
    lines = learned_table(learn(setup)).splitlines()
    assert sum("do not rise with exposure" in line for line in lines) == 1
    alike = replace(setup, mix=OneProfile(PROFILES[20]))
    assert "do not rise with exposure" in learned_table(learn(alike))
    by_rule = replace(setup, sharing=ByTraits(0.05))
    assert "do not rise with exposure" not in learned_table(learn(by_rule))


def test_nobody_asked_is_said() -> None:
    with pytest.raises(CannotFit, match="Nobody was asked"):
        learn(Setup(n_agents=20, n_seeds=20, rounds=5, replicas=2))


@pytest.mark.parametrize(
    "setup",
    [
        Setup(n_agents=200, n_seeds=4, replicas=5),
        Setup(n_agents=200, n_seeds=4, replicas=5, mix=IndependentTraits(), sharing=ByTraits(0.1)),
        Setup(n_agents=200, n_seeds=4, replicas=5, source_probability=0.02),
    ],
)
def test_decisions_that_were_kept_say_the_same(setup: Setup) -> None:
    assert repr(learned_from(decisions(setup), setup, 5)) == repr(learn(setup))  # NaN included


def test_the_decisions_of_an_asked_model_are_enough() -> None:
    """They are those of runs by a table here, which nobody has to know."""
    made = Setup(n_agents=400, replicas=20)
    asked = replace(made, sharing=Asked("llama3.2:1b", wordings()[0]))
    found = learned_from(decisions(made), asked, 20)
    assert [round(one.share_probability, 2) for one in found.rates] == [0.15, 0.02]
    with pytest.raises(BadValue, match="no table says how"):
        learn(asked)


def test_decisions_of_other_groups_are_refused() -> None:
    setup = Setup(n_agents=200, n_seeds=4, replicas=2)
    other = replace(setup, mix=OneProfile(PROFILES[0]), sharing=SameForAll(0.1))
    with pytest.raises(BadValue, match=r"other groups.*O-C-E-A-N-.*outgoing, reserved"):
        learned_from(decisions(other), setup, 2)
