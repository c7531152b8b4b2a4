"""Networks as values: the links that were given come back."""

from __future__ import annotations

from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswave.core.errors import BadValue
from newswave.core.networks import Network, RandomRegular, ScaleFree


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
