"""Claims of docs/science and docs/why.md about the process itself, computed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from newswave.core.law import Attention
from newswave.core.networks import RandomRegular
from newswave.core.population import PROFILES, OneProfile
from newswave.core.rules import Measured, SameForAll
from newswave.core.run_log import NEVER, History
from newswave.core.setup import Setup
from newswave.core.sharing import SharingTable
from newswave.core.simulation import World, simulate
from newswave.equations import on_network

ALIKE = Setup(1000, mix=OneProfile(PROFILES[20]), sharing=SameForAll(0.2), rounds=60)
FLAT = replace(ALIKE, sharing=Measured(SharingTable((PROFILES[20].code,), [[0, 0.2, 0.2]])))
FALLING = replace(ALIKE, sharing=Measured(SharingTable((PROFILES[20].code,), [[0, 0.4, 0.02]])))


def shared(setup: Setup) -> npt.NDArray[np.int64]:
    """Return when each agent of ten runs shared, those who never did last."""
    world = World.of(setup)
    when = np.concatenate([History.of(world, run).shared for run in range(10)])
    return np.where(when == NEVER, 10**9, when)


def raised(setup: Setup, by: float) -> Setup:
    """Return the setup with every probability `by` times as large."""
    if isinstance(setup.sharing, SameForAll):
        return replace(setup, sharing=SameForAll(setup.sharing.share_probability * by))
    assert isinstance(setup.sharing, Measured)
    given = setup.sharing.given
    table = SharingTable(given.rows, given.probabilities * by)
    return replace(setup, sharing=Measured(table))


@pytest.mark.parametrize("by", [1.05, 1.5])
@pytest.mark.parametrize(
    "setup",
    [
        ALIKE,
        FLAT,
        replace(ALIKE, repeat_ratio=3.0),
        replace(ALIKE, source_probability=0.02),
    ],
)
def test_a_higher_rate_makes_no_agent_later(setup: Setup, by: float) -> None:
    assert not (shared(raised(setup, by)) > shared(setup)).any()


@pytest.mark.parametrize(
    "setup",
    [
        replace(ALIKE, repeat_ratio=0.1),
        replace(ALIKE, attention=Attention.NEW_EXPOSURE),
    ],
)
def test_under_other_rules_some_agents_become_later(setup: Setup) -> None:
    """1 or 2 in 100 of 10 000 agents, from q = 0.2 to 0.21."""
    later = (shared(raised(setup, 1.05)) > shared(setup)).mean()
    assert 0.005 < later < 0.035


def test_agents_become_later_where_the_chance_falls_with_exposure() -> None:
    assert (shared(raised(FALLING, 1.5)) > shared(FALLING)).any()


def one_by_one(world: World, q: float, stream: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return the sharers by round where each agent sees what the one before it did."""
    n, table = world.network.n_agents, world.network.table
    assert table is not None
    sharing = np.isin(np.arange(n), stream.choice(n, 5, replace=False))
    seen, found = sharing[table].sum(axis=1), [5]
    for _ in range(40):
        luck = stream.random(n)
        for agent in stream.permutation(n):
            if not sharing[agent] and luck[agent] < 1 - (1 - q) ** seen[agent]:
                sharing[agent] = True
                seen[table[agent]] += 1
        found.append(int(sharing.sum()))
    return np.array(found, float)


@pytest.mark.parametrize(("q", "most"), [(0.01, 1.1), (0.05, 1.6), (0.15, 2.6)])
def test_how_much_further_news_goes_if_agents_are_asked_one_by_one(q: float, most: float) -> None:
    """24 runs against 100: the largest ratio of sharers is known to about 15 %."""
    setup = replace(ALIKE, n_agents=500, n_seeds=5, sharing=SameForAll(q), rounds=40)
    world, stream = World.of(setup), np.random.default_rng(1)
    serial = np.mean([one_by_one(world, q, stream) for _ in range(24)], axis=0)
    ratio = serial / simulate(world, replicas=100).mean
    assert ratio.max() == pytest.approx(most, rel=0.15)
    assert q < 0.15 or ratio[-1] == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("k", [3, 6, 16])
def test_growth_begins_at_k_beta_and_settles_to_k_minus_two(k: int) -> None:
    beta, start = 0.01, 1e-6
    times = np.linspace(0.0, 12.0 / (beta * k), 2001)
    fraction = on_network.closed_form(beta, k, start, times)
    growth = np.gradient(np.log(fraction), times) / beta
    assert growth[0] == pytest.approx(k, rel=0.01)
    late = times > 6.0 / (beta * (k - 1))
    assert growth[late & (fraction < 1e-3)][-1] == pytest.approx(k - 2, rel=0.03)


def test_one_graph_stands_for_all() -> None:
    """N = 1 000, k = 3: the mean curve varies between graphs by 0.003, a single run by 0.06."""
    setup = replace(ALIKE, network=RandomRegular(3), sharing=SameForAll(0.4 / 3), replicas=200)
    curves = [simulate(replace(setup, seed=seed)).fraction for seed in range(12)]
    single = np.mean([curve.std(axis=0) for curve in curves], axis=0)
    means = np.array([curve.mean(axis=0) for curve in curves])
    luck = single / np.sqrt(200)
    between = np.sqrt(np.maximum(means.var(axis=0, ddof=1) - luck**2, 0.0))
    assert between.max() < 0.006
    assert single.max() == pytest.approx(0.06, abs=0.01)
