"""The page Your data: what a file is, and what can be done with it."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.app.cache import MOST_AGENTS as MOST_ON_PAGE
from newswave.app.cache import check_size
from newswave.app.page import File, Message, content
from newswave.core import events, population
from newswave.core.curve import Curve
from newswave.core.datasets import DATASETS, Dataset
from newswave.core.errors import (
    BadFile,
    BadValue,
    CannotFit,
    NewswaveError,
    one_of,
    plain,
    shown,
    whole_number,
)
from newswave.core.events import Event, read_events
from newswave.core.files import write_whole
from newswave.core.networks import RandomRegular
from newswave.core.parameters import mix_of
from newswave.core.population import PROFILES
from newswave.core.readers.columns import Role, Scale, role_of
from newswave.core.readers.curves import CurveTable, read_curve
from newswave.core.readers.links import is_number, says_links
from newswave.core.readers.own_network import read_edge_list
from newswave.core.readers.tables import Limits, decoded, read_raw
from newswave.core.rules import Asked, Measured, load_measured
from newswave.core.setup import MOST_AGENTS, Setup
from newswave.core.sharing import Decisions, SharingTable
from newswave.core.table_facts import doubts
from newswave.equations.compare import Comparison, fits_alone
from newswave.equations.fit import Fit
from newswave.llm.play import replay
from newswave.llm.recording import Header, Recording, RecordingPurpose
from newswave.llm.summary import summary, summary_words
from newswave.llm.survey import surveyed_from

# What the page Your data knows: one frozen state, and every change of it as a new one.


EXAMPLE = "physicians"
AS_IT_SAYS = "as it says"
MOST_EVENTS = 500


@dataclass(frozen=True, eq=False)
class Data:
    """The page Your data as it stands."""

    counts: Counts  # whose curve it shows
    n_agents: int  # how many there are in all
    curve: Curve  # the counts with their number of agents
    guess: str = ""  # how that number was chosen, as long as nobody has said it
    degree: int | None = None  # k; None where no network is known
    fits: tuple[Fit, ...] = ()  # every model fitted to it, without intervals
    why_not: str = ""  # why there are no fits
    # the fits with intervals and verdict, once the test was made
    comparison: Comparison | None = None
    brought: Brought | None = None  # the last file that was no curve
    events: tuple[Event, ...] = ()  # all events that were brought
    news: str = ""  # the id of the event of one's own that is chosen; '' without any
    hidden: frozenset[str] = field(default_factory=frozenset)  # keys of lines that are switched off
    ceiling: bool = False  # whether it is fitted how many can ever share

    @classmethod
    def first(cls) -> Data:
        """Return the page as it opens: with real data, fitted."""
        counts = Counts.of_dataset(EXAMPLE)
        return cls(counts, 125, counts.curve(125)).fitted(125, None)

    def fitted(self, n_agents: int, degree: int | None, guess: str = "") -> Data:
        """Return the page with so many in all and such a degree, and the models fitted anew."""
        if degree is not None:
            _check_network(n_agents, degree)
        curve = self.counts.curve(n_agents)
        bare = replace(self, n_agents=n_agents, curve=curve, guess=guess, degree=degree, fits=(),
                       why_not="", comparison=None)  # fmt: skip
        try:
            return replace(bare, fits=fits_alone(curve, degree, ceiling=self.ceiling))
        except CannotFit as error:
            return replace(bare, why_not=str(error))

    def after(self, message: Message) -> Data:
        """Return the page after a control was moved; what does not fit raises `BadValue`."""
        value = message.value
        match message.kind:
            case "agents" | "degree" if self.counts.setup is not None:
                known = "how many agents they have" if message.key == "agents" else "their network"
                raise BadValue(f"The runs of this recording know {known}")
            case "agents":
                n_agents = whole_number("The number in all", message.number, 1, MOST_AGENTS)
                return self.fitted(n_agents, self.degree)
            case "degree":  # 0 stands for no network known
                degree = whole_number("The degree", message.number, 0, MOST_ON_PAGE)
                return self.fitted(self.n_agents, degree or None, self.guess)
            case "ceiling":
                fresh = replace(self, ceiling=message.is_on)
                return fresh.fitted(self.n_agents, self.degree, self.guess)
            case "scale":
                return self._scaled(value)
            case "line":
                hidden = (
                    self.hidden - {message.name} if message.is_on else self.hidden | {message.name}
                )
                return replace(self, hidden=hidden)
            case "example":
                return self.with_brought(Counts.of_dataset(EXAMPLE))
            case name if name in DATASETS:
                return self.with_brought(Counts.of_dataset(name))
            case "news":
                one_of("event of yours", value, [event.id for event in self.events])
                return replace(self, news=str(value))
            case "forget_events":
                kept = None if isinstance(self.brought, OwnEvents) else self.brought
                return replace(self, events=(), news="", brought=kept)
        raise message.unknown()

    def _scaled(self, value: object) -> Data:
        """Return the page with the file read in another scale; AS_IT_SAYS stands for none."""
        known = [AS_IT_SAYS, *(scale.value for scale in Scale)]
        one_of("scale", value, known)
        counts = self.counts.scaled(None if value == AS_IT_SAYS else Scale(value))
        fresh = replace(self, counts=counts)
        return fresh.guessed() if self.guess else fresh.fitted(self.n_agents, self.degree)

    def guessed(self) -> Data:
        """Return the page with as many in all as the file says, or as suit it."""
        n_agents, guess = self.counts.default_agents()
        whole_number("The number in all", n_agents, 1, MOST_AGENTS)
        return self.fitted(n_agents, None, guess)

    def with_counts(self, counts: Counts) -> Data:
        """Return the page with another curve, and nothing of the one before."""
        return replace(self, counts=counts, hidden=frozenset(), ceiling=False).guessed()

    def with_brought(self, brought: Brought) -> Data:
        """Return the page with what a file turned out to be."""
        if isinstance(brought, Counts):
            return replace(self.with_counts(brought), brought=None)
        if isinstance(brought, OwnEvents):
            events, news = _joined(self.events, brought.events), brought.events[0].id
            return replace(self, brought=brought, events=events, news=news)
        if isinstance(brought, OwnRecording) and brought.counts is not None:
            return replace(self.with_counts(brought.counts), brought=brought)
        return replace(self, brought=brought)


def _joined(old: tuple[Event, ...], new: tuple[Event, ...]) -> tuple[Event, ...]:
    """Return all events; a new one stands in the place of an old one with its id."""
    every = tuple({event.id: event for event in (*old, *new)}.values())
    if len(every) > MOST_EVENTS:
        raise BadValue("These are too many events for a page", given=len(every),
                       allowed=f"up to {MOST_EVENTS}", advice="Forget some first")  # fmt: skip
    return every


def _check_network(n_agents: int, degree: int) -> None:
    """Refuse a network that cannot be, or that the test would take too long for."""
    advice = "Give 0 if no network is known"
    whole_number("The degree", degree, 2, n_agents - 1, advice)
    if n_agents > MOST_ON_PAGE:
        raise BadValue(
            "With a network this is too large for the page",
            given=f"{n_agents} agents",
            allowed=f"up to {MOST_ON_PAGE}",
            advice=f"{advice}, or fit it on the command line: newswave fit",
        )
    RandomRegular(degree).check(n_agents)


@dataclass(frozen=True)
class Sample:
    """A small file that shows how one is made: a curve, events, a sharing table."""

    key: str  # of its button
    label: str
    help: str
    name: str  # of the file
    text: str

    def file(self) -> File:
        """Return the file."""
        return File(self.name, "text/csv", self.text.encode())


SAMPLES = tuple(Sample(**one) for one in content("samples")["samples"])
"""Each can be brought back as it is, or changed first."""


# From the bytes of a file to what it is: known by its content, read by newswave's own readers.


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
    r"""Return what a file holds."""
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

    def renamed(text: str) -> str:
        for name in (str(path), str(path.with_suffix(""))):
            text = text.replace(name, label)
        return text

    here = isinstance(error.given, str) and str(path.parent) in error.given
    return BadFile(
        f"The file {shown(label, 70)} was not opened. {renamed(error.what)}",
        given=None if here else error.given,
        allowed=renamed(error.allowed),
        advice=renamed(error.advice),
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
    read = read_events(path)
    return OwnEvents(label, read.events, read.source.replace(path.name, label, 1))


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
    own = read_edge_list(path)
    why = _LINKS if _counts_links(_text(path)) else ""
    network = replace(own, source=own.source.replace(path.name, label, 1) + why)
    setup = Setup(own.n_agents, network, n_seeds=max(1, own.n_agents // 50))
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
    played = replay(recording)
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


# From what was brought to a setup that the Explore page can run.


def setup_of(brought: Brought | None, own: tuple[events.Event, ...] = ()) -> Setup | None:
    """Return the setup that a file stands for; None for one that stands for none."""
    match brought:
        case OwnSetup(setup=setup):
            return setup
        case OwnTable(measured=measured):
            return setup_with(measured, own)
        case OwnRecording(table=OwnTable(measured=measured)):
            return setup_with(measured, own)
        case OwnRecording(header=header):
            return header.setup
    return None


def why_not_open(brought: Brought | None, own: tuple[events.Event, ...] = ()) -> str:
    """Return why a file cannot be opened in Explore; '' if it can."""
    try:
        setup = setup_of(brought, own)
    except BadValue as error:
        return str(error)
    if setup is None:
        return "This file has no setup."
    if isinstance(setup.sharing, Asked):
        return (
            "In this setup a language model decides, and Explore asks none: measure a table on the "
            "page LLM agents, and open that."
        )
    return ""


def setup_with(measured: Measured, own: tuple[events.Event, ...] = ()) -> Setup:
    """Return the usual setup with a table in place of its rule, and the agents that it is about."""
    about = "" if measured.origin is None else measured.origin.event
    known = {event.id: event for event in (*events.library(), *own)}
    news = known.get(about, events.event(events.DEFAULT_EVENT_ID))
    return Setup(mix=people_of(measured.given), sharing=measured, event=news)


def people_of(table: SharingTable) -> population.Mix:
    """Return the agents that a table is about; where it has all profiles, traits vary by chance."""
    mix = mix_of(table.rows)
    every = isinstance(mix, population.WeightedProfiles) and len(mix.weights) == len(PROFILES)
    return population.IndependentTraits() if every else mix


# What a file that was brought turns out to be.


MOST_ROUNDS = 2000
MOST_COUNTS = 1_000_000


@dataclass(frozen=True, eq=False)
class Counts:
    """Counts of sharers by round, before it is known how many there are in all."""

    name: str  # of the file, or of the dataset
    unit: str  # the time step
    counts: npt.NDArray[Any]  # cumulative counts
    first_round: int = 0  # the round of the first count
    n_agents: int | None = None  # how many there are in all, where that is known
    setup: Setup | None = None  # what was run, where it was run by newswave
    dataset: Dataset | None = None  # the dataset that it is
    # when the counts were taken, where that is not once in each round (`Curve`)
    times: npt.NDArray[Any] | None = None
    # the table that they were read from, which may say more once N is known
    table: CurveTable | None = None
    decisions: Decisions | None = None  # what was decided, where a recording was played

    def __post_init__(self) -> None:
        runs, rounds = self.counts.shape
        if rounds - 1 > MOST_ROUNDS or self.counts.size > MOST_COUNTS:
            raise BadValue(
                "This curve is too long for the page",
                given=f"{runs} runs of {rounds} counts",
                allowed=f"up to {MOST_ROUNDS} rounds and {MOST_COUNTS:,} counts",
                advice="Fit it on the command line: newswave fit FILE --agents N",
            )

    def curve(self, n_agents: int) -> Curve:
        """Return the curve if there are so many in all, or raise `BadValue`."""
        if self.table is not None:
            return Curve.of_table(self.table, n_agents)
        counts, first = self.counts, self.first_round
        return Curve(counts, n_agents, first_round=first, setup=self.setup, times=self.times)

    def default_agents(self) -> tuple[int, str]:
        """Return how many there are in all as long as nobody says, and why if it is not known."""
        if self.n_agents is not None:
            return self.n_agents, ""
        if self.table is not None:
            return self.table.default_agents()
        return max(1, int(np.max(self.counts))), "the largest count"

    def read_words(self, n_agents: int) -> str:
        """Return what was read from the file in one line; '' where it was no table."""
        return "" if self.table is None else self.table.words(n_agents)

    def scaled(self, scale: Scale | None) -> Counts:
        """Return the counts with their file read in another scale; None to go by the file."""
        if self.table is None:
            raise BadValue("There is no file to read in another scale")
        return Counts.of_table(self.name, self.table.scaled(scale))

    @classmethod
    def of_table(cls, name: str, table: CurveTable) -> Counts:
        """Return the counts in a table that was read."""
        counts = table.counts().counts
        return cls(name, table.unit, counts, times=table.times, table=table)

    @classmethod
    def of_dataset(cls, name: str) -> Counts:
        """Return the counts of a dataset that comes with newswave."""
        dataset = DATASETS[name]
        curve = dataset.read()
        return cls(
            name, dataset.unit, curve.counts, curve.first_round, curve.n_agents, dataset=dataset
        )


@dataclass(frozen=True)
class OwnEvents:
    """Events of one's own."""

    name: str
    events: tuple[Event, ...]
    source: str = ""


@dataclass(frozen=True, eq=False)
class OwnTable:
    """A sharing table, with what is to be known of it in sentences."""

    name: str
    measured: Measured
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class OwnSetup:
    """A setup."""

    name: str
    setup: Setup


@dataclass(frozen=True, eq=False)
class OwnRecording:
    """A recording in words, and what it gives: the curve of its runs, or the table it measured."""

    name: str
    header: Header
    words: str
    counts: Counts | None = None
    table: OwnTable | None = None
    notes: tuple[str, ...] = ()


Brought = Counts | OwnEvents | OwnTable | OwnSetup | OwnRecording
