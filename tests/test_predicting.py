"""Theories side by side: each against the room that it comes from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from newswave import meanfield, networkfield
from newswave.errors import BadValue
from newswave.mixes import IndependentTraits
from newswave.predicting import theories
from newswave.recipes import Complete, RandomRegular
from newswave.rules import ByGroup, ByTraits, SameForAll
from newswave.setups import Attention, Setup
from newswave.sharing import hazard

SETUP = Setup(n_agents=1000, rounds=40)


def fractions(setup: Setup) -> dict[str, np.ndarray]:
    return {theory.key: theory.fraction for theory in theories(setup).theories}


def test_each_theory_is_that_of_its_room() -> None:
    found, rates = fractions(SETUP), hazard([0.15, 0.015])
    times = np.arange(41)
    mixed = meanfield.two_rates(*rates, 0.4, 8, 0.01, times)
    assert found["well_mixed_ode"] == pytest.approx(mixed, abs=1e-7)
    ode = networkfield.continuous(rates, [0.4, 0.6], 8, 0.01, times)
    assert found["network_ode"] == pytest.approx(ode, abs=1e-9)
    assert found["master"] == pytest.approx(found["network_rounds"], abs=1e-9)


def test_a_source_is_in_every_theory_that_knows_one() -> None:
    setup = replace(SETUP, sharing=SameForAll(0.02), source_probability=0.05)
    predicted = theories(setup)
    assert [theory.key for theory in predicted.theories] == [
        "master",
        "network_rounds",
        "well_mixed_ode",
    ]
    assert "ODE is left out" in predicted.left_out
    found = fractions(setup)
    bass = meanfield.source_and_peers(hazard(0.05), hazard(0.02), 8, 0.01, np.arange(41))
    assert found["well_mixed_ode"] == pytest.approx(bass, abs=1e-7)
    assert found["master"] == pytest.approx(found["network_rounds"], abs=1e-9)


def test_any_number_of_classes() -> None:
    found = fractions(replace(SETUP, mix=IndependentTraits(), sharing=ByTraits()))
    assert len(found) == 4
    for fraction in found.values():
        assert (np.diff(fraction) >= -1e-9).all()
        assert fraction[0] == pytest.approx(0.01)
    assert found["well_mixed_ode"][10] > found["network_ode"][10] > found["master"][10]


@pytest.mark.parametrize(
    "setup",
    [
        replace(SETUP, attention=Attention.NEW_EXPOSURE),
        replace(SETUP, repeat_ratio=0.5),
        replace(SETUP, sharing=ByGroup(1.0, 0.1)),
    ],
)
def test_other_laws_have_the_master_equation_only(setup: Setup) -> None:
    predicted = theories(setup)
    assert [theory.key for theory in predicted.theories] == ["master"]
    assert "Only the master equation" in predicted.left_out


def test_half_times() -> None:
    predicted = theories(SETUP)
    halves = [theory.half_time() for theory in predicted.theories]
    assert halves == sorted(halves, reverse=True) or halves[0] == pytest.approx(halves[1])
    assert np.isnan(theories(replace(SETUP, rounds=3)).theories[0].half_time())


def test_other_networks_are_refused() -> None:
    with pytest.raises(BadValue, match="random regular"):
        theories(replace(SETUP, network=Complete()))
    with pytest.raises(BadValue, match="1 to 1000"):
        theories(Setup(n_agents=2000, network=RandomRegular(1001)))
