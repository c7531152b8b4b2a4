"""Runs in which a language model decides, asked or replayed, and language-model agents in one call.

An agent's prompt holds its persona and its exposure and nothing that would set it apart from
another of its profile, and each decision is a draw of its own: the seed of the request carries
run, round and agent. So the chance to share depends on profile and exposure alone, as in a sharing
table, and one answer says nothing about the next.

Everything that a model writes goes into a recording; called again with the same recording, the
functions here go on where they were stopped.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from newswave.core.curve import Curve
from newswave.core.deciders import Answers, Decider, Hearing
from newswave.core.errors import BadFile, BadValue
from newswave.core.files import packaged
from newswave.core.mesa_model import NewsModel
from newswave.core.population import Profile
from newswave.core.provenance import Leaning, Method
from newswave.core.rules import Asked
from newswave.core.run_log import History
from newswave.core.setup import Setup
from newswave.core.sharing import Decisions
from newswave.core.simulation import World
from newswave.core.streams import request_seed
from newswave.core.wording import LabelOrder, Question, by_hash
from newswave.llm.batch import (
    Interview,
    Pace,
    Results,
    Task,
    context_for,
    read,
    seeds_of,
    sorted_out,
    source_of,
)
from newswave.llm.leaning import leaning_in
from newswave.llm.recording import (
    Header,
    Recording,
    RecordingPurpose,
    RecordingWriter,
    RoundAnswers,
    Turn,
    header_of,
)
from newswave.llm.replies import Outcome
from newswave.llm.server import Found, Model, ModelServer, Preflight, Reply, Request, Sampling
from newswave.llm.survey import Plan, Survey, Surveyed, survey_header
from newswave.llm.which_server import server_for

if TYPE_CHECKING:
    import pandas as pd


Progress = Callable[[int, int, int], None]
"""Called with the round, the decisions of it that are there, and all of them."""

Watch = Callable[[NewsModel], None]
"""Called with the model of a run as it goes on."""

_ORDERS = "label_orders"
_TYPICAL = 4
_TOKENS = {Question.DECISION: 40, Question.REASONED: 100}
_MANY = 0.05
_ENOUGH = 20


@dataclass(frozen=True)
class Asking:
    """What every request of a setup has in common."""

    setup: Setup
    question: Question = Question.REASONED
    both_orders: bool = True
    """Whether each decision is asked for with true or false named first, drawn with the seed."""

    def __post_init__(self) -> None:
        if not isinstance(self.setup.sharing, Asked):
            advice = "Take nw.Asked('its-name', wording) as the setup's sharing"
            raise BadValue("No language model decides in this setup", advice=advice)

    @property
    def rule(self) -> Asked:
        """Model, wording and temperature."""
        assert isinstance(self.setup.sharing, Asked)
        return self.setup.sharing

    @cached_property
    def orders(self) -> tuple[LabelOrder, ...]:
        """In which orders the labels are named; one alone where the wording has no other."""
        both = self.both_orders and self.rule.wording.names_both_ways(self.question)
        return tuple(LabelOrder) if both else (LabelOrder.YES_FIRST,)

    def order_of(self, run: int, at: int, agent: int) -> LabelOrder:
        """Return in which order an agent is asked in a round: drawn with the setup's seed."""
        drawn = request_seed(self.setup.seed, "labels", run, at, agent)
        return self.orders[drawn % len(self.orders)]

    @cached_property
    def requests(self) -> dict[tuple[Profile, int, LabelOrder], Request]:
        """The request for each profile, exposure and order; only the seed is not in it yet."""
        rule, event, question = self.rule, self.setup.event, self.question
        prompts = {
            (group.profile, m, order): rule.wording.prompt(
                event, group.profile, m, question.first(order)
            )
            for group in self.setup.mix.groups
            for m in range(1, rule.wording.max_exposure + 1)
            for order in self.orders
        }
        context = context_for(*prompts.values())
        sampling = Sampling(rule.temperature, _TOKENS[question], context)
        return {
            cell: Request(rule.model, prompt, sampling, question.schema)
            for cell, prompt in prompts.items()
        }

    @property
    def first(self) -> Request:
        """The request for the first profile at exposure 1; all draw in the same way."""
        return self.requests[self.setup.mix.groups[0].profile, 1, LabelOrder.YES_FIRST]


def answered_by(setup: Setup, model: Model) -> Setup:
    """Return a setup with the full name of the model on a server, and whether it is synthetic."""
    rule = Asking(setup).rule
    return replace(setup, sharing=replace(rule, model=model.name, synthetic=model.synthetic))


def run_header(asking: Asking, model: Model, found: Found) -> Header:
    """Return the first line of a run's recording: what has to agree to go on with it."""
    options = {"question": asking.question.name, **asking.first.sampling.options()}
    if len(asking.orders) > 1:
        options[_ORDERS] = "drawn"
    source = source_of(found, model, asking.rule.wording, options)
    return Header(RecordingPurpose.RUN, source, asking.setup)


def as_begun(asking: Asking, record: str | Path) -> Asking:
    """Return what is asked to go on with a recording, if there is one.

    Those of before named true first in every question, and those of the wordings that come with
    newswave had another question for a reason: they are gone on with as they were begun.
    """
    begun = header_of(record)
    if begun is None or begun.setup is None or _ORDERS in begun.source.options:
        return asking
    rule = asking.rule
    now = rule.wording.earlier if rule.wording.hash in by_hash() else rule.wording
    same = now.hash == begun.source.wording_hash
    sharing = replace(rule, wording=now) if same else rule
    return Asking(replace(asking.setup, sharing=sharing), asking.question, both_orders=False)


def plan_as_begun(plan: Plan, record: str | Path) -> Plan:
    """Return what is asked to go on with the recording of a table, if there is one."""
    begun = header_of(record)
    if begun is None or begun.purpose is not RecordingPurpose.TABLE:
        return plan
    if "reasons" in begun.source.options:
        return plan
    now = plan.wording.earlier if plan.wording.hash in by_hash() else plan.wording
    same = now.hash == begun.source.wording_hash
    method = plan.method or Method.LOG_PROBABILITIES
    return replace(plan, wording=now if same else plan.wording, method=method, earlier=True)


def calls_of(setup: Setup) -> tuple[int, int]:
    """Return about how many calls a live run takes, and how many at most, unread replies aside.

    The first is for agents that share one time in four.

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
    """

    def __init__(
        self, interview: Interview, asking: Asking, run: int = 0, progress: Progress | None = None
    ) -> None:
        self._interview, self._asking, self._run = interview, asking, run
        self._progress = progress
        self._profiles = [group.profile for group in asking.setup.mix.groups]
        self._recording = interview.writer.recording
        self._asked = 0
        self._at_zero = asking.rule.temperature == 0.0
        if self._at_zero:
            interview.memo.update(self._remembered())

    def decide(self, hearing: Hearing) -> Answers:
        """Return the model's answers to a round's question."""
        if len(hearing) == 0:
            return Answers(np.zeros(0, np.bool_), hearing.cumulative)
        if hearing.round <= self._asked:  # asked for once more: it may be whole by now
            self._recording = self._interview.writer.recording
        existing = self._recording.rounds.get((self._run, hearing.round))
        if existing is not None and existing.whole:
            return Replay(self._recording, self._run).decide(hearing)
        self._asked = hearing.round
        results = self._results(self._tasks(hearing), hearing.round)
        self._interview.writer.close_round(self._run, hearing.round)
        shares = [results[Turn(self._run, hearing.round, int(a))].share for a in hearing.agents]
        share, silent = (np.array([one is what for one in shares]) for what in (True, None))
        return Answers(share, hearing.cumulative, silent)

    def _results(self, tasks: Sequence[Task], at: int) -> Results:
        """Return everybody's reply: what the recording holds, and what is asked for now."""
        results, left = sorted_out(self._recording.by_key, tasks)

        def progress(done: int, _: int) -> None:
            if self._progress is not None:
                self._progress(at, len(tasks) - len(left) + done, len(tasks))

        return results | self._interview.ask(left, progress)

    def _remembered(self) -> dict[str, Reply]:
        """Return what the recording holds of replies to requests without a seed, by their keys."""
        keys = {one.prompt.hash: one.key for one in self._asking.requests.values()}
        return {
            keys[reply.prompt]: Reply(
                reply.content or "",
                reply.thinking or "",
                reply.outcome != Outcome.UNFINISHED.name,
                reply.done_reason or None,
            )
            for reply in self._recording.all_replies
            if (reply.content is not None or reply.share is None) and reply.prompt in keys
        }

    def _tasks(self, hearing: Hearing) -> list[Task]:
        """Return one task for each agent, those of one profile and exposure after one another.

        At temperature 0 a seed changes nothing, so none is sent, and all agents of a profile, an
        exposure and an order of the labels share one call.
        """
        seed, most = self._asking.setup.seed, self._asking.rule.wording.max_exposure
        order = np.lexsort((hearing.agents, hearing.exposure, hearing.rows))
        asked = (hearing.agents[order], hearing.rows[order], hearing.exposure[order])
        tasks = []
        for agent, row, exposure in zip(*(one.tolist() for one in asked), strict=True):
            profile, m = self._profiles[row], min(exposure, most)
            place = (self._run, hearing.round, agent)
            seeds = (None,) if self._at_zero else seeds_of(seed, *place)
            request = self._asking.requests[profile, m, self._asking.order_of(*place)]
            tasks.append(Task(Turn(*place), request, seeds, read, profile.code, m))
        return tasks


class RecordingEnds(BadFile):
    """The recording does not go on to the round that is asked for."""

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
    """

    decider: Decider
    writer: RecordingWriter
    run: int = 0

    def decide(self, hearing: Hearing) -> Answers:
        """Return the answers of the decider, once they are written down."""
        answers = self.decider.decide(hearing)
        if len(hearing) == 0:
            return answers
        silent = np.zeros(len(hearing), np.bool_)
        if answers.abstained is not None:
            silent = answers.abstained
        now = RoundAnswers.of(hearing.agents, answers.share, silent)
        existing = self.writer.recording.rounds.get((self.run, hearing.round))
        if existing is None:
            self.writer.decisions(self.run, hearing.round, now.agents, now.share, now.abstained)
        elif not existing.same(now):
            raise BadValue(
                f"The recording holds other answers for round {hearing.round} of run {self.run}",
                given=str(self.writer.path),
                advice="Record under another name",
            )
        if existing is None or not existing.whole:
            self.writer.close_round(self.run, hearing.round)
        return answers


@dataclass(frozen=True, eq=False)
class Replay:
    """Decides as was recorded; no model is needed.

    Wear is given back as it came; all else of the run is as it was.
    """

    recording: Recording
    run: int = 0

    def decide(self, hearing: Hearing) -> Answers:
        """Return what was answered."""
        if len(hearing) == 0:
            return Answers(np.zeros(0, np.bool_), hearing.cumulative)
        answers = self.recording.rounds.get((self.run, hearing.round))
        if answers is None or not answers.whole:
            self._end(hearing)
        if answers is None or not np.array_equal(np.sort(hearing.agents), answers.agents):
            raise self._other(hearing)
        self._check_replies(hearing)
        at = np.searchsorted(answers.agents, hearing.agents)
        return Answers(answers.share[at], hearing.cumulative, answers.abstained[at])

    def _check_replies(self, hearing: Hearing) -> None:
        """Refuse a reply that was recorded for another profile or exposure than the run has."""
        setup, by_key = self.recording.setup, self.recording.by_key
        if setup is None or not by_key or not isinstance(setup.sharing, Asked):
            return
        codes = [group.profile.code for group in setup.mix.groups]
        exposure = np.minimum(hearing.exposure, setup.sharing.wording.max_exposure)
        for agent, row, m in zip(hearing.agents, hearing.rows, exposure, strict=True):
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


@dataclass(frozen=True, eq=False)
class Played:
    """The result of runs that were played one by one.

    Parameters
    ----------
    curve : Curve
        All whole runs; if there is none, the one run as far as it goes.
    decisions : Decisions
        All decisions, those who abstained left out.
    abstained : int
        How many decisions were asked for in vain.
    log : pandas.DataFrame
        Every decision: run, agent, round, profile, group, exposure, first, share, abstained.
    left_out : str
        What was not played, in words; "" if nothing.
    histories : tuple of History
        What became of every agent, run by run.
    leaning : Leaning or None
        How far the model leans towards the label that is named first; None if it was asked in one
        order.
    """

    curve: Curve
    decisions: Decisions
    abstained: int
    log: pd.DataFrame
    left_out: str = ""
    histories: tuple[History, ...] = ()
    leaning: Leaning | None = None

    def doubts(self) -> tuple[str, ...]:
        """Return what a reader of the curve has to know, in sentences; nothing if all is well."""
        asked, shared = int(self.decisions.asked.sum()), int(self.decisions.shared.sum())
        doubts = []
        if self.abstained > _MANY * (asked + self.abstained):
            doubts.append(
                "More than one answer in twenty could not be read. Those who abstained share later "
                "than they would have, so the rates are too low. Try another model."
            )
        if asked >= _ENOUGH and shared in (0, asked):
            doubts.append(
                f"All {asked} answers were {'yes' if shared else 'no'}, whoever was asked: neither "
                "profile nor exposure makes a difference to this model. newswave persona shows "
                "whether it takes the personas on."
            )
        if self.left_out:
            doubts.append(f"{self.left_out}.")
        return tuple(doubts)


def ask_runs(
    setup: Setup | World,
    interview: Interview,
    asking: Asking,
    progress: Progress | None = None,
    watch: Watch = lambda _: None,
) -> Played:
    """Run a setup in which a language model decides, and write every reply down.

    What the recording holds is not asked for again: a run that was stopped goes on.
    """
    world = setup if isinstance(setup, World) else World.of(setup)

    def decider(run: int) -> Decider:
        return LanguageDecider(interview, asking, run, progress)

    played = _played(world, range(world.setup.replicas), decider, interview.writer.end, watch)
    return replace(played, leaning=leaning_in(interview.recording))


def replay(recording: Recording | str | Path) -> Played:
    """Play recorded runs again, without a model, to the last digit.

    Parameters
    ----------
    recording : Recording or path
        Of runs.

    Returns
    -------
    Played
        The curve and every decision.

    Raises
    ------
    BadFile
        If it cannot be read, is not of runs, or holds no whole round.
    """
    if not isinstance(recording, Recording):
        recording = Recording.read(recording)
    if recording.header.purpose is not RecordingPurpose.RUN or recording.setup is None:
        raise BadFile(
            "This recording is not of runs",
            given=recording.header.purpose.value,
            advice="A recording of a table lies beside the table that was made of it: use --table",
        )
    runs = [r for r in recording.runs if recording.whole_rounds(r) or recording.finished(r)]
    if not runs:
        raise BadFile("This recording holds no whole round", advice="Go on recording it first")
    played = _played(World.of(recording.setup), runs, lambda run: Replay(recording, run))
    return replace(played, leaning=leaning_in(recording))


def _played(
    world: World,
    runs: Any,
    decider: Callable[[int], Decider],
    ended: Callable[[int], None] = lambda _: None,
    watch: Watch = lambda _: None,
) -> Played:
    """Play runs one after another; one that breaks off is left out if there are whole ones."""
    models: list[NewsModel] = []
    left_out = ""
    for run in runs:
        model = NewsModel(world, decider(run), run)
        try:
            watch(model)
            while model.running:
                model.step()
                watch(model)
            ended(run)
        except RecordingEnds as end:
            left_out = f"Run {run} breaks off after round {end.last_round}"
            if models:
                left_out += " and is left out"
                continue
            models.append(model)
            break
        models.append(model)
    decisions = models[0].decisions
    for model in models[1:]:
        decisions = decisions + model.decisions
    abstained = sum(model.abstained for model in models)
    histories = tuple(map(history_of, models))
    return Played(_curve(models), decisions, abstained, _log(models), left_out, histories)


def history_of(model: NewsModel) -> History:
    """Return what has become of every agent of a run so far.

    A run that is over is continued to the setup's last round, as its curve is.
    """
    last = model.setup.rounds if model.over else model.round
    return History.from_shared(model.world.network, model.shared_round, last)


def _curve(models: list[NewsModel]) -> Curve:
    """Return the curves of runs of one world as one."""
    curves = [model.curve() for model in models]
    first = curves[0]
    counts = np.concatenate([curve.counts for curve in curves])
    by_group = np.concatenate([np.asarray(curve.by_group) for curve in curves])
    return Curve(counts, first.n_agents, first.groups, by_group, setup=first.setup)


def _log(models: list[NewsModel]) -> pd.DataFrame:
    """Return every decision of every run."""
    import pandas as pd

    frames = []
    for model in models:
        frame = model.decision_log()
        frame.insert(0, "run", model.run)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def measure_table(
    model: str,
    plan: Plan,
    record: str | Path,
    server: ModelServer | None = None,
    concurrency: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    stop: threading.Event | None = None,
    count_if_needed: bool = False,
) -> Surveyed:
    """Measure P(share | profile, exposure) of a language model, in about 100 calls.

    Parameters
    ----------
    model : str
        Its name on the server.
    plan : Plan
        What is measured, and in which words.
    record : str or Path
        The recording that every reply goes into.
    server : ModelServer, optional
        Where the model is. If not given: this process for a built-in model, else OLLAMA_HOST, else
        Ollama on this machine.
    concurrency : int, optional
        Calls under way at once; found out by trying if not given.
    progress : callable, optional
        Called with the calls done and all of them.
    stop : threading.Event, optional
        Set it from another thread to stop.
    count_if_needed : bool
        Whether to count repeated answers, some 1,900 calls, where the server does not tell enough
        for reading.

    Returns
    -------
    Surveyed
        Its `measured` is the sharing rule of a setup.

    Raises
    ------
    ServerTrouble
        If there is no server or model, or it stays away.
    MustCount
        If the table has to be counted, and that was not wanted; nothing that was asked is lost.
    ModelChanged, Unanswered, Stopped
        As from `Survey.finish`.

    Examples
    --------
    >>> import tempfile
    >>> import newswave as nw
    >>> from newswave.llm.fake_ollama.server import StandIn           # in place of an Ollama server
    >>> plan = Plan(nw.event("short-power-cut"), nw.wording("adjectives"))
    >>> with StandIn() as synthetic, tempfile.TemporaryDirectory() as folder:
    ...     server = nw.Server(synthetic.address)
    ...     found = measure_table("synthetic", plan, f"{folder}/table.jsonl", server)
    >>> found.calls, nw.Setup(mix=nw.OneProfile(nw.PROFILES[20]), sharing=found.measured).synthetic
    (104, True)
    """
    ready = Preflight.of(server or server_for(model), model)
    plan = plan_as_begun(plan, record)
    header = survey_header(plan, ready.model, ready.found)
    with RecordingWriter(record, header) as writer:
        interview = Interview(ready.server, ready.model, writer, Pace(concurrency), stop)
        return Survey(plan, interview, count_if_needed=count_if_needed).finish(progress)


def run_agents(
    setup: Setup,
    record: str | Path,
    server: ModelServer | None = None,
    concurrency: int | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
    reasons: bool = True,
) -> Played:
    """Run a setup in which a language model is asked for every decision.

    Parameters
    ----------
    setup : Setup
        Its sharing is an `Asked`.
    record, server, concurrency, stop
        As for `measure_table`.
    progress : callable, optional
        Called with the round, the answers of it that are there, and all of them.
    reasons : bool
        Whether each answer is to come with a short reason.

    Returns
    -------
    Played
        The curve and every decision.

    Raises
    ------
    ServerTrouble, ModelChanged, Stopped
        As from `Interview.ask`.

    Examples
    --------
    >>> import tempfile
    >>> import newswave as nw
    >>> from newswave.llm.fake_ollama.server import StandIn           # in place of an Ollama server
    >>> asked = nw.Asked("synthetic", nw.wording("adjectives"))
    >>> setup = nw.Setup(n_agents=20, n_seeds=2, rounds=3, replicas=1, sharing=asked)
    >>> with StandIn() as synthetic, tempfile.TemporaryDirectory() as folder:
    ...     played = run_agents(setup, f"{folder}/run.jsonl", nw.Server(synthetic.address))
    ...     again = replay(f"{folder}/run.jsonl")
    >>> bool((again.curve.counts == played.curve.counts).all())
    True
    """
    name = Asking(setup).rule.model
    ready = Preflight.of(server or server_for(name), name)
    question = Question.REASONED if reasons else Question.DECISION
    asking = as_begun(Asking(answered_by(setup, ready.model), question), record)
    header = run_header(asking, ready.model, ready.found)
    with RecordingWriter(record, header) as writer:
        interview = Interview(ready.server, ready.model, writer, Pace(concurrency), stop)
        return ask_runs(asking.setup, interview, asking, progress)


def synthetic_recording() -> Recording:
    """Return the synthetic recording: one run of 100 agents, every reply with its reason.

    Examples
    --------
    >>> recording = synthetic_recording()
    >>> recording.header.source.synthetic, recording.setup.n_agents, recording.finished(0)
    (True, 100, True)
    """
    return Recording.read(packaged("examples", "synthetic-recording.jsonl"))
