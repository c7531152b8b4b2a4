"""Networks of one's own, from a file of links or from networkx."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newswave.errors import BadFile, BadValue, shown
from newswave.files import read_text
from newswave.recipes import OwnNetwork

if TYPE_CHECKING:
    import networkx

_HEADERS = (
    *(("source", "target"), ("from", "to"), ("node1", "node2"), ("sender", "receiver")),
    *(("person", "friend"), ("agent", "neighbour"), ("agent", "neighbor")),
)


def read_edge_list(path: str | Path) -> OwnNetwork:
    r"""Return the network in a text file with one link per line.

    A line holds two names or numbers, separated by a tab, semicolon, comma or blanks. Lines that
    start with # are left out, and so is a header: "source, target" and the like, or words above
    nothing but whole numbers. Links have no direction; one that is given again counts once.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    OwnNetwork
        With the names in the file; agents are in the order of their numbers, or as they appear.

    Raises
    ------
    BadFile
        If the file cannot be read, or a line is not a link between two different agents.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "friends.csv"
    ...     _ = file.write_text("person,friend\nAnn,Bob\nBob,Cy\n")
    ...     read_edge_list(file).names
    ('Ann', 'Bob', 'Cy')
    """
    rows = list(_link_lines(read_text(path, "an edge list"), str(path)))
    if rows and _is_header([pair for _, pair in rows]):
        rows = rows[1:]
    if not rows:
        raise BadFile("This file holds no links", given=str(path), allowed="two names on each line")
    for number, (one, other) in rows:
        if one == other:
            raise BadFile(
                f"Line {number} links {shown(one)} to itself",
                given=str(path),
                advice="Take this line out: agents are linked to others only",
            )
    names = list(dict.fromkeys(name for _, pair in rows for name in pair))
    if all(map(_is_whole, names)):
        names.sort(key=lambda name: (int(name), name))
    place = {name: i for i, name in enumerate(names)}
    edges = tuple((place[one], place[other]) for _, (one, other) in rows)
    return OwnNetwork(len(names), edges, tuple(names))


def from_networkx(graph: networkx.Graph[Any]) -> OwnNetwork:
    """Return a networkx graph as a network of one's own, nodes in their order, names as text.

    Raises
    ------
    BadValue
        If it is directed or no graph, has self-loops or no links, or two nodes read the same.

    Examples
    --------
    >>> import networkx
    >>> from_networkx(networkx.path_graph(["Ann", "Bob", "Cy"])).edges
    ((0, 1), (1, 2))
    """
    import networkx

    if not isinstance(graph, networkx.Graph):
        raise BadValue("This is no networkx graph", given=type(graph).__name__)
    if graph.is_directed():
        raise BadValue(
            "This graph is directed; here a link works both ways",
            given=type(graph).__name__,
            advice="Give graph.to_undirected() if that is what you mean",
        )
    if networkx.number_of_selfloops(graph):
        raise BadValue(
            "This graph links a node to itself",
            given=next(iter(networkx.nodes_with_selfloops(graph))),
            advice="Call graph.remove_edges_from(list(networkx.selfloop_edges(graph))) first",
        )
    place = {node: i for i, node in enumerate(graph)}
    edges = tuple((place[one], place[other]) for one, other in graph.edges())
    return OwnNetwork(len(place), edges, tuple(map(str, place)))


def _link_lines(text: str, path: str) -> Iterator[tuple[int, tuple[str, str]]]:
    """Yield the line number and the two cells of every line that is neither empty nor a comment."""
    mark: str | None = None
    first = True
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if first:
            mark, first = _separator(line), False
        cells = _cells(line, mark)
        if len(cells) != 2 or not all(cells):
            raise BadFile(
                f"Line {number} is not two names: {shown(line.strip())}",
                given=path,
                allowed="two cells on each line, separated as in the first line",
                advice="Take out any other columns (networkx: write_edgelist(..., data=False)), "
                "and put # before lines that are comments",
            )
        yield number, (cells[0], cells[1])


def _separator(line: str) -> str | None:
    """Return the mark that cuts a line in two: tab, semicolon, comma, or None for blanks."""
    return next((mark for mark in "\t;," if len(_cells(line, mark)) == 2), None)


def _cells(line: str, mark: str | None) -> list[str]:
    """Cut a line into cells; a cell in double quotes may hold the mark."""
    if mark is None:
        return line.split()
    if '"' not in line:
        return [cell.strip() for cell in line.split(mark)]
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=mark), [])]
    except csv.Error:
        return []


def _is_header(pairs: list[tuple[str, str]]) -> bool:
    """Tell whether the first line names the columns."""
    one, other = pairs[0]
    if (one.casefold(), other.casefold()) in _HEADERS:
        return True
    words = not _is_whole(one) and not _is_whole(other)
    return words and len(pairs) > 1 and all(_is_whole(c) for pair in pairs[1:] for c in pair)


def _is_whole(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]{1,18}", text) is not None
