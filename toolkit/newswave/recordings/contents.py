"""What a recording holds, taken line by line, each checked against those before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from newswave.errors import BadValue, whole_number
from newswave.journal import Line
from newswave.recordings.answers import Ints, RoundAnswers, counted, whole_numbers
from newswave.recordings.values import (
    CellTurn,
    Header,
    RecordedReply,
    RecordingPurpose,
    Turn,
    check_sum,
    taken,
)
from newswave.wordings import Prompt

RoundOf = tuple[int, int]
"""A run and a round in it."""


class Contents:
    """What has been recorded so far; `take` adds one line or raises `BadValue`, changing nothing.

    Reading and writing go through it, so what was written can be read.
    """

    def __init__(self, header: Header) -> None:
        self.header = header
        self.prompts: dict[str, Prompt] = {}
        self.voided = 0
        self._clear()

    def _clear(self) -> None:
        self.replies: list[RecordedReply] = []
        self.attempts: dict[Turn | CellTurn, dict[int, RecordedReply]] = {}
        self.rounds: dict[RoundOf, RoundAnswers] = {}
        self.ended: set[int] = set()
        self._open: dict[int, int] = {}
        self._turns: dict[RoundOf, dict[int, bool | None]] = {}
        self._last: dict[int, int] = {}
        self._kept: list[tuple[int, Line]] = []

    @classmethod
    def of(cls, lines: Sequence[Line]) -> Contents:
        """Return what the lines of a file hold.

        Raises
        ------
        BadValue
            If a line does not fit; the message names its number.
        """
        made = cls(_numbered(1, _header, lines[0]))
        void = _void(lines)
        for number, line in enumerate(lines[1:], 2):
            if number in void and line.get("kind") not in ("prompt", "void"):
                made.voided += line.get("kind") == "reply"
            else:
                _numbered(number, lambda one, at=number: made.take(at, one, live=False), line)
        return made

    def take(self, number: int, line: Line, *, live: bool = True) -> None:
        """Add the line of that number.

        Parameters
        ----------
        number : int
            The number of the line in the file; the header is line 1.
        line : dict
            The line.
        live : bool
            Whether a void line still has to take effect.
        """
        check_sum(line)
        kind = line.get("kind")
        if kind == "prompt":
            self._take_prompt(line)
        elif kind == "void":
            since = whole_number("'from'", taken(line, ["from"])["from"], 2, number)
            if live:
                self._take_back(since)
        else:
            takers = {
                "reply": self._take_reply,
                "decisions": self._take_decisions,
                "round": self._take_round,
                "end": self._take_end,
            }
            if not isinstance(kind, str) or kind not in takers:
                raise BadValue("Unknown kind of line", given=kind, allowed=", ".join(takers))
            takers[kind](line)
            self._kept.append((number, line))

    def answers(self, run: int, round: int) -> RoundAnswers | None:  # noqa: A002
        """Return the answers of a round so far; None if nobody in it has been asked."""
        if (run, round) in self.rounds:
            return self.rounds[run, round]
        told = self._turns.get((run, round))
        if told is None:
            return None
        shares = list(told.values())
        agents = np.fromiter(told, np.int64, len(told))
        return RoundAnswers.of(agents, [s is True for s in shares], [s is None for s in shares])

    def open_rounds(self) -> dict[RoundOf, RoundAnswers]:
        """Return the rounds of which some answers are there."""
        found = {}
        for run, at in self._open.items():
            answers = self.answers(run, at)
            if answers is not None:
                found[run, at] = answers
        return found

    def _take_prompt(self, line: Line) -> None:
        held = taken(line, ["hash", "system", "user"])
        if not all(isinstance(text, str) for text in held.values()):
            raise BadValue("A prompt is text", given=held)
        prompt = Prompt(held["system"], held["user"])
        if prompt.hash != held["hash"]:
            raise BadValue("This prompt was changed: its hash is another", given=held["hash"])
        if self.prompts.setdefault(held["hash"], prompt) != prompt:
            raise BadValue("Two prompts have one hash", given=held["hash"])

    def _take_reply(self, line: Line) -> None:
        reply = RecordedReply.from_line(line)
        key = reply.key
        run = self.header.purpose is RecordingPurpose.RUN
        if isinstance(key, Turn) is not run:
            raise BadValue("The reply is not of this kind of recording", given=key)
        if reply.prompt not in self.prompts:
            raise BadValue("The reply is to a prompt that is not in the file", given=reply.prompt)
        if reply.attempt in self.attempts.get(key, {}):
            raise BadValue("There are two replies to one call", given=key)
        if isinstance(key, Turn):
            self._check_agents(np.array([key.agent]))
            self._check_open(key.run, key.round)
            if (key.run, key.round) in self.rounds:
                raise BadValue("This round was decided without replies", given=key.round)
            self._open[key.run] = key.round
            told = self._turns.setdefault((key.run, key.round), {})
            if told.get(key.agent) is None:
                told[key.agent] = reply.share
        self.attempts.setdefault(key, {})[reply.attempt] = reply
        self.replies.append(reply)

    def _take_decisions(self, line: Line) -> None:
        at = Turn(**taken(line, ["run", "round"]), agent=0)
        held = taken(line, ["agents", "share"])
        agents = whole_numbers(held["agents"])
        share = whole_numbers(held["share"])
        silent = np.isin(agents, whole_numbers(line.get("abstained", [])))
        self._check_agents(agents)
        if len(share) and not set(np.unique(share).tolist()) <= {0, 1}:
            raise BadValue("'share' holds 0 or 1 for each agent", given=share)
        answers = RoundAnswers.of(agents, share, silent)
        if silent.sum() != len(line.get("abstained", [])):
            raise BadValue("An agent that abstained was not asked, or is named twice")
        self._check_open(at.run, at.round)
        if self.answers(at.run, at.round) is not None:
            raise BadValue("This round has answers already", given=at.round)
        self.rounds[at.run, at.round] = answers
        self._open[at.run] = at.round

    def _take_round(self, line: Line) -> None:
        at = Turn(**taken(line, ["run", "round"]), agent=0)
        self._check_open(at.run, at.round)
        answers = self.answers(at.run, at.round)
        if answers is None:
            answers = RoundAnswers.of([], [], [])
        if taken(line, ["asked", "shared", "abstained"]) != counted(answers):
            raise BadValue("A round is closed with other counts than it has", given=line)
        self.rounds[at.run, at.round] = RoundAnswers(
            answers.agents, answers.share, answers.abstained, whole=True
        )
        self._turns.pop((at.run, at.round), None)
        self._open.pop(at.run, None)
        self._last[at.run] = at.round

    def _take_end(self, line: Line) -> None:
        run = Turn(taken(line, ["run"])["run"], 1, 0).run
        is_run = self.header.purpose is RecordingPurpose.RUN
        if run in self.ended or run in self._open or not is_run:
            given = f"run {run}"
            raise BadValue("A run ends once, after its last round is closed", given=given)
        self.ended.add(run)

    def _check_open(self, run: int, at: int) -> None:
        """Refuse a round that cannot have answers now."""
        last = self._last.get(run, 0)
        if self.header.purpose is not RecordingPurpose.RUN:
            raise BadValue("Only a recording of runs has rounds")
        if run in self.ended:
            raise BadValue("This run is over", given=f"run {run}")
        if at <= last or self._open.get(run, at) != at:
            raise BadValue(
                "Rounds are closed one after another",
                given=f"round {at} of run {run}",
                allowed=f"round {self._open[run]}" if run in self._open else f"after round {last}",
            )

    def _check_agents(self, agents: Ints) -> None:
        setup = self.header.setup
        if setup is not None and len(agents) and agents.max() >= setup.n_agents:
            allowed = f"0 to {setup.n_agents - 1}"
            raise BadValue("There is no such agent", given=int(agents.max()), allowed=allowed)

    def _take_back(self, since: int) -> None:
        """Forget what the lines from number `since` on held, but for the prompts."""
        kept = self._kept
        self._clear()
        for number, line in kept:
            if number < since:
                self.take(number, line)
            else:
                self.voided += line["kind"] == "reply"


def _header(line: Line) -> Header:
    header = Header.from_line(line)
    check_sum(line)
    return header


def _void(lines: Sequence[Line]) -> set[int]:
    """Return the numbers of the lines that a later line takes back."""
    found: set[int] = set()
    first = len(lines) + 1
    for number in range(len(lines), 1, -1):
        line = lines[number - 1]
        since = line.get("from")
        if number >= first:
            found.add(number)
        if line.get("kind") == "void" and isinstance(since, int):
            first = min(first, since)
    return found


def _numbered(number: int, make: Any, line: Line) -> Any:
    """Return what `make` makes of a line, or raise `BadValue` with its number."""
    try:
        return make(line)
    except (ValueError, TypeError, AttributeError, LookupError, OverflowError) as error:
        advice = f"Mend line {number}, or delete it and all that follow"
        raise BadValue(f"Line {number} does not fit. {error}", advice=advice) from error
