"""One learner at the explorer: which page is open, and a desk for every page that was."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from newswave.app.items import File
from newswave.app.page import Act, Desk, View
from newswave.app.pages.agents import Allowance
from newswave.app.pages.explore import ExploreDesk
from newswave.app.pages.explore_state import Explored
from newswave.core.setup import Setup


class Page(Enum):
    """The pages of the explorer, by the words on their tabs."""

    EXPLORE = "Explore"
    AGENTS = "LLM agents"
    COMPARE = "Compare"
    DATA = "Your data"
    GLOSSARY = "Glossary"

    @property
    def key(self) -> str:
        """The page's name in links.

        >>> Page.AGENTS.key
        'agents'
        """
        return self.name.lower()


@dataclass(frozen=True)
class Place:
    """Where the explorer runs, and what is allowed there.

    Parameters
    ----------
    recordings : Path
        The folder that recordings of language models go into.
    may_choose_server : bool
        Whether a learner may name the server of the models. Where the app serves others than the
        one who started it, it is better not to: the app would call whatever address they name.
    address : str
        Of the page, for links.
    allowance : Allowance
        Who may ask a model, and how much all learners may have done.
    others : str
        The address that others on the network open; "" where only this machine does.
    """

    recordings: Path
    may_choose_server: bool = True
    address: str = ""
    allowance: Allowance = field(default_factory=Allowance)
    others: str = ""


class GlossaryDesk(Desk):
    """The page of terms."""

    def view(self) -> View:
        """Return the terms."""
        from newswave.app.glossary import glossary_items

        return View(report=glossary_items())

    def took(self, act: Act) -> File | None:  # noqa: ARG002
        """Return None: here is nothing to do."""
        return None


class Session:
    """One learner's explorer.

    Parameters
    ----------
    place : Place
        Where it runs.
    opened : Explored, optional
        What the first page opens with.
    is_first : bool
        Whether the learner is here for the first time, and is asked to take the tour.

    Examples
    --------
    >>> session = Session(Place(Path("recordings")))
    >>> session.go(Page.GLOSSARY)
    >>> session.page.value
    'Glossary'
    """

    def __init__(
        self, place: Place, opened: Explored | None = None, is_first: bool = False
    ) -> None:
        self.page = Page.EXPLORE
        self._place = place
        self._opened = opened
        self._is_first = is_first
        self._desks: dict[Page, Desk] = {}
        self._lock = threading.RLock()
        self._watchers: list[Callable[[], None]] = []

    def desk(self, page: Page) -> Desk:
        """Return the desk of a page: the same one each time."""
        with self._lock:
            if page not in self._desks:
                self._desks[page] = self._made(page)
            return self._desks[page]

    @property
    def explore(self) -> ExploreDesk:
        """The desk of the first page."""
        desk = self.desk(Page.EXPLORE)
        assert isinstance(desk, ExploreDesk)
        return desk

    def go(self, page: Page) -> None:
        """Open a page."""
        self.page = page
        for watcher in tuple(self._watchers):
            watcher()

    def open(self, setup: Setup, run: int = 0) -> None:
        """Show a setup on the first page."""
        self.explore.open(setup, run)
        self.go(Page.EXPLORE)

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call `watcher` after another page was opened."""
        self._watchers.append(watcher)

    def close(self) -> None:
        """Stop whatever still runs on any page."""
        for desk in self._desks.values():
            desk.close()

    def _made(self, page: Page) -> Desk:
        """Make a desk; its rooms are loaded only now."""
        match page:
            case Page.AGENTS:
                from newswave.app.pages.agents_page import AskedDesk

                place = self._place
                return AskedDesk(place.recordings, place.may_choose_server, place.allowance)
            case Page.COMPARE:
                from newswave.app.pages.compare import CompareDesk

                return CompareDesk()
            case Page.DATA:
                from newswave.app.pages.data_page import DataDesk

                return DataDesk(self.open)
            case Page.GLOSSARY:
                return GlossaryDesk()
        return ExploreDesk(self._opened, self._place.address, self._is_first)
