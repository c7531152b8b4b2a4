"""A recording as it stands in a file: who was asked what, and what came back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from newswave.errors import BadFile, NewswaveError
from newswave.journal import Read, read_journal
from newswave.recordings.answers import RoundAnswers
from newswave.recordings.contents import Contents, RoundOf
from newswave.recordings.values import CellTurn, Header, RecordedReply, Turn
from newswave.setups import Setup
from newswave.wordings import Prompt


@dataclass(frozen=True, eq=False)
class Recording:
    """What was recorded, without what was taken back.

    Parameters
    ----------
    header : Header
        What was recorded, and who answered.
    prompts : mapping of str to Prompt
        What was asked, by hash.
    all_replies : tuple of RecordedReply
        Every reply in the order of the file.
    rounds : mapping of (run, round) to RoundAnswers
        The answers in runs.
    ended : frozenset of int
        The runs that are over.
    voided : int
        How many replies were taken back.
    torn : int
        Bytes of a last line that was not written to its end.

    Examples
    --------
    >>> import tempfile
    >>> from newswave.recordings import RecordingPurpose, RecordingWriter, Source
    >>> header = Header(RecordingPurpose.RUN, Source("rule"), Setup(n_agents=50))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "run.jsonl"
    ...     with RecordingWriter(path, header) as writer:
    ...         writer.decisions(0, 1, agents=[4, 9], share=[True, False])
    ...         writer.close_round(0, 1)
    ...     recording = Recording.read(path)
    >>> recording.answers(0, 1), recording.whole_rounds(0), recording.finished(0)
    ({4: True, 9: False}, (1,), False)
    """

    header: Header
    prompts: Mapping[str, Prompt]
    all_replies: tuple[RecordedReply, ...]
    rounds: Mapping[RoundOf, RoundAnswers]
    ended: frozenset[int] = frozenset()
    voided: int = 0
    torn: int = 0

    @classmethod
    def read(cls, path: str | Path) -> Recording:
        """Return the recording in a file, which may still be written; a torn last line is left out.

        Raises
        ------
        BadFile
            If the file cannot be read or a line of it does not fit; the message names the line.
        """
        found = read_journal(path)
        return cls.of(contents_of(found, path), found.torn)

    @classmethod
    def of(cls, contents: Contents, torn: int = 0) -> Recording:
        """Return what has been taken so far, as a value that stays as it is."""
        return cls(
            contents.header,
            dict(contents.prompts),
            tuple(contents.replies),
            {**contents.rounds, **contents.open_rounds()},
            frozenset(contents.ended),
            contents.voided,
            torn,
        )

    @property
    def setup(self) -> Setup | None:
        """The setup of the runs."""
        return self.header.setup

    @property
    def runs(self) -> tuple[int, ...]:
        """The runs that something was recorded of."""
        return tuple(sorted({run for run, _ in self.rounds} | self.ended))

    def whole_rounds(self, run: int) -> tuple[int, ...]:
        """Return the rounds of a run of which all answers are there."""
        return tuple(sorted(r for (of, r), held in self.rounds.items() if of == run and held.whole))

    def finished(self, run: int) -> bool:
        """Return whether a run was recorded to its end."""
        return run in self.ended

    def answers(self, run: int, round: int) -> dict[int, bool | None]:  # noqa: A002
        """Return the answers of a round by agent; None is an agent that has abstained.

        In a round that is not whole, an agent without an answer may still be asked again.
        """
        held = self.rounds.get((run, round))
        return {} if held is None else held.told()

    def replies(
        self,
        run: int | None = None,
        round: int | None = None,  # noqa: A002
        agent: int | None = None,
    ) -> tuple[RecordedReply, ...]:
        """Return the replies in runs, in the order of the file, of those asked for."""
        wanted = (run, round, agent)
        return tuple(reply for reply in self.all_replies if _is_of(reply.key, wanted))

    def attempts(self, key: Turn | CellTurn) -> tuple[RecordedReply, ...]:
        """Return every reply to one question, first call first."""
        return self.by_key.get(key, ())

    @cached_property
    def by_key(self) -> Mapping[Turn | CellTurn, tuple[RecordedReply, ...]]:
        """Every reply by what it answers, first call first."""
        found: dict[Turn | CellTurn, list[RecordedReply]] = {}
        for reply in self.all_replies:
            found.setdefault(reply.key, []).append(reply)
        return {
            key: tuple(sorted(held, key=lambda reply: reply.attempt)) for key, held in found.items()
        }

    @property
    def outcomes(self) -> dict[str, int]:
        """How often each outcome came, the most frequent first."""
        return dict(Counter(reply.outcome for reply in self.all_replies).most_common())

    @property
    def abstained(self) -> int:
        """How many questions in whole rounds, or of a table, have no answer."""
        silent = sum(int(held.abstained.sum()) for held in self.rounds.values() if held.whole)
        cells = [held for key, held in self.by_key.items() if isinstance(key, CellTurn)]
        return silent + sum(not any(_answered(reply) for reply in held) for held in cells)


def contents_of(
    found: Read, path: str | Path, check: Callable[[Header], None] | None = None
) -> Contents:
    """Return what the lines of a file hold, or raise `BadFile`."""
    if not found.lines:
        what = "This recording breaks off in its first line" if found.torn else "This file is empty"
        raise BadFile(what, given=str(path), allowed="a recording")
    try:
        contents = Contents.of(found.lines)
    except NewswaveError as error:
        raise BadFile(f"This file holds no sound recording. {error}", given=str(path)) from error
    if check is not None:
        check(contents.header)
    return contents


def _answered(reply: RecordedReply) -> bool:
    return reply.share is not None or bool(reply.numbers)


def _is_of(key: Turn | CellTurn, wanted: tuple[int | None, ...]) -> bool:
    if not isinstance(key, Turn):
        return False
    own = (key.run, key.round, key.agent)
    return all(want is None or have == want for have, want in zip(own, wanted, strict=True))
