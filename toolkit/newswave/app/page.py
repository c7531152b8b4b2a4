"""A page at work: it holds frozen state, handles actions, and shows items and pictures."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Generic, TypeVar

from newswave.app.items import File, Item, Tone, Words
from newswave.app.pictures import Picture
from newswave.core.errors import BadValue, NewswaveError, plain

_LONGEST = 800

Action = TypeVar("Action")
Made = TypeVar("Made")
Chosen = TypeVar("Chosen", bound=Enum)


@dataclass(frozen=True)
class View:
    """What a page shows now."""

    controls: tuple[Item, ...] = ()  # what the learner moves
    seen: tuple[Item, ...] = ()  # what one is seeing, in words, beside the picture
    pictures: tuple[Picture, ...] = ()  # the stages, at most three
    report: tuple[Item, ...] = ()  # what comes of it


@dataclass(frozen=True)
class Message:
    """What the browser says of a control; a page reads it once, as one of its actions."""

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

    def button(self, buttons: type[Chosen]) -> Chosen:
        """Return the button that was pressed; each has its key as value."""
        try:
            return buttons(self.key)
        except ValueError:
            raise self.unknown() from None

    def is_one_of(self, buttons: type[Enum]) -> bool:
        """Return whether one of these buttons was pressed."""
        return self.key in {button.value for button in buttons}

    @property
    def file(self) -> BringFile:
        """The file that was brought."""
        named = isinstance(self.value, dict)
        return BringFile(self.value.get("name") if named else self.value, self.data)

    def unknown(self) -> BadValue:
        """Return the error for a message that no control of the page can send."""
        return BadValue("This page has no such control", given=self.key)


@dataclass(frozen=True)
class Move:
    """Move a control of a setup, or of a panel, to a place."""

    key: str
    value: object


class RateTest(StrEnum):
    """The buttons of the test of one rate against two, by their keys."""

    BEGIN = "test"
    STOP = "stop_test"


@dataclass(frozen=True)
class ChooseAgent:
    """Choose an agent, by its number or by its digits; -1 for none."""

    agent: object


@dataclass(frozen=True)
class BringFile:
    """Read a file of the learner's."""

    name: object
    data: bytes | None


class Page(ABC, Generic[Action]):
    """One page at work, for one learner.

    Whatever changes a page from another thread does so inside ``with self.lock`` and then calls
    `changed`. An error never leaves a page: it is shown on it.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.trouble = ""
        self.rewinds = 0
        self.stops: list[Callable[[], None]] = []  # one for each kind of background work
        self._watchers: list[Callable[[], None]] = []

    @abstractmethod
    def view(self) -> View:
        """Return what the page shows now."""

    @abstractmethod
    def action(self, message: Message) -> Action:
        """Return the action that a message asks for; an unknown one raises `BadValue`."""

    @abstractmethod
    def handle(self, action: Action) -> File | None:
        """Do what an action asks for; return a file if it is one. May raise `NewswaveError`."""

    def at_round(self, round_: int) -> None:
        """Take in which round the pictures show."""

    def choose(self, agent: int) -> None:
        """Take in which agent was chosen in a picture; -1 for none."""

    def close(self) -> None:
        """Stop whatever still runs."""
        for stop in self.stops:
            stop()

    def receive(self, message: Message) -> File | None:
        """Read a message and do what it asks for."""
        return self.attempt(lambda: self.handle(self.action(message)))

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
            return View(view.controls, (note, *view.seen), view.pictures, view.report)

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Call `watcher` after every change; the function returned ends that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher) if watcher in self._watchers else None

    def changed(self) -> None:
        """Tell those who watch."""
        for watcher in tuple(self._watchers):
            watcher()


def trouble_words(error: Exception) -> str:
    """Return what went wrong, for the page: never a traceback.

    >>> trouble_words(KeyError("x"))[:40]
    'Something went wrong in newswave itself '
    """
    if isinstance(error, NewswaveError):
        return plain(str(error), _LONGEST)
    return (
        f"Something went wrong in newswave itself ({type(error).__name__}). Nothing was changed "
        "and nothing recorded was lost: go on, or load the page again."
    )
