"""A page at work: it holds frozen state, handles actions, and shows items and pictures."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

from newswave.app.items import Button, File, Item, Row, Tone, Words
from newswave.app.pictures import Picture
from newswave.core.errors import BadValue, NewswaveError, one_of, plain
from newswave.core.setup import Setup

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
    """Return what went wrong, for the page: never a traceback."""
    if isinstance(error, NewswaveError):
        return plain(str(error), _LONGEST)
    return (
        f"Something went wrong in newswave itself ({type(error).__name__}). Nothing was changed "
        "and nothing recorded was lost: go on, or load the page again."
    )
