"""Theories side by side: each against the module that it comes from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from newswave.core.errors import BadValue
from newswave.core.law import Attention
from newswave.core.networks import Complete, RandomRegular, SmallWorld
from newswave.core.population import PROFILES, IndependentTraits, OneProfile
from newswave.core.provenance import Cell
from newswave.core.rules import Asked, ByGroup, ByTraits, Measured, SameForAll, synthetic_table
from newswave.core.setup import Setup
from newswave.core.sharing import SharingTable, hazard
from newswave.core.simulation import World, simulate
from newswave.core.table_facts import cap_words
from newswave.core.wording import wordings
from newswave.equations import on_network, well_mixed
from newswave.equations.predict import dies_out, theories

SETUP = Setup(n_agents=1000, rounds=40)


def fractions(setup: Setup) -> dict[str, np.ndarray]:
    return {theory.key: theory.fraction for theory in theories(setup).theories}


def test_each_theory_is_that_of_its_room() -> None:
    found, rates = fractions(SETUP), hazard([0.15, 0.015])
    times = np.arange(41)
    mixed = well_mixed.two_rates(*rates, 0.4, 8, 0.01, times)
    assert found["well_mixed_ode"] == pytest.approx(mixed, abs=1e-7)
    ode = on_network.continuous(rates, [0.4, 0.6], 8, 0.01, times)
    assert found["network_ode"] == pytest.approx(ode, abs=1e-9)
    assert found["master"] == pytest.approx(found["network_rounds"], abs=1e-9)


def test_a_source_is_in_every_theory_that_knows_one() -> None:
    setup = replace(SETUP, sharing=SameForAll(0.02), source_probability=0.05)
    predicted = theories(setup)
    keys = [theory.key for theory in predicted.theories]
    assert keys == ["master", "network_rounds", "network_ode", "well_mixed_ode"]
    assert predicted.left_out == ""
    found = fractions(setup)
    bass = well_mixed.source_and_peers(hazard(0.05), hazard(0.02), 8, 0.01, np.arange(41))
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
        theories(replace(SETUP, network=SmallWorld(8)))
    with pytest.raises(BadValue, match="1 to 1000"):
        theories(Setup(n_agents=2000, network=RandomRegular(1001)))


ANSWERED = (Cell.counted("outgoing", 1, 10, 3), Cell.counted("reserved", 2, 6, 0))
TABLE = SharingTable(
    ("outgoing", "reserved"),
    [[0, ANSWERED[0].probability, 0.4], [0, 0.02, ANSWERED[1].probability]],
)
COUNTED = replace(SETUP, sharing=Measured(TABLE, ANSWERED), seed=3)


def test_the_band_is_that_of_the_tables_that_runs_of_the_setup_draw() -> None:
    band = theories(COUNTED).band
    assert band is not None
    assert band.draws == 200
    world = World.of(COUNTED)
    curves = [
        on_network.master(world.law_of(8 * at), [0.4, 0.6], 8, 0.01, 40).fraction
        for at in range(200)
    ]
    low, middle, high = np.quantile(curves, [0.05, 0.5, 0.95], axis=0, method="weibull")
    assert band.low == pytest.approx(low, abs=1e-9)
    assert band.middle == pytest.approx(middle, abs=1e-9)
    assert band.high == pytest.approx(high, abs=1e-9)
    assert band.high[10] > 1.5 * band.low[10]
    again = theories(COUNTED).band
    assert again is not None
    assert np.array_equal(again.low, band.low)


def test_most_runs_of_a_counted_table_lie_in_the_band_of_a_large_network() -> None:
    """50 draws, each in the band with a chance of 90 %: at least 37 but for a chance of 1e-4."""
    setup = replace(COUNTED, n_agents=8000, n_seeds=80, rounds=15)
    band = theories(setup).band
    assert band is not None
    runs = simulate(setup, 0, 400).fraction[:, 15].reshape(50, 8).mean(axis=1)
    inside = (runs > band.low[15] - 0.005) & (runs < band.high[15] + 0.005)
    assert inside.sum() >= 37
    assert runs.std() > 0.02


def test_only_counted_tables_have_a_band() -> None:
    assert theories(SETUP).band is None
    assert theories(replace(SETUP, sharing=Measured(TABLE))).band is None


def test_a_band_that_would_take_too_long_is_left_out_and_said() -> None:
    setup = replace(COUNTED, network=RandomRegular(300), rounds=60)
    predicted = theories(setup)
    assert predicted.band is None
    assert "band of a counted table is left out" in predicted.left_out
    fewer = theories(replace(COUNTED, network=RandomRegular(200))).band
    assert fewer is not None
    assert 40 <= fewer.draws < 200


def test_nothing_is_predicted_where_a_model_is_asked() -> None:
    asked = Asked("llama3.2:1b", wordings()[0])
    for network in (RandomRegular(8), Complete()):
        with pytest.raises(BadValue, match=r"no table says how.*llama3.*newswave table"):
            theories(replace(SETUP, sharing=asked, network=network))


def test_theories_can_be_asked_for_one_by_one() -> None:
    whole = {theory.key: theory.fraction for theory in theories(Setup()).theories}
    for key in whole:
        some = theories(Setup(), only=(key,)).theories
        assert [theory.key for theory in some] == list(dict.fromkeys(("master", key)))
        assert all(np.array_equal(theory.fraction, whole[theory.key]) for theory in some)


ALL = OneProfile(PROFILES[20])
MEET = Setup(1000, Complete(), n_seeds=50, rounds=30, replicas=100)


@pytest.mark.parametrize(
    "setup",
    [
        replace(MEET, sharing=ByGroup(0.002, 0.0002)),
        replace(MEET, mix=ALL, sharing=SameForAll(0.01)),
        replace(MEET, mix=ALL, sharing=SameForAll(0.001), repeat_ratio=0.3),
        replace(MEET, mix=ALL, sharing=SameForAll(0.0005), attention=Attention.NEW_EXPOSURE),
        replace(MEET, mix=ALL, sharing=SameForAll(0.0003), source_probability=0.02, n_seeds=0),
        replace(MEET, mix=IndependentTraits(), sharing=synthetic_table(), rounds=15),
    ],
)
def test_the_complete_network_is_predicted_as_it_runs(setup: Setup) -> None:
    """100 runs: the standard error of their mean is 0.002 at most, and the limit over 3 of them."""
    predicted = theories(setup)
    runs = simulate(setup).fraction.mean(axis=0)
    assert np.abs(predicted.theories[0].fraction - runs).max() < 0.007
    capped = (cap_words(setup.sharing, 999),) if isinstance(setup.sharing, Measured) else ()
    assert predicted.doubts == capped


def test_on_the_complete_network_rounds_and_ode_agree_for_small_rates() -> None:
    setup = replace(MEET, mix=ALL, sharing=SameForAll(0.00001), rounds=600)
    rounds, ode = theories(setup).theories
    assert (rounds.name, ode.key) == ("mean field, well mixed, rounds", "well_mixed_ode")
    assert rounds.fraction == pytest.approx(ode.fraction, abs=3e-3)


def test_few_seeds_are_said_and_many_are_not() -> None:
    for few in (1, 19):
        (words,) = theories(replace(SETUP, n_seeds=few)).doubts
        assert "many seeds" in words
        assert "dies out" not in words
    assert theories(replace(SETUP, n_seeds=20)).doubts == ()
    assert theories(replace(SETUP, n_seeds=1, source_probability=0.01)).doubts == ()
    alone = replace(SETUP, mix=ALL, sharing=SameForAll(0.3), network=RandomRegular(5), n_seeds=1)
    (words,) = theories(replace(alone, attention=Attention.NEW_EXPOSURE)).doubts
    assert "In about 53 % of runs the news dies out" in words


@pytest.mark.parametrize(
    "change",
    [
        {"attention": Attention.NEW_EXPOSURE},
        {"attention": Attention.NEW_EXPOSURE, "n_seeds": 3},
        {"repeat_ratio": 0.0},
    ],
)
def test_news_dies_out_as_often_as_the_branching_process_says(change: dict[str, Any]) -> None:
    """400 runs of 2 000 agents: within 4 standard errors of at most 0.025, one chance in 16 000."""
    alone = Setup(2000, RandomRegular(5), ALL, SameForAll(0.35), n_seeds=1, rounds=80)
    setup = replace(alone, **change)
    ended = (simulate(setup, replicas=400).fraction[:, -1] < 0.05).mean()
    assert ended == pytest.approx(dies_out(setup), abs=0.1)


def test_a_wide_band_says_how_many_answers_would_do() -> None:
    wide = next(words for words in theories(COUNTED).doubts if "answers a cell" in words)
    assert "they do not tell the curve" in wide
    band = theories(COUNTED).band
    assert band is not None
    share = int(np.round(100 * (band.high - band.low).max()))
    assert f"up to {share} points open" in wide
    cells = tuple(Cell.counted(c.row, c.exposure, 900 * c.asked, 900 * c.shared) for c in ANSWERED)
    chances = [[0, cells[0].probability, 0.4], [0, 0.02, cells[1].probability]]
    many = replace(COUNTED, sharing=Measured(SharingTable(TABLE.rows, chances), cells))
    assert not any("answers a cell" in words for words in theories(many).doubts)
