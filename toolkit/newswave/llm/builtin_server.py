"""Language models in this process: llama.cpp runs a GGUF file, with no server to install.

Three settings make its numbers exact, where llama.cpp's own leave P(yes) open by 0.02, differently
each time (measured: docs/why.md). The weights of known models are 16-bit numbers, so that nothing
is rounded to 8 bits on the way. Attention is computed in the plain way, in which a token's numbers
do not depend on how many others are read with it. And the last token of a prompt is always read by
itself, so that it does not matter how much of the prompt was in the cache.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from newswave.core.errors import NewswaveError, plain, real_number, whole_number
from newswave.llm.gguf import Gguf
from newswave.llm.model_files import KNOWN, KnownModel, digest, known, unpacked
from newswave.llm.replies import bare
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
    full_name,
    missing_model,
)

PREFIX = "builtin:"
"""Before a model's name: it is to answer in this process, whatever servers there are."""

MOST_WORDS = 4096
"""Of how many tokens the log-probability is told; the others hold less than 0.0001."""

_CONTEXT = 2048
_BATCH = 256
_LABELS = ("yes", "no", "true", "false")
_INSTALL = "python -m pip install 'newswave[model]'"


@dataclass(frozen=True)
class BuiltIn:
    """A language model that answers in this process, without a server.

    Parameters
    ----------
    name : str
        A model that `newswave models --get` has fetched, such as "smollm2"; or a GGUF file.
    threads : int
        How many cores it works on, at most those of this machine. Answers with one seed are the
        same each time only for the same number.
    timeout : float
        Seconds that one answer may take, loading of the model included.

    Raises
    ------
    BadValue
        If the model is not known, or a number does not fit.

    Examples
    --------
    >>> server = BuiltIn("smollm2")
    >>> server.address, server.is_local, server.most_at_once
    ('', True, 1)
    """

    name: str = "smollm2"
    threads: int = 1
    timeout: float = 120.0

    address = ""
    is_local = True
    most_at_once = 1  # they would only take turns
    waits = ()

    def __post_init__(self) -> None:
        name = str(self.name).removeprefix(PREFIX)
        object.__setattr__(self, "name", name)
        if not is_file(name):
            known(name.lower())
        cores = _cores()
        advice = f"This machine has {cores}"
        threads = whole_number("The number of threads", self.threads, 1, cores, advice)
        object.__setattr__(self, "threads", threads)
        object.__setattr__(self, "timeout", real_number("timeout", self.timeout, 0.01, 86_400.0))

    def look(self) -> Found:
        """Return what there is: the models that have been fetched, and the file that was named.

        Raises
        ------
        ServerGone
            If the package that runs them is not installed.
        BadFile
            If the file that was named holds no model.
        """
        models = tuple(_model(name, path) for name, path in self._files().items())
        own = engine_version()
        return Found("", own, False, models, "llama.cpp", f"xllamacpp {own}")

    def model(self, name: str) -> Model:
        """Return all that is known of a model, or raise `ModelMissing`."""
        return _model(*self._named(name))

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a model's file now, or raise `ModelMissing`."""
        return digest(self._named(name)[1])

    def loaded(self) -> tuple[Loaded, ...]:
        """Return the model that is in this process's memory, if any."""
        files = self._files().items()
        engines = [(name, path, _ENGINES.get(digest(path))) for name, path in files]
        return tuple(
            Loaded(name, path.stat().st_size, 0, engine.context)
            for name, path, engine in engines
            if engine is not None
        )

    def session(self) -> _Session:
        """Return what questions are asked with; the model is loaded by the first one."""
        return _Session(self)

    def answer(self, request: Request, stop: threading.Event | None = None) -> Reply:
        """Return the answer to one question, or raise a `ServerTrouble`; `stop` breaks it off."""
        _, path = self._named(request.model)
        start = time.perf_counter()
        engine = _engine(path, self.threads, request.sampling.num_ctx)
        loaded = time.perf_counter()
        made = engine.answer(request, stop or threading.Event())
        return _reply(made, request, time.perf_counter() - start, loaded - start)

    def _files(self) -> dict[str, Path]:
        """Return the file of each model that can be asked, by its name."""
        there = {model.name: model.path for model in KNOWN if model.is_there}
        if not is_file(self.name):
            return there
        own = Path(self.name).expanduser()
        return {own.name: own, **there}

    def _named(self, name: str) -> tuple[str, Path]:
        files = self._files()
        wanted = Path(name.removeprefix(PREFIX)).name if is_file(name) else name
        wanted = full_name(wanted.removeprefix(PREFIX))
        for found, path in files.items():
            if full_name(found) == wanted:
                return found, path
        for model in KNOWN:
            if full_name(model.name) == wanted:
                raise _not_there(model)
        raise missing_model(name, tuple(files))


def engine_version() -> str:
    """Return the version of the package that runs models, or raise `ServerGone`."""
    try:
        return version("xllamacpp")
    except PackageNotFoundError as error:
        what = "What runs built-in models, the package xllamacpp, is not installed"
        raise ServerGone(what, advice=_INSTALL) from error


class _Session:
    """What questions are asked with; nothing is open."""

    def __init__(self, server: BuiltIn) -> None:
        self._server = server

    async def __aenter__(self) -> _Session:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Do nothing."""

    async def ask(self, request: Request) -> Reply:
        """Return the answer to one question; cancelling ends it at the next word."""
        stop = threading.Event()
        try:
            async with asyncio.timeout(self._server.timeout):
                return await asyncio.to_thread(self._server.answer, request, stop)
        except TimeoutError as error:
            what = f"The model gave no answer within {self._server.timeout:g} s"
            raise TooSlow(what, advice="Give it more time with --timeout") from error
        finally:
            stop.set()


class _Engine:
    """A model in memory. One question is answered at a time, whoever asks."""

    def __init__(self, path: Path, threads: int, context: int) -> None:
        self.threads, self.context = threads, context
        self._read: list[dict[str, str]] = []
        self._lock = threading.Lock()
        engine_version()
        try:
            import xllamacpp
        except ImportError as error:
            what = f"What runs built-in models cannot be loaded ({plain(str(error))})"
            raise ServerGone(what, advice=f"Install it anew: {_INSTALL}") from error
        settings = xllamacpp.CommonParams()
        settings.model.path = str(path)
        settings.n_ctx, settings.n_batch, settings.n_ubatch = context, _BATCH, _BATCH
        settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = threads
        settings.n_gpu_layers, settings.n_parallel = 0, 1
        kinds = xllamacpp.llama_flash_attn_type
        settings.flash_attn_type = kinds.LLAMA_FLASH_ATTN_TYPE_DISABLED
        settings.cache_ram_mib = settings.n_ctx_checkpoints = settings.verbosity = 0
        settings.warmup = settings.ui = settings.endpoint_slots = settings.fit_params = False
        settings.api_keys = [secrets.token_urlsafe(32)]  # it listens on a port: to nobody
        try:
            self._llama = xllamacpp.Server(settings)
        except RuntimeError as error:
            what = "The model cannot be loaded: its file is of a kind that is not known, or broken"
            advice = f"Fetch it again, or update what runs it: {_INSTALL} --upgrade"
            raise Refused(what, given=str(path), advice=advice) from error

    def answer(self, request: Request, stop: threading.Event) -> list[dict[str, Any]]:
        """Return the parts of an answer as llama.cpp gives them."""
        messages = request.messages
        with self._lock:
            if messages != self._read:
                self._read = []
                self._parts({"messages": messages, "max_tokens": 0, **_CHAT}, stop)
                self._read = messages
            return self._parts(chat_body(request), stop)

    def _parts(self, asked: Mapping[str, Any], stop: threading.Event) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = []

        def take(part: str) -> bool:
            parts.append(json.loads(part))
            return stop.is_set()

        if stop.is_set():
            return parts
        try:
            self._llama.handle_chat_completions(json.dumps(asked), take)
        except (ValueError, RuntimeError) as error:
            what = f"The model cannot be asked this: {plain(str(error))}"
            raise Refused(what, advice="Take another model; if it stays, report it") from error
        for part in parts:
            if "error" in part:
                raise self._trouble(part["error"])
        return parts

    def _trouble(self, error: Mapping[str, Any]) -> NewswaveError:
        """Return the trouble that llama.cpp tells of."""
        if error.get("type") == "exceed_context_size_error":
            return Refused(
                "The question is longer than what this model is given to read",
                given=f"{error.get('n_prompt_tokens')} tokens",
                allowed=f"{self.context} tokens",
                advice="Shorten the event or the wording",
            )
        what = f"The model failed: {plain(str(error.get('message', '')))}"
        return ServerTrouble(what, advice="Report it, with the model's name")


_CHAT = {"stream": True, "cache_prompt": True, "chat_template_kwargs": {"enable_thinking": False}}
_ENGINES: dict[str, _Engine] = {}
_LOADING = threading.Lock()


def _engine(path: Path, threads: int, context: int) -> _Engine:
    """Return a model in memory, loaded if it is not; the one before goes, if it is another.

    Of known models, the copy with 16-bit weights is loaded.
    """
    sum_ = digest(path)
    with _LOADING:
        there = _ENGINES.get(sum_)
        if there is None or there.threads != threads or there.context < context:
            there = None
            _ENGINES.clear()
            copies = (unpacked(model) for model in KNOWN if model.path == path)
            _ENGINES[sum_] = _Engine(next(copies, path), threads, max(context, _CONTEXT))
        return _ENGINES[sum_]


def chat_body(request: Request) -> dict[str, Any]:
    """Return a question as llama.cpp takes it."""
    options = request.sampling.options()
    del options["num_ctx"]
    length = options.pop("num_predict")
    asked = {"messages": request.messages, "max_tokens": length, **_CHAT, **options}
    if request.schema is not None:
        schema = {"name": "answer", "schema": request.schema}
        asked["response_format"] = {"type": "json_schema", "json_schema": schema}
    if request.alternatives:
        asked |= {"logprobs": True, "top_logprobs": MOST_WORDS}
    return asked


def _reply(parts: list[dict[str, Any]], request: Request, seconds: float, loading: float) -> Reply:
    """Return the reply in the parts of an answer."""
    choices = [part["choices"][0] for part in parts if part.get("choices")]
    told = [choice["logprobs"]["content"] for choice in choices if choice.get("logprobs")]
    first: list[dict[str, Any]] = next((one[0]["top_logprobs"] for one in told if one), [])
    times: dict[str, int] = next((part["timings"] for part in parts if "timings" in part), {})
    return Reply(
        content=_text(choices, "content"),
        thinking=_text(choices, "reasoning_content"),
        done=bool(times),
        done_reason=next((one["finish_reason"] for one in choices if one["finish_reason"]), None),
        first_token=likeliest_words(first, request.alternatives),
        prompt_tokens=times.get("cache_n", 0) + times.get("prompt_n", 0),
        tokens=times.get("predicted_n", 0),
        seconds=seconds,
        load_seconds=loading,
        whole=bool(first),
    )


def _text(choices: list[dict[str, Any]], kind: str) -> str:
    return "".join(choice["delta"].get(kind) or "" for choice in choices)


def likeliest_words(tokens: list[dict[str, Any]], most: int) -> tuple[tuple[str, float], ...]:
    """Return the likeliest words, all spellings of each added up; the labels are always among them.

    The tokens are the 4 096 likeliest of the vocabulary; what they leave out of a word's chance is
    below 0.0001.
    """
    mass: dict[str, float] = {}
    for token in tokens:
        word = bare(token["token"])
        mass[word] = mass.get(word, 0.0) + math.exp(token["logprob"])
    held = sorted(mass, key=lambda word: (word not in _LABELS, -mass[word]))[:most]
    return tuple((word, math.log(mass[word])) for word in held if mass[word] > 0.0)


def _model(name: str, path: Path) -> Model:
    """Return what is known of a model's file."""
    sum_, head = digest(path), Gguf.read(path)
    about = (head.family, head.parameter_size, head.quantization, ("completion",))
    return Model(name, sum_, path.stat().st_size, *about, head.context_length)


def _not_there(model: KnownModel) -> ModelMissing:
    what = f"The model {model.name} has not been fetched yet ({model.line})"
    return ModelMissing(what, advice=f"Fetch it: newswave models --get {model.name}")


def is_file(name: str) -> bool:
    """Whether a model's name is that of a GGUF file."""
    return name.lower().endswith(".gguf")


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
