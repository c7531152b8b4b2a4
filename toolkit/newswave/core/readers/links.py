"""Links in files: two columns of a table, or the graph formats of other programs."""

from __future__ import annotations

import io
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from newswave.core.errors import BadValue, shown
from newswave.core.files import parsed_json
from newswave.core.readers.columns import PERSONS, TIMES

if TYPE_CHECKING:
    import networkx


# Tables: which two columns are links, by headings or by what the columns hold.

Row = tuple[str, ...]

_HEADINGS = (
    *(("source", "target"), ("from", "to"), ("src", "dst"), ("src", "dest"), ("ego", "alter")),
    *(("sender", "receiver"), ("sender", "recipient"), ("giver", "receiver"), ("tail", "head")),
    *(("follower", "followee"), ("follower", "followed"), ("nominator", "nominee")),
    *(("chooser", "chosen"), ("caller", "callee"), ("citing", "cited"), ("origin", "destination")),
    *((one, other) for one in ("person", "agent", "node", "name", "student", "pupil", "user", "id")
      for other in ("friend", "neighbour", "neighbor", "alter", "partner", "contact")),
    *(("parent", "child"), ("actor", "partner")),
)  # fmt: skip
_NUMBERED = {("1", "2"), ("a", "b"), ("i", "j"), ("0", "1"), ("one", "two"), ("x", "y")}
_FILLING = {"id", "ids", "name", "node", "vertex", "person", "user", "agent", "label", "student"}
_OF_NODES = {"id", "label", "name", "node", "nodes", "vertex", "person", "agent", "student"}
_NUMBER = re.compile(r"[+-]?(\d{1,400}([.,]\d{0,400})?|[.,]\d{1,400})(e[+-]?\d{1,3})?", re.I | re.A)
_WAY_OUT = "If these are links, write source and target above their two columns"


@dataclass(frozen=True)
class Links:
    """What a file says of links, before agents are made of it."""

    words: str  # Where they stand: the format, or the columns
    pairs: tuple[tuple[str, str], ...]  # In the order of the file
    nodes: tuple[str, ...] = ()  # All nodes, where the file lists them: some may have no links
    notes: tuple[str, ...] = ()  # What was skipped or left out, each a phrase for a sentence


@dataclass(frozen=True)
class Columns:
    """The rows of a table of links."""

    # The number of the line, and its cells; all rows are equally long
    rows: tuple[tuple[int, Row], ...]
    one: int = 0  # The two columns that are linked: `one` and `other`
    other: int = 1
    names: Row = ()  # The headings of all columns, if there are any
    notes: tuple[str, ...] = ()  # What was skipped, each a phrase for a sentence

    @property
    def words(self) -> str:
        """Which columns are read and which are not."""
        width = len(self.rows[0][1])
        called = [shown(name, 30)[1:-1] or str(at) for at, name in enumerate(self.names, 1)]
        called = called or [str(at) for at in range(1, width + 1)]
        rest = [called[at] for at in range(width) if at not in (self.one, self.other)]
        if not self.names and not rest:
            return "two columns"
        some = ", ".join(rest[:6]) + (f" and {len(rest) - 6} more" if len(rest) > 6 else "")
        unused = f" (not used: {some})" if rest else ""
        return f"columns {called[self.one]} and {called[self.other]}{unused}"

    def column(self, at: int) -> list[str]:
        """Return the cells of one column."""
        return [cells[at] for _, cells in self.rows]


def link_columns(rows: Sequence[tuple[int, Row]]) -> Columns:
    """Return which two columns of a table are links."""
    sizes, kept = _without_sizes(list(rows))
    kept = _without_row_names(kept)
    _check_widths(kept)
    nominated = _nominations(kept)
    if nominated is not None:
        _check_nodes(nominated)
        return nominated
    table = Columns(tuple(kept), notes=sizes)
    named = _named_pair(kept[0][1])
    if named and not _occurs(kept[0][1], kept[1:], named):
        table = _headed(table, "")
        if not table.rows:
            raise BadValue("This file holds no links", allowed="two names on each line")
        return replace(table, one=named[0], other=named[1])
    why = _heading_why(kept)
    table = table if why is None else _headed(table, why)
    one, other = _two_columns(table)
    table = replace(table, one=one, other=other)
    _check_nodes(table)
    return table


def says_links(cells: Row) -> bool:
    """Tell whether headings say who is linked to whom."""
    pair = _named_pair(cells)
    return pair is not None and not _are_curves(cells, pair)


def _are_curves(cells: Row, pair: tuple[int, int]) -> bool:
    """Tell whether two numbered columns after a time are two curves, not two people."""
    first, one, other = (_tokens(cells[at]) for at in (0, *pair))
    numbered = _rank(one, other) == len(_HEADINGS)
    people = set(one[:-1]) & (PERSONS | _OF_NODES | _FILLING)
    return numbered and not people and " ".join(first) in TIMES


def is_number(text: str) -> bool:
    """Tell whether a cell is a number."""
    return _NUMBER.fullmatch(text) is not None


def _check_widths(rows: list[tuple[int, Row]]) -> None:
    width = len(rows[0][1])
    off = next((row for row in rows if len(row[1]) != width), None)
    if off is None and width > 1:
        return
    line, cells = off or rows[0]
    widths = {len(cells) for _, cells in rows}
    if len(widths) > 3 and max(widths) > 4:
        raise BadValue(
            "The lines of this file have very different lengths, as in a list of neighbours",
            allowed="one link on each line: two names",
            advice="Write each link on its own line (networkx: read_adjlist, then write_edgelist)",
        )
    raise BadValue(
        f"Line {line} is not two names: {shown(' '.join(cells))}",
        given=f"{len(cells)} cells, where line {rows[0][0]} has {width}" if off else "one cell",
        allowed="as many cells on each line, two of them the names that are linked",
        advice="Separate the cells by a comma, put names that hold one in double quotes, and put # "
        "before lines that are comments",
    )


def _without_sizes(
    rows: list[tuple[int, Row]],
) -> tuple[tuple[str, ...], list[tuple[int, Row]]]:
    """Leave out the line or lines above the links that count nodes and links."""
    for many in (2, 1):
        first = [cell for _, cells in rows[:many] for cell in cells]
        rest = rows[many:]
        alone = many == 1 or all(len(cells) == 1 for _, cells in rows[:many])
        if alone and rest and _are_sizes(first, rest):
            sizes = " ".join(first)
            return (f"the line of sizes {shown(sizes, 40)} skipped",), rest
    return (), rows


def _are_sizes(first: list[str], rest: list[tuple[int, Row]]) -> bool:
    """Tell whether numbers count what follows: its names (or more) and its lines, in any order."""
    if not 1 <= len(first) <= 4 or not all(re.fullmatch(r"\d{1,12}", c, re.A) for c in first):
        return False
    if any(len(cells) < 2 for _, cells in rest):
        return False
    counts = [int(cell) for cell in first]
    names = {_plain(cell) for _, cells in rest for cell in cells[:2]}
    if len(counts) == 1:
        return counts[0] in (len(names), len(rest))
    if len(rest) not in counts or len(rest) < 2:
        return False
    strange = not any(_plain(cell) in names for cell in first)
    if counts == [len(rest), len(names)] and len(rest) > 3:
        return True
    nodes = counts[:-1]
    if counts[-1] != len(rest):  # links before nodes, or something behind them
        nodes = [count for count in counts if count != len(rest)] if strange else counts[:1]
    odd = strange or len(rest[0][1]) != len(first)
    return all(n == len(names) or (n > len(names) and odd) for n in nodes)


def _plain(cell: str) -> str:
    return re.sub(r"^0+(?=\d)|\.0*$", "", cell) if is_number(cell) else cell


def _without_row_names(rows: list[tuple[int, Row]]) -> list[tuple[int, Row]]:
    """Leave out the names of rows that R writes below a heading without a word for them."""
    if not rows or any(is_number(cell) for cell in rows[0][1]):
        return rows
    width, rest = len(rows[0][1]) + 1, rows[1:]
    if width < 3 or any(len(cells) != width for _, cells in rest):
        return rows
    if len(rest) < 2 or [cells[0] for _, cells in rest] != [str(n + 1) for n in range(len(rest))]:
        return rows
    return [rows[0], *((line, cells[1:]) for line, cells in rows[1:])]


def _nominations(rows: list[tuple[int, Row]]) -> Columns | None:
    """Return the links of a survey with a person on each line, and beside it several whom it names.

    Two columns called person1 and person2 are a link, unless names beside them name others there.
    """
    (line, head), *rest = rows
    keys = [_tokens(cell) for cell in head]
    stems = [key[:-1] for key in keys if len(key) > 1 and key[-1].isdigit()]
    stem = max(stems, key=stems.count, default=())
    alters = [at for at, key in enumerate(keys) if len(key) > 1 and key[:-1] == stem]
    named = {cells[at] for _, cells in rest for at in alters} - {""}
    for at in range(alters[0] if len(alters) > 1 else 0):
        own = {cells[at] for _, cells in rest}
        if named & own and (len(alters) > 2 or not all(map(is_number, own))):
            pairs = [
                (row, (cells[at], cells[other]))
                for row, cells in rest
                for other in alters
                if cells[other] or other == alters[0]
            ]
            names = (head[at], f"{head[alters[0]]} to {head[alters[-1]]}")
            note = f"heading {shown(', '.join(head), 50)} in line {line} skipped"
            return Columns(tuple(pairs), names=names, notes=(note,))
    return None


def _named_pair(cells: Row) -> tuple[int, int] | None:
    """Return the places of two headings that say who is linked to whom."""
    keys = [_tokens(cell) for cell in cells]
    ranked = [
        (rank, i, j)
        for i, j in itertools.permutations(range(len(keys)), 2)
        if (rank := _rank(keys[i], keys[j])) is not None
    ]
    return min(ranked)[1:] if ranked else None


def _rank(one: tuple[str, ...], other: tuple[str, ...]) -> int | None:
    bare = (" ".join(_bare(one)), " ".join(_bare(other)))
    if bare in _HEADINGS:
        return _HEADINGS.index(bare)
    is_numbered = len(one) > 1 and one[:-1] == other[:-1] and (one[-1], other[-1]) in _NUMBERED
    return len(_HEADINGS) if is_numbered else None


def _tokens(cell: str) -> tuple[str, ...]:
    """Cut a heading into its words: FromNodeId, from_node_id and "from node id" are the same."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", cell).casefold()
    return tuple(re.findall(r"[^\W\d_]+|\d+", text))


def _bare(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out what says no more than that an agent is meant."""
    glued = r"(source|target|from|to|ego|alter)(?:id|name|node)"
    cut = [re.sub(rf"^{glued}$", r"\1", token) for token in tokens]
    return tuple(token for token in cut if token not in _FILLING) or tuple(cut)


def _heading_why(rows: list[tuple[int, Row]]) -> str | None:
    """Return why the first line is taken for a heading in words that are none of newswave's."""
    first, rest = rows[0][1], [cells for _, cells in rows[1:]]
    if not rest or any(is_number(cell) for cell in first):
        return None
    if any(all(is_number(cells[at]) for cells in rest) for at in range(len(first))):
        return ", words above numbers"
    return ", as its words occur nowhere else" if _stands_alone(first, rest) else None


def _stands_alone(first: Row, rest: list[Row]) -> bool:
    """Tell whether the names of the first line occur nowhere else, and all others' do."""
    times = Counter(cell for cells in rest for cell in {*cells})
    if len(rest) < 2 or any(cell in times for cell in first):
        return False
    return all(any(times[cell] > 1 for cell in cells) for cells in rest)


def _headed(table: Columns, why: str) -> Columns:
    (line, names), *rest = table.rows
    heading = ", ".join(names)
    note = f"heading {shown(heading, 50)} in line {line} skipped{why}"
    return replace(table, rows=tuple(rest), names=names, notes=(*table.notes, note))


def _occurs(first: Row, rest: list[tuple[int, Row]], pair: tuple[int, int]) -> bool:
    """Tell whether a word that may be a heading is a name further down, or numbered like one."""
    heading = {first[at] for at in pair}
    if any(cells[at] in heading for _, cells in rest for at in pair):
        return True
    stems = {_tokens(first[at])[:-1] for at in pair} - {()}
    return any(_tokens(cells[at])[:-1] in stems for _, cells in rest[:1000] for at in pair)


def _two_columns(table: Columns) -> tuple[int, int]:
    """Return the two columns that hold names of the same kind."""
    width = len(table.rows[0][1])
    if width == 2:
        return 0, 1
    sets = [set(table.column(at)) - {""} for at in range(width)]
    if _of_times(table, sets):
        return 1, 2
    _check_row_numbers(table, sets)
    kinds = [all(map(is_number, names)) for names in sets]
    words = [at for at in range(width) if not kinds[at]]
    if len(words) == 2 and sets[words[0]] & sets[words[1]]:
        return words[0], words[1]
    similar = [
        (i, j) for i in range(width) for j in range(i + 1, width)
        if kinds[i] == kinds[j] and sets[i] & sets[j]
    ]  # fmt: skip
    if kinds[0] == kinds[1] and (kinds[0] or len(words) == 2):
        return 0, 1
    if len(similar) == 1:
        return similar[0]
    if _names_nodes(table, 0):
        raise _nodes(table)
    raise BadValue(
        f"This table has {width} columns, and does not say which two are linked",
        given=", ".join(table.names) or ", ".join(table.rows[0][1]),
        advice=_WAY_OUT,
    )


def _of_times(table: Columns, sets: list[set[str]]) -> bool:
    """Tell whether times stand before the two names, as in contacts seen by sensors."""
    if table.names or not all(map(is_number, sets[0] | sets[1] | sets[2])) or sets[0] & sets[1]:
        return False
    when = [float(cell or "nan") for cell in table.column(0)]
    both = len(sets[1] & sets[2])
    return when == sorted(when) and 2 * both >= min(len(sets[1]), len(sets[2])) and both > 1


def _check_row_numbers(table: Columns, sets: list[set[str]]) -> None:
    """Refuse three columns of numbers, the first of which only numbers the lines."""
    first = table.column(0)
    counted = any(first == [str(at + n) for at in range(len(first))] for n in (0, 1))
    plain = not table.names and all(map(is_number, sets[1] | sets[2]))
    if counted and plain and len(first) > 3 and len(sets[2] & sets[1]) > 2:
        raise BadValue(
            "The first column numbers the lines, so it may be no name",
            given=", ".join(table.rows[0][1][:6]),
            advice="Put a heading above the columns: row,source,target or source,target,weight",
        )


def _names_nodes(table: Columns, at: int) -> bool:
    """Tell whether a column is called as one that names nodes, and holds each once."""
    names = table.column(at)
    called = set(_tokens(table.names[at])) if table.names else set()
    return bool(called) and called <= _OF_NODES and len(set(names)) == len(names)


def _check_nodes(table: Columns) -> None:
    """Refuse a table of nodes: each name once, and what is beside it is no name."""
    ones, others = table.column(table.one), table.column(table.other)
    numbers = [all(map(is_number, set(side) - {""})) for side in (ones, others)]
    apart = not set(ones) & set(others) - {""}
    once = len(set(ones)) == len(ones) > (1 if table.names else 2)
    if numbers[0] != numbers[1] or (apart and once) or _names_nodes(table, table.one):
        raise _nodes(table, ": no name stands in both columns" if apart else "")


def _nodes(table: Columns, why: str = "") -> BadValue:
    return BadValue(
        f"This looks like a table of nodes, not of links{why}",
        given=", ".join(table.names) or ", ".join(table.rows[0][1][:6]),
        allowed="one link on each line: two names",
        advice=f"Take the file of the links (edges) that belongs to it. {_WAY_OUT}",
    )


# Graph formats of other programs, known by their content.

_ENDS = (("source", "target"), ("from", "to"), ("Source", "Target"))
_NAMES = ("label", "name", "Label", "Name")
_DIRECTED = ("directions not used",)
_READ = "an edge list, GraphML, GEXF, GML, Pajek or JSON with nodes and links"


def graph_in(text: str) -> Links | None:
    """Return the graph in a text; None if it is in no format that is known here."""
    head = re.sub(r"\A(\s|\ufeff|[%#][^\n]*\n|//[^\n]*\n)+", "", text[:20_000])
    for name, advice, pattern in _REFUSED:
        if re.match(pattern, head, re.I):
            raise BadValue(f"This is {name}, which newswave does not read",
                           allowed=_READ, advice=advice)  # fmt: skip
    for name, pattern, read in _FORMATS:
        if re.match(pattern, head, re.I | re.S):
            return _read(name, read, text)
    return None


def _read(name: str, read: Callable[[str], Any], text: str) -> Links:
    try:
        made = read(text)
        return made if isinstance(made, Links) else _of_networkx(name, made)
    except (BadValue, MemoryError):
        raise
    except Exception as error:  # the parsers of networkx raise whatever comes
        why = shown(str(error), 120)[1:-1]
        advice = "Write it again in the program that it is from"
        raise BadValue(f"This is no sound file in {name} ({why})", advice=advice) from error


def _of_networkx(name: str, graph: networkx.Graph[Any]) -> Links:
    """Return the nodes and links of a graph, by the nodes' labels where these tell them apart."""
    names = {node: str(node) for node in graph}
    for key in _NAMES:
        labels = {node: attributes.get(key) for node, attributes in graph.nodes(data=True)}
        texts = {str(label) for label in labels.values() if label not in (None, "")}
        if len(texts) == len(labels):
            names = {node: str(label) for node, label in labels.items()}
            break
    pairs = tuple((names[one], names[other]) for one, other in graph.edges())
    return Links(name, pairs, tuple(names.values()), _DIRECTED * graph.is_directed())


def _graphml(text: str) -> Any:
    import networkx

    return networkx.read_graphml(_xml(text))


def _gexf(text: str) -> Any:
    import networkx

    return networkx.read_gexf(_xml(text))


def _xml(text: str) -> io.BytesIO:
    if re.search(r"<!(ENTITY|DOCTYPE)", text, re.I):
        raise BadValue("This XML defines entities, which are not read", advice="Take <!...> out")
    declared = re.sub(r"\A\s*<\?xml[^>]*\?>", "", text)
    return io.BytesIO(declared.encode("utf-8", "replace"))


def _gml(text: str) -> Any:
    import networkx

    try:
        return networkx.parse_gml(text)
    except networkx.NetworkXError:
        return networkx.parse_gml(text, label="id")


def _pajek(text: str) -> Any:
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
    return networkx.parse_pajek(lines)


def _json(text: str) -> Any:
    """Return the graph in JSON: nodes and links, Cytoscape's elements, or a list of pairs."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(re.fullmatch(r"\s*\{.*\}\s*", line) for line in lines):
        data: Any = [parsed_json(line) for line in lines]  # JSON lines: a link on each
    else:
        data = parsed_json(text)
    if isinstance(data, dict) and "adjacency" in data:
        import networkx

        return networkx.adjacency_graph(data)
    if _is_neighbours(data):
        data = [[one, other] for one, others in data.items() for other in others]
    directed = isinstance(data, dict) and data.get("directed") is True
    inner = data.get("elements", data) if isinstance(data, dict) else {"links": data}
    inner = inner if isinstance(inner, dict) else {"links": inner}
    links = next((inner[key] for key in ("links", "edges", "Links", "Edges") if key in inner), None)
    nodes = inner.get("nodes", [])
    if not isinstance(links, list) or not isinstance(nodes, list):
        allowed = '{"nodes": [...], "links": [{"source": ..., "target": ...}]}'
        given = ", ".join(list(data)[:8]) if isinstance(data, dict) else type(data).__name__
        raise BadValue("This JSON holds no list of links", given=given, allowed=allowed)
    names = _json_names([_bare_name(node) for node in nodes])
    pairs = tuple(_json_pair(_bare_name(link), names, at) for at, link in enumerate(links, 1))
    ids = dict.fromkeys([*names.values(), *(name for pair in pairs for name in pair if name)])
    return Links("JSON", pairs, tuple(ids), _DIRECTED * directed)


def _is_neighbours(data: Any) -> bool:
    """Tell whether JSON holds the neighbours of each name."""
    if not isinstance(data, dict) or {"nodes", "links", "edges", "Links", "Edges"} & data.keys():
        return False
    return bool(data) and all(isinstance(one, list) for one in data.values())


def _bare_name(item: Any) -> Any:
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
        ends = [_bare_name(end).get("id") if isinstance(end, dict) else end for end in ends[:2]]
    if ends is None or any(isinstance(end, list | dict) for end in ends):
        raise BadValue(f"Link {number} of this JSON is not two names", given=link,
                       allowed='{"source": ..., "target": ...}')  # fmt: skip
    # null and NaN, which is not itself, are an empty cell
    one, other = ("" if end is None or end != end else names.get(end, str(end)) for end in ends)
    return one, other


_FORMATS: tuple[tuple[str, str, Callable[[str], Any]], ...] = (
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
