"""A page at work: it holds frozen state, handles actions, and shows items and pictures."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from newswave.app.items import File, Item, Tone, Words
from newswave.app.pictures import Picture
from newswave.core.errors import NewswaveError, plain

_LONGEST = 800


@dataclass(frozen=True)
class View:
    """What a page shows now."""

    controls: tuple[Item, ...] = ()  # what the learner moves
    seen: tuple[Item, ...] = ()  # what one is seeing, in words, beside the picture
    pictures: tuple[Picture, ...] = ()  # the stages, at most three
    report: tuple[Item, ...] = ()  # what comes of it


@dataclass(frozen=True)
class Message:
    """What a learner did: moved a control, pressed a button, brought a file."""

    key: str  # of the item
    value: Any = None  # what it is set to; None for a button, the name of a file for an upload
    data: bytes | None = None  # the content of a file


class Page(ABC):
    """One page at work, for one learner.

    Subclasses implement `view` and `handle`, and may override `at_round`, `chose` and `close`.
    Whatever changes a page from another thread does so inside ``with self.lock`` and then calls
    `changed`. An error never leaves a page: it is shown on it.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.trouble = ""
        self.rewinds = 0
        self._watchers: list[Callable[[], None]] = []

    @abstractmethod
    def view(self) -> View:
        """Return what the page shows now."""

    @abstractmethod
    def handle(self, message: Message) -> File | None:
        """Do what a message asks for; return a file if it is one. May raise `NewswaveError`."""

    def at_round(self, picture: int, round_: int) -> None:  # noqa: B027
        """Take in which round a stage shows."""

    def chose(self, picture: int, agent: int) -> None:  # noqa: B027
        """Take in which agent was chosen on a stage; -1 for none."""

    def close(self) -> None:  # noqa: B027
        """Stop whatever still runs."""

    def receive(self, message: Message) -> File | None:
        """Handle a message, and tell those who watch; what goes wrong is shown on the page."""
        made = None
        with self.lock:
            self.trouble = ""
            try:
                made = self.handle(message)
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
