"""The mock server: real HTTP, Ollama's routes, and what it counts."""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import os
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from newswave.core.errors import BadValue, NewswaveError, real_number, whole_number
from newswave.llm.fake_ollama.answers import Answer, BadSchema, Token, answer
from newswave.llm.fake_ollama.faults import ERRORS, NOT_JSON_TEXT, Fault
from newswave.llm.fake_ollama.formula import Mind
from newswave.llm.fake_ollama.models import DEFAULT_MODELS, Model, Models, stamp
from newswave.llm.fake_ollama.requests import (
    Refused,
    Request,
    Route,
    checked,
    compact,
    named,
    read_body,
)

VERSION = "0.33.0-synthetic"

_JSON = "application/json; charset=utf-8"
_LINES = "application/x-ndjson"
_TEXT = "text/plain; charset=utf-8"
_REMEMBERED = 1000
_WAIT = 0.1
_LARGEST = 10_000_000
_NAMES = ("localhost", socket.gethostname().lower())
_ENDINGS = (".localhost", ".local", ".internal")
_PHRASES = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found"}


class Gone(Exception):
    """The server is closing, or breaks the connection off without a word."""


@dataclass(frozen=True)
class Reply:
    """What goes back: a body, or lines sent in chunks; cut off in the middle if so said."""

    status: int
    body: bytes = b""
    kind: str = _JSON
    lines: tuple[bytes, ...] | None = None
    cut: bool = False


class StandIn:
    """A server that behaves like Ollama over real HTTP; every answer is computed from a formula.

    It runs in threads of this process from when it is made until `close` or the end of `with`.

    Parameters
    ----------
    mind : Mind
        The law behind the answers.
    models : iterable of str
        The synthetic models that are there from the beginning.
    delay : float
        Seconds that each answer takes, besides what it really takes.
    parallel : int
        How many requests are answered at once; more wait, without limit.
    port : int
        Where to listen; 0 takes a free port.
    host : str
        The address to listen at.
    version : str
        What the server calls its version; says "synthetic".
    faults : iterable of Fault or None
        What goes wrong with the first calls, one each; None for a call that goes well.
    load : float
        Seconds that it takes to load a model.
    slow : float
        Seconds that the slow faults take.

    Attributes
    ----------
    address : str
        Where it listens.
    calls : int
        How many requests to /api/chat and /api/generate have come, faulty ones too.
    peak, served_peak : int
        The most of them that were here at once, waiting ones too; and that were being answered.

    Raises
    ------
    BadValue
        If a number does not fit or a model is unknown.
    NewswaveError
        If the port cannot be had.

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
        self._mind, self._version, self._models = mind or Mind(), version, Models(models)
        self.calls, self.peak, self.served_peak = 0, 0, 0
        self._present, self._served = 0, 0
        self._lock, self._loading = threading.Lock(), threading.Lock()
        self._closing = threading.Event()
        self._bodies: deque[dict[str, Any]] = deque(maxlen=_REMEMBERED)
        self._script: deque[Fault | None] = deque()
        self._always: Fault | None = None
        self.script(*faults)
        self._listen(host, whole_number("port", port, 0, 65535))

    def _listen(self, host: str, port: int) -> None:
        try:
            self._wire = _Wire(host, port, self._reply)
        except OSError as error:
            raise NewswaveError(
                f"The stand-in server cannot listen there ({error.strerror or error})",
                given=f"{host}:{port}",
                advice="Take another port with --port, or stop what uses this one",
            ) from error
        self.address = f"http://{host}:{self._wire.server_port}"
        self._thread = threading.Thread(target=self._wire.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return int(self._wire.server_port)

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
        self._models.forget(model)

    def change(self, model: str) -> None:
        """Give a model a new digest, as if a new version had been pulled."""
        self._models.change(model)

    def close(self) -> None:
        """Stop at once: break off every connection and free the port."""
        if not self._closing.is_set():
            self._closing.set()
            self._wire.stop()
            self._thread.join(2.0)

    def _reply(self, method: str, path: str, raw: bytes) -> Reply:
        """Return the reply to a request, or raise `Gone` if there is to be none."""
        routes: dict[str, tuple[str, Callable[[bytes], Reply]]] = {
            "/": ("GET HEAD", lambda _: Reply(200, b"Ollama is running", _TEXT)),
            "/api/version": ("GET HEAD", lambda _: _json({"version": self._version})),
            "/api/tags": ("GET HEAD", lambda _: _json({"models": self._models.tags()})),
            "/api/ps": ("GET", lambda _: _json({"models": self._models.running()})),
            "/api/show": ("POST", self._show),
            "/api/pull": ("POST", self._pull),
            Route.CHAT.value: ("POST", lambda raw: self._answer(Route.CHAT, raw)),
            Route.GENERATE.value: ("POST", lambda raw: self._answer(Route.GENERATE, raw)),
        }
        methods, serve = routes.get(path, ("", None))
        if serve is None:
            return Reply(404, b"404 page not found", "text/plain")
        if method not in methods.split():
            return Reply(405, b"405 method not allowed", "text/plain")
        try:
            return serve(raw)
        except Refused as refused:
            return Reply(refused.status, refused.body)

    def _show(self, raw: bytes) -> Reply:
        name = named(read_body(raw))
        model = self._models.find(name)
        if model is None:
            missing = (404, f"model '{name}' not found") if name else (400, "model is required")
            raise Refused(*missing)
        return _json(model.description())

    def _pull(self, raw: bytes) -> Reply:
        body = read_body(raw)
        if not named(body):
            raise Refused(400, "invalid model name")
        model = self._models.pull(named(body))
        missing = "pull model manifest: file does not exist"
        if not body.get("stream", True):
            if model is None:
                raise Refused(500, missing)
            return _json({"status": "success"})
        steps = _pulling(model) if model else [{"status": "pulling manifest"}, {"error": missing}]
        return Reply(200, kind=_LINES, lines=tuple(compact(step) + b"\n" for step in steps))

    def _answer(self, route: Route, raw: bytes) -> Reply:
        with self._counted() as fault:
            body = read_body(raw)
            self._bodies.append(body)
            if fault is Fault.MODEL_DELETED:
                self._models.forget(named(body))
            if fault is Fault.DIGEST_CHANGED and self._models.find(named(body)):
                self._models.change(named(body))
            request = checked(route, body, self._models)
            if body.get("_debug_render_only"):
                shown = {"_debug_info": {"rendered_template": request.call.text}}
                return _json(_head(request) | shown)
            fault = fault or request.model.fault
            if fault is Fault.RESET:
                raise Gone
            if fault is Fault.BUSY:
                raise Refused(*ERRORS[fault])
            with self._place():
                return self._served_reply(request, fault)

    def _served_reply(self, request: Request, fault: Fault | None) -> Reply:
        start = time.perf_counter_ns()
        if request.call.text or request.keep:
            self._load_model(request, fault)
        loaded = time.perf_counter_ns()
        if fault is Fault.CRASH:
            raise Refused(*ERRORS[fault])
        if fault is Fault.NOT_JSON:
            return Reply(200, NOT_JSON_TEXT.encode(), "text/html")
        made = self._made(request, fault)
        if request.call.text:
            self._sleep(self._delay + (self._slow if fault is Fault.SLOW_FIRST_BYTE else 0.0))
        if not request.keep:
            self._models.unload(request.model)
        return _sent(request, made, fault, max(loaded - start, 1), time.perf_counter_ns() - start)

    def _made(self, request: Request, fault: Fault | None) -> Answer:
        if not request.call.text:
            return Answer((), "unload" if request.keep == 0 else "load")
        try:
            return answer(request.call, self._mind, fault)
        except BadSchema as error:
            told = {"code": 400, "message": str(error), "type": "invalid_request_error"}
            raise Refused(400, compact({"error": told}).decode()) from None

    def _load_model(self, request: Request, fault: Fault | None) -> None:
        """Load the model if it is not, with this context; one load at a time."""
        with self._loading:
            slow = fault is Fault.SLOW_LOAD
            if slow:
                self._models.unload(request.model)
            if self._models.load(request.model, request.call.sampling.num_ctx, request.keep):
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


def _sent(request: Request, made: Answer, fault: Fault | None, load: int, total: int) -> Reply:
    """Return an answer as it goes over the wire, with what a fault does to it there."""
    cut = fault is Fault.CUT
    end = _end(request, made, load, total)
    if not request.stream:
        if fault is Fault.ERROR_LINE:
            raise Refused(*ERRORS[fault])
        return Reply(200, compact(_line(request, made.tokens) | end), cut=cut)
    parts = [_line(request, (token,)) | {"done": False} for token in made.tokens]
    parts.append(_line(request, ()) | end)
    if fault is Fault.ERROR_LINE:
        parts = [*parts[: len(parts) // 2], {"error": ERRORS[fault][1]}]
    return Reply(200, kind=_LINES, lines=tuple(compact(part) + b"\n" for part in parts), cut=cut)


def _head(request: Request) -> dict[str, Any]:
    return {"model": request.name, "created_at": stamp(datetime.now(UTC))}


def _line(request: Request, tokens: tuple[Token, ...]) -> dict[str, Any]:
    content = "".join(token.text for token in tokens if not token.thinking)
    thinking = "".join(token.text for token in tokens if token.thinking)
    thought = {"thinking": thinking} if thinking else {}
    line = _head(request)
    if request.route is Route.CHAT:
        line["message"] = {"role": "assistant", "content": content, **thought}
    else:
        line |= {"response": content, **thought}
    entries = [token.entry for token in tokens if token.entry is not None]
    return line | ({"logprobs": entries} if entries else {})


def _end(request: Request, made: Answer, load: int, total: int) -> dict[str, Any]:
    """Return how an answer ends, with its metrics; times are in nanoseconds."""
    if not made.ending:
        return {"done": False}
    end: dict[str, Any] = {"done": True, "done_reason": made.ending}
    if made.ending in ("load", "unload"):
        return end
    if request.route is Route.GENERATE:
        end["context"] = list(range(1, made.prompt_tokens + 1))
    rest = max(total - load, 2)
    counted = {
        "total_duration": load + rest,
        "load_duration": load,
        "prompt_eval_count": made.prompt_tokens,
        "prompt_eval_duration": rest // 2,
        "eval_count": len(made.tokens),
        "eval_duration": rest - rest // 2,
    }
    return end | {name: value for name, value in counted.items() if value}


def _json(value: Mapping[str, Any]) -> Reply:
    return Reply(200, compact(value))


def _pulling(model: Model) -> list[dict[str, Any]]:
    """Return the progress of a pull, as the server reports it."""
    layer = hashlib.sha256(model.name.encode()).hexdigest()
    part = {"status": f"pulling {layer[:12]}", "digest": f"sha256:{layer}", "total": 1000}
    return [
        {"status": "pulling manifest"},
        part,
        part | {"completed": 500},
        part | {"completed": 1000},
        {"status": "verifying sha256 digest"},
        {"status": "writing manifest"},
        {"status": "success"},
    ]


class _Wire(ThreadingHTTPServer):
    """A threaded HTTP server that keeps connections open and stops at once."""

    daemon_threads = True
    request_queue_size = 512
    allow_reuse_address = os.name == "posix"  # elsewhere it would let two servers share a port

    def __init__(self, host: str, port: int, reply: Callable[[str, str, bytes], Reply]) -> None:
        self.reply = reply
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Bind without asking for the machine's full name, which may take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, self.allow_reuse_address)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer a connection in a thread of its own."""
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        super().shutdown_request(request)
        with self._lock:
            self._open.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that goes away is no news."""

    def stop(self) -> None:
        """Stop listening and break off every connection."""
        self.shutdown()
        self.server_close()
        with self._lock:
            still = list(self._open)
        for connection in still:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        patience = time.monotonic() + 1.0
        while self._open and time.monotonic() < patience:
            time.sleep(0.001)


class _Handler(BaseHTTPRequestHandler):
    """One connection: reads requests and writes replies, each in one piece."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Wire

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep no log."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= _LARGEST or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            self._send(Reply(413, kind="text/plain"))
            return
        raw = self.rfile.read(length) if length else b""
        if not _is_known_host(self.headers.get("Host", "")):
            self._send(Reply(403))
            return
        try:
            reply = self.server.reply(self.command, self.path.partition("?")[0], raw)
        except Gone:
            self._break_off()
            return
        self._send(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815

    def _send(self, reply: Reply) -> None:
        """Send a body in one piece, or each line as a chunk, the first with the header."""
        self.close_connection = self.close_connection or reply.cut
        if reply.lines is None:
            body = b"" if self.command == "HEAD" else reply.body
            pieces = [body[: len(body) // 2] if reply.cut else body]
            length = f"Content-Length: {len(reply.body)}"
        else:
            lines = reply.lines[: len(reply.lines) // 2] if reply.cut else reply.lines
            pieces = [b"%x\r\n%b\r\n" % (len(line), line) for line in lines]
            pieces += [] if reply.cut else [b"0\r\n\r\n"]
            length = "Transfer-Encoding: chunked"
        self.wfile.write(b"".join([self._head(reply, length), *pieces[:1]]))
        for piece in pieces[1:]:
            self.wfile.write(piece)

    def _head(self, reply: Reply, length: str) -> bytes:
        lines = [
            f"HTTP/1.1 {reply.status} {_PHRASES.get(reply.status, 'Error')}",
            "Server: newswave-synthetic",
            f"Date: {self.date_time_string()}",
            f"Content-Type: {reply.kind}",
            length,
        ]
        if self.close_connection:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _break_off(self) -> None:
        """Reset the connection, with no word of HTTP."""
        self.close_connection = True
        linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.rfile.close()
            self.connection.close()


def _is_known_host(header: str) -> bool:
    """Return whether a Host header names this machine or a plain address, as the server wants.

    >>> _is_known_host("127.0.0.1:11434"), _is_known_host("[::1]:80")
    (True, True)
    >>> _is_known_host("news.example")
    False
    """
    name = header.rpartition(":")[0] if header.rpartition(":")[2].isdigit() else header
    name = name.strip("[]").lower()
    if name in ("", *_NAMES) or name.endswith(_ENDINGS):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
