"""A job: one piece of work behind a page, which tells how far it is and can be stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from newswave.asking import Stopped
from newswave.views.explorer.desk import trouble_words

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
    """How far a job is.

    Parameters
    ----------
    stage : Stage
        Where it stands.
    done, total : int
        Of whatever it counts; a total of 0 is not known yet.
    words : str
        What it is doing, and how long still.
    error : str
        What went wrong.
    """

    stage: Stage = Stage.RUNNING
    done: int = 0
    total: int = 0
    words: str = ""
    error: str = ""

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

    Parameters
    ----------
    work : callable
        Is given the job, by which it tells how far it is, and returns what came of it.
    told : callable
        Is given every state that is worth showing, a few in a second, and the last one always.
    words_of : callable
        An error in words.

    Examples
    --------
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
