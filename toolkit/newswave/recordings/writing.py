"""Writes a recording line by line, goes on with one that is there, and copies one without texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from newswave.errors import BadFile, BadValue
from newswave.files import write_whole
from newswave.journal import Journal, Line, Read, line_bytes, read_journal
from newswave.recordings.answers import RoundAnswers, counted
from newswave.recordings.contents import Contents
from newswave.recordings.reading import Recording, contents_of
from newswave.recordings.values import Header, RecordedReply, summed
from newswave.wordings import Prompt

_RAW = ("content", "thinking", "reason")


class RecordingWriter:
    """Writes a recording; one call at a time, and to be closed.

    Parameters
    ----------
    path : str or Path
        The file. If it is there it is gone on with: nothing in it is lost.
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
    >>> from newswave.recordings import CellTurn, RecordingPurpose, Source
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
        """The header in the file: that of the recording that is gone on with."""
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
            said = {"system": prompt.system, "user": prompt.user}
            self._write({"kind": "prompt", "hash": name, **said})
        return name

    def reply(self, reply: RecordedReply) -> None:
        """Write a reply down.

        Raises
        ------
        BadValue
            If its prompt has not been written, its call has a reply, or its round is closed.
        BadFile
            If it cannot be written.
        """
        self._write(reply.to_line())

    def decisions(
        self,
        run: int,
        round: int,  # noqa: A002
        agents: Any,
        share: Any,
        abstained: Any = None,
    ) -> None:
        """Write down what everybody decided in a round for which there are no replies.

        Parameters
        ----------
        run, round : int
            Which.
        agents : array-like of int, shape (n,)
            Who was asked.
        share : array-like of bool, shape (n,)
            Who shared.
        abstained : array-like of bool, shape (n,), optional
            Who gave no answer.
        """
        silent = np.zeros(len(agents), np.bool_) if abstained is None else abstained
        held = RoundAnswers.of(agents, share, silent)
        line = {"kind": "decisions", "run": run, "round": round, "agents": held.agents.tolist()}
        line["share"] = held.share.astype(int).tolist()
        self._write({**line, "abstained": held.agents[held.abstained].tolist()})

    def close_round(self, run: int, round: int) -> None:  # noqa: A002
        """Say that all answers of a round are there, and wait until they are on the disk."""
        self._settle()
        held = self._contents.answers(run, round) or RoundAnswers.of([], [], [])
        self._write({"kind": "round", "run": run, "round": round, **counted(held)})
        self._journal.sync()

    def end(self, run: int) -> None:
        """Say that a run is over; a second time does nothing."""
        self._settle()
        if run in self._contents.ended:
            return
        self._write({"kind": "end", "run": run})
        self._journal.sync()

    def void(self, since: int, why: str) -> None:
        """Take back what was recorded since a line, but for the prompts.

        Parameters
        ----------
        since : int
            The first line that does not count: a `next_line` from before.
        why : str
            What happened.
        """
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

    def _check_header(self, held: Header) -> None:
        differences = held.differences(self._wanted)
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
    kept = {name: held for name, held in line.items() if name not in (*_RAW, "sum")}
    return summed(kept) if "sum" in line else kept
