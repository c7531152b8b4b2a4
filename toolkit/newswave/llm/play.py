"""Runs that are asked or replayed, and language-model agents in one call each.

Everything that a model writes goes into a recording; called again with the same recording, each
of these functions goes on where it was stopped.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from newswave.core.curve import Curve
from newswave.core.deciders import Decider
from newswave.core.errors import BadFile
from newswave.core.mesa_model import NewsModel
from newswave.core.rules import _packaged
from newswave.core.run_log import History
from newswave.core.setup import Setup
from newswave.core.sharing import Decisions
from newswave.core.simulation import World
from newswave.core.wording import Question
from newswave.llm.batch import Interview, Pace
from newswave.llm.decider import (
    Asking,
    LanguageDecider,
    Progress,
    RecordingEnds,
    Replay,
    answered_by,
    run_header,
)
from newswave.llm.ollama_server import Server
from newswave.llm.preflight import Preflight
from newswave.llm.recorder import RecordingWriter
from newswave.llm.recording import Header, Recording, RecordingPurpose
from newswave.llm.server import ModelServer
from newswave.llm.survey import Plan, Survey, Surveyed, survey_header

if TYPE_CHECKING:
    import pandas as pd


Watch = Callable[[NewsModel], None]
"""Called with the model of a run as it goes on."""

_MANY = 0.05
_ENOUGH = 20


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
    """

    curve: Curve
    decisions: Decisions
    abstained: int
    log: pd.DataFrame
    left_out: str = ""
    histories: tuple[History, ...] = ()

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

    return _played(world, range(world.setup.replicas), decider, interview.writer.end, watch)


def replay_runs(recording: Recording) -> Played:
    """Play what was recorded; no model is needed, and the curve is the same to the last digit.

    >>> import newswave as nw
    >>> played = replay_runs(nw.synthetic_recording())
    >>> played.curve.n_agents, played.curve.setup.synthetic
    (100, True)
    """
    if recording.header.purpose is not RecordingPurpose.RUN or recording.setup is None:
        raise BadFile(
            "This recording is not of runs",
            given=recording.header.purpose.value,
            advice="A recording of a table lies beside the table that was made of it: use --table",
        )
    runs = [r for r in recording.runs if recording.whole_rounds(r) or recording.finished(r)]
    if not runs:
        raise BadFile("This recording holds no whole round", advice="Go on recording it first")
    return _played(World.of(recording.setup), runs, lambda run: Replay(recording, run))


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

    >>> model = NewsModel(n_agents=100, n_seeds=2, rounds=30)
    >>> model.step()
    >>> history_of(model).rounds, int(history_of(model).counts[0])
    (1, 2)
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
        Where the model is: OLLAMA_HOST, else this machine, if not given.
    concurrency : int, optional
        Calls under way at once; found out by trying if not given.
    progress : callable, optional
        Called with the calls done and all of them.
    stop : threading.Event, optional
        Set it from another thread to stop.

    Returns
    -------
    Surveyed
        Its `measured` is the sharing rule of a setup.

    Raises
    ------
    ServerTrouble
        If there is no server or model, or it stays away.
    ModelChanged, Unanswered, Stopped
        As from `Survey.finish`.

    Examples
    --------
    >>> import tempfile
    >>> import newswave as nw
    >>> from newswave.llm.fake_ollama.server import StandIn           # in place of an Ollama server
    >>> plan = Plan(nw.event("short-power-cut"), nw.wording("adjectives"))
    >>> with StandIn() as synthetic, tempfile.TemporaryDirectory() as folder:
    ...     server = Server(synthetic.address)
    ...     found = measure_table("synthetic", plan, f"{folder}/table.jsonl", server)
    >>> found.calls, nw.Setup(mix=nw.OneProfile(nw.PROFILES[20]), sharing=found.measured).synthetic
    (100, True)
    """
    ready = Preflight.of(server or Server.at(), model)
    header = survey_header(plan, ready.model, ready.found)
    with _asked(ready, header, record, concurrency, stop) as interview:
        return Survey(plan, interview).finish(progress)


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
    ...     played = run_agents(setup, f"{folder}/run.jsonl", Server(synthetic.address))
    ...     again = replay(f"{folder}/run.jsonl")
    >>> bool((again.curve.counts == played.curve.counts).all())
    True
    """
    ready = Preflight.of(server or Server.at(), Asking(setup).rule.model)
    question = Question.REASONED if reasons else Question.DECISION
    asking = Asking(answered_by(setup, ready.model), question)
    header = run_header(asking, ready.model, ready.found)
    with _asked(ready, header, record, concurrency, stop) as interview:
        return ask_runs(asking.setup, interview, asking, progress)


def replay(recording: Recording | str | Path) -> Played:
    """Play recorded runs again, without a model, to the last digit; see `replay_runs`.

    Parameters
    ----------
    recording : Recording or path
        Of runs.
    """
    existing = recording if isinstance(recording, Recording) else Recording.read(recording)
    return replay_runs(existing)


@contextmanager
def _asked(
    ready: Preflight,
    header: Header,
    record: str | Path,
    concurrency: int | None,
    stop: threading.Event | None,
) -> Iterator[Interview]:
    """Open the recording and yield what asks and writes into it."""
    with RecordingWriter(record, header) as writer:
        yield Interview(ready.server, ready.model, writer, Pace(concurrency), stop)


def synthetic_recording() -> Recording:
    """Return the synthetic recording: one run of 100 agents, every reply with its reason.

    Examples
    --------
    >>> recording = synthetic_recording()
    >>> recording.header.source.synthetic, recording.setup.n_agents, recording.finished(0)
    (True, 100, True)
    """
    return Recording.read(_packaged("synthetic-recording.jsonl"))
