"""A spread of rates: quadrature, curves, fits, agents, and where it stands in the verdict."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import solve_ivp

from newswave.core.law import Attention
from newswave.core.mesa_model import NewsModel
from newswave.core.networks import Complete, RandomRegular
from newswave.core.population import PROFILES, OneProfile, TwoGroups
from newswave.core.rules import ByGroup, SameForAll
from newswave.core.setup import Setup
from newswave.core.sharing import share_probability
from newswave.core.simulation import World, simulate
from newswave.core.streams import Purpose, generator
from newswave.equations import on_network, well_mixed
from newswave.equations.compare import Choice, compare, one_or_two
from newswave.equations.fit import ChainBinomial, Observed, fit, fit_each
from newswave.equations.models import OneRate, OnNetwork, Spread, WellMixed
from newswave.equations.predict import theories
from newswave.equations.replicates import Design, Truth
from newswave.equations.replicates import well_mixed as remade
from newswave.equations.spread import gamma_nodes, spread_classes, spread_rounds

ALIKE = Setup(
    20_000, RandomRegular(6), OneProfile(PROFILES[0]), SameForAll(0.05),
    n_seeds=400, rounds=50, replicas=6, rate_variation=1.5,
)  # fmt: skip
TIMES = np.arange(61.0)


@given(st.floats(0.0, 30.0), st.integers(0, 8))
def test_nodes_have_the_moments_of_the_gamma_distribution(v: float, power: int) -> None:
    nodes, weights = gamma_nodes(v)
    exact = np.prod(1.0 + v * np.arange(power))
    assert weights @ nodes**power == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize(("v", "error"), [(1e-9, 1e-9), (0.01, 1e-7), (0.5, 1e-6), (1.5, 2e-5)])
def test_forty_nodes_are_enough(v: float, error: float) -> None:
    quantiles = (np.arange(50_000) + 0.5) / 50_000
    rates = 0.05 * stats.gamma.ppf(quantiles, 1 / v, scale=v) if v > 1e-6 else np.full(50_000, 0.05)
    exact = on_network.rounds(rates, np.full(50_000, 1 / 50_000), 6, 0.01, 60)
    found = on_network.rounds(*spread_classes([0.05], [1.0], v), 6, 0.01, 60)
    assert np.abs(found - exact).max() < error


@pytest.mark.parametrize("v", [1e-6, 0.01, 0.5, 1.5, 10.0])
def test_the_well_mixed_curve_solves_its_equation(v: float) -> None:
    def unshared(clock: Any) -> Any:
        return 0.99 * (1 + v * 0.05 * clock) ** (-1 / v)

    solved = solve_ivp(lambda _, u: 8 * (1 - unshared(u)), (0, 60), [0.0], "DOP853", TIMES,
                       rtol=1e-11, atol=1e-13)  # fmt: skip
    found = well_mixed.spread_of_rates(0.05, v, 8, 0.01, TIMES)
    assert np.abs(found - 1 + unshared(solved.y[0])).max() < 1e-8


def test_no_variation_is_one_rate() -> None:
    logistic = well_mixed.one_rate(0.05, 8, 0.01, TIMES)
    assert np.abs(well_mixed.spread_of_rates(0.05, 0.0, 8, 0.01, TIMES) - logistic).max() < 1e-8
    alone = spread_rounds(np.array([0.05]), np.array([-9.0]), 8, np.array([0.01]), 60)[0][0]
    assert np.abs(alone - on_network.rounds([0.05], [1.0], 8, 0.01, 60)).max() < 1e-4


@pytest.mark.parametrize("mixing", [WellMixed(8), OnNetwork(8)])
@given(log_rate=st.floats(-5.0, 0.0), log_v=st.floats(-8.0, 3.0))
def test_gradients_are_those_of_differences(mixing: Any, log_rate: float, log_v: float) -> None:
    start, model, z = np.array([0.01]), Spread(mixing), np.array([log_rate, log_v])
    gradients = model.curves(z[None], start, 30)[1][0]
    for at, step in enumerate(1e-4 * np.eye(2)):
        high, low = (model.curves((z + way * step)[None], start, 30)[0][0] for way in (1, -1))
        assert np.abs((high - low) / 2e-4 - gradients[at]).max() < 3e-6


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"rate_variation": 0.3},
        {"mix": TwoGroups(0.4), "sharing": ByGroup(0.15, 0.015)},
        {"source_probability": 0.01},
        {"attention": Attention.NEW_EXPOSURE, "sharing": SameForAll(0.2)},
        {"repeat_ratio": 0.3},
    ],
)
def test_agents_lie_on_the_theory(changes: dict[str, Any]) -> None:
    setup = replace(ALIKE, **changes)
    mean = simulate(setup).mean / setup.n_agents
    for theory in theories(setup).theories:
        gap = np.abs(theory.fraction - mean).max()
        assert gap < 0.01 or theory.key in ("network_ode", "well_mixed_ode")


def test_on_the_complete_network_agents_lie_on_the_mean_field() -> None:
    setup = replace(ALIKE, network=Complete(), n_agents=4000, sharing=SameForAll(0.0001))
    gap = np.abs(simulate(setup).mean / 4000 - on_network.predict(setup).fraction).max()
    assert gap < 0.02


def test_readiness_belongs_to_the_agent_and_has_its_own_stream() -> None:
    world = World.of(replace(ALIKE, n_agents=3000))
    readiness = world.readiness
    assert readiness is not None
    own = generator(1, Purpose.READINESS).gamma(1 / 1.5, 1.5, 3000)
    np.testing.assert_array_equal(readiness, np.maximum(own, np.finfo(float).tiny))
    plain = World.of(replace(ALIKE, n_agents=3000, rate_variation=0.0))
    for run in (0, 3):
        np.testing.assert_allclose(world.luck(run)[0] * readiness, plain.luck(run)[0])
        np.testing.assert_array_equal(world.luck(run)[1], plain.luck(run)[1])


def test_a_mesa_run_is_the_replica_of_its_number() -> None:
    setup = replace(ALIKE, n_agents=300, n_seeds=10, rounds=30)
    model = NewsModel(setup, run=2)
    model.run_model()
    np.testing.assert_array_equal(model.curve().counts[0], simulate(setup).counts[2])


def test_a_setup_without_a_spread_is_written_as_before() -> None:
    assert "rate_variation" not in Setup().to_json()
    again = Setup.from_json(ALIKE.to_json())
    assert again == ALIKE
    assert again.rate_variation == 1.5


@pytest.mark.parametrize("mixing", [WellMixed(8), OnNetwork(8)])
@pytest.mark.parametrize("v", [0.2, 1.0, 4.0])
def test_an_exact_curve_gives_its_rates_back(mixing: Any, v: float) -> None:
    counts = 1000 * Spread(mixing).curves(np.log([[0.05, v]]), np.array([0.01]), 60)[0]
    seen = Observed.pools(counts[:, None], 1000)
    found = fit_each(seen, Spread(mixing), ChainBinomial()).estimates[0]
    np.testing.assert_allclose(found, [0.05, v], rtol=1e-3)


def test_agents_that_are_alike_leave_the_variation_open() -> None:
    alike = replace(ALIKE, n_agents=1000, n_seeds=10, replicas=1, rate_variation=0.0)
    found = fit(simulate(alike), Spread(OnNetwork(6)))
    one = fit(simulate(alike), OneRate(OnNetwork(6)))
    assert found.log_likelihood >= one.log_likelihood - 0.01
    assert found.estimates["rate_variation"] < 0.3


def test_the_well_mixed_replicates_follow_their_mean_field() -> None:
    made = remade(Truth(0.05, 0.05, rate_variation=1.5), Design(20_000, 60, 1, 200), 8, 1, 20)
    exact = well_mixed.spread_of_rates(0.05, 1.5, 8, 0.01, TIMES)
    assert np.abs(made.mean(axis=(0, 1)) / 20_000 - exact).max() < 0.01


def _curves(n_agents: int, count: int) -> Observed:
    """Return single runs, each of its own network and agents."""
    setup = Setup(n_agents, RandomRegular(8), OneProfile(PROFILES[0]),
                  SameForAll(float(share_probability(0.06))), n_seeds=n_agents // 50, rounds=60,
                  rate_variation=1.2)  # fmt: skip
    counts = [simulate(replace(setup, seed=seed), 0, 1).counts for seed in range(1, count + 1)]
    return Observed.pools(np.array(counts), n_agents)


def test_curves_give_mean_and_variation_back() -> None:
    found = fit_each(_curves(2000, 40), Spread(OnNetwork(8)), ChainBinomial()).estimates
    np.testing.assert_allclose(found.mean(axis=0), [0.06, 1.2], rtol=0.1)


@pytest.mark.full
def test_a_hundred_curves_give_the_mean_within_five_percent_and_the_variation_within_ten() -> None:
    found = fit_each(_curves(5000, 100), Spread(OnNetwork(8)), ChainBinomial()).estimates.mean(0)
    assert found[0] == pytest.approx(0.06, rel=0.05)
    assert found[1] == pytest.approx(1.2, rel=0.1)


def test_the_verdict_names_a_spread_and_says_where_two_rates_fit_alike() -> None:
    setup = replace(ALIKE, n_agents=4000, n_seeds=40, network=RandomRegular(8), replicas=1)
    found = compare(simulate(setup), replicas=99)
    assert found.verdict.choice is Choice.SPREAD
    assert "vary continuously" in found.verdict.words
    fitted = found.find("spread of rates", "network")
    assert fitted.intervals["rate_variation"].low < 1.5 < fitted.intervals["rate_variation"].high
    small = one_or_two(simulate(replace(setup, n_agents=1000, seed=2)), replicas=99)
    assert small.choice in (Choice.SPREAD, Choice.CANNOT_TELL)
    groups = replace(setup, rate_variation=0.0, mix=TwoGroups(0.4), sharing=ByGroup(0.15, 0.015))
    assert one_or_two(simulate(groups), replicas=99).choice is Choice.TWO_RATES
