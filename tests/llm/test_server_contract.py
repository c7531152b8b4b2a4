"""What every model server keeps to: one suite over all implementations.

The same assertions on Ollama's client against the mock server, on the formula in this process, on
what speaks as llama-server does and on llama-server itself, on a real model in this process and, if
OLLAMA_HOST is set, on that server with the model of NEWSWAVE_TEST_MODEL or the first that answers
in words.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asked import NEWS, SMALL, WORDS, ask_each, built_in, llama_server
from sites import llama

from newswave.core.errors import BadFile
from newswave.core.events import event
from newswave.core.population import PROFILES
from newswave.core.rules import Asked
from newswave.core.wording import DECIDED, Prompt, Question, wording
from newswave.llm.batch import Interview, Pace
from newswave.llm.fake_ollama.formula import Mind
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.ollama_server import Server
from newswave.llm.openai_server import OpenAIServer
from newswave.llm.personas import PersonaCheck, PersonaPlan, persona_header
from newswave.llm.play import measure_table, replay, run_agents
from newswave.llm.recording import Recording, RecordingWriter
from newswave.llm.replies import TRUE_FALSE, read_decision, read_odds
from newswave.llm.server import ModelMissing, ModelServer, Preflight, Reply, Request, Sampling
from newswave.llm.survey import Plan
from newswave.llm.synthetic_server import SyntheticServer

REAL = os.environ.get("OLLAMA_HOST", "")
REAL_MODEL = os.environ.get("NEWSWAVE_TEST_MODEL", "")
PROMPT = Prompt("Answer in one word.", "Do you share it? Answer with one word, yes or no:")


@dataclass
class There:
    """A server under contract, and the model to ask."""

    server: ModelServer
    model: str


KINDS = ["stand-in", "in-process", "llama-server", "built-in", "real-llama-server", "real"]


@pytest.fixture(params=KINDS, scope="module")
def there(request: pytest.FixtureRequest) -> Iterator[There]:
    if request.param == "in-process":
        yield There(SyntheticServer(), "synthetic:latest")
    elif request.param == "stand-in":
        with StandIn() as standin:
            yield There(Server(standin.address), "synthetic:latest")
    elif request.param == "llama-server":
        with llama() as site:
            yield There(OpenAIServer(site.address), "synthetic.gguf")
    elif request.param == "built-in":
        yield There(built_in(), "smollm2")
    elif request.param == "real-llama-server":
        yield There(OpenAIServer(f"{llama_server()}/v1"), "smollm2")
    else:
        yield _real()


def _real() -> There:
    if not REAL:
        pytest.skip("OLLAMA_HOST is not set: there is no real server to hold to the contract")
    server = Server(REAL)
    models = [model.name for model in server.look().models if model.answers]
    if not REAL_MODEL and not models:
        pytest.skip("The server of OLLAMA_HOST has no model that answers in words")
    return There(server, REAL_MODEL or models[0])


def asked(there: There, question: Question, alternatives: int = 0, **sampling: Any) -> Reply:
    prompt = wording("adjectives").prompt(event("cup-final-draw"), PROFILES[0], 1, question)
    chosen = Sampling(**{"seed": 1, "num_ctx": 1024, **sampling})
    request = Request(there.model, prompt, chosen, question.schema, alternatives)
    return ask_each(there.server, [request], 1)[0]


def test_contract_what_is_there(there: There) -> None:
    found = there.server.look()
    model = there.server.model(there.model)
    assert found.version
    assert model.name in found.names
    assert model.answers
    assert len(model.digest) == 64
    assert there.server.digest(there.model.upper()) == model.digest
    assert there.server.digest(model.name.removesuffix(":latest")) == model.digest


def test_contract_a_missing_model(there: There) -> None:
    name = "newswave-has-no-such-model"
    with pytest.raises(ModelMissing, match=name):
        there.server.model(name)
    with pytest.raises(ModelMissing, match=name):
        ask_each(there.server, [Request(name, PROMPT)], 1)


@pytest.mark.parametrize("question", [Question.DECISION, Question.REASONED])
def test_contract_a_schema_gives_a_decision(there: There, question: Question) -> None:
    reply = asked(there, question)
    reading = read_decision(reply.content, reply.thinking, reply.done, reply.done_reason)
    assert reading.outcome.readable, reply
    assert reply.tokens > 0
    assert reply.prompt_tokens > 0
    assert reply.seconds > 0


def test_contract_one_word_gives_probabilities_that_no_temperature_changes(there: There) -> None:
    cool = asked(there, Question.YES_NO, 20, num_predict=1, temperature=0.1)
    hot = asked(there, Question.YES_NO, 20, num_predict=1, temperature=2.0)
    if not cool.first_token and not there.server.look().synthetic:
        pytest.skip("This server gives no probabilities: Ollama before 0.12.11 does not")
    assert 0 < len(cool.first_token) <= 20
    assert cool.done_reason == "length"
    assert sum(math.exp(logprob) for _, logprob in cool.first_token) <= 1 + 1e-6
    assert read_odds(hot.first_token).yes == pytest.approx(
        read_odds(cool.first_token).yes, rel=0.05
    )


def test_contract_an_answer_that_is_begun_is_gone_on_with_up_to_the_decision(
    there: There,
) -> None:
    """Both orders: the next word is true or false; what was begun is not said again."""
    for question in (Question.REASONED, Question.REASONED_NO_FIRST):
        prompt = WORDS.prompt(NEWS, PROFILES[0], 1, question)
        request = Request(there.model, prompt, Sampling(1.0, 1, seed=1), None, 20, DECIDED)
        reply = ask_each(there.server, [request], 1)[0]
        if not reply.first_token and not there.server.look().synthetic:
            pytest.skip("This server gives no probabilities: Ollama before 0.12.11 does not")
        assert read_odds(reply.first_token, TRUE_FALSE).covered > 0.5
        assert "share" not in reply.content


def test_contract_no_probabilities_unless_asked_for(there: There) -> None:
    assert asked(there, Question.YES_NO, 0, num_predict=4).first_token == ()


def test_contract_an_asked_model_is_loaded(there: There) -> None:
    asked(there, Question.DECISION)
    names = [loaded.name for loaded in there.server.loaded()]
    assert there.server.model(there.model).name in names


def test_contract_many_at_once(there: There) -> None:
    sampling = [Sampling(seed=i, num_predict=2, num_ctx=1024) for i in range(8)]
    requests = [Request(there.model, PROMPT, chosen) for chosen in sampling]
    replies = ask_each(there.server, requests, 4)
    assert len(replies) == 8
    assert all(reply.done for reply in replies)


def test_contract_what_a_server_says_of_itself(there: There) -> None:
    server, found = there.server, there.server.look()
    assert server.address == found.address
    assert isinstance(server.is_local, bool)
    assert server.most_at_once >= 1
    assert all(wait >= 0 for wait in server.waits)
    assert 0 < server.timeout < math.inf
    assert found.program
    assert found.client
    assert all(model.synthetic for model in found.models) or not found.synthetic


def test_contract_a_seed_fixes_the_answer(there: There) -> None:
    one, other = (asked(there, Question.REASONED, temperature=1.0, seed=7) for _ in range(2))
    assert one.content == other.content


def test_contract_an_answer_is_cut_at_its_length(there: There) -> None:
    reply = asked(there, Question.REASONED, num_predict=3)
    assert (reply.tokens, reply.done_reason, reply.done) == (3, "length", True)


def test_contract_a_session_is_opened_again_and_again(there: There) -> None:
    async def twice() -> list[Reply]:
        replies = []
        for _ in range(2):
            async with there.server.session() as session:
                replies.append(await session.ask(Request(there.model, PROMPT, Sampling(seed=1))))
        return replies

    assert all(reply.done for reply in asyncio.run(twice()))


def test_contract_asking_can_be_cancelled(there: There) -> None:
    async def on_and_on() -> None:
        async with there.server.session() as session:
            for seed in range(20_000):
                await session.ask(Request(there.model, PROMPT, Sampling(seed=seed)))

    async def cancelled() -> None:
        asking = asyncio.create_task(on_and_on())
        await asyncio.sleep(0.05)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(cancelled())


def test_contract_what_is_to_be_asked_is_said_before(there: There) -> None:
    first, second, *_ = Preflight.of(there.server, there.model).lines()
    found = there.server.look()
    assert first.startswith(f"server   {found.program} {found.version} ")
    assert second.startswith(f"model    {there.model}, digest ")


def test_contract_agents_are_asked_recorded_gone_on_with_and_replayed(
    there: There, tmp_path: Path
) -> None:
    setup = replace(SMALL, n_agents=12, rounds=2, sharing=Asked(there.model, WORDS))
    played = run_agents(setup, tmp_path / "run.jsonl", there.server, reasons=False)
    held = Recording.read(tmp_path / "run.jsonl")
    assert held.header.source.model == there.server.model(there.model).name
    assert held.header.source.client == there.server.look().client
    again = run_agents(setup, tmp_path / "run.jsonl", there.server, reasons=False)
    assert len(Recording.read(tmp_path / "run.jsonl").all_replies) == len(held.all_replies)
    for other in (again, replay(tmp_path / "run.jsonl")):
        assert np.array_equal(other.curve.counts, played.curve.counts)
        assert other.log.equals(played.log)


def test_contract_a_table_is_measured(there: There, tmp_path: Path) -> None:
    plan = Plan(NEWS, WORDS, PROFILES[:1], repeats=2)
    found = measure_table(there.model, plan, tmp_path / "table.jsonl", there.server)
    assert found.measured.given.probabilities.shape == (1, 4)
    assert found.measured.origin is not None
    assert found.measured.origin.synthetic == there.server.look().synthetic


def test_contract_the_inventory_is_asked(there: There, tmp_path: Path) -> None:
    model, plan = there.server.model(there.model), PersonaPlan(WORDS, (PROFILES[0], PROFILES[31]))
    header = persona_header(plan, model, there.server.look())
    with RecordingWriter(tmp_path / "p.jsonl", header) as writer:
        check = PersonaCheck(plan, Interview(there.server, model, writer, Pace(1)))
        assert check.first() > 0
        assert check.calls_left == 1


# The formula in this process


def test_the_formula_answers_in_this_process_as_over_http() -> None:
    """The same words, log-probabilities and lengths; only times differ."""
    prompts = [
        (question, WORDS.prompt(NEWS, profile, m, question))
        for question in Question
        for profile in PROFILES[::7]
        for m in (1, 2, 3)
    ]
    requests = [
        Request("synthetic:latest", prompt, Sampling(seed=at), question.schema, top)
        for at, (question, prompt) in enumerate(prompts)
        for top in (0, 20)
    ]
    with StandIn() as standin:
        over_http = ask_each(Server(standin.address), requests, 1)
    here = ask_each(SyntheticServer(), requests, 1)
    same = {"seconds": 0.0, "load_seconds": 0.0}
    assert [replace(one, **same) for one in here] == [replace(one, **same) for one in over_http]


def test_everything_in_this_process_is_marked_as_synthetic(tmp_path: Path) -> None:
    server = SyntheticServer()
    found, model = server.look(), server.model("Synthetic")
    assert found.synthetic
    assert model.synthetic
    assert "synthetic" in found.version
    assert any("SYNTHETIC" in line for line in Preflight.of(server, "synthetic").lines())
    setup = replace(SMALL, n_agents=12, rounds=2, sharing=Asked("synthetic", WORDS))
    played = run_agents(setup, tmp_path / "run.jsonl", server)
    assert played.curve.setup is not None
    assert played.curve.setup.synthetic


def test_another_formula_is_another_model(tmp_path: Path) -> None:
    """A recording that was begun with one formula is not gone on with by another."""
    usual, other = SyntheticServer(), SyntheticServer(Mind(baseline=0.3))
    assert usual.digest("synthetic") == SyntheticServer().digest("synthetic")
    assert usual.digest("synthetic") != other.digest("synthetic")
    plan = Plan(NEWS, WORDS, PROFILES[:1])
    measure_table("synthetic", plan, tmp_path / "table.jsonl", usual)
    with pytest.raises(BadFile, match="something else: digest"):
        measure_table("synthetic", plan, tmp_path / "table.jsonl", other)


def test_one_call_at_a_time_is_made_in_this_process() -> None:
    pace = Pace(8)
    ask_each(SyntheticServer(), [Request("synthetic", PROMPT)], 8)
    pace.limit(SyntheticServer().most_at_once)
    assert (pace.level, pace.is_settled) == (1, True)
    trying = Pace()
    trying.limit(3)
    for calls, seconds in [(1, 9.0), *[(1, 1.0)] * 4, *[(2, 1.0)] * 3]:
        trying.note(calls, seconds)
    assert (trying.level, trying.is_settled) == (2, True)
