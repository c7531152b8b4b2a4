"""Where agents are drawn: networks look like what they are, and nobody moves without a cause."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswave.app.layout import FEW, places
from newswave.app.pictures import Cast
from newswave.core.networks import (
    Complete,
    Network,
    OwnNetwork,
    RandomRegular,
    Recipe,
    ScaleFree,
    SmallWorld,
)
from newswave.core.population import Trait
from newswave.core.setup import Setup
from newswave.core.simulation import World

RECIPES = (RandomRegular(4), SmallWorld(4, 0.1), ScaleFree(4), Complete())


def cast(n_agents: int, network: Recipe, **more: int) -> Cast:
    setup = Setup(n_agents=n_agents, network=network, n_seeds=2, rounds=5, replicas=2, **more)
    return Cast.of(World.of(setup), Trait.EXTRAVERSION)


def lengths(found: Cast) -> np.ndarray:
    ends = found.places[found.links]
    return np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("n_agents", [6, 120, FEW + 1])
def test_every_agent_has_a_place_of_its_own_in_the_disc(n_agents: int, recipe: Recipe) -> None:
    where = cast(n_agents, recipe).places
    assert where.shape == (n_agents, 2)
    assert np.hypot(*where.T).max() <= 1.001
    assert len(np.unique(np.round(where, 4), axis=0)) == n_agents


@given(st.integers(2, 12), st.randoms(use_true_random=False))
def test_any_small_network_can_be_placed(n: int, luck: object) -> None:
    pairs = [(i, j) for i in range(n) for j in range(i) if luck.random() < 0.3]  # type: ignore[attr-defined]
    where = places(Network.from_edges(n, pairs or [(0, 1)]), RandomRegular(2), np.array([0]))
    assert np.isfinite(where).all()
    assert np.hypot(*where.T).max() <= 1.001


def test_links_are_short_where_the_layout_is_by_links() -> None:
    """As good as networkx's own, by the mean length of links in the unit disc."""
    found = cast(100, RandomRegular(4))
    graph = networkx.Graph(found.links.tolist())
    other = networkx.spring_layout(graph, seed=1, iterations=100)
    theirs = np.array([other[i] for i in range(100)])
    theirs -= (theirs.max(axis=0) + theirs.min(axis=0)) / 2
    theirs /= np.hypot(*theirs.T).max()
    ends = theirs[found.links]
    assert lengths(found).mean() < 1.15 * np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1).mean()


def test_hubs_are_in_the_middle_and_communities_apart() -> None:
    star = cast(200, ScaleFree(4))
    away = np.hypot(*star.places.T)
    assert away[star.degrees >= 12].mean() < 0.6 * away[star.degrees == 2].mean()
    graph = networkx.planted_partition_graph(4, 40, 0.2, 0.005, seed=1)
    own = cast(160, OwnNetwork(160, tuple(graph.edges)))
    middles = own.places.reshape(4, 40, 2).mean(axis=1)
    spread = np.hypot(*(own.places.reshape(4, 40, 2) - middles[:, None]).reshape(-1, 2).T).mean()
    apart = min(np.hypot(*(middles[i] - middles[j])) for i in range(4) for j in range(i))
    assert apart > 2 * spread


@pytest.mark.parametrize("n_agents", [60, FEW + 100])
def test_a_small_world_is_a_ring_with_shortcuts(n_agents: int) -> None:
    found = cast(n_agents, SmallWorld(4, 0.05))
    x, y = found.places.T
    turn = np.unwrap(np.arctan2(x, -y))
    assert (np.diff(turn) >= -1e-4).all()
    assert turn[-1] - turn[0] == pytest.approx(2 * np.pi, rel=0.05)


def test_many_agents_lie_outwards_by_their_distance_from_the_seed_agents() -> None:
    setup = Setup(n_agents=600, n_seeds=3, rounds=5, replicas=2)
    world = World.of(setup)
    graph = networkx.Graph(world.network.edges().tolist())
    seeds = world.luck(0)[1].tolist()
    far = networkx.multi_source_dijkstra_path_length(graph, seeds)
    away = np.hypot(*Cast.of(world, Trait.EXTRAVERSION).places.T)
    by_distance = [away[[i for i in far if far[i] == d]] for d in range(max(far.values()) + 1)]
    for nearer, further in pairwise(by_distance):
        assert nearer.max() < further.min()


@pytest.mark.parametrize("n_agents", [100, FEW + 100])
def test_an_agent_keeps_its_place_while_rates_move(n_agents: int) -> None:
    setup = Setup(n_agents=n_agents, n_seeds=2, rounds=5, replicas=2)
    sharing = replace(setup.sharing, fast=0.3)
    first, moved = (
        Cast.of(World.of(one), Trait.EXTRAVERSION).places
        for one in (setup, replace(setup, sharing=sharing, rounds=9))
    )
    assert moved is first
