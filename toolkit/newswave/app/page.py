"""What a page is made of, and a page at work: items, messages, what it shows, how it changes.

A page is a tuple of items. Text in an item is data: a skin shows it as text and never reads it as
HTML or Markdown. Items that a learner acts on have a `key`, by which a message comes back.
"""

from __future__ import annotations

import threading
import tomllib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from enum import Enum
from importlib.resources import files
from typing import Any, Self, TypeVar, Union

from newswave.app.pictures import Picture
from newswave.core.errors import BadValue, NewswaveError, one_of
from newswave.core.errors import plain as as_text
from newswave.core.setup import Setup
from newswave.report.style import Pen

# Items: frozen, described once and shown by every skin.


class Tone(Enum):
    """What a piece of text or a button is there for."""

    PLAIN = "plain"
    QUIET = "quiet"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"
    GOOD = "good"
    MAIN = "main"
    SYNTHETIC = "synthetic"


@dataclass(frozen=True)
class Heading:
    """A heading; `level` is 2 or 3, the page's own title is 1."""

    key: str
    text: str
    level: int = 2


@dataclass(frozen=True)
class Words:
    """A paragraph, or several with an empty line between them.

    `live` text is read out by a screen reader when it changes. With `rounds`, a text for each
    round, the page itself shows the one of the round at which its pictures stand.
    """

    key: str
    text: str
    tone: Tone = Tone.PLAIN
    live: bool = False
    rounds: tuple[str, ...] = ()


def remark(key: str, text: str, tone: Tone = Tone.PLAIN, live: bool = False) -> tuple[Words, ...]:
    """Return a paragraph; nothing where there is no text."""
    return (Words(key, text, tone, live),) if text else ()


def warnings(key: str, texts: Iterable[str]) -> tuple[Words, ...]:
    """Return a warning for each text."""
    return tuple(Words(f"{key}_{at}", text, Tone.WARNING) for at, text in enumerate(texts))


@dataclass(frozen=True)
class Table:
    """A table of text; the first cell of a row names it. `numeric` columns align on the right.

    `see` has the names of other rows of the page for each row: its last cell links to them.
    """

    key: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    see: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Grid:
    """A table of probabilities as a heat map: a number and a shade in every cell that is known.

    `values` has a row for each of `rows` and a value or None for each column after the first of
    `header`.
    """

    key: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True)
class Range:
    """A slider. `shown` is its value in words with the unit; `barred` says why it cannot move."""

    key: str
    label: str
    value: float
    low: float
    high: float
    step: float
    shown: str
    help: str = ""
    barred: str = ""


@dataclass(frozen=True)
class Choice:
    """One of several; an option is a value and its words. Few options lie open, many in a menu."""

    key: str
    label: str
    value: str
    options: tuple[tuple[str, str], ...]
    help: str = ""
    barred: str = ""


@dataclass(frozen=True)
class Switch:
    """On or off; with a `stroke`, the switch of a line of the picture."""

    key: str
    label: str
    value: bool
    help: str = ""
    stroke: Pen | None = None
    barred: str = ""


@dataclass(frozen=True)
class Entry:
    """A field for text, or for a whole number from `low` to `high` where `numeric`."""

    key: str
    label: str
    value: str
    help: str = ""
    numeric: bool = False
    low: int = 0
    high: int = 0
    longest: int = 200
    lines: int = 1


@dataclass(frozen=True)
class Button:
    """A button; `barred` says why it does nothing now. What it does may be a file to take home."""

    key: str
    label: str
    help: str = ""
    tone: Tone = Tone.PLAIN
    barred: str = ""


@dataclass(frozen=True)
class Upload:
    """A file to be brought; larger than `largest` bytes it is refused before it is sent."""

    key: str
    label: str
    accept: str
    largest: int
    help: str = ""


@dataclass(frozen=True)
class Progress:
    """How far something is: `done` of `total`, with `text` saying what and how long still."""

    key: str
    label: str
    done: int
    total: int
    text: str = ""


@dataclass(frozen=True)
class Code:
    """Text to be copied: lines of Python, a link."""

    key: str
    label: str
    text: str


@dataclass(frozen=True)
class Link:
    """A way to another place; `href` is a fragment, a page of the app, or a web address."""

    key: str
    label: str
    href: str


@dataclass(frozen=True)
class Row:
    """Items side by side."""

    key: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Group:
    """Items under a name; with `folded` True or False they can be folded away, with None not."""

    key: str
    label: str
    items: tuple[Item, ...]
    folded: bool | None = None
    help: str = ""


Item = Union[
    Heading, Words, Table, Grid, Range, Choice, Switch, Entry, Button,
    Upload, Progress, Code, Link, "Row", "Group",
]  # fmt: skip


@dataclass(frozen=True)
class File:
    """A file to take home."""

    name: str
    kind: str
    content: bytes


def content(name: str) -> dict[str, Any]:
    """Return texts that come with the app as data: the glossary, the tour, the starting points."""
    path = files("newswave") / "data" / "app" / f"{name}.toml"
    return tomllib.loads(path.read_text("utf-8"))


def plain(item: Any) -> dict[str, Any]:
    """Return an item as plain data for a skin: its fields, with `kind` for what it is."""
    return {"kind": type(item).__name__, **{f.name: _value(getattr(item, f.name))
            for f in fields(item)}}  # fmt: skip


def _value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_value(part) for part in value]
    if hasattr(value, "__dataclass_fields__"):
        return plain(value)
    return value


def check_keys(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return the items of a page if every key is there once, however deep."""
    seen: set[str] = set()
    for item in walk(items):
        if item.key in seen:
            raise BadValue("A key comes twice on a page", given=item.key)
        seen.add(item.key)
    return items


def walk(items: tuple[Item, ...]) -> list[Item]:
    """Return the items and what is inside them, in the order of the page."""
    every: list[Item] = []
    for item in items:
        every.append(item)
        if isinstance(item, Row | Group):
            every += walk(item.items)
    return every


# A page at work: it holds frozen state, handles messages, and shows items and pictures.


_LONGEST = 800
_PAST = 30

Made = TypeVar("Made")


@dataclass(frozen=True)
class View:
    """What a page shows now."""

    controls: tuple[Item, ...] = ()  # what the learner moves
    seen: tuple[Item, ...] = ()  # what one is seeing, in words, beside the picture
    pictures: tuple[Picture, ...] = ()  # the stages, at most three
    report: tuple[Item, ...] = ()  # what comes of it
    legend: tuple[Item, ...] = ()  # the lines of the picture, with their switches
    card: tuple[Item, ...] = ()  # of the agent that was chosen

    @property
    def items(self) -> tuple[Item, ...]:
        """Everything but the pictures."""
        return (*self.seen, *self.legend, *self.card, *self.controls, *self.report)


@dataclass(frozen=True)
class Message:
    """What the browser says of a control; a page reads it once, in `Page.handle`."""

    key: str  # of the item; "kind:name" where many items do the same
    value: Any = None  # what it is set to; None for a button, name and size for an upload
    data: bytes | None = None  # the content of a file

    @property
    def kind(self) -> str:
        """What the control does."""
        return self.key.partition(":")[0]

    @property
    def name(self) -> str:
        """Which one of its kind it is."""
        return self.key.partition(":")[2]

    @property
    def is_on(self) -> bool:
        """Whether a switch was set to on."""
        if not isinstance(self.value, bool):
            raise self.unknown()
        return self.value

    @property
    def number(self) -> Any:
        """The value, as a whole number where it is digits."""
        given = self.value
        typed = isinstance(given, str) and len(given) < 20 and given.strip().isdecimal()
        return int(given) if typed else given

    @property
    def file_name(self) -> object:
        """The name of a file that was brought."""
        return self.value.get("name") if isinstance(self.value, dict) else self.value

    def switched(self, on: frozenset[str], known: Iterable[str]) -> frozenset[str]:
        """Return what is on after the switch of a layer was moved."""
        layer = one_of("layer", self.name, known)
        return on | {layer} if self.is_on else on - {layer}

    def unknown(self) -> BadValue:
        """Return the error for a message that no control of the page can send."""
        return BadValue("This page has no such control", given=self.key)


@dataclass(frozen=True, kw_only=True)
class RunsShown(ABC):
    """What a page with runs shows, and what was there before it: each change makes a new one."""

    run: int = 0  # whose agents the networks show
    round: int = 0  # at which all pictures stand
    layers: frozenset[str] = frozenset()  # what lies over the curves
    past: tuple[tuple[Setup, ...], ...] = ()  # the setups that were there before, for undoing

    @property
    @abstractmethod
    def setups(self) -> tuple[Setup, ...]:
        """What is run."""

    @abstractmethod
    def holding(self, setups: tuple[Setup, ...], **more: Any) -> Self:
        """Return the page with other setups and other fields."""

    @abstractmethod
    def started_over(self) -> Self:
        """Return the page as it opens; what was there before can be undone."""

    def with_setups(self, *setups: Setup) -> Self:
        """Return the page with other setups; run and round stay where they still exist."""
        if setups == self.setups:
            return self
        run = min(self.run, *(setup.replicas - 1 for setup in setups))
        at = min(self.round, max(setup.rounds for setup in setups))
        past = (*self.past, self.setups)[-_PAST:]
        return self.holding(setups, run=run, round=at, past=past)

    def undone(self) -> Self:
        """Return the page with the setups before these."""
        if not self.past:
            return self
        return replace(self.with_setups(*self.past[-1]), past=self.past[:-1])

    def at(self, round_: int) -> Self:
        """Return the page at another round."""
        last = max(setup.rounds for setup in self.setups)
        return replace(self, round=min(max(int(round_), 0), last))

    def after(self, message: Message) -> Self:
        """Return the page after one of the controls that all such pages have."""
        match message.key:
            case "another_run":
                runs = min(setup.replicas for setup in self.setups)
                return replace(self, run=(self.run + 1) % runs)
            case "undo":
                return self.undone()
            case "start_over":
                return self.started_over()
        raise message.unknown()

    @property
    def way_back(self) -> Row:
        """The buttons that undo."""
        nothing = "" if self.past else "Nothing was changed yet."
        back = Button("undo", "Undo", barred=nothing)
        return Row("back_row", (back, Button("start_over", "Start over")))


class Page(ABC):
    """One page at work, for one learner.

    Whatever changes a page from another thread does so inside ``with self.lock`` and then calls
    `changed`. An error never leaves a page: it is shown on it.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.trouble = ""
        self.rewinds = 0
        self.plays = 0  # how often the pictures were to begin and play by themselves
        self.stops: list[Callable[[], None]] = []  # one for each kind of background work
        self._watchers: list[Callable[[], None]] = []

    @abstractmethod
    def view(self) -> View:
        """Return what the page shows now."""

    @abstractmethod
    def handle(self, message: Message) -> File | None:
        """Do what a control asks for; return a file if it is one. May raise `NewswaveError`."""

    def at_round(self, round_: int) -> None:  # noqa: B027
        """Take in which round the pictures show."""

    def choose(self, agent: int) -> None:  # noqa: B027
        """Take in which agent was chosen in a picture; -1 for none."""

    def close(self) -> None:
        """Stop whatever still runs."""
        for stop in self.stops:
            stop()

    def receive(self, message: Message) -> File | None:
        """Do what a message asks for."""
        return self.attempt(lambda: self.handle(message))

    def attempt(self, change: Callable[[], Made]) -> Made | None:
        """Change the page, and tell those who watch; what goes wrong is shown on the page."""
        made = None
        with self.lock:
            self.trouble = ""
            try:
                made = change()
            except Exception as error:
                self.trouble = trouble_words(error)
        self.changed()
        return made

    def shown(self) -> View:
        """Return the view with what went wrong on top; an error in it shows in its place."""
        with self.lock:
            try:
                view = self.view()
            except Exception as error:
                return View(seen=(Words("trouble", trouble_words(error), Tone.ERROR, live=True),))
            if not self.trouble:
                return view
            note = Words("trouble", self.trouble, Tone.ERROR, live=True)
            return replace(view, seen=(note, *view.seen))

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Call `watcher` after every change; the function returned ends that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher) if watcher in self._watchers else None

    def changed(self) -> None:
        """Tell those who watch."""
        for watcher in tuple(self._watchers):
            watcher()


def trouble_words(error: Exception) -> str:
    """Return what went wrong, for the page: never a traceback."""
    if isinstance(error, NewswaveError):
        return as_text(str(error), _LONGEST)
    return (
        f"Something went wrong in newswave itself ({type(error).__name__}). Nothing was changed "
        "and nothing recorded was lost: go on, or load the page again."
    )
