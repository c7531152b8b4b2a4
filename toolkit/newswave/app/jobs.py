"""Work behind a page: the newest request of each page, and jobs that can be stopped."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from newswave.app.page import trouble_words
from newswave.llm.batch import Stopped

# Work that goes on behind a page: one thing at a time, of each page only its newest wish.


class JobQueue:
    """A thread that does what pages ask for, one after another, in the order of asking.

    A page that asks again before its turn has come gets only its last wish. Where no threads can
    be started, as in a browser's Python, everything is done at once.

    >>> done = threading.Event()
    >>> JobQueue("example").ask("page", done.set)
    >>> done.wait(5)
    True
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._wishes: OrderedDict[object, tuple[float, Callable[[], None]]] = OrderedDict()
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None

    def ask(self, owner: object, work: Callable[[], None], rest: float = 0.0) -> None:
        """Do `work` when its turn comes; it does not raise. Replaces what `owner` asked before."""
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


QUICK = JobQueue("newswave-fits")
"""For what takes some hundredths of a second."""

SLOW = JobQueue("newswave-tests")
"""For what takes seconds: one at a time for the whole class."""


# A job: one piece of work behind a page, which tells how far it is and can be stopped.


_PAUSE = 0.2


class Stage(Enum):
    """Where a job stands."""

    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True)
class JobState:
    """How far a job is."""

    stage: Stage = Stage.RUNNING  # where it stands
    done: int = 0  # of whatever it counts; a total of 0 is not known yet
    total: int = 0
    words: str = ""  # what it is doing, and how long still
    error: str = ""  # what went wrong

    @property
    def is_under_way(self) -> bool:
        """Whether something still goes on."""
        return self.stage in (Stage.RUNNING, Stage.STOPPING)

    @property
    def can_go_on(self) -> bool:
        """Whether it broke off before its end."""
        return self.stage in (Stage.STOPPED, Stage.FAILED)


Told = Callable[[JobState, Any], None]
"""Is given the state, and what is there so far; in the end, what came of it."""


class Job:
    """Work in a thread of its own, or at once where no thread can be started.

    Nothing that goes wrong in the work leaves it: the state says so.

    >>> told = []
    >>> job = Job(lambda job: 42, lambda state, result: told.append((state.stage.value, result)))
    >>> job.start()
    >>> job.wait(5)
    True
    >>> told
    [('running', None), ('done', 42)]
    """

    def __init__(
        self,
        work: Callable[[Job], Any],
        told: Told,
        words_of: Callable[[Exception], str] = trouble_words,
    ) -> None:
        self.state = JobState()
        self.stopping = threading.Event()
        self._work, self._told, self._words_of = work, told, words_of
        self._last = 0.0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, and come back."""
        self._told(self.state, None)
        thread = threading.Thread(target=self._run, name="newswave-job", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # a browser's Python has no threads
            self._run()
        else:
            self._thread = thread

    def stop(self) -> None:
        """Ask it to stop; it says when it has."""
        self.stopping.set()
        if self.state.is_under_way:
            self.state = replace(self.state, stage=Stage.STOPPING)
            self._told(self.state, None)

    def wait(self, seconds: float) -> bool:
        """Wait until it is over; return whether it is."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.state.is_under_way

    def check(self) -> None:
        """Raise `Stopped` if it is to stop."""
        if self.stopping.is_set():
            raise Stopped("Stopped before the end")

    def tell(
        self,
        done: int,
        total: int,
        words: str,
        seen: Callable[[], Any] | None = None,
        now: bool = False,
    ) -> None:
        """Say how far it is; `seen` gives what is there so far, and is only called to be shown."""
        stage = Stage.STOPPING if self.stopping.is_set() else Stage.RUNNING
        self.state = JobState(stage, done, total, words)
        moment = time.monotonic()
        if now or moment - self._last >= _PAUSE:
            self._last = moment
            self._told(self.state, None if seen is None else seen())

    def _run(self) -> None:
        result = None
        try:
            result = self._work(self)
            self.state = replace(self.state, stage=Stage.DONE)
        except Stopped:
            self.state = replace(self.state, stage=Stage.STOPPED)
        except Exception as error:
            self.state = replace(self.state, stage=Stage.FAILED, error=self._words_of(error))
        self._told(self.state, result)
