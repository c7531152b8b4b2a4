"""A desk: one page at work. It holds frozen state, takes acts, and shows items and pictures."""

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
    """What a page shows now.

    Parameters
    ----------
    controls : tuple of Item
        What the learner moves.
    seen : tuple of Item
        What one is seeing, in words, beside the picture.
    pictures : tuple of Picture
        The stages, at most three.
    report : tuple of Item
        What comes of it.
    """

    controls: tuple[Item, ...] = ()
    seen: tuple[Item, ...] = ()
    pictures: tuple[Picture, ...] = ()
    report: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Act:
    """What a learner did: moved a control, pressed a button, brought a file.

    Parameters
    ----------
    key : str
        Of the item.
    value : object
        What it is set to; None for a button, the name of a file for an upload.
    data : bytes or None
        The content of a file.
    """

    key: str
    value: Any = None
    data: bytes | None = None


class Desk(ABC):
    """One page at work, for one learner.

    Subclasses implement `view` and `took`, and may override `at_round`, `chose` and `close`.
    Whatever changes a desk from another thread does so inside ``with self.lock`` and then calls
    `changed`. An error never leaves a desk: it is shown on its own page.
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
    def took(self, act: Act) -> File | None:
        """Take an act in; return a file if it asks for one. May raise `NewswaveError`."""

    def at_round(self, picture: int, round_: int) -> None:  # noqa: B027
        """Take in which round a stage shows."""

    def chose(self, picture: int, agent: int) -> None:  # noqa: B027
        """Take in which agent was chosen on a stage; -1 for none."""

    def close(self) -> None:  # noqa: B027
        """Stop whatever still runs."""

    def act(self, act: Act) -> File | None:
        """Take an act in, and tell those who watch; what goes wrong is shown on the page."""
        made = None
        with self.lock:
            self.trouble = ""
            try:
                made = self.took(act)
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

    Examples
    --------
    >>> trouble_words(KeyError("x"))[:40]
    'Something went wrong in newswave itself '
    """
    if isinstance(error, NewswaveError):
        return plain(str(error), _LONGEST)
    return (
        f"Something went wrong in newswave itself ({type(error).__name__}). Nothing was changed "
        "and nothing recorded was lost: go on, or load the page again."
    )
