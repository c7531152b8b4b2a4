"""Networks as values: the links that were given come back."""

from __future__ import annotations

import itertools
from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from newswave.core import networks as made
from newswave.core.errors import BadValue
from newswave.core.networks import (
    Complete,
    Network,
    OwnNetwork,
    RandomRegular,
    Recipe,
    RegularSmallWorld,
    ScaleFree,
    SmallWorld,
    check_regular,
    random_regular_table,
)


def drawn(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64DXSM(seed))


def links(graph: Any) -> set[tuple[int, int]]:
    return {(min(pair), max(pair)) for pair in graph.edges}


@st.composite
def edge_lists(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    n = draw(st.integers(2, 15))
    agent = st.integers(0, n - 1)
    pairs = st.tuples(agent, agent).filter(lambda pair: pair[0] != pair[1])
    return n, draw(st.lists(pairs, max_size=40))


@given(edge_lists())
@settings(deadline=None)
def test_from_edges_agrees_with_networkx(given_links: tuple[int, list[tuple[int, int]]]) -> None:
    n, pairs = given_links
    graph: Any = networkx.Graph(pairs)
    graph.add_nodes_from(range(n))
    network = Network.from_edges(n, pairs)
    assert {tuple(pair) for pair in network.edges().tolist()} == links(graph)
    assert links(network.to_networkx()) == links(graph)
    assert network.degrees.tolist() == [graph.degree[a] for a in range(n)]
    assert network.max_degree == max(dict(graph.degree).values())
    assert network.mean_degree == pytest.approx(2 * graph.number_of_edges() / n)
    assert network.triangles() == sum(
        len(some) == 3 for some in networkx.enumerate_all_cliques(graph)
    )
    for a in range(n):
        near = network.indices[network.offsets[a] : network.offsets[a + 1]]
        assert set(near.tolist()) == set(graph[a])
    same = len(set(network.degrees.tolist())) == 1
    assert (network.table is not None) == same


def test_table_and_edges_give_the_same_network() -> None:
    one = RandomRegular(5).build(30, drawn(1))
    assert one.table is not None
    by_table, by_edges = Network.from_table(one.table), Network.from_edges(30, one.edges())
    assert by_table.edges().tolist() == one.edges().tolist()
    assert sorted(by_edges.edges().tolist()) == sorted(one.edges().tolist())
    assert by_edges.edges().dtype == np.int32


def test_the_arrays_cannot_be_written_to_and_the_caller_keeps_his() -> None:
    indices = np.array([1, 0], np.int32)
    network = Network(2, np.array([0, 1, 2]), indices)
    with pytest.raises(ValueError, match="read-only"):
        network.indices[0] = 0
    indices[0] = 1
    assert network.offsets.dtype == np.int64


def test_a_million_links() -> None:
    pairs = drawn(1).integers(0, 200_000, size=(1_000_000, 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    network = Network.from_edges(200_000, pairs)
    assert network.n_links == len(np.unique(np.sort(pairs, axis=1), axis=0))


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ([[1], [0], [0]], "Agent 2 lists agent 0, but 0 does not list 2"),
        ([[1, 1], [0, 0]], "twice"),
        ([[0], [1]], "itself"),
        ([[2], [0]], "agents 0 to 1"),
        ([[1.0], [0.0]], "integers"),
        ([[1, 2], [0]], "integers"),
        ([], "needs agents"),
        ([1, 0], "integers"),
    ],
)
def test_wrong_tables_are_refused(table: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        Network.from_table(table)


@pytest.mark.parametrize(
    ("n", "edges", "words"),
    [
        (3, [(0, 3)], "agents 0 to 2"),
        (3, [(0, -1)], "agents 0 to 2"),
        (3, [(1, 1)], "itself"),
        (3, [(0, 1, 2)], "two ends"),
        (3, [(0.0, 1.0)], "integers"),
        (3, [(True, False)], "integers"),
        (3, [("a", "b")], "integers"),
        (3, [(0, 1), (2,)], "integers"),
        (3, "ab", "integers"),
        (3, None, "integers"),
        (3, [(0, 2**63)], "integers"),
        (1, [], "n_agents"),
        (10**12, [(0, 1)], "n_agents"),
    ],
)
def test_wrong_edges_are_refused(n: int, edges: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        Network.from_edges(n, edges)


@pytest.mark.parametrize(
    ("offsets", "indices"),
    [([0, 1], [1, 0]), ([0, 2, 1], [1, 0]), ([1, 1, 2], [1, 0]), ([0, 1, 2], [1, 2])],
)
def test_arrays_that_do_not_fit_together_are_refused(offsets: Any, indices: Any) -> None:
    with pytest.raises(BadValue):
        Network(2, np.array(offsets), np.array(indices))


def numbered(network: Network) -> set[tuple[int, int]]:
    return {(one, other) for one, other in network.edges().tolist()}


@given(edge_lists(), st.data())
@settings(deadline=None)
def test_relabelled_links_map_back(
    given_links: tuple[int, list[tuple[int, int]]], data: st.DataObject
) -> None:
    n, pairs = given_links
    order = np.array(data.draw(st.permutations(range(n))))
    assert_same_under(Network.from_edges(n, pairs), order)


@pytest.mark.parametrize("network", [RandomRegular(4), ScaleFree(4)])
def test_relabelled_networks_map_back(network: RandomRegular | ScaleFree) -> None:
    one = network.build(200, drawn(1))
    assert (one.table is not None) == isinstance(network, RandomRegular)
    assert_same_under(one, drawn(2).permutation(200))


def assert_same_under(network: Network, order: Any) -> None:
    """Agent order[a] of the network is agent a of the new one, with the same neighbours."""
    new = network.relabelled(order)
    back = {(min(pair), max(pair)) for pair in order[new.edges()].tolist()}
    assert back == numbered(network)
    assert new.degrees.tolist() == network.degrees[order].tolist()
    for a in range(new.n_agents):
        near = order[new.indices[new.offsets[a] : new.offsets[a + 1]]]
        b = order[a]
        assert (
            near.tolist() == network.indices[network.offsets[b] : network.offsets[b + 1]].tolist()
        )
    assert numbered(new.relabelled(np.argsort(order))) == numbered(network)


def test_names_go_with_their_agents() -> None:
    path = Network.from_edges(3, [(0, 1), (1, 2)], ("Ann", "Bob", "Cy"))
    assert path.relabelled(np.array([1, 0, 2])).names == ("Bob", "Ann", "Cy")


def test_the_adjacency_is_made_once_and_sums_to_the_degrees() -> None:
    star = Network.from_edges(300, [(0, other) for other in range(1, 300)])
    assert star.adjacency is star.adjacency
    assert star.adjacency.dtype == np.uint16
    assert (star.adjacency @ np.ones(300)).tolist() == star.degrees.tolist()
    assert (star.adjacency != star.adjacency.T).nnz == 0


# Recipes: each builds the network that it says.


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


# The random regular generator: every graph is right, and every graph is equally likely.


def matrix(table: NDArray[np.int32]) -> NDArray[np.bool_]:
    n = len(table)
    linked = np.zeros((n, n), bool)
    linked[np.arange(n)[:, None], table] = True
    return linked


def assert_simple_regular(table: NDArray[np.int32], n: int, k: int) -> None:
    linked = matrix(table)
    assert table.shape == (n, k)
    assert table.dtype == np.int32
    assert (linked.sum(axis=1) == k).all()
    assert not linked.diagonal().any()
    assert (linked == linked.T).all()


def triangles(table: NDArray[np.int32]) -> int:
    """Count the closed paths a-b-c-a; each triangle is six of them."""
    second = table[table]
    third = table[second]
    own = np.arange(len(table))[:, None, None, None]
    return int((third == own).sum()) // 6


@st.composite
def feasible_pairs(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(st.integers(2, 60))
    k = draw(st.integers(1, n - 1))
    return (n, k) if n * k % 2 == 0 else (n, k - 1 if k > 1 else k + 1)


@given(feasible_pairs(), st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_every_feasible_pair_gives_a_simple_regular_graph(pair: tuple[int, int], seed: int) -> None:
    n, k = pair
    assert_simple_regular(random_regular_table(n, k, drawn(seed)), n, k)


def test_no_small_graph_hangs() -> None:
    generator = drawn(1)
    for n, k in itertools.product(range(2, 14), range(1, 13)):
        if k < n and n * k % 2 == 0:
            for _ in range(5):
                assert_simple_regular(random_regular_table(n, k, generator), n, k)


@pytest.mark.parametrize(
    ("n", "k"), [(1000, 3), (1000, 8), (1000, 40), (301, 150), (300, 160), (500, 499), (1001, 2)]
)
def test_larger_graphs_are_simple_and_regular(n: int, k: int) -> None:
    assert_simple_regular(random_regular_table(n, k, drawn(n + k)), n, k)


def test_a_large_graph_is_simple_and_mutual() -> None:
    table = random_regular_table(100_000, 8, drawn(3))
    own = np.repeat(np.arange(100_000), 8)
    there = np.sort(own * 100_000 + table.ravel())
    assert (np.diff(there) > 0).all()
    assert (there == np.sort(table.ravel() * np.int64(100_000) + own)).all()
    assert (table != np.arange(100_000)[:, None]).all()


@pytest.mark.parametrize(("n", "k"), [(6, 3), (100, 8), (1000, 8), (40, 30)])
def test_the_same_seed_gives_the_same_table(n: int, k: int) -> None:
    one, again, other = (random_regular_table(n, k, drawn(seed)) for seed in (5, 5, 6))
    assert (one == again).all()
    assert (one != other).any()


@pytest.mark.parametrize("k", [3, 4])
def test_mean_number_of_triangles(k: int) -> None:
    # 2 000 graphs, three standard errors: fails by chance once in 370 seeds; the seed is fixed.
    # An excess such as networkx's (1.64 for 1.33, 4.8 for 4.5) is 12 and 6 standard errors.
    generator = drawn(10 + k)
    counts = np.array([triangles(random_regular_table(1000, k, generator)) for _ in range(2000)])
    error = counts.std(ddof=1) / np.sqrt(counts.size)
    assert abs(counts.mean() - (k - 1) ** 3 / 6) < 3 * error


@pytest.mark.parametrize(
    ("n", "k", "graphs", "each", "limit"),
    [
        # Chi-square quantiles at 0.999 for 69, 2, 464 and 69 degrees of freedom: an exact
        # generator fails each once in 1 000 seeds; the seed is fixed. Without stirring the
        # two cases of N = 6 give 166 and 153.
        (6, 2, 70, 70, 111.06),
        (6, 3, 70, 70, 111.06),
        (4, 2, 3, 100, 13.82),
        (7, 2, 465, 10, 563.87),
    ],
)
def test_small_graphs_are_uniform(n: int, k: int, graphs: int, each: int, limit: float) -> None:
    draws, generator = each * graphs, drawn(20 * n + k)
    upper = np.triu_indices(n, 1)
    place = 1 << np.arange(len(upper[0]))
    seen = [int(matrix(random_regular_table(n, k, generator))[upper] @ place) for _ in range(draws)]
    counts = np.unique(seen, return_counts=True)[1]
    assert counts.size == graphs
    expected = draws / graphs
    assert ((counts - expected) ** 2 / expected).sum() < limit


def test_all_labels_are_alike() -> None:
    # 2 000 graphs, chance that two given agents are linked is k / (N - 1); limits of five standard
    # errors for 435 pairs: fails by chance once in 4 000 seeds; the seed is fixed.
    n, k, draws, generator = 30, 4, 2000, drawn(7)
    total = np.zeros((n, n))
    for _ in range(draws):
        total += matrix(random_regular_table(n, k, generator))
    p = k / (n - 1)
    off = np.abs(total[np.triu_indices(n, 1)] / draws - p)
    assert off.max() < 5 * np.sqrt(p * (1 - p) / draws)


@pytest.mark.parametrize(("n", "k"), [(2, 1), (6, 2), (8, 3), (30, 7), (200, 8)])
def test_when_every_repair_fails_the_graph_is_still_right(
    n: int, k: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(made, "_repair", lambda *_: False)
    one, other = (random_regular_table(n, k, drawn(seed)) for seed in (1, 2))
    assert_simple_regular(one, n, k)
    assert n == 2 or (one != other).any()


def test_stubs_are_shuffled_as_numpy_permutes() -> None:
    for n_stubs in (2, 160, 100_001):
        assert (made._shuffled(n_stubs, drawn(1)) == drawn(1).permutation(n_stubs)).all()


@pytest.mark.parametrize("cells", [1, 7, 64])
def test_the_parts_that_are_worked_on_at_a_time_do_not_matter(
    cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = ((60, 8), (301, 30))
    whole = [random_regular_table(n, k, drawn(n)) for n, k in pairs]
    monkeypatch.setattr(made, "_CELLS", cells)
    for (n, k), table in zip(pairs, whole, strict=True):
        assert (random_regular_table(n, k, drawn(n)) == table).all()


def test_a_loop_a_double_and_a_triple_are_found_and_repaired() -> None:
    n, k = 40, 4
    stubs = np.arange(n * k)
    stubs[:8] = [0, 1, 4, 8, 5, 9, 6, 10]
    rest = np.setdiff1d(np.arange(n * k), stubs[:8])
    stubs[8:] = np.random.default_rng(1).permutation(rest)
    links = made._Links.of(made._mates(np.concatenate([stubs[0::2], stubs[1::2]])), n, k)
    bad = set(made._bad_stubs(links).tolist())
    assert {0, 5, 6} <= bad
    assert made._repair(links, drawn(1))
    assert_simple_regular(links.table, n, k)
    assert (links.table.ravel() == links.mate // k).all()


@pytest.mark.parametrize(
    ("n", "k", "words"),
    [
        (5, 3, ["5 x 3 = 15", "even", "degree 2 or 4", "6 agents"]),
        (3, 1, ["3 x 1 = 3", "degree 2"]),
        (8, 8, ["degree 8 with 8 agents", "1 to 7", "9 agents or more"]),
        (10, 0, ["degree", "1 or more"]),
        (10, -2, ["degree"]),
        (10, 2.5, ["degree", "whole number"]),
        (10, "3", ["degree"]),
        (1, 1, ["n_agents", "2 or more"]),
        (0, 1, ["n_agents"]),
        (float("nan"), 1, ["n_agents"]),
        (10**9, 8, ["too large"]),
    ],
)
def test_infeasible_pairs_are_refused(n: int, k: int, words: list[str]) -> None:
    with pytest.raises(BadValue) as caught:
        check_regular(n, k)
    for word in words:
        assert word in str(caught.value)
    with pytest.raises(BadValue):
        random_regular_table(n, k, drawn(1))
