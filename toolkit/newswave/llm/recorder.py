"""Writes and resumes recordings, copies them without texts, and summarises them."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from newswave.core.errors import BadFile, BadValue, plain
from newswave.core.events import Event
from newswave.core.files import write_whole
from newswave.core.journal import Journal, Line, Read, line_bytes, read_journal
from newswave.core.wording import Prompt
from newswave.llm.recording import (
    Contents,
    Header,
    RecordedReply,
    Recording,
    RecordingPurpose,
    RoundAnswers,
    Source,
    contents_of,
    summed,
)
from newswave.llm.replies import outcome_words

_RAW = ("content", "thinking", "reason")
_LABEL = 12
_LONGEST = 2000
_NAMES = {
    RecordingPurpose.RUN: "A recording of runs",
    RecordingPurpose.TABLE: "A recording of the answers for a sharing table",
    RecordingPurpose.INVENTORY: "A recording of the inventory",
}


class RecordingWriter:
    """Writes a recording; one call at a time, and to be closed.

    Parameters
    ----------
    path : str or Path
        The file. If it exists, recording resumes; existing lines are kept.
    header : Header
        What is recorded. It must agree with the file's own but for time and server version.

    Attributes
    ----------
    torn : int
        Bytes of a torn last line that was cut off when the file was opened.

    Raises
    ------
    BadFile
        If the file cannot be written, another program is writing it, it holds no sound recording,
        or it records something else.

    Examples
    --------
    >>> import tempfile
    >>> from newswave.llm.recording import CellTurn, RecordingPurpose, Source
    >>> header = Header(RecordingPurpose.TABLE, Source("language model", "some-model"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with RecordingWriter(Path(folder) / "table.jsonl", header) as writer:
    ...         asked = writer.prompt(Prompt("You are one person.", "Do you share it?"))
    ...         cell = CellTurn("O+C+E+A+N+", 1, "YES_NO")
    ...         writer.reply(RecordedReply(cell, asked, "PLAIN", True))
    ...         writer.recording.outcomes, writer.next_line
    ({'PLAIN': 1}, 4)
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
        answers = self._contents.answers(run, round) or RoundAnswers.of([], [], [])
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
    """Copy a recording without the texts that a model wrote; it replays as before.

    Parameters
    ----------
    path : str or Path
        The recording.
    out : str or Path
        Where the copy goes.

    Returns
    -------
    Path
        The copy.

    Raises
    ------
    BadFile
        If the recording is not sound, the copy has its name, or it cannot be written.
    """
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


@dataclass(frozen=True)
class Summary:
    """What a recording holds, in numbers.

    Parameters
    ----------
    purpose : RecordingPurpose
        What was recorded.
    source : Source
        Who answered.
    newswave : str
        The version that wrote it.
    event : Event or None
        What was asked about.
    n_agents : int or None
        The agents of the setup.
    runs, finished, rounds : int
        Runs that something was recorded of, those of them that are over, and whole rounds of all.
    asked, shared, abstained : int
        Questions in whole rounds or of a table, answers "share" to them, and those without answer.
    calls, retries, voided : int
        Replies, those of them after the first to a question, and replies that were taken back.
    outcomes : tuple of (str, int)
        How often each outcome came, the most frequent first.
    seconds : float or None
        Median time of a call.
    by_exposure : tuple of (int, int, int)
        m, the questions that were answered yes or no at m, and those answered yes.
    torn : int
        Bytes of a torn last line.
    """

    purpose: RecordingPurpose
    source: Source
    newswave: str
    event: Event | None
    n_agents: int | None
    runs: int
    finished: int
    rounds: int
    asked: int
    shared: int
    abstained: int
    calls: int
    retries: int
    voided: int
    outcomes: tuple[tuple[str, int], ...]
    seconds: float | None
    by_exposure: tuple[tuple[int, int, int], ...]
    torn: int


def summary(recording: Recording) -> Summary:
    """Return what a recording holds, in numbers."""
    header, replies = recording.header, recording.all_replies
    whole = [answers for answers in recording.rounds.values() if answers.whole]
    answered = _answered(recording)
    asked = sum(len(answers.agents) for answers in whole)
    shared = sum(answers.share.sum() for answers in whole)
    if header.purpose is not RecordingPurpose.RUN:
        asked, shared = len(recording.by_key), sum(share for _, share in answered)
    times = [reply.seconds for reply in replies if reply.seconds is not None]
    return Summary(
        purpose=header.purpose,
        source=header.source,
        newswave=header.newswave,
        event=header.event,
        n_agents=None if header.setup is None else header.setup.n_agents,
        runs=len(recording.runs),
        finished=len(recording.ended),
        rounds=len(whole),
        asked=asked,
        shared=int(shared),
        abstained=recording.abstained,
        calls=len(replies),
        retries=sum(reply.attempt > 0 for reply in replies),
        voided=recording.voided,
        outcomes=tuple(recording.outcomes.items()),
        seconds=median(times) if times else None,
        by_exposure=_by_exposure(answered),
        torn=recording.torn,
    )


def summary_words(counts: Summary, width: int = 88) -> str:
    """Return a summary as text of a screen's width.

    >>> from newswave.llm.recording import Header
    >>> header = Header(RecordingPurpose.TABLE, Source("rule", started="2026-01-31T09:30:00Z"))
    >>> print(summary_words(summary(Recording(header, {}, (), {}))))
    A recording of the answers for a sharing table, begun 2026-01-31T09:30:00Z
    Answered by rule
    Recorded    0 questions
    """
    source = counts.source
    lines = [f"{_NAMES[counts.purpose]}, begun {plain(source.started)}"]
    parts = [("Answered by", _who(source))]
    if source.wording:
        parts.append(("Wording", f"{source.wording} {source.wording_hash}"))
    if source.options:
        parts.append(("Options", ", ".join(f"{k} {v}" for k, v in source.options.items())))
    if counts.event is not None:
        parts.append(("Event", f"{counts.event.id}: {counts.event.headline}"))
    if counts.n_agents is not None:
        parts.append(("Setup", _count(counts.n_agents, "agent")))
    parts.append(("Recorded", _extent(counts)))
    parts += _calls(counts)
    for exposure, answers, shared in counts.by_exposure:
        seen = f"with {_count(exposure, 'sharing neighbour')}"
        rate = f"{shared} of {answers} ({shared / answers:.0%})"
        parts.append(("Shared", f"{rate} {seen}" if exposure else rate))
    if counts.torn:
        parts.append(("Torn", f"a last line of {counts.torn} bytes was not written to its end"))
    for label, text in parts:
        room = max(width, 40) - _LABEL
        first, *more = textwrap.wrap(plain(text, _LONGEST), room) or [""]
        lines += [f"{label:<{_LABEL}}{first}", *(" " * _LABEL + line for line in more)]
    return "\n".join(lines)


def _who(source: Source) -> str:
    who = f"{source.decider} {source.model}".strip()
    who += " (synthetic: no language model answered)" if source.synthetic else ""
    if source.digest:
        who += f", digest {source.digest[:12]}"
    return who + (f", server {source.server}" if source.server else "")


def _extent(counts: Summary) -> str:
    """Return how much was recorded."""
    words = _count(counts.asked, "question")
    words += f", {counts.shared} answered with share" if counts.shared else ""
    words += f", {counts.abstained} without an answer" if counts.abstained else ""
    if counts.purpose is not RecordingPurpose.RUN:
        return words
    over = f" ({counts.finished} to the end)"
    return f"{_count(counts.runs, 'run')}{over}, {_count(counts.rounds, 'whole round')}, {words}"


def _calls(counts: Summary) -> list[tuple[str, str]]:
    if not counts.calls and not counts.voided:
        return []
    words = _count(counts.calls, "call") + f", {counts.retries} of them again"
    words += "" if counts.seconds is None else f", {counts.seconds:.2g} s each (median)"
    words += f"; {counts.voided} more were taken back" if counts.voided else ""
    outcomes = ", ".join(f"{n} {outcome_words(name)}" for name, n in counts.outcomes)
    return [("Calls", words), ("Outcomes", outcomes)]


def _answered(recording: Recording) -> list[tuple[int, bool]]:
    """Return exposure and answer of every question that a reply answered."""
    found = []
    for replies in recording.by_key.values():
        read = [reply for reply in replies if reply.share is not None]
        if read and read[0].share is not None:
            found.append((read[0].exposure, read[0].share))
    return found


def _by_exposure(answered: list[tuple[int, bool]]) -> tuple[tuple[int, int, int], ...]:
    found = []
    for exposure in sorted({exposure for exposure, _ in answered}):
        shares = [share for at, share in answered if at == exposure]
        found.append((exposure, len(shares), sum(shares)))
    return tuple(found)


def _count(number: int, name: str) -> str:
    return f"{number} {name}" + ("" if number == 1 else "s")
