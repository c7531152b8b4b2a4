"""What the stand-in does with each request, apart from HTTP: routes, state, faults, counting."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from newswave.standin.answers import Answer, answer, rendered
from newswave.standin.faults import BUSY_TEXT, CRASH_TEXT, LINE_TEXT, NOT_JSON_TEXT, Fault
from newswave.standin.mind import Mind
from newswave.standin.models import Model, Shelf, full_name
from newswave.standin.requests import Refused, Request, Route, checked, compact, read_body

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
