"""Recordings: every answer of a run or a table in an open file, checked when written and read."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.core.errors import (
    BadFile,
    BadValue,
    NewswaveError,
    one_of,
    real_number,
    shown,
    whole_number,
)
from newswave.core.events import Event
from newswave.core.files import decode, encode, write_whole
from newswave.core.journal import LONGEST, Journal, Line, Read, line_bytes, read_journal
from newswave.core.setup import KINDS, Setup
from newswave.core.version import __version__
from newswave.core.wording import Prompt

FORMAT_VERSION = 1
"""The version of the format that is written, and the newest that is read."""

_MOST_TEXT = 2000
_RAW = ("content", "thinking", "reason")

RoundOf = tuple[int, int]
"""A run and a round in it."""

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class RecordingPurpose(Enum):
    """What was recorded."""

    RUN = "run"
    TABLE = "table"
    INVENTORY = "inventory"


def utc_now() -> str:
    """Return the time now, as recordings write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Source:
    """Who answered, as docs/recording-format.md says.

    `decider` is what kind: "language model", "rule" or words of your own; `synthetic` is true where
    a formula answered; `started` is when the recording was begun, as in 2026-01-31T09:30:00Z.
    """

    decider: str
    model: str = ""
    digest: str = ""
    server: str = ""
    client: str = ""
    wording: str = ""
    wording_hash: str = ""
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    synthetic: bool = False
    started: str = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        for own in fields(self):
            if own.name not in ("options", "synthetic"):
                _text(own.name, getattr(self, own.name))
        object.__setattr__(self, "options", _plain(self.options))
        if not isinstance(self.synthetic, bool):
            raise BadValue("'synthetic' is true or false", given=self.synthetic)
        try:
            datetime.fromisoformat(self.started)
        except ValueError:
            allowed = "a time such as 2026-01-31T09:30:00Z"
            raise BadValue("This is no time", given=self.started, allowed=allowed) from None


@dataclass(frozen=True)
class Header:
    """The first line of a recording: what was recorded, of which setup or event, and who answered.

    >>> header = Header(RecordingPurpose.RUN, Source("rule"), Setup(n_agents=50))
    >>> header.event.id, Header.from_line(header.to_line()) == header
    ('lantern-festival', True)
    """

    purpose: RecordingPurpose
    source: Source
    setup: Setup | None = None
    event: Event | None = None
    newswave: str = __version__

    def __post_init__(self) -> None:
        kinds = {"purpose": RecordingPurpose, "source": Source, "newswave": str}
        for name, kind in kinds.items():
            if not isinstance(getattr(self, name), kind):
                given = getattr(self, name)
                raise BadValue(f"'{name}' does not fit", given=given, allowed=kind.__name__)
        if not isinstance(self.setup, Setup | None) or not isinstance(self.event, Event | None):
            raise BadValue("A recording has a Setup, an Event or neither", given=self.setup)
        if self.purpose is RecordingPurpose.RUN and self.setup is None:
            raise BadValue("A recording of runs needs their setup")
        if self.setup is not None:
            if self.event not in (None, self.setup.event):
                raise BadValue("The event is not the setup's", given=self.event)
            object.__setattr__(self, "event", self.setup.event)

    def to_line(self) -> Line:
        """Return the header as a line of the file."""
        own = dict(vars(self.source))
        line = {"kind": "recording", "version": FORMAT_VERSION, "newswave": self.newswave}
        line |= {"purpose": self.purpose.value, "setup": None, "source": own}
        if self.setup is not None:
            return line | {"setup": encode(self.setup)}
        return line if self.event is None else line | {"event": encode(self.event)}

    @classmethod
    def from_line(cls, line: Line) -> Header:
        """Return the header that a line holds, or raise `BadValue`."""
        if line.get("kind") != "recording":
            raise BadValue("This is no recording", given=line.get("kind"), allowed="a recording")
        version = line.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise BadValue("The version of the format does not fit", given=version)
        if version > FORMAT_VERSION:
            advice = "Take a newer newswave"
            raise BadValue("This recording is of a newer format", given=version, advice=advice)
        purposes = {purpose.value: purpose for purpose in RecordingPurpose}
        purpose = purposes[one_of("purpose", line.get("purpose"), purposes)]
        own = line.get("source")
        if not isinstance(own, dict) or "decider" not in own:
            raise BadValue("A recording names its source", given=own)
        known = {field.name for field in fields(Source)}
        source = Source(**{name: value for name, value in own.items() if name in known})
        setup, event = (decode(line.get(name), KINDS) for name in ("setup", "event"))
        return cls(purpose, source, setup, event, line.get("newswave", ""))

    def differences(self, other: Header) -> tuple[str, ...]:
        """Return what is not the same in another header, but for time, server and client."""
        one, two = _flat(self.to_line()), _flat(other.to_line())
        names = sorted(one.keys() | two.keys(), key=[*one, *two].index)
        return tuple(
            f"{shown(name, 60)[1:-1]}: {shown(one.get(name), 60)} and {shown(two.get(name), 60)}"
            for name in names
            if name not in ("started", "server", "client") and one.get(name) != two.get(name)
        )


@dataclass(frozen=True, order=True)
class Turn:
    """What a reply in a run answers: one agent's question in one round, from 1."""

    run: int
    round: int
    agent: int

    def __post_init__(self) -> None:
        for name, least in (("run", 0), ("round", 1), ("agent", 0)):
            object.__setattr__(self, name, whole_number(f"'{name}'", getattr(self, name), least))


@dataclass(frozen=True, order=True)
class CellTurn:
    """What a reply for a table answers: a row at an exposure, in one form, for the nth time.

    A reply to the inventory has exposure 0.
    """

    row: str
    exposure: int
    question: str
    number: int = 0

    def __post_init__(self) -> None:
        for name in ("row", "question"):
            _text(name, getattr(self, name), least=1)
        for name in ("exposure", "number"):
            object.__setattr__(self, name, whole_number(f"'{name}'", getattr(self, name), 0))


@dataclass(frozen=True)
class RecordedReply:
    """One reply of a model to one call: the entries of its line, see docs/recording-format.md.

    Profile and exposure of a reply about a cell are those of its key.
    """

    key: Turn | CellTurn
    prompt: str
    outcome: str
    share: bool | None
    attempt: int = 0
    profile: str = ""
    exposure: int = 0
    seed: int | None = None
    content: str | None = None
    thinking: str | None = None
    reason: str | None = None
    numbers: Mapping[str, float] = field(default_factory=dict, hash=False)
    done_reason: str = ""
    seconds: float | None = None
    tokens: int | None = None
    at: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.key, CellTurn):
            object.__setattr__(self, "profile", self.key.row)
            object.__setattr__(self, "exposure", self.key.exposure)
        elif not isinstance(self.key, Turn):
            raise BadValue("A reply answers a Turn or a CellTurn", given=self.key)
        _text("outcome", self.outcome, least=1)
        for name in ("prompt", "profile", "done_reason", "at"):
            _text(name, getattr(self, name))
        for name in ("content", "thinking", "reason"):
            if not isinstance(getattr(self, name), str | None):
                raise BadValue(f"'{name}' is text or nothing", given=getattr(self, name))
        self._check_numbers()

    @property
    def is_read(self) -> bool:
        """Whether it holds an answer: a decision, or numbers."""
        return self.share is not None or bool(self.numbers)

    def _check_numbers(self) -> None:
        if self.share is not None and not isinstance(self.share, bool):
            raise BadValue("'share' is true, false or null", given=self.share)
        for name in ("attempt", "exposure", "seed", "tokens"):
            value = getattr(self, name)
            if value is not None or name in ("attempt", "exposure"):
                object.__setattr__(self, name, whole_number(f"'{name}'", value, 0))
        if self.seconds is not None:
            object.__setattr__(self, "seconds", real_number("'seconds'", self.seconds, 0))
        numbers = _plain(self.numbers)
        for name, value in numbers.items():
            numbers[name] = real_number(f"The number {shown(name)}", value)
        object.__setattr__(self, "numbers", numbers)

    def to_line(self) -> Line:
        """Return the reply as a line of the file."""
        of_key = ("key", "profile", "exposure") if isinstance(self.key, CellTurn) else ("key",)
        needed = ("prompt", "outcome", "share", "attempt", "profile", "exposure")
        own = {
            name: value
            for name, value in vars(self).items()
            if name not in of_key and (name in needed or value not in (None, "", {}))
        }
        return {"kind": "reply", **vars(self.key), **own}

    @classmethod
    def from_line(cls, line: Line) -> RecordedReply:
        """Return the reply that a line holds, or raise `BadValue`."""
        kind: type[Turn | CellTurn] = CellTurn if "row" in line else Turn
        key = kind(**_entries(line, [field.name for field in fields(kind)]))
        known = {field.name for field in fields(cls)} - {"key"}
        _entries(line, ["prompt", "outcome", "share"])
        return cls(key, **{name: value for name, value in line.items() if name in known})


@dataclass(frozen=True, eq=False)
class RoundAnswers:
    """What the agents of one round answered: who was asked, in order, who shared, who abstained.

    `whole` says whether everybody who was to be asked is in it.
    """

    agents: Ints
    share: Bools
    abstained: Bools
    whole: bool = False

    @classmethod
    def of(cls, agents: Any, share: Any, abstained: Any) -> RoundAnswers:
        """Return the answers in the order of the agents, or raise `BadValue`."""
        who = _whole_numbers(agents)
        yes, silent = np.asarray(share), np.asarray(abstained)
        if not yes.shape == silent.shape == who.shape or (len(who) and who.min() < 0):
            raise BadValue("A round has one answer for each agent", given=len(who))
        yes, silent = yes.astype(np.bool_), silent.astype(np.bool_)
        if len(np.unique(who)) < len(who):
            raise BadValue("An agent is in a round twice")
        if (yes & silent).any():
            raise BadValue("An agent that abstained has not shared")
        order = np.argsort(who)
        return cls(who[order], yes[order], silent[order])

    def told(self) -> dict[int, bool | None]:
        """Return the answers by agent; None is an agent that abstained."""
        answers = zip(self.share.tolist(), self.abstained.tolist(), strict=True)
        shares = (None if silent else share for share, silent in answers)
        return dict(zip(self.agents.tolist(), shares, strict=True))

    def same(self, other: RoundAnswers) -> bool:
        """Return whether these are the same answers of the same agents."""
        names = ("agents", "share", "abstained")
        return all(np.array_equal(getattr(self, n), getattr(other, n)) for n in names)

    def counts(self) -> dict[str, int]:
        """Return how many were asked, shared and abstained, as the line that closes a round has."""
        return {
            "asked": len(self.agents),
            "shared": int(self.share.sum()),
            "abstained": int(self.abstained.sum()),
        }


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
    >>> from newswave.llm.recording import RecordingWriter
    >>> from newswave.llm.recording import RecordingPurpose, Source
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
            contents.all_rounds(),
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
        mine = {at: answers for (of, at), answers in self.rounds.items() if of == run}
        return tuple(sorted(at for at, answers in mine.items() if answers.whole))

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
        return tuple(
            reply
            for reply in self.all_replies
            if isinstance(reply.key, Turn)
            and all(
                want in (None, have) for want, have in zip(wanted, astuple(reply.key), strict=True)
            )
        )

    def attempts(self, key: Turn | CellTurn) -> tuple[RecordedReply, ...]:
        """Return every reply to one question, first call first."""
        return self.by_key.get(key, ())

    @cached_property
    def by_key(self) -> Mapping[Turn | CellTurn, tuple[RecordedReply, ...]]:
        """Every reply by what it answers, first call first."""
        by_key: dict[Turn | CellTurn, list[RecordedReply]] = {}
        for reply in sorted(self.all_replies, key=lambda reply: reply.attempt):
            by_key.setdefault(reply.key, []).append(reply)
        return {key: tuple(replies) for key, replies in by_key.items()}

    @property
    def outcomes(self) -> dict[str, int]:
        """How often each outcome came, the most frequent first."""
        return dict(Counter(reply.outcome for reply in self.all_replies).most_common())

    @property
    def abstained(self) -> int:
        """How many questions in whole rounds, or of a table, have no answer."""
        silent = sum(int(held.abstained.sum()) for held in self.rounds.values() if held.whole)
        cells = [held for key, held in self.by_key.items() if isinstance(key, CellTurn)]
        return silent + sum(not any(reply.is_read for reply in held) for held in cells)


class Contents:
    """What has been recorded so far, each line checked against those before it.

    `take` adds one line, or raises `BadValue` and changes nothing. Reading and writing go through
    it, so what was written can be read.
    """

    def __init__(self, header: Header) -> None:
        self.header = header
        self.prompts: dict[str, Prompt] = {}
        self.voided = 0
        self._clear()

    def _clear(self) -> None:
        self.replies: list[RecordedReply] = []
        self.rounds: dict[RoundOf, RoundAnswers] = {}
        self.ended: set[int] = set()
        self._calls: set[tuple[Turn | CellTurn, int]] = set()
        self._open: dict[int, int] = {}
        self._shares: dict[RoundOf, dict[int, bool | None]] = {}
        self._last: dict[int, int] = {}
        self._kept: list[tuple[int, Line]] = []

    @classmethod
    def of(cls, lines: Sequence[Line]) -> Contents:
        """Return what the lines of a file hold, or raise `BadValue` with the number of a line."""
        number = 1
        try:
            made = cls(Header.from_line(lines[0]))
            check_sum(lines[0])
            for number, line in enumerate(lines[1:], 2):
                made.take(number, line)
        except (ValueError, TypeError, AttributeError, LookupError, OverflowError) as error:
            advice = f"Mend line {number}, or delete it and all that follow"
            raise BadValue(f"Line {number} does not fit. {error}", advice=advice) from error
        return made

    def take(self, number: int, line: Line) -> None:
        """Add the line of that number."""
        check_sum(line)
        kind = line.get("kind")
        if kind == "prompt":
            self._take_prompt(line)
        elif kind == "void":
            self._take_back(whole_number("'from'", _entries(line, ["from"])["from"], 2, number))
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

    def answers(self, run: int, round: int) -> RoundAnswers:  # noqa: A002
        """Return the answers of a round so far."""
        if (run, round) in self.rounds:
            return self.rounds[run, round]
        by_agent = self._shares.get((run, round), {})
        shares = list(by_agent.values())
        agents = np.fromiter(by_agent, np.int64, len(by_agent))
        return RoundAnswers.of(agents, [s is True for s in shares], [s is None for s in shares])

    def all_rounds(self) -> dict[RoundOf, RoundAnswers]:
        """Return every round, those too of which only some answers are there."""
        return {**self.rounds, **{at: self.answers(*at) for at in self._open.items()}}

    def _take_prompt(self, line: Line) -> None:
        texts = _entries(line, ["hash", "system", "user"])
        if not all(isinstance(text, str) for text in texts.values()):
            raise BadValue("A prompt is text", given=texts)
        prompt = Prompt(texts["system"], texts["user"])
        if prompt.hash != texts["hash"]:
            raise BadValue("This prompt was changed: its hash is another", given=texts["hash"])
        if self.prompts.setdefault(texts["hash"], prompt) != prompt:
            raise BadValue("Two prompts have one hash", given=texts["hash"])

    def _take_reply(self, line: Line) -> None:
        reply = RecordedReply.from_line(line)
        key = reply.key
        run = self.header.purpose is RecordingPurpose.RUN
        if isinstance(key, Turn) is not run:
            raise BadValue("The reply is not of this kind of recording", given=key)
        if reply.prompt not in self.prompts:
            raise BadValue("The reply is to a prompt that is not in the file", given=reply.prompt)
        if (key, reply.attempt) in self._calls:
            raise BadValue("There are two replies to one call", given=key)
        if isinstance(key, Turn):
            self._check_agents(np.array([key.agent]))
            self._check_open(key.run, key.round)
            if (key.run, key.round) in self.rounds:
                raise BadValue("This round was decided without replies", given=key.round)
            self._open[key.run] = key.round
            shares = self._shares.setdefault((key.run, key.round), {})
            if shares.get(key.agent) is None:
                shares[key.agent] = reply.share
        self._calls.add((key, reply.attempt))
        self.replies.append(reply)

    def _take_decisions(self, line: Line) -> None:
        at = Turn(**_entries(line, ["run", "round"]), agent=0)
        given = _entries(line, ["agents", "share"])
        agents, share = (_whole_numbers(values) for values in given.values())
        silent = np.isin(agents, _whole_numbers(line.get("abstained", [])))
        self._check_agents(agents)
        if len(share) and not set(np.unique(share).tolist()) <= {0, 1}:
            raise BadValue("'share' holds 0 or 1 for each agent", given=share)
        answers = RoundAnswers.of(agents, share, silent)
        if silent.sum() != len(line.get("abstained", [])):
            raise BadValue("An agent that abstained was not asked, or is named twice")
        self._check_open(at.run, at.round)
        if at.run in self._open:
            raise BadValue("This round has answers already", given=at.round)
        self.rounds[at.run, at.round] = answers
        self._open[at.run] = at.round

    def _take_round(self, line: Line) -> None:
        at = Turn(**_entries(line, ["run", "round"]), agent=0)
        self._check_open(at.run, at.round)
        answers = self.answers(at.run, at.round)
        if _entries(line, ["asked", "shared", "abstained"]) != answers.counts():
            raise BadValue("A round is closed with other counts than it has", given=line)
        self.rounds[at.run, at.round] = replace(answers, whole=True)
        self._shares.pop((at.run, at.round), None)
        self._open.pop(at.run, None)
        self._last[at.run] = at.round

    def _take_end(self, line: Line) -> None:
        run = Turn(_entries(line, ["run"])["run"], 1, 0).run
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


def summed(line: Line) -> Line:
    """Return a line with the check sum of all its entries, by which a change is found."""
    return {**line, "sum": _sum_of(line)}


def check_sum(line: Line) -> None:
    """Raise `BadValue` if a line has a check sum and is not what it was made of."""
    if "sum" in line and line["sum"] != _sum_of(line):
        raise BadValue("The line was changed after it was written", given=line.get("kind"))


def _sum_of(line: Line) -> str:
    own = {name: value for name, value in line.items() if name != "sum"}
    text = json.dumps(own, sort_keys=True, separators=(",", ":"))
    return f"{zlib.crc32(text.encode()):08x}"


def _entries(line: Line, names: Iterable[str]) -> dict[str, Any]:
    """Return some entries of a line, or raise `BadValue` with the one that it lacks."""
    for name in names:
        if name not in line:
            raise BadValue(f"The line lacks '{name}'")
    return {name: line[name] for name in names}


def _plain(values: Any) -> dict[str, Any]:
    """Return a mapping as JSON holds it, or raise `BadValue`."""
    try:
        copy = json.loads(json.dumps(dict(values), allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        allowed = "names with plain values"
        raise BadValue("These are no plain values", given=values, allowed=allowed) from error
    return dict(copy)


def _flat(line: Line) -> Line:
    """Return a header's line with what its values hold beside the rest, under longer names."""
    flat: Line = {}
    for name, value in line.items():
        if isinstance(value, dict):
            before = "" if name == "source" else name.removesuffix("s") + " "
            flat |= {before + inner: own for inner, own in _flat(value).items()}
        else:
            flat[name] = value
    return flat


def _text(name: str, text: Any, least: int = 0) -> None:
    if not isinstance(text, str) or not least <= len(text) <= _MOST_TEXT:
        allowed = f"text of {least} to {_MOST_TEXT} characters"
        raise BadValue(f"'{name}' does not fit", given=text, allowed=allowed)


def _whole_numbers(values: Iterable[Any]) -> Ints:
    """Return a list of whole numbers as an array, or raise `BadValue`."""
    try:
        array = np.asarray(values)
        if array.size == 0 and array.ndim == 1:
            return np.zeros(0, np.int64)
        if array.ndim == 1 and (array.dtype.kind in "iu" or array.dtype == bool):
            return array.astype(np.int64)
    except (ValueError, OverflowError):
        pass
    raise BadValue("This is no list of whole numbers", given=values)


def header_of(path: str | Path) -> Header | None:
    """Return the first line of a recording; None where there is none, or none that can be read."""
    try:
        with Path(path).open("rb") as file:
            line = json.loads(file.readline(LONGEST))
        return Header.from_line(line)
    except (OSError, ValueError, TypeError, AttributeError, LookupError):
        return None


class RecordingWriter:
    """Writes a recording; one call at a time, and to be closed.

    A file that exists is gone on with: its header must agree with the wanted one, but for time and
    server, and its lines are kept. `torn` is how many bytes of a torn last line were cut off. An
    error while it is opened is a `BadFile`: it cannot be written, another program is writing it,
    it holds no sound recording, or it records something else.
    """

    def __init__(self, path: str | Path, header: Header) -> None:
        self.path = Path(path)
        self._wanted = header
        self._contents = Contents(header)
        self._journal = Journal(path, self._check)
        self.torn = self._journal.found.torn
        self._sure = True
        try:
            if not self._journal.count:
                self._journal.append(summed(header.to_line()))
                self._journal.sync()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> RecordingWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        self._journal.close()

    @property
    def header(self) -> Header:
        """The header in the file: that of the recording that is resumed."""
        return self._contents.header

    @property
    def next_line(self) -> int:
        """The number that the next line will have; what `void` takes."""
        self._settle()
        return self._journal.count + 1

    @property
    def recording(self) -> Recording:
        """What the file holds now, as a value that stays as it is."""
        self._settle()
        return Recording.of(self._contents)

    def prompt(self, prompt: Prompt) -> str:
        """Write a prompt down if it is new, and return its hash."""
        self._settle()
        name = prompt.hash
        if name not in self._contents.prompts:
            texts = {"system": prompt.system, "user": prompt.user}
            self._write({"kind": "prompt", "hash": name, **texts})
        return name

    def reply(self, reply: RecordedReply) -> None:
        """Write a reply down."""
        self._write(reply.to_line())

    def decisions(
        self,
        run: int,
        round: int,  # noqa: A002
        agents: Any,
        share: Any,
        abstained: Any = None,
    ) -> None:
        """Write down what everybody decided in a round for which there are no replies."""
        silent = np.zeros(len(agents), np.bool_) if abstained is None else abstained
        answers = RoundAnswers.of(agents, share, silent)
        line = {"kind": "decisions", "run": run, "round": round, "agents": answers.agents.tolist()}
        line["share"] = answers.share.astype(int).tolist()
        self._write({**line, "abstained": answers.agents[answers.abstained].tolist()})

    def close_round(self, run: int, round: int) -> None:  # noqa: A002
        """Say that all answers of a round are there, and wait until they are on the disk."""
        self._settle()
        answers = self._contents.answers(run, round)
        self._write({"kind": "round", "run": run, "round": round, **answers.counts()})
        self._journal.sync()

    def end(self, run: int) -> None:
        """Say that a run is over; a second time does nothing."""
        self._settle()
        if run in self._contents.ended:
            return
        self._write({"kind": "end", "run": run})
        self._journal.sync()

    def void(self, since: int, why: str) -> None:
        """Take back what was recorded since a line, but for the prompts."""
        self._write({"kind": "void", "from": since, "why": why})
        self._journal.sync()

    def _write(self, line: Line) -> None:
        """Add a line to what is held, which checks it, and to the file."""
        self._settle()
        self._sure = False
        try:
            line_bytes(line)
            line = summed(line)
            self._contents.take(self._journal.count + 1, line)
        except BadValue:
            self._sure = True
            raise
        self._journal.append(line)
        self._sure = True

    def _settle(self) -> None:
        """Hold what the file holds, also after a write that failed or was interrupted."""
        if not self._sure:
            self._contents = contents_of(self._journal.settle(), self.path)
            self._sure = True

    def _check(self, found: Read) -> None:
        """Take over what the file holds, if it is the recording that is wanted."""
        if found.lines:
            self._contents = contents_of(found, self.path, self._check_header)

    def _check_header(self, existing: Header) -> None:
        differences = existing.differences(self._wanted)
        if differences:
            raise BadFile(
                "This file is the recording of something else: " + "; ".join(differences[:6]),
                given=str(self.path),
                advice="Choose another name, or ask for the same again",
            )


def strip(path: str | Path, out: str | Path) -> Path:
    """Copy a recording without the texts that a model wrote; it replays as before."""
    if Path(path).resolve() == Path(out).resolve():
        raise BadFile("The copy has the name of the recording", given=str(out))
    found = read_journal(path)
    contents_of(found, path)
    return write_whole(out, b"".join(line_bytes(_stripped(line)) for line in found.lines))


def _stripped(line: Line) -> Line:
    if line["kind"] != "reply":
        return line
    kept = {name: value for name, value in line.items() if name not in (*_RAW, "sum")}
    return summed(kept) if "sum" in line else kept
