"""Control panels and canvases: items as native HTML, pictures on a canvas, as widgets."""

from __future__ import annotations

import logging
import math
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import uuid4

import anywidget
import numpy as np
import traitlets
from traitlets import Bool, Bytes, Dict, Enum, Int, List, Unicode

from newswave.app.page import (
    Button,
    Choice,
    Entry,
    File,
    Item,
    Message,
    Page,
    Range,
    Switch,
    Upload,
    View,
    plain,
    walk,
)
from newswave.app.pictures import Band, Cast, Line, Picture
from newswave.core.errors import BadValue
from newswave.core.errors import plain as as_text
from newswave.core.run_log import History
from newswave.report.style import with_colours

# The parts' own scripts and styles: static files of the package, joined in a given order.


@cache
def joined(*names: str) -> str:
    """Return static files as one text, in the order given.

    The scripts of a part know each other by being joined into one module: they import nothing, so
    the module is whole wherever it is sent.
    """
    folder = files("newswave.app") / "static"
    return with_colours("\n".join((folder / name).read_text("utf-8") for name in names))


# A picture as what a canvas is given: bytes, plain lists, words.


_WIDE = 1 << 16
_FINE = (1 << 15) - 1


def canvas_traits(picture: Picture, before: Picture | None = None) -> dict[str, Any]:
    """Return what `Canvas.show` takes for a picture."""
    traits: dict[str, Any] = {
        "rounds": picture.rounds,
        "words": _words(picture),
        "has_network": picture.cast is not None,
        "has_curve": bool(picture.lines or picture.bands),
        "has_transport": picture.has_transport,
        "has_legend": picture.has_legend,
        "gaps": [{"text": g.text, "round": g.round, "ends": list(g.ends)} for g in picture.gaps],
        "live": picture.is_live,
    }
    if picture.agent is not None:
        traits["agent"] = picture.agent
    if before is None or picture.cast is not before.cast:
        traits |= _cast(picture.cast)
    if before is None or picture.history is not before.history:
        traits |= _history(picture.history)
        traits["run_line"] = _floats(picture.run_fraction)
    if before is None or picture.lines is not before.lines:
        traits["lines"] = [_line(line) for line in picture.lines]
    if before is None or picture.bands is not before.bands:
        traits["bands"] = [_band(band) for band in picture.bands]
    return traits


def _words(picture: Picture) -> dict[str, str]:
    return {
        "title": picture.title,
        "network_label": picture.network_words,
        "curve_label": picture.curve_words,
        "rule": picture.rule,
        "time": picture.time,
        "share": picture.share,
        "unit": picture.unit,
        "synthetic": picture.synthetic,
    }


def _cast(cast: Cast | None) -> dict[str, Any]:
    if cast is None:
        nothing = dict.fromkeys(("links", "classes", "places", "degrees"), b"")
        return {"n_agents": 0, "class_names": [], **nothing}
    kind = "<u2" if cast.n_agents <= _WIDE else "<u4"
    return {
        "n_agents": cast.n_agents,
        "links": cast.links.astype(kind).tobytes(),
        "classes": cast.classes.astype(np.uint8).tobytes(),
        "class_names": list(cast.names),
        "places": np.rint(cast.places * _FINE).astype("<i2").tobytes(),
        "degrees": cast.degrees.astype("<i4").tobytes(),
    }


def _history(history: History | None) -> dict[str, bytes]:
    names = ("shared", "heard", "source")
    if history is None:
        return dict.fromkeys((*names, "acting"), b"")
    acting = b"" if history.active is None else np.packbits(history.active, axis=1).tobytes()
    told = {name: getattr(history, name).astype("<i4").tobytes() for name in names}
    return {**told, "acting": acting}


def _line(line: Line) -> dict[str, Any]:
    stroke = line.stroke
    return {
        "key": line.key,
        "label": line.label,
        "colour": stroke.colour,
        "dash": list(stroke.dash),
        "width": stroke.width,
        "y": _floats(line.fraction),
    }


def _band(band: Band) -> dict[str, Any]:
    return {
        "label": band.label,
        "colour": band.colour,
        "low": _floats(band.low),
        "high": _floats(band.high),
    }


def _floats(values: Any) -> bytes:
    return np.asarray(values).astype("<f4").tobytes()


# The control panel: items of a page as native, accessible HTML, in Jupyter and in the web app.


_SCRIPTS = (
    "theme.js",
    "together.js",
    "sheet-make.js",
    "sheet-wire.js",
    "sheet-reading.js",
    "sheet-controls.js",
    "sheet-entry.js",
    "sheet-page.js",
)
_LARGEST_NUMBER = 2**53

Receive = Callable[[Message], None]
Failed = Callable[[Exception], None]


class ControlPanel(anywidget.AnyWidget):
    """Items shown as HTML, and what a learner does with them brought back as messages.

    A message of the browser, which is JSON, is checked here against the item as it is shown now:
    a Range gives a number, a Choice the value of an option, a Switch True or False, an Entry its
    text, a Button None, an Upload its name, size and content. What does not fit is ignored.

    >>> from newswave.app.page import Words
    >>> panel = ControlPanel("Settings", lambda message: None)
    >>> panel.show((Words("hint", "Move a slider."),))
    >>> panel.items[0]["text"]
    'Move a slider.'
    """

    _esm = joined(*_SCRIPTS)
    _css = joined("tokens.css", "sheet.css")

    items: traitlets.List[Any] = traitlets.List().tag(sync=True)
    theme = traitlets.Enum(("auto", "light", "dark"), "auto").tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)
    handled = traitlets.Int(0).tag(sync=True)
    clock = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self, label: str, receive: Receive, failed: Failed | None = None, **traits: Any
    ) -> None:
        super().__init__(label=label, **traits)
        self.receive = receive
        self.failed = failed
        self._shown: dict[str, Item] = {}
        self._pieces: dict[str, bytearray] = {}
        self.on_msg(self._heard)

    def show(self, items: tuple[Item, ...]) -> None:
        """Show these items; the page is told only if they changed."""
        self._shown = {item.key: item for item in walk(items)}
        described = [plain(item) for item in items]
        if described != self.items:
            self.items = described

    def give(self, file: File) -> None:
        """Have the browser save a file."""
        self.send(
            {"event": "file", "name": file.name, "kind": file.kind, "number": uuid4().hex},
            buffers=[file.content],
        )

    def _heard(self, _widget: Any, content: Any, buffers: Any) -> None:
        """Handle a message of the page; one that makes no sense is left alone."""
        if not isinstance(content, dict) or content.get("event") != "act":
            return
        number, key = content.get("number"), content.get("key")
        if type(number) is not int or not 0 < number < _LARGEST_NUMBER or not isinstance(key, str):
            return
        try:
            item, value = self._shown.get(key), content.get("value")
            pieces = self._pieces.setdefault(key, bytearray()) if isinstance(item, Upload) else None
            for meant, data in _meant(item, value, buffers, pieces):
                self.receive(Message(key, meant, data))
        except Exception as error:
            self._tell(error)
        finally:
            self.handled = number

    def _tell(self, error: Exception) -> None:
        if self.failed is None:
            logging.getLogger(__name__).error("An action on the page failed", exc_info=error)
            return
        with suppress(Exception):
            self.failed(error)


def _meant(
    item: Item | None, value: Any, buffers: Any, pieces: bytearray | None
) -> Iterator[tuple[Any, bytes | None]]:
    """Yield what a message says of an item as it is shown now, or nothing if it does not fit."""
    barred: object = getattr(item, "barred", "")
    if item is None or barred:
        return
    if isinstance(item, Upload) and pieces is not None:
        yield from _brought(item, value, buffers, pieces)
    elif (
        (isinstance(item, Range) and _is_number(value, item.low, item.high))
        or (isinstance(item, Choice) and any(value == known for known, _ in item.options))
        or (isinstance(item, Switch) and isinstance(value, bool))
        or (isinstance(item, Entry) and _is_entered(item, value))
        or (isinstance(item, Button) and value is None)
    ):
        yield value, None


def _is_number(value: Any, low: float, high: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    slack = 1e-9 * max(1.0, abs(low), abs(high))  # a browser rounds the ends to its steps
    return math.isfinite(value) and low - slack <= value <= high + slack


def _is_entered(item: Entry, value: Any) -> bool:
    if not isinstance(value, str) or len(value) > max(item.longest, 20):
        return False
    if not item.numeric:
        return len(value) <= item.longest
    return bool(re.fullmatch("-?[0-9]{1,15}", value)) and item.low <= int(value) <= item.high


def _brought(
    item: Upload, value: Any, buffers: Any, pieces: bytearray
) -> Iterator[tuple[Any, bytes | None]]:
    """Take in a piece of a file, and yield the file once it is whole."""
    if not isinstance(value, dict) or not isinstance(value.get("name"), str) or not buffers:
        return
    if value.get("at") == 0:
        pieces.clear()
    piece, size = bytes(buffers[0]), value.get("size")
    if value.get("at") != len(pieces) or len(pieces) + len(piece) > item.largest:
        pieces.clear()
        return
    pieces += piece
    if len(pieces) == size:
        data = bytes(pieces)
        pieces.clear()
        yield {"name": as_text(value["name"]), "size": len(data)}, data


# The canvas: network and curve of a run, drawn and played in the page that shows them.
#
# It computes nothing about news: it is given arrays and draws them. Playback needs no server; only
# the round and the agent that the learner came to are told, and a few times a second.


SCRIPTS = (
    "theme.js",
    "together.js",
    "stage-data.js",
    "stage-marks.js",
    "stage-network.js",
    "stage-motion.js",
    "stage-curve.js",
    "stage-axes.js",
    "stage-clock.js",
    "stage-page.js",
    "stage-hands.js",
    "stage-main.js",
    "stage-telling.js",
)
STYLES = ("tokens.css", "stage.css")


class Canvas(anywidget.AnyWidget):
    """A network and a curve that play a run.

    Arrays come as bytes, little endian: 32-bit whole numbers for rounds and agents, with -1 for
    never and nobody, and 32-bit fractions for curves, one for each of the rounds 0 to `rounds`,
    NaN where there is none. Arrays that do not fit together for a moment do no harm.

    Attributes
    ----------
    n_agents, rounds : int
        How many agents there are, and the number of the last round.
    links : bytes
        Pairs of agents as 16-bit numbers, 32-bit if there are more than 65535; none are drawn if
        it is empty.
    classes, class_names : bytes, list of str
        An 8-bit number for each agent, and up to four names for these numbers.
    places, degrees : bytes
        Where each agent lies in the unit disc, as 16-bit pairs of which 32,767 is the edge (on a
        spiral if it is empty), and how many neighbours it has, as 32-bit numbers.
    shared, heard, source : bytes
        For each agent, the round it shared in, the round it first saw the news in, and the
        neighbour it has it from.
    round, agent : int
        What is shown now; both come back when the learner changes them.
    lines, bands : list of dict
        `key`, `label`, `colour`, `dash`, `width` and `y` of a line; `label`, `colour`, `low` and
        `high` of a band. Colours are names of the palette.
    gaps : list of dict
        What is said on the plot: `text`, its `round`, and two fractions, the `ends` of the gap.
    acting : bytes
        Who is active offline after each round: a bit for each agent, the first of a byte the
        highest, each round from a byte of its own; empty without feedback.
    run_line : bytes
        The fraction that has shared in the run itself.
    words : dict
        `title`, `network_label` and `curve_label` (what the pictures show, for those who cannot see
        them), `rule`, `time`, `share`, and `synthetic`, which marks both pictures if not empty.
    has_network, has_curve, has_transport, has_legend : bool
        Which of its pieces are shown.
    plays : int
        Whenever it changes, the run plays from its start.
    autoplay, live : bool
        Whether it plays when first seen, and whether it follows a run that is being made.
    clock : str
        The name of the clock that it shares with the other parts of its page; "" for its own.
    hides_picture : bool
        Whether the output before its own is a picture of it, which it hides while it lives.
    theme : str
        "light", "dark", or "auto" for what the reader's system prefers.

    Examples
    --------
    >>> canvas = Canvas()
    >>> canvas.show(n_agents=3, rounds=5, round=2)
    >>> canvas.n_agents, canvas.round
    (3, 2)
    """

    _esm = joined(*SCRIPTS)
    _css = joined(*STYLES)

    n_agents = Int(0).tag(sync=True)
    links = Bytes(b"").tag(sync=True)
    classes = Bytes(b"").tag(sync=True)
    places = Bytes(b"").tag(sync=True)
    degrees = Bytes(b"").tag(sync=True)
    class_names = List(Unicode(), maxlen=4).tag(sync=True)
    shared = Bytes(b"").tag(sync=True)
    heard = Bytes(b"").tag(sync=True)
    source = Bytes(b"").tag(sync=True)
    rounds = Int(0).tag(sync=True)
    round = Int(0).tag(sync=True)
    agent = Int(-1).tag(sync=True)
    lines = List(Dict()).tag(sync=True)
    bands = List(Dict()).tag(sync=True)
    gaps = List(Dict()).tag(sync=True)
    acting = Bytes(b"").tag(sync=True)
    run_line = Bytes(b"").tag(sync=True)
    words = Dict(key_trait=Unicode(), value_trait=Unicode()).tag(sync=True)
    has_network = Bool(True).tag(sync=True)
    has_curve = Bool(True).tag(sync=True)
    has_transport = Bool(True).tag(sync=True)
    has_legend = Bool(True).tag(sync=True)
    autoplay = Bool(False).tag(sync=True)
    plays = Int(0).tag(sync=True)
    live = Bool(False).tag(sync=True)
    hides_picture = Bool(False).tag(sync=True)
    clock = Unicode("").tag(sync=True)
    theme = Enum(("auto", "light", "dark"), default_value="auto").tag(sync=True)

    def __init__(
        self,
        on_round: Callable[[int], None] | None = None,
        on_agent: Callable[[int], None] | None = None,
    ) -> None:
        super().__init__()
        self._on_round, self._on_agent = on_round, on_agent
        self._showing = False
        self.observe(self._came_to, "round")
        self.observe(self._chose, "agent")

    def show(self, **traits: Any) -> None:
        """Change what is shown; what stays as it is is not sent again."""
        unknown = [name for name in traits if name not in SHOWN]
        if unknown:
            known = ", ".join(sorted(SHOWN))
            raise BadValue("A stage shows no such thing", given=unknown[0], allowed=known)
        self._showing = True
        try:
            with self.hold_sync():
                for name, value in traits.items():
                    if getattr(self, name) != value:
                        setattr(self, name, value)
        finally:
            self._showing = False

    def _came_to(self, change: dict[str, Any]) -> None:
        if self._on_round and not self._showing and 0 <= change["new"] <= self.rounds:
            self._on_round(change["new"])

    def _chose(self, change: dict[str, Any]) -> None:
        if self._on_agent and not self._showing and -1 <= change["new"] < self.n_agents:
            self._on_agent(change["new"])


SHOWN = frozenset(
    name for name, trait in Canvas.class_traits(sync=True).items() if trait.this_class is Canvas
)


# The address bar of the web app.


class AddressBar(anywidget.AnyWidget):
    """What follows the path in the address bar of the page that this is placed in.

    A change makes a new entry of the browser's history; those that follow it closely, as the steps
    of a slider do, belong to it.
    """

    _esm = joined("address-bar.js")

    search = Unicode("").tag(sync=True)
    began = Unicode("").tag(sync=True)

    def __init__(self, went: Callable[[str], None], began: str = "") -> None:
        super().__init__(began=began)
        self._went = went
        self.on_msg(self._heard)

    def _heard(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Take in where the browser went back or on to."""
        search = content.get("went") if isinstance(content, dict) else None
        if isinstance(search, str):
            self._went(search)


# A page with its parts: control panels and canvases, which bring back what the learner does.


STAGES = 3
"""The most pictures that a page has."""


class PageView:
    """The parts of one page: what one moves, what one sees, the pictures, what comes of it."""

    def __init__(self, page: Page, autoplay: bool = False) -> None:
        self.page = page
        self._lock = threading.RLock()
        self._rewinds = page.rewinds
        self._view = View()
        self.controls = ControlPanel("Settings", self._receive)
        self.seen = ControlPanel("What you see", self._receive)
        self.legend = ControlPanel("Curves", self._receive)
        self.card = ControlPanel("The agent chosen", self._receive)
        self.report = ControlPanel("What comes of it", self._receive)
        self.canvases = [self._canvas(at) for at in range(max(1, len(page.shown().pictures)))]
        self.canvases[0].autoplay = autoplay
        clock = uuid4().hex
        for part in (*self.control_panels, *self.canvases):
            part.clock = clock
        # Watched first: what a page finds out meanwhile must not be lost.
        self._end = page.watch(self.refresh)
        self.refresh()

    @property
    def control_panels(self) -> tuple[ControlPanel, ...]:
        """All of them."""
        return self.controls, self.seen, self.legend, self.card, self.report

    def refresh(self) -> None:
        """Show the page as it is now; only what has changed is sent."""
        with self._lock:
            view = self.page.shown()
            # Pictures first: they are what a hand on a slider waits for.
            before = (*self._view.pictures, *[None] * STAGES)
            for canvas, now, last in zip(self.canvases, view.pictures, before, strict=False):
                canvas.show(**canvas_traits(now, last))
            if view.controls and view.controls is not self._view.controls:
                self.controls.show(view.controls)
            self.seen.show(view.seen)
            self.legend.show(view.legend)
            self.card.show(view.card)
            if view.report is not self._view.report:
                self.report.show(view.report)
            self._view = view
            if self._rewinds != self.page.rewinds:
                self._rewinds = self.page.rewinds
                for canvas in self.canvases:
                    canvas.show(round=0)
            self.canvases[0].show(plays=self.page.plays)

    def dress(self, theme: str) -> None:
        """Show everything light or dark, or as the learner's system prefers ("auto")."""
        for part in (*self.control_panels, *self.canvases):
            part.theme = theme

    def close(self) -> None:
        """Let the parts and the page go."""
        self._end()
        self.page.close()
        for part in (*self.control_panels, *self.canvases):
            part.close()

    def _canvas(self, at: int) -> Canvas:
        return Canvas(lambda r: self._at_round(at, r), self.page.choose)

    def _at_round(self, at: int, round_: int) -> None:
        """Take in a round; further networks on the page go along."""
        for canvas in self.canvases:
            if canvas is not self.canvases[at] and canvas.rounds:
                canvas.show(round=min(round_, canvas.rounds))
        self.page.at_round(round_)

    def _receive(self, message: Message) -> None:
        file = self.page.receive(message)
        if file is not None:
            self.report.give(file)
