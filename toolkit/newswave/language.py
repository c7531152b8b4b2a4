"""Decides by asking a language model for every agent that has to decide.

The law stays that of the sharing table. An agent is told its persona and its exposure and nothing
that would tell it apart from another of its profile, and each decision is a draw of its own: the
seed of the request carries run, round and agent. So the chance to share depends on profile and
exposure alone, and one answer says nothing about the next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from newswave.asking import ATTEMPTS, Said, Task, run_apart
from newswave.deciding import Answers, Hearing
from newswave.deciding.recording import Replay
from newswave.errors import BadValue
from newswave.interviewing import Interview, attempts_of, context_for, sorted_out, source_of
from newswave.personality import Profile
from newswave.reading import Outcome, read_decision
from newswave.recordings import (
    Header,
    Recording,
    RecordingPurpose,
    Turn,
)
from newswave.rules import Asked
from newswave.servers import Model, Reply, Request, Sampling, Server
from newswave.setups import Setup
from newswave.wordings import Question

Progress = Callable[[int, int, int], None]
"""Told the round, the decisions of it that are there, and all of them."""

_TYPICAL = 4
_TOKENS = {Question.DECISION: 40, Question.REASONED: 100}


@dataclass(frozen=True)
class Asking:
    """What every request of a setup has in common.

    Parameters
    ----------
    setup : Setup
        Its sharing is an `Asked`.
    question : Question
        `REASONED`, or `DECISION` to be spared the reasons.

    Raises
    ------
    BadValue
        If no model is to be asked in this setup.
    """

    setup: Setup
    question: Question = Question.REASONED

    def __post_init__(self) -> None:
        if not isinstance(self.setup.sharing, Asked):
            advice = "Take nw.Asked('its-name', wording) as the setup's sharing"
            raise BadValue("No language model decides in this setup", advice=advice)

    @property
    def rule(self) -> Asked:
        """Model, wording and temperature."""
        assert isinstance(self.setup.sharing, Asked)
        return self.setup.sharing

    @property
    def sampling(self) -> Sampling:
        """How the model draws, the same in each request but for the seed."""
        rule, event = self.rule, self.setup.event
        profiles = {group.profile for group in self.setup.mix.groups}
        exposures = range(1, rule.wording.max_exposure + 1)
        prompts = (
            rule.wording.prompt(event, p, m, self.question) for p in profiles for m in exposures
        )
        return Sampling(rule.temperature, _TOKENS[self.question], context_for(*prompts))

    def requests(self) -> Callable[[Profile, int], Request]:
        """Return what makes the request of a profile and an exposure, without its seed."""
        rule, sampling, event = self.rule, self.sampling, self.setup.event
        made: dict[tuple[Profile, int], Request] = {}

        def request(profile: Profile, exposure: int) -> Request:
            told = min(exposure, rule.wording.max_exposure)
            if (profile, told) not in made:
                prompt = rule.wording.prompt(event, profile, told, self.question)
                schema = self.question.schema
                made[profile, told] = Request(rule.model, prompt, sampling, schema)
            return made[profile, told]

        return request


def answered_by(setup: Setup, model: Model) -> Setup:
    """Return a setup with the full name of the model on a server, and whether it is synthetic."""
    rule = Asking(setup).rule
    return replace(setup, sharing=replace(rule, model=model.name, synthetic=model.synthetic))


def run_header(asking: Asking, model: Model, server_version: str) -> Header:
    """Return the first line of a run's recording: what has to agree to go on with it."""
    options = {"question": asking.question.name, **asking.sampling.options()}
    source = source_of(server_version, model, asking.rule.wording, options)
    return Header(RecordingPurpose.RUN, source, asking.setup)


def calls_of(setup: Setup) -> tuple[int, int]:
    """Return about how many calls a live run takes, and how many at most, unread replies aside.

    The first is for agents that share one time in four.

    Examples
    --------
    >>> calls_of(Setup(n_agents=100, n_seeds=5, rounds=30, replicas=1))
    (380, 2850)
    """
    askable = setup.replicas * (setup.n_agents - setup.n_seeds)
    return min(_TYPICAL, setup.rounds) * askable, setup.rounds * askable


class LanguageDecider:
    """Asks the model of an interview for every agent, and answers with what it said.

    A reply that cannot be read is asked for again with a new seed, twice; after that the agent
    abstains. Answers that the recording holds already are not asked for again, so that a run that
    was stopped goes on where it was.

    Parameters
    ----------
    interview : Interview
        The model, and the recording that is written.
    asking : Asking
        What is asked.
    run : int
        Which run of the setup.
    progress : callable, optional
        Called with the round, the answers of it that are there, and all of them.
    """

    def __init__(
        self, interview: Interview, asking: Asking, run: int = 0, progress: Progress | None = None
    ) -> None:
        self._interview, self._asking, self._run = interview, asking, run
        self._progress = progress
        self._request = asking.requests()
        self._profiles = [group.profile for group in asking.setup.mix.groups]
        self._held: Recording = interview.writer.recording
        self._asked = 0
        self._at_zero = asking.rule.temperature == 0.0
        if self._at_zero:
            interview.memo.update(self._remembered())

    def decide(self, hearing: Hearing) -> Answers:
        """Return the model's answers to a round's question.

        Raises
        ------
        ServerTrouble, ModelChanged, Stopped
            As from `Interview.ask`; the round can be asked again.
        """
        if len(hearing) == 0:
            return Answers(np.zeros(0, np.bool_), hearing.worn)
        if hearing.round <= self._asked:  # asked for once more: it may be whole by now
            self._held = self._interview.writer.recording
        held = self._held.rounds.get((self._run, hearing.round))
        if held is not None and held.whole:
            return Replay(self._held, self._run).decide(hearing)
        self._asked = hearing.round
        said = self._said(self._tasks(hearing), hearing.round)
        self._interview.writer.close_round(self._run, hearing.round)
        shares = [said[Turn(self._run, hearing.round, int(a))].share for a in hearing.agents]
        share = np.array([one is True for one in shares], np.bool_)
        return Answers(share, hearing.worn, np.array([one is None for one in shares], np.bool_))

    def _said(self, tasks: Sequence[Task], at: int) -> dict[Any, Said]:
        """Return what everybody said: what the recording holds, and what is asked for now."""
        found, left = sorted_out(self._held.by_key, tasks)

        def progress(done: int, _: int) -> None:
            if self._progress is not None:
                self._progress(at, len(tasks) - len(left) + done, len(tasks))

        return found | self._interview.ask(left, progress)

    def _remembered(self) -> dict[str, Reply]:
        """Return what the recording holds of replies to requests without a seed, by their keys."""
        profiles = {profile.code: profile for profile in self._profiles}
        told = {
            (reply.profile, reply.exposure): reply
            for reply in self._held.all_replies
            if reply.content is not None or reply.share is None
        }
        return {
            self._request(profiles[code], exposure).key: Reply(
                reply.content or "",
                reply.thinking or "",
                reply.outcome != Outcome.UNFINISHED.name,
                reply.done_reason or None,
            )
            for (code, exposure), reply in told.items()
        }

    def _tasks(self, hearing: Hearing) -> list[Task]:
        """Return one task for each agent, those of one profile and exposure after one another."""
        order = np.lexsort((hearing.agents, hearing.exposure, hearing.rows))
        return [
            self._task(hearing.round, *map(int, three))
            for three in zip(
                hearing.agents[order], hearing.rows[order], hearing.exposure[order], strict=True
            )
        ]

    def _task(self, at: int, agent: int, row: int, exposure: int) -> Task:
        profile = self._profiles[row]
        request = self._request(profile, exposure)
        seed = self._asking.setup.seed
        place = (self._run, at, agent)
        return Task(
            Turn(self._run, at, agent),
            partial(_same, request) if self._at_zero else attempts_of(request, seed, *place),
            read,
            profile.code,
            min(exposure, self._asking.rule.wording.max_exposure),
            attempts=1 if self._at_zero else ATTEMPTS,
        )


def one_call(server: Server, asking: Asking) -> Reply:
    """Ask one question of a setup, once, to see how long it takes; nothing is recorded.

    Raises
    ------
    ServerTrouble
        If it is not answered.
    """
    request = asking.requests()(asking.setup.mix.groups[0].profile, 1)

    async def once() -> Reply:
        async with server.session(waits=()) as session:
            return await session.ask(request)

    return run_apart(once)


def read(reply: Reply) -> Said:
    """Return the decision in a reply, or why there is none."""
    reading = read_decision(reply.content, reply.thinking, reply.done, reply.done_reason)
    return Said(reading.outcome.name, reading.share, reading.reason)


def _same(request: Request, attempt: int) -> Request:  # noqa: ARG001
    """Return the request as it is: at temperature 0 a seed changes nothing, so one call is enough.

    All agents of a profile and an exposure then share one call.
    """
    return request
