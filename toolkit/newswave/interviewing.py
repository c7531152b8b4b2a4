"""Asks one model and writes down every reply as it comes, so that nothing that was said is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from newswave.asking import Heard, Pace, Said, Task, ask_all
from newswave.errors import BadFile, NewswaveError
from newswave.reading import outcome_words, unread_advice
from newswave.recordings import (
    CellTurn,
    RecordedReply,
    Recording,
    RecordingWriter,
    Source,
    Turn,
    utc_now,
)
from newswave.servers import Model, Reply, Request, Server, client_version
from newswave.streams import request_seed
from newswave.wordings import Prompt, Wording

_CONTEXT = 2048
_ROOM = 400
_CHARACTERS = 2.5
_MOST_UNREAD = 10


class ModelChanged(NewswaveError):
    """The server has another model under the name, or none any more, since the work was begun."""


class Unreadable(NewswaveError):
    """None of the first answers of a run could be read: going on would be of no use."""


@dataclass
class Interview:
    """A model that is asked, and the recording that its replies go into.

    Parameters
    ----------
    server : Server
        Where the model is.
    model : Model
        As it was when the recording was begun.
    writer : RecordingWriter
        Where replies are written.
    pace : Pace
        How many calls at once; what was found out is kept from one batch to the next.
    stop : threading.Event, optional
        Set it from another thread to stop.
    memo : dict
        Replies to requests without a seed, which are asked once.

    Attributes
    ----------
    seconds : float
        How long the last reply took at the server, without loading the model.
    """

    server: Server
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
    ) -> dict[Turn | CellTurn, Said]:
        """Ask everything and return what each task's last reply says.

        Afterwards it is checked that the model is still the one that was asked for; if it is not,
        the replies of this batch are taken back in the recording.

        Raises
        ------
        ServerTrouble
            If the server stays away or refuses; what was answered is in the recording.
        ModelChanged
            If the model has changed.
        Stopped
            If `stop` was set.
        Unreadable
            If none of the first ten answers of a run could be read; they are in the recording.
        """
        if not tasks:
            return {}
        since = self.writer.next_line if self._unsure is None else self._unsure
        try:
            found = ask_all(
                *(self.server, tasks, self._write, self.pace, progress, self.stop, self.memo)
            )
        except NewswaveError:
            self._check(since)
            raise
        self._check(since)
        return found

    @property
    def recording(self) -> Recording:
        """What has been recorded so far."""
        return self.writer.recording

    @property
    def calls_made(self) -> int:
        """How many replies the recording holds."""
        return len(self.recording.all_replies)

    def _write(self, heard: Heard) -> None:
        """Write one reply down."""
        task, reply, said = heard.task, heard.reply, heard.said
        self.seconds = max(reply.seconds - reply.load_seconds, 0.0)
        self.writer.reply(
            RecordedReply(
                task.key,
                self.writer.prompt(heard.request.prompt),
                said.outcome,
                said.share,
                attempt=heard.attempt,
                profile=task.profile,
                exposure=task.exposure,
                seed=heard.request.sampling.seed,
                content=reply.content,
                thinking=reply.thinking or None,
                reason=said.reason or None,
                numbers=said.numbers,
                done_reason=reply.done_reason or "",
                seconds=round(reply.seconds, 6),
                tokens=reply.tokens,
                at=utc_now(),
            )
        )
        self._look_out(heard)

    def _look_out(self, heard: Heard) -> None:
        """Raise `Unreadable` once so many decisions of a run came to nothing and none was read."""
        if self._unread is None or not isinstance(heard.task.key, Turn):
            return
        if heard.said.is_read:
            self._unread = None
        elif heard.attempt == heard.task.attempts - 1:
            self._unread += 1
            if self._unread == _MOST_UNREAD:
                raise Unreadable(
                    f"None of the first {_MOST_UNREAD} answers could be read: "
                    f"{outcome_words(heard.said.outcome)}",
                    given=self.model.name,
                    advice=f"{unread_advice(heard.said.outcome)}. What came back is in "
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
    """An interview that is over: what was said can be read, and nothing more can be asked.

    Parameters
    ----------
    recording : Recording
        What was said.
    """

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
    ) -> dict[Turn | CellTurn, Said]:
        """Return nothing if there is nothing to ask; else raise `BadFile`."""
        if tasks:
            raise BadFile(
                f"This recording breaks off: {len(tasks)} questions or more have no answer in it",
                advice="Go on recording it first, with the model that it was begun with",
            )
        return {}


def source_of(
    server_version: str, model: Model, wording: Wording, options: Mapping[str, object]
) -> Source:
    """Return who answers, for the first line of a recording."""
    return Source(
        "language model",
        model.name,
        model.digest,
        server_version,
        client_version(),
        wording.name,
        wording.hash,
        options,
        model.synthetic,
    )


def earlier(
    replies: Mapping[Turn | CellTurn, Sequence[RecordedReply]], task: Task
) -> tuple[Said | None, Task]:
    """Return what a recording holds already for a task, and the task with what is left to do.

    Returns
    -------
    said : Said or None
        The answer, or the last unread reply if all attempts are used up; None if there is more to
        ask.
    task : Task
        Beginning with the attempt after those that were made.
    """
    made = [
        Said(reply.outcome, reply.share, reply.reason or "", reply.numbers)
        for reply in replies.get(task.key, ())
    ]
    read = next((said for said in made if said.is_read), None)
    if read is not None or len(made) >= task.attempts:
        return read or made[-1], task
    return None, replace(task, attempt=len(made))


def sorted_out(
    replies: Mapping[Turn | CellTurn, Sequence[RecordedReply]], tasks: Sequence[Task]
) -> tuple[dict[Turn | CellTurn, Said], list[Task]]:
    """Return what a recording holds for some tasks, and the tasks that are left; see `earlier`."""
    found: dict[Turn | CellTurn, Said] = {}
    left = []
    for task in tasks:
        said, rest = earlier(replies, task)
        if said is None:
            left.append(rest)
        else:
            found[task.key] = said
    return found, left


def context_for(*prompts: Prompt) -> int:
    """Return how many tokens of context prompts of this length need: 2 048, or a doubling of it.

    A server drops the beginning of what does not fit without a word, and loads the model anew when
    the number changes; so it is chosen once, for the longest prompt, at 2.5 characters a token.

    >>> context_for(Prompt("x" * 800, "y" * 200)), context_for(Prompt("x" * 8000, "y"))
    (2048, 4096)
    """
    longest = max(len(prompt.system) + len(prompt.user) for prompt in prompts)
    context = _CONTEXT
    while context < longest / _CHARACTERS + _ROOM:
        context *= 2
    return context


def attempts_of(request: Request, seed: int, *place: int | str) -> Callable[[int], Request]:
    """Return the request of each attempt: the same each time, but with a seed of its own.

    Parameters
    ----------
    request : Request
        What is asked.
    seed : int
        The setup's.
    *place : int or str
        What it is asked for: a run, a round and an agent, or a cell of a table.
    """

    def attempt(number: int) -> Request:
        own = replace(request.sampling, seed=request_seed(seed, *place, number))
        return replace(request, sampling=own)

    return attempt
