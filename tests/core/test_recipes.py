"""Recipes: each builds the network that it says."""

from __future__ import annotations

from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswave.core.errors import BadValue
from newswave.core.networks import (
    Complete,
    OwnNetwork,
    RandomRegular,
    Recipe,
    RegularSmallWorld,
    ScaleFree,
    SmallWorld,
)


def drawn(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64DXSM(seed))


@st.composite
def feasible(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(st.integers(2, 40))
    k = draw(st.integers(1, n - 1))
    return (n, k) if n * k % 2 == 0 else (n, k - 1 if k > 1 else k + 1)


@given(feasible(), st.integers(0, 2**32))
@settings(max_examples=80, deadline=None)
def test_a_regular_network_is_simple_and_regular_in_networkx(
    pair: tuple[int, int], seed: int
) -> None:
    n, k = pair
    network = RandomRegular(k).build(n, drawn(seed))
    graph = network.to_networkx()
    assert list(graph) == list(range(n))
    assert {degree for _, degree in graph.degree} == {k}
    assert networkx.number_of_selfloops(graph) == 0
    assert graph.number_of_edges() == network.n_links == n * k // 2
    assert network.table is not None
    assert network.table.shape == (n, k)
    assert network.is_complete == (k == n - 1)


RECIPES = (
    RandomRegular(4),
    SmallWorld(4, 0.2),
    ScaleFree(4),
    RegularSmallWorld(4, 0.2),
    Complete(),
)


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("n", [5, 30, 101])
def test_recipes_keep_their_word(recipe: Recipe, n: int) -> None:
    assert isinstance(recipe, Recipe)
    recipe.check(n)
    network = recipe.build(n, drawn(n))
    assert network.n_agents == n
    assert network.mean_degree == pytest.approx(recipe.mean_degree_for(n))
    graph = network.to_networkx()
    assert networkx.number_of_selfloops(graph) == 0
    assert 2 * graph.number_of_edges() == network.indices.size


@pytest.mark.parametrize("recipe", RECIPES[:4])
def test_the_generator_decides_everything(recipe: Recipe) -> None:
    one, again, other = (recipe.build(60, drawn(seed)).edges().tolist() for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_contrast_networks_look_as_they_should() -> None:
    # A rewired ring keeps most of its triangles; popular agents make a scale-free network uneven.
    random = RandomRegular(8).build(1000, drawn(1))
    small = SmallWorld(8, 0.1).build(1000, drawn(1))
    free = ScaleFree(8).build(1000, drawn(1))
    assert small.triangles() > 10 * random.triangles()
    assert free.max_degree > 4 * free.mean_degree
    assert free.table is None
    assert SmallWorld(8, 0.0).build(1000, drawn(1)).triangles() == 6000


@pytest.mark.parametrize("rewiring", [0.0, 0.1, 0.3, 1.0])
def test_a_regular_small_world_has_exactly_its_degree_and_fewer_triangles(rewiring: float) -> None:
    # Networkx counts the triangles; a link whose ends were never swapped is still of the ring.
    made = RegularSmallWorld(6, rewiring).build(400, drawn(1))
    assert set(made.degrees.tolist()) == {6}
    away = [(a - b) % 400 for a, b in made.edges().tolist()]
    moved = np.mean([min(far, 400 - far) > 3 for far in away])
    assert moved == pytest.approx(1 - np.exp(-rewiring), abs=0.05)
    assert (moved == 0) == (rewiring == 0)
    assert set(RegularSmallWorld(4, 1.0).build(5, drawn(1)).degrees.tolist()) == {4}


def test_two_and_three_agents() -> None:
    pair = RandomRegular(1).build(2, drawn(1))
    assert pair.edges().tolist() == [[0, 1]]
    assert pair.is_complete
    three = RandomRegular(2).build(3, drawn(1))
    assert three.triangles() == 1
    assert Complete().build(2, drawn(1)).n_links == 1
    assert Complete().build(3, drawn(1)).triangles() == 1
    assert SmallWorld(2, 0.5).build(3, drawn(1)).mean_degree == 2
    assert ScaleFree(2).build(3, drawn(1)).n_links == 2


def test_a_complete_network_links_every_pair() -> None:
    network = Complete().build(1000, drawn(1))
    assert network.is_complete
    assert network.table is not None
    assert network.table.shape == (1000, 999)
    assert network.table[3, :5].tolist() == [0, 1, 2, 4, 5]
    assert network.triangles() == 1000 * 999 * 998 // 6


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: RandomRegular(0), "degree"),
        (lambda: RandomRegular(3).check(5), "even"),
        (lambda: RandomRegular(5).mean_degree_for(5), "too large"),
        (lambda: SmallWorld(3), "2 or 4"),
        (lambda: SmallWorld(4, 1.5), "rewiring"),
        (lambda: SmallWorld(4).check(4), "even numbers below 4"),
        (lambda: ScaleFree(5), "4 or 6"),
        (lambda: ScaleFree(4).check(3), "5 agents or more"),
        (lambda: ScaleFree(8).check(5_000_000), "RandomRegular"),
        (lambda: Complete().check(5001), "2 to 5000"),
        (lambda: Complete().check(1), "n_agents"),
        (lambda: OwnNetwork(3, ((0, 1),)).check(4), "Set n_agents to 3"),
        (lambda: OwnNetwork(3, ()), "no links"),
        (lambda: OwnNetwork(3, ((0, 1),), ("Ann",)), "3 names"),
        (lambda: OwnNetwork(3, ((0, 1),), ("Ann", "Bob", "Ann")), "same name"),
        (lambda: OwnNetwork(3, ((0, 1),), "abc"), "names"),  # type: ignore[arg-type]
        (lambda: OwnNetwork(3, ((0, 1),), (1, 2, 3)), "not text"),  # type: ignore[arg-type]
    ],
)
def test_wrong_recipes_are_refused(make: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        make()


def test_own_networks_are_values() -> None:
    one = OwnNetwork(3, ((1, 0), (0, 1), (2, 1)), ("Ann", "Bob", "Cy"))
    other = OwnNetwork(3, ((1, 2), (0, 1)), ("Ann", "Bob", "Cy"))
    assert isinstance(one, Recipe)
    assert one == other
    assert hash(one) == hash(other)
    network = one.build(3, drawn(1))
    assert network.names == ("Ann", "Bob", "Cy")
    assert network.to_networkx().nodes[1]["name"] == "Bob"
    assert one.mean_degree_for(3) == network.mean_degree
