"""The mock server: real HTTP, Ollama's routes, and what it counts."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any

from newswave.core.errors import BadValue, NewswaveError, real_number, whole_number
from newswave.llm.fake_ollama.faults import ERRORS, NOT_JSON_TEXT, Fault
from newswave.llm.fake_ollama.formula import (
    Answer,
    Call,
    Mind,
    Refused,
    Sampling,
    Token,
    answer,
    prompt_tokens,
)
from newswave.llm.server import full_name, version_numbers

VERSION = "0.33.0-synthetic"

_JSON = "application/json; charset=utf-8"
_LINES = "application/x-ndjson"
_TEXT = "text/plain"
_REMEMBERED = 1000
_WAIT = 0.1
_MOST_LOGPROBS = 20
_TRUNCATE = (0, 12, 6)
_LICENSE = (
    "SYNTHETIC. This is no language model: newswave's stand-in server computes every answer from a "
    "formula. Nothing it says is evidence about people or about models."
)
_DETAILS = {
    "format": "gguf",
    "family": "synthetic",
    "families": ["synthetic"],
    "parameter_size": "0B",
    "quantization_level": "none",
}

CATALOGUE = {
    "synthetic:latest": ("completion",),
    "synthetic-thinking:latest": ("completion", "thinking"),
    "synthetic-mute:latest": ("completion",),
    "synthetic-embedding:latest": ("embedding",),
    "synthetic-small:latest": ("completion",),
    "synthetic-base:latest": ("completion",),
}
"""The models that can be pulled, and what they can do. The mute one answers without
log-probabilities, as a server before 0.12.11 does; the template of the base one has no place for a
system message."""

DEFAULT_MODELS = tuple(CATALOGUE)[:4]
_FAULTS = {
    "synthetic-mute:latest": Fault.NO_LOGPROBS,
    "synthetic-base:latest": Fault.NO_SYSTEM,
}


class Gone(Exception):
    """The server is closing, or breaks the connection off without a word."""


@dataclass(frozen=True)
class _Reply:
    """What goes back: a body, its lines in chunks if it is a stream; cut off in the middle."""

    status: int
    body: bytes
    kind: str = _JSON
    cut: bool = False


@dataclass(frozen=True)
class _Model:
    """A pulled model: its digest changes with its generation; each answer shows its fault."""

    name: str
    can: tuple[str, ...]
    changed: datetime
    generation: int = 0
    fault: Fault | None = None

    def tag(self) -> dict[str, Any]:
        """Return its entry in /api/tags, and most of that in /api/ps."""
        text = f"synthetic {self.name} {self.generation}"
        return {
            "name": self.name,
            "model": self.name,
            "modified_at": _stamp(self.changed),
            "size": 1_000_000,
            "digest": hashlib.sha256(text.encode()).hexdigest(),
            "details": _DETAILS,
            "capabilities": self.can,
        }

    def description(self) -> dict[str, Any]:
        """Return what /api/show says."""
        info = {"general.architecture": "synthetic", "synthetic.context_length": 32768}
        shown = {"license": _LICENSE, "details": _DETAILS, "model_info": info}
        return {**shown, "capabilities": self.can, "modified_at": _stamp(self.changed)}


@dataclass(frozen=True)
class _Asked:
    """A checked request; one without text only loads the model, or unloads it."""

    chat: bool
    name: str
    model: _Model
    call: Call
    stream: bool
    kept: bool
    fault: Fault | None


class StandIn:
    """A server that behaves like Ollama over real HTTP; every answer is computed from a formula.

    It runs in threads of this process from when it is made until `close` or the end of `with`.

    Parameters
    ----------
    mind : Mind
        The law behind the answers.
    models : iterable of str
        The synthetic models that are there from the beginning.
    delay, load, slow : float
        Seconds that an answer takes besides what it really takes, loading a model, a slow fault.
    parallel : int
        How many requests are answered at once; more wait, without limit.
    port, host : int, str
        Where to listen; port 0 takes a free one.
    version : str
        What the server calls its version; says "synthetic".
    faults : iterable of Fault or None
        What goes wrong with the first calls, one each; None for a call that goes well.

    Attributes
    ----------
    address : str
        Where it listens.
    calls : int
        How many requests to /api/chat and /api/generate have come, faulty ones too.
    peak, served_peak : int
        The most of them that were here at once, waiting ones too; and that were being answered.

    Examples
    --------
    >>> import ollama
    >>> with StandIn() as server, ollama.Client(server.address, trust_env=False) as client:
    ...     asked = [{"role": "user", "content": "Do you share it? Answer yes or no:"}]
    ...     reply = client.chat("synthetic", asked, options={"temperature": 0})
    >>> reply.message.content, server.calls
    ('No', 1)
    """

    def __init__(
        self,
        mind: Mind | None = None,
        models: Iterable[str] = DEFAULT_MODELS,
        delay: float = 0.0,
        parallel: int = 8,
        port: int = 0,
        host: str = "127.0.0.1",
        version: str = VERSION,
        faults: Iterable[Fault | None] = (),
        load: float = 0.01,
        slow: float = 1.0,
    ) -> None:
        self._delay, self._load, self._slow = (
            real_number(name, value, 0.0, 3600.0)
            for name, value in (("delay", delay), ("load", load), ("slow", slow))
        )
        self._places = threading.Semaphore(whole_number("parallel", parallel, 1, 1000))
        self._mind, self._version = mind or Mind(), version
        self._pulled: dict[str, _Model] = {}
        self._loaded: dict[str, int] = {}  # the context that each model is in memory with
        self._lock, self._loading = threading.RLock(), threading.Lock()
        for name in models:
            if self._pull(name) is None:
                allowed = ", ".join(CATALOGUE)
                raise BadValue("There is no such synthetic model", given=name, allowed=allowed)
        self.calls, self.peak, self.served_peak = 0, 0, 0
        self._present, self._served = 0, 0
        self._closing = threading.Event()
        self._bodies: deque[dict[str, Any]] = deque(maxlen=_REMEMBERED)
        self._script: deque[Fault | None] = deque()
        self._always: Fault | None = None
        self.script(*faults)
        self._listen(host, whole_number("port", port, 0, 65535))

    def _listen(self, host: str, port: int) -> None:
        try:
            self._wire = _Wire(host, port, self)
        except OSError as error:
            raise NewswaveError(
                f"The stand-in server cannot listen there ({error.strerror or error})",
                given=f"{host}:{port}",
                advice="Take another port with --port, or stop what uses this one",
            ) from error
        self.address = f"http://{host}:{self.port}"
        self._thread = threading.Thread(target=self._wire.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return int(self._wire.server_address[1])

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The bodies of the last thousand requests, the oldest first."""
        return list(self._bodies.copy())

    def script(self, *faults: Fault | None) -> None:
        """Let the next calls go wrong in these ways, one each; None for a call that goes well."""
        for fault in faults:
            _check(fault)
        self._script.extend(faults)

    def fault_always(self, fault: Fault | None) -> None:
        """Let every call that has nothing in the script go wrong in this way; None ends that."""
        _check(fault)
        self._always = fault

    def forget(self, model: str) -> None:
        """Take a model away, as if it had been deleted on the server."""
        with self._lock:
            self._pulled.pop(full_name(model), None)
            self._loaded.pop(full_name(model), None)

    def change(self, model: str) -> None:
        """Give a model a new digest, as if a new version had been pulled."""
        name = full_name(model)
        with self._lock:
            old = self._pulled.get(name)
            if old is None:
                raise BadValue("There is no such model to change", given=model)
            now = datetime.now(UTC)
            self._pulled[name] = replace(old, generation=old.generation + 1, changed=now)
            self._loaded.pop(name, None)

    def close(self) -> None:
        """Stop at once: break off every connection and free the port."""
        if not self._closing.is_set():
            self._closing.set()
            self._wire.stop()
            self._thread.join(2.0)

    def reply(self, method: str, path: str, raw: bytes) -> _Reply:
        """Return the reply to a request, or raise `Gone` if there is to be none."""
        routes: dict[str, tuple[str, Callable[[], _Reply]]] = {
            "/": ("GET HEAD", lambda: _Reply(200, b"Ollama is running", _TEXT)),
            "/api/version": ("GET HEAD", lambda: _json({"version": self._version})),
            "/api/tags": ("GET HEAD", lambda: _json({"models": self._tags()})),
            "/api/ps": ("GET", lambda: _json({"models": self._running()})),
            "/api/show": ("POST", lambda: self._show(_read(raw))),
            "/api/pull": ("POST", lambda: self._pulling(_read(raw))),
            "/api/chat": ("POST", lambda: self._answer(True, raw)),
            "/api/generate": ("POST", lambda: self._answer(False, raw)),
        }
        if path not in routes:
            return _Reply(404, b"404 page not found", _TEXT)
        methods, serve = routes[path]
        if method not in methods.split():
            return _Reply(405, b"405 method not allowed", _TEXT)
        try:
            return serve()
        except Refused as refused:
            return _json({"error": refused.message}, refused.status)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            return _json({"error": f"json: {error}"}, 400)  # a value of the wrong type

    # its models

    def _pull(self, name: str) -> _Model | None:
        full = full_name(name)
        if full not in CATALOGUE:
            return None
        made = _Model(full, CATALOGUE[full], datetime.now(UTC), fault=_FAULTS.get(full))
        with self._lock:
            return self._pulled.setdefault(full, made)

    def _find(self, name: str) -> _Model | None:
        """Return a pulled model, or the one whose name ends with a fault of the content."""
        full = full_name(name)
        with self._lock:
            known, plain = self._pulled.get(full), self._pulled.get("synthetic:latest")
        if known is None and plain is not None:
            for fault in Fault:
                if fault.in_content and full == f"synthetic-{fault.value}:latest":
                    return replace(plain, name=full, fault=fault)
        return known

    def _tags(self) -> list[dict[str, Any]]:
        """Return the models, the one that was changed last first."""
        with self._lock:
            pulled = sorted(self._pulled.values(), key=lambda model: model.changed, reverse=True)
        return [model.tag() for model in pulled]

    def _running(self) -> list[dict[str, Any]]:
        with self._lock:
            loaded = [(self._find(name), size) for name, size in self._loaded.items()]
        more = {"size_vram": 0}
        return [m.tag() | more | {"context_length": size} for m, size in loaded if m is not None]

    def _show(self, body: Mapping[str, Any]) -> _Reply:
        name = _named(body)
        model = self._find(name)
        if model is None:
            missing = (404, f"model '{name}' not found") if name else (400, "model is required")
            raise Refused(*missing)
        return _json(model.description())

    def _pulling(self, body: Mapping[str, Any]) -> _Reply:
        model = self._pull(_named(body))
        missing = "pull model manifest: file does not exist"
        if not body.get("stream", True):
            if model is None:
                raise Refused(500, missing)
            return _json({"status": "success"})
        steps: list[dict[str, Any]] = [{"status": "pulling manifest"}]
        if model is None:
            return _lines([*steps, {"error": missing}])
        digest = model.tag()["digest"]
        part = {"status": f"pulling {digest[:12]}", "digest": f"sha256:{digest}", "total": 1000}
        steps += [part | {"completed": done} for done in (0, 500, 1000)]
        return _lines([*steps, {"status": "success"}])

    # its answers

    def _answer(self, chat: bool, raw: bytes) -> _Reply:
        with self._counted() as fault:
            body = _read(raw)
            self._bodies.append(body)
            if fault is Fault.MODEL_DELETED:
                self.forget(_named(body))
            if fault is Fault.DIGEST_CHANGED and full_name(_named(body)) in self._pulled:
                self.change(_named(body))
            asked = self._checked(chat, body, fault)
            if asked.fault is Fault.RESET:
                raise Gone
            if asked.fault is Fault.BUSY:
                raise Refused(*ERRORS[asked.fault])
            with self._place():
                return self._served_reply(asked)

    def _checked(self, chat: bool, body: Mapping[str, Any], fault: Fault | None) -> _Asked:
        """Return what is asked, or raise `Refused` with the first thing that does not fit."""
        name, top, think = _named(body), body.get("top_logprobs", 0), body.get("think")
        if not 0 <= top <= _MOST_LOGPROBS:
            raise Refused(400, f"top_logprobs must be between 0 and {_MOST_LOGPROBS}")
        if chat and not name:
            raise Refused(400, "model is required")
        model = self._find(name)
        if model is None:
            raise Refused(404, f"model '{name}' not found")
        if "completion" not in model.can:
            raise Refused(400, f'"{name}" does not support {"chat" if chat else "generate"}')
        thinks = "thinking" in model.can
        if think and not thinks:
            raise Refused(400, f'"{name}" does not support thinking')
        fault = fault or model.fault
        sampling = Sampling.of(body.get("options", {}))
        call = Call(
            self._fitting(_text(body, fault), sampling.num_ctx, body.get("truncate", True)),
            sampling,
            _shape(body),
            thinks and think is not False,
            top if body.get("logprobs") else None,
            _begun(body),
        )
        kept = body.get("keep_alive") not in (0, "0")
        stream = body.get("stream", True)
        return _Asked(chat, name, model, call, stream, kept, fault)

    def _fitting(self, text: str, context: int, truncate: bool) -> str:
        """Return a prompt without the beginning that does not fit into the context.

        As Ollama does: a server before 0.12.6 always cuts, and fills the context; a later one
        leaves half of it free, or refuses if it may not cut.
        """
        needed, is_old = prompt_tokens(text), version_numbers(self._version) < _TRUNCATE
        if needed < context:
            return text
        if not truncate and not is_old:
            what = f"request ({needed} tokens) exceeds the available context size"
            raise Refused(400, f"{what} ({context} tokens), try increasing it")
        limit = context if is_old else context // 2 + 2
        while prompt_tokens(text) > limit:
            text = text[1:]
        return text

    def _served_reply(self, asked: _Asked) -> _Reply:
        start, fault = time.perf_counter_ns(), asked.fault
        if asked.call.text or asked.kept:
            self._load_model(asked)
        load = max(time.perf_counter_ns() - start, 1)
        if fault is Fault.CRASH:
            raise Refused(*ERRORS[fault])
        if fault is Fault.NOT_JSON:
            return _Reply(200, NOT_JSON_TEXT.encode(), "text/html")
        if asked.call.text:
            made = answer(asked.call, self._mind, fault)
            self._sleep(self._delay + (self._slow if fault is Fault.SLOW_FIRST_BYTE else 0.0))
        else:
            made = Answer((), "load" if asked.kept else "unload")
        if not asked.kept:
            with self._lock:
                self._loaded.pop(asked.model.name, None)
        return _sent(asked, made, load, max(time.perf_counter_ns() - start - load, 2))

    def _load_model(self, asked: _Asked) -> None:
        """Load the model if it is not, with this context; one load at a time."""
        name, num_ctx = asked.model.name, asked.call.sampling.num_ctx
        with self._loading:
            slow = asked.fault is Fault.SLOW_LOAD
            with self._lock:
                known = self._loaded.get(name) == num_ctx and not slow
                self._loaded[name] = num_ctx
            if not known:
                self._sleep(self._slow if slow else self._load)

    @contextmanager
    def _counted(self) -> Iterator[Fault | None]:
        """Count a call while it is here, and yield the fault that it is to show."""
        with self._lock:
            self.calls += 1
            self._present += 1
            self.peak = max(self.peak, self._present)
            fault = self._script.popleft() if self._script else self._always
        try:
            yield fault
        finally:
            with self._lock:
                self._present -= 1

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Wait for one of the places at which requests are answered, and hold it."""
        while not self._places.acquire(timeout=_WAIT):
            if self._closing.is_set():
                raise Gone
        with self._lock:
            self._served += 1
            self.served_peak = max(self.served_peak, self._served)
        try:
            yield
        finally:
            with self._lock:
                self._served -= 1
            self._places.release()

    def _sleep(self, seconds: float) -> None:
        if seconds and self._closing.wait(seconds):
            raise Gone


def _check(fault: Fault | None) -> None:
    if fault is not None and not isinstance(fault, Fault):
        allowed = ", ".join(f"Fault.{known.name}" for known in Fault)
        raise BadValue("This is no fault", given=fault, allowed=allowed)


def _read(raw: bytes) -> dict[str, Any]:
    """Return the object in a request's body, or raise `Refused`."""
    if not raw.strip():
        raise Refused(400, "missing request body")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Refused(400, "the request body is no JSON object")
    return {name: value for name, value in body.items() if value is not None}


def _named(body: Mapping[str, Any]) -> str:
    """Return the name of the model in a body; "" if it has none."""
    return str(body.get("model") or body.get("name") or "")


def _text(body: Mapping[str, Any], fault: Fault | None) -> str:
    """Return everything that a prompt says, its parts set off by empty lines."""
    messages = body.get("messages", [])
    if body.get("prompt"):
        messages = [{"role": "system", "content": body.get("system", "")}]
        messages += [{"content": body["prompt"]}]
    if fault is Fault.NO_SYSTEM:
        messages = [message for message in messages if message.get("role") != "system"]
    if _begun(body):
        messages = messages[:-1]
    parts = [message.get("content", "") for message in messages]
    return "\n\n".join(part for part in parts if part)


def _begun(body: Mapping[str, Any]) -> str:
    """Return what the answer begins with: a last message of the model's own, as Ollama has it."""
    last = (body.get("messages") or [{}])[-1]
    return str(last.get("content", "")) if last.get("role") == "assistant" else ""


def _shape(body: Mapping[str, Any]) -> Mapping[str, Any] | str | None:
    shape = body.get("format") or None
    if shape is None or shape == "json" or isinstance(shape, dict):
        return shape
    words = f"invalid format: {json.dumps(json.dumps(shape))}"
    raise Refused(500, f'{words}; expected "json" or a valid JSON Schema object')


def _sent(asked: _Asked, made: Answer, load: int, rest: int) -> _Reply:
    """Return an answer as it goes over the wire, with what a fault does to it there."""
    head = {"model": asked.name, "created_at": _stamp(datetime.now(UTC))}
    end, cut = _end(asked, made, load, rest), asked.fault is Fault.CUT
    if not asked.stream:
        if asked.fault is Fault.ERROR_LINE:
            raise Refused(*ERRORS[asked.fault])
        return replace(_json(head | _said(asked, made.tokens) | end), cut=cut)
    parts = [head | _said(asked, (token,)) | {"done": False} for token in made.tokens]
    parts.append(head | _said(asked, ()) | end)
    if asked.fault is Fault.ERROR_LINE:
        parts = [*parts[: len(parts) // 2], {"error": ERRORS[asked.fault][1]}]
    return replace(_lines(parts), cut=cut)


def _said(asked: _Asked, tokens: tuple[Token, ...]) -> dict[str, Any]:
    """Return what some tokens of an answer say."""
    content = "".join(token.text for token in tokens if not token.thinking)
    thinking = "".join(token.text for token in tokens if token.thinking)
    said = {"content" if asked.chat else "response": content}
    said |= {"thinking": thinking} if thinking else {}
    entries = [token.entry for token in tokens if token.entry is not None]
    line: dict[str, Any] = {"message": {"role": "assistant", **said}} if asked.chat else {**said}
    return line | ({"logprobs": entries} if entries else {})


def _end(asked: _Asked, made: Answer, load: int, rest: int) -> dict[str, Any]:
    """Return how an answer ends, with its metrics; times are in nanoseconds."""
    if not made.ending:
        return {"done": False}
    end = {"done": True, "done_reason": made.ending}
    if made.ending in ("load", "unload"):
        return end
    context = {} if asked.chat else {"context": list(range(1, made.prompt_tokens + 1))}
    return {
        **end,
        **context,
        "total_duration": load + rest,
        "load_duration": load,
        "prompt_eval_count": made.prompt_tokens,
        "prompt_eval_duration": rest // 2,
        "eval_count": len(made.tokens),
        "eval_duration": rest - rest // 2,
    }


def _compact(value: Mapping[str, Any]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _json(value: Mapping[str, Any], status: int = 200) -> _Reply:
    return _Reply(status, _compact(value))


def _lines(parts: Iterable[Mapping[str, Any]]) -> _Reply:
    return _Reply(200, b"".join(_compact(part) + b"\n" for part in parts), _LINES)


def _stamp(moment: datetime) -> str:
    """Return a moment as the server writes it, with its zone."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"


class _Wire(ThreadingMixIn, TCPServer):
    """A threaded server that keeps connections open and stops at once."""

    daemon_threads = True
    request_queue_size = 512
    allow_reuse_address = os.name == "posix"  # elsewhere it would let two servers share a port

    def __init__(self, host: str, port: int, stand_in: StandIn) -> None:
        self.stand_in = stand_in
        self._open: set[socket.socket] = set()
        super().__init__((host, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer a connection in a thread of its own."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        super().shutdown_request(request)
        self._open.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that goes away is no news."""

    def stop(self) -> None:
        """Stop listening and break off every connection."""
        self.shutdown()
        self.server_close()
        for connection in self._open.copy():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        patience = time.monotonic() + 1.0
        while self._open and time.monotonic() < patience:
            time.sleep(0.001)


class _Handler(BaseHTTPRequestHandler):
    """One connection: reads requests and writes replies, each in one piece."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Wire

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep no log."""

    def version_string(self) -> str:
        """Return what the server calls itself."""
        return "newswave-synthetic"

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            reply = self.server.stand_in.reply(self.command, self.path.partition("?")[0], raw)
        except Gone:
            self.close_connection = True
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        body = reply.body
        if reply.kind == _LINES:
            self.send_header("Transfer-Encoding", "chunked")
            lines = body.splitlines(keepends=True)
            body = b"".join(b"%x\r\n%b\r\n" % (len(line), line) for line in (*lines, b""))
        else:
            self.send_header("Content-Length", str(len(body)))
        if reply.cut:
            self.send_header("Connection", "close")
            body = body[: len(body) // 2]
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815
