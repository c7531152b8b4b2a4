"""The sheet: items of a page as native, accessible HTML, in Jupyter and in the web app alike."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import anywidget
import traitlets

from newswave.errors import plain as as_text
from newswave.views.explorer.items import (
    Button,
    Choice,
    Entry,
    File,
    Item,
    Range,
    Switch,
    Upload,
    plain,
    walk,
)
from newswave.views.parts.assets import joined

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

Act = Callable[[str, Any, "bytes | None"], None]
Failed = Callable[[Exception], None]


class Sheet(anywidget.AnyWidget):
    """Items shown as HTML, and what a learner does with them brought back by key.

    Parameters
    ----------
    label : str
        Accessible name of the sheet, as a region of the page.
    act : callable
        `act(key, value, data)` is called for each act of the learner: a Range gives a number, a
        Choice the value of an option, a Switch True or False, an Entry its text, a Button None, an
        Upload its name and size as a dictionary, with the content in `data`. What does not fit the
        item as it is shown now is ignored.
    failed : callable, optional
        Gets the exception when `act` raises one; without it, it is logged. None ever escapes.
    **traits
        First values of traits, such as `theme="dark"`.

    Examples
    --------
    >>> from newswave.views.explorer.items import Words
    >>> sheet = Sheet("Settings", act=lambda key, value, data: None)
    >>> sheet.show((Words("hint", "Move a slider."),))
    >>> sheet.items[0]["text"]
    'Move a slider.'
    """

    _esm = joined(*_SCRIPTS)
    _css = joined("tokens.css", "sheet.css")

    items: traitlets.List[Any] = traitlets.List().tag(sync=True)
    theme = traitlets.Enum(("auto", "light", "dark"), "auto").tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)
    handled = traitlets.Int(0).tag(sync=True)
    clock = traitlets.Unicode("").tag(sync=True)

    def __init__(self, label: str, act: Act, failed: Failed | None = None, **traits: Any) -> None:
        super().__init__(label=label, **traits)
        self.act = act
        self.failed = failed
        self._shown: dict[str, Item] = {}
        self._pieces: dict[str, bytearray] = {}
        self.on_msg(self._heard)

    def show(self, items: tuple[Item, ...]) -> None:
        """Show these items; the page is told only if they changed.

        Parameters
        ----------
        items : tuple of Item
            Each with a key of its own.
        """
        self._shown = {item.key: item for item in walk(items)}
        described = [plain(item) for item in items]
        if described != self.items:
            self.items = described

    def give(self, file: File) -> None:
        """Have the browser save a file.

        Parameters
        ----------
        file : File
            What is to be saved, and under which name.
        """
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
            held = self._pieces.setdefault(key, bytearray()) if isinstance(item, Upload) else None
            for meant, data in _meant(item, value, buffers, held):
                self.act(key, meant, data)
        except Exception as error:
            self._tell(error)
        finally:
            self.handled = number

    def _tell(self, error: Exception) -> None:
        if self.failed is None:
            logging.getLogger(__name__).error("An act on the page failed", exc_info=error)
            return
        with suppress(Exception):
            self.failed(error)


def _meant(
    item: Item | None, value: Any, buffers: Any, held: bytearray | None
) -> Iterator[tuple[Any, bytes | None]]:
    """Yield what an act says to an item as it is shown now, or nothing if it does not fit."""
    barred: object = getattr(item, "barred", "")
    if item is None or barred:
        return
    if isinstance(item, Upload) and held is not None:
        yield from _brought(item, value, buffers, held)
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
    item: Upload, value: Any, buffers: Any, held: bytearray
) -> Iterator[tuple[Any, bytes | None]]:
    """Take in a piece of a file, and yield the file once it is whole."""
    if not isinstance(value, dict) or not isinstance(value.get("name"), str) or not buffers:
        return
    if value.get("at") == 0:
        held.clear()
    piece, size = bytes(buffers[0]), value.get("size")
    if value.get("at") != len(held) or len(held) + len(piece) > item.largest:
        held.clear()
        return
    held += piece
    if len(held) == size:
        data = bytes(held)
        held.clear()
        yield {"name": as_text(value["name"]), "size": len(data)}, data
