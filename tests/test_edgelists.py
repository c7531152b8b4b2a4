"""Networks of one's own: files of links, and graphs of networkx."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newswave.edgelists import from_networkx, read_edge_list
from newswave.errors import BadFile, BadValue


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
