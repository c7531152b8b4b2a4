"""Networks of one's own, from a file of links or from networkx."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from newswave.core.errors import BadFile, BadValue, shown
from newswave.core.files import read_bytes
from newswave.core.networks import OwnNetwork
from newswave.core.readers.links import Links, Row, graph_in, is_number, link_columns
from newswave.core.readers.tables import decoded, read_raw

if TYPE_CHECKING:
    import networkx

_Key = TypeVar("_Key", bound=Hashable)

_MARKS = ("\t", ";", ",", "|", "<->", "->", "--")
_COMMENTS = ("#", "%", "//")
_SAMPLE = 1000
_MISSING = {"", "NaN", "nan", "NA", "<NA>", "#N/A", "null", "None"}
_SUMS = {"total", "totals", "sum", "all"}
_SIGNS = dict.fromkeys(("", "-", "–", "—", ".", "false", "f", "no"), "0")
_SIGNS |= dict.fromkeys(("x", "true", "t", "yes"), "1")
_KIND, _ZIPPED = "an edge list", b"PK\x03\x04"
_INTEGER = re.compile(r"[+-]?\d{1,18}(\.0*)?", re.A)


def read_edge_list(path: str | Path) -> OwnNetwork:
    r"""Return the network in a file: a list of links, or a graph in the format of another program.

    A list of links has one on each line, its cells separated by a tab, semicolon, comma, bar,
    arrow or blanks. A heading in words, comments (#, %, //) and a line of sizes are skipped. Of
    more than two columns those are taken that are called source and target, from and to, ego and
    alter and the like, or those that hold names of the same kind; a column of names beside friend1,
    friend2 and so on is a survey in which each names several. An adjacency matrix is read too, and
    so are GraphML, GEXF, GML, Pajek and JSON with nodes and links, and the only sheet of an
    Excel workbook.

    Links have no direction and no weight; one that is given again, or the other way round, counts
    once, and a link of an agent to itself is left out. Where all names are numbers, equal numbers
    are one agent (1, 1.0 and 001). Names that differ by case only are different agents.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    OwnNetwork
        With the names in the file; agents are in the order of their numbers, or as they appear. Its
        `source` says in one line what was read, what was skipped or left out, and in how many parts
        the network is.

    Raises
    ------
    BadFile
        If the file cannot be read, or does not say plainly who is linked to whom.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "friends.csv"
    ...     _ = file.write_text("person,friend,years\nAnn,Bob,3\nBob,Cy,1\nBob,Ann,3\n")
    ...     friends = read_edge_list(file)
    >>> friends.names
    ('Ann', 'Bob', 'Cy')
    >>> print(friends.source)  # doctest: +NORMALIZE_WHITESPACE
    friends.csv, columns person and friend (not used: years): 3 agents, 2 links; heading 'person,
    friend, years' in line 1 skipped; 1 link given in both directions
    """
    data = read_bytes(path, _KIND)
    try:
        links = _of_sheet(data, path) if data.startswith(_ZIPPED) else _of_text(data, path)
        return _network(links, Path(path).name)
    except BadFile:
        raise
    except BadValue as error:
        given = str(path) if error.given is None else f"{path}: {error.given}"
        more = {"allowed": error.allowed, "advice": error.advice}
        raise BadFile(error.what, given=given, **more) from error


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
    return _with_source(OwnNetwork(len(place), edges, tuple(map(str, place))), "networkx", ())


def _of_sheet(data: bytes, path: str | Path) -> Links:
    """Return the links on the only sheet of a workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = packed.namelist()
    except zipfile.BadZipFile:
        names = []
    if "xl/workbook.xml" not in names:
        advice = "Unpack it and give the file inside; export a Gephi project as GEXF or GraphML"
        raise BadValue("This is a packed file and no workbook", advice=advice)
    table = read_raw(path, _KIND)
    lines = [int(re.sub(r"\D", "", line) or 0) for line in table.lines]
    return _of_rows(list(zip(lines, table.rows, strict=True)), table.left_out)


def _of_text(data: bytes, path: str | Path) -> Links:
    if data.startswith(b"\x1f\x8b"):
        raise BadValue("This is a packed file (gzip)", advice="Unpack it: gunzip FILE")
    text, encoding = decoded(data, str(path), _KIND)
    links = graph_in(text)
    if links is None:
        lines, remarks = _without_comments(text)
        links = _of_rows(_rows(lines), remarks)
    return replace(links, notes=(*links.notes, *[f"text in {encoding}"] * bool(encoding)))


def _of_rows(rows: list[tuple[int, Row]], remarks: Sequence[str]) -> Links:
    """Return the links in the rows of a table."""
    if not rows:
        raise BadValue("This file holds no links", allowed="two names on each line")
    matrix = _matrix(rows)
    if matrix is not None:
        return replace(matrix, notes=(*matrix.notes, *remarks))
    if _is_sum(rows):
        remarks = (*remarks, f"line {rows[-1][0]} ({shown(rows[-1][1][0], 20)}) left out")
        rows = rows[:-1]
    table = link_columns(rows)
    pairs = zip(table.column(table.one), table.column(table.other), strict=True)
    return Links(table.words, tuple(pairs), notes=(*table.notes, *remarks))


def _is_sum(rows: list[tuple[int, Row]]) -> bool:
    """Tell whether the last line is a sum below names."""
    last = rows[-1][1]
    sums = len(rows) > 3 and len(last) > 1 and last[0].casefold().strip(":") in _SUMS
    return sums and is_number(last[1]) and not any(is_number(row[1]) for _, row in rows[1:-1])


def _without_comments(text: str) -> tuple[list[str], tuple[str, ...]]:
    """Return the lines without comments, empty where nothing is left, and what was cut off."""
    lines = re.split(r"\r\n|\r|\n", text.replace("\0", ""))
    stated = re.fullmatch(r'"?sep=(.)"?', lines[0].strip(" "))
    if stated:
        lines[0] = ""
    skipped = cut = 0
    glued = [line.partition("#") for line in lines if re.match(r"\S*[^\s,;|]#", line)]
    in_names = any(len(_split(before)) < 2 for before, _, _ in glued)
    mark = re.compile(r"\s(?:#|%|//)" if in_names else r"\s(?:#|%|//)|#")
    for at, line in enumerate(lines):
        if line.lstrip(' "').startswith(_COMMENTS):
            skipped, lines[at] = skipped + 1, ""
            continue
        comment = mark.search(line)
        if comment and line[: comment.start()].count('"') % 2 == 0:
            before = line[: comment.start()]
            if len(_split(before)) > 1 and all(_split(before)):
                cut, lines[at] = cut + 1, before
    notes = [f"{_many(skipped, 'comment line')} skipped"] * bool(skipped)
    notes += [f"{_many(cut, 'remark')} behind links cut off"] * bool(cut)
    return lines, tuple(notes)


def _split(line: str) -> list[str]:
    """Cut one line by itself."""
    mark = next((mark for mark in _MARKS if mark in line), None)
    return [cell.strip() for cell in line.split(mark)]


def _rows(lines: Sequence[str]) -> list[tuple[int, Row]]:
    """Return the cells of each line that holds any, with its number."""
    lines = [  # networkx writes what it knows of a link as {...} behind it
        line[: line.rindex("{")] if "{" in line and line.rstrip().endswith("}") else line
        for line in lines
    ]
    texts = [line.strip() for line in lines if line.strip()]
    for pattern in (r"[(\[](.*)[)\]][,;]?", r"([^;]*);"):  # (1, 2) of Python, 1 2; of Matlab
        if all(re.fullmatch(pattern, line) for line in texts):
            lines = [re.sub(pattern, r"\1", line.strip()) for line in lines]
    mark = _separator([line for line in lines if line.strip()][:_SAMPLE])
    rows = [(number, cells) for number, cells in _cut(lines, mark) if any(cells)]
    width = max((len(cells) for _, cells in rows), default=0)
    filled = [at for at in range(width) if any(at < len(cells) and cells[at] for _, cells in rows)]
    if len(filled) == width or any(len(cells) != width for _, cells in rows):
        return rows
    return [(number, tuple(cells[at] for at in filled)) for number, cells in rows]


def _separator(lines: Sequence[str]) -> str | None:
    """Return the mark that cuts most lines into equally many cells; None for blanks."""
    best, separator = (len(lines) - 1) // 2, None
    for mark in _MARKS:
        widths = Counter(len(cells) for _, cells in _cut(lines, mark) if len(cells) > 1)
        most = max(widths.values(), default=0)
        if most > best:
            best, separator = most, mark
    return separator


def _cut(lines: Sequence[str], mark: str | None) -> Iterable[tuple[int, Row]]:
    """Yield the number of each line that is not empty, and its cells."""
    if mark is None or len(mark) > 1 or not any('"' in line for line in lines):
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield number, tuple(map(_clean, line.split(mark)))
        return
    reader = csv.reader((line + "\n" for line in lines), delimiter=mark, skipinitialspace=True)
    first = 1
    try:
        for row in reader:
            yield first, tuple(map(_clean, row))
            first = reader.line_num + 1
    except csv.Error as error:
        raise BadValue(f"Line {first} is not two names ({error})") from error


def _clean(cell: str) -> str:
    """Return a cell in one spelling: single blanks, composed letters, no quotes around it."""
    text = " ".join(cell.split())
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip()
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _matrix(rows: list[tuple[int, Row]]) -> Links | None:
    """Return the links of an adjacency matrix, with or without names; None if it is none."""
    cells = [row for _, row in rows]
    first = cells[0]
    titled = not all(map(is_number, first)) and len(cells) > 1
    body = cells[1:] if titled else cells
    n = len(body)
    widths = {len(row) for row in body}
    if n < 3 or widths not in ({n}, {n + 1}):
        return None
    aside = widths == {n + 1}
    values = [row[aside:] for row in body]
    if titled and aside and {*first[-n:]} == {row[0] for row in body}:
        values = [tuple(_SIGNS.get(cell.casefold(), cell) for cell in row) for row in values]
    if (not titled and aside) or not all(is_number(cell) for row in values for cell in row):
        return None
    called = first[len(first) - n :] if titled else tuple(str(at) for at in range(1, n + 1))
    names = tuple(row[0] for row in body) if aside else called
    if len(called) != n or len(set(names)) < n:
        return None
    if all(
        re.fullmatch(rf"[VX]\.?{re.escape(name)}", one)
        for name, one in zip(names, called, strict=True)
    ):
        called = names  # R puts a letter before numbers above columns
    if set(called) != set(names):
        raise BadValue(
            "This is a table of two kinds of names, those of its rows and those of its columns",
            given=", ".join((*names[:3], *called[:3])),
            allowed="one link on each line: two names",
            advice="Write a line for each pair that is linked",
        )
    return _of_matrix(values, names, called, named=aside)


def _of_matrix(values: list[Row], names: Row, called: Row, *, named: bool) -> Links | None:
    numbers = [[float(cell.replace(",", ".")) for cell in row] for row in values]
    n = len(names)
    is_symmetric = names != called or all(
        numbers[i][j] == numbers[j][i] for i in range(n) for j in range(i)
    )
    plain = all(value in (0, 1) for row in numbers for value in row)
    empty = all(numbers[i][i] == 0 for i in range(n))
    if not named and not (is_symmetric and empty) and not (plain and n > 4):
        return None
    pairs = [
        (names[i], called[j])
        for i in range(n) for j in range(n)
        if numbers[i][j] and not (is_symmetric and names == called and called[j] in names[:i])
    ]  # fmt: skip
    notes = () if plain else ("values other than 0 and 1 read as links, their size not used",)
    return Links(f"an adjacency matrix of {n} names", tuple(pairs), names, notes)


def _network(links: Links, file: str) -> OwnNetwork:
    """Return the network, with a line that says what was read."""
    whole = [pair for pair in links.pairs if not _MISSING & {*pair}]
    gone = len(links.pairs) - len(whole)
    notes = [*links.notes, *[f"{_many(gone, 'row')} without a second name left out"] * bool(gone)]
    every = [*links.nodes, *(name for pair in whole for name in pair)]
    same, respelt = _one_spelling(every)
    notes += respelt
    names = list(dict.fromkeys(same.get(name, name) for name in every))
    if all(re.fullmatch(r"-?[0-9]{1,18}", name) for name in names):
        names.sort(key=lambda name: (int(name), name))
    place = {name: i for i, name in enumerate(names)}
    ends = [(place[same.get(a, a)], place[same.get(b, b)]) for a, b in whole]
    edges = [(one, other) for one, other in ends if one != other]
    if not edges:
        raise BadValue("This file holds no links", allowed="two different names on each line")
    made = OwnNetwork(len(names), tuple(edges), tuple(names))
    notes += [*_repeats(ends), *_near_names(names)]
    return _with_source(made, f"{file}, {links.words}", notes)


def _with_source(network: OwnNetwork, read: str, notes: Sequence[str]) -> OwnNetwork:
    """Return the network with the line that says what was read."""
    size = f"{_many(network.n_agents, 'agent')}, {_many(len(network.edges), 'link')}"
    return replace(network, source="; ".join([f"{read}: {size}", *notes, *parts_words(network)]))


def _one_spelling(names: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Return one spelling for equal numbers where all names are numbers, and what is to be said."""
    texts = list(dict.fromkeys(names))
    if not all(map(_INTEGER.fullmatch, texts)):
        return {}, []
    values = _grouped(texts, lambda text: int(text.partition(".")[0]))
    several = [spellings for spellings in values.values() if len(spellings) > 1]
    same = {
        text: str(value) if several or "." in text else text
        for value, spellings in values.items() for text in spellings
    }  # fmt: skip
    some = [*(" = ".join(spellings) for spellings in several[:3]), *["..."] * (len(several) > 3)]
    return same, [f"equal numbers are one agent ({', '.join(some)})"] if several else []


def _grouped(texts: Iterable[str], key: Callable[[str], _Key]) -> dict[_Key, list[str]]:
    """Return texts by their key, in the order in which they come."""
    groups: dict[_Key, list[str]] = {}
    for text in texts:
        groups.setdefault(key(text), []).append(text)
    return groups


def _repeats(ends: Sequence[tuple[int, int]]) -> list[str]:
    """Say which links were left out or count once."""
    own = sum(one == other for one, other in ends)
    ways = {(one, other) for one, other in ends if one != other}
    again = len(ends) - own - len(ways)
    both = sum((other, one) in ways for one, other in ways) // 2
    notes = (
        (own, "link", "of an agent to itself left out"),
        (again, "repeated link", "counted once"),
        (both, "link", "given in both directions"),
    )
    return [f"{_many(count, what)} {done}" for count, what, done in notes if count]


def _near_names(names: Sequence[str]) -> list[str]:
    """Say which names differ by case, blanks or marks only."""
    if all(map(is_number, names)):
        return []
    keys = _grouped(names, lambda name: re.sub(r"[\W_]+", "", name).casefold() or name)
    several = [spellings for spellings in keys.values() if len(spellings) > 1]
    some = [*(", ".join(one[:4]) for one in several[:3]), *["..."] * (len(several) > 3)]
    what = f"{sum(map(len, several))} names differ only by case, blanks or marks"
    return [f"{what} and are kept apart ({'; '.join(some)})"] if several else []


def parts_words(network: OwnNetwork) -> list[str]:
    """Say in how many parts a network is, if in more than one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends = np.array(network.edges)
    n = network.n_agents
    links = coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(n, n))
    count, labels = connected_components(links, directed=False)
    if count == 1:
        return []
    sizes = sorted(np.bincount(labels).tolist(), reverse=True)
    some = [str(size) for size in sizes[:6]] + ["..."] * (count > 6)
    sizes_words = f"{', '.join(some[:-1])} and {some[-1]} agents"
    if len(set(sizes)) == 1:
        sizes_words = f"{_many(sizes[0], 'agent')} each"
    return [f"in {count} parts of {sizes_words}, between which no news passes"]


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
