"""One learner at the explorer: which tab is open, and the page of every tab that was."""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import Enum

from newswave.app.address import Place
from newswave.app.page import Page
from newswave.app.pages.explore import Explored, ExplorePage
from newswave.core.setup import Setup


class Tab(Enum):
    """The pages of the explorer, by the words on their tabs."""

    EXPLORE = "Explore"
    AGENTS = "LLM agents"
    COMPARE = "Compare"
    DATA = "Your data"
    GLOSSARY = "Glossary"

    @property
    def slug(self) -> str:
        """Its name in addresses."""
        return {Tab.AGENTS: "agents", Tab.DATA: "data"}.get(self, self.value.lower())


class Session:
    """One learner's explorer."""

    def __init__(
        self, place: Place, opened: Explored | None = None, is_first: bool = False
    ) -> None:
        self.tab = Tab.EXPLORE
        self._place = place
        self._opened = opened
        self._is_first = is_first
        self._pages: dict[Tab, Page] = {}
        self._lock = threading.RLock()
        self._watchers: list[Callable[[], None]] = []

    def page_of(self, tab: Tab) -> Page:
        """Return the page of a tab: the same one each time."""
        with self._lock:
            if tab not in self._pages:
                self._pages[tab] = self._made(tab)
            return self._pages[tab]

    @property
    def explore(self) -> ExplorePage:
        """The first page."""
        page = self.page_of(Tab.EXPLORE)
        assert isinstance(page, ExplorePage)
        return page

    def go(self, tab: Tab) -> None:
        """Open a tab."""
        self.tab = tab
        for watcher in tuple(self._watchers):
            watcher()

    def open(self, setup: Setup, run: int = 0) -> None:
        """Show a setup on the first page."""
        self.explore.open(setup, run)
        self.go(Tab.EXPLORE)

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call `watcher` after another tab was opened."""
        self._watchers.append(watcher)

    def close(self) -> None:
        """Stop whatever still runs on any page."""
        for page in self._pages.values():
            page.close()

    def _made(self, tab: Tab) -> Page:
        """Make a page; its modules are loaded only now."""
        match tab:
            case Tab.AGENTS:
                from newswave.app.pages.agents_page import AgentsPage

                place = self._place
                return AgentsPage(place.recordings, place.may_choose_server, place.allowance)
            case Tab.COMPARE:
                from newswave.app.pages.compare import ComparePage

                return ComparePage()
            case Tab.DATA:
                from newswave.app.pages.data_page import DataPage

                return DataPage(self.open)
            case Tab.GLOSSARY:
                from newswave.app.pages.glossary import GlossaryPage

                return GlossaryPage()
        return ExplorePage(self._opened, self._place.address, self._is_first)
