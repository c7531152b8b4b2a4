"""Work behind a page: the newest request of each page, and jobs that can be stopped."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Generic, TypeVar

from newswave.app.page import Page, Progress, trouble_words
from newswave.llm.batch import Stopped

Result = TypeVar("Result")

_PAUSE = 0.2
"""Seconds between two words on how far something is."""

_ENDING = threading.Event()
"""Set at the end of the program, before it waits for the threads of `concurrent.futures`."""
getattr(threading, "_register_atexit", atexit.register)(_ENDING.set)


# Requests: one after another in the background, of each page only the newest.


@dataclass(eq=False)
class _Request:
    """Work that waits for its turn; with a timer, first for its delay."""

    work: Callable[[], None]
    timer: threading.Timer | None = None


class JobQueue:
    """A thread that does what pages request, in the order of asking.

    Of each owner only the newest request counts. Where no threads can be started, as in a browser's
    Python, everything is done at once.
    """

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, name)
        self._waiting: dict[object, _Request] = {}
        self._lock = threading.RLock()

    def request(self, owner: object, work: Callable[[], None], delay: float = 0.0) -> None:
        """Do `work`, which does not raise, after `delay` seconds without a newer request."""
        request = _Request(work)
        with self._lock:
            self.forget(owner)
            self._waiting[owner] = request
        try:
            if delay:
                request.timer = threading.Timer(delay, self._late, (owner, request))
                request.timer.daemon = True
                request.timer.start()
            else:
                self._pool.submit(self._do, owner, request)
        except RuntimeError:  # a browser's Python has no threads
            self._do(owner, request)

    def forget(self, owner: object) -> None:
        """Take back what `owner` requested, if its turn has not come."""
        with self._lock:
            request = self._waiting.pop(owner, None)
        if request is not None and request.timer is not None:
            request.timer.cancel()

    def ahead(self, owner: object) -> int:
        """Return how many wait before `owner`."""
        with self._lock:
            waiting = list(self._waiting)
        return waiting.index(owner) if owner in waiting else 0

    def _late(self, owner: object, request: _Request) -> None:
        """Hand over what has waited for its delay; at the end of the program nothing is done."""
        try:
            self._pool.submit(self._do, owner, request)
        except RuntimeError:
            self._do(owner, request)

    def _do(self, owner: object, request: _Request) -> None:
        """Do what was requested, unless it was taken back or the program is at its end."""
        with self._lock:
            if self._waiting.get(owner) is not request:
                return
            del self._waiting[owner]
        if not _ENDING.is_set():
            request.work()


QUICK = JobQueue("newswave-fits")
"""For what takes some hundredths of a second."""

SLOW = JobQueue("newswave-tests")
"""For what takes seconds: one at a time for the whole class."""


class _Abandoned(Exception):
    """Nobody waits for this work any longer."""


class PageJob(Generic[Result]):
    """One kind of background work of a page: only its newest request counts, all others end.

    While it goes on, `progress` says how far it is. `queued` says, with a number, who comes first.
    """

    def __init__(self, page: Page, queue: JobQueue, queued: str = "") -> None:
        self.progress: Progress | None = None
        self._page, self._queue, self._queued = page, queue, queued
        self._request: object | None = None
        self._last = 0.0
        page.stops.append(self.stop)

    def start(
        self,
        work: Callable[[Callable[[Progress], None]], Result],
        done: Callable[[Result | None, str], None],
        progress: Progress | None = None,
        delay: float = 0.0,
    ) -> None:
        """Begin; `work` is given a function for its progress, `done` the result or the trouble."""
        request = self._request = object()
        self.progress, self._last = progress, 0.0
        self._queue.request(self, lambda: self._run(request, work, done), delay)
        ahead = self._queue.ahead(self)
        if ahead and self._queued and progress is not None and self.progress is progress:
            self.progress = replace(progress, text=self._queued.format(ahead))

    def stop(self) -> None:
        """End it; nothing comes of it any more."""
        self._request = self.progress = None
        self._queue.forget(self)

    def _run(
        self,
        request: object,
        work: Callable[[Callable[[Progress], None]], Result],
        done: Callable[[Result | None, str], None],
    ) -> None:
        result, trouble = None, ""
        try:
            self._go_on(request)
            result = work(lambda progress: self._tell(request, progress))
        except _Abandoned:
            return
        except Exception as error:
            trouble = trouble_words(error)
        with self._page.lock:
            if self._request is not request:
                return
            self._request = self.progress = None
            done(result, trouble)
        self._page.changed()

    def _tell(self, request: object, progress: Progress) -> None:
        self._go_on(request)
        now = time.monotonic()
        if now - self._last < _PAUSE:
            return
        self._last = now
        with self._page.lock:
            self._go_on(request)
            self.progress = progress
        self._page.changed()

    def _go_on(self, request: object) -> None:
        """End the work if nobody waits for it, or the program is at its end."""
        if self._request is not request or _ENDING.is_set():
            raise _Abandoned


# A job: one piece of work behind a page, which tells how far it is and can be stopped.


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


OnState = Callable[[JobState, Any], None]
"""Is given the state, and what is there so far; in the end, what came of it."""


class Job:
    """Work in a thread of its own, or at once where no thread can be started.

    Nothing that goes wrong in the work leaves it: the state says so.
    """

    def __init__(
        self,
        work: Callable[[Job], Any],
        on_state: OnState,
        words_of: Callable[[Exception], str] = trouble_words,
    ) -> None:
        self.state = JobState()
        self.stopping = threading.Event()
        self._work, self._on_state, self._words_of = work, on_state, words_of
        self._last = 0.0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, and come back."""
        self._on_state(self.state, None)
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
            self._on_state(self.state, None)

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
            self._on_state(self.state, None if seen is None else seen())

    def _run(self) -> None:
        result = None
        try:
            result = self._work(self)
            self.state = replace(self.state, stage=Stage.DONE)
        except Stopped:
            self.state = replace(self.state, stage=Stage.STOPPED)
        except Exception as error:
            self.state = replace(self.state, stage=Stage.FAILED, error=self._words_of(error))
        self._on_state(self.state, result)
