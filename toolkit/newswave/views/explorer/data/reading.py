"""From the bytes of a file to what it is: known by its content, read by newswave's own readers."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

from newswave.curvecolumns import Role, role_of
from newswave.curvefiles import read_curve
from newswave.edgelists import read_edge_list
from newswave.errors import BadFile, BadValue, NewswaveError, plain, shown
from newswave.events import read_events
from newswave.files import write_whole
from newswave.linkcolumns import is_number, says_links
from newswave.live import replay_runs
from newswave.rawtables import Limits, decoded, read_raw
from newswave.recordings import Recording, RecordingPurpose, summary, summary_words
from newswave.setups import Setup
from newswave.surveying import surveyed_from
from newswave.tablefacts import doubts
from newswave.tablefiles import load_measured
from newswave.views.explorer.costs import check_size
from newswave.views.explorer.data.brought import (
    Brought,
    Counts,
    OwnEvents,
    OwnRecording,
    OwnSetup,
    OwnTable,
)

LARGEST = 32 * 1024 * 1024
"""How many bytes a file may have."""

MOST_ROWS = 200

_COLUMNS = 76

LIMITS = Limits(8 * 2**20, 100_000, 1_200_000)
"""How large a table may be, or a file of JSON that is no recording."""
_WORKBOOK = b"PK\x03\x04"
_TABLES = ("profile", "group", "row", "name")
_LINKS = "; taken for links and no curve, as a number comes twice in the first column, unheaded"
_EVENTS = ("headline", "event_type", "sub_event_type", "sub_type")


class Kind(Enum):
    """What a file can be."""

    CURVE = "a curve, as CSV or xlsx"
    EVENTS = "events, as CSV or xlsx"
    TABLE = "a sharing table, as CSV or xlsx"
    TABLE_JSON = "a sharing table, as JSON"
    SETUP = "a setup, as JSON"
    RECORDING = "a recording, as JSON lines"
    NETWORK = "links of a network, as CSV, xlsx, GraphML, GEXF, GML, Pajek or JSON"


_KNOWN = "; ".join(kind.value for kind in Kind)


def brought(name: object, data: object) -> Brought:
    r"""Return what a file holds.

    Parameters
    ----------
    name : str
        Its name, for messages.
    data : bytes
        Its content.

    Raises
    ------
    BadFile
        If it is too large, empty, no text, or nothing that is known here. The message names the
        file as the user does.

    Examples
    --------
    >>> found = brought("mine.csv", b"week,count\n1,2\n2,5\n3,9\n")
    >>> found.unit, found.counts.tolist()
    ('week', [[2.0, 5.0, 9.0]])
    """
    label = plain(str(name), 60).strip() or "your file"
    if not isinstance(data, bytes | bytearray | memoryview):
        raise BadFile("No file came along", given=label, advice="Choose it again")
    if len(data) > LARGEST:
        given, allowed = f"{label}, {len(data) / 2**20:.0f} MiB", "up to 32 MiB"
        raise BadFile("This file is too large for the page", given=given, allowed=allowed)
    _check_text(label, bytes(data))
    _check_length(label, bytes(data))
    with tempfile.TemporaryDirectory(prefix="newswave-") as folder:
        path = Path(folder) / (re.sub(r"\W+", "-", label.rsplit(".", 1)[0])[:40] or "file")
        try:
            write_whole(path, bytes(data))
            kind = _recognised(path)
            ending = ".json" if kind in (Kind.TABLE_JSON, Kind.SETUP) else ".csv"
            path = path.rename(path.with_name(path.name + ending))
            return _READERS[kind](path, label)
        except NewswaveError as error:
            raise _named(error, path, label) from error


def _check_text(label: str, data: bytes) -> None:
    if not data.strip():
        raise BadFile("This file is empty", given=label, allowed=_KNOWN)
    if data.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"\x89PNG", b"\xff\xd8\xff")):
        advice = "In a spreadsheet, save the table as 'CSV UTF-8' and bring that"
        raise BadFile("This file is no text", given=label, allowed=_KNOWN, advice=advice)


def _check_length(label: str, data: bytes) -> None:
    """Refuse what would take long to parse, before it is parsed; recordings are read by line."""
    if _is_recording(data):
        return
    if len(data) > LIMITS.size:
        given = f"{label}, {len(data) / 2**20:.0f} MiB"
        raise BadFile(
            "This file is too large for the page",
            given=given,
            allowed=f"up to {LIMITS.size >> 20} MiB, a recording up to {LARGEST >> 20} MiB",
            advice="Keep the rows and columns that belong to the curve",
        )
    lines = data.count(b"\n") + data.count(b"\r")
    if not data.startswith(_WORKBOOK) and lines > 2 * LIMITS.lines:
        raise BadFile(
            "This file has too many lines for the page",
            given=f"{label}, {lines:,} lines",
            allowed=f"up to {LIMITS.lines:,}",
        )


def _is_recording(data: bytes) -> bool:
    first = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").split(b"\n", 1)[0]
    return first.startswith(b"{") and b'"recording"' in first


def _named(error: NewswaveError, path: Path, label: str) -> BadFile:
    """Return an error that speaks of the file as the user does, never of the copy."""

    def told(text: str) -> str:
        for name in (str(path), str(path.with_suffix(""))):
            text = text.replace(name, label)
        return text

    here = isinstance(error.given, str) and str(path.parent) in error.given
    return BadFile(
        f"The file {shown(label, 70)} was not opened. {told(error.what)}",
        given=None if here else error.given,
        allowed=told(error.allowed),
        advice=told(error.advice),
    )


def _recognised(path: Path) -> Kind:
    """Return what a file is, by its first line, its kind or its columns."""
    text = _text(path)
    if text.startswith(("{", "[")):
        first = _json(text.split("\n", 1)[0])
        if isinstance(first, dict) and first.get("kind") == "recording":
            return Kind.RECORDING
        whole = _json(text)
        return Kind.NETWORK if whole is None and isinstance(first, dict) else _kind_of(whole)
    names = [
        name.strip(" \"'").lower() for name in re.split("[,;\t|]", text[:10_000].split("\n", 1)[0])
    ]
    if _is_network(text, tuple(names)):
        return Kind.NETWORK
    if names[0] in _TABLES and len(names) > 1 and names[1].isdecimal():
        return Kind.TABLE
    if any(name in names for name in _EVENTS):
        return Kind.EVENTS
    return Kind.CURVE


def _text(path: Path) -> str:
    """Return the text of a file; the cells of a sheet between tabs."""
    data = path.read_bytes()
    if data.startswith(_WORKBOOK):
        return "\n".join("\t".join(row) for row in read_raw(path, "a table", LIMITS).rows)
    return decoded(data, str(path), "a table, a setup or a recording")[0].lstrip()


def _is_network(text: str, names: tuple[str, ...]) -> bool:
    """Tell whether a text is a list of links or a graph: by its headings, or by words alone."""
    of_runs = any(role_of(name) is Role.RUN for name in names)
    if (says_links(names) and not of_runs) or re.match(
        r"<|\*vertices|(creator.*\n)?\s*graph\s*\[|%%matrix", text, re.I
    ):
        return True
    if _counts_links(text):
        return True
    lines = [re.split("[,;\t|]", line) for line in text[:5000].splitlines()[:20] if line.strip()]
    plain_two = len(lines) > 1 and all(len(cells) == 2 for cells in lines)
    return plain_two and not any(re.search(r"\d", cell) for cells in lines for cell in cells)


def _counts_links(text: str) -> bool:
    """Tell whether numbers without a heading are links: one comes twice in the first column.

    A round comes once, in order; an agent has several links. A curve says that it has no heading,
    and a heading such as source,target says that these are links.
    """
    ones = set()
    count = 0
    for line in re.finditer(r"[^\r\n]+", text):
        if not line[0].strip() or line[0].lstrip(' "').startswith(("#", "%", "//")):
            continue
        two = re.findall(r"[^\s,;|\"]+", line[0][:200])[:2]
        if len(two) < 2 or not all(is_number(cell) and float(cell).is_integer() for cell in two):
            return False
        ones.add(two[0])
        count += 1
    return len(ones) < count


def _kind_of(data: Any) -> Kind:
    kinds = {"Setup": Kind.SETUP, "Measured": Kind.TABLE_JSON, "SharingTable": Kind.TABLE_JSON}
    kind = data.get("kind") if isinstance(data, dict) else None
    if isinstance(kind, str) and kind in kinds:
        return kinds[kind]
    if isinstance(data, list) and data and isinstance(data[0], list | dict):
        return Kind.NETWORK
    if isinstance(data, dict) and {"links", "edges", "elements", "adjacency"} & data.keys():
        return Kind.NETWORK
    if data is None:
        what = "This file begins like JSON and is not valid JSON"
        raise BadValue(what, allowed=_KNOWN, advice="Save it again, whole")
    if isinstance(data, dict) and "fits" in data and "setup" in data:
        raise BadValue("These are fits, not a setup", advice="Bring the setup file beside them")
    raise BadValue("This JSON file is nothing that is known here", allowed=_KNOWN)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _curve(path: Path, label: str) -> Counts:
    table = read_curve(path, limits=LIMITS)
    counts = Counts.of_table(label, table)
    counts.curve(counts.default_agents()[0])  # what cannot be a curve is refused with its file
    return replace(counts, table=replace(table, path=""))


def _events(path: Path, label: str) -> OwnEvents:
    found = read_events(path)
    return OwnEvents(label, found.events, found.source.replace(path.name, label, 1))


def _table(path: Path, label: str) -> OwnTable:
    measured = load_measured(path)
    rows, columns = measured.given.probabilities.shape
    if max(rows, columns) > MOST_ROWS:
        given, allowed = f"{rows} rows, {columns} columns", f"up to {MOST_ROWS} each"
        raise BadValue("This table is too large for the page", given=given, allowed=allowed)
    if path.suffix == ".csv":
        source = f"read from {label}"
        measured = replace(measured, given=replace(measured.given, source=source))
    return OwnTable(label, measured, doubts(measured))


def _setup(path: Path, label: str) -> OwnSetup:
    setup = Setup.read(path)
    check_size(setup)
    return OwnSetup(label, setup)


def _network(path: Path, label: str) -> OwnSetup:
    found = read_edge_list(path)
    why = _LINKS if _counts_links(_text(path)) else ""
    network = replace(found, source=found.source.replace(path.name, label, 1) + why)
    setup = Setup(found.n_agents, network, n_seeds=max(1, found.n_agents // 50))
    check_size(setup)
    return OwnSetup(label, setup)


def _recording(path: Path, label: str) -> OwnRecording:
    recording = Recording.read(path)
    header, words = recording.header, summary_words(summary(recording), _COLUMNS)
    if header.purpose is RecordingPurpose.TABLE:
        made = surveyed_from(recording)
        notes = (*made.notes(), *doubts(made.measured))
        return OwnRecording(label, header, words, table=OwnTable(label, made.measured, notes))
    if header.purpose is not RecordingPurpose.RUN or header.setup is None:
        return OwnRecording(label, header, words)
    check_size(header.setup)
    played = replay_runs(recording)
    curve = played.curve
    counts = Counts(label, "round", curve.counts, 0, curve.n_agents, curve.setup,
                    decisions=played.decisions)  # fmt: skip
    return OwnRecording(label, header, words, counts, notes=played.doubts())


_READERS: dict[Kind, Callable[[Path, str], Brought]] = {
    Kind.CURVE: _curve,
    Kind.EVENTS: _events,
    Kind.TABLE: _table,
    Kind.TABLE_JSON: _table,
    Kind.SETUP: _setup,
    Kind.RECORDING: _recording,
    Kind.NETWORK: _network,
}
