"""Language-model agents in one call each: measure a table, run agents that are asked, replay.

What the command line does, for notebooks and programs. Everything that a model says goes into a
recording; called again with the same recording, each goes on where it was stopped.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from newswave.asking import Pace
from newswave.interviewing import Interview
from newswave.language import Asking, Progress, answered_by, run_header
from newswave.live import Played, ask_runs, replay_runs
from newswave.measuring import Plan
from newswave.preflight import Preflight
from newswave.recordings import Header, Recording, RecordingWriter
from newswave.servers import Server
from newswave.setups import Setup
from newswave.surveying import Survey, Surveyed, survey_header
from newswave.wordings import Question


def measure_table(
    model: str,
    plan: Plan,
    record: str | Path,
    server: Server | None = None,
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
    server : Server, optional
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
    >>> from newswave.standin import StandIn           # in place of an Ollama server
    >>> plan = Plan(nw.event("short-power-cut"), nw.wording("adjectives"))
    >>> with StandIn() as synthetic, tempfile.TemporaryDirectory() as folder:
    ...     server = Server(synthetic.address)
    ...     found = measure_table("synthetic", plan, f"{folder}/table.jsonl", server)
    >>> found.calls, nw.Setup(mix=nw.OneProfile(nw.PROFILES[20]), sharing=found.measured).synthetic
    (100, True)
    """
    ready = Preflight.of(server or Server.at(), model)
    header = survey_header(plan, ready.model, ready.found.version)
    with _asked(ready, header, record, concurrency, stop) as interview:
        return Survey(plan, interview).finish(progress)


def run_agents(
    setup: Setup,
    record: str | Path,
    server: Server | None = None,
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
    >>> from newswave.standin import StandIn           # in place of an Ollama server
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
    header = run_header(asking, ready.model, ready.found.version)
    with _asked(ready, header, record, concurrency, stop) as interview:
        return ask_runs(asking.setup, interview, asking, progress)


def replay(recording: Recording | str | Path) -> Played:
    """Play recorded runs again, without a model, to the last digit; see `replay_runs`.

    Parameters
    ----------
    recording : Recording or path
        Of runs.
    """
    held = recording if isinstance(recording, Recording) else Recording.read(recording)
    return replay_runs(held)


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
