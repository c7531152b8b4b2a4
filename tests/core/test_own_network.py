"""Networks of one's own: files of links, and graphs of networkx."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newswave.core.errors import BadFile, BadValue
from newswave.core.mesa_model import NewsModel
from newswave.core.networks import OwnNetwork
from newswave.core.readers.links import graph_in, is_number, link_columns
from newswave.core.readers.own_network import from_networkx, read_edge_list
from newswave.core.setup import Setup
from newswave.report.describe import describe_setup


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
        ("Ann,Ann\nBob,Bob\n", "no links"),
        ("# note\nAnn,Bob\nBob,Cy,3\n", "Line 3 is not two names"),
        ("Ann,Bob\nBob\n", "Line 2"),
        (
            "Ann Bob Cy Dee Eve Fay\nBob Cy\nCy Dee Eve\nDee Eve Fay Gus\nGus\n",
            "list of neighbours",
        ),
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


# What a file holds, then agents, links, and words of the line that says what was read.
READ: dict[str, tuple[str, int, int, str]] = {
    "name1 name2": ("Name1,Name2\nFay,Gus\nFay,Hal\nGus,Hal\n", 3, 3, "heading 'Name1, Name2'"),
    "ego alter": ("Ego ID;Alter ID\nFay;Gus\nGus;Hal\n", 3, 2, "columns Ego ID and Alter ID:"),
    "other words above names": ("Kind;Freundin\nFay;Gus\nGus;Hal\n", 3, 2, "occur nowhere else"),
    "words above numbers": ("Kind;Freundin\n1;2\n2;3\n", 3, 2, "words above numbers"),
    "numbered nodes": ("node1,node2\nnode3,node4\nnode4,node1\n", 4, 3, "two columns:"),
    "percent comment": ("% friendships\nFay Gus\nGus Hal\n", 3, 2, "1 comment line skipped"),
    "snap": ("# Directed\n# FromNodeId\tToNodeId\n0\t1\n1\t2\n", 3, 2, "2 comment lines"),
    "slashes": ("// club\nFay Gus // best\nGus Hal\n", 3, 2, "1 remark behind links cut off"),
    "glued remark": ("1 2#first\n2 3#second\n", 3, 2, "2 remarks behind links cut off"),
    "hash in names": ("Fay#1,Gus#2\nGus#2,Hal#3\n", 3, 2, "two columns:"),
    "sizes": ("5 6\n1 2\n1 3\n2 3\n3 4\n4 5\n3 5\n", 5, 6, "line of sizes '5 6' skipped"),
    "links, nodes": ("6 5\n1 2\n1 3\n2 3\n3 4\n4 5\n3 5\n", 5, 6, "line of sizes '6 5' skipped"),
    "sizes on two lines": ("5\n6\n1 2\n1 3\n2 3\n3 4\n4 5\n3 5\n", 5, 6, "sizes '5 6' skipped"),
    "sizes with isolates": ("9 6\n1 2\n1 3\n2 3\n3 4\n4 5\n3 5\n", 5, 6, "sizes '9 6' skipped"),
    "no sizes": ("1 2\n2 3\n3 4\n", 4, 3, "two columns:"),
    "matrix market": ("%%MatrixMarket matrix coordinate real\n4 4 3\n2 1 .5\n3 1 2\n4 2 1\n", 4, 3,
                      "sizes '4 4 3' skipped"),
    "weight": ("from,to,weight\nFay,Gus,5\nGus,Hal,3\n", 3, 2, "from and to (not used: weight)"),
    "weight without heading": ("1 2 0.5\n2 3 1\n3 1 2\n", 3, 3, "columns 1 and 2 (not used: 3)"),
    "decimal comma": ("source;target;w\n1;2;0,5\n2;3;1,5\n", 3, 2, "(not used: w)"),
    "gephi": ("Source,Target,Type,Id,Label\n1,2,Undirected,0,\n2,3,Undirected,1,\n", 3, 2,
              "Source and Target (not used: Type, Id, Label)"),
    "pandas index": (",source,target\n0,Fay,Gus\n1,Gus,Hal\n", 3, 2, "source and target"),
    "row numbers": ("0,Fay,Gus\n1,Gus,Hal\n2,Hal,Fay\n", 3, 3, "columns 2 and 3 (not used: 1)"),
    "relation between": ("Fay,knows,Gus\nGus,knows,Hal\nHal,likes,Fay\n", 3, 3, "columns 1 and 3"),
    "networkx with data": ("1 2 {}\n2 3 {'weight': 3, 'x': 1}\n", 3, 2, "two columns:"),
    "arrows": ("Fay -> Gus\nGus -> Hal\n", 3, 2, "two columns:"),
    "bars": ("Fay | Gus\nGus | Hal\n", 3, 2, "two columns:"),
    "note over two lines": ('from,to,note\nFay,Gus,"a\nb"\nGus,Hal,c\n', 3, 2, "(not used: note)"),
    "sep line": ("sep=;\nFay;Gus\nGus;Hal\n", 3, 2, "two columns:"),
    "floats": ("from,to\n1.0,2\n2.0,3\n3.0,1\n", 3, 3, "equal numbers are one agent (1.0 = 1"),
    "zeros": ("001,2\n1,03\n", 3, 2, "equal numbers are one agent (001 = 1)"),
    "case": ("Fay,Gus\nfay,Hal\nGus ,FAY\n", 5, 3,
             "3 names differ only by case, blanks or marks and are kept apart (Fay, fay, FAY)"),
    "blanks in names": ("Fay Lee, Gus\nFay  Lee ,Hal\n", 3, 2, "two columns:"),
    "composed letters": ("Jose\u0301,Gus\nJos\u00e9,Hal\n", 3, 2, "two columns:"),
    "self, repeated, both ways": ("a,a\na,b\nb,a\na,b\n", 2, 1,
        "1 link of an agent to itself left out; 1 repeated link counted once; "
        "1 link given in both directions"),
    "empty cell": ("Fay,Gus\nGus,\nHal,Gus\n", 3, 2, "1 row without a second name left out"),
    "missing": ("from,to\nFay,Gus\nNaN,Hal\nGus,NA\n", 2, 1, "2 rows without a second name"),
    "parts": ("1 2\n2 3\n4 5\n5 4\n", 5, 3, "in 2 parts of 3 and 2 agents, between which no news"),
    "equal parts": ("1 2\n2 3\n4 5\n5 6\n", 6, 4, "in 2 parts of 3 agents each"),
    "matrix": ("0 1 1\n1 0 0\n1 0 0\n", 3, 2, "an adjacency matrix of 3 names"),
    "named matrix": (";Fay;Gus;Hal\nFay;0;2;1\nGus;2;0;0\nHal;1;0;0\n", 3, 2, "size not used"),
    "matrix with blanks": (",Fay,Gus,Hal\nFay,,1,\nGus,1,,1\nHal,,1,\n", 3, 2, "matrix of 3 names"),
    "upper half": (",a,b,c,d\na,0,1,1,0\nb,,0,0,1\nc,,,0,0\nd,,,,0\n", 4, 3, "matrix of 4 names"),
    "dashes": (",a,b,c\na,-,1,0\nb,1,-,1\nc,0,1,-\n", 3, 2, "an adjacency matrix of 3 names"),
    "crosses": (";Fay;Gus;Hal\nFay;;x;\nGus;X;;x\nHal;;x;\n", 3, 2, "matrix of 3 names"),
    "logical": (",a,b,c\na,FALSE,TRUE,FALSE\nb,TRUE,FALSE,TRUE\nc,FALSE,TRUE,FALSE\n", 3, 2,
                "an adjacency matrix of 3 names"),
    "R's letters": ('"","X1","X2","X3"\n"1",0,1,0\n"2",1,0,1\n"3",0,1,0\n', 3, 2, "of 3 names"),
    "R's write.table": ('"V1" "V2"\n"1" "Fay" "Gus"\n"2" "Gus" "Hal"\n', 3, 2, "V1 and V2:"),
    "R's weights": ('"from" "to" "w"\n"1" 1 2 5\n"2" 2 3 6\n', 3, 2, "(not used: w)"),
    "nominations": (
        "name,friend1,friend2,friend3\nFay,Gus,Hal,\nGus,Fay,,\nHal,,,\n", 3, 2,
        "columns name and friend1 to friend3: 3 agents, 2 links; heading 'name, friend1, friend2"),
    "two nominations": ("pupil;class;choice_1;choice_2\n7a;a;7b;7c\n7b;a;7c;\n7c;b;7b;\n", 3, 3,
                        "columns pupil and choice_1 to choice_2: 3 agents"),
    "numbered pairs": ("id,person1,person2\n1,1,2\n2,2,3\n3,3,1\n", 3, 3, "person1 and person2"),
    "sensors": ("20 11 12\n20 12 13\n40 13 14\n60 11 14\n80 12 14\n", 4, 5,
                "columns 2 and 3 (not used: 1)"),
    "sensors with classes": (
        "20\t11\t12\tA\tA\n20\t12\t13\tA\tB\n40\t13\t14\tB\tB\n60\t11\t14\tA\tB\n"
        "80\t12\t14\tA\tB\n", 4, 5, "columns 2 and 3 (not used: 1, 4, 5)"),
    "tuples of Python": ("(1, 2)\n(2, 3)\n", 3, 2, "two columns:"),
    "rows of Matlab": ("1 2;\n2 3;\n", 3, 2, "two columns:"),
    "a sum below": ("from,to\nFay,Gus\nGus,Hal\nTotal,2\n", 3, 2, "line 4 ('Total') left out"),
    "matrix of R": ("Fay Gus Hal\nFay 0 1 1\nGus 0 0 0\nHal 1 0 0\n", 3, 2, "in both directions"),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_what_is_plainly_meant_is_read_and_said(case: str, tmp_path: Path) -> None:
    text, agents, links, words = READ[case]
    file = tmp_path / "my links.csv"
    file.write_bytes(text.encode())
    network = read_edge_list(file)
    assert (network.n_agents, len(network.edges)) == (agents, links)
    assert network.source.startswith("my links.csv, ")
    assert f"{agents} agents, {links} link" in network.source
    assert words in network.source
    assert network.source in " ".join(describe_setup(Setup(agents, network, n_seeds=1)).split())


NOT_READ: dict[str, tuple[str, str]] = {
    "table of nodes": ('"id","dept"\n3,"Lab"\n7,"Lab"\n9,"Shop"\n', "table of nodes.*id, dept"),
    "ages": ("id,age\n1,14\n14,15\n3,14\n", "table of nodes.*write source and target above"),
    "groups": ("name,dept\nFay,Shop\nGus,Lab\nHal,Lab\n", "no name stands in both columns"),
    "groups without heading": ("Fay,Shop\nGus,Lab\nHal,Lab\n", "no name stands in both columns"),
    "lines that are numbered": (
        "0,1,2\n1,2,3\n2,3,1\n3,1,4\n4,4,2\n", "first column numbers the lines.*row,source,target"),
    "three columns of words": ("Fay,Gus,blue\nFay,Hal,red\n", "3 columns, and does not say which"),
    "people and clubs": (",Tea,Choir,Go\nFay,0,1,1\nGus,1,0,0\nHal,1,0,0\n", "two kinds of names"),
    "three names for two": ("Fay Lee Gus\nGus Hal\n", "Line 2 is not two names"),
}  # fmt: skip


@pytest.mark.parametrize("case", NOT_READ)
def test_the_rest_is_refused_with_the_way_out(case: str, tmp_path: Path) -> None:
    text, words = NOT_READ[case]
    file = tmp_path / "links.csv"
    file.write_text(text)
    with pytest.raises(BadFile, match=words):
        read_edge_list(file)


def test_the_way_out_of_a_table_of_nodes_is_one(tmp_path: Path) -> None:
    file = tmp_path / "links.csv"
    file.write_text("source,target\nFay,Shop\nGus,Lab\nHal,Lab\n")
    assert read_edge_list(file).n_agents == 5


def test_a_source_is_kept_with_its_setup_and_makes_no_other_network(tmp_path: Path) -> None:
    file = tmp_path / "links.csv"
    file.write_text("Fay,Gus\nGus,Hal\n")
    network = read_edge_list(file)
    again = Setup.from_json(Setup(3, network, n_seeds=1).to_json()).network
    assert isinstance(again, OwnNetwork)
    assert again.source == network.source
    assert again == OwnNetwork(3, network.edges, network.names)
    old = json.loads(Setup(3, network, n_seeds=1).to_json())
    del old["network"]["source"]
    assert Setup.from_json(json.dumps(old)) == Setup(3, network, n_seeds=1)


PIECES = st.sampled_from(
    [
        *("Ann", "Bob", "1", "2", "-3", ",", ";", "\t", " ", "\n", "\r", '"', "#", "\0", "é"),
        *("\u2028", "%", "//", "->", "source", "target", "id", "0", "1.0", "001", "{}", "0.5"),
        *("graph [", "]", '{"links": ', "[[1, 2]]", "}", "<gexf>", "<graphml>", "*Edges\n"),
        *("graph {", "*Vertices 2\n"),
    ]
)


@given(st.one_of(st.binary(max_size=80), st.lists(PIECES, max_size=40).map("".join)))
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
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


# --- other encodings, sheets, packed files


@pytest.mark.parametrize(("encoding", "words"), [("utf-16", "UTF-16"), ("cp1252", "Windows-1252")])
def test_other_encodings_are_read_and_said(tmp_path: Path, encoding: str, words: str) -> None:
    file = tmp_path / "links.csv"
    file.write_bytes("Schüler;Freund\nJürg;Gus\nGus;Hal\n".encode(encoding))
    network = read_edge_list(file)
    assert network.names == ("Jürg", "Gus", "Hal")
    assert words in network.source


def test_the_sheet_of_a_workbook_is_read(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["from", "to", "weight"], ["Fay", "Gus", 3], ["Gus", "Hal", None]):
        book.active.append(row)
    book.save(tmp_path / "club.xlsx")
    network = read_edge_list(tmp_path / "club.xlsx")
    assert network.names == ("Fay", "Gus", "Hal")
    assert "columns from and to (not used: weight)" in network.source


PACKED = [
    b"PK\x03\x04zip",
    gzip.compress(b"1 2\n", mtime=0),
    b"\x89PNG\r\n\x1a\n\0\1",
    b"\xd0\xcf\x11\xe0\0",
]


@pytest.mark.parametrize("data", PACKED)
def test_packed_and_other_files_are_named(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "links.csv"
    file.write_bytes(data)
    with pytest.raises(BadFile, match=r"packed file|not text"):
        read_edge_list(file)


def test_names_stand_where_agents_are_listed() -> None:
    setup = Setup(3, OwnNetwork(3, ((0, 1), (1, 2)), ("Fay", "Gus", "Hal")), n_seeds=1, rounds=3)
    model = NewsModel(setup)
    assert [agent.name for agent in model.by_index] == ["Fay", "Gus", "Hal"]
    assert model.world.network.called(2) == "2 (Hal)"
    assert NewsModel(n_agents=20, degree=2).by_index[4].name == "4"


# Which two columns of a table are links, on any table.

CELL = st.sampled_from(
    [
        "",
        "Fay",
        "Gus",
        "fay",
        "1",
        "2",
        "3",
        "1.0",
        "source",
        "target",
        "from",
        "to",
        "id",
        "name 1",
    ]
)


@given(st.lists(st.lists(CELL, min_size=1, max_size=4).map(tuple), min_size=1, max_size=6))
def test_any_table_has_two_columns_or_is_refused(rows: list[tuple[str, ...]]) -> None:
    try:
        found = link_columns(list(enumerate(rows, 1)))
    except BadValue:
        return
    assert found.one != found.other
    assert {len(cells) for _, cells in found.rows} == {len(found.rows[0][1])}
    left_out = len(rows) - len(found.rows)
    assert left_out == 0 or found.notes


PAIRS = [
    *[("source", "target"), ("Source", "Target"), ("FromNodeId", "ToNodeId"), ("from_id", "to_id")],
    *[("Sender", "Recipient"), ("node_1", "node_2"), ("Person A", "Person B"), ("v1", "v2")],
    *[("name1", "name2"), ("student", "friend"), ("follower", "followee"), ("ego", "alter_name")],
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
@pytest.mark.parametrize("turned", [False, True])
def test_headings_name_the_columns_wherever_they_stand(one: str, other: str, turned: bool) -> None:
    cells = [(one, "x", other), ("Fay", "1", "Gus")]
    if turned:
        cells = [row[::-1] for row in cells]
    found = link_columns(list(enumerate(cells, 1)))
    assert found.column(found.one) == ["Fay"]
    assert found.column(found.other) == ["Gus"]


def test_a_heading_that_is_a_name_is_none() -> None:
    rows = [("from", "to"), ("to", "Fay"), ("Fay", "from")]
    assert len(link_columns(list(enumerate(rows, 1))).rows) == 3


@pytest.mark.parametrize("text", ["1", "-2", "1.0", "0,5", "1e-3", ".5"])
def test_numbers(text: str) -> None:
    assert is_number(text)


@pytest.mark.parametrize("text", ["", "1a", "1.2.3", "-", "\u0663", "inf", "nan"])
def test_no_numbers(text: str) -> None:
    assert not is_number(text)


# Graphs in other programs' formats: read as networkx reads them, or named and refused.


def through(write: Callable[..., Any]) -> Callable[[Any], str]:
    def text(graph: Any) -> str:
        held = io.BytesIO()
        write(graph, held)
        return held.getvalue().decode("utf-8")

    return text


WRITERS: dict[str, Callable[[Any], str]] = {
    "GraphML": through(networkx.write_graphml_xml),
    "GEXF": through(networkx.write_gexf),
    "GML": lambda graph: "\n".join(networkx.generate_gml(graph)),
    "Pajek": lambda graph: "\n".join(networkx.generate_pajek(graph)),
    "JSON": lambda graph: json.dumps(networkx.node_link_data(graph, edges="links")),
}


def club(directed: bool) -> Any:
    names = dict(enumerate(["Fay", "Gus Lee", "Hal", "Ida", "Jo"]))
    plain: Any = networkx.Graph([(0, 1), (1, 2), (2, 0), (2, 3)])
    plain.add_node(4)
    graph = plain.to_directed() if directed else plain
    return networkx.relabel_nodes(graph, names)


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("name", WRITERS)
def test_what_networkx_writes_is_read(name: str, directed: bool, tmp_path: Path) -> None:
    text = WRITERS[name](club(directed))
    found = graph_in(text)
    assert found is not None
    assert (found.words, found.notes) == (name, ("directions not used",) * directed)
    file = tmp_path / "club.txt"
    file.write_text(text, "utf-8")
    network = read_edge_list(file)
    assert set(network.names) == set(club(False))
    links = {frozenset((network.names[a], network.names[b])) for a, b in network.edges}
    assert links == {frozenset(link) for link in club(False).edges}
    assert f"club.txt, {name}: 5 agents, 4 links" in network.source
    assert ("directions not used" in network.source) is directed
    assert "in 2 parts of 4 and 1 agents" in network.source


TEXTS = {
    "gephi": '<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://gexf.net/1.3" '
    'version="1.3"><graph><nodes><node id="0" label="Fay"/><node id="1" label="Gus"/></nodes>'
    '<edges><edge source="0" target="1"/></edges></graph></gexf>',
    "igraph": '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><key id="v_name" for="node" '
    'attr.name="name" attr.type="string"/><graph edgedefault="undirected"><node id="n0"><data '
    'key="v_name">Fay</data></node><node id="n1"><data key="v_name">Gus</data></node>'
    '<edge source="n0" target="n1"/></graph></graphml>',
    "d3": '{"nodes": [{"name": "Fay"}, {"name": "Gus"}], "links": [{"source": 0, "target": 1}]}',
    "cytoscape": '{"elements": {"nodes": [{"data": {"id": "a", "label": "Fay"}}, {"data": '
    '{"id": "b", "label": "Gus"}}], "edges": [{"data": {"source": "a", "target": "b"}}]}}',
    "neighbours": '{"Fay": ["Gus"], "Gus": ["Fay"]}',
    "adjacency": '{"directed": false, "multigraph": false, "graph": [], "nodes": [{"id": "Fay"}, '
    '{"id": "Gus"}], "adjacency": [[{"id": "Gus"}], [{"id": "Fay"}]]}',
    "pairs": '[["Fay", "Gus"], ["Gus", "Fay"]]',
    "records": '[{"from": "Fay", "to": "Gus"}]',
    "gml": 'Creator "me"\ngraph [\n node [ id 1 label "Fay" ]\n node [ id 2 label "Gus" ]\n edge '
    "[ source 1 target 2 ]\n]\n",
    "pajek": '% mine\n*Vertices 2\n1 "Fay" 0.1 0.2\n2 "Gus"\n*Edges\n1 2 1\n',
    "several relations": '*Vertices 2\n1 "Fay"\n2 "Gus"\n*Arcs :1 "likes"\n1 2 1\n*Arcs :2 '
    '"asks, helps"\n2 1 1\n*Edges\n1 2\n',
    "a Pajek project": '*Network a b\n*Vertices 2\n1 "Fay"\n2 "Gus"\n*Arcs\n1 2 1\n\n*Partition c\n'
    "*Vertices 2\n1\n2\n",
    "JSON lines": '{"source": "Fay", "target": "Gus"}\n{"source": "Gus", "target": "Fay"}\n',
}


@pytest.mark.parametrize("case", TEXTS)
def test_what_other_programs_write_is_read(case: str) -> None:
    found = graph_in(TEXTS[case])
    assert found is not None
    assert found.nodes == ("Fay", "Gus")
    assert found.pairs[0] == ("Fay", "Gus")
    assert {frozenset(pair) for pair in found.pairs} == {frozenset(("Fay", "Gus"))}


def test_vertices_without_names_have_numbers() -> None:
    found = graph_in("*Vertices 3\n*Edges\n1 2 1\n2 3 1\n")
    assert found is not None
    assert found.nodes == ("1", "2", "3")


def test_empty_cells_of_json_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "links.json"
    file.write_text('[{"source": 1.0, "target": 2}, {"source": 2, "target": NaN}, [1, null]]')
    network = read_edge_list(file)
    assert network.names == ("1", "2")
    assert "2 rows without a second name left out" in network.source


REFUSED = {
    "several networks": "*Vertices 2\n*Arcs\n1 2\n*Network b\n*Vertices 2\n*Arcs\n1 2\n",
    "DOT": "graph {\n Fay -- Gus;\n}",
    "DOT ": 'strict digraph "x" {\n Fay -> Gus;\n}',
    "GDF": "nodedef>name VARCHAR\nFay\nedgedef>node1,node2\nFay,Gus\n",
    "DL file of UCINET": "dl n=3 format=edgelist1\nlabels:\nFay,Gus,Hal\ndata:\n1 2\n",
    "HTML": "<!DOCTYPE html><html></html>",
    "neither GraphML nor GEXF": "<svg></svg>",
    "defines entities": '<!DOCTYPE x [<!ENTITY a "aaa">]><graphml>&a;</graphml>',
    "Lists of neighbours": '*Vertices 2\n1 "a"\n2 "b"\n*Arcslist\n1 2\n',
    "no list of links": '{"kind": "Setup"}',
    "not valid JSON": '{"links": [',
    "no sound file in GML": "graph [ node [ id 1 ] edge [ source 1 target 2 ] ]",
    "no sound file in GML ": "graph " + "[ a " * 3000,
    "no sound file in GraphML": "<graphml><graph>",
    "Link 1 of this JSON": '{"links": [{"source": "Fay"}]}',
}


@pytest.mark.parametrize("words", REFUSED)
def test_the_rest_is_named_and_refused(words: str) -> None:
    with pytest.raises(BadValue, match=words.strip()):
        graph_in(REFUSED[words])


CUTS = st.tuples(st.floats(0, 1), st.floats(0, 1), st.sampled_from(["", "\0", '"', "[", "1", "<"]))


@given(st.sampled_from([*TEXTS.values(), *REFUSED.values()]), CUTS)
def test_broken_files_never_end_in_a_traceback(text: str, cut: tuple[float, float, str]) -> None:
    one, other = sorted(int(part * len(text)) for part in cut[:2])
    with contextlib.suppress(BadValue):
        graph_in(text[:one] + cut[2] + text[other:])


def test_a_graph_without_links_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.gml"
    file.write_text("graph [ node [ id 1 ] node [ id 2 ] ]")
    with pytest.raises(BadFile, match="no links"):
        read_edge_list(file)
