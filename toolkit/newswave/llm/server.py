"""Ollama servers: addresses, sessions, one question and one answer, models."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from newswave.core.errors import BadValue, real_number, whole_number
from newswave.core.wording import Prompt
from newswave.llm.server_errors import (
    ModelMissing,
    Refused,
    ServerTrouble,
    missing_model,
    trouble_of,
)

if TYPE_CHECKING:
    import httpx
    from ollama import AsyncClient, ChatResponse, ProgressResponse


# Where a server is: one spelling of an address from what users and OLLAMA_HOST hold.


DEFAULT_ADDRESS = "http://127.0.0.1:11434"
"""Where Ollama listens unless told otherwise."""

_PORTS = {"http": 80, "https": 443}
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,252}[a-z0-9_])?\.?", re.IGNORECASE)
_PATH = re.compile(r"[\w.~/-]*", re.ASCII)
_EXAMPLES = "an address such as 127.0.0.1:11434, http://box:11434 or https://ollama.example"


def normal_address(host: str) -> str:
    """Return an address with its scheme and port, by the rules of the Ollama client.

    Without a scheme it is http and port 11434. With a scheme and no port, the port is that of the
    scheme, as in the client: http://box means port 80. 0.0.0.0 and [::], where a server listens
    on every address, become the address of this machine. A path is kept.

    Parameters
    ----------
    host : str
        What a user gives, or OLLAMA_HOST holds; spaces and quotes round it are left out.

    Returns
    -------
    str

    Raises
    ------
    BadValue
        If it is no address of a server.

    Examples
    --------
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
        raise _bad(text, "Only http and https lead to an Ollama server")
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


# One question and one answer: how a model draws, what it is asked, what it said.


KEEP_ALIVE = "30m"
"""How long a server keeps the model in memory after an answer: loading takes seconds."""

LONGEST_KEPT = 4000
"""Content and thinking of a reply are each cut to so many characters."""

_MOST_ALTERNATIVES = 20
_NO_PENALTY = {"repeat_penalty": 1.0, "presence_penalty": 0.0, "frequency_penalty": 0.0}


@dataclass(frozen=True)
class Sampling:
    """How a model draws its words.

    A server's own defaults leave out rare words before it draws (top_p 0.9, top_k 40): somebody
    who shares in 2 to 8 of 100 cases then never shares. The defaults here leave out nothing and
    leave the odds as they are, so that draws follow the model's own probabilities. Penalties on
    words that were used before, which some models bring along, are switched off for the same
    reason: yes, no and true occur in the question.

    Parameters
    ----------
    temperature : float
        0 always takes the likeliest word, 1 draws by the model's own odds.
    num_predict : int
        Most tokens of an answer; JSON ends by itself before.
    num_ctx : int
        Tokens of question and answer together. Changing it makes a server load the model anew.
    top_p, top_k, min_p : float, int, float
        What is left out before drawing; 1, 0 and 0 leave out nothing.
    seed : int or None
        Of the draw; None lets the server take a new one each time.

    Raises
    ------
    BadValue
        If one is outside what a server takes.

    Examples
    --------
    >>> Sampling(temperature=0, num_predict=1, seed=7).options()["num_predict"]
    1
    """

    temperature: float = 1.0
    num_predict: int = 80
    num_ctx: int = 2048
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    seed: int | None = None

    def __post_init__(self) -> None:
        wholes = {"num_predict": (1, 4096), "num_ctx": (64, 1 << 20), "top_k": (0, 1 << 20)}
        for name, (low, high) in wholes.items():
            object.__setattr__(self, name, whole_number(name, getattr(self, name), low, high))
        reals = {"temperature": 5.0, "top_p": 1.0, "min_p": 1.0}
        for name, most in reals.items():
            object.__setattr__(self, name, real_number(name, getattr(self, name), 0.0, most))
        if self.seed is not None:
            object.__setattr__(self, "seed", whole_number("seed", self.seed, 0, 2**31 - 1))

    def options(self) -> dict[str, Any]:
        """Return the options as a server takes them, whole numbers as such.

        A plain dict is sent as it is; the client's own type for options would drop min_p.
        """
        chosen = {
            "num_ctx": self.num_ctx,
            "num_predict": self.num_predict,
            "temperature": self.temperature,
            "top_k": self.top_k,
            "top_p": self.top_p,
            "min_p": self.min_p,
            **_NO_PENALTY,
        }
        return chosen if self.seed is None else {**chosen, "seed": self.seed}


@dataclass(frozen=True)
class Request:
    """What one call asks.

    Parameters
    ----------
    model : str
        Name with tag, as the server lists it.
    prompt : Prompt
        What the model is told.
    sampling : Sampling
        How it draws.
    schema : mapping or None
        JSON schema of the answer, its keys in the order of the answer; None for free words.
    alternatives : int
        For how many alternatives of each token to give probabilities, 0 to 20.

    Raises
    ------
    BadValue
        If the model has no name, the schema is not JSON, or alternatives are out of range.

    Examples
    --------
    >>> request = Request("gemma3:1b", Prompt("Be brief.", "Yes or no?"), alternatives=20)
    >>> request.arguments()["think"], len(request.key)
    (False, 64)
    """

    model: str
    prompt: Prompt
    sampling: Sampling = Sampling()
    schema: Mapping[str, Any] | None = None
    alternatives: int = 0

    def __post_init__(self) -> None:
        model_name(self.model)
        whole_number("alternatives", self.alternatives, 0, _MOST_ALTERNATIVES)
        if self.schema is not None:
            try:
                copy = json.loads(json.dumps(dict(self.schema), allow_nan=False))
            except (TypeError, ValueError, RecursionError) as error:
                allowed = "a JSON schema, as in Question.schema"
                raise BadValue(
                    "The schema is not JSON", given=self.schema, allowed=allowed
                ) from error
            object.__setattr__(self, "schema", copy)

    def arguments(self) -> dict[str, Any]:
        """Return what the client's `chat` takes. Thinking is always off: it is slow and unread."""
        asked: dict[str, Any] = {
            "model": self.model,
            "messages": self.prompt.messages,
            "options": self.sampling.options(),
            "format": self.schema,
            "stream": False,
            "think": False,
            "keep_alive": KEEP_ALIVE,
        }
        return {**asked, **_alternatives(self.alternatives)}

    @property
    def key(self) -> str:
        """SHA-256 of everything that is sent, as 64 hexadecimal digits.

        The order of a schema's keys counts: it is the order of the answer.
        """
        text = json.dumps(["/api/chat", self.arguments()], separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Reply:
    """What came back.

    Parameters
    ----------
    content, thinking : str
        What the model said and thought, at most `LONGEST_KEPT` characters each.
    done : bool
        Whether the server marked it as done.
    done_reason : str or None
        Why it ended: "stop", "length", "load".
    first_token : tuple of (str, float)
        Alternatives of the first token with the logarithm of their probability; empty if not
        asked for, or if the server is too old to tell.
    prompt_tokens, tokens : int
        Length of question and answer in tokens; 0 if the server did not say.
    seconds, load_seconds : float
        Time at the server, and how much of it went into loading the model.
    cut : bool
        Whether content or thinking was longer than what is kept.
    """

    content: str
    thinking: str = ""
    done: bool = True
    done_reason: str | None = "stop"
    first_token: tuple[tuple[str, float], ...] = ()
    prompt_tokens: int = 0
    tokens: int = 0
    seconds: float = 0.0
    load_seconds: float = 0.0
    cut: bool = False

    @classmethod
    def of(cls, response: ChatResponse) -> Reply:
        """Return the reply in an answer of the client."""
        content = response.message.content or ""
        thinking = response.message.thinking or ""
        tokens = response.logprobs or []
        pairs = (tokens[0].top_logprobs or []) if tokens else []
        return cls(
            content=content[:LONGEST_KEPT],
            thinking=thinking[:LONGEST_KEPT],
            done=response.done is True,
            done_reason=response.done_reason,
            first_token=tuple((each.token, each.logprob) for each in pairs),
            prompt_tokens=response.prompt_eval_count or 0,
            tokens=response.eval_count or 0,
            seconds=(response.total_duration or 0) / 1e9,
            load_seconds=(response.load_duration or 0) / 1e9,
            cut=max(len(content), len(thinking)) > LONGEST_KEPT,
        )


def model_name(name: Any) -> str:
    """Return the name of a model, or raise `BadValue`.

    >>> model_name("gemma3:1b")
    'gemma3:1b'
    """
    fits = isinstance(name, str) and 0 < len(name) <= 200 and name.isprintable()
    if not fits or name.strip() != name:
        allowed = "a name such as gemma3:1b; see the ones there with: newswave models"
        raise BadValue("This is no name of a model", given=name, allowed=allowed)
    return str(name)


def _alternatives(number: int) -> dict[str, Any]:
    return {"logprobs": True, "top_logprobs": number} if number else {}


# Asking a server: some calls at once, each tried again if its trouble may pass.


WAITS = (0.5, 1.0, 2.0)
"""Seconds before the second, third and fourth attempt at a question."""


class Session:
    """Connections to a server, to ask it many questions; used with `async with`.

    Parameters
    ----------
    server : Server
        Which.
    concurrency : int
        Most questions at once, 1 to 256. More than the server answers at once only makes them
        wait there.
    waits : sequence of float
        Seconds before each further attempt; () tries once.

    Raises
    ------
    BadValue
        If the concurrency or a wait does not fit.
    """

    def __init__(
        self, server: Server, concurrency: int = 1, waits: Sequence[float] = WAITS
    ) -> None:
        self.server = server
        self.concurrency = whole_number("The concurrency", concurrency, 1, 256)
        self.waits = tuple(real_number("A wait", wait, 0.0, 600.0) for wait in waits)
        self._client: AsyncClient | None = None
        self._slots = asyncio.Semaphore(self.concurrency)

    async def __aenter__(self) -> Session:
        """Open the pool of connections."""
        import httpx
        import ollama

        most = self.concurrency
        limits = httpx.Limits(max_connections=most, max_keepalive_connections=most)
        patience = httpx.Timeout(None, connect=self.server.connect_timeout)
        server = self.server
        try:
            self._client = ollama.AsyncClient(
                **server.connecting(), timeout=patience, limits=limits
            )
        except Exception as error:
            raise trouble_of(error, server.address, server.timeout) from error
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()  # type: ignore[no-untyped-call]

    async def ask(self, request: Request) -> Reply:
        """Return the answer to a question.

        A trouble that may pass is waited for and the same question asked again, as often as there
        are waits, but not once twice the server's time-out is used up: failures are tried four
        times, time-outs twice. Cancelling closes the connection at once, and the server stops.

        Parameters
        ----------
        request : Request
            What to ask.

        Returns
        -------
        Reply
            Any answer of the server, readable or not.

        Raises
        ------
        ServerTrouble
            The last trouble.
        """
        start = time.monotonic()
        for wait in self.waits:
            try:
                return await self._attempt(request)
            except ServerTrouble as trouble:
                if not trouble.passing or time.monotonic() - start >= 2 * self.server.timeout:
                    raise
            await asyncio.sleep(wait)
        return await self._attempt(request)

    async def _attempt(self, request: Request) -> Reply:
        """Ask once; the time runs from when it is this question's turn."""
        if self._client is None:
            raise BadValue("This session is not open", advice="Use it inside of 'async with'")
        server, arguments = self.server, request.arguments()
        async with self._slots:
            try:
                async with asyncio.timeout(server.timeout):
                    response = await self._client.chat(**arguments)
            except Exception as error:
                raise trouble_of(error, server.address, server.timeout, request.model) from error
        return Reply.of(response)


# A server and what is on it: its version, its models, which of them are loaded, fetching one.


_LOOKING = 30.0
_FETCHING = 900.0
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_SYNTHETIC = "synthetic"

Progress = Callable[[str, int, int], None]
"""Told what is going on, bytes fetched, and bytes in all (0 if unknown)."""


@dataclass(frozen=True)
class Model:
    """A model on a server.

    Parameters
    ----------
    name : str
        With its tag.
    digest : str
        64 hexadecimal digits that change whenever the model does.
    size : int
        Bytes on disk.
    family, parameter_size, quantization : str
        Such as "gemma3", "999.89M", "Q4_K_M"; "" if not told.
    capabilities : tuple of str
        Such as "completion", "thinking", "embedding"; () if not told.
    context_length : int or None
        Most tokens it takes, if told.
    synthetic : bool
        Whether it is a stand-in and no language model.
    """

    name: str
    digest: str
    size: int = 0
    family: str = ""
    parameter_size: str = ""
    quantization: str = ""
    capabilities: tuple[str, ...] = ()
    context_length: int | None = None
    synthetic: bool = False

    @property
    def thinks(self) -> bool:
        """Whether it can think before it answers; newswave switches that off."""
        return "thinking" in self.capabilities

    @property
    def answers(self) -> bool:
        """Whether it can be asked in words, as far as the server told."""
        return not self.capabilities or "completion" in self.capabilities


@dataclass(frozen=True)
class Loaded:
    """A model in a server's memory: bytes in all, bytes on the graphics card, tokens of context."""

    name: str
    size: int
    size_vram: int
    context_length: int | None


@dataclass(frozen=True)
class Found:
    """What is at an address: the version of the server and its models, in its own order."""

    address: str
    version: str
    synthetic: bool
    models: tuple[Model, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all models."""
        return tuple(model.name for model in self.models)

    def find(self, name: str) -> Model:
        """Return the model of a name; m means m:latest, and case does not count.

        Raises
        ------
        ModelMissing
            If there is none.
        """
        wanted = _full(model_name(name))
        for model in self.models:
            if _full(model.name) == wanted:
                return model
        raise missing_model(name, self.names, self.address)


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

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", normal_address(self.address))
        for name in ("timeout", "connect_timeout"):
            seconds = real_number(name, getattr(self, name), 0.01, 86_400.0)
            object.__setattr__(self, name, seconds)

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
            version = str(self._asked(http, "/api/version").get("version", ""))[:40]
            listed = self._asked(http, "/api/tags").get("models")
        if not version or not isinstance(listed, list | None):
            raise trouble_of(AttributeError("version"), self.address, self.timeout)
        synthetic = _SYNTHETIC in version
        models = [_model(entry, synthetic) for entry in listed or []]
        return Found(self.address, version, synthetic, tuple(m for m in models if m is not None))

    def model(self, name: str) -> Model:
        """Return all that the server tells of a model.

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
            told = self._asked(http, "/api/show", {"model": listed.name}, listed.name)
        model = _with_details(listed, told)
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
            listed = self._asked(http, "/api/tags").get("models") or []
        models = [_model(entry, False) for entry in listed]
        there = tuple(m for m in models if m is not None)
        return Found(self.address, "", False, there).find(name).digest

    def loaded(self) -> tuple[Loaded, ...]:
        """Return the models that are in the server's memory now."""
        with self._http() as http:
            listed = self._asked(http, "/api/ps").get("models") or []
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

    def session(self, concurrency: int = 1, waits: Sequence[float] = WAITS) -> Session:
        """Return a session to ask questions in; see there."""
        return Session(self, concurrency, waits)

    def connecting(self) -> dict[str, Any]:
        """Return what the client and httpx take to connect, without times.

        Reading all certificates of the authorities takes 20 ms and is of no use for http; there,
        an empty store of certificates is given, which would refuse any https.
        """
        import ssl

        plain = self.address.startswith("http:")
        return {
            "host": self.address,
            "follow_redirects": False,
            "trust_env": not is_loopback(self.address),
            "verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True,
            "auth": None if self.keyed else _keyless,
        }

    def _http(self) -> httpx.Client:
        """Return a bare client: Ollama's has no version and leaves capabilities out."""
        import httpx

        settings = self.connecting()
        key = os.environ.get("OLLAMA_API_KEY") if self.keyed else None
        patience = min(self.timeout, _LOOKING)
        try:
            return httpx.Client(
                base_url=settings.pop("host"),
                headers={"Authorization": f"Bearer {key}"} if key else {},
                timeout=httpx.Timeout(patience, connect=self.connect_timeout),
                **settings,
            )
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
            raise trouble from error

    def _asked(
        self, http: httpx.Client, path: str, body: Mapping[str, Any] | None = None, model: str = ""
    ) -> dict[str, Any]:
        """Return the JSON object at a path, or raise a `ServerTrouble`."""
        try:
            response = http.request("GET" if body is None else "POST", path, json=body)
            held = response.raise_for_status().json()
            return dict(held.items())
        except Exception as error:
            raise trouble_of(error, self.address, min(self.timeout, _LOOKING), model) from error


def _keyless(request: httpx.Request) -> httpx.Request:
    """Take off the key that Ollama's client puts on by itself."""
    request.headers.pop("Authorization", None)
    return request


def load_client() -> None:
    """Import the client now: the first time takes a second on a slow disk, and is not waiting."""
    import httpx  # noqa: F401
    import ollama  # noqa: F401


def client_version() -> str:
    """Return name and version of the client that asks.

    >>> client_version()
    'ollama ...'
    """
    from importlib.metadata import version

    return f"ollama {version('ollama')}"


def _full(name: str) -> str:
    """Return a name with its tag, in small letters."""
    tagged = ":" in name.rsplit("/", 1)[-1]
    return (name if tagged else f"{name}:latest").lower()


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


def _with_details(model: Model, told: Mapping[str, Any]) -> Model:
    """Return a model with what a list or a description tells of it; what is missing stays."""
    details = told.get("details")
    details = details if isinstance(details, dict) else {}
    info = told.get("model_info")
    info = info if isinstance(info, dict) else {}
    context = info.get(f"{info.get('general.architecture')}.context_length")
    family = str(details.get("family") or model.family)
    able = told.get("capabilities")
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
