"""What newswave needs of a model server: one question and one answer, models, what can go wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from newswave.core.errors import BadValue, NewswaveError, plain, real_number, shown, whole_number
from newswave.core.files import free_memory
from newswave.core.wording import Prompt

KEEP_ALIVE = "30m"
"""How long a server keeps the model in memory after an answer: loading takes seconds."""

LONGEST_KEPT = 4000
"""Content and thinking of a reply are each cut to so many characters."""

_MOST_ALTERNATIVES = 20
_NO_PENALTY = {"repeat_penalty": 1.0, "presence_penalty": 0.0, "frequency_penalty": 0.0}
_GIGA = 1e9
_OLDEST = (0, 12, 11)
"""The first server that tells log-probabilities."""

SMALL_MODELS = (
    ("qwen2.5:0.5b", "397 MB", "the quickest, to try things out"),
    ("gemma3:1b", "815 MB", "for lessons"),
    ("llama3.2:1b", "1.3 GB", "for lessons"),
)
"""Models that suit a class: name, size, and what for."""


class ServerTrouble(NewswaveError):
    """Something went wrong with a server.

    Parameters
    ----------
    what, given, allowed, advice
        As in `NewswaveError`.
    passing : bool
        Whether trying again can help.
    """

    def __init__(
        self,
        what: str,
        *,
        given: Any = None,
        allowed: str = "",
        advice: str = "",
        passing: bool = False,
    ) -> None:
        self.passing = passing
        super().__init__(what, given=given, allowed=allowed, advice=advice)


class ServerGone(ServerTrouble):
    """No server was reached."""


class ModelMissing(ServerTrouble):
    """The server does not have the model."""


class TooSlow(ServerTrouble):
    """The answer did not come in time."""


class Refused(ServerTrouble):
    """The server will not do what it was asked; asking again is no use."""


def missing_model(
    name: str, known: Sequence[str] = (), address: str = "", can_fetch: bool = True
) -> ModelMissing:
    """Return the trouble of a model that a server does not have, nor perhaps can fetch.

    >>> print(missing_model("tiny", ["gemma3:1b"], "http://127.0.0.1:11434"))
    The server at http://127.0.0.1:11434 does not have this model. Given: 'tiny'.
    Allowed: gemma3:1b. Fetch it with 'ollama pull tiny' or 'newswave models --pull tiny', or take
    one that is there.
    """
    plain = shown(name).strip("'\"")
    there = ", ".join(known[:12]) + (" ..." if len(known) > 12 else "")
    fetch = f"Fetch it with 'ollama pull {plain}' or 'newswave models --pull {plain}'"
    if not address:
        what, advice = "There is no such model in this process", "Take one that is there"
        return ModelMissing(what, given=name, allowed=there, advice=advice)
    if not can_fetch:
        fetch = "Start the server with it"
    return ModelMissing(
        f"The server at {address} does not have this model",
        given=name,
        allowed=there,
        advice=f"{fetch}, or take one that is there" if known else fetch,
    )


@dataclass(frozen=True)
class Sampling:
    """How a model draws its words; seed None lets the server take a new one each time.

    A server's own defaults leave out rare words before it draws (top_p 0.9, top_k 40): somebody
    who shares in 2 to 8 of 100 cases then never shares. The defaults here leave out nothing and
    leave the odds as they are, so that draws follow the model's own probabilities. Penalties on
    words that were used before, which some models bring along, are switched off for the same
    reason: yes, no and true occur in the question.
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
        """Return the options as Ollama takes them, whole numbers as such."""
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
    """What one call asks: a model, by its name with tag, and what it is given.

    `schema` is the JSON schema of the answer, its keys in the order of the answer; None for free
    words. `alternatives` is for how many alternatives of each token to give probabilities, 0 to 20.
    `prefix` is what the answer begins with: the model goes on from there, and what comes back is
    what follows it.
    """

    model: str
    prompt: Prompt
    sampling: Sampling = Sampling()
    schema: Mapping[str, Any] | None = None
    alternatives: int = 0
    prefix: str = ""

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

    @property
    def messages(self) -> list[dict[str, str]]:
        """The messages of the chat; a last one of the model's own is what its answer begins with.

        Ollama and llama.cpp go on with such a message in place of a new one.
        """
        begun = [{"role": "assistant", "content": self.prefix}] if self.prefix else []
        return self.prompt.messages + begun

    def arguments(self) -> dict[str, Any]:
        """Return the body of Ollama's /api/chat. Thinking is always off: it is slow and unread."""
        asked: dict[str, Any] = {
            "model": self.model,
            "messages": self.messages,
            "options": self.sampling.options(),
            "format": self.schema,
            "stream": False,
            "think": False,
            "keep_alive": KEEP_ALIVE,
        }
        if self.alternatives:
            asked |= {"logprobs": True, "top_logprobs": self.alternatives}
        return asked

    @property
    def key(self) -> str:
        """SHA-256 of everything that is sent; the order of a schema's keys counts."""
        text = json.dumps(["/api/chat", self.arguments()], separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Reply:
    """What came back.

    `first_token` are the alternatives of the first token with the logarithm of their probability;
    () if not asked for, or if the server does not give them. Lengths in tokens are 0 if the server
    did not say. `load_seconds` of the `seconds` at the server went into loading the model. `cut`
    says whether content or thinking was longer than what is kept, `whole` whether yes and no in
    `first_token` are added up over the whole vocabulary.
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
    whole: bool = False

    def __post_init__(self) -> None:
        if max(len(self.content), len(self.thinking)) > LONGEST_KEPT:
            object.__setattr__(self, "content", self.content[:LONGEST_KEPT])
            object.__setattr__(self, "thinking", self.thinking[:LONGEST_KEPT])
            object.__setattr__(self, "cut", True)

    @property
    def answer_seconds(self) -> float:
        """The time at the server without that for loading the model."""
        return max(self.seconds - self.load_seconds, 0.0)


def model_name(name: Any) -> str:
    """Return the name of a model, or raise `BadValue`."""
    fits = isinstance(name, str) and 0 < len(name) <= 200 and name.isprintable()
    if not fits or name.strip() != name:
        allowed = "a name such as gemma3:1b; see the ones there with: newswave models"
        raise BadValue("This is no name of a model", given=name, allowed=allowed)
    return str(name)


def full_name(name: str) -> str:
    """Return a model's name with its tag, in small letters: case does not count in a name.

    >>> full_name("Gemma3"), full_name("box:5000/gemma3"), full_name("gemma3:1b")
    ('gemma3:latest', 'box:5000/gemma3:latest', 'gemma3:1b')
    """
    tagged = ":" in name.rsplit("/", 1)[-1]
    return (name if tagged else f"{name}:latest").lower()


@dataclass(frozen=True)
class Model:
    """A model on a server; what is not known of it is "", (), 0 or None.

    `digest` are 64 hexadecimal digits that change whenever the model does; `size` is in bytes on
    disk; capabilities are such as "completion", "thinking", "embedding"; `context_length` is the
    most tokens that it takes; `synthetic` says whether it is a formula and no language model.
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
        """Whether it can be asked in words, as far as is known."""
        return not self.capabilities or "completion" in self.capabilities


@dataclass(frozen=True)
class Loaded:
    """A model in a server's memory: bytes in all, bytes on the graphics card, tokens of context."""

    name: str
    size: int
    size_vram: int
    context_length: int | None


OLLAMA = "Ollama"
"""What the usual kind of server is called."""


@dataclass(frozen=True)
class Found:
    """What a server is and holds, its models in its own order.

    `address` is "" for one in this process; `synthetic` says whether a formula answers; `program`
    is what kind of server it is, `client` the name and version of what asks it.
    """

    address: str
    version: str
    synthetic: bool
    models: tuple[Model, ...]
    program: str = OLLAMA
    client: str = ""

    @property
    def is_ollama(self) -> bool:
        """Whether it is an Ollama server, which can fetch models and tells how old it is."""
        return self.program == OLLAMA

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all models."""
        return tuple(model.name for model in self.models)

    def find(self, name: str) -> Model:
        """Return the model of a name, or raise `ModelMissing`; m means m:latest."""
        wanted = full_name(model_name(name))
        for model in self.models:
            if full_name(model.name) == wanted:
                return model
        raise missing_model(name, self.names, self.address, self.is_ollama)


class Session(Protocol):
    """What can be asked while a server's connections are open."""

    async def ask(self, request: Request) -> Reply:
        """Return the answer to one question, asked once; raise `ServerTrouble` if there is none.

        Any answer of the model is returned, readable or not. It waits without blocking the event
        loop (slow work belongs in `asyncio.to_thread`), and cancelling stops the server's work.
        """
        ...


class ModelServer(Protocol):
    """What newswave needs of a server of language models; another kind of server is one class.

    Asking again and how many calls are under way at once is decided in `newswave.llm.batch`; a
    server only says what it can take.
    """

    @property
    def address(self) -> str:
        """Where it is; "" for one in this process."""
        ...

    @property
    def is_local(self) -> bool:
        """Whether its models are in this machine's memory."""
        ...

    @property
    def most_at_once(self) -> int:
        """The most calls that it takes at once, 1 or more."""
        ...

    @property
    def waits(self) -> tuple[float, ...]:
        """Seconds to wait before a call is made again after a trouble that may pass; () never."""
        ...

    @property
    def timeout(self) -> float:
        """Seconds that one answer may take."""
        ...

    def look(self) -> Found:
        """Return what it is and holds, or raise `ServerTrouble`."""
        ...

    def model(self, name: str) -> Model:
        """Return all that is known of a model that can be asked in words.

        Raises `ModelMissing` if it is not there, `Refused` if it is of another kind.
        """
        ...

    def digest(self, name: str) -> str:
        """Return the digest of a model now, or raise `ModelMissing`."""
        ...

    def loaded(self) -> tuple[Loaded, ...]:
        """Return the models that are in memory now."""
        ...

    def session(self) -> AbstractAsyncContextManager[Session]:
        """Return what opens the connections for many questions, used with `async with`."""
        ...


@dataclass(frozen=True)
class Preflight:
    """A server with the model that is to be asked; `loaded` is None if it does not tell."""

    server: ModelServer
    found: Found
    model: Model
    loaded: bool | None

    @classmethod
    def of(cls, server: ModelServer, name: str) -> Preflight:
        """Look at a server and a model."""
        found, model = server.look(), server.model(name)
        loaded: bool | None
        try:
            loaded = any(one.name == model.name for one in server.loaded())
        except NewswaveError:
            loaded = None
        return cls(server, found, model, loaded)

    def lines(self) -> list[str]:
        """Return what was found, a line for each thing, labelled."""
        model = self.model
        kind = ", ".join(text for text in (model.parameter_size, model.quantization) if text)
        about = [f"{plain(model.name)}", f"digest {model.digest[:12]}"]
        about += [f"{model.size / _GIGA:.1f} GB"] if model.size else []
        about += [plain(kind)] if kind else []
        if self.loaded is not None:
            about.append("in memory" if self.loaded else "not in memory yet")
        place = f"at {self.server.address}" if self.server.address else "in this process"
        lines = [f"server   {self.found.program} {plain(self.found.version)} {place}"]
        lines.append(f"model    {', '.join(about)}")
        if model.thinks:
            lines.append("         it can think before it answers; that is switched off")
        if model.synthetic:
            lines.append("         SYNTHETIC: a formula answers, no language model")
        short = self.short_of_memory()
        return [*lines, f"         {short}"] if short else lines

    def short_of_memory(self) -> str:
        """Return a warning if the model is larger than what this machine has free, else ''."""
        free = free_memory()
        if self.loaded or not self.server.is_local or free is None or self.model.size <= free:
            return ""
        sizes = f"its {self.model.size / _GIGA:.1f} GB are more than the {free / _GIGA:.1f} GB"
        return f"{sizes} that are free here: it may be very slow, or fail"


def tells_log_probabilities(version: str) -> bool:
    """Whether a server of that version tells log-probabilities: from 0.12.11 on."""
    return version_numbers(version) >= _OLDEST


def duration(seconds: float) -> str:
    """Return a time in words that one can plan with.

    >>> duration(0.4), duration(42), duration(200), duration(9000)
    ('less than a second', 'about 42 s', 'about 3 min', 'about 2 h 30 min')
    """
    if seconds < 1:
        return "less than a second"
    if seconds < 90:
        return f"about {seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"about {minutes} min"
    return f"about {minutes // 60} h {minutes % 60} min"


def version_numbers(version: str) -> tuple[int, ...]:
    """Return the numbers at the beginning of a version."""
    bare = version.partition("-")[0].partition("+")[0]
    return tuple(int(part) if part.isdigit() else 0 for part in bare.split(".")[:3])
