"""Servers: addresses, what is there, asking, and every way in which it goes wrong."""

from __future__ import annotations

import asyncio
import json
import math
import pickle
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from asked import ask_each
from hypothesis import given, settings
from hypothesis import strategies as st
from sites import site

from newswave.core.errors import BadValue, NewswaveError
from newswave.core.rules import Asked
from newswave.core.setup import Setup
from newswave.core.wording import Prompt, Question, wording
from newswave.llm.fake_ollama.faults import Fault
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.ollama_server import (
    Server,
    client_version,
    is_loopback,
    normal_address,
    trouble_of,
)
from newswave.llm.play import Asking
from newswave.llm.server import (
    KEEP_ALIVE,
    ModelMissing,
    Refused,
    Reply,
    Request,
    Sampling,
    ServerGone,
    ServerTrouble,
    TooSlow,
)

PROMPT = Prompt("Answer in one word.", "Do you share it? Answer with one word, yes or no:")
CHAT = {
    "model": "m:latest",
    "created_at": "2026-01-01T00:00:00Z",
    "message": {"role": "assistant", "content": '{"share": true}'},
    "done": True,
    "done_reason": "stop",
}
DIGEST = "ab" * 32
TAG = {"name": "m:latest", "model": "m:latest", "digest": DIGEST, "size": 7, "details": {}}
QUICK = (0.0, 0.0, 0.0)


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OLLAMA_HOST", "OLLAMA_API_KEY", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def ask(
    where: Server | str, asked: Request | None = None, waits: tuple[float, ...] = QUICK
) -> Reply:
    """Ask one thing as everything is asked: again after each wait while a trouble may pass."""
    server = replace(Server(where) if isinstance(where, str) else where, waits=waits)
    return ask_each(server, [asked or Request("m", PROMPT)], 1)[0]


def unused() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


# Addresses


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("", "http://127.0.0.1:11434"),
        (":8080", "http://127.0.0.1:8080"),
        ("box", "http://box:11434"),
        ("Box.Example:1", "http://box.example:1"),
        ("http://box", "http://box:80"),
        ("https://box/", "https://box:443"),
        ("HTTP://box:5", "http://box:5"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("http://0.0.0.0:99", "http://127.0.0.1:99"),
        ("[::]:99", "http://[::1]:99"),
        ("[0:0:0:0:0:0:0:1]", "http://[::1]:11434"),
        (" '10.0.0.2:7/ollama/' ", "http://10.0.0.2:7/ollama"),
    ],
)
def test_an_address_has_one_spelling(host: str, address: str) -> None:
    assert normal_address(host) == address
    assert normal_address(address) == address


@pytest.mark.parametrize(
    "host",
    [
        "ftp://box", "box:port", "box:0", "box:70000", "::1", "[::1", "[box]", "a b", "http://",
        "bo\nx", "http://user:secret@box", "box?x=1", "box#x", "-box", "box/%41", "b\\x", "böx", 5,
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_examples(host: Any) -> None:
    if host == "http://":
        assert normal_address(host) == "http://127.0.0.1:80"
        return
    with pytest.raises(BadValue, match=r"such as 127\.0\.0\.1:11434") as error:
        normal_address(host)
    assert "secret" not in str(error.value)


@given(st.text(max_size=30) | st.text("htps:/[]1.0@?#%ab ", max_size=20))
@settings(deadline=None)
def test_any_address_is_spelled_or_refused(host: str) -> None:
    try:
        address = normal_address(host)
    except BadValue:
        return
    assert normal_address(address) == address
    assert address.startswith(("http://", "https://"))


def test_the_rules_for_ports_are_those_of_the_client() -> None:
    import ollama

    for host in ("", "box", "http://box", "https://box", "box:5/path/", "[::1]", ":7"):
        client = ollama.Client(host)
        assert str(client._client.base_url).rstrip("/") in (
            normal_address(host),
            normal_address(host).removesuffix(":80").removesuffix(":443"),
        )
        client.close()


def test_the_host_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Server.at().address == "http://127.0.0.1:11434"
    monkeypatch.setenv("OLLAMA_HOST", "0.0.0.0:5")
    assert Server.at().address == "http://127.0.0.1:5"
    assert Server.at("box", 9).address == "http://box:11434"
    assert Server.at("box", 9).timeout == 9
    monkeypatch.setenv("OLLAMA_HOST", "::bad::")
    with pytest.raises(BadValue, match="OLLAMA_HOST"):
        Server.at()


@pytest.mark.parametrize("seconds", [0, -1, math.inf, math.nan, "long"])
def test_no_answer_is_waited_for_without_end(seconds: Any) -> None:
    with pytest.raises(BadValue, match="timeout"):
        Server(timeout=seconds)


def test_a_proxy_never_stands_before_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", unused())
    with site(version={"version": "1"}, tags={"models": []}, chat=CHAT) as there:
        assert Server(there.address).look().version == "1"
        assert ask(there.address).content == '{"share": true}'
    assert [is_loopback(normal_address(h)) for h in ("localhost", "127.9.9.9", "box")] == [
        True,
        True,
        False,
    ]
    assert Server("box").connecting()["trust_env"] is True


def test_plain_http_trusts_no_certificate_and_https_checks_them() -> None:
    store = Server("box").connecting()["verify"].cert_store_stats()
    assert store["x509_ca"] == 0
    assert Server("https://box").connecting()["verify"] is True


# Requests and replies


def test_what_is_sent_is_what_was_chosen() -> None:
    schema = Question.REASONED.schema
    sampling = Sampling(temperature=0.5, min_p=0.1, seed=3)
    with StandIn() as there:
        ask(there.address, Request("synthetic", PROMPT, sampling, schema))
        ask(there.address, Request("synthetic", PROMPT, alternatives=5))
        first, second = there.requests
    assert first["options"] == sampling.options()
    assert first["options"]["min_p"] == 0.1
    assert first["options"]["seed"] == 3
    assert type(first["options"]["num_ctx"]) is int
    assert type(first["options"]["top_k"]) is int
    assert (first["think"], first["stream"], first["keep_alive"]) == (False, False, KEEP_ALIVE)
    assert list(first["format"]["properties"]) == ["share", "reason"]
    assert first["messages"] == PROMPT.messages
    assert first["truncate"] is False
    assert "logprobs" not in first
    assert (second["logprobs"], second["top_logprobs"]) == (True, 5)
    assert "format" not in second
    assert "seed" not in second["options"]


def test_the_defaults_leave_out_no_rare_word() -> None:
    options = Sampling().options()
    assert (options["temperature"], options["top_p"], options["top_k"]) == (1, 1, 0)
    assert (options["min_p"], options["repeat_penalty"]) == (0, 1)
    assert (options["presence_penalty"], options["frequency_penalty"]) == (0, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": -1}, {"temperature": math.nan}, {"num_predict": 0}, {"num_ctx": 1.5},
        {"top_p": 2}, {"top_k": -1}, {"min_p": "x"}, {"seed": -1}, {"seed": 2**31},
    ],
)  # fmt: skip
def test_sampling_that_no_server_takes_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadValue, match=next(iter(change))):
        Sampling(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"model": ""}, {"model": " m"}, {"model": "a\nb"}, {"model": None}, {"alternatives": 21},
        {"schema": {"x": math.nan}}, {"schema": {"x": object()}}, {"schema": 5},
    ],
)  # fmt: skip
def test_a_request_that_cannot_be_sent_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadValue):
        Request(**{"model": "m", "prompt": PROMPT, **change})


def test_the_key_of_a_request_changes_with_all_that_is_sent() -> None:
    schema = {"type": "object", "properties": {"a": {}, "b": {}}}
    turned = {"type": "object", "properties": {"b": {}, "a": {}}}
    base = Request("m", PROMPT)
    others = [
        replace(base, model="n"),
        replace(base, prompt=Prompt(PROMPT.system, "?")),
        replace(base, prompt=Prompt("?", PROMPT.user)),
        replace(base, alternatives=1),
        replace(base, schema=schema),
        replace(base, schema=turned),
        *(replace(base, sampling=Sampling(seed=seed)) for seed in (0, 1)),
        *(replace(base, sampling=s) for s in (Sampling(0.5), Sampling(num_ctx=512))),
    ]
    keys = {request.key for request in (base, *others)}
    assert len(keys) == len(others) + 1
    assert base.key == Request("m", Prompt(PROMPT.system, PROMPT.user), Sampling()).key


def test_the_key_stays_the_same_from_release_to_release() -> None:
    """A memo on disk is found again; a change here makes every memo void, so say so."""
    known = "adcbf9f3a6e9fc5f931cc365e75e5f519ddc6a60bae9819fb3dcda552d87f583"
    assert Request("m", Prompt("s", "u"), Sampling(seed=1), {"a": 1}, 20).key == known


def test_a_request_keeps_its_own_copy_of_the_schema() -> None:
    schema: dict[str, Any] = {"type": "object"}
    request = Request("m", PROMPT, schema=schema)
    key = request.key
    schema["type"] = "string"
    assert request.key == key


def test_a_reply_holds_what_the_server_told() -> None:
    pairs = [{"token": "yes", "logprob": -0.5}, {"token": "no", "logprob": -1.5}]
    told = {
        **CHAT,
        "message": {"role": "assistant", "content": "y" * 5000, "thinking": "t" * 4001},
        "done_reason": "length",
        "total_duration": 2_500_000_000,
        "load_duration": 500_000_000,
        "prompt_eval_count": 21,
        "eval_count": 3,
        "logprobs": [
            {"token": "yes", "logprob": -0.5, "bytes": [1], "top_logprobs": pairs},
            {"token": "x", "logprob": -0.1, "top_logprobs": []},
        ],
    }
    with site(chat=told) as there:
        reply = ask(there.address)
    assert reply.first_token == (("yes", -0.5), ("no", -1.5))
    assert (len(reply.content), len(reply.thinking), reply.cut) == (4000, 4000, True)
    assert (reply.prompt_tokens, reply.tokens, reply.done_reason) == (21, 3, "length")
    assert (reply.seconds, reply.load_seconds) == (2.5, 0.5)


@pytest.mark.parametrize("done", [False, None])
def test_a_reply_that_is_not_marked_as_done_is_not(done: bool | None) -> None:
    with site(chat={**CHAT, "done": done}) as there:
        assert ask(there.address).done is False


# What goes wrong


@pytest.mark.parametrize(
    ("status", "body", "kind", "passing", "words"),
    [
        (404, '{"error":"model \'m\' not found"}', ModelMissing, False, "ollama pull m"),
        (404, '{"error":"model \\"m\\" not found, try pulling it first"}', ModelMissing, False, ""),
        (404, "404 page not found", Refused, False, "names an Ollama server"),
        (405, "405 method not allowed", Refused, False, "names an Ollama server"),
        (400, '{"error":"top_logprobs must be between 0 and 20"}', Refused, False, "0 and 20"),
        (400, '{"error":"model is required"}', Refused, False, "required"),
        (400, '{"error":"missing request body"}', Refused, False, "missing"),
        (400, '{"error":"\\"m\\" does not support thinking"}', Refused, False, "thinking"),
        (400, '{"error":"\\"m\\" does not support chat"}', Refused, False, "answers in words"),
        (400, '{"error":"{\\"error\\":{\\"code\\":400}}"}', Refused, False, "400"),
        (401, '{"error":"unauthorized"}', Refused, False, "OLLAMA_API_KEY"),
        (403, "", Refused, False, "OLLAMA_ORIGINS"),
        (301, "", Refused, False, "sends on"),
        (500, '{"error":"option \\"num_ctx\\" must be of type integer"}', Refused, False, "option"),
        (500, '{"error":"invalid format: \\"x\\"; expected \\"json\\""}', Refused, False, "format"),
        (
            500,
            '{"error":"model requires more system memory (9 GiB)"}',
            ServerTrouble,
            False,
            "er m",
        ),
        (500, '{"error":"model runner has unexpectedly stopped"}', ServerTrouble, True, "stopped"),
        (500, "plain text", ServerTrouble, True, "plain text"),
        (500, "", ServerTrouble, True, "500"),
        (502, "<html>bad gateway</html>", ServerTrouble, True, "502"),
        (503, '{"error":"server busy, please try again."}', ServerTrouble, True, "busy"),
        (499, '{"error":"request canceled"}', ServerTrouble, True, "canceled"),
        (429, '{"error":"slow down"}', ServerTrouble, True, "429"),
        (500, '"a string"', ServerTrouble, True, "not that of an Ollama server"),
        (500, '["a list"]', ServerTrouble, True, "not that of an Ollama server"),
        (500, "null", ServerTrouble, True, "not that of an Ollama server"),
        (500, '{"error": {"code": 1}}', ServerTrouble, True, "500"),
        (200, "<html>hello</html>", ServerTrouble, True, "not that of an Ollama server"),
        (200, '{"done": true}', ServerTrouble, True, "not that of an Ollama server"),
        (200, '{"message": 5}', ServerTrouble, True, "not that of an Ollama server"),
        (200, '["x"]', ServerTrouble, True, ""),
        (200, "", ServerTrouble, True, "not that of an Ollama server"),
    ],
)
def test_every_bad_answer_says_what_it_means(
    status: int, body: str, kind: type, passing: bool, words: str
) -> None:
    with site(chat=(status, body)) as there:
        with pytest.raises(ServerTrouble) as caught:
            ask(there.address)
        assert there.calls == (4 if passing else 1)
    trouble = caught.value
    assert (type(trouble), trouble.passing) == (kind, passing)
    assert words in str(trouble)
    assert str(trouble).isprintable()
    assert len(str(trouble)) < 700
    assert isinstance(trouble, NewswaveError)


def test_text_from_a_server_is_bounded_and_cannot_act_on_the_terminal() -> None:
    body = json.dumps({"error": "\x1b[31m\n" * 9000})
    with site(chat=(400, body)) as there, pytest.raises(Refused) as caught:
        ask(there.address)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 500


def reset(handler: Any) -> None:
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    socket.close(handler.connection.detach())


def hang_up(handler: Any) -> None:
    handler.close_connection = True


def half(handler: Any) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "500")
    handler.end_headers()
    handler.wfile.write(b'{"message"')
    handler.close_connection = True


def nonsense(handler: Any) -> None:
    handler.wfile.write(b"\xff\xfe nothing like HTTP\r\n\r\n")
    handler.close_connection = True


@pytest.mark.parametrize("how", [reset, hang_up, half, nonsense])
def test_a_broken_connection_is_tried_again(how: Callable[[Any], None]) -> None:
    with site(chat=how) as there:
        with pytest.raises(ServerTrouble, match="broke") as caught:
            ask(there.address)
        assert there.calls == 4
    assert caught.value.passing


def test_no_server_says_how_to_start_one() -> None:
    for act in (lambda s: s.look(), lambda s: s.digest("m"), lambda s: s.pull("m"), ask):
        with pytest.raises(ServerGone) as caught:
            act(Server(unused()))
        for words in ("ollama serve", "ollama.com", "OLLAMA_HOST", "--host", "synthetic-server"):
            assert words in str(caught.value)


@pytest.mark.parametrize("kind", ["ConnectError", "ConnectTimeout", "ProxyError"])
def test_a_machine_that_is_not_reached_is_gone_with_the_reason(kind: str) -> None:
    import httpx

    error = getattr(httpx, kind)("Name or service not known")
    trouble = trouble_of(error, "http://box:1", 5)
    assert type(trouble) is ServerGone
    assert "http://box:1 (Name or service not known)" in str(trouble)


def test_the_reason_that_the_client_hides_is_told() -> None:
    with pytest.raises(ServerGone, match=r"\(.*connection.*\)|\(.*refused.*\)"):
        ask(unused())


def test_a_slow_answer_is_tried_twice_and_then_too_slow() -> None:
    with StandIn(slow=30.0) as there:
        there.fault_always(Fault.SLOW_FIRST_BYTE)
        with pytest.raises(TooSlow, match=r"within 0\.2 s.*--timeout.*--concurrency"):
            ask(Server(there.address, timeout=0.2), Request("synthetic", PROMPT))
        assert there.calls == 2


def test_an_answer_that_trickles_is_too_slow_all_the_same() -> None:
    def trickle(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "500")
        handler.end_headers()
        for _ in range(500):
            handler.wfile.write(b" ")
            time.sleep(0.02)

    with site(chat=trickle) as there, pytest.raises(TooSlow):
        ask(Server(there.address, timeout=0.3), waits=())


def test_a_slow_list_is_too_slow() -> None:
    with site(version=lambda _: time.sleep(0.5)) as there, pytest.raises(TooSlow):
        Server(there.address, timeout=0.1).look()


class Odd(Exception):
    """Nothing that anybody knows."""


def test_an_unknown_exception_is_named() -> None:
    trouble = trouble_of(Odd("what?"), "http://box:1", 5)
    assert type(trouble) is ServerTrouble
    assert "Odd" in str(trouble)
    assert not trouble.passing
    assert trouble_of(trouble, "http://box:1", 5) is trouble


def test_a_request_that_the_client_refuses_is_not_asked_again() -> None:
    import pydantic
    from ollama._types import ChatRequest

    with pytest.raises(pydantic.ValidationError) as caught:
        ChatRequest(model="")
    assert isinstance(trouble_of(caught.value, "http://box:1", 5), Refused)


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("0.33.0-synthetic", r"longer than the context.*status 400.*tokens.*shorter event"),
        ("0.12.5-synthetic", r"cut the prompt to the 512 tokens of its context.*shorter event"),
    ],
)
def test_a_prompt_that_does_not_fit_is_refused_at_once(version: str, words: str) -> None:
    """From 0.12.6 on the server says so itself; an older one cuts, which its count tells."""
    long = Request("synthetic", Prompt("s" * 3000, PROMPT.user), Sampling(num_ctx=512))
    with StandIn(version=version) as there:
        with pytest.raises(Refused, match=words) as caught:
            ask(there.address, long)
        assert there.calls == 1
        assert ask(there.address, replace(long, sampling=Sampling(num_ctx=1024))).prompt_tokens
    assert not caught.value.passing


@pytest.mark.parametrize("status", [400, 500])
def test_a_prompt_too_long_for_the_model_is_no_passing_trouble(status: int) -> None:
    told = {"error": "the prompt is longer than the context length available now"}
    with site(chat=(status, json.dumps(told))) as there:
        with pytest.raises(Refused, match="longer than the context of the model"):
            ask(there.address)
        assert there.calls == 1


def test_a_model_that_does_not_see_the_system_message_is_refused_at_the_first_call() -> None:
    """Measured with such a template: 99 tokens taken in of 195, for a question of 146 words."""
    asked = Asking(Setup(sharing=Asked("synthetic-base", wording("adjectives")))).first
    with StandIn(models=["synthetic-base"]) as there:
        with pytest.raises(Refused, match=r"does not see the news.*146 words.*{{ .System }}"):
            ask(there.address, asked)
        assert there.calls == 1
        both = replace(asked, prompt=Prompt("", f"{asked.prompt.system} {asked.prompt.user}"))
        assert ask(there.address, both).prompt_tokens > 146


def test_a_trouble_can_go_to_another_process() -> None:
    trouble = TooSlow("Slow", advice="Wait", passing=True)
    again = pickle.loads(pickle.dumps(trouble))
    assert (type(again), again.passing, again.advice) == (TooSlow, True, "Wait")


def test_a_session_that_is_not_open_says_so() -> None:
    async def early() -> None:
        await Server().session().ask(Request("m", PROMPT))

    with pytest.raises(BadValue, match="async with"):
        asyncio.run(early())


@pytest.mark.parametrize(("concurrency", "waits"), [(0, ()), (257, ()), (1, (-1.0,))])
def test_a_session_that_cannot_be_is_refused(concurrency: int, waits: tuple[float, ...]) -> None:
    with pytest.raises(BadValue):
        ask_each(Server(waits=waits), [Request("m", PROMPT)], concurrency)


# Trying again, many at once, stopping


@pytest.mark.parametrize(
    "fault",
    [Fault.BUSY, Fault.CRASH, Fault.RESET, Fault.CUT, Fault.NOT_JSON, Fault.ERROR_LINE],
)
def test_a_trouble_that_passes_costs_no_answer(fault: Fault) -> None:
    with StandIn() as there:
        there.script(fault, fault, None)
        assert ask(there.address, Request("synthetic", PROMPT)).done
        assert there.calls == 3
        there.script(*[fault] * 4)
        with pytest.raises(ServerTrouble):
            ask(there.address, Request("synthetic", PROMPT))
        assert there.calls == 7


def test_a_model_that_was_deleted_meanwhile_is_not_asked_again() -> None:
    with StandIn() as there:
        there.script(None, Fault.MODEL_DELETED)
        asked = Request("synthetic", PROMPT)
        assert ask(there.address, asked).done
        with pytest.raises(ModelMissing, match="synthetic"):
            ask(there.address, asked)
        assert there.calls == 2


def test_the_waits_are_kept() -> None:
    with StandIn() as there:
        there.script(Fault.BUSY, Fault.BUSY)
        start = time.monotonic()
        ask(there.address, Request("synthetic", PROMPT), waits=(0.1, 0.2))
        assert time.monotonic() - start >= 0.3


def test_never_more_questions_at_once_than_agreed() -> None:
    asked = [Request("synthetic", PROMPT, Sampling(seed=i)) for i in range(15)]
    with StandIn(delay=0.02) as there:
        assert len(ask_each(Server(there.address), asked, 3)) == 15
        assert there.peak == 3


def test_waiting_for_a_turn_is_not_the_servers_slowness() -> None:
    def slowly(handler: Any) -> None:
        time.sleep(0.2)
        body = json.dumps(CHAT).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    with site(chat=slowly) as there:
        asked = [Request("m", PROMPT, Sampling(seed=i)) for i in range(6)]
        assert len(ask_each(Server(there.address, timeout=1.0, waits=()), asked, 1)) == 6


def test_stopping_closes_the_connection_at_once() -> None:
    arrived, gone = threading.Event(), threading.Event()

    def wait_for_end(handler: Any) -> None:
        arrived.set()
        handler.connection.settimeout(20)
        if handler.connection.recv(1) == b"":
            gone.set()
        handler.close_connection = True

    async def stop(server: Server) -> float:
        async with server.session() as session:
            asking = asyncio.create_task(session.ask(Request("m", PROMPT)))
            await asyncio.to_thread(arrived.wait, 10)
            start = time.monotonic()
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            took = time.monotonic() - start
            assert await asyncio.to_thread(gone.wait, 10)
            return took

    with site(chat=wait_for_end) as there:
        assert asyncio.run(stop(Server(there.address))) < 2
        assert there.calls == 1


def test_a_session_can_ask_on_after_one_question_was_stopped() -> None:
    async def both(address: str) -> Reply:
        async with Server(address).session() as session:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(session.ask(Request("synthetic", PROMPT)), 0.2)
            return await session.ask(Request("synthetic", PROMPT))

    with StandIn(slow=30.0) as there:
        there.script(Fault.SLOW_FIRST_BYTE)
        assert asyncio.run(both(there.address)).done


# What is there


def test_models_are_told_with_all_that_the_server_says() -> None:
    details = {"family": "gemma3", "parameter_size": "1B", "quantization_level": "Q4_K_M"}
    tags = {"models": [{**TAG, "digest": f"sha256:{DIGEST}", "details": details}, {"name": "x"}]}
    show = {
        "details": details,
        "model_info": {"general.architecture": "gemma3", "gemma3.context_length": 32768},
        "capabilities": ["completion", "thinking"],
    }
    with site(version={"version": "0.33.0"}, tags=tags, show=show) as there:
        server = Server(there.address)
        (listed,) = server.look().models
        model = server.model("M")
    assert (listed.name, listed.digest, listed.size) == ("m:latest", DIGEST, 7)
    assert (listed.capabilities, listed.answers, listed.synthetic) == ((), True, False)
    assert (model.family, model.parameter_size) == ("gemma3", "1B")
    assert (model.quantization, model.context_length) == ("Q4_K_M", 32768)
    assert (model.thinks, model.synthetic) == (True, False)


@pytest.mark.parametrize("show", [{}, {"model_info": None, "capabilities": None, "details": 4}])
def test_an_old_server_that_tells_little_is_enough(show: dict[str, Any]) -> None:
    with site(version={"version": "0.1"}, tags={"models": [TAG]}, show=show) as there:
        model = Server(there.address).model("m")
    assert (model.name, model.family, model.context_length) == ("m:latest", "", None)


def test_a_missing_model_is_named_with_those_that_are_there() -> None:
    with site(version={"version": "1"}, tags={"models": [TAG]}) as there:
        for act in (Server(there.address).model, Server(there.address).digest):
            with pytest.raises(ModelMissing) as caught:
                act("other:1b")
            for words in ("m:latest", "ollama pull other:1b", "newswave models --pull other:1b"):
                assert words in str(caught.value)


@pytest.mark.parametrize("empty", [{"models": []}, {"models": None}, {}])
def test_a_server_without_models_is_one(empty: dict[str, Any]) -> None:
    with site(version={"version": "1"}, tags=empty, ps=empty) as there:
        assert Server(there.address).look().models == ()
        assert Server(there.address).loaded() == ()
        with pytest.raises(ModelMissing):
            Server(there.address).digest("m")


@pytest.mark.parametrize(
    ("version", "tags"),
    [
        ({"version": ""}, {"models": []}),
        ({}, {"models": []}),
        ([], {"models": []}),
        ((200, "<html>"), {"models": []}),
        ({"version": "1"}, {"models": 5}),
        ({"version": "1"}, "models"),
    ],
)
def test_another_kind_of_server_is_told_apart(version: Any, tags: Any) -> None:
    foreign = pytest.raises(ServerTrouble, match="not that of an Ollama server")
    with site(version=version, tags=tags) as there, foreign:
        Server(there.address).look()


def test_a_key_goes_along_with_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", "abc")
    with site(version={"version": "1"}, tags={"models": []}, chat=CHAT) as there:
        Server(there.address).look()
        ask(there.address)
        keys = [
            headers.get("Authorization", headers.get("authorization")) for headers in there.headers
        ]
    assert keys == ["Bearer abc"] * 3


def test_a_path_before_the_calls_is_kept() -> None:
    with site(version={"version": "1"}, tags={"models": []}, chat=CHAT) as there:
        assert Server(f"{there.address}/ollama").look().version == "1"
        assert ask(f"{there.address}/ollama").done


def lines(*parts: str) -> Callable[[Any], None]:
    def send(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write("".join(part + "\n" for part in parts).encode())
        handler.close_connection = True

    return send


@pytest.mark.parametrize(
    "said",
    [
        "pull model manifest: Get https://registry.ollama.ai/v2/x: dial tcp: lookup "
        "registry.ollama.ai: no such host",
        "pull model manifest: proxyconnect tcp: dial tcp 10.0.0.1:3128: connection refused",
        "pull model manifest: tls: failed to verify certificate: x509: certificate signed by "
        "unknown authority",
    ],
)
@pytest.mark.parametrize("streamed", [True, False])
def test_a_server_without_internet_is_told_what_helps(said: str, streamed: bool) -> None:
    error = json.dumps({"error": said})
    reply = lines(error) if streamed else (500, error)
    with site(pull=reply) as there, pytest.raises(ServerTrouble) as caught:
        Server(there.address).pull("m")
    words = str(caught.value)
    for part in ("HTTPS_PROXY", "ollama serve", "ollama create NAME -f Modelfile", "FROM ./FILE"):
        assert part in words
    assert said[:60] in words
    assert "--concurrency" not in words
    assert not caught.value.passing


def test_fetching_a_model_tells_how_far_it_is() -> None:
    seen: list[tuple[str, int, int]] = []
    steps = lines(
        '{"status":"pulling manifest"}',
        '{"status":"pulling ab","digest":"ab","total":10}',
        '{"status":"pulling ab","digest":"ab","total":10,"completed":10}',
        '{"status":"success"}',
    )
    with site(pull=steps) as there:
        Server(there.address).pull("m", lambda *told: seen.append(told))
        Server(there.address).pull("m")
    assert seen[1:3] == [("pulling ab", 0, 10), ("pulling ab", 10, 10)]
    assert [seen[0][0], seen[-1][0]] == ["pulling manifest", "success"]


@pytest.mark.parametrize(
    ("last", "kind", "words"),
    [
        ('{"error":"pull model manifest: file does not exist"}', ModelMissing, r"ollama\.com"),
        ('{"error":"pull model manifest: lookup: no such host"}', ServerTrouble, "no such host"),
        ('{"status":"verifying sha256 digest"}', ServerTrouble, "before it was complete"),
        ("", ServerTrouble, "not that of an Ollama server"),
        ("[]", ServerTrouble, "not that of an Ollama server"),
    ],
)
def test_an_error_within_fetching_is_clear(last: str, kind: type, words: str) -> None:
    steps = lines('{"status":"pulling manifest"}', last)
    with site(pull=steps) as there, pytest.raises(ServerTrouble, match=words) as caught:
        Server(there.address).pull("m")
    assert type(caught.value) is kind


def test_what_a_caller_raises_while_fetching_is_left_alone() -> None:
    def stop(*_: Any) -> None:
        raise Odd

    with site(pull=lines('{"status":"pulling manifest"}')) as there, pytest.raises(Odd):
        Server(there.address).pull("m", stop)
    with pytest.raises(BadValue):
        Server().pull("")


def test_the_stand_in_says_that_it_is_one() -> None:
    with StandIn() as there:
        server = Server(there.address)
        found = server.look()
        assert found.synthetic
        assert all(model.synthetic for model in found.models)
        assert server.model("synthetic").synthetic
        assert server.model("synthetic-thinking").thinks
        with pytest.raises(Refused, match=r"cannot be asked in words.*synthetic:latest"):
            server.model("synthetic-embedding")
        with pytest.raises(Refused, match="answers in words"):
            ask(server, Request("synthetic-embedding", PROMPT))
        server.pull("synthetic-small")
        assert "synthetic-small:latest" in server.look().names
        before = server.digest("synthetic")
        there.change("synthetic")
        assert server.digest("synthetic") != before


def test_a_server_that_is_too_old_gives_no_probabilities() -> None:
    with StandIn() as there:
        assert ask(there.address, Request("synthetic-mute", PROMPT, alternatives=20)).done
        reply = ask(there.address, Request("synthetic-mute", PROMPT, alternatives=20))
    assert reply.first_token == ()


def test_the_client_names_its_version() -> None:
    assert client_version().startswith("httpx 0.")  # it sends the calls


def test_importing_the_rooms_loads_no_client() -> None:
    code = (
        "import sys, newswave.llm.ollama_server as s, newswave.llm.server as values; "
        "s.Server.at('box'); values.Sampling().options(); "
        "print(sorted({'ollama', 'httpx', 'ssl', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("[]", "['ssl']")
