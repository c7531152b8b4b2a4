"""A server and what is on it: its version, its models, which of them are loaded, fetching one."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from newswave.errors import real_number
from newswave.servers.addresses import DEFAULT_ADDRESS, is_loopback, normal_address
from newswave.servers.exchange import model_name
from newswave.servers.session import WAITS, Session
from newswave.servers.troubles import (
    ModelMissing,
    Refused,
    ServerTrouble,
    missing_model,
    trouble_of,
)

if TYPE_CHECKING:
    import httpx
    from ollama import ProgressResponse

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
