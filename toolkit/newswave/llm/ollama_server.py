"""Ollama servers: their addresses, asking them, their models, and what can go wrong with them."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from newswave.core.errors import BadValue, real_number, shown
from newswave.llm.server import (
    Found,
    Loaded,
    Model,
    ModelMissing,
    Refused,
    Reply,
    Request,
    ServerGone,
    ServerTrouble,
    TooSlow,
    missing_model,
    model_name,
)

if TYPE_CHECKING:
    import httpx
    from ollama import ChatResponse, ProgressResponse

DEFAULT_ADDRESS = "http://127.0.0.1:11434"
"""Where Ollama listens by default."""

_PORTS = {"http": 80, "https": 443}
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,252}[a-z0-9_])?\.?", re.IGNORECASE)
_PATH = re.compile(r"[\w.~/-]*", re.ASCII)
_EXAMPLES = "an address such as 127.0.0.1:11434, http://box:11434 or https://ollama.example"
_LOOKING = 30.0
_FETCHING = 900.0
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_SYNTHETIC = "synthetic"
_WAITS = (0.5, 1.0, 2.0)
_MOST_AT_ONCE = 64

_LONGEST = 200
_MOST_READ = 2000
_NO_MODEL = re.compile(
    r"model ['\"`].*?['\"`] (not found|does not exist)|model manifest: file does not exist"
)
_WRONG = re.compile(r"^option \"|invalid format", re.IGNORECASE)
_TOO_LONG = re.compile(
    r"exceeds? the (available )?context|longer than the context|maximum context length",
    re.IGNORECASE,
)
_MEMORY = re.compile(r"requires more (system|gpu)? ?memory|out of memory", re.IGNORECASE)
_SHORTEN = (
    "Take a shorter event or shorter words (--wording), or a model with a longer context; "
    "'ollama show NAME' says how long it is"
)
_NO_WAY_OUT = re.compile(
    r"no such host|dial tcp|proxyconnect|x509|handshake|i/o timeout|network is unreachable"
    r"|deadline exceeded|proxy authentication",
    re.IGNORECASE,
)
_WAY_OUT = (
    "The Ollama server fetches, so it needs the proxy: HTTPS_PROXY=http://PROXY:PORT ollama serve. "
    "Or bring a GGUF file on a stick: 'ollama create NAME -f Modelfile', where the file Modelfile "
    "holds the line 'FROM ./FILE.gguf'"
)
_NO_SYSTEM = (
    "Its template has no place for a system message, as with base models and models imported by "
    "hand"
)
_AGAIN = frozenset({-1, 408, 425, 429, 499})


@dataclass(frozen=True)
class Told:
    """What troubles call a kind of server, and what they advise."""

    kind: str = "Ollama server"
    update: str = "Update Ollama from ollama.com; if it stays, report it"
    elsewhere: str = (
        "Check that --host or OLLAMA_HOST names an Ollama server, and that it is up to date"
    )
    forbidden: str = (
        "It takes no requests from here or for this model: see OLLAMA_HOST and OLLAMA_ORIGINS"
    )
    key: str = "OLLAMA_API_KEY"
    shorten: str = _SHORTEN
    system: str = (
        "give the TEMPLATE in its Modelfile a place for {{ .System }} and run 'ollama create', or "
        "take a chat model from ollama.com/library"
    )
    start: str = (
        "Start it with 'ollama serve' (install it from ollama.com), give its address with "
        "--host or OLLAMA_HOST, take a small model that needs no server (newswave models --get "
        "smollm2), or try without a model: newswave synthetic-server"
    )

    def advice(self, status: int) -> str:
        """Return what to do about a request that was refused with a status."""
        own = {
            401: f"Set {self.key} to a key of this server",
            403: self.forbidden,
            404: self.elsewhere,
            405: self.elsewhere,
        }
        return own.get(status, self.update)


OLLAMA = Told()


Progress = Callable[[str, int, int], None]
"""Called with what is going on, bytes fetched, and bytes in all (0 if unknown)."""


def normal_address(host: str) -> str:
    """Return an address with its scheme and port, by the rules of the Ollama client.

    Without a scheme it is http and port 11434. With a scheme and no port, the port is that of the
    scheme, as in the client: http://box means port 80. 0.0.0.0 and [::], where a server listens
    on every address, become the address of this machine. A path is kept.

    >>> normal_address(""), normal_address("box"), normal_address("http://box/")
    ('http://127.0.0.1:11434', 'http://box:11434', 'http://box:80')
    >>> normal_address("0.0.0.0:8080"), normal_address("[::1]/ollama")
    ('http://127.0.0.1:8080', 'http://[::1]:11434/ollama')
    """
    if not isinstance(host, str):
        raise _bad(host, "An address is a text")
    text = host.strip().strip("\"'").strip()
    scheme, separator, rest = text.rpartition("://")
    scheme = scheme.lower() if separator else "http"
    if scheme not in _PORTS:
        raise _bad(text, "Only http and https lead to a server")
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        port = parts.port
    except ValueError:
        raise _bad(text, "A port is a number from 1 to 65535, and IPv6 is in brackets") from None
    if port == 0 or "\\" in text or any(c.isspace() or not c.isprintable() for c in text):
        raise _bad(text, "It holds a character or a port that no address has")
    if parts.username is not None or parts.query or parts.fragment:
        raise _bad("(not shown)", "Leave out user names, ? and #; a key goes into OLLAMA_API_KEY")
    port = port or (_PORTS[scheme] if separator else 11434)
    path = parts.path.strip("/")
    if not _PATH.fullmatch(path):
        raise _bad(text, "Its path holds other than letters, digits and . _ ~ - /")
    return f"{scheme}://{_host(parts, text)}:{port}" + (f"/{path}" if path else "")


def is_loopback(address: str) -> bool:
    """Whether an address is on this machine, so that no proxy may come between.

    >>> is_loopback("http://[::1]:11434"), is_loopback("http://box:11434")
    (True, False)
    """
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _host(parts: SplitResult, text: str) -> str:
    """Return the host of an address, IPv6 in brackets."""
    host = parts.hostname or "127.0.0.1"
    host = _ANY.get(host, host)
    if parts.netloc.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(host)}]"
        except ValueError:
            raise _bad(text, "What is in the brackets is no IPv6 address") from None
    if not _NAME.fullmatch(host):
        raise _bad(text, "This is no name of a machine")
    return host


def _bad(given: object, why: str) -> BadValue:
    what = f"The address of the server cannot be read. {why}"
    return BadValue(what, given=given, allowed=_EXAMPLES, advice="Change --host or OLLAMA_HOST")


@dataclass(frozen=True)
class Server:
    """Where an Ollama server is, and how long to wait for it.

    Connections to this machine never go through a proxy, and no answer is waited for without end.

    Parameters
    ----------
    address : str
        As in `normal_address`.
    timeout : float
        Seconds that one answer may take, loading of the model included.
    connect_timeout : float
        Seconds until a server that does not react counts as not there.
    keyed : bool
        Whether it is sent the key in OLLAMA_API_KEY: only where its owner named the address.
    waits : tuple of float
        Seconds before a call is made again after a trouble that may pass; () never does.

    Raises
    ------
    BadValue
        If the address or a time cannot be.

    Examples
    --------
    >>> Server("box").address
    'http://box:11434'
    """

    address: str = DEFAULT_ADDRESS
    timeout: float = 120.0
    connect_timeout: float = 3.0
    keyed: bool = field(default=True, repr=False)
    waits: tuple[float, ...] = field(default=_WAITS, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", normal_address(self.address))
        for name in ("timeout", "connect_timeout"):
            seconds = real_number(name, getattr(self, name), 0.01, 86_400.0)
            object.__setattr__(self, name, seconds)
        waits = tuple(real_number("A wait", wait, 0.0, 600.0) for wait in self.waits)
        object.__setattr__(self, "waits", waits)

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine, so that its models are in this machine's memory."""
        return is_loopback(self.address)

    @property
    def most_at_once(self) -> int:
        """The most calls under way at once; more than it answers at once only wait there."""
        return _MOST_AT_ONCE

    @classmethod
    def at(cls, host: str | None = None, timeout: float = 120.0) -> Server:
        """Return the server of a host, else of OLLAMA_HOST, else the usual one of this machine.

        >>> Server.at("[::1]", timeout=30)
        Server(address='http://[::1]:11434', timeout=30.0, connect_timeout=3.0)
        """
        return cls(host or os.environ.get("OLLAMA_HOST", ""), timeout)

    def look(self) -> Found:
        """Return what is there, from two quick calls.

        Raises
        ------
        ServerTrouble
            `ServerGone` if there is no server.
        """
        with self._http() as http:
            version = str(self._json(http, "/api/version").get("version", ""))[:40]
            listed = self._json(http, "/api/tags").get("models")
        if not version or not isinstance(listed, list | None):
            raise trouble_of(AttributeError("version"), self.address, self.timeout)
        synthetic = _SYNTHETIC in version
        models = [_model(entry, synthetic) for entry in listed or []]
        there = tuple(model for model in models if model is not None)
        return Found(self.address, version, synthetic, there, client=client_version())

    def model(self, name: str) -> Model:
        """Return all that the server says of a model.

        Raises
        ------
        ModelMissing
            If it is not there; says which are.
        Refused
            If it cannot be asked in words, such as a model for embeddings.
        """
        found = self.look()
        listed = found.find(name)
        with self._http() as http:
            description = self._json(http, "/api/show", {"model": listed.name}, listed.name)
        model = _with_details(listed, description)
        if not model.answers:
            able = ", ".join(m.name for m in found.models if m.answers and m.name != listed.name)
            what = f"The model {listed.name} cannot be asked in words"
            allowed = f"one such as {able}" if able else "a model for chat"
            raise Refused(what, given=", ".join(model.capabilities), allowed=allowed)
        return model

    def digest(self, name: str) -> str:
        """Return the digest of a model, from one quick call.

        Raises
        ------
        ModelMissing
            If it is not there.
        """
        with self._http() as http:
            listed = self._json(http, "/api/tags").get("models") or []
        models = [_model(entry, False) for entry in listed]
        there = tuple(m for m in models if m is not None)
        return Found(self.address, "", False, there).find(name).digest

    def loaded(self) -> tuple[Loaded, ...]:
        """Return the models that are in the server's memory now."""
        with self._http() as http:
            listed = self._json(http, "/api/ps").get("models") or []
        entries = [entry for entry in listed if isinstance(entry, dict)]
        return tuple(
            Loaded(
                str(entry.get("name") or entry.get("model") or ""),
                _whole(entry.get("size")) or 0,
                _whole(entry.get("size_vram")) or 0,
                _whole(entry.get("context_length")),
            )
            for entry in entries
        )

    def pull(self, name: str, progress: Progress | None = None) -> None:
        """Fetch a model from Ollama's library; what was fetched before is not fetched again.

        Parameters
        ----------
        name : str
            As in the library.
        progress : callable, optional
            Called with what is going on, bytes fetched, and bytes in all (0 if unknown).

        Raises
        ------
        ServerTrouble
            `ModelMissing` if the library has no such model.
        """
        status = ""
        for part in self._fetching(model_name(name)):
            status = part.status or status
            if progress is not None:
                progress(status, part.completed or 0, part.total or 0)
        if status != "success":
            what = f"Fetching {name} ended before it was complete"
            raise ServerTrouble(what, given=status, advice="Try again", passing=True)

    def session(self) -> _Session:
        """Return what opens the connections for many questions, used with `async with`."""
        return _Session(self)

    def connecting(self) -> dict[str, Any]:
        """Return what the client and httpx take to connect, without times."""
        return {
            "host": self.address,
            "follow_redirects": False,
            "trust_env": not is_loopback(self.address),
            "verify": certificates(self.address),
            "auth": None if self.keyed else _keyless,
        }

    def bare(self, patience: float | None) -> dict[str, Any]:
        """Return what a client of httpx takes to connect, with the seconds that it may wait.

        Ollama's own client has no version, leaves capabilities out and cannot send `truncate`.
        """
        import httpx

        settings = self.connecting()
        key = os.environ.get("OLLAMA_API_KEY") if self.keyed else None
        return {
            "base_url": settings.pop("host"),
            "headers": {"Authorization": f"Bearer {key}"} if key else {},
            "timeout": httpx.Timeout(patience, connect=self.connect_timeout),
            **settings,
        }

    def _http(self) -> httpx.Client:
        import httpx

        patience = min(self.timeout, _LOOKING)
        try:
            return httpx.Client(**self.bare(patience))
        except Exception as error:
            raise trouble_of(error, self.address, patience) from error

    def _fetching(self, name: str) -> Iterator[ProgressResponse]:
        """Yield what the server reports while it fetches a model."""
        import httpx
        import ollama

        patience = httpx.Timeout(max(self.timeout, _FETCHING), connect=self.connect_timeout)
        try:
            with ollama.Client(**self.connecting(), timeout=patience) as client:
                yield from client.pull(name, stream=True)
        except Exception as error:
            trouble = trouble_of(error, self.address, self.timeout, name)
            if isinstance(trouble, ModelMissing):
                what, advice = "Ollama's library has no such model", "See ollama.com/library"
                trouble = ModelMissing(what, given=name, advice=advice)
            elif isinstance(error, ollama.ResponseError) and _NO_WAY_OUT.search(str(error)):
                what = f"The server at {self.address} cannot fetch from the internet"
                what += f": it said {shown(str(error), _LONGEST)}"
                trouble = ServerTrouble(what, advice=_WAY_OUT)
            raise trouble from error

    def _json(
        self, http: httpx.Client, path: str, body: Mapping[str, Any] | None = None, model: str = ""
    ) -> dict[str, Any]:
        """Return the JSON object at a path, or raise a `ServerTrouble`."""
        try:
            response = http.request("GET" if body is None else "POST", path, json=body)
            return dict(response.raise_for_status().json().items())
        except Exception as error:
            raise trouble_of(error, self.address, min(self.timeout, _LOOKING), model) from error


class _Session:
    """Connections to a server, open inside of `async with`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> _Session:
        import httpx

        server = self._server
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=_MOST_AT_ONCE)
        try:
            self._client = httpx.AsyncClient(**server.bare(None), limits=limits)
        except Exception as error:
            raise trouble_of(error, server.address, server.timeout) from error
        return self

    async def __aexit__(self, *_: object) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def ask(self, request: Request) -> Reply:
        """Return the answer to one question; cancelling closes the connection at once."""
        from ollama import ChatResponse

        if self._client is None:
            raise BadValue("This session is not open", advice="Use it inside of 'async with'")
        server = self._server
        try:
            async with asyncio.timeout(server.timeout):
                response = await self._client.post("/api/chat", json=_body(request))
            told = response.raise_for_status().json()
            reply = _reply(ChatResponse.model_validate(told))
        except Exception as error:
            raise trouble_of(error, server.address, server.timeout, request.model) from error
        check_taken_in(request, reply)
        return reply


def _body(request: Request) -> dict[str, Any]:
    """Return what is sent: a prompt that does not fit into the context is not to be truncated.

    From 0.12.6 on Ollama then refuses it; older ones pay no heed to that.
    """
    asked = {name: value for name, value in request.arguments().items() if value is not None}
    return asked | {"truncate": False}


def _reply(response: ChatResponse) -> Reply:
    """Return the reply in an answer of the client."""
    tokens = response.logprobs or []
    pairs = (tokens[0].top_logprobs or []) if tokens else []
    return Reply(
        content=response.message.content or "",
        thinking=response.message.thinking or "",
        done=response.done is True,
        done_reason=response.done_reason,
        first_token=tuple((each.token, each.logprob) for each in pairs),
        prompt_tokens=response.prompt_eval_count or 0,
        tokens=response.eval_count or 0,
        seconds=(response.total_duration or 0) / 1e9,
        load_seconds=(response.load_duration or 0) / 1e9,
    )


def certificates(address: str) -> Any:
    """Return what httpx takes to verify a server.

    Reading all certificates of the authorities takes 20 ms and is of no use for http; there, an
    empty store of certificates is given, which would refuse any https.
    """
    import ssl

    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if address.startswith("http:") else True


def check_taken_in(request: Request, reply: Reply) -> None:
    """Raise `Refused` if the model did not take in the whole prompt.

    An Ollama before 0.12.6 cuts a prompt that is too long to the length of the context.
    """
    context, taken = request.sampling.num_ctx, reply.prompt_tokens
    if taken >= context:
        what = f"The server cut the prompt to the {context} tokens of its context"
        raise Refused(what, given=f"{taken} tokens taken in", advice=_SHORTEN)
    check_all_read(request, reply)


def check_all_read(request: Request, reply: Reply, told: Told = OLLAMA) -> None:
    """Raise `Refused` if a part of the prompt did not reach the model.

    A template without a place for it drops the system message. No tokenizer joins two words in a
    token: fewer tokens than words are not the whole prompt.
    """
    taken = reply.prompt_tokens
    words = sum(len(message["content"].split()) for message in request.prompt.messages)
    if 0 < taken < words:
        raise news_left_out(request.model, f"{taken} tokens taken in, of {words} words", told)


def news_left_out(model: str, given: str, told: Told = OLLAMA) -> Refused:
    """Return that a model never sees the system message, in which the news stands."""
    what = f"The model {model} does not see the news: a part of the question does not reach it"
    return Refused(what, given=given, advice=f"{_NO_SYSTEM}: {told.system}")


def _keyless(request: httpx.Request) -> httpx.Request:
    """Take off the key that Ollama's client puts on by itself."""
    request.headers.pop("Authorization", None)
    return request


def load_client() -> None:
    """Import the client now: the first time takes a second on a slow disk, and is not waiting."""
    import httpx  # noqa: F401
    import ollama  # noqa: F401


def client_version() -> str:
    """Return name and version of what sends the calls."""
    from importlib.metadata import version

    return f"httpx {version('httpx')}"


def _model(entry: Any, synthetic: bool) -> Model | None:
    """Return a model from its entry in a server's list, or None if that has no name or digest."""
    if not isinstance(entry, dict):
        return None
    name = entry.get("name") or entry.get("model")
    digest = _DIGEST.fullmatch(str(entry.get("digest")))
    if not isinstance(name, str) or digest is None:
        return None
    bare = Model(name, digest[1], size=_whole(entry.get("size")) or 0, synthetic=synthetic)
    return _with_details(bare, entry)


def _with_details(model: Model, description: Mapping[str, Any]) -> Model:
    """Return a model with what a list or a description tells of it; what is missing stays."""
    details = description.get("details")
    details = details if isinstance(details, dict) else {}
    info = description.get("model_info")
    info = info if isinstance(info, dict) else {}
    context = info.get(f"{info.get('general.architecture')}.context_length")
    family = str(details.get("family") or model.family)
    able = description.get("capabilities")
    return replace(
        model,
        family=family,
        parameter_size=str(details.get("parameter_size") or model.parameter_size),
        quantization=str(details.get("quantization_level") or model.quantization),
        capabilities=tuple(map(str, able)) if isinstance(able, list) else model.capabilities,
        context_length=_whole(context or details.get("context_length")) or model.context_length,
        synthetic=model.synthetic or _SYNTHETIC in family.lower(),
    )


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def trouble_of(
    error: Exception, address: str, timeout: float, model: str = "", told: Told = OLLAMA
) -> ServerTrouble:
    """Return what an exception of the client means."""
    import httpx

    if isinstance(error, ServerTrouble):
        return error
    if isinstance(error, httpx.HTTPStatusError):
        text = _error_text(error.response)
        if text is None:
            return _unreadable(TypeError("JSON, and no object"), address, told)
        return _answered(error.response.status_code, text, address, model, told)
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        text = str(getattr(error, "error", error))[:_MOST_READ]
        return _answered(status, text, address, model, told)
    if isinstance(error, ConnectionError | httpx.ConnectError | httpx.ConnectTimeout):
        return _gone(error, address, told)
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return _slow(address, timeout)
    if isinstance(error, httpx.TransportError):
        return _broken(error, address)
    return _unreadable(error, address, told)


def _answered(status: int, text: str, address: str, model: str, told: Told) -> ServerTrouble:
    """Return the trouble of a status, or of an error line in a stream (status -1)."""
    words = "" if text.lstrip().startswith("<") else text  # a page of some other server
    quoted = f", which said {shown(words, _LONGEST)}" if words.strip() else ""
    code = f" (status {status})" if status > 0 else ""
    if status in (404, -1, 500) and model and _NO_MODEL.search(text):
        return missing_model(model, (), address)
    if _TOO_LONG.search(text):
        what = f"The prompt is longer than the context of the model{code}{quoted}"
        return Refused(what, advice=told.shorten)
    if _WRONG.search(text) or (status > 0 and status < 500 and status not in _AGAIN):
        what = f"The request was refused{code} by the server at {address}{quoted}"
        return Refused(what, advice=_advice(status, text, told))
    what = f"The server at {address} failed{code}{quoted}"
    if _MEMORY.search(text):
        return ServerTrouble(what, advice="Take a smaller model, or one with fewer bits per weight")
    return ServerTrouble(
        what, advice="Try again later, lower --concurrency, or start the server anew", passing=True
    )


def _advice(status: int, text: str, told: Told) -> str:
    """Return what to do about a request that was refused."""
    if "does not support chat" in text or "does not support generate" in text:
        return "Take a model that answers in words; this one is for something else"
    if "does not support thinking" in text:
        return "Take another model, or update Ollama"
    if 300 <= status < 400:
        return "It sends on to another address: give that one to --host or OLLAMA_HOST"
    return told.advice(status)


def _gone(error: Exception, address: str, told: Told) -> ServerGone:
    """Return that no server was reached, with the reason that the client leaves out."""
    cause = error.__context__ or error
    why = shown(str(cause), _LONGEST).strip("'\"") if str(cause).strip() else "no answer"
    return ServerGone(
        f"No {told.kind} was reached at {address} ({why})",
        advice=told.start,
        passing=True,
    )


def _slow(address: str, timeout: float) -> TooSlow:
    return TooSlow(
        f"The server at {address} gave no answer within {timeout:g} s",
        advice="Give it more time with --timeout, take a smaller model, or lower --concurrency",
        passing=True,
    )


def _broken(error: Exception, address: str) -> ServerTrouble:
    import httpx

    if isinstance(error, httpx.ProxyError | httpx.UnsupportedProtocol):
        advice = "Look at HTTP_PROXY, HTTPS_PROXY and NO_PROXY, which point to a proxy"
        return ServerGone(f"No server was reached at {address} ({error})", advice=advice)
    why = f"{type(error).__name__}: {error}".rstrip(": ")
    what = f"The connection to the server at {address} broke ({shown(why, _LONGEST)})"
    return ServerTrouble(what, advice="Try again, or look at the server's log", passing=True)


def _unreadable(error: Exception, address: str, told: Told) -> ServerTrouble:
    """Return the trouble of an answer that such a server does not give, or of anything else."""
    import pydantic

    if isinstance(error, pydantic.ValidationError) and error.title.endswith("Request"):
        why = shown(str(error), _LONGEST)
        return Refused(f"The client refused the request: {why}", advice="Report this to newswave")
    garbled = json.JSONDecodeError | UnicodeDecodeError | pydantic.ValidationError
    if isinstance(error, garbled | AttributeError | TypeError):
        what = f"The answer from {address} is not that of an {told.kind}"
        return ServerTrouble(what, given=type(error).__name__, advice=told.elsewhere, passing=True)
    what = f"Asking the server at {address} failed: {type(error).__name__}"
    advice = "If a proxy is set in HTTP_PROXY or ALL_PROXY, look at it; else report this"
    return ServerTrouble(what, given=str(error) or None, advice=advice)


def _error_text(response: Any) -> str | None:
    """Return the error in the body of a response, or its text; None if it is some other JSON."""
    try:
        body = response.json()
    except ValueError:
        return str(response.text)[:_MOST_READ]
    if not isinstance(body, dict):
        return None
    error = body.get("error") or body.get("message") or response.text
    return str(error.get("message") if isinstance(error, dict) else error)[:_MOST_READ]
