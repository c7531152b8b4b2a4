"""Asks a server many things: several at once where that is faster, again where a reply is unread.

The work runs in a thread of its own, so that it can be started in a notebook as well as from the
command line, and stopped at once from either. Nothing is kept here: whoever asks is handed every
reply as it comes, and may write it down.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from newswave.errors import NewswaveError, whole_number
from newswave.recordings import CellTurn, Turn
from newswave.servers import Reply, Request, Server, Session

ATTEMPTS = 3
"""How often one thing is asked before it is given up as unread: once, and twice again."""

MOST_AT_ONCE = 64

_T = TypeVar("_T")
_GAIN = 1.3
_HIGHEST = 8
_TIMED = 4


class Stopped(NewswaveError):
    """The user stopped the work; what was answered has been handed over."""


@dataclass(frozen=True)
class Said:
    """What one reply says, as it is read.

    Parameters
    ----------
    outcome : str
        How it was read, or why not: one word for each kind.
    share : bool or None
        The decision, if it is one.
    reason : str
        The reason that was given with it.
    numbers : mapping of str to float
        Numbers that were read: probabilities of words, ratings.
    """

    outcome: str
    share: bool | None = None
    reason: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_read(self) -> bool:
        """Whether it holds an answer."""
        return self.share is not None or bool(self.numbers)


@dataclass(frozen=True)
class Task:
    """One thing to find out.

    Parameters
    ----------
    key : Turn or CellTurn
        What it is: the decision of an agent in a round, or a cell of a table.
    request : callable
        Takes the number of the attempt, from 0, and returns what to send. A request without a seed
        is sent once, however many tasks ask it.
    read : callable
        Takes the reply and returns what it says; if that is no answer, the next attempt is made.
    profile : str
        Code of the profile that is asked.
    exposure : int
        m, as it is told.
    attempt, attempts : int
        The first attempt, above 0 where a recording holds earlier ones; and how many there are.
    """

    key: Turn | CellTurn
    request: Callable[[int], Request]
    read: Callable[[Reply], Said]
    profile: str = ""
    exposure: int = 0
    attempt: int = 0
    attempts: int = ATTEMPTS


@dataclass(frozen=True)
class Heard:
    """One reply, as it comes: to which task, on which attempt, and what it says."""

    task: Task
    attempt: int
    request: Request
    reply: Reply
    said: Said


class Pace:
    """How many calls are under way at once: as many as the server answers faster for.

    An Ollama server does not tell how many it takes on side by side, and on a small machine more
    calls only wait for each other. So one is sent at a time, then two, four and eight together, as
    long as each doubling brings answers at least 1.3 times as fast; the best level is kept. Each
    level is timed over four calls or more, and the very first call, which may have loaded the
    model, is not timed.

    Parameters
    ----------
    fixed : int, optional
        A level set by the user, 1 to 64; then nothing is tried.

    Examples
    --------
    >>> pace = Pace()
    >>> for calls, seconds in [(1, 9.0), *[(1, 1.0)] * 4, (2, 1.1), (2, 1.1), (4, 2.1)]:
    ...     pace.note(calls, seconds)
    >>> pace.level, pace.is_settled
    (2, True)
    """

    def __init__(self, fixed: int | None = None) -> None:
        if fixed is not None:
            fixed = whole_number("The concurrency", fixed, 1, MOST_AT_ONCE)
        self.level = fixed or 1
        self.is_settled = fixed is not None
        self._warm = False
        self._best = 0.0
        self._calls, self._seconds = 0, 0.0

    def note(self, calls: int, seconds: float) -> None:
        """Take in how long a wave of as many calls as the level has taken."""
        if self.is_settled or calls < self.level:
            return
        if not self._warm:
            self._warm = True
            return
        self._calls, self._seconds = self._calls + calls, self._seconds + seconds
        if self._calls < _TIMED:
            return
        speed = self._calls / max(self._seconds, 1e-9)
        self._calls, self._seconds = 0, 0.0
        if speed < _GAIN * self._best:
            self.level, self.is_settled = max(1, self.level // 2), True
            return
        self._best = speed
        if self.level >= _HIGHEST:
            self.is_settled = True
        else:
            self.level *= 2


def ask_all(
    server: Server,
    tasks: Sequence[Task],
    heard: Callable[[Heard], None],
    pace: Pace | None = None,
    progress: Callable[[int, int], None] | None = None,
    stop: threading.Event | None = None,
    memo: dict[str, Reply] | None = None,
) -> dict[Turn | CellTurn, Said]:
    """Ask everything and return what each task's last reply says.

    Parameters
    ----------
    server : Server
        Whom to ask.
    tasks : sequence of Task
        Begun in this order.
    heard : callable
        Is given every reply as it comes, one after another, never two at once.
    pace : Pace, optional
        How many at once; found out by trying if not given.
    progress : callable, optional
        Called with the tasks done and all of them.
    stop : threading.Event, optional
        Set it from another thread to stop.
    memo : dict, optional
        Replies to requests without a seed by the request's key, kept from one call to the next.

    Returns
    -------
    dict
        By the tasks' keys. What could not be read after three attempts is there as it was read.

    Raises
    ------
    ServerTrouble
        If the server stays away, or refuses a request.
    Stopped
        If `stop` was set.
    """
    if not tasks:
        return {}
    work = _Work(server, tasks, heard, pace or Pace(), progress, stop, {} if memo is None else memo)
    return run_apart(work.run)


class _Work:
    """One call of `ask_all`."""

    def __init__(
        self,
        server: Server,
        tasks: Sequence[Task],
        heard: Callable[[Heard], None],
        pace: Pace,
        progress: Callable[[int, int], None] | None,
        stop: threading.Event | None,
        memo: dict[str, Reply],
    ) -> None:
        self._server, self._tasks, self._heard, self._pace = server, tasks, heard, pace
        self._progress, self._stop, self._memo = progress, stop, memo
        self._found: dict[Turn | CellTurn, Said] = {}
        self._sent: dict[str, asyncio.Future[Reply]] = {}

    async def run(self) -> dict[Turn | CellTurn, Said]:
        most = max(self._pace.level, _HIGHEST)
        async with self._server.session(most) as session:
            try:
                async with asyncio.TaskGroup() as group:
                    watch = group.create_task(self._watch())
                    await self._go(session)
                    watch.cancel()
            except BaseExceptionGroup as several:
                raise several.exceptions[0] from None
        return self._found

    async def _go(self, session: Session) -> None:
        """Wave after wave until the pace is settled, then a steady stream."""
        left = iter(self._tasks)
        while not self._pace.is_settled and (wave := list(islice(left, self._pace.level))):
            start = time.perf_counter()
            await _together(self._one(session, task) for task in wave)
            self._pace.note(len(wave), time.perf_counter() - start)
        await _together(self._stream(session, left) for _ in range(self._pace.level))

    async def _stream(self, session: Session, left: Iterator[Task]) -> None:
        for task in left:
            await self._one(session, task)

    async def _one(self, session: Session, task: Task) -> None:
        """Ask one thing until its reply is read or the attempts are used up."""
        said = Said("")
        for attempt in range(task.attempt, task.attempts):
            self._go_on()
            request = task.request(attempt)
            reply = await self._reply(session, request)
            said = task.read(reply)
            self._heard(Heard(task, attempt, request, reply, said))
            if said.is_read:
                break
        self._found[task.key] = said
        if self._progress is not None:
            self._progress(len(self._found), len(self._tasks))

    async def _reply(self, session: Session, request: Request) -> Reply:
        """Send a request; one without a seed only once."""
        if request.sampling.seed is not None:
            return await session.ask(request)
        key = request.key
        if key not in self._memo:
            if key not in self._sent:
                self._sent[key] = asyncio.ensure_future(session.ask(request))
            self._memo[key] = await self._sent[key]
        return self._memo[key]

    async def _watch(self) -> None:
        """Break off what is waited for once the user wants it."""
        while True:
            self._go_on()
            await asyncio.sleep(0.05 if self._stop is not None else 3600.0)

    def _go_on(self) -> None:
        """Raise `Stopped` if the user wants it."""
        if self._stop is not None and self._stop.is_set():
            raise Stopped("Stopped before the end")


async def _together(works: Iterator[Coroutine[Any, Any, None]] | Any) -> None:
    """Run several; the first error stops the others."""
    async with asyncio.TaskGroup() as group:
        for work in works:
            group.create_task(work)


def run_apart(work: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
    """Run asynchronous work in a thread of its own and return what it returns.

    A notebook has a loop of its own that must not be blocked or entered again; and the main thread,
    which only waits, hears Ctrl-C at once: the work is then cancelled, its connections are closed.

    Examples
    --------
    >>> async def answer():
    ...     return 42
    >>> run_apart(answer)
    42
    """
    box: dict[str, Any] = {}
    begun = threading.Event()

    async def main() -> _T:
        box["loop"], box["task"] = asyncio.get_running_loop(), asyncio.current_task()
        begun.set()
        return await work()

    def body() -> None:
        try:
            box["result"] = asyncio.run(main())
        except BaseException as error:
            box["error"] = error
        finally:
            begun.set()

    thread = threading.Thread(target=body, name="newswave-asking", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(0.1)
    except BaseException:
        begun.wait()
        if "task" in box and thread.is_alive():
            with contextlib.suppress(RuntimeError):  # it has just come to its end
                box["loop"].call_soon_threadsafe(box["task"].cancel)
        thread.join(5.0)
        raise
    if "error" in box:
        raise _plain(box["error"])
    return box["result"]  # type: ignore[no-any-return]


def _plain(error: BaseException) -> BaseException:
    """Return the first error of a group, however deep."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
