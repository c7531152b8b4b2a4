"""What a page is made of: frozen items, described once and shown by every skin.

A page is a tuple of items. Text in an item is data: a skin shows it as text and never reads it as
HTML or Markdown. Items that a learner acts on have a `key`, by which the action comes back.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from enum import Enum
from importlib.resources import files
from typing import Any, Union

from newswave.core.errors import BadValue
from newswave.report.style import Pen

Stroke = Pen
"""How a line looks, for its switch and in the picture: never colour alone."""


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
    stroke: Stroke | None = None
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
