"""The bench of one page: its jobs, its looks at a server, and its own stand-in server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from newswave.errors import NewswaveError
from newswave.servers import ServerGone
from newswave.standin import StandIn
from newswave.views.explorer.asked.allowance import Allowance
from newswave.views.explorer.asked.bringing import named
from newswave.views.explorer.asked.jobs import Job, JobState
from newswave.views.explorer.asked.places import gone_words
from newswave.views.explorer.asked.state import Errand
from newswave.views.explorer.desk import trouble_words

_PATIENCE = 5.0
_MODELS = ("synthetic",)
_DELAY = 0.05  # seconds an answer: quick, but one sees it coming in and can stop it

Told = Callable[[Errand, JobState, Any], None]


class Bench:
    """What goes on behind one page; no other page has a part in it.

    Parameters
    ----------
    told : callable
        Is given what a job is for, how far it is, and what is there of it.
    allowance : Allowance
        What the learners of this app may have done.
    """

    def __init__(self, told: Told, allowance: Allowance) -> None:
        self._told = told
        self._allowance = allowance
        self._jobs: dict[Errand, Job] = {}
        self._look: Job | None = None
        self._stand_in: StandIn | None = None

    def begin(self, kind: Errand, work: Callable[[Job], Any], file: str = "") -> None:
        """Begin a job; `file` is the bare name of the file that it writes."""
        give_back = self._allowance.begin()

        def counted(job: Job) -> Any:
            try:
                return work(job)
            finally:
                give_back()

        job = Job(counted, lambda state, seen: self._told(kind, state, seen), _words_of(file))
        self._jobs[kind] = job
        job.start()

    def stop(self, kind: Errand) -> None:
        """Ask a job to stop, if there is one."""
        if kind in self._jobs:
            self._jobs[kind].stop()

    def look(self, work: Callable[[], Any], told: Callable[[Any], None]) -> None:
        """Look at a server; only what the last look finds is told."""

        def found(_: JobState, result: Any) -> None:
            if result is not None and self._look is job:
                told(result)

        job = Job(lambda _: work(), found)
        self._look = job
        job.start()

    def open_stand_in(self) -> str:
        """Start a stand-in of this page's own and return its address.

        Raises
        ------
        NewswaveError
            If it cannot be started here.
        """
        try:
            self._stand_in = StandIn(models=_MODELS, delay=_DELAY)
        except RuntimeError as error:
            raise NewswaveError(
                "The stand-in cannot be started here: it needs threads",
                advice="Replay the example, or show the example table",
            ) from error
        return self._stand_in.address

    def close_stand_in(self) -> None:
        """Stop the stand-in, if there is one."""
        if self._stand_in is not None:
            self._stand_in.close()
            self._stand_in = None

    def close(self) -> None:
        """Stop everything, and wait a little until it has."""
        self._look = None
        for job in self._jobs.values():
            job.stop()
        for job in self._jobs.values():
            job.wait(_PATIENCE)
        self.close_stand_in()


def _words_of(file: str) -> Callable[[Exception], str]:
    """Return what says what went wrong in a job."""

    def words(error: Exception) -> str:
        if isinstance(error, ServerGone):
            return f"{gone_words(error)} Start it again: 'Look again' tells whether it is there."
        if file and isinstance(error, NewswaveError):
            return trouble_words(named(error, file))
        return trouble_words(error)

    return words
