"""Graphs in other programs' formats: read as networkx reads them, or named and refused."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswave.core.errors import BadFile, BadValue
from newswave.core.readers.links import graph_in
from newswave.core.readers.own_network import read_edge_list


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
