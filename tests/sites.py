"""Small servers for tests: replies by path, and one that answers as llama-server does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from newswave.llm.fake_ollama.formula import Call, Mind, Sampling, answer


@dataclass
class Site:
    """A small server: a reply by path, all calls counted, every body kept."""

    replies: dict[str, Any]
    address: str = ""
    calls: int = 0
    bodies: list[Any] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)


@contextmanager
def site(**replies: Any) -> Iterator[Site]:
    """Serve replies by the last part of their path: JSON, (status, text), or a function."""
    told = Site(replies)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            told.calls += 1
            told.headers.append(dict(self.headers.items()))
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            told.bodies.append(json.loads(raw) if raw else None)
            reply = replies.get(self.path.rpartition("/")[2], (404, "404 page not found"))
            if callable(reply):
                reply(self)
                return
            status, text = reply if isinstance(reply, tuple) else (200, json.dumps(reply))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "https://elsewhere.example/")
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Say nothing."""

    server = Quiet(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    told.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()


LISTED = {
    "id": "synthetic.gguf",
    "aliases": ["synthetic.gguf"],
    "tags": ["synthetic"],
    "object": "model",
    "created": 1,
    "owned_by": "llamacpp",
    "meta": {
        "vocab_type": 2,
        "n_vocab": 49152,
        "n_ctx": 2048,
        "n_ctx_train": 8192,
        "n_embd": 576,
        "n_params": 134_515_008,
        "size": 96_614_400,
        "ftype": "Q4_1",
    },
}


@contextmanager
def llama(loading: int = 0, **changed: Any) -> Iterator[Site]:
    """Serve as llama-server does, the formula in place of a model; `loading` calls get a 503.

    Like it, it answers whatever model is named, puts `logprobs` of the odds before any temperature
    beside the text, and refuses what does not fit into its context.
    """
    lines = {"left": loading}

    def complete(handler: Any) -> None:
        status, told = _loading() if lines["left"] > 0 else _completed(there.bodies[-1])
        lines["left"] -= 1
        text = json.dumps(told).encode()
        handler.send_response(status)
        handler.send_header("Server", "llama.cpp")
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    models = {"object": "list", "data": [LISTED]}
    replies = {"models": models, "props": {"build_info": "b8681-test"}, "completions": complete}
    with site(**(replies | changed)) as there:
        there.address += "/v1"
        yield there


def _loading() -> tuple[int, dict[str, Any]]:
    return _error(503, "Loading model", "unavailable_error")


def _error(code: int, message: str, kind: str, **more: Any) -> tuple[int, dict[str, Any]]:
    return code, {"error": {"code": code, "message": message, "type": kind, **more}}


def _completed(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Return status and body of an answer to /v1/chat/completions."""
    if not isinstance(body.get("messages"), list):
        return _error(400, "Expected 'messages' to be an array", "invalid_request_error")
    if "top_logprobs" in body and not body.get("logprobs"):
        words = "top_logprobs requires logprobs to be set to true"
        return _error(400, words, "invalid_request_error")
    messages, begun = body["messages"], ""
    if messages and messages[-1]["role"] == "assistant":  # the answer is gone on with
        *messages, last = messages
        begun = last["content"]
    text = "\n\n".join(message["content"] for message in messages)
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
    options = {**body, "num_predict": body["max_tokens"], "top_k": max(body["top_k"], 0)}
    top = body.get("top_logprobs")
    made = answer(Call(text, Sampling.of(options), schema, top=top, begun=begun), Mind())
    context, taken = LISTED["meta"]["n_ctx"], made.prompt_tokens
    if taken > context:
        words = f"request ({taken} tokens) exceeds the available context size ({context} tokens)"
        more = {"n_prompt_tokens": taken, "n_ctx": context}
        return _error(400, words, "exceed_context_size_error", **more)
    content = "".join(token.text for token in made.tokens)
    choice: dict[str, Any] = {
        "finish_reason": made.ending,
        "index": 0,
        "message": {"role": "assistant", "content": content},
    }
    if top is not None:
        choice["logprobs"] = {"content": [token.entry for token in made.tokens]}
    usage = {"completion_tokens": len(made.tokens), "prompt_tokens": taken}
    return 200, {"choices": [choice], "model": LISTED["id"], "usage": usage}
