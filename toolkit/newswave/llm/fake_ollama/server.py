"""The mock server: HTTP, routes, state and counting."""

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
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from newswave.core.errors import BadValue, NewswaveError, real_number, whole_number
from newswave.llm.fake_ollama.formula import Mind
from newswave.llm.fake_ollama.models import (
    BUSY_TEXT,
    CRASH_TEXT,
    DEFAULT_MODELS,
    LINE_TEXT,
    NOT_JSON_TEXT,
    Fault,
    Model,
    Shelf,
    full_name,
)
from newswave.llm.fake_ollama.requests import Refused, Request, Route, checked, compact, read_body
from newswave.llm.fake_ollama.writing import Answer, answer, rendered

# What the stand-in does with each request, apart from HTTP: routes, state, faults, counting.


_JSON = "application/json; charset=utf-8"
_LINES = "application/x-ndjson"
_TEXT = "text/plain; charset=utf-8"
_REMEMBERED = 1000
_WAIT = 0.1


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


class Service:
    """The state of a stand-in; safe to be used by many threads.

    Parameters
    ----------
    mind : Mind
        The law behind the answers.
    models : iterable of str
        What is pulled.
    delay, load, slow : float
        Seconds that an answer, a load and a slow fault take.
    parallel : int
        How many requests are answered at once; others wait.
    version : str
        What the server calls its version.
    """

    def __init__(
        self,
        mind: Mind,
        models: Iterable[str],
        delay: float,
        load: float,
        slow: float,
        parallel: int,
        version: str,
    ) -> None:
        self.shelf = Shelf(models)
        self.closing = threading.Event()
        self.calls, self.peak, self.served_peak = 0, 0, 0
        self.requests: deque[dict[str, Any]] = deque(maxlen=_REMEMBERED)
        self.script: deque[Fault | None] = deque()
        self.always: Fault | None = None
        self._mind, self._version = mind, version
        self._delay, self._load, self._slow = delay, load, slow
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._places = threading.Semaphore(parallel)
        self._present, self._served = 0, 0
        self._routes: dict[str, tuple[str, Callable[[bytes], Reply]]] = {
            "/": ("GET HEAD", lambda _: Reply(200, b"Ollama is running", _TEXT)),
            "/api/version": ("GET HEAD", lambda _: _json({"version": self._version})),
            "/api/tags": ("GET HEAD", lambda _: _json({"models": self._tags()})),
            "/api/ps": ("GET", lambda _: _json({"models": self.shelf.running()})),
            "/api/show": ("POST", self._show),
            "/api/pull": ("POST", self._pull),
            Route.CHAT.value: ("POST", lambda raw: self._answer(Route.CHAT, raw)),
            Route.GENERATE.value: ("POST", lambda raw: self._answer(Route.GENERATE, raw)),
        }

    def reply(self, method: str, path: str, raw: bytes) -> Reply:
        """Return the reply to a request.

        Raises
        ------
        Gone
            If there is to be none.
        """
        methods, serve = self._routes.get(path, ("", None))
        if serve is None:
            return Reply(404, b"404 page not found", "text/plain")
        if method not in methods.split():
            return Reply(405, b"405 method not allowed", "text/plain")
        try:
            return serve(raw)
        except Refused as refused:
            return Reply(refused.status, refused.body)

    def _tags(self) -> list[dict[str, Any]]:
        return [model.tag() for model in self.shelf.models()]

    def _show(self, raw: bytes) -> Reply:
        body = read_body(raw)
        name = _name(body)
        if not name:
            raise Refused(400, "model is required")
        model = self.shelf.find(name)
        if model is None:
            raise Refused(404, f"model '{name}' not found")
        return _json(model.shown())

    def _pull(self, raw: bytes) -> Reply:
        body = read_body(raw)
        name = _name(body)
        if not name:
            raise Refused(400, "invalid model name")
        model = self.shelf.pull(name)
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
            self.requests.append(body)
            if fault is Fault.MODEL_DELETED:
                self.shelf.forget(_name(body))
            if fault is Fault.DIGEST_CHANGED and self.shelf.find(_name(body)):
                self.shelf.change(_name(body))
            request = checked(route, body, self.shelf)
            if body.get("_debug_render_only"):
                return _json(rendered(request))
            fault = fault or request.model.fault
            if fault is Fault.RESET:
                raise Gone
            if fault is Fault.BUSY:
                raise Refused(503, BUSY_TEXT)
            with self._place():
                return self._served_reply(request, fault)

    def _served_reply(self, request: Request, fault: Fault | None) -> Reply:
        start = time.perf_counter_ns()
        if request.text or request.keep:
            self._load_model(request, fault)
        loaded = time.perf_counter_ns()
        if fault is Fault.CRASH:
            raise Refused(500, CRASH_TEXT)
        if fault is Fault.NOT_JSON:
            return Reply(200, NOT_JSON_TEXT.encode(), "text/html")
        made = answer(request, self._mind, fault)
        if request.text:
            self._sleep(self._delay + (self._slow if fault is Fault.SLOW_FIRST_BYTE else 0.0))
        if not request.keep:
            self.shelf.unload(request.model)
        return _sent(made, fault, max(loaded - start, 1), time.perf_counter_ns() - start)

    def _load_model(self, request: Request, fault: Fault | None) -> None:
        """Load the model if it is not, with this context; one load at a time."""
        with self._loading:
            slow = fault is Fault.SLOW_LOAD
            if slow:
                self.shelf.unload(request.model)
            loads = self.shelf.load(request.model, request.sampling.num_ctx, request.keep)
            if loads:
                self._sleep(self._slow if slow else self._load)

    @contextmanager
    def _counted(self) -> Iterator[Fault | None]:
        """Count a call while it is here, and yield the fault that it is to show."""
        with self._lock:
            self.calls += 1
            self._present += 1
            self.peak = max(self.peak, self._present)
            fault = self.script.popleft() if self.script else self.always
        try:
            yield fault
        finally:
            with self._lock:
                self._present -= 1

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Wait for one of the places at which requests are answered, and hold it."""
        while not self._places.acquire(timeout=_WAIT):
            if self.closing.is_set():
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
        if seconds and self.closing.wait(seconds):
            raise Gone


def _sent(made: Answer, fault: Fault | None, load: int, total: int) -> Reply:
    """Return an answer as it goes over the wire, with what a fault does to it there."""
    cut = fault is Fault.CUT
    if not made.request.stream:
        if fault is Fault.ERROR_LINE:
            raise Refused(500, LINE_TEXT)
        return Reply(200, made.whole(load, total), cut=cut)
    lines = tuple(made.lines(load, total))
    if fault is Fault.ERROR_LINE:
        lines = (*lines[: len(lines) // 2], compact({"error": LINE_TEXT}) + b"\n")
    return Reply(200, kind=_LINES, lines=lines, cut=cut)


def _json(value: Mapping[str, Any]) -> Reply:
    return Reply(200, compact(value))


def _name(body: Mapping[str, Any]) -> str:
    name = body.get("model") or body.get("name") or ""
    return name if isinstance(name, str) else ""


def _pulling(model: Model) -> list[dict[str, Any]]:
    """Return the progress of a pull, as the server reports it."""
    layer = hashlib.sha256(full_name(model.name).encode()).hexdigest()
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


# HTTP for the stand-in: a threaded server that keeps connections open and stops at once.


_LARGEST = 10_000_000
_NAMES = ("localhost", socket.gethostname().lower())
_ENDINGS = (".localhost", ".local", ".internal")
_PHRASES = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found"}


class Wire(ThreadingHTTPServer):
    """A threaded HTTP server around a service.

    Parameters
    ----------
    host, port : str, int
        Where to listen; port 0 takes a free one.
    service : Service
        What answers.
    """

    daemon_threads = True
    request_queue_size = 512
    allow_reuse_address = os.name == "posix"  # elsewhere it would let two servers share a port

    def __init__(self, host: str, port: int, service: Service) -> None:
        self.service = service
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((host, port), Handler)

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
        self.service.closing.set()
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


class Handler(BaseHTTPRequestHandler):
    """One connection: reads requests and writes replies, each in one piece."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Wire

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep no log."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= _LARGEST or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            self._send(Reply(413, kind="text/plain"))
            return
        raw = self.rfile.read(length) if length else b""
        if not _known_host(self.headers.get("Host", "")):
            self._send(Reply(403))
            return
        try:
            reply = self.server.service.reply(self.command, self.path.partition("?")[0], raw)
        except Gone:
            self._break_off()
            return
        self._send(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815

    def _send(self, reply: Reply) -> None:
        if reply.lines is not None:
            self._stream(reply)
            return
        body = reply.body
        head = self._head(reply, f"Content-Length: {len(body)}")
        if self.command == "HEAD":
            body = b""
        if reply.cut:
            self.close_connection = True
            body = body[: len(body) // 2]
        self.wfile.write(head + body)

    def _stream(self, reply: Reply) -> None:
        """Send each line as a chunk of its own; the first goes with the header."""
        lines = reply.lines or ()
        if reply.cut:
            self.close_connection = True
            lines = lines[: len(lines) // 2]
        chunks = [b"%x\r\n%b\r\n" % (len(line), line) for line in lines]
        chunks += [] if reply.cut else [b"0\r\n\r\n"]
        head = self._head(reply, "Transfer-Encoding: chunked")
        self.wfile.write(head + b"".join(chunks[:1]))
        for chunk in chunks[1:]:
            self.wfile.write(chunk)

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


def _known_host(header: str) -> bool:
    """Return whether a Host header names this machine or a plain address, as the server wants.

    >>> _known_host("127.0.0.1:11434"), _known_host("[::1]:80"), _known_host("news.example")
    (True, True, False)
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


# `StandIn`: the stand-in server, started and stopped like a file is opened and closed.


VERSION = "0.33.0-synthetic"


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
        delay, load, slow = (
            real_number(name, value, 0.0, 3600.0)
            for name, value in (("delay", delay), ("load", load), ("slow", slow))
        )
        places = whole_number("parallel", parallel, 1, 1000)
        whole_number("port", port, 0, 65535)
        self._service = Service(mind or Mind(), models, delay, load, slow, places, version)
        self.script(*faults)
        try:
            self._wire = Wire(host, port, self._service)
        except OSError as error:
            raise NewswaveError(
                f"The stand-in server cannot listen there ({error.strerror or error})",
                given=f"{host}:{port}",
                advice="Take another port with --port, or stop what uses this one",
            ) from error
        self.address = f"http://{host}:{self._wire.server_port}"
        self._thread = threading.Thread(target=self._wire.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self._closed = False

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return int(self._wire.server_port)

    @property
    def calls(self) -> int:
        """How many requests to /api/chat and /api/generate have come, faulty ones too."""
        return self._service.calls

    @property
    def peak(self) -> int:
        """The most of them that were here at once, waiting ones too."""
        return self._service.peak

    @property
    def served_peak(self) -> int:
        """The most that were being answered at once; never more than `parallel`."""
        return self._service.served_peak

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The bodies of the last thousand, the oldest first."""
        return list(self._service.requests.copy())

    def script(self, *faults: Fault | None) -> None:
        """Let the next calls go wrong in these ways, one each; None for a call that goes well."""
        for fault in faults:
            _check(fault)
        self._service.script.extend(faults)

    def fault_always(self, fault: Fault | None) -> None:
        """Let every call that has nothing in the script go wrong in this way; None ends that."""
        self._service.always = _check(fault)

    def forget(self, model: str) -> None:
        """Take a model away, as if it had been deleted on the server."""
        self._service.shelf.forget(model)

    def change(self, model: str) -> None:
        """Give a model a new digest, as if a new version had been pulled."""
        self._service.shelf.change(model)

    def close(self) -> None:
        """Stop at once: break off every connection and free the port."""
        if not self._closed:
            self._closed = True
            self._wire.stop()
            self._thread.join(2.0)


def _check(fault: Fault | None) -> Fault | None:
    if fault is not None and not isinstance(fault, Fault):
        allowed = ", ".join(f"Fault.{known.name}" for known in Fault)
        raise BadValue("This is no fault", given=fault, allowed=allowed)
    return fault
