"""Networks: the value, the recipes, and the loaders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newswave.errors import BadFile, BadValue
from newswave.networks import (
    Complete,
    Network,
    OwnNetwork,
    RandomRegular,
    Recipe,
    ScaleFree,
    SmallWorld,
    from_networkx,
    read_edge_list,
)


def drawn(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64DXSM(seed))


def links(graph: Any) -> set[tuple[int, int]]:
    return {(min(pair), max(pair)) for pair in graph.edges}


@st.composite
def feasible(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(st.integers(2, 40))
    k = draw(st.integers(1, n - 1))
    return (n, k) if n * k % 2 == 0 else (n, k - 1 if k > 1 else k + 1)


@st.composite
def edge_lists(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    n = draw(st.integers(2, 15))
    agent = st.integers(0, n - 1)
    pairs = st.tuples(agent, agent).filter(lambda pair: pair[0] != pair[1])
    return n, draw(st.lists(pairs, max_size=40))


# ---- the value


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
    assert network.triangles() == sum(networkx.triangles(graph).values()) // 3
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


# ---- the recipes

RECIPES = (RandomRegular(4), SmallWorld(4, 0.2), ScaleFree(4), Complete())


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


@pytest.mark.parametrize("recipe", RECIPES[:3])
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


# ---- the loaders


@pytest.mark.parametrize(
    "text",
    [
        "Ann,Bob\nBob,Cy\n",
        "# friends\n\nsource,target\nAnn,Bob\nBob,Cy\nCy,Bob\n",
        "From\tTo\nAnn\tBob\nBob\tCy",
        "Ann Bob\r\nBob   Cy\r\n",
        'Ann;"Bob"\n  "Bob" ; Cy\n'.replace("  ", ""),
        "\ufeffAnn, Bob\n Bob, Cy\n",
        "Ann,Bob\rBob,Cy\rAnn,Bob",
    ],
)
def test_edge_lists_as_people_write_them(text: str, tmp_path: Path) -> None:
    file = tmp_path / "links.txt"
    file.write_bytes(text.encode())
    network = read_edge_list(file)
    assert network.names == ("Ann", "Bob", "Cy")
    assert network.edges == ((0, 1), (1, 2))


def test_numbered_edge_lists_are_in_the_order_of_the_numbers(tmp_path: Path) -> None:
    file = tmp_path / "links.csv"
    file.write_text("one,two\n10,2\n2,1\n")
    network = read_edge_list(file)
    assert network.names == ("1", "2", "10")
    assert network.edges == ((0, 1), (1, 2))


def test_names_may_hold_blanks_and_quoted_commas(tmp_path: Path) -> None:
    file = tmp_path / "links.csv"
    file.write_text('"Lee, Ann",Bob Ray\nBob Ray,Cy\n')
    assert read_edge_list(file).names == ("Lee, Ann", "Bob Ray", "Cy")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ann,Bob\nBob,Bob\n", "Line 2 links 'Bob' to itself"),
        ("# note\nAnn,Bob\nBob,Cy,3\n", "Line 3 is not two names"),
        ("Ann,Bob\nBob\n", "Line 2"),
        ("Ann,Bob\nBob,\n", "Line 2"),
        ("1 2 {}\n", "data=False"),
        ("# nothing\n", "no links"),
        ("source,target\n", "no links"),
        ("", "empty"),
    ],
)
def test_wrong_edge_lists_are_refused(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "links.csv"
    file.write_text(text)
    with pytest.raises(BadFile, match=words):
        read_edge_list(file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile):
        read_edge_list(tmp_path / "none.csv")
    with pytest.raises(BadFile):
        read_edge_list(tmp_path)


PIECES = st.sampled_from(
    ["Ann", "Bob", "1", "2", "-3", ",", ";", "\t", " ", "\n", "\r", '"', "#", "\0", "é", "\u2028"]
)


@given(st.one_of(st.binary(max_size=80), st.lists(PIECES, max_size=40).map("".join)))
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_file_gives_a_network_or_bad_file(tmp_path: Path, content: bytes | str) -> None:
    file = tmp_path / "links.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    try:
        network = read_edge_list(file)
    except BadFile:
        return
    assert network.n_agents == len(network.names) >= 2
    assert network.build(network.n_agents, drawn(1)).n_links == len(network.edges)


def test_a_long_cell_is_no_crash(tmp_path: Path) -> None:
    file = tmp_path / "links.csv"
    file.write_text('Ann,Bob\n"' + "x" * 200_000 + '",Bob\n' + "9" * 5000 + ",Ann\n")
    with pytest.raises(BadFile, match="Line 2"):
        read_edge_list(file)


@given(edge_lists().filter(lambda pair: len(pair[1]) > 0))
@settings(deadline=None)
def test_networkx_graphs_come_back(given_links: tuple[int, list[tuple[int, int]]]) -> None:
    n, pairs = given_links
    graph: Any = networkx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from(pairs)
    network = from_networkx(graph)
    assert set(network.edges) == links(graph)
    assert network.names == tuple(map(str, range(n)))
    assert links(network.build(n, drawn(1)).to_networkx()) == links(graph)


def test_a_multigraph_counts_each_link_once() -> None:
    graph: Any = networkx.MultiGraph([("Ann", "Bob"), ("Bob", "Ann")])
    assert from_networkx(graph).edges == ((0, 1),)


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        (networkx.DiGraph([(0, 1)]), "to_undirected"),
        (networkx.Graph([(0, 1), (1, 1)]), "selfloop"),
        (networkx.empty_graph(4), "no links"),
        (networkx.Graph(), "n_agents"),
        (networkx.Graph([(1, "1")]), "same name"),
        ([(0, 1)], "no networkx graph"),
    ],
)
def test_wrong_graphs_are_refused(graph: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        from_networkx(graph)
