"""Files of graphs in the formats of other programs, known by their content."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from newswave.errors import BadValue, shown
from newswave.files import parsed_json

if TYPE_CHECKING:
    import networkx

_ENDS = (("source", "target"), ("from", "to"), ("Source", "Target"))
_NAMES = ("label", "name", "Label", "Name")
_READ = "an edge list, GraphML, GEXF, GML, Pajek or JSON with nodes and links"


@dataclass(frozen=True)
class FoundGraph:
    """What a file of a graph holds.

    Parameters
    ----------
    format : str
        The format's name.
    nodes : tuple of str
        All nodes, also those without links.
    pairs : tuple of pairs of str
        The links in the order of the file.
    directed : bool
        Whether the file says that a link has a direction.
    """

    format: str
    nodes: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    directed: bool = False


def graph_in(text: str) -> FoundGraph | None:
    """Return the graph in a text; None if it is in no format that is known here.

    Raises
    ------
    BadValue
        If the format is one that newswave does not read, or the text is not sound.

    Examples
    --------
    >>> graph_in('{"links": [{"source": "Ann", "target": "Bob"}]}').pairs
    (('Ann', 'Bob'),)
    >>> graph_in("Ann,Bob") is None
    True
    """
    head = re.sub(r"\A(\s|\ufeff|[%#][^\n]*\n|//[^\n]*\n)+", "", text[:20_000])
    for name, advice, pattern in _REFUSED:
        if re.match(pattern, head, re.I):
            raise BadValue(f"This is {name}, which newswave does not read",
                           allowed=_READ, advice=advice)  # fmt: skip
    for name, pattern, read in _FORMATS:
        if re.match(pattern, head, re.I | re.S):
            return _read(name, read, text)
    return None


def _read(name: str, read: Callable[[str], FoundGraph], text: str) -> FoundGraph:
    try:
        return read(text)
    except (BadValue, MemoryError):
        raise
    except Exception as error:  # the parsers of networkx raise whatever comes
        why = shown(str(error), 120)[1:-1]
        advice = "Write it again in the program that it is from"
        raise BadValue(f"This is no sound file in {name} ({why})", advice=advice) from error


def _of_networkx(format_name: str, graph: networkx.Graph[Any]) -> FoundGraph:
    """Return the nodes and links of a graph, by the nodes' labels where these tell them apart."""
    names = {node: str(node) for node in graph}
    for key in _NAMES:
        labels = {node: held.get(key) for node, held in graph.nodes(data=True)}
        texts = {str(label) for label in labels.values() if label not in (None, "")}
        if len(texts) == len(labels):
            names = {node: str(label) for node, label in labels.items()}
            break
    pairs = tuple((names[one], names[other]) for one, other in graph.edges())
    return FoundGraph(format_name, tuple(names.values()), pairs, graph.is_directed())


def _graphml(text: str) -> FoundGraph:
    import networkx

    return _of_networkx("GraphML", networkx.read_graphml(_xml(text)))


def _gexf(text: str) -> FoundGraph:
    import networkx

    return _of_networkx("GEXF", networkx.read_gexf(_xml(text)))


def _xml(text: str) -> io.BytesIO:
    if re.search(r"<!(ENTITY|DOCTYPE)", text, re.I):
        raise BadValue("This XML defines entities, which are not read", advice="Take <!...> out")
    declared = re.sub(r"\A\s*<\?xml[^>]*\?>", "", text)
    return io.BytesIO(declared.encode("utf-8", "replace"))


def _gml(text: str) -> FoundGraph:
    import networkx

    try:
        return _of_networkx("GML", networkx.parse_gml(text))
    except networkx.NetworkXError:
        return _of_networkx("GML", networkx.parse_gml(text, label="id"))


def _pajek(text: str) -> FoundGraph:
    import networkx

    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("%")]
    ends = [at for at, line in enumerate(lines) if re.match(r"\*(part|vec|clu|perm)", line, re.I)]
    lines = lines[: ends[0]] if ends else lines  # what a project file says of nodes
    # the words behind *Arcs name a relation; networkx takes them for names
    lines = [re.sub(r"^(\*(?:arcs|edges))\b(?!list).*", r"\1", one, flags=re.I) for one in lines]
    if sum(line.lower().startswith(("*network", "*vertices")) for line in lines[2:]):
        raise BadValue("This Pajek file holds several networks",
                       advice="Save the one that is meant")  # fmt: skip
    lists = [line for line in lines if re.match(r"\*(arcs|edges)list", line, re.I)]
    if lists:
        raise BadValue("Lists of neighbours in a Pajek file are not read", given=lists[0],
                       advice="Save it with *Arcs or *Edges, one link on each line")  # fmt: skip
    for at, line in enumerate(lines):
        unnamed = re.fullmatch(r"\*vertices\s+(\d{1,7})\s*", line, re.I)
        if unnamed and (at + 1 == len(lines) or lines[at + 1].startswith("*")):
            lines[at + 1 : at + 1] = [f"{n} {n}" for n in range(1, int(unnamed[1]) + 1)]
            break
    return _of_networkx("Pajek", networkx.parse_pajek(lines))


def _json(text: str) -> FoundGraph:
    """Return the graph in JSON: nodes and links, Cytoscape's elements, or a list of pairs."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(re.fullmatch(r"\s*\{.*\}\s*", line) for line in lines):
        held: Any = [parsed_json(line) for line in lines]  # JSON lines: a link on each
    else:
        held = parsed_json(text)
    if isinstance(held, dict) and "adjacency" in held:
        import networkx

        return _of_networkx("JSON", networkx.adjacency_graph(held))
    if _is_neighbours(held):
        held = [[one, other] for one, others in held.items() for other in others]
    directed = isinstance(held, dict) and held.get("directed") is True
    inner = held.get("elements", held) if isinstance(held, dict) else {"links": held}
    inner = inner if isinstance(inner, dict) else {"links": inner}
    links = next((inner[key] for key in ("links", "edges", "Links", "Edges") if key in inner), None)
    nodes = inner.get("nodes", [])
    if not isinstance(links, list) or not isinstance(nodes, list):
        allowed = '{"nodes": [...], "links": [{"source": ..., "target": ...}]}'
        raise BadValue("This JSON holds no list of links", given=_keys(held), allowed=allowed)
    names = _json_names([_bare(node) for node in nodes])
    pairs = tuple(_json_pair(_bare(link), names, at) for at, link in enumerate(links, 1))
    ids = dict.fromkeys([*names.values(), *(name for pair in pairs for name in pair if name)])
    return FoundGraph("JSON", tuple(ids), pairs, directed)


def _is_neighbours(held: Any) -> bool:
    """Tell whether JSON holds the neighbours of each name."""
    if not isinstance(held, dict) or {"nodes", "links", "edges", "Links", "Edges"} & held.keys():
        return False
    return bool(held) and all(isinstance(one, list) for one in held.values())


def _keys(held: Any) -> str:
    return ", ".join(list(held)[:8]) if isinstance(held, dict) else type(held).__name__


def _bare(item: Any) -> Any:
    """Return what Cytoscape puts under "data"."""
    return item["data"] if isinstance(item, dict) and isinstance(item.get("data"), dict) else item


def _json_names(nodes: Iterable[Any]) -> dict[Any, str]:
    """Return the name of each node by what links call it: its id, else its place."""
    keys, names = {}, {}
    for place, node in enumerate(nodes):
        own = node if isinstance(node, dict) else {"id": node}
        key = own.get("id", own.get("key", place))
        if isinstance(key, list | dict):
            raise BadValue(f"Node {place + 1} of this JSON has no name", given=key)
        keys[key] = str(own.get("id", own.get("key", own.get("name", place))))
        called = next((own[name] for name in _NAMES if own.get(name)), None)
        names[key] = keys[key] if called is None else str(called)
    return names if len(set(names.values())) == len(names) else keys


def _json_pair(link: Any, names: dict[Any, str], number: int) -> tuple[str, str]:
    ends: Any = link if isinstance(link, list) and len(link) > 1 else None
    if isinstance(link, dict):
        ends = next(([link[a], link[b]] for a, b in _ENDS if a in link and b in link), None)
    if ends is not None:
        ends = [_bare(end).get("id") if isinstance(end, dict) else end for end in ends[:2]]
    if ends is None or any(isinstance(end, list | dict) for end in ends):
        raise BadValue(f"Link {number} of this JSON is not two names", given=link,
                       allowed='{"source": ..., "target": ...}')  # fmt: skip
    # null and NaN, which is not itself, are an empty cell
    one, other = ("" if end is None or end != end else names.get(end, str(end)) for end in ends)
    return one, other


_FORMATS: tuple[tuple[str, str, Callable[[str], FoundGraph]], ...] = (
    ("GraphML", r"<.{0,10000}?<graphml\b|<graphml\b", _graphml),
    ("GEXF", r"<.{0,10000}?<gexf\b|<gexf\b", _gexf),
    ("GML", r"(?:\w+\s+[^\n\[]*\n\s*)*graph\s*\[", _gml),
    ("Pajek", r"\*(network|vertices|arcs|edges|matrix)\b", _pajek),
    ("JSON", r"[\[{]", _json),
)
_REFUSED: tuple[tuple[str, str, str], ...] = (
    (
        "a DOT file (Graphviz)",
        "Write it as GraphML or as a list of links (networkx: read_dot, then write_edgelist)",
        r"(strict\s+)?(di)?graph\b[^\n\[]*\{",
    ),
    ("a GDF file", "Open it in Gephi and export it as GEXF or GraphML", r"nodedef\s*>"),
    (
        "a DL file of UCINET",
        "Save it as Pajek, or as a list of links",
        r"dl\s*(n|nr|nc|nm|format)\s*=|dl\s*\n",
    ),
    ("a page of HTML", "Download the file itself", r"<!doctype html|<html\b"),
    (
        "XML, and neither GraphML nor GEXF",
        "Export it as GraphML or GEXF",
        r"<(?![\s\S]{0,10000}?<?(graphml|gexf)\b)",
    ),
)
