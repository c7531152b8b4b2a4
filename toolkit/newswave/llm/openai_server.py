"""OpenAI-compatible servers: llama-server, LM Studio, vLLM and others under .../v1.

Of their API are used `/models` and `/chat/completions`, with JSON schemas and the log-probabilities
of the first token. What the kinds differ in is in one table: how a server of a kind is known, where
it tells its version, and of how many tokens it tells the log-probability. llama-server tells as
many as are wanted, so that yes and no are added up over the vocabulary as in this process; vLLM
tells 20; LM Studio tells none here, and its tables are counted.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

from newswave.core.errors import BadValue, real_number
from newswave.llm.builtin_server import MOST_WORDS, chat_body, likeliest_words
from newswave.llm.ollama_server import (
    Told,
    certificates,
    check_all_read,
    is_loopback,
    normal_address,
    trouble_of,
)
from newswave.llm.server import (
    Found,
    Loaded,
    Model,
    Reply,
    Request,
    ServerTrouble,
)

if TYPE_CHECKING:
    import httpx

KEY = "NEWSWAVE_API_KEY"
"""The variable with the key that a server asks for. It is sent to that server, and kept nowhere."""

_WAITS = (0.5, 1.0, 2.0, 8.0)
_MOST_AT_ONCE = 64
_LOOKING = 30.0
_LONGEST = 40
_TOLD = Told(
    kind="OpenAI-compatible server",
    update="Update the server; if it stays, report it",
    elsewhere="Check that --host names an OpenAI-compatible server, up to its /v1",
    forbidden="It takes no requests from here or for this model: see the server's log",
    key=KEY,
    shorten="Take a shorter event or shorter words (--wording), or start the server with a longer "
    "context: llama-server -c, vllm serve --max-model-len",
    system="start the server with another one (--chat-template), or take a chat model",
    start="Start it, as in 'llama-server -m FILE.gguf --port 8080', 'vllm serve NAME' or LM "
    "Studio's Developer tab, and give its address up to /v1: --host http://127.0.0.1:8080/v1",
)


class _Kind(NamedTuple):
    """A program that serves models; `version` is where beside /v1 it tells it, and in which key."""

    program: str = "OpenAI-compatible server"
    version_at: tuple[str, str] = ("/version", "version")
    alternatives: int = 20
    holds_all: bool = False  # whether all that it lists is in memory
    on_begun: tuple[str, ...] = ()  # what it has to be told to go on with an answer that is begun


_KINDS = {
    "llamacpp": _Kind("llama-server", ("/props", "build_info"), MOST_WORDS, True),
    "vllm": _Kind("vLLM", holds_all=True, on_begun=("continue_final_message",)),
    "organization_owner": _Kind("LM Studio"),
}
"""By what a server says of who owns its models."""


def is_openai_address(address: str) -> bool:
    """Whether an address is that of an OpenAI-compatible server: it ends in /v1.

    >>> is_openai_address("http://127.0.0.1:8080/v1/"), is_openai_address("127.0.0.1:11434")
    (True, False)
    """
    return address.strip().strip("\"'").rstrip("/").endswith("/v1")


@dataclass(frozen=True)
class OpenAIServer:
    """An OpenAI-compatible server, and how long to wait for it.

    The key in NEWSWAVE_API_KEY is sent to it, if there is one.

    Parameters
    ----------
    address : str
        As for `Server`, up to its /v1.
    timeout : float
        Seconds that one answer may take.
    connect_timeout : float
        Seconds until a server that does not react counts as not there.
    keyed : bool
        Whether it is sent the key: only where its owner named the address.
    waits : tuple of float
        Seconds before a call is made again after a trouble that may pass, such as a model that is
        being loaded; () never does.

    Raises
    ------
    BadValue
        If the address or a time cannot be.

    Examples
    --------
    >>> OpenAIServer("127.0.0.1:8080/v1").address
    'http://127.0.0.1:8080/v1'
    """

    address: str
    timeout: float = 120.0
    connect_timeout: float = 3.0
    keyed: bool = field(default=True, repr=False)
    waits: tuple[float, ...] = field(default=_WAITS, repr=False)

    most_at_once = _MOST_AT_ONCE

    def __post_init__(self) -> None:
        address = normal_address(self.address)
        if not is_openai_address(address):
            allowed = "an address up to /v1, such as http://127.0.0.1:8080/v1"
            raise BadValue("This is no OpenAI-compatible server", given=address, allowed=allowed)
        object.__setattr__(self, "address", address)
        for name in ("timeout", "connect_timeout"):
            seconds = real_number(name, getattr(self, name), 0.01, 86_400.0)
            object.__setattr__(self, name, seconds)

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine."""
        return is_loopback(self.address)

    def look(self) -> Found:
        """Return what is there, from one quick call and one for the version.

        Raises
        ------
        ServerTrouble
            `ServerGone` if there is no server.
        """
        kind, entries = self.listed()
        models = tuple(map(_model, entries))
        synthetic = any(model.synthetic for model in models)
        told = (self.address, self._version(kind), synthetic, models, kind.program)
        return Found(*told, f"httpx {version('httpx')}")

    def model(self, name: str) -> Model:
        """Return what the server says of a model, or raise `ModelMissing`."""
        return self.find(self.listed()[1], name)

    def digest(self, name: str) -> str:
        """Return the digest of a model now, or raise `ModelMissing`.

        These servers tell no checksum of a model's file. It is that of what they say of the model:
        its name and owner, and with llama-server its size, weights and vocabulary.
        """
        return self.model(name).digest

    def loaded(self) -> tuple[Loaded, ...]:
        """Return the models in the server's memory; raise `ServerTrouble` if it does not tell."""
        kind, entries = self.listed()
        if not kind.holds_all:
            raise ServerTrouble("The server does not tell which models are in its memory")
        there = [entry for entry in entries if _part(entry, "status").get("value") != "unloaded"]
        return tuple(
            Loaded(model.name, model.size, 0, model.context_length) for model in map(_model, there)
        )

    def session(self) -> _Session:
        """Return what opens the connections for many questions, used with `async with`."""
        return _Session(self)

    def listed(self) -> tuple[_Kind, list[dict[str, Any]]]:
        """Return the kind of server, and its own list of its models: those with a name."""
        try:
            with self._http() as http:
                listed = http.get("/models").raise_for_status().json()["data"]
            entries = [entry for entry in listed if isinstance(entry.get("id"), str)]
        except Exception as error:
            raise self.trouble(error) from error
        owner = str(entries[0].get("owned_by")) if entries else ""
        return _KINDS.get(owner, _Kind()), entries

    def find(self, entries: list[dict[str, Any]], name: str) -> Model:
        """Return the model of a name in such a list, or raise `ModelMissing`."""
        return Found(self.address, "", False, tuple(map(_model, entries)), "").find(name)

    def connecting(self, patience: float | None) -> dict[str, Any]:
        """Return what a client of httpx takes to connect, with the seconds that it may wait."""
        import httpx

        key = os.environ.get(KEY) if self.keyed else None
        return {
            "base_url": self.address,
            "headers": {"Authorization": f"Bearer {key}"} if key else {},
            "timeout": httpx.Timeout(patience, connect=self.connect_timeout),
            "follow_redirects": False,
            "trust_env": not self.is_local,
            "verify": certificates(self.address),
        }

    def trouble(self, error: Exception, model: str = "") -> ServerTrouble:
        """Return what an exception means; an answer without what it should hold is unreadable."""
        if isinstance(error, LookupError):
            error = TypeError(f"no {error}")
        return trouble_of(error, self.address, self.timeout, model, _TOLD)

    def _http(self) -> httpx.Client:
        import httpx

        return httpx.Client(**self.connecting(min(self.timeout, _LOOKING)))

    def _version(self, kind: _Kind) -> str:
        """Return the version of the server; "unknown" where it does not tell it."""
        try:
            with self._http() as http:
                told = http.get(self.address.removesuffix("/v1") + kind.version_at[0])
            number = told.raise_for_status().json()[kind.version_at[1]]
        except Exception:
            return "unknown"
        return str(number)[:_LONGEST] or "unknown"


class _Session:
    """Connections to a server, open inside of `async with`."""

    def __init__(self, server: OpenAIServer) -> None:
        self._server = server
        self._client: httpx.AsyncClient | None = None
        self._listed: tuple[_Kind, list[dict[str, Any]]] | None = None

    async def __aenter__(self) -> _Session:
        import httpx

        server = self._server
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=_MOST_AT_ONCE)
        try:
            self._client = httpx.AsyncClient(**server.connecting(None), limits=limits)
        except Exception as error:
            raise server.trouble(error) from error
        return self

    async def __aexit__(self, *_: object) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def ask(self, request: Request) -> Reply:
        """Return the answer to one question; cancelling closes the connection at once.

        The model is looked up first, once a session: a server of one model answers by any name.
        """
        if self._client is None:
            raise BadValue("This session is not open", advice="Use it inside of 'async with'")
        server = self._server
        if self._listed is None:
            self._listed = await asyncio.to_thread(server.listed)
        kind, entries = self._listed
        body = _body(request, server.find(entries, request.model).name, kind)
        start = time.perf_counter()
        try:
            async with asyncio.timeout(server.timeout):
                response = await self._client.post("/chat/completions", json=body)
            answer = response.raise_for_status().json()
            reply = _reply(answer, request, kind, time.perf_counter() - start)
        except Exception as error:
            raise server.trouble(error, request.model) from error
        check_all_read(request, reply, _TOLD)
        return reply


def _body(request: Request, name: str, kind: _Kind) -> dict[str, Any]:
    """Return what is sent: what llama.cpp takes, and what vLLM calls otherwise.

    vLLM once took only -1 for all words (top_k), and takes a model's own penalty where none is
    given.
    """
    body = chat_body(request) | {"model": name, "stream": False, "repetition_penalty": 1.0}
    if body["top_k"] == 0:
        body["top_k"] = -1
    if request.alternatives:
        body["top_logprobs"] = kind.alternatives
    if request.prefix and kind.on_begun:
        body |= {"add_generation_prompt": False, **dict.fromkeys(kind.on_begun, True)}
    return body


def _reply(answer: dict[str, Any], request: Request, kind: _Kind, seconds: float) -> Reply:
    """Return the reply in an answer."""
    choice = answer["choices"][0]
    message, usage = choice["message"], _part(answer, "usage")
    tokens = _part(choice, "logprobs").get("content") or [{}]
    first = tokens[0].get("top_logprobs") or []
    whole = bool(first) and kind.alternatives == MOST_WORDS
    plain = tuple((one["token"], one["logprob"]) for one in first)
    return Reply(
        content=(message.get("content") or "").removeprefix(request.prefix),  # llama-server's echo
        thinking=message.get("reasoning_content") or message.get("reasoning") or "",
        done=choice.get("finish_reason") is not None,
        done_reason=choice.get("finish_reason"),
        first_token=likeliest_words(first, request.alternatives) if whole else plain,
        prompt_tokens=_whole(usage.get("prompt_tokens")) or 0,
        tokens=_whole(usage.get("completion_tokens")) or 0,
        seconds=seconds,
        whole=whole,
    )


def _model(entry: Mapping[str, Any]) -> Model:
    """Return a model from its entry in a server's list.

    What a start of the server changes is not in its digest: the time, and the context it gives.
    """
    about, owner = _part(entry, "meta"), entry.get("owned_by")
    lasting = {name: value for name, value in about.items() if name != "n_ctx"}
    text = json.dumps([entry["id"], owner, entry.get("root"), lasting], sort_keys=True)
    weights = _whole(about.get("n_params"))
    return Model(
        entry["id"],
        hashlib.sha256(text.encode()).hexdigest(),
        _whole(about.get("size")) or 0,
        parameter_size=f"{weights / 1e6:.0f}M" if weights else "",
        quantization=str(about.get("ftype") or ""),
        context_length=_whole(about.get("n_ctx") or entry.get("max_model_len")),
        synthetic="synthetic" in (entry.get("tags") or ()),
    )


def _part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the object under a name; an empty one where there is none."""
    part = whole.get(name)
    return part if isinstance(part, dict) else {}


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
