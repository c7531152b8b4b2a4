"""Work that goes on behind a page: one thing at a time, of each page only its newest wish."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable


class Errands:
    """A thread that does what pages ask for, one after another, in the order of asking.

    A page that asks again before its turn has come gets only its last wish. Where no threads can
    be started, as in a browser's Python, everything is done at once.

    Parameters
    ----------
    name : str
        Of the thread.

    Examples
    --------
    >>> done = threading.Event()
    >>> Errands("example").ask("page", done.set)
    >>> done.wait(5)
    True
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._wishes: OrderedDict[object, tuple[float, Callable[[], None]]] = OrderedDict()
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None

    def ask(self, owner: object, work: Callable[[], None], rest: float = 0.0) -> None:
        """Do `work` when its turn comes; it does not raise. Replaces what `owner` asked before.

        Parameters
        ----------
        owner : object
            Who asks.
        work : callable
            What is to be done.
        rest : float
            Seconds to wait first, in case `owner` asks again.
        """
        with self._news:
            self._wishes.pop(owner, None)
            self._wishes[owner] = (time.monotonic() + rest, work)
            self._news.notify()
        if not self._begun():
            self._wishes.pop(owner, None)
            work()

    def forget(self, owner: object) -> None:
        """Take back what `owner` asked for, if its turn has not come."""
        with self._news:
            self._wishes.pop(owner, None)

    def ahead(self, owner: object) -> int:
        """Return how many wait before `owner`."""
        with self._news:
            waiting = list(self._wishes)
        return waiting.index(owner) if owner in waiting else 0

    def _begun(self) -> bool:
        with self._news:
            if self._thread is None or not self._thread.is_alive():
                thread = threading.Thread(target=self._go, name=self._name, daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    return False
                self._thread = thread
        return True

    def _go(self) -> None:
        while True:
            self._next()()

    def _next(self) -> Callable[[], None]:
        """Wait for the first wish that is due, and take it off the list."""
        with self._news:
            while True:
                now = time.monotonic()
                for owner, (due, work) in self._wishes.items():
                    if due <= now:
                        del self._wishes[owner]
                        return work
                first = min((due for due, _ in self._wishes.values()), default=None)
                self._news.wait(None if first is None else first - now)


QUICK = Errands("newswave-fits")
"""For what takes some hundredths of a second."""

SLOW = Errands("newswave-tests")
"""For what takes seconds: one at a time for the whole class."""
