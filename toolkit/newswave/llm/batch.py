"""Asks a model many questions, several at once, and records every reply as it comes.

Everything about how often and how many at once is decided here. A question is asked again when a
trouble of the server may pass (the same request, after a wait), and when a reply cannot be read (a
new seed, three times in all). How many calls are under way at once is found out by `Pace`.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, TypeVar

from newswave.core.errors import BadFile, NewswaveError, whole_number
from newswave.core.streams import request_seed
from newswave.core.wording import Prompt, Wording
from newswave.llm.recording import (
    CellTurn,
    RecordedReply,
    Recording,
    RecordingWriter,
    Source,
    Turn,
    utc_now,
)
from newswave.llm.replies import Reading, outcome_words, read_decision, unread_advice
from newswave.llm.server import Found, Model, ModelServer, Reply, Request, ServerTrouble, Session

ATTEMPTS = 3
"""How often one thing is asked before it is given up as unread: once, and twice again."""

MOST_AT_ONCE = 64
"""The most calls at once that a user can set."""

Results = dict[Turn | CellTurn, RecordedReply]
"""The last reply to each question."""

_T = TypeVar("_T")
_GAIN = 1.3
_HIGHEST = 8
_TIMED = 4
_CONTEXT = 2048
_ROOM = 400
_CHARACTERS = 2.5
_MOST_UNREAD = 10


class Stopped(NewswaveError):
    """The user stopped the work; what was answered has been recorded."""


class ModelChanged(NewswaveError):
    """The server has another model under the name, or none any more, since the work was begun."""


class Unreadable(NewswaveError):
    """None of the first answers of a run could be read: going on would be of no use."""


def read(reply: Reply) -> Reading:
    """Return the decision in a reply, or why there is none."""
    return read_decision(reply.content, reply.thinking, reply.done, reply.done_reason)


@dataclass(frozen=True)
class Task:
    """One thing to find out: the decision of an agent in a round, or a cell of a table.

    `seeds` has one for each attempt, and another attempt is made where `read` finds no answer. A
    request without a seed is sent once, however many tasks ask it. `attempt` is the first one,
    above 0 where a recording holds earlier ones.
    """

    key: Turn | CellTurn
    request: Request
    seeds: tuple[int | None, ...]
    read: Callable[[Reply], Reading]
    profile: str = ""
    exposure: int = 0
    attempt: int = 0

    def asked(self, attempt: int) -> Request:
        """Return what is sent at an attempt."""
        sampling = replace(self.request.sampling, seed=self.seeds[attempt])
        return replace(self.request, sampling=sampling)

    def recorded(self, attempt: int, request: Request, reply: Reply) -> RecordedReply:
        """Read the reply to an attempt, and return both as a recording holds them."""
        reading = self.read(reply)
        return RecordedReply(
            self.key,
            request.prompt.hash,
            reading.outcome.name,
            reading.share,
            attempt=attempt,
            profile=self.profile,
            exposure=self.exposure,
            seed=request.sampling.seed,
            content=reply.content,
            thinking=reply.thinking or None,
            reason=reading.reason or None,
            numbers=reading.numbers,
            done_reason=reply.done_reason or "",
            seconds=round(reply.seconds, 6),
            tokens=reply.tokens,
            at=utc_now(),
        )


Record = Callable[[Task, int, Request, Reply], RecordedReply]
"""Takes a task, the number of the attempt, what was sent and what came back; keeps the reply."""


class Pace:
    """How many calls are under way at once: as many as the server answers faster for.

    An Ollama server does not say how many it takes on side by side, and on a small machine more
    calls only wait for each other. So one is sent at a time, then two, four and eight together, as
    long as each doubling brings answers at least 1.3 times as fast; the best level is kept. Each
    level is timed over four calls or more. The first wave of a level is not timed: the very first
    call may load the model, and each place that the server has not used before reads the whole
    prompt, of which it keeps the beginning for the calls after.

    >>> pace = Pace()
    >>> waves = [(1, 9.0), *[(1, 1.0)] * 4, (2, 3.0), (2, 1.1), (2, 1.1), (4, 6.0), (4, 2.1)]
    >>> for calls, seconds in waves:
    ...     pace.note(calls, seconds)
    >>> pace.level, pace.is_settled
    (2, True)
    """

    def __init__(self, fixed: int | None = None) -> None:
        if fixed is not None:
            fixed = whole_number("The concurrency", fixed, 1, MOST_AT_ONCE)
        self.level = fixed or 1
        self.is_settled = fixed is not None
        self._highest = _HIGHEST
        self._warm = False
        self._best = 0.0
        self._calls, self._seconds = 0, 0.0

    def limit(self, most: int) -> None:
        """Never go above what a server takes at once."""
        self._highest = min(self._highest, most)
        self.level = min(self.level, most)
        self.is_settled = self.is_settled or self.level >= self._highest

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
        if 2 * self.level > self._highest:
            self.is_settled = True
        else:
            self.level, self._warm = 2 * self.level, False


def ask_all(
    server: ModelServer,
    tasks: Sequence[Task],
    record: Record,
    pace: Pace | None = None,
    progress: Callable[[int, int], None] | None = None,
    stop: threading.Event | None = None,
    memo: dict[str, Reply] | None = None,
) -> Results:
    """Ask everything and return the last reply to each task, read or not.

    `record` is given every reply as it comes, never two at once. `memo` keeps replies to requests
    without a seed by the request's key, from one call to the next.
    """
    if not tasks:
        return {}
    pace = pace or Pace()
    pace.limit(server.most_at_once)
    work = _Work(server, tasks, record, pace, progress, stop, {} if memo is None else memo)
    return run_apart(work.run)


@dataclass
class _Work:
    """One call of `ask_all`."""

    server: ModelServer
    tasks: Sequence[Task]
    record: Record
    pace: Pace
    progress: Callable[[int, int], None] | None
    stop: threading.Event | None
    memo: dict[str, Reply]
    results: Results = field(default_factory=dict)
    sent: dict[str, asyncio.Future[Reply]] = field(default_factory=dict)

    async def run(self) -> Results:
        async with self.server.session() as session:
            try:
                async with asyncio.TaskGroup() as group:
                    watch = group.create_task(self._watch())
                    await self._waves(session)
                    watch.cancel()
            except BaseExceptionGroup as several:
                raise several.exceptions[0] from None
        return self.results

    async def _waves(self, session: Session) -> None:
        """Ask wave after wave until the pace is settled, then a steady stream."""
        left = iter(self.tasks)
        while not self.pace.is_settled and (wave := list(islice(left, self.pace.level))):
            start = time.perf_counter()
            await _together(self._one(session, task) for task in wave)
            self.pace.note(len(wave), time.perf_counter() - start)
        await _together(self._stream(session, left) for _ in range(self.pace.level))

    async def _stream(self, session: Session, left: Iterator[Task]) -> None:
        for task in left:
            await self._one(session, task)

    async def _one(self, session: Session, task: Task) -> None:
        """Ask one thing until its reply is read or the attempts are used up."""
        for attempt in range(task.attempt, len(task.seeds)):
            self._check_stop()
            request = task.asked(attempt)
            reply = await self._reply(session, request)
            result = self.record(task, attempt, request, reply)
            if result.is_read:
                break
        self.results[task.key] = result
        if self.progress is not None:
            self.progress(len(self.results), len(self.tasks))

    async def _reply(self, session: Session, request: Request) -> Reply:
        """Return the reply to a request; one without a seed is sent only once."""
        if request.sampling.seed is not None:
            return await self._answer(session, request)
        key = request.key
        if key not in self.memo:
            if key not in self.sent:
                self.sent[key] = asyncio.ensure_future(self._answer(session, request))
            self.memo[key] = await self.sent[key]
        return self.memo[key]

    async def _answer(self, session: Session, request: Request) -> Reply:
        """Send a request, and again after each of the server's waits while a trouble may pass.

        Not once twice the server's time-out is used up: failures are tried four times, time-outs
        twice.
        """
        start = time.monotonic()
        for wait in self.server.waits:
            try:
                return await session.ask(request)
            except ServerTrouble as trouble:
                used_up = time.monotonic() - start >= 2 * self.server.timeout
                if not trouble.passing or used_up:
                    raise
            await asyncio.sleep(wait)
        return await session.ask(request)

    async def _watch(self) -> None:
        """Break off what is waited for once the user wants it."""
        while True:
            self._check_stop()
            await asyncio.sleep(0.05 if self.stop is not None else 3600.0)

    def _check_stop(self) -> None:
        if self.stop is not None and self.stop.is_set():
            raise Stopped("Stopped before the end")


async def _together(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run several; the first error stops the others."""
    async with asyncio.TaskGroup() as group:
        for work in works:
            group.create_task(work)


def one_answer(server: ModelServer, request: Request) -> Reply:
    """Ask once, with no second try; nothing is recorded."""

    async def once() -> Reply:
        async with server.session() as session:
            return await session.ask(request)

    return run_apart(once)


def run_apart(work: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
    """Run asynchronous work in a thread of its own and return what it returns.

    A notebook has a loop of its own that must not be blocked or entered again; and the main thread,
    which only waits, hears Ctrl-C at once: the work is then cancelled, its connections are closed.
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


@dataclass
class Interview:
    """A model that is asked, and the recording that its replies go into.

    `stop` can be set from another thread. `seconds` is how long the last reply took at the server,
    without loading the model.
    """

    server: ModelServer
    model: Model
    writer: RecordingWriter
    pace: Pace = field(default_factory=Pace)
    stop: threading.Event | None = None
    memo: dict[str, Reply] = field(default_factory=dict)
    seconds: float = field(default=0.0, init=False)
    _unsure: int | None = field(default=None, init=False, repr=False)
    _unread: int | None = field(default=0, init=False, repr=False)

    def __post_init__(self) -> None:
        if any(reply.share is not None for reply in self.writer.recording.all_replies):
            self._unread = None

    def ask(
        self, tasks: Sequence[Task], progress: Callable[[int, int], None] | None = None
    ) -> Results:
        """Ask everything and return the last reply to each task.

        Afterwards it is checked that the model is still the one that was asked for; if it is not,
        the replies of this batch are taken back in the recording.
        """
        if not tasks:
            return {}
        since = self.writer.next_line if self._unsure is None else self._unsure
        try:
            results = ask_all(
                *(self.server, tasks, self._record, self.pace, progress, self.stop, self.memo)
            )
        except NewswaveError:
            self._check(since)
            raise
        self._check(since)
        return results

    @property
    def recording(self) -> Recording:
        """What has been recorded so far."""
        return self.writer.recording

    @property
    def calls_made(self) -> int:
        """How many replies the recording holds."""
        return len(self.recording.all_replies)

    def _record(self, task: Task, attempt: int, request: Request, reply: Reply) -> RecordedReply:
        """Read one reply and write it down."""
        self.seconds = reply.answer_seconds
        self.writer.prompt(request.prompt)
        result = task.recorded(attempt, request, reply)
        self.writer.reply(result)
        if isinstance(task.key, Turn):
            self._look_out(result, is_last=attempt == len(task.seeds) - 1)
        return result

    def _look_out(self, result: RecordedReply, is_last: bool) -> None:
        """Raise `Unreadable` once so many decisions of a run came to nothing and none was read."""
        if result.is_read:
            self._unread = None
        if self._unread is None or not is_last:
            return
        self._unread += 1
        if self._unread == _MOST_UNREAD:
            raise Unreadable(
                f"None of the first {_MOST_UNREAD} answers could be read: "
                f"{outcome_words(result.outcome)}",
                given=self.model.name,
                advice=f"{unread_advice(result.outcome)}. What came back is in "
                f"{self.writer.path.name}",
            )

    def _check(self, since: int) -> None:
        """Take back what was recorded since a line, if the model is not the same any more."""
        try:
            digest = self.server.digest(self.model.name)
        except NewswaveError:
            self._unsure = since  # no server now: the next check is for these replies too
            return
        self._unsure = None
        if digest == self.model.digest or self.writer.next_line == since:
            return
        self.writer.void(since, f"the model changed from {self.model.digest} to {digest}")
        raise ModelChanged(
            f"The model {self.model.name} was changed while it was being asked",
            given=f"digest {digest[:12]}",
            allowed=f"digest {self.model.digest[:12]}, with which the recording was begun",
            advice="Begin a new recording, or bring the first model back and go on with this one",
        )


@dataclass(frozen=True)
class Transcript:
    """An interview that is over: what was said can be read, and nothing more can be asked."""

    recording: Recording
    seconds: float = field(default=0.0, init=False)

    @property
    def model(self) -> Model:
        """The model that was asked, as far as the recording tells."""
        source = self.recording.header.source
        return Model(source.model, source.digest, synthetic=source.synthetic)

    @property
    def calls_made(self) -> int:
        """How many replies the recording holds."""
        return len(self.recording.all_replies)

    def ask(
        self,
        tasks: Sequence[Task],
        progress: Callable[[int, int], None] | None = None,  # noqa: ARG002
    ) -> Results:
        """Return nothing if there is nothing to ask; else raise `BadFile`."""
        if tasks:
            raise BadFile(
                f"This recording breaks off: {len(tasks)} questions or more have no answer in it",
                advice="Go on recording it first, with the model that it was begun with",
            )
        return {}


class Inquiry(ABC):
    """Something to find out in an interview; it goes on where it was stopped."""

    def __init__(self, interview: Interview | Transcript) -> None:
        self._interview = interview
        self._results: Results = {}

    @abstractmethod
    def _left(self) -> list[Task]:
        """Return what is to be asked, as far as is known."""

    @property
    def calls_made(self) -> int:
        """How many replies the recording holds."""
        return self._interview.calls_made

    @property
    def calls_left(self) -> int:
        """How many calls there are to make, as far as is known."""
        return len(self._left())

    def first(self) -> float:
        """Ask the first thing that is left, if any, and return the seconds that it took.

        It tells how long the others will take. What it took to load the model is not counted.
        """
        left = self._left()
        if not left:
            return 0.0
        self._ask(left[:1])
        return max(self._interview.seconds, 1e-3)

    def _ask(
        self, tasks: Sequence[Task], progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Take over what the recording holds of some tasks, and ask the others."""
        held, left = sorted_out(self._interview.recording.by_key, tasks)
        self._results |= held | self._interview.ask(left, progress)


def source_of(
    found: Found, model: Model, wording: Wording, options: Mapping[str, object]
) -> Source:
    """Return who answers, for the first line of a recording."""
    return Source(
        "language model",
        model.name,
        model.digest,
        found.version,
        found.client,
        wording.name,
        wording.hash,
        options,
        model.synthetic,
    )


def earlier(
    replies: Mapping[Turn | CellTurn, Sequence[RecordedReply]], task: Task
) -> tuple[RecordedReply | None, Task]:
    """Return the answer that a recording holds for a task, and the task with what is left to ask.

    If all attempts are used up, the last unread reply counts as the answer; None if there is more
    to ask.
    """
    made = replies.get(task.key, ())
    read = next((reply for reply in made if reply.is_read), None)
    if read is not None or len(made) >= len(task.seeds):
        return read or made[-1], task
    return None, replace(task, attempt=len(made))


def sorted_out(
    replies: Mapping[Turn | CellTurn, Sequence[RecordedReply]], tasks: Sequence[Task]
) -> tuple[Results, list[Task]]:
    """Return what a recording holds for some tasks, and the tasks that are left; see `earlier`."""
    results: Results = {}
    left = []
    for task in tasks:
        result, rest = earlier(replies, task)
        if result is None:
            left.append(rest)
        else:
            results[task.key] = result
    return results, left


def context_for(*prompts: Prompt) -> int:
    """Return how many tokens of context prompts of this length need: 2 048, or a doubling of it.

    A server loads the model anew when the number changes; so it is chosen once, for the longest
    prompt. Counted are 2.5 ASCII characters a token, and a token for each byte of UTF-8 of the
    others: that is what a tokenizer makes of a script that it does not know.
    """
    longest = max(_most_tokens(prompt.system + prompt.user) for prompt in prompts)
    context = _CONTEXT
    while context < longest + _ROOM:
        context *= 2
    return context


def _most_tokens(text: str) -> float:
    """Return how many tokens a text can take, but for rows of rare signs."""
    plain = sum(character.isascii() for character in text)
    return plain / _CHARACTERS + len(text.encode()) - plain


def seeds_of(seed: int, *place: int | str, attempts: int = ATTEMPTS) -> tuple[int, ...]:
    """Return the seed of each attempt at one thing."""
    return tuple(request_seed(seed, *place, attempt) for attempt in range(attempts))
