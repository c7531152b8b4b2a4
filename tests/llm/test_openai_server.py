"""OpenAI-compatible servers: their addresses, what they tell, asking them, what can go wrong."""

from __future__ import annotations

import json
import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from asked import NEWS, WORDS, ask_each, built_in, llama_server
from sites import LISTED, llama, site

import newswave as nw
from newswave.cli import main
from newswave.core.errors import BadValue
from newswave.core.population import PROFILES
from newswave.core.wording import Prompt, Question
from newswave.llm.ollama_server import Server
from newswave.llm.openai_server import OpenAIServer
from newswave.llm.play import measure_table
from newswave.llm.recording import Recording
from newswave.llm.replies import read_odds
from newswave.llm.server import (
    ModelMissing,
    Preflight,
    Refused,
    Reply,
    Request,
    Sampling,
    ServerGone,
    ServerTrouble,
    TooSlow,
)
from newswave.llm.survey import Plan
from newswave.llm.which_server import server_at, server_for

PROMPT = Prompt("Answer in one word.", "Do you share it? Answer with one word, yes or no:")
VLLM = {"id": "meta-llama/Llama-3.2-1B", "object": "model", "created": 5, "owned_by": "vllm"}
VLLM |= {"root": "meta-llama/Llama-3.2-1B", "parent": None, "max_model_len": 4096}
STUDIO = {"id": "gemma-3-1b", "object": "model", "owned_by": "organization_owner"}
SAID = {"message": {"role": "assistant", "content": '{"share": true}'}, "finish_reason": "stop"}


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OLLAMA_HOST", "NEWSWAVE_API_KEY", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def listing(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"models": {"object": "list", "data": list(entries)}}


def ask(address: str, model: str, alternatives: int = 0, **how: Any) -> Reply:
    server = OpenAIServer(address, waits=(), **how)
    return ask_each(server, [Request(model, PROMPT, Sampling(seed=1), None, alternatives)], 1)[0]


# Whom an address names


def test_an_address_up_to_v1_is_that_of_such_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    for given in ("127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1/", '"http://0.0.0.0:8080/v1"'):
        found = server_for("m", given)
        assert (type(found), found.address) == (OpenAIServer, "http://127.0.0.1:8080/v1")
    assert server_at("https://box/api/v1").address == "https://box:443/api/v1"
    assert isinstance(server_at("box:11434"), Server)
    monkeypatch.setenv("OLLAMA_HOST", "http://box:8000/v1")
    assert server_for("m").address == "http://box:8000/v1"
    assert nw.OpenAIServer is OpenAIServer


@pytest.mark.parametrize("given", ["http://box", "ftp://box/v1", "http://me:secret@box/v1"])
def test_other_addresses_are_refused(given: str) -> None:
    with pytest.raises(BadValue) as caught:
        OpenAIServer(given)
    assert "secret" not in str(caught.value)


# What is there


def test_what_llama_server_tells() -> None:
    with llama() as there:
        server = OpenAIServer(there.address)
        ready = Preflight.of(server, "Synthetic.GGUF")
        assert (ready.found.program, ready.found.version) == ("llama-server", "b8681-test")
        assert ready.found.synthetic
        assert ready.model.context_length == 2048
        assert "synthetic.gguf, digest" in ready.lines()[1]
        assert "0.1 GB, 135M, Q4_1, in memory" in ready.lines()[1]
        with pytest.raises(ModelMissing, match="Start the server with it"):
            server.model("other")


def test_a_digest_changes_with_the_model_and_not_with_a_new_start() -> None:
    def digest(**changed: Any) -> str:
        about = {**LISTED["meta"], **changed.pop("meta", {})}
        with site(**listing({**LISTED, **changed, "meta": about})) as there:
            return OpenAIServer(f"{there.address}/v1").digest("synthetic.gguf")

    usual = digest()
    assert digest(created=999, meta={"n_ctx": 512}) == usual
    assert digest(meta={"size": 5}) != usual
    assert digest(meta={"ftype": "Q8_0"}) != usual


def test_what_others_tell() -> None:
    with site(**listing(VLLM), version={"version": "0.12.0"}) as there:
        found = OpenAIServer(f"{there.address}/v1").look()
        assert (found.program, found.version) == ("vLLM", "0.12.0")
        assert found.models[0].context_length == 4096
        assert not found.synthetic
    with site(**listing(STUDIO)) as there:
        ready = Preflight.of(OpenAIServer(f"{there.address}/v1"), "gemma-3-1b")
        assert (ready.found.program, ready.found.version) == ("LM Studio", "unknown")
        assert "memory" not in ready.lines()[1]
    with site(**listing()) as there:
        found = OpenAIServer(f"{there.address}/v1").look()
        assert (found.program, found.models) == ("OpenAI-compatible server", ())


# Asking


def test_what_is_sent() -> None:
    with llama() as there:
        request = Request("synthetic.gguf", PROMPT, Sampling(seed=3), {"type": "object"}, 20)
        ask_each(OpenAIServer(there.address), [request], 1)
        body = there.bodies[-1]
    assert body["model"] == "synthetic.gguf"
    assert body["messages"] == PROMPT.messages
    assert (body["seed"], body["temperature"], body["top_k"], body["top_p"]) == (3, 1.0, -1, 1.0)
    assert (body["repeat_penalty"], body["repetition_penalty"]) == (1.0, 1.0)
    assert (body["logprobs"], body["top_logprobs"], body["stream"]) == (True, 4096, False)
    schema = {"name": "answer", "schema": {"type": "object"}}
    assert body["response_format"] == {"type": "json_schema", "json_schema": schema}
    assert body["chat_template_kwargs"] == {"enable_thinking": False}


def test_twenty_alternatives_where_no_more_are_told_or_none() -> None:
    top = [{"token": " Yes", "logprob": -0.5}, {"token": "No", "logprob": -9999.0}]
    told = {**SAID, "logprobs": {"content": [{"token": " Yes", "top_logprobs": top}]}}
    with site(**listing(VLLM), completions={"choices": [told]}) as there:
        reply = ask(f"{there.address}/v1", VLLM["id"], 20)
        assert there.bodies[-1]["top_logprobs"] == 20
    assert not reply.whole
    assert read_odds(reply.first_token).yes == pytest.approx(math.exp(-0.5))
    with site(**listing(STUDIO), completions={"choices": [{**SAID, "logprobs": None}]}) as there:
        assert ask(f"{there.address}/v1", "gemma-3-1b", 20).first_token == ()


def test_thinking_is_not_taken_for_the_answer() -> None:
    said = {"content": None, "reasoning_content": "Well, yes."}
    with site(**listing(VLLM), completions={"choices": [{**SAID, "message": said}]}) as there:
        reply = ask(f"{there.address}/v1", VLLM["id"])
    assert (reply.content, reply.thinking) == ("", "Well, yes.")


def test_a_model_that_is_not_listed_is_not_asked() -> None:
    """llama-server answers by any name."""
    with llama() as there:
        with pytest.raises(ModelMissing, match="other"):
            ask(there.address, "other")
        assert all(body is None for body in there.bodies)


def test_a_model_that_is_being_loaded_is_waited_for() -> None:
    request = Request("synthetic.gguf", PROMPT, Sampling(seed=1))
    with llama(loading=2) as there:
        server = replace(OpenAIServer(there.address), waits=(0.01, 0.01))
        assert ask_each(server, [request], 1)[0].done
    with llama(loading=9) as there, pytest.raises(ServerTrouble, match="Loading model") as caught:
        ask(there.address, "synthetic.gguf")
    assert caught.value.passing


# What goes wrong


@pytest.mark.parametrize(
    ("status", "told", "kind", "words"),
    [
        (401, {"error": {"code": 401, "message": "Invalid API Key"}}, Refused, "NEWSWAVE_API_KEY"),
        (404, {"error": {"message": "The model `x` does not exist."}}, ModelMissing, "x"),
        (400, {"error": {"message": "maximum context length is 64"}}, Refused, "longer context"),
        (400, {"object": "error", "message": "bad top_k"}, Refused, "bad top_k"),
        (307, {}, Refused, "sends on"),
        (500, {"error": {"message": "oops"}}, ServerTrouble, "oops"),
        (200, {"choices": []}, ServerTrouble, "not that of an OpenAI-compatible server"),
        (200, [], ServerTrouble, "not that of an OpenAI-compatible server"),
    ],
)
def test_what_a_server_says_is_told(status: int, told: Any, kind: type, words: str) -> None:
    reply = (status, json.dumps(told))
    with site(**listing({**VLLM, "id": "x"}), completions=reply) as there:
        with pytest.raises(kind, match=words) as caught:
            ask(f"{there.address}/v1", "x")
        assert "Ollama" not in str(caught.value)


def test_no_server_a_slow_one_and_another() -> None:
    with pytest.raises(ServerGone, match="llama-server -m"):
        OpenAIServer("127.0.0.1:9/v1").look()
    with site(models=(200, "<html>")) as there, pytest.raises(ServerTrouble, match="not that of"):
        OpenAIServer(f"{there.address}/v1").look()
    slow = {"completions": lambda _: time.sleep(0.5)}
    with llama(**slow) as there, pytest.raises(TooSlow, match="--timeout"):
        ask(there.address, "synthetic.gguf", timeout=0.1)


def test_a_prompt_beyond_the_context_and_one_that_does_not_arrive() -> None:
    long = Request("synthetic.gguf", Prompt("word " * 3000, "Do you?"), Sampling(seed=1))
    with llama() as there, pytest.raises(Refused, match="longer than the context"):
        ask_each(OpenAIServer(there.address), [long], 1)
    few = {"choices": [SAID], "usage": {"prompt_tokens": 4, "completion_tokens": 1}}
    with llama(completions=few) as there, pytest.raises(Refused, match="--chat-template"):
        ask(there.address, "synthetic.gguf")


def test_the_key_goes_to_the_server_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NEWSWAVE_API_KEY", "tell-nobody")
    with llama() as there:
        plan = Plan(NEWS, WORDS, PROFILES[:1])
        server = OpenAIServer(there.address)
        measure_table("synthetic.gguf", plan, tmp_path / "t.jsonl", server)
        assert {head.get("Authorization") for head in there.headers} == {"Bearer tell-nobody"}
        there.headers.clear()
        replace(server, keyed=False).look()
        assert all("Authorization" not in head for head in there.headers)
    assert "tell-nobody" not in (tmp_path / "t.jsonl").read_text("utf-8")
    assert "tell-nobody" not in repr(server)
    assert Recording.read(tmp_path / "t.jsonl").header.source.server == "b8681-test"


# From the command line


def test_the_commands_take_such_an_address(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with llama() as there:
        here = ("--host", there.address)
        assert main(["models", *here]) == 0
        assert "llama-server b8681-test at" in capsys.readouterr().out
        assert main(["models", "--pull", "x", *here]) == 2
        assert "Only Ollama fetches models" in capsys.readouterr().err
        assert main(["doctor", "--model", "synthetic.gguf", *here]) == 0
        assert "llama-server b8681-test answers at" in capsys.readouterr().out
        out = ["--out", str(tmp_path), "--profile", "O+C-E+A-N-", "--quiet"]
        assert main(["table", "--model", "synthetic.gguf", *here, *out]) == 0
        assert "synthetic" in capsys.readouterr().out.lower()
    assert main(["doctor", "--host", "127.0.0.1:9/v1"]) == 1
    assert "llama-server -m" in capsys.readouterr().out.replace("\n              ", " ")


# llama-server itself


def test_llama_server_reads_what_the_built_in_model_reads() -> None:
    """Both from 16-bit weights; what is left is llama-server's own way of attention."""
    address, here = f"{llama_server()}/v1", built_in()
    word = Sampling(1.0, 1, 2048, seed=1)
    requests = [
        Request("smollm2", WORDS.prompt(NEWS, profile, m, question), word, None, 20)
        for profile, m in zip(PROFILES[::11], (1, 2, 3), strict=True)
        for question in (Question.YES_NO, Question.NO_YES)
    ]
    pairs = zip(
        *(ask_each(server, requests, 1) for server in (OpenAIServer(address), here)), strict=True
    )
    for served, own in pairs:
        assert served.whole
        assert served.prompt_tokens == own.prompt_tokens
        found, true = read_odds(served.first_token), read_odds(own.first_token)
        assert found.probability == pytest.approx(true.probability, abs=0.01)
        assert found.covered == pytest.approx(true.covered, abs=0.01)


def test_what_llama_server_refuses_is_understood() -> None:
    long = Request("smollm2", Prompt("word " * 5000, "Do you?"), Sampling(seed=1))
    with pytest.raises(Refused, match="longer than the context"):
        ask_each(OpenAIServer(f"{llama_server()}/v1"), [long], 1)
    wrong = Request("smollm2", PROMPT, Sampling(seed=1), {"type": "wrong"})
    with pytest.raises(Refused, match="unrecognized type"):
        ask_each(OpenAIServer(f"{llama_server()}/v1"), [wrong], 1)
