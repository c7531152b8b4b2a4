"""Writes down what any decider answers, and answers again from what was written down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from newswave.deciding import Answers, Decider, Hearing
from newswave.errors import BadFile, BadValue
from newswave.recordings import Recording, RecordingWriter, RoundAnswers, Turn
from newswave.rules import Asked


class RecordingEnds(BadFile):
    """The recording does not go on to the round that is asked for.

    Attributes
    ----------
    run : int
        The run.
    last_round : int
        Up to which round it was recorded; 0 if nothing was.
    """

    def __init__(self, run: int, last_round: int, others: tuple[int, ...]) -> None:
        self.run, self.last_round = run, last_round
        if others and run not in others:
            runs = ", ".join(map(str, others[:12])) + (" ..." if len(others) > 12 else "")
            what, allowed = f"The recording holds nothing of run {run}", f"run {runs}"
        else:
            what, allowed = f"The recording of run {run} ends with round {last_round}", ""
        advice = "The rounds up to there can be looked at; record it further to see more"
        super().__init__(what, allowed=allowed, advice=advice)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.run, self.last_round, ())


@dataclass(frozen=True, eq=False)
class Recorder:
    """Decides as another decider does, and writes every round down before it answers.

    A round that is in the recording already is not written again; it must have been decided alike.

    Parameters
    ----------
    decider : Decider
        Who decides.
    writer : RecordingWriter
        Where it is written.
    run : int
        Which run of the setup.

    Examples
    --------
    >>> import tempfile
    >>> from newswave.deciding.table import TableDecider
    >>> from newswave.model import NewsModel
    >>> from newswave.recordings import Header, RecordingPurpose, Source
    >>> from newswave.setups import Setup
    >>> from newswave.world import World
    >>> world = World.of(Setup(n_agents=50, n_seeds=2, rounds=5))
    >>> header = Header(RecordingPurpose.RUN, Source("rule"), world.setup)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with RecordingWriter(f"{folder}/run.jsonl", header) as writer:
    ...         model = NewsModel(world, Recorder(TableDecider(world.law), writer))
    ...         model.run_model()
    ...         recording = writer.recording
    >>> again = NewsModel(recording.setup, Replay(recording))
    >>> again.run_model()
    >>> bool((again.shared_round == model.shared_round).all())
    True
    """

    decider: Decider
    writer: RecordingWriter
    run: int = 0

    def decide(self, hearing: Hearing) -> Answers:
        """Return the answers of the decider, once they are written down.

        Raises
        ------
        BadValue
            If the recording holds other answers to this question.
        BadFile
            If the recording cannot be written.
        """
        answers = self.decider.decide(hearing)
        if len(hearing) == 0:
            return answers
        silent = np.zeros(len(hearing), np.bool_)
        if answers.abstained is not None:
            silent = answers.abstained
        told = RoundAnswers.of(hearing.agents, answers.share, silent)
        held = self.writer.recording.rounds.get((self.run, hearing.round))
        if held is None:
            self.writer.decisions(self.run, hearing.round, told.agents, told.share, told.abstained)
        elif not held.same(told):
            raise BadValue(
                f"The recording holds other answers for round {hearing.round} of run {self.run}",
                given=str(self.writer.path),
                advice="Record under another name",
            )
        if held is None or not held.whole:
            self.writer.close_round(self.run, hearing.round)
        return answers


@dataclass(frozen=True, eq=False)
class Replay:
    """Decides as was recorded; no model is needed.

    Wear is given back as it came; all else of the run is as it was.

    Parameters
    ----------
    recording : Recording
        The recording of the setup that is run.
    run : int
        Which run of it.
    """

    recording: Recording
    run: int = 0

    def decide(self, hearing: Hearing) -> Answers:
        """Return what was answered.

        Raises
        ------
        RecordingEnds
            If the recording does not go on to the end of this round.
        BadFile
            If others were asked in this round than in the recording.
        """
        if len(hearing) == 0:
            return Answers(np.zeros(0, np.bool_), hearing.worn)
        held = self.recording.rounds.get((self.run, hearing.round))
        if held is None or not held.whole:
            self._end(hearing)
        if held is None or not np.array_equal(np.sort(hearing.agents), held.agents):
            raise self._other(hearing)
        self._check_told(hearing)
        at = np.searchsorted(held.agents, hearing.agents)
        return Answers(held.share[at], hearing.worn, held.abstained[at])

    def _check_told(self, hearing: Hearing) -> None:
        """Refuse a reply that was recorded for another profile or exposure than the run has."""
        setup, by_key = self.recording.setup, self.recording.by_key
        if setup is None or not by_key or not isinstance(setup.sharing, Asked):
            return
        codes = [group.profile.code for group in setup.mix.groups]
        told = np.minimum(hearing.exposure, setup.sharing.wording.max_exposure)
        for agent, row, m in zip(hearing.agents, hearing.rows, told, strict=True):
            for reply in by_key.get(Turn(self.run, hearing.round, int(agent)), ()):
                if (reply.profile, reply.exposure) != (codes[row], m):
                    raise BadFile(
                        f"A reply of agent {agent} in round {hearing.round} of run {self.run} is "
                        "for another profile or exposure than the agent has there",
                        given=f"{reply.profile} at {reply.exposure}",
                        allowed=f"{codes[row]} at {m}",
                        advice="The recording was changed: take the file as it was written",
                    )

    def _end(self, hearing: Hearing) -> None:
        """Raise `RecordingEnds` unless the recording goes on further, or to the run's end."""
        last = max(self.recording.whole_rounds(self.run), default=0)
        if last < hearing.round and not self.recording.finished(self.run):
            raise RecordingEnds(self.run, last, self.recording.runs)

    def _other(self, hearing: Hearing) -> BadFile:
        return BadFile(
            f"Round {hearing.round} of run {self.run} does not ask those who were recorded",
            given=f"{len(hearing)} agents",
            advice="Replay the recording's own setup, and the run that was recorded",
        )
